// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// CNode invocations: copies, moves, rotation, deletion, revocation, and how addresses are resolved.
#include "harness.h"

static word copy(word to, word from, word rights) {
    return cnode_copy(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, rights);
}
static word mint(word to, word from, word badge) {
    return cnode_mint(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, R_ALL, badge);
}
static word move(word to, word from) {
    return cnode_move(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH);
}
static word delete (word slot) {
    return cnode_delete(S_CNODE, slot, ROOT_DEPTH);
}
static word revoke(word slot) {
    return cnode_revoke(S_CNODE, slot, ROOT_DEPTH);
}
static word rotate(word to, word pivot, word from) {
    return cnode_rotate(S_CNODE, to, ROOT_DEPTH, 0, S_CNODE, pivot, ROOT_DEPTH, 0, S_CNODE, from, ROOT_DEPTH);
}

static void copies_and_deletes(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slot();
    EXPECT_OK(copy(slot, ep, R_ALL));
    EXPECT_EQUAL(raw_identify(slot), C_ENDPOINT);
    EXPECT_OK(delete (slot));
    EXPECT(is_empty(slot));
    EXPECT_OK(delete (slot)); // an empty slot is no error
    EXPECT_OK(revoke(slot));
}

static void an_occupied_target_is_an_error_before_the_source_is_read(void) {
    word ep = new_object(T_ENDPOINT, 0), empty = new_slot();
    EXPECT_EQUAL(copy(ep, empty, R_ALL), DEL);
    EXPECT_EQUAL(mint(ep, empty, 0), DEL);
    EXPECT_EQUAL(move(ep, empty), DEL);
}

static void an_empty_source_is_an_error(void) {
    word slot = new_slots(2);
    EXPECT_ERROR2(copy(slot, slot + 1, R_ALL), FL, 1, 2);
    EXPECT_ERROR2(mint(slot, slot + 1, 1), FL, 1, 2);
    EXPECT_ERROR2(move(slot, slot + 1), FL, 1, 2);
}

static void a_badge_is_set_once(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slots(3);
    EXPECT_OK(mint(slot, ep, 7));
    EXPECT_EQUAL(mint(slot + 1, slot, 8), ILL);
    EXPECT_EQUAL(mint(slot + 1, slot, 0), ILL);
    EXPECT_OK(copy(slot + 1, slot, R_ALL));
    EXPECT_EQUAL(cnode_mutate(S_CNODE, slot + 2, ROOT_DEPTH, S_CNODE, ep, ROOT_DEPTH, 3), ILL);
    EXPECT_OK(move(slot + 2, slot));
    EXPECT(is_empty(slot));
}

static void some_capabilities_cannot_be_copied(void) {
    word slot = new_slot(), table = new_object(T_PAGE_TABLE, 0), vspace = new_object(T_VSPACE, 0);
    EXPECT_EQUAL(copy(slot, S_IRQ_CONTROL, R_ALL), ILL);
    EXPECT_EQUAL(copy(slot, table, R_ALL), ILL);
    EXPECT_EQUAL(copy(slot, vspace, R_ALL), ILL);
    EXPECT_OK(move(slot, table)); // but moved
    EXPECT(is_empty(table));
}

static void other_capabilities_copy_freely(void) {
    static const uint8_t slots[] = {S_TCB, S_VSPACE, S_ASID_CONTROL, S_ASID_POOL, S_DOMAIN, S_SC};
    for (unsigned i = 0; i < sizeof(slots); i++) {
        word slot = new_slot();
        EXPECT_OK(copy(slot, slots[i], R_ALL));
        EXPECT_EQUAL(raw_identify(slot), raw_identify(slots[i]));
        EXPECT_OK(delete (slot));
    }
}

static void revoke_deletes_copies_of_an_original(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slots(3);
    EXPECT_OK(copy(slot, ep, R_ALL));
    EXPECT_OK(copy(slot + 1, slot, R_ALL));
    EXPECT_OK(mint(slot + 2, ep, 5));
    EXPECT_OK(revoke(slot)); // a plain copy: nothing
    EXPECT(!is_empty(slot + 1) && !is_empty(ep));
    EXPECT_OK(revoke(ep));
    EXPECT(is_empty(slot) && is_empty(slot + 1) && is_empty(slot + 2) && !is_empty(ep));
}

static void revoke_of_a_badge_keeps_other_badges(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slots(3);
    EXPECT_OK(mint(slot, ep, 5));
    EXPECT_OK(copy(slot + 1, slot, R_ALL));
    EXPECT_OK(mint(slot + 2, ep, 6));
    EXPECT_OK(revoke(slot));
    EXPECT(is_empty(slot + 1) && !is_empty(slot) && !is_empty(slot + 2) && !is_empty(ep));
}

