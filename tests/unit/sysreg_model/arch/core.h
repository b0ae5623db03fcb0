// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// In the place of kernel/arch/aarch64/include/arch/core.h: the only core is the test's.
#ifndef ARCH_CORE_H
#define ARCH_CORE_H

#include <kernel/core.h>

struct core *model_core(void);

static inline struct core *arch_core(void) {
    return model_core();
}

#endif
