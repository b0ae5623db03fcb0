// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// bench-draw WIDTH HEIGHT SEED: writes the suite's picture to standard output, at build time.
#include <stdlib.h>

#include <bench/suite/mibench/pgm.h>

int main(int argc, char **argv) {
    struct picture picture;
    if (argc != 4) {
        fprintf(stderr, "usage: %s WIDTH HEIGHT SEED >FILE.pgm\n", argv[0]);
        return 2;
    }
    if (!picture_make(&picture, (unsigned)strtoul(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10))) {
        fprintf(stderr, "error: a picture of %s x %s cannot be made: sides are from 1 to %d pixels\n",
                argv[1], argv[2], PICTURE_SIDE_MAX);
        return 1;
    }
    picture_draw(&picture, strtoull(argv[3], NULL, 10));
    bool written = pgm_write(stdout, &picture);
    picture_free(&picture);
    if (!written) {
        perror("error: the picture cannot be written");
    }
    return written ? 0 : 1;
}
