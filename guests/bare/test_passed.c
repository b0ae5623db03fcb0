// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A device of the board's that is this machine's, with its interrupt: the PL061 (Arm DDI 0190B), looped back
// on itself. And exact counts of many interrupts, from each kind of source.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"
#include "guests/bare/pl061.h"

#define SGI           3
#define COUNT_DEFAULT 20000
#define STATE_SPINS   100000
#define COUNT_MODEL   100000 // at most: each takes two accesses that the VMM emulates

static u32 intid;
static volatile u64 taken;
static volatile u32 order[8], order_length;

// The line is low, its interrupt of level kind and enabled. False: there is no such device.
static bool setup(void (*hook)(u32 iar)) {
    intid = machine.gpio_intid;
    if (!pl061_start()) {
        test_skip("no PL061 is this machine's");
        return false;
    }
    taken = order_length = 0;
    irq_hook = hook;
    return true;
}

static void lower_and_end(u32 iar) {
    taken++;
    pl061_lower();
    gic_end(iar);
}

static void note_and_end(u32 iar) {
    order[order_length++ & 7] = gic_intid(iar);
    pl061_lower();
    gic_end(iar);
}

static void note_only(u32 iar) {
    order[order_length++ & 7] = iar;
}

// Whether nothing more comes.
static bool is_quiet(void) {
    u64 before = taken;
    return !wait_until(taken != before, 2);
}

static void test_raise(void) {
    if (!setup(lower_and_end)) {
        return;
    }
    irq_enable();
    for (u32 i = 1; i <= 100; i++) {
        pl061_raise();
        if (!check(wait_until(taken == i, 100), "the interrupt %u does not come", i)) {
            return;
        }
    }
    check(is_quiet(), "one more comes");
    check_equal(irq_spurious, 0, "spurious interrupts");
}

// It comes as often as it is ended while the line is high.
static void test_held_high(void) {
    if (!setup(note_only)) {
        return;
    }
    pl061_raise();
    for (u32 i = 1; i <= 3; i++) {
        irq_enable();
        check(wait_until(order_length == i, 100), "the interrupt %u does not come", i);
        irq_disable();
        check(gic_bit(GICD_ISACTIVER, intid), "it does not read as active");
        check(gic_bit(GICD_ISPENDR, intid), "the high line does not read as pending");
        if (i == 3) {
            pl061_lower();
        }
        gic_end(order[i - 1]);
        // An emulated GICv2 looks at its lines again when its registers are written.
        gic_disable(intid);
        gic_enable(intid);
    }
    irq_enable();
    check(!wait_until(order_length != 3, 2), "it comes though the line is low");
    irq_disable();
    check(!gic_bit(GICD_ISACTIVER, intid) && !gic_bit(GICD_ISPENDR, intid), "it is not idle");
}

static u64 ended_at, back_after;

static void end_high_once(u32 iar) {
    if (taken++ == 0) {
        ended_at = timer_now();
    } else {
        back_after = timer_now() - ended_at;
        pl061_lower();
    }
    gic_end(iar);
}

// The line is still high at the end, and the guest does nothing to its interrupt controller then: it comes
// again, at once where the hardware looks at its lines there (an emulated GICv2 looks when the kernel does).
static void test_held_high_alone(void) {
    if (!setup(end_high_once)) {
        return;
    }
    irq_enable();
    pl061_raise();
    (void)wait_until(taken == 2, 100);
    irq_disable();
    check_equal(taken, 2, "interrupts");
    u64 most = machine.gic_version == 2 ? timer_ticks(15000) : timer_ticks(100);
    check(back_after <= most, "it comes again after %lu ticks", back_after);
    pl061_lower();
}

static void test_masked(void) {
    if (!setup(lower_and_end)) {
        return;
    }
    gic_disable(intid);
    irq_enable();
    pl061_raise();
    check(is_quiet() && !taken, "it comes though it is disabled");
    check(gic_bit(GICD_ISPENDR, intid), "disabled, its line does not read as pending");
    pl061_lower();
    check(!gic_bit(GICD_ISPENDR, intid), "disabled, its low line reads as pending");
    gic_enable(intid);
    check(is_quiet() && !taken, "it comes though the line is low");
    irq_disable();
    pl061_raise(); // on its way to the guest, which takes it back
    gic_disable(intid);
    irq_enable();
    check(is_quiet() && !taken, "it comes though it was disabled while pending");
    gic_enable(intid);
    check(wait_until(taken == 1, 100), "it is lost");
    check(is_quiet(), "it comes twice");
}

