// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The scheduler: priorities, slices, budgets and what happens at their end (seL4 API: scheduling, MCS).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static cptr_t ntfn;

static int setup(void **state) {
    world_setup(state);
    ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    return 0;
}
#define sched_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static struct thread with_budget(unsigned priority, word_t budget, word_t period, word_t extra,
                                 bool sporadic) {
    struct thread t = thread_make(priority, false);
    assert_ok(configure(t.sched_context, budget, period, extra, sporadic));
    return t;
}
// Root waits, so that the most urgent of the others runs.
static void root_waits(void) {
    assert_root();
    seL4_Wait(new_object(SEL4_OBJECT_NOTIFICATION, 0), MESSAGE(0));
}
static word_t consumed(cptr_t sched_context) {
    word_t result = 0;
    assert_ok(seL4_SchedContext_Consumed(sched_context, &result));
    return result;
}

// --- priorities

static void the_most_urgent_thread_runs(void **state) {
    (void)state;
    struct thread a = thread_start(90), b = thread_start(101);
    assert_current(b);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_root();
    root_waits();
    assert_current(a);
}

static void an_equal_thread_that_wakes_waits_for_its_turn(void **state) {
    (void)state;
    struct thread a = thread_start(100), b = thread_start(100);
    assert_root();
    seL4_Yield();
    assert_current(a);
    seL4_Yield();
    assert_current(b);
    seL4_Yield();
    assert_root();
}

static void a_preempted_thread_is_the_next_of_its_priority(void **state) {
    (void)state;
    struct thread a = thread_start(100), high = thread_start(110);
    assert_current(high); // root was preempted, before a
    seL4_Wait(ntfn, MESSAGE(0));
    assert_root();
    seL4_Yield();
    assert_current(a);
    seL4_Signal(ntfn);
    assert_current(high);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_current(a);
}

static void a_woken_less_urgent_thread_is_the_next_of_its_priority(void **state) {
    (void)state;
    struct thread a = thread_start(101);
    seL4_Wait(ntfn, MESSAGE(0));
    struct thread b = thread_make(101, false);
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 120));
    assert_ok(seL4_TCB_Resume(b.tcb));
    seL4_Signal(ntfn);
    root_waits();
    assert_current(a);
}

static void priorities_change_at_once(void **state) {
    (void)state;
    struct thread a = thread_start(90), b = thread_start(90);
    assert_ok(seL4_TCB_SetPriority(b.tcb, SEL4_SLOT_TCB, 95));
    assert_root();
    assert_ok(seL4_TCB_SetPriority(b.tcb, SEL4_SLOT_TCB, 101));
    assert_current(b);
    assert_ok(seL4_TCB_SetPriority(b.tcb, SEL4_SLOT_TCB, 89)); // its own
    assert_root();
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 0));
    assert_current(a);
}

static void priorities_are_limited_by_the_authority(void **state) {
    (void)state;
    struct thread a = thread_make(90, false), b = thread_make(90, false);
    assert_ok(seL4_TCB_SetMCPriority(a.tcb, SEL4_SLOT_TCB, 50));
    assert_error(SEL4_RANGE_ERROR, seL4_TCB_SetPriority(b.tcb, a.tcb, 51));
    assert_int_equal(detail(0), 0);
    assert_int_equal(detail(1), 50);
    assert_error(SEL4_RANGE_ERROR, seL4_TCB_SetPriority(b.tcb, SEL4_SLOT_TCB, 256));
    assert_error(SEL4_RANGE_ERROR, seL4_TCB_SetMCPriority(b.tcb, SEL4_SLOT_TCB, ~(word_t)0));
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_SetPriority(b.tcb, ntfn, 1));
    assert_int_equal(detail(0), 1);
    assert_ok(seL4_TCB_SetPriority(b.tcb, a.tcb, 50));
    assert_error(SEL4_RANGE_ERROR, seL4_TCB_SetSchedParams(b.tcb, a.tcb, b.sched_context, 0, 51, 1));
    assert_error(SEL4_RANGE_ERROR, seL4_TCB_SetSchedParams(b.tcb, a.tcb, b.sched_context, 0, 1, 51));
}

