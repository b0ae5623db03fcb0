// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A thread that is blocked, and then one side of what blocks it goes: the thread, the object, or both by
// revocation; or it is suspended and resumed. For sending, receiving, waiting for a reply, for a signal, with
// a fault, for budget, and behind YieldTo. After each, the kernel's invariants are checked.
#include "harness.h"

#define HANDLER 0x5a
#define BADGE   0x77

static struct raw_all job;
static volatile bool ended;
static word handler, handler_reply, reply_object;
static struct thread *thread;

static void job_run(word argument) {
    (void)argument;
    raw_all(&job);
    ended = true;
    thread_end();
}

// A thread blocks in a system call.
static void start(word number, word cap, word x6) {
    job = (struct raw_all){0};
    job.x[0] = cap;
    job.x[1] = info_make(9, 0, 1);
    job.x[2] = 0x1234;
    job.x[6] = x6;
    job.x[7] = number;
    ended = false;
    thread = new_thread(job_run, 0, new_mint(handler, R_ALL, HANDLER));
    thread_set_priority(thread, 200);
    thread_start(thread);
    let_others_run();
    if (ended)
        fail_at(__FILE_NAME__, __LINE__, "ended", 1, 0);
    check_kernel();
}

static struct message take(word cap) {
    struct message m = {0};
    raw_message(NR_NB_RECV, cap, &m, reply_object, 0);
    return m;
}

static word revoke(word slot) {
    word error = cnode_revoke(S_CNODE, slot, ROOT_DEPTH);
    check_kernel();
    return error;
}

// Suspended, it has left its queue; resumed, it makes its call again.
static void suspend(void) {
    SET_UP(tcb_suspend(thread->tcb));
    check_kernel();
    let_others_run();
}
static void resume(void) {
    SET_UP(tcb_resume(thread->tcb));
    let_others_run();
    check_kernel();
}

// The thread's fault: its label, 0 for none.
static word faulted(void) {
    struct message m = {0};
    let_others_run();
    raw_message(NR_NB_RECV, handler, &m, handler_reply, 0);
    return m.badge == HANDLER ? info_label(m.info) : 0;
}

static void spin_run(word argument) {
    (void)argument;
    for (;;)
        ;
}

// The thread's context runs another one: nothing of the first holds it any more.
static void context_is_free(word sc) {
    const struct thread *other = new_passive_thread(spin_run, 0, 0);
    SET_UP(sc_bind(sc, other->tcb));
    SET_UP(sc_unbind(sc));
    check_kernel();
}

// --- on send

static const word sends[] = {NR_SEND, NR_CALL};

static void a_sender_goes_and_its_message_too(void) {
    for (unsigned i = 0; i < 2; i++) {
        word ep = new_object(T_ENDPOINT, 0);
        start(sends[i], ep, 0);
        EXPECT_OK(delete_checked(thread->tcb));
        EXPECT_EQUAL(take(ep).info, 0);
        context_is_free(thread->sc);
    }
}

static void a_senders_endpoint_goes_and_it_sends_to_nothing(void) {
    for (unsigned i = 0; i < 2; i++) {
        word ep = new_object(T_ENDPOINT, 0);
        start(sends[i], ep, 0);
        EXPECT_OK(delete_checked(ep));
        wait_thread_end();
        EXPECT_EQUAL(info_label(job.x[1]), i ? IC : 9); // Call is told, Send is not
    }
}

static void a_senders_endpoint_is_taken_back_and_it_sends_to_nothing(void) {
    for (unsigned i = 0; i < 2; i++) {
        word untyped = new_object(T_UNTYPED, 4), ep = new_slot();
        SET_UP(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 0, 0, ep, 1));
        start(sends[i], ep, 0);
        EXPECT_OK(revoke(untyped));
        wait_thread_end();
        EXPECT_EQUAL(info_label(job.x[1]), i ? IC : 9);
    }
}

// The endpoint lives, and the message is on its way.
static void a_senders_capability_is_revoked_and_its_message_arrives(void) {
    for (unsigned i = 0; i < 2; i++) {
        word ep = new_object(T_ENDPOINT, 0);
        start(sends[i], new_mint(ep, R_ALL, BADGE), 0);
        EXPECT_OK(revoke(ep));
        struct message m = take(ep);
        EXPECT_EQUAL(m.badge, BADGE);
        EXPECT_EQUAL(m.mr[0], 0x1234);
        if (i)
            raw_send(NR_SEND, reply_object, &(struct message){0});
        wait_thread_end();
    }
}

