// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Whole files (files.h).
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bench/runner/console.h>
#include <bench/runner/files.h>

#define IMAGE_BYTES_MAX (1024u * 1024 * 1024)

void *file_read(const char *path, size_t *size) {
    struct stat status;
    FILE *file = fopen(path, "rb");
    bool known = file != NULL && fstat(fileno(file), &status) == 0 && status.st_size <= IMAGE_BYTES_MAX;
    size_t room = known && status.st_size > TREE_TEXT_MAX ? (size_t)status.st_size : TREE_TEXT_MAX;
    uint8_t *data = malloc(room);
    *size = known && data != NULL ? fread(data, 1, room, file) : 0;
    if (*size == 0) {
        fprintf(stderr, "error: cannot read %s: %s\n", path, strerror(errno));
        free(data);
        data = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return data;
}

bool file_write(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    bool written = file != NULL && fwrite(data, size, 1, file) == 1;
    written = file != NULL && fclose(file) == 0 && written;
    if (!written) {
        fprintf(stderr, "error: cannot write %s: %s\n", path, strerror(errno));
    }
    return written;
}
