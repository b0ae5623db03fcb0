// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Table and JSON. Nothing here depends on the time of day or on the machine's speed: equal figures, equal
// bytes.
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <bench/runner/results.h>

// Whole numbers are written as such; JSON has no infinity.
static json_t *number(double value) {
    if (!isfinite(value)) {
        return json_null();
    }
    return value == floor(value) && fabs(value) < 1e15 ? json_integer((json_int_t)value) : json_real(value);
}

// Each value and how often it came, in order.
static json_t *histogram_build(const struct samples *samples) {
    json_t *histogram = json_object();
    for (size_t i = 0, run; i < samples->count; i += run) {
        char value[32];
        run = samples_run(samples, i);
        snprintf(value, sizeof(value), "%.15g", samples->values[i]);
        json_object_set_new(histogram, value, json_integer((json_int_t)run));
    }
    return histogram;
}

json_t *results_summary(const struct summary *s, const struct samples *samples) {
    if (s->n == 0) {
        return json_null();
    }
    json_t *object =
        json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "n", (int)s->n, "min", number(s->min), "q1",
                  number(s->q1), "median", number(s->median), "mean", number(s->mean), "q3", number(s->q3),
                  "max", number(s->max), "stddev", number(s->stddev));
    if (samples->count > 0) {
        json_object_set_new(object, "p99", number(samples_quantile(samples, 0.99)));
        json_object_set_new(object, "p99.9", number(samples_quantile(samples, 0.999)));
        json_object_set_new(object, "histogram", histogram_build(samples));
    }
    return object;
}

// The mean of a sum over boots, rounded to the nearest.
static uint64_t mean(uint64_t sum, unsigned boots) {
    return boots == 0 ? 0 : (sum + boots / 2) / boots;
}

static json_t *counts_build(const char *const *names, const uint64_t *sums, size_t count, unsigned boots) {
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        json_object_set_new(object, names[i], json_integer((json_int_t)mean(sums[i], boots)));
    }
    return object;
}

// Null where there are no two sides to compare, or nothing to divide by.
static json_t *overhead_build(const struct case_result *r) {
    if (r->native.n == 0 || r->virt.n == 0 || r->native.mean == 0.0 || r->native.median == 0.0) {
        return json_null();
    }
    json_t *ci95 = r->overhead.has_ci95
                       ? json_pack("[o, o]", number(r->overhead.ci95_low), number(r->overhead.ci95_high))
                       : json_null();
    json_t *overhead = json_pack("{s:o, s:o}", "value", number(r->overhead.percent), "ci95", ci95);
    if (r->native_samples.count > 0) {
        json_object_set_new(overhead, "median", number(statistics_overhead_median(&r->native, &r->virt)));
    }
    return overhead;
}

// The name in the document: of a further series, with the series behind it.
static void name_write(const struct case_result *r, const char *name, char *text, size_t size) {
    snprintf(text, size, "%s%s%s", name, r->series[0] != '\0' ? "-" : "", r->series);
}

static const char *metric(const struct case_result *r) {
    bool samples = r->native_samples.count > 0 || r->virt_samples.count > 0;
    return r->bench_case->per_tick ? "el2_instructions" : samples ? "latency" : "duration";
}

// Each boot of a side: its seeds, its figure, and the tree that its kernel saw.
static json_t *boots_build(const struct boots *boots) {
    json_t *array = json_array();
    for (size_t i = 0; i < boots->count; i++) {
        const struct boot_value *boot = &boots->list[i];
        json_t *hash = boot->tree_hash[0] != '\0' ? json_string(boot->tree_hash) : json_null();
        json_array_append_new(array, json_pack("{s:i, s:o, s:o}", "seed", (int)boot->seed, "value",
                                               number(boot->value), "tree_sha256", hash));
    }
    return array;
}

static json_t *case_build(const struct config *config, const struct case_result *r) {
    char name[CASE_LABEL_MAX + SAMPLES_SERIES_NAME];
    name_write(r, r->bench_case->name, name, sizeof(name));
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "suite", r->bench_case->suite, "name", name,
        "metric", metric(r), "unit", config->unit, "better", "lower", "native",
        results_summary(&r->native, &r->native_samples), "virt", results_summary(&r->virt, &r->virt_samples),
        "overhead_percent", overhead_build(r), "instructions",
        counts_build(instruction_names, r->counts.instructions, INSTRUCTIONS_COUNT, r->counts.boots), "exits",
        counts_build(exit_names, r->counts.exits, EXITS_COUNT, r->counts.boots));
    if (object != NULL && r->boots[NATIVE].count + r->boots[VIRT].count > 0) {
        json_object_set_new(object, "boots",
                            json_pack("{s:o, s:o}", "native", boots_build(&r->boots[NATIVE]), "virt",
                                      boots_build(&r->boots[VIRT])));
    }
    if (object != NULL && r->operations > 0) {
        json_object_set_new(object, "operations",
                            json_integer((json_int_t)mean(r->operations, r->counts.boots)));
    }
    if (object != NULL && r->clock[0] != '\0') {
        json_object_set_new(object, "clock", json_string(r->clock));
    }
    if (object != NULL && r->kernel[0] != '\0') {
        json_object_set_new(object, "kernel", json_string(r->kernel));
    }
    return object;
}

