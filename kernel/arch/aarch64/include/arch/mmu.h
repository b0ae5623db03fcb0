// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Stage 2 address spaces in the hardware: VMIDs, VTTBR_EL2, and the sequences that a change of a table needs.
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <kernel/types.h>

// An address space as the hardware knows it: the physical address of its root table (8 KiB aligned) in bits
// [47:13], and its VMID in bits [7:0]; VMID 0: none at the moment. ASID pools consist of them. MMU_SPACE_USED
// clear: no space.
typedef word_t mmu_space;
#define MMU_SPACE_VMID MASK(8)
#define MMU_SPACE_USED BIT(8)
#define MMU_SPACE_ROOT (MASK(48) & ~MASK(13))

// Changes whenever a VMID's owner or its user changes from or to a native thread: what VTTBR_EL2 was for a
// native thread holds until then. Never 0.
extern word_t mmu_epoch;

// Once, before the first use: no stale entry of firmware, the empty space is loaded.
void mmu_init(void);
// Loads the space (NULL: the empty one, in which nothing is mapped) and gives it a VMID if it has none.
// `user`: whose stage 1 translates to it, a vCPU's identity; 0: none, for a native thread.
void mmu_load(mmu_space *space, word_t user);
// Writes an entry of a space's tables, or a pointer to a table. `ipa`: an address that it translates.
// Does nothing when the entry has that value.
void mmu_set_leaf(mmu_space space, word_t *entry, word_t value, word_t ipa);
void mmu_set_table(mmu_space space, word_t *entry, word_t value);
// The space ends: nothing of it stays in a TLB, its VMID is free, no core has it loaded.
void mmu_release(mmu_space *space);

#endif
