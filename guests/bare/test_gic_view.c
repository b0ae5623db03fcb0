// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A GICv2 as a guest sees it, field by field: reset values, read-only and reserved fields, sizes of accesses,
// GICD_SGIR, software's pending and active state of each kind of source, and the two groups at the CPU
// interface. References: IHI 0048B chapters 3 and 4.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"
#include "guests/bare/pl061.h"

enum { // (4.1.3)
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_BPR = 0x08,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GICC_RPR = 0x14,
    GICC_HPPIR = 0x18,
    GICC_ABPR = 0x1c,
    GICC_AIAR = 0x20,
    GICC_AEOIR = 0x24,
    GICC_AHPPIR = 0x28,
    GICC_APR0 = 0xd0,
    GICC_IIDR = 0xfc,
};
#define CTLR_GROUP0  BIT(0)
#define CTLR_GROUP1  BIT(1)
#define CTLR_ACKCTL  BIT(2)
#define CTLR_CBPR    BIT(4)
#define CTLR_FIELDS  0x21fU // groups, AckCtl, FIQEn, CBPR, EOImode (4.4.1)
#define GROUP1_FIRST 1022   // acknowledged as group 0, the most urgent is of group 1

#define SGI   6
#define OTHER 9

static u64 gicd(u32 offset) {
    return machine.gicd.base + offset;
}

static u32 gicc_read(u32 offset) {
    return read32(machine.gicc.base + offset);
}

static void gicc_write(u32 offset, u32 value) {
    write32(machine.gicc.base + offset, value);
    dsb();
}

// ---- Reset ----

static u32 reset_wrong, reset_first; // registers that differ, and the first one's offset

static void expect_at_reset(u32 offset, u32 got, u32 want) {
    if (got != want && reset_wrong++ == 0) {
        reset_first = offset;
    }
}

void gic_v2_note_reset_state(void) {
    static const u32 bits[] = {GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
                               GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER};
    expect_at_reset(GICD_CTLR, read32(gicd(GICD_CTLR)), 0);
    for (u32 block = 0; block < gic_lines() / 32; block++) {
        for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
            u32 offset = bits[i] + 4 * block, got = read32(gicd(offset));
            // SGIs may be enabled always (4.3.5).
            bool sgis = block == 0 && got == 0xffff && bits[i] >= GICD_ISENABLER && bits[i] < GICD_ISPENDR;
            expect_at_reset(offset, got, sgis ? 0xffff : 0);
        }
        for (u32 i = 0; i < 32; i += 4) {
            u32 offset = GICD_IPRIORITYR + 32 * block + i;
            expect_at_reset(offset, read32(gicd(offset)), 0);
        }
    }
    expect_at_reset(GICD_ICFGR, read32(gicd(GICD_ICFGR)) & 0xaaaaaaaa, 0xaaaaaaaa);
    u32 point = gicc_read(GICC_BPR);
    gicc_write(GICC_BPR, 0); // the least that there is, which is the reset value (4.4.3)
    expect_at_reset(0x10000 | GICC_BPR, point, gicc_read(GICC_BPR));
    expect_at_reset(0x10000 | GICC_ABPR, gicc_read(GICC_ABPR), point + 1);
    expect_at_reset(0x10000 | GICC_CTLR, gicc_read(GICC_CTLR), 0);
    expect_at_reset(0x10000 | GICC_PMR, gicc_read(GICC_PMR), 0);
    expect_at_reset(0x10000 | GICC_IAR, gicc_read(GICC_IAR), GIC_SPURIOUS);
    expect_at_reset(0x10000 | GICC_RPR, gicc_read(GICC_RPR), 0xff);
    expect_at_reset(0x10000 | GICC_HPPIR, gicc_read(GICC_HPPIR), GIC_SPURIOUS);
    expect_at_reset(0x10000 | GICC_APR0, gicc_read(GICC_APR0), 0);
}

static void test_reset(void) {
    check_equal(reset_wrong, 0, "registers not as after a reset, the first at offset 0x%x (0x1....: GICC)",
                reset_first);
}

// ---- Registers ----

