// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// TCB invocations that configure: spaces, IPC buffer, priorities, scheduling parameters, endpoints,
// notifications. Those on registers and on whether the thread runs are in tcb_run.c.
#include "harness.h"

#define LARGE_AT 0x20200000ull

static _Alignas(4096) uint8_t buffer_page[4096];
static word buffer_frame;
static word plain; // a TCB that never runs

static word buffer_address(word offset) {
    return (word)buffer_page + offset;
}

static word device_frame(void) {
    static word frame;
    word start, bits, device = device_untyped(0x0a000000, &start, &bits);
    if (!frame) {
        frame = new_slot();
        untyped_retype(device, S_CNODE, T_SMALL_PAGE, 0, 0, 0, frame, 1);
    }
    return frame;
}

// --- Configure

static word configure(word cspace, word vspace, word frame, word cdata, word address) {
    return tcb_configure(plain, cspace, vspace, frame, cdata, 0, address);
}

static volatile word seen;
static void identify_run(word cptr) {
    seen = 1 + raw_identify(cptr);
    for (;;)
        raw_wait(0); // stops with a fault
}

// What a thread with this CSpace and data word finds at cptr.
static word identify_in(word cspace, word data, word cptr) {
    struct thread *thread = new_thread(identify_run, cptr, 0);
    seen = 0;
    if (tcb_configure(thread->tcb, cspace, S_VSPACE, image_frame(thread->buffer), data, 0,
                      (word)thread->buffer))
        return 0;
    thread_start(thread);
    let_others_run();
    return seen - 1;
}

static void tcb_configure_gives_a_cspace_with_a_guard(void) {
    word cnode = new_object(T_CNODE, 4);
    EXPECT_OK(cnode_copy(cnode, 3, 4, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_EQUAL(identify_in(cnode, 7 << 6 | 60, 7ull << 4 | 3), C_TCB);
    EXPECT_EQUAL(identify_in(cnode, 7 << 6 | 60, 6ull << 4 | 3), C_NULL);
}

static void tcb_configure_without_data_keeps_the_guard(void) {
    word cnode = new_object(T_CNODE, 4), guarded = new_slot();
    EXPECT_OK(cnode_copy(cnode, 3, 4, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_mint(S_CNODE, guarded, ROOT_DEPTH, S_CNODE, cnode, ROOT_DEPTH, R_ALL, 9 << 6 | 60));
    EXPECT_EQUAL(identify_in(guarded, 0, 9ull << 4 | 3), C_TCB);
}

static void tcb_configure_without_a_buffer(void) {
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, 0, 0, 0), OK);
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, S_TCB, 0, 0), OK); // no frame needed
}

static void tcb_configure_with_a_buffer(void) {
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, buffer_frame, 0, buffer_address(1024)), OK);
}

static void tcb_configure_cspace_not_a_cnode(void) {
    EXPECT_REPLY(configure(S_TCB, S_VSPACE, 0, 0, 0), ILL);
    EXPECT_REPLY(configure(new_slot(), S_VSPACE, 0, 0, 0), ILL);
}

static void tcb_configure_cspace_guard_too_long(void) {
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, 0, 52, 0), ILL);
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, 0, 51, 0), OK);
}

static void tcb_configure_vspace_not_a_vspace(void) {
    EXPECT_REPLY(configure(S_CNODE, S_TCB, 0, 0, 0), ILL);
    EXPECT_REPLY(configure(S_CNODE, new_slot(), 0, 0, 0), ILL);
    EXPECT_REPLY(configure(S_CNODE, bootinfo->image_paging.start, 0, 0, 0), ILL); // a lower table
}

static void tcb_configure_vspace_without_asid(void) {
    word vspace = new_object(T_VSPACE, 0);
    EXPECT_REPLY(configure(S_CNODE, vspace, 0, 0, 0), ILL);
    EXPECT_OK(asid_assign(S_ASID_POOL, vspace));
    EXPECT_REPLY(configure(S_CNODE, vspace, 0, 0, 0), OK);
}

