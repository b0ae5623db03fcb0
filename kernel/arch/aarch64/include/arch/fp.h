// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// FP and SIMD registers to memory and back. The kernel is compiled for general registers only, so the
// instructions are written out and the assembler is told of them.
#ifndef ARCH_FP_H
#define ARCH_FP_H

#include <arch/context.h>

#define FP_PAIRS(op)                                                                                         \
    op " q0, q1, [%0, #0]\n\t" op " q2, q3, [%0, #32]\n\t" op " q4, q5, [%0, #64]\n\t" op                    \
       " q6, q7, [%0, #96]\n\t" op " q8, q9, [%0, #128]\n\t" op " q10, q11, [%0, #160]\n\t" op               \
       " q12, q13, [%0, #192]\n\t" op " q14, q15, [%0, #224]\n\t" op " q16, q17, [%0, #256]\n\t" op          \
       " q18, q19, [%0, #288]\n\t" op " q20, q21, [%0, #320]\n\t" op " q22, q23, [%0, #352]\n\t" op          \
       " q24, q25, [%0, #384]\n\t" op " q26, q27, [%0, #416]\n\t" op " q28, q29, [%0, #448]\n\t" op          \
       " q30, q31, [%0, #480]\n\t"

static inline void fp_save_registers(struct arch_fp *fp) {
    word_t fpsr, fpcr;
    __asm__ volatile(".arch_extension fp\n\t" FP_PAIRS("stp") "mrs %1, fpsr\n\tmrs %2, fpcr\n\t"
                                                              ".arch_extension nofp"
                     : "+r"(fp), "=&r"(fpsr), "=&r"(fpcr)
                     :
                     : "memory");
    fp->fpsr = (uint32_t)fpsr;
    fp->fpcr = (uint32_t)fpcr;
}

static inline void fp_load_registers(const struct arch_fp *fp) {
    word_t fpsr = fp->fpsr, fpcr = fp->fpcr;
    __asm__ volatile(".arch_extension fp\n\t" FP_PAIRS("ldp") "msr fpsr, %1\n\tmsr fpcr, %2\n\t"
                                                              ".arch_extension nofp"
                     :
                     : "r"(fp), "r"(fpsr), "r"(fpcr)
                     : "memory");
}
_Static_assert(sizeof(((struct arch_fp *)0)->v) == 512, "FP register file");

#endif
