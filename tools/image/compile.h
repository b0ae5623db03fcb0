// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The compiler of system files: from a struct system and a board to a binary specification and the list of
// boot modules.
#ifndef TOOLS_IMAGE_COMPILE_H
#define TOOLS_IMAGE_COMPILE_H

#include <vmm/include/vmm/config.h>

#include "board.h"
#include "system.h"

struct compile_options {
    const char *name;                    // the system's
    const char *vmm_path, *console_path; // component programs (ELF)
    uint64_t board_memory;               // bytes; 0: as the board's device tree says
    uint32_t max_irq;                    // highest INTID that a guest can have
};

// A boot module that the specification uses, beside "spec" itself.
struct boot_module {
    char name[64];
    const char *path; // lives as long as system, board and options
    uint64_t size;
};

#define COMPILE_MAX_MODULES (3 + 2 * SYSTEM_MAX_VMS)

struct compiled_system {
    struct bytes spec;
    struct boot_module modules[COMPILE_MAX_MODULES];
    unsigned module_count;
};

// Fills a VM's configuration from description and board, all but the addresses in the VMM: what both the
// guest's device tree and the VMM derive from. Checks devices and interrupts. Returns false after a report.
bool compile_vm_config(struct vm_config *config, const struct system_vm *vm, const struct board *board,
                       uint32_t max_irq, struct report *report);

// Compiles. Every file that the system names is read and checked. Returns false after a report.
bool compile_system(struct compiled_system *compiled, const struct system *system, const struct board *board,
                    const struct compile_options *options, struct report *report);
void compiled_free(struct compiled_system *compiled);

#endif
