// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Random system calls of several threads, valid and not, with interrupts, preemptions and time between them;
// the kernel's invariants after each. Seeds are fixed. GLACIS_RANDOM_SEED and GLACIS_RANDOM_STEPS run one
// other.
#include "world.h"
#include <stdio.h>

#define ROOT     SEL4_SLOT_CNODE
#define DEPTH    SEL4_WORD_BITS
#define TOYS     96 // slots that the threads play with
#define UNTYPEDS 3  // of 2^16 bytes, from which everything is made
#define SEEDS    8
#define STEPS    15000

static cptr_t toys, untypeds;
static uint64_t random_state;
static unsigned
    done[16]; // system calls by kind that ended without error, so that the test is known to reach them

static uint64_t rnd(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

// --- arguments

static cptr_t pick_type(unsigned type) {
    cptr_t start = rnd(TOYS);
    for (unsigned i = 0; i < TOYS; i++) {
        cptr_t slot = toys + (start + i) % TOYS;
        if (type_of(slot) == type)
            return slot;
    }
    return toys + start;
}

static cptr_t pick_toy(void) {
    return toys + rnd(TOYS);
}

// Never root's TCB or context, which a random call would put out of reach.
static cptr_t pick_cap(void) {
    static const cptr_t fixed[] = {SEL4_SLOT_NULL,        SEL4_SLOT_CNODE,     SEL4_SLOT_VSPACE,
                                   SEL4_SLOT_IRQ_CONTROL, SEL4_SLOT_ASID_POOL, SEL4_SLOT_ASID_CONTROL,
                                   SEL4_SLOT_DOMAIN,      SEL4_SLOT_SMC};
    switch (rnd(8)) {
    case 0:
        return fixed[rnd(ARRAY_LENGTH(fixed))];
    case 1:
        return rnd(3) ? untypeds + rnd(UNTYPEDS) : world.sched_control;
    case 2:
        return rnd(4) ? pick_toy() : BIT(13 + rnd(51)) | pick_toy();
    default:
        return pick_toy();
    }
}

// An index whose last 13 bits are those of a toy, whatever guard stands before.
static word_t pick_index(void) {
    return rnd(16) ? pick_toy() : BIT(13 + rnd(51)) | pick_toy();
}
static word_t pick_depth(void) {
    return rnd(12) ? DEPTH : rnd(70);
}

static word_t pick_word(void) {
    switch (rnd(8)) {
    case 0:
        return rnd(8);
    case 1:
        return rnd(400);
    case 2:
        return BIT(rnd(64));
    case 3:
        return ~(word_t)0 - rnd(3);
    case 4:
        return rnd(1 << 20) << 12;
    case 5:
        return random_state;
    default:
        return pick_index();
    }
}

// --- one entry; a preempted or stopped call is not repeated

static word_t enter(word_t number) {
    struct tcb *tcb = current();
    struct arch_context *context = &tcb->arch.context;
    context->x[ARCH_REG_SYSCALL] = number;
    context->fault_pc = context->pc;
    context->pc += 4;
    word_t pc = context->pc;
    host_system_call(&host_core, number);
    return current() == tcb && context->pc == pc ? sel4_info_label(context->x[ARCH_REG_INFO]) : ~(word_t)0;
}

static void load_words(const word_t *words, unsigned count) {
    struct sel4_ipc_buffer *buffer = tcb_buffer(current());
    for (unsigned i = 0; i < count; i++)
        if (i < SEL4_FAST_MESSAGE_REGS)
            current()->arch.context.x[ARCH_REG_MR0 + i] = words[i];
        else if (buffer)
            buffer->msg[i] = words[i];
}

static void load_caps(const cptr_t *caps, unsigned count) {
    struct sel4_ipc_buffer *buffer = tcb_buffer(current());
    for (unsigned i = 0; buffer && i < count; i++)
        buffer->caps_or_badges[i] = caps[i];
}

static word_t call(cptr_t cptr, word_t label, unsigned caps, const cptr_t *cap_list, unsigned words,
                   const word_t *word_list) {
    load_caps(cap_list, caps);
    load_words(word_list, words);
    current()->arch.context.x[ARCH_REG_CAP] = cptr;
    current()->arch.context.x[ARCH_REG_INFO] = sel4_info(label, 0, caps, words);
    return enter(rnd(20) ? SYS_Call : SYS_Send);
}
#define CALL(cptr, label, caps, ...)                                                                         \
    call(cptr, label, sizeof((cptr_t[]){caps}) / sizeof(cptr_t), (cptr_t[]){caps},                           \
         sizeof((word_t[]){__VA_ARGS__}) / sizeof(word_t), (word_t[]){__VA_ARGS__})
#define AND ,

// --- what a thread may do

static void any_method(void) {
#define INVOCATION(object, method, label, caps, words, results) label,
    static const word_t labels[] = {
#include <abi/invocations.def>
    };
#undef INVOCATION
    cptr_t caps[3] = {pick_cap(), pick_cap(), pick_cap()};
    word_t words[12];
    for (unsigned i = 0; i < ARRAY_LENGTH(words); i++)
        words[i] = pick_word();
    call(pick_cap(), rnd(40) ? labels[rnd(ARRAY_LENGTH(labels))] : pick_word(), (unsigned)rnd(4), caps,
         (unsigned)rnd(13), words);
}

static void untyped_method(void) {
    static const uint8_t bits[SEL4_OBJECT_COUNT] = {
        [SEL4_OBJECT_UNTYPED] = 12, [SEL4_OBJECT_CNODE] = 4, [SEL4_OBJECT_SCHED_CONTEXT] = 7};
    cptr_t untyped = rnd(3) ? untypeds + rnd(UNTYPEDS) : pick_type(SEL4_CAP_UNTYPED);
    word_t type = rnd(SEL4_OBJECT_COUNT), size = bits[type] ? bits[type] + rnd(3) : 0;
    cptr_t to = pick_type(SEL4_CAP_NULL);
    if (type == SEL4_OBJECT_HUGE_PAGE || type == SEL4_OBJECT_LARGE_PAGE)
        type = SEL4_OBJECT_SMALL_PAGE;
    if (CALL(untyped, LABEL_Untyped_Retype, ROOT, type, size, 0, 0, to, rnd(6) ? 1 : rnd(5)) == 0)
        done[0]++;
}

static void cnode_method(void) {
    static const word_t labels[] = {LABEL_CNode_Copy,   LABEL_CNode_Copy,
                                    LABEL_CNode_Mint,   LABEL_CNode_Mint,
                                    LABEL_CNode_Move,   LABEL_CNode_Mutate,
                                    LABEL_CNode_Delete, LABEL_CNode_Delete,
                                    LABEL_CNode_Revoke, LABEL_CNode_CancelBadgedSends,
                                    LABEL_CNode_Rotate};
    cptr_t node = rnd(4) ? ROOT : pick_type(SEL4_CAP_CNODE),
           from_node = rnd(4) ? ROOT : pick_type(SEL4_CAP_CNODE);
    word_t to = rnd(3) ? pick_type(SEL4_CAP_NULL) : pick_index(), from = pick_index(), depth = pick_depth(),
           from_depth = pick_depth(), label = labels[rnd(ARRAY_LENGTH(labels))];
    if (node != ROOT && rnd(2))
        to = rnd(16), depth = 4;
    if (from_node != ROOT && rnd(2))
        from = rnd(16), from_depth = 4;
    word_t data = rnd(2) ? rnd(4) : sel4_cnode_data(rnd(4), rnd(64)), result;
    if (label == LABEL_CNode_Rotate)
        result =
            CALL(node, label, ROOT AND from_node, to, depth, data, pick_index(), DEPTH, 0, from, from_depth);
    else
        result = CALL(node, label, from_node, to, depth, from, from_depth, rnd(16), data);
    if (result == 0)
        done[1]++;
}

static void tcb_method(void) {
    cptr_t tcb = pick_type(SEL4_CAP_TCB), endpoint = rnd(2) ? pick_type(SEL4_CAP_ENDPOINT) : SEL4_SLOT_NULL,
           result;
    cptr_t spaces = rnd(8) ? ROOT : pick_type(SEL4_CAP_CNODE),
           vspace = rnd(8) ? SEL4_SLOT_VSPACE : pick_cap();
    switch (rnd(12)) {
    case 0:
        result = CALL(tcb, LABEL_TCB_Configure, spaces AND vspace AND pick_type(SEL4_CAP_FRAME), 0, 0,
                      rnd(8) << 10);
        break;
    case 1:
        result = CALL(tcb, LABEL_TCB_SetSchedParams,
                      SEL4_SLOT_TCB AND pick_type(SEL4_CAP_SCHED_CONTEXT) AND endpoint, rnd(256), rnd(200));
        break;
    case 2:
        result = CALL(tcb, LABEL_TCB_SetPriority, SEL4_SLOT_TCB, rnd(260));
        break;
    case 3:
        result = CALL(tcb, LABEL_TCB_Suspend, 0, 0);
        break;
    case 4:
        result = CALL(tcb, LABEL_TCB_BindNotification, pick_type(SEL4_CAP_NOTIFICATION), 0);
        break;
    case 5:
        result = CALL(tcb, LABEL_TCB_UnbindNotification, 0, 0);
        break;
    case 6:
        result = CALL(tcb, LABEL_TCB_SetTimeoutEndpoint, endpoint, 0);
        break;
    case 7:
        result = CALL(tcb, LABEL_TCB_SetIPCBuffer, pick_type(SEL4_CAP_FRAME), rnd(5) << 10);
        break;
    case 8:
        result = CALL(tcb, LABEL_TCB_SetSpace, endpoint AND spaces AND vspace, 0, 0);
        break;
    case 9:
        result = CALL(tcb, LABEL_TCB_CopyRegisters, pick_type(SEL4_CAP_TCB), rnd(16));
        break;
    default:
        result = CALL(tcb, LABEL_TCB_Resume, 0, 0);
    }
    if (result == 0)
        done[2]++;
}

static void scheduling_method(void) {
    cptr_t sc = pick_type(SEL4_CAP_SCHED_CONTEXT), tcb = pick_type(SEL4_CAP_TCB), result;
    cptr_t object = rnd(3) ? tcb : pick_type(SEL4_CAP_NOTIFICATION);
    word_t budget = 20 + rnd(200);
    switch (rnd(9)) {
    case 0:
        result = CALL(sc, LABEL_SchedContext_Bind, object, 0);
        break;
    case 1:
        result = CALL(sc, LABEL_SchedContext_Unbind, 0, 0);
        break;
    case 2:
        result = CALL(sc, LABEL_SchedContext_UnbindObject, object, 0);
        break;
    case 3:
        result = CALL(sc, LABEL_SchedContext_Consumed, 0, 0);
        break;
    case 4:
    case 5:
        result = CALL(sc, LABEL_SchedContext_YieldTo, 0, 0);
        break;
    default:
        result = CALL(world.sched_control, LABEL_SchedControl_ConfigureFlags, sc, budget,
                      budget + (rnd(3) ? rnd(600) : 0), rnd(4), rnd(100), rnd(2));
    }
    if (result == 0)
        done[3]++;
}

static void other_method(void) {
    cptr_t to = pick_type(SEL4_CAP_NULL), frame = pick_type(SEL4_CAP_FRAME),
           vspace = pick_type(SEL4_CAP_VSPACE);
    cptr_t handler = pick_type(SEL4_CAP_IRQ_HANDLER), result;
    switch (rnd(10)) {
    case 0:
        result = CALL(SEL4_SLOT_IRQ_CONTROL, LABEL_IRQControl_Get, ROOT, rnd(165), to, DEPTH);
        break;
    case 1:
        result = CALL(handler, LABEL_IRQHandler_SetNotification, pick_type(SEL4_CAP_NOTIFICATION), 0);
        break;
    case 2:
        result = CALL(handler, rnd(2) ? LABEL_IRQHandler_Ack : LABEL_IRQHandler_Clear, 0, 0);
        break;
    case 3:
        result = CALL(SEL4_SLOT_ASID_CONTROL, LABEL_ASIDControl_MakePool,
                      pick_type(SEL4_CAP_UNTYPED) AND ROOT, to, DEPTH);
        break;
    case 4:
        result = CALL(rnd(2) ? SEL4_SLOT_ASID_POOL : pick_type(SEL4_CAP_ASID_POOL), LABEL_ASIDPool_Assign,
                      vspace, 0);
        break;
    case 5:
        result = CALL(pick_type(SEL4_CAP_PAGE_TABLE), LABEL_PageTable_Map, vspace, rnd(4) << 21, 0);
        break;
    case 6:
        result = CALL(pick_type(SEL4_CAP_PAGE_TABLE), LABEL_PageTable_Unmap, 0, 0);
        break;
    case 7:
        result = CALL(frame, LABEL_Page_Unmap, 0, 0);
        break;
    default:
        result =
            CALL(frame, LABEL_Page_Map, rnd(2) ? vspace : SEL4_SLOT_VSPACE, rnd(1024) << 12, rnd(4), rnd(8));
    }
    if (result == 0)
        done[4]++;
}

static void message(void) {
    static const word_t numbers[] = {(word_t)SYS_Call,       (word_t)SYS_Call,       (word_t)SYS_ReplyRecv,
                                     (word_t)SYS_NBSendRecv, (word_t)SYS_NBSendWait, (word_t)SYS_Send,
                                     (word_t)SYS_NBSend,     (word_t)SYS_Recv,       (word_t)SYS_Recv,
                                     (word_t)SYS_NBRecv,     (word_t)SYS_Wait,       (word_t)SYS_NBWait};
    struct sel4_ipc_buffer *buffer = tcb_buffer(current());
    word_t *x = current()->arch.context.x;
    cptr_t caps[3] = {pick_cap(), pick_type(SEL4_CAP_ENDPOINT), pick_cap()};
    load_caps(caps, 3);
    if (buffer) {
        buffer->receive_cnode = rnd(8) ? ROOT : pick_cap();
        buffer->receive_index = pick_type(SEL4_CAP_NULL);
        buffer->receive_depth = pick_depth();
    }
    for (unsigned i = 2; i < 6; i++)
        x[i] = rnd(100);
    x[ARCH_REG_CAP] = rnd(6) ? pick_type(rnd(3) ? SEL4_CAP_ENDPOINT : SEL4_CAP_NOTIFICATION) : pick_cap();
    x[ARCH_REG_INFO] = rnd(8) ? sel4_info(rnd(3), rnd(8), rnd(4), rnd(128)) : pick_word();
    x[ARCH_REG_REPLY] = rnd(8) ? pick_type(SEL4_CAP_REPLY) : pick_cap();
    x[ARCH_REG_SEND_DEST] = rnd(2) ? pick_type(SEL4_CAP_REPLY) : pick_cap();
    if (enter(numbers[rnd(ARRAY_LENGTH(numbers))]) == ~(word_t)0)
        done[5]++; // it switched
}

static void reply(void) {
    word_t *x = current()->arch.context.x;
    x[ARCH_REG_CAP] = pick_type(SEL4_CAP_REPLY);
    x[ARCH_REG_INFO] = sel4_info(rnd(3), 0, rnd(4), rnd(40));
    enter((word_t)SYS_Send);
}

static void fault(void) {
    static const struct fault faults[] = {{.label = SEL4_FAULT_VM, .length = 4},
                                          {.label = SEL4_FAULT_USER_EXCEPTION, .length = 1},
                                          {.label = SEL4_FAULT_VCPU, .length = 1}};
    current()->arch.context.fault_pc = current()->arch.context.pc;
    entry_fault(&host_core, &faults[rnd(ARRAY_LENGTH(faults))]);
}

static void odd_number(void) {
    static const int numbers[] = {
        SYS_Yield, SYS_Yield, SYS_DebugCapIdentify, SYS_DebugSnapshot, SYS_DebugDumpScheduler, -18, 0, 77};
    current()->arch.context.x[ARCH_REG_CAP] = pick_cap();
    enter((word_t)numbers[rnd(ARRAY_LENGTH(numbers))]);
    host.console_length = 0;
}

// A thread that can run, as a root task would make it; each step may fail or be preempted.
static void make_thread(void) {
    cptr_t untyped = untypeds + rnd(UNTYPEDS), tcb = pick_type(SEL4_CAP_NULL);
    if (current() != world.root ||
        CALL(untyped, LABEL_Untyped_Retype, ROOT, SEL4_OBJECT_TCB, 0, 0, 0, tcb, 1) != 0)
        return;
    cptr_t frame = pick_type(SEL4_CAP_NULL);
    CALL(untyped, LABEL_Untyped_Retype, ROOT, SEL4_OBJECT_SMALL_PAGE, 0, 0, 0, frame, 1);
    cptr_t sc = pick_type(SEL4_CAP_NULL);
    if (current() != world.root ||
        CALL(untyped, LABEL_Untyped_Retype, ROOT, SEL4_OBJECT_SCHED_CONTEXT, 8, 0, 0, sc, 1))
        return;
    word_t budget = 100 + rnd(500);
    CALL(world.sched_control, LABEL_SchedControl_ConfigureFlags, sc, budget,
         budget + (rnd(2) ? rnd(2000) : 0), rnd(9), 7, rnd(2));
    if (current() == world.root)
        CALL(tcb, LABEL_TCB_Configure, ROOT AND SEL4_SLOT_VSPACE AND frame, 0, 0, 0x400);
    if (current() == world.root)
        CALL(tcb, LABEL_TCB_SetSchedParams, SEL4_SLOT_TCB AND sc AND pick_type(SEL4_CAP_ENDPOINT), rnd(256),
             90 + rnd(20));
    if (current() == world.root && CALL(tcb, LABEL_TCB_Resume, 0, 0) == 0)
        done[6]++;
}

// Room for new things: a third of all objects goes, or one capability.
static void clean(void) {
    if (current() != world.root)
        return;
    if (rnd(30))
        CALL(ROOT, LABEL_CNode_Delete, 0, pick_toy(), DEPTH);
    else
        CALL(ROOT, LABEL_CNode_Revoke, 0, untypeds + rnd(UNTYPEDS), DEPTH);
}

// --- the world's turn

// Nobody can run: root is called back, with its context, wherever that has gone.
static void call_root_back(struct core *core) {
    struct sched_context *sc = object_of(SEL4_SLOT_SCHED_CONTEXT);
    done[7]++;
    if (world.root->sc != sc) {
        if (world.root->sc)
            sched_context_unbind_tcb(core, world.root->sc);
        sched_context_unbind_tcb(core, sc);
        if (sc->reply)
            sc->reply->sc = NULL;
        sc->reply = NULL;
        sched_context_bind(core, sc, world.root);
    }
    thread_restart(core, world.root);
}

static void step(void) {
    static void (*const actions[])(void) = {any_method,   any_method,   untyped_method, untyped_method,
                                            cnode_method, cnode_method, cnode_method,   tcb_method,
                                            tcb_method,   message,      message,        message,
                                            message,      message,      reply,          scheduling_method,
                                            fault,        odd_number,   other_method,   make_thread,
                                            make_thread,  clean,        clean,          clean};
    host.preempt_after = rnd(4) ? -1 : (int)rnd(6);
    host.preempt_always = rnd(16) == 0;
    host.now += us(rnd(8));
    switch (rnd(24)) {
    case 0:
        host.now += us(rnd(300));
        entry_irq(&host_core);
        break;
    case 1:
        host.irq_pending[rnd(HOST_IRQ_MAX + 1)] = true;
        entry_irq(&host_core);
        break;
    default:
        actions[rnd(ARRAY_LENGTH(actions))]();
    }
}

static void play(uint64_t seed, unsigned steps) {
    world_setup(NULL);
    random_state = seed * 0x9e3779b97f4a7c15ull + 1;
    untypeds = world.next;
    for (unsigned i = 0; i < UNTYPEDS; i++)
        new_object(SEL4_OBJECT_UNTYPED, 16);
    toys = world.next;
    host.idle = call_root_back;
    for (unsigned i = 0; i < steps; i++) {
        step();
        world_check(i % 16 == 0);
    }
    // Whatever happened, the memory comes back whole.
    host.preempt_always = false;
    host.preempt_after = -1;
    for (unsigned i = 0; i < UNTYPEDS; i++)
        while (slot_revoke(&host_core, slot_of(untypeds + i)) != STATUS_OK)
            ;
    assert_ptr_equal(sched_schedule(&host_core), world.root); // all others are gone
    world_check(true);
    for (unsigned i = 0; i < UNTYPEDS; i++)
        assert_false(cdt_has_children(slot_of(untypeds + i)));
    world_teardown(NULL);
}

static void random_calls_break_no_invariant(void **state) {
    (void)state;
    const char *seed = getenv("GLACIS_RANDOM_SEED"), *steps = getenv("GLACIS_RANDOM_STEPS");
    unsigned count = steps ? (unsigned)strtoul(steps, NULL, 0) : STEPS;
    if (seed) {
        play(strtoull(seed, NULL, 0), count);
        return;
    }
    for (uint64_t s = 1; s <= SEEDS; s++)
        play(s, count);
    for (unsigned i = 0; i < 8; i++)
        assert_true(done[i] > count / 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_calls_break_no_invariant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
