// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Seeds of boots: both sides get the same, and nothing else changes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include <bench/runner/seeds.h>
#include <vmm/include/vmm/config.h>

static const uint8_t rng[32] = {1, 2, 3, 4, 5};

static void tree_make(uint8_t *tree, size_t size, int rng_length) {
    assert_int_equal(fdt_create_empty_tree(tree, (int)size), 0);
    int node = fdt_add_subnode(tree, 0, "chosen");
    fdt_setprop_u64(tree, node, "kaslr-seed", 0x1122334455667788);
    fdt_setprop(tree, node, "rng-seed", rng, rng_length);
}

static void number_zero_is_the_boards_and_others_differ(void **state) {
    (void)state;
    uint8_t tree[1024];
    struct seeds board, seeds[3];
    tree_make(tree, sizeof(tree), 32);
    assert_null(seeds_read(tree, sizeof(tree), &board));
    assert_true(board.kaslr == 0x1122334455667788);
    assert_memory_equal(board.rng, rng, 32);
    for (unsigned i = 0; i < 3; i++) {
        seeds[i] = seeds_derive(&board, i);
    }
    assert_memory_equal(&seeds[0], &board, sizeof(board));
    struct seeds again = seeds_derive(&board, 2);
    assert_memory_equal(&seeds[2], &again, sizeof(again));
    assert_true(seeds[1].kaslr != board.kaslr && seeds[1].kaslr != seeds[2].kaslr);
    for (size_t i = 0; i < 32; i += 8) {
        assert_memory_not_equal(seeds[1].rng + i, board.rng + i, 8);
        assert_memory_not_equal(seeds[1].rng + i, seeds[2].rng + i, 8);
        assert_true(i == 24 || memcmp(seeds[1].rng + i, seeds[1].rng + i + 8, 8) != 0);
    }
}

static void a_tree_gets_seeds_and_nothing_moves(void **state) {
    (void)state;
    uint8_t tree[1024], before[1024];
    struct seeds board, seeds, read;
    tree_make(tree, sizeof(tree), 32);
    memcpy(before, tree, sizeof(tree));
    seeds_read(tree, sizeof(tree), &board);
    seeds = seeds_derive(&board, 5);
    assert_null(seeds_write_tree(tree, sizeof(tree), &seeds));
    seeds_read(tree, sizeof(tree), &read);
    assert_memory_equal(&read, &seeds, sizeof(seeds));
    assert_null(seeds_write_tree(tree, sizeof(tree), &board));
    assert_memory_equal(tree, before, sizeof(tree));
}

static void a_tree_without_seeds_is_refused(void **state) {
    (void)state;
    uint8_t tree[1024];
    struct seeds seeds = {0};
    tree_make(tree, sizeof(tree), 16);
    assert_non_null(seeds_read(tree, sizeof(tree), &seeds));
    assert_non_null(seeds_write_tree(tree, sizeof(tree), &seeds));
    assert_non_null(seeds_read("no tree", 7, &seeds));
}

// Only the configuration that has the board's seeds changes: not that of another VM, nor the number by
// itself.
static void an_image_gets_the_seeds_of_its_first_vm(void **state) {
    (void)state;
    static uint8_t image[3 * sizeof(struct vm_config) + 100], before[sizeof(image)];
    struct vm_config config = {.magic = VM_CONFIG_MAGIC, .size = sizeof(config), .kaslr_seed = 99};
    struct seeds board = {.kaslr = 7, .rng = {1, 2, 3}}, seeds = seeds_derive(&board, 1);
    memset(image, 0, sizeof(image));
    memcpy(image + 3, &config.magic, sizeof(config.magic));
    memcpy(image + 40, &config, sizeof(config));
    config.kaslr_seed = board.kaslr;
    memcpy(config.rng_seed, board.rng, 32);
    size_t at = 80 + sizeof(config);
    memcpy(image + at, &config, sizeof(config));
    memcpy(before, image, sizeof(image));
    assert_null(seeds_write_image(image, sizeof(image), &board, &seeds));
    assert_memory_equal(image, before, at);
    memcpy(&config, image + at, sizeof(config));
    assert_true(config.kaslr_seed == seeds.kaslr);
    assert_memory_equal(config.rng_seed, seeds.rng, 32);
    assert_non_null(seeds_write_image(image, sizeof(image), &board, &seeds));
    assert_null(seeds_write_image(image, sizeof(image), &seeds, &board));
    assert_memory_equal(image, before, sizeof(image));
    assert_non_null(seeds_write_image(image, at + 100, &board, &seeds)); // cut off
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_zero_is_the_boards_and_others_differ),
        cmocka_unit_test(a_tree_gets_seeds_and_nothing_moves),
        cmocka_unit_test(a_tree_without_seeds_is_refused),
        cmocka_unit_test(an_image_gets_the_seeds_of_its_first_vm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
