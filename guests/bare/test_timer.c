// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The generic timer (Arm ARM D11.2): counter, virtual timer with its interrupt, and the physical timer, which
// a guest may be given or denied.
#include "guests/bare/bare.h"

static u32 timer_irqs(void) {
    return irq_count[machine.timer_intid];
}

static void test_counter(void) {
    check(sysreg_read(cntfrq_el0) != 0, "CNTFRQ_EL0 is 0");
    u64 last = timer_now(), first = last;
    for (unsigned i = 0; i < 10000; i++) {
        u64 now = timer_now();
        if (!check(now >= last, "CNTVCT_EL0 went back by %lu", last - now)) {
            return;
        }
        last = now;
    }
    check(last > first, "CNTVCT_EL0 stands still");
}

static void test_status(void) {
    sysreg_write(cntv_cval_el0, timer_now() + timer_ticks(1000));
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE | TIMER_IMASK);
    isb();
    check_equal(sysreg_read(cntv_ctl_el0), TIMER_ENABLE | TIMER_IMASK, "CNTV_CTL_EL0 before the deadline");
    check((int32_t)sysreg_read(cntv_tval_el0) > 0, "CNTV_TVAL_EL0 is not positive before the deadline");
    check(wait_until(sysreg_read(cntv_ctl_el0) & TIMER_ISTATUS, 1000), "ISTATUS stays 0");
    check((int32_t)sysreg_read(cntv_tval_el0) <= 0, "CNTV_TVAL_EL0 is positive after the deadline");
    sysreg_write(cntv_tval_el0, 0x10000);
    isb();
    u64 ahead = sysreg_read(cntv_cval_el0) - timer_now();
    check(ahead <= 0x10000, "CNTV_CVAL_EL0 is 0x%lx ahead after CNTV_TVAL_EL0 = 0x10000", ahead);
}

static void test_irq(void) {
    ticker_start(1000, 1);
    irq_enable();
    check(wait_until(ticker.left == 0, 1000), "no interrupt");
    check_equal(timer_irqs(), 1, "interrupts");
    check_equal(machine.timer_intid, 27, "INTID of the virtual timer in the tree");
}

static void test_irq_many(void) {
    ticker_start(200, 50);
    irq_enable();
    check(wait_until(ticker.left == 0, 3000), "only %lu of 50 interrupts", ticker.count);
    u32 count = timer_irqs();
    check(!wait_until(timer_irqs() != count, 5), "an interrupt after the timer was stopped");
}

static void test_irq_wfi(void) {
    ticker_start(500, 20);
    irq_enable();
    u64 end = timer_now() + timer_ticks(3000000);
    while (ticker.left && timer_now() < end) {
        asm volatile("wfi" ::: "memory");
    }
    check_equal(ticker.left, 0, "ticks left");
}

// WFI wakes up although the PE masks the interrupt, and does not take it.
static void test_wfi_masked(void) {
    for (unsigned i = 0; i < 10; i++) {
        ticker_start(500, 1);
        u64 end = timer_now() + timer_ticks(1000000);
        while (!(sysreg_read(isr_el1) & BIT(7)) && timer_now() < end) {
            asm volatile("wfi" ::: "memory");
        }
        check_equal(ticker.count, 0, "interrupts while masked");
        check(sysreg_read(isr_el1) & BIT(7), "ISR_EL1.I is 0 after the deadline");
        irq_enable();
        check(wait_until(ticker.left == 0, 100), "the interrupt is lost");
        irq_disable();
    }
}

// CNTV_CTL_EL0.IMASK holds the interrupt back; the condition stays.
static void test_imask(void) {
    gic_enable(machine.timer_intid);
    irq_hook = irq_count_and_end;
    sysreg_write(cntv_cval_el0, timer_now());
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE | TIMER_IMASK);
    isb();
    irq_enable();
    check(!wait_until(timer_irqs() != 0, 3), "an interrupt in spite of IMASK");
    irq_disable();
    check(sysreg_read(cntv_ctl_el0) & TIMER_ISTATUS, "ISTATUS is 0");
    check(!gic_bit(GICD_ISPENDR, machine.timer_intid), "PPI pending in spite of IMASK");
    ticker_start(0, 3);
    irq_enable();
    check(wait_until(ticker.left == 0, 100), "no interrupt after IMASK was cleared");
}

// The GIC's enable holds the level back; it is delivered once enabled.
static void test_gic_mask(void) {
    ticker_start(100, 5);
    gic_disable(machine.timer_intid);
    irq_enable();
    check(!wait_until(timer_irqs() != 0, 3), "an interrupt although disabled");
    check(gic_bit(GICD_ISPENDR, machine.timer_intid), "the PPI does not read as pending");
    gic_enable(machine.timer_intid);
    check(wait_until(ticker.left == 0, 100), "no interrupt after enabling");
}

