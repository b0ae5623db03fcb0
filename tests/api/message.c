// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What every invocation has in common: too few words or capabilities are TruncatedMessage, a label that is no
// method of the object is IllegalOperation, an empty slot is InvalidCapability.
#include "harness.h"

// Every method: its name, its object, its label, the capabilities and the words that it needs.
#define METHODS(X)                                                                                           \
    X(untyped_retype, untyped, 1, 1, 6)                                                                      \
    X(tcb_read_registers, tcb, 2, 0, 2)                                                                      \
    X(tcb_write_registers, tcb, 3, 0, 2)                                                                     \
    X(tcb_copy_registers, tcb, 4, 1, 1)                                                                      \
    X(tcb_configure, tcb, 5, 3, 3)                                                                           \
    X(tcb_set_priority, tcb, 6, 1, 1)                                                                        \
    X(tcb_set_mcp, tcb, 7, 1, 1)                                                                             \
    X(tcb_set_sched_params, tcb, 8, 3, 2)                                                                    \
    X(tcb_set_timeout_endpoint, tcb, 9, 1, 0)                                                                \
    X(tcb_set_ipc_buffer, tcb, 10, 1, 1)                                                                     \
    X(tcb_set_space, tcb, 11, 3, 2)                                                                          \
    X(tcb_suspend, tcb, 12, 0, 0)                                                                            \
    X(tcb_resume, tcb, 13, 0, 0)                                                                             \
    X(tcb_bind_notification, tcb, 14, 1, 0)                                                                  \
    X(tcb_unbind_notification, tcb, 15, 0, 0)                                                                \
    X(tcb_set_tls_base, tcb, 16, 0, 1)                                                                       \
    X(tcb_set_flags, tcb, 17, 0, 2)                                                                          \
    X(cnode_revoke, cnode, 18, 0, 2)                                                                         \
    X(cnode_delete, cnode, 19, 0, 2)                                                                         \
    X(cnode_cancel_badged_sends, cnode, 20, 0, 2)                                                            \
    X(cnode_copy, cnode, 21, 1, 5)                                                                           \
    X(cnode_mint, cnode, 22, 1, 6)                                                                           \
    X(cnode_move, cnode, 23, 1, 4)                                                                           \
    X(cnode_mutate, cnode, 24, 1, 5)                                                                         \
    X(cnode_rotate, cnode, 25, 2, 8)                                                                         \
    X(irq_control_get, irq_control, 26, 1, 3)                                                                \
    X(irq_control_get_trigger, irq_control, 60, 1, 4)                                                        \
    X(irq_control_issue_sgi, irq_control, 61, 1, 4)                                                          \
    X(irq_handler_ack, irq_handler, 27, 0, 0)                                                                \
    X(irq_handler_set_notification, irq_handler, 28, 1, 0)                                                   \
    X(irq_handler_clear, irq_handler, 29, 0, 0)                                                              \
    X(domain_set, domain, 30, 1, 1)                                                                          \
    X(domain_schedule_configure, domain, 31, 0, 3)                                                           \
    X(domain_schedule_set_start, domain, 32, 0, 1)                                                           \
    X(sched_control_configure_flags, control, 33, 1, 5)                                                      \
    X(sched_context_bind, context, 34, 1, 0)                                                                 \
    X(sched_context_unbind, context, 35, 0, 0)                                                               \
    X(sched_context_unbind_object, context, 36, 1, 0)                                                        \
    X(sched_context_consumed, context, 37, 0, 0)                                                             \
    X(sched_context_yield_to, context, 38, 0, 0)                                                             \
    X(vspace_clean, vspace, 39, 0, 2)                                                                        \
    X(vspace_invalidate, vspace, 40, 0, 2)                                                                   \
    X(vspace_clean_invalidate, vspace, 41, 0, 2)                                                             \
    X(vspace_unify, vspace, 42, 0, 2)                                                                        \
    X(page_table_map, table, 44, 1, 2)                                                                       \
    X(page_table_unmap, table, 45, 0, 0)                                                                     \
    X(page_map, page, 46, 1, 3)                                                                              \
    X(page_unmap, page, 47, 0, 0)                                                                            \
    X(page_clean, page, 48, 0, 2)                                                                            \
    X(page_invalidate, page, 49, 0, 2)                                                                       \
    X(page_clean_invalidate, page, 50, 0, 2)                                                                 \
    X(page_unify, page, 51, 0, 2)                                                                            \
    X(page_get_address, page, 52, 0, 0)                                                                      \
    X(asid_control_make_pool, asid_control, 53, 2, 2)                                                        \
    X(asid_pool_assign, asid_pool, 54, 1, 0)                                                                 \
    X(vcpu_set_tcb, vcpu, 55, 1, 0)                                                                          \
    X(vcpu_inject_irq, vcpu, 56, 0, 1)                                                                       \
    X(vcpu_read_reg, vcpu, 57, 0, 1)                                                                         \
    X(vcpu_write_reg, vcpu, 58, 0, 2)                                                                        \
    X(vcpu_ack_vppi, vcpu, 59, 0, 1)

