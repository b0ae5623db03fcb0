// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Command lines of the host tools: every option is a word that begins with -- and takes one value.
#ifndef TOOLS_IMAGE_OPTIONS_H
#define TOOLS_IMAGE_OPTIONS_H

#include <stdbool.h>

#include "report.h"

struct option_spec {
    const char *name; // "--kernel"
    bool required;
    const char *help; // what it takes
    // Called for each time the option is given. NULL: `value` is set, and a second time is an error.
    void (*take)(void *context, const char *name, const char *value, struct report *report);
    const char **value;
};

// Reads argv. `--help` prints the options and ends the program.
void options_read(const struct option_spec *options, unsigned count, const char *purpose, void *context,
                  int argc, char **argv, struct report *report);

#endif
