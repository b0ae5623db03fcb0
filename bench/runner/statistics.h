// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Statistics of boots: a summary of one side, how one side stands to the other, and how two runs differ.
#ifndef GLACIS_BENCH_RUNNER_STATISTICS_H
#define GLACIS_BENCH_RUNNER_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

// Every interval comes from this many resamples and this seed of GSL's mt19937, so that the same figures have
// the same interval.
#define BOOTSTRAP_RESAMPLES 10000
#define BOOTSTRAP_SEED      1

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

// The overhead of virt over native, each figure a boot's, and the 95 % interval of the ratio of the two
// means: the bootstrap's percentiles. `paired` (needs as many boots of both): boots of one index have the
// same seeds on both sides and are drawn together. At least one boot a side; the mean of native must not be
// 0.
struct overhead statistics_overhead(const double *native, size_t native_count, const double *virt,
                                    size_t virt_count, bool paired);

// How much higher the median of virt is than that of native, in per cent; native.median must not be 0.
double statistics_overhead_median(const struct summary *native, const struct summary *virt);

// Cohen's d of two sets of at least two values: the difference of the means in pooled standard deviations. 0
// when the means are equal, an infinity when they differ and neither set has a spread.
double statistics_effect(const double *before, size_t before_count, const double *after, size_t after_count);

#endif
