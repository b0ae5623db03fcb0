// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The eight CNode invocations: what each does and each of its errors. How addresses are resolved is in
// cnode_lookup.c, what a copy of each type is in cnode_derive.c, revocation in cnode_revoke.c.
#include "harness.h"

static word copy(word to, word from, word rights) {
    return cnode_copy(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, rights);
}
static word mint(word to, word from, word rights, word badge) {
    return cnode_mint(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, rights, badge);
}
static word move(word to, word from) {
    return cnode_move(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH);
}
static word mutate(word to, word from, word data) {
    return cnode_mutate(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, data);
}
static word delete (word slot) {
    return cnode_delete(S_CNODE, slot, ROOT_DEPTH);
}
static word revoke(word slot) {
    return cnode_revoke(S_CNODE, slot, ROOT_DEPTH);
}
static word cancel(word slot) {
    return cnode_cancel(S_CNODE, slot, ROOT_DEPTH);
}
static word rotate_data(word to, word data, word pivot, word pivot_data, word from) {
    return cnode_rotate(S_CNODE, to, ROOT_DEPTH, data, S_CNODE, pivot, ROOT_DEPTH, pivot_data, S_CNODE, from,
                        ROOT_DEPTH);
}
static word rotate(word to, word pivot, word from) {
    return rotate_data(to, 0, pivot, 0, from);
}

// A guard of `bits` bits with this value, as a CNode's data word.
static word guard(word value, word bits) {
    return value << 6 | bits;
}

// --- Copy

static void cnode_copy_makes_a_second_capability(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slot();
    EXPECT_REPLY(copy(slot, ep, R_ALL), OK);
    EXPECT_EQUAL(raw_identify(slot), C_ENDPOINT);
    EXPECT_EQUAL(raw_identify(ep), C_ENDPOINT);
}

static void cnode_copy_masks_rights(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), reader = new_mint(ntfn, R_R, 0);
    EXPECT_OK(copy(new_slot(), reader, R_ALL));
    struct message m = {.info = info_make(0, 0, 0)};
    raw_message(NR_CALL, reader, &m, 0, 0); // no write right
    EXPECT_EQUAL(info_label(m.info), IC);
    EXPECT_EQUAL(m.mr[0], 0);
    word again = new_mint(reader, R_ALL, 0); // a right that is gone does not come back
    raw_message(NR_CALL, again, &m, 0, 0);
    EXPECT_EQUAL(info_label(m.info), IC);
    raw_signal(new_mint(ntfn, R_W, 3));
    EXPECT_EQUAL(raw_poll(reader), 3);
}

static void cnode_copy_ignores_unknown_rights_bits(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slot();
    EXPECT_OK(copy(slot, ep, ~0ull));
    EXPECT_OK(cancel(slot)); // all four, and no other
}

static void cnode_copy_to_an_occupied_slot(void) {
    word ep = new_object(T_ENDPOINT, 0);
    EXPECT_REPLY(copy(S_TCB, ep, R_ALL), DEL);
    EXPECT_REPLY(copy(ep, ep, R_ALL), DEL);
}

static void cnode_copy_of_an_empty_slot(void) {
    word slot = new_slots(2);
    EXPECT_REPLY(copy(slot, slot + 1, R_ALL), FL, 1, 2, 64);
}

static void cnode_copy_tests_the_destination_before_the_source(void) {
    word empty = new_slot();
    EXPECT_REPLY(copy(S_TCB, empty, R_ALL), DEL);
    EXPECT_REPLY(cnode_copy(S_CNODE, S_TCB, ROOT_DEPTH, S_TCB, empty, 0, R_ALL), DEL);
    EXPECT_REPLY(cnode_copy(S_CNODE, S_TCB, 65, S_TCB, empty, 0, R_ALL), RNG, 1, 64);
}

// --- Mint

static void cnode_mint_sets_a_badge(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), slot = new_slot();
    EXPECT_REPLY(mint(slot, ntfn, R_W, 0x123456789abcdef0), OK);
    raw_signal(slot);
    EXPECT_EQUAL(raw_poll(ntfn), 0x123456789abcdef0);
}

static void cnode_mint_masks_rights(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), slot = new_slot();
    EXPECT_OK(mint(slot, ntfn, R_R, 4));
    EXPECT_ERROR1(raw_invoke(slot, 0, CAPS(), WORDS()), IC, 0);
}

