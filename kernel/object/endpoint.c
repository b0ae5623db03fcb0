// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Endpoints: rendezvous of senders and receivers.
//
// Invariants: 1. the queue holds threads in THREAD_BLOCKED_ON_SEND (state sending) or
// THREAD_BLOCKED_ON_RECEIVE (receiving), never both; idle means empty. 2. The queue is ordered by priority,
// first come first served within one.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

// Threads that CancelBadgedSends passes between two looks at the interrupt line; one that it wakes counts for
// several.
#define CANCEL_WORK 128

static ALWAYS_INLINE struct thread_queue endpoint_queue(const struct endpoint *endpoint) {
    return (struct thread_queue){(struct tcb *)(endpoint->head & ~(word_t)3), endpoint->tail};
}

static ALWAYS_INLINE void endpoint_set(struct endpoint *endpoint, struct thread_queue queue,
                                       enum endpoint_state state) {
    endpoint->head = queue.head ? (word_t)queue.head | state : ENDPOINT_IDLE;
    endpoint->tail = queue.tail;
}

void ipc_queue_insert(struct thread_queue *queue, struct tcb *tcb) {
    struct tcb *before = queue->tail, *after = NULL;
    while (before && before->priority < tcb->priority) { // bound: the threads that wait
        after = before;
        before = before->ipc_prev;
    }
    tcb->ipc_prev = before;
    tcb->ipc_next = after;
    if (before)
        before->ipc_next = tcb;
    else
        queue->head = tcb;
    if (after)
        after->ipc_prev = tcb;
    else
        queue->tail = tcb;
}

void ipc_queue_remove(struct thread_queue *queue, struct tcb *tcb) {
    if (tcb->ipc_prev)
        tcb->ipc_prev->ipc_next = tcb->ipc_next;
    else
        queue->head = tcb->ipc_next;
    if (tcb->ipc_next)
        tcb->ipc_next->ipc_prev = tcb->ipc_prev;
    else
        queue->tail = tcb->ipc_prev;
    tcb->ipc_prev = tcb->ipc_next = NULL;
}

static void endpoint_enqueue(struct endpoint *endpoint, struct tcb *tcb, enum endpoint_state state) {
    struct thread_queue queue = endpoint_queue(endpoint);
    ipc_queue_insert(&queue, tcb);
    endpoint_set(endpoint, queue, state);
}

static struct tcb *endpoint_dequeue(struct endpoint *endpoint) {
    struct thread_queue queue = endpoint_queue(endpoint);
    struct tcb *tcb = queue.head;
    ipc_queue_remove(&queue, tcb);
    endpoint_set(endpoint, queue, endpoint_state(endpoint));
    return tcb;
}

void endpoint_remove(struct tcb *tcb) {
    struct endpoint *endpoint = tcb->blocking_object;
    struct thread_queue queue = endpoint_queue(endpoint);
    ipc_queue_remove(&queue, tcb);
    endpoint_set(endpoint, queue, endpoint_state(endpoint));
}

void endpoint_requeue(struct tcb *tcb) {
    struct endpoint *endpoint = tcb->blocking_object;
    enum endpoint_state state = endpoint_state(endpoint);
    endpoint_remove(tcb);
    endpoint_enqueue(endpoint, tcb, state);
}

// The sender's message has arrived: it waits for the reply, goes on, or, where no reply is possible, stops.
static void sender_settle(struct core *core, struct tcb *sender, struct tcb *receiver, struct reply *reply,
                          const struct ipc_send *how) {
    if (how->is_call || sender->fault.label != SEL4_FAULT_NULL) {
        if (reply && (how->can_grant || how->can_grant_reply))
            reply_push(core, sender, receiver, reply, how->can_donate);
        else
            thread_stop(sender);
    } else if (how->can_donate && !receiver->sc && sender->sc) {
        sched_context_donate(core, sender->sc, receiver);
    }
}

