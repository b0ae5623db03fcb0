// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Invocations of VSpaces (cache maintenance by address) and page tables. Invariant: a page table's capability
// knows at most one place where its table is; that place may have been emptied since, by the table above, so
// it is looked at before it is believed.
#include <arch/cache.h>
#include <arch/internal.h>
#include <arch/vspace.h>
#include <kernel/cdt.h>

#define CACHE_CHUNK_BITS 16

// Forgetting what others wrote is a write: without that right, it is written back first (as DC IVAC of EL1
// needs write permission: Arm ARM D7, "Effects of virtualization and Security state on the cache maintenance
// instructions").
static enum cache_operation permitted(enum cache_operation operation, bool writable) {
    return operation == CACHE_INVALIDATE && !writable ? CACHE_CLEAN_INVALIDATE : operation;
}

// Long ranges have a preemption point every 64 KiB; the restarted call goes on from its message's first word,
// the start.
enum status cache_invoke(struct invocation *inv, word_t operation, bool writable, paddr_t paddr,
                         word_t bytes) {
    word_t at = paddr.raw, end = at + bytes;
    while (at < end) { // bound: the frame's size / 64 KiB
        // Chunks end at line boundaries, so that no line is taken for one that holds foreign bytes.
        word_t next = align_down(at, CACHE_CHUNK_BITS) + BIT(CACHE_CHUNK_BITS);
        next = next < end ? next : end;
        cache_operate(permitted((enum cache_operation)operation, writable), arch_phys_to_virt((paddr_t){at}),
                      next - at);
        at = next;
        if (at < end && arch_irq_pending()) {
            (void)message_set(inv->caller, 0, inv_word(inv, 0) + (at - paddr.raw));
            return STATUS_PREEMPTED;
        }
    }
    return STATUS_OK;
}

// start, end: virtual addresses within one mapping.
enum status vspace_decode_cache(struct invocation *inv) {
    word_t start = inv_word(inv, 0), end = inv_word(inv, 1);
    if (end <= start)
        return inv_fail_argument(inv, 1);
    if (end > USER_TOP)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    mmu_space *space = asid_space(inv->cap.w1);
    if (!space || asid_root(*space) != cap_pointer(inv->cap))
        return asid_fail(inv);
    struct stage2_place place = stage2_find(cap_pointer(inv->cap), (vaddr_t){start});
    if (!stage2_is_valid(*place.entry))
        return STATUS_OK; // what is not mapped is in no cache
    word_t last = start | MASK(place.bits_left);
    if (end - 1 > last)
        return inv_fail_range(inv, start, last);
    paddr_t paddr = {stage2_address(*place.entry).raw + (start & MASK(place.bits_left))};
    if (!window_contains(paddr, end - start))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);

    return cache_invoke(inv, inv->label - LABEL_VSpace_Clean, stage2_is_writable(*place.entry), paddr,
                        end - start);
}

enum status decode_PageTable_Map(struct invocation *inv) {
    word_t vaddr = inv_word(inv, 0);
    if (cap_mapped_asid(inv->cap))
        return inv_fail_capability(inv, 0);
    mmu_space *space;
    if (asid_space_of(inv, inv_cap(inv, 0), &space) != STATUS_OK)
        return STATUS_ERROR;
    if (vaddr >= USER_TOP)
        return inv_fail_argument(inv, 0);
    struct stage2_place place = stage2_find(asid_root(*space), (vaddr_t){vaddr});
    if (place.bits_left == SEL4_SMALL_PAGE_BITS || stage2_is_valid(*place.entry))
        return inv_fail(inv, SEL4_DELETE_FIRST);

    vaddr_t base = {align_down(vaddr, place.bits_left)};
    inv->slot->cap = cap_with_mapping(inv->cap, (unsigned)inv_cap(inv, 0).w1, base);
    mmu_set_table(*space, place.entry, stage2_table(cap_pointer(inv->cap)));
    return STATUS_OK;
}

void page_table_unmap(struct cap cap) {
    mmu_space *space = asid_space(cap_mapped_asid(cap));
    if (!space)
        return;
    word_t *entry = stage2_find_table(asid_root(*space), cap_mapped_vaddr(cap), cap_pointer(cap));
    if (entry)
        mmu_set_table(*space, entry, 0);
}

enum status decode_PageTable_Unmap(struct invocation *inv) {
    if (!cdt_is_final(inv->slot))
        return inv_fail(inv, SEL4_REVOKE_FIRST);
    if (cap_mapped_asid(inv->cap)) {
        page_table_unmap(inv->cap);
        arch_memory_zero(cap_pointer(inv->cap), BIT(SEL4_PAGE_TABLE_BITS));
        inv->slot->cap = cap_with_mapping(inv->cap, 0, (vaddr_t){0});
    }
    return STATUS_OK;
}
