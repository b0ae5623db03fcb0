// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The benchmark runner's process control, with shell commands for machines.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bench/runner/machine.h>

static struct machine_run run;
static char lines[8192];

static bool line_collect(void *context, const char *line) {
    (void)context;
    strncat(lines, line, sizeof(lines) - strlen(lines) - 2);
    strcat(lines, "|");
    return strcmp(line, "enough") != 0;
}

static void shell_run(const char *script, double limit) {
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    lines[0] = '\0';
    machine_run(argv, limit, line_collect, NULL, &run);
}

static void lines_arrive_without_their_ends(void **state) {
    (void)state;
    shell_run("printf 'one\\r\\ntwo\\n\\nlast'; printf 'error\\n' >&2", 20.0);
    assert_int_equal(run.end, MACHINE_ENDED);
    assert_string_equal(lines, "one|two||lasterror|");
    assert_int_equal(run.tail_count, 4);
}

static void a_line_that_is_too_long_is_cut(void **state) {
    (void)state;
    shell_run("head -c 10000 /dev/zero | tr '\\0' x; echo; echo end", 20.0);
    assert_int_equal(run.tail_count, 2);
    assert_int_equal(strlen(run.tail[0]), MACHINE_LINE_MAX - 1);
    assert_string_equal(run.tail[1], "end");
}

static void the_tail_holds_the_last_lines(void **state) {
    (void)state;
    shell_run("seq 100", 20.0);
    assert_int_equal(run.tail_count, MACHINE_TAIL_LINES);
    assert_string_equal(run.tail[0], "86");
    assert_string_equal(run.tail[MACHINE_TAIL_LINES - 1], "100");
}

static void a_failing_command_is_told_from_a_good_one(void **state) {
    (void)state;
    shell_run("exit 3", 20.0);
    assert_int_equal(run.end, MACHINE_FAILED);
    assert_int_equal(WEXITSTATUS(run.status), 3);
    const char *const argv[] = {"/nonexistent/emulator", NULL};
    machine_run(argv, 20.0, line_collect, NULL, &run);
    assert_int_equal(run.end, MACHINE_FAILED);
    assert_string_equal(run.tail[0], "/nonexistent/emulator: No such file or directory");
}

static void a_hang_ends_at_the_limit_with_its_last_line(void **state) {
    (void)state;
    shell_run("echo alive; printf stuck; exec sleep 60", 0.5);
    assert_int_equal(run.end, MACHINE_TIMED_OUT);
    assert_true(run.seconds < 20.0);
    assert_string_equal(lines, "alive|stuck|");
}

static void input_is_empty(void **state) {
    (void)state;
    shell_run("cat; echo done", 20.0);
    assert_string_equal(lines, "done|");
}

struct text {
    char lines[256];
};

static bool line_keep(void *context, const char *line) {
    struct text *text = context;
    strncat(text->lines, line, sizeof(text->lines) - strlen(text->lines) - 2);
    strcat(text->lines, "|");
    return true;
}

// Each waits for what the other one does: one after the other they would not end.
static void two_run_at_the_same_time(void **state) {
    (void)state;
    char pipes[] = "/tmp/glacis-machine-XXXXXX", there[64], script[2][256];
    struct text texts[2] = {{{0}}, {{0}}};
    static struct machine_run runs[2];
    const char *const argv[2][4] = {{"/bin/sh", "-c", script[0], NULL}, {"/bin/sh", "-c", script[1], NULL}};
    assert_non_null(mkdtemp(pipes));
    snprintf(there, sizeof(there), "%s/there", pipes);
    assert_int_equal(mkfifo(there, 0600), 0);
    snprintf(script[0], sizeof(script[0]), "echo ready >%s; echo first; exit 3", there);
    snprintf(script[1], sizeof(script[1]), "read word <%s; echo second $word; sleep 0.2; echo alone", there);
    const struct machine_job jobs[2] = {{argv[0], line_keep, &texts[0], &runs[0]},
                                        {argv[1], line_keep, &texts[1], &runs[1]}};
    machines_run(jobs, 2, 20.0);
    unlink(there);
    rmdir(pipes);
    assert_int_equal(runs[0].end, MACHINE_FAILED);
    assert_string_equal(texts[0].lines, "first|");
    assert_int_equal(runs[1].end, MACHINE_ENDED);
    assert_string_equal(texts[1].lines, "second ready|alone|");
    assert_string_equal(runs[1].tail[1], "alone");
}

static void a_hang_leaves_the_other_one_its_end(void **state) {
    (void)state;
    struct text texts[2] = {{{0}}, {{0}}};
    static struct machine_run runs[2];
    const char *const hang[] = {"/bin/sh", "-c", "echo stuck; exec sleep 60", NULL};
    const char *const good[] = {"/bin/sh", "-c", "echo good", NULL};
    const struct machine_job jobs[2] = {{hang, line_keep, &texts[0], &runs[0]},
                                        {good, line_keep, &texts[1], &runs[1]}};
    machines_run(jobs, 2, 0.5);
    assert_int_equal(runs[0].end, MACHINE_TIMED_OUT);
    assert_string_equal(texts[0].lines, "stuck|");
    assert_int_equal(runs[1].end, MACHINE_ENDED);
    assert_string_equal(texts[1].lines, "good|");
}

// Last: it leaves a caught signal behind.
static void a_signal_ends_the_machine_and_only_it(void **state) {
    (void)state;
    char script[128];
    machine_signals_catch();
    snprintf(script, sizeof(script), "sleep 60 & echo $!; kill -INT %d; wait", (int)getpid());
    shell_run(script, 30.0);
    assert_int_equal(run.end, MACHINE_INTERRUPTED);
    assert_int_equal(machine_signal(), SIGINT);
    assert_true(run.seconds < 20.0);
    // What the command had started is gone too, at once or once its new parent has waited for it.
    for (int i = 0; i < 100 && kill((pid_t)atoi(lines), 0) == 0; i++) {
        usleep(20000);
    }
    assert_int_not_equal(kill((pid_t)atoi(lines), 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_arrive_without_their_ends),
        cmocka_unit_test(a_line_that_is_too_long_is_cut),
        cmocka_unit_test(the_tail_holds_the_last_lines),
        cmocka_unit_test(a_failing_command_is_told_from_a_good_one),
        cmocka_unit_test(a_hang_ends_at_the_limit_with_its_last_line),
        cmocka_unit_test(input_is_empty),
        cmocka_unit_test(two_run_at_the_same_time),
        cmocka_unit_test(a_hang_leaves_the_other_one_its_end),
        cmocka_unit_test(a_signal_ends_the_machine_and_only_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
