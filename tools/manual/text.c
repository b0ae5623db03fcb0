// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Markdown: paragraphs, lists, tables, links.
#include "page.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH 120

static const char *page_of(const struct tables *tables, const char *object) {
    return table_find(tables->objects, ENTRY_OBJECT, object, -1)->page;
}

// Writes `text` with links; in a table a | would end the cell.
static void write_linked(FILE *out, const struct tables *tables, const char *text, bool in_cell) {
    bool code = false;
    for (const char *at = text; *at;) {
        const struct entry *method = NULL;
        bool starts = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        size_t length = !code && starts ? table_reference(tables, at, &method) : 0;
        if (length && method) {
            fprintf(out, "[%.*s](%s.md#", (int)length, at, page_of(tables, method->name));
            for (size_t i = 0; i < length; i++)
                fputc(tolower((unsigned char)at[i]), out);
            fputc(')', out);
            at += length;
            continue;
        }
        code ^= *at == '`';
        if (in_cell && *at == '|')
            fputc('\\', out);
        // Outside code these begin Markdown's own marks.
        if (!code && (*at == '*' || (*at == '<' && isalpha((unsigned char)at[1]))))
            fputc('\\', out);
        fputc(*at++, out);
    }
}

static char *linked(const struct tables *tables, const char *text) {
    char *result = NULL;
    size_t size;
    FILE *out = open_memstream(&result, &size);
    if (!out) {
        fprintf(stderr, "error: this computer has no memory left; close other programs\n");
        exit(1);
    }
    write_linked(out, tables, text, false);
    fclose(out);
    return result;
}

void page_write_lines(const struct page *page, const char *first, const char *rest, const char *text) {
    char *marked = linked(page->tables, text);
    size_t column = strlen(first);
    bool begins = true; // a line
    fputs(first, page->file);
    for (char *word = strtok(marked, " "); word; word = strtok(NULL, " ")) {
        if (!begins && column + 1 + strlen(word) > LINE_WIDTH) {
            fprintf(page->file, "\n%s", rest);
            column = strlen(rest);
            begins = true;
        }
        fprintf(page->file, "%s%s", begins ? "" : " ", word);
        column += !begins + strlen(word);
        begins = false;
    }
    fputc('\n', page->file);
    free(marked);
}

void page_write_paragraph(const struct page *page, const char *text) {
    page_write_lines(page, "", "", text);
    fputc('\n', page->file);
}

void page_write_row(const struct page *page, unsigned count, const char *const cells[]) {
    fputc('|', page->file);
    for (unsigned i = 0; i < count; i++) {
        fputc(' ', page->file);
        write_linked(page->file, page->tables, cells[i], true);
        fputs(cells[i][0] ? " |" : "|", page->file);
    }
    fputc('\n', page->file);
}

void page_write_head(const struct page *page, unsigned count, const char *const cells[]) {
    page_write_row(page, count, cells);
    fputc('|', page->file);
    while (count--)
        fputs("---|", page->file);
    fputc('\n', page->file);
}

const char *page_format(const char *format, ...) {
    static char texts[8][1024];
    static unsigned next;
    char *text = texts[next++ % 8];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(texts[0]), format, arguments);
    va_end(arguments);
    return text;
}

static void write_values(const struct page *page, const char *list) {
    PAGE_HEAD(page, "value", "constant", "meaning");
    for (const struct entry *value = page->tables->values; value->kind != ENTRY_END; value++)
        if (value->kind == ENTRY_VALUE && strcmp(value->name, list) == 0)
            PAGE_ROW(page, page_format("%ld", value->value), page_format("`%s`", value->constant),
                     value->text);
    fputc('\n', page->file);
}

const struct entry *page_write_prose(const struct page *page, const struct entry *entry) {
    for (;; entry++)
        switch (entry->kind) {
        case ENTRY_DOC:
            page_write_paragraph(page, entry->text);
            break;
        case ENTRY_SECTION:
            fprintf(page->file, "## %s\n\n", entry->text);
            break;
        case ENTRY_ITEM:
            page_write_lines(page, "- ", "  ", entry->text);
            if (entry[1].kind != ENTRY_ITEM)
                fputc('\n', page->file);
            break;
        case ENTRY_VALUE_TABLE:
            write_values(page, entry->name);
            break;
        default:
            return entry;
        }
}
