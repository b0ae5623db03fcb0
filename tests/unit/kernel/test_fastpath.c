// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The short ways (core/fastpath.c) and the long ones (core/entry.c) do the same: the same random operations
// are run once with the short ways and once without, and after each the threads, their registers, messages,
// contexts and all other objects, and who is ready, must be the same to the byte.
#include "world.h"
#include <limits.h>

#define SEEDS   400
#define STEPS   250
#define CLIENTS 3
#define SERVERS 3
#define THREADS (CLIENTS + SERVERS)
#define POOL    17 // log2 of the memory of all objects that take part

static struct thread threads[THREADS];
static cptr_t endpoint, fault_endpoint, replies[SERVERS], notification, bound, lent, objects;
static cptr_t callable[12], waitable[6];
static uint64_t random_state;
static unsigned taken[16], short_faults, short_calls, paired[2];
static bool long_way; // no short way is taken // short ways by system call, and of faults

static uint64_t rnd(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}
#define PICK(array) (array)[rnd(ARRAY_LENGTH(array))]

static cptr_t make(word_t type, word_t size_bits) {
    return new_object_from(objects, type, size_bits);
}

static struct thread make_thread(unsigned index) {
    struct thread t = {.tcb = make(SEL4_OBJECT_TCB, 0), .frame = make(SEL4_OBJECT_SMALL_PAGE, 0)};
    bool sporadic = index % 2;
    t.object = object_of(t.tcb);
    t.sched_context = make(SEL4_OBJECT_SCHED_CONTEXT, 8);
    t.context = object_of(t.sched_context);
    word_t budget = 100 + 50 * rnd(10), period = rnd(2) ? budget : budget * 3;
    assert_ok(configure(t.sched_context, budget, period, 4, sporadic));
    word_t buffer = rnd(8) ? 0x10000400 : 0;
    assert_ok(seL4_TCB_Configure(t.tcb, SEL4_SLOT_CNODE, SEL4_SLOT_VSPACE, t.frame, 0, 0, buffer));
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, rnd(4) ? fault_endpoint : 0, 255,
                                      10 + rnd(4)));
    if (rnd(3) == 0)
        assert_ok(seL4_TCB_SetTimeoutEndpoint(t.tcb, fault_endpoint));
    assert_ok(seL4_TCB_WriteRegisters(t.tcb, 0, 1, (word_t[]){0x500000}));
    return t;
}

// Servers wait, passive; clients are ready.
static void set_up(void) {
    world_setup(NULL);
    objects = new_object(SEL4_OBJECT_UNTYPED, POOL);
    endpoint = make(SEL4_OBJECT_ENDPOINT, 0);
    fault_endpoint = make(SEL4_OBJECT_ENDPOINT, 0);
    notification = make(SEL4_OBJECT_NOTIFICATION, 0);
    bound = make(SEL4_OBJECT_NOTIFICATION, 0);
    for (unsigned i = 0; i < SERVERS; i++)
        replies[i] = make(SEL4_OBJECT_REPLY, 0);
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = make_thread(i);
    assert_ok(seL4_TCB_BindNotification(threads[CLIENTS].tcb, bound));
    lent = make(SEL4_OBJECT_SCHED_CONTEXT, 8);
    assert_ok(configure(lent, 200, rnd(2) ? 200 : 700, 2, rnd(2)));
    if (rnd(2))
        assert_ok(seL4_SchedContext_Bind(lent, rnd(2) ? bound : notification));
    const cptr_t targets[] = {endpoint,
                              mint_of(endpoint, SEL4_RIGHTS_ALL, 0x5a),
                              mint_of(endpoint, SEL4_RIGHT_WRITE | SEL4_RIGHT_GRANT_REPLY, 7),
                              mint_of(endpoint, SEL4_RIGHT_WRITE, 8),
                              endpoint,
                              mint_of(notification, SEL4_RIGHT_WRITE, 0x10),
                              mint_of(bound, SEL4_RIGHTS_ALL, 0x20),
                              mint_of(notification, SEL4_RIGHT_READ, 0x40),
                              new_slot(),
                              replies[0],
                              threads[0].tcb,
                              BIT(40) | endpoint};
    memcpy(callable, targets, sizeof(targets));
    const cptr_t sources[] = {endpoint, endpoint, endpoint, fault_endpoint, notification, callable[3]};
    memcpy(waitable, sources, sizeof(sources));
    for (unsigned i = CLIENTS; i < THREADS; i++) { // servers run until they wait, and are passive then
        assert_ok(seL4_TCB_SetPriority(threads[i].tcb, SEL4_SLOT_TCB, ROOT_TEST_PRIORITY + 1));
        assert_ok(seL4_TCB_Resume(threads[i].tcb));
        seL4_Recv(i == CLIENTS ? endpoint : fault_endpoint, replies[i - CLIENTS], MESSAGE(0));
        assert_root();
        assert_ok(seL4_SchedContext_Unbind(threads[i].sched_context));
        assert_ok(seL4_TCB_SetPriority(threads[i].tcb, SEL4_SLOT_TCB, 12 + rnd(2)));
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_ok(seL4_TCB_Resume(threads[i].tcb));
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 1)); // the others run from here on
}

