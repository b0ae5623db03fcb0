// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What system calls do with capabilities that are not there, or do not allow it: a fault of the caller, an
// error reply, or nothing, by call, phase and kind of failure.
#include "harness.h"

enum { INVALID_ROOT = 1, MISSING, DEPTH, GUARD };
enum { RECEIVING = 1 };
#define HANDLER_BADGE 0xfa

static word handler, handler_reply, endpoint, notification, reply_object;
static struct raw_all job;
static struct thread *thread;
static _Alignas(16) uint8_t stack[2048];

static void job_run(word argument) {
    (void)argument;
    raw_all(&job);
    thread_end();
}

// A thread in CSpace `cspace`, its root's guard being `guard` (0: as it is).
static void make_thread(word cspace, word guard) {
    word cap = new_mint(handler, R_ALL, HANDLER_BADGE);
    thread = new_thread(job_run, 0, cap);
    if (tcb_set_space(thread->tcb, cap, cspace, S_VSPACE, guard, 0))
        fail_at(__FILE_NAME__, __LINE__, "tcb_set_space", reply.label, 0);
}

struct call {
    word number, dest, info, x6, x8;
};

// The thread makes one system call, from its beginning; `m` is its fault, label 0 when there is none.
static struct message make_call(struct call call) {
    struct message m = {0};
    word top = (word)(stack + sizeof(stack));
    job = (struct raw_all){0};
    job.x[0] = call.dest;
    job.x[1] = call.info;
    job.x[6] = call.x6;
    job.x[7] = call.number;
    job.x[8] = call.x8;
    if (raw_invoke(thread->tcb, 3, CAPS(), WORDS(1, 4, (word)job_run, top, 0, 0)))
        fail_at(__FILE_NAME__, __LINE__, "registers", reply.label, 0);
    let_others_run();
    raw_message(NR_NB_RECV, handler, &m, handler_reply, 0);
    // In a CSpace of its own the thread faults, too, when it says that it has ended.
    return m.badge == HANDLER_BADGE && m.mr[0] == (word)raw_all_svc ? m : (struct message){0};
}

static word fault_word(unsigned index, const struct message *m) {
    return index < 4 ? m->mr[index] : raw_buffer()->msg[index];
}

#define EXPECT_CAP_FAULT(m, cptr, phase, type, length)                                                       \
    do {                                                                                                     \
        EXPECT_EQUAL(info_label((m).info), 1);                                                               \
        EXPECT_EQUAL(info_length((m).info), length);                                                         \
        EXPECT_EQUAL((m).mr[0], (word)raw_all_svc);                                                          \
        EXPECT_EQUAL((m).mr[1], cptr);                                                                       \
        EXPECT_EQUAL((m).mr[2], phase);                                                                      \
        EXPECT_EQUAL((m).mr[3], type);                                                                       \
    } while (0)
#define EXPECT_NO_FAULT(m) EXPECT_EQUAL((m).info, 0)

// Each call whose path of its only, or its receiving, capability cannot be followed.
struct phase {
    word number, receiving;
    bool faults;
};
static const struct phase phases[] = {
    {NR_SEND, 0, true},
    {NR_CALL, 0, true},
    {NR_NB_SEND, 0, false},
    {NR_RECV, RECEIVING, true},
    {NR_NB_RECV, RECEIVING, true},
    {NR_WAIT, RECEIVING, true},
    {NR_NB_WAIT, RECEIVING, true},
    {NR_REPLY_RECV, RECEIVING, true},
    {NR_NB_SEND_RECV, RECEIVING, true},
    {NR_NB_SEND_WAIT, RECEIVING, true},
};
#define PHASES (sizeof(phases) / sizeof(phases[0]))

static void a_cspace_that_is_gone_is_an_invalid_root(void) {
    word untyped = new_object(T_UNTYPED, 12), cnode = new_slot();
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, cnode, 1));
    make_thread(cnode, 0);
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
    for (unsigned i = 0; i < PHASES; i++) {
        struct message m = make_call((struct call){.number = phases[i].number, .dest = 5});
        if (phases[i].faults)
            EXPECT_CAP_FAULT(m, 5, phases[i].receiving, INVALID_ROOT, 4);
        else
            EXPECT_NO_FAULT(m);
    }
}

