// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Child processes, each in a process group of its own: a Ctrl-C at the terminal reaches only us, and we end
// all of a machine by its group. Should we be killed, the kernel ends it (PR_SET_PDEATHSIG).
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

// The signals stay blocked except while machines_run waits, so that none slips in between a check and the
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

struct machine {
    pid_t child; // 0 or less: there is none
    int console; // below 0: at its end
    char line[MACHINE_LINE_MAX];
    size_t length; // of `line`
    const struct machine_job *job;
    bool enough; // said `take`
};

static void line_end(struct machine *machine) {
    const struct machine_job *job = machine->job;
    struct machine_run *run = job->run;
    machine->line[machine->length] = '\0';
    machine->length = 0;
    if (run->tail_count == MACHINE_TAIL_LINES) {
        memmove(run->tail[0], run->tail[1], sizeof(run->tail) - sizeof(run->tail[0]));
        run->tail_count--;
    }
    memcpy(run->tail[run->tail_count++], machine->line, sizeof(machine->line));
    machine->enough = !job->take(job->context, machine->line) || machine->enough;
}

static void line_feed(struct machine *machine, const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n') {
            line_end(machine);
        } else if (data[i] != '\r' && data[i] != '\0' && machine->length < MACHINE_LINE_MAX - 1) {
            machine->line[machine->length++] = data[i];
        }
    }
}

static void machine_start(struct machine *machine, const struct machine_job *job) {
    int console[2];
    memset(machine, 0, sizeof(*machine));
    memset(job->run, 0, sizeof(*job->run));
    job->run->end = MACHINE_FAILED;
    machine->job = job;
    machine->console = -1;
    pid_t parent = getpid();
    if (pipe2(console, O_CLOEXEC) != 0) {
        return;
    }
    machine->child = fork();
    if (machine->child == 0) {
        child_exec(job->argv, console[1], parent);
    }
    close(console[1]);
    machine->console = console[0];
    if (machine->child > 0) {
        setpgid(machine->child, machine->child); // both sides do it: whoever comes first
    }
}

// The machine is over for the reason `end`; nothing of it is left.
static void machine_end(struct machine *machine, enum machine_end end, double begin) {
    struct machine_run *run = machine->job->run;
    if (machine->child > 0) {
        run->end = end;
        if (end != MACHINE_ENDED || machine->enough) {
            kill(-machine->child, SIGKILL);
        }
        if (machine->length > 0) {
            line_end(machine);
        }
        while (waitpid(machine->child, &run->status, 0) < 0 && errno == EINTR) {
        }
        if (run->end == MACHINE_ENDED && run->status != 0 && !machine->enough) {
            run->end = MACHINE_FAILED;
        }
    }
    close(machine->console);
    machine->console = -1;
    run->seconds = seconds_now() - begin;
}

// Waits for output and takes it. Returns how many consoles are open.
static size_t consoles_read(struct machine *machines, size_t count, double begin, double left) {
    struct pollfd wanted[MACHINES_MAX];
    struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
    size_t open = 0;
    for (size_t i = 0; i < count; i++) {
        wanted[i] = (struct pollfd){.fd = machines[i].console, .events = POLLIN};
        open += machines[i].console >= 0;
    }
    if (open == 0 || ppoll(wanted, count, &wait, &mask_while_waiting) <= 0) {
        return open;
    }
    for (size_t i = 0; i < count; i++) {
        char data[4096];
        if (wanted[i].fd < 0 || wanted[i].revents == 0) {
            continue;
        }
        ssize_t length = read(wanted[i].fd, data, sizeof(data));
        if (length > 0) {
            line_feed(&machines[i], data, (size_t)length);
        }
        if (length <= 0 || machines[i].enough) {
            machine_end(&machines[i], MACHINE_ENDED, begin);
        }
    }
    return open;
}

void machines_run(const struct machine_job *jobs, size_t count, double limit) {
    struct machine machines[MACHINES_MAX];
    double begin = seconds_now(), left = limit;
    for (size_t i = 0; i < count; i++) {
        machine_start(&machines[i], &jobs[i]);
    }
    while (caught_signal == 0 && left > 0.0 && consoles_read(machines, count, begin, left) > 0) {
        left = begin + limit - seconds_now();
    }
    for (size_t i = 0; i < count; i++) {
        if (machines[i].console >= 0) {
            machine_end(&machines[i], caught_signal != 0 ? MACHINE_INTERRUPTED : MACHINE_TIMED_OUT, begin);
        }
    }
}

void machine_run(const char *const *argv, double limit, machine_line_fn *take, void *context,
                 struct machine_run *run) {
    machines_run(&(struct machine_job){argv, take, context, run}, 1, limit);
}
