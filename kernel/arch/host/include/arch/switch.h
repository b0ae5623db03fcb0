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

static ALWAYS_INLINE void arch_before_exit(struct core *core, struct tcb *tcb) {
    CHECK(core->arch.loaded == tcb);
}

#endif
