/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Entry of a root task: the kernel gives the address of the boot information in x0 and no stack. The IPC
 * buffer's address is word 4 of the boot information; the library finds it in TPIDR_EL0.
 */
    .section .text.start, "ax"
    .globl _start
    .type _start, %function
_start:
    adrp x1, root_stack_top
    add sp, x1, :lo12:root_stack_top
    ldr x1, [x0, #32]
    msr tpidr_el0, x1
    mov x1, xzr
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

    .section .bss.stack, "aw", %nobits
    .balign 16
    .skip 16384
root_stack_top:
