// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The matrix of two VMs. Invariant: a boot gives cells for all VMs that run in it, or none and a reason.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bench/runner/cases.h>
#include <bench/runner/interference.h>
#include <bench/runner/invalid.h>
#include <bench/runner/results.h>
#include <bench/runner/statistics.h>

#define PREPARE_LIMIT 120.0

enum { ALONE_BOOTS = INTERFERENCE_VMS }; // boot i has VM i alone
const char *const interference_boots[INTERFERENCE_BOOTS] = {"alone-one", "alone-two", "idle", "compute",
                                                            "flood"};
const char *const interference_vms[INTERFERENCE_VMS] = {"one", "two"};

void interference_report_free(struct interference_report *report) {
    for (size_t i = 0; i < INTERFERENCE_VMS; i++) {
        samples_set_free(&report->vm[i].samples);
    }
}

// The first failure is the cause; later ones follow from it.
static void fail(struct interference_report *report, const char *what, const char *line) {
    if (report->failure[0] == '\0') {
        snprintf(report->failure, sizeof(report->failure), "%s%.200s", what, line);
    }
}

static bool work_take(struct interference_vm *vm, const char *text) {
    uint64_t work, away, owed, gaps, interrupts, frequency;
    int length = 0;
    if (sscanf(text,
               "work=%" SCNu64 " away=%" SCNu64 " owed=%" SCNu64 " gaps=%" SCNu64 " flood=%" SCNu64
               " freq=%" SCNu64 "%n",
               &work, &away, &owed, &gaps, &interrupts, &frequency, &length) != 6 ||
        text[length] != '\0' || frequency == 0 || vm->has_work || owed > away || away >= work) {
        return false;
    }
    double scale = 1e9 / (double)frequency;
    vm->has_work = true;
    vm->work = (double)work * scale;
    vm->away = (double)away * scale;
    vm->owed = (double)owed * scale;
    vm->interrupts = interrupts;
    return true;
}

// Returns what stands behind the word when the line begins with it, or NULL.
static const char *after(const char *line, const char *word) {
    size_t length = strlen(word);
    return strncmp(line, word, length) == 0 ? line + length : NULL;
}

void interference_line_take(struct interference_report *report, const char *line) {
    for (size_t i = 0; i < INTERFERENCE_VMS; i++) {
        char prefix[16];
        snprintf(prefix, sizeof(prefix), "[%s] ", interference_vms[i]);
        const char *rest = after(line, prefix), *text;
        if (rest == NULL) {
            continue;
        }
        if ((text = after(rest, "@interference ")) != NULL) {
            if (!work_take(&report->vm[i], text)) {
                fail(report, "malformed: ", rest);
            }
        } else if ((text = after(rest, "@samples interference ")) != NULL) {
            if (samples_take(&report->vm[i].samples, text) != NULL) {
                fail(report, "malformed: ", rest);
            }
        } else if ((text = after(rest, "@fail interference ")) != NULL ||
                   (text = after(rest, "FAIL ")) != NULL) {
            fail(report, text, "");
        }
    }
}

static struct samples *series_of(struct interference_vm *vm, const char *name) {
    for (size_t i = 0; i < vm->samples.count; i++) {
        if (strcmp(vm->samples.series[i].series, name) == 0 && vm->samples.series[i].count > 0) {
            return &vm->samples.series[i];
        }
    }
    return NULL;
}

static json_t *latency_build(struct interference_vm *vm, const char *series) {
    struct samples *samples = series_of(vm, series);
    if (samples == NULL) {
        return json_null();
    }
    samples_sort(samples);
    struct summary summary = statistics_summarise(samples->values, samples->count);
    return results_summary(&summary, samples);
}

json_t *interference_cell(const char *vm, const char *neighbour, double slice_us,
                          struct interference_vm *figures, const struct interference_vm *alone,
                          uint64_t interrupts) {
    json_t *cell =
        json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:o, s:o}", "vm", vm, "neighbour", neighbour, "slice_ms",
                  slice_us / 1000.0, "work", figures->work, "neighbours_slices", figures->owed,
                  "share_percent", 100.0 * (figures->work - figures->away) / figures->work, "latency",
                  latency_build(figures, "waiting"), "latency_busy", latency_build(figures, "busy"));
    if (alone != NULL) {
        json_object_set_new(cell, "slowdown_percent", json_real(100.0 * (figures->work / alone->work - 1.0)));
        json_object_set_new(cell, "overhead_percent",
                            json_real(100.0 * ((figures->work - figures->owed) / alone->work - 1.0)));
        json_object_set_new(cell, "neighbours_interrupts", json_integer((json_int_t)interrupts));
    }
    return cell;
}

