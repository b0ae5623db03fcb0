// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmark runner's statistics. Expected values: by hand, quantiles by linear interpolation.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include <gsl/gsl_cdf.h>

#include <bench/runner/statistics.h>

#define assert_near(value, expected, distance) assert_true(fabs((value) - (expected)) <= (distance))

static void one_value_is_its_own_summary(void **state) {
    (void)state;
    double values[] = {42.0};
    struct summary s = statistics_summarise(values, 1);
    assert_int_equal(s.n, 1);
    assert_true(s.min == 42.0 && s.q1 == 42.0 && s.median == 42.0 && s.mean == 42.0 && s.q3 == 42.0 &&
                s.max == 42.0);
    assert_true(s.stddev == 0.0);
}

static void a_summary_sorts_and_interpolates(void **state) {
    (void)state;
    double values[] = {9.0, 1.0, 5.0, 3.0};
    struct summary s = statistics_summarise(values, 4);
    assert_true(s.min == 1.0 && s.max == 9.0);
    assert_near(s.q1, 2.5, 1e-12);
    assert_near(s.median, 4.0, 1e-12);
    assert_near(s.mean, 4.5, 1e-12);
    assert_near(s.q3, 6.0, 1e-12);
    assert_near(s.stddev, 3.415650255319866, 1e-12);
}

static void with_one_boot_there_is_no_interval(void **state) {
    (void)state;
    const double native[] = {100.0, 100.0}, virt[] = {101.0};
    struct overhead o = statistics_overhead(native, 2, virt, 1, false);
    assert_near(o.percent, 1.0, 1e-12);
    assert_false(o.has_ci95);
}

static void exact_repetition_gives_an_interval_of_no_width(void **state) {
    (void)state;
    const double native[] = {441377002.0, 441377002.0}, virt[] = {441309659.0, 441309659.0};
    struct overhead o = statistics_overhead(native, 2, virt, 2, false);
    assert_true(o.has_ci95);
    assert_true(o.percent < 0.0 && o.ci95_low == o.percent && o.ci95_high == o.percent);
}

// Each guest's boot costs exactly 1 % more than the native boot with its seeds, however much the seeds
// matter.
static void pairs_take_out_what_both_sides_share(void **state) {
    (void)state;
    const double native[] = {100.0, 200.0, 300.0, 400.0, 500.0}, virt[] = {101.0, 202.0, 303.0, 404.0, 505.0};
    struct overhead paired = statistics_overhead(native, 5, virt, 5, true);
    assert_near(paired.ci95_low, 1.0, 1e-9);
    assert_near(paired.ci95_high, 1.0, 1e-9);
    struct overhead apart = statistics_overhead(native, 5, virt, 5, false);
    assert_near(apart.percent, 1.0, 1e-9);
    assert_true(apart.ci95_low < -30.0 && apart.ci95_high > 40.0);
}

// Of two native boots, 1 and 3, a resample's mean is 1, 2 or 3, with a quarter, a half and a quarter of the
// chance: the 2.5 % and 97.5 % percentiles of 6 over it are 100 % and 500 %.
static void the_interval_is_that_of_the_resamples(void **state) {
    (void)state;
    const double native[] = {1.0, 3.0}, virt[] = {6.0, 6.0};
    struct overhead o = statistics_overhead(native, 2, virt, 2, false);
    assert_near(o.percent, 200.0, 1e-9);
    assert_near(o.ci95_low, 100.0, 1e-9);
    assert_near(o.ci95_high, 500.0, 1e-9);
}

// Normal figures of standard deviation 1, 100 a side, means 100 and 110: the delta method's half width is
// 1.96 * 1.1 * sqrt(1/100^2/100 + 1/110^2/100) = 0.29 %.
static void the_interval_of_many_boots_is_that_of_theory(void **state) {
    (void)state;
    double native[100], virt[100];
    for (int i = 0; i < 100; i++) {
        double z = gsl_cdf_ugaussian_Pinv((i + 0.5) / 100.0);
        native[i] = 100.0 + z;
        virt[i] = 110.0 + z;
    }
    struct overhead o = statistics_overhead(native, 100, virt, 100, false);
    assert_near(o.ci95_high - o.percent, 0.29, 0.02);
    assert_near(o.percent - o.ci95_low, 0.29, 0.02);
}

static void the_same_figures_have_the_same_interval(void **state) {
    (void)state;
    const double native[] = {1.0, 2.0, 4.0, 8.0}, virt[] = {2.0, 3.0, 5.0, 9.0};
    struct overhead once = statistics_overhead(native, 4, virt, 4, true);
    struct overhead again = statistics_overhead(native, 4, virt, 4, true);
    assert_true(once.ci95_low == again.ci95_low && once.ci95_high == again.ci95_high);
}

static void the_overhead_of_medians_is_told_apart(void **state) {
    (void)state;
    double native[] = {100.0, 100.0, 400.0}, virt[] = {150.0, 150.0, 300.0};
    assert_near(statistics_overhead(native, 3, virt, 3, false).percent, 0.0, 1e-12);
    struct summary n = statistics_summarise(native, 3), v = statistics_summarise(virt, 3);
    assert_near(statistics_overhead_median(&n, &v), 50.0, 1e-12);
}

// Both sets have variance 2.5: d = 3 / sqrt(2.5).
static void the_effect_is_in_pooled_deviations(void **state) {
    (void)state;
    const double before[] = {1.0, 2.0, 3.0, 4.0, 5.0}, after[] = {4.0, 5.0, 6.0, 7.0, 8.0},
                 even[] = {3.0, 3.0};
    assert_near(statistics_effect(before, 5, after, 5), 3.0 / sqrt(2.5), 1e-12);
    assert_true(statistics_effect(before, 5, even, 2) == 0.0);
    const double more[] = {4.0, 4.0};
    assert_true(isinf(statistics_effect(even, 2, more, 2)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_overhead_of_medians_is_told_apart),
        cmocka_unit_test(one_value_is_its_own_summary),
        cmocka_unit_test(a_summary_sorts_and_interpolates),
        cmocka_unit_test(with_one_boot_there_is_no_interval),
        cmocka_unit_test(exact_repetition_gives_an_interval_of_no_width),
        cmocka_unit_test(pairs_take_out_what_both_sides_share),
        cmocka_unit_test(the_interval_is_that_of_the_resamples),
        cmocka_unit_test(the_interval_of_many_boots_is_that_of_theory),
        cmocka_unit_test(the_same_figures_have_the_same_interval),
        cmocka_unit_test(the_effect_is_in_pooled_deviations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