// Null for a suite without a guest: its configuration names no kernel.
static json_t *guest_build(const struct config *config, const struct tree_guest *guest) {
    if (config->kernel[0] == '\0') {
        return json_null();
    }
    return json_pack("{s:s, s:s, s:s, s:s}", "kernel", config->kernel, "kernel_sha256", config->kernel_sha256,
                     "initrd_sha256", config->initrd_sha256, "cmdline", guest->cmdline);
}

// How the figures came about.
static json_t *method_build(const struct config *config) {
    return json_pack("{s:i, s:i, s:s, s:i, s:s, s:i, s:i}", "boots", config->boots, "first_seed",
                     config->first_seed, "order", config->order_seed == 0 ? "turns" : "random", "order_seed",
                     config->order_seed, "interval", "bootstrap percentile, 95 %", "resamples",
                     BOOTSTRAP_RESAMPLES, "bootstrap_seed", BOOTSTRAP_SEED);
}

// Null when there is no such file; the Makefile's script makes it. Memory that is used before the guest
// begins is what is neither free nor the guest's.
static json_t *footprint_load(const struct config *config, const struct tree_guest *guest) {
    json_t *footprint = config->footprint != NULL ? json_load_file(config->footprint, 0, NULL) : NULL;
    uint64_t taken = guest->memory_mib * 1024 + guest->free_kib,
             all = (uint64_t)config->board_memory_mib * 1024;
    if (footprint != NULL && guest->free_kib > 0 && all > taken) {
        json_object_set_new(footprint, "memory_used_kib", json_integer((json_int_t)(all - taken)));
    }
    return footprint != NULL ? footprint : json_null();
}

json_t *results_build(const struct config *config, const struct tree_guest *guest,
                      const struct case_result *results, size_t count, const json_t *invalid,
                      const json_t *peers, const json_t *cells) {
    json_t *cases = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(cases, case_build(config, &results[i]));
    }
    return json_pack(
        "{s:i, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:I, s:i, s:s, s:s}, s:o, s:o, s:s*, s:o, s:o, s:o, s:o, s:o}",
        "schema", 2, "glacis", "version", config->version, "commit", config->commit, "machine", "board",
        config->board, "emulator", config->emulator, "cpu", config->cpu, "memory_mib",
        (json_int_t)guest->memory_mib, "gic", config->gic, "unit", config->unit, "limits", config->limits,
        "guest", guest_build(config, guest), "method", method_build(config), "repeat", config->repeat,
        "footprint", footprint_load(config, guest), "cases", cases, "invalid",
        invalid != NULL ? json_deep_copy(invalid) : json_array(), "peers",
        peers != NULL ? json_deep_copy(peers) : json_array(), "interference",
        cells != NULL ? json_deep_copy(cells) : json_array());
}

