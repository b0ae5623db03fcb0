// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The timers (Arm ARM D11.2).
#include "guests/bare/bare.h"

struct ticker ticker;

u64 timer_now(void) {
    isb();
    return sysreg_read(cntvct_el0);
}

u64 timer_ticks(u64 microseconds) {
    return sysreg_read(cntfrq_el0) * microseconds / 1000000;
}

void timer_stop(void) {
    sysreg_write(cntv_ctl_el0, 0);
    isb();
}

void timer_start(u64 microseconds) {
    sysreg_write(cntv_cval_el0, timer_now() + timer_ticks(microseconds));
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
}

u64 ptimer_now(void) {
    isb();
    return sysreg_read(cntpct_el0);
}

void ptimer_start(u64 microseconds) {
    sysreg_write(cntp_cval_el0, ptimer_now() + timer_ticks(microseconds));
    sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
    isb();
}

void ptimer_stop(void) {
    sysreg_write(cntp_ctl_el0, 0);
    isb();
}

static void ticker_hook(u32 iar) {
    if (gic_intid(iar) == machine.timer_intid) {
        ticker.count++;
        if (--ticker.left) {
            timer_start(ticker.period);
        } else {
            timer_stop();
        }
    }
    irq_count_and_end(iar);
}

void ticker_start(u64 period, u64 ticks) {
    ticker = (struct ticker){.period = period, .left = ticks};
    irq_hook = ticker_hook;
    gic_enable(machine.timer_intid);
    timer_start(period);
}
