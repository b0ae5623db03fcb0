// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The invariants that the files of core/ and object/ state, as checks: for host tests, and for DebugSnapshot.
// A release build calls nothing of this, and its link leaves it out.
//
// Objects have no list of their own; they are found through capabilities. Every capability is in a derivation
// list, so the walk goes from slots to lists, and from the CNodes and TCBs in these to more slots. While it
// goes, SLOT_MARK is set in the slots that it has met; it is gone when a check returns.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

// What is looked at, for the report of what is broken.
static struct {
    const char *kind;
    const void *object;
} subject;

static void look_at(const char *kind, const void *object) {
    subject.kind = kind;
    subject.object = object;
}

#undef CHECK
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (UNLIKELY(!(condition)))                                                                          \
            kernel_panic("invariant of %s %p is broken: %s (%s:%d)", subject.kind, subject.object,           \
                         #condition, __FILE__, __LINE__);                                                    \
    } while (0)

#define SLOT_MARK 4u // beside SLOT_FLAGS; slots are aligned to 8 bytes at least
#define MAX_LISTS 4096
#define MAX_DEPTH 64 // of the derivation tree: untypeds in untypeds, then badges, then copies

struct walk {
    struct slot *heads[MAX_LISTS]; // of the derivation lists found so far
    unsigned count;
};

static struct slot *prev_of(const struct slot *slot) {
    return (struct slot *)(slot->prev & ~(word_t)(SLOT_FLAGS | SLOT_MARK));
}

// --- finding

// Registers the list in which the slot is, if it is in none that is known.
static void find_list(struct walk *walk, struct slot *slot) {
    look_at("slot", slot);
    if (slot_is_empty(slot)) {
        CHECK(!slot->prev && !slot->next && !slot->cap.w0);
        return;
    }
    if (slot->prev & SLOT_MARK)
        return;
    while (prev_of(slot)) // bound: the list's length
        slot = prev_of(slot);
    CHECK(walk->count < MAX_LISTS);
    walk->heads[walk->count++] = slot;
    for (; slot; slot = cdt_next(slot)) { // bound: the list's length
        CHECK(!slot_is_empty(slot) && !(slot->prev & SLOT_MARK));
        CHECK(!cdt_next(slot) || prev_of(cdt_next(slot)) == slot);
        slot->prev |= SLOT_MARK;
    }
}

static void find_slots(struct walk *walk, struct slot *slots, word_t count) {
    for (word_t i = 0; i < count; i++) // bound: the slots of one object
        find_list(walk, &slots[i]);
}

// Whether the slot is the first of its object in the list, so that each object is looked at once.
static bool is_first(const struct slot *slot) {
    const struct slot *prev = prev_of(slot);
    return !prev || !cap_same_object(prev->cap, slot->cap);
}

static void find_all(struct walk *walk, struct slot *slots, word_t count) {
    find_slots(walk, slots, count);
    for (unsigned i = 0; i < walk->count; i++) // bound: MAX_LISTS
        for (struct slot *slot = walk->heads[i]; slot; slot = cdt_next(slot)) {
            struct cap cap = slot->cap;
            if (cap_type(cap) == SEL4_CAP_ZOMBIE)
                find_slots(walk, zombie_object(cap), zombie_count(cap));
            else if (cap_type(cap) == SEL4_CAP_CNODE && is_first(slot))
                find_slots(walk, cap_pointer(cap), BIT(cap_cnode_radix(cap)));
            else if (cap_type(cap) == SEL4_CAP_TCB && is_first(slot))
                find_slots(walk, ((struct tcb *)cap_pointer(cap))->slots, TCB_SLOT_COUNT);
        }
}

static void forget_all(struct walk *walk) {
    for (unsigned i = 0; i < walk->count; i++) // bound: MAX_LISTS
        for (struct slot *slot = walk->heads[i]; slot; slot = cdt_next(slot))
            slot->prev &= ~(word_t)SLOT_MARK;
}

// --- the derivation tree

