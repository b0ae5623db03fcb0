// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Capabilities and the slots that hold them.
//
// A capability is two words. Bits [63:59] of the first are its type (enum sel4_cap_type, as DebugCapIdentify
// reports); bits [45:0] are its object: a kernel pointer, or for frames and untypeds a physical address. The
// rest depends on the type:
//
//   type           word 0                                              word 1
//   Untyped        size_bits[51:46] device[52]                         free offset / 16 [36:0], zeroed mark /
//   64 KiB [62:37] Endpoint, Notification, Reply   rights[49:46]                      badge CNode
//   radix[51:46] guard_bits[57:52]                      guard SchedContext   size_bits[51:46] Frame
//   size[47:46] device[48] rights[50:49]                vaddr[47:0] asid[63:48] (0: unmapped) PageTable
//   mapped[46]                                          vaddr[47:0] asid[63:48] VSpace asid[15:0] (0: none)
//   ASIDPool                                                           first ASID
//   IRQHandler, SGI                                                    irq, target << 32
//   SchedControl                                                       core
//   Zombie                                                             slots still to be emptied
//
// A slot is a capability and its place in the derivation list. The list is the derivation tree in pre-order;
// a slot's children follow it directly (core/cdt.c).
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include <kernel/types.h>

struct cap {
    word_t w0, w1;
};

struct slot {
    struct cap cap;
    word_t prev; // struct slot *, flags in the low bits
    word_t next; // struct slot *
};
_Static_assert(sizeof(struct slot) == 1 << SEL4_SLOT_BITS, "slot size");

#define SLOT_REVOCABLE    1u // an original: what follows and lies in its object are its children
#define SLOT_FIRST_BADGED 2u // the first of its badge: not a child of an equally badged capability
#define SLOT_FLAGS        3u

#define CAP_TYPE_SHIFT 59
#define CAP_PTR_BITS   46

static ALWAYS_INLINE unsigned cap_type(struct cap cap) {
    return (unsigned)(cap.w0 >> CAP_TYPE_SHIFT);
}
static ALWAYS_INLINE word_t cap_field(word_t w, unsigned shift, unsigned bits) {
    return w >> shift & MASK(bits);
}
static ALWAYS_INLINE word_t cap_with(word_t w, unsigned shift, unsigned bits, word_t value) {
    return (w & ~(MASK(bits) << shift)) | value << shift;
}
static ALWAYS_INLINE word_t cap_address(struct cap cap) {
    return cap.w0 & MASK(CAP_PTR_BITS);
}
static ALWAYS_INLINE void *cap_pointer(struct cap cap) {
    return (void *)cap_address(cap);
}
static ALWAYS_INLINE struct cap cap_make(unsigned type, const void *object, word_t w1) {
    return (struct cap){(word_t)type << CAP_TYPE_SHIFT | (word_t)object, w1};
}
static ALWAYS_INLINE struct cap cap_null(void) {
    return (struct cap){0, 0};
}

// Endpoint, Notification, Reply.
static ALWAYS_INLINE unsigned cap_rights(struct cap cap) {
    return (unsigned)cap_field(cap.w0, 46, 4);
}
static ALWAYS_INLINE struct cap cap_with_rights(struct cap cap, unsigned rights) {
    return (struct cap){cap_with(cap.w0, 46, 4, rights), cap.w1};
}
static ALWAYS_INLINE word_t cap_badge(struct cap cap) {
    return cap.w1;
}

// Untyped.
#define UNTYPED_ZERO_CHUNK_BITS 16
static ALWAYS_INLINE struct cap cap_untyped(paddr_t start, unsigned size_bits, bool device) {
    return (struct cap){(word_t)SEL4_CAP_UNTYPED << CAP_TYPE_SHIFT | start.raw | (word_t)size_bits << 46 |
                            (word_t)device << 52,
                        0};
}
static ALWAYS_INLINE unsigned cap_untyped_bits(struct cap cap) {
    return (unsigned)cap_field(cap.w0, 46, 6);
}
static ALWAYS_INLINE bool cap_untyped_device(struct cap cap) {
    return cap_field(cap.w0, 52, 1);
}
static ALWAYS_INLINE word_t cap_untyped_free(struct cap cap) {
    return cap_field(cap.w1, 0, 37) << SEL4_MIN_UNTYPED_BITS;
}
static ALWAYS_INLINE word_t cap_untyped_zeroed(struct cap cap) {
    return cap_field(cap.w1, 37, 26) << UNTYPED_ZERO_CHUNK_BITS;
}
static ALWAYS_INLINE struct cap cap_untyped_with(struct cap cap, word_t free, word_t zeroed) {
    return (struct cap){cap.w0, free >> SEL4_MIN_UNTYPED_BITS | zeroed >> UNTYPED_ZERO_CHUNK_BITS << 37};
}