static void test_interface_fields(void) {
    gicc_write(GICC_CTLR, ~0U);
    check_equal(gicc_read(GICC_CTLR) & ~CTLR_FIELDS, 0, "reserved bits of GICC_CTLR after writing ones");
    check_equal(gicc_read(GICC_CTLR) & 3, 3, "group enables of GICC_CTLR after writing ones");
    gicc_write(GICC_CTLR, 0);
    check_equal(gicc_read(GICC_CTLR), 0, "GICC_CTLR after writing zero");
    gicc_write(GICC_PMR, ~0U);
    u32 mask = gicc_read(GICC_PMR);
    check(mask >= 0xf0 && mask <= 0xff && (u8)(mask << 1 | mask) == mask, "priority mask bits 0x%x", mask);
    static const u32 points[] = {GICC_BPR, GICC_ABPR};
    for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
        gicc_write(points[i], 0);
        u32 least = gicc_read(points[i]);
        check(least <= 3 + i, "the least binary point is %u", least);
        for (u32 point = 0; point < 8; point++) {
            gicc_write(points[i], point | ~7U);
            check_equal(gicc_read(points[i]), point > least ? point : least, "binary point after writing %u",
                        point);
        }
    }
    static const u32 fixed[] = {GICC_RPR, GICC_HPPIR, GICC_AHPPIR, GICC_IIDR};
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
        u32 value = gicc_read(fixed[i]);
        gicc_write(fixed[i], ~value);
        check_equal(gicc_read(fixed[i]), value, "GICC register 0x%x after a write", fixed[i]);
    }
    check_equal(gicc_read(GICC_IIDR) >> 16 & 15, 2, "GICC_IIDR, architecture version");
    check_equal(gicc_read(GICC_EOIR), 0, "GICC_EOIR (write-only) as read");
    check_equal(gicc_read(GICC_AEOIR), 0, "GICC_AEOIR (write-only) as read");
}

// Reserved places, and what only the Security Extensions have, read as zero and ignore writes (4.1.2).
static void test_reserved(void) {
    static const u32 offsets[] = {0x00c, 0x01c, 0x040, 0x07c, 0xe00, 0xe3c, 0xf04, 0xf30, 0xfcc};
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        write32(gicd(offsets[i]), ~0U);
        check_equal(read32(gicd(offsets[i])), 0, "GICD offset 0x%x", offsets[i]);
    }
    u32 ctlr = read32(gicd(GICD_CTLR));
    write32(gicd(GICD_CTLR), ~0U);
    check_equal(read32(gicd(GICD_CTLR)), 3, "GICD_CTLR after writing ones");
    write32(gicd(GICD_CTLR), ctlr);
    check_equal(read32(gicd(GICD_TYPER)) >> 10, 0, "GICD_TYPER: LSPI and SecurityExtn");
}

// One CPU: all interrupts go to it, and the registers read as zero and ignore writes (4.3.12).
static void test_targets_of_one(void) {
    if (machine.cpus != 1) {
        test_skip("there are several CPUs");
        return;
    }
    u32 spi = gic_free_spi();
    for (u32 intid = 0; intid < gic_lines(); intid += 4) {
        write32(gicd(GICD_ITARGETSR + intid), ~0U);
        check_equal(read32(gicd(GICD_ITARGETSR + intid)), 0, "GICD_ITARGETSR of INTID %u", intid);
    }
    write8(gicd(GICD_ITARGETSR + spi), 0);
    gic_set_edge(spi, true);
    gic_set_bit(GICD_ISENABLER, spi);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(wait_until(irq_count[spi] == 1, 10), "an SPI without a target does not come");
}

