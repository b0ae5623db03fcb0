// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How scheduling contexts travel: passive servers, donation by each system call and by faults, the stack of
// calls, notifications that have a context, and what deleting or suspending a part of it leaves.
#include "harness.h"

#define MS   1000 // microseconds
#define LONG (10000 * MS)

static volatile word counter, ends, result;
static volatile word endpoint, second_endpoint, reply_object, second_reply, notification;

static struct message receive(word cap, word reply_cap) {
    struct message m = {0};
    raw_message(NR_RECV, cap, &m, reply_cap, 0);
    return m;
}

static void reply_to(word reply_cap, word value) {
    raw_send(NR_SEND, reply_cap, &(struct message){.info = info_make(0, 0, 1), .mr = {value}});
}

// Whether the context is bound to the thread; it is not any more then.
static bool take_from(word sc, const struct thread *thread) {
    return sc_unbind_object(sc, thread->tcb) == OK;
}

// Answers a number with the next one, after some work.
static volatile word work;
static void serve_run(word argument) {
    (void)argument;
    struct message m = receive(endpoint, reply_object);
    for (;;) {
        counter++;
        for (volatile word i = 0; i < work; i++)
            ;
        word next = m.mr[0] + 1;
        m = (struct message){.info = info_make(0, 0, 1), .mr = {next}};
        raw_message(NR_REPLY_RECV, endpoint, &m, reply_object, 0);
    }
}

// Asks the second endpoint before it answers the first.
static void forward_run(word argument) {
    (void)argument;
    struct message m = receive(second_endpoint, second_reply);
    for (;;) {
        m.info = info_make(0, 0, 1);
        raw_message(NR_CALL, endpoint, &m, 0, 0);
        word answer = m.mr[0] + 100;
        m = (struct message){.info = info_make(0, 0, 1), .mr = {answer}};
        raw_message(NR_REPLY_RECV, second_endpoint, &m, second_reply, 0);
    }
}

static void call_run(word cap) {
    struct message m = {.info = info_make(0, 0, 1), .mr = {40}};
    raw_message(NR_CALL, cap, &m, 0, 0);
    result = m.mr[0];
    ends++;
    thread_end();
}

// Runs a thread to where it blocks, and takes its context away.
static struct thread *passive(void (*run)(word), word argument) {
    struct thread *thread = new_thread(run, argument, 0);
    thread_start(thread);
    let_others_run();
    if (sc_unbind(thread->sc))
        fail_at(__FILE_NAME__, __LINE__, "unbind", reply.label, OK);
    return thread;
}

static struct thread *passive_server(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    counter = ends = result = work = 0;
    return passive(serve_run, 0);
}

static struct thread *started(void (*run)(word), word argument) {
    struct thread *thread = new_thread(run, argument, 0);
    thread_start(thread);
    let_others_run();
    return thread;
}

// --- Call and reply

static void a_call_lends_the_context_and_the_reply_returns_it(void) {
    struct thread *server = passive_server();
    for (word i = 0; i < 3; i++) {
        struct message m = {.info = info_make(0, 0, 1), .mr = {40 + i}};
        raw_message(NR_CALL, endpoint, &m, 0, 0);
        EXPECT_EQUAL(m.mr[0], 41 + i);
        EXPECT_REPLY(sc_unbind_object(S_SC, server->tcb), ILL);
    }
    EXPECT_EQUAL(counter, 3);
}

static void a_server_uses_its_callers_budget(void) {
    passive_server();
    struct thread *client = new_thread(call_run, endpoint, 0);
    work = 500000;
    thread_start(client);
    wait_thread_end();
    EXPECT(consumed(client->sc) > MS);
    EXPECT_EQUAL(result, 41);
}

static void a_server_with_a_context_uses_its_own(void) {
    struct thread *server = passive_server(), *client = new_thread(call_run, endpoint, 0);
    EXPECT_OK(sc_bind(server->sc, server->tcb));
    consumed(server->sc);
    work = 500000;
    thread_start(client);
    wait_thread_end();
    EXPECT(consumed(client->sc) < MS / 2);
    EXPECT(consumed(server->sc) > MS);
}

