// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The private interrupts of a vCPU, virtual timer, physical timer and performance monitors
// (kernel/arch/aarch64/vcpu_timer.c, vcpu.c, vcpu_pmu.c, irq.c), over models of the system registers and of
// the interrupt controller: bound, delivered, masked, ended, unbound, deleted, and while their vCPU does not
// run. Each test is made for each of the three.
#include "tests/unit/arch_ppi_model.h"

#define AHEAD 1000u // ticks

// --- delivery

static void test_bound_it_is_unmasked_while_its_vcpu_is_loaded(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        assert_true(physical[ppis[i].irq].masked);
        enter(&vcpu);
        assert_false(physical[ppis[i].irq].masked);
        leave(); // it stays loaded
        assert_false(physical[ppis[i].irq].masked);
        enter(&other);
        assert_true(physical[ppis[i].irq].masked || ppis[i].source == VGIC_TIMER);
        unbind(&vcpu, i);
        enter(&vcpu);
        bind_one(&vcpu, i); // while it runs
        assert_false(physical[ppis[i].irq].masked);
    }
}

static void test_it_comes_until_its_line_is_low(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        assert_line(i);
        for (unsigned turn = 1; turn < 4; turn++) {
            assert_int_equal(vcpu.exits[GLACIS_CAUSE_IRQ], turn); // one each
            assert_int_equal(registers[LRS - 1], vcpu.vgic.image[ppis[i].source]);
            assert_true(registers[LRS - 1] & LR_HW && LR_PHYSICAL(registers[LRS - 1]) == ppis[i].irq);
            assert_int_equal(take(), ppis[i].virq);
            assert_true(physical[ppis[i].irq].active);
            interrupts(); // active: no second one
            assert_int_equal(take(), EMPTY);
            if (turn == 3)
                lower_line(i);
            end_it(ppis[i].virq);
        }
        assert_false(physical[ppis[i].irq].active);
        assert_int_equal(handle_all(), 0);
        assert_int_equal(faults, 0);
        assert_int_equal(vcpu.exits[GLACIS_CAUSE_MAINTENANCE], 0);
    }
}

static void test_split_ends(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        set_eoi_mode(1);
        assert_line(i);
        assert_int_equal(take(), ppis[i].virq);
        end(ppis[i].virq); // drops the priority only
        interrupts();
        assert_true(physical[ppis[i].irq].active);
        assert_int_equal(take(), EMPTY);
        deactivate(ppis[i].virq);
        interrupts();
        assert_int_equal(take(), ppis[i].virq); // it is still due
        lower_line(i);
        end_it(ppis[i].virq);
        assert_false(physical[ppis[i].irq].active);
        set_eoi_mode(0);
    }
}

// All three at once, as their priorities have it; the number is the guest's to choose.
static void test_all_three_come_by_priority(void **state) {
    (void)state;
    static const unsigned virqs[] = {40, 41, 42};
    for (unsigned i = 0; i < 3; i++)
        bind_as(&vcpu, i, virqs[i], 0x80 - 0x10 * i);
    enter(&vcpu);
    for (unsigned i = 0; i < 3; i++)
        assert_line(i);
    for (unsigned i = 3; i-- > 0;) {
        assert_int_equal(take(), virqs[i]);
        lower_line(i);
        end_it(virqs[i]);
        assert_false(physical[ppis[i].irq].active);
    }
    assert_int_equal(take(), EMPTY);
}

// --- masked

// By the guest itself: a line that is low again is not pending, when anybody looks.
static void test_a_line_that_the_guest_lowers_is_withdrawn(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        assert_line(i);
        assert_true(is_pending(&vcpu, i));
        if (ppis[i].source == VGIC_PMU) {
            pmu(SYS_PMINCLR, CYCLES);
        } else {
            model_sysreg_write(timer_control(i), TIMER_QUIET);
        }
        // A write of the PMU's registers is an exit; of a timer's it is none.
        assert_int_equal(registers[LRS - 1] & LR_PENDING ? 1 : 0, ppis[i].source != VGIC_PMU);
        assert_false(is_pending(&vcpu, i));
        interrupts();
        assert_false(physical[ppis[i].irq].active);
        assert_int_equal(take(), EMPTY);
        if (ppis[i].source == VGIC_PMU)
            pmu(SYS_PMINTEN, CYCLES);
        else
            assert_line(i);
        interrupts();
        assert_int_equal(take(), ppis[i].virq); // it comes when it may
        lower_line(i);
        end_it(ppis[i].virq);
    }
}

