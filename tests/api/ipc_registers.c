// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Which registers each system call writes, of x0 to x30 and the flags: its outputs, and no other. A word that
// did not travel leaves its register as the receiver had it, so that nothing of the sender's shows.
#include "harness.h"

#define X(n)      (1ull << (n))
#define BADGE     X(0)
#define BADGE_TAG (X(0) | X(1))
#define WORDS_1   (BADGE_TAG | X(2))
#define WORDS_2   (WORDS_1 | X(3))
#define WORDS_4   (WORDS_2 | X(4) | X(5))
#define NOTHING   0

static struct raw_all given; // what a system call starts with
static struct raw_all job;   // then what it ended with
static volatile bool ended;
static word endpoint, notification, reply_object, answer_object;

// Every register holds something that no message does.
static void fill_all(struct raw_all *all, word number) {
    for (unsigned i = 0; i < 31; i++)
        all->x[i] = 0xa5a5000000000000 | i;
    all->nzcv = 0x6ull << 28;
    all->x[7] = number;
}

static void fill(word number) {
    fill_all(&given, number);
}

// Which ones a system call has changed.
static word difference(const struct raw_all *after, const struct raw_all *before) {
    word bits = 0;
    for (unsigned i = 0; i < 31; i++)
        if (after->x[i] != before->x[i])
            bits |= X(i);
    return bits | (after->nzcv != before->nzcv ? X(31) : 0);
}

static word changed(void) {
    return difference(&job, &given);
}

static void job_run(word argument) {
    (void)argument;
    raw_all(&job);
    ended = true;
    thread_end();
}

// A thread makes the system call, and root goes on when it waits or has ended.
static struct thread *start_job(void) {
    struct thread *thread = new_thread(job_run, 0, 0);
    job = given;
    ended = false;
    thread_start(thread);
    let_others_run();
    return thread;
}

static void in_place(void) {
    job = given;
    raw_all(&job);
}

static struct message receive(word number) {
    struct message m = {0};
    raw_message(number, endpoint, &m, reply_object, 0);
    return m;
}

static void send(word cap, word label, word length) {
    raw_send(NR_SEND, cap, &(struct message){.info = info_make(label, 0, length), .mr = {71, 72, 73, 74}});
}

static void send_writes_no_register(void) {
    fill(NR_SEND);
    given.x[0] = endpoint;
    given.x[1] = info_make(5, 0, 4);
    start_job(); // it waits for a receiver
    EXPECT(!ended);
    struct message m = receive(NR_RECV);
    EXPECT_EQUAL(m.mr[3], given.x[5]);
    wait_thread_end();
    EXPECT_EQUAL(changed(), NOTHING);
}

static void receiver_run(word number) {
    receive(number);
    thread_end();
}

static void send_to_a_waiting_receiver_writes_no_register(void) {
    thread_start(new_thread(receiver_run, NR_RECV, 0));
    let_others_run();
    fill(NR_SEND);
    given.x[0] = endpoint;
    given.x[1] = info_make(5, 0, 4);
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
    wait_thread_end();
}

static void nbsend_writes_no_register(void) {
    fill(NR_NB_SEND);
    given.x[0] = endpoint;
    given.x[1] = info_make(5, 0, 4);
    in_place(); // nobody waits
    EXPECT_EQUAL(changed(), NOTHING);
    thread_start(new_thread(receiver_run, NR_RECV, 0));
    let_others_run();
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
    wait_thread_end();
    given.x[0] = notification;
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
    (void)raw_poll(notification);
}

// The reply's words and no more: x4 and x5 keep what they had.
static void call_writes_badge_tag_and_the_replys_words(void) {
    fill(NR_CALL);
    given.x[0] = endpoint;
    given.x[1] = info_make(5, 0, 4);
    start_job();
    receive(NR_RECV);
    send(reply_object, 9, 2);
    wait_thread_end();
    EXPECT_EQUAL(changed(), WORDS_2);
    EXPECT_EQUAL(job.x[0], 0);
    EXPECT_EQUAL(job.x[1], info_make(9, 0, 2));
    EXPECT_EQUAL(job.x[2], 71);
    EXPECT_EQUAL(job.x[3], 72);
}

