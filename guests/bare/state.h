// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Register torture in assembly (state.S): every general register holds a pattern while something leaves the
// guest.
#pragma once

#include "guests/bare/bare.h"

// General register n before the exit.
#define STATE_PATTERN(n) ((0xa000UL + (n)) << 48 | (n)*0x101UL)

// Each loads x1 to x30 with their patterns and x0 with `argument`, does one thing, and stores x0 to x30.
typedef void state_exit(u64 argument, u64 registers[31]);
state_exit state_exit_load;    // loads a word from the address
state_exit state_exit_store;   // stores w1 there
state_exit state_exit_smc;     // function number
state_exit state_exit_hvc;     // function number
state_exit state_exit_wfi;     // argument unused
state_exit state_exit_counter; // until the 64-bit word at the address is 0; uses TPIDR_EL1

// Loads the word at `address` into w0 to w30, each in turn.
void state_load_all(u64 address, u64 values[31]);
// Stores w0 to w30, each in turn holding 0x100 + its number, to `address`, and reads it back after each.
void state_store_all(u64 address, u64 values[31]);

struct state_fp {
    u64 v[64];
};
void state_fp_load(const struct state_fp *fp);
void state_fp_store(struct state_fp *fp);
