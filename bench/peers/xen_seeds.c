// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Gives Xen's guest the seeds of the native run. Xen makes its guest's tree itself, without kaslr-seed and
// rng-seed. Linux then leaves out page-table isolation, and its random numbers, of which each system call
// takes one, are computed anew from an empty pool until the case is long over: neither is Xen's doing.
#include <libfdt.h>

int xen_seeds_add(const void *tree, void *room, int room_size, const void *native);

// Copies the tree to the room, with the native tree's seeds if it has them. Returns 0 or libfdt's error.
int xen_seeds_add(const void *tree, void *room, int room_size, const void *native) {
    static const char names[][sizeof("kaslr-seed")] = {"kaslr-seed", "rng-seed"};
    int error = fdt_open_into(tree, room, room_size);
    int from = fdt_path_offset(native, "/chosen");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]) && error == 0; i++) {
        int length, to = fdt_path_offset(room, "/chosen");
        const void *seed = fdt_getprop(native, from, names[i], &length);
        if (seed) {
            error = to < 0 ? to : fdt_setprop(room, to, names[i], seed, length);
        }
    }
    return error == 0 ? fdt_pack(room) : error;
}