bool results_write(const struct config *config, const struct tree_guest *guest,
                   const struct case_result *results, size_t count, const json_t *invalid,
                   const json_t *peers, const json_t *cells) {
    char temporary[4096];
    snprintf(temporary, sizeof(temporary), "%s.tmp", config->results);
    json_t *document = results_build(config, guest, results, count, invalid, peers, cells);
    FILE *file = fopen(temporary, "w");
    bool written = file != NULL && document != NULL &&
                   json_dumpf(document, file, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0 &&
                   fputc('\n', file) != EOF;
    written = file != NULL && fclose(file) == 0 && written && rename(temporary, config->results) == 0;
    json_decref(document);
    return written;
}

static void explanation_print(const struct case_result *r, FILE *out) {
    const uint64_t *instructions = r->counts.instructions;
    unsigned boots = r->counts.boots;
    char label[CASE_LABEL_MAX + SAMPLES_SERIES_NAME];
    name_write(r, r->bench_case->label, label, sizeof(label));
    fprintf(out, "%-30s", label);
    for (size_t i = 0; i < INSTRUCTIONS_COUNT; i++) {
        fprintf(out, " %13" PRIu64, mean(instructions[i], boots));
    }
    fprintf(out, "  ");
    bool any = false;
    for (size_t i = 0; i < EXITS_COUNT; i++) {
        if (r->counts.exits[i] != 0) {
            fprintf(out, " %s %" PRIu64, exit_names[i], mean(r->counts.exits[i], boots));
            any = true;
        }
    }
    fprintf(out, "%s\n", any ? "" : " none");
}

// The lines of the cases whose figure is a duration; returns how many they are.
static size_t durations_print(const struct case_result *results, size_t count, FILE *out) {
    size_t printed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct case_result *r = &results[i];
        if (r->native_samples.count > 0 || r->operations > 0) {
            continue;
        }
        if (printed++ == 0) {
            fprintf(out, "%-30s %15s %15s %11s  %s\n", "case", "native", "guest", "overhead", "boots");
        }
        fprintf(out, "%-30s %15.0f %15.0f %+9.3f %%  %zu + %zu", r->bench_case->label, r->native.mean,
                r->virt.mean, r->overhead.percent, r->native.n, r->virt.n);
        if (r->overhead.has_ci95 && r->overhead.ci95_low < r->overhead.ci95_high) {
            fprintf(out, "  (95 %%: %+.3f to %+.3f)", r->overhead.ci95_low, r->overhead.ci95_high);
        }
        fprintf(out, "\n");
    }
    return printed;
}

static void distribution_print(const char *label, const char *side, const struct summary *s,
                               const struct samples *samples, FILE *out) {
    if (s->n > 0) {
        fprintf(out, "%-30s %-6s %9zu %9.0f %9.0f %11.1f %9.0f %9.0f %9.0f\n", label, side, s->n, s->min,
                s->median, s->mean, samples_quantile(samples, 0.99), samples_quantile(samples, 0.999),
                s->max);
    }
}

static void distributions_print(const struct case_result *results, size_t count, FILE *out) {
    bool headed = false;
    for (size_t i = 0; i < count; i++) {
        const struct case_result *r = &results[i];
        char label[CASE_LABEL_MAX + SAMPLES_SERIES_NAME];
        if (r->native_samples.count == 0 || r->operations > 0) {
            continue;
        }
        if (!headed) {
            fprintf(out, "%-30s %-6s %9s %9s %9s %11s %9s %9s %9s\n", "latency", "side", "n", "min", "median",
                    "mean", "p99", "p99.9", "max");
            headed = true;
        }
        name_write(r, r->bench_case->label, label, sizeof(label));
        distribution_print(label, "native", &r->native, &r->native_samples, out);
        distribution_print(label, "guest", &r->virt, &r->virt_samples, out);
        if (r->virt.n > 0) {
            fprintf(out, "%-30s %-6s %9s %+9.0f %+8.1f%% %+10.2f%% %9s %9s %+9.0f\n", "", "more", "",
                    r->virt.min - r->native.min, statistics_overhead_median(&r->native, &r->virt),
                    r->overhead.percent, "", "", r->virt.max - r->native.max);
        }
    }
}

static unsigned budget_of(const struct config *config, const struct bench_case *bench_case) {
    return bench_case->budgets[config->gic == 3];
}

// By how many instructions the guest's median is over the case's budget.
static double budget_excess(const struct config *config, const struct case_result *r) {
    unsigned budget = budget_of(config, r->bench_case);
    return budget == 0 ? 0.0 : fmax(0.0, r->virt.median - budget);
}

// Exits of one operation, in hundredths, rounded: the kernel's own timers are not the operation's.
static uint64_t exits_in_hundredths(const struct case_result *r) {
    uint64_t sum = 0;
    for (size_t i = 0; i < EXITS_COUNT; i++) {
        sum += r->counts.exits[i];
    }
    return r->operations == 0 ? 0 : (sum * 100 + r->operations / 2) / r->operations;
}

static bool has_other_exits(const struct case_result *r) {
    return r->bench_case->exits > 0 && exits_in_hundredths(r) != r->bench_case->exits * 100ull;
}

size_t results_over_budget(const struct config *config, const struct case_result *results, size_t count) {
    size_t over = 0;
    for (size_t i = 0; i < count; i++) {
        bool checked = results[i].bench_case->checked >> (config->gic == 3) & 1;
        over += checked && (budget_excess(config, &results[i]) > 0.0 || has_other_exits(&results[i]));
    }
    return over;
}

