// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Delivery of virtual interrupts: what the guest is given, when, in which order, and what is taken back.
#include "tests/unit/vgic_model.h"

static void level_line_is_delivered_once_and_again_while_high(void **state) {
    (void)state;
    for (unsigned version = 2; version <= 3; version++) {
        model_start_ready(version);
        set_line(SPI, true);
        assert_int_equal(model.lr[0].group, version == 3);
        assert_int_equal(model.lr[0].priority, 0xa0 >> 3);
        assert_int_equal(model_acknowledge(), SPI);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
        model_end(SPI);
        assert_int_equal(model_acknowledge(), SPI); // still high
        set_line(SPI, false);
        model_end(SPI);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    }
}

static void lowered_line_withdraws_what_is_not_acknowledged(void **state) {
    (void)state;
    model_start_ready(3);
    set_line(SPI, true);
    set_line(SPI, false);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    assert_int_equal(model_find(SPI), -1);
}

static void line_that_does_not_change_costs_no_call(void **state) {
    (void)state;
    model_start_ready(3);
    set_line(SPI, true);
    model.calls = 0;
    set_line(SPI, true);
    assert_int_equal(model.calls, 0);
    model_acknowledge();
    set_line(SPI, false); // asks once whether it has been acknowledged
    set_line(SPI, true);
    set_line(SPI, false);
    assert_int_equal(model.calls, 1);
}

static void edge_is_counted_once(void **state) {
    (void)state;
    model_start_ready(3);
    set_edge(SPI);
    set_line(SPI, true);
    set_line(SPI, false);
    set_line(SPI, true); // while pending: merges
    assert_int_equal(model_acknowledge(), SPI);
    model_end(SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS); // though the wire is high
    irq_pulse(&model.vm, SPI);
    assert_int_equal(model_acknowledge(), SPI);
    irq_pulse(&model.vm, SPI); // while active: once more after the end
    irq_pulse(&model.vm, SPI);
    assert_true(get_bit(VGIC_ISPENDR, SPI));
    model_end(SPI);
    assert_int_equal(model_acknowledge(), SPI);
    model_end(SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
}

static void disabled_while_pending_comes_back_when_enabled(void **state) {
    (void)state;
    for (unsigned edge = 0; edge < 2; edge++) {
        model_start_ready(3);
        if (edge)
            set_edge(SPI);
        set_line(SPI, true);
        set_bit(VGIC_ICENABLER, SPI);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
        assert_true(get_bit(VGIC_ISPENDR, SPI));
        set_bit(VGIC_ISENABLER, SPI);
        assert_int_equal(model_acknowledge(), SPI);
        set_bit(VGIC_ICENABLER, SPI); // while active: nothing to take back
        assert_true(get_bit(VGIC_ISACTIVER, SPI));
        set_line(SPI, false);
        model_end(SPI);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    }
}

static void group_enable_off_withdraws_all(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 6; i++)
        set_line(SPI + i, true);
    model_write32(MODEL_GICD + VGIC_CTLR, 1); // the other group
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    assert_false(model.timer_bound);
    assert_int_equal(model.sgis_enabled, 0);
    model_write32(MODEL_GICD + VGIC_CTLR, 2);
    assert_int_equal(model_acknowledge(), SPI);
    assert_true(model.timer_bound);
    assert_int_equal(model.sgis_enabled, 0xffff);
    model_check();
}

static void most_urgent_first_and_overflow_waits(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 10; i++) {
        set_priority(SPI + i, 0xf0 - 0x10 * i); // the later the more urgent
        set_line(SPI + i, true);
        assert_int_equal(model.lr[MODEL_LIST_REGISTERS].state, 0); // never the kernel's
    }
    for (unsigned i = 10; i-- > 0;) {
        assert_int_equal(model_acknowledge(), SPI + i);
        set_line(SPI + i, false);
        model_end(SPI + i);
    }
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
}

