// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Switching threads: address space, vCPU, thread pointers, and FP state.
//
// Invariants: 1. core->arch.tcb is the thread whose TPIDR_EL0 and TPIDRRO_EL0 are in the registers; 2. FP
// access (CPTR_EL2.TFP = 0) is on only while fp_owner runs; its registers are saved when another thread needs
// them.
#include <arch/fp.h>
#include <arch/internal.h>
#include <arch/switch.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/vcpu.h>
#include <arch/world.h>

#define TCB_FLAG_FPU_DISABLED 1u

void thread_pointers_save(struct tcb *tcb) {
    tcb->arch.context.tpidr_el0 = SYSREG_READ("tpidr_el0");
    tcb->arch.context.tpidrro_el0 = SYSREG_READ("tpidrro_el0");
}

// --- FP and SIMD

static void fp_access(const struct core *core, bool on) {
    SYSREG_WRITE("cptr_el2", core->arch.cptr | (on ? 0 : CPTR_TFP));
}

void fp_switch(struct core *core, const struct tcb *tcb) {
    fp_access(core, core->arch.fp_owner == tcb && !(tcb->flags & TCB_FLAG_FPU_DISABLED));
}

bool fp_load(struct core *core, struct tcb *tcb) {
    if (tcb->flags & TCB_FLAG_FPU_DISABLED)
        return false;
    fp_access(core, true);
    isb(); // the instructions below are FP instructions at EL2, which TFP traps too
    if (core->arch.fp_owner != tcb) {
        if (core->arch.fp_owner)
            fp_save_registers(&core->arch.fp_owner->arch.fp);
        fp_load_registers(&tcb->arch.fp);
        core->arch.fp_owner = tcb;
    }
    return true;
}

// --- threads

void arch_switch_long(struct core *core, struct tcb *tcb) {
    struct tcb *loaded = core->arch.tcb;
    if (loaded && loaded != tcb)
        thread_pointers_save(loaded);
    vspace_activate(tcb);
    if (tcb && tcb->arch.vcpu)
        vcpu_enter(core, tcb->arch.vcpu);
    else if (core->arch.vcpu_active)
        vcpu_leave(core);
    core->arch.tcb = tcb;
    if (!tcb)
        return;
    if (loaded != tcb)
        thread_pointers_load(tcb);
    fp_switch(core, tcb);
}

void switch_before_exit(struct core *core, struct tcb *tcb) {
    struct vcpu *vcpu = tcb->arch.vcpu;
    if (UNLIKELY(tcb->flags & TCB_FLAG_FPU_DISABLED))
        fp_access(core, false); // it may have set the flag itself
    if (!vcpu)
        return;
    SYSREG_WRITE("hcr_el2", world_hcr(core, vcpu));
}

void arch_idle(struct core *core) {
    (void)core;
    // Wakes for a pending interrupt although PSTATE.I masks it (Arm ARM D1.6.1); what was written before must
    // be visible, above all the deadline; what the interrupt's handler reads is as if it had been taken.
    __asm__ volatile("dsb sy\n\twfi\n\tisb" ::: "memory");
}

void arch_tcb_init(struct tcb *tcb) {
    tcb->arch.context.spsr = SPSR_USER;
}

void arch_tcb_finalise(struct tcb *tcb) {
    struct core *core = arch_core();
    arch_tcb_cancel_wait(tcb);
    if (tcb->arch.vcpu)
        vcpu_pair(core, tcb->arch.vcpu, NULL);
    if (core->arch.fp_owner == tcb)
        core->arch.fp_owner = NULL;
    if (core->arch.tcb == tcb)
        core->arch.tcb = NULL;
}
