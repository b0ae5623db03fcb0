// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The short switch between two threads (core/fastpath.c), on the host.
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

#include <arch/core.h>
#include <arch/machine.h>

static ALWAYS_INLINE bool arch_switch_is_short(const struct tcb *to) {
    (void)to;
    return true;
}

void arch_switch_long(struct core *core, struct tcb *tcb);
static ALWAYS_INLINE void arch_switch_to(struct core *core, struct tcb *tcb) {
    arch_switch_long(core, tcb);
}

static ALWAYS_INLINE void arch_switch_short(struct core *core, struct tcb *from, struct tcb *to) {
    (void)from;
    core->current = to;
    arch_switch_to(core, to);
}

static ALWAYS_INLINE void arch_switch_fault(struct core *core, struct tcb *from, struct tcb *to) {
    arch_switch_short(core, from, to);
}

// Of the faults of ours the host has the calls.
static ALWAYS_INLINE bool arch_fault_reply_short(struct tcb *tcb, word_t label, word_t length,
                                                 const word_t *mr) {
    if (label != GLACIS_CALL_DONE || tcb->fault.label != GLACIS_FAULT_HVC)
        return false;
    for (word_t i = 0; i < length && i < GLACIS_CALL_WORDS; i++)
        tcb->arch.context.x[i] = mr[i];
    tcb->arch.context.fault_pc += 4;
    tcb->arch.context.pc = tcb->arch.context.fault_pc;
    return true;
}

static ALWAYS_INLINE bool arch_pair_is_short(const struct core *core, const struct tcb *faulter,
                                             const struct tcb *handler) {
    (void)core, (void)faulter, (void)handler;
    return true;
}

static ALWAYS_INLINE void arch_switch_resume(struct core *core, struct tcb *from, struct tcb *to) {
    arch_switch_short(core, from, to);
}

static ALWAYS_INLINE void arch_switch_reply(struct core *core, struct tcb *from, struct tcb *to) {
    arch_switch_short(core, from, to);
}

static ALWAYS_INLINE void arch_before_exit(struct core *core, struct tcb *tcb) {
    CHECK(core->arch.loaded == tcb);
}

#endif
