// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the suite's own programs share: pseudo-random numbers and checksums, the same on every machine.
#ifndef GLACIS_BENCH_SUITE_WORK_H
#define GLACIS_BENCH_SUITE_WORK_H

#include <stdint.h>

#define CHECKSUM_START UINT64_C(0xcbf29ce484222325)

// Adds a value to a checksum that began as CHECKSUM_START; the order counts. It is FNV-1a on words of 64
// bits, with the upper half folded down, as multiplication alone carries differences upwards only.
static inline uint64_t checksum_add(uint64_t sum, uint64_t value) {
    sum = (sum ^ value) * UINT64_C(0x100000001b3);
    return sum ^ sum >> 32;
}

// The next number of a generator whose state is *state, any number at first (SplitMix64: a counter, mixed).
static inline uint64_t random_next(uint64_t *state) {
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

// A number from 0 to below - 1; `below` is 1 to 2^32.
static inline uint32_t random_below(uint64_t *state, uint64_t below) {
    return (uint32_t)((random_next(state) >> 32) * below >> 32);
}

#endif
