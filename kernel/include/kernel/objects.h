// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Operations of the neutral objects and of threads, as the files of core/ and object/ call each other.
#ifndef KERNEL_OBJECTS_H
#define KERNEL_OBJECTS_H

#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/kernel.h>

#define MIN_BUDGET_US 20u
// The largest period, in microseconds (seL4 API: SchedControl_ConfigureFlags).
#define MAX_PERIOD_US 36893488147419ull

// --- threads (core/thread.c)

static ALWAYS_INLINE bool thread_is_runnable(const struct tcb *tcb) {
    return tcb->state == THREAD_RUNNING || tcb->state == THREAD_RESTART;
}
// The thread, which is in no queue, is inactive, and its fault is forgotten.
static ALWAYS_INLINE void thread_stop(struct tcb *tcb) {
    tcb->fault.label = SEL4_FAULT_NULL;
    tcb->state = THREAD_INACTIVE;
}
// Ends whatever the thread waits for; it is inactive then.
void thread_cancel_ipc(struct core *core, struct tcb *tcb);
void thread_suspend(struct core *core, struct tcb *tcb);
// Restarts an inactive or blocked thread: its system call or faulting instruction runs again.
void thread_restart(struct core *core, struct tcb *tcb);
// A blocked thread that waited on a deleted object runs its system call again; a faulting one becomes
// inactive.
void thread_retry(struct core *core, struct tcb *tcb);
void thread_set_priority(struct core *core, struct tcb *tcb, unsigned priority);
// Sends tcb->fault to the endpoint in `handler`. False: there is none, and the thread's state is as before.
bool fault_send(struct core *core, struct tcb *tcb, struct cap handler, bool can_donate);
// Sends a timeout fault, if the thread has a handler for it.
bool fault_send_timeout(struct core *core, struct tcb *tcb);

// --- scheduling (core/sched.c)

// May it run now, as far as its state and scheduling context go (it is not waiting for a refill)?
static ALWAYS_INLINE bool sched_is_schedulable(const struct tcb *tcb) {
    return thread_is_runnable(tcb) && tcb->sc && tcb->sc->configured && !tcb->in_release_queue;
}
// The most urgent queued priority, or -1.
static ALWAYS_INLINE int sched_ready_highest(const struct core *core) {
    if (!core->ready_summary)
        return -1;
    int word = 63 - __builtin_clzll(core->ready_summary);
    return word * 64 + 63 - __builtin_clzll(core->ready_bitmap[word]);
}
static ALWAYS_INLINE void sched_update_time(struct core *core) {
    ticks_t before = core->now;
    core->now = arch_timer_now();
    if (LIKELY(core->current_sc != NULL))
        core->consumed += core->now - before;
}
// Charges the current thread if too little of its budget is left. False: it may not go on now.
bool sched_check_budget(struct core *core);
// Charges `used` to the current context and ends its slice.
void sched_charge(struct core *core, ticks_t used, bool can_timeout);
// Accounts what the current context has used so far.
void sched_commit_time(struct core *core);
// The thread became runnable or got a context: it runs, waits in a ready queue, or waits for its refill.
void sched_make_ready(struct core *core, struct tcb *tcb);
// The same when it just unblocked: a sporadic context's ready head moves to now.
void sched_unblock(struct core *core, struct tcb *tcb);
// Out of every queue (ready, release, candidate).
void sched_remove(struct core *core, struct tcb *tcb);
void sched_append(struct core *core, struct tcb *tcb);
void sched_insert_head(struct core *core, struct tcb *tcb); // into the ready queue; it is in none
void sched_choose(struct core *core);                       // schedule() must look at the queues
void sched_postpone(struct core *core, struct tcb *tcb);    // into the release queue
void sched_give_up(struct core *core);                      // the current thread gives up its slice
struct tcb *sched_schedule(struct core *core);              // who runs now; never NULL
// Whether that is the current thread, whose state is unchanged, and nothing else is to be done.
static ALWAYS_INLINE bool sched_is_settled(const struct core *core) {
    return !core->candidate && !core->choose && !core->reprogram && core->now <= core->fast_until &&
           core->current->state == THREAD_RUNNING;
}

// --- refills (core/refill.c)

static ALWAYS_INLINE struct refill *refill_head(struct sched_context *sc) {
    return &sc->refills[sc->refill_head];
}
static ALWAYS_INLINE bool sc_is_round_robin(const struct sched_context *sc) {
    return sc->period == sc->budget;
}
extern ticks_t refill_minimum; // MIN_BUDGET_US in ticks
void refill_init(void);        // sets it
// The head's time has come.
static ALWAYS_INLINE bool refill_is_ready(struct sched_context *sc, ticks_t now) {
    return refill_head(sc)->time <= now;
}
// Enough is left of the head after `used`.
static ALWAYS_INLINE bool refill_is_sufficient(struct sched_context *sc, ticks_t used) {
    ticks_t amount = refill_head(sc)->amount;
    return amount >= used && amount - used >= refill_minimum;
}
void refill_new(struct sched_context *sc, unsigned max, ticks_t budget, ticks_t period, ticks_t now);
void refill_update(struct sched_context *sc, unsigned max, ticks_t budget, ticks_t period, ticks_t now);
void refill_charge(struct sched_context *sc, ticks_t used); // not round robin
void refill_reset_round_robin(struct sched_context *sc);    // a new slice
void refill_unblock(struct sched_context *sc, ticks_t now); // moves a ready head to now and merges

