// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// IPC: three threads that may call, send, receive, reply, wait and fault as they like, two endpoints, two reply objects, a
// notification, two scheduling contexts that travel with calls; and whoever suspends, resumes, binds, unbinds and deletes
// all that at any time. tests/model/check.sh reads the lines of this comment that begin with a keyword and a colon.
//
// Mirrors: kernel/object/endpoint.c: ipc_queue_insert ipc_queue_remove endpoint_enqueue endpoint_dequeue endpoint_remove
// Mirrors: kernel/object/endpoint.c: sender_settle endpoint_send endpoint_receive endpoint_finalise
// Mirrors: kernel/object/reply.c: reply_unlink reply_push stack_remove reply_remove reply_remove_caller caller_resume
// Mirrors: kernel/object/reply.c: reply_send reply_finalise
// Mirrors: kernel/object/notification.c: lend_context notification_return_context wake notification_signal
// Mirrors: kernel/object/notification.c: notification_take notification_receive notification_remove notification_unbind
// Mirrors: kernel/object/notification.c: notification_finalise
// Mirrors: kernel/object/sched_context.c: sched_context_donate sched_context_bind sched_context_unbind_tcb
// Mirrors: kernel/object/sched_context.c: sched_context_finalise sched_context_may_bind decode_SchedContext_Bind
// Mirrors: kernel/object/sched_context.c: decode_SchedContext_Unbind decode_SchedControl_ConfigureFlags
// Mirrors: kernel/object/tcb.c: tcb_finalise decode_TCB_BindNotification
// Mirrors: kernel/core/thread.c: thread_cancel_ipc thread_suspend thread_restart thread_retry fault_send
// Mirrors: kernel/core/thread.c: fault_send_timeout thread_fault
// Mirrors: kernel/include/kernel/objects.h: thread_is_runnable thread_stop sched_is_schedulable
// Mirrors: kernel/core/sched.c: ready_link ready_unlink release_unlink sched_postpone sched_choose sched_remove sched_append
// Mirrors: kernel/core/sched.c: sched_possible_switch sched_make_ready sched_unblock sched_end_slice sched_charge
// Mirrors: kernel/core/sched.c: sched_give_up sched_release sched_pick ready_take sched_switch_context sched_schedule
// Mirrors: kernel/core/entry.c: invoke receive send_then_receive entry_syscall entry_fault entry_irq
//
// What is left out, and why that is sound. The kernel runs with interrupts masked on one core: each entry is one step here.
// Priorities: any thread that is queued as ready may be the next, and a woken one runs at once or is queued, which
// is more than any priorities allow; queues of endpoints and of the notification are first come, first served, as among
// equal priorities. A context either can be used now or has run out: it runs out whenever it likes while its thread runs, and is
// filled again whenever it likes (refill.pml has the amounts). Message words, badges and rights: a message is there or not,
// and a call may lack the right to be answered. Who suspends and deletes is the running thread or one outside of the
// model, which has preempted it. A deleted object is made again at once, so that a link that was left to it would be seen.
// The fast paths of kernel/core/fastpath.c do what these functions do (tests/unit/kernel/test_fastpath.c shows it).
// A deleted endpoint or notification wakes FINALISE_THREADS at a time, which is more than there are here; revoke.pml has what
// may happen in between. YieldTo and vCPUs that wait for interrupts have no part in IPC. Left out of a run is what its flags do not
// name.
//
// Property: sc_has_one_owner: sc->tcb and tcb->sc name each other, so that a context has one thread at most; likewise the
//   context and the notification that lends it, and the notification and the thread that it is bound to.
// Property: reply_is_symmetric: reply->tcb and tcb->reply name each other, of a thread that receives with it or waits for it.
// Property: call_stack: the replies of a context form a stack, newest first, that only callers are in.
// Property: blocked_is_queued: a thread that sends, receives or waits is in the queue of that object, once, and no other is.
// Property: blocked_not_ready: no thread is at the same time blocked and ready, nor in two queues of the scheduler.
// Property: ready_is_queued: every thread that could run is in a queue, or runs; nobody is forgotten.
// Property: runs_with_context: only a thread with a configured context that has not run out runs.
// Property: no_message_lost: a message that was sent waits, or was delivered once, or its sender was stopped or begins again.
// Property: one_reply: a caller gets one reply to a call that was delivered, and none else.
// Property: destroyed_is_unlinked: nothing names a destroyed object.
// Property: sc_returns: if the server goes on replying, each caller has its context back.
//
// Run: calls: -DTHREADS=3 -DENDPOINTS=1 -DSUSPEND -DBINDING
// Run: nested: -DTHREADS=3 -DENDPOINTS=2 -DSUSPEND -DBINDING
// Run: deletion: -DTHREADS=3 -DENDPOINTS=1 -DSUSPEND -DBINDING -DDELETION
// Run: faults: -DTHREADS=3 -DENDPOINTS=1 -DBINDING -DTIME -DFAULTS
// Run: notification: -DTHREADS=2 -DENDPOINTS=1 -DSUSPEND -DBINDING -DDELETION -DNOTIFICATION -DTIME -DFAULTS
// Run: returns: -DTHREADS=3 -DENDPOINTS=1 -DTIME -DRETURNS: sc_returns
//
// Break: 1: calls: sc_has_one_owner: a call gives its context to a callee that has one.
// Break: 2: calls: reply_is_symmetric: a reply object is used for the next call while another thread waits for it.
// Break: 3: nested: call_stack: a caller that is suspended leaves its reply object in the stack.
// Break: 4: deletion: destroyed_is_unlinked: a destroyed context stays at the head of its stack.
// Break: 5: calls: one_reply: a reply object that a receiver waits with is answered.
// Break: 6: calls: blocked_not_ready: a suspended thread stays in its queue of the scheduler.
// Break: 7: calls: blocked_is_queued: a receiver whose message has come is not woken.
// Break: 8: notification: destroyed_is_unlinked: a destroyed thread stays bound to the notification.
// Break: 9: calls: no_message_lost: a call that nobody can answer is delivered, and its sender left behind.
// Break: 10: notification: runs_with_context: a signal that is taken lends a context that has run out, and the thread goes on.
// Break: 11: returns: sc_returns: a reply wakes the caller but does not return its context.
// Break: 12: calls: ready_is_queued: a sender whose message was taken is not queued.
// Break: 13: faults: runs_with_context: a caller goes on with the context that a reply returned, though it has run out.

#define T THREADS
#define REPLIES  2
#define CONTEXTS 2
#define NTFN     3 // as blocking_object, behind the endpoints

mtype = { INACTIVE, RUNNING, RESTART, ON_RECEIVE, ON_SEND, ON_REPLY, ON_NOTIFICATION };  // threads
mtype = { IDLE, SENDING, RECEIVING, WAITING, ACTIVE };                                   // endpoints, notification
mtype = { CALL, SEND, NBSEND, NBSEND_RECV, RECV, NBRECV, REPLY, REPLY_RECV, WAIT, SIGNAL, YIELD, FAULT, SUSPEND_THREAD, RESUME_THREAD,
          DELETE_REPLY, DELETE_CONTEXT, DELETE_ENDPOINT, DELETE_NOTIFICATION, DELETE_THREAD, DELETE_BOTH,
          BIND, UNBIND, CONFIGURE,
          LEND, BIND_NOTIFICATION, UNBIND_NOTIFICATION, BUDGET_END, IRQ_SIGNAL, REFILL };
#define NO_FAULT 0
#define FAULTED  1
#define TIMEOUT  2

// 0 is no thread, endpoint, reply or context.
typedef Thread {
    mtype state = INACTIVE;
    byte sc, reply;
    byte object, prev, next; // blocking_object, and its queue
    bit is_call, can_reply;
    bit in_ready, in_release;
    byte fault;
    bit bound; // to the notification
    byte message; // no part of the kernel: 1 sent, 2 delivered and to be answered
};
typedef Reply {
    byte tcb, prev, next, sc;
};
typedef Context {
    byte tcb, reply;
    bit notification, configured, depleted;
};
typedef Queue { // endpoints and, as the last, the notification
    mtype state = IDLE;
    byte head, tail;
};
Thread tcb[T + 1];
Reply reply[REPLIES + 1];
Context sc[CONTEXTS + 1];
Queue queue[NTFN + 1];
byte bound_tcb, lent_sc; // of the notification
byte current, candidate, current_sc;
bit choose, picking;

// The entry that is chosen: who does it (0: a thread outside of the model, or the machine), what and on what; 0 between.
mtype op = 0;
byte who, ep, rep, arg, sel;
bit may_reply, prefer;
#ifdef RETURNS
bit replied; // the last step was a reply
#endif

hidden byte sc_has_one_owner, reply_is_symmetric, call_stack, blocked_is_queued, blocked_not_ready, ready_is_queued;
hidden byte runs_with_context, no_message_lost, one_reply, destroyed_is_unlinked;

// Scratch of one step.
hidden byte i, j, n, from_t, donor, peer, its_reply, older, caller, its_sc, its_fault, waits, blocks, calls, donates, may, was_runnable, taken, v;

#define thread_is_runnable(t)   (tcb[t].state == RUNNING || tcb[t].state == RESTART)
#define sched_is_schedulable(t) \
    (thread_is_runnable(t) && tcb[t].sc && sc[tcb[t].sc].configured && !tcb[t].in_release)

// --- core/sched.c

inline ready_link(t) {
    blocked_not_ready = !tcb[t].in_ready && !tcb[t].in_release && t != candidate;
    assert(blocked_not_ready);
    tcb[t].in_ready = 1
}

inline sched_choose() {
    if
    :: candidate ->
        v = candidate;
        candidate = 0;
        if
        :: sched_is_schedulable(v) -> ready_link(v)
        :: else
        fi
    :: else
    fi;
    choose = 1
}

inline sched_remove(t) {
    if
    :: tcb[t].in_ready ->
        tcb[t].in_ready = 0;
        choose = 1
    :: else ->
        if
        :: tcb[t].in_release ->
            tcb[t].in_release = 0;
            choose = 1
        :: else ->
            if
            :: candidate == t ->
                candidate = 0;
                choose = 1
            :: else
            fi
        fi
    fi
}

inline sched_postpone(t) {
    sched_remove(t);
    tcb[t].in_release = 1
}

