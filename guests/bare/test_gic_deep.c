// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// More active interrupts than any machine has list registers: handlers nested sixteen deep, and sixteen that
// were ended in EOI mode 1 and are deactivated later, in another order. Of one kind, and of all kinds: SGIs,
// SPIs that software sets pending, a device of the VMM's, a device of the board's, a timer. References: IHI
// 0048B 3.3, 4.4.5; IHI 0069 4.8.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"
#include "guests/bare/pl061.h"

#define DEPTH       16
#define PRIORITY(n) (0xf0 - 8 * (n))

static u32 intids[DEPTH]; // each more urgent than the one before
static volatile u32 begun, ended, wrong;
static u32 iars[DEPTH];

static void pend(u32 n) {
    u32 intid = intids[n];
    if (intid < 16) {
        gic_sgi_self(intid);
    } else if (intid == machine.timer_intid) {
        timer_start(0);
    } else if (intid == machine.gpio_intid) {
        pl061_raise();
    } else {
        gic_set_bit(GICD_ISPENDR, intid);
    }
}

// What the handler does to a level.
static void quiet(u32 n) {
    if (intids[n] == machine.timer_intid) {
        timer_stop();
    } else if (intids[n] &&
               intids[n] == machine.gpio_intid) { // SGI 0 is no line of a machine without a PL061
        pl061_lower();
    }
}

static u32 number_of(u32 iar) {
    u32 n = 0;
    while (n < DEPTH - 1 && intids[n] != gic_intid(iar)) {
        n++;
    }
    return n;
}

static void use_sgis(void) {
    for (u32 n = 0; n < DEPTH; n++) {
        intids[n] = n;
    }
}

static void use_spis(void) {
    for (u32 n = 0; n < DEPTH; n++) {
        intids[n] = gic_lines() - DEPTH + n;
    }
}

static void use_all_kinds(void) {
    for (u32 n = 0; n < DEPTH; n++) {
        intids[n] = n % 2 ? n : gic_lines() - DEPTH + n;
    }
    intids[6] = machine.timer_intid;
    if (pl061_start()) {
        intids[3] = machine.gpio_intid;
    }
}

static void setup(void (*hook)(u32 iar)) {
    begun = ended = wrong = 0;
    irq_hook = hook;
    gic_set_group_split(0);
    for (u32 n = 0; n < DEPTH; n++) {
        if (intids[n] >= 32 && intids[n] != machine.gpio_intid) {
            gic_set_edge(intids[n], true);
        }
        gic_set_priority(intids[n], (u8)PRIORITY(n));
        gic_enable(intids[n]);
    }
}

static bool is_active(u32 n) {
    return gic_bit(GICD_ISACTIVER, intids[n]);
}

static void check_idle(void) {
    for (u32 n = 0; n < DEPTH; n++) {
        check(!is_active(n), "interrupt %u is active after its end", n);
        check(!gic_bit(GICD_ISPENDR, intids[n]), "interrupt %u is pending after its end", n);
    }
    check_equal(gic_running_priority(), 0xff, "running priority after all");
}

// Raises the next, lets it in, then ends.
static void nesting_hook(u32 iar) {
    u32 n = number_of(iar);
    wrong += n != begun || gic_running_priority() != PRIORITY(n);
    begun++;
    if (n + 1 < DEPTH) {
        pend(n + 1);
        irq_enable();
        (void)wait_until(ended == DEPTH - 1 - n, 10);
        irq_disable();
    }
    for (u32 i = 0; i < DEPTH; i++) {
        wrong += is_active(i) != (i <= n);
    }
    ended++;
    quiet(n);
    gic_end(iar);
}

static void nest(void) {
    for (u32 turn = 0; turn < 3; turn++) {
        setup(nesting_hook);
        pend(0);
        irq_enable();
        (void)wait_until(ended == DEPTH, 500);
        irq_disable();
        check_equal(begun, DEPTH, "interrupts begun");
        check_equal(ended, DEPTH, "interrupts ended");
        check_equal(wrong, 0, "wrong states or running priorities");
        check_idle();
    }
}

static void test_nested_sgis(void) {
    use_sgis();
    nest();
}

static void test_nested_kinds(void) {
    use_all_kinds();
    nest();
}

static void test_nested_spis(void) {
    use_spis();
    nest();
}

// Less urgent ones come while more urgent ones are active, dropped.
static void dropping_hook(u32 iar) {
    u32 n = number_of(iar);
    iars[n] = iar;
    quiet(n);
    begun++;
    gic_end(iar);
}

