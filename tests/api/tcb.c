// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// TCB invocations: registers, configuration, priorities, suspension, flags.
#include "harness.h"

static volatile word counter;

static void count_run(word step) {
    for (;;) {
        counter += step;
        raw_yield();
    }
}

static void end_run(word value) {
    counter = value;
    thread_end();
}

static void registers_are_written_and_read(void) {
    word tcb = new_object(T_TCB, 0), registers[38] = {0, 36};
    for (unsigned i = 0; i < 36; i++)
        registers[2 + i] = 0x1000 + i;
    registers[2 + 2] = 0xf0000000; // SPSR: NZCV
    EXPECT_OK(raw_invoke(tcb, 3, CAPS(), registers, 38));
    EXPECT_OK(tcb_read_registers(tcb, 0, 36));
    EXPECT_EQUAL(reply.length, 36);
    for (unsigned i = 0; i < 36; i++)
        EXPECT_EQUAL(reply.mr[i], i == 2 ? 0xf0000040 : 0x1000 + i);
}

static void a_written_spsr_keeps_only_the_flags(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_OK(raw_invoke(tcb, 3, CAPS(), WORDS(0, 3, 0, 0, ~0ull)));
    EXPECT_OK(tcb_read_registers(tcb, 0, 3));
    EXPECT_EQUAL(reply.length, 3);
    EXPECT_EQUAL(reply.mr[2], 0xf0000040);
}

static void register_counts_are_checked(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_ERROR2(tcb_read_registers(tcb, 0, 0), RNG, 1, 36);
    EXPECT_ERROR2(tcb_read_registers(tcb, 0, 37), RNG, 1, 36);
    EXPECT_EQUAL(tcb_read_registers(S_TCB, 0, 1), ILL);
    EXPECT_EQUAL(raw_invoke(tcb, 3, CAPS(), WORDS(0, 3, 1, 2)), TR);
    EXPECT_EQUAL(raw_invoke(S_TCB, 3, CAPS(), WORDS(0, 1, 1)), ILL);
    EXPECT_EQUAL(raw_invoke(tcb, 2, CAPS(), WORDS(0)), TR);
}

static void registers_are_copied(void) {
    word from = new_object(T_TCB, 0), to = new_object(T_TCB, 0), registers[38] = {0, 36};
    for (unsigned i = 0; i < 36; i++)
        registers[2 + i] = 0x2000 + i;
    EXPECT_OK(raw_invoke(from, 3, CAPS(), registers, 38));
    EXPECT_OK(tcb_copy_registers(to, from, 4)); // frame registers
    EXPECT_OK(tcb_read_registers(to, 0, 36));
    EXPECT_EQUAL(reply.mr[0], 0x2000);
    EXPECT_EQUAL(reply.mr[16], 0x2000 + 16);
    EXPECT_EQUAL(reply.mr[17], 0);
    EXPECT_OK(tcb_copy_registers(to, from, 8)); // the others
    EXPECT_OK(tcb_read_registers(to, 0, 36));
    EXPECT_EQUAL(reply.mr[17], 0x2000 + 17);
    EXPECT_EQUAL(reply.mr[33], 0x2000 + 33);
    EXPECT_ERROR1(tcb_copy_registers(to, S_CNODE, 12), IC, 1);
}

static void configure_checks_its_capabilities(void) {
    static _Alignas(4096) uint8_t page[4096];
    word tcb = new_object(T_TCB, 0), frame = image_frame(page), buffer = (word)page;
    EXPECT_EQUAL(tcb_configure(tcb, S_TCB, S_VSPACE, frame, 0, 0, buffer), ILL);
    EXPECT_EQUAL(tcb_configure(tcb, S_CNODE, S_TCB, frame, 0, 0, buffer), ILL);
    EXPECT_EQUAL(tcb_configure(tcb, S_CNODE, new_object(T_VSPACE, 0), frame, 0, 0, buffer), ILL); // no ASID
    EXPECT_EQUAL(tcb_configure(tcb, S_CNODE, S_VSPACE, S_TCB, 0, 0, buffer), ILL);
    EXPECT_EQUAL(tcb_configure(tcb, S_CNODE, S_VSPACE, frame, 0, 0, buffer + 512), AL);
    EXPECT_OK(tcb_configure(tcb, S_CNODE, S_VSPACE, frame, 0, 0, buffer + 1024));
    EXPECT_OK(tcb_configure(tcb, S_CNODE, S_VSPACE, 0, 0, 0, 0));
    EXPECT_EQUAL(tcb_set_ipc_buffer(tcb, frame, buffer + 8), AL);
    EXPECT_OK(tcb_set_ipc_buffer(tcb, frame, buffer));
    EXPECT_EQUAL(tcb_set_space(tcb, 0, S_TCB, S_VSPACE, 0, 0), ILL);
    EXPECT_ERROR1(tcb_set_space(tcb, S_TCB, S_CNODE, S_VSPACE, 0, 0), IC, 1);
    EXPECT_OK(tcb_set_space(tcb, 0, S_CNODE, S_VSPACE, 0, 0));
}

