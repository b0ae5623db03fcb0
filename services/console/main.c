// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The console: owner of the PL011 UART and of its interrupt. It waits on one notification that the interrupt
// and all clients signal, moves bytes between UART and rings by the rules of services/console/mux.h, and
// signals the clients for whom something changed. The transmit interrupt is on only while bytes wait for the
// FIFO, the receive interrupts only while input has somewhere to go. While clients print it does not wait but
// gives up its budget, and so is back after CONSOLE_ROUND_US, by its scheduling context's period.
#include <lib/base/pl011.h>
#include <lib/rt/arch/aarch64/stop.h>
#include <lib/rt/rt.h>
#include <lib/sys/sys.h>
#include <services/console/mux.h>

#define INPUT_BYTES 64 // read at a time

struct console {
    struct mux mux; // first: uart_send receives it
    uintptr_t uart;
    uint32_t interrupts;       // the mask as it was last written
    uint8_t held[INPUT_BYTES]; // input that the client's ring had no room for
    uint32_t held_length;
};

static struct console console;

static uint32_t uart_send(struct mux *mux, const uint8_t *bytes, uint32_t length) {
    uintptr_t uart = ((struct console *)mux)->uart;
    uint32_t sent = 0;
    while (sent < length && !(pl011_read(uart, PL011_FR) & PL011_FR_TXFF))
        pl011_write(uart, PL011_DR, bytes[sent++]);
    return sent;
}

// Takes what the UART received, as long as there is somewhere to put it; returns whether there still is.
static bool receive(struct console *self) {
    uintptr_t uart = self->uart;
    for (;;) {
        while (self->held_length < INPUT_BYTES && !(pl011_read(uart, PL011_FR) & PL011_FR_RXFE))
            self->held[self->held_length++] = (uint8_t)pl011_read(uart, PL011_DR);
        if (self->held_length == 0)
            return true;
        uint32_t taken = mux_input(&self->mux, self->held, self->held_length);
        self->held_length -= taken;
        if (self->held_length > 0) {
            for (uint32_t i = 0; i < self->held_length; i++)
                self->held[i] = self->held[taken + i];
            return false;
        }
    }
}

static void set_interrupts(struct console *self, uint32_t interrupts) {
    if (interrupts == self->interrupts)
        return;
    self->interrupts = interrupts;
    pl011_write(self->uart, PL011_IMSC, interrupts);
}

static void wake_clients(struct mux *mux) {
    for (unsigned i = 0; i < mux->client_count; i++) {
        if (!mux->clients[i].wake)
            continue;
        mux->clients[i].wake = false;
        if (!mux->clients[i].silent)
            seL4_Signal(CONSOLE_SLOT_FIRST_CLIENT + i);
    }
}

// One round: everything that can be moved now.
static enum mux_state run(struct console *self, bool interrupted) {
    // Cleared before the FIFOs are looked at: what happens afterwards interrupts again (DDI 0183G 3.3.13).
    if (interrupted)
        pl011_write(self->uart, PL011_ICR, PL011_INT_ALL);
    bool listening = receive(self);
    enum mux_state state = mux_pump(&self->mux);
    set_interrupts(self,
                   (listening ? PL011_INT_RX | PL011_INT_RT : 0) | (state == MUX_BLOCKED ? PL011_INT_TX : 0));
    wake_clients(&self->mux);
    if (interrupted)
        seL4_IRQHandler_Ack(CONSOLE_SLOT_IRQ_HANDLER);
    return state;
}

// 8 bits, FIFOs on, both directions. The bit rate stays as the firmware set it: we don't know the clock. The
// line control may change only while the UART is off, and what root printed last must be out by then (DDI
// 0183G 3.3.8).
static void uart_start(uintptr_t uart) {
    while (pl011_read(uart, PL011_FR) & PL011_FR_BUSY)
        rt_arch_pause();
    pl011_write(uart, PL011_CR, 0);
    pl011_write(uart, PL011_IMSC, 0);
    pl011_write(uart, PL011_LCR_H, PL011_LCR_H_8BITS | PL011_LCR_H_FEN);
    pl011_write(uart, PL011_IFLS, 0); // transmit at 1/8 full, receive at 1/8 full
    pl011_write(uart, PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
}

int main(word_t config_address, word_t argument1, word_t argument2, word_t argument3) {
    (void)argument1, (void)argument2, (void)argument3;
    const struct console_config *config = (const struct console_config *)config_address;
    const char *wrong = mux_check_config(config);
    if (wrong)
        rt_panic("console: %s", wrong);
    console.uart = config->uart;
    console.mux.send = uart_send;
    mux_init(&console.mux, config);
    uart_start(console.uart);
    enum mux_state state = run(&console, true);
    for (struct sel4_message message = {0};;) {
        word_t badge;
        if (state == MUX_BUSY) {
            seL4_Yield();
            badge = seL4_Poll(CONSOLE_SLOT_NOTIFICATION);
        } else {
            badge = seL4_Wait(CONSOLE_SLOT_NOTIFICATION, &message);
        }
        state = run(&console, badge & CONSOLE_BADGE_IRQ);
    }
}
