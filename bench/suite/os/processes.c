// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The programs context-switch, pipe and fork-exec: what two processes do with each other. Each checks that
// the other one did its part.
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bench/suite/counter.h>
#include <bench/suite/programs.h>

#define WARM_UP       16
#define MESSAGE_BYTES 64

// Of two processes, in memory that they share.
struct turns {
    atomic_ullong taken; // by the child
    atomic_bool end;
};

static void child_wait(pid_t child, const char *what) {
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        program_fail("%s did not end well", what);
    }
}

static pid_t child_fork(void) {
    pid_t child = fork();
    if (child < 0) {
        program_fail("no second process: fork failed");
    }
    return child;
}

// Two processes of the same real-time priority on one CPU: when one yields, the other one runs. A sample is
// there and back: two system calls, two switches to another address space.
void context_switch_main(char **arguments) {
    const uint64_t samples = number_parse(arguments[0]);
    const struct sched_param priority = {.sched_priority = 1};
    struct series series = series_make("switches", samples);
    struct turns *turns =
        mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    if (turns == MAP_FAILED || sched_setaffinity(0, sizeof(one), &one) != 0 ||
        sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
        program_fail("no real-time priority on CPU 0: run it as root");
    }
    pid_t child = child_fork();
    if (child == 0) {
        while (!atomic_load(&turns->end)) {
            atomic_fetch_add(&turns->taken, 1);
            sched_yield();
        }
        _exit(0);
    }
    for (uint64_t i = 1; i <= WARM_UP + samples; i++) {
        uint64_t begin = counter_read();
        sched_yield();
        uint64_t ticks = counter_read() - begin;
        if (atomic_load(&turns->taken) != i) {
            program_fail("the other process did not take its turn");
        }
        if (i > WARM_UP) {
            series.ticks[series.count++] = ticks;
        }
    }
    atomic_store(&turns->end, true);
    child_wait(child, "the other process");
    series_print(&series);
}

static bool message_move(int from, int to, char *message) {
    return read(from, message, MESSAGE_BYTES) == MESSAGE_BYTES &&
           write(to, message, MESSAGE_BYTES) == MESSAGE_BYTES;
}

// A message of 64 bytes to another process, which sends it back.
void pipe_main(char **arguments) {
    const uint64_t samples = number_parse(arguments[0]);
    struct series series = series_make("trips", samples);
    int there[2], back[2];
    char message[MESSAGE_BYTES] = {0}, answer[MESSAGE_BYTES];
    if (pipe(there) != 0 || pipe(back) != 0) {
        program_fail("no pipes");
    }
    pid_t child = child_fork();
    if (child == 0) {
        close(there[1]);
        while (message_move(there[0], back[1], answer)) {
        }
        _exit(0);
    }
    for (uint64_t i = 0; i < WARM_UP + samples; i++) {
        memcpy(message, &i, sizeof(i));
        uint64_t begin = counter_read();
        bool sent = write(there[1], message, MESSAGE_BYTES) == MESSAGE_BYTES;
        bool received = sent && read(back[0], answer, MESSAGE_BYTES) == MESSAGE_BYTES;
        uint64_t ticks = counter_read() - begin;
        if (!received || memcmp(message, answer, MESSAGE_BYTES) != 0) {
            program_fail("the message did not come back as it was sent");
        }
        if (i >= WARM_UP) {
            series.ticks[series.count++] = ticks;
        }
    }
    close(there[1]);
    child_wait(child, "the other process");
    series_print(&series);
}

// A process that executes this program anew, does nothing, and ends; up to its parent's return from wait.
void fork_exec_main(char **arguments) {
    const uint64_t samples = number_parse(arguments[0]);
    struct series series = series_make("starts", samples);
    static char name[] = "glacis-suite", nothing[] = "nothing";
    char *const command[] = {name, nothing, NULL};
    for (uint64_t i = 0; i < WARM_UP + samples; i++) {
        uint64_t begin = counter_read();
        pid_t child = child_fork();
        if (child == 0) {
            execv("/proc/self/exe", command);
            _exit(127);
        }
        child_wait(child, "a new program");
        uint64_t ticks = counter_read() - begin;
        if (i >= WARM_UP) {
            series.ticks[series.count++] = ticks;
        }
    }
    series_print(&series);
}
