// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Budgets: when a thread runs and when it waits, as its own Consumed and root's show it; refills; timeout
// faults. A user cannot read a clock: root runs at the lowest priority for a known time of its own
// (spend_below), and whoever is above has run as far as its budget goes.
#include "harness.h"

#define MS       1000 // microseconds
#define LONG     (10000 * MS)
#define SLACK    60 // what entries, exits and root's loop may cost
#define CONSTANT 0
#define SPORADIC 1

#define EXPECT_ABOUT(expression, value)                                                                      \
    do {                                                                                                     \
        word about_ = (expression), around_ = (value);                                                       \
        if (about_ + SLACK < around_ || about_ > around_ + SLACK) {                                          \
            fail_at(__FILE_NAME__, __LINE__, #expression, about_, around_);                                  \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)

static volatile word counter, endpoint, notification;

static void spin_run(word argument) {
    (void)argument;
    for (;;)
        counter++;
}

static word new_context(word budget, word period, word extra, word flags) {
    word sc = new_object(T_SC, 8);
    if (sched_configure(sc, budget, period, extra, 0x4321, flags))
        fail_at(__FILE_NAME__, __LINE__, "configure", reply.label, OK);
    return sc;
}

static struct thread *new_with(void (*run)(word), word sc) {
    struct thread *thread = new_passive_thread(run, 0, 0);
    thread->sc = sc;
    if (sc_bind(sc, thread->tcb))
        fail_at(__FILE_NAME__, __LINE__, "bind", reply.label, OK);
    return thread;
}

// --- when a thread runs

static void a_thread_without_a_context_does_not_run(void) {
    struct thread *thread = new_passive_thread(spin_run, 0, 0);
    counter = 0;
    thread_start(thread);
    spend_below(MS);
    EXPECT_EQUAL(counter, 0);
    EXPECT_EQUAL(thread_pc(thread), (word)spin_run);
    EXPECT_OK(sc_bind(new_context(MS, LONG, 0, CONSTANT), thread->tcb));
    spend_below(MS);
    EXPECT(counter > 0);
}

static void a_thread_with_an_unconfigured_context_does_not_run(void) {
    struct thread *thread = new_passive_thread(spin_run, 0, 0);
    EXPECT_OK(sc_bind(new_object(T_SC, 8), thread->tcb));
    counter = 0;
    thread_start(thread);
    spend_below(MS);
    EXPECT_EQUAL(counter, 0);
}

static void a_depleted_thread_waits_for_its_period(void) {
    struct thread *thread = new_with(spin_run, new_context(2 * MS, 10 * MS, 0, CONSTANT));
    thread_start(thread);
    spend_below(7 * MS);
    EXPECT_ABOUT(consumed(thread->sc), 2 * MS); // from 0 to 2
    spend_below(2 * MS);
    EXPECT_ABOUT(consumed(thread->sc), 2 * MS); // from 10 to 12
    spend_below(32 * MS);
    EXPECT_ABOUT(consumed(thread->sc), 4 * 2 * MS); // to 53: from 20, 30, 40 and 50
}

static void refills_come_in_the_order_of_their_times(void) {
    struct thread *slow = new_with(spin_run, new_context(MS, 20 * MS, 0, CONSTANT)),
                  *fast = new_with(spin_run, new_context(MS, 5 * MS, 0, CONSTANT));
    thread_start(slow);
    thread_start(fast);
    spend_below(17 * MS);
    EXPECT_ABOUT(consumed(slow->sc), MS + MS); // the second from 20 on
    word used = consumed(fast->sc);
    EXPECT(used >= 4 * MS - SLACK && used <= 5 * MS + SLACK);
}

static void round_robin_is_always_renewed(void) {
    struct thread *thread = new_with(spin_run, new_context(MS, MS, 0, CONSTANT));
    thread_set_priority(thread, 1);
    thread_start(thread);
    spend_below(10 * MS); // root 5 ms at a time
    word used = consumed(thread->sc);
    EXPECT(used >= 2 * MS - SLACK && used <= 4 * MS + SLACK);
}

static void a_smaller_part_than_the_minimum_is_not_run(void) {
    struct thread *thread = new_with(spin_run, new_context(20, LONG, 0, CONSTANT));
    thread_start(thread);
    spend_below(MS);
    EXPECT(consumed(thread->sc) <= 20 + SLACK);
    spend_below(MS);
    EXPECT_EQUAL(consumed(thread->sc), 0);
}

// --- nothing is regained

static void suspending_regains_no_budget(void) {
    struct thread *thread = new_with(spin_run, new_context(MS, LONG, 0, CONSTANT));
    thread_start(thread);
    spend_below(MS);
    EXPECT_ABOUT(consumed(thread->sc), MS);
    EXPECT_OK(tcb_suspend(thread->tcb));
    EXPECT_OK(tcb_resume(thread->tcb));
    spend_below(MS);
    EXPECT_EQUAL(consumed(thread->sc), 0);
}

static void rebinding_regains_no_budget(void) {
    struct thread *thread = new_with(spin_run, new_context(MS, LONG, 0, SPORADIC));
    thread_start(thread);
    spend_below(MS);
    EXPECT_ABOUT(consumed(thread->sc), MS);
    EXPECT_OK(sc_unbind(thread->sc));
    EXPECT_OK(sc_bind(thread->sc, thread->tcb));
    spend_below(MS);
    EXPECT_EQUAL(consumed(thread->sc), 0);
}

static void yield_run(word argument) {
    (void)argument;
    for (;;) {
        counter++;
        raw_yield();
    }
}

static void yield_gives_up_the_whole_refill(void) {
    struct thread *thread = new_with(yield_run, new_context(2 * MS, 10 * MS, 0, CONSTANT));
    counter = 0;
    thread_start(thread);
    spend_below(5 * MS);
    EXPECT_EQUAL(counter, 1);
    EXPECT(consumed(thread->sc) < SLACK); // only real use
    spend_below(10 * MS);
    EXPECT_EQUAL(counter, 2);
}

// --- refills in parts

static void part_run(word argument) {
    (void)argument;
    for (volatile word i = 0; i < argument; i++)
        ;
    counter = 1;
    raw_wait(notification);
    for (;;)
        counter++;
}

// About a millisecond, to be asked of Consumed.
#define PART_TURNS 170000

static struct thread *part_thread(word flags) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_passive_thread(part_run, PART_TURNS, 0);
    thread->sc = new_context(4 * MS, 20 * MS, 8, flags);
    if (sc_bind(thread->sc, thread->tcb))
        fail_at(__FILE_NAME__, __LINE__, "bind", reply.label, OK);
    return thread;
}

// What is used at different times comes back at different times, each a period later.
static void used_parts_come_back_one_by_one(word flags) {
    struct thread *thread = part_thread(flags);
    thread_start(thread);
    spend_below(9 * MS);
    word part = consumed(thread->sc), rest = 4 * MS - part;
    EXPECT(part >= MS / 2 && part <= 2 * MS);
    raw_signal(notification); // at 9 and the part
    spend_below(5 * MS);
    EXPECT_ABOUT(consumed(thread->sc), rest); // until 13
    spend_below(4 * MS);                      // root: 20 - 13 = 7, then the part, then more of root
    EXPECT_ABOUT(consumed(thread->sc), part);
    spend_below(4 * MS);
    EXPECT_EQUAL(consumed(thread->sc), 0);
    spend_below(6 * MS); // from 9 and the part, a period later, the rest
    EXPECT_ABOUT(consumed(thread->sc), rest);
}

static void used_parts_come_back_one_by_one_sporadic(void) {
    used_parts_come_back_one_by_one(SPORADIC);
}
static void used_parts_come_back_one_by_one_constant(void) {
    used_parts_come_back_one_by_one(CONSTANT);
}

static void parts_run(word turns) {
    for (;;) {
        raw_wait(notification);
        for (volatile word i = 0; i < turns; i++)
            ;
    }
}

// However the use is scattered, and however few refills there are to remember it by: never more than the
// budget in a period. With many refills hardly less.
static void use_is_bounded_in_every_period(word extra, word least) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_passive_thread(parts_run, PART_TURNS / 2, 0);
    word total = 0;
    thread->sc = new_context(2 * MS, 20 * MS, extra, SPORADIC);
    EXPECT_OK(sc_bind(thread->sc, thread->tcb));
    thread_start(thread);
    for (unsigned period = 0; period < 10; period++) {
        word used = 0;
        for (unsigned i = 0; i < 6; i++) { // 3 ms are asked for, 2 are to be had
            raw_signal(notification);
            spend_below(3 * MS);
            used += consumed(thread->sc);
        }
        EXPECT(used <= 2 * MS + SLACK + MS); // root's time and the thread's: more than 18 ms, less than 21
        total += used;
    }
    EXPECT(total <= 10 * 2 * MS + 2 * MS + SLACK);
    EXPECT(total >= least);
}

static void two_refills_bound_scattered_use(void) {
    use_is_bounded_in_every_period(0, 5 * MS);
}
static void many_refills_bound_scattered_use(void) {
    use_is_bounded_in_every_period(8, 17 * MS);
}

// Woken while root keeps the processor for 5 ms: a sporadic budget counts from the wake-up, the other from
// the switch.
static void woken_and_delayed(word flags, word early, word late) {
    struct thread *thread = part_thread(flags);
    thread_start(thread);
    spend_below(30 * MS); // all is back
    consumed(thread->sc);
    raw_signal(notification);
    spend(5 * MS);
    spend_below(early);
    EXPECT_ABOUT(consumed(thread->sc), 4 * MS);
    spend_below(late - early);
    EXPECT(consumed(thread->sc) > SLACK);
}

static void a_sporadic_budget_counts_from_the_wake_up(void) {
    woken_and_delayed(SPORADIC, 10 * MS, 12 * MS); // 20 - 5 - 4 = 11
}
static void a_constant_bandwidth_budget_counts_from_the_switch(void) {
    woken_and_delayed(CONSTANT, 15 * MS, 17 * MS); // 20 - 4 = 16
}

// --- configuring anew

static void used_then_signal_run(word turns) {
    for (volatile word i = 0; i < turns; i++)
        ;
    raw_signal(notification);
    for (;;)
        counter++;
}

// A thread that has used about 1 ms of 4 ms, and is runnable.
static struct thread *thread_in_use(void) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_passive_thread(used_then_signal_run, PART_TURNS, 0);
    thread->sc = new_context(4 * MS, 20 * MS, 8, CONSTANT);
    if (sc_bind(thread->sc, thread->tcb))
        fail_at(__FILE_NAME__, __LINE__, "bind", reply.label, OK);
    thread_start(thread);
    raw_wait(notification);
    return thread;
}