static void tcb_configure_buffer_not_a_frame(void) {
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, S_TCB, 0, buffer_address(0)), ILL);
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, new_slot(), 0, buffer_address(0)), ILL);
}

static void tcb_configure_buffer_of_device_memory(void) {
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, device_frame(), 0, buffer_address(0)), ILL);
}

static void tcb_configure_buffer_not_aligned(void) {
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, buffer_frame, 0, buffer_address(512)), AL);
    EXPECT_REPLY(configure(S_CNODE, S_VSPACE, buffer_frame, 0, buffer_address(1)), AL);
}

static void a_failed_configure_changes_nothing(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slot(), untyped = new_object(T_UNTYPED, 12);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, slot, 1));
    EXPECT_OK(configure(cnode, S_VSPACE, buffer_frame, 0, buffer_address(0)));
    EXPECT_EQUAL(configure(slot, S_TCB, buffer_frame, 0, buffer_address(0)), ILL);
    EXPECT_EQUAL(configure(slot, S_VSPACE, buffer_frame, 0, buffer_address(8)), AL);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH)); // no copy was made of it
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, S_CNODE, untyped, ROOT_DEPTH, R_ALL));
}

// --- SetIPCBuffer

static void tcb_set_ipc_buffer_takes_a_frame(void) {
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, buffer_frame, buffer_address(3072)), OK);
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, 0, 0), OK);
}

static volatile word echo_endpoint;
static void sum_run(word argument) {
    (void)argument;
    struct ipc_buffer *buffer = raw_buffer();
    for (unsigned i = 4; i < 20; i++)
        buffer->msg[i] = 100 + i;
    raw_send(NR_SEND, echo_endpoint, &(struct message){.info = info_make(0, 0, 20)});
    thread_end();
}

static void tcb_set_ipc_buffer_in_a_large_page(void) {
    word page = new_object(T_LARGE_PAGE, 0), at = LARGE_AT + 0x15400;
    EXPECT_OK(page_map(page, S_VSPACE, LARGE_AT, R_R | R_W, 3));
    struct thread *thread = new_thread(sum_run, 0, 0);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, page, at));
    EXPECT_OK(tcb_set_tls_base(thread->tcb, at));
    echo_endpoint = new_object(T_ENDPOINT, 0);
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_WAIT, echo_endpoint, &m, 0, 0);
    EXPECT_EQUAL(info_length(m.info), 20);
    for (unsigned i = 4; i < 20; i++)
        EXPECT_EQUAL(raw_buffer()->msg[i], 100 + i);
    wait_thread_end();
}

static void without_an_ipc_buffer_four_words_pass(void) {
    struct thread *thread = new_thread(sum_run, 0, 0);
    EXPECT_OK(tcb_set_ipc_buffer(thread->tcb, 0, 0));
    echo_endpoint = new_object(T_ENDPOINT, 0);
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_WAIT, echo_endpoint, &m, 0, 0);
    EXPECT_EQUAL(info_length(m.info), 4);
    wait_thread_end();
}

static void tcb_set_ipc_buffer_not_a_frame(void) {
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, S_TCB, buffer_address(0)), ILL);
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, new_slot(), buffer_address(0)), ILL);
}

static void tcb_set_ipc_buffer_of_device_memory(void) {
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, device_frame(), buffer_address(0)), ILL);
}

static void tcb_set_ipc_buffer_not_aligned(void) {
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, buffer_frame, buffer_address(8)), AL);
    EXPECT_REPLY(tcb_set_ipc_buffer(plain, buffer_frame, buffer_address(1023)), AL);
}

// --- SetSpace

