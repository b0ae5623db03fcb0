// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Untyped memory and its one method, Retype (seL4 API: Untyped).
//
// Invariants: 1. an untyped's children lie below its watermark and do not overlap. 2. Memory is zeroed once,
// when an object is made of it. While a preempted retype waits to go on, the bytes between the watermark and
// the zeroed mark are zero; else the mark is 0.
#include <arch/machine.h>
#include <kernel/decode.h>
#include <kernel/objects.h>

#define MAX_OBJECTS 256

struct retype {
    word_t type;
    unsigned object_bits; // log2 of the object's bytes
    unsigned radix;       // of a CNode
    word_t count;
    struct slot *slots; // destinations
    word_t start;       // offsets in the untyped
};

static enum status decode_size(struct invocation *inv, struct retype *r) {
    word_t size_bits = inv_word(inv, 1);
    r->type = inv_word(inv, 0);
    if (r->type >= SEL4_OBJECT_COUNT)
        return inv_fail_argument(inv, 0);
    static const uint8_t fixed[SEL4_OBJECT_COUNT] = {[SEL4_OBJECT_TCB] = SEL4_TCB_BITS,
                                                     [SEL4_OBJECT_ENDPOINT] = SEL4_ENDPOINT_BITS,
                                                     [SEL4_OBJECT_NOTIFICATION] = SEL4_NOTIFICATION_BITS,
                                                     [SEL4_OBJECT_REPLY] = SEL4_REPLY_BITS};
    word_t bits = fixed[r->type] ? fixed[r->type] : arch_object_bits(r->type);
    if (!bits)
        bits = r->type == SEL4_OBJECT_CNODE ? size_bits + SEL4_SLOT_BITS : size_bits;
    if (size_bits >= SEL4_WORD_BITS || bits > SEL4_MAX_UNTYPED_BITS)
        return inv_fail_range(inv, 0, SEL4_MAX_UNTYPED_BITS);
    if ((r->type == SEL4_OBJECT_CNODE && size_bits == 0) ||
        (r->type == SEL4_OBJECT_UNTYPED && size_bits < SEL4_MIN_UNTYPED_BITS) ||
        (r->type == SEL4_OBJECT_SCHED_CONTEXT && size_bits < SEL4_MIN_SCHED_CONTEXT_BITS))
        return inv_fail_argument(inv, 1);
    r->object_bits = (unsigned)bits;
    r->radix = (unsigned)size_bits;
    return STATUS_OK;
}

static enum status decode_window(struct invocation *inv, struct retype *r) {
    word_t index = inv_word(inv, 2), depth = inv_word(inv, 3), offset = inv_word(inv, 4);
    struct cap node = inv_cap(inv, 0);
    r->count = inv_word(inv, 5);
    if (depth != 0) {
        struct slot *slot = lookup_target(inv, false, node, index, depth);
        if (!slot)
            return STATUS_ERROR;
        node = slot->cap;
    }
    if (cap_type(node) != SEL4_CAP_CNODE) {
        struct lookup_failure failure = {SEL4_LOOKUP_MISSING_CAPABILITY, {depth}};
        return inv_fail_lookup(inv, false, &failure);
    }
    word_t size = BIT(cap_cnode_radix(node));
    if (offset >= size)
        return inv_fail_range(inv, 0, size - 1);
    if (r->count < 1 || r->count > MAX_OBJECTS)
        return inv_fail_range(inv, 1, MAX_OBJECTS);
    if (r->count > size - offset)
        return inv_fail_range(inv, 1, size - offset);
    r->slots = (struct slot *)cap_pointer(node) + offset;
    for (word_t i = 0; i < r->count; i++) // bound: 256
        if (!slot_is_empty(&r->slots[i]))
            return inv_fail(inv, SEL4_DELETE_FIRST);
    return STATUS_OK;
}

