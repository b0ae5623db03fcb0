// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// TCB invocations on a thread's registers and on whether it runs: ReadRegisters, WriteRegisters,
// CopyRegisters, Suspend, Resume, SetTLSBase, SetFlags.
#include "harness.h"

#define REGISTERS 36
#define SPSR      2
#define TPIDR     34

static volatile word counter;

static void count_run(word step) {
    for (;;)
        counter += step;
}

static void end_run(word value) {
    counter = value;
    thread_end();
}

static word write_registers(word tcb, word flags, word count, const word *values) {
    word words[2 + REGISTERS] = {flags, count};
    for (unsigned i = 0; i < count; i++)
        words[2 + i] = values[i];
    return raw_invoke(tcb, 3, CAPS(), words, 2 + (unsigned)count);
}

// Values that differ from each other, and the SPSR that a thread may have.
static void fill(word *values, word base) {
    for (unsigned i = 0; i < REGISTERS; i++)
        values[i] = base + i;
    values[SPSR] = 0xa0000040;
}

// Lets a thread of low priority run for about a millisecond.
static void let_spin(void) {
    if (tcb_set_priority(S_TCB, S_TCB, 1) == OK)
        for (unsigned i = 0; i < 20; i++)
            raw_yield();
    tcb_set_priority(S_TCB, S_TCB, 255);
}

// A thread that counts at root's lowest priority, so that both run in turn.
static struct thread *counting_thread(void) {
    struct thread *thread = new_thread(count_run, 1, 0);
    thread_set_priority(thread, 1);
    counter = 0;
    thread_start(thread);
    let_spin();
    return thread;
}

static bool it_counts(void) {
    word before = counter;
    let_spin();
    return counter != before;
}

// --- ReadRegisters, WriteRegisters

static void tcb_write_registers_sets_what_read_registers_gives(void) {
    word tcb = new_object(T_TCB, 0), values[REGISTERS];
    fill(values, 0x1000);
    EXPECT_REPLY(write_registers(tcb, 0, REGISTERS, values), OK);
    EXPECT_OK(tcb_read_registers(tcb, 0, REGISTERS));
    EXPECT_EQUAL(reply.length, REGISTERS);
    for (unsigned i = 0; i < REGISTERS; i++)
        EXPECT_EQUAL(reply.mr[i], values[i]);
}

// Stores x0 to x30, TPIDR_EL0, TPIDRRO_EL0 and NZCV where SP points to.
void registers_entry(word argument);
__asm__("    .text\n"
        "registers_entry:\n"
        "    stp x0, x1, [sp]\n"
        "    stp x2, x3, [sp, #16]\n"
        "    stp x4, x5, [sp, #32]\n"
        "    stp x6, x7, [sp, #48]\n"
        "    stp x8, x9, [sp, #64]\n"
        "    stp x10, x11, [sp, #80]\n"
        "    stp x12, x13, [sp, #96]\n"
        "    stp x14, x15, [sp, #112]\n"
        "    stp x16, x17, [sp, #128]\n"
        "    stp x18, x19, [sp, #144]\n"
        "    stp x20, x21, [sp, #160]\n"
        "    stp x22, x23, [sp, #176]\n"
        "    stp x24, x25, [sp, #192]\n"
        "    stp x26, x27, [sp, #208]\n"
        "    stp x28, x29, [sp, #224]\n"
        "    mrs x0, tpidr_el0\n"
        "    stp x30, x0, [sp, #240]\n"
        "    mrs x0, tpidrro_el0\n"
        "    mrs x1, nzcv\n"
        "    stp x0, x1, [sp, #256]\n"
        "    mov x7, #1\n"
        "    svc #0\n" // an unknown system call: the thread stops here
        "    b registers_entry\n");

static void written_registers_are_those_of_the_contract(void) {
    // Which register each word is, from the fourth on: x0 to x30, then TPIDR_EL0 and TPIDRRO_EL0.
    static const uint8_t names[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30, 9,  10, 11,
                                    12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32};
    static _Alignas(16) volatile word found[34];
    struct thread *thread = new_thread(registers_entry, 0, 0);
    word values[REGISTERS];
    fill(values, 0x3000);
    values[0] = (word)registers_entry;
    values[1] = (word)found;
    EXPECT_OK(write_registers(thread->tcb, 1, REGISTERS, values));
    let_others_run(); // it faults without handler
    for (unsigned i = 0; i < sizeof(names); i++)
        EXPECT_EQUAL(found[names[i]], values[3 + i]);
    EXPECT_EQUAL(found[33], 0xa0000000); // NZCV
    EXPECT_OK(tcb_read_registers(thread->tcb, 0, REGISTERS));
    EXPECT_EQUAL(reply.mr[1], (word)found);
    EXPECT_EQUAL(reply.mr[35], values[35]);
}

