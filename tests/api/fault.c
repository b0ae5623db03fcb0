// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Faults: what the handler is told, and what its reply does.
#include "harness.h"

static word endpoint, reply_object;
static volatile word resumed, result;

static struct message wait_fault(void) {
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    return m;
}

// Replies with `count` words, the first four of them from `words`; the rest stands in root's buffer.
static void answer(word label, word length, const word *words) {
    struct message m = {.info = info_make(label, 0, length)};
    for (word i = 0; i < length && i < 4; i++)
        m.mr[i] = words[i];
    for (word i = 4; i < length; i++)
        raw_buffer()->msg[i] = words[i];
    raw_send(NR_SEND, reply_object, &m);
}

static struct thread *start_faulty(void (*entry)(word), word argument) {
    struct thread *thread = new_thread(entry, argument, new_mint(endpoint, R_ALL, 0x600d));
    resumed = 0;
    thread_start(thread);
    return thread;
}

static word fault_word(unsigned index, const struct message *m) {
    return index < 4 ? m->mr[index] : raw_buffer()->msg[index];
}

static void send_run(word cap) {
    raw_send(NR_SEND, cap, &(struct message){0});
    resumed = 1;
    thread_end();
}

static void receive_run(word cap) {
    struct message m = {0};
    raw_message(NR_RECV, cap, &m, cap, 0);
    resumed = 1;
    thread_end();
}

static void a_send_to_a_bad_address_is_a_capability_fault(void) {
    // A guard that cannot match: the root CNode's guard is 51 zero bits.
    word bad = 0x8000000000000000ull | S_TCB;
    start_faulty(send_run, bad);
    struct message m = wait_fault();
    EXPECT_EQUAL(m.badge, 0x600d);
    EXPECT_EQUAL(info_label(m.info), 1);
    EXPECT_EQUAL(m.mr[1], bad);
    EXPECT_EQUAL(m.mr[2], 0);
    EXPECT_EQUAL(m.mr[3], 4); // guard mismatch: bits left, guard, its bits
    EXPECT_EQUAL(info_length(m.info), 7);
    EXPECT_EQUAL(fault_word(4, &m), 64);
    EXPECT_EQUAL(fault_word(5, &m), 0);
    EXPECT_EQUAL(fault_word(6, &m), 51);
}

static void receiving_from_nothing_is_a_capability_fault(void) {
    word slot = new_slot();
    struct thread *thread = start_faulty(receive_run, slot);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 1);
    EXPECT_EQUAL(m.mr[1], slot);
    EXPECT_EQUAL(m.mr[2], 1);
    EXPECT_EQUAL(m.mr[3], 2);
    EXPECT_EQUAL(fault_word(4, &m), 0);
    EXPECT_EQUAL(info_length(m.info), 5);
    // The reply starts it again at the call, which now finds a notification.
    EXPECT_OK(untyped_retype(new_object(T_UNTYPED, 8), S_CNODE, T_NOTIFICATION, 0, 0, 0, slot, 1));
    answer(0, 0, NULL);
    let_others_run();
    raw_signal(slot);
    wait_thread_end();
    EXPECT_EQUAL(resumed, 1);
    (void)thread;
}

static void an_endpoint_needs_a_reply_object(void) {
    word ep = new_object(T_ENDPOINT, 0);
    start_faulty(receive_run, ep); // its reply capability is the endpoint
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 1);
    EXPECT_EQUAL(m.mr[1], ep);
    EXPECT_EQUAL(m.mr[2], 1);
}

static void unknown_run(word number) {
    struct raw_registers r = {{100, 101, 102, 103, 104, 105, 106, number, 108}};
    raw_svc(&r);
    result = r.x[0];
    resumed = 1;
    thread_end();
}

static void an_unknown_system_call_is_a_fault(void) {
    start_faulty(unknown_run, 77);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(info_length(m.info), 13);
    for (unsigned i = 0; i < 7; i++)
        EXPECT_EQUAL(fault_word(i, &m), 100 + i);
    EXPECT_EQUAL(fault_word(7, &m), 77);
    EXPECT_EQUAL(fault_word(12, &m), 77);
    word pc = fault_word(8, &m);
    EXPECT_EQUAL(*(const uint32_t *)pc, 0xd4000001); // svc #0
    // x0 changes, and the call is stepped over.
    word words[12] = {
        0x55, 101, 102, 103, 104, 105, 106, 77, pc + 4, fault_word(9, &m), pc + 4, fault_word(11, &m)};
    answer(0, 12, words);
    wait_thread_end();
    EXPECT_EQUAL(result, 0x55);
}

static void a_reply_with_a_label_stops_the_thread(void) {
    struct thread *thread = start_faulty(unknown_run, (word)-30);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(fault_word(12, &m), (word)-30);
    answer(1, 0, NULL);
    let_others_run();
    EXPECT_EQUAL(resumed, 0);
    EXPECT_OK(tcb_resume(thread->tcb));
    m = wait_fault(); // the same again
    EXPECT_EQUAL(info_label(m.info), 2);
}

static void read_run(word address) {
    result = *(volatile word *)address;
    resumed = 1;
    thread_end();
}

