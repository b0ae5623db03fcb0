// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Statistics of a few boots: a summary of one side, and the overhead of one side over the other.
#ifndef GLACIS_BENCH_RUNNER_STATISTICS_H
#define GLACIS_BENCH_RUNNER_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct summary {
    size_t n;
    double min, q1, median, mean, q3, max;
    double stddev; // of the sample (n - 1); 0 when n is 1
};

struct overhead {
    double percent; // (virt.mean - native.mean) / native.mean, in per cent
    bool has_ci95;  // false with a single boot on a side: nothing is known about the spread
    double ci95_low, ci95_high;
};

// Summarises n >= 1 values. The array is sorted in place.
struct summary statistics_summarise(double *values, size_t n);

// The overhead of virt over native, with the 95 % confidence interval of the ratio of the two means: first
// order (delta method), Student's t with Welch's degrees of freedom. native.mean must not be 0.
struct overhead statistics_overhead(const struct summary *native, const struct summary *virt);

// How much higher the median of virt is than that of native, in per cent; native.median must not be 0.
double statistics_overhead_median(const struct summary *native, const struct summary *virt);

#endif
