// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmark runner's work on device trees.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include <libfdt.h>

#include <bench/runner/tree.h>

#define TREE_BYTES 4096

static uint8_t image_header[64];

// memory 256 MiB at 1 GiB, initrd of 6.7 MiB at +128 MiB, bootargs; then what the test adds.
static void tree_make(uint8_t *tree) {
    static const uint32_t memory[] = {0, 0x40000000, 0, 0x10000000};
    uint32_t cells[4];
    for (size_t i = 0; i < 4; i++) {
        cells[i] = cpu_to_fdt32(memory[i]);
    }
    assert_int_equal(fdt_create_empty_tree(tree, TREE_BYTES), 0);
    int node = fdt_add_subnode(tree, 0, "chosen");
    assert_int_equal(fdt_setprop_u32(tree, node, "linux,initrd-start", 0x48000000), 0);
    assert_int_equal(fdt_setprop_u64(tree, node, "linux,initrd-end", 0x486aa800), 0);
    assert_int_equal(fdt_setprop_string(tree, node, "bootargs", "console=ttyAMA0 glacis.case=boot  quiet"),
                     0);
    node = fdt_add_subnode(tree, 0, "memory@40000000");
    assert_int_equal(fdt_setprop_string(tree, node, "device_type", "memory"), 0);
    assert_int_equal(fdt_setprop(tree, node, "reg", cells, sizeof(cells)), 0);
    memset(image_header, 0, sizeof(image_header));
    memcpy(image_header + 56, "ARM\x64", 4);
}

static void the_layout_is_the_emulators_own(void **state) {
    (void)state;
    uint8_t tree[TREE_BYTES];
    struct tree_layout layout;
    struct tree_guest guest;
    tree_make(tree);
    assert_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
    assert_int_equal(layout.kernel, 0x40200000);
    assert_int_equal(layout.initrd, 0x48000000);
    assert_int_equal(layout.tree, 0x48800000);
    assert_true(layout.start >= 0x40100000 && layout.start < 0x40200000);
    tree_guest_get(tree, &layout, "glacis.case=boot", &guest);
    assert_int_equal(guest.memory_mib, 256);
    assert_string_equal(guest.cmdline, "console=ttyAMA0 quiet");
}

