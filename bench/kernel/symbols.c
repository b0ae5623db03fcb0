// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The functions of an ELF file (bench/kernel/symbols.h). Labels of assembly have neither type nor size: each
// of the text section's reaches to the next symbol.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bench/kernel/symbols.h>

struct image {
    const uint8_t *bytes;
    size_t size;
};

// The bytes of a part of the file, or NULL when it has none there.
static const void *image_part(const struct image *image, uint64_t offset, uint64_t bytes) {
    return offset <= image->size && bytes <= image->size - offset ? image->bytes + offset : NULL;
}

static int symbol_compare(const void *a, const void *b) {
    const struct symbol *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static bool is_wanted(const Elf64_Sym *symbol, const char *name, const Elf64_Shdr *sections, size_t count) {
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_NOTYPE) && symbol->st_shndx < count && name[0] != '\0' &&
           name[0] != '$' && sections[symbol->st_shndx].sh_flags & SHF_EXECINSTR;
}

// One name for each address, each up to the next.
static void symbols_order(struct symbols *symbols, uint64_t end) {
    size_t kept = 0;
    qsort(symbols->list, symbols->count, sizeof(*symbols->list), symbol_compare);
    for (size_t i = 0; i < symbols->count; i++) {
        if (kept == 0 || symbols->list[kept - 1].start != symbols->list[i].start)
            symbols->list[kept++] = symbols->list[i];
    }
    symbols->count = kept;
    for (size_t i = 0; i < kept; i++)
        symbols->list[i].end = i + 1 < kept ? symbols->list[i + 1].start : end;
    symbols->text_start = kept != 0 ? symbols->list[0].start : 0;
    symbols->text_end = end;
}

static bool symbols_take(const struct image *image, struct symbols *symbols) {
    const Elf64_Ehdr *header = image_part(image, 0, sizeof(*header));
    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64)
        return false;
    const Elf64_Shdr *sections =
        image_part(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof(*sections));
    uint64_t end = 0;
    for (size_t i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_flags & SHF_EXECINSTR)
            end = sections[i].sh_addr + sections[i].sh_size;
    }
    for (size_t i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= header->e_shnum)
            continue;
        const Elf64_Shdr *strings = &sections[sections[i].sh_link];
        const char *names = image_part(image, strings->sh_offset, strings->sh_size);
        const Elf64_Sym *table = image_part(image, sections[i].sh_offset, sections[i].sh_size);
        size_t count = sections[i].sh_size / sizeof(*table);
        symbols->list = calloc(count + 1, sizeof(*symbols->list));
        if (symbols->list == NULL || names == NULL || table == NULL)
            return false;
        for (size_t j = 0; j < count; j++) {
            if (table[j].st_name < strings->sh_size &&
                is_wanted(&table[j], names + table[j].st_name, sections, header->e_shnum))
                symbols->list[symbols->count++] =
                    (struct symbol){.start = table[j].st_value, .name = names + table[j].st_name};
        }
        symbols_order(symbols, end);
        return symbols->count != 0;
    }
    return false;
}

bool symbols_read(const char *path, struct symbols *symbols) {
    *symbols = (struct symbols){0};
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    void *bytes = MAP_FAILED;
    if (fstat(file, &status) == 0 && status.st_size > 0)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (bytes == MAP_FAILED)
        return false;
    struct image image = {bytes, (size_t)status.st_size};
    if (symbols_take(&image, symbols))
        return true; // the names stay mapped
    free(symbols->list);
    munmap(bytes, image.size);
    errno = EINVAL;
    return false;
}

size_t symbols_find(const struct symbols *symbols, uint64_t address) {
    size_t low = 0, high = symbols->count;
    while (low < high) { // the first that ends behind the address
        size_t middle = low + (high - low) / 2;
        if (symbols->list[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < symbols->count && symbols->list[low].start <= address ? low : symbols->count;
}