static void a_sender_is_suspended_and_sends_again(void) {
    for (unsigned i = 0; i < 2; i++) {
        word ep = new_object(T_ENDPOINT, 0);
        start(sends[i], new_mint(ep, R_ALL, BADGE), 0);
        suspend();
        EXPECT_EQUAL(take(ep).info, 0);
        resume();
        EXPECT_EQUAL(take(ep).badge, BADGE);
        if (i)
            raw_send(NR_SEND, reply_object, &(struct message){0});
        wait_thread_end();
        EXPECT_EQUAL(faulted(), 0);
    }
}

static void a_cancelled_sender_sends_again(void) {
    word ep = new_object(T_ENDPOINT, 0), badged = new_mint(ep, R_ALL, BADGE), other = new_mint(ep, R_ALL, 3);
    start(NR_SEND, badged, 0);
    EXPECT_OK(cnode_cancel(S_CNODE, other, ROOT_DEPTH)); // another badge
    check_kernel();
    EXPECT_OK(cnode_cancel(S_CNODE, badged, ROOT_DEPTH));
    check_kernel();
    EXPECT_EQUAL(take(ep).info, 0); // it has left the queue
    let_others_run();
    EXPECT_EQUAL(take(ep).badge, BADGE);
    wait_thread_end();
}

// --- on receive

static void a_receiver_goes_and_messages_are_dropped(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_here = new_object(T_REPLY, 0);
    start(NR_RECV, ep, reply_here);
    EXPECT_OK(delete_checked(thread->tcb));
    raw_send(NR_NB_SEND, ep, &(struct message){0});
    EXPECT_EQUAL(take(ep).info, 0);
    context_is_free(thread->sc);
    start(NR_RECV, ep, reply_here); // its reply object is free
    raw_send(NR_SEND, ep, &(struct message){0});
    wait_thread_end();
}

static void a_receivers_endpoint_goes_and_it_faults(void) {
    static const word numbers[] = {NR_RECV, NR_WAIT};
    for (unsigned i = 0; i < 2; i++) {
        word ep = new_object(T_ENDPOINT, 0);
        start(numbers[i], ep, new_object(T_REPLY, 0));
        EXPECT_OK(delete_checked(ep));
        EXPECT_EQUAL(faulted(), 1);
        EXPECT(!ended);
    }
}

static void a_receivers_reply_object_goes_and_it_is_inactive(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_here = new_object(T_REPLY, 0);
    start(NR_RECV, ep, reply_here);
    EXPECT_OK(delete_checked(reply_here));
    raw_send(NR_NB_SEND, ep, &(struct message){0}); // nobody receives
    EXPECT_EQUAL(faulted(), 0);
    EXPECT(!ended);
    resume(); // the call again, without its reply object
    EXPECT_EQUAL(faulted(), 1);
}

static void a_receivers_reply_object_is_used_by_another_and_it_is_inactive(void) {
    word ep = new_object(T_ENDPOINT, 0), other = new_object(T_ENDPOINT, 0),
         reply_here = new_object(T_REPLY, 0);
    struct message m = {0};
    start(NR_RECV, ep, reply_here);
    raw_message(NR_NB_RECV, other, &m, reply_here, 0);
    check_kernel();
    raw_send(NR_NB_SEND, ep, &(struct message){0});
    let_others_run();
    EXPECT(!ended);
    resume();
    raw_send(NR_SEND, ep, &(struct message){0});
    wait_thread_end();
}

static void a_receiver_is_suspended_and_receives_again(void) {
    word ep = new_object(T_ENDPOINT, 0);
    start(NR_RECV, ep, new_object(T_REPLY, 0));
    suspend();
    raw_send(NR_NB_SEND, ep, &(struct message){0});
    EXPECT(!ended);
    resume();
    raw_send(NR_NB_SEND, ep, &(struct message){.info = info_make(1, 0, 1), .mr = {6}});
    wait_thread_end();
    EXPECT_EQUAL(job.x[2], 6);
}

static void a_receivers_capability_is_revoked_and_it_goes_on_waiting(void) {
    word ep = new_object(T_ENDPOINT, 0);
    start(NR_RECV, new_copy(ep), new_object(T_REPLY, 0));
    EXPECT_OK(revoke(ep));
    raw_send(NR_NB_SEND, ep, &(struct message){.info = info_make(1, 0, 1), .mr = {6}});
    wait_thread_end();
    EXPECT_EQUAL(job.x[2], 6);
}

