// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Stage 2 translation tables as data (Arm ARM D8, "VMSAv8-64 stage 2"): walking and descriptors. Writing an
// entry is mmu.c's, because of the TLBs.
#include <arch/machine.h>
#include <arch/mmu_ops.h>
#include <arch/vspace.h>

#define VALID      BIT(0)
#define TABLE      BIT(1) // levels 1 and 2: a table; level 3: a page
#define READ       BIT(6) // S2AP[0]
#define WRITE      BIT(7) // S2AP[1]
#define SHARED     (3 * BIT(8))
#define ACCESSED   BIT(10) // AF
#define XN         BIT(54) // XN[1]; XN[0] (FEAT_XNX) stays 0: EL1 and EL0 alike
#define ADDRESS    (MASK(48) & ~MASK(12))
#define MEM_NORMAL (0xf * BIT(2)) // MemAttr: Normal, inner and outer write-back
#define MEM_NGNRNE (0x0 * BIT(2)) // MemAttr: Device-nGnRnE
#define ROOT_BITS  30
#define PAGE_BITS  12
#define LEVEL_BITS 9
#define ROOT_COUNT 10 // log2 of the root's entries: two concatenated tables
_Static_assert(ROOT_BITS + ROOT_COUNT == 40 && 3 + ROOT_COUNT == SEL4_VSPACE_BITS, "VSpace layout");

static bool is_table(word_t entry, unsigned bits) {
    return bits > PAGE_BITS && (entry & (VALID | TABLE)) == (VALID | TABLE);
}

static word_t *table_of(word_t entry) {
    return arch_phys_to_virt((paddr_t){entry & ADDRESS});
}

word_t *stage2_next_table(word_t entry, unsigned bits) {
    return is_table(entry, bits) ? table_of(entry) : NULL;
}

struct stage2_place stage2_find(word_t *root, vaddr_t vaddr) {
    unsigned bits = ROOT_BITS;
    word_t *entry = &root[vaddr.raw >> bits & MASK(ROOT_COUNT)];
    while (is_table(op_entry_read(entry), bits)) { // bound: two tables below the root
        bits -= LEVEL_BITS;
        entry = &table_of(op_entry_read(entry))[vaddr.raw >> bits & MASK(LEVEL_BITS)];
    }
    return (struct stage2_place){entry, bits};
}

word_t *stage2_find_table(word_t *root, vaddr_t vaddr, const void *table) {
    unsigned bits = ROOT_BITS;
    word_t *entry = &root[vaddr.raw >> bits & MASK(ROOT_COUNT)];
    while (is_table(op_entry_read(entry), bits)) { // bound: two tables below the root
        word_t *next = table_of(op_entry_read(entry));
        if (next == table)
            return entry;
        bits -= LEVEL_BITS;
        entry = &next[vaddr.raw >> bits & MASK(LEVEL_BITS)];
    }
    return NULL;
}

bool stage2_is_valid(word_t entry) {
    return entry & VALID;
}

bool stage2_is_writable(word_t leaf) {
    return leaf & WRITE;
}

word_t stage2_leaf(paddr_t paddr, unsigned bits, unsigned rights, word_t attributes) {
    word_t leaf = paddr.raw | VALID | ACCESSED;
    if (bits == PAGE_BITS)
        leaf |= TABLE;
    if (rights & SEL4_RIGHT_READ) {
        leaf |= READ;
        if (rights & SEL4_RIGHT_WRITE)
            leaf |= WRITE;
    }
    if (attributes & SEL4_PAGE_CACHEABLE)
        leaf |= MEM_NORMAL | SHARED;
    else
        leaf |= MEM_NGNRNE;
    if (attributes & SEL4_PAGE_EXECUTE_NEVER)
        leaf |= XN;
    return leaf;
}

word_t stage2_table(const void *table) {
    return arch_virt_to_phys(table).raw | VALID | TABLE;
}

paddr_t stage2_address(word_t leaf) {
    return (paddr_t){leaf & ADDRESS};
}
