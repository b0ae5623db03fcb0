// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Notifications: the word, who is woken, and the notification that is bound to a thread.
#include "harness.h"

static volatile word ntfn, endpoint, reply_object, waited;

static void waiter_run(word cap) {
    waited = raw_wait(cap);
    thread_end();
}

static void signals_are_gathered(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    raw_signal(new_mint(ntfn, R_W, 1));
    raw_signal(new_mint(ntfn, R_W, 8));
    raw_signal(new_mint(ntfn, R_W, 8));
    EXPECT_EQUAL(raw_wait(ntfn), 9);
    EXPECT_EQUAL(raw_poll(ntfn), 0);
}

static void a_signal_writes_x0_alone(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    raw_signal(new_mint(ntfn, R_W, 6));
    struct message m = {.info = 0x123, .mr = {1, 2, 3, 4}};
    raw_message(NR_WAIT, ntfn, &m, 0, 0);
    EXPECT_EQUAL(m.badge, 6);
    EXPECT_EQUAL(m.info, 0x123);
    for (unsigned i = 0; i < 4; i++)
        EXPECT_EQUAL(m.mr[i], i + 1);
}

static void a_signal_without_a_badge_is_delivered(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_thread(waiter_run, ntfn, 0);
    waited = 99;
    thread_start(thread);
    let_others_run();
    raw_signal(ntfn);
    wait_thread_end();
    EXPECT_EQUAL(waited, 0);
}

static void a_waiter_gets_the_badge(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    thread_start(new_thread(waiter_run, ntfn, 0));
    let_others_run();
    raw_signal(new_mint(ntfn, R_W, 0x40));
    wait_thread_end();
    EXPECT_EQUAL(waited, 0x40);
}

static void deleting_it_makes_waiters_try_again(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    word ep = new_object(T_ENDPOINT, 0), reply_here = new_object(T_REPLY, 0);
    struct thread *thread = new_thread(waiter_run, ntfn, new_mint(ep, R_ALL, 5));
    thread_start(thread);
    let_others_run();
    EXPECT_OK(cnode_delete(S_CNODE, ntfn, ROOT_DEPTH));
    let_others_run();
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, reply_here, 0);
    EXPECT_EQUAL(m.badge, 5);
    EXPECT_EQUAL(info_label(m.info), 1); // the slot is empty now: a capability fault
    EXPECT_EQUAL(m.mr[1], ntfn);
    EXPECT_EQUAL(m.mr[2], 1);
}

static volatile word received_badge, received_info;
static void receiver_run(word number) {
    struct message m = {.info = 0x77};
    raw_message(number, endpoint, &m, reply_object, 0);
    received_badge = m.badge;
    received_info = m.info;
    thread_end();
}

static struct thread *bound_receiver(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    struct thread *thread = new_thread(receiver_run, NR_RECV, 0);
    if (tcb_bind_notification(thread->tcb, ntfn))
        fail_at(__FILE_NAME__, __LINE__, "bind", reply.label, 0);
    return thread;
}

static void a_bound_notification_wakes_a_receiver(void) {
    struct thread *thread = bound_receiver();
    thread_start(thread);
    let_others_run();
    raw_signal(new_mint(ntfn, R_W, 0x20));
    wait_thread_end();
    EXPECT_EQUAL(received_badge, 0x20);
    EXPECT_EQUAL(received_info, 0x77);
    // The reply object is free again.
    struct message m = {0};
    raw_message(NR_NB_RECV, endpoint, &m, reply_object, 0);
    EXPECT_EQUAL(m.badge, 0);
}

static void an_active_bound_notification_comes_before_the_endpoint(void) {
    struct thread *thread = bound_receiver();
    raw_signal(new_mint(ntfn, R_W, 0x21));
    thread_start(thread);
    wait_thread_end();
    EXPECT_EQUAL(received_badge, 0x21);
}

static void binding_is_refused_twice(void) {
    struct thread *thread = bound_receiver();
    word other = new_object(T_NOTIFICATION, 0);
    struct thread *second = new_thread(receiver_run, NR_RECV, 0);
    EXPECT_EQUAL(tcb_bind_notification(thread->tcb, other), ILL);
    EXPECT_EQUAL(tcb_bind_notification(second->tcb, ntfn), ILL);
    EXPECT_EQUAL(tcb_bind_notification(second->tcb, new_mint(other, R_W, 0)), ILL);
    EXPECT_EQUAL(tcb_bind_notification(second->tcb, endpoint), ILL);
    EXPECT_OK(tcb_unbind_notification(thread->tcb));
    EXPECT_EQUAL(tcb_unbind_notification(thread->tcb), ILL);
    EXPECT_OK(tcb_bind_notification(second->tcb, ntfn));
}

static void nobody_else_waits_on_a_bound_notification(void) {
    bound_receiver();
    word ep = new_object(T_ENDPOINT, 0), reply_here = new_object(T_REPLY, 0);
    struct thread *thief = new_thread(waiter_run, ntfn, new_mint(ep, R_ALL, 3));
    thread_start(thief);
    let_others_run();
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, reply_here, 0);
    EXPECT_EQUAL(m.badge, 3);
    EXPECT_EQUAL(info_label(m.info), 1);
    EXPECT_EQUAL(m.mr[1], ntfn);
    EXPECT_EQUAL(m.mr[2], 1);
    EXPECT_EQUAL(m.mr[3], 2); // missing capability
}