static void tcb_set_space_sets_spaces_and_handler(void) {
    word ep = new_object(T_ENDPOINT, 0), cnode = new_object(T_CNODE, 4);
    EXPECT_OK(cnode_copy(cnode, 3, 4, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    struct thread *thread = new_thread(identify_run, 5ull << 4 | 3, 0);
    EXPECT_REPLY(tcb_set_space(thread->tcb, new_mint(ep, R_ALL, 0x31), cnode, S_VSPACE, 5 << 6 | 60, 0), OK);
    seen = 0;
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_RECV, ep, &m, new_object(T_REPLY, 0), 0);
    EXPECT_EQUAL(seen, 1 + C_TCB);
    EXPECT_EQUAL(m.badge, 0x31); // its fault in the end
}

static void tcb_set_space_without_a_handler(void) {
    EXPECT_REPLY(tcb_set_space(plain, 0, S_CNODE, S_VSPACE, 0, 0), OK);
}

static void tcb_set_space_cspace_not_a_cnode(void) {
    EXPECT_REPLY(tcb_set_space(plain, 0, S_TCB, S_VSPACE, 0, 0), ILL);
}

static void tcb_set_space_cspace_guard_too_long(void) {
    EXPECT_REPLY(tcb_set_space(plain, 0, S_CNODE, S_VSPACE, 52, 0), ILL);
}

static void tcb_set_space_vspace_not_a_vspace(void) {
    EXPECT_REPLY(tcb_set_space(plain, 0, S_CNODE, S_TCB, 0, 0), ILL);
}

static void tcb_set_space_vspace_without_asid(void) {
    EXPECT_REPLY(tcb_set_space(plain, 0, S_CNODE, new_object(T_VSPACE, 0), 0, 0), ILL);
}

static void tcb_set_space_handler_not_an_endpoint(void) {
    EXPECT_REPLY(tcb_set_space(plain, S_TCB, S_CNODE, S_VSPACE, 0, 0), IC, 1);
    EXPECT_REPLY(tcb_set_space(plain, new_object(T_NOTIFICATION, 0), S_CNODE, S_VSPACE, 0, 0), IC, 1);
}

// Which rights make an endpoint a fault handler: write, and grant or grantReply.
static bool may_handle(word rights) {
    return rights & R_W && rights & (R_G | R_GR);
}

static void tcb_set_space_handler_rights(void) {
    word ep = new_object(T_ENDPOINT, 0);
    for (word rights = 0; rights < 16; rights++) {
        EXPECT_EQUAL(tcb_set_space(plain, new_mint(ep, rights, 1), S_CNODE, S_VSPACE, 0, 0),
                     may_handle(rights) ? OK : IC);
        EXPECT_EQUAL(reply.length, may_handle(rights) ? 0 : 1);
    }
}

static void tcb_set_space_checks_spaces_before_the_handler(void) {
    EXPECT_REPLY(tcb_set_space(plain, S_TCB, S_TCB, S_VSPACE, 0, 0), ILL);
    EXPECT_REPLY(tcb_set_space(plain, S_TCB, S_CNODE, S_TCB, 0, 0), ILL);
}

// --- SetTimeoutEndpoint

static void tcb_set_timeout_endpoint_takes_an_endpoint_or_none(void) {
    EXPECT_REPLY(tcb_set_timeout_endpoint(plain, new_object(T_ENDPOINT, 0)), OK);
    EXPECT_REPLY(tcb_set_timeout_endpoint(plain, 0), OK);
}

static void tcb_set_timeout_endpoint_not_an_endpoint(void) {
    EXPECT_REPLY(tcb_set_timeout_endpoint(plain, S_TCB), IC, 1);
    EXPECT_REPLY(tcb_set_timeout_endpoint(plain, new_object(T_NOTIFICATION, 0)), IC, 1);
}

static void tcb_set_timeout_endpoint_rights(void) {
    word ep = new_object(T_ENDPOINT, 0);
    for (word rights = 0; rights < 16; rights++)
        EXPECT_EQUAL(tcb_set_timeout_endpoint(plain, new_mint(ep, rights, 1)), may_handle(rights) ? OK : IC);
}

// --- SetPriority, SetMCPriority

static volatile word order[8];
static volatile unsigned order_length;
static void order_run(word id) {
    order[order_length++] = id;
    thread_end();
}

static void tcb_set_priority_decides_who_runs_first(void) {
    struct thread *a = new_thread(order_run, 1, 0), *b = new_thread(order_run, 2, 0);
    thread_set_priority(a, 10);
    thread_set_priority(b, 11);
    order_length = 0;
    thread_start(a);
    thread_start(b);
    EXPECT_REPLY(tcb_set_priority(a->tcb, S_TCB, 12), OK); // while it is queued
    let_others_run();
    EXPECT_EQUAL(order_length, 2);
    EXPECT(order[0] == 1 && order[1] == 2);
}

static void tcb_set_priority_authority_not_a_tcb(void) {
    EXPECT_REPLY(tcb_set_priority(plain, S_CNODE, 1), IC, 1);
    EXPECT_REPLY(tcb_set_priority(plain, 0, 1), IC, 1);
}

static void tcb_set_priority_above_the_authority(void) {
    word weak = new_object(T_TCB, 0);
    EXPECT_OK(tcb_set_mcp(weak, S_TCB, 10));
    EXPECT_REPLY(tcb_set_priority(plain, weak, 11), RNG, 0, 10);
    EXPECT_REPLY(tcb_set_priority(plain, S_TCB, 256), RNG, 0, 255);
    EXPECT_REPLY(tcb_set_priority(plain, S_TCB, ~0ull), RNG, 0, 255);
    EXPECT_REPLY(tcb_set_priority(plain, weak, 10), OK);
}

static void tcb_set_mcp_limits_what_the_tcb_can_give(void) {
    word weak = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_set_mcp(weak, S_TCB, 7), OK);
    EXPECT_REPLY(tcb_set_mcp(plain, weak, 7), OK);
    EXPECT_REPLY(tcb_set_priority(weak, plain, 8), RNG, 0, 7);
    EXPECT_REPLY(tcb_set_priority(weak, S_TCB, 200), OK); // its priority may exceed its own MCP
}

