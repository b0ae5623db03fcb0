/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Start code, exception vectors, and the few calls that C cannot express.
 *
 * Invariants:
 * 1. Entered by the arm64 Linux boot protocol: MMU off, x0 = device tree. At EL2 it drops to EL1.
 * 2. Vectors save all general registers and use the stack of EL1; FP registers are left alone.
 */
.section .head, "ax"
.global _start
_start:
    b       entry                       /* code0 */
    .long   0                           /* code1; the linker script writes the rest */

.text
entry:
    mrs     x1, CurrentEL
    lsr     x20, x1, #2                 /* kept for machine.boot_level */
    mov     x19, x0
    cmp     x20, #2
    b.ne    1f
    bl      drop_to_el1
1:  ldr     x1, =0x30d00800             /* RES1 bits of SCTLR_EL1; MMU, caches and alignment check off */
    msr     sctlr_el1, x1
    mov     x1, #(3 << 20)              /* CPACR_EL1.FPEN */
    msr     cpacr_el1, x1
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    isb
    msr     spsel, #1
    adrp    x1, __stack_top
    mov     sp, x1

    /* Zero .bss. */
    adrp    x1, __bss_start
    adrp    x2, __bss_end
2:  stp     xzr, xzr, [x1], #16
    cmp     x1, x2
    b.lo    2b

    /* Apply R_AARCH64_RELATIVE: *(offset + slide) = addend + slide. link_base holds the address of the link. */
    adrp    x1, _start
    adr     x2, link_base
    ldr     x2, [x2]
    sub     x3, x1, x2
    adrp    x1, __rela_start
    add     x1, x1, :lo12:__rela_start
    adrp    x2, __rela_end
    add     x2, x2, :lo12:__rela_end
3:  cmp     x1, x2
    b.hs    4f
    ldp     x4, x5, [x1], #24           /* r_offset, r_info */
    ldur    x6, [x1, #-8]               /* r_addend */
    cmp     w5, #1027
    b.ne    3b
    add     x6, x6, x3
    str     x6, [x4, x3]
    b       3b
4:  mov     x0, x19
    mov     x1, x20
    mov     x29, #0
    mov     x30, #0
    bl      main
5:  wfe
    b       5b

/* Arm ARM D1.6.4 and D13.2: what firmware would leave for an EL1 kernel. Keeps x19, x20. */
drop_to_el1:
    ldr     x1, =(1 << 31) | (1 << 41) | (1 << 40)  /* HCR_EL2: RW, and pointer authentication not trapped */
    msr     hcr_el2, x1
    mrs     x1, cnthctl_el2
    orr     x1, x1, #3                  /* EL1PCTEN, EL1PCEN */
    msr     cnthctl_el2, x1
    msr     cntvoff_el2, xzr
    mov     x1, #0x33ff                 /* CPTR_EL2: RES1 bits, FP not trapped */
    msr     cptr_el2, x1
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x1, midr_el1
    msr     vpidr_el2, x1
    mrs     x1, mpidr_el1
    msr     vmpidr_el2, x1
    mrs     x1, id_aa64pfr0_el1
    ubfx    x1, x1, #24, #4
    cbz     x1, 1f
    mrs     x1, S3_4_C12_C9_5           /* ICC_SRE_EL2: SRE, Enable */
    mov     x2, #9
    orr     x1, x1, x2
    msr     S3_4_C12_C9_5, x1
    isb
    msr     S3_4_C12_C11_0, xzr         /* ICH_HCR_EL2 */
1:  adrp    x1, hyp_vectors
    add     x1, x1, :lo12:hyp_vectors
    msr     vbar_el2, x1
    mov     x1, #0x3c5                  /* EL1h, DAIF masked */
    msr     spsr_el2, x1
    msr     elr_el2, x30
    eret

/* ---- Vectors ---- */
.set FRAME_SIZE, 34 * 8

.macro vector number
    .balign 128
    sub     sp, sp, #FRAME_SIZE
    stp     x0, x1, [sp]
    mov     x0, #\number
    b       exception
.endm

    .balign 2048
.global vectors
vectors:
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector  \number
    .endr

exception:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    add     x1, sp, #FRAME_SIZE
    stp     x30, x1, [sp, #240]
    mrs     x1, elr_el1
    mrs     x2, spsr_el1
    stp     x1, x2, [sp, #256]
    mov     x1, sp
    bl      trap_handle
    ldp     x1, x2, [sp, #256]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    ldr     x30, [sp, #240]
    ldp     x0, x1, [sp], #FRAME_SIZE
    eret

/* Native runs that came in at EL2: an HVC is answered NOT_SUPPORTED. Nothing else reaches EL2. */
    .balign 2048
hyp_vectors:
    .rept 8
    .balign 128
    b       .
    .endr
    .balign 128
    mov     x0, #-1
    eret
    .rept 7
    .balign 128
    b       .
    .endr

/* ---- Calls ---- */
.global trap_context_save
trap_context_save:
    stp     x19, x20, [x0]
    stp     x21, x22, [x0, #16]
    stp     x23, x24, [x0, #32]
    stp     x25, x26, [x0, #48]
    stp     x27, x28, [x0, #64]
    stp     x29, x30, [x0, #80]
    mov     x1, sp
    str     x1, [x0, #96]
    mov     x0, #0
    ret

.global trap_context_restore
trap_context_restore:
    ldp     x19, x20, [x0]
    ldp     x21, x22, [x0, #16]
    ldp     x23, x24, [x0, #32]
    ldp     x25, x26, [x0, #48]
    ldp     x27, x28, [x0, #64]
    ldp     x29, x30, [x0, #80]
    ldr     x1, [x0, #96]
    mov     sp, x1
    mov     x0, #1
    ret

.macro firmware_call name, instruction
.global \name
\name:
    stp     x19, x30, [sp, #-16]!
    str     x18, [sp, #-16]!
    mov     x19, x0
    ldp     x2, x3, [x19, #16]
    ldp     x4, x5, [x19, #32]
    ldp     x6, x7, [x19, #48]
    ldp     x8, x9, [x19, #64]
    ldp     x10, x11, [x19, #80]
    ldp     x12, x13, [x19, #96]
    ldp     x14, x15, [x19, #112]
    ldp     x16, x17, [x19, #128]
    ldp     x0, x1, [x19]
    \instruction #0
    stp     x0, x1, [x19]
    stp     x2, x3, [x19, #16]
    stp     x4, x5, [x19, #32]
    stp     x6, x7, [x19, #48]
    stp     x8, x9, [x19, #64]
    stp     x10, x11, [x19, #80]
    stp     x12, x13, [x19, #96]
    stp     x14, x15, [x19, #112]
    stp     x16, x17, [x19, #128]
    ldr     x18, [sp], #16
    ldp     x19, x30, [sp], #16
    ret
.endm

    firmware_call smc_call, smc
    firmware_call hvc_call, hvc
