// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The console's logic: whose bytes go to the UART next, and whose the input is. It knows rings and bytes, no
// register and no system call, so that it runs in host tests.
//
// Output. The client in focus prints at once, byte by byte; every other client prints whole lines (or a full
// ring). A line that began is not interrupted, unless its writer has paused:
//   - the log comes in as soon as the writer's ring is empty;
//   - another client when the writer's ring was empty for MUX_PATIENCE rounds, or when that client's own ring
//     is half full;
//   - and whoever writes more than MUX_LINE_BYTES without a newline while others wait gives way.
// The interrupted line is ended by CR LF. Bytes themselves are never changed, added or lost. With more than
// one client that is not a log, each line begins with `[name] `.
//
// Rounds. A guest prints byte by byte, and a signal costs more than a byte. So the console looks again by
// itself, CONSOLE_ROUND_US later, as long as bytes come or a line waits for MUX_PATIENCE, and asks to be
// signalled (the rings' want_data) only when a whole round brought nothing, or all lines are ended: the first
// byte after a pause goes out at once, those that follow it in one piece a round later.
//
// Input. One client: every byte is its own. Several: the client in focus, with Ctrl-] as escape:
//   Ctrl-] 1..9     the focus goes to that client        Ctrl-] n   to the next one
//   Ctrl-] ?        the list of clients                  Ctrl-] Ctrl-]   sends one Ctrl-]
//
// Invariants: 1. `owner` is the client whose line stands unfinished on the screen, or NULL at a line's start;
// 2. the console's own text (`text`) goes out before anything else and begins and ends at a line's start;
// 3. a client's turn ends after MUX_TURN_BYTES when others wait, whatever its ring claims; 4. when mux_pump
// returns MUX_IDLE, each client's next byte is signalled; else the caller comes back by itself.
#ifndef SERVICES_CONSOLE_MUX_H
#define SERVICES_CONSOLE_MUX_H

#include <stdbool.h>
#include <stdint.h>
#include <lib/base/ring.h>
#include <services/console/config.h>

// 16 ms of rounds, fewer while signals and the UART's interrupts make more of them: longer than most slices
// of a guest that is preempted within its line.
#define MUX_PATIENCE   64
#define MUX_TURN_BYTES 512
#define MUX_LINE_BYTES 2048
#define MUX_TEXT_BYTES 1024
#define MUX_ESCAPE     0x1d // Ctrl-]

enum mux_state {
    MUX_IDLE,    // wait for a signal
    MUX_BUSY,    // look again in a round
    MUX_BLOCKED, // bytes wait because the UART is full: wait for its interrupt
};

struct mux_client {
    const char *name;
    struct ring output;
    struct ring input;
    bool is_log;
    bool silent;      // has no notification
    bool wake;        // to be signalled: input or room arrived
    uint32_t scanned; // bytes at the ring's read end that hold no newline
    uint32_t written; // what it had written, ever, at the last look
};

struct mux {
    struct mux_client clients[CONSOLE_MAX_CLIENTS];
    unsigned client_count;
    unsigned guests; // clients that are not logs
    struct mux_client *focus;
    struct mux_client *owner;
    struct mux_client *last_served;
    uint32_t line_bytes;  // of the unfinished line (more when nobody else waited: the line was not looked at)
    unsigned idle_rounds; // since `owner` wrote
    bool escaped;         // the escape key came, its command is due
    uint32_t text_at, text_length;
    char text[MUX_TEXT_BYTES];

    // Gives bytes to the UART; returns how many it took, fewer than `length` when it is full.
    uint32_t (*send)(struct mux *mux, const uint8_t *bytes, uint32_t length);
};

// Builds the clients from a checked configuration. `send` stays as the caller sets it.
void mux_init(struct mux *mux, const struct console_config *config);

// A round: sends what is to be sent, sets `wake` of clients that have room, and says how to go on.
enum mux_state mux_pump(struct mux *mux);

// Takes input; returns how many of the bytes. Fewer than `length` only with one client, when its ring is
// full: the rest waits until it has read. With several, what does not fit is lost and answered by BEL, so
// that the escape key always works.
uint32_t mux_input(struct mux *mux, const uint8_t *bytes, uint32_t length);

// NULL when a configuration is right, else what is wrong with it.
const char *mux_check_config(const struct console_config *config);

#endif
