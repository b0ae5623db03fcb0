// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers stay with their thread: general, thread pointers, FP and SIMD, over preemption, system calls,
// deletion, and a new thread in the memory of an old one. Each test fails when the kernel forgets to switch
// what it names.
#include "fp.h"
#include "harness.h"

enum { REGISTERS = 36, SPSR = 2 };

__asm__(".pushsection .text\n"
        ".balign 4\n"
        "at_spin: b .\n"
        "at_other_spin: b .\n"
        // All of x0 to x30 to the memory at SP; then thread pointers and flags.
        "at_store: stp x0, x1, [sp]\n  stp x2, x3, [sp, #16]\n  stp x4, x5, [sp, #32]\n"
        "  stp x6, x7, [sp, #48]\n  stp x8, x9, [sp, #64]\n  stp x10, x11, [sp, #80]\n"
        "  stp x12, x13, [sp, #96]\n  stp x14, x15, [sp, #112]\n  stp x16, x17, [sp, #128]\n"
        "  stp x18, x19, [sp, #144]\n  stp x20, x21, [sp, #160]\n  stp x22, x23, [sp, #176]\n"
        "  stp x24, x25, [sp, #192]\n  stp x26, x27, [sp, #208]\n  stp x28, x29, [sp, #224]\n"
        "  mrs x0, tpidr_el0\n  stp x30, x0, [sp, #240]\n"
        "  mrs x0, tpidrro_el0\n  mrs x1, nzcv\n  stp x0, x1, [sp, #256]\n"
        "  udf #0\n"
        ".popsection\n");
extern const char at_spin[], at_other_spin[], at_store[];
#define STORED 34

static word endpoint, reply_object;

static void setup(word error) {
    if (error)
        fail_at(__FILE_NAME__, __LINE__, "setup", error, OK);
}

static void write_registers(word tcb, const char *pc, word seed) {
    word words[2 + REGISTERS] = {0, REGISTERS};
    for (unsigned i = 0; i < REGISTERS; i++)
        words[2 + i] = seed << 32 | i << 4;
    words[2] = (word)pc;
    words[2 + SPSR] = (seed & 15) << 28;
    setup(raw_invoke(tcb, 3, CAPS(), words, 2 + REGISTERS));
}

static void check_registers(word tcb, const char *pc, word seed) {
    EXPECT_OK(tcb_read_registers(tcb, 0, REGISTERS));
    EXPECT_EQUAL(reply.mr[0], (word)pc);
    for (unsigned i = 1; i < REGISTERS; i++)
        EXPECT_EQUAL(reply.mr[i], i == SPSR ? (seed & 15) << 28 | 0x40 : seed << 32 | i << 4);
}

// Two threads and root take turns of 100 microseconds, hundreds of interrupts long.
static void preemption_keeps_every_register(void) {
    word tcbs[2], seeds[] = {0xa5a5, 0x5a5a};
    const char *const pcs[] = {at_spin, at_other_spin};
    for (unsigned i = 0; i < 2; i++) {
        const struct thread *thread = new_passive_thread(0, 0, 0);
        tcbs[i] = thread->tcb;
        thread_set_priority(thread, 100);
        write_registers(tcbs[i], pcs[i], seeds[i]);
        setup(sc_bind(new_sc(100, 100), tcbs[i]));
        setup(tcb_resume(tcbs[i]));
    }
    setup(tcb_set_priority(S_TCB, S_TCB, 100));
    for (unsigned i = 0; i < 50; i++)
        raw_yield();
    setup(tcb_set_priority(S_TCB, S_TCB, 255));
    for (unsigned i = 0; i < 2; i++) {
        check_registers(tcbs[i], pcs[i], seeds[i]);
        setup(tcb_suspend(tcbs[i]));
        check_registers(tcbs[i], pcs[i], seeds[i]);
    }
}

static _Alignas(16) word stored[STORED];

// What a thread in the TCB at `tcb` has, when nothing but its PC and SP was ever set.
static void store_registers(word tcb) {
    for (unsigned i = 0; i < STORED; i++)
        stored[i] = 0xdead;
    setup(tcb_configure(tcb, S_CNODE, S_VSPACE, 0, 0, 0, 0));
    setup(tcb_set_sched_params(tcb, S_TCB, new_sc(5000, 5000), endpoint, 255, 254));
    setup(raw_invoke(tcb, 3, CAPS(), WORDS(1, 2, (word)at_store, (word)stored)));
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    EXPECT_EQUAL(info_label(m.info), 3);
}

static void a_new_threads_registers_are_0(void) {
    store_registers(new_object(T_TCB, 0));
    for (unsigned i = 0; i < STORED; i++)
        EXPECT_EQUAL(stored[i], 0);
}