static void a_server_stops_when_its_callers_budget_ends(void) {
    passive_server();
    struct thread *client = new_passive_thread(call_run, endpoint, 0);
    word sc = new_sc(MS, 20 * MS);
    EXPECT_OK(sc_bind(sc, client->tcb));
    work = 500000;
    thread_start(client);
    spend_below(5 * MS);
    EXPECT_EQUAL(counter, 1);
    EXPECT_EQUAL(ends, 0); // not before the next period
    spend_below(60 * MS);
    EXPECT_EQUAL(ends, 1);
}

static void contexts_travel_through_two_servers(void) {
    struct thread *last = passive_server();
    second_endpoint = new_object(T_ENDPOINT, 0);
    second_reply = new_object(T_REPLY, 0);
    struct thread *first = passive(forward_run, 0), *client = new_thread(call_run, second_endpoint, 0);
    work = 500000;
    thread_start(client);
    wait_thread_end();
    EXPECT_EQUAL(result, 141);
    EXPECT(consumed(client->sc) > MS);
    EXPECT(!take_from(client->sc, first) && !take_from(client->sc, last));
    EXPECT(take_from(client->sc, client));
}

// --- who lends, who does not

static volatile word send_number, send_cap;

// A message by any of the system calls, then waits for a notification.
static void send_run(word argument) {
    (void)argument;
    struct message m = {.info = info_make(0, 0, 1), .mr = {40}};
    if (send_number == NR_SEND || send_number == NR_NB_SEND) {
        raw_send(send_number, send_cap, &m);
        raw_wait(notification);
    } else {
        struct raw_registers r = {{notification, m.info, m.mr[0], 0, 0, 0, send_cap, send_number, send_cap}};
        if (send_number == NR_NB_SEND_RECV)
            r.x[6] = second_reply;
        raw_svc(&r);
    }
    thread_end();
}

// A server that takes a message and stops.
static void take_run(word argument) {
    (void)argument;
    receive(endpoint, reply_object);
    counter++;
    for (;;)
        raw_wait(second_endpoint); // a fault: it stops
}

static bool lends(word number) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    second_reply = new_object(T_REPLY, 0);
    notification = new_object(T_NOTIFICATION, 0);
    second_endpoint = 0;
    counter = 0;
    struct thread *server = passive(take_run, 0);
    send_number = number;
    send_cap = endpoint;
    struct thread *sender = started(send_run, 0);
    bool ran = counter == 1, has = take_from(sender->sc, server);
    if (ran != has)
        fail_at(__FILE_NAME__, __LINE__, "the server ran", ran, has);
    if (!has && !take_from(sender->sc, sender))
        fail_at(__FILE_NAME__, __LINE__, "the sender keeps its context", false, true);
    return has;
}

static void send_lends_nothing(void) {
    EXPECT(!lends(NR_SEND));
}
static void nb_send_lends_nothing(void) {
    EXPECT(!lends(NR_NB_SEND));
}
static void reply_recv_lends_in_its_send_phase(void) {
    EXPECT(lends(NR_REPLY_RECV));
}
static void nb_send_recv_lends_in_its_send_phase(void) {
    EXPECT(lends(NR_NB_SEND_RECV));
}
static void nb_send_wait_lends_in_its_send_phase(void) {
    EXPECT(lends(NR_NB_SEND_WAIT));
}

static void a_receiver_without_a_context_keeps_the_message(void) {
    struct thread *server = passive_server();
    raw_send(NR_SEND, endpoint, &(struct message){.info = info_make(0, 0, 1), .mr = {9}});
    let_others_run();
    EXPECT_EQUAL(counter, 0);
    EXPECT_OK(sc_bind(server->sc, server->tcb));
    let_others_run();
    EXPECT_EQUAL(counter, 1);
}

