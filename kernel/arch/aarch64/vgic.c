// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A vCPU's virtual interrupts: list registers, and the kernel's own interrupts that wait for one.
//
// The kernel's interrupts come from sources: SGI n is source n, then come the vCPU's private hardware
// interrupts that VCPU_BindVPPI bound (VGIC_TIMER, VGIC_PTIMER, VGIC_PMU), then those that VCPU_BindIRQ
// bound. A hardware-backed one (private, bound) is physically active from its acknowledgement to the guest's
// end of interrupt, which the hardware turns into its deactivation; so it cannot come twice, and a level that
// is still asserted comes again after its end.
//
//            vgic_raise, vgic_raise_sgi            the guest acknowledges
//     idle ------------------------------> listed ------------------------> listed
//     ^  ^          |  no list register    pending                          active --------------+
//     |  |          v    list_pending      |    |                           |   ^                |
//     |  |       overflow ---------------->+    |                     evict |   | list_active,   |
//     |  |     (kept_pending) <--- evict -------+                           v   | room is left   |
//     |  |          |                           |                          overflow              |
//     |  |          | vgic_update (disabled), vgic_set_sgis                active (kept_active)   |
//     |  |          v                           v                           |                    |
//     |  +------- masked <----------------------+                           |                    |
//     |  enabled: raised again if it is pending                             |                    |
//     |                                                                     |                    |
//     +--- the guest's end is counted: vgic_take_ends; or traps: -----------+                    |
//     |    vgic_deactivate                                                                       |
//     +--- the guest's end (EOI mode 1: its deactivation), in hardware --------------------------+
//
// An SGI may be pending beside its active state, in either place. vgic_update makes active by software, by
// way of kept_active, and ends it, by kept_forget and listed_forget. A private one that it makes pending is
// as one that came, but stays without its line. Overflow is vgic_kept.c; tests/model/virq.pml is a model of
// all this.
//
// Masked, a bound interrupt's pending state is the physical GIC's: withdraw() gives it back (an edge is set
// pending there, a level is its line). An SGI's is kept_pending, without its bit in `enabled`. vgic_unbind
// takes back what is pending; what is active is so by software until its end, and physically no longer.
//
// Invariants:
// 1. A virtual interrupt of the kernel's is in one list register at most; its pending state is in
//    kept_pending or in a list register, never in both.
// 2. Kernel-owned list registers are in the upper half, taken from the top down; `owned` is meaningful
//    only for valid ones. So the VMM always has the lower half, and hears of the end of what it lists
//    there. The last one is the kernel's alone while it has interrupts to deliver.
// 3. What is kept pending is never more urgent than a kernel-owned list register that is only pending, and
//    waits only while all of the kernel's are so, or hold what cannot be kept.
// 4. A maintenance interrupt is on only while something in kept_pending could be listed and finds no list
//    register, or the end of something in no list register is to come, or the VMM is to hear of something
//    (vgic_kept.c); it is tried again at each entry, too.
// 5. vgic_binding[irq] names a vCPU and a source, and that source of that vCPU is bound to irq; both or
//    neither (vgic_check). An interrupt without a binding is physically inactive or somebody else's.
// 6. While the vCPU is loaded, the number in vgic.lr[n] is that in list register n, if that is valid;
//    the rest is in the hardware alone, unless it is parked (vgic_kept.c). So finding an interrupt takes no
//    reading of them all.
#include <arch/internal.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <board.h>
#include <kernel/drivers/gic.h>

word_t vgic_binding[GIC_MAX_IRQS];

int lr_find(const struct core *core, const struct vcpu *vcpu, unsigned virq, uint64_t *lr) {
    uint32_t used = ~lr_free(core, vcpu) & (uint32_t)MASK(gic_lr_count);
    for (; used; used &= used - 1) { // bound: 16
        unsigned i = (unsigned)__builtin_ctz(used);
        if (LR_VIRQ(vcpu->vgic.lr[i]) != virq)
            continue;
        *lr = lr_get(core, vcpu, i);
        if (*lr & LR_STATE)
            return (int)i;
    }
    *lr = 0;
    return -1;
}

// --- sources

int vgic_source_find(const struct vgic *vgic, unsigned virq) {
    if (virq < VGIC_SGIS)
        return (int)virq;
    for (uint64_t rest = vgic->bound; rest; rest &= rest - 1) { // bound: 48
        int source = __builtin_ctzll(rest);
        if (vgic->virq[source] == virq)
            return source;
    }
    return -1;
}

