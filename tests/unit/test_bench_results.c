// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmark runner's configuration, results file and table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include <bench/runner/results.h>

static const char config_text[] =
    "{\"version\":\"1.2.3\",\"commit\":\"abc\",\"board\":\"qemu-virt\",\"emulator\":\"QEMU "
    "7.2\",\"cpu\":\"cortex-a53\","
    "\"gic\":3,\"unit\":\"ticks_1ghz_icount\",\"kernel\":\"6.1\",\"kernel_file\":\"k\",\"kernel_sha256\":"
    "\"aa\","
    "\"initrd_sha256\":\"bb\",\"board_tree\":\"b\",\"tree\":\"t/"
    "{case}.dtb\",\"start\":\"s\",\"prepare\":[],\"native\":\"n\",\"virt\":\"v\","
    "\"boots\":2,\"time_limit\":60,\"results\":\"%s\",\"limits\":\"no caches\"}";

// Writes text to a temporary file and returns its path (static).
static const char *file_make(const char *text) {
    static char path[64];
    strcpy(path, "/tmp/glacis-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void config_make(struct config *config, const char *results) {
    char text[2048], error[256];
    snprintf(text, sizeof(text), config_text, results);
    const char *path = file_make(text);
    assert_true(config_load(path, config, error, sizeof(error)));
    unlink(path);
}

static const struct bench_case boot_case = {"boot", "boot", "boot"};
static const struct tree_guest guest = {.memory_mib = 512, .cmdline = "quiet"};

static struct case_result result_make(size_t n) {
    double native[] = {1000.0, 1000.0}, virt[] = {1010.0, 1010.0};
    struct case_result result = {.bench_case = &boot_case,
                                 .native = statistics_summarise(native, n),
                                 .virt = statistics_summarise(virt, n),
                                 .counts = {.boots = (unsigned)n}};
    result.overhead = statistics_overhead(native, n, virt, n, true);
    for (size_t i = 0; i < INSTRUCTIONS_COUNT; i++) {
        result.counts.instructions[i] = n * 100 * (i + 1);
    }
    for (size_t i = 0; i < EXITS_COUNT; i++) {
        result.counts.exits[i] = n * i;
    }
    return result;
}

static void the_document_has_the_published_form(void **state) {
    (void)state;
    struct config config;
    config_make(&config, "r");
    struct case_result result = result_make(2);
    result.boots[VIRT] = (struct boots){2, {{3, 1010.0, "ab"}, {4, 1010.5, ""}}};
    json_t *document = results_build(&config, &guest, &result, 1, NULL, NULL, NULL);
    char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
    assert_string_equal(
        text, "{\"schema\":2,\"glacis\":{\"version\":\"1.2.3\",\"commit\":\"abc\"},\"machine\":{\"board\":"
              "\"qemu-virt\","
              "\"emulator\":\"QEMU "
              "7.2\",\"cpu\":\"cortex-a53\",\"memory_mib\":512,\"gic\":3,\"unit\":\"ticks_1ghz_icount\","
              "\"limits\":\"no "
              "caches\"},\"guest\":{\"kernel\":\"6.1\",\"kernel_sha256\":\"aa\",\"initrd_sha256\":\"bb\","
              "\"cmdline\":"
              "\"quiet\"},\"method\":{\"boots\":2,\"first_seed\":0,\"order\":\"turns\",\"order_seed\":0,"
              "\"interval\":\"bootstrap percentile, 95 %\",\"resamples\":10000,\"bootstrap_seed\":1},"
              "\"footprint\":null,"
              "\"cases\":[{\"suite\":\"boot\",\"name\":\"boot\",\"metric\":\"duration\",\"unit\":\"ticks_"
              "1ghz_icount\","
              "\"better\":\"lower\",\"native\":{\"n\":2,\"min\":1000,\"q1\":1000,\"median\":1000,\"mean\":"
              "1000,\"q3\":1000,"
              "\"max\":1000,\"stddev\":0},\"virt\":{\"n\":2,\"min\":1010,\"q1\":1010,\"median\":1010,"
              "\"mean\":1010,\"q3\":1010,"
              "\"max\":1010,\"stddev\":0},\"overhead_percent\":{\"value\":1,\"ci95\":[1,1]},\"instructions\":"
              "{\"guest_user\":100,"
              "\"guest_kernel\":200,\"vmm\":300,\"kernel\":400},\"exits\":{\"irq\":0,\"mmio\":1,\"hvc\":2,"
              "\"smc\":3,\"sysreg\":4,"
              "\"wfx\":5,\"sgi\":6,\"maintenance\":7,\"preempt\":8,\"other\":9},\"boots\":{\"native\":[],"
              "\"virt\":[{\"seed\":3,\"value\":1010,\"tree_sha256\":\"ab\"},{\"seed\":4,\"value\":1010.5,"
              "\"tree_sha256\":null}]}}],\"invalid\":[],\"peers\":[],\"interference\":[]}");
    free(text);
    json_decref(document);
    config_free(&config);
}

static void one_boot_has_no_interval_and_no_deviation(void **state) {
    (void)state;
    struct config config;
    config_make(&config, "r");
    struct case_result result = result_make(1);
    json_t *document = results_build(&config, &guest, &result, 1, NULL, NULL, NULL);
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_true(json_is_null(json_object_get(json_object_get(c, "overhead_percent"), "ci95")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "stddev")), 0);
    json_decref(document);
    config_free(&config);
}

