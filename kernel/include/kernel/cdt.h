// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The capability derivation tree (core/cdt.c) and the rules of capabilities (core/cap.c).
#ifndef KERNEL_CDT_H
#define KERNEL_CDT_H

#include <arch/object.h>
#include <kernel/kernel.h>

static ALWAYS_INLINE struct slot *cdt_prev(const struct slot *slot) {
    return (struct slot *)(slot->prev & ~(word_t)SLOT_FLAGS);
}
static ALWAYS_INLINE struct slot *cdt_next(const struct slot *slot) {
    return (struct slot *)slot->next;
}
static ALWAYS_INLINE bool slot_is_empty(const struct slot *slot) {
    return cap_type(slot->cap) == SEL4_CAP_NULL;
}

// Puts an original without parent into an empty slot (boot).
void cdt_insert_root(struct slot *dest, struct cap cap);
// Puts an original that lies in the untyped of `parent` into an empty slot.
void cdt_insert_original(struct slot *dest, struct cap cap, struct slot *parent);
// Puts a copy (`cap`, derived from source's) into an empty slot. Copying an untyped makes the source look
// full.
void slot_copy(struct slot *dest, struct cap cap, struct slot *source);
// Moves source's place in the tree to the empty dest, which then holds `cap` (source's, perhaps mutated).
// Source is empty after.
void cdt_move(struct slot *dest, struct slot *source, struct cap cap);
// Exchanges two slots' capabilities and places.
void cdt_swap(struct slot *a, struct slot *b);
// Empties a slot; its children become its parent's.
void cdt_remove(struct slot *slot);
// Whether b, behind a in the list, descends from a.
bool cdt_is_parent(const struct slot *a, const struct slot *b);
// Whether two neighbours hold the same object under the same badge.
bool cdt_badges_match(const struct slot *a, const struct slot *b);

// --- rules of capabilities (core/cap.c)

// Whether b's object is a's or lies within it.
bool cap_same_region(struct cap a, struct cap b);
bool cap_same_object(struct cap a, struct cap b);
// Physical start and log2 size of the object; false: it has no memory of its own.
bool cap_extent(struct cap cap, word_t *start, unsigned *size_bits);
// The capability a copy gets. *derived is null where the copy is (zombie); STATUS_ERROR, the reply in inv
// (which may be NULL), when the capability cannot be copied.
enum status cap_derive(struct invocation *inv, const struct slot *slot, struct cap cap,
                       struct cap *derived) MUST_CHECK;
struct cap cap_mask_rights(struct cap cap, unsigned rights);
// Applies a badge or a CNode's guard. False: not possible (IllegalOperation). `preserve`: for Mutate and
// Rotate.
bool cap_update_data(bool preserve, word_t data, struct cap *cap) MUST_CHECK;

// --- deletion (core/delete.c)

// Empties the slot, and destroys the object if it held its last capability. STATUS_PREEMPTED: call again.
enum status slot_delete(struct core *core, struct slot *slot) MUST_CHECK;
// Deletes everything derived from the slot's capability.
enum status slot_revoke(struct core *core, struct slot *slot) MUST_CHECK;

// --- lookup (core/lookup.c)

// Words of a lookup failure behind its type, in messages.
static inline unsigned lookup_failure_words(const struct lookup_failure *failure) {
    return failure->type == SEL4_LOOKUP_INVALID_ROOT ? 0 : (unsigned)failure->type - 1;
}
// Resolves `bits` bits of cptr from `root`. Returns the slot and the bits left, or NULL with the failure.
struct slot *lookup_bits(struct cap root, cptr_t cptr, unsigned bits, unsigned *bits_left,
                         struct lookup_failure *failure);
// The same for a whole address that one CNode resolves. False: it is not so simple.
static ALWAYS_INLINE bool lookup_whole(struct cap root, cptr_t cptr, struct slot **slot) {
    unsigned radix = cap_cnode_radix(root);
    if (UNLIKELY(!cap_is_whole_cnode(root)) || UNLIKELY(cptr >> radix != cap_cnode_guard(root)))
        return false;
    // The mask is for a CPU that guesses the comparison wrong: it reads no further than the CNode.
    *slot = (struct slot *)cap_pointer(root) + (cptr & ~(~(word_t)0 << radix));
    return true;
}
// A system call's capability address, in the thread's CSpace.
static ALWAYS_INLINE struct slot *lookup_slot(const struct tcb *tcb, cptr_t cptr,
                                              struct lookup_failure *failure) {
    struct cap root = tcb->slots[TCB_SLOT_CSPACE].cap;
    struct slot *slot;
    unsigned bits_left;
    if (LIKELY(lookup_whole(root, cptr, &slot)))
        return slot;
    return lookup_bits(root, cptr, SEL4_WORD_BITS, &bits_left, failure);
}
// A slot that an invocation names by root, index and depth; consumed exactly. NULL: the reply stands in inv.
struct slot *lookup_target(struct invocation *inv, bool is_source, struct cap root, word_t index,
                           word_t depth);

#endif
