// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a thread has on AArch64 beside its general registers: FP and SIMD state, thread pointers (switch.c).
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include <arch/core.h>
#include <arch/sysreg.h>

// The thread used an FP instruction while access was off: its FP state is loaded. False: its FPU is disabled
// (TCB_SetFlags) and nothing was done.
bool fp_load(struct core *core, struct tcb *tcb) MUST_CHECK;
// FP access on, if the thread's FP state is loaded and it may use it; else off.
void fp_switch(struct core *core, const struct tcb *tcb);
// Thread pointers of the loaded thread to its context, and back.
void thread_pointers_save(struct tcb *tcb);
static ALWAYS_INLINE void thread_pointers_load(const struct tcb *tcb) {
    SYSREG_WRITE("tpidr_el0", tcb->arch.context.tpidr_el0);
    SYSREG_WRITE("tpidrro_el0", tcb->arch.context.tpidrro_el0);
}
// What a thread may have as SPSR: with a vCPU EL0t, EL1t or EL1h as they are; else only the condition flags.
word_t spsr_sanitise(const struct tcb *tcb, word_t spsr);

// The instruction at fault_pc, which trapped with this ESR_EL2, was emulated: the thread goes on behind it,
// and a single step of it is complete (Arm ARM D2.12.4).
static ALWAYS_INLINE void context_step_over(struct arch_context *context, word_t esr) {
    context->fault_pc += esr & ESR_IL ? 4 : 2;
    context->pc = context->fault_pc;
    context->spsr &= ~SPSR_SS;
}

#endif
