// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Messages through endpoints: forms of send and receive, queues, words, capabilities (seL4 API: message
// passing).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static cptr_t ep, reply;

static int setup(void **state) {
    world_setup(state);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    return 0;
}
#define ipc_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

// A thread that waits in Recv on the endpoint, with a reply object of its own.
static struct thread receiver(unsigned priority, cptr_t reply_cptr) {
    struct thread t = thread_start(priority);
    assert_current(t);
    seL4_Recv(ep, reply_cptr, MESSAGE(0));
    assert_state(t.object, THREAD_BLOCKED_ON_RECEIVE);
    return t;
}
// A thread that is blocked sending a word.
static struct thread sender(unsigned priority, cptr_t through, word_t word) {
    struct thread t = thread_start(priority);
    assert_current(t);
    seL4_Send(through, MESSAGE(.info = sel4_info(3, 0, 0, 1), .mr = {word}));
    assert_state(t.object, THREAD_BLOCKED_ON_SEND);
    return t;
}
// What root receives now.
static word_t take(void) {
    struct sel4_message message = {0};
    seL4_Recv(ep, reply, &message);
    assert_root();
    return message.mr[0];
}

// --- forms

static void a_send_waits_for_its_receiver(void **state) {
    (void)state;
    cptr_t badged = mint_of(ep, SEL4_RIGHT_WRITE, 0xbad9e);
    struct thread t = sender(105, badged, 42);
    assert_root();
    struct sel4_message message = {0};
    assert_int_equal(seL4_Recv(ep, reply, &message), 0);
    assert_current(t); // goes on at once, as it is the more urgent
    assert_int_equal(badge_of(world.root), 0xbad9e);
    assert_int_equal(info_of(world.root), sel4_info(3, 0, 0, 1));
    assert_int_equal(mr_of(world.root, 0), 42);
    assert_null(((struct reply *)object_of(reply))->tcb); // a send leaves the reply object free
}

static void a_receiver_waits_for_its_sender(void **state) {
    (void)state;
    struct thread t = receiver(105, reply);
    seL4_Send(ep, MESSAGE(.info = sel4_info(9, 0, 0, 2), .mr = {1, 2}));
    assert_current(t);
    assert_int_equal(info_of(t.object), sel4_info(9, 0, 0, 2));
    assert_int_equal(mr_of(t.object, 1), 2);
    assert_null(t.object->reply);
    assert_null(((struct reply *)object_of(reply))->tcb);
}

static void a_send_that_does_not_block_is_dropped_without_receiver(void **state) {
    (void)state;
    seL4_NBSend(ep, MESSAGE(.info = sel4_info(9, 0, 0, 1)));
    struct sel4_message message = {.info = 0x1234, .mr = {5, 6, 7, 8}};
    assert_int_equal(seL4_NBRecv(ep, reply, &message), 0);
    assert_int_equal(message.info, 0x1234); // x0 alone tells that there was nothing
    assert_int_equal(message.mr[0], 5);
    struct thread t = receiver(105, reply);
    seL4_NBSend(ep, MESSAGE(.info = sel4_info(9, 0, 0, 1), .mr = {77}));
    assert_current(t);
    assert_int_equal(mr_of(t.object, 0), 77);
}

static void a_call_waits_for_its_reply(void **state) {
    (void)state;
    struct thread server = receiver(110, reply), client = thread_start(105);
    assert_current(client);
    seL4_Call(ep, MESSAGE(.info = sel4_info(1, 0, 0, 1), .mr = {10}));
    assert_current(server);
    assert_state(client.object, THREAD_BLOCKED_ON_REPLY);
    client.object->arch.context.x[ARCH_REG_BADGE] = 0xff;
    seL4_Send(reply, MESSAGE(.info = sel4_info(2, 0, 0, 2), .mr = {20, 30}));
    assert_current(server);
    assert_state(client.object, THREAD_RUNNING);
    assert_int_equal(badge_of(client.object), 0);
    assert_int_equal(info_of(client.object), sel4_info(2, 0, 0, 2));
    assert_int_equal(mr_of(client.object, 1), 30);
    seL4_Send(reply, MESSAGE(.info = sel4_info(3, 0, 0, 0))); // stale: no effect
    assert_int_equal(info_of(client.object), sel4_info(2, 0, 0, 2));
}

