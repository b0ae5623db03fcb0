// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A vCPU's timers, and its private interrupts: those of the virtual timer, of the EL1 physical timer and of
// the performance monitors. All three are levels of the loaded vCPU's own registers.
//
//   unclaimed --VCPU_AckVPPI, VCPU_BindVPPI--> claimed, open --interrupt, VPPIEvent--> claimed, masked
//   (not the virtual timer's)                        ^------------VCPU_AckVPPI---------------'
//                                  bound (VCPU_BindVPPI): the interrupt is the guest's, without an event
//
// Invariants: 1. the line of a private interrupt is unmasked only if the loaded vCPU has bound it, or it is
// open and has been since the vCPU was entered last (core->arch.ppi_lines); 2. an interrupt that a vCPU has
// claimed has no handler (irq_is_issued), and none is given out while one has; 3. one that is in flight is
// active while its vCPU is loaded, and inactive otherwise.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/objects.h>

#define TIMER_ENABLE  BIT(0)
#define TIMER_IMASK   BIT(1)
#define TIMER_ISTATUS BIT(2)
#define PPIS          (VGIC_BOUND - VGIC_TIMER)

static const uint8_t ppi_irqs[PPIS] = {BOARD_IRQ_VIRTUAL_TIMER, BOARD_IRQ_PHYSICAL_TIMER, BOARD_IRQ_PMU};
static unsigned claims[PPIS]; // vCPUs; the virtual timer is every vCPU's, and is not counted

unsigned vcpu_ppi_source(unsigned irq) {
    for (unsigned i = 0; i < PPIS; i++) // bound: 3
        if (irq && ppi_irqs[i] == irq)
            return VGIC_TIMER + i;
    return 0;
}

bool vcpu_ppi_claim(struct vcpu *vcpu, unsigned source) {
    if (vcpu->ppi_claimed >> source & 1)
        return true;
    if (irq_is_issued(ppi_irqs[source - VGIC_TIMER]))
        return false;
    vcpu->ppi_claimed |= 1u << source;
    claims[source - VGIC_TIMER]++;
    return true;
}

void vcpu_ppi_release(struct vcpu *vcpu) {
    for (unsigned source = VGIC_TIMER + 1; source < VGIC_BOUND; source++)
        claims[source - VGIC_TIMER] -= vcpu->ppi_claimed >> source & 1;
}

bool vcpu_ppi_is_claimed(unsigned irq) {
    unsigned source = vcpu_ppi_source(irq);
    return source && claims[source - VGIC_TIMER];
}

void vcpu_ppis_activate(uint64_t sources) {
    for (; sources; sources &= sources - 1) // bound: 3
        gic_activate(ppi_irqs[(unsigned)__builtin_ctzll(sources) - VGIC_TIMER]);
}

void vcpu_ppis_deactivate(uint64_t sources) {
    for (; sources; sources &= sources - 1) // bound: 3
        gic_deactivate(ppi_irqs[(unsigned)__builtin_ctzll(sources) - VGIC_TIMER]);
}

// --- deadlines

static bool timer_asserts(word_t control) {
    return (control & (TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS)) == (TIMER_ENABLE | TIMER_ISTATUS);
}

bool vcpu_ppi_asserts(const struct vcpu *vcpu, unsigned source) {
    switch (source) {
    case VGIC_TIMER:
        return timer_asserts(SYSREG_READ("cntv_ctl_el0"));
    case VGIC_PTIMER:
        return timer_asserts(SYSREG_READ("cntp_ctl_el0"));
    default:
        return pmu_asserts(vcpu);
    }
}

// When the interrupt of a timer, whose counter is at `count`, comes or came, by the physical counter; ~0:
// never, as things are.
static ticks_t timer_deadline(word_t control, word_t compare, word_t count, ticks_t now) {
    if ((control & (TIMER_ENABLE | TIMER_IMASK)) != TIMER_ENABLE)
        return ~0ull;
    word_t left = compare > count ? compare - count : 0;
    return left < ~0ull - now ? now + left : ~0ull;
}

// The nearest of a vCPU's timers that can interrupt.
static ticks_t vcpu_deadline(const struct core *core, const struct vcpu *vcpu, ticks_t now) {
    bool loaded = vcpu_is_loaded(core, vcpu);
    uint64_t sources = (vcpu->vgic.bound | vcpu->ppi_open) & ~vgic_ppis_in_flight(core, vcpu);
    ticks_t nearest = ~0ull;
    if (sources & BIT(VGIC_TIMER))
        nearest = timer_deadline(loaded ? SYSREG_READ("cntv_ctl_el0") : vcpu->regs[SEL4_VCPU_CNTV_CTL],
                                 loaded ? SYSREG_READ("cntv_cval_el0") : vcpu->regs[SEL4_VCPU_CNTV_CVAL],
                                 now - vcpu->regs[SEL4_VCPU_CNTVOFF], now);
    if (sources & BIT(VGIC_PTIMER)) {
        ticks_t deadline = timer_deadline(loaded ? SYSREG_READ("cntp_ctl_el0") : vcpu->cntp_ctl,
                                          loaded ? SYSREG_READ("cntp_cval_el0") : vcpu->cntp_cval, now, now);
        nearest = deadline < nearest ? deadline : nearest;
    }
    return nearest;
}

