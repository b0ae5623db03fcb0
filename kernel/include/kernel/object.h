// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel objects' memory. Every object starts as zero bytes (Untyped_Retype) and zero is its valid first
// state.
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <arch/context.h>
#include <kernel/cap.h>

struct tcb;
struct vcpu;

// Thread states; the transitions are in the diagram of core/thread.c.
enum thread_state {
    THREAD_INACTIVE = 0,
    THREAD_RUNNING,
    THREAD_RESTART, // runs its system call, or faulting instruction, again
    THREAD_BLOCKED_ON_RECEIVE,
    THREAD_BLOCKED_ON_SEND,
    THREAD_BLOCKED_ON_REPLY,
    THREAD_BLOCKED_ON_NOTIFICATION,
    THREAD_BLOCKED_ON_VIRQ, // a vCPU in WFI that waits in the kernel for its next interrupt
};

struct fault {
    word_t label;   // enum sel4_fault; SEL4_FAULT_NULL: none
    word_t length;  // words in mr
    word_t mr[7];   // the message, for the faults whose words are known when they happen
    word_t advance; // bytes: the trapped instruction (at fault_pc) is done, a restart goes on behind it
};

// A fault whose message has one word. The others are not set, and nobody looks at them.
static ALWAYS_INLINE void fault_make(struct fault *fault, word_t label, word_t word, word_t advance) {
    fault->label = label;
    fault->length = 1;
    fault->mr[0] = word;
    fault->advance = advance;
}
static ALWAYS_INLINE void fault_make4(struct fault *fault, word_t label, word_t mr0, word_t mr1, word_t mr2,
                                      word_t mr3) {
    fault_make(fault, label, mr0, 0);
    fault->length = 4;
    fault->mr[1] = mr1;
    fault->mr[2] = mr2;
    fault->mr[3] = mr3;
}
static ALWAYS_INLINE void fault_copy(struct fault *to, const struct fault *from) {
    to->label = from->label;
    to->length = from->length;
    to->advance = from->advance;
    for (word_t i = 0; i < from->length; i++) // bound: 7
        to->mr[i] = from->mr[i];
}

struct thread_queue {
    struct tcb *head, *tail;
};

enum tcb_slot {
    TCB_SLOT_CSPACE,
    TCB_SLOT_VSPACE,
    TCB_SLOT_BUFFER,
    TCB_SLOT_FAULT,
    TCB_SLOT_TIMEOUT,
    TCB_SLOT_COUNT
};

struct tcb {
    struct arch_tcb arch; // first: the trap code saves into it
    struct slot slots[TCB_SLOT_COUNT] __attribute__((aligned(32)));

    // Scheduling.
    uint8_t state; // enum thread_state
    uint8_t priority;
    uint8_t mcp;
    uint8_t flags;         // bit 0: FPU disabled
    bool in_ready_queue;   // in core->ready[priority]
    bool in_release_queue; // in core->release
    struct sched_context *sc;
    struct sched_context *yield_to; // it called SchedContext_YieldTo on this one and waits for the answer
    struct tcb *ready_prev, *ready_next; // ready or release queue (never both)

    // Blocking.
    struct tcb *ipc_prev, *ipc_next; // in the queue of blocking_object
    void *blocking_object;           // endpoint or notification
    word_t blocking_badge;           // of the capability that it sends through
    bool blocking_is_call;           // also: the YieldTo that it waits for was a call
    bool blocking_can_grant;
    bool blocking_can_grant_reply;
    struct reply *reply; // receiving with it, or waiting as caller for it

    struct notification *bound_notification;
    struct sel4_ipc_buffer *ipc_buffer; // read by tcb_buffer: it outlives its frame's capability
    vaddr_t ipc_buffer_vaddr;
    bool ipc_buffer_writable;

    struct fault fault;
    char name[32];
};
_Static_assert(sizeof(struct tcb) <= 1 << SEL4_TCB_BITS, "TCB size");

// An endpoint: one word for the queue's head and one for its tail. Bits [1:0] of `head`: enum endpoint_state.
enum endpoint_state { ENDPOINT_IDLE, ENDPOINT_SENDING, ENDPOINT_RECEIVING };
struct endpoint {
    word_t head; // struct tcb * | enum endpoint_state
    struct tcb *tail;
};
_Static_assert(sizeof(struct endpoint) == 1 << SEL4_ENDPOINT_BITS, "endpoint size");

enum notification_state { NOTIFICATION_IDLE, NOTIFICATION_WAITING, NOTIFICATION_ACTIVE };
struct notification {
    word_t state; // enum notification_state
    word_t badge; // collected while active
    struct thread_queue queue;
    struct tcb *bound_tcb;
    struct sched_context *sc;
};
_Static_assert(sizeof(struct notification) <= 1 << SEL4_NOTIFICATION_BITS, "notification size");

// A reply object links the caller that waits for it with the scheduling context that came with the call.
struct reply {
    struct tcb *tcb;          // the receiver that waits with it, or the caller
    struct reply *prev;       // next older call of the same context's stack
    struct reply *next;       // next newer call
    struct sched_context *sc; // set in the newest reply of a stack: the context it returns
};
_Static_assert(sizeof(struct reply) == 1 << SEL4_REPLY_BITS, "reply size");

struct refill {
    ticks_t time; // when it may be used
    ticks_t amount;
};

#define SC_CORE_BYTES  96
#define SC_MIN_REFILLS 2
// What a context uses of its memory, however large it is: all its refills may have to be merged at once. More
// used amounts than that are merged at the tail as they come, so that they come back later than they could.
#define SC_MAX_REFILLS 256
struct sched_context {
    ticks_t period; // 0: not configured; equal to budget: round robin
    ticks_t budget;
    ticks_t consumed;    // since it was last asked
    struct tcb *tcb;     // bound or borrowing thread
    struct reply *reply; // newest call of its stack
    struct notification *notification;
    word_t badge; // data word of timeout faults
    struct tcb *yield_from;
    uint32_t refill_max; // 0: not configured
    uint32_t refill_head;
    uint32_t refill_count;
    uint8_t core;
    bool sporadic;
    bool configured;
    bool slice_over; // round robin: its slice ended, and it is lent, or its thread has not run since; when it
                     // comes back to its thread, that goes behind its equals
    uint8_t padding[SC_CORE_BYTES - 8 * 8 - 16];
    struct refill refills[]; // a ring of refill_max
};
_Static_assert(sizeof(struct sched_context) == SC_CORE_BYTES, "scheduling context core");
_Static_assert(SC_CORE_BYTES + SC_MIN_REFILLS * sizeof(struct refill) == 1 << SEL4_MIN_SCHED_CONTEXT_BITS,
               "smallest scheduling context");

#endif
