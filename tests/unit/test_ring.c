// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The byte ring keeps every byte in order, and neither side is harmed by what the other writes into its
// index.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <lib/base/ring.h>

static struct ring_page page;

static struct ring fresh(void) {
    memset(&page, 0, sizeof(page));
    memset(page.reserved, 0x5a, sizeof(page.reserved));
    return ring_input(&page);
}

static void keeps_bytes_in_order_across_the_end(void **state) {
    (void)state;
    struct ring ring = fresh();
    uint8_t next_in = 0, next_out = 0, buffer[300];
    for (unsigned turn = 0; turn < 500; turn++) {
        uint32_t count = turn * 37 % 300;
        for (uint32_t i = 0; i < count; i++)
            buffer[i] = next_in++;
        assert_int_equal(ring_write(&ring, buffer, count), count);
        assert_int_equal(ring_used(&ring), count);
        assert_int_equal(ring_read(&ring, buffer, sizeof(buffer)), count);
        for (uint32_t i = 0; i < count; i++)
            assert_int_equal(buffer[i], next_out++);
    }
}

static void indices_may_wrap(void **state) {
    (void)state;
    struct ring ring = fresh();
    ring.index->head = ring.index->tail = UINT32_MAX - 10;
    assert_int_equal(ring_write(&ring, "0123456789abcdefghij", 20), 20);
    char out[20];
    assert_int_equal(ring_read(&ring, out, 20), 20);
    assert_memory_equal(out, "0123456789abcdefghij", 20);
    assert_int_equal(ring.index->tail, 9);
}

static void a_full_ring_takes_the_rest_later(void **state) {
    (void)state;
    struct ring ring = fresh();
    static uint8_t bytes[RING_INPUT_BYTES + 5];
    assert_false(ring_take_want_space(&ring));
    assert_int_equal(ring_write(&ring, bytes, RING_INPUT_BYTES), RING_INPUT_BYTES);
    assert_false(ring_take_want_space(&ring));
    assert_int_equal(ring_write(&ring, bytes, 1), 0);
    assert_true(ring_take_want_space(&ring));
    assert_false(ring_take_want_space(&ring));
    assert_int_equal(ring_read(&ring, bytes, 3), 3);
    assert_int_equal(ring_write(&ring, bytes, 5), 3);
    assert_true(ring_take_want_space(&ring));
}

static void peek_shows_without_taking(void **state) {
    (void)state;
    struct ring ring = fresh();
    const uint8_t *bytes;
    assert_int_equal(ring_peek(&ring, &bytes), 0);
    ring.index->head = ring.index->tail = RING_INPUT_BYTES - 2;
    ring_write(&ring, "abcd", 4);
    assert_int_equal(ring_peek(&ring, &bytes), 2);
    assert_memory_equal(bytes, "ab", 2);
    ring_consume(&ring, 2);
    assert_int_equal(ring_peek(&ring, &bytes), 2);
    assert_memory_equal(bytes, "cd", 2);
}

static void single_bytes_are_put_in_order_and_refused_when_full(void **state) {
    (void)state;
    struct ring ring = fresh();
    uint8_t bytes[RING_INPUT_BYTES];
    ring.index->head = ring.index->tail = UINT32_MAX - 2; // over the indices' end
    for (unsigned i = 0; i < RING_INPUT_BYTES; i++)
        assert_true(ring_put(&ring, (uint8_t)i));
    assert_false(ring_put(&ring, 'x'));
    assert_false(ring_take_want_space(&ring));
    assert_int_equal(ring_read(&ring, bytes, sizeof(bytes)), sizeof(bytes));
    for (unsigned i = 0; i < RING_INPUT_BYTES; i++)
        assert_int_equal(bytes[i], (uint8_t)i);
    ring.index->tail = ring.index->head + 1; // no honest reader
    assert_false(ring_put(&ring, 'x'));
}

static void a_reader_that_waits_is_woken_once(void **state) {
    (void)state;
    struct ring ring = fresh();
    ring_want_data(&ring);
    ring_write(&ring, "abc", 3);
    assert_true(ring_take_want_data(&ring));
    ring_write(&ring, "d", 1);
    assert_false(ring_take_want_data(&ring));
}

static void a_reader_that_is_awake_is_not_woken(void **state) {
    (void)state;
    struct ring ring = fresh();
    ring_write(&ring, "abc", 3);
    assert_false(ring_take_want_data(&ring));
    ring_want_data(&ring);
    ring_unwant_data(&ring);
    ring_write(&ring, "d", 1);
    assert_false(ring_take_want_data(&ring));
}

// Every difference that the other side can fake, at the indices where arithmetic could slip.
static const uint32_t hostile[] = {
    0,          1,          RING_INPUT_BYTES - 1, RING_INPUT_BYTES, RING_INPUT_BYTES + 1,
    0x7fffffff, 0x80000000, UINT32_MAX - 1,       UINT32_MAX};
#define HOSTILE_COUNT (sizeof(hostile) / sizeof(hostile[0]))

static void a_hostile_writer_gives_at_most_a_ring(void **state) {
    (void)state;
    static uint8_t out[4 * RING_INPUT_BYTES];
    for (unsigned i = 0; i < HOSTILE_COUNT; i++) {
        for (unsigned j = 0; j < HOSTILE_COUNT; j++) {
            struct ring ring = fresh();
            ring.index->head = hostile[i];
            ring.index->tail = hostile[j];
            uint32_t claimed = hostile[i] - hostile[j];
            assert_true(ring_used(&ring) <= RING_INPUT_BYTES);
            uint32_t got = ring_read(&ring, out, sizeof(out));
            assert_int_equal(got, claimed <= RING_INPUT_BYTES ? claimed : 0);
            assert_int_equal(ring.index->tail, hostile[j] + got);
        }
    }
}

static void a_hostile_reader_makes_the_ring_full(void **state) {
    (void)state;
    static uint8_t in[2 * RING_INPUT_BYTES];
    for (unsigned i = 0; i < HOSTILE_COUNT; i++) {
        for (unsigned j = 0; j < HOSTILE_COUNT; j++) {
            struct ring ring = fresh();
            ring.index->head = hostile[i];
            ring.index->tail = hostile[j];
            uint32_t used = hostile[i] - hostile[j];
            uint32_t room = used <= RING_INPUT_BYTES ? RING_INPUT_BYTES - used : 0;
            assert_int_equal(ring_write(&ring, in, sizeof(in)), room);
            for (unsigned k = 0; k < sizeof(page.reserved); k++)
                assert_int_equal(page.reserved[k], 0x5a);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_bytes_in_order_across_the_end),
        cmocka_unit_test(indices_may_wrap),
        cmocka_unit_test(a_full_ring_takes_the_rest_later),
        cmocka_unit_test(peek_shows_without_taking),
        cmocka_unit_test(single_bytes_are_put_in_order_and_refused_when_full),
        cmocka_unit_test(a_reader_that_waits_is_woken_once),
        cmocka_unit_test(a_reader_that_is_awake_is_not_woken),
        cmocka_unit_test(a_hostile_writer_gives_at_most_a_ring),
        cmocka_unit_test(a_hostile_reader_makes_the_ring_full),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
