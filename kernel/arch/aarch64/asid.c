// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// ASIDs: the names by which capabilities remember the VSpace that a frame or a table is mapped in. An ASID is
// a pool's number and a place in the pool; the place holds the space (arch/mmu.h). Invariants:
// 1. a VSpace capability has an ASID when, and only when, a pool held its root under that ASID at some time;
// a place is
//    emptied when its VSpace or its pool goes, so stale names find nothing, or another space, which is
//    checked against.
// 2. ASID 0 names nothing.
#include <arch/internal.h>
#include <arch/mmu_ops.h>
#include <arch/switch.h>
#include <arch/vcpu.h>
#include <arch/vspace.h>
#include <kernel/cdt.h>

#define POOL_ENTRIES BIT(ASID_POOL_BITS)

static mmu_space *pools[ASID_POOLS];

static ALWAYS_INLINE mmu_space *find_space(word_t asid) {
    mmu_space *pool = pools[asid >> ASID_POOL_BITS & (ASID_POOLS - 1)];
    if (UNLIKELY(!pool))
        return NULL;
    mmu_space *space = &pool[asid & MASK(ASID_POOL_BITS)];
    return LIKELY(*space & MMU_SPACE_USED) ? space : NULL;
}

mmu_space *asid_space(word_t asid) {
    return find_space(asid);
}

word_t *asid_root(mmu_space space) {
    return arch_phys_to_virt((paddr_t){space & MMU_SPACE_ROOT});
}

enum status asid_fail(struct invocation *inv) {
    const struct lookup_failure failure = {SEL4_LOOKUP_INVALID_ROOT, {0}};
    return inv_fail_lookup(inv, false, &failure);
}

enum status asid_space_of(struct invocation *inv, struct cap vspace, mmu_space **space) {
    if (cap_type(vspace) != SEL4_CAP_VSPACE)
        return inv_fail_capability(inv, 1);
    *space = find_space(vspace.w1);
    if (!*space || asid_root(**space) != cap_pointer(vspace))
        return asid_fail(inv);
    return STATUS_OK;
}

bool arch_cap_is_vspace(struct cap cap) {
    return cap_type(cap) == SEL4_CAP_VSPACE && cap.w1 != 0;
}

void vspace_activate(struct tcb *tcb) {
    if (tcb && LIKELY(arch_switch_is_short(tcb))) {
        op_vttbr_write(tcb->arch.vttbr);
        return;
    }
    struct cap vspace = tcb ? tcb->slots[TCB_SLOT_VSPACE].cap : cap_null();
    mmu_space *space = cap_type(vspace) == SEL4_CAP_VSPACE ? asid_space(vspace.w1) : NULL;
    if (UNLIKELY(space && asid_root(*space) != cap_pointer(vspace)))
        space = NULL;
    mmu_load(space, tcb && tcb->arch.vcpu ? tcb->arch.vcpu->identity : 0);
    if (space) {
        tcb->arch.vttbr = op_vttbr_read();
        tcb->arch.vttbr_vspace = vspace.w0;
        tcb->arch.vttbr_epoch = mmu_epoch;
    }
}

enum status decode_ASIDControl_MakePool(struct invocation *inv) {
    struct slot *untyped = inv->extra[0];
    unsigned number = 0;
    while (number < ASID_POOLS && pools[number])
        number++;
    if (number == ASID_POOLS)
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

    void *pool = arch_phys_to_virt((paddr_t){cap_address(untyped->cap)});
    arch_memory_zero(pool, BIT(SEL4_ASID_POOL_BITS));
    untyped->cap = cap_untyped_with(untyped->cap, BIT(SEL4_ASID_POOL_BITS), 0);
    pools[number] = pool;
    cdt_insert(dest, cap_make(SEL4_CAP_ASID_POOL, pool, (word_t)number << ASID_POOL_BITS), untyped);
    return STATUS_OK;
}

enum status decode_ASIDPool_Assign(struct invocation *inv) {
    struct cap *vspace = &inv->extra[0]->cap;
    if (cap_type(*vspace) != SEL4_CAP_VSPACE || vspace->w1 != 0)
        return inv_fail_capability(inv, 1);
    mmu_space *pool = cap_pointer(inv->cap);
    word_t first = inv->cap.w1, index = first == 0 ? 1 : 0; // ASID 0 names nothing
    while (index < POOL_ENTRIES && pool[index] & MMU_SPACE_USED)
        index++;
    if (index == POOL_ENTRIES)
        return inv_fail(inv, SEL4_DELETE_FIRST);
    vspace->w1 = first + index;
    pool[index] = arch_virt_to_phys(cap_pointer(*vspace)).raw | MMU_SPACE_USED;
    return STATUS_OK;
}

void asid_pool_finalise(struct cap cap) {
    mmu_space *pool = cap_pointer(cap);
    for (word_t i = 0; i < POOL_ENTRIES; i++) {
        mmu_release(&pool[i]);
        pool[i] = 0;
    }
    pools[cap.w1 >> ASID_POOL_BITS] = NULL;
}

void asid_vspace_finalise(struct cap cap) {
    mmu_space *space = asid_space(cap.w1);
    if (!space || asid_root(*space) != cap_pointer(cap))
        return;
    mmu_release(space);
    *space = 0;
}

void asid_boot(void *pool, void *root) {
    pools[0] = pool;
    pools[0][1] = arch_virt_to_phys(root).raw | MMU_SPACE_USED;
}
