// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The performance monitors (PMUv3; Arm ARM D8, D17.5): every register, what is counted and what is not, and
// the overflow interrupt. A guest counts at its own exception levels alone, whatever leaves it.
#include "guests/bare/pl011.h"

#define PMCR_E          BIT(0)
#define PMCR_P          BIT(1)
#define PMCR_C          BIT(2)
#define PMCR_LC         BIT(6)
#define CYCLES          BIT(31)
#define TYPE_P          BIT(31)
#define TYPE_U          BIT(30)
#define TYPE_NSH        BIT(27)
#define EVENT_INCREMENT 0x00
#define EVENT_RETIRED   0x08
#define EVENT_CYCLES    0x11
#define PMUSERENR_EN    BIT(0)

static u32 counters(void) {
    return sysreg_read(pmcr_el0) >> 11 & 31;
}

static u64 all_bits(void) {
    return CYCLES | (BIT(counters()) - 1);
}

// Whether there are monitors with a counter at least; else the test is skipped. They are off then.
static bool have_pmu(void) {
    u64 version = sysreg_read(id_aa64dfr0_el1) >> 8 & 15;
    if (version == 0 || version == 15 || counters() == 0) {
        test_skip("the machine has no PMU");
        return false;
    }
    sysreg_write(pmcr_el0, PMCR_P | PMCR_C | PMCR_LC);
    sysreg_write(pmcntenclr_el0, all_bits());
    sysreg_write(pmintenclr_el1, all_bits());
    sysreg_write(pmovsclr_el0, all_bits());
    sysreg_write(pmuserenr_el0, 0);
    sysreg_write(pmccfiltr_el0, 0);
    isb();
    return true;
}

static bool have_event(u32 event) {
    if (!have_pmu()) {
        return false;
    }
    if (!(sysreg_read(pmceid0_el0) >> event & 1)) {
        test_skip("the CPU does not count the event");
        return false;
    }
    return true;
}

static void test_control(void) {
    if (!have_pmu()) {
        return;
    }
    u64 control = sysreg_read(pmcr_el0);
    check(control >> 24 & 0xff, "PMCR_EL0.IMP is 0");
    check(counters() >= 1 && counters() <= 31, "PMCR_EL0.N is %u", counters());
    if (machine.guest) {
        check(counters() <= 5, "PMCR_EL0.N is %u: the kernel's counters among them", counters());
    }
    check_equal(control & 0x7, 0, "PMCR_EL0.E, P and C");
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC | 31 << 11);
    isb();
    check_equal(sysreg_read(pmcr_el0), control | PMCR_E, "PMCR_EL0 after a write");
    sysreg_write(pmcr_el0, PMCR_LC);
    isb();
    check_equal(sysreg_read(pmcr_el0) & PMCR_E, 0, "PMCR_EL0.E");
}

