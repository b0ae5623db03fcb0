// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Which nodes of the board's tree the guest keeps (a part of vmm/guest/fdt.h).
#ifndef VMM_GUEST_FDT_PRUNE_H
#define VMM_GUEST_FDT_PRUNE_H

#include <stdbool.h>
#include <stdint.h>
#include <vmm/include/vmm/config.h>

// Deletes from `fdt` every node that the guest does not have. Returns NULL, or what is missing and the mend.
const char *fdt_prune(const struct vm_config *config, void *fdt);

// A number of `cells` cells (1 or 2) at `property`.
uint64_t fdt_read_cells(const void *property, int cells);

// Whether the node's `compatible` holds one of `names` (ended by NULL).
bool fdt_is_compatible(const void *fdt, int node, const char *const *names);

// Names of what stays.
extern const char *const fdt_gic_names[];   // either version
extern const char *const fdt_timer_names[]; // the architected timer
// The `compatible` of an emulated device; NULL: no such type.
const char *fdt_device_name(uint32_t type);

// Physical address of the node's first `reg` entry, through its buses' `ranges`. False when it has none.
bool fdt_node_address(const void *fdt, int node, uint64_t *address);

#endif
