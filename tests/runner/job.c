// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One test program under the runner; see job.h.
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// After DONE a machine has so many seconds to end by itself.
#define DONE_GRACE 1.0

const char *job_pattern_set(struct job_pattern *pattern, const char *text) {
    static char message[256];
    int error = regcomp(&pattern->regex, text, REG_EXTENDED | REG_NOSUB);

    pattern->text = strdup(text);
    if (error == 0) {
        return NULL;
    }
    regerror(error, &pattern->regex, message, sizeof message);
    return message;
}

static bool pattern_matches(const struct job_pattern *pattern, const char *line) {
    return regexec(&pattern->regex, line, 0, NULL, 0) == 0;
}

void job_note(struct job *job, const char *format, ...) {
    size_t length = strlen(job->notes);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(job->notes + length, sizeof job->notes - length, format, arguments);
    va_end(arguments);
    length = strlen(job->notes);
    snprintf(job->notes + length, sizeof job->notes - length, "\n");
}

// The child's side: output and errors to one pipe, input from another (or nowhere).
static void job_become(const struct job *job, int output, int input) {
    setpgid(0, 0);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    dup2(input, STDIN_FILENO);
    for (int fd = 3; fd < 256; fd++) {
        close(fd);
    }
    unsetenv("MAKEFLAGS");
    unsetenv("MFLAGS");
    unsetenv("MAKELEVEL");
    setenv("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0", 1);
    setenv("UBSAN_OPTIONS", "print_stacktrace=1", 1);
    execl("/bin/sh", "sh", "-c", job->command, (char *)NULL);
    _exit(127);
}

bool job_start(struct job *job, const char *log_folder, double now) {
    int output[2], input[2];

    snprintf(job->log_path, sizeof job->log_path, "%s/%s.log", log_folder, job->name);
    job->log = fopen(job->log_path, "w");
    if (!job->log || pipe(output) != 0 || pipe(input) != 0) {
        job_note(job, "it cannot be started (%s): check the rights and the room of %s", strerror(errno),
                 log_folder);
        job->failed = 1;
        return false;
    }
    fflush(NULL);
    job->pid = fork();
    if (job->pid == 0) {
        job_become(job, output[1], input[0]);
    }
    close(output[1]);
    close(input[0]);
    job->output = output[0];
    job->input = input[1];
    fcntl(job->output, F_SETFL, O_NONBLOCK);
    if (job->pid < 0) {
        job_note(job, "it cannot be started (%s): close other programs", strerror(errno));
        job->failed = 1;
        return false;
    }
    setpgid(job->pid, job->pid);
    job->started = now;
    job->stop_at = now + job->limit;
    return true;
}

// The result word at the start of a line, behind the console's "[vm] "; what follows it in *rest.
static bool line_has_word(const char *line, const char *word, const char **rest) {
    if (line[0] == '[' && strstr(line, "] ")) {
        line = strstr(line, "] ") + 2;
    }
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || (line[length] && line[length] != ' ')) {
        return false;
    }
    *rest = line[length] ? line + length + 1 : line + length;
    return true;
}

static void job_take_result(struct job *job, const char *line, double now) {
    const char *rest;

    if (line_has_word(line, "PASS", &rest)) {
        job->passed++;
    } else if (line_has_word(line, "FAIL", &rest)) {
        job->failed++;
        job_note(job, "FAIL %s", rest);
    } else if (line_has_word(line, "SKIP", &rest)) {
        job->skipped++;
        job_note(job, "SKIP %s", rest);
    } else if (line_has_word(line, "DONE", &rest) && !job->done_seen) {
        job->done_seen = true;
        if (job->kind == JOB_TARGET && !job->must_exit && now + DONE_GRACE < job->stop_at) {
            job->stop_at = now + DONE_GRACE;
        }
    }
}

