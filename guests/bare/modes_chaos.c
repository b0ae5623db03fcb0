// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A guest that programs its interrupt controller at random: any register, value and access size, as IRQ and
// FIQ, interrupts taken and ended or not, nested or not, its lines and timers raised and lowered. It does so
// in rounds. A round ends with a fresh gic_init(), after which each kind of interrupt comes as often as it is
// raised, in either group and end mode; else the guest says FAIL and ends.
//
// Command line: seed=N of the random numbers (1), seconds=N of guest time (1).
//
// Invariants: 1. No interrupt goes on for ever: after PATIENCE of them without an access between them all
// lines are lowered and the priority mask is 0. 2. What the guest masks so stays masked until revive() or the
// round's end at the latest, so a round that has put all to sleep is no end of it.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"
#include "guests/bare/pl061.h"

#define ROUND_ACTS   4096
#define REVIVE_EVERY 32
#define PATIENCE     16
#define NESTING      4
#define CHECK_SGI    5
#define CHECK_COUNT  8
#define CHECK_MS     50
#define GICC_CTLR    0x00
#define GICC_AIAR    0x20
#define GICC_AEOIR   0x24
#define GICC_APR0    0xd0
#define GICC_DIR     0x1000

static u64 state;
static u32 in_a_row, depth;
static u64 accesses, exceptions, interrupts, fast_interrupts, rounds;

