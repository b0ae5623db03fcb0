// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The arm64 Linux `Image` header (Linux, Documentation/arch/arm64/booting.rst, section 4): 64 bytes, little
// endian whatever the kernel's own endianness.
#include <lib/base/string.h>
#include <vmm/guest/image.h>

struct image_header {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size; // memory, .bss included; 0 before Linux 3.17
    uint64_t flags;      // bit 0: big endian; 2:1 page size; 3: any 2 MiB boundary will do
    uint64_t reserved[3];
    uint32_t magic;
    uint32_t pe_offset;
};
_Static_assert(sizeof(struct image_header) == 64, "booting.rst: the header is 64 bytes");

#define IMAGE_MAGIC 0x644d5241u // "ARM\x64"
// booting.rst: where image_size is 0, text_offset is 0x80000.
#define IMAGE_OLD_TEXT_OFFSET 0x80000ull
// More than any guest has; keeps sums of sizes from wrapping.
#define IMAGE_MAX_BYTES (1ull << 40)

static uint32_t read_u16(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}
static uint32_t read_u32(const uint8_t *at) {
    return read_u16(at) | read_u16(at + 2) << 16;
}

// Places in PE headers (Microsoft PE format, sections 3.3, 3.4 and 4), bytes.
enum {
    PE_HEADER = 24, // signature and COFF header
    PE_SECTION_COUNT = 6,
    PE_OPTIONAL_SIZE = 20,
    PE_DIRECTORY_COUNT = 108,     // in the optional header (PE32+)
    PE_CERTIFICATE = 112 + 4 * 8, // the fifth directory: place in the file, size
    PE_CERTIFICATE_NUMBER = 4,
    PE_SECTION = 40,
    PE_SECTION_SIZE = 16,
    PE_SECTION_PLACE = 20,
};

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

// An Image with an EFI stub is a PE file too: its section table, and the place of its signature behind the
// sections, say how long the file must be. 0: no such table.
static uint64_t image_pe_file_size(const uint8_t *file, uint64_t size, uint64_t pe) {
    if (pe < sizeof(struct image_header) || pe + PE_HEADER > size || memcmp(file + pe, "PE\0\0", 4))
        return 0;
    uint64_t optional = pe + PE_HEADER, optional_size = read_u16(file + pe + PE_OPTIONAL_SIZE);
    uint64_t sections = optional + optional_size, end = sections;
    if (sections > size)
        return sections;
    if (optional_size >= PE_CERTIFICATE + 8 &&
        read_u32(file + optional + PE_DIRECTORY_COUNT) > PE_CERTIFICATE_NUMBER)
        end = larger(end, (uint64_t)read_u32(file + optional + PE_CERTIFICATE) +
                              read_u32(file + optional + PE_CERTIFICATE + 4));
    unsigned count = read_u16(file + pe + PE_SECTION_COUNT);
    for (unsigned i = 0; i < count && sections + PE_SECTION * (i + 1) <= size; i++) { // at most 65,535
        const uint8_t *section = file + sections + PE_SECTION * i;
        end =
            larger(end, (uint64_t)read_u32(section + PE_SECTION_PLACE) + read_u32(section + PE_SECTION_SIZE));
    }
    return end;
}

static const char *image_parse_linux(const uint8_t *file, uint64_t size, struct image *image) {
    struct image_header header;
    memcpy(&header, file, sizeof(header));
    if (size < image_pe_file_size(file, size, header.pe_offset))
        return "the kernel file is truncated (shorter than its PE header says): copy it again";
    uint64_t memory_size = header.image_size ? header.image_size : size;
    if (memory_size > IMAGE_MAX_BYTES || header.text_offset > IMAGE_MAX_BYTES)
        return "the kernel's Image header is damaged (size or text_offset beyond 2^40): copy it again";
    memory_size = memory_size < size ? size : memory_size;
    image->relocatable = true;
    image->text_offset = header.image_size ? header.text_offset : IMAGE_OLD_TEXT_OFFSET;
    image->entry = image->low = 0;
    image->high = memory_size;
    image->segment_count = 1;
    image->segments[0] = (struct image_segment){.file_size = size, .memory_size = memory_size};
    return NULL;
}

const char *image_parse(const void *file, uint64_t size, struct image *image) {
    const uint8_t *bytes = file;
    *image = (struct image){.file = bytes};
    if (!file || size == 0)
        return "the VM has no kernel: name one with `kernel`";
    if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
        return "the kernel is compressed with gzip: unpack it first (gunzip)";
    if (size >= 4 && memcmp(bytes,
                            "\x7f"
                            "ELF",
                            4) == 0)
        return elf_parse(bytes, size, image);
    if (size < sizeof(struct image_header))
        return "the kernel file is truncated (shorter than the 64-byte Image header): copy it again";
    if (read_u32(bytes + offsetof(struct image_header, magic)) != IMAGE_MAGIC)
        return "the kernel is neither an arm64 Image nor an ELF file: give an uncompressed arm64 kernel";
    return image_parse_linux(bytes, size, image);
}
