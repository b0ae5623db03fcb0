// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A device's register page: a page of memory at the device's address that the guest may read, so that a read
// costs no exit; a write is an exit as before. It is a copy that the device keeps true while it is shown, and
// hides while a read would have a side effect or another answer: then reads are exits, too.
//
// Invariant: guest and VMM have the page mapped as Device-nGnRnE memory, so that a store of the VMM is what
// the guest's next load finds, with no cache to look after (Arm ARM B2.7.2, B2.8).
#ifndef VMM_PAGE_H
#define VMM_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <vmm/include/vmm/config.h>

#define REGISTER_PAGE_BYTES 4096

struct register_page {
    volatile uint32_t *words; // NULL: the device has none
    uint64_t slot;            // the frame's capability
    uint64_t ipa;
    bool shown;
};

// The page of the device with this configuration, as the system's description has it mapped: shown.
struct register_page register_page_of(const struct vm_device *config);

// From the guest's next instruction on reads find the page, or are exits. No effect when it is so already.
void register_page_show(struct register_page *page);
void register_page_hide(struct register_page *page);

#endif