// As of the kernel's own operations: no guest, and nothing to compare them with.
static void a_suite_of_one_side_has_null_for_the_other(void **state) {
    (void)state;
    struct config config;
    char text[2048], path[64], error[256];
    snprintf(text, sizeof(text), config_text, "r");
    char *kernel = strstr(text, "\"6.1\"");
    assert_non_null(kernel);
    memmove(kernel + 1, kernel + 4, strlen(kernel + 4) + 1);
    snprintf(path, sizeof(path), "%s", file_make(text));
    assert_true(config_load(path, &config, error, sizeof(error)));
    unlink(path);
    double figures[] = {190.0, 190.0};
    struct case_result result = {
        .bench_case = &boot_case, .virt = statistics_summarise(figures, 2), .counts.boots = 2};
    json_t *document = results_build(&config, &guest, &result, 1, NULL, NULL, NULL);
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_true(json_is_null(json_object_get(document, "guest")));
    assert_true(json_is_null(json_object_get(c, "native")));
    assert_true(json_is_null(json_object_get(c, "overhead_percent")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "median")), 190);
    json_decref(document);
    config_free(&config);
}

static void results_replace_the_file_whole(void **state) {
    (void)state;
    struct config config;
    char path[64];
    snprintf(path, sizeof(path), "%s", file_make("old"));
    config_make(&config, path);
    struct case_result result = result_make(2);
    assert_true(results_write(&config, &guest, &result, 1, NULL, NULL, NULL));
    json_t *read = json_load_file(path, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(read, "schema")), 2);
    json_decref(read);
    unlink(path);
    config_free(&config);
    config_make(&config, "/nonexistent/folder/results.json");
    assert_false(results_write(&config, &guest, &result, 1, NULL, NULL, NULL));
    config_free(&config);
}

static void the_table_names_unit_limits_and_overhead(void **state) {
    (void)state;
    static char text[8192];
    struct config config;
    config_make(&config, "r");
    struct case_result result = result_make(2);
    FILE *out = fmemopen(text, sizeof(text), "w");
    results_print(&config, &guest, &result, 1, out);
    fclose(out);
    assert_non_null(strstr(text, "instructions"));
    assert_non_null(strstr(text, "no caches"));
    assert_non_null(strstr(text, "+1.000 %"));
    assert_non_null(strstr(text, "mmio 1 hvc 2"));
    config_free(&config);
}

// Operations of the guest alone: 100 measured, with a budget of 150 on GICv3.
static struct case_result operations_make(const struct bench_case *bench_case, double figure) {
    double native[] = {1.0, 1.0}, virt[] = {figure, figure};
    struct case_result result = {.bench_case = bench_case,
                                 .native = statistics_summarise(native, 2),
                                 .virt = statistics_summarise(virt, 2),
                                 .operations = 100,
                                 .kernel = "bare"};
    result.overhead = statistics_overhead(native, 2, virt, 2, true);
    result.counts = (struct counts){.boots = 1, .instructions = {0, 700, 0, 9000}, .exits = {100}};
    return result;
}

static const struct bench_case operation_case = {.suite = "micro",
                                                 .name = "x",
                                                 .label = "micro-x",
                                                 .budgets = {0, 150},
                                                 .exits = 1,
                                                 .checked = CHECKED_GICV3};

static void operations_have_a_table_with_budgets_of_their_own(void **state) {
    (void)state;
    static char text[8192];
    struct config config;
    config_make(&config, "r");
    struct case_result results[] = {operations_make(&operation_case, 190.0), result_make(2)};
    results[0].counts.boots = 2;
    FILE *out = fmemopen(text, sizeof(text), "w");
    results_print(&config, &guest, results, 2, out);
    fclose(out);
    assert_non_null(strstr(text, "micro-x                native "));
    assert_non_null(strstr(text, "150  over by 40\n"));
    assert_non_null(strstr(text, "90.0   irq 1.00\n"));
    assert_non_null(strstr(text, "+1.000 %"));
    json_t *document = results_build(&config, &guest, results, 2, NULL, NULL, NULL);
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_string_equal(json_string_value(json_object_get(c, "kernel")), "bare");
    assert_int_equal(json_integer_value(json_object_get(c, "operations")), 50); // of each of two boots
    assert_null(json_object_get(json_array_get(json_object_get(document, "cases"), 1), "kernel"));
    json_decref(document);
    config_free(&config);
}

