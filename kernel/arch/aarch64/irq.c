// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The interrupts that the kernel keeps: its deadline, the guests' private ones, the virtual interface's
// maintenance. And the short way of a guest's interrupt.
//
// Invariants: 1. an interrupt that trap_guest_irq acknowledged and did not finish is in core->arch.irq_taken
// until arch_irq_take returns it; 2. a bound private interrupt of the vCPU, and one bound to a vCPU, stay
// active until the guest deactivates them through the list register (vgic.c).
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/objects.h>

#define FIRST_SPI 32u // below: those of the core, the kernel's among them

bool trap_guest_irq(struct core *core);

// The kernel's deadline interrupt, whose acknowledgement is a use of the physical interface, comes look_ticks
// after the last of the guest's interrupts, unless it comes before.
static ALWAYS_INLINE void look_again(struct core *core) {
    if (!gic_looks_late)
        return;
    ticks_t then = core->arch.look_at = arch_timer_now() + core->arch.look_ticks;
    SYSREG_WRITE("cnthp_cval_el2", then < core->arch.deadline ? then : core->arch.deadline);
}

// The deadline interrupt came. What the guest has not ended yet is looked at later.
static void looked(struct core *core) {
    if (arch_timer_now() < core->arch.look_at)
        return;
    core->arch.look_at = ~0ull;
    if (core->arch.vcpu && vgic_in_flight(core, core->arch.vcpu))
        look_again(core);
}

// What is neither the virtual timer's nor bound by VCPU_BindIRQ.
static NOINLINE bool take_other(struct core *core, struct vcpu *vcpu, unsigned irq) {
    unsigned source = vcpu_ppi_source(irq);
    if (source && vcpu->vgic.bound >> source & 1) {
        vcpu_count(vcpu, GLACIS_CAUSE_IRQ);
        vgic_raise(core, vcpu, source);
        look_again(core);
        return true;
    }
    vcpu_count(vcpu, irq == BOARD_IRQ_HYP_TIMER     ? GLACIS_CAUSE_PREEMPT
                     : irq == BOARD_IRQ_MAINTENANCE ? GLACIS_CAUSE_MAINTENANCE
                                                    : GLACIS_CAUSE_IRQ);
    core->arch.irq_taken = irq;
    return false;
}

// Called by trap.S with only the caller's registers saved, the guest being active. True: it goes on.
bool trap_guest_irq(struct core *core) {
    unsigned irq = gic_acknowledge();
    struct vcpu *vcpu = core->arch.vcpu;
    if (LIKELY(irq == BOARD_IRQ_VIRTUAL_TIMER && vcpu->vgic.virq[VGIC_TIMER])) {
        vcpu_count(vcpu, GLACIS_CAUSE_IRQ);
        vgic_raise(core, vcpu, VGIC_TIMER);
        look_again(core);
        return true;
    }
    if (irq == IRQ_NONE)
        return true;
    word_t binding = vgic_binding[irq];
    if (binding && vgic_binding_vcpu(binding) == vcpu) {
        vcpu_count(vcpu, GLACIS_CAUSE_IRQ);
        vgic_raise(core, vcpu, vgic_binding_source(binding));
        look_again(core);
        return true;
    }
    return take_other(core, vcpu, irq);
}

unsigned arch_irq_take(void) {
    struct core *core = arch_core();
    unsigned irq = core->arch.irq_taken;
    if (irq == IRQ_NONE)
        return gic_acknowledge();
    core->arch.irq_taken = IRQ_NONE;
    return irq;
}

unsigned arch_irq_max(void) {
    return BOARD_MAX_IRQ;
}

bool arch_irq_is_reserved(unsigned irq) {
    return irq == BOARD_IRQ_MAINTENANCE || irq == BOARD_IRQ_HYP_TIMER || irq == BOARD_IRQ_VIRTUAL_TIMER ||
           vcpu_ppi_is_claimed(irq);
}

// An end of interrupt that the VMM asked to hear of. If the thread cannot be told now (its slice ended with
// this interrupt), the list register keeps the condition, and the interrupt comes again when the guest runs.
static void handle_maintenance(struct core *core) {
    struct vcpu *vcpu = core->arch.vcpu;
    if (!vcpu || !core->arch.vcpu_active || !thread_is_runnable(vcpu->tcb))
        return;
    int index = vgic_maintenance(core, vcpu);
    if (index < 0)
        return;
    struct fault fault;
    fault_make(&fault, SEL4_FAULT_VGIC_MAINTENANCE, (word_t)index, 0);
    vcpu_fault(core, vcpu, &fault);
}

static NOINLINE bool handle_own(struct core *core, unsigned irq) {
    switch (irq) {
    case BOARD_IRQ_HYP_TIMER:
        // Level triggered: the next deadline, set when the kernel is left, takes its condition away for good.
        SYSREG_WRITE("cnthp_ctl_el2", 0);
        core->reprogram = true;
        counters_sample(core);
        if (gic_looks_late)
            looked(core);
        arch_guest_deadline_passed(core);
        break;
    case BOARD_IRQ_MAINTENANCE:
        handle_maintenance(core);
        break;
    default:
        vcpu_ppi_interrupt(core, irq);
        look_again(core);
        return true;
    }
    isb(); // the condition is gone before the interrupt may come again
    arch_irq_end(irq);
    return true;
}

bool arch_irq_handle(struct core *core, unsigned irq) {
    if (irq < FIRST_SPI && arch_irq_is_reserved(irq))
        return handle_own(core, irq);
    if (!vgic_take(core, irq))
        return false;
    look_again(core);
    return true;
}

bool arch_irq_is_bound(unsigned irq) {
    return vgic_binding[irq] != 0;
}

void arch_irq_unbind(unsigned irq) {
    vgic_unbind_irq(arch_core(), irq);
}
