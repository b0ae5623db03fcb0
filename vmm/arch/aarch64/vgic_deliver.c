// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Delivery: which interrupts are pending for which vCPU, and their way into list registers. The states and
// the invariants are in vgic.h. Each interrupt that the VMM puts into a list register comes back with its
// end, where its line is sampled again; what finds no list register waits here, and the most urgent goes
// first.
#include <stddef.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/arch/aarch64/vgic.h>

// The wire of a private interrupt of the hardware's. A timer's: CNT*_CTL_EL0 with ENABLE and ISTATUS, without
// IMASK (Arm ARM, D13.8.25). The PMU's: PMCR_EL0.E, and an overflow that is enabled (D8.5).
static bool vgic_wire_is_high(struct vgic_cpu *cpu, unsigned intid) {
    if (intid == cpu->gic->pmu)
        return vcpu_read_system(cpu->vcpu, GLACIS_VCPU_PMCR) & 1 &&
               vcpu_read_system(cpu->vcpu, GLACIS_VCPU_PMOVS) &
                   vcpu_read_system(cpu->vcpu, GLACIS_VCPU_PMINTEN);
    unsigned control = intid == cpu->gic->timer ? (unsigned)SEL4_VCPU_CNTV_CTL : GLACIS_VCPU_CNTP_CTL;
    return (vcpu_read_system(cpu->vcpu, control) & 7) == 5;
}

static bool vgic_is_hardware(const struct vgic_cpu *cpu, unsigned intid) {
    return intid < VGIC_PRIVATE && cpu->gic->hardware & vgic_bit(intid);
}

uint32_t vgic_group_enabled(const struct irq_controller *gic, const struct vgic_block *block) {
    return (gic->ctlr & VGIC_CTLR_GROUP0 ? ~block->group : 0) |
           (gic->ctlr & VGIC_CTLR_GROUP1 ? block->group : 0);
}

// Those that belong into a list register, as far as their state here says.
static uint32_t vgic_ready(const struct irq_controller *gic, const struct vgic_block *block) {
    uint32_t pending = block->latch | vgic_levels(block);
    return pending & block->enabled & ~block->active & vgic_group_enabled(gic, block);
}

static struct vgic_cpu *vgic_holder(struct vgic_cpu *cpu, const struct vgic_block *block, unsigned intid) {
    return intid < VGIC_PRIVATE ? cpu : &cpu->gic->cpus[block->holder[intid & 31]];
}

static unsigned vgic_find_lr(const struct vgic_cpu *cpu, unsigned intid) {
    unsigned i = 0;
    while (i < cpu->lr_count && cpu->lr[i].intid != intid)
        i++;
    return i;
}

// The SGIs of GICv2 are latched for each sender.
static bool vgic_has_sources(const struct vgic_cpu *cpu, unsigned intid) {
    return intid < VGIC_SGIS && cpu->gic->version == 2;
}

// The groups that the guest takes at its CPU interface (bit n: group n). While its distributor has one of
// them on alone, nothing of the other one is ready or resident.
static unsigned vgic_groups(struct vgic_cpu *cpu) {
    uint32_t both = VGIC_CTLR_GROUP0 | VGIC_CTLR_GROUP1;
    return (cpu->gic->ctlr & both) == both ? (unsigned)vcpu_read_system(cpu->vcpu, GLACIS_VCPU_GROUPS) : 3;
}

// The order in which the guest can take what is pending: by priority, and what is of a group that is not in
// `groups` comes last.
static unsigned vgic_rank(const struct vgic_block *block, unsigned intid, unsigned priority,
                          unsigned groups) {
    return priority + (groups >> (block->group >> (intid & 31) & 1) & 1 ? 0 : 0x100);
}

// RESIDENT -> IDLE or READY.
static void vgic_release(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    unsigned i = vgic_find_lr(cpu, intid);
    uint32_t bit = vgic_bit(intid);
    if (i < cpu->lr_count)
        cpu->lr[i].intid = VGIC_LR_FREE;
    block->resident &= ~bit;
    block->resident_latch &= ~bit;
    block->acknowledged &= ~bit;
}

