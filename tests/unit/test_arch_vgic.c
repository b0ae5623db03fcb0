// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's list registers (kernel/arch/aarch64/vgic.c, vgic_sgi.c) over a model of the virtual CPU
// interface: what the guest acknowledges and ends, and in which order.
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/objects.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define PPI        27
#define LRS        4
#define EMPTY      (~0u)
#define ALL_OTHERS BIT(40) // ICC_SGI1R_EL1.IRM

// --- the model: hardware list registers, and the rest of the kernel as far as it is called

const uint64_t gic_lr_group = LR_GROUP1;
const bool gic_lr_has_source = false;
unsigned gic_lr_count = LRS;

static uint64_t registers[VGIC_MAX_LRS];
static uint32_t unseen,
    unseen_free; // written in this kernel entry: gic_lr_free still says what it said before
static uint32_t control;
static bool physical_active, line;

// The physical distributor, as far as bound interrupts need it.
enum { LEVEL = 39, EDGE = 40, THIRD = 41, IRQS = 64 };
static struct {
    bool active, pending, masked, asserted; // pending: latched
} physical[IRQS];
static unsigned wakes;
static struct core core;
static struct vcpu vcpu __attribute__((aligned(1 << SEL4_VCPU_BITS)));
static struct tcb thread;

uint64_t gic_lr_read(unsigned index) {
    assert_true(index < gic_lr_count);
    return registers[index];
}

// The hardware allows an interrupt once, and hardware-backed ones no pending-and-active state.
void gic_lr_write(unsigned index, uint64_t lr) {
    assert_true(index < gic_lr_count);
    if (!(unseen >> index & 1))
        unseen_free = (unseen_free & ~(1u << index)) | (gic_lr_free() & 1u << index);
    unseen |= 1u << index;
    registers[index] = lr;
    assert_false(lr & LR_HW && (lr & LR_STATE) == LR_STATE);
    for (unsigned i = 0; i < gic_lr_count; i++)
        assert_false(i != index && lr & LR_STATE && registers[i] & LR_STATE &&
                     LR_VIRQ(lr) == LR_VIRQ(registers[i]));
}

uint32_t gic_lr_free(void) {
    uint32_t free = 0;
    for (unsigned i = 0; i < gic_lr_count; i++)
        if (!(registers[i] & LR_STATE) && (registers[i] & LR_HW || !(registers[i] & LR_EOI)))
            free |= 1u << i;
    return (free & ~unseen) | (unseen_free & unseen);
}

void gic_lr_synchronise(void) {
    unseen = 0;
}

// An exception to the kernel synchronises too.
#define vgic_raise(...)       (gic_lr_synchronise(), vgic_raise(__VA_ARGS__))
#define vgic_take(...)        (gic_lr_synchronise(), vgic_take(__VA_ARGS__))
#define vgic_maintenance(...) (gic_lr_synchronise(), vgic_maintenance(__VA_ARGS__))

uint32_t gic_lr_ended(void) {
    uint32_t ended = 0;
    for (unsigned i = 0; i < gic_lr_count; i++)
        if (!(registers[i] & LR_STATE) && !(registers[i] & LR_HW) && registers[i] & LR_EOI)
            ended |= 1u << i;
    return ended;
}

void gic_virtual_control(uint32_t hcr) {
    control = hcr;
}

void gic_virtual_save(struct vgic *vgic) {
    (void)vgic;
}

void gic_virtual_load(const struct vgic *vgic) {
    (void)vgic;
}

void gic_deactivate(unsigned irq) {
    if (irq != BOARD_IRQ_VIRTUAL_TIMER) {
        physical[irq].active = false;
        return;
    }
    assert_true(physical_active);
    physical_active = false;
}

void gic_activate(unsigned irq) {
    physical[irq].active = true;
}

bool gic_is_edge(unsigned irq) {
    return irq != LEVEL;
}

bool gic_is_pending(unsigned irq) {
    return physical[irq].pending || physical[irq].asserted;
}

void gic_set_pending(unsigned irq, bool pending) {
    physical[irq].pending = pending;
}

void arch_irq_mask(unsigned irq) {
    physical[irq].masked = true;
}

void arch_irq_unmask(unsigned irq) {
    physical[irq].masked = false;
}

void vcpu_wake(struct core *of, struct vcpu *woken) {
    (void)of;
    assert_ptr_equal(woken, &vcpu);
    wakes++;
}

bool vcpu_timer_asserts(void) {
    return line;
}

void vcpu_timer_update(struct core *of) {
    (void)of;
}

ticks_t arch_timer_now(void) {
    return 0;
}

void kernel_panic(const char *format, ...) {
    fail_msg("%s", format);
    for (;;)
        ;
}

