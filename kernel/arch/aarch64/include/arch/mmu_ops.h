// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Single instructions of memory management: barriers, TLB and cache operations, VTTBR_EL2. Nothing here
// decides anything: arch/mmu.h and arch/cache.h do, and cite the rules. The host test puts a model in the
// place of this header (tests/unit/mmu_model).
#ifndef ARCH_MMU_OPS_H
#define ARCH_MMU_OPS_H

#include <kernel/types.h>

static inline void op_isb(void) {
    __asm__ volatile("isb" ::: "memory");
}
static inline void op_dsb_ish(void) {
    __asm__ volatile("dsb ish" ::: "memory");
}
static inline void op_dsb_ishst(void) {
    __asm__ volatile("dsb ishst" ::: "memory");
}
static inline void op_dsb_sy(void) {
    __asm__ volatile("dsb sy" ::: "memory");
}

// Translation table entries: one access each.
static inline word_t op_entry_read(const word_t *entry) {
    return *(const volatile word_t *)entry;
}
static inline void op_entry_write(word_t *entry, word_t value) {
    *(volatile word_t *)entry = value;
}

static inline word_t op_vttbr_read(void) {
    word_t value;
    __asm__ volatile("mrs %0, vttbr_el2" : "=r"(value));
    return value;
}
static inline void op_vttbr_write(word_t value) {
    __asm__ volatile("msr vttbr_el2, %0" ::"r"(value) : "memory");
}

// Stage 2 entries of one address, of the VMID in VTTBR_EL2; argument: IPA[47:12].
static inline void op_tlbi_ipas2e1is(word_t page) {
    __asm__ volatile("tlbi ipas2e1is, %0" ::"r"(page) : "memory");
}
// Stage 1 and combined entries of the VMID in VTTBR_EL2.
static inline void op_tlbi_vmalle1is(void) {
    __asm__ volatile("tlbi vmalle1is" ::: "memory");
}
// All entries, both stages, of the VMID in VTTBR_EL2.
static inline void op_tlbi_vmalls12e1is(void) {
    __asm__ volatile("tlbi vmalls12e1is" ::: "memory");
}
// All entries of EL1 and EL0, of every VMID.
static inline void op_tlbi_alle1is(void) {
    __asm__ volatile("tlbi alle1is" ::: "memory");
}
// All entries of EL2's own translations.
static inline void op_tlbi_alle2is(void) {
    __asm__ volatile("tlbi alle2is" ::: "memory");
}

static inline word_t op_ctr_read(void) {
    word_t value;
    __asm__("mrs %0, ctr_el0" : "=r"(value));
    return value;
}
static inline word_t op_dczid_read(void) {
    word_t value;
    __asm__("mrs %0, dczid_el0" : "=r"(value));
    return value;
}
static ALWAYS_INLINE void op_dc_zva(word_t address) {
    __asm__ volatile("dc zva, %0" ::"r"(address) : "memory");
}
static ALWAYS_INLINE void op_dc_ivac(word_t address) {
    __asm__ volatile("dc ivac, %0" ::"r"(address) : "memory");
}
static ALWAYS_INLINE void op_dc_civac(word_t address) {
    __asm__ volatile("dc civac, %0" ::"r"(address) : "memory");
}
static inline void op_ic_ialluis(void) {
    __asm__ volatile("ic ialluis" ::: "memory");
}

#endif
