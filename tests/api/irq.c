// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Interrupts: handler capabilities, delivery of a real one (the PL011's transmit interrupt),
// software-generated ones. The addresses that Get, GetTrigger and IssueSGI take are tested in cnode_lookup.c.
#include "harness.h"

#define UART      0x09000000ull
#define UART_IRQ  33
#define UART_AT   0x2c000000ull
#define UART_FR   0x18
#define UART_IMSC 0x38
#define UART_TX   (1u << 5)
#define SPARE_IRQ 100
#define LAST_IRQ  159

static word uart_handler, uart_notification;

static volatile uint32_t *uart(unsigned offset) {
    return (volatile uint32_t *)(UART_AT + offset);
}

static word delete (word slot) {
    return cnode_delete(S_CNODE, slot, ROOT_DEPTH);
}
static word get(word irq, word slot) {
    return irq_get(irq, S_CNODE, slot, ROOT_DEPTH);
}
static word get_trigger(word irq, word trigger, word slot) {
    return irq_get_trigger(irq, trigger, S_CNODE, slot, ROOT_DEPTH);
}
static word issue_sgi(word irq, word core, word slot) {
    return irq_issue_sgi(irq, core, S_CNODE, slot, ROOT_DEPTH);
}

// --- IRQControl: Get, GetTrigger

static void irq_control_get_makes_a_handler(void) {
    word slot = new_slot();
    EXPECT_REPLY(get(SPARE_IRQ, slot), OK);
    EXPECT_EQUAL(raw_identify(slot), C_IRQ_HANDLER);
    EXPECT_OK(delete (slot));
    EXPECT_REPLY(get(LAST_IRQ, slot), OK);
    EXPECT_OK(delete (slot));
    EXPECT_REPLY(get(0, slot), OK);
    EXPECT_OK(delete (slot));
}

static void irq_control_get_trigger_makes_a_handler(void) {
    word slot = new_slot();
    for (word trigger = 0; trigger < 2; trigger++) {
        EXPECT_REPLY(get_trigger(SPARE_IRQ, trigger, slot), OK);
        EXPECT_EQUAL(raw_identify(slot), C_IRQ_HANDLER);
        EXPECT_OK(delete (slot));
    }
}

static void irq_control_get_number_out_of_range(void) {
    word slot = new_slot();
    EXPECT_REPLY(get(LAST_IRQ + 1, slot), RNG, 0, LAST_IRQ);
    EXPECT_REPLY(get(1ull << 32 | 100, slot), RNG, 0, LAST_IRQ);
    EXPECT_REPLY(get(~0ull, slot), RNG, 0, LAST_IRQ);
    EXPECT(is_empty(slot));
}

static void irq_control_get_trigger_number_out_of_range(void) {
    word slot = new_slot();
    EXPECT_REPLY(get_trigger(LAST_IRQ + 1, 0, slot), RNG, 0, LAST_IRQ);
    EXPECT_REPLY(get_trigger(~0ull, 1, slot), RNG, 0, LAST_IRQ);
    EXPECT(is_empty(slot));
}

static void irq_control_get_number_already_issued(void) {
    word slot = new_slots(2);
    EXPECT_OK(get(SPARE_IRQ, slot));
    EXPECT_REPLY(get(SPARE_IRQ, slot + 1), REV);
    EXPECT_REPLY(get_trigger(SPARE_IRQ, 1, slot + 1), REV);
    EXPECT_OK(delete (slot));
    EXPECT_OK(get_trigger(SPARE_IRQ, 1, slot + 1));
    EXPECT_REPLY(get(SPARE_IRQ, slot), REV);
    EXPECT_OK(delete (slot + 1));
}

static void irq_control_get_number_of_the_kernel(void) {
    word slot = new_slot();
    for (word irq = 25; irq <= 27; irq++) {
        EXPECT_REPLY(get(irq, slot), REV);
        EXPECT_REPLY(get_trigger(irq, 0, slot), REV);
    }
    EXPECT(is_empty(slot));
}

static void irq_control_get_to_an_occupied_slot(void) {
    EXPECT_REPLY(get(SPARE_IRQ, S_TCB), DEL);
    word slot = new_slot();
    EXPECT_OK(get(SPARE_IRQ, slot)); // still free
    EXPECT_OK(delete (slot));
}

static void irq_control_get_trigger_to_an_occupied_slot(void) {
    EXPECT_REPLY(get_trigger(SPARE_IRQ, 1, S_TCB), DEL);
}

// --- IRQControl: IssueSGI

