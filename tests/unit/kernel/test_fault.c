// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Faults: their messages, who gets them, and what replies do (seL4 API: faults; ABI of AArch64).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static cptr_t ep, reply;
static struct thread handler, t;

// A handler waits; t, its fault endpoint badged 0xfa, runs.
static int setup(void **state) {
    world_setup(state);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    handler = thread_start(120);
    seL4_Recv(ep, reply, MESSAGE(0));
    t = thread_make(110, false);
    cptr_t badged = mint_of(ep, SEL4_RIGHT_WRITE | SEL4_RIGHT_GRANT_REPLY, 0xfa);
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, badged, 0, 110));
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_current(t);
    return 0;
}
#define fault_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static void assert_fault(word_t label, word_t length) {
    assert_current(handler);
    assert_int_equal(badge_of(handler.object), 0xfa);
    assert_int_equal(info_of(handler.object), sel4_info(label, 0, 0, length));
    assert_state(t.object, THREAD_BLOCKED_ON_REPLY);
    assert_int_equal(t.object->fault.label, label);
}
// The handler answers, and waits again.
static void answer(word_t label, word_t length, word_t mr0, word_t mr1, word_t mr2, word_t mr3) {
    seL4_ReplyRecv(ep, reply, MESSAGE(.info = sel4_info(label, 0, 0, length), .mr = {mr0, mr1, mr2, mr3}));
}
#define SVC 0x500000ull // where t's next system call stands

// --- capability faults

static void assert_cap_fault(cptr_t cptr, bool receiving, word_t type, word_t length) {
    assert_fault(SEL4_FAULT_CAP, length);
    assert_int_equal(mr_of(handler.object, 0), t.object->arch.context.fault_pc);
    assert_int_equal(mr_of(handler.object, 1), cptr);
    assert_int_equal(mr_of(handler.object, 2), receiving);
    assert_int_equal(mr_of(handler.object, 3), type);
}

static void a_send_to_a_bad_address_is_a_capability_fault(void **state) {
    (void)state;
    seL4_Send(BIT(40) | 5, MESSAGE(0));
    assert_cap_fault(BIT(40) | 5, false, SEL4_LOOKUP_GUARD_MISMATCH, 7);
    assert_int_equal(mr_of(handler.object, 4), 64);
    assert_int_equal(mr_of(handler.object, 5), 0);
    assert_int_equal(mr_of(handler.object, 6), 51);
    answer(0, 0, 0, 0, 0, 0); // restarts at the call
    assert_current(t);
    assert_int_equal(t.object->arch.context.pc, SVC);
}

static void a_call_with_a_bad_extra_capability_faults_with_its_address(void **state) {
    (void)state;
    seL4_GetIPCBuffer()->caps_or_badges[0] = SEL4_SLOT_TCB;
    seL4_GetIPCBuffer()->caps_or_badges[1] = ~(word_t)0;
    seL4_Call(ep, MESSAGE(.info = sel4_info(0, 0, 2, 0)));
    assert_cap_fault(~(word_t)0, false, SEL4_LOOKUP_GUARD_MISMATCH, 7);
}

static void without_cspace_every_address_fails(void **state) {
    (void)state;
    struct slot *cspace = &t.object->slots[TCB_SLOT_CSPACE];
    assert_int_equal(slot_delete(&host_core, cspace), STATUS_OK);
    seL4_Send(5, MESSAGE(0));
    assert_cap_fault(5, false, SEL4_LOOKUP_INVALID_ROOT, 4);
}

static void a_send_that_does_not_block_never_faults(void **state) {
    (void)state;
    seL4_NBSend(~(word_t)0, MESSAGE(0));
    assert_current(t);
    seL4_NBSendWait(~(word_t)0, ~(word_t)1, MESSAGE(0)); // the second phase does
    assert_cap_fault(~(word_t)1, true, SEL4_LOOKUP_GUARD_MISMATCH, 7);
}