// Zeroes what the objects take, from the mark on, with a preemption point at each multiple of 64 KiB, what
// the mark can tell; at the last one too, as entering many objects takes long. Frames are cleaned too, and
// every step that may be followed by a preemption: the retype that goes on from the mark may be one of
// frames.
static enum status MUST_CHECK zero(struct invocation *inv, const struct retype *r, word_t zeroed) {
    word_t base = cap_address(inv->cap), end = r->start + (r->count << r->object_bits);
    word_t at = zeroed > r->start ? zeroed : r->start;
    while (at < end) { // bound: the objects' bytes / 64 KiB
        word_t next = align_down(at, UNTYPED_ZERO_CHUNK_BITS) + BIT(UNTYPED_ZERO_CHUNK_BITS);
        next = next < end ? next : end;
        void *memory = arch_phys_to_virt((paddr_t){base + at});
        arch_memory_zero(memory, next - at);
        bool marked = !(next & MASK(UNTYPED_ZERO_CHUNK_BITS));
        if (marked || arch_object_is_frame(r->type))
            arch_memory_clean(memory, next - at);
        at = next;
        if (marked && arch_irq_pending()) {
            inv->slot->cap = cap_untyped_with(inv->cap, r->start, at);
            return STATUS_PREEMPTED;
        }
    }
    return STATUS_OK;
}

static struct cap create(const struct retype *r, paddr_t memory, bool device) {
    void *object = device ? NULL : arch_phys_to_virt(memory);
    switch (r->type) {
    case SEL4_OBJECT_UNTYPED:
        return cap_untyped(memory, r->object_bits, device);
    case SEL4_OBJECT_TCB:
        arch_tcb_init(object);
        return cap_make(SEL4_CAP_TCB, object, 0);
    case SEL4_OBJECT_ENDPOINT:
        return cap_with_rights(cap_make(SEL4_CAP_ENDPOINT, object, 0), SEL4_RIGHTS_ALL);
    case SEL4_OBJECT_NOTIFICATION:
        return cap_with_rights(cap_make(SEL4_CAP_NOTIFICATION, object, 0), SEL4_RIGHTS_ALL);
    case SEL4_OBJECT_REPLY:
        return cap_with_rights(cap_make(SEL4_CAP_REPLY, object, 0), SEL4_RIGHTS_ALL);
    case SEL4_OBJECT_CNODE:
        return cap_cnode(object, r->radix, 0, 0);
    case SEL4_OBJECT_SCHED_CONTEXT:
        return cap_sched_context(object, r->object_bits);
    default:
        return arch_object_create(r->type, memory, device);
    }
}

enum status decode_Untyped_Retype(struct invocation *inv) {
    struct retype r = {0};
    if (decode_size(inv, &r) != STATUS_OK || decode_window(inv, &r) != STATUS_OK)
        return STATUS_ERROR;
    bool device = cap_untyped_device(inv->cap);
    word_t free = cap_untyped_free(inv->cap), zeroed = cap_untyped_zeroed(inv->cap);
    if (!cdt_has_children(inv->slot)) {
        zeroed = free == 0 ? zeroed : 0;
        free = 0;
    }
    word_t size = BIT(cap_untyped_bits(inv->cap)), bytes_left = size - free;
    if (bytes_left >> r.object_bits < r.count)
        return inv_fail_memory(inv, bytes_left);
    if (device && r.type != SEL4_OBJECT_UNTYPED && !arch_object_is_frame(r.type))
        return inv_fail_argument(inv, 1);
    r.start = align_up(free, r.object_bits);
    if (!device && r.type != SEL4_OBJECT_UNTYPED) {
        enum status status = zero(inv, &r, zeroed);
        if (status != STATUS_OK)
            return status;
    }
    inv->slot->cap = cap_untyped_with(inv->cap, r.start + (r.count << r.object_bits), 0);
    for (word_t i = 0; i < r.count; i++) { // bound: 256
        paddr_t memory = {cap_address(inv->cap) + r.start + (i << r.object_bits)};
        cdt_insert_original(&r.slots[i], create(&r, memory, device), inv->slot);
    }
    return STATUS_OK;
}
