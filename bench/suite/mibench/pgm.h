// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Grey pictures of 8 bits, and their files: binary PGM (P5).
#ifndef GLACIS_BENCH_SUITE_MIBENCH_PGM_H
#define GLACIS_BENCH_SUITE_MIBENCH_PGM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PICTURE_SIDE_MAX 8192

struct picture {
    unsigned width, height; // 1 to PICTURE_SIDE_MAX
    uint8_t *pixels;        // row after row
};

// Makes a black picture; false if the size is not allowed or there is not memory enough. picture_free
// releases it.
bool picture_make(struct picture *picture, unsigned width, unsigned height);
void picture_free(struct picture *picture);

// Draws the suite's picture over all of it: surfaces, rectangles, discs and lines of different brightness,
// with noise. The same size and seed give the same picture.
void picture_draw(struct picture *picture, uint64_t seed);

// Reads a whole file. Returns NULL, or what is wrong with it; then there is nothing to free.
const char *pgm_read(FILE *file, struct picture *picture);

// Returns false if it could not be written.
bool pgm_write(FILE *file, const struct picture *picture);

#endif
