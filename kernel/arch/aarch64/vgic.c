// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A vCPU's virtual interrupts: list registers, and the kernel's own interrupts that wait for one.
//
// The kernel's interrupts come from sources: SGI n is source n, the bound virtual timer is VGIC_TIMER, the
// interrupts bound by VCPU_BindIRQ are those after it. A hardware-backed one (timer, bound) is physically
// active from its acknowledgement to the guest's end of interrupt, which the hardware turns into its
// deactivation; so it cannot come twice, and a level that is still asserted comes again after its end.
//
//            vgic_raise, vgic_raise_sgi            the guest acknowledges
//     idle ------------------------------> listed ------------------------> active
//     ^  ^          |  no list register    pending                            |  ^
//     |  |          v    vgic_flush        |    |                             |  | vgic_update, vgic_flush
//     |  |       overflow ---------------->+    |                             |  | (set active)
//     |  |     (kept_pending) <--- evict -------+                             |  |
//     |  |          |                           |                             |  |
//     |  |          | vgic_update (disabled), vgic_set_sgis                   |  +--- kept_active
//     |  |          v                           v                             |
//     |  +------- masked <----------------------+                             |
//     |  enabled: raised again if it is pending                               |
//     +------------------------- the guest's end of interrupt ----------------+
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
// 3. What is kept is never more urgent than a kernel-owned list register that is only pending.
// 4. A maintenance interrupt is on only while something in kept_* could be listed and finds no list
//    register; it is tried again at each entry, too.
// 5. vgic_binding[irq] names a vCPU and a source, and that source of that vCPU is bound to irq; both or
//    neither (vgic_check). An interrupt without a binding is physically inactive or somebody else's.
// 6. vgic.lr[n] is what list register n was filled with last; while the vCPU is loaded its state alone may be
//    another in the hardware. So finding an interrupt there takes no reading of them all.
#include <arch/internal.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>

#define TIMER_BIT BIT(VGIC_TIMER)
#define SGI_BITS  MASK(VGIC_SGIS)

word_t vgic_binding[GIC_MAX_IRQS];

static uint64_t lr_get(const struct core *core, const struct vcpu *vcpu, unsigned index) {
    return vcpu_is_loaded(core, vcpu) ? gic_lr_read(index) : vcpu->vgic.lr[index];
}

