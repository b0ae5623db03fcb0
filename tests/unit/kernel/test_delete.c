// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Deletion: what dies with the last capability, to any depth and in circles, preempted at every step; and
// that nothing is left of it: the untyped can be used whole again.
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS
#define BITS  17 // of the untyped that a scene is made of

// Puts a new object of `untyped` into a slot of a CNode.
static void make_in(cptr_t node, word_t index, cptr_t untyped, word_t type, word_t bits) {
    assert_ok(seL4_Untyped_Retype(untyped, node, type, bits, 0, 0, index, 1));
}
static struct slot *move_in(cptr_t node, word_t index, unsigned radix, cptr_t from) {
    assert_ok(seL4_CNode_Move(node, ROOT, index, radix, from, DEPTH));
    return (struct slot *)object_of(node) + index;
}

// --- scenes; each returns the slot that holds the last way to everything

typedef struct slot *scene_function(cptr_t untyped);

static struct slot *flat(cptr_t untyped) {
    cptr_t node = new_object_from(untyped, SEL4_OBJECT_CNODE, 5);
    for (word_t i = 0; i < 32; i++)
        make_in(node, i, untyped, i % 2 ? SEL4_OBJECT_ENDPOINT : SEL4_OBJECT_NOTIFICATION, 0);
    return slot_of(node);
}

static struct slot *nested(cptr_t untyped) {
    cptr_t outer = new_object_from(untyped, SEL4_OBJECT_CNODE, 3);
    for (unsigned i = 0; i < 20; i++) {
        cptr_t next = new_object_from(untyped, SEL4_OBJECT_CNODE, 3);
        make_in(outer, 1, untyped, SEL4_OBJECT_REPLY, 0);
        move_in(next, 6, 3, outer);
        outer = next;
    }
    return slot_of(outer);
}

static struct slot *thread_with_spaces(cptr_t untyped) {
    cptr_t tcb = new_object_from(untyped, SEL4_OBJECT_TCB, 0),
           node = new_object_from(untyped, SEL4_OBJECT_CNODE, 4),
           frame = new_object_from(untyped, SEL4_OBJECT_SMALL_PAGE, 0);
    make_in(node, 3, untyped, SEL4_OBJECT_TCB, 0);
    assert_ok(seL4_TCB_Configure(tcb, node, SEL4_SLOT_VSPACE, frame, 0, 0, 0x10000000));
    assert_ok(cap_delete(node));
    assert_ok(cap_delete(frame));
    return slot_of(tcb);
}

// The same, where the slot lies in a circle of objects to which nothing else leads.
static struct slot *in_itself(cptr_t untyped) {
    cptr_t node = new_object_from(untyped, SEL4_OBJECT_CNODE, 4);
    make_in(node, 1, untyped, SEL4_OBJECT_ENDPOINT, 0);
    make_in(node, 14, untyped, SEL4_OBJECT_TCB, 0);
    struct slot *slot = (struct slot *)object_of(node) + 6;
    return move_in(node, 6, 4, node), slot;
}

static struct slot *ring(cptr_t untyped) {
    cptr_t a = new_object_from(untyped, SEL4_OBJECT_CNODE, 4),
           b = new_object_from(untyped, SEL4_OBJECT_CNODE, 4),
           c = new_object_from(untyped, SEL4_OBJECT_CNODE, 4);
    make_in(a, 12, untyped, SEL4_OBJECT_REPLY, 0);
    make_in(b, 1, untyped, SEL4_OBJECT_ENDPOINT, 0);
    make_in(c, 15, untyped, SEL4_OBJECT_ENDPOINT, 0);
    struct slot *slot = move_in(c, 7, 4, copy_of(a));
    move_in(b, 3, 4, c);
    move_in(a, 0, 4, b);
    assert_ok(cap_delete(a));
    return slot;
}

