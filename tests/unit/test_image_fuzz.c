// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Malformed system files: whatever the text, the parser ends, stays inside it (ASan watches), and each
// message names a place in the file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <tools/image/system.h>

static const char sample[] =
    "# comment\nvm linux {\n memory = 512\n kernel = \"$(OUT)/k\"\n initrd = \"i\"\n"
    " cmdline = \"a \\\"b\\\" \\\\\"\n devices = pl011 at 0x9000000 irq 33, pl011\n vcpus = 1\n"
    " budget = 5000\n period = 10000\n priority = 50\n wfi = auto\n bench = off\n}\n"
    "vm two {\n memory = 2\n kernel = \"x\"\n}\n";

// xorshift64 (Marsaglia 2003), from a fixed seed: every run is the same.
static uint64_t random_state = 0x9e3779b97f4a7c15ull;
static size_t random_below(size_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static void check_messages(const struct report *report) {
    for (const char *line = report->text; line && *line; line = strchr(line, '\n') + 1) {
        bool placed = strncmp(line, "f.conf:", 7) == 0,
             more = strncmp(line, "error: there are more", 21) == 0;
        assert_true(placed || more);
        assert_non_null(strchr(line, '\n'));
        if (placed) {
            const char *end = strchr(line, '\n'), *mend = strchr(line, ';');
            assert_true(mend && mend < end); // every message has its mend behind a ';'
        }
    }
}

static void parse_copy(const char *text, size_t size) {
    struct bytes bytes = {0};
    struct report report = {0};
    struct system system;

    // Exactly as large as the text, so that a read past its end is seen.
    bytes.data = malloc(size ? size : 1);
    bytes.size = size;
    memcpy(bytes.data, text, size);
    system_parse(&system, "f.conf", &bytes, "out", &report);
    if (report.errors == 0) {
        system_apply_defaults(&system, &report);
    }
    check_messages(&report);
    report_free(&report);
    system_free(&system);
    bytes_free(&bytes);
}

static void changed_bytes(void **state) {
    (void)state;
    for (int round = 0; round < 4000; round++) {
        char text[sizeof sample];
        memcpy(text, sample, sizeof text);
        for (size_t changes = 1 + random_below(8); changes; changes--) {
            text[random_below(sizeof text - 1)] = (char)random_below(256);
        }
        parse_copy(text, sizeof text - 1);
    }
}

static void cut_and_repeated_parts(void **state) {
    (void)state;
    for (size_t size = 0; size < sizeof sample; size++) {
        parse_copy(sample, size);
        parse_copy(sample + size, sizeof sample - 1 - size);
    }
    for (int round = 0; round < 1000; round++) {
        char text[4 * sizeof sample];
        size_t size = 0;
        while (size < 3 * sizeof sample) {
            size_t from = random_below(sizeof sample - 1), length = random_below(sizeof sample - 1 - from);
            memcpy(text + size, sample + from, length);
            size += length + 1;
            text[size - 1] = '\n';
        }
        parse_copy(text, size);
    }
}

static void very_long_words_and_strings(void **state) {
    (void)state;
    static char text[20000];
    const char fillers[] = "a0\"{}=,\n\\ ";

    for (size_t i = 0; i < sizeof fillers - 1; i++) {
        memset(text, fillers[i], sizeof text);
        parse_copy(text, sizeof text);
        memcpy(text, "vm a {\n cmdline = \"", 19);
        parse_copy(text, sizeof text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changed_bytes),
        cmocka_unit_test(cut_and_repeated_parts),
        cmocka_unit_test(very_long_words_and_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
