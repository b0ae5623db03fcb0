// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Notifications: signals, waiters, bound threads, lent contexts; and interrupts that arrive as signals (seL4
// API: Notification, IRQControl, IRQHandler).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static cptr_t ntfn, ep, reply;
static struct notification *object;

static int setup(void **state) {
    world_setup(state);
    ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    object = object_of(ntfn);
    return 0;
}
#define ntfn_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static cptr_t badged(word_t badge) {
    return mint_of(ntfn, SEL4_RIGHT_WRITE, badge);
}
static struct thread waiter(unsigned priority) {
    struct thread t = thread_start(priority);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_state(t.object, THREAD_BLOCKED_ON_NOTIFICATION);
    return t;
}

// --- signals

static void signals_collect_until_they_are_taken(void **state) {
    (void)state;
    seL4_Signal(badged(1));
    seL4_Signal(badged(4));
    struct sel4_message message = {.info = 0x55, .mr = {9}};
    assert_int_equal(seL4_Wait(ntfn, &message), 5);
    assert_int_equal(message.info, 0x55); // a signal writes the badge only
    assert_int_equal(message.mr[0], 9);
    assert_int_equal(seL4_Poll(ntfn), 0);
}

static void a_signal_without_badge_wakes_too(void **state) {
    (void)state;
    struct thread t = waiter(105);
    seL4_Signal(ntfn);
    assert_current(t);
    assert_int_equal(badge_of(t.object), 0);
    assert_int_equal(object->state, NOTIFICATION_IDLE);
}

static void a_signal_wakes_one_waiter_the_most_urgent(void **state) {
    (void)state;
    struct thread a = waiter(101), b = waiter(103), c = waiter(103);
    seL4_Signal(badged(7));
    assert_current(b);
    assert_int_equal(badge_of(b.object), 7);
    assert_state(a.object, THREAD_BLOCKED_ON_NOTIFICATION);
    assert_state(c.object, THREAD_BLOCKED_ON_NOTIFICATION);
    assert_int_equal(object->state, NOTIFICATION_WAITING);
}

static void a_new_priority_reorders_waiters(void **state) {
    (void)state;
    struct thread a = waiter(101);
    waiter(103);
    assert_ok(seL4_TCB_SetPriority(a.tcb, SEL4_SLOT_TCB, 110));
    seL4_Signal(ntfn);
    assert_current(a);
}

static void a_call_of_a_notification_signals_and_is_answered(void **state) {
    (void)state;
    struct sel4_message message = {.info = sel4_info(0, 0, 0, 3)};
    seL4_Call(badged(2), &message);
    assert_int_equal(message.info, 0);
    assert_int_equal(seL4_Poll(ntfn), 2);
}

static void waiters_of_a_destroyed_notification_wait_again(void **state) {
    (void)state;
    struct thread t = waiter(105);
    word_t pc = t.object->arch.context.fault_pc;
    assert_ok(cap_delete(ntfn));
    assert_current(t);
    assert_int_equal(t.object->arch.context.pc, pc);
}

// --- bound

static void a_signal_reaches_a_bound_thread_in_receive(void **state) {
    (void)state;
    struct thread t = thread_make(105, false);
    assert_ok(seL4_TCB_BindNotification(t.tcb, ntfn));
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Recv(ep, reply, MESSAGE(0));
    seL4_Signal(badged(0x80));
    assert_current(t);
    assert_int_equal(badge_of(t.object), 0x80);
    assert_null(((struct reply *)object_of(reply))->tcb); // detached
    assert_int_equal(((struct endpoint *)object_of(ep))->head, 0);
}

static void an_active_notification_is_taken_before_the_endpoint(void **state) {
    (void)state;
    struct thread sender = thread_start(105);
    seL4_Send(ep, MESSAGE(.info = sel4_info(1, 0, 0, 0)));
    assert_ok(seL4_TCB_BindNotification(SEL4_SLOT_TCB, ntfn));
    seL4_Signal(badged(3));
    assert_int_equal(seL4_Recv(ep, reply, MESSAGE(0)), 3);
    assert_state(sender.object, THREAD_BLOCKED_ON_SEND);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_int_equal(info_of(world.root), sel4_info(1, 0, 0, 0));
}

static void a_signal_does_not_reach_a_bound_thread_in_a_call(void **state) {
    (void)state;
    struct thread t = thread_make(105, false);
    assert_ok(seL4_TCB_BindNotification(t.tcb, ntfn));
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Call(ep, MESSAGE(0));
    seL4_Signal(badged(1));
    assert_root();
    assert_int_equal(object->state, NOTIFICATION_ACTIVE);
    seL4_Recv(ep, reply, MESSAGE(0));
    seL4_Signal(badged(2));
    assert_state(t.object, THREAD_BLOCKED_ON_REPLY);
}

