// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Statistics on GSL. Where both sides repeat exactly, as under icount, the interval is the value itself.
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include <bench/runner/statistics.h>

struct summary statistics_summarise(double *values, size_t n) {
    gsl_sort(values, 1, n);
    return (struct summary){
        .n = n,
        .min = values[0],
        .q1 = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.25),
        .median = gsl_stats_median_from_sorted_data(values, 1, n),
        .mean = gsl_stats_mean(values, 1, n),
        .q3 = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.75),
        .max = values[n - 1],
        .stddev = n > 1 ? gsl_stats_sd(values, 1, n) : 0.0,
    };
}

struct overhead statistics_overhead(const struct summary *native, const struct summary *virt) {
    double ratio = virt->mean / native->mean;
    struct overhead overhead = {.percent = (virt->mean - native->mean) / native->mean * 100.0};
    if (native->n < 2 || virt->n < 2) {
        return overhead;
    }

    // Relative variances of the two means, and Welch-Satterthwaite's degrees of freedom of their sum.
    double a = pow(native->stddev / native->mean, 2.0) / (double)native->n;
    double b = pow(virt->stddev / virt->mean, 2.0) / (double)virt->n;
    double half = 0.0;
    if (a + b > 0.0) {
        double freedom = pow(a + b, 2.0) / (a * a / (double)(native->n - 1) + b * b / (double)(virt->n - 1));
        half = gsl_cdf_tdist_Pinv(0.975, freedom) * ratio * sqrt(a + b) * 100.0;
    }
    overhead.has_ci95 = true;
    overhead.ci95_low = overhead.percent - half;
    overhead.ci95_high = overhead.percent + half;
    return overhead;
}

double statistics_overhead_median(const struct summary *native, const struct summary *virt) {
    return (virt->median - native->median) / native->median * 100.0;
}
