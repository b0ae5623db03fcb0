// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Microseconds and ticks of the system counter: their ratio as a reduced fraction, and scaling without
// overflow on the way. No state, no hardware: host tests use it too.
#ifndef ARCH_TICKS_H
#define ARCH_TICKS_H

#include <kernel/types.h>

struct ticks_ratio {
    uint32_t ticks, us; // so many ticks are so many microseconds, no common divisor
};

// False: the frequency, in Hz, is outside 1 MHz .. 1 GHz (Arm ARM D11.1.2: 1 MHz to 50 MHz typical, 1 GHz
// from Armv8.6).
static inline bool ticks_ratio_make(uint64_t frequency, struct ticks_ratio *ratio) {
    if (frequency < 1000000 || frequency > 1000000000)
        return false;
    uint32_t a = (uint32_t)frequency, b = 1000000;
    while (b) { // bound: Euclid's algorithm, below 45 turns for 32 bits
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    *ratio = (struct ticks_ratio){(uint32_t)frequency / a, 1000000 / a};
    return true;
}

// floor(value * to / from), exact; the largest word if that does not fit.
static inline uint64_t ticks_scale(uint64_t value, uint32_t to, uint32_t from) {
    uint64_t whole = value / from, rest = value % from, product, result;
    if (__builtin_mul_overflow(whole, (uint64_t)to, &product) ||
        __builtin_add_overflow(product, rest * to / from, &result))
        return UINT64_MAX;
    return result;
}

#endif
