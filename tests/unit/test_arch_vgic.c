// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's list registers (kernel/arch/aarch64/vgic.c, vgic_sgi.c) over a model of the virtual CPU
// interface: what the guest acknowledges and ends, and in which order.
#include "tests/unit/arch_vgic_model.h"
#include <kernel/drivers/gic_distributor.h>

#define ALL_OTHERS BIT(40) // ICC_SGI1R_EL1.IRM

static void test_timer_takes_the_last_register(void **state) {
    (void)state;
    timer_fires();
    assert_int_equal(registers[LRS - 1], PPI | (uint64_t)BOARD_IRQ_VIRTUAL_TIMER << LR_PHYSICAL_SHIFT |
                                             LR_HW | LR_PENDING | LR_GROUP1 | 0x40ull << LR_PRIORITY_SHIFT);
    assert_int_equal(control, 0);
    assert_int_equal(vgic_ppis_in_flight(&core, &vcpu), BIT(VGIC_TIMER));
    unsigned order[2];
    assert_int_equal(drain(order, 2), 1);
    assert_int_equal(order[0], PPI);
    assert_false(physical_active);
    assert_int_equal(vgic_ppis_in_flight(&core, &vcpu), 0);
}

static void test_more_than_registers_come_by_priority(void **state) {
    (void)state;
    static const unsigned raised[] = {9, 3, 12, 1, 7, 0, 15, 4};
    static const unsigned expected[] = {0, 1, 3,  4, PPI,
                                        7, 9, 12, 15}; // the timer's 0x40 is before SGI 7's 0x48
    for (unsigned i = 0; i < ARRAY_LENGTH(raised); i++)
        vgic_raise_sgi(&core, &vcpu, raised[i]);
    timer_fires();
    unsigned order[16];
    assert_int_equal(drain(order, 16), ARRAY_LENGTH(expected));
    assert_memory_equal(order, expected, sizeof expected);
    assert_int_equal(vcpu.vgic.kept_pending, 0);
    maintain();
    assert_false(control & (GIC_HCR_UIE | GIC_HCR_NPIE));
    assert_false(physical_active);
}

static void test_sgi_merges_while_pending_and_comes_again_while_active(void **state) {
    (void)state;
    vgic_raise_sgi(&core, &vcpu, 5);
    vgic_raise_sgi(&core, &vcpu, 5);
    assert_int_equal(acknowledge(), 5);
    vgic_raise_sgi(&core, &vcpu, 5);
    end(5);
    assert_int_equal(acknowledge(), 5);
    end(5);
    assert_int_equal(acknowledge(), EMPTY);
}

static void test_disabled_sgi_waits(void **state) {
    (void)state;
    uint8_t priorities[VGIC_SGIS] = {0};
    vgic_raise_sgi(&core, &vcpu, 2);
    vgic_set_sgis(&core, &vcpu, 0, priorities);
    vgic_raise_sgi(&core, &vcpu, 3);
    assert_int_equal(acknowledge(), EMPTY);
    assert_false(vgic_has_pending(&core, &vcpu));
    assert_int_equal(vgic_update(&core, &vcpu, 2, 0, 0), 1);
    wakes = 0;
    vgic_set_sgis(&core, &vcpu, 1u << 3, priorities);
    assert_int_equal(wakes, 1);
    assert_int_equal(acknowledge(), 3);
}

static void test_active_sgi_is_disabled_while_pending_again(void **state) {
    (void)state;
    uint8_t priorities[VGIC_SGIS] = {0};
    vgic_raise_sgi(&core, &vcpu, 2);
    assert_int_equal(acknowledge(), 2);
    vgic_raise_sgi(&core, &vcpu, 2);
    vgic_set_sgis(&core, &vcpu, 0, priorities);
    assert_int_equal(vgic_update(&core, &vcpu, 2, 0, 0), 3);
    end(2);
    maintain();
    assert_int_equal(acknowledge(), EMPTY);
    vgic_set_sgis(&core, &vcpu, 1 << 2, priorities);
    assert_int_equal(acknowledge(), 2);
    end(2);
    assert_int_equal(acknowledge(), EMPTY);
}

