// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a copy of each type of capability is, and which types cannot be copied; which rights mean something.
#include "harness.h"

#define PAGE_AT  0x20000000ull
#define OTHER_AT 0x20001000ull

static word copy(word to, word from) {
    return cnode_copy(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, R_ALL);
}
static word mint(word to, word from) {
    return cnode_mint(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, R_ALL, 0);
}
static word delete (word slot) {
    return cnode_delete(S_CNODE, slot, ROOT_DEPTH);
}
// A copy with no rights at all, for the types that know none.
static word without_rights(word cap) {
    word slot = new_slot();
    cnode_copy(S_CNODE, slot, ROOT_DEPTH, S_CNODE, cap, ROOT_DEPTH, 0);
    return slot;
}

// --- what cannot be copied

static void irq_control_cannot_be_copied(void) {
    word slot = new_slot();
    EXPECT_REPLY(copy(slot, S_IRQ_CONTROL), ILL);
    EXPECT_REPLY(mint(slot, S_IRQ_CONTROL), ILL);
    EXPECT(is_empty(slot));
}

static void a_vspace_without_asid_cannot_be_copied(void) {
    word slot = new_slot(), vspace = new_object(T_VSPACE, 0);
    EXPECT_REPLY(copy(slot, vspace), ILL);
    EXPECT_REPLY(mint(slot, vspace), ILL);
    EXPECT_OK(asid_assign(S_ASID_POOL, vspace));
    EXPECT_REPLY(copy(slot, vspace), OK);
}

static void an_unmapped_page_table_cannot_be_copied(void) {
    word slot = new_slot(), table = new_object(T_PAGE_TABLE, 0);
    EXPECT_REPLY(copy(slot, table), ILL);
    EXPECT_REPLY(mint(slot, table), ILL);
    EXPECT_OK(table_map(table, S_VSPACE, 0x30000000, 3));
    EXPECT_REPLY(copy(slot, table), OK);
    EXPECT_EQUAL(raw_identify(slot), C_PAGE_TABLE);
}

static void an_untyped_with_children_cannot_be_copied(void) {
    word slot = new_slots(2), untyped = new_object(T_UNTYPED, 12);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1));
    EXPECT_REPLY(copy(slot + 1, untyped), REV);
    EXPECT_REPLY(mint(slot + 1, untyped), REV);
    EXPECT_OK(delete (slot));
    EXPECT_REPLY(copy(slot + 1, untyped), OK);
}

// --- copies of each type

static void a_copied_untyped_can_be_used_and_the_source_not(void) {
    word slot = new_slots(2), untyped = new_object(T_UNTYPED, 12);
    EXPECT_OK(copy(slot, untyped));
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 0, 0, slot + 1, 1), NEM, 0);
    EXPECT_REPLY(untyped_retype(slot, S_CNODE, T_ENDPOINT, 0, 0, 0, slot + 1, 1), OK);
    EXPECT_REPLY(copy(new_slot(), untyped), REV); // its copy is a child
    EXPECT_OK(delete (slot + 1));
    EXPECT_OK(delete (slot));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1));
}

static void a_copied_tcb_is_the_same_thread(void) {
    word tcb = new_object(T_TCB, 0), slot = without_rights(tcb);
    EXPECT_EQUAL(raw_identify(slot), C_TCB);
    EXPECT_OK(tcb_set_tls_base(slot, 0x1234));
    EXPECT_OK(tcb_read_registers(tcb, 0, 36));
    EXPECT_EQUAL(reply.mr[34], 0x1234);
}

