// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The test runner: runs the unit tests' programs and the tests of tests/target.list, two at a time, each with
// its log in the log folder; prints one line a test and at the end `N passed, N failed, N skipped`. Exit
// status 1 when one failed.
//
//     run [--suite "unit api ..."] [--only TEXT] --list FILE --logs FOLDER --machine COMMAND --icount OPTIONS
//     --make COMMAND
//         --out FOLDER --build release|debug --memory MIB [--jobs N] [--patience N] UNIT=PROGRAM...
//
// --patience: the limits of the list so many times, where something slows the machines down.
//
// Invariants: 1. images are built one after the other before anything runs; 2. a command runs alone,
// because it may build too; 3. every process that is started
// here is in a process group of its own, and no group outlives this program (time limit, interrupt).
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/list.h"

#define RUN_MAX_AT_ONCE 8
#define UNIT_LIMIT      120.0
#define LOG_TAIL_LINES  12

struct run {
    struct list_options list;
    const char *list_path, *suites, *only, *jobs_text, *patience_text;
    struct job *jobs;
    unsigned job_count;
    struct job *running[RUN_MAX_AT_ONCE];
    unsigned at_once;
    unsigned passed, failed, skipped;
};

static volatile sig_atomic_t interrupted;

static void run_interrupt(int signal_number) {
    interrupted = signal_number;
}

static double run_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool run_has_word(const char *words, const char *word) {
    size_t length = strlen(word);

    for (const char *at = words; (at = strstr(at, word)); at += length) {
        if ((at == words || at[-1] == ' ') && (at[length] == 0 || at[length] == ' ')) {
            return true;
        }
    }
    return false;
}

static bool run_is_chosen(const struct run *run, const struct job *job) {
    return (!*run->suites || run_has_word(run->suites, job->suite)) &&
           (!*run->only || strstr(job->name, run->only));
}

static void run_print_tail(const char *path) {
    FILE *file = fopen(path, "r");
    char lines[LOG_TAIL_LINES][512];
    unsigned count = 0;

    while (file && fgets(lines[count % LOG_TAIL_LINES], sizeof lines[0], file)) {
        count++;
    }
    if (file) {
        fclose(file);
    }
    for (unsigned i = count > LOG_TAIL_LINES ? count - LOG_TAIL_LINES : 0; i < count; i++) {
        lines[i % LOG_TAIL_LINES][strcspn(lines[i % LOG_TAIL_LINES], "\r\n")] = 0;
        printf("        | %s\n", lines[i % LOG_TAIL_LINES]);
    }
}

static void run_report(struct run *run, struct job *job, double seconds) {
    const char *verdict = job->failed ? "FAIL" : job->passed ? "PASS" : "SKIP";

    printf("%s  %-7s %-34s %3u passed", verdict, job->suite, job->name, job->passed);
    if (job->failed) {
        printf(", %u failed", job->failed);
    }
    if (job->skipped) {
        printf(", %u skipped", job->skipped);
    }
    printf("  %.1f s\n", seconds);
    for (char *left = job->notes, *line; (line = strsep(&left, "\n")) && *line;) {
        printf("        %s\n", line);
    }
    if (job->failed) {
        printf("        log: %s\n", job->log_path);
        run_print_tail(job->log_path);
    }
    run->passed += job->passed;
    run->failed += job->failed;
    run->skipped += job->skipped;
    fflush(stdout);
}

// Reads what the running jobs write until one of them ends; that one is judged and its place free again.
static void run_wait(struct run *run) {
    struct pollfd fds[RUN_MAX_AT_ONCE];

    for (;;) {
        double now = run_now();
        for (unsigned i = 0; i < run->at_once; i++) {
            struct job *job = run->running[i];
            fds[i] = (struct pollfd){.fd = job ? job->output : -1, .events = POLLIN};
            if (job && !job->stopped && (now >= job->stop_at || interrupted)) {
                job_stop(job);
            }
        }
        if (poll(fds, run->at_once, 200) < 0 && errno != EINTR) {
            perror("error: poll");
            exit(1);
        }
        now = run_now();
        for (unsigned i = 0; i < run->at_once; i++) {
            struct job *job = run->running[i];
            if (job && fds[i].revents && !job_read(job, now)) {
                run->running[i] = NULL;
                job_finish(job);
                if (job->image_own && !job->failed) {
                    unlink(job->image);
                }
                run_report(run, job, now - job->started);
                return;
            }
        }
    }
}

static bool run_is_idle(const struct run *run) {
    for (unsigned i = 0; i < run->at_once; i++) {
        if (run->running[i]) {
            return false;
        }
    }
    return true;
}

static void run_wait_all(struct run *run) {
    while (!run_is_idle(run)) {
        run_wait(run);
    }
}

// Starts the job as soon as a place is free.
static void run_start(struct run *run, struct job *job) {
    for (;;) {
        for (unsigned i = 0; i < run->at_once; i++) {
            if (run->running[i]) {
                continue;
            }
            if (job_start(job, run->list.logs, run_now())) {
                run->running[i] = job;
            } else {
                run_report(run, job, 0);
            }
            return;
        }
        run_wait(run);
    }
}

