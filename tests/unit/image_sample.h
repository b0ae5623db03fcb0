// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Small files for the tests of tools/image: component programs, kernels, folders to keep them in.
#ifndef TESTS_UNIT_IMAGE_SAMPLE_H
#define TESTS_UNIT_IMAGE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include <tools/image/bytes.h>

// Path of `name` in this test program's own folder; the text stays valid.
const char *sample_path(const char *name);
void sample_write(const char *name, const void *data, size_t size);
// A file of `size` bytes, all `fill`.
void sample_write_filled(const char *name, size_t size, uint8_t fill);
// Removes the folder.
void sample_clean(void);

struct sample_segment {
    uint64_t vaddr, file_size, memory_size;
    uint32_t flags;
};
// An AArch64 ELF executable; each segment's bytes in the file count up from its index.
void sample_elf(struct bytes *file, const struct sample_segment *segments, unsigned count, uint64_t entry);
// text, constants, data with .bss: as lib/rt/component.ld links.
void sample_component(const char *name);
// An arm64 Image with these header fields, `size` bytes long.
void sample_image(struct bytes *file, uint64_t text_offset, uint64_t image_size, size_t size);

#endif