static void an_invocation_writes_badge_tag_and_its_results(void) {
    fill(NR_CALL);
    given.x[0] = S_TCB; // SetPriority, with its authority
    given.x[1] = info_make(6, 1, 1);
    given.x[2] = 255;
    raw_buffer()->caps[0] = S_TCB;
    in_place();
    EXPECT_EQUAL(changed(), BADGE_TAG);
    EXPECT_EQUAL(job.x[0], 0);
    EXPECT_EQUAL(job.x[1], 0);
    fill(NR_CALL);
    given.x[0] = S_IPC_BUFFER; // GetAddress
    given.x[1] = info_make(52, 0, 0);
    in_place();
    EXPECT_EQUAL(changed(), WORDS_1);
    EXPECT_EQUAL(job.x[1], info_make(0, 0, 1));
}

static void an_error_writes_badge_tag_and_its_words(void) {
    fill(NR_CALL);
    given.x[0] = S_TCB;
    given.x[1] = info_make(6, 1, 1);
    given.x[2] = 256;
    raw_buffer()->caps[0] = S_TCB;
    in_place(); // RangeError 0..255
    EXPECT_EQUAL(changed(), WORDS_2);
    EXPECT_EQUAL(job.x[1], info_make(RNG, 0, 2));
    EXPECT_EQUAL(job.x[2], 0);
    EXPECT_EQUAL(job.x[3], 255);
    fill(NR_CALL);
    given.x[0] = S_TCB;
    given.x[1] = info_make(999, 0, 0);
    in_place(); // IllegalOperation
    EXPECT_EQUAL(changed(), BADGE_TAG);
    EXPECT_EQUAL(job.x[1], info_make(ILL, 0, 0));
    fill(NR_CALL);
    given.x[0] = new_slot(); // empty: InvalidCapability 0
    given.x[1] = info_make(1, 0, 0);
    in_place();
    EXPECT_EQUAL(changed(), WORDS_1);
    EXPECT_EQUAL(job.x[1], info_make(IC, 0, 1));
    EXPECT_EQUAL(job.x[2], 0);
}

// The same invocation with Send has no answer.
static void an_invocation_by_send_writes_no_register(void) {
    fill(NR_SEND);
    given.x[0] = S_IPC_BUFFER;
    given.x[1] = info_make(52, 0, 0);
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
    given.x[0] = 0;
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
    fill(NR_NB_SEND);
    given.x[0] = S_IPC_BUFFER;
    given.x[1] = info_make(52, 0, 0);
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
}

static void fill_receive(word number, word from) {
    fill(number);
    given.x[0] = from;
    given.x[6] = reply_object;
}

static void recv_writes_badge_tag_and_the_words_that_came(void) {
    fill_receive(NR_RECV, endpoint);
    start_job(); // it waits
    send(new_mint(endpoint, R_ALL, 0x33), 4, 1);
    wait_thread_end();
    EXPECT_EQUAL(changed(), WORDS_1);
    EXPECT_EQUAL(job.x[0], 0x33);
    EXPECT_EQUAL(job.x[1], info_make(4, 0, 1));
    EXPECT_EQUAL(job.x[2], 71);
}

static void sender_run(word length) {
    send(endpoint, 4, length);
    thread_end();
}

static void recv_of_a_waiting_sender_writes_the_same(void) {
    static const word outputs[] = {BADGE_TAG, WORDS_1, WORDS_2, WORDS_2 | X(4), WORDS_4};
    static const word numbers[] = {NR_RECV, NR_NB_RECV, NR_WAIT, NR_NB_WAIT};
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned length = 0; length <= 4; length += i == 0 ? 1 : 3) {
            thread_start(new_thread(sender_run, length, 0));
            let_others_run();
            fill_receive(numbers[i], endpoint);
            in_place();
            EXPECT_EQUAL(changed(), outputs[length]);
            EXPECT_EQUAL(job.x[0], 0);
            EXPECT_EQUAL(job.x[1], info_make(4, 0, length));
            wait_thread_end();
        }
    }
}

static void nbrecv_and_nbwait_of_nothing_write_x0_alone(void) {
    static const word numbers[] = {NR_NB_RECV, NR_NB_WAIT};
    for (unsigned i = 0; i < 2; i++) {
        fill_receive(numbers[i], endpoint);
        in_place();
        EXPECT_EQUAL(changed(), BADGE);
        EXPECT_EQUAL(job.x[0], 0);
        fill_receive(numbers[i], notification);
        in_place();
        EXPECT_EQUAL(changed(), BADGE);
        EXPECT_EQUAL(job.x[0], 0);
    }
}

