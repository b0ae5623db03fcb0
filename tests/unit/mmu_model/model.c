// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
#include <arch/machine.h>
#include <arch/mmu_ops.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "model.h"

#define MAX_ENTRIES 65536
#define MAX_WRITES  64
#define MAX_SPACES  600
#define MAX_ADDRESS 8
#define ADDRESS     (MASK(48) & ~MASK(12))

struct tlb_entry {
    unsigned vmid;
    word_t page, leaf;
    const word_t *source; // the table entry that the leaf came from
    bool combined;
};
static struct tlb_entry tlb[MAX_ENTRIES];
static unsigned tlb_count;

static struct {
    const word_t *entry;
    word_t old;
} writes[MAX_WRITES]; // not yet visible to walks
static unsigned write_count;

enum tlbi { TLBI_IPA, TLBI_COMBINED, TLBI_VMID, TLBI_ALL };
static struct {
    enum tlbi kind;
    unsigned vmid;
    word_t page;
} invalidations[MAX_WRITES]; // not yet done
static unsigned invalidation_count, invalidation_total;

static struct {
    mmu_space *space;
    bool elsewhere;
} spaces[MAX_SPACES];
static unsigned space_count;
static word_t addresses[MAX_ADDRESS];
static unsigned address_count;
static word_t vttbr, vttbr_synchronised;

// --- walks

static word_t walk_read(const word_t *entry) {
    for (unsigned i = 0; i < write_count; i++)
        if (writes[i].entry == entry)
            return writes[i].old;
    return *entry;
}

// The leaf of an address, and where it stands; 0: a fault.
static word_t walk(word_t root, word_t ipa, const word_t **source) {
    const word_t *table = (const word_t *)(root & ADDRESS);
    for (unsigned bits = 30;; bits -= 9) {
        *source = &table[ipa >> bits & (bits == 30 ? 1023 : 511)];
        word_t entry = walk_read(*source);
        if (!(entry & 1))
            return 0;
        if (bits == 12 || !(entry & 2))
            return entry;
        table = (const word_t *)(entry & ADDRESS);
    }
}

static void tlb_add(struct tlb_entry entry) {
    for (unsigned i = 0; i < tlb_count; i++)
        if (tlb[i].vmid == entry.vmid && tlb[i].page == entry.page && tlb[i].leaf == entry.leaf &&
            tlb[i].combined == entry.combined)
            return;
    assert_true(tlb_count < MAX_ENTRIES);
    tlb[tlb_count++] = entry;
}

static void read_addresses(unsigned vmid, word_t root) {
    for (unsigned a = 0; vmid && a < address_count; a++) {
        const word_t *source;
        word_t leaf = walk(root, addresses[a], &source);
        if (leaf)
            tlb_add((struct tlb_entry){vmid, addresses[a] >> 12, leaf, source, false});
    }
}

// The other core's accesses.
static void step(void) {
    for (unsigned s = 0; s < space_count; s++)
        if (spaces[s].elsewhere)
            read_addresses((unsigned)(*spaces[s].space & MMU_SPACE_VMID), *spaces[s].space & MMU_SPACE_ROOT);
    for (unsigned i = 0, count = tlb_count; i < count; i++)
        if (!tlb[i].combined) {
            struct tlb_entry combined = tlb[i];
            combined.combined = true;
            tlb_add(combined);
        }
}

void model_run(void) {
    read_addresses((unsigned)(vttbr_synchronised >> 48), vttbr_synchronised & ADDRESS);
    step();
}

// --- operations on tables and TLBs

word_t op_entry_read(const word_t *entry) {
    return *entry;
}

void op_entry_write(word_t *entry, word_t value) {
    if (*entry & 1 && value & 1 && *entry != value)
        fail_msg("break before make: a valid entry %lx was overwritten by %lx", (unsigned long)*entry,
                 (unsigned long)value);
    assert_true(write_count < MAX_WRITES);
    writes[write_count].entry = entry;
    writes[write_count++].old = walk_read(entry);
    *entry = value;
    step();
}

word_t op_vttbr_read(void) {
    return vttbr;
}

void op_vttbr_write(word_t value) {
    vttbr = value;
    step();
}

void op_isb(void) {
    vttbr_synchronised = vttbr;
    step();
}

static void tlbi(enum tlbi kind, word_t page) {
    if (write_count)
        fail_msg("a TLB invalidation before the DSB that makes the table's write visible");
    if (kind != TLBI_ALL && vttbr != vttbr_synchronised)
        fail_msg("a TLB invalidation by VMID before the ISB that makes VTTBR_EL2 current");
    assert_true(invalidation_count < MAX_WRITES);
    invalidations[invalidation_count].kind = kind;
    invalidations[invalidation_count].vmid = (unsigned)(vttbr_synchronised >> 48);
    invalidations[invalidation_count++].page = page;
    invalidation_total++;
    step();
}

void op_tlbi_ipas2e1is(word_t page) {
    tlbi(TLBI_IPA, page);
}

void op_tlbi_vmalle1is(void) {
    tlbi(TLBI_COMBINED, 0);
}

void op_tlbi_vmalls12e1is(void) {
    tlbi(TLBI_VMID, 0);
}

void op_tlbi_alle1is(void) {
    tlbi(TLBI_ALL, 0);
}

// An invalidation by address drops every copy of the table entry that translates it, a block's in whatever
// pieces.
static bool is_entry_of(const struct tlb_entry *entry, word_t page) {
    for (unsigned i = 0; i < tlb_count; i++)
        if (tlb[i].vmid == entry->vmid && tlb[i].page == page && tlb[i].source == entry->source)
            return true;
    return false;
}

