// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Where objects come from. RAM: objects are made in descending size, each from the untyped with the least
// room that still fits, so that nothing is lost to alignment before the small ones fill the rest. Device and
// module memory: an untyped is split in halves until one is exactly what is wanted, which leaves every other
// piece for later frames, in any order.
//
// Invariants: 1. `used` of a RAM untyped is the kernel's own watermark: it follows each Retype by the
// kernel's rule (start aligned up to the object's size); 2. the pieces of device memory never overlap; one
// that was used up has bits 0; 3. a plan that succeeds (memory_plan) cannot fail when it is performed.
#ifndef SERVICES_ROOT_MEMORY_H
#define SERVICES_ROOT_MEMORY_H

#include <services/root/spec_view.h>

#define MEMORY_MAX_PIECES 1024
#define MEMORY_MAX_RETYPE 256 // objects that one Untyped_Retype makes at most

struct memory_untyped {
    cptr_t cap;
    uint64_t size; // bytes
    uint64_t used;
};

struct memory_piece {
    uint64_t address;
    cptr_t cap;
    unsigned bits; // 0: used up
};

struct memory {
    struct memory_untyped ram[SEL4_MAX_BOOTINFO_UNTYPEDS];
    unsigned ram_count;
    struct memory_piece pieces[MEMORY_MAX_PIECES];
    unsigned piece_count;
    cptr_t scratch_start,
        scratch_next; // slots for what is no object: from scratch_next down to scratch_start

    // Untyped_Retype into root's CNode, `count` objects from `slot` on; false: the kernel refused (reported).
    bool (*retype)(cptr_t untyped, word_t type, word_t size_bits, cptr_t slot, word_t count);
};

// What a plan lacks.
struct memory_shortage {
    const struct spec_object *object;
    uint64_t needed; // bytes of that record
    uint64_t free;   // bytes that were left for it
};

// Takes the untypeds of the boot information. Slots [scratch_start, scratch_end) are root's to use.
void memory_init(struct memory *memory, const struct sel4_bootinfo *bootinfo, cptr_t scratch_start,
                 cptr_t scratch_end);

// A slot of root's own; 0: none left.
cptr_t memory_take_slot(struct memory *memory);

// One kernel object of root's own, of 2^bits bytes of RAM, in a scratch slot; 0: no memory (or no slot).
cptr_t memory_make_own(struct memory *memory, word_t type, unsigned bits);

// Whether the RAM suffices for all objects of the specification; changes nothing.
bool memory_plan(const struct memory *memory, const struct spec_view *view, struct memory_shortage *shortage);

// Makes every RAM object of the specification; the object with id i goes to slot first_slot + i. False: the
// kernel refused.
bool memory_make_objects(struct memory *memory, const struct spec_view *view, cptr_t first_slot);

// Makes frames of 2^bits bytes at `address` in device or module memory, up to `count` consecutive ones in
// consecutive slots; returns how many (at least 1), or 0: that memory is not free in one piece.
unsigned memory_make_frames(struct memory *memory, uint64_t address, unsigned bits, unsigned count,
                            cptr_t slot);

// Bytes of RAM that no object uses.
uint64_t memory_free(const struct memory *memory);

// The kernel's object type of a specification's record.
word_t memory_object_type(const struct spec_object *object);

#endif