static void cnode_mint_of_a_badged_capability(void) {
    word ep = new_object(T_ENDPOINT, 0), ntfn = new_object(T_NOTIFICATION, 0), slot = new_slots(2);
    word badged_ep = new_mint(ep, R_ALL, 7), badged_ntfn = new_mint(ntfn, R_ALL, 7);
    EXPECT_REPLY(mint(slot, badged_ep, R_ALL, 8), ILL);
    EXPECT_REPLY(mint(slot, badged_ep, R_ALL, 7), ILL);
    EXPECT_REPLY(mint(slot, badged_ep, R_ALL, 0), ILL);
    EXPECT_REPLY(mint(slot, badged_ntfn, R_ALL, 8), ILL);
    EXPECT_REPLY(mint(slot, badged_ntfn, R_ALL, 0), ILL);
    EXPECT(is_empty(slot));
    EXPECT_OK(copy(slot, badged_ep, R_ALL)); // but copied
    EXPECT_OK(mint(slot + 1, ep, R_ALL, 0)); // and badge 0 of an unbadged one
}

static void cnode_mint_sets_a_guard(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slot();
    EXPECT_OK(mint(slot, cnode, R_ALL, guard(0x5, 3)));
    EXPECT_OK(cnode_copy(slot, 0x5 << 4 | 2, 7, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_delete(cnode, 2, 4)); // the same slot
    EXPECT_OK(cnode_copy(slot, 0x5 << 4 | 2, 7, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
}

static void cnode_mint_replaces_a_guard(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slots(2);
    EXPECT_OK(mint(slot, cnode, R_ALL, guard(0x5, 3)));
    EXPECT_OK(mint(slot + 1, slot, R_ALL, guard(0x2, 2)));
    EXPECT_OK(cnode_delete(slot + 1, 0x2 << 4, 6));
    EXPECT_EQUAL(cnode_delete(slot + 1, 0x5 << 4, 7), FL);
}

static void cnode_mint_of_a_cnode_with_a_guard_too_long(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slots(2);
    EXPECT_REPLY(mint(slot, cnode, R_ALL, guard(0, 61)), ILL);
    EXPECT_REPLY(mint(slot, S_CNODE, R_ALL, guard(0, 52)), ILL);
    EXPECT(is_empty(slot));
    EXPECT_OK(mint(slot, cnode, R_ALL, guard(0, 60)));
    EXPECT_OK(mint(slot + 1, S_CNODE, R_ALL, guard(0, 51)));
}

static void cnode_mint_ignores_data_of_other_types(void) {
    static const uint8_t slots[] = {S_TCB, S_VSPACE, S_ASID_CONTROL, S_ASID_POOL, S_DOMAIN, S_SC, S_BOOTINFO};
    for (unsigned i = 0; i < sizeof(slots); i++) {
        word slot = new_slot();
        EXPECT_REPLY(mint(slot, slots[i], R_ALL, ~0ull), OK);
        EXPECT_EQUAL(raw_identify(slot), raw_identify(slots[i]));
        EXPECT_OK(delete (slot));
    }
}

static void cnode_mint_to_an_occupied_slot(void) {
    EXPECT_REPLY(mint(S_TCB, new_slot(), R_ALL, 0), DEL); // before the empty source
}

static void cnode_mint_of_an_empty_slot(void) {
    word slot = new_slots(2);
    EXPECT_REPLY(mint(slot, slot + 1, R_ALL, 1), FL, 1, 2, 64);
}

// --- Move

static void cnode_move_empties_the_source(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), badged = new_mint(ntfn, R_W, 6), slot = new_slots(2);
    EXPECT_REPLY(move(slot, badged), OK);
    EXPECT(is_empty(badged));
    raw_signal(slot); // badge and rights went along
    EXPECT_EQUAL(raw_poll(ntfn), 6);
    EXPECT_OK(move(slot + 1, slot));
    EXPECT_OK(move(slot, slot + 1));
}

static void cnode_move_takes_what_cannot_be_copied(void) {
    word table = new_object(T_PAGE_TABLE, 0), vspace = new_object(T_VSPACE, 0), slot = new_slots(3);
    EXPECT_OK(move(slot, table));
    EXPECT_OK(move(slot + 1, vspace));
    EXPECT_OK(move(slot + 2, S_IRQ_CONTROL));
    EXPECT(is_empty(table) && is_empty(vspace) && is_empty(S_IRQ_CONTROL));
    EXPECT_OK(move(S_IRQ_CONTROL, slot + 2));
}

static void cnode_move_to_an_occupied_slot(void) {
    word ep = new_object(T_ENDPOINT, 0);
    EXPECT_REPLY(move(S_TCB, ep), DEL);
    EXPECT_REPLY(move(ep, ep), DEL);
    EXPECT_REPLY(move(S_TCB, new_slot()), DEL); // before the empty source
}

static void cnode_move_of_an_empty_slot(void) {
    word slot = new_slots(2);
    EXPECT_REPLY(move(slot, slot + 1), FL, 1, 2, 64);
}

// --- Mutate

static void cnode_mutate_moves_a_cnode_and_sets_its_guard(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slot();
    EXPECT_REPLY(mutate(slot, cnode, guard(0x6, 3)), OK);
    EXPECT(is_empty(cnode));
    EXPECT_OK(cnode_copy(slot, 0x6 << 4 | 1, 7, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
}

static void cnode_mutate_moves_other_types_and_ignores_data(void) {
    word tcb = new_object(T_TCB, 0), slot = new_slot();
    EXPECT_REPLY(mutate(slot, tcb, ~0ull), OK);
    EXPECT(is_empty(tcb));
    EXPECT_EQUAL(raw_identify(slot), C_TCB);
}

static void cnode_mutate_of_an_endpoint_or_notification(void) {
    word ep = new_object(T_ENDPOINT, 0), ntfn = new_object(T_NOTIFICATION, 0), slot = new_slot();
    EXPECT_REPLY(mutate(slot, ep, 3), ILL);
    EXPECT_REPLY(mutate(slot, ep, 0), ILL);
    EXPECT_REPLY(mutate(slot, ntfn, 3), ILL);
    EXPECT_REPLY(mutate(slot, new_mint(ntfn, R_ALL, 3), 3), ILL);
    EXPECT(is_empty(slot) && !is_empty(ep) && !is_empty(ntfn));
}

static void cnode_mutate_of_a_cnode_with_a_guard_too_long(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slot();
    EXPECT_REPLY(mutate(slot, cnode, guard(0, 61)), ILL);
    EXPECT(is_empty(slot) && !is_empty(cnode));
}

static void cnode_mutate_to_an_occupied_slot(void) {
    EXPECT_REPLY(mutate(S_TCB, new_slot(), 0), DEL); // before the empty source
}

static void cnode_mutate_of_an_empty_slot(void) {
    word slot = new_slots(2);
    EXPECT_REPLY(mutate(slot, slot + 1, 0), FL, 1, 2, 64);
}

// --- Rotate

static void cnode_rotate_moves_two(void) {
    word a = new_object(T_TCB, 0), b = new_object(T_REPLY, 0), c = new_slot();
    EXPECT_REPLY(rotate(c, b, a), OK); // b to c, a to b
    EXPECT_EQUAL(raw_identify(a), C_NULL);
    EXPECT_EQUAL(raw_identify(b), C_TCB);
    EXPECT_EQUAL(raw_identify(c), C_REPLY);
}

static void cnode_rotate_swaps_when_destination_is_source(void) {
    word a = new_object(T_TCB, 0), b = new_object(T_REPLY, 0);
    EXPECT_REPLY(rotate(a, b, a), OK);
    EXPECT_EQUAL(raw_identify(a), C_REPLY);
    EXPECT_EQUAL(raw_identify(b), C_TCB);
}

static void cnode_rotate_keeps_families(void) {
    word a = new_object(T_TCB, 0), b = new_object(T_CNODE, 2), a_copy = new_copy(a), b_copy = new_copy(b);
    EXPECT_OK(rotate(a, b, a));
    EXPECT_OK(revoke(b)); // the TCB's original now
    EXPECT(is_empty(a_copy) && !is_empty(b_copy));
    EXPECT_OK(revoke(a));
    EXPECT(is_empty(b_copy));
}

static void cnode_rotate_sets_both_guards(void) {
    word a = new_object(T_CNODE, 4), b = new_object(T_CNODE, 4), c = new_slot();
    EXPECT_OK(rotate_data(c, guard(1, 2), b, guard(2, 2), a));
    EXPECT_OK(cnode_delete(c, 1 << 4, 6));
    EXPECT_OK(cnode_delete(b, 2 << 4, 6));
    EXPECT_EQUAL(cnode_delete(b, 1 << 4, 6), FL);
}

static void cnode_rotate_of_a_cnode_with_a_guard_too_long(void) {
    word a = new_object(T_CNODE, 4), b = new_object(T_CNODE, 4), c = new_slot();
    EXPECT_REPLY(rotate_data(c, guard(0, 61), b, 0, a), ILL);
    EXPECT_REPLY(rotate_data(c, 0, b, guard(0, 61), a), ILL);
    EXPECT(!is_empty(a) && !is_empty(b) && is_empty(c));
}

static void cnode_rotate_with_pivot_as_source(void) {
    word a = new_object(T_TCB, 0), c = new_slot();
    EXPECT_REPLY(rotate(c, a, a), ILL);
}

static void cnode_rotate_with_pivot_as_destination(void) {
    word a = new_object(T_TCB, 0), b = new_object(T_TCB, 0);
    EXPECT_REPLY(rotate(b, b, a), ILL);
}

static void cnode_rotate_of_an_endpoint_or_notification(void) {
    word a = new_object(T_TCB, 0), ep = new_object(T_ENDPOINT, 0), ntfn = new_object(T_NOTIFICATION, 0),
         slot = new_slot();
    EXPECT_REPLY(rotate(slot, a, ep), ILL);
    EXPECT_REPLY(rotate(slot, ep, a), ILL);
    EXPECT_REPLY(rotate(slot, a, ntfn), ILL);
    EXPECT_REPLY(rotate(slot, ntfn, a), ILL);
    EXPECT(is_empty(slot));
}

static void cnode_rotate_to_an_occupied_slot(void) {
    word a = new_object(T_TCB, 0), b = new_object(T_TCB, 0);
    EXPECT_REPLY(rotate(S_TCB, b, a), DEL);
}

static void cnode_rotate_of_an_empty_source(void) {
    word a = new_object(T_TCB, 0), slot = new_slots(2);
    EXPECT_REPLY(rotate(slot, a, slot + 1), FL, 1, 2, 64);
}

static void cnode_rotate_of_an_empty_pivot(void) {
    word a = new_object(T_TCB, 0), slot = new_slots(2);
    EXPECT_REPLY(rotate(slot, slot + 1, a), FL, 0, 2, 64);
}

// --- Delete

static void cnode_delete_empties_a_slot(void) {
    word ep = new_object(T_ENDPOINT, 0), other = new_copy(ep);
    EXPECT_REPLY(delete (ep), OK);
    EXPECT(is_empty(ep) && !is_empty(other));
    EXPECT_OK(delete (other));
}

static void cnode_delete_of_an_empty_slot(void) {
    EXPECT_REPLY(delete (new_slot()), OK);
}

// --- Revoke

static void cnode_revoke_keeps_the_named_capability(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_copy(ep);
    EXPECT_REPLY(revoke(ep), OK);
    EXPECT(!is_empty(ep) && is_empty(slot));
    EXPECT_OK(revoke(ep)); // nothing left
}

static void cnode_revoke_of_an_empty_slot(void) {
    EXPECT_REPLY(revoke(new_slot()), OK);
}

// --- CancelBadgedSends

static volatile word sent;
static volatile word send_slot;

// Sends once, or says why it could not.
static void send_run(word argument) {
    (void)argument;
    raw_send(NR_SEND, send_slot, &(struct message){0});
    sent++;
    thread_end();
}

static struct thread *blocked_sender(word cap) {
    send_slot = cap;
    struct thread *thread = new_thread(send_run, 0, 0);
    thread_start(thread);
    let_others_run();
    return thread;
}

static void cnode_cancel_makes_senders_of_the_badge_retry(void) {
    word ep = new_object(T_ENDPOINT, 0), five = new_mint(ep, R_ALL, 5), six = new_mint(ep, R_ALL, 6);
    word five_copy = new_copy(five);
    sent = 0;
    blocked_sender(six);
    blocked_sender(five);
    EXPECT_OK(delete (five)); // a retried send to an empty slot is no error and goes on
    EXPECT_REPLY(cancel(five_copy), OK);
    let_others_run();
    EXPECT_EQUAL(sent, 1);
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, new_object(T_REPLY, 0), 0);
    EXPECT_EQUAL(m.badge, 6); // still there
    let_others_run();
    EXPECT_EQUAL(sent, 2);
}

static void cnode_cancel_lets_a_sender_with_a_capability_send_again(void) {
    word ep = new_object(T_ENDPOINT, 0), five = new_mint(ep, R_ALL, 5);
    sent = 0;
    blocked_sender(five);
    EXPECT_OK(cancel(five));
    let_others_run();
    EXPECT_EQUAL(sent, 0); // blocked again
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, new_object(T_REPLY, 0), 0);
    EXPECT_EQUAL(m.badge, 5);
}

static void cnode_cancel_stops_faulting_threads(void) {
    word ep = new_object(T_ENDPOINT, 0), five = new_mint(ep, R_ALL, 5);
    struct thread *thread = new_thread(0, 0, five); // its first instruction is at 0: a fault
    thread_start(thread);
    let_others_run();
    EXPECT_OK(cancel(five));
    let_others_run();
    struct message m = {.info = 7};
    raw_message(NR_NB_RECV, ep, &m, new_object(T_REPLY, 0), 0);
    EXPECT_EQUAL(m.info, 7); // nobody
    thread_start(thread);    // it faults again
    let_others_run();
    raw_message(NR_NB_RECV, ep, &m, new_object(T_REPLY, 0), 0);
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.badge, 5);
}

static void cnode_cancel_without_a_badge_does_nothing(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_copy(ep);
    sent = 0;
    blocked_sender(slot);
    EXPECT_OK(delete (slot));
    EXPECT_REPLY(cancel(ep), OK);
    let_others_run();
    EXPECT_EQUAL(sent, 0);
}

static void cnode_cancel_needs_an_endpoint(void) {
    EXPECT_REPLY(cancel(S_TCB), ILL);
    EXPECT_REPLY(cancel(new_object(T_NOTIFICATION, 0)), ILL);
    EXPECT_REPLY(cancel(new_slot()), ILL);
}

static void cnode_cancel_needs_all_rights(void) {
    word ep = new_object(T_ENDPOINT, 0);
    for (word missing = 1; missing <= 8; missing <<= 1)
        EXPECT_REPLY(cancel(new_mint(ep, R_ALL & ~missing, 5)), ILL);
    EXPECT_REPLY(cancel(new_mint(ep, R_ALL, 5)), OK);
}

static const struct test tests[] = {
    TEST(cnode_copy_makes_a_second_capability),
    TEST(cnode_copy_masks_rights),
    TEST(cnode_copy_ignores_unknown_rights_bits),
    TEST(cnode_copy_to_an_occupied_slot),
    TEST(cnode_copy_of_an_empty_slot),
    TEST(cnode_copy_tests_the_destination_before_the_source),
    TEST(cnode_mint_sets_a_badge),
    TEST(cnode_mint_masks_rights),
    TEST(cnode_mint_of_a_badged_capability),
    TEST(cnode_mint_sets_a_guard),
    TEST(cnode_mint_replaces_a_guard),
    TEST(cnode_mint_of_a_cnode_with_a_guard_too_long),
    TEST(cnode_mint_ignores_data_of_other_types),
    TEST(cnode_mint_to_an_occupied_slot),
    TEST(cnode_mint_of_an_empty_slot),
    TEST(cnode_move_empties_the_source),
    TEST(cnode_move_takes_what_cannot_be_copied),
    TEST(cnode_move_to_an_occupied_slot),
    TEST(cnode_move_of_an_empty_slot),
    TEST(cnode_mutate_moves_a_cnode_and_sets_its_guard),
    TEST(cnode_mutate_moves_other_types_and_ignores_data),
    TEST(cnode_mutate_of_an_endpoint_or_notification),
    TEST(cnode_mutate_of_a_cnode_with_a_guard_too_long),
    TEST(cnode_mutate_to_an_occupied_slot),
    TEST(cnode_mutate_of_an_empty_slot),
    TEST(cnode_rotate_moves_two),
    TEST(cnode_rotate_swaps_when_destination_is_source),
    TEST(cnode_rotate_keeps_families),
    TEST(cnode_rotate_sets_both_guards),
    TEST(cnode_rotate_of_a_cnode_with_a_guard_too_long),
    TEST(cnode_rotate_with_pivot_as_source),
    TEST(cnode_rotate_with_pivot_as_destination),
    TEST(cnode_rotate_of_an_endpoint_or_notification),
    TEST(cnode_rotate_to_an_occupied_slot),
    TEST(cnode_rotate_of_an_empty_source),
    TEST(cnode_rotate_of_an_empty_pivot),
    TEST(cnode_delete_empties_a_slot),
    TEST(cnode_delete_of_an_empty_slot),
    TEST(cnode_revoke_keeps_the_named_capability),
    TEST(cnode_revoke_of_an_empty_slot),
    TEST(cnode_cancel_makes_senders_of_the_badge_retry),
    TEST(cnode_cancel_lets_a_sender_with_a_capability_send_again),
    TEST(cnode_cancel_stops_faulting_threads),
    TEST(cnode_cancel_without_a_badge_does_nothing),
    TEST(cnode_cancel_needs_an_endpoint),
    TEST(cnode_cancel_needs_all_rights),
};

int main(void) {
    RUN(tests);
}
