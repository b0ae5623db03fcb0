// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The EL1 physical timer (Arm ARM D11.2.4): the guest's own, with an interrupt of its own, beside the virtual
// one. Its counter is the board's, which runs on while the guest does not.
#include "guests/bare/bare.h"

static volatile u64 ticks_left;
static u64 tick_period; // microseconds

static u32 irqs(void) {
    return irq_count[machine.ptimer_intid];
}

static void tick_hook(u32 iar) {
    if (gic_intid(iar) == machine.ptimer_intid) {
        if (--ticks_left) {
            ptimer_start(tick_period);
        } else {
            ptimer_stop();
        }
    }
    irq_count_and_end(iar);
}

static void ptimer_tick(u64 period, u64 ticks) {
    tick_period = period;
    ticks_left = ticks;
    irq_hook = tick_hook;
    gic_enable(machine.ptimer_intid);
    ptimer_start(period);
}

// Whether there is a physical timer; else the test is skipped.
static bool have_ptimer(void) {
    u64 control = 0;
    if (machine.ptimer_intid && sysreg_try(cntp_ctl_el0, control)) {
        ptimer_stop();
        return true;
    }
    test_skip("the machine has no physical timer");
    return false;
}

static void test_registers(void) {
    if (!have_ptimer()) {
        return;
    }
    sysreg_write(cntp_cval_el0, 0x123456789abcdef0);
    check_equal(sysreg_read(cntp_cval_el0), 0x123456789abcdef0, "CNTP_CVAL_EL0");
    sysreg_write(cntp_ctl_el0, TIMER_IMASK);
    isb();
    check_equal(sysreg_read(cntp_ctl_el0) & 3, TIMER_IMASK, "CNTP_CTL_EL0");
    sysreg_write(cntp_tval_el0, 0x10000);
    isb();
    u64 ahead = sysreg_read(cntp_cval_el0) - ptimer_now();
    check(ahead <= 0x10000, "CNTP_CVAL_EL0 is 0x%lx ahead after CNTP_TVAL_EL0 = 0x10000", ahead);
    sysreg_write(cntp_tval_el0, -1UL);
    sysreg_write(cntp_ctl_el0, TIMER_ENABLE | TIMER_IMASK);
    isb();
    check_equal(sysreg_read(cntp_ctl_el0), TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS, "CNTP_CTL_EL0");
    u64 first = ptimer_now(), offset = first - timer_now();
    check(wait_until(ptimer_now() > first, 1), "CNTPCT_EL0 stands still");
    int64_t apart = (int64_t)(ptimer_now() - timer_now() - offset);
    check(apart < (int64_t)timer_ticks(1000) && -apart < (int64_t)timer_ticks(1000),
          "the two counters run apart");
    ptimer_stop();
}

static void test_irq(void) {
    if (have_ptimer()) {
        check_equal(machine.ptimer_intid, 30, "INTID of the physical timer in the tree");
        ptimer_tick(1000, 1);
        irq_enable();
        check(wait_until(ticks_left == 0, 1000), "no interrupt");
        check_equal(irqs(), 1, "interrupts");
        check_equal(irq_count[machine.timer_intid], 0, "interrupts of the virtual timer");
    }
}

static void test_busy(void) {
    u64 sum = 0;
    if (!have_ptimer()) {
        return;
    }
    ptimer_tick(300, 30);
    irq_enable();
    u64 end = timer_now() + timer_ticks(3000000);
    for (u64 i = 0; ticks_left && (i & 0xffff || timer_now() < end); i++) {
        sum += i ^ sum << 1;
        asm volatile("" : "+r"(sum));
    }
    check_equal(ticks_left, 0, "ticks left");
    u32 count = irqs();
    check(!wait_until(irqs() != count, 5), "an interrupt after the timer was stopped");
}

static void test_wfi(void) {
    if (!have_ptimer()) {
        return;
    }
    ptimer_tick(500, 20);
    irq_enable();
    u64 end = timer_now() + timer_ticks(3000000);
    while (ticks_left && timer_now() < end) {
        asm volatile("wfi" ::: "memory");
    }
    check_equal(ticks_left, 0, "ticks left");
}

