// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What kernel_check_invariants asks of stage 2 tables: every valid entry has its capability. The mark is bit
// 55 of a descriptor, which the hardware ignores (Arm ARM D8, "reserved for software use"), so it needs no
// TLB maintenance; between two checks no entry has it. And of interrupts: a handler and a vCPU are bound to
// each other, or not.
#include <arch/mmu_ops.h>
#include <arch/object.h>
#include <arch/vcpu.h>
#include <arch/vspace.h>
#include <kernel/objects.h>

#define MARK BIT(55)

void arch_mark_mapping(struct cap cap) {
    unsigned type = cap_type(cap);
    mmu_space *space =
        type == SEL4_CAP_FRAME || type == SEL4_CAP_PAGE_TABLE ? asid_space(cap_mapped_asid(cap)) : NULL;
    if (!space)
        return;
    word_t *entry = NULL;
    if (type == SEL4_CAP_PAGE_TABLE) {
        entry = stage2_find_table(asid_root(*space), cap_mapped_vaddr(cap), cap_pointer(cap));
    } else {
        struct stage2_place place = stage2_find(asid_root(*space), cap_mapped_vaddr(cap));
        if (place.bits_left == cap_frame_bits(cap) && stage2_is_valid(*place.entry) &&
            stage2_address(*place.entry).raw == cap_address(cap))
            entry = place.entry;
    }
    if (entry)
        op_entry_write(entry, op_entry_read(entry) | MARK);
}

static bool unmark_table(word_t *table, unsigned entries, unsigned bits) {
    bool marked = true;
    for (unsigned i = 0; i < entries; i++) { // bound: three levels
        word_t entry = op_entry_read(&table[i]);
        if (!stage2_is_valid(entry))
            continue;
        marked = marked && entry & MARK;
        op_entry_write(&table[i], entry & ~MARK);
        word_t *next = stage2_next_table(entry, bits);
        if (next)
            marked = unmark_table(next, 512, bits - 9) && marked;
    }
    return marked;
}

bool arch_check_interrupts(struct cap cap) {
    if (cap_type(cap) == SEL4_CAP_VCPU)
        return vgic_check(cap_pointer(cap));
    word_t binding = vgic_binding[cap.w1];
    if (!binding)
        return true;
    const struct vgic *vgic = &vgic_binding_vcpu(binding)->vgic;
    unsigned source = vgic_binding_source(binding);
    return vgic->bound >> source & 1 && vgic->irq[source] == cap.w1 &&
           !irq_has_notification((unsigned)cap.w1);
}

bool arch_unmark_mappings(struct cap vspace) {
    mmu_space *space = asid_space(vspace.w1);
    if (!space || asid_root(*space) != cap_pointer(vspace))
        return true; // nothing runs in it any more
    return unmark_table(asid_root(*space), 1024, SEL4_HUGE_PAGE_BITS);
}
