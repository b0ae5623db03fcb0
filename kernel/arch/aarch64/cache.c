// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Cache maintenance and the zeroing of memory. The rules are those of the Arm ARM, chapter D7 "The AArch64
// System Level Memory Model" ("Cache maintenance instructions, and data cache zero instruction"). Invariants:
// 1. every operation ends with a DSB, so that it is complete when the function returns ("Ordering and
//    completion of data and instruction cache instructions").
// 2. a clean is DC CIVAC, never DC CVAC: on early Cortex-A53 a clean can lose data (Cortex-A53 Software
//    Developers Errata Notice, 819472, 824069, 826319, 827319; the notice's workaround).
// 3. the instruction side is invalidated as a whole (IC IALLUIS): a VIPT instruction cache (CTR_EL0.L1Ip)
//    holds lines under the user's or guest's address, which an IC IVAU on the kernel's address need not find.
// 4. every loop is bounded by its range divided by the line.
#include <arch/cache.h>
#include <arch/machine.h>
#include <arch/mmu_ops.h>

// CTR_EL0.DminLine: log2 of the words in the smallest data cache line.
static word_t cache_line(void) {
    return (word_t)4 << cap_field(op_ctr_read(), 16, 4);
}

// Applies an operation to each line that holds a byte of the range; unrolled, because frames of GiB go
// through it.
#define FOR_EACH_LINE(operation, start, bytes)                                                               \
    do {                                                                                                     \
        const word_t line_ = cache_line(), end_ = (word_t)(start) + (bytes);                                 \
        word_t at_ = (word_t)(start) & ~(line_ - 1);                                                         \
        for (; at_ < end_ && end_ - at_ >= 8 * line_; at_ += 8 * line_) {                                    \
            operation(at_);                                                                                  \
            operation(at_ + line_);                                                                          \
            operation(at_ + 2 * line_);                                                                      \
            operation(at_ + 3 * line_);                                                                      \
            operation(at_ + 4 * line_);                                                                      \
            operation(at_ + 5 * line_);                                                                      \
            operation(at_ + 6 * line_);                                                                      \
            operation(at_ + 7 * line_);                                                                      \
        }                                                                                                    \
        for (; at_ < end_; at_ += line_)                                                                     \
            operation(at_);                                                                                  \
    } while (0)

static void clean_invalidate(word_t start, word_t bytes) {
    if (bytes)
        FOR_EACH_LINE(op_dc_civac, start, bytes);
    op_dsb_sy(); // observers outside the inner shareable domain count too
}

static void invalidate(word_t start, word_t bytes) {
    word_t line = cache_line(), end = start + bytes;
    if (bytes) {
        // Lines at the edges hold foreign bytes, which DC IVAC would drop.
        if (start & (line - 1))
            op_dc_civac(start & ~(line - 1));
        if (end & (line - 1))
            op_dc_civac(end & ~(line - 1));
        start = (start + line - 1) & ~(line - 1);
        end &= ~(line - 1);
        if (start < end)
            FOR_EACH_LINE(op_dc_ivac, start, end - start);
    }
    op_dsb_sy();
}

// After the data side was cleaned, to the end of that: what is fetched from now on is what memory holds.
static void invalidate_instructions(void) {
    op_ic_ialluis();
    op_dsb_ish();
    op_isb();
}

void cache_operate(enum cache_operation operation, void *start, word_t bytes) {
    if (operation == CACHE_INVALIDATE)
        invalidate((word_t)start, bytes);
    else
        clean_invalidate((word_t)start, bytes);
    if (operation == CACHE_UNIFY)
        invalidate_instructions();
}

void arch_memory_zero(void *start, word_t bytes) {
    word_t at = (word_t)start, end = at + bytes;
    word_t dczid = op_dczid_read();
    // DCZID_EL0: DZP (bit 4) forbids DC ZVA; BS: log2 of its words.
    word_t block = dczid & BIT(4) ? 0 : (word_t)4 << cap_field(dczid, 0, 4);
    if (block && bytes >= 2 * block) {
        for (; at & (block - 1); at += 16)
            *(__uint128_t *)at = 0;
        for (; end - at >= 8 * block; at += 8 * block) {
            op_dc_zva(at);
            op_dc_zva(at + block);
            op_dc_zva(at + 2 * block);
            op_dc_zva(at + 3 * block);
            op_dc_zva(at + 4 * block);
            op_dc_zva(at + 5 * block);
            op_dc_zva(at + 6 * block);
            op_dc_zva(at + 7 * block);
        }
        for (; end - at >= block; at += block)
            op_dc_zva(at);
    }
    for (; at < end; at += 16)
        *(__uint128_t *)at = 0;
}

void arch_memory_clean(void *start, word_t bytes) {
    clean_invalidate((word_t)start, bytes);
    invalidate_instructions();
}
