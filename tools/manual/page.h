// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The pages of docs/manual, in Markdown, from tables that check_tables has found complete.
#ifndef TOOLS_MANUAL_PAGE_H
#define TOOLS_MANUAL_PAGE_H

#include "table.h"

#include <stdio.h>

// A page in the making.
struct page {
    FILE *file;
    const struct tables *tables;
};

// --- text.c

// A text with links to the methods that it names: wrapped lines, with `first` before the first one and `rest`
// before the others.
void page_write_lines(const struct page *page, const char *first, const char *rest, const char *text);
// A paragraph of its own.
void page_write_paragraph(const struct page *page, const char *text);
// A row of a table: `count` texts.
void page_write_row(const struct page *page, unsigned count, const char *const cells[]);
#define PAGE_ROW(page, ...)                                                                                  \
    page_write_row(page, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *),                             \
                   (const char *[]){__VA_ARGS__})
// The row and the line that begin a table.
#define PAGE_HEAD(page, ...)                                                                                 \
    page_write_head(page, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *),                            \
                    (const char *[]){__VA_ARGS__})
void page_write_head(const struct page *page, unsigned count, const char *const cells[]);
// A small text with a number or two in it. Holds the last 8.
const char *page_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Paragraphs, headings, lists and value tables from `entry` on, up to something else; where that is.
const struct entry *page_write_prose(const struct page *page, const struct entry *entry);

// --- object.c

void page_write_object(const struct page *page, const struct entry *object);

// --- lists.c

void page_write_syscalls(const struct page *page);
void page_write_faults(const struct page *page);
void page_write_errors(const struct page *page);
void page_write_boot(const struct page *page);
void page_write_index(const struct page *page);

#endif
