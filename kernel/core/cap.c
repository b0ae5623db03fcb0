// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a copy of a capability is: derivation, rights, badges and guards (seL4 API: CNode_Copy, Mint, Mutate).
#include <arch/machine.h>
#include <kernel/cdt.h>

bool cap_extent(struct cap cap, word_t *start, unsigned *size_bits) {
    static const uint8_t fixed_bits[1 << (64 - CAP_TYPE_SHIFT)] = {
        [SEL4_CAP_ENDPOINT] = SEL4_ENDPOINT_BITS,
        [SEL4_CAP_NOTIFICATION] = SEL4_NOTIFICATION_BITS,
        [SEL4_CAP_REPLY] = SEL4_REPLY_BITS,
        [SEL4_CAP_TCB] = SEL4_TCB_BITS,
    };
    unsigned type = cap_type(cap);
    *size_bits = fixed_bits[type];
    switch (type) {
    case SEL4_CAP_UNTYPED:
        *start = cap_address(cap);
        *size_bits = cap_untyped_bits(cap);
        return true;
    case SEL4_CAP_SCHED_CONTEXT:
        *size_bits = cap_sched_context_bits(cap);
        break;
    case SEL4_CAP_CNODE:
        *size_bits = cap_cnode_radix(cap) + SEL4_SLOT_BITS;
        break;
    case SEL4_CAP_ZOMBIE:
        *start = arch_virt_to_phys(zombie_object(cap)).raw;
        *size_bits = SEL4_MIN_UNTYPED_BITS; // its start decides which untyped it lies in
        return true;
    default:
        if (!*size_bits) // has no memory, or is the architecture's
            return arch_cap_extent(cap, start, size_bits);
    }
    *start = arch_virt_to_phys(cap_pointer(cap)).raw;
    return true;
}

enum status cap_derive(struct invocation *inv, const struct slot *slot, struct cap cap, struct cap *derived) {
    *derived = cap;
    switch (cap_type(cap)) {
    case SEL4_CAP_NULL:
    case SEL4_CAP_ZOMBIE:
        *derived = cap_null();
        return STATUS_OK;
    case SEL4_CAP_IRQ_CONTROL:
        return inv ? inv_fail(inv, SEL4_ILLEGAL_OPERATION) : STATUS_ERROR;
    case SEL4_CAP_UNTYPED:
        if (cdt_has_children(slot))
            return inv ? inv_fail(inv, SEL4_REVOKE_FIRST) : STATUS_ERROR;
        *derived = cap_untyped_with(cap, 0, 0);
        return STATUS_OK;
    case SEL4_CAP_ENDPOINT:
    case SEL4_CAP_NOTIFICATION:
    case SEL4_CAP_REPLY:
    case SEL4_CAP_TCB:
    case SEL4_CAP_SCHED_CONTEXT:
    case SEL4_CAP_CNODE:
    case SEL4_CAP_IRQ_HANDLER:
    case SEL4_CAP_SGI:
    case SEL4_CAP_SMC:
    case SEL4_CAP_DOMAIN:
    case SEL4_CAP_SCHED_CONTROL:
        return STATUS_OK;
    default:
        if (arch_cap_derive(slot, cap, derived) == STATUS_OK)
            return STATUS_OK;
        return inv ? inv_fail(inv, SEL4_ILLEGAL_OPERATION) : STATUS_ERROR;
    }
}

struct cap cap_mask_rights(struct cap cap, unsigned rights) {
    switch (cap_type(cap)) {
    case SEL4_CAP_ENDPOINT:
        return cap_with_rights(cap, cap_rights(cap) & rights);
    case SEL4_CAP_NOTIFICATION:
        return cap_with_rights(cap, cap_rights(cap) & rights);
    case SEL4_CAP_REPLY:
        return cap_with_rights(cap, cap_rights(cap) & (rights | (unsigned)~SEL4_RIGHT_GRANT));
    case SEL4_CAP_FRAME:
        return arch_cap_mask_rights(cap, rights);
    default:
        return cap;
    }
}

bool cap_update_data(bool preserve, word_t data, struct cap *cap) {
    switch (cap_type(*cap)) {
    case SEL4_CAP_ENDPOINT:
    case SEL4_CAP_NOTIFICATION:
    case SEL4_CAP_SMC:
        if (preserve || cap_badge(*cap) != 0)
            return false;
        cap->w1 = data;
        return true;
    case SEL4_CAP_CNODE: {
        unsigned guard_bits = (unsigned)(data & MASK(6));
        unsigned radix = cap_cnode_radix(*cap);
        if (guard_bits + radix > SEL4_WORD_BITS)
            return false;
        *cap = cap_cnode(cap_pointer(*cap), radix, data >> 6 & MASK(guard_bits), guard_bits);
        return true;
    }
    default:
        return true;
    }
}
