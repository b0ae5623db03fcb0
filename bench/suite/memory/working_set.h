// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A working set: memory of one size, in lines of 64 bytes, that is read, written, or walked along a ring of
// pointers.
#ifndef GLACIS_BENCH_SUITE_MEMORY_WORKING_SET_H
#define GLACIS_BENCH_SUITE_MEMORY_WORKING_SET_H

#include <stddef.h>
#include <stdint.h>

#define LINE_WORDS 8
#define LINE_BYTES (LINE_WORDS * sizeof(uint64_t))

// `next` stands first in a line; the rest of the line is not touched by the walk.
struct line {
    struct line *next;
    uint64_t rest[LINE_WORDS - 1];
};

// A place in a working set that goes round.
struct cursor {
    uint64_t *words;
    size_t lines; // of the set
    size_t at;    // line
};

// The sum of all words of the next `lines` lines.
uint64_t lines_read(struct cursor *cursor, size_t lines);

// Writes `value` to all words of the next `lines` lines.
void lines_write(struct cursor *cursor, size_t lines, uint64_t value);

// Makes one ring of all lines, in an order that the seed chooses. `order` has room for as many numbers.
void ring_make(struct line *lines, uint32_t *order, size_t count, uint64_t seed);

// Follows the ring `steps` times, a multiple of 8, each load depending on the one before. Returns where that
// leads.
struct line *ring_walk(struct line *from, size_t steps);

#endif