// Also when another thread has lived, and died, in that memory.
static void a_thread_in_an_old_ones_memory_has_nothing_of_it(void) {
    word untyped = new_object(T_UNTYPED, 11), tcb = new_slot();
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(untyped_retype(untyped, S_CNODE, T_TCB, 0, 0, 0, tcb, 1));
        EXPECT_OK(tcb_read_registers(tcb, 0, REGISTERS));
        for (unsigned r = 0; r < REGISTERS; r++)
            EXPECT_EQUAL(reply.mr[r], r == SPSR ? 0x40 : 0);
        store_registers(tcb);
        for (unsigned r = 0; r < STORED; r++)
            EXPECT_EQUAL(stored[r], 0);
        write_registers(tcb, at_spin, 0x7777);
        EXPECT_OK(tcb_resume(tcb));
        setup(tcb_set_priority(S_TCB, S_TCB, 254));
        raw_yield(); // it has run with all of them
        setup(tcb_set_priority(S_TCB, S_TCB, 255));
        check_registers(tcb, at_spin, 0x7777);
        EXPECT_OK(cnode_delete(S_CNODE, tcb, ROOT_DEPTH));
    }
}

static void a_system_call_keeps_the_fp_registers(void) {
    static const word numbers[] = {NR_SEND, NR_NB_SEND, NR_CALL, NR_NB_RECV, NR_NB_WAIT, NR_YIELD};
    word notification = new_object(T_NOTIFICATION, 0);
    fp_set(0x1233);
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct raw_all all = {.x[0] = notification, .x[7] = numbers[i]};
        raw_all(&all);
        EXPECT(fp_holds(0x1233));
    }
    fp_set(0);
}

// --- FP and SIMD registers among threads

static volatile word wrong, turns;

static void fp_run(word seed) {
    if (!fp_holds(0))
        wrong = 1;
    for (unsigned i = 0; i < 4; i++) {
        fp_set(seed + 4 * i);
        raw_yield();
        if (!fp_holds(seed + 4 * i))
            wrong = 2;
    }
    turns++;
    thread_end();
}

static void every_thread_has_32_fp_registers_status_and_control_of_its_own(void) {
    wrong = turns = 0;
    fp_set(0x3f1);
    for (unsigned i = 0; i < 3; i++)
        thread_start(new_thread(fp_run, 0x101 + i, 0));
    for (unsigned i = 0; i < 3; i++) {
        wait_thread_end();
        EXPECT(fp_holds(0x3f1));
    }
    EXPECT_EQUAL(turns, 3);
    EXPECT_EQUAL(wrong, 0);
    fp_set(0);
}

static void idle_run(word argument) {
    (void)argument;
    raw_yield();
    thread_end();
}

// The registers stay where they are while threads run that use none, and while their owner changes.
static void threads_without_fp_leave_it_alone(void) {
    fp_set(0x3f2);
    for (unsigned i = 0; i < 3; i++) {
        thread_start(new_thread(idle_run, 0, 0));
        wait_thread_end();
        EXPECT(fp_holds(0x3f2));
    }
    fp_set(0);
}

static void fp_end_run(word seed) {
    if (!fp_holds(0))
        wrong = 3;
    fp_set(seed);
    turns++;
    thread_end();
}

// The owner of the registers dies; neither who runs next, nor a thread in the same memory, has them.
static void a_dead_owners_fp_registers_are_nobodys(void) {
    word untyped = new_object(T_UNTYPED, 11), tcb = new_slot();
    static _Alignas(16) uint8_t stack[4096];
    wrong = turns = 0;
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_OK(untyped_retype(untyped, S_CNODE, T_TCB, 0, 0, 0, tcb, 1));
        setup(tcb_configure(tcb, S_CNODE, S_VSPACE, 0, 0, 0, 0));
        setup(tcb_set_sched_params(tcb, S_TCB, new_sc(5000, 5000), 0, 255, 254));
        setup(raw_invoke(tcb, 3, CAPS(),
                         WORDS(1, 4, (word)fp_end_run, (word)(stack + sizeof(stack)), 0, 0x201 + i)));
        wait_thread_end(); // they are in the hardware, still
        EXPECT_EQUAL(turns, i + 1);
        EXPECT_OK(cnode_delete(S_CNODE, tcb, ROOT_DEPTH));
        if (i & 1)               // else the next one comes first
            EXPECT(fp_holds(0)); // root's own
    }
    EXPECT_EQUAL(wrong, 0);
}

static void disabled_run(word seed) {
    if (!fp_holds(0)) // traps first
        wrong = 4;
    fp_set(seed);
    turns++;
    raw_yield();
    if (!fp_holds(seed))
        wrong = 5;
    thread_end();
}

