// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// kernel/arch/aarch64/mmu.c and stage2.c against a hostile TLB (mmu_model/model.h): whatever changes in a
// table, no TLB holds the old translation when the function returns; VMIDs never carry one space's entries to
// another.
#include <arch/vspace.h>
#include <arch/mmu_ops.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "mmu_model/model.h"

#define RW     (SEL4_RIGHT_READ | SEL4_RIGHT_WRITE)
#define SPACES 300
#define IPA    0x40000000ul
#define MEMORY 0x80000000ul // physical, of the mapped frames

static word_t *roots[SPACES]; // each an 8 KiB root
static mmu_space pool[SPACES];

static void *aligned(word_t bytes) {
    void *memory = aligned_alloc(bytes, bytes);
    assert_non_null(memory);
    memset(memory, 0, bytes);
    return memory;
}

static mmu_space *make_space(unsigned index, bool elsewhere) {
    roots[index] = aligned(8192);
    pool[index] = (word_t)roots[index] | MMU_SPACE_USED;
    model_watch_space(&pool[index], elsewhere);
    return &pool[index];
}

static mmu_space *new_space(unsigned index) {
    return make_space(index, false);
}

// Another core runs in it all the time.
static mmu_space *new_busy_space(unsigned index) {
    return make_space(index, true);
}

static int set_up(void **state) {
    (void)state;
    model_reset();
    mmu_init();
    model_watch_address(IPA);
    model_watch_address(IPA + 0x1000);
    model_watch_address(IPA + 0x200000);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (unsigned i = 0; i < SPACES; i++) {
        mmu_release(&pool[i]);
        pool[i] = 0;
        free(roots[i]);
        roots[i] = NULL;
    }
    return 0;
}

static void load(mmu_space *space) {
    mmu_load(space, 0);
    op_isb(); // the exception return
    model_run();
}

static word_t *block_entry(unsigned index) {
    return stage2_find(roots[index], (vaddr_t){IPA}).entry;
}

static word_t block(word_t paddr) {
    return stage2_leaf((paddr_t){paddr}, 30, RW, SEL4_PAGE_DEFAULT);
}

// A table below the root, below that one of pages; the latter comes back.
static word_t *give_tables(unsigned index, word_t **level2) {
    *level2 = aligned(4096);
    word_t *level3 = aligned(4096);
    mmu_set_table(pool[index], stage2_find(roots[index], (vaddr_t){IPA}).entry, stage2_table(*level2));
    mmu_set_table(pool[index], stage2_find(roots[index], (vaddr_t){IPA}).entry, stage2_table(level3));
    return level3;
}

static void a_new_mapping_is_seen_at_once(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    assert_int_equal(model_access(IPA), block(MEMORY));
    model_check();
}

static void a_new_mapping_needs_no_invalidation(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    unsigned before = model_tlbi_count();
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    assert_int_equal(model_tlbi_count(), before);
}

static void an_unmapped_page_is_in_no_tlb(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    model_check();
    mmu_set_leaf(*space, block_entry(0), 0, IPA);
    model_check();
    assert_int_equal(model_access(IPA), 0);
}

static void a_replaced_page_is_broken_before_made(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    model_check();
    mmu_set_leaf(*space, block_entry(0), block(2 * MEMORY), IPA);
    model_check();
    assert_int_equal(model_access(IPA), block(2 * MEMORY));
}

static void the_same_mapping_again_does_nothing(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    unsigned before = model_tlbi_count();
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    assert_int_equal(model_tlbi_count(), before);
}

static void a_space_that_is_not_loaded_changes_under_its_own_vmid(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0), *other = new_space(1);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    load(other);
    word_t loaded = model_loaded();
    mmu_set_leaf(*space, block_entry(0), 0, IPA);
    model_check();
    assert_int_equal(model_loaded(), loaded);
    assert_int_equal(op_vttbr_read(), loaded);
}

static void a_space_changes_in_the_kernel_entry_that_loaded_it(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    load(NULL);
    mmu_load(space, 0); // no exception return yet
    mmu_set_leaf(*space, block_entry(0), 0, IPA);
    model_check();
}

static void vcpus_of_one_space_leave_each_other_nothing(void **state) {
    (void)state;
    mmu_space *space = new_space(0), *vmm = new_space(1);
    mmu_load(space, 1);
    mmu_load(vmm, 0);
    unsigned before = model_tlbi_count();
    mmu_load(space, 1); // the same again
    assert_int_equal(model_tlbi_count(), before);
    mmu_load(space, 2);
    assert_int_equal(model_tlbi_count(), before + 1);
    mmu_load(space, 0); // a native thread in the guest's space
    assert_int_equal(model_tlbi_count(), before + 2);
    mmu_load(space, 2);
    assert_int_equal(model_tlbi_count(), before + 3);
    model_check();
}

