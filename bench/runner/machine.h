// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Runs commands, emulated machines, one or some at a time, and hands over their consoles line by line.
#ifndef GLACIS_BENCH_RUNNER_MACHINE_H
#define GLACIS_BENCH_RUNNER_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_LINE_MAX   4096
#define MACHINE_TAIL_LINES 15
#define MACHINES_MAX       2 // at a time

enum machine_end {
    MACHINE_ENDED,       // by itself, with exit status 0, or by `take`
    MACHINE_FAILED,      // by itself, with another status, or it could not be started
    MACHINE_TIMED_OUT,   // killed at the time limit
    MACHINE_INTERRUPTED, // killed because the user stopped us
};

struct machine_run {
    enum machine_end end;
    int status;     // wait status, for MACHINE_FAILED
    double seconds; // wall time
    // The last lines of the console, oldest first.
    char tail[MACHINE_TAIL_LINES][MACHINE_LINE_MAX];
    size_t tail_count;
};

// Returns whether to go on; else the machine is ended, as if by itself.
typedef bool machine_line_fn(void *context, const char *line);

// From here on SIGINT, SIGTERM and SIGHUP end machine_run instead of the process.
void machine_signals_catch(void);

// The signal that was caught, or 0.
int machine_signal(void);

// Runs argv (NULL-terminated) with no input until it ends or `limit` seconds have passed; standard output and
// error are the console. `take` gets each line without its line end. No process of this run is left on
// return.
void machine_run(const char *const *argv, double limit, machine_line_fn *take, void *context,
                 struct machine_run *run);

// What machine_run takes and gives.
struct machine_job {
    const char *const *argv;
    machine_line_fn *take;
    void *context;
    struct machine_run *run;
};

// Runs up to MACHINES_MAX machines at once, as machine_run does one. The end of one leaves the others alone.
void machines_run(const struct machine_job *jobs, size_t count, double limit);

#endif
