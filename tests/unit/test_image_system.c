// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System files: what is understood, and the exact message of every mistake.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <tools/image/system.h>

static struct report parse(struct system *system, const char *text) {
    struct bytes bytes = {0};
    struct report report = {0};

    bytes_append(&bytes, text, strlen(text));
    system_parse(system, "s.conf", &bytes, "build/out", &report);
    if (report.errors == 0) {
        system_apply_defaults(system, &report);
    }
    bytes_free(&bytes);
    return report;
}

static void assert_errors(const char *text, const char *expected) {
    struct system system;
    struct report report = parse(&system, text);

    assert_string_equal(report.text ? report.text : "", expected);
    report_free(&report);
    system_free(&system);
}

static void every_setting_is_understood(void **state) {
    (void)state;
    struct system system;
    struct report report = parse(&system, "# two VMs\n"
                                          "vm a {\n"
                                          "  memory = 0x40 # MiB\n"
                                          "  kernel = \"$(OUT)/k\"\n"
                                          "  initrd = \"i \\\"q\\\" \\\\\"\n"
                                          "  cmdline = \"console=ttyAMA0 # no comment\"\n"
                                          "  devices = pl011, pl011 at 0x9040000 irq 40\n"
                                          "  vcpus = 1\n  budget = 2000\n  period = 5000\n  priority = 7\n"
                                          "  wfi = native\n  bench = on\n}\n"
                                          "vm b {\n memory=2\n kernel=\"k\" }\n");
    assert_null(report.text);
    assert_int_equal(system.vm_count, 2);
    const struct system_vm *a = &system.vms[0], *b = &system.vms[1];
    assert_string_equal(a->name, "a");
    assert_int_equal(a->values[KEY_MEMORY].number, 64);
    assert_string_equal(a->values[KEY_KERNEL].text, "build/out/k");
    assert_string_equal(a->values[KEY_INITRD].text, "i \"q\" \\");
    assert_string_equal(a->values[KEY_CMDLINE].text, "console=ttyAMA0 # no comment");
    assert_int_equal(a->device_count, 2);
    assert_false(a->devices[0].has_address);
    assert_int_equal(a->devices[1].address, 0x9040000);
    assert_int_equal(a->devices[1].irq, 40);
    assert_int_equal(a->values[KEY_BUDGET].number, 2000);
    assert_int_equal(a->values[KEY_PERIOD].number, 5000);
    assert_int_equal(a->values[KEY_PRIORITY].number, 7);
    assert_int_equal(a->values[KEY_WFI].number, VM_WFI_NATIVE);
    assert_int_equal(a->values[KEY_BENCH].number, 1);
    // What is left out has its preset: round robin of 10 ms, in the middle, WFI by policy.
    assert_int_equal(b->number, 1);
    assert_int_equal(b->values[KEY_VCPUS].number, 1);
    assert_int_equal(b->values[KEY_BUDGET].number, 10000);
    assert_int_equal(b->values[KEY_PERIOD].number, 10000);
    assert_int_equal(b->values[KEY_PRIORITY].number, 50);
    assert_int_equal(b->values[KEY_WFI].number, VM_WFI_AUTO);
    assert_null(b->values[KEY_INITRD].text);
    assert_int_equal(b->device_count, 0);
    report_free(&report);
    system_free(&system);
}

struct mistake {
    const char *text, *errors;
};

#define VM(lines) "vm a {\n memory = 64\n kernel = \"k\"\n" lines "}\n"

