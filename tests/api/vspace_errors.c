// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Every error of the methods of VSpaces, page tables, pages and ASIDs, and which one comes first where two
// apply; pools that run out; and the methods' answers where nothing is wrong.
#include "harness.h"

#define FREE 0x30000000ull // nothing is mapped here; the image's GiB has its level-2 table
#define GIB2 0x80000000ull // GiBs without any table
#define TOP  (1ull << 40)
#define RW   (R_R | R_W)
#define UART 0x09000000ull

enum { CLEAN = 39, UNIFY = 42, PAGE_CLEAN = 48, PAGE_UNIFY = 51 };

static word table; // a level-3 table at FREE

static void setup(word error) {
    if (error)
        fail_at(__FILE_NAME__, __LINE__, "setup", error, OK);
}

static word new_vspace(void) {
    word vspace = new_object(T_VSPACE, 0);
    setup(asid_assign(S_ASID_POOL, vspace));
    return vspace;
}

static word cache(word cap, word label, word start, word end) {
    return raw_invoke(cap, label, CAPS(), WORDS(start, end));
}

// The page of a device.
static word device_page(void) {
    static word page;
    if (page)
        return page;
    word start, bits, device = device_untyped(UART, &start, &bits);
    page = new_slot();
    while (!untyped_retype(device, S_CNODE, T_SMALL_PAGE, 0, 0, 0, page, 1) && !page_get_address(page) &&
           reply.mr[0] != UART)
        page = new_slot();
    return page;
}

// --- missing words and capabilities

static void every_method_wants_all_its_words_and_capabilities(void) {
    word page = new_object(T_SMALL_PAGE, 0), pt = new_object(T_PAGE_TABLE, 0);
    const struct {
        word cap, label, caps, words;
    } methods[] = {
        {S_VSPACE, 39, 0, 2}, {S_VSPACE, 40, 0, 2}, {S_VSPACE, 41, 0, 2},       {S_VSPACE, 42, 0, 2},
        {pt, 44, 1, 2},       {page, 46, 1, 3},     {page, 48, 0, 2},           {page, 49, 0, 2},
        {page, 50, 0, 2},     {page, 51, 0, 2},     {S_ASID_CONTROL, 53, 2, 2}, {S_ASID_POOL, 54, 1, 0},
    };
    static const word caps[2] = {S_VSPACE, S_CNODE}, words[3];
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        word c = methods[i].caps, w = methods[i].words;
        if (c)
            EXPECT_EQUAL(
                raw_invoke(methods[i].cap, methods[i].label, caps, (unsigned)c - 1, words, (unsigned)w), TR);
        if (w)
            EXPECT_EQUAL(
                raw_invoke(methods[i].cap, methods[i].label, caps, (unsigned)c, words, (unsigned)w - 1), TR);
        EXPECT(raw_invoke(methods[i].cap, methods[i].label, caps, (unsigned)c, words, (unsigned)w) != TR);
    }
}

// --- VSpace

static void vspace_cache_methods_check_their_range(void) {
    word page = new_object(T_SMALL_PAGE, 0), large = new_object(T_LARGE_PAGE, 0), at = FREE + 0x400000;
    setup(page_map(page, S_VSPACE, FREE, RW, 3));
    setup(page_map(large, S_VSPACE, at, RW, 3));
    for (word label = CLEAN; label <= UNIFY; label++) {
        EXPECT_ERROR1(cache(S_VSPACE, label, FREE, FREE), IA, 1);
        EXPECT_ERROR1(cache(S_VSPACE, label, FREE + 1, FREE), IA, 1);
        EXPECT_ERROR1(cache(S_VSPACE, label, TOP + 9, TOP + 8), IA, 1); // before the next
        EXPECT_EQUAL(cache(S_VSPACE, label, FREE, TOP + 1), ILL);
        EXPECT_EQUAL(reply.length, 0);
        EXPECT_OK(cache(S_VSPACE, label, FREE, FREE + 4096));
        EXPECT_OK(cache(S_VSPACE, label, FREE + 4095, FREE + 4096));
        EXPECT_EQUAL(cache(S_VSPACE, label, FREE + 4095, FREE + 4097), RNG);
        EXPECT_OK(cache(S_VSPACE, label, at, at + 0x200000));
        EXPECT_EQUAL(cache(S_VSPACE, label, at, at + 0x200001), RNG);
        EXPECT_OK(cache(S_VSPACE, label, FREE + 4096, FREE + 9000)); // unmapped from its start
        EXPECT_OK(cache(S_VSPACE, label, GIB2, TOP));
        EXPECT_EQUAL(cache(new_object(T_VSPACE, 0), label, FREE, FREE + 1), FL);
    }
    setup(page_unmap(page));
    setup(page_unmap(large));
}