// The guest has ended `intid`. The line of the hardware's is only known to the kernel: it fires again if it
// is still high.
static void vgic_finish(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    vgic_release(cpu, block, intid);
    if (vgic_is_hardware(cpu, intid)) {
        block->line &= ~vgic_bit(intid);
        vcpu_ack_ppi(cpu->vcpu, intid);
    }
}

// Pending or active, as the kernel knows; an interrupt that has ended is no longer resident afterwards.
static unsigned vgic_look(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    if (block->acknowledged & vgic_bit(intid))
        return VGIC_ACTIVE;
    unsigned state = vcpu_update_irq(cpu->vcpu, intid, 0, 0);
    if (state == 0) {
        vgic_finish(cpu, block, intid);
        cpu->waiting = true; // its end has yet to be reported: sampled again then
    } else if (!(state & VGIC_PENDING))
        block->acknowledged |= vgic_bit(intid);
    return state;
}

// Takes a resident interrupt back. False: the guest has acknowledged it, it stays until its end.
static bool vgic_withdraw(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    uint32_t bit = vgic_bit(intid);
    if (block->acknowledged & bit)
        return false;
    unsigned before = vcpu_update_irq(cpu->vcpu, intid, 0, VGIC_PENDING);
    if (before & VGIC_ACTIVE) {
        block->acknowledged |= bit;
        return false;
    }
    if (before == 0) {
        vgic_finish(cpu, block, intid);
        cpu->waiting = true;
        return true;
    }
    if (block->resident_latch & bit) {
        block->latch |= bit;
        if (vgic_has_sources(cpu, intid))
            cpu->sgi_sources[intid] |= (uint8_t)(1u << cpu->lr[vgic_find_lr(cpu, intid)].source);
    }
    vgic_release(cpu, block, intid);
    return true;
}

// Writes list register `i`. False: the kernel uses it. `evicts`: it is in use, and is written only if what is
// there is active, which then needs none: RESIDENT goes on without (its end is told by its number).
static bool vgic_write_lr(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid, unsigned i,
                          bool evicts) {
    uint32_t bit = vgic_bit(intid);
    unsigned source = 0;
    if (vgic_has_sources(cpu, intid) && cpu->sgi_sources[intid])
        source = (unsigned)__builtin_ctz(cpu->sgi_sources[intid]);
    // GICH_LR.CPUID, the sender of a software-generated interrupt, stands above the INTID (IHI 0048B 5.3.8).
    if (!vcpu_inject_irq(cpu->vcpu, intid | source << 10, block->priority[intid & 31] >> VGIC_PRIORITY_SHIFT,
                         block->group >> (intid & 31) & 1, i, evicts))
        return false;
    if (evicts)
        vgic_block_of(cpu, cpu->lr[i].intid)->acknowledged |= vgic_bit(cpu->lr[i].intid);
    cpu->lr[i] = (struct vgic_list_register){(uint16_t)intid, block->priority[intid & 31], (uint8_t)source};
    block->resident |= bit;
    block->holder[intid & 31] = (uint8_t)cpu->index;
    return true;
}

static bool vgic_write_free_lr(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    for (unsigned i = 0; i < cpu->lr_count; i++)
        if (cpu->lr[i].intid == VGIC_LR_FREE && vgic_write_lr(cpu, block, intid, i, false))
            return true;
    return false;
}

static bool vgic_write_active_lr(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    for (unsigned i = 0; i < cpu->lr_count; i++)
        if (cpu->lr[i].intid != VGIC_LR_FREE && vgic_write_lr(cpu, block, intid, i, true))
            return true;
    return false;
}

// The latch goes along into the list register.
static void vgic_take_latch(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    uint32_t bit = vgic_bit(intid);
    if (!(block->latch & bit))
        return;
    block->resident_latch |= bit;
    if (vgic_has_sources(cpu, intid)) {
        cpu->sgi_sources[intid] &= (uint8_t) ~(1u << cpu->lr[vgic_find_lr(cpu, intid)].source);
        if (cpu->sgi_sources[intid])
            return;
    }
    block->latch &= ~bit;
}

