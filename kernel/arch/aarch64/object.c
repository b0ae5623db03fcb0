// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The architecture's objects and capabilities as core/ sees them: creation, derivation, deletion, dispatch;
// and the root task's VSpace at boot.
#include <arch/internal.h>
#include <arch/vspace.h>

static const struct {
    uint8_t bits;
    uint8_t cap_type;
    uint8_t frame_size;
} objects[SEL4_OBJECT_COUNT] = {
    [SEL4_OBJECT_SMALL_PAGE] = {SEL4_SMALL_PAGE_BITS, SEL4_CAP_FRAME, 0},
    [SEL4_OBJECT_LARGE_PAGE] = {SEL4_LARGE_PAGE_BITS, SEL4_CAP_FRAME, 1},
    [SEL4_OBJECT_HUGE_PAGE] = {SEL4_HUGE_PAGE_BITS, SEL4_CAP_FRAME, 2},
    [SEL4_OBJECT_VSPACE] = {SEL4_VSPACE_BITS, SEL4_CAP_VSPACE, 0},
    [SEL4_OBJECT_PAGE_TABLE] = {SEL4_PAGE_TABLE_BITS, SEL4_CAP_PAGE_TABLE, 0},
    [SEL4_OBJECT_VCPU] = {SEL4_VCPU_BITS, SEL4_CAP_VCPU, 0},
};

unsigned arch_object_bits(word_t type) {
    return type < SEL4_OBJECT_COUNT ? objects[type].bits : 0;
}

bool arch_object_is_frame(word_t type) {
    return type < SEL4_OBJECT_COUNT && objects[type].cap_type == SEL4_CAP_FRAME;
}

struct cap arch_object_create(word_t type, paddr_t memory, bool device) {
    if (objects[type].cap_type == SEL4_CAP_FRAME)
        return cap_frame(memory, objects[type].frame_size, device, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE);
    void *object = arch_phys_to_virt(memory);
    if (type == SEL4_OBJECT_VCPU)
        vcpu_create(object);
    return cap_make(objects[type].cap_type, object, 0);
}

enum status arch_cap_derive(const struct slot *slot, struct cap cap, struct cap *derived) {
    (void)slot;
    *derived = cap;
    switch (cap_type(cap)) {
    case SEL4_CAP_FRAME: // a copy knows no mapping
        *derived = cap_with_mapping(cap, 0, (vaddr_t){0});
        return STATUS_OK;
    case SEL4_CAP_PAGE_TABLE:
        return cap_mapped_asid(cap) ? STATUS_OK : STATUS_ERROR;
    case SEL4_CAP_VSPACE:
        return cap.w1 ? STATUS_OK : STATUS_ERROR;
    default:
        return STATUS_OK;
    }
}

struct cap arch_cap_mask_rights(struct cap cap, unsigned rights) {
    if (cap_type(cap) == SEL4_CAP_FRAME)
        cap.w0 = cap_with(cap.w0, 49, 2, cap_frame_rights(cap) & rights);
    return cap;
}

// Objects of the architecture hold no other objects (what lies in a table or a pool is no capability).
bool arch_cap_same_region(struct cap a, struct cap b) {
    return cap_type(a) != SEL4_CAP_FRAME || cap_frame_size(a) == cap_frame_size(b);
}

bool arch_cap_extent(struct cap cap, word_t *start, unsigned *size_bits) {
    static const uint8_t fixed_bits[1 << (64 - CAP_TYPE_SHIFT)] = {
        [SEL4_CAP_VSPACE] = SEL4_VSPACE_BITS,
        [SEL4_CAP_PAGE_TABLE] = SEL4_PAGE_TABLE_BITS,
        [SEL4_CAP_ASID_POOL] = SEL4_ASID_POOL_BITS,
        [SEL4_CAP_VCPU] = SEL4_VCPU_BITS,
    };
    if (cap_type(cap) == SEL4_CAP_FRAME) {
        *start = cap_address(cap);
        *size_bits = cap_frame_bits(cap);
        return true;
    }
    *size_bits = fixed_bits[cap_type(cap)];
    if (!*size_bits)
        return false;
    *start = arch_virt_to_phys(cap_pointer(cap)).raw;
    return true;
}