static void a_removed_table_takes_all_its_pages_along(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    word_t *level2, *level3 = give_tables(0, &level2);
    for (word_t page = 0; page < 2; page++) {
        struct stage2_place place = stage2_find(roots[0], (vaddr_t){IPA + page * 4096});
        assert_int_equal(place.bits_left, 12);
        mmu_set_leaf(*space, place.entry,
                     stage2_leaf((paddr_t){MEMORY + page * 4096}, 12, RW, SEL4_PAGE_DEFAULT),
                     IPA + page * 4096);
    }
    model_check();
    assert_true(model_access(IPA + 4096) & 1);
    word_t *entry = stage2_find_table(roots[0], (vaddr_t){IPA}, level3);
    assert_ptr_equal(entry, level2);
    mmu_set_table(*space, entry, 0);
    model_check();
    assert_int_equal(model_access(IPA + 4096), 0);
    mmu_set_table(*space, stage2_find_table(roots[0], (vaddr_t){IPA}, level2), 0);
    free(level2);
    free(level3);
}

static void a_table_elsewhere_is_not_found(void **state) {
    (void)state;
    new_space(0);
    word_t *level2, *level3 = give_tables(0, &level2);
    assert_null(stage2_find_table(roots[0], (vaddr_t){IPA + 0x200000}, level3));
    assert_ptr_equal(stage2_find_table(roots[0], (vaddr_t){IPA + 0x200000}, level2), &roots[0][1]);
    assert_int_equal(stage2_find(roots[0], (vaddr_t){IPA + 0x200000}).bits_left, 21);
    assert_int_equal(stage2_find(roots[0], (vaddr_t){0}).bits_left, 30);
    free(level2);
    free(level3);
}

static void vmids_that_run_out_are_given_anew(void **state) {
    (void)state;
    for (unsigned i = 0; i < SPACES; i++) {
        mmu_space *space = new_space(i);
        mmu_set_leaf(*space, block_entry(i), block(MEMORY + (word_t)i * 0x40000000ul), IPA);
        load(space);
        assert_int_not_equal(*space & MMU_SPACE_VMID, 0);
        assert_int_equal(model_access(IPA), block(MEMORY + (word_t)i * 0x40000000ul));
    }
    model_check();
    unsigned with_vmid = 0;
    for (unsigned i = 0; i < SPACES; i++)
        with_vmid += (pool[i] & MMU_SPACE_VMID) != 0;
    assert_int_equal(with_vmid, 255);
    load(&pool[0]); // its VMID is another's by now
    model_check();
    assert_int_equal(model_access(IPA), block(MEMORY));
}

static void the_loaded_space_keeps_its_vmid(void **state) {
    (void)state;
    mmu_space *mine = new_space(0);
    load(mine);
    word_t vmid = *mine & MMU_SPACE_VMID;
    for (unsigned turn = 0; turn < 2; turn++)
        for (unsigned i = 1; i < SPACES; i++) {
            if (turn == 0)
                new_space(i);
            mmu_load(&pool[i], 0);
            // The interrupted thread's space comes back before the next one is loaded.
            mmu_load(mine, 0);
            op_isb();
        }
    assert_int_equal(*mine & MMU_SPACE_VMID, vmid);
    model_check();
}

static void a_released_space_leaves_nothing(void **state) {
    (void)state;
    mmu_space *space = new_space(0), *other = new_space(1);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    model_run();
    load(other);
    mmu_release(space);
    model_check();
    assert_int_equal(*space & MMU_SPACE_VMID, 0);
    mmu_release(space); // again: nothing to do
}

static void a_released_space_is_not_written_any_more(void **state) {
    (void)state;
    mmu_space *space = new_space(0);
    load(space);
    mmu_release(space);
    word_t root = *space;
    *space = ~(word_t)0; // its memory is something else now
    for (unsigned i = 1; i < SPACES; i++)
        mmu_load(new_space(i), 0);
    assert_int_equal(*space, ~(word_t)0);
    *space = root;
}

static void releasing_the_loaded_space_loads_the_empty_one(void **state) {
    (void)state;
    mmu_space *space = new_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    model_run();
    mmu_release(space);
    model_check();
    assert_int_equal(model_loaded() >> 48, 0);
    assert_int_equal(model_access(IPA), 0);
}