// READY -> RESIDENT: into a free list register, or in place of one that is active, or of the last one that
// comes after it. False: there is none; then the kernel tells when the guest has taken all that it has, and
// when it turns a group on or off.
static bool vgic_place(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid) {
    uint32_t tried = 0;
    bool placed = vgic_write_free_lr(cpu, block, intid) || vgic_write_active_lr(cpu, block, intid);
    unsigned groups = placed ? 0 : vgic_groups(cpu);
    for (unsigned n = 0; !placed && n < cpu->lr_count; n++) { // each round tries one more
        unsigned worst = cpu->lr_count;
        unsigned worst_rank = vgic_rank(block, intid, block->priority[intid & 31], groups);
        for (unsigned i = 0; i < cpu->lr_count; i++) {
            unsigned listed = cpu->lr[i].intid;
            if (listed == VGIC_LR_FREE || tried & 1u << i)
                continue;
            unsigned rank = vgic_rank(vgic_block_of(cpu, listed), listed, cpu->lr[i].priority, groups);
            if (rank > worst_rank) {
                worst_rank = rank;
                worst = i;
            }
        }
        if (worst == cpu->lr_count)
            break;
        tried |= 1u << worst;
        unsigned victim = cpu->lr[worst].intid;
        if (vgic_withdraw(cpu, vgic_block_of(cpu, victim), victim)) {
            cpu->waiting = true;
            placed = vgic_write_free_lr(cpu, block, intid);
        }
    }
    if (placed)
        vgic_take_latch(cpu, block, intid);
    return placed;
}

// The first ready interrupt that has no list register; VGIC_LR_FREE: none.
static unsigned vgic_find_waiting(struct vgic_cpu *cpu) {
    struct irq_controller *gic = cpu->gic;
    unsigned best = VGIC_LR_FREE, best_rank = 0x200, groups = vgic_groups(cpu);
    for (unsigned n = 0; n < gic->block_count; n++) {
        const struct vgic_block *block = vgic_block_of(cpu, n * 32);
        uint32_t ready = vgic_ready(gic, block) & ~block->resident;
        if (n == 0)
            ready &= ~cpu->kernel_held;
        for (; ready; ready &= ready - 1) {
            unsigned i = (unsigned)__builtin_ctz(ready);
            unsigned rank = vgic_rank(block, i, block->priority[i], groups);
            if (rank < best_rank && (n == 0 || block->route[i] == cpu->index)) {
                best = n * 32 + i;
                best_rank = rank;
            }
        }
    }
    return best;
}

// Gives list registers to what waits. Bound: each round fills one, or ends it; no more than twice as many
// rounds as list registers can bring something more urgent.
static void vgic_fill(struct vgic_cpu *cpu) {
    for (unsigned round = 0; cpu->waiting && round < 2 * VGIC_MAX_LIST_REGISTERS; round++) {
        unsigned intid = vgic_find_waiting(cpu);
        if (intid == VGIC_LR_FREE)
            cpu->waiting = false;
        else if (!vgic_place(cpu, vgic_block_of(cpu, intid), intid))
            return;
    }
}

static void vgic_fill_all(struct irq_controller *gic) {
    for (unsigned i = 0; i < gic->cpu_count; i++)
        if (gic->cpus[i].waiting)
            vgic_fill(&gic->cpus[i]);
}

// Brings one interrupt where it must be. `anew`: also when it is there already.
static void vgic_refresh(struct vgic_cpu *cpu, struct vgic_block *block, unsigned intid, bool anew) {
    struct irq_controller *gic = cpu->gic;
    uint32_t bit = vgic_bit(intid);
    if (block->resident & bit) {
        uint32_t pending = block->resident_latch | vgic_levels(block);
        if (!anew && pending & block->enabled & vgic_group_enabled(gic, block) & bit)
            return;
        if (!vgic_withdraw(vgic_holder(cpu, block, intid), block, intid))
            return;
    }
    if (!(vgic_ready(gic, block) & bit))
        return;
    if (intid >= VGIC_PRIVATE) {
        if (block->route[intid & 31] == VGIC_NO_CPU)
            return;
        cpu = &gic->cpus[block->route[intid & 31]];
    }
    if (!vgic_place(cpu, block, intid))
        cpu->waiting = true;
}

