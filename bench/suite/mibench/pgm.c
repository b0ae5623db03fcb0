// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See pgm.h. Of a file nothing is believed: each number has its bounds, and nothing may be missing or left
// over.
#include <ctype.h>
#include <stdlib.h>

#include <bench/suite/mibench/pgm.h>

bool picture_make(struct picture *picture, unsigned width, unsigned height) {
    *picture = (struct picture){width, height, NULL};
    if (width > 0 && width <= PICTURE_SIDE_MAX && height > 0 && height <= PICTURE_SIDE_MAX) {
        picture->pixels = calloc(height, width);
    }
    return picture->pixels != NULL;
}

void picture_free(struct picture *picture) {
    free(picture->pixels);
    picture->pixels = NULL;
}

// The next character that is no blank and in no comment (# to the end of the line), or EOF.
static int blanks_skip(FILE *file) {
    int c = getc(file);
    while (c == '#' || (c != EOF && isspace(c))) {
        if (c == '#') {
            while (c != EOF && c != '\n') {
                c = getc(file);
            }
        } else {
            c = getc(file);
        }
    }
    return c;
}

// A number of the header, and the one character behind it, which must be blank. Returns false if there is
// none or it is above `most`.
static bool number_read(FILE *file, unsigned most, unsigned *number) {
    int c = blanks_skip(file);
    bool digits = c != EOF && isdigit(c);
    *number = 0;
    for (; c != EOF && isdigit(c) && *number <= most; c = getc(file)) {
        *number = *number * 10 + (unsigned)(c - '0');
    }
    return digits && *number <= most && c != EOF && isspace(c);
}

const char *pgm_read(FILE *file, struct picture *picture) {
    unsigned width, height, brightest;
    char magic[2];
    if (fread(magic, 1, sizeof(magic), file) != sizeof(magic) || magic[0] != 'P' || magic[1] != '5') {
        return "no binary PGM: it does not begin with P5";
    }
    int c = getc(file);
    if (c == EOF || !isspace(c)) {
        return "no binary PGM: no blank behind P5";
    }
    if (!number_read(file, PICTURE_SIDE_MAX, &width) || !number_read(file, PICTURE_SIDE_MAX, &height) ||
        width == 0 || height == 0) {
        return "its width or height is not a number from 1 to 8192";
    }
    if (!number_read(file, 255, &brightest) || brightest == 0) {
        return "its maximum brightness is not a number from 1 to 255";
    }
    if (!picture_make(picture, width, height)) {
        return "not enough memory for it";
    }
    const char *wrong = NULL;
    if (fread(picture->pixels, width, height, file) != height) {
        wrong = "it ends before its last pixel";
    } else if (getc(file) != EOF) {
        wrong = "there is something behind its last pixel";
    }
    for (size_t i = 0; wrong == NULL && i < (size_t)width * height; i++) {
        if (picture->pixels[i] > brightest) {
            wrong = "a pixel is brighter than its maximum";
        }
    }
    if (wrong != NULL) {
        picture_free(picture);
    }
    return wrong;
}

bool pgm_write(FILE *file, const struct picture *picture) {
    fprintf(file, "P5\n%u %u\n255\n", picture->width, picture->height);
    return fwrite(picture->pixels, picture->width, picture->height, file) == picture->height &&
           fflush(file) == 0;
}