void endpoint_send(struct core *core, struct tcb *sender, struct endpoint *endpoint, struct ipc_send how) {
    if (endpoint_state(endpoint) != ENDPOINT_RECEIVING) {
        if (!how.blocking)
            return;
        sender->state = THREAD_BLOCKED_ON_SEND;
        sender->blocking_object = endpoint;
        sender->blocking_badge = how.badge;
        sender->blocking_is_call = how.is_call;
        sender->blocking_can_grant = how.can_grant;
        sender->blocking_can_grant_reply = how.can_grant_reply;
        endpoint_enqueue(endpoint, sender, ENDPOINT_SENDING);
        return;
    }
    struct tcb *receiver = endpoint_dequeue(endpoint);
    message_transfer(core, sender, receiver, endpoint, how.badge, how.can_grant);
    struct reply *reply = receiver->reply;
    if (reply)
        reply_unlink(reply);
    sender_settle(core, sender, receiver, reply, &how);
    receiver->state = THREAD_RUNNING;
    sched_unblock(core, receiver);
}

void endpoint_receive(struct core *core, struct tcb *receiver, struct slot *endpoint_slot,
                      struct slot *reply_slot, bool blocking) {
    struct endpoint *endpoint = cap_pointer(endpoint_slot->cap);
    struct reply *reply = reply_slot ? cap_pointer(reply_slot->cap) : NULL;
    if (UNLIKELY(reply && reply->tcb && reply->tcb != receiver))
        thread_cancel_ipc(core, reply->tcb); // whoever still held it has lost it
    struct notification *bound = receiver->bound_notification;
    if (bound && bound->state == NOTIFICATION_ACTIVE) {
        notification_take(core, receiver, bound);
        return;
    }
    if (bound && blocking)
        notification_return_context(core, bound, receiver);
    if (endpoint_state(endpoint) != ENDPOINT_SENDING) {
        if (!blocking) {
            receiver->arch.context.x[ARCH_REG_BADGE] = 0;
            return;
        }
        receiver->state = THREAD_BLOCKED_ON_RECEIVE;
        receiver->blocking_object = endpoint;
        receiver->reply = reply;
        if (reply)
            reply->tcb = receiver;
        endpoint_enqueue(endpoint, receiver, ENDPOINT_RECEIVING);
        return;
    }
    struct tcb *sender = endpoint_dequeue(endpoint);
    struct ipc_send how = {.is_call = sender->blocking_is_call,
                           .can_grant = sender->blocking_can_grant,
                           .can_grant_reply = sender->blocking_can_grant_reply};
    message_transfer(core, sender, receiver, endpoint, sender->blocking_badge, how.can_grant);
    if (sender->sc && sender->sc->configured && sender->sc->sporadic && sender->sc != core->current_sc)
        refill_unblock(sender->sc, core->now);
    bool waits = how.is_call || sender->fault.label != SEL4_FAULT_NULL;
    how.can_donate = waits && sender->sc && sender->fault.label != SEL4_FAULT_TIMEOUT;
    sender_settle(core, sender, receiver, reply, &how);
    if (!waits) {
        sender->state = THREAD_RUNNING;
        sched_make_ready(core, sender);
    }
}

bool endpoint_finalise(struct core *core, struct endpoint *endpoint) {
    for (unsigned i = 0; endpoint->head && i < FINALISE_THREADS; i++) {
        struct tcb *tcb = endpoint_dequeue(endpoint);
        if (tcb->reply)
            reply_unlink(tcb->reply);
        thread_retry(core, tcb);
    }
    return !endpoint->head;
}

// The call that goes on after a preemption begins with the first in the queue again, which are those of other
// badges; and those woken that have sent again.
enum status endpoint_cancel_badged(struct core *core, struct endpoint *endpoint, word_t badge) {
    if (endpoint_state(endpoint) != ENDPOINT_SENDING)
        return STATUS_OK;
    struct tcb *next;
    unsigned work = 0;
    for (struct tcb *tcb = endpoint_queue(endpoint).head; tcb; tcb = next) { // bound: the threads that wait
        next = tcb->ipc_next;
        work++;
        if (tcb->blocking_badge == badge) {
            endpoint_remove(tcb);
            thread_retry(core, tcb);
            work += CANCEL_WORK / FINALISE_THREADS;
        }
        if (work >= CANCEL_WORK && next) {
            if (arch_irq_pending())
                return STATUS_PREEMPTED;
            work = 0;
        }
    }
    return STATUS_OK;
}
