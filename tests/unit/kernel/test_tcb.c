// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// TCB invocations: registers, spaces, buffers, suspension, flags (seL4 API: TCB).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static cptr_t ep, reply;
static struct thread t; // inactive, less urgent than root

static int setup(void **state) {
    world_setup(state);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    t = thread_make(90, false);
    return 0;
}
#define tcb_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static word_t user_register(const struct tcb *tcb, unsigned index) {
    return arch_user_register_get(tcb, index);
}
static void number_registers(struct tcb *tcb, word_t base) {
    for (unsigned i = 0; i < SEL4_REG_COUNT; i++)
        arch_user_register_set(tcb, i, base + i);
}
// SPSR keeps its flags only.
static word_t expected(word_t base, unsigned index) {
    return index == SEL4_REG_SPSR ? 0x40 : base + index;
}
static void assert_range_error(word_t minimum, word_t maximum) {
    assert_int_equal(detail(0), minimum);
    assert_int_equal(detail(1), maximum);
}

// --- registers

static void registers_are_read_in_the_order_of_the_api(void **state) {
    (void)state;
    word_t words[SEL4_REG_COUNT] = {0};
    number_registers(t.object, 1000);
    assert_ok(seL4_TCB_ReadRegisters(t.tcb, 0, SEL4_REG_COUNT, words));
    for (unsigned i = 0; i < SEL4_REG_COUNT; i++)
        assert_int_equal(words[i], expected(1000, i));
    assert_int_equal(t.object->arch.context.x[16], 1000 + SEL4_REG_X16);
    assert_int_equal(t.object->arch.context.x[9], 1000 + SEL4_REG_X9);
    assert_int_equal(t.object->arch.context.tpidr_el0, 1000 + SEL4_REG_TPIDR_EL0);
}

static void as_many_registers_are_read_as_were_asked_for(void **state) {
    (void)state;
    number_registers(t.object, 1000);
    assert_ok(invoke(t.tcb, LABEL_TCB_ReadRegisters, 0, 2, (word_t)0, (word_t)3));
    assert_int_equal(sel4_info_length(info_of(world.root)), 3);
    assert_error(SEL4_RANGE_ERROR, invoke(t.tcb, LABEL_TCB_ReadRegisters, 0, 2, (word_t)0, (word_t)0));
    assert_range_error(1, 36);
    assert_error(SEL4_RANGE_ERROR, invoke(t.tcb, LABEL_TCB_ReadRegisters, 0, 2, (word_t)0, (word_t)37));
    assert_range_error(1, 36);
}

static void reading_registers_may_suspend_the_thread(void **state) {
    (void)state;
    assert_ok(seL4_TCB_Resume(t.tcb));
    word_t words[SEL4_REG_COUNT];
    assert_ok(seL4_TCB_ReadRegisters(t.tcb, 0x100, 1, words)); // bits 8 to 15 are the architecture's
    assert_true(thread_is_runnable(t.object));
    assert_ok(seL4_TCB_ReadRegisters(t.tcb, 1, 1, words));
    assert_state(t.object, THREAD_INACTIVE);
}

static void a_thread_does_not_read_or_write_itself(void **state) {
    (void)state;
    word_t words[SEL4_REG_COUNT] = {0};
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_ReadRegisters(SEL4_SLOT_TCB, 0, 1, words));
    assert_error(SEL4_ILLEGAL_OPERATION, seL4_TCB_WriteRegisters(SEL4_SLOT_TCB, 0, 1, words));
}

static void a_reader_without_buffer_gets_four_registers(void **state) {
    (void)state;
    struct thread reader = thread_make(110, false);
    assert_ok(seL4_TCB_SetIPCBuffer(reader.tcb, reader.frame, 0));
    number_registers(t.object, 1000);
    assert_ok(seL4_TCB_Resume(reader.tcb));
    assert_current(reader);
    seL4_Call(t.tcb, MESSAGE(.info = sel4_info(LABEL_TCB_ReadRegisters, 0, 0, 2), .mr = {0, 36}));
    assert_current(reader);
    assert_int_equal(info_of(reader.object), sel4_info(0, 0, 0, 4));
    assert_int_equal(mr_of(reader.object, 3), 1003);
}