static void configuring_anew_keeps_what_is_left(void) {
    struct thread *thread = thread_in_use();
    word used = consumed(thread->sc);
    EXPECT_OK(sched_configure(thread->sc, 10 * MS, 20 * MS, 8, 0, CONSTANT));
    spend_below(5 * MS);
    EXPECT_ABOUT(consumed(thread->sc), 4 * MS - used); // the rest of 10 comes a period later
    spend_below(12 * MS);
    EXPECT(consumed(thread->sc) > 2 * MS);
}

static void configuring_anew_trims_to_the_new_budget(void) {
    struct thread *thread = thread_in_use();
    consumed(thread->sc);
    EXPECT_OK(sched_configure(thread->sc, MS, 20 * MS, 8, 0, CONSTANT));
    spend_below(5 * MS);
    EXPECT_ABOUT(consumed(thread->sc), MS);
}

// --- timeout faults

static struct message receive(word cap, word reply_cap) {
    struct message m = {0};
    raw_message(NR_RECV, cap, &m, reply_cap, 0);
    return m;
}

static bool nobody_sends(word cap) {
    struct message m = {.info = 7};
    raw_message(NR_NB_RECV, cap, &m, new_object(T_REPLY, 0), 0);
    return m.info == 7;
}

static void an_empty_budget_raises_a_timeout_fault(void) {
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0);
    struct thread *spinner = new_with(spin_run, new_context(2 * MS, 10 * MS, 0, CONSTANT));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, new_mint(ep, R_ALL, 0x99)));
    thread_start(spinner);
    for (unsigned i = 0; i < 3; i++) {
        struct message m = receive(ep, rep);
        EXPECT_EQUAL(m.badge, 0x99);
        EXPECT_EQUAL(info_label(m.info), 5);
        EXPECT_EQUAL(info_length(m.info), 2);
        EXPECT_EQUAL(m.mr[0], 0x4321);
        EXPECT_ABOUT(m.mr[1], 2 * MS);
        EXPECT_EQUAL(consumed(spinner->sc), 0); // the fault has told it
        raw_send(NR_SEND, rep, &(struct message){0});
        EXPECT(nobody_sends(ep)); // goes on when the budget is back
    }
}