static void latched_ones_survive_replacement(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 8; i++) {
        set_edge(SPI + i);
        set_priority(SPI + i, 0xf0 - 0x10 * i);
        irq_pulse(&model.vm, SPI + i);
        model_check();
    }
    for (unsigned i = 8; i-- > 0;) {
        assert_true(get_bit(VGIC_ISPENDR, SPI + i));
        assert_int_equal(model_acknowledge(), SPI + i);
        assert_false(get_bit(VGIC_ISPENDR, SPI + i));
        model_end(SPI + i);
    }
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
}

static void priority_change_reorders_what_is_pending(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 6; i++)
        set_line(SPI + i, true);
    assert_int_equal(model_find(SPI + 4), -1);
    set_priority(SPI + 4, 0x10); // the one that waits
    assert_int_equal(model_acknowledge(), SPI + 4);
    model_check();
    unsigned resident = SPI;
    while (model_find(resident) < 0)
        resident++;
    set_priority(resident, 0xf8); // falls behind the one that was replaced
    assert_int_equal(model_find(resident), -1);
    model_check();
}

static void group_change_takes_effect_on_what_is_pending(void **state) {
    (void)state;
    model_start_ready(2);
    model_write32(MODEL_GICD + VGIC_CTLR, 3);
    set_line(SPI, true);
    assert_int_equal(model.lr[model_find(SPI)].group, 0);
    model_write32(MODEL_GICD + VGIC_IGROUPR + 4, 1u << (SPI & 31));
    assert_int_equal(model.lr[model_find(SPI)].group, 1);
}

static void registers_of_the_kernel_are_left_alone(void **state) {
    (void)state;
    model_start_ready(3);
    model.lr[3].kernel_owned = model.lr[0].kernel_owned = true;
    set_line(SPI, true);
    set_line(SPI + 1, true);
    set_line(SPI + 2, true);
    assert_int_equal(model_find(SPI), 1);
    assert_int_equal(model_find(SPI + 1), 2);
    assert_int_equal(model_find(SPI + 2), -1);
    set_line(SPI, false);
    assert_int_equal(model_find(SPI + 2), 1); // the register that came free
}

static void refused_one_goes_in_at_the_next_event(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 4; i++)
        model.lr[i].kernel_owned = true;
    set_line(SPI, true);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model.lr[2].kernel_owned = false;
    irq_handle_end(&model.vm.vcpus[0], -1);
    assert_int_equal(model_find(SPI), 2);
    model.lr[1].kernel_owned = false;
    set_line(SPI + 1, true);
    set_line(SPI + 2, true);
    model.lr[0].kernel_owned = false;
    irq_handle_end(&model.vm.vcpus[0], 0); // names a register that is not ours: free now
    assert_int_equal(model_find(SPI + 1), 1);
    assert_int_equal(model_find(SPI + 2), 0);
    model_check();
}

static void end_that_the_kernel_moved_is_found(void **state) {
    (void)state;
    model_start_ready(3);
    set_line(SPI, true);
    set_line(SPI + 1, true);
    assert_int_equal(model_acknowledge(), SPI);
    set_line(SPI, false);
    model_end_silently(SPI);
    irq_handle_end(&model.vm.vcpus[0], 3);
    model_check();
    assert_int_equal(model_find(SPI), -1);
    assert_int_equal(model_acknowledge(), SPI + 1);
    model_end_silently(SPI + 1);
    irq_handle_end(&model.vm.vcpus[0], -1);
    assert_int_equal(model_acknowledge(), SPI + 1); // high still
}

static void event_between_end_and_its_report_loses_nothing(void **state) {
    (void)state;
    model_start_ready(3);
    set_edge(SPI);
    irq_pulse(&model.vm, SPI);
    assert_int_equal(model_acknowledge(), SPI);
    int lr = model_end_silently(SPI);
    irq_pulse(&model.vm, SPI); // before the end's exit has been handled
    irq_handle_end(&model.vm.vcpus[0], lr);
    assert_int_equal(model_acknowledge(), SPI);
    model_end(SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);

    model_start_ready(3);
    set_line(SPI, true);
    assert_int_equal(model_acknowledge(), SPI);
    lr = model_end_silently(SPI);
    assert_true(get_bit(VGIC_ISPENDR, SPI)); // looks, and so learns of the end
    irq_handle_end(&model.vm.vcpus[0], lr);
    assert_int_equal(model_acknowledge(), SPI);
}

static void software_sets_and_clears_pending(void **state) {
    (void)state;
    model_start_ready(3);
    set_bit(VGIC_ISPENDR, SPI);
    assert_true(get_bit(VGIC_ICPENDR, SPI));
    set_bit(VGIC_ICPENDR, SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    set_bit(VGIC_ISPENDR, SPI);
    assert_int_equal(model_acknowledge(), SPI);
    model_end(SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    set_line(SPI, true);
    set_bit(VGIC_ICPENDR, SPI); // a level line that is high stays pending
    assert_true(get_bit(VGIC_ISPENDR, SPI));
    assert_int_equal(model_acknowledge(), SPI);
    model_write32(MODEL_GICD + 0x48, SPI + 1); // CLRSPI of nothing
    model_write(MODEL_GICD + 0x40, 2, SPI + 1);
    assert_int_equal(model_acknowledge(), SPI + 1);
}

// GICD_SETSPI_NSR, GICD_CLRSPI_NSR.
static void message_is_an_edge_or_a_level(void **state) {
    (void)state;
    model_start_ready(3);
    model_write32(MODEL_GICD + 0x40, SPI);
    for (unsigned i = 0; i < 2; i++) { // a level comes until it is taken back
        assert_int_equal(model_acknowledge(), SPI);
        assert_true(get_bit(VGIC_ISPENDR, SPI));
        model_end(SPI);
    }
    set_bit(VGIC_ICPENDR, SPI); // which this does not
    assert_true(get_bit(VGIC_ISPENDR, SPI));
    set_line(SPI, true); // nor does a wire
    set_line(SPI, false);
    assert_int_equal(model_acknowledge(), SPI);
    model_write32(MODEL_GICD + 0x48, SPI);
    assert_false(get_bit(VGIC_ISPENDR, SPI));
    model_end(SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    set_line(SPI, true);
    model_write32(MODEL_GICD + 0x48, SPI); // nor does this lower a wire
    assert_int_equal(model_acknowledge(), SPI);
    set_line(SPI, false);
    model_end(SPI);

    set_edge(SPI);
    model_write32(MODEL_GICD + 0x40, SPI);
    model_write32(MODEL_GICD + 0x40, SPI);
    assert_int_equal(model_acknowledge(), SPI);
    assert_false(get_bit(VGIC_ISPENDR, SPI));
    model_end(SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model_write32(MODEL_GICD + 0x40, SPI + 0x400);  // INTID[12:0]: there is none
    model_write32(MODEL_GICD + 0x40, SPI + 0x2000); // RES0 above
    assert_int_equal(model_acknowledge(), SPI);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model_end(SPI);
    for (unsigned intid = 0; intid < VGIC_PRIVATE; intid++)
        model_write32(MODEL_GICD + 0x40, intid);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
}

static void timer_is_bound_while_enabled(void **state) {
    (void)state;
    for (unsigned version = 2; version <= 3; version++) {
        uint64_t base = version == 3 ? MODEL_SGI : MODEL_GICD;
        model_start_ready(version);
        assert_true(model.timer_bound);
        assert_int_equal(model.timer_priority, 0xa0);
        model_write(base + VGIC_IPRIORITYR + 27, 1, 0x57);
        assert_int_equal(model.timer_priority, 0x50);
        model_write32(base + VGIC_ICENABLER, 1u << 27);
        assert_false(model.timer_bound);
        irq_handle_private(&model.vm.vcpus[0], 27); // fires unheard
        assert_int_equal(model.timer_acks, 0);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
        model_write32(base + VGIC_ISENABLER, 1u << 27);
        assert_true(model.timer_bound);
        assert_int_equal(model.timer_acks, 1);
    }
}

static void timer_pending_is_its_wire(void **state) {
    (void)state;
    model_start_ready(2);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR) >> 27 & 1, 0);
    model.timer_control = 5;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR) >> 27 & 1, 1);
    model.held_state[27] = VGIC_ACTIVE;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISACTIVER), 1u << 27);
    model.timer_control = 1;
    model.held_state[27] = 0;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 0);
    model_write32(MODEL_GICD + VGIC_ISPENDR, 1u << 27); // by software: without the wire
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 1u << 27);
    assert_int_equal(model.held_state[27], VGIC_PENDING);
    model.held_state[27] = 0; // taken
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 0);
    model.timer_control = 7;
    model.held_state[27] = VGIC_PENDING;
    model_write32(MODEL_GICD + VGIC_ICPENDR, 1u << 27);
    assert_int_equal(model.held_state[27], 0);
}

