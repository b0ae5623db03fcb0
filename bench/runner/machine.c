// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One child process at a time, in a process group of its own: a Ctrl-C at the terminal reaches only us, and
// we end all of it by its group. Should we be killed, the kernel ends it (PR_SET_PDEATHSIG).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bench/runner/machine.h>

static volatile sig_atomic_t caught_signal;
static sigset_t caught_set;
static sigset_t mask_while_waiting;

static void signal_take(int number) {
    caught_signal = number;
}

// The signals stay blocked except while machine_run waits, so that none slips in between a check and the
// wait.
void machine_signals_catch(void) {
    struct sigaction action = {.sa_handler = signal_take};
    sigemptyset(&caught_set);
    for (size_t i = 0; i < 3; i++) {
        static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
        sigaction(numbers[i], &action, NULL);
        sigaddset(&caught_set, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &caught_set, &mask_while_waiting);
}

int machine_signal(void) {
    return caught_signal;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void child_exec(const char *const *argv, int output, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int input = open("/dev/null", O_RDONLY);
    if (getppid() != parent || input < 0 || dup2(input, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) {
        _exit(126);
    }
    execvp(argv[0], (char *const *)argv);
    printf("%s: %s\n", argv[0], strerror(errno));
    fflush(stdout);
    _exit(127);
}

struct line_buffer {
    char text[MACHINE_LINE_MAX];
    size_t length;
    machine_line_fn *take;
    void *context;
    struct machine_run *run;
    bool enough; // said `take`
};

static void line_end(struct line_buffer *line) {
    struct machine_run *run = line->run;
    line->text[line->length] = '\0';
    line->length = 0;
    if (run->tail_count == MACHINE_TAIL_LINES) {
        memmove(run->tail[0], run->tail[1], sizeof(run->tail) - sizeof(run->tail[0]));
        run->tail_count--;
    }
    memcpy(run->tail[run->tail_count++], line->text, sizeof(line->text));
    line->enough = !line->take(line->context, line->text) || line->enough;
}

static void line_feed(struct line_buffer *line, const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n') {
            line_end(line);
        } else if (data[i] != '\r' && data[i] != '\0' && line->length < MACHINE_LINE_MAX - 1) {
            line->text[line->length++] = data[i];
        }
    }
}

// Reads the console until its end, the limit, or a caught signal.
static enum machine_end console_read(int fd, double deadline, struct line_buffer *line) {
    for (;;) {
        double left = deadline - seconds_now();
        if (caught_signal != 0) {
            return MACHINE_INTERRUPTED;
        }
        if (left <= 0.0) {
            return MACHINE_TIMED_OUT;
        }
        struct pollfd wanted = {.fd = fd, .events = POLLIN};
        struct timespec wait = {.tv_sec = (time_t)left,
                                .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
        if (ppoll(&wanted, 1, &wait, &mask_while_waiting) <= 0) {
            continue;
        }
        char data[4096];
        ssize_t length = read(fd, data, sizeof(data));
        if (length <= 0) {
            return MACHINE_ENDED;
        }
        line_feed(line, data, (size_t)length);
        if (line->enough) {
            return MACHINE_ENDED;
        }
    }
}

void machine_run(const char *const *argv, double limit, machine_line_fn *take, void *context,
                 struct machine_run *run) {
    double begin = seconds_now();
    int console[2];
    memset(run, 0, sizeof(*run));
    run->end = MACHINE_FAILED;
    pid_t parent = getpid();
    if (pipe2(console, O_CLOEXEC) != 0) {
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        child_exec(argv, console[1], parent);
    }
    close(console[1]);
    if (child > 0) {
        setpgid(child, child); // both sides do it: whoever comes first
        struct line_buffer line = {.take = take, .context = context, .run = run};
        run->end = console_read(console[0], begin + limit, &line);
        if (run->end != MACHINE_ENDED || line.enough) {
            kill(-child, SIGKILL);
        }
        if (line.length > 0) {
            line_end(&line);
        }
        while (waitpid(child, &run->status, 0) < 0 && errno == EINTR) {
        }
        if (run->end == MACHINE_ENDED && run->status != 0 && !line.enough) {
            run->end = MACHINE_FAILED;
        }
    }
    close(console[0]);
    run->seconds = seconds_now() - begin;
}
