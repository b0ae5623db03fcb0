// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The register tests of test_gic_regs.h. References: IHI 0048B chapter 4, IHI 0069 chapter 12.
#include "guests/bare/test_gic_regs.h"

static void check_pair(u32 set, u32 clear, u32 intid, const char *what) {
    u64 set_register = gic_register(set, intid), clear_register = gic_register(clear, intid);
    u32 bit = 1U << (intid & 31), rest = read32(set_register) & ~bit;
    write32(clear_register, bit);
    check(!(read32(set_register) & bit), "%s: set after clear", what);
    write32(set_register, bit);
    check(read32(set_register) & bit, "%s: clear after set", what);
    check_equal(read32(clear_register), read32(set_register), "%s: clear register against set register",
                what);
    write32(set_register, 0);
    write32(clear_register, 0);
    check(read32(set_register) & bit, "%s: writing zeros changes it", what);
    write32(clear_register, bit);
    check_equal(read32(clear_register), rest, "%s: register after clear", what);
    check_equal(read32(set_register), rest, "%s: register after clear", what);
}

void gic_check_enable(u32 intid) {
    check_pair(GICD_ISENABLER, GICD_ICENABLER, intid, "enable");
}

void gic_check_pending(u32 intid) {
    check_pair(GICD_ISPENDR, GICD_ICPENDR, intid, "pending");
}

void gic_check_active(u32 intid) {
    check_pair(GICD_ISACTIVER, GICD_ICACTIVER, intid, "active");
}

void gic_check_priority(u32 intid) {
    u64 address = gic_priority_register(intid & ~3U);
    write8(address, 0xff);
    u8 mask = read8(address);
    check(mask >= 0xf0 && (u8)(mask << 1 | mask) == mask, "implemented priority bits 0x%x", mask);
    for (u32 i = 0; i < 4; i++) {
        write8(address + i, (u8)(0x20 + i * 0x40));
    }
    for (u32 i = 0; i < 4; i++) {
        check_equal(read8(address + i), (0x20 + i * 0x40) & mask, "priority byte %u", i);
    }
    check_equal(read32(address), 0xe0a06020 & (mask * 0x01010101U), "priority word");
    write32(address, 0x10305070);
    check_equal(read32(address), 0x10305070 & (mask * 0x01010101U), "priority word, written as one");
    check_equal(read8(address + 3), 0x10 & mask, "byte 3 of a word");
    write32(address, GIC_DEFAULT_PRIORITY * 0x01010101U);
}

void gic_check_config(u32 spi) {
    u64 address = gic_config_register(spi);
    u32 bit = 2U << (spi % 16 * 2);
    gic_set_edge(spi, true);
    check_equal(read32(address), bit, "ICFGR after edge");
    gic_set_edge(spi, false);
    check_equal(read32(address), 0, "ICFGR after level");
}

void gic_check_group(u32 intid) {
    u64 address = gic_register(GICD_IGROUPR, intid);
    u32 old = read32(address);
    write32(address, ~0U);
    u32 ones = read32(address);
    write32(address, 0);
    u32 zeros = read32(address);
    check((ones & ~zeros) == ~0U || ones == zeros, "IGROUPR is partly writable: ones 0x%x zeros 0x%x", ones,
          zeros);
    write32(address, old);
    check_equal(read32(address), old, "IGROUPR after it was put back");
}

void gic_check_beyond(void) {
    u32 lines = gic_lines();
    if (lines + 32 > 1020) {
        test_skip("every INTID is implemented");
        return;
    }
    static const u32 offsets[] = {GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
                                  GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER};
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        u64 address = gic_register(offsets[i], lines);
        write32(address, ~0U);
        check_equal(read32(address), 0, "register at offset 0x%x behind the last INTID",
                    (u32)(address & 0xffff));
    }
    write32(gic_priority_register(lines), ~0U);
    check_equal(read32(gic_priority_register(lines)), 0, "IPRIORITYR behind the last INTID");
    write32(gic_config_register(lines), ~0U);
    check_equal(read32(gic_config_register(lines)), 0, "ICFGR behind the last INTID");
}

void gic_check_ids(u64 frame, u64 end) {
    static const u8 component[] = {0x0d, 0xf0, 0x05, 0xb1};
    for (u32 i = 0; i < 4; i++) {
        u64 address = frame + end - 16 + i * 4;
        check_equal(read32(address) & 0xff, component[i], "CIDR%u", i);
        write32(address, 0);
        check_equal(read32(address) & 0xff, component[i], "CIDR%u after a write", i);
    }
    check_equal(read32(frame + end - 24) >> 4 & 15, machine.gic_version, "PIDR2.ArchRev");
}

void gic_check_typer(void) {
    u32 typer = read32(machine.gicd.base + GICD_TYPER);
    check(gic_lines() > machine.uart_intid, "GICD_TYPER: only %u INTIDs", gic_lines());
    if (machine.gic_version == 2) {
        check_equal(typer >> 5 & 7, machine.cpus - 1, "GICD_TYPER.CPUNumber");
    } else {
        check(((typer >> 19 & 31) + 1) >= 10, "GICD_TYPER.IDbits is %u", typer >> 19 & 31);
    }
    write32(machine.gicd.base + GICD_TYPER, ~typer);
    check_equal(read32(machine.gicd.base + GICD_TYPER), typer, "GICD_TYPER after a write");
    u32 iidr = read32(machine.gicd.base + GICD_IIDR);
    write32(machine.gicd.base + GICD_IIDR, ~iidr);
    check_equal(read32(machine.gicd.base + GICD_IIDR), iidr, "GICD_IIDR after a write");
}

void gic_check_ctlr(u32 enable) {
    u64 address = machine.gicd.base + GICD_CTLR;
    u32 spi = gic_free_spi();
    write32(address, read32(address) & ~enable);
    check_equal(read32(address) & enable, 0, "GICD_CTLR enable after clear");
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(!wait_until(irq_count[spi] != 0, 2), "an interrupt from a disabled distributor");
    write32(address, read32(address) | enable);
    check_equal(read32(address) & enable, enable, "GICD_CTLR enable after set");
    check(wait_until(irq_count[spi] == 1, 100), "no interrupt after the distributor was enabled");
}
