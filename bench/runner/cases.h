// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The cases that can be measured, from bench/suite/cases.def, and the user's choice among them.
#ifndef GLACIS_BENCH_RUNNER_CASES_H
#define GLACIS_BENCH_RUNNER_CASES_H

#include <stdbool.h>
#include <stddef.h>

#define CASES_MAX      64
#define CASE_LABEL_MAX 64

struct bench_case {
    const char *suite;
    const char *name;
    const char *
        label; // how the guest's programs and the user call it: suite-name, or the one word if both are equal
    bool samples;       // the figures are samples that it prints, not how long it takes
    const char *device; // what the device tree must have for it (TREE_LOOPBACK), or NULL
};

// All cases, in the order of the table; *count gets their number.
const struct bench_case *cases_all(size_t *count);

// Marks in `chosen` (CASES_MAX entries) the cases that `words` names: suites or labels, separated by blanks
// or commas; none at all means every case. Returns false for an unknown word, which is copied to `unknown`.
bool cases_choose(const char *words, bool *chosen, char unknown[CASE_LABEL_MAX]);

#endif
