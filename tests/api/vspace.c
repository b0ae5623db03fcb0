// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Address spaces: page tables, frames, rights, cache operations, ASIDs.
#include "harness.h"

#define FREE   0x30000000ull // nothing is mapped here; the image's GiB has its level-2 table
#define FAR    0xc0000000ull // a GiB without any table
#define TOP    0x10000000000ull
#define RW     (R_R | R_W)
#define NORMAL 3

static word new_vspace(void) {
    word vspace = new_object(T_VSPACE, 0);
    if (asid_assign(S_ASID_POOL, vspace))
        fail_at(__FILE_NAME__, __LINE__, "asid_assign", reply.label, 0);
    return vspace;
}

static void a_missing_table_is_told(void) {
    word page = new_object(T_SMALL_PAGE, 0), large = new_object(T_LARGE_PAGE, 0);
    EXPECT_EQUAL(page_map(page, S_VSPACE, FREE, RW, NORMAL), FL);
    EXPECT_EQUAL(reply.mr[0], 0);
    EXPECT_EQUAL(reply.mr[1], 2);
    EXPECT_EQUAL(reply.mr[2], 21);
    EXPECT_EQUAL(page_map(page, S_VSPACE, FAR, RW, NORMAL), FL);
    EXPECT_EQUAL(reply.mr[2], 30);
    EXPECT_EQUAL(page_map(large, S_VSPACE, FAR, RW, NORMAL), FL);
    EXPECT_EQUAL(reply.mr[2], 30);
}

static void tables_are_installed_level_by_level(void) {
    word first = new_object(T_PAGE_TABLE, 0), second = new_object(T_PAGE_TABLE, 0),
         third = new_object(T_PAGE_TABLE, 0);
    word page = new_object(T_SMALL_PAGE, 0);
    EXPECT_ERROR1(table_map(first, S_VSPACE, TOP, NORMAL), IA, 0);
    EXPECT_ERROR1(table_map(first, S_TCB, FAR, NORMAL), IC, 1);
    EXPECT_EQUAL(table_map(first, new_object(T_VSPACE, 0), FAR, NORMAL), FL);
    EXPECT_OK(table_map(first, S_VSPACE, FAR + 0x12345678, NORMAL)); // rounded down
    EXPECT_EQUAL(page_map(page, S_VSPACE, FAR, RW, NORMAL), FL);
    EXPECT_EQUAL(reply.mr[2], 21);
    EXPECT_OK(table_map(second, S_VSPACE, FAR, NORMAL));
    EXPECT_ERROR1(table_map(second, S_VSPACE, FAR, NORMAL), IC, 0); // it is mapped
    EXPECT_EQUAL(table_map(third, S_VSPACE, FAR, NORMAL), DEL);     // nothing is missing
    EXPECT_OK(page_map(page, S_VSPACE, FAR, RW, NORMAL));
    *(volatile word *)FAR = 5;
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(page_unmap(page)); // again is fine
    EXPECT_OK(table_unmap(second));
    EXPECT_EQUAL(page_map(page, S_VSPACE, FAR, RW, NORMAL), FL);
    EXPECT_OK(table_map(third, S_VSPACE, FAR, NORMAL));
    EXPECT_OK(cnode_delete(S_CNODE, third, ROOT_DEPTH)); // the last capability takes it out
    EXPECT_EQUAL(page_map(page, S_VSPACE, FAR, RW, NORMAL), FL);
}

static void a_copied_table_cannot_be_unmapped(void) {
    word table = new_object(T_PAGE_TABLE, 0);
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    word copy = new_copy(table);
    EXPECT_EQUAL(table_unmap(table), REV);
    EXPECT_OK(cnode_delete(S_CNODE, copy, ROOT_DEPTH));
    EXPECT_OK(table_unmap(table));
}

static void map_checks_its_arguments_in_order(void) {
    word page = new_object(T_SMALL_PAGE, 0), large = new_object(T_LARGE_PAGE, 0), other = new_vspace();
    word table = new_object(T_PAGE_TABLE, 0);
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    EXPECT_ERROR1(page_map(page, S_TCB, 1, RW, NORMAL), IC, 1);
    EXPECT_EQUAL(page_map(page, new_object(T_VSPACE, 0), FREE, RW, NORMAL), FL);
    EXPECT_EQUAL(page_map(page, S_VSPACE, FREE + 8, RW, NORMAL), AL);
    EXPECT_EQUAL(page_map(large, S_VSPACE, FREE + 0x1000, RW, NORMAL), AL);
    EXPECT_ERROR1(page_map(page, S_VSPACE, TOP, RW, NORMAL), IA, 0);
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, NORMAL));
    EXPECT_ERROR1(page_map(page, other, FREE, RW, NORMAL), IC, 1);
    EXPECT_ERROR1(page_map(page, S_VSPACE, FREE + 0x1000, RW, NORMAL), IA, 0);
    EXPECT_OK(page_map(page, S_VSPACE, FREE, R_R, NORMAL)); // the same address again
    EXPECT_OK(page_unmap(page));
    EXPECT_EQUAL(page_map(large, S_VSPACE, FREE, RW, NORMAL), FL); // a table is in its place
    EXPECT_OK(table_unmap(table));
}

static void a_page_takes_the_place_of_another(void) {
    word first = new_object(T_SMALL_PAGE, 0), second = new_object(T_SMALL_PAGE, 0),
         table = new_object(T_PAGE_TABLE, 0);
    volatile word *at = (volatile word *)FREE;
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    EXPECT_OK(page_map(first, S_VSPACE, FREE, RW, NORMAL));
    *at = 1;
    EXPECT_OK(page_map(second, S_VSPACE, FREE, RW, NORMAL));
    EXPECT_EQUAL(*at, 0);
    EXPECT_OK(page_unmap(first)); // its mapping is gone already: nothing happens
    EXPECT_EQUAL(*at, 0);
    EXPECT_OK(cnode_delete(S_CNODE, second, ROOT_DEPTH));
    EXPECT_OK(table_unmap(table));
}

static void a_copy_of_a_frame_is_mapped_elsewhere(void) {
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0), copy;
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, NORMAL));
    copy = new_copy(page);
    EXPECT_OK(page_map(copy, S_VSPACE, FREE + 0x1000, RW, NORMAL));
    *(volatile word *)FREE = 0x1234;
    EXPECT_EQUAL(*(volatile word *)(FREE + 0x1000), 0x1234);
    EXPECT_OK(cnode_delete(S_CNODE, page, ROOT_DEPTH));
    EXPECT_EQUAL(*(volatile word *)(FREE + 0x1000), 0x1234);
    EXPECT_OK(page_unmap(copy));
    EXPECT_OK(table_unmap(table));
}

static void a_large_page_is_one_mapping(void) {
    word large = new_object(T_LARGE_PAGE, 0);
    EXPECT_OK(page_map(large, S_VSPACE, FREE, RW, NORMAL));
    *(volatile word *)(FREE + 0x1ffff8) = 9;
    EXPECT_EQUAL(*(volatile word *)(FREE + 0x1ffff8), 9);
    EXPECT_OK(page_get_address(large));
    EXPECT_EQUAL(reply.mr[0] & 0x1fffff, 0);
    EXPECT_OK(page_unmap(large));
}

static void cache_operations_check_their_range(void) {
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0);
    EXPECT_EQUAL(page_clean(page, 0, 64), ILL); // not mapped
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, NORMAL));
    EXPECT_ERROR1(page_clean(page, 64, 64), IA, 1);
    EXPECT_ERROR1(page_clean(page, 0, 4097), IA, 0);
    EXPECT_OK(page_clean(page, 0, 4096));
    EXPECT_OK(page_invalidate(page, 64, 128));
    EXPECT_OK(page_unify(page, 0, 4096));
    EXPECT_ERROR1(vspace_clean(S_VSPACE, FREE, FREE), IA, 1);
    EXPECT_EQUAL(vspace_clean(S_VSPACE, 0, TOP + 1), ILL);
    EXPECT_OK(vspace_clean(S_VSPACE, FREE, FREE + 4096));
    EXPECT_EQUAL(vspace_clean(S_VSPACE, FREE, FREE + 4097), RNG);
    EXPECT_OK(vspace_clean(S_VSPACE, 0x3f000000, 0x3f000040)); // nothing is mapped there
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(table_unmap(table));
}

static word fault_ep, fault_reply;
static void read_run(word address) {
    (void)*(volatile word *)address;
    thread_end();
}
static void write_run(word address) {
    *(volatile word *)address = 1;
    thread_end();
}

// Whether a thread that runs `entry` at FREE faults.
static bool faults(void (*entry)(word)) {
    struct thread *thread = new_thread(entry, FREE, fault_ep);
    struct message m = {0};
    thread_start(thread);
    let_others_run();
    raw_message(NR_NB_RECV, fault_ep, &m, fault_reply, 0);
    return info_label(m.info) == 6;
}