static void a_signal_writes_x0_alone_in_every_receiving_call(void) {
    static const word numbers[] = {NR_RECV, NR_NB_RECV, NR_WAIT, NR_NB_WAIT};
    word badged = new_mint(notification, R_W, 0x44);
    for (unsigned i = 0; i < 4; i++) {
        raw_signal(badged);
        fill_receive(numbers[i], notification);
        in_place();
        EXPECT_EQUAL(changed(), BADGE);
        EXPECT_EQUAL(job.x[0], 0x44);
    }
    for (unsigned i = 0; i < 4; i += 2) { // those that wait for it
        fill_receive(numbers[i], notification);
        start_job();
        raw_signal(badged);
        wait_thread_end();
        EXPECT_EQUAL(changed(), BADGE);
        EXPECT_EQUAL(job.x[0], 0x44);
    }
}

static void a_bound_signal_writes_x0_alone(void) {
    word bound = new_object(T_NOTIFICATION, 0);
    fill_receive(NR_RECV, endpoint);
    struct thread *thread = start_job();
    EXPECT_OK(tcb_bind_notification(thread->tcb, bound));
    raw_signal(new_mint(bound, R_W, 0x45));
    wait_thread_end();
    EXPECT_EQUAL(changed(), BADGE);
    EXPECT_EQUAL(job.x[0], 0x45);
}

static volatile struct message call_result;
static void caller_run(word cap) {
    struct message m = {.info = info_make(6, 0, 1), .mr = {81}};
    raw_message(NR_CALL, cap, &m, 0, 0);
    call_result = m;
    thread_end();
}

// First the call that a reply ends; then a message, already there or not.
static void replyrecv_writes_what_it_receives(void) {
    for (unsigned waits = 0; waits < 2; waits++) {
        thread_start(new_thread(caller_run, endpoint, 0));
        let_others_run();
        receive(NR_RECV);
        if (!waits) {
            thread_start(new_thread(sender_run, 1, 0));
            let_others_run();
        }
        fill_receive(NR_REPLY_RECV, endpoint);
        given.x[1] = info_make(7, 0, 2);
        if (waits) {
            start_job();
            send(endpoint, 4, 1);
        } else {
            in_place();
        }
        wait_thread_end();
        wait_thread_end();
        EXPECT_EQUAL(changed(), WORDS_1);
        EXPECT_EQUAL(job.x[0], 0);
        EXPECT_EQUAL(job.x[1], info_make(4, 0, 1));
        EXPECT_EQUAL(call_result.info, info_make(7, 0, 2));
        EXPECT_EQUAL(call_result.mr[0], given.x[2]);
        EXPECT_EQUAL(call_result.mr[1], given.x[3]);
        EXPECT_EQUAL(call_result.mr[2], 0); // did not travel
    }
}

// A server that lives on its callers' time, to which the kernel has a short way of its own, and from it.
static struct raw_all served; // what its ReplyRecv ended with
static word served_changed;
static void passive_server_run(word argument) {
    (void)argument;
    struct raw_all before, after;
    receive(NR_RECV);
    for (;;) {
        fill_all(&before, NR_REPLY_RECV);
        before.x[0] = endpoint;
        before.x[1] = info_make(9, 0, 2);
        before.x[2] = 71;
        before.x[3] = 72;
        before.x[6] = reply_object;
        before.x[20] = 0x5e5e;
        after = before;
        raw_all(&after);
        served = after;
        served_changed = difference(&served, &before);
    }
}

static void a_passive_server_and_its_caller_keep_all_other_registers(void) {
    struct thread *server = new_thread(passive_server_run, 0, 0);
    thread_start(server);
    let_others_run();
    EXPECT_OK(sc_unbind(server->sc));
    for (unsigned i = 0; i < 4; i++) {
        fill(NR_CALL);
        given.x[0] = new_mint(endpoint, R_ALL, 0x50 + i);
        given.x[1] = info_make(5, 0, 1);
        given.x[2] = 100 + i;
        in_place();
        EXPECT_EQUAL(changed(), WORDS_2);
        EXPECT_EQUAL(job.x[1], info_make(9, 0, 2));
        EXPECT_EQUAL(job.x[2], 71);
        if (i == 0) // its first call ended a Recv
            continue;
        EXPECT_EQUAL(served_changed, WORDS_1);
        EXPECT_EQUAL(served.x[0], 0x50 + i);
        EXPECT_EQUAL(served.x[1], info_make(5, 0, 1));
        EXPECT_EQUAL(served.x[2], 100 + i);
    }
    EXPECT_OK(tcb_suspend(server->tcb));
}

