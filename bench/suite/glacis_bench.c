// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// glacis-bench CASE: runs one case in the guest and prints its figure. Invariants:
// 1. The interval is from just before fork to just after wait; nothing is written to the console inside it.
// 2. The @bench lines stand outside the interval and have left the UART before it begins.
// 3. A case that fails prints `@fail CASE reason` and no @result.
// 4. What a program with a checksum printed goes to the console after the interval, as `@checksum CASE HEX`.
// 5. What a program of samples printed goes to the console after the interval (bench/suite/samples.h).
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <bench/suite/counter.h>
#include <bench/suite/samples.h>

#define OUTPUT_FILE "/tmp/output"

struct bench_case {
    enum {
        TIMED,
        CHECKED,
        SAMPLED
    } kind; // CHECKED: it prints a checksum; SAMPLED: the figures are what it prints
    const char *suite;
    const char *name;
    const char *argv[16];
};

#define BENCH_CASE(suite, name, ...)              {TIMED, suite, name, {__VA_ARGS__, NULL}},
#define BENCH_CHECKED(suite, name, checksum, ...) {CHECKED, suite, name, {__VA_ARGS__, NULL}},
#define BENCH_SAMPLES(suite, name, device, ...)   {SAMPLED, suite, name, {__VA_ARGS__, NULL}},
static const struct bench_case cases[] = {
#include <bench/suite/cases.def>
};
#undef BENCH_CASE
#undef BENCH_CHECKED
#undef BENCH_SAMPLES

static const struct bench_case *case_find(const char *wanted) {
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct bench_case *c = &cases[i];
        size_t length = strlen(c->suite);
        if (strncmp(wanted, c->suite, length) == 0 && wanted[length] == '-' &&
            strcmp(wanted + length + 1, c->name) == 0) {
            return c;
        }
    }
    return NULL;
}

// A line to the console, gone from the UART's FIFO on return.
static void console_say(const char *kind, const char *name) {
    printf("@bench %s %s\n", kind, name);
    fflush(stdout);
    tcdrain(STDOUT_FILENO);
}

// Only async-signal-safe work: the child's cost is part of the figure.
static void child_exec(char *const *argv) {
    int fd = open(OUTPUT_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0) {
        _exit(126);
    }
    execvp(argv[0], argv);
    _exit(127);
}

static void output_copy(void) {
    char buffer[512];
    size_t length;
    FILE *file = fopen(OUTPUT_FILE, "r");
    if (file == NULL) {
        return;
    }
    while ((length = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        fwrite(buffer, 1, length, stdout);
    }
    fclose(file);
}

// Returns NULL, or why the program's samples cannot be told.
static const char *samples_tell(const char *label) {
    FILE *file = fopen(OUTPUT_FILE, "r");
    const char *error = file != NULL ? samples_print(label, file, stdout) : "its output cannot be read";
    if (file != NULL) {
        fclose(file);
    }
    return error;
}

// Returns NULL, or why the program's checksum cannot be told.
static const char *checksum_tell(const char *label) {
    uint64_t checksum;
    FILE *file = fopen(OUTPUT_FILE, "r");
    bool found = file != NULL && fscanf(file, "checksum %16" SCNx64, &checksum) == 1;
    if (file != NULL) {
        fclose(file);
    }
    if (!found) {
        return "it printed no checksum";
    }
    printf("@checksum %s %016" PRIx64 "\n", label, checksum);
    return NULL;
}

static const char *output_tell(const struct bench_case *c, const char *label) {
    return c->kind == SAMPLED ? samples_tell(label) : c->kind == CHECKED ? checksum_tell(label) : NULL;
}

int main(int argc, char **argv) {
    const struct bench_case *c = argc == 2 ? case_find(argv[1]) : NULL;
    if (c == NULL || c->argv[0] == NULL) {
        printf("@fail %s no such case: see bench/suite/cases.def\n", argc == 2 ? argv[1] : "?");
        return 2;
    }

    console_say("begin", argv[1]);
    int status = 0;
    uint64_t begin = counter_read();
    pid_t pid = fork();
    if (pid == 0) {
        child_exec((char *const *)c->argv);
    }
    pid_t waited = pid < 0 ? -1 : waitpid(pid, &status, 0);
    uint64_t end = counter_read();
    int error = errno;
    console_say("end", argv[1]);

    if (waited < 0) {
        printf("@fail %s fork or wait: %s\n", argv[1], strerror(error));
        return 1;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        output_copy();
        printf("@fail %s %s ended with status 0x%x\n", argv[1], c->argv[0], (unsigned)status);
        return 1;
    }
    const char *error_text = output_tell(c, argv[1]);
    if (error_text != NULL) {
        output_copy();
        printf("@fail %s %s: %s\n", argv[1], c->argv[0], error_text);
        return 1;
    }
    printf("@result %s ticks=%" PRIu64 " freq=%" PRIu64 "\n", argv[1], end - begin, counter_frequency());
    return 0;
}
