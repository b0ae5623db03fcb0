// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest's device tree on the host: where a native boot puts things so that it starts as the guest does,
// and what differs between two trees.
#ifndef GLACIS_BENCH_RUNNER_TREE_H
#define GLACIS_BENCH_RUNNER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Physical addresses of a native boot, in bytes.
struct tree_layout {
    uint64_t memory_base, memory_size;
    uint64_t kernel; // the Image, at its text_offset above the second 2 MiB of memory
    uint64_t initrd; // as /chosen says; 0: there is none
    uint64_t tree;   // the first 2 MiB boundary after the initrd, or after where it would begin
    uint64_t start;  // our start code, in the first 2 MiB
};

#define TREE_START_BYTES   40
#define TREE_CMDLINE_BYTES 2048

// What a report says of the guest.
struct tree_guest {
    uint64_t memory_mib;
    uint64_t free_kib; // of the machine, when everything was made and before the guest began; 0: not known
    char cmdline[TREE_CMDLINE_BYTES]; // without the word that chooses the case
};

// Derives the layout from a tree of `size` bytes and the first 64 bytes of the kernel's Image. Returns NULL,
// or what is wrong with them.
const char *tree_layout_derive(const void *tree, size_t size, const void *image_header,
                               struct tree_layout *layout);

// Reads the guest's memory size and command line, from which it removes the word `omitted`.
void tree_guest_get(const void *tree, const struct tree_layout *layout, const char *omitted,
                    struct tree_guest *guest);

// Writes the code that a boot loader would end with: x0 = device tree, x1 to x3 = 0, jump to the kernel
// (Linux, Documentation/arm64/booting.rst).
void tree_start_write(const struct tree_layout *layout, uint8_t code[TREE_START_BYTES]);

// The device of cases that measure interrupts, under a name that no driver of Linux has (BENCH_DTB).
#define TREE_LOOPBACK "glacis,irq-latency"

// Whether a node of the tree is compatible with `device`.
bool tree_has_device(const void *tree, size_t size, const char *device);

// Adds TREE_LOOPBACK of the board's tree to `tree`, which has `capacity` bytes; *size is then
// the number of its bytes. Returns NULL, or why it cannot be added.
const char *tree_loopback_add(void *tree, size_t capacity, const void *board, size_t board_size,
                              size_t *size);

// Prints every property and node in which the trees differ, one a line, to `out`. Returns how many there are,
// or -1 if one of them is no device tree.
int tree_compare(const void *native, size_t native_size, const void *virt, size_t virt_size, FILE *out);

#endif
