// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What holds for every invocation and system call: registers that are written and left, messages that are
// cut, lookups of arguments, and the objects with few methods (seL4 API: system calls, errors, Domain,
// IRQControl, SMC, debug calls).
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
#define invoke_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static void assert_lookup(word_t type, word_t was_source) {
    assert_int_equal(detail(0), was_source);
    assert_int_equal(detail(1), type);
}
static void assert_range_error(word_t minimum, word_t maximum) {
    assert_int_equal(detail(0), minimum);
    assert_int_equal(detail(1), maximum);
}

// --- registers

static word_t *fill_registers(void) {
    word_t *x = current()->arch.context.x;
    for (unsigned i = 0; i < 31; i++)
        x[i] = 0x1000 + i;
    return x;
}
static void assert_untouched(const word_t *x, unsigned first, unsigned last) {
    for (unsigned i = first; i <= last; i++)
        if (i != ARCH_REG_SYSCALL)
            assert_int_equal(x[i], 0x1000 + i);
}

static void a_reply_of_the_kernel_writes_its_words_only(void **state) {
    (void)state;
    word_t *x = fill_registers();
    x[ARCH_REG_CAP] = SEL4_SLOT_TCB; // TCB_SetPriority without its capability
    x[ARCH_REG_INFO] = sel4_info(LABEL_TCB_SetPriority, 0, 0, 1);
    assert_true(system_call((word_t)SYS_Call));
    assert_int_equal(x[ARCH_REG_BADGE], 0);
    assert_int_equal(x[ARCH_REG_INFO], sel4_info(SEL4_TRUNCATED_MESSAGE, 0, 0, 0));
    assert_untouched(x, 2, 30);
    fill_registers();
    x[ARCH_REG_CAP] = SEL4_SLOT_SCHED_CONTEXT;
    x[ARCH_REG_INFO] = sel4_info(LABEL_SchedContext_Consumed, 0, 0, 0);
    assert_true(system_call((word_t)SYS_Call));
    assert_int_equal(x[ARCH_REG_INFO], sel4_info(0, 0, 0, 1));
    assert_untouched(x, 3, 30);
}

static void a_message_writes_the_words_that_were_sent_only(void **state) {
    (void)state;
    struct thread t = thread_start(110);
    word_t *x = fill_registers();
    x[ARCH_REG_CAP] = ep;
    x[ARCH_REG_REPLY] = reply;
    system_call((word_t)SYS_Recv);
    assert_root();
    seL4_Send(ep, MESSAGE(.info = sel4_info(3, 0, 0, 2), .mr = {1, 2, 3, 4}));
    assert_current(t);
    assert_int_equal(x[3], 2);
    assert_untouched(x, 4, 5);
    assert_untouched(x, 8, 30);
}

static void what_does_not_block_and_finds_nothing_writes_the_badge_only(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        word_t *x = fill_registers();
        x[ARCH_REG_CAP] = i ? ntfn : ep;
        x[ARCH_REG_REPLY] = reply;
        assert_true(system_call((word_t)(i ? SYS_NBWait : SYS_NBRecv)));
        assert_int_equal(x[0], 0);
        assert_untouched(x, 1, 5);
        assert_untouched(x, 8, 30);
    }
}

// --- messages of invocations

static void a_caller_without_buffer_has_four_words_and_no_capabilities(void **state) {
    (void)state;
    struct thread t = thread_make(110, false);
    assert_ok(seL4_TCB_SetIPCBuffer(t.tcb, t.frame, 0));
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_current(t);
    struct sel4_message message = {.info = sel4_info(LABEL_Domain_Set, 0, 1, 1)};
    seL4_Call(SEL4_SLOT_DOMAIN, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_TRUNCATED_MESSAGE);
    message = (struct sel4_message){.info = sel4_info(LABEL_CNode_Delete, 0, 0, 100), .mr = {ntfn, DEPTH}};
    seL4_Call(ROOT, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_NO_ERROR);
    assert_int_equal(type_of(ntfn), SEL4_CAP_NULL);
    message = (struct sel4_message){.info = sel4_info(LABEL_CNode_Rotate, 0, 0, 8)};
    seL4_Call(ROOT, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_TRUNCATED_MESSAGE);
}