// Bytes of the arrays that have bytes, beside words (4.1.2): a byte changes nothing beside it.
static void test_bytes(void) {
    u32 spi = gic_free_spi() & ~3U;
    u64 priority = gicd(GICD_IPRIORITYR + spi);
    write32(priority, 0x40404040);
    write8(priority + 2, 0xff);
    check_equal(read32(priority), 0x40404040 | (u32)(read8(priority + 2) << 16), "priorities");
    for (u32 i = 0; i < 4; i++) {
        gic_enable(i);
    }
    write32(gicd(GICD_SPENDSGIR), 0x01010101);
    check_equal(read32(gicd(GICD_CPENDSGIR)), 0x01010101, "SGIs set pending");
    write8(gicd(GICD_CPENDSGIR + 1), 0xff);
    check_equal(read32(gicd(GICD_SPENDSGIR)), 0x01010001, "SGIs after a byte was cleared");
    write32(gicd(GICD_CPENDSGIR), 0x00000001);
    check_equal(read32(gicd(GICD_SPENDSGIR)), 0x01010000, "SGIs after one was cleared by a word");
    write8(gicd(GICD_SPENDSGIR + 1), 0xfe); // CPUs that are not there
    check_equal(read8(gicd(GICD_SPENDSGIR + 1)), 0, "senders that do not exist");
    check_equal(read32(gicd(GICD_ISPENDR)) & 0xffff, 0xc, "GICD_ISPENDR0");
    write32(gicd(GICD_ICPENDR), 0xffff); // SGIs have registers of their own (4.3.7, 4.3.8)
    check_equal(read32(gicd(GICD_ISPENDR)) & 0xffff, 0xc, "GICD_ISPENDR0 after a write to GICD_ICPENDR0");
    write32(gicd(GICD_ISPENDR), 0xffff);
    check_equal(read32(gicd(GICD_ISPENDR)) & 0xffff, 0xc, "GICD_ISPENDR0 after a write to it");
    write32(gicd(GICD_CPENDSGIR), ~0U);
    check_equal(read32(gicd(GICD_ISPENDR)) & 0xffff, 0, "GICD_ISPENDR0 after all were cleared");
}

static u32 sgi_iar;

static void sgi_hook(u32 iar) {
    sgi_iar = iar;
    irq_count_and_end(iar);
}

// Each filter (3 is reserved) with every list; NSATT (bit 15) and the reserved bits mean nothing here
// (4.3.15).
static void test_sgir_fields(void) {
    static const u32 ignored[] = {0, BIT(15), 0xfc007ff0};
    u32 expected = 0, all = (1U << machine.cpus) - 1;
    irq_hook = sgi_hook;
    gic_enable(SGI);
    irq_enable();
    for (u32 filter = 0; filter < 3; filter++) {
        for (u32 list = 0; list < 256; list += 1 + list % 5) {
            bool to_self = filter == 0 ? list & 1 : filter == 2;
            if (filter == 0 && list & all & ~1U) {
                continue; // another CPU would have to take it
            }
            sgi_iar = ~0U;
            write32(gicd(GICD_SGIR), ignored[list % 3] | filter << 24 | list << 16 | SGI);
            expected += to_self;
            check(wait_until(irq_count[SGI] == expected, to_self ? 10 : 0), "filter %u: it does not come",
                  filter);
            check_equal(sgi_iar, to_self ? SGI : ~0U, "what GICC_IAR gave, filter %u", filter);
        }
    }
    check(!wait_until(irq_count[SGI] != expected, 1), "one more comes");
}

// ---- Pending and active, by software ----

static void finish_device(u32 intid) {
    if (intid == machine.timer_intid) {
        timer_stop();
    } else if (intid == machine.gpio_intid) {
        pl061_lower();
    } else if (intid == machine.uart_intid) {
        write32(machine.uart.base + PL011_IMSC, 0);
    }
}

static void device_hook(u32 iar) {
    finish_device(gic_intid(iar));
    irq_count_and_end(iar);
}

static void raise_device(u32 intid) {
    if (intid == machine.timer_intid) {
        timer_start(0);
        (void)wait_until(sysreg_read(cntv_ctl_el0) & TIMER_ISTATUS, 10);
    } else if (intid == machine.gpio_intid) {
        pl061_raise();
    } else {
        write32(machine.uart.base + PL011_IMSC, PL011_INT_TX);
    }
}

// The sources that have a wire, a level: the timer, a device of the VMM's, one that is passed through.
static void for_each_wire(void (*run)(u32 intid)) {
    print("# the UART has sent this\n"); // so its line is high once it may be
    console_flush();
    irq_hook = device_hook;
    run(machine.timer_intid);
    run(machine.uart_intid);
    if (machine.gpio_intid && pl061_start()) {
        run(machine.gpio_intid);
    }
}

static void check_once(u32 intid, const char *what) {
    irq_enable();
    (void)wait_until(irq_count[intid] == 1, 10);
    (void)wait_until(irq_count[intid] > 1, 1);
    irq_disable();
    check_equal(irq_count[intid], 1, "INTID %u", intid);
    check(irq_count[intid] == 1, "%s", what);
    check(!gic_bit(GICD_ISPENDR, intid), "INTID %u is pending after it", intid);
    check(!gic_bit(GICD_ISACTIVER, intid), "INTID %u is active after it", intid);
    irq_count[intid] = 0;
}