static void drop(void) {
    setup(dropping_hook);
    gic_set_end_mode(true);
    irq_enable();
    for (u32 n = DEPTH; n-- > 0;) {
        pend(n);
        if (!check(wait_until(begun == DEPTH - n, 10), "the interrupt %u does not come", n)) {
            break;
        }
    }
    irq_disable();
    gic_set_mask(0xf0);
    check_equal(gic_running_priority(), 0xff, "running priority, all dropped");
    for (u32 n = 0; n < DEPTH; n++) {
        check(is_active(n), "interrupt %u is not active before it is deactivated", n);
    }
    for (u32 i = 0; i < DEPTH; i++) {
        u32 n = (i * 5 + 3) % DEPTH;
        pend(n); // pending and active
        irq_enable();
        check(!wait_until(begun != DEPTH + i, 1), "an active interrupt comes again");
        irq_disable();
        gic_set_end_mode(true); // written while some are active
        gic_deactivate(iars[n]);
        gic_set_mask(0xff);
        irq_enable();
        check(wait_until(begun == DEPTH + i + 1, 10), "the interrupt %u does not come again", n);
        irq_disable();
        gic_deactivate(iars[n]);
        check(!is_active(n), "interrupt %u is active after it was deactivated", n);
    }
    gic_set_end_mode(false);
    check_idle();
}

static void test_dropped_sgis(void) {
    use_sgis();
    drop();
}

static void test_dropped_kinds(void) {
    use_all_kinds();
    drop();
}

static void test_dropped_spis(void) {
    use_spis();
    drop();
}

// All are pending before the first is taken, and all are dropped before the first is deactivated.
static void test_dropped_at_once(void) {
    for (u32 turn = 0; turn < 2; turn++) {
        if (turn == 0) {
            use_spis();
        } else {
            use_all_kinds();
        }
        setup(dropping_hook);
        gic_set_end_mode(true);
        for (u32 n = 0; n < DEPTH; n++) {
            pend(n);
        }
        irq_enable();
        (void)wait_until(begun == DEPTH, 100);
        irq_disable();
        check_equal(begun, DEPTH, "interrupts begun");
        for (u32 n = 0; n < DEPTH; n++) {
            check(is_active(n), "interrupt %u is not active before it is deactivated", n);
            gic_deactivate(iars[n]);
            check(!is_active(n), "interrupt %u is active after it was deactivated", n);
        }
        gic_set_end_mode(false);
        check_idle();
    }
}

// The handler of a device's level, the least urgent, is preempted fifteen times. What the line is at its own
// end decides whether it comes again: high twice, then low.
static volatile u32 uart_begun;

static void level_hook(u32 iar) {
    if (gic_intid(iar) != machine.uart_intid) {
        nesting_hook(iar);
        return;
    }
    begun = 1; // the nested ones follow
    ended = 0;
    pend(1);
    irq_enable();
    (void)wait_until(ended == DEPTH - 1, 50);
    irq_disable();
    wrong += ended != DEPTH - 1 || !gic_bit(GICD_ISACTIVER, machine.uart_intid);
    if (++uart_begun == 3) {
        write32(machine.uart.base + PL011_ICR, PL011_INT_TX);
    }
    gic_end(iar);
}

static void test_nested_over_a_level(void) {
    use_spis();
    intids[0] = machine.uart_intid;
    setup(level_hook);
    gic_set_edge(machine.uart_intid, false);
    uart_begun = 0;
    console_flush();
    write32(machine.uart.base + PL011_LCR_H, PL011_LCR_8BIT); // no FIFO: the interrupt means "register empty"
    console_put('\n');
    console_flush();
    write32(machine.uart.base + PL011_IMSC, PL011_INT_TX);
    irq_enable();
    (void)wait_until(uart_begun == 3, 200);
    (void)wait_until(uart_begun > 3, 2);
    irq_disable();
    console_init();
    check_equal(uart_begun, 3, "interrupts until the device was cleared");
    check_equal(wrong, 0, "wrong states or running priorities");
    check_idle();
}

// Three interrupts of the hardware's come at once while another one is handled, and one that is less urgent
// than that is pending: the three are taken before the handler goes on, in their order.
static volatile u32 order[4], order_length, order_in_handler;

static void outer_hook(u32 iar) {
    u32 intid = gic_intid(iar);
    if (intid == intids[0]) {
        pl061_raise();
        timer_start(0);
        sysreg_write(cntp_cval_el0, 0);
        sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
        isb();
        (void)wait_until(false, 1);
        irq_enable();
        (void)wait_until(order_length == 3, 2);
        irq_disable();
        order_in_handler = order_length;
    } else if (intid != intids[1]) {
        order[order_length++ & 3] = intid;
        if (intid == machine.ptimer_intid) {
            sysreg_write(cntp_ctl_el0, 0);
            isb();
        }
        quiet(number_of(iar));
    } else {
        ended++;
    }
    gic_end(iar);
}