// cmocka's standard output: "[       OK ] name", "[  FAILED  ] name", "[  SKIPPED ] name". Its closing
// summary repeats names, on another stream that may come first.
static void job_take_cmocka(struct job *job, const char *line) {
    const char *name = line + strlen("[       OK ] ");
    bool failed = strncmp(line, "[  FAILED  ] ", 13) == 0, skipped = strncmp(line, "[  SKIPPED ] ", 13) == 0;
    char note[256];

    if (strncmp(line, "[       OK ] ", 13) == 0) {
        job->passed++;
    } else if ((failed || skipped) && !strstr(name, "test(s)")) {
        snprintf(note, sizeof note, "%s %s\n", failed ? "FAIL" : "SKIP", name);
        if (!strstr(job->notes, note)) {
            job->failed += failed;
            job->skipped += skipped;
            job_note(job, "%.*s", (int)strlen(note) - 1, note);
        }
    }
}

void job_take_line(struct job *job, const char *line, double now) {
    if (job->kind == JOB_UNIT) {
        job_take_cmocka(job, line);
    } else {
        job_take_result(job, line, now);
    }
    if (job->expects_seen < job->expect_count && pattern_matches(&job->expects[job->expects_seen], line)) {
        job->expects_seen++;
    }
    for (unsigned i = 0; i < job->reject_count; i++) {
        if (pattern_matches(&job->rejects[i], line)) {
            job->failed++;
            job_note(job, "FAIL this line must not come: %s", line);
        }
    }
}

// Input that waits for the line so far: a prompt has no end of line.
static void job_send_input(struct job *job) {
    if (job->sends_done < job->send_count && pattern_matches(&job->sends[job->sends_done].after, job->line)) {
        const char *text = job->sends[job->sends_done++].text;
        if (write(job->input, text, strlen(text)) < 0) {
            job_note(job, "its input is closed");
        }
    }
}

static void job_take_byte(struct job *job, char c, double now) {
    if (c == '\n' || job->line_length == sizeof job->line - 1) {
        job_take_line(job, job->line, now);
        job->line_length = 0;
        job->line[0] = 0;
    }
    if (c != '\n' && c != '\r' && c != 0) {
        job->line[job->line_length++] = c;
        job->line[job->line_length] = 0;
    }
}

bool job_read(struct job *job, double now) {
    char buffer[8192];
    ssize_t got = read(job->output, buffer, sizeof buffer);

    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (got == 0) {
        return false;
    }
    fwrite(buffer, 1, (size_t)got, job->log);
    for (ssize_t i = 0; i < got; i++) {
        job_take_byte(job, buffer[i], now);
        job_send_input(job);
    }
    return true;
}

void job_stop(struct job *job) {
    job->timed_out = !(job->done_seen && job->kind == JOB_TARGET && !job->must_exit);
    job->stopped = true;
    kill(-job->pid, SIGKILL);
}

static void job_judge(struct job *job, int status) {
    bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    unsigned failed = job->failed;

    if (job->timed_out) {
        job->failed++;
        job_note(job, "FAIL it did not end within %.0f seconds%s", job->limit,
                 job->kind == JOB_TARGET && !job->must_exit && !job->done_seen ? " (no line DONE)" : "");
    } else if (!job->stopped && !clean && (job->kind != JOB_UNIT || failed == 0)) {
        job->failed++;
        job_note(job, "FAIL it ended with %s %d", WIFEXITED(status) ? "exit status" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    } else if (job->kind == JOB_TARGET && !job->must_exit && !job->done_seen) {
        job->failed++;
        job_note(job, "FAIL it ended before its line DONE");
    }
    if (job->expects_seen < job->expect_count) {
        job->failed++;
        job_note(job, "FAIL this line did not come: %s", job->expects[job->expects_seen].text);
    }
    if (job->passed + job->failed + job->skipped == 0) {
        if (job->kind == JOB_UNIT) {
            job->failed = 1;
            job_note(job, "FAIL it ran no test");
        } else {
            job->passed = 1;
        }
    }
}

void job_finish(struct job *job) {
    int status = 0;

    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (job->line_length) {
        job_take_line(job, job->line, 0);
    }
    close(job->output);
    close(job->input);
    fclose(job->log);
    job_judge(job, status);
}
