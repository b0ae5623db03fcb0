// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The client of the console (vmm/include/vmm/console.h keeps the invariants).
#include <lib/rt/arch/aarch64/stop.h>
#include <lib/sys/sys.h>
#include <vmm/core/bench.h>
#include <vmm/include/vmm/config.h>
#include <vmm/include/vmm/console.h>

void console_init(struct console *console, struct ring_page *page, struct bench *bench) {
    *console = (struct console){.output = ring_output(page), .input = ring_input(page), .bench = bench};
}

// Writes and wakes the console; does not look at what passes.
static uint32_t console_put(struct console *console, const uint8_t *bytes, uint32_t length) {
    uint32_t done = ring_write(&console->output, bytes, length);
    if (done > 0) {
        console->line_open = bytes[done - 1] != '\n';
        if (ring_take_want_data(&console->output))
            seL4_Signal(VMM_SLOT_CONSOLE);
    }
    return done;
}

uint32_t console_write(struct console *console, const uint8_t *bytes, uint32_t length) {
    uint32_t done = console_put(console, bytes, length);
    if (console->bench)
        bench_feed(console->bench, bytes, done);
    return done;
}

bool console_write_byte(struct console *console, uint8_t byte) {
    if (!ring_put(&console->output, byte))
        return console_write(console, &byte, 1);
    console->line_open = byte != '\n';
    if (__builtin_expect(ring_take_want_data(&console->output), 0))
        seL4_Signal(VMM_SLOT_CONSOLE);
    if (console->bench && !bench_ignores(console->bench, byte))
        bench_feed(console->bench, &byte, 1);
    return true;
}

uint32_t console_read(struct console *console, uint8_t *bytes, uint32_t length) {
    uint32_t done = ring_read(&console->input, bytes, length);
    if (done > 0 && ring_take_want_space(&console->input))
        seL4_Signal(VMM_SLOT_CONSOLE);
    return done;
}

// Waits for a notification; what it says is handed to the exit loop later (vm_handle_events).
static void console_wait(struct console *console) {
    struct sel4_message message = {0};
    console->pending_events |= seL4_Wait(VMM_SLOT_NOTIFICATION, &message);
}

static void console_put_all(struct console *console, const uint8_t *bytes, uint32_t length) {
    while (length > 0) { // each turn but the last waits for the console to make room
        uint32_t done = console_put(console, bytes, length);
        bytes += done;
        length -= done;
        if (length > 0)
            console_wait(console);
    }
}

void console_print(struct console *console, const char *text, size_t length) {
    static const uint8_t newline = '\n';
    if (console->line_open)
        console_put_all(console, &newline, 1);
    console_put_all(console, (const uint8_t *)text, (uint32_t)length);
    if (console->line_open)
        console_put_all(console, &newline, 1);
}

void console_flush(struct console *console) {
    while (ring_used(&console->output) > 0) {
        // The same mark as for room: the console signals after its next read (lib/base/ring.h, invariant 4).
        console->output.index->want_space = 1;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (ring_used(&console->output) > 0)
            console_wait(console);
    }
}

void console_settle(struct console *console) {
    while (!ring_is_settled(&console->output)) // the console is more urgent, and will look
        rt_arch_pause();
}
