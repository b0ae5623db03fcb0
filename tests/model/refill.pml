// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The refill queue of one scheduling context, tick by tick, against every order of running, waiting, blocking, yielding
// and reconfiguring. tests/model/check.sh reads the lines of this comment that begin with a keyword and a colon.
//
// Mirrors: kernel/core/refill.c: refill_index refill_pop refill_schedule_used refill_merge_small_head refill_new
// Mirrors: kernel/core/refill.c: refill_update refill_charge refill_unblock
// Mirrors: kernel/include/kernel/objects.h: refill_is_ready refill_is_sufficient
// Mirrors: kernel/core/sched.c: sched_commit_time sched_charge sched_end_slice sched_check_budget sched_switch_context
// Mirrors: kernel/core/sched.c: sched_unblock sched_make_ready sched_release sched_postpone sched_set_deadline
// Mirrors: kernel/core/sched.c: sched_give_up
//
// What is left out, and why that is sound. Other threads are only what they do to this one: it waits while they run. Times
// are relative to now, so that the state space is finite though time has no end; a tick moves them all. A time is held at
// HORIZON when it is longer past than anything looks back: a blocked context, and a constant-bandwidth one that does not
// run, have their head moved to now before the next use; a sporadic one waits WAIT ticks at most once it is ready. Timeout
// faults are not there: they do not touch refills. Round robin is not there: it has no refills (sched_commit_time keeps its
// two amounts). A context whose thread is blocked, or that has none, gets a new budget when it is configured (refill_new):
// that is the right of who holds SchedControl, not something that the queue could limit.
//
// Property: amounts_sum_to_budget: the refills hold the whole budget, no more and no less.
// Property: refills_ascend: in the ring each refill ends before the next one begins, or where it begins.
// Property: count_in_range: 1 <= refill_count <= refill_max, and refill_head is an index of the ring.
// Property: head_is_minimum: after a charge, an unblocking and an update the head holds the minimum budget at least.
// Property: runs_when_ready: a thread begins to run only on a head whose time has come.
// Property: window_holds_budget: in no window of a period more than the budget is used, and at most LATENCY ticks more than
//   that. "Used" counts when it happened: for constant bandwidth however long the thread waits for others (run `bandwidth`
//   and `latency`), for a sporadic context as long as it runs when it is ready (run `sporadic`). One that was ready and had
//   to wait for more urgent threads keeps the time at which it became ready (as a periodic task keeps its release), and may
//   use two budgets back to back: there the window is one of activation times, the times of the refills used (run
//   `preempted`). That is what a sporadic server promises. After an update the larger of the two budgets counts for one
//   period (run `update`).
//
// Run: bandwidth: -DSPORADIC=0
// Run: sporadic: -DSPORADIC=1
// Run: latency: -DSPORADIC=0 -DLATENCY=1
// Run: preempted: -DSPORADIC=1 -DWAIT=2 -DACTIVATION
// Run: update: -DSPORADIC=0 -DUPDATE
//
// Break: 1: bandwidth: amounts_sum_to_budget: a full ring drops what was used.
// Break: 2: bandwidth: window_holds_budget: what was used comes back a tick early.
// Break: 3: bandwidth: head_is_minimum: a small head is left alone.
// Break: 4: sporadic: window_holds_budget: a head that is ready stays where it was when the thread unblocks.
// Break: 5: sporadic: refills_ascend: unblocking does not merge what the head now reaches.
// Break: 6: update: count_in_range: a ring may hold more than refill_max, as long as there is memory.
// Break: 7: update: amounts_sum_to_budget: an update keeps a head larger than the new budget.
// Break: 8: bandwidth: runs_when_ready: the end of a slice does not look whether the head is ready.
// Break: 9: update: window_holds_budget: an update gives the whole budget at once.
// Break: 10: bandwidth: window_holds_budget: a small head moves to the next one with its amount but without the delay.
// Break: 11: preempted: window_holds_budget: the rest of a head that was used in part keeps the time of its beginning.

