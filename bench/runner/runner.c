// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The course of a run; see runner.h. Invariants:
// 1. A case is reported only with all of its boots; a failed one says why, and the others go on.
// 2. On a signal the machine that runs is ended, nothing is written, and the exit status is 130.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bench/runner/budgets.h>
#include <bench/runner/cases.h>
#include <bench/runner/config.h>
#include <bench/runner/console.h>
#include <bench/runner/machine.h>
#include <bench/runner/results.h>
#include <bench/runner/runner.h>
#include <bench/runner/statistics.h>
#include <bench/runner/tree.h>

#define PREPARE_LIMIT 120.0

enum side { NATIVE, VIRT, SIDES };
static const char *const side_names[SIDES] = {"native", "guest"};

struct session {
    const struct config *config;
    bool terminal;         // progress may overwrite its line
    size_t total, done;    // boots
    double seconds[SIDES]; // wall time of the boots so far
    size_t boots[SIDES];
    struct config reported; // of the guest that the report names
    struct tree_guest guest;
    bool trees_compared;
};

// The boots of one case.
struct case_run {
    const char *label;
    const struct bench_case *bench_case; // NULL for the boots that fetch the trees
    struct config config;                // of its suite
    bool native_only;                    // the VM has not the device that the case needs
    struct samples_set samples[SIDES];
    char kernel[65];
    double values[SIDES][RUNNER_BOOTS_MAX];
    char tree_hash[SIDES][65];
    uint64_t operations; // of the guest's boots, where a boot has several
    struct counts counts;
    struct tree_layout layout;
};

static void progress_print(struct session *s, const char *label, enum side side) {
    double each[SIDES], left = 0.0;
    for (int i = 0; i < SIDES; i++) {
        each[i] = s->boots[i] > 0 ? s->seconds[i] / (double)s->boots[i] : 0.0;
    }
    for (int i = 0; i < SIDES; i++) {
        double known = s->boots[i] > 0 ? each[i] : each[!i];
        double ahead = (double)s->total / 2.0 - (double)s->boots[i];
        left += ahead > 0.0 ? known * ahead : 0.0;
    }
    fprintf(stderr, "%s[%zu/%zu] %s, %s", s->terminal ? "\r\033[K" : "", s->done + 1, s->total, label,
            side_names[side]);
    if (s->done > 0) {
        fprintf(stderr, ", about %.0f s left", left);
    }
    fprintf(stderr, "%s", s->terminal ? "" : "\n");
    fflush(stderr);
}

static void progress_clear(const struct session *s) {
    if (s->terminal) {
        fprintf(stderr, "\r\033[K");
    }
}

static void tail_print(const struct machine_run *run) {
    fprintf(stderr, "  the console's last lines:\n");
    for (size_t i = 0; i < run->tail_count; i++) {
        fprintf(stderr, "  | ");
        for (const char *c = run->tail[i]; *c != '\0'; c++) {
            fputc(*c >= ' ' && *c <= '~' ? *c : '?', stderr);
        }
        fprintf(stderr, "\n");
    }
}

static void line_take(void *context, const char *line) {
    console_line_take(context, line);
}

static void line_ignore(void *context, const char *line) {
    (void)context;
    (void)line;
}

// What went wrong with a boot, in one line; false if nothing did.
static bool failure_describe(const struct config *config, const struct case_run *c,
                             const struct machine_run *run, const struct boot_report *report, enum side side,
                             char *text, size_t size) {
    if (run->end == MACHINE_TIMED_OUT) {
        snprintf(text, size,
                 "no end after %d s: the machine hangs, or this computer is slow (make bench BENCH_LIMIT=S)",
                 config->time_limit);
    } else if (report->failure[0] != '\0') {
        snprintf(text, size, "%s", report->failure);
    } else if (run->end == MACHINE_FAILED) {
        snprintf(text, size, "the emulator ended with wait status 0x%x", (unsigned)run->status);
    } else if (report->in_tree || (report->tree_text == NULL && strcmp(report->label, "tree") == 0)) {
        snprintf(text, size, "the guest did not print its device tree");
    } else if (strcmp(report->label, "tree") == 0) {
        return false;
    } else if (!report->has_result) {
        snprintf(text, size, "the machine stopped without a @result line");
    } else if (c->bench_case->samples && report->samples.count == 0) {
        snprintf(text, size, "the machine stopped without a @samples line");
    } else if (strcmp(config->unit, "ticks_1ghz_icount") == 0 && report->frequency != 1000000000) {
        snprintf(text, size, "the counter runs at %" PRIu64 " Hz: give the CPU cntfrq=1000000000",
                 report->frequency);
    } else if (c->bench_case->per_tick && report->ticks == 0) {
        snprintf(text, size, "no ticks in the @result line");
    } else if (side == VIRT && report->counts.boots == 0) {
        snprintf(text, size,
                 "no @stats line of this case: the system's VMM must be built to count (flag bench)");
    } else {
        return false;
    }
    return true;
}

