// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Loading the guest: kernel, initrd and device tree into guest memory, from the read-only modules.
#ifndef VMM_GUEST_LOAD_H
#define VMM_GUEST_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <vmm/include/vmm/config.h>
#include <vmm/include/vmm/memory.h>

struct load_result {
    uint64_t entry; // guest-physical address of the first instruction
    uint64_t dtb;   // of the device tree
};

// Loads everything. `pristine`: guest memory is still as the kernel made it (zero); else it is zeroed first.
// Returns NULL, or why it cannot (cause and mend).
const char *guest_load(const struct vm_config *config, const struct memory *memory, bool pristine,
                       struct load_result *result);

#endif
