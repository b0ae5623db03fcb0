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
    double native[] = {100.0, 100.0}, virt[] = {101.0};
    struct summary n = statistics_summarise(native, 2), v = statistics_summarise(virt, 1);
    struct overhead o = statistics_overhead(&n, &v);
    assert_near(o.percent, 1.0, 1e-12);
    assert_false(o.has_ci95);
}

static void exact_repetition_gives_an_interval_of_no_width(void **state) {
    (void)state;
    double native[] = {441377002.0, 441377002.0}, virt[] = {441309659.0, 441309659.0};
    struct summary n = statistics_summarise(native, 2), v = statistics_summarise(virt, 2);
    struct overhead o = statistics_overhead(&n, &v);
    assert_true(o.has_ci95);
    assert_true(o.percent < 0.0 && o.ci95_low == o.percent && o.ci95_high == o.percent);
}

// Means 10 and 11, both sd 1, n = 4: relative variances of the means 1/400 and 1/484, Welch's 5.946 degrees
// of freedom, t = 2.45; half width 2.45 * 1.1 * sqrt(1/400 + 1/484) = 18.2 %.
static void spread_gives_welchs_interval(void **state) {
    (void)state;
    double deviation = 0.8660254037844386; // four values at +-d have the sample deviation 1
    double native[] = {10.0 - deviation, 10.0 + deviation, 10.0 - deviation, 10.0 + deviation};
    double virt[] = {11.0 - deviation, 11.0 + deviation, 11.0 - deviation, 11.0 + deviation};
    struct summary n = statistics_summarise(native, 4), v = statistics_summarise(virt, 4);
    struct overhead o = statistics_overhead(&n, &v);
    assert_near(o.percent, 10.0, 1e-9);
    assert_near(o.ci95_high - o.percent, 18.2, 0.1);
    assert_near(o.percent - o.ci95_low, o.ci95_high - o.percent, 1e-9);
}

static void the_overhead_of_medians_is_told_apart(void **state) {
    (void)state;
    double native[] = {100.0, 100.0, 400.0}, virt[] = {150.0, 150.0, 300.0};
    struct summary n = statistics_summarise(native, 3), v = statistics_summarise(virt, 3);
    assert_near(statistics_overhead_median(&n, &v), 50.0, 1e-12);
    assert_near(statistics_overhead(&n, &v).percent, 0.0, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_overhead_of_medians_is_told_apart),
        cmocka_unit_test(one_value_is_its_own_summary),
        cmocka_unit_test(a_summary_sorts_and_interpolates),
        cmocka_unit_test(with_one_boot_there_is_no_interval),
        cmocka_unit_test(exact_repetition_gives_an_interval_of_no_width),
        cmocka_unit_test(spread_gives_welchs_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
