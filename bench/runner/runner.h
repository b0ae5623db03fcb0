// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A whole run: boots Linux natively and as a guest on the same emulated machine, one case a boot, the two
// sides alternately, and reports the overhead.
#ifndef GLACIS_BENCH_RUNNER_RUNNER_H
#define GLACIS_BENCH_RUNNER_RUNNER_H

#include <stdbool.h>

#include <bench/runner/config.h>

// Measures the chosen cases (cases_choose): progress and errors on stderr, the table on stdout, the results
// in the configured file. Call machine_signals_catch first. Returns the exit status: 0 if every boot of every
// chosen case gave its figure, 1 if one has not, 130 if a signal stopped the run (the results file is then as
// it was).
int runner_run(const struct config *config, const bool *chosen);

#endif