// High, and set pending by software, before it is acknowledged: that is pending once (4.3.7, figure 4-10).
static void set_pending_twice(u32 intid) {
    gic_enable(intid);
    raise_device(intid);
    check(wait_until(gic_bit(GICD_ISPENDR, intid), 10), "INTID %u does not read as pending", intid);
    gic_set_bit(GICD_ISPENDR, intid);
    gic_set_bit(GICD_ISPENDR, intid);
    check_once(intid, "high, and set pending");
}

static void test_pending_once(void) {
    for_each_wire(set_pending_twice);
}

// What software set stays when the line falls, until ICPENDR, or the acknowledgement, takes it.
static void latch(u32 intid) {
    gic_enable(intid);
    raise_device(intid);
    gic_set_bit(GICD_ISPENDR, intid);
    finish_device(intid);
    check(gic_bit(GICD_ISPENDR, intid), "INTID %u: set by software while high, it goes with the line", intid);
    check_once(intid, "set pending with a high line, which fell");
    gic_set_bit(GICD_ISPENDR, intid);
    raise_device(intid);
    finish_device(intid);
    check(gic_bit(GICD_ISPENDR, intid), "INTID %u: set by software, it goes with the line", intid);
    gic_set_bit(GICD_ICPENDR, intid);
    check(!gic_bit(GICD_ISPENDR, intid), "INTID %u: ICPENDR does not clear it", intid);
    gic_set_bit(GICD_ISPENDR, intid);
    check_once(intid, "set pending with a low line");
}

static void test_latch(void) {
    for_each_wire(latch);
}

// Active by software: it does not come until it is made inactive, then it does.
static void activate(u32 intid) {
    gic_enable(intid);
    gic_set_bit(GICD_ISACTIVER, intid);
    check(gic_bit(GICD_ISACTIVER, intid), "INTID %u is not active after GICD_ISACTIVER", intid);
    raise_device(intid);
    irq_enable();
    check(!wait_until(irq_count[intid] != 0, 1), "INTID %u comes though it is active", intid);
    irq_disable();
    check(gic_bit(GICD_ISPENDR, intid), "INTID %u is not pending beside its active state", intid);
    gic_set_bit(GICD_ICACTIVER, intid);
    check_once(intid, "no longer active");
}

static void test_activate(void) {
    for_each_wire(activate);
}

// Set pending while it is handled: it comes once more, with the line low; held high till then, no oftener.
static u32 set_again;

static void again_hook(u32 iar) {
    u32 intid = gic_intid(iar);
    if (irq_count[intid] == 0) {
        if (set_again == 1) {
            finish_device(intid);
        }
        gic_set_bit(GICD_ISPENDR, intid);
        check(gic_bit(GICD_ISPENDR, intid), "INTID %u: not pending after a set in its handler", intid);
        check(gic_bit(GICD_ISACTIVER, intid), "INTID %u: not active after a set in its handler", intid);
        if (set_again == 2) {
            finish_device(intid);
        }
    } else if (set_again == 3) {
        finish_device(intid);
    }
    irq_count_and_end(iar);
}

static void pend_in_handler(u32 intid) {
    irq_hook = again_hook;
    gic_enable(intid);
    for (set_again = 1; set_again <= 3; set_again++) {
        irq_count[intid] = 0;
        raise_device(intid);
        irq_enable();
        (void)wait_until(irq_count[intid] == 2, 30); // an emulated GICv2 looks at its lines late
        (void)wait_until(irq_count[intid] > 2, 1);
        irq_disable();
        check_equal(irq_count[intid], 2, "arrivals of INTID %u", intid);
        check(!gic_bit(GICD_ISPENDR, intid), "INTID %u is pending after it", intid);
        check(!gic_bit(GICD_ISACTIVER, intid), "INTID %u is active after it", intid);
    }
}

static void test_pending_in_handler(void) {
    for_each_wire(pend_in_handler);
}

// Pending by its line, then active by software too: it comes when it is no longer active.
static void activate_pending(u32 intid) {
    gic_enable(intid);
    raise_device(intid);
    check(wait_until(gic_bit(GICD_ISPENDR, intid), 10), "INTID %u does not read as pending", intid);
    gic_set_bit(GICD_ISACTIVER, intid);
    check(gic_bit(GICD_ISACTIVER, intid), "INTID %u is not active after GICD_ISACTIVER", intid);
    check(gic_bit(GICD_ISPENDR, intid), "INTID %u is not pending after GICD_ISACTIVER", intid);
    irq_enable();
    check(!wait_until(irq_count[intid] != 0, 1), "INTID %u comes though it is active", intid);
    irq_disable();
    gic_set_bit(GICD_ICACTIVER, intid);
    check_once(intid, "no longer active");
}