static void a_read_that_is_no_call_returns_nothing(void **state) {
    (void)state;
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    number_registers(t.object, 1000);
    buffer->msg[4] = 77;
    seL4_Send(t.tcb, MESSAGE(.info = sel4_info(LABEL_TCB_ReadRegisters, 0, 0, 2), .mr = {1, 36}));
    assert_int_equal(buffer->msg[4], 77);
    assert_int_equal(mr_of(world.root, 1), 36);
}

static void registers_are_written_in_the_order_of_the_api(void **state) {
    (void)state;
    word_t words[SEL4_REG_COUNT];
    for (unsigned i = 0; i < SEL4_REG_COUNT; i++)
        words[i] = 2000 + i;
    words[SEL4_REG_SPSR] = 0xf00003cf; // flags stay, neither mode nor masks do
    assert_ok(seL4_TCB_WriteRegisters(t.tcb, 0, SEL4_REG_COUNT, words));
    assert_state(t.object, THREAD_INACTIVE);
    for (unsigned i = 0; i < SEL4_REG_COUNT; i++)
        assert_int_equal(user_register(t.object, i), i == SEL4_REG_SPSR ? 0xf0000040 : 2000 + i);
}

static void fewer_registers_leave_the_others(void **state) {
    (void)state;
    number_registers(t.object, 1000);
    assert_ok(seL4_TCB_WriteRegisters(t.tcb, 0, 2, (word_t[]){1, 2}));
    assert_int_equal(user_register(t.object, 1), 2);
    assert_int_equal(user_register(t.object, 3), 1003);
    // Words beyond the last register are ignored.
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    for (unsigned i = 4; i < 60; i++)
        buffer->msg[i] = i;
    seL4_Call(t.tcb, MESSAGE(.info = sel4_info(LABEL_TCB_WriteRegisters, 0, 0, 60), .mr = {0, 58, 0, 0}));
    assert_int_equal(sel4_info_label(info_of(world.root)), SEL4_NO_ERROR);
    assert_int_equal(user_register(t.object, 35), 37);
}

static void more_registers_than_words_are_a_truncated_message(void **state) {
    (void)state;
    struct sel4_message message = {.info = sel4_info(LABEL_TCB_WriteRegisters, 0, 0, 4), .mr = {1, 3, 7, 8}};
    seL4_Call(t.tcb, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_TRUNCATED_MESSAGE);
    assert_state(t.object, THREAD_INACTIVE);
    message = (struct sel4_message){.info = sel4_info(LABEL_TCB_WriteRegisters, 0, 0, 4),
                                    .mr = {0, ~(word_t)0, 7, 8}};
    seL4_Call(t.tcb, &message);
    assert_int_equal(sel4_info_label(message.info), SEL4_TRUNCATED_MESSAGE);
}

static void writing_registers_may_start_the_thread_there(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetPriority(t.tcb, SEL4_SLOT_TCB, 110));
    assert_ok(seL4_TCB_WriteRegisters(t.tcb, 1, 1, (word_t[]){0x700000}));
    assert_current(t);
    assert_int_equal(t.object->arch.context.pc, 0x700000);
}

static void frame_and_integer_registers_are_copied_apart(void **state) {
    (void)state;
    struct thread source = thread_make(90, false);
    for (word_t flags = 0; flags < 16; flags += 4) {
        number_registers(source.object, 1000);
        number_registers(t.object, 2000);
        assert_ok(seL4_TCB_CopyRegisters(t.tcb, source.tcb, flags));
        for (unsigned i = 0; i < SEL4_REG_X28; i++) {
            bool copied = flags & (i < SEL4_FRAME_REGS ? 4 : 8);
            assert_int_equal(user_register(t.object, i), expected(copied ? 1000 : 2000, i));
        }
    }
}

