// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Turns the samples that a program printed (bench/suite/cases.def) into lines for the console:
//     @samples CASE SERIES freq=HZ VALUE[*COUNT] ...
// Equal samples that follow each other are one word. Invariant: a program's samples are printed whole, or the
// caller is told why not.
#ifndef GLACIS_BENCH_SUITE_SAMPLES_H
#define GLACIS_BENCH_SUITE_SAMPLES_H

#include <stdio.h>

// Reads `in` to its end and writes the lines for case `label`. Returns NULL, or why there are no samples.
const char *samples_print(const char *label, FILE *in, FILE *out);

#endif
