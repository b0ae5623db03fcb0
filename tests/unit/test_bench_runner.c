// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A whole run of the benchmark runner, with shell scripts for machines: what ends in the results file, and
// what does not. The scripts print what the guest's programs and the VMM print.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <libfdt.h>

#include <bench/runner/cases.h>
#include <bench/runner/machine.h>
#include <bench/runner/runner.h>

#define STATS                                                                                                \
    "@stats "                                                                                                \
    "{\"vm\":\"linux\",\"cases\":[{\"name\":\"'$1'\",\"instructions\":{\"guest_user\":1,\"guest_kernel\":2," \
    "\"vmm\":3,\"kernel\":4},\"exits\":{\"irq\":5,\"mmio\":0,\"hvc\":0,\"smc\":0,\"sysreg\":0,\"wfx\":0,"    \
    "\"sgi\":0,"                                                                                             \
    "\"maintenance\":0,\"preempt\":0,\"other\":0}}],\"first_entry_instructions\":1}"

static const char native_script[] = "echo '@fdt aa'; echo \"@result $1 ticks=1000 freq=1000000000\"\n";
static const char guest_script[] =
    "echo '@fdt aa'; echo \"@result $1 ticks=1010 freq=1000000000\"; echo '" STATS "'\n";

static char folder[64];
static bool check_budgets; // CHECK=1
static int jobs = 1;       // machines at a time
static int gic_version = 3;

static void file_write(const char *name, const void *data, size_t size) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void guest_files_write(void) {
    uint8_t tree[4096], image[64] = {0};
    uint32_t memory[] = {0, cpu_to_fdt32(0x40000000), 0, cpu_to_fdt32(0x10000000)};
    assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    int node = fdt_add_subnode(tree, 0, "chosen");
    fdt_setprop_u32(tree, node, "linux,initrd-start", 0x48000000);
    fdt_setprop_u32(tree, node, "linux,initrd-end", 0x48001000);
    fdt_setprop_string(tree, node, "bootargs", "quiet");
    node = fdt_add_subnode(tree, 0, "memory");
    fdt_setprop_string(tree, node, "device_type", "memory");
    fdt_setprop(tree, node, "reg", memory, sizeof(memory));
    memcpy(image + 56, "ARM\x64", 4);
    file_write("tree", tree, sizeof(tree));
    file_write("image", image, sizeof(image));
}

static int setup(void **state) {
    (void)state;
    strcpy(folder, "/tmp/glacis-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    guest_files_write();
    file_write("native.sh", native_script, sizeof(native_script) - 1);
    file_write("guest.sh", guest_script, sizeof(guest_script) - 1);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    static const char *const names[] = {"tree",  "image",   "native.sh", "guest.sh",
                                        "start", "results", "count"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void guest_script_set(const char *script) {
    file_write("guest.sh", script, strlen(script));
}

// Runs `words` with the configuration made from the folder.
static int run(const char *words, const char *prepare) {
    static char paths[6][128];
    static const char *const names[] = {"tree", "image", "start", "results", "native.sh", "guest.sh"};
    char native[192], virt[192], unknown[CASE_LABEL_MAX];
    bool chosen[CASES_MAX];
    for (size_t i = 0; i < 6; i++) {
        snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
    }
    snprintf(native, sizeof(native), "sh %s {case} {tree_address}", paths[4]);
    snprintf(virt, sizeof(virt), "sh %s {case}", paths[5]);
    json_t *commands = prepare == NULL ? json_array() : json_pack("[s]", prepare);
    struct config config = {.version = "1",
                            .commit = "c",
                            .board = "b",
                            .emulator = "e",
                            .cpu = "c",
                            .unit = "ticks_1ghz_icount",
                            .kernel = "k",
                            .kernel_file = paths[1],
                            .kernel_sha256 = "a",
                            .initrd_sha256 = "b",
                            .tree = paths[0],
                            .start = paths[2],
                            .native = native,
                            .virt = virt,
                            .results = paths[3],
                            .limits = "l",
                            .prepare = commands,
                            .gic = gic_version,
                            .check = check_budgets,
                            .boots = 2,
                            .jobs = jobs,
                            .time_limit = 2};
    assert_true(cases_choose(words, chosen, unknown));
    int status = runner_run(&config, chosen);
    json_decref(commands);
    return status;
}

// The cases in the results file: the caller releases the document. NULL: there is no file.
static json_t *results_load(void) {
    char path[128];
    snprintf(path, sizeof(path), "%s/results", folder);
    return json_load_file(path, 0, NULL);
}

// All runs without a figure are in the file, with a reason, and no figure of a guest is.
static void invalid_assert(size_t count) {
    json_t *document = results_load();
    assert_non_null(document);
    json_t *invalid = json_object_get(document, "invalid");
    assert_int_equal(json_array_size(invalid), count);
    for (size_t i = 0; i < count; i++) {
        const char *reason = json_string_value(json_object_get(json_array_get(invalid, i), "reason"));
        assert_true(reason != NULL && reason[0] != '\0');
    }
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_true(c == NULL || json_is_null(json_object_get(c, "virt")));
    json_decref(document);
}

static void both_sides_figures_reach_the_results(void **state) {
    (void)state;
    assert_int_equal(run("boot sysbench-cpu", NULL), 0);
    json_t *document = results_load();
    json_t *cases = json_object_get(document, "cases");
    assert_int_equal(json_array_size(cases), 2);
    json_t *c = json_array_get(cases, 0);
    assert_string_equal(json_string_value(json_object_get(c, "name")), "cpu");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "native"), "mean")), 1000);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "mean")), 1010);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "n")), 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "exits"), "irq")), 5);
    json_decref(document);
}

