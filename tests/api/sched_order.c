// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// In which order threads run: priorities, the head and the tail of their queues, round robin, Yield.
#include "harness.h"

#define MS 1000 // microseconds

// Who ran, in order.
#define LOG_LENGTH 64
static volatile word log_of[LOG_LENGTH];
static volatile unsigned log_count;

static void note(word who) {
    if (log_count < LOG_LENGTH)
        log_of[log_count++] = who;
}

static void clear_log(void) {
    log_count = 0;
}

static bool log_is(const word *who, unsigned count) {
    if (log_count != count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (log_of[i] != who[i])
            return false;
    return true;
}
#define EXPECT_LOG(...) EXPECT(log_is(WORDS(__VA_ARGS__)))

static void note_run(word who) {
    note(who);
    thread_end();
}

static struct thread *new_at(void (*run)(word), word argument, word priority) {
    struct thread *thread = new_thread(run, argument, 0);
    thread_set_priority(thread, priority);
    return thread;
}

// --- priorities

static void a_higher_priority_runs_first(void) {
    struct thread *low = new_at(note_run, 1, 10), *high = new_at(note_run, 2, 200),
                  *middle = new_at(note_run, 3, 100);
    clear_log();
    thread_start(low);
    thread_start(high);
    thread_start(middle);
    let_others_run();
    EXPECT_LOG(2, 3, 1);
}

static void every_priority_has_its_place(void) {
    static const uint8_t priorities[] = {2, 63, 64, 65, 127, 128, 191, 192, 254};
    clear_log();
    for (unsigned i = 0; i < sizeof(priorities); i++)
        thread_start(new_at(note_run, priorities[i], priorities[i]));
    let_others_run();
    EXPECT_EQUAL(log_count, sizeof(priorities));
    for (unsigned i = 0; i < sizeof(priorities); i++)
        EXPECT_EQUAL(log_of[i], priorities[sizeof(priorities) - 1 - i]);
}

static void priority_0_runs_below_all(void) {
    struct thread *lowest = new_at(note_run, 1, 0);
    clear_log();
    thread_start(lowest);
    let_others_run(); // steps down to 1 only
    EXPECT_EQUAL(log_count, 0);
    wait_thread_end();
    EXPECT_LOG(1);
}

static volatile word notification;
static void wait_run(word who) {
    raw_wait(notification);
    note(who);
    thread_end();
}

static void a_woken_thread_of_higher_priority_preempts(void) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *waiter = new_at(wait_run, 1, 200);
    thread_start(waiter);
    let_others_run();
    clear_log();
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 100));
    raw_signal(notification);
    note(2);
    EXPECT_LOG(1, 2);
}

static void a_woken_thread_of_equal_priority_goes_to_the_tail(void) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *waiter = new_at(wait_run, 1, 100), *other = new_at(note_run, 2, 100);
    thread_start(waiter);
    let_others_run();
    clear_log();
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 100));
    thread_start(other);
    raw_signal(notification);
    note(3);
    raw_yield();
    note(4);
    EXPECT_LOG(3, 2, 1, 4);
}

static void a_woken_thread_of_lower_priority_goes_to_the_head(void) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *waiter = new_at(wait_run, 1, 100), *other = new_at(note_run, 2, 100);
    thread_start(waiter);
    let_others_run();
    clear_log();
    thread_start(other);
    raw_signal(notification);
    let_others_run();
    EXPECT_LOG(1, 2);
}

static void a_newly_set_priority_goes_to_the_head(void) {
    struct thread *a = new_at(note_run, 1, 100), *b = new_at(note_run, 2, 100), *c = new_at(note_run, 3, 99);
    clear_log();
    thread_start(a);
    thread_start(b); // ahead of a
    thread_start(c);
    thread_set_priority(c, 100);
    let_others_run();
    EXPECT_LOG(3, 2, 1);
}

static void a_lowered_priority_lets_others_run(void) {
    struct thread *a = new_at(note_run, 1, 100);
    clear_log();
    thread_start(a);
    note(2);
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 99));
    note(3);
    EXPECT_LOG(2, 1, 3);
}

static void signal_run(word who) {
    note(who);
    raw_signal(notification); // whoever waits is more urgent
    note(who);
    thread_end();
}

static void a_preempted_thread_goes_to_the_head(void) {
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *urgent = new_at(wait_run, 9, 200), *a = new_at(signal_run, 1, 100),
                  *b = new_at(note_run, 2, 100);
    thread_start(urgent);
    let_others_run();
    clear_log();
    thread_start(b);
    thread_start(a);
    let_others_run();
    EXPECT_LOG(1, 9, 1, 2);
}