static void irq_control_issue_sgi_makes_a_capability_that_fires(void) {
    word handler = new_slot(), sgi = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_REPLY(issue_sgi(5, 0, sgi), OK);
    EXPECT_EQUAL(raw_identify(sgi), C_SGI);
    EXPECT_OK(get(5, handler));
    EXPECT_OK(irq_set_notification(handler, new_mint(ntfn, R_W, 0x55)));
    EXPECT_REPLY(raw_invoke(sgi, 0, CAPS(), WORDS()), OK);
    EXPECT_EQUAL(raw_wait(ntfn), 0x55);
    EXPECT_OK(irq_ack(handler));
    EXPECT_REPLY(raw_invoke(sgi, 12345, CAPS(S_TCB), WORDS(1, 2, 3)), OK); // any call
    EXPECT_EQUAL(raw_wait(ntfn), 0x55);
    EXPECT_OK(irq_ack(handler));
    raw_send(NR_SEND, sgi, &(struct message){0});
    EXPECT_EQUAL(raw_wait(ntfn), 0x55);
    EXPECT_OK(irq_ack(handler));
    raw_send(NR_NB_SEND, sgi, &(struct message){0});
    EXPECT_EQUAL(raw_wait(ntfn), 0x55);
    EXPECT_OK(irq_ack(handler));
    EXPECT_OK(delete (handler));
}

static void irq_control_issue_sgi_of_every_number_and_target(void) {
    word sgi = new_slot();
    for (word irq = 0; irq < 16; irq++)
        for (word core = 0; core < 8; core += 7) {
            EXPECT_REPLY(issue_sgi(irq, core, sgi), OK);
            EXPECT_OK(delete (sgi));
        }
}

static void irq_control_issue_sgi_is_not_exclusive(void) {
    word sgi = new_slots(2);
    EXPECT_OK(issue_sgi(5, 0, sgi));
    EXPECT_OK(issue_sgi(5, 0, sgi + 1));
    EXPECT_OK(delete (sgi));
    EXPECT_OK(delete (sgi + 1));
}

static void irq_control_issue_sgi_number_out_of_range(void) {
    word sgi = new_slot();
    EXPECT_REPLY(issue_sgi(16, 0, sgi), RNG, 0, 15);
    EXPECT_REPLY(issue_sgi(~0ull, 0, sgi), RNG, 0, 15);
}

static void irq_control_issue_sgi_target_out_of_range(void) {
    word sgi = new_slot();
    EXPECT_REPLY(issue_sgi(5, 8, sgi), IA, 1);
    EXPECT_REPLY(issue_sgi(5, ~0ull, sgi), IA, 1);
}

static void irq_control_issue_sgi_to_an_occupied_slot(void) {
    EXPECT_REPLY(issue_sgi(5, 0, S_TCB), DEL);
}

// --- IRQHandler

static void irq_handler_set_notification_takes_one_with_write(void) {
    word handler = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(get(SPARE_IRQ, handler));
    EXPECT_REPLY(irq_set_notification(handler, ntfn), OK);
    EXPECT_REPLY(irq_set_notification(handler, new_mint(ntfn, R_W, 0)), OK); // replaces it
    EXPECT_OK(delete (handler));
}

static void irq_handler_set_notification_not_a_notification(void) {
    word handler = new_slot();
    EXPECT_OK(get(SPARE_IRQ, handler));
    EXPECT_REPLY(irq_set_notification(handler, S_TCB), IC, 0);
    EXPECT_REPLY(irq_set_notification(handler, new_object(T_ENDPOINT, 0)), IC, 0);
    EXPECT_REPLY(irq_set_notification(handler, 0), IC, 0);
    EXPECT_OK(delete (handler));
}

static void irq_handler_set_notification_without_write(void) {
    word handler = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(get(SPARE_IRQ, handler));
    EXPECT_REPLY(irq_set_notification(handler, new_mint(ntfn, R_ALL & ~R_W, 0)), IC, 0);
    EXPECT_OK(delete (handler));
}

static void irq_handler_clear_and_ack_always_succeed(void) {
    word handler = new_slot();
    EXPECT_OK(get(SPARE_IRQ, handler));
    EXPECT_REPLY(irq_clear(handler), OK);
    EXPECT_REPLY(irq_ack(handler), OK);
    EXPECT_OK(irq_set_notification(handler, new_object(T_NOTIFICATION, 0)));
    EXPECT_REPLY(irq_clear(handler), OK);
    EXPECT_REPLY(irq_clear(handler), OK);
    EXPECT_REPLY(irq_ack(handler), OK);
    EXPECT_OK(delete (handler));
}

// --- delivery

static void the_uart_is_mapped(void) {
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
    EXPECT_REPLY(page_get_address(frame), OK, UART);
    EXPECT_OK(table_map(table, S_VSPACE, UART_AT, 3));
    EXPECT_OK(page_map(frame, S_VSPACE, UART_AT, R_R | R_W, 0));
    EXPECT_REPLY(page_clean(frame, 0, 64), ILL); // no RAM
    EXPECT(*uart(UART_FR) & 0x80);               // TXFE: the transmit FIFO is empty
}

