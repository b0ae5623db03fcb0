// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Samples on their way: from a program's output to the console's lines (bench/suite/samples.c), and from
// those to the runner (bench/runner/samples.c).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include <bench/runner/samples.h>
#include <bench/suite/samples.h>

static struct samples_set set;

static int teardown(void **state) {
    (void)state;
    samples_set_free(&set);
    return 0;
}

// The console's lines for a program's output, or NULL with the reason in *error. The caller frees them.
static char *printed(const char *output, const char **error) {
    char *text = NULL;
    size_t size;
    FILE *in = fmemopen((void *)output, strlen(output), "r"), *out = open_memstream(&text, &size);
    *error = samples_print("irq-latency-rt", in, out);
    fclose(in);
    fclose(out);
    return text;
}

static void assert_values(const struct samples *samples, const double *values, size_t count) {
    assert_int_equal(samples->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(samples->values[i] == values[i]);
    }
}

static void each_series_has_its_own_lines(void **state) {
    (void)state;
    const char *error;
    char *text = printed(
        "frequency 62500000\nhandler 294\nend 700\nhandler 294\nend 701\nhandler 300\nend 701\n", &error);
    assert_null(error);
    assert_string_equal(text, "@samples irq-latency-rt handler freq=62500000 294*2 300\n"
                              "@samples irq-latency-rt end freq=62500000 700 701*2\n");
    free(text);
}

static void a_histogram_of_cyclictest_becomes_one_series(void **state) {
    (void)state;
    const char *error;
    char *text =
        printed("# /dev/cpu_dma_latency set to 0us\n# Histogram\n000000 000000\n004635 000007\n"
                "004636 000001\n# Total: 000000008\n# Min Latencies: 04635\n# Histogram Overflows: 00000\n",
                &error);
    assert_null(error);
    assert_string_equal(text, "@samples irq-latency-rt latency freq=1000000000 4635*7 4636\n");
    free(text);
}

static void a_sample_above_the_histogram_is_an_error(void **state) {
    (void)state;
    const char *error;
    free(printed("000001 000001\n# Histogram Overflows: 00002\n", &error));
    assert_non_null(error);
}

static void no_samples_are_an_error(void **state) {
    (void)state;
    const char *error;
    free(printed("T: 0 (  65) P:90 I:1000\nT: nothing\n", &error));
    assert_non_null(error);
}

static void five_series_are_an_error(void **state) {
    (void)state;
    const char *error;
    free(printed("a 1\nb 1\nc 1\nd 1\ne 1\n", &error));
    assert_non_null(error);
}

// More samples than a line takes come back whole.
static void long_series_arrive_whole_and_in_order(void **state) {
    (void)state;
    const char *error;
    char *output = NULL, *save = NULL;
    size_t size, lines = 0;
    FILE *file = open_memstream(&output, &size);
    for (unsigned i = 0; i < 3000; i++) {
        fprintf(file, "handler %u\n", 1000000 + i / 2 * 7);
    }
    fclose(file);
    char *text = printed(output, &error);
    assert_null(error);
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save), lines++) {
        static const char head[] = "@samples irq-latency-rt ";
        assert_true(strlen(line) <= 120); // Xen's console breaks longer ones
        assert_memory_equal(line, head, sizeof(head) - 1);
        assert_null(samples_take(&set, line + sizeof(head) - 1));
    }
    assert_true(lines > 1);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.series[0].count, 3000);
    for (unsigned i = 0; i < 3000; i++) {
        assert_true(set.series[0].values[i] == 1000000 + i / 2 * 7);
    }
    free(text);
    free(output);
}

static void values_become_nanoseconds(void **state) {
    (void)state;
    assert_null(samples_take(&set, "handler freq=62500000 10*2 3"));
    assert_values(&set.series[0], (const double[]){160.0, 160.0, 48.0}, 3);
    assert_string_equal(set.series[0].series, "handler");
}