static void revoking_an_untyped_empties_it(void) {
    word ut = new_object(T_UNTYPED, 14), slot = new_slots(3);
    EXPECT_OK(untyped_retype(ut, S_CNODE, T_CNODE, 4, 0, 0, slot, 1));
    EXPECT_OK(untyped_retype(ut, S_CNODE, T_UNTYPED, 10, 0, 0, slot + 1, 1));
    EXPECT_OK(untyped_retype(slot + 1, slot, T_ENDPOINT, 0, 0, 0, 2, 4)); // inside the CNode
    EXPECT_OK(cnode_copy(S_CNODE, slot + 2, ROOT_DEPTH, slot, 2, 4, R_ALL));
    EXPECT_OK(revoke(ut));
    EXPECT(is_empty(slot) && is_empty(slot + 1) && is_empty(slot + 2) && !is_empty(ut));
}

static void deleting_a_cnode_deletes_what_it_holds(void) {
    word cnode = new_object(T_CNODE, 4), ut = new_object(T_UNTYPED, 12), slot = new_slots(2);
    EXPECT_OK(untyped_retype(ut, cnode, T_ENDPOINT, 0, 0, 0, 0, 16));
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, cnode, 9, 4, R_ALL));
    EXPECT_EQUAL(copy(slot + 1, ut, R_ALL), REV); // it has children
    EXPECT_OK(delete (slot));
    EXPECT_OK(delete (cnode));
    EXPECT_OK(copy(slot + 1, ut, R_ALL)); // all are gone
}

static void a_cnode_that_holds_itself_can_be_deleted(void) {
    word cnode = new_object(T_CNODE, 2), other = new_object(T_CNODE, 2), slot = new_slot();
    EXPECT_OK(cnode_copy(cnode, 1, 2, S_CNODE, other, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(other, 1, 2, S_CNODE, cnode, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_move(cnode, 2, 2, S_CNODE, other, ROOT_DEPTH));
    EXPECT(is_empty(other));
    EXPECT_OK(delete (cnode)); // the last capability outside the circle
    EXPECT(is_empty(cnode));
    EXPECT_OK(copy(slot, S_TCB, R_ALL)); // the kernel goes on
}

static void rotates_endpoints_never_but_swaps_tcbs(void) {
    word a = new_object(T_TCB, 0), b = new_object(T_REPLY, 0), c = new_slot();
    EXPECT_OK(rotate(c, b, a)); // b to c, a to b
    EXPECT_EQUAL(raw_identify(a), C_NULL);
    EXPECT_EQUAL(raw_identify(b), C_TCB);
    EXPECT_EQUAL(raw_identify(c), C_REPLY);
    EXPECT_OK(rotate(b, c, b)); // swap
    EXPECT_EQUAL(raw_identify(b), C_REPLY);
    EXPECT_EQUAL(raw_identify(c), C_TCB);
    EXPECT_EQUAL(rotate(a, b, b), ILL);
    EXPECT_EQUAL(rotate(b, b, c), ILL);
    EXPECT_ERROR1(rotate(a, b, a), FL, 1);
    EXPECT_ERROR1(rotate(b, a, b), FL, 0);
    EXPECT_EQUAL(rotate(b, a, c), DEL);
    word ep = new_object(T_ENDPOINT, 0);
    EXPECT_EQUAL(rotate(a, b, ep), ILL);
    EXPECT_EQUAL(rotate(a, ep, b), ILL);
}

static void a_guard_is_checked(void) {
    word cnode = new_object(T_CNODE, 4), guarded = new_slot(), slot = new_slot();
    word ep = new_object(T_ENDPOINT, 0);
    // guard 0xa5 of 8 bits
    EXPECT_OK(cnode_mint(S_CNODE, guarded, ROOT_DEPTH, S_CNODE, cnode, ROOT_DEPTH, R_ALL, 0xa5 << 6 | 8));
    EXPECT_OK(cnode_copy(guarded, 0xa53, 12, S_CNODE, ep, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, cnode, 3, 4, R_ALL)); // the same slot without the guard
    EXPECT_EQUAL(cnode_copy(guarded, 0xa63, 12, S_CNODE, ep, ROOT_DEPTH, R_ALL), FL);
    EXPECT_EQUAL(reply.mr[0], 0); // the destination
    EXPECT_EQUAL(reply.mr[1], 4); // guard mismatch
    EXPECT_EQUAL(reply.mr[2], 12);
    EXPECT_EQUAL(reply.mr[3], 0xa5);
    EXPECT_EQUAL(reply.mr[4], 8);
    EXPECT_EQUAL(cnode_delete(guarded, 0xa53, 13), FL); // a bit too many
    EXPECT_EQUAL(cnode_delete(guarded, 0xa5, 11), FL);  // a bit too few
    EXPECT_ERROR2(cnode_delete(guarded, 0, 0), RNG, 1, 64);
    EXPECT_ERROR2(cnode_delete(guarded, 0, 65), RNG, 1, 64);
    EXPECT_EQUAL(cnode_mint(S_CNODE, new_slot(), ROOT_DEPTH, S_CNODE, cnode, ROOT_DEPTH, R_ALL, 61), ILL);
}

static void addresses_resolve_through_several_cnodes(void) {
    // Root slot (13 bits) -> a CNode of 4 + guard 47 bits: 64 bits in all.
    word inner = new_object(T_CNODE, 4), outer = new_object(T_CNODE, 4), ep = new_object(T_ENDPOINT, 0);
    EXPECT_OK(cnode_mint(outer, 5, 4, S_CNODE, inner, ROOT_DEPTH, R_ALL, 0x3 << 6 | 2));
    EXPECT_OK(cnode_copy(outer, 0x5 << 6 | 0x3 << 4 | 9, 10, S_CNODE, ep, ROOT_DEPTH, R_ALL));
    word slot = new_slot();
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, inner, 9, 4, R_ALL));
    EXPECT_EQUAL(raw_identify(slot), C_ENDPOINT);
    EXPECT_EQUAL(cnode_copy(outer, 0x5 << 6 | 0x2 << 4 | 8, 10, S_CNODE, ep, ROOT_DEPTH, R_ALL), FL);
    EXPECT_EQUAL(cnode_copy(outer, 0x6 << 6, 10, S_CNODE, ep, ROOT_DEPTH, R_ALL), FL); // ends early, empty
}

