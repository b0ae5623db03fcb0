// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Faults in words.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <lib/rt/panic.h>
#include <services/root/report.h>

static const char *fault(word_t label, const word_t *words, word_t length) {
    static char text[160];
    report_fault(text, sizeof(text), label, words, length);
    return text;
}
#define FAULT(label, ...)                                                                                    \
    fault(label, (const word_t[]){__VA_ARGS__}, sizeof((word_t[]){__VA_ARGS__}) / sizeof(word_t))

static void each_fault_is_told_in_words(void **state) {
    (void)state;
    assert_string_equal(FAULT(SEL4_FAULT_CAP, 0x400010, 5, 1, SEL4_LOOKUP_MISSING_CAPABILITY, 0),
                        "it used capability 0x5 to receive, but no such capability is there (pc 0x400010)");
    assert_string_equal(FAULT(SEL4_FAULT_UNKNOWN_SYSCALL, 0, 0, 0, 0, 0, 0, 0, 0, 0x400020, 0, 0, 0, -99ul),
                        "it made the unknown system call -99 (pc 0x400020)");
    assert_string_equal(FAULT(SEL4_FAULT_USER_EXCEPTION, 0x400030, 0, 0, 0x2000000, 0),
                        "it executed an undefined instruction (pc 0x400030, ESR 0x2000000)");
    assert_string_equal(FAULT(SEL4_FAULT_TIMEOUT, 7, 1000), "its budget ran out after 1000 us (schedule 7)");
    assert_string_equal(FAULT(SEL4_FAULT_VM, 0x400040, 0x10, 0, 0x92000047),
                        "it wrote to address 0x10, where nothing is mapped (pc 0x400040, ESR 0x92000047)");
    assert_string_equal(
        FAULT(SEL4_FAULT_VM, 0x10, 0x10, 1, 0x8200000f),
        "it executed at address 0x10, which its rights do not allow (pc 0x10, ESR 0x8200000f)");
    assert_string_equal(FAULT(SEL4_FAULT_VCPU, 0x1fe00000), "it used FP or SIMD registers (ESR 0x1fe00000)");
    assert_string_equal(FAULT(0x77, 0), "it sent a message with label 0x77 instead of a fault");
}

static void a_panic_shows_its_message(void **state) {
    (void)state;
    word_t words[13] = {0};
    memcpy(words, "run.c:12: ring\n broken", 22);
    words[8] = 0x400100;
    words[12] = (word_t)RT_PANIC_SYSCALL;
    assert_string_equal(fault(SEL4_FAULT_UNKNOWN_SYSCALL, words, 13),
                        "it gave up: run.c:12: ring? broken (pc 0x400100)");
    memset(words, 'y', RT_PANIC_BYTES); // no terminator
    assert_non_null(strstr(fault(SEL4_FAULT_UNKNOWN_SYSCALL, words, 13), "yyy (pc"));
}

static void a_short_message_is_no_danger(void **state) {
    (void)state;
    for (word_t label = 0; label < 12; label++)
        assert_true(strlen(fault(label, NULL, 0)) > 0);
}

static void registers_are_named_right(void **state) {
    (void)state;
    word_t registers[SEL4_REG_COUNT];
    char text[160];
    for (unsigned i = 0; i < SEL4_REG_COUNT; i++)
        registers[i] = i;
    report_registers(text, sizeof(text), 0, registers);
    assert_string_equal(text, "  pc  0000000000000000  sp  0000000000000001  spsr 2");
    report_registers(text, sizeof(text), 1, registers);
    assert_string_equal(
        text, "  x0  0000000000000003  x1  0000000000000004  x2  0000000000000005  x3  0000000000000006");
    report_registers(text, sizeof(text), 8, registers);
    assert_string_equal(text, "  x28 0000000000000021  x29 000000000000000f  x30 0000000000000010");
}

static void errors_have_names(void **state) {
    (void)state;
    assert_string_equal(report_error_name(SEL4_NOT_ENOUGH_MEMORY), "not enough memory");
    assert_string_equal(report_error_name((enum sel4_error)11), "unknown error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_told_in_words),
        cmocka_unit_test(a_panic_shows_its_message),
        cmocka_unit_test(a_short_message_is_no_danger),
        cmocka_unit_test(registers_are_named_right),
        cmocka_unit_test(errors_have_names),
    };
    return cmocka_run_group_tests_name("root_report", tests, NULL, NULL);
}