void vgic_reset_passed(struct vgic_cpu *cpu, unsigned intid) {
    unsigned all = VGIC_PENDING | VGIC_ACTIVE | GLACIS_IRQ_ENABLED;
    vcpu_bind_irq(cpu->vcpu, cpu->gic->handler[intid], intid, 0);
    vcpu_update_irq(cpu->vcpu, intid, 0, all);
}

// Tells the kernel what the guest has set for interrupts that are passed through.
static void vgic_sync_passed(struct vgic_cpu *cpu, struct vgic_block *block, unsigned n, uint32_t mask) {
    struct irq_controller *gic = cpu->gic;
    uint32_t other = gic->version == 2 ? block->group : ~block->group;
    uint32_t ready = block->enabled & vgic_group_enabled(gic, block);
    for (mask &= block->passed; mask; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctz(mask), intid = n * 32 + i;
        uint32_t bit = mask & -mask;
        bool on = ready & bit && block->route[i] != VGIC_NO_CPU;
        vcpu_bind_irq(cpu->vcpu, gic->handler[intid], intid,
                      block->priority[i] | (other & bit ? GLACIS_BIND_OTHER_GROUP : 0));
        if (on != !!(block->passed_on & bit)) {
            vcpu_update_irq(cpu->vcpu, intid, on ? GLACIS_IRQ_ENABLED : 0, on ? 0 : GLACIS_IRQ_ENABLED);
            block->passed_on ^= bit;
        }
    }
}

static void vgic_refresh_bits(struct vgic_cpu *cpu, unsigned n, uint32_t mask, bool anew) {
    struct vgic_block *block = vgic_block_of(cpu, n * 32);
    vgic_sync_passed(cpu, block, n, mask);
    mask &= ~block->passed;
    mask &= vgic_ready(cpu->gic, block) | block->resident;
    if (n == 0)
        mask &= ~cpu->kernel_held;
    for (; mask; mask &= mask - 1)
        vgic_refresh(cpu, block, n * 32 + (unsigned)__builtin_ctz(mask), anew);
    vgic_fill_all(cpu->gic);
}

void vgic_refresh_block(struct vgic_cpu *cpu, unsigned n, uint32_t mask) {
    vgic_refresh_bits(cpu, n, mask, false);
}

void vgic_replace_block(struct vgic_cpu *cpu, unsigned n, uint32_t mask) {
    vgic_refresh_bits(cpu, n, mask, true);
}

void vgic_refresh_all(struct irq_controller *gic) {
    for (unsigned n = 1; n < gic->block_count; n++)
        vgic_sync_passed(&gic->cpus[0], &gic->blocks[n], n, ~0u);
    for (unsigned c = 0; c < gic->cpu_count; c++) {
        struct vgic_cpu *cpu = &gic->cpus[c];
        vgic_sync_kernel(cpu);
        for (unsigned i = 0; i < cpu->lr_count; i++) {
            unsigned intid = cpu->lr[i].intid;
            if (intid != VGIC_LR_FREE)
                vgic_refresh(cpu, vgic_block_of(cpu, intid), intid, false);
        }
        cpu->waiting = true;
    }
    vgic_fill_all(gic);
}

static bool vgic_kernel_holds(const struct vgic_cpu *cpu, unsigned intid) {
    if (intid < VGIC_PRIVATE)
        return cpu->kernel_held & vgic_bit(intid);
    return cpu->gic->blocks[intid / 32].passed & vgic_bit(intid);
}

