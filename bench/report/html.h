// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Writing HTML. Invariant: no text of a results file reaches the page but through html_print and html_text,
// which escape it; what they write has no effect outside the element or the quoted attribute in which it
// stands.
#ifndef GLACIS_BENCH_REPORT_HTML_H
#define GLACIS_BENCH_REPORT_HTML_H

#include <stdio.h>

// Writes text: & < > " ' as character references; control characters and bytes that are not UTF-8 as U+FFFD.
void html_text(FILE *out, const char *text);

// Formats, and writes the result as html_text does.
__attribute__((format(printf, 2, 3))) void html_print(FILE *out, const char *format, ...);

// A table that can be scrolled by itself: caption (escaped), and the column heads, of which the first begins
// the rows. A head that begins with '<' is of a column of text, without that character; the others are of
// numbers.
void html_table_begin(FILE *out, const char *caption, const char *const *heads, size_t count);
void html_table_end(FILE *out);

// Cells of a row: its head, a number, text. A number gets as many decimals as `decimals` says, and thin
// spaces.
void html_row_begin(FILE *out, const char *head);
void html_row_end(FILE *out);
void html_cell_number(FILE *out, double value, int decimals);
__attribute__((format(printf, 2, 3))) void html_cell(FILE *out, const char *format, ...);
__attribute__((format(printf, 2, 3))) void html_cell_text(FILE *out, const char *format, ...);

// Writes a number for people: digits in groups of three, `decimals` behind the point; with a sign when `sign`
// is set.
void html_number(char *text, size_t size, double value, int decimals, int sign);

#endif