// As vmm/guest/place.c has it.
static void without_an_initrd_the_tree_stands_where_it_would_begin(void **state) {
    (void)state;
    uint8_t tree[TREE_BYTES];
    struct tree_layout layout;
    tree_make(tree);
    fdt_delprop(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-start");
    assert_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
    assert_int_equal(layout.initrd, 0);
    assert_int_equal(layout.tree, 0x48000000);
    image_header[16 + 3] = 9; // image_size 0x9000000: the kernel ends above the middle
    assert_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
    assert_int_equal(layout.tree, 0x49200000);
}

static void the_start_code_holds_the_addresses(void **state) {
    (void)state;
    uint8_t code[TREE_START_BYTES];
    struct tree_layout layout = {.tree = 0x48800000, .kernel = 0x40200000};
    tree_start_write(&layout, code);
    static const uint8_t expected[] = {0xc0, 0x00, 0x00, 0x58, 0xe1, 0x03, 0x1f, 0xaa, 0xe2, 0x03,
                                       0x1f, 0xaa, 0xe3, 0x03, 0x1f, 0xaa, 0x84, 0x00, 0x00, 0x58,
                                       0x80, 0x00, 0x1f, 0xd6, 0x00, 0x00, 0x80, 0x48, 0x00, 0x00,
                                       0x00, 0x00, 0x00, 0x00, 0x20, 0x40, 0x00, 0x00, 0x00, 0x00};
    assert_memory_equal(code, expected, sizeof(expected));
}

static void bad_input_is_explained(void **state) {
    (void)state;
    uint8_t tree[TREE_BYTES];
    struct tree_layout layout;
    tree_make(tree);
    assert_non_null(tree_layout_derive(tree, 16, image_header, &layout));
    assert_non_null(tree_layout_derive(tree, sizeof(tree) / 2, image_header, &layout));
    memset(image_header, 0, sizeof(image_header));
    assert_non_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
    tree_make(tree);
    fdt_del_node(tree, fdt_path_offset(tree, "/memory@40000000"));
    assert_non_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
    tree_make(tree);
    fdt_delprop(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-end");
    assert_non_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
    tree_make(tree);
    fdt_setprop_u64(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-end", 0x4fffffff);
    assert_non_null(tree_layout_derive(tree, sizeof(tree), image_header, &layout));
}

// Compares, and returns what was printed (static).
static const char *compare(const void *native, const void *virt, int differences) {
    static char text[4096];
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_int_equal(tree_compare(native, TREE_BYTES, virt, TREE_BYTES, out), differences);
    fclose(out);
    return text;
}

static void equal_trees_have_no_difference(void **state) {
    (void)state;
    uint8_t native[TREE_BYTES], virt[TREE_BYTES];
    tree_make(native);
    tree_make(virt);
    compare(native, virt, 0);
}

static void each_difference_is_printed_once(void **state) {
    (void)state;
    uint8_t native[TREE_BYTES], virt[TREE_BYTES];
    tree_make(native);
    tree_make(virt);
    fdt_setprop_string(virt, fdt_path_offset(virt, "/chosen"), "bootargs", "debug");
    assert_non_null(strstr(compare(native, virt, 1),
                           "/chosen: bootargs: native \"console=ttyAMA0 glacis.case=boot  "
                           "quiet\", guest \"debug\"\n"));
    fdt_setprop_u32(virt, fdt_path_offset(virt, "/memory@40000000"), "extra", 0x12345678);
    assert_non_null(
        strstr(compare(native, virt, 2), "/memory@40000000: extra: native (absent), guest <12345678>\n"));
    fdt_setprop_u64(native, fdt_path_offset(native, "/chosen"), "kaslr-seed", 0x1122334455667788);
    assert_non_null(strstr(compare(native, virt, 3),
                           "/chosen: kaslr-seed: native <11223344 55667788>, guest (absent)\n"));
    fdt_add_subnode(native, 0, "psci");
    assert_non_null(strstr(compare(native, virt, 4), "/psci: only native\n"));
    fdt_add_subnode(virt, 0, "pmu");
    assert_non_null(strstr(compare(native, virt, 5), "/pmu: only guest\n"));
}

static void garbage_is_no_tree(void **state) {
    (void)state;
    uint8_t native[TREE_BYTES], garbage[TREE_BYTES] = {0xd0, 0x0d, 0xfe, 0xed, 0xff};
    tree_make(native);
    assert_int_equal(tree_compare(native, sizeof(native), garbage, sizeof(garbage), stdout), -1);
    assert_int_equal(tree_compare(garbage, 3, native, sizeof(native), stdout), -1);
}

static void the_boards_loopback_device_is_added_once(void **state) {
    (void)state;
    static const char compatible[] = TREE_LOOPBACK "\0arm,pl061";
    static const uint8_t reg[16] = {4, 9, 3}, interrupts[12] = {0, 7, 4};
    uint8_t tree[TREE_BYTES], board[TREE_BYTES];
    size_t size;
    int length;
    tree_make(tree);
    tree_make(board);
    assert_false(tree_has_device(tree, sizeof(tree), TREE_LOOPBACK));
    assert_non_null(tree_loopback_add(tree, sizeof(tree), board, sizeof(board), &size));
    int node = fdt_add_subnode(board, 0, "pl061@9030000");
    fdt_setprop(board, node, "compatible", compatible, sizeof(compatible));
    fdt_setprop(board, node, "reg", reg, sizeof(reg));
    assert_non_null(tree_loopback_add(tree, sizeof(tree), board, sizeof(board), &size)); // no interrupts
    fdt_setprop(board, node, "interrupts", interrupts, sizeof(interrupts));

    tree_make(tree);
    assert_null(tree_loopback_add(tree, sizeof(tree), board, sizeof(board), &size));
    assert_int_equal(size, fdt_totalsize(tree));
    assert_true(tree_has_device(tree, size, TREE_LOOPBACK));
    node = fdt_path_offset(tree, "/pl061@9030000");
    assert_memory_equal(fdt_getprop(tree, node, "compatible", &length), compatible, sizeof(compatible));
    assert_memory_equal(fdt_getprop(tree, node, "reg", &length), reg, sizeof(reg));
    assert_memory_equal(fdt_getprop(tree, node, "interrupts", &length), interrupts, sizeof(interrupts));
    assert_non_null(tree_loopback_add(tree, sizeof(tree), board, sizeof(board), &size)); // it is there
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_the_emulators_own),
        cmocka_unit_test(without_an_initrd_the_tree_stands_where_it_would_begin),
        cmocka_unit_test(the_start_code_holds_the_addresses),
        cmocka_unit_test(bad_input_is_explained),
        cmocka_unit_test(equal_trees_have_no_difference),
        cmocka_unit_test(each_difference_is_printed_once),
        cmocka_unit_test(the_boards_loopback_device_is_added_once),
        cmocka_unit_test(garbage_is_no_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
