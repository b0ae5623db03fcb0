// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Guest memory (vmm/include/vmm/memory.h keeps the invariants): one range, one check.
#include <lib/base/string.h>
#include <vmm/include/vmm/memory.h>

void *guest_memory_get(const struct memory *memory, uint64_t ipa, uint64_t length, unsigned access) {
    (void)access;                        // all of guest RAM can be read and written
    uint64_t offset = ipa - memory->ipa; // wraps to a large offset below the RAM
    if (length == 0 || offset >= memory->size || length > memory->size - offset)
        return NULL;
    return memory->base + offset;
}

bool guest_memory_read(const struct memory *memory, uint64_t ipa, void *bytes, uint64_t length) {
    const void *from = guest_memory_get(memory, ipa, length, MEMORY_READ);
    if (!from)
        return false;
    memcpy(bytes, from, length);
    return true;
}

bool guest_memory_write(const struct memory *memory, uint64_t ipa, const void *bytes, uint64_t length) {
    void *to = guest_memory_get(memory, ipa, length, MEMORY_WRITE);
    if (!to)
        return false;
    memcpy(to, bytes, length);
    return true;
}