static void a_checked_budget_is_of_the_machines_gic(void **state) {
    (void)state;
    struct config config;
    config_make(&config, "r");
    struct case_result result = operations_make(&operation_case, 151.0);
    assert_int_equal(results_over_budget(&config, &result, 1), 1);
    config.gic = 2;
    assert_int_equal(results_over_budget(&config, &result, 1), 0);
    struct bench_case of_both = operation_case;
    of_both.budgets[0] = 150;
    result.bench_case = &of_both;
    assert_int_equal(results_over_budget(&config, &result, 1), 0);
    of_both.checked = CHECKED;
    assert_int_equal(results_over_budget(&config, &result, 1), 1);
    config.gic = 3;
    struct bench_case unchecked = operation_case;
    unchecked.checked = UNCHECKED;
    result.bench_case = &unchecked;
    assert_int_equal(results_over_budget(&config, &result, 1), 0);
    result = operations_make(&operation_case, 150.0);
    assert_int_equal(results_over_budget(&config, &result, 1), 0);
    config_free(&config);
}

static void other_exits_than_budgeted_are_over_budget(void **state) {
    (void)state;
    struct config config;
    config_make(&config, "r");
    struct case_result result = operations_make(&operation_case, 100.0);
    result.operations = 1000;
    result.counts.exits[0] = 1004; // what rounds to one
    assert_int_equal(results_over_budget(&config, &result, 1), 0);
    result.counts.exits[0] = 1006;
    assert_int_equal(results_over_budget(&config, &result, 1), 1);
    result.counts.exits[0] = 994; // an operation that was not what it is called
    assert_int_equal(results_over_budget(&config, &result, 1), 1);
    config_free(&config);
}

static void a_native_median_of_zero_gives_no_overhead(void **state) {
    (void)state;
    struct config config;
    config_make(&config, "r");
    struct case_result result = operations_make(&operation_case, 100.0);
    result.native.median = 0.0;
    json_t *document = results_build(&config, &guest, &result, 1, NULL, NULL, NULL);
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_true(json_is_null(json_object_get(c, "overhead_percent")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "max")), 100);
    json_decref(document);
    config_free(&config);
}

static void a_suite_may_have_members_of_its_own(void **state) {
    (void)state;
    static const char suites[] =
        ",\"check\":true,\"suites\":{\"micro\":{\"native\":\"m\",\"prepare\":[\"p\"]},"
        "\"bad\":{\"native\":1},\"list\":[],\"commands\":{\"prepare\":\"p\"}}}";
    char text[4096], error[256];
    struct config config, suite;
    snprintf(text, sizeof(text), config_text, "r");
    strcpy(strrchr(text, '}'), suites);
    const char *path = file_make(text);
    assert_true(config_load(path, &config, error, sizeof(error)));
    unlink(path);
    assert_true(config.check);
    assert_true(config_suite(&config, "micro", &suite, error, sizeof(error)));
    assert_true(suite.of_suite);
    assert_string_equal(suite.native, "m");
    assert_string_equal(suite.virt, "v");
    assert_int_equal(json_array_size(suite.prepare), 1);
    assert_true(config_suite(&config, "boot", &suite, error, sizeof(error)));
    assert_false(suite.of_suite);
    assert_string_equal(suite.native, "n");
    static const char *const wrong[] = {"bad", "list", "commands"};
    for (size_t i = 0; i < 3; i++) {
        error[0] = '\0';
        assert_false(config_suite(&config, wrong[i], &suite, error, sizeof(error)));
        assert_true(error[0] != '\0');
    }
    config_free(&config);
}

static void bad_configurations_are_explained(void **state) {
    (void)state;
    static const char *const texts[] = {"{", "{}", "[]", "{\"version\":1}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct config config;
        char error[256] = "";
        const char *path = file_make(texts[i]);
        assert_false(config_load(path, &config, error, sizeof(error)));
        assert_true(error[0] != '\0');
        unlink(path);
        config_free(&config);
    }
}

