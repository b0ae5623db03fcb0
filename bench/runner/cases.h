// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The cases that can be measured, from bench/suite/cases.def and bench/runner/micro.def, and the user's
// choice among them.
#ifndef GLACIS_BENCH_RUNNER_CASES_H
#define GLACIS_BENCH_RUNNER_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASES_MAX      96
#define CASE_LABEL_MAX 64

// GIC versions.
enum case_check { UNCHECKED = 0, CHECKED_GICV3 = 2, CHECKED = 3 };

struct bench_case {
    const char *suite;
    const char *name;
    const char *
        label; // how the guest's programs and the user call it: suite-name, or the one word if both are equal
    bool samples;       // the figures are samples that it prints, not how long it takes
    const char *device; // what the device tree must have for it (TREE_LOOPBACK), or NULL
    // Of the cases of micro.def; 0 and false for the others.
    bool guest_only;     // there is no native side
    bool per_tick;       // the figure is the kernel's instructions for each of the ticks that are reported
    int gic;             // the one GIC version that has it; 0: both have
    unsigned budgets[2]; // instructions on GICv2, on GICv3; 0: none
    unsigned exits;      // of one operation, exactly; 0: any number
    unsigned checked;    // enum case_check: where exceeding the budget is an error with CHECK=1
    // Of those of cases.def.
    uint64_t checksum; // that it prints when it has done its work; 0: it prints none
    bool matrix;       // that of bench/runner/interference.h, with boots of its own
};

// All cases, in the order of the table; *count gets their number.
const struct bench_case *cases_all(size_t *count);

// The case of that label, or NULL.
const struct bench_case *cases_find(const char *label);

// Whether the machine has what the case measures.
static inline bool case_fits(const struct bench_case *bench_case, int gic) {
    return bench_case->gic == 0 || bench_case->gic == gic;
}

// Marks in `chosen` (CASES_MAX entries) the cases that `words` names: suites or labels, separated by blanks
// or commas; none at all means every case. Returns false for an unknown word, which is copied to `unknown`.
bool cases_choose(const char *words, bool *chosen, char unknown[CASE_LABEL_MAX]);

#endif
