// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The pages that are about no single object: system calls, faults, errors, and the index.
#include "page.h"

#include <abi/config.h>
#include <ctype.h>
#include <string.h>

// --- system calls

void page_write_syscalls(const struct page *page) {
    const struct entry *table = page->tables->syscalls, *entry;
    fprintf(page->file, "# System calls\n\n");
    (void)page_write_prose(page, table);
    PAGE_HEAD(page, "number", "call", "in", "out");
    for (entry = table; entry->kind != ENTRY_END; entry++) {
        if (entry->kind != ENTRY_SYSCALL)
            continue;
        const struct entry *registers = table_find(table, ENTRY_REGISTERS, entry->name, -1);
        PAGE_ROW(page, page_format("%ld", entry->value),
                 page_format("`seL4_%s`%s", entry->name, entry->count ? " (debug build)" : ""),
                 registers->text, registers->mend);
    }
    fputc('\n', page->file);
    for (entry = table; entry->kind != ENTRY_END; entry++) {
        if (entry->kind == ENTRY_SYSCALL) {
            char first[64];
            snprintf(first, sizeof(first), "- %s: ", entry->name);
            page_write_lines(page, first, "  ", entry[1].text);
        }
    }
    fputc('\n', page->file);
    for (entry = table; entry->kind != ENTRY_END;) {
        if (entry->kind == ENTRY_SECTION)
            entry = page_write_prose(page, entry);
        else
            entry++;
    }
    PAGE_HEAD(page, "value", "constant", "capability");
    for (long value = 0; value < 256; value++) {
        const struct entry *type = table_find(page->tables->objects, ENTRY_CAP_TYPE, NULL, value);
        if (type)
            PAGE_ROW(page, page_format("%ld", value), page_format("`%s`", type->constant), type->text);
    }
}

// --- faults

static void write_words(const struct page *page, enum entry_kind kind, long fault, const char *title) {
    unsigned index = 0;
    for (const struct entry *word = page->tables->faults; word->kind != ENTRY_END; word++) {
        if (word->kind != kind || word->value != fault)
            continue;
        if (index == 0)
            PAGE_HEAD(page, title, "name", "meaning");
        PAGE_ROW(page, page_format("MR%u", index), page_format("`%s`", word->name), word->text);
        index++;
    }
    if (index)
        fputc('\n', page->file);
}

static void write_replies(const struct page *page, long fault) {
    for (const struct entry *reply = page->tables->faults; reply->kind != ENTRY_END; reply++) {
        if (reply->kind != ENTRY_FAULT_REPLY || reply->value != fault)
            continue;
        const char *first = reply->count == REPLY_ANY ? "- Reply with any label: "
                            : reply->count == REPLY_OTHER
                                ? "- With any other label: "
                                : page_format("- Reply with label %d: ", reply->count);
        page_write_lines(page, first, "  ", page_format("%s.", reply->text));
    }
    fputc('\n', page->file);
}

void page_write_faults(const struct page *page) {
    fprintf(page->file, "# Faults\n\n");
    (void)page_write_prose(page, page->tables->faults);
    for (const struct entry *fault = page->tables->faults; fault->kind != ENTRY_END; fault++) {
        if (fault->kind != ENTRY_FAULT)
            continue;
        fprintf(page->file,
                fault->value < 0x100 ? "## %s\n\nLabel %ld, `%s`."
                                     : "## %s\n\nLabel %#lx, `%s`, an extension of this kernel.",
                fault->name, fault->value, fault->constant);
        fprintf(page->file, "\n\n");
        (void)page_write_prose(page, fault + 1);
        write_words(page, ENTRY_FAULT_WORD, fault->value, "message");
        write_replies(page, fault->value);
        write_words(page, ENTRY_REPLY_WORD, fault->value, "reply");
    }
}

// --- errors

static void write_error_list(const struct page *page, const char *list) {
    PAGE_HEAD(page, "value", "name", "words", "meaning", "mend");
    for (const struct entry *error = page->tables->values; error->kind != ENTRY_END; error++)
        if (error->kind == ENTRY_VALUE && strcmp(error->name, list) == 0)
            PAGE_ROW(page, page_format("%ld", error->value),
                     page_format("%s, `%s`", error->method, error->constant), error->words, error->text,
                     error->mend);
    fputc('\n', page->file);
}

void page_write_errors(const struct page *page) {
    fprintf(page->file, "# Errors\n\n");
    (void)page_write_prose(page, page->tables->values);
    write_error_list(page, "errors");
    fprintf(page->file, "## Lookup failures\n\n");
    page_write_paragraph(page, "They stand in the words of FailedLookup from MR1 on, and of a CapFault "
                               "([faults](faults.md)) from MR3 on. How an address is "
                               "resolved says [CNode](cnode.md).");
    write_error_list(page, "lookup_failures");
}

