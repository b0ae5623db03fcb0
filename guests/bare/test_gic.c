// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Behaviour of the interrupt controller that both versions share: SGIs, software-pending SPIs, priorities and
// preemption, priority grouping, end-of-interrupt modes, levels. References: IHI 0048B chapter 3, IHI 0069
// chapter 4.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"

#define SGI_LOW       3
#define SGI_HIGH      5
#define PRIORITY_LOW  0xa0
#define PRIORITY_NEAR 0x80
#define PRIORITY_HIGH 0x40
#define RUNNING_IDLE  0xff

// The order in which interrupts were begun and ended, as one character each; both write it.
static char order[16];
static volatile u32 order_length;

static void note(char c) {
    if (order_length < sizeof(order) - 1) {
        order[order_length++] = c;
        order[order_length] = 0;
    }
}

static void test_sgi_self(void) {
    irq_enable();
    for (u32 sgi = 0; sgi < 16; sgi++) {
        gic_enable(sgi);
        gic_sgi_self(sgi);
        check(wait_until(irq_count[sgi] == 1, 100), "SGI %u does not arrive", sgi);
    }
    (void)wait_until(false, 2);
    for (u32 sgi = 0; sgi < 16; sgi++) {
        check_equal(irq_count[sgi], 1, "arrivals of SGI %u", sgi);
    }
    check_equal(irq_spurious, 0, "spurious interrupts");
}

// Pending twice is pending once.
static void test_sgi_merge(void) {
    gic_enable(SGI_LOW);
    gic_sgi_self(SGI_LOW);
    gic_sgi_self(SGI_LOW);
    check(wait_until(gic_bit(GICD_ISPENDR, SGI_LOW), 100), "the SGI does not read as pending");
    irq_enable();
    (void)wait_until(false, 2);
    check_equal(irq_count[SGI_LOW], 1, "arrivals");
    check(!gic_bit(GICD_ISPENDR, SGI_LOW), "the SGI stays pending");
}

static void test_sgi_disabled(void) {
    gic_disable(SGI_LOW);
    if (gic_bit(GICD_ISENABLER, SGI_LOW)) {
        test_skip("SGIs are always enabled here");
        return;
    }
    gic_sgi_self(SGI_LOW);
    irq_enable();
    check(!wait_until(irq_count[SGI_LOW] != 0, 2), "a disabled SGI arrives");
    gic_enable(SGI_LOW);
    check(wait_until(irq_count[SGI_LOW] == 1, 100), "it does not arrive once enabled");
}

static void test_spi_pending(void) {
    u32 spi = gic_free_spi();
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_set_bit(GICD_ISPENDR, spi);
    check(gic_bit(GICD_ISPENDR, spi), "ISPENDR: not pending after set");
    check_equal(gic_highest_pending(), spi, "highest pending interrupt");
    check(sysreg_read(isr_el1) & BIT(7), "ISR_EL1.I is 0 with an interrupt pending");
    gic_set_bit(GICD_ICPENDR, spi);
    check(!gic_bit(GICD_ISPENDR, spi), "ISPENDR: pending after clear");
    check_equal(gic_highest_pending(), GIC_SPURIOUS, "highest pending interrupt after clear");
    irq_enable();
    check(!wait_until(irq_count[spi] != 0, 2), "an interrupt that was cleared arrives");
    for (u32 i = 1; i <= 10; i++) {
        gic_set_bit(GICD_ISPENDR, spi);
        check(wait_until(irq_count[spi] == i, 100), "set %u: the interrupt does not arrive", i);
    }
    check(!gic_bit(GICD_ISPENDR, spi), "ISPENDR: pending after it was taken");
}

// Several pending at once come by priority.
static void order_hook(u32 iar) {
    note((char)('a' + gic_intid(iar)));
    gic_end(iar);
}