static void reply_and_receive_serve_one_client_after_the_other(void **state) {
    (void)state;
    struct thread server = receiver(110, reply), a = thread_start(105);
    seL4_Call(ep, MESSAGE(.info = sel4_info(1, 0, 0, 1), .mr = {1}));
    assert_current(server);
    struct sel4_message message = {.info = sel4_info(0, 0, 0, 1), .mr = {100}};
    seL4_ReplyRecv(ep, reply, &message);
    assert_current(a);
    assert_int_equal(mr_of(a.object, 0), 100);
    seL4_Call(ep, MESSAGE(.info = sel4_info(1, 0, 0, 1), .mr = {2}));
    assert_current(server);
    assert_int_equal(mr_of(server.object, 0), 2);
}

static void a_combined_call_sends_and_then_receives(void **state) {
    (void)state;
    cptr_t other = new_object(SEL4_OBJECT_ENDPOINT, 0), ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    struct thread t = thread_start(110);
    seL4_Recv(other, reply, MESSAGE(0));
    struct thread u = thread_start(105);
    seL4_NBSendWait(other, ntfn, MESSAGE(.info = sel4_info(4, 0, 0, 1), .mr = {8}));
    assert_current(t);
    assert_int_equal(mr_of(t.object, 0), 8);
    assert_state(u.object, THREAD_BLOCKED_ON_NOTIFICATION);
    seL4_NBSendRecv(ntfn, other, reply, MESSAGE(0)); // signals, then waits
    assert_current(u);
    assert_state(t.object, THREAD_BLOCKED_ON_RECEIVE);
}

static void a_wait_on_an_endpoint_takes_sends(void **state) {
    (void)state;
    sender(105, ep, 4);
    struct sel4_message message = {0};
    seL4_NBWait(ep, &message);
    assert_int_equal(mr_of(world.root, 0), 4);
}

static void a_call_that_nobody_could_reply_to_stops_the_caller(void **state) {
    (void)state;
    cptr_t weak = mint_of(ep, SEL4_RIGHT_WRITE | SEL4_RIGHT_READ, 0);
    struct thread server = receiver(110, reply), client = thread_start(105);
    seL4_Call(weak, MESSAGE(.info = sel4_info(0, 0, 0, 1), .mr = {3}));
    assert_current(server);
    assert_int_equal(mr_of(server.object, 0), 3);
    assert_state(client.object, THREAD_INACTIVE);
    assert_null(((struct reply *)object_of(reply))->tcb);
    seL4_Wait(ep, MESSAGE(0)); // no reply object
    struct thread second = thread_start(105);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    assert_state(second.object, THREAD_INACTIVE);
}

// --- what cannot be sent to

static void an_invocation_that_fails_tells_a_caller_only(void **state) {
    (void)state;
    cptr_t empty = new_slot(), deaf = mint_of(ep, SEL4_RIGHT_READ, 0), mute = new_slot();
    assert_ok(seL4_CNode_Mint(ROOT, ROOT, mute, DEPTH, new_object(SEL4_OBJECT_NOTIFICATION, 0), DEPTH,
                              SEL4_RIGHT_READ, 1));
    const cptr_t targets[] = {empty, deaf, mute};
    for (unsigned i = 0; i < ARRAY_LENGTH(targets); i++) {
        assert_error(SEL4_INVALID_CAPABILITY, invoke(targets[i], 0, 0, 0));
        assert_int_equal(detail(0), 0);
        seL4_Send(targets[i], MESSAGE(0));
        seL4_NBSend(targets[i], MESSAGE(0));
        assert_root();
    }
}