static void test_sgi_of_group_0_is_not_sent(void **state) {
    (void)state;
    uint8_t priorities[VGIC_SGIS] = {0};
    vgic_set_sgis(&core, &vcpu, 1u << (16 + 2), priorities);
    vgic_raise_sgi(&core, &vcpu, 2);
    assert_int_equal(vgic_update(&core, &vcpu, 2, 0, 0), 0);
    vgic_set_sgis(&core, &vcpu, 1u << 2, priorities);
    assert_int_equal(acknowledge(), EMPTY);
    vgic_raise_sgi(&core, &vcpu, 2);
    assert_int_equal(acknowledge(), 2);
}

static void test_lists_that_disagree_are_found(void **state) {
    (void)state;
    struct vgic *vgic = &vcpu.vgic;
    vgic_raise_sgi(&core, &vcpu, 5);
    vgic_unload(&core, &vcpu);
    assert_true(vgic_lists_agree(vgic));
    vgic->kept_pending = BIT(5);
    assert_false(vgic_lists_agree(vgic));
    vgic->kept_pending = 0;
    vgic->lr[LRS - 2] = vgic->lr[LRS - 1]; // twice
    vgic->owned |= 1u << (LRS - 2);
    assert_false(vgic_lists_agree(vgic));
    vgic->lr[LRS - 2] = 0;
    vgic->lr[0] = 6 | LR_PENDING; // the VMM's
    assert_true(vgic_lists_agree(vgic));
    vgic->owned |= 1;
    assert_false(vgic_lists_agree(vgic));
    vgic->lr[0] = 0;
    vgic->lr[LRS - 1] ^= LR_STATE; // active
    assert_true(vgic_lists_agree(vgic));
    vgic->kept_active = BIT(5);
    assert_false(vgic_lists_agree(vgic));
}

static void test_vmm_has_the_lower_half_and_hears_each_end(void **state) {
    (void)state;
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++)
        vgic_raise_sgi(&core, &vcpu, sgi);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 0, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 1, 101, 1, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 2, 102, 2, 1, false), VGIC_BUSY);
    assert_int_equal(vgic_inject(&core, &vcpu, 3, 103, 2, 1, false), VGIC_BUSY);
    assert_int_equal(acknowledge(), 100);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 104, 0, 1, false), VGIC_BUSY); // active
    end(100);
    maintain();
    assert_int_equal(reported, 0);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 104, 0, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 105, 0, 1, false), VGIC_INJECTED); // pending is overwritten
    unsigned order[32];
    assert_int_equal(drain(order, 32), 18);
}

static void test_last_register_is_the_kernels_while_it_has_interrupts(void **state) {
    (void)state;
    uint8_t priorities[VGIC_SGIS] = {0};
    assert_int_equal(vgic_inject(&core, &vcpu, LRS - 1, 100, 0, 1, false), VGIC_BUSY);
    vgic_unbind(&core, &vcpu, VGIC_TIMER);
    vgic_set_sgis(&core, &vcpu, 0, priorities);
    assert_int_equal(vgic_inject(&core, &vcpu, LRS - 1, 100, 0, 1, false), VGIC_INJECTED);
}

static void test_one_end_a_maintenance_interrupt(void **state) {
    (void)state;
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 0, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 1, 101, 1, 1, false), VGIC_INJECTED);
    end(acknowledge());
    end(acknowledge());
    assert_int_equal(vgic_maintenance(&core, &vcpu), 0);
    assert_true(maintenance_asserted());
    assert_int_equal(vgic_maintenance(&core, &vcpu), 1);
    assert_false(maintenance_asserted());
}

static void test_unbinding_withdraws_the_pending_timer(void **state) {
    (void)state;
    timer_fires();
    vgic_unbind(&core, &vcpu, VGIC_TIMER);
    assert_false(physical_active);
    assert_int_equal(acknowledge(), EMPTY);
    // While the guest handles it, it is left to its end.
    vgic_bind(&core, &vcpu, VGIC_TIMER, BOARD_IRQ_VIRTUAL_TIMER, PPI, 0x40);
    timer_fires();
    assert_int_equal(acknowledge(), PPI);
    vgic_unbind(&core, &vcpu, VGIC_TIMER);
    assert_true(physical_active);
    end(PPI);
    assert_false(physical_active);
}

