// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Interrupts of each source that are disabled and enabled while pending: none comes while disabled, each once
// when enabled. And SGIs for CPUs that do not exist.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"
#include "guests/bare/pl061.h"

#define SGI    3
#define ROUNDS 200

static volatile u64 taken;
static u32 spi;

static void take(u32 iar) {
    taken++;
    if (gic_intid(iar) == machine.timer_intid) {
        timer_stop();
    } else if (gic_intid(iar) == machine.gpio_intid) {
        pl061_lower();
    } else if (gic_intid(iar) == machine.uart_intid) {
        write32(machine.uart.base + PL011_IMSC, 0);
    }
    gic_end(iar);
}

static void fire_sgi(void) {
    gic_sgi_self(SGI);
}

static void fire_timer(void) {
    sysreg_write(cntv_cval_el0, 0);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
}

static void fire_spi(void) {
    gic_set_bit(GICD_ISPENDR, spi);
}

static void fire_model(void) {
    write32(machine.uart.base + PL011_IMSC, PL011_INT_TX);
}

static bool is_quiet(u64 expected) {
    return !wait_until(taken != expected, 1);
}

static void disable_while_pending(u32 intid, void (*fire)(void)) {
    irq_hook = take;
    taken = 0;
    for (u64 i = 0; i < ROUNDS && !test_ended(); i++) {
        irq_enable();
        gic_disable(intid);
        fire();
        check(taken == i * 2 && (i % 50 || is_quiet(i * 2)), "it comes though it is disabled");
        check(gic_bit(GICD_ISPENDR, intid), "disabled, it does not read as pending");
        gic_enable(intid);
        check(wait_until(taken == i * 2 + 1, 100), "round %lu: enabled, it does not come", i);
        irq_disable();
        fire(); // on its way to the guest, and taken back
        for (u32 turn = 0; turn <= i % 4; turn++) {
            gic_disable(intid);
            check(gic_bit(GICD_ISPENDR, intid), "disabled while pending, it is lost");
            gic_enable(intid);
        }
        gic_disable(intid);
        irq_enable();
        check(taken == i * 2 + 1 && (i % 50 || is_quiet(i * 2 + 1)),
              "it comes though it was disabled while pending");
        gic_enable(intid);
        check(wait_until(taken == i * 2 + 2, 100), "round %lu: enabled again, it does not come", i);
        irq_disable();
    }
    irq_enable();
    check(is_quiet(ROUNDS * 2), "one more comes");
    irq_disable();
    check_equal(irq_spurious, 0, "spurious interrupts");
}

static void test_sgi(void) {
    gic_disable(SGI);
    if (gic_bit(GICD_ISENABLER, SGI)) {
        test_skip("SGIs are always enabled here");
        return;
    }
    disable_while_pending(SGI, fire_sgi);
}

static void test_timer(void) {
    disable_while_pending(machine.timer_intid, fire_timer);
}

static void test_edge(void) {
    spi = gic_free_spi();
    gic_set_edge(spi, true);
    disable_while_pending(spi, fire_spi);
}

static void test_level(void) {
    spi = gic_free_spi();
    disable_while_pending(spi, fire_spi);
}

static void test_passed(void) {
    if (!pl061_start()) {
        test_skip("no PL061 is this machine's");
        return;
    }
    disable_while_pending(machine.gpio_intid, pl061_raise);
}

static void test_model(void) {
    print("# the UART has sent this\n"); // so its line is high once it may be
    disable_while_pending(machine.uart_intid, fire_model);
    write32(machine.uart.base + PL011_IMSC, 0);
}

// No target list, affinity, range or filter that names nobody raises anything, and each costs an exit at
// most.
static void send_to_nobody(u64 value) {
    if (machine.gic_version == 2) {
        write32(machine.gicd.base + GICD_SGIR, (u32)value);
    } else {
        sysreg_write(ICC_SGI1R_EL1, value);
        isb();
    }
}

#define NOBODY_TICKS 400 // of 16 instructions: the longest of them, with a switch to the VMM and back

static void test_absent(void) {
    u64 self = gic_sgi_self_value(0), longest = 0;
    for (u32 i = 0; i < 16; i++) {
        gic_enable(i);
    }
    irq_enable();
    for (u32 i = 0; i < 64; i++) {
        u64 value = (u64)(i & 15) << 24;
        if (machine.gic_version == 2) {
            static const u32 filters[] = {0, 0xfeU << 16, 1U << 24, 1U << 24 | 0xffU << 16};
            value = filters[i & 3] | i >> 2;
        } else if (i < 16) {
            value |= 1UL << 40; // all but the sender
        } else if (i < 32) {
            value |= (self & ~0xffffUL) | (0xffffU & ~(u32)self);
        } else {
            // Another affinity, at each level, and ranges.
            static const u32 shifts[] = {16, 32, 48, 44};
            value |= (self | 0xffff) ^ 1UL << (shifts[i & 3] + (i >> 2 & 3));
        }
        u64 before = timer_now();
        send_to_nobody(value);
        u64 took = timer_now() - before;
        longest = took > longest ? took : longest;
    }
    (void)wait_until(false, 2);
    irq_disable();
    for (u32 i = 0; i < 16; i++) {
        check_equal(irq_count[i], 0, "arrivals of SGI %u", i);
        check(!gic_bit(GICD_ISPENDR, i), "SGI %u is pending", i);
    }
    check(longest < NOBODY_TICKS, "one takes %lu ticks", longest);
    irq_enable();
    gic_sgi_self(SGI);
    check(wait_until(irq_count[SGI] == 1, 100), "one for itself does not come after them");
}

static const struct test tests[] = {
    {.name = "pending-disabled-sgi", .run = test_sgi},
    {.name = "pending-disabled-timer", .run = test_timer},
    {.name = "pending-disabled-edge", .run = test_edge},
    {.name = "pending-disabled-level", .run = test_level},
    {.name = "pending-disabled-passed", .run = test_passed},
    {.name = "pending-disabled-model", .run = test_model},
    {.name = "absent-sgis", .run = test_absent, .guest_only = true},
};
const struct test_group group_pending = TEST_GROUP(tests);