// A pair of registers that set and clear bits: `set` and `clear` read the same.
#define check_pair(set, clear)                                                                               \
    do {                                                                                                     \
        u64 all = all_bits();                                                                                \
        sysreg_write(clear, all);                                                                            \
        isb();                                                                                               \
        check_equal(sysreg_read(set) & all, 0, #set " after all are cleared");                               \
        sysreg_write(set, 1);                                                                                \
        sysreg_write(set, CYCLES);                                                                           \
        isb();                                                                                               \
        check_equal(sysreg_read(set) & all, CYCLES | 1, #set);                                               \
        check_equal(sysreg_read(clear) & all, CYCLES | 1, #clear);                                           \
        sysreg_write(clear, 1);                                                                              \
        isb();                                                                                               \
        check_equal(sysreg_read(set) & all, CYCLES, #set " after 1 is cleared");                             \
        if (machine.guest) {                                                                                 \
            sysreg_write(set, ~0UL);                                                                         \
            isb();                                                                                           \
            check_equal(sysreg_read(set), all, #set " after all bits are set");                              \
        }                                                                                                    \
        sysreg_write(clear, machine.guest ? ~0UL : all);                                                     \
        isb();                                                                                               \
        check_equal(sysreg_read(clear) & all, 0, #clear " after all bits are cleared");                      \
    } while (0)

static void test_sets(void) {
    if (have_pmu()) {
        check_pair(pmcntenset_el0, pmcntenclr_el0);
        check_pair(pmintenset_el1, pmintenclr_el1);
        check_pair(pmovsset_el0, pmovsclr_el0);
    }
}

static void test_types(void) {
    if (!have_pmu()) {
        return;
    }
    sysreg_write(pmselr_el0, 0);
    isb();
    sysreg_write(pmxevtyper_el0, TYPE_P | EVENT_CYCLES);
    sysreg_write(pmxevcntr_el0, 0x12345678);
    isb();
    check_equal(sysreg_read(pmevtyper0_el0), TYPE_P | EVENT_CYCLES, "PMEVTYPER0_EL0, by PMXEVTYPER_EL0");
    check_equal(sysreg_read(pmevcntr0_el0), 0x12345678, "PMEVCNTR0_EL0, by PMXEVCNTR_EL0");
    sysreg_write(pmevtyper0_el0, TYPE_U | EVENT_INCREMENT);
    sysreg_write(pmevcntr0_el0, ~0UL);
    isb();
    check_equal(sysreg_read(pmxevtyper_el0), TYPE_U | EVENT_INCREMENT, "PMXEVTYPER_EL0");
    check_equal(sysreg_read(pmxevcntr_el0), 0xffffffff, "PMXEVCNTR_EL0: 32 bits");
    if (machine.guest) { // it has no EL2 and EL3: their bits are RES0
        sysreg_write(pmevtyper0_el0, 0xfe000000UL | EVENT_CYCLES);
        isb();
        check_equal(sysreg_read(pmevtyper0_el0), TYPE_P | TYPE_U | EVENT_CYCLES,
                    "PMEVTYPER0_EL0, all filters set");
        sysreg_write(pmccfiltr_el0, ~0UL);
        isb();
        check_equal(sysreg_read(pmccfiltr_el0), TYPE_P | TYPE_U, "PMCCFILTR_EL0, all bits set");
    }
    sysreg_write(pmselr_el0, 31);
    isb();
    sysreg_write(pmxevtyper_el0, TYPE_U);
    isb();
    check_equal(sysreg_read(pmccfiltr_el0), TYPE_U, "PMCCFILTR_EL0, by PMXEVTYPER_EL0");
    check_equal(sysreg_read(pmselr_el0), 31, "PMSELR_EL0");
    sysreg_write(pmccntr_el0, 0x123456789abcdef0);
    isb();
    check_equal(sysreg_read(pmccntr_el0), 0x123456789abcdef0, "PMCCNTR_EL0: 64 bits");
}

// A reset by PMCR_EL0.P is of the event counters, one by PMCR_EL0.C of the cycle counter.
static void test_reset(void) {
    if (!have_pmu()) {
        return;
    }
    sysreg_write(pmevcntr0_el0, 5);
    sysreg_write(pmccntr_el0, 7);
    sysreg_write(pmcr_el0, PMCR_P | PMCR_LC);
    isb();
    check_equal(sysreg_read(pmevcntr0_el0), 0, "PMEVCNTR0_EL0 after PMCR_EL0.P");
    check_equal(sysreg_read(pmccntr_el0), 7, "PMCCNTR_EL0 after PMCR_EL0.P");
    sysreg_write(pmevcntr0_el0, 5);
    sysreg_write(pmcr_el0, PMCR_C | PMCR_LC);
    isb();
    check_equal(sysreg_read(pmccntr_el0), 0, "PMCCNTR_EL0 after PMCR_EL0.C");
    check_equal(sysreg_read(pmevcntr0_el0), 5, "PMEVCNTR0_EL0 after PMCR_EL0.C");
}

// Counters from N on are not there: 3 and 5 are the kernel's where the CPU has 6.
static void test_absent(void) {
    if (!have_pmu()) {
        return;
    }
    u64 value = 0;
    if (counters() < 6) {
        check(!sysreg_try(pmevcntr5_el0, value), "PMEVCNTR5_EL0 is not undefined");
        check(!sysreg_try(pmevtyper5_el0, value), "PMEVTYPER5_EL0 is not undefined");
        check(!trap_try("msr pmevtyper5_el0, %0" ::"r"(0UL)), "PMEVTYPER5_EL0 can be written");
    }
    check(!sysreg_try(pmevcntr30_el0, value), "PMEVCNTR30_EL0 is not undefined");
    check(!sysreg_try(S3_3_C14_C11_7, value), "PMEVCNTR31, which is none, is not undefined");
    check_equal(ESR_EC(trap.esr), EC_UNKNOWN, "exception class");
    for (u32 n = counters(); n < 31; n++) {
        sysreg_write(pmselr_el0, n);
        isb();
        sysreg_write(pmxevtyper_el0, EVENT_CYCLES);
        sysreg_write(pmxevcntr_el0, 5);
        isb();
        check_equal(sysreg_read(pmxevtyper_el0), 0, "PMXEVTYPER_EL0 of counter %u", n);
        check_equal(sysreg_read(pmxevcntr_el0), 0, "PMXEVCNTR_EL0 of counter %u", n);
    }
    check(!sysreg_try(S3_3_C9_C12_4, value), "PMSWINC_EL0 can be read");
    check(!trap_try("msr S3_3_C9_C12_6, xzr" ::: "memory"), "PMCEID0_EL0 can be written");
}

static void test_increment(void) {
    if (!have_event(EVENT_INCREMENT)) {
        return;
    }
    sysreg_write(pmevtyper0_el0, EVENT_INCREMENT);
    sysreg_write(pmswinc_el0, 1); // all off
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
    sysreg_write(pmswinc_el0, 1); // the counter is off
    isb();
    check_equal(sysreg_read(pmevcntr0_el0), 0, "PMEVCNTR0_EL0, not enabled");
    sysreg_write(pmcntenset_el0, 1);
    isb();
    sysreg_write(pmswinc_el0, ~0UL & all_bits());
    sysreg_write(pmswinc_el0, 1);
    sysreg_write(pmswinc_el0, 2); // another's
    isb();
    check_equal(sysreg_read(pmevcntr0_el0), 2, "PMEVCNTR0_EL0");
    sysreg_write(pmevtyper0_el0, TYPE_P | EVENT_INCREMENT); // not at EL1
    isb();
    sysreg_write(pmswinc_el0, 1);
    isb();
    check_equal(sysreg_read(pmevcntr0_el0), 2, "PMEVCNTR0_EL0, filtered");
    sysreg_write(pmevtyper0_el0, EVENT_INCREMENT);
    sysreg_write(pmevcntr0_el0, 0xffffffff);
    sysreg_write(pmovsclr_el0, all_bits());
    isb();
    sysreg_write(pmswinc_el0, 1);
    isb();
    check_equal(sysreg_read(pmevcntr0_el0), 0, "PMEVCNTR0_EL0 after its overflow");
    check_equal(sysreg_read(pmovsset_el0) & all_bits(), 1, "PMOVSSET_EL0 after its overflow");
}

// `rounds` rounds of four instructions, counted by counter 0.
static u64 count_rounds(u64 rounds, u64 type) {
    sysreg_write(pmevtyper0_el0, type);
    sysreg_write(pmevcntr0_el0, 0);
    sysreg_write(pmcntenset_el0, 1);
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
    isb();
    asm volatile("1: nop\n nop\n subs %0, %0, #1\n b.ne 1b" : "+r"(rounds)::"cc");
    sysreg_write(pmcr_el0, PMCR_LC);
    isb();
    return sysreg_read(pmevcntr0_el0);
}

static void test_instructions(void) {
    if (!have_event(EVENT_RETIRED)) {
        return;
    }
    u64 few = count_rounds(1000, EVENT_RETIRED), many = count_rounds(3000, EVENT_RETIRED);
    // QEMU is a few off when it begins or ends a block of code with the write that starts the counter.
    check(many - few + 4 - 8000 <= 8, "%lu instructions in 2000 rounds of 4", many - few);
    check_equal(count_rounds(1000, TYPE_P | EVENT_RETIRED), 0, "instructions at EL0");
    u64 only = count_rounds(1000, TYPE_U | EVENT_RETIRED);
    check(only + 4 - few <= 8, "%lu instructions at EL1, %lu in all", only, few);
    u64 stands = sysreg_read(pmevcntr0_el0);
    check_equal(sysreg_read(pmevcntr0_el0), stands, "a counter that is stopped");
}

// What the hypervisor and the VMM do for the guest is not counted: emulated loads count as one instruction.
static void test_exits(void) {
    u64 counts[2];
    if (!have_event(EVENT_RETIRED)) {
        return;
    }
    for (u64 i = 0; i < 2; i++) {
        u64 rounds = 100 + 100 * i;
        sysreg_write(pmevtyper0_el0, TYPE_NSH | EVENT_RETIRED);
        sysreg_write(pmevcntr0_el0, 0);
        sysreg_write(pmcntenset_el0, 1);
        sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
        isb();
        asm volatile("1: ldr w9, [%1]\n subs %0, %0, #1\n b.ne 1b"
                     : "+r"(rounds)
                     : "r"(machine.uart.base + PL011_FR)
                     : "cc", "x9", "memory");
        sysreg_write(pmcr_el0, PMCR_LC);
        isb();
        counts[i] = sysreg_read(pmevcntr0_el0);
    }
    u64 each = (counts[1] - counts[0] + 50) / 100; // a trapped load need not count
    check(each == 3 || (machine.guest && each == 2), "%lu instructions for a round of 3, with an exit", each);
}

static void test_cycles(void) {
    if (!have_event(EVENT_CYCLES)) {
        return;
    }
    sysreg_write(pmcntenset_el0, CYCLES | 1);
    sysreg_write(pmevtyper0_el0, EVENT_CYCLES);
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
    isb();
    u64 first = sysreg_read(pmccntr_el0);
    check(wait_until(false, 1) || sysreg_read(pmccntr_el0) > first, "PMCCNTR_EL0 stands still");
    check(sysreg_read(pmevcntr0_el0) != 0, "CPU_CYCLES is not counted");
    sysreg_write(pmccfiltr_el0, TYPE_P);
    isb();
    first = sysreg_read(pmccntr_el0);
    check(!wait_until(sysreg_read(pmccntr_el0) != first, 1),
          "PMCCNTR_EL0 counts at EL1 in spite of its filter");
    sysreg_write(pmccfiltr_el0, 0);
    sysreg_write(pmccntr_el0, ~0UL - 100);
    check(wait_until(sysreg_read(pmovsset_el0) & CYCLES, 10), "PMCCNTR_EL0 does not overflow at 64 bits");
    sysreg_write(pmcr_el0, 0); // 32 bits: LC = 0
    sysreg_write(pmovsclr_el0, CYCLES);
    sysreg_write(pmccntr_el0, 0xffffffff - 100);
    sysreg_write(pmcr_el0, PMCR_E);
    check(wait_until(sysreg_read(pmovsset_el0) & CYCLES, 10), "PMCCNTR_EL0 does not overflow at 32 bits");
    sysreg_write(pmcr_el0, 0);
}

// The overflow interrupt: counter 0, `ahead` instructions before its overflow.
static volatile u32 overflows, keep_level;

static void overflow_hook(u32 iar) {
    if (gic_intid(iar) == machine.pmu_intid) {
        overflows++;
        if (!keep_level || overflows >= keep_level) {
            sysreg_write(pmovsclr_el0, 1);
            isb();
        }
    }
    irq_count_and_end(iar);
}

static bool overflow_start(u64 ahead) {
    if (!have_event(EVENT_RETIRED)) {
        return false;
    }
    if (!machine.pmu_intid) {
        test_skip("the tree has no PMU interrupt");
        return false;
    }
    overflows = keep_level = 0;
    irq_hook = overflow_hook;
    gic_enable(machine.pmu_intid);
    sysreg_write(pmevtyper0_el0, EVENT_RETIRED);
    sysreg_write(pmevcntr0_el0, 0x100000000 - ahead);
    sysreg_write(pmintenset_el1, 1);
    sysreg_write(pmcntenset_el0, 1);
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
    isb();
    return true;
}

// Waits for `condition`. QEMU 7.2 may notice the overflow of an event counter only when it is read.
#define overflow_until(condition, milliseconds)                                                              \
    wait_until(((void)sysreg_read(pmevcntr0_el0), condition), milliseconds)

static void overflow_stop(void) {
    irq_disable();
    sysreg_write(pmcr_el0, PMCR_LC);
    sysreg_write(pmintenclr_el1, all_bits());
    sysreg_write(pmovsclr_el0, all_bits());
    isb();
}

static void test_irq(void) {
    if (!overflow_start(100000)) {
        return;
    }
    irq_enable();
    u64 first = timer_now();
    check(overflow_until(overflows != 0, 100), "no interrupt of an overflow");
    check(timer_now() - first >= timer_ticks(50), "the interrupt came too early");
    check_equal(overflows, 1, "interrupts");
    check(!overflow_until(overflows != 1, 2), "an interrupt after the overflow was cleared");
    for (unsigned i = 2; i < 12; i++) {
        sysreg_write(pmevcntr0_el0, 0x100000000 - 5000);
        check(overflow_until(overflows == i, 20), "overflow %u does not interrupt", i);
    }
    overflow_stop();
}

static void test_irq_level(void) {
    if (!overflow_start(100)) {
        return;
    }
    keep_level = 3;
    irq_enable();
    check(overflow_until(overflows >= 3, 100), "%u interrupts of an overflow that stays", overflows);
    check(!wait_until(overflows != 3, 3), "an interrupt after the overflow was cleared");
    overflow_stop();
}

static void test_irq_masked(void) {
    if (!overflow_start(100)) {
        return;
    }
    check(overflow_until(sysreg_read(pmovsset_el0) & 1, 100), "no overflow");
    check(gic_bit(GICD_ISPENDR, machine.pmu_intid), "the PPI does not read as pending");
    sysreg_write(pmintenclr_el1, 1);
    isb();
    check(!gic_bit(GICD_ISPENDR, machine.pmu_intid), "the PPI is pending, though PMINTENSET_EL1 is clear");
    irq_enable();
    check(!wait_until(overflows != 0, 3), "an interrupt in spite of PMINTENCLR_EL1");
    gic_disable(machine.pmu_intid);
    sysreg_write(pmintenset_el1, 1);
    isb();
    check(!wait_until(overflows != 0, 3), "an interrupt although disabled");
    check(gic_bit(GICD_ISPENDR, machine.pmu_intid), "disabled, the PPI does not read as pending");
    gic_enable(machine.pmu_intid);
    check(wait_until(overflows == 1, 100), "no interrupt after enabling");
    if (machine.guest) { // QEMU 7.2 leaves the line as it is when PMCR_EL0.E changes
        sysreg_write(pmcr_el0, PMCR_LC);
        sysreg_write(pmovsset_el0, 1);
        isb();
        check(!wait_until(overflows != 1, 3), "an interrupt in spite of PMCR_EL0.E = 0");
        sysreg_write(pmcr_el0, PMCR_LC | PMCR_E);
        isb();
        check(wait_until(overflows == 2, 100), "an overflow that software sets does not interrupt");
    }
    overflow_stop();
}

// One instruction at EL0, then an undefined one. Whether the first came back by itself.
static bool works_at_el0(u32 instruction) {
    u32 code[] = {instruction, 0};
    dsb();
    asm volatile("ic iallu\n dsb sy\n isb" ::: "memory");
    trap_arm();
    asm volatile("msr elr_el1, %0\n"
                 "msr spsr_el1, %1\n"
                 "adr x30, 1f\n"
                 "eret\n"
                 "1:" ::"r"(code),
                 "r"(0x3c0UL)
                 : "x30", "x1", "memory", "cc");
    trap_disarm();
    return trap.elr == (u64)&code[1];
}

#define MRS_X1_PMCCNTR 0xd53b9d01
#define MRS_X1_PMCR    0xd53b9c01
#define MRS_X1_PMUSER  0xd53b9e01
#define MSR_PMCR_X1    0xd51b9c01

static void test_el0(void) {
    if (!have_pmu()) {
        return;
    }
    check(!works_at_el0(MRS_X1_PMCCNTR), "PMCCNTR_EL0 can be read at EL0");
    check_equal(ESR_EC(trap.esr), 0x18, "class of its trap"); // to EL1: PMUSERENR_EL0
    check(!works_at_el0(MSR_PMCR_X1), "PMCR_EL0 can be written at EL0");
    check(works_at_el0(MRS_X1_PMUSER), "PMUSERENR_EL0 cannot be read at EL0");
    sysreg_write(pmuserenr_el0, PMUSERENR_EN);
    isb();
    check_equal(sysreg_read(pmuserenr_el0), PMUSERENR_EN, "PMUSERENR_EL0");
    check(works_at_el0(MRS_X1_PMCCNTR), "PMCCNTR_EL0 cannot be read at EL0, though PMUSERENR_EL0.EN is set");
    check(works_at_el0(MRS_X1_PMCR), "PMCR_EL0 cannot be read at EL0, though PMUSERENR_EL0.EN is set");
    sysreg_write(pmuserenr_el0, BIT(2)); // CR: the cycle counter alone
    isb();
    check(works_at_el0(MRS_X1_PMCCNTR), "PMCCNTR_EL0 cannot be read at EL0, though PMUSERENR_EL0.CR is set");
    check(!works_at_el0(MRS_X1_PMCR), "PMCR_EL0 can be read at EL0");
    sysreg_write(pmuserenr_el0, 0);
}

// Values stay where they are while other VMs run, and while the guest waits.
static void test_kept(void) {
    if (!have_pmu()) {
        return;
    }
    sysreg_write(pmevtyper0_el0, TYPE_P | TYPE_U | EVENT_CYCLES);
    sysreg_write(pmevcntr0_el0, 0xabcd);
    sysreg_write(pmccfiltr_el0, TYPE_P | TYPE_U);
    sysreg_write(pmccntr_el0, 0x1234567890);
    sysreg_write(pmintenset_el1, CYCLES | 1);
    sysreg_write(pmcntenset_el0, CYCLES | 1);
    sysreg_write(pmselr_el0, 3);
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
    isb();
    ticker_start(700, 30);
    irq_enable();
    while (ticker.left) {
        asm volatile("wfi" ::: "memory");
        check_equal(sysreg_read(pmevcntr0_el0), 0xabcd, "PMEVCNTR0_EL0");
        check_equal(sysreg_read(pmevtyper0_el0), TYPE_P | TYPE_U | EVENT_CYCLES, "PMEVTYPER0_EL0");
        check_equal(sysreg_read(pmccntr_el0), 0x1234567890, "PMCCNTR_EL0");
        check_equal(sysreg_read(pmintenset_el1), CYCLES | 1, "PMINTENSET_EL1");
        check_equal(sysreg_read(pmcntenset_el0) & all_bits(), CYCLES | 1, "PMCNTENSET_EL0");
        check_equal(sysreg_read(pmselr_el0), 3, "PMSELR_EL0");
        check_equal(sysreg_read(pmcr_el0) & 0x7f, PMCR_E | PMCR_LC, "PMCR_EL0");
        if (test_ended()) {
            break;
        }
    }
    irq_disable();
    (void)have_pmu(); // off
}

static const struct test tests[] = {
    {.name = "pmu-control", .run = test_control},
    {.name = "pmu-sets", .run = test_sets},
    {.name = "pmu-types", .run = test_types},
    {.name = "pmu-reset", .run = test_reset},
    {.name = "pmu-absent", .run = test_absent, .guest_only = true},
    {.name = "pmu-increment", .run = test_increment},
    {.name = "pmu-instructions", .run = test_instructions},
    {.name = "pmu-exits", .run = test_exits},
    {.name = "pmu-cycles", .run = test_cycles},
    {.name = "pmu-irq", .run = test_irq},
    {.name = "pmu-irq-level", .run = test_irq_level},
    {.name = "pmu-irq-masked", .run = test_irq_masked},
    {.name = "pmu-el0", .run = test_el0},
    {.name = "pmu-kept", .run = test_kept},
};
const struct test_group group_pmu = TEST_GROUP(tests);
