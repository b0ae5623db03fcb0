// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Between a guest and a native thread, while the guest's vCPU stays loaded: what the exits that a VMM handles
// pay for. vcpu.c has the rest of a vCPU's state, which stays in the registers: native threads run with
// HCR_EL2.TGE = 1, so that they have no EL1, no stage 1 (DC) and no virtual interrupts (Arm ARM D17.2.48),
// and what EL1 alone uses has no effect. What has one at EL0 with TGE = 1 is changed here: SCTLR_EL1
// (endianness, alignment, cache maintenance), CPACR_EL1 (FP), CNTKCTL_EL1 (counters), MDSCR_EL1 (single step,
// breakpoints).
//
// regs[SEL4_VCPU_CPACR] is the register, with what the guest does not see of it (vcpu_cpacr_hidden).
//
// Invariant: MDSCR_EL1 and PMCR_EL0.E are 0 while a native thread runs, and while a vCPU without has_rare
// does.
#ifndef ARCH_WORLD_H
#define ARCH_WORLD_H

#include <arch/core.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <kernel/drivers/gic.h>
#include <kernel/kernel.h>

#define HCR_NATIVE                                                                                           \
    (HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_DC | HCR_TID3 | HCR_TIDCP | HCR_TGE | HCR_RW)
// SCTLR_EL1 (Arm ARM D17.2.118): RES1 bits, and for native threads UCI and UCT: cache maintenance by address
// and CTR_EL0 at EL0. nTWI, nTWE, UMA, DZE are 0.
#define SCTLR_RES1   0x30d00800ull
#define SCTLR_NATIVE (SCTLR_RES1 | BIT(26) | BIT(15))
#define CPACR_NATIVE (3ull << 20) // FPEN: only CPTR_EL2 decides

static ALWAYS_INLINE void world_save(struct vcpu *vcpu) {
    vcpu->regs[SEL4_VCPU_SCTLR] = SYSREG_READ("sctlr_el1");
    vcpu->regs[SEL4_VCPU_CNTKCTL] = SYSREG_READ("cntkctl_el1");
    vcpu->regs[SEL4_VCPU_CPACR] = SYSREG_READ("cpacr_el1");
}

static ALWAYS_INLINE void world_load(const struct vcpu *vcpu) {
    SYSREG_WRITE("sctlr_el1", vcpu->regs[SEL4_VCPU_SCTLR]);
    SYSREG_WRITE("cntkctl_el1", vcpu->regs[SEL4_VCPU_CNTKCTL]);
    SYSREG_WRITE("cpacr_el1", vcpu->regs[SEL4_VCPU_CPACR]);
    if (UNLIKELY(vcpu->has_rare))
        vcpu_load_rare(vcpu);
}

// `vcpu` was active, or NULL: whatever is there.
static ALWAYS_INLINE void world_load_native(const struct vcpu *vcpu) {
    SYSREG_WRITE("sctlr_el1", SCTLR_NATIVE);
    SYSREG_WRITE("cpacr_el1", CPACR_NATIVE);
    SYSREG_WRITE("cntkctl_el1", 0);
    if (UNLIKELY(!vcpu || vcpu->has_rare))
        vcpu_leave_rare(vcpu);
}

// HCR_EL2 of a guest: whether WFI traps may depend on who else is ready.
static ALWAYS_INLINE word_t world_hcr(const struct core *core, const struct vcpu *vcpu) {
    word_t hcr = core->arch.hcr_guest | vcpu->hcr_bits;
    return vcpu->wfi_auto && sched_other_work(core) ? hcr | HCR_TWI : hcr;
}

// The active vCPU is loaded only.
static ALWAYS_INLINE void world_leave(struct core *core, struct vcpu *vcpu) {
    counters_begin_other(core);
    world_save(vcpu);
    world_load_native(vcpu);
    if (UNLIKELY(vcpu->vgic.hcr))
        vgic_take_ends(core, vcpu);
    gic_virtual_control(0);
    SYSREG_WRITE("hcr_el2", HCR_NATIVE);
    core->arch.vcpu_active = false;
    core->arch.reenter = vcpu;
}

// The loaded vCPU is active, but for HCR_EL2.
static ALWAYS_INLINE void world_enter(struct core *core, struct vcpu *vcpu) {
    counters_end_other(core);
    world_load(vcpu);
    core->arch.vcpu_active = true;
    uint32_t hcr = vcpu->vgic.hcr; // not 0 while something waits for a list register, or for its end
    if (UNLIKELY(hcr)) {
        vgic_flush(core, vcpu);
        hcr = vcpu->vgic.hcr;
    }
    gic_virtual_control(hcr | GIC_HCR_EN);
}

// The data accesses of the active guest, which has this PSTATE: by SCTLR_EL1, and by PSTATE.E in AArch32.
static ALWAYS_INLINE bool world_is_big_endian(word_t spsr) {
    word_t sctlr = SYSREG_READ("sctlr_el1") & (SCTLR_EE | SCTLR_E0E);
    if (UNLIKELY(spsr & SPSR_A32))
        return spsr & SPSR_A32_E;
    return UNLIKELY(sctlr) && sctlr & ((spsr & 0xc) ? SCTLR_EE : SCTLR_E0E);
}

#endif