static cptr_t thread_in_its_cspace(cptr_t untyped, cptr_t *node) {
    cptr_t tcb = new_object_from(untyped, SEL4_OBJECT_TCB, 0);
    *node = new_object_from(untyped, SEL4_OBJECT_CNODE, 4);
    assert_ok(seL4_TCB_Configure(tcb, *node, SEL4_SLOT_VSPACE, SEL4_SLOT_NULL, 0, 0, 0));
    make_in(*node, 15, untyped, SEL4_OBJECT_ENDPOINT, 0);
    make_in(*node, 0, untyped, SEL4_OBJECT_NOTIFICATION, 0);
    return tcb;
}

static struct slot *thread_deleted_from_its_cspace(cptr_t untyped) {
    cptr_t node, tcb = thread_in_its_cspace(untyped, &node);
    struct slot *slot = move_in(node, 4, 4, tcb);
    assert_ok(cap_delete(node));
    return slot;
}

static struct slot *cspace_deleted_from_its_thread(cptr_t untyped) {
    cptr_t node, tcb = thread_in_its_cspace(untyped, &node);
    struct slot *slot = &((struct tcb *)object_of(tcb))->slots[TCB_SLOT_CSPACE];
    move_in(node, 4, 4, tcb);
    assert_ok(cap_delete(node));
    return slot;
}

static struct slot *threads_hold_each_other(cptr_t untyped) {
    cptr_t tcbs[3], nodes[3];
    struct slot *slot = NULL;
    for (unsigned i = 0; i < 3; i++)
        tcbs[i] = thread_in_its_cspace(untyped, &nodes[i]);
    for (unsigned i = 0; i < 3; i++)
        slot = move_in(nodes[(i + 1) % 3], 5 * i + 1, 4, tcbs[i]);
    for (unsigned i = 0; i < 3; i++)
        assert_ok(cap_delete(nodes[i]));
    return slot;
}

static const struct {
    scene_function *make;
    bool circle;
} scenes[] = {{flat, false},
              {nested, false},
              {thread_with_spaces, false},
              {in_itself, true},
              {ring, true},
              {thread_deleted_from_its_cspace, true},
              {cspace_deleted_from_its_thread, true},
              {threads_hold_each_other, true}};

// All that the scene was made of is gone.
static void assert_nothing_left(cptr_t untyped) {
    world_check(true);
    assert_false(cdt_has_children(slot_of(untyped)));
    cptr_t whole = new_slot();
    assert_ok(retype(untyped, SEL4_OBJECT_CNODE, BITS - SEL4_SLOT_BITS, whole, 1)); // every byte becomes 0
    world_check(true);
    assert_ok(cap_delete(whole));
}

// The kernel's function, again and again while an interrupt stops it, at most `turns` times.
static void delete_slot(struct slot *slot, unsigned turns) {
    while (turns-- && slot_delete(&host_core, slot) == STATUS_PREEMPTED)
        world_check(true);
    world_check(true);
}

static void everything_inside_dies_with_the_last_capability(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_LENGTH(scenes); i++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
        delete_slot(scenes[i].make(untyped), 1);
        assert_nothing_left(untyped);
    }
}

static void a_deletion_preempted_at_any_step_is_finished_by_its_repetition(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_LENGTH(scenes); i++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS), first = world.next;
        unsigned steps = 1;
        for (unsigned step = 0; step < steps; step++) {
            world.next = first;
            struct slot *slot = scenes[i].make(untyped);
            host.preempt_after = (int)step;
            host.preempt_looks = 0;
            delete_slot(slot, ~0u);
            host.preempt_after = -1;
            steps = host.preempt_looks > steps ? host.preempt_looks : steps;
            assert_true(slot_is_empty(slot));
            if (scenes[i].circle) // the slot may be gone before the rest is
                assert_ok(cap_revoke(untyped));
            assert_nothing_left(untyped);
        }
    }
}

static void a_deletion_preempted_at_every_step_goes_on(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_LENGTH(scenes); i++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
        struct slot *slot = scenes[i].make(untyped);
        host.preempt_always = true;
        delete_slot(slot, ~0u);
        if (scenes[i].circle)
            assert_ok(cap_revoke(untyped));
        host.preempt_always = false;
        assert_nothing_left(untyped);
    }
}

