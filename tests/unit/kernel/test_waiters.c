// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Objects that many threads wait on die a few threads at a time: a deletion can be preempted between, and is
// then as good as done for everybody else (seL4 API: CNode_Delete, CNode_Revoke, CNode_CancelBadgedSends).
#include "world.h"

#define ROOT    SEL4_SLOT_CNODE
#define DEPTH   SEL4_WORD_BITS
#define THREADS (2u * QUEUE_STEP + 3)
#define BITS    12 // of the untyped that holds the object
#define IRQ     5

static struct thread threads[THREADS];
static cptr_t untyped;

static int setup(void **state) {
    world_setup(state);
    untyped = new_object(SEL4_OBJECT_UNTYPED, BITS);
    return 0;
}
#define waiters_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

// What the kernel's function left, behind an entry's end: root runs on.
static enum status entry_end(enum status status) {
    sched_schedule(&host_core);
    assert_root();
    world_check(true);
    return status;
}
static enum status delete_step(cptr_t cptr) {
    return entry_end(slot_delete(&host_core, slot_of(cptr)));
}

enum wait { SEND, RECEIVE, NOTIFICATION };

// Every thread waits; woken ones do not run before root lets them.
static void threads_wait(cptr_t object, enum wait wait) {
    for (unsigned i = 0; i < THREADS; i++) {
        cptr_t reply = new_object(SEL4_OBJECT_REPLY, 0);
        threads[i] = thread_start(ROOT_TEST_PRIORITY + 1);
        if (wait == SEND)
            seL4_Send(object, MESSAGE(0));
        else if (wait == RECEIVE)
            seL4_Recv(object, reply, MESSAGE(0));
        else
            seL4_Wait(object, MESSAGE(0));
        assert_root();
    }
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, ROOT_TEST_PRIORITY + 2));
}

static unsigned woken(void) {
    unsigned count = 0;
    for (unsigned i = 0; i < THREADS; i++)
        count += threads[i].object->state == THREAD_RESTART;
    return count;
}

static cptr_t object_with_waiters(enum wait wait) {
    cptr_t object =
        new_object_from(untyped, wait == NOTIFICATION ? SEL4_OBJECT_NOTIFICATION : SEL4_OBJECT_ENDPOINT, 0);
    threads_wait(object, wait);
    return object;
}

static void a_deletion_wakes_a_few_threads_a_step(void **state) {
    (void)state;
    for (enum wait wait = SEND; wait <= NOTIFICATION; wait++) {
        cptr_t object = object_with_waiters(wait);
        host.preempt_always = true;
        for (unsigned step = 1; step * QUEUE_STEP < THREADS; step++) {
            assert_int_equal(delete_step(object), STATUS_PREEMPTED);
            assert_int_equal(woken(), step * QUEUE_STEP);
        }
        assert_int_equal(delete_step(object), STATUS_OK);
        host.preempt_always = false;
        assert_int_equal(woken(), THREADS);
        assert_true(slot_is_empty(slot_of(object)));
        assert_ok(cap_revoke(untyped));
        for (unsigned i = 0; i < THREADS; i++)
            assert_ok(cap_delete(threads[i].tcb));
        assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, ROOT_TEST_PRIORITY));
    }
}

static void between_two_steps_the_capability_serves_nobody(void **state) {
    (void)state;
    cptr_t endpoint = object_with_waiters(SEND);
    host.preempt_always = true;
    assert_int_equal(delete_step(endpoint), STATUS_PREEMPTED);
    host.preempt_always = false;
    assert_int_equal(cap_rights(slot_of(endpoint)->cap), 0);
    seL4_Send(endpoint, MESSAGE(0)); // ignored, as through an empty slot
    assert_root();
    assert_int_equal(world.root->state, THREAD_RUNNING);
    assert_int_equal(invoke(endpoint, 0, 0, 0), SEL4_INVALID_CAPABILITY);
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_CNode_CancelBadgedSends(ROOT, endpoint, DEPTH));
    assert_int_equal(woken(), QUEUE_STEP);
    assert_ok(cap_delete(endpoint));
    assert_int_equal(woken(), THREADS);
}

