// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The architecture's objects as core/ sees them. VCPUs exist, and have no methods.
#include <arch/core.h>
#include <arch/host.h>
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/decode.h>

static const struct {
    uint8_t bits, cap_type, frame_size;
} objects[SEL4_OBJECT_COUNT] = {
    [SEL4_OBJECT_SMALL_PAGE] = {SEL4_SMALL_PAGE_BITS, SEL4_CAP_FRAME, 0},
    [SEL4_OBJECT_LARGE_PAGE] = {SEL4_LARGE_PAGE_BITS, SEL4_CAP_FRAME, 1},
    [SEL4_OBJECT_HUGE_PAGE] = {SEL4_HUGE_PAGE_BITS, SEL4_CAP_FRAME, 2},
    [SEL4_OBJECT_VSPACE] = {SEL4_VSPACE_BITS, SEL4_CAP_VSPACE, 0},
    [SEL4_OBJECT_PAGE_TABLE] = {SEL4_PAGE_TABLE_BITS, SEL4_CAP_PAGE_TABLE, 0},
    [SEL4_OBJECT_VCPU] = {SEL4_VCPU_BITS, SEL4_CAP_VCPU, 0},
};

unsigned arch_object_bits(word_t type) {
    return objects[type].bits;
}

bool arch_object_is_frame(word_t type) {
    return objects[type].cap_type == SEL4_CAP_FRAME;
}

struct cap arch_object_create(word_t type, paddr_t memory, bool device) {
    if (arch_object_is_frame(type))
        return cap_frame(memory, objects[type].frame_size, device, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE);
    return cap_make(objects[type].cap_type, arch_phys_to_virt(memory), 0);
}

enum status arch_cap_derive(const struct slot *slot, struct cap cap, struct cap *derived) {
    (void)slot;
    *derived = cap;
    switch (cap_type(cap)) {
    case SEL4_CAP_FRAME:
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
    cap.w0 = cap_with(cap.w0, 49, 2, cap_frame_rights(cap) & rights);
    return cap;
}

// Objects of the architecture hold no other objects (what lies in a table or a pool is no capability).
bool arch_cap_same_region(struct cap a, struct cap b) {
    return cap_type(a) != SEL4_CAP_FRAME || cap_frame_size(a) == cap_frame_size(b);
}

bool arch_cap_extent(struct cap cap, word_t *start, unsigned *size_bits) {
    static const uint8_t bits[32] = {[SEL4_CAP_VSPACE] = SEL4_VSPACE_BITS,
                                     [SEL4_CAP_PAGE_TABLE] = SEL4_PAGE_TABLE_BITS,
                                     [SEL4_CAP_ASID_POOL] = SEL4_ASID_POOL_BITS,
                                     [SEL4_CAP_VCPU] = SEL4_VCPU_BITS};
    if (cap_type(cap) == SEL4_CAP_FRAME) {
        *start = cap_address(cap);
        *size_bits = cap_frame_bits(cap);
        return true;
    }
    if (!bits[cap_type(cap)])
        return false;
    *size_bits = bits[cap_type(cap)];
    *start = arch_virt_to_phys(cap_pointer(cap)).raw;
    return true;
}

void arch_cap_finalise(struct cap cap, bool final) {
    switch (cap_type(cap)) {
    case SEL4_CAP_FRAME:
        host_frame_unmap(cap);
        break;
    case SEL4_CAP_PAGE_TABLE:
        if (final)
            host_table_unmap(cap);
        break;
    case SEL4_CAP_VSPACE:
        if (final)
            host_vspace_finalise(cap);
        break;
    case SEL4_CAP_ASID_POOL:
        if (final)
            host_pool_finalise(cap);
        break;
    default:
        break;
    }
}

decode_function *arch_invocation(unsigned type, word_t label) {
    (void)type; // core/ has compared it with the table
    switch (label) {
    case LABEL_PageTable_Map:
        return decode_PageTable_Map;
    case LABEL_PageTable_Unmap:
        return decode_PageTable_Unmap;
    case LABEL_Page_Map:
        return decode_Page_Map;
    case LABEL_Page_Unmap:
        return decode_Page_Unmap;
    case LABEL_Page_GetAddress:
        return decode_Page_GetAddress;
    case LABEL_ASIDControl_MakePool:
        return decode_ASIDControl_MakePool;
    case LABEL_ASIDPool_Assign:
        return decode_ASIDPool_Assign;
    default:
        return NULL;
    }
}