// --- Yield

static void yield_run(word who) {
    for (unsigned i = 0; i < 3; i++) {
        note(who);
        raw_yield();
    }
    thread_end();
}

static void yield_goes_to_the_tail(void) {
    struct thread *a = new_at(yield_run, 1, 100), *b = new_at(yield_run, 2, 100),
                  *c = new_at(yield_run, 3, 100);
    clear_log();
    thread_start(c);
    thread_start(b);
    thread_start(a);
    let_others_run();
    EXPECT_LOG(1, 2, 3, 1, 2, 3, 1, 2, 3);
}

static void yield_alone_goes_on_at_once(void) {
    clear_log();
    note(1);
    raw_yield();
    note(2);
    EXPECT_LOG(1, 2);
}

static void yield_does_not_reach_lower_priorities(void) {
    struct thread *low = new_at(note_run, 1, 100);
    clear_log();
    thread_start(low);
    raw_yield();
    note(2);
    wait_thread_end();
    EXPECT_LOG(2, 1);
}

// --- round robin

static volatile word last;
static void rounds_run(word who) {
    for (;;)
        if (last != who) {
            last = who;
            note(who);
        }
}

static void equal_priorities_share_by_slices(void) {
    struct thread *threads[3];
    for (word i = 0; i < 3; i++) {
        threads[i] = new_passive_thread(rounds_run, i + 1, 0);
        thread_set_priority(threads[i], 1);
        threads[i]->sc = new_sc(MS, MS);
        EXPECT_OK(sc_bind(threads[i]->sc, threads[i]->tcb));
    }
    for (unsigned i = 3; i-- > 0;)
        thread_start(threads[i]);
    last = 0;
    clear_log();
    EXPECT_OK(sched_configure(S_SC, MS, MS, 0, 0, 0));
    spend_below(4 * MS); // a fourth one
    EXPECT_OK(sched_configure(S_SC, 5 * MS, 5 * MS, 0, 0, 0));
    for (unsigned i = 0; i < 3; i++)
        EXPECT_OK(tcb_suspend(threads[i]->tcb));
    EXPECT(log_count >= 9 && log_count <= 15);
    for (unsigned i = 3; i < log_count; i++)
        EXPECT_EQUAL(log_of[i], log_of[i - 3]); // in turn
    word used[3];
    for (unsigned i = 0; i < 3; i++) {
        used[i] = consumed(threads[i]->sc);
        EXPECT(used[i] >= 3 * MS && used[i] <= 5 * MS + 100);
    }
}

static void slices_are_as_long_as_the_budgets(void) {
    struct thread *one = new_passive_thread(rounds_run, 1, 0), *three = new_passive_thread(rounds_run, 2, 0);
    word sc_one = new_sc(MS, MS), sc_three = new_sc(3 * MS, 3 * MS);
    EXPECT_OK(sc_bind(sc_one, one->tcb));
    EXPECT_OK(sc_bind(sc_three, three->tcb));
    thread_set_priority(one, 1);
    thread_set_priority(three, 1);
    thread_start(one);
    thread_start(three);
    spend_below(20 * MS); // 5 ms at a time
    EXPECT_OK(tcb_suspend(one->tcb));
    EXPECT_OK(tcb_suspend(three->tcb));
    word used_one = consumed(sc_one), used_three = consumed(sc_three);
    EXPECT(used_one >= 3 * MS && used_one <= 6 * MS);
    EXPECT(used_three >= 3 * used_one - 3 * MS - 200 && used_three <= 3 * used_one + 3 * MS + 200);
}

static const struct test tests[] = {
    TEST(a_higher_priority_runs_first),
    TEST(every_priority_has_its_place),
    TEST(priority_0_runs_below_all),
    TEST(a_woken_thread_of_higher_priority_preempts),
    TEST(a_woken_thread_of_equal_priority_goes_to_the_tail),
    TEST(a_woken_thread_of_lower_priority_goes_to_the_head),
    TEST(a_newly_set_priority_goes_to_the_head),
    TEST(a_lowered_priority_lets_others_run),
    TEST(a_preempted_thread_goes_to_the_head),
    TEST(yield_goes_to_the_tail),
    TEST(yield_alone_goes_on_at_once),
    TEST(yield_does_not_reach_lower_priorities),
    TEST(equal_priorities_share_by_slices),
    TEST(slices_are_as_long_as_the_budgets),
};

int main(void) {
    RUN(tests);
}