static void test_waiting_before_less_urgent(void) {
    if (!machine.ptimer_intid || !pl061_start()) {
        test_skip("no physical timer, or no PL061, is this machine's");
        return;
    }
    use_spis();
    intids[2] = machine.gpio_intid;
    intids[3] = machine.timer_intid;
    intids[4] = machine.ptimer_intid;
    setup(outer_hook);
    order_length = order_in_handler = 0;
    gic_set_priority(intids[0], 0xa0);
    gic_set_priority(intids[1], 0xe0);
    gic_set_priority(machine.timer_intid, 0x30);
    gic_set_priority(machine.gpio_intid, 0x40);
    gic_set_priority(machine.ptimer_intid, 0x50);
    pend(0);
    pend(1);
    irq_enable();
    (void)wait_until(ended == 1, 50);
    irq_disable();
    sysreg_write(cntp_ctl_el0, 0);
    check_equal(order_in_handler, 3, "interrupts taken in the handler");
    check_equal(order[0], machine.timer_intid, "the first");
    check_equal(order[1], machine.gpio_intid, "the second");
    check_equal(order[2], machine.ptimer_intid, "the third");
    check_equal(ended, 1, "interrupts taken after the handler");
    check_idle();
}

// Both groups at the CPU interface, or the one alone that this version's guests use.
static void set_other_group(bool on) {
    if (machine.gic_version == 2) {
        u64 ctlr = machine.gicc.base; // GICC_CTLR: EnableGrp0, EnableGrp1, AckCtl (4.4.1)
        write32(ctlr, on ? 7 : 5);
    } else {
        sysreg_write(ICC_IGRPEN0_EL1, on);
        isb();
    }
}

static void fast_end_counted(void) {
    ended++;
    gic_end_fast(gic_acknowledge_fast());
}

static void note_hook(u32 iar) {
    u32 intid = gic_intid(iar);
    if (intid == intids[1]) {
        ended++;
    } else {
        order[order_length++ & 3] = intid;
        if (intid == machine.ptimer_intid) {
            sysreg_write(cntp_ctl_el0, 0);
            isb();
        }
        quiet(number_of(iar));
    }
    gic_end(iar);
}

// The same three, while one of the other group is pending that is less urgent: its group is off at the CPU
// interface, or on. They come before it in either case.
static void test_waiting_before_other_group(void) {
    if (!machine.ptimer_intid || !pl061_start()) {
        test_skip("no physical timer, or no PL061, is this machine's");
        return;
    }
    use_spis();
    intids[2] = machine.gpio_intid;
    intids[3] = machine.timer_intid;
    intids[4] = machine.ptimer_intid;
    setup(note_hook);
    fiq_hook = fast_end_counted;
    gic_set_priority(intids[1], 0xe0);
    gic_set_priority(machine.timer_intid, 0x30);
    gic_set_priority(machine.gpio_intid, 0x40);
    gic_set_priority(machine.ptimer_intid, 0x50);
    gic_change_group(intids[1]);
    for (u32 on = 0; on < 2; on++) {
        order_length = ended = 0;
        set_other_group(on);
        pend(1);
        pl061_raise();
        timer_start(0);
        sysreg_write(cntp_cval_el0, 0);
        sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
        isb();
        (void)wait_until(false, 1);
        asm volatile("msr daifclr, #3" ::: "memory"); // IRQ and FIQ
        (void)wait_until(order_length == 3, 2);
        u32 before = order_length;
        check_equal(ended, on, "interrupts of the other group, on: %u", on);
        set_other_group(true);
        check(wait_until(ended == 1, 2), "the one of the other group does not come");
        asm volatile("msr daifset, #3" ::: "memory");
        sysreg_write(cntp_ctl_el0, 0);
        check_equal(before, 3, "interrupts taken, the other group on: %u", on);
        check_equal(order[0], machine.timer_intid, "the first");
        check_equal(order[1], machine.gpio_intid, "the second");
        check_equal(order[2], machine.ptimer_intid, "the third");
    }
    fiq_hook = NULL;
    gic_change_group(intids[1]);
    check_idle();
}

// The most urgent first: begun - 1 is the next.
static void note_in_turn(u32 iar) {
    wrong += number_of(iar) != --begun;
    ended++;
}

static void in_turn_hook(u32 iar) {
    note_in_turn(iar);
    gic_end(iar);
}

static void fast_in_turn(void) {
    u32 iar = gic_acknowledge_fast();
    note_in_turn(iar);
    gic_end_fast(iar);
}

