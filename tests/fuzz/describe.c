// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// An input in words, a line for each record, while it is played (make fuzz-repeat).
#include "fuzz.h"
#include <stdio.h>

bool describe_on;

static const char *type_name(unsigned type) {
    static const char *const names[32] = {
        [SEL4_CAP_NULL] = "empty",
        [SEL4_CAP_FRAME] = "frame",
        [SEL4_CAP_UNTYPED] = "untyped",
        [SEL4_CAP_PAGE_TABLE] = "page table",
        [SEL4_CAP_ENDPOINT] = "endpoint",
        [SEL4_CAP_NOTIFICATION] = "notification",
        [SEL4_CAP_REPLY] = "reply",
        [SEL4_CAP_VSPACE] = "VSpace",
        [SEL4_CAP_CNODE] = "CNode",
        [SEL4_CAP_ASID_CONTROL] = "ASID control",
        [SEL4_CAP_TCB] = "TCB",
        [SEL4_CAP_ASID_POOL] = "ASID pool",
        [SEL4_CAP_IRQ_CONTROL] = "IRQ control",
        [SEL4_CAP_VCPU] = "VCPU",
        [SEL4_CAP_IRQ_HANDLER] = "IRQ handler",
        [SEL4_CAP_ZOMBIE] = "zombie",
        [SEL4_CAP_DOMAIN] = "domain",
        [SEL4_CAP_SCHED_CONTEXT] = "scheduling context",
        [SEL4_CAP_SCHED_CONTROL] = "scheduling control",
        [SEL4_CAP_SMC] = "SMC",
        [SEL4_CAP_SGI] = "SGI",
    };
    return names[type % 32] ? names[type % 32] : "?";
}

static const char *call_name(int64_t number) {
    switch (number) {
#define SYSCALL(name, value)                                                                                 \
    case value:                                                                                              \
        return #name;
#define DEBUG_SYSCALL(name, value) SYSCALL(name, value)
#include <abi/syscalls.def>
#undef SYSCALL
#undef DEBUG_SYSCALL
    default:
        return "unknown system call";
    }
}

static const char *label_name(word_t label) {
    switch (label) {
#define INVOCATION(object, method, value, caps, words, results)                                              \
    case value:                                                                                              \
        return #object "_" #method;
#include <abi/invocations.def>
#undef INVOCATION
    default:
        return "no method";
    }
}

static const char *thread_name(const struct tcb *tcb) {
    return tcb->name[0] ? tcb->name : "a new thread";
}

static void print_cptr(const char *what, cptr_t cptr) {
    struct lookup_failure ignored;
    const struct slot *slot = lookup_slot(current(), cptr, &ignored);
    printf("%s 0x%lx (%s)", what, cptr, slot ? type_name(cap_type(slot->cap)) : "no slot");
    if (slot && cap_type(slot->cap) == SEL4_CAP_TCB)
        printf(" of %s", thread_name(cap_pointer(slot->cap)));
}

static void print_call(const struct record *record) {
    int64_t number = (int64_t)record_number(record);
    printf("%s %ld", call_name(number), number);
    if (number == SYS_Yield)
        return;
    print_cptr(" at", record_cptr(record->dest));
    if (number == SYS_ReplyRecv || number == SYS_NBSendWait || number == SYS_Recv || number == SYS_NBRecv ||
        number == SYS_NBSendRecv)
        print_cptr(", x6", record_cptr(record->reply));
    if (number == SYS_NBSendRecv)
        print_cptr(", x8", record_cptr(record->send_dest));
    printf(", label 0x%lx (%s), words", record_label(record), label_name(record_label(record)));
    for (unsigned i = 0; i < record_length(record) && i < 9; i++)
        printf(" 0x%lx", record_word(record, i));
    printf(" of %lu", record_length(record));
    for (unsigned i = 0; i < record_caps(record); i++)
        print_cptr(i ? "," : ", with", record_cptr(record->caps[i]));
}

static void print_action(const struct record *record) {
    struct fault fault;
    switch (record_action(record)) {
    case ACTION_FAULT:
        fault = record_fault(record, 0);
        printf("fault %lu", fault.label);
        break;
    case ACTION_IRQ:
        printf("interrupt %u", record_irq(record));
        break;
    case ACTION_PASS:
        printf("%lu ticks pass", record_time(record) * (record->label + 1));
        break;
    case ACTION_WRITE:
        printf("writes its IPC buffer");
        break;
    case ACTION_RETURN:
        if (record->label & 1)
            print_cptr("Send on the reply", record_cptr(record->reply));
        else
            printf("%s, registers as they are", call_name((int64_t)record_number(record)));
        break;
    case ACTION_SLEEP:
        printf("sleeps or yields");
        break;
    case ACTION_VIRTUAL:
        printf(record->label & 1 ? "waits for a virtual interrupt" : "virtual interrupts come");
        break;
    default:
        print_call(record);
    }
}

void describe_record(const struct record *record, unsigned index) {
    if (!describe_on)
        return;
    printf("%3u. %lu: %s: ", index, host.now, thread_name(current()));
    print_action(record);
    if (host.preempt_always || host.preempt_after >= 0)
        printf("; preempted after %d%s", host.preempt_after,
               host.preempt_always ? ", and at every look" : "");
    printf("\n");
    fflush(stdout);
}

void describe_again(void) {
    if (describe_on)
        printf("     %s: again: %s\n", thread_name(current()),
               call_name((int64_t)current()->arch.context.x[ARCH_REG_SYSCALL]));
}

void describe_result(void) {
    if (!describe_on)
        return;
    const word_t *x = current()->arch.context.x;
    printf("     %s runs; x0 0x%lx, label 0x%lx, %lu words, 0x%lx 0x%lx\n", thread_name(current()),
           x[ARCH_REG_BADGE], sel4_info_label(x[ARCH_REG_INFO]), sel4_info_length(x[ARCH_REG_INFO]),
           x[ARCH_REG_MR0], x[ARCH_REG_MR0 + 1]);
}
