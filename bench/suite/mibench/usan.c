// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See usan.h.
#include <math.h>
#include <stdlib.h>

#include <bench/suite/mibench/usan.h>

static void mask_make(struct usan *usan) {
    static const int half_width[2 * USAN_RADIUS + 1] = {1, 2, 3, 3, 3, 2, 1};
    unsigned count = 0;
    for (int y = -USAN_RADIUS; y <= USAN_RADIUS; y++) {
        int half = half_width[y + USAN_RADIUS];
        for (int x = -half; x <= half; x++) {
            if (x != 0 || y != 0) {
                usan->dx[count] = (int16_t)x;
                usan->dy[count] = (int16_t)y;
                usan->offset[count++] = (ptrdiff_t)y * usan->picture->width + x;
            }
        }
    }
}

// Equation 4 of the paper: exp(-(d / t)^6), a soft threshold that noise does not cross back and forth.
static void similarities_make(struct usan *usan, unsigned threshold) {
    for (int d = -255; d <= 255; d++) {
        double ratio = (double)d / threshold, squared = ratio * ratio;
        usan->similarity[255 + d] = (uint8_t)lround(USAN_SIMILAR * exp(-squared * squared * squared));
    }
}

bool usan_make(struct usan *usan, const struct picture *picture, unsigned threshold) {
    usan->picture = picture;
    mask_make(usan);
    similarities_make(usan, threshold);
    usan->response = calloc((size_t)picture->width * picture->height, sizeof(*usan->response));
    return usan->response != NULL;
}

void usan_free(struct usan *usan) {
    free(usan->response);
    usan->response = NULL;
}

void usan_respond(struct usan *usan, unsigned limit) {
    const struct picture *p = usan->picture;
    for (unsigned y = SUSAN_MARGIN; y + SUSAN_MARGIN < p->height; y++) {
        for (unsigned x = SUSAN_MARGIN; x + SUSAN_MARGIN < p->width; x++) {
            size_t at = (size_t)y * p->width + x;
            unsigned area = 0;
            for (unsigned i = 0; i < USAN_PIXELS && area < limit; i++) {
                area += usan_similarity(usan, at, usan->offset[i]);
            }
            if (area < limit) {
                usan->response[at] = (uint16_t)(limit - area);
            }
        }
    }
}

struct usan_moments usan_moments(const struct usan *usan, size_t at) {
    struct usan_moments m = {USAN_SIMILAR, 0, 0, 0, 0, 0};
    for (unsigned i = 0; i < USAN_PIXELS; i++) {
        int32_t weight = (int32_t)usan_similarity(usan, at, usan->offset[i]);
        int32_t x = usan->dx[i], y = usan->dy[i];
        m.area += weight;
        m.x += weight * x;
        m.y += weight * y;
        m.xx += weight * x * x;
        m.yy += weight * y * y;
        m.xy += weight * x * y;
    }
    return m;
}
