// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Stage 1 translation of the guest: identity map of the first 511 GiB (RAM of the image's GiB as normal
// memory, the rest as device), and a window of small pages at MMU_WINDOW that a test maps as it likes.
#pragma once

#include "guests/bare/bare.h"

#define MMU_WINDOW (511UL << 30)
#define MMU_PAGE   4096UL

#define SCTLR_M    BIT(0)
#define SCTLR_A    BIT(1)
#define SCTLR_C    BIT(2)
#define SCTLR_I    BIT(12)
#define SCTLR_EE   BIT(25)
#define SCTLR_BASE 0x30d00800UL // RES1 bits

#define MMU_DEVICE    (0UL << 2) // indices into MAIR_EL1
#define MMU_NORMAL    (1UL << 2)
#define MMU_READ_ONLY BIT(7)
#define MMU_LEAF      (BIT(0) | BIT(10) | 3UL << 8 | BIT(11)) // valid, accessed, inner shareable, not global

// Builds the tables and sets the translation registers; the MMU stays off.
void mmu_build(void);
// Sets SCTLR_EL1 to its base value and these bits; cleans the image from the caches around the change.
void mmu_switch(u64 bits);
// Entry of page `page` in the window; after a write: mmu_sync() and, if it was valid before, a TLB
// invalidation.
void mmu_map(u32 page, u64 address, u64 attributes);
void mmu_unmap(u32 page);
// Reads a device register as big-endian data with the MMU on, the tables themselves being big-endian.
u32 mmu_read_big_endian_tables(u64 address);

// In sctlr.S.
void mmu_set_sctlr(u64 value, u64 start, u64 end);
