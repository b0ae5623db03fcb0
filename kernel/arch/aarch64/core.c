// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The first core's structure, and what is left of the boot when it is over: the step to the first thread, and
// the machine's end. Invariant: nothing of the boot section of kernel.ld is read or executed once boot_leave
// has begun (the link checks that nothing names it).
#include <arch/internal.h>
#include <arch/sysreg.h>

struct core boot_core __attribute__((section(".bss.core"), aligned(16))); // on top of its stack: trap.S
bool boot_firmware_by_smc;

void boot_leave(struct tcb *first) {
    window_take_boot_section();
    trap_exit(&boot_core, first);
}

void arch_halt(void) {
    // PSCI SYSTEM_OFF (Arm DEN 0022, 5.11), where firmware is reached by SMC: a machine that is off cannot be
    // overlooked.
    if (boot_firmware_by_smc) {
        register word_t function __asm__("x0") = 0x84000008;
        __asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
    }
    for (;;) // for ever: there is nothing left to do
        __asm__ volatile("wfi");
}

void arch_print_registers(const struct tcb *tcb) {
    kernel_print("ESR_EL2 %016lx  ELR_EL2 %016lx  SPSR_EL2  %016lx\n", SYSREG_READ("esr_el2"),
                 SYSREG_READ("elr_el2"), SYSREG_READ("spsr_el2"));
    kernel_print("FAR_EL2 %016lx  HPFAR   %016lx  VTTBR_EL2 %016lx\n", SYSREG_READ("far_el2"),
                 SYSREG_READ("hpfar_el2"), SYSREG_READ("vttbr_el2"));
    kernel_print("HCR_EL2 %016lx  SCTLR   %016lx  called from %p\n", SYSREG_READ("hcr_el2"),
                 SYSREG_READ("sctlr_el2"), __builtin_return_address(0));
    if (tcb)
        kernel_print("thread: pc %016lx  sp %016lx  x30 %016lx  spsr %lx\n", tcb->arch.context.pc,
                     tcb->arch.context.sp, tcb->arch.context.x[30], tcb->arch.context.spsr);
}
