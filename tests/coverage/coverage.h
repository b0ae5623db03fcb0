// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Line and branch coverage of source files, from what gcov counted (`gcov --json-format --stdout`). A line or
// a branch that several objects hold, such as an inline function's, is covered when it ran in one of them.
#ifndef TESTS_COVERAGE_COVERAGE_H
#define TESTS_COVERAGE_COVERAGE_H

#include <stdbool.h>
#include <stdio.h>

struct coverage_line {
    bool is_code, ran;
    bool is_check; // a CHECK: its branches are the condition's, which only a bug of the kernel's own takes
    unsigned branch_count;
    bool *taken; // of each branch
    char *text;
};

struct coverage_file {
    char *name;
    unsigned line_count; // lines[1] to lines[line_count]
    struct coverage_line *lines;
};

struct coverage {
    unsigned file_count;
    struct coverage_file *files; // by name, ascending
};

struct coverage_sum {
    unsigned lines, lines_run, branches, branches_taken, check_branches;
};

// Adds the JSON documents in `in` for the files whose names begin with one of the prefixes (NULL ends).
// False: told on stderr.
bool coverage_read(struct coverage *coverage, FILE *in, const char *const *prefixes);
// Reads the texts of the files' lines. False: told on stderr.
bool coverage_read_sources(struct coverage *coverage);
// The file of that name, or NULL.
const struct coverage_file *coverage_find(const struct coverage *coverage, const char *name);
struct coverage_sum coverage_sum(const struct coverage_file *file);
// A table of the files, then the lines that did not run and the lines with branches not taken.
void coverage_print(const struct coverage *coverage, FILE *out);
// Percentages in tenths; limits in whole percent. False: told on `out`.
bool coverage_judge(const struct coverage *coverage, unsigned line_limit, unsigned branch_limit, FILE *out);
void coverage_free(struct coverage *coverage);

#endif
