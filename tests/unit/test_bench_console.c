// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmark runner's reading of a boot's console.
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include <bench/runner/console.h>

static const char stats[] =
    "@stats "
    "{\"vm\":\"linux\",\"cases\":[{\"name\":\"boot\",\"instructions\":{\"guest_user\":9,\"guest_kernel\":9,"
    "\"vmm\":9,\"kernel\":9},\"exits\":{}},{\"name\":\"sysbench-cpu\",\"instructions\":{\"guest_user\":"
    "430000000,"
    "\"guest_kernel\":200,\"vmm\":30,\"kernel\":4},\"exits\":{\"irq\":110,\"mmio\":2,\"hvc\":3,\"smc\":4,"
    "\"sysreg\":5,"
    "\"wfx\":6,\"sgi\":7,\"maintenance\":8,\"preempt\":9,\"other\":10}}],\"first_entry_instructions\":1}";

static struct boot_report report;

static int setup(void **state) {
    (void)state;
    console_report_init(&report, "sysbench-cpu");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    console_report_free(&report);
    return 0;
}

static void a_result_gives_ticks_and_frequency(void **state) {
    (void)state;
    console_line_take(&report, "@bench begin sysbench-cpu");
    console_line_take(&report, "@bench end sysbench-cpu");
    assert_false(report.has_result);
    console_line_take(&report, "@result sysbench-cpu ticks=441377002 freq=1000000000");
    assert_true(report.has_result);
    assert_int_equal(report.ticks, 441377002);
    assert_int_equal(report.frequency, 1000000000);
    assert_string_equal(report.failure, "");
}

static void a_message_before_a_line_of_ours_is_skipped(void **state) {
    (void)state;
    console_line_take(&report, "[    1.0] random message @result sysbench-cpu ticks=5 freq=1");
    assert_true(report.has_result);
}

static void malformed_results_are_failures(void **state) {
    (void)state;
    static const char *const lines[] = {"@result ", "@result sysbench-cpu ticks=x freq=1",
                                        "@result sysbench-cpu ticks=1", "@result sysbench-cpu ticks=1 freq=0",
                                        "@result boot ticks=1 freq=1"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        console_report_init(&report, "sysbench-cpu");
        console_line_take(&report, lines[i]);
        assert_false(report.has_result);
        assert_true(report.failure[0] != '\0');
    }
}

static void the_checksum_of_the_work_is_verified(void **state) {
    (void)state;
    const struct bench_case *bitcount = cases_find("mibench-bitcount-small");
    assert_non_null(bitcount);
    char line[80];
    snprintf(line, sizeof(line), "@checksum mibench-bitcount-small %016" PRIx64, bitcount->checksum);
    console_report_init(&report, "mibench-bitcount-small");
    console_line_take(&report, line);
    console_line_take(&report, "@result mibench-bitcount-small ticks=5 freq=1");
    assert_true(report.has_result);
    assert_string_equal(report.failure, "");
}

static void a_wrong_or_missing_checksum_is_a_failure(void **state) {
    (void)state;
    static const char *const lines[] = {
        "@checksum mibench-bitcount-small 0000000000000001", "@checksum mibench-bitcount-small x",
        "@checksum mibench-bitcount-small", "@checksum boot c2aa039dc18d5104", "no checksum"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        console_report_init(&report, "mibench-bitcount-small");
        console_line_take(&report, lines[i]);
        console_line_take(&report, "@result mibench-bitcount-small ticks=5 freq=1");
        assert_non_null(strstr(report.failure, "checksum"));
    }
    console_report_init(&report, "mibench-bitcount-small");
    console_line_take(&report, lines[0]);
    console_line_take(&report, "@result mibench-bitcount-small ticks=5 freq=1");
    assert_non_null(strstr(report.failure, "the checksum is 0000000000000001, not "));
    assert_non_null(strstr(report.failure, "bench/suite/cases.def"));
}

// A case without a checksum has none to print.
static void an_unexpected_checksum_is_a_failure(void **state) {
    (void)state;
    console_line_take(&report, "@checksum sysbench-cpu 1");
    console_line_take(&report, "@result sysbench-cpu ticks=5 freq=1");
    assert_true(report.failure[0] != '\0');
}

// What the marks themselves cost is in the case whose first hyphen is a slash.
static void an_empty_interval_is_taken_off_the_counts(void **state) {
    (void)state;
    static const char line[] =
        "@stats {\"cases\":["
        "{\"name\":\"sysbench/"
        "cpu\",\"instructions\":{\"guest_user\":1,\"guest_kernel\":2,\"vmm\":9,\"kernel\":4},"
        "\"exits\":{\"irq\":0,\"mmio\":5,\"hvc\":0,\"smc\":0,\"sysreg\":0,\"wfx\":0,\"sgi\":0,"
        "\"maintenance\":0,\"preempt\":0,\"other\":0}},"
        "{\"name\":\"sysbench-cpu\",\"instructions\":{\"guest_user\":11,\"guest_kernel\":22,\"vmm\":3,"
        "\"kernel\":44},"
        "\"exits\":{\"irq\":1,\"mmio\":7,\"hvc\":0,\"smc\":0,\"sysreg\":0,\"wfx\":0,\"sgi\":0,"
        "\"maintenance\":0,\"preempt\":0,\"other\":0}}]}";
    console_line_take(&report, line);
    assert_string_equal(report.failure, "");
    static const uint64_t expected[] = {10, 20, 0, 40};
    for (size_t i = 0; i < INSTRUCTIONS_COUNT; i++) {
        assert_int_equal(report.counts.instructions[i], expected[i]);
    }
    assert_int_equal(report.counts.exits[0], 1);
    assert_int_equal(report.counts.exits[1], 2);
}

