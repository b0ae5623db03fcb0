// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Where objects come from (services/root/memory.h).
#include <services/root/memory.h>

void memory_init(struct memory *memory, const struct sel4_bootinfo *bootinfo, cptr_t scratch_start,
                 cptr_t scratch_end) {
    memory->scratch_start = scratch_start;
    memory->scratch_next = scratch_end;
    unsigned count = (unsigned)(bootinfo->untyped.end - bootinfo->untyped.start);
    for (unsigned i = 0; i < count && i < SEL4_MAX_BOOTINFO_UNTYPEDS; i++) {
        const struct sel4_untyped_description *untyped = &bootinfo->untyped_list[i];
        cptr_t cap = bootinfo->untyped.start + i;
        if (untyped->is_device)
            memory->pieces[memory->piece_count++] =
                (struct memory_piece){untyped->paddr, cap, untyped->size_bits};
        else
            memory->ram[memory->ram_count++] = (struct memory_untyped){cap, 1ull << untyped->size_bits, 0};
    }
}

cptr_t memory_take_slot(struct memory *memory) {
    return memory->scratch_next > memory->scratch_start ? --memory->scratch_next : 0;
}

static uint64_t align_up(uint64_t value, unsigned bits) {
    uint64_t mask = (1ull << bits) - 1;
    return (value + mask) & ~mask;
}

// Objects of 2^bits bytes that still fit.
static uint64_t untyped_fits(const struct memory_untyped *untyped, unsigned bits) {
    uint64_t start = align_up(untyped->used, bits);
    return start < untyped->size ? (untyped->size - start) >> bits : 0;
}

// The untyped with the least room that an object of 2^bits bytes fits in, or NULL.
static struct memory_untyped *find_best(struct memory_untyped *ram, unsigned count, unsigned bits) {
    struct memory_untyped *best = NULL;
    for (unsigned i = 0; i < count; i++)
        if (untyped_fits(&ram[i], bits) > 0 && (!best || ram[i].size - ram[i].used < best->size - best->used))
            best = &ram[i];
    return best;
}

static void untyped_take(struct memory_untyped *untyped, unsigned bits, uint64_t count) {
    untyped->used = align_up(untyped->used, bits) + (count << bits);
}

static uint64_t smallest(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t least = a < b ? a : b;
    return least < c ? least : c;
}

cptr_t memory_make_own(struct memory *memory, word_t type, unsigned bits) {
    struct memory_untyped *untyped = find_best(memory->ram, memory->ram_count, bits);
    cptr_t slot = untyped ? memory_take_slot(memory) : 0;
    if (!slot || !memory->retype(untyped->cap, type, bits, slot, 1))
        return 0;
    untyped_take(untyped, bits, 1);
    return slot;
}

static uint64_t ram_free(const struct memory_untyped *ram, unsigned count) {
    uint64_t bytes = 0;
    for (unsigned i = 0; i < count; i++)
        bytes += ram[i].size - ram[i].used;
    return bytes;
}

uint64_t memory_free(const struct memory *memory) {
    return ram_free(memory->ram, memory->ram_count);
}

word_t memory_object_type(const struct spec_object *object) {
    static const uint8_t types[] = {
        [SPEC_OBJECT_TCB] = SEL4_OBJECT_TCB,
        [SPEC_OBJECT_ENDPOINT] = SEL4_OBJECT_ENDPOINT,
        [SPEC_OBJECT_NOTIFICATION] = SEL4_OBJECT_NOTIFICATION,
        [SPEC_OBJECT_CNODE] = SEL4_OBJECT_CNODE,
        [SPEC_OBJECT_SCHED_CONTEXT] = SEL4_OBJECT_SCHED_CONTEXT,
        [SPEC_OBJECT_REPLY] = SEL4_OBJECT_REPLY,
        [SPEC_OBJECT_VSPACE] = SEL4_OBJECT_VSPACE,
        [SPEC_OBJECT_PAGE_TABLE] = SEL4_OBJECT_PAGE_TABLE,
        [SPEC_OBJECT_VCPU] = SEL4_OBJECT_VCPU,
    };
    if (spec_is_frame(object->type))
        return object->size_bits == SEL4_HUGE_PAGE_BITS    ? SEL4_OBJECT_HUGE_PAGE
               : object->size_bits == SEL4_LARGE_PAGE_BITS ? SEL4_OBJECT_LARGE_PAGE
                                                           : SEL4_OBJECT_SMALL_PAGE;
    return types[object->type];
}

