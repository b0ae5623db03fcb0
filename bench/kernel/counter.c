// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Whether what the plugin counts is what CNTVCT_EL0 shows: a root task and a guest, which may read the
// counter and whose HVC is a system call. The guest times operations by two reads of the counter, with the
// plugin's marks between; every operation comes back to the guest. Prints, for bench/kernel/counter.sh to
// compare with the plugin's samples:
//     @counter OPERATION TICKS     less an empty measurement
// Guest and root run the same program, in address spaces of their own that show it at the same addresses.
#include <bench/kernel/setup.h>
#include <bench/kernel/trap.h>
#include <lib/base/pl011.h>
#include <lib/rt/rt.h>

#define ROUNDS 16

// Badges of what root receives; and the label of the guest's last message.
#define BADGE_SIGNAL    1
#define BADGE_INTERRUPT 2
#define LABEL_END       1

static cptr_t endpoint, reply, notification, signal, irq_handler;

static const struct {
    enum operation operation;
    const char *name;
} timed[] = {{OPERATION_EMPTY, "empty"},
             {OPERATION_NULL, "null"},
             {OPERATION_CALL, "call"},
             {OPERATION_SIGNAL_HIGH, "signal-high"},
             {OPERATION_IRQ_TO_THREAD, "irq-to-thread"}};
#define TIMED (sizeof(timed) / sizeof(timed[0]))

static volatile word_t ticks[TIMED][ROUNDS];

// --- the guest: EL1, MMU off

#define READ_COUNTER(register) "mrs " register ", cntvct_el0\n\t"

// The ticks from before BEGIN to behind END; `between` is the instruction that is timed.
#define TIME(between)                                                                                        \
    __asm__ volatile(READ_COUNTER("x9") BEGIN between END READ_COUNTER("x10") "sub x9, x10, x9\n\t"          \
                                                                              "mov %0, x9"                   \
                     : "=r"(time), "+r"(x0), "+r"(x1)                                                        \
                     : "r"(x7)                                                                               \
                     : "x2", "x3", "x4", "x5", "x6", "x9", "x10", "memory")

SYS_INLINE word_t time_call(long number, cptr_t object) {
    register word_t x0 __asm__("x0") = object;
    register word_t x1 __asm__("x1") = sel4_info(0, 0, 0, 0);
    register long x7 __asm__("x7") = number;
    word_t time;
    TIME("hvc #0");
    return time;
}

static word_t time_nothing(void) {
    register word_t x0 __asm__("x0") = 0, x1 __asm__("x1") = 0;
    register long x7 __asm__("x7") = 0;
    word_t time;
    TIME("");
    return time;
}

// Root has cleared the UART's interrupt mask when the guest goes on.
static word_t time_interrupt(void) {
    register word_t x0 __asm__("x0") = UART_BASE + PL011_IMSC, x1 __asm__("x1") = PL011_INT_TX;
    register long x7 __asm__("x7") = 0;
    word_t time;
    TIME("str w1, [x0]");
    return time;
}

static word_t time_operation(enum operation operation) {
    switch (operation) {
    case OPERATION_NULL:
        return time_call(SYS_NBSend, SEL4_SLOT_NULL);
    case OPERATION_CALL:
        return time_call(SYS_Call, endpoint);
    case OPERATION_SIGNAL_HIGH:
        return time_call(SYS_Send, signal);
    case OPERATION_IRQ_TO_THREAD:
        return time_interrupt();
    default:
        return time_nothing();
    }
}

// Tells the plugin what the following measurements are of. A HINT's number is a constant.
static void operation_begin(enum operation operation) {
#define OPERATION(identifier, name, budget, reference)                                                       \
    if (operation == OPERATION_##identifier)                                                                 \
        __asm__ volatile("hint %0" : : "i"(MARK_OPERATION + OPERATION_##identifier) : "memory");
#include <bench/kernel/cases.def>
#undef OPERATION
}

static void guest_call(word_t label) {
    register word_t x0 __asm__("x0") = endpoint, x1 __asm__("x1") = sel4_info(label, 0, 0, 0);
    register long x7 __asm__("x7") = SYS_Call;
    __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1) : "r"(x7) : "x2", "x3", "x4", "x5", "x6", "memory");
}

static void guest_main(void) {
    guest_call(0); // root is not there yet: from here on it is the more urgent
    for (unsigned i = 0; i < TIMED; i++) {
        operation_begin(timed[i].operation);
        for (unsigned round = 0; round < ROUNDS; round++)
            ticks[i][round] = time_operation(timed[i].operation);
    }
    guest_call(LABEL_END);
    for (;;)
        __asm__ volatile("wfi");
}

// --- root

static cptr_t mint(word_t badge) {
    cptr_t slot = setup_slot();
    setup_check("CNode_Mint", seL4_CNode_Mint(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, 64, notification, 64,
                                              SEL4_RIGHT_WRITE, badge));
    return slot;
}

static void serve(void) {
    struct sel4_message message = {0};
    word_t badge = seL4_Recv(endpoint, reply, &message);
    while (badge != 0 || sel4_info_label(message.info) != LABEL_END) {
        if (badge == BADGE_INTERRUPT) {
            pl011_write(UART_BASE, PL011_IMSC, 0);
            setup_check("IRQHandler_Ack", seL4_IRQHandler_Ack(irq_handler));
        }
        if (badge == 0)
            badge = seL4_ReplyRecv(endpoint, reply, &message);
        else
            badge = seL4_Recv(endpoint, reply, &message);
    }
}

static void print_number(word_t value) {
    char digits[24];
    unsigned at = sizeof(digits) - 1;
    digits[at] = '\0';
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    setup_print(digits + at);
}

static void print_ticks(void) {
    for (unsigned i = 0; i < TIMED; i++) {
        for (unsigned round = 0; round < ROUNDS; round++) {
            setup_print("@counter ");
            setup_print(timed[i].name);
            setup_print(" ");
            print_number(ticks[i][round] - ticks[0][0]);
            setup_print("\n");
        }
    }
}

int main(word_t bootinfo, word_t argument1, word_t argument2, word_t argument3) {
    (void)argument1, (void)argument2, (void)argument3;
    setup_start((const struct sel4_bootinfo *)bootinfo);
    setup_print("counting\n"); // so that the UART's transmit interrupt is raised
    endpoint = setup_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = setup_object(SEL4_OBJECT_REPLY, 0);
    notification = setup_object(SEL4_OBJECT_NOTIFICATION, 0);
    signal = mint(BADGE_SIGNAL);
    irq_handler = setup_slot();
    setup_check("IRQControl_Get",
                seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, SEL4_SLOT_CNODE, UART_IRQ, irq_handler, 64));
    setup_check("IRQHandler_SetNotification",
                seL4_IRQHandler_SetNotification(irq_handler, mint(BADGE_INTERRUPT)));
    setup_check("TCB_BindNotification", seL4_TCB_BindNotification(SEL4_SLOT_TCB, notification));
    setup_partner_guest();
    setup_partner_start(guest_main, MEASURE_PRIORITY - 1, false);
    serve();
    print_ticks();
    setup_print("DONE\n");
    for (;;)
        __asm__ volatile(MARK_HINT(MARK_FINISH) "yield");
}