static void the_first_failure_is_kept(void **state) {
    (void)state;
    console_line_take(&report, "@fail sysbench-cpu sysbench ended with status 0x100");
    console_line_take(&report, "@result boot ticks=1 freq=1");
    assert_string_equal(report.failure, "sysbench-cpu sysbench ended with status 0x100");
}

static void stats_of_the_case_are_taken(void **state) {
    (void)state;
    console_line_take(&report, stats);
    assert_string_equal(report.failure, "");
    assert_int_equal(report.counts.boots, 1);
    assert_int_equal(report.counts.instructions[0], 430000000);
    assert_int_equal(report.counts.instructions[3], 4);
    assert_int_equal(report.counts.exits[0], 110);
    assert_int_equal(report.counts.exits[9], 10);
}

static void stats_without_the_case_are_no_counts(void **state) {
    (void)state;
    console_line_take(&report, "@stats {\"vm\":\"linux\",\"cases\":[]}");
    assert_string_equal(report.failure, "");
    assert_int_equal(report.counts.boots, 0);
}

static void malformed_stats_are_failures(void **state) {
    (void)state;
    static const char *const lines[] = {"@stats {", "@stats []",
                                        "@stats {\"cases\":[{\"name\":\"sysbench-cpu\"}]}",
                                        "@stats "
                                        "{\"cases\":[{\"name\":\"sysbench-cpu\",\"instructions\":{\"guest_"
                                        "user\":-1,\"guest_kernel\":0,\"vmm\":0,"
                                        "\"kernel\":0},\"exits\":{}}]}"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        console_report_init(&report, "sysbench-cpu");
        console_line_take(&report, lines[i]);
        assert_int_equal(report.counts.boots, 0);
        assert_true(report.failure[0] != '\0');
    }
}

static void the_device_tree_is_decoded(void **state) {
    (void)state;
    size_t size;
    assert_null(console_tree_decode(&report, &size));
    console_line_take(&report, "@fdt 96249c8a0d84d8d44f2846d320758ba8bacfe1f27999fc78ad32792675ea5da4");
    assert_string_equal(report.tree_hash, "96249c8a0d84d8d44f2846d320758ba8bacfe1f27999fc78ad32792675ea5da4");
    console_line_take(&report, "@tree begin");
    console_line_take(&report, "0A3+7Q");
    console_line_take(&report, "AB/w==");
    assert_true(report.in_tree);
    console_line_take(&report, "@tree end");
    assert_false(report.in_tree);
    static const uint8_t expected[] = {0xd0, 0x0d, 0xfe, 0xed, 0x00, 0x01, 0xff};
    uint8_t *bytes = console_tree_decode(&report, &size);
    assert_int_equal(size, sizeof(expected));
    assert_memory_equal(bytes, expected, sizeof(expected));
    free(bytes);
}

static void a_tree_without_end_is_bounded(void **state) {
    (void)state;
    char line[4096];
    memset(line, 'A', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    console_line_take(&report, "@tree begin");
    for (size_t i = 0; i < TREE_TEXT_MAX / sizeof(line) + 2; i++) {
        console_line_take(&report, line);
    }
    assert_true(report.failure[0] != '\0');
    assert_true(report.tree_length <= TREE_TEXT_MAX);
}

static void samples_and_the_kernels_release_are_taken(void **state) {
    (void)state;
    console_line_take(&report, "@kernel 6.1.0-56-rt-arm64");
    console_line_take(&report, "@samples sysbench-cpu handler freq=1000000000 294*3 300");
    console_line_take(&report, "@samples sysbench-cpu end freq=1000000000 700");
    assert_string_equal(report.kernel, "6.1.0-56-rt-arm64");
    console_line_take(&report, "@clock performance 1200000");
    assert_string_equal(report.clock, "performance 1200000");
    console_line_take(&report, "root: system linux: 369 objects, 211000 KiB free");
    assert_int_equal(report.free_kib, 211000);
    assert_int_equal(report.samples.count, 2);
    assert_int_equal(report.samples.series[0].count, 4);
    assert_string_equal(report.failure, "");
}

static void samples_of_another_case_or_malformed_are_failures(void **state) {
    static const char *const lines[] = {"@samples sysbench-cpux handler freq=1000000000 1",
                                        "@samples boot handler freq=1000000000 1", "@samples sysbench-cpu",
                                        "@samples sysbench-cpu handler freq=1000000000 one"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        console_line_take(&report, lines[i]);
        assert_string_not_equal(report.failure, "");
        teardown(state);
        setup(state);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_checksum_of_the_work_is_verified),
        TEST(a_wrong_or_missing_checksum_is_a_failure),
        TEST(an_unexpected_checksum_is_a_failure),
        TEST(an_empty_interval_is_taken_off_the_counts),
        TEST(a_result_gives_ticks_and_frequency),
        TEST(samples_and_the_kernels_release_are_taken),
        TEST(samples_of_another_case_or_malformed_are_failures),
        TEST(a_message_before_a_line_of_ours_is_skipped),
        TEST(malformed_results_are_failures),
        TEST(the_first_failure_is_kept),
        TEST(stats_of_the_case_are_taken),
        TEST(stats_without_the_case_are_no_counts),
        TEST(malformed_stats_are_failures),
        TEST(the_device_tree_is_decoded),
        TEST(a_tree_without_end_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