static void a_length_beyond_the_buffer_counts_as_the_buffers(void **state) {
    (void)state;
    struct thread t = thread_make(90, false);
    struct sel4_message message = {.info = sel4_info(LABEL_TCB_WriteRegisters, 0, 0, 127), .mr = {0, 119}};
    seL4_Call(t.tcb, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_TRUNCATED_MESSAGE); // 120 words, 118 registers
    message = (struct sel4_message){.info = sel4_info(LABEL_TCB_WriteRegisters, 0, 0, 127), .mr = {0, 118}};
    seL4_Call(t.tcb, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_NO_ERROR);
}

static void a_handler_without_buffer_gets_four_words_of_a_fault(void **state) {
    (void)state;
    struct thread handler = thread_make(120, false), t = thread_make(110, false);
    assert_ok(seL4_TCB_SetIPCBuffer(handler.tcb, handler.frame, 0));
    assert_ok(seL4_TCB_Resume(handler.tcb));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, ep, 0, 110));
    assert_ok(seL4_TCB_Resume(t.tcb));
    word_t *x = fill_registers();
    system_call(5000);
    assert_current(handler);
    assert_int_equal(info_of(handler.object), sel4_info(SEL4_FAULT_UNKNOWN_SYSCALL, 0, 0, 4));
    assert_int_equal(mr_of(handler.object, 3), x[3]);
}

static void a_combined_call_refuses_contexts_and_domains_first(void **state) {
    (void)state;
    cptr_t m = mint_of(ntfn, SEL4_RIGHTS_ALL, 1);
    struct thread t = thread_start(90);
    seL4_Signal(m);
    seL4_NBSendWait(t.sched_context, ntfn, MESSAGE(.info = sel4_info(LABEL_SchedContext_Unbind, 0, 0, 0)));
    assert_ptr_equal(t.object->sc, t.context);
    assert_int_equal(badge_of(world.root), 1); // and the second phase follows
    seL4_Signal(m);
    seL4_NBSendWait(SEL4_SLOT_DOMAIN, ntfn,
                    MESSAGE(.info = sel4_info(LABEL_Domain_ScheduleSetStart, 0, 0, 1)));
    assert_int_equal(badge_of(world.root), 1);
}

static void a_preempted_first_phase_is_repeated_whole(void **state) {
    (void)state;
    cptr_t m = mint_of(ntfn, SEL4_RIGHTS_ALL, 1), to = new_slot();
    seL4_Signal(m);
    seL4_GetIPCBuffer()->caps_or_badges[0] = ROOT;
    seL4_GetIPCBuffer()->msg[4] = to;
    seL4_GetIPCBuffer()->msg[5] = 1;
    host.preempt_after = 2;
    seL4_NBSendWait(
        world.ram, ntfn,
        MESSAGE(.info = sel4_info(LABEL_Untyped_Retype, 0, 1, 6), .mr = {SEL4_OBJECT_LARGE_PAGE}));
    assert_int_equal(host.preempt_after, -1);
    assert_int_equal(type_of(to), SEL4_CAP_FRAME);
    assert_int_equal(badge_of(world.root), 1); // taken once
    assert_int_equal(((struct notification *)object_of(ntfn))->state, NOTIFICATION_IDLE);
}

// --- slots that arguments name

static void slots_are_looked_up_in_every_method(void **state) {
    (void)state;
    cptr_t to = new_slot(), node = new_object(SEL4_OBJECT_CNODE, 4);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Revoke(node, 0, 3));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 0);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_CancelBadgedSends(node, 0, 3));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 0);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Move(node, ROOT, 0, 3, ep, DEPTH));
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Mutate(node, ROOT, 0, 3, ep, DEPTH, 0));
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Copy(ROOT, ep, to, DEPTH, 0, DEPTH, 15)); // no CNode
    assert_lookup(SEL4_LOOKUP_INVALID_ROOT, 1);
    assert_error(SEL4_RANGE_ERROR, seL4_CNode_Copy(ROOT, ROOT, to, DEPTH, ep, 65, 15));
    assert_range_error(1, 64);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Rotate(node, ROOT, ROOT, 0, 3, 0, ep, DEPTH, 0, ep, DEPTH));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 0);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Rotate(ROOT, node, ROOT, to, DEPTH, 0, 0, 3, 0, ep, DEPTH));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 0);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Rotate(ROOT, ROOT, node, to, DEPTH, 0, ep, DEPTH, 0, 0, 3));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 1);
}

static void badged_sends_are_cancelled_only_where_somebody_sends(void **state) {
    (void)state;
    cptr_t badged = mint_of(ep, SEL4_RIGHTS_ALL, 4);
    assert_ok(seL4_CNode_CancelBadgedSends(ROOT, badged, DEPTH));
    struct thread t = thread_start(110);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_ok(seL4_CNode_CancelBadgedSends(ROOT, badged, DEPTH));
    assert_state(t.object, THREAD_BLOCKED_ON_RECEIVE);
}

