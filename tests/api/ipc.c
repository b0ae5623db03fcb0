// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Endpoints and reply objects: what arrives of a message, what a call's failure looks like, who waits for
// whom.
#include "harness.h"

// What a server thread saw and does.
static volatile struct server {
    word endpoint, reply;
    struct message got; // the first message received
    word got_more[4];   // words 4 to 7
    word got_caps[3];
    struct message answer;
    word answer_more[4];
    unsigned received;
} server;

static void server_run(word number) {
    struct message m = {0};
    raw_message(number, server.endpoint, &m, server.reply, 0);
    for (;;) {
        struct ipc_buffer *buffer = raw_buffer();
        server.received++;
        server.got = m;
        for (unsigned i = 0; i < 4; i++)
            server.got_more[i] = buffer->msg[4 + i];
        for (unsigned i = 0; i < 3; i++)
            server.got_caps[i] = buffer->caps[i];
        m = server.answer;
        for (unsigned i = 0; i < 4; i++)
            buffer->msg[4 + i] = server.answer_more[i];
        raw_message(NR_REPLY_RECV, server.endpoint, &m, server.reply, 0);
    }
}

// A server with an endpoint and a reply object of its own, waiting.
static struct thread *start_server(void) {
    server = (volatile struct server){.endpoint = new_object(T_ENDPOINT, 0), .reply = new_object(T_REPLY, 0)};
    struct thread *thread = new_thread(server_run, NR_RECV, 0);
    thread_start(thread);
    let_others_run();
    return thread;
}

static struct message call(word cap, word label, word caps, word length) {
    struct message m = {.info = info_make(label, caps, length), .mr = {11, 12, 13, 14}};
    raw_message(NR_CALL, cap, &m, 0, 0);
    return m;
}

static void a_call_carries_label_words_and_badge(void) {
    start_server();
    server.answer = (struct message){.info = info_make(77, 0, 2), .mr = {21, 22, 23, 24}};
    word cap = new_mint(server.endpoint, R_ALL, 0x1234);
    struct message m = call(cap, 55, 0, 4);
    EXPECT_EQUAL(server.got.badge, 0x1234);
    EXPECT_EQUAL(info_label(server.got.info), 55);
    EXPECT_EQUAL(info_length(server.got.info), 4);
    EXPECT_EQUAL(server.got.mr[0], 11);
    EXPECT_EQUAL(server.got.mr[3], 14);
    EXPECT_EQUAL(m.badge, 0);
    EXPECT_EQUAL(info_label(m.info), 77);
    EXPECT_EQUAL(info_length(m.info), 2);
    EXPECT_EQUAL(m.mr[0], 21);
    EXPECT_EQUAL(m.mr[1], 22);
}

static void long_messages_travel_in_the_buffers(void) {
    start_server();
    for (unsigned i = 0; i < 4; i++) {
        raw_buffer()->msg[4 + i] = 100 + i;
        server.answer_more[i] = 200 + i;
    }
    server.answer = (struct message){.info = info_make(0, 0, 8)};
    struct message m = call(server.endpoint, 0, 0, 8);
    EXPECT_EQUAL(info_length(server.got.info), 8);
    EXPECT_EQUAL(info_length(m.info), 8);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQUAL(server.got_more[i], 100 + i);
        EXPECT_EQUAL(raw_buffer()->msg[4 + i], 200 + i);
    }
}

static void a_length_beyond_the_maximum_is_cut(void) {
    start_server();
    call(server.endpoint, 0, 0, 127);
    EXPECT_EQUAL(info_length(server.got.info), 120);
}

static void send_and_nbsend_reach_a_waiting_receiver(void) {
    start_server();
    struct message m = {.info = info_make(5, 0, 1), .mr = {42}};
    raw_send(NR_SEND, server.endpoint, &m);
    let_others_run();
    EXPECT_EQUAL(server.received, 1);
    EXPECT_EQUAL(server.got.mr[0], 42);
    m.mr[0] = 43;
    raw_send(NR_NB_SEND, server.endpoint, &m);
    let_others_run();
    EXPECT_EQUAL(server.received, 2);
    EXPECT_EQUAL(server.got.mr[0], 43);
}

static void nbsend_without_a_receiver_is_dropped(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    struct message m = {.info = info_make(5, 0, 1), .mr = {42}};
    raw_send(NR_NB_SEND, ep, &m);
    m = (struct message){.badge = 9, .info = 0x99, .mr = {1, 2, 3, 4}};
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0);
    EXPECT_EQUAL(m.badge, 0);
    EXPECT_EQUAL(m.info, 0x99); // the rest keeps its value
    EXPECT_EQUAL(m.mr[0], 1);
}

static volatile word sender_cap;
static void sender_run(word value) {
    raw_send(NR_SEND, sender_cap, &(struct message){.info = info_make(1, 0, 1), .mr = {value}});
    thread_end();
}

