// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The image packer; see pack.h.
#include "pack.h"

#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "guest_file.h"
#include "root_elf.h"

// More than any kernel of ours takes; keeps a damaged header from asking for the whole disk.
#define KERNEL_MOST_BYTES ((uint64_t)64 << 20)

bool pack_add_module(struct pack_input *input, const char *name, const char *path, struct report *report) {
    struct position nowhere = {0};

    if (input->module_count == IMAGE_MAX_MODULES) {
        report_error(report, nowhere, "an image has %d modules at most; give fewer", IMAGE_MAX_MODULES);
        return false;
    }
    if (!*name || strlen(name) >= sizeof((struct image_module){0}.name)) {
        report_error(report, nowhere, "'%s' cannot be a module's name; use 1 to 63 characters", name);
        return false;
    }
    for (unsigned i = 0; i < input->module_count; i++) {
        if (strcmp(input->modules[i].name, name) == 0) {
            report_error(report, nowhere, "the module %s is given twice; give one of them another name",
                         name);
            return false;
        }
    }
    input->modules[input->module_count++] = (struct pack_module){name, path};
    return true;
}

// An ELF kernel as a flat binary: its loaded segments, from the lowest physical address.
static bool pack_flatten(struct bytes *flat, const struct bytes *file, const char *path,
                         struct report *report) {
    struct position at = {.file = path};
    uint64_t low = UINT64_MAX;
    size_t count = 0;
    GElf_Ehdr header;
    GElf_Phdr segment;

    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)file->data, file->size);
    if (!elf || !gelf_getehdr(elf, &header) || elf_getphdrnum(elf, &count) != 0 ||
        header.e_machine != EM_AARCH64) {
        report_error(report, at, "the kernel is not a whole AArch64 ELF file; build it again");
        elf_end(elf);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD && segment.p_filesz &&
            segment.p_paddr < low) {
            low = segment.p_paddr;
        }
    }
    bool good = low != UINT64_MAX;
    for (size_t i = 0; good && i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_LOAD || !segment.p_filesz) {
            continue;
        }
        good = segment.p_offset <= file->size && segment.p_filesz <= file->size - segment.p_offset &&
               segment.p_filesz <= KERNEL_MOST_BYTES && segment.p_paddr - low <= KERNEL_MOST_BYTES;
        uint64_t end = segment.p_paddr - low + segment.p_filesz;
        if (good && end > flat->size) {
            bytes_append(flat, NULL, end - flat->size);
        }
        if (good) {
            memcpy(flat->data + (segment.p_paddr - low), file->data + segment.p_offset, segment.p_filesz);
        }
    }
    elf_end(elf);
    if (!good) {
        report_error(
            report, at,
            "the kernel's ELF file has no segment to load, or one that it does not hold; build it again");
    }
    return good;
}

static bool pack_check_kernel(const struct bytes *kernel, const char *path, struct report *report) {
    struct position at = {.file = path};
    struct image_reference reference;

    if (kernel->size < IMAGE_REFERENCE_OFFSET + sizeof reference) {
        report_error(report, at, "the kernel has %zu bytes, less than its header's %zu; build it again",
                     kernel->size, IMAGE_REFERENCE_OFFSET + sizeof reference);
        return false;
    }
    memcpy(&reference, kernel->data + IMAGE_REFERENCE_OFFSET, sizeof reference);
    if (read_le32(kernel->data + ARM64_MAGIC_OFFSET) != ARM64_IMAGE_MAGIC ||
        reference.magic != IMAGE_REFERENCE_MAGIC) {
        report_error(report, at,
                     "this is not a Glacis kernel (no arm64 Image header with an image reference); give "
                     "kernel/'s binary");
        return false;
    }
    if (reference.kernel_memory < kernel->size || reference.kernel_memory > KERNEL_MOST_BYTES) {
        report_error(report, at,
                     "the kernel is cut short or damaged: it states %" PRIu64
                     " bytes of memory, but has %zu in the file; build it again",
                     reference.kernel_memory, kernel->size);
        return false;
    }
    return true;
}

static bool pack_read_kernel(struct bytes *image, const char *path, struct report *report) {
    struct bytes file = {0};
    bool good = bytes_read_file(&file, path, (struct position){.file = path}, "the kernel",
                                "build it with make", report);

    if (good && file.size >= SELFMAG && memcmp(file.data, ELFMAG, SELFMAG) == 0) {
        good = pack_flatten(image, &file, path, report);
    } else if (good) {
        bytes_append(image, file.data, file.size);
    }
    bytes_free(&file);
    return good && pack_check_kernel(image, path, report);
}

// Appends a file at the next boundary; sets where it stands.
static bool pack_append_file(struct bytes *image, const char *path, const char *what, uint64_t *offset,
                             uint64_t *size, struct report *report) {
    struct position at = {.file = path};

    bytes_align(image, IMAGE_ALIGNMENT);
    *offset = image->size;
    if (!bytes_read_file(image, path, at, what, "build it, or name an existing file", report)) {
        return false;
    }
    *size = image->size - *offset;
    if (*size == 0) {
        report_error(report, at, "%s is an empty file; build it again", what);
    }
    return *size != 0;
}

bool pack_image(struct bytes *image, const struct pack_input *input, struct report *report) {
    struct image_reference reference;
    size_t table_size = sizeof(struct image_table) + input->module_count * sizeof(struct image_module);

    if (!pack_read_kernel(image, input->kernel_path, report)) {
        return false;
    }
    memcpy(&reference, image->data + IMAGE_REFERENCE_OFFSET, sizeof reference);
    bytes_append(image, NULL, reference.kernel_memory - image->size);
    bytes_align(image, IMAGE_ALIGNMENT);
    reference.table_offset = bytes_append(image, NULL, table_size);

    struct image_table *table = bytes_reallocate(NULL, table_size);
    memset(table, 0, table_size);
    table->magic = IMAGE_TABLE_MAGIC;
    table->module_count = input->module_count;
    bool good = pack_append_file(image, input->root_path, "the root task", &table->root_offset,
                                 &table->root_size, report) &&
                root_elf_check(image->data + table->root_offset, table->root_size, input->root_path, report);
    for (unsigned i = 0; i < input->module_count; i++) {
        struct image_module *module = &table->modules[i];
        memcpy(module->name, input->modules[i].name, strlen(input->modules[i].name));
        good = pack_append_file(image, input->modules[i].path, "a boot module", &module->offset,
                                &module->size, report) &&
               good;
    }
    bytes_align(image, IMAGE_ALIGNMENT);
    memcpy(image->data + IMAGE_REFERENCE_OFFSET, &reference, sizeof reference);
    memcpy(image->data + reference.table_offset, table, table_size);
    write_le64(image->data + ARM64_IMAGE_SIZE, image->size);
    free(table);
    return good;
}