static void a_sender_without_a_context_can_be_received_from(void) {
    send_number = NR_SEND;
    send_cap = new_object(T_ENDPOINT, 0);
    notification = new_object(T_NOTIFICATION, 0);
    struct thread *sender = passive(send_run, 0);
    struct message m = receive(send_cap, new_object(T_REPLY, 0));
    EXPECT_EQUAL(m.mr[0], 40);
    raw_signal(notification);
    let_others_run(); // it can not run on
    EXPECT_EQUAL(raw_poll(notification), 0);
    raw_signal(new_mint(notification, R_W, 1));
    EXPECT_OK(sc_bind(sender->sc, sender->tcb));
    wait_thread_end();
}

static void fault_run(word argument) {
    (void)argument;
    counter = *(volatile word *)0x7000000000;
    thread_end();
}

static void a_fault_lends_to_its_handler(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    second_endpoint = counter = 0;
    struct thread *handler = passive(take_run, 0), *faulter = new_thread(fault_run, 0, endpoint);
    thread_start(faulter);
    let_others_run();
    EXPECT_EQUAL(counter, 1);
    EXPECT(take_from(faulter->sc, handler));
}

static void the_reply_to_a_fault_returns_the_context(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    second_endpoint = counter = 0;
    passive(take_run, 0);
    struct thread *faulter = new_thread(fault_run, 0, endpoint);
    thread_start(faulter);
    let_others_run();
    raw_send(NR_SEND, reply_object, &(struct message){0}); // restarts it
    let_others_run();                                      // and it faults again, where nobody receives
    EXPECT(take_from(faulter->sc, faulter));
}

// --- a part of it goes

static struct thread *client_in_a_call(struct thread **server) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    second_endpoint = ends = result = counter = 0;
    *server = passive(take_run, 0);
    return started(call_run, endpoint); // the server has stopped with a fault; its reply is outstanding
}

static void a_reply_by_another_thread_returns_the_context(void) {
    struct thread *server, *client = client_in_a_call(&server);
    reply_to(reply_object, 77);
    wait_thread_end();
    EXPECT_EQUAL(result, 77);
    EXPECT(!take_from(client->sc, server));
    EXPECT(take_from(client->sc, client));
}

static void a_stale_reply_has_no_effect(void) {
    word unused = new_object(T_REPLY, 0);
    EXPECT_OK(raw_invoke(unused, 0, CAPS(), WORDS(1)));
    struct thread *server, *client = client_in_a_call(&server);
    reply_to(reply_object, 77);
    reply_to(reply_object, 78);
    wait_thread_end();
    EXPECT_EQUAL(result, 77);
    EXPECT(take_from(client->sc, client));
}

static void deleting_the_reply_returns_the_context_and_stops_the_caller(void) {
    struct thread *server, *client = client_in_a_call(&server);
    EXPECT_OK(cnode_delete(S_CNODE, reply_object, ROOT_DEPTH));
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT(!take_from(client->sc, server));
    EXPECT(take_from(client->sc, client));
}

static void suspending_the_caller_leaves_the_context_with_the_callee(void) {
    struct thread *server, *client = client_in_a_call(&server);
    EXPECT_OK(tcb_suspend(client->tcb));
    reply_to(reply_object, 77); // stale
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT(take_from(client->sc, server));
}

static void deleting_the_caller_leaves_the_context_with_the_callee(void) {
    struct thread *server, *client = client_in_a_call(&server);
    EXPECT_OK(cnode_delete(S_CNODE, client->tcb, ROOT_DEPTH));
    EXPECT(take_from(client->sc, server));
}

static void deleting_the_callee_keeps_the_caller_waiting_for_the_reply(void) {
    struct thread *server, *client = client_in_a_call(&server);
    EXPECT_OK(cnode_delete(S_CNODE, server->tcb, ROOT_DEPTH));
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT(!take_from(client->sc, client)); // the context is free, not the caller's
    reply_to(reply_object, 55);
    wait_thread_end();
    EXPECT_EQUAL(result, 55);
    EXPECT(take_from(client->sc, client));
}

