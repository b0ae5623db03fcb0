// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Formatted text is what printf makes of the same format.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include <lib/base/format.h>

#define SAME(...)                                                                                            \
    do {                                                                                                     \
        char ours[128], theirs[128];                                                                         \
        size_t length = format_buffer(ours, sizeof(ours), __VA_ARGS__);                                      \
        assert_int_equal(length, snprintf(theirs, sizeof(theirs), __VA_ARGS__));                             \
        assert_string_equal(ours, theirs);                                                                   \
    } while (0)

static void formats_numbers(void **state) {
    (void)state;
    SAME("%d %d %d", 0, -1, INT32_MIN);
    SAME("%u %x", UINT32_MAX, UINT32_MAX);
    SAME("%lu %lx %ld", UINT64_MAX, UINT64_MAX, INT64_MIN);
    SAME("%zu %llx", (size_t)77, 0x123456789abcdefull);
    SAME("[%5d][%-5d][%05d]", -42, -42, -42);
    SAME("[%8x][%08x][%-8x]", 0xbeef, 0xbeef, 0xbeef);
    SAME("[%016lx]", 0x40000000ul);
    SAME("[%*u]", 6, 12u);
    SAME("%p", (void *)0x1234);
}

static void formats_text(void **state) {
    (void)state;
    SAME("%s", "");
    SAME("plain");
    SAME("[%8s][%-8s][%.2s][%.*s]", "abc", "abc", "abc", 1, "abc");
    SAME("[%c][%3c]100%%", 'x', 'y');
}

static void cuts_what_does_not_fit(void **state) {
    (void)state;
    char buffer[5];
    memset(buffer, 'z', sizeof(buffer));
    assert_int_equal(format_buffer(buffer, 4, "%s", "abcdef"), 6);
    assert_memory_equal(buffer, "abc\0z", 5);
    assert_int_equal(format_buffer(buffer, 1, "%d", 12), 2);
    assert_int_equal(buffer[0], 0);
}

static void prints_null_and_unknown_conversions(void **state) {
    (void)state;
    char buffer[32];
    const char *volatile format = "%s %q%"; // hidden from the compiler, which would warn
    assert_int_equal(format_buffer(buffer, sizeof(buffer), format, NULL), 10);
    assert_string_equal(buffer, "(null) %q%");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_numbers),
        cmocka_unit_test(formats_text),
        cmocka_unit_test(cuts_what_does_not_fit),
        cmocka_unit_test(prints_null_and_unknown_conversions),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
