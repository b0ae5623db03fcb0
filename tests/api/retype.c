// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Untyped_Retype: every object type, every documented error, and the watermark.
#include "harness.h"

#define DEVICE_PAGE 0x0a000000ull // virtio-mmio: memory that no test needs

static word untyped; // 64 KiB

static word retype(word type, word bits, word slot, word count) {
    return untyped_retype(untyped, S_CNODE, type, bits, 0, 0, slot, count);
}

static void makes_every_type(void) {
    static const struct {
        uint8_t type, bits, cap;
    } cases[] = {
        {T_UNTYPED, 4, C_UNTYPED},       {T_TCB, 0, C_TCB},
        {T_ENDPOINT, 0, C_ENDPOINT},     {T_NOTIFICATION, 0, C_NOTIFICATION},
        {T_CNODE, 1, C_CNODE},           {T_SC, 7, C_SC},
        {T_REPLY, 0, C_REPLY},           {T_VSPACE, 0, C_VSPACE},
        {T_SMALL_PAGE, 0, C_FRAME},      {T_LARGE_PAGE, 0, C_FRAME},
        {T_PAGE_TABLE, 0, C_PAGE_TABLE}, {T_VCPU, 0, C_VCPU},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        EXPECT_EQUAL(raw_identify(new_object(cases[i].type, cases[i].bits)), cases[i].cap);
}

static void makes_many_at_once(void) {
    word slot = new_slots(257);
    EXPECT_OK(retype(T_ENDPOINT, 0, slot, 256));
    for (unsigned i = 0; i < 256; i++)
        EXPECT_EQUAL(raw_identify(slot + i), C_ENDPOINT);
    EXPECT(is_empty(slot + 256));
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
    EXPECT(is_empty(slot) && is_empty(slot + 255));
}

static void refuses_bad_arguments_in_order(void) {
    word slot = new_slots(4);
    EXPECT_ERROR1(retype(13, 0, slot, 1), IA, 0);
    EXPECT_ERROR1(retype((word)-1, 64, slot, 0), IA, 0);
    EXPECT_ERROR2(retype(T_UNTYPED, 64, slot, 1), RNG, 0, 47);
    EXPECT_ERROR2(retype(T_UNTYPED, 48, slot, 1), RNG, 0, 47);
    EXPECT_ERROR1(retype(T_CNODE, 0, slot, 1), IA, 1);
    EXPECT_ERROR1(retype(T_UNTYPED, 3, slot, 1), IA, 1);
    EXPECT_ERROR1(retype(T_SC, 6, slot, 1), IA, 1);
    EXPECT_EQUAL(untyped_retype(untyped, S_TCB, T_ENDPOINT, 0, 0, 0, slot, 1), FL);
    EXPECT_EQUAL(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, S_TCB, 64, slot, 1), FL);
    EXPECT_ERROR2(retype(T_ENDPOINT, 0, 8192, 1), RNG, 0, 8191);
    EXPECT_ERROR2(retype(T_ENDPOINT, 0, slot, 0), RNG, 1, 256);
    EXPECT_ERROR2(retype(T_ENDPOINT, 0, slot, 257), RNG, 1, 256);
    EXPECT_ERROR2(retype(T_ENDPOINT, 0, 8190, 3), RNG, 1, 2);
    EXPECT_EQUAL(retype(T_ENDPOINT, 0, S_TCB, 1), DEL);
    EXPECT_EQUAL(untyped_retype(untyped, S_CNODE, 13, 0, 0, 0, S_TCB, 0), IA);
    EXPECT(is_empty(slot));
}

static void refuses_a_short_message(void) {
    EXPECT_EQUAL(raw_invoke(untyped, 1, CAPS(S_CNODE), WORDS(T_ENDPOINT, 0, 0, 0, 1)), TR);
    EXPECT_EQUAL(raw_invoke(untyped, 1, CAPS(), WORDS(T_ENDPOINT, 0, 0, 0, 1, 1)), TR);
    EXPECT_EQUAL(raw_invoke(untyped, 2, CAPS(S_CNODE), WORDS(T_ENDPOINT, 0, 0, 0, 1, 1)), ILL);
}