static void timer_in_the_other_group_is_delivered_here(void **state) {
    (void)state;
    model_start_ready(2);
    model_write32(MODEL_GICD + VGIC_CTLR, 3);
    model_write32(MODEL_GICD + VGIC_IGROUPR, 1u << 27);
    assert_false(model.timer_bound);
    irq_handle_private(&model.vm.vcpus[0], 27);
    assert_int_equal(model.lr[model_find(27)].group, 1);
    assert_int_equal(model_acknowledge(), 27);
    assert_int_equal(model.timer_acks, 0);
    model_end(27);
    assert_int_equal(model.timer_acks, 1);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    irq_handle_private(&model.vm.vcpus[0], 27);
    assert_int_equal(model_acknowledge(), 27);
    model_write32(MODEL_GICD + VGIC_IGROUPR, 0); // back to the kernel, active as it is
    assert_true(model.timer_bound);
    assert_int_equal(model.timer_acks, 2);
    model_check();
}

// Physical timer and PMU are as the virtual timer; the first acknowledgement claims them.
static void private_interrupts_are_bound_while_enabled(void **state) {
    (void)state;
    static const unsigned intids[] = {MODEL_PTIMER, MODEL_PMU};
    for (unsigned n = 0; n < 4; n++) {
        unsigned version = 2 + n / 2, intid = intids[n % 2];
        uint64_t base = version == 3 ? MODEL_SGI : MODEL_GICD;
        model_start_private(version);
        assert_int_equal(model.ppi_acks[intid], 1);
        assert_true(model.ppi_bound >> intid & 1);
        model_write(base + VGIC_IPRIORITYR + intid, 1, 0x57);
        assert_int_equal(model.ppi_priority[intid], 0x50);
        model_write32(base + VGIC_ICENABLER, 1u << intid);
        assert_int_equal(model.ppi_bound, (1u << MODEL_PTIMER | 1u << MODEL_PMU) & ~(1u << intid));
        assert_true(model.timer_bound);
        irq_handle_private(&model.vm.vcpus[0], intid); // fires unheard
        assert_int_equal(model.ppi_acks[intid], 1);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
        model_write32(base + VGIC_ISENABLER, 1u << intid);
        assert_true(model.ppi_bound >> intid & 1);
        assert_int_equal(model.ppi_acks[intid], 2);
        irq_controller_reset(&model.vm);
        assert_int_equal(model.ppi_bound, 0);
        model_check();
    }
}

static void private_pending_is_the_wire(void **state) {
    (void)state;
    model_start_private(2);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 0);
    model.ptimer_control = 5;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 1u << MODEL_PTIMER);
    model.ptimer_control = 7;
    model.pmu[GLACIS_VCPU_PMOVS - GLACIS_VCPU_PMCR] = 6; // without PMCR_EL0.E
    model.pmu[GLACIS_VCPU_PMINTEN - GLACIS_VCPU_PMCR] = 2;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 0);
    model.pmu[0] = 1;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 1u << MODEL_PMU);
    model.pmu[GLACIS_VCPU_PMINTEN - GLACIS_VCPU_PMCR] = 8;
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 0);
    // In the other group it is delivered here.
    model_write32(MODEL_GICD + VGIC_CTLR, 3);
    model_write32(MODEL_GICD + VGIC_IGROUPR, 1u << MODEL_PTIMER);
    irq_handle_private(&model.vm.vcpus[0], MODEL_PTIMER);
    assert_int_equal(model_acknowledge(), MODEL_PTIMER);
    assert_int_equal(model.ppi_acks[MODEL_PTIMER], 1);
    model_end(MODEL_PTIMER);
    assert_int_equal(model.ppi_acks[MODEL_PTIMER], 2);
    model_check();
}

