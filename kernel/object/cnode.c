// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// CNode invocations (seL4 API: CNode). The first two words name the slot that the invocation is about.
#include <kernel/decode.h>
#include <kernel/objects.h>

static struct slot *target(struct invocation *inv) {
    return lookup_target(inv, false, inv->cap, inv_word(inv, 0), inv_word(inv, 1));
}

enum status decode_CNode_Revoke(struct invocation *inv) {
    struct slot *slot = target(inv);
    return slot ? slot_revoke(inv->core, slot) : STATUS_ERROR;
}

enum status decode_CNode_Delete(struct invocation *inv) {
    struct slot *slot = target(inv);
    return slot ? slot_delete(inv->core, slot) : STATUS_ERROR;
}

enum status decode_CNode_CancelBadgedSends(struct invocation *inv) {
    struct slot *slot = target(inv);
    if (!slot)
        return STATUS_ERROR;
    if (cap_type(slot->cap) != SEL4_CAP_ENDPOINT || cap_rights(slot->cap) != SEL4_RIGHTS_ALL)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (cap_badge(slot->cap) == 0)
        return STATUS_OK;
    return endpoint_cancel_badged(inv->core, cap_pointer(slot->cap), cap_badge(slot->cap));
}

// A slot from which something is to be taken: it must hold a capability.
static struct slot *filled(struct invocation *inv, bool is_source, unsigned root, unsigned index_word) {
    word_t depth = inv_word(inv, index_word + 1);
    struct slot *slot = lookup_target(inv, is_source, inv_cap(inv, root), inv_word(inv, index_word), depth);
    if (slot && (slot_is_empty(slot) || cap_type(slot->cap) == SEL4_CAP_ZOMBIE)) {
        struct lookup_failure failure = {SEL4_LOOKUP_MISSING_CAPABILITY, {depth}};
        (void)inv_fail_lookup(inv, is_source, &failure);
        return NULL;
    }
    return slot;
}

// Source and empty destination of Copy, Mint, Move and Mutate.
static enum status decode_pair(struct invocation *inv, struct slot **dest, struct slot **source) {
    *dest = target(inv);
    if (!*dest)
        return STATUS_ERROR;
    if (!slot_is_empty(*dest))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    *source = filled(inv, true, 0, 2);
    return *source ? STATUS_OK : STATUS_ERROR;
}

static enum status copy(struct invocation *inv, bool mint) {
    struct slot *dest, *source;
    if (decode_pair(inv, &dest, &source) != STATUS_OK)
        return STATUS_ERROR;
    struct cap cap = cap_mask_rights(source->cap, (unsigned)inv_word(inv, 4) & SEL4_RIGHTS_ALL);
    if (mint && !cap_update_data(false, inv_word(inv, 5), &cap))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (cap_derive(inv, source, cap, &cap) != STATUS_OK)
        return STATUS_ERROR;
    if (cap_type(cap) == SEL4_CAP_NULL)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    slot_copy(dest, cap, source);
    return STATUS_OK;
}

enum status decode_CNode_Copy(struct invocation *inv) {
    return copy(inv, false);
}

enum status decode_CNode_Mint(struct invocation *inv) {
    return copy(inv, true);
}

enum status decode_CNode_Move(struct invocation *inv) {
    struct slot *dest, *source;
    if (decode_pair(inv, &dest, &source) != STATUS_OK)
        return STATUS_ERROR;
    cdt_move(dest, source, source->cap);
    return STATUS_OK;
}

enum status decode_CNode_Mutate(struct invocation *inv) {
    struct slot *dest, *source;
    if (decode_pair(inv, &dest, &source) != STATUS_OK)
        return STATUS_ERROR;
    struct cap cap = source->cap;
    if (!cap_update_data(true, inv_word(inv, 4), &cap))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    cdt_move(dest, source, cap);
    return STATUS_OK;
}

// The pivot's capability goes to dest, the source's to pivot. Dest may be the source: then the two are
// exchanged.
enum status decode_CNode_Rotate(struct invocation *inv) {
    struct slot *dest = target(inv);
    if (!dest)
        return STATUS_ERROR;
    struct slot *pivot = lookup_target(inv, false, inv_cap(inv, 0), inv_word(inv, 3), inv_word(inv, 4));
    if (!pivot)
        return STATUS_ERROR;
    struct slot *source = lookup_target(inv, true, inv_cap(inv, 1), inv_word(inv, 6), inv_word(inv, 7));
    if (!source)
        return STATUS_ERROR;
    if (pivot == source || pivot == dest)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (source != dest && !slot_is_empty(dest))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    if (!filled(inv, true, 1, 6) || !filled(inv, false, 0, 3))
        return STATUS_ERROR;
    struct cap to_dest = pivot->cap, to_pivot = source->cap;
    if (!cap_update_data(true, inv_word(inv, 2), &to_dest) ||
        !cap_update_data(true, inv_word(inv, 5), &to_pivot))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (source == dest) {
        cdt_swap(source, pivot);
        source->cap = to_dest;
        pivot->cap = to_pivot;
    } else {
        cdt_move(dest, pivot, to_dest);
        cdt_move(pivot, source, to_pivot);
    }
    return STATUS_OK;
}