static void test_activate_pending(void) {
    for_each_wire(activate_pending);
}

// Two of the hardware's are pending, so that all list registers of the kernel's may be in use, when software
// sets a third one pending.
static void test_pending_beside_others(void) {
    u32 intid = machine.timer_intid;
    if (!machine.ptimer_intid || !pl061_start()) {
        test_skip("no physical timer, or no PL061, is this machine's");
        return;
    }
    irq_hook = device_hook;
    gic_set_priority(machine.gpio_intid, 0x20);
    gic_set_priority(machine.ptimer_intid, 0x40);
    gic_enable(machine.gpio_intid);
    gic_enable(machine.ptimer_intid);
    gic_enable(intid);
    pl061_raise();
    ptimer_start(0);
    (void)wait_until(gic_bit(GICD_ISPENDR, machine.ptimer_intid), 10);
    gic_set_bit(GICD_ISPENDR, intid);
    check(gic_bit(GICD_ISPENDR, intid), "GICD_ISPENDR: not pending after set");
    gic_set_priority(intid, 0x60);
    check(gic_bit(GICD_ISPENDR, intid), "GICD_ISPENDR: not pending after its priority changed");
    ptimer_stop();
    check_once(intid, "set pending beside two others");
}

// ---- The two groups at the CPU interface (3.5, 4.4) ----

static void to_group1(u32 intid) {
    u64 address = gic_register(GICD_IGROUPR, intid);
    write32(address, read32(address) | 1U << (intid & 31));
    write32(gicd(GICD_CTLR), 3);
}

static void test_group1_acknowledge(void) {
    gic_enable(SGI);
    gic_enable(OTHER);
    to_group1(SGI);
    gicc_write(GICC_CTLR, CTLR_GROUP0 | CTLR_GROUP1);
    gic_sgi_self(SGI);
    check_equal(gicc_read(GICC_HPPIR), GROUP1_FIRST, "GICC_HPPIR, of group 1");
    if (gicc_read(GICC_AHPPIR) == 0) {
        test_skip("the CPU interface lacks GICC_AIAR, GICC_AEOIR and GICC_AHPPIR");
        return;
    }
    check_equal(gicc_read(GICC_AHPPIR), SGI, "GICC_AHPPIR, of group 1");
    check_equal(gicc_read(GICC_IAR), GROUP1_FIRST, "GICC_IAR, of group 1");
    gic_set_priority(OTHER, 0x20);
    gic_sgi_self(OTHER);
    check_equal(gicc_read(GICC_AHPPIR), GIC_SPURIOUS, "GICC_AHPPIR, of group 0");
    check_equal(gicc_read(GICC_AIAR), GIC_SPURIOUS, "GICC_AIAR, of group 0");
    check_equal(gicc_read(GICC_IAR), OTHER, "GICC_IAR, of group 0");
    gicc_write(GICC_EOIR, OTHER);
    check_equal(gicc_read(GICC_AIAR), SGI, "GICC_AIAR, of group 1");
    check(gic_bit(GICD_ISACTIVER, SGI), "GICD_ISACTIVER, of group 1");
    check_equal(gicc_read(GICC_RPR), GIC_DEFAULT_PRIORITY, "running priority, of group 1");
    gicc_write(GICC_AEOIR, SGI);
    check(!gic_bit(GICD_ISACTIVER, SGI), "GICD_ISACTIVER after GICC_AEOIR");
    check_equal(gicc_read(GICC_RPR), 0xff, "running priority after GICC_AEOIR");
    gicc_write(GICC_CTLR, CTLR_GROUP0 | CTLR_GROUP1 | CTLR_ACKCTL);
    gic_sgi_self(SGI);
    check_equal(gicc_read(GICC_HPPIR), SGI, "GICC_HPPIR, of group 1, with AckCtl");
    check_equal(gicc_read(GICC_IAR), SGI, "GICC_IAR, of group 1, with AckCtl");
    gicc_write(GICC_EOIR, SGI);
    check(!gic_bit(GICD_ISACTIVER, SGI), "GICD_ISACTIVER after GICC_EOIR, with AckCtl");
}

