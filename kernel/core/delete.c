// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Deletion and revocation, in bounded steps.
//
// Deleting the last capability of a CNode or TCB destroys what its slots hold, to any depth. There is no
// recursion: the capability becomes a zombie, which counts the slots still to be emptied and names the zombie
// to go back to.
//
// Invariants:
// 1. A zombie stays in the derivation tree, so that a revocation of its untyped finds it however its deletion
// was left.
// 2. Between two steps every structure is well formed; a preempted deletion is continued by deleting the same
// slot again.
// 3. A zombie's parent is trusted only within one call of zombie_destroy, which has set it on its way down.
// 4. Objects that hold capabilities of each other are told apart by invariant 3: a zombie met on the way down
// is an ancestor if the chain of
//    parents says so; then the two change places, after which each lies in its own object and is emptied like
//    any other.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

// Work between two looks at the interrupt line: a change weighs WORK_CHANGE, a step down to where the last
// call was interrupted weighs 1, so that a deletion in 50 levels comes on however often it is interrupted.
#define WORK_PER_CHECK 64
#define WORK_CHANGE    8

static bool cap_holds_slots(struct cap cap) {
    return cap_type(cap) == SEL4_CAP_CNODE || cap_type(cap) == SEL4_CAP_TCB;
}

static void zombie_create(struct core *core, struct slot *slot, struct slot *parent) {
    if (cap_type(slot->cap) == SEL4_CAP_TCB) {
        struct tcb *tcb = cap_pointer(slot->cap);
        tcb_finalise(core, tcb);
        slot->cap = zombie_make(tcb->slots, TCB_SLOT_COUNT, parent);
    } else {
        slot->cap = zombie_make(cap_pointer(slot->cap), BIT(cap_cnode_radix(slot->cap)), parent);
    }
}

// The capability dies; `final`: its object too. Not for what holds slots.
static void cap_finalise(struct core *core, struct cap cap, bool final) {
    switch (cap_type(cap)) {
    case SEL4_CAP_ENDPOINT:
        if (final)
            endpoint_finalise(core, cap_pointer(cap));
        break;
    case SEL4_CAP_NOTIFICATION:
        if (final)
            notification_finalise(core, cap_pointer(cap));
        break;
    case SEL4_CAP_REPLY:
        if (final)
            reply_finalise(core, cap_pointer(cap));
        break;
    case SEL4_CAP_SCHED_CONTEXT:
        if (final)
            sched_context_finalise(core, cap_pointer(cap));
        break;
    case SEL4_CAP_IRQ_HANDLER:
        if (final)
            irq_release((unsigned)cap.w1);
        break;
    case SEL4_CAP_UNTYPED:
    case SEL4_CAP_CNODE:
    case SEL4_CAP_TCB:
    case SEL4_CAP_IRQ_CONTROL:
    case SEL4_CAP_SGI:
    case SEL4_CAP_SMC:
    case SEL4_CAP_DOMAIN:
    case SEL4_CAP_SCHED_CONTROL:
        break;
    default:
        arch_cap_finalise(cap, final);
        break;
    }
}

static void slot_finalise(struct core *core, struct slot *slot) {
    bool final = cdt_is_final(slot);
    struct cap cap = slot->cap;
    cdt_remove(slot);
    cap_finalise(core, cap, final);
}

// `inner` lies in the object of `cur` and holds a zombie. If that is one of cur's ancestors, the two slots
// change places and the zombie that now lies in its own object is next; else it is next itself. Bound: the
// depth of the chain.
static struct slot *zombie_descend(struct slot *cur, struct slot *inner, struct slot **top) {
    struct slot *child = cur;
    while (child != *top && zombie_parent(child->cap) != inner)
        child = zombie_parent(child->cap);
    if (child == *top) {
        inner->cap = zombie_make(zombie_object(inner->cap), zombie_count(inner->cap), cur);
        return inner;
    }
    child->cap = zombie_make(zombie_object(child->cap), zombie_count(child->cap), cur);
    cdt_swap(cur, inner);
    if (*top == inner)
        *top = cur;
    return inner;
}

static enum status zombie_destroy(struct core *core, struct slot *top) {
    struct slot *cur = top;
    unsigned work = 0;
    for (;;) { // bound: the slots of the objects, with a preemption point every few
        word_t count = zombie_count(cur->cap);
        struct slot *object = zombie_object(cur->cap), *parent = zombie_parent(cur->cap);
        if (count == 0) {
            cdt_remove(cur);
            if (cur == top)
                return STATUS_OK;
            cur = parent;
            continue;
        }
        unsigned weight = WORK_CHANGE;
        struct slot *inner = &object[count - 1];
        if (inner == cur || slot_is_empty(inner)) {
            cur->cap = zombie_make(object, count - 1, parent);
        } else if (cap_type(inner->cap) == SEL4_CAP_ZOMBIE) {
            cur = zombie_descend(cur, inner, &top);
            weight = 1;
        } else if (cap_holds_slots(inner->cap) && cdt_is_final(inner)) {
            zombie_create(core, inner, cur);
            cur = inner;
        } else {
            slot_finalise(core, inner);
            cur->cap = zombie_make(object, count - 1, parent);
        }
        work += weight;
        if (work >= WORK_PER_CHECK) {
            if (arch_irq_pending())
                return STATUS_PREEMPTED;
            work = 0;
        }
    }
}

enum status slot_delete(struct core *core, struct slot *slot) {
    if (slot_is_empty(slot))
        return STATUS_OK;
    if (cap_type(slot->cap) != SEL4_CAP_ZOMBIE) {
        if (!cap_holds_slots(slot->cap) || !cdt_is_final(slot)) {
            slot_finalise(core, slot);
            return STATUS_OK;
        }
        zombie_create(core, slot, NULL);
    }
    return zombie_destroy(core, slot);
}

enum status slot_revoke(struct core *core, struct slot *slot) {
    // Bound: the number of descendants, with a preemption point after each.
    while (cdt_has_children(slot)) {
        enum status status = slot_delete(core, cdt_next(slot));
        if (status != STATUS_OK)
            return status;
        if (cdt_has_children(slot) && arch_irq_pending())
            return STATUS_PREEMPTED;
    }
    return STATUS_OK;
}
