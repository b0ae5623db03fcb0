// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The report's program from a results file on: tests/report/results.json, which a run wrote; interference,
// peers, invalid runs and hostile text were added to it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include <bench/report/compare.h>
#include <bench/report/exports.h>
#include <bench/report/figures.h>
#include <bench/report/matrix.h>
#include <bench/report/page.h>
#include <bench/report/verdict.h>

#define RESULTS "tests/report/results.json"

static json_t *document_load(void) {
    json_t *document = json_load_file(RESULTS, 0, NULL);
    assert_non_null(document);
    return document;
}

// Loads a document as data; `error` as data_load.
static bool document_take(const json_t *document, struct data *data, char *error, size_t error_size) {
    char path[] = "/tmp/glacis-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_int_equal(json_dumpf(document, file, JSON_ENCODE_ANY), 0);
    fclose(file);
    bool loaded = data_load(path, data, error, error_size);
    unlink(path);
    return loaded;
}

static void results_load(struct data *data) {
    char error[512];
    if (!data_load(RESULTS, data, error, sizeof(error))) {
        fail_msg("%s", error);
    }
}

static void the_fixture_is_taken_as_it_is(void **state) {
    (void)state;
    struct data data;
    results_load(&data);
    assert_true(data_is_icount(&data));
    const struct data_case *c = data_find(&data, "cyclictest", "standard");
    assert_non_null(c);
    assert_string_equal(c->label, "cyclictest-standard");
    assert_string_equal(data_find(&data, "boot", "boot")->label, "boot");
    assert_int_equal(c->side[NATIVE].summary.n, 20000);
    assert_true(c->side[VIRT].has_tail && c->side[VIRT].bin_count > 50);
    for (size_t i = 1; i < c->side[VIRT].bin_count; i++) {
        assert_true(c->side[VIRT].bins[i].value > c->side[VIRT].bins[i - 1].value);
    }
    assert_int_equal(c->boots[VIRT].count, 2);
    assert_int_equal(data.peer_count, 1);
    assert_int_equal(data.cell_count, 24);
    assert_int_equal(json_array_size(data.invalid), 2);
    assert_true(data_find(&data, "micro", "gicd-read")->operations > 0.0);
    data_free(&data);
}

// Single mistakes in the file: a step of `path` is a key or an index; `value` is JSON, and "" deletes.
static const struct change_of_file {
    const char *path, *value, *expected;
} changes[] = {
    {"schema", "1", "schema: must be 2"},
    {"cases", "{}", "cases: must be an array"},
    {"cases 0", "7", "cases[0].suite: must be a string"},
    {"cases 1 name", "\"\"", "cases[1].name: must be a name"},
    {"cases 1 name", "\"a b\"", "cases[1].name: must be a name"},
    {"cases 1 suite", "\"<b>\"", "cases[1].suite: must be a name"},
    {"cases 1 suite", "\"../../x\"", "cases[1].suite: must be a name"},
    {"cases 0 native mean", "\"1\"", "cases[0].native.mean: must be a number"},
    {"cases 0 native n", "0", "cases[0].native.n: must be 1 or more"},
    {"cases 0 native stddev", "-1", "cases[0].native.stddev: must be 0 or more"},
    {"cases 0 virt", "null", "cases[0]: has an overhead without figures of both sides"},
    {"cases 0 exits irq", "", "cases[0].exits.irq: must be a number"},
    {"cases 0 instructions vmm", "-5", "cases[0].instructions.vmm: must be 0 or more"},
    {"cases 0 overhead_percent ci95", "[1]", "cases[0].overhead_percent.ci95: must be null or two numbers"},
    {"cases 0 boots virt 1 seed", "-1", "cases[0].boots.virt[1].seed: must be 0 or more"},
    {"cases 0 boots virt", "{}", "cases[0].boots.virt: must be an array"},
    {"cases 2 native histogram 336", "7", "cases[2].native.histogram: has 7 samples, and n is 20000"},
    {"cases 2 native histogram x", "7", "cases[2].native.histogram: a key is not a number"},
    {"cases 2 native histogram 336", "0", "cases[2].native.histogram: \"336\" must be a whole number"},
    {"machine unit", "", "machine.unit: must be a string"},
    {"guest cmdline", "5", "guest.cmdline: must be a string"},
    {"method boots", "", "method.boots: must be a number"},
    {"footprint programs 1 data", "\"x\"", "footprint.programs[1].data: must be a number"},
    {"footprint lines 0 part", "", "footprint.lines[0].part: must be a string"},
    {"peers 0 cases 2 reason", "null", "peers[0].cases[2]: must have either figures"},
    {"peers 0 name", "\"Xen\"", "peers[0].name: must be a name"},
    {"interference 3 neighbour", "\"';system('x')\"", "interference[3].neighbour: must be a name"},
    {"interference 3 slice_ms", "0", "interference[3].slice_ms: must be 0.001 or more"},
    {"interference 3 slowdown_percent", "\"x\"", "interference[3].slowdown_percent: must be a number"},
    {"interference 3 share_percent", "-1", "interference[3].share_percent: must be 0 or more"},
    {"invalid 0 console 1", "5", "invalid[0].console[1]: must be a string"},
    {"invalid 1 seed", "\"x\"", "invalid[1].seed: must be a number"},
};

