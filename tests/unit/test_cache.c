// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// kernel/arch/aarch64/cache.c against a model of a cache: every line of a range is operated on, none beside
// it is lost, and each operation is complete when it returns.
#include <arch/cache.h>
#include <arch/machine.h>
#include <stdarg.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "mmu_model/model.h"

#define LINES 64
static char memory[LINES * MODEL_LINE] __attribute__((aligned(4096)));

static int set_up(void **state) {
    (void)state;
    model_reset();
    model_cache_memory(memory, sizeof memory);
    model_dirty();
    return 0;
}

static void a_clean_covers_every_line_that_holds_a_byte(void **state) {
    (void)state;
    for (word_t start = 60; start <= 130; start++)
        for (word_t bytes = 1; bytes <= 1200; bytes += 61) {
            model_dirty();
            cache_operate(CACHE_CLEAN, memory + start, bytes);
            for (word_t line = 0; line < LINES; line++) {
                bool inside = line >= start / MODEL_LINE && line <= (start + bytes - 1) / MODEL_LINE;
                assert_int_equal(model_is_cleaned(line), inside);
                assert_false(model_is_dropped(line));
            }
            assert_true(model_is_complete());
        }
}

static void an_invalidation_loses_no_byte_beside_the_range(void **state) {
    (void)state;
    cache_operate(CACHE_INVALIDATE, memory + 100, 1000); // lines 1 (partly) to 17 (partly)
    assert_true(model_is_cleaned(1));
    assert_true(model_is_cleaned(17));
    for (word_t line = 2; line < 17; line++)
        assert_true(model_is_dropped(line));
    assert_false(model_is_cleaned(0) || model_is_dropped(0) || model_is_cleaned(18) || model_is_dropped(18));
    assert_true(model_is_complete());
}

static void an_invalidation_within_one_line_writes_it_back(void **state) {
    (void)state;
    cache_operate(CACHE_INVALIDATE, memory + 70, 4);
    assert_true(model_is_cleaned(1));
    assert_false(model_is_dropped(1));
}

static void an_aligned_invalidation_drops_everything(void **state) {
    (void)state;
    cache_operate(CACHE_INVALIDATE, memory, sizeof memory);
    for (word_t line = 0; line < LINES; line++)
        assert_true(model_is_dropped(line) && !model_is_cleaned(line));
}

static void unify_cleans_then_forgets_instructions(void **state) {
    (void)state;
    cache_operate(CACHE_CLEAN_INVALIDATE, memory, sizeof memory);
    assert_false(model_instructions_fresh());
    model_dirty();
    cache_operate(CACHE_UNIFY, memory, sizeof memory);
    assert_true(model_is_cleaned(LINES - 1));
    assert_true(model_instructions_fresh());
    assert_true(model_is_complete());
}

static void a_new_frame_is_clean_and_not_in_the_instruction_cache(void **state) {
    (void)state;
    arch_memory_clean(memory, sizeof memory);
    for (word_t line = 0; line < LINES; line++)
        assert_true(model_is_cleaned(line));
    assert_true(model_instructions_fresh());
    assert_true(model_is_complete());
}

static void check_zero(word_t start, word_t bytes) {
    memset(memory, 0x5a, sizeof memory);
    arch_memory_zero(memory + start, bytes);
    for (word_t i = 0; i < sizeof memory; i++)
        assert_int_equal(memory[i], i >= start && i < start + bytes ? 0 : 0x5a);
}

static void zeroing_is_exact(void **state) {
    (void)state;
    for (word_t start = 0; start <= 128; start += 16)
        for (word_t bytes = 0; bytes <= 1600; bytes += 16)
            check_zero(start, bytes);
}

static void zeroing_works_without_dc_zva(void **state) {
    (void)state;
    model_forbid_zva(true);
    check_zero(16, 2000);
    check_zero(64, 1024);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup(function, set_up)
    const struct CMUnitTest tests[] = {
        TEST(a_clean_covers_every_line_that_holds_a_byte),
        TEST(an_invalidation_loses_no_byte_beside_the_range),
        TEST(an_invalidation_within_one_line_writes_it_back),
        TEST(an_aligned_invalidation_drops_everything),
        TEST(unify_cleans_then_forgets_instructions),
        TEST(a_new_frame_is_clean_and_not_in_the_instruction_cache),
        TEST(zeroing_is_exact),
        TEST(zeroing_works_without_dc_zva),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
