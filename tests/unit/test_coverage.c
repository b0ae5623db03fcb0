// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What `make coverage` makes of gcov's counts: merged objects, sums, exceptions, verdict.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <tests/coverage/coverage.h>

static char source[] = "/tmp/coverage-XXXXXX";
static const char *const prefixes[] = {"/tmp/coverage-", NULL};

static int setup(void **state) {
    (void)state;
    int file = mkstemp(source);
    const char text[] = "one\n    if (two)\n    CHECK(three ||\n          four);\n    five;\n    six;\n";
    return file < 0 || write(file, text, sizeof(text) - 1) < 0 || close(file);
}
static int teardown(void **state) {
    (void)state;
    return unlink(source);
}

static struct coverage coverage;

static void read_counts(const char *format) {
    char text[4096];
    snprintf(text, sizeof(text), format, source);
    FILE *in = fmemopen(text, strlen(text), "r");
    assert_true(coverage_read(&coverage, in, prefixes));
    fclose(in);
}

// Lines 1 to 6: line 2 half taken, 3 and 4 a CHECK, 5 and 6 not run.
#define COUNTS                                                                                               \
    "{\"files\": [{\"file\": \"%s\", \"lines\": ["                                                           \
    "{\"line_number\": 1, \"count\": 3, \"branches\": []},"                                                  \
    "{\"line_number\": 2, \"count\": 3, \"branches\": [{\"count\": 3}, {\"count\": 0}]},"                    \
    "{\"line_number\": 3, \"count\": 3, \"branches\": [{\"count\": 3}, {\"count\": 0}]},"                    \
    "{\"line_number\": 4, \"count\": 3, \"branches\": [{\"count\": 0}, {\"count\": 0}]},"                    \
    "{\"line_number\": 5, \"count\": 0, \"branches\": []},"                                                  \
    "{\"line_number\": 6, \"count\": 0, \"branches\": []}]},"                                                \
    "{\"file\": \"elsewhere.c\", \"lines\": [{\"line_number\": 1, \"count\": 0, \"branches\": []}]}]}\n"

static void lines_and_branches_are_summed_and_checks_kept_apart(void **state) {
    (void)state;
    read_counts(COUNTS);
    assert_true(coverage_read_sources(&coverage));
    assert_int_equal(coverage.file_count, 1);
    struct coverage_sum sum = coverage_sum(coverage_find(&coverage, source));
    assert_int_equal(sum.lines, 6);
    assert_int_equal(sum.lines_run, 4);
    assert_int_equal(sum.branches, 2);
    assert_int_equal(sum.branches_taken, 1);
    assert_int_equal(sum.check_branches, 4);
    assert_null(coverage_find(&coverage, "elsewhere.c"));
    coverage_free(&coverage);
}

static void what_ran_in_one_object_ran(void **state) {
    (void)state;
    read_counts(COUNTS);
    read_counts("{\"files\": [{\"file\": \"%s\", \"lines\": ["
                "{\"line_number\": 2, \"count\": 1, \"branches\": [{\"count\": 0}, {\"count\": 1}]},"
                "{\"line_number\": 6, \"count\": 1, \"branches\": []}]}]}");
    assert_true(coverage_read_sources(&coverage));
    struct coverage_sum sum = coverage_sum(coverage_find(&coverage, source));
    assert_int_equal(sum.lines_run, 5);
    assert_int_equal(sum.branches_taken, 2);
    coverage_free(&coverage);
}

static char *printed(void (*print)(FILE *out)) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    print(out);
    fclose(out);
    return text;
}
static void print_all(FILE *out) {
    coverage_print(&coverage, out);
}

static void uncovered_lines_are_listed_with_their_text(void **state) {
    (void)state;
    read_counts(COUNTS);
    assert_true(coverage_read_sources(&coverage));
    char *text = printed(print_all), range[64], branch[64];
    snprintf(range, sizeof(range), "%s:5-6\n      5      five;\n      6      six;\n", source);
    snprintf(branch, sizeof(branch), "%s:2: 1 of 2\n      if (two)\n", source);
    assert_non_null(strstr(text, range));
    assert_non_null(strstr(text, branch));
    assert_null(strstr(text, "CHECK(three"));
    assert_non_null(strstr(text, "66.6 %     4 / 6"));
    assert_non_null(strstr(text, "50.0 %     1 / 2"));
    free(text);
    coverage_free(&coverage);
}

static void limits_are_kept_to_the_tenth(void **state) {
    (void)state;
    read_counts(COUNTS);
    assert_true(coverage_read_sources(&coverage));
    FILE *out = fopen("/dev/null", "w");
    assert_true(coverage_judge(&coverage, 66, 50, out)); // 66.6 and 50.0 %
    assert_false(coverage_judge(&coverage, 67, 50, out));
    assert_false(coverage_judge(&coverage, 66, 51, out));
    coverage_free(&coverage);
    assert_false(coverage_judge(&coverage, 0, 0, out)); // nothing at all was counted
    fclose(out);
}

static void what_is_no_json_is_refused(void **state) {
    (void)state;
    char text[] = "{\"files\": [";
    FILE *in = fmemopen(text, strlen(text), "r");
    assert_false(coverage_read(&coverage, in, prefixes));
    fclose(in);
    coverage_free(&coverage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_branches_are_summed_and_checks_kept_apart),
        cmocka_unit_test(what_ran_in_one_object_ran),
        cmocka_unit_test(uncovered_lines_are_listed_with_their_text),
        cmocka_unit_test(limits_are_kept_to_the_tenth),
        cmocka_unit_test(what_is_no_json_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