// Boots one side. Returns false after saying why; the report is the caller's to free in any case.
static bool side_boot(struct session *s, struct case_run *c, enum side side, struct boot_report *report) {
    struct command command;
    static struct machine_run run;
    char text[512];
    console_report_init(report, c->label);
    if (!command_expand(side == NATIVE ? c->config.native : c->config.virt, c->label, &c->layout, &command)) {
        fprintf(stderr, "error: the %s command in the configuration is too long or has an unknown {word}\n",
                side_names[side]);
        return false;
    }
    progress_print(s, c->label, side);
    machine_run(command.argv, s->config->time_limit, line_take, report, &run);
    s->seconds[side] += run.seconds;
    s->boots[side]++;
    s->done++;
    if (run.end == MACHINE_INTERRUPTED) {
        return false;
    }
    if (failure_describe(s->config, c, &run, report, side, text, sizeof(text))) {
        progress_clear(s);
        fprintf(stderr, "%s, %s: failed: %s\n", c->label, side_names[side], text);
        tail_print(&run);
        return false;
    }
    return true;
}

// Reads a whole file; NULL with a message if it cannot be read.
static void *file_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(TREE_TEXT_MAX);
    *size = file != NULL && data != NULL ? fread(data, 1, TREE_TEXT_MAX, file) : 0;
    if (*size == 0) {
        fprintf(stderr, "error: cannot read %s: %s\n", path, strerror(errno));
        free(data);
        data = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return data;
}

static bool file_write(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    bool written = file != NULL && fwrite(data, size, 1, file) == 1;
    written = file != NULL && fclose(file) == 0 && written;
    if (!written) {
        fprintf(stderr, "error: cannot write %s: %s\n", path, strerror(errno));
    }
    return written;
}

static bool start_write(const struct session *s, const struct tree_layout *layout) {
    uint8_t code[TREE_START_BYTES];
    tree_start_write(layout, code);
    return file_write(s->config->start, code, sizeof(code));
}

// Gives the native machine's tree the device that the case needs, where the guest's own has it not.
static bool device_prepare(struct session *s, struct case_run *c, const char *path, void *tree,
                           size_t *tree_size) {
    if (c->bench_case == NULL || c->bench_case->device == NULL ||
        tree_has_device(tree, *tree_size, c->bench_case->device)) {
        return true;
    }
    size_t board_size;
    void *board = file_read(s->config->board_tree, &board_size);
    if (board == NULL) {
        return false;
    }
    const char *wrong = tree_loopback_add(tree, TREE_TEXT_MAX, board, board_size, tree_size);
    free(board);
    if (wrong != NULL) {
        fprintf(stderr, "error: %s: %s\n", path, wrong);
        return false;
    }
    c->native_only = true;
    return file_write(path, tree, *tree_size);
}

// The report names the guest of the general configuration; one of a suite's when no other ran.
static void guest_note(struct session *s, const struct case_run *c, const void *tree) {
    char word[CASE_LABEL_MAX + 16];
    if (s->reported.root != NULL && c->config.of_suite && !s->reported.of_suite) {
        return;
    }
    snprintf(word, sizeof(word), "glacis.case=%s", c->label);
    tree_guest_get(tree, &c->layout, word, &s->guest);
    s->reported = c->config;
}

// Where the native boot puts kernel, initrd and tree: derived from the guest's own tree.
static bool layout_prepare(struct session *s, struct case_run *c) {
    static struct command path, kernel;
    size_t tree_size, header_size;
    if (!command_expand(c->config.tree, c->label, NULL, &path) ||
        !command_expand(c->config.kernel_file, c->label, NULL, &kernel)) {
        fprintf(stderr, "error: the tree's or the kernel's path in the configuration is too long or has an "
                        "unknown {word}\n");
        return false;
    }
    void *tree = file_read(path.text, &tree_size);
    bool fits = tree != NULL && device_prepare(s, c, path.text, tree, &tree_size);
    void *header = fits ? file_read(kernel.text, &header_size) : NULL;
    bool ready = header != NULL;
    if (ready) {
        const char *wrong = header_size < 64 ? "the kernel is not an arm64 Image"
                                             : tree_layout_derive(tree, tree_size, header, &c->layout);
        if (wrong != NULL) {
            fprintf(stderr, "error: %s, %s: %s\n", path.text, kernel.text, wrong);
            ready = false;
        } else {
            guest_note(s, c, tree);
        }
    }
    free(tree);
    free(header);
    return ready && start_write(s, &c->layout);
}

// The tree is made anew: a run before this one may have added the device.
static void tree_discard(const struct case_run *c) {
    static struct command path;
    if (c->bench_case != NULL && c->bench_case->device != NULL &&
        command_expand(c->config.tree, c->label, NULL, &path)) {
        unlink(path.text);
    }
}

static bool case_prepare(struct session *s, struct case_run *c) {
    static struct machine_run run;
    tree_discard(c);
    for (size_t i = 0; i < json_array_size(c->config.prepare); i++) {
        struct command command;
        const char *template = json_string_value(json_array_get(c->config.prepare, i));
        if (template == NULL || !command_expand(template, c->label, NULL, &command)) {
            fprintf(stderr, "error: prepare command %zu in the configuration cannot be used\n", i + 1);
            return false;
        }
        machine_run(command.argv, PREPARE_LIMIT, line_ignore, NULL, &run);
        if (run.end == MACHINE_INTERRUPTED) {
            return false;
        }
        if (run.end != MACHINE_ENDED) {
            progress_clear(s);
            fprintf(stderr, "%s: failed: %s\n", c->label, template);
            tail_print(&run);
            return false;
        }
    }
    return layout_prepare(s, c);
}

// Boots both sides once more to fetch the trees, and prints what differs.
static void trees_compare(struct session *s) {
    static struct case_run c;
    struct boot_report reports[SIDES];
    uint8_t *trees[SIDES] = {NULL, NULL};
    size_t sizes[SIDES] = {0, 0};
    s->trees_compared = true;
    s->total += SIDES;
    memset(reports, 0, sizeof(reports));
    c = (struct case_run){.label = "tree", .config = *s->config};
    if (case_prepare(s, &c) && side_boot(s, &c, NATIVE, &reports[NATIVE]) &&
        side_boot(s, &c, VIRT, &reports[VIRT])) {
        for (int i = 0; i < SIDES; i++) {
            trees[i] = console_tree_decode(&reports[i], &sizes[i]);
        }
        progress_clear(s);
        fprintf(stderr, "the device trees of the native and of the guest's kernel differ:\n");
        int differences = trees[NATIVE] == NULL || trees[VIRT] == NULL
                              ? -1
                              : tree_compare(trees[NATIVE], sizes[NATIVE], trees[VIRT], sizes[VIRT], stderr);
        if (differences <= 0) {
            fprintf(stderr, "  %s\n",
                    differences < 0 ? "one of them cannot be read" : "only in the order of their parts");
        }
    }
    for (int i = 0; i < SIDES; i++) {
        free(trees[i]);
        console_report_free(&reports[i]);
    }
}

static void counts_add(struct counts *sum, const struct counts *counts) {
    sum->boots += counts->boots;
    for (size_t i = 0; i < INSTRUCTIONS_COUNT; i++) {
        sum->instructions[i] += counts->instructions[i];
    }
    for (size_t i = 0; i < EXITS_COUNT; i++) {
        sum->exits[i] += counts->exits[i];
    }
}