static void rights_are_masked(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), reader = new_mint(ntfn, R_R, 0),
         writer = new_mint(ntfn, R_W, 3);
    EXPECT_OK(copy(new_slot(), reader, R_ALL));
    struct message m = {.info = info_make(0, 0, 0)};
    raw_message(NR_CALL, reader, &m, 0, 0); // no write right: an error reply
    EXPECT_EQUAL(info_label(m.info), IC);
    EXPECT_EQUAL(m.mr[0], 0);
    raw_signal(writer);
    EXPECT_EQUAL(raw_poll(reader), 3);
}

static void messages_are_checked(void) {
    word slot = new_slot();
    EXPECT_EQUAL(raw_invoke(S_CNODE, 21, CAPS(S_CNODE), WORDS(slot, 64, S_TCB, 64)), TR);
    EXPECT_EQUAL(raw_invoke(S_CNODE, 21, CAPS(), WORDS(slot, 64, S_TCB, 64, R_ALL)), TR);
    EXPECT_EQUAL(raw_invoke(S_CNODE, 19, CAPS(), WORDS(slot)), TR);
    EXPECT_EQUAL(raw_invoke(S_CNODE, 12, CAPS(), WORDS(slot, 64)), ILL); // a TCB's label
    EXPECT_EQUAL(cnode_copy(S_CNODE, slot, ROOT_DEPTH, S_TCB, 1, ROOT_DEPTH, R_ALL), FL);
    EXPECT_ERROR1(raw_invoke(slot, 19, CAPS(), WORDS(1, 64)), IC, 0); // an empty slot is invoked
}

static const struct test tests[] = {
    TEST(copies_and_deletes),
    TEST(an_occupied_target_is_an_error_before_the_source_is_read),
    TEST(an_empty_source_is_an_error),
    TEST(a_badge_is_set_once),
    TEST(some_capabilities_cannot_be_copied),
    TEST(other_capabilities_copy_freely),
    TEST(revoke_deletes_copies_of_an_original),
    TEST(revoke_of_a_badge_keeps_other_badges),
    TEST(revoking_an_untyped_empties_it),
    TEST(deleting_a_cnode_deletes_what_it_holds),
    TEST(a_cnode_that_holds_itself_can_be_deleted),
    TEST(rotates_endpoints_never_but_swaps_tcbs),
    TEST(a_guard_is_checked),
    TEST(addresses_resolve_through_several_cnodes),
    TEST(rights_are_masked),
    TEST(messages_are_checked),
};

int main(void) {
    RUN(tests);
}
