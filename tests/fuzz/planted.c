// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Bugs for the fuzzer to find: each replaces one of the kernel's functions by a wrong one (the linker's
// --wrap), and GLACIS_FUZZ_PLANT names the one that is planted. `make fuzz-check` fails when the kept corpus
// does not find each.
#include "fuzz.h"
#include <stdio.h>

// PLANTED(name): whether this one is planted, and the world is made.
#define PLANTED(name) (fuzz_counters.inputs && planted && strcmp(planted, name) == 0)

static const char *planted;

static __attribute__((constructor)) void read_name(void) {
    planted = getenv("GLACIS_FUZZ_PLANT");
}

// WRAP(result, function, name, parameters, arguments, statement): what is done in its place.
#define WRAP(function, name, parameters, arguments, statement)                                               \
    void __real_##function parameters;                                                                       \
    void __wrap_##function parameters;                                                                       \
    void __wrap_##function parameters {                                                                      \
        if (PLANTED(name))                                                                                   \
            statement;                                                                                       \
        else                                                                                                 \
            __real_##function arguments;                                                                     \
    }
#define WRAP_BOOL(function, name, parameters, arguments, value)                                              \
    bool __real_##function parameters;                                                                       \
    bool __wrap_##function parameters;                                                                       \
    bool __wrap_##function parameters {                                                                      \
        bool result = __real_##function arguments;                                                           \
        return PLANTED(name) ? (value) : result;                                                             \
    }

// Threads go on waiting on an endpoint that is gone.
WRAP(endpoint_finalise, "endpoint-waiters", (struct core * core, struct endpoint *endpoint), (core, endpoint),
     (void)endpoint)
// The queue of an endpoint is no longer ordered after a change of priority.
WRAP(endpoint_requeue, "endpoint-order", (struct tcb * tcb), (tcb), (void)tcb)
// A caller leaves its reply object, and the stack of calls keeps it.
WRAP(reply_remove_caller, "reply-stack", (struct tcb * caller), (caller), reply_unlink(caller->reply))
// A thread keeps a notification that is bound to it no more.
WRAP(notification_unbind, "notification-bound", (struct notification * notification), (notification),
     notification->bound_tcb = NULL)
// Objects are made of memory as it was left.
WRAP(arch_memory_zero, "memory-zero", (void *start, word_t bytes), (start, bytes), (void)bytes)
// The timer is late.
WRAP(arch_timer_set_deadline, "timer-late", (ticks_t deadline), (deadline), host.deadline = deadline + 100000)
// A copy's deletion destroys the object; an untyped's memory is given out twice.
WRAP_BOOL(cdt_is_final, "delete-copy", (const struct slot *slot), (slot), true)
WRAP_BOOL(cdt_has_children, "untyped-twice", (const struct slot *slot), (slot), false)
// A thread's budget has no end.
WRAP_BOOL(sched_check_budget, "budget-endless", (struct core * core), (core), true)

// A charge loses a tick.
void __real_refill_charge(struct sched_context *sc, ticks_t used);
void __wrap_refill_charge(struct sched_context *sc, ticks_t used);
void __wrap_refill_charge(struct sched_context *sc, ticks_t used) {
    __real_refill_charge(sc, used);
    if (PLANTED("refill-sum"))
        refill_head(sc)->amount--;
}

// A message leaks the sender's TCB in a message register, or spoils a register that is the user's.
void __real_message_transfer(struct core *core, struct tcb *sender, struct tcb *receiver,
                             const struct endpoint *endpoint, word_t badge, bool can_grant);
void __wrap_message_transfer(struct core *core, struct tcb *sender, struct tcb *receiver,
                             const struct endpoint *endpoint, word_t badge, bool can_grant);
void __wrap_message_transfer(struct core *core, struct tcb *sender, struct tcb *receiver,
                             const struct endpoint *endpoint, word_t badge, bool can_grant) {
    __real_message_transfer(core, sender, receiver, endpoint, badge, can_grant);
    if (PLANTED("message-leak"))
        receiver->arch.context.x[ARCH_REG_MR0] = (word_t)sender;
    else if (PLANTED("message-register"))
        receiver->arch.context.x[9] = 1;
}

// A short way does something that the long one does not.
struct tcb *__real_host_system_call(struct core *core, word_t number);
struct tcb *__wrap_host_system_call(struct core *core, word_t number);
struct tcb *__wrap_host_system_call(struct core *core, word_t number) {
    unsigned short_ways = host.short_ways;
    struct tcb *next = __real_host_system_call(core, number);
    if (PLANTED("short-way") && host.short_ways != short_ways)
        next->mcp ^= 1;
    return next;
}
