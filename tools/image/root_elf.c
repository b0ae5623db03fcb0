// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The checks of a root task's ELF file; see root_elf.h. Invariant: nothing is read from the file that libelf
// has not found inside it.
#include "root_elf.h"

#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <string.h>

struct root_elf {
    Elf *elf;
    size_t size;
    struct position at;
    struct report *report;
    GElf_Ehdr header;
    GElf_Phdr loads[ROOT_ELF_MAX_SEGMENTS];
    unsigned load_count;
};

static bool check_header(struct root_elf *root, const void *file) {
    const unsigned char *ident = file;

    if (root->size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG) != 0) {
        report_error(root->report, root->at,
                     "the root task is not an ELF file; give a static AArch64 program");
        return false;
    }
    root->elf = elf_memory((char *)file, root->size);
    if (!root->elf || !gelf_getehdr(root->elf, &root->header)) {
        report_error(root->report, root->at, "the root task's ELF header is damaged (%s); build it again",
                     elf_errmsg(-1));
        return false;
    }
    if (root->header.e_machine != EM_AARCH64 || ident[EI_CLASS] != ELFCLASS64 ||
        ident[EI_DATA] != ELFDATA2LSB) {
        report_error(root->report, root->at,
                     "the root task is a program for another machine (ELF machine %u, %s bits, %s endian); "
                     "build it for little-endian AArch64",
                     root->header.e_machine, ident[EI_CLASS] == ELFCLASS64 ? "64" : "32",
                     ident[EI_DATA] == ELFDATA2LSB ? "little" : "big");
        return false;
    }
    if (root->header.e_type != ET_EXEC) {
        report_error(root->report, root->at,
                     root->header.e_type == ET_REL
                         ? "the root task is an object file; link it"
                         : "the root task is not linked to fixed addresses (ELF type %u); link it with "
                           "-static -no-pie",
                     root->header.e_type);
        return false;
    }
    return true;
}

static bool check_segment(const struct root_elf *root, const GElf_Phdr *segment, size_t index) {
    // What has nothing in the file may stand anywhere in it.
    if (segment->p_filesz > segment->p_memsz || segment->p_filesz > root->size ||
        (segment->p_filesz && segment->p_offset > root->size - segment->p_filesz)) {
        report_error(root->report, root->at,
                     "the root task's segment %zu lies outside of the file: it is truncated; build it again",
                     index);
        return false;
    }
    if (segment->p_vaddr >= ROOT_ELF_MAX_ADDRESS ||
        segment->p_memsz > ROOT_ELF_MAX_ADDRESS - segment->p_vaddr) {
        report_error(root->report, root->at,
                     "the root task's segment %zu ends beyond 512 GiB; link it to lower addresses", index);
        return false;
    }
    for (unsigned i = 0; i < root->load_count; i++) {
        const GElf_Phdr *other = &root->loads[i];
        if (segment->p_vaddr < other->p_vaddr + other->p_memsz &&
            other->p_vaddr < segment->p_vaddr + segment->p_memsz) {
            report_error(root->report, root->at,
                         "the root task's segment %zu (0x%" PRIx64 " - 0x%" PRIx64
                         ") overlaps another (0x%" PRIx64 " - 0x%" PRIx64 "); correct its linker script",
                         index, segment->p_vaddr, segment->p_vaddr + segment->p_memsz, other->p_vaddr,
                         other->p_vaddr + other->p_memsz);
            return false;
        }
    }
    return true;
}

static bool check_segments(struct root_elf *root) {
    size_t count = 0;
    GElf_Phdr segment;

    if (elf_getphdrnum(root->elf, &count) != 0) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(root->elf, (int)i, &segment)) {
            report_error(
                root->report, root->at,
                "the root task's program headers lie outside of the file: it is truncated; build it again");
            return false;
        }
        if (segment.p_type == PT_INTERP || segment.p_type == PT_DYNAMIC) {
            report_error(
                root->report, root->at,
                "the root task is linked dynamically, and nobody could load its libraries; link it with "
                "-static -no-pie");
            return false;
        }
        if (segment.p_type != PT_LOAD || !segment.p_memsz) {
            continue;
        }
        if (root->load_count == ROOT_ELF_MAX_SEGMENTS) {
            report_error(root->report, root->at,
                         "the root task has more than %d segments to load; merge some in its linker script",
                         ROOT_ELF_MAX_SEGMENTS);
            return false;
        }
        if (!check_segment(root, &segment, i)) {
            return false;
        }
        root->loads[root->load_count++] = segment;
    }
    if (!root->load_count) {
        report_error(root->report, root->at, "the root task has nothing to load; link it to a program");
    }
    return root->load_count != 0;
}

// The span of memory and the entry point.
static bool check_span(const struct root_elf *root) {
    uint64_t start = UINT64_MAX, end = 0;
    bool entered = false;

    for (unsigned i = 0; i < root->load_count; i++) {
        uint64_t first = root->loads[i].p_vaddr, behind = first + root->loads[i].p_memsz;
        entered = entered || (root->header.e_entry >= first && root->header.e_entry < behind);
        start = first < start ? first : start;
        end = behind > end ? behind : end;
    }
    if (end - start > ROOT_ELF_MAX_BYTES) {
        report_error(root->report, root->at,
                     "the root task spans 0x%" PRIx64 " - 0x%" PRIx64 ", gaps included, and may have %" PRIu64
                     " MiB; make it smaller, or link its segments closer",
                     start, end, ROOT_ELF_MAX_BYTES >> 20);
        return false;
    }
    if (!entered) {
        report_error(root->report, root->at,
                     "the root task's entry point 0x%" PRIx64
                     " is in no segment; name its first instruction to the "
                     "linker (-e)",
                     root->header.e_entry);
    }
    return entered;
}

// Relocations that somebody would have to apply at run time; those of --emit-relocs are in no segment.
static bool check_relocations(const struct root_elf *root) {
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = elf_nextscn(root->elf, section))) {
        if (gelf_getshdr(section, &header) && (header.sh_type == SHT_RELA || header.sh_type == SHT_REL) &&
            header.sh_flags & SHF_ALLOC && header.sh_size) {
            report_error(
                root->report, root->at,
                "the root task has relocations, and nobody would apply them; link it with -static -no-pie, "
                "without IFUNCs");
            return false;
        }
    }
    return true;
}

bool root_elf_check(const void *file, size_t size, const char *path, struct report *report) {
    struct root_elf root = {.size = size, .at = {.file = path}, .report = report};

    elf_version(EV_CURRENT);
    bool good =
        check_header(&root, file) && check_segments(&root) && check_span(&root) && check_relocations(&root);
    elf_end(root.elf);
    return good;
}