static bool maintenance_asserted(void) {
    unsigned valid = 0, pending = 0;
    for (unsigned i = 0; i < gic_lr_count; i++) {
        valid += (registers[i] & LR_STATE) != 0;
        pending += (registers[i] & LR_PENDING) != 0;
    }
    return gic_lr_ended() || (control & GIC_HCR_UIE && valid <= 1) || (control & GIC_HCR_NPIE && !pending);
}

// The guest acknowledges the most urgent pending interrupt: its number, or EMPTY.
static unsigned acknowledge(void) {
    unsigned best = EMPTY;
    for (unsigned i = 0; i < gic_lr_count; i++)
        if (registers[i] & LR_PENDING &&
            (best == EMPTY || LR_PRIORITY(registers[i]) < LR_PRIORITY(registers[best])))
            best = i;
    if (best == EMPTY)
        return EMPTY;
    registers[best] = (registers[best] & ~LR_STATE) | LR_ACTIVE;
    return LR_VIRQ(registers[best]);
}

static void end(unsigned virq) {
    for (unsigned i = 0; i < gic_lr_count; i++)
        if (registers[i] & LR_ACTIVE && LR_VIRQ(registers[i]) == virq) {
            registers[i] &= ~LR_ACTIVE;
            if (registers[i] & LR_HW && LR_PHYSICAL(registers[i]) == BOARD_IRQ_VIRTUAL_TIMER)
                physical_active = false;
            else if (registers[i] & LR_HW)
                physical[LR_PHYSICAL(registers[i])].active = false;
            return;
        }
    fail_msg("%u is not active", virq);
}

static int reported;

// Takes maintenance interrupts until none is asserted. Each must bring something on.
static void maintain(void) {
    for (unsigned turn = 0; maintenance_asserted(); turn++) {
        assert_true(turn < 2 * VGIC_MAX_LRS);
        int index = vgic_maintenance(&core, &vcpu);
        if (index >= 0)
            reported = index;
    }
}

// The guest takes all that it gets, with the maintenance interrupts in between. Numbers in order.
static unsigned drain(unsigned *order, unsigned room) {
    unsigned count = 0, virq;
    maintain();
    while ((virq = acknowledge()) != EMPTY) {
        assert_true(count < room);
        order[count++] = virq;
        maintain();
        end(virq);
        maintain();
    }
    return count;
}

static void timer_fires(void) {
    assert_false(physical_active);
    physical_active = true;
    vgic_raise(&core, &vcpu, VGIC_TIMER);
}

static int setup(void **state) {
    (void)state;
    memset(registers, 0, sizeof registers);
    vgic_forget(&vcpu.vgic);
    memset(&vcpu, 0, sizeof vcpu);
    memset(physical, 0, sizeof physical);
    vgic_init(&vcpu.vgic);
    memset(&core, 0, sizeof core);
    control = wakes = 0;
    physical_active = false;
    line = true;
    reported = -1;
    gic_lr_count = LRS;
    vcpu.tcb = &thread;
    core.arch.vcpu = &vcpu;
    core.arch.vcpu_active = true;
    uint8_t priorities[VGIC_SGIS];
    for (unsigned i = 0; i < VGIC_SGIS; i++)
        priorities[i] = (uint8_t)(0x10 + 8 * i);
    vgic_bind(&core, &vcpu, VGIC_TIMER, BOARD_IRQ_VIRTUAL_TIMER, PPI, 0x40);
    vgic_set_sgis(&core, &vcpu, 0xffff, priorities);
    return 0;
}

static void test_timer_takes_the_last_register(void **state) {
    (void)state;
    timer_fires();
    assert_int_equal(registers[LRS - 1], PPI | (uint64_t)BOARD_IRQ_VIRTUAL_TIMER << LR_PHYSICAL_SHIFT |
                                             LR_HW | LR_PENDING | LR_GROUP1 | 0x40ull << LR_PRIORITY_SHIFT);
    assert_int_equal(control, 0);
    assert_true(vgic_timer_in_flight(&core, &vcpu));
    unsigned order[2];
    assert_int_equal(drain(order, 2), 1);
    assert_int_equal(order[0], PPI);
    assert_false(physical_active);
    assert_false(vgic_timer_in_flight(&core, &vcpu));
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

static void test_vmm_has_the_lower_half_and_hears_each_end(void **state) {
    (void)state;
    for (unsigned sgi = 0; sgi < VGIC_SGIS; sgi++)
        vgic_raise_sgi(&core, &vcpu, sgi);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 0, 1), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 1, 101, 1, 1), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 2, 102, 2, 1), VGIC_BUSY);
    assert_int_equal(vgic_inject(&core, &vcpu, 3, 103, 2, 1), VGIC_BUSY);
    assert_int_equal(acknowledge(), 100);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 104, 0, 1), VGIC_BUSY); // active
    end(100);
    maintain();
    assert_int_equal(reported, 0);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 104, 0, 1), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 105, 0, 1), VGIC_INJECTED); // pending is overwritten
    unsigned order[32];
    assert_int_equal(drain(order, 32), 18);
}

