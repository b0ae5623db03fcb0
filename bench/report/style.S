/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/* The page's style sheet as a string, style_css, in the host's program. */
    .section .rodata
    .global style_css
style_css:
    .incbin "bench/report/style.css"
    .byte 0
    .section .note.GNU-stack,"",%progbits
