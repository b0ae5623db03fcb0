// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest switches its MMU, caches and endianness as it likes, and maintains them; nothing of it shows
// outside.
#include "guests/bare/mmu.h"
#include "guests/bare/pl011.h"

static u64 pages[2][MMU_PAGE / 8] __attribute__((aligned(4096)));

static void fill_pages(void) {
    for (u32 i = 0; i < MMU_PAGE / 8; i++) {
        pages[0][i] = 0x1000 + i;
        pages[1][i] = 0x2000 + i;
    }
}

static void check_pages(const char *when) {
    for (u32 i = 0; i < MMU_PAGE / 8; i++) {
        if (pages[0][i] != 0x1000 + i || pages[1][i] != 0x2000 + i) {
            check(false, "memory differs at word %u, %s", i, when);
            return;
        }
    }
}

static void test_switch(void) {
    static const u64 states[] = {
        SCTLR_M,           0, SCTLR_M | SCTLR_C | SCTLR_I, SCTLR_M, SCTLR_M | SCTLR_I, SCTLR_C | SCTLR_I,
        SCTLR_M | SCTLR_C, 0,
    };
    mmu_build();
    fill_pages();
    for (unsigned round = 0; round < 5; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
            mmu_switch(states[i]);
            bool kept = (sysreg_read(sctlr_el1) & (SCTLR_M | SCTLR_C | SCTLR_I)) == states[i];
            check_pages("after a switch");
            u32 id = read32(machine.uart.base + PL011_PCELLID0 + 12);
            ticker_start(100, 2);
            irq_enable();
            bool ticked = wait_until(ticker.left == 0, 1000);
            irq_disable();
            fill_pages();
            check(kept, "state %lu of the list: SCTLR_EL1 is 0x%lx", i, sysreg_read(sctlr_el1));
            check(ticked, "state %lu of the list: no interrupts", i);
            check_equal(id, 0xb1, "state %lu of the list: device register", i);
        }
    }
    mmu_switch(0);
}

// Faults of the guest's own tables are the guest's: syndrome, FAR and PAR as without a hypervisor.
static void test_own_faults(void) {
    mmu_build();
    mmu_map(0, (u64)pages[0], MMU_NORMAL | MMU_READ_ONLY);
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    u64 value = 0, hole = MMU_WINDOW + MMU_PAGE;
    bool written = probe_write(MMU_WINDOW, 8, 1);
    u64 esr_write = trap.esr, far_write = trap.far;
    bool read = probe_read(hole + 8, 8, &value);
    u64 esr_read = trap.esr, far_read = trap.far;
    asm volatile("at s1e1r, %0\n isb" ::"r"(MMU_WINDOW) : "memory");
    u64 par_good = sysreg_read(par_el1);
    asm volatile("at s1e1w, %0\n isb" ::"r"(MMU_WINDOW) : "memory");
    u64 par_write = sysreg_read(par_el1);
    asm volatile("at s1e1r, %0\n isb" ::"r"(hole) : "memory");
    u64 par_hole = sysreg_read(par_el1);
    mmu_switch(0);
    check(!written, "no fault for a write to a read-only page");
    check_equal(ESR_EC(esr_write) << 6 | ESR_FSC(esr_write), EC_DATA_ABORT << 6 | 0x0f,
                "class and status of the write");
    check_equal(far_write, MMU_WINDOW, "FAR of the write");
    check(!read, "no fault for a read of an unmapped page");
    check_equal(ESR_EC(esr_read) << 6 | ESR_FSC(esr_read), EC_DATA_ABORT << 6 | 0x07,
                "class and status of the read");
    check_equal(far_read, hole + 8, "FAR of the read");
    check_equal(par_good & 0xfffffffff001, (u64)pages[0], "PAR_EL1 of a mapped page");
    check_equal(par_write & 0x7f, 0x0f << 1 | 1, "PAR_EL1 of a write to a read-only page");
    check_equal(par_hole & 0x7f, 0x07 << 1 | 1, "PAR_EL1 of an unmapped page");
}

