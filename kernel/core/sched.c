// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The scheduler of one core: fixed priorities, round robin within one, budgets by scheduling contexts.
//
// Invariants:
// 1. The current thread and the candidate are in no queue; every other schedulable thread is in exactly one
// ready queue, or, while its
//    refill is not ready, in the release queue.
// 2. ready_bitmap has a bit for each queue that is not empty, ready_summary one for each word that is not 0.
// 3. `consumed` is what current_sc has used and not been charged for; the deadline timer is set so that it
// never exceeds the head refill by
//    more than one interrupt's latency.
// 4. The release queue ascends by the time of the head refill.
// 5. When the core runs a thread: until fast_until no refill of the release queue comes due, and the current
// context holds the minimum budget, whatever it has used. What changes either sets `reprogram`.
#include <arch/core.h>
#include <arch/machine.h>
#include <arch/switch.h>
#include <kernel/objects.h>

static NOINLINE void ready_link(struct core *core, struct tcb *tcb, bool at_tail) {
    unsigned priority = tcb->priority;
    struct thread_queue *queue = &core->ready[priority];
    DEBUG_CHECK(!tcb->in_ready_queue && !tcb->in_release_queue && tcb != core->candidate);
    if (!queue->head) {
        core->ready_bitmap[priority / 64] |= BIT(priority % 64);
        core->ready_summary |= BIT(priority / 64);
        tcb->ready_prev = tcb->ready_next = NULL;
        queue->head = queue->tail = tcb;
    } else if (at_tail) {
        tcb->ready_prev = queue->tail;
        tcb->ready_next = NULL;
        queue->tail->ready_next = tcb;
        queue->tail = tcb;
    } else {
        tcb->ready_prev = NULL;
        tcb->ready_next = queue->head;
        queue->head->ready_prev = tcb;
        queue->head = tcb;
    }
    tcb->in_ready_queue = true;
}

static void ready_unlink(struct core *core, struct tcb *tcb) {
    struct thread_queue *queue = &core->ready[tcb->priority];
    if (tcb->ready_prev)
        tcb->ready_prev->ready_next = tcb->ready_next;
    else
        queue->head = tcb->ready_next;
    if (tcb->ready_next)
        tcb->ready_next->ready_prev = tcb->ready_prev;
    else
        queue->tail = tcb->ready_prev;
    if (!queue->head) {
        unsigned word = tcb->priority / 64;
        core->ready_bitmap[word] &= ~BIT(tcb->priority % 64);
        if (!core->ready_bitmap[word])
            core->ready_summary &= ~BIT(word);
    }
    tcb->ready_prev = tcb->ready_next = NULL;
    tcb->in_ready_queue = false;
}

static void release_unlink(struct core *core, struct tcb *tcb) {
    if (tcb->ready_prev) {
        tcb->ready_prev->ready_next = tcb->ready_next;
    } else {
        core->release_head = tcb->ready_next;
        core->reprogram = true;
    }
    if (tcb->ready_next)
        tcb->ready_next->ready_prev = tcb->ready_prev;
    tcb->ready_prev = tcb->ready_next = NULL;
    tcb->in_release_queue = false;
}

void sched_postpone(struct core *core, struct tcb *tcb) {
    sched_remove(core, tcb);
    ticks_t time = refill_head(tcb->sc)->time;
    struct tcb *before = NULL, *after = core->release_head;
    while (after && refill_head(after->sc)->time <= time) { // bound: threads that wait for a refill
        before = after;
        after = after->ready_next;
    }
    tcb->ready_prev = before;
    tcb->ready_next = after;
    if (after)
        after->ready_prev = tcb;
    if (before) {
        before->ready_next = tcb;
    } else {
        core->release_head = tcb;
        core->reprogram = true;
    }
    tcb->in_release_queue = true;
}

void sched_choose(struct core *core) {
    if (core->candidate) {
        struct tcb *candidate = core->candidate;
        core->candidate = NULL;
        if (sched_is_schedulable(candidate))
            ready_link(core, candidate, false);
    }
    core->choose = true;
}

void sched_remove(struct core *core, struct tcb *tcb) {
    if (tcb->in_ready_queue)
        ready_unlink(core, tcb);
    else if (tcb->in_release_queue)
        release_unlink(core, tcb);
    else if (core->candidate == tcb)
        core->candidate = NULL;
    else
        return;
    core->choose = true;
}

