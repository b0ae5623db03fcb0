// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The recogniser of benchmark markers: lines `@bench begin NAME` and `@bench end NAME` in what the guest
// prints. At each it samples the kernel's counters; at the VM's stop it writes one line `@stats {json}`.
//
// The case `boot` begins by itself, at the guest's first entry.
#ifndef VMM_CORE_BENCH_H
#define VMM_CORE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <abi/types.h>

#define BENCH_MAX_CASES   32
#define BENCH_NAME_BYTES  48
#define BENCH_LINE_BYTES  96
#define BENCH_IGNORED     (BENCH_LINE_BYTES + 1)
#define BENCH_INSTRUCTION 4
#define BENCH_BOOT        "boot"

// One look at the counters.
struct bench_sample {
    uint64_t instructions[BENCH_INSTRUCTION]; // guest EL0, guest EL1, EL0 outside guests, EL2
    uint64_t exits[GLACIS_CAUSE_COUNT];
};

enum bench_state { BENCH_UNUSED, BENCH_OPEN, BENCH_DONE };

struct bench_case {
    char name[BENCH_NAME_BYTES];
    uint32_t state;          // enum bench_state
    struct bench_sample sum; // while open: the sample at the beginning
};

struct bench {
    void (*sample)(void *context, bool begins, struct bench_sample *sample);
    void *context;
    unsigned case_count;
    uint32_t line_used; // of `line`; BENCH_IGNORED: the rest of this line does not matter
    bool returned;      // the last byte was a carriage return
    char line[BENCH_LINE_BYTES];
    struct bench_case cases[BENCH_MAX_CASES];
};

// `sample` reads the counters, with `context`; `begins`: a case is about to begin.
void bench_init(struct bench *bench, void (*sample)(void *context, bool begins, struct bench_sample *sample),
                void *context);

// Whether this byte, the guest's next, says nothing: most are of a line that is no marker.
static inline bool bench_ignores(const struct bench *bench, uint8_t byte) {
    return bench->line_used == BENCH_IGNORED && !bench->returned && byte != '\n' && byte != '\r';
}

// Looks at bytes that the guest printed.
void bench_feed(struct bench *bench, const uint8_t *bytes, size_t length);

// The guest is about to be entered for the first time since its start.
void bench_begin_boot(struct bench *bench);

// Writes the line `@stats {...}` with its newline into `buffer`; returns its length, or 0 when it does not
// fit. Cases that never ended are left out.
size_t bench_format(const struct bench *bench, const char *vm_name, uint64_t first_entry_instructions,
                    char *buffer, size_t size);

#endif
