// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers of the PL011 (Arm DDI 0183, PrimeCell UART PL011 TRM, chapter 3).
#pragma once

#include "guests/bare/bare.h"

enum pl011_register {
    PL011_DR = 0x000,
    PL011_RSR = 0x004, // write: ECR
    PL011_FR = 0x018,
    PL011_ILPR = 0x020,
    PL011_IBRD = 0x024,
    PL011_FBRD = 0x028,
    PL011_LCR_H = 0x02c,
    PL011_CR = 0x030,
    PL011_IFLS = 0x034,
    PL011_IMSC = 0x038,
    PL011_RIS = 0x03c,
    PL011_MIS = 0x040,
    PL011_ICR = 0x044,
    PL011_DMACR = 0x048,
    PL011_PERIPHID0 = 0xfe0,
    PL011_PCELLID0 = 0xff0,
};

#define PL011_FR_BUSY   BIT(3)
#define PL011_FR_RXFE   BIT(4)
#define PL011_FR_TXFF   BIT(5)
#define PL011_FR_RXFF   BIT(6)
#define PL011_FR_TXFE   BIT(7)
#define PL011_LCR_BRK   BIT(0)
#define PL011_LCR_FEN   BIT(4)
#define PL011_LCR_8BIT  (3UL << 5)
#define PL011_CR_UARTEN BIT(0)
#define PL011_CR_LBE    BIT(7)
#define PL011_CR_TXE    BIT(8)
#define PL011_CR_RXE    BIT(9)
#define PL011_INT_RX    BIT(4)
#define PL011_INT_TX    BIT(5)
#define PL011_INT_RT    BIT(6)
#define PL011_INT_OE    BIT(10)
#define PL011_DR_OE     BIT(11)

// Keeps the state in which the UART was found at boot, for the test of its reset values.
void pl011_note_reset_state(void);
