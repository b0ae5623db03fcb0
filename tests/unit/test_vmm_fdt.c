// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest's device tree, derived from QEMU's own (boards/qemu-virt) and from small trees written here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>
#include <vmm/guest/fdt.h>

#define MIB        0x100000ull
#define TREE_BYTES (1 << 20)

static uint64_t tree[TREE_BYTES / 8];
static uint64_t board[TREE_BYTES / 8];

// Compiles `source` (a file name, or the text itself: it begins with "/dts") with dtc into `board`.
static size_t compile(const char *source) {
    char path[] = "/tmp/glacis-test-XXXXXX", command[256];
    bool is_text = strncmp(source, "/dts", 4) == 0;
    if (is_text) {
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        FILE *file = fdopen(fd, "w");
        assert_non_null(file);
        fputs(source, file);
        fclose(file);
    }
    snprintf(command, sizeof(command), "dtc -q -I dts -O dtb %s", is_text ? path : source);
    FILE *dtc = popen(command, "r");
    assert_non_null(dtc);
    size_t size = fread(board, 1, sizeof(board), dtc);
    assert_int_equal(pclose(dtc), 0);
    if (is_text)
        remove(path);
    return size;
}

static struct vm_config virt(unsigned gic) {
    struct vm_config config = {
        .memory_ipa = 0x40000000,
        .memory_size = 256 * MIB,
        .vcpu_count = 1,
        .gic_version = gic,
        .gicd_ipa = 0x08000000,
        .gicr_ipa = 0x080a0000,
        .gicc_ipa = 0x08010000,
        .vtimer_irq = 27,
        .device_count = 1,
        .devices = {{.type = VM_DEVICE_PL011, .irq = 33, .ipa = 0x09000000, .size = 0x1000}},
        .kaslr_seed = 0x1122334455667788,
        .rng_seed = {1, 2, 3},
        .cmdline = "console=ttyAMA0 quiet",
    };
    return config;
}

static const struct placement placement = {.entry = 0x40200000,
                                           .initrd = 0x48000000,
                                           .initrd_size = 5000001,
                                           .dtb = 0x48600000,
                                           .dtb_room = 2 * MIB};

static const char *derive(const struct vm_config *config, size_t board_size) {
    memset(tree, 0xa5, sizeof(tree));
    return fdt_derive(config, board, board_size, &placement, tree, sizeof(tree));
}

static void derived(const struct vm_config *config, const char *source) {
    const char *error = derive(config, compile(source));
    if (error)
        fail_msg("%s", error);
    assert_int_equal(fdt_check_full(tree, fdt_derived_size(tree)), 0);
}

static void expect_bytes(const char *path, const char *name, const void *value, int size) {
    int length;
    const void *property = fdt_getprop(tree, fdt_path_offset(tree, path), name, &length);
    if (!property)
        fail_msg("%s has no %s", path, name);
    assert_int_equal(length, size);
    assert_memory_equal(property, value, (size_t)size);
}

static void expect_text(const char *path, const char *name, const char *value) {
    expect_bytes(path, name, value, (int)strlen(value) + 1);
}

static void expect_cells(const char *path, const char *name, const uint32_t *cells, unsigned count) {
    fdt32_t raw[16];
    for (unsigned i = 0; i < count; i++)
        raw[i] = cpu_to_fdt32(cells[i]);
    expect_bytes(path, name, raw, (int)(4 * count));
}
#define CELLS(path, name, ...)                                                                               \
    expect_cells(path, name, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static void expect_absent(const char *path, const char *name) {
    int node = fdt_path_offset(tree, path);
    if (!name)
        assert_int_equal(node, -FDT_ERR_NOTFOUND);
    else
        assert_null(fdt_getprop(tree, node, name, NULL));
}

static unsigned count_nodes(void) {
    unsigned count = 0;
    for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL))
        count++;
    return count;
}

