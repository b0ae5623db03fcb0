// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Virtual interrupts that are in no list register: of the kernel's what waits for one, and what was evicted
// while the guest handles it; of the VMM's what it had evicted (GLACIS_INJECT_EVICT). The states are in
// vgic.c.
//
// An active interrupt needs no list register: the guest's running priority is in the active priorities, and
// its end of what is in none is counted (ICH_HCR_EL2.EOIcount, GICH_HCR.EOICount) and, with LRENPIE,
// reported. So a list register always goes to what is pending, and active interrupts have those that are
// left.
//
// Which one has ended. EOI mode 0: the ends of nested handlers come in the order of their priorities, so it
// is the most urgent of the evicted ones; each keeps the priority that it had. EOI mode 1: an end only drops
// the priority; the deactivation traps (GICv3: ICC_DIR_EL1, while anything is kept active; GICv2: the VMM
// does not map the page of GICV_DIR) and names it.
//
// The VMM hears of its own by a maintenance fault, when the guest is entered: till then the end is in
// `report`.
//
// Invariants: those of vgic.c; 1. `evicted` is a subset of kept_active: those that the guest acknowledged.
// The others were made active by software, so the end of none of them is counted, and once listed they are
// `pinned`: they give their list register up after all others; 2. an active one that ceases to be active by
// other means than the guest's end leaves its priority in `orphans`: an end that is still to be counted.
// orphan_virq says of which, but only `unlisted` whether that is active still; 3. `unlisted` holds the VMM's
// that are active and were evicted, unlisted_count of them; those of EOI mode 0 that the guest acknowledged
// are in `orphans`, too; 4. EOIcount is 0 whenever the virtual interface is off, and begins at 1 while there
// is a report. LRENPIE is on then, and while there is something in `evicted` or `orphans`; 5. what is parked
// is the VMM's, pending, and comes after something in kept_pending.
#include <arch/internal.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>

#define PRIORITY_NONE    512u
#define ORPHAN_SHIFT     3 // one bit for eight priorities: a GICv2's list register tells no more apart
#define VMCR_EOI_MODE(v) ((v) >> 9 & 1) // ICH_VMCR_EL2.VEOIM, GICH_VMCR.VEM

static uint32_t guest_vmcr(const struct core *core, const struct vcpu *vcpu) {
    return vcpu_is_loaded(core, vcpu) ? gic_vmcr_read() : vcpu->vgic.vmcr;
}

// The guest's end of interrupt only drops the priority.
static bool ends_are_split(const struct core *core, const struct vcpu *vcpu) {
    return VMCR_EOI_MODE(guest_vmcr(core, vcpu));
}

unsigned vgic_groups(const struct core *core, const struct vcpu *vcpu) {
    return guest_vmcr(core, vcpu) & 3;
}

// The order in which the guest can take what is pending: that of the priorities, but what is of a group that
// is off at its CPU interface (bit n of `off`: group n; ICH_VMCR_EL2.VENG<n>, GICH_VMCR.VMGrp<n>En) comes
// last.
static unsigned lr_rank(uint64_t lr, uint32_t off) {
    return (unsigned)LR_PRIORITY(lr) + (off >> !!(lr & LR_GROUP1) & 1) * 256;
}

static unsigned source_rank(const struct vgic *vgic, unsigned source, uint32_t off) {
    return lr_rank(source_lr(vgic, source), off);
}

uint64_t kept_deliverable(const struct vgic *vgic) {
    return vgic->kept_pending & vgic->enabled & ~vgic->kept_active;
}

// --- what is no longer active

static void kept_end(const struct core *core, struct vcpu *vcpu, unsigned source) {
    vcpu->vgic.evicted &= ~BIT(source);
    vcpu->vgic.kept_active &= ~BIT(source);
    if (source >= VGIC_TIMER)
        source_deactivate(core, vcpu, source);
}