// Builds what the test needs, by a job of its own. Returns false (the test is judged) when that fails.
static bool run_build(struct run *run, struct job *job) {
    struct job build = {
        .kind = JOB_COMMAND, .suite = job->suite, .limit = 600, .command = job->make_arguments};
    char name[128];

    snprintf(name, sizeof name, "%s.build", job->name);
    build.name = name;
    if (!job->make_arguments || !job_start(&build, run->list.logs, run_now())) {
        return !job->make_arguments;
    }
    struct pollfd fd = {.fd = build.output, .events = POLLIN};
    do {
        poll(&fd, 1, 200);
        if (!build.stopped && (run_now() > build.stop_at || interrupted)) {
            job_stop(&build);
        }
    } while (job_read(&build, run_now()));
    job_finish(&build);
    if (build.failed) {
        job->failed = 1;
        snprintf(job->log_path, sizeof job->log_path, "%s", build.log_path);
        job_note(job, "FAIL it cannot be built: %s", job->make_arguments);
        run_report(run, job, run_now() - build.started);
    }
    return build.failed == 0;
}

static void run_all(struct run *run) {
    bool *ready = calloc(run->job_count + 1, sizeof *ready);

    for (unsigned i = 0; ready && i < run->job_count && !interrupted; i++) {
        ready[i] = run_is_chosen(run, &run->jobs[i]) && run_build(run, &run->jobs[i]);
    }
    for (unsigned i = 0; ready && i < run->job_count && !interrupted; i++) {
        if (ready[i] && run->jobs[i].kind != JOB_COMMAND) {
            run_start(run, &run->jobs[i]);
        }
    }
    run_wait_all(run);
    for (unsigned i = 0; ready && i < run->job_count && !interrupted; i++) {
        if (ready[i] && run->jobs[i].kind == JOB_COMMAND) {
            run_start(run, &run->jobs[i]);
            run_wait_all(run);
        }
    }
    free(ready);
}

// Options and UNIT=PROGRAM words.
static bool run_read_arguments(struct run *run, int argc, char **argv) {
    const struct {
        const char *name;
        const char **value;
    } options[] = {
        {"--suite", &run->suites},         {"--only", &run->only},
        {"--list", &run->list_path},       {"--logs", &run->list.logs},
        {"--machine", &run->list.machine}, {"--icount", &run->list.icount},
        {"--make", &run->list.make},       {"--out", &run->list.out},
        {"--memory", &run->list.memory},   {"--build", &run->list.build},
        {"--jobs", &run->jobs_text},       {"--patience", &run->patience_text},
    };
    const size_t option_count = sizeof options / sizeof options[0];

    for (int i = 1; i < argc; i++) {
        size_t option = 0;
        char *equals = strchr(argv[i], '=');
        while (option < option_count && strcmp(options[option].name, argv[i]) != 0) {
            option++;
        }
        if (option < option_count && i + 1 < argc) {
            *options[option].value = argv[++i];
        } else if (argv[i][0] != '-' && equals) {
            *equals = 0;
            struct job *job = list_add_job(&run->jobs, &run->job_count, argv[i], "unit", JOB_UNIT);
            job->command = equals + 1;
            job->limit = UNIT_LIMIT;
        } else {
            fprintf(stderr, "error: '%s' is not known or lacks its value; see the head of tests/run.c\n",
                    argv[i]);
            return false;
        }
    }
    for (size_t option = 0; option < option_count; option++) {
        if (!*options[option].value) {
            fprintf(stderr, "error: %s is missing; give it\n", options[option].name);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv) {
    struct run run = {.suites = "", .only = "", .jobs_text = "2", .patience_text = "1"};
    struct sigaction action = {.sa_handler = run_interrupt};
    bool any = false;

    if (!run_read_arguments(&run, argc, argv) ||
        !list_read(run.list_path, &run.list, &run.jobs, &run.job_count)) {
        return 2;
    }
    for (unsigned i = 0; i < run.job_count; i++) {
        run.jobs[i].limit *= strtod(run.patience_text, NULL);
    }
    run.at_once = (unsigned)strtoul(run.jobs_text, NULL, 10);
    run.at_once = run.at_once < 1 ? 1 : run.at_once > RUN_MAX_AT_ONCE ? RUN_MAX_AT_ONCE : run.at_once;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    mkdir(run.list.logs, 0777);
    for (unsigned i = 0; i < run.job_count; i++) {
        any = any || run_is_chosen(&run, &run.jobs[i]);
    }
    if (!any) {
        fprintf(stderr,
                "error: no test is chosen by SUITE=\"%s\" TEST=\"%s\"; see tests/target.list for the names\n",
                run.suites, run.only);
        return 2;
    }
    run_all(&run);
    if (interrupted) {
        printf("interrupted\n");
    }
    printf("%u passed, %u failed, %u skipped\n", run.passed, run.failed, run.skipped);
    return run.failed || interrupted ? 1 : 0;
}
