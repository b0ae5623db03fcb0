// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// More active interrupts than list registers (kernel/arch/aarch64/vgic_kept.c): nested preemption, EOI mode
// 1, and what happens to an interrupt while it is active in no list register.
#include "tests/unit/arch_vgic_model.h"

#define COUNT 16 // bound interrupts: EDGE + i is 100 + i, of priority 0xf0 - 8 i

static void bind_many(void) {
    for (unsigned i = 0; i < COUNT; i++) {
        vgic_bind(&core, &vcpu, VGIC_BOUND + i, EDGE + i, 100 + i, 0xf0 - 8 * i);
        (void)vgic_update(&core, &vcpu, 100 + i, GLACIS_IRQ_ENABLED, 0);
    }
}

static void fire(unsigned i) {
    physical[EDGE + i].pending = true;
    physical_fires();
    maintain();
}

// Interrupts 0 to depth - 1, each preempting the one before.
static void nest(unsigned depth) {
    for (unsigned i = 0; i < depth; i++) {
        fire(i);
        assert_int_equal(acknowledge(), 100 + i);
        maintain();
    }
}

static void test_preemption_deeper_than_the_registers(void **state) {
    (void)state;
    bind_many();
    nest(COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(vgic_update(&core, &vcpu, 100 + i, 0, 0), GLACIS_IRQ_ACTIVE | GLACIS_IRQ_ENABLED);
    for (unsigned i = COUNT; i--;) {
        assert_true(physical[EDGE + i].active);
        end(100 + i);
        maintain();
        for (unsigned j = 0; j < COUNT; j++)
            assert_int_equal(physical[EDGE + j].active, j < i);
    }
    assert_int_equal(vcpu.vgic.kept_active | vcpu.vgic.evicted | vcpu.vgic.orphans, 0);
    assert_false(control & (GIC_HCR_LRENPIE | gic_hcr_dir));
}

// The end of an evicted one is seen though something else than its maintenance interrupt comes first.
static void test_several_ends_at_once(void **state) {
    (void)state;
    bind_many();
    nest(6);
    for (unsigned i = 6; i-- > 1;)
        end(100 + i);
    assert_int_equal(eoi_count, 3); // the two innermost were listed
    switch_away();
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(physical[EDGE + i].active, i == 0);
    switch_back();
    end(100);
    maintain();
    assert_false(physical[EDGE].active);
}

static void test_less_urgent_is_listed_in_place_of_an_active_one(void **state) {
    (void)state;
    bind_many();
    fire(8);
    assert_int_equal(acknowledge(), 108);
    fire(9);
    assert_int_equal(acknowledge(), 109);
    fire(1); // both of the kernel's list registers are active, and more urgent
    assert_int_equal(acknowledge(), EMPTY);
    end(109);
    maintain();
    end(108);
    assert_int_equal(acknowledge(), 101); // no exit between
    end(101);
    maintain();
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(physical[EDGE + i].active);
}

// What waits takes the place of the active one, though something less urgent is only pending.
static void test_active_goes_before_pending(void **state) {
    (void)state;
    bind_many();
    fire(0);
    assert_int_equal(acknowledge(), 100);
    fire(2);
    fire(4);
    assert_true(vgic_update(&core, &vcpu, 102, 0, 0) & GLACIS_IRQ_PENDING);
    assert_int_equal(vcpu.vgic.kept_pending, 0);
    assert_int_equal(acknowledge(), 104);
    end(104);
    assert_int_equal(acknowledge(), 102); // no exit between
    end(102);
    end(100);
    maintain();
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(physical[EDGE + i].active);
}

static void test_eoi_mode_1_deactivates_in_any_order(void **state) {
    (void)state;
    static const unsigned order[] = {3, 11, 0, 7, 15, 1, 14, 2, 13, 4, 12, 5, 10, 6, 9, 8};
    bind_many();
    set_eoi_mode(1);
    for (unsigned i = 0; i < COUNT; i++) { // each dropped before the next, which is less urgent
        fire(COUNT - 1 - i);
        assert_int_equal(acknowledge(), 100 + COUNT - 1 - i);
        end(100 + COUNT - 1 - i);
        maintain();
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(physical[EDGE + order[i]].active);
        deactivate(100 + order[i]);
        maintain();
        assert_false(physical[EDGE + order[i]].active);
    }
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(physical[EDGE + i].active);
    assert_false(control & gic_hcr_dir);
}

static void test_eoi_mode_1_of_what_the_vmm_listed(void **state) {
    (void)state;
    bind_many();
    set_eoi_mode(1);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 200, 31, 1, false), VGIC_INJECTED);
    assert_int_equal(acknowledge(), 200);
    nest(4);
    for (unsigned i = 4; i--;)
        end(100 + i);
    end(200);
    assert_true(control & gic_hcr_dir);
    deactivate(200);
    maintain();
    assert_int_equal(reported, 0);
    deactivate(300); // nothing
    for (unsigned i = 0; i < 4; i++)
        deactivate(100 + i);
    for (unsigned i = 0; i < 4; i++)
        assert_false(physical[EDGE + i].active);
}

