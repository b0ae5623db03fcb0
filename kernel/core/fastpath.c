// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The short ways of the commonest operations: Call and ReplyRecv between a client and a passive server, the
// same for a fault and its reply, signals, and Yield. The trap code comes here first, with only the registers
// saved that a C function may change; what is not of the common shape goes the long way (core/entry.c) as if
// nothing had been.
//
// Invariants:
// 1. A function returns NULL before it has changed anything, or does exactly what the long way would have
//    done (tests/unit/kernel/test_fastpath.c compares the two).
// 2. Between two entries of the kernel there is no candidate, and neither `choose` nor `reprogram` is set.
// 3. Until core->fast_until no waiting thread's refill comes due, and the current context holds the minimum
//    budget (core/sched.c). So the time need not be accounted: it runs on with the context, whoever holds it.
// 4. The current thread's registers behind x19, its PC and SPSR are not in its context yet: nothing here
// reads
//    or writes them, and it is not made to restart.
// 5. core->pair: its handler would receive the next fault of its faulter and is alone in the endpoint's
// queue; the reply would
//    go to the faulter; each is who runs next then; the context has no older call. One of the two is current.
//    Every function here that changes anything else forgets it, and so do entry_syscall and sched_schedule.
#include <arch/core.h>
#include <arch/machine.h>
#include <arch/switch.h>
#include <kernel/objects.h>
#include <kernel/syscall.h>

// A message without capabilities, as the registers of the system call bring it.
struct short_message {
    word_t info, mr[SEL4_FAST_MESSAGE_REGS];
};

static ALWAYS_INLINE bool carries_caps(word_t info) {
    return info & sel4_info(0, 0, SEL4_MSG_MAX_EXTRA_CAPS, 0);
}

static ALWAYS_INLINE bool short_lookup(const struct tcb *tcb, cptr_t cptr, struct slot **slot) {
    return lookup_whole(tcb->slots[TCB_SLOT_CSPACE].cap, cptr, slot);
}

// Whether `to`, about to get the running thread's context as that blocks, is who runs next.
static ALWAYS_INLINE bool runs_next(const struct core *core, const struct tcb *from, const struct tcb *to) {
    return LIKELY(to->priority >= from->priority) || sched_ready_highest(core) <= to->priority;
}

// Whether faults can be sent to this capability, and answered.
static ALWAYS_INLINE bool fault_handler_is_callable(struct cap handler) {
    unsigned rights = cap_rights(handler);
    return LIKELY(cap_type(handler) == SEL4_CAP_ENDPOINT) && LIKELY(rights & SEL4_RIGHT_WRITE) &&
           LIKELY(rights & (SEL4_RIGHT_GRANT | SEL4_RIGHT_GRANT_REPLY));
}

// Who would receive a Call or a fault and run at once: a passive server with a reply object. NULL: nobody.
static ALWAYS_INLINE struct tcb *passive_receiver(const struct core *core, const struct tcb *from,
                                                  const struct endpoint *endpoint) {
    struct tcb *receiver = (struct tcb *)(endpoint->head - ENDPOINT_RECEIVING);
    if (UNLIKELY(endpoint_state(endpoint) != ENDPOINT_RECEIVING) || UNLIKELY(!receiver->reply) ||
        UNLIKELY(receiver->sc != NULL) || UNLIKELY(!runs_next(core, from, receiver)))
        return NULL;
    return receiver;
}