static void the_sides_alternate(void **state) {
    (void)state;
    char script[512], path[128], order[64] = "";
    snprintf(path, sizeof(path), "%s/count", folder);
    snprintf(script, sizeof(script), "printf n >>%s\n%s", path, native_script);
    file_write("native.sh", script, strlen(script));
    char guest[1024];
    snprintf(guest, sizeof(guest), "printf g >>%s\n%s", path, guest_script);
    guest_script_set(guest);
    assert_int_equal(run("boot", NULL), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(order, sizeof(order), file));
    fclose(file);
    assert_string_equal(order, "ngng");
}

// Each side waits for the other one: in turns neither would come to its end.
static void with_two_jobs_both_sides_run_at_the_same_time(void **state) {
    (void)state;
    static const char meet[] =
        "printf %c >>%s/count; until grep -q n %s/count && grep -q g %s/count; do sleep 0.05; done\n%s";
    char script[1024];
    snprintf(script, sizeof(script), meet, 'n', folder, folder, folder, native_script);
    file_write("native.sh", script, strlen(script));
    snprintf(script, sizeof(script), meet, 'g', folder, folder, folder, guest_script);
    guest_script_set(script);
    jobs = 2;
    int status = run("boot", NULL);
    jobs = 1;
    assert_int_equal(status, 0);
    json_t *document = results_load();
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "native"), "n")), 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "n")), 2);
    json_decref(document);
}

static void a_failing_case_does_not_stop_the_others(void **state) {
    (void)state;
    char script[1024];
    snprintf(script, sizeof(script),
             "if [ $1 = sysbench-cpu ]; then echo '@fail sysbench-cpu broken'; exit; fi\n%s", guest_script);
    guest_script_set(script);
    assert_int_equal(run("sysbench-cpu boot", NULL), 1);
    json_t *document = results_load();
    json_t *cases = json_object_get(document, "cases");
    assert_int_equal(json_array_size(cases), 2);
    assert_true(json_is_null(json_object_get(json_array_get(cases, 0), "virt")));
    assert_true(json_is_null(json_object_get(json_array_get(cases, 0), "overhead_percent")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(cases, 1), "name")), "boot");
    assert_false(json_is_null(json_object_get(json_array_get(cases, 1), "virt")));
    assert_int_equal(json_array_size(json_object_get(document, "invalid")), 2);
    json_decref(document);
}

