// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What edges and corners have in common: the mask, the similarity of pixels, and the responses (susan.h). All
// of it is in integers, so that the same picture gives the same result everywhere.
#ifndef GLACIS_BENCH_SUITE_MIBENCH_USAN_H
#define GLACIS_BENCH_SUITE_MIBENCH_USAN_H

#include <bench/suite/mibench/susan.h>

// The mask: 37 pixels, a circle of radius 3.4; the nucleus is not counted.
#define USAN_RADIUS 3
#define USAN_PIXELS 36
// Two pixels of the same brightness.
#define USAN_SIMILAR 128

struct usan {
    const struct picture *picture;
    int16_t dx[USAN_PIXELS], dy[USAN_PIXELS];
    ptrdiff_t offset[USAN_PIXELS];
    uint8_t similarity[511]; // by difference of brightness + 255: 0 to USAN_SIMILAR
    uint16_t *response;      // of each pixel: how much its USAN is smaller than the limit
};

// The first and second moments of a USAN about its nucleus.
struct usan_moments {
    int32_t area, x, y, xx, yy, xy;
};

// Makes mask, similarities, and the responses, all 0. Returns false if there is not memory enough.
bool usan_make(struct usan *usan, const struct picture *picture, unsigned threshold);
void usan_free(struct usan *usan);

// Puts into the responses by how much less than `limit` each USAN's area is.
void usan_respond(struct usan *usan, unsigned limit);

// How similar two pixels are that lie `offset` apart.
static inline unsigned usan_similarity(const struct usan *usan, size_t at, ptrdiff_t offset) {
    const uint8_t *pixel = usan->picture->pixels + at;
    return usan->similarity[255 + pixel[offset] - pixel[0]];
}

struct usan_moments usan_moments(const struct usan *usan, size_t at);

#endif