static void a_guard_that_differs_is_a_guard_mismatch(void) {
    word bad = 0x8000000000000000 | S_TCB; // the root CNode's guard is 51 zero bits
    make_thread(S_CNODE, 0);
    for (unsigned i = 0; i < PHASES; i++) {
        struct message m = make_call((struct call){.number = phases[i].number, .dest = bad});
        if (!phases[i].faults) {
            EXPECT_NO_FAULT(m);
            continue;
        }
        EXPECT_CAP_FAULT(m, bad, phases[i].receiving, GUARD, 7);
        EXPECT_EQUAL(fault_word(4, &m), 64);
        EXPECT_EQUAL(fault_word(5, &m), 0);
        EXPECT_EQUAL(fault_word(6, &m), 51);
    }
}

// The guard that is reported is the node's, here one of two levels.
static void a_guard_on_the_second_level_is_told(void) {
    word first = new_object(T_CNODE, 4), second = new_object(T_CNODE, 4);
    word guard = 0x2bull << 6 | 8; // 8 bits, 0x2b
    EXPECT_OK(cnode_mint(first, 3, 4, S_CNODE, second, ROOT_DEPTH, R_ALL, guard));
    make_thread(first, 0);
    word bad = 3ull << 60 | 0x2aull << 52;
    struct message m = make_call((struct call){.number = NR_SEND, .dest = bad});
    EXPECT_CAP_FAULT(m, bad, 0, GUARD, 7);
    EXPECT_EQUAL(fault_word(4, &m), 60);
    EXPECT_EQUAL(fault_word(5, &m), 0x2b);
    EXPECT_EQUAL(fault_word(6, &m), 8);
    // With the guard the path ends at an empty slot, although bits are left.
    m = make_call((struct call){.number = NR_SEND, .dest = 3ull << 60 | 0x2bull << 52});
    EXPECT_NO_FAULT(m);
}

static void too_few_bits_are_a_depth_mismatch(void) {
    word first = new_object(T_CNODE, 4), second = new_object(T_CNODE, 4), third = new_object(T_CNODE, 8);
    EXPECT_OK(cnode_mint(first, 0, 4, S_CNODE, second, ROOT_DEPTH, R_ALL, 50)); // a guard of 50 zero bits
    EXPECT_OK(cnode_copy(second, 0, 4, S_CNODE, third, ROOT_DEPTH, R_ALL));
    make_thread(first, 0);
    for (unsigned i = 0; i < PHASES; i++) {
        struct message m = make_call((struct call){.number = phases[i].number, .dest = 1});
        if (!phases[i].faults) {
            EXPECT_NO_FAULT(m);
            continue;
        }
        EXPECT_CAP_FAULT(m, 1, phases[i].receiving, DEPTH, 6);
        EXPECT_EQUAL(fault_word(4, &m), 6); // 64 - 4 - 54
        EXPECT_EQUAL(fault_word(5, &m), 8);
    }
}

static void a_guard_in_the_tcb_is_obeyed(void) {
    word cnode = new_object(T_CNODE, 4);
    EXPECT_OK(cnode_copy(cnode, 5, 4, S_CNODE, notification, ROOT_DEPTH, R_ALL));
    make_thread(cnode, 7ull << 6 | 60); // guard 7 of 60 bits, radix 4
    struct message m = make_call((struct call){.number = NR_SEND, .dest = 0x75});
    EXPECT_NO_FAULT(m);
    m = make_call((struct call){.number = NR_SEND, .dest = 0x65});
    EXPECT_CAP_FAULT(m, 0x65, 0, GUARD, 7);
    EXPECT_EQUAL(fault_word(5, &m), 7);
    (void)raw_poll(notification);
}

