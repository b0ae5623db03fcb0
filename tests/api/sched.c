// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// SchedControl and SchedContext: what each method does and each of its errors. What budgets do is in
// sched_budget.c, in which order threads run in sched_order.c, how contexts travel in sched_donation.c.
#include "harness.h"

#define MS         1000 // microseconds
#define LEAST      20
#define LONGEST    36893488147419ull
#define CONSTANT   0
#define SPORADIC   1
#define PAGE_AT    0x20000000ull
#define BUDGET(sc) sched_configure(sc, MS, MS, 0, 0, 0)

static volatile word counter;

static void spin_run(word argument) {
    (void)argument;
    for (;;)
        counter++;
}

static void count_run(word turns) {
    for (volatile word i = 0; i < turns; i++)
        ;
    counter = turns;
    thread_end();
}

// --- SchedControl_ConfigureFlags

static void sched_control_configure_accepts_the_extremes(void) {
    word sc = new_object(T_SC, 8);
    EXPECT_REPLY(sched_configure(sc, LEAST, LEAST, 0, 0, CONSTANT), OK);
    EXPECT_REPLY(sched_configure(sc, LEAST, LONGEST, 0, ~0ull, SPORADIC), OK);
    EXPECT_REPLY(sched_configure(sc, LONGEST, LONGEST, 0, 0, CONSTANT), OK);
}

static void sched_control_configure_of_the_callers_own_context(void) {
    EXPECT_REPLY(sched_configure(S_SC, 10 * MS, 10 * MS, 0, 0, CONSTANT), OK);
    spend(MS);
    EXPECT_REPLY(sched_configure(S_SC, 5 * MS, 5 * MS, 0, 0, CONSTANT), OK);
}

static void sched_control_configure_lets_a_bound_thread_run(void) {
    struct thread *thread = new_passive_thread(count_run, 10, 0);
    word sc = new_object(T_SC, 8);
    EXPECT_OK(sc_bind(sc, thread->tcb));
    counter = 0;
    thread_start(thread);
    let_others_run();
    EXPECT_EQUAL(counter, 0); // not configured
    EXPECT_OK(BUDGET(sc));
    let_others_run();
    EXPECT_EQUAL(counter, 10);
}

static void sched_control_configure_budget_out_of_range(void) {
    word sc = new_object(T_SC, 8);
    EXPECT_REPLY(sched_configure(sc, LEAST - 1, 100, 0, 0, 0), RNG, LEAST, LONGEST);
    EXPECT_REPLY(sched_configure(sc, 0, 100, 0, 0, 0), RNG, LEAST, LONGEST);
    EXPECT_REPLY(sched_configure(sc, LONGEST + 1, LONGEST, 0, 0, 0), RNG, LEAST, LONGEST);
}

static void sched_control_configure_period_out_of_range(void) {
    word sc = new_object(T_SC, 8);
    EXPECT_REPLY(sched_configure(sc, LEAST, LEAST - 1, 0, 0, 0), RNG, LEAST, LONGEST);
    EXPECT_REPLY(sched_configure(sc, LEAST, LONGEST + 1, 0, 0, 0), RNG, LEAST, LONGEST);
    EXPECT_REPLY(sched_configure(sc, LEAST, ~0ull, 0, 0, 0), RNG, LEAST, LONGEST);
}

static void sched_control_configure_budget_beyond_the_period(void) {
    EXPECT_ERROR1(sched_configure(new_object(T_SC, 8), 101, 100, 0, 0, 0), RNG, LEAST);
}

static void sched_control_configure_not_a_context(void) {
    EXPECT_REPLY(sched_configure(S_TCB, 100, 100, 0, 0, 0), IC, 1);
    EXPECT_REPLY(sched_configure(0, 100, 100, 0, 0, 0), IC, 1);
}

static void sched_control_configure_too_many_refills(void) {
    // 2 + (2^n - 128) / 16 in all.
    static const struct { uint8_t bits, extra; } sizes[] = {{7, 0}, {8, 8}, {9, 24}, {10, 56}};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        word sc = new_object(T_SC, sizes[i].bits), extra = sizes[i].extra;
        EXPECT_REPLY(sched_configure(sc, 100, 200, extra + 1, 0, 0), RNG, 0, extra);
        EXPECT_REPLY(sched_configure(sc, 100, 200, ~0ull, 0, 0), RNG, 0, extra);
        EXPECT_REPLY(sched_configure(sc, 100, 200, extra, 0, 0), OK);
    }
}