static void rights_limit_access(void) {
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0);
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, R_R, NORMAL));
    EXPECT(!faults(read_run));
    EXPECT(faults(write_run));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, NORMAL));
    EXPECT(!faults(write_run));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, R_W, NORMAL)); // no read: no access at all
    EXPECT(faults(read_run));
    EXPECT_OK(page_unmap(page));
    EXPECT(faults(read_run));
    // The capability's rights cap the mapping's.
    word reader = new_mint(page, R_R, 0);
    EXPECT_OK(page_map(reader, S_VSPACE, FREE, RW, NORMAL));
    EXPECT(!faults(read_run));
    EXPECT(faults(write_run));
    EXPECT_OK(page_unmap(reader));
    EXPECT_OK(table_unmap(table));
}

static void a_jump_run(word address) {
    ((void (*)(void))address)();
    thread_end();
}

static void execute_never_is_obeyed(void) {
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0);
    EXPECT_OK(table_map(table, S_VSPACE, FREE, NORMAL));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, NORMAL));
    *(volatile uint32_t *)FREE = 0xd65f03c0; // ret
    EXPECT_OK(page_unify(page, 0, 4096));
    EXPECT(!faults(a_jump_run));
    EXPECT_OK(page_map(page, S_VSPACE, FREE, RW, NORMAL | 4));
    EXPECT(faults(a_jump_run));
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(table_unmap(table));
}

static void asids_are_given_once(void) {
    word vspace = new_vspace();
    EXPECT_ERROR1(asid_assign(S_ASID_POOL, vspace), IC, 1);
    EXPECT_ERROR1(asid_assign(S_ASID_POOL, S_TCB), IC, 1);
    EXPECT_ERROR1(asid_assign(S_ASID_POOL, S_VSPACE), IC, 1);
}

static void pools_are_made_of_a_page_of_ram(void) {
    word slot = new_slot(), page = new_object(T_UNTYPED, 12);
    EXPECT_ERROR1(asid_make_pool(new_object(T_UNTYPED, 13), S_CNODE, slot, ROOT_DEPTH), IC, 1);
    EXPECT_ERROR1(asid_make_pool(S_TCB, S_CNODE, slot, ROOT_DEPTH), IC, 1);
    EXPECT_EQUAL(asid_make_pool(page, S_CNODE, S_TCB, ROOT_DEPTH), DEL);
    EXPECT_OK(asid_make_pool(page, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_EQUAL(raw_identify(slot), C_ASID_POOL);
    EXPECT_EQUAL(asid_make_pool(page, S_CNODE, new_slot(), ROOT_DEPTH), REV);
    word vspace = new_object(T_VSPACE, 0);
    EXPECT_OK(asid_assign(slot, vspace));
    // The pool takes its address spaces with it.
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_EQUAL(page_map(new_object(T_SMALL_PAGE, 0), vspace, FREE, RW, NORMAL), FL);
}

static void deleting_a_vspace_unmaps_its_frames(void) {
    word vspace = new_vspace(), large = new_object(T_LARGE_PAGE, 0), table = new_object(T_PAGE_TABLE, 0);
    EXPECT_OK(table_map(table, vspace, 0, NORMAL));
    EXPECT_OK(page_map(large, vspace, 0, RW, NORMAL));
    EXPECT_OK(cnode_delete(S_CNODE, vspace, ROOT_DEPTH));
    EXPECT_OK(page_unmap(large));
    EXPECT_OK(page_map(large, S_VSPACE, FREE, RW, NORMAL));
    EXPECT_OK(page_unmap(large));
}

static const struct test tests[] = {
    TEST(a_missing_table_is_told),
    TEST(tables_are_installed_level_by_level),
    TEST(a_copied_table_cannot_be_unmapped),
    TEST(map_checks_its_arguments_in_order),
    TEST(a_page_takes_the_place_of_another),
    TEST(a_copy_of_a_frame_is_mapped_elsewhere),
    TEST(a_large_page_is_one_mapping),
    TEST(cache_operations_check_their_range),
    TEST(rights_limit_access),
    TEST(execute_never_is_obeyed),
    TEST(asids_are_given_once),
    TEST(pools_are_made_of_a_page_of_ram),
    TEST(deleting_a_vspace_unmaps_its_frames),
};

int main(void) {
    fault_ep = new_object(T_ENDPOINT, 0);
    fault_reply = new_object(T_REPLY, 0);
    RUN(tests);
}
