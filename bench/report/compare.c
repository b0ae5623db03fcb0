// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See compare.h. The guest's boots are compared, in pairs where both runs have the same seeds.
#include <math.h>
#include <string.h>

#include <bench/report/compare.h>

static void values_get(const struct boots *boots, double values[BOOTS_MAX]) {
    for (size_t i = 0; i < boots->count; i++) {
        values[i] = boots->list[i].value;
    }
}

struct change compare_case(const struct data_case *before, const struct data_case *after, double bound) {
    double old_values[BOOTS_MAX], new_values[BOOTS_MAX];
    const struct boots *old_boots = &before->boots[VIRT], *new_boots = &after->boots[VIRT];
    double old_mean = before->side[VIRT].summary.mean, new_mean = after->side[VIRT].summary.mean;
    struct change change = {.percent = new_mean == old_mean ? 0.0 : (new_mean - old_mean) / old_mean * 100.0};
    if (old_boots->count > 1 && new_boots->count > 1 && old_mean != 0.0) {
        struct overhead over = boots_overhead(old_boots, new_boots);
        values_get(old_boots, old_values);
        values_get(new_boots, new_values);
        change.has_ci95 = over.has_ci95;
        change.ci95_low = over.ci95_low;
        change.ci95_high = over.ci95_high;
        change.has_effect = true;
        change.effect = statistics_effect(old_values, old_boots->count, new_values, new_boots->count);
    }
    change.has_points = before->has_overhead && after->has_overhead && before->operations == 0.0;
    change.points = change.has_points ? after->overhead - before->overhead : 0.0;
    change.regressed = change.percent > bound && (!change.has_ci95 || change.ci95_low > 0.0);
    return change;
}

bool compare_fits(const struct data *before, const struct data *after, char *error, size_t error_size) {
    const struct {
        const char *name, *before, *after;
    } members[] = {
        {"machine.board", before->board, after->board},
        {"machine.cpu", before->cpu, after->cpu},
        {"machine.unit", before->unit, after->unit},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (strcmp(members[i].before, members[i].after) != 0) {
            snprintf(error, error_size, "%s is \"%s\" in the baseline and \"%s\" here", members[i].name,
                     members[i].before, members[i].after);
            return false;
        }
    }
    if (before->gic != after->gic || before->memory_mib != after->memory_mib) {
        snprintf(error, error_size, "GICv%.0f and %.0f MiB in the baseline, GICv%.0f and %.0f MiB here",
                 before->gic, before->memory_mib, after->gic, after->memory_mib);
        return false;
    }
    return true;
}

static void change_print(const char *label, const struct data_case *before, const struct data_case *after,
                         const struct change *change, FILE *out) {
    char interval[64] = "-", effect[32] = "-", points[32] = "-";
    if (change->has_ci95) {
        snprintf(interval, sizeof(interval), "%+.3f to %+.3f", change->ci95_low, change->ci95_high);
    }
    if (change->has_effect && isfinite(change->effect)) {
        snprintf(effect, sizeof(effect), "%+.2f", change->effect);
    } else if (change->has_effect) {
        snprintf(effect, sizeof(effect), "no spread");
    }
    if (change->has_points) {
        snprintf(points, sizeof(points), "%+.3f", change->points);
    }
    fprintf(out, "%-26s %15.1f %15.1f %+9.3f %% %20s %10s %9s%s\n", label, before->side[VIRT].summary.mean,
            after->side[VIRT].summary.mean, change->percent, interval, effect, points,
            change->regressed ? "  REGRESSED" : "");
}

// Whether a case was tried in this run and gave no figure.
static bool was_invalid(const struct data *data, const struct data_case *c) {
    for (size_t i = 0; i < json_array_size(data->invalid); i++) {
        const json_t *run = json_array_get(data->invalid, i);
        if (strcmp(json_string_value(json_object_get(run, "suite")), c->suite) == 0 &&
            strcmp(json_string_value(json_object_get(run, "name")), c->name) == 0) {
            return true;
        }
    }
    return false;
}

static bool texts_differ(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) != 0;
}

size_t compare_print(const struct data *before, const struct data *after, double bound, FILE *out) {
    size_t regressed = 0;
    fprintf(out, "the guest's means in %s against the baseline (commit %.12s); bound %g %%\n",
            data_unit_name(after), before->commit, bound);
    if (texts_differ(before->kernel_sha256, after->kernel_sha256) ||
        texts_differ(before->initrd_sha256, after->initrd_sha256)) {
        fprintf(out, "note: the guest's kernel or initrd is another one than in the baseline\n");
    }
    fprintf(out, "%-26s %15s %15s %11s %20s %10s %9s\n", "case", "baseline", "now", "change", "95 % interval",
            "Cohen's d", "overhead");
    for (size_t i = 0; i < before->case_count; i++) {
        const struct data_case *b = &before->cases[i], *a = data_find(after, b->suite, b->name);
        if (b->side[VIRT].summary.n == 0) {
            continue;
        }
        if (a != NULL && a->side[VIRT].summary.n > 0) {
            struct change change = compare_case(b, a, bound);
            change_print(b->label, b, a, &change, out);
            regressed += change.regressed;
        } else if (was_invalid(after, b)) {
            fprintf(out, "%-26s %15.1f %15s  REGRESSED: it gives no figure\n", b->label,
                    b->side[VIRT].summary.mean, "-");
            regressed++;
        }
    }
    for (size_t i = 0; i < after->case_count; i++) {
        const struct data_case *a = &after->cases[i];
        if (data_find(before, a->suite, a->name) == NULL) {
            fprintf(out, "%-26s %15s  not in the baseline\n", a->label, "-");
        }
    }
    fprintf(out, "%zu regressions\n", regressed);
    return regressed;
}
