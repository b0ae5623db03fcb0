// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The functions of an ELF file (64 bits, little endian), by address.
#ifndef GLACIS_BENCH_KERNEL_SYMBOLS_H
#define GLACIS_BENCH_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
    uint64_t start, end;
    const char *name; // for as long as the program runs
};

struct symbols {
    struct symbol *list; // ascending; none overlap
    size_t count;
    uint64_t text_start, text_end; // all of them
};

// Reads the functions of the file at `path`. False, with errno, when it cannot be read, is no such file or
// has no functions.
bool symbols_read(const char *path, struct symbols *symbols);
// The place in the list of the function that has the address; symbols->count: none has.
size_t symbols_find(const struct symbols *symbols, uint64_t address);

#endif