static void a_revocation_preempted_at_every_step_goes_on(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_LENGTH(scenes); i++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
        scenes[i].make(untyped);
        host.preempt_always = true;
        assert_ok(cap_revoke(untyped));
        host.preempt_always = false;
        assert_nothing_left(untyped);
    }
}

static void what_an_abandoned_deletion_leaves_is_found_by_the_untyped(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_LENGTH(scenes); i++)
        for (unsigned turns = 1; turns < 8; turns++) {
            cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
            struct slot *slot = scenes[i].make(untyped);
            host.preempt_always = true;
            delete_slot(slot, turns);
            assert_ok(cap_revoke(untyped));
            host.preempt_always = false;
            assert_nothing_left(untyped);
        }
}

static void a_zombie_is_no_capability(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS), slot = world.next;
    flat(untyped);
    host.preempt_always = true;
    delete_slot(slot_of(slot), 1);
    host.preempt_always = false;
    assert_int_equal(type_of(slot), SEL4_CAP_ZOMBIE);
    assert_error(SEL4_INVALID_CAPABILITY, seL4_CNode_Delete(slot, 0, 5));
    assert_error(SEL4_FAILED_LOOKUP,
                 seL4_CNode_Copy(ROOT, ROOT, new_slot(), DEPTH, slot, DEPTH, SEL4_RIGHTS_ALL));
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Move(ROOT, ROOT, new_slot(), DEPTH, slot, DEPTH));
    assert_error(SEL4_DELETE_FIRST, retype(world.ram, SEL4_OBJECT_ENDPOINT, 0, slot, 1));
    assert_ok(cap_delete(slot));
    assert_nothing_left(untyped);
}

static void deletions_that_meet_do_not_hurt(void **state) {
    (void)state;
    for (unsigned turns = 1; turns < 12; turns++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS),
               node = new_object_from(untyped, SEL4_OBJECT_CNODE, 4);
        struct slot *inside = object_of(node), *a = nested(untyped), *b = flat(untyped), *c = ring(untyped);
        // Two are moved into the CNode, as their owner would have had them there, when they are half deleted.
        host.preempt_always = true;
        delete_slot(a, turns);
        delete_slot(b, turns / 3);
        delete_slot(c, turns / 4);
        if (!slot_is_empty(a))
            cdt_move(&inside[3], a, a->cap);
        if (!slot_is_empty(b))
            cdt_move(&inside[12], b, b->cap);
        assert_ok(cap_delete(node));
        assert_ok(cap_revoke(untyped));
        host.preempt_always = false;
        assert_nothing_left(untyped);
    }
}

// --- waiters

#define WAITERS 40

// Threads that wait on the object: receivers of an endpoint, or waiters of a notification.
static void many_wait(cptr_t object, struct thread *t) {
    for (unsigned i = 0; i < WAITERS; i++) {
        t[i] = thread_start(110);
        seL4_Wait(object, MESSAGE(0));
        assert_root();
    }
}

static void many_waiters_are_woken_a_few_at_a_time(void **state) {
    (void)state;
    static const word_t types[] = {SEL4_OBJECT_ENDPOINT, SEL4_OBJECT_NOTIFICATION};
    for (unsigned i = 0; i < ARRAY_LENGTH(types); i++) {
        struct thread t[WAITERS];
        cptr_t object = new_object(types[i], 0);
        many_wait(object, t);
        assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 120));
        host.preempt_looks = 0;
        host.preempt_always = true;
        assert_int_equal(slot_delete(&host_core, slot_of(object)), STATUS_PREEMPTED);
        // Nobody comes back to an object that is going.
        assert_int_equal(cap_rights(slot_of(object)->cap), 0);
        assert_int_equal(sched_schedule(&host_core)->priority, 120);
        assert_ok(cap_delete(object));
        host.preempt_always = false;
        assert_in_range(host.preempt_looks, WAITERS / FINALISE_THREADS - 1, WAITERS);
        for (unsigned k = 0; k < WAITERS; k++) {
            assert_state(t[k].object, THREAD_RESTART);
            assert_ok(cap_delete(t[k].tcb));
        }
        assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 100));
    }
}

