// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A vCPU's virtual interrupts: list registers, and the kernel's own interrupts that wait for one.
//
//   the bound timer:  idle --vgic_raise_timer--> kept, or listed pending (physically active)
//                       ^                                  |
//                       +------ the guest's end of interrupt (the hardware deactivates)
//   an SGI:           idle --vgic_raise_sgi--> kept pending --vgic_flush--> listed pending
//                       ^                           ^----------evict-------------|
//                       +---------- the guest's end ---- active <----------------+
//
// Invariants:
// 1. A virtual interrupt of the kernel's is in one list register at most; its pending state is in
//    kept_pending or in a list register, never in both.
// 2. Kernel-owned list registers are in the upper half, taken from the top down; `owned` is meaningful
//    only for valid ones. So the VMM always has the lower half, and hears of the end of what it lists
//    there. The last one is the kernel's alone while it has interrupts to deliver.
// 3. What is kept is never more urgent than a kernel-owned list register that is only pending.
// 4. A maintenance interrupt is on only while something in kept_* could be listed and finds no list
//    register; it is tried again at each entry, too.
#include <arch/internal.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>

#define TIMER_BIT ((uint32_t)BIT(VGIC_TIMER))

static uint64_t lr_get(const struct core *core, const struct vcpu *vcpu, unsigned index) {
    return vcpu_is_loaded(core, vcpu) ? gic_lr_read(index) : vcpu->vgic.lr[index];
}

static void lr_put(const struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    if (vcpu_is_loaded(core, vcpu))
        gic_lr_write(index, lr);
    else
        vcpu->vgic.lr[index] = lr;
}

