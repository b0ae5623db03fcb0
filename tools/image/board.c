// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Reads the board's device tree with libfdt; see board.h. Addresses at the root's level only: buses that
// translate are not entered.
#include "board.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

static uint64_t board_cells(const fdt32_t *cells, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; i++) {
        value = value << 32 | fdt32_to_cpu(cells[i]);
    }
    return value;
}

// Entry `index` of the node's "reg".
static bool board_range(const void *fdt, int node, int index, struct board_device *device) {
    int parent = fdt_parent_offset(fdt, node), length;
    int address_cells = fdt_address_cells(fdt, parent), size_cells = fdt_size_cells(fdt, parent);
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);

    if (!reg || address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2 ||
        length < (index + 1) * 4 * (address_cells + size_cells)) {
        return false;
    }
    reg += index * (address_cells + size_cells);
    device->address = board_cells(reg, address_cells);
    device->size = board_cells(reg + address_cells, size_cells);
    return device->size != 0;
}

// Interrupt `index` of a node in the GIC's binding (three cells: kind, number, flags), as an INTID; 0: none.
static uint32_t board_interrupt(const void *fdt, int node, int index) {
    int length;
    const fdt32_t *cells = fdt_getprop(fdt, node, "interrupts", &length);

    if (!cells || length < (index + 1) * 12) {
        return 0;
    }
    cells += 3 * index;
    return fdt32_to_cpu(cells[1]) + (fdt32_to_cpu(cells[0]) == 0 ? 32 : 16);
}

bool board_find_device(const struct board *board, const char *compatible, struct board_device *device) {
    const void *fdt = board->dtb.data;
    int node = -1;

    while ((node = fdt_node_offset_by_compatible(fdt, node, compatible)) >= 0) {
        const char *status = fdt_getprop(fdt, node, "status", NULL);
        if (status && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0) {
            continue;
        }
        if (board_range(fdt, node, 0, device)) {
            device->irq = board_interrupt(fdt, node, 0);
            return device->irq >= 32;
        }
    }
    return false;
}

static bool board_read_memory(struct board *board, struct report *report) {
    const void *fdt = board->dtb.data;
    struct board_device range;
    int node = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", sizeof "memory");

    if (node < 0 || !board_range(fdt, node, 0, &range)) {
        report_error(report, (struct position){.file = board->path},
                     "the device tree has no memory; add a node with device_type = \"memory\" and its reg");
        return false;
    }
    board->memory_base = range.address;
    board->memory_size = range.size;
    return true;
}

static bool board_read_gic(struct board *board, struct report *report) {
    static const struct {
        const char *compatible;
        unsigned version;
    } controllers[] = {
        {"arm,gic-v3", 3},
        {"arm,gic-400", 2},
        {"arm,cortex-a15-gic", 2},
        {"arm,cortex-a9-gic", 2},
    };
    const void *fdt = board->dtb.data;

    for (size_t i = 0; i < sizeof controllers / sizeof controllers[0]; i++) {
        int node = fdt_node_offset_by_compatible(fdt, -1, controllers[i].compatible);
        if (node < 0) {
            continue;
        }
        board->gic_version = controllers[i].version;
        bool complete = board_range(fdt, node, 0, &board->gicd);
        if (board->gic_version == 3) {
            complete = complete && board_range(fdt, node, 1, &board->gicr);
        } else {
            complete = complete && board_range(fdt, node, 1, &board->gicc) &&
                       board_range(fdt, node, 3, &board->gicv);
        }
        if (!complete) {
            report_error(report, (struct position){.file = board->path},
                         "the interrupt controller lacks address ranges; its reg must name %s",
                         board->gic_version == 3
                             ? "distributor and redistributors"
                             : "distributor, CPU interface, hypervisor interface and virtual CPU interface");
        }
        return complete;
    }
    report_error(report, (struct position){.file = board->path},
                 "the device tree has no GIC; add a node compatible with arm,gic-v3 or arm,gic-400");
    return false;
}

static bool board_read_timer(struct board *board, struct report *report) {
    // Binding arm,arch_timer: secure, non-secure, virtual, hypervisor interrupt.
    int node = fdt_node_offset_by_compatible(board->dtb.data, -1, "arm,armv8-timer");

    board->vtimer_irq = node < 0 ? 0 : board_interrupt(board->dtb.data, node, 2);
    if (!board->vtimer_irq) {
        report_error(report, (struct position){.file = board->path},
                     "the device tree has no virtual timer; add a node compatible with arm,armv8-timer and "
                     "its four interrupts");
        return false;
    }
    board->ptimer_irq = board_interrupt(board->dtb.data, node, 1);
    return true;
}

// Performance monitors are a core's own: with an SPI for each core, no guest has them.
static void board_read_pmu(struct board *board) {
    int node = fdt_node_offset_by_compatible(board->dtb.data, -1, "arm,armv8-pmuv3");
    uint32_t irq = node < 0 ? 0 : board_interrupt(board->dtb.data, node, 0);
    board->pmu_irq = irq < 32 ? irq : 0;
}

static bool board_read_console(struct board *board, struct report *report) {
    if (!board_find_device(board, "arm,pl011", &board->uart)) {
        report_error(report, (struct position){.file = board->path},
                     "the device tree has no UART for the console; add a node compatible with arm,pl011, "
                     "with reg and interrupts");
        return false;
    }
    return true;
}

static void board_read_seeds(struct board *board) {
    const void *fdt = board->dtb.data;
    int node = fdt_path_offset(fdt, "/chosen"), length;
    const void *seed = fdt_getprop(fdt, node, "kaslr-seed", &length);

    if (seed && length == 8) {
        board->kaslr_seed = board_cells(seed, 2);
    }
    seed = fdt_getprop(fdt, node, "rng-seed", &length);
    if (seed && length > 0) {
        size_t size = (size_t)length < sizeof board->rng_seed ? (size_t)length : sizeof board->rng_seed;
        memcpy(board->rng_seed, seed, size);
    }
}

bool board_read(struct board *board, const char *path, struct report *report) {
    struct position at = {.file = path};

    *board = (struct board){.path = path};
    if (!bytes_read_file(&board->dtb, path, at, "the board's device tree",
                         "build it with dtc from boards/<board>/, or name the right file", report)) {
        return false;
    }
    // Padded with zeroes, so that a short file is a bad header rather than a read past its end.
    size_t size = board->dtb.size;
    bytes_append(&board->dtb, NULL, 64);
    board->dtb.size = size;
    if (fdt_check_header(board->dtb.data) != 0 || fdt_totalsize(board->dtb.data) > size ||
        fdt_check_full(board->dtb.data, size) != 0) {
        report_error(report, at, "this is not a whole device tree blob; make it with dtc -O dtb");
        return false;
    }
    if (!board_read_memory(board, report) || !board_read_gic(board, report) ||
        !board_read_timer(board, report) || !board_read_console(board, report)) {
        return false;
    }
    board_read_pmu(board);
    board_read_seeds(board);
    return true;
}

void board_free(struct board *board) {
    bytes_free(&board->dtb);
}