static void tear_down(void) {
    host.preempt_after = -1;
    while (slot_revoke(&host_core, slot_of(objects)) != STATUS_OK)
        ;
    assert_ptr_equal(sched_schedule(&host_core), world.root);
    world_teardown(NULL);
}

static void system_call_of(long number) {
    struct arch_context *context = &current()->arch.context;
    context->x[ARCH_REG_SYSCALL] = (word_t)number;
    context->fault_pc = context->pc;
    context->pc += 4;
    unsigned before = host.short_ways;
    host_system_call(&host_core, (word_t)number);
    taken[-number] += host.short_ways - before;
}

// One system call of the current thread.
static void call(long number, cptr_t cptr, cptr_t sixth, word_t info) {
    struct tcb *tcb = current();
    struct arch_context *context = &tcb->arch.context;
    context->x[ARCH_REG_CAP] = cptr;
    context->x[ARCH_REG_INFO] = info;
    context->x[ARCH_REG_REPLY] = sixth;
    context->x[ARCH_REG_SEND_DEST] = PICK(callable);
    for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS; i++)
        context->x[ARCH_REG_MR0 + i] = rnd(1000);
    if (tcb_buffer(tcb)) {
        tcb_buffer(tcb)->msg[4 + rnd(8)] = rnd(1000);
        tcb_buffer(tcb)->caps_or_badges[0] = PICK(callable);
    }
    system_call_of(number);
}

static word_t random_info(void) {
    static const word_t lengths[] = {0, 0, 1, 2, 3, 4, 5, 10, 120, 127};
    return sel4_info(rnd(4) ? rnd(100) : 0, rnd(8) ? 0 : 5, rnd(8) ? 0 : 1, PICK(lengths));
}

// What changes contexts and their budgets, by whoever runs.
static void change_context(void) {
    cptr_t sc = rnd(8) ? threads[rnd(THREADS)].sched_context : lent;
    struct tcb *tcb = current();
    word_t *x = tcb->arch.context.x, budget = 20 + rnd(400);
    unsigned what = (unsigned)rnd(3);
    if (what == 0 && tcb_buffer(tcb)) {
        x[ARCH_REG_CAP] = world.sched_control;
        x[ARCH_REG_INFO] = sel4_info(LABEL_SchedControl_ConfigureFlags, 0, 1, 5);
        x[ARCH_REG_MR0] = budget;
        x[ARCH_REG_MR0 + 1] = rnd(2) ? budget : budget * (1 + rnd(4));
        x[ARCH_REG_MR0 + 2] = rnd(4);
        tcb_buffer(tcb)->msg[4] = rnd(2);
        tcb_buffer(tcb)->caps_or_badges[0] = sc;
    } else {
        x[ARCH_REG_CAP] = sc;
        x[ARCH_REG_INFO] =
            sel4_info(what == 1 ? LABEL_SchedContext_Consumed : LABEL_SchedContext_YieldTo, 0, 0, 0);
    }
    system_call_of(SYS_Call);
}

// A server that waits and is alone with its context gives it up, as its maker would take it.
static void passivate(void) {
    struct thread *t = &threads[CLIENTS + rnd(SERVERS)];
    if (t->object->state == THREAD_BLOCKED_ON_RECEIVE && t->object->sc == t->context)
        sched_context_unbind_tcb(&host_core, t->context);
}

static void raise_call(void) {
    struct fault fault;
    struct arch_context *context = &current()->arch.context;
    const word_t *x = context->x;
    context->fault_pc = context->pc;
    if (fastpath_fault4(&host_core, GLACIS_FAULT_HVC, x[0], x[1], x[2], x[3])) {
        short_calls++;
        return;
    }
    fault_make4(&fault, GLACIS_FAULT_HVC, x[0], x[1], x[2], x[3]);
    entry_fault(&host_core, &fault);
}

static void raise_random_fault(void) {
    struct fault fault;
    struct tcb *tcb = current();
    tcb->arch.context.fault_pc = tcb->arch.context.pc;
    if (rnd(4) == 0) {
        raise_call();
        return;
    }
    if (rnd(2))
        fault_make(&fault, SEL4_FAULT_USER_EXCEPTION, rnd(1000), 0);
    else
        fault_make4(&fault, SEL4_FAULT_VM, rnd(1000), 1, 2, 3);
    entry_fault(&host_core, &fault);
    short_faults += host_core.now < host.now; // the long way accounts the time
}

static bool is_client(const struct tcb *tcb) {
    return tcb == world.root || (tcb >= threads[0].object && tcb <= threads[CLIENTS - 1].object);
}

static cptr_t reply_of(const struct tcb *tcb) {
    for (unsigned i = CLIENTS; i < THREADS; i++)
        if (threads[i].object == tcb)
            return replies[i - CLIENTS];
    return PICK(replies);
}

static void choose_way(void) {
    if (long_way)
        host_core.fast_until = 0; // something might be due
}

