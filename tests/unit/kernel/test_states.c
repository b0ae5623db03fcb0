// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Deletion of every object in every state that it can be in, in any order, with an interrupt at any
// preemption point: the world stays sound after each step, no capability of the object is left anywhere, and
// when all are gone the untyped that they were made of is whole again, without being revoked.
#include "world.h"
#include <stdio.h>

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS
#define BITS  20 // of the untyped
#define IRQ   70

static cptr_t untyped, first; // all capabilities of the scene: [first, world.next)
static cptr_t start;          // where a scene begins

static cptr_t make(word_t type, word_t bits) {
    return new_object_from(untyped, type, bits);
}

// A thread made of the untyped. Priority 0 would never run; root is above all of them in the end.
static cptr_t make_thread(unsigned priority, cptr_t *context, word_t budget, word_t period) {
    cptr_t tcb = make(SEL4_OBJECT_TCB, 0), frame = make(SEL4_OBJECT_SMALL_PAGE, 0);
    *context = make(SEL4_OBJECT_SCHED_CONTEXT, 8);
    assert_ok(configure(*context, budget, period, 4, true));
    assert_ok(seL4_TCB_Configure(tcb, ROOT, SEL4_SLOT_VSPACE, frame, 0, 0, 0x10000000));
    assert_ok(seL4_TCB_SetSchedParams(tcb, SEL4_SLOT_TCB, *context, SEL4_SLOT_NULL, 0, priority));
    return tcb;
}

// Starts the thread, which root then plays up to `assert_root`.
static cptr_t start_thread(unsigned priority, cptr_t *context) {
    cptr_t tcb = make_thread(priority, context, 100000, 100000);
    assert_ok(seL4_TCB_Resume(tcb));
    return tcb;
}

// --- the scene: each function leaves threads and objects in states of their own; root runs before and after

static void endpoints_with_threads(void) {
    cptr_t sending = make(SEL4_OBJECT_ENDPOINT, 0), receiving = make(SEL4_OBJECT_ENDPOINT, 0), c,
           r = make(SEL4_OBJECT_REPLY, 0), badged = mint_of(sending, SEL4_RIGHTS_ALL, 5);
    start_thread(111, &c);
    seL4_Send(badged, MESSAGE(0));
    start_thread(112, &c);
    seL4_Call(sending, MESSAGE(0));
    start_thread(113, &c);
    seL4_Recv(receiving, r, MESSAGE(0));
    start_thread(114, &c);
    seL4_Wait(receiving, MESSAGE(0));
    cptr_t faulting = make_thread(115, &c, 1000, 1000);
    assert_ok(seL4_TCB_SetSchedParams(faulting, SEL4_SLOT_TCB, c, badged, 0, 115));
    assert_ok(seL4_TCB_Resume(faulting));
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_root();
}

static void notifications(void) {
    cptr_t waiting = make(SEL4_OBJECT_NOTIFICATION, 0), active = make(SEL4_OBJECT_NOTIFICATION, 0), c, t,
           ep = make(SEL4_OBJECT_ENDPOINT, 0), r = make(SEL4_OBJECT_REPLY, 0), handler = new_slot();
    start_thread(111, &c);
    seL4_Wait(waiting, MESSAGE(0));
    t = start_thread(112, &c);
    seL4_Wait(waiting, MESSAGE(0));
    seL4_Signal(mint_of(active, SEL4_RIGHTS_ALL, 3));
    // Bound, with a context of its own, and the bound thread passive and receiving.
    cptr_t bound = make(SEL4_OBJECT_NOTIFICATION, 0), lent = make(SEL4_OBJECT_SCHED_CONTEXT, 7);
    t = start_thread(113, &c);
    assert_ok(seL4_TCB_BindNotification(t, bound));
    seL4_Recv(ep, r, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(c));
    assert_ok(configure(lent, 1000, 1000, 0, false));
    assert_ok(seL4_SchedContext_Bind(lent, bound));
    // Lent: its borrower is ready.
    cptr_t lender = make(SEL4_OBJECT_NOTIFICATION, 0), borrowed = make(SEL4_OBJECT_SCHED_CONTEXT, 7);
    t = start_thread(90, &c);
    assert_ok(seL4_TCB_SetPriority(t, SEL4_SLOT_TCB, 120));
    seL4_Wait(lender, MESSAGE(0));
    assert_ok(seL4_TCB_SetPriority(t, SEL4_SLOT_TCB, 90));
    assert_ok(seL4_SchedContext_Unbind(c));
    assert_ok(configure(borrowed, 1000, 1000, 0, false));
    assert_ok(seL4_SchedContext_Bind(borrowed, lender));
    seL4_Signal(lender);
    assert_ptr_equal(((struct tcb *)object_of(t))->sc, object_of(borrowed));
    // Of an interrupt, which has come.
    assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, IRQ, handler, DEPTH));
    assert_ok(seL4_IRQHandler_SetNotification(handler, mint_of(active, SEL4_RIGHTS_ALL, 8)));
    interrupt(IRQ);
    assert_root();
}

