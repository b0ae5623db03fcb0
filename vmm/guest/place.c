// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The places that QEMU's `virt` machine gives kernel, initrd and device tree (found by experiment with QEMU
// 7.2, `info roms`), so that a native run and a guest see the same addresses:
//   * an Image goes to text_offset from the start of RAM; where that would be below 4 KiB, 2 MiB higher;
//   * the initrd follows at half of the RAM, at most 128 MiB from its start, but behind the kernel's memory;
//   * the device tree stands at the next 2 MiB boundary behind the initrd.
#include <vmm/guest/place.h>

#define KIB 1024ull
#define MIB (1024 * KIB)

#define PLACE_LOWEST     (4 * KIB)
#define PLACE_ALIGNMENT  (2 * MIB) // booting.rst: the device tree within one 2 MiB block
#define PLACE_INITRD_MAX (128 * MIB)
#define PLACE_DTB_MIN    (64 * KIB)

static uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

const char *place_guest(const struct vm_config *config, const struct image *image,
                        struct placement *placement) {
    uint64_t base = config->memory_ipa, size = config->memory_size;
    uint64_t bias = 0;
    if (image->relocatable) {
        bias = base + image->text_offset;
        if (image->text_offset < PLACE_LOWEST)
            bias += PLACE_ALIGNMENT;
    }
    // No sum here wraps: place and size of an Image are below 2^41 (image.c), RAM lies below 2^40 (vm.c).
    uint64_t kernel = bias + image->low, kernel_end = bias + image->high;
    if (kernel < base || kernel_end > base + size)
        return image->relocatable ? "the kernel does not fit into the VM's memory: raise `memory`"
                                  : "the ELF kernel's addresses lie outside the VM's memory: link it into it";
    uint64_t initrd = base + smaller(size / 2, PLACE_INITRD_MAX);
    if (initrd < align_up(kernel_end, 4 * KIB))
        initrd = align_up(kernel_end, 4 * KIB);
    if (initrd > base + size || config->initrd.size > base + size - initrd)
        return "the initrd is larger than the VM's memory holds beside the kernel: raise `memory`";
    uint64_t dtb = align_up(initrd + config->initrd.size, PLACE_ALIGNMENT);
    if (dtb > base + size || base + size - dtb < PLACE_DTB_MIN)
        return "no room for the device tree behind kernel and initrd: raise `memory`";
    *placement = (struct placement){
        .kernel_bias = bias,
        .entry = bias + image->entry,
        .initrd = config->initrd.size ? initrd : 0,
        .initrd_size = config->initrd.size,
        .dtb = dtb,
        .dtb_room = smaller(base + size - dtb, PLACE_ALIGNMENT),
    };
    return NULL;
}
