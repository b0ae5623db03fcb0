/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Entry of a test program: keeps x0 to x30 and SP as the kernel gave them, then takes a stack of its own.
 */
    .section .text.start, "ax"
    .globl _start
    .type _start, %function
_start:
    /* One register must be free to hold an address: x29 waits in TPIDR_EL0. */
    msr tpidr_el0, x29
    adrp x29, entry_registers
    add x29, x29, :lo12:entry_registers
    stp x0, x1, [x29]
    stp x2, x3, [x29, #16]
    stp x4, x5, [x29, #32]
    stp x6, x7, [x29, #48]
    stp x8, x9, [x29, #64]
    stp x10, x11, [x29, #80]
    stp x12, x13, [x29, #96]
    stp x14, x15, [x29, #112]
    stp x16, x17, [x29, #128]
    stp x18, x19, [x29, #144]
    stp x20, x21, [x29, #160]
    stp x22, x23, [x29, #176]
    stp x24, x25, [x29, #192]
    stp x26, x27, [x29, #208]
    mrs x1, tpidr_el0
    stp x28, x1, [x29, #224]
    mov x1, sp
    stp x30, x1, [x29, #240]
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
    .skip 16384
start_stack_top:
