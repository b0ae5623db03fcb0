// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// bench-kernel CONFIG [check] [path=FILE]: starts the measured program on the emulated machine of CONFIG
// (bench/runner/config.h; command `virt`), takes the plugin's samples, prints the table and writes the
// results. With `check` a figure over its budget is a failure; the traced operation's addresses go to `path`.
// Exit status: 0, 1 for a failure, 130 when a signal stopped the run.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bench/kernel/marks.h>
#include <bench/runner/config.h>
#include <bench/runner/machine.h>
#include <bench/runner/results.h>

struct operation_info {
    struct bench_case bench_case;
    unsigned budget; // instructions
    const char *reference;
};

#define OPERATION(identifier, name, budget, reference) {{"kernel", name, "kernel-" name}, budget, reference},
static const struct operation_info operations[] = {
#include <bench/kernel/cases.def>
};
#undef OPERATION

struct measurement {
    size_t seen; // warm-up too
    double all[MEASURE_COUNT];
    uint64_t sum_all, sum_kernel;
};

struct run {
    struct measurement samples[OPERATION_COUNT];
    bool done, failed;
    FILE *path; // of the traced operation, or NULL
};

static void sample_take(struct run *run, const char *text) {
    char name[32];
    uint64_t all, kernel;
    if (sscanf(text, "%31s %" SCNu64 " %" SCNu64, name, &all, &kernel) != 3)
        return;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct measurement *s = &run->samples[i];
        if (strcmp(operations[i].bench_case.name, name) != 0)
            continue;
        if (s->seen >= MEASURE_WARM_UP && s->seen < MEASURE_WARM_UP + MEASURE_COUNT) {
            s->all[s->seen - MEASURE_WARM_UP] = (double)all;
            s->sum_all += all;
            s->sum_kernel += kernel;
        }
        s->seen++;
    }
}

static bool line_take(void *context, const char *line) {
    struct run *run = context;
    if (strncmp(line, "@sample ", 8) == 0)
        sample_take(run, line + 8);
    else if (strncmp(line, "@path ", 6) == 0 && run->path != NULL)
        fprintf(run->path, "%s\n", line + 6);
    else if (strcmp(line, "DONE") == 0)
        run->done = true;
    else if (strncmp(line, "FAIL", 4) == 0)
        run->failed = true;
    return true;
}

// Runs the machine. False, with the reason and the console's end on stderr, unless every sample is there.
static bool measure(const struct config *config, struct run *run) {
    static struct command command;
    static struct machine_run machine;
    if (!command_expand(config->virt, "kernel", NULL, &command)) {
        fprintf(stderr, "error: member \"virt\" of the configuration is no command\n");
        return false;
    }
    machine_run(command.argv, config->time_limit, line_take, run, &machine);
    const char *why = run->failed                        ? "the measured program failed"
                      : machine.end == MACHINE_TIMED_OUT ? "time limit (BENCH_LIMIT= sets another)"
                      : !run->done                       ? "the machine ended early"
                                                         : NULL;
    for (size_t i = 0; i < OPERATION_COUNT && why == NULL; i++) {
        if (run->samples[i].seen != MEASURE_WARM_UP + MEASURE_COUNT)
            why = "measurements are missing: does the plugin fit this emulator?";
    }
    if (why != NULL && machine_signal() == 0) {
        fprintf(stderr, "error: %s. The console's last lines:\n", why);
        for (size_t i = 0; i < machine.tail_count; i++)
            fprintf(stderr, "  %s\n", machine.tail[i]);
    }
    return why == NULL;
}

// The figures of all operations but the empty one, whose median is taken off them. Returns their number.
static size_t results_make(struct run *run, struct case_result *results) {
    size_t count = 0;
    double empty = statistics_summarise(run->samples[OPERATION_EMPTY].all, MEASURE_COUNT).median;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct measurement *s = &run->samples[i];
        if (i == OPERATION_EMPTY)
            continue;
        for (size_t j = 0; j < MEASURE_COUNT; j++)
            s->all[j] -= empty;
        struct case_result *r = &results[count++];
        *r = (struct case_result){.bench_case = &operations[i].bench_case,
                                  .virt = statistics_summarise(s->all, MEASURE_COUNT),
                                  .counts.boots = MEASURE_COUNT};
        r->counts.instructions[INSTRUCTIONS_VMM] = s->sum_all - s->sum_kernel;
        r->counts.instructions[INSTRUCTIONS_KERNEL] = s->sum_kernel;
    }
    return count;
}

// Prints the table; returns how many operations are over their budgets.
static unsigned table_print(const struct config *config, const struct case_result *results, size_t count) {
    unsigned over = 0;
    printf("\n%s, %s, %s, GICv%d\n", config->board, config->emulator, config->cpu, config->gic);
    printf("instructions of an operation, entry and return included (n = %d; upstream seL4 in brackets)\n",
           MEASURE_COUNT);
    printf("%s\n\n", config->limits);
    printf("%-18s %7s %7s %7s %7s %10s\n", "operation", "min", "median", "max", "budget", "(seL4)");
    for (size_t i = 0; i < count; i++) {
        const struct operation_info *operation = (const struct operation_info *)results[i].bench_case;
        const struct summary *s = &results[i].virt;
        char reference[32];
        snprintf(reference, sizeof(reference), "(%s)", operation->reference);
        printf("%-18s %7.0f %7.0f %7.0f %7u %10s", operation->bench_case.name, s->min, s->median, s->max,
               operation->budget, reference);
        if (s->max > operation->budget) {
            printf("  over by %.0f", s->max - operation->budget);
            over++;
        }
        printf("\n");
    }
    return over;
}

static int report(struct config *config, struct run *run, bool check) {
    static struct case_result results[OPERATION_COUNT];
    const json_t *memory = json_object_get(config->root, "memory_mib");
    const struct tree_guest no_guest = {.memory_mib = (uint64_t)json_integer_value(memory)};
    size_t count = results_make(run, results);
    unsigned over = table_print(config, results, count);
    printf("\n%u of %zu operations over their budgets\n", over, count);
    if (!results_write(config, &no_guest, results, count, NULL, NULL, NULL)) {
        perror(config->results);
        return 1;
    }
    printf("results: %s\n", config->results);
    return check && over != 0 ? 1 : 0;
}

int main(int argc, char **argv) {
    static struct run run;
    struct config config;
    char error[512];
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: bench-kernel CONFIG [check] [path=FILE]\n");
        return 2;
    }
    bool check = false;
    for (int i = 2; i < argc; i++) {
        check = check || strcmp(argv[i], "check") == 0;
        if (strncmp(argv[i], "path=", 5) == 0 && (run.path = fopen(argv[i] + 5, "w")) == NULL) {
            perror(argv[i] + 5);
            return 1;
        }
    }
    if (!config_load(argv[1], &config, error, sizeof(error))) {
        fprintf(stderr, "error: %s: %s\n", argv[1], error);
        return 2;
    }
    machine_signals_catch();
    int status = measure(&config, &run) ? report(&config, &run, check) : machine_signal() != 0 ? 130 : 1;
    if (run.path != NULL && fclose(run.path) != 0)
        status = 1;
    config_free(&config);
    return status;
}