static void sgis_of_gicv3_are_the_kernels(void **state) {
    (void)state;
    model_start_ready(3);
    assert_int_equal(model.sgis_enabled, 0xffff);
    assert_int_equal(model.sgi_priorities[0], 0xa0a0a0a0a0a0a0a0);
    model_write(MODEL_SGI + VGIC_IPRIORITYR + 9, 1, 0x28);
    assert_int_equal(model.sgi_priorities[1], 0xa0a0a0a0a0a028a0);
    model_write32(MODEL_SGI + VGIC_ISPENDR, 1u << 3);
    assert_int_equal(model.held_state[3], VGIC_PENDING);
    assert_int_equal(model_read32(MODEL_SGI + VGIC_ISPENDR), 1u << 3);
    model_write32(MODEL_SGI + VGIC_ICPENDR, 1u << 3);
    assert_int_equal(model.held_state[3], 0);
    model_write32(MODEL_SGI + VGIC_ICENABLER, 1u << 3);
    assert_int_equal(model.sgis_enabled, 0xfff7);
    model_write32(MODEL_SGI + VGIC_ISPENDR, 1u << 3); // waits here
    assert_int_equal(model.held_state[3], 0);
    assert_int_equal(model_read32(MODEL_SGI + VGIC_ISPENDR), 1u << 3);
    model_write32(MODEL_SGI + VGIC_ISENABLER, 1u << 3);
    assert_int_equal(model.held_state[3], VGIC_PENDING);
    model_write32(MODEL_GICD + VGIC_CTLR, 3);
    model_write32(MODEL_SGI + VGIC_IGROUPR, ~(1u << 3)); // to group 0: delivered here, still pending
    assert_int_equal(model.held_state[3], 0);
    assert_int_equal(model.sgis_enabled, 0xfff7);
    assert_int_equal(model.sgis_of_group0, 1u << 3);
    assert_int_equal(model_acknowledge(), 3);
}

static void group_0_register_of_gicv3_sends_group_0(void **state) {
    (void)state;
    model_start_ready(3);
    struct vcpu *vcpu = &model.vm.vcpus[0];
    model_write32(MODEL_GICD + VGIC_CTLR, 3);
    model_write32(MODEL_SGI + VGIC_IGROUPR, ~(1u << 3));
    vgic_v3_write_sgi0r(vcpu, 4u << 24 | 1); // of group 1
    vgic_v3_write_sgi0r(vcpu, 3u << 24 | 2); // CPU 1
    vgic_v3_write_sgi0r(vcpu, 3u << 24);
    vgic_v3_write_sgi0r(vcpu, 1ull << 40 | 3u << 24 | 1); // all but self
    for (unsigned bit = 16; bit < 56; bit++)              // affinity, range
        if ((bit < 24 || bit >= 32) && bit != 40 && (bit < 41 || bit > 43))
            vgic_v3_write_sgi0r(vcpu, 1ull << bit | 3u << 24 | 1);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    vgic_v3_write_sgi0r(vcpu, 3u << 24 | 1);
    vgic_v3_write_sgi0r(vcpu, 3u << 24 | 1); // pending already
    assert_int_equal(model_acknowledge(), 3);
    model_end(3);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model_write32(MODEL_SGI + VGIC_ICENABLER, 1u << 3);
    vgic_v3_write_sgi0r(vcpu, 3u << 24 | 1); // waits
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    assert_int_equal(model_read32(MODEL_SGI + VGIC_ISPENDR), 1u << 3);
    model_write32(MODEL_SGI + VGIC_ISENABLER, 1u << 3);
    assert_int_equal(model_acknowledge(), 3);
}

