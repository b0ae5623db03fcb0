// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmarks of susan.h.
#include <bench/suite/mibench/susan.h>
#include <bench/suite/work.h>

#define CORNERS_MAX 4096

static unsigned threshold_of(unsigned pass) {
    return 20 + 2 * pass;
}

typedef bool filter_fn(const struct picture *from, unsigned threshold, struct picture *to);

static bool filter_run(const struct picture *picture, unsigned passes, filter_fn *filter,
                       uint64_t *checksum) {
    struct picture result;
    *checksum = CHECKSUM_START;
    bool done = picture_make(&result, picture->width, picture->height);
    for (unsigned pass = 0; done && pass < passes; pass++) {
        done = filter(picture, threshold_of(pass), &result);
        for (size_t i = 0; i < (size_t)result.width * result.height; i++) {
            *checksum = checksum_add(*checksum, result.pixels[i]);
        }
    }
    picture_free(&result);
    return done;
}

bool susan_smooth_run(const struct picture *picture, unsigned passes, uint64_t *checksum) {
    return filter_run(picture, passes, susan_smooth, checksum);
}

bool susan_edges_run(const struct picture *picture, unsigned passes, uint64_t *checksum) {
    return filter_run(picture, passes, susan_edges, checksum);
}

bool susan_corners_run(const struct picture *picture, unsigned passes, uint64_t *checksum) {
    static struct susan_corner corners[CORNERS_MAX];
    bool done = true;
    *checksum = CHECKSUM_START;
    for (unsigned pass = 0; done && pass < passes; pass++) {
        size_t count;
        done = susan_corners(picture, threshold_of(pass), corners, CORNERS_MAX, &count);
        *checksum = checksum_add(*checksum, count);
        for (size_t i = 0; i < count && i < CORNERS_MAX; i++) {
            *checksum = checksum_add(*checksum, corners[i].x);
            *checksum = checksum_add(*checksum, corners[i].y);
            *checksum = checksum_add(*checksum, corners[i].response);
        }
    }
    return done;
}