static void copying_registers_may_suspend_the_source_and_start_the_destination(void **state) {
    (void)state;
    struct thread source = thread_start(90);
    assert_ok(seL4_TCB_CopyRegisters(t.tcb, source.tcb, 2 | 4));
    assert_true(thread_is_runnable(source.object));
    assert_state(t.object, THREAD_RESTART);
    assert_int_equal(t.object->arch.context.fault_pc, source.object->arch.context.fault_pc);
    assert_ok(seL4_TCB_CopyRegisters(t.tcb, source.tcb, 1));
    assert_state(source.object, THREAD_INACTIVE);
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_CopyRegisters(t.tcb, ep, 0));
    assert_int_equal(detail(0), 1);
}

// --- spaces and buffers

static enum sel4_error configure_with(cptr_t cspace, cptr_t vspace, cptr_t frame, word_t data,
                                      word_t buffer) {
    return seL4_TCB_Configure(t.tcb, cspace, vspace, frame, data, 0, buffer);
}

static void configure_refuses_what_is_no_space_or_buffer(void **state) {
    (void)state;
    cptr_t fresh = new_object(SEL4_OBJECT_VSPACE, 0), node = new_object(SEL4_OBJECT_CNODE, 4);
    struct slot before = t.object->slots[TCB_SLOT_CSPACE];
    assert_error(SEL4_ILLEGAL_OPERATION, configure_with(ep, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000000));
    assert_error(SEL4_ILLEGAL_OPERATION, configure_with(ROOT, ep, t.frame, 0, 0x10000000));
    assert_error(SEL4_ILLEGAL_OPERATION, configure_with(ROOT, fresh, t.frame, 0, 0x10000000)); // no ASID
    assert_error(SEL4_ILLEGAL_OPERATION,
                 configure_with(SEL4_SLOT_IRQ_CONTROL, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000000));
    assert_error(SEL4_ILLEGAL_OPERATION,
                 configure_with(node, SEL4_SLOT_VSPACE, t.frame, sel4_cnode_data(0, 61), 0x10000000));
    assert_error(SEL4_ILLEGAL_OPERATION, configure_with(ROOT, SEL4_SLOT_VSPACE, ep, 0, 0x10000000));
    assert_error(SEL4_ALIGNMENT_ERROR, configure_with(ROOT, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000200));
    assert_error(SEL4_ILLEGAL_OPERATION,
                 configure_with(ROOT, SEL4_SLOT_VSPACE, SEL4_SLOT_IRQ_CONTROL, 0, 0x10000000));
    assert_int_equal(t.object->slots[TCB_SLOT_CSPACE].cap.w0, before.cap.w0); // an error changes nothing
    assert_ptr_equal(t.object->ipc_buffer, t.buffer);
}

static void configure_gives_the_cspace_its_guard(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4);
    assert_ok(configure_with(node, SEL4_SLOT_VSPACE, t.frame, sel4_cnode_data(5, 60), 0x10000000));
    struct cap cap = t.object->slots[TCB_SLOT_CSPACE].cap;
    assert_int_equal(cap_cnode_guard(cap), 5);
    assert_int_equal(cap_cnode_guard_bits(cap), 60);
    cptr_t guarded = mint_of(node, SEL4_RIGHTS_ALL, sel4_cnode_data(3, 8));
    assert_ok(configure_with(guarded, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000000)); // 0 leaves the guard
    assert_int_equal(cap_cnode_guard(t.object->slots[TCB_SLOT_CSPACE].cap), 3);
}

static void address_zero_is_no_buffer(void **state) {
    (void)state;
    assert_ok(configure_with(ROOT, SEL4_SLOT_VSPACE, ep, 0, 0));
    assert_null(tcb_buffer(t.object));
    assert_ok(configure_with(ROOT, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000400));
    assert_ptr_equal(tcb_buffer(t.object), t.buffer);
    assert_ok(seL4_TCB_SetIPCBuffer(t.tcb, SEL4_SLOT_NULL, 0));
    assert_null(tcb_buffer(t.object));
}

