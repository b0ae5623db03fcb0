// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a guest's synchronous exception to EL2 means: emulated here, an exception for the guest itself, or a
// fault for its VMM.
//
// Invariants: 1. fault_pc is the trapped instruction until the trap is done; hvc alone has been executed, so
// pc is behind it; 2. an instruction that the guest must not know ends in an undefined exception at its EL1,
// never in a fault.
#include <arch/access.h>
#include <arch/internal.h>
#include <arch/thread.h>
#include <arch/vcpu.h>
#include <arch/world.h>
#include <kernel/objects.h>

#define WFX_TI_MASK     3u // ESR_EL2, EC 1: 0 is WFI
#define FSC_MASK        0x3full
#define FSC_TRANSLATION 0x07u // at level 3
#define FSC_PERMISSION  0x0cu // at level 0; the other levels follow

// --- exceptions that the guest takes

// The entry point and PSTATE of a synchronous exception to EL1 (Arm ARM D1.3.1, AArch64.TakeException).
static void take_exception(struct tcb *tcb, word_t *regs, word_t esr) {
    struct arch_context *context = &tcb->arch.context;
    word_t spsr = context->spsr, offset, sctlr = regs[SEL4_VCPU_SCTLR];
    if (spsr & SPSR_A32)
        offset = 0x600;
    else if ((spsr & SPSR_MODE) == SPSR_EL0T)
        offset = 0x400;
    else
        offset = (spsr & SPSR_MODE) == SPSR_EL1H ? 0x200 : 0;
    regs[SEL4_VCPU_ESR] = esr;
    regs[SEL4_VCPU_ELR_EL1] = context->fault_pc;
    regs[SEL4_VCPU_SPSR_EL1] = spsr;
    context->pc = context->fault_pc = regs[SEL4_VCPU_VBAR] + offset;
    // The flags, DIT and PAN stay; SS, IL, UAO and BTYPE end; SSBS and PAN by SCTLR_EL1.
    bool dit = spsr & (spsr & SPSR_A32 ? SPSR_DIT_A32 : SPSR_DIT);
    context->spsr = (spsr & (SPSR_NZCV | SPSR_PAN)) | (dit ? SPSR_DIT : 0) | SPSR_DAIF | SPSR_EL1H;
    if (sctlr & SCTLR_DSSBS)
        context->spsr |= SPSR_SSBS;
    if (!(sctlr & SCTLR_SPAN))
        context->spsr |= SPSR_PAN;
}

void vcpu_inject_undefined(struct core *core, struct tcb *tcb) {
    struct vcpu *vcpu = tcb->arch.vcpu;
    vcpu_read_back(core, vcpu);
    take_exception(tcb, vcpu->regs, vcpu->abort_esr & ESR_IL);
    vcpu_write_back(core, vcpu);
}

// A synchronous external abort, for the access that abort_esr and abort_far describe.
void vcpu_inject_abort(struct core *core, struct tcb *tcb) {
    struct vcpu *vcpu = tcb->arch.vcpu;
    vcpu_read_back(core, vcpu);
    bool same_level = (tcb->arch.context.spsr & (SPSR_A32 | 0xc)) == SPSR_EL1T;
    bool is_fetch = ESR_EC(vcpu->abort_esr) == EC_INSTRUCTION_ABORT;
    word_t class = (is_fetch ? EC_INSTRUCTION_ABORT : EC_DATA_ABORT) + same_level;
    word_t esr = class << 26 | (vcpu->abort_esr & (ESR_IL | (is_fetch ? 0 : ESR_WNR))) | FSC_EXTERNAL;
    vcpu->regs[SEL4_VCPU_FAR] = vcpu->abort_far;
    take_exception(tcb, vcpu->regs, esr);
    vcpu_write_back(core, vcpu);
}

static struct tcb *undefined(struct core *core, struct tcb *tcb) {
    vcpu_inject_undefined(core, tcb);
    return tcb;
}

