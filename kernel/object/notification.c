// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Notifications: a word of bits that collects signals.
//
//   IDLE --signal--> ACTIVE --wait--> IDLE --wait--> WAITING --signal--> IDLE or WAITING
//        (a bound thread in Recv takes the signal at once)
//
// Invariants: 1. WAITING exactly when the queue is not empty; the badge counts only when ACTIVE. 2. bound_tcb
// and the thread's bound_notification name each other.
#include <kernel/objects.h>

// Lends the notification's own context to a thread, which has none.
static void lend_context(struct core *core, struct notification *notification, struct tcb *tcb) {
    struct sched_context *sc = notification->sc;
    if (sc && !sc->tcb) {
        sched_context_donate(core, sc, tcb);
        if (sc->configured && sc->sporadic)
            refill_unblock(sc, core->now);
    }
}

void notification_return_context(struct core *core, struct notification *notification, struct tcb *tcb) {
    struct sched_context *sc = notification->sc;
    if (sc && tcb->sc == sc) {
        tcb->sc = NULL;
        sc->tcb = NULL;
        sched_remove(core, tcb);
    }
}

// Wakes a blocked thread with the signal.
static void wake(struct core *core, struct notification *notification, struct tcb *tcb, word_t badge) {
    tcb->state = THREAD_RUNNING;
    tcb->arch.context.x[ARCH_REG_BADGE] = badge;
    if (!tcb->sc)
        lend_context(core, notification, tcb);
    sched_unblock(core, tcb);
}

void notification_signal(struct core *core, struct notification *notification, word_t badge) {
    struct tcb *bound = notification->bound_tcb;
    switch ((enum notification_state)notification->state) {
    case NOTIFICATION_IDLE:
        if (bound && bound->state == THREAD_BLOCKED_ON_RECEIVE) {
            thread_cancel_ipc(core, bound);
            wake(core, notification, bound, badge);
            return;
        }
        notification->state = NOTIFICATION_ACTIVE;
        notification->badge = badge;
        return;
    case NOTIFICATION_WAITING: {
        struct tcb *tcb = notification->queue.head, *next = tcb->ipc_next;
        notification->queue.head = next;
        tcb->ipc_next = NULL;
        if (next) {
            next->ipc_prev = NULL;
        } else {
            notification->queue.tail = NULL;
            notification->state = NOTIFICATION_IDLE;
        }
        wake(core, notification, tcb, badge);
        return;
    }
    case NOTIFICATION_ACTIVE:
        notification->badge |= badge;
        return;
    }
}

void notification_take(struct core *core, struct tcb *tcb, struct notification *notification) {
    tcb->arch.context.x[ARCH_REG_BADGE] = notification->badge;
    notification->state = NOTIFICATION_IDLE;
    notification->badge = 0;
    if (!tcb->sc) {
        lend_context(core, notification, tcb);
        sched_make_ready(core, tcb); // or its refill is still to come
    }
}

void notification_receive(struct core *core, struct tcb *tcb, struct notification *notification,
                          bool blocking) {
    if (notification->state == NOTIFICATION_ACTIVE) {
        notification_take(core, tcb, notification);
    } else if (!blocking) {
        tcb->arch.context.x[ARCH_REG_BADGE] = 0;
    } else {
        tcb->state = THREAD_BLOCKED_ON_NOTIFICATION;
        tcb->blocking_object = notification;
        notification_return_context(core, notification, tcb);
        ipc_queue_insert(&notification->queue, tcb);
        notification->state = NOTIFICATION_WAITING;
    }
}

void notification_remove(struct tcb *tcb) {
    struct notification *notification = tcb->blocking_object;
    ipc_queue_remove(&notification->queue, tcb);
    if (!notification->queue.head)
        notification->state = NOTIFICATION_IDLE;
}

void notification_requeue(struct tcb *tcb) {
    struct notification *notification = tcb->blocking_object;
    ipc_queue_remove(&notification->queue, tcb);
    ipc_queue_insert(&notification->queue, tcb);
}

void notification_unbind(struct notification *notification) {
    if (notification->bound_tcb)
        notification->bound_tcb->bound_notification = NULL;
    notification->bound_tcb = NULL;
}

bool notification_finalise(struct core *core, struct notification *notification) {
    if (notification->sc) {
        notification->sc->notification = NULL;
        notification->sc = NULL;
    }
    notification_unbind(notification);
    for (unsigned i = 0; notification->queue.head && i < FINALISE_THREADS; i++) {
        struct tcb *tcb = notification->queue.head;
        notification_remove(tcb);
        thread_retry(core, tcb);
    }
    return !notification->queue.head;
}
