// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See html.h.
#define _GNU_SOURCE
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bench/report/html.h>

#define REPLACEMENT "\xef\xbf\xbd" // U+FFFD
#define THIN_SPACE  "\xe2\x80\xaf" // U+202F, which does not break

// The length of the UTF-8 sequence at `text`, 0 if it is none (Unicode 15, table 3-7).
static size_t sequence_length(const unsigned char *text) {
    unsigned char first = text[0], low = 0x80, high = 0xbf;
    size_t length = first < 0x80                    ? 1
                    : first >= 0xc2 && first < 0xe0 ? 2
                    : first >= 0xe0 && first < 0xf0 ? 3
                    : first >= 0xf0 && first < 0xf5 ? 4
                                                    : 0;
    low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
    high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
    for (size_t i = 1; i < length; i++) {
        if (text[i] < low || text[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

static const char *reference(unsigned char c) {
    return c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&#39;"
                       : NULL;
}

void html_text(FILE *out, const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        size_t length = sequence_length(at);
        // C0 and C1 controls are no characters of HTML text, but tab and line feed.
        bool control =
            (*at < ' ' && *at != '\t' && *at != '\n') || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0);
        const char *escaped = reference(*at);
        if (length == 0 || control) {
            fputs(REPLACEMENT, out);
        } else if (escaped != NULL) {
            fputs(escaped, out);
        } else {
            fwrite(at, 1, length, out);
        }
        at += length == 0 ? 1 : length;
    }
}

static void print(FILE *out, const char *format, va_list arguments) {
    char *text;
    if (vasprintf(&text, format, arguments) >= 0) {
        html_text(out, text);
        free(text);
    }
}

void html_print(FILE *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print(out, format, arguments);
    va_end(arguments);
}

void html_table_begin(FILE *out, const char *caption, const char *const *heads, size_t count) {
    // The caption stands outside of what is scrolled, so that a narrow screen shows all of it.
    fputs("<div class=\"table\">\n<p class=\"caption\">", out);
    html_text(out, caption);
    fputs("</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
    html_text(out, caption);
    fputs("\">\n<table aria-label=\"", out);
    html_text(out, caption);
    fputs("\">\n<thead><tr>", out);
    for (size_t i = 0; i < count; i++) {
        const char *head = heads[i];
        fputs(head[0] == '<' ? "<th scope=\"col\" class=\"text\">" : "<th scope=\"col\">", out);
        html_text(out, head + (head[0] == '<'));
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

void html_table_end(FILE *out) {
    fputs("</tbody>\n</table>\n</div>\n</div>\n", out);
}

void html_row_begin(FILE *out, const char *head) {
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, head);
    fputs("</th>", out);
}

void html_row_end(FILE *out) {
    fputs("</tr>\n", out);
}

void html_number(char *text, size_t size, double value, int decimals, int sign) {
    char plain[400];
    snprintf(plain, sizeof(plain), "%.*f", decimals, fabs(value));
    bool zero = plain[strspn(plain, "0.")] == '\0';
    size_t digits = strcspn(plain, "."), used = 0;
    used += (size_t)snprintf(text, size, "%s",
                             value < 0 && !zero ? "\xe2\x88\x92"
                             : sign && !zero    ? "+"
                                                : "");
    for (size_t i = 0; i < strlen(plain) && used + 8 < size; i++) {
        if (i > 0 && i < digits && (digits - i) % 3 == 0) {
            used += (size_t)snprintf(text + used, size - used, THIN_SPACE);
        }
        text[used++] = plain[i];
        text[used] = '\0';
    }
}

void html_cell_number(FILE *out, double value, int decimals) {
    char text[512];
    html_number(text, sizeof(text), value, decimals, 0);
    html_cell(out, "%s", text);
}

void html_cell(FILE *out, const char *format, ...) {
    va_list arguments;
    fputs("<td>", out);
    va_start(arguments, format);
    print(out, format, arguments);
    va_end(arguments);
    fputs("</td>", out);
}

void html_cell_text(FILE *out, const char *format, ...) {
    va_list arguments;
    fputs("<td class=\"text\">", out);
    va_start(arguments, format);
    print(out, format, arguments);
    va_end(arguments);
    fputs("</td>", out);
}
