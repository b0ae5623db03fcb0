// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The clock of every figure: the virtual counter, which Linux lets EL0 read (Arm ARM D11.1.2,
// CNTKCTL_EL1.EL0VCTEN). Under QEMU's icount with cntfrq=1000000000 one tick is one instruction.
#ifndef GLACIS_BENCH_SUITE_COUNTER_H
#define GLACIS_BENCH_SUITE_COUNTER_H

#include <stdint.h>

// CNTVCT_EL0, in ticks. The barrier keeps the read from being done early (Arm ARM D11.2.2).
static inline uint64_t counter_read(void) {
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
    return ticks;
}

// CNTFRQ_EL0: ticks per second.
static inline uint64_t counter_frequency(void) {
    uint64_t hertz;
    __asm__("mrs %0, cntfrq_el0" : "=r"(hertz));
    return hertz;
}

#endif
