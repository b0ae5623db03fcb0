// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Scheduling contexts: budgets, donation, timeout faults, binding.
#include "harness.h"

#define MS 1000 // microseconds

static volatile word counter, other_counter;
static volatile word endpoint, reply_object;

static void spin_run(word argument) {
    (void)argument;
    for (;;)
        counter++;
}

static void other_run(word argument) {
    (void)argument;
    for (;;)
        other_counter++;
}

// Root blocks for a while: until a thread of the lowest priority has counted far.
static void clock_run(word turns) {
    for (volatile word i = 0; i < turns; i++)
        ;
    thread_end();
}

static void arguments_are_checked(void) {
    word sc = new_object(T_SC, 8); // 2 + (256 - 128) / 16 = 10 refills
    EXPECT_EQUAL(sched_configure(sc, 19, 100, 0, 0, 0), RNG);
    EXPECT_EQUAL(reply.mr[0], 20);
    EXPECT_EQUAL(sched_configure(sc, 100, 99, 0, 0, 0), RNG);
    EXPECT_EQUAL(sched_configure(sc, 100, ~0ull, 0, 0, 0), RNG);
    EXPECT_ERROR1(sched_configure(S_TCB, 100, 100, 0, 0, 0), IC, 1);
    EXPECT_ERROR2(sched_configure(sc, 100, 200, 9, 0, 0), RNG, 0, 8);
    EXPECT_OK(sched_configure(sc, 100, 200, 8, 0, 0));
    EXPECT_OK(sched_configure(sc, 20, 20, 0, 0, 1));
    word least = new_object(T_SC, 7);
    EXPECT_ERROR2(sched_configure(least, 100, 200, 1, 0, 0), RNG, 0, 0);
    EXPECT_OK(sched_configure(least, 100, 200, 0, 0, 0));
}

static void binding_is_checked(void) {
    word tcb = new_object(T_TCB, 0), other = new_object(T_TCB, 0), sc = new_sc(MS, MS),
         second = new_sc(MS, MS);
    EXPECT_ERROR1(sc_bind(sc, S_CNODE), IC, 1);
    EXPECT_OK(sc_bind(sc, tcb));
    EXPECT_EQUAL(sc_bind(sc, other), ILL);
    EXPECT_EQUAL(sc_bind(second, tcb), ILL);
    EXPECT_EQUAL(sc_unbind_object(sc, other), ILL);
    EXPECT_ERROR1(sc_unbind_object(sc, S_CNODE), IC, 1);
    EXPECT_OK(sc_unbind_object(sc, tcb));
    EXPECT_OK(sc_bind(second, tcb));
    EXPECT_OK(sc_unbind(second));
    EXPECT_EQUAL(sc_unbind(S_SC), ILL); // the caller's own
    EXPECT_EQUAL(tcb_set_sched_params(tcb, S_TCB, S_SC, 0, 1, 1), ILL);
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, sc, 0, 1, 1));
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, sc, 0, 1, 1)); // the same again
    EXPECT_EQUAL(tcb_set_sched_params(S_TCB, S_TCB, 0, 0, 255, 255), ILL);
}

static void a_thread_without_a_scheduling_context_does_not_run(void) {
    struct thread *thread = new_passive_thread(clock_run, 1, 0);
    thread_start(thread);
    let_others_run();
    word sc = new_sc(MS, MS);
    word pc = thread_pc(thread);
    EXPECT_EQUAL(pc, (word)clock_run);
    EXPECT_OK(sc_bind(sc, thread->tcb));
    wait_thread_end();
}

static void a_budget_limits_a_thread(void) {
    // The spinner has 2 ms of 20 ms above a clock that has all the rest.
    struct thread *spinner = new_passive_thread(spin_run, 0, 0), *rest = new_thread(other_run, 0, 0);
    struct thread *clock = new_thread(clock_run, 30000000, 0);
    word sc = new_sc(2 * MS, 20 * MS);
    EXPECT_OK(sc_bind(sc, spinner->tcb));
    thread_set_priority(rest, 100);
    thread_set_priority(clock, 100);
    counter = other_counter = 0;
    thread_start(rest);
    thread_start(clock);
    thread_start(spinner);
    wait_thread_end();
    EXPECT(counter > 0);
    EXPECT(other_counter > 2 * counter); // half of 18 of 20, against 2 of 20
    EXPECT_OK(tcb_suspend(spinner->tcb));
    EXPECT_OK(tcb_suspend(rest->tcb));
    EXPECT_OK(sc_consumed(sc));
    EXPECT(reply.mr[0] >= MS);
    EXPECT_OK(sc_consumed(sc));
    EXPECT_EQUAL(reply.mr[0], 0);
}

static void equal_priorities_share(void) {
    struct thread *a = new_thread(spin_run, 0, 0), *b = new_thread(other_run, 0, 0);
    struct thread *clock = new_thread(clock_run, 10000000, 0);
    counter = other_counter = 0;
    thread_start(a);
    thread_start(b);
    thread_start(clock);
    wait_thread_end();
    EXPECT(counter > other_counter / 2 && other_counter > counter / 2);
    EXPECT_OK(tcb_suspend(a->tcb));
    EXPECT_OK(tcb_suspend(b->tcb));
}

