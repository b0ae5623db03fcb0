// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Budgets in motion, as the seL4 API (MCS) describes them: wake-ups of sporadic and constant-bandwidth
// contexts, the order of releases, timeout faults, contexts lent by notifications, passive servers, threads
// without context.
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static cptr_t ep, reply, ntfn;

static int setup(void **state) {
    world_setup(state);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    return 0;
}
#define mcs_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static struct thread with_budget(unsigned priority, word_t budget, word_t period, word_t extra,
                                 bool sporadic) {
    struct thread t = thread_make(priority, false);
    assert_ok(configure(t.sched_context, budget, period, extra, sporadic));
    return t;
}
static word_t consumed(cptr_t sched_context) {
    word_t result = 0;
    assert_ok(seL4_SchedContext_Consumed(sched_context, &result));
    return result;
}
static void root_priority(unsigned priority) {
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, priority));
}
static void assert_owner(struct thread owner, struct thread holder) {
    assert_ptr_equal(owner.context->tcb, holder.object);
    assert_ptr_equal(holder.object->sc, owner.context);
}

// --- when a thread may run

static void waiting_threads_are_released_in_the_order_of_their_refills(void **state) {
    (void)state;
    static const word_t periods[] = {3000, 1000, 2000, 4000, 1500};
    struct thread t[5];
    for (unsigned i = 0; i < 5; i++) {
        t[i] = with_budget(110, 100, periods[i], 0, true);
        assert_ok(seL4_TCB_Resume(t[i].tcb));
        pass(100);
        assert_root();
    }
    // Used at 0, 100, 200, 300, 400: back at 3000, 1100, 2200, 4300, 1900.
    static const struct {
        word_t at;
        unsigned who;
    } order[] = {{1100, 1}, {1900, 4}, {2200, 2}, {3000, 0}, {4300, 3}};
    for (unsigned i = 0; i < 5; i++) {
        pass(order[i].at - 1 - arch_ticks_to_us(host.now));
        assert_root();
        pass(1);
        assert_current(t[order[i].who]);
        assert_ok(seL4_TCB_Suspend(t[order[i].who].tcb));
        assert_root();
    }
}

static void a_suspended_thread_is_not_released(void **state) {
    (void)state;
    struct thread t[3];
    for (unsigned i = 0; i < 3; i++) {
        t[i] = with_budget(110, 100, 1000, 0, true);
        assert_ok(seL4_TCB_Resume(t[i].tcb));
        pass(100);
    }
    assert_ok(seL4_TCB_Suspend(t[1].tcb)); // in the middle of the queue
    assert_ok(seL4_TCB_Suspend(t[0].tcb)); // its head
    pass(899);
    assert_root();
    pass(1);
    assert_current(t[2]);
}

static void several_threads_that_are_released_at_once_run_by_priority(void **state) {
    (void)state;
    struct thread low = with_budget(110, 100, 1000, 0, true), high = with_budget(111, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(low.tcb));
    pass(100);
    assert_ok(seL4_TCB_Resume(high.tcb));
    pass(100);
    assert_root();
    host.now += us(2000); // the interrupt was late
    entry_irq(&host_core);
    assert_current(high);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_current(low);
}

static void a_thread_without_context_waits_for_one(void **state) {
    (void)state;
    struct thread t = thread_make(110, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_root();
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(seL4_SchedContext_Bind(sc, t.tcb));
    assert_root(); // not configured
    assert_ok(configure(sc, 1000, 1000, 0, false));
    assert_current(t);
}

static void an_unbound_thread_stops_until_it_is_bound_again(void **state) {
    (void)state;
    struct thread t = thread_start(90);
    assert_ok(seL4_SchedContext_UnbindObject(t.sched_context, t.tcb));
    assert_null(t.object->sc);
    assert_int_equal(host_core.ready_summary, 0);
    root_priority(80);
    assert_root();
    assert_ok(seL4_SchedContext_Bind(t.sched_context, t.tcb));
    assert_current(t);
}

static void a_sporadic_context_bound_late_begins_now(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 2, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(40);
    seL4_Wait(ntfn, MESSAGE(0)); // 60 at 40, 40 at 1000
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    assert_ok(seL4_TCB_Suspend(t.tcb));
    pass(460);
    assert_ok(seL4_SchedContext_Bind(t.sched_context, t.tcb));
    assert_int_equal(refill_head(t.context)->time, us(500));
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(60);
    assert_root();
    assert_int_equal(refill_head(t.context)->time, us(1000)); // the 60 used from 500 on come at 1500
    assert_int_equal(t.context->refill_count, 2);
}

static void a_depleted_context_is_not_bound_to_a_blocked_thread(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true), blocked = thread_make(110, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    struct thread other = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(other.sched_context));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_Bind(t.sched_context, other.tcb));
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_TCB_SetSchedParams(other.tcb, SEL4_SLOT_TCB, t.sched_context, 0, 0, 110));
    assert_ok(seL4_SchedContext_Bind(t.sched_context, blocked.tcb)); // inactive: it may wait
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    pass(900);
    assert_ok(seL4_SchedContext_Bind(t.sched_context, other.tcb));
    seL4_Signal(ntfn);
    assert_current(other);
}

static void a_context_of_a_blocked_thread_is_configured_afresh(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(50);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(configure(t.sched_context, 100, 1000, 0, true));
    assert_int_equal(t.context->refill_count, 1);
    seL4_Signal(ntfn);
    pass(99);
    assert_current(t);
    pass(1);
    assert_root();
}

static void a_waiting_thread_gets_a_larger_budget_not_earlier(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100); // back at 1000
    assert_ok(configure(t.sched_context, 50, 1000, 0, true));
    assert_root();
    pass(899);
    assert_root();
    pass(1);
    assert_current(t);
    pass(50);
    assert_root();
}

// --- wake-ups

// t waits from 0 on, is signalled at 500 while root is busy until 700, and then uses its budget.
static struct thread woken_late(bool sporadic) {
    struct thread t = with_budget(110, 100, 1000, 0, sporadic);
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Wait(ntfn, MESSAGE(0));
    pass(500);
    root_priority(120);
    seL4_Signal(ntfn);
    assert_root();
    pass(200);
    root_priority(100);
    assert_current(t);
    pass(100);
    assert_root();
    return t;
}

static void a_sporadic_context_counts_from_its_wake_up(void **state) {
    (void)state;
    struct thread t = woken_late(true);
    assert_int_equal(refill_head(t.context)->time, us(1500));
}

static void a_constant_bandwidth_context_counts_from_when_it_runs(void **state) {
    (void)state;
    struct thread t = woken_late(false);
    assert_int_equal(refill_head(t.context)->time, us(1700));
}

static void a_sporadic_sender_begins_now_when_its_message_is_taken(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Send(ep, MESSAGE(0));
    pass(500);
    root_priority(120);
    seL4_Wait(ep, MESSAGE(0));
    assert_int_equal(refill_head(t.context)->time, us(500));
    assert_state(t.object, THREAD_RUNNING);
}

// --- queues of one priority

static void a_newly_set_priority_puts_a_thread_first(void **state) {
    (void)state;
    struct thread a = thread_start(90), b = thread_start(80);
    assert_ok(seL4_TCB_SetPriority(b.tcb, SEL4_SLOT_TCB, 90));
    root_priority(70);
    assert_current(b);
    seL4_Yield();
    assert_current(a); // a slice that ends goes to the tail
}

static void the_priority_of_a_waking_thread_counts_at_once(void **state) {
    (void)state;
    // The server wakes its client, whose priority it then lowers: both in one turn of the scheduler or not.
    struct thread high = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    root_priority(120);
    seL4_Signal(ntfn);
    assert_ok(seL4_TCB_SetPriority(high.tcb, SEL4_SLOT_TCB, 90));
    root_priority(100);
    assert_root();
    root_priority(89);
    assert_current(high);
}

// --- timeout faults

static struct thread handler;

static struct thread with_handler(word_t budget, word_t period, bool sporadic) {
    handler = thread_start(120);
    seL4_Recv(ep, reply, MESSAGE(0));
    struct thread t = with_budget(110, budget, period, 0, sporadic);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, ep));
    return t;
}

static void a_constant_bandwidth_context_times_out_too(void **state) {
    (void)state;
    struct thread t = with_handler(100, 1000, false);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    assert_current(handler);
    assert_int_equal(info_of(handler.object), sel4_info(SEL4_FAULT_TIMEOUT, 0, 0, 2));
}

static void a_timeout_tells_what_was_used_once(void **state) {
    (void)state;
    struct thread t = with_handler(100, 1000, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(40);
    assert_int_equal(consumed(t.sched_context), 40);
    pass(60);
    assert_current(handler);
    assert_int_equal(mr_of(handler.object, 1), 60); // since it was last asked
    assert_int_equal(consumed(t.sched_context), 0); // and that counts as asking
}

static void a_timeout_of_a_thread_that_lost_its_context_has_one_word(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, ep));
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    assert_state(t.object, THREAD_BLOCKED_ON_SEND);
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_int_equal(info_of(world.root), sel4_info(SEL4_FAULT_TIMEOUT, 0, 0, 1));
    assert_int_equal(mr_of(world.root, 0), 0x5c);
}

static void a_passive_handler_gets_no_context_from_a_timeout(void **state) {
    (void)state;
    handler = thread_start_passive(120, ep, reply);
    struct thread t = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, ep));
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    assert_root();
    assert_null(handler.object->sc);
    assert_owner(t, t);
    assert_state(handler.object, THREAD_RUNNING); // it has the message
}

static void a_queued_timeout_gives_no_context_when_it_is_received(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true), late = thread_make(105, true);
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, ep));
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    assert_state(t.object, THREAD_BLOCKED_ON_SEND);
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(configure(sc, 1000, 1000, 0, false));
    assert_ok(seL4_SchedContext_Bind(sc, late.tcb));
    assert_ok(seL4_TCB_Resume(late.tcb));
    assert_current(late);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_current(late);
    assert_owner(t, t);
    assert_state(t.object, THREAD_BLOCKED_ON_REPLY);
    assert_null(t.context->reply);
}

// The server that a client called uses the client's budget up; somebody else replies.
static struct thread reply_after_depletion(bool with_timeout) {
    cptr_t service = new_object(SEL4_OBJECT_ENDPOINT, 0), r = new_object(SEL4_OBJECT_REPLY, 0);
    thread_start_passive(115, service, r);
    struct thread client = with_budget(110, 100, 1000, 0, true);
    if (with_timeout)
        assert_ok(seL4_TCB_SetTimeoutEndpoint(client.tcb, mint_of(ep, SEL4_RIGHTS_ALL, 0x77)));
    assert_ok(seL4_TCB_Resume(client.tcb));
    seL4_Call(service, MESSAGE(0));
    pass(100);
    assert_root(); // the server has no timeout handler: it waits
    seL4_Send(r, MESSAGE(.info = sel4_info(0x21, 0, 0, 0)));
    assert_owner(client, client);
    return client;
}

static void a_caller_that_gets_a_depleted_context_back_times_out(void **state) {
    (void)state;
    handler = thread_start(120);
    seL4_Recv(ep, reply, MESSAGE(0));
    struct thread client = reply_after_depletion(true);
    assert_current(handler);
    assert_int_equal(badge_of(handler.object), 0x77);
    assert_int_equal(info_of(handler.object), sel4_info(SEL4_FAULT_TIMEOUT, 0, 0, 2));
    assert_int_equal(mr_of(handler.object, 1), 100);
    // The reply to that raises no other: the client waits, and has its own reply's message.
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_root();
    assert_int_equal(info_of(client.object), sel4_info(0x21, 0, 0, 0));
    assert_true(client.object->in_release_queue);
    pass(900);
    assert_current(client);
}

static void a_caller_without_handler_waits_silently_for_its_budget(void **state) {
    (void)state;
    struct thread client = reply_after_depletion(false);
    assert_root();
    assert_true(client.object->in_release_queue);
    pass(899);
    assert_root();
    pass(1);
    assert_current(client);
}

static void a_timeout_answered_with_another_label_stops_the_thread(void **state) {
    (void)state;
    struct thread t = with_handler(100, 1000, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    assert_current(handler);
    seL4_ReplyRecv(ep, reply, MESSAGE(.info = sel4_info(1, 0, 0, 0)));
    assert_state(t.object, THREAD_INACTIVE);
    pass(2000);
    assert_root();
}

// --- donation

static void a_send_that_does_not_block_gives_no_context(void **state) {
    (void)state;
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    assert_current(client);
    seL4_NBSend(ep, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
    assert_null(server.object->sc);
    assert_state(server.object, THREAD_RUNNING);
}

static void both_combined_calls_give_the_context(void **state) {
    (void)state;
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    cptr_t other = new_object(SEL4_OBJECT_ENDPOINT, 0), r = new_object(SEL4_OBJECT_REPLY, 0);
    seL4_NBSendRecv(ep, other, r, MESSAGE(.info = sel4_info(5, 0, 0, 0)));
    assert_current(server);
    assert_owner(client, server);
    assert_int_equal(info_of(server.object), sel4_info(5, 0, 0, 0));
    assert_state(client.object, THREAD_BLOCKED_ON_RECEIVE);
    seL4_NBSendRecv(other, ep, reply, MESSAGE(0)); // and back
    assert_current(client);
    assert_owner(client, client);
}

static void a_combined_call_to_a_server_with_context_gives_nothing(void **state) {
    (void)state;
    struct thread server = thread_start(110);
    seL4_Recv(ep, reply, MESSAGE(0));
    struct thread client = thread_start(105);
    seL4_NBSendWait(ep, ntfn, MESSAGE(0));
    assert_current(server);
    assert_owner(client, client);
    assert_owner(server, server);
}

static void a_sender_without_context_can_be_received_from(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    seL4_Send(ep, MESSAGE(.info = sel4_info(6, 0, 0, 1), .mr = {61}));
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_root();
    assert_int_equal(mr_of(world.root, 0), 61);
    assert_state(t.object, THREAD_RUNNING); // and does not run
}

static void a_caller_without_context_gets_its_reply(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    seL4_Call(ep, MESSAGE(.info = sel4_info(6, 0, 0, 0)));
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_root();
    assert_state(t.object, THREAD_BLOCKED_ON_REPLY);
    seL4_Send(reply, MESSAGE(.info = sel4_info(7, 0, 0, 0)));
    assert_int_equal(info_of(t.object), sel4_info(7, 0, 0, 0));
    assert_root();
    assert_ok(seL4_SchedContext_Bind(t.sched_context, t.tcb));
    assert_current(t);
}

static void a_faulting_thread_without_context_lends_none(void **state) {
    (void)state;
    struct thread t = thread_make(110, false);
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, ep, 0, 110));
    assert_ok(seL4_TCB_Resume(t.tcb));
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_root();
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_int_equal(info_of(world.root), sel4_info(SEL4_FAULT_VM, 0, 0, 4));
    seL4_Send(reply, MESSAGE(0));
    assert_state(t.object, THREAD_RESTART);
    assert_root();
}

