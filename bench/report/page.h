// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The HTML page: its sections, in their order.
#ifndef GLACIS_BENCH_REPORT_PAGE_H
#define GLACIS_BENCH_REPORT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include <bench/report/data.h>
#include <bench/report/plot.h>

// Writes the whole page; the plots are drawn. Returns false after saying why on stderr when a plot cannot be
// embedded.
bool page_write(const struct data *data, const struct plots *plots, FILE *out);

// Sections of cases (page_cases.c): each suite with its tables and plots.
bool page_write_suites(const struct data *data, const struct plots *plots, FILE *out);

// Columns beside ours, where other hypervisors ran.
void page_write_peers(const struct data *data, FILE *out);

#endif
