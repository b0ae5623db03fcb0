/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * The first instructions: from the boot loader's arm64 `Image` entry to boot_main at the kernel's own addresses.
 *
 * Invariants: 1. everything here runs anywhere, with the MMU off: addresses come from ADR and ADRP, but for the one
 * literal that jumps to the kernel's addresses; 2. only one CPU comes here (firmware holds the others); 3. x0 is kept in
 * x19 (device tree), the image's physical address in x20; 4. nothing is written before the memory's cache lines were
 * invalidated, and the lines of what was written uncached are invalidated again before the MMU goes on (Arm ARM B2,
 * "Mismatched memory attributes").
 */
#include <arch/layout.h>

#define PAGE 4096

/*
 * SCTLR_EL2 (Arm ARM, the register's page) with E2H = 0: RES1 bits 29, 28, 23, 22, 18, 16, 11, 5, 4. Off: no MMU, no caches, little
 * endian. On: M, C, I, SA (aligned SP) and WXN (what can be written is never executed).
 */
#define SCTLR_EL2_OFF 0x30c50830
#define SCTLR_EL2_ON  (SCTLR_EL2_OFF | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 19)
/* HCR_EL2: RW (EL1 is AArch64), TGE (EL0 traps to us), IMO, FMO, AMO; E2H = 0. */
#define HCR_EL2_BOOT  (1 << 31 | 1 << 27 | 1 << 5 | 1 << 4 | 1 << 3)
/* CPTR_EL2 with E2H = 0: RES1 bits 13, 12, 9, 7 to 0 (these trap SME where it exists); TFP, TZ. */
#define CPTR_EL2_BOOT (0x32ff | 1 << 10 | 1 << 8)
/* MDCR_EL2: TPMCR, TPM, TDA, TDOSA, TDRA: debug and PMU registers trap; HPMN is added. */
#define MDCR_EL2_BOOT (1 << 5 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11)
/* TCR_EL2 with E2H = 0: RES1 31, 23; PS = 2 (40 bits), TG0 4 KiB, inner shareable, write-back walks, T0SZ. */
#define TCR_EL2_VALUE (1 << 31 | 1 << 23 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | (64 - VIRTUAL_BITS))
/*
 * VTCR_EL2: RES1 31; PS = 2 (40 bits), TG0 4 KiB, inner shareable, write-back walks, SL0 = 1 (level 1, two
 * concatenated tables), T0SZ = 24 (40 bits), 8-bit VMIDs (VS = 0).
 */
#define VTCR_EL2_VALUE (1 << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 24)

/*
 * Linux Documentation/arch/arm64/booting.rst: the Image header. The packer sets image_size. Flags: little endian, 4 KiB
 * pages, anywhere in memory.
 */
    .section .head.header, "ax"
    b       entry
    .long   0
    .quad   0                       /* text_offset */
    .quad   image_memory_size       /* image_size */
    .quad   0xa                     /* flags */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

/* struct image_reference follows (boot.c). */

/* DC IVAC over [\start, \end), both symbols page aligned. Clobbers x9 to x12. */
.macro invalidate start, end
    mrs     x9, ctr_el0
    ubfx    x9, x9, #16, #4         /* DminLine: log2 of the words of the smallest line */
    mov     x10, #4
    lsl     x10, x10, x9
    adrp    x11, \start
    adrp    x12, \end
1:  dc      ivac, x11
    add     x11, x11, x10
    cmp     x11, x12
    b.lo    1b
    dsb     sy
.endm

/* Descriptors of attributes \attributes for the image's pages [\start, \end), into image_level3. Clobbers x9 to x13. */
.macro map_image start, end, attributes
    adrp    x9, \start
    adrp    x10, \end
    ldr     x11, =(\attributes | PTE_PAGE)
    adrp    x12, image_level3
