// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the compiler of system files knows of the board: all of it read from the board's device tree.
#ifndef TOOLS_IMAGE_BOARD_H
#define TOOLS_IMAGE_BOARD_H

#include "bytes.h"
#include "report.h"
#include "system.h"

#define MIB ((uint64_t)0x100000)

struct board_device {
    uint64_t address;
    uint64_t size;
    uint32_t irq; // INTID
};

struct board {
    const char *path;
    struct bytes dtb;
    uint64_t memory_base, memory_size; // the first range
    unsigned gic_version;              // 2 or 3
    struct board_device gicd;
    struct board_device gicc, gicv; // GICv2
    struct board_device gicr;       // GICv3
    uint32_t vtimer_irq, ptimer_irq;
    uint32_t pmu_irq;         // 0: no PMU, or one whose interrupt is no PPI
    struct board_device uart; // the console, /chosen stdout-path: a PL011
    uint64_t kaslr_seed;      // 0: none
    uint8_t rng_seed[32];     // zeroes: none
};

// Reads the tree in `path`. Returns false after a report.
bool board_read(struct board *board, const char *path, struct report *report);
// Finds the first enabled node that is compatible with `compatible`. Returns false when there is none, or
// when it has neither a range nor (irq) an SPI.
bool board_find_device(const struct board *board, const char *compatible, struct board_device *device);
void board_free(struct board *board);

#endif
