// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Scheduling contexts and the control capability that configures them (seL4 API: SchedContext, SchedControl).
//
// Invariants: 1. sc->tcb and tcb->sc name each other. 2. yield_from and yield_to too. 3. A context that is
// not configured lets nobody run.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/decode.h>
#include <kernel/objects.h>

void sched_context_donate(struct core *core, struct sched_context *sc, struct tcb *to) {
    struct tcb *from = sc->tcb;
    if (from) {
        sched_remove(core, from);
        from->sc = NULL;
        if (from == core->current)
            sched_choose(core);
    }
    sc->tcb = to;
    to->sc = sc;
}

void sched_context_bind(struct core *core, struct sched_context *sc, struct tcb *tcb) {
    sc->tcb = tcb;
    tcb->sc = sc;
    if (sc->configured && sc->sporadic && sc != core->current_sc)
        refill_unblock(sc, core->now);
    sched_make_ready(core, tcb);
}

void sched_context_unbind_tcb(struct core *core, struct sched_context *sc) {
    struct tcb *tcb = sc->tcb;
    if (!tcb)
        return;
    sched_remove(core, tcb);
    if (tcb == core->current)
        sched_choose(core);
    tcb->sc = NULL;
    sc->tcb = NULL;
}

void sched_context_cancel_yield(struct tcb *caller) {
    if (caller->yield_to) {
        caller->yield_to->yield_from = NULL;
        caller->yield_to = NULL;
    }
}

void sched_context_finish_yield(struct core *core, struct tcb *caller) {
    struct sched_context *sc = caller->yield_to;
    sched_context_cancel_yield(caller);
    if (!caller->blocking_is_call)
        return;
    caller->arch.context.x[ARCH_REG_BADGE] = 0;
    caller->arch.context.x[ARCH_REG_INFO] = sel4_info(0, 0, 0, 1);
    message_set(caller, 0, sched_context_take_consumed(core, sc));
}

word_t sched_context_take_consumed(struct core *core, struct sched_context *sc) {
    if (sc == core->current_sc)
        sched_commit_time(core);
    word_t us = arch_ticks_to_us(sc->consumed);
    sc->consumed = 0;
    return us;
}

void sched_context_finalise(struct core *core, struct sched_context *sc) {
    sched_context_unbind_tcb(core, sc);
    if (sc->notification) {
        sc->notification->sc = NULL;
        sc->notification = NULL;
    }
    if (sc->reply) {
        sc->reply->sc = NULL;
        sc->reply = NULL;
    }
    if (sc->yield_from)
        sched_context_finish_yield(core, sc->yield_from);
    sc->configured = false;
    if (core->current_sc == sc) {
        core->current_sc = NULL;
        core->consumed = 0;
        core->reprogram = true;
    }
}

// A blocked thread may only get a context that could run it now.
bool sched_context_may_bind(struct core *core, struct sched_context *sc, const struct tcb *tcb) {
    bool blocked = tcb->state != THREAD_INACTIVE && !thread_is_runnable(tcb);
    return !blocked || (sc->configured && refill_is_ready(sc, core->now));
}

enum status decode_SchedContext_Bind(struct invocation *inv) {
    struct sched_context *sc = cap_pointer(inv->cap);
    struct cap object = inv_cap(inv, 0);
    if (cap_type(object) == SEL4_CAP_TCB) {
        struct tcb *tcb = cap_pointer(object);
        if (sc->tcb || sc->notification || tcb->sc || !sched_context_may_bind(inv->core, sc, tcb))
            return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
        sched_context_bind(inv->core, sc, tcb);
    } else if (cap_type(object) == SEL4_CAP_NOTIFICATION) {
        struct notification *notification = cap_pointer(object);
        if (sc->tcb || sc->notification || notification->sc)
            return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
        sc->notification = notification;
        notification->sc = sc;
    } else {
        return inv_fail_capability(inv, 1);
    }
    return STATUS_OK;
}

static void unbind_notification(struct sched_context *sc) {
    if (sc->notification) {
        sc->notification->sc = NULL;
        sc->notification = NULL;
    }
}

enum status decode_SchedContext_Unbind(struct invocation *inv) {
    struct sched_context *sc = cap_pointer(inv->cap);
    if (sc->tcb == inv->caller)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    sched_context_unbind_tcb(inv->core, sc);
    unbind_notification(sc);
    if (sc->reply) {
        sc->reply->sc = NULL;
        sc->reply = NULL;
    }
    return STATUS_OK;
}

