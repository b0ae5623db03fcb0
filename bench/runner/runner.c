// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The course of a run; see runner.h. Invariants:
// 1. Every boot is reported: with its figure, or as an invalid run with the reason; the others go on.
// 2. On a signal the machine that runs is ended, nothing is written, and the exit status is 130.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bench/runner/boots.h>
#include <bench/runner/budgets.h>
#include <bench/runner/cases.h>
#include <bench/runner/config.h>
#include <bench/runner/console.h>
#include <bench/runner/files.h>
#include <bench/runner/interference.h>
#include <bench/runner/invalid.h>
#include <bench/runner/machine.h>
#include <bench/runner/peers.h>
#include <bench/runner/results.h>
#include <bench/runner/runner.h>
#include <bench/runner/seeds.h>
#include <bench/runner/statistics.h>
#include <bench/runner/tree.h>

#define PREPARE_LIMIT 120.0

static const char *const side_names[SIDES] = {"native", "guest"};

struct session {
    const struct config *config;
    bool terminal;                 // progress may overwrite its line
    size_t total, done;            // boots
    double seconds;                // wall time of those that are done
    size_t peer_total, peer_boots; // of peers and the matrix, beside `total`
    double peer_seconds;
    struct config reported; // of the guest that the report names
    struct tree_guest guest;
    bool trees_compared;
    uint64_t free_kib;
    json_t *invalid; // array: the runs without a figure
    json_t *peers;   // array: their figures
    json_t *cells;   // array: the matrix of two VMs
};

// The boots of one case.
struct case_run {
    const char *label;
    const struct bench_case *bench_case; // NULL for the boots that fetch the trees
    struct config config;                // of its suite
    bool native_only;                    // the VM has not the device that the case needs
    struct samples_set samples[SIDES];
    char kernel[65], clock[65];
    struct boots boots[SAMPLES_SERIES_MAX][SIDES]; // of each series; the first one for durations
    struct seeds board_seeds;
    uint64_t operations; // of the guest's boots, where a boot has several
    struct counts counts;
    struct tree_layout layout;
};