static void configure_leaves_the_fault_handler(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetSpace(t.tcb, ep, ROOT, SEL4_SLOT_VSPACE, 0, 0));
    assert_ok(configure_with(ROOT, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000000));
    assert_ptr_equal(cap_pointer(t.object->slots[TCB_SLOT_FAULT].cap), object_of(ep));
}

static void set_space_replaces_handler_and_spaces(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4), vspace = new_object(SEL4_OBJECT_VSPACE, 0);
    assert_ok(seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, vspace));
    assert_ok(seL4_TCB_SetSpace(t.tcb, ep, node, vspace, sel4_cnode_data(0, 60), 0));
    assert_ptr_equal(cap_pointer(t.object->slots[TCB_SLOT_CSPACE].cap), object_of(node));
    assert_ptr_equal(cap_pointer(t.object->slots[TCB_SLOT_VSPACE].cap), object_of(vspace));
    assert_ok(seL4_TCB_SetSpace(t.tcb, SEL4_SLOT_NULL, ROOT, SEL4_SLOT_VSPACE, 0, 0));
    assert_true(slot_is_empty(&t.object->slots[TCB_SLOT_FAULT]));
    assert_ok(cap_revoke(node));
    assert_int_equal(type_of(node), SEL4_CAP_CNODE);
}

static void what_a_thread_holds_is_revoked_with_its_original(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4);
    assert_ok(seL4_TCB_SetSpace(t.tcb, ep, node, SEL4_SLOT_VSPACE, 0, 0));
    assert_ok(cap_revoke(node));
    assert_ok(cap_revoke(ep));
    assert_true(slot_is_empty(&t.object->slots[TCB_SLOT_CSPACE]));
    assert_true(slot_is_empty(&t.object->slots[TCB_SLOT_FAULT]));
}

static void a_thread_that_changes_its_own_space_goes_on_in_it(void **state) {
    (void)state;
    cptr_t vspace = new_object(SEL4_OBJECT_VSPACE, 0);
    assert_ok(seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, vspace));
    unsigned switches = host.switches;
    assert_ok(seL4_TCB_SetSpace(SEL4_SLOT_TCB, SEL4_SLOT_NULL, ROOT, vspace, 0, 0));
    assert_true(host.switches > switches); // it is loaded anew
    switches = host.switches;
    assert_ok(seL4_TCB_SetSpace(t.tcb, SEL4_SLOT_NULL, ROOT, vspace, 0, 0));
    assert_int_equal(host.switches, switches);
}

// --- preemption in the middle of a method: the old CSpace dies

static cptr_t large_cspace(void) {
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 8);
    assert_ok(configure_with(node, SEL4_SLOT_VSPACE, t.frame, sel4_cnode_data(0, 56), 0x10000000));
    assert_ok(cap_delete(node)); // the thread has the last capability
    return node;
}

static void a_preempted_set_space_is_finished_by_its_repetition(void **state) {
    (void)state;
    for (int step = 0; step < 40; step++) {
        large_cspace();
        host.preempt_after = step;
        assert_ok(seL4_TCB_SetSpace(t.tcb, ep, ROOT, SEL4_SLOT_VSPACE, 0, 0));
        host.preempt_after = -1;
        assert_ptr_equal(cap_pointer(t.object->slots[TCB_SLOT_CSPACE].cap), object_of(ROOT));
        large_cspace();
        host.preempt_after = step;
        assert_ok(configure_with(ROOT, SEL4_SLOT_VSPACE, t.frame, 0, 0x10000800));
        host.preempt_after = -1;
        assert_int_equal(t.object->ipc_buffer_vaddr.raw, 0x10000800);
    }
}

// --- running