static void a_suspended_thread_runs_again_when_it_is_resumed(void **state) {
    (void)state;
    struct thread a = thread_start(90);
    root_waits();
    assert_current(a);
    seL4_Signal(ntfn);
    word_t pc = a.object->arch.context.pc;
    struct thread b = thread_start(95);
    assert_current(b);
    assert_ok(seL4_TCB_Suspend(a.tcb));
    assert_state(a.object, THREAD_INACTIVE);
    assert_ok(seL4_TCB_Resume(a.tcb));
    assert_ok(seL4_TCB_Resume(a.tcb)); // no effect
    seL4_Wait(new_object(SEL4_OBJECT_NOTIFICATION, 0), MESSAGE(0));
    assert_current(a);
    assert_true(a.object->arch.context.pc >= pc);
}

// --- slices

static void equal_round_robin_threads_take_turns(void **state) {
    (void)state;
    struct thread a = with_budget(110, 1000, 1000, 0, false), b = with_budget(110, 1000, 1000, 0, false);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(a.tcb, new_object(SEL4_OBJECT_ENDPOINT, 0))); // never used
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 120));
    assert_ok(seL4_TCB_Resume(a.tcb));
    assert_ok(seL4_TCB_Resume(b.tcb));
    root_waits();
    struct thread *first = current() == a.object ? &a : &b, *second = first == &a ? &b : &a;
    for (unsigned i = 0; i < 3; i++) {
        pass(999);
        assert_current(*first);
        pass(1);
        assert_current(*second);
        pass(1000);
        assert_current(*first);
    }
}

static void yield_gives_the_slice_up_and_only_real_use_counts(void **state) {
    (void)state;
    struct thread a = with_budget(110, 1000, 1000, 0, false), b = with_budget(110, 1000, 1000, 0, false);
    assert_ok(seL4_TCB_Resume(a.tcb));
    assert_ok(seL4_TCB_Resume(b.tcb));
    assert_current(a);
    pass(100);
    seL4_Yield();
    assert_current(b);
    assert_int_equal(consumed(a.sched_context), 100);
    assert_int_equal(consumed(a.sched_context), 0);
    pass(30);
    assert_int_equal(consumed(b.sched_context), 30); // its own, so far
    pass(1000 - 30);
    assert_current(a);
    pass(999); // a whole slice again
    assert_current(a);
}

static void a_yield_waits_for_the_next_refill(void **state) {
    (void)state;
    struct thread a = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    pass(10);
    seL4_Yield();
    assert_root();
    pass(980);
    assert_root();
    pass(10);
    assert_current(a);
}

// --- budgets

static void a_budget_is_used_once_a_period(void **state) {
    (void)state;
    for (unsigned sporadic = 0; sporadic < 2; sporadic++) {
        struct thread a = with_budget(110, 100, 1000, 0, sporadic);
        assert_ok(seL4_TCB_Resume(a.tcb));
        ticks_t start = host.now;
        for (unsigned period = 0; period < 3; period++) {
            assert_current(a);
            pass(99);
            assert_current(a);
            pass(1);
            assert_root();
            pass(899);
            assert_root();
            pass(1);
        }
        assert_int_equal(host.now - start, us(3000));
        assert_ok(seL4_TCB_Suspend(a.tcb));
        assert_root();
    }
}