static void a_suspended_server_keeps_the_context_it_was_lent(void **state) {
    (void)state;
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    root_priority(120);
    assert_root();
    assert_ok(seL4_TCB_Suspend(server.tcb));
    assert_owner(client, server);
    assert_ok(seL4_TCB_Resume(server.tcb));
    root_priority(100);
    assert_current(server);
    seL4_Send(reply, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
}

static void a_lent_contexts_time_is_its_owners(void **state) {
    (void)state;
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    consumed(client.sched_context);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    pass(300);
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(client);
    pass(20);
    assert_int_equal(consumed(client.sched_context), 320);
}

// --- contexts of notifications

static cptr_t context_of(word_t budget, word_t period, bool sporadic) {
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 8);
    assert_ok(configure(sc, budget, period, 0, sporadic));
    assert_ok(seL4_SchedContext_Bind(sc, ntfn));
    return sc;
}

static void a_passive_server_serves_signals_with_the_notifications_context(void **state) {
    (void)state;
    struct thread server = thread_start_passive(110, ep, reply), client = thread_start(105);
    assert_current(client);
    assert_ok(seL4_TCB_BindNotification(server.tcb, ntfn));
    cptr_t sc = context_of(1000, 1000, false);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    seL4_Signal(ntfn); // active while the server works for its client
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(server); // which it takes next, on the notification's context
    assert_ptr_equal(server.object->sc, object_of(sc));
    assert_owner(client, client);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_current(client);
    assert_null(server.object->sc);
    assert_null(((struct sched_context *)object_of(sc))->tcb);
}

static void a_sporadic_lent_context_begins_when_it_is_lent(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    struct sched_context *sc = object_of(context_of(100, 1000, true));
    pass(500);
    seL4_Signal(ntfn);
    assert_current(t);
    pass(100);
    assert_root();
    assert_int_equal(refill_head(sc)->time, us(1500));
    pass(950);
    assert_current(t); // still borrowed
    assert_ptr_equal(t.object->sc, sc);
}

static void a_lent_context_that_is_not_configured_lets_nobody_run(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(seL4_SchedContext_Bind(sc, ntfn));
    seL4_Signal(ntfn);
    assert_root();
    assert_ptr_equal(t.object->sc, object_of(sc));
    assert_ok(configure(sc, 100, 100, 0, false));
    assert_current(t);
}

static void a_deleted_notification_leaves_its_context(void **state) {
    (void)state;
    struct sched_context *sc = object_of(context_of(100, 1000, true));
    assert_ok(cap_delete(ntfn));
    assert_null(sc->notification);
}

static void unbind_takes_thread_and_notification_away(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    cptr_t sc = context_of(1000, 1000, false);
    seL4_Signal(ntfn);
    assert_current(t); // on the notification's context
    root_priority(120);
    assert_ok(seL4_SchedContext_Unbind(sc));
    assert_null(t.object->sc);
    assert_null(((struct notification *)object_of(ntfn))->sc);
    assert_ok(seL4_SchedContext_Bind(sc, t.tcb)); // free for either
    assert_ok(seL4_SchedContext_UnbindObject(sc, t.tcb));
    assert_ok(seL4_SchedContext_Bind(sc, ntfn));
}

// --- YieldTo

