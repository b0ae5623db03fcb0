// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmark runner's choice of cases.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bench/runner/cases.h>

static size_t index_of(const char *label) {
    size_t count;
    const struct bench_case *all = cases_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].label, label) == 0) {
            return i;
        }
    }
    fail_msg("no case %s", label);
    return 0;
}

static size_t chosen_count(const bool *chosen) {
    size_t count, sum = 0;
    cases_all(&count);
    for (size_t i = 0; i < count; i++) {
        sum += chosen[i];
    }
    return sum;
}

static void labels_are_suite_and_name_or_one_word(void **state) {
    (void)state;
    size_t count;
    const struct bench_case *all = cases_all(&count);
    assert_string_equal(all[index_of("sysbench-memory-write")].name, "memory-write");
    assert_string_equal(all[index_of("boot")].suite, "boot");
}

static void no_word_chooses_every_case(void **state) {
    (void)state;
    bool chosen[CASES_MAX];
    char unknown[CASE_LABEL_MAX];
    size_t count;
    cases_all(&count);
    assert_true(cases_choose(" ,\t", chosen, unknown));
    assert_int_equal(chosen_count(chosen), count);
}

static void a_suite_chooses_all_of_its_cases(void **state) {
    (void)state;
    bool chosen[CASES_MAX];
    char unknown[CASE_LABEL_MAX];
    assert_true(cases_choose("sysbench", chosen, unknown));
    assert_true(chosen[index_of("sysbench-cpu")] && chosen[index_of("sysbench-memory-read")]);
    assert_false(chosen[index_of("boot")]);
}

static void labels_choose_single_cases(void **state) {
    (void)state;
    bool chosen[CASES_MAX];
    char unknown[CASE_LABEL_MAX];
    assert_true(cases_choose(" sysbench-cpu,boot ", chosen, unknown));
    assert_int_equal(chosen_count(chosen), 2);
    assert_true(chosen[index_of("sysbench-cpu")] && chosen[index_of("boot")]);
}

static void a_case_of_one_gic_fits_that_gic_alone(void **state) {
    (void)state;
    size_t count;
    const struct bench_case *all = cases_all(&count);
    assert_true(case_fits(&all[index_of("micro-gicr-read")], 3));
    assert_false(case_fits(&all[index_of("micro-gicr-read")], 2));
    assert_true(case_fits(&all[index_of("boot")], 2));
    assert_true(all[index_of("micro-hvc")].guest_only && !all[index_of("micro-hvc")].per_tick);
    assert_true(all[index_of("tick-el2-per-tick")].per_tick);
}

static void unknown_words_are_named(void **state) {
    (void)state;
    bool chosen[CASES_MAX];
    char unknown[CASE_LABEL_MAX];
    assert_false(cases_choose("boot sysbench-cp", chosen, unknown));
    assert_string_equal(unknown, "sysbench-cp");
    char word[3 * CASE_LABEL_MAX];
    memset(word, 'x', sizeof(word));
    word[sizeof(word) - 1] = '\0';
    assert_false(cases_choose(word, chosen, unknown));
    assert_int_equal(strlen(unknown), CASE_LABEL_MAX - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_suite_and_name_or_one_word), cmocka_unit_test(no_word_chooses_every_case),
        cmocka_unit_test(a_suite_chooses_all_of_its_cases),      cmocka_unit_test(labels_choose_single_cases),
        cmocka_unit_test(a_case_of_one_gic_fits_that_gic_alone), cmocka_unit_test(unknown_words_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
