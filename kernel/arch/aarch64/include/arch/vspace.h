// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Address spaces of users and guests: stage 2 tables (stage2.c), the ASIDs that name them (asid.c), and the
// invocations of VSpaces, page tables, frames and ASIDs. A VSpace is 40 bits wide: a root of 1024 entries of
// 1 GiB, then tables of 512 entries of 2 MiB, then of 512 pages of 4 KiB.
#ifndef ARCH_VSPACE_H
#define ARCH_VSPACE_H

#include <arch/cache.h>
#include <arch/mmu.h>
#include <kernel/decode.h>

#define USER_TOP BIT(40) // first address that no user has

// --- tables (stage2.c); a root or table is given by its kernel address

// The deepest entry that exists for an address. bits_left: log2 of what one entry of that table covers.
struct stage2_place {
    word_t *entry;
    unsigned bits_left; // 30, 21, 12
};
struct stage2_place stage2_find(word_t *root, vaddr_t vaddr);
// The entry that points to `table`, on the way to the address; NULL: it is not there.
word_t *stage2_find_table(word_t *root, vaddr_t vaddr, const void *table);
// The table to which an entry that covers 2^bits bytes points, or NULL.
word_t *stage2_next_table(word_t entry, unsigned bits);
bool stage2_is_valid(word_t entry);
bool stage2_is_writable(word_t leaf);
word_t stage2_leaf(paddr_t paddr, unsigned bits, unsigned rights, word_t attributes);
word_t stage2_table(const void *table);
// Where a leaf leads.
paddr_t stage2_address(word_t leaf);

// --- ASIDs (asid.c)

#define ASID_POOL_BITS 9
#define ASID_POOLS     128

// The space of an ASID; NULL: none (any more).
mmu_space *asid_space(word_t asid);
word_t *asid_root(mmu_space space);
// Names the space for an invocation that got `vspace` as its capability number 1. STATUS_ERROR: the reply in
// inv.
enum status asid_space_of(struct invocation *inv, struct cap vspace, mmu_space **space) MUST_CHECK;
// A failed lookup of a space: FailedLookup, InvalidRoot.
enum status asid_fail(struct invocation *inv);
void asid_pool_finalise(struct cap cap);
void asid_vspace_finalise(struct cap cap);
// Boot: the first pool, and the first VSpace under ASID 1.
void asid_boot(void *pool, void *root);

// --- what the capabilities hold

void frame_unmap(struct cap cap);
void page_table_unmap(struct cap cap);

// --- invocations (the others are in kernel/decode.h)

// Cache maintenance (enum cache_operation) of RAM that an invocation names; its message's first word is where
// the range starts. writable: the invoker may change that memory.
enum status cache_invoke(struct invocation *inv, word_t operation, bool writable, paddr_t paddr,
                         word_t bytes) MUST_CHECK;
// Clean, Invalidate, CleanInvalidate and Unify; which one, the label says.
decode_function vspace_decode_cache, page_decode_cache;

#endif
