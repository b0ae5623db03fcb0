// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The first core's structure, and what is left of the boot when it is over: the step to the first thread; a
// panic's report; the machine's end. Invariant: nothing of the boot section of kernel.ld is read or executed
// once boot_leave has begun (the link checks that nothing names it).
#include <arch/internal.h>
#include <arch/sysreg.h>

#define OPCODE_BL  0x25u       // bits 31 to 26 (Arm ARM C6.2.34)
#define OPCODE_BLR 0xd63f0000u // but for the register (C6.2.35)

extern const char image_start[], text_start[], text_used_end[], stack_bottom[], stack_top[]; // kernel.ld

struct core boot_core __attribute__((section(".bss.core"), aligned(16))); // on top of its stack: trap.S
bool boot_firmware_by_smc;
static const char *calls_start = image_start; // text that is mapped: after the boot not its own

void boot_leave(struct tcb *first) {
    calls_start = text_start;
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

// The return addresses on the kernel's stack from `sp` up, found by what stands before them: a call. The
// innermost comes first; some may be left from calls that have returned.
void panic_print_calls(word_t sp) {
    kernel_print("calls:");
    for (; sp >= (word_t)stack_bottom && sp < (word_t)stack_top; sp += sizeof(word_t)) { // bound: the stack
        const char *pc = *(const char *const *)sp;
        if (pc <= calls_start || pc > text_used_end || (word_t)pc & 3)
            continue;
        uint32_t before = *(const uint32_t *)(pc - 4);
        if (before >> 26 == OPCODE_BL || (before & ~(31u << 5)) == OPCODE_BLR)
            kernel_print(" %lx", (word_t)pc - 4);
    }
    kernel_print("\n");
}

void arch_print_registers(const struct tcb *tcb) {
    word_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    panic_print_calls(sp);
    kernel_print("ESR_EL2 %016lx  ELR_EL2 %016lx  SPSR_EL2  %016lx\n", SYSREG_READ("esr_el2"),
                 SYSREG_READ("elr_el2"), SYSREG_READ("spsr_el2"));
    kernel_print("FAR_EL2 %016lx  HPFAR   %016lx  VTTBR_EL2 %016lx\n", SYSREG_READ("far_el2"),
                 SYSREG_READ("hpfar_el2"), SYSREG_READ("vttbr_el2"));
    kernel_print("HCR_EL2 %016lx  SCTLR   %016lx  Glacis " GLACIS_VERSION " (" GLACIS_BUILD " build)\n",
                 SYSREG_READ("hcr_el2"), SYSREG_READ("sctlr_el2"));
    if (tcb)
        kernel_print("thread: pc %016lx  sp %016lx  x30 %016lx  spsr %lx\n", tcb->arch.context.pc,
                     tcb->arch.context.sp, tcb->arch.context.x[30], tcb->arch.context.spsr);
}