// A child lies below its untyped's watermark.
static void check_child(const struct slot *parent, const struct slot *child) {
    look_at("slot", child);
    word_t start, base = cap_address(parent->cap);
    unsigned bits;
    if (cap_type(parent->cap) != SEL4_CAP_UNTYPED)
        return;
    CHECK(cap_extent(child->cap, &start, &bits));
    CHECK(start + MASK(bits) < base + cap_untyped_free(parent->cap));
}

// The list is a tree in pre-order: what a slot's predecessors do not own begins a new run.
static void check_list(struct slot *head) {
    const struct slot *ancestors[MAX_DEPTH];
    unsigned depth = 0;
    look_at("derivation list of slot", head);
    for (struct slot *slot = head; slot; slot = cdt_next(slot)) { // bound: the list's length
        while (depth && !cdt_is_parent(ancestors[depth - 1], slot))
            depth--;
        if (depth)
            check_child(ancestors[depth - 1], slot);
        CHECK(depth < MAX_DEPTH);
        ancestors[depth++] = slot;
    }
}

// Two capabilities of one list: the same object, or an untyped and what lies in it, or apart.
static void check_apart(const struct slot *a, const struct slot *b) {
    look_at("slot", b);
    word_t a_start, b_start;
    unsigned a_bits, b_bits;
    if (!cap_extent(a->cap, &a_start, &a_bits) || !cap_extent(b->cap, &b_start, &b_bits))
        return;
    if (a_start + MASK(a_bits) < b_start || b_start + MASK(b_bits) < a_start)
        return;
    CHECK(cap_same_object(a->cap, b->cap) || (cap_type(a->cap) == SEL4_CAP_UNTYPED && cdt_is_parent(a, b)));
}

// Families of one badge, or one SGI, are told apart by where the next begins only (SLOT_FIRST_BADGED).
static bool is_family(struct cap cap) {
    unsigned type = cap_type(cap);
    return type == SEL4_CAP_SGI ||
           ((type == SEL4_CAP_ENDPOINT || type == SEL4_CAP_NOTIFICATION || type == SEL4_CAP_SMC) &&
            cap_badge(cap));
}

static void check_list_pairs(struct slot *head) {
    for (struct slot *a = head; a; a = cdt_next(a)) { // bound: the list's length, squared
        bool run = true;
        for (struct slot *b = cdt_next(a); b; b = cdt_next(b)) {
            bool child = cdt_is_parent(a, b);
            look_at("slot", b);
            CHECK(run || !child || is_family(a->cap));
            run = child;
            check_apart(a, b);
        }
    }
}

// --- queues

static unsigned check_ipc_queue(const struct thread_queue *queue, const void *object, unsigned state) {
    unsigned count = 0;
    const struct tcb *prev = NULL;
    for (const struct tcb *tcb = queue->head; tcb;
         prev = tcb, tcb = tcb->ipc_next, count++) { // bound: threads
        CHECK(tcb->state == state && tcb->blocking_object == object);
        CHECK(tcb->ipc_prev == prev && (!prev || prev->priority >= tcb->priority));
    }
    CHECK(queue->tail == prev);
    return count;
}

static void check_endpoint(const struct endpoint *endpoint) {
    look_at("endpoint", endpoint);
    enum endpoint_state state = endpoint->head & 3;
    struct thread_queue queue = {(struct tcb *)(endpoint->head & ~(word_t)3), endpoint->tail};
    CHECK((state == ENDPOINT_IDLE) == !queue.head);
    check_ipc_queue(&queue, endpoint,
                    state == ENDPOINT_SENDING ? THREAD_BLOCKED_ON_SEND : THREAD_BLOCKED_ON_RECEIVE);
}

static void check_notification(const struct notification *notification) {
    look_at("notification", notification);
    CHECK((notification->state == NOTIFICATION_WAITING) == (notification->queue.head != NULL));
    check_ipc_queue(&notification->queue, notification, THREAD_BLOCKED_ON_NOTIFICATION);
    CHECK(!notification->bound_tcb || notification->bound_tcb->bound_notification == notification);
    CHECK(!notification->sc || notification->sc->notification == notification);
}

