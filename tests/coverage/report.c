// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Usage: coverage-report LINES BRANCHES PREFIX... [-- FILE...] <JSON of gcov. Prints the coverage of the
// files whose names begin with a PREFIX, and fails when the total is below LINES or BRANCHES percent, or when
// there is nothing of a FILE.
#include <stdlib.h>
#include <string.h>
#include <tests/coverage/coverage.h>

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: coverage-report LINES BRANCHES PREFIX... [-- FILE...] <JSON\n");
        return 2;
    }
    int dashes = 3;
    while (dashes < argc && strcmp(argv[dashes], "--") != 0)
        dashes++;
    const char *const *files = dashes < argc ? (const char *const *)&argv[dashes + 1] : NULL;
    argv[dashes] = NULL; // ends the prefixes
    struct coverage coverage = {0};
    if (!coverage_read(&coverage, stdin, (const char *const *)&argv[3]) || !coverage_read_sources(&coverage))
        return 2;
    coverage_print(&coverage, stdout);
    bool enough = coverage_judge(&coverage, (unsigned)strtoul(argv[1], NULL, 10),
                                 (unsigned)strtoul(argv[2], NULL, 10), stdout);
    for (; files && *files; files++)
        if (!coverage_find(&coverage, *files)) {
            printf("coverage: no test program contains %s: add it to one in tests/unit/kernel.mk\n", *files);
            enough = false;
        }
    coverage_free(&coverage);
    return enough ? 0 : 1;
}
