// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Software-generated interrupts among the vCPUs of one VM, without its VMM (GICv3; exit mask
// GLACIS_EXIT_SGI). A VM is the vCPUs whose threads have one VSpace.
//
// Invariant: the list holds each vCPU with GLACIS_EXIT_SGI once, VGIC_SGI_MEMBERS of them at most.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/vcpu.h>
#include <kernel/objects.h>

// ICC_SGI1R_EL1 (IHI 0069 12.2.20).
#define SGIR_TARGETS(r) ((unsigned)(r)&0xffff)
#define SGIR_AFF1(r)    ((r) >> 16 & 0xff)
#define SGIR_INTID(r)   ((unsigned)((r) >> 24) & 0xf)
#define SGIR_AFF2(r)    ((r) >> 32 & 0xff)
#define SGIR_IRM        BIT(40)
#define SGIR_RANGE(r)   ((unsigned)((r) >> 44) & 0xf)
#define SGIR_AFF3(r)    ((r) >> 48 & 0xff)
#define SGIR_INTID_MASK (0xfull << 24)
#define SGIR_FIELDS     (MASK(28) | 0xffull << 32 | SGIR_IRM | 0xfull << 44 | 0xffull << 48)

// ESR_EL2 of a trapped `msr icc_sgi1r_el1, x<Rt>`, without Rt: EC, IL, Op0 = 3, Op2 = 5, Op1 = 0, CRn = 12,
// CRm = 11 (Arm ARM D17.2.37).
#define ESR_SGI1R   ((word_t)EC_SYSREG << 26 | ESR_IL | 3u << 20 | 5u << 17 | 12u << 10 | 11u << 1)
#define ESR_RT(esr) ((unsigned)((esr) >> 5) & 31)
#define ESR_RT_MASK (31ull << 5)

static struct vcpu *members;
static unsigned member_count;

bool vgic_sgi_join(struct vcpu *vcpu) {
    for (const struct vcpu *member = members; member; member = member->sgi_next) // bound: VGIC_SGI_MEMBERS
        if (member == vcpu)
            return true;
    if (member_count == VGIC_SGI_MEMBERS)
        return false;
    vcpu->sgi_next = members;
    members = vcpu;
    member_count++;
    return true;
}

void vgic_sgi_leave(struct vcpu *vcpu) {
    for (struct vcpu **link = &members; *link; link = &(*link)->sgi_next) // bound: VGIC_SGI_MEMBERS
        if (*link == vcpu) {
            *link = vcpu->sgi_next;
            member_count--;
            return;
        }
}

bool vgic_sgi_targets(word_t sgir, word_t mpidr, bool is_sender) {
    if (sgir & SGIR_IRM)
        return !is_sender;
    unsigned aff0 = (unsigned)mpidr & 0xff;
    return (mpidr >> 8 & 0xff) == SGIR_AFF1(sgir) && (mpidr >> 16 & 0xff) == SGIR_AFF2(sgir) &&
           (mpidr >> 32 & 0xff) == SGIR_AFF3(sgir) && aff0 / 16 == SGIR_RANGE(sgir) &&
           SGIR_TARGETS(sgir) >> aff0 % 16 & 1;
}

static word_t vspace_of(const struct vcpu *vcpu) {
    return vcpu->tcb ? cap_address(vcpu->tcb->slots[TCB_SLOT_VSPACE].cap) : 0;
}

void vgic_sgi_send(struct core *core, struct vcpu *sender, word_t sgir) {
    word_t vspace = vspace_of(sender);
    sched_update_time(core);                                               // it may wake threads
    for (struct vcpu *member = members; member; member = member->sgi_next) // bound: VGIC_SGI_MEMBERS
        if (vspace_of(member) == vspace &&
            vgic_sgi_targets(sgir, member->regs[SEL4_VCPU_VMPIDR_EL2], member == sender))
            vgic_raise_sgi(core, member, SGIR_INTID(sgir));
}

bool vgic_sgi_short(struct vcpu *vcpu, struct arch_context *context, word_t esr) {
    if ((esr & ~ESR_RT_MASK) != ESR_SGI1R || !(vcpu->exit_mask & GLACIS_EXIT_SGI) || ESR_RT(esr) == 31)
        return false;
    word_t sgir = context->x[ESR_RT(esr)], mpidr = vcpu->regs[SEL4_VCPU_VMPIDR_EL2];
    word_t self =
        (mpidr & 0xff00ff0000) << 16 | (mpidr & 0xff00) << 8 | (mpidr & 0xf0) << 40 | BIT(mpidr & 0xf);
    // One comparison: every target field names the sender alone.
    if ((sgir & SGIR_FIELDS & ~SGIR_INTID_MASK) != self || !vgic_raise_own_sgi(vcpu, SGIR_INTID(sgir)))
        return false;
    vcpu_count(vcpu, GLACIS_CAUSE_SGI);
    context_step_over(context, esr);
    return true;
}