static void receiving_from_what_cannot_be_received_from_is_a_missing_capability(void) {
    word bound = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(tcb_bind_notification(S_TCB, bound));
    const word sources[] = {new_slot(), // empty
                            S_TCB,
                            S_CNODE,
                            reply_object,
                            new_mint(endpoint, R_W | R_G | R_GR, 0),
                            new_mint(notification, R_W, 0),
                            bound};
    make_thread(S_CNODE, 0);
    for (unsigned i = 3; i < PHASES; i++) // the receiving ones
        for (unsigned s = 0; s < sizeof(sources) / sizeof(sources[0]); s++) {
            struct message m =
                make_call((struct call){.number = phases[i].number, .dest = sources[s], .x6 = reply_object});
            EXPECT_CAP_FAULT(m, sources[s], RECEIVING, MISSING, 5);
            EXPECT_EQUAL(fault_word(4, &m), 0);
        }
    EXPECT_OK(tcb_unbind_notification(S_TCB));
}

static void an_endpoint_wants_a_reply_object_in_four_calls(void) {
    static const word wants[] = {NR_RECV, NR_NB_RECV, NR_REPLY_RECV, NR_NB_SEND_RECV};
    static const word ignores[] = {NR_WAIT, NR_NB_WAIT, NR_NB_SEND_WAIT};
    word bad = 0x8000000000000000;
    make_thread(S_CNODE, 0);
    for (unsigned i = 0; i < 4; i++) {
        struct message m = make_call((struct call){.number = wants[i], .dest = endpoint, .x6 = endpoint});
        EXPECT_CAP_FAULT(m, endpoint, RECEIVING, MISSING, 5);
        EXPECT_EQUAL(fault_word(4, &m), 0);
        m = make_call((struct call){.number = wants[i], .dest = endpoint, .x6 = new_slot()});
        EXPECT_CAP_FAULT(m, job.x[6], RECEIVING, MISSING, 5);
        m = make_call((struct call){.number = wants[i], .dest = endpoint, .x6 = bad});
        EXPECT_CAP_FAULT(m, bad, RECEIVING, GUARD, 7);
        // A notification does not.
        raw_signal(notification);
        m = make_call((struct call){.number = wants[i], .dest = notification, .x6 = bad});
        EXPECT_NO_FAULT(m);
    }
    for (unsigned i = 0; i < 3; i++)
        EXPECT_NO_FAULT(make_call((struct call){.number = ignores[i], .dest = endpoint, .x6 = bad}));
}

static void a_lost_extra_capability_is_a_fault_with_its_address(void) {
    word bad = 0x9000000000000000;
    make_thread(S_CNODE, 0);
    thread->buffer->caps[0] = S_TCB;
    thread->buffer->caps[1] = bad;
    const struct call call = {.dest = notification, .info = info_make(0, 2, 0)};
    static const word numbers[] = {NR_SEND, NR_CALL};
    for (unsigned i = 0; i < 2; i++) {
        struct message m =
            make_call((struct call){.number = numbers[i], .dest = call.dest, .info = call.info});
        EXPECT_CAP_FAULT(m, bad, 0, GUARD, 7);
        EXPECT_EQUAL(raw_poll(notification), 0);
    }
    // Without blocking it is nothing, neither fault nor signal.
    word badged = new_mint(notification, R_ALL, 1);
    EXPECT_NO_FAULT(make_call((struct call){.number = NR_NB_SEND, .dest = badged, .info = call.info}));
    EXPECT_EQUAL(raw_poll(notification), 0);
    // An empty slot among them is no failure of the path.
    thread->buffer->caps[1] = new_slot();
    EXPECT_NO_FAULT(make_call((struct call){.number = NR_NB_SEND, .dest = badged, .info = call.info}));
    EXPECT_EQUAL(raw_poll(notification), 1);
}