1:  cmp     x9, x10
    b.hs    2f
    sub     x13, x9, x20
    lsr     x13, x13, #12
    orr     x14, x9, x11
    str     x14, [x12, x13, lsl #3]
    add     x9, x9, #PAGE
    b       1b
2:
.endm

/* Table \parent's entry \index (a register) points to table \child. Clobbers x9, x10. */
.macro link_table parent, index, child
    adrp    x9, \parent
    adrp    x10, \child
    orr     x10, x10, #PTE_TABLE
    str     x10, [x9, \index, lsl #3]
.endm

    .section .head.text, "ax"
entry:
    msr     daifset, #0xf
    mov     x19, x0
    adrp    x20, image_start
    adrp    x9, stack_top
    mov     sp, x9
    mrs     x9, CurrentEL
    ubfx    x0, x9, #2, #2
    cmp     x0, #2
    b.ne    refuse
    bl      set_registers

    /* E2H = 0 must have been taken: a CPU without it (FEAT_E2H0 absent) cannot run this kernel. */
    mrs     x9, hcr_el2
    mov     x0, #0
    tbnz    x9, #34, refuse

    invalidate bss_start, image_end
    adrp    x9, bss_start
    adrp    x10, image_end
1:  stp     xzr, xzr, [x9], #16
    cmp     x9, x10
    b.lo    1b

    bl      make_tables
    dsb     sy
    invalidate bss_start, image_end

    /* Arm ARM D8, "Enabling stages of translation": tables and registers first, then no stale translation, then the MMU. */
    adrp    x9, level0
    msr     ttbr0_el2, x9
    isb
    tlbi    alle2
    ic      iallu
    dsb     nsh
    isb
    ldr     x9, =SCTLR_EL2_ON
    msr     sctlr_el2, x9
    isb
    ldr     x9, =at_kernel_address
    br      x9

at_kernel_address:
    ldr     x9, =stack_top
    mov     sp, x9
    ldr     x9, =boot_core
    msr     tpidr_el2, x9
    ldr     x9, =trap_vectors
    msr     vbar_el2, x9
    isb
    mov     x29, xzr
    mov     x30, xzr
    /* The far call out of this page; boot_main takes the identity mapping away. */
    mov     x0, x19
    mov     x1, x20
    ldr     x9, =boot_main
    br      x9

/*
 * x0: the exception level that we were entered at, 0: E2H cannot be cleared. Still in C, on the kernel's stack, with the
 * MMU as it was.
 */
refuse:
    adrp    x9, boot_refuse
    add     x9, x9, #:lo12:boot_refuse
    br      x9

/*
 * The image, in pages by its linker boundaries, and its own first page at the address where it is now. x20: the image's
 * physical address.
 */
make_tables:
    map_image image_start, boot_text_end, PTE_TEXT
    map_image boot_text_end, boot_end, PTE_RODATA
    map_image text_start, text_end, PTE_TEXT
    map_image text_end, data_start, PTE_RODATA
    map_image data_start, stack_guard, PTE_DATA
    map_image stack_bottom, emergency_guard, PTE_DATA
    map_image emergency_bottom, image_end, PTE_DATA
    mov     x11, #0
    link_table image_level2, x11, image_level3
    link_table image_level1, x11, image_level2
    mov     x11, #(KERNEL_BASE >> 39)
    link_table level0, x11, image_level1

    ubfx    x11, x20, #39, #1
    link_table level0, x11, identity_level1
    ubfx    x11, x20, #30, #9
    link_table identity_level1, x11, identity_level2
    ubfx    x11, x20, #21, #9
    link_table identity_level2, x11, identity_level3
    ubfx    x11, x20, #12, #9
    ldr     x10, =(PTE_TEXT | PTE_PAGE)
    orr     x10, x10, x20
    adrp    x9, identity_level3
    str     x10, [x9, x11, lsl #3]
    ret

/* Registers that the architecture leaves UNKNOWN at reset, or that firmware may have touched, at known values. */
set_registers:
    ldr     x9, =SCTLR_EL2_OFF
    msr     sctlr_el2, x9
    ldr     x9, =HCR_EL2_BOOT
    msr     hcr_el2, x9
    isb                             /* E2H changes what the following names mean */
    ldr     x9, =CPTR_EL2_BOOT
    msr     cptr_el2, x9
    ldr     x9, =TCR_EL2_VALUE
    msr     tcr_el2, x9
    ldr     x9, =VTCR_EL2_VALUE
    msr     vtcr_el2, x9
    ldr     x9, =MAIR_EL2_VALUE
    msr     mair_el2, x9
    msr     vttbr_el2, xzr
    msr     tpidr_el2, xzr
    msr     hstr_el2, xzr
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9

    /* Debug, PMU: HPMN = PMCR_EL0.N, no counter reserved yet; without a PMU (ID_AA64DFR0_EL1.PMUVer 0 or 15) none. */
    ldr     x10, =MDCR_EL2_BOOT
    mrs     x9, id_aa64dfr0_el1
    ubfx    x9, x9, #8, #4
    cbz     x9, 1f
    cmp     x9, #15
    b.eq    1f
    mrs     x9, pmcr_el0
    ubfx    x9, x9, #11, #5
    orr     x10, x10, x9
1:  msr     mdcr_el2, x10

    /* Timers: off; EL1 and EL0 reach no counter or timer but CNTV; no offset. */
    msr     cnthctl_el2, xzr
    msr     cntkctl_el1, xzr
    msr     cntvoff_el2, xzr
    msr     cnthp_ctl_el2, xzr
    msr     cntp_ctl_el0, xzr
    msr     cntv_ctl_el0, xzr

    /* Fine-grained traps (ID_AA64MMFR0_EL1.FGT): none. HFGRTR, HFGWTR, HFGITR, HDFGRTR, HDFGWTR_EL2. */
    mrs     x9, id_aa64mmfr0_el1
    ubfx    x9, x9, #56, #4
    cbz     x9, 2f
    msr     s3_4_c1_c1_4, xzr
    msr     s3_4_c1_c1_5, xzr
    msr     s3_4_c1_c1_6, xzr
    msr     s3_4_c3_c1_4, xzr
    msr     s3_4_c3_c1_5, xzr
    /* HCRX_EL2 (ID_AA64MMFR1_EL1.HCX). */
2:  mrs     x9, id_aa64mmfr1_el1
    ubfx    x9, x9, #40, #4
    cbz     x9, 3f
    msr     s3_4_c1_c2_2, xzr
3:  isb
    ret

    .ltorg

/* The static tables of this file; window.c extends level0, changes image_level3 and owns all others. */
    .section .bss.tables, "aw", %nobits
    .balign PAGE
    .global level0
level0:
    .skip   PAGE
image_level1:
    .skip   PAGE
image_level2:
    .skip   PAGE
    .global image_level3
image_level3:
    .skip   PAGE

    .section .boot.bss, "aw", %nobits
    .balign PAGE
identity_level1:
    .skip   PAGE
identity_level2:
    .skip   PAGE
identity_level3:
    .skip   PAGE