// --- queues

// Blocked threads, by priority and in order of arrival (ipc_prev, ipc_next). Bound: the threads that wait.
void ipc_queue_insert(struct thread_queue *queue, struct tcb *tcb);
void ipc_queue_remove(struct thread_queue *queue, struct tcb *tcb);

// --- endpoints (object/endpoint.c)

static ALWAYS_INLINE enum endpoint_state endpoint_state(const struct endpoint *endpoint) {
    return endpoint->head & 3;
}

struct ipc_send {
    bool blocking, is_call, can_grant, can_grant_reply, can_donate;
    word_t badge;
};
void endpoint_send(struct core *core, struct tcb *sender, struct endpoint *endpoint, struct ipc_send how);
void endpoint_receive(struct core *core, struct tcb *receiver, struct slot *endpoint_slot,
                      struct slot *reply_slot, bool blocking);
// Its last capability goes: some of the threads that wait run their system call again. False: more of them
// wait.
#define FINALISE_THREADS 8
bool endpoint_finalise(struct core *core, struct endpoint *endpoint) MUST_CHECK;
// Those who send with this badge run their calls again. STATUS_PREEMPTED: call again.
enum status endpoint_cancel_badged(struct core *core, struct endpoint *endpoint, word_t badge) MUST_CHECK;
void endpoint_remove(struct tcb *tcb);  // takes a blocked thread out of its endpoint's queue
void endpoint_requeue(struct tcb *tcb); // after its priority changed

// --- messages (core/message.c)

// Copies sender's message to receiver. `endpoint`: the one used (NULL in a reply), for unwrapping. Fault
// messages too.
void message_transfer(struct core *core, struct tcb *sender, struct tcb *receiver,
                      const struct endpoint *endpoint, word_t badge, bool can_grant);
// The slots of the extra capabilities that a message names, NULL-terminated; how many. Negative: one's
// address, in *cptr, resolves to nothing; the cause is in *failure.
int message_extra_caps(const struct tcb *tcb, word_t info, struct slot **slots, cptr_t *cptr,
                       struct lookup_failure *failure) MUST_CHECK;

// --- notifications (object/notification.c)

void notification_signal(struct core *core, struct notification *notification, word_t badge);
void notification_receive(struct core *core, struct tcb *tcb, struct notification *notification,
                          bool blocking);
void notification_take(struct core *core, struct tcb *tcb,
                       struct notification *notification); // active: its badge to tcb
void notification_remove(struct tcb *tcb);
void notification_requeue(struct tcb *tcb);
void notification_unbind(struct notification *notification);
bool notification_finalise(struct core *core,
                           struct notification *notification) MUST_CHECK; // as endpoint_finalise
// The thread that borrowed the notification's context blocks again: the context goes home.
void notification_return_context(struct core *core, struct notification *notification, struct tcb *tcb);

// --- reply objects (object/reply.c)

void reply_push(struct core *core, struct tcb *caller, struct tcb *callee, struct reply *reply,
                bool can_donate);
// Unlinks the caller and gives it its context back.
void reply_remove(struct core *core, struct reply *reply);
// Unlinks a caller that no longer waits; the context stays where it is.
void reply_remove_caller(struct tcb *caller);
void reply_unlink(struct reply *reply); // from its receiver or caller
void reply_send(struct core *core, struct tcb *sender, struct reply *reply, bool can_grant);
void reply_finalise(struct core *core, struct reply *reply);

// --- scheduling contexts (object/sched_context.c)

void sched_context_donate(struct core *core, struct sched_context *sc, struct tcb *to);
void sched_context_bind(struct core *core, struct sched_context *sc, struct tcb *tcb);
void sched_context_unbind_tcb(struct core *core, struct sched_context *sc);
void sched_context_finalise(struct core *core, struct sched_context *sc);
void sched_context_finish_yield(struct core *core, struct tcb *caller); // the YieldTo of `caller` is answered
void sched_context_cancel_yield(struct tcb *caller);
// A blocked thread may only get a context that could run it now.
bool sched_context_may_bind(struct core *core, struct sched_context *sc, const struct tcb *tcb);
// Microseconds used since last asked; cleared.
word_t sched_context_take_consumed(struct core *core, struct sched_context *sc);

// --- TCBs, interrupts

void tcb_finalise(struct core *core, struct tcb *tcb); // all but its slots
// The kernel's view of the thread's IPC buffer, or NULL. The frame may be revoked at any time: the TCB's slot
// tells.
static ALWAYS_INLINE struct sel4_ipc_buffer *tcb_buffer(const struct tcb *tcb) {
    return cap_type(tcb->slots[TCB_SLOT_BUFFER].cap) == SEL4_CAP_NULL ? NULL : tcb->ipc_buffer;
}
void irq_handle(struct core *core, unsigned irq); // signals its handler's notification
bool irq_has_notification(unsigned irq);
bool irq_is_issued(unsigned irq); // it has a handler
bool irq_release(unsigned irq)
    MUST_CHECK; // its last handler goes; false: call again, as in endpoint_finalise

// --- invocations

// The reply of a successful or failed invocation to its caller (core/invoke.c).
void invocation_reply(struct invocation *inv, enum status status);
enum status invocation_decode(struct invocation *inv) MUST_CHECK;

#endif