// The caller waits for the reply of the endpoint's first receiver, who runs on its context
// (endpoint_dequeue, reply_push, sched_context_donate). `paired`: nobody else waits, and the context has no
// older call.
static ALWAYS_INLINE void call_over(struct endpoint *endpoint, struct tcb *caller, struct tcb *receiver,
                                    bool paired) {
    struct tcb *next = paired ? NULL : receiver->ipc_next;
    if (UNLIKELY(next != NULL)) {
        next->ipc_prev = NULL;
        endpoint->head = (word_t)next | ENDPOINT_RECEIVING;
        receiver->ipc_next = NULL;
    } else {
        endpoint->head = ENDPOINT_IDLE;
        endpoint->tail = NULL;
    }
    struct reply *reply = receiver->reply;
    struct sched_context *sc = caller->sc;
    struct reply *older = paired ? NULL : sc->reply;
    if (UNLIKELY(older != NULL)) {
        older->next = reply;
        older->sc = NULL;
    }
    *reply = (struct reply){.tcb = caller, .prev = older, .sc = sc};
    sc->reply = reply;
    sc->tcb = receiver;
    caller->sc = NULL;
    caller->reply = reply;
    caller->state = THREAD_BLOCKED_ON_REPLY;
    receiver->sc = sc;
    receiver->reply = NULL;
    receiver->state = THREAD_RUNNING;
}

// Copies the words behind those in registers; the length that arrived.
static ALWAYS_INLINE word_t transfer_buffer(const struct tcb *from, struct tcb *to, word_t length) {
    const struct sel4_ipc_buffer *source = tcb_buffer(from);
    struct sel4_ipc_buffer *target = tcb_buffer(to);
    if (!source || !target || !to->ipc_buffer_writable)
        return SEL4_FAST_MESSAGE_REGS;
    if (length > SEL4_MSG_MAX_LENGTH)
        length = SEL4_MSG_MAX_LENGTH;
    for (word_t i = SEL4_FAST_MESSAGE_REGS; i < length; i++) // bound: 120
        target->msg[i] = source->msg[i];
    return length;
}

// message_transfer for a message without capabilities.
static ALWAYS_INLINE void transfer(const struct tcb *from, struct tcb *to,
                                   const struct short_message *message, word_t badge) {
    word_t *x = to->arch.context.x, length = sel4_info_length(message->info);
    if (length > 0)
        x[ARCH_REG_MR0] = message->mr[0];
    if (length > 1) {
        x[ARCH_REG_MR0 + 1] = message->mr[1];
        if (length > 2)
            x[ARCH_REG_MR0 + 2] = message->mr[2];
        if (length > 3)
            x[ARCH_REG_MR0 + 3] = message->mr[3];
        if (length > SEL4_FAST_MESSAGE_REGS)
            length = transfer_buffer(from, to, length);
    }
    x[ARCH_REG_INFO] = sel4_info(sel4_info_label(message->info), 0, 0, length);
    x[ARCH_REG_BADGE] = badge;
}

// The functions of Call and ReplyRecv have the arguments of fastpath_syscall in its registers, so that it
// goes on in them.
static NOINLINE struct tcb *short_call(cptr_t cptr, word_t info, word_t mr0, word_t mr1, word_t mr2,
                                       word_t mr3, cptr_t reply, struct core *core) {
    (void)reply;
    struct tcb *tcb = core->current;
    const struct short_message sent = {info, {mr0, mr1, mr2, mr3}}, *message = &sent;
    struct slot *slot;
    if (UNLIKELY(carries_caps(message->info)) || UNLIKELY(!short_lookup(tcb, cptr, &slot)))
        return NULL;
    struct cap cap = slot->cap;
    unsigned rights = cap_rights(cap);
    if (cap_type(cap) != SEL4_CAP_ENDPOINT || UNLIKELY(!(rights & SEL4_RIGHT_WRITE)) ||
        UNLIKELY(!(rights & (SEL4_RIGHT_GRANT | SEL4_RIGHT_GRANT_REPLY))))
        return NULL;
    struct endpoint *endpoint = cap_pointer(cap);
    struct tcb *receiver = passive_receiver(core, tcb, endpoint);
    if (UNLIKELY(!receiver) || UNLIKELY(!arch_switch_is_short(receiver)))
        return NULL;
    fault_pair_forget(core);
    transfer(tcb, receiver, message, cap_badge(cap));
    call_over(endpoint, tcb, receiver, false);
    arch_switch_short(core, tcb, receiver);
    return receiver;
}

