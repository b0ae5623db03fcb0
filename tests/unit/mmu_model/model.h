// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A model of what TCG does not show: TLBs that keep what nobody invalidated, walks that see a write only
// after a barrier, caches that hold what nobody cleaned. It is as hostile as the Arm ARM allows:
// * a write to a table is seen by walks after a DSB only;
// * a TLB invalidation is done after DSB ISH only, and acts on the VMID that an ISB has put in place;
// * at every step another core, which runs in a watched space, reads every watched address, and its TLB keeps
// the
//   result, page by page, as a stage 2 entry and as a combined one, and makes combined entries of stage 2
//   entries it has.
// It fails the test at once when a valid entry is overwritten by another valid one, when a TLB invalidation
// comes before the table's write is visible, or before VTTBR_EL2 is synchronised.
#ifndef MMU_MODEL_H
#define MMU_MODEL_H

#include <arch/mmu.h>

void model_reset(void);
// --- TLB
// A space that exists; `elsewhere`: another core runs in it now, whenever it has a VMID. (Nobody may when it
// is released or loses its VMID.)
void model_watch_space(mmu_space *space, bool elsewhere);
// This core runs in the loaded space and reads every watched address.
void model_run(void);
void model_watch_address(word_t ipa);
// Fails unless every TLB entry is what its VMID's space says now, and belongs to a space that has that VMID.
void model_check(void);
// Whether a TLB holds anything for an address that the loaded space does not map.
bool model_is_stale(word_t ipa);
// What an access to ipa through the loaded VTTBR_EL2 gives: a leaf, or 0 for a fault.
word_t model_access(word_t ipa);
word_t model_loaded(void);       // VTTBR_EL2, synchronised
unsigned model_tlbi_count(void); // invalidations so far

// --- caches
#define MODEL_LINE 64
// Memory of which the model knows, line by line, what its cache holds; line aligned.
void model_cache_memory(void *memory, word_t bytes);
void model_dirty(void); // the caches now hold, dirty, all of it, and the instruction cache all of it
bool model_is_cleaned(word_t line);
bool model_is_dropped(word_t line); // without being cleaned
bool model_instructions_fresh(void);
bool model_is_complete(void); // no operation waits for its DSB
void model_forbid_zva(bool forbidden);

#endif