static void test_last_register_is_the_kernels_while_it_has_interrupts(void **state) {
    (void)state;
    uint8_t priorities[VGIC_SGIS] = {0};
    assert_int_equal(vgic_inject(&core, &vcpu, LRS - 1, 100, 0, 1), VGIC_BUSY);
    vgic_unbind(&core, &vcpu, VGIC_TIMER);
    vgic_set_sgis(&core, &vcpu, 0, priorities);
    assert_int_equal(vgic_inject(&core, &vcpu, LRS - 1, 100, 0, 1), VGIC_INJECTED);
}

static void test_one_end_a_maintenance_interrupt(void **state) {
    (void)state;
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 0, 1), VGIC_INJECTED);
    assert_int_equal(vgic_inject(&core, &vcpu, 1, 101, 1, 1), VGIC_INJECTED);
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
    assert_int_equal(vgic_update(&core, &vcpu, PPI, 1, 0), 0);
    assert_false(physical_active);
    assert_int_equal(acknowledge(), PPI);
    timer_fires(); // for real, while the other is active: comes after its end
    assert_int_equal(acknowledge(), EMPTY);
    end(PPI);
    maintain();
    assert_int_equal(reported, -1);
    assert_int_equal(acknowledge(), PPI);
    assert_true(physical_active);
    end(PPI);
    assert_false(physical_active);
    // Pending by software, then for real: once.
    (void)vgic_update(&core, &vcpu, PPI, 1, 0);
    timer_fires();
    unsigned order[4];
    assert_int_equal(drain(order, 4), 1);
    assert_false(physical_active);
}

static void test_states_are_read_and_changed(void **state) {
    (void)state;
    assert_int_equal(vgic_update(&core, &vcpu, 6, 2, 0), 0); // an SGI made active
    assert_int_equal(vgic_update(&core, &vcpu, 6, 1, 0), 2);
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, 2), 3);
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, 1), 1);
    assert_int_equal(vgic_update(&core, &vcpu, 6, 0, 0), 0);
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 0, 1), VGIC_INJECTED);
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
    assert_int_equal(vgic_inject(&core, &vcpu, 0, 100, 20, 1), VGIC_INJECTED);
    vgic_unload(&core, &vcpu);
    core.arch.vcpu = NULL;
    core.arch.vcpu_active = false;
    memset(registers, 0, sizeof registers);
    assert_true(vgic_timer_in_flight(&core, &vcpu));
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

// What the lines and latches make of the physical interrupts, as the kernel would take them.
static void physical_fires(void) {
    for (unsigned irq = LEVEL; irq <= THIRD; irq++) {
        if (physical[irq].active || physical[irq].masked || !gic_is_pending(irq))
            continue;
        physical[irq].active = true;
        physical[irq].pending = false;
        assert_true(vgic_take(&core, irq));
    }
}

static void bind_all(void) {
    for (unsigned i = 0; i < 3; i++) {
        vgic_bind(&core, &vcpu, VGIC_TIMER + 1 + i, LEVEL + i, 100 + i, 0x80 - 0x20 * i);
        assert_true(physical[LEVEL + i].masked);
        assert_int_equal(vgic_update(&core, &vcpu, 100 + i, GLACIS_IRQ_ENABLED, 0), 0);
        assert_false(physical[LEVEL + i].masked);
    }
}

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
    vgic_bind(&core, &vcpu, VGIC_TIMER + 2, EDGE, 101, 0);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_timer_takes_the_last_register, setup),
        cmocka_unit_test_setup(test_more_than_registers_come_by_priority, setup),
        cmocka_unit_test_setup(test_sgi_merges_while_pending_and_comes_again_while_active, setup),
        cmocka_unit_test_setup(test_disabled_sgi_waits, setup),
        cmocka_unit_test_setup(test_vmm_has_the_lower_half_and_hears_each_end, setup),
        cmocka_unit_test_setup(test_last_register_is_the_kernels_while_it_has_interrupts, setup),
        cmocka_unit_test_setup(test_one_end_a_maintenance_interrupt, setup),
        cmocka_unit_test_setup(test_unbinding_withdraws_the_pending_timer, setup),
        cmocka_unit_test_setup(test_stopped_timer_is_withdrawn_when_asked, setup),
        cmocka_unit_test_setup(test_timer_set_pending_by_software, setup),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
