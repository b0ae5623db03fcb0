// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers of the guest survive whatever leaves the guest: emulated accesses, firmware calls, WFI,
// interrupts.
#include "guests/bare/pl011.h"
#include "guests/bare/state.h"

// Checks x1 to x30 (x0 is the operation's own) from `first`.
static void check_registers(const u64 registers[31], u32 first, const char *what) {
    for (u32 n = first; n < 31; n++) {
        if (!check_equal(registers[n], STATE_PATTERN(n), "x%u", n)) {
            print("# after %s\n", what);
        }
    }
}

static void test_mmio(void) {
    u64 registers[31];
    state_exit_load(machine.uart.base + PL011_PCELLID0 + 12, registers);
    check_equal(registers[0], 0xb1, "value of an emulated load");
    check_registers(registers, 1, "an emulated load");
    state_exit_store(machine.uart.base + PL011_FR, registers);
    check_registers(registers, 1, "an emulated store");
}

static void test_wfi(void) {
    u64 registers[31];
    for (unsigned i = 0; i < 5; i++) {
        ticker_start(200, 1);
        state_exit_wfi(0, registers);
        check_registers(registers, 1, "WFI");
        irq_enable();
        wait_until(ticker.left == 0, 100);
        irq_disable();
    }
}

static void test_interrupts(void) {
    u64 registers[31], old = sysreg_read(tpidr_el1);
    ticker_start(200, 30);
    irq_enable();
    state_exit_counter((u64)&ticker.left, registers);
    irq_disable();
    sysreg_write(tpidr_el1, old);
    check_equal(ticker.count, 30, "interrupts");
    check_registers(registers, 1, "interrupts");
}

static void test_mmio_registers(void) {
    u64 values[31], uart = machine.uart.base;
    state_load_all(uart + PL011_PCELLID0 + 12, values);
    for (u32 n = 0; n < 31; n++) {
        check_equal(values[n], 0xb1, "load into w%u", n);
    }
    console_flush();
    state_store_all(uart + PL011_IBRD, values);
    asm volatile("str wzr, [%0]" ::"r"(uart + PL011_IBRD) : "memory");
    u32 zero = read32(uart + PL011_IBRD);
    asm volatile("ldr wzr, [%0]" ::"r"(uart + PL011_IBRD) : "memory");
    console_init();
    check_equal(zero, 0, "store of wzr");
    for (u32 n = 0; n < 31; n++) {
        check_equal(values[n], 0x100 + n, "store from w%u", n);
    }
}

// Sign and zero extension of narrow loads (ESR_EL2.ISS SSE, SF).
static void test_mmio_extension(void) {
    u64 byte = gic_priority_register(gic_free_spi()), word = byte & ~3UL, value;
    write32(word, 0xa0a0a0a0);
#define LOAD(instruction, address)                                                                           \
    ({                                                                                                       \
        value = ~0UL;                                                                                        \
        asm volatile(instruction ", [%1]" : "+r"(value) : "r"(address) : "memory");                          \
        value;                                                                                               \
    })
    check_equal(LOAD("ldrb %w0", byte), 0xa0, "ldrb");
    check_equal(LOAD("ldrsb %w0", byte), 0xffffffa0, "ldrsb to w");
    check_equal(LOAD("ldrsb %0", byte), 0xffffffffffffffa0, "ldrsb to x");
    check_equal(LOAD("ldr %w0", word), 0xa0a0a0a0, "ldr to w");
    check_equal(LOAD("ldrsw %0", word), 0xffffffffa0a0a0a0, "ldrsw");
    check_equal(LOAD("ldrh %w0", machine.uart.base + PL011_PCELLID0 + 12), 0xb1, "ldrh");
    check_equal(LOAD("ldrsh %0", machine.uart.base + PL011_PCELLID0 + 12), 0xb1, "ldrsh to x");
#undef LOAD
}

