// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The whole FP and SIMD state of the running thread, to memory and back. Programs are compiled for general
// registers only, so nothing but these functions touches it.
#ifndef TESTS_API_FP_H
#define TESTS_API_FP_H

#include "raw.h"

#define FP_WORDS 64 // V0 to V31

struct fp_state {
    word v[FP_WORDS], fpsr, fpcr;
};

#define FP_EACH(op)                                                                                          \
    op " q0, q1, [%0]\n\t" op " q2, q3, [%0, #32]\n\t" op " q4, q5, [%0, #64]\n\t" op                        \
       " q6, q7, [%0, #96]\n\t" op " q8, q9, [%0, #128]\n\t" op " q10, q11, [%0, #160]\n\t" op               \
       " q12, q13, [%0, #192]\n\t" op " q14, q15, [%0, #224]\n\t" op " q16, q17, [%0, #256]\n\t" op          \
       " q18, q19, [%0, #288]\n\t" op " q20, q21, [%0, #320]\n\t" op " q22, q23, [%0, #352]\n\t" op          \
       " q24, q25, [%0, #384]\n\t" op " q26, q27, [%0, #416]\n\t" op " q28, q29, [%0, #448]\n\t" op          \
       " q30, q31, [%0, #480]\n\t"

static inline void fp_store(struct fp_state *state) {
    __asm__ volatile(".arch_extension simd\n\t" FP_EACH("stp") "mrs x9, fpsr\n\tstr x9, [%0, #512]\n\t"
                                                               "mrs x9, fpcr\n\tstr x9, [%0, #520]\n\t"
                                                               ".arch_extension nofp"
                     :
                     : "r"(state)
                     : "x9", "memory");
}

static inline void fp_load(const struct fp_state *state) {
    __asm__ volatile(".arch_extension simd\n\t" FP_EACH("ldp") "ldr x9, [%0, #512]\n\tmsr fpsr, x9\n\t"
                                                               "ldr x9, [%0, #520]\n\tmsr fpcr, x9\n\t"
                                                               ".arch_extension nofp"
                     :
                     : "r"(state)
                     : "x9", "memory");
}

// A state told by its seed: every half of a register another value, a cumulative flag, a rounding mode.
static inline void fp_pattern(struct fp_state *state, word seed) {
    for (unsigned i = 0; i < FP_WORDS; i++)
        state->v[i] = seed ? seed << 32 | (i + 1) : 0;
    state->fpsr = seed ? 1 << (seed & 3) : 0;
    state->fpcr = (seed & 3) << 22;
}

// Whether the registers hold the pattern of `seed`; 0: all are 0.
static inline bool fp_holds(word seed) {
    struct fp_state expected, is;
    fp_store(&is);
    fp_pattern(&expected, seed);
    bool same = is.fpsr == expected.fpsr && is.fpcr == expected.fpcr;
    for (unsigned i = 0; i < FP_WORDS; i++)
        same = same && is.v[i] == expected.v[i];
    return same;
}

static inline void fp_set(word seed) {
    struct fp_state state;
    fp_pattern(&state, seed);
    fp_load(&state);
}

#endif
