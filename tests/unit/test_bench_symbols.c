// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The functions of an ELF file, as the plugin of masked stretches names places by: those of this program.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bench/kernel/symbols.h>

static void functions_ascend_and_do_not_overlap(void **state) {
    (void)state;
    struct symbols symbols;
    assert_true(symbols_read("/proc/self/exe", &symbols));
    assert_int_equal(symbols.list[0].start, symbols.text_start);
    for (size_t i = 0; i < symbols.count; i++) {
        assert_true(symbols.list[i].start < symbols.list[i].end);
        assert_int_equal(symbols.list[i].end,
                         i + 1 < symbols.count ? symbols.list[i + 1].start : symbols.text_end);
    }
    free(symbols.list);
}

static void an_address_belongs_to_the_function_around_it(void **state) {
    (void)state;
    struct symbols symbols;
    assert_true(symbols_read("/proc/self/exe", &symbols));
    size_t place = 0;
    while (place < symbols.count && strcmp(symbols.list[place].name, "main") != 0)
        place++;
    assert_true(place < symbols.count);
    const struct symbol *found = &symbols.list[place];
    assert_int_equal(symbols_find(&symbols, found->start), place);
    assert_int_equal(symbols_find(&symbols, found->end - 1), place);
    assert_int_equal(symbols_find(&symbols, found->start - 1), place - 1);
    assert_int_equal(symbols_find(&symbols, symbols.text_start - 1), symbols.count);
    assert_int_equal(symbols_find(&symbols, symbols.text_end), symbols.count);
    free(symbols.list);
}

static void other_files_are_refused(void **state) {
    (void)state;
    struct symbols symbols;
    assert_false(symbols_read("tests/target.list", &symbols));
    assert_false(symbols_read("no/such/file", &symbols));
    assert_int_equal(symbols.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_ascend_and_do_not_overlap),
        cmocka_unit_test(an_address_belongs_to_the_function_around_it),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