static void without_a_space_everything_faults(void **state) {
    (void)state;
    mmu_space *space = new_space(0);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    load(space);
    load(NULL);
    assert_int_equal(model_access(IPA), 0);
    assert_int_equal(model_loaded() >> 48, 0);
}

static void the_model_sees_a_missing_invalidation(void **state) {
    (void)state;
    mmu_space *space = new_busy_space(0);
    load(space);
    mmu_set_leaf(*space, block_entry(0), block(MEMORY), IPA);
    unsigned before = model_tlbi_count();
    op_entry_write(block_entry(0), 0);
    op_dsb_ish();
    assert_int_equal(model_access(IPA), 0);
    // The stale entries are there, and in the wrong order an invalidation leaves the combined one.
    op_tlbi_vmalle1is();
    op_dsb_ish();
    op_tlbi_ipas2e1is(IPA >> 12);
    op_dsb_ish();
    assert_true(model_is_stale(IPA));
    op_tlbi_vmalle1is();
    op_dsb_ish();
    assert_false(model_is_stale(IPA));
    model_check();
    assert_int_equal(model_tlbi_count(), before + 3);
}

static void leaves_say_rights_and_memory_type(void **state) {
    (void)state;
    const word_t common = MEMORY | 1 | 1 << 10;
    const word_t normal = 0xf << 2 | 3 << 8;
    assert_int_equal(stage2_leaf((paddr_t){MEMORY}, 12, RW, SEL4_PAGE_DEFAULT), common | 2 | normal | 3 << 6);
    assert_int_equal(stage2_leaf((paddr_t){MEMORY}, 21, SEL4_RIGHT_READ, SEL4_PAGE_DEFAULT),
                     common | normal | 1 << 6);
    assert_int_equal(stage2_leaf((paddr_t){MEMORY}, 30, SEL4_RIGHT_WRITE, SEL4_PAGE_DEFAULT),
                     common | normal);
    assert_int_equal(stage2_leaf((paddr_t){MEMORY}, 12, RW, SEL4_PAGE_EXECUTE_NEVER),
                     common | 2 | 3 << 6 | 1ul << 54);
    assert_int_equal(stage2_address(stage2_leaf((paddr_t){MEMORY}, 30, RW, 7)).raw, MEMORY);
}

// What arch/switch.h does: VTTBR_EL2 as it was for a native thread is written again while mmu_epoch is the
// same.
static void a_remembered_vttbr_is_what_a_load_would_write(void **state) {
    (void)state;
    static struct { word_t vttbr, epoch; } remembered[SPACES];
    unsigned used = 0;
    memset(remembered, 0, sizeof(remembered));
    srand(7);
    for (unsigned i = 0; i < SPACES; i++)
        new_space(i);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)rand() % (step % 3 ? 8 : SPACES); // a few run often
        switch (rand() % 40) {
        case 0:
            mmu_release(&pool[i]);
            break;
        case 1:
            mmu_load(&pool[i], 1 + (word_t)rand() % 2); // a vCPU's
            break;
        default:
            if (remembered[i].epoch == mmu_epoch) {
                unsigned before = model_tlbi_count();
                op_vttbr_write(remembered[i].vttbr);
                mmu_load(&pool[i], 0);
                assert_int_equal(op_vttbr_read(), remembered[i].vttbr);
                assert_int_equal(model_tlbi_count(), before);
                used++;
            }
            mmu_load(&pool[i], 0);
            remembered[i].vttbr = op_vttbr_read();
            remembered[i].epoch = mmu_epoch;
        }
    }
    assert_true(used > 1000);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_mapping_is_seen_at_once),
        TEST(a_new_mapping_needs_no_invalidation),
        TEST(an_unmapped_page_is_in_no_tlb),
        TEST(a_replaced_page_is_broken_before_made),
        TEST(the_same_mapping_again_does_nothing),
        TEST(a_space_that_is_not_loaded_changes_under_its_own_vmid),
        TEST(a_space_changes_in_the_kernel_entry_that_loaded_it),
        TEST(vcpus_of_one_space_leave_each_other_nothing),
        TEST(a_removed_table_takes_all_its_pages_along),
        TEST(a_table_elsewhere_is_not_found),
        TEST(vmids_that_run_out_are_given_anew),
        TEST(the_loaded_space_keeps_its_vmid),
        TEST(a_released_space_leaves_nothing),
        TEST(a_released_space_is_not_written_any_more),
        TEST(releasing_the_loaded_space_loads_the_empty_one),
        TEST(a_remembered_vttbr_is_what_a_load_would_write),
        TEST(without_a_space_everything_faults),
        TEST(the_model_sees_a_missing_invalidation),
        TEST(leaves_say_rights_and_memory_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
