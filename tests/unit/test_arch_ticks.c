// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The counter's arithmetic: exact for every budget and period that the API allows, at every frequency.
#include <arch/ticks.h>
#include <kernel/objects.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const uint64_t frequencies[] = {1000000,  12000000,  13000000,  19200000,   24000000, 25000000,
                                       31250000, 33333333,  50000000,  62500000,   99990005, 100000000,
                                       99999999, 125000000, 999999937, 1000000000, 1000001};

static void test_ratio_is_reduced(void **state) {
    (void)state;
    struct ticks_ratio ratio;
    assert_true(ticks_ratio_make(62500000, &ratio));
    assert_int_equal(ratio.ticks, 125);
    assert_int_equal(ratio.us, 2);
    assert_true(ticks_ratio_make(1000000000, &ratio));
    assert_int_equal(ratio.ticks, 1000);
    assert_int_equal(ratio.us, 1);
    assert_true(ticks_ratio_make(19200000, &ratio));
    assert_int_equal(ratio.ticks, 96);
    assert_int_equal(ratio.us, 5);
}

static void test_impossible_frequency_is_refused(void **state) {
    (void)state;
    struct ticks_ratio ratio;
    assert_false(ticks_ratio_make(0, &ratio));
    assert_false(ticks_ratio_make(999999, &ratio));
    assert_false(ticks_ratio_make(1000000001, &ratio));
}

static void check_exact(uint64_t frequency, uint64_t us) {
    struct ticks_ratio ratio;
    assert_true(ticks_ratio_make(frequency, &ratio));
    unsigned __int128 exact = (unsigned __int128)us * frequency / 1000000;
    uint64_t ticks = ticks_scale(us, ratio.ticks, ratio.us);
    assert_true(exact <= UINT64_MAX ? ticks == (uint64_t)exact : ticks == UINT64_MAX);
    if (exact <= UINT64_MAX)
        assert_true(ticks_scale(ticks, ratio.us, ratio.ticks) ==
                    (uint64_t)((unsigned __int128)ticks * 1000000 / frequency));
}

static void test_conversion_is_exact(void **state) {
    (void)state;
    uint64_t random = 1;
    for (unsigned f = 0; f < ARRAY_LENGTH(frequencies); f++) {
        check_exact(frequencies[f], 0);
        check_exact(frequencies[f], MIN_BUDGET_US);
        check_exact(frequencies[f], MAX_PERIOD_US);
        check_exact(frequencies[f], UINT64_MAX);
        for (unsigned i = 0; i < 20000; i++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            check_exact(frequencies[f], random >> (random >> 58) % 63);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratio_is_reduced),
        cmocka_unit_test(test_impossible_frequency_is_refused),
        cmocka_unit_test(test_conversion_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
