// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The capability derivation tree, kept as one list in pre-order: the children of a slot follow it directly.
//
// Invariants:
// 1. Every slot that holds a capability of an object is in the list once; an empty slot's links are zero.
// 2. All children of a are one run behind a, and cdt_is_parent(a, b) holds for each b of the run. (For others
// it does not hold, but for a later family of the same badge, which begins with SLOT_FIRST_BADGED.)
// 3. Slots that hold the same object are neighbours, but for the children between them; so cdt_is_final needs
// only the two neighbours.
#include <kernel/cdt.h>

static ALWAYS_INLINE word_t slot_flags(const struct slot *slot) {
    return slot->prev & SLOT_FLAGS;
}

static ALWAYS_INLINE void slot_set_prev(struct slot *slot, const struct slot *prev) {
    slot->prev = (word_t)prev | slot_flags(slot);
}

// What lies between a and b in the list stays; a's next becomes b and b's previous a. Either may be NULL.
static ALWAYS_INLINE void slot_join(struct slot *a, struct slot *b) {
    if (a)
        a->next = (word_t)b;
    if (b)
        slot_set_prev(b, a);
}

static bool untyped_contains(struct cap untyped, struct cap cap) {
    word_t start, base = cap_address(untyped);
    unsigned bits;
    if (!cap_extent(cap, &start, &bits))
        return false;
    return start >= base && start + MASK(bits) <= base + MASK(cap_untyped_bits(untyped));
}

bool cap_same_region(struct cap a, struct cap b) {
    unsigned type = cap_type(a);
    if (type == SEL4_CAP_UNTYPED)
        return untyped_contains(a, b);
    if (type == SEL4_CAP_IRQ_CONTROL)
        return cap_type(b) == SEL4_CAP_IRQ_CONTROL || cap_type(b) == SEL4_CAP_IRQ_HANDLER ||
               cap_type(b) == SEL4_CAP_SGI;
    if (cap_type(b) != type || cap_address(a) != cap_address(b))
        return false;
    switch (type) {
    case SEL4_CAP_CNODE:
        return cap_cnode_radix(a) == cap_cnode_radix(b);
    case SEL4_CAP_IRQ_HANDLER:
    case SEL4_CAP_SGI:
    case SEL4_CAP_SCHED_CONTROL:
        return a.w1 == b.w1;
    case SEL4_CAP_NULL:
    case SEL4_CAP_ZOMBIE:
        return false;
    default: // SMC as an endpoint: its badges are families
        return arch_cap_same_region(a, b);
    }
}

bool cap_same_object(struct cap a, struct cap b) {
    switch (cap_type(a)) {
    case SEL4_CAP_UNTYPED: // an untyped is never final by a copy: its memory is what matters
        return false;
    case SEL4_CAP_IRQ_CONTROL:
        return cap_type(b) == SEL4_CAP_IRQ_CONTROL;
    default:
        return cap_same_region(a, b);
    }
}

// Whether one object may have several originals side by side: badges, and an SGI that was issued twice.
static bool cap_has_families(struct cap cap) {
    unsigned type = cap_type(cap);
    return type == SEL4_CAP_ENDPOINT || type == SEL4_CAP_NOTIFICATION || type == SEL4_CAP_SMC ||
           type == SEL4_CAP_SGI;
}

bool cdt_is_parent(const struct slot *a, const struct slot *b) {
    if (!(slot_flags(a) & SLOT_REVOCABLE) || !cap_same_region(a->cap, b->cap))
        return false;
    word_t badge = cap_badge(a->cap);
    if (!cap_has_families(a->cap) || (badge == 0 && cap_type(a->cap) != SEL4_CAP_SGI))
        return true;
    return badge == cap_badge(b->cap) && !(slot_flags(b) & SLOT_FIRST_BADGED);
}

// Whether a capability derived from `parent` is an original of its own.
static bool cap_is_original(struct cap cap, struct cap parent) {
    switch (cap_type(cap)) {
    case SEL4_CAP_ENDPOINT:
    case SEL4_CAP_NOTIFICATION:
    case SEL4_CAP_SMC:
        return cap_type(parent) != cap_type(cap) || cap_badge(cap) != cap_badge(parent);
    case SEL4_CAP_IRQ_HANDLER:
    case SEL4_CAP_SGI:
        return cap_type(parent) == SEL4_CAP_IRQ_CONTROL;
    case SEL4_CAP_UNTYPED:
        return true;
    default:
        return cap_type(parent) == SEL4_CAP_UNTYPED;
    }
}

void cdt_insert_original(struct slot *dest, struct cap cap, struct slot *parent) {
    DEBUG_CHECK(cap_type(dest->cap) == SEL4_CAP_NULL && !dest->prev && !dest->next);
    dest->cap = cap;
    dest->prev = SLOT_REVOCABLE | SLOT_FIRST_BADGED;
    slot_join(dest, cdt_next(parent));
    slot_join(parent, dest);
}

void cdt_insert(struct slot *dest, struct cap cap, struct slot *parent) {
    bool original = cap_is_original(cap, parent->cap);
    cdt_insert_original(dest, cap, parent);
    if (!original)
        dest->prev &= ~(word_t)SLOT_FLAGS;
}

void slot_copy(struct slot *dest, struct cap cap, struct slot *source) {
    if (cap_type(cap) == SEL4_CAP_UNTYPED && cap_type(source->cap) == SEL4_CAP_UNTYPED)
        source->cap = cap_untyped_with(source->cap, BIT(cap_untyped_bits(source->cap)), 0);
    cdt_insert(dest, cap, source);
}

void cdt_insert_root(struct slot *dest, struct cap cap) {
    dest->cap = cap;
    dest->prev = SLOT_REVOCABLE | SLOT_FIRST_BADGED;
    dest->next = 0;
}

void cdt_move(struct slot *dest, struct slot *source, struct cap cap) {
    DEBUG_CHECK(cap_type(dest->cap) == SEL4_CAP_NULL);
    dest->cap = cap;
    dest->prev = source->prev;
    dest->next = source->next;
    if (cdt_prev(dest))
        cdt_prev(dest)->next = (word_t)dest;
    if (cdt_next(dest))
        slot_set_prev(cdt_next(dest), dest);
    *source = (struct slot){0};
}

void cdt_swap(struct slot *a, struct slot *b) {
    struct slot held = {0};
    cdt_move(&held, a, a->cap);
    cdt_move(a, b, b->cap);
    cdt_move(b, &held, held.cap);
}

void cdt_remove(struct slot *slot) {
    struct slot *next = cdt_next(slot);
    // The copies of a badged capability stay one family when the first of them goes.
    if (next && cdt_badges_match(slot, next))
        next->prev |= slot_flags(slot) & SLOT_FIRST_BADGED;
    slot_join(cdt_prev(slot), next);
    *slot = (struct slot){0};
}

bool cdt_badges_match(const struct slot *a, const struct slot *b) {
    return cap_type(a->cap) == cap_type(b->cap) && cap_address(a->cap) == cap_address(b->cap) &&
           cap_has_families(a->cap) && cap_badge(a->cap) == cap_badge(b->cap);
}

bool cdt_has_children(const struct slot *slot) {
    const struct slot *next = cdt_next(slot);
    return next && cdt_is_parent(slot, next);
}

bool cdt_is_final(const struct slot *slot) {
    const struct slot *prev = cdt_prev(slot), *next = cdt_next(slot);
    return !(prev && cap_same_object(prev->cap, slot->cap)) &&
           !(next && cap_same_object(slot->cap, next->cap));
}