// Its end, which comes all the same, is not taken for another's.
static void test_unbinding_an_evicted_one(void **state) {
    (void)state;
    bind_many();
    nest(6);
    vgic_unbind_irq(&core, EDGE + 2);
    assert_false(physical[EDGE + 2].active);
    for (unsigned i = 6; i-- > 2;) {
        end(100 + i);
        maintain();
    }
    assert_true(physical[EDGE + 1].active && physical[EDGE].active);
    end(101);
    maintain();
    assert_true(!physical[EDGE + 1].active && physical[EDGE].active);
    end(100);
    maintain();
    assert_false(physical[EDGE].active);
    assert_int_equal(vcpu.vgic.orphans, 0);
}

static void test_deactivated_by_the_distributor(void **state) {
    (void)state;
    bind_many();
    nest(6);
    assert_true(vgic_update(&core, &vcpu, 101, 0, GLACIS_IRQ_ACTIVE) & GLACIS_IRQ_ACTIVE); // evicted
    assert_true(vgic_update(&core, &vcpu, 105, 0, GLACIS_IRQ_ACTIVE) & GLACIS_IRQ_ACTIVE); // listed
    assert_false(physical[EDGE + 1].active || physical[EDGE + 5].active);
    for (unsigned i = 6; i--;) {
        for (unsigned j = 0; j <= i; j++)
            assert_int_equal(physical[EDGE + j].active, j != 1 && j != 5);
        end(100 + i);
        maintain();
    }
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(physical[EDGE + i].active);
    assert_int_equal(vcpu.vgic.orphans, 0);
}

// The guest gives up its active priorities by itself: no end is awaited.
static void test_orphans_end_with_the_active_priorities(void **state) {
    (void)state;
    bind_many();
    nest(6);
    (void)vgic_update(&core, &vcpu, 102, 0, GLACIS_IRQ_ACTIVE);
    assert_int_not_equal(vcpu.vgic.orphans, 0);
    running_count = 0;
    vgic_flush(&core, &vcpu);
    assert_int_equal(vcpu.vgic.orphans, 0);
}

// The guest starts anew in the middle of six handlers: no end of theirs is awaited, and the VMM ends each.
static void test_reset_in_the_middle_of_handlers(void **state) {
    (void)state;
    bind_many();
    set_eoi_mode(1);
    nest(6);
    assert_int_not_equal(vcpu.vgic.evicted, 0);
    vcpu.vgic.apr[0][0] = vcpu.vgic.apr[1][0] = 1;
    vgic_reset(&core, &vcpu);
    running_count = 0;
    assert_int_equal(gic_vmcr_read() | vcpu.vgic.apr[0][0] | vcpu.vgic.apr[1][0], GIC_VMCR_RESET);
    assert_false(control & GIC_HCR_LRENPIE);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(vgic_update(&core, &vcpu, 100 + i, 0, GLACIS_IRQ_ACTIVE) & GLACIS_IRQ_ACTIVE);
        assert_false(physical[EDGE + i].active);
    }
    running_count = 0;
    set_groups(VMCR_GROUPS);
    vgic_flush(&core, &vcpu);
    assert_int_equal(vcpu.vgic.kept_active | vcpu.vgic.orphans, 0);
    nest(6);
    for (unsigned i = 6; i--;) {
        end(100 + i);
        maintain();
        assert_false(physical[EDGE + i].active);
    }
}