// `phase` is what happens: the preparation, or a boot of a side.
static void progress_print(const struct session *s, const char *label, const char *phase) {
    double each = s->done > 0 ? s->seconds / (double)s->done : 0.0;
    double left = each * (double)(s->total - s->done);
    if (s->peer_total > s->peer_boots) {
        double known = s->peer_boots > 0 ? s->peer_seconds / (double)s->peer_boots : each;
        left += known * (double)(s->peer_total - s->peer_boots);
    }
    size_t done = s->done + s->peer_boots;
    fprintf(stderr, "%s[%zu/%zu] %s, %s", s->terminal ? "\r\033[K" : "", done + 1, s->total + s->peer_total,
            label, phase);
    if (done > 0) {
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

// A boot of a side: what starts it, and what it gave.
struct boot {
    enum side side;
    unsigned seed; // number of its seeds
    bool started;
    struct command command;
    struct machine_run run;
    struct boot_report report;
};

static bool line_take(void *context, const char *line) {
    struct boot *boot = context;
    console_line_take(&boot->report, line);
    return true;
}

static bool line_take_and_show(void *context, const char *line) {
    const struct boot *boot = context;
    fprintf(stderr, "  %-6s", side_names[boot->side]);
    invalid_line_print(line, stderr);
    return line_take(context, line);
}

static bool line_ignore(void *context, const char *line) {
    (void)context;
    (void)line;
    return true;
}

// Writes what a boot of the side starts with: the tree or the image with the seeds of the number. Returns
// NULL, or what is wrong.
static const char *boot_files_write(const struct case_run *c, enum side side, unsigned seed) {
    static struct command from, to;
    const struct config *config = &c->config;
    if (config->image == NULL) {
        return NULL;
    }
    size_t size;
    const char *wrong = "the paths of its files in the configuration are too long or have an unknown {word}";
    if (!command_expand(side == NATIVE ? config->tree : config->image, c->label, NULL, &from) ||
        !command_expand(side == NATIVE ? config->boot_tree : config->boot_image, c->label, NULL, &to)) {
        return wrong;
    }
    void *data = file_read(from.text, &size);
    if (data == NULL) {
        return "its files cannot be read";
    }
    const struct seeds seeds = seeds_derive(&c->board_seeds, seed);
    wrong = side == NATIVE ? seeds_write_tree(data, size, &seeds)
                           : seeds_write_image(data, size, &c->board_seeds, &seeds);
    if (wrong == NULL && !file_write(to.text, data, size)) {
        wrong = "its files cannot be written";
    }
    free(data);
    return wrong;
}

// Says what went wrong, and keeps it for the report.
static void failure_report(struct session *s, const struct case_run *c, const char *side, int seed,
                           const char *reason, const struct machine_run *run) {
    progress_clear(s);
    fprintf(stderr, "%s, %s: failed: %s\n", c->label, side, reason);
    if (run != NULL) {
        invalid_tail_print(run, stderr);
    }
    if (c->bench_case != NULL) {
        invalid_add(s->invalid, c->bench_case, side, seed, reason, run);
    }
}

// Makes a boot ready. Returns false after saying why it cannot be.
static bool boot_prepare(struct session *s, struct case_run *c, struct boot *boot) {
    const char *wrong = "its command in the configuration is too long or has an unknown {word}";
    if (command_expand(boot->side == NATIVE ? c->config.native : c->config.virt, c->label, &c->layout,
                       &boot->command)) {
        wrong = boot_files_write(c, boot->side, boot->seed);
    }
    if (wrong != NULL) {
        failure_report(s, c, side_names[boot->side], (int)boot->seed, wrong, NULL);
    }
    return wrong == NULL;
}

// Whether a boot gave what it should; else says why not.
static bool boot_check(struct session *s, const struct case_run *c, const struct boot *boot) {
    char text[512];
    if (boot->run.end == MACHINE_INTERRUPTED) {
        return false;
    }
    if (invalid_describe(s->config, c->bench_case, &boot->run, &boot->report, boot->side, text,
                         sizeof(text))) {
        failure_report(s, c, side_names[boot->side], (int)boot->seed, text, &boot->run);
        return false;
    }
    return true;
}

// Makes boots at the same time; each is of another side, with the side and seed that its caller set. good[i]
// gets whether it gave what it should; if not, why is said. The reports are the caller's to free.
static void boots_make(struct session *s, struct case_run *c, struct boot *boots, size_t count, bool *good) {
    struct machine_job jobs[SIDES];
    size_t started = 0;
    double seconds = 0.0;
    progress_print(s, c->label, count > 1 ? "native and guest" : side_names[boots[0].side]);
    for (size_t i = 0; i < count; i++) {
        console_report_init(&boots[i].report, c->label);
        boots[i].started = boot_prepare(s, c, &boots[i]);
        if (boots[i].started) {
            jobs[started++] = (struct machine_job){boots[i].command.argv,
                                                   s->config->verbose ? line_take_and_show : line_take,
                                                   &boots[i], &boots[i].run};
        }
    }
    if (s->config->verbose) {
        fprintf(stderr, "\n");
    }
    machines_run(jobs, started, s->config->time_limit);
    for (size_t i = 0; i < count; i++) {
        good[i] = boots[i].started && boot_check(s, c, &boots[i]);
        if (boots[i].started && boots[i].run.seconds > seconds) {
            seconds = boots[i].run.seconds;
        }
    }
    s->seconds += seconds;
    s->done += count;
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
            wrong = c->config.image != NULL ? seeds_read(tree, tree_size, &c->board_seeds) : NULL;
            ready = wrong == NULL;
            if (!ready) {
                fprintf(stderr, "error: %s: %s\n", path.text, wrong);
            }
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
    progress_print(s, c->label, "preparation");
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
            failure_report(s, c, "preparation", -1, template, &run);
            return false;
        }
    }
    if (layout_prepare(s, c)) {
        return true;
    }
    if (c->bench_case != NULL) {
        invalid_add(s->invalid, c->bench_case, "preparation", -1,
                    "tree, kernel or start code cannot be used: the runner's messages say why", NULL);
    }
    return false;
}

