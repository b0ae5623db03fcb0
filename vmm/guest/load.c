// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Loads the guest. Everything written is made visible to a guest that starts with its caches off.
#include <lib/base/string.h>
#include <vmm/guest/fdt.h>
#include <vmm/guest/image.h>
#include <vmm/guest/load.h>
#include <vmm/guest/place.h>
#include <vmm/include/vmm/vcpu.h>

#define DTB_GROWTH (VM_CMDLINE_BYTES + 4096)

static const char outside[] = "a part of the guest lies outside its memory: raise `memory`";

static const char *load_bytes(const struct memory *memory, uint64_t ipa, const void *bytes, uint64_t length) {
    void *to = length ? guest_memory_get(memory, ipa, length, MEMORY_WRITE) : NULL;
    if (!to)
        return length ? outside : NULL;
    memcpy(to, bytes, length);
    arch_guest_clean(to, length);
    return NULL;
}

static const char *load_kernel(const struct memory *memory, const struct image *image,
                               const struct placement *placement) {
    const char *error = NULL;
    for (unsigned i = 0; i < image->segment_count && !error; i++) {
        const struct image_segment *segment = &image->segments[i];
        error = load_bytes(memory, placement->kernel_bias + segment->address, image->file + segment->offset,
                           segment->file_size);
    }
    return error;
}

// The tree is derived where it goes. It may grow by DTB_GROWTH over the board's; what is left behind its end
// of what was deleted is cleared.
static const char *load_device_tree(const struct vm_config *config, const struct memory *memory,
                                    const struct placement *placement) {
    uint64_t size = config->board_dtb.size + DTB_GROWTH;
    size = size < placement->dtb_room ? size : placement->dtb_room;
    uint8_t *to = guest_memory_get(memory, placement->dtb, size, MEMORY_WRITE);
    if (!to)
        return outside;
    const char *error = fdt_derive(config, (const void *)(uintptr_t)config->board_dtb.vaddr,
                                   config->board_dtb.size, placement, to, size);
    if (error)
        return error;
    uint64_t used = fdt_derived_size(to);
    memset(to + used, 0, size - used);
    arch_guest_clean(to, size);
    return NULL;
}

const char *guest_load(const struct vm_config *config, const struct memory *memory, bool pristine,
                       struct load_result *result) {
    struct image image;
    struct placement placement;
    const char *error =
        image_parse((const void *)(uintptr_t)config->kernel.vaddr, config->kernel.size, &image);
    if (!error)
        error = place_guest(config, &image, &placement);
    if (error)
        return error;
    if (!pristine) {
        memset(memory->base, 0, memory->size);
        arch_guest_clean(memory->base, memory->size);
    }
    error = load_kernel(memory, &image, &placement);
    if (!error)
        error = load_bytes(memory, placement.initrd, (const void *)(uintptr_t)config->initrd.vaddr,
                           placement.initrd_size);
    if (!error)
        error = load_device_tree(config, memory, &placement);
    *result = (struct load_result){.entry = placement.entry, .dtb = placement.dtb};
    return error;
}