void source_deactivate(const struct core *core, const struct vcpu *vcpu, unsigned source) {
    if (source >= VGIC_BOUND || vcpu_is_loaded(core, vcpu))
        gic_deactivate(vcpu->vgic.irq[source]);
}

void retract(struct core *core, struct vcpu *vcpu, unsigned source) {
    uint64_t lr;
    int index = lr_find(core, vcpu, vcpu->vgic.virq[source], &lr);
    if (!(lr & LR_PENDING) || !is_owned(&vcpu->vgic, (unsigned)index))
        return;
    if (lr & LR_ACTIVE) {
        lr_put(core, vcpu, (unsigned)index, lr & ~LR_PENDING);
        vcpu->vgic.kept_pending |= BIT(source);
    } else {
        keep_again(core, vcpu, (unsigned)index, lr);
    }
}

void withdraw(struct core *core, struct vcpu *vcpu, unsigned source, bool give_back) {
    struct vgic *vgic = &vcpu->vgic;
    retract(core, vcpu, source);
    if (!(vgic->kept_pending & BIT(source)))
        return;
    vgic->kept_pending &= ~BIT(source);
    if (give_back && gic_is_edge(vgic->irq[source]))
        gic_set_pending(vgic->irq[source], true);
    source_deactivate(core, vcpu, source);
}

// --- raising

// Fills list register `index`, one of the kernel's, of the loaded vCPU.
static ALWAYS_INLINE void list_now(struct vgic *vgic, unsigned index, unsigned source) {
    uint64_t image = vgic->image[source];
    vgic->owned |= 1u << index;
    vgic->lr[index] = image; // its number stands in the same place in every format
    gic_lr_write_encoded(index, image);
}

void vgic_raise(struct core *core, struct vcpu *vcpu, unsigned source) {
    struct vgic *vgic = &vcpu->vgic;
    // Nearly always: nothing waits, and a list register of the kernel's is free.
    if (LIKELY(!(vgic->kept_pending | vgic->kept_active | vgic->software | vgic->pinned) &&
               vgic->enabled >> source & 1 && vcpu_is_loaded(core, vcpu))) {
        uint32_t free = gic_lr_free();
        if (LIKELY(free >> gic_lr_count / 2)) {
            list_now(vgic, lr_topmost(free), source);
            return;
        }
    }
    vgic->software &= (uint32_t)~BIT(source);
    vgic->kept_pending |= BIT(source);
    vgic_flush(core, vcpu);
}

bool vgic_raise_own_sgi(struct vcpu *vcpu, unsigned sgi) {
    struct vgic *vgic = &vcpu->vgic;
    if (UNLIKELY(vgic->kept_pending | vgic->kept_active | vgic->software | vgic->pinned) ||
        !(vgic->enabled >> sgi & 1))
        return false;
    uint32_t free = gic_lr_free();
    if (UNLIKELY(!(free >> gic_lr_count / 2)))
        return false;
    for (uint32_t used = ~free & (uint32_t)MASK(gic_lr_count); used; used &= used - 1) // bound: 16
        if (LR_VIRQ(vgic->lr[__builtin_ctz(used)]) == sgi)
            return false;
    list_now(vgic, lr_topmost(free), sgi);
    return true;
}

bool vgic_take(struct core *core, unsigned irq) {
    word_t binding = vgic_binding[irq];
    if (!binding)
        return false;
    struct vcpu *vcpu = vgic_binding_vcpu(binding);
    vgic_raise(core, vcpu, vgic_binding_source(binding));
    vcpu_wake(core, vcpu);
    return true;
}

void vgic_raise_sgi(struct core *core, struct vcpu *vcpu, unsigned sgi) {
    uint64_t lr;
    if (vcpu->vgic.sgis_of_group0 >> sgi & 1)
        return;
    (void)lr_find(core, vcpu, sgi, &lr);
    if (lr & LR_PENDING)
        return;
    vcpu->vgic.kept_pending |= BIT(sgi);
    if (vcpu->vgic.enabled >> sgi & 1) {
        vgic_flush(core, vcpu);
        vcpu_wake(core, vcpu);
    }
}

bool vgic_has_pending(struct core *core, struct vcpu *vcpu) {
    if (vcpu->vgic.hcr) // ends may have been counted
        vgic_flush(core, vcpu);
    for (unsigned i = 0; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if ((lr & LR_STATE) == LR_PENDING || (lr & (LR_STATE | LR_HW | LR_EOI)) == LR_EOI)
            return true;
    }
    return kept_deliverable(&vcpu->vgic) || vcpu->vgic.report;
}

