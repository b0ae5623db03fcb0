// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// glacis-suite PROGRAM ARGUMENT...: the benchmark suite's own programs, in one. Those of the suite mibench
// print `checksum HEX`, which the runner compares with the case's (bench/suite/cases.def); those of the
// suites memory and os print samples.
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bench/suite/counter.h>
#include <bench/suite/mibench/basicmath.h>
#include <bench/suite/mibench/bitcount.h>
#include <bench/suite/mibench/qsort.h>
#include <bench/suite/mibench/susan.h>
#include <bench/suite/programs.h>
#include <bench/suite/work.h>

noreturn void program_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    exit(1);
}

uint64_t number_parse(const char *text) {
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    uint64_t factor = *end == 'k' ? 1024 : *end == 'm' ? 1024 * 1024 : 1;
    end += factor > 1;
    if (*text < '0' || *text > '9' || *end != '\0' || number == 0 || number > UINT64_MAX / factor) {
        program_fail("\"%s\" is no number that this program takes: write one of at least 1, as 500, 4k, 64m",
                     text);
    }
    return number * factor;
}

struct series series_make(const char *name, uint64_t room) {
    struct series series = {name, calloc(room, sizeof(*series.ticks)), 0};
    if (series.ticks == NULL) {
        program_fail("not enough memory for %" PRIu64 " samples", room);
    }
    // Not while it measures.
    memset(series.ticks, 1, room * sizeof(*series.ticks));
    return series;
}

void series_print(const struct series *series) {
    printf("frequency %" PRIu64 "\n", counter_frequency());
    for (uint64_t i = 0; i < series->count; i++) {
        printf("%s %" PRIu64 "\n", series->name, series->ticks[i]);
    }
}

static void checksum_print(bool done, uint64_t checksum) {
    if (!done) {
        program_fail("not enough memory");
    }
    printf("checksum %016" PRIx64 "\n", checksum);
}

static void basicmath_main(char **arguments) {
    checksum_print(true, basicmath_run(number_parse(arguments[0])));
}

static void bitcount_main(char **arguments) {
    uint64_t checksum;
    if (!bitcount_run(number_parse(arguments[0]), &checksum)) {
        program_fail("the ways to count bits do not give the same: this machine does not compute right");
    }
    checksum_print(true, checksum);
}

static void qsort_main(char **arguments) {
    uint64_t words, points;
    bool done =
        words_run(number_parse(arguments[0]), &words) && points_run(number_parse(arguments[1]), &points);
    checksum_print(done, done ? checksum_add(words, points) : 0);
}

typedef bool susan_fn(const struct picture *picture, unsigned passes, uint64_t *checksum);

static void susan_main(char **arguments, susan_fn *run) {
    struct picture picture;
    uint64_t checksum;
    FILE *file = fopen(arguments[0], "rb");
    const char *wrong = file != NULL ? pgm_read(file, &picture) : "it cannot be opened";
    if (wrong != NULL) {
        program_fail("%s: %s", arguments[0], wrong);
    }
    fclose(file);
    checksum_print(run(&picture, (unsigned)number_parse(arguments[1]), &checksum), checksum);
    picture_free(&picture);
}

static void susan_smoothing_main(char **arguments) {
    susan_main(arguments, susan_smooth_run);
}

static void susan_edges_main(char **arguments) {
    susan_main(arguments, susan_edges_run);
}

static void susan_corners_main(char **arguments) {
    susan_main(arguments, susan_corners_run);
}

static void nothing_main(char **arguments) {
    (void)arguments;
}

static const struct program {
    const char *name, *usage;
    int arguments;
    void (*main)(char **arguments);
} programs[] = {
    {"basicmath", "ROUNDS", 1, basicmath_main},
    {"bitcount", "NUMBERS", 1, bitcount_main},
    {"qsort", "WORDS POINTS", 2, qsort_main},
    {"susan-smoothing", "FILE.pgm PASSES", 2, susan_smoothing_main},
    {"susan-edges", "FILE.pgm PASSES", 2, susan_edges_main},
    {"susan-corners", "FILE.pgm PASSES", 2, susan_corners_main},
    {"bandwidth", "BYTES SAMPLES", 2, bandwidth_main},
    {"latency", "BYTES SAMPLES", 2, latency_main},
    {"context-switch", "SAMPLES", 1, context_switch_main},
    {"pipe", "SAMPLES", 1, pipe_main},
    {"fork-exec", "SAMPLES", 1, fork_exec_main},
    {"page-fault", "SAMPLES", 1, page_fault_main},
    {"file-read", "SAMPLES", 1, file_read_main},
    {"console-line", "SAMPLES", 1, console_line_main},
    {"nothing", "", 0, nothing_main},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 1 && i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (strcmp(argv[1], programs[i].name) == 0 && argc == 2 + programs[i].arguments) {
            programs[i].main(argv + 2);
            return fflush(stdout) == 0 ? 0 : 1;
        }
    }
    printf("usage:\n");
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        printf("  %s %s %s\n", argv[0], programs[i].name, programs[i].usage);
    }
    return 2;
}
