// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Formatted text to a sink. Conversions: %s %c %d %u %x %p %%, with the flags `-` and `0`, a width, a
// precision for %s (also `*` for both), and the lengths l, ll and z. Anything else is printed as it stands.
#ifndef LIB_BASE_FORMAT_H
#define LIB_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

// Takes the text piece by piece.
struct format_sink {
    void (*put)(struct format_sink *sink, const char *text, size_t length);
};

void format_text(struct format_sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
void format_text_list(struct format_sink *sink, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

// Formats into `buffer` of `size` bytes (at least 1), always terminated; returns the length that the whole
// text has, as snprintf does.
size_t format_buffer(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_buffer_list(char *buffer, size_t size, const char *format, va_list list)
    __attribute__((format(printf, 3, 0)));

#endif
