// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// kernel/core/fdt.c: what the kernel takes from a device tree, and what it says about one that it cannot use.
#include <kernel/fdt.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#define TREE_BYTES 8192

// What the tree of a test has.
struct plan {
    const char *gic; // compatible; NULL: no such node
    int gic_regions;
    const char *console; // compatible; NULL: no node
    const char *stdout_path;
    const char *alias; // of serial0; NULL: no aliases
    bool memory, timer, timer_short, timer_bare, on_bus, chosen_last;
    uint64_t memory_size;
    const char *psci;
};

static const struct plan good = {.gic = "arm,gic-v3",
                                 .gic_regions = 2,
                                 .console = "arm,pl011",
                                 .stdout_path = "/bus/uart@9000000:115200n8",
                                 .memory = true,
                                 .timer = true,
                                 .on_bus = true,
                                 .memory_size = 0x20000000,
                                 .psci = "smc"};

static char tree[TREE_BYTES];
static struct boot_board board;

static void put_cells(void *fdt, const char *name, unsigned count, ...) {
    fdt32_t cells[16];
    va_list values;
    va_start(values, count);
    for (unsigned i = 0; i < count; i++)
        cells[i] = cpu_to_fdt32(va_arg(values, uint32_t));
    va_end(values);
    assert_int_equal(fdt_property(fdt, name, cells, (int)(count * sizeof(fdt32_t))), 0);
}

static void put_reg(void *fdt, uint64_t start, uint64_t size) {
    put_cells(fdt, "reg", 4, (uint32_t)(start >> 32), (uint32_t)start, (uint32_t)(size >> 32),
              (uint32_t)size);
}

static void put_gic(const struct plan *plan) {
    fdt32_t reg[12];
    const uint32_t starts[3] = {0x08000000, plan->gic && strstr(plan->gic, "v3") ? 0x080a0000 : 0x08010000,
                                0x08030000};
    for (int i = 0; i < plan->gic_regions; i++) {
        reg[4 * i] = 0;
        reg[4 * i + 1] = cpu_to_fdt32(starts[i]);
        reg[4 * i + 2] = 0;
        reg[4 * i + 3] = cpu_to_fdt32(0x10000);
    }
    fdt_begin_node(tree, "intc@8000000");
    fdt_property_string(tree, "compatible", plan->gic);
    fdt_property(tree, "reg", reg, plan->gic_regions * 16);
    fdt_end_node(tree);
}

static void put_console(const struct plan *plan) {
    fdt_begin_node(tree, "bus");
    put_cells(tree, "#address-cells", 1, 1);
    put_cells(tree, "#size-cells", 1, 1);
    if (plan->on_bus) // bus address 0 is 0x08000000
        put_cells(tree, "ranges", 4, 0, 0, 0x08000000, 0x04000000);
    fdt_begin_node(tree, "uart@9000000");
    fdt_property_string(tree, "compatible", plan->console);
    put_cells(tree, "reg", 2, 0x01000000, 0x1000);
    fdt_end_node(tree);
    fdt_end_node(tree);
}

static void put_reserved(void) {
    fdt_begin_node(tree, "reserved-memory");
    put_cells(tree, "#address-cells", 1, 2);
    put_cells(tree, "#size-cells", 1, 2);
    fdt_property(tree, "ranges", NULL, 0);
    fdt_begin_node(tree, "secure@41000000");
    put_reg(tree, 0x41000000, 0x1800);
    fdt_property(tree, "no-map", NULL, 0);
    fdt_end_node(tree);
    fdt_begin_node(tree, "pool");
    put_cells(tree, "size", 2, 0, 0x100000);
    fdt_end_node(tree);
    fdt_end_node(tree);
}

static void put_memory(uint64_t start, uint64_t size, const char *name, const char *status) {
    fdt_begin_node(tree, name);
    fdt_property_string(tree, "device_type", "memory");
    put_reg(tree, start, size);
    if (status)
        fdt_property_string(tree, "status", status);
    fdt_end_node(tree);
}