// --- boot

static void write_boot_values(const struct page *page, const char *list, const char *first,
                              const char *third) {
    PAGE_HEAD(page, first, "constant", third);
    for (const struct entry *value = page->tables->boot; value->kind != ENTRY_END; value++)
        if (value->kind == ENTRY_VALUE && strcmp(value->name, list) == 0)
            PAGE_ROW(page, page_format(value->value < 0x1000 ? "%ld" : "%#lx", value->value),
                     page_format("`%s`", value->constant), value->text);
    fputc('\n', page->file);
}

void page_write_boot(const struct page *page) {
    fprintf(page->file, "# The root task\n\n");
    (void)page_write_prose(page, page->tables->boot);
    write_boot_values(page, "boot_slots", "slot", "capability");
    fprintf(page->file, "## Boot information\n\n`struct sel4_bootinfo`.\n\n");
    PAGE_HEAD(page, "byte", "field", "meaning");
    for (const struct entry *field = page->tables->boot; field->kind != ENTRY_END; field++)
        if (field->kind == ENTRY_FIELD)
            PAGE_ROW(page, page_format("%ld", field->value), page_format("`%s`", field->name), field->text);
    fputc('\n', page->file);
    for (const struct entry *entry = page->tables->boot; entry->kind != ENTRY_END; entry++)
        if (entry->kind == ENTRY_SECTION)
            (void)page_write_prose(page, entry);
    write_boot_values(page, "boot_chunks", "identifier", "contents");
}

// --- the index

// The method's name, a link to it, after `before`.
static void write_method_link(char *text, size_t size, const struct entry *object, const struct entry *method,
                              const char *before) {
    int used = snprintf(text, size, "%s[%s](%s.md#%s_%s)", before, method->method, object->page, object->name,
                        method->method);
    for (char *anchor = strchr(text, '#'); anchor && anchor < text + used; anchor++)
        *anchor = (char)tolower((unsigned char)*anchor);
}

static void write_object_row(const struct page *page, const struct entry *object) {
    char methods[4096] = "";
    for (const struct entry *method = page->tables->methods; method->kind != ENTRY_END; method++) {
        size_t used = strlen(methods);
        if (method->kind == ENTRY_METHOD && strcmp(method->name, object->name) == 0)
            write_method_link(methods + used, sizeof(methods) - used, object, method, used ? ", " : "");
    }
    PAGE_ROW(page, page_format("[%s](%s.md)", object->name, object->page),
             methods[0] ? methods : "none: system calls alone");
}

void page_write_index(const struct page *page) {
    const struct entry *entry;
    fprintf(page->file, "# Manual of the kernel's interface\n\n");
    page_write_paragraph(page,
                         "For " ABI_CONFIG_NAME ". Made from the tables in `abi/` by `make manual`, which "
                         "also make the kernel's dispatch and the stubs of "
                         "`lib/sys`; `make lint` compares. To change a page, change the table.");
    page_write_lines(page, "- ", "  ", "[The root task](boot.md): what it finds when it starts");
    page_write_lines(page, "- ", "  ", "[System calls](system-calls.md): registers in and out, failures");
    page_write_lines(page, "- ", "  ", "[Faults](faults.md): messages and replies");
    page_write_lines(page, "- ", "  ", "[Errors](errors.md) and lookup failures");
    page_write_lines(page, "- ", "  ",
                     "[Rights, copies, revocation, addresses](cnode.md); [messages and the IPC "
                     "buffer](endpoint.md); [budgets and donation](schedcontext.md)");
    fprintf(page->file, "\n## Objects and methods\n\n");
    PAGE_HEAD(page, "object", "methods");
    for (entry = page->tables->objects; entry->kind != ENTRY_END; entry++)
        if (entry->kind == ENTRY_OBJECT)
            write_object_row(page, entry);
    fprintf(page->file, "\n## Object types\n\nOf Untyped_Retype.\n\n");
    PAGE_HEAD(page, "type", "constant", "object", "size");
    for (long value = 0; (entry = table_find(page->tables->objects, ENTRY_OBJECT_TYPE, NULL, value)); value++)
        PAGE_ROW(page, page_format("%ld", value), page_format("`%s`", entry->constant), entry->name,
                 entry->count ? page_format("2^%d bytes", entry->count) : entry->text);
    fprintf(page->file, "\n## Labels\n\n");
    PAGE_HEAD(page, "label", "method");
    for (long label = 0; label < 0x2000; label++) {
        entry = table_find(page->tables->methods, ENTRY_METHOD, NULL, label);
        if (entry)
            PAGE_ROW(page, page_format(label < 0x1000 ? "%ld" : "%#lx", label),
                     page_format("%s_%s", entry->name, entry->method));
    }
}