// xorshift64 (Marsaglia 2003). A handler may come in between: whatever is stored last is not 0.
static u64 random(void) {
    u64 next = state;
    next ^= next << 13;
    next ^= next >> 7;
    next ^= next << 17;
    return state = next;
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

static void fast_and_irq_enable(void) {
    asm volatile("msr daifclr, #3" ::: "memory");
}

static void fast_and_irq_disable(void) {
    asm volatile("msr daifset, #3" ::: "memory");
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
    access(machine.gicc.base + (random_below(8) ? 0 : GICC_DIR), random_below(4) ? 0x100 : 0x1000);
}

#define INTERFACE_V3_REGISTERS 26
#define INTERFACE_V3_BPR1      5

// Every register of the CPU interface at EL1 (IHI 0069 12.2), those for which there are too few priority bits
// included; read-only ones are written and write-only ones are read, too. False: it raised an exception.
static bool try_interface_v3(u64 which, bool write, u64 value) {
#define TRY(name)                                                                                            \
    return write ? trap_try("msr " #name ", %0" ::"r"(value) : "memory") : sysreg_try(name, value)
    switch (which) {
    case 0:
        TRY(ICC_PMR_EL1);
    case 1:
        TRY(ICC_CTLR_EL1);
    case 2:
        TRY(ICC_SRE_EL1);
    case 3:
        TRY(ICC_IGRPEN0_EL1);
    case 4:
        TRY(ICC_BPR0_EL1);
    case INTERFACE_V3_BPR1:
        TRY(ICC_BPR1_EL1);
    case 6:
        TRY(ICC_IGRPEN1_EL1);
    case 7:
        TRY(ICC_AP0R0_EL1);
    case 8:
        TRY(ICC_AP0R1_EL1);
    case 9:
        TRY(ICC_AP0R2_EL1);
    case 10:
        TRY(ICC_AP0R3_EL1);
    case 11:
        TRY(ICC_AP1R0_EL1);
    case 12:
        TRY(ICC_AP1R1_EL1);
    case 13:
        TRY(ICC_AP1R2_EL1);
    case 14:
        TRY(ICC_AP1R3_EL1);
    case 15:
        TRY(S3_0_C12_C8_0); // ICC_IAR0_EL1
    case 16:
        TRY(S3_0_C12_C8_1); // ICC_EOIR0_EL1
    case 17:
        TRY(S3_0_C12_C8_2); // ICC_HPPIR0_EL1
    case 18:
        TRY(S3_0_C12_C12_0); // ICC_IAR1_EL1
    case 19:
        TRY(S3_0_C12_C12_1); // ICC_EOIR1_EL1
    case 20:
        TRY(S3_0_C12_C12_2); // ICC_HPPIR1_EL1
    case 21:
        TRY(S3_0_C12_C11_1); // ICC_DIR_EL1
    case 22:
        TRY(S3_0_C12_C11_3); // ICC_RPR_EL1
    case 23:
        TRY(S3_0_C12_C11_5); // ICC_SGI1R_EL1
    case 24:
        TRY(S3_0_C12_C11_6); // ICC_ASGI1R_EL1
    default:
        TRY(S3_0_C12_C11_7); // ICC_SGI0R_EL1
    }
#undef TRY
}

static void access_interface_v3(void) {
    u64 which = random_below(INTERFACE_V3_REGISTERS), value = random_value();
    if (which == INTERFACE_V3_BPR1) {
        // Bits above 2 are RES0 (IHI 0069 12.2.5). QEMU 7.2 compares all of the value with the minimum, then
        // keeps three bits: 8 leaves a binary point of 0, at which the next acknowledgement ends QEMU
        // (icv_gprio_mask: `bpr > 0'). 15 does not, nor does 8 in ICC_BPR0_EL1.
        value &= 7;
    }
    accesses++;
    exceptions += !try_interface_v3(which, random_below(4) != 0, value);
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

// --- lines

// The UART has always sent something; while its interrupt is enabled its line is high (DDI 0183 2.8).
static void uart_line(bool high) {
    write32(machine.uart.base + PL011_IMSC, high ? PL011_INT_TX : 0);
}

static void ptimer_fire(void) {
    sysreg_write(cntp_cval_el0, 0);
    sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
    isb();
}

static void timer_fire(void) {
    sysreg_write(cntv_cval_el0, 0);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
}

static void lower_all(void) {
    if (machine.gpio.size) {
        pl061_lower();
    }
    uart_line(false);
    timer_stop();
    sysreg_write(cntp_ctl_el0, 0);
    isb();
}

static void change_line(void) {
    switch (random_below(8)) {
    case 0:
        timer_start(random_below(100));
        break;
    case 1:
        sysreg_write(cntv_ctl_el0, random_below(8));
        break;
    case 2:
        ptimer_fire();
        break;
    case 3:
        sysreg_write(cntp_ctl_el0, random_below(8));
        break;
    case 4:
    case 5:
        uart_line(random_below(2));
        break;
    default:
        if (machine.gpio.size && random_below(2)) {
            pl061_raise();
        } else if (machine.gpio.size) {
            pl061_lower();
        }
    }
}

// --- interrupts

// One that a guest's handler does not expect: of the other group, or none. On a GICv2 GICC_IAR does not give
// those of group 1 (IHI 0048B 4.4.4).
static void take_other(bool fast) {
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_AEOIR, read32(machine.gicc.base + GICC_AIAR));
    } else if (fast) {
        u32 iar = gic_acknowledge_fast();
        if (random_below(4)) {
            gic_end_fast(iar);
        }
        if (random_below(2)) {
            gic_deactivate(iar);
        }
    }
}

static void end(u32 iar) {
    switch (random_below(8)) {
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
}

static void act(void);

// The trap stays armed here: what the handler is refused is tolerated too.
static void chaos_take(u32 iar) {
    bool armed = trap.armed;
    trap.armed = true;
    interrupts++;
    if (++in_a_row > PATIENCE) {
        lower_all();
        gic_set_mask(0);
        in_a_row = 0;
    }
    if (random_below(2)) {
        lower_all();
    }
    if (depth < NESTING && random_below(4) == 0) {
        u32 before = in_a_row;
        depth++;
        irq_enable();
        act();
        irq_disable();
        depth--;
        in_a_row = before;
        trap.armed = true;
    }
    end(iar);
    trap.armed = armed;
}

static void chaos_take_other(bool fast) {
    bool armed = trap.armed;
    trap.armed = true;
    fast_interrupts += fast;
    take_other(fast);
    if (++in_a_row > PATIENCE) {
        lower_all();
        gic_set_mask(0);
        in_a_row = 0;
    }
    trap.armed = armed;
}

static void chaos_take_none(void) {
    chaos_take_other(false);
}

// A GICv2's interrupts of group 0 may be FIQs; they are acknowledged by the same register.
static void chaos_take_fast(void) {
    u32 iar = machine.gic_version == 2 ? gic_acknowledge() : GIC_SPURIOUS;
    if (gic_intid(iar) < 1020) {
        fast_interrupts++;
        chaos_take(iar);
    } else {
        chaos_take_other(true);
    }
}

static void enable_lines(void) {
    gic_enable(machine.timer_intid);
    gic_enable(machine.ptimer_intid);
    gic_enable(machine.uart_intid);
    if (machine.gpio.size) {
        gic_enable(machine.gpio_intid);
    }
}

// What a guest may choose and gic_init() does not: interrupts of either group, group 0 as FIQ, ends in two
// steps.
static void vary(void) {
    gic_set_end_mode(random_below(2));
    if (random_below(2)) {
        return;
    }
    for (u32 intid = 0; intid < 64; intid += 32) {
        write32(gic_register(GICD_IGROUPR, intid), (u32)random());
    }
    if (machine.gic_version == 2) {
        write32(machine.gicd.base + GICD_CTLR, 3);
        write32(machine.gicc.base + GICC_CTLR, 3 | (u32)random_below(256) << 2); // both groups (4.4.1)
    } else {
        sysreg_write(ICC_IGRPEN0_EL1, 1);
        isb();
    }
}

// Nothing is active or masked as a whole; priorities, groups, triggers and targets stay as they are.
static void unblock(void) {
    gic_set_mask(0xff);
    if (machine.gic_version == 2) {
        write32(machine.gicc.base + GICC_APR0, 0);
    } else {
        sysreg_write(ICC_AP0R0_EL1, 0);
        sysreg_write(ICC_AP1R0_EL1, 0);
        sysreg_write(ICC_IGRPEN1_EL1, 1);
        isb();
    }
    for (u32 intid = 0; intid < 64; intid += 32) {
        write32(gic_register(GICD_ICACTIVER, intid), ~0U);
    }
}

// Lets interrupts come now and then, whatever was done before: else all sleeps after some thousand accesses.
static void revive(void) {
    irq_disable();
    if (random_below(4)) {
        unblock();
    } else {
        gic_init();
    }
    enable_lines();
    vary();
    irq_hook = chaos_take;
    irq_enable();
}

static void act(void) {
    switch (random_below(16)) {
    case 0:
        send_sgi();
        break;
    case 1:
    case 2:
    case 3:
        change_line();
        break;
    case 4:
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
}

static void play(void) {
    irq_hook_none = chaos_take_none;
    fiq_hook = chaos_take_fast;
    revive();
    fast_and_irq_enable();
    for (u64 left = random_below(ROUND_ACTS); left; left--) {
        act();
        if (random_below(REVIVE_EVERY) == 0) {
            revive();
        }
        in_a_row = 0;
    }
    fast_and_irq_disable();
    fiq_hook = NULL;
    irq_hook_none = NULL;
    lower_all();
}

// --- what is left

static volatile u32 taken;
static u32 fired;
static bool ends_are_split;

static void take_line(u32 iar) {
    taken++;
    if (gic_intid(iar) >= 16) {
        lower_all();
    }
    irq_count_and_end(iar);
    if (ends_are_split) {
        gic_deactivate(iar);
    }
}

// Of group 0, on a GICv3.
static void take_line_fast(void) {
    u32 iar = gic_acknowledge_fast();
    if (gic_intid(iar) >= 1020) {
        irq_spurious++;
        return;
    }
    taken++;
    irq_count[gic_intid(iar)]++;
    lower_all();
    gic_end_fast(iar);
    if (ends_are_split) {
        gic_deactivate(iar);
    }
}

static void change_groups(void) {
    const u32 lines[] = {machine.timer_intid, machine.ptimer_intid, machine.uart_intid};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        gic_change_group(lines[i]);
    }
}

static void fire_sgi(void) {
    gic_sgi_self(CHECK_SGI);
}

// The timer ends a WFI, which traps as long as the other VM could run.
static void fire_in_wfi(void) {
    fast_and_irq_disable();
    timer_start(20);
    asm volatile("wfi" ::: "memory");
    fast_and_irq_enable();
}

static void fire_uart(void) {
    uart_line(true);
}

static u32 count_all(void) {
    return taken + irq_spurious;
}

// What the guest sees of an interrupt that did not come, or came too often.
static void explain(u32 intid) {
    print("# chaos: INTID %u enabled %u pending %u active %u group %u, GICD_CTLR 0x%x, ends split %u, mask "
          "0x%x, "
          "running 0x%x, CNTV_CTL_EL0 %lu, CNTP_CTL_EL0 %lu\n",
          intid, gic_bit(GICD_ISENABLER, intid), gic_bit(GICD_ISPENDR, intid), gic_bit(GICD_ISACTIVER, intid),
          gic_bit(GICD_IGROUPR, intid), read32(machine.gicd.base + GICD_CTLR), ends_are_split, gic_mask(),
          gic_running_priority(), sysreg_read(cntv_ctl_el0), sysreg_read(cntp_ctl_el0));
}

// Each that is fired comes, and nothing else does.
static bool check_source(const char *name, u32 intid, void (*fire)(void)) {
    u32 before = irq_count[intid];
    for (u32 i = 1; i <= CHECK_COUNT; i++) {
        fired++;
        fire();
        bool came = wait_until(irq_count[intid] == before + i, CHECK_MS);
        if (!came || count_all() != fired) {
            print("FAIL chaos-%s: round %lu, %u of INTID %u instead of %u, %u in all instead of %u\n", name,
                  rounds, irq_count[intid] - before, intid, i, count_all(), fired);
            explain(intid);
            return false;
        }
    }
    return true;
}

// Nothing comes that nobody has raised, nor has come since the round began to be checked.
static bool check_quiet(void) {
    if (!wait_until(count_all() != fired, 1)) {
        return true;
    }
    print("FAIL chaos-quiet: round %lu, %u interrupts instead of %u\n", rounds, count_all(), fired);
    for (u32 intid = 0; intid < GIC_INTIDS; intid++) {
        if (irq_count[intid]) {
            explain(intid);
        }
    }
    return false;
}

static bool check_round(void) {
    gic_init();
    ends_are_split = random_below(2);
    gic_set_end_mode(ends_are_split);
    if (random_below(2)) {
        change_groups();
    }
    irq_hook = take_line;
    fiq_hook = take_line_fast;
    taken = fired = 0;
    gic_enable(CHECK_SGI);
    enable_lines();
    fast_and_irq_enable();
    bool good = check_quiet() && check_source("sgi", CHECK_SGI, fire_sgi) &&
                check_source("timer", machine.timer_intid, timer_fire) &&
                check_source("wfi", machine.timer_intid, fire_in_wfi) &&
                check_source("ptimer", machine.ptimer_intid, ptimer_fire) &&
                check_source("model", machine.uart_intid, fire_uart) &&
                (!machine.gpio.size || check_source("line", machine.gpio_intid, pl061_raise)) &&
                check_quiet();
    fast_and_irq_disable();
    fiq_hook = NULL;
    return good;
}

void mode_chaos(void) {
    u64 seed = machine_option_number("seed", 1), seconds = machine_option_number("seconds", 1);
    print("# chaos: seed=%lu seconds=%lu\n", seed, seconds);
    state = seed * 0x9e3779b97f4a7c15UL | 1; // never 0
    pl061_start();
    for (u64 end_time = timer_now() + timer_ticks(seconds * 1000000); timer_now() < end_time;) {
        rounds++;
        play();
        if (!check_round()) {
            return;
        }
    }
    print("# chaos: %lu rounds, %lu accesses, %lu exceptions, %lu interrupts, %lu as FIQ\n", rounds, accesses,
          exceptions, interrupts, fast_interrupts);
    print("PASS chaos\n");
}