static void write_run(word address) {
    *(volatile word *)address = 3;
    resumed = 1;
    thread_end();
}

static void a_read_of_nothing_is_a_vm_fault(void) {
    start_faulty(read_run, 0x1008);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(info_length(m.info), 4);
    EXPECT_EQUAL(m.mr[1], 0x1008);
    EXPECT_EQUAL(m.mr[2], 0);
    EXPECT_EQUAL(m.mr[3] >> 26, 0x24);   // data abort from a lower level
    EXPECT_EQUAL(m.mr[3] >> 6 & 1, 0);   // a read
    EXPECT_EQUAL(m.mr[3] >> 2 & 0xf, 1); // translation fault
}

static void a_write_of_nothing_is_a_vm_fault(void) {
    start_faulty(write_run, 0x7fff0000);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.mr[1], 0x7fff0000);
    EXPECT_EQUAL(m.mr[3] >> 6 & 1, 1);
}

static void a_vm_fault_restarts_where_it_was(void) {
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0), address = 0x24000000;
    EXPECT_OK(table_map(table, S_VSPACE, address, 3));
    start_faulty(read_run, address);
    struct message m = wait_fault();
    EXPECT_EQUAL(m.mr[1], address);
    EXPECT_OK(page_map(page, S_VSPACE, address, R_R | R_W, 3));
    *(volatile word *)address = 0x77;
    answer(0, 0, NULL);
    wait_thread_end();
    EXPECT_EQUAL(result, 0x77);
    // Read-only now: a write is a permission fault.
    EXPECT_OK(page_map(page, S_VSPACE, address, R_R, 3));
    start_faulty(write_run, address);
    m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.mr[3] >> 2 & 0xf, 3);
}

static void jump_run(word address) {
    ((void (*)(void))address)();
}

static void a_jump_into_nothing_is_a_prefetch_fault(void) {
    start_faulty(jump_run, 0x5000);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.mr[0], 0x5000);
    EXPECT_EQUAL(m.mr[1], 0x5000);
    EXPECT_EQUAL(m.mr[2], 1);
    EXPECT_EQUAL(m.mr[3] >> 26, 0x20);
}

static void undefined_run(word argument) {
    register word x0 __asm__("x0") = argument;
    __asm__ volatile("udf #0" : "+r"(x0));
    resumed = 1;
    thread_end();
}

static void an_undefined_instruction_is_a_user_exception(void) {
    start_faulty(undefined_run, 0);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 3);
    EXPECT_EQUAL(info_length(m.info), 5);
    EXPECT_EQUAL(*(const uint32_t *)m.mr[0], 0); // udf #0
    EXPECT_EQUAL(m.mr[3], 0x2000000);
    EXPECT_EQUAL(fault_word(4, &m), 0);
    word words[3] = {m.mr[0] + 4, m.mr[1], m.mr[2]};
    answer(0, 3, words);
    wait_thread_end();
    EXPECT_EQUAL(resumed, 1);
}

static void brk_run(word argument) {
    (void)argument;
    __asm__ volatile("brk #1");
    thread_end();
}

static void a_breakpoint_instruction_is_a_vcpu_fault(void) {
    start_faulty(brk_run, 0);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(info_length(m.info), 1);
    EXPECT_EQUAL(m.mr[0] >> 26, 0x3c);
}

static void wfi_run(word argument) {
    (void)argument;
    __asm__ volatile("msr daifset, #2"); // not allowed at EL0
    thread_end();
}

static void a_privileged_instruction_is_a_fault(void) {
    start_faulty(wfi_run, 0);
    struct message m = wait_fault();
    EXPECT(info_label(m.info) == 3 || info_label(m.info) == 8);
}

static _Alignas(16) uint8_t spare_stack[1024];

static void without_a_handler_the_thread_stops(void) {
    struct thread *thread = new_thread(read_run, 0x1000, 0);
    resumed = 0;
    thread_start(thread);
    let_others_run();
    EXPECT_EQUAL(resumed, 0);
    EXPECT_OK(
        raw_invoke(thread->tcb, 3, CAPS(),
                   WORDS(1, 4, (word)read_run, (word)spare_stack + sizeof(spare_stack), 0, (word)&result)));
    wait_thread_end();
    EXPECT_EQUAL(resumed, 1);
}

static const struct test tests[] = {
    TEST(a_send_to_a_bad_address_is_a_capability_fault),
    TEST(receiving_from_nothing_is_a_capability_fault),
    TEST(an_endpoint_needs_a_reply_object),
    TEST(an_unknown_system_call_is_a_fault),
    TEST(a_reply_with_a_label_stops_the_thread),
    TEST(a_read_of_nothing_is_a_vm_fault),
    TEST(a_write_of_nothing_is_a_vm_fault),
    TEST(a_vm_fault_restarts_where_it_was),
    TEST(a_jump_into_nothing_is_a_prefetch_fault),
    TEST(an_undefined_instruction_is_a_user_exception),
    TEST(a_breakpoint_instruction_is_a_vcpu_fault),
    TEST(a_privileged_instruction_is_a_fault),
    TEST(without_a_handler_the_thread_stops),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