static void check_scheduler(const struct core *core) {
    look_at("scheduler of core", core);
    const struct tcb *current = core->current;
    CHECK(!core->candidate && current && sched_is_schedulable(current) && current->state == THREAD_RUNNING);
    CHECK(!current->in_ready_queue && core->current_sc == current->sc);
    CHECK(!core->choose && !core->reprogram);
    CHECK(core->fast_until + refill_minimum <= core->now - core->consumed + refill_head(current->sc)->amount);
    CHECK(!core->release_head || core->fast_until < refill_head(core->release_head->sc)->time);
    for (unsigned priority = 0; priority < PRIORITIES; priority++) {
        const struct thread_queue *queue = &core->ready[priority];
        const struct tcb *prev = NULL;
        CHECK(!(core->ready_bitmap[priority / 64] >> priority % 64 & 1) == !queue->head);
        for (const struct tcb *tcb = queue->head; tcb; prev = tcb, tcb = tcb->ready_next) { // bound: threads
            CHECK(tcb->in_ready_queue && tcb->priority == priority && tcb->ready_prev == prev);
            CHECK(sched_is_schedulable(tcb) && tcb->priority <= current->priority);
        }
        CHECK(queue->tail == prev || !queue->head);
    }
    for (unsigned word = 0; word < READY_WORDS; word++)
        CHECK(!(core->ready_summary >> word & 1) == !core->ready_bitmap[word]);
    const struct tcb *prev = NULL;
    for (const struct tcb *tcb = core->release_head; tcb;
         prev = tcb, tcb = tcb->ready_next) { // bound: threads
        CHECK(tcb->in_release_queue && tcb->ready_prev == prev && thread_is_runnable(tcb));
        CHECK(tcb->sc && tcb->sc->configured && !refill_is_ready(tcb->sc, core->now));
        CHECK(!prev || refill_head(prev->sc)->time <= refill_head(tcb->sc)->time);
    }
}

// --- threads and what is bound to them

static void check_waiting(const struct tcb *tcb) {
    bool found = false;
    const struct tcb *queued = NULL;
    if (tcb->state == THREAD_BLOCKED_ON_SEND || tcb->state == THREAD_BLOCKED_ON_RECEIVE)
        queued = (struct tcb *)(((struct endpoint *)tcb->blocking_object)->head & ~(word_t)3);
    else if (tcb->state == THREAD_BLOCKED_ON_NOTIFICATION)
        queued = ((struct notification *)tcb->blocking_object)->queue.head;
    else
        return;
    for (; queued; queued = queued->ipc_next) // bound: threads
        found |= queued == tcb;
    CHECK(found);
}

static void check_thread(const struct core *core, const struct tcb *tcb) {
    look_at("thread", tcb);
    CHECK(!(tcb->in_ready_queue && tcb->in_release_queue));
    if (sched_is_schedulable(tcb))
        CHECK((tcb == core->current) != tcb->in_ready_queue);
    else
        CHECK(!tcb->in_ready_queue && tcb != core->current);
    if (tcb->in_ready_queue)
        CHECK(tcb->ready_prev ? tcb->ready_prev->ready_next == tcb : core->ready[tcb->priority].head == tcb);
    if (tcb->in_release_queue)
        CHECK(tcb->ready_prev ? tcb->ready_prev->ready_next == tcb : core->release_head == tcb);
    CHECK(!tcb->sc || tcb->sc->tcb == tcb);
    CHECK(!tcb->yield_to || (tcb->yield_to->yield_from == tcb && thread_is_runnable(tcb)));
    CHECK(!tcb->bound_notification || tcb->bound_notification->bound_tcb == tcb);
    CHECK(!tcb->reply || tcb->reply->tcb == tcb);
    CHECK(tcb->state != THREAD_BLOCKED_ON_REPLY || tcb->reply);
    CHECK(!tcb->reply || tcb->state == THREAD_BLOCKED_ON_REPLY || tcb->state == THREAD_BLOCKED_ON_RECEIVE);
    CHECK(tcb->fault.label == SEL4_FAULT_NULL || tcb->state == THREAD_BLOCKED_ON_SEND ||
          tcb->state == THREAD_BLOCKED_ON_REPLY);
    CHECK(!tcb_buffer(tcb) || cap_type(tcb->slots[TCB_SLOT_BUFFER].cap) == SEL4_CAP_FRAME);
    check_waiting(tcb);
}