// Some exchanges of a call and its answer, with little between.
static void exchange(void) {
    for (unsigned turns = 1 + (unsigned)rnd(6); turns > 0; turns--) {
        struct tcb *tcb = current();
        bool had_pair = host_core.pair.faulter || host_core.pair.handler;
        if (is_client(tcb) && tcb != world.root) {
            raise_call();
            paired[0] += had_pair && host_core.pair.handler == current();
        } else if (!is_client(tcb)) {
            call(SYS_ReplyRecv, fault_endpoint, reply_of(tcb), sel4_info(rnd(8) == 0, 0, 0, rnd(6)));
            paired[1] += had_pair && host_core.pair.faulter == current();
        }
        host.now += us(rnd(3));
        choose_way();
    }
}

static void step(void) {
    static const long numbers[] = {SYS_Send,   SYS_NBSend,     SYS_Recv,       SYS_NBRecv, SYS_Wait,
                                   SYS_NBWait, SYS_NBSendRecv, SYS_NBSendWait, SYS_Call,   SYS_ReplyRecv};
    host.now += us(rnd(5));
    cptr_t reply = reply_of(current());
    unsigned action = (unsigned)rnd(36);
    if (action < 3)
        sched_update_time(&host_core); // as every entry does that can lead there
    switch (action) {
    case 0:
        thread_set_priority(&host_core, threads[rnd(THREADS)].object, 10 + (unsigned)rnd(4));
        sched_schedule(&host_core);
        break;
    case 1:
        thread_suspend(&host_core, threads[rnd(THREADS)].object);
        sched_schedule(&host_core);
        break;
    case 2:
        thread_restart(&host_core, threads[rnd(THREADS)].object);
        sched_schedule(&host_core);
        break;
    case 3:
        host.now += us(rnd(200));
        entry_irq(&host_core);
        break;
    case 4:
    case 5:
    case 6:
        passivate();
        break;
    case 7:
    case 8:
        raise_random_fault();
        break;
    case 9:
        call(SYS_Yield, 0, 0, 0);
        break;
    case 10:
    case 11:
        call(PICK(numbers), rnd(2) ? PICK(callable) : PICK(waitable), reply, random_info());
        break;
    case 12:
        change_context();
        break;
    case 32:
    case 33:
    case 34:
    case 35:
        exchange();
        break;
    default: // clients call, servers serve
        if (is_client(current()))
            call(rnd(4) ? SYS_Call : SYS_NBSend, rnd(2) ? endpoint : PICK(callable), reply, random_info());
        else
            call(SYS_ReplyRecv, rnd(4) ? rnd(2) ? endpoint : fault_endpoint : PICK(waitable), reply,
                 random_info());
    }
}

// What the operations have led to. Time that is accounted now and time that will be are the same.
struct outcome {
    struct core core;
    uint8_t pool[BIT(POOL)];
};

static void record(struct outcome *outcome) {
    struct core *core = &outcome->core;
    *core = host_core;
    if (core->current_sc)
        core->consumed += host.now - core->now;
    core->now = host.now;
    core->fast_until = 0;
    core->pair = (struct fault_pair){0};
    memcpy(outcome->pool, arch_phys_to_virt((paddr_t){cap_address(slot_of(objects)->cap)}), BIT(POOL));
}

// Nobody can run: root gets its context back from whoever holds it, and goes on.
static void restart_root(struct core *core) {
    struct sched_context *sc = object_of(SEL4_SLOT_SCHED_CONTEXT);
    if (sc->tcb != world.root)
        sched_context_donate(core, sc, world.root);
    thread_restart(core, world.root);
}

static void play(uint64_t seed, unsigned steps, bool by_long_way, struct outcome *outcome) {
    long_way = by_long_way;
    random_state = seed * 0x9e3779b97f4a7c15ull + 1;
    set_up();
    host.idle = restart_root;
    for (unsigned i = 0; i < steps; i++) {
        choose_way();
        step();
        world_check(i % 16 == 0);
    }
    record(outcome);
    tear_down();
}

static void the_short_and_the_long_way_end_alike(void **state) {
    (void)state;
    static struct outcome by_short, by_long;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        unsigned steps = seed % 8 ? 1 + (unsigned)(seed * 37 % STEPS) : STEPS;
        play(seed, steps, false, &by_short);
        play(seed, steps, true, &by_long);
        if (memcmp(&by_short, &by_long, sizeof(by_short)) != 0) {
            unsigned at = 0;
            while (((uint8_t *)&by_short)[at] == ((uint8_t *)&by_long)[at])
                at++;
            fail_msg("seed %lu, %u steps: the first difference is at byte %u", seed, steps, at);
        }
    }
    static const long numbers[] = {SYS_Call, SYS_ReplyRecv, SYS_NBSend, SYS_Send, SYS_Yield};
    for (unsigned i = 0; i < ARRAY_LENGTH(numbers); i++)
        assert_in_range(taken[-numbers[i]], 50, UINT_MAX);
    assert_in_range(short_faults, 50, UINT_MAX);
    assert_in_range(short_calls, 50, UINT_MAX);
    assert_in_range(paired[0], 50, UINT_MAX);
    assert_in_range(paired[1], 50, UINT_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_short_and_the_long_way_end_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
