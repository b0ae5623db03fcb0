// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a guest should not do and may: each ends in a value or in an exception of the guest's own, and the
// rest goes on.
#include "guests/bare/pl011.h"

static void expect_external(u32 class, u64 address, bool write, const char *what) {
    check_equal(ESR_EC(trap.esr), class, "exception class of %s", what);
    check_equal(ESR_FSC(trap.esr), FSC_EXTERNAL, "status code of %s", what);
    check_equal(trap.esr >> 25 & 1, 1, "ESR_EL1.IL of %s", what);
    check_equal(!!(trap.esr & ESR_WNR), write, "ESR_EL1.WnR of %s", what);
    if (!(trap.esr & BIT(10))) { // FnV
        check_equal(trap.far, address, "FAR_EL1 of %s", what);
    }
}

static void unowned(u64 address) {
    u64 value = 0;
    for (unsigned width = 1; width <= 8; width *= 2) {
        if (check(!probe_read(address, width, &value), "read of %u bytes: no abort", width)) {
            expect_external(EC_DATA_ABORT, address, false, "a read");
        }
        if (check(!probe_write(address, width, 0), "write of %u bytes: no abort", width)) {
            expect_external(EC_DATA_ABORT, address, true, "a write");
        }
    }
    if (check(!probe_call(address), "fetch: no abort")) {
        expect_external(EC_INSTRUCTION_ABORT, address, false, "a fetch");
    }
}

static void test_unowned(void) {
    unowned(machine_hole());
}

static void test_unowned_behind_ram(void) {
    unowned(machine.ram.base + machine.ram.size);
}

// Far up: behind the stage-2 address space, or behind the processor's own.
static void test_unowned_far(void) {
    for (unsigned bit = 38; bit < 52; bit++) {
        u64 value = 0;
        if (bit == 39 && !machine.guest) {
            continue; // the PCIe window of QEMU's virt
        }
        check(!probe_read(BIT(bit), 8, &value), "read at 1 << %u: no abort", bit);
        check(!probe_write(BIT(bit) + 0x1000, 4, 0), "write at 1 << %u: no abort", bit);
        check_equal(ESR_EC(trap.esr), EC_DATA_ABORT, "exception class");
    }
}

static void survived(const char *what) {
    check_equal(read32(machine.uart.base + PL011_PCELLID0 + 12), 0xb1, "device register after %s", what);
}

// Instructions on device memory that give the hypervisor no syndrome (ESR_EL2.ISS.ISV = 0).
static void test_no_syndrome(void) {
    u64 device = machine.gicd.base + GICD_IPRIORITYR + (gic_free_spi() & ~15U), a, value = 0, other = 0;
    // Big enough for every cache line and DC ZVA block that the operations below may touch.
#define TRY(...)                                                                                             \
    do {                                                                                                     \
        a = device;                                                                                          \
        trap_try(__VA_ARGS__ : [a] "+r"(a), [v] "+r"(value), [o] "+r"(other)::"memory");                     \
    } while (0)
    TRY("ldp %w[v], %w[o], [%[a]]");
    TRY("stp %w[v], %w[o], [%[a]]");
    TRY("ldp %[v], %[o], [%[a]]");
    TRY("ldr %w[v], [%[a]], #4");
    TRY("ldr %w[v], [%[a], #4]!");
    TRY("str %w[v], [%[a]], #4");
    TRY("ldxr %w[v], [%[a]]");
    TRY("ldaxr %w[v], [%[a]]\n stlxr %w[o], %w[v], [%[a]]");
    TRY("ldar %w[v], [%[a]]");
    TRY("stlr %w[v], [%[a]]");
    TRY("ldtr %w[v], [%[a]]");
    TRY("sttr %w[v], [%[a]]");
    TRY("prfm pldl1keep, [%[a]]");
    TRY("dc zva, %[a]");
    TRY("dc cvac, %[a]");
    TRY("dc civac, %[a]");
    TRY("dc ivac, %[a]");
    TRY("ic ivau, %[a]");
    TRY("at s1e1r, %[a]");
#undef TRY
    trap_arm();
    register u64 x0 asm("x0") = device;
    asm volatile(".inst 0x3dc00000" ::"r"(x0) : "memory"); // ldr q0, [x0]
    asm volatile(".inst 0x3d800000" ::"r"(x0) : "memory"); // str q0, [x0]
    trap_disarm();
    check(!probe_call(machine.gicd.base) || true, "a fetch from a device");
    gic_init();
    survived("accesses without syndrome");
}