static void check_refills(struct sched_context *sc) {
    ticks_t sum = 0;
    CHECK(sc->refill_count >= 1 && sc->refill_count <= sc->refill_max && sc->refill_head < sc->refill_max);
    if (sc_is_round_robin(sc)) {
        CHECK(sc->refill_head == 0 && sc->refills[0].amount + sc->refills[1].amount == sc->budget);
        return;
    }
    CHECK(refill_head(sc)->amount >= refill_minimum);
    ticks_t end = 0;
    for (unsigned i = 0; i < sc->refill_count; i++) { // bound: refill_max
        const struct refill *refill = &sc->refills[(sc->refill_head + i) % sc->refill_max];
        CHECK(i == 0 || refill->time >= end);
        end = refill->time + refill->amount;
        sum += refill->amount;
    }
    CHECK(sum == sc->budget);
}

static void check_sched_context(struct sched_context *sc) {
    look_at("scheduling context", sc);
    CHECK(!sc->tcb || sc->tcb->sc == sc);
    CHECK(!sc->notification || sc->notification->sc == sc);
    CHECK(!sc->yield_from || sc->yield_from->yield_to == sc);
    CHECK(!sc->reply || sc->reply->sc == sc);
    if (sc->configured)
        check_refills(sc);
}

static void check_reply(const struct reply *reply) {
    look_at("reply object", reply);
    CHECK(!reply->tcb || reply->tcb->reply == reply);
    CHECK(!reply->sc || (reply->sc->reply == reply && !reply->next));
    CHECK(!reply->next || reply->next->prev == reply);
    CHECK(!reply->prev || reply->prev->next == reply);
    if (reply->sc || reply->prev || reply->next)
        CHECK(reply->tcb && reply->tcb->state == THREAD_BLOCKED_ON_REPLY);
}

static void check_object(const struct core *core, struct cap cap) {
    switch (cap_type(cap)) {
    case SEL4_CAP_TCB:
        check_thread(core, cap_pointer(cap));
        break;
    case SEL4_CAP_ENDPOINT:
        check_endpoint(cap_pointer(cap));
        break;
    case SEL4_CAP_NOTIFICATION:
        check_notification(cap_pointer(cap));
        break;
    case SEL4_CAP_SCHED_CONTEXT:
        check_sched_context(cap_pointer(cap));
        break;
    case SEL4_CAP_REPLY:
        check_reply(cap_pointer(cap));
        break;
    case SEL4_CAP_IRQ_HANDLER:
    case SEL4_CAP_VCPU:
        look_at("bound interrupt", cap_pointer(cap));
        CHECK(arch_check_interrupts(cap));
        break;
    default:
        break;
    }
}

// No page table has an entry without the capability of the frame or table that it leads to.
static void check_mappings(const struct walk *walk) {
    for (unsigned i = 0; i < walk->count; i++) // bound: MAX_LISTS
        for (const struct slot *slot = walk->heads[i]; slot; slot = cdt_next(slot))
            arch_mark_mapping(slot->cap);
    for (unsigned i = 0; i < walk->count; i++) // bound: MAX_LISTS
        for (const struct slot *slot = walk->heads[i]; slot; slot = cdt_next(slot)) {
            if (cap_type(slot->cap) != SEL4_CAP_VSPACE || !is_first(slot))
                continue;
            look_at("VSpace", cap_pointer(slot->cap));
            CHECK(arch_unmark_mappings(slot->cap));
        }
}

void kernel_check_invariants(struct core *core, struct slot *slots, word_t count, bool thorough) {
    static struct walk walk;
    walk.count = 0;
    check_scheduler(core);
    find_all(&walk, slots, count);
    for (unsigned i = 0; i < walk.count; i++) // bound: MAX_LISTS
        for (struct slot *slot = walk.heads[i]; slot; slot = cdt_next(slot))
            if (is_first(slot))
                check_object(core, slot->cap);
    check_mappings(&walk);
    forget_all(&walk);
    for (unsigned i = 0; i < walk.count; i++) { // bound: MAX_LISTS
        check_list(walk.heads[i]);
        if (thorough)
            check_list_pairs(walk.heads[i]);
    }
}
