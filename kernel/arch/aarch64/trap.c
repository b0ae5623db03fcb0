// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What an exception means. trap.S has saved the current thread's registers; each function here returns the
// thread to run next.
//
// Invariants: 1. context.pc is where the thread goes on, context.fault_pc where it does when the system call
// or the faulting instruction must run again; 2. core->current == core->arch.tcb whenever EL1 or EL0 runs.
#include <abi/types.h>
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/vcpu.h>

_Static_assert(offsetof(struct tcb, arch.context) == 0, "SP_EL2 is the TCB");
_Static_assert(offsetof(struct arch_context, sp) == 248, "CONTEXT_SP");
_Static_assert(offsetof(struct arch_context, pc) == 256, "CONTEXT_PC");
_Static_assert(offsetof(struct arch_context, spsr) == 264, "saved as a pair with the PC");
_Static_assert(offsetof(struct arch_context, fault_pc) == 288, "CONTEXT_FAULT_PC");
_Static_assert(offsetof(struct core, arch.emergency_stack_top) == 0, "CORE_EMERGENCY");
_Static_assert(offsetof(struct core, arch.tcb) == 8, "CORE_TCB");
_Static_assert(offsetof(struct core, arch.scratch) == 16, "CORE_SCRATCH");
_Static_assert(offsetof(struct core, arch.vcpu_active) == 32, "CORE_ACTIVE");

struct tcb *trap_irq(struct core *core);
struct tcb *trap_serror(struct core *core);
NORETURN void trap_kernel(const word_t *registers, word_t vector);

// An exception of a native thread (API: faults). Only EC 0, an undefined instruction, is a UserException.
struct tcb *trap_native(struct core *core, struct tcb *tcb, word_t esr) {
    struct fault fault;
    switch (ESR_EC(esr)) {
    case EC_FP:
        if (fp_load(core, tcb))
            return tcb;
        break;
    case EC_INSTRUCTION_ABORT:
    case EC_DATA_ABORT:
        fault_make4(&fault, SEL4_FAULT_VM, tcb->arch.context.pc, SYSREG_READ("far_el2"),
                    ESR_EC(esr) == EC_INSTRUCTION_ABORT, esr);
        return entry_fault(core, &fault);
    default:
        break;
    }
    fault_make(&fault, ESR_EC(esr) == EC_UNKNOWN ? SEL4_FAULT_USER_EXCEPTION : SEL4_FAULT_VCPU, esr, 0);
    return entry_fault(core, &fault);
}

struct tcb *trap_irq(struct core *core) {
    return entry_irq(core);
}

// An SError interrupt that EL1 or EL0 provoked, or that hit it: whose memory or device it was cannot be told,
// so it is the thread's fault.
struct tcb *trap_serror(struct core *core) {
    struct fault fault;
    fault_make(&fault, SEL4_FAULT_VCPU, SYSREG_READ("esr_el2"), 0);
    return entry_fault(core, &fault);
}

static const char *const vector_names[] = {"synchronous exception", "IRQ", "FIQ", "SError"};

void trap_kernel(const word_t *registers, word_t vector) {
    static bool reporting;
    if (reporting)
        arch_halt();
    reporting = true;
    for (unsigned i = 0; i < 30; i += 3)
        kernel_print("x%u %lx  x%u %lx  x%u %lx\n", i, registers[i], i + 1, registers[i + 1], i + 2,
                     registers[i + 2]);
    kernel_print("x30 %lx  sp %lx  spsr %lx\n", registers[30], registers[31], SYSREG_READ("spsr_el2"));
    panic_print_calls(registers[31]);
    kernel_panic("the kernel took a %s at ELR_EL2: look it up in kernel.elf, and report it",
                 vector_names[vector & 3]);
}