inline sched_append(t) {
    if
    :: t == current -> sched_choose()
    :: else
    fi;
    if
    :: !tcb[t].in_ready -> ready_link(t)
    :: else
    fi
}

inline sched_possible_switch(t) {
    if
    :: t == current || tcb[t].in_ready || t == candidate -> skip
    :: else ->
        if
        :: !candidate && !choose -> candidate = t
        :: else ->
            sched_choose();
            ready_link(t)
        fi
    fi
}

inline sched_make_ready(t) {
    if
    :: sched_is_schedulable(t) ->
        if
        :: sc[tcb[t].sc].depleted -> sched_postpone(t)
        :: else -> sched_possible_switch(t)
        fi
    :: else
    fi
}

// --- queues of endpoints and the notification

inline queue_insert(q, t) {
    tcb[t].prev = queue[q].tail;
    tcb[t].next = 0;
    if
    :: queue[q].tail -> tcb[queue[q].tail].next = t
    :: else -> queue[q].head = t
    fi;
    queue[q].tail = t
}

inline queue_remove(q, t) {
    if
    :: tcb[t].prev -> tcb[tcb[t].prev].next = tcb[t].next
    :: else -> queue[q].head = tcb[t].next
    fi;
    if
    :: tcb[t].next -> tcb[tcb[t].next].prev = tcb[t].prev
    :: else -> queue[q].tail = tcb[t].prev
    fi;
    tcb[t].prev = 0;
    tcb[t].next = 0;
    if
    :: !queue[q].head -> queue[q].state = IDLE
    :: else
    fi
}

inline endpoint_remove(t) {
    v = tcb[t].object;
    queue_remove(v, t)
}

// --- object/sched_context.c

inline sched_context_donate(s, to) {
    donor = sc[s].tcb;
    if
    :: donor ->
        sched_remove(donor);
        tcb[donor].sc = 0;
        if
        :: donor == current -> sched_choose()
        :: else
        fi
    :: else
    fi;
    sc[s].tcb = to;
    tcb[to].sc = s
}

inline sched_context_unbind_tcb(s) {
    donor = sc[s].tcb;
    if
    :: donor ->
        sched_remove(donor);
        if
        :: donor == current -> sched_choose()
        :: else
        fi;
        tcb[donor].sc = 0;
        sc[s].tcb = 0
    :: else
    fi
}

inline unbind_notification(s) {
    if
    :: sc[s].notification ->
        lent_sc = 0;
        sc[s].notification = 0
    :: else
    fi
}

inline unlink_stack(s) {
    if
    :: sc[s].reply ->
        reply[sc[s].reply].sc = 0;
        sc[s].reply = 0
    :: else
    fi
}

inline sched_context_finalise(s) {
    sched_context_unbind_tcb(s);
    unbind_notification(s);
#ifndef BREAK_4
    unlink_stack(s);
#endif
    sc[s].configured = 0;
    if
    :: current_sc == s -> current_sc = 0
    :: else
    fi;
    destroyed_is_unlinked = !sc[s].tcb && !sc[s].reply && !sc[s].notification && lent_sc != s;
    assert(destroyed_is_unlinked)
}

// --- object/reply.c

inline reply_unlink(r) {
    tcb[reply[r].tcb].reply = 0;
    reply[r].tcb = 0
}

inline reply_push(sender, callee, r, can_donate) {
    its_sc = tcb[sender].sc;
    if
    :: tcb[callee].reply == r -> reply_unlink(r)
    :: else
    fi;
    reply[r].tcb = sender;
    tcb[sender].reply = r;
    tcb[sender].state = ON_REPLY;
    if
#ifdef BREAK_1
    :: can_donate && its_sc ->
#else
    :: can_donate && its_sc && !tcb[callee].sc ->
#endif
        older = sc[its_sc].reply;
        reply[r].prev = older;
        reply[r].next = 0;
        reply[r].sc = its_sc;
        if
        :: older ->
            reply[older].next = r;
            reply[older].sc = 0
        :: else
        fi;
        sc[its_sc].reply = r;
        sched_context_donate(its_sc, callee)
    :: else
    fi
}

inline stack_remove(r) {
    if
    :: reply[r].sc ->
        sc[reply[r].sc].reply = reply[r].prev;
        if
        :: reply[r].prev ->
            reply[reply[r].prev].sc = reply[r].sc;
            reply[reply[r].prev].next = 0
        :: else
        fi
    :: else ->
        if
        :: reply[r].next -> reply[reply[r].next].prev = 0
        :: else
        fi;
        if
        :: reply[r].prev -> reply[reply[r].prev].next = 0
        :: else
        fi
    fi;
    reply[r].prev = 0;
    reply[r].next = 0;
    reply[r].sc = 0
}

inline reply_remove(r) {
    caller = reply[r].tcb;
    its_sc = reply[r].sc;
    stack_remove(r);
    reply_unlink(r);
    if
#ifdef BREAK_11
    :: false ->
#else
    :: its_sc && !tcb[caller].sc ->
#endif
        sched_context_donate(its_sc, caller)
    :: else
    fi
}

inline reply_remove_caller(t) {
    its_reply = tcb[t].reply;
    if
    :: reply[its_reply].sc ->
        sc[reply[its_reply].sc].reply = 0;
        reply[its_reply].sc = 0
    :: else
    fi;
#ifndef BREAK_3
    stack_remove(its_reply);
#endif
    reply_unlink(its_reply)
}

