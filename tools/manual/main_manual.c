// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// glacis-manual DIRECTORY: writes the manual, a page for each object and those about all of them, from the
// tables of abi/. Where a table lacks documentation, it says so and writes nothing.
#include "check.h"
#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool write_page(const char *directory, const char *name,
                       void (*write)(const struct page *, const struct entry *), const struct entry *entry) {
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.md", directory, name);
    struct page page = {fopen(path, "w"), &abi_tables};
    if (page.file) {
        write(&page, entry);
        bool bad = ferror(page.file) != 0;
        if (fclose(page.file) == 0 && !bad)
            return true;
    }
    fprintf(stderr, "error: %s cannot be written (%s); make the directory, or room\n", path, strerror(errno));
    return false;
}

static void write_general(const struct page *page, const struct entry *entry) {
    static void (*const writers[])(const struct page *) = {
        page_write_syscalls, page_write_faults, page_write_errors, page_write_boot, page_write_index};
    writers[entry->value](page);
}

int main(int argc, char **argv) {
    static const struct entry general[] = {{.page = "system-calls", .value = 0},
                                           {.page = "faults", .value = 1},
                                           {.page = "errors", .value = 2},
                                           {.page = "boot", .value = 3},
                                           {.page = "README", .value = 4}};
    struct report report = {0};
    bool good = true;

    if (argc != 2) {
        fprintf(stderr, "usage: glacis-manual DIRECTORY\n");
        return EXIT_FAILURE;
    }
    check_tables(&abi_tables, &report);
    if (report_print(&report))
        return EXIT_FAILURE;
    for (unsigned i = 0; i < sizeof(general) / sizeof(general[0]); i++)
        good = write_page(argv[1], general[i].page, write_general, &general[i]) && good;
    for (const struct entry *entry = abi_tables.objects; entry->kind != ENTRY_END; entry++)
        if (entry->kind == ENTRY_OBJECT)
            good = write_page(argv[1], entry->page, page_write_object, entry) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