// Line 4 is the first of `lines`.
static const struct mistake mistakes[] = {
    {"",
     "s.conf: error: it describes no VM; add at least one: vm NAME { memory = 512 kernel = \"FILE\" }, each "
     "setting on its line\n"},
    {"wm a {\n}\n", "s.conf:1:1: error: 'wm' stands here; write 'vm NAME {'\n"},
    {"vm {\n}\n", "s.conf:1:4: error: '{' stands here; write the VM's name (it begins with a letter)\n"},
    {"vm a\nmemory = 2\n", "s.conf:1:5: error: the end of the line stands here; write '{'\n"},
    {VM(" kernle = \"x\"\n"),
     "s.conf:4:2: error: 'kernle' is not a setting of a VM; did you mean 'kernel'?\n"},
    {VM(" colour = 3\n"),
     "s.conf:4:2: error: 'colour' is not a setting of a VM; remove the line, or see the list in "
     "tools/image/system.h\n"},
    {VM(" memory = 32\n"), "s.conf:4:2: error: memory was given in line 2 already; remove one of the two\n"},
    {VM(" vcpus 1\n"), "s.conf:4:8: error: a number stands here; write '='\n"},
    {VM(" vcpus = one\n"), "s.conf:4:10: error: 'one' stands here; write a number\n"},
    {VM(" vcpus = 1 1\n"),
     "s.conf:4:12: error: a number stands here; write the next setting on a line of its own\n"},
    {VM(" period = 5ms\n"),
     "s.conf:4:11: error: '5ms' is not a number; write digits alone (0x for hexadecimal), without a "
     "unit: memory counts MiB, times count microseconds\n"},
    {VM(" period = 99999999999999999999\n"),
     "s.conf:4:11: error: '99999999999999999999' does not fit 64 bits; write a smaller number\n"},
    {VM(" period = 0x\n"), "s.conf:4:11: error: '0x' has no digits; write at least one after 0x\n"},
    {VM(" cmdline = \"open\n"),
     "s.conf:4:12: error: this string does not end on its line; add the closing \"\n"},
    {VM(" cmdline = \"a\tb\"\n"),
     "s.conf:4:14: error: a control character (code 9) stands in a string; remove it\n"},
    {VM(" cmdline = \"a\\n\"\n"),
     "s.conf:4:14: error: after a \\ only \" or \\ can stand; write \\\\ for a backslash\n"},
    {VM(" cmdline = plain\n"), "s.conf:4:12: error: 'plain' stands here; write a string in double quotes\n"},
    {VM(" ; x\n"), "s.conf:4:2: error: ';' means nothing here; remove it, or quote the string\n"},
    {VM(" \xc3\n"),
     "s.conf:4:2: error: the byte 0xc3 means nothing here; a system file is plain text: remove it\n"},
    {VM(" initrd = \"$(HOME)/x\"\n"),
     "s.conf:4:11: error: '$(HOME)/x' begins an unknown variable; only $(OUT) stands for something\n"},
    {VM(" wfi = never\n"), "s.conf:4:8: error: wfi = never is not known; write one of: auto, native, trap\n"},
    {VM(" bench = 1\n"), "s.conf:4:10: error: a number stands here; write one of: off, on\n"},
    {VM(" devices = pl010\n"),
     "s.conf:4:12: error: 'pl010' is not a device; did you mean pl011 (there is: pl011)\n"},
    {VM(" devices = virtio-gpu\n"),
     "s.conf:4:12: error: 'virtio-gpu' is not a device; choose one (there is: pl011)\n"},
    {VM(" devices = pl011 on 3\n"), "s.conf:4:18: error: 'on' stands here; write 'at ADDRESS', 'irq NUMBER', "
                                    "or ',' before the next device\n"},
    {VM(" devices = pl011 at 1 at 2\n"),
     "s.conf:4:26: error: 'at' is given twice for this device; remove one\n"},
    {VM(" devices =\n"),
     "s.conf:4:11: error: the end of the line stands here; write a device, such as pl011\n"},
    {"vm a {\n memory = 64\n", "s.conf:3:1: error: the file ends inside VM a; close it with '}'\n"},
    {VM("") VM(""), "s.conf:5:4: error: a VM called a is in line 1 already; give one of them another name\n"},
    {"vm a-name-of-thirty-two--characters {\n memory = 2\n kernel = \"k\"\n}\n",
     "s.conf:1:4: error: the name 'a-name-of-thirty-two--characters' is too long; use 31 characters at "
     "most\n"},
    {"vm a {\n kernel = \"k\"\n}\n", "s.conf:1:4: error: VM a has no memory; add a line 'memory = NUMBER'\n"},
    {"vm a {\n memory = 2\n}\n", "s.conf:1:4: error: VM a has no kernel; add a line 'kernel = \"FILE\"'\n"},
    {"vm a {\n memory = 63\n kernel = \"k\"\n}\n",
     "s.conf:2:11: error: VM a: memory = 63 MiB is not a multiple of 2 MiB (the size of a guest's page); "
     "write 62 or 64\n"},
    {"vm a {\n memory = 0\n kernel = \"k\"\n}\n",
     "s.conf:2:11: error: VM a: memory = 0 is out of range; write 2 to 4096 (MiB)\n"},
    {"vm a {\n memory = 8192\n kernel = \"\"\n}\n",
     "s.conf:2:11: error: VM a: memory = 8192 is out of range; write 2 to 4096 (MiB)\n"
     "s.conf:3:11: error: VM a: kernel is an empty name; name a file\n"},
    {VM(" vcpus = 2\n"),
     "s.conf:4:10: error: VM a: vcpus = 2, but a VM has one vCPU in this version; write vcpus = 1\n"},
    {VM(" budget = 19\n"),
     "s.conf:4:11: error: VM a: budget = 19 is out of range; write 20 to 10000000 (microseconds)\n"},
    {VM(" budget = 900\n period = 800\n"),
     "s.conf:4:11: error: VM a: budget = 900 is longer than its period of 800 "
     "microseconds; lower the budget or raise the period\n"},
    {VM(" priority = 101\n"),
     "s.conf:4:13: error: VM a: priority = 101 is out of range; write 1 to 100 (steps)\n"},
    // Several mistakes: each line is reported once.
    {VM(" wfi = x\n vcpus =\n nonsense\n"),
     "s.conf:4:8: error: wfi = x is not known; write one of: auto, native, trap\n"
     "s.conf:5:9: error: the end of the line stands here; write a number\n"
     "s.conf:6:2: error: 'nonsense' is not a setting of a VM; remove the line, or see the list in "
     "tools/image/system.h\n"},
};