static void test_stopped_timer_is_withdrawn_when_asked(void **state) {
    (void)state;
    timer_fires();
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 1);
    line = false;
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 0);
    assert_false(physical_active);
    assert_int_equal(acknowledge(), EMPTY);
}

static void test_timer_set_pending_by_software(void **state) {
    (void)state;
    unsigned order[4];
    line = false;
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 0);
    assert_true(physical_active); // so that it does not come for real, too
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 1);
    assert_int_equal(drain(order, 4), 1);
    assert_false(physical_active);
    // For real, and by software: stays without the line, comes once.
    line = true;
    timer_fires();
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 1);
    line = false;
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 1);
    assert_int_equal(drain(order, 4), 1);
    // The next one goes with its line.
    line = true;
    timer_fires();
    line = false;
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 0);
    // It is taken back by software, too.
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 0);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 1), 1);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 0);
    assert_false(physical_active);
    assert_int_equal(acknowledge(), EMPTY);
}

// In its handler: pending and active; once more, though it comes for real, too.
static void test_active_timer_set_pending_by_software(void **state) {
    (void)state;
    unsigned order[4];
    timer_fires();
    assert_int_equal(acknowledge(), PPI);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 2);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 3);
    timer_fires();
    end(PPI);
    maintain();
    assert_int_equal(reported, -1);
    assert_int_equal(drain(order, 4), 1);
    assert_false(physical_active);
    // And pending by its line, then active by software.
    timer_fires();
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 2, 0), 1);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 3);
    assert_int_equal(acknowledge(), EMPTY);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 2), 3);
    assert_int_equal(drain(order, 4), 1);
    assert_false(physical_active);
}

// Set pending while the list registers of the kernel's hold others.
static void test_timer_set_pending_without_room(void **state) {
    (void)state;
    unsigned order[8];
    line = false;
    for (unsigned sgi = 0; sgi < 4; sgi++)
        vgic_raise_sgi(&core, &vcpu, sgi);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 0);
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 0, 0), 1);
    assert_int_equal(drain(order, 8), 5);
    assert_false(physical_active);
}

static void test_states_are_read_and_changed(void **state) {
    (void)state;
    assert_int_equal(vgic_update(&core, &vcpu, 6, 2, 0), 0); // an SGI made active
    assert_int_equal(vgic_update(&core, &vcpu, 6, 1, 0), 2);
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, 2), 3);
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, 1), 1);
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, 0), 0);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 0, 1, false), VGIC_INJECTED);
    assert_int_equal(vgic_update(&core, &vcpu, 100, 0, 0), 1);
    assert_int_equal(acknowledge(), 100);
    assert_int_equal(vgic_update(&core, &vcpu, 100, 0, 0), 2);
    assert_int_equal(vgic_update(&core, &vcpu, 200, 1, 0), 0); // in no list register: not the kernel's
    assert_int_equal(vgic_update(&core, &vcpu, 200, 0, 0), 0);
}

static void test_unloaded_keeps_all(void **state) {
    (void)state;
    timer_fires();
    vgic_raise_sgi(&core, &vcpu, 1);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 20, 1, false), VGIC_INJECTED);
    vgic_unload(&core, &vcpu);
    core.arch.vcpu = NULL;
    core.arch.vcpu_active = false;
    memset(registers, 0, sizeof registers);
    assert_int_equal(vgic_ppis_in_flight(&core, &vcpu), BIT(VGIC_TIMER));
    wakes = 0;
    vgic_raise_sgi(&core, &vcpu, 8);
    vgic_raise_sgi(&core, &vcpu, 0);
    assert_int_equal(wakes, 2);
    assert_true(vgic_has_pending(&core, &vcpu));
    assert_int_equal(registers[0] | registers[1] | registers[2] | registers[3], 0);
    core.arch.vcpu = &vcpu;
    vgic_load(&core, &vcpu);
    core.arch.vcpu_active = true;
    gic_virtual_control(vcpu.vgic.hcr | GIC_HCR_EN);
    static const unsigned expected[] = {0, 1, PPI, 8, 100};
    unsigned order[8];
    assert_int_equal(drain(order, 8), 5);
    assert_memory_equal(order, expected, sizeof expected);
}