// The figure of a boot in the configured unit.
static double figure(const struct config *config, const struct bench_case *bench_case,
                     const struct boot_report *report) {
    if (bench_case->per_tick) {
        return (double)report->counts.instructions[INSTRUCTIONS_KERNEL] / (double)report->ticks;
    }
    bool icount = strcmp(config->unit, "ticks_1ghz_icount") == 0;
    return icount ? (double)report->ticks : (double)report->ticks * 1e9 / (double)report->frequency;
}

// How many operations the boot's counts are of; 0: one, whatever it does.
static uint64_t operations_count(const struct bench_case *bench_case, const struct boot_report *report) {
    if (bench_case->per_tick) {
        return report->ticks;
    }
    bool single = strcmp(bench_case->suite, "micro") != 0;
    return single || report->samples.count == 0 ? 0 : report->samples.series[0].count;
}

// Takes what a boot of a side has told.
static bool report_take(struct session *s, struct case_run *c, enum side side, int boot,
                        const struct boot_report *report) {
    c->values[side][boot] = figure(s->config, c->bench_case, report);
    memcpy(c->tree_hash[side], report->tree_hash, sizeof(report->tree_hash));
    memcpy(c->kernel, report->kernel, sizeof(report->kernel));
    counts_add(&c->counts, &report->counts);
    if (side == VIRT) {
        c->operations += operations_count(c->bench_case, report);
    }
    if (!samples_add(&c->samples[side], &report->samples)) {
        fprintf(stderr, "%s, %s: failed: too many samples, or others than before\n", c->label,
                side_names[side]);
        return false;
    }
    return true;
}

// The results of a case of samples, one a series. They take the samples over. Returns how many they are.
static size_t samples_results(struct case_run *c, struct case_result *results) {
    bool both = !c->native_only && !c->bench_case->guest_only;
    const struct samples_set *known = &c->samples[c->bench_case->guest_only ? VIRT : NATIVE];
    size_t count = known->count;
    for (size_t i = 0; i < count; i++) {
        struct samples *native = &c->samples[NATIVE].series[i], *virt = &c->samples[VIRT].series[i];
        struct case_result *r = &results[i];
        *r = (struct case_result){.bench_case = c->bench_case, .counts = c->counts};
        if (i > 0) {
            memcpy(r->series, known->series[i].series, sizeof(r->series));
        }
        if (!c->bench_case->guest_only) {
            r->native = statistics_summarise(native->values, native->count);
            r->native_samples = *native;
        }
        if (!c->native_only) {
            r->virt = statistics_summarise(virt->values, virt->count);
            r->virt_samples = *virt;
        }
        if (both) {
            r->overhead = statistics_overhead(&r->native, &r->virt);
        }
    }
    return count;
}

static size_t duration_result(struct case_run *c, size_t boots, struct case_result *result) {
    *result = (struct case_result){.bench_case = c->bench_case, .counts = c->counts};
    if (!c->bench_case->guest_only) {
        result->native = statistics_summarise(c->values[NATIVE], boots);
    }
    if (!c->native_only) {
        result->virt = statistics_summarise(c->values[VIRT], boots);
    }
    if (!c->native_only && !c->bench_case->guest_only) {
        result->overhead = statistics_overhead(&result->native, &result->virt);
    }
    return 1;
}