static void orphan_add(const struct core *core, struct vcpu *vcpu, unsigned priority, unsigned virq) {
    if (ends_are_split(core, vcpu))
        return;
    vcpu->vgic.orphans |= 1u << (priority >> ORPHAN_SHIFT);
    vcpu->vgic.orphan_virq[priority >> ORPHAN_SHIFT] = (uint16_t)virq;
}

void listed_forget(const struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    if (!(vcpu->vgic.pinned >> index & 1))
        orphan_add(core, vcpu, LR_PRIORITY(lr), LR_VIRQ(lr));
}

void kept_forget(const struct core *core, struct vcpu *vcpu, unsigned source) {
    struct vgic *vgic = &vcpu->vgic;
    if (vgic->evicted & BIT(source))
        orphan_add(core, vcpu, vgic->active_priority[source], vgic->virq[source]);
    vgic->evicted &= ~BIT(source);
    vgic->kept_active &= ~BIT(source);
}

// --- the VMM's that were evicted

bool unlisted_find(struct vgic *vgic, unsigned virq, bool forget) {
    if (virq >= VGIC_VIRQS || !(vgic->unlisted[virq / 32] >> virq % 32 & 1))
        return false;
    vgic->unlisted[virq / 32] ^= (uint32_t)forget << virq % 32;
    vgic->unlisted_count -= forget;
    return true;
}

// It ended: the VMM is to hear of it.
static void unlisted_end(struct vgic *vgic, unsigned virq) {
    if (unlisted_find(vgic, virq, true))
        vgic->report = (uint16_t)(vgic->report ? GLACIS_END_LOOK : GLACIS_END_EVICTED | virq);
}

void listed_evict(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    unsigned virq = LR_VIRQ(lr);
    listed_forget(core, vcpu, index, lr);
    vcpu->vgic.unlisted[virq / 32] |= 1u << virq % 32;
    vcpu->vgic.unlisted_count++;
}

// --- ends of what is in no list register

// The most urgent of these active ones: a source, or -1.
static int active_first(const struct vgic *vgic, uint64_t sources) {
    int best = -1;
    for (; sources; sources &= sources - 1) { // bound: VGIC_SOURCES
        int source = __builtin_ctzll(sources);
        if (best < 0 || vgic->active_priority[source] < vgic->active_priority[best])
            best = source;
    }
    return best;
}

void vgic_take_ends(const struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    if (LIKELY(!(vgic->evicted | vgic->orphans)) || !vcpu_is_loaded(core, vcpu) || !core->arch.vcpu_active)
        return;
    unsigned count = gic_unlisted_ends();
    if (count && vgic->hcr & GIC_HCR_ONE_END)
        count--; // nobody's
    if (count == 0) {
        // Without an active priority no end is to come: the guest cleared them itself (ICC_AP1R<n>_EL1).
        if (vgic->orphans && !gic_has_active_priority())
            vgic->orphans = 0;
        return;
    }
    gic_virtual_control(vgic->hcr | GIC_HCR_EN); // counts from 0 again
    if (ends_are_split(core, vcpu)) {
        vgic->orphans = 0;
        return;
    }
    for (; count; count--) { // bound: 31
        int source = active_first(vgic, vgic->evicted);
        unsigned priority = source < 0 ? PRIORITY_NONE : vgic->active_priority[source] >> ORPHAN_SHIFT;
        if (vgic->orphans && (unsigned)__builtin_ctz(vgic->orphans) < priority) {
            unlisted_end(vgic, vgic->orphan_virq[__builtin_ctz(vgic->orphans)]);
            vgic->orphans &= vgic->orphans - 1;
        } else if (source >= 0) {
            kept_end(core, vcpu, (unsigned)source);
        }
    }
}