static void cache_methods_refuse_devices(void) {
    word page = device_page();
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, 0));
    for (word i = 0; i < 4; i++) {
        EXPECT_EQUAL(cache(S_VSPACE, CLEAN + i, FREE, FREE + 64), ILL);
        EXPECT_EQUAL(cache(page, PAGE_CLEAN + i, 0, 64), ILL);
        EXPECT_ERROR1(cache(page, PAGE_CLEAN + i, 0, 4097), IA, 0); // before it
    }
    EXPECT_OK(page_unmap(page));
}

// Invalidation drops nothing that others wrote, and a clean or a unification nothing at all.
static void cache_methods_keep_what_was_written(void) {
    word page = new_object(T_SMALL_PAGE, 0);
    volatile word *at = (volatile word *)FREE;
    setup(page_map(page, S_VSPACE, FREE, RW, 3));
    for (word i = 0; i < 512; i++)
        at[i] = i;
    for (word i = 0; i < 4; i++) {
        EXPECT_OK(cache(S_VSPACE, CLEAN + (i + 2) % 4, FREE, FREE + 4096));
        EXPECT_OK(cache(page, PAGE_CLEAN + (i + 2) % 4, 0, 4096));
    }
    for (word i = 0; i < 512; i++)
        EXPECT_EQUAL(at[i], i);
    setup(page_unmap(page));
}

// --- PageTable

static void table_map_checks_in_order(void) {
    word first = new_object(T_PAGE_TABLE, 0), second = new_object(T_PAGE_TABLE, 0);
    word unassigned = new_object(T_VSPACE, 0), large = new_object(T_LARGE_PAGE, 0);
    EXPECT_ERROR1(table_map(first, S_TCB, TOP, 3), IC, 1);
    EXPECT_EQUAL(table_map(first, unassigned, TOP, 3), FL);
    EXPECT_ERROR2(table_map(first, unassigned, 0, 3), FL, 0, 1); // InvalidRoot
    EXPECT_ERROR1(table_map(first, S_VSPACE, TOP, 3), IA, 0);
    EXPECT_ERROR1(table_map(first, S_VSPACE, ~0ull, 3), IA, 0);
    EXPECT_OK(table_map(first, S_VSPACE, GIB2 + 0x3fffffff, 3));
    EXPECT_ERROR1(table_map(first, S_TCB, TOP, 3), IC, 0); // mapped: before all others
    EXPECT_OK(table_map(second, S_VSPACE, GIB2 + 12345, 3));
    EXPECT_EQUAL(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, GIB2, 3), DEL);
    // Where a large page is, no table is missing.
    EXPECT_OK(page_map(large, S_VSPACE, GIB2 + 0x200000, RW, 3));
    EXPECT_EQUAL(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, GIB2 + 0x200000, 3), DEL);
    EXPECT_OK(page_unmap(large));
    EXPECT_OK(table_unmap(second));
    EXPECT_OK(table_unmap(first));
    EXPECT_OK(table_unmap(first)); // again
}

// Unmapping the upper table first: what hung below is found nowhere, and nothing else is harmed.
static void tables_are_unmapped_in_any_order(void) {
    word first = new_object(T_PAGE_TABLE, 0), second = new_object(T_PAGE_TABLE, 0),
         page = new_object(T_SMALL_PAGE, 0);
    EXPECT_OK(table_map(first, S_VSPACE, GIB2, 3));
    EXPECT_OK(table_map(second, S_VSPACE, GIB2, 3));
    EXPECT_OK(page_map(page, S_VSPACE, GIB2, RW, 3));
    EXPECT_OK(table_unmap(first));
    EXPECT_ERROR2(page_map(page, S_VSPACE, GIB2, RW, 3), FL, 0, 2);
    EXPECT_EQUAL(reply.mr[2], 30);
    EXPECT_OK(table_map(first, S_VSPACE, GIB2, 3)); // it is empty
    EXPECT_ERROR2(page_map(page, S_VSPACE, GIB2, RW, 3), FL, 0, 2);
    EXPECT_EQUAL(reply.mr[2], 21);
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(table_unmap(second));
    EXPECT_OK(table_unmap(first));
}