static void sgis_of_gicv2_go_by_filter(void **state) {
    (void)state;
    static const struct {
        uint32_t value;
        unsigned want;
    } sends[] = {
        {0x02000005, 5},              // self
        {0x00010007, 7},              // list with us
        {0x00fe0007, MODEL_SPURIOUS}, // list without us
        {0x00000001, MODEL_SPURIOUS}, // empty list
        {0x01ff0002, MODEL_SPURIOUS}, // all but us
        {0x03ff0002, MODEL_SPURIOUS}, // reserved
        {0x0200800f, 15},             // NSATT means nothing
        {0x02fffff0, 0},              // reserved bits
    };
    for (unsigned i = 0; i < sizeof(sends) / sizeof(sends[0]); i++) {
        model_start_ready(2);
        model_write32(MODEL_GICD + 0xf00, sends[i].value);
        assert_int_equal(model_acknowledge(), sends[i].want);
        model_check();
    }
}

static void sgi_of_gicv2_is_pending_once_for_a_sender(void **state) {
    (void)state;
    model_start_ready(2);
    model_write32(MODEL_GICD + 0xf00, 0x02000005);
    model_write32(MODEL_GICD + 0xf00, 0x02000005);
    assert_int_equal(model_read(MODEL_GICD + 0xf15, 1), 1);
    assert_int_equal(model_read32(MODEL_GICD + 0xf24), 1u << 8);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR), 1u << 5);
    assert_int_equal(model_acknowledge(), 5);
    model_write32(MODEL_GICD + 0xf00, 0x02000005); // while active
    model_end(5);
    assert_int_equal(model_acknowledge(), 5);
    model_end(5);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model_write(MODEL_GICD + 0xf23, 1, 1); // SPENDSGIR
    model_write(MODEL_GICD + 0xf13, 1, 1); // CPENDSGIR
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model_write(MODEL_GICD + 0xf23, 1, 0xff);
    assert_int_equal(model_acknowledge(), 3);
}

static void route_to_nobody_is_not_delivered(void **state) {
    (void)state;
    model_start_ready(3);
    set_line(SPI, true);
    model_write(MODEL_GICD + 0x6000 + 8 * SPI, 8, 1);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    assert_true(get_bit(VGIC_ISPENDR, SPI));
    model_write(MODEL_GICD + 0x6000 + 8 * SPI, 8, 0x80000000);
    assert_int_equal(model_acknowledge(), SPI);
}

static void reset_takes_everything_back(void **state) {
    (void)state;
    for (unsigned version = 2; version <= 3; version++) {
        model_start_ready(version);
        for (unsigned i = 0; i < 6; i++)
            set_line(SPI + i, true);
        model_acknowledge();
        model.held_state[27] = VGIC_ACTIVE;
        irq_controller_reset(&model.vm);
        model_check();
        assert_false(model.timer_bound);
        assert_int_equal(model.sgis_enabled, 0);
        assert_int_equal(model.held_state[27], 0);
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(model.lr[i].state, 0);
    }
}