static void test_priority_order(void) {
    irq_hook = order_hook;
    order_length = 0;
    static const u8 priorities[] = {0xe0, 0x80, 0xa0, 0x60, 0x20, 0xc0};
    for (u32 sgi = 0; sgi < ARRAY_SIZE(priorities); sgi++) {
        gic_set_priority(sgi, priorities[sgi]);
        gic_enable(sgi);
        gic_sgi_self(sgi);
    }
    irq_enable();
    (void)wait_until(order_length == ARRAY_SIZE(priorities), 100);
    irq_disable();
    static const char expected[] = "edbcfa";
    for (u32 i = 0; i < ARRAY_SIZE(priorities); i++) {
        check_equal((u8)order[i], (u8)expected[i], "position %u in the order of SGIs (0x61 is SGI 0)", i);
    }
}

// More at once than any machine has list registers.
static void test_many_pending(void) {
    u32 base = gic_lines() - 32;
    for (u32 spi = base + 1; spi < base + 31; spi++) {
        gic_set_edge(spi, true);
        gic_enable(spi);
        gic_set_bit(GICD_ISPENDR, spi);
    }
    for (u32 sgi = 0; sgi < 16; sgi++) {
        gic_enable(sgi);
        gic_sgi_self(sgi);
    }
    irq_enable();
    (void)wait_until(irq_count[base + 30] != 0, 100);
    (void)wait_until(false, 2);
    for (u32 spi = base + 1; spi < base + 31; spi++) {
        check_equal(irq_count[spi], 1, "arrivals of INTID %u", spi);
    }
    for (u32 sgi = 0; sgi < 16; sgi++) {
        check_equal(irq_count[sgi], 1, "arrivals of SGI %u", sgi);
    }
}

static u32 running_low, running_high;

// The low one raises the high one and lets it in, then ends.
static void nesting_hook(u32 iar) {
    if (gic_intid(iar) == SGI_LOW) {
        note('l');
        running_low = gic_running_priority();
        gic_sgi_self(SGI_HIGH);
        irq_enable();
        (void)wait_until(false, 1);
        irq_disable();
        note('L');
    } else {
        note('h');
        running_high = gic_running_priority();
        note('H');
    }
    gic_end(iar);
}

static void nest(u8 low, u8 high, unsigned split, const char *expected) {
    irq_hook = nesting_hook;
    order_length = 0;
    gic_set_group_split(split);
    gic_set_priority(SGI_LOW, low);
    gic_set_priority(SGI_HIGH, high);
    gic_enable(SGI_LOW);
    gic_enable(SGI_HIGH);
    gic_sgi_self(SGI_LOW);
    irq_enable();
    (void)wait_until(order_length == 4, 100);
    irq_disable();
    for (u32 i = 0; i < 4; i++) {
        check_equal((u8)order[i], (u8)expected[i], "step %u of nesting (l, L: low one begins, ends)", i);
    }
    check_equal(gic_running_priority(), RUNNING_IDLE, "running priority after all");
}

static void test_preemption(void) {
    nest(PRIORITY_LOW, PRIORITY_HIGH, 0, "lhHL");
    check_equal(running_low, PRIORITY_LOW, "running priority in the low one");
    check_equal(running_high, PRIORITY_HIGH, "running priority in the high one");
}

static void test_no_preemption(void) {
    nest(PRIORITY_LOW, PRIORITY_LOW, 0, "lLhH");
    nest(PRIORITY_NEAR, PRIORITY_LOW, 0, "lLhH");
}

// With only bits 7:6 as group priority, 0x80 does not preempt 0xa0, but 0x40 does.
static void test_binary_point(void) {
    nest(PRIORITY_LOW, PRIORITY_NEAR, 0, "lhHL");
    nest(PRIORITY_LOW, PRIORITY_NEAR, 6, "lLhH");
    nest(PRIORITY_LOW, PRIORITY_HIGH, 6, "lhHL");
}

