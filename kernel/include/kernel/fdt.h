// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the kernel reads from the board's device tree (core/fdt.c; it runs on the host too).
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include <kernel/kernel.h>

enum boot_psci { BOOT_PSCI_NONE, BOOT_PSCI_SMC, BOOT_PSCI_HVC };

struct boot_board {
    const char *compatible; // of the root node, the first string; in the tree
    unsigned memory_count;
    struct boot_region memory[BOOT_MAX_RAM]; // ascending, apart, whole pages below 2^40
    unsigned reserved_count;
    struct boot_region reserved[BOOT_MAX_RESERVED];
    bool reserved_no_map[BOOT_MAX_RESERVED];
    unsigned gic_version; // 2 or 3
    struct boot_region gic_distributor;
    struct boot_region gic_second; // GICv2: CPU interface; GICv3: redistributors
    struct boot_region gic_third;  // GICv2: GICH
    struct boot_region uart;       // PL011 of /chosen stdout-path; end 0: the tree names none
    unsigned irq_hyp_timer;        // INTIDs
    unsigned irq_virtual_timer;
    enum boot_psci psci;
};

// The largest device tree (arm64 boot protocol), bytes.
#define BOOT_FDT_MAX 0x200000u

// Looks at the first 40 bytes of what x0 pointed to; NULL: none. Returns NULL and the tree's size, or what is
// wrong.
const char *boot_fdt_check(const void *fdt, word_t *size) MUST_CHECK;
// Reads the tree, whose `size` bytes are there. gic: the version that the kernel is built for. Returns NULL,
// or what is missing or wrong and how to mend it.
const char *boot_fdt_parse(const void *fdt, word_t size, unsigned gic, struct boot_board *board) MUST_CHECK;

#endif