// The caller gets its context back; the server waits on the endpoint with the same reply object
// (reply_remove, endpoint_enqueue). `paired`: as for call_over.
static ALWAYS_INLINE void reply_over(struct endpoint *endpoint, struct reply *reply, struct tcb *server,
                                     struct tcb *caller, bool paired) {
    struct sched_context *sc = reply->sc;
    struct reply *older = paired ? NULL : reply->prev;
    sc->reply = older;
    if (UNLIKELY(older != NULL)) {
        older->sc = sc;
        older->next = NULL;
    }
    sc->tcb = caller;
    caller->sc = sc;
    caller->reply = NULL;
    *reply = (struct reply){.tcb = server};
    server->sc = NULL;
    server->reply = reply;
    server->state = THREAD_BLOCKED_ON_RECEIVE;
    server->blocking_object = endpoint;
    struct tcb *last = paired ? NULL : endpoint->tail;
    server->ipc_prev = last;
    server->ipc_next = NULL;
    endpoint->tail = server;
    if (UNLIKELY(last != NULL))
        last->ipc_next = server;
    else
        endpoint->head = (word_t)server | ENDPOINT_RECEIVING;
}

// The end of a reply to a fault: it changes the caller's registers, and the caller may have a vCPU.
static NOINLINE struct tcb *reply_to_fault(struct core *core, struct tcb *server, struct tcb *caller,
                                           word_t info) {
    word_t length = sel4_info_length(info);
    bool restart = arch_fault_reply(caller, server, sel4_info_label(info),
                                    length < SEL4_MSG_MAX_LENGTH ? length : SEL4_MSG_MAX_LENGTH);
    caller->fault.label = SEL4_FAULT_NULL;
    if (UNLIKELY(!restart)) {
        caller->state = THREAD_INACTIVE;
        sched_update_time(core);
        return sched_schedule(core);
    }
    caller->state = THREAD_RUNNING;
    caller->arch.context.pc = caller->arch.context.fault_pc;
    core->current = caller;
    arch_switch_to(core, caller);
    arch_before_exit(core, caller);
    return caller;
}

// What faulter and handler have just done they can do again. The faulter runs, the handler is alone in the
// queue.
static ALWAYS_INLINE void pair_make(struct core *core, struct tcb *faulter, struct tcb *handler,
                                    struct endpoint *endpoint, struct reply *reply, cptr_t cptr,
                                    cptr_t reply_cptr) {
    struct cap cap = faulter->slots[TCB_SLOT_FAULT].cap;
    if (fault_handler_is_callable(cap) && cap_pointer(cap) == endpoint && !faulter->sc->reply &&
        !handler->sc && runs_next(core, faulter, handler) && arch_pair_is_short(core, faulter, handler))
        core->pair = (struct fault_pair){faulter, handler, endpoint, reply, cap_badge(cap), cptr, reply_cptr};
}

