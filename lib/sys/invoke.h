// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One function for each line of abi/invocations.def, made by the preprocessor:
//
//     enum sel4_error seL4_<Object>_<Method>(cptr_t service, cptr_t <caps>..., word_t <words>...
//                                            [, word_t *results]);
//
// `service` is the capability invoked. A call with results copies as many words as the kernel returned. After
// an error seL4_GetMR gives its details, word for word as the kernel replied. Included by lib/sys/sys.h
// alone.
#ifndef LIB_SYS_INVOKE_H
#define LIB_SYS_INVOKE_H

#ifndef LIB_SYS_SYS_H
#error "include lib/sys/sys.h instead"
#endif

#include <abi/labels.h>
#include <lib/sys/declare.h>

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
static inline enum sel4_error seL4_TCB_WriteRegisters(SYS_PARAMETERS_TCB_WriteRegisters) {
    word_t words[2 + SEL4_REG_COUNT]; // not zeroed: as many as are sent are set
    words[0] = flags;
    words[1] = count;
    if (count > SEL4_REG_COUNT)
        count = SEL4_REG_COUNT;
    for (word_t i = 0; i < count; i++)
        words[2 + i] = registers[i];
    return sys_invoke(service, LABEL_TCB_WriteRegisters, NULL, 0, words, (unsigned)(2 + count), NULL, 0);
}

#define SYS_ARGUMENT(name) name,
#define SYS_ARGUMENTS(...) SYS_EACH(SYS_ARGUMENT, ##__VA_ARGS__)
#define SYS_COUNT_OF(...)  SYS_COUNT(__VA_ARGS__)
#define SYS_RESULTS_ARG_0  NULL
#define SYS_RESULTS_ARG_1  results

#define SYS_DEFINED_BY_HAND(object, method, label, caps, words, returned)
#define SYS_STUB(object, method, label, caps, words, returned)                                               \
    static inline enum sel4_error seL4_##object##_##method(SYS_PARAMETERS(caps, words, returned)) {          \
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