static void tcb_set_mcp_authority_not_a_tcb(void) {
    EXPECT_REPLY(tcb_set_mcp(plain, S_CNODE, 1), IC, 1);
}

static void tcb_set_mcp_above_the_authority(void) {
    word weak = new_object(T_TCB, 0);
    EXPECT_OK(tcb_set_mcp(weak, S_TCB, 10));
    EXPECT_REPLY(tcb_set_mcp(plain, weak, 11), RNG, 0, 10);
    EXPECT_REPLY(tcb_set_mcp(plain, S_TCB, 256), RNG, 0, 255);
}

// --- SetSchedParams

static void tcb_set_sched_params_sets_all(void) {
    word ep = new_object(T_ENDPOINT, 0), sc = new_sc(5000, 5000);
    struct thread *thread = new_passive_thread(order_run, 1, 0), *other = new_thread(order_run, 2, 0);
    thread_set_priority(other, 20);
    EXPECT_REPLY(tcb_set_sched_params(thread->tcb, S_TCB, sc, ep, 30, 21), OK);
    EXPECT_REPLY(tcb_set_priority(plain, thread->tcb, 31), RNG, 0, 30); // MCP
    order_length = 0;
    thread_start(other);
    thread_start(thread);
    let_others_run();
    EXPECT(order_length == 2 && order[0] == 1); // context and priority
}

static void tcb_set_sched_params_same_context_again(void) {
    word tcb = new_object(T_TCB, 0), sc = new_sc(1000, 1000);
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, sc, 0, 1, 1));
    EXPECT_REPLY(tcb_set_sched_params(tcb, S_TCB, sc, 0, 1, 1), OK);
}