static void receiving_from_what_is_no_endpoint_is_a_capability_fault(void **state) {
    (void)state;
    cptr_t deaf = new_slot();
    assert_ok(seL4_CNode_Copy(ROOT, ROOT, deaf, DEPTH, ep, DEPTH, SEL4_RIGHT_WRITE));
    const cptr_t sources[] = {SEL4_SLOT_NULL, SEL4_SLOT_TCB, deaf};
    for (unsigned i = 0; i < ARRAY_LENGTH(sources); i++) {
        if (i % 2)
            seL4_NBRecv(sources[i], reply, MESSAGE(0)); // even so
        else
            seL4_Wait(sources[i], MESSAGE(0));
        assert_cap_fault(sources[i], true, SEL4_LOOKUP_MISSING_CAPABILITY, 5);
        assert_int_equal(mr_of(handler.object, 4), 0);
        answer(0, 0, 0, 0, 0, 0);
        assert_current(t);
    }
}

static void receiving_on_an_endpoint_needs_a_reply_object(void **state) {
    (void)state;
    cptr_t ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0), other = new_object(SEL4_OBJECT_ENDPOINT, 0);
    seL4_Recv(other, SEL4_SLOT_TCB, MESSAGE(0));
    assert_cap_fault(SEL4_SLOT_TCB, true, SEL4_LOOKUP_MISSING_CAPABILITY, 5);
    answer(0, 0, 0, 0, 0, 0);
    seL4_NBRecv(other, BIT(63), MESSAGE(0));
    assert_cap_fault(BIT(63), true, SEL4_LOOKUP_GUARD_MISMATCH, 7);
    answer(0, 0, 0, 0, 0, 0);
    seL4_NBRecv(ntfn, BIT(63), MESSAGE(0)); // a notification needs none
    assert_current(t);
}

static void a_notification_bound_to_another_thread_cannot_be_waited_on(void **state) {
    (void)state;
    cptr_t ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    assert_ok(seL4_TCB_BindNotification(handler.tcb, ntfn));
    seL4_Wait(ntfn, MESSAGE(0));
    assert_cap_fault(ntfn, true, SEL4_LOOKUP_MISSING_CAPABILITY, 5);
}

// --- unknown system calls

static void an_unknown_system_call_shows_the_registers(void **state) {
    (void)state;
    word_t *x = t.object->arch.context.x;
    for (unsigned i = 0; i < 7; i++)
        x[i] = 100 + i;
    t.object->arch.context.sp = 0x7000;
    system_call(5000);
    assert_fault(SEL4_FAULT_UNKNOWN_SYSCALL, 13);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(mr_of(handler.object, i), 100 + i);
    assert_int_equal(mr_of(handler.object, 7), 5000);
    assert_int_equal(mr_of(handler.object, 8), SVC);
    assert_int_equal(mr_of(handler.object, 9), 0x7000);
    assert_int_equal(mr_of(handler.object, 11), 0x40);
    assert_int_equal(mr_of(handler.object, 12), 5000);
    assert_int_equal(mr_of(world.root, 12), 0);
    seL4_SetMR(8, SVC + 4);
    seL4_SetMR(11, 0x600003c5); // flags stay, the mode does not
    for (unsigned i = 4; i < 8; i++)
        seL4_SetMR(i, i);
    seL4_SetMR(9, 0x8000);
    answer(0, 12, 1, 2, 3, 4);
    assert_current(t);
    assert_int_equal(t.object->arch.context.pc, SVC + 4);
    assert_int_equal(x[0], 1);
    assert_int_equal(x[5], 5);
    assert_int_equal(t.object->arch.context.sp, 0x8000);
    assert_int_equal(t.object->arch.context.spsr, 0x60000040);
}

static void numbers_that_this_configuration_lacks_are_unknown(void **state) {
    (void)state;
    static const int numbers[] = {0, 1, -18, -19, -20, -21, -29, -33, -1000};
    for (unsigned i = 0; i < ARRAY_LENGTH(numbers); i++) {
        system_call((word_t)numbers[i]);
        assert_fault(SEL4_FAULT_UNKNOWN_SYSCALL, 13);
        answer(0, 0, 0, 0, 0, 0); // changes nothing
        assert_current(t);
        assert_int_equal(t.object->arch.context.pc, SVC);
    }
}