// --- waiting for a reply; root holds the reply object, or a server does

static word call_ep;
static void start_call(void) {
    call_ep = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    start(NR_CALL, call_ep, 0);
    if (!take(call_ep).info)
        fail_at(__FILE_NAME__, __LINE__, "call", 0, 1);
    check_kernel();
}

static void answer(void) {
    raw_send(NR_SEND, reply_object, &(struct message){.info = info_make(3, 0, 1), .mr = {8}});
    check_kernel();
    let_others_run();
}

static void a_caller_goes_and_the_reply_is_stale(void) {
    start_call();
    EXPECT_OK(delete_checked(thread->tcb));
    answer();
    context_is_free(thread->sc);
}

static void a_callers_endpoint_goes_and_the_reply_still_comes(void) {
    start_call();
    EXPECT_OK(delete_checked(call_ep));
    EXPECT(!ended);
    answer();
    EXPECT(ended);
    EXPECT_EQUAL(job.x[2], 8);
}

static void a_callers_reply_object_goes_and_it_is_inactive(void) {
    start_call();
    EXPECT_OK(delete_checked(reply_object));
    let_others_run();
    EXPECT(!ended);
    reply_object = new_object(T_REPLY, 0);
    EXPECT_EQUAL(take(call_ep).info, 0);
    resume(); // calls again
    EXPECT(take(call_ep).info != 0);
    answer();
    EXPECT(ended);
}

static void a_caller_is_suspended_and_calls_again(void) {
    start_call();
    suspend();
    answer(); // stale
    EXPECT(!ended);
    resume();
    EXPECT(take(call_ep).info != 0);
    answer();
    EXPECT(ended);
    EXPECT_EQUAL(job.x[2], 8);
}

// A server without a context of its own: it has the caller's.
static word server_ep, server_reply;
static const struct thread *server;
static void server_run(word argument) {
    (void)argument;
    struct message m = {0};
    raw_message(NR_RECV, server_ep, &m, server_reply, 0);
    raw_wait(call_ep); // a notification here
    raw_send(NR_SEND, server_reply, &(struct message){.info = info_make(3, 0, 1), .mr = {8}});
    thread_end();
}

static void start_passive_call(void) {
    word sc = new_sc(5000, 5000);
    server_ep = new_object(T_ENDPOINT, 0);
    server_reply = new_object(T_REPLY, 0);
    call_ep = new_object(T_NOTIFICATION, 0);
    server = new_passive_thread(server_run, 0, 0);
    SET_UP(sc_bind(sc, server->tcb));
    thread_start(server);
    let_others_run();
    SET_UP(sc_unbind(sc));
    start(NR_CALL, server_ep, 0);
}

static void a_caller_goes_and_the_server_keeps_its_context(void) {
    start_passive_call();
    EXPECT_OK(delete_checked(thread->tcb));
    raw_signal(call_ep);
    wait_thread_end(); // the server has run to its end
}

static void a_caller_is_suspended_and_the_server_keeps_its_context(void) {
    start_passive_call();
    suspend();
    raw_signal(call_ep);
    wait_thread_end();
    EXPECT(!ended);
}

static void a_server_goes_and_a_reply_brings_the_context_back(void) {
    start_passive_call();
    EXPECT_OK(delete_checked(server->tcb));
    let_others_run();
    EXPECT(!ended); // not until a reply
    raw_send(NR_SEND, server_reply, &(struct message){.info = info_make(3, 0, 1), .mr = {8}});
    check_kernel();
    wait_thread_end();
    EXPECT_EQUAL(job.x[2], 8);
}

static void a_servers_reply_object_goes_and_the_context_comes_back(void) {
    start_passive_call();
    EXPECT_OK(delete_checked(server_reply));
    let_others_run();
    EXPECT(!ended);
    EXPECT_EQUAL(sc_bind(thread->sc, new_object(T_TCB, 0)), ILL); // it is the caller's again
    EXPECT_OK(tcb_suspend(thread->tcb));
    raw_signal(call_ep); // the server has none
    let_others_run();
    check_kernel();
}