void vgic_deactivate(struct core *core, struct vcpu *vcpu, unsigned virq) {
    if (!ends_are_split(core, vcpu))
        return;
    uint64_t lr;
    int index = lr_find(core, vcpu, virq, &lr), source = vgic_source_find(&vcpu->vgic, virq);
    unlisted_end(&vcpu->vgic, virq);
    if (lr & LR_ACTIVE) {
        lr_put(core, vcpu, (unsigned)index, lr & ~LR_ACTIVE); // LR_EOI reports it
        if (lr & LR_HW)
            gic_deactivate(LR_PHYSICAL(lr));
    } else if (source >= 0 && vcpu->vgic.kept_active & BIT(source)) {
        kept_end(core, vcpu, (unsigned)source);
    }
    vgic_flush(core, vcpu);
}

// --- listing

void keep_again(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    struct vgic *vgic = &vcpu->vgic;
    lr_put(core, vcpu, index, 0);
    if (vgic->software >> index & 1) {
        vgic->software &= ~(1u << index);
        return;
    }
    unsigned source = (unsigned)vgic_source_find(vgic, LR_VIRQ(lr)) & (VGIC_SOURCES - 1);
    if (lr & LR_PENDING)
        vgic->kept_pending |= BIT(source);
    if (lr & LR_ACTIVE) {
        vgic->kept_active |= BIT(source);
        if (!(vgic->pinned >> index & 1)) {
            vgic->evicted |= BIT(source);
            vgic->active_priority[source] = (uint8_t)LR_PRIORITY(lr);
        }
    }
}

// Whether the first list register goes back rather than the second: what is active before what is only
// pending (so that something pending goes back only where all are, and comes after all), and what comes
// later.
static bool is_worse(uint64_t lr, uint64_t other, uint32_t off) {
    if ((lr ^ other) & LR_ACTIVE)
        return lr & LR_ACTIVE;
    return lr_rank(lr, off) >= lr_rank(other, off);
}

// Makes room for something pending of `rank`: a list register of the kernel's that comes after it or is
// active goes back; if there is none, what software made active: its end is not counted, but before that the
// guest has other things to do. Returns the free one's bit, or 0. What is there by software alone stays: it
// could not be kept, and reports its end.
static uint32_t evict(struct core *core, struct vcpu *vcpu, unsigned rank, uint32_t off) {
    struct vgic *vgic = &vcpu->vgic;
    int victim = -1, pinned = -1;
    uint64_t victim_lr = 0, pinned_lr = 0;
    for (unsigned i = gic_lr_count / 2; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if (!is_owned(vgic, i) || !(lr & LR_STATE) || vgic->software >> i & 1 ||
            vgic_source_find(vgic, LR_VIRQ(lr)) < 0 || (!(lr & LR_ACTIVE) && lr_rank(lr, off) <= rank))
            continue;
        if (vgic->pinned >> i & 1) {
            pinned = (int)i;
            pinned_lr = lr;
        } else if (victim < 0 || is_worse(lr, victim_lr, off)) {
            victim = (int)i;
            victim_lr = lr;
        }
    }
    if (victim < 0) {
        victim = pinned;
        victim_lr = pinned_lr;
    }
    if (victim < 0)
        return 0;
    keep_again(core, vcpu, (unsigned)victim, victim_lr);
    return 1u << victim;
}

static void list(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr, bool pinned) {
    struct vgic *vgic = &vcpu->vgic;
    lr_put(core, vcpu, index, lr);
    vgic->owned |= 1u << index;
    vgic->software &= ~(1u << index);
    vgic->pinned = (vgic->pinned & ~(1u << index)) | (uint32_t)pinned << index;
}

