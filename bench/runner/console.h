// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a boot tells on its console: lines that begin with @ (bench/suite and the VMM print them).
//     @boot TICKS                      the counter at the first line of /init
//     @fdt SHA256                      the device tree that the kernel was given
//     @result CASE ticks=N freq=HZ     the figure
//     @kernel RELEASE                  the kernel that runs
//     @clock GOVERNOR KHZ              of the processor, where Linux can tell
//     root: system ... N KiB free      memory that nobody has, when everything is made
//     @samples CASE SERIES freq=HZ ... samples (bench/runner/samples.h), before @result
//     @fail CASE reason                there is no figure
//     @tree begin ... @tree end        the device tree itself, in base64 (case `tree`)
//     @stats {json}                    the kernel's counters in the marked interval of each case; those of a
//     case
//                                      SUITE/NAME are the marks' own, and taken off those of SUITE-NAME
#ifndef GLACIS_BENCH_RUNNER_CONSOLE_H
#define GLACIS_BENCH_RUNNER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bench/runner/cases.h>
#include <bench/runner/samples.h>

enum { INSTRUCTIONS_VMM = 2, INSTRUCTIONS_KERNEL = 3, INSTRUCTIONS_COUNT = 4, EXITS_COUNT = 10 };
extern const char *const instruction_names[INSTRUCTIONS_COUNT];
extern const char *const exit_names[EXITS_COUNT];

// Sums over boots, so that a mean can be taken; `boots` is 0 until the first @stats.
struct counts {
    unsigned boots;
    uint64_t instructions[INSTRUCTIONS_COUNT];
    uint64_t exits[EXITS_COUNT];
};

#define TREE_TEXT_MAX (2 * 1024 * 1024)

struct boot_report {
    char label[CASE_LABEL_MAX]; // the case that was asked for
    bool has_result;
    uint64_t ticks;     // valid with has_result
    uint64_t frequency; // of the counter, Hz
    uint64_t checksum;  // of the work; 0 until seen
    char tree_hash[65]; // empty until seen
    char kernel[65];    // release; empty until seen
    char clock[65];     // governor and frequency in kHz; empty until seen
    uint64_t free_kib;  // 0 until seen
    struct samples_set samples;
    char failure[256]; // empty: none
    struct counts counts;
    bool in_tree;
    char *tree_text; // base64 of the device tree, or NULL; console_report_free releases it
    size_t tree_length;
};

void console_report_init(struct boot_report *report, const char *label);
void console_report_free(struct boot_report *report);

// Takes one line, without its line end. Other lines than the above are ignored.
void console_line_take(struct boot_report *report, const char *line);

// Decodes tree_text. Returns the bytes (the caller frees them) and their number in *size, or NULL if there
// are none.
uint8_t *console_tree_decode(const struct boot_report *report, size_t *size);

#endif
