// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The matrix of two VMs: what is taken from a console, what is computed of it, and what the boots of a slice
// give.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include <bench/runner/interference.h>

#define WORK(vm, work, away, owed)                                                                           \
    "[" vm "] @interference work=" work " away=" away " owed=" owed " gaps=2 flood=7 freq=1000000000"

static double number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void a_vms_lines_are_taken(void **state) {
    (void)state;
    struct interference_report report;
    memset(&report, 0, sizeof(report));
    interference_line_take(&report,
                           "[two] @interference work=500 away=100 owed=50 gaps=2 flood=7 freq=500000000");
    interference_line_take(&report, "[two] @samples interference busy freq=500000000 3 4*2");
    interference_line_take(&report, "[two] @samples interference busy freq=500000000 5");
    interference_line_take(&report, "[three] @interference nonsense");
    interference_line_take(&report, "GICv3, 256 interrupts");
    assert_string_equal(report.failure, "");
    assert_false(report.vm[0].has_work);
    assert_true(report.vm[1].has_work);
    assert_true(report.vm[1].work == 1000.0 && report.vm[1].away == 200.0 && report.vm[1].owed == 100.0);
    assert_int_equal(report.vm[1].interrupts, 7);
    assert_int_equal(report.vm[1].samples.series[0].count, 4);
    interference_report_free(&report);
}

static void a_malformed_line_fails_the_boot(void **state) {
    (void)state;
    static const char *const lines[] = {
        "[one] @interference work=5",
        "[one] @interference work=500 away=600 owed=5 gaps=2 flood=7 freq=1000000000", // away longer than all
        "[one] @interference work=500 away=100 owed=101 gaps=2 flood=7 freq=1000000000",
        "[one] @interference work=500 away=100 owed=50 gaps=2 flood=7 freq=0",
        "[one] @interference work=500 away=100 owed=50 gaps=2 flood=7 freq=1000000000 more",
        "[one] @samples interference busy freq=1000000000 x",
        "[two] @fail interference the measurement took longer than the turn",
        "[two] FAIL machine: no test is named interference",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct interference_report report;
        memset(&report, 0, sizeof(report));
        interference_line_take(&report, lines[i]);
        if (report.failure[0] == '\0') {
            fail_msg("taken: %s", lines[i]);
        }
        interference_report_free(&report);
    }
}

// Alone 1000; beside a neighbour 2010, of which 1005 in the neighbour's hands, 1000 of them in its slices.
static void slowdown_share_and_what_is_beyond_it(void **state) {
    (void)state;
    struct interference_report report;
    struct interference_vm alone = {.work = 1000.0};
    memset(&report, 0, sizeof(report));
    interference_line_take(&report, WORK("one", "2010", "1005", "1000"));
    interference_line_take(&report, "[one] @samples interference waiting freq=1000000000 30 10 20");
    json_t *cell = interference_cell("one", "compute", 2000.0, &report.vm[0], &alone, 9);
    assert_true(fabs(number_of(cell, "slowdown_percent") - 101.0) < 1e-9);
    assert_true(fabs(number_of(cell, "share_percent") - 50.0) < 1e-9);
    assert_true(fabs(number_of(cell, "overhead_percent") - 1.0) < 1e-9);
    assert_true(number_of(cell, "slice_ms") == 2.0 && number_of(cell, "neighbours_interrupts") == 9.0);
    assert_true(number_of(json_object_get(cell, "latency"), "median") == 20.0);
    assert_true(json_is_null(json_object_get(cell, "latency_busy")));
    json_decref(cell);
    cell = interference_cell("one", "alone", 2000.0, &report.vm[0], NULL, 0);
    assert_null(json_object_get(cell, "overhead_percent"));
    assert_null(json_object_get(cell, "slowdown_percent"));
    json_decref(cell);
    interference_report_free(&report);
}

// --- boots, with a shell script for the machine

static char reasons[8][256], labels[8][64];
static size_t failures, boots;

static void progress(void *context, const char *label, const char *phase) {
    (void)context;
    (void)label;
    (void)phase;
}

static void booted(void *context, double seconds) {
    (void)context;
    (void)seconds;
    boots++;
}

static void failed(void *context, const char *label, const char *side, const char *reason,
                   const struct machine_run *run) {
    (void)context;
    (void)side;
    (void)run;
    assert_true(failures < 8);
    snprintf(labels[failures], sizeof(labels[0]), "%s", label);
    snprintf(reasons[failures++], sizeof(reasons[0]), "%s", reason);
}