static void only_the_last_capability_takes_its_table_out(void) {
    word pt = new_object(T_PAGE_TABLE, 0), page = new_object(T_SMALL_PAGE, 0), at = FREE + 0x600000;
    EXPECT_OK(table_map(pt, S_VSPACE, at, 3));
    word copy = new_copy(pt);
    EXPECT_EQUAL(table_unmap(pt), REV);
    EXPECT_EQUAL(table_unmap(copy), REV);
    EXPECT_OK(cnode_delete(S_CNODE, pt, ROOT_DEPTH));
    EXPECT_OK(page_map(page, S_VSPACE, at, RW, 3)); // it is there
    EXPECT_OK(cnode_delete(S_CNODE, copy, ROOT_DEPTH));
    EXPECT_EQUAL(page_map(page, S_VSPACE, at, RW, 3), FL);
    EXPECT_EQUAL(reply.mr[2], 21);
}

// --- Page

static void page_map_checks_in_order(void) {
    word page = new_object(T_SMALL_PAGE, 0), other = new_vspace(), unassigned = new_object(T_VSPACE, 0);
    setup(page_map(page, S_VSPACE, FREE, RW, 3));
    EXPECT_ERROR1(page_map(page, S_TCB, 1, RW, 3), IC, 1);
    EXPECT_ERROR2(page_map(page, unassigned, 1, RW, 3), FL, 0, 1);
    EXPECT_EQUAL(page_map(page, other, 1, RW, 3), AL);
    EXPECT_EQUAL(page_map(page, S_VSPACE, TOP + 1, RW, 3), AL);
    EXPECT_ERROR1(page_map(page, other, TOP, RW, 3), IC, 1);
    EXPECT_ERROR1(page_map(page, S_VSPACE, TOP, RW, 3), IA, 0);
    EXPECT_ERROR1(page_map(page, S_VSPACE, GIB2, RW, 3), IA, 0); // before the missing table
    setup(page_unmap(page));
    EXPECT_ERROR1(page_map(page, S_VSPACE, TOP, RW, 3), IA, 0);
    EXPECT_ERROR1(page_map(page, S_VSPACE, 0ull - 4096, RW, 3), IA, 0);
    EXPECT_ERROR2(page_map(page, S_VSPACE, GIB2, RW, 3), FL, 0, 2);
    EXPECT_EQUAL(reply.length, 3);
}

// What is at an address that a page does not fit: the bits that the walk has left.
static void page_map_tells_the_bits_that_are_left(void) {
    word small = new_object(T_SMALL_PAGE, 0), large = new_object(T_LARGE_PAGE, 0),
         second = new_object(T_LARGE_PAGE, 0);
    word at = FREE + 0x400000;
    setup(page_map(large, S_VSPACE, at, RW, 3));
    const struct {
        word page, at, bits;
    } cases[] = {{small, GIB2, 30},
                 {second, GIB2, 30},
                 {small, at + 0x200000, 21},
                 {small, at, 21},
                 {second, FREE, 12}};
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_ERROR2(page_map(cases[i].page, S_VSPACE, cases[i].at, RW, 3), FL, 0, 2);
        EXPECT_EQUAL(reply.mr[2], cases[i].bits);
    }
    setup(page_unmap(large));
}

static void page_alignment_is_its_size(void) {
    word small = new_object(T_SMALL_PAGE, 0), large = new_object(T_LARGE_PAGE, 0);
    EXPECT_EQUAL(page_map(small, S_VSPACE, FREE + 0x800, RW, 3), AL);
    EXPECT_EQUAL(page_map(large, S_VSPACE, FREE + 0x100000, RW, 3), AL);
    EXPECT_EQUAL(page_map(large, S_VSPACE, FREE + 1, RW, 3), AL);
}

