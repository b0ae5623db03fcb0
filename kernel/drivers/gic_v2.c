// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// GICv2 (IHI 0048) with the virtualization extensions: distributor, CPU interface and virtual interface
// control, all in memory. Without the Security Extensions, or their Non-secure view.
//
// Invariants: those of gic.h; interrupts are of group 0 as this view names it, signalled as IRQs
// (GICC_CTLR.FIQEn = 0); the kernel never uses GICC_DIR.
#include <arch/internal.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/drivers/gic_distributor.h>

#define GICD_CTLR_ENABLE 1u
#define GICD_ITARGETSR   0x800
#define GICD_SGIR        0xf00
// CPU interface (4.4).
#define GICC_CTLR        0x00
#define GICC_CTLR_ENABLE 0x201u // group enable, EOImode
#define GICC_PMR         0x04
#define GICC_BPR         0x08
#define GICC_IAR         0x0c
#define GICC_EOIR        0x10
#define GICC_HPPIR       0x18
#define GICC_APR0        0xd0
// Virtual interface control (5.3).
#define GICH_HCR           0x000
#define GICH_VTR           0x004
#define GICH_VMCR          0x008
#define GICH_EISR0         0x020
#define GICH_ELRSR0        0x030
#define GICH_APR           0x0f0
#define GICH_LR0           0x100
#define LR2_EOI            (1u << 19)
#define LR2_PRIORITY_SHIFT 23
#define LR2_STATE_SHIFT    28
#define LR2_PENDING        (1u << LR2_STATE_SHIFT)
#define LR2_GROUP1         (1u << 30)
#define LR2_HW             (1u << 31)
#define IRQ_MASK           0x3ffu
#define PRIVATE_IRQS       32
#define SPURIOUS_FIRST     1020

const uint64_t gic_lr_group = 0;
const bool gic_lr_has_source = true;
const bool gic_looks_late = true;
unsigned gic_lr_count;
uint32_t gic_hcr_dir;

static volatile void *distributor, *cpu_interface, *hypervisor;
static unsigned irq_count;

// SPIs go to this core: its own target mask can be read at its banked ITARGETSR0 (4.3.12; 0 on a single core,
// where the register is of no effect).
void gic_init(const struct gic_registers *registers) {
    distributor = registers->distributor;
    cpu_interface = registers->cpu_interface;
    hypervisor = registers->hypervisor;
    mmio_write32(distributor, GICD_CTLR, 0);
    irq_count = distributor_irq_count(distributor);
    uint32_t targets = mmio_read32(distributor, GICD_ITARGETSR);
    for (unsigned irq = PRIVATE_IRQS; irq < irq_count; irq += 32) { // bound: 1020
        distributor_reset_block(distributor, irq, 0);
        for (unsigned i = 0; i < 32; i += 4)
            mmio_write32(distributor, GICD_ITARGETSR + irq + i, targets);
    }
    mmio_write32(distributor, GICD_CTLR, GICD_CTLR_ENABLE);
}

void gic_init_core(struct core *core) {
    distributor_reset_block(distributor, 0, 0);
    mmio_write32(cpu_interface, GICC_PMR, 0xff);
    mmio_write32(cpu_interface, GICC_BPR, 7); // no preemption
    mmio_write32(cpu_interface, GICC_APR0, 0);
    mmio_write32(cpu_interface, GICC_CTLR, GICC_CTLR_ENABLE);
    gic_lr_count = (mmio_read32(hypervisor, GICH_VTR) & 0x3f) + 1;
    if (gic_lr_count > VGIC_MAX_LRS)
        gic_lr_count = VGIC_MAX_LRS;
    if (gic_lr_count < GIC_MIN_LRS)
        kernel_panic("the GIC has %u list registers, the kernel needs %u: use a board with more",
                     gic_lr_count, GIC_MIN_LRS);
    mmio_write32(hypervisor, GICH_HCR, 0);
    for (unsigned i = 0; i < gic_lr_count; i++)
        gic_lr_write(i, 0);
    mmio_write32(hypervisor, GICH_VMCR, GIC_VMCR_RESET);
    core->arch.irq_taken = IRQ_NONE;
    arch_irq_unmask(BOARD_IRQ_MAINTENANCE);
}

void gic_print(void) {
    kernel_print("GICv2, %u interrupts, %u list registers", irq_count, gic_lr_count);
}

// --- physical interrupts

unsigned gic_acknowledge(void) {
    uint32_t acknowledged = mmio_read32(cpu_interface, GICC_IAR);
    if (UNLIKELY((acknowledged & IRQ_MASK) >= SPURIOUS_FIRST))
        return IRQ_NONE;
    mmio_write32(cpu_interface, GICC_EOIR, acknowledged); // an SGI's sender too
    return acknowledged & IRQ_MASK;
}

// Sets its bit in a register array of the distributor.
static NOINLINE void irq_write(unsigned irq, unsigned array) {
    mmio_write32(distributor, array + irq / 32 * 4, 1u << irq % 32);
}

void gic_deactivate(unsigned irq) {
    irq_write(irq, GICD_ICACTIVER);
}