static void deleting_the_context_unbinds_all(void) {
    struct thread *server, *client = client_in_a_call(&server);
    EXPECT_OK(cnode_delete(S_CNODE, client->sc, ROOT_DEPTH));
    reply_to(reply_object, 66);
    let_others_run();
    EXPECT_EQUAL(ends, 0); // replied to, without a context
    EXPECT_OK(sc_bind(new_sc(MS, MS), client->tcb));
    wait_thread_end();
    EXPECT_EQUAL(result, 66);
    EXPECT_OK(sc_bind(new_sc(MS, MS), server->tcb));
}

static void unbinding_a_lent_context_breaks_the_link_to_the_caller(void) {
    struct thread *server, *client = client_in_a_call(&server);
    EXPECT_OK(sc_unbind(client->sc));
    EXPECT(!take_from(client->sc, server));
    reply_to(reply_object, 66);
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT_OK(sc_bind(client->sc, client->tcb));
    wait_thread_end();
    EXPECT_EQUAL(result, 66);
}

static void reusing_the_reply_stops_the_caller(void) {
    struct thread *server, *client = client_in_a_call(&server);
    struct message m = {0};
    raw_message(NR_NB_RECV, new_object(T_ENDPOINT, 0), &m, reply_object, 0);
    reply_to(reply_object, 77);
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT(!take_from(client->sc, client));
    EXPECT(take_from(client->sc, server));
}

static void deleting_the_reply_of_a_receiver_stops_it(void) {
    struct thread *server = passive_server();
    EXPECT_OK(sc_bind(server->sc, server->tcb));
    EXPECT_OK(cnode_delete(S_CNODE, reply_object, ROOT_DEPTH));
    raw_send(NR_NB_SEND, endpoint, &(struct message){0});
    let_others_run();
    EXPECT_EQUAL(counter, 0); // nobody receives
}

// A client that waits for `first`, which waits for `last`.
static struct thread *client_of_two(struct thread **first, struct thread **last) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    *last = passive(take_run, 0);
    word outer_endpoint = new_object(T_ENDPOINT, 0);
    second_reply = new_object(T_REPLY, 0);
    second_endpoint = outer_endpoint;
    *first = passive(forward_run, 0);
    ends = counter = 0;
    return started(call_run, outer_endpoint);
}

static void suspending_a_caller_in_the_middle_ends_the_stack_there(void) {
    struct thread *first, *last, *client = client_of_two(&first, &last);
    EXPECT_EQUAL(counter, 1);
    EXPECT_OK(tcb_suspend(first->tcb));
    reply_to(reply_object, 5); // stale
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT(take_from(client->sc, last));
}

static void deleting_an_older_reply_ends_the_stack_there(void) {
    struct thread *first, *last, *client = client_of_two(&first, &last);
    EXPECT_EQUAL(counter, 1);
    EXPECT_OK(cnode_delete(S_CNODE, second_reply, ROOT_DEPTH));
    reply_to(reply_object, 5); // to `first`, which cannot pass it on
    let_others_run();
    EXPECT_EQUAL(ends, 0);
    EXPECT(!take_from(client->sc, client) && !take_from(client->sc, last));
    EXPECT(take_from(client->sc, first));
}

static void a_caller_with_a_depleted_context_faults_when_replied_to(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    counter = ends = 0;
    work = 10000000;
    passive(serve_run, 0);
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0), sc = new_object(T_SC, 8);
    struct thread *client = new_passive_thread(call_run, endpoint, 0);
    EXPECT_OK(sched_configure(sc, MS, LONG, 0, 0x55, 0));
    EXPECT_OK(sc_bind(sc, client->tcb));
    EXPECT_OK(tcb_set_timeout_endpoint(client->tcb, ep));
    thread_start(client);
    let_others_run(); // the server has no handler of its own: it waits for the budget
    EXPECT_EQUAL(counter, 1);
    reply_to(reply_object, 1);
    struct message m = receive(ep, rep);
    EXPECT_EQUAL(info_label(m.info), 5);
    EXPECT_EQUAL(m.mr[0], 0x55);
    EXPECT_EQUAL(ends, 0);
}