void vgic_latch(struct vgic_cpu *cpu, unsigned intid) {
    struct vgic_block *block = vgic_block_of(cpu, intid);
    uint32_t bit = vgic_bit(intid);
    if (intid >= VGIC_PRIVATE && vgic_kernel_holds(cpu, intid)) {
        vcpu_update_irq(cpu->vcpu, intid, VGIC_PENDING, 0);
        return;
    }
    if (vgic_kernel_holds(cpu, intid)) {
        block->latch |= bit;
        vgic_sync_kernel(cpu);
        return;
    }
    if (block->resident & bit) {
        struct vgic_cpu *holder = vgic_holder(cpu, block, intid);
        unsigned state = vgic_look(holder, block, intid);
        if (state & VGIC_PENDING) { // one pending state, however often it is set
            if (!vgic_has_sources(holder, intid)) {
                block->resident_latch |= bit;
                return;
            }
            holder->sgi_sources[intid] &= (uint8_t) ~(1u << holder->lr[vgic_find_lr(holder, intid)].source);
            if (!holder->sgi_sources[intid])
                return;
        }
    }
    block->latch |= bit;
    vgic_refresh_block(cpu, intid / 32, bit);
}

// The common case is what vgic_latch does in the end, from IDLE to RESIDENT at once. The lower half of the
// list registers is ours alone.
void vgic_send_sgi(struct vgic_cpu *cpu, unsigned sgi, unsigned source) {
    struct vgic_block *block = &cpu->private;
    uint32_t bit = 1u << sgi, busy = block->latch | block->active | block->resident | cpu->kernel_held;
    unsigned group = block->group >> sgi & 1, i = 0, usable = (cpu->lr_count + 1) / 2;
    _Static_assert(VGIC_CTLR_GROUP0 == 1 && VGIC_CTLR_GROUP1 == 2, "the group enables are in order");
    if (block->enabled & ~busy & bit && cpu->gic->ctlr >> group & 1 && !cpu->waiting) {
        while (i < usable && cpu->lr[i].intid != VGIC_LR_FREE)
            i++;
        if (i < usable) {
            uint8_t priority = block->priority[sgi];
            cpu->lr[i] = (struct vgic_list_register){(uint16_t)sgi, priority, (uint8_t)source};
            block->resident |= bit;
            block->resident_latch |= bit;
            block->holder[sgi] = (uint8_t)vgic_index(cpu->vcpu);
            vcpu_inject_irq_soon(cpu->vcpu, sgi | source << 10, priority >> VGIC_PRIORITY_SHIFT, group, i);
            return;
        }
    }
    cpu->sgi_sources[sgi] |= (uint8_t)(1u << source);
    vgic_latch(cpu, sgi);
}

void vgic_unlatch(struct vgic_cpu *cpu, unsigned intid, unsigned sources) {
    struct vgic_block *block = vgic_block_of(cpu, intid);
    uint32_t bit = vgic_bit(intid);
    if (vgic_kernel_holds(cpu, intid)) {
        block->latch &= ~bit;
        if (!vgic_is_hardware(cpu, intid) || !vgic_wire_is_high(cpu, intid)) // a high wire keeps it pending
            vcpu_update_irq(cpu->vcpu, intid, 0, VGIC_PENDING);
        return;
    }
    if (block->resident & bit)
        vgic_withdraw(vgic_holder(cpu, block, intid), block, intid);
    block->latch &= ~bit;
    if (vgic_has_sources(cpu, intid)) {
        cpu->sgi_sources[intid] &= (uint8_t)~sources;
        block->latch |= cpu->sgi_sources[intid] ? bit : 0;
    }
    vgic_refresh_block(cpu, intid / 32, bit);
}

// An edge is pending until it is acknowledged, a level until it is taken back (IHI 0069 12.9.34).
void vgic_set_message(struct vgic_cpu *cpu, unsigned intid, bool asserted) {
    struct vgic_block *block = vgic_block_of(cpu, intid);
    uint32_t bit = vgic_bit(intid);
    if (!asserted) {
        block->message &= ~bit;
        vgic_unlatch(cpu, intid, 0);
    } else if (block->edge & bit || vgic_kernel_holds(cpu, intid)) {
        vgic_latch(cpu, intid);
    } else {
        block->message |= bit;
        vgic_refresh_block(cpu, intid / 32, bit);
    }
}

