/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * See state.h. Callee-saved registers are kept on the stack; the stack pointer itself is part of what must survive.
 */
    .arch_extension fp
    .arch_extension simd
    .text

.macro save_callee
    stp     x29, x30, [sp, #-16]!
    stp     x27, x28, [sp, #-16]!
    stp     x25, x26, [sp, #-16]!
    stp     x23, x24, [sp, #-16]!
    stp     x21, x22, [sp, #-16]!
    stp     x19, x20, [sp, #-16]!
    stp     x18, x1, [sp, #-16]!        /* and the result's address */
.endm

.macro restore_callee
    ldp     x18, x1, [sp], #16
    ldp     x19, x20, [sp], #16
    ldp     x21, x22, [sp], #16
    ldp     x23, x24, [sp], #16
    ldp     x25, x26, [sp], #16
    ldp     x27, x28, [sp], #16
    ldp     x29, x30, [sp], #16
.endm

.macro state_exit name, body:vararg
.global \name
\name:
    save_callee
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    movz    x\n, #(\n * 0x101)
    movk    x\n, #(0xa000 + \n), lsl #48
    .endr
    \body
    sub     sp, sp, #256
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    str     x\n, [sp, #(\n * 8)]
    .endr
    ldr     x1, [sp, #264]
    mov     x2, #0
1:  ldr     x3, [sp, x2]
    str     x3, [x1, x2]
    add     x2, x2, #8
    cmp     x2, #248
    b.lo    1b
    add     sp, sp, #256
    restore_callee
    ret
.endm

.macro wait_counter
    msr     tpidr_el1, x0
7:  yield
    mrs     x0, tpidr_el1
    ldr     x0, [x0]
    cbnz    x0, 7b
.endm

    state_exit state_exit_load, ldr w0, [x0]
    state_exit state_exit_store, str w1, [x0]
    state_exit state_exit_smc, smc #0
    state_exit state_exit_hvc, hvc #0
    state_exit state_exit_wfi, wfi
    state_exit state_exit_counter, wait_counter

/* Stack: [sp] saved x18, [sp, #8] result, below them the address. */
.macro load_one n, a, b
    ldr     x\a, [sp]
    ldr     w\n, [x\a]
    ldr     x\b, [sp, #24]
    str     x\n, [x\b, #(\n * 8)]
.endm

.macro store_one n, a, b
    ldr     x\a, [sp]
    mov     x\n, #(0x100 + \n)
    str     w\n, [x\a]
    ldr     w\n, [x\a]
    ldr     x\b, [sp, #24]
    str     x\n, [x\b, #(\n * 8)]
.endm

.macro each_register operation
    \operation 0, 1, 2
    \operation 1, 2, 3
    \operation 2, 3, 4
    .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    \operation \n, 0, 1
    .endr
.endm

.global state_load_all
state_load_all:
    save_callee
    str     x0, [sp, #-16]!
    each_register load_one
    add     sp, sp, #16
    restore_callee
    ret

.global state_store_all
state_store_all:
    save_callee
    str     x0, [sp, #-16]!
    each_register store_one
    add     sp, sp, #16
    restore_callee
    ret

.global state_fp_load
state_fp_load:
    ldp     q0, q1, [x0]
    ldp     q2, q3, [x0, #32]
    ldp     q4, q5, [x0, #64]
    ldp     q6, q7, [x0, #96]
    ldp     q8, q9, [x0, #128]
    ldp     q10, q11, [x0, #160]
    ldp     q12, q13, [x0, #192]
    ldp     q14, q15, [x0, #224]
    ldp     q16, q17, [x0, #256]
    ldp     q18, q19, [x0, #288]
    ldp     q20, q21, [x0, #320]
    ldp     q22, q23, [x0, #352]
    ldp     q24, q25, [x0, #384]
    ldp     q26, q27, [x0, #416]
    ldp     q28, q29, [x0, #448]
    ldp     q30, q31, [x0, #480]
    ret

.global state_fp_store
state_fp_store:
    stp     q0, q1, [x0]
    stp     q2, q3, [x0, #32]
    stp     q4, q5, [x0, #64]
    stp     q6, q7, [x0, #96]
    stp     q8, q9, [x0, #128]
    stp     q10, q11, [x0, #160]
    stp     q12, q13, [x0, #192]
    stp     q14, q15, [x0, #224]
    stp     q16, q17, [x0, #256]
    stp     q18, q19, [x0, #288]
    stp     q20, q21, [x0, #320]
    stp     q22, q23, [x0, #352]
    stp     q24, q25, [x0, #384]
    stp     q26, q27, [x0, #416]
    stp     q28, q29, [x0, #448]
    stp     q30, q31, [x0, #480]
    ret
