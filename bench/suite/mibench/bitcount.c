// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See bitcount.h.
#include <bench/suite/mibench/bitcount.h>
#include <bench/suite/work.h>

// The compiler knows several of these methods by sight, and puts the processor's instruction in their place;
// not when it cannot know what a number on the way is.
#define OPAQUE(number) __asm__("" : "+r"(number))

static unsigned count_each_bit(uint64_t number) {
    unsigned count = 0;
    for (; number != 0; number >>= 1) {
        count += number & 1;
        OPAQUE(number);
    }
    return count;
}

// number & (number - 1) has the lowest 1 less.
static unsigned count_each_one(uint64_t number) {
    unsigned count = 0;
    for (; number != 0; number &= number - 1) {
        count++;
        OPAQUE(number);
    }
    return count;
}

static unsigned count_by_nibbles(uint64_t number) {
    static const uint8_t ones[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    unsigned count = 0;
    for (; number != 0; number >>= 4) {
        count += ones[number & 15];
    }
    return count;
}

#define TWO(n)   n, n + 1, n + 1, n + 2
#define FOUR(n)  TWO(n), TWO(n + 1), TWO(n + 1), TWO(n + 2)
#define SIX(n)   FOUR(n), FOUR(n + 1), FOUR(n + 1), FOUR(n + 2)
#define EIGHT(n) SIX(n), SIX(n + 1), SIX(n + 1), SIX(n + 2)
static unsigned count_by_bytes(uint64_t number) {
    static const uint8_t ones[256] = {EIGHT(0)};
    unsigned count = 0;
    for (; number != 0; number >>= 8) {
        count += ones[number & 255];
    }
    return count;
}
#undef TWO
#undef FOUR
#undef SIX
#undef EIGHT

// Neighbouring fields are added, of one bit, two, four, and so on.
static unsigned count_by_adding_fields(uint64_t number) {
    static const uint64_t masks[] = {UINT64_C(0x5555555555555555), UINT64_C(0x3333333333333333),
                                     UINT64_C(0x0f0f0f0f0f0f0f0f), UINT64_C(0x00ff00ff00ff00ff),
                                     UINT64_C(0x0000ffff0000ffff), UINT64_C(0x00000000ffffffff)};
    for (unsigned i = 0; i < 6; i++) {
        number = (number & masks[i]) + (number >> (1u << i) & masks[i]);
        OPAQUE(number);
    }
    return (unsigned)number;
}

// The same up to bytes, whose sum a multiplication brings into the highest one.
static unsigned count_by_multiplying(uint64_t number) {
    number -= number >> 1 & UINT64_C(0x5555555555555555);
    OPAQUE(number);
    number = (number & UINT64_C(0x3333333333333333)) + (number >> 2 & UINT64_C(0x3333333333333333));
    number = (number + (number >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(number * UINT64_C(0x0101010101010101) >> 56);
}

// CNT of the vector unit (Arm ARM C7.2).
static unsigned count_by_processor(uint64_t number) {
    return (unsigned)__builtin_popcountll(number);
}

const struct bitcount_method bitcount_methods[BITCOUNT_METHODS] = {
    {"each bit", count_each_bit},
    {"each one", count_each_one},
    {"table of nibbles", count_by_nibbles},
    {"table of bytes", count_by_bytes},
    {"adding fields", count_by_adding_fields},
    {"multiplying", count_by_multiplying},
    {"processor", count_by_processor},
};

bool bitcount_run(uint64_t numbers, uint64_t *checksum) {
    uint64_t sums[BITCOUNT_METHODS] = {0};
    bool agree = true;
    *checksum = CHECKSUM_START;
    for (unsigned m = 0; m < BITCOUNT_METHODS; m++) {
        uint64_t seed = 1;
        for (uint64_t i = 0; i < numbers; i++) {
            sums[m] += bitcount_methods[m].count(random_next(&seed));
        }
        agree = agree && sums[m] == sums[0];
        *checksum = checksum_add(*checksum, sums[m]);
    }
    return agree;
}
