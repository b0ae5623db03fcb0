// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The machine as its device tree describes it, and the command line.
#include "guests/bare/fdt.h"

struct machine machine;

static u64 load_number(const struct fdt_node *node, const char *name) {
    u32 length = 0;
    const u8 *value = fdt_property(node, name, &length);
    u64 number = 0;
    for (u32 i = 0; value && i < length; i++) {
        number = number << 8 | value[i];
    }
    return number;
}

static void parse_chosen(const struct fdt_node *node) {
    u32 length = 0;
    const char *bootargs = (const char *)fdt_property(node, "bootargs", &length);
    for (u32 i = 0; bootargs && i < length && i < sizeof(machine.bootargs) - 1; i++) {
        machine.bootargs[i] = bootargs[i];
    }
    machine.initrd.base = load_number(node, "linux,initrd-start");
    machine.initrd.size = load_number(node, "linux,initrd-end") - machine.initrd.base;
}

// Interrupt specifier of the GIC binding: type (0 SPI, 1 PPI), number, flags.
static u32 parse_interrupt(const struct fdt_node *node, u32 index) {
    u32 type = fdt_cell(node, "interrupts", index * 3);
    return fdt_cell(node, "interrupts", index * 3 + 1) + (type ? 16 : 32);
}

static void parse_gic(const struct fdt_node *node) {
    static const char *const names_v2[] = {"arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a7-gic"};
    for (size_t i = 0; i < ARRAY_SIZE(names_v2); i++) {
        if (fdt_compatible(node, names_v2[i]) && fdt_region(node, 1, &machine.gicc)) {
            machine.gic_version = 2;
        }
    }
    if (fdt_compatible(node, "arm,gic-v3") && fdt_region(node, 1, &machine.gicr)) {
        machine.gic_version = 3;
    }
    fdt_region(node, 0, &machine.gicd);
}

static void parse_node(const struct fdt_node *node) {
    u32 length = 0;
    const char *device_type = (const char *)fdt_property(node, "device_type", &length);
    if (device_type && string_equal(device_type, "memory") && !machine.ram.size) {
        fdt_region(node, 0, &machine.ram);
    } else if (device_type && string_equal(device_type, "cpu")) {
        u64 affinity = load_number(node, "reg");
        machine.cpus++;
        machine.absent_cpu = affinity >= machine.absent_cpu ? affinity + 1 : machine.absent_cpu;
    } else if (node->depth == 2 && string_equal(node->name, "chosen")) {
        parse_chosen(node);
    } else if (!machine.uart.size &&
               (fdt_compatible(node, "arm,pl011") || fdt_compatible(node, "arm,sbsa-uart"))) {
        machine.uart_is_generic = !fdt_compatible(node, "arm,pl011");
        fdt_region(node, 0, &machine.uart);
        machine.uart_intid = parse_interrupt(node, 0);
    } else if (fdt_compatible(node, "arm,pl061") && !machine.gpio.size) {
        fdt_region(node, 0, &machine.gpio);
        machine.gpio_intid = parse_interrupt(node, 0);
    } else if (fdt_compatible(node, "arm,armv8-timer")) {
        machine.ptimer_intid = parse_interrupt(node, 1);
        machine.timer_intid = parse_interrupt(node, 2);
    } else if (fdt_compatible(node, "arm,armv8-pmuv3")) {
        machine.pmu_intid = parse_interrupt(node, 0);
    } else if (fdt_compatible(node, "arm,psci-0.2") || fdt_compatible(node, "arm,psci-1.0")) {
        const char *method = (const char *)fdt_property(node, "method", &length);
        machine.conduit = method && string_equal(method, "smc") ? CONDUIT_SMC : CONDUIT_HVC;
    } else if (fdt_property(node, "interrupt-controller", &length) && !machine.gic_version) {
        parse_gic(node);
    }
}

bool machine_parse(u64 address) {
    struct fdt fdt;
    struct fdt_node node;
    if (!fdt_open(&fdt, address)) {
        return false;
    }
    machine.fdt = (struct region){.base = address, .size = fdt.size};
    for (fdt_walk(&fdt, &node); fdt_next(&node);) {
        parse_node(&node);
    }
    char env[16];
    machine.guest = !(machine_option("env", env, sizeof(env)) && string_equal(env, "native"));
    return machine.uart.size != 0;
}

bool machine_option(const char *key, char *value, size_t size) {
    const char *at = machine.bootargs;
    value[0] = 0;
    while (*at) {
        const char *k = key;
        while (*k && *at == *k) {
            at++;
            k++;
        }
        if (!*k && *at == '=') {
            size_t length = 0;
            for (at++; *at && *at != ' ' && length < size - 1; at++) {
                value[length++] = *at;
            }
            value[length] = 0;
            return true;
        }
        while (*at && *at != ' ') {
            at++;
        }
        while (*at == ' ') {
            at++;
        }
    }
    return false;
}

u64 machine_option_number(const char *key, u64 otherwise) {
    char text[24];
    u64 number = 0;
    if (!machine_option(key, text, sizeof(text))) {
        return otherwise;
    }
    for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++) {
        number = number * 10 + (u64)(*digit - '0');
    }
    return number;
}

u64 machine_hole(void) {
    return machine.uart.base - 0x1000;
}
