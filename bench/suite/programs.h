// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What main of glacis-suite (bench/suite/glacis_suite.c) and its programs say to each other.
#ifndef GLACIS_BENCH_SUITE_PROGRAMS_H
#define GLACIS_BENCH_SUITE_PROGRAMS_H

#include <stdint.h>
#include <stdnoreturn.h>

// Ends the program with status 1 and a message, which the case's wrapper shows.
noreturn void program_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A decimal number of at least 1, with k or m behind it for 1024 and 1024^2; else the program ends.
uint64_t number_parse(const char *text);

// Samples of one series, printed at the end (bench/suite/samples.h).
struct series {
    const char *name;
    uint64_t *ticks; // of the counter
    uint64_t count;
};

// Makes room for samples, or ends the program.
struct series series_make(const char *name, uint64_t room);
void series_print(const struct series *series);

// The programs: their arguments are as main says them.
void bandwidth_main(char **arguments);
void latency_main(char **arguments);
void context_switch_main(char **arguments);
void pipe_main(char **arguments);
void fork_exec_main(char **arguments);
void page_fault_main(char **arguments);
void file_read_main(char **arguments);
void console_line_main(char **arguments);

#endif
