// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Between the files of a vCPU's virtual interrupts: vgic.c (their way through the list registers; the diagram
// and the invariants), vgic_kept.c (what is in none) and vgic_state.c (what the VMM reads and changes).
#ifndef ARCH_VGIC_H
#define ARCH_VGIC_H

#include <arch/vcpu.h>
#include <kernel/drivers/gic.h>

#define SGI_BITS MASK(VGIC_SGIS)
#define PPI_BITS (MASK(VGIC_BOUND) & ~SGI_BITS)

static inline uint64_t lr_get(const struct core *core, const struct vcpu *vcpu, unsigned index) {
    bool is_there = vcpu_is_loaded(core, vcpu) && !(vcpu->vgic.parked >> index & 1);
    return is_there ? gic_lr_read(index) : vcpu->vgic.lr[index];
}

static inline void lr_put(const struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    vcpu->vgic.lr[index] = lr;
    vcpu->vgic.parked &= ~(1u << index);
    if (vcpu_is_loaded(core, vcpu))
        gic_lr_write(index, lr);
}

// Bit n: list register n can be filled.
static inline uint32_t lr_free(const struct core *core, const struct vcpu *vcpu) {
    if (vcpu_is_loaded(core, vcpu)) {
        gic_lr_synchronise();
        return gic_lr_free() & ~vcpu->vgic.parked & (uint32_t)MASK(gic_lr_count);
    }
    uint32_t free = 0;
    for (unsigned i = 0; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = vcpu->vgic.lr[i];
        if (!(lr & LR_STATE) && (lr & LR_HW || !(lr & LR_EOI)))
            free |= 1u << i;
    }
    return free;
}

// Those that the kernel may take.
static inline uint32_t lr_free_kernel(const struct core *core, const struct vcpu *vcpu) {
    return lr_free(core, vcpu) & ~(uint32_t)MASK(gic_lr_count / 2);
}

// The list register that holds `virq`, or -1 (invariant 6).
int lr_find(const struct core *core, const struct vcpu *vcpu, unsigned virq, uint64_t *lr);

static inline bool is_owned(const struct vgic *vgic, unsigned index) {
    return vgic->owned >> index & 1;
}

static inline uint64_t lr_priority(unsigned priority) {
    return (uint64_t)priority << LR_PRIORITY_SHIFT;
}

// A list register for it, hardware-backed but for SGIs; without a state.
static ALWAYS_INLINE uint64_t source_lr(const struct vgic *vgic, unsigned source) {
    uint64_t group = gic_lr_group ^ (vgic->other_group >> source & 1 ? LR_GROUP1 : 0);
    uint64_t lr = vgic->virq[source] | lr_priority(vgic->priority[source]) | group;
    return source < VGIC_TIMER ? lr : lr | (uint64_t)vgic->irq[source] << LR_PHYSICAL_SHIFT | LR_HW;
}

// What source_lr is made of has changed.
static inline void source_changed(struct vgic *vgic, unsigned source) {
    vgic->image[source] = gic_lr_encode(source_lr(vgic, source) | LR_PENDING);
}

// The most significant one of some free list registers, not none.
static ALWAYS_INLINE unsigned lr_topmost(uint32_t free) {
    return 31 - (unsigned)__builtin_clz(free);
}

// --- vgic.c

// The physical interrupt, in flight, will not be ended by the guest. A private one is the loaded vCPU's
// alone.
void source_deactivate(const struct core *core, const struct vcpu *vcpu, unsigned source);
// Takes what is pending of a source out of a list register of the kernel's: it is kept again.
void retract(struct core *core, struct vcpu *vcpu, unsigned source);
// A hardware-backed source is no longer pending with the guest. `give_back`: the physical GIC has it again.
void withdraw(struct core *core, struct vcpu *vcpu, unsigned source, bool give_back);

// --- vgic_kept.c

// In list register `index`, which holds `lr` and is owned: back to the kept ones.
void keep_again(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr);
// What is kept pending and may be listed.
uint64_t kept_deliverable(const struct vgic *vgic);
// If it is kept active, it no longer is, but not by the guest's end.
void kept_forget(const struct core *core, struct vcpu *vcpu, unsigned source);
// The same of what is active in list register `index`, which holds `lr`.
void listed_forget(const struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr);
// What the VMM has in list register `index`, active alone, needs it no longer: its end is reported.
void listed_evict(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr);
// Whether it was evicted so and is active still. `forget`: no longer, but not by the guest's end.
bool unlisted_find(struct vgic *vgic, unsigned virq, bool forget);

#endif
