// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Operations on queues of THREADS threads (bench/kernel/longest.def). Each thread is one system call: it has
// no stack and no buffer, only registers, and faults, which ends it, when the call returns.
#include <bench/kernel/longest.h>

#define THREADS 512

// Scratch slots: TCBs, scheduling contexts, reply objects or vCPUs, then single objects.
#define TCBS     (scratch)
#define CONTEXTS (scratch + THREADS)
#define OTHERS   (scratch + 2 * THREADS)
#define ENDPOINT (scratch + 3 * THREADS)
#define BADGED   (ENDPOINT + 1)

#define SENDER_BADGE 7

// Periods and budgets in microseconds: a budget that is used up fast; one that lasts; a period.
#define SHORT_BUDGET 20
#define LONG_BUDGET  10000
#define PERIOD       20000

// A scheduling context of this size, and how many more refills than two it has.
#define CONTEXT_BITS  16
#define EXTRA_REFILLS ((1u << CONTEXT_BITS) / 16 - 8)

// PSTATE of a guest at EL1 with its own stack pointer, exceptions masked.
#define SPSR_EL1H 0x3c5

extern const char longest_call[], longest_repeat[], longest_spin[], longest_sleep[];
__asm__(".section .text.longest_call, \"ax\"\n"
        "longest_call: svc #0\n\t"
        "udf #0\n"
        "longest_repeat: mov x0, x8\n\t"
        "svc #0\n\t"
        "b longest_repeat\n"
        "longest_spin: b longest_spin\n"
        "longest_sleep: wfi\n\t"
        "b longest_sleep\n\t"
        ".text\n");

// All threads, ready to be started above root.
static void threads_make(void) {
    LONGEST_BEGIN(SETUP);
    longest_retype(SEL4_OBJECT_TCB, 0, 0, THREADS);
    longest_retype(SEL4_OBJECT_SCHED_CONTEXT, 8, THREADS, THREADS);
    longest_retype(SEL4_OBJECT_ENDPOINT, 0, 3 * THREADS, 1);
    for (word_t i = 0; i < THREADS; i++) {
        setup_check("TCB_SetSpace", seL4_TCB_SetSpace(TCBS + i, 0, SEL4_SLOT_CNODE, SEL4_SLOT_VSPACE, 0, 0));
        setup_check("TCB_SetPriority", seL4_TCB_SetPriority(TCBS + i, SEL4_SLOT_TCB, MEASURE_PRIORITY + 1));
        setup_slice(CONTEXTS + i);
        setup_check("SchedContext_Bind", seL4_SchedContext_Bind(CONTEXTS + i, TCBS + i));
    }
}

static void thread_run(word_t i, const char *entry, word_t object, word_t x6, long number) {
    word_t registers[] = {
        [SEL4_REG_PC] = (word_t)entry,  [SEL4_REG_SPSR] = entry == longest_sleep ? SPSR_EL1H : 0,
        [SEL4_REG_X0] = object,         [SEL4_REG_X6] = x6,
        [SEL4_REG_X7] = (word_t)number, [SEL4_REG_X8] = object,
    };
    setup_check("TCB_WriteRegisters", seL4_TCB_WriteRegisters(TCBS + i, 1, SEL4_REG_X8 + 1, registers));
}

// Every thread blocks in one system call.
static void threads_block(cptr_t object, long number) {
    for (word_t i = 0; i < THREADS; i++)
        thread_run(i, longest_call, object, OTHERS + i, number);
}

static void senders(void) {
    threads_make();
    threads_block(ENDPOINT, SYS_Send);
    LONGEST_BEGIN(SENDERS);
    longest_delete(ENDPOINT);
    longest_revoke(pool);
}

static void receivers(void) {
    threads_make();
    longest_retype(SEL4_OBJECT_REPLY, 0, 2 * THREADS, THREADS);
    threads_block(ENDPOINT, SYS_Recv);
    LONGEST_BEGIN(RECEIVERS);
    longest_delete(ENDPOINT);
    longest_revoke(pool);
}

static void waiters(void) {
    threads_make();
    longest_delete(ENDPOINT);
    longest_retype(SEL4_OBJECT_NOTIFICATION, 0, 3 * THREADS, 1);
    threads_block(ENDPOINT, SYS_Wait);
    LONGEST_BEGIN(WAITERS);
    longest_delete(ENDPOINT);
    longest_revoke(pool);
}