// Lists what is kept pending, or leaves it to the end of the one that is in its place. False: there is no
// room, and so none for what is less urgent.
static bool list_pending(struct core *core, struct vcpu *vcpu, unsigned source, uint32_t off) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t lr;
    int index = lr_find(core, vcpu, vgic->virq[source], &lr);
    if (index >= 0 && source >= VGIC_TIMER && lr & LR_ACTIVE) {
        // By software, and active: hardware-backed it can be only after its end, which is asked for. What is
        // pending there is the same as what waits.
        lr_put(core, vcpu, (unsigned)index, lr & LR_HW ? lr : (lr & ~LR_PENDING) | LR_EOI);
        return true;
    }
    if (index >= 0 && source < VGIC_TIMER) {
        lr_put(core, vcpu, (unsigned)index, lr | LR_PENDING);
    } else {
        uint32_t free = index >= 0 ? 1u << index : lr_free_kernel(core, vcpu);
        if (!free)
            free = evict(core, vcpu, source_rank(vgic, source, off), off);
        if (!free)
            return false;
        list(core, vcpu, lr_topmost(free), source_lr(vgic, source) | LR_PENDING, false);
    }
    vgic->kept_pending &= ~BIT(source);
    return true;
}

// Gives the list registers that are left to what is kept active, the most urgent first: it ends first. Bound:
// 16 list registers.
static void list_active(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    for (uint32_t free; vgic->kept_active && (free = lr_free_kernel(core, vcpu));) {
        bool pinned = vgic->kept_active & ~vgic->evicted;
        unsigned source =
            (unsigned)active_first(vgic, pinned ? vgic->kept_active & ~vgic->evicted : vgic->evicted);
        uint64_t mask = BIT(source), lr = source_lr(vgic, source) | LR_ACTIVE;
        if (!pinned)
            lr = (lr & ~LR_PRIORITY_MASK) | lr_priority(vgic->active_priority[source]);
        if (source < VGIC_TIMER && vgic->kept_pending & vgic->enabled & mask) {
            lr |= LR_PENDING;
            vgic->kept_pending &= ~mask;
        }
        list(core, vcpu, lr_topmost(free), lr, pinned);
        vgic->kept_active &= ~mask;
        vgic->evicted &= ~mask;
    }
}

// Of these sources, not none, the one that the guest can take first.
static unsigned first_of(const struct vgic *vgic, uint64_t sources, uint32_t off) {
    unsigned first = 0, first_rank = PRIORITY_NONE;
    for (; sources; sources &= sources - 1) { // bound: 64
        unsigned source = (unsigned)__builtin_ctzll(sources), rank = source_rank(vgic, source, off);
        if (rank < first_rank) {
            first = source;
            first_rank = rank;
        }
    }
    return first;
}

// In list register `index` of the loaded vCPU `lr` is pending. If it is the VMM's, and comes behind what the
// kernel has listed for the guest (`behind`), it is taken out of the hardware meanwhile: that is to tell when
// all that comes before has been taken (NPIE). The guest misses nothing, for it could not take this one
// before those. Returns whether it is out.
static bool park(const struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr, bool behind) {
    struct vgic *vgic = &vcpu->vgic;
    bool parks = !is_owned(vgic, index) && behind && vcpu_is_loaded(core, vcpu);
    if (parks != (vgic->parked >> index & 1)) {
        vgic->lr[index] = lr;
        gic_lr_write(index, parks ? 0 : lr);
        vgic->parked ^= 1u << index;
    }
    return parks;
}