// Everything at once, at random, on every number of list registers: nothing is lost, nothing comes twice, no
// maintenance interrupt stays on.
static void test_random(void **state) {
    (void)state;
    uint64_t random = 7;
    for (unsigned round = 0; round < 2000; round++) {
        setup(NULL);
        gic_lr_count = GIC_MIN_LRS + round % (VGIC_MAX_LRS - GIC_MIN_LRS + 1);
        uint32_t sent = 0, got = 0;
        bool timer = false;
        for (unsigned step = 0; step < 24; step++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            unsigned what = random >> 33 & 31;
            if (what < VGIC_SGIS && !(sent >> what & 1)) {
                sent |= 1u << what;
                vgic_raise_sgi(&core, &vcpu, what);
            } else if (what == 16 && !timer) {
                timer = true;
                timer_fires();
            } else if (what > 24) {
                unsigned virq = acknowledge();
                if (virq != EMPTY) {
                    maintain();
                    end(virq);
                    assert_false(virq < VGIC_SGIS && got >> virq & 1);
                    got |= virq < VGIC_SGIS ? 1u << virq : 0;
                }
                maintain();
            }
        }
        unsigned order[32], count = drain(order, 32);
        for (unsigned i = 0; i < count; i++) {
            assert_false(order[i] < VGIC_SGIS && got >> order[i] & 1);
            got |= order[i] < VGIC_SGIS ? 1u << order[i] : 0;
        }
        vgic_flush(&core, &vcpu);
        count = drain(order, 32);
        for (unsigned i = 0; i < count; i++)
            got |= order[i] < VGIC_SGIS ? 1u << order[i] : 0;
        assert_int_equal(sent, got);
        assert_false(physical_active);
        assert_int_equal(vcpu.vgic.kept_pending | vcpu.vgic.kept_active, 0);
    }
}

// --- bound interrupts

static void test_bound_level_comes_until_it_is_low(void **state) {
    (void)state;
    bind_all();
    physical[LEVEL].asserted = true;
    for (unsigned i = 0; i < 3; i++) {
        physical_fires();
        physical_fires(); // it is active: no second one
        assert_int_equal(acknowledge(), 100);
        end(100);
        assert_false(physical[LEVEL].active);
    }
    physical[LEVEL].asserted = false;
    physical_fires();
    assert_int_equal(acknowledge(), EMPTY);
}

static void test_bound_overflow_is_kept_by_priority(void **state) {
    (void)state;
    gic_lr_count = GIC_MIN_LRS;
    bind_all();
    for (unsigned irq = LEVEL; irq <= THIRD; irq++)
        physical[irq].pending = true;
    physical_fires();
    timer_fires(); // 0x40, as the third
    assert_int_equal(registers[0], 0);
    static const unsigned expected[] = {PPI, 102, 101, 100};
    unsigned order[8];
    assert_int_equal(drain(order, 8), 4);
    assert_memory_equal(order, expected, sizeof expected);
    assert_true(vgic_check(&vcpu));
}

static void test_disabled_bound_one_goes_back_to_the_gic(void **state) {
    (void)state;
    bind_all();
    physical[LEVEL].asserted = physical[EDGE].pending = true;
    physical_fires();
    assert_int_equal(vgic_update(&core, &vcpu, 100, 0, GLACIS_IRQ_ENABLED),
                     GLACIS_IRQ_ENABLED | GLACIS_IRQ_PENDING);
    assert_int_equal(vgic_update(&core, &vcpu, 101, 0, GLACIS_IRQ_ENABLED),
                     GLACIS_IRQ_ENABLED | GLACIS_IRQ_PENDING);
    assert_int_equal(acknowledge(), EMPTY);
    assert_false(physical[LEVEL].active || physical[LEVEL].pending);
    assert_true(physical[LEVEL].masked);
    assert_true(physical[EDGE].pending && !physical[EDGE].active);
    physical[LEVEL].asserted = false;
    (void)vgic_update(&core, &vcpu, 100, GLACIS_IRQ_ENABLED, 0);
    (void)vgic_update(&core, &vcpu, 101, GLACIS_IRQ_ENABLED, 0);
    physical_fires();
    unsigned order[4];
    assert_int_equal(drain(order, 4), 1);
    assert_int_equal(order[0], 101);
}