static void used_budget_comes_back_a_period_after_its_use(void **state) {
    (void)state;
    struct thread a = with_budget(110, 100, 1000, 4, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    pass(40);
    seL4_Wait(ntfn, MESSAGE(0)); // used 0..40: back at 1000
    pass(200);
    seL4_Signal(ntfn);
    assert_current(a);
    pass(60); // used 240..300: back at 1240
    assert_root();
    pass(700);
    assert_current(a);
    pass(40);
    assert_root();
    pass(200);
    assert_current(a);
    pass(60);
    assert_root();
}

static void suspending_regains_no_budget(void **state) {
    (void)state;
    struct thread a = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    pass(100);
    assert_root();
    assert_ok(seL4_TCB_Suspend(a.tcb));
    assert_ok(seL4_TCB_Resume(a.tcb));
    assert_root();
    pass(899);
    assert_root();
    pass(1);
    assert_current(a);
}

static void the_kernel_idles_until_a_budget_comes(void **state) {
    (void)state;
    struct thread a = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    pass(100);
    root_waits(); // nobody can run
    assert_current(a);
    assert_int_equal(host.now, us(1000));
}

static void a_system_call_with_less_than_the_minimum_left_is_made_later(void **state) {
    (void)state;
    struct thread a = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    word_t pc = a.object->arch.context.pc;
    pass(81);
    seL4_Signal(ntfn);
    assert_root();
    assert_int_equal(((struct notification *)object_of(ntfn))->state, NOTIFICATION_IDLE);
    pass(899); // the 19 us come with the next refill, which is the earlier by as much
    assert_root();
    pass(1);
    assert_current(a);
    assert_int_equal(a.object->arch.context.pc, pc);
    assert_int_equal(a.object->arch.context.x[ARCH_REG_CAP], ntfn);
}

static void a_fault_with_less_than_the_minimum_left_is_taken_again(void **state) {
    (void)state;
    struct thread a = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    word_t pc = a.object->arch.context.pc;
    pass(90);
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_root();
    assert_true(thread_is_runnable(a.object));
    pass(900);
    assert_current(a);
    assert_int_equal(a.object->arch.context.pc, pc);
}

// --- timeout faults

static cptr_t ep, reply;
static struct thread handler;

static struct thread with_timeout_handler(word_t budget, word_t period) {
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    handler = thread_start(120);
    seL4_Recv(ep, reply, MESSAGE(0));
    struct thread a = with_budget(110, budget, period, 0, true);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(a.tcb, mint_of(ep, SEL4_RIGHTS_ALL, 0x71)));
    assert_ok(seL4_TCB_Resume(a.tcb));
    assert_current(a);
    return a;
}

static void assert_timeout(struct thread a, word_t used) {
    assert_current(handler);
    assert_int_equal(badge_of(handler.object), 0x71);
    assert_int_equal(info_of(handler.object), sel4_info(SEL4_FAULT_TIMEOUT, 0, 0, 2));
    assert_int_equal(mr_of(handler.object, 0), 0x5c); // the context's badge
    assert_int_equal(mr_of(handler.object, 1), used);
    assert_ptr_equal(a.object->sc, a.context); // not donated
    assert_state(a.object, THREAD_BLOCKED_ON_REPLY);
}

static void the_end_of_a_slice_is_a_timeout_fault(void **state) {
    (void)state;
    struct thread a = with_timeout_handler(100, 1000);
    word_t pc = a.object->arch.context.pc;
    pass(100);
    assert_timeout(a, 100);
    seL4_Send(reply, MESSAGE(0));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_root(); // it waits for its budget
    pass(900);
    assert_current(a);
    assert_int_equal(a.object->arch.context.pc, pc);
}

static void a_timeout_handler_may_change_every_register(void **state) {
    (void)state;
    struct thread a = with_timeout_handler(100, 1000);
    pass(100);
    for (unsigned i = 4; i < 34; i++)
        seL4_SetMR(i, 1000 + i);
    seL4_ReplyRecv(ep, reply, MESSAGE(.info = sel4_info(0, 0, 0, 34), .mr = {0x600000, 0x9000, 0, 1003}));
    pass(900);
    assert_current(a);
    const struct arch_context *context = &a.object->arch.context;
    assert_int_equal(context->pc, 0x600000);
    assert_int_equal(context->sp, 0x9000);
    assert_int_equal(context->x[0], 1003);
    assert_int_equal(context->x[8], 1011);
    assert_int_equal(context->x[16], 1012);
    assert_int_equal(context->x[30], 1016);
    assert_int_equal(context->x[9], 1017);
    assert_int_equal(context->x[28], 1033);
}