// An external abort reports the virtual address, not the physical one.
static void test_abort_address(void) {
    mmu_build();
    mmu_map(3, machine_hole(), MMU_DEVICE);
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    u64 address = MMU_WINDOW + 3 * MMU_PAGE + 0x124, value = 0;
    bool read = probe_read(address, 4, &value);
    mmu_switch(0);
    check(!read, "no abort");
    check_equal(ESR_EC(trap.esr) << 6 | ESR_FSC(trap.esr), EC_DATA_ABORT << 6 | FSC_EXTERNAL,
                "class and status");
    check_equal(trap.far, address, "FAR_EL1");
}

// A table walk that leads where nothing is: external abort on the walk, level 1.
static void test_walk_abort(void) {
    mmu_build();
    u64 tcr = sysreg_read(tcr_el1), value = 0, address = 0xffffff8000000000 + 0x1000;
    sysreg_write(ttbr1_el1, machine_hole());
    sysreg_write(tcr_el1, (tcr & ~BIT(23)) | 25UL << 16 | 2UL << 30); // T1SZ, TG1: 4 KiB; walks non-cacheable
    isb();
    mmu_switch(SCTLR_M);
    bool read = probe_read(address, 8, &value);
    u64 esr = trap.esr, far = trap.far;
    mmu_switch(0);
    sysreg_write(ttbr1_el1, 0);
    sysreg_write(tcr_el1, tcr);
    isb();
    check(!read, "no abort");
    check_equal(ESR_EC(esr), EC_DATA_ABORT, "exception class");
    check(ESR_FSC(esr) == FSC_EXTERNAL_WALK_L1 || ESR_FSC(esr) == FSC_EXTERNAL, "status is 0x%x",
          ESR_FSC(esr));
    check_equal(far, address, "FAR_EL1");
}

enum { TLBI_BASIC = 12, TLBI_OUTER = 14, TLBI_FORMS = 16 };

static void tlbi(unsigned form, u64 address) {
    u64 page = address >> 12, range = page | 1UL << 46; // TG: 4 KiB, NUM and SCALE 0: two pages
#define FORM(number, ...)                                                                                    \
    case number:                                                                                             \
        asm volatile(__VA_ARGS__ : "memory");                                                                \
        break
    dsb();
    switch (form) {
        FORM(0, "tlbi vmalle1" ::);
        FORM(1, "tlbi vae1, %0" ::"r"(page));
        FORM(2, "tlbi aside1, %0" ::"r"(0UL));
        FORM(3, "tlbi vaae1, %0" ::"r"(page));
        FORM(4, "tlbi vale1, %0" ::"r"(page));
        FORM(5, "tlbi vaale1, %0" ::"r"(page));
        FORM(6, "tlbi vmalle1is" ::);
        FORM(7, "tlbi vae1is, %0" ::"r"(page));
        FORM(8, "tlbi aside1is, %0" ::"r"(0UL));
        FORM(9, "tlbi vaae1is, %0" ::"r"(page));
        FORM(10, "tlbi vale1is, %0" ::"r"(page));
        FORM(11, "tlbi vaale1is, %0" ::"r"(page));
        FORM(12, "sys #0, c8, c1, #0" ::);               // vmalle1os
        FORM(13, "sys #0, c8, c1, #1, %0" ::"r"(page));  // vae1os
        FORM(14, "sys #0, c8, c6, #1, %0" ::"r"(range)); // rvae1
        FORM(15, "sys #0, c8, c2, #1, %0" ::"r"(range)); // rvae1is
    }
#undef FORM
    dsb();
    isb();
}

static void test_tlbi(void) {
    u32 feature = sysreg_read(id_aa64isar0_el1) >> 56 & 15;
    unsigned forms = feature >= 2 ? TLBI_FORMS : feature == 1 ? TLBI_OUTER : TLBI_BASIC;
    fill_pages();
    mmu_build();
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    u32 stale = 0, wrong = 0;
    for (unsigned form = 0; form < forms; form++) {
        u64 value = 0, address = MMU_WINDOW + form * MMU_PAGE;
        mmu_map(form, (u64)pages[0], MMU_NORMAL);
        wrong += !probe_read(address, 8, &value) || value != 0x1000;
        mmu_unmap(form);
        tlbi(form, address);
        stale |= (u32)probe_read(address, 8, &value) << form;
        mmu_map(form, (u64)pages[1], MMU_NORMAL);
        wrong += !probe_read(address, 8, &value) || value != 0x2000;
    }
    mmu_switch(0);
    check_equal(stale, 0, "set of TLBI forms after which an unmapped page is still there");
    check_equal(wrong, 0, "wrong values");
}

