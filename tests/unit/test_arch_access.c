// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Decoded guest accesses: the syndrome of a data abort becomes a message, and the reply a register (Arm ARM
// D17.2.37).
#include <arch/access.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define UNSET 0xa5a5a5a5a5a5a5a5ull

static word_t syndrome(unsigned size_log2, bool write, bool sign, unsigned reg, bool sf) {
    return (word_t)EC_DATA_ABORT << 26 | ESR_IL | ESR_ISV | (word_t)size_log2 << 22 | (sign ? ESR_SSE : 0) |
           (word_t)reg << 16 | (sf ? ESR_SF : 0) | (write ? ESR_WNR : 0) | 7;
}

static word_t load(unsigned size_log2, bool sign, bool sf, word_t value) {
    word_t registers[31];
    for (unsigned i = 0; i < 31; i++)
        registers[i] = UNSET;
    access_complete(registers, access_encode(syndrome(size_log2, false, sign, 17, sf), false), value);
    for (unsigned i = 0; i < 31; i++)
        if (i != 17)
            assert_int_equal(registers[i], UNSET);
    return registers[17];
}

static void test_syndrome_becomes_message(void **state) {
    (void)state;
    word_t access = access_encode(syndrome(2, true, false, 30, false), false);
    assert_int_equal(GLACIS_ACCESS_BYTES(access), 4);
    assert_int_equal(GLACIS_ACCESS_REG(access), 30);
    assert_true(access & GLACIS_ACCESS_WRITE);
    assert_false(access & (GLACIS_ACCESS_SIGN | GLACIS_ACCESS_SF | GLACIS_ACCESS_BIG_ENDIAN));
    access = access_encode(syndrome(0, false, true, 0, true), true);
    assert_int_equal(access, 1 | GLACIS_ACCESS_SIGN | GLACIS_ACCESS_SF | GLACIS_ACCESS_BIG_ENDIAN);
    for (unsigned size = 0; size < 4; size++)
        assert_int_equal(GLACIS_ACCESS_BYTES(access_encode(syndrome(size, false, false, 0, true), false)),
                         1 << size);
}

static void test_load_is_cut_to_its_size(void **state) {
    (void)state;
    assert_int_equal(load(0, false, false, 0x1122334455667788), 0x88);
    assert_int_equal(load(1, false, false, 0x1122334455667788), 0x7788);
    assert_int_equal(load(2, false, false, 0x1122334455667788), 0x55667788);
    assert_int_equal(load(3, false, true, 0x1122334455667788), 0x1122334455667788);
}

static void test_signed_load_fills_the_register_it_has(void **state) {
    (void)state;
    assert_int_equal(load(0, true, true, 0x80), 0xffffffffffffff80);
    assert_int_equal(load(0, true, false, 0x80), 0xffffff80);
    assert_int_equal(load(0, true, true, 0x7f), 0x7f);
    assert_int_equal(load(1, true, true, 0x8000), 0xffffffffffff8000);
    assert_int_equal(load(2, true, true, 0x80000000), 0xffffffff80000000);
    assert_int_equal(load(2, false, true, 0x80000000), 0x80000000);
}

static void test_store_and_xzr_change_nothing(void **state) {
    (void)state;
    word_t registers[31] = {[3] = 0xfedcba9876543210};
    access_complete(registers, access_encode(syndrome(2, true, false, 3, false), false), 1);
    assert_int_equal(registers[3], 0xfedcba9876543210);
    access_complete(registers, access_encode(syndrome(3, false, false, 31, true), false),
                    1); // XZR: no register 31
    for (unsigned i = 0; i < 31; i++)
        assert_int_equal(registers[i], i == 3 ? 0xfedcba9876543210 : 0);
}

static void test_stored_value(void **state) {
    (void)state;
    word_t registers[31] = {[3] = 0xfedcba9876543210};
    static const word_t expected[] = {0x10, 0x3210, 0x76543210, 0xfedcba9876543210};
    for (unsigned size = 0; size < 4; size++) {
        word_t access = access_encode(syndrome(size, true, false, 3, true), false);
        assert_int_equal(access_store_value(registers, access), expected[size]);
        access = access_encode(syndrome(size, true, false, 31, true), false);
        assert_int_equal(access_store_value(registers, access), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syndrome_becomes_message),
        cmocka_unit_test(test_load_is_cut_to_its_size),
        cmocka_unit_test(test_signed_load_fills_the_register_it_has),
        cmocka_unit_test(test_store_and_xzr_change_nothing),
        cmocka_unit_test(test_stored_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