// Returns the number of results: none if the case failed.
static size_t case_measure(struct session *s, const struct bench_case *bench_case,
                           struct case_result *results) {
    static struct case_run c;
    c = (struct case_run){.label = bench_case->label, .bench_case = bench_case};
    size_t boots = (size_t)s->config->boots, done = s->done;
    char error[256];
    bool ready = config_suite(s->config, bench_case->suite, &c.config, error, sizeof(error));
    if (!ready) {
        fprintf(stderr, "error: in the configuration, suite %s: %s\n", bench_case->suite, error);
    }
    ready = ready && case_prepare(s, &c);
    int first = bench_case->guest_only ? VIRT : NATIVE, sides = c.native_only ? 1 : SIDES;
    for (size_t i = 0; ready && i < boots; i++) {
        for (int side = first; ready && side < sides; side++) {
            struct boot_report report;
            ready = side_boot(s, &c, side, &report) && report_take(s, &c, side, (int)i, &report);
            console_report_free(&report);
        }
    }
    // The boots that a failed case, or one without a guest, leaves out are no longer ahead.
    s->total -= boots * SIDES - (s->done - done);
    if (ready && !c.native_only && !bench_case->guest_only && !s->trees_compared &&
        strcmp(c.tree_hash[NATIVE], c.tree_hash[VIRT]) != 0) {
        trees_compare(s);
    }
    if (ready && c.native_only) {
        progress_clear(s);
        fprintf(stderr, "%s: native only: BENCH_SYSTEM gives its VM no device \"%s\"\n", c.label,
                bench_case->device);
    }
    if (ready && bench_case->samples) {
        ready = c.native_only || bench_case->guest_only || c.samples[NATIVE].count == c.samples[VIRT].count;
    }
    size_t count = !ready                ? 0
                   : bench_case->samples ? samples_results(&c, results)
                                         : duration_result(&c, boots, results);
    for (size_t i = 0; i < count; i++) {
        snprintf(results[i].kernel, sizeof(results[i].kernel), "%s",
                 c.config.of_suite ? c.config.kernel : c.kernel);
        results[i].operations = c.operations;
    }
    if (count == 0) {
        samples_set_free(&c.samples[NATIVE]);
        samples_set_free(&c.samples[VIRT]);
    }
    return count;
}

static int results_report(const struct session *s, const struct case_result *results, size_t measured,
                          size_t good, size_t failed) {
    progress_clear(s);
    if (machine_signal() != 0) {
        fprintf(stderr, "stopped; the results file is as it was\n");
        return 130;
    }
    if (measured > 0) {
        results_print(&s->reported, &s->guest, results, measured, stdout);
        size_t over = results_over_budget(s->config, results, measured) +
                      budgets_print(s->config, results, measured, stdout);
        if (!results_write(&s->reported, &s->guest, results, measured)) {
            fprintf(stderr, "error: cannot write %s: %s\n", s->config->results, strerror(errno));
            return 1;
        }
        printf("written: %s\n", s->config->results);
        if (over > 0 && s->config->check) {
            fprintf(stderr, "error: %zu budgets that are checked are exceeded, see above\n", over);
            return 1;
        }
    } else if (failed == 0) {
        fprintf(stderr, "error: there is nothing to measure on this machine\n");
        return 1;
    }
    if (failed > 0) {
        fprintf(stderr, "error: %zu of %zu cases failed, see above\n", failed, failed + good);
    }
    return failed > 0;
}

// Leaves out the cases that this machine's GIC does not have.
static void cases_fit(const struct config *config, const bool *chosen, bool *measured) {
    size_t count;
    const struct bench_case *cases = cases_all(&count);
    for (size_t i = 0; i < count; i++) {
        measured[i] = chosen[i] && case_fits(&cases[i], config->gic);
        if (chosen[i] && !measured[i]) {
            fprintf(stderr, "%s: left out, it needs GICv%d (make bench GIC=%d)\n", cases[i].label,
                    cases[i].gic, cases[i].gic);
        }
    }
}

int runner_run(const struct config *config, const bool *chosen) {
    struct session session = {.config = config, .terminal = isatty(STDERR_FILENO)}, *s = &session;
    static struct case_result results[CASES_MAX * SAMPLES_SERIES_MAX];
    size_t count, measured = 0, good = 0, failed = 0;
    bool wanted[CASES_MAX] = {false};
    const struct bench_case *cases = cases_all(&count);
    cases_fit(config, chosen, wanted);
    for (size_t i = 0; i < count; i++) {
        s->total += wanted[i] ? (size_t)s->config->boots * SIDES : 0;
    }
    for (size_t i = 0; i < count && machine_signal() == 0; i++) {
        if (wanted[i]) {
            size_t more = case_measure(s, &cases[i], &results[measured]);
            measured += more;
            failed += more == 0;
            good += more > 0;
        }
    }
    int status = results_report(s, results, measured, good, failed);
    for (size_t i = 0; i < measured; i++) {
        free(results[i].native_samples.values);
        free(results[i].virt_samples.values);
    }
    return status;
}