static void test_set_and_clear(void) {
    if (!setup(lower_and_end)) {
        return;
    }
    gic_set_bit(GICD_ISPENDR, intid);
    check(gic_bit(GICD_ISPENDR, intid), "set, it does not read as pending");
    irq_enable();
    check(wait_until(taken == 1, 100), "set pending, it does not come");
    irq_disable();
    gic_set_bit(GICD_ISPENDR, intid);
    gic_set_bit(GICD_ICPENDR, intid);
    irq_enable();
    check(is_quiet() && taken == 1, "it comes though it was cleared");
    gic_set_bit(GICD_ISACTIVER, intid);
    check(gic_bit(GICD_ISACTIVER, intid), "set, it does not read as active");
    pl061_raise();
    check(is_quiet() && taken == 1, "it comes though it is active");
    gic_set_bit(GICD_ICACTIVER, intid);
    check(wait_until(taken == 2, 100), "no longer active, it does not come");
    check(!gic_bit(GICD_ISACTIVER, intid), "ended, it reads as active");
}

static void test_priority(void) {
    if (!setup(note_and_end)) {
        return;
    }
    gic_enable(SGI);
    gic_set_priority(SGI, 0x80);
    for (u32 first = 0; first < 2; first++) {
        gic_set_priority(intid, first ? 0x90 : 0x40);
        order_length = 0;
        pl061_raise();
        gic_sgi_self(SGI);
        gic_set_priority(intid, first ? 0x40 : 0x90); // while it is pending
        irq_enable();
        (void)wait_until(order_length == 2, 100);
        irq_disable();
        check_equal(order_length, 2, "interrupts");
        check_equal(order[0], first ? intid : SGI, "the first");
        check_equal(order[1], first ? SGI : intid, "the second");
    }
}

static void lower_and_end_fast(void) {
    u32 iar = gic_acknowledge_fast();
    taken++;
    pl061_lower();
    gic_end_fast(iar);
}

// In the group that this version's guests do not use by themselves, and back while it is pending.
static void test_other_group(void) {
    if (!setup(lower_and_end)) {
        return;
    }
    fiq_hook = lower_and_end_fast;
    gic_change_group(intid);
    asm volatile("msr daifclr, #3" ::: "memory"); // IRQ and FIQ
    for (u32 i = 1; i <= 100; i++) {
        pl061_raise();
        if (!check(wait_until(taken == i, 100), "the interrupt %u does not come", i)) {
            break;
        }
    }
    check(is_quiet(), "one more comes");
    asm volatile("msr daifset, #3" ::: "memory");
    taken = 0;
    pl061_raise();
    check(gic_bit(GICD_ISPENDR, intid), "raised, it does not read as pending");
    gic_change_group(intid);
    irq_enable(); // FIQs stay masked
    check(wait_until(taken == 1, 100), "back in the usual group, it does not come");
    check(is_quiet(), "it comes twice");
    check_equal(irq_spurious, 0, "spurious interrupts");
    irq_disable();
    fiq_hook = NULL;
}

// --- counts

static u64 count_wanted(void) {
    return machine_option_number("count", COUNT_DEFAULT);
}

// Runs `fire` that often, each time until its interrupt was taken.
static void count(void (*fire)(void), u64 wanted) {
    irq_enable();
    for (u64 i = 0; i < wanted; i++) {
        fire();
        u64 spins = 0;
        while (taken == i && spins++ < STATE_SPINS) {
            asm volatile("yield" ::: "memory");
        }
        if (!check_equal(taken, i + 1, "interrupts")) {
            return;
        }
    }
    check(is_quiet(), "one more comes");
    check_equal(taken, wanted, "interrupts");
    check_equal(irq_spurious, 0, "spurious interrupts");
}

static void fire_sgi(void) {
    gic_sgi_self(SGI);
}

static void fire_timer(void) {
    sysreg_write(cntv_cval_el0, 0);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
}

