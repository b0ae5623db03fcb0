// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// As blocking.c, for threads that are blocked with a fault, that wait for budget, behind YieldTo, and in a
// guest's WFI.
#include "vm.h"

#define HANDLER 0x5a

__asm__(".pushsection .text\n.balign 4\nat_udf: udf #0\n  b .\n.popsection\n");
extern const char at_udf[];

static word handler, reply_object;
static struct thread *thread;

static word take(void) {
    struct message m = {0};
    let_others_run();
    raw_message(NR_NB_RECV, handler, &m, reply_object, 0);
    check_kernel();
    return m.badge == HANDLER ? info_label(m.info) : 0;
}

static void answer(word label) {
    raw_send(NR_SEND, reply_object, &(struct message){.info = info_make(label, 0, 0)});
    check_kernel();
}

// --- with a fault: its message not yet received, or received

static void fault(bool received) {
    handler = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    thread = new_thread(0, 0, new_mint(handler, R_ALL, HANDLER));
    SET_UP(raw_invoke(thread->tcb, 3, CAPS(), WORDS(1, 1, (word)at_udf)));
    let_others_run();
    check_kernel();
    if (received && take() != 3)
        fail_at(__FILE_NAME__, __LINE__, "fault", 0, 3);
}

static void a_faulted_thread_goes_and_its_message_too(void) {
    fault(false);
    EXPECT_OK(delete_checked(thread->tcb));
    EXPECT_EQUAL(take(), 0);
    fault(true);
    EXPECT_OK(delete_checked(thread->tcb));
    answer(0); // stale
    EXPECT_EQUAL(take(), 0);
}

// A copy of the handler's capability is in the TCB: revocation takes it along, and then the endpoint goes.
static void a_faulted_threads_endpoint_goes_and_it_is_inactive(void) {
    fault(false);
    EXPECT_OK(cnode_revoke(S_CNODE, handler, ROOT_DEPTH));
    EXPECT_OK(delete_checked(handler));
    let_others_run();
    handler = new_object(T_ENDPOINT, 0);
    SET_UP(tcb_set_sched_params(thread->tcb, S_TCB, thread->sc, new_mint(handler, R_ALL, HANDLER), 255, 254));
    EXPECT_EQUAL(take(), 0);
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT_EQUAL(take(), 3); // again
}

// Received, the fault needs its endpoint no more.
static void a_received_faults_endpoint_goes_and_the_reply_counts(void) {
    fault(true);
    EXPECT_OK(cnode_revoke(S_CNODE, handler, ROOT_DEPTH));
    EXPECT_OK(delete_checked(handler));
    handler = new_object(T_ENDPOINT, 0);
    SET_UP(tcb_set_sched_params(thread->tcb, S_TCB, thread->sc, new_mint(handler, R_ALL, HANDLER), 255, 254));
    answer(0);
    EXPECT_EQUAL(take(), 3);
}

static void a_cancelled_fault_leaves_the_thread_inactive(void) {
    fault(false);
    EXPECT_OK(cnode_cancel(S_CNODE, new_mint(handler, R_ALL, HANDLER), ROOT_DEPTH));
    EXPECT_EQUAL(take(), 0);
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT_EQUAL(take(), 3);
}

static void a_received_faults_reply_object_goes_and_the_thread_is_inactive(void) {
    fault(true);
    EXPECT_OK(delete_checked(reply_object));
    reply_object = new_object(T_REPLY, 0);
    EXPECT_EQUAL(take(), 0);
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT_EQUAL(take(), 3);
}

static void a_faulted_thread_is_suspended_and_faults_again(void) {
    for (unsigned received = 0; received < 2; received++) {
        fault(received);
        EXPECT_OK(tcb_suspend(thread->tcb));
        check_kernel();
        answer(0); // stale
        EXPECT_EQUAL(take(), 0);
        EXPECT_OK(tcb_resume(thread->tcb));
        EXPECT_EQUAL(take(), 3);
    }
}

static void a_faulted_thread_is_resumed_and_faults_again(void) {
    for (unsigned received = 0; received < 2; received++) {
        fault(received);
        EXPECT_OK(tcb_resume(thread->tcb));
        EXPECT_EQUAL(take(), 3);
        EXPECT_EQUAL(take(), 0); // once
    }
}