// An active interrupt should be in a list register, so that the guest can end it there.
void vgic_set_active(struct vgic_cpu *cpu, unsigned intid) {
    struct vgic_block *block = vgic_block_of(cpu, intid);
    uint32_t bit = vgic_bit(intid);
    if (vgic_kernel_holds(cpu, intid)) {
        vcpu_update_irq(cpu->vcpu, intid, VGIC_ACTIVE, 0);
        return;
    }
    if (block->resident & bit && !vgic_withdraw(vgic_holder(cpu, block, intid), block, intid))
        return;
    block->active |= bit;
    if (intid >= VGIC_PRIVATE) {
        if (block->route[intid & 31] == VGIC_NO_CPU)
            return;
        cpu = &cpu->gic->cpus[block->route[intid & 31]];
    }
    if (vgic_write_free_lr(cpu, block, intid) || vgic_write_active_lr(cpu, block, intid)) {
        vcpu_update_irq(cpu->vcpu, intid, VGIC_ACTIVE, VGIC_PENDING);
        block->acknowledged |= bit;
        block->active &= ~bit;
    }
}

void vgic_clear_active(struct vgic_cpu *cpu, unsigned intid) {
    struct vgic_block *block = vgic_block_of(cpu, intid);
    uint32_t bit = vgic_bit(intid);
    if (vgic_kernel_holds(cpu, intid)) {
        vcpu_update_irq(cpu->vcpu, intid, 0, VGIC_ACTIVE);
        return;
    }
    block->active &= ~bit;
    if (block->resident & bit) {
        struct vgic_cpu *holder = vgic_holder(cpu, block, intid);
        unsigned before = vcpu_update_irq(holder->vcpu, intid, 0, VGIC_ACTIVE);
        block->acknowledged &= ~bit;
        if (!(before & VGIC_PENDING))
            vgic_finish(holder, block, intid);
    }
    vgic_refresh_block(cpu, intid / 32, bit);
}

uint32_t vgic_read_state(struct vgic_cpu *cpu, unsigned n, unsigned state) {
    struct vgic_block *block = vgic_block_of(cpu, n * 32);
    uint32_t result = state == VGIC_ACTIVE ? block->active | block->acknowledged : block->latch;
    uint32_t line = vgic_levels(block);
    for (uint32_t passed = block->passed; passed; passed &= passed - 1)
        if (vcpu_update_irq(cpu->vcpu, n * 32 + (unsigned)__builtin_ctz(passed), 0, 0) & state)
            result |= passed & -passed;
    for (uint32_t ask = block->resident & ~block->acknowledged; ask; ask &= ask - 1) {
        unsigned intid = n * 32 + (unsigned)__builtin_ctz(ask);
        if (vgic_look(vgic_holder(cpu, block, intid), block, intid) & state)
            result |= vgic_bit(intid);
    }
    if (n == 0) {
        line &= ~cpu->gic->hardware;
        for (uint32_t wires = state == VGIC_PENDING ? cpu->gic->hardware : 0; wires; wires &= wires - 1)
            if (vgic_wire_is_high(cpu, (unsigned)__builtin_ctz(wires)))
                line |= wires & -wires;
        for (uint32_t held = cpu->kernel_held; held; held &= held - 1)
            if (vcpu_update_irq(cpu->vcpu, (unsigned)__builtin_ctz(held), 0, 0) & state)
                result |= held & -held;
    }
    return state == VGIC_PENDING ? result | line : result;
}

// Where `intid` was evicted from its list register: it has ended if the kernel says so.
static void vgic_end_evicted(struct vgic_cpu *cpu, unsigned intid) {
    struct vgic_block *block = vgic_block_of(cpu, intid);
    if (!(block->acknowledged & vgic_bit(intid)) || vgic_holder(cpu, block, intid) != cpu ||
        vgic_find_lr(cpu, intid) < cpu->lr_count || vcpu_update_irq(cpu->vcpu, intid, 0, 0) != 0)
        return;
    vgic_finish(cpu, block, intid);
    if (!cpu->waiting) // else the most urgent first
        vgic_refresh_block(cpu, intid / 32, vgic_bit(intid));
}

