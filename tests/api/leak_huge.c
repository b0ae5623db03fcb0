// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A huge page, 1 GiB, is zero when it is made of memory that was written: needs a machine of 3 GiB or more.
#include "harness.h"

#define BITS 30
#define AT   ((volatile word *)0x80000000ull)
#define RW   (R_R | R_W)
#define STEP 4096ull // a word of each is looked at

static void a_huge_page_is_zero(void) {
    word slot = new_slot(), untyped = new_object(T_UNTYPED, BITS);
    for (unsigned turn = 0; turn < 2; turn++) {
        EXPECT_OK(untyped_retype(untyped, S_CNODE, T_HUGE_PAGE, 0, 0, 0, slot, 1));
        EXPECT_OK(page_map(slot, S_VSPACE, (word)AT, RW, 3));
        for (word i = 0; i < 1ull << BITS; i += STEP) {
            word at = (i + i / STEP % 512 * 8) / 8;
            EXPECT_EQUAL(AT[at], 0);
            AT[at] = ~i;
        }
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    }
}

static const struct test tests[] = {TEST(a_huge_page_is_zero)};

int main(void) {
    RUN(tests);
}
