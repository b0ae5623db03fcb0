// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Virtual interrupts that the guest handles: more of them than list registers, made active by software, and a
// long random history.
#include "tests/unit/vgic_model.h"

// An active one needs no list register: what is pending gets its, and its end comes by its number.
static void active_ones_make_room(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 20; i++) {
        set_priority(SPI + i, 0xf0 - 8 * i);
        set_line(SPI + i, true);
        assert_int_equal(model_acknowledge(), SPI + i);
    }
    for (unsigned i = 0; i < 20; i++) {
        unsigned k = i * 7 % 20;
        assert_true(get_bit(VGIC_ISACTIVER, SPI + k));
        set_line(SPI + k, i % 2); // sampled at its end
        model_end(SPI + k);
        assert_false(get_bit(VGIC_ISACTIVER, SPI + k));
        assert_int_equal(model_acknowledge(), i % 2 ? SPI + k : MODEL_SPURIOUS);
    }
    for (unsigned i = 0; i < 20; i++)
        set_bit(VGIC_ICACTIVER, SPI + i); // half of them come again
    for (unsigned i = 0; i < 10; i++)
        assert_in_range(model_acknowledge(), SPI, SPI + 19);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    irq_controller_reset(&model.vm);
    for (unsigned i = 0; i < 20; i++)
        assert_false(model.evicted[SPI + i] || model_find(SPI + i) >= 0);
}

// All at once, taken before any ends (EOI mode 1), and the reports of their ends are only "look".
static void the_guest_takes_more_than_fit(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 20; i++)
        set_line(SPI + i, true);
    for (unsigned i = 0; i < 20; i++)
        assert_in_range(model_acknowledge(), SPI, SPI + 19);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    for (unsigned i = 0; i < 20; i++)
        set_line(SPI + i, false);
    unsigned silent = 0;
    for (unsigned i = 0; i < 20; i++)
        if (model.evicted[SPI + i] && i % 2) {
            model.evicted[SPI + i] = false;
            silent++;
        }
    assert_true(silent > 2);
    irq_handle_end(&model.vm.vcpus[0], GLACIS_END_LOOK);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(get_bit(VGIC_ISACTIVER, SPI + i),
                         model.evicted[SPI + i] || model_find(SPI + i) >= 0);
    irq_handle_end(&model.vm.vcpus[0], GLACIS_END_EVICTED | 1019); // not one of this distributor
    irq_handle_end(&model.vm.vcpus[0], GLACIS_END_EVICTED | 90);   // idle
    model_check();
}

static void software_sets_and_clears_active(void **state) {
    (void)state;
    model_start_ready(3);
    set_bit(VGIC_ISACTIVER, SPI);
    assert_true(get_bit(VGIC_ICACTIVER, SPI));
    set_line(SPI, true);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    set_bit(VGIC_ICACTIVER, SPI);
    assert_false(get_bit(VGIC_ISACTIVER, SPI));
    assert_int_equal(model_acknowledge(), SPI);
    set_bit(VGIC_ICACTIVER, SPI); // ended by the distributor: the line is high
    assert_int_equal(model_acknowledge(), SPI);
    set_line(SPI, false);
    model_end(SPI);
    set_bit(VGIC_ISACTIVER, SPI); // and ended by the CPU interface
    model_end(SPI);
    assert_false(get_bit(VGIC_ISACTIVER, SPI));
}

static void active_without_list_register_blocks_too(void **state) {
    (void)state;
    model_start_ready(3);
    for (unsigned i = 0; i < 4; i++)
        set_line(SPI + i, true);
    set_bit(VGIC_ISACTIVER, 60);
    set_priority(60, 0);
    set_line(60, true);
    assert_int_equal(model_find(60), -1);
    assert_true(get_bit(VGIC_ISACTIVER, 60));
    set_bit(VGIC_ICACTIVER, 60);
    assert_int_equal(model_acknowledge(), 60);
}

