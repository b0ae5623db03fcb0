// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// PSCI 1.1 (DEN0022) and SMCCC 1.1 (DEN0028) as a guest sees them. What ends the run (SYSTEM_OFF,
// SYSTEM_RESET) is the end of every run and the mode test=reset.
#include "guests/bare/state.h"

enum psci_function {
    PSCI_VERSION = 0x84000000,
    PSCI_CPU_SUSPEND = 0xc4000001,
    PSCI_CPU_OFF = 0x84000002,
    PSCI_CPU_ON = 0xc4000003,
    PSCI_AFFINITY_INFO = 0xc4000004,
    PSCI_MIGRATE_INFO_TYPE = 0x84000006,
    PSCI_SYSTEM_OFF = 0x84000008,
    PSCI_SYSTEM_RESET = 0x84000009,
    PSCI_FEATURES = 0x8400000a,
    SMCCC_VERSION = 0x80000000,
    SMCCC_ARCH_FEATURES = 0x80000001,
};
#define SMC32(function) ((function) & ~0x40000000U)

#define SUCCESS            0U
#define NOT_SUPPORTED      0xffffffffU
#define INVALID_PARAMETERS 0xfffffffeU
#define ALREADY_ON         0xfffffffcU

static u32 call(u32 function, u64 x1, u64 x2, u64 x3) {
    struct smc_registers registers = {.x = {function, x1, x2, x3}};
    if (machine.conduit == CONDUIT_HVC) {
        hvc_call(&registers);
    } else {
        smc_call(&registers);
    }
    return (u32)registers.x[0];
}

static u64 own_affinity(void) {
    return sysreg_read(mpidr_el1) & 0xff00ffffff;
}

static void test_conduit(void) {
    check_equal(machine.conduit, CONDUIT_SMC, "conduit of the device tree (1 is smc)");
}

static void test_version(void) {
    check_equal(call(PSCI_VERSION, 0, 0, 0), 0x10001, "PSCI_VERSION");
}

static void test_features(void) {
    static const u32 mandatory[] = {PSCI_VERSION,       PSCI_CPU_SUSPEND, PSCI_CPU_OFF,      PSCI_CPU_ON,
                                    PSCI_AFFINITY_INFO, PSCI_SYSTEM_OFF,  PSCI_SYSTEM_RESET, PSCI_FEATURES};
    for (size_t i = 0; i < ARRAY_SIZE(mandatory); i++) {
        u32 result = call(PSCI_FEATURES, mandatory[i], 0, 0);
        check((int32_t)result >= 0, "PSCI_FEATURES of 0x%x is %d", mandatory[i], (int32_t)result);
    }
    check_equal(call(PSCI_FEATURES, SMC32(PSCI_CPU_ON), 0, 0), SUCCESS, "PSCI_FEATURES of CPU_ON, SMC32");
    check_equal(call(PSCI_FEATURES, 0x84000fff, 0, 0), NOT_SUPPORTED, "PSCI_FEATURES of an unknown function");
}

static void test_cpu_on(void) {
    u64 entry = (u64)__image_start;
    check_equal(call(PSCI_CPU_ON, own_affinity(), entry, 0), ALREADY_ON, "CPU_ON of this CPU");
    check_equal(call(SMC32(PSCI_CPU_ON), own_affinity(), entry, 0), ALREADY_ON, "CPU_ON of this CPU, SMC32");
    check_equal(call(PSCI_CPU_ON, machine.absent_cpu, entry, 0), INVALID_PARAMETERS,
                "CPU_ON of an absent CPU");
    check_equal(call(PSCI_CPU_ON, ~0UL, entry, 0), INVALID_PARAMETERS, "CPU_ON of affinity -1");
}

static void test_affinity(void) {
    check_equal(call(PSCI_AFFINITY_INFO, own_affinity(), 0, 0), 0, "AFFINITY_INFO of this CPU (0 is on)");
    check_equal(call(SMC32(PSCI_AFFINITY_INFO), own_affinity(), 0, 0), 0, "AFFINITY_INFO, SMC32");
    check_equal(call(PSCI_AFFINITY_INFO, machine.absent_cpu, 0, 0), INVALID_PARAMETERS,
                "AFFINITY_INFO of an absent CPU");
}

static void test_migrate(void) {
    u32 type = call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);
    check(type == 2 || type == NOT_SUPPORTED, "MIGRATE_INFO_TYPE is 0x%x", type);
}