static void waiters_in_what_dies_with_a_cnode_are_woken_a_few_at_a_time(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 2), object = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    struct thread t[WAITERS];
    many_wait(object, t);
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 120));
    move_in(node, 2, 2, object);
    host.preempt_always = true;
    host.preempt_looks = 0;
    assert_ok(cap_delete(node));
    host.preempt_always = false;
    assert_true(host.preempt_looks > 0);
    for (unsigned k = 0; k < WAITERS; k++)
        assert_state(t[k].object, THREAD_RESTART);
}

static void waiters_of_an_interrupts_notification_are_woken_a_few_at_a_time(void **state) {
    (void)state;
    for (unsigned way = 0; way < 3; way++) { // the interrupt's is the last capability: three ways to lose it
        cptr_t handler = new_slot(), object = new_object(SEL4_OBJECT_NOTIFICATION, 0),
               other = new_object(SEL4_OBJECT_NOTIFICATION, 0);
        struct thread t[WAITERS];
        assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 60 + way, handler, DEPTH));
        many_wait(object, t);
        assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 120));
        assert_ok(seL4_IRQHandler_SetNotification(handler, object));
        assert_ok(cap_delete(object));
        assert_state(t[0].object, THREAD_BLOCKED_ON_NOTIFICATION);
        host.preempt_always = true;
        if (way == 0)
            assert_ok(cap_delete(handler));
        else if (way == 1)
            assert_ok(seL4_IRQHandler_Clear(handler));
        else
            assert_ok(seL4_IRQHandler_SetNotification(handler, other));
        host.preempt_always = false;
        for (unsigned k = 0; k < WAITERS; k++) {
            assert_state(t[k].object, THREAD_RESTART);
            assert_ok(cap_delete(t[k].tcb));
        }
        assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 100));
    }
}

static void a_thread_that_is_woken_early_does_not_come_back(void **state) {
    (void)state;
    struct thread t[WAITERS];
    cptr_t object = new_object(SEL4_OBJECT_ENDPOINT, 0);
    many_wait(object, t); // more urgent than root: each runs as soon as it is woken
    host.preempt_always = true;
    cap_delete(object);
    assert_int_equal(current()->priority, 110);
    for (unsigned i = 0; current() != world.root; i++) {
        assert_true(i < WAITERS);
        seL4_Wait(object, MESSAGE(0)); // a capability fault, and nobody handles it
    }
    host.preempt_always = false;
    assert_ok(cap_delete(object)); // what the preempted call, repeated, does
    while (current() != world.root)
        seL4_Wait(object, MESSAGE(0));
    for (unsigned k = 0; k < WAITERS; k++)
        assert_state(t[k].object, THREAD_INACTIVE);
    assert_int_equal(type_of(object), SEL4_CAP_NULL);
}

// --- depth

#define LEVELS 400

// A chain of CNodes, each in slot `index` of the next.
static cptr_t chain(cptr_t untyped, word_t index) {
    cptr_t outer = new_object_from(untyped, SEL4_OBJECT_CNODE, 1);
    for (unsigned i = 1; i < LEVELS; i++) {
        cptr_t next = new_object_from(untyped, SEL4_OBJECT_CNODE, 1);
        make_in(next, 1 - index, untyped, SEL4_OBJECT_REPLY, 0);
        move_in(next, index, 1, outer);
        outer = next;
    }
    return outer;
}

static void a_preempted_deletion_comes_on_at_any_depth(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
    for (word_t index = 0; index < 2; index++) {
        world.check = false;
        cptr_t outer = chain(untyped, index);
        host.preempt_always = true;
        host.preempt_looks = 0;
        unsigned turns = 0;
        while (slot_delete(&host_core, slot_of(outer)) == STATUS_PREEMPTED)
            assert_true(turns++ < 2 * LEVELS); // each turn empties a slot at least
        host.preempt_always = false;
        assert_int_equal(host.preempt_looks, turns); // and looks once
        assert_false(cdt_has_children(slot_of(untyped)));
    }
    world.check = true;
    assert_nothing_left(untyped);
}