static void tcb_read_registers_gives_as_many_as_asked(void) {
    word tcb = new_object(T_TCB, 0), values[REGISTERS];
    fill(values, 0x5000);
    EXPECT_OK(write_registers(tcb, 0, REGISTERS, values));
    for (word count = 1; count <= REGISTERS; count++) {
        EXPECT_OK(tcb_read_registers(tcb, 0, count));
        EXPECT_EQUAL(reply.length, count);
        EXPECT_EQUAL(reply.mr[count - 1], values[count - 1]);
    }
    EXPECT_REPLY(tcb_read_registers(tcb, 0xff00, 1), OK, 0x5000); // architecture-dependent bits: none here
}

static void tcb_read_registers_can_suspend(void) {
    struct thread *thread = counting_thread();
    EXPECT_OK(tcb_read_registers(thread->tcb, 0, 1));
    EXPECT(it_counts());
    EXPECT_OK(tcb_read_registers(thread->tcb, 1, 1));
    EXPECT(!it_counts());
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT(it_counts());
}

static void tcb_read_registers_of_the_caller(void) {
    EXPECT_REPLY(tcb_read_registers(S_TCB, 0, 1), ILL);
    EXPECT_REPLY(tcb_read_registers(S_TCB, 0, 0), ILL); // before the count
    EXPECT_REPLY(tcb_read_registers(new_copy(S_TCB), 1, 1), ILL);
}

static void tcb_read_registers_count_out_of_range(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_read_registers(tcb, 0, 0), RNG, 1, 36);
    EXPECT_REPLY(tcb_read_registers(tcb, 0, 37), RNG, 1, 36);
    EXPECT_REPLY(tcb_read_registers(tcb, 0, ~0ull), RNG, 1, 36);
}

static void tcb_write_registers_sets_only_the_first(void) {
    word tcb = new_object(T_TCB, 0), values[REGISTERS], other[REGISTERS];
    fill(values, 0x6000);
    fill(other, 0x7000);
    EXPECT_OK(write_registers(tcb, 0, REGISTERS, values));
    EXPECT_OK(write_registers(tcb, 0, 5, other));
    EXPECT_OK(write_registers(tcb, 0, 0, other));
    EXPECT_OK(tcb_read_registers(tcb, 0, REGISTERS));
    for (unsigned i = 0; i < REGISTERS; i++)
        EXPECT_EQUAL(reply.mr[i], i < 5 ? other[i] : values[i]);
}

static void a_written_spsr_keeps_only_the_flags(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_OK(write_registers(tcb, 0, 3, LIST(0, 0, ~0ull)));
    EXPECT_OK(tcb_read_registers(tcb, 0, 3));
    EXPECT_EQUAL(reply.mr[SPSR], 0xf0000040);
    EXPECT_OK(write_registers(tcb, 0, 3, LIST(0, 0, 0x600003cd))); // EL3h, masked
    EXPECT_OK(tcb_read_registers(tcb, 0, 3));
    EXPECT_EQUAL(reply.mr[SPSR], 0x60000040);
}

static void tcb_write_registers_can_resume(void) {
    struct thread *thread = new_thread(end_run, 5, 0);
    counter = 0;
    EXPECT_OK(write_registers(thread->tcb, 0, 1, LIST((word)end_run)));
    let_others_run();
    EXPECT_EQUAL(counter, 0);
    EXPECT_OK(write_registers(thread->tcb, 1, 1, LIST((word)end_run)));
    wait_thread_end();
    EXPECT_EQUAL(counter, 5);
}

static void tcb_write_registers_of_the_caller(void) {
    EXPECT_REPLY(write_registers(S_TCB, 0, 1, LIST(1)), ILL);
    EXPECT_REPLY(write_registers(S_TCB, 1, 0, LIST(1)), ILL);
}

static void tcb_write_registers_count_beyond_the_message(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(raw_invoke(tcb, 3, CAPS(), WORDS(0, 3, 1, 2)), TR);
    EXPECT_REPLY(raw_invoke(tcb, 3, CAPS(), WORDS(0, 1)), TR);
    EXPECT_REPLY(raw_invoke(tcb, 3, CAPS(), WORDS(1, ~0ull, 1, 2)), TR);
    EXPECT_REPLY(raw_invoke(tcb, 3, CAPS(), WORDS(0, 2, 1, 2)), OK);
}

// --- CopyRegisters

#define SUSPEND_SOURCE 1
#define RESUME_DEST    2
#define FRAME          4
#define INTEGER        8
#define FRAME_COUNT    17