static const struct interference_hooks hooks = {NULL, progress, booted, failed};

#define FIGURES(vm)                                                                                          \
    WORK(vm, "100", "0", "0")                                                                                \
    "\n[" vm "] @samples interference busy freq=1000000000 1 2\n[" vm                                        \
    "] @samples interference waiting freq=1000000000 3\n"

// Both VMs print their figures, whatever the boot is about; then the script's own lines.
static size_t measure(const char *script, json_t *cells) {
    char path[] = "/tmp/glacis-test-XXXXXX", virt[64];
    struct config config = {.time_limit = 5}, suite;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
    close(fd);
    snprintf(virt, sizeof(virt), "sh %s {case}", path);
    config.root = json_pack("{s:{s:{s:[i], s:s, s:[]}}}", "suites", "interference", "slices_us", 2000, "virt",
                            virt, "prepare");
    failures = boots = 0;
    size_t count = interference_measure(&config, &suite, &hooks, cells);
    json_decref(config.root);
    unlink(path);
    return count;
}

static void a_slice_has_a_cell_for_each_vm_and_neighbour(void **state) {
    (void)state;
    static const char *const neighbours[] = {"alone",   "alone",   "idle",  "idle",
                                             "compute", "compute", "flood", "flood"};
    json_t *cells = json_array();
    assert_int_equal(measure("cat <<'END'\n" FIGURES("one") FIGURES("two") "END\n", cells), 0);
    assert_int_equal(boots, INTERFERENCE_BOOTS);
    assert_int_equal(json_array_size(cells), 8);
    for (size_t i = 0; i < 8; i++) {
        const json_t *cell = json_array_get(cells, i);
        assert_string_equal(json_string_value(json_object_get(cell, "neighbour")), neighbours[i]);
        assert_string_equal(json_string_value(json_object_get(cell, "vm")), i % 2 == 0 ? "one" : "two");
    }
    json_decref(cells);
}

static void a_boot_that_fails_is_told_and_the_others_are_kept(void **state) {
    (void)state;
    json_t *cells = json_array();
    assert_int_equal(measure("case $1 in *compute*) echo '[two] @fail interference why'; esac\n"
                             "cat <<'END'\n" FIGURES("one") FIGURES("two") "END\n",
                             cells),
                     1);
    assert_int_equal(json_array_size(cells), 6);
    assert_string_equal(labels[0], "interference-compute-2000");
    assert_string_equal(reasons[0], "why");
    json_decref(cells);
}

static void without_the_figures_alone_nothing_is_compared(void **state) {
    (void)state;
    json_t *cells = json_array();
    assert_int_equal(measure("cat <<'END'\n" FIGURES("one") "END\n", cells), 4);
    assert_int_equal(json_array_size(cells), 1); // one, alone
    assert_string_equal(reasons[0], "VM two did not print all of its figures");
    assert_string_equal(reasons[1], "there is no figure of the VMs alone");
    assert_int_equal(boots, 2);
    json_decref(cells);
}

static void a_configuration_without_slices_is_refused(void **state) {
    (void)state;
    struct config config = {.time_limit = 5}, suite;
    json_t *cells = json_array();
    failures = 0;
    assert_int_equal(interference_boots_count(&config), 0);
    assert_int_equal(interference_measure(&config, &suite, &hooks, cells), 1);
    assert_non_null(strstr(reasons[0], "slices_us"));
    config.root = json_pack("{s:{s:{s:[i]}}}", "suites", "interference", "slices_us", 0);
    assert_int_equal(interference_measure(&config, &suite, &hooks, cells), 1);
    assert_non_null(strstr(reasons[1], "slices_us"));
    json_decref(config.root);
    assert_int_equal(json_array_size(cells), 0);
    json_decref(cells);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vms_lines_are_taken),
        cmocka_unit_test(a_malformed_line_fails_the_boot),
        cmocka_unit_test(slowdown_share_and_what_is_beyond_it),
        cmocka_unit_test(a_slice_has_a_cell_for_each_vm_and_neighbour),
        cmocka_unit_test(a_boot_that_fails_is_told_and_the_others_are_kept),
        cmocka_unit_test(without_the_figures_alone_nothing_is_compared),
        cmocka_unit_test(a_configuration_without_slices_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