// client -> middle -> inner; inner is ready, on the client's context.
static void calls(void) {
    cptr_t outer_ep = make(SEL4_OBJECT_ENDPOINT, 0), inner_ep = make(SEL4_OBJECT_ENDPOINT, 0), c,
           outer_reply = make(SEL4_OBJECT_REPLY, 0), inner_reply = make(SEL4_OBJECT_REPLY, 0);
    start_thread(112, &c);
    seL4_Recv(outer_ep, outer_reply, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(c));
    cptr_t inner = start_thread(113, &c);
    seL4_Recv(inner_ep, inner_reply, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(c));
    assert_ok(seL4_TCB_SetPriority(inner, SEL4_SLOT_TCB, 90));
    start_thread(111, &c);
    seL4_Call(outer_ep, MESSAGE(0));
    seL4_Call(inner_ep, MESSAGE(0));
    assert_root();
    assert_ptr_equal(((struct tcb *)object_of(inner))->sc, object_of(c));
    // One caller whose server has its own context.
    cptr_t ep = make(SEL4_OBJECT_ENDPOINT, 0), r = make(SEL4_OBJECT_REPLY, 0), server = start_thread(112, &c);
    seL4_Recv(ep, r, MESSAGE(0));
    assert_ok(seL4_TCB_SetPriority(server, SEL4_SLOT_TCB, 80));
    start_thread(111, &c);
    seL4_Call(ep, MESSAGE(0));
    assert_root();
}

static void scheduling(void) {
    cptr_t c, t = make_thread(111, &c, 100, 100000);
    make_thread(111, &c, 100, 100); // inactive
    assert_ok(seL4_TCB_Resume(t));
    pass(100); // waits for its refill
    t = make_thread(112, &c, 100, 200000);
    assert_ok(seL4_TCB_Resume(t));
    pass(100);
    start_thread(90, &c); // ready, two of one priority
    start_thread(90, &c);
    t = start_thread(89, &c);
    assert_ok(seL4_TCB_Suspend(t));
    make(SEL4_OBJECT_SCHED_CONTEXT, 7); // bound to nothing, not configured
    // One waits for the answer of YieldTo: its target is ready.
    cptr_t target_context, target = make_thread(90, &target_context, 100000, 100000);
    t = start_thread(120, &c);
    assert_ok(seL4_TCB_SetMCPriority(t, SEL4_SLOT_TCB, 120));
    assert_ok(seL4_TCB_SetPriority(target, SEL4_SLOT_TCB, 120));
    assert_ok(seL4_TCB_Resume(target));
    word_t result;
    (void)seL4_SchedContext_YieldTo(target_context, &result); // the target runs
    assert_ok(seL4_TCB_SetPriority(t, SEL4_SLOT_TCB, 85));
    assert_ok(seL4_TCB_SetPriority(target, SEL4_SLOT_TCB, 86)); // its own
    assert_root();
    assert_non_null(((struct sched_context *)object_of(target_context))->yield_from);
    // A timeout fault that nobody has taken, and a vCPU's thread in WFI.
    cptr_t ep = make(SEL4_OBJECT_ENDPOINT, 0);
    t = make_thread(111, &c, 100, 1000);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t, ep));
    assert_ok(seL4_TCB_Resume(t));
    pass(100);
    start_thread(111, &c);
    thread_wait_virq(&host_core, current());
    assert_ptr_equal(sched_schedule(&host_core), world.root);
}

static void spaces(void) {
    cptr_t vspace = make(SEL4_OBJECT_VSPACE, 0), level2 = make(SEL4_OBJECT_PAGE_TABLE, 0), c,
           level3 = make(SEL4_OBJECT_PAGE_TABLE, 0), frame = make(SEL4_OBJECT_SMALL_PAGE, 0),
           pool_memory = make(SEL4_OBJECT_UNTYPED, 12), pool = new_slot(), node = make(SEL4_OBJECT_CNODE, 4),
           inner = make(SEL4_OBJECT_CNODE, 4);
    assert_ok(seL4_ASIDControl_MakePool(SEL4_SLOT_ASID_CONTROL, pool_memory, ROOT, pool, DEPTH));
    assert_ok(seL4_ASIDPool_Assign(pool, vspace));
    assert_ok(seL4_PageTable_Map(level2, vspace, 0, SEL4_PAGE_DEFAULT));
    assert_ok(seL4_PageTable_Map(level3, vspace, 0, SEL4_PAGE_DEFAULT));
    assert_ok(seL4_Page_Map(frame, vspace, 0x1000, 3, SEL4_PAGE_DEFAULT));
    cptr_t t = make_thread(90, &c, 100000, 100000);
    assert_ok(seL4_TCB_Configure(t, node, vspace, frame, sel4_cnode_data(0, 60), 0, 0x1000));
    assert_ok(seL4_TCB_Resume(t));
    for (word_t i = 0; i < 16; i += 3)
        assert_ok(seL4_Untyped_Retype(untyped, inner, SEL4_OBJECT_TCB, 0, 0, 0, i, 1));
    assert_ok(seL4_CNode_Copy(node, ROOT, 5, 4, inner, DEPTH, SEL4_RIGHTS_ALL));
}

