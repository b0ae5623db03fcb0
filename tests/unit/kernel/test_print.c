// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the kernel prints: conversions, and a panic's words. (What else a panic tells is in test_panic.c.)
#include "world.h"

#define assert_prints(expected, ...)                                                                         \
    do {                                                                                                     \
        host.console_length = 0;                                                                             \
        memset(host.console, 0, sizeof(host.console));                                                       \
        kernel_print(__VA_ARGS__);                                                                           \
        assert_string_equal(host.console, expected);                                                         \
    } while (0)

static void text_is_printed_with_carriage_returns(void **state) {
    (void)state;
    assert_prints("a\r\nb", "a\nb");
    assert_prints("x\r\ny!", "%s%c", "x\ny", '!');
}

static void numbers_are_printed_in_their_base(void **state) {
    (void)state;
    assert_prints("0 7 4294967295", "%u %u %u", 0u, 7u, ~0u);
    assert_prints("-2147483648 5", "%d %d", -2147483647 - 1, 5);
    assert_prints("-9223372036854775808 -1", "%ld %ld", -9223372036854775807l - 1, -1l);
    assert_prints("deadbeef 1234567890abcdef", "%x %lx", 0xdeadbeefu, 0x1234567890abcdeful);
    assert_prints("18446744073709551615 3", "%lu %zu", ~0ul, (size_t)3);
    assert_prints("0x1000", "%p", (void *)0x1000);
}

static void widths_fill_from_the_left(void **state) {
    (void)state;
    assert_prints("[   42] [00042] [123456]", "[%5u] [%05u] [%5u]", 42u, 42u, 123456u);
    assert_prints("0000beef", "%08x", 0xbeefu);
}

static void a_percent_sign_is_itself(void **state) {
    (void)state;
    assert_prints("100%", "100%%");
}

// --- panics

static void panic_with_words(void) {
    kernel_panic("the %s has %u legs", "table", 3u);
}
static void panic_idle(void) {
    host_core.current = NULL;
    kernel_panic("nobody there");
}

static void (*last_halt)(void);
static void panic_again(void) {
    host.halt = last_halt;
    kernel_print("again, ");
    kernel_panic("a second panic");
}
static void panic_within_a_panic(void) {
    last_halt = host.halt;
    host.halt = panic_again;
    kernel_panic("a first panic");
}

static void a_panic_tells_its_cause(void **state) {
    (void)state;
    assert_panics(panic_with_words, "kernel panic: the table has 3 legs\r\n");
    assert_panics(panic_with_words, "Glacis: halted\r\n");
}

static void a_panic_without_current_thread_is_reported(void **state) {
    (void)state;
    assert_panics(panic_idle, "no current thread\r\n");
}

static void a_panic_within_a_panic_halts_at_once(void **state) {
    (void)state;
    assert_panics(panic_within_a_panic, "Glacis: halted\r\nagain, ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        world_test(text_is_printed_with_carriage_returns),
        world_test(numbers_are_printed_in_their_base),
        world_test(widths_fill_from_the_left),
        world_test(a_percent_sign_is_itself),
        world_test(a_panic_tells_its_cause),
        world_test(a_panic_without_current_thread_is_reported),
        world_test(a_panic_within_a_panic_halts_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
