// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Reply objects: who waits for a reply, and the stack of calls that a scheduling context has made.
//
//   free --receive--> with receiver --call or fault--> with caller --reply--> free
//
// Invariants: 1. reply->tcb and tcb->reply name each other. 2. The replies of one context form a stack:
// sc->reply is the newest; prev goes to older ones, next to newer ones; only the newest has `sc`. 3. A reply
// is in a stack only while it holds a caller.
#include <arch/object.h>
#include <kernel/objects.h>

void reply_unlink(struct reply *reply) {
    reply->tcb->reply = NULL;
    reply->tcb = NULL;
}

void reply_push(struct core *core, struct tcb *caller, struct tcb *callee, struct reply *reply,
                bool can_donate) {
    struct sched_context *sc = caller->sc;
    if (callee->reply == reply)
        reply_unlink(reply);
    reply->tcb = caller;
    caller->reply = reply;
    caller->state = THREAD_BLOCKED_ON_REPLY;
    if (can_donate && sc && !callee->sc) {
        struct reply *older = sc->reply;
        reply->prev = older;
        reply->next = NULL;
        reply->sc = sc;
        if (older) {
            older->next = reply;
            older->sc = NULL;
        }
        sc->reply = reply;
        sched_context_donate(core, sc, callee);
    }
}

// Takes a reply out of its stack. The newest: the next older one becomes it. One in the middle: the stack
// ends there.
static void stack_remove(struct reply *reply) {
    if (reply->sc) {
        reply->sc->reply = reply->prev;
        if (reply->prev) {
            reply->prev->sc = reply->sc;
            reply->prev->next = NULL;
        }
    } else {
        if (reply->next)
            reply->next->prev = NULL;
        if (reply->prev)
            reply->prev->next = NULL;
    }
    reply->prev = reply->next = NULL;
    reply->sc = NULL;
}

void reply_remove(struct core *core, struct reply *reply) {
    struct tcb *caller = reply->tcb;
    struct sched_context *sc = reply->sc;
    stack_remove(reply);
    reply_unlink(reply);
    if (sc && !caller->sc)
        sched_context_donate(core, sc, caller);
}

void reply_remove_caller(struct tcb *caller) {
    struct reply *reply = caller->reply;
    if (reply->sc) { // the context stays with the callee, and older calls no longer get it back
        reply->sc->reply = NULL;
        reply->sc = NULL;
    }
    stack_remove(reply);
    reply_unlink(reply);
}

// The caller goes on: its context may have run out meanwhile. `fault` is what it was stopped by: a reply to a
// timeout fault raises no other, the thread waits for its budget.
static void caller_resume(struct core *core, struct tcb *caller, word_t fault) {
    struct sched_context *sc = caller->sc;
    if (!sc || !sc->configured || !thread_is_runnable(caller))
        return;
    ticks_t used = sc == core->current_sc ? core->consumed : 0;
    if (LIKELY(refill_is_ready(sc, core->now) && refill_is_sufficient(sc, used))) {
        if (UNLIKELY(sc->slice_over) && !sc->reply && sched_is_schedulable(caller)) {
            core->reprogram = true;
            sched_choose(core); // it may be more urgent than who replies
            sched_append(core, caller);
        } else {
            sched_make_ready(core, caller);
        }
        return;
    }
    if (used)
        sched_commit_time(core);
    if (fault != SEL4_FAULT_TIMEOUT && !sc_is_round_robin(sc) && fault_send_timeout(core, caller))
        return;
    sched_postpone(core, caller);
}

void reply_send(struct core *core, struct tcb *sender, struct reply *reply, bool can_grant) {
    struct tcb *caller = reply->tcb;
    if (!caller || caller->state != THREAD_BLOCKED_ON_REPLY)
        return; // stale
    word_t fault = caller->fault.label;
    reply_remove(core, reply);
    if (caller->sc && caller->sc->configured && caller->sc->sporadic && caller->sc != core->current_sc)
        refill_unblock(caller->sc, core->now);
    if (LIKELY(caller->fault.label == SEL4_FAULT_NULL)) {
        message_transfer(core, sender, caller, NULL, 0, can_grant);
        caller->state = THREAD_RUNNING;
    } else {
        word_t info = sender->arch.context.x[ARCH_REG_INFO];
        word_t length =
            sel4_info_length(info) < SEL4_MSG_MAX_LENGTH ? sel4_info_length(info) : SEL4_MSG_MAX_LENGTH;
        bool restart = arch_fault_reply(caller, sender, sel4_info_label(info), length);
        caller->fault.label = SEL4_FAULT_NULL;
        caller->state = restart ? THREAD_RESTART : THREAD_INACTIVE;
    }
    caller_resume(core, caller, fault);
}

void reply_finalise(struct core *core, struct reply *reply) {
    struct tcb *tcb = reply->tcb;
    if (!tcb)
        return;
    if (tcb->state == THREAD_BLOCKED_ON_REPLY) {
        reply_remove(core, reply);
        thread_stop(tcb);
    } else {
        thread_cancel_ipc(core, tcb);
    }
}