#ifndef LATENCY
#define LATENCY 0 // ticks that the deadline interrupt may come late
#endif
#ifndef WAIT
#define WAIT 0 // ticks that a sporadic context may be ready without running
#endif
#define REFILLS 3
#define BUDGET  6
#define OTHER   5 // the other budget of an update
#define PERIOD  9
#define MINIMUM 2 // refill_min_budget()
#define HORIZON (-(PERIOD + WAIT))
#define MASK    ((1 << PERIOD) - 1)

mtype = { RUNNING, QUEUED, POSTPONED, BLOCKED };
mtype where = QUEUED;

// struct sched_context: times are relative to now.
byte refill_max = REFILLS, refill_head, refill_count = 1, budget = BUDGET;
short refill_time[REFILLS];
byte refill_amount[REFILLS];
byte consumed; // core->consumed

// What was used, a bit a tick. In run `preempted` bit ORIGIN + t is activation time t, relative to now; else bit n is the
// tick that ended n ticks ago.
#define ORIGIN (PERIOD + WAIT + 2)
int used_ticks;
byte bound = BUDGET, bound_age; // what window_holds_budget allows, and for how many ticks still since an update

// Properties by name: what pan prints when one is violated.
hidden byte amounts_sum_to_budget, refills_ascend, count_in_range, head_is_minimum, runs_when_ready, window_holds_budget;

// Scratch of one step, no state.
hidden byte i, j, sum, used, tail, pop_amount, head_amount, new_max, new_budget;
hidden short last_end, pop_time, head_time, used_time;
hidden int bits;

#define HEAD_TIME   refill_time[refill_head]
#define HEAD_AMOUNT refill_amount[refill_head]

#define refill_is_ready()         (HEAD_TIME <= 0)
#define refill_is_sufficient(use) (HEAD_AMOUNT >= (use) + MINIMUM)

#define refill_index(nth) ((refill_head + (nth) >= refill_max -> refill_head + (nth) - refill_max : refill_head + (nth)))

inline refill_pop() {
    pop_time = HEAD_TIME;
    pop_amount = HEAD_AMOUNT;
    HEAD_TIME = 0;
    HEAD_AMOUNT = 0; // no state in what is not used
    refill_head = refill_index(1);
    refill_count--
}

inline refill_schedule_used(time, amount) {
    tail = refill_index(refill_count - 1);
    if
    :: time <= refill_time[tail] + refill_amount[tail] -> refill_amount[tail] = refill_amount[tail] + amount
    :: else ->
        if
#ifdef BREAK_6
        :: refill_count < REFILLS ->
#else
        :: refill_count < refill_max ->
#endif
            tail = refill_index(refill_count);
            refill_time[tail] = time;
            refill_amount[tail] = amount;
            refill_count++
        :: else ->
#ifndef BREAK_1
            refill_time[tail] = time - refill_amount[tail];
            refill_amount[tail] = refill_amount[tail] + amount
#else
            skip
#endif
        fi
    fi
}

inline refill_merge_small_head() {
#ifndef BREAK_3
    do
    :: refill_count > 1 && HEAD_AMOUNT < MINIMUM ->
        refill_pop();
#ifdef BREAK_10
        HEAD_TIME = pop_time;
#else
        HEAD_TIME = HEAD_TIME - pop_amount;
#endif
        HEAD_AMOUNT = HEAD_AMOUNT + pop_amount
    :: else -> break
    od
#else
    skip
#endif
}

inline refill_new(max, amount) {
    budget = amount;
    refill_max = max;
    refill_head = 0;
    refill_count = 1;
    for (i : 0 .. REFILLS - 1) {
        refill_time[i] = 0;
        refill_amount[i] = 0
    }
    refill_amount[0] = amount
}