static void put_timer(const struct plan *plan) {
    fdt_begin_node(tree, "timer");
    fdt_property_string(tree, "compatible", "arm,armv8-timer");
    if (!plan->timer_bare)
        put_cells(tree, "interrupts", plan->timer_short ? 6 : 12, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
    fdt_end_node(tree);
}

static void begin_tree(void) {
    assert_int_equal(fdt_create(tree, sizeof tree), 0);
    fdt_add_reservemap_entry(tree, 0x40000000, 0x1000);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    fdt_property_string(tree, "compatible", "test,board");
    put_cells(tree, "#address-cells", 1, 2);
    put_cells(tree, "#size-cells", 1, 2);
}

static void end_tree(void) {
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
}

static void put_chosen(const struct plan *plan) {
    if (plan->alias) {
        fdt_begin_node(tree, "aliases");
        fdt_property_string(tree, "serial0", plan->alias);
        fdt_end_node(tree);
    }
    if (plan->stdout_path) {
        fdt_begin_node(tree, "chosen");
        fdt_property_string(tree, "stdout-path", plan->stdout_path);
        fdt_end_node(tree);
    }
}

static void make_tree(const struct plan *plan) {
    begin_tree();
    if (!plan->chosen_last)
        put_chosen(plan);
    if (plan->memory)
        put_memory(0x40000000, plan->memory_size, "memory@40000000", NULL);
    put_reserved();
    if (plan->gic)
        put_gic(plan);
    if (plan->console)
        put_console(plan);
    if (plan->timer)
        put_timer(plan);
    if (plan->psci) {
        fdt_begin_node(tree, "psci");
        fdt_property_string(tree, "compatible", "arm,psci-1.0");
        fdt_property_string(tree, "method", plan->psci);
        fdt_end_node(tree);
    }
    if (plan->chosen_last)
        put_chosen(plan);
    end_tree();
}

static const char *parse(const struct plan *plan, unsigned gic) {
    make_tree(plan);
    word_t size;
    assert_null(boot_fdt_check(tree, &size));
    return boot_fdt_parse(tree, size, gic, &board);
}

static void expect_error(const struct plan *plan, unsigned gic, const char *words) {
    const char *error = parse(plan, gic);
    assert_non_null(error);
    if (!strstr(error, words))
        fail_msg("\"%s\" does not say \"%s\"", error, words);
}

static void a_complete_tree_is_read(void **state) {
    (void)state;
    assert_null(parse(&good, 3));
    assert_string_equal(board.compatible, "test,board");
    assert_int_equal(board.memory_count, 1);
    assert_int_equal(board.memory[0].start, 0x40000000);
    assert_int_equal(board.memory[0].end, 0x60000000);
    assert_int_equal(board.gic_version, 3);
    assert_int_equal(board.gic_distributor.start, 0x08000000);
    assert_int_equal(board.gic_second.start, 0x080a0000);
    assert_int_equal(board.gic_third.end, 0);
    assert_int_equal(board.uart.start, 0x09000000);
    assert_int_equal(board.uart.end, 0x09001000);
    assert_int_equal(board.irq_hyp_timer, 26);
    assert_int_equal(board.irq_virtual_timer, 27);
    assert_int_equal(board.psci, BOOT_PSCI_SMC);
}

static void reserved_memory_is_whole_pages(void **state) {
    (void)state;
    assert_null(parse(&good, 3));
    assert_int_equal(board.reserved_count, 2); // the wish without address is none
    assert_int_equal(board.reserved[0].start, 0x40000000);
    assert_int_equal(board.reserved[0].end, 0x40001000);
    assert_false(board.reserved_no_map[0]);
    assert_int_equal(board.reserved[1].start, 0x41000000);
    assert_int_equal(board.reserved[1].end, 0x41002000);
    assert_true(board.reserved_no_map[1]);
}

static void a_gic_v2_is_read(void **state) {
    (void)state;
    struct plan plan = good;
    plan.gic = "arm,gic-400";
    plan.gic_regions = 3;
    assert_null(parse(&plan, 2));
    assert_int_equal(board.gic_version, 2);
    assert_int_equal(board.gic_second.start, 0x08010000);
    assert_int_equal(board.gic_third.start, 0x08030000);
}

static void banks_are_sorted_and_merged(void **state) {
    (void)state;
    begin_tree();
    put_memory(0x80000000, 0x10000800, "memory@80000000", NULL);
    put_memory(0x100000000ul, 0x40000000, "memory@100000000", "disabled");
    put_memory(0x50000000, 0x10000000, "memory@50000000", "okay");
    put_memory(0x40000000, 0x10000000, "memory@40000000", NULL);
    put_memory(0xfffffff000ul, 0x100000000ul, "memory@fffffff000", NULL);
    put_gic(&good);
    put_timer(&good);
    end_tree();
    assert_null(boot_fdt_parse(tree, fdt_totalsize(tree), 3, &board));
    assert_int_equal(board.memory_count, 3);
    assert_int_equal(board.memory[0].start, 0x40000000);
    assert_int_equal(board.memory[0].end, 0x60000000);
    assert_int_equal(board.memory[1].start, 0x80000000);
    assert_int_equal(board.memory[1].end, 0x90000000);
    assert_int_equal(board.memory[2].end, 1ul << 40);
    assert_int_equal(board.uart.end, 0);
}

static void more_banks_than_fit_is_an_error(void **state) {
    (void)state;
    begin_tree();
    for (uint64_t i = 1; i <= BOOT_MAX_RAM + 1; i++) {
        char name[32];
        snprintf(name, sizeof name, "memory@%lx", (unsigned long)(i << 30));
        put_memory(i << 30, 0x100000, name, NULL);
    }
    end_tree();
    const char *error = boot_fdt_parse(tree, fdt_totalsize(tree), 3, &board);
    assert_non_null(error);
    assert_non_null(strstr(error, "BOOT_MAX_RAM"));
}

static void no_memory_is_an_error(void **state) {
    (void)state;
    struct plan plan = good;
    plan.memory = false;
    expect_error(&plan, 3, "no memory node");
    plan.memory = true;
    plan.memory_size = 0;
    expect_error(&plan, 3, "no memory node");
}

static void no_gic_is_an_error(void **state) {
    (void)state;
    struct plan plan = good;
    plan.gic = NULL;
    expect_error(&plan, 3, "no interrupt controller");
}

static void the_other_gic_names_the_build_that_fits(void **state) {
    (void)state;
    struct plan plan = good;
    expect_error(&plan, 2, "build with GIC=3");
    plan.gic = "arm,cortex-a15-gic";
    expect_error(&plan, 3, "build with GIC=2");
}

static void a_gic_without_virtualisation_is_an_error(void **state) {
    (void)state;
    struct plan plan = good;
    plan.gic = "arm,cortex-a15-gic";
    expect_error(&plan, 2, "virtualization=on");
    plan.gic = "arm,gic-v3";
    plan.gic_regions = 1;
    expect_error(&plan, 3, "redistributors");
}

static void no_timer_is_an_error(void **state) {
    (void)state;
    struct plan plan = good;
    plan.timer = false;
    expect_error(&plan, 3, "arm,armv8-timer");
    plan.timer = true;
    plan.timer_short = true;
    expect_error(&plan, 3, "hypervisor timer");
    plan.timer_bare = true;
    expect_error(&plan, 3, "hypervisor timer");
}

static void a_console_without_driver_is_an_error(void **state) {
    (void)state;
    struct plan plan = good;
    plan.console = "ns16550a";
    expect_error(&plan, 3, "PL011");
    plan.console = "arm,pl011";
    plan.on_bus = false;
    expect_error(&plan, 3, "ranges");
}

static void the_console_is_found_by_any_path(void **state) {
    (void)state;
    struct plan plan = good;
    const char *const paths[] = {"/bus/uart@9000000", "/bus/uart", "serial0:115200", "serial0"};
    plan.alias = "/bus/uart@9000000";
    for (unsigned i = 0; i < 2 * ARRAY_LENGTH(paths); i++) {
        plan.stdout_path = paths[i / 2];
        plan.chosen_last = i % 2;
        assert_null(parse(&plan, 3));
        assert_int_equal(board.uart.start, 0x09000000);
    }
}

static void a_path_that_leads_nowhere_is_an_error(void **state) {
    (void)state;
    struct plan plan = good;
    const char *const paths[] = {
        "/bus/uart@9", "/bus/uart@90000000", "/uart", "/bus/uart/x", "/", "", "serial1", "/bu"};
    for (unsigned i = 0; i < ARRAY_LENGTH(paths); i++) {
        plan.stdout_path = paths[i];
        expect_error(&plan, 3, "stdout-path");
    }
}

static void a_console_that_is_not_there_is_none(void **state) {
    (void)state;
    struct plan plan = good;
    plan.stdout_path = NULL;
    assert_null(parse(&plan, 3));
    assert_int_equal(board.uart.end, 0);
}

static void no_tree_is_an_error(void **state) {
    (void)state;
    word_t size;
    assert_non_null(strstr(boot_fdt_check(NULL, &size), "no device tree"));
    memset(tree, 0, sizeof tree);
    assert_non_null(strstr(boot_fdt_check(tree, &size), "d00dfeed"));
    make_tree(&good);
    fdt_set_totalsize(tree, BOOT_FDT_MAX + 1);
    assert_non_null(strstr(boot_fdt_check(tree, &size), "2 MiB"));
    fdt_set_totalsize(tree, 8);
    assert_non_null(boot_fdt_check(tree, &size));
    make_tree(&good);
    fdt_set_version(tree, 16);
    assert_non_null(strstr(boot_fdt_check(tree, &size), "not of version 17"));
    fdt_set_version(tree, 18);
    assert_null(boot_fdt_check(tree, &size)); // and says that it can be read as 16
    fdt_set_last_comp_version(tree, 18);
    assert_non_null(strstr(boot_fdt_check(tree, &size), "not of version 17"));
}

// Whatever one damaged byte says, the parser stays inside the tree (ASan) and ends.
static void a_damaged_tree_does_no_harm(void **state) {
    (void)state;
    make_tree(&good);
    word_t bytes = fdt_totalsize(tree);
    char *copy = malloc(bytes);
    assert_non_null(copy);
    const unsigned char values[] = {0x00, 0x01, 0x03, 0x7f, 0x80, 0xff};
    for (word_t at = 0; at < bytes; at++)
        for (unsigned v = 0; v < sizeof values; v++) {
            memcpy(copy, tree, bytes);
            copy[at] = (char)values[v];
            word_t size;
            if (!boot_fdt_check(copy, &size) && size <= bytes)
                (void)!boot_fdt_parse(copy, size, 3, &board);
        }
    memcpy(copy, tree, bytes);
    assert_non_null(boot_fdt_parse(copy, bytes - 16, 3, &board));
    free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_tree_is_read),
        cmocka_unit_test(reserved_memory_is_whole_pages),
        cmocka_unit_test(a_gic_v2_is_read),
        cmocka_unit_test(banks_are_sorted_and_merged),
        cmocka_unit_test(more_banks_than_fit_is_an_error),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(no_gic_is_an_error),
        cmocka_unit_test(the_other_gic_names_the_build_that_fits),
        cmocka_unit_test(a_gic_without_virtualisation_is_an_error),
        cmocka_unit_test(no_timer_is_an_error),
        cmocka_unit_test(a_console_without_driver_is_an_error),
        cmocka_unit_test(the_console_is_found_by_any_path),
        cmocka_unit_test(a_path_that_leads_nowhere_is_an_error),
        cmocka_unit_test(a_console_that_is_not_there_is_none),
        cmocka_unit_test(no_tree_is_an_error),
        cmocka_unit_test(a_damaged_tree_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
