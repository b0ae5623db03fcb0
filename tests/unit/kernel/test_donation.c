// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Scheduling contexts in motion: binding, donation along calls, the stack of replies, passive servers (seL4
// API: MCS).
#include "world.h"

static cptr_t ep, reply;
static struct thread server, client;

// A passive server waits on ep; its client, less urgent, runs.
static int setup(void **state) {
    world_setup(state);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    server = thread_start_passive(110, ep, reply);
    client = thread_start(105);
    assert_current(client);
    return 0;
}
#define donation_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static struct reply *reply_object(cptr_t cptr) {
    return object_of(cptr);
}
static void assert_owner(struct thread owner, struct thread holder) {
    assert_ptr_equal(owner.context->tcb, holder.object);
    assert_ptr_equal(holder.object->sc, owner.context);
}

// --- donation

static void a_call_gives_its_context_and_the_reply_returns_it(void **state) {
    (void)state;
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    assert_owner(client, server);
    assert_null(client.object->sc);
    assert_ptr_equal(client.context->reply, object_of(reply));
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
    assert_null(server.object->sc);
    assert_null(client.context->reply);
}

static void a_queued_call_gives_its_context_when_it_is_received(void **state) {
    (void)state;
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    struct thread second = thread_start(115);
    seL4_Call(ep, MESSAGE(0));
    assert_state(second.object, THREAD_BLOCKED_ON_SEND);
    assert_current(server);
    seL4_ReplyRecv(ep, reply, MESSAGE(0)); // the reply gives the client's back; the second's arrives
    assert_current(server);
    assert_owner(second, server);
    assert_owner(client, client);
}

static void a_server_with_a_context_keeps_it(void **state) {
    (void)state;
    seL4_TCB_Suspend(server.tcb);
    cptr_t other = new_object(SEL4_OBJECT_ENDPOINT, 0);
    struct thread active = thread_start(110);
    seL4_Recv(other, reply, MESSAGE(0));
    assert_current(client);
    seL4_Call(other, MESSAGE(0));
    assert_current(active);
    assert_owner(active, active);
    assert_owner(client, client);
    assert_null(client.context->reply);
}

static void a_plain_send_gives_nothing(void **state) {
    (void)state;
    seL4_Send(ep, MESSAGE(.info = sel4_info(8, 0, 0, 0)));
    assert_current(client);
    assert_state(server.object, THREAD_RUNNING); // it has the message and cannot run
    assert_int_equal(info_of(server.object), sel4_info(8, 0, 0, 0));
    assert_ok(seL4_SchedContext_Bind(server.sched_context, server.tcb));
    assert_current(server);
}

static void the_send_of_a_combined_call_gives_the_context(void **state) {
    (void)state;
    cptr_t ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    seL4_NBSendWait(ep, ntfn, MESSAGE(0));
    assert_current(server);
    assert_owner(client, server);
    assert_state(client.object, THREAD_BLOCKED_ON_NOTIFICATION);
    assert_null(client.context->reply); // no way back
}

static void a_fault_gives_its_context_to_the_handler(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetSchedParams(client.tcb, SEL4_SLOT_TCB, client.sched_context, ep, 0, 105));
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_current(server);
    assert_owner(client, server);
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
}

// --- the stack of replies

// client -> server -> inner; inner runs.
static struct thread chain(cptr_t *inner_ep, cptr_t *inner_reply) {
    *inner_ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    *inner_reply = new_object(SEL4_OBJECT_REPLY, 0);
    struct thread inner = thread_start_passive(115, *inner_ep, *inner_reply);
    assert_current(client);
    seL4_Call(ep, MESSAGE(0));
    seL4_Call(*inner_ep, MESSAGE(0));
    assert_current(inner);
    assert_owner(client, inner);
    return inner;
}

static void replies_return_the_context_step_by_step(void **state) {
    (void)state;
    cptr_t inner_ep, inner_reply;
    struct thread inner = chain(&inner_ep, &inner_reply);
    seL4_ReplyRecv(inner_ep, inner_reply, MESSAGE(0));
    assert_current(server);
    assert_owner(client, server);
    assert_null(inner.object->sc);
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
}

static void a_reply_below_the_top_wakes_without_context(void **state) {
    (void)state;
    cptr_t inner_ep, inner_reply;
    struct thread inner = chain(&inner_ep, &inner_reply);
    seL4_Send(reply, MESSAGE(0)); // the client's, out of turn
    assert_current(inner);
    assert_state(client.object, THREAD_RUNNING);
    assert_null(client.object->sc);
    seL4_ReplyRecv(inner_ep, inner_reply, MESSAGE(0));
    assert_current(server);
    seL4_ReplyRecv(ep, reply, MESSAGE(0)); // nobody there: the context stays with the server
    assert_root();
    assert_owner(client, server);
}

static void a_suspended_caller_leaves_its_context_with_the_callee(void **state) {
    (void)state;
    cptr_t inner_ep, inner_reply;
    struct thread inner = chain(&inner_ep, &inner_reply);
    assert_ok(seL4_TCB_Suspend(server.tcb));
    assert_current(inner);
    assert_null(client.context->reply);
    assert_null(reply_object(reply)->next);
    seL4_ReplyRecv(inner_ep, inner_reply, MESSAGE(0));
    assert_root();
    assert_owner(client, inner);
}

static void deleting_a_reply_object_returns_the_context(void **state) {
    (void)state;
    cptr_t inner_ep, inner_reply;
    chain(&inner_ep, &inner_reply);
    assert_ok(cap_delete(inner_reply)); // inner gives its context away with it
    assert_root();
    assert_owner(client, server);
    assert_state(server.object, THREAD_INACTIVE);
    assert_ptr_equal(client.context->reply, object_of(reply));
    assert_ok(seL4_TCB_Resume(server.tcb)); // calls again
    assert_current(server);
    seL4_Send(reply, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
}

static void deleting_the_object_in_the_middle_ends_the_stack_there(void **state) {
    (void)state;
    cptr_t inner_ep, inner_reply;
    struct thread inner = chain(&inner_ep, &inner_reply);
    assert_ok(cap_delete(reply));
    assert_current(inner);
    assert_state(client.object, THREAD_INACTIVE);
    seL4_ReplyRecv(inner_ep, inner_reply, MESSAGE(0));
    assert_current(server);
    assert_owner(client, server);
}

static void a_destroyed_context_leaves_all_without(void **state) {
    (void)state;
    cptr_t inner_ep, inner_reply;
    struct thread inner = chain(&inner_ep, &inner_reply);
    assert_ok(cap_delete(client.sched_context));
    assert_root();
    assert_null(inner.object->sc);
    seL4_Send(inner_reply, MESSAGE(0));
    assert_state(server.object, THREAD_RUNNING);
    assert_null(server.object->sc);
}

static void a_context_that_the_caller_got_meanwhile_is_kept(void **state) {
    (void)state;
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    cptr_t other = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(configure(other, 1000, 1000, 0, false));
    assert_ok(seL4_SchedContext_Bind(other, client.tcb));
    seL4_Send(reply, MESSAGE(0));
    assert_ptr_equal(client.object->sc, object_of(other));
    assert_owner(client, server); // which goes on with the old one
    assert_current(server);
}

// --- binding

static void binding_is_refused_on_either_side(void **state) {
    (void)state;
    cptr_t free = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7), ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0),
           second = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_Bind(client.sched_context, ntfn));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_Bind(free, client.tcb));
    assert_error(SEL4_INVALID_CAPABILITY, seL4_SchedContext_Bind(free, ep));
    assert_int_equal(detail(0), 1);
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_SchedContext_Bind(free, server.tcb)); // blocked, and it could not run
    assert_ok(seL4_SchedContext_Bind(free, ntfn));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_Bind(free, second));
    assert_error(SEL4_INVALID_CAPABILITY, seL4_SchedContext_UnbindObject(free, ep));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_UnbindObject(free, second));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_UnbindObject(free, client.tcb));
    assert_ok(seL4_SchedContext_UnbindObject(free, ntfn));
    assert_ok(seL4_SchedContext_Bind(free, second));
    assert_ok(seL4_SchedContext_Unbind(free));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_Unbind(client.sched_context)); // the caller's own
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SchedContext_UnbindObject(client.sched_context, client.tcb));
}

static void sched_params_bind_and_unbind(void **state) {
    (void)state;
    struct thread t = thread_make(90, true);
    cptr_t sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7), other = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7);
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, sc, 0, 10, 91));
    assert_ptr_equal(t.object->sc, object_of(sc));
    assert_int_equal(t.object->mcp, 10);
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, sc, 0, 11, 92)); // the same again
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, other, 0, 0, 1));
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, client.sched_context, 0, 0, 1));
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, ep, 0, 0, 1));
    assert_int_equal(detail(0), 2);
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_SetSchedParams(t.tcb, ep, sc, 0, 0, 1));
    assert_int_equal(detail(0), 1);
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, SEL4_SLOT_NULL, 0, 0, 1));
    assert_null(t.object->sc);
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_TCB_SetSchedParams(client.tcb, SEL4_SLOT_TCB, SEL4_SLOT_NULL, 0, 0, 1));
}

