// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers of the GICv3 distributor and redistributor (IHI 0069 12.9 to 12.11).
#include "guests/bare/test_gic_regs.h"

#define TEST_PPI     24      // no device of ours uses it
#define TYPER_MBIS   BIT(16) // message-based interrupts
#define TEST_SGI     6
#define GICD_CTLR_DS BIT(6)

static u64 gicd(u32 offset) {
    return machine.gicd.base + offset;
}

static u64 gicr(u32 offset) {
    return machine.gicr.base + offset;
}

static void test_enable(void) {
    gic_check_enable(gic_free_spi());
}

static void test_pending(void) {
    gic_check_pending(gic_free_spi());
}

static void test_active(void) {
    gic_check_active(gic_free_spi());
}

static void test_priority(void) {
    gic_check_priority(gic_free_spi());
}

static void test_config(void) {
    gic_check_config(gic_free_spi());
}

static void test_group(void) {
    gic_check_group(gic_free_spi());
}

static void test_ids(void) {
    gic_check_ids(machine.gicd.base, 0x10000);
}

static void test_ctlr(void) {
    check(read32(gicd(GICD_CTLR)) & 0x10, "GICD_CTLR.ARE is 0 after it was set");
    gic_check_ctlr(2);
    check_equal(read32(gicd(GICD_CTLR)) >> 31, 0, "GICD_CTLR.RWP");
}

// With affinity routing the registers of SGIs and PPIs in the distributor are RES0 (12.9).
static void test_banked(void) {
    static const u32 offsets[] = {GICD_ISENABLER, GICD_ISPENDR, GICD_ISACTIVER, GICD_IPRIORITYR,
                                  GICD_ITARGETSR};
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        write32(gicd(offsets[i]), ~0U);
        check_equal(read32(gicd(offsets[i])), 0, "distributor register at 0x%x", offsets[i]);
    }
    write32(gicd(GICD_ITARGETSR + (gic_free_spi() & ~3U)), ~0U);
    check_equal(read32(gicd(GICD_ITARGETSR + (gic_free_spi() & ~3U))), 0, "GICD_ITARGETSR of an SPI");
}

static void test_router(void) {
    u64 address = gicd(GICD_IROUTER + 8 * gic_free_spi()), own = sysreg_read(mpidr_el1) & 0xff00ffffff;
    write64(address, own);
    check_equal(read64(address), own, "GICD_IROUTER, 64 bits");
    check_equal(read32(address), (u32)own, "GICD_IROUTER, low half");
    check_equal(read32(address + 4), own >> 32, "GICD_IROUTER, high half");
    write32(address, BIT(31) | own); // Interrupt_Routing_Mode: any CPU
    u64 any = read64(address);
    check((any & ~BIT(31)) == own, "GICD_IROUTER with mode 1: affinity changed to 0x%lx", any);
    write32(address, (u32)own);
    write32(address + 4, (u32)(own >> 32));
    check_equal(read64(address), own, "GICD_IROUTER, written by halves");
    for (u32 i = 0; i < 32; i++) {
        write64(gicd(GICD_IROUTER + 8 * i), ~0UL);
        check_equal(read64(gicd(GICD_IROUTER + 8 * i)), 0, "GICD_IROUTER%u (reserved)", i);
    }
}

// A message takes the place of a wire: an edge comes once, a level until GICD_CLRSPI_NSR (12.9.34, 12.9.2).
static u32 message_count;

static void message_hook(u32 iar) {
    if (irq_count[gic_intid(iar)] + 1 == message_count) {
        write32(gicd(GICD_CLRSPI_NSR), gic_intid(iar));
    }
    irq_count_and_end(iar);
}

static void send_message(u32 spi, u32 count, const char *kind) {
    irq_hook = message_hook;
    message_count = count;
    irq_count[spi] = 0;
    write32(gicd(GICD_SETSPI_NSR), spi);
    check(gic_bit(GICD_ISPENDR, spi), "%s: not pending", kind);
    irq_enable();
    (void)wait_until(irq_count[spi] == count, 100);
    (void)wait_until(irq_count[spi] > count, 2);
    irq_disable();
    check_equal(irq_count[spi], count, "%s: interrupts", kind);
    check(!gic_bit(GICD_ISPENDR, spi), "%s: pending at the end", kind);
}

static void test_message(void) {
    u32 spi = gic_free_spi();
    if (!(read32(gicd(GICD_TYPER)) & TYPER_MBIS)) {
        test_skip("this GIC has no message-based interrupts");
        return;
    }
    gic_enable(spi);
    gic_set_edge(spi, false);
    send_message(spi, 3, "a level");
    write32(gicd(GICD_SETSPI_NSR), spi);
    gic_set_bit(GICD_ICPENDR, spi);
    check(gic_bit(GICD_ISPENDR, spi), "GICD_ICPENDR takes a message's level away");
    write16(gicd(GICD_CLRSPI_NSR), (u16)spi);
    check(!gic_bit(GICD_ISPENDR, spi), "GICD_CLRSPI_NSR, 16 bits");
    gic_set_edge(spi, true);
    send_message(spi, 1, "an edge");
    write32(gicd(GICD_SETSPI_NSR), spi + 0x400);
    check(!gic_bit(GICD_ISPENDR, spi), "an INTID that is too large");
}

static void test_gicr_typer(void) {
    u64 typer = read64(gicr(GICR_TYPER)), mpidr = sysreg_read(mpidr_el1);
    check_equal(typer >> 32, (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff), "GICR_TYPER.Affinity");
    check_equal(read32(gicr(GICR_TYPER)), (u32)typer, "GICR_TYPER, low half");
    check_equal(read32(gicr(GICR_TYPER + 4)), typer >> 32, "GICR_TYPER, high half");
    check_equal(typer >> 4 & 1, machine.cpus == 1, "GICR_TYPER.Last");
    write64(gicr(GICR_TYPER), ~typer);
    check_equal(read64(gicr(GICR_TYPER)), typer, "GICR_TYPER after a write");
    u32 iidr = read32(gicr(GICR_IIDR));
    write32(gicr(GICR_IIDR), ~iidr);
    check_equal(read32(gicr(GICR_IIDR)), iidr, "GICR_IIDR after a write");
    gic_check_ids(machine.gicr.base, 0x10000);
}

// Asleep: ChildrenAsleep follows; awake again: interrupts flow (12.11.36).
static void test_gicr_waker(void) {
    sysreg_write(ICC_IGRPEN1_EL1, 0); // groups are off before sleep
    isb();
    write32(gicr(GICR_WAKER), 2);
    check(wait_until((read32(gicr(GICR_WAKER)) & 6) == 6, 100), "GICR_WAKER.ChildrenAsleep stays 0");
    write32(gicr(GICR_WAKER), 0);
    check(wait_until((read32(gicr(GICR_WAKER)) & 6) == 0, 100), "GICR_WAKER.ChildrenAsleep stays 1");
    gic_init();
    gic_enable(TEST_SGI);
    gic_sgi_self(TEST_SGI);
    irq_enable();
    check(wait_until(irq_count[TEST_SGI] == 1, 100), "no SGI after waking");
}

static void test_gicr_ctlr(void) {
    u32 ctlr = read32(gicr(GICR_CTLR));
    check_equal(ctlr & (BIT(3) | BIT(31)), 0, "GICR_CTLR.RWP, UWP");
    if (machine.guest) {
        check_equal(read64(gicr(GICR_TYPER)) & 3, 0, "GICR_TYPER.PLPIS, VLPIS");
        write32(gicr(GICR_CTLR), 1);
        check_equal(read32(gicr(GICR_CTLR)) & 1, 0, "GICR_CTLR.EnableLPIs without LPIs");
    }
}

static void test_gicr_enable(void) {
    gic_check_enable(TEST_PPI);
    gic_check_enable(TEST_SGI);
}

static void test_gicr_pending(void) {
    gic_check_pending(TEST_PPI);
    gic_check_pending(TEST_SGI);
    gic_enable(TEST_SGI);
    irq_enable();
    gic_set_bit(GICD_ISPENDR, TEST_SGI);
    check(wait_until(irq_count[TEST_SGI] == 1, 100), "an SGI set pending does not arrive");
}

static void test_gicr_active(void) {
    gic_check_active(TEST_PPI);
    gic_check_active(TEST_SGI);
}

static void test_gicr_priority(void) {
    gic_check_priority(TEST_PPI);
    gic_check_priority(TEST_SGI);
}