static void says_how_much_memory_is_left(void) {
    word slot = new_slots(20);
    EXPECT_ERROR1(retype(T_SMALL_PAGE, 0, slot, 17), NEM, 0x10000);
    EXPECT_OK(retype(T_ENDPOINT, 0, slot, 1));
    EXPECT_ERROR1(retype(T_SMALL_PAGE, 0, slot + 1, 16), NEM, 0x10000 - 16);
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot + 1, 15)); // aligned behind the endpoint
    EXPECT_ERROR1(retype(T_ENDPOINT, 0, slot + 16, 1), NEM, 0);
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot, 16)); // starts at the beginning again
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
}

static void starts_again_when_all_children_are_deleted(void) {
    word slot = new_slots(2);
    EXPECT_OK(retype(T_UNTYPED, 16, slot, 1));
    EXPECT_EQUAL(retype(T_UNTYPED, 16, slot + 1, 1), NEM);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(retype(T_UNTYPED, 16, slot + 1, 1));
    EXPECT_OK(cnode_delete(S_CNODE, slot + 1, ROOT_DEPTH));
}

static void gives_zeroed_memory_each_time(void) {
    word slot = new_slot(), table = new_object(T_PAGE_TABLE, 0);
    volatile word *page = (volatile word *)0x20000000;
    EXPECT_OK(table_map(table, S_VSPACE, (word)page, 3));
    for (unsigned turn = 0; turn < 2; turn++) {
        EXPECT_OK(retype(T_SMALL_PAGE, 0, slot, 1));
        EXPECT_OK(page_map(slot, S_VSPACE, (word)page, R_R | R_W, 3));
        for (unsigned i = 0; i < 512; i++) {
            EXPECT_EQUAL(page[i], 0);
            page[i] = 0x5a5a5a5a5a5a5a5a;
        }
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    }
}

static void puts_objects_into_a_deeper_cnode(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 3, 1));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, cnode, ROOT_DEPTH, 4, 12));
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, cnode, 3, 4, R_ALL));
    EXPECT_EQUAL(raw_identify(slot), C_ENDPOINT);
    EXPECT_ERROR2(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 16, 1), RNG, 0, 15);
    EXPECT_EQUAL(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 2, 2), DEL);
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
}

static void device_memory_makes_frames_only(void) {
    word start, bits, device = device_untyped(DEVICE_PAGE, &start, &bits), slot = new_slots(2);
    EXPECT(device != 0 && bits >= 12);
    EXPECT_ERROR1(untyped_retype(device, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1), IA, 1);
    EXPECT_ERROR1(untyped_retype(device, S_CNODE, T_VSPACE, 0, 0, 0, slot, 1), IA, 1);
    EXPECT_OK(untyped_retype(device, S_CNODE, T_UNTYPED, 12, 0, 0, slot, 1));
    EXPECT_OK(untyped_retype(slot, S_CNODE, T_SMALL_PAGE, 0, 0, 0, slot + 1, 1));
    EXPECT_OK(page_get_address(slot + 1));
    EXPECT_EQUAL(reply.mr[0], start);
    EXPECT_OK(cnode_revoke(S_CNODE, device, ROOT_DEPTH));
    EXPECT(is_empty(slot) && is_empty(slot + 1));
}

static void copying_makes_an_untyped_look_full(void) {
    word source = new_object(T_UNTYPED, 12), slot = new_slot();
    new_copy(source);
    EXPECT_EQUAL(untyped_retype(source, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1), NEM);
}

static void an_untyped_with_children_cannot_be_copied(void) {
    word source = new_object(T_UNTYPED, 12), slot = new_slots(2);
    EXPECT_OK(untyped_retype(source, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1));
    EXPECT_EQUAL(cnode_copy(S_CNODE, slot + 1, ROOT_DEPTH, S_CNODE, source, ROOT_DEPTH, R_ALL), REV);
}

static const struct test tests[] = {
    TEST(makes_every_type),
    TEST(makes_many_at_once),
    TEST(refuses_bad_arguments_in_order),
    TEST(refuses_a_short_message),
    TEST(says_how_much_memory_is_left),
    TEST(starts_again_when_all_children_are_deleted),
    TEST(gives_zeroed_memory_each_time),
    TEST(puts_objects_into_a_deeper_cnode),
    TEST(device_memory_makes_frames_only),
    TEST(copying_makes_an_untyped_look_full),
    TEST(an_untyped_with_children_cannot_be_copied),
};

int main(void) {
    untyped = new_object(T_UNTYPED, 16);
    RUN(tests);
}
