// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The tables of mmu.h: 4 KiB granule, 39 bits of address, start at level 1 (Arm ARM D8.2).
#include "guests/bare/mmu.h"

#define ENTRIES  512
#define TABLE    3UL
#define BLOCK    (BIT(0) | BIT(10) | 3UL << 8)
#define XN       (BIT(54) | BIT(53))
#define TCR_T0SZ 25UL
#define TCR_WALK (1UL << 8 | 1UL << 10 | 3UL << 12) // walks: write-back, inner shareable
#define TCR_EPD1 BIT(23)
#define MAIR     0x000000000000ff00UL // 0: Device-nGnRnE, 1: Normal write-back

static u64 level1[ENTRIES] __attribute__((aligned(4096)));
static u64 level2[ENTRIES] __attribute__((aligned(4096)));
static u64 window2[ENTRIES] __attribute__((aligned(4096)));
static u64 window3[ENTRIES] __attribute__((aligned(4096)));

void mmu_build(void) {
    u64 gib = (u64)__image_start >> 30;
    for (u64 i = 0; i < ENTRIES; i++) {
        u64 block = gib << 30 | i << 21;
        bool ram = block >= machine.ram.base && block < machine.ram.base + machine.ram.size;
        level1[i] = i << 30 | BLOCK | MMU_DEVICE | XN;
        level2[i] = block | BLOCK | (ram ? MMU_NORMAL : MMU_DEVICE | XN);
        window2[i] = window3[i] = 0;
    }
    level1[gib] = (u64)level2 | TABLE;
    level1[MMU_WINDOW >> 30] = (u64)window2 | TABLE;
    window2[0] = (u64)window3 | TABLE;
    u64 size = sysreg_read(id_aa64mmfr0_el1) & 15;
    sysreg_write(mair_el1, MAIR);
    sysreg_write(tcr_el1, TCR_T0SZ | TCR_WALK | TCR_EPD1 | (size > 5 ? 5 : size) << 32);
    sysreg_write(ttbr0_el1, (u64)level1);
    isb();
}

void mmu_switch(u64 bits) {
    mmu_set_sctlr(SCTLR_BASE | bits, (u64)__image_start, (u64)__image_end);
}

void mmu_map(u32 page, u64 address, u64 attributes) {
    ((volatile u64 *)window3)[page] = address | attributes | MMU_LEAF | TABLE;
    dsb();
    isb();
}

void mmu_unmap(u32 page) {
    ((volatile u64 *)window3)[page] = 0;
    dsb();
    isb();
}

u32 mmu_read_big_endian_tables(u64 address) {
    for (u64 i = 0; i < ENTRIES; i++) {
        level1[i] = __builtin_bswap64(level1[i]);
        level2[i] = __builtin_bswap64(level2[i]);
    }
    dsb();
    u32 value = 0;
    asm volatile("tlbi vmalle1\n"
                 "dsb sy\n"
                 "msr sctlr_el1, %[big]\n"
                 "isb\n"
                 "ldr %w[value], [%[address]]\n"
                 "msr sctlr_el1, %[base]\n"
                 "isb\n"
                 "tlbi vmalle1\n"
                 "dsb sy\n"
                 "isb"
                 : [value] "=&r"(value)
                 : [address] "r"(address), [big] "r"(SCTLR_BASE | SCTLR_M | SCTLR_EE), [base] "r"(SCTLR_BASE)
                 : "memory");
    mmu_build();
    return value;
}
