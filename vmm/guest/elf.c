// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// ELF kernels (System V ABI, chapters 4 and 5; machine: ELF for the Arm 64-bit Architecture). Only what
// loading needs: PT_LOAD segments at their physical addresses, and the entry point.
#include <lib/base/string.h>
#include <vmm/guest/image.h>

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count;
    uint16_t section_header_size, section_header_count, section_names;
};
struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, file_size, memory_size, alignment;
};
_Static_assert(sizeof(struct elf_header) == 64 && sizeof(struct elf_program_header) == 56, "ELF64 layout");

enum { ELF_CLASS_64 = 2, ELF_LITTLE_ENDIAN = 1, ELF_EXECUTABLE = 2, ELF_MACHINE_AARCH64 = 183, ELF_LOAD = 1 };

static const char damaged[] = "the kernel's ELF file is truncated or damaged: build or copy it again";

static const char *elf_add_segment(struct image *image, uint64_t size,
                                   const struct elf_program_header *header, uint64_t entry,
                                   bool *entry_found) {
    if (header->offset > size || header->file_size > size - header->offset ||
        header->file_size > header->memory_size || header->paddr + header->memory_size < header->paddr)
        return damaged;
    if (image->segment_count == IMAGE_MAX_SEGMENTS)
        return "the kernel's ELF file has more than 16 load segments: link it into fewer";
    image->segments[image->segment_count++] =
        (struct image_segment){header->offset, header->file_size, header->paddr, header->memory_size};
    uint64_t end = header->paddr + header->memory_size;
    image->low = header->paddr < image->low ? header->paddr : image->low;
    image->high = end > image->high ? end : image->high;
    // The guest starts with its MMU off: the entry's physical address counts.
    if (entry - header->vaddr < header->memory_size && !*entry_found) {
        image->entry = entry - header->vaddr + header->paddr;
        *entry_found = true;
    }
    return NULL;
}

const char *elf_parse(const uint8_t *file, uint64_t size, struct image *image) {
    struct elf_header elf;
    if (size < sizeof(elf))
        return damaged;
    memcpy(&elf, file, sizeof(elf));
    if (elf.ident[4] != ELF_CLASS_64 || elf.ident[5] != ELF_LITTLE_ENDIAN ||
        elf.machine != ELF_MACHINE_AARCH64)
        return "the kernel is an ELF file for another machine: give one for AArch64, little endian";
    if (elf.type != ELF_EXECUTABLE)
        return "the kernel's ELF file is not a static executable (ET_EXEC): link it with -static -no-pie";
    if (elf.program_header_size != sizeof(struct elf_program_header) || elf.program_headers > size ||
        (uint64_t)elf.program_header_count * sizeof(struct elf_program_header) > size - elf.program_headers)
        return damaged;
    bool entry_found = false;
    image->low = ~0ull;
    for (unsigned i = 0; i < elf.program_header_count; i++) { // at most 65,535
        struct elf_program_header header;
        memcpy(&header, file + elf.program_headers + i * sizeof(header), sizeof(header));
        if (header.type != ELF_LOAD || header.memory_size == 0)
            continue;
        const char *error = elf_add_segment(image, size, &header, elf.entry, &entry_found);
        if (error)
            return error;
    }
    if (!entry_found)
        return "the kernel's ELF entry lies in no load segment: set the entry symbol";
    return NULL;
}