static void a_round_robin_budget_never_faults(void) {
    word ep = new_object(T_ENDPOINT, 0);
    struct thread *spinner = new_with(spin_run, new_context(MS, MS, 0, CONSTANT));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, ep));
    thread_set_priority(spinner, 1);
    thread_start(spinner);
    spend_below(20 * MS);
    EXPECT(consumed(spinner->sc) >= 2 * MS);
    EXPECT(nobody_sends(ep));
}

static void a_yield_raises_no_timeout_fault(void) {
    word ep = new_object(T_ENDPOINT, 0);
    struct thread *thread = new_with(yield_run, new_context(2 * MS, 10 * MS, 0, CONSTANT));
    EXPECT_OK(tcb_set_timeout_endpoint(thread->tcb, ep));
    counter = 0;
    thread_start(thread);
    spend_below(MS);
    EXPECT_EQUAL(counter, 1);
    EXPECT(nobody_sends(ep));
}

static void without_a_handler_the_thread_waits_silently(void) {
    word ep = new_object(T_ENDPOINT, 0);
    struct thread *spinner = new_with(spin_run, new_context(MS, 5 * MS, 0, CONSTANT));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, ep));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, 0));
    thread_start(spinner);
    spend_below(7 * MS);
    EXPECT_ABOUT(consumed(spinner->sc), 2 * MS);
    EXPECT(nobody_sends(ep));
}