#define OBJECTS(X)                                                                                           \
    X(untyped)                                                                                               \
    X(tcb)                                                                                                   \
    X(cnode)                                                                                                 \
    X(irq_control)                                                                                           \
    X(irq_handler)                                                                                           \
    X(domain)                                                                                                \
    X(control)                                                                                               \
    X(context)                                                                                               \
    X(vspace)                                                                                                \
    X(table)                                                                                                 \
    X(page)                                                                                                  \
    X(asid_control)                                                                                          \
    X(asid_pool)                                                                                             \
    X(vcpu)

#define OBJECT(name) static word name;
OBJECTS(OBJECT)

// Capabilities and words of no meaning: what is missing is found before anything is looked at.
static void check_truncated(word object, word label, unsigned caps, unsigned words) {
    static const word zeros[8];
    for (unsigned given = 0; given < words; given++)
        EXPECT_REPLY(raw_invoke(object, label, zeros, 3, zeros, given), TR);
    for (unsigned given = 0; given < caps; given++)
        EXPECT_REPLY(raw_invoke(object, label, zeros, given, zeros, 8), TR);
    if (words && caps)
        EXPECT_REPLY(raw_invoke(object, label, zeros, 0, zeros, 0), TR);
}

struct method {
    const word *object;
    uint8_t label;
};
#define METHOD(name, object, label, caps, words) {&(object), label},
static const struct method methods[] = {METHODS(METHOD)};

static bool is_method(const word *object, word label) {
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (methods[i].object == object && methods[i].label == label)
            return true;
    return false;
}

// Ours, all of vCPUs.
static bool is_extension(const word *object, word label) {
    return object == &vcpu && label >= 0x1000 && label < 0x1100;
}

static void check_unknown(const word *object) {
    static const word others[] = {0xff,   0x100,  0xfff,  0x1000,      0x1001,         0x1003,
                                  0x1006, 0x1010, 0xffff, 0x10000 + 1, 1ull << 32 | 1, (1ull << 52) - 1};
    static const word words[8];
    for (word label = 0; label < 80; label++)
        if (!is_method(object, label))
            EXPECT_REPLY(raw_invoke(*object, label, CAPS(0, 0, 0), words, 8), ILL);
    for (unsigned i = 0; i < sizeof(others) / sizeof(word); i++)
        if (!is_extension(object, others[i]))
            EXPECT_REPLY(raw_invoke(*object, others[i], CAPS(0, 0, 0), words, 8), ILL);
}

#define TRUNCATED(name, object, label, caps, words)                                                          \
    static void name##_truncated_message(void) {                                                             \
        check_truncated(object, label, caps, words);                                                         \
    }
#define UNKNOWN(name)                                                                                        \
    static void name##_unknown_label(void) {                                                                 \
        check_unknown(&(name));                                                                              \
    }
METHODS(TRUNCATED)
OBJECTS(UNKNOWN)

static void an_empty_slot_is_invoked(void) {
    word slot = new_slot();
    for (word label = 0; label < 64; label++)
        EXPECT_REPLY(raw_invoke(slot, label, CAPS(0, 0, 0), WORDS(0, 0, 0, 0, 0, 0, 0, 0)), IC, 0);
}

static volatile word result;
static void retype_run(word argument) {
    (void)argument;
    struct message m = {.info = info_make(1, 1, 6), .mr = {T_ENDPOINT, 0, 0, 0}};
    raw_message(NR_CALL, untyped, &m, 0, 0);
    result = m.info;
    thread_end();
}

static void a_message_without_buffer_has_four_words_and_no_capability(void) {
    struct thread *thread = new_thread(retype_run, 0, 0);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, 0, 0));
    thread_start(thread);
    wait_thread_end();
    EXPECT_EQUAL(info_label(result), TR);
}

