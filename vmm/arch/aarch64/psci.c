// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// PSCI and SMCCC calls as a table: function number to handler. A function that is not in the table is
// NOT_SUPPORTED, and PSCI_FEATURES says so from the same table.
#include <stdbool.h>
#include <stddef.h>
#include <vmm/arch/aarch64/psci.h>

// PSCI (DEN 0022), 5.2.2: return codes.
enum psci_status {
    PSCI_SUCCESS = 0,
    PSCI_NOT_SUPPORTED = -1,
    PSCI_INVALID_PARAMETERS = -2,
    PSCI_ALREADY_ON = -4,
};

#define PSCI_VERSION_1_1     0x00010001
#define SMCCC_VERSION_1_1    0x00010001
#define MIGRATE_NOT_REQUIRED 2 // MIGRATE_INFO_TYPE: no trusted OS, or one that need not migrate
#define AFFINITY_ON          0
// CPU_SUSPEND, power_state in the original format (5.4.2): StateID. Above it stand StateType (powerdown),
// PowerLevel and reserved bits.
#define SUSPEND_STATE_ID       0xffffull
#define RESET2_VENDOR          (1ull << 31) // SYSTEM_RESET2, reset_type: vendor specific
#define SMCCC_64               (1ull << 30)
#define FUNCTION_SMCCC_VERSION 0x80000000u

struct psci_result {
    enum psci_action action;
    int64_t value;
};

static struct psci_result psci_returns(int64_t value) {
    return (struct psci_result){PSCI_RETURN, value};
}

static struct psci_result psci_version(const uint64_t *x) {
    (void)x;
    return psci_returns(PSCI_VERSION_1_1);
}

// A standby state may end at any time; a guest that wants to save power waits with WFI. There is no
// power-down state, and no power level above the CPU's.
static struct psci_result psci_cpu_suspend(const uint64_t *x) {
    return psci_returns((x[1] & ~SUSPEND_STATE_ID) ? PSCI_INVALID_PARAMETERS : PSCI_SUCCESS);
}

static struct psci_result psci_cpu_off(const uint64_t *x) {
    (void)x;
    return (struct psci_result){PSCI_CPU_OFF, 0};
}

static struct psci_result psci_cpu_on(const uint64_t *x) {
    // The only CPU has affinity 0 and makes this call.
    return psci_returns(x[1] == 0 ? PSCI_ALREADY_ON : PSCI_INVALID_PARAMETERS);
}

static struct psci_result psci_affinity_info(const uint64_t *x) {
    // 5.7.1: levels above 0 need not be supported since PSCI 1.0.
    return psci_returns(x[1] == 0 && x[2] == 0 ? AFFINITY_ON : PSCI_INVALID_PARAMETERS);
}

static struct psci_result psci_migrate_info_type(const uint64_t *x) {
    (void)x;
    return psci_returns(MIGRATE_NOT_REQUIRED);
}

static struct psci_result psci_system_off(const uint64_t *x) {
    (void)x;
    return (struct psci_result){PSCI_STOP, 0};
}

static struct psci_result psci_system_reset(const uint64_t *x) {
    (void)x;
    return (struct psci_result){PSCI_RESET, 0};
}

static struct psci_result psci_system_reset2(const uint64_t *x) {
    // 5.11: type 0 is the architectural warm reset; no vendor type is known.
    if (x[1] != 0)
        return psci_returns(PSCI_INVALID_PARAMETERS);
    return (struct psci_result){PSCI_RESET, 0};
}

static struct psci_result smccc_version(const uint64_t *x) {
    (void)x;
    return psci_returns(SMCCC_VERSION_1_1);
}

static struct psci_result smccc_arch_features(const uint64_t *x);
static struct psci_result psci_features(const uint64_t *x);

enum psci_family { FAMILY_SMCCC, FAMILY_PSCI };

struct psci_function {
    uint32_t number;
    bool also_64; // number | SMCCC_64 is the same function with 64-bit arguments
    uint8_t family;
    struct psci_result (*handle)(const uint64_t *x);
};

static const struct psci_function functions[] = {
    {FUNCTION_SMCCC_VERSION, false, FAMILY_SMCCC, smccc_version},
    {0x80000001, false, FAMILY_SMCCC, smccc_arch_features},
    {0x84000000, false, FAMILY_PSCI, psci_version},
    {0x84000001, true, FAMILY_PSCI, psci_cpu_suspend},
    {0x84000002, false, FAMILY_PSCI, psci_cpu_off},
    {0x84000003, true, FAMILY_PSCI, psci_cpu_on},
    {0x84000004, true, FAMILY_PSCI, psci_affinity_info},
    {0x84000006, false, FAMILY_PSCI, psci_migrate_info_type},
    {0x84000008, false, FAMILY_PSCI, psci_system_off},
    {0x84000009, false, FAMILY_PSCI, psci_system_reset},
    {0x8400000a, false, FAMILY_PSCI, psci_features},
    {0x84000012, true, FAMILY_PSCI, psci_system_reset2},
};

// SMCCC (DEN 0028), 2.5: the function number is W0.
static const struct psci_function *find_function(uint64_t x0) {
    uint32_t number = (uint32_t)x0;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (number == functions[i].number ||
            (functions[i].also_64 && number == (functions[i].number | SMCCC_64)))
            return &functions[i];
    return NULL;
}

// 7.3 of DEN 0028: 0 for what is there.
static struct psci_result smccc_arch_features(const uint64_t *x) {
    const struct psci_function *function = find_function(x[1]);
    return psci_returns(function && function->family == FAMILY_SMCCC ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

// 5.15 of DEN 0022: flags (0 for all of ours) of what is there; SMCCC_VERSION may be asked for too.
static struct psci_result psci_features(const uint64_t *x) {
    const struct psci_function *function = find_function(x[1]);
    bool known = function && (function->family == FAMILY_PSCI || function->number == FUNCTION_SMCCC_VERSION);
    return psci_returns(known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

enum psci_action psci_call(uint64_t x[4]) {
    const struct psci_function *function = find_function(x[0]);
    if (!function) {
        x[0] = (uint64_t)(int64_t)PSCI_NOT_SUPPORTED;
        return PSCI_RETURN;
    }
    uint64_t arguments[4] = {x[0], x[1], x[2], x[3]};
    if (!(x[0] & SMCCC_64)) // 32-bit call: W registers
        for (unsigned i = 0; i < 4; i++)
            arguments[i] = (uint32_t)x[i];
    struct psci_result result = function->handle(arguments);
    if (result.action == PSCI_RETURN)
        x[0] = (uint64_t)result.value;
    return result.action;
}