// --- rights and copies

static void most_capabilities_are_copied_freely(void **state) {
    (void)state;
    cptr_t handler = new_slot(), sgi = new_slot();
    assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 45, handler, DEPTH));
    assert_ok(seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 2, 1, sgi, DEPTH));
    const cptr_t sources[] = {SEL4_SLOT_TCB,
                              SEL4_SLOT_SCHED_CONTEXT,
                              world.sched_control,
                              reply,
                              SEL4_SLOT_DOMAIN,
                              SEL4_SLOT_ASID_CONTROL,
                              SEL4_SLOT_ASID_POOL,
                              handler,
                              sgi,
                              SEL4_SLOT_CNODE};
    for (unsigned i = 0; i < ARRAY_LENGTH(sources); i++) {
        cptr_t to = new_slot(); // without any right, which means nothing to them
        assert_ok(seL4_CNode_Copy(ROOT, ROOT, to, DEPTH, sources[i], DEPTH, 0));
        assert_int_equal(type_of(to), type_of(sources[i]));
        assert_int_equal(slot_of(to)->cap.w1, slot_of(sources[i])->cap.w1);
        cptr_t second = new_slot();
        assert_ok(seL4_CNode_Copy(ROOT, ROOT, second, DEPTH, to, DEPTH, 0));
        assert_ok(cap_delete(to));
        assert_ok(cap_delete(second));
    }
    cptr_t domain = copy_of(SEL4_SLOT_DOMAIN);
    assert_ok(seL4_Domain_Set(domain, SEL4_SLOT_TCB, 0));
    assert_ok(cap_revoke(SEL4_SLOT_DOMAIN));
    assert_int_equal(type_of(domain), SEL4_CAP_NULL);
}

static void a_notification_is_badged_once(void **state) {
    (void)state;
    cptr_t badged = mint_of(ntfn, SEL4_RIGHTS_ALL, 9), to = new_slot();
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_CNode_Mint(ROOT, ROOT, to, DEPTH, badged, DEPTH, SEL4_RIGHTS_ALL, 0));
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_CNode_Mint(ROOT, ROOT, to, DEPTH, badged, DEPTH, SEL4_RIGHTS_ALL, 9));
    cptr_t same = copy_of(badged);
    assert_ok(cap_revoke(badged));
    assert_int_equal(type_of(same), SEL4_CAP_NULL);
}

static void mappings_end_with_their_capabilities(void **state) {
    (void)state;
    cptr_t table = new_object(SEL4_OBJECT_PAGE_TABLE, 0), frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0),
           second = new_object(SEL4_OBJECT_SMALL_PAGE, 0), vspace = new_object(SEL4_OBJECT_VSPACE, 0);
    struct cap root_space = slot_of(SEL4_SLOT_VSPACE)->cap;
    assert_ok(seL4_PageTable_Map(table, SEL4_SLOT_VSPACE, 0x10000000, SEL4_PAGE_DEFAULT));
    assert_ok(seL4_Page_Map(frame, SEL4_SLOT_VSPACE, 0x10001000, 3, SEL4_PAGE_DEFAULT));
    assert_ok(seL4_Page_Map(second, SEL4_SLOT_VSPACE, 0x10002000, 3, SEL4_PAGE_DEFAULT));
    assert_ok(cap_delete(frame));
    assert_int_equal(host_translate(root_space, 0x10001000), ~(word_t)0);
    cptr_t copied = copy_of(table);
    assert_ok(cap_delete(copied)); // not the last
    assert_int_equal(host_translate(root_space, 0x10002000), cap_address(slot_of(second)->cap));
    assert_ok(cap_delete(table));
    assert_int_equal(host_translate(root_space, 0x10002000), ~(word_t)0);
    assert_ok(cap_delete(second)); // its mapping is gone already
    // Stale mappings are skipped: the space went first.
    table = new_object(SEL4_OBJECT_PAGE_TABLE, 0), frame = new_object(SEL4_OBJECT_LARGE_PAGE, 0);
    assert_ok(seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, vspace));
    assert_ok(seL4_PageTable_Map(table, vspace, 0, SEL4_PAGE_DEFAULT));
    assert_ok(seL4_Page_Map(frame, vspace, 0x200000, 3, SEL4_PAGE_DEFAULT));
    assert_ok(cap_delete(vspace));
    assert_ok(cap_delete(frame));
    assert_ok(cap_delete(table));
}

