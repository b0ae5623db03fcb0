// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the console is told about the system: one read-only block, written by the host tools, mapped where x0
// points at start. Its capabilities stand in fixed slots of its CNode, whose radix the tools choose; its
// notification's word says who signalled (CONSOLE_BADGE_*).
//
// A client shares a struct ring_page (lib/base/ring.h, zeroed at start) with the console: it appends to
// `output` and takes from `input`. It signals the console after it wrote (where ring_take_want_data), and
// after it took input (where ring_take_want_space). The console signals the client when input arrives, and
// when there is room again for a client that set want_space.
//
// The console's scheduling context has a budget of less than its period, CONSOLE_ROUND_US: while clients
// print it looks at their rings once a period, and yields until the next (services/console/mux.h). In a round
// robin, where a yield returns at once, it would keep the core.
#ifndef SERVICES_CONSOLE_CONFIG_H
#define SERVICES_CONSOLE_CONFIG_H

#include <stdint.h>

#define CONSOLE_CONFIG_MAGIC 0x31464e4f434e4f43ull // "CONCONF1"
#define CONSOLE_NAME_BYTES   32
#define CONSOLE_MAX_CLIENTS  16

// Microseconds. A receive FIFO of 32 bytes overruns in a round only beyond 1.2 Mbaud; a transmit FIFO that
// was filled at 115,200 baud lasts ten rounds.
#define CONSOLE_ROUND_US  250
#define CONSOLE_BUDGET_US 200

enum console_slot {
    CONSOLE_SLOT_NULL = 0,
    CONSOLE_SLOT_NOTIFICATION = 1, // read; need not be bound to the thread
    CONSOLE_SLOT_IRQ_HANDLER = 2,  // the UART's interrupt, signalling the notification with CONSOLE_BADGE_IRQ
    CONSOLE_SLOT_FIRST_CLIENT =
        3,                        // client i's notification (write, badged as that client wants it), or empty
    CONSOLE_SLOT_FIRST_HELD = 32, // from here: capabilities of mapped frames and tables, held and never used
};

#define CONSOLE_BADGE_IRQ       1ull
#define CONSOLE_BADGE_CLIENT(i) (2ull << (i))

enum console_client_flags {
    CONSOLE_CLIENT_LOG = 1 << 0, // root's log: no prefix, takes no input, its lines go before those of others
    CONSOLE_CLIENT_NO_SIGNAL = 1 << 1, // has no notification: its slot is empty
};

struct console_client {
    char name[CONSOLE_NAME_BYTES]; // terminated; shown before its lines when several clients are not logs
    uint64_t ring;                 // address of its struct ring_page
    uint32_t flags;
    uint32_t reserved;
};

struct console_config {
    uint64_t magic;
    uint32_t size; // sizeof(struct console_config)
    uint32_t client_count;
    uint64_t uart; // address of the PL011's registers
    // Input goes to the first client that is not a log until somebody switches.
    struct console_client clients[CONSOLE_MAX_CLIENTS];
};
_Static_assert(sizeof(struct console_config) <= 4096, "the configuration fits one page");

#endif