static void test_priority_changes_while_evicted(void **state) {
    (void)state;
    bind_many();
    nest(6);
    vgic_bind(&core, &vcpu, VGIC_BOUND, EDGE, 100, 0);            // the outermost, as the most urgent
    vgic_bind(&core, &vcpu, VGIC_BOUND + 5, EDGE + 5, 105, 0xf8); // the innermost, as the least
    for (unsigned i = 6; i--;) {
        end(100 + i);
        maintain();
        for (unsigned j = 0; j < 6; j++)
            assert_int_equal(physical[EDGE + j].active, j < i);
    }
}

static void test_timer_is_evicted_and_comes_back(void **state) {
    (void)state;
    bind_many();
    vgic_bind(&core, &vcpu, VGIC_TIMER, BOARD_IRQ_VIRTUAL_TIMER, PPI, 0xf8);
    timer_fires();
    assert_int_equal(acknowledge(), PPI);
    nest(4);
    assert_int_equal(vgic_ppis_in_flight(&core, &vcpu), BIT(VGIC_TIMER));
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), GLACIS_IRQ_ACTIVE);
    switch_away();
    assert_false(physical_active);
    switch_back();
    assert_true(physical_active);
    for (unsigned i = 4; i--;) {
        end(100 + i);
        maintain();
    }
    assert_true(physical_active);
    end(PPI);
    maintain();
    assert_false(physical_active);
    assert_int_equal(vgic_ppis_in_flight(&core, &vcpu), 0);
    // The same, and it is deactivated, then unbound.
    for (unsigned turn = 0; turn < 2; turn++) {
        vgic_bind(&core, &vcpu, VGIC_TIMER, BOARD_IRQ_VIRTUAL_TIMER, PPI, 0xf8);
        timer_fires();
        assert_int_equal(acknowledge(), PPI);
        nest(3);
        if (turn == 0)
            assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, GLACIS_IRQ_ACTIVE), GLACIS_IRQ_ACTIVE);
        else
            vgic_unbind(&core, &vcpu, VGIC_TIMER);
        assert_false(physical_active);
        for (unsigned i = 3; i--;) {
            end(100 + i);
            maintain();
        }
        end(PPI);
        maintain();
        assert_int_equal(vcpu.vgic.orphans | vcpu.vgic.evicted, 0);
    }
}

// An SGI sent again while it is active waits for its end, wherever that is.
static void test_sgi_pending_and_active_is_evicted(void **state) {
    (void)state;
    uint8_t priorities[VGIC_SGIS];
    memset(priorities, 0xf8, sizeof priorities);
    vgic_set_sgis(&core, &vcpu, 0xffff, priorities);
    bind_many();
    vgic_raise_sgi(&core, &vcpu, 3);
    assert_int_equal(acknowledge(), 3);
    vgic_raise_sgi(&core, &vcpu, 3);
    nest(3);
    vgic_raise_sgi(&core, &vcpu, 3);
    assert_int_equal(vgic_update(&core, &vcpu, 3, 0, 0), 3);
    for (unsigned i = 3; i--;) {
        end(100 + i);
        maintain();
    }
    assert_int_equal(acknowledge(), EMPTY);
    end(3);
    maintain();
    assert_int_equal(acknowledge(), 3);
    end(3);
    maintain();
    assert_int_equal(acknowledge(), EMPTY);
}

// The VMM's list registers are full of what the guest cannot take: of the group that is off.
static void fill_with_other_group(void) {
    set_groups(2);
    for (unsigned index = 0; index < LRS - 1; index++)
        assert_int_equal(vgic_inject(&core, &vcpu, index, 200 + index, 1, 0, false), VGIC_INJECTED);
}