static void test_mask(void) {
    gic_set_priority(SGI_LOW, PRIORITY_LOW);
    gic_enable(SGI_LOW);
    gic_set_mask(PRIORITY_NEAR);
    gic_sgi_self(SGI_LOW);
    irq_enable();
    check(!wait_until(irq_count[SGI_LOW] != 0, 2), "an interrupt below the priority mask arrives");
    gic_set_mask(PRIORITY_LOW);
    check(!wait_until(irq_count[SGI_LOW] != 0, 2), "an interrupt equal to the priority mask arrives");
    gic_set_mask(0xff);
    check(wait_until(irq_count[SGI_LOW] == 1, 100), "it does not arrive after the mask was lifted");
}

static bool active_in_handler;
static u32 pending_in_handler, running_after_end;

static void active_hook(u32 iar) {
    u32 intid = gic_intid(iar);
    active_in_handler = gic_bit(GICD_ISACTIVER, intid);
    pending_in_handler = gic_bit(GICD_ISPENDR, intid);
    irq_count_and_end(iar);
}

static void test_active(void) {
    u32 spi = gic_free_spi();
    irq_hook = active_hook;
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(wait_until(irq_count[spi] == 1, 100), "the interrupt does not arrive");
    check(active_in_handler, "ISACTIVER is 0 in the handler");
    check(!pending_in_handler, "ISPENDR is 1 in the handler");
    check(!gic_bit(GICD_ISACTIVER, spi), "ISACTIVER is 1 after the end");
}

// Pending while active is delivered again after the end (state "active and pending").
static void repend_hook(u32 iar) {
    u32 intid = gic_intid(iar);
    if (irq_count[intid] == 0) {
        gic_set_bit(GICD_ISPENDR, intid);
        pending_in_handler = gic_bit(GICD_ISPENDR, intid);
    }
    irq_count_and_end(iar);
}

static void test_active_pending(void) {
    u32 spi = gic_free_spi();
    irq_hook = repend_hook;
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(wait_until(irq_count[spi] == 2, 100), "%u arrivals of 2", irq_count[spi]);
    check(pending_in_handler, "ISPENDR is 0 after a set in the handler");
    (void)wait_until(false, 2);
    check_equal(irq_count[spi], 2, "arrivals");
}

// End mode 1: EOI only drops the priority; the interrupt stays active until DIR.
static void split_hook(u32 iar) {
    irq_count[gic_intid(iar)]++;
    gic_end(iar);
    running_after_end = gic_running_priority();
}

static void test_end_mode_split(void) {
    u32 spi = gic_free_spi();
    irq_hook = split_hook;
    gic_set_end_mode(true);
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_enable(SGI_LOW);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(wait_until(irq_count[spi] == 1, 100), "the interrupt does not arrive");
    check_equal(running_after_end, RUNNING_IDLE, "running priority after EOI");
    gic_set_bit(GICD_ISPENDR, spi);
    check(!wait_until(irq_count[spi] != 1, 2), "it arrives again before DIR");
    gic_sgi_self(SGI_LOW);
    check(wait_until(irq_count[SGI_LOW] == 1, 100), "another interrupt does not arrive before DIR");
    gic_deactivate(SGI_LOW);
    gic_deactivate(spi);
    check(wait_until(irq_count[spi] == 2, 100), "it does not arrive again after DIR");
    gic_deactivate(spi);
    gic_set_end_mode(false);
}

static void test_end_mode_split_active(void) {
    u32 spi = gic_free_spi();
    irq_hook = split_hook;
    gic_set_end_mode(true);
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(wait_until(irq_count[spi] == 1, 100), "the interrupt does not arrive");
    check(gic_bit(GICD_ISACTIVER, spi), "ISACTIVER is 0 between EOI and DIR");
    gic_deactivate(spi);
    check(!gic_bit(GICD_ISACTIVER, spi), "ISACTIVER is 1 after DIR");
    gic_set_end_mode(false);
}

