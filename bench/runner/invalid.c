// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What is known of a run that gave no figure. Its lines come from a machine that went wrong: any byte may be
// in them.
#include <inttypes.h>
#include <string.h>

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

bool invalid_describe(const struct config *config, const struct bench_case *bench_case,
                      const struct machine_run *run, const struct boot_report *report, enum side side,
                      char *text, size_t size) {
    if (run->end == MACHINE_TIMED_OUT) {
        snprintf(text, size,
                 "no end after %d s: the machine hangs, or this computer is slow (make bench BENCH_LIMIT=S)",
                 config->time_limit);
    } else if (report->failure[0] != '\0') {
        snprintf(text, size, "%s", report->failure);
    } else if (run->end == MACHINE_FAILED) {
        snprintf(text, size, "the emulator ended with wait status 0x%x", (unsigned)run->status);
    } else if (report->in_tree || (report->tree_text == NULL && strcmp(report->label, "tree") == 0)) {
        snprintf(text, size, "the guest did not print its device tree");
    } else if (strcmp(report->label, "tree") == 0) {
        return false;
    } else if (!report->has_result) {
        snprintf(text, size, "the machine stopped without a @result line");
    } else if (bench_case->samples && report->samples.count == 0) {
        snprintf(text, size, "the machine stopped without a @samples line");
    } else if (strcmp(config->unit, "ticks_1ghz_icount") == 0 && report->frequency != 1000000000) {
        snprintf(text, size, "the counter runs at %" PRIu64 " Hz: give the CPU cntfrq=1000000000",
                 report->frequency);
    } else if (bench_case->per_tick && report->ticks == 0) {
        snprintf(text, size, "no ticks in the @result line");
    } else if (side == VIRT && report->counts.boots == 0) {
        snprintf(text, size,
                 "no @stats line of this case: the system's VMM must be built to count (flag bench)");
    } else {
        return false;
    }
    return true;
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

void invalid_line_print(const char *line, FILE *out) {
    char clean[MACHINE_LINE_MAX];
    line_clean(line, clean);
    fprintf(out, "  | %s\n", clean);
}

void invalid_tail_print(const struct machine_run *run, FILE *out) {
    fprintf(out, "  the console's last lines:\n");
    for (size_t i = 0; i < run->tail_count; i++) {
        invalid_line_print(run->tail[i], out);
    }
}
