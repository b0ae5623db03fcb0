// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Memory is zero when it is given to a user: as frames of every size, and as every object, whatever it held
// before: words of a user, or an object of the kernel. The memory is one untyped of 2 MiB, written full
// through a large page.
#include "harness.h"

#define BITS  21
#define BYTES (1ull << BITS)
#define LARGE ((volatile word *)0x34000000ull) // a large page goes here, small ones there
#define SMALL ((volatile word *)0x36000000ull)
#define RW    (R_R | R_W)
#define DIRT  0xd1d1d1d1d1d1d1d1ull
#define PAGES (BYTES / 4096)

static word untyped, first_slot; // first_slot: of PAGES
static word endpoint, reply_object;

static void setup(word error) {
    if (error)
        fail_at(__FILE_NAME__, __LINE__, "setup", error, OK);
}

static word retype(word type, word bits, word slot, word count) {
    return untyped_retype(untyped, S_CNODE, type, bits, 0, 0, slot, count);
}

static void empty(void) {
    setup(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
}

// The word of [memory, memory + words) that is not 0, or `words`.
static word first_dirty(volatile word *memory, word words) {
    for (word i = 0; i < words; i++)
        if (memory[i])
            return i;
    return words;
}

static void make_large(void) {
    setup(retype(T_LARGE_PAGE, 0, first_slot, 1));
    setup(page_map(first_slot, S_VSPACE, (word)LARGE, RW, 3));
}

// Takes all of it as a large page: the words that are not 0, as an index; then writes it full and gives it
// back.
static word look_and_dirty(void) {
    make_large();
    word at = first_dirty(LARGE, BYTES / 8);
    for (word i = 0; i < BYTES / 8; i++)
        LARGE[i] = DIRT;
    empty();
    return at;
}
#define CLEAN (BYTES / 8)

static void small_pages(void) {
    for (word i = 0; i < PAGES; i += 256)
        setup(retype(T_SMALL_PAGE, 0, first_slot + i, 256));
    for (word i = 0; i < PAGES; i++)
        setup(page_map(first_slot + i, S_VSPACE, (word)SMALL + i * 4096, RW, 3));
}

static void a_large_page_is_zero(void) {
    look_and_dirty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void small_pages_are_zero(void) {
    look_and_dirty();
    small_pages();
    EXPECT_EQUAL(first_dirty(SMALL, BYTES / 8), CLEAN);
    for (word i = 0; i < BYTES / 8; i++)
        SMALL[i] = DIRT;
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

// Without the others being given back: what is retyped next is behind them.
static void pages_in_use_and_new_ones_do_not_mix(void) {
    look_and_dirty();
    small_pages();
    for (word i = 0; i < PAGES; i++)
        SMALL[i * 512] = i + 1;
    EXPECT_OK(cnode_delete(S_CNODE, first_slot + PAGES - 1, ROOT_DEPTH));
    EXPECT_EQUAL(retype(T_SMALL_PAGE, 0, first_slot + PAGES - 1, 1), NEM); // a hole is not found again
    for (word i = 0; i < PAGES - 1; i++)
        EXPECT_EQUAL(SMALL[i * 512], i + 1);
    empty();
}

// An untyped of it takes the memory over as it is; what is made of that is zero again.
static void what_is_made_of_a_part_is_zero(void) {
    look_and_dirty();
    EXPECT_OK(retype(T_UNTYPED, 20, first_slot, 2));
    for (unsigned i = 0; i < 2; i++)
        EXPECT_OK(
            untyped_retype(first_slot + i, S_CNODE, T_SMALL_PAGE, 0, 0, 0, first_slot + 2 + i * 256, 256));
    for (word i = 0; i < PAGES; i++)
        setup(page_map(first_slot + 2 + i, S_VSPACE, (word)SMALL + i * 4096, RW, 3));
    EXPECT_EQUAL(first_dirty(SMALL, BYTES / 8), CLEAN);
    empty();
}

// --- objects in dirty memory

static void a_thread_in_dirty_memory_is_new(void) {
    look_and_dirty();
    EXPECT_OK(retype(T_TCB, 0, first_slot, 256));
    for (word i = 0; i < 256; i++) {
        EXPECT_OK(tcb_read_registers(first_slot + i, 0, 36));
        for (unsigned r = 0; r < 36; r++)
            EXPECT_EQUAL(reply.mr[r], r == 2 ? 0x40 : 0);
        EXPECT_OK(tcb_set_flags(first_slot + i, 0, 0));
        EXPECT_EQUAL(reply.mr[0], 0);
        EXPECT_EQUAL(tcb_unbind_notification(first_slot + i), ILL);           // none bound
        EXPECT_ERROR2(tcb_set_priority(S_TCB, first_slot + i, 1), RNG, 0, 0); // MCP 0
    }
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void endpoints_and_notifications_in_dirty_memory_are_idle(void) {
    look_and_dirty();
    EXPECT_OK(retype(T_ENDPOINT, 0, first_slot, 256));
    for (word i = 0; i < 256; i++)
        EXPECT_EQUAL(raw_poll(first_slot + i), 0);
    EXPECT_OK(retype(T_NOTIFICATION, 0, first_slot + 256, 256));
    for (word i = 256; i < 512; i++) {
        EXPECT_EQUAL(raw_poll(first_slot + i), 0);
        raw_signal(first_slot + i);
    }
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void a_cnode_in_dirty_memory_is_empty(void) {
    enum { RADIX = 10 };
    look_and_dirty();
    EXPECT_OK(retype(T_CNODE, RADIX, first_slot, 2));
    for (word i = 0; i < 2; i++)
        for (word index = 0; index < 1 << RADIX; index++)
            EXPECT_OK(cnode_copy(first_slot + i, index, RADIX, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void a_context_in_dirty_memory_is_not_configured(void) {
    look_and_dirty();
    EXPECT_OK(retype(T_SC, 10, first_slot, 256));
    for (word i = 0; i < 256; i++) {
        EXPECT_OK(sc_consumed(first_slot + i));
        EXPECT_EQUAL(reply.mr[0], 0);
        EXPECT_EQUAL(sc_yield_to(first_slot + i), ILL); // nobody's
        EXPECT_OK(sched_configure(first_slot + i, 1000, 2000, 50, 0x77, 0));
    }
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void reply_objects_in_dirty_memory_hold_nobody(void) {
    look_and_dirty();
    EXPECT_OK(retype(T_REPLY, 0, first_slot, 256));
    for (word i = 0; i < 256; i++) {
        struct message m = {0};
        raw_send(NR_SEND, first_slot + i, &m);
        raw_message(NR_NB_RECV, endpoint, &m, first_slot + i, 0);
        EXPECT_EQUAL(m.badge, 0);
    }
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void an_address_space_in_dirty_memory_maps_nothing(void) {
    word page = new_object(T_SMALL_PAGE, 0);
    look_and_dirty();
    EXPECT_OK(retype(T_VSPACE, 0, first_slot, 1));
    EXPECT_OK(retype(T_PAGE_TABLE, 0, first_slot + 1, 2));
    EXPECT_OK(asid_assign(S_ASID_POOL, first_slot));
    for (word at = 0; at < 1ull << 40; at += 1ull << 30) {
        EXPECT_EQUAL(page_map(page, first_slot, at, RW, 3), FL);
        EXPECT_EQUAL(reply.mr[2], 30);
    }
    EXPECT_OK(table_map(first_slot + 1, first_slot, 0, 3));
    for (word at = 0; at < 1ull << 30; at += 1ull << 21) {
        EXPECT_EQUAL(page_map(page, first_slot, at, RW, 3), FL);
        EXPECT_EQUAL(reply.mr[2], 21);
    }
    EXPECT_OK(table_map(first_slot + 2, first_slot, 0, 3));
    for (word at = 0; at < 1ull << 21; at += 4096)
        EXPECT_OK(vspace_clean(first_slot, at, at + 4097)); // of a mapped one: a range error
    EXPECT_OK(page_map(page, first_slot, 0, RW, 3));
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

// Mapped descriptors hold addresses of the kernel's; the next owner sees none of them.
static void an_unmapped_table_is_empty_when_it_is_mapped_again(void) {
    word page = new_object(T_SMALL_PAGE, 0), table = new_object(T_PAGE_TABLE, 0), at = 0x3a000000;
    EXPECT_OK(table_map(table, S_VSPACE, at, 3));
    EXPECT_OK(page_map(page, S_VSPACE, at, RW, 3));
    EXPECT_OK(table_unmap(table));
    EXPECT_OK(table_map(table, S_VSPACE, at + 0x200000, 3));
    EXPECT_OK(page_unmap(page)); // its mapping went with the table
    for (word i = 0; i < 512; i++)
        EXPECT_OK(vspace_clean(S_VSPACE, at + 0x200000 + i * 4096, at + 0x200000 + i * 4096 + 4097));
    EXPECT_OK(page_map(page, S_VSPACE, at + 0x200000, RW, 3));
    EXPECT_EQUAL(vspace_clean(S_VSPACE, at + 0x200000, at + 0x201001), RNG); // a mapping of its own, alone
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(table_unmap(table));
}

static void an_asid_pool_in_dirty_memory_is_empty(void) {
    word pool = new_slot(), vspaces = first_slot + 8;
    look_and_dirty();
    EXPECT_OK(retype(T_UNTYPED, 12, first_slot, 1));
    EXPECT_OK(asid_make_pool(first_slot, S_CNODE, pool, ROOT_DEPTH));
    EXPECT_OK(retype(T_VSPACE, 0, vspaces, 100));
    for (word i = 0; i < 100; i++)
        EXPECT_OK(asid_assign(pool, vspaces + i));
    empty();
    EXPECT(is_empty(pool));
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

static void a_vcpu_in_dirty_memory_is_as_after_a_reset(void) {
    enum { SCTLR = 0, VMPIDR = 16, FIELDS = 24 };
    look_and_dirty();
    EXPECT_OK(retype(T_VCPU, 0, first_slot, 16));
    for (word i = 0; i < 16; i++)
        for (word field = 0; field < FIELDS; field++) {
            EXPECT_OK(vcpu_read(first_slot + i, field));
            EXPECT_EQUAL(reply.mr[0], field == SCTLR ? 0x30d00800 : field == VMPIDR ? 1ull << 31 : 0);
            if (field != SCTLR)
                EXPECT_OK(vcpu_write(first_slot + i, field, DIRT));
        }
    empty();
    EXPECT_EQUAL(look_and_dirty(), CLEAN);
}

// --- while the zeroing is interrupted

static volatile word large_slot;
static void retype_run(word argument) {
    (void)argument;
    setup(retype(T_LARGE_PAGE, 0, large_slot, 1));
    thread_end();
}

// The thread's budget ends in the middle: meanwhile a page is made of the part that is zero already, written
// and given back.
static void memory_used_within_an_interrupted_retype_is_zero_again(void) {
    struct thread *thread = new_passive_thread(retype_run, 0, 0);
    look_and_dirty();
    word sc = new_sc(40, 20000), small = new_slot();
    large_slot = first_slot;
    EXPECT_OK(sc_bind(sc, thread->tcb));
    thread_start(thread);
    let_others_run(); // its budget is over
    EXPECT(is_empty(large_slot));
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_OK(retype(T_SMALL_PAGE, 0, small, 1));
        EXPECT_OK(page_map(small, S_VSPACE, (word)SMALL, RW, 3));
        EXPECT_EQUAL(first_dirty(SMALL, 512), 512);
        for (word w = 0; w < 512; w++)
            SMALL[w] = DIRT;
        EXPECT_OK(cnode_delete(S_CNODE, small, ROOT_DEPTH));
    }
    EXPECT_OK(sc_unbind(sc));
    EXPECT_OK(sched_configure(sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(sc_bind(sc, thread->tcb));
    wait_thread_end();
    EXPECT_EQUAL(raw_identify(large_slot), C_FRAME);
    EXPECT_OK(page_map(large_slot, S_VSPACE, (word)LARGE, RW, 3));
    EXPECT_EQUAL(first_dirty(LARGE, BYTES / 8), CLEAN);
    empty();
}

// --- at boot

// Whatever firmware and boot loader left there: the smallest of the untypeds, and a piece of the largest.
static void boot_memory_is_zero(void) {
    word slot = new_slot();
    unsigned count = (unsigned)(bootinfo->untyped.end - bootinfo->untyped.start);
    for (unsigned i = 0; i < count; i++) {
        if (bootinfo->untyped_list[i].device || bootinfo->untyped_list[i].bits < 12)
            continue;
        // Those that the harness took from are partly used: the next page of them.
        if (untyped_retype(bootinfo->untyped.start + i, S_CNODE, T_SMALL_PAGE, 0, 0, 0, slot, 1))
            continue;
        EXPECT_OK(page_map(slot, S_VSPACE, (word)SMALL, RW, 3));
        EXPECT_EQUAL(first_dirty(SMALL, 512), 512);
        EXPECT_OK(page_unmap(slot));
        slot = new_slot();
    }
}

static const struct test tests[] = {
    TEST(a_large_page_is_zero),
    TEST(small_pages_are_zero),
    TEST(pages_in_use_and_new_ones_do_not_mix),
    TEST(what_is_made_of_a_part_is_zero),
    TEST(a_thread_in_dirty_memory_is_new),
    TEST(endpoints_and_notifications_in_dirty_memory_are_idle),
    TEST(a_cnode_in_dirty_memory_is_empty),
    TEST(a_context_in_dirty_memory_is_not_configured),
    TEST(reply_objects_in_dirty_memory_hold_nobody),
    TEST(an_address_space_in_dirty_memory_maps_nothing),
    TEST(an_unmapped_table_is_empty_when_it_is_mapped_again),
    TEST(an_asid_pool_in_dirty_memory_is_empty),
    TEST(a_vcpu_in_dirty_memory_is_as_after_a_reset),
    TEST(memory_used_within_an_interrupted_retype_is_zero_again),
    TEST(boot_memory_is_zero),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    untyped = new_object(T_UNTYPED, BITS);
    first_slot = new_slots(PAGES + 8);
    setup(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, (word)SMALL, 3));
    RUN(tests);
}
