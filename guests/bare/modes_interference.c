// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One of two VMs that share a core (systems/interference): in its turn it measures itself, in the other's
// turn it is the neighbour. Command line:
//     turn=1|2             which of the two turns is the own one
//     neighbour=KIND       what each does in the other's turn: idle, compute, flood
//     neighbour=alone-one  only VM one runs, the other one is off; alone-two: likewise
//     slice=N              microseconds that the scheduler gives each; all lengths are multiples of it
// Console, when both turns are over:
//     @interference work=T away=A owed=O gaps=G flood=N freq=HZ
//     @samples interference busy|waiting freq=HZ V V ...
// T: ticks that a fixed amount of work took, with BUSY_SAMPLES interrupts in it; A: of these, those in which
// the VM did not have the core, in G pieces; O: of these, what is within one slice of each piece, and so the
// neighbour's by right; N: interrupts that it took as the neighbour. V: ticks from the timer's deadline to
// the handler, while it works, and while it waits in WFI.
//
// Invariants:
// 1. The VMs have no channel: turns begin and end by their own counters, which begin with the VMs. So a
//    neighbour is one for a margin longer than the turn, on both sides.
// 2. Nothing is printed before both turns are over.
#include "guests/bare/fdt.h"
#include "guests/bare/pl061.h"

#define TURN_SLICES 88 // how long a turn is
#define WORK_SLICES 16 // and the work, at one instruction a nanosecond
// The deadlines of the interrupts are spread over this time: the own slice and the neighbour's, or the
// neighbour's.
#define BUSY_SPREAD     2
#define WAITING_SPREAD  1
#define BUSY_SAMPLES    12
#define WAITING_SAMPLES 48
#define LEAST_US        20 // from setting the timer to its deadline
#define AWAY_US         20 // a step of the work that takes so much longer was interrupted by the neighbour
#define STEP_ROUNDS     100
#define STEP_INSTR      440 // about
#define FLOOD_SGI       5
#define LINE_VALUES     24

enum neighbour { IDLE, COMPUTE, FLOOD, ALONE_ONE, ALONE_TWO, NEIGHBOURS };

static u64 slice_us, my_turn, flood_end, flood_count, deadline, random = 1;
static u32 samples[BUSY_SAMPLES + WAITING_SAMPLES];
static volatile u32 taken;
static u32 wanted; // interrupts are armed until so many have been taken
static u32 spread; // in slices

static struct work { u64 ticks, away, owed, gaps; } work;

// --- the interrupt that is measured

static void arm(void) {
    random = random * 6364136223846793005UL + 1442695040888963407UL; // Knuth's constants
    u64 ticks = timer_ticks(slice_us * spread);
    deadline = timer_now() + timer_ticks(LEAST_US) + (random >> 33) % ticks;
    sysreg_write(cntv_cval_el0, deadline);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
}

static void take(u32 iar) {
    samples[taken++] = (u32)(timer_now() - deadline);
    if (taken < wanted) {
        arm();
    } else {
        timer_stop();
    }
    gic_end(iar);
}

static void start_samples(u32 count, u32 in_slices) {
    gic_init();
    irq_hook = take;
    gic_enable(machine.timer_intid);
    wanted = taken + count;
    spread = in_slices;
}

// --- the work

// Always the same number of instructions.
static void step(void) {
    u64 rounds = STEP_ROUNDS, value = 3;
    asm volatile("1: mul %[value], %[value], %[value]\n"
                 "add %[value], %[value], %[rounds]\n"
                 "subs %[rounds], %[rounds], #1\n"
                 "b.ne 1b\n"
                 : [value] "+r"(value), [rounds] "+r"(rounds)::"cc");
}

static void measure_work(void) {
    u64 steps = slice_us * 1000 / STEP_INSTR * WORK_SLICES, least = ~0UL, slice = timer_ticks(slice_us);
    start_samples(BUSY_SAMPLES, BUSY_SPREAD);
    arm();
    irq_enable();
    u64 begin = timer_now(), last = begin;
    for (u64 i = 0; i < steps; i++) {
        step();
        u64 now = timer_now(), ticks = now - last;
        if (ticks > timer_ticks(AWAY_US)) {
            u64 gap = ticks - least;
            work.away += gap;
            work.owed += gap < slice ? gap : slice;
            work.gaps++;
        } else if (ticks < least) {
            least = ticks;
        }
        last = now;
    }
    work.ticks = last - begin;
    irq_disable();
}

static void measure_waiting(void) {
    start_samples(WAITING_SAMPLES, WAITING_SPREAD);
    arm();
    while (taken < wanted) {
        asm volatile("wfi");
        irq_enable();
        isb();
        irq_disable();
    }
}

// --- the neighbour

static void sleep_take(u32 iar) {
    timer_stop();
    gic_end(iar);
}