// --- calls that want no answer

static const word combined_calls[] = {NR_REPLY_RECV, NR_NB_SEND_RECV, NR_NB_SEND_WAIT};

// Invokes `cap` in the first phase of a combined call; the second takes a signal.
static void invoke_first(word number, word cap, word label, word mr0, word mr1) {
    static word ntfn;
    if (!ntfn)
        ntfn = new_mint(new_object(T_NOTIFICATION, 0), R_ALL, 1);
    raw_signal(ntfn);
    struct raw_registers r = {{ntfn, info_make(label, 1, 2), mr0, mr1, 0, 0, cap, number, cap}};
    raw_buffer()->caps[0] = tcb;
    raw_svc(&r);
    if (r.x[0] != 1)
        fail_at(__FILE_NAME__, __LINE__, "the second phase", r.x[0], 1);
}

static void the_first_phase_refuses_tcbs(void) {
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_OK(tcb_set_tls_base(tcb, 7));
        invoke_first(combined_calls[i], tcb, 16, 8, 0);
        EXPECT_OK(tcb_read_registers(tcb, 0, 36));
        EXPECT_EQUAL(reply.mr[34], 7);
    }
}

static void the_first_phase_refuses_cnodes(void) {
    word slot = new_copy(tcb);
    for (unsigned i = 0; i < 3; i++)
        invoke_first(combined_calls[i], S_CNODE, 19, slot, ROOT_DEPTH);
    EXPECT(!is_empty(slot));
}

static void the_first_phase_refuses_contexts(void) {
    EXPECT_OK(sc_bind(context, tcb));
    for (unsigned i = 0; i < 3; i++)
        invoke_first(combined_calls[i], context, 35, 0, 0);
    EXPECT_REPLY(sc_unbind_object(context, tcb), OK); // it was bound still
}

static void the_first_phase_passes_other_invocations(void) {
    for (unsigned i = 0; i < 3; i++) {
        invoke_first(combined_calls[i], vcpu, 58, 15, 100 + i);
        EXPECT_REPLY(vcpu_read(vcpu, 15), OK, 100 + i);
    }
}

static void send_and_nb_send_invoke_without_an_answer(void) {
    static const word numbers[] = {NR_SEND, NR_NB_SEND};
    for (unsigned i = 0; i < 2; i++) {
        raw_send(numbers[i], tcb, &(struct message){.info = info_make(16, 0, 1), .mr = {50 + i}});
        EXPECT_OK(tcb_read_registers(tcb, 0, 36));
        EXPECT_EQUAL(reply.mr[34], 50 + i);
        struct message m = {.info = info_make(999, 0, 1), .mr = {3}};
        raw_message(numbers[i], tcb, &m, 0, 0); // an error nobody is told of
        EXPECT_EQUAL(m.info, info_make(999, 0, 1));
        EXPECT_EQUAL(m.mr[0], 3);
    }
}

#define TRUNCATED_TEST(name, object, label, caps, words) TEST(name##_truncated_message),
#define UNKNOWN_TEST(name)                               TEST(name##_unknown_label),
static const struct test tests[] = {
    METHODS(TRUNCATED_TEST)         //
    OBJECTS(UNKNOWN_TEST)           //
    TEST(an_empty_slot_is_invoked), //
    TEST(a_message_without_buffer_has_four_words_and_no_capability),
    TEST(the_first_phase_refuses_tcbs),
    TEST(the_first_phase_refuses_cnodes),
    TEST(the_first_phase_refuses_contexts),
    TEST(the_first_phase_passes_other_invocations),
    TEST(send_and_nb_send_invoke_without_an_answer),
};

int main(void) {
    untyped = new_object(T_UNTYPED, 12);
    tcb = new_object(T_TCB, 0);
    cnode = new_object(T_CNODE, 4);
    irq_control = S_IRQ_CONTROL;
    irq_handler = new_slot();
    irq_get(100, S_CNODE, irq_handler, ROOT_DEPTH);
    domain = S_DOMAIN;
    control = sched_control;
    context = new_object(T_SC, 8);
    vspace = new_object(T_VSPACE, 0);
    table = new_object(T_PAGE_TABLE, 0);
    page = new_object(T_SMALL_PAGE, 0);
    asid_control = S_ASID_CONTROL;
    asid_pool = S_ASID_POOL;
    vcpu = new_object(T_VCPU, 0);
    RUN(tests);
}