// The second boot of the guest hangs: its pair stays, and is told.
static void a_hung_boot_is_reported_and_the_others_are_kept(void **state) {
    (void)state;
    char script[1024];
    snprintf(script, sizeof(script),
             "echo >>%s/count; [ $(wc -l <%s/count) = 1 ] || { printf 'last \\033[31m<b>\\n'; exec sleep 60; "
             "}\n%s",
             folder, folder, guest_script);
    guest_script_set(script);
    assert_int_equal(run("boot", NULL), 1);
    json_t *document = results_load();
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "native"), "n")), 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "virt"), "n")), 1);
    const json_t *invalid = json_array_get(json_object_get(document, "invalid"), 0);
    assert_string_equal(json_string_value(json_object_get(invalid, "side")), "guest");
    assert_int_equal(json_integer_value(json_object_get(invalid, "seed")), 1);
    assert_non_null(strstr(json_string_value(json_object_get(invalid, "reason")), "no end after 2 s"));
    const json_t *console = json_object_get(invalid, "console");
    assert_string_equal(json_string_value(json_array_get(console, 0)), "last ?[31m<b>");
    json_decref(document);
}

static void every_kind_of_bad_boot_fails(void **state) {
    (void)state;
    static const char *const scripts[] = {
        "echo hanging; exec sleep 60\n",                                              // no end
        "echo \"@result $1 ticks=1010 freq=1000000000\"\n",                           // no @stats
        "echo \"@result $1 ticks=1010 freq=62500000\"; echo '" STATS "'\n",           // another clock
        "echo \"@result $1 ticks=1010 freq=1000000000\"; echo '" STATS "'; exit 1\n", // a failed emulator
        "echo '" STATS "'\n",                                                         // no figure
        "echo \"@result other ticks=1010 freq=1000000000\"; echo '" STATS "'\n",      // another case's figure
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        guest_script_set(scripts[i]);
        assert_int_equal(run("boot", NULL), 1);
        invalid_assert(2);
    }
}

// Both machines print what the bare-metal guest prints.
static void micro_script_set(const char *result) {
    char script[1536];
    snprintf(script, sizeof(script), "echo \"%s\"\n", result);
    file_write("native.sh", script, strlen(script));
    snprintf(script, sizeof(script), "echo \"%s\"; echo '" STATS "'\n", result);
    guest_script_set(script);
}

static json_t *first_case(json_t *document) {
    return json_array_get(json_object_get(document, "cases"), 0);
}

static void samples_of_all_boots_are_pooled(void **state) {
    (void)state;
    micro_script_set("@samples $1 operation freq=1000000000 90*3 100*1\n@result $1 ticks=9 freq=1000000000");
    assert_int_equal(run("micro-vtimer-busy", NULL), 0);
    json_t *document = results_load();
    json_t *virt = json_object_get(first_case(document), "virt");
    assert_int_equal(json_integer_value(json_object_get(virt, "n")), 8);
    assert_int_equal(json_integer_value(json_object_get(virt, "median")), 90);
    assert_int_equal(json_integer_value(json_object_get(virt, "max")), 100);
    json_decref(document);
}

static void a_case_of_the_guest_alone_has_no_native_boot(void **state) {
    (void)state;
    micro_script_set("@samples $1 operation freq=1000000000 400*4\n@result $1 ticks=9 freq=1000000000");
    file_write("native.sh", "exit 1\n", 7);
    assert_int_equal(run("micro-hvc", NULL), 0);
    json_t *document = results_load();
    assert_true(json_is_null(json_object_get(first_case(document), "native")));
    json_decref(document);
}

// The script's kernel executes 4 instructions in a boot.
static void a_tick_has_its_share_of_the_kernels_instructions(void **state) {
    (void)state;
    micro_script_set("@result $1 ticks=8 freq=1000000000");
    assert_int_equal(run("tick", NULL), 0);
    json_t *document = results_load();
    json_t *virt = json_object_get(first_case(document), "virt");
    assert_true(json_number_value(json_object_get(virt, "median")) == 0.5);
    assert_string_equal(json_string_value(json_object_get(first_case(document), "metric")),
                        "el2_instructions");
    json_decref(document);
    micro_script_set("@result $1 ticks=0 freq=1000000000");
    assert_int_equal(run("tick", NULL), 1);
}

static void a_checked_budget_that_is_exceeded_fails_the_run(void **state) {
    (void)state;
    micro_script_set("@result $1 ticks=8 freq=1000000000");
    check_budgets = true;
    assert_int_equal(run("tick", NULL), 0);
    micro_script_set("@samples $1 operation freq=1000000000 121*1\n@result $1 ticks=9 freq=1000000000");
    assert_int_equal(run("micro-vtimer-busy", NULL), 1);
    check_budgets = false;
    assert_int_equal(run("micro-vtimer-busy", NULL), 0);
}

