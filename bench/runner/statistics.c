// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Statistics on GSL. Where both sides repeat exactly, the interval is the value itself.
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>
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

// The ratio in per cent above 1; of equal sums it is 0 to the digit.
static double percent_over(double virt, double native) {
    return (virt - native) / native * 100.0;
}

// One resample of the overhead: boots drawn with replacement, as many as there are.
static double resample(gsl_rng *random, const double *native, size_t native_count, const double *virt,
                       size_t virt_count, bool paired) {
    double native_sum = 0.0, virt_sum = 0.0;
    for (size_t i = 0; i < native_count; i++) {
        size_t drawn = gsl_rng_uniform_int(random, native_count);
        native_sum += native[drawn];
        virt_sum += paired ? virt[drawn] : 0.0;
    }
    for (size_t i = 0; !paired && i < virt_count; i++) {
        virt_sum += virt[gsl_rng_uniform_int(random, virt_count)];
    }
    return percent_over(virt_sum / (double)virt_count, native_sum / (double)native_count);
}

struct overhead statistics_overhead(const double *native, size_t native_count, const double *virt,
                                    size_t virt_count, bool paired) {
    struct overhead overhead = {.percent = percent_over(gsl_stats_mean(virt, 1, virt_count),
                                                        gsl_stats_mean(native, 1, native_count))};
    if (native_count < 2 || virt_count < 2) {
        return overhead;
    }
    static double resamples[BOOTSTRAP_RESAMPLES];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, BOOTSTRAP_SEED);
    for (size_t i = 0; i < BOOTSTRAP_RESAMPLES; i++) {
        resamples[i] =
            resample(random, native, native_count, virt, virt_count, paired && native_count == virt_count);
    }
    gsl_rng_free(random);
    gsl_sort(resamples, 1, BOOTSTRAP_RESAMPLES);
    overhead.has_ci95 = true;
    overhead.ci95_low = gsl_stats_quantile_from_sorted_data(resamples, 1, BOOTSTRAP_RESAMPLES, 0.025);
    overhead.ci95_high = gsl_stats_quantile_from_sorted_data(resamples, 1, BOOTSTRAP_RESAMPLES, 0.975);
    return overhead;
}

double statistics_overhead_median(const struct summary *native, const struct summary *virt) {
    return percent_over(virt->median, native->median);
}

double statistics_effect(const double *before, size_t before_count, const double *after, size_t after_count) {
    double difference = gsl_stats_mean(after, 1, after_count) - gsl_stats_mean(before, 1, before_count);
    double squares = gsl_stats_variance(before, 1, before_count) * (double)(before_count - 1) +
                     gsl_stats_variance(after, 1, after_count) * (double)(after_count - 1);
    double deviation = sqrt(squares / (double)(before_count + after_count - 2));
    return difference == 0.0 ? 0.0 : difference / deviation;
}