static void every_mistake_has_its_message(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        assert_errors(mistakes[i].text, mistakes[i].errors);
    }
}

static void too_many_mistakes_are_cut(void **state) {
    (void)state;
    struct bytes text = {0};
    struct system system;

    bytes_append(&text, "vm a {\n", 7);
    for (int i = 0; i < 100; i++) {
        bytes_append(&text, " x = 1\n", 7);
    }
    bytes_append(&text, "}\n", 3);
    struct report report = parse(&system, (const char *)text.data);
    assert_non_null(strstr(report.text, "s.conf:21:2: "));
    assert_null(strstr(report.text, "s.conf:22:2: "));
    assert_non_null(strstr(report.text, "error: there are more errors; mend these first\n"));
    report_free(&report);
    system_free(&system);
    bytes_free(&text);
}

static void the_command_line_replaces_values(void **state) {
    (void)state;
    struct system system;
    struct report report = parse(&system, VM(" cmdline = \"quiet\"\n"));

    system_override(&system, "--memory", "128", &report);
    system_override(&system, "--kernel", "a=other", &report);
    system_override(&system, "--initrd", "disk", &report);
    system_override(&system, "--cmdline-append", "a=b", &report);
    system_override(&system, "--bench", "on", &report);
    system_override(&system, "--wfi", "trap", &report);
    system_apply_defaults(&system, &report);
    assert_null(report.text);
    const struct system_value *values = system.vms[0].values;
    assert_int_equal(values[KEY_MEMORY].number, 128);
    assert_string_equal(values[KEY_KERNEL].text, "other");
    assert_string_equal(values[KEY_INITRD].text, "disk");
    // With one VM a command line is never taken for VM=VALUE.
    assert_string_equal(values[KEY_CMDLINE].text, "quiet a=b");
    assert_int_equal(values[KEY_BENCH].number, 1);
    assert_int_equal(values[KEY_WFI].number, VM_WFI_TRAP);
    system_override(&system, "--memory", "064", &report);
    assert_int_equal(values[KEY_MEMORY].number, 64); // not octal
    system_override(&system, "--memory", "0x40", &report);
    assert_int_equal(values[KEY_MEMORY].number, 64);
    system_override(&system, "--cmdline", "new", &report);
    assert_string_equal(values[KEY_CMDLINE].text, "new");
    system_free(&system);
}

static void bad_command_lines_are_reported(void **state) {
    (void)state;
    struct system system;
    struct report report = parse(&system, VM("") "vm b {\n memory = 2\n kernel = \"k\"\n}\n");

    system_override(&system, "--memory", "64", &report);
    system_override(&system, "--memory", "b=64M", &report);
    system_override(&system, "--memory", "b=0x", &report);
    system_override(&system, "--memory", "b=-2", &report);
    system_override(&system, "--bench", "a=yes", &report);
    system_override(&system, "--wfi", "b=never", &report);
    system_override(&system, "--memory", "a=7", &report);
    system_apply_defaults(&system, &report);
    assert_string_equal(
        report.text,
        "--memory: error: '64' does not say which VM is meant; write VM=VALUE (the VMs are: a, b)\n"
        "--memory: error: '64M' is not a number; write MiB without a unit\n"
        "--memory: error: '0x' is not a number; write MiB without a unit\n"
        "--memory: error: '-2' is not a number; write MiB without a unit\n"
        "--bench: error: 'yes' is not known; write one of: off, on\n"
        "--wfi: error: 'never' is not known; write one of: auto, native, trap\n"
        "--memory: error: VM a: memory = 7 MiB is not a multiple of 2 MiB (the size of a guest's page); "
        "write 6 "
        "or 8\n");
    report_free(&report);
    system_free(&system);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_understood),    cmocka_unit_test(every_mistake_has_its_message),
        cmocka_unit_test(too_many_mistakes_are_cut),      cmocka_unit_test(the_command_line_replaces_values),
        cmocka_unit_test(bad_command_lines_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
