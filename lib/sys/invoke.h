// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One function for each line of abi/invocations.def, made by the preprocessor:
//
//     enum sel4_error seL4_<Object>_<Method>(cptr_t service, cptr_t <caps>..., word_t <words>...
//                                            [, word_t results[RESULTS]]);
//
// `service` is the capability invoked. A call with results copies as many words as the kernel returned. After
// an error seL4_GetMR gives its details, word for word as the kernel replied. Included by lib/sys/sys.h
// alone.
#ifndef LIB_SYS_INVOKE_H
#define LIB_SYS_INVOKE_H

#ifndef LIB_SYS_SYS_H
#error "include lib/sys/sys.h instead"
#endif

// Calls the kernel with `label`. Counts are constants where this is inlined, so that only the code for the
// words at hand remains.
static inline __attribute__((always_inline)) enum sel4_error
sys_invoke(cptr_t service, word_t label, const cptr_t *caps, unsigned cap_count, const word_t *words,
           unsigned word_count, word_t *results, unsigned result_count) {
    struct sel4_message message = {.info = sel4_info(label, 0, cap_count, word_count)};
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    for (unsigned i = 0; i < cap_count; i++)
        buffer->caps_or_badges[i] = caps[i];
    message.mr[0] = word_count > 0 ? words[0] : 0;
    message.mr[1] = word_count > 1 ? words[1] : 0;
    message.mr[2] = word_count > 2 ? words[2] : 0;
    message.mr[3] = word_count > 3 ? words[3] : 0;
    for (unsigned i = SEL4_FAST_MESSAGE_REGS; i < word_count; i++)
        buffer->msg[i] = words[i];
    seL4_Call(service, &message);
    enum sel4_error error = (enum sel4_error)sel4_info_label(message.info);
    if (__builtin_expect(error != SEL4_NO_ERROR, 0) || result_count > 1)
        for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS; i++)
            buffer->msg[i] = message.mr[i];
    if (__builtin_expect(error != SEL4_NO_ERROR, 0))
        return error;
    if (result_count == 1)
        results[0] = message.mr[0];
    else
        for (unsigned i = 0; i < result_count && i < sel4_info_length(message.info); i++)
            results[i] = buffer->msg[i];
    return error;
}

// Registers of a thread (enum sel4_user_register), the first `count` of them. flags bit 0: resume it.
static inline enum sel4_error seL4_TCB_WriteRegisters(cptr_t service, word_t flags, word_t count,
                                                      const word_t *registers) {
    word_t words[2 + SEL4_REG_COUNT] = {flags, count};
    if (count > SEL4_REG_COUNT)
        count = SEL4_REG_COUNT;
    for (word_t i = 0; i < count; i++)
        words[2 + i] = registers[i];
    return sys_invoke(service, 3, NULL, 0, words, (unsigned)(2 + count), NULL, 0);
}
// Methods that stand above by hand, because their number of words varies.
#define SYS_BY_HAND_TCB_WriteRegisters ~, SYS_NO_STUB

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
#define SYS_ARGUMENT(name)       name,
#define SYS_CAP_PARAMETERS(...)  SYS_EACH(SYS_CAP_PARAMETER, ##__VA_ARGS__)
#define SYS_WORD_PARAMETERS(...) SYS_EACH(SYS_WORD_PARAMETER, ##__VA_ARGS__)
#define SYS_ARGUMENTS(...)       SYS_EACH(SYS_ARGUMENT, ##__VA_ARGS__)
#define SYS_COUNT_OF(...)        SYS_COUNT(__VA_ARGS__)

// Whether a method returns words: SYS_RETURNS_0 is the parameter list's end without, _1 with results.
#define SYS_PROBE_0    ~, 0
#define SYS_RETURNS(n) SYS_SECOND(SYS_CAT(SYS_PROBE_, n), 1, ~)
#define SYS_RESULTS_0
#define SYS_RESULTS_1     , word_t *results
#define SYS_RESULTS_ARG_0 NULL
#define SYS_RESULTS_ARG_1 results

#define SYS_NO_STUB(object, method, label, caps, words, returned)
#define SYS_STUB(object, method, label, caps, words, returned)                                               \
    static inline enum sel4_error seL4_##object##_##method(                                                  \
        cptr_t service SYS_CAP_PARAMETERS caps SYS_WORD_PARAMETERS words SYS_CAT(SYS_RESULTS_,               \
                                                                                 SYS_RETURNS(returned))) {   \
        const cptr_t cap_list[] = {SYS_ARGUMENTS caps 0};                                                    \
        const word_t word_list[] = {SYS_ARGUMENTS words 0};                                                  \
        return sys_invoke(service, label, cap_list, SYS_COUNT_OF caps, word_list, SYS_COUNT_OF words,        \
                          SYS_CAT(SYS_RESULTS_ARG_, SYS_RETURNS(returned)), returned);                       \
    }

#define CAPS(...)  (__VA_ARGS__)
#define WORDS(...) (__VA_ARGS__)
#define RESULTS(n) n
#define INVOCATION(object, method, label, caps, words, returned)                                             \
    SYS_SECOND(SYS_BY_HAND_##object##_##method, SYS_STUB, ~)(object, method, label, caps, words, returned)
#include <abi/invocations.def>
#undef INVOCATION
#undef CAPS
#undef WORDS
#undef RESULTS

#endif