// A standby returns with SUCCESS at the next wake-up event (DEN0022 5.4).
static void test_suspend(void) {
    ticker_start(500, 1);
    check_equal(call(PSCI_CPU_SUSPEND, 0, 0, 0), SUCCESS, "CPU_SUSPEND, standby");
    irq_enable();
    check(wait_until(ticker.left == 0, 1000), "the wake-up interrupt is lost");
}

static void test_smccc(void) {
    u32 version = call(SMCCC_VERSION, 0, 0, 0);
    check_equal(version, 0x10001, "SMCCC_VERSION");
    check_equal(call(PSCI_FEATURES, SMCCC_VERSION, 0, 0), SUCCESS, "PSCI_FEATURES of SMCCC_VERSION");
    check_equal(call(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), SUCCESS,
                "SMCCC_ARCH_FEATURES of SMCCC_VERSION");
    check_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), SUCCESS,
                "SMCCC_ARCH_FEATURES of itself");
    check_equal(call(SMCCC_ARCH_FEATURES, 0x80000fff, 0, 0), NOT_SUPPORTED,
                "SMCCC_ARCH_FEATURES of an unknown one");
}

static const u32 unknown_functions[] = {
    0x00000000, 0x80001234, 0x84000fff, 0xc4000fff, 0x82000000, 0x86000000,
    0x8600ff01, 0xc6000001, 0xb2000000, 0xbf00ff01, 0xffffffff, 0x7fffffff,
};

static void test_unknown_smc(void) {
    if (!machine.guest && machine.conduit != CONDUIT_SMC) {
        test_skip("nothing answers SMC here");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(unknown_functions); i++) {
        struct smc_registers registers = {.x = {unknown_functions[i], 1, 2, 3, 4, 5, 6, 7}};
        smc_call(&registers);
        check_equal(registers.x[0], ~0UL, "SMC of unknown function number %lu in the list", i);
    }
}

// x7 holds what a system call of the kernel would be: an HVC is none (x7 from -33 to 0).
static void test_unknown_hvc(void) {
    if (!machine.guest && machine.boot_level != 2) {
        test_skip("no EL2 here");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(unknown_functions); i++) {
        struct smc_registers registers = {.x = {unknown_functions[i], 1, 2, 3, 4, 5, 6, -i}};
        hvc_call(&registers);
        check_equal(registers.x[0], ~0UL, "HVC of unknown function number %lu in the list", i);
    }
    for (u64 i = 0; i <= 33; i++) {
        struct smc_registers registers = {.x = {0xc6000000 + i, 1, 2, 3, 4, 5, 6, -i}};
        hvc_call(&registers);
        check_equal(registers.x[0], ~0UL, "HVC with x7 = -%lu", i);
        check_equal(registers.x[7], -i, "x7 after an HVC with x7 = -%lu", i);
    }
}

// SMCCC 1.1: x4 to x30 and the stack pointer are preserved (DEN0028 2.6).
static void test_preserved(void) {
    static const u32 functions[] = {PSCI_VERSION, 0x84000fff, SMCCC_VERSION};
    u64 registers[31];
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        if (machine.conduit == CONDUIT_SMC) {
            state_exit_smc(functions[i], registers);
        } else {
            state_exit_hvc(functions[i], registers);
        }
        for (u32 n = 4; n < 31; n++) {
            check_equal(registers[n], STATE_PATTERN(n), "x%u after a firmware call", n);
        }
    }
    if (machine.guest) {
        state_exit_hvc(0x86000fff, registers);
        check_equal(registers[0], ~0UL, "unknown HVC");
        for (u32 n = 4; n < 31; n++) {
            check_equal(registers[n], STATE_PATTERN(n), "x%u after an HVC", n);
        }
    }
}

static const struct test tests[] = {
    {.name = "psci-conduit", .run = test_conduit, .guest_only = true},
    {.name = "psci-version", .run = test_version},
    {.name = "psci-features", .run = test_features},
    {.name = "psci-cpu-on", .run = test_cpu_on},
    {.name = "psci-affinity", .run = test_affinity},
    {.name = "psci-migrate", .run = test_migrate},
    {.name = "psci-suspend", .run = test_suspend},
    {.name = "psci-smccc", .run = test_smccc, .guest_only = true},
    {.name = "psci-unknown-smc", .run = test_unknown_smc},
    {.name = "psci-unknown-hvc", .run = test_unknown_hvc},
    {.name = "psci-preserved", .run = test_preserved},
};
const struct test_group group_psci = TEST_GROUP(tests);