static void side_print(const char *label, const char *side, const struct summary *s,
                       const struct samples *samples, FILE *out) {
    // A tick has one figure a boot.
    double p99 = samples->count > 0 ? samples_quantile(samples, 0.99) : s->max;
    double p999 = samples->count > 0 ? samples_quantile(samples, 0.999) : s->max;
    fprintf(out, "%-22s %-7s %8.6g %8.6g %8.6g %8.6g %8.6g %8.6g", label, side, s->min, s->median, s->mean,
            p99, p999, s->max);
}

static void operations_print(const struct config *config, const struct case_result *r, FILE *out) {
    const char *label = r->bench_case->label;
    unsigned budget = budget_of(config, r->bench_case);
    double excess = budget_excess(config, r);
    if (r->native.n > 0) {
        side_print(label, "native", &r->native, &r->native_samples, out);
        fprintf(out, "\n");
    }
    side_print(r->native.n > 0 ? "" : label, "guest", &r->virt, &r->virt_samples, out);
    if (budget > 0) {
        fprintf(out, " %8u", budget);
    }
    if (excess > 0.0) {
        fprintf(out, "  over by %.6g", excess);
    }
    fprintf(out, "%s\n", has_other_exits(r) ? "  other exits than budgeted" : "");
}

// What one operation has of a sum over all of them.
static double share(const struct case_result *r, uint64_t sum) {
    return (double)sum / (double)r->operations;
}

static void operations_explain(const struct case_result *r, FILE *out) {
    fprintf(out, "%-30s", r->bench_case->label);
    for (size_t i = 0; i < INSTRUCTIONS_COUNT; i++) {
        fprintf(out, " %13.1f", share(r, r->counts.instructions[i]));
    }
    fprintf(out, "  ");
    for (size_t i = 0; i < EXITS_COUNT; i++) {
        if (r->counts.exits[i] != 0) {
            fprintf(out, " %s %.2f", exit_names[i], share(r, r->counts.exits[i]));
        }
    }
    fprintf(out, "%s\n", exits_in_hundredths(r) == 0 ? " none" : "");
}

static void all_operations_print(const struct config *config, const struct case_result *results, size_t count,
                                 FILE *out) {
    fprintf(out, "one operation; the budget is the guest's median\n");
    fprintf(out, "%-22s %-7s %8s %8s %8s %8s %8s %8s %8s\n", "case", "side", "min", "median", "mean", "p99",
            "p99.9", "max", "budget");
    for (size_t i = 0; i < count; i++) {
        if (results[i].operations > 0) {
            operations_print(config, &results[i], out);
        }
    }
    fprintf(out, "\nwhere the guest's instructions of one operation went, and its exits by cause\n");
    fprintf(out, "%-30s %13s %13s %13s %13s   exits\n", "case", "guest user", "guest kernel", "VMM",
            "kernel");
    for (size_t i = 0; i < count; i++) {
        if (results[i].operations > 0) {
            operations_explain(&results[i], out);
        }
    }
}

void results_print(const struct config *config, const struct tree_guest *guest,
                   const struct case_result *results, size_t count, FILE *out) {
    bool icount = strcmp(config->unit, "ticks_1ghz_icount") == 0;
    fprintf(out, "\n%s, %s, %s, GICv%d, %" PRIu64 " MiB, %s%s\n", config->board, config->emulator,
            config->cpu, config->gic, guest->memory_mib, config->of_suite ? "" : "Linux ", config->kernel);
    size_t operations = 0;
    for (size_t i = 0; i < count; i++) {
        operations += results[i].operations > 0;
    }
    fprintf(out, "%sin %s\n", operations == count ? "" : "mean of each side, ",
            icount ? "instructions (ticks of 1 GHz, one an instruction)" : "nanoseconds");
    fprintf(out, "%s\n\n", config->limits);

    if (operations > 0) {
        all_operations_print(config, results, count, out);
        fprintf(out, "\n");
    }
    if (operations == count) {
        return;
    }
    if (durations_print(results, count, out) > 0) {
        fprintf(out, "\n");
    }
    distributions_print(results, count, out);

    fprintf(out, "\nwhere the guest's instructions went, and its exits to the kernel by cause\n");
    fprintf(out, "%-30s %13s %13s %13s %13s   exits\n", "case", "guest user", "guest kernel", "VMM",
            "kernel");
    for (size_t i = 0; i < count; i++) {
        if (results[i].counts.boots > 0 && results[i].operations == 0 && results[i].series[0] == '\0') {
            explanation_print(&results[i], out);
        }
    }
    fprintf(out, "\n");
}