static void nbsendrecv_writes_what_it_receives(void) {
    thread_start(new_thread(sender_run, 3, 0));
    let_others_run();
    fill_receive(NR_NB_SEND_RECV, endpoint);
    given.x[1] = info_make(7, 0, 2);
    given.x[8] = notification;
    in_place();
    wait_thread_end();
    EXPECT_EQUAL(changed(), WORDS_2 | X(4));
    EXPECT_EQUAL(job.x[1], info_make(4, 0, 3));
    fill_receive(NR_NB_WAIT, notification);
    in_place();
    EXPECT_EQUAL(job.x[0], 0); // the signal's badge
}

static void nbsendwait_writes_what_it_receives(void) {
    raw_signal(new_mint(notification, R_W, 0x46));
    fill(NR_NB_SEND_WAIT);
    given.x[0] = notification;
    given.x[1] = info_make(7, 0, 2);
    given.x[6] = endpoint; // nobody receives
    in_place();
    EXPECT_EQUAL(changed(), BADGE);
    EXPECT_EQUAL(job.x[0], 0x46);
}

static void yield_writes_no_register(void) {
    fill(NR_YIELD);
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
}

static void debug_calls_write_no_register_but_identify_x0(void) {
    static const char name[] = "named";
    static const word numbers[] = {NR_DUMP, NR_SNAPSHOT, NR_NAME};
    for (unsigned i = 0; i < sizeof(name); i++)
        ((char *)raw_buffer()->msg)[i] = name[i];
    for (unsigned i = 0; i < 3; i++) {
        fill(numbers[i]);
        given.x[0] = S_TCB;
        in_place();
        EXPECT_EQUAL(changed(), NOTHING);
    }
    fill(NR_PUT_CHAR);
    given.x[0] = '\n';
    in_place();
    EXPECT_EQUAL(changed(), NOTHING);
    fill(NR_IDENTIFY);
    given.x[0] = S_TCB;
    in_place();
    EXPECT_EQUAL(changed(), BADGE);
    EXPECT_EQUAL(job.x[0], C_TCB);
}

// A capability fault, then the call again: it ends as if nothing had been.
static void a_restarted_call_has_its_registers(void) {
    word slot = new_slot(), handler = new_object(T_ENDPOINT, 0);
    fill_receive(NR_WAIT, slot);
    struct thread *thread = new_thread(job_run, 0, handler);
    job = given;
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_RECV, handler, &m, answer_object, 0);
    EXPECT_EQUAL(info_label(m.info), 1);
    EXPECT_EQUAL(m.mr[0], (word)raw_all_svc);
    EXPECT_OK(cnode_mint(S_CNODE, slot, ROOT_DEPTH, S_CNODE, notification, ROOT_DEPTH, R_R, 0));
    raw_signal(new_mint(notification, R_W, 0x47));
    send(answer_object, 0, 4); // the words of such a reply count for nothing
    wait_thread_end();
    EXPECT_EQUAL(changed(), BADGE);
    EXPECT_EQUAL(job.x[0], 0x47);
}

static const struct test tests[] = {
    TEST(send_writes_no_register),
    TEST(send_to_a_waiting_receiver_writes_no_register),
    TEST(nbsend_writes_no_register),
    TEST(call_writes_badge_tag_and_the_replys_words),
    TEST(an_invocation_writes_badge_tag_and_its_results),
    TEST(an_error_writes_badge_tag_and_its_words),
    TEST(an_invocation_by_send_writes_no_register),
    TEST(recv_writes_badge_tag_and_the_words_that_came),
    TEST(recv_of_a_waiting_sender_writes_the_same),
    TEST(nbrecv_and_nbwait_of_nothing_write_x0_alone),
    TEST(a_signal_writes_x0_alone_in_every_receiving_call),
    TEST(a_bound_signal_writes_x0_alone),
    TEST(replyrecv_writes_what_it_receives),
    TEST(a_passive_server_and_its_caller_keep_all_other_registers),
    TEST(nbsendrecv_writes_what_it_receives),
    TEST(nbsendwait_writes_what_it_receives),
    TEST(yield_writes_no_register),
    TEST(debug_calls_write_no_register_but_identify_x0),
    TEST(a_restarted_call_has_its_registers),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    notification = new_object(T_NOTIFICATION, 0);
    reply_object = new_object(T_REPLY, 0);
    answer_object = new_object(T_REPLY, 0);
    RUN(tests);
}