// Those from `end` - 1 down to `first` come, and no other.
static void check_in_turn(u32 first, u32 end, const char *when) {
    ended = wrong = 0;
    begun = end;
    asm volatile("msr daifclr, #3" ::: "memory"); // IRQ and FIQ
    (void)wait_until(ended == end - first, 2);
    (void)wait_until(false, 1);
    asm volatile("msr daifset, #3" ::: "memory");
    check_equal(ended, end - first, "interrupts taken %s", when);
    check_equal(wrong, 0, "interrupts out of turn %s", when);
}

// Two, which fit anywhere: whether the more urgent one, of a group that is off, hides the other. On a GICv2
// of QEMU's it does, in list registers as without.
static bool is_hidden_by_other_group(void) {
    setup(in_turn_hook);
    gic_change_group(intids[1]);
    set_other_group(false);
    pend(1);
    pend(0);
    ended = 0;
    irq_enable();
    (void)wait_until(ended == 1, 2);
    irq_disable();
    bool hidden = ended == 0;
    gic_set_bit(GICD_ICPENDR, intids[0]);
    gic_set_bit(GICD_ICPENDR, intids[1]);
    gic_change_group(intids[1]);
    return hidden;
}

// More are pending than any machine has list registers: the most urgent ones of the other group, which is off
// at the CPU interface, and the rest of the usual group. They do not hold each other back: neither while it
// is off, nor when it is turned on.
static void test_full_of_other_group(void) {
    static const u32 firsts[] = {1, DEPTH / 2, DEPTH - 1}; // of the other group
    use_spis();
    if (is_hidden_by_other_group()) {
        test_skip("an interrupt of a group that is off hides others on this machine");
        return;
    }
    fiq_hook = fast_in_turn;
    for (u32 i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        u32 first = firsts[i];
        setup(in_turn_hook);
        for (u32 n = first; n < DEPTH; n++) {
            gic_change_group(intids[n]);
        }
        set_other_group(false);
        for (u32 n = DEPTH; n--;) {
            pend(n);
        }
        check_in_turn(0, first, "while the other group is off");
        for (u32 n = 0; n < first; n++) {
            pend(n);
        }
        set_other_group(true);
        check_in_turn(0, DEPTH, "after the other group is turned on");
        for (u32 n = first; n < DEPTH; n++) {
            gic_change_group(intids[n]);
        }
        check_idle();
    }
    fiq_hook = NULL;
}

static void quiet_and_end(u32 iar) {
    ended++;
    if (gic_intid(iar) == machine.timer_intid) {
        timer_stop();
    } else {
        pl061_lower();
    }
    gic_end(iar);
}

// Software makes more of them active than any machine has list registers: that holds back no other.
static void test_full_of_active(void) {
    for (u32 kind = 0; kind < 2; kind++) {
        kind == 0 ? use_sgis() : use_spis();
        setup(quiet_and_end);
        bool has_gpio = pl061_start();
        gic_enable(machine.timer_intid);
        for (u32 n = 0; n < DEPTH; n++) {
            gic_set_bit(GICD_ISACTIVER, intids[n]);
        }
        for (u32 turn = 0; turn < 10; turn++) {
            ended = 0;
            timer_start(0);
            if (has_gpio) {
                pl061_raise();
            }
            irq_enable();
            (void)wait_until(ended == 1U + has_gpio, 2);
            irq_disable();
            check_equal(ended, 1U + has_gpio, "interrupts taken");
        }
        for (u32 n = 0; n < DEPTH; n++) {
            check(is_active(n), "interrupt %u is not active", n);
            gic_set_bit(GICD_ICACTIVER, intids[n]);
        }
        check_idle();
    }
}

static const struct test tests[] = {
    {.name = "gic-nested-sgis", .run = test_nested_sgis},
    {.name = "gic-nested-spis", .run = test_nested_spis},
    {.name = "gic-nested-kinds", .run = test_nested_kinds},
    {.name = "gic-nested-over-a-level", .run = test_nested_over_a_level},
    {.name = "gic-dropped-sgis", .run = test_dropped_sgis},
    {.name = "gic-dropped-spis", .run = test_dropped_spis},
    {.name = "gic-dropped-kinds", .run = test_dropped_kinds},
    {.name = "gic-dropped-at-once", .run = test_dropped_at_once},
    {.name = "gic-waiting-before-less-urgent", .run = test_waiting_before_less_urgent},
    {.name = "gic-waiting-before-other-group", .run = test_waiting_before_other_group},
    {.name = "gic-full-of-other-group", .run = test_full_of_other_group},
    {.name = "gic-full-of-active", .run = test_full_of_active},
};
const struct test_group group_gic_deep = TEST_GROUP(tests);
