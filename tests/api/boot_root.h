// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the boot_*.c tests share: a root task laid out by boot_root.ld and started by boot_root_start.S.
#ifndef TESTS_API_BOOT_ROOT_H
#define TESTS_API_BOOT_ROOT_H

#include "harness.h"

// As the kernel entered: TPIDR_EL0, TPIDRRO_EL0, NZCV, FPCR, FPSR; q0 to q31.
extern word entry_special[5], entry_vectors[64];
extern char file_end[], bss_start[]; // boot_root.ld

// The boot information's pages: itself, then the extra ones.
static inline word extra_start(void) {
    return (word)bootinfo + 4096;
}
static inline word extra_end(void) {
    return extra_start() + (bootinfo->extra_pages.end - bootinfo->extra_pages.start) * 4096;
}

#endif
