// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Cache maintenance on ranges of kernel addresses (RAM in the window). Each returns when the operation is
// complete. Ranges need no alignment; an empty one is allowed.
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <kernel/types.h>

// In the order of the invocations' labels.
enum cache_operation {
    // Makes what the caches hold of the range visible to observers that do not look into them (point of
    // coherency).
    CACHE_CLEAN,
    // Forgets what the caches hold of the range. Bytes beside it that share its first or last line are
    // written back.
    CACHE_INVALIDATE,
    // Both.
    CACHE_CLEAN_INVALIDATE,
    // Makes what was written into the range the instructions that are fetched from it, by whatever address.
    CACHE_UNIFY,
};
void cache_operate(enum cache_operation operation, void *start, word_t bytes);

#endif