static void senders_wait_in_order_of_priority(void) {
    static const uint8_t priorities[] = {100, 200, 150, 200}, order[] = {1, 3, 2, 0};
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    sender_cap = ep;
    for (unsigned i = 0; i < 4; i++) {
        struct thread *thread = new_thread(sender_run, i, 0);
        thread_set_priority(thread, priorities[i]);
        thread_start(thread);
        let_others_run();
    }
    for (unsigned i = 0; i < 4; i++) {
        struct message m = {0};
        raw_message(NR_RECV, ep, &m, reply_object, 0);
        EXPECT_EQUAL(m.mr[0], order[i]);
    }
    for (unsigned i = 0; i < 4; i++)
        wait_thread_end();
}

static void a_changed_priority_changes_the_queue(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    struct thread *thread[2];
    sender_cap = ep;
    for (unsigned i = 0; i < 2; i++) {
        thread[i] = new_thread(sender_run, i, 0);
        thread_set_priority(thread[i], 100);
        thread_start(thread[i]);
        let_others_run();
    }
    thread_set_priority(thread[1], 101);
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0);
    EXPECT_EQUAL(m.mr[0], 1);
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0);
    EXPECT_EQUAL(m.mr[0], 0);
    wait_thread_end();
    wait_thread_end();
}

static void without_a_receive_slot_no_capability_moves(void) {
    start_server();
    word ntfn = new_object(T_NOTIFICATION, 0), target = new_slot();
    server.answer = (struct message){0};
    raw_buffer()->caps[0] = ntfn;
    call(server.endpoint, 0, 1, 0);
    EXPECT_EQUAL(info_caps(server.got.info), 0);
    EXPECT(is_empty(target));
}

static void a_receive_slot_takes_one_capability(void) {
    struct thread *thread = start_server();
    word ntfn = new_object(T_NOTIFICATION, 0), target = new_slot();
    thread->buffer->receive_cnode = S_CNODE;
    thread->buffer->receive_index = target;
    thread->buffer->receive_depth = ROOT_DEPTH;
    word badged = new_mint(ntfn, R_ALL, 4);
    raw_buffer()->caps[0] = badged;
    raw_buffer()->caps[1] = ntfn;
    call(server.endpoint, 0, 2, 0);
    EXPECT_EQUAL(raw_identify(target), C_NOTIFICATION);
    EXPECT_EQUAL(info_caps(server.got.info), 1);
    EXPECT_EQUAL(info_unwrapped(server.got.info), 0);
    raw_signal(target);
    EXPECT_EQUAL(raw_poll(ntfn), 4);
}

static void without_grant_no_capability_moves(void) {
    struct thread *thread = start_server();
    word ntfn = new_object(T_NOTIFICATION, 0), target = new_slot();
    thread->buffer->receive_cnode = S_CNODE;
    thread->buffer->receive_index = target;
    thread->buffer->receive_depth = ROOT_DEPTH;
    word cap = new_mint(server.endpoint, R_W | R_GR, 3);
    raw_buffer()->caps[0] = ntfn;
    call(cap, 0, 1, 1);
    EXPECT(is_empty(target));
    EXPECT_EQUAL(info_caps(server.got.info), 0);
    EXPECT_EQUAL(server.got.mr[0], 11);
}

static void capabilities_for_the_endpoint_itself_are_unwrapped(void) {
    start_server();
    word first = new_mint(server.endpoint, R_ALL, 0xabc), second = new_mint(server.endpoint, R_W, 0xdef);
    raw_buffer()->caps[0] = first;
    raw_buffer()->caps[1] = second;
    call(server.endpoint, 0, 2, 0);
    EXPECT_EQUAL(info_caps(server.got.info), 2);
    EXPECT_EQUAL(info_unwrapped(server.got.info), 3);
    EXPECT_EQUAL(server.got_caps[0], 0xabc);
    EXPECT_EQUAL(server.got_caps[1], 0xdef);
}

static void calling_nothing_is_an_error_reply(void) {
    struct message m = call(new_slot(), 3, 0, 0);
    EXPECT_EQUAL(info_label(m.info), IC);
    EXPECT_EQUAL(m.mr[0], 0);
    m = call(new_mint(new_object(T_ENDPOINT, 0), R_R, 0), 3, 0, 0);
    EXPECT_EQUAL(info_label(m.info), IC);
    EXPECT_EQUAL(m.mr[0], 0);
    raw_send(NR_SEND, new_slot(), &m); // Send ignores it
    raw_send(NR_NB_SEND, new_slot(), &m);
}

static volatile word caller_state;
static void caller_run(word cap) {
    struct message m = {.info = info_make(0, 0, 0)};
    caller_state = 1;
    raw_message(NR_CALL, cap, &m, 0, 0);
    caller_state = 2;
    thread_end();
}

static struct thread *start_caller(word cap) {
    struct thread *thread = new_thread(caller_run, cap, 0);
    caller_state = 0;
    thread_start(thread);
    let_others_run();
    return thread;
}

static void a_call_without_any_grant_stops_the_caller(void) {
    start_server();
    word received = server.received;
    struct thread *thread = start_caller(new_mint(server.endpoint, R_W, 0));
    EXPECT_EQUAL(server.received, received + 1);
    EXPECT_EQUAL(caller_state, 1);
    EXPECT_OK(tcb_resume(thread->tcb)); // it was inactive: it calls again, and stops again
    let_others_run();
    EXPECT_EQUAL(server.received, received + 2);
    EXPECT_EQUAL(caller_state, 1);
}

