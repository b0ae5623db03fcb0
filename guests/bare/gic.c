// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The interrupt controller as a kernel uses it: GICv2 (Arm IHI 0048B) with interrupts in group 0, as on a GIC
// without Security Extensions, and GICv3 (Arm IHI 0069) with affinity routing and interrupts in non-secure
// group 1.
#include "guests/bare/bare.h"

enum gicc_offset {
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_BPR = 0x08,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GICC_RPR = 0x14,
    GICC_HPPIR = 0x18,
    GICC_APR0 = 0xd0,
    GICC_DIR = 0x1000,
};
#define GICC_CTLR_ENABLE  3 // both groups
#define GICC_CTLR_ACKCTL  BIT(2)
#define GICC_CTLR_EOIMODE BIT(9)

void (*irq_hook)(u32 iar);
void (*irq_hook_none)(void);
void (*fiq_hook)(void);
volatile u32 irq_count[GIC_INTIDS];
volatile u32 irq_spurious;

void irq_count_and_end(u32 iar) {
    irq_count[gic_intid(iar)]++;
    gic_end(iar);
}

void irq_dispatch(void) {
    u32 iar = gic_acknowledge();
    if (gic_intid(iar) >= 1020) {
        irq_spurious++;
        if (irq_hook_none) {
            irq_hook_none();
        }
        return;
    }
    irq_hook(iar);
}

u32 gic_intid(u32 iar) {
    return iar & (machine.gic_version == 2 ? 0x3ff : 0xffffff) & (GIC_INTIDS - 1);
}

u32 gic_at_boot;

u32 gic_lines(void) {
    u32 lines = 32 * ((read32(machine.gicd.base + GICD_TYPER) & 31) + 1);
    return lines > 1020 ? 1020 : lines;
}

u32 gic_free_spi(void) {
    return gic_lines() - 2;
}

// On GICv3 the registers of SGIs and PPIs are in the redistributor's SGI frame, at the distributor's offsets.
static u64 bank(u32 intid) {
    return machine.gic_version == 3 && intid < 32 ? machine.gicr.base + GICR_SGI_BASE : machine.gicd.base;
}

u64 gic_register(u32 offset, u32 intid) {
    return bank(intid) + offset + intid / 32 * 4;
}

u64 gic_priority_register(u32 intid) {
    return bank(intid) + GICD_IPRIORITYR + intid;
}

u64 gic_config_register(u32 intid) {
    return bank(intid) + GICD_ICFGR + intid / 16 * 4;
}

bool gic_bit(u32 offset, u32 intid) {
    return read32(gic_register(offset, intid)) >> (intid & 31) & 1;
}

void gic_set_bit(u32 offset, u32 intid) {
    write32(gic_register(offset, intid), 1U << (intid & 31));
}

void gic_enable(u32 intid) {
    if (intid >= 32 && machine.gic_version == 2) {
        write8(machine.gicd.base + GICD_ITARGETSR + intid, read8(machine.gicd.base + GICD_ITARGETSR));
    } else if (intid >= 32) {
        write64(machine.gicd.base + GICD_IROUTER + 8UL * intid, sysreg_read(mpidr_el1) & 0xff00ffffff);
    }
    gic_set_bit(GICD_ISENABLER, intid);
}

void gic_disable(u32 intid) {
    gic_set_bit(GICD_ICENABLER, intid);
    dsb();
}

void gic_set_priority(u32 intid, u8 priority) {
    write8(gic_priority_register(intid), priority);
}

void gic_set_edge(u32 intid, bool edge) {
    u64 address = gic_config_register(intid);
    u32 bit = 2U << (intid % 16 * 2);
    write32(address, edge ? read32(address) | bit : read32(address) & ~bit);
}

void gic_change_group(u32 intid) {
    u64 address = gic_register(GICD_IGROUPR, intid);
    write32(address, read32(address) ^ 1U << (intid & 31));
    if (machine.gic_version == 2) {
        write32(machine.gicd.base + GICD_CTLR, 3);
        write32(machine.gicc.base + GICC_CTLR,
                read32(machine.gicc.base + GICC_CTLR) | GICC_CTLR_ENABLE | GICC_CTLR_ACKCTL);
    } else {
        sysreg_write(ICC_IGRPEN0_EL1, 1);
        isb();
    }
}

static void init_bank(u32 first, u32 end) {
    for (u32 intid = first; intid < end; intid += 32) {
        write32(gic_register(GICD_ICENABLER, intid), ~0U);
        write32(gic_register(GICD_ICPENDR, intid), ~0U);
        write32(gic_register(GICD_ICACTIVER, intid), ~0U);
        write32(gic_register(GICD_IGROUPR, intid), machine.gic_version == 3 ? ~0U : 0);
        for (u32 i = 0; i < 32; i += 4) {
            write32(gic_priority_register(intid + i), GIC_DEFAULT_PRIORITY * 0x01010101U);
        }
        if (intid >= 32) {
            write32(gic_config_register(intid), 0);
            write32(gic_config_register(intid + 16), 0);
        }
    }
}

