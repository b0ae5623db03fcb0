// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Whole files.
#ifndef GLACIS_BENCH_RUNNER_FILES_H
#define GLACIS_BENCH_RUNNER_FILES_H

#include <stdbool.h>
#include <stddef.h>

// Reads a file of at most 1 GiB, in room for TREE_TEXT_MAX bytes at least (bench/runner/console.h). Returns
// its bytes, which the caller frees, and their number in *size; NULL with a message if it cannot be read or
// is empty.
void *file_read(const char *path, size_t *size);

// Replaces a file. Returns false with a message if it cannot be written.
bool file_write(const char *path, const void *data, size_t size);

#endif