// By the guest's distributor: its VMM unbinds, and binds again.
static void test_a_disabled_one_waits(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        assert_line(i);
        unbind(&vcpu, i); // pending
        assert_int_equal(take(), EMPTY);
        assert_false(physical[ppis[i].irq].active);
        vcpu.ppi_open = 0; // its VMM does not ask for events
        vcpu_timer_update(&core);
        assert_true(physical[ppis[i].irq].masked);
        lower_line(i);
        assert_line(i);
        assert_int_equal(take(), EMPTY);
        bind_as(&vcpu, i, 50, 0);
        interrupts();
        assert_int_equal(take(), 50);
        unbind(&vcpu, i); // active: goes on, and is ended by the guest
        assert_true(physical[ppis[i].irq].active);
        lower_line(i);
        end_it(50);
        assert_false(physical[ppis[i].irq].active);
        bind_one(&vcpu, i);
        interrupts();
        assert_int_equal(handle_all(), 0);
        assert_line(i);
        assert_int_equal(take(), ppis[i].virq);
        lower_line(i);
        end_it(ppis[i].virq);
    }
}

// --- not running

static void test_a_native_thread_runs(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        leave();
        if (ppis[i].source == VGIC_PMU) { // its counters stand still
            enter(&vcpu);
            assert_line(i);
            leave();
        } else {
            assert_line(i);
        }
        assert_true(is_pending(&vcpu, i));
        assert_true(physical[ppis[i].irq].active);
        assert_int_equal(vcpu.exits[GLACIS_CAUSE_IRQ], ppis[i].source == VGIC_PMU); // the guest left for none
        enter(&vcpu);
        assert_int_equal(take(), ppis[i].virq);
        lower_line(i);
        end_it(ppis[i].virq);
        assert_int_equal(handle_all(), 0);
    }
}

// Two vCPUs have the same interrupt, each its own; in each of the states in which the first is left.
static void test_another_vcpu_runs(void **state) {
    (void)state;
    enum { DUE_LATER, PENDING, ACTIVE, LEFT };
    FOR_EACH_PPI(i) {
        for (unsigned left = DUE_LATER; left < LEFT; left++) {
            bind_one(&vcpu, i);
            bind_one(&other, i);
            enter(&vcpu);
            if (left == DUE_LATER && ppis[i].source != VGIC_PMU) {
                model_sysreg_write("cntv_cval_el0", model_count + AHEAD);
                model_sysreg_write("cntp_cval_el0", model_count + AHEAD);
                model_sysreg_write(timer_control(i), TIMER_ON);
            } else {
                assert_line(i);
            }
            if (left == ACTIVE)
                assert_int_equal(take(), ppis[i].virq);
            enter(&other);
            running_count = 0;
            assert_false(physical[ppis[i].irq].active);
            model_count += 2 * AHEAD;
            interrupts();
            assert_int_equal(handle_all(), 0);
            assert_false(is_pending(&other, i));
            assert_line(i);
            assert_int_equal(take(), ppis[i].virq);
            lower_line(i);
            end_it(ppis[i].virq);
            enter(&vcpu);
            assert_true(physical[ppis[i].irq].active);
            if (left == ACTIVE) {
                running_count = 1;
            } else {
                assert_true(is_pending(&vcpu, i));
                assert_int_equal(take(), ppis[i].virq);
            }
            lower_line(i);
            end_it(ppis[i].virq);
            assert_false(physical[ppis[i].irq].active);
            assert_int_equal(handle_all(), 0);
            restart();
        }
    }
}

// In WFI: the kernel's deadline covers the timers of a vCPU that is not loaded; that of one that is, comes.
static void test_a_timer_ends_a_wait(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; restart(), i++) {
        for (unsigned loaded = 0; loaded < 2; loaded++) {
            bind_one(&vcpu, i);
            enter(&vcpu);
            model_sysreg_write("cntv_cval_el0", model_count - vcpu.regs[SEL4_VCPU_CNTVOFF] + AHEAD);
            model_sysreg_write("cntp_cval_el0", model_count + AHEAD);
            model_sysreg_write(timer_control(i), TIMER_ON);
            vcpu_wait(&core, &vcpu);
            if (loaded)
                leave();
            else
                enter(&other);
            assert_int_equal(arch_guest_deadline(&core), model_count + AHEAD);
            model_count += AHEAD - 1;
            arch_guest_deadline_passed(&core);
            interrupts();
            assert_int_equal(thread.state, THREAD_BLOCKED_ON_VIRQ);
            model_count++;
            if (loaded)
                interrupts();
            else
                arch_guest_deadline_passed(&core);
            assert_int_equal(thread.state, THREAD_RUNNING);
            assert_int_equal(woken, 1);
            assert_int_equal(arch_guest_deadline(&core), ~0ull);
            enter(&vcpu);
            assert_int_equal(take(), ppis[i].virq);
            // In flight, it is no deadline: nothing comes before its end.
            vcpu_wait(&core, &vcpu);
            assert_int_equal(arch_guest_deadline(&core), ~0ull);
            vcpu_wake(&core, &vcpu);
            lower_line(i);
            end_it(ppis[i].virq);
            restart();
        }
    }
}

