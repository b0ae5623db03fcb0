// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest's kernel file: an arm64 Linux `Image` (Documentation/arch/arm64/booting.rst) or an ELF file that
// boots by the same protocol. Parsing checks all of it and touches nothing; a parsed image lies wholly inside
// its file. Compiles for the host too.
#ifndef VMM_GUEST_IMAGE_H
#define VMM_GUEST_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_MAX_SEGMENTS 16

struct image_segment {
    uint64_t offset; // in the file
    uint64_t file_size;
    uint64_t address;     // Image: from the start of the image; ELF: guest-physical
    uint64_t memory_size; // at least file_size; the rest is zero
};

struct image {
    const uint8_t *file;
    bool relocatable;     // addresses count from where the image is placed
    uint64_t text_offset; // relocatable: its place, counted from a 2 MiB boundary
    uint64_t entry;       // as the segments' addresses
    uint64_t low, high;   // addresses of the first byte, and behind the last
    unsigned segment_count;
    struct image_segment segments[IMAGE_MAX_SEGMENTS];
};

// Describes the kernel file at `file` in `image`. Returns NULL, or what is wrong with it and the mend.
const char *image_parse(const void *file, uint64_t size, struct image *image);

// The same for an ELF file (image_parse calls it).
const char *elf_parse(const uint8_t *file, uint64_t size, struct image *image);

#endif
