// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The outcome of a run: the table for people, the JSON for programs.
#ifndef GLACIS_BENCH_RUNNER_RESULTS_H
#define GLACIS_BENCH_RUNNER_RESULTS_H

#include <stdbool.h>
#include <stdio.h>

#include <bench/runner/boots.h>
#include <bench/runner/cases.h>
#include <bench/runner/config.h>
#include <bench/runner/console.h>
#include <bench/runner/samples.h>
#include <bench/runner/statistics.h>

// An object of the results file: a summary, and for samples their quantiles and histogram. Null for a side
// that the suite does not have.
json_t *results_summary(const struct summary *s, const struct samples *samples);

struct case_result {
    const struct bench_case *bench_case;
    char series[SAMPLES_SERIES_NAME];            // of a case with several, all but the first; else empty
    char kernel[65];                             // release of the kernel that ran; empty: not known
    char clock[65];                              // governor and kHz; empty: Linux could not tell
    struct summary native, virt;                 // n = 0: there is no such side
    struct samples native_samples, virt_samples; // sorted; none where the figure is a duration
    struct overhead overhead;
    struct counts counts; // sums over `counts.boots` boots of the guest
    struct boots boots[SIDES];
    uint64_t operations; // measured in these boots; 0: a boot is one
};

// Builds the document (schema 2). `invalid` is the array of runs without a figure (bench/runner/invalid.h),
// or NULL; `peers` that of the peers (bench/runner/peers.h), `cells` the matrix of two VMs
// (bench/runner/interference.h), or NULL. A suite without a guest has an empty
// `kernel` in its configuration; `guest` then tells only the machine's memory. The caller releases it with
// json_decref.
json_t *results_build(const struct config *config, const struct tree_guest *guest,
                      const struct case_result *results, size_t count, const json_t *invalid,
                      const json_t *peers, const json_t *cells);

// Writes the document to the configured file, whole or not at all. Returns false with errno set.
bool results_write(const struct config *config, const struct tree_guest *guest,
                   const struct case_result *results, size_t count, const json_t *invalid,
                   const json_t *peers, const json_t *cells);

// How many cases exceed a budget that is checked.
size_t results_over_budget(const struct config *config, const struct case_result *results, size_t count);

// Prints the table: figures, and what explains them.
void results_print(const struct config *config, const struct tree_guest *guest,
                   const struct case_result *results, size_t count, FILE *out);

#endif