static void cancel(void) {
    threads_make();
    for (word_t badge = SENDER_BADGE; badge <= SENDER_BADGE + 1; badge++)
        setup_check("CNode_Mint",
                    seL4_CNode_Mint(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, BADGED + badge - SENDER_BADGE,
                                    LONGEST_DEPTH, ENDPOINT, LONGEST_DEPTH, SEL4_RIGHTS_ALL, badge));
    threads_block(BADGED, SYS_Send);
    LONGEST_BEGIN(CANCEL_OTHERS);
    setup_check("CNode_CancelBadgedSends",
                seL4_CNode_CancelBadgedSends(SEL4_SLOT_CNODE, BADGED + 1, LONGEST_DEPTH));
    LONGEST_BEGIN(CANCEL);
    setup_check("CNode_CancelBadgedSends",
                seL4_CNode_CancelBadgedSends(SEL4_SLOT_CNODE, BADGED, LONGEST_DEPTH));
    longest_revoke(pool);
}

// The last sender is more urgent than all that wait.
static void queue(void) {
    threads_make();
    setup_check("TCB_SetPriority", seL4_TCB_SetPriority(TCBS, SEL4_SLOT_TCB, MEASURE_PRIORITY + 2));
    for (word_t i = 1; i < THREADS; i++)
        thread_run(i, longest_call, ENDPOINT, 0, SYS_Send);
    LONGEST_BEGIN(QUEUE);
    thread_run(0, longest_call, ENDPOINT, 0, SYS_Send);
    LONGEST_BEGIN(DELETE_THREADS);
    longest_revoke(pool);
}

// More than a period passes: an instruction takes a nanosecond.
static void time_pass(void) {
    for (word_t i = 0; i < PERIOD * 1000; i++)
        __asm__ volatile("nop");
}

static word_t consumed(cptr_t context) {
    word_t microseconds = 0;
    setup_check("SchedContext_Consumed", seL4_SchedContext_Consumed(context, &microseconds));
    return microseconds;
}

// Every thread uses its budget up and then waits for the next, one after the other. Their periods are shorter
// by `step` microseconds per THREADS, so that they end together when `step` is what all of this takes.
// Returns that.
static word_t budgets_use(word_t step) {
    for (word_t i = 0; i < THREADS; i++) {
        setup_check("TCB_Suspend", seL4_TCB_Suspend(TCBS + i));
        setup_sporadic(CONTEXTS + i, SHORT_BUDGET, PERIOD - i * step / THREADS, 0);
        (void)consumed(CONTEXTS + i);
    }
    (void)consumed(SEL4_SLOT_SCHED_CONTEXT);
    for (word_t i = 0; i < THREADS; i++)
        thread_run(i, longest_spin, 0, 0, 0);
    word_t all = consumed(SEL4_SLOT_SCHED_CONTEXT);
    for (word_t i = 0; i < THREADS; i++)
        all += consumed(CONTEXTS + i);
    return all;
}

// All threads' budgets come back at one moment.
static void release(void) {
    threads_make();
    word_t step = budgets_use(0);
    time_pass();
    LONGEST_BEGIN(RELEASE);
    (void)budgets_use(step);
    time_pass();
    LONGEST_BEGIN(DELETE_THREADS);
    longest_revoke(pool);
}

// One thread runs for a moment, many times: each is a refill of its own, and all come together when it wakes
// after a period.
static void refills(void) {
    threads_make();
    const cptr_t context = OTHERS, notification = OTHERS + 1;
    longest_retype(SEL4_OBJECT_SCHED_CONTEXT, CONTEXT_BITS, 2 * THREADS, 1);
    longest_retype(SEL4_OBJECT_NOTIFICATION, 0, 2 * THREADS + 1, 1);
    setup_sporadic(context, LONG_BUDGET, PERIOD, EXTRA_REFILLS);
    setup_check("SchedContext_UnbindObject", seL4_SchedContext_UnbindObject(CONTEXTS, TCBS));
    setup_check("SchedContext_Bind", seL4_SchedContext_Bind(context, TCBS));
    thread_run(0, longest_repeat, notification, 0, SYS_Wait);
    LONGEST_BEGIN(REFILLS);
    for (word_t i = 0; i < EXTRA_REFILLS; i++)
        seL4_Signal(notification);
    time_pass();
    seL4_Signal(notification);
    LONGEST_BEGIN(DELETE_THREADS);
    longest_revoke(pool);
}

// Guests that sleep: the kernel watches the timer of each.
static void sleepers(void) {
    threads_make();
    longest_retype(SEL4_OBJECT_VCPU, 0, 2 * THREADS, THREADS);
    LONGEST_BEGIN(WFI);
    for (word_t i = 0; i < THREADS; i++) {
        setup_check("VCPU_SetTCB", seL4_VCPU_SetTCB(OTHERS + i, TCBS + i));
        setup_check("VCPU_SetExitMask", seL4_VCPU_SetExitMask(OTHERS + i, GLACIS_EXIT_WFI_WAIT));
        thread_run(i, longest_sleep, 0, 0, 0);
    }
    LONGEST_BEGIN(DELETE_THREADS);
    longest_revoke(pool);
}

void longest_threads(void) {
    senders();
    receivers();
    waiters();
    cancel();
    queue();
    release();
    refills();
    sleepers();
}
