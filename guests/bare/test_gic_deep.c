// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// More active interrupts than any machine has list registers: handlers nested sixteen deep, and sixteen that
// were ended in EOI mode 1 and are deactivated later, in another order. References: IHI 0048B 3.3, 4.4.5;
// IHI 0069 4.8.
#include "guests/bare/bare.h"

#define DEPTH       16
#define PRIORITY(n) (0xf0 - 8 * (n))

static u32 base; // the interrupts are base to base + DEPTH - 1, each more urgent than the one before
static volatile u32 begun, ended, wrong;
static u32 iars[DEPTH];

static void pend(u32 n) {
    if (base + n < 16) {
        gic_sgi_self(base + n);
    } else {
        gic_set_bit(GICD_ISPENDR, base + n);
    }
}

static void setup(u32 first, void (*hook)(u32 iar)) {
    base = first;
    begun = ended = wrong = 0;
    irq_hook = hook;
    gic_set_group_split(0);
    for (u32 n = 0; n < DEPTH; n++) {
        if (base >= 32) {
            gic_set_edge(base + n, true);
        }
        gic_set_priority(base + n, (u8)PRIORITY(n));
        gic_enable(base + n);
    }
}

static u32 spis(void) {
    return gic_lines() - DEPTH;
}

static bool is_active(u32 n) {
    return gic_bit(GICD_ISACTIVER, base + n);
}

static void check_idle(void) {
    for (u32 n = 0; n < DEPTH; n++) {
        check(!is_active(n), "interrupt %u is active after its end", n);
        check(!gic_bit(GICD_ISPENDR, base + n), "interrupt %u is pending after its end", n);
    }
    check_equal(gic_running_priority(), 0xff, "running priority after all");
}

// Raises the next, lets it in, then ends.
static void nesting_hook(u32 iar) {
    u32 n = gic_intid(iar) - base;
    wrong += n != begun || gic_running_priority() != PRIORITY(n);
    begun++;
    if (n + 1 < DEPTH) {
        pend(n + 1);
        irq_enable();
        (void)wait_until(ended == DEPTH - 1 - n, 10);
        irq_disable();
    }
    for (u32 i = 0; i < DEPTH; i++) {
        wrong += is_active(i) != (i <= n);
    }
    ended++;
    gic_end(iar);
}

static void nest(u32 first) {
    for (u32 turn = 0; turn < 3; turn++) {
        setup(first, nesting_hook);
        pend(0);
        irq_enable();
        (void)wait_until(ended == DEPTH, 500);
        irq_disable();
        check_equal(begun, DEPTH, "interrupts begun");
        check_equal(ended, DEPTH, "interrupts ended");
        check_equal(wrong, 0, "wrong states or running priorities");
        check_idle();
    }
}

static void test_nested_sgis(void) {
    nest(0);
}

static void test_nested_spis(void) {
    nest(spis());
}

// Less urgent ones come while more urgent ones are active, dropped.
static void dropping_hook(u32 iar) {
    iars[gic_intid(iar) - base] = iar;
    begun++;
    gic_end(iar);
}

static void drop(u32 first) {
    setup(first, dropping_hook);
    gic_set_end_mode(true);
    irq_enable();
    for (u32 n = DEPTH; n-- > 0;) {
        pend(n);
        if (!check(wait_until(begun == DEPTH - n, 10), "the interrupt %u does not come", n)) {
            break;
        }
    }
    irq_disable();
    gic_set_mask(0xf0);
    check_equal(gic_running_priority(), 0xff, "running priority, all dropped");
    for (u32 n = 0; n < DEPTH; n++) {
        check(is_active(n), "interrupt %u is not active before it is deactivated", n);
    }
    for (u32 i = 0; i < DEPTH; i++) {
        u32 n = (i * 5 + 3) % DEPTH;
        pend(n); // pending and active
        irq_enable();
        check(!wait_until(begun != DEPTH + i, 1), "an active interrupt comes again");
        irq_disable();
        gic_set_end_mode(true); // written while some are active
        gic_deactivate(iars[n]);
        gic_set_mask(0xff);
        irq_enable();
        check(wait_until(begun == DEPTH + i + 1, 10), "the interrupt %u does not come again", n);
        irq_disable();
        gic_deactivate(iars[n]);
        check(!is_active(n), "interrupt %u is active after it was deactivated", n);
    }
    gic_set_end_mode(false);
    check_idle();
}

static void test_dropped_sgis(void) {
    drop(0);
}

static void test_dropped_spis(void) {
    drop(spis());
}

static const struct test tests[] = {
    {.name = "gic-nested-sgis", .run = test_nested_sgis},
    {.name = "gic-nested-spis", .run = test_nested_spis},
    {.name = "gic-dropped-sgis", .run = test_dropped_sgis},
    {.name = "gic-dropped-spis", .run = test_dropped_spis},
};
const struct test_group group_gic_deep = TEST_GROUP(tests);