static void a_combined_call_refuses_to_invoke_kernel_objects_first(void **state) {
    (void)state;
    cptr_t tcb = new_object(SEL4_OBJECT_TCB, 0), sc = new_object(SEL4_OBJECT_SCHED_CONTEXT, 7),
           ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0), m = mint_of(ntfn, SEL4_RIGHTS_ALL, 1);
    cptr_t slot = new_slot();
    seL4_Signal(m);
    seL4_NBSendWait(tcb, ntfn, MESSAGE(.info = sel4_info(LABEL_TCB_Resume, 0, 0, 0)));
    assert_state((struct tcb *)object_of(tcb), THREAD_INACTIVE);
    seL4_Signal(m);
    word_t *x = current()->arch.context.x;
    seL4_GetIPCBuffer()->caps_or_badges[0] = sc;
    seL4_GetIPCBuffer()->msg[4] = 0;
    seL4_NBSendWait(
        world.sched_control, ntfn,
        MESSAGE(.info = sel4_info(LABEL_SchedControl_ConfigureFlags, 0, 1, 5), .mr = {100, 100, 0, 0}));
    assert_false(((struct sched_context *)object_of(sc))->configured);
    seL4_Signal(m);
    seL4_NBSendWait(ROOT, ntfn, MESSAGE(.info = sel4_info(LABEL_CNode_Delete, 0, 0, 2), .mr = {tcb, DEPTH}));
    assert_int_equal(type_of(tcb), SEL4_CAP_TCB);
    // Others work: an untyped, say.
    seL4_Signal(m);
    seL4_GetIPCBuffer()->caps_or_badges[0] = ROOT;
    seL4_GetIPCBuffer()->msg[4] = slot;
    seL4_GetIPCBuffer()->msg[5] = 1;
    seL4_NBSendWait(world.ram, ntfn,
                    MESSAGE(.info = sel4_info(LABEL_Untyped_Retype, 0, 1, 6), .mr = {SEL4_OBJECT_ENDPOINT}));
    assert_int_equal(type_of(slot), SEL4_CAP_ENDPOINT);
    assert_int_equal(x[ARCH_REG_BADGE], 1);
}

// --- queues

static void queues_are_ordered_by_priority_and_arrival(void **state) {
    (void)state;
    sender(101, ep, 1);
    sender(103, ep, 2);
    sender(101, ep, 3);
    sender(102, ep, 4);
    sender(103, ep, 5);
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 200));
    static const word_t order[] = {2, 5, 4, 1, 3};
    for (unsigned i = 0; i < ARRAY_LENGTH(order); i++)
        assert_int_equal(take(), order[i]);
}

static void a_new_priority_moves_a_waiting_thread_behind_its_equals(void **state) {
    (void)state;
    struct thread a = sender(101, ep, 1);
    sender(102, ep, 2);
    struct thread c = sender(103, ep, 3);
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 200));
    assert_ok(seL4_TCB_SetPriority(a.tcb, SEL4_SLOT_TCB, 102));
    assert_ok(seL4_TCB_SetPriority(c.tcb, SEL4_SLOT_TCB, 90));
    assert_int_equal(take(), 2);
    assert_int_equal(take(), 1);
    assert_int_equal(take(), 3);
}

static void cancelled_badges_send_again(void **state) {
    (void)state;
    cptr_t one = mint_of(ep, SEL4_RIGHT_WRITE, 1), full = mint_of(ep, SEL4_RIGHTS_ALL, 2);
    struct thread a = sender(101, one, 1), b = sender(102, full, 2), c = sender(103, full, 3);
    word_t pc = b.object->arch.context.fault_pc;
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 200));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_CNode_CancelBadgedSends(ROOT, one, DEPTH));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_CNode_CancelBadgedSends(ROOT, reply, DEPTH));
    assert_ok(seL4_CNode_CancelBadgedSends(ROOT, ep, DEPTH)); // badge 0: nothing
    assert_state(b.object, THREAD_BLOCKED_ON_SEND);
    assert_ok(seL4_CNode_CancelBadgedSends(ROOT, full, DEPTH));
    assert_state(a.object, THREAD_BLOCKED_ON_SEND);
    assert_state(b.object, THREAD_RESTART);
    assert_state(c.object, THREAD_RESTART);
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 100));
    assert_current(c);
    assert_int_equal(b.object->arch.context.fault_pc, pc);
}

static void a_destroyed_endpoint_lets_its_threads_call_again(void **state) {
    (void)state;
    struct thread a = receiver(105, reply);
    word_t pc = a.object->arch.context.fault_pc;
    assert_ok(cap_delete(ep));
    assert_current(a);
    assert_int_equal(a.object->arch.context.pc, pc);
    assert_null(a.object->reply);
    assert_null(((struct reply *)object_of(reply))->tcb);
}

// --- words

static void words_beyond_the_registers_travel_in_the_buffers(void **state) {
    (void)state;
    struct thread t = receiver(105, reply);
    for (unsigned i = 4; i < 120; i++)
        seL4_SetMR(i, i * 3);
    seL4_Send(ep, MESSAGE(.info = sel4_info(0, 0, 0, 120)));
    assert_current(t);
    assert_int_equal(sel4_info_length(info_of(t.object)), 120);
    for (unsigned i = 4; i < 120; i++)
        assert_int_equal(t.buffer->msg[i], i * 3);
    assert_int_equal(t.buffer->user_data, 0);
}

static void a_length_beyond_the_buffer_is_cut(void **state) {
    (void)state;
    struct thread t = receiver(105, reply);
    seL4_Send(ep, MESSAGE(.info = sel4_info(0, 0, 0, 127)));
    assert_int_equal(sel4_info_length(info_of(t.object)), 120);
}

static void without_a_buffer_four_words_arrive(void **state) {
    (void)state;
    struct thread t = thread_make(105, false);
    assert_ok(seL4_TCB_SetIPCBuffer(t.tcb, t.frame, 0)); // none
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Recv(ep, reply, MESSAGE(0));
    seL4_Send(ep, MESSAGE(.info = sel4_info(0, 0, 2, 60), .mr = {0, 0, 0, 9}));
    assert_current(t);
    assert_int_equal(info_of(t.object), sel4_info(0, 0, 0, 4));
    assert_int_equal(mr_of(t.object, 3), 9);
    seL4_Send(ep, MESSAGE(.info = sel4_info(0, 0, 3, 60))); // as a sender: four words, no capabilities
    assert_root();
    struct sel4_message message = {0};
    seL4_Recv(ep, reply, &message);
    assert_int_equal(info_of(world.root), sel4_info(0, 0, 0, 4));
}

static void a_read_only_buffer_sends_and_does_not_receive(void **state) {
    (void)state;
    struct thread t = thread_make(105, false);
    cptr_t read_only = new_slot();
    assert_ok(seL4_CNode_Copy(ROOT, ROOT, read_only, DEPTH, t.frame, DEPTH, SEL4_RIGHT_READ));
    assert_ok(seL4_TCB_SetIPCBuffer(t.tcb, read_only, 0x10000000));
    assert_ok(seL4_TCB_Resume(t.tcb));
    seL4_Recv(ep, reply, MESSAGE(0));
    seL4_Send(ep, MESSAGE(.info = sel4_info(0, 0, 0, 60)));
    assert_int_equal(sel4_info_length(info_of(t.object)), 4);
    seL4_Send(ep, MESSAGE(.info = sel4_info(0, 0, 0, 60)));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_int_equal(sel4_info_length(info_of(world.root)), 60);
}

static void ipc_buffers_are_checked(void **state) {
    (void)state;
    struct thread t = thread_make(105, false);
    assert_error(SEL4_ALIGNMENT_ERROR, seL4_TCB_SetIPCBuffer(t.tcb, t.frame, 0x10000200));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_SetIPCBuffer(t.tcb, reply, 0x10000000));
    cptr_t device = new_object_from(world.bootinfo->untyped.start, SEL4_OBJECT_SMALL_PAGE, 0);
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_SetIPCBuffer(t.tcb, device, 0x10000000));
    assert_ok(seL4_TCB_SetIPCBuffer(t.tcb, t.frame, 0x10000c00));
    assert_int_equal((word_t)t.object->ipc_buffer & MASK(12), 0xc00);
}

