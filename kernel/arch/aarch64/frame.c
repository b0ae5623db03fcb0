// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Invocations of frames ("Page" in the seL4 API), and frames as IPC buffers. Invariant: a frame capability
// knows at most one mapping; that may have been replaced or emptied since, so it is compared before it is
// taken away.
#include <arch/internal.h>
#include <arch/vspace.h>

struct page_map {
    mmu_space *space;
    unsigned asid;
    vaddr_t vaddr;
    word_t *entry;
    word_t leaf;
};

static enum status MUST_CHECK decode_map(struct invocation *inv, struct page_map *map) {
    struct cap cap = inv->cap;
    word_t vaddr = inv_word(inv, 0), rights = inv_word(inv, 1), attributes = inv_word(inv, 2);
    unsigned bits = cap_frame_bits(cap), mapped_asid = cap_mapped_asid(cap);
    if (asid_space_of(inv, inv_cap(inv, 0), &map->space) != STATUS_OK)
        return STATUS_ERROR;
    map->asid = (unsigned)inv_cap(inv, 0).w1;
    map->vaddr = (vaddr_t){vaddr};
    if (vaddr & MASK(bits))
        return inv_fail(inv, SEL4_ALIGNMENT_ERROR);
    if (mapped_asid && mapped_asid != map->asid)
        return inv_fail_capability(inv, 1);
    if (mapped_asid && cap_mapped_vaddr(cap).raw != vaddr)
        return inv_fail_argument(inv, 0);
    if (vaddr >= USER_TOP) // aligned, so its end is not beyond either
        return inv_fail_argument(inv, 0);
    struct stage2_place place = stage2_find(asid_root(*map->space), map->vaddr);
    if (place.bits_left != bits) {
        const struct lookup_failure failure = {SEL4_LOOKUP_MISSING_CAPABILITY, {place.bits_left}};
        return inv_fail_lookup(inv, false, &failure);
    }
    map->entry = place.entry;
    map->leaf =
        stage2_leaf((paddr_t){cap_address(cap)}, bits, (unsigned)rights & cap_frame_rights(cap), attributes);
    return STATUS_OK;
}

enum status decode_Page_Map(struct invocation *inv) {
    struct page_map map;
    if (decode_map(inv, &map) != STATUS_OK)
        return STATUS_ERROR;
    inv->slot->cap = cap_with_mapping(inv->cap, map.asid, map.vaddr);
    mmu_set_leaf(*map.space, map.entry, map.leaf, map.vaddr.raw);
    return STATUS_OK;
}

void frame_unmap(struct cap cap) {
    mmu_space *space = asid_space(cap_mapped_asid(cap));
    if (!space)
        return;
    struct stage2_place place = stage2_find(asid_root(*space), cap_mapped_vaddr(cap));
    if (place.bits_left == cap_frame_bits(cap) && stage2_is_valid(*place.entry) &&
        stage2_address(*place.entry).raw == cap_address(cap))
        mmu_set_leaf(*space, place.entry, 0, cap_mapped_vaddr(cap).raw);
}

enum status decode_Page_Unmap(struct invocation *inv) {
    if (cap_mapped_asid(inv->cap)) {
        frame_unmap(inv->cap);
        inv->slot->cap = cap_with_mapping(inv->cap, 0, (vaddr_t){0});
    }
    return STATUS_OK;
}

// start, end: offsets in the frame.
enum status page_decode_cache(struct invocation *inv) {
    word_t start = inv_word(inv, 0), end = inv_word(inv, 1);
    if (!cap_mapped_asid(inv->cap))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (!asid_space(cap_mapped_asid(inv->cap)))
        return asid_fail(inv);
    if (end <= start)
        return inv_fail_argument(inv, 1);
    if (end > BIT(cap_frame_bits(inv->cap)))
        return inv_fail_argument(inv, 0);
    paddr_t paddr = {cap_address(inv->cap) + start};
    if (!window_contains(paddr, end - start))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);

    bool writable = cap_frame_rights(inv->cap) & SEL4_RIGHT_WRITE;
    return cache_invoke(inv, inv->label - LABEL_Page_Clean, writable, paddr, end - start);
}

enum status decode_Page_GetAddress(struct invocation *inv) {
    return inv_result(inv, cap_address(inv->cap));
}

// --- IPC buffers

enum status arch_check_ipc_buffer(struct invocation *inv, struct cap frame, word_t vaddr) {
    if (cap_type(frame) != SEL4_CAP_FRAME || cap_frame_device(frame))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (vaddr & MASK(SEL4_IPC_BUFFER_BITS))
        return inv_fail(inv, SEL4_ALIGNMENT_ERROR);
    return STATUS_OK;
}

struct sel4_ipc_buffer *arch_ipc_buffer(struct cap frame, word_t vaddr, bool *writable) {
    *writable = false;
    if (cap_type(frame) != SEL4_CAP_FRAME || cap_frame_device(frame) ||
        !(cap_frame_rights(frame) & SEL4_RIGHT_READ))
        return NULL;
    *writable = cap_frame_rights(frame) & SEL4_RIGHT_WRITE;
    word_t offset = vaddr & MASK(cap_frame_bits(frame)) & ~MASK(SEL4_IPC_BUFFER_BITS);
    return arch_phys_to_virt((paddr_t){cap_address(frame) + offset});
}