static void a_system_call_that_met_a_timeout_is_made_after_it(void **state) {
    (void)state;
    struct thread a = with_timeout_handler(100, 1000);
    word_t pc = a.object->arch.context.pc;
    pass(85);
    seL4_Signal(ntfn);
    assert_timeout(a, 85);
    assert_int_equal(((struct notification *)object_of(ntfn))->state, NOTIFICATION_IDLE);
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    pass(900);
    assert_current(a);
    assert_int_equal(a.object->arch.context.pc, pc);
    assert_int_equal(a.object->arch.context.x[ARCH_REG_CAP], ntfn);
}

static void a_handler_may_give_more_budget(void **state) {
    (void)state;
    struct thread a = with_timeout_handler(100, 1000);
    pass(100);
    assert_ok(configure(a.sched_context, 500, 1000, 0, true));
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(a);
}

static void a_caller_resumed_with_a_depleted_context_times_out(void **state) {
    (void)state;
    struct thread a = with_timeout_handler(100, 1000);
    cptr_t service = new_object(SEL4_OBJECT_ENDPOINT, 0), r = new_object(SEL4_OBJECT_REPLY, 0);
    seL4_Wait(ntfn, MESSAGE(0));
    struct thread server = thread_start_passive(115, service, r);
    seL4_Signal(ntfn);
    assert_current(a);
    seL4_Call(service, MESSAGE(0));
    assert_current(server);
    assert_ptr_equal(server.object->sc, a.context);
    pass(70);
    seL4_Send(r, MESSAGE(.info = sel4_info(0x33, 0, 0, 0))); // still enough: a goes on when the server waits
    assert_ptr_equal(a.object->sc, a.context);
    assert_current(a);
    pass(20);
    seL4_Wait(ntfn, MESSAGE(0)); // 10 us left: ends the slice instead
    assert_timeout(a, 90);
}

// --- configuration

static void configuration_is_checked(void **state) {
    (void)state;
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 8);
    const word_t max = 36893488147419;
    static const struct {
        word_t budget, period;
    } bad[] = {{19, 1000},           {0, 0},        {20, 19}, {36893488147420, 36893488147420},
               {20, 36893488147420}, {~0ull, ~0ull}};
    for (unsigned i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_error(SEL4_RANGE_ERROR, configure(sc, bad[i].budget, bad[i].period, 0, false));
    assert_error(SEL4_RANGE_ERROR, configure(sc, 1001, 1000, 0, false));
    assert_error(SEL4_RANGE_ERROR, configure(sc, 100, 1000, 9, false)); // (256 - 128) / 16
    assert_int_equal(detail(0), 0);
    assert_int_equal(detail(1), 8);
    assert_error(SEL4_RANGE_ERROR, configure(sc, 100, 1000, ~(word_t)0, false));
    assert_error(SEL4_INVALID_CAPABILITY, configure(ntfn, 100, 1000, 0, false));
    assert_int_equal(detail(0), 1);
    assert_ok(configure(sc, max, max, 8, false));
    assert_ok(configure(sc, 20, max, 8, true));
    assert_ok(configure(sc, 20, 20, 0, true));
}

static void a_reconfigured_context_keeps_what_it_has(void **state) {
    (void)state;
    struct thread a = with_budget(110, 1000, 10000, 0, true);
    assert_ok(seL4_TCB_Resume(a.tcb));
    pass(300);
    assert_ok(configure(a.sched_context, 2000, 20000, 0, true)); // itself
    assert_current(a);
    pass(699);
    assert_current(a);
    pass(1);
    assert_root();
    pass(18999);
    assert_root(); // the other 1300 come a period after
    pass(302);
    assert_current(a);
}

