// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See working_set.h.
#include <bench/suite/memory/working_set.h>
#include <bench/suite/work.h>

_Static_assert(sizeof(struct line) == LINE_BYTES, "a line is one cache line of the usual size");

// The next piece of at most `lines` lines that does not go round.
static uint64_t *piece_next(struct cursor *cursor, size_t lines, size_t *count) {
    uint64_t *words = cursor->words + cursor->at * LINE_WORDS;
    *count = lines < cursor->lines - cursor->at ? lines : cursor->lines - cursor->at;
    cursor->at = (cursor->at + *count) % cursor->lines;
    return words;
}

// Words are named one by one, as the compiler does not unroll loops of eight at its usual level.
uint64_t lines_read(struct cursor *cursor, size_t lines) {
    uint64_t a = 0, b = 0, c = 0, d = 0;
    while (lines > 0) {
        size_t count;
        const uint64_t *word = piece_next(cursor, lines, &count), *end = word + count * LINE_WORDS;
        lines -= count;
        for (; word < end; word += LINE_WORDS) {
            a += word[0] + word[1];
            b += word[2] + word[3];
            c += word[4] + word[5];
            d += word[6] + word[7];
        }
    }
    return a + b + c + d;
}

void lines_write(struct cursor *cursor, size_t lines, uint64_t value) {
    while (lines > 0) {
        size_t count;
        uint64_t *word = piece_next(cursor, lines, &count), *end = word + count * LINE_WORDS;
        lines -= count;
        for (; word < end; word += LINE_WORDS) {
            word[0] = word[1] = word[2] = word[3] = value;
            word[4] = word[5] = word[6] = word[7] = value;
        }
    }
}

// Sattolo's shuffle: of all orders, those that are one cycle.
void ring_make(struct line *lines, uint32_t *order, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
    }
    for (size_t i = count; i-- > 1;) {
        size_t other = random_below(&seed, i);
        uint32_t kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (size_t i = 0; i < count; i++) {
        lines[i].next = &lines[order[i]];
    }
}

struct line *ring_walk(struct line *from, size_t steps) {
    for (; steps >= 8; steps -= 8) {
        from = from->next->next->next->next;
        from = from->next->next->next->next;
    }
    return from;
}
