// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Deletion and revocation, in bounded steps.
//
// Deleting the last capability of a CNode or TCB destroys what its slots hold, to any depth. There is no
// recursion and no way down: the capability becomes a zombie, which counts the slots of its object that are
// still to be emptied, and the slot that is deleted always holds the zombie that is emptied now. When that
// meets another object whose last capability it holds (the child), three capabilities change places (C: the
// child's zombie, Z: the zombie of now, x: what was in the child's first slot), so that the child is next and
// what is left of now's object waits in it:
//
//   deleted slot: Z    Z's object: [... C]   C's object: [x ...]
//   deleted slot: C    Z's object: [... x]   C's object: [Z ...]
//
// When the child has nothing but Z left, Z takes its place in the deleted slot. So a step takes the same time
// at any depth, and each is a step forward however often a deletion is preempted.
//
// Invariants:
// 1. A zombie stays in the derivation tree, so that a revocation of its untyped finds it however its deletion
// was left.
// 2. Between two steps every structure is well formed: the slots of an object from its zombie's count on are
// empty. A preempted deletion is continued by deleting the same slot again.
// 3. An object ends when none of its slots holds a capability, but for its own zombie. Where the deleted slot
// lies in the object that it destroys (objects in a circle, to which nothing else leads), the zombie goes to
// the object's first slot, so that the count never passes it, and what waits is kept in the second.
// 4. A deletion can begin in such a circle only as a revocation, which finds what is left by the derivation
// tree, or by a thread that destroys itself with its own CSpace. When the latter is preempted there is nobody
// to repeat the call: what is left waits as zombies for the revocation of its untyped.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

#define STEPS_PER_CHECK 8 // between two looks at the interrupt line

static bool cap_holds_slots(struct cap cap) {
    return cap_type(cap) == SEL4_CAP_CNODE || cap_type(cap) == SEL4_CAP_TCB;
}

static void zombie_create(struct core *core, struct slot *slot) {
    if (cap_type(slot->cap) == SEL4_CAP_TCB) {
        struct tcb *tcb = cap_pointer(slot->cap);
        tcb_finalise(core, tcb);
        slot->cap = zombie_make(tcb->slots, TCB_SLOT_COUNT);
    } else {
        slot->cap = zombie_make(cap_pointer(slot->cap), BIT(cap_cnode_radix(slot->cap)));
    }
}

// The capability dies; `final`: its object too. Not for what holds slots. False: threads still wait on the
// object, and the capability stays until a repetition has woken the last of them, without rights, so that
// none comes back.
static bool cap_finalise(struct core *core, struct slot *slot, bool final) {
    struct cap cap = slot->cap;
    switch (cap_type(cap)) {
    case SEL4_CAP_ENDPOINT:
    case SEL4_CAP_NOTIFICATION:
        if (!final)
            break;
        slot->cap = cap_with_rights(cap, 0);
        return cap_type(cap) == SEL4_CAP_ENDPOINT ? endpoint_finalise(core, cap_pointer(cap))
                                                  : notification_finalise(core, cap_pointer(cap));
    case SEL4_CAP_REPLY:
        if (final)
            reply_finalise(core, cap_pointer(cap));
        break;
    case SEL4_CAP_SCHED_CONTEXT:
        if (final)
            sched_context_finalise(core, cap_pointer(cap));
        break;
    case SEL4_CAP_IRQ_HANDLER:
        return !final || irq_release((unsigned)cap.w1);
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
    return true;
}

static bool slot_finalise(struct core *core, struct slot *slot) {
    bool done = cap_finalise(core, slot, cdt_is_final(slot));
    if (done)
        cdt_remove(slot);
    return done;
}

// The zombie in `inner`, the last slot of the object of the zombie in `top`, is to be emptied next. `alone`:
// nothing but it is left there, and the object ends.
static void zombie_enter(struct slot *top, struct slot *inner, bool alone) {
    if (alone) {
        cdt_remove(top);
        cdt_move(top, inner, inner->cap);
        return;
    }
    struct slot *object = zombie_object(inner->cap);
    word_t count = object == top ? 2 : 1; // with the slot in which the zombie of now waits
    if (zombie_count(inner->cap) < count)
        inner->cap = zombie_make(object, count);
    cdt_swap(inner, &object[count - 1]);
    cdt_swap(&object[count - 1], top);
}

static enum status zombie_destroy(struct core *core, struct slot *top) {
    for (unsigned step = 1;; step++) { // bound: the slots of the objects, with a preemption point every few
        word_t count = zombie_count(top->cap);
        struct slot *object = zombie_object(top->cap);
        if (top > object && top < object + count) { // invariant 3
            cdt_swap(top, object);
            top = object;
        }
        if (count == 0 || top == &object[count - 1]) {
            cdt_remove(top);
            return STATUS_OK;
        }
        struct slot *inner = &object[count - 1];
        bool holds_slots = cap_type(inner->cap) == SEL4_CAP_ZOMBIE;
        if (!holds_slots && cap_holds_slots(inner->cap) && cdt_is_final(inner)) {
            zombie_create(core, inner);
            holds_slots = true;
        }
        if (holds_slots) {
            zombie_enter(top, inner, count == 1);
        } else if (slot_is_empty(inner) || slot_finalise(core, inner)) {
            top->cap = zombie_make(object, count - 1);
        }
        if (step % STEPS_PER_CHECK == 0 && arch_irq_pending())
            return STATUS_PREEMPTED;
    }
}

enum status slot_delete(struct core *core, struct slot *slot) {
    if (slot_is_empty(slot))
        return STATUS_OK;
    if (cap_type(slot->cap) != SEL4_CAP_ZOMBIE) {
        if (!cap_holds_slots(slot->cap) || !cdt_is_final(slot)) {
            while (
                !slot_finalise(core, slot)) // bound: the threads that wait, with a preemption point every few
                if (arch_irq_pending())
                    return STATUS_PREEMPTED;
            return STATUS_OK;
        }
        zombie_create(core, slot);
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