static volatile word reply_object, handled;
static void handler_run(word argument) {
    (void)argument;
    receive(endpoint, reply_object);
    handled++;
    thread_end();
}

static void a_timeout_fault_donates_nothing(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    struct thread *handler = new_thread(handler_run, 0, 0);
    thread_start(handler);
    let_others_run();
    EXPECT_OK(sc_unbind(handler->sc)); // passive
    struct thread *spinner = new_with(spin_run, new_context(MS, 5 * MS, 0, CONSTANT));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, endpoint));
    handled = 0;
    thread_start(spinner);
    spend_below(20 * MS);
    EXPECT_EQUAL(handled, 0); // it holds the message and cannot run
    EXPECT_REPLY(sc_unbind_object(spinner->sc, handler->tcb), ILL);
    EXPECT_OK(sc_bind(handler->sc, handler->tcb));
    wait_thread_end();
    EXPECT_EQUAL(handled, 1);
}

static void a_handler_can_give_more_budget(void) {
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0);
    struct thread *spinner = new_with(spin_run, new_context(MS, LONG, 0, CONSTANT));
    EXPECT_OK(tcb_set_timeout_endpoint(spinner->tcb, ep));
    thread_start(spinner);
    receive(ep, rep);
    EXPECT_OK(sched_configure(spinner->sc, 3 * MS, LONG, 0, 7, CONSTANT)); // blocked: a fresh budget
    raw_send(NR_SEND, rep, &(struct message){0});
    struct message m = receive(ep, rep);
    EXPECT_EQUAL(m.mr[0], 7);
    EXPECT_ABOUT(m.mr[1], 3 * MS);
}

// --- a trapped operation is retried

static volatile word sum;
static void add_run(word argument) {
    (void)argument;
    receive(endpoint, reply_object);
    for (;;) {
        sum++;
        struct message m = {0};
        raw_message(NR_REPLY_RECV, endpoint, &m, reply_object, 0);
    }
}

static void call_run(word calls) {
    for (word i = 0; i < calls; i++) {
        struct message m = {0};
        raw_message(NR_CALL, endpoint, &m, 0, 0);
        counter++;
    }
    thread_end();
}

static void calls_at_the_end_of_a_budget_are_made_once(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    sum = counter = 0;
    thread_start(new_thread(add_run, 0, 0));
    struct thread *caller = new_passive_thread(call_run, 2000, 0);
    EXPECT_OK(sc_bind(new_context(50, 60, 0, CONSTANT), caller->tcb));
    thread_start(caller);
    wait_thread_end();
    EXPECT_EQUAL(counter, 2000);
    EXPECT_EQUAL(sum, 2000);
}

static const struct test tests[] = {
    TEST(a_thread_without_a_context_does_not_run),
    TEST(a_thread_with_an_unconfigured_context_does_not_run),
    TEST(a_depleted_thread_waits_for_its_period),
    TEST(refills_come_in_the_order_of_their_times),
    TEST(round_robin_is_always_renewed),
    TEST(a_smaller_part_than_the_minimum_is_not_run),
    TEST(suspending_regains_no_budget),
    TEST(rebinding_regains_no_budget),
    TEST(yield_gives_up_the_whole_refill),
    TEST(used_parts_come_back_one_by_one_sporadic),
    TEST(used_parts_come_back_one_by_one_constant),
    TEST(two_refills_bound_scattered_use),
    TEST(many_refills_bound_scattered_use),
    TEST(a_sporadic_budget_counts_from_the_wake_up),
    TEST(a_constant_bandwidth_budget_counts_from_the_switch),
    TEST(configuring_anew_keeps_what_is_left),
    TEST(configuring_anew_trims_to_the_new_budget),
    TEST(an_empty_budget_raises_a_timeout_fault),
    TEST(a_round_robin_budget_never_faults),
    TEST(a_yield_raises_no_timeout_fault),
    TEST(without_a_handler_the_thread_waits_silently),
    TEST(a_timeout_fault_donates_nothing),
    TEST(a_handler_can_give_more_budget),
    TEST(calls_at_the_end_of_a_budget_are_made_once),
};

int main(void) {
    RUN(tests);
}
