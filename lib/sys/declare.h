// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How a line of abi/invocations.def becomes the declaration of a user stub: preprocessor only, so that
// tools/manual prints what lib/sys/invoke.h declares. CAPS(...) and WORDS(...) must be (__VA_ARGS__).
#ifndef LIB_SYS_DECLARE_H
#define LIB_SYS_DECLARE_H

// SYS_EACH(M, a, b) is M(a) M(b); at most 8.
#define SYS_CAT(a, b)                                      SYS_CAT_(a, b)
#define SYS_CAT_(a, b)                                     a##b
#define SYS_SECOND(...)                                    SYS_SECOND_(__VA_ARGS__)
#define SYS_SECOND_(first, second, ...)                    second
#define SYS_PICK(zero, a, b, c, d, e, f, g, h, count, ...) count
#define SYS_COUNT(...)                                     SYS_PICK(~, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define SYS_EACH_0(M)
#define SYS_EACH_1(M, a)      M(a)
#define SYS_EACH_2(M, a, ...) M(a) SYS_EACH_1(M, __VA_ARGS__)
#define SYS_EACH_3(M, a, ...) M(a) SYS_EACH_2(M, __VA_ARGS__)
#define SYS_EACH_4(M, a, ...) M(a) SYS_EACH_3(M, __VA_ARGS__)
#define SYS_EACH_5(M, a, ...) M(a) SYS_EACH_4(M, __VA_ARGS__)
#define SYS_EACH_6(M, a, ...) M(a) SYS_EACH_5(M, __VA_ARGS__)
#define SYS_EACH_7(M, a, ...) M(a) SYS_EACH_6(M, __VA_ARGS__)
#define SYS_EACH_8(M, a, ...) M(a) SYS_EACH_7(M, __VA_ARGS__)
#define SYS_EACH(M, ...)      SYS_CAT(SYS_EACH_, SYS_COUNT(__VA_ARGS__))(M, ##__VA_ARGS__)

#define SYS_CAP_PARAMETER(name)  , cptr_t name
#define SYS_WORD_PARAMETER(name) , word_t name
#define SYS_CAP_PARAMETERS(...)  SYS_EACH(SYS_CAP_PARAMETER, ##__VA_ARGS__)
#define SYS_WORD_PARAMETERS(...) SYS_EACH(SYS_WORD_PARAMETER, ##__VA_ARGS__)

// Whether a method returns words: SYS_RETURNS_0 is the parameter list's end without, _1 with results.
#define SYS_PROBE_0    ~, 0
#define SYS_RETURNS(n) SYS_SECOND(SYS_CAT(SYS_PROBE_, n), 1, ~)
#define SYS_RESULTS_0
#define SYS_RESULTS_1 , word_t *results

// The parameters of seL4_<object>_<method>.
#define SYS_PARAMETERS(caps, words, returned)                                                                \
    cptr_t service SYS_CAP_PARAMETERS caps SYS_WORD_PARAMETERS words SYS_CAT(SYS_RESULTS_,                   \
                                                                             SYS_RETURNS(returned))

// Methods whose number of words varies stand in invoke.h by hand. The second argument of
// SYS_BY_HAND_<object>_<method> is the macro that is applied to them instead of the stub's.
#define SYS_BY_HAND_TCB_WriteRegisters    ~, SYS_DEFINED_BY_HAND
#define SYS_PARAMETERS_TCB_WriteRegisters cptr_t service, word_t flags, word_t count, const word_t *registers

#endif
