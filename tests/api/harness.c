// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the API tests share (tests/api/harness.h).
#include "harness.h"

#define MAX_THREADS 80

const struct bootinfo *bootinfo;
word sched_control;
struct reply reply;

static word next_slot;
static word untyped_used[230];
static const char *skip_reason;
static bool failed;
static const char *running;

static struct thread threads[MAX_THREADS];
static unsigned thread_count, first_running;
static _Alignas(4096) uint8_t thread_buffers[MAX_THREADS][4096];
static _Alignas(16) uint8_t thread_stacks[MAX_THREADS][THREAD_STACK_BYTES];
static word end_notification, never_notification;

int main(void);
void harness_start(const struct bootinfo *info);

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void *memset(void *to, int byte, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)byte;
    return to;
}

void print(const char *text) {
    while (*text)
        raw_put_char(*text++);
}

void print_hex(word value) {
    print("0x");
    int shift = 60;
    while (shift > 0 && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        raw_put_char("0123456789abcdef"[value >> shift & 15]);
}

word raw_invoke(word cap, word label, const word *caps, unsigned cap_count, const word *words,
                unsigned word_count) {
    struct ipc_buffer *buffer = raw_buffer();
    struct message m = {.info = info_make(label, cap_count, word_count)};
    for (unsigned i = 0; i < cap_count; i++)
        buffer->caps[i] = caps[i];
    for (unsigned i = 0; i < word_count; i++) {
        if (i < 4)
            m.mr[i] = words[i];
        else
            buffer->msg[i] = words[i];
    }
    raw_message(NR_CALL, cap, &m, 0, 0);
    reply.label = info_label(m.info);
    reply.length = info_length(m.info);
    for (unsigned i = 0; i < 120; i++)
        reply.mr[i] = i < 4 ? m.mr[i] : buffer->msg[i];
    return reply.label;
}

// Names of functions, as the lists of tests are written: with hyphens.
static void print_name(const char *name) {
    for (; *name; name++)
        raw_put_char(*name == '_' ? '-' : *name);
}

static void print_failure(const char *file, int line, const char *what) {
    print("FAIL ");
    print_name(running);
    print(": ");
    print(file);
    print(":");
    char digits[12];
    unsigned at = sizeof(digits) - 1;
    digits[at] = 0;
    for (; line > 0; line /= 10)
        digits[--at] = (char)('0' + line % 10);
    print(digits + at);
    print(": ");
    print(what);
}

void fail_at(const char *file, int line, const char *what, word got, word expected) {
    if (failed)
        return;
    failed = true;
    print_failure(file, line, what);
    print(" is ");
    print_hex(got);
    print(", not ");
    print_hex(expected);
    print("\n");
}

void skip(const char *why) {
    skip_reason = why;
}

bool check_reply(const char *file, int line, const char *what, word got, word label, const word *words,
                 unsigned count) {
    if (got != label)
        fail_at(file, line, what, got, label);
    else if (reply.length != count)
        fail_at(file, line, "the length of the reply", reply.length, count);
    else
        for (unsigned i = 0; i < count; i++)
            if (reply.mr[i] != words[i])
                fail_at(file, line, what, reply.mr[i], words[i]);
    return !failed;
}

// A test that failed leaves threads behind, which the next must not meet.
static void stop_threads(void) {
    tcb_set_priority(S_TCB, S_TCB, 255);
    for (; first_running < thread_count; first_running++)
        tcb_suspend(threads[first_running].tcb);
    raw_poll(end_notification);
}

void check_kernel(void) {
    raw_svc(&(struct raw_registers){.x[7] = NR_SNAPSHOT});
}

word delete_checked(word slot) {
    word error = cnode_delete(S_CNODE, slot, ROOT_DEPTH);
    check_kernel();
    return error;
}

void run_tests(const struct test *tests, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        failed = false;
        skip_reason = NULL;
        running = tests[i].name;
        tests[i].run();
        stop_threads();
        check_kernel();
        if (failed)
            continue;
        print(skip_reason ? "SKIP " : "PASS ");
        print_name(running);
        if (skip_reason) {
            print(": ");
            print(skip_reason);
        }
        print("\n");
    }
    print("DONE\n");
    for (;;) {
        struct raw_registers r = {.x[7] = NR_HALT};
        raw_svc(&r);
    }
}

// The test program itself cannot go on.
static void stop(const char *why) {
    print("FAIL ");
    print_name(running ? running : "start");
    print(": ");
    print(why);
    print(" (error ");
    print_hex(reply.label);
    print(")\nDONE\n");
    for (;;) {
        struct raw_registers r = {.x[7] = NR_HALT};
        raw_svc(&r);
    }
}

word new_slots(unsigned count) {
    word slot = next_slot;
    next_slot += count;
    if (next_slot > bootinfo->empty.end)
        stop("no slot left");
    return slot;
}

word new_slot(void) {
    return new_slots(1);
}

static word object_size_bits(word type, word bits) {
    static const uint8_t fixed[T_COUNT] = {
        [T_TCB] = 11,    [T_ENDPOINT] = 4,    [T_NOTIFICATION] = 6, [T_REPLY] = 5,       [T_HUGE_PAGE] = 30,
        [T_VSPACE] = 13, [T_SMALL_PAGE] = 12, [T_LARGE_PAGE] = 21,  [T_PAGE_TABLE] = 12, [T_VCPU] = 12,
    };
    return type == T_CNODE ? bits + 5 : fixed[type] ? fixed[type] : bits;
}

