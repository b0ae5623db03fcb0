// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Errors of the host tools: a report collects them, so that one run shows all of them and a test can compare
// them. Every message names the cause and the mend.
#ifndef TOOLS_IMAGE_REPORT_H
#define TOOLS_IMAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

// Where something was said. line 0: the whole file; file NULL: nowhere in particular.
struct position {
    const char *file;
    unsigned line;
    unsigned column; // from 1, in bytes
};

#define REPORT_MAX_ERRORS 20

struct report {
    char *text; // all messages, a line each; NULL while there is none
    size_t length;
    unsigned errors;
};

// Adds "file:line:column: error: MESSAGE". After REPORT_MAX_ERRORS the rest is only counted.
void report_error(struct report *report, struct position at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Prints all messages to the standard error; returns whether there were any.
bool report_print(const struct report *report);
void report_free(struct report *report);

// The name among `names` (`count` of them, `stride` bytes from one pointer to the next) that is nearest to
// `wrong`, or NULL when none is near: for "did you mean".
const char *report_nearest(const char *wrong, const char *const *names, size_t count, size_t stride);

#endif
