// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The refill queue by itself: what is charged comes back a period later, in no window of a period is more
// used than the budget, and whatever is merged, nothing is lost and nothing comes early.
#include "world.h"

#define BUDGET us(100)
#define PERIOD us(1000)

static _Alignas(16) uint8_t memory[1 << 8]; // room for ten refills
static struct sched_context *const sc = (struct sched_context *)memory;

static struct refill at(unsigned nth) {
    return sc->refills[(sc->refill_head + nth) % sc->refill_max];
}
static void assert_refill(unsigned nth, ticks_t time, ticks_t amount) {
    assert_int_equal(at(nth).time, time);
    assert_int_equal(at(nth).amount, amount);
}
static void assert_sound(void) {
    ticks_t sum = 0, end = 0;
    assert_in_range(sc->refill_count, 1, sc->refill_max);
    for (unsigned i = 0; i < sc->refill_count; i++) {
        assert_true(at(i).time >= end);
        end = at(i).time + at(i).amount;
        sum += at(i).amount;
    }
    assert_int_equal(sum, sc->budget);
    assert_true(at(0).amount >= refill_minimum);
}

static int setup(void **state) {
    (void)state;
    memset(memory, 0, sizeof(memory));
    refill_init();
    refill_new(sc, 6, BUDGET, PERIOD, us(50));
    sc->sporadic = true;
    return 0;
}
#define refill_test(name) cmocka_unit_test_setup(name, setup)

static void a_new_context_has_all_its_budget_now(void **state) {
    (void)state;
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(50), BUDGET);
}

static void what_is_used_comes_back_a_period_after_it_began(void **state) {
    (void)state;
    refill_charge(sc, us(30));
    assert_refill(0, us(80), us(70));
    assert_refill(1, us(1050), us(30));
    refill_charge(sc, us(20)); // goes on where the first use ended: one refill
    assert_int_equal(sc->refill_count, 2);
    assert_refill(1, us(1050), us(50));
}

static void a_whole_budget_comes_back_whole(void **state) {
    (void)state;
    refill_charge(sc, BUDGET);
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(1050), BUDGET);
}

static void more_than_the_budget_is_paid_from_the_next(void **state) {
    (void)state;
    refill_charge(sc, BUDGET + us(10));
    assert_sound();
    assert_refill(0, us(1060), us(90));
    assert_refill(1, us(2050), us(10));
}

static void a_head_below_the_minimum_is_delayed_to_the_next(void **state) {
    (void)state;
    refill_charge(sc, us(85));
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(1050 - 15), BUDGET);
}

static void an_unblocked_context_begins_now(void **state) {
    (void)state;
    refill_charge(sc, us(30));
    refill_unblock(sc, us(500));
    assert_refill(0, us(500), us(70));
    assert_refill(1, us(1050), us(30));
    refill_unblock(sc, us(2000)); // both are ready: they are one
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(2000), BUDGET);
    refill_unblock(sc, us(1000)); // not ready: nothing
    assert_refill(0, us(2000), BUDGET);
}

static void refills_that_would_overlap_are_merged(void **state) {
    (void)state;
    refill_charge(sc, us(30));
    refill_unblock(sc, us(990)); // 70 from 990 reaches to 1060, over 1050
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(990), BUDGET);
}

static void a_full_queue_delays_what_is_used(void **state) {
    (void)state;
    refill_new(sc, 2, BUDGET, PERIOD, 0);
    refill_charge(sc, us(20));
    refill_unblock(sc, us(200));
    refill_charge(sc, us(20));
    assert_int_equal(sc->refill_count, 2);
    assert_refill(0, us(220), us(60));
    assert_refill(1, us(1200 - 20), us(40)); // the first 20 wait for the second
    assert_sound();
}

static void round_robin_has_its_budget_again_at_once(void **state) {
    (void)state;
    refill_new(sc, 2, PERIOD, PERIOD, us(7));
    sc->refills[0].amount -= us(300), sc->refills[1].amount += us(300);
    refill_reset_round_robin(sc);
    assert_int_equal(sc->refills[0].amount, PERIOD);
    assert_int_equal(sc->refills[1].amount, 0);
}

static void an_update_keeps_the_amount_and_defers_the_difference(void **state) {
    (void)state;
    refill_charge(sc, us(60)); // 40 left
    refill_update(sc, 4, us(150), us(2000), us(200));
    assert_refill(0, us(200), us(40));
    assert_refill(1, us(2200), us(110));
    refill_update(sc, 4, us(30), us(500), us(300)); // trimmed
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(300), us(30));
    refill_charge(sc, us(30));
    refill_update(sc, 4, us(100), us(500), us(310)); // what is not there yet stays away
    assert_refill(0, us(800), us(30));
    assert_sound();
}

