// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The refill queue of a scheduling context: a sporadic server (Stanovich et al., "Defects of the POSIX
// sporadic server").
//
// A refill is {time, amount}: from `time` on, `amount` ticks may be used. They stand in a ring of refill_max,
// head first. Invariants (not round robin):
// 1. 1 <= refill_count <= refill_max, and the amounts sum to the budget.
// 2. Refills ascend and do not overlap: time + amount of one <= time of the next.
// 3. After refill_charge the head holds at least the minimum budget.
// A round-robin context (period == budget) has two refills: the head, what is left of the slice, and the
// next, what is used.
#include <arch/machine.h>
#include <kernel/objects.h>

ticks_t refill_minimum;

static ALWAYS_INLINE unsigned refill_index(const struct sched_context *sc, unsigned nth) {
    unsigned index = sc->refill_head + nth;
    return index >= sc->refill_max ? index - sc->refill_max : index;
}

static struct refill *refill_at(struct sched_context *sc, unsigned nth) {
    return &sc->refills[refill_index(sc, nth)];
}

static struct refill refill_pop(struct sched_context *sc) {
    struct refill head = *refill_head(sc);
    sc->refill_head = refill_index(sc, 1);
    sc->refill_count--;
    return head;
}

// Adds a used amount at the tail: merged when they touch or nothing is free.
static void refill_schedule_used(struct sched_context *sc, struct refill used) {
    struct refill *tail = refill_at(sc, sc->refill_count - 1u);
    if (used.time <= tail->time + tail->amount) {
        tail->amount += used.amount;
    } else if (sc->refill_count < sc->refill_max) {
        *refill_at(sc, sc->refill_count) = used;
        sc->refill_count++;
    } else {
        tail->time = used.time - tail->amount;
        tail->amount += used.amount;
    }
}

// A head too small to run on joins the next one, which then begins earlier by as much (and no earlier than
// the head did: invariant 2).
static void refill_merge_small_head(struct sched_context *sc) {
    while (sc->refill_count > 1 && refill_head(sc)->amount < refill_minimum) { // bound: refill_count
        struct refill head = refill_pop(sc);
        refill_head(sc)->amount += head.amount;
        refill_head(sc)->time -= head.amount;
    }
}

void refill_new(struct sched_context *sc, unsigned max, ticks_t budget, ticks_t period, ticks_t now) {
    sc->period = period;
    sc->budget = budget;
    sc->refill_max = max;
    sc->refill_head = 0;
    sc->refill_count = 1;
    sc->refills[0] = (struct refill){now, budget};
    sc->refills[1] = (struct refill){0};
}

void refill_update(struct sched_context *sc, unsigned max, ticks_t budget, ticks_t period, ticks_t now) {
    struct refill head = *refill_head(sc);
    if (head.time < now)
        head.time = now;
    refill_new(sc, max, budget, period, now);
    if (head.amount >= budget || sc_is_round_robin(sc)) {
        sc->refills[0] = (struct refill){head.time, budget};
        return;
    }
    sc->refills[0] = head;
    refill_schedule_used(sc, (struct refill){head.time + period, budget - head.amount});
    refill_merge_small_head(sc);
}

void refill_charge(struct sched_context *sc, ticks_t used) {
    struct refill *head = refill_head(sc);
    while (used >= head->amount) { // bound: used / the smallest refill; a slice ends within one budget, so
                                   // refill_count turns
        used -= head->amount;
        if (sc->refill_count == 1) {
            head->time += sc->period;
            if (used == 0)
                break;
        } else {
            struct refill old = refill_pop(sc);
            old.time += sc->period;
            refill_schedule_used(sc, old);
        }
        head = refill_head(sc);
    }
    if (used > 0) {
        struct refill part = {head->time + sc->period, used};
        head->amount -= used;
        head->time += used;
        refill_schedule_used(sc, part);
    }
    refill_merge_small_head(sc);
}

void refill_reset_round_robin(struct sched_context *sc) {
    refill_head(sc)->amount = sc->budget;
    refill_at(sc, 1)->amount = 0;
}

void refill_unblock(struct sched_context *sc, ticks_t now) {
    if (sc_is_round_robin(sc) || !refill_is_ready(sc, now))
        return;
    refill_head(sc)->time = now;
    while (sc->refill_count > 1) { // bound: refill_count
        struct refill *next = refill_at(sc, 1);
        if (next->time > now + refill_head(sc)->amount)
            break;
        struct refill head = refill_pop(sc);
        refill_head(sc)->amount += head.amount;
        refill_head(sc)->time = now;
    }
}

void refill_init(void) {
    refill_minimum = arch_us_to_ticks(MIN_BUDGET_US);
}
