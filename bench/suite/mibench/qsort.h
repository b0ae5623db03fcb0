// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Sorting by quicksort: words, and points in space by their distance from the origin.
#ifndef GLACIS_BENCH_SUITE_MIBENCH_QSORT_H
#define GLACIS_BENCH_SUITE_MIBENCH_QSORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct point {
    int32_t x, y, z;
    double distance; // from the origin; set by points_sort
};

// Negative, 0 or positive as a is to come before b, beside it, or after it.
typedef int compare_fn(const void *a, const void *b);

// Sorts `count` elements of `size` bytes, at most QUICKSORT_SIZE_MAX.
#define QUICKSORT_SIZE_MAX 64
void quicksort(void *base, size_t count, size_t size, compare_fn *compare);

// By the bytes' values.
void words_sort(const char **words, size_t count);

// By distance; those of the same distance by x, y, z.
void points_sort(struct point *points, size_t count);

// The benchmarks: sort random words of 1 to 12 letters, random points. They give the checksum of what is
// sorted; false if there is not memory enough.
bool words_run(size_t count, uint64_t *checksum);
bool points_run(size_t count, uint64_t *checksum);

#endif