static void a_charge_may_reach_over_several_refills(void **state) {
    (void)state;
    refill_charge(sc, us(30)); // 70 at 80, 30 at 1050
    refill_charge(sc, us(80));
    assert_sound();
    assert_refill(0, us(1060), us(90)); // the 70, from 1080 on, touch the 30 from 1050 on
    assert_refill(1, us(2050), us(10));
}

static void refills_that_touch_are_merged(void **state) {
    (void)state;
    refill_charge(sc, us(30));
    refill_unblock(sc, us(980)); // 70 from 980 ends where the other begins
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(980), BUDGET);
}

static void an_update_with_the_same_budget_leaves_one_refill(void **state) {
    (void)state;
    refill_update(sc, 6, BUDGET, PERIOD, us(70));
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(70), BUDGET);
}

static void what_is_left_of_a_slice_may_be_too_small_for_a_refill(void **state) {
    (void)state;
    refill_new(sc, 2, PERIOD, PERIOD, us(7));
    sc->refills[0].amount -= us(995), sc->refills[1].amount += us(995);
    refill_update(sc, 6, BUDGET, PERIOD, us(10)); // 5 us are there: they come with the others
    assert_sound();
    assert_int_equal(sc->refill_count, 1);
    assert_refill(0, us(1005), BUDGET);
}

static void a_context_that_becomes_round_robin_has_a_whole_slice(void **state) {
    (void)state;
    refill_charge(sc, us(30));
    refill_update(sc, 2, BUDGET, BUDGET, us(90));
    assert_int_equal(sc->refill_count, 1);
    assert_int_equal(sc->refills[0].amount, BUDGET);
    assert_int_equal(sc->refills[1].amount, 0);
}

static void sufficiency_counts_what_is_not_charged_yet(void **state) {
    (void)state;
    assert_true(refill_is_sufficient(sc, us(80)));
    assert_false(refill_is_sufficient(sc, us(80) + 1));
    assert_false(refill_is_sufficient(sc, us(500)));
}

// --- any sequence

#define USES 400

static void no_window_of_a_period_has_more_than_the_budget(void **state) {
    (void)state;
    uint64_t seed = 88172645463325252ull;
    for (unsigned round = 0; round < 200; round++) {
        static struct refill uses[USES]; // when, how much
        ticks_t now = 0;
        unsigned count = 0, max = 2 + round % 9;
        refill_new(sc, max, BUDGET, PERIOD, 0);
        while (count < USES) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            if (!refill_is_ready(sc, now))
                now = refill_head(sc)->time;
            if (seed % 3 == 0) {
                now += seed / 3 % us(400); // it slept
                refill_unblock(sc, now);
            }
            ticks_t left = refill_head(sc)->amount;
            ticks_t used = seed % 5 == 0 ? left : 1 + seed / 7 % left;
            if (left - used < refill_minimum)
                used = seed % 2 ? used : left; // the slice ends: the rest is given up or was used
            uses[count++] = (struct refill){now, used};
            now += used;
            refill_charge(sc, used);
            assert_sound();
        }
        for (unsigned i = 0; i < count; i++) { // the window that begins with use i
            ticks_t sum = 0;
            for (unsigned j = i; j < count && uses[j].time < uses[i].time + PERIOD; j++) {
                ticks_t end = uses[j].time + uses[j].amount, last = uses[i].time + PERIOD;
                sum += (end < last ? end : last) - uses[j].time;
            }
            assert_true(sum <= BUDGET);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        refill_test(a_new_context_has_all_its_budget_now),
        refill_test(what_is_used_comes_back_a_period_after_it_began),
        refill_test(a_whole_budget_comes_back_whole),
        refill_test(more_than_the_budget_is_paid_from_the_next),
        refill_test(a_head_below_the_minimum_is_delayed_to_the_next),
        refill_test(an_unblocked_context_begins_now),
        refill_test(refills_that_would_overlap_are_merged),
        refill_test(a_full_queue_delays_what_is_used),
        refill_test(round_robin_has_its_budget_again_at_once),
        refill_test(an_update_keeps_the_amount_and_defers_the_difference),
        refill_test(a_charge_may_reach_over_several_refills),
        refill_test(refills_that_touch_are_merged),
        refill_test(an_update_with_the_same_budget_leaves_one_refill),
        refill_test(what_is_left_of_a_slice_may_be_too_small_for_a_refill),
        refill_test(a_context_that_becomes_round_robin_has_a_whole_slice),
        refill_test(sufficiency_counts_what_is_not_charged_yet),
        refill_test(no_window_of_a_period_has_more_than_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
