// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's entries: system call, fault, interrupt. Each accounts the time, does its work and returns who
// runs next.
#include <arch/machine.h>
#include <arch/switch.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>
#include <kernel/syscall.h>

static void cap_fault(struct core *core, cptr_t cptr, bool receiving, const struct lookup_failure *failure) {
    struct tcb *tcb = core->current;
    struct fault fault = {SEL4_FAULT_CAP,
                          4u + lookup_failure_words(failure),
                          {tcb->arch.context.fault_pc, cptr, receiving, failure->type, failure->words[0],
                           failure->words[1], failure->words[2]}};
    thread_fault(core, tcb, &fault);
}

// How the capability of a system call is invoked.
enum send_phase { SEND_CALL = 1, SEND_BLOCKING = 2, SEND_DONATES = 4, SEND_FIRST_PHASE = 8 };

// Invokes the capability at cptr. False: a preempted or faulted caller; a second phase does not follow.
static bool invoke(struct core *core, cptr_t cptr, unsigned how) {
    struct tcb *caller = core->current;
    word_t info = caller->arch.context.x[ARCH_REG_INFO];
    struct lookup_failure failure;
    struct invocation inv;
    struct slot *slot = lookup_slot(caller, cptr, &failure);
    int caps = slot ? message_extra_caps(caller, info, inv.extra, &cptr, &failure) : -1;
    if (UNLIKELY(caps < 0)) {
        if (how & SEND_BLOCKING)
            cap_fault(core, cptr, false, &failure);
        return !(how & SEND_BLOCKING);
    }
    inv.extra_count = (unsigned)caps;
    inv.slot = slot;
    inv.cap = slot->cap;
    if (LIKELY(cap_type(inv.cap) == SEL4_CAP_ENDPOINT) && LIKELY(cap_rights(inv.cap) & SEL4_RIGHT_WRITE)) {
        unsigned rights = cap_rights(inv.cap);
        endpoint_send(core, caller, cap_pointer(inv.cap),
                      (struct ipc_send){.blocking = how & SEND_BLOCKING,
                                        .is_call = how & SEND_CALL,
                                        .can_grant = rights & SEL4_RIGHT_GRANT,
                                        .can_grant_reply = rights & SEL4_RIGHT_GRANT_REPLY,
                                        .can_donate = how & SEND_DONATES,
                                        .badge = cap_badge(inv.cap)});
        return true;
    }
    inv.core = core;
    inv.caller = caller;
    inv.label = sel4_info_label(info);
    inv.length = sel4_info_length(info) < SEL4_MSG_MAX_LENGTH ? sel4_info_length(info) : SEL4_MSG_MAX_LENGTH;
    if (inv.length > SEL4_FAST_MESSAGE_REGS && !tcb_buffer(caller))
        inv.length = SEL4_FAST_MESSAGE_REGS;
    inv.is_call = how & SEND_CALL;
    inv.first_phase = how & SEND_FIRST_PHASE;
    inv.reply_length = 0;
    inv.reply_written = false;
    caller->state = THREAD_RESTART; // what a preempted or suspended caller does: the call again
    enum status status = invocation_decode(&inv);
    if (UNLIKELY(status == STATUS_PREEMPTED))
        return false;
    if (LIKELY(caller->state == THREAD_RESTART)) { // else it stopped itself
        if (inv.is_call && status != STATUS_DONE_NO_REPLY)
            invocation_reply(&inv, status);
        caller->state = THREAD_RUNNING;
    }
    return true;
}

// The receive phase on the capability at x0; `needs_reply`: an endpoint wants a reply object at x6.
static void receive(struct core *core, bool blocking, bool needs_reply) {
    struct tcb *tcb = core->current;
    cptr_t cptr = tcb->arch.context.x[ARCH_REG_CAP];
    struct lookup_failure failure = {SEL4_LOOKUP_MISSING_CAPABILITY, {0}};
    struct slot *slot = lookup_slot(tcb, cptr, &failure), *reply = NULL;
    if (UNLIKELY(!slot)) {
        cap_fault(core, cptr, true, &failure);
        return;
    }
    unsigned type = cap_type(slot->cap);
    if (type == SEL4_CAP_ENDPOINT && cap_rights(slot->cap) & SEL4_RIGHT_READ) {
        if (needs_reply) {
            cptr_t reply_cptr = tcb->arch.context.x[ARCH_REG_REPLY];
            reply = lookup_slot(tcb, reply_cptr, &failure);
            if (UNLIKELY(!reply || cap_type(reply->cap) != SEL4_CAP_REPLY)) {
                if (reply)
                    failure = (struct lookup_failure){SEL4_LOOKUP_MISSING_CAPABILITY, {0}};
                cap_fault(core, reply_cptr, true, &failure);
                return;
            }
        }
        endpoint_receive(core, tcb, slot, reply, blocking);
        return;
    }
    struct notification *notification = cap_pointer(slot->cap);
    if (UNLIKELY(type != SEL4_CAP_NOTIFICATION || !(cap_rights(slot->cap) & SEL4_RIGHT_READ) ||
                 (notification->bound_tcb && notification->bound_tcb != tcb))) {
        failure = (struct lookup_failure){SEL4_LOOKUP_MISSING_CAPABILITY, {0}};
        cap_fault(core, cptr, true, &failure);
        return;
    }
    notification_receive(core, tcb, notification, blocking);
}

