// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The freestanding memory and string functions do what those of the C library do, and touch nothing else.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// The functions under test get names of their own beside the library's.
#define memcpy  base_memcpy
#define memmove base_memmove
#define memset  base_memset
#define memcmp  base_memcmp
#define memchr  base_memchr
#define strlen  base_strlen
#define strnlen base_strnlen
#define strchr  base_strchr
#define strrchr base_strrchr
#define strcmp  base_strcmp
#define strncmp base_strncmp
#define strtoul base_strtoul
#undef LIB_BASE_STRING_H
#include <lib/base/string.c>
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strchr
#undef strrchr
#undef strcmp
#undef strncmp
#undef strtoul

#define ROOM 160

static void fill_pattern(uint8_t *bytes, unsigned seed) {
    for (unsigned i = 0; i < ROOM; i++)
        bytes[i] = (uint8_t)(i * 7 + seed);
}

static void copies_every_length_and_alignment(void **state) {
    (void)state;
    uint8_t from[ROOM], to[ROOM], expected[ROOM];
    for (unsigned size = 0; size < 100; size++) {
        for (unsigned at = 0; at < 16; at++) {
            fill_pattern(from, 1);
            fill_pattern(to, 2);
            memcpy(expected, to, ROOM);
            memcpy(expected + at, from + (15 - at), size);
            assert_ptr_equal(base_memcpy(to + at, from + (15 - at), size), to + at);
            assert_memory_equal(to, expected, ROOM);
        }
    }
}

static void moves_overlapping_memory(void **state) {
    (void)state;
    uint8_t bytes[ROOM], expected[ROOM];
    for (unsigned size = 0; size < 80; size++) {
        for (unsigned from = 0; from < 40; from++) {
            for (unsigned to = 0; to < 40; to += 3) {
                fill_pattern(bytes, 3);
                fill_pattern(expected, 3);
                memmove(expected + to, expected + from, size);
                base_memmove(bytes + to, bytes + from, size);
                assert_memory_equal(bytes, expected, ROOM);
            }
        }
    }
}

static void sets_every_length(void **state) {
    (void)state;
    uint8_t bytes[ROOM], expected[ROOM];
    for (unsigned size = 0; size < 100; size++) {
        fill_pattern(bytes, 4);
        fill_pattern(expected, 4);
        memset(expected + 5, 0x1a5, size);
        base_memset(bytes + 5, 0x1a5, size);
        assert_memory_equal(bytes, expected, ROOM);
    }
}

static int sign(int value) {
    return (value > 0) - (value < 0);
}

static void compares_bytes_as_unsigned(void **state) {
    (void)state;
    uint8_t a[40], b[40];
    memset(a, 0x80, sizeof(a));
    for (unsigned i = 0; i < sizeof(a); i++) {
        memset(b, 0x80, sizeof(b));
        b[i] = 0x7f;
        assert_int_equal(sign(base_memcmp(a, b, sizeof(a))), 1);
        assert_int_equal(sign(base_memcmp(b, a, sizeof(a))), -1);
        assert_int_equal(base_memcmp(a, b, i), 0);
    }
}

static void finds_and_compares_strings(void **state) {
    (void)state;
    static const char *const words[] = {"", "a", "ab", "abc", "abd", "b", "\xff", "abcabc"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_int_equal(base_strlen(words[i]), strlen(words[i]));
        assert_int_equal(base_strnlen(words[i], 2), strnlen(words[i], 2));
        assert_ptr_equal(base_strchr(words[i], 'b'), strchr(words[i], 'b'));
        assert_ptr_equal(base_strchr(words[i], 0), strchr(words[i], 0));
        assert_ptr_equal(base_strrchr(words[i], 'b'), strrchr(words[i], 'b'));
        assert_ptr_equal(base_memchr(words[i], 'b', strlen(words[i])),
                         memchr(words[i], 'b', strlen(words[i])));
        for (unsigned j = 0; j < sizeof(words) / sizeof(words[0]); j++) {
            assert_int_equal(sign(base_strcmp(words[i], words[j])), sign(strcmp(words[i], words[j])));
            for (unsigned limit = 0; limit < 5; limit++)
                assert_int_equal(sign(base_strncmp(words[i], words[j], limit)),
                                 sign(strncmp(words[i], words[j], limit)));
        }
    }
}

static void reads_numbers_as_the_c_library_does(void **state) {
    (void)state;
    static const char *const texts[] = {
        "0",
        "12",
        " \t-12x",
        "0x1fz",
        "0x",
        "0X1F",
        "017",
        "08",
        "z",
        "",
        "+5",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
        "ffffffffffffffff",
        "- 1",
    };
    static const int bases[] = {0, 8, 10, 16, 36};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (unsigned j = 0; j < sizeof(bases) / sizeof(bases[0]); j++) {
            char *end, *expected_end;
            unsigned long expected = strtoul(texts[i], &expected_end, bases[j]);
            assert_int_equal(base_strtoul(texts[i], &end, bases[j]), expected);
            assert_ptr_equal(end, expected_end);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_every_length_and_alignment),
        cmocka_unit_test(moves_overlapping_memory),
        cmocka_unit_test(sets_every_length),
        cmocka_unit_test(compares_bytes_as_unsigned),
        cmocka_unit_test(finds_and_compares_strings),
        cmocka_unit_test(reads_numbers_as_the_c_library_does),
    };
    return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