// The wake-up is prompt, although the virtual timer's deadline is far away.
static void test_wfi_prompt(void) {
    if (!have_ptimer()) {
        return;
    }
    for (unsigned i = 0; i < 10; i++) {
        timer_start(50000);
        ptimer_tick(400, 1);
        u64 deadline = sysreg_read(cntp_cval_el0);
        while (!(sysreg_read(isr_el1) & BIT(7)) &&
               ptimer_now() - deadline + timer_ticks(1000000) < timer_ticks(2000000)) {
            asm volatile("wfi" ::: "memory");
        }
        u64 late = ptimer_now() - deadline;
        check(late < timer_ticks(20000), "%lu ticks late from WFI", late);
        irq_enable();
        check(wait_until(ticks_left == 0, 10), "the interrupt is lost");
        irq_disable();
        timer_stop();
    }
}

static void test_imask(void) {
    if (!have_ptimer()) {
        return;
    }
    gic_enable(machine.ptimer_intid);
    irq_hook = irq_count_and_end;
    sysreg_write(cntp_cval_el0, 0);
    sysreg_write(cntp_ctl_el0, TIMER_ENABLE | TIMER_IMASK);
    isb();
    irq_enable();
    check(!wait_until(irqs() != 0, 3), "an interrupt in spite of IMASK");
    irq_disable();
    check(!gic_bit(GICD_ISPENDR, machine.ptimer_intid), "PPI pending in spite of IMASK");
    ptimer_tick(0, 3);
    irq_enable();
    check(wait_until(ticks_left == 0, 100), "no interrupt after IMASK was cleared");
}

static void test_gic_mask(void) {
    if (!have_ptimer()) {
        return;
    }
    ptimer_tick(100, 5);
    gic_disable(machine.ptimer_intid);
    irq_enable();
    check(!wait_until(irqs() != 0, 3), "an interrupt although disabled");
    check(gic_bit(GICD_ISPENDR, machine.ptimer_intid), "the PPI does not read as pending");
    gic_enable(machine.ptimer_intid);
    check(wait_until(ticks_left == 0, 100), "no interrupt after enabling");
}

static void level_hook(u32 iar) {
    if (irqs() == 2) {
        ptimer_stop();
    }
    irq_count_and_end(iar);
}

static void test_level(void) {
    if (!have_ptimer()) {
        return;
    }
    gic_enable(machine.ptimer_intid);
    irq_hook = level_hook;
    ptimer_start(0);
    irq_enable();
    check(wait_until(irqs() >= 3, 100), "%u interrupts of a level that stays", irqs());
    check(!wait_until(irqs() != 3, 3), "an interrupt after the level fell");
}

static void test_withdrawn(void) {
    if (!have_ptimer()) {
        return;
    }
    ptimer_tick(0, 1);
    check(wait_until(gic_bit(GICD_ISPENDR, machine.ptimer_intid), 100), "the PPI does not read as pending");
    ptimer_stop();
    check(wait_until(!gic_bit(GICD_ISPENDR, machine.ptimer_intid), 100), "the PPI stays pending");
    irq_enable();
    check(!wait_until(irqs() != 0, 3), "an interrupt of a stopped timer");
}

// Both timers at once: each interrupt is its own timer's.
static void both_hook(u32 iar) {
    if (gic_intid(iar) == machine.timer_intid) {
        if (--ticker.left) {
            timer_start(ticker.period);
        } else {
            timer_stop();
        }
        irq_count_and_end(iar);
        return;
    }
    tick_hook(iar);
}

static void test_both(void) {
    if (!have_ptimer()) {
        return;
    }
    ticker_start(170, 40);
    ptimer_tick(230, 30);
    irq_hook = both_hook;
    irq_enable();
    check(wait_until(ticks_left == 0 && ticker.left == 0, 1000), "%lu and %lu ticks left", ticks_left,
          ticker.left);
    check_equal(irqs(), 30, "interrupts of the physical timer");
    check_equal(irq_count[machine.timer_intid], 40, "interrupts of the virtual timer");
}

static const struct test tests[] = {
    {.name = "ptimer-registers", .run = test_registers},
    {.name = "ptimer-irq", .run = test_irq},
    {.name = "ptimer-busy", .run = test_busy},
    {.name = "ptimer-wfi", .run = test_wfi},
    {.name = "ptimer-wfi-prompt", .run = test_wfi_prompt},
    {.name = "ptimer-imask", .run = test_imask},
    {.name = "ptimer-gic-mask", .run = test_gic_mask},
    {.name = "ptimer-level", .run = test_level},
    {.name = "ptimer-withdrawn", .run = test_withdrawn},
    {.name = "ptimer-both", .run = test_both},
};
const struct test_group group_ptimer = TEST_GROUP(tests);
