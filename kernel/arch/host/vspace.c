// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A model of address spaces: three levels of tables whose entries are kernel pointers to tables (TABLE) or
// physical addresses (LEAF), and ASID pools. It translates nothing for anybody; it is there so that
// capabilities have something to map, to unmap and to outlive.
#include <arch/core.h>
#include <arch/host.h>
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/decode.h>

#define TABLE      1ull
#define LEAF       2ull
#define MARK       BIT(63) // by arch_mark_mapping
#define FLAGS      (MARK | 3ull)
#define POOL_BITS  9
#define POOLS      128
#define ROOT_ASID  1
#define ROOT_BITS  30
#define INDEX_BITS 9

static word_t *pools[POOLS]; // of 512 pointers to VSpace roots

void host_vspace_reset(void) {
    __builtin_memset(pools, 0, sizeof(pools));
}

static word_t *asid_root(word_t asid) {
    word_t *pool = pools[asid >> POOL_BITS & (POOLS - 1)];
    return pool ? (word_t *)pool[asid & MASK(POOL_BITS)] : NULL;
}

// The deepest entry for an address; *bits: log2 of what it covers.
static word_t *find(word_t *root, word_t vaddr, unsigned *bits) {
    word_t *entry = &root[vaddr >> ROOT_BITS & MASK(10)];
    for (*bits = ROOT_BITS; *entry & TABLE; *bits -= INDEX_BITS) // bound: two tables below the root
        entry = &((word_t *)(*entry & ~FLAGS))[vaddr >> (*bits - INDEX_BITS) & MASK(INDEX_BITS)];
    return entry;
}

static word_t *cap_root(struct cap vspace) {
    word_t *root = vspace.w1 ? asid_root(vspace.w1) : NULL;
    return root == cap_pointer(vspace) ? root : NULL;
}

word_t host_translate(struct cap vspace, word_t vaddr) {
    unsigned bits;
    word_t *root = cap_root(vspace);
    word_t entry = root ? *find(root, vaddr, &bits) : 0;
    return entry & LEAF ? (entry & ~FLAGS) | (vaddr & MASK(bits)) : ~(word_t)0;
}

// --- invocations

static enum status MUST_CHECK decode_root(struct invocation *inv, word_t **root) {
    if (cap_type(inv_cap(inv, 0)) != SEL4_CAP_VSPACE)
        return inv_fail_capability(inv, 1);
    *root = cap_root(inv_cap(inv, 0));
    const struct lookup_failure failure = {SEL4_LOOKUP_INVALID_ROOT, {0}};
    return *root ? STATUS_OK : inv_fail_lookup(inv, false, &failure);
}

enum status decode_PageTable_Map(struct invocation *inv) {
    word_t vaddr = inv_word(inv, 0), *root;
    unsigned bits;
    if (cap_mapped_asid(inv->cap))
        return inv_fail_capability(inv, 0);
    if (decode_root(inv, &root) != STATUS_OK)
        return STATUS_ERROR;
    if (vaddr >= HOST_PHYSICAL)
        return inv_fail_argument(inv, 0);
    word_t *entry = find(root, vaddr, &bits);
    if (bits == SEL4_SMALL_PAGE_BITS || *entry)
        return inv_fail(inv, SEL4_DELETE_FIRST);
    *entry = (word_t)cap_pointer(inv->cap) | TABLE;
    inv->slot->cap =
        cap_with_mapping(inv->cap, (unsigned)inv_cap(inv, 0).w1, (vaddr_t){align_down(vaddr, bits)});
    return STATUS_OK;
}

void host_table_unmap(struct cap cap) {
    word_t *root = cap_mapped_asid(cap) ? asid_root(cap_mapped_asid(cap)) : NULL;
    if (!root)
        return;
    word_t vaddr = cap_mapped_vaddr(cap).raw, *entry = &root[vaddr >> ROOT_BITS];
    for (unsigned bits = ROOT_BITS; *entry & TABLE; bits -= INDEX_BITS) { // bound: two tables below the root
        word_t *table = (word_t *)(*entry & ~FLAGS);
        if (table == cap_pointer(cap)) {
            *entry = 0;
            return;
        }
        entry = &table[vaddr >> (bits - INDEX_BITS) & MASK(INDEX_BITS)];
    }
}

enum status decode_PageTable_Unmap(struct invocation *inv) {
    if (!cdt_is_final(inv->slot))
        return inv_fail(inv, SEL4_REVOKE_FIRST);
    host_table_unmap(inv->cap);
    arch_memory_zero(cap_pointer(inv->cap), BIT(SEL4_PAGE_TABLE_BITS));
    inv->slot->cap = cap_with_mapping(inv->cap, 0, (vaddr_t){0});
    return STATUS_OK;
}

