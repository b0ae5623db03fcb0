// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's own address space at EL2 (layout in arch/layout.h): the window on RAM, and devices.
#ifndef ARCH_WINDOW_H
#define ARCH_WINDOW_H

#include <kernel/types.h>

// First of all: where the image lies; takes away the identity mapping of head.S.
void window_init(paddr_t image);
paddr_t window_image_start(void);
paddr_t window_image_end(void);
// The parts of the image that nothing needs once the boot is over, in ascending order (kernel.ld).
#define WINDOW_BOOT_PARTS 2
struct window_part {
    paddr_t start, end;
};
struct window_part window_boot_part(unsigned index);
// Ends the boot: unmaps these parts from where the image runs, and maps them in the window, as memory that is
// anybody's.
void window_take_boot_section(void);
// Maps pages of RAM, read-write, never executable, for the device tree before the memory is known. The kernel
// image's own pages are left out.
void window_map_pages(paddr_t start, word_t size);
// Maps a piece of RAM; window_contains knows it from then on. At most WINDOW_MAX_PIECES, ascending.
#define WINDOW_MAX_PIECES 32
void window_add_ram(paddr_t start, paddr_t end);
// Whether the whole range is RAM that the window maps.
bool window_contains(paddr_t start, word_t size);
// Maps a device's registers, rounded to whole pages, and returns where `start` is.
volatile void *window_map_device(paddr_t start, word_t size);

#endif