static void test_unbinding_an_active_one_frees_the_physical(void **state) {
    (void)state;
    bind_all();
    physical[EDGE].pending = true;
    physical_fires();
    assert_int_equal(acknowledge(), 101);
    vgic_unbind_irq(&core, EDGE);
    assert_false(physical[EDGE].active);
    assert_true(physical[EDGE].masked);
    assert_false(vgic_take(&core, EDGE));
    // Bound again: the next one waits for the end of the first, which the VMM does not hear of.
    vgic_bind(&core, &vcpu, VGIC_BOUND + 1, EDGE, 101, 0);
    (void)vgic_update(&core, &vcpu, 101, GLACIS_IRQ_ENABLED, 0);
    physical[EDGE].pending = true;
    physical_fires();
    assert_int_equal(acknowledge(), EMPTY);
    end(101);
    maintain();
    assert_int_equal(reported, -1);
    assert_int_equal(acknowledge(), 101);
    assert_true(physical[EDGE].active);
    end(101);
    assert_false(physical[EDGE].active);
}

// Bindings, masks, lines and the guest at random: an edge is taken once for each time that it was raised and
// not yet pending, nothing stays active, and every binding leads back.
static void test_bound_random(void **state) {
    (void)state;
    uint64_t random = 11;
    for (unsigned round = 0; round < 2000; round++) {
        setup(NULL);
        gic_lr_count = GIC_MIN_LRS + round % (VGIC_MAX_LRS - GIC_MIN_LRS + 1);
        bind_all();
        unsigned raised[3] = {0}, taken[3] = {0}, active[8], depth = 0, sgis_active = 0;
        bool enabled[3] = {true, true, true};
        for (unsigned step = 0; step < 40; step++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            unsigned what = random >> 33 & 15, i = 1 + (random >> 40) % 2; // edges only
            if (what < 4 && !(vgic_update(&core, &vcpu, 100 + i, 0, 0) & GLACIS_IRQ_PENDING)) {
                physical[LEVEL + i].pending = true;
                raised[i]++;
            } else if (what < 6) {
                enabled[i] = !enabled[i];
                (void)vgic_update(&core, &vcpu, 100 + i, enabled[i] ? GLACIS_IRQ_ENABLED : 0,
                                  enabled[i] ? 0 : GLACIS_IRQ_ENABLED);
            } else if (what < 8 && !(sgis_active >> what & 1)) {
                vgic_raise_sgi(&core, &vcpu, what);
            } else if (what < 12 && depth < 8) {
                unsigned virq = acknowledge();
                if (virq != EMPTY)
                    active[depth++] = virq;
                sgis_active |= virq < VGIC_SGIS ? 1u << virq : 0;
                if (virq == 101 || virq == 102)
                    taken[virq - 100]++;
            } else if (depth) {
                unsigned virq = active[--depth];
                end(virq);
                sgis_active &= ~(virq < VGIC_SGIS ? 1u << virq : 0);
            }
            physical_fires();
            maintain();
            assert_true(vgic_check(&vcpu));
        }
        while (depth)
            end(active[--depth]);
        for (unsigned i = 1; i < 3; i++)
            (void)vgic_update(&core, &vcpu, 100 + i, GLACIS_IRQ_ENABLED, 0);
        for (unsigned turn = 0; turn < 4; turn++) {
            unsigned order[32];
            physical_fires();
            for (unsigned n = drain(order, 32); n; n--)
                if (order[n - 1] > 100)
                    taken[order[n - 1] - 100]++;
        }
        for (unsigned i = 1; i < 3; i++) {
            assert_int_equal(raised[i], taken[i]);
            assert_false(physical[LEVEL + i].active);
        }
    }
}