static NOINLINE struct tcb *short_reply_receive(cptr_t cptr, word_t info, word_t mr0, word_t mr1, word_t mr2,
                                                word_t mr3, cptr_t reply_cptr, struct core *core) {
    struct tcb *tcb = core->current;
    const struct short_message sent = {info, {mr0, mr1, mr2, mr3}}, *message = &sent;
    struct slot *reply_slot, *slot;
    if (UNLIKELY(!short_lookup(tcb, reply_cptr, &reply_slot)) || UNLIKELY(!short_lookup(tcb, cptr, &slot)) ||
        UNLIKELY(carries_caps(message->info)) || UNLIKELY(cap_type(reply_slot->cap) != SEL4_CAP_REPLY))
        return NULL;
    struct cap cap = slot->cap;
    if (UNLIKELY(cap_type(cap) != SEL4_CAP_ENDPOINT) || UNLIKELY(!(cap_rights(cap) & SEL4_RIGHT_READ)))
        return NULL;
    struct endpoint *endpoint = cap_pointer(cap);
    struct reply *reply = cap_pointer(reply_slot->cap);
    struct tcb *caller = reply->tcb, *last = endpoint->tail;
    // Only the newest call of a context has `sc`; a caller that got another context meanwhile keeps that.
    if (UNLIKELY(!reply->sc) || UNLIKELY(reply->sc != tcb->sc) || UNLIKELY(caller->sc != NULL) ||
        UNLIKELY(!runs_next(core, tcb, caller)))
        return NULL;
    if (UNLIKELY(last != NULL) &&
        (endpoint_state(endpoint) != ENDPOINT_RECEIVING || last->priority < tcb->priority))
        return NULL;
    const struct notification *bound = tcb->bound_notification;
    if (UNLIKELY(bound != NULL) && UNLIKELY(bound->state == NOTIFICATION_ACTIVE))
        return NULL;
    fault_pair_forget(core);
    if (UNLIKELY(caller->fault.label != SEL4_FAULT_NULL)) {
        reply_over(endpoint, reply, tcb, caller, false);
        word_t length = sel4_info_length(message->info);
        if (LIKELY(arch_fault_reply_short(caller, sel4_info_label(message->info), length, message->mr))) {
            caller->fault.label = SEL4_FAULT_NULL;
            caller->state = THREAD_RUNNING;
            arch_switch_reply(core, tcb, caller);
        } else {
            struct tcb *next = reply_to_fault(core, tcb, caller, message->info);
            if (UNLIKELY(next != caller))
                return next;
        }
        if (LIKELY(!last))
            pair_make(core, caller, tcb, endpoint, reply, cptr, reply_cptr);
        return caller;
    }
    if (UNLIKELY(!arch_switch_is_short(caller)))
        return NULL;
    transfer(tcb, caller, message, 0);
    reply_over(endpoint, reply, tcb, caller, false);
    caller->state = THREAD_RUNNING;
    arch_switch_short(core, tcb, caller);
    return caller;
}

// The reply of a pair's handler: the same without what is known.
static NOINLINE struct tcb *pair_reply_receive(cptr_t cptr, word_t info, word_t mr0, word_t mr1, word_t mr2,
                                               word_t mr3, cptr_t reply_cptr, struct core *core) {
    struct tcb *faulter = core->pair.faulter, *handler = core->pair.handler;
    const word_t mr[] = {mr0, mr1, mr2, mr3};
    if (UNLIKELY(cptr != core->pair.endpoint_cptr) || UNLIKELY(reply_cptr != core->pair.reply_cptr) ||
        UNLIKELY(info > SEL4_INFO_LENGTH_MASK) || UNLIKELY(!arch_fault_reply_short(faulter, 0, info, mr)))
        return short_reply_receive(cptr, info, mr0, mr1, mr2, mr3, reply_cptr, core);
    reply_over(core->pair.endpoint, core->pair.reply, handler, faulter, true);
    faulter->fault.label = SEL4_FAULT_NULL;
    faulter->state = THREAD_RUNNING;
    arch_switch_resume(core, handler, faulter);
    return faulter;
}

static NOINLINE struct tcb *signal(struct core *core, struct cap cap) {
    fault_pair_forget(core);
    sched_update_time(core);
    notification_signal(core, cap_pointer(cap), cap_badge(cap));
    return sched_is_settled(core) ? core->current : sched_schedule(core);
}

// Send and NBSend of a signal, and of anything to an empty slot, which is lost.
static ALWAYS_INLINE struct tcb *short_send(struct core *core, struct tcb *tcb, cptr_t cptr, word_t info) {
    struct slot *slot;
    if (UNLIKELY(!short_lookup(tcb, cptr, &slot)) || UNLIKELY(carries_caps(info)))
        return NULL;
    if (cap_type(slot->cap) == SEL4_CAP_NOTIFICATION && LIKELY(cap_rights(slot->cap) & SEL4_RIGHT_WRITE))
        return signal(core, slot->cap);
    return slot_is_empty(slot) ? tcb : NULL;
}

static NOINLINE struct tcb *yield(struct core *core) {
    sched_update_time(core);
    sched_give_up(core);
    return sched_schedule(core);
}

