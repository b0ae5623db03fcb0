// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Formatted text (lib/base/format.h). A conversion is decoded into a struct, then its text is made and
// padded.
#include <stdbool.h>
#include <stdint.h>
#include <lib/base/format.h>
#include <lib/base/string.h>

struct conversion {
    bool left, zero;
    int width;
    int precision; // -1: none
    unsigned longs;
    char kind;
};

static void put_repeated(struct format_sink *sink, char character, int count) {
    for (; count > 0; count--)
        sink->put(sink, &character, 1);
}

// `sign` is "", "-" or "0x"; zeros stand between it and the digits.
static void put_padded(struct format_sink *sink, const struct conversion *conversion, const char *sign,
                       const char *text, size_t length) {
    size_t sign_length = strlen(sign);
    int padding = conversion->width - (int)(sign_length + length);
    if (!conversion->left && !conversion->zero)
        put_repeated(sink, ' ', padding);
    sink->put(sink, sign, sign_length);
    if (!conversion->left && conversion->zero)
        put_repeated(sink, '0', padding);
    sink->put(sink, text, length);
    if (conversion->left)
        put_repeated(sink, ' ', padding);
}

static void put_number(struct format_sink *sink, const struct conversion *conversion, const char *sign,
                       uint64_t value, unsigned base) {
    char digits[20]; // 2^64 has 20 decimal digits
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_padded(sink, conversion, sign, digits + at, sizeof(digits) - at);
}

static int decode_count(const char **format, va_list *list) {
    int count = 0;
    if (**format == '*') {
        ++*format;
        return va_arg(*list, int);
    }
    for (; **format >= '0' && **format <= '9'; ++*format)
        count = count * 10 + (**format - '0');
    return count;
}

// Decodes what follows the %; returns what follows the conversion.
static const char *decode_conversion(const char *format, va_list *list, struct conversion *conversion) {
    *conversion = (struct conversion){.precision = -1};
    for (;; format++) {
        if (*format == '-')
            conversion->left = true;
        else if (*format == '0')
            conversion->zero = true;
        else
            break;
    }
    conversion->width = decode_count(&format, list);
    if (*format == '.') {
        format++;
        conversion->precision = decode_count(&format, list);
    }
    for (; *format == 'l' || *format == 'z'; format++)
        conversion->longs++;
    conversion->kind = *format;
    return *format ? format + 1 : format;
}

static uint64_t next_unsigned(const struct conversion *conversion, va_list *list) {
    return conversion->longs ? va_arg(*list, uint64_t) : va_arg(*list, unsigned);
}

// Prints one conversion; false: it is none that we know.
static bool put_conversion(struct format_sink *sink, const struct conversion *conversion, va_list *list) {
    switch (conversion->kind) {
    case 's': {
        const char *text = va_arg(*list, const char *);
        if (!text)
            text = "(null)";
        size_t length =
            conversion->precision < 0 ? strlen(text) : strnlen(text, (size_t)conversion->precision);
        put_padded(sink, conversion, "", text, length);
        return true;
    }
    case 'c': {
        char character = (char)va_arg(*list, int);
        put_padded(sink, conversion, "", &character, 1);
        return true;
    }
    case 'd': {
        int64_t value = conversion->longs ? va_arg(*list, int64_t) : va_arg(*list, int);
        put_number(sink, conversion, value < 0 ? "-" : "", value < 0 ? 0 - (uint64_t)value : (uint64_t)value,
                   10);
        return true;
    }
    case 'u':
        put_number(sink, conversion, "", next_unsigned(conversion, list), 10);
        return true;
    case 'x':
        put_number(sink, conversion, "", next_unsigned(conversion, list), 16);
        return true;
    case 'p':
        put_number(sink, conversion, "0x", (uintptr_t)va_arg(*list, void *), 16);
        return true;
    case '%':
        sink->put(sink, "%", 1);
        return true;
    default:
        return false;
    }
}

void format_text_list(struct format_sink *sink, const char *format, va_list arguments) {
    va_list list;
    va_copy(list, arguments);
    while (*format) {
        const char *plain = format;
        while (*format && *format != '%')
            format++;
        if (format > plain)
            sink->put(sink, plain, (size_t)(format - plain));
        if (!*format)
            break;
        struct conversion conversion;
        const char *after = decode_conversion(format + 1, &list, &conversion);
        if (!put_conversion(sink, &conversion, &list))
            sink->put(sink, format, (size_t)(after - format));
        format = after;
    }
    va_end(list);
}

void format_text(struct format_sink *sink, const char *format, ...) {
    va_list list;
    va_start(list, format);
    format_text_list(sink, format, list);
    va_end(list);
}

struct buffer_sink {
    struct format_sink sink; // first: put() receives it
    char *buffer;
    size_t size, length;
};

static void put_buffer(struct format_sink *sink, const char *text, size_t length) {
    struct buffer_sink *buffer = (struct buffer_sink *)sink;
    if (buffer->length < buffer->size) {
        size_t room = buffer->size - buffer->length;
        memcpy(buffer->buffer + buffer->length, text, length < room ? length : room);
    }
    buffer->length += length;
}

size_t format_buffer_list(char *buffer, size_t size, const char *format, va_list list) {
    struct buffer_sink sink = {{put_buffer}, buffer, size, 0};
    format_text_list(&sink.sink, format, list);
    buffer[sink.length < size ? sink.length : size - 1] = 0;
    return sink.length;
}

size_t format_buffer(char *buffer, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    size_t length = format_buffer_list(buffer, size, format, list);
    va_end(list);
    return length;
}