static void a_context_reconfigured_below_the_minimum_waits(void **state) {
    (void)state;
    struct thread a = with_budget(110, 1000, 1000, 0, false);
    assert_ok(seL4_TCB_Resume(a.tcb));
    pass(979);
    assert_ok(configure(a.sched_context, 500, 10000, 0, true));
    assert_current(a); // 21 us are enough
    pass(1);
    assert_ok(configure(a.sched_context, 500, 10000, 0, true));
    assert_current(a);
    pass(1);
    assert_ok(configure(a.sched_context, 400, 10000, 0, true)); // the slice ends before: 19 us
    assert_root();
}

static void a_thread_without_a_configured_context_does_not_run(void **state) {
    (void)state;
    struct thread a = thread_make(110, true);
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(seL4_TCB_SetSchedParams(a.tcb, SEL4_SLOT_TCB, sc, 0, 0, 110));
    assert_ok(seL4_TCB_Resume(a.tcb));
    assert_root();
    assert_ok(configure(sc, 1000, 1000, 0, false));
    assert_current(a);
}

// --- YieldTo

static void yield_to_runs_the_target_and_tells_what_it_used(void **state) {
    (void)state;
    struct thread a = thread_start(100);
    word_t result = 0;
    consumed(a.sched_context);
    assert_ok(seL4_SchedContext_YieldTo(a.sched_context, &result));
    assert_current(a);
    pass(250);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_root();
    assert_int_equal(badge_of(world.root), 0);
    assert_int_equal(info_of(world.root), sel4_info(0, 0, 0, 1));
    assert_int_equal(mr_of(world.root, 0), 250);
    assert_null(world.root->yield_to);
}

static void yield_to_what_cannot_run_answers_at_once(void **state) {
    (void)state;
    struct thread low = thread_start(90), idle = thread_make(100, false);
    word_t result = 1;
    assert_ok(seL4_SchedContext_YieldTo(low.sched_context, &result));
    assert_root();
    assert_int_equal(result, 0);
    assert_ok(seL4_SchedContext_YieldTo(idle.sched_context, &result));
    assert_root();
}

static void yield_to_errors_are_illegal_operations(void **state) {
    (void)state;
    struct thread a = thread_make(100, false);
    cptr_t free = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    word_t result;
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_YieldTo(free, &result));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_YieldTo(SEL4_SLOT_SCHED_CONTEXT, &result));
    assert_ok(seL4_TCB_SetMCPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 99));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_YieldTo(a.sched_context, &result));
}

static void a_second_yield_to_ends_the_first(void **state) {
    (void)state;
    struct thread a = thread_start(100), b = thread_make(105, false);
    word_t result;
    assert_ok(seL4_SchedContext_YieldTo(a.sched_context, &result));
    assert_current(a);
    assert_ok(seL4_TCB_SetPriority(a.tcb, SEL4_SLOT_TCB, 105));
    pass(30);
    assert_ok(seL4_TCB_Resume(b.tcb));
    seL4_Yield();
    assert_current(b);
    assert_ok(seL4_SchedContext_YieldTo(a.sched_context, &result));
    assert_current(a);
    assert_ptr_equal(a.context->yield_from, b.object);
    assert_null(world.root->yield_to);
    assert_int_equal(mr_of(world.root, 0), 30);
}

static void a_yield_to_ends_with_its_target_or_its_caller(void **state) {
    (void)state;
    struct thread a = thread_start(100), b = thread_start(100);
    word_t result;
    assert_ok(seL4_SchedContext_YieldTo(a.sched_context, &result));
    assert_current(a);
    assert_ok(cap_delete(a.sched_context)); // its own
    assert_root();
    assert_null(world.root->yield_to);
    assert_ok(seL4_SchedContext_YieldTo(b.sched_context, &result));
    assert_current(b);
    assert_ok(seL4_TCB_Suspend(SEL4_SLOT_TCB));
    assert_null(b.context->yield_from);
}