static void a_server_with_a_handler_faults_on_its_callers_context(void) {
    struct thread *server = passive_server();
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0), sc = new_object(T_SC, 8);
    struct thread *client = new_passive_thread(call_run, endpoint, 0);
    EXPECT_OK(sched_configure(sc, MS, LONG, 0, 0x66, 0));
    EXPECT_OK(sc_bind(sc, client->tcb));
    EXPECT_OK(tcb_set_timeout_endpoint(server->tcb, new_mint(ep, R_ALL, 0x77)));
    work = 10000000;
    thread_start(client);
    struct message m = receive(ep, rep);
    EXPECT_EQUAL(m.badge, 0x77);
    EXPECT_EQUAL(m.mr[0], 0x66);
    EXPECT(m.mr[1] >= MS - 60 && m.mr[1] <= MS + 60);
}

// --- notifications with a context

static void wait_loop_run(word argument) {
    (void)argument;
    for (;;) {
        result = raw_wait(notification);
        counter++;
        for (volatile word i = 0; i < work; i++)
            ;
        if (second_endpoint)
            raw_signal(second_endpoint);
    }
}

static word notification_context(void) {
    word sc = new_sc(MS, MS);
    notification = new_object(T_NOTIFICATION, 0);
    counter = result = work = second_endpoint = 0;
    if (sc_bind(sc, notification))
        fail_at(__FILE_NAME__, __LINE__, "bind", reply.label, OK);
    return sc;
}

static void a_signal_lends_the_notifications_context(void) {
    word sc = notification_context();
    struct thread *server = passive(wait_loop_run, 0);
    word badged = new_mint(notification, R_W, 3);
    work = 100000;
    for (unsigned i = 1; i < 4; i++) {
        raw_signal(badged);
        let_others_run();
        EXPECT_EQUAL(counter, i);
        EXPECT_EQUAL(result, 3);
        EXPECT(consumed(sc) > 100);
        EXPECT(!take_from(sc, server)); // it waits again: returned
    }
}

static void a_lent_context_is_the_threads_while_it_runs(void) {
    word sc = notification_context();
    struct thread *server = passive(wait_loop_run, 0);
    second_endpoint = new_object(T_NOTIFICATION, 0);
    raw_signal(notification);
    raw_wait(second_endpoint); // in the middle of its work
    EXPECT_EQUAL(counter, 1);
    EXPECT_REPLY(sc_bind(server->sc, server->tcb), ILL);
    EXPECT(take_from(sc, server));
}

static void a_second_waiter_gets_no_context_while_it_is_lent(void) {
    word sc = notification_context();
    struct thread *one = passive(wait_loop_run, 0), *two = passive(wait_loop_run, 0);
    raw_signal(notification);
    raw_signal(notification); // both are awake, one can run
    let_others_run();
    EXPECT_EQUAL(counter, 1);
    EXPECT(!take_from(sc, one) && !take_from(sc, two));
    EXPECT_OK(sc_bind(two->sc, two->tcb));
    let_others_run();
    EXPECT_EQUAL(counter, 2);
}

static void a_waiter_with_a_context_borrows_none(void) {
    word sc = notification_context();
    struct thread *thread = started(wait_loop_run, 0);
    consumed(thread->sc);
    work = 100000;
    raw_signal(notification);
    let_others_run();
    EXPECT_EQUAL(counter, 1);
    EXPECT_EQUAL(consumed(sc), 0);
    EXPECT(consumed(thread->sc) > 100);
}

static void bound_loop_run(word argument) {
    (void)argument;
    for (;;) {
        receive(endpoint, reply_object);
        counter++;
        for (volatile word i = 0; i < work; i++)
            ;
    }
}

