// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// bench-runner [-v] CONFIG [CASE...]: the arguments.
#include <stdio.h>
#include <string.h>

#include <bench/runner/boots.h>
#include <bench/runner/cases.h>
#include <bench/runner/config.h>
#include <bench/runner/machine.h>
#include <bench/runner/runner.h>

int main(int argc, char **argv) {
    struct config config;
    char words[1024] = "", unknown[CASE_LABEL_MAX], error[512];
    bool chosen[CASES_MAX];
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    argc -= verbose;
    argv += verbose;
    if (argc < 2) {
        fprintf(stderr, "usage: bench-runner [-v] CONFIG [CASE...]\n  -v  shows the consoles\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        size_t used = strlen(words);
        snprintf(words + used, sizeof(words) - used, "%s ", argv[i]);
    }
    if (!cases_choose(words, chosen, unknown)) {
        size_t count;
        const struct bench_case *cases = cases_all(&count);
        fprintf(stderr, "error: no suite or case is called \"%s\". There are:", unknown);
        for (size_t i = 0; i < count; i++) {
            fprintf(stderr, " %s", cases[i].label);
        }
        fprintf(stderr, "\n");
        return 2;
    }
    if (!config_load(argv[1], &config, error, sizeof(error))) {
        fprintf(stderr, "error: %s: %s\n", argv[1], error);
        return 2;
    }
    if (config.boots > BOOTS_MAX) {
        fprintf(stderr, "error: %s: at most %d boots\n", argv[1], BOOTS_MAX);
        return 2;
    }
    config.verbose = config.verbose || verbose;
    machine_signals_catch();
    int status = runner_run(&config, chosen);
    config_free(&config);
    return status;
}
