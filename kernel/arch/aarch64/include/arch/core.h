// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
#ifndef ARCH_CORE_H
#define ARCH_CORE_H

#include <kernel/core.h>

// The core that executes this: TPIDR_EL2 (Arm ARM D17.2.141 holds nothing of the guest's).
static inline struct core *arch_core(void) {
    struct core *core;
    __asm__("mrs %0, tpidr_el2" : "=r"(core));
    return core;
}

#endif
