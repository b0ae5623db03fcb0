// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the VMM lists is evicted while it is active (GLACIS_INJECT_EVICT), beside the kernel's own interrupts.
// The VMM of these tests has the lower half of the list registers: what finds none waits.
#include "tests/unit/arch_vgic_model.h"

// Interrupt i is 100 + i and bound to EDGE + i, if i is even, or else 200 + i and the VMM's; of priority 0xf0
// - 8 i.
#define COUNT 16

enum place { IDLE, WAITING, LISTED, EVICTED };
static struct vmm {
    enum place place[COUNT];
    unsigned lr[VGIC_MAX_LRS]; // interrupt + 1, or 0
    unsigned ends[COUNT], looks;
} vmm;

static unsigned number(unsigned i) {
    return (i % 2 ? 200 : 100) + i;
}

static bool vmm_try(unsigned i, unsigned index, bool evicts) {
    if (vgic_inject(&core, &vcpu, index, number(i), (0xf0 - 8 * i) >> 3, 1, evicts) != VGIC_INJECTED)
        return false;
    if (vmm.lr[index])
        vmm.place[vmm.lr[index] - 1] = EVICTED;
    vmm.lr[index] = i + 1;
    vmm.place[i] = LISTED;
    return true;
}

static void vmm_list(unsigned i) {
    vmm.place[i] = WAITING;
    for (unsigned pass = 0; pass < 2; pass++) // first the free ones
        for (unsigned index = 0; index < gic_lr_count / 2; index++)
            if (pass == !!vmm.lr[index] && vmm_try(i, index, pass))
                return;
}

static void vmm_end(unsigned i) {
    vmm.place[i] = IDLE;
    vmm.ends[i]++;
}

// A VGICMaintenance fault.
static void vmm_hear(int index) {
    if (index < VGIC_MAX_LRS) {
        assert_true(vmm.lr[index] > 0);
        vmm_end(vmm.lr[index] - 1);
        vmm.lr[index] = 0;
    } else if (index == GLACIS_END_LOOK) {
        vmm.looks++;
        for (unsigned i = 1; i < COUNT; i += 2)
            if (vmm.place[i] == EVICTED && !vgic_update(&core, &vcpu, number(i), 0, 0))
                vmm_end(i);
    } else {
        unsigned i = (unsigned)index - GLACIS_END_EVICTED - 200;
        assert_true(i < COUNT && vmm.place[i] == EVICTED);
        assert_int_equal(vgic_update(&core, &vcpu, number(i), 0, 0), 0);
        vmm_end(i);
    }
    for (unsigned i = COUNT; i--;)
        if (vmm.place[i] == WAITING)
            vmm_list(i);
}

static int start(void **state) {
    setup(state);
    memset(&vmm, 0, sizeof vmm);
    report_to = vmm_hear;
    for (unsigned i = 0; i < COUNT; i += 2) {
        vgic_bind(&core, &vcpu, VGIC_BOUND + i, EDGE + i, number(i), 0xf0 - 8 * i);
        (void)vgic_update(&core, &vcpu, number(i), GLACIS_IRQ_ENABLED, 0);
    }
    return 0;
}

static void raise(unsigned i) {
    if (i % 2) {
        vmm_list(i);
    } else {
        physical[EDGE + i].pending = true;
        physical_fires();
    }
    maintain();
}

static bool is_active(unsigned i) {
    return vgic_update(&core, &vcpu, number(i), 0, 0) & GLACIS_IRQ_ACTIVE;
}

static void nest(unsigned first, unsigned depth) {
    for (unsigned i = first; i < depth; i++) {
        raise(i);
        assert_int_equal(acknowledge(), number(i));
        maintain();
    }
}

static void check_idle(void) {
    const struct vgic *vgic = &vcpu.vgic;
    assert_int_equal(vgic->kept_active | vgic->kept_pending | vgic->evicted, 0);
    assert_int_equal(vgic->orphans | vgic->unlisted_count | vgic->report, 0);
    assert_int_equal(control, GIC_HCR_EN);
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(i % 2 ? vmm.place[i] != IDLE : physical[EDGE + i].active);
}

static void test_nested_of_both_kinds(void **state) {
    (void)state;
    nest(0, COUNT);
    for (unsigned i = COUNT; i--;) {
        assert_true(is_active(i));
        end(number(i));
        maintain();
        for (unsigned k = 0; k < COUNT; k++)
            assert_int_equal(is_active(k), k < i);
        assert_int_equal(vmm.ends[i], i % 2);
    }
    assert_int_equal(vmm.looks, 0);
    check_idle();
}

static void test_dropped_of_both_kinds(void **state) {
    (void)state;
    static const unsigned order[] = {3, 11, 0, 7, 15, 1, 14, 2, 13, 4, 12, 5, 10, 6, 9, 8};
    set_eoi_mode(1);
    for (unsigned i = COUNT; i--;) {
        raise(i);
        assert_int_equal(acknowledge(), number(i));
        end(number(i));
        maintain();
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(is_active(order[i]));
        assert_int_equal(control & gic_hcr_dir, i < COUNT - LRS ? gic_hcr_dir : control & gic_hcr_dir);
        deactivate(number(order[i]));
        maintain();
        assert_false(is_active(order[i]));
        assert_int_equal(vmm.ends[order[i]], order[i] % 2);
    }
    check_idle();
}

