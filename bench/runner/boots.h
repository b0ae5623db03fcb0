// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The boots of a case: in which order they are made, and what each of them gave.
#ifndef GLACIS_BENCH_RUNNER_BOOTS_H
#define GLACIS_BENCH_RUNNER_BOOTS_H

#include <stdbool.h>
#include <stddef.h>

#include <bench/runner/statistics.h>

#define BOOTS_MAX 100 // of a side

enum side { NATIVE, VIRT, SIDES };

struct boot_plan {
    enum side side;
    unsigned index; // 0 .. boots - 1: the boots of one index have the same seeds
};

struct boot_value {
    unsigned seed;      // number of its seeds
    double value;       // the figure, or the mean of the samples
    char tree_hash[65]; // of the device tree that its kernel was given; empty: not printed
};

// In ascending order of the seeds.
struct boots {
    size_t count;
    struct boot_value list[BOOTS_MAX];
};

// Plans `boots` boots of each side from `first` up to but not `end`. order_seed 0: the sides take turns; any
// other: all boots in the random order that follows from it. Returns how many there are.
size_t boots_plan(unsigned boots, enum side first, enum side end, unsigned order_seed,
                  struct boot_plan plan[SIDES * BOOTS_MAX]);

// Adds a boot; there is room for BOOTS_MAX.
void boots_add(struct boots *boots, const struct boot_value *value);

// The overhead of two sides with at least one boot each; boots are paired when both sides have the same
// seeds.
struct overhead boots_overhead(const struct boots *native, const struct boots *virt);

// Summary of the boots' values, of which there is at least one.
struct summary boots_summarise(const struct boots *boots);

// Whether boots of the same seeds had another device tree on one side than on the other; *seed is theirs.
bool boots_trees_differ(const struct boots *native, const struct boots *virt, unsigned *seed);

#endif