// Bit n: list register n can be filled.
static uint32_t lr_free(const struct core *core, const struct vcpu *vcpu) {
    if (vcpu_is_loaded(core, vcpu)) {
        gic_lr_synchronise();
        return gic_lr_free() & (uint32_t)MASK(gic_lr_count);
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
static uint32_t lr_free_kernel(const struct core *core, const struct vcpu *vcpu) {
    return lr_free(core, vcpu) & ~(uint32_t)MASK(gic_lr_count / 2);
}

// The list register that holds `virq`, or -1. Bound: 16.
static int lr_find(const struct core *core, const struct vcpu *vcpu, unsigned virq, uint64_t *lr) {
    for (unsigned i = 0; i < gic_lr_count; i++) {
        *lr = lr_get(core, vcpu, i);
        if (*lr & LR_STATE && LR_VIRQ(*lr) == virq)
            return (int)i;
    }
    return -1;
}

static bool is_owned(const struct vgic *vgic, unsigned index) {
    return vgic->owned >> index & 1;
}

static uint64_t lr_priority(unsigned priority) {
    return (uint64_t)priority << LR_PRIORITY_SHIFT;
}

static ALWAYS_INLINE uint64_t timer_lr(const struct vgic *vgic) {
    return vgic->timer_virq | (uint64_t)BOARD_IRQ_VIRTUAL_TIMER << LR_PHYSICAL_SHIFT |
           lr_priority(vgic->timer_priority) | gic_lr_group | LR_HW;
}

static unsigned kept_priority(const struct vgic *vgic, unsigned bit) {
    return bit == VGIC_TIMER ? vgic->timer_priority : vgic->sgi_priority[bit];
}

static unsigned kept_virq(const struct vgic *vgic, unsigned bit) {
    return bit == VGIC_TIMER ? vgic->timer_virq : bit;
}

// Pending, in list register `index`, owned, and not active: back to the kept ones.
static void keep_again(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    lr_put(core, vcpu, index, 0);
    if (LR_VIRQ(lr) < VGIC_SGIS)
        vcpu->vgic.kept_pending |= 1u << LR_VIRQ(lr);
    else if (lr & LR_HW)
        vcpu->vgic.kept_pending |= TIMER_BIT;
}

// Makes room for something of `priority`: the least urgent pending list register of the kernel's, if it is
// less urgent, goes back. Returns the free one's bit, or 0. The timer by software stays: it could not be
// kept.
static uint32_t evict(struct core *core, struct vcpu *vcpu, unsigned priority) {
    int victim = -1;
    uint64_t victim_lr = 0;
    for (unsigned i = gic_lr_count / 2; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if (!is_owned(&vcpu->vgic, i) || (lr & LR_STATE) != LR_PENDING ||
            (LR_VIRQ(lr) >= VGIC_SGIS && !(lr & LR_HW)) || LR_PRIORITY(lr) <= priority)
            continue;
        if (victim < 0 || LR_PRIORITY(lr) >= LR_PRIORITY(victim_lr)) {
            victim = (int)i;
            victim_lr = lr;
        }
    }
    if (victim < 0)
        return 0;
    keep_again(core, vcpu, (unsigned)victim, victim_lr);
    return 1u << victim;
}

// What of the kept interrupts can be listed.
static uint32_t kept_deliverable(const struct vgic *vgic) {
    return (vgic->kept_pending & (vgic->sgi_enabled | TIMER_BIT)) | vgic->kept_active;
}

// Lists one kept interrupt. False: it must go on waiting.
static bool list_kept(struct core *core, struct vcpu *vcpu, unsigned bit) {
    struct vgic *vgic = &vcpu->vgic;
    uint32_t mask = 1u << bit;
    uint64_t lr,
        state =
            (vgic->kept_pending & mask && (bit == VGIC_TIMER || vgic->sgi_enabled & mask) ? LR_PENDING : 0) |
            (vgic->kept_active & mask ? LR_ACTIVE : 0);
    int index = lr_find(core, vcpu, kept_virq(vgic, bit), &lr);
    if (index >= 0 && bit == VGIC_TIMER && lr & LR_ACTIVE) {
        // By software, and active: hardware-backed it can be only after its end, which is asked for.
        lr_put(core, vcpu, (unsigned)index, lr | LR_EOI);
        return false;
    }
    if (index >= 0 && bit != VGIC_TIMER) {
        lr_put(core, vcpu, (unsigned)index, lr | state);
    } else {
        uint32_t free = index >= 0 ? 1u << index : lr_free_kernel(core, vcpu);
        if (!free)
            free = evict(core, vcpu, kept_priority(vgic, bit));
        if (!free)
            return false;
        index = 31 - __builtin_clz(free);
        lr = bit == VGIC_TIMER ? timer_lr(vgic) : bit | lr_priority(vgic->sgi_priority[bit]) | gic_lr_group;
        lr_put(core, vcpu, (unsigned)index, lr | state);
        vgic->owned |= 1u << index;
    }
    if (bit == VGIC_TIMER)
        vgic->timer_by_software = false;
    if (state & LR_PENDING)
        vgic->kept_pending &= ~mask;
    vgic->kept_active &= ~mask;
    return true;
}

// Asks for a maintenance interrupt when a list register of the kernel's may become free: at the end of an
// SGI; and, since a hardware-backed one does not report its end, when no list register is pending or, if none
// is already, when at most one is valid. The kernel's are two at least, so that one is free then
// (GIC_MIN_LRS).
static void update_maintenance(struct core *core, struct vcpu *vcpu, bool waits) {
    uint32_t hcr = 0;
    if (waits) {
        bool pending = false;
        for (unsigned i = 0; i < gic_lr_count; i++) { // bound: 16
            uint64_t lr = lr_get(core, vcpu, i);
            pending |= (lr & LR_PENDING) != 0;
            if (lr & LR_STATE && is_owned(&vcpu->vgic, i) && !(lr & (LR_HW | LR_EOI)))
                lr_put(core, vcpu, i, lr | LR_EOI);
        }
        hcr = pending ? GIC_HCR_NPIE : GIC_HCR_UIE;
    }
    if (hcr == vcpu->vgic.hcr)
        return;
    vcpu->vgic.hcr = hcr;
    if (vcpu_is_loaded(core, vcpu) && core->arch.vcpu_active)
        gic_virtual_control(hcr | GIC_HCR_EN);
}

// Lists what is kept, the most urgent first. Bound: 17 interrupts; what is evicted on the way is less urgent
// than all that was listed, and is not tried again.
void vgic_flush(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    uint32_t left = kept_deliverable(vgic);
    bool waits;
    while (left) {
        unsigned best = (unsigned)__builtin_ctz(left);
        for (uint32_t rest = left & (left - 1); rest; rest &= rest - 1) {
            unsigned bit = (unsigned)__builtin_ctz(rest);
            if (kept_priority(vgic, bit) < kept_priority(vgic, best))
                best = bit;
        }
        left &= ~(1u << best);
        (void)list_kept(core, vcpu, best);
    }
    waits = kept_deliverable(vgic) && !lr_free_kernel(core, vcpu);
    update_maintenance(core, vcpu, waits);
}

void vgic_raise_timer(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    // Nearly always: nothing waits, and the kernel's own list register is free. The vCPU is loaded.
    if (LIKELY(!(vgic->kept_pending | vgic->kept_active) && !vgic->timer_by_software)) {
        unsigned index = gic_lr_count - 1;
        if (LIKELY(gic_lr_free() >> index & 1)) {
            vgic->owned |= 1u << index;
            gic_lr_write(index, timer_lr(vgic) | LR_PENDING);
            return;
        }
    }
    vgic->kept_pending |= TIMER_BIT;
    vgic_flush(core, vcpu);
}

void vgic_raise_sgi(struct core *core, struct vcpu *vcpu, unsigned sgi) {
    uint64_t lr;
    int index = lr_find(core, vcpu, sgi, &lr);
    if (index >= 0 && lr & LR_PENDING)
        return;
    vcpu->vgic.kept_pending |= 1u << sgi;
    if (vcpu->vgic.sgi_enabled >> sgi & 1) {
        vgic_flush(core, vcpu);
        vcpu_wake(core, vcpu);
    }
}

bool vgic_has_pending(const struct core *core, const struct vcpu *vcpu) {
    for (unsigned i = 0; i < gic_lr_count; i++) // bound: 16
        if (lr_get(core, vcpu, i) & LR_PENDING)
            return true;
    return kept_deliverable(&vcpu->vgic) & vcpu->vgic.kept_pending;
}

bool vgic_timer_in_flight(const struct core *core, const struct vcpu *vcpu) {
    for (unsigned i = 0; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if (lr & LR_STATE && lr & LR_HW)
            return true;
    }
    return vcpu->vgic.kept_pending & TIMER_BIT;
}

int vgic_maintenance(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    int ended_of_vmm = -1;
    uint32_t ended = gic_lr_ended() & (uint32_t)MASK(gic_lr_count);
    for (; ended && ended_of_vmm < 0; ended &= ended - 1) { // bound: 16
        unsigned index = (unsigned)__builtin_ctz(ended);
        unsigned virq = LR_VIRQ(gic_lr_read(index));
        gic_lr_write(index, 0);
        if (!is_owned(vgic, index))
            ended_of_vmm = (int)index;
        else if (virq == vgic->timer_virq)
            vgic->timer_by_software = false;
    }
    vgic_flush(core, vcpu);
    return ended_of_vmm;
}

enum vgic_inject vgic_inject(struct core *core, struct vcpu *vcpu, unsigned index, unsigned virq,
                             unsigned priority, unsigned group) {
    uint64_t lr = lr_get(core, vcpu, index);
    if (lr & LR_ACTIVE || (lr & LR_STATE && is_owned(&vcpu->vgic, index)))
        return VGIC_BUSY;
    if (index == gic_lr_count - 1 && (vcpu->vgic.timer_virq || vcpu->vgic.sgi_enabled))
        return VGIC_BUSY;
    vcpu->vgic.owned &= ~(1u << index);
    lr_put(core, vcpu, index,
           virq | lr_priority(priority << 3) | (group ? LR_GROUP1 : 0) | LR_EOI | LR_PENDING);
    vcpu_wake(core, vcpu);
    return VGIC_INJECTED;
}

// Takes `virq` out of a list register, if it is only pending there and the kernel's. True: it is kept again.
static bool retract(struct core *core, struct vcpu *vcpu, unsigned virq) {
    uint64_t lr;
    int index = lr_find(core, vcpu, virq, &lr);
    if (index < 0 || !is_owned(&vcpu->vgic, (unsigned)index) || (lr & LR_STATE) != LR_PENDING)
        return false;
    keep_again(core, vcpu, (unsigned)index, lr);
    return true;
}

void vgic_set_sgis(struct core *core, struct vcpu *vcpu, uint16_t enabled, const uint8_t *priorities) {
    struct vgic *vgic = &vcpu->vgic;
    vgic->sgi_enabled = enabled;
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++) {
        bool moved = vgic->sgi_priority[sgi] != priorities[sgi];
        vgic->sgi_priority[sgi] = priorities[sgi];
        if (moved || !(enabled >> sgi & 1))
            (void)retract(core, vcpu, sgi);
    }
    vgic_flush(core, vcpu);
    if (vgic_has_pending(core, vcpu))
        vcpu_wake(core, vcpu);
}

// --- the state of one interrupt, for the VMM's distributor

enum { STATE_PENDING = 1, STATE_ACTIVE = 2 };

// A listed interrupt changes its state.
static unsigned update_listed(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr, unsigned set,
                              unsigned clear) {
    unsigned before = (unsigned)(lr >> 62), after = (before & ~clear) | set;
    if (lr & LR_HW && after == (STATE_PENDING | STATE_ACTIVE))
        return before; // a level's next interrupt comes from the hardware (IHI 0069 12.4.9: not with HW = 1)
    if (after == 0) {
        lr_put(core, vcpu, index, lr & LR_EOI && !is_owned(&vcpu->vgic, index) ? lr & ~LR_STATE : 0);
        if (lr & LR_HW && vcpu_is_loaded(core, vcpu))
            gic_deactivate(BOARD_IRQ_VIRTUAL_TIMER);
        else if (is_owned(&vcpu->vgic, index) && LR_VIRQ(lr) == vcpu->vgic.timer_virq)
            vcpu->vgic.timer_by_software = false;
    } else if (after != before) {
        lr_put(core, vcpu, index, (lr & ~LR_STATE) | (uint64_t)after << 62);
    }
    return before;
}

// The timer, when it is in no list register: kept, or idle.
static unsigned update_timer(struct core *core, struct vcpu *vcpu, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    if (vgic->kept_pending & TIMER_BIT) {
        if (clear & STATE_PENDING) {
            vgic->kept_pending &= ~TIMER_BIT;
            if (vcpu_is_loaded(core, vcpu))
                gic_deactivate(BOARD_IRQ_VIRTUAL_TIMER);
        }
        return STATE_PENDING;
    }
    uint32_t free = lr_free_kernel(core, vcpu);
    if (!set || !free)
        return 0;
    unsigned index = 31 - (unsigned)__builtin_clz(free);
    vgic->owned |= 1u << index;
    vgic->timer_by_software = true;
    // Its end is asked for, so that timer_by_software ends with it.
    lr_put(core, vcpu, index,
           vgic->timer_virq | lr_priority(vgic->timer_priority) | gic_lr_group | LR_EOI |
               (uint64_t)set << 62);
    return 0;
}

// The timer's line is a level: pending, it ends when the guest stops the timer or moves its compare value
// (Arm ARM D11.2.4). The hardware does not take it out of a list register, so that is done when the VMM
// looks.
static void withdraw_timer(struct core *core, struct vcpu *vcpu) {
    if (!vcpu_is_loaded(core, vcpu) || vcpu_timer_asserts())
        return;
    (void)retract(core, vcpu, vcpu->vgic.timer_virq);
    if (vcpu->vgic.kept_pending & TIMER_BIT) {
        vcpu->vgic.kept_pending &= ~TIMER_BIT;
        gic_deactivate(BOARD_IRQ_VIRTUAL_TIMER);
    }
}

unsigned vgic_update(struct core *core, struct vcpu *vcpu, unsigned virq, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t lr;
    if (virq && virq == vgic->timer_virq && !vgic->timer_by_software)
        withdraw_timer(core, vcpu);
    int index = lr_find(core, vcpu, virq, &lr);
    unsigned before = 0;
    if (index >= 0) {
        before = update_listed(core, vcpu, (unsigned)index, lr, set, clear);
    } else if (virq == vgic->timer_virq && virq) {
        before = update_timer(core, vcpu, set, clear);
    } else if (virq < VGIC_SGIS) {
        uint32_t mask = 1u << virq;
        before =
            (vgic->kept_pending & mask ? STATE_PENDING : 0) | (vgic->kept_active & mask ? STATE_ACTIVE : 0);
        unsigned after = (before & ~clear) | set;
        vgic->kept_pending = (vgic->kept_pending & ~mask) | (after & STATE_PENDING ? mask : 0);
        vgic->kept_active = (vgic->kept_active & ~mask) | (after & STATE_ACTIVE ? mask : 0);
    }
    vgic_flush(core, vcpu);
    if (set & STATE_PENDING && vgic_has_pending(core, vcpu))
        vcpu_wake(core, vcpu);
    return before;
}

void vgic_bind_timer(struct core *core, struct vcpu *vcpu, unsigned virq, unsigned priority) {
    if (vcpu->vgic.timer_virq && vcpu->vgic.timer_virq != virq)
        vgic_unbind_timer(core, vcpu);
    vcpu->vgic.timer_virq = (uint16_t)virq;
    vcpu->vgic.timer_priority = (uint8_t)priority;
    vcpu->timer_masked = false;
    if (vcpu_is_loaded(core, vcpu))
        vcpu_timer_update(core);
    core->reprogram = true; // it may wait for its timer
}

void vgic_unbind_timer(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    (void)retract(core, vcpu, vgic->timer_virq);
    if (vgic->kept_pending & TIMER_BIT && vcpu_is_loaded(core, vcpu))
        gic_deactivate(BOARD_IRQ_VIRTUAL_TIMER);
    vgic->kept_pending &= ~TIMER_BIT;
    vgic->timer_virq = 0;
    vgic->timer_by_software = false;
    vgic_flush(core, vcpu);
    if (vcpu_is_loaded(core, vcpu))
        vcpu_timer_update(core);
}

// --- the object, and the hardware

void vgic_init(struct vgic *vgic) {
    vgic->vmcr = GIC_VMCR_RESET;
}

void vgic_load(struct core *core, struct vcpu *vcpu) {
    (void)core;
    for (unsigned i = 0; i < gic_lr_count; i++) // bound: 16
        gic_lr_write(i, vcpu->vgic.lr[i]);
    gic_virtual_load(&vcpu->vgic);
}

void vgic_unload(struct core *core, struct vcpu *vcpu) {
    (void)core;
    for (unsigned i = 0; i < gic_lr_count; i++) // bound: 16
        vcpu->vgic.lr[i] = gic_lr_read(i);
    gic_virtual_save(&vcpu->vgic);
}