static void a_higher_priority_runs_first(void) {
    struct thread *low = new_thread(spin_run, 0, 0), *high = new_thread(clock_run, 100000, 0);
    thread_set_priority(low, 100);
    counter = 0;
    thread_start(low);
    thread_start(high);
    wait_thread_end();
    EXPECT_EQUAL(counter, 0);
    EXPECT_OK(tcb_suspend(low->tcb));
}

static void an_empty_budget_raises_a_timeout_fault(void) {
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0);
    struct thread *spinner = new_passive_thread(spin_run, 0, 0);
    word sc = new_object(T_SC, 8);
    EXPECT_OK(sched_configure(sc, 2 * MS, 10 * MS, 0, 0x4321, 0));
    EXPECT_OK(sc_bind(sc, spinner->tcb));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, new_mint(ep, R_ALL, 0x99)));
    thread_start(spinner);
    for (unsigned i = 0; i < 2; i++) {
        struct message m = {0};
        raw_message(NR_RECV, ep, &m, rep, 0);
        EXPECT_EQUAL(m.badge, 0x99);
        EXPECT_EQUAL(info_label(m.info), 5);
        EXPECT_EQUAL(info_length(m.info), 2);
        EXPECT_EQUAL(m.mr[0], 0x4321);

        EXPECT(m.mr[1] >= 1900 && m.mr[1] <= 2100);
        raw_send(NR_SEND, rep, &(struct message){0}); // goes on when the budget is back
    }
    EXPECT_OK(tcb_suspend(spinner->tcb));
}

static void a_round_robin_budget_never_faults(void) {
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0);
    struct thread *spinner = new_passive_thread(spin_run, 0, 0);
    EXPECT_OK(sc_bind(new_sc(MS, MS), spinner->tcb));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, ep));
    thread_set_priority(spinner, 100);
    thread_start(spinner);
    struct thread *clock = new_thread(clock_run, 1000000, 0);
    thread_set_priority(clock, 100);
    thread_start(clock);
    wait_thread_end();
    struct message m = {.info = 7};
    raw_message(NR_NB_RECV, ep, &m, rep, 0);
    EXPECT_EQUAL(m.info, 7);
    EXPECT_OK(tcb_suspend(spinner->tcb));
}

static volatile word served;
static void passive_run(word argument) {
    (void)argument;
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    for (;;) {
        served = m.mr[0];
        m = (struct message){.info = info_make(0, 0, 1), .mr = {served + 1}};
        raw_message(NR_REPLY_RECV, endpoint, &m, reply_object, 0);
    }
}

static struct thread *passive_server(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    struct thread *server = new_passive_thread(passive_run, 0, 0);
    word sc = new_sc(MS, MS);
    if (sc_bind(sc, server->tcb))
        fail_at(__FILE_NAME__, __LINE__, "bind", reply.label, 0);
    thread_start(server);
    let_others_run();
    if (sc_unbind(sc))
        fail_at(__FILE_NAME__, __LINE__, "unbind", reply.label, 0);
    return server;
}

static void a_passive_server_runs_on_its_callers_budget(void) {
    passive_server();
    for (word i = 0; i < 3; i++) {
        struct message m = {.info = info_make(0, 0, 1), .mr = {40 + i}};
        raw_message(NR_CALL, endpoint, &m, 0, 0);
        EXPECT_EQUAL(m.mr[0], 41 + i);
        EXPECT_EQUAL(served, 40 + i);
    }
}

static void a_send_donates_nothing(void) {
    struct thread *server = passive_server();
    served = 0;
    raw_send(NR_SEND, endpoint, &(struct message){.info = info_make(0, 0, 1), .mr = {9}});
    let_others_run();
    EXPECT_EQUAL(served, 0); // it holds the message and cannot run
    EXPECT_OK(sc_bind(new_sc(MS, MS), server->tcb));
    let_others_run();
    EXPECT_EQUAL(served, 9);
}

static void yield_to_runs_the_other(void) {
    struct thread *thread = new_thread(clock_run, 1000, 0);
    EXPECT_OK(sc_yield_to(thread->sc)); // not runnable: at once
    EXPECT_EQUAL(reply.mr[0], 0);
    EXPECT_EQUAL(sc_yield_to(S_SC), ILL);
    EXPECT_EQUAL(sc_yield_to(new_sc(MS, MS)), ILL);
    thread_set_priority(thread, 255);
    thread_start(thread);
    EXPECT_OK(sc_yield_to(thread->sc)); // runs until it has ended
    wait_thread_end();
}

static void deleting_a_scheduling_context_stops_its_thread(void) {
    struct thread *thread = new_thread(spin_run, 0, 0);
    counter = 0;
    thread_start(thread);
    EXPECT_OK(cnode_delete(S_CNODE, thread->sc, ROOT_DEPTH));
    let_others_run();
    EXPECT_EQUAL(counter, 0);
}

static const struct test tests[] = {
    TEST(arguments_are_checked),
    TEST(binding_is_checked),
    TEST(a_thread_without_a_scheduling_context_does_not_run),
    TEST(a_budget_limits_a_thread),
    TEST(equal_priorities_share),
    TEST(a_higher_priority_runs_first),
    TEST(an_empty_budget_raises_a_timeout_fault),
    TEST(a_round_robin_budget_never_faults),
    TEST(a_passive_server_runs_on_its_callers_budget),
    TEST(a_send_donates_nothing),
    TEST(yield_to_runs_the_other),
    TEST(deleting_a_scheduling_context_stops_its_thread),
};

int main(void) {
    RUN(tests);
}
