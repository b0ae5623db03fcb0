// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers of the Arm PL011 UART (PrimeCell UART Technical Reference Manual, DDI 0183G, chapter 3).
#ifndef LIB_BASE_PL011_H
#define LIB_BASE_PL011_H

#include <stdint.h>

enum pl011_register {
    PL011_DR = 0x000,    // data
    PL011_FR = 0x018,    // flags
    PL011_LCR_H = 0x02c, // line control
    PL011_CR = 0x030,    // control
    PL011_IFLS = 0x034,  // FIFO levels that interrupt
    PL011_IMSC = 0x038,  // interrupt mask: 1 lets it through
    PL011_MIS = 0x040,   // masked interrupt status
    PL011_ICR = 0x044,   // interrupt clear
};

enum {
    PL011_FR_BUSY = 1 << 3,
    PL011_FR_RXFE = 1 << 4, // receive FIFO empty
    PL011_FR_TXFF = 1 << 5, // transmit FIFO full
    PL011_LCR_H_FEN = 1 << 4,
    PL011_LCR_H_8BITS = 3 << 5,
    PL011_CR_UARTEN = 1 << 0,
    PL011_CR_TXE = 1 << 8,
    PL011_CR_RXE = 1 << 9,
    PL011_INT_RX = 1 << 4,
    PL011_INT_TX = 1 << 5,
    PL011_INT_RT = 1 << 6, // receive timeout: fewer bytes than the level, and 32 bit times of silence
    PL011_INT_ALL = 0x7ff,
};

static inline uint32_t pl011_read(uintptr_t base, enum pl011_register reg) {
    return *(volatile uint32_t *)(base + reg);
}

static inline void pl011_write(uintptr_t base, enum pl011_register reg, uint32_t value) {
    *(volatile uint32_t *)(base + reg) = value;
}

#endif