static void another_label_leaves_the_thread_inactive(void **state) {
    (void)state;
    system_call(5000);
    answer(1, 1, 0x77, 0, 0, 0);
    assert_state(t.object, THREAD_INACTIVE);
    assert_int_equal(t.object->arch.context.x[0], 0x77); // written all the same
    assert_root();
}

// --- others

static void a_user_exception_is_answered_with_three_registers(void **state) {
    (void)state;
    raise_fault((struct fault){.label = SEL4_FAULT_USER_EXCEPTION, .length = 1, .mr = {0x2000000}});
    assert_fault(SEL4_FAULT_USER_EXCEPTION, 5);
    assert_int_equal(mr_of(handler.object, 0), SVC);
    assert_int_equal(mr_of(handler.object, 3), 0x2000000);
    assert_int_equal(mr_of(handler.object, 4), 0);
    answer(0, 3, 0x600000, 0x9000, 0, 0);
    assert_current(t);
    assert_int_equal(t.object->arch.context.pc, 0x600000);
    assert_int_equal(t.object->arch.context.sp, 0x9000);
}

static void a_memory_fault_restarts_whatever_the_label(void **state) {
    (void)state;
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4, .mr = {SVC, 0xdead, 0, 0x92000005}});
    assert_fault(SEL4_FAULT_VM, 4);
    assert_int_equal(mr_of(handler.object, 1), 0xdead);
    assert_int_equal(mr_of(handler.object, 3), 0x92000005);
    answer(5, 2, 1, 2, 0, 0);
    assert_current(t);
    assert_int_equal(t.object->arch.context.pc, SVC);
}

static void a_fault_waits_in_the_queue_like_a_call(void **state) {
    (void)state;
    struct thread second = thread_make(111, false);
    cptr_t full = mint_of(ep, SEL4_RIGHTS_ALL, 2);
    assert_ok(seL4_TCB_SetSchedParams(second.tcb, SEL4_SLOT_TCB, second.sched_context, full, 0, 111));
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_current(handler);
    assert_ok(seL4_TCB_Resume(second.tcb));
    seL4_Wait(new_object(SEL4_OBJECT_NOTIFICATION, 0), MESSAGE(0));
    assert_current(second);
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_state(second.object, THREAD_BLOCKED_ON_SEND);
    assert_root();
    assert_ok(cap_delete(ep)); // the one in the queue stops
    assert_ok(cap_revoke(ep));
}

static void a_faulting_sender_stops_when_its_badge_is_cancelled(void **state) {
    (void)state;
    cptr_t other = new_object(SEL4_OBJECT_ENDPOINT, 0), full = mint_of(other, SEL4_RIGHTS_ALL, 9);
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, full, 0, 110));
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_root();
    assert_ok(seL4_CNode_CancelBadgedSends(ROOT, full, DEPTH));
    assert_state(t.object, THREAD_INACTIVE);
    assert_int_equal(t.object->fault.label, SEL4_FAULT_NULL);
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_current(t);
}

static void without_handler_a_faulting_thread_stops(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, SEL4_SLOT_NULL, 0, 110));
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_state(t.object, THREAD_INACTIVE);
    assert_int_equal(t.object->fault.label, SEL4_FAULT_NULL);
    assert_root();
}

static void a_fault_that_nobody_can_answer_is_told_once(void **state) {
    (void)state;
    assert_ok(seL4_TCB_Suspend(handler.tcb));
    assert_ok(seL4_TCB_SetPriority(t.tcb, SEL4_SLOT_TCB, 90));
    assert_root();
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 80));
    assert_current(t);
    raise_fault((struct fault){.label = SEL4_FAULT_VM, .length = 4});
    assert_root();
    seL4_Wait(ep, MESSAGE(0)); // takes it without a reply object
    assert_int_equal(info_of(world.root), sel4_info(SEL4_FAULT_VM, 0, 0, 4));
    assert_state(t.object, THREAD_INACTIVE);
    assert_int_equal(t.object->fault.label, SEL4_FAULT_NULL);
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_current(t);
    seL4_Send(ep, MESSAGE(.info = sel4_info(0x11, 0, 0, 0))); // a message of its own now
    seL4_Wait(ep, MESSAGE(0));
    assert_int_equal(info_of(world.root), sel4_info(0x11, 0, 0, 0));
}

static void handlers_are_checked_when_they_are_set(void **state) {
    (void)state;
    cptr_t mute = mint_of(ep, SEL4_RIGHT_READ | SEL4_RIGHT_GRANT, 1),
           no_grant = mint_of(ep, SEL4_RIGHT_WRITE, 1);
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_SetTimeoutEndpoint(t.tcb, mute));
    assert_int_equal(detail(0), 1);
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_SetTimeoutEndpoint(t.tcb, no_grant));
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, SEL4_SLOT_NULL));
    assert_error(SEL4_INVALID_CAPABILITY,
                 seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, mute, 0, 1));
    assert_int_equal(detail(0), 3);
    assert_error(SEL4_INVALID_CAPABILITY,
                 seL4_TCB_SetSpace(t.tcb, SEL4_SLOT_TCB, ROOT, SEL4_SLOT_VSPACE, 0, 0));
    assert_int_equal(detail(0), 1);
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_TCB_SetSpace(t.tcb, mute, SEL4_SLOT_TCB, SEL4_SLOT_VSPACE, 0, 0));
}

// --- debug calls

static void capabilities_are_identified(void **state) {
    (void)state;
    static const struct {
        cptr_t cptr;
        unsigned type;
    } known[] = {{SEL4_SLOT_NULL, 0},           {SEL4_SLOT_TCB, 12},           {SEL4_SLOT_CNODE, 10},
                 {SEL4_SLOT_VSPACE, 9},         {SEL4_SLOT_IRQ_CONTROL, 14},   {SEL4_SLOT_ASID_CONTROL, 11},
                 {SEL4_SLOT_ASID_POOL, 13},     {SEL4_SLOT_BOOTINFO_FRAME, 1}, {SEL4_SLOT_DOMAIN, 20},
                 {SEL4_SLOT_SCHED_CONTEXT, 22}, {SEL4_SLOT_FIRST_FREE, 3},     {BIT(50), 0}};
    for (unsigned i = 0; i < ARRAY_LENGTH(known); i++)
        assert_int_equal(sys_arch_simple(SYS_DebugCapIdentify, known[i].cptr), known[i].type);
    assert_int_equal(sys_arch_simple(SYS_DebugCapIdentify, world.sched_control), 24);
    strcpy((char *)seL4_GetIPCBuffer()->msg, "a name of more than thirty-one characters");
    sys_arch_simple(SYS_DebugNameThread, handler.tcb);
    assert_string_equal(handler.object->name, "a name of more than thirty-one ");
    sys_arch_simple(SYS_DebugPutChar, 'x');
    assert_int_equal(host.console[0], 'x');
    sys_arch_simple(SYS_DebugSnapshot, 0);
    assert_current(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(a_send_to_a_bad_address_is_a_capability_fault),
        fault_test(a_call_with_a_bad_extra_capability_faults_with_its_address),
        fault_test(without_cspace_every_address_fails),
        fault_test(a_send_that_does_not_block_never_faults),
        fault_test(receiving_from_what_is_no_endpoint_is_a_capability_fault),
        fault_test(receiving_on_an_endpoint_needs_a_reply_object),
        fault_test(a_notification_bound_to_another_thread_cannot_be_waited_on),
        fault_test(an_unknown_system_call_shows_the_registers),
        fault_test(numbers_that_this_configuration_lacks_are_unknown),
        fault_test(another_label_leaves_the_thread_inactive),
        fault_test(a_user_exception_is_answered_with_three_registers),
        fault_test(a_memory_fault_restarts_whatever_the_label),
        fault_test(a_fault_waits_in_the_queue_like_a_call),
        fault_test(a_faulting_sender_stops_when_its_badge_is_cancelled),
        fault_test(without_handler_a_faulting_thread_stops),
        fault_test(a_fault_that_nobody_can_answer_is_told_once),
        fault_test(handlers_are_checked_when_they_are_set),
        fault_test(capabilities_are_identified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
