/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Switches SCTLR_EL1. Nothing between the first clean and the last touches memory, so that no line is dirty when
 * the caches go off and none is stale when they go on (Arm ARM D7.5.2).
 */
    .text

.macro clean_range
    mov     x5, x1
1:  dc      civac, x5
    add     x5, x5, x4
    cmp     x5, x2
    b.lo    1b
    dsb     sy
.endm

/* x0 value, x1 start, x2 end of what to clean */
.global mmu_set_sctlr
mmu_set_sctlr:
    mrs     x3, ctr_el0
    ubfx    x3, x3, #16, #4             /* DminLine: log2 of words */
    mov     x4, #4
    lsl     x4, x4, x3
    dsb     sy
    clean_range
    tlbi    vmalle1
    dsb     sy
    isb
    msr     sctlr_el1, x0
    isb
    clean_range
    ic      iallu
    tlbi    vmalle1
    dsb     sy
    isb
    ret
