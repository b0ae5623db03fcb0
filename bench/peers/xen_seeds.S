/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Start of the image that Xen gets as its guest's kernel (arm64 boot protocol: MMU off, x0 = Xen's tree). In it lie, from
 * its begin: this program, at most 64 KiB; the native run's tree; at 1 MiB room for Xen's tree with the seeds, below which
 * the stack is; at 2 MiB the guest's kernel, which gets the tree of the room.
 */
.section .head, "ax"
.global _start
_start:
    b       entry                   /* code0 */
    .long   0                       /* code1; the linker script writes the rest */

.text
entry:
    adr     x19, _start
    add     x20, x19, #0x100000
    mov     sp, x20
    mov     x1, x20                 /* xen_seeds_add(Xen's tree, room, its size, native tree) */
    mov     x2, #0x100000
    add     x3, x19, #0x10000
    bl      xen_seeds_add
    cbnz    w0, 1f
    mov     x0, x20
    mov     x1, #0
    mov     x2, #0
    mov     x3, #0
    add     x4, x19, #0x200000
    br      x4
1:  movz    w0, #0x8400, lsl #16    /* PSCI SYSTEM_OFF: a case without a figure */
    movk    w0, #8
    hvc     #0
    b       1b
