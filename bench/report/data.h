// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A results file (docs/benchmarking.md, "results.json") as the report needs it. Invariants, which loading
// checks:
// 1. Every name of a suite, case, peer or neighbour is of lower-case letters, digits, '.', '_' and '-': it
// can stand in a
//    path, a script of gnuplot, and HTML. All other text can hold anything.
// 2. Every number is finite; where the schema says so, it is whole or not negative.
#ifndef GLACIS_BENCH_REPORT_DATA_H
#define GLACIS_BENCH_REPORT_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include <bench/runner/boots.h>

#define NAME_BYTES         64
#define LABEL_BYTES        (2 * NAME_BYTES)
#define DATA_CASES_MAX     512
#define DATA_PEERS_MAX     8
#define DATA_CELLS_MAX     256
#define INSTRUCTION_LEVELS 4
#define EXIT_CAUSES        10

extern const char *const data_level_names[INSTRUCTION_LEVELS]; // for people
extern const char *const data_exit_names[EXIT_CAUSES];

struct bin {
    double value;
    double count;
};

// One side of a case. n = 0: there is none.
struct figure {
    struct summary summary;
    bool has_tail; // samples: quantiles of the tail, and the histogram, in ascending order
    double p99, p999;
    struct bin *bins;
    size_t bin_count;
};

struct data_case {
    const char *suite, *name, *metric, *kernel, *clock; // the last two may be NULL
    char label[LABEL_BYTES];                            // suite-name, or the one word if both are equal
    struct figure side[SIDES];
    bool has_overhead, has_ci95, has_median;
    double overhead, ci95_low, ci95_high, overhead_median; // per cent
    double instructions[INSTRUCTION_LEVELS], exits[EXIT_CAUSES];
    double operations; // of a boot, whose counts are means over boots; 0: a boot is one
    struct boots boots[SIDES];
};

struct data_peer_case {
    const char *suite, *name, *reason; // reason: why there is no figure; NULL when there is one
    struct figure figure;
};

struct data_peer {
    const char *name, *version;
    struct data_peer_case *cases;
    size_t count;
};

// Interference: one VM's figures while its neighbour on the same core does something.
struct data_cell {
    const char *vm, *neighbour;
    double slice_ms;
    bool has_slowdown, has_share, has_overhead;
    double slowdown;                     // per cent: against the VM alone
    double share;                        // per cent of the core
    double overhead;                     // per cent: slower than alone, without the neighbour's slices
    double interrupts;                   // that the neighbour took
    struct figure latency, latency_busy; // while it waits, while it works
};

struct data {
    json_t *root; // owns every string
    const char *version, *commit, *board, *emulator, *cpu, *unit, *limits;
    double gic, memory_mib;
    const char *kernel, *kernel_sha256, *initrd_sha256, *cmdline; // NULL: no Linux ran
    double planned_boots, first_seed, order_seed, resamples, bootstrap_seed;
    const char *order, *repeat; // repeat may be NULL
    const json_t *footprint;    // checked; NULL: not known
    struct data_case *cases;
    size_t case_count;
    const json_t *invalid; // checked array
    struct data_peer peers[DATA_PEERS_MAX];
    size_t peer_count;
    struct data_cell cells[DATA_CELLS_MAX];
    size_t cell_count;
};

// Loads and checks a file. Returns false with the path of what is wrong in it and the cause in `error`;
// data_free is needed in any case.
bool data_load(const char *file, struct data *data, char *error, size_t error_size);
void data_free(struct data *data);

// The case of suite and name, or NULL.
const struct data_case *data_find(const struct data *data, const char *suite, const char *name);

// Whether the unit is the emulator's: instructions, not time.
bool data_is_icount(const struct data *data);

// How the unit is called for people.
const char *data_unit_name(const struct data *data);

#endif
