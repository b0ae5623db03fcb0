// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The test runner: how it reads its list, counts results and judges a run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <tests/runner/list.h>

static const struct list_options options = {
    .machine = "qemu gic={gic} cpu={cpu} m={memory} n={name} b={build}",
    .icount = "-icount 0",
    .make = "make B=1",
    .out = "out-{gic}",
    .build = "release",
    .logs = "logs",
    .memory = "1024",
};

static bool parse(const char *text, struct job **jobs, unsigned *count) {
    char copy[2048];

    *jobs = NULL;
    *count = 0;
    strcpy(copy, text);
    return list_parse("t.list", copy, &options, jobs, count);
}

static void release(struct job *jobs, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        free((char *)jobs[i].name);
        free((char *)jobs[i].suite);
        free((char *)jobs[i].command);
        free((char *)jobs[i].make_arguments);
        free((char *)jobs[i].image);
        for (unsigned j = 0; j < jobs[i].expect_count; j++) {
            regfree(&jobs[i].expects[j].regex);
            free((char *)jobs[i].expects[j].text);
        }
        for (unsigned j = 0; j < jobs[i].reject_count; j++) {
            regfree(&jobs[i].rejects[j].regex);
            free((char *)jobs[i].rejects[j].text);
        }
        for (unsigned j = 0; j < jobs[i].send_count; j++) {
            regfree(&jobs[i].sends[j].after.regex);
            free((char *)jobs[i].sends[j].after.text);
            free((char *)jobs[i].sends[j].text);
        }
    }
    free(jobs);
}

static void a_section_is_a_job_for_each_gic_and_cpu(void **state) {
    (void)state;
    struct job *jobs;
    unsigned count;

    assert_true(
        parse("# comment\n[a]\nsuite = guest\nsystem = bare\ngic = 2 3\ncpu = x y\nset = M=64\nlimit = 9\n"
              "expect = ^b+$\nsend = # $ => go\\n\n[b]\nsuite = api\nmake = t.img\nimage = "
              "$(OUT)/t.img\nicount = no\nset = BUILD=debug\n"
              "memory = 64\nends = exit\n[c]\nsuite = bench\ncommand = $(MAKE) bench\n",
              &jobs, &count));
    assert_int_equal(count, 6);
    assert_string_equal(jobs[0].name, "a-gic2-x");
    assert_string_equal(jobs[3].name, "a-gic3-y");
    assert_string_equal(jobs[3].make_arguments,
                        "make B=1 GIC=3 SYSTEM=bare IMAGE=logs/a-gic3-y.img M=64 image");
    assert_string_equal(jobs[3].command, "exec qemu gic=3 cpu=y m=1024 n=a-gic3-y b=release -icount 0 "
                                         "-serial stdio -kernel logs/a-gic3-y.img ");
    assert_true(jobs[3].limit == 9 && jobs[3].kind == JOB_TARGET && !jobs[3].must_exit);
    assert_string_equal(jobs[3].sends[0].text, "go\n");
    assert_string_equal(jobs[4].name, "b-gic3");
    assert_string_equal(jobs[4].make_arguments, "make B=1 GIC=3 BUILD=debug t.img");
    assert_string_equal(
        jobs[4].command,
        "exec qemu gic=3 cpu=cortex-a53 m=64 n=b-gic3 b=debug  -serial stdio -kernel out-3/t.img ");
    assert_true(jobs[4].must_exit);
    assert_int_equal(jobs[5].kind, JOB_COMMAND);
    assert_string_equal(jobs[5].command, "make B=1 bench");
    release(jobs, count);
}

static void bad_lists_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "suite = x\n",
        "[a]\nnonsense\n",
        "[a]\ncolour = red\n",
        "[a]\nsystem = s\n",
        "[a]\nsuite = s\n",
        "[a]\nsuite = s\nsystem = s\nexpect = (\n",
        "[a]\nsuite = s\nsystem = s\nsend = x\n",
        "[a]\nsuite = s\nsystem = s\nends = soon\n",
        "[a]\nsuite = s\nmake = t\nimage = i\n[b]\nsuite = s\nmake = t\nset = BUILD=debug\nimage = i\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct job *jobs;
        unsigned count;
        assert_false(parse(texts[i], &jobs, &count));
        release(jobs, count);
    }
}

// Runs a shell command as a job, to its end.
static struct job run(enum job_kind kind, const char *command, const char *expect, double limit) {
    struct job job = {
        .name = "runner-sample", .suite = "s", .kind = kind, .command = command, .limit = limit};