// --- aborts

// The guest-physical address of an abort. HPFAR_EL2 holds its page for address size, translation and access
// flag faults, and for every fault of a walk (Arm ARM D17.2.65); else the guest's own tables are asked, as
// EL1 reads them, which may read what EL0 may only execute. False: they no longer translate the address, so
// the instruction runs again.
static bool fault_address(word_t esr, word_t far, word_t *ipa) {
    word_t in_page = esr & ESR_S1PTW ? 0 : far & MASK(12);
    if (esr & ESR_S1PTW || ESR_FSC(esr) < FSC_PERMISSION) {
        *ipa = (SYSREG_READ("hpfar_el2") >> 4 & MASK(40)) << 12 | in_page;
        return true;
    }
    word_t par = SYSREG_READ("par_el1");
    __asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(far) : "memory");
    word_t result = SYSREG_READ("par_el1");
    SYSREG_WRITE("par_el1", par);
    *ipa = (result & MASK(48) & ~MASK(12)) | in_page;
    return !(result & 1); // PAR_EL1.F
}

// A described store to a page that the guest may read, as a VMM shows it a device's registers. The permission
// fault does not set HPFAR_EL2: the guest's own tables tell the page, and the exception is looked at once
// more, by trap_sync with its short way, as if nothing were there. Here, as trap_sync must not keep registers
// for its sake.
static bool is_store_to_readable(const struct vcpu *vcpu, word_t esr) {
    return vcpu->exit_mask & GLACIS_EXIT_DECODED && (esr & (ESR_ISV | ESR_IL)) == (ESR_ISV | ESR_IL) &&
           (esr & (ESR_S1PTW | ESR_WNR | (FSC_MASK - 3))) == (ESR_WNR | FSC_PERMISSION);
}

static struct tcb *trap_store(struct core *core, struct tcb *tcb, word_t esr) {
    word_t ipa;
    if (!fault_address(esr, SYSREG_READ("far_el2"), &ipa))
        return tcb;
    SYSREG_WRITE("hpfar_el2", ipa >> 12 << 4);
    SYSREG_WRITE("esr_el2", (esr & ~FSC_MASK) | FSC_TRANSLATION);
    return trap_sync(core); // once: it is no permission fault any more
}

static struct tcb *trap_abort(struct core *core, struct tcb *tcb, struct vcpu *vcpu, word_t esr) {
    const struct arch_context *context = &tcb->arch.context;
    word_t far = SYSREG_READ("far_el2"), ipa;
    bool is_fetch = ESR_EC(esr) == EC_INSTRUCTION_ABORT;
    if (!fault_address(esr, far, &ipa))
        return tcb;
    vcpu->abort_far = far;
    struct fault fault;
    if (vcpu->exit_mask & GLACIS_EXIT_DECODED && !is_fetch && esr & ESR_ISV) {
        word_t access = access_encode(esr, world_is_big_endian(context->spsr));
        word_t value = access & GLACIS_ACCESS_WRITE ? access_store_value(context->x, access) : 0;
        fault_make4(&fault, GLACIS_FAULT_ACCESS, ipa, access, value, context->pc);
    } else {
        fault_make4(&fault, SEL4_FAULT_VM, context->pc, ipa, is_fetch, esr);
    }
    return entry_fault(core, &fault);
}

// --- WFI

// The WFI is done; nothing runs for the guest until it has an interrupt.
static struct tcb *wait_for_interrupt(struct core *core, struct tcb *tcb, struct vcpu *vcpu) {
    context_step_over(&tcb->arch.context, vcpu->abort_esr);
    sched_update_time(core);
    if (sched_check_budget(core) && !vgic_has_pending(core, vcpu))
        vcpu_wait(core, vcpu);
    return sched_schedule(core);
}

// --- all of them

