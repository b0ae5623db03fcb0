// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The suite's working sets: what is read and written, and the ring.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bench/suite/memory/working_set.h>

#define LINES 37

static struct line lines[LINES];
static uint32_t order[LINES];

static void a_ring_visits_every_line_once(void **state) {
    (void)state;
    for (size_t count = 1; count <= LINES; count++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            bool visited[LINES] = {false};
            ring_make(lines, order, count, seed);
            struct line *at = lines;
            for (size_t i = 0; i < count; i++) {
                assert_false(visited[at - lines]);
                visited[at - lines] = true;
                at = at->next;
            }
            assert_ptr_equal(at, lines);
        }
    }
}

static void the_seed_chooses_the_ring(void **state) {
    (void)state;
    uint32_t first[LINES];
    ring_make(lines, first, LINES, 1);
    ring_make(lines, order, LINES, 2);
    assert_memory_not_equal(first, order, sizeof(order));
    ring_make(lines, order, LINES, 1);
    assert_memory_equal(first, order, sizeof(order));
}

static void a_walk_makes_all_its_steps(void **state) {
    (void)state;
    ring_make(lines, order, LINES, 1);
    for (size_t steps = 0; steps <= 80; steps += 8) {
        const struct line *expected = lines;
        for (size_t i = 0; i < steps; i++) {
            expected = expected->next;
        }
        assert_ptr_equal(ring_walk(lines, steps), expected);
    }
}

static uint64_t *words(void) {
    return (uint64_t *)lines;
}

static void reading_goes_round_and_adds_every_word(void **state) {
    (void)state;
    struct cursor cursor = {words(), LINES, 0};
    uint64_t whole = 0;
    for (size_t i = 0; i < LINES * LINE_WORDS; i++) {
        words()[i] = i * i;
        whole += i * i;
    }
    assert_int_equal(lines_read(&cursor, 3 * LINES), 3 * whole);
    assert_int_equal(cursor.at, 0);
    uint64_t parts = lines_read(&cursor, 30);
    assert_int_equal(cursor.at, 30);
    parts += lines_read(&cursor, 2 * LINES - 30);
    assert_int_equal(cursor.at, 0);
    assert_int_equal(parts, 2 * whole);
}

static void writing_goes_round_and_touches_nothing_else(void **state) {
    (void)state;
    struct cursor cursor = {words(), LINES, LINES - 2};
    memset(lines, 0, sizeof(lines));
    lines_write(&cursor, 5, 9);
    assert_int_equal(cursor.at, 3);
    for (size_t i = 0; i < LINES * LINE_WORDS; i++) {
        bool written = i < 3 * LINE_WORDS || i >= (LINES - 2) * LINE_WORDS;
        assert_int_equal(words()[i], written ? 9 : 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_visits_every_line_once),
        cmocka_unit_test(the_seed_chooses_the_ring),
        cmocka_unit_test(a_walk_makes_all_its_steps),
        cmocka_unit_test(reading_goes_round_and_adds_every_word),
        cmocka_unit_test(writing_goes_round_and_touches_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
