// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// PL011 as the kernel's console: polled, output only (Arm DDI 0183, PrimeCell UART PL011 Technical Reference
// Manual). Line format and speed stay as firmware left them. Once the root task runs, the UART belongs to a
// component: the kernel writes again only in a panic.
#include <arch/internal.h>

#define UART_DR 0x00
#define UART_FR 0x18
#define UART_CR 0x30

#define FR_TXFF   BIT(5)
#define CR_UARTEN BIT(0)
#define CR_TXE    BIT(8)

static volatile char *uart;

// Waiting for the FIFO is bounded, so that a console that is stuck (flow control, no clock) never stops the
// kernel.
#define PUT_TRIES 1000000u

static volatile uint32_t *reg(unsigned offset) {
    return (volatile uint32_t *)(uart + offset);
}

void console_init(volatile void *registers) {
    uart = registers;
    if (uart && (*reg(UART_CR) & (CR_UARTEN | CR_TXE)) != (CR_UARTEN | CR_TXE))
        *reg(UART_CR) |= CR_UARTEN | CR_TXE;
}

void arch_console_put(char c) {
    if (!uart)
        return;
    for (unsigned i = 0; i < PUT_TRIES && (*reg(UART_FR) & FR_TXFF); i++)
        __asm__ volatile("yield");
    *reg(UART_DR) = (unsigned char)c;
}
