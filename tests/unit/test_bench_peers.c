// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Peers: what a shell says in the place of a hypervisor's machine.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <bench/runner/peers.h>

static const struct bench_case latency = {"micro", "hvc", "micro-hvc", .samples = true},
                               compute = {"sysbench", "cpu", "sysbench-cpu"};
static struct config config = {.unit = "ticks_1ghz_icount", .boots = 2, .first_seed = 1, .time_limit = 5};
static const struct tree_layout layout = {.memory_size = 16 << 20};
static char script[] = "/tmp/glacis-peer-XXXXXX";
static unsigned trees, booted, failures;
static char reason[256];

static const char *tree_write(void *context, unsigned seed) {
    (void)context;
    trees = trees * 10 + seed;
    return NULL;
}

static void progress(void *context, const char *peer) {
    (void)context;
    assert_string_equal(peer, "shell");
}

static void note_booted(void *context, double seconds) {
    (void)context, (void)seconds;
    booted++;
}

static void note_failed(void *context, const char *peer, int seed, const char *why,
                        const struct machine_run *run) {
    (void)context, (void)peer, (void)seed, (void)run;
    failures++;
    snprintf(reason, sizeof(reason), "%s", why);
}

static const struct peers_hooks hooks = {NULL, tree_write, progress, note_booted, note_failed};

// Measures a case on a peer whose machine runs `text`. Returns the results; *failed is what peers_measure
// returned.
static json_t *measure(const struct bench_case *bench_case, const char *text, const char *prefix,
                       size_t *failed) {
    FILE *file = fopen(script, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", text);
    fclose(file);
    char command[128];
    snprintf(command, sizeof(command), "/bin/sh %s", script);
    json_t *peers =
        json_pack("[{s:s, s:s, s:s, s:s, s:s, s:{s:s}}]", "name", "shell", "version", "5", "prefix", prefix,
                  "prepare", "true", "command", command, "except", "tick", "it has no ticks");
    config.peers = peers;
    trees = booted = failures = 0;
    reason[0] = '\0';
    json_t *results = peers_results(&config);
    *failed = peers_measure(&config, bench_case, &layout, &hooks, results);
    json_decref(peers);
    config.peers = NULL;
    return results;
}

static const json_t *first_case(const json_t *results) {
    return json_array_get(json_object_get(json_array_get(results, 0), "cases"), 0);
}

static void samples_behind_a_prefix_are_summarised(void **state) {
    (void)state;
    size_t failed;
    // The machine does not end with its guest.
    json_t *results = measure(
        &latency,
        "echo '(XEN) starting'; echo '(XEN) DOM1: @samples micro-hvc operation freq=1000000000 470*3 500'\n"
        "echo '@result micro-hvc ticks=9 freq=1'\n"
        "echo '(XEN) DOM1: @result micro-hvc ticks=2000 freq=1000000000'; sleep 60",
        "(XEN) DOM1: ", &failed);
    const json_t *virt = json_object_get(first_case(results), "virt");
    assert_int_equal(failed, 0);
    assert_int_equal(booted, 2);
    assert_int_equal(trees, 12);
    assert_int_equal(json_integer_value(json_object_get(virt, "n")), 8);
    assert_int_equal(json_integer_value(json_object_get(virt, "median")), 470);
    assert_int_equal(json_integer_value(json_object_get(virt, "max")), 500);
    json_decref(results);
}

static void a_duration_is_the_mean_of_the_boots(void **state) {
    (void)state;
    size_t failed;
    json_t *results =
        measure(&compute, "echo '@result sysbench-cpu ticks=5000 freq=1000000000'", "", &failed);
    const json_t *virt = json_object_get(first_case(results), "virt");
    assert_int_equal(failed, 0);
    assert_int_equal(json_integer_value(json_object_get(virt, "n")), 2);
    assert_int_equal(json_integer_value(json_object_get(virt, "mean")), 5000);
    json_decref(results);
}

static void a_failure_is_reported_and_leaves_a_reason(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"echo hello", "its machine stopped without a result"},
        {"echo '@fail sysbench-cpu no memory'", "its guest failed: see the console's last lines"},
        {"echo '@result sysbench-cpu ticks=5000 freq=62500000'", "its guest's counter does not run at 1 GHz"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t failed;
        json_t *results = measure(&compute, texts[i][0], "", &failed);
        assert_int_equal(failed, 1);
        assert_int_equal(failures, 1);
        assert_string_equal(reason, texts[i][1]);
        assert_null(json_object_get(first_case(results), "virt"));
        assert_string_equal(json_string_value(json_object_get(first_case(results), "reason")),
                            "it failed: see the invalid runs");
        json_decref(results);
    }
}

static void a_case_that_it_does_not_run_has_its_reason(void **state) {
    (void)state;
    static const struct bench_case tick = {"tick", "el2-per-tick", "tick-el2-per-tick"};
    size_t failed;
    json_t *results = measure(&tick, "exit 1", "", &failed);
    assert_int_equal(failed, 0);
    assert_int_equal(booted, 0);
    assert_string_equal(json_string_value(json_object_get(first_case(results), "reason")), "it has no ticks");
    char *printed;
    size_t size;
    FILE *out = open_memstream(&printed, &size);
    peers_print(results, out);
    fclose(out);
    assert_non_null(strstr(printed, "tick-el2-per-tick"));
    assert_non_null(strstr(printed, " -\n"));
    free(printed);
    json_decref(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_behind_a_prefix_are_summarised),
        cmocka_unit_test(a_duration_is_the_mean_of_the_boots),
        cmocka_unit_test(a_failure_is_reported_and_leaves_a_reason),
        cmocka_unit_test(a_case_that_it_does_not_run_has_its_reason),
    };
    int fd = mkstemp(script);
    if (fd < 0) {
        return 1;
    }
    close(fd);
    machine_signals_catch();
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(script);
    return status;
}
