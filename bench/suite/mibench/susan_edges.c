// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// SUSAN's edges (susan.h): a small USAN means an edge; its moments tell the direction, across which only the
// strongest response remains.
#include <stdlib.h>

#include <bench/suite/mibench/usan.h>

// The paper's threshold for edges: three quarters of the largest area.
#define EDGE_LIMIT (3 * USAN_PIXELS * USAN_SIMILAR / 4)
// The mask's diameter: a smaller USAN is a line's.
#define DIAMETER ((2 * USAN_RADIUS + 1) * USAN_SIMILAR)

struct step {
    int x, y;
};

// The direction across, of eight: of two that are opposite to each other always the same one, so that two
// pixels on both sides of an edge are compared the same way round.
static struct step step_across(const struct usan_moments *m) {
    int32_t x = abs(m->x), y = abs(m->y);
    int64_t squared = (int64_t)m->x * m->x + (int64_t)m->y * m->y;
    if (m->area > DIAMETER && squared >= (int64_t)m->area * m->area) {
        // Between pixels: the centre of gravity lies on the nucleus's side of the edge.
        if (2 * y < x) {
            return (struct step){1, 0};
        }
        if (2 * x < y) {
            return (struct step){0, 1};
        }
        return (struct step){1, (m->x > 0) == (m->y > 0) ? 1 : -1};
    }
    // On a pixel: the USAN is long in the direction of the edge.
    if (m->yy > 2 * m->xx) {
        return (struct step){1, 0};
    }
    if (m->xx > 2 * m->yy) {
        return (struct step){0, 1};
    }
    return (struct step){1, m->xy > 0 ? -1 : 1};
}

static bool is_strongest(const struct usan *usan, size_t at) {
    const struct usan_moments moments = usan_moments(usan, at);
    const struct step step = step_across(&moments);
    const ptrdiff_t offset = (ptrdiff_t)step.y * usan->picture->width + step.x;
    const uint16_t *response = usan->response + at;
    return response[0] > response[offset] && response[0] >= response[-offset];
}

bool susan_edges(const struct picture *from, unsigned threshold, struct picture *edges) {
    struct usan usan;
    if (!usan_make(&usan, from, threshold)) {
        return false;
    }
    usan_respond(&usan, EDGE_LIMIT);
    for (size_t at = 0; at < (size_t)from->width * from->height; at++) {
        bool edge = usan.response[at] > 0 && is_strongest(&usan, at);
        edges->pixels[at] = edge ? (uint8_t)(1 + usan.response[at] * 254u / EDGE_LIMIT) : 0;
    }
    usan_free(&usan);
    return true;
}
