// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Messages: words in registers and IPC buffers, and the capabilities that travel along (seL4 API: message
// passing).
#include <arch/object.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

word_t message_get(const struct tcb *tcb, word_t index) {
    if (index < SEL4_FAST_MESSAGE_REGS)
        return tcb->arch.context.x[ARCH_REG_MR0 + index];
    const struct sel4_ipc_buffer *buffer = tcb_buffer(tcb);
    return buffer && index < SEL4_MSG_MAX_LENGTH ? buffer->msg[index] : 0;
}

// Whether the thread may receive into its IPC buffer.
static ALWAYS_INLINE bool buffer_receives(const struct tcb *tcb) {
    return tcb_buffer(tcb) && tcb->ipc_buffer_writable;
}

bool message_set(struct tcb *tcb, word_t index, word_t value) {
    if (index < SEL4_FAST_MESSAGE_REGS) {
        tcb->arch.context.x[ARCH_REG_MR0 + index] = value;
        return true;
    }
    if (!buffer_receives(tcb) || index >= SEL4_MSG_MAX_LENGTH)
        return false;
    tcb->ipc_buffer->msg[index] = value;
    return true;
}

int message_extra_caps(const struct tcb *tcb, word_t info, struct slot **slots, cptr_t *cptr,
                       struct lookup_failure *failure) {
    const struct sel4_ipc_buffer *buffer = tcb_buffer(tcb);
    int count = buffer ? (int)sel4_info_extra_caps(info) : 0;
    for (int i = 0; i < count; i++) { // bound: 3
        slots[i] = lookup_slot(tcb, buffer->caps_or_badges[i], failure);
        if (UNLIKELY(!slots[i])) {
            *cptr = buffer->caps_or_badges[i];
            return -1;
        }
    }
    slots[count] = NULL;
    return count;
}

// The empty slot that the receiver names in its IPC buffer, or NULL.
static struct slot *receive_slot(const struct tcb *receiver) {
    const struct sel4_ipc_buffer *buffer = receiver->ipc_buffer;
    struct lookup_failure ignored;
    unsigned bits_left;
    word_t depth = buffer->receive_depth;
    struct slot *root = lookup_slot(receiver, buffer->receive_cnode, &ignored);
    if (!root || depth < 1 || depth > SEL4_WORD_BITS)
        return NULL;
    struct slot *slot = lookup_bits(root->cap, buffer->receive_index, (unsigned)depth, &bits_left, &ignored);
    return slot && bits_left == 0 && slot_is_empty(slot) ? slot : NULL;
}

// Unwraps or copies the sender's extra capabilities. Returns their part of the received message information.
static word_t transfer_caps(struct slot *const *slots, struct tcb *receiver,
                            const struct endpoint *endpoint) {
    word_t unwrapped = 0, done = 0;
    struct slot *dest = NULL;
    bool used = false;
    for (; slots[done]; done++) { // bound: 3
        struct cap cap = slots[done]->cap;
        if (cap_type(cap) == SEL4_CAP_ENDPOINT && cap_pointer(cap) == endpoint) {
            receiver->ipc_buffer->caps_or_badges[done] = cap_badge(cap);
            unwrapped |= BIT(done);
            continue;
        }
        struct cap derived;
        dest = used ? NULL : receive_slot(receiver);
        if (!dest || cap_derive(NULL, slots[done], cap, &derived) != STATUS_OK ||
            cap_type(derived) == SEL4_CAP_NULL)
            break;
        slot_copy(dest, derived, slots[done]);
        used = true;
    }
    return sel4_info(0, unwrapped, done, 0);
}

// A fault message's words; their number.
static word_t transfer_fault(struct core *core, struct tcb *sender, struct tcb *receiver) {
    const struct fault *fault = &sender->fault;
    word_t length = fault->length;
    if (fault->label == SEL4_FAULT_TIMEOUT) {
        struct sched_context *sc = sender->sc;
        message_set(receiver, 0, fault->mr[0]);
        if (!sc)
            return 1;
        message_set(receiver, 1, sched_context_take_consumed(core, sc));
        return 2;
    }
    word_t registers[ARCH_FAULT_WORDS];
    const word_t *words = fault->mr;
    if (fault->label == SEL4_FAULT_UNKNOWN_SYSCALL || fault->label == SEL4_FAULT_USER_EXCEPTION) {
        length = arch_fault_words(sender, registers);
        words = registers;
    }
    if (length > SEL4_FAST_MESSAGE_REGS) {
        if (!buffer_receives(receiver))
            length = SEL4_FAST_MESSAGE_REGS;
        for (word_t i = SEL4_FAST_MESSAGE_REGS; i < length; i++) // bound: 13
            receiver->ipc_buffer->msg[i] = words[i];
    }
    for (word_t i = 0; i < length && i < SEL4_FAST_MESSAGE_REGS; i++)
        receiver->arch.context.x[ARCH_REG_MR0 + i] = words[i];
    return length;
}

void message_transfer(struct core *core, struct tcb *sender, struct tcb *receiver,
                      const struct endpoint *endpoint, word_t badge, bool can_grant) {
    word_t *to = receiver->arch.context.x;
    if (UNLIKELY(sender->fault.label != SEL4_FAULT_NULL)) {
        word_t length = transfer_fault(core, sender, receiver);
        to[ARCH_REG_INFO] = sel4_info(sender->fault.label, 0, 0, length);
        to[ARCH_REG_BADGE] = badge;
        return;
    }
    const word_t *from = sender->arch.context.x;
    word_t info = from[ARCH_REG_INFO], length = sel4_info_length(info), caps = 0;
    if (length > SEL4_MSG_MAX_LENGTH)
        length = SEL4_MSG_MAX_LENGTH;
    for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS && i < length; i++)
        to[ARCH_REG_MR0 + i] = from[ARCH_REG_MR0 + i];
    if (length > SEL4_FAST_MESSAGE_REGS) {
        if (tcb_buffer(sender) && buffer_receives(receiver)) {
            for (word_t i = SEL4_FAST_MESSAGE_REGS; i < length; i++) // bound: 120
                receiver->ipc_buffer->msg[i] = sender->ipc_buffer->msg[i];
        } else {
            length = SEL4_FAST_MESSAGE_REGS;
        }
    }
    if (UNLIKELY(sel4_info_extra_caps(info)) && can_grant && buffer_receives(receiver)) {
        struct slot *slots[SEL4_MSG_MAX_EXTRA_CAPS + 1];
        struct lookup_failure failure;
        cptr_t cptr;
        if (message_extra_caps(sender, info, slots, &cptr, &failure) > 0)
            caps = transfer_caps(slots, receiver, endpoint);
    }
    to[ARCH_REG_INFO] = sel4_info(sel4_info_label(info), 0, 0, length) | caps;
    to[ARCH_REG_BADGE] = badge;
}
