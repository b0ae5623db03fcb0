// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The exits that only AArch64 knows: instructions that trap, by exception class. Of system registers only
// those that send SGIs of group 0 are among them: under the exit mask of vcpu.c the kernel serves or denies
// each other by itself.
#include <vmm/arch/aarch64/esr.h>
#include <vmm/arch/aarch64/exception.h>
#include <vmm/arch/aarch64/psci.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/arch/aarch64/vgic.h>
#include <vmm/include/vmm/vm.h>

#define SMCCC_NOT_SUPPORTED (~0ull)
#define CALL_RESULTS        (SEL4_REG_X0 + 1) // PC, SP, SPSR, x0
// What a firmware call asks of the VM; the guest does not go on.
static void exit_act(struct vcpu *vcpu, enum psci_action action) {
    switch (action) {
    case PSCI_RETURN:
        break;
    case PSCI_CPU_OFF:
        vm_report(vcpu->vm, "the guest turned its last CPU off (PSCI CPU_OFF): the VM stops");
        vm_request_stop(vcpu->vm);
        break;
    case PSCI_STOP:
        vm_request_stop(vcpu->vm);
        break;
    case PSCI_RESET:
        vm_request_reset(vcpu->vm);
        break;
    }
}

// A firmware call, HVC and SMC alike.
static void exit_call(struct vcpu *vcpu, struct vcpu_exit *exit) {
    const uint64_t *x = exit->arch.words;
    struct psci_result result = psci_call(x[0], x[1], x[2]);
    exit_act(vcpu, result.action);
    if (result.action == PSCI_RETURN) {
        exit->outcome = VCPU_DONE;
        exit->value = (uint64_t)result.value;
    }
}

// A call with an immediate other than 0, which SMCCC (DEN 0028), 2.9, reserves. `advance`: bytes from the
// reported PC to the next instruction.
static void exit_reserved_call(struct vcpu *vcpu, uint64_t advance) {
    uint64_t registers[CALL_RESULTS];
    vcpu_read_registers(vcpu, registers, CALL_RESULTS);
    registers[SEL4_REG_X0] = SMCCC_NOT_SUPPORTED;
    registers[SEL4_REG_PC] += advance;
    vcpu_write_registers(vcpu, registers, CALL_RESULTS);
}

// The PC already stands behind the hvc (DDI 0487, D1.4.1: preferred return address).
static void exit_hvc(struct vcpu *vcpu, uint64_t esr) {
    (void)esr;
    exit_reserved_call(vcpu, 0);
}

// A trapped smc has not been executed: the PC stands at it.
static void exit_smc(struct vcpu *vcpu, uint64_t esr) {
    (void)esr;
    exit_reserved_call(vcpu, 4);
}

// A WFI or WFE that the kernel does not wait for itself: a wait may end at any time.
static void exit_wfx(struct vcpu *vcpu, uint64_t esr) {
    uint64_t pc;
    vcpu_read_registers(vcpu, &pc, 1);
    pc += esr & ESR_IL ? 4 : 2; // a 32-bit program of the guest may have used T32
    vcpu_write_registers(vcpu, &pc, 1);
}

static void exit_unknown(struct vcpu *vcpu, uint64_t esr) {
    uint64_t pc;
    vcpu_read_registers(vcpu, &pc, 1);
    vm_report_guest(vcpu->vm,
                    "instruction at PC 0x%lx trapped with syndrome 0x%lx: not known, undefined to the guest",
                    (unsigned long)pc, (unsigned long)esr);
    exception_take_undefined(vcpu);
}

static void exit_sysreg(struct vcpu *vcpu, uint64_t esr) {
    uint64_t access = esr & ESR_SYSREG_MASK;
    if (access != ESR_SYSREG_WRITE(3, 0, 12, 11, 7) && access != ESR_SYSREG_WRITE(3, 0, 12, 11, 6)) {
        exit_unknown(vcpu, esr);
        return;
    }
    uint64_t registers[SEL4_REG_COUNT];
    vcpu_read_registers(vcpu, registers, SEL4_REG_COUNT);
    unsigned rt = ESR_SYSREG_RT(esr);
    registers[SEL4_REG_PC] += 4;
    vcpu_write_registers(vcpu, registers, 1);
    vgic_v3_write_sgi0r(vcpu, rt == 31 ? 0 : registers[register_index[rt]]);
}

static void (*const class_table[ESR_EC_COUNT])(struct vcpu *, uint64_t) = {
    [ESR_EC_WFX] = exit_wfx,
    [ESR_EC_HVC64] = exit_hvc,
    [ESR_EC_SMC64] = exit_smc,
    [ESR_EC_SYSREG] = exit_sysreg,
};

static void exit_vcpu_fault(struct vcpu *vcpu, uint64_t esr) {
    void (*handle)(struct vcpu *, uint64_t) = class_table[ESR_EC(esr)];
    if (handle)
        handle(vcpu, esr);
    else
        exit_unknown(vcpu, esr);
}

void arch_vcpu_handle_exit(struct vcpu *vcpu, struct vcpu_exit *exit) {
    exit->outcome = VCPU_RESTART;
    switch (exit->arch.label) {
    case GLACIS_FAULT_HVC:
    case GLACIS_FAULT_SMC:
        exit_call(vcpu, exit);
        break;
    case SEL4_FAULT_VCPU:
        exit_vcpu_fault(vcpu, exit->arch.words[0]);
        break;
    case SEL4_FAULT_VM:
        emulate_abort(vcpu, exit);
        break;
    default:
        // The exit mask rules all others out.
        vm_report(vcpu->vm, "the guest's thread stopped with fault %lu (0x%lx): the VM stops",
                  (unsigned long)exit->arch.label, (unsigned long)exit->arch.words[0]);
        vm_request_stop(vcpu->vm);
        break;
    }
}
