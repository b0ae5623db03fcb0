// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The short switch between two native threads (core/fastpath.c), for which everything is at hand: neither has
// a vCPU, and the VTTBR_EL2 of the second is remembered. Part of the seam; switch.c has the long one.
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

#include <arch/core.h>
#include <arch/fp.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <arch/thread.h>

// Whether the short switch can be made to `to`.
static ALWAYS_INLINE bool arch_switch_is_short(const struct tcb *to) {
    return LIKELY(!to->arch.vcpu) && LIKELY(to->arch.vttbr_epoch == mmu_epoch) &&
           LIKELY(to->arch.vttbr_vspace == to->slots[TCB_SLOT_VSPACE].cap.w0);
}

// arch_switch_to and arch_before_exit, from the current thread.
static ALWAYS_INLINE void arch_switch_short(struct core *core, struct tcb *from, struct tcb *to) {
    struct tcb *owner = core->arch.fp_owner;
    from->arch.context.tpidr_el0 = SYSREG_READ("tpidr_el0"); // EL0 cannot write TPIDRRO_EL0
    thread_pointers_load(to);
    SYSREG_WRITE("vttbr_el2", to->arch.vttbr);
    core->current = to;
    core->arch.tcb = to;
    if (owner == from || owner == to) // else access is off, and stays so
        fp_switch(core, to);
}

void arch_switch_long(struct core *core, struct tcb *tcb);
// Loads the thread's address space, vCPU and FP access; NULL: nobody runs. Called when core->current changed,
// and for the same thread again after its VSpace or vCPU changed.
static ALWAYS_INLINE void arch_switch_to(struct core *core, struct tcb *tcb) {
    struct tcb *loaded = core->arch.tcb;
    if (LIKELY(tcb && loaded) && LIKELY(!core->arch.vcpu_active) && loaded != tcb &&
        arch_switch_is_short(tcb))
        arch_switch_short(core, loaded, tcb);
    else
        arch_switch_long(core, tcb);
}

void switch_before_exit(struct core *core, struct tcb *tcb);
// Last thing before the core returns to `tcb`: what depends on who else is ready (WFI policy), and on the
// thread's flags.
static ALWAYS_INLINE void arch_before_exit(struct core *core, struct tcb *tcb) {
    if (UNLIKELY(tcb->arch.vcpu || tcb->flags))
        switch_before_exit(core, tcb);
}

#endif
