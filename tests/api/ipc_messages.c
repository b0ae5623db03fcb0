// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What travels with a message: words through buffers that are there, missing or read-only; capabilities by
// right, slot and kind; badges; and in which order queues are served.
#include "harness.h"

static word endpoint, reply_object;

static volatile struct got {
    struct message m;
    word more[116]; // words 4 to 119
    word caps[3];
} got;

static void receiver_run(word number) {
    for (unsigned i = 0; i < 120; i++)
        raw_buffer()->msg[i] = 0xdead;
    for (unsigned i = 0; i < 3; i++)
        raw_buffer()->caps[i] = 0xdead;
    struct message m = {.mr = {1, 2, 3, 4}};
    raw_message(number, endpoint, &m, reply_object, 0);
    got.m = m;
    for (unsigned i = 0; i < 116; i++)
        got.more[i] = raw_buffer()->msg[4 + i];
    for (unsigned i = 0; i < 3; i++)
        got.caps[i] = raw_buffer()->caps[i];
    thread_end();
}

static struct thread *new_receiver(void) {
    struct thread *thread = new_thread(receiver_run, NR_RECV, 0);
    got = (volatile struct got){0};
    return thread;
}

static void start(const struct thread *thread) {
    thread_start(thread);
    let_others_run();
}

// Names the receiver's slot for capabilities; returns it.
static word receive_slot(const struct thread *thread) {
    word slot = new_slot();
    thread->buffer->receive_cnode = S_CNODE;
    thread->buffer->receive_index = slot;
    thread->buffer->receive_depth = ROOT_DEPTH;
    return slot;
}

static void send(word cap, word label, word caps, word length) {
    for (unsigned i = 4; i < 120; i++)
        raw_buffer()->msg[i] = 100 + i;
    raw_send(NR_SEND, cap,
             &(struct message){.info = info_make(label, caps, length), .mr = {100, 101, 102, 103}});
}

// --- words

static void all_120_words_travel(void) {
    start(new_receiver());
    send(endpoint, 3, 0, 120);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 0, 120));
    EXPECT_EQUAL(got.m.mr[3], 103);
    for (unsigned i = 0; i < 116; i++)
        EXPECT_EQUAL(got.more[i], 104 + i);
}

static void words_beyond_the_length_stay_as_they_were(void) {
    start(new_receiver());
    send(endpoint, 3, 0, 6);
    wait_thread_end();
    EXPECT_EQUAL(info_length(got.m.info), 6);
    EXPECT_EQUAL(got.more[1], 105);
    for (unsigned i = 2; i < 116; i++)
        EXPECT_EQUAL(got.more[i], 0xdead);
}

static void a_longer_length_is_cut_to_120(void) {
    for (word length = 121; length <= 127; length += 3) {
        start(new_receiver());
        send(endpoint, 3, 0, length);
        wait_thread_end();
        EXPECT_EQUAL(got.m.info, info_make(3, 0, 120));
        EXPECT_EQUAL(got.more[115], 219);
    }
}

static void the_label_is_kept_to_its_52nd_bit_and_the_senders_counts_are_not(void) {
    word label = 0xfedcba9876543;
    start(new_receiver());
    struct message m = {.info = label << 12 | 7 << 9 | 2};
    raw_send(NR_SEND, endpoint, &m);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, label << 12 | 2);
}

static void without_a_receivers_buffer_4_words_and_no_capability_travel(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread);
    start(thread);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, 0, 0));
    raw_buffer()->caps[0] = S_TCB;
    send(endpoint, 3, 1, 9);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 0, 4));
    EXPECT_EQUAL(got.more[0], 0xdead);
    EXPECT(is_empty(slot));
}

static void into_a_read_only_buffer_4_words_and_no_capability_travel(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread), reader = new_mint(image_frame(thread->buffer), R_R, 0);
    start(thread);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, reader, (word)thread->buffer));
    raw_buffer()->caps[0] = S_TCB;
    send(endpoint, 3, 1, 9);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 0, 4));
    EXPECT_EQUAL(got.more[0], 0xdead);
    EXPECT(is_empty(slot));
}

static void sender_run(word length) {
    for (unsigned i = 4; i < 120; i++)
        raw_buffer()->msg[i] = 100 + i;
    raw_send(NR_SEND, endpoint,
             &(struct message){.info = info_make(3, 0, length), .mr = {100, 101, 102, 103}});
    thread_end();
}

