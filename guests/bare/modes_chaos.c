// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A guest that programs its interrupt controller at random: any register, value and access size, interrupts
// taken and ended or not, its bound line and its timer raised and lowered. What it has done to itself ends
// with a fresh gic_init(): each kind of interrupt then comes exactly once.
//
// Command line: seed=N of the random numbers (1), seconds=N of guest time (1).
//
// Invariant: no interrupt goes on for ever: a handler that ends nothing lowers every line in the end.
#include "guests/bare/bare.h"
#include "guests/bare/pl061.h"

#define CHECK_SGI   5
#define CHECK_MS    20
#define PATIENCE    16 // interrupts in a row after which all lines are lowered
#define GICC_AIAR   0x20
#define GICC_AEOIR  0x24
#define GICC_FRAMES 0x2000 // GICC_DIR is in the second page

static u64 state;
static u32 in_a_row;
static u64 accesses, exceptions, interrupts;

// xorshift64 (Marsaglia 2003).
static u64 random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static u64 random_below(u64 limit) {
    return (random() >> 16) % limit;
}

// All bits, few, or a small number: each finds other mistakes.
static u64 random_value(void) {
    switch (random_below(5)) {
    case 0:
        return ~0UL;
    case 1:
        return 0;
    case 2:
        return BIT(random_below(64));
    case 3:
        return random_below(1024);
    default:
        return random();
    }
}

static u64 option_number(const char *key, u64 otherwise) {
    char text[24];
    u64 number = 0;
    if (!machine_option(key, text, sizeof(text))) {
        return otherwise;
    }
    for (const char *c = text; *c >= '0' && *c <= '9'; c++) {
        number = number * 10 + (u64)(*c - '0');
    }
    return number;
}

// --- accesses

static void access(u64 base, u64 size) {
    unsigned width = 1U << random_below(4);
    u64 value, offset = random_below(size) & ~(u64)(random_below(16) ? width - 1 : 0);
    bool done = random_below(4) ? probe_write(base + offset, width, random_value())
                                : probe_read(base + offset, width, &value);
    accesses++;
    exceptions += !done;
}

// Half of them where registers are dense: the first four KiB.
static void access_distributor(void) {
    access(machine.gicd.base, random_below(2) ? 0x1000 : machine.gicd.size);
}

static void access_redistributor(void) {
    u64 frame = random_below(2) ? GICR_SGI_BASE : 0;
    access(machine.gicr.base + frame, random_below(4) ? 0x1000 : 0x10000);
}

static void access_interface_v2(void) {
    access(machine.gicc.base, random_below(2) ? 0x100 : GICC_FRAMES);
}

#define INTERFACE(name)                                                                                      \
    {                                                                                                        \
        exceptions += write ? !trap_try("msr " #name ", %0" : : "r"(value) : "memory")                       \
                            : !sysreg_try(name, value);                                                      \
        break;                                                                                               \
    }

static void access_interface_v3(void) {
    bool write = random_below(4) != 0;
    u64 value = random_value();
    accesses++;
    switch (random_below(22)) {
    case 0:
        INTERFACE(ICC_PMR_EL1)
    case 1:
        value &= 7; // as below
        INTERFACE(ICC_BPR0_EL1)
    case 2:
        value &= 7; // QEMU 7.2 takes further bits and ends with an assertion; they are RES0
        INTERFACE(ICC_BPR1_EL1)
    case 3:
        INTERFACE(ICC_CTLR_EL1)
    case 4:
        INTERFACE(ICC_SRE_EL1)
    case 5:
        INTERFACE(ICC_IGRPEN0_EL1)
    case 6:
        INTERFACE(ICC_IGRPEN1_EL1)
    case 7:
        INTERFACE(ICC_AP0R0_EL1)
    case 8:
        INTERFACE(ICC_AP0R1_EL1)
    case 9:
        INTERFACE(ICC_AP1R0_EL1)
    case 10:
        INTERFACE(ICC_AP1R3_EL1)
    case 11:
        INTERFACE(S3_0_C12_C8_0) // ICC_IAR0_EL1
    case 12:
        INTERFACE(S3_0_C12_C8_1) // ICC_EOIR0_EL1
    case 13:
        INTERFACE(S3_0_C12_C12_0) // ICC_IAR1_EL1
    case 14:
        INTERFACE(S3_0_C12_C12_1) // ICC_EOIR1_EL1
    case 15:
        INTERFACE(S3_0_C12_C11_1) // ICC_DIR_EL1
    case 16:
        INTERFACE(S3_0_C12_C8_2) // ICC_HPPIR0_EL1
    case 17:
        INTERFACE(S3_0_C12_C12_2) // ICC_HPPIR1_EL1
    case 18:
        INTERFACE(S3_0_C12_C11_3) // ICC_RPR_EL1
    case 19:
        INTERFACE(S3_0_C12_C11_5) // ICC_SGI1R_EL1
    case 20:
        INTERFACE(S3_0_C12_C11_6) // ICC_ASGI1R_EL1
    default:
        INTERFACE(S3_0_C12_C11_7) // ICC_SGI0R_EL1
    }
}

static void access_interface(void) {
    if (machine.gic_version == 2) {
        access_interface_v2();
    } else {
        access_interface_v3();
    }
}

static void send_sgi(void) {
    if (random_below(2)) {
        gic_sgi_self((u32)random_below(16));
    } else if (machine.gic_version == 2) {
        write32(machine.gicd.base + GICD_SGIR, (u32)random());
    } else {
        sysreg_write(ICC_SGI1R_EL1, random());
    }
}

// --- interrupts

static void lower_all(void) {
    if (machine.gpio.size) {
        pl061_lower();
    }
    timer_stop();
    gic_set_mask(0);
    in_a_row = 0;
}

// The trap stays armed here: what the handler is refused is tolerated too.
static void chaos_take(u32 iar) {
    bool armed = trap.armed;
    trap.armed = true;
    interrupts++;
    if (++in_a_row > PATIENCE) {
        lower_all();
    }
    if (random_below(2) && machine.gpio.size) {
        pl061_lower();
    }
    switch (random_below(6)) {
    case 0:
        break; // stays active
    case 1:
        gic_end((u32)random_below(1024));
        break;
    case 2:
        gic_deactivate(iar);
        break;
    case 3:
        gic_end(iar);
        gic_deactivate(iar);
        break;
    default:
        gic_end(iar);
    }
    trap.armed = armed;
}

// An interrupt of group 1 on a GICv2, which GICC_IAR does not give (IHI 0048B 4.4.4), or none at all.
static void chaos_take_none(void) {
    bool armed = trap.armed;
    trap.armed = true;
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_AEOIR, read32(machine.gicc.base + GICC_AIAR));
    }
    if (++in_a_row > PATIENCE) {
        lower_all();
    }
    trap.armed = armed;
}