static void test_gicr_config(void) {
    u64 sgis = gic_config_register(0), ppis = gic_config_register(16);
    u32 old = read32(sgis);
    check_equal(old & 0xaaaaaaaa, 0xaaaaaaaa, "GICR_ICFGR0 (SGIs are edges)");
    write32(sgis, 0);
    check_equal(read32(sgis), old, "GICR_ICFGR0 after a write");
    old = read32(ppis);
    write32(ppis, ~0U);
    check_equal(read32(ppis) & 0x55555555, 0, "GICR_ICFGR1: RES0 bits");
    write32(ppis, old);
    check_equal(read32(ppis), old, "GICR_ICFGR1 after it was put back");
}

static void test_gicr_group(void) {
    gic_check_group(TEST_PPI);
    // With one security state the modifier and GICR_NSACR are RES0 (12.11.9, 12.11.29).
    if (read32(gicd(GICD_CTLR)) & GICD_CTLR_DS) {
        write32(gicr(GICR_SGI_BASE + 0xd00), ~0U);
        check_equal(read32(gicr(GICR_SGI_BASE + 0xd00)), 0, "GICR_IGRPMODR0");
        write32(gicr(GICR_SGI_BASE + 0xe00), ~0U);
        check_equal(read32(gicr(GICR_SGI_BASE + 0xe00)), 0, "GICR_NSACR");
    }
}

// ICC_SGI1R_EL1: all but self does not reach the sender, an empty list nobody (12.2.20).
static void test_sgi1r(void) {
    gic_enable(TEST_SGI);
    irq_enable();
    sysreg_write(ICC_SGI1R_EL1, BIT(40) | (u64)TEST_SGI << 24);
    sysreg_write(ICC_SGI1R_EL1, (u64)TEST_SGI << 24);
    sysreg_write(ICC_SGI1R_EL1, 0xffUL << 32 | (u64)TEST_SGI << 24 | 1); // Aff2 255: no such CPU
    isb();
    check(!wait_until(irq_count[TEST_SGI] != 0, 2), "an SGI to others reaches the sender");
    gic_sgi_self(TEST_SGI);
    check(wait_until(irq_count[TEST_SGI] == 1, 100), "no SGI to self");
}

// With one security state ICC_SGI1R_EL1 sends no SGI of group 0 (12.2.20): not later, either, nor in between.
static void test_sgi1r_of_group_0(void) {
    if (!(read32(gicd(GICD_CTLR)) & GICD_CTLR_DS)) {
        test_skip("this machine has two security states");
        return;
    }
    u64 group = gic_register(GICD_IGROUPR, TEST_SGI);
    gic_enable(TEST_SGI);
    irq_enable();
    write32(group, ~(1U << TEST_SGI));
    gic_sgi_self(TEST_SGI);
    check(!gic_bit(GICD_ISPENDR, TEST_SGI), "an SGI of group 0 is pending");
    write32(group, ~0U);
    check(!wait_until(irq_count[TEST_SGI] != 0, 2), "it comes when it is of group 1 again");
    gic_sgi_self(TEST_SGI);
    check(wait_until(irq_count[TEST_SGI] == 1, 100), "no SGI of group 1");
}

#define ICC_ASGI1R_EL1 S3_0_C12_C11_6
#define ICC_SGI0R_EL1  S3_0_C12_C11_7

// Takes what is pending in group 0, its FIQ masked, and ends it.
static u32 take_group_0(void) {
    u32 intid;
    if (wait_until((intid = gic_acknowledge_fast()) != GIC_SPURIOUS, 2)) {
        gic_end_fast(intid);
    }
    return intid;
}

