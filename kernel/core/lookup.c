// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Capability addresses to slots (seL4 API: capability spaces).
#include <kernel/cdt.h>

struct slot *lookup_bits(struct cap root, cptr_t cptr, unsigned bits, unsigned *bits_left,
                         struct lookup_failure *failure) {
    if (UNLIKELY(cap_type(root) != SEL4_CAP_CNODE)) {
        *failure = (struct lookup_failure){SEL4_LOOKUP_INVALID_ROOT, {0}};
        return NULL;
    }
    for (;;) { // bound: every turn consumes a bit at least (a radix is never 0)
        unsigned radix = cap_cnode_radix(root), guard_bits = cap_cnode_guard_bits(root);
        word_t rest = bits == SEL4_WORD_BITS ? cptr : cptr & MASK(bits);
        if (UNLIKELY(guard_bits > bits ||
                     (guard_bits && rest >> (bits - guard_bits) != cap_cnode_guard(root)))) {
            *failure = (struct lookup_failure){SEL4_LOOKUP_GUARD_MISMATCH,
                                               {bits, cap_cnode_guard(root), guard_bits}};
            return NULL;
        }
        unsigned level = radix + guard_bits;
        if (UNLIKELY(level > bits)) {
            *failure = (struct lookup_failure){SEL4_LOOKUP_DEPTH_MISMATCH, {bits, level}};
            return NULL;
        }
        bits -= level;
        struct slot *slot = (struct slot *)cap_pointer(root) + (rest >> bits & MASK(radix));
        if (LIKELY(bits == 0 || cap_type(slot->cap) != SEL4_CAP_CNODE)) {
            *bits_left = bits;
            return slot;
        }
        root = slot->cap;
    }
}

struct slot *lookup_target(struct invocation *inv, bool is_source, struct cap root, word_t index,
                           word_t depth) {
    struct lookup_failure failure = {SEL4_LOOKUP_INVALID_ROOT, {0}};
    struct slot *slot = NULL;
    if (cap_type(root) == SEL4_CAP_CNODE) {
        if (depth < 1 || depth > SEL4_WORD_BITS) {
            (void)inv_fail_range(inv, 1, SEL4_WORD_BITS);
            return NULL;
        }
        unsigned bits_left;
        slot = lookup_bits(root, index, (unsigned)depth, &bits_left, &failure);
        if (slot && bits_left == 0)
            return slot;
        if (slot)
            failure = (struct lookup_failure){SEL4_LOOKUP_DEPTH_MISMATCH, {bits_left, 0}};
    }
    (void)inv_fail_lookup(inv, is_source, &failure);
    return NULL;
}
