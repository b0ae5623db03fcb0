/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Vectors of the measurements: the first instruction of the interrupt handler reads the counter into x28, which is why an
 * interrupt is taken only where x28 is given up for it (micro.c). All other exceptions go where they always go.
 */
    .text
    .balign 2048
.global micro_vectors
micro_vectors:
    .irp number, 0, 1, 2, 3, 4
    .balign 128
    b       vectors + \number * 128
    .endr
    .balign 128
    mrs     x28, cntvct_el0
    hint    #0x5f                       /* MARK_END of bench/kernel/marks.h */
    b       interrupt
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .balign 128
    b       vectors + \number * 128
    .endr

/* Keeps all registers but x28. */
interrupt:
    stp     x0, x1, [sp, #-176]!
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    bl      micro_take_interrupt
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x30, [sp, #144]
    ldp     x0, x1, [sp], #176
    eret