// An interrupt that is passed through: the kernel has its state, and is told what the guest sets.
static void test_passed_through(void **state) {
    (void)state;
    for (unsigned version = 2; version <= 3; version++) {
        model_start(version);
        assert_false(irq_pass_through(&model.vm, 31, MODEL_HANDLER));
        assert_false(irq_pass_through(&model.vm, 128, MODEL_HANDLER));
        assert_true(irq_pass_through(&model.vm, MODEL_PASSED, MODEL_HANDLER));
        model.passed_state = 7; // left by the guest before
        irq_controller_reset(&model.vm);
        model.injections = 0;
        assert_true(model.passed_bound);
        assert_int_equal(model.passed_state, 0);
        uint32_t word = MODEL_PASSED / 32 * 4, bit = 1u << MODEL_PASSED % 32;
        if (version == 3) {
            model_write32(MODEL_GICD + VGIC_IGROUPR + word, bit);
            model_write32(MODEL_GICD, 2);
        } else {
            model_write(MODEL_GICD + VGIC_ITARGETSR + MODEL_PASSED, 1, 1);
            model_write32(MODEL_GICD, 1);
        }
        assert_int_equal(model.passed_state, 0);
        model_write(MODEL_GICD + VGIC_IPRIORITYR + MODEL_PASSED, 1, 0x48);
        assert_int_equal(model.passed_priority, 0x48);
        model_write32(MODEL_GICD + VGIC_IGROUPR + word, version == 3 ? 0 : bit);
        assert_int_equal(model.passed_priority, 0x48 | GLACIS_BIND_OTHER_GROUP);
        model_write32(MODEL_GICD + VGIC_ISENABLER + word, bit);
        assert_int_equal(model.passed_state, 0); // its group is off
        model_write32(MODEL_GICD, 3);
        assert_int_equal(model.passed_state, GLACIS_IRQ_ENABLED);
        model_write32(MODEL_GICD + VGIC_IGROUPR + word, version == 3 ? bit : 0);
        assert_int_equal(model.passed_priority, 0x48);
        assert_int_equal(model.passed_state, GLACIS_IRQ_ENABLED);
        model_write32(MODEL_GICD, 0); // its group is off
        assert_int_equal(model.passed_state, 0);
        model_write32(MODEL_GICD, version == 3 ? 2 : 1);
        assert_int_equal(model.passed_state, GLACIS_IRQ_ENABLED);
        model_write32(MODEL_GICD + VGIC_ISPENDR + word, bit);
        assert_int_equal(model_read32(MODEL_GICD + VGIC_ISPENDR + word), bit);
        assert_int_equal(model_read32(MODEL_GICD + VGIC_ISACTIVER + word), 0);
        assert_int_equal(model.injections, 0);
        model_write32(MODEL_GICD + VGIC_ICPENDR + word, bit);
        model_write32(MODEL_GICD + VGIC_ISACTIVER + word, bit);
        assert_int_equal(model.passed_state, GLACIS_IRQ_ENABLED | GLACIS_IRQ_ACTIVE);
        model_write32(MODEL_GICD + VGIC_ICACTIVER + word, bit);
        model_write32(MODEL_GICD + VGIC_ICENABLER + word, bit);
        assert_int_equal(model.passed_state, 0);
        model_write32(MODEL_GICD + VGIC_ICFGR + MODEL_PASSED / 16 * 4, ~0u); // the board's trigger stays
        assert_int_equal(
            model_read32(MODEL_GICD + VGIC_ICFGR + MODEL_PASSED / 16 * 4) >> MODEL_PASSED % 16 * 2 & 2, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passed_through),
        cmocka_unit_test(level_line_is_delivered_once_and_again_while_high),
        cmocka_unit_test(lowered_line_withdraws_what_is_not_acknowledged),
        cmocka_unit_test(line_that_does_not_change_costs_no_call),
        cmocka_unit_test(edge_is_counted_once),
        cmocka_unit_test(disabled_while_pending_comes_back_when_enabled),
        cmocka_unit_test(group_enable_off_withdraws_all),
        cmocka_unit_test(most_urgent_first_and_overflow_waits),
        cmocka_unit_test(latched_ones_survive_replacement),
        cmocka_unit_test(priority_change_reorders_what_is_pending),
        cmocka_unit_test(group_change_takes_effect_on_what_is_pending),
        cmocka_unit_test(registers_of_the_kernel_are_left_alone),
        cmocka_unit_test(refused_one_goes_in_at_the_next_event),
        cmocka_unit_test(end_that_the_kernel_moved_is_found),
        cmocka_unit_test(event_between_end_and_its_report_loses_nothing),
        cmocka_unit_test(software_sets_and_clears_pending),
        cmocka_unit_test(message_is_an_edge_or_a_level),
        cmocka_unit_test(timer_is_bound_while_enabled),
        cmocka_unit_test(timer_pending_is_its_wire),
        cmocka_unit_test(timer_in_the_other_group_is_delivered_here),
        cmocka_unit_test(private_interrupts_are_bound_while_enabled),
        cmocka_unit_test(private_pending_is_the_wire),
        cmocka_unit_test(sgis_of_gicv3_are_the_kernels),
        cmocka_unit_test(group_0_register_of_gicv3_sends_group_0),
        cmocka_unit_test(sgis_of_gicv2_go_by_filter),
        cmocka_unit_test(sgi_of_gicv2_is_pending_once_for_a_sender),
        cmocka_unit_test(route_to_nobody_is_not_delivered),
        cmocka_unit_test(reset_takes_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
