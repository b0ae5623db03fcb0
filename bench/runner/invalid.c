// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What is known of a run that gave no figure. Its lines come from a machine that went wrong: any byte may be
// in them.
#include <bench/runner/invalid.h>

// Copies a line, with nothing in it that a terminal would act on.
static void line_clean(const char *line, char clean[MACHINE_LINE_MAX]) {
    size_t i = 0;
    for (; line[i] != '\0' && i < MACHINE_LINE_MAX - 1; i++) {
        clean[i] = line[i];
        if (line[i] < ' ' || line[i] > '~') {
            clean[i] = '?';
        }
    }
    clean[i] = '\0';
}

void invalid_add(json_t *invalid, const struct bench_case *bench_case, const char *side, int seed,
                 const char *reason, const struct machine_run *run) {
    char clean[MACHINE_LINE_MAX];
    json_t *console = json_array();
    for (size_t i = 0; run != NULL && i < run->tail_count; i++) {
        line_clean(run->tail[i], clean);
        json_array_append_new(console, json_string(clean));
    }
    line_clean(reason, clean);
    json_array_append_new(invalid, json_pack("{s:s, s:s, s:s, s:o, s:s, s:o}", "suite", bench_case->suite,
                                             "name", bench_case->name, "side", side, "seed",
                                             seed < 0 ? json_null() : json_integer(seed), "reason", clean,
                                             "console", console));
}

void invalid_tail_print(const struct machine_run *run, FILE *out) {
    char clean[MACHINE_LINE_MAX];
    fprintf(out, "  the console's last lines:\n");
    for (size_t i = 0; i < run->tail_count; i++) {
        line_clean(run->tail[i], clean);
        fprintf(out, "  | %s\n", clean);
    }
}