static void test_sgi_targets(void **state) {
    (void)state;
    word_t list = 5; // affinity 0.0.0, 0 and 2
    assert_true(vgic_sgi_targets(list, 0x80000000, false));
    assert_false(vgic_sgi_targets(list, 0x80000001, true));
    assert_true(vgic_sgi_targets(list, 0x80000002, true));
    assert_false(vgic_sgi_targets(list, 0x80000102, false)); // Aff1
    assert_true(vgic_sgi_targets(list | 1 << 16, 0x80000102, false));
    assert_true(vgic_sgi_targets(list | 7ull << 32, 0x80070002, false));         // Aff2
    assert_true(vgic_sgi_targets(list | 9ull << 48, 0x0000000980000002, false)); // Aff3
    assert_true(vgic_sgi_targets(list | 1ull << 44, 0x80000012, false));         // range 16 to 31
    assert_false(vgic_sgi_targets(list, 0x80000012, false));
    assert_true(vgic_sgi_targets(ALL_OTHERS, 0x80000102, false));
    assert_false(vgic_sgi_targets(ALL_OTHERS, 0x80000000, true));
}

static void test_sgi_stays_in_its_vm(void **state) {
    (void)state;
    static struct vcpu other;
    static struct tcb other_thread;
    memset(&other, 0, sizeof other);
    vgic_init(&other.vgic);
    other.tcb = &other_thread;
    thread.slots[TCB_SLOT_VSPACE].cap = cap_make(SEL4_CAP_VSPACE, (void *)0x1000, 1);
    other_thread.slots[TCB_SLOT_VSPACE].cap = cap_make(SEL4_CAP_VSPACE, (void *)0x3000, 2);
    assert_true(vgic_sgi_join(&vcpu));
    assert_true(vgic_sgi_join(&vcpu)); // once
    assert_true(vgic_sgi_join(&other));
    vgic_sgi_send(&core, &vcpu, 4ull << 24 | 1);
    assert_int_equal(acknowledge(), 4);
    assert_int_equal(other.vgic.kept_pending, 0);
    vgic_sgi_send(&core, &other, 5ull << 24 | 1);
    assert_int_equal(acknowledge(), EMPTY);
    assert_int_equal(other.vgic.kept_pending, 1u << 5);
    vgic_sgi_leave(&other);
    vgic_sgi_leave(&vcpu);
    vgic_sgi_send(&core, &vcpu, 6ull << 24 | 1);
    assert_int_equal(acknowledge(), EMPTY);
}

// `msr icc_sgi1r_el1, x3` as ESR_EL2 tells of it.
#define ESR_SGI1R (0x18ull << 26 | 1 << 25 | 3 << 20 | 5 << 17 | 12 << 10 | 3 << 5 | 11 << 1)

static bool send_short(word_t sgir, word_t esr) {
    struct arch_context context = {.fault_pc = 0x1000, .x[3] = sgir};
    gic_lr_synchronise();
    bool done = vgic_sgi_short(&vcpu, &context, esr);
    assert_int_equal(context.pc, done ? 0x1004 : 0);
    return done;
}

static void test_sgi_to_self_goes_the_short_way(void **state) {
    (void)state;
    vcpu.exit_mask = GLACIS_EXIT_SGI;
    vcpu.regs[SEL4_VCPU_VMPIDR_EL2] = 0x0000000480030212;
    word_t self = 4ull << 48 | 3ull << 32 | 2ull << 16 | 1ull << 44 | 1 << 2;
    assert_true(send_short(self | 9ull << 24, ESR_SGI1R));
    assert_int_equal(vcpu.exits[GLACIS_CAUSE_SGI], 1);
    assert_int_equal(acknowledge(), 9);
    assert_false(send_short(self | 9ull << 24, ESR_SGI1R)); // active: pending beside it is the long way's
    end(9);
    assert_true(send_short(self | 9ull << 24, ESR_SGI1R));
    end(acknowledge());
    // Other targets, or others too; an Rt of XZR; reads; other registers; an exit mask without SGIs.
    for (unsigned bit = 0; bit < 56; bit++)
        if (bit != 24 && bit != 25 && bit != 26 && bit != 27 && (bit < 28 || bit >= 32) &&
            (bit < 41 || bit >= 44))
            assert_false(send_short(self ^ BIT(bit), ESR_SGI1R));
    assert_false(send_short(self, ESR_SGI1R | 31 << 5));
    assert_false(send_short(self, ESR_SGI1R | 1));
    assert_false(send_short(self, ESR_SGI1R ^ 1 << 17));
    vcpu.exit_mask = 0;
    assert_false(send_short(self, ESR_SGI1R));
    assert_int_equal(acknowledge(), EMPTY);
    // What waits or is disabled goes the long way.
    vcpu.exit_mask = GLACIS_EXIT_SGI;
    assert_true(send_short(self | 8ull << 24, ESR_SGI1R));
    assert_true(send_short(self | 7ull << 24, ESR_SGI1R));
    assert_false(send_short(self | 6ull << 24, ESR_SGI1R)); // both of the kernel's list registers are full
    end(acknowledge());
    uint8_t priorities[VGIC_SGIS] = {0};
    vgic_set_sgis(&core, &vcpu, 0xff00, priorities);
    assert_false(send_short(self | 7ull << 24, ESR_SGI1R));
    assert_int_equal(vcpu.exits[GLACIS_CAUSE_SGI], 4);
}