// What software made active gives its list register up when nothing else does, and gets it back.
static void test_active_by_software_makes_room(void **state) {
    (void)state;
    for (unsigned full = 0; full < 2; full++) {
        setup(state);
        bind_many();
        if (full)
            fill_with_other_group();
        for (unsigned i = 6; i < 9; i++)
            (void)vgic_update(&core, &vcpu, 100 + i, GLACIS_IRQ_ACTIVE, 0);
        for (unsigned turn = 0; turn < 3; turn++) {
            fire(4);
            timer_fires();
            maintain();
            assert_int_equal(acknowledge(), PPI);
            maintain();
            end(PPI);
            maintain();
            assert_int_equal(acknowledge(), 104);
            maintain();
            for (unsigned i = 6; i < 9; i++)
                assert_true(vgic_update(&core, &vcpu, 100 + i, 0, 0) & GLACIS_IRQ_ACTIVE);
            end(104);
            maintain();
            assert_int_equal(acknowledge(), EMPTY);
        }
        vgic_flush(&core, &vcpu); // an entry: with the VMM's it is not told at once that there is room
        unsigned listed = 0;
        for (unsigned i = 0; i < LRS; i++)
            listed += (registers[i] & LR_STATE) == LR_ACTIVE;
        assert_int_equal(listed, full ? 1 : 2); // as many as have room
        for (unsigned i = 6; i < 9; i++)
            assert_true(vgic_update(&core, &vcpu, 100 + i, 0, GLACIS_IRQ_ACTIVE) & GLACIS_IRQ_ACTIVE);
        assert_int_equal(vcpu.vgic.kept_active | vcpu.vgic.orphans | vcpu.vgic.evicted, 0);
        for (unsigned i = 0; i < COUNT; i++)
            assert_false(physical[EDGE + i].active);
    }
}

// What waits for the end of what cannot be kept asks for no other maintenance interrupt: none would end.
static void test_waits_for_an_end_alone(void **state) {
    (void)state;
    bind_many();
    fill_with_other_group();
    fire(4);
    assert_int_equal(acknowledge(), 104);
    vgic_unbind(&core, &vcpu, VGIC_BOUND + 4);
    fire(5);
    fire(3);
    maintain();
    assert_int_equal(acknowledge(), EMPTY);
    end(104);
    maintain();
    assert_int_equal(acknowledge(), 105);
    end(105);
    maintain();
    assert_int_equal(acknowledge(), 103);
    end(103);
    maintain();
    set_groups(VMCR_GROUPS);
    maintain();
    assert_int_equal(acknowledge(), 200);
}

// Of the kernel's own, too, what is of a group that is off comes last, and is first when the group is on.
static void test_other_group(void **state) {
    (void)state;
    unsigned order[COUNT];
    bind_many();
    for (unsigned i = 6; i < 12; i++)
        vgic_bind(&core, &vcpu, VGIC_BOUND + i, EDGE + i, 100 + i, (0xf0 - 8 * i) | GLACIS_BIND_OTHER_GROUP);
    for (unsigned turn = 0; turn < 2; turn++) {
        set_groups(2);
        for (unsigned i = 12; i--;)
            fire(i);
        for (unsigned i = 6; turn == 0 && i--;) {
            assert_int_equal(acknowledge(), 100 + i);
            end(100 + i);
            maintain();
        }
        assert_int_equal(turn == 0 ? acknowledge() : EMPTY, EMPTY);
        set_groups(VMCR_GROUPS);
        assert_int_equal(drain(order, COUNT), turn == 0 ? 6 : 12);
        for (unsigned i = 0; i < (turn == 0 ? 6 : 12); i++)
            assert_int_equal(order[i], 111 - i);
    }
    vgic_bind(&core, &vcpu, VGIC_BOUND + 6, EDGE + 6, 106, 0xf0 - 8 * 6); // back
    set_groups(2);
    fire(6);
    assert_int_equal(acknowledge(), 106);
}