void arch_cap_finalise(struct cap cap, bool final) {
    switch (cap_type(cap)) {
    case SEL4_CAP_FRAME:
        if (cap_mapped_asid(cap))
            frame_unmap(cap);
        break;
    case SEL4_CAP_PAGE_TABLE:
        if (final && cap_mapped_asid(cap))
            page_table_unmap(cap);
        break;
    case SEL4_CAP_VSPACE:
        if (final && cap.w1)
            asid_vspace_finalise(cap);
        break;
    case SEL4_CAP_ASID_POOL:
        if (final)
            asid_pool_finalise(cap);
        break;
    case SEL4_CAP_VCPU:
        vcpu_cap_finalise(cap, final);
        break;
    default:
        break;
    }
}

// --- dispatch; core/ has compared the type with abi/invocations.def

#define FIRST_LABEL            LABEL_VSpace_Clean
#define INVOKE(object, method) [LABEL_##object##_##method - FIRST_LABEL] = decode_##object##_##method
#define CACHE(object, function)                                                                              \
    [LABEL_##object##_Clean - FIRST_LABEL] = function,                                                       \
                              [LABEL_##object##_Invalidate - FIRST_LABEL] = function,                        \
                              [LABEL_##object##_CleanInvalidate - FIRST_LABEL] = function,                   \
                              [LABEL_##object##_Unify - FIRST_LABEL] = function
static decode_function *const invocations[] = {
    CACHE(VSpace, vspace_decode_cache),
    CACHE(Page, page_decode_cache),
    INVOKE(PageTable, Map),
    INVOKE(PageTable, Unmap),
    INVOKE(Page, Map),
    INVOKE(Page, Unmap),
    INVOKE(Page, GetAddress),
    INVOKE(ASIDControl, MakePool),
    INVOKE(ASIDPool, Assign),
};

decode_function *arch_invocation(unsigned type, word_t label) {
    if (type == SEL4_CAP_VCPU)
        return vcpu_invocation(label);
    word_t index = label - FIRST_LABEL;
    return index < ARRAY_LENGTH(invocations) ? invocations[index] : NULL;
}

// --- root's VSpace

#define ROOT_ASID 1

struct cap arch_boot_vspace(void *vspace, void *asid_pool, struct cap *asid_pool_cap) {
    asid_boot(asid_pool, vspace);
    *asid_pool_cap = cap_make(SEL4_CAP_ASID_POOL, asid_pool, 0);
    return cap_make(SEL4_CAP_VSPACE, vspace, ROOT_ASID);
}

static unsigned entry_bits(unsigned level) { // of an entry that holds a table of this level
    return level == 2 ? SEL4_HUGE_PAGE_BITS : SEL4_LARGE_PAGE_BITS;
}

word_t arch_boot_table_count(unsigned level, word_t start, word_t end) {
    unsigned bits = entry_bits(level);
    return (align_up(end, bits) - align_down(start, bits)) >> bits;
}

struct cap arch_boot_map_table(void *vspace, void *table, unsigned level, word_t vaddr) {
    struct stage2_place place = stage2_find(vspace, (vaddr_t){vaddr});
    CHECK(place.bits_left == entry_bits(level));
    mmu_set_table(*asid_space(ROOT_ASID), place.entry, stage2_table(table));
    return cap_with_mapping(cap_make(SEL4_CAP_PAGE_TABLE, table, 0), ROOT_ASID,
                            (vaddr_t){align_down(vaddr, place.bits_left)});
}

struct cap arch_boot_map_page(void *vspace, paddr_t page, word_t vaddr, bool executable) {
    const unsigned rights = SEL4_RIGHT_READ | SEL4_RIGHT_WRITE;
    struct stage2_place place = stage2_find(vspace, (vaddr_t){vaddr});
    CHECK(place.bits_left == SEL4_SMALL_PAGE_BITS);
    word_t attributes = SEL4_PAGE_DEFAULT | (executable ? 0 : SEL4_PAGE_EXECUTE_NEVER);
    mmu_set_leaf(*asid_space(ROOT_ASID), place.entry,
                 stage2_leaf(page, SEL4_SMALL_PAGE_BITS, rights, attributes), vaddr);
    return cap_with_mapping(cap_frame(page, 0, false, rights), ROOT_ASID, (vaddr_t){vaddr});
}

void arch_boot_context(struct tcb *tcb, word_t entry, word_t bootinfo) {
    tcb->arch.context.pc = tcb->arch.context.fault_pc = entry;
    tcb->arch.context.x[0] = bootinfo;
}