// Makes one of them in a document.
static void document_change(json_t *at, const struct change_of_file *change) {
    char path[128], *save, *next;
    json_t *value = change->value[0] != '\0' ? json_loads(change->value, JSON_DECODE_ANY, NULL) : NULL;
    snprintf(path, sizeof(path), "%s", change->path);
    for (char *step = strtok_r(path, " ", &save); step != NULL; step = next) {
        next = strtok_r(NULL, " ", &save);
        if (next != NULL) {
            at = json_is_array(at) ? json_array_get(at, (size_t)atoi(step)) : json_object_get(at, step);
            assert_non_null(at);
        } else if (json_is_array(at)) {
            assert_int_equal(json_array_set_new(at, (size_t)atoi(step), value), 0);
        } else if (value != NULL) {
            json_object_set_new(at, step, value);
        } else {
            assert_int_equal(json_object_del(at, step), 0);
        }
    }
}

static void what_is_malformed_is_named_by_its_path(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        json_t *document = document_load();
        struct data data;
        char error[512] = "";
        document_change(document, &changes[i]);
        assert_false(document_take(document, &data, error, sizeof(error)));
        if (strncmp(error, changes[i].expected, strlen(changes[i].expected)) != 0) {
            fail_msg("%s: \"%s\", expected \"%s\"", changes[i].path, error, changes[i].expected);
        }
        data_free(&data);
        json_decref(document);
    }
}

static void what_is_no_json_is_refused_with_its_place(void **state) {
    (void)state;
    struct data data;
    char error[512];
    assert_false(data_load("/nonexistent/results.json", &data, error, sizeof(error)));
    data_free(&data);
    json_t *list = json_array();
    assert_false(document_take(list, &data, error, sizeof(error)));
    assert_string_equal(error, "the document: must be an object");
    json_decref(list);
    data_free(&data);
}

static void a_case_that_is_there_twice_is_refused(void **state) {
    (void)state;
    json_t *document = document_load(), *cases = json_object_get(document, "cases");
    struct data data;
    char error[512];
    json_array_append(cases, json_array_get(cases, 0));
    assert_false(document_take(document, &data, error, sizeof(error)));
    assert_non_null(strstr(error, "is there twice: sysbench-cpu"));
    data_free(&data);
    json_decref(document);
}

