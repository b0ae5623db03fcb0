// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Decoder of the loads and stores that the processor does not describe in its syndrome: pairs, and those that
// write their base register back (DDI 0487, C4.1.94 Loads and Stores). Pure; the rest of that table (SIMD,
// exclusive, atomic, tags) cannot go to a device.
#ifndef VMM_ARCH_AARCH64_DECODE_H
#define VMM_ARCH_AARCH64_DECODE_H

#include <stdbool.h>
#include <stdint.h>

struct load_store {
    bool write;
    bool sign;        // a load that extends its sign, to `wide` ? 64 : 32 bits
    bool wide;        // a 64-bit register
    bool write_back;  // the base register becomes base + `offset`
    bool post_index;  // the access goes to base; else to base + `offset`
    bool by_register; // `offset` is register `index`, extended and shifted
    uint8_t bytes;    // of one register
    uint8_t count;    // registers: 1 or 2
    uint8_t rt[2];    // 31: zero
    uint8_t rn;       // 31: the stack pointer
    uint8_t index;    // 31: zero
    uint8_t extend;   // option field: 2 UXTW, 3 LSL, 6 SXTW, 7 SXTX
    uint8_t shift;
    int64_t offset;
};

// Decodes `instruction`. False: none of these.
bool decode_load_store(uint32_t instruction, struct load_store *result);

#endif