static struct tcb *vcpu_exit(struct core *core, word_t esr, word_t advance) {
    struct fault fault;
    fault_make(&fault, SEL4_FAULT_VCPU, esr, advance);
    return entry_fault(core, &fault);
}

static struct tcb *trap_hvc(struct core *core, struct tcb *tcb, struct vcpu *vcpu, word_t esr) {
    vcpu_count(vcpu, GLACIS_CAUSE_HVC);
    tcb->arch.context.fault_pc -= 4;
    if (vcpu->exit_mask & GLACIS_EXIT_HVC)
        return vcpu_exit(core, esr, 4);
    return entry_syscall(core, tcb->arch.context.x[ARCH_REG_SYSCALL]);
}

static struct tcb *trap_sysreg(struct core *core, struct tcb *tcb, struct vcpu *vcpu, word_t esr) {
    struct sysreg_access access = sysreg_decode(esr);
    word_t *x = tcb->arch.context.x;
    if (!access.is_read)
        access.value = access.rt == 31 ? 0 : x[access.rt];
    enum sysreg_outcome outcome = sysreg_emulate(core, vcpu, &access);
    vcpu_count(vcpu, access.is_sgi ? GLACIS_CAUSE_SGI : GLACIS_CAUSE_SYSREG);
    switch (outcome) {
    case SYSREG_UNDEFINED:
        return undefined(core, tcb);
    case SYSREG_EXIT:
        return vcpu_exit(core, esr, 0);
    case SYSREG_DONE:
        break;
    }
    if (access.is_read && access.rt != 31)
        x[access.rt] = access.value;
    context_step_over(&tcb->arch.context, esr);
    // An SGI may have woken a vCPU that is to run first.
    return access.is_sgi ? sched_schedule(core) : tcb;
}

struct tcb *vcpu_trap(struct core *core, struct tcb *tcb, word_t esr) {
    struct vcpu *vcpu = core->arch.vcpu;
    if (vgic_sgi_short(vcpu, &tcb->arch.context, esr))
        return tcb;
    vcpu->abort_esr = esr;
    switch ((enum exception_class)ESR_EC(esr)) {
    case EC_DATA_ABORT:
        if (is_store_to_readable(vcpu, esr))
            return trap_store(core, tcb, esr);
        __attribute__((fallthrough));
    case EC_INSTRUCTION_ABORT:
        vcpu_count(vcpu, GLACIS_CAUSE_MMIO);
        return trap_abort(core, tcb, vcpu, esr);
    case EC_WFX:
        vcpu_count(vcpu, GLACIS_CAUSE_WFX);
        if (vcpu->exit_mask & GLACIS_EXIT_WFI_WAIT && !(esr & WFX_TI_MASK))
            return wait_for_interrupt(core, tcb, vcpu);
        return vcpu_exit(core, esr, 0);
    case EC_HVC64:
        return trap_hvc(core, tcb, vcpu, esr);
    case EC_SMC64:
        vcpu_count(vcpu, GLACIS_CAUSE_SMC);
        return vcpu_exit(core, esr, 0);
    case EC_SYSREG:
        return trap_sysreg(core, tcb, vcpu, esr);
    case EC_FP:
        vcpu_count(vcpu, GLACIS_CAUSE_OTHER);
        return fp_load(core, tcb) ? tcb : vcpu_exit(core, esr, 0);
    // Registers and instructions that the guest's ID registers deny.
    case EC_CP15_32:
    case EC_CP15_64:
    case EC_CP14_32:
    case EC_CP14_LDC:
    case EC_CP14_64:
    case EC_CP10_ID:
    case EC_PAUTH:
    case EC_LS64:
    case EC_SVE:
    case EC_SME:
    case EC_MOPS:
        vcpu_count(vcpu, GLACIS_CAUSE_SYSREG);
        return undefined(core, tcb);
    default:
        vcpu_count(vcpu, GLACIS_CAUSE_OTHER);
        return vcpu_exit(core, esr, 0);
    }
}