// Registers that are implementation defined, of debug, or of levels above: a value or undefined.
static void test_system_registers(void) {
#define READ(name)                                                                                           \
    do {                                                                                                     \
        u64 value = 0;                                                                                       \
        if (!sysreg_try(name, value)) {                                                                      \
            check_equal(ESR_EC(trap.esr), EC_UNKNOWN, "exception class of " #name);                          \
        }                                                                                                    \
    } while (0)
    READ(S3_0_C15_C0_0);
    READ(S3_1_C11_C0_2); // L2CTLR_EL1 of Cortex-A53 and A57
    READ(S3_1_C15_C2_0); // CPUACTLR_EL1
    READ(S3_7_C15_C7_7);
    READ(actlr_el1);
    READ(mdscr_el1);
    READ(oslsr_el1);
    READ(osdlr_el1);
    READ(dbgbvr0_el1);
    READ(dbgbcr0_el1);
    READ(dbgwvr0_el1);
    READ(mdccsr_el0);
    READ(dbgauthstatus_el1);
    READ(mdrar_el1);
    READ(S3_0_C9_C9_0);  // PMSCR_EL1
    READ(S3_0_C1_C2_1);  // TRFCR_EL1
    READ(S3_0_C10_C4_4); // MPAMIDR_EL1
    READ(hcr_el2);
    READ(vttbr_el2);
    READ(S3_4_C12_C11_0); // ICH_HCR_EL2
    READ(scr_el3);
#undef READ
    trap_try("msr S3_1_C15_C2_0, xzr" ::: "memory");
    trap_try("msr S3_0_C15_C0_0, xzr" ::: "memory");
    trap_try("msr oslar_el1, xzr" ::: "memory");
    trap_try("msr vttbr_el2, xzr" ::: "memory");
    trap_try("tlbi alle2" ::: "memory");
    trap_try("tlbi ipas2e1, xzr" ::: "memory");
    trap_try("at s12e1r, xzr" ::: "memory");
    survived("system registers");
}

// Calls with an immediate that no convention uses.
static void test_immediates(void) {
#define CALL(instruction)                                                                                    \
    do {                                                                                                     \
        register u64 x0 asm("x0") = 0x84000000;                                                              \
        trap_arm();                                                                                          \
        asm volatile(instruction : "+r"(x0)::"x1", "x2", "x3", "memory");                                    \
        trap_disarm();                                                                                       \
    } while (0)
    CALL("smc #1");
    CALL("smc #0xffff");
    if (machine.guest || machine.boot_level == 2) {
        CALL("hvc #1");
        CALL("hvc #0xffff");
    }
#undef CALL
    survived("odd immediates");
}

static void test_events(void) {
    for (unsigned i = 0; i < 1000; i++) {
        asm volatile("sevl\n wfe\n sev\n wfe\n yield" ::: "memory");
    }
    survived("WFE");
}

// Interrupts raised and taken away as fast as the guest can.
static void test_interrupt_storm(void) {
    u32 spi = gic_free_spi();
    gic_set_edge(spi, true);
    gic_enable(spi);
    irq_enable();
    for (unsigned i = 0; i < 300; i++) {
        gic_set_bit(GICD_ISPENDR, spi);
        gic_set_bit(GICD_ICPENDR, spi);
        gic_sgi_self(i & 15);
        gic_set_bit(GICD_ISACTIVER, spi);
        gic_set_bit(GICD_ICACTIVER, spi);
        gic_disable(spi);
        gic_enable(spi);
    }
    gic_init();
    ticker_start(200, 5);
    irq_enable();
    check(wait_until(ticker.left == 0, 1000), "the timer's interrupt does not arrive after it");
    irq_disable();
    survived("an interrupt storm");
}

// Ends and deactivations of what is not active.
static void test_stray_end(void) {
    gic_end(gic_free_spi());
    gic_end(0);
    gic_end(GIC_SPURIOUS);
    gic_set_end_mode(true);
    gic_deactivate(gic_free_spi());
    gic_deactivate(machine.timer_intid);
    gic_deactivate(GIC_SPURIOUS);
    gic_set_end_mode(false);
    gic_init();
    ticker_start(200, 5);
    irq_enable();
    check(wait_until(ticker.left == 0, 1000), "the timer's interrupt does not arrive after it");
}

static const struct test tests[] = {
    {.name = "abuse-unowned", .run = test_unowned},
    {.name = "abuse-unowned-behind-ram", .run = test_unowned_behind_ram},
    {.name = "abuse-unowned-far", .run = test_unowned_far},
    {.name = "abuse-no-syndrome", .run = test_no_syndrome},
    {.name = "abuse-system-registers", .run = test_system_registers},
    {.name = "abuse-immediates", .run = test_immediates},
    {.name = "abuse-events", .run = test_events},
    {.name = "abuse-interrupt-storm", .run = test_interrupt_storm},
    {.name = "abuse-stray-end", .run = test_stray_end},
};
const struct test_group group_abuse = TEST_GROUP(tests);