static void an_interrupt_becomes_a_signal(void) {
    uart_handler = new_slot();
    uart_notification = new_object(T_NOTIFICATION, 0);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(get(UART_IRQ, uart_handler));
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x80)));
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    raw_put_char('\n'); // makes the transmit interrupt's raw state
    *uart(UART_IMSC) = UART_TX;
    EXPECT_EQUAL(raw_wait(uart_notification), 0x80); // issued unmasked: no Ack was needed
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

static void a_replaced_notification_takes_the_next(void) {
    word other = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(other, R_W, 0x82)));
    *uart(UART_IMSC) = UART_TX;
    EXPECT_EQUAL(raw_wait(other), 0x82);
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(irq_ack(uart_handler));
}

static void without_a_notification_it_stays_masked(void) {
    EXPECT_OK(irq_clear(uart_handler));
    *uart(UART_IMSC) = UART_TX;
    raw_yield();
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x81)));
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0); // masked, and nobody was told
    EXPECT_OK(irq_ack(uart_handler));
    EXPECT_EQUAL(raw_wait(uart_notification), 0x81);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(irq_ack(uart_handler));
}

static void a_revoked_notification_is_told_nothing(void) {
    word other = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(irq_set_notification(uart_handler, other));
    EXPECT_OK(cnode_revoke(S_CNODE, other, ROOT_DEPTH)); // the handler's copy
    *uart(UART_IMSC) = UART_TX;
    raw_yield();
    EXPECT_EQUAL(raw_poll(other), 0);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(irq_ack(uart_handler));
}

static void a_deleted_handler_is_silent(void) {
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x84)));
    EXPECT_OK(delete (uart_handler));
    *uart(UART_IMSC) = UART_TX;
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    *uart(UART_IMSC) = 0;
}

static void a_handler_issued_again_delivers(void) {
    EXPECT_OK(get(UART_IRQ, uart_handler));
    *uart(UART_IMSC) = UART_TX; // taken without a notification: masked
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x85)));
    EXPECT_OK(irq_ack(uart_handler));
    EXPECT_EQUAL(raw_wait(uart_notification), 0x85);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(delete (uart_handler));
}

static void an_edge_is_delivered_once(void) {
    EXPECT_OK(get_trigger(UART_IRQ, 1, uart_handler));
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x86)));
    *uart(UART_IMSC) = UART_TX; // the line rises
    EXPECT_EQUAL(raw_wait(uart_notification), 0x86);
    EXPECT_OK(irq_ack(uart_handler)); // and stays
    raw_yield();
    EXPECT_EQUAL(raw_poll(uart_notification), 0);
    *uart(UART_IMSC) = 0;
    *uart(UART_IMSC) = UART_TX; // rises again
    EXPECT_EQUAL(raw_wait(uart_notification), 0x86);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(delete (uart_handler));
    EXPECT_OK(get_trigger(UART_IRQ, 0, uart_handler));
    EXPECT_OK(irq_set_notification(uart_handler, new_mint(uart_notification, R_W, 0x87)));
    *uart(UART_IMSC) = UART_TX;
    EXPECT_EQUAL(raw_wait(uart_notification), 0x87);
    EXPECT_OK(irq_ack(uart_handler)); // a level is delivered as long as it is high
    EXPECT_EQUAL(raw_wait(uart_notification), 0x87);
    *uart(UART_IMSC) = 0;
    EXPECT_OK(delete (uart_handler));
}

static const struct test tests[] = {
    TEST(irq_control_get_makes_a_handler),
    TEST(irq_control_get_trigger_makes_a_handler),
    TEST(irq_control_get_number_out_of_range),
    TEST(irq_control_get_trigger_number_out_of_range),
    TEST(irq_control_get_number_already_issued),
    TEST(irq_control_get_number_of_the_kernel),
    TEST(irq_control_get_to_an_occupied_slot),
    TEST(irq_control_get_trigger_to_an_occupied_slot),
    TEST(irq_control_issue_sgi_makes_a_capability_that_fires),
    TEST(irq_control_issue_sgi_of_every_number_and_target),
    TEST(irq_control_issue_sgi_is_not_exclusive),
    TEST(irq_control_issue_sgi_number_out_of_range),
    TEST(irq_control_issue_sgi_target_out_of_range),
    TEST(irq_control_issue_sgi_to_an_occupied_slot),
    TEST(irq_handler_set_notification_takes_one_with_write),
    TEST(irq_handler_set_notification_not_a_notification),
    TEST(irq_handler_set_notification_without_write),
    TEST(irq_handler_clear_and_ack_always_succeed),
    TEST(the_uart_is_mapped),
    TEST(an_interrupt_becomes_a_signal),
    TEST(it_stays_masked_until_it_is_acknowledged),
    TEST(it_wakes_a_bound_receiver),
    TEST(a_replaced_notification_takes_the_next),
    TEST(without_a_notification_it_stays_masked),
    TEST(a_revoked_notification_is_told_nothing),
    TEST(a_deleted_handler_is_silent),
    TEST(a_handler_issued_again_delivers),
    TEST(an_edge_is_delivered_once),
};

int main(void) {
    RUN(tests);
}