// --- without a binding

static void test_unbound_it_is_an_event_once(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        assert_true(vcpu_ppi_claim(&vcpu, ppis[i].source));
        for (unsigned turn = 1; turn < 3; turn++) {
            vcpu.ppi_open |= 1u << ppis[i].source; // VCPU_AckVPPI
            core.arch.reenter = NULL;
            enter(&vcpu);
            vcpu_timer_update(&core);
            assert_line(i);
            assert_int_equal(faults, turn);
            assert_int_equal(last_fault.label, SEL4_FAULT_VPPI_EVENT);
            assert_int_equal(last_fault.mr[0], ppis[i].irq);
            assert_true(physical[ppis[i].irq].masked);
            lower_line(i);
            assert_line(i); // till it is acknowledged
            assert_int_equal(faults, turn);
            leave();
            enter(&vcpu);
            assert_int_equal(faults, turn);
            lower_line(i);
            leave();
        }
        assert_int_equal(take(), EMPTY);
    }
}

// What was bound, and is no longer, is an event too; not while its vCPU does not run.
static void test_unbound_again_it_is_an_event(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        leave();
        unbind(&vcpu, i);
        assert_true(physical[ppis[i].irq].masked);
        enter(&vcpu);
        assert_line(i);
        assert_int_equal(faults, 1);
        assert_int_equal(take(), EMPTY);
        lower_line(i);
    }
}

// A handler and vCPUs exclude each other; the virtual timer's cannot be issued at all.
static void test_it_has_a_handler_or_vcpus(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bool is_timer = ppis[i].source == VGIC_TIMER;
        issued = ppis[i].irq;
        assert_int_equal(vcpu_ppi_claim(&vcpu, ppis[i].source), is_timer);
        assert_int_equal(arch_irq_is_reserved(ppis[i].irq), is_timer);
        issued = 0;
        assert_true(vcpu_ppi_claim(&vcpu, ppis[i].source));
        assert_true(vcpu_ppi_claim(&vcpu, ppis[i].source)); // once
        assert_true(vcpu_ppi_claim(&other, ppis[i].source));
        assert_true(arch_irq_is_reserved(ppis[i].irq));
        delete_vcpu(&vcpu);
        assert_true(arch_irq_is_reserved(ppis[i].irq));
        delete_vcpu(&other);
        assert_int_equal(arch_irq_is_reserved(ppis[i].irq), is_timer);
    }
}

// --- deletion

// Idle, pending, active; running, loaded or not, in WFI: the line is inactive and masked, and another vCPU
// gets its own interrupt.
static void test_a_vcpu_is_deleted_in_any_state(void **state) {
    (void)state;
    enum { IDLE, PENDING, ACTIVE, STATES };
    enum { RUNS, LOADED, UNLOADED, WAITS, PLACES };
    FOR_EACH_PPI(i) {
        for (unsigned combination = 0; combination < STATES * PLACES; combination++) {
            unsigned is = combination % STATES, place = combination / STATES;
            bind_one(&vcpu, i);
            bind_one(&other, i);
            enter(&vcpu);
            if (is != IDLE)
                assert_line(i);
            if (is == ACTIVE)
                assert_int_equal(take(), ppis[i].virq);
            if (place == WAITS)
                vcpu_wait(&core, &vcpu);
            if (place == LOADED || place == WAITS)
                leave();
            else if (place == UNLOADED)
                enter(&other);
            delete_vcpu(&vcpu);
            running_count = 0;
            assert_null(core.arch.waiting);
            assert_int_equal(woken, place == WAITS);
            assert_false(physical[ppis[i].irq].active);
            assert_int_equal(physical[ppis[i].irq].masked, place != UNLOADED);
            assert_ptr_equal(core.arch.vcpu, place == UNLOADED ? &other : NULL);
            assert_true(
                core.arch.vcpu ||
                !((model_sysreg_read("cntv_ctl_el0") | model_sysreg_read("cntp_ctl_el0")) & TIMER_ON));
            enter(&other);
            assert_int_equal(handle_all(), 0);
            assert_line(i);
            assert_int_equal(take(), ppis[i].virq);
            lower_line(i);
            end_it(ppis[i].virq);
            create(&vcpu, &thread);
            restart();
        }
    }
}

