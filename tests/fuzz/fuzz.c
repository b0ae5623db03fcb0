// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What libFuzzer calls. At the end the number of system calls is printed; GLACIS_FUZZ_WORDS=1 prints the
// inputs in words.
#include "fuzz.h"
#include <stdio.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report(void) {
    fprintf(stderr, "fuzz: played %lu inputs, %lu entries, %lu short ways, %lu system calls\n",
            fuzz_counters.inputs, fuzz_counters.entries, fuzz_counters.short_ways, fuzz_counters.calls);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count, (void)arguments;
    fuzz_world_make();
    describe_on = getenv("GLACIS_FUZZ_WORDS") != NULL;
    return atexit(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_play(data, size);
    return 0;
}