ticks_t arch_guest_deadline(const struct core *core) {
    ticks_t nearest = core->arch.counters_deadline;
    for (const struct vcpu *vcpu = core->arch.waiting; vcpu; vcpu = vcpu->wait_next) { // bound: vCPUs in WFI
        ticks_t deadline = vcpu_deadline(core, vcpu, arch_timer_now());
        nearest = deadline < nearest ? deadline : nearest;
    }
    return nearest;
}

void arch_guest_deadline_passed(struct core *core) {
    ticks_t now = arch_timer_now();
    struct vcpu *next;
    for (struct vcpu *vcpu = core->arch.waiting; vcpu; vcpu = next) { // bound: vCPUs in WFI
        next = vcpu->wait_next;
        if (vcpu_deadline(core, vcpu, now) <= now)
            vcpu_wake(core, vcpu);
    }
}

// --- interrupts

void vcpu_timer_update(struct core *core) {
    const struct vcpu *vcpu = core->arch.vcpu;
    uint32_t wanted = 0;
    if (vcpu)
        wanted = ((uint32_t)vcpu->vgic.bound & (MASK(VGIC_BOUND) & ~MASK(VGIC_TIMER))) |
                 (core->arch.vcpu_active ? vcpu->ppi_open : 0);
    uint32_t changed = wanted ^ core->arch.ppi_lines;
    if (LIKELY(!changed))
        return;
    core->arch.ppi_lines = wanted;
    core->arch.reenter = NULL; // what is open, but not while the VMM runs, is unmasked by vcpu_enter
    for (; changed; changed &= changed - 1) { // bound: 3
        unsigned source = (unsigned)__builtin_ctz(changed);
        if (wanted >> source & 1)
            arch_irq_unmask(ppi_irqs[source - VGIC_TIMER]);
        else
            arch_irq_mask(ppi_irqs[source - VGIC_TIMER]);
    }
}

void vcpu_ppi_interrupt(struct core *core, unsigned irq) {
    unsigned source = vcpu_ppi_source(irq);
    struct vcpu *vcpu = core->arch.vcpu;
    if (vcpu && vcpu->vgic.bound >> source & 1) {
        vgic_raise(core, vcpu, source);
        vcpu_wake(core, vcpu);
        return;
    }
    // Not bound: masked until the VMM acknowledges, or, if the guest is not running, until it runs again.
    arch_irq_mask(irq);
    core->arch.ppi_lines &= ~(1u << source);
    core->arch.reenter = NULL;
    arch_irq_end(irq);
    if (vcpu && core->arch.vcpu_active && thread_is_runnable(vcpu->tcb)) {
        struct fault fault;
        fault_make(&fault, SEL4_FAULT_VPPI_EVENT, irq, 0);
        vcpu->ppi_open &= ~(1u << source);
        vcpu_fault(core, vcpu, &fault);
    }
}

// --- VCPU_ReadReg and VCPU_WriteReg of ours

static word_t ptimer_control(const struct core *core, const struct vcpu *vcpu) {
    if (vcpu_is_loaded(core, vcpu))
        return SYSREG_READ("cntp_ctl_el0");
    bool met = vcpu->cntp_ctl & TIMER_ENABLE && vcpu->cntp_cval <= arch_timer_now();
    return (vcpu->cntp_ctl & (TIMER_ENABLE | TIMER_IMASK)) | (met ? TIMER_ISTATUS : 0);
}

void vcpu_place_count(struct vcpu *vcpu) {
    vcpu->regs[SEL4_VCPU_CNTVOFF] = arch_timer_now() - vcpu->count_at_entry;
    vcpu->count_at_entry = 0;
}

word_t vcpu_read_own(struct core *core, struct vcpu *vcpu, word_t field) {
    word_t offset = vcpu->regs[SEL4_VCPU_CNTVOFF];
    switch (field) {
    case GLACIS_VCPU_GROUPS:
        return vgic_groups(core, vcpu);
    case GLACIS_VCPU_CNTVCT:
        return offset == VCPU_CNTVOFF_AT_ENTRY ? vcpu->count_at_entry : arch_timer_now() - offset;
    case GLACIS_VCPU_CNTP_CTL:
        return ptimer_control(core, vcpu);
    case GLACIS_VCPU_CNTP_CVAL:
        return vcpu_is_loaded(core, vcpu) ? SYSREG_READ("cntp_cval_el0") : vcpu->cntp_cval;
    default:
        return pmu_read(core, vcpu, field);
    }
}

void vcpu_write_own(struct core *core, struct vcpu *vcpu, word_t field, word_t value) {
    switch (field) {
    case GLACIS_VCPU_CNTVCT:
        vcpu_read_back(core, vcpu);
        vcpu->count_at_entry = value;
        vcpu->regs[SEL4_VCPU_CNTVOFF] = VCPU_CNTVOFF_AT_ENTRY;
        if (vcpu_is_loaded(core, vcpu) && core->arch.vcpu_active)
            vcpu_place_count(vcpu); // it is in already
        vcpu_write_back(core, vcpu);
        core->arch.reenter = NULL;
        break;
    case GLACIS_VCPU_CNTP_CTL:
        vcpu->cntp_ctl = value;
        if (vcpu_is_loaded(core, vcpu))
            SYSREG_WRITE("cntp_ctl_el0", value);
        break;
    case GLACIS_VCPU_CNTP_CVAL:
        vcpu->cntp_cval = value;
        if (vcpu_is_loaded(core, vcpu))
            SYSREG_WRITE("cntp_cval_el0", value);
        break;
    default:
        pmu_write(core, vcpu, field, value);
        break;
    }
}