static void tcb_set_sched_params_without_context_unbinds(void) {
    word tcb = new_object(T_TCB, 0), sc = new_sc(1000, 1000);
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, sc, 0, 1, 1));
    EXPECT_REPLY(tcb_set_sched_params(tcb, S_TCB, 0, 0, 1, 1), OK);
    EXPECT_OK(sc_bind(sc, plain));
    EXPECT_OK(sc_unbind(sc));
}

static void tcb_set_sched_params_authority_not_a_tcb(void) {
    EXPECT_REPLY(tcb_set_sched_params(plain, S_CNODE, 0, 0, 1, 1), IC, 1);
    EXPECT_REPLY(tcb_set_sched_params(plain, 0, 0, 0, 1, 1), IC, 1);
}

static void tcb_set_sched_params_above_the_authority(void) {
    word weak = new_object(T_TCB, 0);
    EXPECT_OK(tcb_set_mcp(weak, S_TCB, 10));
    EXPECT_REPLY(tcb_set_sched_params(plain, weak, 0, 0, 11, 1), RNG, 0, 10);
    EXPECT_REPLY(tcb_set_sched_params(plain, weak, 0, 0, 1, 11), RNG, 0, 10);
    EXPECT_REPLY(tcb_set_sched_params(plain, weak, 0, 0, 10, 10), OK);
}

static void tcb_set_sched_params_not_a_context(void) {
    EXPECT_REPLY(tcb_set_sched_params(plain, S_TCB, S_CNODE, 0, 1, 1), IC, 2);
    EXPECT_REPLY(tcb_set_sched_params(plain, S_TCB, sched_control, 0, 1, 1), IC, 2);
}

static void tcb_set_sched_params_handler_not_an_endpoint(void) {
    EXPECT_REPLY(tcb_set_sched_params(plain, S_TCB, 0, S_CNODE, 1, 1), IC, 3);
    EXPECT_REPLY(tcb_set_sched_params(plain, S_TCB, 0, new_object(T_NOTIFICATION, 0), 1, 1), IC, 3);
}

static void tcb_set_sched_params_handler_rights(void) {
    word ep = new_object(T_ENDPOINT, 0);
    for (word rights = 0; rights < 16; rights++)
        EXPECT_EQUAL(tcb_set_sched_params(plain, S_TCB, 0, new_mint(ep, rights, 1), 1, 1),
                     may_handle(rights) ? OK : IC);
}

static void tcb_set_sched_params_context_of_another_tcb(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_set_sched_params(tcb, S_TCB, S_SC, 0, 1, 1), ILL);
}

static void tcb_set_sched_params_tcb_with_another_context(void) {
    word tcb = new_object(T_TCB, 0);
    EXPECT_OK(sc_bind(new_sc(1000, 1000), tcb));
    EXPECT_REPLY(tcb_set_sched_params(tcb, S_TCB, new_sc(1000, 1000), 0, 1, 1), ILL);
}

static void tcb_set_sched_params_of_the_caller_without_context(void) {
    EXPECT_REPLY(tcb_set_sched_params(S_TCB, S_TCB, 0, 0, 255, 255), ILL);
}

static volatile word wait_notification;
static void wait_run(word argument) {
    (void)argument;
    raw_wait(wait_notification);
    thread_end();
}

// A thread without context that is blocked on a notification.
static struct thread *blocked_thread(void) {
    wait_notification = new_object(T_NOTIFICATION, 0);
    struct thread *thread = new_thread(wait_run, 0, 0);
    thread_start(thread);
    let_others_run();
    if (sc_unbind(thread->sc))
        fail_at(__FILE_NAME__, __LINE__, "unbind", reply.label, OK);
    return thread;
}

