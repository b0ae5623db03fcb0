// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the kernel can start as root task: a static AArch64 executable. It is copied to one span of memory,
// from its lowest to its highest page, gaps included; every page is mapped readable, writable and executable,
// whatever its segment says.
#ifndef TOOLS_IMAGE_ROOT_ELF_H
#define TOOLS_IMAGE_ROOT_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define ROOT_ELF_MAX_SEGMENTS 16
// Each page takes a slot of root's CNode, which has 8192; some are taken, and tables and untypeds need more.
#define ROOT_ELF_MAX_BYTES ((uint64_t)31 << 20)
// Addresses that the kernel maps for a root task, bytes.
#define ROOT_ELF_MAX_ADDRESS ((uint64_t)1 << 39)

// Checks a root task's file of `size` bytes. Returns false after a report, whose every line names the mend.
bool root_elf_check(const void *file, size_t size, const char *path, struct report *report);

#endif
