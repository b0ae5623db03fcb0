// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Memory and files for the host tools. Running out of memory ends the program; everything about files is
// reported.
#ifndef TOOLS_IMAGE_BYTES_H
#define TOOLS_IMAGE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

// A growing block of bytes.
struct bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

void *bytes_reallocate(void *memory, size_t size);
char *bytes_copy_string(const char *string);
// Appends `size` bytes (zeroes when `data` is NULL); returns the offset at which they stand.
size_t bytes_append(struct bytes *bytes, const void *data, size_t size);
// Appends zeroes until the size is a multiple of `alignment` (a power of two).
void bytes_align(struct bytes *bytes, size_t alignment);
void bytes_free(struct bytes *bytes);

// Reads the whole file. `what` names it in the report ("the kernel of VM linux"), `mend` says what to do when
// it is missing. Returns false after a report; `at` is where the file was named.
bool bytes_read_file(struct bytes *bytes, const char *path, struct position at, const char *what,
                     const char *mend, struct report *report);
// Writes the whole file, or leaves none. Returns false after a report.
bool bytes_write_file(const struct bytes *bytes, const char *path, struct report *report);

static inline uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}
static inline uint16_t read_le16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t read_le32(const uint8_t *p) {
    return read_le16(p) | (uint32_t)read_le16(p + 2) << 16;
}
static inline uint64_t read_le64(const uint8_t *p) {
    return read_le32(p) | (uint64_t)read_le32(p + 4) << 32;
}
static inline void write_le64(uint8_t *p, uint64_t value) {
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(value >> 8 * i);
    }
}

#endif