// --- core/thread.c

inline thread_stop(t) {
    tcb[t].fault = NO_FAULT;
    tcb[t].state = INACTIVE;
    tcb[t].message = 0
}

inline thread_cancel_ipc(t) {
    if
    :: tcb[t].state == ON_SEND ->
        endpoint_remove(t);
        thread_stop(t)
    :: tcb[t].state == ON_RECEIVE ->
        endpoint_remove(t);
        if
        :: tcb[t].reply ->
            its_reply = tcb[t].reply;
            reply_unlink(its_reply)
        :: else
        fi;
        thread_stop(t)
    :: tcb[t].state == ON_REPLY ->
        reply_remove_caller(t);
        thread_stop(t)
    :: tcb[t].state == ON_NOTIFICATION ->
        queue_remove(NTFN, t);
        thread_stop(t)
    :: else
    fi
}

inline thread_suspend(t) {
    thread_cancel_ipc(t);
    tcb[t].state = INACTIVE;
#ifndef BREAK_6
    sched_remove(t)
#endif
}

inline thread_restart(t) {
    if
    :: thread_is_runnable(t) -> skip
    :: else ->
        thread_cancel_ipc(t);
        tcb[t].state = RESTART;
        sched_make_ready(t)
    fi
}

inline thread_retry(t) {
    if
    :: tcb[t].fault -> thread_stop(t)
    :: else ->
        tcb[t].message = 0; // it sends it again
        tcb[t].state = RESTART;
        sched_make_ready(t)
    fi
}

// --- object/notification.c

inline lend_context(t) {
    if
    :: lent_sc && !sc[lent_sc].tcb -> sched_context_donate(lent_sc, t)
    :: else
    fi
}

inline notification_return_context(t) {
    if
    :: lent_sc && tcb[t].sc == lent_sc ->
        tcb[t].sc = 0;
        sc[lent_sc].tcb = 0;
        sched_remove(t)
    :: else
    fi
}

inline wake(t) {
    tcb[t].state = RUNNING;
    if
    :: !tcb[t].sc -> lend_context(t)
    :: else
    fi;
    sched_make_ready(t)
}

inline notification_take(t) {
    queue[NTFN].state = IDLE;
    if
    :: !tcb[t].sc ->
        lend_context(t);
#ifndef BREAK_10
        sched_make_ready(t)
#endif
    :: else
    fi
}

inline notification_signal() {
    if
    :: queue[NTFN].state == IDLE && bound_tcb && tcb[bound_tcb].state == ON_RECEIVE ->
        thread_cancel_ipc(bound_tcb);
        wake(bound_tcb)
    :: queue[NTFN].state == WAITING ->
        taken = queue[NTFN].head;
        queue_remove(NTFN, taken);
        wake(taken)
    :: else -> queue[NTFN].state = ACTIVE
    fi
}

inline notification_receive(t) {
    if
    :: queue[NTFN].state == ACTIVE -> notification_take(t)
    :: else ->
        tcb[t].state = ON_NOTIFICATION;
        tcb[t].object = NTFN;
        notification_return_context(t);
        queue_insert(NTFN, t);
        queue[NTFN].state = WAITING
    fi
}

inline notification_unbind() {
    if
    :: bound_tcb -> tcb[bound_tcb].bound = 0
    :: else
    fi;
    bound_tcb = 0
}

inline notification_finalise() {
    if
    :: lent_sc ->
        its_sc = lent_sc;
        unbind_notification(its_sc)
    :: else
    fi;
    notification_unbind();
    do
    :: queue[NTFN].head ->
        taken = queue[NTFN].head;
        queue_remove(NTFN, taken);
        thread_retry(taken)
    :: else -> break
    od;
    destroyed_is_unlinked = !queue[NTFN].tail;
    queue[NTFN].state = IDLE // made again
}

// --- object/endpoint.c

// The message is delivered.
inline message_transfer(t, expects_reply) {
    no_message_lost = tcb[t].message == 1;
    assert(no_message_lost);
    tcb[t].message = (expects_reply -> 2 : 0)
}

inline sender_settle(t, receiver, r, is_answered, answerable, can_donate) {
    if
    :: is_answered ->
        if
        :: r && answerable -> reply_push(t, receiver, r, can_donate)
#ifdef BREAK_9
        :: else -> skip
#else
        :: else -> thread_stop(t)
#endif
        fi
    :: else ->
        if
        :: can_donate && !tcb[receiver].sc && tcb[t].sc ->
            its_sc = tcb[t].sc;
            sched_context_donate(its_sc, receiver)
        :: else
        fi
    fi
}

inline endpoint_send(t, e, blocking, is_a_call, answerable, can_donate) {
    if
    :: queue[e].state != RECEIVING ->
        if
        :: blocking ->
            tcb[t].message = 1;
            tcb[t].state = ON_SEND;
            tcb[t].object = e;
            tcb[t].is_call = is_a_call;
            tcb[t].can_reply = answerable;
            queue_insert(e, t);
            queue[e].state = SENDING
        :: else
        fi
    :: else ->
        peer = queue[e].head;
        queue_remove(e, peer);
        tcb[t].message = 1;
        waits = is_a_call || tcb[t].fault;
        message_transfer(t, waits);
        its_reply = tcb[peer].reply;
        if
        :: its_reply -> reply_unlink(its_reply)
        :: else
        fi;
        sender_settle(t, peer, its_reply, waits, answerable, can_donate);
#ifdef BREAK_7
        skip
#else
        tcb[peer].state = RUNNING;
        sched_make_ready(peer)
#endif
    fi
}

