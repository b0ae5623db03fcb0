// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Plays an input: each record is what the thread that is current does next, or what the machine does to it.
//
// A thread's system call stands at its PC, and x28 says so (x28 == pc): when the kernel lets it run again
// there, it was to be repeated, and it is, with the registers as they are then, before the next record is
// looked at.
#include "fuzz.h"
#include <setjmp.h>

#define REG_TRAPPED 28  // x28: where the thread's last system call stands
#define ENTRIES_MAX 600 // of an input: a call that is preempted again and again ends here

#define COMPARE_EVERY 4 // inputs from one that is played the long way too to the next

struct fuzz_counters fuzz_counters;

static struct {
    unsigned entries;
    bool may_halt; // DebugHalt and DebugNameThread
    bool long_way; // this system call does not try the short ways first
    bool all_long; // nothing does
    sigjmp_buf over;
} play;

// --- entries

static void entered(void) {
    check_after();
    host.console_length = 0;
    fuzz_counters.short_ways += host.short_ways;
    host.short_ways = 0;
    fuzz_counters.entries++;
    if (++play.entries >= ENTRIES_MAX)
        siglongjmp(play.over, 1);
}

static void take_long_way(void) {
    if (play.all_long)
        host_core.fast_until = 0; // as if something might be due
}

static void enter_syscall(word_t number) {
    struct arch_context *context = &current()->arch.context;
    context->x[ARCH_REG_SYSCALL] = number;
    context->x[REG_TRAPPED] = context->fault_pc = context->pc;
    context->pc += 4;
    play.may_halt = (int64_t)number == SYS_DebugHalt || (int64_t)number == SYS_DebugNameThread;
    check_before(number, true);
    fuzz_counters.calls++;
    take_long_way();
    if (play.long_way)
        entry_syscall(&host_core, number);
    else
        host_system_call(&host_core, number);
    play.may_halt = false;
    entered();
}

static void enter_fault(const struct fault *fault) {
    struct arch_context *context = &current()->arch.context;
    context->fault_pc = context->pc;
    context->x[REG_TRAPPED] = 0;
    check_before(0, false);
    take_long_way();
    entry_fault(&host_core, fault);
    entered();
}

static void enter_irq(void) {
    check_before(0, false);
    entry_irq(&host_core);
    entered();
}

static void halted(void) {
    if (play.may_halt)
        siglongjmp(play.over, 1);
    check_fail("%s", host.console);
}

// Nothing is ready and no time will change that: the supervisor sleeps, and is woken.
static void wake(struct core *core) {
    if (world.root->state != THREAD_BLOCKED_ON_NOTIFICATION)
        check_fail("the machine is idle, and the supervisor does not sleep: its state is %u",
                   world.root->state);
    notification_signal(core, fuzz_world.wake, 1);
}

// --- the supervisor does not block

bool fuzz_is_supervisor(void) {
    return current() == world.root;
}

// An endpoint blocks, and a slot that is not found faults.
static bool can_invoke(cptr_t cptr) {
    struct tcb *tcb = current();
    struct lookup_failure ignored;
    const struct slot *slot = lookup_slot(tcb, cptr, &ignored);
    if (!slot || cap_type(slot->cap) == SEL4_CAP_ENDPOINT)
        return false;
    for (unsigned i = 0; i < sel4_info_extra_caps(tcb->arch.context.x[ARCH_REG_INFO]); i++)
        if (!lookup_slot(tcb, tcb_buffer(tcb)->caps_or_badges[i], &ignored))
            return false;
    return true;
}

static bool can_receive(cptr_t cptr, cptr_t reply) {
    struct tcb *tcb = current();
    struct lookup_failure failure;
    struct slot *slot = lookup_slot(tcb, cptr, &failure), *reply_slot = lookup_slot(tcb, reply, &failure);
    if (!slot || !(cap_rights(slot->cap) & SEL4_RIGHT_READ))
        return false;
    if (cap_type(slot->cap) == SEL4_CAP_NOTIFICATION)
        return !((struct notification *)cap_pointer(slot->cap))->bound_tcb;
    return cap_type(slot->cap) == SEL4_CAP_ENDPOINT && reply_slot &&
           cap_type(reply_slot->cap) == SEL4_CAP_REPLY;
}

