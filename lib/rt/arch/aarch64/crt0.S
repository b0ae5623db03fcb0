/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Entry of a component: SP and x0 to x3 come from its thread record; memory is zero where the ELF file says
 * nothing. A main that returns is a bug of the component.
 */
    .section .text.start, "ax"
    .globl _start
    .type _start, %function
_start:
    mov x29, xzr
    mov x30, xzr
    bl main
    adrp x0, returned
    add x0, x0, :lo12:returned
    bl rt_panic
    .size _start, . - _start

    .section .rodata.start, "a"
returned:
    .asciz "main returned"