// --- Bind

static void sched_context_bind_takes_a_tcb(void) {
    word tcb = new_object(T_TCB, 0), sc = new_sc(MS, MS);
    EXPECT_REPLY(sc_bind(sc, tcb), OK);
    EXPECT_REPLY(sc_unbind_object(sc, tcb), OK);
}

static void sched_context_bind_takes_a_notification(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), sc = new_sc(MS, MS);
    EXPECT_REPLY(sc_bind(sc, ntfn), OK);
    EXPECT_REPLY(sc_unbind_object(sc, ntfn), OK);
}

static void sched_context_bind_of_another_type(void) {
    word sc = new_sc(MS, MS);
    EXPECT_REPLY(sc_bind(sc, S_CNODE), IC, 1);
    EXPECT_REPLY(sc_bind(sc, new_object(T_ENDPOINT, 0)), IC, 1);
    EXPECT_REPLY(sc_bind(sc, 0), IC, 1);
}

static void sched_context_bind_of_a_context_that_has_a_tcb(void) {
    word tcb = new_object(T_TCB, 0), sc = new_sc(MS, MS);
    EXPECT_OK(sc_bind(sc, tcb));
    EXPECT_REPLY(sc_bind(sc, tcb), ILL);
    EXPECT_REPLY(sc_bind(sc, new_object(T_TCB, 0)), ILL);
    EXPECT_REPLY(sc_bind(sc, new_object(T_NOTIFICATION, 0)), ILL);
}

static void sched_context_bind_of_a_context_that_has_a_notification(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), sc = new_sc(MS, MS);
    EXPECT_OK(sc_bind(sc, ntfn));
    EXPECT_REPLY(sc_bind(sc, ntfn), ILL);
    EXPECT_REPLY(sc_bind(sc, new_object(T_NOTIFICATION, 0)), ILL);
    EXPECT_REPLY(sc_bind(sc, new_object(T_TCB, 0)), ILL);
}

static void sched_context_bind_of_a_tcb_that_has_a_context(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_OK(sc_bind(new_sc(MS, MS), tcb));
    EXPECT_REPLY(sc_bind(new_sc(MS, MS), tcb), ILL);
}

static void sched_context_bind_of_a_notification_that_has_a_context(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(sc_bind(new_sc(MS, MS), ntfn));
    EXPECT_REPLY(sc_bind(new_sc(MS, MS), ntfn), ILL);
}

static volatile word wait_notification;
static void wait_run(word argument) {
    (void)argument;
    counter = raw_wait(wait_notification);
    thread_end();
}

static void sched_context_bind_of_a_blocked_tcb(void) {
    struct thread *thread = new_thread(wait_run, 0, 0), *spinner = new_passive_thread(spin_run, 0, 0);
    wait_notification = new_object(T_NOTIFICATION, 0);
    thread_start(thread);
    let_others_run();
    EXPECT_OK(sc_unbind(thread->sc));
    word sc = new_object(T_SC, 8);
    EXPECT_REPLY(sc_bind(sc, thread->tcb), ILL); // not configured
    EXPECT_OK(sched_configure(sc, 100, 1000 * MS, 0, 0, 0));
    EXPECT_OK(sc_bind(sc, spinner->tcb));
    thread_start(spinner);
    let_others_run();
    EXPECT_OK(sc_unbind(sc));
    EXPECT_REPLY(sc_bind(sc, thread->tcb), ILL); // not released
    EXPECT_REPLY(sc_bind(thread->sc, thread->tcb), OK);
    raw_signal(new_mint(wait_notification, R_W, 5));
    wait_thread_end();
    EXPECT_EQUAL(counter, 5);
}

// --- Unbind, UnbindObject

static void sched_context_unbind_frees_tcb_and_context(void) {
    word tcb = new_object(T_TCB, 0), sc = new_sc(MS, MS);
    EXPECT_OK(sc_bind(sc, tcb));
    EXPECT_REPLY(sc_unbind(sc), OK);
    EXPECT_OK(sc_bind(new_sc(MS, MS), tcb));
    EXPECT_OK(sc_bind(sc, new_object(T_NOTIFICATION, 0)));
    EXPECT_REPLY(sc_unbind(sc), OK);
    EXPECT_OK(sc_bind(sc, new_object(T_TCB, 0)));
}

static void sched_context_unbind_of_an_unbound_context(void) {
    EXPECT_REPLY(sc_unbind(new_sc(MS, MS)), OK);
}

static void sched_context_unbind_stops_the_thread(void) {
    struct thread *thread = new_thread(spin_run, 0, 0);
    thread_start(thread);
    EXPECT_OK(sc_unbind(thread->sc));
    counter = 0;
    let_others_run();
    EXPECT_EQUAL(counter, 0);
}

static void sched_context_unbind_of_the_callers_own_context(void) {
    EXPECT_REPLY(sc_unbind(S_SC), ILL);
}

static void sched_context_unbind_object_not_bound(void) {
    word sc = new_sc(MS, MS), tcb = new_object(T_TCB, 0), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_REPLY(sc_unbind_object(sc, tcb), ILL);
    EXPECT_REPLY(sc_unbind_object(sc, ntfn), ILL);
    EXPECT_OK(sc_bind(sc, tcb));
    EXPECT_REPLY(sc_unbind_object(sc, new_object(T_TCB, 0)), ILL);
    EXPECT_REPLY(sc_unbind_object(sc, ntfn), ILL);
    EXPECT_OK(sc_unbind(sc));
    EXPECT_OK(sc_bind(sc, ntfn));
    EXPECT_REPLY(sc_unbind_object(sc, new_object(T_NOTIFICATION, 0)), ILL);
    EXPECT_REPLY(sc_unbind_object(sc, tcb), ILL);
}

static void sched_context_unbind_object_of_the_caller(void) {
    EXPECT_REPLY(sc_unbind_object(S_SC, S_TCB), ILL);
}

static void sched_context_unbind_object_of_another_type(void) {
    EXPECT_REPLY(sc_unbind_object(new_sc(MS, MS), S_CNODE), IC, 1);
    EXPECT_REPLY(sc_unbind_object(new_sc(MS, MS), 0), IC, 1);
}

// --- Consumed

static void sched_context_consumed_tells_and_clears(void) {
    struct thread *thread = new_thread(count_run, 1000000, 0);
    EXPECT_REPLY(sc_consumed(thread->sc), OK, 0);
    thread_start(thread);
    wait_thread_end();
    EXPECT_OK(sc_consumed(thread->sc));
    EXPECT_EQUAL(reply.length, 1);
    EXPECT(reply.mr[0] >= MS);
    EXPECT_REPLY(sc_consumed(thread->sc), OK, 0);
}

static void sched_context_consumed_of_the_callers_own_context(void) {
    EXPECT_OK(sc_consumed(S_SC));
    for (volatile unsigned i = 0; i < 1000000; i++)
        ;
    EXPECT_OK(sc_consumed(S_SC));
    EXPECT(reply.mr[0] >= MS);
    EXPECT_OK(sc_consumed(S_SC));
    EXPECT(reply.mr[0] < 100);
}

static void sched_context_consumed_counts_the_same_work_the_same(void) {
    word used[2];
    for (unsigned i = 0; i < 2; i++) {
        struct thread *thread = new_thread(count_run, 500000, 0);
        thread_start(thread);
        wait_thread_end();
        used[i] = consumed(thread->sc);
    }
    EXPECT(used[0] > 0 && used[0] <= used[1] + 20 && used[1] <= used[0] + 20);
}

// --- YieldTo

static void sched_context_yield_to_a_context_without_thread(void) {
    EXPECT_REPLY(sc_yield_to(new_sc(MS, MS)), ILL);
    word ntfn_sc = new_sc(MS, MS);
    EXPECT_OK(sc_bind(ntfn_sc, new_object(T_NOTIFICATION, 0)));
    EXPECT_REPLY(sc_yield_to(ntfn_sc), ILL);
}

static void sched_context_yield_to_the_callers_own_context(void) {
    EXPECT_REPLY(sc_yield_to(S_SC), ILL);
}

static volatile word yield_result, yield_context;
static void yield_run(word argument) {
    (void)argument;
    yield_result = sc_yield_to(yield_context);
    thread_end();
}

static void sched_context_yield_to_a_thread_above_the_callers_mcp(void) {
    struct thread *target = new_thread(spin_run, 0, 0), *caller = new_thread(yield_run, 0, 0);
    thread_set_priority(target, 10);
    thread_set_priority(caller, 100);
    EXPECT_OK(tcb_set_mcp(caller->tcb, S_TCB, 9));
    yield_context = target->sc;
    thread_start(caller);
    wait_thread_end();
    EXPECT_EQUAL(yield_result, ILL);
}

static void sched_context_yield_to_an_inactive_thread_returns_at_once(void) {
    struct thread *thread = new_thread(count_run, 1000, 0);
    EXPECT_REPLY(sc_yield_to(thread->sc), OK, 0);
}

static void sched_context_yield_to_a_lower_priority_returns_at_once(void) {
    struct thread *thread = new_thread(count_run, 1000, 0);
    counter = 0;
    thread_start(thread); // 254, root has 255
    EXPECT_REPLY(sc_yield_to(thread->sc), OK, 0);
    EXPECT_EQUAL(counter, 0);
    wait_thread_end();
}

static void sched_context_yield_to_a_depleted_context_returns_what_it_used(void) {
    struct thread *thread = new_passive_thread(spin_run, 0, 0);
    word sc = new_sc(MS, 1000 * MS);
    EXPECT_OK(sc_bind(sc, thread->tcb));
    thread_set_priority(thread, 255);
    thread_start(thread);
    raw_yield();
    word before = counter;
    EXPECT_OK(sc_yield_to(sc));
    EXPECT_EQUAL(counter, before);
    EXPECT_EQUAL(reply.length, 1);
    EXPECT(reply.mr[0] >= MS - LEAST && reply.mr[0] <= MS + LEAST);
}

static void sched_context_yield_to_an_equal_priority_runs_it_first(void) {
    struct thread *thread = new_thread(count_run, 200000, 0), *other = new_thread(spin_run, 0, 0);
    thread_set_priority(thread, 255);
    thread_set_priority(other, 255);
    thread_start(other); // ahead of it in the queue
    thread_start(thread);
    counter = 0;
    EXPECT_OK(sc_yield_to(thread->sc));
    EXPECT_EQUAL(counter, 200000); // it alone has run, and the caller next
    EXPECT_EQUAL(reply.length, 1);
    EXPECT(reply.mr[0] > 100); // what it has used
    EXPECT_OK(sc_consumed(thread->sc));
    EXPECT_EQUAL(reply.mr[0], 0); // and told
    wait_thread_end();
}

static void signal_and_spin_run(word argument) {
    (void)argument;
    raw_signal(wait_notification);
    for (;;)
        counter++;
}

static word context_memory; // what the target's context is made of

// Root is woken while the target runs and the caller stands behind it.
static void yield_while(void (*interfere)(const struct thread *target, const struct thread *caller)) {
    struct thread *target = new_passive_thread(signal_and_spin_run, 0, 0),
                  *caller = new_thread(yield_run, 0, 0);
    wait_notification = new_object(T_NOTIFICATION, 0);
    context_memory = new_object(T_UNTYPED, 12);
    target->sc = new_slot();
    EXPECT_OK(untyped_retype(context_memory, S_CNODE, T_SC, 12, 0, 0, target->sc, 1));
    EXPECT_OK(sched_configure(target->sc, 5 * MS, 5 * MS, 0, 0, 0));
    EXPECT_OK(sc_bind(target->sc, target->tcb));
    yield_context = target->sc;
    yield_result = 99;
    thread_start(target);
    thread_start(caller); // ahead of it
    raw_wait(wait_notification);
    EXPECT_EQUAL(yield_result, 99);
    interfere(target, caller);
}