// --- boots

static const json_t *slices_get(const struct config *config) {
    return json_object_get(json_object_get(json_object_get(config->root, "suites"), INTERFERENCE_SUITE),
                           "slices_us");
}

size_t interference_boots_count(const struct config *config) {
    return INTERFERENCE_BOOTS * json_array_size(slices_get(config));
}

struct console {
    struct interference_report *report;
    bool shown;
};

static bool line_take(void *context, const char *line) {
    const struct console *console = context;
    if (console->shown) {
        invalid_line_print(line, stderr);
    }
    interference_line_take(console->report, line);
    return true;
}

static bool line_ignore(void *context, const char *line) {
    (void)context;
    (void)line;
    return true;
}

static bool runs_in(size_t vm, size_t boot) {
    return boot >= ALONE_BOOTS || boot == vm;
}

// What went wrong with a boot, in `text`; false if nothing did.
static bool failure_describe(const struct config *config, size_t boot, const struct machine_run *run,
                             struct interference_report *report, char *text, size_t size) {
    if (run->end == MACHINE_TIMED_OUT) {
        snprintf(text, size,
                 "no end after %d s: the machine hangs, or this computer is slow (make bench BENCH_LIMIT=S)",
                 config->time_limit);
        return true;
    }
    if (report->failure[0] != '\0') {
        snprintf(text, size, "%s", report->failure);
        return true;
    }
    if (run->end != MACHINE_ENDED) {
        snprintf(text, size, "the emulator ended with wait status 0x%x", (unsigned)run->status);
        return true;
    }
    for (size_t i = 0; i < INTERFERENCE_VMS; i++) {
        struct interference_vm *vm = &report->vm[i];
        if (runs_in(i, boot) &&
            (!vm->has_work || series_of(vm, "busy") == NULL || series_of(vm, "waiting") == NULL)) {
            snprintf(text, size, "VM %s did not print all of its figures", interference_vms[i]);
            return true;
        }
    }
    return false;
}

static bool boot_prepare(const struct config *config, const struct interference_hooks *hooks,
                         const char *label) {
    static struct machine_run run;
    static struct command command;
    for (size_t i = 0; i < json_array_size(config->prepare); i++) {
        const char *template = json_string_value(json_array_get(config->prepare, i));
        if (template == NULL || !command_expand(template, label, NULL, &command)) {
            hooks->failed(hooks->context, label, "preparation", "its prepare command cannot be used", NULL);
            return false;
        }
        machine_run(command.argv, PREPARE_LIMIT, line_ignore, NULL, &run);
        if (run.end == MACHINE_INTERRUPTED) {
            return false;
        }
        if (run.end != MACHINE_ENDED) {
            hooks->failed(hooks->context, label, "preparation", template, &run);
            return false;
        }
    }
    return true;
}

static bool boot_run(const struct config *config, const struct interference_hooks *hooks, size_t boot,
                     const char *label, struct interference_report *report) {
    static struct machine_run run;
    static struct command command;
    struct console console = {report, config->verbose};
    char text[512];
    hooks->progress(hooks->context, label, "preparation");
    if (!boot_prepare(config, hooks, label)) {
        return false;
    }
    hooks->progress(hooks->context, label, "guest");
    if (!command_expand(config->virt, label, NULL, &command)) {
        hooks->failed(hooks->context, label, "guest", "its command in the configuration cannot be used",
                      NULL);
        return false;
    }
    machine_run(command.argv, config->time_limit, line_take, &console, &run);
    hooks->booted(hooks->context, run.seconds);
    if (run.end == MACHINE_INTERRUPTED) {
        return false;
    }
    if (failure_describe(config, boot, &run, report, text, sizeof(text))) {
        hooks->failed(hooks->context, label, "guest", text, &run);
        return false;
    }
    return true;
}

