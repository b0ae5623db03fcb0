// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What belongs to one processor core. Nothing that is per core is a global: it stands here, reached through
// arch_core().
#ifndef KERNEL_CORE_H
#define KERNEL_CORE_H

#include <kernel/object.h>

#define PRIORITIES  256
#define READY_WORDS (PRIORITIES / 64)

// A thread and the handler of its faults that have exchanged a fault with four words and its reply by the
// short way, since when nothing has happened that could make another exchange of the two different: the
// lookups and checks need not be made again. Whatever else the kernel does forgets the pair (core/fastpath.c,
// invariant 5).
struct fault_pair {
    struct tcb *faulter, *handler; // NULL: there is none
    struct endpoint *endpoint;
    struct reply *reply;
    word_t badge;                     // of the handler's messages
    word_t endpoint_cptr, reply_cptr; // as the handler names them
};

struct core {
    struct arch_core arch; // first: the trap code reads it
    unsigned id;

    struct fault_pair pair;
    struct tcb *current; // the thread that runs, or NULL: idle
    struct sched_context
        *current_sc;       // whose budget is used up now (current->sc, but kept while it moves away)
    ticks_t now;           // counter at the last accounting (sched_update_time)
    ticks_t fast_until;    // until then nothing is due by time: see core/fastpath.c
    ticks_t consumed;      // used since current_sc was last charged
    bool reprogram;        // the deadline timer must be set again at exit
    bool choose;           // the ready queues may hold a better thread than current and candidate
    struct tcb *candidate; // woken and not yet queued: schedule() compares it with current

    struct thread_queue ready[PRIORITIES];
    word_t ready_bitmap[READY_WORDS];
    word_t ready_summary;     // bit n: ready_bitmap[n] is not 0
    struct tcb *release_head; // threads that wait for a refill, by time
};

#endif