static bool is_dropped(const struct tlb_entry *entry) {
    for (unsigned i = 0; i < invalidation_count; i++) {
        bool same_vmid = invalidations[i].vmid == entry->vmid;
        switch (invalidations[i].kind) {
        case TLBI_IPA:
            if (same_vmid && !entry->combined && is_entry_of(entry, invalidations[i].page))
                return true;
            break;
        case TLBI_COMBINED:
            if (same_vmid && entry->combined)
                return true;
            break;
        case TLBI_VMID:
            if (same_vmid)
                return true;
            break;
        case TLBI_ALL:
            return true;
        }
    }
    return false;
}

void op_dsb_ishst(void) {
    write_count = 0;
    step();
}

static bool cache_waits;

void op_dsb_ish(void) {
    write_count = 0;
    static bool dropped[MAX_ENTRIES];
    for (unsigned i = 0; i < tlb_count; i++)
        dropped[i] = is_dropped(&tlb[i]);
    unsigned kept = 0;
    for (unsigned i = 0; i < tlb_count; i++)
        if (!dropped[i])
            tlb[kept++] = tlb[i];
    tlb_count = kept;
    invalidation_count = 0;
    cache_waits = false;
    step();
}

void op_dsb_sy(void) {
    op_dsb_ish();
}

void model_watch_space(mmu_space *space, bool elsewhere) {
    assert_true(space_count < MAX_SPACES);
    spaces[space_count].space = space;
    spaces[space_count++].elsewhere = elsewhere;
}

void model_watch_address(word_t ipa) {
    assert_true(address_count < MAX_ADDRESS);
    addresses[address_count++] = ipa;
}

void model_check(void) {
    step();
    assert_int_equal(write_count, 0);
    assert_int_equal(invalidation_count, 0);
    for (unsigned i = 0; i < tlb_count; i++) {
        const struct tlb_entry *entry = &tlb[i];
        unsigned owners = 0;
        for (unsigned s = 0; s < space_count; s++) {
            mmu_space space = *spaces[s].space;
            const word_t *source;
            if ((space & MMU_SPACE_VMID) != entry->vmid)
                continue;
            owners++;
            if (walk(space & MMU_SPACE_ROOT, entry->page << 12, &source) != entry->leaf)
                fail_msg("a TLB holds %lx for address %lx of VMID %u, which its tables do not say",
                         (unsigned long)entry->leaf, (unsigned long)entry->page << 12, entry->vmid);
        }
        if (owners != 1)
            fail_msg("a TLB entry of VMID %u, which %u spaces have", entry->vmid, owners);
    }
}

word_t model_access(word_t ipa) {
    const word_t *source;
    return walk(vttbr_synchronised & ADDRESS, ipa, &source);
}

bool model_is_stale(word_t ipa) {
    for (unsigned i = 0; i < tlb_count; i++)
        if (tlb[i].vmid == vttbr_synchronised >> 48 && tlb[i].page == ipa >> 12 && model_access(ipa) == 0)
            return true;
    return false;
}

word_t model_loaded(void) {
    return vttbr_synchronised;
}

unsigned model_tlbi_count(void) {
    return invalidation_total;
}

// --- caches

static char *memory;
static word_t lines;
static struct { bool dirty, cleaned, dropped; } line_state[256];
static bool stale_instructions, zva_forbidden;

void model_cache_memory(void *start, word_t bytes) {
    memory = start;
    lines = bytes / MODEL_LINE;
    assert_true(lines <= ARRAY_LENGTH(line_state));
}

void model_dirty(void) {
    memset(line_state, 0, sizeof line_state);
    for (word_t i = 0; i < lines; i++)
        line_state[i].dirty = true;
    stale_instructions = true;
}

static word_t line_of(word_t address) {
    word_t offset = address - (word_t)memory;
    if (address % MODEL_LINE || offset >= lines * MODEL_LINE)
        fail_msg("cache operation on %lx, which is not a line of the range", (unsigned long)address);
    return offset / MODEL_LINE;
}

word_t op_ctr_read(void) {
    return 4ul << 16; // DminLine: 16 words
}

word_t op_dczid_read(void) {
    return zva_forbidden ? 0x14 : 0x4; // 64 bytes
}

void op_dc_zva(word_t address) {
    assert_false(zva_forbidden);
    memset((void *)(address & ~63ul), 0, 64);
}

void op_dc_ivac(word_t address) {
    word_t line = line_of(address);
    if (line_state[line].dirty)
        line_state[line].dropped = true;
    line_state[line].dirty = false;
    cache_waits = true;
}

void op_dc_civac(word_t address) {
    word_t line = line_of(address);
    line_state[line].cleaned |= line_state[line].dirty;
    line_state[line].dirty = false;
    cache_waits = true;
}

void op_ic_ialluis(void) {
    if (cache_waits)
        fail_msg("the instruction side is invalidated before the data side's clean is complete");
    stale_instructions = false;
    cache_waits = true;
}

bool model_is_cleaned(word_t line) {
    return line_state[line].cleaned;
}

bool model_is_dropped(word_t line) {
    return line_state[line].dropped;
}

bool model_instructions_fresh(void) {
    return !stale_instructions;
}

bool model_is_complete(void) {
    return !cache_waits;
}

void model_forbid_zva(bool forbidden) {
    zva_forbidden = forbidden;
}

void model_reset(void) {
    tlb_count = write_count = invalidation_count = invalidation_total = space_count = address_count = 0;
    cache_waits = zva_forbidden = false;
}

// --- what the sources under test need of the kernel

paddr_t arch_virt_to_phys(const void *pointer) {
    return (paddr_t){(word_t)pointer};
}

void *arch_phys_to_virt(paddr_t paddr) {
    return (void *)paddr.raw;
}