static void without_a_senders_buffer_4_words_travel(void) {
    struct thread *thread = new_thread(sender_run, 9, 0);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, 0, 0));
    raw_buffer()->msg[4] = 0xdead;
    start(thread);
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    wait_thread_end();
    EXPECT_EQUAL(m.info, info_make(3, 0, 4));
    EXPECT_EQUAL(m.mr[3], 103);
    EXPECT_EQUAL(raw_buffer()->msg[4], 0xdead);
}

// To send, read access is enough.
static void a_read_only_buffer_sends_all_its_words(void) {
    struct thread *thread = new_thread(sender_run, 9, 0);
    word reader = new_mint(image_frame(thread->buffer), R_R, 0);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, reader, (word)thread->buffer));
    start(thread);
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    wait_thread_end();
    EXPECT_EQUAL(info_length(m.info), 9);
    EXPECT_EQUAL(raw_buffer()->msg[8], 108);
}

// Four buffers in one page, and one in a large page: the address's offset in the frame counts.
static void a_buffer_may_lie_anywhere_in_its_frame(void) {
    word large = new_object(T_LARGE_PAGE, 0), at = 0x30000000, offset = 0x12400;
    EXPECT_OK(page_map(large, S_VSPACE, at, R_R | R_W, 3));
    struct thread *thread = new_receiver();
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, large, at + offset));
    start(thread);
    send(endpoint, 3, 0, 5);
    wait_thread_end();
    EXPECT_EQUAL(info_length(got.m.info), 5);
    EXPECT_EQUAL(((volatile struct ipc_buffer *)(at + offset))->msg[4], 104);
    EXPECT_OK(page_unmap(large));
}

// --- badges

static void a_badge_has_64_bits(void) {
    word badge = 0xfedcba9876543210, cap = new_mint(endpoint, R_ALL, badge);
    start(new_receiver());
    send(cap, 0, 0, 0);
    wait_thread_end();
    EXPECT_EQUAL(got.m.badge, badge);
}

// --- capabilities

static void a_capability_goes_into_the_receive_slot(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread);
    start(thread);
    raw_buffer()->caps[0] = S_TCB;
    send(endpoint, 3, 1, 1);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 1, 1));
    EXPECT_EQUAL(raw_identify(slot), C_TCB);
    EXPECT_EQUAL(raw_identify(S_TCB), C_TCB); // a copy
}

static void with_grantreply_alone_no_capability_moves(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread);
    start(thread);
    raw_buffer()->caps[0] = S_TCB;
    send(new_mint(endpoint, R_W | R_GR, 0), 3, 1, 1);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 0, 1));
    EXPECT(is_empty(slot));
    EXPECT_EQUAL(got.caps[0], 0xdead);
}

// Badges of the endpoint itself, around one capability that moves.
static void unwrapped_and_moved_capabilities_mix(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread);
    word first = new_mint(endpoint, R_ALL, 0x11), last = new_mint(endpoint, R_R, 0x12);
    start(thread);
    raw_buffer()->caps[0] = first;
    raw_buffer()->caps[1] = S_TCB;
    raw_buffer()->caps[2] = last;
    send(endpoint, 3, 3, 1);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 3, 1) | 5 << 9);
    EXPECT_EQUAL(got.caps[0], 0x11);
    EXPECT_EQUAL(got.caps[1], 0xdead);
    EXPECT_EQUAL(got.caps[2], 0x12);
    EXPECT_EQUAL(raw_identify(slot), C_TCB);
}

static void a_second_capability_to_move_ends_the_transfer(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread), last = new_mint(endpoint, R_ALL, 0x13);
    start(thread);
    raw_buffer()->caps[0] = S_TCB;
    raw_buffer()->caps[1] = S_CNODE;
    raw_buffer()->caps[2] = last; // not looked at
    send(endpoint, 3, 3, 1);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 1, 1));
    EXPECT_EQUAL(got.caps[2], 0xdead);
    EXPECT_EQUAL(raw_identify(slot), C_TCB);
}

static void what_cannot_be_derived_ends_the_transfer(void) {
    const word underivable[] = {S_IRQ_CONTROL, new_object(T_PAGE_TABLE, 0), new_object(T_VSPACE, 0),
                                new_slot()};
    for (unsigned i = 0; i < 4; i++) {
        struct thread *thread = new_receiver();
        word slot = receive_slot(thread);
        start(thread);
        raw_buffer()->caps[0] = new_mint(endpoint, R_ALL, 0x14);
        raw_buffer()->caps[1] = underivable[i];
        raw_buffer()->caps[2] = S_TCB;
        send(endpoint, 3, 3, 1);
        wait_thread_end();
        EXPECT_EQUAL(got.m.info, info_make(3, 1, 1) | 1 << 9);
        EXPECT(is_empty(slot));
    }
}