inline endpoint_receive(t, e, r, blocking) {
#ifndef BREAK_2
    if
    :: r && reply[r].tcb && reply[r].tcb != t ->
        taken = reply[r].tcb;
        thread_cancel_ipc(taken)
    :: else
    fi;
#endif
    if
    :: tcb[t].bound && queue[NTFN].state == ACTIVE -> notification_take(t)
    :: else ->
        if
        :: tcb[t].bound && blocking -> notification_return_context(t)
        :: else
        fi;
        if
        :: queue[e].state != SENDING ->
            if
            :: blocking ->
                tcb[t].state = ON_RECEIVE;
                tcb[t].object = e;
                tcb[t].reply = r;
                if
                :: r -> reply[r].tcb = t
                :: else
                fi;
                queue_insert(e, t);
                queue[e].state = RECEIVING
            :: else
            fi
        :: else ->
            peer = queue[e].head;
            queue_remove(e, peer);
            waits = tcb[peer].is_call || tcb[peer].fault;
            message_transfer(peer, waits);
            donates = waits && tcb[peer].sc && tcb[peer].fault != TIMEOUT;
            may = tcb[peer].can_reply;
            sender_settle(peer, t, r, waits, may, donates);
            if
#ifdef BREAK_12
            :: !waits -> tcb[peer].state = RUNNING
#else
            :: !waits ->
                tcb[peer].state = RUNNING;
                sched_make_ready(peer)
#endif
            :: else
            fi
        fi
    fi
}

inline endpoint_finalise(e) {
    do
    :: queue[e].head ->
        taken = queue[e].head;
        queue_remove(e, taken);
        if
        :: tcb[taken].reply ->
            its_reply = tcb[taken].reply;
            reply_unlink(its_reply)
        :: else
        fi;
        thread_retry(taken)
    :: else -> break
    od
}

// --- faults; each thread has endpoint 1 as its handler

// fault_send behind the check of the handler.
inline fault_send(t, can_donate) {
    sched_remove(t);
    endpoint_send(t, 1, true, false, may_reply, can_donate)
}

inline caller_resume(t) {
    if
    :: tcb[t].sc && sc[tcb[t].sc].configured && thread_is_runnable(t) ->
        if
        :: !sc[tcb[t].sc].depleted -> sched_make_ready(t)
        :: else ->
#ifdef BREAK_13
            sched_possible_switch(t)
#else
#ifdef FAULTS
            if
            :: its_fault != TIMEOUT && may_reply -> // fault_send_timeout; without the right there is no handler
                tcb[t].fault = TIMEOUT; // rare: break 13 shows that this is reached
                fault_send(t, false)
            :: else -> sched_postpone(t)
            fi
#else
            sched_postpone(t)
#endif
#endif
        fi
    :: else
    fi
}

inline reply_send(r) {
    caller = reply[r].tcb;
    if
#ifdef BREAK_5
    :: !caller -> skip
#else
    :: !caller || tcb[caller].state != ON_REPLY -> skip // stale
#endif
    :: else ->
        one_reply = tcb[caller].message == 2;
        assert(one_reply);
        tcb[caller].message = 0;
        its_fault = tcb[caller].fault;
        from_t = caller;
        reply_remove(r);
        caller = from_t;
        if
        :: !its_fault -> tcb[caller].state = RUNNING
        :: else ->
            tcb[caller].fault = NO_FAULT;
            tcb[caller].state = (prefer -> RESTART : INACTIVE)
        fi;
        caller_resume(from_t)
    fi
}

inline reply_finalise(r) {
    taken = reply[r].tcb;
    if
    :: !taken -> skip
    :: else ->
        if
        :: tcb[taken].state == ON_REPLY ->
            reply_remove(r);
            thread_stop(taken)
        :: else -> thread_cancel_ipc(taken)
        fi
    fi;
    destroyed_is_unlinked = !reply[r].tcb && !reply[r].sc && !reply[r].next && !reply[r].prev;
    assert(destroyed_is_unlinked)
}

inline tcb_finalise(t) {
#ifndef BREAK_8
    if
    :: tcb[t].bound -> notification_unbind()
    :: else
    fi;
#endif
    thread_suspend(t);
    if
    :: tcb[t].sc ->
        its_sc = tcb[t].sc;
        sched_context_unbind_tcb(its_sc)
    :: else
    fi;
    destroyed_is_unlinked = bound_tcb != t && !tcb[t].reply && !tcb[t].in_ready && !tcb[t].in_release && candidate != t;
    assert(destroyed_is_unlinked)
}

// --- core/entry.c

// sched_charge and sched_end_slice of the current thread.
inline sched_end_slice() {
    taken = current;
#ifdef FAULTS
    if
    :: op == BUDGET_END && may_reply -> // fault_send_timeout
        tcb[taken].fault = TIMEOUT;
        fault_send(taken, false)
    :: else ->
#endif
        if
        :: sc[tcb[taken].sc].depleted -> sched_postpone(taken)
        :: else -> sched_append(taken)
        fi;
#ifdef FAULTS
    fi;
#endif
    sched_choose()
}

