// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What bounds the kernel's longest operations where many threads wait: steps that can be preempted, and
// limits. (What deletes an object that threads wait on: test_delete.c.)
#include "world.h"

#define ROOT    SEL4_SLOT_CNODE
#define DEPTH   SEL4_WORD_BITS
#define THREADS 40u

static struct thread threads[THREADS];

// Every thread sends; woken ones do not run before root lets them.
static void threads_send(cptr_t endpoint) {
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = thread_start(ROOT_TEST_PRIORITY + 1);
        seL4_Send(endpoint, MESSAGE(0));
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

static void cancelled_sends_are_woken_in_steps(void **state) {
    (void)state;
    cptr_t endpoint = new_object(SEL4_OBJECT_ENDPOINT, 0), one = mint_of(endpoint, SEL4_RIGHTS_ALL, 1),
           two = mint_of(endpoint, SEL4_RIGHTS_ALL, 2);
    struct thread other = thread_start(ROOT_TEST_PRIORITY + 1);
    seL4_Send(two, MESSAGE(0));
    threads_send(one);
    host.preempt_always = true;
    assert_int_equal(endpoint_cancel_badged(&host_core, object_of(endpoint), 1), STATUS_PREEMPTED);
    sched_schedule(&host_core);
    assert_in_range(woken(), 1, THREADS / 4);
    world_check(true);
    assert_ok(seL4_CNode_CancelBadgedSends(ROOT, one, DEPTH)); // repeated until it is done
    host.preempt_always = false;
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
        world_test(cancelled_sends_are_woken_in_steps),
        world_test(a_context_uses_a_bounded_number_of_refills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
