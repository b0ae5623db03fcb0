// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How a thread of ours stops itself.
#ifndef LIB_RT_ARCH_AARCH64_STOP_H
#define LIB_RT_ARCH_AARCH64_STOP_H

#include <abi/types.h>

// An unknown system call with seven words in x0 to x6.
static inline void rt_arch_fault(long number, const word_t words[7]) {
    register word_t x0 __asm__("x0") = words[0];
    register word_t x1 __asm__("x1") = words[1];
    register word_t x2 __asm__("x2") = words[2];
    register word_t x3 __asm__("x3") = words[3];
    register word_t x4 __asm__("x4") = words[4];
    register word_t x5 __asm__("x5") = words[5];
    register word_t x6 __asm__("x6") = words[6];
    register long x7 __asm__("x7") = number;
    __asm__ volatile("svc #0"
                     :
                     : "r"(x0), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7)
                     : "memory");
}

// Waits in a loop without disturbing others more than it must.
static inline void rt_arch_pause(void) {
    __asm__ volatile("yield");
}

#endif
