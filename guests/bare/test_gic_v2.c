// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers of the GICv2 distributor (IHI 0048B 4.3), and what the CPU interface adds.
#include "guests/bare/test_gic_regs.h"

#define TEST_SGI 6

static u64 gicd(u32 offset) {
    return machine.gicd.base + offset;
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
    gic_check_priority(16);
    gic_check_priority(0);
}

static void test_config(void) {
    gic_check_config(gic_free_spi());
    u32 sgis = read32(gicd(GICD_ICFGR));
    check_equal(sgis & 0xaaaaaaaa, 0xaaaaaaaa, "GICD_ICFGR0 (SGIs are edges)");
    write32(gicd(GICD_ICFGR), 0);
    check_equal(read32(gicd(GICD_ICFGR)), sgis, "GICD_ICFGR0 after a write");
}

static void test_group(void) {
    gic_check_group(gic_free_spi());
}

static void test_ids(void) {
    gic_check_ids(machine.gicd.base, 0x1000);
}

static void test_ctlr(void) {
    gic_check_ctlr(1);
}

// SGIs and PPIs name the reading CPU, read-only; a uniprocessor may read as zero (4.3.12).
static void test_targets(void) {
    u32 own = read32(gicd(GICD_ITARGETSR)), mask = (1U << machine.cpus) - 1;
    for (u32 i = 0; i < 32; i += 4) {
        check_equal(read32(gicd(GICD_ITARGETSR + i)), own, "GICD_ITARGETSR of INTID %u", i);
        write32(gicd(GICD_ITARGETSR + i), ~own);
        check_equal(read32(gicd(GICD_ITARGETSR + i)), own, "GICD_ITARGETSR of INTID %u after a write", i);
    }
    check(own == 0 || (own & 0xff) == 1, "GICD_ITARGETSR0 names CPU set 0x%x", own);
    if (own == 0) {
        return;
    }
    u64 address = gicd(GICD_ITARGETSR + gic_free_spi());
    write8(address, 0xff);
    check_equal(read8(address), mask, "target byte after writing ones");
    write8(address, 0);
    check_equal(read8(address), 0, "target byte after writing zero");
    write8(address, 1);
    check_equal(read8(address), 1, "target byte");
}

static void test_sgi_pending(void) {
    u32 word = TEST_SGI & ~3U, bit = 1U << (TEST_SGI % 4 * 8);
    gic_enable(TEST_SGI);
    write32(gicd(GICD_SPENDSGIR + word), bit);
    check_equal(read32(gicd(GICD_SPENDSGIR + word)), bit, "GICD_SPENDSGIR after set");
    check_equal(read32(gicd(GICD_CPENDSGIR + word)), bit, "GICD_CPENDSGIR after set");
    check(gic_bit(GICD_ISPENDR, TEST_SGI), "GICD_ISPENDR0 is 0 after set");
    write32(gicd(GICD_CPENDSGIR + word), bit);
    check_equal(read32(gicd(GICD_SPENDSGIR + word)), 0, "GICD_SPENDSGIR after clear");
    irq_enable();
    check(!wait_until(irq_count[TEST_SGI] != 0, 2), "a cleared SGI arrives");
    write8(gicd(GICD_SPENDSGIR + TEST_SGI), 1);
    check(wait_until(irq_count[TEST_SGI] == 1, 100), "an SGI set pending does not arrive");
}

// Filters of GICD_SGIR: 0 the listed CPUs, 1 all others, 2 the writer (4.3.15).
static void test_sgir(void) {
    gic_enable(TEST_SGI);
    irq_enable();
    write32(gicd(GICD_SGIR), 1U << 16 | TEST_SGI);
    check(wait_until(irq_count[TEST_SGI] == 1, 100), "no SGI by target list");
    write32(gicd(GICD_SGIR), 1U << 24 | TEST_SGI);
    write32(gicd(GICD_SGIR), TEST_SGI);
    (void)wait_until(false, 2);
    check_equal(irq_count[TEST_SGI], 1, "arrivals after SGIs to others and to nobody");
    write32(gicd(GICD_SGIR), 3U << 24 | TEST_SGI); // reserved: whatever it does, it ends
    check_equal(read32(gicd(GICD_SGIR)), 0, "GICD_SGIR (write-only) as read");
}

// What GICD_SGIR has sent reads as pending at once, whatever was sent before it, and can be taken back.
static void test_sgir_pending(void) {
    for (u32 sgi = 0; sgi < 16; sgi++) {
        gic_enable(sgi);
        write32(gicd(GICD_SGIR), 2U << 24 | sgi);
        check(gic_bit(GICD_ISPENDR, sgi), "GICD_ISPENDR0 has not SGI %u, which was sent", sgi);
        check_equal(read8(gicd(GICD_SPENDSGIR + sgi)), 1, "senders of SGI %u", sgi);
        write8(gicd(GICD_CPENDSGIR + sgi), 1);
        check(!gic_bit(GICD_ISPENDR, sgi), "GICD_ISPENDR0 has SGI %u, which was taken back", sgi);
    }
    irq_enable();
    (void)wait_until(false, 2);
    for (u32 sgi = 0; sgi < 16; sgi++) {
        check_equal(irq_count[sgi], 0, "arrivals of SGI %u", sgi);
    }
}

static const struct test tests[] = {
    {.name = "gicd-typer", .run = gic_check_typer, .gic = 2},
    {.name = "gicd-ctlr", .run = test_ctlr, .gic = 2},
    {.name = "gicd-ids", .run = test_ids, .gic = 2},
    {.name = "gicd-enable", .run = test_enable, .gic = 2},
    {.name = "gicd-pending", .run = test_pending, .gic = 2},
    {.name = "gicd-active", .run = test_active, .gic = 2},
    {.name = "gicd-priority", .run = test_priority, .gic = 2},
    {.name = "gicd-config", .run = test_config, .gic = 2},
    {.name = "gicd-group", .run = test_group, .gic = 2},
    {.name = "gicd-targets", .run = test_targets, .gic = 2},
    {.name = "gicd-sgi-pending", .run = test_sgi_pending, .gic = 2},
    {.name = "gicd-sgir", .run = test_sgir, .gic = 2},
    {.name = "gicd-sgir-pending", .run = test_sgir_pending, .gic = 2},
    {.name = "gicd-beyond", .run = gic_check_beyond, .gic = 2},
};
const struct test_group group_gic_v2 = TEST_GROUP(tests);