static void tcb_copy_registers_copies_what_is_asked(void) {
    word from[REGISTERS], to[REGISTERS], source = new_object(T_TCB, 0), dest = new_object(T_TCB, 0);
    fill(from, 0x2000);
    fill(to, 0x4000);
    EXPECT_OK(write_registers(source, 0, REGISTERS, from));
    for (word flags = 0; flags <= (FRAME | INTEGER); flags += 4) {
        EXPECT_OK(write_registers(dest, 0, REGISTERS, to));
        EXPECT_REPLY(tcb_copy_registers(dest, source, flags), OK);
        EXPECT_OK(tcb_read_registers(dest, 0, REGISTERS));
        for (unsigned i = 0; i < REGISTERS; i++)
            EXPECT_EQUAL(reply.mr[i], flags & (i < FRAME_COUNT ? FRAME : INTEGER) ? from[i] : to[i]);
    }
}

static void tcb_copy_registers_can_suspend_the_source(void) {
    struct thread *thread = counting_thread();
    EXPECT_OK(tcb_copy_registers(new_object(T_TCB, 0), thread->tcb, FRAME));
    EXPECT(it_counts());
    EXPECT_OK(tcb_copy_registers(new_object(T_TCB, 0), thread->tcb, SUSPEND_SOURCE));
    EXPECT(!it_counts());
}

static void tcb_copy_registers_can_resume_the_destination(void) {
    struct thread *source = new_passive_thread(end_run, 8, 0), *dest = new_thread(count_run, 0, 0);
    counter = 0;
    EXPECT_OK(tcb_copy_registers(dest->tcb, source->tcb, FRAME | INTEGER));
    EXPECT_OK(tcb_set_tls_base(dest->tcb, (word)dest->buffer));
    let_others_run();
    EXPECT_EQUAL(counter, 0);
    EXPECT_OK(tcb_copy_registers(dest->tcb, source->tcb, RESUME_DEST));
    wait_thread_end();
    EXPECT_EQUAL(counter, 8);
}

static void tcb_copy_registers_source_not_a_tcb(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_copy_registers(tcb, S_CNODE, FRAME | INTEGER), IC, 1);
    EXPECT_REPLY(tcb_copy_registers(tcb, 0, FRAME | INTEGER), IC, 1);
}

// --- Suspend, Resume

static void tcb_suspend_stops_and_resume_goes_on(void) {
    struct thread *thread = counting_thread();
    EXPECT(it_counts());
    EXPECT_REPLY(tcb_suspend(thread->tcb), OK);
    EXPECT(!it_counts());
    EXPECT_REPLY(tcb_suspend(thread->tcb), OK); // again
    EXPECT_REPLY(tcb_resume(thread->tcb), OK);
    EXPECT(it_counts());
    EXPECT_REPLY(tcb_resume(thread->tcb), OK); // no effect
    EXPECT(it_counts());
}

static volatile word own_tcb;
static void suspend_itself_run(word argument) {
    (void)argument;
    counter = 1;
    tcb_suspend(own_tcb);
    counter = 2;
    thread_end();
}

static void a_thread_can_suspend_itself(void) {
    struct thread *thread = new_thread(suspend_itself_run, 0, 0);
    own_tcb = thread->tcb;
    counter = 0;
    thread_start(thread);
    let_others_run();
    EXPECT_EQUAL(counter, 1);
}

static volatile word wait_cap, wait_badge;
static void wait_run(word argument) {
    (void)argument;
    counter++;
    wait_badge = raw_wait(wait_cap);
    thread_end();
}

static void tcb_resume_restarts_a_blocked_thread(void) {
    word first = new_object(T_NOTIFICATION, 0), second = new_object(T_NOTIFICATION, 0),
         slot = new_copy(first);
    struct thread *thread = new_thread(wait_run, 0, 0);
    wait_cap = slot;
    counter = 0;
    thread_start(thread);
    let_others_run();
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, S_CNODE, second, ROOT_DEPTH, R_ALL));
    EXPECT_OK(tcb_resume(thread->tcb)); // waits again: on what the slot holds now
    let_others_run();
    raw_signal(new_mint(first, R_W, 1));
    raw_signal(new_mint(second, R_W, 2));
    wait_thread_end();
    EXPECT_EQUAL(wait_badge, 2);
    EXPECT_EQUAL(counter, 1);
    EXPECT_EQUAL(raw_poll(first), 1); // nobody had waited there
}

static void tcb_suspend_ends_a_wait(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_thread(wait_run, 0, 0);
    wait_cap = ntfn;
    thread_start(thread);
    let_others_run();
    EXPECT_OK(tcb_suspend(thread->tcb));
    raw_signal(new_mint(ntfn, R_W, 4));
    EXPECT_EQUAL(raw_poll(ntfn), 4); // the signal stays
}