static void vgic_end_all_evicted(struct vgic_cpu *cpu) {
    for (unsigned n = 0; n < cpu->gic->block_count; n++)
        for (uint32_t rest = vgic_block_of(cpu, n * 32)->acknowledged; rest; rest &= rest - 1)
            vgic_end_evicted(cpu, n * 32 + (unsigned)__builtin_ctz(rest));
}

static void vgic_end_listed(struct vgic_cpu *cpu, int lr) {
    bool known = lr >= 0 && (unsigned)lr < cpu->lr_count && cpu->lr[lr].intid != VGIC_LR_FREE;
    unsigned first = known ? (unsigned)lr : 0, end = known ? first + 1 : cpu->lr_count;
    for (;;) {
        bool found = false;
        for (unsigned i = first; i < end; i++) {
            unsigned intid = cpu->lr[i].intid;
            if (intid == VGIC_LR_FREE || vcpu_update_irq(cpu->vcpu, intid, 0, 0) != 0)
                continue;
            found = true;
            vgic_finish(cpu, vgic_block_of(cpu, intid), intid);
            if (!cpu->waiting) // else the most urgent first
                vgic_refresh_block(cpu, intid / 32, vgic_bit(intid));
        }
        // The kernel may have moved what was there: look at all, once.
        if (found || end - first == cpu->lr_count)
            break;
        first = 0;
        end = cpu->lr_count;
    }
}

void vgic_end(struct vgic_cpu *cpu, int end) {
    unsigned intid = (unsigned)end & (GLACIS_END_LOOK - GLACIS_END_EVICTED);
    if (end == GLACIS_END_LOOK)
        vgic_end_all_evicted(cpu);
    if (end < GLACIS_END_EVICTED || end == GLACIS_END_LOOK)
        vgic_end_listed(cpu, end);
    else if (intid / 32 < cpu->gic->block_count)
        vgic_end_evicted(cpu, intid);
    if (cpu->waiting)
        vgic_fill(cpu);
}

void vgic_sync_kernel(struct vgic_cpu *cpu) {
    struct irq_controller *gic = cpu->gic;
    struct vgic_block *block = &cpu->private;
    uint32_t ready = block->enabled & vgic_group_enabled(gic, block);
    uint32_t on = ready & cpu->kernel_held;
    for (uint32_t ppis = gic->hardware; ppis; ppis &= ppis - 1) {
        unsigned intid = (unsigned)__builtin_ctz(ppis);
        uint32_t bit = vgic_bit(intid);
        uint8_t priority = block->priority[intid];
        if (on & bit && (!(cpu->ppi_bound & bit) || cpu->ppi_priority[intid] != priority)) {
            vcpu_bind_ppi(cpu->vcpu, intid, intid, priority);
            cpu->ppi_bound |= bit;
            cpu->ppi_priority[intid] = priority;
        } else if (!(on & bit) && cpu->ppi_bound & bit) {
            vcpu_unbind_irq(cpu->vcpu, intid);
            cpu->ppi_bound &= ~bit;
        }
        // It fired while nobody wanted it, and the kernel has kept it masked since: sample it again.
        if (block->line & ready & bit & ~block->resident) {
            block->line &= ~bit;
            vcpu_ack_ppi(cpu->vcpu, intid);
        }
    }

    if (gic->version == 3) {
        uint32_t sgis = (on & 0xffff) | ~block->group << VGIC_SGIS;
        uint64_t priorities[2];
        __builtin_memcpy(priorities, block->priority, sizeof(priorities));
        bool moved = priorities[0] != cpu->sgi_priorities[0] || priorities[1] != cpu->sgi_priorities[1];
        if (sgis != cpu->sgis_enabled || (sgis && moved)) {
            vcpu_set_sgis(cpu->vcpu, sgis, priorities[0], priorities[1]);
            cpu->sgis_enabled = sgis;
            cpu->sgi_priorities[0] = priorities[0];
            cpu->sgi_priorities[1] = priorities[1];
        }
    }
    for (uint32_t push = block->latch & on; push; push &= push - 1) {
        vcpu_update_irq(cpu->vcpu, (unsigned)__builtin_ctz(push), VGIC_PENDING, 0);
        block->latch &= ~(push & -push);
    }
}

