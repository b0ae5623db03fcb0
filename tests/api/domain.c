// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Domains: this configuration has one, and a schedule of one entry and its end marker.
#include "harness.h"

#define schedule_configure(index, domain, duration)                                                          \
    raw_invoke(S_DOMAIN, 31, CAPS(), WORDS(index, domain, duration))
#define schedule_set_start(index) raw_invoke(S_DOMAIN, 32, CAPS(), WORDS(index))

static volatile word ran;
static void end_run(word value) {
    ran = value;
    thread_end();
}

static void domain_set_moves_a_thread_into_the_only_domain(void) {
    struct thread *thread = new_thread(end_run, 3, 0);
    EXPECT_REPLY(domain_set(thread->tcb, 0), OK);
    EXPECT_REPLY(domain_set(S_TCB, 0), OK);
    ran = 0;
    thread_start(thread);
    wait_thread_end();
    EXPECT_EQUAL(ran, 3);
}

static void domain_set_domain_out_of_range(void) {
    EXPECT_REPLY(domain_set(S_TCB, 1), IA, 0);
    EXPECT_REPLY(domain_set(S_TCB, 256), IA, 0);
    EXPECT_REPLY(domain_set(S_TCB, ~0ull), IA, 0);
}

static void domain_set_not_a_tcb(void) {
    EXPECT_REPLY(domain_set(S_CNODE, 0), IA, 1);
    EXPECT_REPLY(domain_set(0, 0), IA, 1);
}

static void domain_schedule_configure_sets_the_entry(void) {
    EXPECT_REPLY(schedule_configure(0, 0, 1000), OK);
    EXPECT_REPLY(schedule_configure(0, 0, 1), OK);
    EXPECT_REPLY(schedule_configure(0, 0, (1ull << 56) - 1), OK);
    struct thread *thread = new_thread(end_run, 4, 0); // all goes on
    thread_start(thread);
    wait_thread_end();
    EXPECT_EQUAL(ran, 4);
}

static void domain_schedule_configure_index_out_of_range(void) {
    EXPECT_REPLY(schedule_configure(1, 0, 1000), RNG, 0, 0); // the end marker
    EXPECT_REPLY(schedule_configure(~0ull, 0, 1000), RNG, 0, 0);
}

static void domain_schedule_configure_domain_out_of_range(void) {
    EXPECT_REPLY(schedule_configure(0, 1, 1000), RNG, 0, 0);
    EXPECT_REPLY(schedule_configure(0, 256, 1000), RNG, 0, 0);
}

static void domain_schedule_configure_duration_too_long(void) {
    EXPECT_REPLY(schedule_configure(0, 0, 1ull << 56), IA, 2);
    EXPECT_REPLY(schedule_configure(0, 0, ~0ull), IA, 2);
}

static void domain_schedule_configure_end_marker_with_a_domain(void) {
    EXPECT_REPLY(schedule_configure(0, 1, 0), IA, 1);
}

static void domain_schedule_configure_end_marker_at_the_start(void) {
    EXPECT_REPLY(schedule_configure(0, 0, 0), IA, 2);
}

static void domain_schedule_set_start_sets_the_entry(void) {
    EXPECT_REPLY(schedule_set_start(0), OK);
}

static void domain_schedule_set_start_index_out_of_range(void) {
    EXPECT_REPLY(schedule_set_start(2), RNG, 0, 1);
    EXPECT_REPLY(schedule_set_start(~0ull), RNG, 0, 1);
}

static void domain_schedule_set_start_at_the_end_marker(void) {
    EXPECT_REPLY(schedule_set_start(1), IA, 0);
}

static const struct test tests[] = {
    TEST(domain_set_moves_a_thread_into_the_only_domain),
    TEST(domain_set_domain_out_of_range),
    TEST(domain_set_not_a_tcb),
    TEST(domain_schedule_configure_sets_the_entry),
    TEST(domain_schedule_configure_index_out_of_range),
    TEST(domain_schedule_configure_domain_out_of_range),
    TEST(domain_schedule_configure_duration_too_long),
    TEST(domain_schedule_configure_end_marker_with_a_domain),
    TEST(domain_schedule_configure_end_marker_at_the_start),
    TEST(domain_schedule_set_start_sets_the_entry),
    TEST(domain_schedule_set_start_index_out_of_range),
    TEST(domain_schedule_set_start_at_the_end_marker),
};

int main(void) {
    RUN(tests);
}
