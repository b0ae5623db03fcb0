// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Budgets of overhead: each kind, and what has none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bench/runner/budgets.h>

static const struct bench_case threads = {"sysbench", "threads", "sysbench-threads"},
                               latency = {"irq-latency", "rt", "irq-latency-rt"},
                               wakeups = {"cyclictest", "standard", "cyclictest-standard"},
                               passed = {"micro", "irq-passthrough", "micro-irq-passthrough"},
                               other = {"os", "pipe", "os-pipe"};
static struct config config = {.unit = "ticks_1ghz_icount"};

// Two samples a side.
static struct case_result result_make(const struct bench_case *bench_case, double native, double native_max,
                                      double virt, double virt_max) {
    double natives[] = {native, native_max}, virts[] = {virt, virt_max};
    struct case_result result = {.bench_case = bench_case,
                                 .native = statistics_summarise(natives, 2),
                                 .virt = statistics_summarise(virts, 2)};
    result.overhead = statistics_overhead(natives, 2, virts, 2, false);
    return result;
}

// Checks how many are exceeded, and that `text` is printed (NULL: nothing at all).
static void assert_budgets(const struct case_result *results, size_t count, size_t exceeded,
                           const char *text) {
    char *printed;
    size_t size;
    FILE *out = open_memstream(&printed, &size);
    assert_non_null(out);
    assert_int_equal(budgets_print(&config, results, count, out), exceeded);
    fclose(out);
    if (text == NULL) {
        assert_int_equal(size, 0);
    } else if (strstr(printed, text) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", text, printed);
    }
    free(printed);
}

static void a_budget_is_kept_or_exceeded(void **state) {
    (void)state;
    struct case_result result = result_make(&threads, 1000, 1000, 1003, 1003);
    assert_budgets(&result, 1, 0, "sysbench-threads");
    result = result_make(&threads, 1000, 1000, 1003.1, 1003.1);
    assert_budgets(&result, 1, 1, "0.3 %  over");
    result = result_make(&latency, 300, 300, 450, 450);
    assert_budgets(&result, 1, 0, "overhead of the median");
    result = result_make(&latency, 300, 300, 451, 451);
    assert_budgets(&result, 1, 1, "50 %  over");
    result = result_make(&passed, 1, 1, 131, 131);
    assert_budgets(&result, 1, 0, "median above native");
    result = result_make(&passed, 1, 1, 132, 132);
    assert_budgets(&result, 1, 1, "130  over");
}

static void a_case_may_have_two_budgets(void **state) {
    (void)state;
    struct case_result results[] = {result_make(&wakeups, 4000, 14000, 4100, 16000),
                                    result_make(&wakeups, 4000, 140000, 4100, 142001),
                                    result_make(&wakeups, 4000, 4000, 6001, 6001)};
    assert_budgets(results, 1, 1, "5 %  over");
    assert_budgets(results + 1, 1, 1, "2000  over");
    assert_budgets(results + 2, 1, 2, "2000  over");
    assert_budgets(results, 3, 4, "maximum above native");
}

static void what_cannot_be_compared_has_none(void **state) {
    (void)state;
    struct case_result result = result_make(&other, 1, 1, 9, 9);
    assert_budgets(&result, 1, 0, NULL);
    result = result_make(&latency, 300, 300, 900, 900);
    strcpy(result.series, "end");
    assert_budgets(&result, 1, 0, NULL);
    result = result_make(&latency, 300, 300, 900, 900);
    result.virt.n = 0;
    assert_budgets(&result, 1, 0, NULL);
    // Instructions are no nanoseconds; per cent stay what they are.
    config.unit = "ns";
    struct case_result board[] = {result_make(&passed, 1, 1, 900, 900),
                                  result_make(&latency, 300, 300, 900, 900)};
    assert_budgets(board, 2, 1, "irq-latency-rt");
    config.unit = "ticks_1ghz_icount";
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_budget_is_kept_or_exceeded),
        cmocka_unit_test(a_case_may_have_two_budgets),
        cmocka_unit_test(what_cannot_be_compared_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
