// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What must hold after every entry, beside kernel_check_invariants:
//
// 1. The thread that runs has budget, and the timer is set so that it cannot use more, nor a waiting one wait
// longer.
// 2. Registers: those that no system call writes (x6 to x30, SP, SPSR, thread registers) keep their values;
// x0 to x5
//    change only in threads that waited for a message, and in the caller where its system call has results;
//    of the message registers only as many as the message information says. TCB_WriteRegisters and the like,
//    and the reply to a fault, may write them all, in their thread.
// 3. No register and no IPC buffer ever holds a secret (check_is_secret), and in an IPC buffer the kernel
// writes words
//    and badges only.
// 4. What Retype makes is zero.
// 5. What a thread waits on or is bound to exists: somewhere there is a capability of it.
// 6. The short ways end as the long ones do (every few inputs).
//
// The registers of threads that an input made are not followed: they lie in memory that becomes something
// else.
#include "fuzz.h"
#include <stdarg.h>
#include <stdio.h>

#define THOROUGH_EVERY 32 // entries from one comparison of all pairs of capabilities to the next

struct view {
    struct arch_context context;
    uint8_t state;
    bool yields, wild; // wild: all its registers may be written
};

static struct {
    struct view views[FUZZ_TCBS];
    struct sel4_ipc_buffer buffers[FUZZ_BUFFERS];
    const struct tcb *current;
    int64_t number;
    struct slot *untyped, *untyped_next; // the untyped that is invoked
    unsigned turn;
} before;

void check_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "\nfuzz: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}

extern char __executable_start[], end[];

bool check_is_secret(word_t word) {
    word_t pointer = word & MASK(CAP_PTR_BITS), stack = (word_t)__builtin_frame_address(0);
    return word == FUZZ_SECRET || pointer - HOST_WINDOW - HOST_RAM_START < HOST_RAM_BYTES ||
           word - (word_t)__executable_start < (word_t)(end - __executable_start) ||
           word >> 24 == stack >> 24;
}

// --- before

static void note_invocation(cptr_t cptr) {
    struct lookup_failure ignored;
    const struct tcb *tcb = current();
    struct slot *slot = lookup_slot(tcb, cptr, &ignored);
    if (!slot)
        return;
    word_t label = sel4_info_label(tcb->arch.context.x[ARCH_REG_INFO]);
    const struct tcb *object = NULL;
    if (cap_type(slot->cap) == SEL4_CAP_UNTYPED) {
        before.untyped = slot;
        before.untyped_next = cdt_next(slot);
        fuzz_world_touch(slot->cap);
    } else if (cap_type(slot->cap) == SEL4_CAP_TCB &&
               (label == LABEL_TCB_WriteRegisters || label == LABEL_TCB_CopyRegisters ||
                label == LABEL_TCB_SetTLSBase)) {
        object = cap_pointer(slot->cap);
    } else if (cap_type(slot->cap) == SEL4_CAP_REPLY) {
        const struct reply *reply = cap_pointer(slot->cap);
        if (reply->tcb && reply->tcb->fault.label != SEL4_FAULT_NULL)
            object = reply->tcb;
    }
    int number = object ? fuzz_thread_number(object) : -1;
    if (number >= 0)
        before.views[number].wild = true;
}

void check_before(word_t number, bool is_syscall) {
    for (unsigned i = 0; i < FUZZ_TCBS; i++) {
        const struct tcb *tcb = fuzz_world.tcbs[i];
        before.views[i] = (struct view){tcb->arch.context, tcb->state, tcb->yield_to, false};
    }
    for (unsigned i = 0; i < FUZZ_BUFFERS; i++)
        before.buffers[i] = *fuzz_world.buffers[i];
    before.current = current();
    before.number = is_syscall ? (int64_t)number : SYS_Yield; // a fault has no results either
    before.untyped = NULL;
    if (!is_syscall)
        return;
    const word_t *x = current()->arch.context.x;
    switch (before.number) {
    case SYS_Call:
    case SYS_Send:
    case SYS_NBSend:
        note_invocation(x[ARCH_REG_CAP]);
        break;
    case SYS_ReplyRecv:
    case SYS_NBSendWait:
        note_invocation(x[ARCH_REG_REPLY]);
        break;
    case SYS_NBSendRecv:
        note_invocation(x[ARCH_REG_SEND_DEST]);
        break;
    default:
        break;
    }
}

// --- after