enum status decode_Page_Map(struct invocation *inv) {
    word_t vaddr = inv_word(inv, 0), *root;
    unsigned size = cap_frame_bits(inv->cap), bits, asid = cap_mapped_asid(inv->cap);
    if (decode_root(inv, &root) != STATUS_OK)
        return STATUS_ERROR;
    if (vaddr & MASK(size))
        return inv_fail(inv, SEL4_ALIGNMENT_ERROR);
    if (asid && asid != inv_cap(inv, 0).w1)
        return inv_fail_capability(inv, 1);
    if ((asid && cap_mapped_vaddr(inv->cap).raw != vaddr) || vaddr >= HOST_PHYSICAL)
        return inv_fail_argument(inv, 0);
    word_t *entry = find(root, vaddr, &bits);
    const struct lookup_failure failure = {SEL4_LOOKUP_MISSING_CAPABILITY, {bits}};
    if (bits != size)
        return inv_fail_lookup(inv, false, &failure);
    *entry = cap_address(inv->cap) | LEAF;
    inv->slot->cap = cap_with_mapping(inv->cap, (unsigned)inv_cap(inv, 0).w1, (vaddr_t){vaddr});
    return STATUS_OK;
}

void host_frame_unmap(struct cap cap) {
    word_t *root = cap_mapped_asid(cap) ? asid_root(cap_mapped_asid(cap)) : NULL;
    unsigned bits;
    word_t *entry = root ? find(root, cap_mapped_vaddr(cap).raw, &bits) : NULL;
    if (entry && bits == cap_frame_bits(cap) && *entry == (cap_address(cap) | LEAF))
        *entry = 0;
}

enum status decode_Page_Unmap(struct invocation *inv) {
    host_frame_unmap(inv->cap);
    inv->slot->cap = cap_with_mapping(inv->cap, 0, (vaddr_t){0});
    return STATUS_OK;
}

enum status decode_Page_GetAddress(struct invocation *inv) {
    return inv_result(inv, cap_address(inv->cap));
}

enum status decode_ASIDControl_MakePool(struct invocation *inv) {
    struct slot *untyped = inv->extra[0];
    word_t number = 0;
    while (number < POOLS && pools[number]) // bound: 128
        number++;
    if (number == POOLS)
        return inv_fail(inv, SEL4_DELETE_FIRST);
    if (cap_type(untyped->cap) != SEL4_CAP_UNTYPED || cap_untyped_bits(untyped->cap) != SEL4_ASID_POOL_BITS ||
        cap_untyped_device(untyped->cap))
        return inv_fail_capability(inv, 1);
    if (cdt_has_children(untyped))
        return inv_fail(inv, SEL4_REVOKE_FIRST);
    struct slot *dest = lookup_target(inv, false, inv_cap(inv, 1), inv_word(inv, 0), inv_word(inv, 1));
    if (!dest)
        return STATUS_ERROR;
    if (!slot_is_empty(dest))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    pools[number] = arch_phys_to_virt((paddr_t){cap_address(untyped->cap)});
    arch_memory_zero(pools[number], BIT(SEL4_ASID_POOL_BITS));
    untyped->cap = cap_untyped_with(untyped->cap, BIT(SEL4_ASID_POOL_BITS), 0);
    cdt_insert(dest, cap_make(SEL4_CAP_ASID_POOL, pools[number], number << POOL_BITS), untyped);
    return STATUS_OK;
}

enum status decode_ASIDPool_Assign(struct invocation *inv) {
    struct slot *vspace = inv->extra[0];
    if (cap_type(vspace->cap) != SEL4_CAP_VSPACE || vspace->cap.w1)
        return inv_fail_capability(inv, 1);
    word_t *pool = cap_pointer(inv->cap), index = inv->cap.w1 ? 0 : 1; // ASID 0 names nothing
    while (index < BIT(POOL_BITS) && pool[index])                      // bound: 512
        index++;
    if (index == BIT(POOL_BITS))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    pool[index] = (word_t)cap_pointer(vspace->cap);
    vspace->cap.w1 = inv->cap.w1 | index;
    return STATUS_OK;
}

void host_vspace_finalise(struct cap cap) {
    if (cap_root(cap))
        pools[cap.w1 >> POOL_BITS][cap.w1 & MASK(POOL_BITS)] = 0;
}

void host_pool_finalise(struct cap cap) {
    pools[cap.w1 >> POOL_BITS] = NULL;
}

// --- what TCBs ask

bool arch_cap_is_vspace(struct cap cap) {
    return cap_type(cap) == SEL4_CAP_VSPACE && cap.w1;
}

enum status arch_check_ipc_buffer(struct invocation *inv, struct cap frame, word_t vaddr) {
    if (cap_type(frame) != SEL4_CAP_FRAME || cap_frame_device(frame))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    return vaddr & MASK(SEL4_IPC_BUFFER_BITS) ? inv_fail(inv, SEL4_ALIGNMENT_ERROR) : STATUS_OK;
}

