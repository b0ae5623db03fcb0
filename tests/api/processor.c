// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a native thread has of the processor: FP registers of its own, cache maintenance, its thread pointer;
// and what traps: counters, timers, PMU, debug registers, waiting.
#include "harness.h"

enum { EC_WFX = 1, EC_FP = 7, EC_SYSREG = 0x18 };

static word endpoint, reply_object;
static volatile word stage, seen[4];

static struct message wait_fault(void) {
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    return m;
}

static const struct thread *start(void (*entry)(word), word argument) {
    const struct thread *thread = new_thread(entry, argument, new_mint(endpoint, R_ALL, 0));
    thread_start(thread);
    return thread;
}

static void fp_write(word value) {
    __asm__ volatile(
        ".arch_extension fp\n\tfmov d0, %0\n\tfmov d31, %0\n\tmsr fpcr, %1\n\t.arch_extension nofp"
        :
        : "r"(value), "r"((value & 3) << 22));
}

static word fp_read(word *last, word *control) {
    word first;
    __asm__ volatile(
        ".arch_extension fp\n\tfmov %0, d0\n\tfmov %1, d31\n\tmrs %2, fpcr\n\t.arch_extension nofp"
        : "=r"(first), "=r"(*last), "=r"(*control));
    return first;
}

static bool fp_holds(word value) {
    word last, control;
    return fp_read(&last, &control) == value && last == value && control == (value & 3) << 22;
}

static void fp_run(word value) {
    seen[value & 1] = fp_holds(0); // a new thread's registers are 0
    fp_write(value);
    raw_yield();
    for (unsigned i = 0; i < 3; i++) {
        if (!fp_holds(value))
            seen[value & 1] = 0;
        raw_yield();
    }
    stage++;
    thread_end();
}

static void each_thread_has_fp_registers_of_its_own(void) {
    fp_write(0x1111);
    stage = 0;
    start(fp_run, 0x2222);
    start(fp_run, 0x3333);
    wait_thread_end();
    wait_thread_end();
    EXPECT_EQUAL(stage, 2);
    EXPECT_EQUAL(seen[0], 1);
    EXPECT_EQUAL(seen[1], 1);
    EXPECT(fp_holds(0x1111));
}

static void fp_once(word value) {
    fp_write(value);
    stage = 1;
    thread_end();
}

static void a_disabled_fpu_is_a_fault(void) {
    const struct thread *thread = new_thread(fp_once, 3, new_mint(endpoint, R_ALL, 0));
    stage = 0;
    EXPECT_OK(tcb_set_flags(thread->tcb, 0, 1));
    thread_start(thread);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] >> 26, EC_FP);
    EXPECT_OK(tcb_set_flags(thread->tcb, 1, 0));
    raw_send(NR_SEND, reply_object, &(struct message){0});
    wait_thread_end();
    EXPECT_EQUAL(stage, 1);
}

static void own_flag_run(word argument) {
    fp_write(argument);
    (void)tcb_set_flags(stage, 0, 1); // its own TCB
    fp_write(argument);
    thread_end();
}

static void a_thread_can_disable_its_own(void) {
    const struct thread *thread = new_thread(own_flag_run, 3, new_mint(endpoint, R_ALL, 0));
    stage = thread->tcb;
    thread_start(thread);
    EXPECT_EQUAL(wait_fault().mr[0] >> 26, EC_FP);
}

// Each one alone in a function, so that its fault can be told.
#define TRAPS(name, instruction)                                                                             \
    static void name(word argument) {                                                                        \
        word value = argument;                                                                               \
        __asm__ volatile(instruction : "+r"(value));                                                         \
        thread_end();                                                                                        \
    }
TRAPS(read_virtual_counter, "mrs %0, cntvct_el0")
TRAPS(read_physical_counter, "mrs %0, cntpct_el0")
TRAPS(read_timer, "mrs %0, cntv_ctl_el0")
TRAPS(write_physical_timer, "msr cntp_ctl_el0, %0")
TRAPS(read_cycles, "mrs %0, pmccntr_el0")
TRAPS(read_pmu_control, "mrs %0, pmcr_el0")
TRAPS(write_pmu_access, "msr pmswinc_el0, %0")
TRAPS(read_debug_channel, "mrs %0, mdccsr_el0")
TRAPS(mask_interrupts, "msr daifset, #2\n\tmov %0, %0")
TRAPS(wait_interrupt, "wfi\n\tmov %0, %0")

static void what_is_not_a_threads_traps(void) {
    static void (*const traps[])(word) = {read_virtual_counter, read_physical_counter, read_timer,
                                          write_physical_timer, read_cycles,           read_pmu_control,
                                          write_pmu_access,     read_debug_channel,    mask_interrupts};
    for (unsigned i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
        start(traps[i], i);
        struct message m = wait_fault();
        EXPECT_EQUAL(info_label(m.info), 8);
        EXPECT_EQUAL(m.mr[0] >> 26, EC_SYSREG);
    }
    start(wait_interrupt, 0);
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] >> 26, EC_WFX);
}

static void cache_maintenance_by_address_is_allowed(void) {
    static word line = 5;
    word type;
    __asm__ volatile("mrs %0, ctr_el0" : "=r"(type));
    EXPECT(type != 0);
    __asm__ volatile("dc cvau, %0\n\tdc cvac, %0\n\tdc civac, %0\n\tic ivau, %0\n\tdsb ish\n\tisb"
                     :
                     : "r"(&line)
                     : "memory");
    EXPECT_EQUAL(line, 5);
}

static volatile uint32_t shared;

static void preempt_run(word argument) {
    (void)argument;
    thread_end();
}

static void a_switch_clears_the_exclusive_monitor(void) {
    uint32_t failed;
    const struct thread *thread = new_thread(preempt_run, 0, 0);
    __asm__ volatile("ldaxr w9, [%0]" : : "r"(&shared) : "w9", "memory");
    thread_start(thread);
    let_others_run(); // another thread was here
    __asm__ volatile("stlxr %w0, w9, [%1]" : "=&r"(failed) : "r"(&shared) : "memory");
    EXPECT_EQUAL(failed, 1);
}

static const struct test tests[] = {
    TEST(each_thread_has_fp_registers_of_its_own),
    TEST(a_disabled_fpu_is_a_fault),
    TEST(a_thread_can_disable_its_own),
    TEST(what_is_not_a_threads_traps),
    TEST(cache_maintenance_by_address_is_allowed),
    TEST(a_switch_clears_the_exclusive_monitor),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
