// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The state of one virtual interrupt, as the VMM's distributor reads and changes it (VCPU_UpdateIRQ).
//
// Invariants: those of vgic.c.
#include <arch/internal.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <board.h>

enum { STATE_PENDING = GLACIS_IRQ_PENDING, STATE_ACTIVE = GLACIS_IRQ_ACTIVE };

// A listed interrupt changes its state.
static unsigned update_listed(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr, unsigned set,
                              unsigned clear) {
    unsigned before = (unsigned)(lr >> 62), after = (before & ~clear) | set;
    if (lr & LR_HW && after == (STATE_PENDING | STATE_ACTIVE)) {
        // By software from now on (IHI 0069 12.4.9: not with HW = 1). Its end is asked for, so that
        // `software` ends with it.
        source_deactivate(core, vcpu, vcpu_ppi_source(LR_PHYSICAL(lr)));
        lr = (lr & ~(LR_HW | LR_PHYSICAL_MASK)) | LR_EOI;
        vcpu->vgic.software |= 1u << index;
    }
    if (before & ~after & STATE_ACTIVE) {
        listed_forget(core, vcpu, index, lr);
        vcpu->vgic.pinned &= ~(1u << index);
    }
    if (after & ~before & STATE_ACTIVE)
        vcpu->vgic.pinned |= 1u << index;
    if (after == 0) {
        lr_put(core, vcpu, index, lr & LR_EOI && !is_owned(&vcpu->vgic, index) ? lr & ~LR_STATE : 0);
        if (lr & LR_HW)
            source_deactivate(core, vcpu, vcpu_ppi_source(LR_PHYSICAL(lr)));
        else if (is_owned(&vcpu->vgic, index))
            vcpu->vgic.software &= ~(1u << index);
    } else if (after != before) {
        lr_put(core, vcpu, index, (lr & ~LR_STATE) | (uint64_t)after << 62);
    }
    return before;
}

// A private one, when it is in no list register: kept, or idle.
static unsigned update_ppi(struct core *core, struct vcpu *vcpu, unsigned source, unsigned set,
                           unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    if (vgic->kept_active & BIT(source)) {
        if (clear & STATE_ACTIVE) {
            source_deactivate(core, vcpu, source);
            kept_forget(core, vcpu, source);
        }
        return STATE_ACTIVE;
    }
    if (vgic->kept_pending & BIT(source)) {
        if (clear & STATE_PENDING)
            withdraw(core, vcpu, source, false);
        return STATE_PENDING;
    }
    if (set == STATE_PENDING) { // as if it had been acknowledged, so that it cannot come a second time
        if (vcpu_is_loaded(core, vcpu))
            gic_activate(vgic->irq[source]);
        vgic->kept_pending |= BIT(source);
        return 0;
    }
    uint32_t free = lr_free_kernel(core, vcpu);
    if (!set || !free)
        return 0;
    unsigned index = lr_topmost(free);
    vgic->owned |= 1u << index;
    vgic->software |= 1u << index;
    // Its end is asked for, so that `software` ends with it.
    lr_put(core, vcpu, index,
           (source_lr(vgic, source) & ~(LR_HW | LR_PHYSICAL_MASK)) | LR_EOI | (uint64_t)set << 62);
    return 0;
}

static unsigned update_sgi(struct core *core, struct vcpu *vcpu, unsigned sgi, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t mask = BIT(sgi);
    unsigned before =
        (vgic->kept_pending & mask ? STATE_PENDING : 0) | (vgic->kept_active & mask ? STATE_ACTIVE : 0);
    unsigned after = (before & ~clear) | set;
    vgic->kept_pending = (vgic->kept_pending & ~mask) | (after & STATE_PENDING ? mask : 0);
    if (!(after & STATE_ACTIVE))
        kept_forget(core, vcpu, sgi);
    else
        vgic->kept_active |= mask;
    return before;
}

// An SGI that is active in a list register; disabled, its pending state is kept beside that.
static unsigned update_listed_sgi(struct core *core, struct vcpu *vcpu, unsigned sgi, unsigned index,
                                  uint64_t lr, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t mask = BIT(sgi);
    bool is_kept = vgic->kept_pending & mask, is_enabled = vgic->enabled & mask;
    unsigned before = update_listed(core, vcpu, index, lr, is_enabled ? set : set & ~STATE_PENDING, clear);
    if (clear & STATE_PENDING)
        vgic->kept_pending &= ~mask;
    if (set & STATE_PENDING && !is_enabled)
        vgic->kept_pending |= mask;
    return is_kept ? before | STATE_PENDING : before;
}