void gic_activate(unsigned irq) {
    irq_write(irq, GICD_ISACTIVER);
    __asm__ volatile("dsb sy" ::: "memory");
}

bool gic_is_pending(unsigned irq) {
    return mmio_read32(distributor, GICD_ISPENDR + irq / 32 * 4) >> irq % 32 & 1;
}

void gic_set_pending(unsigned irq, bool pending) {
    irq_write(irq, pending ? GICD_ISPENDR : GICD_ICPENDR);
}

bool gic_is_edge(unsigned irq) {
    return mmio_read32(distributor, GICD_ICFGR + irq / 16 * 4) >> (irq % 16 * 2 + 1) & 1;
}

void arch_irq_end(unsigned irq) {
    gic_deactivate(irq);
}

void arch_irq_mask(unsigned irq) {
    irq_write(irq, GICD_ICENABLER);
}

void arch_irq_unmask(unsigned irq) {
    irq_write(irq, GICD_ISENABLER);
}

void arch_irq_set_trigger(unsigned irq, bool edge) {
    distributor_set_trigger(distributor, irq, edge);
}

void arch_irq_send_sgi(unsigned irq, unsigned target) {
    __asm__ volatile("dsb ishst" ::: "memory");
    mmio_write32(distributor, GICD_SGIR, 1u << (16 + target) | irq);
}

bool arch_irq_pending(void) {
    return (mmio_read32(cpu_interface, GICC_HPPIR) & IRQ_MASK) < SPURIOUS_FIRST;
}

// --- list registers (5.3.10): 5 bits of priority, physical ID or EOI request from bit 10

uint64_t gic_lr_read(unsigned index) {
    uint32_t value = mmio_read32(hypervisor, GICH_LR0 + 4 * index);
    uint64_t lr = (value & IRQ_MASK) | (uint64_t)(value >> LR2_STATE_SHIFT & 3) << 62 |
                  (uint64_t)(value >> LR2_PRIORITY_SHIFT & 31) << (LR_PRIORITY_SHIFT + 3) |
                  (value & LR2_GROUP1 ? LR_GROUP1 : 0);
    if (value & LR2_HW)
        return lr | LR_HW | (uint64_t)(value >> 10 & IRQ_MASK) << LR_PHYSICAL_SHIFT;
    return lr | (value & LR_SOURCE_MASK) | (value & LR2_EOI ? LR_EOI : 0);
}

uint64_t gic_lr_encode(uint64_t lr) {
    uint32_t value = LR_VIRQ(lr) | (uint32_t)(lr >> 62) << LR2_STATE_SHIFT |
                     (uint32_t)(lr >> (LR_PRIORITY_SHIFT + 3) & 31) << LR2_PRIORITY_SHIFT |
                     (lr & LR_GROUP1 ? LR2_GROUP1 : 0);
    if (lr & LR_HW)
        value |= LR2_HW | (uint32_t)(lr >> LR_PHYSICAL_SHIFT & IRQ_MASK) << 10;
    else
        value |= ((uint32_t)lr & LR_SOURCE_MASK) | (lr & LR_EOI ? LR2_EOI : 0);
    return value;
}

void gic_lr_write_encoded(unsigned index, uint64_t encoded) {
    mmio_write32(hypervisor, GICH_LR0 + 4 * index, (uint32_t)encoded);
}

void gic_lr_write(unsigned index, uint64_t lr) {
    gic_lr_write_encoded(index, gic_lr_encode(lr));
}

void gic_lr_write_pending(unsigned index, unsigned virq, unsigned priority, unsigned group) {
    mmio_write32(hypervisor, GICH_LR0 + 4 * index,
                 virq | LR2_EOI | LR2_PENDING | priority << LR2_PRIORITY_SHIFT | group * LR2_GROUP1);
}

// Accesses to one device are in order.
void gic_lr_synchronise(void) {
}

uint32_t gic_lr_free(void) {
    return mmio_read32(hypervisor, GICH_ELRSR0);
}

uint32_t gic_lr_ended(void) {
    return mmio_read32(hypervisor, GICH_EISR0);
}

void gic_virtual_control(uint32_t hcr) {
    mmio_write32(hypervisor, GICH_HCR, hcr);
}

// It has no system registers.
bool gic_emulate(unsigned encoding, bool is_read, uint64_t *value) {
    (void)encoding;
    (void)is_read;
    (void)value;
    return false;
}

unsigned gic_unlisted_ends(void) {
    return mmio_read32(hypervisor, GICH_HCR) >> 27; // EOICount (5.3.1)
}

bool gic_has_active_priority(void) {
    return mmio_read32(hypervisor, GICH_APR) != 0;
}

uint32_t gic_vmcr_read(void) {
    return mmio_read32(hypervisor, GICH_VMCR);
}

void gic_virtual_save(struct vgic *vgic) {
    vgic->vmcr = mmio_read32(hypervisor, GICH_VMCR);
    vgic->apr[0][0] = mmio_read32(hypervisor, GICH_APR);
}

void gic_virtual_load(const struct vgic *vgic) {
    mmio_write32(hypervisor, GICH_VMCR, vgic->vmcr);
    mmio_write32(hypervisor, GICH_APR, vgic->apr[0][0]);
}
