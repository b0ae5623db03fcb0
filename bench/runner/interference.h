// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Two VMs on one core (systems/interference): what each has while the other one is off, idles, computes, or
// takes as many interrupts as it can, for each time slice. The suite's configuration has
//     slices_us       array: the slices, in microseconds
//     prepare, virt   as any suite's; {case} is interference-NEIGHBOUR-SLICE, NEIGHBOUR one of
//                     interference_boots
// What the guests print is described in guests/bare/modes_interference.c.
#ifndef GLACIS_BENCH_RUNNER_INTERFERENCE_H
#define GLACIS_BENCH_RUNNER_INTERFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include <bench/runner/config.h>
#include <bench/runner/machine.h>
#include <bench/runner/samples.h>

#define INTERFERENCE_SUITE     "interference"
#define INTERFERENCE_VMS       2
#define INTERFERENCE_BOOTS     5 // of each slice
#define INTERFERENCE_SLICE_MAX 100000

// What a boot is about, in order: those in which one VM is off come first, as the others compare with them.
extern const char *const interference_boots[INTERFERENCE_BOOTS];
extern const char *const interference_vms[INTERFERENCE_VMS];

// What one VM has told. Times are in the unit of the results.
struct interference_vm {
    bool has_work;
    double work;                // how long the fixed work took
    double away;                // of this, the VM did not have the core
    double owed;                // of this, within one slice each time: the neighbour's by right
    uint64_t interrupts;        // that it took as the neighbour
    struct samples_set samples; // "busy" and "waiting"
};

struct interference_report {
    struct interference_vm vm[INTERFERENCE_VMS];
    char failure[256]; // empty: none
};

void interference_report_free(struct interference_report *report);

// Takes one line of the console, without its line end. Lines that are not the guests' are ignored.
void interference_line_take(struct interference_report *report, const char *line);

// A cell of the matrix, as it stands in the results: `alone` is NULL for the VM that is alone. `interrupts`
// are the neighbour's. Sorts the samples.
json_t *interference_cell(const char *vm, const char *neighbour, double slice_us,
                          struct interference_vm *figures, const struct interference_vm *alone,
                          uint64_t interrupts);

// What the runner does for a boot. `label` is its {case}.
struct interference_hooks {
    void *context;
    void (*progress)(void *context, const char *label, const char *phase);
    void (*booted)(void *context, double seconds);
    void (*failed)(void *context, const char *label, const char *side, const char *reason,
                   const struct machine_run *run);
};

// How many boots the configuration asks for.
size_t interference_boots_count(const struct config *config);

// Makes all boots and adds their cells to the array. `suite` gets the configuration of the suite, or, where
// that cannot be used, `config`. Returns how many boots gave no cell.
size_t interference_measure(const struct config *config, struct config *suite,
                            const struct interference_hooks *hooks, json_t *cells);

// Prints the matrix.
void interference_print(const json_t *cells, FILE *out);

#endif