static void a_copied_cnode_keeps_guard_and_contents(void) {
    word cnode = new_object(T_CNODE, 3), guarded = new_slot();
    EXPECT_OK(cnode_mint(S_CNODE, guarded, ROOT_DEPTH, S_CNODE, cnode, ROOT_DEPTH, R_ALL, 9 << 6 | 4));
    word slot = without_rights(guarded);
    EXPECT_OK(cnode_copy(slot, 9 << 3 | 6, 7, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_EQUAL(cnode_copy(cnode, 6, 3, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL), DEL);
}

static void a_copied_scheduling_context_is_the_same(void) {
    word sc = new_sc(1000, 1000), slot = without_rights(sc), tcb = new_object(T_TCB, 0);
    EXPECT_OK(sc_bind(slot, tcb));
    EXPECT_REPLY(sc_bind(sc, tcb), ILL);
    EXPECT_OK(sc_unbind(sc));
}

static void a_copied_sched_control_configures(void) {
    word slot = without_rights(sched_control), sc = new_object(T_SC, 7);
    EXPECT_EQUAL(raw_identify(slot), C_SCHED_CONTROL);
    EXPECT_OK(raw_invoke(slot, 33, CAPS(sc), WORDS(100, 100, 0, 0, 0)));
}

static void a_copied_domain_sets(void) {
    word slot = without_rights(S_DOMAIN);
    EXPECT_OK(raw_invoke(slot, 30, CAPS(new_object(T_TCB, 0)), WORDS(0)));
}

static void a_copied_vcpu_is_the_same(void) {
    word vcpu = new_object(T_VCPU, 0), slot = without_rights(vcpu);
    EXPECT_OK(vcpu_write(slot, 15, 0x77)); // TPIDR_EL1
    EXPECT_REPLY(vcpu_read(vcpu, 15), OK, 0x77);
}

static void a_copied_asid_control_makes_pools(void) {
    word slot = without_rights(S_ASID_CONTROL), pool = new_slot(), memory = new_object(T_UNTYPED, 12);
    EXPECT_OK(raw_invoke(slot, 53, CAPS(memory, S_CNODE), WORDS(pool, ROOT_DEPTH)));
    EXPECT_EQUAL(raw_identify(pool), C_ASID_POOL);
    EXPECT_OK(delete (pool));
}

static void a_copied_asid_pool_assigns(void) {
    word slot = without_rights(S_ASID_POOL), vspace = new_object(T_VSPACE, 0);
    EXPECT_OK(asid_assign(slot, vspace));
    EXPECT_REPLY(asid_assign(S_ASID_POOL, vspace), IC, 1); // it has one
}

static void a_copied_vspace_is_the_same(void) {
    word vspace = new_object(T_VSPACE, 0), table = new_object(T_PAGE_TABLE, 0),
         other = new_object(T_PAGE_TABLE, 0), third = new_object(T_PAGE_TABLE, 0);
    EXPECT_OK(asid_assign(S_ASID_POOL, vspace));
    word slot = without_rights(vspace);
    EXPECT_OK(table_map(table, slot, 0, 3));
    EXPECT_OK(table_map(other, vspace, 0, 3)); // the next level
    EXPECT_REPLY(table_map(third, slot, 0, 3), DEL);
}

static void a_copied_irq_handler_is_the_same(void) {
    word handler = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(irq_get(101, S_CNODE, handler, ROOT_DEPTH));
    word slot = without_rights(handler);
    EXPECT_OK(irq_set_notification(slot, ntfn));
    EXPECT_OK(irq_ack(slot));
    EXPECT_OK(irq_clear(slot));
    EXPECT_OK(delete (handler));
    EXPECT_REPLY(irq_get(101, S_CNODE, handler, ROOT_DEPTH), REV); // the copy holds the number
    EXPECT_OK(delete (slot));
    EXPECT_OK(irq_get(101, S_CNODE, handler, ROOT_DEPTH));
    EXPECT_OK(delete (handler));
}

static void a_copied_sgi_fires(void) {
    word sgi = new_slot(), handler = new_slot(), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_OK(irq_issue_sgi(6, 0, S_CNODE, sgi, ROOT_DEPTH));
    EXPECT_OK(irq_get(6, S_CNODE, handler, ROOT_DEPTH));
    EXPECT_OK(irq_set_notification(handler, new_mint(ntfn, R_W, 0x66)));
    word slot = without_rights(sgi);
    EXPECT_OK(raw_invoke(slot, 0, CAPS(), WORDS()));
    EXPECT_EQUAL(raw_wait(ntfn), 0x66);
    EXPECT_OK(delete (handler));
}

// --- frames

static void a_copied_frame_is_unmapped(void) {
    word frame = new_object(T_SMALL_PAGE, 0), slot = new_slot();
    EXPECT_OK(page_map(frame, S_VSPACE, PAGE_AT, R_R | R_W, 3));
    EXPECT_OK(copy(slot, frame));
    EXPECT_REPLY(page_clean(slot, 0, 64), ILL); // as an unmapped one
    EXPECT_OK(page_map(slot, S_VSPACE, OTHER_AT, R_R | R_W, 3));
    *(volatile word *)PAGE_AT = 0xabc;
    EXPECT_EQUAL(*(volatile word *)OTHER_AT, 0xabc);
    EXPECT_OK(delete (slot));
    EXPECT_EQUAL(*(volatile word *)PAGE_AT, 0xabc); // the first mapping stands
    EXPECT_OK(delete (frame));
}

static volatile word touched;
static void read_run(word address) {
    touched = 1 + *(volatile word *)address;
    thread_end();
}
static void write_run(word address) {
    *(volatile word *)address = 9;
    touched = 1;
    thread_end();
}

// Whether a thread can do that without a fault.
static bool can(void (*run)(word)) {
    struct thread *thread = new_thread(run, PAGE_AT, 0);
    touched = 0;
    thread_start(thread);
    let_others_run();
    tcb_suspend(thread->tcb);
    return touched != 0;
}

static void rights_of_a_frame_cap_its_mappings(void) {
    word frame = new_object(T_SMALL_PAGE, 0);
    for (word rights = 0; rights < 4; rights++) {
        word slot = new_mint(frame, rights, 0);
        EXPECT_OK(page_map(slot, S_VSPACE, PAGE_AT, R_R | R_W, 3));
        EXPECT_EQUAL(can(read_run), !!(rights & R_R));
        EXPECT_EQUAL(can(write_run), rights == (R_R | R_W));
        word again = new_copy(slot); // rights that are gone do not come back
        EXPECT_OK(page_map(again, S_VSPACE, PAGE_AT, R_R | R_W, 3));
        EXPECT_EQUAL(can(write_run), rights == (R_R | R_W));
        EXPECT_OK(delete (again));
        EXPECT_OK(delete (slot));
    }
}

// --- rights of endpoints, notifications and replies

static void rights_of_an_endpoint(void) {
    word ep = new_object(T_ENDPOINT, 0), tcb = new_object(T_TCB, 0);
    for (word rights = 0; rights < 16; rights++) {
        word slot = new_mint(ep, rights, 0), badged = new_mint(slot, R_ALL, 3);
        EXPECT_EQUAL(cnode_cancel(S_CNODE, badged, ROOT_DEPTH), rights == R_ALL ? OK : ILL);
        bool can_fault = rights & R_W && rights & (R_G | R_GR);
        EXPECT_EQUAL(tcb_set_timeout_endpoint(tcb, slot), can_fault ? OK : IC);
        EXPECT_OK(delete (badged));
        EXPECT_OK(delete (slot));
    }
}

static void recv_run(word cap) {
    struct message m = {0};
    raw_message(NR_NB_WAIT, cap, &m, 0, 0);
    touched = 1;
    thread_end();
}

static void an_endpoint_without_read_is_a_fault_to_receive_from(void) {
    word ep = new_object(T_ENDPOINT, 0), fault_ep = new_object(T_ENDPOINT, 0);
    for (word rights = 0; rights < 16; rights++) {
        struct thread *thread = new_thread(recv_run, new_mint(ep, rights, 0), fault_ep);
        touched = 0;
        thread_start(thread);
        let_others_run();
        EXPECT_EQUAL(touched, !!(rights & R_R));
        if (!(rights & R_R)) {
            struct message m = {0};
            raw_message(NR_NB_RECV, fault_ep, &m, new_object(T_REPLY, 0), 0);
            EXPECT_EQUAL(info_label(m.info), 1);
        }
    }
}

static void rights_of_a_notification(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), tcb = new_object(T_TCB, 0), handler = new_slot();
    EXPECT_OK(irq_get(102, S_CNODE, handler, ROOT_DEPTH));
    for (word rights = 0; rights < 16; rights++) {
        word slot = new_mint(ntfn, rights, 0);
        EXPECT_EQUAL(tcb_bind_notification(tcb, slot), rights & R_R ? OK : ILL);
        EXPECT_EQUAL(tcb_unbind_notification(tcb), rights & R_R ? OK : ILL);
        EXPECT_EQUAL(irq_set_notification(handler, slot), rights & R_W ? OK : IC);
        EXPECT_EQUAL(raw_invoke(slot, 0, CAPS(), WORDS()), rights & R_W ? OK : IC);
        raw_poll(ntfn);
        EXPECT_OK(delete (slot));
    }
    EXPECT_OK(delete (handler));
}

static volatile word client_endpoint, client_slot, client_info;
static void client_run(word argument) {
    (void)argument;
    struct ipc_buffer *buffer = raw_buffer();
    buffer->receive_cnode = S_CNODE;
    buffer->receive_index = client_slot;
    buffer->receive_depth = ROOT_DEPTH;
    struct message m = {.info = info_make(0, 0, 0)};
    raw_message(NR_CALL, client_endpoint, &m, 0, 0);
    client_info = m.info;
    thread_end();
}

static void a_reply_without_grant_passes_no_capability(void) {
    client_endpoint = new_object(T_ENDPOINT, 0);
    word rep = new_object(T_REPLY, 0);
    static const uint8_t cases[] = {0, R_G, R_ALL & ~R_G, R_ALL};
    for (unsigned i = 0; i < sizeof(cases); i++) {
        word rights = cases[i], slot = new_mint(rep, rights, 0);
        client_slot = new_slot();
        thread_start(new_thread(client_run, 0, 0));
        struct message m = {0};
        raw_message(NR_RECV, client_endpoint, &m, slot, 0);
        raw_buffer()->caps[0] = S_TCB;
        raw_send(NR_SEND, slot, &(struct message){.info = info_make(0, 1, 0)});
        wait_thread_end(); // any copy replies
        EXPECT_EQUAL(info_caps(client_info), !!(rights & R_G));
        EXPECT_EQUAL(raw_identify(client_slot), rights & R_G ? C_TCB : C_NULL);
    }
}

static const struct test tests[] = {
    TEST(irq_control_cannot_be_copied),
    TEST(a_vspace_without_asid_cannot_be_copied),
    TEST(an_unmapped_page_table_cannot_be_copied),
    TEST(an_untyped_with_children_cannot_be_copied),
    TEST(a_copied_untyped_can_be_used_and_the_source_not),
    TEST(a_copied_tcb_is_the_same_thread),
    TEST(a_copied_cnode_keeps_guard_and_contents),
    TEST(a_copied_scheduling_context_is_the_same),
    TEST(a_copied_sched_control_configures),
    TEST(a_copied_domain_sets),
    TEST(a_copied_vcpu_is_the_same),
    TEST(a_copied_asid_control_makes_pools),
    TEST(a_copied_asid_pool_assigns),
    TEST(a_copied_vspace_is_the_same),
    TEST(a_copied_irq_handler_is_the_same),
    TEST(a_copied_sgi_fires),
    TEST(a_copied_frame_is_unmapped),
    TEST(rights_of_a_frame_cap_its_mappings),
    TEST(rights_of_an_endpoint),
    TEST(an_endpoint_without_read_is_a_fault_to_receive_from),
    TEST(rights_of_a_notification),
    TEST(a_reply_without_grant_passes_no_capability),
};

int main(void) {
    if (table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, PAGE_AT, 3))
        print("FAIL main: no table\n");
    RUN(tests);
}