static void page_cache_methods_check_in_order(void) {
    word page = new_object(T_SMALL_PAGE, 0), large = new_object(T_LARGE_PAGE, 0);
    for (word label = PAGE_CLEAN; label <= PAGE_UNIFY; label++) {
        EXPECT_EQUAL(cache(page, label, 64, 64), ILL); // not mapped: before the range
        setup(page_map(page, S_VSPACE, FREE, RW, 3));
        EXPECT_ERROR1(cache(page, label, 64, 64), IA, 1);
        EXPECT_ERROR1(cache(page, label, 5000, 4999), IA, 1);
        EXPECT_ERROR1(cache(page, label, 0, 4097), IA, 0);
        EXPECT_ERROR1(cache(page, label, 4096, 4097), IA, 0);
        EXPECT_OK(cache(page, label, 0, 4096));
        EXPECT_OK(cache(page, label, 7, 9));
        setup(page_unmap(page));
        setup(page_map(large, S_VSPACE, FREE + 0x400000, RW, 3));
        EXPECT_OK(cache(large, label, 0, 0x200000));
        EXPECT_ERROR1(cache(large, label, 0, 0x200001), IA, 0);
        setup(page_unmap(large));
    }
}

// The address space that a page was mapped in is gone.
static void a_mapping_of_the_past_is_no_harm(void) {
    word page = new_object(T_LARGE_PAGE, 0), vspace = new_vspace();
    setup(table_map(new_object(T_PAGE_TABLE, 0), vspace, 0, 3));
    setup(page_map(page, vspace, 0, RW, 3));
    EXPECT_OK(cnode_delete(S_CNODE, vspace, ROOT_DEPTH));
    EXPECT_EQUAL(cache(page, PAGE_CLEAN, 0, 64), FL);
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(page_map(page, S_VSPACE, FREE + 0x400000, RW, 3));
    EXPECT_OK(page_unmap(page));
}

static void get_address_tells_where_a_page_is(void) {
    word untyped = new_object(T_UNTYPED, 14), slots = new_slots(4), first;
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_SMALL_PAGE, 0, 0, 0, slots, 4));
    EXPECT_OK(page_get_address(slots));
    EXPECT_EQUAL(reply.length, 1);
    first = reply.mr[0];
    EXPECT_EQUAL(first & 0x3fff, 0);
    for (word i = 1; i < 4; i++) {
        EXPECT_OK(page_get_address(slots + i));
        EXPECT_EQUAL(reply.mr[0], first + i * 4096);
    }
    EXPECT_OK(page_get_address(device_page()));
    EXPECT_EQUAL(reply.mr[0], UART);
}

// A mapping goes with its capability, and not with a copy of it.
static void deleting_a_page_takes_its_mapping_out(void) {
    word page = new_object(T_SMALL_PAGE, 0);
    setup(page_map(page, S_VSPACE, FREE, RW, 3));
    word copy = new_copy(page);
    *(volatile word *)FREE = 4;
    EXPECT_OK(cnode_delete(S_CNODE, copy, ROOT_DEPTH));
    EXPECT_EQUAL(*(volatile word *)FREE, 4);
    EXPECT_EQUAL(cache(S_VSPACE, CLEAN, FREE, FREE + 4097), RNG); // mapped
    EXPECT_OK(cnode_delete(S_CNODE, page, ROOT_DEPTH));
    EXPECT_OK(cache(S_VSPACE, CLEAN, FREE, FREE + 4097)); // not
}

// --- ASIDs

static void make_pool_checks_in_order(void) {
    word small = new_object(T_UNTYPED, 11), page = new_object(T_UNTYPED, 12),
         used = new_object(T_UNTYPED, 12);
    word start, bits, device = new_slot(), slot = new_slot();
    setup(untyped_retype(used, S_CNODE, T_ENDPOINT, 0, 0, 0, new_slot(), 1));
    setup(untyped_retype(device_untyped(UART + 0x2000000, &start, &bits), S_CNODE, T_UNTYPED, 12, 0, 0,
                         device, 1));
    EXPECT_ERROR1(asid_make_pool(small, S_TCB, S_TCB, 0), IC, 1);
    EXPECT_ERROR1(asid_make_pool(device, S_TCB, S_TCB, 0), IC, 1);
    EXPECT_ERROR1(asid_make_pool(S_CNODE, S_TCB, S_TCB, 0), IC, 1);
    EXPECT_EQUAL(asid_make_pool(used, S_TCB, S_TCB, 0), REV);
    EXPECT_ERROR2(asid_make_pool(page, S_TCB, slot, ROOT_DEPTH), FL, 0, 1);
    EXPECT_ERROR2(asid_make_pool(page, S_CNODE, slot, 0), RNG, 1, 64);
    EXPECT_ERROR2(asid_make_pool(page, S_CNODE, slot, 65), RNG, 1, 64);
    EXPECT_EQUAL(asid_make_pool(page, S_CNODE, 1ull << 63 | slot, ROOT_DEPTH), FL);
    EXPECT_EQUAL(asid_make_pool(page, S_CNODE, S_TCB, ROOT_DEPTH), DEL);
    EXPECT_OK(asid_make_pool(page, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(asid_make_pool(page, S_CNODE, slot, ROOT_DEPTH)); // no children any more
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
}

static void there_are_128_pools(void) {
    word slots = new_slots(128), untyped = new_object(T_UNTYPED, 19), pages = new_slots(128);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_UNTYPED, 12, 0, 0, pages, 128));
    for (word i = 0; i < 127; i++) // and root's
        EXPECT_OK(asid_make_pool(pages + i, S_CNODE, slots + i, ROOT_DEPTH));
    EXPECT_EQUAL(asid_make_pool(pages + 127, S_CNODE, slots + 127, ROOT_DEPTH), DEL);
    EXPECT_EQUAL(asid_make_pool(S_TCB, S_CNODE, S_TCB, 0), DEL); // before all else
    EXPECT_OK(cnode_delete(S_CNODE, slots + 60, ROOT_DEPTH));
    EXPECT_OK(asid_make_pool(pages + 127, S_CNODE, slots + 127, ROOT_DEPTH));
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
}