static void lr_put(const struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    vcpu->vgic.lr[index] = lr;
    if (vcpu_is_loaded(core, vcpu))
        gic_lr_write(index, lr);
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

// The list register that holds `virq`, or -1 (invariant 6).
static int lr_find(const struct core *core, const struct vcpu *vcpu, unsigned virq, uint64_t *lr) {
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

static bool is_owned(const struct vgic *vgic, unsigned index) {
    return vgic->owned >> index & 1;
}

static uint64_t lr_priority(unsigned priority) {
    return (uint64_t)priority << LR_PRIORITY_SHIFT;
}

// --- sources

// A list register for it, hardware-backed but for SGIs; without a state.
static ALWAYS_INLINE uint64_t source_lr(const struct vgic *vgic, unsigned source) {
    uint64_t lr = vgic->virq[source] | lr_priority(vgic->priority[source]) | gic_lr_group;
    return source < VGIC_TIMER ? lr : lr | (uint64_t)vgic->irq[source] << LR_PHYSICAL_SHIFT | LR_HW;
}

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

// The physical interrupt, in flight, will not be ended by the guest. The timer's is the loaded vCPU's alone.
static void source_deactivate(const struct core *core, const struct vcpu *vcpu, unsigned source) {
    if (source != VGIC_TIMER || vcpu_is_loaded(core, vcpu))
        gic_deactivate(vcpu->vgic.irq[source]);
}

// Pending, in list register `index`, owned, and not active: back to the kept ones.
static void keep_again(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr) {
    lr_put(core, vcpu, index, 0);
    if (vcpu->vgic.software >> index & 1)
        vcpu->vgic.software &= ~(1u << index);
    else
        vcpu->vgic.kept_pending |= BIT(vgic_source_find(&vcpu->vgic, LR_VIRQ(lr)) & (VGIC_SOURCES - 1));
}

// Takes a source out of a list register, if it is only pending there and the kernel's: it is kept again.
static void retract(struct core *core, struct vcpu *vcpu, unsigned source) {
    uint64_t lr;
    int index = lr_find(core, vcpu, vcpu->vgic.virq[source], &lr);
    if ((lr & LR_STATE) == LR_PENDING && is_owned(&vcpu->vgic, (unsigned)index))
        keep_again(core, vcpu, (unsigned)index, lr);
}

// A hardware-backed source is no longer pending with the guest. `give_back`: the physical GIC has it again.
static void withdraw(struct core *core, struct vcpu *vcpu, unsigned source, bool give_back) {
    struct vgic *vgic = &vcpu->vgic;
    retract(core, vcpu, source);
    if (!(vgic->kept_pending & BIT(source)))
        return;
    vgic->kept_pending &= ~BIT(source);
    if (give_back && gic_is_edge(vgic->irq[source]))
        gic_set_pending(vgic->irq[source], true);
    source_deactivate(core, vcpu, source);
}

// --- listing

// Makes room for something of `priority`: the least urgent pending list register of the kernel's, if it is
// less urgent, goes back. Returns the free one's bit, or 0. What is there by software stays: it could not be
// kept.
static uint32_t evict(struct core *core, struct vcpu *vcpu, unsigned priority) {
    int victim = -1;
    uint64_t victim_lr = 0;
    for (unsigned i = gic_lr_count / 2; i < gic_lr_count; i++) { // bound: 16
        uint64_t lr = lr_get(core, vcpu, i);
        if (!is_owned(&vcpu->vgic, i) || (lr & LR_STATE) != LR_PENDING || vcpu->vgic.software >> i & 1 ||
            LR_PRIORITY(lr) <= priority)
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
static uint64_t kept_deliverable(const struct vgic *vgic) {
    return (vgic->kept_pending & vgic->enabled) | vgic->kept_active;
}

// Lists one kept interrupt, or leaves it to the end of the one that is in its place. False: there is no room,
// and so none for what is less urgent.
static bool list_kept(struct core *core, struct vcpu *vcpu, unsigned source) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t mask = BIT(source), lr,
             state = (vgic->kept_pending & vgic->enabled & mask ? LR_PENDING : 0) |
                     (vgic->kept_active & mask ? LR_ACTIVE : 0);
    int index = lr_find(core, vcpu, vgic->virq[source], &lr);
    if (index >= 0 && source >= VGIC_TIMER && lr & LR_ACTIVE) {
        // By software, and active: hardware-backed it can be only after its end, which is asked for.
        lr_put(core, vcpu, (unsigned)index, lr & LR_HW ? lr : lr | LR_EOI);
        return true;
    }
    if (index >= 0 && source < VGIC_TIMER) {
        lr_put(core, vcpu, (unsigned)index, lr | state);
    } else {
        uint32_t free = index >= 0 ? 1u << index : lr_free_kernel(core, vcpu);
        if (!free)
            free = evict(core, vcpu, vgic->priority[source]);
        if (!free)
            return false;
        index = 31 - __builtin_clz(free);
        lr_put(core, vcpu, (unsigned)index, source_lr(vgic, source) | state);
        vgic->owned |= 1u << index;
        vgic->software &= ~(1u << index);
    }
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

// Lists what is kept, the most urgent first. Bound: 64 sources; what is evicted on the way is less urgent
// than all that was listed, and is not tried again.
void vgic_flush(struct core *core, struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t left = kept_deliverable(vgic);
    bool waits;
    while (left) {
        unsigned best = (unsigned)__builtin_ctzll(left);
        for (uint64_t rest = left & (left - 1); rest; rest &= rest - 1) {
            unsigned source = (unsigned)__builtin_ctzll(rest);
            if (vgic->priority[source] < vgic->priority[best])
                best = source;
        }
        left = list_kept(core, vcpu, best) ? left & ~BIT(best) : 0;
    }
    waits = kept_deliverable(vgic) && !lr_free_kernel(core, vcpu);
    update_maintenance(core, vcpu, waits);
}

// Fills list register `index`, one of the kernel's, of the loaded vCPU.
static ALWAYS_INLINE void list_now(struct vgic *vgic, unsigned index, unsigned source) {
    uint64_t lr = source_lr(vgic, source) | LR_PENDING;
    vgic->owned |= 1u << index;
    vgic->lr[index] = lr;
    gic_lr_write(index, lr);
}

// The most significant bit of the free ones of the kernel's, `free` being not 0.
static ALWAYS_INLINE unsigned lr_topmost(uint32_t free) {
    return 31 - (unsigned)__builtin_clz(free);
}

void vgic_raise(struct core *core, struct vcpu *vcpu, unsigned source) {
    struct vgic *vgic = &vcpu->vgic;
    // Nearly always: nothing waits, and a list register of the kernel's is free.
    if (LIKELY(!(vgic->kept_pending | vgic->kept_active | vgic->software) && vgic->enabled >> source & 1 &&
               vcpu_is_loaded(core, vcpu))) {
        uint32_t free = gic_lr_free();
        if (LIKELY(free >> gic_lr_count / 2)) {
            list_now(vgic, lr_topmost(free), source);
            return;
        }
    }
    vgic->kept_pending |= BIT(source);
    vgic_flush(core, vcpu);
}

bool vgic_raise_own_sgi(struct vcpu *vcpu, unsigned sgi) {
    struct vgic *vgic = &vcpu->vgic;
    if (UNLIKELY(vgic->kept_pending | vgic->kept_active | vgic->software) || !(vgic->enabled >> sgi & 1))
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
    (void)lr_find(core, vcpu, sgi, &lr);
    if (lr & LR_PENDING)
        return;
    vcpu->vgic.kept_pending |= BIT(sgi);
    if (vcpu->vgic.enabled >> sgi & 1) {
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
        if (lr & LR_STATE && lr & LR_HW && LR_PHYSICAL(lr) == BOARD_IRQ_VIRTUAL_TIMER)
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
        lr_put(core, vcpu, index, 0);
        if (!is_owned(vgic, index))
            ended_of_vmm = (int)index;
        vgic->software &= ~(1u << index);
    }
    vgic_flush(core, vcpu);
    return ended_of_vmm;
}

enum vgic_inject vgic_inject(struct core *core, struct vcpu *vcpu, unsigned index, unsigned virq,
                             unsigned priority, unsigned group) {
    struct vgic *vgic = &vcpu->vgic;
    uint64_t lr = lr_get(core, vcpu, index);
    if (lr & LR_ACTIVE || (lr & LR_STATE && is_owned(vgic, index)) ||
        vgic_source_find(vgic, LR_VIRQ(virq)) > VGIC_TIMER)
        return VGIC_BUSY;
    if (index == gic_lr_count - 1 && (vgic->bound | (vgic->enabled & SGI_BITS)))
        return VGIC_BUSY;
    vgic->owned &= ~(1u << index);
    vgic->software &= ~(1u << index);
    lr_put(core, vcpu, index,
           virq | lr_priority(priority << 3) | (group ? LR_GROUP1 : 0) | LR_EOI | LR_PENDING);
    vcpu_wake(core, vcpu);
    return VGIC_INJECTED;
}

void vgic_set_sgis(struct core *core, struct vcpu *vcpu, uint16_t enabled, const uint8_t *priorities) {
    struct vgic *vgic = &vcpu->vgic;
    vgic->enabled = (vgic->enabled & ~SGI_BITS) | enabled;
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++) {
        bool moved = vgic->priority[sgi] != priorities[sgi];
        vgic->priority[sgi] = priorities[sgi];
        if (moved || !(enabled >> sgi & 1))
            retract(core, vcpu, sgi);
    }
    vgic_flush(core, vcpu);
    if (vgic_has_pending(core, vcpu))
        vcpu_wake(core, vcpu);
}

// --- the state of one interrupt, for the VMM's distributor

enum { STATE_PENDING = GLACIS_IRQ_PENDING, STATE_ACTIVE = GLACIS_IRQ_ACTIVE };

// A listed interrupt changes its state.
static unsigned update_listed(struct core *core, struct vcpu *vcpu, unsigned index, uint64_t lr, unsigned set,
                              unsigned clear) {
    unsigned before = (unsigned)(lr >> 62), after = (before & ~clear) | set;
    if (lr & LR_HW && after == (STATE_PENDING | STATE_ACTIVE))
        return before; // a level's next interrupt comes from the hardware (IHI 0069 12.4.9: not with HW = 1)
    if (after == 0) {
        lr_put(core, vcpu, index, lr & LR_EOI && !is_owned(&vcpu->vgic, index) ? lr & ~LR_STATE : 0);
        if (lr & LR_HW)
            source_deactivate(core, vcpu, VGIC_TIMER);
        else if (is_owned(&vcpu->vgic, index))
            vcpu->vgic.software &= ~(1u << index);
    } else if (after != before) {
        lr_put(core, vcpu, index, (lr & ~LR_STATE) | (uint64_t)after << 62);
    }
    return before;
}

// The timer, when it is in no list register: kept, or idle.
static unsigned update_timer(struct core *core, struct vcpu *vcpu, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    if (vgic->kept_pending & TIMER_BIT) {
        if (clear & STATE_PENDING)
            withdraw(core, vcpu, VGIC_TIMER, false);
        return STATE_PENDING;
    }
    uint32_t free = lr_free_kernel(core, vcpu);
    if (!set || !free)
        return 0;
    unsigned index = 31 - (unsigned)__builtin_clz(free);
    vgic->owned |= 1u << index;
    vgic->software |= 1u << index;
    // Its end is asked for, so that `software` ends with it.
    lr_put(core, vcpu, index,
           (source_lr(vgic, VGIC_TIMER) & ~(LR_HW | LR_PHYSICAL_MASK)) | LR_EOI | (uint64_t)set << 62);
    return 0;
}

static unsigned update_sgi(struct vgic *vgic, unsigned sgi, unsigned set, unsigned clear) {
    uint64_t mask = BIT(sgi);
    unsigned before =
        (vgic->kept_pending & mask ? STATE_PENDING : 0) | (vgic->kept_active & mask ? STATE_ACTIVE : 0);
    unsigned after = (before & ~clear) | set;
    vgic->kept_pending = (vgic->kept_pending & ~mask) | (after & STATE_PENDING ? mask : 0);
    vgic->kept_active = (vgic->kept_active & ~mask) | (after & STATE_ACTIVE ? mask : 0);
    return before;
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
        if (lr)
            lr_put(core, vcpu, (unsigned)index, 0);
        vgic->software &= ~(lr ? 1u << index : 0);
        vgic->kept_active &= ~mask;
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
    if (set & STATE_PENDING)
        gic_set_pending(irq, true);
    return before;
}

// The timer's line is a level: pending, it ends when the guest stops the timer or moves its compare value
// (Arm ARM D11.2.4). The hardware does not take it out of a list register, so that is done when the VMM
// looks.
static void withdraw_timer(struct core *core, struct vcpu *vcpu) {
    if (vcpu_is_loaded(core, vcpu) && !vcpu_timer_asserts())
        withdraw(core, vcpu, VGIC_TIMER, false);
}

unsigned vgic_update(struct core *core, struct vcpu *vcpu, unsigned virq, unsigned set, unsigned clear) {
    struct vgic *vgic = &vcpu->vgic;
    int source = vgic_source_find(vgic, virq), index;
    uint64_t lr;
    unsigned before = 0;
    if (source > VGIC_TIMER) {
        before = update_bound(core, vcpu, (unsigned)source, set, clear);
    } else {
        set &= STATE_PENDING | STATE_ACTIVE;
        if (source == VGIC_TIMER && !vgic->software)
            withdraw_timer(core, vcpu);
        index = lr_find(core, vcpu, virq, &lr);
        if (index >= 0)
            before = update_listed(core, vcpu, (unsigned)index, lr, set, clear);
        else if (source == VGIC_TIMER)
            before = update_timer(core, vcpu, set, clear);
        else if (source >= 0)
            before = update_sgi(vgic, (unsigned)source, set, clear);
    }
    vgic_flush(core, vcpu);
    if (set & STATE_PENDING && vgic_has_pending(core, vcpu))
        vcpu_wake(core, vcpu);
    return before;
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
    vgic->bound |= BIT(source);
    if (source == VGIC_TIMER) {
        vgic->enabled |= TIMER_BIT;
        vcpu->timer_masked = false;
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
    if (source != VGIC_TIMER) {
        arch_irq_mask(irq);
        int index = lr_find(core, vcpu, vgic->virq[source], &lr);
        if (lr & LR_HW) {
            // Active: by software from now on. Its end is asked for, so that `software` ends with it.
            lr_put(core, vcpu, (unsigned)index, (lr & ~(LR_HW | LR_PHYSICAL_MASK)) | LR_EOI);
            vgic->software |= 1u << index;
        }
        gic_deactivate(irq);
        vgic->kept_active &= ~mask;
        vgic_binding[irq] = 0;
    }
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
    uint64_t rest = vgic->bound & ~TIMER_BIT;
    for (; rest; rest &= rest - 1) { // bound: VGIC_SOURCES
        unsigned irq = vgic->irq[__builtin_ctzll(rest)];
        arch_irq_mask(irq);
        gic_deactivate(irq);
        vgic_binding[irq] = 0;
    }
}

bool vgic_check(const struct vcpu *vcpu) {
    const struct vgic *vgic = &vcpu->vgic;
    for (uint64_t rest = vgic->bound & ~TIMER_BIT; rest; rest &= rest - 1) { // bound: VGIC_SOURCES
        unsigned source = (unsigned)__builtin_ctzll(rest);
        if (vgic_binding[vgic->irq[source]] != ((word_t)vcpu | source))
            return false;
    }
    return !((vgic->kept_pending | vgic->kept_active | vgic->enabled) & ~(vgic->bound | SGI_BITS));
}

// --- the object, and the hardware

void vgic_init(struct vgic *vgic) {
    vgic->vmcr = GIC_VMCR_RESET;
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++)
        vgic->virq[sgi] = (uint16_t)sgi;
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