bool vgic_in_flight(const struct core *core, const struct vcpu *vcpu) {
    return (~lr_free(core, vcpu) & MASK(gic_lr_count)) || vcpu->vgic.kept_pending | vcpu->vgic.kept_active;
}

uint64_t vgic_ppis_in_flight(const struct core *core, const struct vcpu *vcpu) {
    uint64_t sources = (vcpu->vgic.kept_pending | vcpu->vgic.kept_active) & PPI_BITS;
    for (unsigned i = 0; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if (lr & LR_STATE && lr & LR_HW)
            sources |= BIT(vcpu_ppi_source(LR_PHYSICAL(lr))) & PPI_BITS;
    }
    return sources;
}

enum vgic_inject vgic_inject(struct core *core, struct vcpu *vcpu, unsigned index, unsigned virq,
                             unsigned priority, unsigned group, bool evicts) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t lr = lr_get(core, vcpu, index);
    bool is_busy = (evicts ? (lr & LR_STATE) != LR_ACTIVE : !!(lr & LR_ACTIVE)) ||
                   (lr & LR_STATE && is_owned(vgic, index)) ||
                   (index == gic_lr_count - 1 && (vgic->bound | (vgic->enabled & SGI_BITS))) ||
                   vgic_source_find(vgic, LR_VIRQ(virq)) >= VGIC_BOUND;
    if (!is_busy) {
        if (evicts)
            listed_evict(core, vcpu, index, lr);
        vgic->owned &= ~(1u << index);
        vgic->software &= ~(1u << index);
        vgic->pinned &= ~(1u << index);
        lr_put(core, vcpu, index,
               virq | lr_priority(priority << 3) | (group ? LR_GROUP1 : 0) | LR_EOI | LR_PENDING);
    } else if (!evicts) {
        return VGIC_BUSY;
    }
    if (evicts) { // its end is to be counted, or the next acknowledgement
        vgic->report_when_taken |= is_busy;
        vgic_flush(core, vcpu);
    }
    vcpu_wake(core, vcpu);
    return is_busy ? VGIC_BUSY : VGIC_INJECTED;
}

void vgic_set_sgis(struct core *core, struct vcpu *vcpu, uint32_t sgis, const uint8_t *priorities) {
    struct vgic *vgic = &vcpu->vgic;
    vgic->enabled = (vgic->enabled & ~SGI_BITS) | (sgis & SGI_BITS);
    vgic->sgis_of_group0 = (uint16_t)(sgis >> VGIC_SGIS);
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++) {
        bool moved = vgic->priority[sgi] != priorities[sgi];
        vgic->priority[sgi] = priorities[sgi];
        source_changed(vgic, sgi);
        if (moved || !(sgis >> sgi & 1))
            retract(core, vcpu, sgi);
    }
    vgic_flush(core, vcpu);
    if (vgic_has_pending(core, vcpu))
        vcpu_wake(core, vcpu);
}

// --- bindings

void vgic_bind(struct core *core, struct vcpu *vcpu, unsigned source, unsigned irq, unsigned virq,
               unsigned priority) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t lr;
    if (vgic->bound & BIT(source) && vgic->virq[source] != virq)
        vgic_unbind(core, vcpu, source);
    retract(core, vcpu, source);
    vgic->irq[source] = (uint16_t)irq;
    vgic->virq[source] = (uint16_t)virq;
    vgic->priority[source] = (uint8_t)priority;
    vgic->other_group &= ~BIT(source);
    vgic->other_group |= priority & GLACIS_BIND_OTHER_GROUP ? BIT(source) : 0;
    vgic->bound |= BIT(source);
    source_changed(vgic, source);
    if (source < VGIC_BOUND) {
        vgic->enabled |= BIT(source);
        vcpu->ppi_open |= BIT(source);
        if (vcpu_is_loaded(core, vcpu))
            vcpu_timer_update(core);
        core->reprogram = true; // it may wait for its timer
    } else {
        if (!vgic_binding[irq])
            arch_irq_mask(irq);
        vgic_binding[irq] = (word_t)vcpu | source;
        // Listed before by somebody else: the first hardware-backed one waits for its end.
        int index = lr_find(core, vcpu, virq, &lr);
        if (index >= 0 && !(lr & LR_HW))
            vgic->software |= 1u << index;
    }
    vgic_flush(core, vcpu);
}

