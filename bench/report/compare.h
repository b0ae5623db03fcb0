// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Two results files compared: what became slower.
#ifndef GLACIS_BENCH_REPORT_COMPARE_H
#define GLACIS_BENCH_REPORT_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include <bench/report/data.h>

struct change {
    double percent; // by how much the guest's mean is higher than in the baseline
    bool has_ci95;
    double ci95_low, ci95_high; // of `percent`
    bool has_effect;
    double effect; // Cohen's d; infinite when there is no spread
    bool has_points;
    double points;  // by how many percentage points the overhead over native is higher
    bool regressed; // more than the bound, and the interval, where there is one, does not reach down to 0
};

// Compares a case's guest side in two runs; both have one. `bound` in per cent.
struct change compare_case(const struct data_case *before, const struct data_case *after, double bound);

// Whether the two were measured on the same kind of machine; false with the reason in `error`.
bool compare_fits(const struct data *before, const struct data *after, char *error, size_t error_size);

// Prints a line for each case of both files, and what only one of them has. Returns the number of
// regressions: cases that regressed, and cases of the baseline that were tried and have no figure now.
size_t compare_print(const struct data *before, const struct data *after, double bound, FILE *out);

#endif
