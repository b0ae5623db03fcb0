// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The page of an object: what it is, its size, how it is made and how it goes, and its methods.
#include "page.h"

#include <abi/types.h>
#include <string.h>

#define FIRST_EXTENSION 0x1000

// --- the object

static void write_sizes(const struct page *page, const char *object) {
    bool any = false;
    for (const struct entry *type = page->tables->objects; type->kind != ENTRY_END; type++) {
        if (type->kind != ENTRY_OBJECT_TYPE || strcmp(type->name, object) != 0)
            continue;
        if (!any)
            PAGE_HEAD(page, "type", "constant", "size");
        any = true;
        PAGE_ROW(page, page_format("%ld", type->value), page_format("`%s`", type->constant),
                 type->count ? page_format("2^%d = %ld bytes", type->count, 1L << type->count) : type->text);
    }
    if (any)
        fputc('\n', page->file);
}

static void write_facts(const struct page *page, const struct entry *object) {
    const struct entry *made = table_part(object, ENTRY_MADE, 0), *gone = table_part(object, ENTRY_GONE, 0);
    page_write_lines(page, "- How it is made: ", "  ", made->text);
    page_write_lines(page, "- When its last capability is deleted: ", "  ", gone->text);
    if (!object->count)
        page_write_lines(page, "- ", "  ",
                         "Not to be invoked by the send phase of ReplyRecv, NBSendRecv and NBSendWait.");
    page_write_lines(page, "- ", "  ",
                     page_format("Capability type (DebugCapIdentify): %ld.", object->value));
    fputc('\n', page->file);
    write_sizes(page, object->name);
}

// What stands in the table behind the object, and behind each DOC_OBJECT of it.
static void write_sections(const struct page *page, const struct entry *object) {
    bool within = false;
    for (const struct entry *entry = page->tables->objects; entry->kind != ENTRY_END;) {
        if (entry->kind == ENTRY_OBJECT || entry->kind == ENTRY_OBJECT_AGAIN)
            within = strcmp(entry->name, object->name) == 0;
        bool prose =
            entry->kind == ENTRY_SECTION || entry->kind == ENTRY_ITEM || entry->kind == ENTRY_VALUE_TABLE;
        if (within && prose)
            entry = page_write_prose(page, entry);
        else
            entry++;
    }
}

// --- a method

static void write_declaration(const struct page *page, const struct entry *method) {
    fprintf(page->file, "```c\n");
    char prefix[128];
    int indent =
        snprintf(prefix, sizeof(prefix), "enum sel4_error seL4_%s_%s(", method->name, method->method);
    size_t column = (size_t)indent;
    fputs(prefix, page->file);
    for (const char *at = method->parameters; *at;) {
        size_t length = strcspn(at, ","), next = length + (at[length] == ',');
        while (length && at[length - 1] == ' ')
            length--;
        if (at != method->parameters) {
            bool wraps = column + 2 + length > 110;
            fprintf(page->file, wraps ? ",\n%*s" : ", %*s", wraps ? indent : 0, "");
            column = wraps ? (size_t)indent : column + 2;
        }
        fprintf(page->file, "%.*s", (int)length, at);
        column += length;
        at += next;
        at += strspn(at, " ");
    }
    fprintf(page->file, ");\n```\n\n");
}

static void write_arguments(const struct page *page, const struct entry *method) {
    const struct entry *part;
    unsigned words = table_name_count(method->words);
    if (!words && !method->caps[0])
        return;
    PAGE_HEAD(page, "argument", "name", "meaning");
    for (unsigned i = 0; (part = table_part(method, ENTRY_CAP, i)); i++)
        PAGE_ROW(page, page_format("capability %u", i), page_format("`%s`", part->name), part->text);
    for (unsigned i = 0; (part = table_part(method, ENTRY_WORD, i)); i++)
        PAGE_ROW(page, page_format("MR%u", i), page_format("`%s`", part->name), part->text);
    part = table_part(method, ENTRY_REST, 0);
    if (part)
        PAGE_ROW(page, page_format("MR%u ...", words), page_format("`%s`", part->name), part->text);
    fputc('\n', page->file);
}

