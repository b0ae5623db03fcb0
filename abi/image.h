// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How the packer lays out one image, and how the kernel finds what is in it.
//
// The image is an arm64 Linux `Image` (Documentation/arch/arm64/booting.rst): the kernel's flat binary at
// offset 0, whose first 64 bytes are the Image header (the packer sets image_size), then, at
// IMAGE_REFERENCE_OFFSET, a struct image_reference that the packer fills. Everything else follows the
// kernel's memory (its .bss included), each part 2 MiB aligned. Invariants: 1. all offsets count from the
// image's first byte; 2. the root ELF is not a module; 3. modules keep the order of the table, do not
// overlap, and each starts 2 MiB aligned.
#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define IMAGE_REFERENCE_OFFSET 64
#define IMAGE_REFERENCE_MAGIC  0x474d4953494c4147ull // "GALISIMG"
#define IMAGE_TABLE_MAGIC      0x3154414253494c47ull // "GLISBAT1"
#define IMAGE_ALIGNMENT        0x200000ull
#define IMAGE_MAX_MODULES      64

struct image_reference {
    uint64_t magic;         // IMAGE_REFERENCE_MAGIC, written by the kernel's link
    uint64_t kernel_memory; // bytes from the image's start to the end of the kernel's .bss, written by the
                            // kernel's link
    uint64_t table_offset;  // 0 until the packer sets it: a struct image_table
};

struct image_module {
    char name[64];
    uint64_t offset;
    uint64_t size;
};

struct image_table {
    uint64_t magic;
    uint64_t root_offset; // the root task's ELF file
    uint64_t root_size;
    uint64_t module_count;
    struct image_module modules[]; // module_count
};
_Static_assert(sizeof(struct image_module) == 80, "module entry size");
_Static_assert(offsetof(struct image_table, modules) == 32, "table layout");

#endif