// --- objects with few methods

static void a_domain_schedule_is_checked_word_by_word(void **state) {
    (void)state;
    assert_error(SEL4_INVALID_ARGUMENT, seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 0, 1, 0));
    assert_int_equal(detail(0), 1);
    assert_error(SEL4_RANGE_ERROR, seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 0, 1, 5));
    assert_range_error(0, 0);
    assert_error(SEL4_INVALID_ARGUMENT, seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 0, 0, BIT(56)));
    assert_int_equal(detail(0), 2);
    assert_ok(seL4_Domain_ScheduleConfigure(SEL4_SLOT_DOMAIN, 0, 0, BIT(56) - 1));
}

static void interrupt_capabilities_go_to_a_free_slot(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4);
    assert_error(SEL4_FAILED_LOOKUP, seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, node, 46, 0, 3));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 0);
    assert_error(SEL4_FAILED_LOOKUP, seL4_IRQControl_GetTrigger(SEL4_SLOT_IRQ_CONTROL, ep, 46, 1, 0, 3));
    assert_lookup(SEL4_LOOKUP_INVALID_ROOT, 0);
    assert_error(SEL4_FAILED_LOOKUP, seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, node, 1, 0, 0, 3));
    assert_lookup(SEL4_LOOKUP_DEPTH_MISMATCH, 0);
    assert_error(SEL4_DELETE_FIRST, seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 1, 0, ep, DEPTH));
    assert_true(host.irq_masked[46]); // nothing was issued
    cptr_t handler = new_slot();
    assert_ok(seL4_IRQControl_GetTrigger(SEL4_SLOT_IRQ_CONTROL, ROOT, 46, 0, handler, DEPTH));
    assert_false(host.irq_edge[46]);
}

static void an_interrupt_that_is_not_issued_is_masked_and_forgotten(void **state) {
    (void)state;
    host.irq_masked[90] = false;
    interrupt(90);
    assert_true(host.irq_masked[90]);
    assert_false(host.irq_active[90]);
    entry_irq(&host_core); // and one that is gone when it is looked for
    assert_root();
}

static void firmware_is_called_through_its_capability(void **state) {
    (void)state;
    static const struct glacis_boot_module module = {.paddr = HOST_RAM_START + 0x800000, .size = 4096};
    world_reset();
    world.platform.module_count = 1;
    world.platform.modules = &module;
    world_boot(); // with modules there is an SMC capability
    word_t words[8] = {0};
    assert_ok(seL4_SMC_Call(SEL4_SLOT_SMC, 0x84000008, 1, 2, 3, 4, 5, 6, 7, words));
    assert_int_equal(words[0], ~(word_t)0); // the host's firmware knows nothing
    for (unsigned i = 1; i < 8; i++)
        assert_int_equal(words[i], i);
    cptr_t off = mint_of(SEL4_SLOT_SMC, SEL4_RIGHTS_ALL, 0x84000008), same = copy_of(off);
    assert_ok(seL4_SMC_Call(off, 0x84000008, 0, 0, 0, 0, 0, 0, 0, words));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_SMC_Call(off, 0x84000009, 0, 0, 0, 0, 0, 0, 0, words));
    assert_error(SEL4_ILLEGAL_OPERATION,
                 seL4_CNode_Mint(ROOT, ROOT, new_slot(), DEPTH, off, DEPTH, SEL4_RIGHTS_ALL, 1));
    assert_ok(cap_revoke(off)); // a family of its badge
    assert_int_equal(type_of(same), SEL4_CAP_NULL);
    assert_ok(cap_revoke(SEL4_SLOT_SMC));
    assert_int_equal(type_of(off), SEL4_CAP_NULL);
}

// --- one entry that does several things

static void a_thread_that_its_own_handlers_end_wakes_has_the_new_priority(void **state) {
    (void)state;
    // t sends to an endpoint whose last capability is t's fault handler, which SetSchedParams replaces.
    for (unsigned with_context = 0; with_context < 2; with_context++) {
        cptr_t own = new_object(SEL4_OBJECT_ENDPOINT, 0);
        struct thread t = thread_make(110, false);
        assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, own, 0, 110));
        assert_ok(seL4_TCB_Resume(t.tcb));
        seL4_Send(own, MESSAGE(0));
        assert_ok(cap_delete(own));
        assert_state(t.object, THREAD_BLOCKED_ON_SEND);
        assert_ok(seL4_TCB_SetSchedParams(
            t.tcb, SEL4_SLOT_TCB, with_context ? t.sched_context : SEL4_SLOT_NULL, SEL4_SLOT_NULL, 0, 90));
        assert_root(); // it was woken, at 110 still, and stands at 90 then
        assert_int_equal(t.object->in_ready_queue, with_context);
        assert_int_equal(t.object->priority, 90);
    }
}

