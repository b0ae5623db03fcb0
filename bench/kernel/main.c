// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The measured program: a root task that runs every operation of bench/kernel/cases.def MEASURE_WARM_UP +
// MEASURE_COUNT times between marks. Root is one side, the partner the other; they differ in address space.
// Where a thread answers calls or faults, it is passive: it runs on what the caller lends.
#include <bench/kernel/setup.h>
#include <bench/kernel/trap.h>
#include <lib/base/pl011.h>
#include <lib/rt/rt.h>

#define ROUNDS      (MEASURE_WARM_UP + MEASURE_COUNT)
#define LONG_LENGTH 10

// Where a page is mapped again and again: its page table is there.
#define PAGE_ADDRESS (UART_BASE + 0x1000)

// What the partner uses too; set before it starts.
static cptr_t endpoint, reply, notification, answered, irq_handler;
static cptr_t frame;

#define OPERATION_BEGIN(operation)                                                                           \
    __asm__ volatile("hint %0" : : "i"(MARK_OPERATION + OPERATION_##operation) : "memory")

static void measure_empty(void) {
    OPERATION_BEGIN(EMPTY);
    for (int i = 0; i < ROUNDS; i++)
        trap_nothing();
}

static void measure_null(void) {
    OPERATION_BEGIN(NULL);
    for (int i = 0; i < ROUNDS; i++) {
        struct registers r = {{SEL4_SLOT_NULL, sel4_info(0, 0, 0, 0)}};
        trap_svc(MARKS_BOTH, SYS_NBSend, 0, &r);
    }
}

// --- calls: root calls, the partner serves

SYS_INLINE void call_rounds(enum marks marks, word_t length) {
    for (int i = 0; i < ROUNDS; i++) {
        struct registers r = {{endpoint, sel4_info(0, 0, 0, length)}};
        trap_svc(marks, SYS_Call, 0, &r);
    }
}

_Noreturn SYS_INLINE void serve(enum marks marks, word_t length) {
    struct registers r = {{endpoint}};
    trap_svc(MARKS_END, SYS_Recv, reply, &r);
    for (;;) {
        r = (struct registers){{endpoint, sel4_info(0, 0, 0, length)}};
        trap_svc(marks, SYS_ReplyRecv, reply, &r);
    }
}

static void serve_short(void) {
    serve(MARKS_END, 0);
}
static void serve_short_measured(void) {
    serve(MARKS_BOTH, 0);
}
static void serve_long(void) {
    serve(MARKS_END, LONG_LENGTH);
}
static void serve_long_measured(void) {
    serve(MARKS_BOTH, LONG_LENGTH);
}

static void measure_calls(void) {
    setup_partner_start(serve_short, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(CALL);
    call_rounds(MARKS_BOTH, 0);
    setup_partner_stop();

    setup_partner_start(serve_short_measured, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(REPLY_RECV);
    call_rounds(MARKS_END, 0);
    setup_partner_stop();

    setup_partner_start(serve_long, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(CALL_10);
    call_rounds(MARKS_BOTH, LONG_LENGTH);
    setup_partner_stop();

    setup_partner_start(serve_long_measured, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(REPLY_RECV_10);
    call_rounds(MARKS_END, LONG_LENGTH);
    setup_partner_stop();
}

// --- signals: root signals, the partner waits

_Noreturn static void wait_always(void) {
    for (;;) {
        struct registers r = {{notification}};
        trap_svc(MARKS_END, SYS_Wait, 0, &r);
    }
}

// Tells root that it waits again, as root runs before it.
_Noreturn static void wait_and_answer(void) {
    for (;;) {
        struct registers r = {{notification}};
        trap_svc(MARKS_END, SYS_Wait, 0, &r);
        seL4_Signal(answered);
    }
}

SYS_INLINE void signal(enum marks marks) {
    struct registers r = {{notification}};
    trap_svc(marks, SYS_Send, 0, &r);
}

static void measure_signals(void) {
    setup_partner_start(wait_always, MEASURE_PRIORITY + 1, false);
    OPERATION_BEGIN(SIGNAL_HIGH);
    for (int i = 0; i < ROUNDS; i++)
        signal(MARKS_BOTH);
    setup_partner_stop();

    setup_partner_start(wait_and_answer, MEASURE_PRIORITY - 1, false);
    OPERATION_BEGIN(SIGNAL_LOW);
    for (int i = 0; i < ROUNDS; i++) {
        struct sel4_message message = {0};
        signal(MARKS_BOTH);
        seL4_Wait(answered, &message);
    }
    setup_partner_stop();
}

// --- yield: each gives way to the other

_Noreturn static void yield_always(void) {
    struct registers r = {{notification}};
    trap_svc(MARKS_END, SYS_Wait, 0, &r);
    for (;;) {
        r = (struct registers){{0}};
        trap_svc(MARKS_END, SYS_Yield, 0, &r);
    }
}

static void measure_yield(void) {
    setup_partner_start(yield_always, MEASURE_PRIORITY, false);
    signal(MARKS_NONE);
    seL4_Yield(); // the partner is in its loop from here on
    OPERATION_BEGIN(YIELD);
    for (int i = 0; i < ROUNDS; i++) {
        struct registers r = {{0}};
        trap_svc(MARKS_BOTH, SYS_Yield, 0, &r);
    }
    setup_partner_stop();
}

// --- faults: root faults, the partner makes it go on behind the instruction

// Message word 0 of a UserException is the address of the instruction. The reply of one word moves it on. The
// handler's own part is the same few instructions for every mark.
#define HANDLER(name, before, after)                                                                         \
    _Noreturn static void name(void) {                                                                       \
        struct registers r = {{endpoint}};                                                                   \
        trap_svc(MARKS_END, SYS_Recv, reply, &r);                                                            \
        register word_t x2 __asm__("x2") = r.x[2];                                                           \
        register word_t x6 __asm__("x6") = reply;                                                            \
        register long x7 __asm__("x7") = SYS_ReplyRecv;                                                      \
        __asm__ volatile("1: mov x0, %1\n\t"                                                                 \
                         "mov x1, #1\n\t"                                                                    \
                         "add x2, x2, #4\n\t" before "svc #0\n\t" after "b 1b"                               \
                         : "+r"(x2)                                                                          \
                         : "r"(endpoint), "r"(x6), "r"(x7)                                                   \
                         : "x0", "x1", "x3", "x4", "x5", "memory");                                          \
        __builtin_unreachable();                                                                             \
    }
HANDLER(handle, "", MARK_HINT(MARK_END))
HANDLER(handle_measured, BEGIN, MARK_HINT(MARK_END))
HANDLER(handle_unmarked, "", "")

static void measure_faults(void) {
    setup_check("TCB_SetSchedParams",
                seL4_TCB_SetSchedParams(SEL4_SLOT_TCB, SEL4_SLOT_TCB, SEL4_SLOT_SCHED_CONTEXT, endpoint, 255,
                                        MEASURE_PRIORITY));
    setup_partner_start(handle, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(FAULT);
    for (int i = 0; i < ROUNDS; i++)
        trap_fault(MARKS_BOTH);
    setup_partner_stop();

    setup_partner_start(handle_measured, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(FAULT_REPLY);
    for (int i = 0; i < ROUNDS; i++)
        trap_fault(MARKS_END);
    setup_partner_stop();

    setup_partner_start(handle_unmarked, MEASURE_PRIORITY, true);
    OPERATION_BEGIN(FAULT_ROUND_TRIP);
    for (int i = 0; i < ROUNDS; i++)
        trap_fault(MARKS_BOTH);
    setup_partner_stop();
}

// --- pages, in root's own space

SYS_INLINE void page_unmap(enum marks marks) {
    struct registers r = {{frame, sel4_info(LABEL_Page_Unmap, 0, 0, 0)}};
    trap_svc(marks, SYS_Call, 0, &r);
    setup_check("Page_Unmap", (enum sel4_error)sel4_info_label(r.x[1]));
}

SYS_INLINE void page_map(enum marks marks) {
    struct registers r = {{frame, sel4_info(LABEL_Page_Map, 0, 1, 3), PAGE_ADDRESS,
                           SEL4_RIGHT_READ | SEL4_RIGHT_WRITE, SEL4_PAGE_DEFAULT}};
    seL4_GetIPCBuffer()->caps_or_badges[0] = SEL4_SLOT_VSPACE;
    trap_svc(marks, SYS_Call, 0, &r);
    setup_check("Page_Map", (enum sel4_error)sel4_info_label(r.x[1]));
    *(volatile word_t *)PAGE_ADDRESS = 1;
}

static void measure_pages(void) {
    frame = setup_object(SEL4_OBJECT_SMALL_PAGE, 0);
    OPERATION_BEGIN(MAP);
    for (int i = 0; i < ROUNDS; i++) {
        page_map(MARKS_BOTH);
        page_unmap(MARKS_NONE);
    }
    OPERATION_BEGIN(UNMAP);
    for (int i = 0; i < ROUNDS; i++) {
        page_map(MARKS_NONE);
        page_unmap(MARKS_BOTH);
    }
}

// --- an interrupt: root makes it, the partner waits for it

_Noreturn static void handle_interrupts(void) {
    for (;;) {
        struct registers r = {{notification}};
        trap_svc(MARKS_END, SYS_Wait, 0, &r);
        pl011_write(UART_BASE, PL011_IMSC, 0);
        setup_check("IRQHandler_Ack", seL4_IRQHandler_Ack(irq_handler));
    }
}

// GICD_ISPENDR is the kernel's. The transmitter's interrupt is raised since the console printed; unmasking it
// in the UART is one store to a device that makes the distributor's input rise, as the store to GICD_ISPENDR
// would.
static void measure_interrupt(void) {
    irq_handler = setup_slot();
    setup_check("IRQControl_Get",
                seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, SEL4_SLOT_CNODE, UART_IRQ, irq_handler, 64));
    setup_check("IRQHandler_SetNotification", seL4_IRQHandler_SetNotification(irq_handler, notification));
    setup_partner_start(handle_interrupts, MEASURE_PRIORITY + 1, false);
    OPERATION_BEGIN(IRQ_TO_THREAD);
    for (int i = 0; i < ROUNDS; i++)
        trap_store(UART_BASE + PL011_IMSC, PL011_INT_TX);
    setup_partner_stop();
}

int main(word_t bootinfo, word_t argument1, word_t argument2, word_t argument3) {
    (void)argument1, (void)argument2, (void)argument3;
    setup_start((const struct sel4_bootinfo *)bootinfo);
    endpoint = setup_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = setup_object(SEL4_OBJECT_REPLY, 0);
    notification = setup_object(SEL4_OBJECT_NOTIFICATION, 0);
    answered = setup_object(SEL4_OBJECT_NOTIFICATION, 0);
    setup_print("measuring\n");
    measure_empty();
    measure_null();
    measure_calls();
    measure_signals();
    measure_yield();
    measure_faults();
    measure_pages();
    measure_interrupt();
    setup_print("DONE\n");
    for (;;)
        __asm__ volatile(MARK_HINT(MARK_FINISH) "yield");
}
