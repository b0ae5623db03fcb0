// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Runs that gave no figure: none is left out of the report.
#ifndef GLACIS_BENCH_RUNNER_INVALID_H
#define GLACIS_BENCH_RUNNER_INVALID_H

#include <stdio.h>

#include <jansson.h>

#include <bench/runner/boots.h>
#include <bench/runner/cases.h>
#include <bench/runner/config.h>
#include <bench/runner/console.h>
#include <bench/runner/machine.h>

// Writes what went wrong with a boot of a case, in one line. bench_case is NULL for a boot that fetches the
// tree. Returns false if nothing did.
bool invalid_describe(const struct config *config, const struct bench_case *bench_case,
                      const struct machine_run *run, const struct boot_report *report, enum side side,
                      char *text, size_t size);

// Adds a run to the array: which one, why, and the console's last lines. `seed` below 0: it is not known or
// does not matter; `run` may be NULL. What is not printable in a line becomes a question mark.
void invalid_add(json_t *invalid, const struct bench_case *bench_case, const char *side, int seed,
                 const char *reason, const struct machine_run *run);

// Prints one line of a console, in the same way; and its last lines.
void invalid_line_print(const char *line, FILE *out);
void invalid_tail_print(const struct machine_run *run, FILE *out);

#endif