enum set_way { SET_WAY_CLEAN_INVALIDATE, SET_WAY_CLEAN, SET_WAY_INVALIDATE };

static void set_way_one(enum set_way operation, u64 operand) {
    if (operation == SET_WAY_CLEAN_INVALIDATE) {
        asm volatile("dc cisw, %0" ::"r"(operand) : "memory");
    } else if (operation == SET_WAY_CLEAN) {
        asm volatile("dc csw, %0" ::"r"(operand) : "memory");
    } else {
        asm volatile("dc isw, %0" ::"r"(operand) : "memory");
    }
}

// All data caches by set and way (Arm ARM D7.5.9.5), at most `sets` sets of each.
static void set_way(enum set_way operation, u64 sets) {
    u64 clidr = sysreg_read(clidr_el1);
    bool wide = sysreg_read(S3_0_C0_C7_2) >> 20 & 15; // ID_AA64MMFR2_EL1.CCIDX
    dsb();
    for (u64 level = 0; level < 7; level++) {
        if ((clidr >> level * 3 & 7) < 2) {
            continue;
        }
        sysreg_write(csselr_el1, level << 1);
        isb();
        u64 ccsidr = sysreg_read(ccsidr_el1);
        u64 last_way = wide ? ccsidr >> 3 & 0x1fffff : ccsidr >> 3 & 0x3ff;
        u64 last_set = wide ? ccsidr >> 32 & 0xffffff : ccsidr >> 13 & 0x7fff;
        unsigned way_shift = last_way ? (unsigned)__builtin_clz((u32)last_way) : 0;
        for (u64 set = 0; set <= last_set && set < sets; set++) {
            for (u64 way = 0; way <= last_way; way++) {
                set_way_one(operation, way << way_shift | set << ((ccsidr & 7) + 4) | level << 1);
            }
        }
    }
    dsb();
    isb();
}

static void test_set_way(void) {
    mmu_build();
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    fill_pages();
    set_way(SET_WAY_CLEAN, 64);
    set_way(SET_WAY_CLEAN_INVALIDATE, ~0UL);
    check_pages("after clean and invalidate by set and way");
    mmu_switch(0);
    check_pages("after the caches went off");
    set_way(SET_WAY_INVALIDATE, 64); // with the caches off nothing of ours is dirty
    check_pages("after invalidate by set and way");
}

static void test_by_address(void) {
    mmu_build();
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    fill_pages();
    u64 block = 4UL << (sysreg_read(dczid_el0) & 15), start = (u64)pages[0], end = start + sizeof(pages);
    for (u64 address = start; address < end; address += 16) {
        asm volatile("dc cvac, %0" ::"r"(address) : "memory");
        asm volatile("dc cvau, %0" ::"r"(address) : "memory");
        asm volatile("dc civac, %0" ::"r"(address) : "memory");
    }
    dsb();
    for (u64 address = start; address < end; address += 16) {
        asm volatile("dc ivac, %0" ::"r"(address) : "memory"); // clean: nothing is lost
        asm volatile("ic ivau, %0" ::"r"(address) : "memory");
    }
    asm volatile("ic ialluis\n ic iallu" ::: "memory");
    dsb();
    isb();
    check_pages("after maintenance by address");
    if (!(sysreg_read(dczid_el0) & BIT(4))) {
        for (u64 address = start; address < end; address += block) {
            asm volatile("dc zva, %0" ::"r"(address) : "memory");
        }
        for (u32 i = 0; i < MMU_PAGE / 8; i++) {
            check_equal(pages[0][i] | pages[1][i], 0, "word %u after DC ZVA", i);
        }
    }
    mmu_switch(0);
}

static void test_code(void) {
    static volatile u32 code[2] __attribute__((aligned(64)));
    mmu_build();
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    code[1] = 0xd65f03c0; // ret
    for (u32 i = 1; i <= 16; i++) {
        code[0] = 0xd2800000 | i << 5; // mov x0, #i
        asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(code) : "memory");
        u64 value = ((u64(*)(void))(u64)code)();
        check_equal(value, i, "result of code written a moment ago");
    }
    mmu_switch(0);
}

