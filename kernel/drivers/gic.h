// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The interrupt controller as the vCPU code sees it: interrupts of the kernel's own, and the virtual CPU
// interface with its list registers. gic_v2.c and gic_v3.c implement it and the arch_irq_ functions of
// arch/machine.h; one of them is compiled in.
//
// Invariants: 1. the kernel acknowledges with priority drop only (EOI mode 1): an interrupt that it took is
// active until somebody deactivates it, the kernel by gic_deactivate or the guest through a list register
// with HW = 1;
// 2. the kernel's deadline is the most urgent, so that no other one that comes again and again keeps a
// slice from its end; none preempts.
#ifndef DRIVERS_GIC_H
#define DRIVERS_GIC_H

#include <arch/core.h>

// A list register in the format of ICH_LR<n>_EL2 (GIC architecture, IHI 0069, 12.4.9); GICv2 converts.
#define LR_VIRQ(lr)       ((unsigned)(lr)&0x3ff)
#define LR_SOURCE_MASK    0x1c00u // GICv2 alone: the CPU that sent an SGI (IHI 0048 5.3.8)
#define LR_PHYSICAL_SHIFT 32
#define LR_PHYSICAL_MASK  (0x3ffull << LR_PHYSICAL_SHIFT)
#define LR_PHYSICAL(lr)   ((unsigned)((lr) >> LR_PHYSICAL_SHIFT) & 0x3ff)
#define LR_EOI            BIT(41) // HW = 0: maintenance interrupt when it ends
#define LR_PRIORITY_SHIFT 48
#define LR_PRIORITY_MASK  (0xffull << LR_PRIORITY_SHIFT)
#define LR_PRIORITY(lr)   ((unsigned)((lr) >> LR_PRIORITY_SHIFT) & 0xff)
#define LR_GROUP1         BIT(60)
#define LR_HW             BIT(61)
#define LR_PENDING        BIT(62)
#define LR_ACTIVE         BIT(63)
#define LR_STATE          (LR_PENDING | LR_ACTIVE)
// The group of the kernel's own virtual interrupts: what a guest of this GIC without security enables.
extern const uint64_t gic_lr_group;
// Whether an SGI has a sender (LR_SOURCE_MASK).
extern const bool gic_lr_has_source;
// Number of list registers, GIC_MIN_LRS to 16: of three the kernel has two (vgic.c).
extern unsigned gic_lr_count;
// A level that is still asserted when the guest's end of interrupt deactivates it is due again at once. Where
// this is set, that may be seen only when the physical interface is used next, as QEMU's GICv2 has it (7.2:
// the virtual end of interrupt looks at the virtual interface alone); so somebody has to use it (irq.c).
extern const bool gic_looks_late;
#define GIC_MIN_LRS  3
#define GIC_MAX_IRQS 1020 // INTIDs from here on are special (IHI 0048 2.2.1)

// Bits of gic_virtual_control's word: ICH_HCR_EL2, GICH_HCR.
#define GIC_HCR_EN      BIT(0)
#define GIC_HCR_UIE     BIT(1) // maintenance: none or one list register is valid
#define GIC_HCR_LRENPIE BIT(2) // maintenance: gic_unlisted_ends is not 0
#define GIC_HCR_NPIE    BIT(3) // maintenance: no list register is pending
// Maintenance: a group is turned on that is off (bit n of `off`: group n), VGrp<n>EIE; or, while both are on,
// one is turned off, VGrp<n>DIE. The last one that is on need not tell: the guest takes nothing then.
#define GIC_HCR_GROUP_CHANGES(off) ((off) ? ((off)&1u) << 4 | ((off)&2u) << 5 : 0xa0u)
#define GIC_HCR_ALL_GROUP_CHANGES  0xf0u
#define GIC_HCR_ONE_END            BIT(27) // gic_unlisted_ends begins at 1
// What traps the guest's ICC_DIR_EL1, with or without the registers of gic_emulate; GICv2: 0.
extern uint32_t gic_hcr_dir;
// Performs the guest's access to ICC_PMR_EL1, ICC_RPR_EL1 or ICC_CTLR_EL1, as the hardware would have. False:
// it is none of them (encoding: as SYSREG_ENCODING packs it).
bool gic_emulate(unsigned encoding, bool is_read, uint64_t *value);

uint64_t gic_lr_read(unsigned index);
void gic_lr_write(unsigned index, uint64_t lr);
// The same in two steps: the GIC's own format of it. LR_VIRQ holds for that too.
uint64_t gic_lr_encode(uint64_t lr);
void gic_lr_write_encoded(unsigned index, uint64_t encoded);
// The same for what is pending, not hardware-backed, and reports its end: LR_PENDING, LR_EOI, and a priority
// of 5 bits.
void gic_lr_write_pending(unsigned index, unsigned virq, unsigned priority, unsigned group);
// gic_lr_free and gic_lr_ended tell what was written since the kernel was entered only after this.
void gic_lr_synchronise(void);
// Bit n: list register n is free (not valid, and no end of interrupt to report).
uint32_t gic_lr_free(void);
// Bit n: list register n's interrupt ended and asked for maintenance.
uint32_t gic_lr_ended(void);
void gic_virtual_control(uint32_t hcr);
// Ends of interrupts that were in no list register, since gic_virtual_control was last called.
unsigned gic_unlisted_ends(void);
// Whether any priority is active: the guest acknowledged an interrupt and has not dropped its priority.
bool gic_has_active_priority(void);
// What the guest sees of its CPU interface: ICH_VMCR_EL2, GICH_VMCR.
uint32_t gic_vmcr_read(void);
// Active priorities (group 0, group 1) and VMCR.
struct vgic;
void gic_virtual_save(struct vgic *vgic);
void gic_virtual_load(const struct vgic *vgic);
// The first VMCR of a guest: everything off, priority mask closed.
#define GIC_VMCR_RESET 0u

// Acknowledges the most urgent interrupt and drops its priority. IRQ_NONE: there is none.
unsigned gic_acknowledge(void);
void gic_deactivate(unsigned irq);
void gic_activate(unsigned irq); // complete when it returns
// Pending in the distributor: a level's line, an edge, or by software.
bool gic_is_pending(unsigned irq);
void gic_set_pending(unsigned irq, bool pending);
// Configured as an edge.
bool gic_is_edge(unsigned irq);

#endif