// --- capabilities

// t receives into `to`.
static void receive_into(struct thread t, cptr_t to) {
    t.buffer->receive_cnode = ROOT;
    t.buffer->receive_index = to;
    t.buffer->receive_depth = DEPTH;
}
static void send_caps(cptr_t through, unsigned count, cptr_t a, cptr_t b, cptr_t c) {
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    buffer->caps_or_badges[0] = a;
    buffer->caps_or_badges[1] = b;
    buffer->caps_or_badges[2] = c;
    seL4_Send(through, MESSAGE(.info = sel4_info(0, 0, count, 0)));
}

static void a_capability_is_derived_into_the_receive_slot(void **state) {
    (void)state;
    struct thread t = receiver(105, reply);
    cptr_t to = new_slot(), tcb = new_object(SEL4_OBJECT_TCB, 0);
    receive_into(t, to);
    send_caps(ep, 1, tcb, 0, 0);
    assert_current(t);
    assert_int_equal(info_of(t.object), sel4_info(0, 0, 1, 0));
    assert_ptr_equal(object_of(to), object_of(tcb));
    seL4_Wait(ep, MESSAGE(0));
    assert_ok(cap_revoke(tcb));
    assert_int_equal(type_of(to), SEL4_CAP_NULL);
}

static void a_capability_of_the_endpoint_used_arrives_as_its_badge(void **state) {
    (void)state;
    struct thread t = receiver(105, reply);
    cptr_t to = new_slot(), tcb = new_object(SEL4_OBJECT_TCB, 0);
    receive_into(t, to);
    send_caps(ep, 3, mint_of(ep, SEL4_RIGHTS_ALL, 0x11), tcb, mint_of(ep, SEL4_RIGHTS_ALL, 0x33));
    assert_int_equal(info_of(t.object), sel4_info(0, 5, 3, 0));
    assert_int_equal(t.buffer->caps_or_badges[0], 0x11);
    assert_int_equal(t.buffer->caps_or_badges[2], 0x33);
    assert_int_equal(type_of(to), SEL4_CAP_TCB);
}

static void one_capability_is_received_at_most(void **state) {
    (void)state;
    struct thread t = receiver(105, reply);
    cptr_t to = new_slot(), tcb = new_object(SEL4_OBJECT_TCB, 0);
    receive_into(t, to);
    send_caps(ep, 3, tcb, tcb, ep);
    assert_int_equal(info_of(t.object), sel4_info(0, 0, 1, 0)); // the second ends it
}

static void what_cannot_be_received_is_left_out(void **state) {
    (void)state;
    cptr_t tcb = new_object(SEL4_OBJECT_TCB, 0), to = new_slot(), weak = mint_of(ep, SEL4_RIGHT_WRITE, 0);
    struct thread t = receiver(105, reply);
    send_caps(ep, 1, tcb, 0, 0); // no receive slot
    assert_int_equal(info_of(t.object), 0);
    seL4_Wait(ep, MESSAGE(0));
    receive_into(t, tcb); // it is not empty
    send_caps(ep, 1, tcb, 0, 0);
    assert_int_equal(info_of(t.object), 0);
    seL4_Wait(ep, MESSAGE(0));
    receive_into(t, to);
    send_caps(weak, 1, tcb, 0, 0); // no grant
    assert_int_equal(info_of(t.object), 0);
    seL4_Wait(ep, MESSAGE(0));
    send_caps(ep, 1, SEL4_SLOT_IRQ_CONTROL, 0, 0); // not derivable
    assert_int_equal(info_of(t.object), 0);
    seL4_Wait(ep, MESSAGE(0));
    send_caps(ep, 2, SEL4_SLOT_NULL, tcb, 0); // empty
    assert_int_equal(info_of(t.object), 0);
    seL4_Wait(ep, MESSAGE(0));
    t.buffer->receive_depth = 65;
    send_caps(ep, 1, tcb, 0, 0);
    assert_int_equal(info_of(t.object), 0);
    assert_int_equal(type_of(to), SEL4_CAP_NULL);
}