inline refill_update(max, amount) {
    head_time = HEAD_TIME;
    head_amount = HEAD_AMOUNT;
    if
    :: head_time < 0 -> head_time = 0
    :: else
    fi;
    refill_new(max, amount);
    refill_time[0] = head_time;
#ifdef BREAK_9
    head_amount = amount;
#endif
    if
#ifndef BREAK_7
    :: head_amount >= amount -> skip
#endif
    :: else ->
        refill_amount[0] = head_amount;
#ifdef BREAK_7
        if
        :: head_amount >= amount -> skip
        :: else -> refill_schedule_used(head_time + PERIOD, amount - head_amount)
        fi;
#else
        refill_schedule_used(head_time + PERIOD, amount - head_amount);
#endif
        refill_merge_small_head()
    fi
}

// `amount` ticks of the head are paid: in run `preempted` they count from the head's time on.
inline count_activation(amount) {
#ifdef ACTIVATION
    bits = ((1 << (amount)) - 1) << (ORIGIN + HEAD_TIME);
    window_holds_budget = !(used_ticks & bits); // no time is used twice
    assert(window_holds_budget);
    used_ticks = used_ticks | bits;
#endif
    skip
}

#ifdef BREAK_2
#define COMES_BACK (PERIOD - 1)
#else
#define COMES_BACK PERIOD
#endif

inline refill_charge(amount) {
    used = amount;
    do
    :: used >= HEAD_AMOUNT ->
        used = used - HEAD_AMOUNT;
        count_activation(HEAD_AMOUNT);
        if
        :: refill_count == 1 ->
            HEAD_TIME = HEAD_TIME + COMES_BACK;
            if
            :: used == 0 -> break
            :: else
            fi
        :: else ->
            refill_pop();
            refill_schedule_used(pop_time + COMES_BACK, pop_amount)
        fi
    :: else -> break
    od;
    if
    :: used > 0 ->
        count_activation(used);
        used_time = HEAD_TIME + COMES_BACK;
        HEAD_AMOUNT = HEAD_AMOUNT - used;
#ifndef BREAK_11
        HEAD_TIME = HEAD_TIME + used;
#endif
        refill_schedule_used(used_time, used)
    :: else
    fi;
    refill_merge_small_head()
}

inline refill_unblock() {
    if
    :: refill_is_ready() ->
#ifndef BREAK_4
        HEAD_TIME = 0;
#endif
        do
        :: refill_count > 1 ->
#ifdef BREAK_5
            break
#endif
            if
            :: refill_time[refill_index(1)] > HEAD_AMOUNT -> break
            :: else ->
                refill_pop();
                HEAD_AMOUNT = HEAD_AMOUNT + pop_amount;
                HEAD_TIME = 0
            fi
        :: else -> break
        od
    :: else
    fi
}

// --- the scheduler, as far as it uses the queue

inline sched_commit_time() {
    if
    :: consumed > 0 ->
        refill_charge(consumed);
        consumed = 0
    :: else
    fi
}

inline sched_make_ready() {
    if
    :: refill_is_ready() && refill_is_sufficient(0) -> where = QUEUED
    :: else -> where = POSTPONED
    fi
}

// sched_charge and sched_end_slice.
inline sched_charge(amount) {
    refill_charge(amount);
    consumed = 0;
#ifdef BREAK_8
    where = QUEUED
#else
    sched_make_ready()
#endif
}

inline sched_switch_context() {
    runs_when_ready = refill_is_ready();
    assert(runs_when_ready);
    if
    :: !SPORADIC -> refill_unblock()
    :: else
    fi;
    where = RUNNING
}

// --- time

inline hold_times() {
    for (i : 0 .. REFILLS - 1) {
        if
        :: refill_time[i] < HORIZON -> refill_time[i] = HORIZON
        :: else
        fi
    }
}

inline tick() {
#ifdef ACTIVATION
    used_ticks = used_ticks >> 1;
#else
    used_ticks = ((used_ticks << 1) | (where == RUNNING -> 1 : 0)) & MASK;
#endif
    if
    :: where == RUNNING -> consumed++
    :: else
    fi;
    for (i : 0 .. REFILLS - 1) {
        if
        :: refill_amount[i] > 0 -> refill_time[i] = refill_time[i] - 1
        :: else
        fi
    }
    hold_times();
    if
    :: bound_age > 0 ->
        bound_age--;
        if
        :: bound_age == 0 -> bound = budget
        :: else
        fi
    :: else
    fi
}

