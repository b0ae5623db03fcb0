// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Small files for the tests of tools/image; see image_sample.h.
#include "image_sample.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 32

static char folder[64];
static char paths[FILES][128];
static unsigned path_count;

const char *sample_path(const char *name) {
    char path[128];

    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/tmp/glacis-test-XXXXXX");
        if (!mkdtemp(folder)) {
            perror("error: /tmp");
            exit(1);
        }
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (unsigned i = 0; i < path_count; i++) {
        if (strcmp(paths[i], path) == 0) {
            return paths[i];
        }
    }
    if (path_count == FILES) {
        fprintf(stderr, "error: more than %d sample files; raise FILES\n", FILES);
        exit(1);
    }
    return strcpy(paths[path_count++], path);
}

void sample_write(const char *name, const void *data, size_t size) {
    FILE *file = fopen(sample_path(name), "wb");

    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror("error: sample file");
        exit(1);
    }
}

void sample_write_filled(const char *name, size_t size, uint8_t fill) {
    struct bytes file = {0};

    bytes_append(&file, NULL, size);
    memset(file.data, fill, size);
    sample_write(name, file.data, size);
    bytes_free(&file);
}

void sample_clean(void) {
    for (unsigned i = 0; i < path_count; i++) {
        unlink(paths[i]);
    }
    if (folder[0]) {
        rmdir(folder);
    }
}

void sample_elf(struct bytes *file, const struct sample_segment *segments, unsigned count, uint64_t entry) {
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_AARCH64,
        .e_version = EV_CURRENT,
        .e_entry = entry,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)count,
        .e_shentsize = sizeof(Elf64_Shdr),
    };
    uint64_t offset = align_up(sizeof header + count * sizeof(Elf64_Phdr), 4096);

    bytes_append(file, &header, sizeof header);
    for (unsigned i = 0; i < count; i++) {
        Elf64_Phdr segment = {
            .p_type = PT_LOAD,
            .p_flags = segments[i].flags,
            .p_offset = offset,
            .p_vaddr = segments[i].vaddr,
            .p_paddr = segments[i].vaddr,
            .p_filesz = segments[i].file_size,
            .p_memsz = segments[i].memory_size,
            .p_align = 4096,
        };
        bytes_append(file, &segment, sizeof segment);
        offset = align_up(offset + segments[i].file_size, 4096);
    }
    for (unsigned i = 0; i < count; i++) {
        bytes_align(file, 4096);
        size_t at = bytes_append(file, NULL, segments[i].file_size);
        for (size_t byte = 0; byte < segments[i].file_size; byte++) {
            file->data[at + byte] = (uint8_t)(i + byte);
        }
    }
}

void sample_component(const char *name) {
    static const struct sample_segment segments[] = {
        {0x400000, 5000, 5000, PF_R | PF_X},
        {0x402000, 100, 100, PF_R},
        {0x403010, 40, 9000, PF_R | PF_W},
    };
    struct bytes file = {0};

    sample_elf(&file, segments, 3, 0x400100);
    sample_write(name, file.data, file.size);
    bytes_free(&file);
}

void sample_image(struct bytes *file, uint64_t text_offset, uint64_t image_size, size_t size) {
    bytes_append(file, NULL, size);
    write_le64(file->data + 8, text_offset);
    write_le64(file->data + 16, image_size);
    memcpy(file->data + 56, "ARM\x64", 4);
}
