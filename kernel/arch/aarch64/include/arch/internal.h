// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the files of kernel/arch/aarch64 and kernel/drivers say to each other; neutral code never includes it.
// TLB and VMID sequences stand in arch/mmu.h, caches in arch/cache.h.
#ifndef ARCH_INTERNAL_H
#define ARCH_INTERNAL_H

#include <arch/core.h>
#include <arch/machine.h>
#include <arch/object.h>
#include <arch/window.h>
#include <kernel/kernel.h>

// --- exceptions (trap.S, trap.c)

// The EL2 vector table, 2 KiB aligned (VBAR_EL2). head.S installs it when the kernel runs at its own
// addresses; TPIDR_EL2 and both stacks of struct arch_core are set before.
extern const char trap_vectors[];
// A synchronous exception of the current thread, which has no vCPU.
struct tcb *trap_native(struct core *core, struct tcb *tcb, word_t esr);
// Leaves the kernel for `tcb`, which core->current and arch_switch_to already know: restores its registers.
NORETURN void trap_exit(struct core *core, struct tcb *tcb);

// --- the first core, and the end of the boot (core.c)

extern struct core boot_core;
// Firmware is reached by SMC (PSCI), for arch_halt.
extern bool boot_firmware_by_smc;
// For the report of an exception of the kernel itself, whose stack pointer was `sp`.
void panic_print_calls(word_t sp);
// Takes the boot section of the kernel out of its address space and enters the first thread.
NORETURN void boot_leave(struct tcb *first);

// --- interrupt controller (drivers/gic_v2.c, gic_v3.c)

// Its register frames, mapped as Device-nGnRnE; those that the version lacks are NULL.
struct gic_registers {
    volatile void *distributor;    // GICD
    volatile void *cpu_interface;  // GICv2: GICC, 8 KiB
    volatile void *hypervisor;     // GICv2: GICH
    volatile void *redistributors; // GICv3: the first GICR frame
    word_t redistributors_size;    // bytes of that region
};
// The shared part (distributor: all SPIs masked), once.
void gic_init(const struct gic_registers *registers);
// The core's part: redistributor, CPU interface, virtual interface.
void gic_init_core(struct core *core);
// Words for the boot banner, like "GICv3, 288 interrupts, 4 list registers".
void gic_print(void);

// --- timers and vCPUs (timer.c, vcpu.c)

void timer_init_core(struct core *core);
// EL1 state, traps and counters of a core that runs no guest yet (HCR_EL2 and MDCR_EL2 as head.S left them).
void vcpu_init_core(struct core *core);
// A new VCPU object on zeroed memory.
void vcpu_create(struct vcpu *vcpu);
// As arch_cap_finalise and arch_invocation, for SEL4_CAP_VCPU.
void vcpu_cap_finalise(struct cap cap, bool final);
decode_function *vcpu_invocation(word_t label);

// --- console (drivers/pl011.c: also arch_console_put)

// `registers`: its mapped page; NULL: no console, output is dropped.
void console_init(volatile void *registers);

// --- address spaces (asid.c; the rest is in arch/vspace.h)

// Loads the stage-2 tables of the thread's VSpace with their VMID into VTTBR_EL2; without one (or tcb NULL)
// an empty space in which every access faults. No ISB: the exception return, or the caller's, synchronises.
void vspace_activate(struct tcb *tcb);

#endif
