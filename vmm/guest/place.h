// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Where kernel, initrd and device tree go in guest memory. Compiles for the host too.
#ifndef VMM_GUEST_PLACE_H
#define VMM_GUEST_PLACE_H

#include <stdint.h>
#include <vmm/guest/image.h>
#include <vmm/include/vmm/config.h>

struct placement {
    uint64_t kernel_bias; // added to the image's addresses
    uint64_t entry;
    uint64_t initrd; // with initrd_size 0: none
    uint64_t initrd_size;
    uint64_t dtb;      // 2 MiB aligned
    uint64_t dtb_room; // bytes that the tree may take
};

// Places the guest. Returns NULL, or why it does not fit and the mend.
const char *place_guest(const struct vm_config *config, const struct image *image,
                        struct placement *placement);

#endif
