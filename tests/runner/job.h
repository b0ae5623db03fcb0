// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One test program under the runner: how it is started, what its output must show, what came of it.
//
//     queued --job_start--> running --job_read: end of output--> ended --job_finish--> judged
//                              |--job_stop (time limit, DONE seen)--^
#ifndef TESTS_RUNNER_JOB_H
#define TESTS_RUNNER_JOB_H

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define JOB_MAX_EXPECTS 24
#define JOB_MAX_SENDS   8
#define JOB_LINE_BYTES  4096
#define JOB_NOTES_BYTES 4096

enum job_kind {
    JOB_UNIT,    // a cmocka program
    JOB_TARGET,  // a machine: lines PASS, FAIL, SKIP and DONE
    JOB_COMMAND, // a shell command: its exit status counts, and lines as of a target
};

struct job_pattern {
    const char *text; // extended regular expression
    regex_t regex;
};

struct job_send {
    struct job_pattern after; // when a line, ended or not, matches
    const char *text;
};

struct job {
    const char *name, *suite;
    enum job_kind kind;
    const char *command;        // for the shell
    const char *make_arguments; // what `make` builds first; NULL: nothing
    const char *image;          // target: the file that it starts
    bool image_own;             // no other test starts it: it goes when the test has passed
    double limit;               // seconds
    bool must_exit;             // target: the machine has to end by itself (else: the line DONE ends it)
    struct job_pattern expects[JOB_MAX_EXPECTS]; // lines that must come, in this order
    struct job_pattern rejects[JOB_MAX_EXPECTS]; // lines that must not come
    struct job_send sends[JOB_MAX_SENDS];        // input, in this order
    unsigned expect_count, reject_count, send_count;

    // While it runs.
    pid_t pid;
    int output, input; // our ends of its pipes; -1: closed
    FILE *log;
    char log_path[256];
    double started, stop_at;
    char line[JOB_LINE_BYTES];
    size_t line_length;
    unsigned expects_seen, sends_done;

    // What came of it.
    bool done_seen, timed_out, stopped;
    unsigned passed, failed, skipped;
    char notes[JOB_NOTES_BYTES]; // one line each: what failed or was skipped
};

// Adds a pattern. Returns NULL, or what is wrong with the expression.
const char *job_pattern_set(struct job_pattern *pattern, const char *text);
// Notes a line for the report.
void job_note(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Starts it in a process group of its own. Returns false (and it is judged failed) when that is impossible.
bool job_start(struct job *job, const char *log_folder, double now);
// Takes what it wrote. Returns false at the end of its output.
bool job_read(struct job *job, double now);
// Ends its process group.
void job_stop(struct job *job);
// Waits for its end and judges it. Sums stand in passed, failed and skipped afterwards.
void job_finish(struct job *job);
// Takes one line of output, without its end.
void job_take_line(struct job *job, const char *line, double now);

#endif
