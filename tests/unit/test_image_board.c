// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The board's device tree: what the compiler reads from it, and what it says about a bad one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <libfdt.h>

#include <tools/image/board.h>

#define TREE_GIC2 "build/host-test/gic2.dtb"
#define TREE_GIC3 "build/host-test/gic3.dtb"

static void both_trees_are_read(void **state) {
    (void)state;
    struct report report = {0};
    struct board two, three;

    assert_true(board_read(&two, TREE_GIC2, &report));
    assert_true(board_read(&three, TREE_GIC3, &report));
    assert_null(report.text);
    assert_int_equal(two.gic_version, 2);
    assert_true(two.gicd.address == 0x8000000 && two.gicc.address == 0x8010000 &&
                two.gicv.address == 0x8040000);
    assert_int_equal(three.gic_version, 3);
    assert_true(three.gicr.address == 0x80a0000 && three.gicr.size == 0xf60000);
    assert_true(three.memory_base == 0x40000000 && three.memory_size == 1024 * MIB);
    assert_true(three.uart.address == 0x9000000 && three.uart.irq == 33);
    assert_int_equal(three.vtimer_irq, 27);
    assert_int_equal(three.ptimer_irq, 30);
    assert_int_equal(three.pmu_irq, 23);
    assert_true(three.kaslr_seed == 0x91b7584a2265b1f5);
    assert_int_equal(three.rng_seed[0], 0xdf);
    board_free(&two);
    board_free(&three);
}

// Reads TREE_GIC3 after `change` and compares the message behind the path.
static void assert_refused(void (*change)(struct bytes *dtb), const char *message) {
    static char path[] = "/tmp/glacis-board-XXXXXX";
    struct report report = {0};
    struct bytes dtb = {0};
    struct board board;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    assert_true(bytes_read_file(&dtb, TREE_GIC3, (struct position){0}, "", "", &report));
    change(&dtb);
    assert_true(bytes_write_file(&dtb, path, &report));
    assert_false(board_read(&board, path, &report));
    unlink(path);
    assert_string_equal(strstr(report.text, ": error: "), message);
    strcpy(strrchr(path, '-'), "-XXXXXX");
    board_free(&board);
    bytes_free(&dtb);
    report_free(&report);
}

static void delete_node(struct bytes *dtb, const char *node) {
    assert_int_equal(fdt_del_node(dtb->data, fdt_path_offset(dtb->data, node)), 0);
}
static void without_memory(struct bytes *dtb) {
    delete_node(dtb, "/memory@40000000");
}
static void without_gic(struct bytes *dtb) {
    delete_node(dtb, "/intc@8000000");
}
static void without_timer(struct bytes *dtb) {
    delete_node(dtb, "/timer");
}
static void without_uart(struct bytes *dtb) {
    delete_node(dtb, "/pl011@9000000");
}
static void with_half_a_gic(struct bytes *dtb) {
    static const uint8_t reg[16] = {0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
    int node = fdt_path_offset(dtb->data, "/intc@8000000");
    assert_int_equal(fdt_setprop(dtb->data, node, "reg", reg, sizeof reg), 0);
}
static void cut_short(struct bytes *dtb) {
    dtb->size = 1000;
}
static void not_a_tree(struct bytes *dtb) {
    dtb->data[0] = 0;
}
static void empty(struct bytes *dtb) {
    dtb->size = 0;
}

static void bad_trees_are_refused(void **state) {
    (void)state;
    static const char broken[] = ": error: this is not a whole device tree blob; make it with dtc -O dtb\n";

    assert_refused(
        without_memory,
        ": error: the device tree has no memory; add a node with device_type = \"memory\" and its reg\n");
    assert_refused(
        without_gic,
        ": error: the device tree has no GIC; add a node compatible with arm,gic-v3 or arm,gic-400\n");
    assert_refused(
        without_timer,
        ": error: the device tree has no virtual timer; add a node compatible with arm,armv8-timer and "
        "its four interrupts\n");
    assert_refused(
        without_uart,
        ": error: the device tree has no UART for the console; add a node compatible with arm,pl011, with "
        "reg and interrupts\n");
    assert_refused(
        with_half_a_gic,
        ": error: the interrupt controller lacks address ranges; its reg must name distributor and "
        "redistributors\n");
    assert_refused(cut_short, broken);
    assert_refused(not_a_tree, broken);
    assert_refused(empty, broken);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_trees_are_read),
        cmocka_unit_test(bad_trees_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
