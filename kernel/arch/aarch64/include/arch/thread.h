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
// Thread pointers of the loaded thread to its context, and back.
void thread_pointers_save(struct tcb *tcb);
void thread_pointers_load(const struct tcb *tcb);
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