static void test_system_registers(void) {
    const u64 el0 = sysreg_read(tpidr_el0), ro = sysreg_read(tpidrro_el0), el1 = sysreg_read(tpidr_el1);
    const u64 sp = sysreg_read(sp_el0), par = sysreg_read(par_el1), context = sysreg_read(contextidr_el1);
    const u64 mair = sysreg_read(mair_el1), ttbr0 = sysreg_read(ttbr0_el1), ttbr1 = sysreg_read(ttbr1_el1);
    const u64 tcr = sysreg_read(tcr_el1), afsr0 = sysreg_read(afsr0_el1);
#define REGISTERS(operation)                                                                                 \
    operation(tpidr_el0, 0x1111222233334444);                                                                \
    operation(tpidrro_el0, 0x2222333344445555);                                                              \
    operation(tpidr_el1, 0x3333444455556666);                                                                \
    operation(sp_el0, 0x4444555566667770);                                                                   \
    operation(contextidr_el1, 0x55667788);                                                                   \
    operation(mair_el1, 0x0004444400ff4400);                                                                 \
    operation(ttbr0_el1, 0x0001000012345000);                                                                \
    operation(ttbr1_el1, 0x0002000012346000);                                                                \
    operation(tcr_el1, 0x0000000200803519);                                                                  \
    operation(far_el1, 0x123456789abcdef0);                                                                  \
    operation(esr_el1, 0x56000001)
#define CHECK(name, value) check_equal(sysreg_read(name), value, #name)
    irq_enable();
    for (unsigned i = 0; i < 3; i++) {
        REGISTERS(sysreg_write);
        isb();
        ticker_start(300, 5);
        wait_until(ticker.left == 0, 1000);
        (void)read32(machine.gicd.base + GICD_TYPER);
        ticker_start(100, 1);
        asm volatile("wfi" ::: "memory");
        wait_until(ticker.left == 0, 1000);
        REGISTERS(CHECK);
    }
    irq_disable();
#undef REGISTERS
#undef CHECK
    sysreg_write(tpidr_el0, el0);
    sysreg_write(tpidrro_el0, ro);
    sysreg_write(tpidr_el1, el1);
    sysreg_write(sp_el0, sp);
    sysreg_write(par_el1, par);
    sysreg_write(contextidr_el1, context);
    sysreg_write(mair_el1, mair);
    sysreg_write(ttbr0_el1, ttbr0);
    sysreg_write(ttbr1_el1, ttbr1);
    sysreg_write(tcr_el1, tcr);
    sysreg_write(afsr0_el1, afsr0);
}

// FP registers, FPCR and FPSR over interrupts, WFI and emulated accesses; nothing else here uses them.
static void test_fp(void) {
    struct state_fp loaded, found;
    const u64 fpcr = 0x03000000, fpsr = 0x0800001f; // DN and FZ; QC and the cumulative flags
    for (u32 i = 0; i < ARRAY_SIZE(loaded.v); i++) {
        loaded.v[i] = 0x0102030405060708 * (i + 1) ^ (u64)i << 60;
    }
    state_fp_load(&loaded);
    sysreg_write(fpcr, fpcr);
    sysreg_write(fpsr, fpsr);
    ticker_start(200, 100);
    irq_enable();
    while (ticker.left) {
        (void)read32(machine.gicd.base + GICD_TYPER);
        asm volatile("wfi" ::: "memory");
    }
    irq_disable();
    u64 fpcr_found = sysreg_read(fpcr), fpsr_found = sysreg_read(fpsr);
    state_fp_store(&found);
    check_equal(fpcr_found, fpcr, "FPCR");
    check_equal(fpsr_found, fpsr, "FPSR");
    for (u32 i = 0; i < ARRAY_SIZE(loaded.v); i++) {
        check_equal(found.v[i], loaded.v[i], "64-bit half %u of the FP registers", i);
    }
    sysreg_write(fpcr, 0);
    sysreg_write(fpsr, 0);
}

// The guest's own FP trap stays its own.
static void test_fp_disabled(void) {
    struct state_fp fp;
    sysreg_write(cpacr_el1, 0);
    isb();
    trap_arm();
    asm volatile(".inst 0x9e660000" ::: "x0", "memory"); // fmov x0, d0
    bool trapped = trap_disarm();
    sysreg_write(cpacr_el1, 3UL << 20);
    isb();
    check(trapped, "no exception with CPACR_EL1.FPEN = 0");
    check_equal(ESR_EC(trap.esr), 0x07, "exception class with CPACR_EL1.FPEN = 0");
    state_fp_store(&fp);
}

static const struct test tests[] = {
    {.name = "state-mmio", .run = test_mmio},
    {.name = "state-mmio-registers", .run = test_mmio_registers},
    {.name = "state-mmio-extension", .run = test_mmio_extension},
    {.name = "state-wfi", .run = test_wfi},
    {.name = "state-interrupts", .run = test_interrupts},
    {.name = "state-system-registers", .run = test_system_registers},
    {.name = "state-fp", .run = test_fp},
    {.name = "state-fp-disabled", .run = test_fp_disabled},
};
const struct test_group group_state = TEST_GROUP(tests);
