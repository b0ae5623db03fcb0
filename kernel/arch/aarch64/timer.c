// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Time: the physical counter, and the kernel's deadline by the EL2 physical timer (CNTHP; Arm ARM D11).
//
// Invariant: the timer is either off or its compare value is the nearest deadline that sched_schedule knows.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/ticks.h>
#include <board.h>
#include <kernel/drivers/gic.h>

#define CNTHP_CTL_ENABLE 1ull
// How late a level may come again (gic_looks_late): longer than a 100 Hz tick's period, so that a guest that
// has one takes no exit for it.
#define LOOK_US 12000

static struct ticks_ratio ratio;

void timer_init_core(struct core *core) {
    word_t frequency = SYSREG_READ("cntfrq_el0");
    if (!ticks_ratio_make(frequency, &ratio))
        kernel_panic(
            "CNTFRQ_EL0 is %lu Hz, which no system counter has: the firmware must set it to the counter's "
            "frequency, 1 MHz to 1 GHz",
            frequency);
    core->arch.look_ticks = arch_us_to_ticks(LOOK_US);
    core->arch.look_at = ~0ull;
    SYSREG_WRITE("cnthp_ctl_el2", 0);
    arch_irq_unmask(BOARD_IRQ_HYP_TIMER);
}

ticks_t arch_timer_now(void) {
    return SYSREG_READ("cntpct_el0");
}

void arch_timer_set_deadline(ticks_t deadline) {
    if (gic_looks_late) {
        struct core *core = arch_core();
        core->arch.deadline = deadline;
        deadline = core->arch.look_at < deadline ? core->arch.look_at : deadline;
    }
    SYSREG_WRITE("cnthp_cval_el2", deadline);
    SYSREG_WRITE("cnthp_ctl_el2", CNTHP_CTL_ENABLE);
}

ticks_t arch_us_to_ticks(word_t us) {
    return ticks_scale(us, ratio.ticks, ratio.us);
}

word_t arch_ticks_to_us(ticks_t ticks) {
    return ticks_scale(ticks, ratio.us, ratio.ticks);
}