// Of the physical interrupts the kernel's deadline alone is more urgent: others that come again and again do
// not keep it away.
static void test_the_deadline_is_the_most_urgent(void **state) {
    (void)state;
    static uint32_t frame[0x1000 / 4];
    for (unsigned first = 0; first <= 32; first += 32)
        distributor_reset_block(frame, first, 0);
    const uint8_t *priorities = (const uint8_t *)frame + GICD_IPRIORITYR;
    for (unsigned irq = 0; irq < 64; irq++)
        assert_int_equal(priorities[irq] < (GIC_PRIORITY & 0xff), irq == BOARD_IRQ_HYP_TIMER);
    assert_int_equal((priorities[0] ^ priorities[BOARD_IRQ_HYP_TIMER]) & 0x80, 0); // BPR 7: none preempts
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_deadline_is_the_most_urgent),
        cmocka_unit_test_setup(test_timer_takes_the_last_register, setup),
        cmocka_unit_test_setup(test_more_than_registers_come_by_priority, setup),
        cmocka_unit_test_setup(test_sgi_merges_while_pending_and_comes_again_while_active, setup),
        cmocka_unit_test_setup(test_disabled_sgi_waits, setup),
        cmocka_unit_test_setup(test_active_sgi_is_disabled_while_pending_again, setup),
        cmocka_unit_test_setup(test_sgi_of_group_0_is_not_sent, setup),
        cmocka_unit_test_setup(test_lists_that_disagree_are_found, setup),
        cmocka_unit_test_setup(test_vmm_has_the_lower_half_and_hears_each_end, setup),
        cmocka_unit_test_setup(test_last_register_is_the_kernels_while_it_has_interrupts, setup),
        cmocka_unit_test_setup(test_one_end_a_maintenance_interrupt, setup),
        cmocka_unit_test_setup(test_unbinding_withdraws_the_pending_timer, setup),
        cmocka_unit_test_setup(test_stopped_timer_is_withdrawn_when_asked, setup),
        cmocka_unit_test_setup(test_timer_set_pending_by_software, setup),
        cmocka_unit_test_setup(test_active_timer_set_pending_by_software, setup),
        cmocka_unit_test_setup(test_timer_set_pending_without_room, setup),
        cmocka_unit_test_setup(test_states_are_read_and_changed, setup),
        cmocka_unit_test_setup(test_unloaded_keeps_all, setup),
        cmocka_unit_test_setup(test_random, setup),
        cmocka_unit_test_setup(test_bound_level_comes_until_it_is_low, setup),
        cmocka_unit_test_setup(test_bound_overflow_is_kept_by_priority, setup),
        cmocka_unit_test_setup(test_disabled_bound_one_goes_back_to_the_gic, setup),
        cmocka_unit_test_setup(test_unbinding_an_active_one_frees_the_physical, setup),
        cmocka_unit_test_setup(test_bound_random, setup),
        cmocka_unit_test_setup(test_sgi_targets, setup),
        cmocka_unit_test_setup(test_sgi_stays_in_its_vm, setup),
        cmocka_unit_test_setup(test_sgi_to_self_goes_the_short_way, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
