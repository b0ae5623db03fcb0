// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Every byte offset and every width, aligned or not, of every emulated register page is read and written. The
// machine may answer with a value or with a synchronous external abort; it must go on. `sweep=N` sets the
// stride in bytes. A writer that has written must be put back: the GIC by gic_init(), the UART by
// console_init().
#include "guests/bare/pl011.h"

struct sweep {
    u64 reads, read_aborts, writes, write_aborts, other;
    u64 sum; // of all values read, position-dependent
};

static void note_exception(struct sweep *sweep) {
    bool external = ESR_EC(trap.esr) == EC_DATA_ABORT && ESR_FSC(trap.esr) == FSC_EXTERNAL;
    bool alignment =
        ESR_EC(trap.esr) == EC_DATA_ABORT && ESR_FSC(trap.esr) == 0x21; // Device memory, unaligned
    sweep->other += !external && !alignment;
}

static void sweep_one(struct sweep *sweep, u64 address, unsigned width, u64 fixed) {
    u64 value = 0;
    if (probe_read(address, width, &value)) {
        sweep->reads++;
        sweep->sum = (sweep->sum << 7 | sweep->sum >> 57) ^ value;
    } else {
        sweep->read_aborts++;
        note_exception(sweep);
    }
    const u64 values[] = {fixed ? fixed : ~value, fixed ? fixed : value};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (probe_write(address, width, values[i])) {
            sweep->writes++;
        } else {
            sweep->write_aborts++;
            note_exception(sweep);
        }
    }
}

// `fixed`, if not 0, is what is written instead of the inverse and the value read.
static void sweep_range(struct sweep *sweep, u64 base, u32 from, u32 to, u32 step, u64 fixed) {
    for (u32 offset = from; offset < to; offset += step) {
        for (unsigned width = 1; width <= 8; width *= 2) {
            sweep_one(sweep, base + offset, width, fixed);
        }
    }
}

// Returns the stride.
static u32 sweep_begin(void) {
    u64 stride = machine_option_number("sweep", 1);
    console_flush();
    return stride ? (u32)stride : 1;
}

static void sweep_end(const struct sweep *sweep, const char *what) {
    print("# sweep of %s: %lu reads, %lu aborted, %lu writes, %lu aborted, sum 0x%lx\n", what,
          sweep->reads + sweep->read_aborts, sweep->read_aborts, sweep->writes + sweep->write_aborts,
          sweep->write_aborts, sweep->sum);
    check_equal(sweep->other, 0, "exceptions that are neither external aborts nor alignment faults");
    check(sweep->reads != 0, "every read aborts");
    check(sweep->writes != 0, "every write aborts");
    u32 spi = gic_free_spi();
    ticker_start(200, 3);
    gic_enable(1);
    gic_sgi_self(1);
    gic_set_edge(spi, true);
    gic_enable(spi);
    gic_set_bit(GICD_ISPENDR, spi);
    irq_enable();
    check(wait_until(ticker.left == 0, 1000), "the timer's interrupt does not arrive after the sweep");
    check(wait_until(irq_count[1] == 1, 100), "an SGI does not arrive after the sweep");
    check(wait_until(irq_count[spi] == 1, 100), "an SPI does not arrive after the sweep");
    irq_disable();
    for (u32 i = 0; i < gic_lines(); i++) {
        check(irq_count[i] == 0 || i == 1 || i == spi || i == machine.timer_intid, "INTID %u arrives unasked",
              i);
    }
    check_equal(irq_spurious, 0, "spurious interrupts after the sweep");
}

// Pages without registers are only sampled.
#define SAMPLE 0x145

static void test_gicd(void) {
    struct sweep sweep = {0};
    u64 base = machine.gicd.base;
    u32 step = sweep_begin();
    sweep_range(&sweep, base, 0, 0x1000, step, 0);
    if (machine.gic_version == 3) {
        sweep_range(&sweep, base, 0x1000, 0x6000, SAMPLE, 0);
        sweep_range(&sweep, base, 0x6000, 0x8000, step, 0);
        sweep_range(&sweep, base, 0x8000, 0xf000, SAMPLE, 0);
        sweep_range(&sweep, base, 0xf000, 0x10000, step, 0);
    }
    gic_init();
    sweep_end(&sweep, "GICD");
}

static void test_gicr(void) {
    struct sweep sweep = {0};
    u64 base = machine.gicr.base;
    u32 step = sweep_begin();
    sweep_range(&sweep, base, 0, 0x1000, step, 0);
    sweep_range(&sweep, base, 0x1000, 0xf000, SAMPLE, 0);
    sweep_range(&sweep, base, 0xf000, 0x11000, step, 0);
    sweep_range(&sweep, base, 0x11000, 0x20000, SAMPLE, 0);
    gic_init();
    sweep_end(&sweep, "GICR");
}

// The data register gets spaces, which do not disturb the console.
static void test_pl011(void) {
    struct sweep sweep = {0};
    u64 base = machine.uart.base;
    u32 step = sweep_begin();
    write32(base + PL011_CR, 0);
    sweep_range(&sweep, base, 0, 4, step, 0x2020202020202020);
    write32(base + PL011_CR, 0);
    sweep_range(&sweep, base, 4, 0x1000, step, 0);
    console_init();
    gic_init();
    print("\n");
    sweep_end(&sweep, "PL011");
}

static const struct test tests[] = {
    {.name = "sweep-gicd", .run = test_gicd},
    {.name = "sweep-gicr", .run = test_gicr, .gic = 3},
    {.name = "sweep-pl011", .run = test_pl011},
};
const struct test_group group_sweep = TEST_GROUP(tests);
