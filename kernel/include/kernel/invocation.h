// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One invocation of a capability: what the caller gave, with names, and the reply in the making.
// A decode function checks everything and has no side effect before it is sure to perform; it returns
// STATUS_OK after performing (result words put with inv_result), STATUS_ERROR after inv_fail_*, or
// STATUS_PREEMPTED.
#ifndef KERNEL_INVOCATION_H
#define KERNEL_INVOCATION_H

#include <kernel/core.h>

struct invocation {
    struct core *core;
    struct tcb *caller;
    struct slot *slot; // of the invoked capability
    struct cap cap;
    word_t label;
    word_t length;                                   // message words
    struct slot *extra[SEL4_MSG_MAX_EXTRA_CAPS + 1]; // capabilities sent along; NULL ends
    unsigned extra_count;
    bool is_call;     // the caller wants the reply
    bool first_phase; // of a combined call
    // The reply.
    word_t reply_length;
    word_t reply_mr[10]; // on success: results; on error: the error's words
    word_t error;        // enum sel4_error
    // TCB_ReadRegisters alone has more results than reply_mr holds and writes them with message_set:
    // `reply_written` says so.
    bool reply_written;
};

typedef enum status decode_function(struct invocation *inv);

// Message register `index` of a thread: a register, or its IPC buffer (0 / ignored without one).
word_t message_get(const struct tcb *tcb, word_t index);
bool message_set(struct tcb *tcb, word_t index, word_t value);

static ALWAYS_INLINE word_t inv_word(const struct invocation *inv, unsigned index) {
    return message_get(inv->caller, index);
}
static ALWAYS_INLINE struct cap inv_cap(const struct invocation *inv, unsigned index) {
    return inv->extra[index]->cap;
}
static ALWAYS_INLINE enum status inv_result(struct invocation *inv, word_t value) {
    inv->reply_mr[inv->reply_length++] = value;
    return STATUS_OK;
}

// Failures; each returns STATUS_ERROR.
enum status inv_fail(struct invocation *inv, enum sel4_error error);    // no words
enum status inv_fail_argument(struct invocation *inv, word_t argument); // InvalidArgument
enum status inv_fail_capability(struct invocation *inv,
                                word_t capability); // InvalidCapability; 0: the invoked one
enum status inv_fail_range(struct invocation *inv, word_t minimum, word_t maximum);
enum status inv_fail_memory(struct invocation *inv, word_t bytes_left);
struct lookup_failure {
    word_t type; // enum sel4_lookup_failure
    word_t words[3];
};
enum status inv_fail_lookup(struct invocation *inv, bool was_source, const struct lookup_failure *failure);

#endif
