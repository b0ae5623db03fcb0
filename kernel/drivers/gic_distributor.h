// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers that the distributors of GICv2 and GICv3 share (IHI 0048 4.3, IHI 0069 12.9); the redistributor's
// SGI_base frame has the same ones for interrupts 0 to 31.
#ifndef DRIVERS_GIC_DISTRIBUTOR_H
#define DRIVERS_GIC_DISTRIBUTOR_H

#include <board.h>
#include <kernel/types.h>

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IGROUPR    0x080
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ISPENDR    0x200
#define GICD_ICPENDR    0x280
#define GICD_ISACTIVER  0x300
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ICFGR      0xc00
#define GIC_PRIORITY    0xa0a0a0a0u // of every physical interrupt but the kernel's deadline
#define GIC_DEADLINE    0x80u

static ALWAYS_INLINE uint32_t mmio_read32(volatile void *base, unsigned offset) {
    return *(volatile uint32_t *)((volatile char *)base + offset);
}
static ALWAYS_INLINE void mmio_write32(volatile void *base, unsigned offset, uint32_t value) {
    *(volatile uint32_t *)((volatile char *)base + offset) = value;
}
static ALWAYS_INLINE uint64_t mmio_read64(volatile void *base, unsigned offset) {
    return *(volatile uint64_t *)((volatile char *)base + offset);
}
static ALWAYS_INLINE void mmio_write64(volatile void *base, unsigned offset, uint64_t value) {
    *(volatile uint64_t *)((volatile char *)base + offset) = value;
}

// GICD_TYPER.ITLinesNumber.
static inline unsigned distributor_irq_count(volatile void *distributor) {
    unsigned count = ((mmio_read32(distributor, GICD_TYPER) & 31) + 1) * 32;
    return count < GIC_MAX_IRQS ? count : GIC_MAX_IRQS;
}

// Interrupts first .. first + 31 (first is a multiple of 32): masked, not pending, not active, of one
// priority but for the kernel's deadline, in groups `groups`.
static inline void distributor_reset_block(volatile void *frame, unsigned first, uint32_t groups) {
    unsigned word = first / 32 * 4;
    mmio_write32(frame, GICD_ICENABLER + word, ~0u);
    mmio_write32(frame, GICD_ICPENDR + word, ~0u);
    mmio_write32(frame, GICD_ICACTIVER + word, ~0u);
    mmio_write32(frame, GICD_IGROUPR + word, groups);
    for (unsigned i = 0; i < 32; i += 4)
        mmio_write32(frame, GICD_IPRIORITYR + first + i, GIC_PRIORITY);
    if (first == 0)
        *((volatile uint8_t *)frame + GICD_IPRIORITYR + BOARD_IRQ_HYP_TIMER) = GIC_DEADLINE;
}

// Level or edge; the interrupt is masked. SGIs are always edges.
static inline void distributor_set_trigger(volatile void *frame, unsigned irq, bool edge) {
    if (irq < 16)
        return;
    unsigned offset = GICD_ICFGR + irq / 16 * 4, shift = irq % 16 * 2 + 1;
    uint32_t value = mmio_read32(frame, offset) & ~(1u << shift);
    mmio_write32(frame, offset, value | (uint32_t)edge << shift);
}

#endif