static void a_guest_has_memory_chosen_and_psci_of_its_own(void **state) {
    (void)state;
    struct vm_config config = virt(3);
    derived(&config, "boards/qemu-virt/gic3.dts");
    CELLS("/memory@40000000", "reg", 0, 0x40000000, 0, 0x10000000);
    expect_text("/memory@40000000", "device_type", "memory");
    expect_text("/chosen", "bootargs", "console=ttyAMA0 quiet");
    CELLS("/chosen", "linux,initrd-start", 0x48000000);
    CELLS("/chosen", "linux,initrd-end", 0x48000000 + 5000001);
    CELLS("/chosen", "kaslr-seed", 0x11223344, 0x55667788);
    expect_bytes("/chosen", "rng-seed", config.rng_seed, 32);
    expect_text("/chosen", "stdout-path", "/pl011@9000000");
    expect_text("/psci", "method", "smc");
    CELLS("/psci", "cpu_on", 0xc4000003);
}

static void only_what_the_guest_has_stays(void **state) {
    (void)state;
    struct vm_config config = virt(3);
    derived(&config, "boards/qemu-virt/gic3.dts");
    // root, psci, memory, pl011, intc, cpus, cpu@0, timer, apb-pclk, chosen
    assert_int_equal(count_nodes(), 10);
    expect_text("/cpus/cpu@0", "compatible", "arm,cortex-a53");
    CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
    expect_text("/apb-pclk", "compatible", "fixed-clock");
    CELLS("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
    expect_absent("/pmu", NULL);
}

static void the_pmu_stays_if_the_guest_has_it(void **state) {
    (void)state;
    for (unsigned gic = 2; gic <= 3; gic++) {
        struct vm_config config = virt(gic);
        config.pmu_irq = 23;
        derived(&config, gic == 2 ? "boards/qemu-virt/gic2.dts" : "boards/qemu-virt/gic3.dts");
        CELLS("/pmu", "interrupts", 1, 7, gic == 2 ? 0x104 : 4);
        expect_text("/pmu", "compatible", "arm,armv8-pmuv3");
    }
}

static void the_interrupt_controller_is_the_guests(void **state) {
    (void)state;
    struct vm_config config = virt(3);
    derived(&config, "boards/qemu-virt/gic3.dts");
    CELLS("/intc@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 0x20000);
    expect_absent("/intc@8000000", "interrupts");
    expect_absent("/intc@8000000/its@8080000", NULL);
    config = virt(2);
    derived(&config, "boards/qemu-virt/gic2.dts");
    CELLS("/intc@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x08010000, 0, 0x10000);
    expect_absent("/intc@8000000", "interrupts");
    expect_absent("/intc@8000000/v2m@8020000", NULL);
}

static void seeds_and_initrd_that_are_not_given_are_absent(void **state) {
    (void)state;
    struct vm_config config = virt(3);
    struct placement without = placement;
    without.initrd = without.initrd_size = 0;
    config.kaslr_seed = 0;
    memset(config.rng_seed, 0, sizeof(config.rng_seed));
    size_t size = compile("boards/qemu-virt/gic3.dts");
    assert_null(fdt_derive(&config, board, size, &without, tree, sizeof(tree)));
    expect_absent("/chosen", "kaslr-seed");
    expect_absent("/chosen", "rng-seed");
    expect_absent("/chosen", "linux,initrd-start");
    expect_absent("/chosen", "linux,initrd-end");
}

static void the_result_depends_on_the_inputs_alone(void **state) {
    (void)state;
    static uint64_t first[TREE_BYTES / 8];
    struct vm_config config = virt(3);
    derived(&config, "boards/qemu-virt/gic3.dts");
    uint64_t size = fdt_derived_size(tree);
    memcpy(first, tree, size);
    derived(&config, "boards/qemu-virt/gic3.dts");
    assert_int_equal(fdt_derived_size(tree), size);
    assert_memory_equal(first, tree, size);
}

// Not of the buffer, and not of seeds that were moved about: with the seeds' own bytes overwritten, two trees
// are equal.
static void seeds_leave_no_bytes_behind(void **state) {
    (void)state;
    static uint64_t first[TREE_BYTES / 8];
    for (int seed = 0; seed < 2; seed++) {
        struct vm_config config = virt(3);
        config.kaslr_seed = seed ? 0x3132333435363738 : 0xd1d2d3d4d5d6d7d8;
        memset(config.rng_seed, seed ? 0x77 : 0xee, sizeof(config.rng_seed));
        derived(&config, "boards/qemu-virt/gic3.dts");
        int node = fdt_path_offset(tree, "/chosen");
        fdt_setprop_inplace_u64(tree, node, "kaslr-seed", 0);
        memset(config.rng_seed, 0, sizeof(config.rng_seed));
        fdt_setprop_inplace(tree, node, "rng-seed", config.rng_seed, sizeof(config.rng_seed));
        if (!seed)
            memcpy(first, tree, sizeof(first));
    }
    assert_memory_equal(first, tree, fdt_derived_size(tree));
}

static void a_buffer_of_any_size_is_not_overrun(void **state) {
    (void)state;
    struct vm_config config = virt(3);
    size_t board_size = compile("boards/qemu-virt/gic3.dts");
    assert_null(derive(&config, board_size));
    bool succeeded = false;
    for (size_t size = 8; size < board_size + 4096; size += 264) {
        void *buffer = aligned_alloc(8, size);
        succeeded = fdt_derive(&config, board, board_size, &placement, buffer, size) == NULL;
        free(buffer);
    }
    assert_true(succeeded);
}

// A board as vendors write them: devices on a bus with ranges, labels, several CPUs, clocks of clocks.
#define VENDOR(uart_clock)                                                                                   \
    "/dts-v1/;\n/memreserve/ 0x40000000 0x1000;\n"                                                           \
    "/ { #address-cells = <2>; #size-cells = <2>; compatible = \"v,board\"; model = \"Board\"; "             \
    "interrupt-parent = <&gic>;"                                                                             \
    " serial-number = \"1\";"                                                                                \
    " aliases { serial0 = \"/soc/serial@1000\"; serial1 = \"/soc/serial@2000\"; eth0 = \"/soc/eth@3000\"; "  \
    "};"                                                                                                     \
    " chosen { stdout-path = \"serial1:115200n8\"; bootargs = \"old\"; linux,pci-probe-only = <1>; fb { "    \
    "reg = <0 1 0 1>; }; };"                                                                                 \
    " memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x1000>; };"                         \
    " memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x1000>; };"                         \
    " reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; fw@40000000 { reg = <0 0x40000000 " \
    "0 0x1000>; }; };"                                                                                       \
    " cpus { #address-cells = <1>; #size-cells = <0>; cpu-map { cluster0 { core0 { cpu = <&c0>; }; }; };"    \
    "  c0: cpu@0 { device_type = \"cpu\"; compatible = \"arm,cortex-a53\"; reg = <0>; enable-method = "      \
    "\"spin-table\";"                                                                                        \
    "   cpu-idle-states = <&idle>; clocks = <&pll>; };"                                                      \
    "  cpu@1 { device_type = \"cpu\"; compatible = \"arm,cortex-a53\"; reg = <1>; };"                        \
    "  idle-states { idle: s { compatible = \"arm,idle-state\"; }; }; };"                                    \
    " timer { compatible = \"arm,armv8-timer\"; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };"              \
    " osc: osc { compatible = \"fixed-clock\"; #clock-cells = <0>; clock-frequency = <24000000>; };"         \
    " half: half { compatible = \"fixed-factor-clock\"; #clock-cells = <0>; clocks = <&osc>; clock-div = "   \
    "<2>; clock-mult = <1>; };"                                                                              \
    " pll: pll { compatible = \"v,pll\"; #clock-cells = <1>; };"                                             \
    " soc { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x9000000 "  \
    "0x100000>;"                                                                                             \
    "  gic: gic@10000 { compatible = \"arm,gic-400\"; #interrupt-cells = <3>; interrupt-controller; "        \
    "interrupts = <1 9 4>;"                                                                                  \
    "   reg = <0x10000 0x1000 0x20000 0x2000 0x40000 0x2000 0x60000 0x2000>; };"                             \
    "  serial@1000 { compatible = \"arm,pl011\", \"arm,primecell\"; reg = <0x1000 0x1000>; interrupts = <0 " \
    "7 4>;"                                                                                                  \
    "   clocks = " uart_clock "; clock-names = \"uartclk\", \"apb_pclk\"; dmas = <&pll 1>; power-domains = " \
    "<&pll>; status = \"disabled\"; };"                                                                      \
    "  serial@2000 { compatible = \"arm,pl011\"; reg = <0x2000 0x1000>; interrupts = <0 8 4>; };"            \
    "  eth@3000 { compatible = \"v,eth\"; reg = <0x3000 0x1000>; }; }; };\n"

static struct vm_config vendor(void) {
    struct vm_config config = virt(2);
    config.gicd_ipa = 0x9010000;
    config.gicc_ipa = 0x9020000;
    config.devices[0].ipa = 0x9001000;
    config.devices[0].irq = 39;
    return config;
}

static void a_vendors_board_is_cut_down_through_its_buses(void **state) {
    (void)state;
    struct vm_config config = vendor();
    derived(&config, VENDOR("<&half>, <&osc>"));
    // root, psci, memory, aliases, chosen, cpus, cpu@0, timer, osc, half, soc, gic, serial
    assert_int_equal(count_nodes(), 13);
    CELLS("/soc/gic@10000", "reg", 0x9010000, 0x1000, 0x9020000, 0x2000);
    CELLS("/soc/serial@1000", "reg", 0x1000, 0x1000);
    CELLS("/soc/serial@1000", "interrupts", 0, 7, 4);
    expect_absent("/soc/serial@1000", "dmas");
    expect_absent("/soc/serial@1000", "power-domains");
    expect_absent("/soc/serial@1000", "status");
    expect_absent("/", "serial-number");
    expect_text("/cpus/cpu@0", "enable-method", "psci");
    expect_absent("/cpus/cpu@0", "clocks");
    expect_absent("/cpus/cpu@0", "cpu-idle-states");
    assert_int_equal(fdt_num_mem_rsv(tree), 0);
}

static void aliases_and_stdout_name_what_is_left(void **state) {
    (void)state;
    struct vm_config config = vendor();
    derived(&config, VENDOR("<&half>, <&osc>"));
    expect_text("/aliases", "serial0", "/soc/serial@1000");
    expect_absent("/aliases", "serial1");
    expect_absent("/aliases", "eth0");
    expect_text("/chosen", "stdout-path", "/soc/serial@1000"); // the board's choice is not the guest's
    expect_absent("/chosen", "linux,pci-probe-only");
    expect_absent("/chosen/fb", NULL);
    config.devices[0].ipa = 0x9002000;
    config.devices[0].irq = 40;
    derived(&config, VENDOR("<&half>, <&osc>"));
    expect_text("/chosen", "stdout-path", "serial1:115200n8");
}

static void refuse(struct vm_config config, size_t size, const char *cause) {
    const char *error = derive(&config, size);
    assert_non_null(error);
    if (!strstr(error, cause))
        fail_msg("\"%s\" does not name \"%s\"", error, cause);
}

static void what_the_board_lacks_is_named(void **state) {
    (void)state;
    size_t size = compile("boards/qemu-virt/gic3.dts");
    struct vm_config config = virt(3);
    config.gicd_ipa = 0x1000;
    refuse(config, size, "GIC");
    config = virt(3);
    config.devices[0].ipa = 0x1000;
    refuse(config, size, "device");
    config = virt(3);
    config.vcpu_count = 2;
    refuse(config, size, "CPU");
    refuse(vendor(), compile(VENDOR("<&pll 1>")), "fixed-clock");
    refuse(vendor(), compile("/dts-v1/; / { };"), "CPU");
}

static void a_damaged_board_tree_is_refused(void **state) {
    (void)state;
    size_t size = compile("boards/qemu-virt/gic3.dts");
    refuse(virt(3), 0, "damaged");
    refuse(virt(3), size - 1, "damaged");
    ((uint8_t *)board)[0] ^= 1;
    refuse(virt(3), size, "damaged");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_has_memory_chosen_and_psci_of_its_own),
        cmocka_unit_test(only_what_the_guest_has_stays),
        cmocka_unit_test(the_pmu_stays_if_the_guest_has_it),
        cmocka_unit_test(the_interrupt_controller_is_the_guests),
        cmocka_unit_test(seeds_and_initrd_that_are_not_given_are_absent),
        cmocka_unit_test(seeds_leave_no_bytes_behind),
        cmocka_unit_test(the_result_depends_on_the_inputs_alone),
        cmocka_unit_test(a_buffer_of_any_size_is_not_overrun),
        cmocka_unit_test(a_vendors_board_is_cut_down_through_its_buses),
        cmocka_unit_test(aliases_and_stdout_name_what_is_left),
        cmocka_unit_test(what_the_board_lacks_is_named),
        cmocka_unit_test(a_damaged_board_tree_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
