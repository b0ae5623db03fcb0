// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The recogniser of benchmark markers and its line of statistics.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vmm/core/bench.h>

static uint64_t clock;

// Each sample is 100 instructions, and one exit of each cause, later than the one before.
static void sample(void *context, bool begins, struct bench_sample *result) {
    (void)context, (void)begins;
    clock++;
    for (unsigned i = 0; i < BENCH_INSTRUCTION; i++)
        result->instructions[i] = 100 * clock + i;
    for (unsigned i = 0; i < GLACIS_CAUSE_COUNT; i++)
        result->exits[i] = clock;
}

static struct bench *fresh(void) {
    static struct bench bench;
    clock = 0;
    bench_init(&bench, sample, NULL);
    return &bench;
}

static void feed(struct bench *bench, const char *text) {
    bench_feed(bench, (const uint8_t *)text, strlen(text));
}

static const char *format(const struct bench *bench) {
    static char line[8192];
    size_t length = bench_format(bench, "linux", 1234, line, sizeof(line));
    assert_true(length > 0 && line[length - 1] == '\n' && strlen(line) == length);
    return line;
}

static void a_case_between_its_markers_is_measured(void **state) {
    (void)state;
    struct bench *bench = fresh();
    feed(bench, "hello\r\n@bench begin cpu\r\nsome output\n@bench end cpu\r\n");
    assert_string_equal(
        format(bench), "@stats "
                       "{\"vm\":\"linux\",\"cases\":[{\"name\":\"cpu\",\"instructions\":{\"guest_user\":100,"
                       "\"guest_kernel\":100,"
                       "\"vmm\":100,\"kernel\":100},\"exits\":{\"irq\":1,\"mmio\":1,\"hvc\":1,\"smc\":1,"
                       "\"sysreg\":1,\"wfx\":1,\"sgi\":1,"
                       "\"maintenance\":1,\"preempt\":1,\"other\":1}}],\"first_entry_instructions\":1234}\n");
}

static void markers_arrive_byte_by_byte(void **state) {
    (void)state;
    struct bench *bench = fresh();
    const char *text = "@bench begin a\n@bench end a\n";
    for (; *text; text++)
        bench_feed(bench, (const uint8_t *)text, 1);
    assert_int_equal(clock, 2);
    assert_int_equal(bench->cases[0].state, BENCH_DONE);
}

// The console gets the line's end with the newline, and the counters are read after that.
static void a_marker_ends_with_its_newline(void **state) {
    (void)state;
    struct bench *bench = fresh();
    feed(bench, "progress\r@bench begin a\r");
    assert_int_equal(clock, 0);
    feed(bench, "\n");
    assert_int_equal(clock, 1);
    feed(bench, "@bench end a\rno\n");
    assert_int_equal(clock, 1);
    feed(bench, "@bench end a\r\r\n");
    assert_int_equal(clock, 2);
}

static void boot_begins_by_itself(void **state) {
    (void)state;
    struct bench *bench = fresh();
    bench_begin_boot(bench);
    feed(bench, "@bench end boot\n");
    assert_non_null(strstr(format(bench), "\"name\":\"boot\""));
}

static void only_whole_lines_with_valid_names_count(void **state) {
    (void)state;
    static const char *const lines[] = {
        "x@bench begin a\n",  " @bench begin a\n",    "@bench begin \n",     "@bench begin a b\n",
        "@bench begin a\"\n", "@bench begun a\n",     "@bench  begin a\n",   "@bench end a\n",
        "@bench\n",           "@bench begin a\x01\n", "@bench begin \xff\n", "@bench begin a",
    };
    struct bench *bench = fresh();
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        feed(bench, lines[i]);
    assert_int_equal(bench->case_count, 0);
    assert_int_equal(clock, 0);
}

static void a_line_of_any_length_is_survived(void **state) {
    (void)state;
    struct bench *bench = fresh();
    feed(bench, "@bench begin ");
    for (unsigned i = 0; i < 1000; i++)
        feed(bench, "n");
    feed(bench, "\n");
    assert_int_equal(bench->case_count, 0);
    char line[64] =
        "@bench begin 0123456789012345678901234567890123456789abcdefg\n"; // 47 characters: the longest
    feed(bench, line);
    assert_int_equal(bench->case_count, 1);
    feed(bench, "@bench begin 0123456789012345678901234567890123456789abcdefgh\n");
    assert_int_equal(bench->case_count, 1);
}

static void more_cases_than_the_table_holds_are_left_out(void **state) {
    (void)state;
    struct bench *bench = fresh();
    for (unsigned i = 0; i < BENCH_MAX_CASES + 8; i++) {
        char line[64];
        snprintf(line, sizeof(line), "@bench begin c%u\n@bench end c%u\n", i, i);
        feed(bench, line);
    }
    assert_int_equal(bench->case_count, BENCH_MAX_CASES);
}

static void a_case_that_never_ended_is_left_out_and_a_second_beginning_counts_anew(void **state) {
    (void)state;
    struct bench *bench = fresh();
    feed(bench, "@bench begin a\n@bench begin b\n@bench begin b\n@bench end b\n");
    const char *line = format(bench);
    assert_null(strstr(line, "\"name\":\"a\""));
    assert_non_null(strstr(line, "\"name\":\"b\",\"instructions\":{\"guest_user\":100,"));
}

static void a_line_that_does_not_fit_is_refused_at_every_size(void **state) {
    (void)state;
    struct bench *bench = fresh();
    feed(bench, "@bench begin a\n@bench end a\n");
    size_t whole = strlen(format(bench));
    for (size_t size = 1; size <= whole; size++) {
        char *line = malloc(size);
        assert_int_equal(bench_format(bench, "linux", 1234, line, size), 0);
        free(line);
    }
    char *line = malloc(whole + 1);
    assert_int_equal(bench_format(bench, "linux", 1234, line, whole + 1), whole);
    free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_between_its_markers_is_measured),
        cmocka_unit_test(markers_arrive_byte_by_byte),
        cmocka_unit_test(a_marker_ends_with_its_newline),
        cmocka_unit_test(boot_begins_by_itself),
        cmocka_unit_test(only_whole_lines_with_valid_names_count),
        cmocka_unit_test(a_line_of_any_length_is_survived),
        cmocka_unit_test(more_cases_than_the_table_holds_are_left_out),
        cmocka_unit_test(a_case_that_never_ended_is_left_out_and_a_second_beginning_counts_anew),
        cmocka_unit_test(a_line_that_does_not_fit_is_refused_at_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
