// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Interrupts: handler capabilities, delivery of a real one (the PL011's transmit interrupt),
// software-generated ones.
#include "harness.h"

#define UART      0x09000000ull
#define UART_IRQ  33
#define UART_AT   0x2c000000ull
#define UART_IMSC 0x38
#define UART_RIS  0x3c
#define UART_ICR  0x44
#define UART_TX   (1u << 5)
#define SPARE_IRQ 100

static word uart_handler, uart_notification;

static volatile uint32_t *uart(unsigned offset) {
    return (volatile uint32_t *)(UART_AT + offset);
}

static void arguments_are_checked(void) {
    word slot = new_slot();
    EXPECT_ERROR2(irq_get(160, S_CNODE, slot, ROOT_DEPTH), RNG, 0, 159);
    EXPECT_ERROR2(irq_get((word)-1, S_CNODE, slot, ROOT_DEPTH), RNG, 0, 159);
    for (word irq = 25; irq <= 27; irq++)
        EXPECT_EQUAL(irq_get(irq, S_CNODE, slot, ROOT_DEPTH), REV); // the kernel's own
    EXPECT_EQUAL(irq_get(SPARE_IRQ, S_CNODE, S_TCB, ROOT_DEPTH), DEL);
    EXPECT_EQUAL(irq_get(SPARE_IRQ, S_TCB, slot, ROOT_DEPTH), FL);
    EXPECT(is_empty(slot));
}

static void a_number_is_given_once_until_it_is_deleted(void) {
    word slot = new_slots(2);
    EXPECT_OK(irq_get(SPARE_IRQ, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_EQUAL(raw_identify(slot), C_IRQ_HANDLER);
    EXPECT_EQUAL(irq_get(SPARE_IRQ, S_CNODE, slot + 1, ROOT_DEPTH), REV);
    EXPECT_EQUAL(irq_get_trigger(SPARE_IRQ, 1, S_CNODE, slot + 1, ROOT_DEPTH), REV);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(irq_get_trigger(SPARE_IRQ, 1, S_CNODE, slot + 1, ROOT_DEPTH));
    EXPECT_OK(cnode_delete(S_CNODE, slot + 1, ROOT_DEPTH));
}

static void handlers_take_notifications_with_write(void) {
    word handler = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(irq_get(SPARE_IRQ, S_CNODE, handler, ROOT_DEPTH));
    EXPECT_ERROR1(irq_set_notification(handler, S_TCB), IC, 0);
    EXPECT_ERROR1(irq_set_notification(handler, new_mint(ntfn, R_R, 0)), IC, 0);
    EXPECT_OK(irq_set_notification(handler, ntfn));
    EXPECT_OK(irq_clear(handler));
    EXPECT_OK(irq_clear(handler));
    EXPECT_OK(irq_ack(handler));
    EXPECT_OK(cnode_delete(S_CNODE, handler, ROOT_DEPTH));
}

static void map_the_uart(void) {
    word start, bits, device = device_untyped(UART, &start, &bits), piece = device,
                      table = new_object(T_PAGE_TABLE, 0);
    EXPECT(device != 0);
    while (bits > 12) { // halves, down to the page
        word halves = new_slots(2);
        bits--;
        EXPECT_OK(untyped_retype(piece, S_CNODE, T_UNTYPED, bits, 0, 0, halves, 2));
        bool upper = UART >> bits & 1;
        piece = halves + upper;
    }
    word frame = new_slot();
    EXPECT_OK(untyped_retype(piece, S_CNODE, T_SMALL_PAGE, 0, 0, 0, frame, 1));
    EXPECT_OK(page_get_address(frame));
    EXPECT_EQUAL(reply.mr[0], UART);
    EXPECT_OK(table_map(table, S_VSPACE, UART_AT, 3));
    EXPECT_OK(page_map(frame, S_VSPACE, UART_AT, R_R | R_W, 0));
    EXPECT_ERROR1(page_clean(frame, 0, 64), ILL, reply.mr[0]); // no RAM
    EXPECT(*uart(0x18) & 0x80);                                // FR.TXFE: the transmit FIFO is empty
}

static void an_interrupt_becomes_a_signal(void) {
    uart_handler = new_slot();
    uart_notification = new_object(T_NOTIFICATION, 0);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(irq_get(UART_IRQ, S_CNODE, uart_handler, ROOT_DEPTH));
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x80)));
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    raw_put_char('\n'); // makes the transmit interrupt's raw state
    *uart(UART_IMSC) = UART_TX;
    EXPECT_EQUAL(raw_wait(uart_notification), 0x80);
}