static void a_bound_receiver_borrows_and_returns_it(void) {
    word sc = notification_context();
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    struct thread *server = passive(bound_loop_run, 0);
    EXPECT_OK(tcb_bind_notification(server->tcb, notification));
    work = 100000;
    for (unsigned i = 1; i < 3; i++) {
        raw_signal(notification);
        let_others_run();
        EXPECT_EQUAL(counter, i);
        EXPECT(consumed(sc) > 100);
        EXPECT(!take_from(sc, server));
    }
}

static void deleting_the_notification_leaves_a_lent_context_with_the_thread(void) {
    word sc = notification_context();
    struct thread *server = passive(wait_loop_run, 0);
    second_endpoint = new_object(T_NOTIFICATION, 0);
    raw_signal(notification);
    raw_wait(second_endpoint);
    EXPECT_OK(cnode_delete(S_CNODE, notification, ROOT_DEPTH));
    EXPECT(take_from(sc, server));
    EXPECT_OK(sc_bind(sc, new_object(T_NOTIFICATION, 0))); // free
}

static void deleting_the_context_leaves_a_plain_notification(void) {
    word sc = notification_context();
    passive(wait_loop_run, 0);
    EXPECT_OK(cnode_delete(S_CNODE, sc, ROOT_DEPTH));
    raw_signal(notification);
    let_others_run();
    EXPECT_EQUAL(counter, 0); // awake without a context
    EXPECT_OK(sc_bind(new_sc(MS, MS), notification));
}

static const struct test tests[] = {
    TEST(a_call_lends_the_context_and_the_reply_returns_it),
    TEST(a_server_uses_its_callers_budget),
    TEST(a_server_with_a_context_uses_its_own),
    TEST(a_server_stops_when_its_callers_budget_ends),
    TEST(contexts_travel_through_two_servers),
    TEST(send_lends_nothing),
    TEST(nb_send_lends_nothing),
    TEST(reply_recv_lends_in_its_send_phase),
    TEST(nb_send_recv_lends_in_its_send_phase),
    TEST(nb_send_wait_lends_in_its_send_phase),
    TEST(a_receiver_without_a_context_keeps_the_message),
    TEST(a_sender_without_a_context_can_be_received_from),
    TEST(a_fault_lends_to_its_handler),
    TEST(the_reply_to_a_fault_returns_the_context),
    TEST(a_reply_by_another_thread_returns_the_context),
    TEST(a_stale_reply_has_no_effect),
    TEST(deleting_the_reply_returns_the_context_and_stops_the_caller),
    TEST(suspending_the_caller_leaves_the_context_with_the_callee),
    TEST(deleting_the_caller_leaves_the_context_with_the_callee),
    TEST(deleting_the_callee_keeps_the_caller_waiting_for_the_reply),
    TEST(deleting_the_context_unbinds_all),
    TEST(unbinding_a_lent_context_breaks_the_link_to_the_caller),
    TEST(reusing_the_reply_stops_the_caller),
    TEST(deleting_the_reply_of_a_receiver_stops_it),
    TEST(suspending_a_caller_in_the_middle_ends_the_stack_there),
    TEST(deleting_an_older_reply_ends_the_stack_there),
    TEST(a_caller_with_a_depleted_context_faults_when_replied_to),
    TEST(a_server_with_a_handler_faults_on_its_callers_context),
    TEST(a_signal_lends_the_notifications_context),
    TEST(a_lent_context_is_the_threads_while_it_runs),
    TEST(a_second_waiter_gets_no_context_while_it_is_lent),
    TEST(a_waiter_with_a_context_borrows_none),
    TEST(a_bound_receiver_borrows_and_returns_it),
    TEST(deleting_the_notification_leaves_a_lent_context_with_the_thread),
    TEST(deleting_the_context_leaves_a_plain_notification),
};

int main(void) {
    RUN(tests);
}