void vgic_unbind(struct core *core, struct vcpu *vcpu, unsigned source) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t mask = BIT(source), lr;
    unsigned irq = vgic->irq[source];
    withdraw(core, vcpu, source, false);
    if (source >= VGIC_BOUND) {
        arch_irq_mask(irq);
        int index = lr_find(core, vcpu, vgic->virq[source], &lr);
        if (lr & LR_HW) {
            // Active: by software from now on. Its end is asked for, so that `software` ends with it.
            lr_put(core, vcpu, (unsigned)index, (lr & ~(LR_HW | LR_PHYSICAL_MASK)) | LR_EOI);
            vgic->software |= 1u << index;
        }
        gic_deactivate(irq);
        vgic_binding[irq] = 0;
    } else if (vgic->kept_active & mask) {
        source_deactivate(core, vcpu, source);
    }
    kept_forget(core, vcpu, source);
    vgic->bound &= ~mask;
    vgic->enabled &= ~mask;
    vgic->virq[source] = 0;
    vgic_flush(core, vcpu);
    if (vcpu_is_loaded(core, vcpu))
        vcpu_timer_update(core);
}

void vgic_unbind_irq(struct core *core, unsigned irq) {
    word_t binding = vgic_binding[irq];
    if (binding)
        vgic_unbind(core, vgic_binding_vcpu(binding), vgic_binding_source(binding));
}

void vgic_forget(struct vgic *vgic) {
    uint64_t rest = vgic->bound & ~PPI_BITS;
    for (; rest; rest &= rest - 1) { // bound: VGIC_SOURCES
        unsigned irq = vgic->irq[__builtin_ctzll(rest)];
        arch_irq_mask(irq);
        gic_deactivate(irq);
        vgic_binding[irq] = 0;
    }
}

bool vgic_check(const struct vcpu *vcpu) {
    const struct vgic *vgic = &vcpu->vgic;
    for (uint64_t rest = vgic->bound & ~PPI_BITS; rest; rest &= rest - 1) { // bound: VGIC_SOURCES
        unsigned source = (unsigned)__builtin_ctzll(rest);
        if (vgic_binding[vgic->irq[source]] != ((word_t)vcpu | source))
            return false;
    }
    return !((vgic->kept_pending | vgic->kept_active | vgic->enabled) & ~(vgic->bound | SGI_BITS)) &&
           !(vgic->evicted & ~vgic->kept_active);
}

// --- the object, and the hardware

void vgic_init(struct vgic *vgic) {
    vgic->vmcr = GIC_VMCR_RESET;
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++)
        vgic->virq[sgi] = (uint16_t)sgi;
}

void vgic_reset(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    vgic_take_ends(core, vcpu);
    vgic->vmcr = GIC_VMCR_RESET;
    for (unsigned i = 0; i < VGIC_MAX_APRS; i++)
        vgic->apr[0][i] = vgic->apr[1][i] = 0;
    if (vcpu_is_loaded(core, vcpu))
        gic_virtual_load(vgic);
    vgic->evicted = 0; // no end of them will be counted
    vgic->orphans = 0;
    vgic_flush(core, vcpu);
}

void vgic_load(struct core *core, struct vcpu *vcpu) {
    (void)core;
    for (unsigned i = 0; i < gic_lr_count; i++) // bound: 16
        gic_lr_write(i, vcpu->vgic.lr[i]);
    gic_virtual_load(&vcpu->vgic);
}

bool vgic_lists_agree(const struct vgic *vgic) {
    uint64_t listed = 0;
    for (unsigned i = 0; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = vgic->lr[i];
        if (!(lr & LR_STATE) || !is_owned(vgic, i))
            continue;
        int source = vgic_source_find(vgic, LR_VIRQ(lr));
        uint64_t mask = source < 0 ? 0 : BIT(source);
        if (i < gic_lr_count / 2 || listed & mask || (lr & LR_PENDING && vgic->kept_pending & mask) ||
            (lr & LR_ACTIVE && vgic->kept_active & mask))
            return false;
        listed |= mask;
    }
    return true;
}

void vgic_unload(struct core *core, struct vcpu *vcpu) {
    for (unsigned i = 0; i < gic_lr_count; i++) // bound: 16
        vcpu->vgic.lr[i] = lr_get(core, vcpu, i);
    vcpu->vgic.parked = 0;
    gic_virtual_save(&vcpu->vgic);
    DEBUG_CHECK(vgic_lists_agree(&vcpu->vgic));
}