// --- for budget

static volatile word spins;
static void spin_run(word argument) {
    (void)argument;
    for (;;)
        spins++;
}

static word sc;
static void exhaust(void) {
    sc = new_object(T_SC, 8);
    SET_UP(sched_configure(sc, 1000, 50000, 0, 0, 0));
    thread = new_passive_thread(spin_run, 0, 0);
    SET_UP(sc_bind(sc, thread->tcb));
    thread_start(thread);
    let_others_run(); // 1 ms of it, then 49 ms without
    check_kernel();
}

// Whether the thread would run now.
static bool runs(void) {
    word before = spins;
    let_others_run();
    return spins != before;
}

static void a_thread_without_budget_goes(void) {
    exhaust();
    EXPECT(!runs());
    EXPECT_OK(delete_checked(thread->tcb));
    EXPECT(!runs());
    struct thread *other = new_passive_thread(spin_run, 0, 0);
    EXPECT_OK(sc_bind(sc, other->tcb)); // free, but as empty as it was
    EXPECT_OK(tcb_resume(other->tcb));
    EXPECT(!runs());
    check_kernel();
}

static void a_thread_without_budget_loses_its_context(void) {
    exhaust();
    EXPECT_OK(delete_checked(sc));
    EXPECT(!runs());
    EXPECT_OK(sc_bind(new_sc(1000, 2000), thread->tcb));
    EXPECT(runs());
    EXPECT_OK(tcb_suspend(thread->tcb));
    exhaust();
    EXPECT_OK(sc_unbind(sc));
    check_kernel();
    EXPECT(!runs());
    EXPECT_OK(sc_bind(sc, thread->tcb));
    check_kernel();
    EXPECT(!runs());
}

static void a_thread_without_budget_is_suspended_and_regains_none(void) {
    exhaust();
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_OK(tcb_suspend(thread->tcb));
        check_kernel();
        EXPECT_OK(tcb_resume(thread->tcb));
        check_kernel();
        EXPECT(!runs());
    }
    EXPECT_OK(sched_configure(sc, 5000, 5000, 0, 0, 0));
    check_kernel();
}

// --- behind YieldTo

static volatile word yielded; // 1: in the call; 2: answered
static void yield_run(word target) {
    yielded = 1;
    sc_yield_to(target);
    yielded = 2;
    thread_end();
}

static struct thread *target;
static word in_call;
// Runs from then on, and tells root, which stays at its own priority.
static void target_run(word argument) {
    while (yielded != 1)
        raw_yield();
    raw_signal(in_call);
    spin_run(argument);
}

static void start_yield(void) {
    target = new_thread(target_run, 0, 0);
    thread_set_priority(target, 150);
    thread = new_thread(yield_run, target->sc, 0);
    SET_UP(raw_invoke(thread->tcb, 7, CAPS(S_TCB), WORDS(255)));
    thread_set_priority(thread, 150);
    yielded = 0;
    in_call = new_object(T_NOTIFICATION, 0);
    thread_start(target);
    thread_start(thread);
    raw_wait(in_call);
    if (yielded != 1)
        fail_at(__FILE_NAME__, __LINE__, "yielded", yielded, 1);
    check_kernel();
}

static void a_yield_target_goes_and_the_caller_is_answered(void) {
    start_yield();
    EXPECT_OK(delete_checked(target->tcb));
    wait_thread_end();
    EXPECT_EQUAL(yielded, 2);
}

static void a_yield_targets_context_goes_and_the_caller_is_answered(void) {
    start_yield();
    EXPECT_OK(delete_checked(target->sc));
    wait_thread_end();
    EXPECT_EQUAL(yielded, 2);
}

static void a_yielding_caller_goes(void) {
    start_yield();
    EXPECT_OK(delete_checked(thread->tcb));
    EXPECT_OK(delete_checked(target->sc));
    EXPECT_EQUAL(yielded, 1);
}

