// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A thread's registers on AArch64, and the architecture's part of a TCB and of a core. The trap code knows
// these offsets (asserted in arch/aarch64/trap.c).
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include <kernel/types.h>

struct vcpu;
struct tcb;

struct arch_context {
    word_t x[31];
    word_t sp; // SP_EL0
    word_t pc; // ELR_EL2
    word_t spsr;
    word_t tpidr_el0;
    word_t tpidrro_el0;
    word_t fault_pc; // where a restarted system call or fault goes on
};

struct arch_fp {
    __uint128_t v[32];
    uint32_t fpsr, fpcr;
};

struct arch_tcb {
    struct arch_context context; // first
    struct arch_fp fp;
    struct vcpu *vcpu;
    // VTTBR_EL2 of the VSpace that vttbr_vspace names (word 0 of its capability), while mmu_epoch is
    // vttbr_epoch.
    word_t vttbr, vttbr_vspace, vttbr_epoch;
};

// Registers of the system-call convention.
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
    word_t emergency_stack_top; // for a fault of the kernel itself
    struct tcb *tcb;            // whose context SP_EL2 and TPIDR registers belong to, or NULL
    word_t scratch[2];          // the trap code's
    bool vcpu_active;           // the guest runs now (its interrupts, traps and EL1 controls are on)
    bool has_counters;          // the PMU counts retired instructions
    uint32_t ppi_lines;         // the vCPU's private interrupts that are unmasked (bit: source)
    unsigned irq_taken;         // acknowledged by the trap code, for arch_irq_take, or IRQ_NONE
    struct vcpu *vcpu;          // whose EL1 state is in the registers, or NULL
    struct vcpu *reenter; // the loaded vCPU, when nothing but its world keeps it from running again; or NULL
    struct vcpu *waiting; // vCPUs that wait in WFI, a list
    struct vcpu *debug_owner;     // whose breakpoints are in the registers, or NULL
    struct tcb *fp_owner;         // whose FP registers are loaded, or NULL
    word_t hcr_guest;             // HCR_EL2 for a guest, without the bits of its exit mask
    volatile void *redistributor; // its GICR frame (GICv3)
    word_t cptr;                  // CPTR_EL2 without TFP
    word_t counters[4];           // retired instructions: guest EL0, guest EL1, other EL0, EL2
    uint32_t counter_last[3];     // EL0, EL1, EL2, when last sampled
    uint32_t counter_other; // EL0 without guests, since then; while a native thread runs, less the count at
                            // its beginning
    // Where gic_looks_late: what the kernel waits for, and when the physical GIC must be looked at again (~0:
    // when it is), so long after the last of the guest's interrupts. The timer is set to the earlier one.
    ticks_t deadline, look_at, look_ticks;
    ticks_t counters_deadline; // when they must be sampled again; ~0: they do not count
};

#endif
