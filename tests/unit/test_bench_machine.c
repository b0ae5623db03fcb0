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
        cmocka_unit_test(a_signal_ends_the_machine_and_only_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
