// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The first look at a synchronous exception: a guest's decoded accesses and firmware calls, which its VMM
// answers with one reply (GLACIS_FAULT_ACCESS, _HVC, _SMC), go the short way from here. Everything else is
// for vcpu_trap.c and trap.c.
//
// Invariant: fault_pc is the trapped instruction, also of an hvc, which alone has been executed and has pc
// behind it.
#include <arch/access.h>
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/vcpu.h>
#include <arch/world.h>
#include <kernel/drivers/gic.h>
#include <kernel/objects.h>

#define FSC_PERMISSION 0x0cu
#define ESR_FSC_MASK   0x3fu
// Bits [31:24] of ESR_EL2: a data abort by an instruction of 32 bits (IL) whose syndrome describes the access
// (ISV).
#define ESR_DESCRIBED_DATA_ABORT (EC_DATA_ABORT << 2 | 3u)
// An HVC or SMC of AArch64 with the immediate 0.
#define ESR_CALL(class) ((word_t)(class) << 26 | ESR_IL)

// Every synchronous exception but SVC, whose short and long way trap.S calls.
struct tcb *trap_sync(struct core *core) {
    struct tcb *tcb = core->current;
    struct arch_context *context = &tcb->arch.context;
    word_t esr = SYSREG_READ("esr_el2"), label, mr0, mr1, mr2, mr3;
    if (UNLIKELY(!core->arch.vcpu_active))
        return trap_native(core, tcb, esr);
    struct vcpu *vcpu = core->arch.vcpu;
    word_t mask = vcpu->exit_mask;
    if (LIKELY((uint32_t)esr >> 24 == ESR_DESCRIBED_DATA_ABORT) &&
        LIKELY((esr & (ESR_S1PTW | ESR_FSC_MASK)) < FSC_PERMISSION) && LIKELY(mask & GLACIS_EXIT_DECODED)) {
        // HPFAR_EL2 has the page (Arm ARM D17.2.65) of all but permission faults.
        vcpu_count(vcpu, GLACIS_CAUSE_MMIO);
        word_t far = SYSREG_READ("far_el2");
        vcpu->abort_far = far;
        label = GLACIS_FAULT_ACCESS;
        mr0 = (SYSREG_READ("hpfar_el2") >> 4 & MASK(40)) << 12 | (far & MASK(12));
        mr1 = access_encode(esr, world_is_big_endian(context->spsr));
        mr2 = mr1 & GLACIS_ACCESS_WRITE ? access_store_value(context->x, mr1) : 0;
        mr3 = context->pc;
    } else if ((esr == ESR_CALL(EC_HVC64) || esr == ESR_CALL(EC_SMC64)) && LIKELY(mask & GLACIS_EXIT_CALL)) {
        if (esr == ESR_CALL(EC_HVC64)) {
            vcpu_count(vcpu, GLACIS_CAUSE_HVC);
            label = GLACIS_FAULT_HVC;
            context->fault_pc -= 4;
        } else {
            vcpu_count(vcpu, GLACIS_CAUSE_SMC);
            label = GLACIS_FAULT_SMC;
        }
        mr0 = context->x[0];
        mr1 = context->x[1];
        mr2 = context->x[2];
        mr3 = context->x[3];
    } else {
        return vcpu_trap(core, tcb, esr);
    }
    vcpu->abort_esr = esr;
    struct tcb *next = fastpath_fault4(core, label, mr0, mr1, mr2, mr3);
    if (LIKELY(next != NULL))
        return next;
    struct fault fault;
    fault_make4(&fault, label, mr0, mr1, mr2, mr3);
    return entry_fault(core, &fault);
}

// The bits of a word of VCPU_InjectIRQ that an SGI of the guest itself, of any priority and group, may have.
#define SGI_WORD (0xfull << 32 | 1u << 24 | MAX_INJECTED_PRIORITY << 16 | 0xfu)

void vcpu_inject_in_reply(struct core *core, struct vcpu *vcpu, word_t word) {
    unsigned index = (unsigned)(word >> 32);
    // An SGI, into an empty list register that the kernel never takes (vgic.c): nothing else is to be seen
    // to.
    if (LIKELY(!(word & ~SGI_WORD)) && LIKELY(vcpu_is_loaded(core, vcpu)) &&
        LIKELY(index < gic_lr_count / 2) && LIKELY(gic_lr_free() >> index & 1)) {
        struct vgic *vgic = &vcpu->vgic;
        vgic->owned &= ~(1u << index);
        vgic->software &= ~(1u << index);
        vgic->lr[index] = word & 0xf; // invariant 6 of vgic.c
        gic_lr_write_pending(index, word & 0xf, word >> 16 & MAX_INJECTED_PRIORITY, word >> 24 & 1);
        return;
    }
    vcpu_inject_word(core, vcpu, word);
}
