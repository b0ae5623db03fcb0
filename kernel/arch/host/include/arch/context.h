// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A thread's registers on the host, and the architecture's part of a TCB and of a core. The system-call
// convention is that of AArch64 (seL4 API), so that a test's registers are those of a user.
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include <kernel/types.h>

struct tcb;

struct arch_context {
    word_t x[31];
    word_t sp;
    word_t pc;
    word_t spsr;
    word_t tpidr_el0;
    word_t tpidrro_el0;
    word_t fault_pc; // where a restarted system call or fault goes on
};

struct arch_tcb {
    struct arch_context context; // first
    bool waiting;                // in a wait for a virtual interrupt
};

enum {
    ARCH_REG_CAP = 0,
    ARCH_REG_BADGE = 0,
    ARCH_REG_INFO = 1,
    ARCH_REG_MR0 = 2,
    ARCH_REG_REPLY = 6,
    ARCH_REG_SYSCALL = 7,
    ARCH_REG_SEND_DEST = 8
};

struct arch_core {
    struct tcb *loaded; // whom arch_switch_to loaded last
};

#endif