static void sleep_until(u64 end) {
    gic_init();
    irq_hook = sleep_take;
    gic_enable(machine.timer_intid);
    sysreg_write(cntv_cval_el0, end);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
    while (timer_now() < end) {
        asm volatile("wfi");
        irq_enable();
        isb();
        irq_disable();
    }
    timer_stop();
}

// The timer's deadline is always over; each of its interrupts sends an SGI, and raises the line.
static void flood_take(u32 iar) {
    u32 intid = gic_intid(iar);
    flood_count++;
    if (timer_now() >= flood_end) {
        timer_stop();
    } else if (intid == machine.timer_intid) {
        gic_sgi_self(FLOOD_SGI);
        if (machine.gpio.size) {
            pl061_raise();
        }
    }
    if (machine.gpio.size && intid == machine.gpio_intid) {
        pl061_lower();
    }
    gic_end(iar);
}

static void flood(u64 end) {
    flood_end = end;
    gic_init();
    irq_hook = flood_take;
    gic_enable(FLOOD_SGI);
    gic_enable(machine.timer_intid);
    if (pl061_start()) {
        gic_set_priority(machine.gpio_intid, GIC_DEFAULT_PRIORITY / 2);
    }
    sysreg_write(cntv_cval_el0, 0);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    irq_enable();
    while (timer_now() < end) {
        step();
    }
    irq_disable();
    if (machine.gpio.size) {
        pl061_lower();
    }
    timer_stop();
}

static void be_neighbour(enum neighbour kind, u64 end) {
    if (kind == FLOOD) {
        flood(end);
    }
    while (kind == COMPUTE && timer_now() < end) {
        step();
    }
}

// --- the course

static void print_samples(const char *series, const u32 *values, u32 count) {
    for (u32 i = 0; i < count; i++) {
        if (i % LINE_VALUES == 0) {
            print("%s@samples interference %s freq=%lu", i ? "\n" : "", series, sysreg_read(cntfrq_el0));
        }
        print(" %u", values[i]);
    }
    print("\n");
}

// The VMs do not begin at once: the second one has the core when the first has had its slice.
static u64 margin_us(void) {
    return 5000 + 3 * slice_us;
}

static u64 turn_begin(u64 turn) {
    return timer_ticks(2 * margin_us() + (turn - 1) * (slice_us * TURN_SLICES + 2 * margin_us()));
}

static bool measure(u64 end) {
    measure_work();
    bool all = taken == BUSY_SAMPLES;
    measure_waiting();
    if (timer_now() >= end || !all) {
        print("@fail interference %s\n", all ? "the measurement took longer than the turn"
                                             : "the work was over before its interrupts had come");
        return false;
    }
    return true;
}

static enum neighbour kind_get(void) {
    static const char *const names[NEIGHBOURS] = {"idle", "compute", "flood", "alone-one", "alone-two"};
    char word[16];
    u32 kind = 0;
    machine_option("neighbour", word, sizeof(word));
    while (kind < NEIGHBOURS && !string_equal(word, names[kind])) {
        kind++;
    }
    return (enum neighbour)kind;
}

static u64 option_number(const char *key) {
    char digits[16];
    u64 value = 0;
    machine_option(key, digits, sizeof(digits));
    for (const char *c = digits; *c >= '0' && *c <= '9'; c++) {
        value = value * 10 + (u64)(*c - '0');
    }
    return value;
}

void mode_interference(void) {
    enum neighbour kind = kind_get();
    bool good = true;
    slice_us = option_number("slice");
    my_turn = option_number("turn");
    if (kind == NEIGHBOURS || slice_us < 100 || slice_us > 100000 || my_turn < 1 || my_turn > 2) {
        print("@fail interference give turn=1 or 2, neighbour= and slice=100 to 100000\n");
        return;
    }
    bool alone = kind >= ALONE_ONE;
    if (alone && my_turn != (kind == ALONE_ONE ? 1 : 2)) {
        return;
    }
    for (u64 turn = 1; turn <= 2; turn++) {
        u64 begin = turn_begin(turn), end = begin + timer_ticks(slice_us * TURN_SLICES);
        if (turn == my_turn) {
            sleep_until(begin);
            good = measure(end);
        } else if (!alone) {
            sleep_until(begin - timer_ticks(margin_us()));
            be_neighbour(kind, end + timer_ticks(margin_us()));
        }
    }
    // One after the other, so that no line is broken by the other's.
    sleep_until(turn_begin(2 + my_turn));
    if (good) {
        print("@interference work=%lu away=%lu owed=%lu gaps=%lu flood=%lu freq=%lu\n", work.ticks, work.away,
              work.owed, work.gaps, flood_count, sysreg_read(cntfrq_el0));
        print_samples("busy", samples, BUSY_SAMPLES);
        print_samples("waiting", samples + BUSY_SAMPLES, WAITING_SAMPLES);
    }
}