// The interrupt is a level: ended without its cause removed, it comes again. The third one removes the cause;
// the handler must, because between two interrupts of a level the interrupted code need not advance.
static void level_hook(u32 iar) {
    if (timer_irqs() == 2) {
        timer_stop();
    }
    irq_count_and_end(iar);
}

static void test_level(void) {
    gic_enable(machine.timer_intid);
    irq_hook = level_hook;
    timer_start(0);
    irq_enable();
    check(wait_until(timer_irqs() >= 3, 100), "%u interrupts of a level that stays", timer_irqs());
    check(!wait_until(timer_irqs() != 3, 3), "an interrupt after the level fell");
}

// A deadline moved away in time takes the interrupt with it.
static void test_withdrawn(void) {
    ticker_start(0, 1);
    check(wait_until(gic_bit(GICD_ISPENDR, machine.timer_intid), 100), "the PPI does not read as pending");
    timer_stop();
    check(wait_until(!gic_bit(GICD_ISPENDR, machine.timer_intid), 100), "the PPI stays pending");
    irq_enable();
    check(!wait_until(timer_irqs() != 0, 3), "an interrupt of a stopped timer");
}

static void stop_and_end_fast(void) {
    u32 iar = gic_acknowledge_fast();
    timer_stop();
    irq_count[gic_intid(iar)]++;
    gic_end_fast(iar);
}

static void stop_and_end(u32 iar) {
    timer_stop();
    irq_count_and_end(iar);
}

// From one group to the other and back, while nothing else happens.
static void test_groups(void) {
    irq_hook = stop_and_end;
    fiq_hook = stop_and_end_fast;
    gic_enable(machine.timer_intid);
    asm volatile("msr daifclr, #3" ::: "memory"); // IRQ and FIQ
    for (u32 i = 1; i <= 8; i++) {
        timer_start(i % 3 ? 0 : 50);
        if (!check(wait_until(timer_irqs() == i, 20), "interrupt %u does not come", i)) {
            break;
        }
        if (i % 2 == 0) {
            gic_change_group(machine.timer_intid);
        }
    }
    check(!wait_until(timer_irqs() > 8, 1), "one more comes");
    asm volatile("msr daifset, #3" ::: "memory");
    fiq_hook = NULL;
}

static void test_busy(void) {
    u64 sum = 0;
    ticker_start(300, 30);
    irq_enable();
    u64 end = timer_now() + timer_ticks(3000000);
    for (u64 i = 0; ticker.left && (i & 0xffff || timer_now() < end); i++) {
        sum += i ^ sum << 1;
        asm volatile("" : "+r"(sum));
    }
    check_equal(ticker.left, 0, "ticks left");
}

static void test_physical(void) {
    u64 first = 0, control = 0;
    if (!sysreg_try(cntpct_el0, first)) {
        check_equal(ESR_EC(trap.esr), EC_UNKNOWN, "exception class of CNTPCT_EL0");
    } else {
        isb();
        check(sysreg_read(cntpct_el0) >= first, "CNTPCT_EL0 went back");
    }
    if (!sysreg_try(cntp_ctl_el0, control)) {
        check_equal(ESR_EC(trap.esr), EC_UNKNOWN, "exception class of CNTP_CTL_EL0");
        check(!trap_try("msr cntp_ctl_el0, xzr" ::: "memory"), "CNTP_CTL_EL0 is undefined only for reads");
        return;
    }
    sysreg_write(cntp_cval_el0, 0);
    sysreg_write(cntp_ctl_el0, TIMER_ENABLE | TIMER_IMASK);
    isb();
    check_equal(sysreg_read(cntp_ctl_el0), TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS, "CNTP_CTL_EL0");
    check_equal(sysreg_read(cntp_cval_el0), 0, "CNTP_CVAL_EL0");
    sysreg_write(cntp_tval_el0, 0x7fffffff);
    isb();
    check_equal(sysreg_read(cntp_ctl_el0), TIMER_ENABLE | TIMER_IMASK, "CNTP_CTL_EL0 before the deadline");
    sysreg_write(cntp_ctl_el0, 0);
}

static const struct test tests[] = {
    {.name = "timer-counter", .run = test_counter},
    {.name = "timer-status", .run = test_status},
    {.name = "timer-irq", .run = test_irq},
    {.name = "timer-irq-many", .run = test_irq_many},
    {.name = "timer-irq-busy", .run = test_busy},
    {.name = "timer-irq-wfi", .run = test_irq_wfi},
    {.name = "timer-wfi-masked", .run = test_wfi_masked},
    {.name = "timer-imask", .run = test_imask},
    {.name = "timer-gic-mask", .run = test_gic_mask},
    {.name = "timer-level", .run = test_level},
    {.name = "timer-withdrawn", .run = test_withdrawn},
    {.name = "timer-groups", .run = test_groups},
    {.name = "timer-physical", .run = test_physical},
};
const struct test_group group_timer = TEST_GROUP(tests);
