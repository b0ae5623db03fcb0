// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Interrupts as an attack, and what another VM on the core notices of it: one VM runs `storm` or `deaf`,
// others run `share` and `latency` at the same time. Each checks itself (PASS, FAIL) and ends. `storm-reset`
// is alone.
//
// Invariant: a phase of the storm is longer than a window of `share`, and each kind comes more than once; so
// a storm that costs another VM anything makes its windows unequal.
#include "guests/bare/bare.h"
#include "guests/bare/pl061.h"

#define RUN_US    1200000
#define PHASE_US  150000
#define WINDOW_US 50000
#define WINDOWS   (RUN_US / WINDOW_US - 2)
// By which windows may differ: a slice of a millisecond more or less, and what its change costs.
#define SHARE_PERCENT  3
#define STEP           64
#define PERIOD_US      1000
#define LATE_US        5 // at most, from a deadline to the handler
#define STORM_LEAST    2000
#define HELD_LEAST_V2  20
#define DEAF_SGI       3
#define DEAF_SGI_ABOVE 4
#define RESETS         40
#define RESET_LINES    100
#define STORM_TIMER_US 50
#define ALARM_US       1000

enum phase { QUIET, HELD_HIGH, RAISED_AGAIN, PHASES };

static u64 run_end;
static volatile u64 taken[PHASES];
static volatile u32 late_most, late_count; // ticks of the counter

// Some work. It is preempted, so it need not yield.
static void step(void) {
    for (u32 i = 0; i < STEP; i++) {
        asm volatile("" ::: "memory");
    }
}

static void report(const char *name, bool good) {
    print("%s %s\n", good ? "PASS" : "FAIL", name);
}

static enum phase phase_now(void) {
    u64 now = timer_now();
    return now >= run_end ? QUIET : (enum phase)(now / timer_ticks(PHASE_US) % PHASES);
}

// --- a storm on a bound line

// The phases end here: in a storm nothing else runs.
static void storm_take(u32 iar) {
    enum phase phase = phase_now();
    taken[phase]++;
    if (phase != HELD_HIGH) {
        pl061_lower();
    }
    gic_end(iar);
    if (phase == RAISED_AGAIN) {
        pl061_raise();
    }
}

// Quiet; then the line is high and stays so, whatever is ended; then it is low and at once high again, as
// often as it can.
void mode_storm(void) {
    if (!pl061_start()) {
        print("FAIL storm: give the VM a pl061\n");
        return;
    }
    irq_hook = storm_take;
    print("@bench begin storm\n");
    console_flush();
    run_end = timer_now() + timer_ticks(RUN_US);
    irq_enable();
    while (timer_now() < run_end) {
        if (phase_now() != QUIET) {
            pl061_raise();
        }
        step();
    }
    irq_disable();
    pl061_lower();
    print("@bench end storm\n");
    print("# storm: %lu and %lu interrupts\n", taken[HELD_HIGH], taken[RAISED_AGAIN]);
    // QEMU's GICv2 looks at a line that is still high only when its physical interface is used next.
    report("storm-held-high", taken[HELD_HIGH] > (machine.gic_version == 2 ? HELD_LEAST_V2 : STORM_LEAST));
    report("storm-raised-again", taken[RAISED_AGAIN] > STORM_LEAST);
}

// --- a guest that never ends an interrupt

static void deaf_take(u32 iar) {
    taken[QUIET] |= BIT(gic_intid(iar) & 63);
}

// What it has acknowledged stays active; what is more urgent comes still, what is not does not. Its reset
// finds all that was active, the physical interrupt too, at its end: the next boot takes them once more (the
// VM is reset once).
void mode_deaf(void) {
    bool again = pl061_is_started();
    if (!pl061_start()) {
        print("FAIL deaf: give the VM a pl061\n");
        return;
    }
    report(again ? "deaf-interface-after-reset" : "deaf-interface", gic_at_boot == GIC_AT_RESET);
    irq_hook = deaf_take;
    gic_enable(DEAF_SGI);
    gic_enable(DEAF_SGI_ABOVE);
    gic_set_priority(DEAF_SGI_ABOVE, 0x40);
    irq_enable();
    pl061_raise();
    u64 line = BIT(machine.gpio_intid & 63);
    report(again ? "deaf-line-after-reset" : "deaf-line", wait_until(taken[QUIET] == line, 100));
    gic_sgi_self(DEAF_SGI);
    report("deaf-equal-priority", !wait_until(taken[QUIET] != line, 5));
    gic_sgi_self(DEAF_SGI_ABOVE);
    report("deaf-higher-priority", wait_until(taken[QUIET] == (line | BIT(DEAF_SGI_ABOVE)), 100));
    irq_disable();
    if (again) {
        return;
    }
    machine_reset();
    report("deaf-reset", false);
}

// --- a guest that resets itself in a storm

static u32 storm_left;
static u64 storm_last; // the interrupt in whose handler it resets

static void storm_reset_take(u32 iar) {
    u32 intid = gic_intid(iar);
    if (storm_left) {
        storm_left--;
    } else if (intid == storm_last) {
        machine_reset(); // what is active stays so
        report("storm-reset", false);
    }
    if (intid == machine.gpio_intid) {
        pl061_lower();
    } else if (intid == machine.timer_intid) {
        timer_start(STORM_TIMER_US);
        gic_sgi_self(DEAF_SGI);
    } else if (intid == machine.ptimer_intid) {
        ptimer_start(STORM_TIMER_US / 2);
    }
    gic_end(iar);
    if (intid == machine.gpio_intid) {
        pl061_raise();
    }
}

