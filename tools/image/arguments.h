// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The part of the command line that glacis-system and guest-dtb share: system file, board, overrides.
#ifndef TOOLS_IMAGE_ARGUMENTS_H
#define TOOLS_IMAGE_ARGUMENTS_H

#include "board.h"
#include "options.h"
#include "system.h"

#define ARGUMENTS_MAX_OVERRIDES 64

struct system_arguments {
    const char *system_path, *board_path, *out, *max_irq;
    struct {
        const char *option, *value;
    } overrides[ARGUMENTS_MAX_OVERRIDES];
    unsigned override_count;
};

// The options for a struct option_spec table whose context is the struct system_arguments.
#define SYSTEM_ARGUMENT(...)                                                                                 \
    { __VA_ARGS__ }
#define SYSTEM_ARGUMENT_OPTIONS(arguments)                                                                   \
    SYSTEM_ARGUMENT("--system", true, "FILE: the system file", NULL, &(arguments).system_path),              \
        SYSTEM_ARGUMENT("--board", true, "FILE: the board's device tree, dtb", NULL,                         \
                        &(arguments).board_path),                                                            \
        SYSTEM_ARGUMENT("--max-irq", true, "NUMBER: the highest interrupt number", NULL,                     \
                        &(arguments).max_irq),                                                               \
        SYSTEM_ARGUMENT("--out", false, "FOLDER: what $(OUT) in the system file is", NULL,                   \
                        &(arguments).out),                                                                   \
        SYSTEM_ARGUMENT("--kernel", false, "[VM=]FILE", arguments_take_override, NULL),                      \
        SYSTEM_ARGUMENT("--initrd", false, "[VM=]FILE", arguments_take_override, NULL),                      \
        SYSTEM_ARGUMENT("--cmdline", false, "[VM=]TEXT", arguments_take_override, NULL),                     \
        SYSTEM_ARGUMENT("--cmdline-append", false, "[VM=]TEXT", arguments_take_override, NULL),              \
        SYSTEM_ARGUMENT("--memory", false, "[VM=]MIB", arguments_take_override, NULL),                       \
        SYSTEM_ARGUMENT("--bench", false, "[VM=]on or off", arguments_take_override, NULL),                  \
        SYSTEM_ARGUMENT("--wfi", false, "[VM=]auto, native or trap", arguments_take_override, NULL)

void arguments_take_override(void *context, const char *name, const char *value, struct report *report);
// A number from 1 to `most`; 0 after a report.
uint64_t arguments_number(const char *option, const char *text, uint64_t most, struct report *report);
// Reads and checks system file (with overrides and presets) and board. Returns false after a report.
bool arguments_load(const struct system_arguments *arguments, struct system *system, struct board *board,
                    uint32_t *max_irq, struct report *report);

#endif