// Bytes changed at random: a file is refused with a reason, or everything can be made of it.
static void damaged_files_are_refused_or_harmless(void **state) {
    (void)state;
    static char original[1 << 16], damaged[1 << 16];
    FILE *file = fopen(RESULTS, "r");
    size_t size = fread(original, 1, sizeof(original), file), loaded = 0;
    fclose(file);
    srand(2);
    for (int i = 0; i < 600; i++) {
        char path[] = "/tmp/glacis-test-XXXXXX", error[512] = "";
        memcpy(damaged, original, size);
        for (int j = rand() % 4; j >= 0; j--) {
            damaged[(size_t)rand() % size] = "0123456789-.eE\"[]{}:,nax<"[rand() % 25];
        }
        int fd = mkstemp(path);
        assert_int_equal(write(fd, damaged, size), (ssize_t)size);
        close(fd);
        struct data data;
        FILE *out = fopen("/dev/null", "w");
        if (data_load(path, &data, error, sizeof(error))) {
            static struct plots plots;
            plots = (struct plots){.script = out};
            figures_write(&data, &plots);
            exports_write_cases_csv(&data, out);
            exports_write_junit(&data, out);
            exports_write_terminal(&data, out);
            matrix_write_csv(&data, out);
            matrix_write_tables(&data, out);
            page_write_peers(&data, out);
            loaded++;
        } else {
            assert_true(error[0] != '\0');
        }
        fclose(out);
        data_free(&data);
        unlink(path);
    }
    assert_true(loaded > 20);
}

// Writes with a function to a string; the caller frees it.
static char *written_by(void (*write_it)(const struct data *data, FILE *out), const struct data *data) {
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    write_it(data, out);
    fclose(out);
    return text;
}

static void csv_has_a_line_for_each_side_with_as_many_fields(void **state) {
    (void)state;
    struct data data;
    results_load(&data);
    char *text = written_by(exports_write_cases_csv, &data);
    size_t lines = 0, fields = 0;
    for (char *save, *line = strtok_r(text, "\r\n", &save); line != NULL;
         line = strtok_r(NULL, "\r\n", &save)) {
        size_t commas = 0;
        for (const char *c = line; *c != '\0'; c++) {
            commas += *c == ',';
        }
        fields = lines++ == 0 ? commas : fields;
        assert_int_equal(commas, fields);
    }
    assert_int_equal(lines, 1 + 13); // eight cases, three of which have one side
    free(text);
    data_free(&data);
}

// Of the fixture: an overhead and one latency in each of the 24 cells, and no slowdown.
static void the_matrix_has_a_line_for_each_cell_and_colours_by_value(void **state) {
    (void)state;
    struct data data;
    double value;
    results_load(&data);
    assert_false(matrix_value(&data.cells[0], MATRIX_SLOWDOWN, &value));
    assert_false(matrix_value(&data.cells[0], MATRIX_BUSY, &value));
    assert_true(matrix_value(&data.cells[4], MATRIX_OVERHEAD, &value) && value == 0.26);
    assert_true(matrix_value(&data.cells[4], MATRIX_WAITING, &value) && value == 700.0);
    char *text = written_by(matrix_write_csv, &data);
    size_t lines = 0, fields = 0;
    for (char *save, *line = strtok_r(text, "\r\n", &save); line != NULL;
         line = strtok_r(NULL, "\r\n", &save)) {
        size_t commas = 0;
        for (const char *c = line; *c != '\0'; c++) {
            commas += *c == ',';
        }
        fields = lines++ == 0 ? commas : fields;
        assert_int_equal(commas, fields);
    }
    assert_int_equal(lines, 1 + 24);
    free(text);
    text = written_by(matrix_write_tables, &data);
    assert_non_null(strstr(text, "one beside idle</th><td class=\"heat0\">+0.010</td>"));
    assert_non_null(strstr(text, "class=\"heat4\""));
    assert_null(strstr(text, "heat5"));
    assert_null(strstr(text, "time slice: slower than alone"));
    free(text);
    data_free(&data);
}

static void junit_fails_cases_with_invalid_runs_and_skips_what_is_not_measured(void **state) {
    (void)state;
    struct data data;
    results_load(&data);
    char *text = written_by(exports_write_junit, &data);
    assert_non_null(strstr(text, "tests=\"16\" failures=\"2\" errors=\"0\" skipped=\"4\""));
    assert_non_null(strstr(text, "<testcase classname=\"mibench\" name=\"qsort-large\">"));
    assert_null(strstr(text, "<script>"));
    free(text);
    data_free(&data);
}

