// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Ways to count the bits of a number that are 1. They give the same and cost differently.
#ifndef GLACIS_BENCH_SUITE_MIBENCH_BITCOUNT_H
#define GLACIS_BENCH_SUITE_MIBENCH_BITCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define BITCOUNT_METHODS 7

struct bitcount_method {
    const char *name;
    unsigned (*count)(uint64_t number);
};

extern const struct bitcount_method bitcount_methods[BITCOUNT_METHODS];

// The benchmark: each method counts the bits of the same `numbers` random numbers. Gives the checksum of the
// sums; false if the methods disagree.
bool bitcount_run(uint64_t numbers, uint64_t *checksum);

#endif