// Its end is not counted, since no priority is active with it: so it stays where it is.
static void test_active_by_software_is_not_evicted(void **state) {
    (void)state;
    bind_many();
    (void)vgic_update(&core, &vcpu, 6, GLACIS_IRQ_ACTIVE, 0);
    assert_true(registers[LRS - 1] & LR_ACTIVE);
    nest(5);
    assert_int_equal(LR_VIRQ(registers[LRS - 1]), 6);
    assert_true(registers[LRS - 1] & LR_ACTIVE);
    for (unsigned i = 5; i--;) {
        end(100 + i);
        maintain();
    }
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, GLACIS_IRQ_ACTIVE), GLACIS_IRQ_ACTIVE);
    assert_int_equal(vcpu.vgic.orphans, 0);
    nest(5);
    for (unsigned i = 5; i--;) {
        assert_true(physical[EDGE + i].active);
        end(100 + i);
        maintain();
        assert_false(physical[EDGE + i].active);
    }
}

// What waits is listed when its turn comes, though something less urgent of the VMM's is pending: an
// interrupt that the guest cannot take yet, for it handles another.
static void test_pending_of_the_vmms_does_not_hold_back(void **state) {
    (void)state;
    bind_many();
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 200, 31, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 1, 201, 30, 1, false), VGIC_INJECTED);
    fire(4);
    assert_int_equal(acknowledge(), 104);
    fire(6);
    fire(7);
    fire(8);
    assert_true(vgic_update(&core, &vcpu, 200, 0, 0) & GLACIS_IRQ_PENDING);
    for (unsigned i = 8; i >= 6; i--) {
        assert_int_equal(acknowledge(), 100 + i);
        maintain();
        end(100 + i);
        maintain();
    }
    end(104);
    maintain();
    assert_int_equal(acknowledge(), 201);
    end(201);
    maintain();
    assert_int_equal(acknowledge(), 200);
    end(200);
    maintain();
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(physical[EDGE + i].active);
}

// The same while the VM is switched, and while the VMM takes one of its own back.
static void test_pending_of_the_vmms_outlives_what_waits(void **state) {
    (void)state;
    bind_many();
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 200, 31, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 1, 201, 30, 1, false), VGIC_INJECTED);
    fire(6);
    fire(7);
    fire(8);
    switch_away();
    assert_int_equal(vgic_update(&core, &vcpu, 201, 0, GLACIS_IRQ_PENDING), GLACIS_IRQ_PENDING);
    switch_back();
    assert_int_equal(vgic_update(&core, &vcpu, 200, 0, GLACIS_IRQ_PENDING), GLACIS_IRQ_PENDING);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 202, 31, 1, false), VGIC_INJECTED);
    maintain();
    switch_away();
    switch_back();
    unsigned order[8];
    assert_int_equal(drain(order, 8), 4);
    assert_int_equal(order[2], 106);
    assert_int_equal(order[3], 202);
}

struct tally {
    unsigned raised[COUNT], taken[COUNT], active[COUNT], depth, dropped[COUNT], dropped_count;
    bool enabled[COUNT];
};

static void tally_take(struct tally *tally) {
    unsigned virq = acknowledge();
    if (virq == EMPTY)
        return;
    tally->active[tally->depth++] = virq;
    tally->taken[virq - 100]++;
}

static void tally_end(struct tally *tally, unsigned mode, unsigned which) {
    if (mode == 1 && tally->dropped_count && (which & 1 || tally->depth == 0)) {
        unsigned i = which % tally->dropped_count;
        deactivate(tally->dropped[i]);
        tally->dropped[i] = tally->dropped[--tally->dropped_count];
    } else if (tally->depth) {
        unsigned virq = tally->active[--tally->depth];
        end(virq);
        if (mode == 1)
            tally->dropped[tally->dropped_count++] = virq;
    }
}