void sched_insert_head(struct core *core, struct tcb *tcb) {
    ready_link(core, tcb, false);
}

void sched_append(struct core *core, struct tcb *tcb) {
    if (tcb == core->current)
        sched_choose(core);
    if (!tcb->in_ready_queue)
        ready_link(core, tcb, true);
}

// A ready thread that is in no queue: it becomes the candidate, or is queued when there is one already.
static NOINLINE void sched_possible_switch(struct core *core, struct tcb *tcb) {
    if (tcb == core->current || tcb->in_ready_queue || tcb == core->candidate)
        return;
    if (!core->candidate && !core->choose) {
        core->candidate = tcb;
        return;
    }
    sched_choose(core);
    ready_link(core, tcb, false);
}

void sched_make_ready(struct core *core, struct tcb *tcb) {
    if (!sched_is_schedulable(tcb))
        return;
    ticks_t used = tcb->sc == core->current_sc ? core->consumed : 0;
    if (!refill_is_ready(tcb->sc, core->now) || !refill_is_sufficient(tcb->sc, used)) {
        if (tcb->sc == core->current_sc)
            sched_commit_time(core);
        sched_postpone(core, tcb);
    } else {
        sched_possible_switch(core, tcb);
    }
}

void sched_unblock(struct core *core, struct tcb *tcb) {
    struct sched_context *sc = tcb->sc;
    if (sc && sc->configured && sc->sporadic && sc != core->current_sc)
        refill_unblock(sc, core->now);
    sched_make_ready(core, tcb);
}

void sched_commit_time(struct core *core) {
    struct sched_context *sc = core->current_sc;
    if (!sc || !core->consumed)
        return;
    if (sc->configured) {
        if (sc_is_round_robin(sc)) {
            struct refill *head = refill_head(sc);
            ticks_t part = core->consumed < head->amount ? core->consumed : head->amount;
            head->amount -= part;
            head[1].amount += part; // a round-robin head stays at index 0
        } else {
            refill_charge(sc, core->consumed);
        }
        core->reprogram = true;
    }
    sc->consumed += core->consumed;
    core->consumed = 0;
}

static void sched_end_slice(struct core *core, bool can_timeout) {
    struct tcb *tcb = core->current;
    if (can_timeout && !sc_is_round_robin(tcb->sc) && fault_send_timeout(core, tcb))
        return;
    if (refill_is_ready(tcb->sc, core->now) && refill_is_sufficient(tcb->sc, 0))
        sched_append(core, tcb);
    else
        sched_postpone(core, tcb);
}

void sched_charge(struct core *core, ticks_t used, bool can_timeout) {
    struct sched_context *sc = core->current_sc;
    if (sc_is_round_robin(sc))
        refill_reset_round_robin(sc);
    else
        refill_charge(sc, used);
    sc->slice_over = sc_is_round_robin(sc);
    sc->consumed += used;
    core->consumed = 0;
    core->reprogram = true;
    if (core->current && core->current->sc == sc && sched_is_schedulable(core->current)) {
        sched_end_slice(core, can_timeout);
        sched_choose(core);
    }
}

void sched_give_up(struct core *core) {
    struct sched_context *sc = core->current_sc;
    if (LIKELY(sc_is_round_robin(sc))) { // it has its budget again at once, and goes behind its equals
        refill_reset_round_robin(sc);
        sc->consumed += core->consumed;
        core->consumed = 0;
        core->reprogram = core->choose = true;
        ready_link(core, core->current, true);
        return;
    }
    ticks_t consumed = sc->consumed + core->consumed;
    sched_charge(core, refill_head(sc)->amount, false);
    sc->consumed = consumed; // the rest was given up, not used
}

bool sched_check_budget(struct core *core) {
    if (!core->current_sc || !core->current_sc->configured ||
        refill_is_sufficient(core->current_sc, core->consumed))
        return true;
    sched_charge(core, core->consumed, true);
    return false;
}

static ALWAYS_INLINE bool sched_release_is_due(const struct core *core) {
    return core->release_head && refill_is_ready(core->release_head->sc, core->now);
}

static COLD void sched_release(struct core *core) {
    do { // bound: threads that wait for a refill
        struct tcb *tcb = core->release_head;
        release_unlink(core, tcb);
        sched_possible_switch(core, tcb);
    } while (sched_release_is_due(core));
    core->reprogram = true;
}