// Its thread goes: what its vCPU has in flight stays, and comes when it has a thread again.
static void test_a_thread_is_deleted(void **state) {
    (void)state;
    FOR_EACH_PPI(i) {
        bind_one(&vcpu, i);
        enter(&vcpu);
        assert_line(i);
        leave();
        vcpu_pair(&core, &vcpu, NULL);
        interrupts();
        enter(&other);
        assert_false(physical[ppis[i].irq].active);
        vcpu_pair(&core, &vcpu, &thread);
        enter(&vcpu);
        assert_int_equal(take(), ppis[i].virq);
        lower_line(i);
        end_it(ppis[i].virq);
        assert_int_equal(handle_all(), 0);
    }
}

// --- everything

// Two vCPUs, of which one runs: what each has bound, and which of its lines are high.
static struct { bool bound[PPIS], due[PPIS]; } guests[2];
static unsigned runs;

static void rebind(unsigned i, bool bound) {
    struct vcpu *guest = core.arch.vcpu;
    if (bound)
        bind_one(guest, i);
    else
        unbind(guest, i);
    guest->ppi_open = 0; // no events
    vcpu_timer_update(&core);
    guests[runs].bound[i] = bound;
}

// The guest that runs gets each that it has bound and that is due, once. Whether it was any.
static bool handle_due(void) {
    static const unsigned weight[PPIS] = {1, 10, 100};
    unsigned expected = 0;
    for (unsigned i = 0; i < PPIS; i++) {
        bool comes = guests[runs].bound[i] && guests[runs].due[i];
        expected += comes ? weight[i] : 0;
        guests[runs].due[i] &= !comes;
    }
    assert_int_equal(handle_all(), expected);
    return expected != 0;
}

static bool random_step(unsigned what, unsigned i) {
    struct vcpu *const vcpus[] = {&vcpu, &other};
    switch (what) {
    case 0: // the other one runs
        runs = 1 - runs;
        enter(vcpus[runs]);
        return false;
    case 1: // a native thread runs, and the guest again
        leave();
        enter(vcpus[runs]);
        return false;
    case 2:
    case 3:
    case 4:
        rebind(i, what != 2);
        return false;
    case 5:
        assert_line(i);
        guests[runs].due[i] = true;
        return false;
    case 6:
        lower_line(i);
        guests[runs].due[i] = false;
        (void)is_pending(vcpus[runs], i);
        return false;
    default:
        return handle_due();
    }
}

// Whoever runs gets what is due, when it is bound, and nothing else.
static void test_random(void **state) {
    (void)state;
    uint64_t random = 5;
    unsigned comes = 0;
    for (unsigned round = 0; round < 1500; round++) {
        memset(guests, 0, sizeof guests);
        runs = 0;
        gic_lr_count = GIC_MIN_LRS + round % 3;
        vcpu.ppi_open = other.ppi_open = 0;
        enter(&vcpu);
        for (unsigned step = 0; step < 60; step++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            comes += random_step(random >> 33 & 7, (random >> 40) % PPIS);
            interrupts();
        }
        restart();
    }
    assert_true(comes > 1500);
    assert_int_equal(faults, 0);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(test_bound_it_is_unmasked_while_its_vcpu_is_loaded),
        TEST(test_it_comes_until_its_line_is_low),
        TEST(test_split_ends),
        TEST(test_all_three_come_by_priority),
        TEST(test_a_line_that_the_guest_lowers_is_withdrawn),
        TEST(test_a_disabled_one_waits),
        TEST(test_a_native_thread_runs),
        TEST(test_another_vcpu_runs),
        TEST(test_a_timer_ends_a_wait),
        TEST(test_unbound_it_is_an_event_once),
        TEST(test_unbound_again_it_is_an_event),
        TEST(test_it_has_a_handler_or_vcpus),
        TEST(test_a_vcpu_is_deleted_in_any_state),
        TEST(test_a_thread_is_deleted),
        TEST(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
