// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Thread states.
//
//                 thread_restart                       endpoint_send, thread_fault
//   INACTIVE ----------------------> RESTART --run--> RUNNING -------------------> BLOCKED_ON_SEND
//      ^  ^                             ^               | | |  endpoint_receive
//      |  |  thread_suspend,            |               | | +--------------------> BLOCKED_ON_RECEIVE
//      |  +-- thread_cancel_ipc         |               | |  notification_receive
//      |      (from every state)        |               | +----------------------> BLOCKED_ON_NOTIFICATION
//      |                                |               |  reply_push
//      |                                |               +------------------------> BLOCKED_ON_REPLY
//      |                                |                  thread_wait_virq
//      |                                |               +------------------------> BLOCKED_ON_VIRQ
//      +--- reply_send (fault, no restart)
//   Back to RUNNING: endpoint_send/receive (partner came), wake (signal), reply_send, thread_wake_virq.
//   Back to RESTART: thread_retry (its object was deleted), reply_send (fault answered).
//
// Invariant: fault.label is not SEL4_FAULT_NULL exactly while the thread waits with a fault (on send or
// reply).
#include <arch/core.h>
#include <arch/machine.h>
#include <kernel/objects.h>

void thread_cancel_ipc(struct core *core, struct tcb *tcb) {
    (void)core;
    switch ((enum thread_state)tcb->state) {
    case THREAD_BLOCKED_ON_SEND:
        endpoint_remove(tcb);
        break;
    case THREAD_BLOCKED_ON_RECEIVE:
        endpoint_remove(tcb);
        if (tcb->reply)
            reply_unlink(tcb->reply);
        break;
    case THREAD_BLOCKED_ON_REPLY:
        reply_remove_caller(tcb);
        break;
    case THREAD_BLOCKED_ON_NOTIFICATION:
        notification_remove(tcb);
        break;
    case THREAD_BLOCKED_ON_VIRQ:
        arch_tcb_cancel_wait(tcb);
        break;
    case THREAD_INACTIVE:
    case THREAD_RUNNING:
    case THREAD_RESTART:
        return;
    }
    thread_stop(tcb);
}

void thread_suspend(struct core *core, struct tcb *tcb) {
    thread_cancel_ipc(core, tcb);
    sched_context_cancel_yield(tcb);
    if (tcb->state == THREAD_RUNNING)
        tcb->arch.context.fault_pc = tcb->arch.context.pc; // resumed, it goes on where it was
    tcb->state = THREAD_INACTIVE;
    sched_remove(core, tcb);
}

void thread_restart(struct core *core, struct tcb *tcb) {
    if (thread_is_runnable(tcb))
        return;
    thread_cancel_ipc(core, tcb);
    tcb->state = THREAD_RESTART;
    sched_unblock(core, tcb);
}

void thread_retry(struct core *core, struct tcb *tcb) {
    if (tcb->fault.label != SEL4_FAULT_NULL) {
        thread_stop(tcb);
        return;
    }
    tcb->state = THREAD_RESTART;
    sched_unblock(core, tcb);
}

void thread_set_priority(struct core *core, struct tcb *tcb, unsigned priority) {
    bool queued = tcb->in_ready_queue;
    if (queued)
        sched_remove(core, tcb);
    else if (tcb == core->candidate)
        sched_choose(core); // queued by its old priority, and moved below
    if (!queued && tcb->in_ready_queue) {
        sched_remove(core, tcb);
        queued = true;
    }
    tcb->priority = (uint8_t)priority;
    if (queued)
        sched_insert_head(core, tcb);
    else if (tcb == core->current)
        sched_choose(core);
    else if (tcb->state == THREAD_BLOCKED_ON_SEND || tcb->state == THREAD_BLOCKED_ON_RECEIVE)
        endpoint_requeue(tcb);
    else if (tcb->state == THREAD_BLOCKED_ON_NOTIFICATION)
        notification_requeue(tcb);
}

bool fault_send(struct core *core, struct tcb *tcb, struct cap handler, bool can_donate) {
    unsigned rights = cap_rights(handler);
    if (cap_type(handler) != SEL4_CAP_ENDPOINT || !(rights & SEL4_RIGHT_WRITE) ||
        !(rights & (SEL4_RIGHT_GRANT | SEL4_RIGHT_GRANT_REPLY)))
        return false;
    sched_remove(core, tcb);
    endpoint_send(core, tcb, cap_pointer(handler),
                  (struct ipc_send){.blocking = true,
                                    .can_grant = rights & SEL4_RIGHT_GRANT,
                                    .can_grant_reply = rights & SEL4_RIGHT_GRANT_REPLY,
                                    .can_donate = can_donate,
                                    .badge = cap_badge(handler)});
    return true;
}

bool fault_send_timeout(struct core *core, struct tcb *tcb) {
    struct cap handler = tcb->slots[TCB_SLOT_TIMEOUT].cap;
    if (cap_type(handler) != SEL4_CAP_ENDPOINT)
        return false;
    if (tcb->state == THREAD_RUNNING)
        tcb->arch.context.fault_pc = tcb->arch.context.pc; // it goes on where the slice ended
    tcb->fault = (struct fault){.label = SEL4_FAULT_TIMEOUT, .length = 2, .mr = {tcb->sc->badge}};
    if (fault_send(core, tcb, handler, false))
        return true;
    tcb->fault.label = SEL4_FAULT_NULL;
    return false;
}

void thread_fault(struct core *core, struct tcb *tcb, const struct fault *fault) {
    CHECK(thread_is_runnable(tcb));
    fault_copy(&tcb->fault, fault);
    if (fault_send(core, tcb, tcb->slots[TCB_SLOT_FAULT].cap, tcb->sc != NULL))
        return;
    thread_stop(tcb);
    sched_remove(core, tcb);
}

void thread_wait_virq(struct core *core, struct tcb *tcb) {
    sched_remove(core, tcb);
    tcb->state = THREAD_BLOCKED_ON_VIRQ;
}

void thread_wake_virq(struct tcb *tcb) {
    if (tcb->state != THREAD_BLOCKED_ON_VIRQ)
        return;
    tcb->state = THREAD_RUNNING;
    sched_unblock(arch_core(), tcb);
}
