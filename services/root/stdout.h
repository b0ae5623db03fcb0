// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The board's own UART, for the case that there is no specification to name one.
#ifndef SERVICES_ROOT_STDOUT_H
#define SERVICES_ROOT_STDOUT_H

#include <stdint.h>

// The physical address of the PL011 that /chosen stdout-path names in a device tree; ~0: there is none.
uint64_t stdout_find_pl011(const void *fdt);

#endif
