// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The memory and string functions of ISO C (and strnlen of POSIX) that components, libfdt and the compiler's
// own calls need, with their standard meaning. No locale, no errno.
#ifndef LIB_BASE_STRING_H
#define LIB_BASE_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *from, int byte, size_t size);

size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
// Saturates at ULONG_MAX; base 0 or 2 to 36.
unsigned long strtoul(const char *text, char **end, int base);

#endif