static void what_several_waiters_wake_for_is_ordered_by_priority(void **state) {
    (void)state;
    struct thread t[3];
    for (unsigned i = 0; i < 3; i++) {
        t[i] = thread_start(110 + i);
        seL4_Send(ep, MESSAGE(0));
    }
    assert_ok(cap_delete(ep)); // all of them at once
    assert_current(t[2]);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_current(t[1]);
    seL4_Wait(ntfn, MESSAGE(0));
    assert_current(t[0]);
}

// --- debug calls

static void debug_calls_neither_switch_nor_ask_for_budget(void **state) {
    (void)state;
    struct thread t = thread_make(110, false);
    assert_ok(configure(t.sched_context, 100, 1000, 0, true));
    assert_ok(seL4_TCB_Resume(t.tcb));
    host.now += us(95); // less than the minimum is left
    sys_arch_simple(SYS_DebugPutChar, 'x');
    assert_current(t);
    assert_int_equal(sys_arch_simple(SYS_DebugCapIdentify, ep), SEL4_CAP_ENDPOINT);
    assert_current(t);
    seL4_Signal(ntfn);
    assert_root();
}

static void the_scheduler_is_dumped(void **state) {
    (void)state;
    struct thread a = thread_start(90);
    strcpy(a.object->name, "worker");
    thread_start(91);
    sys_arch_simple(SYS_DebugDumpScheduler, 0);
    assert_non_null(strstr(host.console, "90 worker\r\n"));
    assert_non_null(strstr(host.console, "91 \r\n"));
}

static void halt(void) {
    sys_arch_simple(SYS_DebugHalt, 0);
}
static void name_an_endpoint(void) {
    sys_arch_simple(SYS_DebugNameThread, ep);
}
static void name_nothing(void) {
    sys_arch_simple(SYS_DebugNameThread, BIT(50));
}
static void name_without_buffer(void) {
    assert_ok(seL4_TCB_SetIPCBuffer(SEL4_SLOT_TCB, SEL4_SLOT_NULL, 0));
    sys_arch_simple(SYS_DebugNameThread, SEL4_SLOT_TCB);
}

static void debug_halt_and_bad_names_stop_the_machine(void **state) {
    (void)state;
    assert_panics(halt, "halted by root");
    assert_panics(name_an_endpoint, "DebugNameThread: not a TCB");
    assert_panics(name_nothing, "DebugNameThread: not a TCB");
    assert_panics(name_without_buffer, "no IPC buffer");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        invoke_test(a_reply_of_the_kernel_writes_its_words_only),
        invoke_test(a_message_writes_the_words_that_were_sent_only),
        invoke_test(what_does_not_block_and_finds_nothing_writes_the_badge_only),
        invoke_test(a_caller_without_buffer_has_four_words_and_no_capabilities),
        invoke_test(a_length_beyond_the_buffer_counts_as_the_buffers),
        invoke_test(a_handler_without_buffer_gets_four_words_of_a_fault),
        invoke_test(a_combined_call_refuses_contexts_and_domains_first),
        invoke_test(a_preempted_first_phase_is_repeated_whole),
        invoke_test(slots_are_looked_up_in_every_method),
        invoke_test(badged_sends_are_cancelled_only_where_somebody_sends),
        invoke_test(most_capabilities_are_copied_freely),
        invoke_test(a_notification_is_badged_once),
        invoke_test(mappings_end_with_their_capabilities),
        invoke_test(a_domain_schedule_is_checked_word_by_word),
        invoke_test(interrupt_capabilities_go_to_a_free_slot),
        invoke_test(an_interrupt_that_is_not_issued_is_masked_and_forgotten),
        invoke_test(firmware_is_called_through_its_capability),
        invoke_test(a_thread_that_its_own_handlers_end_wakes_has_the_new_priority),
        invoke_test(what_several_waiters_wake_for_is_ordered_by_priority),
        invoke_test(debug_calls_neither_switch_nor_ask_for_budget),
        invoke_test(the_scheduler_is_dumped),
        invoke_test(debug_halt_and_bad_names_stop_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
