// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The matrix of two VMs on one core: its figures, as tables and for programs.
#ifndef GLACIS_BENCH_REPORT_MATRIX_H
#define GLACIS_BENCH_REPORT_MATRIX_H

#include <stdbool.h>
#include <stdio.h>

#include <bench/report/data.h>

enum matrix_quantity { MATRIX_SLOWDOWN, MATRIX_OVERHEAD, MATRIX_WAITING, MATRIX_BUSY, MATRIX_QUANTITIES };

// What the quantity is, for people, without its unit; and whether it is a latency, in the unit of the
// results, or per cent.
const char *matrix_title(enum matrix_quantity quantity);
bool matrix_is_latency(enum matrix_quantity quantity);

// The quantity's figure in a cell, of a latency the 99th percentile. False if the cell has none.
bool matrix_value(const struct data_cell *cell, enum matrix_quantity quantity, double *value);

// The tables: for each quantity VMs and neighbours against slices, coloured by their values; then all
// figures.
void matrix_write_tables(const struct data *data, FILE *out);

// A line for each cell (RFC 4180).
void matrix_write_csv(const struct data *data, FILE *out);

#endif