static void binding_errors_are_illegal_operations(void **state) {
    (void)state;
    cptr_t other = new_object(SEL4_OBJECT_NOTIFICATION, 0), deaf = badged(1);
    struct thread t = thread_make(90, false), w = waiter(105);
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_BindNotification(t.tcb, ntfn)); // somebody waits
    assert_ok(seL4_TCB_Suspend(w.tcb));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_BindNotification(t.tcb, ep));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_BindNotification(t.tcb, deaf));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_UnbindNotification(t.tcb));
    assert_ok(seL4_TCB_BindNotification(t.tcb, ntfn));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_BindNotification(t.tcb, other));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_BindNotification(w.tcb, ntfn));
    assert_ok(seL4_TCB_UnbindNotification(t.tcb));
    assert_null(object->bound_tcb);
    assert_null(t.object->bound_notification);
    assert_ok(seL4_TCB_BindNotification(w.tcb, ntfn));
}

static void either_end_of_a_binding_may_go_first(void **state) {
    (void)state;
    struct thread a = thread_make(90, false), b = thread_make(90, false);
    cptr_t other = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    assert_ok(seL4_TCB_BindNotification(a.tcb, ntfn));
    assert_ok(seL4_TCB_BindNotification(b.tcb, other));
    assert_ok(cap_delete(ntfn));
    assert_null(a.object->bound_notification);
    assert_ok(cap_delete(b.tcb));
    assert_null(((struct notification *)object_of(other))->bound_tcb);
}

// --- a context of its own

static cptr_t lent_context(void) {
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(configure(sc, 1000, 1000, 0, false));
    assert_ok(seL4_SchedContext_Bind(sc, ntfn));
    return sc;
}

static void a_waiter_borrows_the_context_and_returns_it(void **state) {
    (void)state;
    struct thread t = waiter(105);
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    cptr_t sc = lent_context();
    seL4_Signal(badged(1));
    assert_current(t);
    assert_ptr_equal(t.object->sc, object_of(sc));
    seL4_Wait(ntfn, MESSAGE(0));
    assert_null(t.object->sc);
    assert_null(((struct sched_context *)object_of(sc))->tcb);
    assert_root();
}

static void a_bound_receiver_borrows_the_context_and_returns_it(void **state) {
    (void)state;
    struct thread t = thread_make(105, false);
    assert_ok(seL4_TCB_BindNotification(t.tcb, ntfn));
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    cptr_t sc = lent_context();
    seL4_Signal(badged(1));
    assert_current(t);
    assert_ptr_equal(t.object->sc, object_of(sc));
    seL4_NBRecv(ep, reply, MESSAGE(0)); // does not block: it keeps the context
    assert_current(t);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_null(t.object->sc);
    assert_root();
}

static void a_thread_with_a_context_borrows_none(void **state) {
    (void)state;
    struct thread t = waiter(105);
    cptr_t sc = lent_context();
    seL4_Signal(badged(1));
    assert_current(t);
    assert_ptr_equal(t.object->sc, t.context);
    assert_null(((struct sched_context *)object_of(sc))->tcb);
    assert_ok(cap_delete(sc));
    assert_null(object->sc);
}

static void a_borrowed_context_runs_nobody_before_its_refill(void **state) {
    (void)state;
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(configure(sc, 1000, 5000, 0, true));
    struct thread spender = thread_make(110, true);
    assert_ok(seL4_SchedContext_Bind(sc, spender.tcb));
    assert_ok(seL4_TCB_Resume(spender.tcb));
    assert_current(spender);
    seL4_Yield(); // the whole budget is gone
    assert_root();
    assert_ok(seL4_SchedContext_Unbind(sc));
    assert_ok(seL4_SchedContext_Bind(sc, ntfn));

    struct thread server = thread_start_passive(105, ep, reply);
    assert_ok(seL4_TCB_BindNotification(server.tcb, ntfn));
    struct thread client = thread_start(104);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    seL4_Signal(badged(1));
    seL4_ReplyRecv(ep, reply, MESSAGE(0)); // gives the client's context back and takes the signal
    assert_current(client);
    assert_int_equal(badge_of(server.object), 1);
    assert_ptr_equal(server.object->sc, object_of(sc));
    assert_true(server.object->in_release_queue);
    pass(5000);
    assert_current(server);
}

static void a_second_waiter_holds_its_signal_until_there_is_a_context(void **state) {
    (void)state;
    struct thread a = waiter(105), b = waiter(104);
    assert_ok(seL4_SchedContext_Unbind(a.sched_context));
    assert_ok(seL4_SchedContext_Unbind(b.sched_context));
    lent_context();
    seL4_Signal(badged(1));
    assert_current(a);
    seL4_Signal(badged(2));
    assert_current(a);
    assert_state(b.object, THREAD_RUNNING);
    assert_int_equal(badge_of(b.object), 2);
    assert_null(b.object->sc);
}

// --- interrupts

static cptr_t handler_of(word_t irq) {
    cptr_t handler = new_slot();
    assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, irq, handler, DEPTH));
    return handler;
}

static void an_interrupt_is_a_signal_and_masks_its_line(void **state) {
    (void)state;
    cptr_t handler = handler_of(40);
    assert_false(host.irq_masked[40]);
    assert_ok(seL4_IRQHandler_SetNotification(handler, badged(0x10)));
    struct thread t = waiter(105);
    interrupt(40);
    assert_current(t);
    assert_int_equal(badge_of(t.object), 0x10);
    assert_true(host.irq_masked[40]);
    assert_false(host.irq_active[40]);
    assert_ok(seL4_IRQHandler_Ack(handler));
    assert_false(host.irq_masked[40]);
}

