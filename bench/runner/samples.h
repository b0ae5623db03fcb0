// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Single measurements, for cases whose figure is a distribution. A case may have several series of them.
#ifndef GLACIS_BENCH_RUNNER_SAMPLES_H
#define GLACIS_BENCH_RUNNER_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLES_SERIES_MAX  4
#define SAMPLES_SERIES_NAME 16
#define SAMPLES_COUNT_MAX   4000000

struct samples {
    char series[SAMPLES_SERIES_NAME];
    double *values; // nanoseconds; samples_set_free releases them
    size_t count, capacity;
};

struct samples_set {
    struct samples series[SAMPLES_SERIES_MAX];
    size_t count;
};

// Takes what stands behind `@samples LABEL `: `SERIES freq=HZ VALUE[*COUNT] ...`, values in ticks of HZ.
// Lines of the same series add up; the series `end` is the last one, whichever comes first. Returns NULL, or
// what is wrong with the text.
const char *samples_take(struct samples_set *set, const char *text);

// Adds the samples of `more` to those of `sum`, which may be empty. Returns false if they do not fit, or if
// the two have different series.
bool samples_add(struct samples_set *sum, const struct samples_set *more);

// Sorts by value.
void samples_sort(struct samples *samples);

// The quantile (0 to 1) of sorted samples, of which there is at least one; linear interpolation.
double samples_quantile(const struct samples *samples, double fraction);

// How many sorted samples from `first` on have the same value as that one.
size_t samples_run(const struct samples *samples, size_t first);

void samples_set_free(struct samples_set *set);

#endif
