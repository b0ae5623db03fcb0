// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Guest memory: one contiguous range of guest-physical addresses that the VMM sees, all of it, at a constant
// place of its own address space. Invariants: 1. no pointer into guest memory exists but those that
// guest_memory_get returned; 2. what lies there may change at any time (the guest runs): read each value once
// and check the copy.
#ifndef VMM_MEMORY_H
#define VMM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum memory_access { MEMORY_READ = 1, MEMORY_WRITE = 2 };

struct memory {
    uint64_t ipa;
    uint64_t size; // bytes
    uint8_t *base; // where the VMM sees byte 0
};

// The `length` bytes of guest memory at `ipa` for `access` (a mask), or NULL when they do not all lie in
// guest RAM. A length of 0 gives NULL.
void *guest_memory_get(const struct memory *memory, uint64_t ipa, uint64_t length, unsigned access);

// Copies into or out of guest memory; false (and nothing copied) when the range is not all guest RAM.
bool guest_memory_read(const struct memory *memory, uint64_t ipa, void *bytes, uint64_t length);
bool guest_memory_write(const struct memory *memory, uint64_t ipa, const void *bytes, uint64_t length);

#endif
