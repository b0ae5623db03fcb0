// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What root prints, line by line: first through the early UART, polled; from the first thread's start through
// a ring to the console (abi/spec.h), where there is one.
#ifndef SERVICES_ROOT_LOG_H
#define SERVICES_ROOT_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/types.h>
#include <lib/base/ring.h>

// Lines go to the PL011 whose registers are mapped at `base`.
void log_use_pl011(uintptr_t base);
// Lines go to the ring of `page`; `notification` is signalled after each.
void log_use_ring(struct ring_page *page, cptr_t notification);
// The early UART is no longer mapped.
void log_close_early(void);
// Lines go to the early UART again, if there is one: nobody reads the ring any more.
void log_use_early(void);

// Prints `root: ` and the text, a line. To a ring that is full the line is lost; the next one that fits says
// so.
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Whether everything that root printed has left: the ring is empty, and so is the UART as far as root can see
// it.
bool log_is_out(void);

#endif
