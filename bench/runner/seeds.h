// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What makes one boot differ from another on an emulator: the two seeds of the device tree from which Linux
// derives where its kernel lies (kaslr-seed) and its random numbers (rng-seed), and with them stacks and
// layout. Boots with the same number have the same seeds, native and as a guest.
#ifndef GLACIS_BENCH_RUNNER_SEEDS_H
#define GLACIS_BENCH_RUNNER_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seeds {
    uint64_t kaslr;
    uint8_t rng[32];
};

// Reads the seeds of a device tree. Returns NULL, or what is wrong with the tree.
const char *seeds_read(const void *tree, size_t size, struct seeds *seeds);

// The seeds of the boot `number`: number 0 has those of the board, `board`.
struct seeds seeds_derive(const struct seeds *board, unsigned number);

// Puts seeds in the place of those that a tree has. Returns NULL, or what is wrong with the tree.
const char *seeds_write_tree(void *tree, size_t size, const struct seeds *seeds);

// Puts seeds in the place of `before`, which the configuration of the first VM in a packed image has. Returns
// NULL, or what is wrong with the image.
const char *seeds_write_image(void *image, size_t size, const struct seeds *before,
                              const struct seeds *seeds);

#endif