static void a_reply_object_answers_once(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    start_caller(ep);
    struct message m = {0};
    raw_message(NR_RECV, ep, &m, reply_object, 0);
    m = (struct message){.info = info_make(0, 0, 0)};
    raw_send(NR_SEND, reply_object, &m);
    wait_thread_end();
    EXPECT_EQUAL(caller_state, 2);
    raw_send(NR_SEND, reply_object, &m); // stale: no effect
}

static void reusing_a_reply_object_stops_its_caller(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    struct message m = {0};
    start_caller(ep);
    raw_message(NR_RECV, ep, &m, reply_object, 0);
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0);
    raw_send(NR_SEND, reply_object, &m);
    let_others_run();
    EXPECT_EQUAL(caller_state, 1);
}

static void deleting_the_reply_object_stops_its_caller(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    struct message m = {0};
    struct thread *thread = start_caller(ep);
    raw_message(NR_RECV, ep, &m, reply_object, 0);
    EXPECT_OK(cnode_delete(S_CNODE, reply_object, ROOT_DEPTH));
    let_others_run();
    EXPECT_EQUAL(caller_state, 1);
    EXPECT_OK(tcb_resume(thread->tcb));
    let_others_run();
    reply_object = new_object(T_REPLY, 0);
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0); // it called again
    raw_send(NR_SEND, reply_object, &(struct message){0});
    wait_thread_end();
}

static volatile word combined[4]; // ep, notification, reply, result
static void combined_run(word number) {
    struct message m = {.info = info_make(3, 0, 1), .mr = {66}};
    if (number == NR_NB_SEND_RECV)
        raw_message(number, combined[0], &m, combined[2], server.endpoint);
    else
        raw_message(number, combined[1], &m, server.endpoint, 0);
    combined[3] = m.badge;
    thread_end();
}

static void nbsendrecv_sends_then_receives(void) {
    start_server();
    combined[0] = new_object(T_ENDPOINT, 0);
    combined[2] = new_object(T_REPLY, 0);
    thread_start(new_thread(combined_run, NR_NB_SEND_RECV, 0));
    let_others_run();
    EXPECT_EQUAL(server.received, 1);
    EXPECT_EQUAL(server.got.mr[0], 66);
    raw_send(NR_SEND, new_mint(combined[0], R_ALL, 0x77), &(struct message){0});
    wait_thread_end();
    EXPECT_EQUAL(combined[3], 0x77);
}

static void nbsendwait_sends_then_waits(void) {
    start_server();
    combined[1] = new_object(T_NOTIFICATION, 0);
    thread_start(new_thread(combined_run, NR_NB_SEND_WAIT, 0));
    let_others_run();
    EXPECT_EQUAL(server.received, 1);
    EXPECT_EQUAL(server.got.mr[0], 66);
    raw_signal(new_mint(combined[1], R_ALL, 0x78));
    wait_thread_end();
    EXPECT_EQUAL(combined[3], 0x78);
}

static void cancelled_senders_try_again(void) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    word badged = sender_cap = new_mint(ep, R_ALL, 0x55);
    struct thread *thread = new_thread(sender_run, 8, 0);
    thread_start(thread);
    let_others_run();
    EXPECT_OK(tcb_suspend(thread->tcb)); // so that it does not queue again
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT_OK(cnode_cancel(S_CNODE, badged, ROOT_DEPTH));
    EXPECT_EQUAL(cnode_cancel(S_CNODE, new_mint(ep, R_W, 3), ROOT_DEPTH), ILL);
    EXPECT_OK(cnode_cancel(S_CNODE, ep, ROOT_DEPTH)); // badge 0: nothing
    let_others_run();
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0);
    EXPECT_EQUAL(m.badge, 0x55);
    EXPECT_EQUAL(m.mr[0], 8);
    wait_thread_end();
}

static const struct test tests[] = {
    TEST(a_call_carries_label_words_and_badge),
    TEST(long_messages_travel_in_the_buffers),
    TEST(a_length_beyond_the_maximum_is_cut),
    TEST(send_and_nbsend_reach_a_waiting_receiver),
    TEST(nbsend_without_a_receiver_is_dropped),
    TEST(senders_wait_in_order_of_priority),
    TEST(a_changed_priority_changes_the_queue),
    TEST(without_a_receive_slot_no_capability_moves),
    TEST(a_receive_slot_takes_one_capability),
    TEST(without_grant_no_capability_moves),
    TEST(capabilities_for_the_endpoint_itself_are_unwrapped),
    TEST(calling_nothing_is_an_error_reply),
    TEST(a_call_without_any_grant_stops_the_caller),
    TEST(a_reply_object_answers_once),
    TEST(reusing_a_reply_object_stops_its_caller),
    TEST(deleting_the_reply_object_stops_its_caller),
    TEST(nbsendrecv_sends_then_receives),
    TEST(nbsendwait_sends_then_waits),
    TEST(cancelled_senders_try_again),
};

int main(void) {
    RUN(tests);
}