static void an_interrupt_that_nobody_is_told_of_stays_masked(void **state) {
    (void)state;
    cptr_t handler = handler_of(41);
    assert_ok(seL4_IRQHandler_SetNotification(handler, badged(1)));
    assert_ok(seL4_IRQHandler_Clear(handler));
    interrupt(41);
    assert_true(host.irq_masked[41]);
    assert_int_equal(seL4_Poll(ntfn), 0);
}

static void a_line_is_issued_once_and_free_again_after_its_handler(void **state) {
    (void)state;
    cptr_t handler = handler_of(42), again = new_slot();
    assert_error(SEL4_REVOKE_FIRST, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 42, again, DEPTH));
    assert_error(SEL4_REVOKE_FIRST, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 26, again, DEPTH));
    assert_error(SEL4_RANGE_ERROR, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 160, again, DEPTH));
    assert_int_equal(detail(1), 159);
    assert_error(SEL4_RANGE_ERROR,
                 seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, ~(word_t)0, again, DEPTH));
    assert_error(SEL4_DELETE_FIRST, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 43, handler, DEPTH));
    cptr_t copy = copy_of(handler);
    assert_ok(seL4_IRQHandler_SetNotification(copy, badged(1)));
    assert_ok(cap_delete(handler));
    assert_error(SEL4_REVOKE_FIRST, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 42, again, DEPTH));
    assert_ok(cap_delete(copy));
    assert_true(host.irq_masked[42]);
    assert_ok(seL4_IRQControl_GetTrigger(SEL4_SLOT_IRQ_CONTROL, ROOT, 42, 1, again, DEPTH));
    assert_true(host.irq_edge[42]);
    interrupt(42); // what the old handler had set is forgotten
    assert_int_equal(seL4_Poll(ntfn), 0);
}

static void a_notification_may_go_before_its_handler(void **state) {
    (void)state;
    cptr_t handler = handler_of(44), own = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    assert_ok(seL4_IRQHandler_SetNotification(handler, own));
    assert_ok(cap_delete(own));                                // the handler holds the last capability
    assert_ok(seL4_IRQHandler_SetNotification(handler, ntfn)); // which destroys the first
    assert_ok(cap_revoke(ntfn));
    interrupt(44);
    assert_int_equal(seL4_Poll(ntfn), 0);
    assert_error(SEL4_INVALID_CAPABILITY, seL4_IRQHandler_SetNotification(handler, ep));
    assert_error(SEL4_INVALID_CAPABILITY,
                 seL4_IRQHandler_SetNotification(handler, mint_of(ntfn, SEL4_RIGHT_READ, 1)));
    assert_int_equal(detail(0), 0);
}

static void any_call_of_an_sgi_capability_fires_it(void **state) {
    (void)state;
    cptr_t sgi = new_slot();
    assert_error(SEL4_RANGE_ERROR, seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 16, 0, sgi, DEPTH));
    assert_int_equal(detail(1), 15);
    assert_error(SEL4_INVALID_ARGUMENT,
                 seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 5, 8, sgi, DEPTH));
    assert_int_equal(detail(0), 1);
    assert_ok(seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 5, 3, sgi, DEPTH));
    seL4_Signal(sgi);
    assert_int_equal(host.sgi_sent, 5);
    assert_int_equal(host.sgi_target, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ntfn_test(signals_collect_until_they_are_taken),
        ntfn_test(a_signal_without_badge_wakes_too),
        ntfn_test(a_signal_wakes_one_waiter_the_most_urgent),
        ntfn_test(a_new_priority_reorders_waiters),
        ntfn_test(a_call_of_a_notification_signals_and_is_answered),
        ntfn_test(waiters_of_a_destroyed_notification_wait_again),
        ntfn_test(a_signal_reaches_a_bound_thread_in_receive),
        ntfn_test(an_active_notification_is_taken_before_the_endpoint),
        ntfn_test(a_signal_does_not_reach_a_bound_thread_in_a_call),
        ntfn_test(binding_errors_are_illegal_operations),
        ntfn_test(either_end_of_a_binding_may_go_first),
        ntfn_test(a_waiter_borrows_the_context_and_returns_it),
        ntfn_test(a_bound_receiver_borrows_the_context_and_returns_it),
        ntfn_test(a_thread_with_a_context_borrows_none),
        ntfn_test(a_borrowed_context_runs_nobody_before_its_refill),
        ntfn_test(a_second_waiter_holds_its_signal_until_there_is_a_context),
        ntfn_test(an_interrupt_is_a_signal_and_masks_its_line),
        ntfn_test(an_interrupt_that_nobody_is_told_of_stays_masked),
        ntfn_test(a_line_is_issued_once_and_free_again_after_its_handler),
        ntfn_test(a_notification_may_go_before_its_handler),
        ntfn_test(any_call_of_an_sgi_capability_fires_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