static void make_scene(void) {
    first = world.next;
    endpoints_with_threads();
    notifications();
    calls();
    scheduling();
    spaces();
}

// --- destruction

static void assert_whole(void) {
    assert_false(cdt_has_children(slot_of(untyped)));
    cptr_t whole = new_slot();
    assert_ok(retype(untyped, SEL4_OBJECT_CNODE, BITS - SEL4_SLOT_BITS, whole, 1)); // every byte becomes 0
    world_check(true);
    assert_ok(cap_delete(whole));
    assert_false(host.irq_active[IRQ]);
    assert_true(host.irq_masked[IRQ]); // its handler is gone
    assert_int_equal(host_core.ready_summary, 0);
    assert_null(host_core.release_head);
}

// The next number from `stride` on that steps through all of `count`.
static unsigned step_through(unsigned stride, unsigned count) {
    for (;; stride++) {
        unsigned a = count, b = stride;
        while (b) {
            unsigned rest = a % b;
            a = b, b = rest;
        }
        if (a == 1)
            return stride;
    }
}

// Deletes everything, beginning with the nth, in steps of `stride` or a little more.
static void destroy(unsigned nth, unsigned stride) {
    unsigned count = (unsigned)(world.next - first);
    stride = step_through(stride, count);
    for (unsigned i = 0; i < count; i++)
        assert_ok(cap_delete(first + (nth + i * stride) % count));
    for (cptr_t slot = first; slot < first + count; slot++)
        assert_int_equal(type_of(slot), SEL4_CAP_NULL);
}

static int setup(void **state) {
    world_setup(state);
    untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
    start = world.next;
    return 0;
}
#define states_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static void anything_may_be_deleted_first(void **state) {
    (void)state;
    unsigned count = 1;
    for (unsigned nth = 0; nth < count; nth++) {
        world.next = start;
        world.check = nth == 0;
        make_scene();
        count = (unsigned)(world.next - first);
        world.check = true;
        assert_ok(cap_delete(first + nth));
        assert_int_equal(type_of(first + nth), SEL4_CAP_NULL);
        world.check = false;
        assert_ok(cap_revoke(untyped));
        for (cptr_t slot = first; slot < first + count; slot++)
            assert_ok(cap_delete(slot)); // interrupt handlers are not the untyped's
        world.check = true;
        assert_whole();
    }
    assert_true(count > 80);
}

static void everything_is_deleted_in_any_order(void **state) {
    (void)state;
    static const unsigned strides[] = {1, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    for (unsigned i = 0; i < ARRAY_LENGTH(strides); i++) {
        world.next = start;
        world.check = false;
        make_scene();
        world.check = true;
        destroy(i * 9, strides[i]);
        assert_whole();
    }
}

static void everything_is_deleted_backwards(void **state) {
    (void)state;
    make_scene();
    destroy((unsigned)(world.next - first) - 1, (unsigned)(world.next - first) - 1);
    assert_whole();
}

static void an_interrupt_at_any_preemption_point_does_no_harm(void **state) {
    (void)state;
    for (unsigned step = 0; step < 24; step++) {
        world.next = start;
        world.check = false;
        make_scene();
        world.check = true;
        unsigned count = (unsigned)(world.next - first), stride = step_through(7, count);
        for (unsigned i = 0; i < count; i++) {
            host.preempt_after = (int)(step % 6);
            host.preempt_always = step >= 18;
            assert_ok(cap_delete(first + (step * 5 + i * stride) % count));
            host.preempt_always = false;
            host.preempt_after = -1;
        }
        assert_whole();
    }
}

static void a_revocation_interrupted_at_every_point_takes_all(void **state) {
    (void)state;
    make_scene();
    host.preempt_always = true;
    assert_ok(cap_revoke(untyped));
    host.preempt_always = false;
    for (cptr_t slot = first; slot < world.next; slot++)
        assert_true(type_of(slot) == SEL4_CAP_NULL || type_of(slot) == SEL4_CAP_IRQ_HANDLER);
    assert_ok(cap_revoke(SEL4_SLOT_IRQ_CONTROL));
    assert_whole();
}

// What is woken by a deletion does its call again, and finds nothing.
static void threads_that_lose_their_object_meet_a_fault(void **state) {
    (void)state;
    cptr_t c, ep = make(SEL4_OBJECT_ENDPOINT, 0), t = start_thread(110, &c);
    struct tcb *object = object_of(t);
    seL4_Send(ep, MESSAGE(0));
    assert_root();
    assert_ok(cap_delete(ep));
    assert_ptr_equal(current(), object);
    seL4_Recv(ep, SEL4_SLOT_NULL, MESSAGE(0)); // an empty slot: a capability fault, and nobody handles it
    assert_root();
    assert_state(object, THREAD_INACTIVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        states_test(anything_may_be_deleted_first),
        states_test(everything_is_deleted_in_any_order),
        states_test(everything_is_deleted_backwards),
        states_test(an_interrupt_at_any_preemption_point_does_no_harm),
        states_test(a_revocation_interrupted_at_every_point_takes_all),
        states_test(threads_that_lose_their_object_meet_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