// A random graph of CNodes and threads: what is in the slots of what, with circles and shared objects.
static void random_graph(cptr_t untyped, uint64_t *seed, cptr_t *first, unsigned *count) {
    *first = world.next;
    *count = 0;
    for (unsigned i = 0; i < 12; i++, ++*count) {
        *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
        if (*seed % 3)
            new_object_from(untyped, SEL4_OBJECT_CNODE, 1 + *seed / 3 % 3);
        else
            new_object_from(untyped, SEL4_OBJECT_TCB, 0);
    }
    for (unsigned i = 0; i < 40; i++) {
        *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
        cptr_t what = *first + *seed % *count, in = *first + *seed / 100 % *count;
        if (type_of(what) == SEL4_CAP_NULL || type_of(in) == SEL4_CAP_NULL)
            continue;
        if (type_of(in) == SEL4_CAP_TCB && type_of(what) == SEL4_CAP_CNODE)
            (void)seL4_TCB_Configure(in, what, SEL4_SLOT_VSPACE, SEL4_SLOT_NULL, 0, 0, 0);
        else if (type_of(in) == SEL4_CAP_CNODE && *seed / 7 % 2)
            (void)seL4_CNode_Copy(in, ROOT, *seed / 31 % 8, cap_cnode_radix(slot_of(in)->cap), what, DEPTH,
                                  SEL4_RIGHTS_ALL);
        else if (type_of(in) == SEL4_CAP_CNODE)
            (void)seL4_CNode_Move(in, ROOT, *seed / 31 % 8, cap_cnode_radix(slot_of(in)->cap), what, DEPTH);
    }
}

static void any_graph_of_objects_is_deleted_whatever_the_order(void **state) {
    (void)state;
    uint64_t seed = 0x1234567;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS), start = world.next;
    for (unsigned round = 0; round < 300; round++) {
        cptr_t first;
        unsigned count;
        world.next = start;
        world.check = false;
        random_graph(untyped, &seed, &first, &count);
        // Root's ways to it go one after the other, some deletions given up and taken up again later.
        host.preempt_always = true;
        for (unsigned i = 0; i < 3 * count; i++)
            delete_slot(slot_of(first + (i * 5 + round) % count), 1 + round % 4);
        for (unsigned i = 0; i < count; i++)
            assert_ok(cap_delete(first + i));
        // What is left are circles. A revocation finds them, given up between two steps or not.
        for (unsigned turns = round % 20; turns; turns--)
            if (slot_revoke(&host_core, slot_of(untyped)) == STATUS_PREEMPTED)
                world_check(true);
        assert_ok(cap_revoke(untyped));
        host.preempt_always = false;
        world.check = true;
        assert_nothing_left(untyped);
    }
}

// --- TCBs

static void resume_root(struct core *core) {
    thread_restart(core, world.root);
}