// CNode.
static ALWAYS_INLINE unsigned cap_cnode_radix(struct cap cap) {
    return (unsigned)cap_field(cap.w0, 46, 6);
}
static ALWAYS_INLINE unsigned cap_cnode_guard_bits(struct cap cap) {
    return (unsigned)cap_field(cap.w0, 52, 6);
}
static ALWAYS_INLINE word_t cap_cnode_guard(struct cap cap) {
    return cap.w1;
}
static ALWAYS_INLINE struct cap cap_cnode(const struct slot *slots, unsigned radix, word_t guard,
                                          unsigned guard_bits) {
    return (struct cap){(word_t)SEL4_CAP_CNODE << CAP_TYPE_SHIFT | (word_t)slots | (word_t)radix << 46 |
                            (word_t)guard_bits << 52 | (word_t)(radix + guard_bits == SEL4_WORD_BITS) << 58,
                        guard};
}
// A CNode that resolves a whole address by itself.
static ALWAYS_INLINE bool cap_is_whole_cnode(struct cap cap) {
    return cap.w0 >> 58 == (SEL4_CAP_CNODE << 1 | 1);
}

// SchedContext.
static ALWAYS_INLINE struct cap cap_sched_context(const void *sc, unsigned size_bits) {
    return (struct cap){
        (word_t)SEL4_CAP_SCHED_CONTEXT << CAP_TYPE_SHIFT | (word_t)sc | (word_t)size_bits << 46, 0};
}
static ALWAYS_INLINE unsigned cap_sched_context_bits(struct cap cap) {
    return (unsigned)cap_field(cap.w0, 46, 6);
}

// Frame. Size 0, 1, 2: 4 KiB, 2 MiB, 1 GiB.
static ALWAYS_INLINE unsigned cap_frame_size(struct cap cap) {
    return (unsigned)cap_field(cap.w0, 46, 2);
}
static ALWAYS_INLINE unsigned cap_frame_bits(struct cap cap) {
    return 12 + 9 * cap_frame_size(cap);
}
static ALWAYS_INLINE bool cap_frame_device(struct cap cap) {
    return cap_field(cap.w0, 48, 1);
}
static ALWAYS_INLINE unsigned cap_frame_rights(struct cap cap) { // SEL4_RIGHT_READ | SEL4_RIGHT_WRITE
    return (unsigned)cap_field(cap.w0, 49, 2);
}
static ALWAYS_INLINE struct cap cap_frame(paddr_t start, unsigned size, bool device, unsigned rights) {
    return (struct cap){(word_t)SEL4_CAP_FRAME << CAP_TYPE_SHIFT | start.raw | (word_t)size << 46 |
                            (word_t)device << 48 | (word_t)rights << 49,
                        0};
}
// Zombie: a CNode or TCB whose last capability is being deleted. The slots of the object from `count` on are
// empty, the others are still to be emptied (core/delete.c).
static ALWAYS_INLINE struct cap zombie_make(const struct slot *slots, word_t count) {
    return cap_make(SEL4_CAP_ZOMBIE, slots, count);
}
static ALWAYS_INLINE struct slot *zombie_object(struct cap cap) {
    return cap_pointer(cap);
}
static ALWAYS_INLINE word_t zombie_count(struct cap cap) {
    return cap.w1;
}

// Frame and PageTable: where it is mapped. ASID 0: nowhere.
static ALWAYS_INLINE unsigned cap_mapped_asid(struct cap cap) {
    return (unsigned)(cap.w1 >> 48);
}
static ALWAYS_INLINE vaddr_t cap_mapped_vaddr(struct cap cap) {
    return (vaddr_t){cap.w1 & MASK(48)};
}
static ALWAYS_INLINE struct cap cap_with_mapping(struct cap cap, unsigned asid, vaddr_t vaddr) {
    return (struct cap){cap.w0, (word_t)asid << 48 | vaddr.raw};
}

#endif
