// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
#ifndef ARCH_CORE_H
#define ARCH_CORE_H

#include <kernel/core.h>

extern struct core host_core;

static inline struct core *arch_core(void) {
    return &host_core;
}

#endif