// Makes (or, with first_slot 0, only plans) one record's objects from `ram`; returns how many.
static uint32_t make_record(const struct memory *memory, struct memory_untyped *ram,
                            const struct spec_view *view, uint32_t index, cptr_t first_slot) {
    const struct spec_object *object = &view->objects[index];
    unsigned bits = spec_object_bits(object);
    uint32_t made = 0;
    while (made < object->count) { // each turn makes at least one, or ends
        struct memory_untyped *untyped = find_best(ram, memory->ram_count, bits);
        if (!untyped)
            break;
        uint64_t count = smallest(object->count - made, untyped_fits(untyped, bits), MEMORY_MAX_RETYPE);
        if (first_slot && !memory->retype(untyped->cap, memory_object_type(object), object->size_bits,
                                          first_slot + view->first[index] + made, count))
            break;
        untyped_take(untyped, bits, count);
        made += (uint32_t)count;
    }
    return made;
}

// All records in descending size; false: `shortage` says where it ended.
static bool make_all(const struct memory *memory, struct memory_untyped *ram, const struct spec_view *view,
                     cptr_t first_slot, struct memory_shortage *shortage) {
    for (unsigned bits = SEL4_MAX_UNTYPED_BITS; bits >= SEL4_MIN_UNTYPED_BITS; bits--) {
        for (uint32_t i = 0; i < view->header->objects.count; i++) {
            const struct spec_object *object = &view->objects[i];
            if (spec_object_bits(object) != bits)
                continue;
            uint64_t before = ram_free(ram, memory->ram_count);
            if (make_record(memory, ram, view, i, first_slot) < object->count) {
                *shortage = (struct memory_shortage){object, (uint64_t)object->count << bits, before};
                return false;
            }
        }
    }
    return true;
}

bool memory_plan(const struct memory *memory, const struct spec_view *view,
                 struct memory_shortage *shortage) {
    static struct memory_untyped ram[SEL4_MAX_BOOTINFO_UNTYPEDS];
    for (unsigned i = 0; i < memory->ram_count; i++)
        ram[i] = memory->ram[i];
    return make_all(memory, ram, view, 0, shortage);
}

bool memory_make_objects(struct memory *memory, const struct spec_view *view, cptr_t first_slot) {
    struct memory_shortage shortage;
    return make_all(memory, memory->ram, view, first_slot, &shortage);
}

// The piece that holds 2^bits bytes at `address`, or NULL.
static struct memory_piece *find_piece(struct memory *memory, uint64_t address, unsigned bits) {
    for (unsigned i = 0; i < memory->piece_count; i++) {
        struct memory_piece *piece = &memory->pieces[i];
        if (piece->bits >= bits && address >= piece->address &&
            (address - piece->address) >> piece->bits == 0)
            return piece;
    }
    return NULL;
}

// Splits a piece in two halves; returns the one that holds `address`, or NULL.
static struct memory_piece *split_piece(struct memory *memory, struct memory_piece *piece, uint64_t address) {
    cptr_t upper_slot = memory_take_slot(memory),
           lower_slot = memory_take_slot(memory); // consecutive, descending
    unsigned bits = piece->bits - 1;
    if (!lower_slot || memory->piece_count == MEMORY_MAX_PIECES ||
        !memory->retype(piece->cap, SEL4_OBJECT_UNTYPED, bits, lower_slot, 2))
        return NULL;
    struct memory_piece *upper = &memory->pieces[memory->piece_count++];
    *upper = (struct memory_piece){piece->address + (1ull << bits), upper_slot, bits};
    *piece = (struct memory_piece){piece->address, lower_slot, bits};
    return address >= upper->address ? upper : piece;
}

unsigned memory_make_frames(struct memory *memory, uint64_t address, unsigned bits, unsigned count,
                            cptr_t slot) {
    struct memory_piece *piece = find_piece(memory, address, bits);
    uint64_t most = count < MEMORY_MAX_RETYPE ? count : MEMORY_MAX_RETYPE;
    // At most 47 turns: each halves the piece.
    while (piece && (piece->address != address || 1ull << (piece->bits - bits) > most)) {
        if (piece->bits == bits)
            return 0; // the frame is not aligned to the piece, which is exactly its size
        piece = split_piece(memory, piece, address);
    }
    if (!piece)
        return 0;
    unsigned made = 1u << (piece->bits - bits);
    word_t type = bits == SEL4_HUGE_PAGE_BITS    ? SEL4_OBJECT_HUGE_PAGE
                  : bits == SEL4_LARGE_PAGE_BITS ? SEL4_OBJECT_LARGE_PAGE
                                                 : SEL4_OBJECT_SMALL_PAGE;
    if (!memory->retype(piece->cap, type, 0, slot, made))
        return 0;
    piece->bits = 0;
    return made;
}