static void templates_are_expanded_and_split(void **state) {
    (void)state;
    struct command command;
    struct tree_layout layout = {
        .memory_size = 256u << 20, .kernel = 0x40200000, .initrd = 1, .tree = 2, .start = 3};
    assert_true(command_expand(
        "q -m {memory_mib}  k={kernel_address},{case} {initrd_address}{tree_address}{start_address}", "boot",
        &layout, &command));
    static const char *const words[] = {"q", "-m", "256", "k=0x40200000,boot", "0x10x20x3"};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(command.argv[i], words[i]);
    }
    assert_null(command.argv[5]);
}

static void bad_templates_are_refused(void **state) {
    (void)state;
    static struct command command;
    static char text[2 * COMMAND_BYTES_MAX];
    assert_false(command_expand("a {other}", "boot", NULL, &command));
    assert_false(command_expand("a {tree_address}", "boot", NULL, &command));
    assert_false(command_expand("  ", "boot", NULL, &command));
    memset(text, 'x', sizeof(text) - 1);
    assert_false(command_expand(text, "boot", NULL, &command));
    for (size_t i = 0; i < sizeof(text) - 1; i += 2) {
        text[i] = ' ';
    }
    text[COMMAND_BYTES_MAX - 1] = '\0';
    assert_false(command_expand(text, "boot", NULL, &command));
}

// Two series of four samples on the native side, as of irq-latency; the machine's VM has not the device.
static void a_distribution_has_quantiles_and_a_histogram(void **state) {
    (void)state;
    struct config config;
    config_make(&config, "r");
    double native[] = {294.0, 294.0, 294.0, 298.0}, virt[] = {300.0, 300.0, 300.0, 301.0};
    struct case_result results[2] = {{.bench_case = &boot_case,
                                      .kernel = "6.1-rt",
                                      .native = statistics_summarise(native, 4),
                                      .native_samples = {.values = native, .count = 4},
                                      .virt = statistics_summarise(virt, 4),
                                      .virt_samples = {.values = virt, .count = 4},
                                      .counts.boots = 1},
                                     {.bench_case = &boot_case,
                                      .series = "end",
                                      .native = statistics_summarise(native, 4),
                                      .native_samples = {.values = native, .count = 4}}};
    results[0].overhead = statistics_overhead(native, 4, virt, 4, false);
    json_t *document = results_build(&config, &guest, results, 2, NULL, NULL, NULL);
    const json_t *cases = json_object_get(document, "cases"), *c = json_array_get(cases, 0);
    const json_t *side = json_object_get(c, "native"), *histogram = json_object_get(side, "histogram");
    assert_string_equal(json_string_value(json_object_get(c, "metric")), "latency");
    assert_string_equal(json_string_value(json_object_get(c, "kernel")), "6.1-rt");
    assert_float_equal(json_number_value(json_object_get(side, "p99")), 297.88, 1e-9);
    assert_float_equal(json_number_value(json_object_get(side, "p99.9")), 297.988, 1e-9);
    assert_int_equal(json_integer_value(json_object_get(histogram, "294")), 3);
    assert_int_equal(json_integer_value(json_object_get(histogram, "298")), 1);
    assert_int_equal(json_object_size(histogram), 2);
    const json_t *median = json_object_get(json_object_get(c, "overhead_percent"), "median");
    assert_float_equal(json_number_value(median), 600.0 / 294.0, 1e-9);
    c = json_array_get(cases, 1);
    assert_string_equal(json_string_value(json_object_get(c, "name")), "boot-end");
    assert_true(json_is_null(json_object_get(c, "virt")));
    assert_true(json_is_null(json_object_get(c, "overhead_percent")));
    json_decref(document);

    static char text[8192];
    FILE *out = fmemopen(text, sizeof(text), "w");
    results_print(&config, &guest, results, 2, out);
    fclose(out);
    assert_non_null(strstr(text, "boot-end"));
    assert_non_null(strstr(text, "+2.0%"));
    config_free(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_the_published_form),
        cmocka_unit_test(one_boot_has_no_interval_and_no_deviation),
        cmocka_unit_test(a_suite_of_one_side_has_null_for_the_other),
        cmocka_unit_test(a_distribution_has_quantiles_and_a_histogram),
        cmocka_unit_test(results_replace_the_file_whole),
        cmocka_unit_test(the_table_names_unit_limits_and_overhead),
        cmocka_unit_test(operations_have_a_table_with_budgets_of_their_own),
        cmocka_unit_test(a_checked_budget_is_of_the_machines_gic),
        cmocka_unit_test(other_exits_than_budgeted_are_over_budget),
        cmocka_unit_test(a_native_median_of_zero_gives_no_overhead),
        cmocka_unit_test(a_suite_may_have_members_of_its_own),
        cmocka_unit_test(bad_configurations_are_explained),
        cmocka_unit_test(templates_are_expanded_and_split),
        cmocka_unit_test(bad_templates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
