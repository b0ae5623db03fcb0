// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Memory and string functions (lib/base/string.h). memcpy, memmove and memset move 32 bytes a turn (the
// compiler makes two ldp/stp pairs of it): kernels and initrds of many MiB are copied with them.
// Invariants: 1. this file is compiled with -fno-tree-loop-distribute-patterns, or the compiler would turn
// the loops into calls of themselves; 2. unaligned words are read and written as such, so that both sides
// must be Normal memory.
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <lib/base/string.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;
    for (; size >= 32; size -= 32, out += 32, in += 32) {
        const any_word *source = (const any_word *)in;
        any_word *target = (any_word *)out;
        uint64_t a = source[0], b = source[1], c = source[2], d = source[3];
        target[0] = a;
        target[1] = b;
        target[2] = c;
        target[3] = d;
    }
    for (; size >= 8; size -= 8, out += 8, in += 8)
        *(any_word *)out = *(const any_word *)in;
    for (; size > 0; size--)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= size) { // `to` does not begin inside `from`: ascending is safe
        for (; size >= 8; size -= 8, out += 8, in += 8)
            *(any_word *)out = *(const any_word *)in;
        for (; size > 0; size--)
            *out++ = *in++;
    } else {
        for (; size >= 8; size -= 8)
            *(any_word *)(out + size - 8) = *(const any_word *)(in + size - 8);
        for (; size > 0; size--)
            out[size - 1] = in[size - 1];
    }
    return to;
}

void *memset(void *to, int byte, size_t size) {
    uint8_t *out = to;
    uint64_t word = (uint8_t)byte * 0x0101010101010101ull;
    for (; size >= 32; size -= 32, out += 32) {
        any_word *target = (any_word *)out;
        target[0] = word;
        target[1] = word;
        target[2] = word;
        target[3] = word;
    }
    for (; size >= 8; size -= 8, out += 8)
        *(any_word *)out = word;
    for (; size > 0; size--)
        *out++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *left = a, *right = b;
    for (; size >= 8 && *(const any_word *)left == *(const any_word *)right; size -= 8, left += 8, right += 8)
        ;
    for (; size > 0; size--, left++, right++)
        if (*left != *right)
            return *left - *right;
    return 0;
}

void *memchr(const void *from, int byte, size_t size) {
    const uint8_t *in = from;
    for (; size > 0; size--, in++)
        if (*in == (uint8_t)byte)
            return (void *)(uintptr_t)in;
    return NULL;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

size_t strnlen(const char *text, size_t limit) {
    size_t length = 0;
    while (length < limit && text[length])
        length++;
    return length;
}

char *strchr(const char *text, int character) {
    for (;; text++) {
        if (*text == (char)character)
            return (char *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

char *strrchr(const char *text, int character) {
    const char *last = NULL;
    for (;; text++) {
        if (*text == (char)character)
            last = text;
        if (!*text)
            return (char *)(uintptr_t)last;
    }
}

int strcmp(const char *a, const char *b) {
    for (; *a && *a == *b; a++, b++)
        ;
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t limit) {
    for (; limit > 0; a++, b++, limit--) {
        if (*a != *b)
            return (uint8_t)*a - (uint8_t)*b;
        if (!*a)
            return 0;
    }
    return 0;
}

static unsigned digit_value(char character) {
    if (character >= '0' && character <= '9')
        return (unsigned)(character - '0');
    if (character >= 'a' && character <= 'z')
        return (unsigned)(character - 'a') + 10;
    if (character >= 'A' && character <= 'Z')
        return (unsigned)(character - 'A') + 10;
    return UINT_MAX;
}

unsigned long strtoul(const char *text, char **end, int base) {
    const char *at = text, *after = text;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    char sign = *at;
    if (sign == '-' || sign == '+')
        at++;
    if ((base == 0 || base == 16) && at[0] == '0' && (at[1] == 'x' || at[1] == 'X') &&
        digit_value(at[2]) < 16) {
        at += 2;
        base = 16;
    }
    if (base == 0)
        base = *at == '0' ? 8 : 10;
    unsigned long value = 0;
    bool overflow = false;
    for (unsigned digit; (digit = digit_value(*at)) < (unsigned)base; after = ++at)
        overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value) ||
                    __builtin_add_overflow(value, (unsigned long)digit, &value);
    if (end)
        *end = (char *)(uintptr_t)after;
    if (overflow)
        return ULONG_MAX;
    return sign == '-' ? -value : value;
}