static word_t supervisors(word_t number) {
    const word_t *x = current()->arch.context.x;
    switch ((int64_t)number) {
    case SYS_Call:
    case SYS_Send:
        return can_invoke(x[ARCH_REG_CAP]) ? number : (word_t)SYS_NBSend;
    case SYS_NBRecv:
    case SYS_NBWait:
    case SYS_Recv:
    case SYS_Wait:
        return can_receive(x[ARCH_REG_CAP], x[ARCH_REG_REPLY]) ? (word_t)SYS_NBRecv : (word_t)SYS_Yield;
    case SYS_ReplyRecv:
    case SYS_NBSendRecv:
    case SYS_NBSendWait:
        return (word_t)SYS_NBSend;
    default:
        return (int64_t)number >= SYS_DebugNameThread && (int64_t)number < 0 ? number : (word_t)SYS_Yield;
    }
}

// --- actions

static void write_buffer(const struct record *record, word_t length, unsigned caps) {
    struct sel4_ipc_buffer *buffer = tcb_buffer(current());
    if (!buffer)
        return;
    for (word_t i = SEL4_FAST_MESSAGE_REGS; i < length && i < SEL4_MSG_MAX_LENGTH; i++)
        buffer->msg[i] = record_word(record, (unsigned)i);
    for (unsigned i = 0; i < caps; i++)
        buffer->caps_or_badges[i] = record_cptr(record->caps[i]);
    buffer->receive_cnode = record_cptr(record->receive_root);
    buffer->receive_index = record_cptr(record->receive_index);
    buffer->receive_depth = record->receive_depth < 128 ? SEL4_WORD_BITS : record->receive_depth & 127;
}

static void action_call(const struct record *record) {
    word_t *x = current()->arch.context.x, length = record_length(record), number = record_number(record);
    x[ARCH_REG_CAP] = record_cptr(record->dest);
    x[ARCH_REG_INFO] = sel4_info(record_label(record), 0, record_caps(record), length);
    for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS; i++)
        x[ARCH_REG_MR0 + i] = record_word(record, i);
    x[ARCH_REG_REPLY] = record_cptr(record->reply);
    x[ARCH_REG_SEND_DEST] = record_cptr(record->send_dest);
    write_buffer(record, length, record_caps(record));
    enter_syscall(fuzz_is_supervisor() ? supervisors(number) : number);
}

static void action_return(const struct record *record) {
    word_t *x = current()->arch.context.x, number = record_number(record);
    if (record->label & 1) {
        x[ARCH_REG_CAP] = record_cptr(record->reply);
        x[ARCH_REG_INFO] = sel4_info(record->label >> 6, 0, record_caps(record), record_length(record));
        number = (word_t)SYS_Send;
    }
    enter_syscall(fuzz_is_supervisor() ? supervisors(number) : number);
}

static void action_fault(const struct record *record) {
    if (fuzz_is_supervisor())
        return;
    struct fault fault = record_fault(record, current()->arch.context.pc);
    enter_fault(&fault);
}

static void action_irq(const struct record *record) {
    host.irq_pending[record_irq(record)] = true;
    enter_irq();
}

static void pass_deadlines(void) {
    while (host.deadline <= host.now) // bound: ENTRIES_MAX
        enter_irq();
}

static void action_sleep(const struct record *record) {
    (void)record;
    current()->arch.context.x[ARCH_REG_CAP] = FUZZ_WAKE_CPTR;
    enter_syscall(fuzz_is_supervisor() ? (word_t)SYS_Wait : (word_t)SYS_Yield);
}

// What an architecture with vCPUs does for a guest's WFI, and at its virtual interrupt.
static void action_virtual(const struct record *record) {
    struct core *core = &host_core;
    check_before(0, false);
    sched_update_time(core);
    if (sched_check_budget(core) && record->label & 1 && !fuzz_is_supervisor())
        thread_wait_virq(core, core->current);
    if (!(record->label & 1))
        for (unsigned i = 0; i < FUZZ_TCBS; i++)
            thread_wake_virq(fuzz_world.tcbs[i]);
    sched_schedule(core);
    entered();
}