static void a_reply_grants_if_its_capability_does(void **state) {
    (void)state;
    cptr_t weak = new_slot(), tcb = new_object(SEL4_OBJECT_TCB, 0), to = new_slot();
    assert_ok(seL4_CNode_Copy(ROOT, ROOT, weak, DEPTH, reply, DEPTH, SEL4_RIGHT_WRITE));
    struct thread server = receiver(110, reply), client = thread_start(105);
    receive_into(client, to);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    send_caps(weak, 1, tcb, 0, 0);
    assert_int_equal(info_of(client.object), 0);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_current(client);
    seL4_Call(ep, MESSAGE(0));
    send_caps(reply, 1, tcb, 0, 0);
    assert_int_equal(info_of(client.object), sel4_info(0, 0, 1, 0));
    assert_int_equal(type_of(to), SEL4_CAP_TCB);
}

// --- reply objects in other hands

static void a_reply_object_that_is_taken_over_stops_who_held_it(void **state) {
    (void)state;
    struct thread server = receiver(110, reply), client = thread_start(105);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    seL4_Recv(ep, reply, MESSAGE(0)); // without having replied
    assert_state(client.object, THREAD_INACTIVE);
    assert_root();
    seL4_NBRecv(ep, reply, MESSAGE(0)); // takes it from the receiver
    assert_state(server.object, THREAD_INACTIVE);
    assert_null(server.object->reply);
}

static void deleting_the_last_reply_capability_stops_who_waits(void **state) {
    (void)state;
    struct thread server = receiver(110, reply), client = thread_start(105);
    seL4_Call(ep, MESSAGE(0));
    assert_current(server);
    assert_ok(cap_delete(reply));
    assert_state(client.object, THREAD_INACTIVE);
    cptr_t other = new_object(SEL4_OBJECT_REPLY, 0);
    seL4_Recv(ep, other, MESSAGE(0));
    assert_root();
    assert_ok(cap_delete(other));
    assert_state(server.object, THREAD_INACTIVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ipc_test(a_send_waits_for_its_receiver),
        ipc_test(a_receiver_waits_for_its_sender),
        ipc_test(a_send_that_does_not_block_is_dropped_without_receiver),
        ipc_test(a_call_waits_for_its_reply),
        ipc_test(reply_and_receive_serve_one_client_after_the_other),
        ipc_test(a_combined_call_sends_and_then_receives),
        ipc_test(a_wait_on_an_endpoint_takes_sends),
        ipc_test(a_call_that_nobody_could_reply_to_stops_the_caller),
        ipc_test(an_invocation_that_fails_tells_a_caller_only),
        ipc_test(a_combined_call_refuses_to_invoke_kernel_objects_first),
        ipc_test(queues_are_ordered_by_priority_and_arrival),
        ipc_test(a_new_priority_moves_a_waiting_thread_behind_its_equals),
        ipc_test(cancelled_badges_send_again),
        ipc_test(a_destroyed_endpoint_lets_its_threads_call_again),
        ipc_test(words_beyond_the_registers_travel_in_the_buffers),
        ipc_test(a_length_beyond_the_buffer_is_cut),
        ipc_test(without_a_buffer_four_words_arrive),
        ipc_test(a_read_only_buffer_sends_and_does_not_receive),
        ipc_test(ipc_buffers_are_checked),
        ipc_test(a_capability_is_derived_into_the_receive_slot),
        ipc_test(a_capability_of_the_endpoint_used_arrives_as_its_badge),
        ipc_test(one_capability_is_received_at_most),
        ipc_test(what_cannot_be_received_is_left_out),
        ipc_test(a_reply_grants_if_its_capability_does),
        ipc_test(a_reply_object_that_is_taken_over_stops_who_held_it),
        ipc_test(deleting_the_last_reply_capability_stops_who_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