static void resume_aborts_what_a_thread_waits_for(void **state) {
    (void)state;
    struct thread sender = thread_start(110);
    word_t pc = sender.object->arch.context.pc;
    seL4_Send(ep, MESSAGE(0));
    assert_root();
    assert_ok(seL4_TCB_Resume(sender.tcb));
    assert_current(sender);
    assert_int_equal(sender.object->arch.context.pc, pc); // the same call again
    assert_int_equal(((struct endpoint *)object_of(ep))->head, 0);
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_ok(seL4_TCB_Resume(sender.tcb));
    assert_null(sender.object->reply);
    seL4_Call(ep, MESSAGE(0));
    seL4_Recv(ep, reply, MESSAGE(0));
    assert_state(sender.object, THREAD_BLOCKED_ON_REPLY);
    assert_ok(seL4_TCB_Resume(sender.tcb));
    assert_null(((struct reply *)object_of(reply))->tcb);
}

static void suspending_a_waiting_thread_takes_it_out_of_its_queue(void **state) {
    (void)state;
    cptr_t ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    struct thread sender = thread_start(110), waiter = thread_make(110, false);
    seL4_Send(ep, MESSAGE(0));
    assert_ok(seL4_TCB_Resume(waiter.tcb));
    seL4_Wait(ntfn, MESSAGE(0));
    assert_ok(seL4_TCB_Suspend(sender.tcb));
    assert_ok(seL4_TCB_Suspend(waiter.tcb));
    assert_int_equal(((struct endpoint *)object_of(ep))->head, 0);
    assert_int_equal(((struct notification *)object_of(ntfn))->state, NOTIFICATION_IDLE);
    seL4_Signal(ntfn);
    assert_root();
}

static void a_thread_may_suspend_itself(void **state) {
    (void)state;
    struct thread high = thread_start(110);
    assert_current(high);
    word_t pc = high.object->arch.context.pc;
    seL4_TCB_Suspend(high.tcb);
    assert_root();
    assert_state(high.object, THREAD_INACTIVE);
    assert_ok(seL4_TCB_Resume(high.tcb));
    assert_current(high);
    assert_true(high.object->arch.context.pc >= pc);
}

static void a_vcpu_that_waits_for_its_interrupt_is_woken_or_stopped(void **state) {
    (void)state;
    struct thread guest = thread_start(110);
    assert_current(guest);
    thread_wait_virq(&host_core, guest.object); // as the architecture does at a WFI
    guest.object->arch.waiting = true;
    assert_ptr_equal(sched_schedule(&host_core), world.root);
    thread_wake_virq(guest.object);
    thread_wake_virq(t.object); // does not wait: nothing
    assert_ptr_equal(sched_schedule(&host_core), guest.object);
    assert_state(t.object, THREAD_INACTIVE);
    thread_wait_virq(&host_core, guest.object);
    guest.object->arch.waiting = true;
    assert_ptr_equal(sched_schedule(&host_core), world.root);
    assert_ok(seL4_TCB_SetPriority(guest.tcb, SEL4_SLOT_TCB, 111));
    assert_state(guest.object, THREAD_BLOCKED_ON_VIRQ);
    assert_ok(seL4_TCB_Suspend(guest.tcb));
    assert_false(guest.object->arch.waiting);
    assert_state(guest.object, THREAD_INACTIVE);
}

static void other_work_is_a_ready_or_a_delayed_thread(void **state) {
    (void)state;
    assert_false(sched_other_work(&host_core));
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_true(sched_other_work(&host_core));
    assert_ok(seL4_TCB_Suspend(t.tcb));
    assert_false(sched_other_work(&host_core));
    struct thread late = thread_make(110, false);
    assert_ok(configure(late.sched_context, 100, 1000, 0, true));
    assert_ok(seL4_TCB_Resume(late.tcb));
    pass(100);
    assert_root();
    assert_true(sched_other_work(&host_core));
}

// --- the rest