// Each interrupt as it is asked for; before that none.
static bool interrupts_are_new(void) {
    const u32 intids[] = {machine.gpio_intid, machine.timer_intid, machine.ptimer_intid, DEAF_SGI};
    for (u32 i = 0; i < ARRAY_SIZE(intids); i++) {
        gic_enable(intids[i]);
    }
    irq_enable();
    u32 seen = 0;
    (void)wait_until(false, 1);
    for (u32 i = 0; i < ARRAY_SIZE(intids); i++) {
        seen += irq_count[intids[i]];
    }
    for (u32 i = 1; i <= RESET_LINES; i++) {
        pl061_raise();
        if (!wait_until(irq_count[machine.gpio_intid] == i, 10)) {
            seen++;
        }
    }
    return seen == 0 && irq_spurious == 0;
}

// The virtual time begins with the boot, goes as the physical one does, and both timers are on time.
static bool time_is_new(void) {
    u64 start = timer_now(), real = ptimer_now(), late_virtual, late_real;
    timer_start(ALARM_US);
    while (!irq_count[machine.timer_intid]) {
        asm volatile("wfi");
    }
    late_virtual = timer_now() - start - timer_ticks(ALARM_US);
    late_real = ptimer_now() - real - timer_ticks(ALARM_US);
    real = ptimer_now();
    ptimer_start(ALARM_US);
    while (!irq_count[machine.ptimer_intid]) {
        asm volatile("wfi");
    }
    real = ptimer_now() - real - timer_ticks(ALARM_US);
    return start < timer_ticks(50000) && late_virtual <= timer_ticks(LATE_US) &&
           late_real <= timer_ticks(LATE_US) && real <= timer_ticks(LATE_US) &&
           irq_count[machine.timer_intid] == 1 && irq_count[machine.ptimer_intid] == 1;
}

static void once_take(u32 iar) {
    u32 intid = gic_intid(iar);
    if (intid == machine.gpio_intid) {
        pl061_lower();
    } else if (intid == machine.timer_intid) {
        timer_stop();
    } else if (intid == machine.ptimer_intid) {
        ptimer_stop();
    }
    irq_count_and_end(iar);
}

// Each boot checks what the one before has left, which reset itself in a handler, with the line and both
// timers at their busiest; the device counts them.
void mode_storm_reset(void) {
    u32 boot = machine.gpio.size ? pl061_mark() : RESETS;
    if (!pl061_start()) {
        print("FAIL storm-reset: give the VM a pl061\n");
        return;
    }
    irq_hook = once_take;
    bool good = gic_at_boot == GIC_AT_RESET, interrupts = interrupts_are_new(), time = time_is_new();
    irq_disable();
    if (!good || !interrupts || !time || boot == RESETS) {
        pl061_set_mark(0);
        print("# storm-reset: boot %u: CPU interface %s, interrupts %s, time %s\n", boot,
              good ? "new" : "old", interrupts ? "new" : "old", time ? "new" : "old");
        report("storm-reset", good && interrupts && time);
        return;
    }
    const u32 last[] = {machine.gpio_intid, machine.timer_intid, machine.ptimer_intid, DEAF_SGI};
    pl061_set_mark((u8)(boot + 1));
    storm_last = last[boot % ARRAY_SIZE(last)];
    storm_left = 20 + 7 * boot;
    for (u32 i = 1; i < ARRAY_SIZE(last); i++) {
        gic_set_priority(last[i], (u8)(GIC_DEFAULT_PRIORITY - 0x20 * i)); // the line must not starve them
    }
    irq_hook = storm_reset_take;
    timer_start(STORM_TIMER_US);
    ptimer_start(STORM_TIMER_US);
    pl061_raise();
    irq_enable();
    (void)wait_until(false, 1000);
    report("storm-reset", false);
}

// --- what another VM has

// Counts in windows of equal length how far it comes.
void mode_share(void) {
    u64 least = ~0UL, most = 0, next = timer_now() + timer_ticks(WINDOW_US);
    for (u32 window = 0; window < WINDOWS; window++, next += timer_ticks(WINDOW_US)) {
        u64 turns = 0;
        while (timer_now() < next) {
            step();
            turns++;
        }
        if (window == 0) {
            continue; // the other VMs begin
        }
        least = turns < least ? turns : least;
        most = turns > most ? turns : most;
    }
    print("# share: %lu to %lu turns in a window\n", least, most);
    report("share", (most - least) * 100 <= most * SHARE_PERCENT);
}

static u64 deadline;

static void latency_take(u32 iar) {
    u64 late = timer_now() - deadline;
    late_most = late > late_most ? (u32)late : late_most;
    late_count++;
    deadline += timer_ticks(PERIOD_US);
    sysreg_write(cntv_cval_el0, deadline);
    isb();
    gic_end(iar);
}

// Waits for its timer, again and again, and notes how late it wakes up.
void mode_latency(void) {
    irq_hook = latency_take;
    gic_enable(machine.timer_intid);
    run_end = timer_now() + timer_ticks(RUN_US);
    deadline = timer_now() + timer_ticks(PERIOD_US);
    sysreg_write(cntv_cval_el0, deadline);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    irq_enable();
    while (timer_now() < run_end) {
        asm volatile("wfi");
    }
    irq_disable();
    timer_stop();
    print("# latency: %u wake-ups, at most %u ticks late\n", late_count, late_most);
    report("latency-count", late_count >= RUN_US / PERIOD_US - 1);
    report("latency", late_most <= timer_ticks(LATE_US));
}
