// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The register arrays that GICv2 and GICv3 have in common, in the distributor and in the SGI frame of a
// redistributor (IHI 0048B 4.3, IHI 0069 12.9 and 12.11).
//
// Invariants: 1. whatever the offset and the size of an access, a register of no block of the frame, and bits
// of no implemented interrupt, read as zero and ignore writes; 2. a handler is called only with a size that
// its entry allows, naturally aligned.
#include <stddef.h>
#include <vmm/arch/aarch64/vgic.h>

uint32_t vgic_read_id(const uint8_t bytes[12], unsigned offset) {
    unsigned i = (offset & 0x3f) / 4; // the block's 16 words, of which the first 4 are not used
    return i >= 4 ? bytes[i - 4] : 0;
}

void vgic_write_ctlr(struct irq_controller *gic, uint32_t value) {
    value &= VGIC_CTLR_GROUP0 | VGIC_CTLR_GROUP1;
    if (value == gic->ctlr)
        return;
    gic->ctlr = value;
    vgic_refresh_all(gic);
}

// ---- A bit for each interrupt ----

static unsigned word_of(unsigned offset) {
    return (offset & ((1u << VGIC_RANGE_SHIFT) - 1)) / 4;
}

static struct vgic_block *block_at(const struct vgic_frame *frame, unsigned offset) {
    return vgic_frame_block(frame, word_of(offset));
}

uint64_t vgic_read_group(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)bytes;
    const struct vgic_block *block = block_at(frame, offset);
    return block ? block->group : 0;
}

void vgic_write_group(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    (void)bytes;
    struct vgic_block *block = block_at(frame, offset);
    if (!block)
        return;
    uint32_t changed = ((uint32_t)value ^ block->group) & block->implemented;
    block->group ^= changed;
    if (!changed)
        return;
    if (word_of(offset) == 0)
        vgic_update_kernel_held(frame->cpu);
    vgic_replace_block(frame->cpu, word_of(offset), changed);
}

uint64_t vgic_read_enable(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)bytes;
    const struct vgic_block *block = block_at(frame, offset);
    return block ? block->enabled : 0;
}

static void change_enable(const struct vgic_frame *frame, unsigned n, struct vgic_block *block,
                          uint32_t changed) {
    block->enabled ^= changed;
    if (!changed)
        return;
    if (n == 0)
        vgic_sync_kernel(frame->cpu);
    vgic_refresh_block(frame->cpu, n, changed);
}

void vgic_write_set_enable(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    (void)bytes;
    struct vgic_block *block = block_at(frame, offset);
    if (block)
        change_enable(frame, word_of(offset), block, (uint32_t)value & ~block->enabled & block->implemented);
}

// The SGIs of GICv2 are always enabled (IHI 0048B 4.3.5 lets us choose; so does GIC-400).
void vgic_write_clear_enable(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                             uint64_t value) {
    (void)bytes;
    struct vgic_block *block = block_at(frame, offset);
    if (!block)
        return;
    uint32_t changed = (uint32_t)value & block->enabled;
    if (word_of(offset) == 0 && frame->gic->version == 2)
        changed &= ~0xffffu;
    change_enable(frame, word_of(offset), block, changed);
}

static uint64_t read_state(const struct vgic_frame *frame, unsigned offset, unsigned state) {
    const struct vgic_block *block = block_at(frame, offset);
    return block ? vgic_read_state(frame->cpu, word_of(offset), state) & block->implemented : 0;
}

// The interrupts that a write with `value` means. GICv2 has registers of their own for the pending state of
// SGIs.
static uint32_t meant(const struct vgic_frame *frame, unsigned offset, uint64_t value, bool pending) {
    const struct vgic_block *block = block_at(frame, offset);
    if (!block)
        return 0;
    uint32_t mask = (uint32_t)value & block->implemented;
    return pending && word_of(offset) == 0 && frame->gic->version == 2 ? mask & ~0xffffu : mask;
}

uint64_t vgic_read_pending(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)bytes;
    return read_state(frame, offset, VGIC_PENDING);
}