// The timer ticks in end mode 1, deactivated late, and is not lost.
static void split_timer_hook(u32 iar) {
    timer_stop();
    irq_count[gic_intid(iar)]++;
    gic_end(iar);
    gic_deactivate(iar);
}

static void test_end_mode_split_timer(void) {
    irq_hook = split_timer_hook;
    gic_set_end_mode(true);
    gic_enable(machine.timer_intid);
    irq_enable();
    for (u32 i = 1; i <= 10; i++) {
        timer_start(100);
        check(wait_until(irq_count[machine.timer_intid] == i, 100), "tick %u does not arrive", i);
    }
    gic_set_end_mode(false);
}

static void test_spurious(void) {
    check_equal(gic_intid(gic_acknowledge()), GIC_SPURIOUS, "INTID acknowledged with nothing pending");
    check_equal(gic_running_priority(), RUNNING_IDLE, "running priority with nothing active");
}

// The UART's transmit interrupt: a level that stays until the cause is cleared in the device, by the third
// handler.
static void level_hook(u32 iar) {
    if (irq_count[machine.uart_intid] == 2) {
        write32(machine.uart.base + PL011_ICR, PL011_INT_TX);
        pending_in_handler = gic_bit(GICD_ISPENDR, machine.uart_intid);
    }
    irq_count_and_end(iar);
}

static void test_level_spi(void) {
    u32 spi = machine.uart_intid;
    u64 uart = machine.uart.base;
    irq_hook = level_hook;
    console_flush();
    write32(uart + PL011_LCR_H, PL011_LCR_8BIT); // without FIFO: the interrupt means "holding register empty"
    console_put('\n');
    console_flush();
    bool raised = wait_until(read32(uart + PL011_RIS) & PL011_INT_TX, 100);
    gic_enable(spi);
    irq_enable();
    bool early = wait_until(irq_count[spi] != 0, 2);
    irq_disable();
    write32(uart + PL011_IMSC, PL011_INT_TX);
    bool pending = gic_bit(GICD_ISPENDR, spi);
    gic_set_bit(GICD_ICPENDR, spi);
    bool kept = gic_bit(GICD_ISPENDR, spi);
    irq_enable();
    (void)wait_until(irq_count[spi] == 3, 100);
    (void)wait_until(irq_count[spi] > 3, 2);
    irq_disable();
    console_init();
    check(raised, "UARTRIS.TXRIS is 0 after transmission");
    check(!early, "an interrupt although UARTIMSC masks it");
    check(pending, "the level does not read as pending");
    check(kept, "ICPENDR takes a level away");
    check_equal(irq_count[spi], 3, "interrupts until the device was cleared");
    check_equal(pending_in_handler, 0, "ISPENDR after the device was cleared");
}

static const struct test tests[] = {
    {.name = "gic-spurious", .run = test_spurious},
    {.name = "gic-sgi-self", .run = test_sgi_self},
    {.name = "gic-sgi-merge", .run = test_sgi_merge},
    {.name = "gic-sgi-disabled", .run = test_sgi_disabled},
    {.name = "gic-spi-pending", .run = test_spi_pending},
    {.name = "gic-priority-order", .run = test_priority_order},
    {.name = "gic-many-pending", .run = test_many_pending},
    {.name = "gic-preemption", .run = test_preemption},
    {.name = "gic-no-preemption", .run = test_no_preemption},
    {.name = "gic-binary-point", .run = test_binary_point},
    {.name = "gic-priority-mask", .run = test_mask},
    {.name = "gic-active", .run = test_active},
    {.name = "gic-active-pending", .run = test_active_pending},
    {.name = "gic-end-mode-split", .run = test_end_mode_split},
    {.name = "gic-end-mode-split-active", .run = test_end_mode_split_active},
    {.name = "gic-end-mode-split-timer", .run = test_end_mode_split_timer},
    {.name = "gic-level-spi", .run = test_level_spi},
};
const struct test_group group_gic = TEST_GROUP(tests);