static void act(const struct record *record) {
    switch (record_action(record)) {
    case ACTION_FAULT:
        action_fault(record);
        break;
    case ACTION_IRQ:
        action_irq(record);
        break;
    case ACTION_PASS:
        host.now += record_time(record) * (record->label + 1);
        pass_deadlines();
        break;
    case ACTION_WRITE:
        write_buffer(record, SEL4_MSG_MAX_LENGTH, SEL4_MSG_MAX_EXTRA_CAPS);
        break;
    case ACTION_RETURN:
        action_return(record);
        break;
    case ACTION_SLEEP:
        action_sleep(record);
        break;
    case ACTION_VIRTUAL:
        action_virtual(record);
        break;
    default:
        action_call(record);
    }
}

// --- the sequence

// Bits [2:0]: after how many looks, where bit 3 is set; bit 4: at each. Bit 5: the long way. Bit 7: a thread
// that is to repeat its system call does something else (a debugger moved it, say).
static void set_preemption(const struct record *record) {
    host.preempt_after = record->preempt & 8 ? record->preempt & 7 : -1;
    host.preempt_always = record->preempt & 16;
    play.long_way = record->preempt & 32;
}

static bool is_to_repeat(const struct record *record) {
    const struct arch_context *context = &current()->arch.context;
    return context->pc == context->x[REG_TRAPPED] && !(record->preempt & 128);
}

// What waited at the preemption point comes; then the call again.
static void repeat(const struct record *record) {
    const struct tcb *tcb = current();
    if (host.preempt_looks) {
        host.irq_pending[record_irq(record)] = true;
        enter_irq();
    }
    host.preempt_looks = 0;
    if (current() != tcb || !is_to_repeat(record))
        return;
    word_t number = tcb->arch.context.x[ARCH_REG_SYSCALL];
    describe_again();
    enter_syscall(fuzz_is_supervisor() ? supervisors(number) : number);
}

static void play_record(const struct record *record, unsigned index) {
    host.now += record_time(record);
    if (host.deadline <= host.now && !(record->preempt & 64)) // else the timer is late
        pass_deadlines();
    set_preemption(record);
    while (is_to_repeat(record)) // bound: ENTRIES_MAX
        repeat(record);
    host.preempt_looks = 0;
    describe_record(record, index);
    act(record);
    describe_result();
}

static void play_records(const uint8_t *data, size_t size) {
    static struct record record;
    fuzz_world_reset();
    host.idle = wake;
    host.halt = halted;
    play.entries = 0;
    play.may_halt = false;
    check_begin();
    if (sigsetjmp(play.over, 0))
        return;
    for (unsigned i = 0; i < RECORDS_MAX && (i + 1) * sizeof(record) <= size; i++) {
        memcpy(&record, data + i * sizeof(record), sizeof(record));
        play_record(&record, i);
    }
    kernel_check_invariants(&host_core, world.root->slots, TCB_SLOT_COUNT, true);
}

// Whatever went a short way goes the long one now, and must come to the same end.
static void compare_ways(const uint8_t *data, size_t size) {
    static struct check_outcome outcome;
    struct fuzz_counters counters = fuzz_counters;
    bool described = describe_on;
    check_outcome_take(&outcome);
    play.all_long = true;
    describe_on = false;
    play_records(data, size);
    play.all_long = false;
    describe_on = described;
    fuzz_counters = counters;
    check_outcome_compare(&outcome);
}

void fuzz_play(const uint8_t *data, size_t size) {
    uint64_t short_ways = fuzz_counters.short_ways;
    fuzz_counters.inputs++;
    play_records(data, size);
    if (fuzz_counters.short_ways != short_ways && (describe_on || fuzz_counters.inputs % COMPARE_EVERY == 0))
        compare_ways(data, size);
}