// --- properties

inline count_bits(word) {
    sum = 0;
    bits = word;
    do
    :: bits != 0 ->
        sum = sum + (bits & 1);
        bits = bits >> 1
    :: else -> break
    od
}

inline check_window() {
#ifdef ACTIVATION
    for (j : 0 .. ORIGIN + PERIOD) {
        count_bits((used_ticks >> j) & MASK);
        window_holds_budget = sum <= bound + LATENCY;
        assert(window_holds_budget)
    }
#else
    count_bits(used_ticks);
    window_holds_budget = sum <= bound + LATENCY;
    assert(window_holds_budget)
#endif
}

inline check_refills() {
    count_in_range = refill_count >= 1 && refill_count <= refill_max && refill_head < refill_max;
    assert(count_in_range);
    sum = 0;
    last_end = HEAD_TIME;
    for (i : 0 .. refill_count - 1) {
        j = refill_index(i);
        refills_ascend = refill_time[j] >= last_end;
        assert(refills_ascend);
        last_end = refill_time[j] + refill_amount[j];
        sum = sum + refill_amount[j]
    }
    amounts_sum_to_budget = sum == budget;
    assert(amounts_sum_to_budget);
    head_is_minimum = HEAD_AMOUNT >= MINIMUM;
    assert(head_is_minimum)
}

inline check() {
    check_refills();
    check_window();
    hold_times();
    skip
}

// A kernel entry of the running thread with enough budget left (sched_check_budget).
#define goes_on (where == RUNNING && refill_is_sufficient(consumed))

active proctype context() {
    refill_amount[0] = BUDGET;
    do
    // A tick. The deadline interrupt ends the slice, LATENCY ticks late at most.
    :: where == RUNNING && consumed < HEAD_AMOUNT + LATENCY -> d_step { tick(); check_window(); skip }
    :: where == POSTPONED && !refill_is_ready() || where == BLOCKED || where == QUEUED && !SPORADIC ||
       where == QUEUED && HEAD_TIME > -WAIT -> d_step { tick(); check_window(); skip }
    // A kernel entry finds that less than the minimum would be left.
    :: where == RUNNING && !refill_is_sufficient(consumed) -> d_step { sched_charge(consumed); check() }
    // Some other deadline changed: what was used is charged, the thread goes on.
    :: goes_on && consumed > 0 -> d_step { sched_commit_time(); check() }
    :: goes_on -> d_step { sched_commit_time(); where = QUEUED; check() }  // preempted
    :: goes_on -> d_step { sched_commit_time(); where = BLOCKED; check() } // the context stays idle, or is unbound
    :: goes_on -> d_step { sched_charge(HEAD_AMOUNT); check() }            // yield
    :: where == POSTPONED && refill_is_ready() -> where = QUEUED           // sched_release
    :: where == QUEUED -> d_step { sched_switch_context(); check() }
    :: where == BLOCKED ->
        d_step {
            if
            :: SPORADIC ->
                refill_unblock();
                check()
            :: else
            fi;
            sched_make_ready()
        }
#ifdef UPDATE
    // SchedControl_ConfigureFlags; the larger budget counts until a period has passed.
    :: goes_on || where == QUEUED || where == POSTPONED ->
        d_step {
            if
            :: where == RUNNING -> sched_commit_time()
            :: else
            fi;
            new_max = (refill_max == 2 -> REFILLS : 2);
            new_budget = (budget == BUDGET -> OTHER : BUDGET);
            refill_update(new_max, new_budget);
            if
            :: bound < budget -> bound = budget
            :: else
            fi;
            bound_age = (bound == budget -> 0 : PERIOD);
            sched_make_ready();
            check()
        }
#endif
    od
}
