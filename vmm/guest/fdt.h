// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest's device tree, derived from the board's: what the guest has stays as the board describes it, all
// else goes. A pure function of its inputs, compiled for the host too, so that a native run can be given the
// very tree that the guest sees.
#ifndef VMM_GUEST_FDT_H
#define VMM_GUEST_FDT_H

#include <stdint.h>
#include <vmm/guest/place.h>
#include <vmm/include/vmm/config.h>

// Writes the guest's tree to `buffer` (8-byte aligned, `size` bytes, at least the board's tree and a page).
// Stays: root, CPUs 0 .. vcpu_count - 1, the interrupt controller (distributor and what the guest has of the
// rest), the architected timer, the PMU if the guest has it, the devices of `config` at their addresses, the
// fixed clocks that these name, aliases and stdout-path that still resolve. Made anew: memory, psci (by SMC),
// chosen. Returns NULL, or what is missing and the mend.
const char *fdt_derive(const struct vm_config *config, const void *board, uint64_t board_size,
                       const struct placement *placement, void *buffer, uint64_t size);

// Bytes of a derived tree.
uint64_t fdt_derived_size(const void *tree);

#endif