static void a_yield_to_without_call_has_no_answer(void **state) {
    (void)state;
    struct thread a = thread_start(100);
    seL4_Send(a.sched_context, MESSAGE(.info = sel4_info(LABEL_SchedContext_YieldTo, 0, 0, 0), .mr = {7}));
    assert_current(a);
    pass(25);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_root();
    assert_int_equal(info_of(world.root), sel4_info(LABEL_SchedContext_YieldTo, 0, 0, 0));
    assert_int_equal(badge_of(world.root), a.sched_context);
    assert_int_equal(mr_of(world.root, 0), 7);
}

// --- domains

static void the_one_domain_is_checked_as_the_api_says(void **state) {
    (void)state;
    assert_error(SEL4_INVALID_ARGUMENT, seL4_Domain_Set(SEL4_SLOT_DOMAIN, SEL4_SLOT_TCB, 1));
    assert_error(SEL4_INVALID_ARGUMENT, seL4_Domain_Set(SEL4_SLOT_DOMAIN, ntfn, 0));
    assert_int_equal(detail(0), 1);
    assert_ok(seL4_Domain_Set(SEL4_SLOT_DOMAIN, SEL4_SLOT_TCB, 0));
    assert_error(SEL4_RANGE_ERROR, seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 1, 0, 5));
    assert_error(SEL4_INVALID_ARGUMENT, seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 0, 0, 0));
    assert_ok(seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 0, 0, 5));
    assert_error(SEL4_INVALID_ARGUMENT, seL4_Domain_ScheduleSetStart(SEL4_SLOT_DOMAIN, 1));
    assert_error(SEL4_RANGE_ERROR, seL4_Domain_ScheduleSetStart(SEL4_SLOT_DOMAIN, 2));
    assert_ok(seL4_Domain_ScheduleSetStart(SEL4_SLOT_DOMAIN, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        sched_test(the_most_urgent_thread_runs),
        sched_test(an_equal_thread_that_wakes_waits_for_its_turn),
        sched_test(a_preempted_thread_is_the_next_of_its_priority),
        sched_test(a_woken_less_urgent_thread_is_the_next_of_its_priority),
        sched_test(priorities_change_at_once),
        sched_test(priorities_are_limited_by_the_authority),
        sched_test(a_suspended_thread_runs_again_when_it_is_resumed),
        sched_test(equal_round_robin_threads_take_turns),
        sched_test(yield_gives_the_slice_up_and_only_real_use_counts),
        sched_test(a_yield_waits_for_the_next_refill),
        sched_test(a_budget_is_used_once_a_period),
        sched_test(used_budget_comes_back_a_period_after_its_use),
        sched_test(suspending_regains_no_budget),
        sched_test(the_kernel_idles_until_a_budget_comes),
        sched_test(a_system_call_with_less_than_the_minimum_left_is_made_later),
        sched_test(a_fault_with_less_than_the_minimum_left_is_taken_again),
        sched_test(the_end_of_a_slice_is_a_timeout_fault),
        sched_test(a_timeout_handler_may_change_every_register),
        sched_test(a_system_call_that_met_a_timeout_is_made_after_it),
        sched_test(a_handler_may_give_more_budget),
        sched_test(a_caller_resumed_with_a_depleted_context_times_out),
        sched_test(configuration_is_checked),
        sched_test(a_reconfigured_context_keeps_what_it_has),
        sched_test(a_context_reconfigured_below_the_minimum_waits),
        sched_test(a_thread_without_a_configured_context_does_not_run),
        sched_test(yield_to_runs_the_target_and_tells_what_it_used),
        sched_test(yield_to_what_cannot_run_answers_at_once),
        sched_test(yield_to_errors_are_illegal_operations),
        sched_test(a_second_yield_to_ends_the_first),
        sched_test(a_yield_to_ends_with_its_target_or_its_caller),
        sched_test(a_yield_to_without_call_has_no_answer),
        sched_test(the_one_domain_is_checked_as_the_api_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
