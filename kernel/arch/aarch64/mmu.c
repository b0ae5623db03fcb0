// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The one place where stage 2 table entries change, TLB entries are dropped and VMIDs are given out. ASIDs
// are names of software; the hardware has 8 bits of VMID on every CPU that we run on
// (ID_AA64MMFR1_EL1.VMIDBits; VTCR_EL2.VS = 0), so spaces get one when they are loaded and may lose it again.
//
// Invariants, checked by tests/unit/test_mmu_sequences.c against a model of a TLB:
// 1. a VMID belongs to one space at most; vmid_owner says to which.
// 2. no TLB holds an entry of a VMID without owner: it is invalidated before it becomes free.
// 3. VMID 0 belongs to the empty space for ever.
// 4. a valid entry never changes into another valid one directly: break before make (Arm ARM D8, "Using
//    break-before-make when updating translation table entries").
// 5. a valid entry that goes is out of every TLB before the function returns.
// 6. combined entries of a VMID come from one translation of stage 1 only, vmid_user's: two vCPUs of a guest
// are two PEs to it, which do not share what their TLBs hold (D8, "Common not private translations": CnP =
// 0), and one without stage 1 must not meet another's ("HCR_EL2.DC", "permitted to be cached in a TLB").
//
// Rules of the Arm ARM, D8 "TLB maintenance": a change of a table is observed by walks, and may be followed
// by a TLBI, after a DSB ("ordering of memory accesses from translation table walks"); a stage 2 change is
// TLBI IPAS2E1IS, DSB, TLBI VMALLE1IS, DSB ("TLB maintenance operations and stage 2": the first drops only
// stage 2 entries, the second the combined ones, which could be made anew from stage 2 entries that are not
// gone yet); these act on the VMID in VTTBR_EL2, whose write needs an ISB before; all is complete after DSB
// ISH, and ISB for the PE's own fetches.
#include <arch/machine.h>
#include <arch/mmu.h>
#include <arch/mmu_ops.h>

#define VMID_COUNT  256
#define VTTBR_VMID  48
#define ENTRY_VALID 1u

static mmu_space *vmid_owner[VMID_COUNT]; // [0] unused
static word_t vmid_user[VMID_COUNT];      // who ran last with it
static unsigned vmid_next = 1;            // where the search for a VMID goes on
word_t mmu_epoch = 1;

// The empty space's root: 1024 invalid entries.
static word_t empty_root[1024] __attribute__((aligned(8192)));

static word_t space_vttbr(mmu_space space) {
    return (space & MMU_SPACE_ROOT) | (space & MMU_SPACE_VMID) << VTTBR_VMID;
}

static word_t empty_vttbr(void) {
    return arch_virt_to_phys(empty_root).raw;
}

// Makes VTTBR_EL2 name the space's VMID, with its own tables, so that nothing mixes two spaces. While we are
// at EL2 no walk goes through it (Arm ARM D8, "Out-of-context translation regimes"). Returns what to restore.
static word_t enter_space(mmu_space space) {
    word_t before = op_vttbr_read(), own = space_vttbr(space);
    if (own != before)
        op_vttbr_write(own);
    op_isb(); // for a write by mmu_load, too
    return before;
}

static void leave_space(mmu_space space, word_t before) {
    if (before != space_vttbr(space)) {
        op_vttbr_write(before);
        op_isb();
    }
}

// After a leaf became invalid.
static void flush_leaf(mmu_space space, word_t ipa) {
    op_dsb_ishst();
    if (!(space & MMU_SPACE_VMID))
        return; // not in any TLB (invariant 2)
    word_t before = enter_space(space);
    op_tlbi_ipas2e1is(ipa >> 12);
    op_dsb_ish();
    op_tlbi_vmalle1is();
    op_dsb_ish();
    op_isb();
    leave_space(space, before);
}

// After a table was taken out, or before a VMID changes hands.
static void flush_space(mmu_space space) {
    op_dsb_ishst();
    if (!(space & MMU_SPACE_VMID))
        return;
    word_t before = enter_space(space);
    op_tlbi_vmalls12e1is();
    op_dsb_ish();
    op_isb();
    leave_space(space, before);
}

void mmu_init(void) {
    op_vttbr_write(empty_vttbr());
    op_isb();
    op_tlbi_alle1is();
    op_dsb_ish();
    op_isb();
}

// A free VMID; else the next space in turn loses its own, but not the one that is loaded. Bound: two turns.
static void give_vmid(mmu_space *space, word_t user) {
    word_t loaded = op_vttbr_read() >> VTTBR_VMID;
    unsigned vmid = vmid_next;
    while (vmid == 0 || vmid == loaded)
        vmid = (vmid + 1) % VMID_COUNT;
    vmid_next = (vmid + 1) % VMID_COUNT;
    mmu_space *victim = vmid_owner[vmid];
    if (victim) {
        flush_space(*victim);
        *victim &= ~MMU_SPACE_VMID;
        mmu_epoch++;
    }
    vmid_owner[vmid] = space;
    vmid_user[vmid] = user;
    *space |= vmid;
}

void mmu_load(mmu_space *space, word_t user) {
    if (UNLIKELY(!space)) {
        op_vttbr_write(empty_vttbr());
        return;
    }
    if (UNLIKELY(!(*space & MMU_SPACE_VMID)))
        give_vmid(space, user);
    op_vttbr_write(space_vttbr(*space));
    word_t *last = &vmid_user[*space & MMU_SPACE_VMID];
    if (LIKELY(*last == user))
        return;
    if (!*last || !user)
        mmu_epoch++;
    *last = user;
    op_isb();
    op_tlbi_vmalle1is();
    op_dsb_ish();
    op_isb();
}

static void set_entry(mmu_space space, word_t *entry, word_t value, bool leaf, word_t ipa) {
    word_t old = op_entry_read(entry);
    if (old == value)
        return;
    if (old & ENTRY_VALID) {
        op_entry_write(entry, 0);
        if (leaf)
            flush_leaf(space, ipa);
        else
            flush_space(space);
    }
    if (value & ENTRY_VALID) {
        // What the entry points to (a zeroed table) is visible to walks before the entry is. A new valid
        // entry needs no invalidation: faulting translations are not held in TLBs (D8 "TLB maintenance").
        op_dsb_ishst();
        op_entry_write(entry, value);
        op_dsb_ishst();
    }
}

void mmu_set_leaf(mmu_space space, word_t *entry, word_t value, word_t ipa) {
    set_entry(space, entry, value, true, ipa);
}

void mmu_set_table(mmu_space space, word_t *entry, word_t value) {
    set_entry(space, entry, value, false, 0);
}

void mmu_release(mmu_space *space) {
    word_t vmid = *space & MMU_SPACE_VMID;
    if (!vmid)
        return;
    if (op_vttbr_read() >> VTTBR_VMID == vmid) {
        op_vttbr_write(empty_vttbr());
        op_isb();
    }
    flush_space(*space);
    vmid_owner[vmid] = NULL;
    *space &= ~MMU_SPACE_VMID;
    mmu_epoch++;
}