static void a_deleted_thread_runs_no_more(void) {
    struct thread *thread = counting_thread();
    EXPECT(it_counts());
    EXPECT_OK(cnode_delete(S_CNODE, thread->tcb, ROOT_DEPTH));
    EXPECT(!it_counts());
}

// --- SetTLSBase

static volatile word tls;
static void tls_run(word argument) {
    if (argument)
        tcb_set_tls_base(own_tcb, argument);
    word value;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(value));
    tls = value;
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(raw_buffer()));
    struct raw_registers end = {.x[7] = 1};
    raw_svc(&end); // stops with a fault: the buffer may not be its own
}

static void tcb_set_tls_base_sets_tpidr(void) {
    struct thread *thread = new_thread(tls_run, 0, 0);
    EXPECT_REPLY(tcb_set_tls_base(thread->tcb, 0xfedcba9876543210), OK);
    thread_start(thread);
    let_others_run();
    EXPECT_EQUAL(tls, 0xfedcba9876543210);
    EXPECT_OK(tcb_read_registers(thread->tcb, 0, REGISTERS));
    EXPECT_EQUAL(reply.mr[TPIDR], 0xfedcba9876543210);
}

static void tcb_set_tls_base_of_the_caller(void) {
    struct thread *thread = new_thread(tls_run, (word)raw_buffer(), 0);
    own_tcb = thread->tcb;
    thread_start(thread);
    let_others_run();
    EXPECT_EQUAL(tls, (word)raw_buffer());
}

// --- SetFlags

static void tcb_set_flags_clears_then_sets(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_set_flags(tcb, 0, 0), OK, 0);
    EXPECT_REPLY(tcb_set_flags(tcb, 0, 1), OK, 1);
    EXPECT_REPLY(tcb_set_flags(tcb, 0, 0), OK, 1);
    EXPECT_REPLY(tcb_set_flags(tcb, 1, 1), OK, 1);
    EXPECT_REPLY(tcb_set_flags(tcb, ~0ull, 0), OK, 0);
}

static void tcb_set_flags_ignores_reserved_bits(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_set_flags(tcb, 0, ~1ull), OK, 0);
    EXPECT_REPLY(tcb_set_flags(tcb, 0, ~0ull), OK, 1);
    EXPECT_REPLY(tcb_set_flags(tcb, ~1ull, 0), OK, 1);
}

static void fp_run(word argument) {
    __asm__ volatile(".arch_extension fp\n\tfmov d0, %0\n\t.arch_extension nofp" : : "r"(argument) : "v0");
    counter = 3;
    thread_end();
}

static void a_thread_whose_fpu_is_disabled_faults(void) {
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0);
    struct thread *thread = new_thread(fp_run, 1, ep);
    EXPECT_OK(tcb_set_flags(thread->tcb, 0, 1));
    counter = 0;
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_RECV, ep, &m, rep, 0);
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] >> 26, 7); // the exception class of a disabled FPU
    EXPECT_OK(tcb_set_flags(thread->tcb, 1, 0));
    raw_send(NR_SEND, rep, &(struct message){0});
    wait_thread_end();
    EXPECT_EQUAL(counter, 3);
}

static const struct test tests[] = {
    TEST(tcb_write_registers_sets_what_read_registers_gives),
    TEST(written_registers_are_those_of_the_contract),
    TEST(tcb_read_registers_gives_as_many_as_asked),
    TEST(tcb_read_registers_can_suspend),
    TEST(tcb_read_registers_of_the_caller),
    TEST(tcb_read_registers_count_out_of_range),
    TEST(tcb_write_registers_sets_only_the_first),
    TEST(a_written_spsr_keeps_only_the_flags),
    TEST(tcb_write_registers_can_resume),
    TEST(tcb_write_registers_of_the_caller),
    TEST(tcb_write_registers_count_beyond_the_message),
    TEST(tcb_copy_registers_copies_what_is_asked),
    TEST(tcb_copy_registers_can_suspend_the_source),
    TEST(tcb_copy_registers_can_resume_the_destination),
    TEST(tcb_copy_registers_source_not_a_tcb),
    TEST(tcb_suspend_stops_and_resume_goes_on),
    TEST(a_thread_can_suspend_itself),
    TEST(tcb_resume_restarts_a_blocked_thread),
    TEST(tcb_suspend_ends_a_wait),
    TEST(a_deleted_thread_runs_no_more),
    TEST(tcb_set_tls_base_sets_tpidr),
    TEST(tcb_set_tls_base_of_the_caller),
    TEST(tcb_set_flags_clears_then_sets),
    TEST(tcb_set_flags_ignores_reserved_bits),
    TEST(a_thread_whose_fpu_is_disabled_faults),
};

int main(void) {
    RUN(tests);
}