static void unbinding_a_lent_context_breaks_the_way_back(void **state) {
    (void)state;
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 120));
    assert_root();
    assert_ok(seL4_SchedContext_Unbind(client.sched_context));
    assert_null(server.object->sc);
    assert_null(client.context->reply);
    seL4_Send(reply, MESSAGE(0));
    assert_state(client.object, THREAD_RUNNING);
    assert_null(client.object->sc);
}

// --- slices that end while the context is lent

// Two equal clients; the first one's slices end in the server, which is more urgent than both.
static void a_slice_that_ends_in_a_server_ends_for_its_client(void **state) {
    (void)state;
    assert_ok(configure(client.sched_context, 1000, 1000, 0, false));
    struct thread other = thread_start(105);
    assert_ok(configure(other.sched_context, 1000, 1000, 0, false));
    seL4_Call(ep, MESSAGE(0));
    for (unsigned i = 0; i < 3; i++) {
        assert_current(server);
        pass(1500);
        assert_current(server); // it is more urgent, and answers first
        seL4_ReplyRecv(ep, reply, MESSAGE(0));
        assert_current(other);
        pass(1000);
        assert_current(client);
        assert_false(client.context->slice_over);
        pass(100);
        seL4_Call(ep, MESSAGE(0));
    }
    pass(100);
    seL4_ReplyRecv(ep, reply, MESSAGE(0)); // within its slice
    assert_current(client);
}

// Who replies is less urgent than the client, and has a context of its own: it does not go on before the
// client.
static void a_client_whose_slice_ended_runs_before_a_less_urgent_replier(void **state) {
    (void)state;
    assert_ok(configure(client.sched_context, 1000, 1000, 0, false));
    cptr_t ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    pass(1500);
    assert_true(client.context->slice_over);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_root();
    seL4_Send(reply, MESSAGE(0));
    assert_current(client);
    assert_owner(client, client);
}

// One interrupt finds the slice over and makes the client fault, as a guest's maintenance interrupt does: the
// client was behind its equals already.
static void a_fault_at_the_end_of_a_slice_does_not_begin_another(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetSchedParams(client.tcb, SEL4_SLOT_TCB, client.sched_context, ep, 0, 105));
    assert_ok(configure(client.sched_context, 1000, 1000, 0, false));
    struct thread other = thread_start(105);
    assert_ok(configure(other.sched_context, 1000, 1000, 0, false));
    assert_current(client);
    sched_charge(&host_core, 0, false);
    thread_fault(&host_core, client.object, &(struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_ptr_equal(sched_schedule(&host_core), server.object);
    pass(100);
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(other);
    pass(1000);
    assert_current(client);
}

// Of a stack of calls, the client's own answer is the last one.
static void a_slice_that_ends_in_an_inner_server_ends_for_the_first_client(void **state) {
    (void)state;
    cptr_t inner_ep = new_object(SEL4_OBJECT_ENDPOINT, 0), inner_reply = new_object(SEL4_OBJECT_REPLY, 0);
    struct thread inner = thread_start_passive(115, inner_ep, inner_reply), other = thread_start(105);
    assert_ok(configure(client.sched_context, 1000, 1000, 0, false));
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    seL4_Call(inner_ep, MESSAGE(0));
    assert_current(inner);
    pass(1500);
    seL4_ReplyRecv(inner_ep, inner_reply, MESSAGE(0));
    assert_current(server);
    seL4_ReplyRecv(ep, reply, MESSAGE(0));
    assert_current(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        donation_test(a_call_gives_its_context_and_the_reply_returns_it),
        donation_test(a_queued_call_gives_its_context_when_it_is_received),
        donation_test(a_server_with_a_context_keeps_it),
        donation_test(a_plain_send_gives_nothing),
        donation_test(the_send_of_a_combined_call_gives_the_context),
        donation_test(a_fault_gives_its_context_to_the_handler),
        donation_test(replies_return_the_context_step_by_step),
        donation_test(a_reply_below_the_top_wakes_without_context),
        donation_test(a_suspended_caller_leaves_its_context_with_the_callee),
        donation_test(deleting_a_reply_object_returns_the_context),
        donation_test(deleting_the_object_in_the_middle_ends_the_stack_there),
        donation_test(a_destroyed_context_leaves_all_without),
        donation_test(a_context_that_the_caller_got_meanwhile_is_kept),
        donation_test(binding_is_refused_on_either_side),
        donation_test(sched_params_bind_and_unbind),
        donation_test(unbinding_a_lent_context_breaks_the_way_back),
        donation_test(a_slice_that_ends_in_a_server_ends_for_its_client),
        donation_test(a_client_whose_slice_ended_runs_before_a_less_urgent_replier),
        donation_test(a_fault_at_the_end_of_a_slice_does_not_begin_another),
        donation_test(a_slice_that_ends_in_an_inner_server_ends_for_the_first_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
