// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The system calls of a debug build. In a release build each is an unknown system call, a fault of its
// caller.
#ifndef LIB_SYS_DEBUG_H
#define LIB_SYS_DEBUG_H

#include <lib/sys/sys.h>

static inline void seL4_DebugPutChar(char character) {
    sys_arch_simple(SYS_DebugPutChar, (uint8_t)character);
}

static inline void seL4_DebugPutString(const char *text) {
    while (*text)
        seL4_DebugPutChar(*text++);
}

// Prints every thread, its state, priority and where it stands.
static inline void seL4_DebugDumpScheduler(void) {
    sys_arch_simple(SYS_DebugDumpScheduler, 0);
}

static inline void seL4_DebugHalt(void) {
    sys_arch_simple(SYS_DebugHalt, 0);
}

// The capability's type (enum sel4_cap_type).
static inline word_t seL4_DebugCapIdentify(cptr_t cap) {
    return sys_arch_simple(SYS_DebugCapIdentify, cap);
}

#endif