static void a_thread_that_destroys_itself_leaves_what_is_left_to_the_untyped(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
    bool finished = false;
    for (int step = 0; !finished; step++) {
        // The thread's CSpace holds in [2] the only capability of a CNode that holds in [1] the thread's only
        // one.
        cptr_t node = new_object_from(untyped, SEL4_OBJECT_CNODE, 4),
               inner = new_object_from(untyped, SEL4_OBJECT_CNODE, 4),
               tcb = new_object_from(untyped, SEL4_OBJECT_TCB, 0);
        struct thread helper = thread_make(110, false);
        for (word_t i = 3; i < 16; i++)
            make_in(i % 2 ? node : inner, i, untyped, SEL4_OBJECT_TCB, 0);
        assert_ok(seL4_TCB_Configure(tcb, node, SEL4_SLOT_VSPACE, helper.frame, sel4_cnode_data(0, 60), 0,
                                     0x10000000));
        assert_ok(seL4_SchedContext_Unbind(helper.sched_context));
        assert_ok(seL4_TCB_SetSchedParams(tcb, SEL4_SLOT_TCB, helper.sched_context, SEL4_SLOT_NULL, 0, 90));
        assert_ok(seL4_TCB_Resume(tcb));
        struct tcb *object = object_of(tcb);
        move_in(inner, 1, 4, tcb);
        move_in(node, 2, 4, inner);
        assert_ok(cap_delete(node));
        seL4_Wait(new_object(SEL4_OBJECT_NOTIFICATION, 0), MESSAGE(0));
        assert_ptr_equal(current(), object);
        host.idle = resume_root;
        host.preempt_after = step;
        (void)seL4_CNode_Delete(2, 1, 4);
        finished = host.preempt_after >= 0;
        host.preempt_after = -1;
        assert_root(); // the thread does not come back
        if (finished)
            assert_false(cdt_has_children(slot_of(untyped)));
        assert_ok(cap_revoke(untyped));
        assert_nothing_left(untyped);
        assert_ok(cap_delete(helper.tcb));
        assert_ok(cap_delete(helper.sched_context));
        assert_ok(cap_delete(helper.frame));
    }
}

static void a_deleted_thread_is_in_no_queue(void **state) {
    (void)state;
    cptr_t ep = new_object(SEL4_OBJECT_ENDPOINT, 0), ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0),
           reply = new_object(SEL4_OBJECT_REPLY, 0);
    struct thread ready = thread_start(50), sender = thread_start(110);
    seL4_Send(ep, MESSAGE(0));
    assert_ok(cap_delete(sender.tcb)); // first in the queue of senders
    struct thread receiver = thread_start(110);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_ok(cap_delete(receiver.tcb));
    assert_null(((struct reply *)object_of(reply))->tcb);
    struct thread waiter = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(cap_delete(waiter.tcb));
    assert_int_equal(((struct notification *)object_of(ntfn))->state, NOTIFICATION_IDLE);
    assert_ok(cap_delete(ready.tcb));
    assert_int_equal(host_core.ready_summary, 0);
    assert_null(waiter.context->tcb);
}

static void a_thread_can_delete_itself(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    assert_current(t);
    cap_delete(t.tcb);
    assert_root();
    assert_int_equal(type_of(t.tcb), SEL4_CAP_NULL);
    assert_null(t.context->tcb);
}

static void a_callers_reply_dies_with_it(void **state) {
    (void)state;
    cptr_t ep = new_object(SEL4_OBJECT_ENDPOINT, 0), reply = new_object(SEL4_OBJECT_REPLY, 0);
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    assert_ok(cap_delete(client.tcb));
    assert_current(server); // it keeps the context that it runs on
    assert_ptr_equal(server.object->sc, client.context);
    assert_null(((struct reply *)object_of(reply))->tcb);
    seL4_Send(reply, MESSAGE(0));
    assert_current(server);
}

static void a_destroyed_server_keeps_its_callers_context_from_nobody(void **state) {
    (void)state;
    cptr_t ep = new_object(SEL4_OBJECT_ENDPOINT, 0), reply = new_object(SEL4_OBJECT_REPLY, 0);
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    cap_delete(server.tcb);
    assert_root();
    assert_null(client.context->tcb); // not given back until a reply
    seL4_Send(reply, MESSAGE(.info = sel4_info(7, 0, 0, 0)));
    assert_current(client);
    assert_ptr_equal(client.object->sc, client.context);
}

// --- what a TCB holds