// Whether x0 to x5 may have been written.
static bool has_results(const struct view *view, const struct tcb *tcb) {
    if (tcb == before.current)
        switch (before.number) {
        case SYS_Send:
        case SYS_NBSend:
        case SYS_Yield:
        case SYS_DebugPutChar:
        case SYS_DebugDumpScheduler:
        case SYS_DebugSnapshot:
        case SYS_DebugNameThread:
            return view->yields;
        default:
            return true;
        }
    return view->yields || view->state == THREAD_BLOCKED_ON_RECEIVE ||
           view->state == THREAD_BLOCKED_ON_REPLY || view->state == THREAD_BLOCKED_ON_NOTIFICATION;
}

static void check_registers(unsigned number) {
    const struct view *view = &before.views[number];
    const struct tcb *tcb = fuzz_world.tcbs[number];
    const word_t *old = (const word_t *)&view->context, *new = (const word_t *)&tcb->arch.context;
    if (memcmp(old, new, sizeof(view->context)) == 0)
        return;
    const unsigned pc = offsetof(struct arch_context, pc) / sizeof(word_t),
                   fault_pc = offsetof(struct arch_context, fault_pc) / sizeof(word_t);
    word_t length = sel4_info_length(new[ARCH_REG_INFO]);
    bool results = has_results(view, tcb);
    for (unsigned i = 0; i < sizeof(view->context) / sizeof(word_t); i++) {
        if (old[i] == new[i])
            continue;
        if (check_is_secret(new[i]))
            check_fail("register %u of thread %u holds a secret of the kernel: 0x%lx", i, number, new[i]);
        if (view->wild || i == pc || i == fault_pc)
            continue;
        if (i >= ARCH_REG_MR0 + SEL4_FAST_MESSAGE_REGS || !results)
            check_fail("register %u of thread %u changed from 0x%lx to 0x%lx", i, number, old[i], new[i]);
        if (i >= ARCH_REG_MR0 && i - ARCH_REG_MR0 >= length)
            check_fail("message register %u of thread %u changed, its message has %lu words",
                       i - ARCH_REG_MR0, number, length);
        if (i == ARCH_REG_INFO && length > SEL4_MSG_MAX_LENGTH)
            check_fail("thread %u received %lu words", number, length);
    }
}

static void check_buffer(unsigned number) {
    const word_t *old = (const word_t *)&before.buffers[number],
                 *new = (const word_t *)fuzz_world.buffers[number];
    if (memcmp(old, new, sizeof(struct sel4_ipc_buffer)) == 0)
        return;
    const unsigned msg = offsetof(struct sel4_ipc_buffer, msg) / sizeof(word_t),
                   user = offsetof(struct sel4_ipc_buffer, user_data) / sizeof(word_t),
                   badges = offsetof(struct sel4_ipc_buffer, caps_or_badges) / sizeof(word_t);
    for (unsigned i = 0; i < sizeof(struct sel4_ipc_buffer) / sizeof(word_t); i++) {
        if (old[i] == new[i])
            continue;
        if (check_is_secret(new[i]))
            check_fail("word %u of IPC buffer %u holds a secret of the kernel: 0x%lx", i, number, new[i]);
        if (i < msg + SEL4_FAST_MESSAGE_REGS ||
            (i >= user && (i < badges || i >= badges + SEL4_MSG_MAX_EXTRA_CAPS)))
            check_fail("word %u of IPC buffer %u changed", i, number);
    }
}

static void check_zero(struct cap cap) {
    word_t start, allowed = 0;
    unsigned bits;
    if (cap_type(cap) == SEL4_CAP_UNTYPED || (cap_type(cap) == SEL4_CAP_FRAME && cap_frame_device(cap)) ||
        !cap_extent(cap, &start, &bits))
        return;
    const word_t *memory = arch_phys_to_virt((paddr_t){start});
    if (cap_type(cap) == SEL4_CAP_TCB)
        allowed = offsetof(struct tcb, arch.context.spsr) / sizeof(word_t);
    for (word_t i = 0; i < BIT(bits) / sizeof(word_t); i++)
        if (memory[i] && !(allowed && i == allowed))
            check_fail("a new object of type %u has 0x%lx at word %lu", cap_type(cap), memory[i], i);
}

// The children that the untyped got stand directly behind it.
static void check_made(void) {
    const struct slot *slot = before.untyped ? cdt_next(before.untyped) : NULL;
    if (!before.untyped || slot_is_empty(before.untyped))
        return;
    for (unsigned i = 0; slot && slot != before.untyped_next && i < 256; i++, slot = cdt_next(slot))
        check_zero(slot->cap);
}