static void init_v2(void) {
    write32(machine.gicd.base + GICD_CTLR, 0);
    init_bank(0, gic_lines());
    for (u32 i = 0; i < 16; i += 4) {
        write32(machine.gicd.base + GICD_CPENDSGIR + i, ~0U);
    }
    write32(machine.gicd.base + GICD_CTLR, 1);
    write32(machine.gicc.base + GICC_CTLR, 1);
    write32(machine.gicc.base + GICC_APR0, 0);
    write32(machine.gicc.base + GICC_PMR, 0xff);
    write32(machine.gicc.base + GICC_BPR, 0);
}

static void init_v3(void) {
    write32(machine.gicd.base + GICD_CTLR, 0);
    init_bank(32, gic_lines());
    write32(machine.gicd.base + GICD_CTLR, 0x13); // ARE_NS, EnableGrp1A, EnableGrp1 (12.9.4)
    write32(machine.gicr.base + GICR_CTLR, 0);
    write32(machine.gicr.base + GICR_WAKER, 0);
    while (read32(machine.gicr.base + GICR_WAKER) & 4) { // ChildrenAsleep
        asm volatile("yield");
    }
    init_bank(0, 32);
    sysreg_write(ICC_SRE_EL1, 7);
    isb();
    sysreg_write(ICC_CTLR_EL1, 0);
    sysreg_write(ICC_IGRPEN0_EL1, 0);
    sysreg_write(ICC_AP0R0_EL1, 0); // the running priority is of both groups (IHI 0069 4.8.1)
    sysreg_write(ICC_AP1R0_EL1, 0);
    sysreg_write(ICC_PMR_EL1, 0xff);
    sysreg_write(ICC_BPR1_EL1, 0);
    sysreg_write(ICC_IGRPEN1_EL1, 1);
    isb();
}

void gic_init(void) {
    irq_disable();
    irq_hook = irq_count_and_end;
    irq_spurious = 0;
    for (u32 i = 0; i < GIC_INTIDS; i++) {
        irq_count[i] = 0;
    }
    if (machine.gic_version == 2) {
        init_v2();
    } else if (machine.gic_version == 3) {
        init_v3();
    }
    dsb();
}

u64 gic_sgi_self_value(u32 intid) {
    u64 mpidr = sysreg_read(mpidr_el1);
    u64 affinity = (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 | (mpidr >> 8 & 0xff) << 16;
    u64 range = (mpidr & 0xf0) >> 4;
    return affinity | range << 44 | (u64)intid << 24 | BIT(mpidr & 15);
}

void gic_sgi_self(u32 intid) {
    dsb();
    if (machine.gic_version == 2) {
        write32(machine.gicd.base + GICD_SGIR, 2U << 24 | intid); // to the requesting CPU only
        return;
    }
    sysreg_write(ICC_SGI1R_EL1, gic_sgi_self_value(intid));
    isb();
}

u32 gic_acknowledge(void) {
    u32 iar =
        machine.gic_version == 2 ? read32(machine.gicc.base + GICC_IAR) : (u32)sysreg_read(ICC_IAR1_EL1);
    dsb();
    return iar;
}

void gic_end(u32 iar) {
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_EOIR, iar);
        dsb();
    } else {
        sysreg_write(ICC_EOIR1_EL1, iar);
        isb();
    }
}

u32 gic_acknowledge_fast(void) {
    u32 iar = (u32)sysreg_read(S3_0_C12_C8_0); // ICC_IAR0_EL1
    dsb();
    return iar;
}

void gic_end_fast(u32 iar) {
    sysreg_write(S3_0_C12_C8_1, iar); // ICC_EOIR0_EL1
    isb();
}

void gic_deactivate(u32 iar) {
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_DIR, iar);
        dsb();
    } else {
        sysreg_write(ICC_DIR_EL1, iar);
        isb();
    }
}

void gic_set_mask(u8 priority) {
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_PMR, priority);
        dsb();
    } else {
        sysreg_write(ICC_PMR_EL1, priority);
        isb();
    }
}

// GICC_BPR of group 0 counts from one bit lower than ICC_BPR1_EL1 (IHI 0048B 3.3.3, IHI 0069 4.8.5).
void gic_set_group_split(unsigned bit) {
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_BPR, bit ? bit - 1 : 0);
    } else {
        sysreg_write(ICC_BPR1_EL1, bit);
        isb();
    }
}

void gic_set_end_mode(bool split) {
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_CTLR, 1 | (split ? GICC_CTLR_EOIMODE : 0));
    } else {
        sysreg_write(ICC_CTLR_EL1, split ? 2 : 0);
        isb();
    }
}

u32 gic_mask(void) {
    return machine.gic_version == 2 ? read32(machine.gicc.base + GICC_PMR) : (u32)sysreg_read(ICC_PMR_EL1);
}

u32 gic_running_priority(void) {
    return machine.gic_version == 2 ? read32(machine.gicc.base + GICC_RPR) : (u32)sysreg_read(ICC_RPR_EL1);
}

u32 gic_highest_pending(void) {
    return gic_intid(machine.gic_version == 2 ? read32(machine.gicc.base + GICC_HPPIR)
                                              : (u32)sysreg_read(ICC_HPPIR1_EL1));
}