inline send_phase() {
    if
    :: op == FAULT -> // thread_fault
        tcb[who].fault = FAULTED;
        sched_remove(who)
    :: else
    fi;
    blocks = op != NBSEND && op != NBSEND_RECV;
    calls = op == CALL;
    donates = calls || op == NBSEND_RECV || (op == FAULT && tcb[who].sc);
    endpoint_send(who, ep, blocks, calls, may_reply, donates);
    skip
}

// invoke, of a reply
inline reply_phase() {
    tcb[who].state = RESTART;
    reply_send(rep);
    if
    :: tcb[who].state == RESTART -> tcb[who].state = RUNNING
    :: else
    fi;
    skip
}

// receive; send_then_receive: if the thread still can.
inline receive_phase() {
    blocks = op != NBRECV;
    if
    :: tcb[who].state == RUNNING -> endpoint_receive(who, ep, rep, blocks)
    :: else
    fi;
    skip
}

inline end_of_slice() {
#ifdef TIME
    sc[current_sc].depleted = prefer; // else what is left does for another slice
#endif
    sched_end_slice();
    skip
}

// An invocation by the current thread, or by one outside of the model.
inline begin_invocation() {
    if
    :: who -> tcb[who].state = RESTART
    :: op != IRQ_SIGNAL -> enter_outside()
    :: else
    fi;
    skip
}

inline end_invocation() {
    if
    :: who && tcb[who].state == RESTART -> tcb[who].state = RUNNING
    :: else
    fi
}

inline invocation_of_others() {
    if
    :: op == SIGNAL || op == IRQ_SIGNAL -> notification_signal()
    :: op == SUSPEND_THREAD -> thread_suspend(arg)
    :: op == RESUME_THREAD -> thread_restart(arg)
    :: op == DELETE_REPLY -> reply_finalise(rep)
    :: op == DELETE_CONTEXT -> sched_context_finalise(rep)
    fi;
    skip
}

inline invocation_deleting() {
    if
    :: op == DELETE_ENDPOINT -> endpoint_finalise(ep)
    :: op == DELETE_NOTIFICATION -> notification_finalise()
    :: op == DELETE_THREAD -> tcb_finalise(arg)
    :: op == DELETE_BOTH -> // of one CNode, in one entry
        endpoint_finalise(ep);
        tcb_finalise(arg)
    fi;
    skip
}

inline invocation_binding() {
    if
    :: op == BIND -> // decode_SchedContext_Bind and sched_context_may_bind
        if
        :: !sc[rep].tcb && !sc[rep].notification && !tcb[arg].sc &&
           (tcb[arg].state == INACTIVE || thread_is_runnable(arg) || sc[rep].configured && !sc[rep].depleted) ->
            sc[rep].tcb = arg;
            tcb[arg].sc = rep;
            sched_make_ready(arg)
        :: else
        fi
    :: op == UNBIND ->
        if
        :: sc[rep].tcb != who || !who ->
            sched_context_unbind_tcb(rep);
            unbind_notification(rep);
            unlink_stack(rep)
        :: else
        fi
    :: op == CONFIGURE ->
        taken = sc[rep].tcb;
        if
        :: taken -> sched_remove(taken)
        :: else
        fi;
        sc[rep].configured = 1;
        sc[rep].depleted = 0;
        if
        :: taken && taken != current -> sched_make_ready(taken)
        :: else ->
            if
            :: taken -> sched_choose()
            :: else
            fi
        fi
    :: op == LEND ->
        if
        :: !sc[rep].tcb && !sc[rep].notification && !lent_sc ->
            sc[rep].notification = 1;
            lent_sc = rep
        :: else
        fi
    :: op == BIND_NOTIFICATION ->
        if
        :: !tcb[arg].bound && !bound_tcb && !queue[NTFN].head ->
            bound_tcb = arg;
            tcb[arg].bound = 1
        :: else
        fi
    :: op == UNBIND_NOTIFICATION ->
        if
        :: tcb[arg].bound -> notification_unbind()
        :: else
        fi
    fi;
    skip
}

// sched_release
inline release_due() {
    for (i : 1 .. T) {
        if
        :: tcb[i].in_release && !sc[tcb[i].sc].depleted ->
            tcb[i].in_release = 0;
            sched_possible_switch(i)
        :: else
        fi
    }
}

// The next thread: sched_switch_context, and what sched_schedule does last.
inline sched_switch(t) {
    runs_with_context = sched_is_schedulable(t) && !sc[tcb[t].sc].depleted;
    assert(runs_with_context);
    tcb[t].in_ready = 0;
    current = t;
    current_sc = tcb[t].sc
}

// Decides whether the current thread goes on, or which of the queued ones comes: `picking`, any of them.
inline sched_pick() {
    was_runnable = current && sched_is_schedulable(current);
    if
    :: !candidate && !choose && was_runnable -> sched_switch(current)
    :: else ->
        taken = candidate;
        candidate = 0;
        if
        :: was_runnable && !tcb[current].in_ready -> ready_link(current)
        :: else
        fi;
        if
        :: taken && (choose || !prefer) -> ready_link(taken)
        :: else
        fi;
        current = 0;
        if
        :: taken && !choose && prefer -> sched_switch(taken)
        :: else -> picking = 1
        fi
    fi;
    choose = 0
}