static struct tcb *ready_take(struct core *core) {
    int priority = sched_ready_highest(core);
    if (priority < 0)
        return NULL;
    struct tcb *tcb = core->ready[priority].head;
    ready_unlink(core, tcb);
    return tcb;
}

// Decides between the current thread, the candidate and the queues; the winner is in no queue.
static ALWAYS_INLINE struct tcb *sched_pick(struct core *core) {
    struct tcb *current = core->current, *candidate = core->candidate;
    bool was_runnable = current && !current->in_ready_queue && sched_is_schedulable(current);
    if (!candidate && !core->choose && was_runnable)
        return current;
    core->candidate = NULL;
    if (candidate && !core->choose) {
        // Nobody queued is above the current thread.
        if (was_runnable && candidate->priority <= current->priority) {
            ready_link(core, candidate, candidate->priority == current->priority);
            return current;
        }
        if (was_runnable)
            ready_link(core, current, false);
        if (was_runnable || (current && candidate->priority >= current->priority) ||
            sched_ready_highest(core) <= candidate->priority)
            return candidate;
        ready_link(core, candidate, false);
        return ready_take(core);
    }
    if (was_runnable)
        ready_link(core, current, false);
    if (candidate)
        ready_link(core, candidate, false);
    return ready_take(core);
}

static void sched_set_deadline(struct core *core) {
    ticks_t deadline = arch_guest_deadline(core), until = 0;
    if (core->current_sc) {
        ticks_t end = core->now + refill_head(core->current_sc)->amount;
        deadline = end < deadline ? end : deadline;
        until = end - refill_minimum;
        if (UNLIKELY(core->current_sc->slice_over)) {
            core->current_sc->slice_over = core->current_sc->reply != NULL; // its own thread begins a new one
            until = core->current_sc->slice_over ? 0 : until;
        }
    }
    if (core->release_head) {
        ticks_t release = refill_head(core->release_head->sc)->time;
        deadline = release < deadline ? release : deadline;
        until = release <= until ? release - 1 : until;
    }
    core->fast_until = until;
    arch_timer_set_deadline(deadline);
    core->reprogram = false;
}

static ALWAYS_INLINE void sched_switch_context(struct core *core, struct sched_context *sc) {
    if (core->current_sc != sc) {
        sched_commit_time(core);
        core->consumed = 0;
        core->reprogram = true;
        if (UNLIKELY(!sc->sporadic && !sc_is_round_robin(sc)))
            refill_unblock(sc, core->now);
        core->current_sc = sc;
    } else if (core->reprogram) {
        sched_commit_time(core);
    }
    if (core->reprogram)
        sched_set_deadline(core);
}

// Nothing can run: waits for interrupts until something can.
static COLD void sched_idle(struct core *core) {
    core->current = NULL;
    arch_switch_long(core, NULL);
    sched_commit_time(core);
    core->consumed = 0;
    core->current_sc = NULL;
    core->reprogram = true;
    do { // bound: none; the machine is idle
        if (core->reprogram)
            sched_set_deadline(core);
        arch_idle(core);
        sched_update_time(core);
        unsigned irq = arch_irq_take();
        if (irq != IRQ_NONE)
            irq_handle(core, irq);
        if (UNLIKELY(sched_release_is_due(core)))
            sched_release(core);
    } while (!core->candidate && !core->ready_summary);
}

struct tcb *sched_schedule(struct core *core) {
    struct tcb *next;
    fault_pair_forget(core);
    for (;;) { // bound: two turns a wake-up
        if (UNLIKELY(sched_release_is_due(core)))
            sched_release(core);
        next = sched_pick(core);
        core->choose = false;
        if (LIKELY(next))
            break;
        sched_idle(core);
    }
    if (UNLIKELY(next->yield_to))
        sched_context_finish_yield(core, next);
    if (next != core->current) {
        core->current = next;
        arch_switch_to(core, next);
    }
    sched_switch_context(core, next->sc);
    if (UNLIKELY(next->state == THREAD_RESTART)) {
        next->state = THREAD_RUNNING;
        next->arch.context.pc = next->arch.context.fault_pc;
    }
    arch_before_exit(core, next);
    return next;
}
