// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Invocations of VSpaces (cache maintenance by address) and page tables. Invariant: a page table's capability knows at
// most one place where its table is; that place may have been emptied since, by the table above, so it is looked at
// before it is believed.
#include <arch/cache.h>
#include <arch/internal.h>
#include <arch/vspace.h>
#include <kernel/cdt.h>

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

    cache_operate((enum cache_operation)(inv->label - LABEL_VSpace_Clean), arch_phys_to_virt(paddr), end - start);
    return STATUS_OK;
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