// A group that is off, at the Distributor or at the CPU interface, keeps what is pending of it.
static void test_group_enables(void) {
    gic_enable(SGI);
    to_group1(SGI);
    gicc_write(GICC_CTLR, CTLR_GROUP0 | CTLR_ACKCTL);
    gic_sgi_self(SGI);
    irq_enable();
    check(!wait_until(irq_count[SGI] != 0, 1), "an SGI of a group that GICC_CTLR has off");
    gicc_write(GICC_CTLR, CTLR_GROUP0 | CTLR_GROUP1 | CTLR_ACKCTL);
    check(wait_until(irq_count[SGI] == 1, 10), "no SGI after GICC_CTLR has its group on");
    write32(gicd(GICD_CTLR), 1);
    gic_sgi_self(SGI);
    check(!wait_until(irq_count[SGI] != 1, 1), "an SGI of a group that GICD_CTLR has off");
    check(gic_bit(GICD_ISPENDR, SGI), "an SGI of a group that GICD_CTLR has off is lost");
    write32(gicd(GICD_CTLR), 3);
    check(wait_until(irq_count[SGI] == 2, 10), "no SGI after GICD_CTLR has its group on");
    irq_disable();
}

// Group 1 has GICC_ABPR, or with CBPR GICC_BPR (3.3.3).
static u32 begun[2];

static void preempted_hook(u32 iar) {
    if (gic_intid(iar) == SGI) {
        gic_sgi_self(OTHER);
        irq_enable();
        (void)wait_until(begun[1], 1);
        irq_disable();
        begun[0] = begun[1];
    } else {
        begun[1] = 1;
    }
    gic_end(iar);
}

static bool preempts(u32 ctlr, u32 point, u32 aliased) {
    begun[0] = begun[1] = 0;
    irq_hook = preempted_hook;
    gicc_write(GICC_CTLR, CTLR_GROUP0 | CTLR_GROUP1 | CTLR_ACKCTL | ctlr);
    gicc_write(GICC_BPR, point);
    gicc_write(GICC_ABPR, aliased);
    gic_sgi_self(SGI);
    irq_enable();
    (void)wait_until(begun[1], 10);
    irq_disable();
    return begun[0];
}

static void test_group1_binary_point(void) {
    gic_enable(SGI);
    gic_enable(OTHER);
    to_group1(SGI);
    to_group1(OTHER);
    gic_set_priority(SGI, 0xa0);
    gic_set_priority(OTHER, 0x80);
    check(preempts(0, 7, 3), "GICC_ABPR 3: no preemption");
    check(!preempts(0, 0, 7), "GICC_ABPR 7: preemption");
    check(preempts(CTLR_CBPR, 0, 7), "GICC_BPR 0 for both: no preemption");
    check(!preempts(CTLR_CBPR, 7, 3), "GICC_BPR 7 for both: preemption");
}

static const struct test tests[] = {
    {.name = "gicv2-reset", .run = test_reset, .gic = 2, .guest_only = true},
    {.name = "gicv2-interface-fields", .run = test_interface_fields, .gic = 2},
    {.name = "gicv2-reserved", .run = test_reserved, .gic = 2},
    {.name = "gicv2-targets-of-one", .run = test_targets_of_one, .gic = 2},
    {.name = "gicv2-bytes", .run = test_bytes, .gic = 2},
    {.name = "gicv2-sgir-fields", .run = test_sgir_fields, .gic = 2},
    {.name = "gicv2-group1-acknowledge", .run = test_group1_acknowledge, .gic = 2},
    {.name = "gicv2-group-enables", .run = test_group_enables, .gic = 2},
    {.name = "gicv2-group1-binary-point", .run = test_group1_binary_point, .gic = 2},
    {.name = "gic-set-pending-once", .run = test_pending_once},
    {.name = "gic-set-pending-latch", .run = test_latch},
    {.name = "gic-set-pending-beside-others", .run = test_pending_beside_others},
    {.name = "gic-set-pending-in-handler", .run = test_pending_in_handler},
    {.name = "gic-set-active", .run = test_activate},
    {.name = "gic-set-active-pending", .run = test_activate_pending},
};
const struct test_group group_gic_view = TEST_GROUP(tests);