    if (expect) {
        assert_null(job_pattern_set(&job.expects[job.expect_count++], expect));
    }
    assert_true(job_start(&job, "build/host-test", 0));
    struct pollfd fd = {.fd = job.output, .events = POLLIN};
    double now = 0;
    do {
        if (poll(&fd, 1, 50) == 0) {
            now += 0.05;
        }
        if (now >= job.stop_at && !job.stopped) {
            job_stop(&job);
        }
    } while (job_read(&job, now));
    job_finish(&job);
    unlink(job.log_path);
    if (expect) {
        regfree(&job.expects[0].regex);
        free((char *)job.expects[0].text);
    }
    return job;
}

static void lines_of_a_machine_are_counted(void **state) {
    (void)state;
    struct job job =
        run(JOB_TARGET, "printf 'x\\nPASS a\\r\\n[vm] PASS b\\nFAIL c: why\\nSKIP d: why\\nPASSED\\nDONE\\n'",
            "^x$", 5);

    assert_true(job.passed == 2 && job.failed == 1 && job.skipped == 1);
    assert_string_equal(job.notes, "FAIL c: why\nSKIP d: why\n");
}

static void done_ends_a_machine(void **state) {
    (void)state;
    struct job job = run(JOB_TARGET, "echo PASS a; echo DONE; exec sleep 1000", NULL, 100);

    assert_true(job.passed == 1 && job.failed == 0 && job.stopped);
}

static void a_machine_without_done_has_failed(void **state) {
    (void)state;
    struct job job = run(JOB_TARGET, "echo PASS a", NULL, 5);
    assert_true(job.passed == 1 && job.failed == 1);
    job = run(JOB_TARGET, "echo PASS a; exec sleep 1000", NULL, 0.2);
    assert_true(job.passed == 1 && job.failed == 1 && job.timed_out);
}

static void a_missing_line_is_a_failure(void **state) {
    (void)state;
    struct job job = run(JOB_TARGET, "echo DONE", "login", 5);
    assert_int_equal(job.failed, 1);
    assert_string_equal(job.notes, "FAIL this line did not come: login\n");
}

static void commands_count_by_their_status(void **state) {
    (void)state;
    struct job job = run(JOB_COMMAND, "true", NULL, 5);
    assert_true(job.passed == 1 && job.failed == 0);
    job = run(JOB_COMMAND, "exit 3", NULL, 5);
    assert_true(job.passed == 0 && job.failed == 1);
    assert_string_equal(job.notes, "FAIL it ended with exit status 3\n");
    job = run(JOB_COMMAND, "kill -SEGV $$", NULL, 5);
    assert_string_equal(job.notes, "FAIL it ended with signal 11\n");
}

static void cmocka_names_are_counted_once(void **state) {
    (void)state;
    struct job job = run(
        JOB_UNIT,
        "printf '[       OK ] a\\n[  FAILED  ] b\\n[  SKIPPED ] c\\n[  FAILED  ] 1 test(s), listed below:\\n"
        "[  FAILED  ] b\\n'; exit 1",
        NULL, 5);
    assert_true(job.passed == 1 && job.failed == 1 && job.skipped == 1);
    // A sanitizer's end is a failure though no test says so; so is a program without tests.
    job = run(JOB_UNIT, "printf '[       OK ] a\\n'; exit 1", NULL, 5);
    assert_true(job.passed == 1 && job.failed == 1);
    job = run(JOB_UNIT, "true", NULL, 5);
    assert_int_equal(job.failed, 1);
}

static void input_follows_its_prompt(void **state) {
    (void)state;
    struct job job = {.name = "runner-sample", .suite = "s", .kind = JOB_TARGET, .limit = 5};
    job.command = "printf '# '; read word; echo got $word; echo DONE";
    job.sends[job.send_count].text = "hello\n";
    assert_null(job_pattern_set(&job.sends[job.send_count++].after, "# $"));
    assert_null(job_pattern_set(&job.expects[job.expect_count++], "got hello"));
    assert_true(job_start(&job, "build/host-test", 0));
    struct pollfd fd = {.fd = job.output, .events = POLLIN};
    do {
        poll(&fd, 1, 1000);
    } while (job_read(&job, 0));
    job_finish(&job);
    unlink(job.log_path);
    assert_int_equal(job.failed, 0);
    regfree(&job.sends[0].after.regex);
    free((char *)job.sends[0].after.text);
    regfree(&job.expects[0].regex);
    free((char *)job.expects[0].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_is_a_job_for_each_gic_and_cpu),
        cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(lines_of_a_machine_are_counted),
        cmocka_unit_test(done_ends_a_machine),
        cmocka_unit_test(a_machine_without_done_has_failed),
        cmocka_unit_test(a_missing_line_is_a_failure),
        cmocka_unit_test(commands_count_by_their_status),
        cmocka_unit_test(cmocka_names_are_counted_once),
        cmocka_unit_test(input_follows_its_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