// Objects that threads refer to, by their place in memory, while their capabilities are looked for.
static uint8_t referred[HOST_RAM_BYTES >> SEL4_MIN_UNTYPED_BITS];

static uint8_t *reference(const void *object) {
    return &referred[((word_t)object - HOST_WINDOW - HOST_RAM_START) >> SEL4_MIN_UNTYPED_BITS];
}

static unsigned thread_references(const struct tcb *tcb, const void **objects) {
    unsigned count = 0;
    if (tcb->state == THREAD_BLOCKED_ON_SEND || tcb->state == THREAD_BLOCKED_ON_RECEIVE ||
        tcb->state == THREAD_BLOCKED_ON_NOTIFICATION)
        objects[count++] = tcb->blocking_object;
    const void *const others[] = {tcb->sc, tcb->reply, tcb->bound_notification, tcb->yield_to};
    for (unsigned i = 0; i < ARRAY_LENGTH(others); i++)
        if (others[i])
            objects[count++] = others[i];
    return count;
}

static void check_references(void) {
    const void *objects[FUZZ_TCBS][5];
    unsigned counts[FUZZ_TCBS];
    for (unsigned i = 0; i < FUZZ_TCBS; i++) {
        counts[i] = thread_references(fuzz_world.tcbs[i], objects[i]);
        for (unsigned j = 0; j < counts[i]; j++)
            *reference(objects[i][j]) = 1;
    }
    for (const struct slot *slot = slot_of(world.ram); slot;
         slot = cdt_next(slot)) // all that is made of memory
        if (cap_type(slot->cap) != SEL4_CAP_UNTYPED && cap_type(slot->cap) != SEL4_CAP_FRAME &&
            cap_type(slot->cap) != SEL4_CAP_ZOMBIE)
            *reference(cap_pointer(slot->cap)) = 0;
    *reference(world.root->sc) = 0; // the supervisor's is not made of world.ram
    for (unsigned i = 0; i < FUZZ_TCBS; i++)
        for (unsigned j = 0; j < counts[i]; j++)
            if (*reference(objects[i][j])) {
                memset(referred, 0, sizeof(referred));
                check_fail("thread %u waits on or is bound to an object that is gone (%p)", i, objects[i][j]);
            }
}

static void check_time(void) {
    const struct core *core = &host_core;
    const struct tcb *tcb = core->current;
    struct sched_context *sc = tcb->sc;
    if (!refill_is_ready(sc, core->now) || refill_head(sc)->amount < core->consumed)
        check_fail("the thread that runs has no budget");
    if (host.deadline > core->now - core->consumed + refill_head(sc)->amount)
        check_fail("the timer comes after the end of the running thread's budget");
    if (core->release_head && host.deadline > refill_head(core->release_head->sc)->time)
        check_fail("the timer comes after the next release");
}

void check_after(void) {
    kernel_check_invariants(&host_core, world.root->slots, TCB_SLOT_COUNT,
                            ++before.turn % THOROUGH_EVERY == 0);
    check_time();
    for (unsigned i = 0; i < FUZZ_TCBS; i++)
        check_registers(i);
    for (unsigned i = 0; i < FUZZ_BUFFERS; i++)
        check_buffer(i);
    check_made();
    check_references();
}

void check_outcome_take(struct check_outcome *outcome) {
    outcome->current = current();
    outcome->now = host.now;
    for (unsigned i = 0; i < FUZZ_TCBS; i++)
        outcome->tcbs[i] = *fuzz_world.tcbs[i];
    for (unsigned i = 0; i < FUZZ_BUFFERS; i++)
        outcome->buffers[i] = *fuzz_world.buffers[i];
}

void check_outcome_compare(const struct check_outcome *outcome) {
    if (outcome->current != current() || outcome->now != host.now)
        check_fail("the long way ends with another thread than the short one, or at another time");
    for (unsigned i = 0; i < FUZZ_TCBS; i++)
        if (memcmp(&outcome->tcbs[i], fuzz_world.tcbs[i], sizeof(outcome->tcbs[i])) != 0)
            check_fail("thread %u ends otherwise by the long way than by the short one", i);
    for (unsigned i = 0; i < FUZZ_BUFFERS; i++)
        if (memcmp(&outcome->buffers[i], fuzz_world.buffers[i], sizeof(outcome->buffers[i])) != 0)
            check_fail("IPC buffer %u ends otherwise by the long way than by the short one", i);
}

void check_begin(void) {
    before.turn = 0;
}
