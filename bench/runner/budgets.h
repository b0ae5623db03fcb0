// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Budgets: what a guest may cost more than the native run (budgets.def). Those of single operations, which
// have no native side, stand in micro.def.
#ifndef GLACIS_BENCH_RUNNER_BUDGETS_H
#define GLACIS_BENCH_RUNNER_BUDGETS_H

#include <stdio.h>

#include <bench/runner/results.h>

enum budget_kind {
    BUDGET_MEAN_PERCENT,   // overhead of the means, per cent
    BUDGET_MEDIAN_PERCENT, // overhead of the medians, per cent
    BUDGET_MEDIAN_MORE,    // guest's median less the native one, instructions; not on a board
    BUDGET_MAX_MORE,       // guest's maximum less the native one, instructions; not on a board
};

// Prints each budget of the results with what was measured, if there is any, and returns how many are
// exceeded. A case that was not measured, or on one side only, has none.
size_t budgets_print(const struct config *config, const struct case_result *results, size_t count, FILE *out);

#endif