// The first phase of a combined call fails in silence, and the second goes on.
static void a_lost_destination_of_a_combined_call_is_nothing(void) {
    word badged = new_mint(notification, R_ALL, 4), bad = 0x8000000000000000;
    make_thread(S_CNODE, 0);
    const word lost[] = {bad, new_slot(), new_mint(endpoint, R_R, 0), new_mint(notification, R_R, 0)};
    for (unsigned i = 0; i < 4; i++) {
        raw_signal(badged);
        EXPECT_NO_FAULT(
            make_call((struct call){.number = NR_REPLY_RECV, .dest = notification, .x6 = lost[i]}));
        EXPECT_EQUAL(job.x[0], 4);
        raw_signal(badged);
        EXPECT_NO_FAULT(
            make_call((struct call){.number = NR_NB_SEND_RECV, .dest = notification, .x8 = lost[i]}));
        EXPECT_EQUAL(job.x[0], 4);
        raw_signal(badged);
        EXPECT_NO_FAULT(
            make_call((struct call){.number = NR_NB_SEND_WAIT, .dest = notification, .x6 = lost[i]}));
        EXPECT_EQUAL(job.x[0], 4);
    }
    // A lost extra capability of it, too.
    thread->buffer->caps[0] = bad;
    raw_signal(badged);
    EXPECT_NO_FAULT(make_call((struct call){
        .number = NR_NB_SEND_WAIT, .dest = notification, .info = info_make(0, 1, 0), .x6 = endpoint}));
    EXPECT_EQUAL(job.x[0], 4);
}

// The answer to root's own Call.
static word call(word cap, word label) {
    struct message m = {.info = info_make(label, 0, 0), .mr = {99}};
    raw_message(NR_CALL, cap, &m, 0, 0);
    reply.length = info_length(m.info);
    reply.mr[0] = m.mr[0];
    return info_label(m.info);
}

static void what_cannot_be_called_is_invalid_capability_0(void) {
    const word caps[] = {new_slot(), new_mint(endpoint, R_R | R_G | R_GR, 0), new_mint(notification, R_R, 0)};
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_ERROR1(call(caps[i], 0), IC, 0);
        EXPECT_EQUAL(reply.length, 1);
        raw_send(NR_SEND, caps[i], &(struct message){0}); // Send and NBSend say nothing
        raw_send(NR_NB_SEND, caps[i], &(struct message){0});
    }
    EXPECT_EQUAL(raw_poll(notification), 0);
}

