// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What stands beside the page for programs, and the table on the terminal.
#ifndef GLACIS_BENCH_REPORT_EXPORTS_H
#define GLACIS_BENCH_REPORT_EXPORTS_H

#include <stdio.h>

#include <bench/report/data.h>

// A line for each side of each case; one for each boot (RFC 4180).
void exports_write_cases_csv(const struct data *data, FILE *out);
void exports_write_boots_csv(const struct data *data, FILE *out);

// JUnit: a test for each case, which fails for each of its runs without a figure, and one for each bound of
// the verdict, which is skipped when it was not measured.
void exports_write_junit(const struct data *data, FILE *out);

// The verdict and the overheads, for a terminal.
void exports_write_terminal(const struct data *data, FILE *out);

#endif