word new_object(word type, word bits) {
    word size_bits = object_size_bits(type, bits), size = 1ull << size_bits, slot = new_slot();
    unsigned count = (unsigned)(bootinfo->untyped.end - bootinfo->untyped.start), best = count;
    for (unsigned i = 0; i < count; i++) {
        word start = (untyped_used[i] + size - 1) & ~(size - 1);
        if (bootinfo->untyped_list[i].device || start + size > 1ull << bootinfo->untyped_list[i].bits)
            continue;
        if (best == count || bootinfo->untyped_list[i].bits < bootinfo->untyped_list[best].bits)
            best = i;
    }
    if (best == count)
        stop("no memory left");
    if (untyped_retype(bootinfo->untyped.start + best, S_CNODE, type, bits, 0, 0, slot, 1))
        stop("cannot make an object");
    untyped_used[best] = ((untyped_used[best] + size - 1) & ~(size - 1)) + size;
    return slot;
}

word new_mint(word cap, word rights, word badge) {
    word slot = new_slot();
    if (badge ? cnode_mint(S_CNODE, slot, ROOT_DEPTH, S_CNODE, cap, ROOT_DEPTH, rights, badge)
              : cnode_copy(S_CNODE, slot, ROOT_DEPTH, S_CNODE, cap, ROOT_DEPTH, rights))
        stop("cannot copy a capability");
    return slot;
}

word new_copy(word cap) {
    return new_mint(cap, R_ALL, 0);
}

word new_sc(word budget, word period) {
    word sc = new_object(T_SC, 8);
    if (sched_configure(sc, budget, period, 0, 0, 0))
        stop("cannot configure a scheduling context");
    return sc;
}

bool is_empty(word slot) {
    return raw_identify(slot) == C_NULL;
}

word image_frame(const void *address) {
    return bootinfo->image_frames.start + ((uintptr_t)address - (uintptr_t)image_start) / 4096;
}

word device_untyped(word address, word *start, word *bits) {
    for (unsigned i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        word base = bootinfo->untyped_list[i].paddr;
        if (bootinfo->untyped_list[i].device && address >= base &&
            (address - base) >> bootinfo->untyped_list[i].bits == 0) {
            *start = base;
            *bits = bootinfo->untyped_list[i].bits;
            return bootinfo->untyped.start + i;
        }
    }
    return 0;
}

struct thread *new_passive_thread(void (*entry)(word), word argument, word fault_ep) {
    if (thread_count == MAX_THREADS)
        stop("too many threads");
    struct thread *thread = &threads[thread_count];
    thread->index = thread_count++;
    thread->entry = entry;
    thread->buffer = (struct ipc_buffer *)thread_buffers[thread->index];
    thread->tcb = new_object(T_TCB, 0);
    if (tcb_configure(thread->tcb, S_CNODE, S_VSPACE, image_frame(thread->buffer), 0, 0,
                      (word)thread->buffer) ||
        tcb_set_sched_params(thread->tcb, S_TCB, 0, fault_ep, 255, 254) ||
        tcb_set_tls_base(thread->tcb, (word)thread->buffer))
        stop("cannot configure a thread");
    word stack = (word)&thread_stacks[thread->index][THREAD_STACK_BYTES];
    if (raw_invoke(thread->tcb, 3, CAPS(), WORDS(0, 4, (word)entry, stack, 0, argument)))
        stop("cannot set a thread's registers");
    return thread;
}

struct thread *new_thread(void (*entry)(word), word argument, word fault_ep) {
    struct thread *thread = new_passive_thread(entry, argument, fault_ep);
    thread->sc = new_sc(5000, 5000);
    if (sc_bind(thread->sc, thread->tcb))
        stop("cannot bind a scheduling context");
    return thread;
}

void thread_set_priority(const struct thread *thread, word priority) {
    if (tcb_set_priority(thread->tcb, S_TCB, priority))
        stop("cannot set a priority");
}

void thread_start(const struct thread *thread) {
    if (tcb_resume(thread->tcb))
        stop("cannot start a thread");
}

void thread_end(void) {
    raw_signal(end_notification);
    for (;;)
        raw_wait(never_notification);
}

void wait_thread_end(void) {
    raw_wait(end_notification);
}

void let_others_run(void) {
    if (tcb_set_priority(S_TCB, S_TCB, 1) || tcb_set_priority(S_TCB, S_TCB, 255))
        stop("cannot change root's priority");
}

word consumed(word sc) {
    if (sc_consumed(sc))
        stop("cannot ask what was used");
    return reply.mr[0];
}

void spend(word us) {
    consumed(S_SC);
    for (word used = 0; used < us; used += consumed(S_SC))
        for (volatile unsigned i = 0; i < 10000; i++)
            ;
}

void spend_below(word us) {
    if (tcb_set_priority(S_TCB, S_TCB, 1))
        stop("cannot change root's priority");
    spend(us);
    if (tcb_set_priority(S_TCB, S_TCB, 255))
        stop("cannot change root's priority");
}

word thread_pc(const struct thread *thread) {
    if (tcb_read_registers(thread->tcb, 0, 1))
        stop("cannot read a thread's registers");
    return reply.mr[0];
}

void harness_start(const struct bootinfo *info) {
    bootinfo = info;
    sched_control = info->sched_control.start;
    next_slot = info->empty.start;
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(info->ipc_buffer));
    end_notification = new_object(T_NOTIFICATION, 0);
    never_notification = new_object(T_NOTIFICATION, 0);
    main();
}