static void the_tls_base_is_a_register_of_the_thread(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetTLSBase(t.tcb, 0x12345000));
    assert_int_equal(t.object->arch.context.tpidr_el0, 0x12345000);
    assert_ok(seL4_TCB_SetTLSBase(SEL4_SLOT_TCB, 0x54321000)); // its own too
    assert_int_equal(world.root->arch.context.tpidr_el0, 0x54321000);
}

static void flags_are_cleared_then_set_and_returned(void **state) {
    (void)state;
    word_t flags = 9;
    assert_ok(seL4_TCB_SetFlags(t.tcb, 0, 1, &flags));
    assert_int_equal(flags, 1);
    assert_ok(seL4_TCB_SetFlags(t.tcb, 0, 0, &flags));
    assert_int_equal(flags, 1);
    assert_ok(seL4_TCB_SetFlags(t.tcb, 1, 0, &flags));
    assert_int_equal(flags, 0);
    assert_ok(seL4_TCB_SetFlags(t.tcb, 1, 1, &flags)); // set wins
    assert_int_equal(flags, 1);
    assert_ok(seL4_TCB_SetFlags(t.tcb, ~(word_t)0, ~(word_t)1, &flags)); // reserved bits are ignored
    assert_int_equal(flags, 0);
    unsigned switches = host.switches;
    assert_ok(seL4_TCB_SetFlags(SEL4_SLOT_TCB, 0, 1, &flags));
    assert_true(host.switches > switches); // its own take effect at once
}

static void a_timeout_handler_is_replaced_or_taken_away(void **state) {
    (void)state;
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, ep));
    assert_ptr_equal(cap_pointer(t.object->slots[TCB_SLOT_TIMEOUT].cap), object_of(ep));
    assert_error(SEL4_INVALID_CAPABILITY, seL4_TCB_SetTimeoutEndpoint(t.tcb, reply));
    assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, SEL4_SLOT_NULL));
    assert_true(slot_is_empty(&t.object->slots[TCB_SLOT_TIMEOUT]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        tcb_test(registers_are_read_in_the_order_of_the_api),
        tcb_test(as_many_registers_are_read_as_were_asked_for),
        tcb_test(reading_registers_may_suspend_the_thread),
        tcb_test(a_thread_does_not_read_or_write_itself),
        tcb_test(a_reader_without_buffer_gets_four_registers),
        tcb_test(a_read_that_is_no_call_returns_nothing),
        tcb_test(registers_are_written_in_the_order_of_the_api),
        tcb_test(fewer_registers_leave_the_others),
        tcb_test(more_registers_than_words_are_a_truncated_message),
        tcb_test(writing_registers_may_start_the_thread_there),
        tcb_test(frame_and_integer_registers_are_copied_apart),
        tcb_test(copying_registers_may_suspend_the_source_and_start_the_destination),
        tcb_test(configure_refuses_what_is_no_space_or_buffer),
        tcb_test(configure_gives_the_cspace_its_guard),
        tcb_test(address_zero_is_no_buffer),
        tcb_test(configure_leaves_the_fault_handler),
        tcb_test(set_space_replaces_handler_and_spaces),
        tcb_test(what_a_thread_holds_is_revoked_with_its_original),
        tcb_test(a_thread_that_changes_its_own_space_goes_on_in_it),
        tcb_test(a_preempted_set_space_is_finished_by_its_repetition),
        tcb_test(resume_aborts_what_a_thread_waits_for),
        tcb_test(suspending_a_waiting_thread_takes_it_out_of_its_queue),
        tcb_test(a_thread_may_suspend_itself),
        tcb_test(a_vcpu_that_waits_for_its_interrupt_is_woken_or_stopped),
        tcb_test(other_work_is_a_ready_or_a_delayed_thread),
        tcb_test(the_tls_base_is_a_register_of_the_thread),
        tcb_test(flags_are_cleared_then_set_and_returned),
        tcb_test(a_timeout_handler_is_replaced_or_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
