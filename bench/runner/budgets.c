// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Budgets of overhead (budgets.h).
#include <stdbool.h>
#include <string.h>

#include <bench/runner/budgets.h>
#include <bench/runner/cases.h>

static const struct budget {
    const char *suite, *name;
    enum budget_kind kind;
    double limit;
} budgets[] = {
#define BUDGET(suite, name, kind, limit) {suite, name, kind, limit},
#include <bench/runner/budgets.def>
#undef BUDGET
};

static const struct {
    const char *text, *unit;
    bool instructions; // they are the unit on an emulator alone
} kinds[] = {
    [BUDGET_MEAN_PERCENT] = {"overhead of the mean", " %", false},
    [BUDGET_MEDIAN_PERCENT] = {"overhead of the median", " %", false},
    [BUDGET_MEDIAN_MORE] = {"median above native", "", true},
    [BUDGET_MAX_MORE] = {"maximum above native", "", true},
};

static double measured(const struct case_result *r, enum budget_kind kind) {
    switch (kind) {
    case BUDGET_MEAN_PERCENT:
        return r->overhead.percent;
    case BUDGET_MEDIAN_PERCENT:
        return statistics_overhead_median(&r->native, &r->virt);
    case BUDGET_MEDIAN_MORE:
        return r->virt.median - r->native.median;
    case BUDGET_MAX_MORE:
        break;
    }
    return r->virt.max - r->native.max;
}

static bool applies(const struct config *config, const struct budget *budget, const struct case_result *r) {
    bool icount = strcmp(config->unit, "ticks_1ghz_icount") == 0;
    return strcmp(budget->suite, r->bench_case->suite) == 0 &&
           strcmp(budget->name, r->bench_case->name) == 0 && r->series[0] == '\0' && r->native.n > 0 &&
           r->virt.n > 0 && (icount || !kinds[budget->kind].instructions);
}

size_t budgets_print(const struct config *config, const struct case_result *results, size_t count,
                     FILE *out) {
    size_t exceeded = 0, printed = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t b = 0; b < sizeof(budgets) / sizeof(budgets[0]); b++) {
            const struct budget *budget = &budgets[b];
            if (!applies(config, budget, &results[i])) {
                continue;
            }
            double value = measured(&results[i], budget->kind);
            bool over = !(value <= budget->limit);
            if (printed++ == 0) {
                fprintf(out, "%-30s %-24s %10s %10s\n", "budget", "what", "measured", "at most");
            }
            fprintf(out, "%-30s %-24s %10.6g %10.6g%s%s\n", results[i].bench_case->label,
                    kinds[budget->kind].text, value, budget->limit, kinds[budget->kind].unit,
                    over ? "  over" : "");
            exceeded += over;
        }
    }
    if (printed > 0) {
        fprintf(out, "\n");
    }
    return exceeded;
}