// One that lets interrupts come now and then, whatever was done before: else all sleeps after some thousand.
static void revive(void) {
    irq_disable();
    void (*hook)(u32) = irq_hook;
    gic_init();
    irq_hook = hook;
    gic_enable(machine.timer_intid);
    if (machine.gpio.size) {
        gic_enable(machine.gpio_intid);
    }
    irq_enable();
}

static void act(void) {
    switch (random_below(16)) {
    case 0:
        send_sgi();
        break;
    case 1:
        timer_start(random_below(100));
        break;
    case 2:
        sysreg_write(cntv_ctl_el0, random_below(8));
        break;
    case 3:
        if (machine.gpio.size) {
            pl061_raise();
        }
        break;
    case 4:
        if (machine.gpio.size) {
            pl061_lower();
        }
        break;
    case 5:
    case 6:
    case 7:
        access_interface();
        break;
    case 8:
    case 9:
    case 10:
        if (machine.gic_version == 3) {
            access_redistributor();
            break;
        }
        __attribute__((fallthrough));
    default:
        access_distributor();
    }
    if (random_below(256) == 0) {
        revive();
    }
    in_a_row = 0;
}

// --- what is left

static void take_line(u32 iar) {
    if (gic_intid(iar) == machine.gpio_intid) {
        pl061_lower();
    }
    if (gic_intid(iar) == machine.timer_intid) {
        timer_stop();
    }
    irq_count_and_end(iar);
}

static void expect_once(const char *name, u32 intid) {
    bool came = wait_until(irq_count[intid] != 0, CHECK_MS);
    u32 total = 0;
    wait_until(irq_count[intid] > 1, 1);
    for (u32 i = 0; i < GIC_INTIDS; i++) {
        total += irq_count[i];
        irq_count[i] = 0;
    }
    if (came && total == 1) {
        print("PASS chaos-%s\n", name);
    } else {
        print("FAIL chaos-%s: %u interrupts instead of one of INTID %u\n", name, total, intid);
    }
}

// gic_init() leaves the other group's state alone, which nothing else uses.
static void forget_other_group(void) {
    if (machine.gic_version == 3) {
        sysreg_write(ICC_AP0R0_EL1, 0);
        sysreg_write(ICC_IGRPEN0_EL1, 0);
        isb();
    }
}

static void check_self(void) {
    irq_disable();
    timer_stop();
    forget_other_group();
    gic_init();
    irq_hook = take_line;
    irq_enable();
    gic_enable(CHECK_SGI);
    gic_sgi_self(CHECK_SGI);
    expect_once("sgi", CHECK_SGI);
    gic_enable(machine.timer_intid);
    timer_start(100);
    expect_once("timer", machine.timer_intid);
    if (pl061_start()) {
        pl061_raise();
        expect_once("line", machine.gpio_intid);
    }
    irq_disable();
}

void mode_chaos(void) {
    u64 seed = option_number("seed", 1), seconds = option_number("seconds", 1);
    print("# chaos: seed=%lu seconds=%lu\n", seed, seconds);
    state = seed * 0x9e3779b97f4a7c15UL | 1; // never 0
    irq_hook = chaos_take;
    irq_hook_none = chaos_take_none;
    pl061_start();
    gic_enable(machine.timer_intid);
    irq_enable();
    for (u64 end = timer_now() + timer_ticks(seconds * 1000000); timer_now() < end;) {
        act();
    }
    irq_hook_none = NULL;
    if (machine.gpio.size) {
        pl061_lower();
    }
    check_self();
    print("# chaos: %lu accesses, %lu exceptions, %lu interrupts\n", accesses, exceptions, interrupts);
}