static void a_notification_lends_its_scheduling_context(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_passive_thread(waiter_run, ntfn, 0);
    word sc = new_sc(5000, 5000);
    EXPECT_OK(sc_bind(sc, thread->tcb));
    waited = 0;
    thread_start(thread);
    let_others_run();
    EXPECT_OK(sc_unbind(sc));
    EXPECT_OK(sc_bind(sc, ntfn));
    EXPECT_EQUAL(sc_bind(sc, ntfn), ILL);
    raw_signal(new_mint(ntfn, R_W, 2));
    wait_thread_end();
    EXPECT_EQUAL(waited, 2);
}

static volatile unsigned woken;
static void count_run(word cap) {
    waited = raw_wait(cap);
    woken++;
    thread_end();
}

static void a_signal_wakes_one_waiter(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    woken = 0;
    for (unsigned i = 0; i < 3; i++)
        thread_start(new_thread(count_run, ntfn, 0));
    let_others_run();
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQUAL(woken, i);
        raw_signal(new_mint(ntfn, R_W, 1 << i));
        wait_thread_end();
        EXPECT_EQUAL(waited, 1 << i);
    }
    EXPECT_EQUAL(raw_poll(ntfn), 0);
}

// A call is no receiving: the signal stays for the next one.
static void call_run(word cap) {
    struct message m = {0};
    raw_message(NR_CALL, cap, &m, 0, 0);
    received_info = m.info;
    received_badge = 0;
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    received_badge = m.badge;
    thread_end();
}

static void a_bound_notification_does_not_end_a_call(void) {
    word server = new_object(T_ENDPOINT, 0), reply_here = new_object(T_REPLY, 0);
    ntfn = new_object(T_NOTIFICATION, 0);
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    struct thread *thread = new_thread(call_run, server, 0);
    EXPECT_OK(tcb_bind_notification(thread->tcb, ntfn));
    thread_start(thread);
    let_others_run();
    raw_signal(new_mint(ntfn, R_W, 0x22)); // while it waits to send
    struct message m = {0};
    raw_message(NR_RECV, server, &m, reply_here, 0);
    raw_signal(new_mint(ntfn, R_W, 0x44)); // and for its reply
    let_others_run();
    raw_send(NR_SEND, reply_here, &(struct message){.info = info_make(5, 0, 0)});
    wait_thread_end();
    EXPECT_EQUAL(received_info, info_make(5, 0, 0));
    EXPECT_EQUAL(received_badge, 0x66);
}

static void a_bound_notification_is_taken_by_nbrecv_and_wait(void) {
    static const word numbers[] = {NR_NB_RECV, NR_WAIT, NR_NB_WAIT};
    for (unsigned i = 0; i < 3; i++) {
        ntfn = new_object(T_NOTIFICATION, 0);
        endpoint = new_object(T_ENDPOINT, 0);
        reply_object = new_object(T_REPLY, 0);
        struct thread *thread = new_thread(receiver_run, numbers[i], 0);
        EXPECT_OK(tcb_bind_notification(thread->tcb, ntfn));
        raw_signal(new_mint(ntfn, R_W, 0x23));
        thread_start(thread);
        wait_thread_end();
        EXPECT_EQUAL(received_badge, 0x23);
        EXPECT_EQUAL(received_info, 0x77); // x0 alone
    }
}

static void binding_is_refused_while_somebody_waits(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    thread_start(new_thread(waiter_run, ntfn, 0));
    let_others_run();
    word tcb = new_object(T_TCB, 0);
    EXPECT_EQUAL(tcb_bind_notification(tcb, ntfn), ILL);
    raw_signal(ntfn);
    wait_thread_end();
    EXPECT_OK(tcb_bind_notification(tcb, ntfn));
    EXPECT_OK(tcb_unbind_notification(tcb));
}

static volatile unsigned rounds;
static void loop_run(word cap) {
    for (;;) {
        waited = raw_wait(cap);
        rounds++;
    }
}

// Lent for as long as its borrower runs: when that waits again, the context is nobody's.
static void a_lent_context_comes_back_when_its_borrower_waits(void) {
    ntfn = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_passive_thread(loop_run, ntfn, 0);
    word sc = new_sc(5000, 5000);
    rounds = 0;
    EXPECT_OK(sc_bind(sc, thread->tcb));
    thread_start(thread);
    let_others_run();
    EXPECT_OK(sc_unbind(sc));
    EXPECT_OK(sc_bind(sc, ntfn));
    for (unsigned i = 1; i <= 3; i++) {
        raw_signal(new_mint(ntfn, R_W, i));
        let_others_run();
        EXPECT_EQUAL(rounds, i);
        EXPECT_EQUAL(waited, i);
        EXPECT_EQUAL(sc_unbind_object(sc, thread->tcb), ILL); // it has it no more
    }
    EXPECT_OK(sc_unbind_object(sc, ntfn));
    raw_signal(ntfn); // nothing to run with
    let_others_run();
    EXPECT_EQUAL(rounds, 3);
}

static const struct test tests[] = {
    TEST(signals_are_gathered),
    TEST(a_signal_writes_x0_alone),
    TEST(a_signal_without_a_badge_is_delivered),
    TEST(a_waiter_gets_the_badge),
    TEST(deleting_it_makes_waiters_try_again),
    TEST(a_bound_notification_wakes_a_receiver),
    TEST(an_active_bound_notification_comes_before_the_endpoint),
    TEST(binding_is_refused_twice),
    TEST(nobody_else_waits_on_a_bound_notification),
    TEST(a_notification_lends_its_scheduling_context),
    TEST(a_signal_wakes_one_waiter),
    TEST(a_bound_notification_does_not_end_a_call),
    TEST(a_bound_notification_is_taken_by_nbrecv_and_wait),
    TEST(binding_is_refused_while_somebody_waits),
    TEST(a_lent_context_comes_back_when_its_borrower_waits),
};

int main(void) {
    RUN(tests);
}
