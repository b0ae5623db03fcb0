// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// SUSAN: smoothing, edges and corners of pictures, after S. M. Smith and J. M. Brady, "SUSAN - A New Approach
// to Low Level Image Processing", International Journal of Computer Vision 23 (1997). All of it looks, around
// each pixel (the nucleus), for the pixels that are about as bright: the univalue segment assimilating
// nucleus, USAN. `threshold` is the difference of brightness that is a difference, 1 to 255. Every function
// returns false if there is not memory enough.
#ifndef GLACIS_BENCH_SUITE_MIBENCH_SUSAN_H
#define GLACIS_BENCH_SUITE_MIBENCH_SUSAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bench/suite/mibench/pgm.h>

// Pixels at the border that edges and corners leave out.
#define SUSAN_MARGIN 4

struct susan_corner {
    unsigned x, y;
    uint16_t response; // the greater, the sharper
};

// Each pixel becomes the mean of those around it, weighted by nearness and by similarity. `to` has the size
// of `from`.
bool susan_smooth(const struct picture *from, unsigned threshold, struct picture *to);

// Marks edges in `edges`, of the size of `from`: the strength of the edge, 1 to 255, or 0 where there is
// none. They are one pixel wide across their direction.
bool susan_edges(const struct picture *from, unsigned threshold, struct picture *edges);

// Finds corners, from top to bottom; `corners` has room for `most` of them. *count gets how many were found,
// which may be more.
bool susan_corners(const struct picture *from, unsigned threshold, struct susan_corner *corners, size_t most,
                   size_t *count);

// The benchmarks: `passes` passes over the picture with thresholds of 20, 22, 24 and so on. They give the
// checksum of all results.
bool susan_smooth_run(const struct picture *picture, unsigned passes, uint64_t *checksum);
bool susan_edges_run(const struct picture *picture, unsigned passes, uint64_t *checksum);
bool susan_corners_run(const struct picture *picture, unsigned passes, uint64_t *checksum);

#endif