#define is_send (op == CALL || op == SEND || op == NBSEND || op == FAULT)

// A thread outside of the model has preempted the current one.
inline enter_outside() {
    if
    :: current ->
        n = current;
        current = 0;
        ready_link(n)
    :: else
    fi;
    current_sc = 0;
    choose = 1
}

// --- properties

inline check_bindings() {
    for (i : 1 .. T) {
        sc_has_one_owner = (!tcb[i].sc || sc[tcb[i].sc].tcb == i) && tcb[i].bound == (bound_tcb == i);
        assert(sc_has_one_owner);
        reply_is_symmetric = !tcb[i].reply || (reply[tcb[i].reply].tcb == i && (tcb[i].state == ON_REPLY || tcb[i].state == ON_RECEIVE));
        assert(reply_is_symmetric);
        no_message_lost = (tcb[i].message == 1) == (tcb[i].state == ON_SEND) && (tcb[i].message == 2) == (tcb[i].state == ON_REPLY);
        assert(no_message_lost);
        call_stack = tcb[i].state != ON_REPLY || tcb[i].reply;
        assert(call_stack);
        no_message_lost = !tcb[i].fault || tcb[i].state == ON_SEND || tcb[i].state == ON_REPLY;
        assert(no_message_lost)
    }
    for (i : 1 .. CONTEXTS) {
        sc_has_one_owner = (!sc[i].tcb || tcb[sc[i].tcb].sc == i) && sc[i].notification == (lent_sc == i);
        assert(sc_has_one_owner);
        call_stack = !sc[i].reply || reply[sc[i].reply].sc == i;
        assert(call_stack)
    }
    for (i : 1 .. REPLIES) {
        reply_is_symmetric = !reply[i].tcb || tcb[reply[i].tcb].reply == i;
        assert(reply_is_symmetric);
        call_stack = (!reply[i].sc || (sc[reply[i].sc].reply == i && !reply[i].next)) &&
                     (!reply[i].next || reply[reply[i].next].prev == i) && (!reply[i].prev || reply[reply[i].prev].next == i) &&
                     (!(reply[i].sc || reply[i].prev || reply[i].next) || (reply[i].tcb && tcb[reply[i].tcb].state == ON_REPLY));
        assert(call_stack)
    }
}

inline check_queues() {
    for (j : 1 .. NTFN) {
        n = 0;
        v = 0;
        i = queue[j].head;
        do
        :: i && n <= T ->
            blocked_is_queued = tcb[i].object == j && tcb[i].prev == v &&
                                ((queue[j].state == SENDING && tcb[i].state == ON_SEND) ||
                                 (queue[j].state == RECEIVING && tcb[i].state == ON_RECEIVE) ||
                                 (queue[j].state == WAITING && tcb[i].state == ON_NOTIFICATION));
            assert(blocked_is_queued);
            v = i;
            i = tcb[i].next;
            n++
        :: else -> break
        od;
        blocked_is_queued = n <= T && queue[j].tail == v && (n > 0 || queue[j].state == IDLE || queue[j].state == ACTIVE);
        assert(blocked_is_queued);
        for (i : 1 .. T) {
            if
            :: tcb[i].object == j && (tcb[i].state == ON_SEND || tcb[i].state == ON_RECEIVE || tcb[i].state == ON_NOTIFICATION) -> n--
            :: else
            fi
        }
        blocked_is_queued = n == 0;
        assert(blocked_is_queued)
    }
}

inline check_scheduler() {
    for (i : 1 .. T) {
        blocked_not_ready = !(tcb[i].in_ready && tcb[i].in_release) &&
                            (thread_is_runnable(i) || !(tcb[i].in_ready || tcb[i].in_release || current == i));
        assert(blocked_not_ready);
        runs_with_context = !(tcb[i].in_ready || current == i) || sched_is_schedulable(i);
        assert(runs_with_context);
        ready_is_queued = !sched_is_schedulable(i) || (tcb[i].in_ready != (current == i));
        assert(ready_is_queued)
    }
    runs_with_context = !current || current_sc == tcb[current].sc;
    assert(runs_with_context)
}

inline check() {
    check_bindings();
    check_queues();
    check_scheduler();
    for (i : 1 .. T) { // no state in what is not read any more
        if
        :: tcb[i].state != ON_SEND && tcb[i].state != ON_RECEIVE && tcb[i].state != ON_NOTIFICATION -> tcb[i].object = 0
        :: else
        fi;
        if
        :: tcb[i].state != ON_SEND ->
            tcb[i].is_call = 0;
            tcb[i].can_reply = 0
        :: else
        fi;
        if // RESTART is RUNNING, but for what the thread does next, and it may do anything
        :: tcb[i].state == RESTART -> tcb[i].state = RUNNING
        :: else
        fi
    }
#ifdef RETURNS
    replied = op == REPLY_RECV;
#endif
    op = 0;
    who = 0;
    ep = 0;
    rep = 0;
    arg = 0;
    sel = 0;
    may_reply = 0;
    prefer = 0
}