// ICC_SGI0R_EL1 and, with one security state, ICC_ASGI1R_EL1 send SGIs of group 0 and no other (12.2.18).
static void test_sgi0r(void) {
    u32 ctlr = read32(gicd(GICD_CTLR));
    if (!(ctlr & GICD_CTLR_DS)) {
        test_skip("this machine has two security states");
        return;
    }
    u64 group = gic_register(GICD_IGROUPR, TEST_SGI), sgi = (u64)TEST_SGI << 24;
    gic_enable(TEST_SGI);
    irq_enable();
    sysreg_write(ICC_SGI0R_EL1, sgi | 1);
    sysreg_write(ICC_ASGI1R_EL1, sgi | 1);
    isb();
    check(!wait_until(irq_count[TEST_SGI] != 0, 2), "an SGI of group 1 was sent");

    write32(group, ~(1U << TEST_SGI));
    write32(gicd(GICD_CTLR), ctlr | 3); // both groups
    sysreg_write(ICC_IGRPEN0_EL1, 1);
    isb();
    sysreg_write(ICC_SGI0R_EL1, BIT(40) | sgi);          // all but self
    sysreg_write(ICC_SGI0R_EL1, sgi);                    // nobody
    sysreg_write(ICC_SGI0R_EL1, 0xffUL << 32 | sgi | 1); // Aff2 255: no such CPU
    sysreg_write(ICC_SGI1R_EL1, sgi | 1);
    isb();
    check_equal(take_group_0(), GIC_SPURIOUS, "SGIs of group 0 to others");
    sysreg_write(ICC_SGI0R_EL1, sgi | 1);
    isb();
    check_equal(take_group_0(), TEST_SGI, "ICC_SGI0R_EL1 to self");
    sysreg_write(ICC_ASGI1R_EL1, sgi | 1);
    isb();
    check_equal(take_group_0(), TEST_SGI, "ICC_ASGI1R_EL1 to self");
    check_equal(take_group_0(), GIC_SPURIOUS, "and then");
    sysreg_write(ICC_IGRPEN0_EL1, 0);
    write32(gicd(GICD_CTLR), ctlr);
    write32(group, ~0U);
    check_equal(irq_count[TEST_SGI], 0, "it came as an IRQ, too");
}

// System register interface only: SRE reads as one, no bypass.
static void test_sre(void) {
    check_equal(sysreg_read(ICC_SRE_EL1) & 1, 1, "ICC_SRE_EL1.SRE");
    u64 ctlr = sysreg_read(ICC_CTLR_EL1);
    check((ctlr >> 8 & 7) >= 3, "ICC_CTLR_EL1.PRIbits is %lu", ctlr >> 8 & 7);
}

static const struct test tests[] = {
    {.name = "gicd-typer", .run = gic_check_typer, .gic = 3},
    {.name = "gicd-ctlr", .run = test_ctlr, .gic = 3},
    {.name = "gicd-ids", .run = test_ids, .gic = 3},
    {.name = "gicd-enable", .run = test_enable, .gic = 3},
    {.name = "gicd-pending", .run = test_pending, .gic = 3},
    {.name = "gicd-active", .run = test_active, .gic = 3},
    {.name = "gicd-priority", .run = test_priority, .gic = 3},
    {.name = "gicd-config", .run = test_config, .gic = 3},
    {.name = "gicd-group", .run = test_group, .gic = 3},
    {.name = "gicd-banked", .run = test_banked, .gic = 3},
    {.name = "gicd-router", .run = test_router, .gic = 3},
    {.name = "gicd-beyond",
     .run = gic_check_beyond,
     .gic = 3,
     .guest_only = true}, // QEMU keeps bits of all 1020
    {.name = "gicd-message", .run = test_message, .gic = 3},
    {.name = "gicr-typer", .run = test_gicr_typer, .gic = 3},
    {.name = "gicr-waker", .run = test_gicr_waker, .gic = 3},
    {.name = "gicr-ctlr", .run = test_gicr_ctlr, .gic = 3},
    {.name = "gicr-enable", .run = test_gicr_enable, .gic = 3},
    {.name = "gicr-pending", .run = test_gicr_pending, .gic = 3},
    {.name = "gicr-active", .run = test_gicr_active, .gic = 3},
    {.name = "gicr-priority", .run = test_gicr_priority, .gic = 3},
    {.name = "gicr-config", .run = test_gicr_config, .gic = 3},
    {.name = "gicr-group", .run = test_gicr_group, .gic = 3},
    {.name = "gicv3-sgi1r", .run = test_sgi1r, .gic = 3},
    {.name = "gicv3-sgi0r", .run = test_sgi0r, .gic = 3},
    {.name = "gicv3-sgi1r-of-group-0", .run = test_sgi1r_of_group_0, .gic = 3},
    {.name = "gicv3-sre", .run = test_sre, .gic = 3},
};
const struct test_group group_gic_v3 = TEST_GROUP(tests);
