// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// From an invoked capability to its decode function, and the reply back.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/decode.h>
#include <kernel/objects.h>

struct method {
    decode_function *decode; // NULL: the architecture's
    uint8_t cap_type;
    uint8_t caps, words; // that must be there
};

// The table derives from abi/invocations.def. NAMES(...) counts its arguments.
#define COUNT_N(_0, _1, _2, _3, _4, _5, _6, _7, _8, n, ...) n
#define COUNT(...)                                          COUNT_N(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define CAPS(...)                                           COUNT(__VA_ARGS__)
#define WORDS(...)                                          COUNT(__VA_ARGS__)

#define TYPE_Untyped      SEL4_CAP_UNTYPED
#define TYPE_TCB          SEL4_CAP_TCB
#define TYPE_CNode        SEL4_CAP_CNODE
#define TYPE_IRQControl   SEL4_CAP_IRQ_CONTROL
#define TYPE_IRQHandler   SEL4_CAP_IRQ_HANDLER
#define TYPE_Domain       SEL4_CAP_DOMAIN
#define TYPE_SchedControl SEL4_CAP_SCHED_CONTROL
#define TYPE_SchedContext SEL4_CAP_SCHED_CONTEXT
#define TYPE_SMC          SEL4_CAP_SMC
#define TYPE_VSpace       SEL4_CAP_VSPACE
#define TYPE_PageTable    SEL4_CAP_PAGE_TABLE
#define TYPE_Page         SEL4_CAP_FRAME
#define TYPE_ASIDControl  SEL4_CAP_ASID_CONTROL
#define TYPE_ASIDPool     SEL4_CAP_ASID_POOL
#define TYPE_VCPU         SEL4_CAP_VCPU

#define DECODE_Untyped(m)      decode_Untyped_##m
#define DECODE_TCB(m)          decode_TCB_##m
#define DECODE_CNode(m)        decode_CNode_##m
#define DECODE_IRQControl(m)   decode_IRQControl_##m
#define DECODE_IRQHandler(m)   decode_IRQHandler_##m
#define DECODE_Domain(m)       decode_Domain_##m
#define DECODE_SchedControl(m) decode_SchedControl_##m
#define DECODE_SchedContext(m) decode_SchedContext_##m
#define DECODE_SMC(m)          decode_SMC_##m
#define DECODE_VSpace(m)       NULL
#define DECODE_PageTable(m)    NULL
#define DECODE_Page(m)         NULL
#define DECODE_ASIDControl(m)  NULL
#define DECODE_ASIDPool(m)     NULL
#define DECODE_VCPU(m)         NULL

#define EXTENSION_BASE      0x1000
#define EXTENSION_INDEX     64
#define METHOD_INDEX(label) ((label) < EXTENSION_BASE ? (label) : (label)-EXTENSION_BASE + EXTENSION_INDEX)
#define INVOCATION(object, method, label, caps, words, results)                                              \
    [METHOD_INDEX(label)] = {DECODE_##object(method), TYPE_##object, caps, words},
static const struct method methods[] = {
#include <abi/invocations.def>
};
#undef INVOCATION

static enum status decode_object(struct invocation *inv) {
    word_t index = inv->label;
    unsigned type = cap_type(inv->cap);
    if (UNLIKELY(index >= EXTENSION_INDEX)) // what is between the two ranges becomes too large
        index = index < EXTENSION_BASE ? EXTENSION_BASE : METHOD_INDEX(index);
    if (UNLIKELY(index >= ARRAY_LENGTH(methods)) || UNLIKELY(methods[index].cap_type != type))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    const struct method *method = &methods[index];
    if (inv->length < method->words || inv->extra_count < method->caps)
        return inv_fail(inv, SEL4_TRUNCATED_MESSAGE);
    decode_function *decode = method->decode ? method->decode : arch_invocation(type, inv->label);
    return decode ? decode(inv) : inv_fail(inv, SEL4_ILLEGAL_OPERATION);
}

enum status invocation_decode(struct invocation *inv) {
    struct cap cap = inv->cap;
    switch (cap_type(cap)) {
    case SEL4_CAP_NULL:
    case SEL4_CAP_ZOMBIE:
    case SEL4_CAP_ENDPOINT: // without the right to send
        return inv_fail_capability(inv, 0);
    case SEL4_CAP_REPLY:
        reply_send(inv->core, inv->caller, cap_pointer(cap), cap_rights(cap) & SEL4_RIGHT_GRANT);
        return STATUS_OK;
    case SEL4_CAP_NOTIFICATION:
        if (!(cap_rights(cap) & SEL4_RIGHT_WRITE))
            return inv_fail_capability(inv, 0);
        notification_signal(inv->core, cap_pointer(cap), cap_badge(cap));
        return STATUS_OK;
    case SEL4_CAP_SGI:
        arch_irq_send_sgi((unsigned)(cap.w1 & MASK(32)), (unsigned)(cap.w1 >> 32));
        return STATUS_OK;
    case SEL4_CAP_TCB:
    case SEL4_CAP_CNODE:
    case SEL4_CAP_DOMAIN:
    case SEL4_CAP_SCHED_CONTROL:
    case SEL4_CAP_SCHED_CONTEXT:
        if (inv->first_phase)
            return inv_fail_capability(inv, 0);
        return decode_object(inv);
    default:
        return decode_object(inv);
    }
}

void invocation_reply(struct invocation *inv, enum status status) {
    word_t *x = inv->caller->arch.context.x;
    word_t length = inv->reply_length;
    if (length > 0 && !inv->reply_written) {
        word_t written = 0;
        while (written < length && message_set(inv->caller, written, inv->reply_mr[written])) // bound: 10
            written++;
        length = written;
    }
    x[ARCH_REG_BADGE] = 0;
    x[ARCH_REG_INFO] = sel4_info(status == STATUS_OK ? SEL4_NO_ERROR : inv->error, 0, 0, length);
}

enum status inv_fail(struct invocation *inv, enum sel4_error error) {
    inv->error = error;
    inv->reply_length = 0;
    return STATUS_ERROR;
}

static enum status fail_with(struct invocation *inv, enum sel4_error error, const word_t *words,
                             unsigned count) {
    (void)inv_fail(inv, error);
    for (unsigned i = 0; i < count; i++) // bound: 5
        (void)inv_result(inv, words[i]);
    return STATUS_ERROR;
}

enum status inv_fail_argument(struct invocation *inv, word_t argument) {
    return fail_with(inv, SEL4_INVALID_ARGUMENT, &argument, 1);
}

enum status inv_fail_capability(struct invocation *inv, word_t capability) {
    return fail_with(inv, SEL4_INVALID_CAPABILITY, &capability, 1);
}

enum status inv_fail_range(struct invocation *inv, word_t minimum, word_t maximum) {
    return fail_with(inv, SEL4_RANGE_ERROR, (word_t[]){minimum, maximum}, 2);
}

enum status inv_fail_memory(struct invocation *inv, word_t bytes_left) {
    return fail_with(inv, SEL4_NOT_ENOUGH_MEMORY, &bytes_left, 1);
}

enum status inv_fail_lookup(struct invocation *inv, bool was_source, const struct lookup_failure *failure) {
    word_t words[5] = {was_source, failure->type, failure->words[0], failure->words[1], failure->words[2]};
    return fail_with(inv, SEL4_FAILED_LOOKUP, words, 2u + lookup_failure_words(failure));
}
