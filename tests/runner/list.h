// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The list of target tests (tests/target.list), in the style of kvm-unit-tests' unittests.cfg: a section a
// test, a setting a line. The head of tests/target.list explains the settings.
#ifndef TESTS_RUNNER_LIST_H
#define TESTS_RUNNER_LIST_H

#include "job.h"

struct list_options {
    const char
        *machine; // QEMU's command with {gic}, {cpu} and {memory}; {name} of the test; {build} of its kernel
    const char *icount; // options that make a run repeat
    const char *make;   // make's command with what is the same for all tests
    const char *out;    // output folder, with {gic}
    const char *build;  // release or debug, unless a test says otherwise
    const char *logs;   // images of systems go there
    const char *memory; // MiB, unless a test says otherwise
};

// Adds the tests of the list file to *jobs. Returns false after a message on the standard error.
bool list_read(const char *path, const struct list_options *options, struct job **jobs, unsigned *count);
// The same from text in memory (it is changed).
bool list_parse(const char *path, char *text, const struct list_options *options, struct job **jobs,
                unsigned *count);
// A new job at the end.
struct job *list_add_job(struct job **jobs, unsigned *count, const char *name, const char *suite,
                         enum job_kind kind);

#endif