static void an_unknown_label_is_an_illegal_operation(void) {
    const word caps[] = {S_TCB,
                         S_CNODE,
                         S_VSPACE,
                         S_IRQ_CONTROL,
                         S_ASID_CONTROL,
                         S_ASID_POOL,
                         S_BOOTINFO,
                         S_DOMAIN,
                         S_SC,
                         bootinfo->untyped.start,
                         sched_control,
                         new_object(T_VCPU, 0),
                         new_object(T_PAGE_TABLE, 0)};
    static const word labels[] = {0, 1000, 0x1fff, 0xfffffffffffff};
    for (unsigned i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
        for (unsigned l = 0; l < 4; l++) {
            EXPECT_EQUAL(call(caps[i], labels[l]), ILL);
            EXPECT_EQUAL(reply.length, 0);
            raw_send(NR_SEND, caps[i], &(struct message){.info = info_make(labels[l], 0, 0)});
        }
    // Another object's label.
    EXPECT_EQUAL(call(S_TCB, 52), ILL);
    EXPECT_EQUAL(call(S_BOOTINFO, 12), ILL);
}

// A Call of a notification is answered by nobody, and of a Reply object or an SGI neither: an empty success.
static void a_call_of_a_notification_is_a_signal_with_an_empty_answer(void) {
    EXPECT_OK(call(new_mint(notification, R_ALL, 2), 77));
    EXPECT_EQUAL(reply.length, 0);
    EXPECT_EQUAL(raw_poll(notification), 2);
    EXPECT_OK(call(reply_object, 77));
}

// A CNode whose deletion was interrupted: the thread that deletes it has too little budget.
static void delete_run(word slot) {
    while (cnode_delete(S_CNODE, slot, ROOT_DEPTH) != OK)
        ;
    thread_end();
}

static void half_deleted_it_is_invalid_capability_0(void) {
    enum { RADIX = 13 };
    word cnode = new_object(T_CNODE, RADIX);
    for (unsigned i = 0; i < 2000; i++)
        EXPECT_OK(cnode_copy(cnode, i * 4, RADIX, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    struct thread *deleter = new_passive_thread(delete_run, cnode, 0);
    word sc = new_sc(200, 20000);
    EXPECT_OK(sc_bind(sc, deleter->tcb));
    thread_start(deleter);
    let_others_run(); // its budget ends first
    word type = raw_identify(cnode);
    EXPECT(type != C_CNODE && type != C_NULL);
    EXPECT_ERROR1(call(cnode, 19), IC, 0);
    raw_send(NR_SEND, cnode, &(struct message){0});
    wait_thread_end();
    EXPECT(is_empty(cnode));
}

static void the_first_phase_refuses_five_kinds_in_silence(void) {
    word badged = new_mint(notification, R_ALL, 8), victim = new_object(T_TCB, 0), sc = new_sc(1000, 2000);
    word ep = new_object(T_ENDPOINT, 0);
    make_thread(S_CNODE, 0);
    // TCB_SetPriority would move the TCB, CNode_Delete empty a slot, Unbind free the context.
    EXPECT_OK(sc_bind(sc, victim));
    thread->buffer->caps[0] = S_TCB;
    const struct {
        word cap, info;
    } refused[] = {{victim, info_make(12, 0, 0)},
                   {S_CNODE, info_make(19, 0, 2)},
                   {S_DOMAIN, info_make(30, 1, 1)},
                   {sched_control, info_make(33, 1, 4)},
                   {sc, info_make(35, 0, 0)}};
    for (unsigned i = 0; i < 5; i++) {
        raw_signal(badged);
        EXPECT_NO_FAULT(make_call((struct call){
            .number = NR_NB_SEND_WAIT, .dest = notification, .info = refused[i].info, .x6 = refused[i].cap}));
        EXPECT_EQUAL(job.x[0], 8);
    }
    EXPECT_EQUAL(sc_bind(new_sc(1000, 2000), victim), ILL); // still bound
    EXPECT(!is_empty(ep));
}

static void the_first_phase_invokes_the_others(void) {
    word badged = new_mint(notification, R_ALL, 8), other = new_object(T_NOTIFICATION, 0);
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0), at = 0x30000000;
    EXPECT_OK(table_map(table, S_VSPACE, at, 3));
    EXPECT_OK(page_map(page, S_VSPACE, at, R_R | R_W, 3));
    make_thread(S_CNODE, 0);
    const struct {
        word cap, info;
    } invoked[] = {{new_mint(other, R_W, 0x10), 0}, {page, info_make(47, 0, 0)}};
    for (unsigned i = 0; i < 2; i++) {
        raw_signal(badged);
        EXPECT_NO_FAULT(make_call((struct call){
            .number = NR_NB_SEND_RECV, .dest = notification, .info = invoked[i].info, .x8 = invoked[i].cap}));
        EXPECT_EQUAL(job.x[0], 8);
    }
    EXPECT_EQUAL(raw_poll(other), 0x10);
    EXPECT_EQUAL(page_clean(page, 0, 64), ILL); // it was unmapped
}

static const struct test tests[] = {
    TEST(a_cspace_that_is_gone_is_an_invalid_root),
    TEST(a_guard_that_differs_is_a_guard_mismatch),
    TEST(a_guard_on_the_second_level_is_told),
    TEST(too_few_bits_are_a_depth_mismatch),
    TEST(a_guard_in_the_tcb_is_obeyed),
    TEST(receiving_from_what_cannot_be_received_from_is_a_missing_capability),
    TEST(an_endpoint_wants_a_reply_object_in_four_calls),
    TEST(a_lost_extra_capability_is_a_fault_with_its_address),
    TEST(a_lost_destination_of_a_combined_call_is_nothing),
    TEST(what_cannot_be_called_is_invalid_capability_0),
    TEST(an_unknown_label_is_an_illegal_operation),
    TEST(a_call_of_a_notification_is_a_signal_with_an_empty_answer),
    TEST(half_deleted_it_is_invalid_capability_0),
    TEST(the_first_phase_refuses_five_kinds_in_silence),
    TEST(the_first_phase_invokes_the_others),
};

int main(void) {
    handler = new_object(T_ENDPOINT, 0);
    handler_reply = new_object(T_REPLY, 0);
    endpoint = new_object(T_ENDPOINT, 0);
    notification = new_object(T_NOTIFICATION, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
