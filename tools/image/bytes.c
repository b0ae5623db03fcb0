// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Memory and files for the host tools; see bytes.h.
#include "bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void *bytes_reallocate(void *memory, size_t size) {
    void *result = realloc(memory, size ? size : 1);
    if (!result) {
        fprintf(stderr, "error: this computer has no %zu bytes of memory left; close other programs\n", size);
        exit(1);
    }
    return result;
}

char *bytes_copy_string(const char *string) {
    size_t size = strlen(string) + 1;
    return memcpy(bytes_reallocate(NULL, size), string, size);
}

size_t bytes_append(struct bytes *bytes, const void *data, size_t size) {
    size_t offset = bytes->size;
    if (size > bytes->capacity - bytes->size || !bytes->data) {
        bytes->capacity = (bytes->size + size) * 2 + 64;
        bytes->data = bytes_reallocate(bytes->data, bytes->capacity);
    }
    if (data && size) {
        memcpy(bytes->data + offset, data, size);
    } else {
        memset(bytes->data + offset, 0, size);
    }
    bytes->size += size;
    return offset;
}

void bytes_align(struct bytes *bytes, size_t alignment) {
    bytes_append(bytes, NULL, align_up(bytes->size, alignment) - bytes->size);
}

void bytes_free(struct bytes *bytes) {
    free(bytes->data);
    *bytes = (struct bytes){0};
}

bool bytes_read_file(struct bytes *bytes, const char *path, struct position at, const char *what,
                     const char *mend, struct report *report) {
    struct stat status;
    FILE *file = fopen(path, "rb");

    if (!file) {
        report_error(report, at, "%s, %s, cannot be opened (%s); %s", what, path, strerror(errno), mend);
        return false;
    }
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        report_error(report, at, "%s, %s, is not a file; %s", what, path, mend);
        fclose(file);
        return false;
    }
    size_t size = (size_t)status.st_size;
    size_t offset = bytes_append(bytes, NULL, size);
    size_t got = fread(bytes->data + offset, 1, size, file);
    fclose(file);
    if (got != size) {
        report_error(report, at, "%s, %s, cannot be read to its end (%zu of %zu bytes); check its disk", what,
                     path, got, size);
        return false;
    }
    return true;
}

bool bytes_write_file(const struct bytes *bytes, const char *path, struct report *report) {
    struct position at = {.file = path};
    FILE *file = fopen(path, "wb");

    if (!file) {
        report_error(report, at, "it cannot be written (%s); check the folder and its rights",
                     strerror(errno));
        return false;
    }
    bool written = fwrite(bytes->data, 1, bytes->size, file) == bytes->size;
    if (fclose(file) != 0 || !written) {
        report_error(report, at, "writing it failed (%s); free some room on the disk", strerror(errno));
        remove(path);
        return false;
    }
    return true;
}