static void a_yielding_caller_is_suspended(void) {
    start_yield();
    EXPECT_OK(tcb_suspend(thread->tcb));
    check_kernel();
    EXPECT_OK(tcb_suspend(target->tcb));
    let_others_run();
    EXPECT_EQUAL(yielded, 1);
    EXPECT_OK(tcb_resume(thread->tcb)); // goes on
    wait_thread_end();
    EXPECT_EQUAL(yielded, 2);
}

static void a_yield_target_is_suspended_and_the_caller_goes_on(void) {
    start_yield();
    EXPECT_OK(tcb_suspend(target->tcb));
    check_kernel();
    wait_thread_end();
    EXPECT_EQUAL(yielded, 2);
}

// --- a guest in WFI (exit mask: it waits in the kernel)

enum { MASK_WFI_WAIT = 1 << 6 };
__asm__(".pushsection .text\n.balign 4\nguest_wfi: wfi\n  ret\n.popsection\n");
extern const char guest_wfi[];

static struct vm start_wfi(void) {
    struct vm vm = vm_new();
    SET_UP(raw_invoke(vm.vcpu, 0x1000, CAPS(), WORDS(MASK_WFI_WAIT)));
    vm_start(vm, guest_wfi, 0);
    let_others_run();
    check_kernel();
    return vm;
}

static bool has_ended(void) {
    struct message m = {0};
    let_others_run();
    raw_message(NR_NB_RECV, vm_endpoint, &m, vm_reply, 0);
    check_kernel();
    return info_label(m.info) == 2;
}

static void a_waiting_guest_goes_on_with_an_interrupt(void) {
    struct vm vm = start_wfi();
    EXPECT(!has_ended());
    EXPECT_OK(vcpu_inject(vm.vcpu, 40));
    EXPECT(has_ended());
}

static void a_waiting_guests_thread_goes(void) {
    struct vm vm = start_wfi();
    EXPECT_OK(delete_checked(vm.thread->tcb));
    EXPECT_OK(vcpu_inject(vm.vcpu, 40));
    EXPECT(!has_ended());
    EXPECT_OK(delete_checked(vm.vcpu));
}

static void a_waiting_guests_vcpu_goes(void) {
    struct vm vm = start_wfi();
    EXPECT_OK(delete_checked(vm.vcpu));
    EXPECT(!has_ended());
    EXPECT_OK(tcb_suspend(vm.thread->tcb));
}

static void a_waiting_guest_is_suspended_and_goes_on(void) {
    struct vm vm = start_wfi();
    EXPECT_OK(tcb_suspend(vm.thread->tcb));
    check_kernel();
    EXPECT_OK(vcpu_inject(vm.vcpu, 40));
    EXPECT(!has_ended());
    EXPECT_OK(tcb_resume(vm.thread->tcb));
    EXPECT(has_ended());
}

static const struct test tests[] = {
    TEST(a_faulted_thread_goes_and_its_message_too),
    TEST(a_faulted_threads_endpoint_goes_and_it_is_inactive),
    TEST(a_received_faults_endpoint_goes_and_the_reply_counts),
    TEST(a_cancelled_fault_leaves_the_thread_inactive),
    TEST(a_received_faults_reply_object_goes_and_the_thread_is_inactive),
    TEST(a_faulted_thread_is_suspended_and_faults_again),
    TEST(a_faulted_thread_is_resumed_and_faults_again),
    TEST(a_thread_without_budget_goes),
    TEST(a_thread_without_budget_loses_its_context),
    TEST(a_thread_without_budget_is_suspended_and_regains_none),
    TEST(a_yield_target_goes_and_the_caller_is_answered),
    TEST(a_yield_targets_context_goes_and_the_caller_is_answered),
    TEST(a_yielding_caller_goes),
    TEST(a_yielding_caller_is_suspended),
    TEST(a_yield_target_is_suspended_and_the_caller_goes_on),
    TEST(a_waiting_guest_goes_on_with_an_interrupt),
    TEST(a_waiting_guests_thread_goes),
    TEST(a_waiting_guests_vcpu_goes),
    TEST(a_waiting_guest_is_suspended_and_goes_on),
};

int main(void) {
    RUN(tests);
}