static void a_new_cspace_is_not_given_to_a_thread_that_the_old_one_destroyed(void **state) {
    (void)state;
    // The thread's CSpace holds the only capability of the thread: [1] the thread, [2] a CNode that root
    // keeps, with a fresh CSpace in it, [3] a VSpace.
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, BITS),
           node = new_object_from(untyped, SEL4_OBJECT_CNODE, 4), kept = new_object(SEL4_OBJECT_CNODE, 5),
           tcb = new_object_from(untyped, SEL4_OBJECT_TCB, 0);
    struct thread t = thread_make(110, false);
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    assert_ok(seL4_CNode_Copy(node, ROOT, 2, 4, kept, DEPTH, SEL4_RIGHTS_ALL));
    assert_ok(seL4_CNode_Copy(node, ROOT, 3, 4, SEL4_SLOT_VSPACE, DEPTH, SEL4_RIGHTS_ALL));
    make_in(kept, 0, world.ram, SEL4_OBJECT_CNODE, 4);
    assert_ok(
        seL4_TCB_Configure(tcb, node, SEL4_SLOT_VSPACE, t.frame, sel4_cnode_data(0, 55), 0, 0x10000000));
    assert_ok(seL4_TCB_SetSchedParams(tcb, SEL4_SLOT_TCB, t.sched_context, SEL4_SLOT_NULL, 0, 110));
    struct tcb *object = object_of(tcb);
    move_in(node, 1, 4, tcb);
    assert_ok(cap_delete(node));
    thread_restart(&host_core, object); // as Resume, for which root has no capability any more
    sched_schedule(&host_core);
    assert_ptr_equal(current(), object);
    seL4_TCB_SetSpace(1 << 5, 0, 2 << 5, 3 << 5, 0, 0);
    assert_root();
    assert_nothing_left(untyped);
}

static void an_ipc_buffer_ends_with_its_frame(void **state) {
    (void)state;
    cptr_t ep = new_object(SEL4_OBJECT_ENDPOINT, 0), reply = new_object(SEL4_OBJECT_REPLY, 0),
           untyped = new_object(SEL4_OBJECT_UNTYPED, 12),
           frame = new_object_from(untyped, SEL4_OBJECT_SMALL_PAGE, 0);
    struct thread t = thread_start(110);
    assert_ok(seL4_TCB_SetIPCBuffer(t.tcb, frame, 0x10000000));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_root();
    assert_ok(cap_revoke(frame));
    assert_ok(cap_delete(frame));
    cptr_t node = new_object_from(untyped, SEL4_OBJECT_CNODE, 7); // kernel memory where the buffer was
    seL4_SetMR(4, 0x4141414141414141);
    seL4_Send(ep, MESSAGE(.info = sel4_info(1, 0, 0, 5)));
    assert_current(t);
    assert_int_equal(sel4_info_length(info_of(t.object)), 4);
    for (unsigned i = 0; i < 128; i++)
        assert_int_equal(((struct slot *)object_of(node))[i].cap.w0, 0);
    assert_int_equal(invoke(SEL4_SLOT_TCB, LABEL_TCB_SetFlags, 0, 2, (word_t)0, (word_t)0), SEL4_NO_ERROR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        world_test(everything_inside_dies_with_the_last_capability),
        world_test(a_deletion_preempted_at_any_step_is_finished_by_its_repetition),
        world_test(a_deletion_preempted_at_every_step_goes_on),
        world_test(a_revocation_preempted_at_every_step_goes_on),
        world_test(what_an_abandoned_deletion_leaves_is_found_by_the_untyped),
        world_test(a_zombie_is_no_capability),
        world_test(deletions_that_meet_do_not_hurt),
        world_test(many_waiters_are_woken_a_few_at_a_time),
        world_test(waiters_in_what_dies_with_a_cnode_are_woken_a_few_at_a_time),
        world_test(waiters_of_an_interrupts_notification_are_woken_a_few_at_a_time),
        world_test(a_thread_that_is_woken_early_does_not_come_back),
        world_test(a_preempted_deletion_comes_on_at_any_depth),
        world_test(any_graph_of_objects_is_deleted_whatever_the_order),
        world_test(a_thread_that_destroys_itself_leaves_what_is_left_to_the_untyped),
        world_test(a_deleted_thread_is_in_no_queue),
        world_test(a_thread_can_delete_itself),
        world_test(a_callers_reply_dies_with_it),
        world_test(a_destroyed_server_keeps_its_callers_context_from_nobody),
        world_test(a_new_cspace_is_not_given_to_a_thread_that_the_old_one_destroyed),
        world_test(an_ipc_buffer_ends_with_its_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