// All are raised before the first is taken: the VMM hears when there is room, though none has ended.
static void test_all_at_once_and_dropped(void **state) {
    (void)state;
    set_eoi_mode(1);
    for (unsigned i = 0; i < COUNT; i++)
        raise(i);
    for (unsigned taken = 0; taken < COUNT; taken++) {
        unsigned virq = acknowledge();
        assert_int_not_equal(virq, EMPTY);
        end(virq);
        maintain();
    }
    assert_true(vmm.looks > 0);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(is_active(i));
        deactivate(number(i));
        maintain();
    }
    check_idle();
}

// Their maintenance interrupt comes late: one report for all. It outlives a switch of the VM.
static void test_several_ends_are_one_look(void **state) {
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        vmm.looks = 0;
        nest(0, 10);
        for (unsigned i = 10; i-- > 1;)
            end(number(i));
        if (turn) {
            switch_away();
            assert_true(vgic_has_pending(&core, &vcpu)); // a WFI does not wait then
            switch_back();
        }
        maintain();
        assert_int_equal(vmm.looks, 1);
        for (unsigned i = 1; i < 10; i += 2)
            assert_int_equal(vmm.ends[i], turn + 1);
        end(number(0));
        maintain();
        check_idle();
    }
}

static void test_evicted_over_a_switch(void **state) {
    (void)state;
    nest(0, 12);
    for (unsigned i = 12; i--;) {
        switch_away();
        assert_int_equal(is_active(i), true);
        switch_back();
        end(number(i));
        switch_away();
        assert_int_equal(is_active(i), false);
        switch_back();
        maintain();
    }
    check_idle();
}

// ICACTIVER: the VMM knows, and is told nothing; the end that is still to come is nobody's.
static void test_deactivated_by_the_vmm(void **state) {
    (void)state;
    nest(0, 8);
    assert_int_equal(vmm.place[1], EVICTED);
    assert_int_equal(vgic_update(&core, &vcpu, number(1), 0, GLACIS_IRQ_ACTIVE), GLACIS_IRQ_ACTIVE);
    assert_int_equal(vgic_update(&core, &vcpu, number(1), 0, 0), 0);
    vmm.place[1] = IDLE;
    for (unsigned i = 8; i--;) {
        end(number(i));
        maintain();
        assert_int_equal(vmm.ends[i], i % 2 && i != 1);
    }
    assert_int_equal(vmm.looks, 0);
    check_idle();
}

// The VMM has yet to hear of an end, in whatever place: it may list one then, so a WFI does not wait.
static void test_an_end_to_be_told_ends_a_wait(void **state) {
    (void)state;
    nest(0, 6);
    assert_false(vgic_has_pending(&core, &vcpu));
    for (unsigned i = 6; i-- > 0;) {
        end(number(i));
        assert_int_equal(vgic_has_pending(&core, &vcpu), i % 2);
        maintain();
        assert_false(vgic_has_pending(&core, &vcpu));
    }
    check_idle();
}

// Only an active one of the VMM's is evicted.
static void test_what_is_not_evicted(void **state) {
    (void)state;
    raise(1);
    assert_false(vmm_try(3, 0, true)); // pending
    assert_false(vmm_try(3, 1, true)); // empty
    assert_int_equal(acknowledge(), number(1));
    (void)vgic_update(&core, &vcpu, number(1), GLACIS_IRQ_PENDING, 0);
    assert_false(vmm_try(3, 0, true)); // pending and active
    (void)vgic_update(&core, &vcpu, number(1), 0, GLACIS_IRQ_PENDING);
    raise(0);
    raise(2);
    assert_int_equal(acknowledge(), number(2));
    assert_false(vmm_try(3, LRS - 1, true)); // the kernel's
    assert_false(vmm_try(3, LRS - 2, true));
    end(number(2));
    end(number(1));
    assert_int_equal(vgic_inject(&core, &vcpu, 0, number(3), 0, 1, true), VGIC_BUSY); // its end is to be told
    maintain();
    assert_int_equal(vmm.ends[1], 1);
    assert_int_equal(acknowledge(), number(0));
    end(number(0));
    maintain();
    check_idle();
}

// Made active by software: no end of it is counted, so that none of another is taken for it.
// The VMM waits for a list register, and the guest turns a group on or off: what the guest takes first is
// another then.
static void test_the_vmm_hears_of_groups(void **state) {
    (void)state;
    for (unsigned before = 0; before < 4; before++)
        for (unsigned after = 0; after < 4; after++) {
            set_groups(before);
            for (unsigned index = 0; index < 2; index++)
                assert_int_equal(vgic_inject(&core, &vcpu, index, 200 + index, 1, index, false),
                                 VGIC_INJECTED);
            assert_int_equal(vgic_inject(&core, &vcpu, 0, 202, 1, 0, true), VGIC_BUSY);
            assert_false(maintenance_asserted());
            unsigned looks = vmm.looks;
            set_groups(after);
            maintain();
            // It does not hear that none is on any longer, nor one more that goes off beside one that is.
            assert_int_equal(vmm.looks - looks, !!((before ^ after) & (before == 3 ? 3 : after)));
        }
}