static void what_an_abandoned_step_leaves_goes_with_the_untyped(void **state) {
    (void)state;
    cptr_t endpoint = object_with_waiters(RECEIVE);
    host.preempt_always = true;
    assert_int_equal(delete_step(endpoint), STATUS_PREEMPTED);
    assert_ok(cap_revoke(untyped)); // repeated until it is done
    host.preempt_always = false;
    assert_int_equal(woken(), THREADS);
    assert_false(cdt_has_children(slot_of(untyped)));
}

// The interrupt's handler holds the last capability of a notification.
static cptr_t handler_with_waiters(void) {
    cptr_t handler = new_slot(), notification = object_with_waiters(NOTIFICATION);
    assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, IRQ, handler, DEPTH));
    assert_ok(seL4_IRQHandler_SetNotification(handler, notification));
    assert_ok(cap_delete(notification));
    assert_int_equal(woken(), 0);
    return handler;
}

static void a_deleted_handler_lets_its_notification_go_in_steps(void **state) {
    (void)state;
    cptr_t handler = handler_with_waiters();
    host.preempt_always = true;
    assert_int_equal(delete_step(handler), STATUS_PREEMPTED);
    assert_int_equal(woken(), QUEUE_STEP);
    assert_error(SEL4_REVOKE_FIRST, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, IRQ, new_slot(), DEPTH));
    assert_ok(cap_delete(handler));
    host.preempt_always = false;
    assert_int_equal(woken(), THREADS);
    assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, IRQ, new_slot(), DEPTH));
}

static void a_replaced_notification_goes_in_steps(void **state) {
    (void)state;
    cptr_t handler = handler_with_waiters(), next = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    host.preempt_always = true;
    assert_ok(seL4_IRQHandler_SetNotification(handler, next)); // repeated until it is done
    host.preempt_always = false;
    assert_int_equal(woken(), THREADS);
    assert_false(cdt_has_children(slot_of(untyped)));
    interrupt(IRQ);
    assert_int_equal(((struct notification *)object_of(next))->state, NOTIFICATION_ACTIVE);
}

static void cancelled_sends_are_woken_in_steps(void **state) {
    (void)state;
    cptr_t endpoint = new_object(SEL4_OBJECT_ENDPOINT, 0), one = mint_of(endpoint, SEL4_RIGHTS_ALL, 1),
           two = mint_of(endpoint, SEL4_RIGHTS_ALL, 2);
    struct thread other = thread_start(ROOT_TEST_PRIORITY + 1);
    seL4_Send(two, MESSAGE(0));
    threads_wait(one, SEND);
    unsigned turns = 0;
    host.preempt_always = true;
    while (entry_end(endpoint_cancel_badged(&host_core, object_of(endpoint), 1)) == STATUS_PREEMPTED)
        turns++;
    host.preempt_always = false;
    assert_in_range(turns, 1, THREADS / 4);
    assert_int_equal(woken(), THREADS);
    assert_state(other.object, THREAD_BLOCKED_ON_SEND);
}

static void a_context_uses_a_bounded_number_of_refills(void **state) {
    (void)state;
    const word_t bits = 16, most = (BIT(bits) - BIT(SEL4_MIN_SCHED_CONTEXT_BITS)) / sizeof(struct refill);
    cptr_t context = new_object(SEL4_OBJECT_SCHED_CONTEXT, bits);
    assert_error(SEL4_RANGE_ERROR, configure(context, 1000, 10000, most + 1, true));
    assert_int_equal(detail(1), most);
    assert_ok(configure(context, 1000, 10000, most, true));
    assert_int_equal(((struct sched_context *)object_of(context))->refill_max, SC_MAX_REFILLS);
    assert_ok(configure(context, 1000, 10000, 3, true));
    assert_int_equal(((struct sched_context *)object_of(context))->refill_max, SC_MIN_REFILLS + 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        waiters_test(a_deletion_wakes_a_few_threads_a_step),
        waiters_test(between_two_steps_the_capability_serves_nobody),
        waiters_test(what_an_abandoned_step_leaves_goes_with_the_untyped),
        waiters_test(a_deleted_handler_lets_its_notification_go_in_steps),
        waiters_test(a_replaced_notification_goes_in_steps),
        waiters_test(cancelled_sends_are_woken_in_steps),
        waiters_test(a_context_uses_a_bounded_number_of_refills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
