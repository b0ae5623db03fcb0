// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The words that kernel, user side and host tools share: object types, errors, message layout, rights, fault
// labels. Their numbers stand in the tables (*.def), which depend on abi/config.h; this is the seL4 API, and
// what is ours has a number of its own (from 0x1000, faults from 0x100). Invariant: this folder includes
// nothing but <stdint.h>, <stddef.h> and itself; it compiles for every target and for the host.
#ifndef ABI_TYPES_H
#define ABI_TYPES_H

#include <abi/config.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t word_t;
typedef uint64_t cptr_t; // a capability's address in a CSpace

// Object types, as Untyped_Retype takes them.
#define OBJECT_TYPE(constant, number, object, bits, text) constant = number,
enum sel4_object_type {
#include <abi/objects.def>
    SEL4_OBJECT_COUNT
};
_Static_assert(SEL4_OBJECT_COUNT == 13, "object types of this configuration");

// The capability types that DebugCapIdentify reports.
#define CAP_TYPE(constant, number, text) constant = number,
enum sel4_cap_type {
#include <abi/objects.def>
};

// log2 of object sizes in bytes; the architecture's are in its types.h.
enum {
    SEL4_TCB_BITS = 11,
    SEL4_ENDPOINT_BITS = 4,
    SEL4_NOTIFICATION_BITS = 6,
    SEL4_SLOT_BITS = 5,
    SEL4_MIN_SCHED_CONTEXT_BITS = 7,
    SEL4_REPLY_BITS = 5,
    SEL4_MIN_UNTYPED_BITS = 4,
    SEL4_MAX_UNTYPED_BITS = 47,
    SEL4_WORD_BITS = 64,
};

// Error labels of a kernel reply.
#define ERROR(constant, value, name, words, text, mend) constant = value,
enum sel4_error {
#include <abi/values.def>
};

#define LOOKUP_FAILURE(constant, value, name, words, text, mend) constant = value,
enum sel4_lookup_failure {
#include <abi/values.def>
};

// Fault labels.
#define FAULT(constant, label, name) constant = label,
enum sel4_fault {
    SEL4_FAULT_NULL = 0,
#include <abi/faults.def>
};

// MessageInfo: length[6:0] | extraCaps[8:7] | capsUnwrapped[11:9] | label[63:12].
#define SEL4_MSG_MAX_LENGTH     120
#define SEL4_MSG_MAX_EXTRA_CAPS 3
#define SEL4_FAST_MESSAGE_REGS  4

static inline word_t sel4_info(word_t label, word_t unwrapped, word_t extra_caps, word_t length) {
    return label << 12 | unwrapped << 9 | extra_caps << 7 | length;
}
#define SEL4_INFO_LENGTH_MASK 0x7full
static inline word_t sel4_info_label(word_t info) {
    return info >> 12;
}
static inline word_t sel4_info_extra_caps(word_t info) {
    return info >> 7 & 3;
}
static inline word_t sel4_info_length(word_t info) {
    return info & 0x7f;
}

// Capability rights.
#define RIGHT(constant, value, text) constant = value,
enum sel4_right {
#include <abi/values.def>
};

// CNode data word: guardSize[5:0], guard[63:6].
static inline word_t sel4_cnode_data(word_t guard, word_t guard_bits) {
    return guard << 6 | guard_bits;
}

// The IPC buffer: 1 KiB, 1 KiB aligned.
struct sel4_ipc_buffer {
    word_t tag;
    word_t msg[SEL4_MSG_MAX_LENGTH];
    word_t user_data;
    word_t caps_or_badges[SEL4_MSG_MAX_EXTRA_CAPS];
    cptr_t receive_cnode;
    cptr_t receive_index;
    word_t receive_depth;
};
_Static_assert(offsetof(struct sel4_ipc_buffer, user_data) == 968, "IPC buffer layout");
_Static_assert(offsetof(struct sel4_ipc_buffer, caps_or_badges) == 976, "IPC buffer layout");
_Static_assert(offsetof(struct sel4_ipc_buffer, receive_depth) == 1016, "IPC buffer layout");
_Static_assert(sizeof(struct sel4_ipc_buffer) == 1024, "IPC buffer size");
#define SEL4_IPC_BUFFER_BITS 10

#include ABI_ARCH_TYPES

#endif