static void test_active_by_software(void **state) {
    (void)state;
    raise(5);
    assert_int_equal(vgic_update(&core, &vcpu, number(5), GLACIS_IRQ_ACTIVE, GLACIS_IRQ_PENDING),
                     GLACIS_IRQ_PENDING);
    nest(1, 5);
    nest(6, 12);
    assert_int_equal(vmm.place[5], EVICTED);
    for (unsigned i = 12; i-- > 1;) {
        if (i != 5)
            end(number(i));
        maintain();
    }
    assert_true(is_active(5));
    (void)vgic_update(&core, &vcpu, number(5), 0, GLACIS_IRQ_ACTIVE);
    vmm.place[5] = IDLE;
    check_idle();
}

struct history {
    unsigned raised[COUNT], taken[COUNT], stack[COUNT], depth, dropped[COUNT], dropped_count;
};

// Of what is bound, nothing more urgent is left behind.
static void history_take(struct history *history) {
    maintain();
    unsigned virq = acknowledge();
    unsigned running = virq != EMPTY ? virq : history->depth ? history->stack[history->depth - 1] : 0;
    for (unsigned i = 0; i < COUNT; i += 2)
        if ((vgic_update(&core, &vcpu, number(i), 0, 0) & 3) == GLACIS_IRQ_PENDING)
            assert_true(running && i <= running % 100);
    if (virq == EMPTY)
        return;
    history->stack[history->depth++] = virq;
    history->taken[virq % 100]++;
}

static void history_end(struct history *history, unsigned mode, unsigned which) {
    if (mode == 1 && history->dropped_count && (which & 1 || history->depth == 0)) {
        unsigned i = which % history->dropped_count;
        deactivate(history->dropped[i]);
        history->dropped[i] = history->dropped[--history->dropped_count];
    } else if (history->depth) {
        unsigned virq = history->stack[--history->depth];
        end(virq);
        if (mode == 1)
            history->dropped[history->dropped_count++] = virq;
    }
}

// Both kinds at random, in both EOI modes and on every number of list registers, with switches of the VM:
// each is taken as often as it was raised, and each end of the VMM's comes to it once.
static void test_random_of_both_kinds(void **state) {
    uint64_t random = 7;
    for (unsigned round = 0; round < 2000; round++) {
        start(state);
        gic_lr_count = GIC_MIN_LRS + round % (VGIC_MAX_LRS - GIC_MIN_LRS + 1);
        unsigned mode = round / 32 & 1;
        set_eoi_mode(mode);
        struct history history = {0};
        for (unsigned step = 0; step < 150; step++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            unsigned what = random >> 33 & 15, i = random >> 40 & (COUNT - 1), which = random >> 50 & 0xff;
            if (what < 6 &&
                (i % 2 ? vmm.place[i] == IDLE : !(vgic_update(&core, &vcpu, number(i), 0, 0) & 3))) {
                history.raised[i]++;
                if (i % 2)
                    vmm_list(i);
                else
                    physical[EDGE + i].pending = true;
            } else if (what == 6) {
                switch_away();
                switch_back();
            } else if (what < 12) {
                history_take(&history);
            } else {
                history_end(&history, mode, which);
            }
            physical_fires();
            if (which & 3)
                maintain();
        }
        for (unsigned turn = 0; turn < 4 * COUNT; turn++) {
            maintain();
            while (history.depth + history.dropped_count)
                history_end(&history, mode, turn);
            maintain();
            history_take(&history);
        }
        for (unsigned i = 0; i < COUNT; i++) {
            assert_int_equal(history.raised[i], history.taken[i]);
            assert_int_equal(vmm.ends[i], i % 2 ? history.taken[i] : 0);
        }
        check_idle();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nested_of_both_kinds, start),
        cmocka_unit_test_setup(test_dropped_of_both_kinds, start),
        cmocka_unit_test_setup(test_all_at_once_and_dropped, start),
        cmocka_unit_test_setup(test_several_ends_are_one_look, start),
        cmocka_unit_test_setup(test_evicted_over_a_switch, start),
        cmocka_unit_test_setup(test_deactivated_by_the_vmm, start),
        cmocka_unit_test_setup(test_an_end_to_be_told_ends_a_wait, start),
        cmocka_unit_test_setup(test_what_is_not_evicted, start),
        cmocka_unit_test_setup(test_the_vmm_hears_of_groups, start),
        cmocka_unit_test_setup(test_active_by_software, start),
        cmocka_unit_test_setup(test_random_of_both_kinds, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