// Boots both sides once more, with the seeds of a number, to fetch the trees, and prints what differs.
static void trees_compare(struct session *s, unsigned seed) {
    static struct case_run c;
    static struct boot boots[SIDES];
    bool good[SIDES] = {false, false};
    uint8_t *trees[SIDES] = {NULL, NULL};
    size_t sizes[SIDES] = {0, 0};
    s->trees_compared = true;
    s->total += SIDES;
    c = (struct case_run){.label = "tree", .config = *s->config};
    if (!case_prepare(s, &c)) {
        return;
    }
    for (int i = 0; i < SIDES; i++) {
        boots[i].side = (enum side)i;
        boots[i].seed = seed;
    }
    boots_make(s, &c, boots, SIDES, good);
    if (good[NATIVE] && good[VIRT]) {
        for (int i = 0; i < SIDES; i++) {
            trees[i] = console_tree_decode(&boots[i].report, &sizes[i]);
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
        console_report_free(&boots[i].report);
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

static double samples_mean(const struct samples *samples) {
    double sum = 0.0;
    for (size_t i = 0; i < samples->count; i++) {
        sum += samples->values[i];
    }
    return samples->count > 0 ? sum / (double)samples->count : 0.0;
}

// Takes what a boot of a side has told.
static bool report_take(struct session *s, struct case_run *c, enum side side, unsigned seed,
                        const struct boot_report *report) {
    if (!samples_add(&c->samples[side], &report->samples)) {
        failure_report(s, c, side_names[side], (int)seed, "too many samples, or other series than before",
                       NULL);
        return false;
    }
    struct boot_value value = {.seed = seed, .value = figure(s->config, c->bench_case, report)};
    memcpy(value.tree_hash, report->tree_hash, sizeof(value.tree_hash));
    if (!c->bench_case->samples) {
        boots_add(&c->boots[0][side], &value);
    }
    for (size_t i = 0; c->bench_case->samples && i < report->samples.count; i++) {
        value.value = samples_mean(&report->samples.series[i]);
        boots_add(&c->boots[i][side], &value);
    }
    memcpy(c->kernel, report->kernel, sizeof(report->kernel));
    memcpy(c->clock, report->clock, sizeof(report->clock));
    if (side == VIRT && !c->config.of_suite) {
        s->free_kib = report->free_kib;
    }
    if (side == VIRT) {
        counts_add(&c->counts, &report->counts);
        c->operations += operations_count(c->bench_case, report);
    }
    return true;
}

// The results of a case of samples, one a series. They take the samples over. Returns how many they are.
static size_t samples_results(struct case_run *c, struct case_result *results) {
    const struct samples_set *known = &c->samples[c->boots[0][NATIVE].count > 0 ? NATIVE : VIRT];
    size_t count = known->count;
    for (size_t i = 0; i < count; i++) {
        struct samples *native = &c->samples[NATIVE].series[i], *virt = &c->samples[VIRT].series[i];
        struct case_result *r = &results[i];
        *r = (struct case_result){.bench_case = c->bench_case, .counts = c->counts};
        if (i > 0) {
            memcpy(r->series, known->series[i].series, sizeof(r->series));
        }
        if (native->count > 0) {
            r->native = statistics_summarise(native->values, native->count);
            r->native_samples = *native;
        }
        if (virt->count > 0) {
            r->virt = statistics_summarise(virt->values, virt->count);
            r->virt_samples = *virt;
        }
        if (native->count > 0 && virt->count > 0) {
            r->overhead = boots_overhead(&c->boots[i][NATIVE], &c->boots[i][VIRT]);
        }
        memcpy(r->boots, c->boots[i], sizeof(r->boots));
    }
    return count;
}

static size_t duration_result(struct case_run *c, struct case_result *result) {
    const struct boots *native = &c->boots[0][NATIVE], *virt = &c->boots[0][VIRT];
    *result = (struct case_result){.bench_case = c->bench_case, .counts = c->counts};
    memcpy(result->boots, c->boots[0], sizeof(result->boots));
    if (native->count > 0) {
        result->native = boots_summarise(native);
    }
    if (virt->count > 0) {
        result->virt = boots_summarise(virt);
    }
    if (native->count > 0 && virt->count > 0) {
        result->overhead = boots_overhead(native, virt);
    }
    return 1;
}

// Makes the boots of a case, in their order. Returns how many of them gave no figure.
static size_t case_boot(struct session *s, struct case_run *c) {
    static struct boot_plan plan[SIDES * BOOTS_MAX];
    size_t failed = 0;
    size_t count = boots_plan((unsigned)s->config->boots, c->bench_case->guest_only ? VIRT : NATIVE,
                              c->native_only ? VIRT : SIDES, (unsigned)s->config->order_seed, plan);
    for (size_t i = 0, batch; i < count && machine_signal() == 0; i += batch) {
        static struct boot boots[SIDES];
        bool good[SIDES];
        // Boots of the same side use the same files.
        batch = s->config->jobs > 1 && i + 1 < count && plan[i].side != plan[i + 1].side ? 2 : 1;
        for (size_t k = 0; k < batch; k++) {
            boots[k].side = plan[i + k].side;
            boots[k].seed = (unsigned)s->config->first_seed + plan[i + k].index;
        }
        boots_make(s, c, boots, batch, good);
        for (size_t k = 0; k < batch; k++) {
            failed += !(good[k] && report_take(s, c, boots[k].side, boots[k].seed, &boots[k].report));
            console_report_free(&boots[k].report);
        }
    }
    return failed;
}

static size_t case_results(struct session *s, struct case_run *c, struct case_result *results) {
    unsigned seed;
    if (c->native_only) {
        progress_clear(s);
        fprintf(stderr, "%s: native only: BENCH_SYSTEM gives its VM no device \"%s\"\n", c->label,
                c->bench_case->device);
    } else if (!c->bench_case->guest_only && !s->trees_compared &&
               boots_trees_differ(&c->boots[0][NATIVE], &c->boots[0][VIRT], &seed)) {
        trees_compare(s, seed);
    }
    size_t count = 0;
    if (c->boots[0][NATIVE].count + c->boots[0][VIRT].count > 0) {
        count = c->bench_case->samples ? samples_results(c, results) : duration_result(c, results);
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(results[i].kernel, sizeof(results[i].kernel), "%s",
                 c->config.of_suite ? c->config.kernel : c->kernel);
        memcpy(results[i].clock, c->clock, sizeof(c->clock));
        results[i].operations = c->operations;
    }
    return count;
}

// --- peers

struct peer_context {
    struct session *session;
    struct case_run *run;
};

static const char *peer_tree_write(void *context, unsigned seed) {
    const struct peer_context *p = context;
    return boot_files_write(p->run, NATIVE, seed);
}

static void peer_progress(void *context, const char *peer) {
    const struct peer_context *p = context;
    progress_print(p->session, p->run->label, peer);
}

static void peer_booted(void *context, double seconds) {
    const struct peer_context *p = context;
    p->session->peer_boots++;
    p->session->peer_seconds += seconds;
}

static void peer_failed(void *context, const char *peer, int seed, const char *reason,
                        const struct machine_run *run) {
    const struct peer_context *p = context;
    failure_report(p->session, p->run, peer, seed, reason, run);
}

static size_t case_peers(struct session *s, struct case_run *c) {
    struct peer_context context = {s, c};
    const struct peers_hooks hooks = {&context, peer_tree_write, peer_progress, peer_booted, peer_failed};
    size_t boots = peers_boots(s->config) * peers_count(&c->config), before = s->peer_boots;
    size_t failed = peers_measure(&c->config, c->bench_case, &c->layout, &hooks, s->peers);
    s->peer_total -= boots - (s->peer_boots - before);
    return failed;
}

static void matrix_progress(void *context, const char *label, const char *phase) {
    progress_print(context, label, phase);
}

static void matrix_booted(void *context, double seconds) {
    struct session *s = context;
    s->peer_boots++;
    s->peer_seconds += seconds;
}

static void matrix_failed(void *context, const char *label, const char *side, const char *reason,
                          const struct machine_run *run) {
    const struct bench_case cell = {.suite = INTERFERENCE_SUITE, .name = label};
    const struct case_run c = {.label = label, .bench_case = &cell};
    failure_report(context, &c, side, -1, reason, run);
}

// Returns how many boots gave no figure.
static size_t matrix_measure(struct session *s) {
    const struct interference_hooks hooks = {s, matrix_progress, matrix_booted, matrix_failed};
    static struct config config;
    size_t failed = interference_measure(s->config, &config, &hooks, s->cells);
    if (s->reported.root == NULL) {
        s->reported = config;
    }
    return failed;
}

// Returns the number of results; *failed gets how many boots gave no figure.
static size_t case_measure(struct session *s, const struct bench_case *bench_case,
                           struct case_result *results, size_t *failed) {
    static struct case_run c;
    memset(&c, 0, sizeof(c));
    c.label = bench_case->label;
    c.bench_case = bench_case;
    size_t boots = (size_t)s->config->boots, done = s->done;
    char error[256];
    if (!config_suite(s->config, bench_case->suite, &c.config, error, sizeof(error))) {
        fprintf(stderr, "error: in the configuration, suite %s: %s\n", bench_case->suite, error);
        invalid_add(s->invalid, bench_case, "preparation", -1, error, NULL);
        *failed = 1;
    } else {
        bool ready = case_prepare(s, &c);
        *failed = ready ? case_boot(s, &c) + case_peers(s, &c) : 1;
    }
    // The boots that a failed case, or one without a guest, leaves out are no longer ahead.
    s->total -= boots * SIDES - (s->done - done);
    return machine_signal() == 0 ? case_results(s, &c, results) : 0;
}

static int results_report(const struct session *s, const struct case_result *results, size_t measured,
                          size_t good, size_t failed) {
    progress_clear(s);
    if (machine_signal() != 0) {
        fprintf(stderr, "stopped; the results file is as it was\n");
        return 130;
    }
    if (measured > 0 || failed > 0 || json_array_size(s->cells) > 0) {
        size_t over = 0;
        if (measured > 0) {
            results_print(&s->reported, &s->guest, results, measured, stdout);
            over = results_over_budget(s->config, results, measured) +
                   budgets_print(s->config, results, measured, stdout);
            peers_print(s->peers, stdout);
        }
        interference_print(s->cells, stdout);
        if (!results_write(s->reported.root != NULL ? &s->reported : s->config, &s->guest, results, measured,
                           s->invalid, s->peers, s->cells)) {
            fprintf(stderr, "error: cannot write %s: %s\n", s->config->results, strerror(errno));
            return 1;
        }
        printf("written: %s\n", s->config->results);
        if (over > 0 && s->config->check) {
            fprintf(stderr, "error: %zu budgets that are checked are exceeded, see above\n", over);
            return 1;
        }
    } else {
        fprintf(stderr, "error: there is nothing to measure on this machine\n");
        return 1;
    }
    if (failed > 0) {
        fprintf(stderr, "error: %zu of %zu cases have boots that failed, see above\n", failed, failed + good);
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
    struct session session = {.config = config,
                              .terminal = isatty(STDERR_FILENO),
                              .invalid = json_array(),
                              .peers = peers_results(config),
                              .cells = json_array()},
                   *s = &session;
    static struct case_result results[CASES_MAX * SAMPLES_SERIES_MAX];
    size_t count, measured = 0, good = 0, failed = 0;
    bool wanted[CASES_MAX] = {false};
    const struct bench_case *cases = cases_all(&count);
    cases_fit(config, chosen, wanted);
    for (size_t i = 0; i < count; i++) {
        if (wanted[i] && cases[i].matrix) {
            s->peer_total += interference_boots_count(config);
        } else if (wanted[i]) {
            s->total += (size_t)s->config->boots * SIDES;
            s->peer_total += peers_boots(config) * peers_count(config);
        }
    }
    for (size_t i = 0; i < count && machine_signal() == 0; i++) {
        if (wanted[i]) {
            size_t bad;
            if (cases[i].matrix) {
                bad = matrix_measure(s);
            } else {
                measured += case_measure(s, &cases[i], &results[measured], &bad);
            }
            failed += bad > 0;
            good += bad == 0;
        }
    }
    s->guest.free_kib = s->free_kib;
    int status = results_report(s, results, measured, good, failed);
    for (size_t i = 0; i < measured; i++) {
        free(results[i].native_samples.values);
        free(results[i].virt_samples.values);
    }
    json_decref(s->invalid);
    json_decref(s->peers);
    json_decref(s->cells);
    return status;
}
