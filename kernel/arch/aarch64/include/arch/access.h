// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Decoded guest accesses: from the syndrome of a data abort to the words of GLACIS_FAULT_ACCESS, and from the
// reply to the register (Arm ARM D17.2.37, ISS encoding of a Data Abort). No state, no hardware: host tests
// use it too.
#ifndef ARCH_ACCESS_H
#define ARCH_ACCESS_H

#include <arch/sysreg.h>

// MR1 of the message, for a syndrome with ISV = 1.
static inline word_t access_encode(word_t esr, bool big_endian) {
    return (word_t)1 << ESR_SAS(esr) | (esr & ESR_WNR ? GLACIS_ACCESS_WRITE : 0) |
           (esr & ESR_SSE ? GLACIS_ACCESS_SIGN : 0) | (word_t)ESR_SRT(esr) << 16 |
           (esr & ESR_SF ? GLACIS_ACCESS_SF : 0) | (big_endian ? GLACIS_ACCESS_BIG_ENDIAN : 0);
}

// What the guest stores: as many bytes as the access has, the others 0. Register 31 is XZR.
static inline word_t access_store_value(const word_t *registers, word_t access) {
    unsigned reg = GLACIS_ACCESS_REG(access), bits = GLACIS_ACCESS_BYTES(access) * 8;
    word_t value = reg == 31 ? 0 : registers[reg];
    return bits < 64 ? value & MASK(bits) : value;
}

// Finishes a load: the register gets `value`, cut to the access, sign-extended to the register's size if the
// instruction does. A store changes nothing.
static inline void access_complete(word_t *registers, word_t access, word_t value) {
    unsigned reg = GLACIS_ACCESS_REG(access), bits = GLACIS_ACCESS_BYTES(access) * 8;
    if (LIKELY((access & (GLACIS_ACCESS_WRITE | GLACIS_ACCESS_SIGN | 0xff)) == 4) && LIKELY(reg != 31)) {
        registers[reg] = (uint32_t)value; // what device registers are
        return;
    }
    if (access & GLACIS_ACCESS_WRITE || reg == 31)
        return;
    if (bits < 64) {
        value &= MASK(bits);
        if (access & GLACIS_ACCESS_SIGN && value >> (bits - 1))
            value |= ~MASK(bits);
    }
    registers[reg] = access & GLACIS_ACCESS_SF ? value : (uint32_t)value;
}

// Finishes a call: as many of the words as there are go to x0 and on.
static inline void access_complete_call(word_t *registers, word_t length, const word_t *mr) {
    if (length > 0)
        registers[0] = mr[0];
    if (length > 1) {
        registers[1] = mr[1];
        if (length > 2)
            registers[2] = mr[2];
        if (length > 3)
            registers[3] = mr[3];
    }
}

#endif