static void stop_and_end(u32 iar) {
    taken++;
    timer_stop();
    gic_end(iar);
}

static void test_count(void) {
    if (setup(lower_and_end)) {
        count(pl061_raise, count_wanted());
    }
}

static void test_count_sgi(void) {
    gic_enable(SGI);
    taken = 0;
    irq_hook = stop_and_end;
    count(fire_sgi, count_wanted());
}

static void test_count_timer(void) {
    gic_enable(machine.timer_intid);
    taken = 0;
    irq_hook = stop_and_end;
    count(fire_timer, count_wanted());
}

// Interrupts that the VMM raises: SPIs of no device, all of a register set pending at once, so most wait for
// a list register. Each comes once.
static volatile u32 raised;

static void note_raised_and_end(u32 iar) {
    taken++;
    raised ^= 1U << (gic_intid(iar) & 31);
    gic_end(iar);
}

static void test_count_raised(void) {
    u32 first = gic_lines() - 32;
    write32(gic_config_register(first), ~0U);
    write32(gic_config_register(first + 16), ~0U);
    for (u32 spi = first; spi < first + 32; spi++) {
        gic_enable(spi);
    }
    taken = 0;
    irq_hook = note_raised_and_end;
    irq_enable();
    u64 wanted = (count_wanted() + 31) & ~31UL;
    for (u64 i = 0; i < wanted && !test_ended(); i += 32) {
        raised = 0;
        write32(gic_register(GICD_ISPENDR, first), ~0U);
        (void)wait_until(taken >= i + 32, 10);
        check_equal(raised, ~0U, "interrupts that came");
        check_equal(taken, i + 32, "interrupts");
    }
    check(is_quiet(), "one more comes");
    check_equal(irq_spurious, 0, "spurious interrupts");
}

// The line held high: each end is the beginning of the next, which the handler counts until it has enough.
static void raise_again_and_end(u32 iar) {
    taken++;
    pl061_lower();
    if (taken % 4) {
        pl061_raise();
    }
    gic_end(iar);
    if (machine.gic_version == 2 && taken % 4) {
        pl061_lower(); // an emulated GICv2 looks at the line when it changes
        pl061_raise();
    }
}

// A line of a device model: the UART's, which has sent.
static void fire_model(void) {
    write32(machine.uart.base + PL011_IMSC, PL011_INT_TX);
}

static void quieten_and_end(u32 iar) {
    taken++;
    write32(machine.uart.base + PL011_IMSC, 0);
    gic_end(iar);
}

static void test_count_model(void) {
    print("# the UART has sent this\n");
    gic_enable(machine.uart_intid);
    taken = 0;
    irq_hook = quieten_and_end;
    u64 wanted = count_wanted();
    count(fire_model, wanted < COUNT_MODEL ? wanted : COUNT_MODEL);
}

static void test_count_held(void) {
    if (!setup(raise_again_and_end)) {
        return;
    }
    u64 wanted = count_wanted() & ~3UL;
    irq_enable();
    for (u64 i = 0; i < wanted && check_equal(taken, i, "interrupts"); i += 4) {
        pl061_raise();
        (void)wait_until(taken >= i + 4, 10);
    }
    check(is_quiet(), "one more comes");
    check_equal(taken, wanted, "interrupts");
    check_equal(irq_spurious, 0, "spurious interrupts");
}

static const struct test tests[] = {
    {.name = "passed-raise", .run = test_raise},
    {.name = "passed-held-high", .run = test_held_high},
    {.name = "passed-held-high-alone", .run = test_held_high_alone},
    {.name = "passed-masked", .run = test_masked},
    {.name = "passed-set-and-clear", .run = test_set_and_clear},
    {.name = "passed-priority", .run = test_priority},
    {.name = "passed-other-group", .run = test_other_group},
    {.name = "count-passed", .run = test_count},
    {.name = "count-sgi", .run = test_count_sgi},
    {.name = "count-timer", .run = test_count_timer},
    {.name = "count-raised", .run = test_count_raised},
    {.name = "count-model", .run = test_count_model},
    {.name = "count-held", .run = test_count_held},
};
const struct test_group group_passed = TEST_GROUP(tests);