static void a_pool_has_512_asids(void) {
    word pool = new_slot(), untyped = new_object(T_UNTYPED, 22), vspaces = new_slots(512),
         last = new_object(T_VSPACE, 0);
    EXPECT_OK(asid_make_pool(new_object(T_UNTYPED, 12), S_CNODE, pool, ROOT_DEPTH));
    for (word i = 0; i < 512; i += 256)
        EXPECT_OK(untyped_retype(untyped, S_CNODE, T_VSPACE, 0, 0, 0, vspaces + i, 256));
    for (word i = 0; i < 512; i++)
        EXPECT_OK(asid_assign(pool, vspaces + i));
    EXPECT_EQUAL(asid_assign(pool, last), DEL);
    EXPECT_ERROR1(asid_assign(pool, vspaces), IC, 1); // before it
    EXPECT_ERROR1(asid_assign(pool, S_TCB), IC, 1);
    EXPECT_OK(cnode_delete(S_CNODE, vspaces + 300, ROOT_DEPTH)); // its ASID is free
    EXPECT_OK(asid_assign(pool, last));
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
    // Root's pool gives 511: ASID 0 is none, and root's VSpace has one.
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_VSPACE, 0, 0, 0, vspaces, 256));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_VSPACE, 0, 0, 0, vspaces + 256, 256));
    word given = 0;
    while (given < 512 && !asid_assign(S_ASID_POOL, vspaces + given))
        given++;
    EXPECT_EQUAL(reply.label, DEL);
    EXPECT(given <= 510 && given >= 490); // some went to tests before
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
}

static void there_is_no_smc_capability(void) {
    EXPECT_EQUAL(raw_identify(15), C_NULL);
    EXPECT_ERROR1(raw_invoke(15, 43, CAPS(), WORDS(0, 0, 0, 0, 0, 0, 0, 0)), IC, 0);
    EXPECT_EQUAL(raw_invoke(S_TCB, 43, CAPS(), WORDS(0, 0, 0, 0, 0, 0, 0, 0)), ILL);
}

static const struct test tests[] = {
    TEST(every_method_wants_all_its_words_and_capabilities),
    TEST(vspace_cache_methods_check_their_range),
    TEST(cache_methods_refuse_devices),
    TEST(cache_methods_keep_what_was_written),
    TEST(table_map_checks_in_order),
    TEST(tables_are_unmapped_in_any_order),
    TEST(only_the_last_capability_takes_its_table_out),
    TEST(page_map_checks_in_order),
    TEST(page_map_tells_the_bits_that_are_left),
    TEST(page_alignment_is_its_size),
    TEST(page_cache_methods_check_in_order),
    TEST(a_mapping_of_the_past_is_no_harm),
    TEST(get_address_tells_where_a_page_is),
    TEST(deleting_a_page_takes_its_mapping_out),
    TEST(make_pool_checks_in_order),
    TEST(there_are_128_pools),
    TEST(a_pool_has_512_asids),
    TEST(there_is_no_smc_capability),
};

int main(void) {
    table = new_object(T_PAGE_TABLE, 0);
    setup(table_map(table, S_VSPACE, FREE, 3));
    RUN(tests);
}
