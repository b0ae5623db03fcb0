// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// SUSAN's corners (susan.h): a USAN of less than half the mask, whose centre of gravity is away from the
// nucleus, and which goes on from the nucleus in that direction without a gap; in a neighbourhood the
// strongest one.
#include <stdlib.h>

#include <bench/suite/mibench/usan.h>

#define CORNER_LIMIT  (USAN_PIXELS * USAN_SIMILAR / 2)
#define NEIGHBOURHOOD 3 // pixels each way

static bool centre_is_away(const struct usan_moments *m) {
    return (int64_t)m->x * m->x + (int64_t)m->y * m->y >= (int64_t)m->area * m->area;
}

static bool is_in_mask(const struct usan *usan, ptrdiff_t offset) {
    for (unsigned i = 0; i < USAN_PIXELS; i++) {
        if (usan->offset[i] == offset) {
            return true;
        }
    }
    return false;
}

// Divides and rounds to the nearest, halves away from 0.
static int32_t divide(int32_t number, int32_t by) {
    return (number + (number < 0 ? -by : by) / 2) / by;
}

// Looks at the pixels on the line from the nucleus through the centre of gravity, one for each step in the
// longer of the two directions.
static bool is_contiguous(const struct usan *usan, size_t at, const struct usan_moments *m) {
    int32_t longer = abs(m->x) > abs(m->y) ? abs(m->x) : abs(m->y);
    for (int32_t i = 1; i <= USAN_RADIUS; i++) {
        ptrdiff_t offset =
            (ptrdiff_t)divide(i * m->y, longer) * usan->picture->width + divide(i * m->x, longer);
        if (is_in_mask(usan, offset) && usan_similarity(usan, at, offset) < USAN_SIMILAR / 2) {
            return false;
        }
    }
    return true;
}

// Of equal ones the first.
static bool is_strongest(const struct usan *usan, unsigned x, unsigned y) {
    const struct picture *p = usan->picture;
    size_t at = (size_t)y * p->width + x;
    for (int dy = -NEIGHBOURHOOD; dy <= NEIGHBOURHOOD; dy++) {
        for (int dx = -NEIGHBOURHOOD; dx <= NEIGHBOURHOOD; dx++) {
            ptrdiff_t offset = (ptrdiff_t)dy * p->width + dx;
            uint16_t other = usan->response[(ptrdiff_t)at + offset];
            if (other > usan->response[at] || (other == usan->response[at] && offset < 0)) {
                return false;
            }
        }
    }
    return true;
}

bool susan_corners(const struct picture *from, unsigned threshold, struct susan_corner *corners, size_t most,
                   size_t *count) {
    struct usan usan;
    *count = 0;
    if (!usan_make(&usan, from, threshold)) {
        return false;
    }
    usan_respond(&usan, CORNER_LIMIT);
    for (size_t at = 0; at < (size_t)from->width * from->height; at++) {
        if (usan.response[at] > 0) {
            const struct usan_moments moments = usan_moments(&usan, at);
            if (!centre_is_away(&moments) || !is_contiguous(&usan, at, &moments)) {
                usan.response[at] = 0;
            }
        }
    }
    for (unsigned y = SUSAN_MARGIN; y + SUSAN_MARGIN < from->height; y++) {
        for (unsigned x = SUSAN_MARGIN; x + SUSAN_MARGIN < from->width; x++) {
            uint16_t response = usan.response[(size_t)y * from->width + x];
            if (response > 0 && is_strongest(&usan, x, y)) {
                if (*count < most) {
                    corners[*count] = (struct susan_corner){x, y, response};
                }
                (*count)++;
            }
        }
    }
    usan_free(&usan);
    return true;
}