struct sel4_ipc_buffer *arch_ipc_buffer(struct cap frame, word_t vaddr, bool *writable) {
    *writable = false;
    if (cap_type(frame) != SEL4_CAP_FRAME || cap_frame_device(frame) ||
        !(cap_frame_rights(frame) & SEL4_RIGHT_READ))
        return NULL;
    *writable = cap_frame_rights(frame) & SEL4_RIGHT_WRITE;
    return arch_phys_to_virt((paddr_t){cap_address(frame) + (vaddr & MASK(cap_frame_bits(frame)))});
}

// --- boot

struct cap arch_boot_vspace(void *vspace, void *asid_pool, struct cap *asid_pool_cap) {
    pools[0] = asid_pool;
    pools[0][ROOT_ASID] = (word_t)vspace;
    *asid_pool_cap = cap_make(SEL4_CAP_ASID_POOL, asid_pool, 0);
    return cap_make(SEL4_CAP_VSPACE, vspace, ROOT_ASID);
}

word_t arch_boot_table_count(unsigned level, word_t start, word_t end) {
    unsigned bits = level == 2 ? SEL4_HUGE_PAGE_BITS : SEL4_LARGE_PAGE_BITS;
    return (align_up(end, bits) - align_down(start, bits)) >> bits;
}

struct cap arch_boot_map_table(void *vspace, void *table, unsigned level, word_t vaddr) {
    unsigned bits;
    word_t *entry = find(vspace, vaddr, &bits);
    CHECK(bits == (level == 2 ? SEL4_HUGE_PAGE_BITS : SEL4_LARGE_PAGE_BITS) && !*entry);
    *entry = (word_t)table | TABLE;
    return cap_with_mapping(cap_make(SEL4_CAP_PAGE_TABLE, table, 0), ROOT_ASID,
                            (vaddr_t){align_down(vaddr, bits)});
}

struct cap arch_boot_map_page(void *vspace, paddr_t page, word_t vaddr, bool executable) {
    (void)executable;
    unsigned bits;
    word_t *entry = find(vspace, vaddr, &bits);
    CHECK(bits == SEL4_SMALL_PAGE_BITS && !*entry);
    *entry = page.raw | LEAF;
    return cap_with_mapping(cap_frame(page, 0, false, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE), ROOT_ASID,
                            (vaddr_t){vaddr});
}

void arch_boot_context(struct tcb *tcb, word_t entry, word_t bootinfo) {
    tcb->arch.context.pc = tcb->arch.context.fault_pc = entry;
    tcb->arch.context.x[0] = bootinfo;
}

// --- invariants

static word_t *table_entry(word_t *root, word_t vaddr, const void *table) {
    word_t *entry = &root[vaddr >> ROOT_BITS & MASK(10)];
    for (unsigned bits = ROOT_BITS; *entry & TABLE; bits -= INDEX_BITS) { // bound: two tables below the root
        word_t *next = (word_t *)(*entry & ~FLAGS);
        if (next == table)
            return entry;
        entry = &next[vaddr >> (bits - INDEX_BITS) & MASK(INDEX_BITS)];
    }
    return NULL;
}

void arch_mark_mapping(struct cap cap) {
    unsigned type = cap_type(cap), bits;
    if ((type != SEL4_CAP_FRAME && type != SEL4_CAP_PAGE_TABLE) || !cap_mapped_asid(cap))
        return;
    word_t *root = asid_root(cap_mapped_asid(cap)), *entry, vaddr = cap_mapped_vaddr(cap).raw;
    if (!root)
        return;
    if (type == SEL4_CAP_PAGE_TABLE) {
        entry = table_entry(root, vaddr, cap_pointer(cap));
        if (entry)
            *entry |= MARK;
        return;
    }
    entry = find(root, vaddr, &bits);
    if (bits == cap_frame_bits(cap) && (*entry & ~MARK) == (cap_address(cap) | LEAF))
        *entry |= MARK;
}

static bool unmark_table(word_t *table, unsigned entries) {
    bool marked = true;
    for (unsigned i = 0; i < entries; i++) { // bound: three levels
        if (!table[i])
            continue;
        marked = marked && table[i] & MARK;
        table[i] &= ~MARK;
        if (table[i] & TABLE)
            marked = unmark_table((word_t *)(table[i] & ~FLAGS), BIT(INDEX_BITS)) && marked;
    }
    return marked;
}

bool arch_check_interrupts(struct cap cap) {
    (void)cap;
    return true;
}

bool arch_unmark_mappings(struct cap vspace) {
    word_t *root = cap_root(vspace);
    return !root || unmark_table(root, BIT(10));
}
