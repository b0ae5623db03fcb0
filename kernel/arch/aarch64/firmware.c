// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Calls to the firmware at EL3 (SMC Calling Convention, Arm DEN 0028).
#include <arch/machine.h>

void arch_firmware_call(word_t registers[8]) {
    register word_t x0 __asm__("x0") = registers[0];
    register word_t x1 __asm__("x1") = registers[1];
    register word_t x2 __asm__("x2") = registers[2];
    register word_t x3 __asm__("x3") = registers[3];
    register word_t x4 __asm__("x4") = registers[4];
    register word_t x5 __asm__("x5") = registers[5];
    register word_t x6 __asm__("x6") = registers[6];
    register word_t x7 __asm__("x7") = registers[7];
    // SMCCC 1.0 lets the callee change x0-x17.
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
                     :
                     : "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    registers[0] = x0;
    registers[1] = x1;
    registers[2] = x2;
    registers[3] = x3;
    registers[4] = x4;
    registers[5] = x5;
    registers[6] = x6;
    registers[7] = x7;
}