static void a_lent_context_goes_and_nobody_runs(void) {
    start_passive_call();
    EXPECT_OK(delete_checked(thread->sc));
    raw_signal(call_ep);
    raw_send(NR_SEND, server_reply, &(struct message){0});
    check_kernel();
    let_others_run();
    EXPECT(!ended);
    EXPECT_OK(sc_bind(new_sc(5000, 5000), thread->tcb)); // the caller has its reply
    wait_thread_end();
    EXPECT(ended);
}

// --- for a signal

static void a_waiter_goes_and_the_signal_stays(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    start(NR_WAIT, ntfn, 0);
    EXPECT_OK(delete_checked(thread->tcb));
    raw_signal(new_mint(ntfn, R_W, 2));
    EXPECT_EQUAL(raw_poll(ntfn), 2);
    context_is_free(thread->sc);
}

static void a_waiters_notification_goes_and_it_faults(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    start(NR_WAIT, ntfn, 0);
    EXPECT_OK(delete_checked(ntfn));
    EXPECT_EQUAL(faulted(), 1);
    EXPECT(!ended);
}

static void a_waiter_is_suspended_and_waits_again(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    start(NR_WAIT, ntfn, 0);
    suspend();
    raw_signal(new_mint(ntfn, R_W, 2));
    let_others_run();
    EXPECT(!ended);
    resume();
    wait_thread_end();
    EXPECT_EQUAL(job.x[0], 2);
}

static void a_bound_notification_goes_and_the_receiver_waits_on(void) {
    word ep = new_object(T_ENDPOINT, 0), ntfn = new_object(T_NOTIFICATION, 0);
    start(NR_RECV, ep, new_object(T_REPLY, 0));
    EXPECT_OK(tcb_bind_notification(thread->tcb, ntfn));
    EXPECT_OK(delete_checked(ntfn));
    EXPECT_EQUAL(tcb_unbind_notification(thread->tcb), ILL); // nothing is bound
    raw_send(NR_SEND, ep, &(struct message){0});
    wait_thread_end();
}

static void a_bound_receiver_goes_and_the_signal_stays(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    start(NR_RECV, new_object(T_ENDPOINT, 0), new_object(T_REPLY, 0));
    EXPECT_OK(tcb_bind_notification(thread->tcb, ntfn));
    EXPECT_OK(delete_checked(thread->tcb));
    raw_signal(new_mint(ntfn, R_W, 2));
    EXPECT_EQUAL(raw_poll(ntfn), 2); // anybody's again
}

static const struct test tests[] = {
    TEST(a_sender_goes_and_its_message_too),
    TEST(a_senders_endpoint_goes_and_it_sends_to_nothing),
    TEST(a_senders_endpoint_is_taken_back_and_it_sends_to_nothing),
    TEST(a_senders_capability_is_revoked_and_its_message_arrives),
    TEST(a_sender_is_suspended_and_sends_again),
    TEST(a_cancelled_sender_sends_again),
    TEST(a_receiver_goes_and_messages_are_dropped),
    TEST(a_receivers_endpoint_goes_and_it_faults),
    TEST(a_receivers_reply_object_goes_and_it_is_inactive),
    TEST(a_receivers_reply_object_is_used_by_another_and_it_is_inactive),
    TEST(a_receiver_is_suspended_and_receives_again),
    TEST(a_receivers_capability_is_revoked_and_it_goes_on_waiting),
    TEST(a_caller_goes_and_the_reply_is_stale),
    TEST(a_callers_endpoint_goes_and_the_reply_still_comes),
    TEST(a_callers_reply_object_goes_and_it_is_inactive),
    TEST(a_caller_is_suspended_and_calls_again),
    TEST(a_caller_goes_and_the_server_keeps_its_context),
    TEST(a_caller_is_suspended_and_the_server_keeps_its_context),
    TEST(a_server_goes_and_a_reply_brings_the_context_back),
    TEST(a_servers_reply_object_goes_and_the_context_comes_back),
    TEST(a_lent_context_goes_and_nobody_runs),
    TEST(a_waiter_goes_and_the_signal_stays),
    TEST(a_waiters_notification_goes_and_it_faults),
    TEST(a_waiter_is_suspended_and_waits_again),
    TEST(a_bound_notification_goes_and_the_receiver_waits_on),
    TEST(a_bound_receiver_goes_and_the_signal_stays),
};

int main(void) {
    handler = new_object(T_ENDPOINT, 0);
    handler_reply = new_object(T_REPLY, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