static void it_stays_masked_until_it_is_acknowledged(void) {
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    EXPECT_OK(irq_ack(uart_handler)); // the level is still high
    EXPECT_EQUAL(raw_wait(uart_notification), 0x80);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(irq_ack(uart_handler));
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
}

static void it_wakes_a_bound_receiver(void) {
    word ep = new_object(T_ENDPOINT, 0), rep = new_object(T_REPLY, 0);
    EXPECT_OK(tcb_bind_notification(S_TCB, uart_notification));
    *uart(UART_IMSC) = UART_TX;
    struct message m = {0};
    raw_message(NR_RECV, ep, &m, rep, 0);
    EXPECT_EQUAL(m.badge, 0x80);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(irq_ack(uart_handler));
    EXPECT_OK(tcb_unbind_notification(S_TCB));
}

static void without_a_notification_it_is_lost(void) {
    EXPECT_OK(irq_clear(uart_handler));
    *uart(UART_IMSC) = UART_TX;
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    // It is masked now; with a notification and an acknowledgement it comes again.
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x81)));
    EXPECT_OK(irq_ack(uart_handler));
    EXPECT_EQUAL(raw_wait(uart_notification), 0x81);
    *uart(UART_IMSC) = 0;
}

static void a_deleted_handler_is_silent(void) {
    EXPECT_OK(irq_ack(uart_handler));
    EXPECT_OK(cnode_delete(S_CNODE, uart_handler, ROOT_DEPTH));
    *uart(UART_IMSC) = UART_TX;
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    *uart(UART_IMSC) = 0;
}

static void software_generated_interrupts_are_issued(void) {
    word handler = new_slot(), sgi = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_EQUAL(irq_issue_sgi(16, 0, S_CNODE, sgi, ROOT_DEPTH), RNG);
    EXPECT_ERROR1(irq_issue_sgi(5, 8, S_CNODE, sgi, ROOT_DEPTH), IA, 1);
    EXPECT_EQUAL(irq_issue_sgi(5, 0, S_CNODE, S_TCB, ROOT_DEPTH), DEL);
    EXPECT_OK(irq_issue_sgi(5, 0, S_CNODE, sgi, ROOT_DEPTH));
    EXPECT_EQUAL(raw_identify(sgi), C_SGI);
    EXPECT_OK(irq_get(5, S_CNODE, handler, ROOT_DEPTH));
    EXPECT_OK(irq_set_notification(handler, new_mint(ntfn, R_W, 0x55)));
    raw_invoke(sgi, 0, CAPS(), WORDS());
    EXPECT_EQUAL(raw_wait(ntfn), 0x55);
    EXPECT_OK(irq_ack(handler));
    raw_invoke(sgi, 0, CAPS(), WORDS());
    EXPECT_EQUAL(raw_wait(ntfn), 0x55);
    EXPECT_OK(irq_ack(handler));
}

static const struct test tests[] = {
    TEST(arguments_are_checked),
    TEST(a_number_is_given_once_until_it_is_deleted),
    TEST(handlers_take_notifications_with_write),
    TEST(map_the_uart),
    TEST(an_interrupt_becomes_a_signal),
    TEST(it_stays_masked_until_it_is_acknowledged),
    TEST(it_wakes_a_bound_receiver),
    TEST(without_a_notification_it_is_lost),
    TEST(a_deleted_handler_is_silent),
    TEST(software_generated_interrupts_are_issued),
};

int main(void) {
    RUN(tests);
}