// Nested handlers at random, in both EOI modes and on every number of list registers, with masks and switches
// of the VM: each edge is taken once, and nothing stays active.
static void test_random_nesting(void **state) {
    (void)state;
    uint64_t random = 5;
    for (unsigned round = 0; round < 2000; round++) {
        setup(NULL);
        gic_lr_count = GIC_MIN_LRS + round % (VGIC_MAX_LRS - GIC_MIN_LRS + 1);
        unsigned mode = round / 32 & 1;
        set_eoi_mode(mode);
        bind_many();
        struct tally tally = {0};
        for (unsigned i = 0; i < COUNT; i++)
            tally.enabled[i] = true;
        for (unsigned step = 0; step < 120; step++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            unsigned what = random >> 33 & 15, i = random >> 40 & (COUNT - 1), which = random >> 50 & 0xff;
            if (what < 5 && !(vgic_update(&core, &vcpu, 100 + i, 0, 0) & GLACIS_IRQ_PENDING)) {
                physical[EDGE + i].pending = true;
                tally.raised[i]++;
            } else if (what == 5) {
                tally.enabled[i] = !tally.enabled[i];
                (void)vgic_update(&core, &vcpu, 100 + i, tally.enabled[i] ? GLACIS_IRQ_ENABLED : 0,
                                  tally.enabled[i] ? 0 : GLACIS_IRQ_ENABLED);
            } else if (what == 6) {
                switch_away();
                physical_fires();
                switch_back();
            } else if (what < 12) {
                tally_take(&tally);
            } else {
                tally_end(&tally, mode, which);
            }
            physical_fires();
            if (which & 1)
                maintain();
            assert_true(vgic_check(&vcpu));
        }
        for (unsigned i = 0; i < COUNT; i++)
            (void)vgic_update(&core, &vcpu, 100 + i, GLACIS_IRQ_ENABLED, 0);
        for (unsigned turn = 0; turn < 16 * COUNT; turn++) {
            physical_fires();
            maintain();
            while (tally.depth + tally.dropped_count)
                tally_end(&tally, mode, turn);
            maintain();
            tally_take(&tally);
        }
        for (unsigned i = 0; i < COUNT; i++) {
            assert_int_equal(tally.raised[i], tally.taken[i]);
            assert_false(physical[EDGE + i].active);
        }
        assert_int_equal(vcpu.vgic.kept_active | vcpu.vgic.kept_pending | vcpu.vgic.orphans, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_preemption_deeper_than_the_registers, setup),
        cmocka_unit_test_setup(test_several_ends_at_once, setup),
        cmocka_unit_test_setup(test_less_urgent_is_listed_in_place_of_an_active_one, setup),
        cmocka_unit_test_setup(test_active_goes_before_pending, setup),
        cmocka_unit_test_setup(test_eoi_mode_1_deactivates_in_any_order, setup),
        cmocka_unit_test_setup(test_eoi_mode_1_of_what_the_vmm_listed, setup),
        cmocka_unit_test_setup(test_unbinding_an_evicted_one, setup),
        cmocka_unit_test_setup(test_deactivated_by_the_distributor, setup),
        cmocka_unit_test_setup(test_orphans_end_with_the_active_priorities, setup),
        cmocka_unit_test_setup(test_reset_in_the_middle_of_handlers, setup),
        cmocka_unit_test_setup(test_priority_changes_while_evicted, setup),
        cmocka_unit_test_setup(test_timer_is_evicted_and_comes_back, setup),
        cmocka_unit_test_setup(test_sgi_pending_and_active_is_evicted, setup),
        cmocka_unit_test_setup(test_active_by_software_makes_room, setup),
        cmocka_unit_test_setup(test_waits_for_an_end_alone, setup),
        cmocka_unit_test_setup(test_other_group, setup),
        cmocka_unit_test_setup(test_active_by_software_is_not_evicted, setup),
        cmocka_unit_test_setup(test_pending_of_the_vmms_does_not_hold_back, setup),
        cmocka_unit_test_setup(test_pending_of_the_vmms_outlives_what_waits, setup),
        cmocka_unit_test_setup(test_random_nesting, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