enum status decode_SchedContext_UnbindObject(struct invocation *inv) {
    struct sched_context *sc = cap_pointer(inv->cap);
    struct cap object = inv_cap(inv, 0);
    switch (cap_type(object)) {
    case SEL4_CAP_TCB:
        if (sc->tcb != cap_pointer(object) || sc->tcb == inv->caller)
            return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
        sched_context_unbind_tcb(inv->core, sc);
        return STATUS_OK;
    case SEL4_CAP_NOTIFICATION:
        if (sc->notification != cap_pointer(object))
            return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
        unbind_notification(sc);
        return STATUS_OK;
    default:
        return inv_fail_capability(inv, 1);
    }
}

enum status decode_SchedContext_Consumed(struct invocation *inv) {
    return inv_result(inv, sched_context_take_consumed(inv->core, cap_pointer(inv->cap)));
}

enum status decode_SchedContext_YieldTo(struct invocation *inv) {
    struct core *core = inv->core;
    struct sched_context *sc = cap_pointer(inv->cap);
    struct tcb *target = sc->tcb, *caller = inv->caller;
    if (!target || target == caller || target->priority > caller->mcp)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    sched_commit_time(core);
    if (sc->configured && thread_is_runnable(target) && !target->in_release_queue && sc->sporadic)
        refill_unblock(sc, core->now);
    bool ready =
        sched_is_schedulable(target) && refill_is_ready(sc, core->now) && refill_is_sufficient(sc, 0);
    if (!ready || target->priority < caller->priority)
        return inv_result(inv, sched_context_take_consumed(core, sc));
    if (sc->yield_from)
        sched_context_finish_yield(core, sc->yield_from);
    sc->yield_from = caller;
    caller->yield_to = sc;
    caller->blocking_is_call = inv->is_call;
    // The caller stands behind the target: both go to the head of their queues, the target last. The answer
    // comes when the caller is scheduled again.
    sched_remove(core, target);
    caller->state = THREAD_RUNNING;
    sched_choose(core);
    sched_insert_head(core, caller);
    sched_insert_head(core, target);
    return STATUS_DONE_NO_REPLY;
}

enum status decode_SchedControl_ConfigureFlags(struct invocation *inv) {
    struct core *core = inv->core;
    word_t budget_us = inv_word(inv, 0), period_us = inv_word(inv, 1), extra = inv_word(inv, 2);
    word_t badge = inv_word(inv, 3), flags = inv_word(inv, 4);
    struct cap cap = inv_cap(inv, 0);
    if (cap_type(cap) != SEL4_CAP_SCHED_CONTEXT)
        return inv_fail_capability(inv, 1);
    if (budget_us < MIN_BUDGET_US || budget_us > MAX_PERIOD_US || period_us < MIN_BUDGET_US ||
        period_us > MAX_PERIOD_US)
        return inv_fail_range(inv, MIN_BUDGET_US, MAX_PERIOD_US);
    if (budget_us > period_us)
        return inv_fail_range(inv, MIN_BUDGET_US, period_us);
    word_t capacity = SC_MIN_REFILLS + (BIT(cap_sched_context_bits(cap)) - BIT(SEL4_MIN_SCHED_CONTEXT_BITS)) /
                                           sizeof(struct refill);
    if (extra > capacity - SC_MIN_REFILLS)
        return inv_fail_range(inv, 0, capacity - SC_MIN_REFILLS);

    struct sched_context *sc = cap_pointer(cap);
    ticks_t budget = arch_us_to_ticks(budget_us), period = arch_us_to_ticks(period_us);
    word_t most = extra < SC_MAX_REFILLS - SC_MIN_REFILLS ? SC_MIN_REFILLS + extra : SC_MAX_REFILLS;
    unsigned max = budget == period ? SC_MIN_REFILLS : (unsigned)most;
    struct tcb *tcb = sc->tcb;
    if (sc == core->current_sc)
        sched_commit_time(core);
    if (tcb)
        sched_remove(core, tcb);
    sc->badge = badge;
    sc->sporadic = flags & 1;
    sc->core = (uint8_t)inv->cap.w1;
    if (sc->configured && tcb && thread_is_runnable(tcb))
        refill_update(sc, max, budget, period, core->now);
    else
        refill_new(sc, max, budget, period, core->now);
    sc->configured = true;
    core->reprogram = true;
    if (tcb && tcb != core->current)
        sched_make_ready(core, tcb);
    else if (tcb)
        sched_choose(core);
    return STATUS_OK;
}