void vgic_write_set_pending(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    (void)bytes;
    for (uint32_t mask = meant(frame, offset, value, true); mask; mask &= mask - 1)
        vgic_latch(frame->cpu, word_of(offset) * 32 + (unsigned)__builtin_ctz(mask));
}

void vgic_write_clear_pending(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                              uint64_t value) {
    (void)bytes;
    for (uint32_t mask = meant(frame, offset, value, true); mask; mask &= mask - 1)
        vgic_unlatch(frame->cpu, word_of(offset) * 32 + (unsigned)__builtin_ctz(mask), 0);
}

uint64_t vgic_read_active(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)bytes;
    return read_state(frame, offset, VGIC_ACTIVE);
}

void vgic_write_set_active(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    (void)bytes;
    for (uint32_t mask = meant(frame, offset, value, false); mask; mask &= mask - 1)
        vgic_set_active(frame->cpu, word_of(offset) * 32 + (unsigned)__builtin_ctz(mask));
}

void vgic_write_clear_active(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                             uint64_t value) {
    (void)bytes;
    for (uint32_t mask = meant(frame, offset, value, false); mask; mask &= mask - 1)
        vgic_clear_active(frame->cpu, word_of(offset) * 32 + (unsigned)__builtin_ctz(mask));
}

// ---- A byte for each interrupt ----

uint64_t vgic_read_priority(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    unsigned intid = offset - VGIC_IPRIORITYR;
    const struct vgic_block *block = vgic_frame_block(frame, intid / 32);
    uint64_t value = 0;
    for (unsigned i = 0; block && i < bytes; i++)
        value |= (uint64_t)block->priority[(intid + i) & 31] << 8 * i;
    return value;
}

void vgic_write_priority(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    unsigned intid = offset - VGIC_IPRIORITYR;
    struct vgic_block *block = vgic_frame_block(frame, intid / 32);
    uint32_t changed = 0;
    for (unsigned i = 0; block && i < bytes; i++) {
        uint8_t priority = (uint8_t)(value >> 8 * i) & VGIC_PRIORITY_MASK;
        uint32_t bit = vgic_bit(intid + i);
        if (block->implemented & bit && block->priority[(intid + i) & 31] != priority) {
            block->priority[(intid + i) & 31] = priority;
            changed |= bit;
        }
    }
    if (!changed)
        return;
    if (intid < VGIC_PRIVATE)
        vgic_sync_kernel(frame->cpu);
    vgic_replace_block(frame->cpu, intid / 32, changed);
}

// ---- Two bits for each interrupt: the upper one says edge-triggered, the lower one is reserved ----

uint64_t vgic_read_config(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)bytes;
    unsigned intid = (offset - VGIC_ICFGR) * 4;
    const struct vgic_block *block = vgic_frame_block(frame, intid / 32);
    uint32_t value = 0;
    for (unsigned i = 0; block && i < 16; i++)
        value |= (block->edge >> ((intid + i) & 31) & 1) << (2 * i + 1);
    return value;
}

void vgic_write_config(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    (void)bytes;
    unsigned intid = (offset - VGIC_ICFGR) * 4;
    struct vgic_block *block = vgic_frame_block(frame, intid / 32);
    if (!block || intid < VGIC_SGIS) // SGIs are edge-triggered, always
        return;
    uint32_t edge = 0, mask = block->implemented & ~block->passed & 0xffffu << (intid & 31);
    // Timers and PMU are levels, as their wires are: of PPIs that is ours to choose (IHI 0048B 4.3.13).
    if (intid < VGIC_PRIVATE)
        mask &= ~frame->gic->hardware;
    for (unsigned i = 0; i < 16; i++)
        edge |= (uint32_t)(value >> (2 * i + 1) & 1) << ((intid + i) & 31);
    uint32_t changed = (edge ^ block->edge) & mask;
    block->edge ^= changed;
    if (changed)
        vgic_refresh_block(frame->cpu, intid / 32, changed);
}