static void yield_to_a_thread_that_waits_for_its_budget_answers_at_once(void **state) {
    (void)state;
    struct thread t = with_budget(110, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(100);
    word_t result = 7;
    assert_ok(seL4_SchedContext_YieldTo(t.sched_context, &result));
    assert_root();
    assert_int_equal(result, 100);
    assert_ok(seL4_SchedContext_YieldTo(t.sched_context, &result));
    assert_int_equal(result, 0); // told once
}

static void yield_to_moves_a_sporadic_target_to_now(void **state) {
    (void)state;
    struct thread t = with_budget(100, 100, 1000, 0, true);
    assert_ok(seL4_TCB_Resume(t.tcb));
    pass(300);
    word_t result;
    assert_ok(seL4_SchedContext_YieldTo(t.sched_context, &result));
    assert_current(t);
    assert_int_equal(refill_head(t.context)->time, us(300));
    pass(100);
    assert_root();
    assert_int_equal(mr_of(world.root, 0), 100);
}

static void a_yield_to_ends_when_its_target_is_deleted(void **state) {
    (void)state;
    struct thread t = thread_start(100);
    word_t result;
    consumed(t.sched_context);
    assert_ok(seL4_SchedContext_YieldTo(t.sched_context, &result));
    assert_current(t);
    pass(45);
    cap_delete(t.tcb); // itself
    assert_root();
    assert_null(world.root->yield_to);
    assert_int_equal(mr_of(world.root, 0), 45);
    assert_null(t.context->yield_from);
}

static void yield_to_runs_the_most_urgent_all_the_same(void **state) {
    (void)state;
    struct thread t = thread_start(100), high = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_root();
    word_t result;
    assert_ok(seL4_SchedContext_YieldTo(t.sched_context, &result));
    assert_current(t);
    seL4_Signal(ntfn);
    assert_current(high);
    assert_ptr_equal(world.root->yield_to, t.context);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_current(t); // preempted: still before its caller
}

int main(void) {
    const struct CMUnitTest tests[] = {
        mcs_test(waiting_threads_are_released_in_the_order_of_their_refills),
        mcs_test(a_suspended_thread_is_not_released),
        mcs_test(several_threads_that_are_released_at_once_run_by_priority),
        mcs_test(a_thread_without_context_waits_for_one),
        mcs_test(an_unbound_thread_stops_until_it_is_bound_again),
        mcs_test(a_sporadic_context_bound_late_begins_now),
        mcs_test(a_depleted_context_is_not_bound_to_a_blocked_thread),
        mcs_test(a_context_of_a_blocked_thread_is_configured_afresh),
        mcs_test(a_waiting_thread_gets_a_larger_budget_not_earlier),
        mcs_test(a_sporadic_context_counts_from_its_wake_up),
        mcs_test(a_constant_bandwidth_context_counts_from_when_it_runs),
        mcs_test(a_sporadic_sender_begins_now_when_its_message_is_taken),
        mcs_test(a_newly_set_priority_puts_a_thread_first),
        mcs_test(the_priority_of_a_waking_thread_counts_at_once),
        mcs_test(a_constant_bandwidth_context_times_out_too),
        mcs_test(a_timeout_tells_what_was_used_once),
        mcs_test(a_timeout_of_a_thread_that_lost_its_context_has_one_word),
        mcs_test(a_passive_handler_gets_no_context_from_a_timeout),
        mcs_test(a_queued_timeout_gives_no_context_when_it_is_received),
        mcs_test(a_caller_that_gets_a_depleted_context_back_times_out),
        mcs_test(a_caller_without_handler_waits_silently_for_its_budget),
        mcs_test(a_timeout_answered_with_another_label_stops_the_thread),
        mcs_test(a_send_that_does_not_block_gives_no_context),
        mcs_test(both_combined_calls_give_the_context),
        mcs_test(a_combined_call_to_a_server_with_context_gives_nothing),
        mcs_test(a_sender_without_context_can_be_received_from),
        mcs_test(a_caller_without_context_gets_its_reply),
        mcs_test(a_faulting_thread_without_context_lends_none),
        mcs_test(a_suspended_server_keeps_the_context_it_was_lent),
        mcs_test(a_lent_contexts_time_is_its_owners),
        mcs_test(a_passive_server_serves_signals_with_the_notifications_context),
        mcs_test(a_sporadic_lent_context_begins_when_it_is_lent),
        mcs_test(a_lent_context_that_is_not_configured_lets_nobody_run),
        mcs_test(a_deleted_notification_leaves_its_context),
        mcs_test(unbind_takes_thread_and_notification_away),
        mcs_test(yield_to_a_thread_that_waits_for_its_budget_answers_at_once),
        mcs_test(yield_to_moves_a_sporadic_target_to_now),
        mcs_test(a_yield_to_ends_when_its_target_is_deleted),
        mcs_test(yield_to_runs_the_most_urgent_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