static void a_receive_slot_must_be_empty_and_found(void) {
    word cnode = new_object(T_CNODE, 4);
    const struct {
        word cnode, index, depth;
    } slots[] = {
        {S_CNODE, S_TCB, ROOT_DEPTH},                                                         // occupied
        {S_TCB, 1, ROOT_DEPTH},                                                               // no CNode
        {S_CNODE, new_slot(), 0},                                                             // depths
        {S_CNODE, new_slot(), 65},        {cnode, 1, 5}, {0x8000000000000000, 1, ROOT_DEPTH}, // no path
        {S_CNODE, 1ull << 20, ROOT_DEPTH}};
    for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        struct thread *thread = new_receiver();
        thread->buffer->receive_cnode = slots[i].cnode;
        thread->buffer->receive_index = slots[i].index;
        thread->buffer->receive_depth = slots[i].depth;
        start(thread);
        raw_buffer()->caps[0] = S_TCB;
        send(endpoint, 3, 1, 2);
        wait_thread_end();
        EXPECT_EQUAL(got.m.info, info_make(3, 0, 2)); // the words come all the same
    }
    // A slot of a CNode that is not the root.
    struct thread *thread = new_receiver();
    thread->buffer->receive_cnode = cnode;
    thread->buffer->receive_index = 9;
    thread->buffer->receive_depth = 4;
    start(thread);
    raw_buffer()->caps[0] = S_TCB;
    send(endpoint, 3, 1, 2);
    wait_thread_end();
    EXPECT_EQUAL(got.m.info, info_make(3, 1, 2));
    EXPECT_EQUAL(cnode_delete(cnode, 9, 4), OK);
}

// A frame arrives unmapped, and a badge that was set stays.
static void what_arrives_is_a_derived_capability(void) {
    struct thread *thread = new_receiver();
    word slot = receive_slot(thread);
    start(thread);
    raw_buffer()->caps[0] = S_BOOTINFO;
    send(endpoint, 3, 1, 0);
    wait_thread_end();
    EXPECT_EQUAL(raw_identify(slot), C_FRAME);
    EXPECT_EQUAL(page_clean(slot, 0, 64), ILL); // not mapped
}

// --- capabilities of a reply

static volatile struct message answered;
static void caller_run(word cap) {
    struct message m = {.info = info_make(1, 0, 0)};
    for (unsigned i = 0; i < 3; i++)
        raw_buffer()->caps[i] = 0xdead;
    raw_message(NR_CALL, cap, &m, 0, 0);
    answered = m;
    got.caps[0] = raw_buffer()->caps[0];
    thread_end();
}

static void answer_with_capabilities(word object) {
    struct thread *thread = new_thread(caller_run, endpoint, 0);
    word slot = receive_slot(thread);
    start(thread);
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    raw_buffer()->caps[0] = S_TCB;
    send(object, 5, 1, 2);
    wait_thread_end();
    got.caps[1] = raw_identify(slot);
}

static void a_reply_moves_capabilities_with_grant_alone(void) {
    answer_with_capabilities(reply_object);
    EXPECT_EQUAL(answered.info, info_make(5, 1, 2));
    EXPECT_EQUAL(got.caps[1], C_TCB);
    answer_with_capabilities(new_mint(reply_object, R_W | R_R | R_GR, 0));
    EXPECT_EQUAL(answered.info, info_make(5, 0, 2));
    EXPECT_EQUAL(got.caps[1], C_NULL);
}

// No endpoint is "the very endpoint used" by a reply: its capability moves.
static void a_reply_unwraps_nothing(void) {
    struct thread *thread = new_thread(caller_run, endpoint, 0);
    word slot = receive_slot(thread);
    start(thread);
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    raw_buffer()->caps[0] = new_mint(endpoint, R_ALL, 0x15);
    send(reply_object, 5, 1, 2);
    wait_thread_end();
    EXPECT_EQUAL(answered.info, info_make(5, 1, 2));
    EXPECT_EQUAL(raw_identify(slot), C_ENDPOINT);
    EXPECT_EQUAL(got.caps[0], 0xdead);
}

// --- queues

static void queue_of_senders(const uint8_t *priorities, const uint8_t *then, word *received) {
    struct thread *thread[5];
    for (unsigned i = 0; i < 5; i++) {
        thread[i] = new_thread(sender_run, i, 0); // told apart by their lengths
        thread_set_priority(thread[i], priorities[i]);
        start(thread[i]);
    }
    for (unsigned i = 0; i < 5; i++)
        if (then[i])
            thread_set_priority(thread[i], then[i]);
    for (unsigned i = 0; i < 5; i++) {
        struct message m = {0};
        raw_message(NR_NB_RECV, endpoint, &m, reply_object, 0);
        received[i] = info_length(m.info);
    }
    let_others_run();
}