static void tcb_set_sched_params_of_a_blocked_tcb_with_an_unconfigured_context(void) {
    struct thread *thread = blocked_thread();
    word sc = new_object(T_SC, 8);
    EXPECT_REPLY(tcb_set_sched_params(thread->tcb, S_TCB, sc, 0, 1, 254), ILL);
    EXPECT_OK(sched_configure(sc, 1000, 1000, 0, 0, 0));
    EXPECT_REPLY(tcb_set_sched_params(thread->tcb, S_TCB, sc, 0, 1, 254), OK);
    raw_signal(wait_notification);
    wait_thread_end();
}

static void spin_run(word argument) {
    (void)argument;
    for (;;)
        seen++;
}

static void tcb_set_sched_params_of_a_blocked_tcb_with_a_depleted_context(void) {
    struct thread *thread = blocked_thread(), *spinner = new_passive_thread(spin_run, 0, 0);
    word sc = new_sc(100, 10000000);
    EXPECT_OK(sc_bind(sc, spinner->tcb));
    thread_start(spinner);
    let_others_run(); // the budget is used for the next ten seconds
    EXPECT_OK(sc_unbind(sc));
    EXPECT_REPLY(tcb_set_sched_params(thread->tcb, S_TCB, sc, 0, 1, 254), ILL);
    EXPECT_REPLY(sc_bind(sc, thread->tcb), ILL);
    EXPECT_OK(tcb_suspend(thread->tcb)); // inactive, not blocked
    EXPECT_REPLY(tcb_set_sched_params(thread->tcb, S_TCB, sc, 0, 1, 254), OK);
}

// --- BindNotification, UnbindNotification

static void tcb_bind_notification_binds_and_unbind_unbinds(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), tcb = new_object(T_TCB, 0);
    EXPECT_REPLY(tcb_bind_notification(tcb, ntfn), OK);
    EXPECT_REPLY(tcb_unbind_notification(tcb), OK);
    EXPECT_REPLY(tcb_bind_notification(tcb, new_mint(ntfn, R_R, 0)), OK);
}

static void tcb_bind_notification_tcb_already_bound(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), tcb = new_object(T_TCB, 0);
    EXPECT_OK(tcb_bind_notification(tcb, ntfn));
    EXPECT_REPLY(tcb_bind_notification(tcb, new_object(T_NOTIFICATION, 0)), ILL);
    EXPECT_REPLY(tcb_bind_notification(tcb, ntfn), ILL);
}

static void tcb_bind_notification_not_a_notification(void) {
    EXPECT_REPLY(tcb_bind_notification(plain, S_TCB), ILL);
    EXPECT_REPLY(tcb_bind_notification(plain, new_object(T_ENDPOINT, 0)), ILL);
    EXPECT_REPLY(tcb_bind_notification(plain, 0), ILL);
}

static void tcb_bind_notification_without_read(void) {
    EXPECT_REPLY(tcb_bind_notification(plain, new_mint(new_object(T_NOTIFICATION, 0), R_ALL & ~R_R, 0)), ILL);
}

static void tcb_bind_notification_already_bound(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(tcb_bind_notification(new_object(T_TCB, 0), ntfn));
    EXPECT_REPLY(tcb_bind_notification(plain, ntfn), ILL);
}

static void tcb_bind_notification_with_waiters(void) {
    blocked_thread();
    EXPECT_REPLY(tcb_bind_notification(plain, wait_notification), ILL);
}

static void tcb_unbind_notification_without_one(void) {
    EXPECT_REPLY(tcb_unbind_notification(new_object(T_TCB, 0)), ILL);
}

static void deleting_either_side_unbinds_a_notification(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), tcb = new_object(T_TCB, 0), other = new_object(T_TCB, 0);
    EXPECT_OK(tcb_bind_notification(tcb, ntfn));
    EXPECT_OK(cnode_delete(S_CNODE, tcb, ROOT_DEPTH));
    EXPECT_OK(tcb_bind_notification(other, ntfn));
    EXPECT_OK(cnode_delete(S_CNODE, ntfn, ROOT_DEPTH));
    EXPECT_REPLY(tcb_unbind_notification(other), ILL);
}

static const struct test tests[] = {
    TEST(tcb_configure_gives_a_cspace_with_a_guard),
    TEST(tcb_configure_without_data_keeps_the_guard),
    TEST(tcb_configure_without_a_buffer),
    TEST(tcb_configure_with_a_buffer),
    TEST(tcb_configure_cspace_not_a_cnode),
    TEST(tcb_configure_cspace_guard_too_long),
    TEST(tcb_configure_vspace_not_a_vspace),
    TEST(tcb_configure_vspace_without_asid),
    TEST(tcb_configure_buffer_not_a_frame),
    TEST(tcb_configure_buffer_of_device_memory),
    TEST(tcb_configure_buffer_not_aligned),
    TEST(a_failed_configure_changes_nothing),
    TEST(tcb_set_ipc_buffer_takes_a_frame),
    TEST(tcb_set_ipc_buffer_in_a_large_page),
    TEST(without_an_ipc_buffer_four_words_pass),
    TEST(tcb_set_ipc_buffer_not_a_frame),
    TEST(tcb_set_ipc_buffer_of_device_memory),
    TEST(tcb_set_ipc_buffer_not_aligned),
    TEST(tcb_set_space_sets_spaces_and_handler),
    TEST(tcb_set_space_without_a_handler),
    TEST(tcb_set_space_cspace_not_a_cnode),
    TEST(tcb_set_space_cspace_guard_too_long),
    TEST(tcb_set_space_vspace_not_a_vspace),
    TEST(tcb_set_space_vspace_without_asid),
    TEST(tcb_set_space_handler_not_an_endpoint),
    TEST(tcb_set_space_handler_rights),
    TEST(tcb_set_space_checks_spaces_before_the_handler),
    TEST(tcb_set_timeout_endpoint_takes_an_endpoint_or_none),
    TEST(tcb_set_timeout_endpoint_not_an_endpoint),
    TEST(tcb_set_timeout_endpoint_rights),
    TEST(tcb_set_priority_decides_who_runs_first),
    TEST(tcb_set_priority_authority_not_a_tcb),
    TEST(tcb_set_priority_above_the_authority),
    TEST(tcb_set_mcp_limits_what_the_tcb_can_give),
    TEST(tcb_set_mcp_authority_not_a_tcb),
    TEST(tcb_set_mcp_above_the_authority),
    TEST(tcb_set_sched_params_sets_all),
    TEST(tcb_set_sched_params_same_context_again),
    TEST(tcb_set_sched_params_without_context_unbinds),
    TEST(tcb_set_sched_params_authority_not_a_tcb),
    TEST(tcb_set_sched_params_above_the_authority),
    TEST(tcb_set_sched_params_not_a_context),
    TEST(tcb_set_sched_params_handler_not_an_endpoint),
    TEST(tcb_set_sched_params_handler_rights),
    TEST(tcb_set_sched_params_context_of_another_tcb),
    TEST(tcb_set_sched_params_tcb_with_another_context),
    TEST(tcb_set_sched_params_of_the_caller_without_context),
    TEST(tcb_set_sched_params_of_a_blocked_tcb_with_an_unconfigured_context),
    TEST(tcb_set_sched_params_of_a_blocked_tcb_with_a_depleted_context),
    TEST(tcb_bind_notification_binds_and_unbind_unbinds),
    TEST(tcb_bind_notification_tcb_already_bound),
    TEST(tcb_bind_notification_not_a_notification),
    TEST(tcb_bind_notification_without_read),
    TEST(tcb_bind_notification_already_bound),
    TEST(tcb_bind_notification_with_waiters),
    TEST(tcb_unbind_notification_without_one),
    TEST(deleting_either_side_unbinds_a_notification),
};

int main(void) {
    buffer_frame = image_frame(buffer_page);
    plain = new_object(T_TCB, 0);
    RUN(tests);
}
