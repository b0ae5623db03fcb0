/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Entry of the boot_*.c tests: keeps every register as the kernel gave it (those of boot_root.h), then takes a stack of its
 * own. The first register is freed into the page that x0 names, behind the boot information's 3864 bytes.
 */
    .arch_extension fp
    .section .text.start, "ax"
    .globl _start
    .type _start, %function
_start:
    str x1, [x0, #4088]
    adrp x1, entry_registers
    add x1, x1, :lo12:entry_registers
    str x0, [x1]
    ldr x0, [x0, #4088]
    stp x0, x2, [x1, #8]
    stp x3, x4, [x1, #24]
    stp x5, x6, [x1, #40]
    stp x7, x8, [x1, #56]
    stp x9, x10, [x1, #72]
    stp x11, x12, [x1, #88]
    stp x13, x14, [x1, #104]
    stp x15, x16, [x1, #120]
    stp x17, x18, [x1, #136]
    stp x19, x20, [x1, #152]
    stp x21, x22, [x1, #168]
    stp x23, x24, [x1, #184]
    stp x25, x26, [x1, #200]
    stp x27, x28, [x1, #216]
    stp x29, x30, [x1, #232]
    mov x2, sp
    str x2, [x1, #248]
    mrs x2, tpidr_el0
    mrs x3, tpidrro_el0
    mrs x4, nzcv
    mrs x5, fpcr
    mrs x6, fpsr
    adrp x7, entry_special
    add x7, x7, :lo12:entry_special
    stp x2, x3, [x7]
    stp x4, x5, [x7, #16]
    str x6, [x7, #32]
    adrp x7, entry_vectors
    add x7, x7, :lo12:entry_vectors
    stp q0, q1, [x7]
    stp q2, q3, [x7, #32]
    stp q4, q5, [x7, #64]
    stp q6, q7, [x7, #96]
    stp q8, q9, [x7, #128]
    stp q10, q11, [x7, #160]
    stp q12, q13, [x7, #192]
    stp q14, q15, [x7, #224]
    stp q16, q17, [x7, #256]
    stp q18, q19, [x7, #288]
    stp q20, q21, [x7, #320]
    stp q22, q23, [x7, #352]
    stp q24, q25, [x7, #384]
    stp q26, q27, [x7, #416]
    stp q28, q29, [x7, #448]
    stp q30, q31, [x7, #480]
    ldr x0, [x1]
    str xzr, [x0, #4088]
    adrp x1, start_stack_top
    add sp, x1, :lo12:start_stack_top
    mov x29, xzr
    mov x30, xzr
    bl harness_start
    b .
    .size _start, . - _start

    .section .bss, "aw", %nobits
    .balign 16
    .globl entry_registers
entry_registers:
    .skip 256
    .globl entry_special
entry_special:
    .skip 48
    .globl entry_vectors
entry_vectors:
    .skip 512
    .skip 16384
start_stack_top:
