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
#define SUSPEND_STATE_ID 0xffffull
#define RESET2_VENDOR    (1ull << 31) // SYSTEM_RESET2, reset_type: vendor specific
#define SMCCC_64         (1u << 30)
#define FUNCTION_SMCCC   0x80000000u // SMCCC_VERSION, and base of its family
#define FUNCTION_PSCI    0x84000000u

static struct psci_result psci_returns(int64_t value) {
    return (struct psci_result){PSCI_RETURN, value};
}

static struct psci_result psci_version(uint64_t x1, uint64_t x2) {
    (void)x1, (void)x2;
    return psci_returns(PSCI_VERSION_1_1);
}

// A standby state may end at any time; a guest that wants to save power waits with WFI. There is no
// power-down state, and no power level above the CPU's.
static struct psci_result psci_cpu_suspend(uint64_t x1, uint64_t x2) {
    (void)x2;
    return psci_returns((x1 & ~SUSPEND_STATE_ID) ? PSCI_INVALID_PARAMETERS : PSCI_SUCCESS);
}

static struct psci_result psci_cpu_off(uint64_t x1, uint64_t x2) {
    (void)x1, (void)x2;
    return (struct psci_result){PSCI_CPU_OFF, 0};
}

static struct psci_result psci_cpu_on(uint64_t x1, uint64_t x2) {
    (void)x2;
    // The only CPU has affinity 0 and makes this call.
    return psci_returns(x1 == 0 ? PSCI_ALREADY_ON : PSCI_INVALID_PARAMETERS);
}

static struct psci_result psci_affinity_info(uint64_t x1, uint64_t x2) {
    // 5.7.1: levels above 0 need not be supported since PSCI 1.0.
    return psci_returns(x1 == 0 && x2 == 0 ? AFFINITY_ON : PSCI_INVALID_PARAMETERS);
}

static struct psci_result psci_migrate_info_type(uint64_t x1, uint64_t x2) {
    (void)x1, (void)x2;
    return psci_returns(MIGRATE_NOT_REQUIRED);
}

static struct psci_result psci_system_off(uint64_t x1, uint64_t x2) {
    (void)x1, (void)x2;
    return (struct psci_result){PSCI_STOP, 0};
}

static struct psci_result psci_system_reset(uint64_t x1, uint64_t x2) {
    (void)x1, (void)x2;
    return (struct psci_result){PSCI_RESET, 0};
}

static struct psci_result psci_system_reset2(uint64_t x1, uint64_t x2) {
    (void)x2;
    // 5.11: type 0 is the architectural warm reset; no vendor type is known.
    if (x1 != 0)
        return psci_returns(PSCI_INVALID_PARAMETERS);
    return (struct psci_result){PSCI_RESET, 0};
}

static struct psci_result smccc_version(uint64_t x1, uint64_t x2) {
    (void)x1, (void)x2;
    return psci_returns(SMCCC_VERSION_1_1);
}

static struct psci_result smccc_arch_features(uint64_t x1, uint64_t x2);
static struct psci_result psci_features(uint64_t x1, uint64_t x2);

struct psci_function {
    struct psci_result (*handle)(uint64_t x1, uint64_t x2); // NULL: there is none
    bool also_64; // number | SMCCC_64 is the same function with 64-bit arguments
};

// By the last bits of their numbers.
static const struct psci_function smccc_functions[] = {
    [0x00] = {smccc_version, false},
    [0x01] = {smccc_arch_features, false},
};
static const struct psci_function psci_functions[] = {
    [0x00] = {psci_version, false},      [0x01] = {psci_cpu_suspend, true},
    [0x02] = {psci_cpu_off, false},      [0x03] = {psci_cpu_on, true},
    [0x04] = {psci_affinity_info, true}, [0x06] = {psci_migrate_info_type, false},
    [0x08] = {psci_system_off, false},   [0x09] = {psci_system_reset, false},
    [0x0a] = {psci_features, false},     [0x12] = {psci_system_reset2, true},
};
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

// The function of a family with that number, or NULL.
static inline const struct psci_function *find_in(const struct psci_function *functions, uint32_t count,
                                                  uint32_t base, uint32_t number) {
    uint32_t index = (number & ~SMCCC_64) - base;
    if (index >= count || !functions[index].handle || (number & SMCCC_64 && !functions[index].also_64))
        return NULL;
    return &functions[index];
}

// SMCCC (DEN 0028), 2.5: the function number is W0.
static inline const struct psci_function *find_smccc(uint64_t x0) {
    return find_in(smccc_functions, LENGTH(smccc_functions), FUNCTION_SMCCC, (uint32_t)x0);
}
static inline const struct psci_function *find_psci(uint64_t x0) {
    return find_in(psci_functions, LENGTH(psci_functions), FUNCTION_PSCI, (uint32_t)x0);
}

// 7.3 of DEN 0028: 0 for what is there.
static struct psci_result smccc_arch_features(uint64_t x1, uint64_t x2) {
    (void)x2;
    return psci_returns(find_smccc(x1) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

// 5.15 of DEN 0022: flags (0 for all of ours) of what is there; SMCCC_VERSION may be asked for too.
static struct psci_result psci_features(uint64_t x1, uint64_t x2) {
    (void)x2;
    bool known = find_psci(x1) || (uint32_t)x1 == FUNCTION_SMCCC;
    return psci_returns(known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

struct psci_result psci_call(uint64_t x0, uint64_t x1, uint64_t x2) {
    const struct psci_function *function = find_psci(x0);
    if (!function)
        function = find_smccc(x0);
    if (!function)
        return psci_returns(PSCI_NOT_SUPPORTED);
    bool is_64 = x0 & SMCCC_64; // else W registers
    return function->handle(is_64 ? x1 : (uint32_t)x1, is_64 ? x2 : (uint32_t)x2);
}