// The combined calls: a send that never blocks, then a receive, if the thread still can.
static void send_then_receive(struct core *core, cptr_t dest, bool needs_reply) {
    struct tcb *tcb = core->current;
    if (invoke(core, dest, SEND_DONATES | SEND_FIRST_PHASE) && tcb->state == THREAD_RUNNING)
        receive(core, true, needs_reply);
}

#ifdef CONFIG_DEBUG
// Debug calls: no budget check, no switch. False: not one of them. Out of line, as bench/kernel/stretch.c
// leaves it out by its name.
static NOINLINE bool debug_syscall(struct core *core, word_t number) {
    struct tcb *tcb = core->current;
    word_t *x = tcb->arch.context.x;
    struct lookup_failure failure;
    struct slot *slot;
    switch ((int64_t)number) {
    case SYS_DebugPutChar:
        arch_console_put((char)x[ARCH_REG_CAP]);
        return true;
    case SYS_DebugSnapshot:
        kernel_check_invariants(core, tcb->slots, TCB_SLOT_COUNT, true);
        return true;
    case SYS_DebugDumpScheduler:
        for (unsigned priority = 0; priority < PRIORITIES; priority++)
            for (struct tcb *t = core->ready[priority].head; t; t = t->ready_next) // bound: all threads
                kernel_print("%u %s%s\n", priority, t->name, t == tcb ? " (current)" : "");
        return true;
    case SYS_DebugHalt:
        kernel_print("halted by %s\n", tcb->name);
        arch_halt();
    case SYS_DebugCapIdentify:
        slot = lookup_slot(tcb, x[ARCH_REG_CAP], &failure);
        x[ARCH_REG_CAP] = slot ? cap_type(slot->cap) : SEL4_CAP_NULL;
        return true;
    case SYS_DebugNameThread: {
        slot = lookup_slot(tcb, x[ARCH_REG_CAP], &failure);
        if (!slot || cap_type(slot->cap) != SEL4_CAP_TCB || !tcb_buffer(tcb)) {
            kernel_print("DebugNameThread: not a TCB, or no IPC buffer\n");
            arch_halt();
        }
        struct tcb *named = cap_pointer(slot->cap);
        const char *name = (const char *)tcb_buffer(tcb)->msg;
        for (unsigned i = 0; i < sizeof(named->name) - 1 && (i == 0 || named->name[i - 1]); i++)
            named->name[i] = name[i];
        return true;
    }
    default:
        return false;
    }
}
#else
static bool debug_syscall(struct core *core, word_t number) {
    (void)core, (void)number;
    return false;
}
#endif

// The current thread has too little budget for what it trapped for: it will try again.
static ALWAYS_INLINE bool out_of_budget(struct core *core) {
    struct tcb *tcb = core->current;
    sched_update_time(core);
    if (LIKELY(core->now <= core->fast_until))
        return false;
    tcb->state = THREAD_RESTART; // so that a timeout fault leaves fault_pc at what it trapped for
    if (UNLIKELY(!sched_check_budget(core)))
        return true;
    tcb->state = THREAD_RUNNING;
    return false;
}

struct tcb *entry_syscall(struct core *core, word_t number) {
    fault_pair_forget(core);
    struct tcb *tcb = core->current;
    const word_t *x = tcb->arch.context.x;
    if ((int64_t)number <= SYS_DebugPutChar && debug_syscall(core, number))
        return tcb;
    if (UNLIKELY(out_of_budget(core)))
        return sched_schedule(core);
    if (LIKELY(number == (word_t)SYS_Call)) {
        invoke(core, x[ARCH_REG_CAP], SEND_CALL | SEND_BLOCKING | SEND_DONATES);
        if (LIKELY(sched_is_settled(core))) {
            arch_before_exit(core, tcb);
            return tcb;
        }
        return sched_schedule(core);
    }
    switch ((int64_t)number) {
    case SYS_ReplyRecv:
        send_then_receive(core, x[ARCH_REG_REPLY], true);
        break;
    case SYS_NBSendRecv:
        send_then_receive(core, x[ARCH_REG_SEND_DEST], true);
        break;
    case SYS_NBSendWait:
        send_then_receive(core, x[ARCH_REG_REPLY], false);
        break;
    case SYS_Send:
        invoke(core, x[ARCH_REG_CAP], SEND_BLOCKING);
        break;
    case SYS_NBSend:
        invoke(core, x[ARCH_REG_CAP], 0);
        break;
    case SYS_Recv:
        receive(core, true, true);
        break;
    case SYS_NBRecv:
        receive(core, false, true);
        break;
    case SYS_Wait:
        receive(core, true, false);
        break;
    case SYS_NBWait:
        receive(core, false, false);
        break;
    case SYS_Yield:
        sched_give_up(core);
        break;
    default: {
        struct fault fault = {SEL4_FAULT_UNKNOWN_SYSCALL, 1, {number}};
        thread_fault(core, tcb, &fault);
    }
    }
    return sched_schedule(core);
}

struct tcb *entry_fault(struct core *core, const struct fault *fault) {
    struct tcb *next = fastpath_fault(core, fault);
    if (LIKELY(next))
        return next;
    if (LIKELY(!out_of_budget(core))) {
        core->current->arch.context.fault_pc += fault->advance;
        thread_fault(core, core->current, fault);
    }
    return sched_schedule(core);
}

struct tcb *entry_irq(struct core *core) {
    sched_update_time(core);
    if (UNLIKELY(core->now > core->fast_until))
        (void)sched_check_budget(core);
    unsigned irq = arch_irq_take();
    if (irq != IRQ_NONE)
        irq_handle(core, irq);
    return sched_schedule(core);
}
