// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// SUSAN's smoothing (susan.h), in integers: weights are 0 to 255 each.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <bench/suite/mibench/susan.h>

#define RADIUS 7
#define WIDTH  (2 * RADIUS + 1)
#define SIGMA  4.0 // pixels

struct smoothing {
    uint8_t nearness[WIDTH][WIDTH];
    uint8_t similarity[511]; // by difference of brightness + 255
};

// The sum of all weighted brightnesses, half the weights added for rounding, fits 32 bits.
_Static_assert(255ull * 255 * WIDTH * WIDTH * 256 < UINT32_MAX, "sums fit 32 bits");

static void smoothing_make(struct smoothing *s, unsigned threshold) {
    for (int y = -RADIUS; y <= RADIUS; y++) {
        for (int x = -RADIUS; x <= RADIUS; x++) {
            s->nearness[y + RADIUS][x + RADIUS] =
                (uint8_t)lround(255.0 * exp(-(x * x + y * y) / (2.0 * SIGMA * SIGMA)));
        }
    }
    // The nucleus itself may be noise.
    s->nearness[RADIUS][RADIUS] = 0;
    for (int d = -255; d <= 255; d++) {
        double ratio = (double)d / threshold;
        s->similarity[255 + d] = (uint8_t)lround(255.0 * exp(-ratio * ratio));
    }
}

// The picture with its border pixels repeated around it, RADIUS wide.
static bool picture_widen(const struct picture *from, struct picture *to) {
    if (from->width > PICTURE_SIDE_MAX - 2 * RADIUS || from->height > PICTURE_SIDE_MAX - 2 * RADIUS ||
        !picture_make(to, from->width + 2 * RADIUS, from->height + 2 * RADIUS)) {
        return false;
    }
    for (unsigned y = 0; y < to->height; y++) {
        unsigned row = y < RADIUS ? 0 : y - RADIUS < from->height ? y - RADIUS : from->height - 1;
        const uint8_t *source = from->pixels + (size_t)row * from->width;
        uint8_t *target = to->pixels + (size_t)y * to->width;
        memset(target, source[0], RADIUS);
        memcpy(target + RADIUS, source, from->width);
        memset(target + RADIUS + from->width, source[from->width - 1], RADIUS);
    }
    return true;
}

// Of the eight pixels around `pixel`: between the fourth and the fifth.
static uint8_t median_around(const uint8_t *pixel, unsigned stride) {
    uint8_t sorted[8];
    unsigned count = 0;
    for (int y = -1; y <= 1; y++) {
        for (int x = -1; x <= 1; x++) {
            if (x == 0 && y == 0) {
                continue;
            }
            uint8_t value = pixel[(ptrdiff_t)y * stride + x];
            unsigned at = count++;
            for (; at > 0 && sorted[at - 1] > value; at--) {
                sorted[at] = sorted[at - 1];
            }
            sorted[at] = value;
        }
    }
    return (uint8_t)((sorted[3] + sorted[4]) / 2);
}

static uint8_t pixel_smooth(const struct smoothing *s, const uint8_t *pixel, unsigned stride) {
    const uint8_t *similarity = s->similarity + 255 - *pixel;
    uint32_t weights = 0, sum = 0;
    for (unsigned y = 0; y < WIDTH; y++) {
        const uint8_t *row = pixel + ((ptrdiff_t)y - RADIUS) * stride - RADIUS;
        for (unsigned x = 0; x < WIDTH; x++) {
            uint32_t weight = (uint32_t)s->nearness[y][x] * similarity[row[x]];
            weights += weight;
            sum += weight * row[x];
        }
    }
    // Nothing around is like it: noise.
    return weights > 0 ? (uint8_t)((sum + weights / 2) / weights) : median_around(pixel, stride);
}

bool susan_smooth(const struct picture *from, unsigned threshold, struct picture *to) {
    struct smoothing smoothing;
    struct picture wide;
    if (!picture_widen(from, &wide)) {
        return false;
    }
    smoothing_make(&smoothing, threshold);
    for (unsigned y = 0; y < from->height; y++) {
        for (unsigned x = 0; x < from->width; x++) {
            const uint8_t *pixel = wide.pixels + (size_t)(y + RADIUS) * wide.width + x + RADIUS;
            to->pixels[(size_t)y * from->width + x] = pixel_smooth(&smoothing, pixel, wide.width);
        }
    }
    picture_free(&wide);
    return true;
}