static void delete_context(const struct thread *target, const struct thread *caller) {
    volatile word *page = (volatile word *)PAGE_AT;
    word frame = new_slot();
    (void)caller;
    EXPECT_OK(cnode_delete(S_CNODE, target->sc, ROOT_DEPTH));
    EXPECT_OK(untyped_retype(context_memory, S_CNODE, T_SMALL_PAGE, 0, 0, 0, frame, 1));
    EXPECT_OK(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, PAGE_AT, 3));
    EXPECT_OK(page_map(frame, S_VSPACE, PAGE_AT, R_R | R_W, 3));
    for (unsigned i = 0; i < 512; i++)
        page[i] = 0x1111111111111111;
    wait_thread_end();
    EXPECT_EQUAL(yield_result, OK);
    for (unsigned i = 0; i < 512; i++) // nothing is written to what was the context
        EXPECT_EQUAL(page[i], 0x1111111111111111);
}

static void the_context_yielded_to_can_be_deleted(void) {
    yield_while(delete_context);
}

static void delete_target(const struct thread *target, const struct thread *caller) {
    (void)caller;
    EXPECT_OK(cnode_delete(S_CNODE, target->tcb, ROOT_DEPTH));
    wait_thread_end();
    EXPECT_EQUAL(yield_result, OK);
}

static void the_thread_yielded_to_can_be_deleted(void) {
    yield_while(delete_target);
}

static void delete_caller(const struct thread *target, const struct thread *caller) {
    EXPECT_OK(cnode_delete(S_CNODE, caller->tcb, ROOT_DEPTH));
    word before = counter;
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 254));
    raw_yield(); // to the target
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 255));
    EXPECT_OK(tcb_suspend(target->tcb));
    EXPECT(counter > before);
    EXPECT_EQUAL(yield_result, 99);
}

static void the_thread_that_yields_can_be_deleted(void) {
    yield_while(delete_caller);
}

static const struct test tests[] = {
    TEST(sched_control_configure_accepts_the_extremes),
    TEST(sched_control_configure_of_the_callers_own_context),
    TEST(sched_control_configure_lets_a_bound_thread_run),
    TEST(sched_control_configure_budget_out_of_range),
    TEST(sched_control_configure_period_out_of_range),
    TEST(sched_control_configure_budget_beyond_the_period),
    TEST(sched_control_configure_not_a_context),
    TEST(sched_control_configure_too_many_refills),
    TEST(sched_context_bind_takes_a_tcb),
    TEST(sched_context_bind_takes_a_notification),
    TEST(sched_context_bind_of_another_type),
    TEST(sched_context_bind_of_a_context_that_has_a_tcb),
    TEST(sched_context_bind_of_a_context_that_has_a_notification),
    TEST(sched_context_bind_of_a_tcb_that_has_a_context),
    TEST(sched_context_bind_of_a_notification_that_has_a_context),
    TEST(sched_context_bind_of_a_blocked_tcb),
    TEST(sched_context_unbind_frees_tcb_and_context),
    TEST(sched_context_unbind_of_an_unbound_context),
    TEST(sched_context_unbind_stops_the_thread),
    TEST(sched_context_unbind_of_the_callers_own_context),
    TEST(sched_context_unbind_object_not_bound),
    TEST(sched_context_unbind_object_of_the_caller),
    TEST(sched_context_unbind_object_of_another_type),
    TEST(sched_context_consumed_tells_and_clears),
    TEST(sched_context_consumed_of_the_callers_own_context),
    TEST(sched_context_consumed_counts_the_same_work_the_same),
    TEST(sched_context_yield_to_a_context_without_thread),
    TEST(sched_context_yield_to_the_callers_own_context),
    TEST(sched_context_yield_to_a_thread_above_the_callers_mcp),
    TEST(sched_context_yield_to_an_inactive_thread_returns_at_once),
    TEST(sched_context_yield_to_a_lower_priority_returns_at_once),
    TEST(sched_context_yield_to_a_depleted_context_returns_what_it_used),
    TEST(sched_context_yield_to_an_equal_priority_runs_it_first),
    TEST(the_context_yielded_to_can_be_deleted),
    TEST(the_thread_yielded_to_can_be_deleted),
    TEST(the_thread_that_yields_can_be_deleted),
};

int main(void) {
    RUN(tests);
}