static void malformed_lines_are_refused(void **state) {
    (void)state;
    static const char *const lines[] = {"",
                                        "handler",
                                        "handler freq=0 1",
                                        "handler freq=x 1",
                                        "handler freq=1000000000 1 x",
                                        "handler freq=1000000000 -1",
                                        "handler freq=1000000000 1*",
                                        "handler freq=1000000000 1*-2",
                                        "handler freq=1000000000 1.5",
                                        "handler freq=1000000000 1*99999999999",
                                        "handler freq=1000000000 99999999999999999999999"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (samples_take(&set, lines[i]) == NULL) {
            fail_msg("taken: %s", lines[i]);
        }
    }
}

static void boots_add_up_and_keep_to_their_series(void **state) {
    (void)state;
    struct samples_set one = {.count = 0}, other = {.count = 0};
    assert_null(samples_take(&one, "handler freq=1000000000 3 1"));
    assert_null(samples_take(&one, "end freq=1000000000 9"));
    assert_true(samples_add(&set, &one));
    assert_true(samples_add(&set, &one));
    assert_values(&set.series[0], (const double[]){3.0, 1.0, 3.0, 1.0}, 4);
    assert_values(&set.series[1], (const double[]){9.0, 9.0}, 2);
    assert_null(samples_take(&other, "handler freq=1000000000 3"));
    assert_false(samples_add(&set, &other));
    assert_null(samples_take(&other, "start freq=1000000000 3"));
    assert_false(samples_add(&set, &other));
    samples_set_free(&one);
    samples_set_free(&other);
}

// 0 to 1000, each once: the quantile p is 1000 p.
// The runner compares the two sides' series by their place.
static void the_series_end_is_the_last_one(void **state) {
    (void)state;
    const double handler[] = {1, 3}, end[] = {2, 4};
    assert_null(samples_take(&set, "end freq=1000000000 2"));
    assert_null(samples_take(&set, "handler freq=1000000000 1"));
    assert_null(samples_take(&set, "end freq=1000000000 4"));
    assert_null(samples_take(&set, "handler freq=1000000000 3"));
    assert_int_equal(set.count, 2);
    assert_string_equal(set.series[0].series, "handler");
    assert_string_equal(set.series[1].series, "end");
    assert_values(&set.series[0], handler, 2);
    assert_values(&set.series[1], end, 2);
}

static void quantiles_interpolate_between_sorted_samples(void **state) {
    (void)state;
    char line[64];
    for (unsigned i = 0; i <= 1000; i++) {
        snprintf(line, sizeof(line), "handler freq=1000000000 %u", i * 8 % 1001);
        assert_null(samples_take(&set, line));
    }
    samples_sort(&set.series[0]);
    assert_true(samples_quantile(&set.series[0], 0.0) == 0.0);
    assert_true(samples_quantile(&set.series[0], 1.0) == 1000.0);
    assert_float_equal(samples_quantile(&set.series[0], 0.99), 990.0, 1e-6);
    assert_float_equal(samples_quantile(&set.series[0], 0.9995), 999.5, 1e-6);
}

static void equal_samples_are_one_run(void **state) {
    (void)state;
    assert_null(samples_take(&set, "handler freq=1000000000 5*3 6 5"));
    samples_sort(&set.series[0]);
    assert_int_equal(samples_run(&set.series[0], 0), 4);
    assert_int_equal(samples_run(&set.series[0], 4), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_series_has_its_own_lines, teardown),
        cmocka_unit_test_teardown(a_histogram_of_cyclictest_becomes_one_series, teardown),
        cmocka_unit_test_teardown(a_sample_above_the_histogram_is_an_error, teardown),
        cmocka_unit_test_teardown(no_samples_are_an_error, teardown),
        cmocka_unit_test_teardown(five_series_are_an_error, teardown),
        cmocka_unit_test_teardown(long_series_arrive_whole_and_in_order, teardown),
        cmocka_unit_test_teardown(values_become_nanoseconds, teardown),
        cmocka_unit_test_teardown(malformed_lines_are_refused, teardown),
        cmocka_unit_test_teardown(boots_add_up_and_keep_to_their_series, teardown),
        cmocka_unit_test_teardown(the_series_end_is_the_last_one, teardown),
        cmocka_unit_test_teardown(quantiles_interpolate_between_sorted_samples, teardown),
        cmocka_unit_test_teardown(equal_samples_are_one_run, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