static void senders_are_received_by_priority_then_in_order(void) {
    static const uint8_t priorities[] = {10, 20, 10, 20, 15}, none[5], expected[] = {1, 3, 4, 0, 2};
    word received[5];
    queue_of_senders(priorities, none, received);
    for (unsigned i = 0; i < 5; i++)
        EXPECT_EQUAL(received[i], expected[i]);
}

// A thread whose priority changes goes behind its new equals, even to the priority that it has.
static void a_sender_with_a_new_priority_goes_behind_its_equals(void) {
    static const uint8_t priorities[] = {10, 10, 20, 30, 20}, then[] = {20, 0, 20, 10, 0};
    static const uint8_t expected[] = {4, 0, 2, 1, 3};
    word received[5];
    queue_of_senders(priorities, then, received);
    for (unsigned i = 0; i < 5; i++)
        EXPECT_EQUAL(received[i], expected[i]);
}

static volatile word order[5];
static volatile unsigned arrived;
static word wait_on;
static void waiter_run(word name) {
    struct message m = {0};
    raw_message(NR_WAIT, wait_on, &m, 0, 0);
    order[arrived++] = name;
    thread_end();
}

// Root sends one by one, so that each that wakes is told apart.
static void queue_of_receivers(const uint8_t *priorities, const uint8_t *then, word on) {
    struct thread *thread[5];
    wait_on = on;
    arrived = 0;
    for (unsigned i = 0; i < 5; i++) {
        thread[i] = new_thread(waiter_run, i, 0);
        thread_set_priority(thread[i], priorities[i]);
        start(thread[i]);
    }
    for (unsigned i = 0; i < 5; i++)
        if (then[i])
            thread_set_priority(thread[i], then[i]);
    for (unsigned i = 0; i < 5; i++) {
        raw_send(NR_NB_SEND, on, &(struct message){0});
        wait_thread_end();
    }
}

static void receivers_are_served_by_priority_then_in_order(void) {
    static const uint8_t priorities[] = {10, 20, 10, 20, 15}, none[5], expected[] = {1, 3, 4, 0, 2};
    const word objects[] = {endpoint, new_object(T_NOTIFICATION, 0)};
    for (unsigned o = 0; o < 2; o++) {
        queue_of_receivers(priorities, none, objects[o]);
        for (unsigned i = 0; i < 5; i++)
            EXPECT_EQUAL(order[i], expected[i]);
    }
}

static void a_receiver_with_a_new_priority_goes_behind_its_equals(void) {
    static const uint8_t priorities[] = {10, 10, 20, 30, 20}, then[] = {20, 0, 20, 10, 0};
    static const uint8_t expected[] = {4, 0, 2, 1, 3};
    const word objects[] = {endpoint, new_object(T_NOTIFICATION, 0)};
    for (unsigned o = 0; o < 2; o++) {
        queue_of_receivers(priorities, then, objects[o]);
        for (unsigned i = 0; i < 5; i++)
            EXPECT_EQUAL(order[i], expected[i]);
    }
}

static const struct test tests[] = {
    TEST(all_120_words_travel),
    TEST(words_beyond_the_length_stay_as_they_were),
    TEST(a_longer_length_is_cut_to_120),
    TEST(the_label_is_kept_to_its_52nd_bit_and_the_senders_counts_are_not),
    TEST(without_a_senders_buffer_4_words_travel),
    TEST(without_a_receivers_buffer_4_words_and_no_capability_travel),
    TEST(into_a_read_only_buffer_4_words_and_no_capability_travel),
    TEST(a_read_only_buffer_sends_all_its_words),
    TEST(a_buffer_may_lie_anywhere_in_its_frame),
    TEST(a_badge_has_64_bits),
    TEST(a_capability_goes_into_the_receive_slot),
    TEST(with_grantreply_alone_no_capability_moves),
    TEST(unwrapped_and_moved_capabilities_mix),
    TEST(a_second_capability_to_move_ends_the_transfer),
    TEST(what_cannot_be_derived_ends_the_transfer),
    TEST(a_receive_slot_must_be_empty_and_found),
    TEST(what_arrives_is_a_derived_capability),
    TEST(a_reply_moves_capabilities_with_grant_alone),
    TEST(a_reply_unwraps_nothing),
    TEST(senders_are_received_by_priority_then_in_order),
    TEST(a_sender_with_a_new_priority_goes_behind_its_equals),
    TEST(receivers_are_served_by_priority_then_in_order),
    TEST(a_receiver_with_a_new_priority_goes_behind_its_equals),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