static void test_unaligned(void) {
    mmu_build();
    fill_pages();
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    u64 value = 0, page_end = (u64)pages[0] + MMU_PAGE;
    check(probe_read((u64)pages[0] + 1, 8, &value), "unaligned read faults");
    check_equal(value, 0x0100000000000010, "unaligned read");
    check(probe_write(page_end - 3, 8, 0x0807060504030201), "unaligned write over a page boundary faults");
    check(probe_read(page_end - 3, 8, &value), "unaligned read over a page boundary faults");
    check_equal(value, 0x0807060504030201, "unaligned access over a page boundary");
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_A);
    bool read = probe_read((u64)pages[0] + 1, 8, &value);
    u64 esr = trap.esr;
    mmu_switch(0);
    check(!read, "no fault with SCTLR_EL1.A");
    check_equal(ESR_EC(esr) << 6 | ESR_FSC(esr), EC_DATA_ABORT << 6 | 0x21,
                "class and status with SCTLR_EL1.A");
}

// One access with SCTLR_EL1.EE set; nothing else touches memory meanwhile.
#define big_endian(instruction, value, address)                                                              \
    asm volatile("msr sctlr_el1, %[big]\n isb\n" instruction "\n msr sctlr_el1, %[base]\n isb"               \
                 : [v] "+r"(value)                                                                           \
                 : [a] "r"(address), [big] "r"(SCTLR_BASE | SCTLR_EE), [base] "r"(SCTLR_BASE)                \
                 : "memory")

static bool mixed_endian(void) {
    if (!(sysreg_read(id_aa64mmfr0_el1) >> 8 & 15)) {
        test_skip("this processor has no mixed endianness");
        return false;
    }
    return true;
}

static void test_big_endian(void) {
    if (!mixed_endian()) {
        return;
    }
    static u64 word = 0x0102030405060708;
    u64 value = 0, typer = machine.gicd.base + GICD_TYPER, pcell = machine.uart.base + PL011_PCELLID0 + 12;
    big_endian("ldr %[v], [%[a]]", value, &word);
    check_equal(value, 0x0807060504030201, "memory, 64 bits");
    big_endian("ldr %w[v], [%[a]]", value, typer);
    check_equal(value, __builtin_bswap32(read32(typer)), "device register, 32-bit load");
    big_endian("ldrh %w[v], [%[a]]", value, pcell);
    check_equal(value, 0xb100, "device register, 16-bit load");
    big_endian("ldrb %w[v], [%[a]]", value, pcell);
    check_equal(value, 0xb1, "device register, 8-bit load");
    big_endian("ldrsw %[v], [%[a]]", value, pcell);
    check_equal(value, 0xffffffffb1000000, "device register, sign-extending load");
    console_flush();
    value = __builtin_bswap32(0x1234);
    big_endian("str %w[v], [%[a]]", value, machine.uart.base + PL011_IBRD);
    u32 baud = read32(machine.uart.base + PL011_IBRD);
    console_init();
    check_equal(baud, 0x1234, "device register, 32-bit store");
    if (machine.gic_version == 3) {
        big_endian("ldr %[v], [%[a]]", value, machine.gicr.base + GICR_TYPER);
        check_equal(value, __builtin_bswap64(read64(machine.gicr.base + GICR_TYPER)),
                    "device register, 64-bit load");
    }
}

static void test_big_endian_tables(void) {
    if (!mixed_endian()) {
        return;
    }
    mmu_build();
    u32 value = mmu_read_big_endian_tables(machine.uart.base + PL011_PCELLID0 + 12);
    check_equal(value, 0xb1000000, "device register through big-endian tables");
}

static const struct test tests[] = {
    {.name = "mmu-switch", .run = test_switch},
    {.name = "mmu-own-faults", .run = test_own_faults},
    {.name = "mmu-abort-address", .run = test_abort_address},
    {.name = "mmu-walk-abort", .run = test_walk_abort},
    {.name = "mmu-tlbi", .run = test_tlbi},
    {.name = "mmu-set-way", .run = test_set_way},
    {.name = "mmu-by-address", .run = test_by_address},
    {.name = "mmu-code", .run = test_code},
    {.name = "mmu-unaligned", .run = test_unaligned},
    {.name = "mmu-big-endian", .run = test_big_endian},
    {.name = "mmu-big-endian-tables", .run = test_big_endian_tables},
};
const struct test_group group_mmu = TEST_GROUP(tests);