// Without the FPU a thread cannot see whose registers are loaded; with it again it has its own.
static void a_thread_without_fpu_sees_no_registers(void) {
    wrong = turns = 0;
    const struct thread *thread = new_thread(disabled_run, 0x301, endpoint);
    EXPECT_OK(tcb_set_flags(thread->tcb, 0, 1));
    fp_set(0x3f3);
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] >> 26, 7);
    EXPECT_OK(tcb_set_flags(thread->tcb, 1, 0));
    EXPECT(fp_holds(0x3f3));
    raw_send(NR_SEND, reply_object, &(struct message){0});
    wait_thread_end();
    EXPECT_EQUAL(wrong, 0);
    EXPECT_EQUAL(turns, 1);
    EXPECT(fp_holds(0x3f3));
    fp_set(0);
}

static volatile bool go_on;
static void keep_run(word seed) {
    fp_set(seed);
    while (!go_on)
        raw_yield();
    if (!fp_holds(seed))
        wrong = 6;
    turns++;
    thread_end();
}

// The flag comes while the registers hold the thread's state, and another thread uses them meanwhile.
static void a_thread_that_loses_the_fpu_keeps_its_registers(void) {
    wrong = turns = 0;
    go_on = false;
    const struct thread *thread = new_thread(keep_run, 0x303, endpoint);
    thread_start(thread);
    setup(tcb_set_priority(S_TCB, S_TCB, 254));
    raw_yield();
    EXPECT_OK(tcb_set_flags(thread->tcb, 0, 1)); // its state is in the hardware
    raw_yield();
    fp_set(0x3f4);
    raw_yield();
    EXPECT(fp_holds(0x3f4));
    go_on = true;
    raw_yield();
    setup(tcb_set_priority(S_TCB, S_TCB, 255));
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0); // it looks at them
    EXPECT_EQUAL(m.mr[0] >> 26, 7);
    EXPECT_OK(tcb_set_flags(thread->tcb, 1, 0));
    raw_send(NR_SEND, reply_object, &(struct message){0});
    wait_thread_end();
    EXPECT_EQUAL(turns, 1);
    EXPECT_EQUAL(wrong, 0);
    fp_set(0);
}

// --- thread pointers

static volatile word pointers[2];
static void pointer_run(word value) {
    word own, read_only;
    __asm__ volatile("mrs %0, tpidr_el0\n\tmrs %1, tpidrro_el0" : "=r"(own), "=r"(read_only));
    pointers[0] = own;
    pointers[1] = read_only;
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(value));
    raw_yield();
    word again;
    __asm__ volatile("mrs %0, tpidr_el0\n\tmsr tpidr_el0, %1" : "=&r"(again) : "r"(own));
    if (again != value)
        wrong = 7;
    thread_end();
}

static void thread_pointers_stay_with_their_thread(void) {
    word words[2 + REGISTERS] = {0, REGISTERS};
    wrong = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct thread *thread = new_thread(pointer_run, 0x777, 0);
        EXPECT_OK(tcb_read_registers(thread->tcb, 0, REGISTERS));
        for (unsigned r = 0; r < REGISTERS; r++)
            words[2 + r] = reply.mr[r];
        words[2 + 35] = i ? 0 : 0x888; // TPIDRRO_EL0
        EXPECT_OK(raw_invoke(thread->tcb, 3, CAPS(), words, 2 + REGISTERS));
        thread_start(thread);
        wait_thread_end();
        EXPECT_EQUAL(pointers[0], (word)thread->buffer);
        EXPECT_EQUAL(pointers[1], i ? 0 : 0x888);
        word mine;
        __asm__ volatile("mrs %0, tpidrro_el0" : "=r"(mine));
        EXPECT_EQUAL(mine, 0);
        EXPECT_EQUAL((word)raw_buffer(), bootinfo->ipc_buffer);
    }
    EXPECT_EQUAL(wrong, 0);
}

static const struct test tests[] = {
    TEST(preemption_keeps_every_register),
    TEST(a_new_threads_registers_are_0),
    TEST(a_thread_in_an_old_ones_memory_has_nothing_of_it),
    TEST(a_system_call_keeps_the_fp_registers),
    TEST(every_thread_has_32_fp_registers_status_and_control_of_its_own),
    TEST(threads_without_fp_leave_it_alone),
    TEST(a_dead_owners_fp_registers_are_nobodys),
    TEST(a_thread_without_fpu_sees_no_registers),
    TEST(a_thread_that_loses_the_fpu_keeps_its_registers),
    TEST(thread_pointers_stay_with_their_thread),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
