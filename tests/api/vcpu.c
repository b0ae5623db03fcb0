// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// vCPU objects as far as they need no guest: pairing, registers, injection's arguments.
#include "harness.h"

#define FIELDS 24

static void pairing_takes_a_tcb(void) {
    word vcpu = new_object(T_VCPU, 0), tcb = new_object(T_TCB, 0), second = new_object(T_VCPU, 0);
    EXPECT_EQUAL(vcpu_set_tcb(vcpu, S_CNODE), ILL);
    EXPECT_OK(vcpu_set_tcb(vcpu, tcb));
    EXPECT_OK(vcpu_set_tcb(second, tcb)); // replaces the pair
    EXPECT_OK(vcpu_set_tcb(second, new_object(T_TCB, 0)));
    EXPECT_OK(cnode_delete(S_CNODE, tcb, ROOT_DEPTH));
    EXPECT_OK(cnode_delete(S_CNODE, second, ROOT_DEPTH));
}

static void registers_keep_what_is_written(void) {
    static const uint8_t plain[] = {2, 3, 5, 6, 11, 12, 14, 15, 17, 18};
    word vcpu = new_object(T_VCPU, 0);
    for (unsigned i = 0; i < sizeof(plain); i++)
        EXPECT_OK(vcpu_write(vcpu, plain[i], 0x1230000 + i));
    for (unsigned i = 0; i < sizeof(plain); i++) {
        EXPECT_OK(vcpu_read(vcpu, plain[i]));
        EXPECT_EQUAL(reply.mr[0], 0x1230000 + i);
    }
    EXPECT_ERROR1(vcpu_read(vcpu, FIELDS), IA, 1);
    EXPECT_ERROR1(vcpu_write(vcpu, FIELDS, 0), IA, 1);
    EXPECT_ERROR1(vcpu_read(vcpu, ~0ull), IA, 1);
    EXPECT_EQUAL(raw_invoke(vcpu, 58, CAPS(), WORDS(1)), TR);
}

static word injection(word vid, word priority, word group, word index) {
    return vid | priority << 16 | group << 24 | index << 32;
}

static void injection_is_checked(void) {
    word vcpu = new_object(T_VCPU, 0);
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(1024, 0, 0, 0)), RNG, 0, 1023);
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(40, 32, 0, 0)), RNG, 0, 31);
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(40, 0, 2, 0)), RNG, 0, 1);
    EXPECT_ERROR1(vcpu_inject(vcpu, injection(40, 0, 0, 255)), RNG, 0);
    EXPECT(reply.mr[1] >= 1 && reply.mr[1] < 16);
    EXPECT_OK(vcpu_inject(vcpu, injection(40, 0, 0, 0)));
    EXPECT_OK(vcpu_inject(vcpu, injection(41, 0, 0, 0))); // pending: overwritten
}

static void only_the_virtual_timer_is_acknowledged(void) {
    word vcpu = new_object(T_VCPU, 0);
    EXPECT_OK(vcpu_ack_vppi(vcpu, 27));
    EXPECT_ERROR1(vcpu_ack_vppi(vcpu, 28), IA, 0);
    EXPECT_ERROR2(vcpu_ack_vppi(vcpu, 160), RNG, 0, 159);
}

static void the_exit_mask_is_checked(void) {
    word vcpu = new_object(T_VCPU, 0);
    EXPECT_OK(raw_invoke(vcpu, 0x1000, CAPS(), WORDS(0x21)));
    EXPECT(raw_invoke(vcpu, 0x1000, CAPS(), WORDS(1ull << 40)) != OK);
    EXPECT_EQUAL(raw_invoke(vcpu, 0x1000, CAPS(), WORDS()), TR);
    EXPECT_EQUAL(raw_invoke(vcpu, 0x1fff, CAPS(), WORDS()), ILL);
}

static const struct test tests[] = {
    TEST(pairing_takes_a_tcb),      TEST(registers_keep_what_is_written),
    TEST(injection_is_checked),     TEST(only_the_virtual_timer_is_acknowledged),
    TEST(the_exit_mask_is_checked),
};

int main(void) {
    RUN(tests);
}
