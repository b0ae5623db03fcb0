// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What is drawn: the report's plots, written to the script.
#ifndef GLACIS_BENCH_REPORT_FIGURES_H
#define GLACIS_BENCH_REPORT_FIGURES_H

#include <bench/report/data.h>
#include <bench/report/plot.h>

// The sections of plots that are not of a suite.
#define FIGURES_VERDICT      "verdict"
#define FIGURES_INTERFERENCE "interference"

// Writes all plots. Those of a suite stand in the section "suite NAME".
void figures_write(const struct data *data, struct plots *plots);

// Whether the cases of a suite are single operations, whose overhead in per cent says nothing (the native
// side is a few instructions): they are compared by their medians.
bool figures_are_operations(const struct data *data, const char *suite);

// The suites of the data, in their order. Returns how many there are, at most `most`.
size_t figures_suites(const struct data *data, const char **suites, size_t most);

#endif