// A bound interrupt. What is not in flight is the physical GIC's, whose registers mean the same.
static unsigned update_bound(struct core *core, struct vcpu *vcpu, unsigned source, unsigned set,
                             unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    unsigned irq = vgic->irq[source];
    uint64_t mask = BIT(source), lr;
    int index = lr_find(core, vcpu, vgic->virq[source], &lr);
    unsigned before = (unsigned)(lr >> 62) | (vgic->kept_active & mask ? STATE_ACTIVE : 0) |
                      (vgic->kept_pending & mask || gic_is_pending(irq) ? STATE_PENDING : 0) |
                      (vgic->enabled & mask ? GLACIS_IRQ_ENABLED : 0);
    if (clear & GLACIS_IRQ_ENABLED) {
        vgic->enabled &= ~mask;
        arch_irq_mask(irq);
    }
    if (clear & (STATE_PENDING | GLACIS_IRQ_ENABLED) || set & STATE_ACTIVE)
        withdraw(core, vcpu, source, !(clear & STATE_PENDING));
    if (clear & STATE_PENDING)
        gic_set_pending(irq, false);
    if (clear & before & STATE_ACTIVE) {
        if (lr) {
            listed_forget(core, vcpu, (unsigned)index, lr);
            lr_put(core, vcpu, (unsigned)index, 0);
            vgic->software &= ~(1u << index);
        }
        kept_forget(core, vcpu, source);
        gic_deactivate(irq);
    }
    if (set & ~(before & ~clear) & STATE_ACTIVE) {
        gic_activate(irq);
        vgic->kept_active |= mask;
    }
    if (set & GLACIS_IRQ_ENABLED) {
        vgic->enabled |= mask;
        arch_irq_unmask(irq);
    }
    // Once pending it stays so, wherever.
    (void)lr_find(core, vcpu, vgic->virq[source], &lr);
    if (set & STATE_PENDING && !(lr & LR_PENDING) && !(vgic->kept_pending & mask))
        gic_set_pending(irq, true);
    return before;
}

// The line of a private interrupt is a level: pending, it ends when the guest stops the timer or moves its
// compare value (Arm ARM D11.2.4), or clears the overflow. The hardware does not take it out of a list
// register, so that is done when the VMM looks. What software has set pending stays.
void vgic_withdraw_ppi(struct core *core, struct vcpu *vcpu, unsigned source) {
    if (!(vcpu->vgic.software & (MASK(VGIC_TIMER) | BIT(source))) && vcpu_is_loaded(core, vcpu) &&
        !vcpu_ppi_asserts(vcpu, source))
        withdraw(core, vcpu, source, false);
}

unsigned vgic_update(struct core *core, struct vcpu *vcpu, unsigned virq, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    int source = vgic_source_find(vgic, virq), index;
    uint64_t lr;
    unsigned before = 0;
    vgic_take_ends(core, vcpu);
    if (unlisted_find(vgic, virq, clear & STATE_ACTIVE)) {
        before = STATE_ACTIVE;
    } else if (source >= VGIC_BOUND) {
        before = update_bound(core, vcpu, (unsigned)source, set, clear);
    } else {
        set &= STATE_PENDING | STATE_ACTIVE;
        if (source >= VGIC_TIMER) {
            vgic_withdraw_ppi(core, vcpu, (unsigned)source);
            vgic->software = (vgic->software & ~((clear & STATE_PENDING) << source)) | (set & STATE_PENDING)
                                                                                           << source;
        }
        index = lr_find(core, vcpu, virq, &lr);
        if (index >= 0 && source >= 0 && source < VGIC_TIMER)
            before = update_listed_sgi(core, vcpu, (unsigned)source, (unsigned)index, lr, set, clear);
        else if (index >= 0)
            before = update_listed(core, vcpu, (unsigned)index, lr, set, clear);
        else if (source >= VGIC_TIMER)
            before = update_ppi(core, vcpu, (unsigned)source, set, clear);
        else if (source >= 0)
            before = update_sgi(core, vcpu, (unsigned)source, set, clear);
    }
    vgic_flush(core, vcpu);
    if (set & STATE_PENDING && vgic_has_pending(core, vcpu))
        vcpu_wake(core, vcpu);
    return before;
}