static void priorities_obey_the_authority(void) {
    word tcb = new_object(T_TCB, 0), weak = new_object(T_TCB, 0);
    EXPECT_OK(tcb_set_mcp(weak, S_TCB, 10));
    EXPECT_OK(tcb_set_priority(tcb, weak, 10));
    EXPECT_ERROR2(tcb_set_priority(tcb, weak, 11), RNG, 0, 10);
    EXPECT_ERROR2(tcb_set_mcp(tcb, weak, 11), RNG, 0, 10);
    EXPECT_ERROR2(tcb_set_priority(tcb, S_TCB, 256), RNG, 0, 255);
    EXPECT_ERROR1(tcb_set_priority(tcb, S_CNODE, 1), IC, 1);
    EXPECT_ERROR1(tcb_set_sched_params(tcb, S_CNODE, 0, 0, 1, 1), IC, 1);
    EXPECT_ERROR1(tcb_set_sched_params(tcb, S_TCB, S_CNODE, 0, 1, 1), IC, 2);
    EXPECT_ERROR1(tcb_set_sched_params(tcb, S_TCB, 0, S_CNODE, 1, 1), IC, 3);
    EXPECT_ERROR2(tcb_set_sched_params(tcb, weak, 0, 0, 1, 11), RNG, 0, 10);
}

static void a_fault_endpoint_needs_write_and_grant(void) {
    word tcb = new_object(T_TCB, 0), ep = new_object(T_ENDPOINT, 0);
    EXPECT_ERROR1(tcb_set_sched_params(tcb, S_TCB, 0, new_mint(ep, R_W, 0), 1, 1), IC, 3);
    EXPECT_ERROR1(tcb_set_sched_params(tcb, S_TCB, 0, new_mint(ep, R_R | R_G, 0), 1, 1), IC, 3);
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, 0, new_mint(ep, R_W | R_GR, 0), 1, 1));
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, 0, new_mint(ep, R_W | R_G, 0), 1, 1));
    EXPECT_ERROR1(tcb_set_timeout_endpoint(tcb, new_mint(ep, R_W, 0)), IC, 1);
    EXPECT_OK(tcb_set_timeout_endpoint(tcb, ep));
    EXPECT_OK(tcb_set_timeout_endpoint(tcb, 0));
}

static void a_suspended_thread_stands_still(void) {
    struct thread *thread = new_thread(count_run, 1, 0);
    thread_set_priority(thread, 1);
    counter = 0;
    thread_start(thread);
    let_others_run(); // shares root's priority for a slice or more
    raw_yield();
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 1));
    raw_yield();
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 255));
    word before = counter;
    EXPECT(before > 0);
    EXPECT_OK(tcb_suspend(thread->tcb));
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 1));
    raw_yield();
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 255));
    EXPECT_EQUAL(counter, before);
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT_OK(tcb_resume(thread->tcb)); // no effect
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 1));
    raw_yield();
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 255));
    EXPECT(counter > before);
    EXPECT_OK(tcb_suspend(thread->tcb));
}

static void reading_can_suspend_and_writing_can_resume(void) {
    struct thread *thread = new_thread(end_run, 5, 0);
    counter = 0;
    EXPECT_OK(raw_invoke(thread->tcb, 3, CAPS(), WORDS(1, 1, (word)end_run)));
    wait_thread_end();
    EXPECT_EQUAL(counter, 5);
    EXPECT_OK(tcb_read_registers(thread->tcb, 1, 1));
}

static void a_deleted_thread_is_gone(void) {
    struct thread *thread = new_thread(count_run, 1, 0);
    counter = 0;
    thread_start(thread);
    EXPECT_OK(cnode_delete(S_CNODE, thread->tcb, ROOT_DEPTH));
    let_others_run();
    EXPECT_EQUAL(counter, 0);
}

static volatile word tls;
static void tls_run(word argument) {
    (void)argument;
    word value;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(value));
    tls = value;
    thread_end();
}

static void the_tls_base_is_tpidr(void) {
    struct thread *thread = new_thread(tls_run, 0, 0);
    thread_start(thread);
    wait_thread_end();
    EXPECT_EQUAL(tls, (word)thread->buffer);
    EXPECT_OK(tcb_read_registers(thread->tcb, 0, 36));
    EXPECT_EQUAL(reply.mr[34], (word)thread->buffer);
}

static void flags_are_set_and_cleared(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_OK(tcb_set_flags(tcb, 0, 1));
    EXPECT_EQUAL(reply.mr[0], 1);
    EXPECT_OK(tcb_set_flags(tcb, 1, 0));
    EXPECT_EQUAL(reply.mr[0], 0);
}

static const struct test tests[] = {
    TEST(registers_are_written_and_read),
    TEST(a_written_spsr_keeps_only_the_flags),
    TEST(register_counts_are_checked),
    TEST(registers_are_copied),
    TEST(configure_checks_its_capabilities),
    TEST(priorities_obey_the_authority),
    TEST(a_fault_endpoint_needs_write_and_grant),
    TEST(a_suspended_thread_stands_still),
    TEST(reading_can_suspend_and_writing_can_resume),
    TEST(a_deleted_thread_is_gone),
    TEST(the_tls_base_is_tpidr),
    TEST(flags_are_set_and_cleared),
};

int main(void) {
    RUN(tests);
}