// Asks for a maintenance interrupt when a list register of the kernel's may become free or active. Something
// waits: then none of the kernel's is hardware-backed and active (evict), so each reports its end, or is
// pending, and none pending is told, too. What software made active waits: when at most one is valid, since
// the end of a hardware-backed one is not reported; the kernel's are two at least (GIC_MIN_LRS). And for the
// ends of what is in none. For the VMM, which waits for its own: when none is pending, or the guest turns a
// group on or off. None of it is asked for that is so already: that would have no end.
static void update_maintenance(struct core *core, struct vcpu *vcpu, bool waits) {
    struct vgic *vgic = &vcpu->vgic;
    uint32_t off = waits || vgic->report_when_taken ? ~vgic_groups(core, vcpu) & 3 : 0;
    uint32_t changes = GIC_HCR_GROUP_CHANGES(off); // what the guest can take changes with them
    uint32_t changes_before = vgic->hcr & GIC_HCR_ALL_GROUP_CHANGES;
    unsigned first =
        waits ? source_rank(vgic, first_of(vgic, kept_deliverable(vgic), off), off) : PRIORITY_NONE;
    uint64_t pinned = vgic->kept_active & ~vgic->evicted;
    bool looks = waits || pinned || vgic->parked || vgic->report_when_taken, listed = false, pending = false;
    unsigned valid = 0;
    for (unsigned i = gic_lr_count; looks && i-- > 0;) { // the kernel's first; bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if (waits && lr & LR_STATE && is_owned(vgic, i) && !(lr & (LR_HW | LR_EOI)))
            lr_put(core, vcpu, i, lr | LR_EOI);
        bool is_pending = (lr & LR_STATE) == LR_PENDING; // as ICH_MISR_EL2.NP has it (12.4.15)
        listed |= is_pending && is_owned(vgic, i);
        if (is_pending && park(core, vcpu, i, lr, listed && lr_rank(lr, off) > first))
            continue;
        pending |= is_pending;
        valid += (lr & LR_STATE) != 0;
    }
    if (vgic->report_when_taken &&
        ((!pending && !vgic->parked) || (changes_before && changes_before != changes))) {
        vgic->report_when_taken = false;
        vgic->report = GLACIS_END_LOOK;
    }
    uint32_t hcr = (vgic->evicted | vgic->orphans ? GIC_HCR_LRENPIE : 0) |
                   (vgic->kept_active || vgic->unlisted_count ? gic_hcr_dir : 0);
    if (vgic->report) // told when the guest is entered
        hcr |= GIC_HCR_LRENPIE | GIC_HCR_ONE_END;
    if (waits || vgic->report_when_taken)
        hcr |= (pending ? GIC_HCR_NPIE : 0) | changes;
    if (pinned && valid > 1)
        hcr |= GIC_HCR_UIE;
    if (hcr == vgic->hcr)
        return;
    vgic->hcr = hcr;
    if (vcpu_is_loaded(core, vcpu) && core->arch.vcpu_active)
        gic_virtual_control(hcr | GIC_HCR_EN);
}

// Lists what is kept, in the order in which the guest can take it. Bound: 64 sources; what is evicted on the
// way comes after all that was listed, and is not tried again.
void vgic_flush(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    vgic_take_ends(core, vcpu);
    if (vgic->pinned)
        vgic->pinned &= ~lr_free(core, vcpu);
    if (vgic->software >> VGIC_TIMER) // those that are over
        vgic->software &= (uint32_t)(MASK(VGIC_TIMER) | vgic_ppis_in_flight(core, vcpu));
    uint64_t left = kept_deliverable(vgic);
    uint32_t off = left ? ~vgic_groups(core, vcpu) & 3 : 0;
    while (left) {
        unsigned first = first_of(vgic, left, off);
        left = list_pending(core, vcpu, first, off) ? left & ~BIT(first) : 0;
    }
    list_active(core, vcpu);
    update_maintenance(core, vcpu, kept_deliverable(vgic) && !lr_free_kernel(core, vcpu));
}

int vgic_maintenance(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    int ended_of_vmm = -1;
    uint32_t ended = gic_lr_ended() & (uint32_t)MASK(gic_lr_count);
    for (; ended && ended_of_vmm < 0; ended &= ended - 1) { // bound: 16
        unsigned index = (unsigned)__builtin_ctz(ended);
        lr_put(core, vcpu, index, 0);
        if (!is_owned(vgic, index))
            ended_of_vmm = (int)index;
        vgic->software &= ~(1u << index);
        vgic->pinned &= ~(1u << index);
    }
    vgic_flush(core, vcpu);
    if (ended_of_vmm < 0 && vgic->report) {
        ended_of_vmm = vgic->report;
        vgic->report = 0;
    }
    return ended_of_vmm;
}