struct tcb *fastpath_syscall(cptr_t cptr, word_t info, word_t mr0, word_t mr1, word_t mr2, word_t mr3,
                             cptr_t reply, word_t number) {
    struct core *core = arch_core();
    struct tcb *tcb = core->current;
    if (UNLIKELY(arch_timer_now() > core->fast_until))
        return NULL;
    if (number == (word_t)SYS_NBSend)
        goto send;
    if (number == (word_t)SYS_Call)
        return short_call(cptr, info, mr0, mr1, mr2, mr3, reply, core);
    if (number == (word_t)SYS_ReplyRecv)
        return LIKELY(core->pair.handler == tcb)
                   ? pair_reply_receive(cptr, info, mr0, mr1, mr2, mr3, reply, core)
                   : short_reply_receive(cptr, info, mr0, mr1, mr2, mr3, reply, core);
    if (number == (word_t)SYS_Yield)
        return yield(core);
    if (number != (word_t)SYS_Send)
        return NULL;
send:
    return short_send(core, tcb, cptr, info);
}

// Who would receive the fault of `tcb` and run at once, and the endpoint and badge of its handler. NULL:
// nobody.
static ALWAYS_INLINE struct tcb *fault_receiver(const struct core *core, const struct tcb *tcb,
                                                struct endpoint **endpoint, word_t *badge) {
    struct cap handler = tcb->slots[TCB_SLOT_FAULT].cap;
    if (UNLIKELY(!fault_handler_is_callable(handler)))
        return NULL;
    *endpoint = cap_pointer(handler);
    *badge = cap_badge(handler);
    return passive_receiver(core, tcb, *endpoint);
}

NOINLINE struct tcb *fastpath_fault(struct core *core, const struct fault *fault) {
    struct tcb *tcb = core->current;
    struct endpoint *endpoint;
    word_t badge;
    if (UNLIKELY(arch_timer_now() > core->fast_until))
        return NULL;
    struct tcb *receiver = fault_receiver(core, tcb, &endpoint, &badge);
    if (UNLIKELY(!receiver))
        return NULL;
    fault_pair_forget(core);
    tcb->arch.context.fault_pc += fault->advance;
    fault_copy(&tcb->fault, fault);
    message_transfer(core, tcb, receiver, endpoint, badge, false);
    call_over(endpoint, tcb, receiver, false);
    core->current = receiver;
    arch_switch_to(core, receiver);
    arch_before_exit(core, receiver);
    return receiver;
}

static ALWAYS_INLINE struct tcb *fault4_over(struct core *core, struct tcb *receiver,
                                             struct endpoint *endpoint, word_t badge,
                                             const struct fault *fault, bool paired) {
    struct tcb *tcb = core->current;
    word_t *x = receiver->arch.context.x;
    fault_make4(&tcb->fault, fault->label, fault->mr[0], fault->mr[1], fault->mr[2], fault->mr[3]);
    x[ARCH_REG_BADGE] = badge;
    x[ARCH_REG_INFO] = sel4_info(fault->label, 0, 0, 4);
    x[ARCH_REG_MR0] = fault->mr[0];
    x[ARCH_REG_MR0 + 1] = fault->mr[1];
    x[ARCH_REG_MR0 + 2] = fault->mr[2];
    x[ARCH_REG_MR0 + 3] = fault->mr[3];
    call_over(endpoint, tcb, receiver, paired);
    arch_switch_fault(core, tcb, receiver);
    return receiver;
}

struct tcb *fastpath_fault4(struct core *core, word_t label, word_t mr0, word_t mr1, word_t mr2, word_t mr3) {
    struct tcb *tcb = core->current;
    struct endpoint *endpoint;
    word_t badge;
    struct fault fault;
    fault_make4(&fault, label, mr0, mr1, mr2, mr3);
    if (UNLIKELY(arch_timer_now() > core->fast_until))
        return NULL;
    if (LIKELY(core->pair.faulter == tcb))
        return fault4_over(core, core->pair.handler, core->pair.endpoint, core->pair.badge, &fault, true);
    struct tcb *receiver = fault_receiver(core, tcb, &endpoint, &badge);
    if (UNLIKELY(!receiver) || UNLIKELY(!arch_switch_is_short(receiver)))
        return NULL;
    fault_pair_forget(core);
    return fault4_over(core, receiver, endpoint, badge, &fault, false);
}
