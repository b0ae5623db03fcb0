// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// ESR_ELx: the syndrome of an exception (DDI 0487, D19.2.37 ESR_EL1, D19.2.38 ESR_EL2).
#ifndef VMM_ARCH_AARCH64_ESR_H
#define VMM_ARCH_AARCH64_ESR_H

#include <stdint.h>

#define ESR_EC(esr)            ((unsigned)((esr) >> 26 & 0x3f))
#define ESR_MAKE(ec)           ((uint64_t)(ec) << 26)
#define ESR_IL                 (1ull << 25) // a 32-bit instruction
#define ESR_ISS_IMMEDIATE(esr) ((unsigned)((esr)&0xffff))

enum esr_class {
    ESR_EC_UNKNOWN = 0x00,
    ESR_EC_WFX = 0x01,
    ESR_EC_HVC64 = 0x16,
    ESR_EC_SMC64 = 0x17,
    ESR_EC_SYSREG = 0x18,
    ESR_EC_COUNT = 0x40,
};

// MSR that traps: ISS, without the register that is written from (Rt).
#define ESR_SYSREG_MASK    0x3ffc1full
#define ESR_SYSREG_RT(esr) ((unsigned)((esr) >> 5 & 0x1f))
#define ESR_SYSREG_WRITE(op0, op1, crn, crm, op2)                                                            \
    ((uint64_t)(op0) << 20 | (uint64_t)(op2) << 17 | (uint64_t)(op1) << 14 | (uint64_t)(crn) << 10 |         \
     (uint64_t)(crm) << 1)

// Data abort: ISS.
#define ESR_ABORT_WALK        (1ull << 7) // S1PTW: a stage 2 fault on a stage 1 table walk
#define ESR_ABORT_MAINTENANCE (1ull << 8) // CM: a cache maintenance instruction

#endif