static void cells_add(json_t *cells, size_t boot, double slice_us, struct interference_report *report,
                      const struct interference_report *alone) {
    for (size_t i = 0; i < INTERFERENCE_VMS; i++) {
        if (!runs_in(i, boot)) {
            continue;
        }
        bool is_alone = boot < ALONE_BOOTS;
        const struct interference_vm *before = &alone[i].vm[i];
        json_array_append_new(cells, interference_cell(interference_vms[i],
                                                       is_alone ? "alone" : interference_boots[boot],
                                                       slice_us, &report->vm[i], is_alone ? NULL : before,
                                                       report->vm[!i].interrupts));
    }
}

// The boots of one slice.
static size_t slice_measure(const struct config *config, const struct interference_hooks *hooks,
                            unsigned slice_us, json_t *cells) {
    struct interference_report reports[INTERFERENCE_BOOTS];
    size_t failed = 0;
    memset(reports, 0, sizeof(reports));
    for (size_t boot = 0; boot < INTERFERENCE_BOOTS && machine_signal() == 0; boot++) {
        char label[CASE_LABEL_MAX];
        snprintf(label, sizeof(label), INTERFERENCE_SUITE "-%s-%u", interference_boots[boot], slice_us);
        bool comparable = boot < ALONE_BOOTS || (reports[0].vm[0].has_work && reports[1].vm[1].has_work);
        if (!comparable) {
            hooks->failed(hooks->context, label, "guest", "there is no figure of the VMs alone", NULL);
            failed++;
        } else if (boot_run(config, hooks, boot, label, &reports[boot])) {
            cells_add(cells, boot, slice_us, &reports[boot], reports);
        } else {
            reports[boot].vm[0].has_work = reports[boot].vm[1].has_work = false;
            failed++;
        }
    }
    for (size_t boot = 0; boot < INTERFERENCE_BOOTS; boot++) {
        interference_report_free(&reports[boot]);
    }
    return failed;
}

size_t interference_measure(const struct config *config, struct config *suite,
                            const struct interference_hooks *hooks, json_t *cells) {
    const json_t *slices = slices_get(config);
    size_t failed = 0;
    char error[256] = "member \"slices_us\" of the suite must be an array of numbers";
    if (!config_suite(config, INTERFERENCE_SUITE, suite, error, sizeof(error)) ||
        json_array_size(slices) == 0) {
        *suite = *config;
        hooks->failed(hooks->context, INTERFERENCE_SUITE, "preparation", error, NULL);
        return 1;
    }
    for (size_t i = 0; i < json_array_size(slices) && machine_signal() == 0; i++) {
        json_int_t slice_us = json_integer_value(json_array_get(slices, i));
        if (slice_us < 1 || slice_us > INTERFERENCE_SLICE_MAX) {
            hooks->failed(hooks->context, INTERFERENCE_SUITE, "preparation",
                          "slices_us in the configuration must be whole numbers from 1 to 100000", NULL);
            failed++;
        } else {
            failed += slice_measure(suite, hooks, (unsigned)slice_us, cells);
        }
    }
    return failed;
}

static double number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

void interference_print(const json_t *cells, FILE *out) {
    if (json_array_size(cells) == 0) {
        return;
    }
    fprintf(out, "two VMs on one core, round robin; share: of the core; beyond: slower than alone, without "
                 "the neighbour's "
                 "slices; latency of the timer\n");
    fprintf(out, "%-4s %-9s %8s %10s %8s %10s %12s %11s %11s %11s\n", "VM", "neighbour", "slice ms",
            "slowdown %", "share %", "beyond %", "busy median", "busy max", "WFI median", "WFI max");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i), *busy = json_object_get(cell, "latency_busy"),
                     *waiting = json_object_get(cell, "latency");
        fprintf(out, "%-4s %-9s %8g %10.3f %8.3f %10.3f %12.0f %11.0f %11.0f %11.0f\n",
                json_string_value(json_object_get(cell, "vm")),
                json_string_value(json_object_get(cell, "neighbour")), number_of(cell, "slice_ms"),
                number_of(cell, "slowdown_percent"), number_of(cell, "share_percent"),
                number_of(cell, "overhead_percent"), number_of(busy, "median"), number_of(busy, "max"),
                number_of(waiting, "median"), number_of(waiting, "max"));
    }
    fprintf(out, "\n");
}