static void write_results(const struct page *page, const struct entry *method) {
    const struct entry *part;
    int first = 0;
    if (!method->count)
        return;
    PAGE_HEAD(page, "result", "name", "meaning");
    for (unsigned i = 0; (part = table_part(method, ENTRY_RESULT, i)); i++) {
        PAGE_ROW(page,
                 part->count > 1 ? page_format("MR%d to MR%d", first, first + part->count - 1)
                                 : page_format("MR%d", first),
                 page_format("`%s`", part->name), part->text);
        first += part->count;
    }
    fputc('\n', page->file);
}

static void write_error(const struct page *page, long error, const char *words, const char *when,
                        const char *mend) {
    const struct entry *value = table_find(page->tables->values, ENTRY_VALUE, "errors", error);
    PAGE_ROW(page, page_format("%ld %s", error, value->method), words, when, mend);
}

static void write_lookup(const struct page *page, const struct entry *lookup) {
    char source = lookup->count ? '1' : '0';
    const char *index = lookup->words, *depth = lookup->text;
    if (lookup->name[0] == '`')
        write_error(page, SEL4_FAILED_LOOKUP, page_format("%c, InvalidRoot", source),
                    page_format("%s is not a CNode", lookup->name), "name a CNode");
    write_error(page, SEL4_RANGE_ERROR, "1, 64", page_format("%s is 0 or more than 64", depth),
                "use 1 to 64");
    write_error(page, SEL4_FAILED_LOOKUP,
                page_format("%c, GuardMismatch or DepthMismatch, its words", source),
                page_format("the walk along %s does not end at a slot with %s bits used", index, depth),
                page_format("correct %s and %s", index, depth));
}

static const char *counted(unsigned count, const char *noun, const char *plural) {
    return page_format("%u %s", count, count == 1 ? noun : plural);
}

static void write_errors(const struct page *page, const struct entry *method) {
    unsigned caps = table_name_count(method->caps), words = table_name_count(method->words);
    const struct entry *part = method + 1;
    if (!caps && !words && !table_part(method, ENTRY_ERROR, 0) && !table_part(method, ENTRY_LOOKUP, 0)) {
        fprintf(page->file, "It has no errors.\n\n");
        return;
    }
    fprintf(page->file, "Errors, in the order in which the kernel looks:\n\n");
    PAGE_HEAD(page, "error", "its words", "when", "mend");
    if (caps || words)
        write_error(page, SEL4_TRUNCATED_MESSAGE, "",
                    page_format("the message has fewer than %s%s%s",
                                words ? counted(words, "word", "words") : "", caps && words ? " or " : "",
                                caps ? counted(caps, "capability", "capabilities") : ""),
                    "send all of them");
    for (; part->kind != ENTRY_METHOD && part->kind != ENTRY_END; part++) {
        if (part->kind == ENTRY_ERROR)
            write_error(page, part->value, part->words, part->text, part->mend);
        else if (part->kind == ENTRY_LOOKUP)
            write_lookup(page, part);
    }
    fputc('\n', page->file);
}

static void write_method(const struct page *page, const struct entry *method) {
    fprintf(page->file, "## %s_%s\n\n", method->name, method->method);
    (void)page_write_prose(page, method + 1);
    if (method->value < FIRST_EXTENSION)
        fprintf(page->file, "Label %ld.\n\n", method->value);
    else
        fprintf(page->file, "Label %#lx, an extension of this kernel.\n\n", method->value);
    write_declaration(page, method);
    write_arguments(page, method);
    write_results(page, method);
    write_errors(page, method);
}

void page_write_object(const struct page *page, const struct entry *object) {
    fprintf(page->file, "# %s\n\n", object->name);
    (void)page_write_prose(page, object + 1);
    write_facts(page, object);
    write_sections(page, object);
    for (const struct entry *method = page->tables->methods; method->kind != ENTRY_END; method++)
        if (method->kind == ENTRY_METHOD && strcmp(method->name, object->name) == 0)
            write_method(page, method);
}
