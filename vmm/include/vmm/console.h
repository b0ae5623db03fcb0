// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The VM's side of the console: a ring of bytes each way (lib/base/ring.h), with flow control, and the
// recogniser of benchmark markers in what the guest prints.
//
// Invariants: 1. no byte is dropped: console_write says how many it took, and a console event follows as soon
// as there is room; 2. the console is signalled when it waits for bytes, not for each byte.
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <lib/base/ring.h>

struct bench;

struct console {
    struct ring output;
    struct ring input;
    struct bench *bench;     // recogniser (vmm/core/bench.h); NULL: not a benchmark system
    bool line_open;          // the last byte written was not a newline
    uint64_t pending_events; // notification bits that arrived while a report waited for room
};

// Attaches to the ring page `page`.
void console_init(struct console *console, struct ring_page *page, struct bench *bench);

// Sends up to `length` bytes of the guest; returns how many were taken (fewer: the ring is full; every
// device's console_event is called when there is room again).
uint32_t console_write(struct console *console, const uint8_t *bytes, uint32_t length);

// The same for a single byte, which is how guests print.
bool console_write_byte(struct console *console, uint8_t byte);

// Whether console_write would take a byte now.
static inline bool console_has_room(const struct console *console) {
    return ring_used(&console->output) < console->output.size;
}

// Bytes that wait for the guest.
static inline uint32_t console_input_used(const struct console *console) {
    return ring_used(&console->input);
}

// Takes up to `length` bytes of input; returns how many.
uint32_t console_read(struct console *console, uint8_t *bytes, uint32_t length);

// Prints a line of the VMM's own: on a line of its own, waiting for room. Never for what a guest causes at
// will without a limit.
void console_print(struct console *console, const char *text, size_t length);

// Waits until the console has taken all output.
void console_flush(struct console *console);

// Waits until the console has taken all output that it takes now (a line that it does not show yet stays),
// without sleeping: nobody less urgent than the VMM runs meanwhile. For benchmarks alone.
void console_settle(struct console *console);

#endif