// --- who may do what

#define either(variable) \
    if \
    :: variable = 0 \
    :: variable = 1 \
    fi
#define one_of(variable, most) \
    if \
    :: variable = 1 \
    :: (most) >= 2 -> variable = 2 \
    :: (most) >= 3 -> variable = 3 \
    fi

inline choose_system_call() {
    who = current;
    if
#ifdef RETURNS
    :: who != T -> op = CALL
    :: who == T -> op = REPLY_RECV
#else
    :: op = CALL
    :: op = SEND
    :: op = NBSEND
    :: op = NBSEND_RECV
    :: op = RECV
    :: op = NBRECV
    :: op = REPLY
    :: op = REPLY_RECV
    :: op = YIELD
#ifdef FAULTS
    :: op = FAULT
#endif
#ifdef NOTIFICATION
    :: op = WAIT
#endif
#endif
    fi
}

inline choose_invocation() {
    if
    :: who = 0
    :: current -> who = current
    fi;
    if
#ifdef SUSPEND
    :: op = SUSPEND_THREAD
    :: op = RESUME_THREAD
#endif
#ifdef DELETION
    :: op = DELETE_REPLY
    :: op = DELETE_CONTEXT
    :: op = DELETE_ENDPOINT
    :: op = DELETE_THREAD
    :: op = DELETE_BOTH
    :: op = CONFIGURE
#endif
#ifdef BINDING
    :: op = BIND
    :: op = UNBIND
#endif
#ifdef NOTIFICATION
    :: op = SIGNAL
    :: op = IRQ_SIGNAL; who = 0
    :: op = LEND
    :: op = BIND_NOTIFICATION
    :: op = UNBIND_NOTIFICATION
    :: op = DELETE_NOTIFICATION
#endif
    fi
}

active proctype kernel() {
    d_step {
        for (i : 1 .. CONTEXTS) {
            sc[i].configured = 1
        }
        for (i : 1 .. T - 1) {
            tcb[i].state = RUNNING;
            tcb[i].sc = i;
            sc[i].tcb = i;
            tcb[i].in_ready = i > 1
        }
        current = 1;
        current_sc = 1;
        tcb[T].state = ON_RECEIVE; // a passive server, which has come to its Recv
        tcb[T].object = 1;
        tcb[T].reply = 1;
        reply[1].tcb = T;
        queue[1].head = T;
        queue[1].tail = T;
        queue[1].state = RECEIVING
    }
end:
    do
    :: atomic {
        if
        :: current ->
            choose_system_call();
            one_of(ep, ENDPOINTS);
#ifdef RETURNS
            rep = 1;
            may_reply = 1;
#else
            one_of(rep, REPLIES);
            either(may_reply);
#endif
            either(prefer)
#if defined(SUSPEND) || defined(BINDING) || defined(DELETION) || defined(NOTIFICATION)
        :: true ->
            choose_invocation();
            one_of(ep, ENDPOINTS);
            one_of(rep, REPLIES);
            one_of(arg, T);
            either(prefer)
#endif
#ifdef TIME
        :: current ->
            op = BUDGET_END;
            either(may_reply);
            either(prefer)
        :: sc[1].depleted ->
            op = REFILL;
            rep = 1
        :: sc[2].depleted ->
            op = REFILL;
            rep = 2
#endif
        fi;
        if
        :: is_send -> d_step { send_phase() }
        :: op == RECV || op == NBRECV -> d_step { receive_phase() }
        :: op == NBSEND_RECV ->
            d_step { send_phase() }
            d_step { receive_phase() }
        :: op == REPLY -> d_step { reply_phase() }
        :: op == REPLY_RECV ->
            d_step { reply_phase() }
            d_step { receive_phase() }
        :: op == WAIT -> d_step { notification_receive(who); skip }
        :: op == YIELD || op == BUDGET_END -> d_step { end_of_slice() }
        :: op == REFILL -> sc[rep].depleted = 0
        :: op == SIGNAL || op == IRQ_SIGNAL || op == SUSPEND_THREAD || op == RESUME_THREAD || op == DELETE_REPLY ||
           op == DELETE_CONTEXT ->
            d_step { begin_invocation(); invocation_of_others() }
        :: op == DELETE_ENDPOINT || op == DELETE_NOTIFICATION || op == DELETE_THREAD ||
           op == DELETE_BOTH ->
            d_step { begin_invocation(); invocation_deleting() }
        :: else -> d_step { begin_invocation(); invocation_binding() }
        fi;
        d_step {
            end_invocation();
            release_due();
            sched_pick();
            skip
        }
        if
        :: !picking
        :: picking && tcb[1].in_ready -> sel = 1
        :: picking && tcb[2].in_ready -> sel = 2
        :: picking && T > 2 && tcb[T].in_ready -> sel = T
        :: picking && !tcb[1].in_ready && !tcb[2].in_ready && !tcb[T].in_ready -> current_sc = 0
        fi;
        d_step {
            picking = 0;
            if
            :: sel -> sched_switch(sel)
            :: else
            fi;
            check()
        }
    }
    od
}

#ifdef RETURNS
ltl sc_returns { ([] <> replied) -> [] ((tcb[1].state == ON_REPLY) -> <> (sc[1].tcb == 1)) }
#endif