static void a_verdict_is_the_mean_of_its_cases_against_its_bound(void **state) {
    (void)state;
    struct data data;
    size_t count;
    results_load(&data);
    const struct verdict *v = verdicts_get(&data, &count);
    assert_int_equal(v[0].cases, 1);
    assert_true(v[0].overhead == data_find(&data, "sysbench", "cpu")->overhead);
    assert_int_equal(v[0].outcome, VERDICT_MET);
    assert_int_equal(v[1].outcome, VERDICT_MISSING);
    data.cases[0].overhead = 0.0501;
    assert_int_equal(verdicts_get(&data, &count)[0].outcome, VERDICT_EXCEEDED);
    data.unit = "ns";
    assert_int_equal(verdicts_get(&data, &count)[0].outcome, VERDICT_OPEN);
    data_free(&data);
}

// A case of the guest with these boots.
static struct data_case case_make(const double *values, size_t count) {
    struct data_case c = {.suite = "s", .name = "n"};
    for (size_t i = 0; i < count; i++) {
        boots_add(&c.boots[VIRT], &(struct boot_value){.seed = (unsigned)i, .value = values[i]});
    }
    c.side[VIRT].summary = boots_summarise(&c.boots[VIRT]);
    return c;
}

static void a_regression_is_beyond_the_bound_and_certain(void **state) {
    (void)state;
    static const double before[] = {100.0, 110.0, 120.0}, more[] = {101.0, 111.1, 121.2},
                        noisy[] = {130.0, 101.0, 109.0};
    static struct data_case old, new;
    old = case_make(before, 3);
    new = case_make(more, 3);
    struct change change = compare_case(&old, &new, 0.5);
    assert_true(fabs(change.percent - 1.0) < 1e-9 && change.has_ci95 && fabs(change.ci95_low - 1.0) < 1e-9);
    assert_true(fabs(change.effect - 1.1 / 10.05) < 0.001); // 1.1 in pooled deviations of 10 and 10.1
    assert_true(change.regressed);
    assert_false(compare_case(&old, &new, 1.5).regressed);
    assert_false(compare_case(&new, &old, 0.5).regressed); // it became faster
    new = case_make(noisy, 3);
    change = compare_case(&old, &new, 0.5);
    assert_true(change.percent > 0.5 && change.ci95_low < 0.0);
    assert_false(change.regressed);
    old = case_make(before, 1);
    new = case_make(more, 1);
    change = compare_case(&old, &new, 0.5); // one boot: the figures alone decide
    assert_true(change.regressed && !change.has_ci95 && !change.has_effect);
}

static void a_comparison_with_itself_has_no_regressions(void **state) {
    (void)state;
    struct data data, other;
    char error[256];
    FILE *out = fopen("/dev/null", "w");
    results_load(&data);
    results_load(&other);
    assert_true(compare_fits(&data, &other, error, sizeof(error)));
    assert_int_equal(compare_print(&data, &other, 0.0, out), 0);
    // A case that was tried and gave nothing is one.
    memset(&other.cases[0].side[VIRT].summary, 0, sizeof(struct summary));
    assert_int_equal(compare_print(&data, &other, 0.0, out), 1);
    other.gic = 2;
    assert_false(compare_fits(&data, &other, error, sizeof(error)));
    other.cpu = "max";
    assert_false(compare_fits(&data, &other, error, sizeof(error)));
    assert_non_null(strstr(error, "machine.cpu is \"cortex-a53\" in the baseline and \"max\" here"));
    fclose(out);
    data_free(&data);
    data_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixture_is_taken_as_it_is),
        cmocka_unit_test(what_is_malformed_is_named_by_its_path),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(a_case_that_is_there_twice_is_refused),
        cmocka_unit_test(damaged_files_are_refused_or_harmless),
        cmocka_unit_test(csv_has_a_line_for_each_side_with_as_many_fields),
        cmocka_unit_test(the_matrix_has_a_line_for_each_cell_and_colours_by_value),
        cmocka_unit_test(junit_fails_cases_with_invalid_runs_and_skips_what_is_not_measured),
        cmocka_unit_test(a_verdict_is_the_mean_of_its_cases_against_its_bound),
        cmocka_unit_test(a_regression_is_beyond_the_bound_and_certain),
        cmocka_unit_test(a_comparison_with_itself_has_no_regressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
