// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Command lines of the host tools; see options.h.
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void options_print_help(const struct option_spec *options, unsigned count, const char *purpose,
                               const char *program) {
    printf("%s: %s\n", program, purpose);
    for (unsigned i = 0; i < count; i++) {
        printf("  %-18s %s%s\n", options[i].name, options[i].help, options[i].required ? " (required)" : "");
    }
}

void options_read(const struct option_spec *options, unsigned count, const char *purpose, void *context,
                  int argc, char **argv, struct report *report) {
    const struct position nowhere = {0};
    bool given[64] = {false};

    for (int i = 1; i < argc; i++) {
        unsigned option = 0;
        if (strcmp(argv[i], "--help") == 0) {
            options_print_help(options, count, purpose, argv[0]);
            exit(0);
        }
        while (option < count && strcmp(options[option].name, argv[i]) != 0) {
            option++;
        }
        if (option == count) {
            const char *near = report_nearest(argv[i], &options[0].name, count, sizeof options[0]);
            report_error(report, nowhere, "%s is not an option; %s%s", argv[i],
                         near ? "did you mean " : "see --help", near ? near : "");
            continue;
        }
        if (i + 1 == argc) {
            report_error(report, nowhere, "%s needs a value; write %s %s", argv[i], argv[i],
                         options[option].help);
            return;
        }
        const char *value = argv[++i];
        if (options[option].take) {
            options[option].take(context, options[option].name, value, report);
        } else if (given[option]) {
            report_error(report, nowhere, "%s is given twice; give it once", options[option].name);
        } else {
            *options[option].value = value;
        }
        given[option] = true;
    }
    for (unsigned i = 0; i < count; i++) {
        if (options[i].required && !given[i]) {
            report_error(report, nowhere, "%s is missing; add %s %s", options[i].name, options[i].name,
                         options[i].help);
        }
    }
}
