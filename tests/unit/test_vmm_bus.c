// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The VMM's bus and guest memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vmm/include/vmm/bus.h>
#include <vmm/include/vmm/memory.h>

static struct bus_region region(uint64_t ipa, uint64_t size, const char *name) {
    return (struct bus_region){.ipa = ipa, .size = size, .sizes = BUS_SIZES_ALL, .name = name};
}

static void add(struct bus *bus, uint64_t ipa, uint64_t size, const char *name) {
    struct bus_region each = region(ipa, size, name);
    assert_null(bus_add_region(bus, &each));
}

static void expect(struct bus *bus, uint64_t ipa, const char *name) {
    const struct bus_region *found = bus_lookup(bus, ipa);
    if (!name) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found->name, name);
}

static void an_empty_bus_owns_nothing(void **state) {
    (void)state;
    struct bus bus;
    bus_init(&bus);
    expect(&bus, 0, NULL);
    assert_null(bus_nearest_region(&bus, 0));
}

static void a_region_owns_its_first_and_last_byte_alone(void **state) {
    (void)state;
    struct bus bus;
    bus_init(&bus);
    add(&bus, 0x3000, 0x1000, "c");
    add(&bus, 0x1000, 0x800, "a");
    add(&bus, 0x1800, 8, "b");
    expect(&bus, 0xfff, NULL);
    expect(&bus, 0x1000, "a");
    expect(&bus, 0x17ff, "a");
    expect(&bus, 0x1800, "b");
    expect(&bus, 0x1807, "b");
    expect(&bus, 0x1808, NULL);
    expect(&bus, 0x3000, "c");
    expect(&bus, 0x3fff, "c");
    expect(&bus, 0x4000, NULL);
}

static void a_lookup_remembers_the_last_hit_and_a_miss_keeps_it(void **state) {
    (void)state;
    struct bus bus;
    bus_init(&bus);
    add(&bus, 0x1000, 0x1000, "a");
    add(&bus, 0x4000, 0x1000, "b");
    expect(&bus, 0x4100, "b");
    assert_ptr_equal(bus.last, &bus.regions[1]);
    expect(&bus, 0x9000, NULL);
    assert_ptr_equal(bus.last, &bus.regions[1]);
    expect(&bus, 0x1000, "a");
    expect(&bus, 0x4fff, "b");
}

static void overlapping_empty_and_wrapping_regions_are_refused(void **state) {
    (void)state;
    struct bus bus;
    bus_init(&bus);
    add(&bus, 0x2000, 0x1000, "a");
    const uint64_t bad[][2] = {{0x2000, 0x1000}, {0x1800, 0x808}, {0x2ff8, 0x1000}, {0x1000, 0x4000},
                               {0x2100, 8},      {0x5000, 0},     {0x5000, 0x1001}, {~0ull - 7, 0x10}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bus_region each = region(bad[i][0], bad[i][1], "bad");
        assert_non_null(bus_add_region(&bus, &each));
    }
    assert_int_equal(bus.count, 1);
    add(&bus, 0x1000, 0x1000, "below");
    add(&bus, 0x3000, 0x1000, "above");
    add(&bus, ~0ull - 7, 8, "last");
    expect(&bus, ~0ull, "last");
}

static void a_full_bus_refuses_and_finds_all_its_regions(void **state) {
    (void)state;
    struct bus bus;
    bus_init(&bus);
    for (unsigned i = 0; i < BUS_MAX_REGIONS; i++) // odd ones first
        add(&bus, 0x1000 * ((2 * i + 1) % BUS_MAX_REGIONS + (2 * i + 1) / BUS_MAX_REGIONS), 0x1000, "x");
    struct bus_region more = region(0x10000000, 8, "more");
    assert_non_null(bus_add_region(&bus, &more));
    for (unsigned i = 1; i < BUS_MAX_REGIONS; i++) {
        const struct bus_region *found = bus_lookup(&bus, 0x1000 * i + 0x123);
        assert_non_null(found);
        assert_int_equal(found->ipa, 0x1000 * i);
    }
}

static void the_nearest_region_is_the_one_with_the_smaller_gap(void **state) {
    (void)state;
    struct bus bus;
    bus_init(&bus);
    add(&bus, 0x1000, 0x1000, "a");
    add(&bus, 0x8000, 0x1000, "b");
    assert_string_equal(bus_nearest_region(&bus, 0)->name, "a");
    assert_string_equal(bus_nearest_region(&bus, 0x2000)->name, "a");
    assert_string_equal(bus_nearest_region(&bus, 0x7fff)->name, "b");
    assert_string_equal(bus_nearest_region(&bus, ~0ull)->name, "b");
}

static void guest_memory_gives_only_ranges_inside(void **state) {
    (void)state;
    uint8_t bytes[64] = {0};
    struct memory memory = {.ipa = 0x40000000, .size = sizeof(bytes), .base = bytes};
    assert_ptr_equal(guest_memory_get(&memory, 0x40000000, 64, MEMORY_READ), bytes);
    assert_ptr_equal(guest_memory_get(&memory, 0x4000003f, 1, MEMORY_WRITE), bytes + 63);
    const uint64_t bad[][2] = {{0x3fffffff, 1}, {0x40000040, 1}, {0x40000000, 65},    {0x4000003f, 2},
                               {0, 8},          {0x40000000, 0}, {0x40000001, ~0ull}, {~0ull, 0x50000000},
                               {0x3fffffff, 2}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(guest_memory_get(&memory, bad[i][0], bad[i][1], MEMORY_READ));
}

static void guest_memory_copies_all_or_nothing(void **state) {
    (void)state;
    uint8_t bytes[16] = {0}, out[8] = {9};
    struct memory memory = {.ipa = 0x1000, .size = sizeof(bytes), .base = bytes};
    assert_true(guest_memory_write(&memory, 0x1008, "abcdefgh", 8));
    assert_false(guest_memory_write(&memory, 0x1009, "xxxxxxxx", 8));
    assert_true(guest_memory_read(&memory, 0x1008, out, 8));
    assert_memory_equal(out, "abcdefgh", 8);
    assert_false(guest_memory_read(&memory, 0xfff, out, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_bus_owns_nothing),
        cmocka_unit_test(a_region_owns_its_first_and_last_byte_alone),
        cmocka_unit_test(a_lookup_remembers_the_last_hit_and_a_miss_keeps_it),
        cmocka_unit_test(overlapping_empty_and_wrapping_regions_are_refused),
        cmocka_unit_test(a_full_bus_refuses_and_finds_all_its_regions),
        cmocka_unit_test(the_nearest_region_is_the_one_with_the_smaller_gap),
        cmocka_unit_test(guest_memory_gives_only_ranges_inside),
        cmocka_unit_test(guest_memory_copies_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
