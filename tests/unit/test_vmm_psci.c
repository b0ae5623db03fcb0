// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Firmware calls of a guest: PSCI 1.1 (DEN 0022) and SMCCC 1.1 (DEN 0028).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vmm/arch/aarch64/psci.h>

#define NOT_SUPPORTED      (-1)
#define INVALID_PARAMETERS (-2)
#define ALREADY_ON         (-4)

static void expect(uint64_t function, uint64_t x1, uint64_t x2, int64_t result) {
    struct psci_result answer = psci_call(function, x1, x2);
    assert_int_equal(answer.action, PSCI_RETURN);
    assert_int_equal(answer.value, result);
}

static void versions_are_psci_1_1_and_smccc_1_1(void **state) {
    (void)state;
    expect(0x84000000, 0, 0, 0x10001);
    expect(0x80000000, 0, 0, 0x10001);
}

static void features_names_what_is_there_alone(void **state) {
    (void)state;
    const uint64_t there[] = {0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003,
                              0xc4000003, 0x84000004, 0xc4000004, 0x84000006, 0x84000008,
                              0x84000009, 0x8400000a, 0x84000012, 0xc4000012, 0x80000000};
    const uint64_t absent[] = {0x84000005, 0xc4000005, 0x84000007, 0xc4000007, 0x8400000b,
                               0x8400000e, 0xc400000e, 0x80000001, 0xc4000000, 0xc4000002,
                               0xc4000008, 0,          ~0ull};
    for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
        expect(0x8400000a, there[i], 0, 0);
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        expect(0x8400000a, absent[i], 0, NOT_SUPPORTED);
}

static void arch_features_names_the_general_services(void **state) {
    (void)state;
    expect(0x80000001, 0x80000000, 0, 0);
    expect(0x80000001, 0x80000001, 0, 0);
    expect(0x80000001, 0x80008000, 0, NOT_SUPPORTED);
    expect(0x80000001, 0x84000000, 0, NOT_SUPPORTED);
}

static void cpu_on_knows_one_cpu_and_it_is_on(void **state) {
    (void)state;
    expect(0xc4000003, 0, 0x40000000, ALREADY_ON);
    expect(0x84000003, 0, 0x40000000, ALREADY_ON);
    expect(0xc4000003, 1, 0x40000000, INVALID_PARAMETERS);
    expect(0xc4000003, 0x100000000, 0x40000000, INVALID_PARAMETERS);
    expect(0xc4000003, 0x80000000, 0x40000000, INVALID_PARAMETERS);
}

static void a_32_bit_call_sees_the_lower_halves(void **state) {
    (void)state;
    expect(0x84000003, 0xdead00000000, 0x40000000, ALREADY_ON);
    expect(0xffffffff84000000, 0, 0, 0x10001);
}

static void affinity_info_knows_level_0_of_the_one_cpu(void **state) {
    (void)state;
    expect(0xc4000004, 0, 0, 0);
    expect(0xc4000004, 1, 0, INVALID_PARAMETERS);
    expect(0xc4000004, 0, 1, INVALID_PARAMETERS);
}

static void suspend_returns_from_standby_and_refuses_power_down(void **state) {
    (void)state;
    expect(0x84000001, 0, 0, 0);
    expect(0x84000001, 0xffff, 0, 0);        // StateID: ours to choose
    for (unsigned bit = 16; bit < 32; bit++) // StateType, PowerLevel, reserved
        expect(0xc4000001, 1u << bit, 0, INVALID_PARAMETERS);
}

static void unknown_functions_are_not_supported(void **state) {
    (void)state;
    expect(0x84000005, 0, 0, NOT_SUPPORTED);
    expect(0x84000050, 0, 0, NOT_SUPPORTED);
    expect(0xc600ff01, 0, 0, NOT_SUPPORTED);
    expect(0, 0, 0, NOT_SUPPORTED);
    expect(~0ull, 0, 0, NOT_SUPPORTED);
    expect(0x84000006, 0, 0, 2); // no trusted OS to migrate
}

static enum psci_action act(uint64_t function, uint64_t x1) {
    return psci_call(function, x1, 0).action;
}

static void off_and_reset_are_actions(void **state) {
    (void)state;
    assert_int_equal(act(0x84000008, 0), PSCI_STOP);
    assert_int_equal(act(0x84000009, 0), PSCI_RESET);
    assert_int_equal(act(0x84000002, 0), PSCI_CPU_OFF);
    assert_int_equal(act(0xc4000012, 0), PSCI_RESET);
    assert_int_equal(act(0x84000012, 0), PSCI_RESET);
    expect(0xc4000012, 1u << 31, 0, INVALID_PARAMETERS);
    expect(0xc4000012, 7, 0, INVALID_PARAMETERS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_psci_1_1_and_smccc_1_1),
        cmocka_unit_test(features_names_what_is_there_alone),
        cmocka_unit_test(arch_features_names_the_general_services),
        cmocka_unit_test(cpu_on_knows_one_cpu_and_it_is_on),
        cmocka_unit_test(a_32_bit_call_sees_the_lower_halves),
        cmocka_unit_test(affinity_info_knows_level_0_of_the_one_cpu),
        cmocka_unit_test(suspend_returns_from_standby_and_refuses_power_down),
        cmocka_unit_test(unknown_functions_are_not_supported),
        cmocka_unit_test(off_and_reset_are_actions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
