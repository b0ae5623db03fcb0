// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The suite's picture (pgm.h), in integers alone.
#include <bench/suite/mibench/pgm.h>
#include <bench/suite/work.h>

#define RECTANGLES 24
#define DISCS      16
#define LINES      8
#define NOISE      4 // at most so much darker or brighter

static void surface_draw(struct picture *p) {
    for (unsigned y = 0; y < p->height; y++) {
        for (unsigned x = 0; x < p->width; x++) {
            p->pixels[(size_t)y * p->width + x] = (uint8_t)(60 + 40 * x / p->width + 30 * y / p->height);
        }
    }
}

static uint8_t brightness_choose(uint64_t *seed) {
    return (uint8_t)(20 + random_below(seed, 216));
}

// From a twentieth to a fifth of the side.
static unsigned length_choose(uint64_t *seed, unsigned side) {
    return side / 20 + random_below(seed, 1 + side * 3 / 20);
}

static void rectangle_draw(struct picture *p, uint64_t *seed) {
    unsigned left = random_below(seed, p->width), top = random_below(seed, p->height);
    unsigned width = length_choose(seed, p->width), height = length_choose(seed, p->height);
    uint8_t brightness = brightness_choose(seed);
    for (unsigned y = top; y < top + height && y < p->height; y++) {
        for (unsigned x = left; x < left + width && x < p->width; x++) {
            p->pixels[(size_t)y * p->width + x] = brightness;
        }
    }
}

static void disc_draw(struct picture *p, uint64_t *seed) {
    int64_t across = random_below(seed, p->width), down = random_below(seed, p->height);
    int64_t radius = length_choose(seed, p->height < p->width ? p->height : p->width) / 2;
    uint8_t brightness = brightness_choose(seed);
    for (int64_t y = down - radius; y <= down + radius; y++) {
        for (int64_t x = across - radius; x <= across + radius; x++) {
            int64_t dx = x - across, dy = y - down;
            if (dx * dx + dy * dy <= radius * radius && x >= 0 && x < p->width && y >= 0 && y < p->height) {
                p->pixels[(size_t)y * p->width + (size_t)x] = brightness;
            }
        }
    }
}

// From border to border, at any angle, one pixel wide.
static void line_draw(struct picture *p, uint64_t *seed) {
    int64_t top = random_below(seed, p->width), bottom = random_below(seed, p->width);
    uint8_t brightness = brightness_choose(seed);
    for (unsigned y = 0; y < p->height; y++) {
        int64_t x = top + (bottom - top) * y / p->height;
        p->pixels[(size_t)y * p->width + (size_t)x] = brightness;
    }
}

static void noise_draw(struct picture *p, uint64_t *seed) {
    for (size_t i = 0; i < (size_t)p->width * p->height; i++) {
        p->pixels[i] = (uint8_t)(p->pixels[i] + random_below(seed, 2 * NOISE + 1) - NOISE);
    }
}

void picture_draw(struct picture *picture, uint64_t seed) {
    surface_draw(picture);
    for (unsigned i = 0; i < RECTANGLES; i++) {
        rectangle_draw(picture, &seed);
    }
    for (unsigned i = 0; i < DISCS; i++) {
        disc_draw(picture, &seed);
    }
    for (unsigned i = 0; i < LINES; i++) {
        line_draw(picture, &seed);
    }
    noise_draw(picture, &seed);
}
