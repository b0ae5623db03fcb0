// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the measurements stand on: objects on demand, the console, and a partner thread that runs in an
// address space of its own. The partner's space shows the same program at the same addresses, so that both
// sides see one set of variables. Every failure ends the program with a line FAIL.
#ifndef GLACIS_BENCH_KERNEL_SETUP_H
#define GLACIS_BENCH_KERNEL_SETUP_H

#include <stdbool.h>

#include <abi/bootinfo.h>
#include <lib/sys/sys.h>

// The priority of the measuring thread.
#define MEASURE_PRIORITY 100

// Where the UART is mapped, in both spaces, and its interrupt (INTID).
#define UART_BASE 0x10000000ul
#define UART_IRQ  33

// Takes the root task over: its memory, the UART, the partner.
void setup_start(const struct sel4_bootinfo *info);

// Prints through the UART, polled.
void setup_print(const char *text);

// Ends the program with a line FAIL unless `error` is SEL4_NO_ERROR.
void setup_check(const char *what, enum sel4_error error);
_Noreturn void setup_fail(const char *what);

// The capability of a new object; bits as Untyped_Retype takes them.
cptr_t setup_object(enum sel4_object_type type, word_t bits);
// An empty slot of the root CNode; and several in a row.
cptr_t setup_slot(void);
cptr_t setup_slots(word_t count);
// The first untyped of RAM of exactly 2^bits bytes, more than objects are taken from.
cptr_t setup_untyped(word_t bits);
// Gives a scheduling context a slice that no run of the program ends; or budget and period, in microseconds,
// as a sporadic server with two refills and more.
void setup_slice(cptr_t sched_context);
void setup_sporadic(cptr_t sched_context, word_t budget, word_t period, word_t extra_refills);
// Maps a frame in a space, with the page tables that it needs.
void setup_map(cptr_t frame, cptr_t vspace, word_t address, word_t attributes);

// Makes the partner a guest: it gets a vCPU and starts at EL1, with its MMU off.
void setup_partner_guest(void);
// Starts the partner at `entry` and lets it run until it waits for something. Passive: it then has no
// scheduling context of its own.
void setup_partner_start(void (*entry)(void), word_t priority, bool passive);
void setup_partner_stop(void);

#endif
