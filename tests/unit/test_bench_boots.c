// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The order of boots, and what their figures make.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bench/runner/boots.h>

static void without_a_seed_the_sides_take_turns(void **state) {
    (void)state;
    struct boot_plan plan[SIDES * BOOTS_MAX];
    assert_int_equal(boots_plan(3, NATIVE, SIDES, 0, plan), 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(plan[i].side, i % 2 == 0 ? NATIVE : VIRT);
        assert_int_equal(plan[i].index, i / 2);
    }
}

static void a_seed_shuffles_all_boots_and_repeats(void **state) {
    (void)state;
    struct boot_plan plan[SIDES * BOOTS_MAX], again[SIDES * BOOTS_MAX], other[SIDES * BOOTS_MAX];
    bool seen[SIDES][50] = {{false}};
    memset(plan, 0, sizeof(plan));
    memset(again, 0, sizeof(again));
    memset(other, 0, sizeof(other));
    assert_int_equal(boots_plan(50, NATIVE, SIDES, 7, plan), 100);
    boots_plan(50, NATIVE, SIDES, 7, again);
    boots_plan(50, NATIVE, SIDES, 8, other);
    assert_memory_equal(plan, again, sizeof(plan));
    assert_memory_not_equal(plan, other, sizeof(plan));
    unsigned turns = 0;
    for (unsigned i = 0; i < 100; i++) {
        assert_false(seen[plan[i].side][plan[i].index]);
        seen[plan[i].side][plan[i].index] = true;
        turns += i > 0 && plan[i].side != plan[i - 1].side;
    }
    assert_true(turns > 20 && turns < 80);
}

static void one_side_can_be_planned_alone(void **state) {
    (void)state;
    struct boot_plan plan[SIDES * BOOTS_MAX];
    assert_int_equal(boots_plan(2, VIRT, SIDES, 0, plan), 2);
    assert_int_equal(plan[0].side, VIRT);
    assert_int_equal(boots_plan(2, NATIVE, VIRT, 5, plan), 2);
    assert_int_equal(plan[0].side, NATIVE);
}

// The figures differ much by seed and always by 1 % between the sides: whatever order they came in, they are
// pairs.
static void boots_pair_by_their_seeds(void **state) {
    (void)state;
    static const struct boot_value native_values[] = {{2, 300.0, ""}, {0, 100.0, ""}, {1, 200.0, ""}};
    static const struct boot_value virt_values[] = {{1, 202.0, ""}, {2, 303.0, ""}, {0, 101.0, ""}};
    static struct boots native, virt;
    for (size_t i = 0; i < 3; i++) {
        boots_add(&native, &native_values[i]);
        boots_add(&virt, &virt_values[i]);
    }
    assert_int_equal(native.list[0].seed, 0);
    struct overhead o = boots_overhead(&native, &virt);
    assert_true(o.has_ci95 && o.ci95_high - o.ci95_low < 1e-9);
    virt.list[2].seed = 9; // no longer the same boots
    o = boots_overhead(&native, &virt);
    assert_true(o.ci95_high - o.ci95_low > 10.0);
    assert_true(boots_summarise(&native).median == 200.0);
    assert_true(native.list[2].value == 300.0); // a summary leaves the boots in their order
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_seed_the_sides_take_turns),
        cmocka_unit_test(a_seed_shuffles_all_boots_and_repeats),
        cmocka_unit_test(one_side_can_be_planned_alone),
        cmocka_unit_test(boots_pair_by_their_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