void vgic_update_kernel_held(struct vgic_cpu *cpu) {
    struct irq_controller *gic = cpu->gic;
    struct vgic_block *block = &cpu->private;
    // The group that a guest of this GIC version uses by itself; what is private of the other is listed here.
    uint32_t usual = gic->version == 2 ? ~block->group : block->group;
    uint32_t held = usual & (gic->hardware | (gic->version == 3 ? 0xffff : 0));
    for (uint32_t leave = cpu->kernel_held & ~held; leave; leave &= leave - 1) {
        unsigned intid = (unsigned)__builtin_ctz(leave);
        unsigned before = vcpu_update_irq(cpu->vcpu, intid, 0, VGIC_PENDING | VGIC_ACTIVE);
        if (before & VGIC_PENDING && !vgic_is_hardware(cpu, intid))
            block->latch |= vgic_bit(intid);
        if (before & VGIC_ACTIVE)
            block->active |= vgic_bit(intid);
    }
    for (uint32_t enter = held & ~cpu->kernel_held; enter; enter &= enter - 1) {
        unsigned intid = (unsigned)__builtin_ctz(enter);
        uint32_t bit = vgic_bit(intid);
        if (block->resident & bit && !vgic_withdraw(cpu, block, intid)) {
            vcpu_update_irq(cpu->vcpu, intid, 0, VGIC_ACTIVE); // out of its list register
            vgic_finish(cpu, block, intid);
            block->active |= bit;
        }
        if (block->active & bit)
            vcpu_update_irq(cpu->vcpu, intid, VGIC_ACTIVE, 0);
        block->active &= ~bit;
    }
    cpu->kernel_held = held;
    vgic_sync_kernel(cpu);
}

void vgic_reset_delivery(struct vgic_cpu *cpu) {
    struct irq_controller *gic = cpu->gic;
    for (unsigned n = 0; n < gic->block_count; n++)
        for (uint32_t rest = vgic_block_of(cpu, n * 32)->resident; rest; rest &= rest - 1)
            vcpu_update_irq(cpu->vcpu, n * 32 + (unsigned)__builtin_ctz(rest), 0, VGIC_PENDING | VGIC_ACTIVE);
    for (uint32_t bound = cpu->ppi_bound; bound; bound &= bound - 1)
        vcpu_unbind_irq(cpu->vcpu, (unsigned)__builtin_ctz(bound));
    if (cpu->sgis_enabled)
        vcpu_set_sgis(cpu->vcpu, 0, 0, 0);
    for (uint32_t held = cpu->kernel_held; held; held &= held - 1)
        vcpu_update_irq(cpu->vcpu, (unsigned)__builtin_ctz(held), 0, VGIC_PENDING | VGIC_ACTIVE);
    // For those beside the virtual timer's the first one says that the guest has them.
    for (uint32_t ppis = gic->hardware & (cpu->private.line | ~vgic_bit(gic->timer)); ppis; ppis &= ppis - 1)
        vcpu_ack_ppi(cpu->vcpu, (unsigned)__builtin_ctz(ppis));
    vcpu_reset_irqs(cpu->vcpu);

    // All list registers are empty now: those that take a trial interrupt exist.
    unsigned count = 0;
    while (count < VGIC_MAX_LIST_REGISTERS && vcpu_inject_irq(cpu->vcpu, VGIC_PRIVATE, 31, 0, count, false)) {
        vcpu_update_irq(cpu->vcpu, VGIC_PRIVATE, 0, VGIC_PENDING);
        cpu->lr[count++].intid = VGIC_LR_FREE;
    }
    cpu->lr_count = count > 1 ? count - 1 : count; // the top one stays for what the kernel delivers
}
