// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System file, board and overrides from the command line; see arguments.h.
#include "arguments.h"

#include <inttypes.h>
#include <stdlib.h>

#define SYSTEM_FILE_MOST_BYTES (1 << 20)

void arguments_take_override(void *context, const char *name, const char *value, struct report *report) {
    struct system_arguments *arguments = context;

    if (arguments->override_count == ARGUMENTS_MAX_OVERRIDES) {
        report_error(report, (struct position){.file = name}, "more than %d values are replaced; give fewer",
                     ARGUMENTS_MAX_OVERRIDES);
        return;
    }
    arguments->overrides[arguments->override_count].option = name;
    arguments->overrides[arguments->override_count++].value = value;
}

uint64_t arguments_number(const char *option, const char *text, uint64_t most, struct report *report) {
    char *end;
    uint64_t number = strtoull(text, &end, 0);

    if (end == text || *end || *text == '-' || number == 0 || number > most) {
        report_error(report, (struct position){.file = option},
                     "'%s' is no number from 1 to %" PRIu64 "; write one", text, most);
        return 0;
    }
    return number;
}

bool arguments_load(const struct system_arguments *arguments, struct system *system, struct board *board,
                    uint32_t *max_irq, struct report *report) {
    struct position at = {.file = arguments->system_path};
    struct bytes text = {0};

    *max_irq = (uint32_t)arguments_number("--max-irq", arguments->max_irq, 1019, report);
    bool good = bytes_read_file(&text, arguments->system_path, at, "the system file",
                                "name a folder of systems/ (SYSTEM=)", report);
    if (good && text.size > SYSTEM_FILE_MOST_BYTES) {
        report_error(report, at, "it has %zu bytes; a system file has %d at most: name the right file",
                     text.size, SYSTEM_FILE_MOST_BYTES);
    } else if (good) {
        system_parse(system, arguments->system_path, &text, arguments->out, report);
    }
    bytes_free(&text);
    for (unsigned i = 0; report->errors == 0 && i < arguments->override_count; i++) {
        system_override(system, arguments->overrides[i].option, arguments->overrides[i].value, report);
    }
    if (report->errors == 0) {
        system_apply_defaults(system, report);
    }
    return board_read(board, arguments->board_path, report) && report->errors == 0;
}