static void a_case_that_the_gic_does_not_have_is_left_out(void **state) {
    (void)state;
    gic_version = 2;
    micro_script_set("@samples $1 operation freq=1000000000 1*4\n@result $1 ticks=9 freq=1000000000");
    assert_int_equal(run("micro-gicr-read", NULL), 1);
    assert_null(results_load());
    assert_int_equal(run("micro-gicr-read micro-hvc", NULL), 0);
    gic_version = 3;
    json_t *document = results_load();
    assert_int_equal(json_array_size(json_object_get(document, "cases")), 1);
    json_decref(document);
}

static void a_preparation_that_fails_fails_the_case(void **state) {
    (void)state;
    assert_int_equal(run("boot", "false {case}"), 1);
    invalid_assert(1);
}

static void trees_that_differ_are_fetched_and_the_figures_kept(void **state) {
    (void)state;
    char script[1024];
    snprintf(script, sizeof(script),
             "[ $1 = tree ] && echo '@tree begin' && base64 %s/tree && echo '@tree end' && exit\n%s", folder,
             native_script);
    file_write("native.sh", script, strlen(script));
    snprintf(script, sizeof(script),
             "[ $1 = tree ] && echo '@tree begin' && base64 %s/tree && echo '@tree end' && exit\necho '@fdt "
             "bb'\n%s",
             folder, strchr(guest_script, ';') + 1);
    guest_script_set(script);
    assert_int_equal(run("boot", NULL), 0);
    json_t *document = results_load();
    assert_non_null(document);
    json_decref(document);
}

static void the_boots_of_a_case_of_samples_make_one_distribution(void **state) {
    (void)state;
    char script[1024];
    snprintf(script, sizeof(script), "echo \"@samples $1 latency freq=1000000000 10*2 13\"\n%s",
             native_script);
    file_write("native.sh", script, strlen(script));
    snprintf(script, sizeof(script), "echo \"@samples $1 latency freq=1000000000 12*3\"\n%s", guest_script);
    guest_script_set(script);
    assert_int_equal(run("cyclictest-rt", NULL), 0);
    json_t *document = results_load();
    const json_t *c = json_array_get(json_object_get(document, "cases"), 0);
    const json_t *native = json_object_get(c, "native");
    assert_string_equal(json_string_value(json_object_get(c, "name")), "rt");
    assert_int_equal(json_integer_value(json_object_get(native, "n")), 6);
    assert_int_equal(json_integer_value(json_object_get(native, "mean")), 11);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(native, "histogram"), "10")), 4);
    json_decref(document);
}

static void samples_that_are_missing_fail_the_case(void **state) {
    (void)state;
    assert_int_equal(run("cyclictest-standard", NULL), 1);
    invalid_assert(4);
}

// Last: it leaves a caught signal behind.
static void a_signal_stops_the_run_and_writes_nothing(void **state) {
    (void)state;
    char script[128];
    machine_signals_catch();
    snprintf(script, sizeof(script), "kill -TERM %d; exec sleep 60\n", (int)getpid());
    guest_script_set(script);
    assert_int_equal(run("", NULL), 130);
    assert_null(results_load());
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(both_sides_figures_reach_the_results),
        TEST(the_sides_alternate),
        TEST(with_two_jobs_both_sides_run_at_the_same_time),
        TEST(a_failing_case_does_not_stop_the_others),
        TEST(a_hung_boot_is_reported_and_the_others_are_kept),
        TEST(every_kind_of_bad_boot_fails),
        TEST(samples_of_all_boots_are_pooled),
        TEST(a_case_of_the_guest_alone_has_no_native_boot),
        TEST(a_tick_has_its_share_of_the_kernels_instructions),
        TEST(a_checked_budget_that_is_exceeded_fails_the_run),
        TEST(a_case_that_the_gic_does_not_have_is_left_out),
        TEST(a_preparation_that_fails_fails_the_case),
        TEST(trees_that_differ_are_fetched_and_the_figures_kept),
        TEST(the_boots_of_a_case_of_samples_make_one_distribution),
        TEST(samples_that_are_missing_fail_the_case),
        TEST(a_signal_stops_the_run_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