// What is pending of a group that is off at the CPU interface makes room, however urgent it is.
static void group_that_is_off_comes_last(void **state) {
    (void)state;
    for (unsigned version = 2; version <= 3; version++) {
        model_start_ready(version);
        model_write32(MODEL_GICD + VGIC_CTLR, 3);
        model_write32(MODEL_GICD + VGIC_IGROUPR + 4, 0xffff0000);
        model_set_groups(2);
        for (unsigned i = 0; i < 8; i++) {
            set_priority(32 + i, 8 * i); // of group 0
            set_line(32 + i, true);
        }
        for (unsigned i = 0; i < 8; i++) {
            set_priority(48 + i, 0x80 + 8 * i); // of group 1
            set_line(48 + i, true);
        }
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(model_acknowledge(), 48 + i);
            set_line(48 + i, false);
            model_end(48 + i);
        }
        assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
        set_line(48, true);
        model_set_groups(3);
        for (unsigned i = 0; i < 8; i++)
            assert_int_equal(model_acknowledge(), 32 + i);
        assert_int_equal(model_acknowledge(), 48);
    }
}

// A long random history against a plain reference: an interrupt that is taken must be one that the reference
// says is deliverable, none more urgent may be left behind, and at the end none is lost.
static void random_history_loses_and_invents_nothing(void **state) {
    (void)state;
    enum { FIRST = 32, COUNT = 12 };
    uint32_t seed = 1;
    for (unsigned round = 0; round < 200; round++) {
        model_start_ready(2 + round % 2);
        bool line[COUNT] = {0}, enabled[COUNT], active[COUNT] = {0};
        unsigned priority[COUNT], group[COUNT], groups = 3; // at the CPU interface
        model_write32(MODEL_GICD + VGIC_CTLR, 3);
        for (unsigned i = 0; i < COUNT; i++) {
            enabled[i] = true;
            priority[i] = 0xa0;
            group[i] = round % 2; // as make_ready left them
        }
        for (unsigned step = 0; step < 200; step++) {
            seed = seed * 1664525 + 1013904223;
            unsigned i = (seed >> 8) % COUNT, intid = FIRST + i;
            switch (seed >> 24 & 15) {
            case 0:
            case 1:
                line[i] = !line[i];
                set_line(intid, line[i]);
                break;
            case 2:
                enabled[i] = !enabled[i];
                set_bit(enabled[i] ? VGIC_ISENABLER : VGIC_ICENABLER, intid);
                break;
            case 3:
                priority[i] = seed >> 16 & 0xf8;
                set_priority(intid, priority[i]);
                break;
            case 6:
                if (active[i])
                    break;
                group[i] ^= 1;
                model_write32(MODEL_GICD + VGIC_IGROUPR + 4,
                              model_read32(MODEL_GICD + VGIC_IGROUPR + 4) ^ 1u << i);
                break;
            case 7:
                groups = seed >> 16 & 3;
                model_set_groups(groups);
                break;
            case 4:
                assert_int_equal(get_bit(VGIC_ISPENDR, intid), line[i]);
                assert_int_equal(get_bit(VGIC_ISACTIVER, intid), active[i]);
                break;
            case 5:
                if (active[i]) {
                    active[i] = false;
                    model_end(intid);
                }
                break;
            default: {
                unsigned got = model_acknowledge();
                unsigned urgent = 0x100;
                for (unsigned k = 0; k < COUNT; k++)
                    if (line[k] && enabled[k] && !active[k] && groups >> group[k] & 1 && priority[k] < urgent)
                        urgent = priority[k];

                if (got == MODEL_SPURIOUS) {
                    assert_int_equal(urgent, 0x100);
                    break;
                }
                unsigned g = got - FIRST;
                assert_true(g < COUNT && line[g] && enabled[g] && !active[g] && groups >> group[g] & 1);
                assert_int_equal(priority[g], urgent);
                active[g] = true;
                break;
            }
            }
            model_check();
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_ones_make_room),
        cmocka_unit_test(the_guest_takes_more_than_fit),
        cmocka_unit_test(software_sets_and_clears_active),
        cmocka_unit_test(active_without_list_register_blocks_too),
        cmocka_unit_test(group_that_is_off_comes_last),
        cmocka_unit_test(random_history_loses_and_invents_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
