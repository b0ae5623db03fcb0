// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The model behind the virtual interrupt controller's tests; see vgic_model.h.
#include "tests/unit/vgic_model.h"

struct model model;

// ---- The kernel's invocations ----

bool vcpu_inject_irq(struct vcpu *vcpu, unsigned vintid, unsigned priority, unsigned group,
                     unsigned list_register, bool evicts) {
    assert_ptr_equal(vcpu, &model.vm.vcpus[0]);
    assert_in_range(priority, 0, 31);
    assert_in_range(group, 0, 1);
    model.calls++;
    if (list_register >= model.lr_count)
        return false;
    struct model_lr *lr = &model.lr[list_register];
    if (lr->kernel_owned || (evicts ? lr->state != VGIC_ACTIVE : lr->state & VGIC_ACTIVE)) {
        model.told_when_taken |= evicts;
        return false;
    }
    if (evicts)
        model.evicted[lr->intid] = true;
    model.injections++;
    *lr = (struct model_lr){vintid & 0x3ff, priority, group, vintid >> 10, VGIC_PENDING, false};
    return true;
}

void vcpu_inject_irq_soon(struct vcpu *vcpu, unsigned vintid, unsigned priority, unsigned group,
                          unsigned list_register) {
    assert_in_range(list_register, 0, model.lr_count / 2 - 1);
    assert_int_equal(model.lr[list_register].state, 0); // empty
    assert_true(vcpu_inject_irq(vcpu, vintid, priority, group, list_register, false));
}

unsigned vcpu_update_irq(struct vcpu *vcpu, unsigned vintid, unsigned set, unsigned clear) {
    assert_ptr_equal(vcpu, &model.vm.vcpus[0]);
    model.calls++;
    if (model.passed_bound && vintid == MODEL_PASSED) {
        unsigned before = model.passed_state;
        model.passed_state = (before & ~clear) | set;
        return before;
    }
    assert_int_equal((set | clear) & ~3u, 0);
    if (model.evicted[vintid]) {
        model.evicted[vintid] = !(clear & VGIC_ACTIVE);
        return VGIC_ACTIVE;
    }
    int i = model_find(vintid);
    if (i >= 0) {
        unsigned before = model.lr[i].state;
        model.lr[i].state = (before | set) & ~clear;
        return before;
    }
    if (vintid < 32) {
        unsigned before = model.held_state[vintid];
        model.held_state[vintid] = (before | set) & ~clear;
        return before;
    }
    assert_int_equal(set, 0); // nothing here to be set
    return 0;
}

void vcpu_reset_irqs(struct vcpu *vcpu) {
    (void)vcpu;
    model.calls++;
}

uint64_t vcpu_read_system(struct vcpu *vcpu, unsigned reg) {
    (void)vcpu;
    model.calls++;
    switch (reg) {
    case SEL4_VCPU_CNTV_CTL:
        return model.timer_control;
    case GLACIS_VCPU_CNTP_CTL:
        return model.ptimer_control;
    case GLACIS_VCPU_GROUPS:
        return model.groups;
    default:
        assert_in_range(reg, GLACIS_VCPU_PMCR, GLACIS_VCPU_REG_END - 1);
        return model.pmu[reg - GLACIS_VCPU_PMCR];
    }
}

void vcpu_bind_ppi(struct vcpu *vcpu, unsigned intid, unsigned vintid, unsigned priority) {
    (void)vcpu;
    assert_int_equal(intid, vintid);
    model.calls++;
    if (intid != 27) {
        assert_true(intid == model.config.ptimer_irq || intid == model.config.pmu_irq);
        model.ppi_bound |= 1u << intid;
        model.ppi_priority[intid] = priority;
        return;
    }
    model.timer_bound = true;
    model.timer_priority = priority;
}

void vcpu_bind_irq(struct vcpu *vcpu, unsigned handler, unsigned vintid, unsigned priority) {
    (void)vcpu;
    assert_int_equal(handler, MODEL_HANDLER);
    assert_int_equal(vintid, MODEL_PASSED);
    model.calls++;
    model.passed_bound = true;
    model.passed_priority = priority;
}

void vcpu_unbind_irq(struct vcpu *vcpu, unsigned vintid) {
    (void)vcpu;
    model.calls++;
    if (vintid != 27) {
        assert_true(model.ppi_bound >> vintid & 1);
        model.ppi_bound &= ~(1u << vintid);
        return;
    }
    assert_true(model.timer_bound);
    model.timer_bound = false;
}

void vcpu_ack_ppi(struct vcpu *vcpu, unsigned intid) {
    (void)vcpu;
    model.calls++;
    if (intid == 27)
        model.timer_acks++;
    else
        model.ppi_acks[intid]++;
}

void vcpu_set_sgis(struct vcpu *vcpu, unsigned enabled, uint64_t priorities_0_7, uint64_t priorities_8_15) {
    (void)vcpu;
    assert_int_equal(model.config.gic_version, 3);
    assert_int_equal(enabled & enabled >> 16, 0); // the kernel delivers in group 1
    model.calls++;
    model.sgis_enabled = enabled & 0xffff;
    model.sgis_of_group0 = enabled >> 16;
    model.sgi_priorities[0] = priorities_0_7;
    model.sgi_priorities[1] = priorities_8_15;
}

// ---- The VM ----

static void start(unsigned version, bool private) {
    model = (struct model){.lr_count = MODEL_LIST_REGISTERS + 1, .groups = 3};
    model.config = (struct vm_config){
        .vcpu_count = 1,
        .gic_version = version,
        .interrupt_count = MODEL_INTERRUPTS,
        .gicd_ipa = MODEL_GICD,
        .gicc_ipa = MODEL_GICC,
        .gicr_ipa = MODEL_GICR,
        .vtimer_irq = 27,
        .ptimer_irq = private ? MODEL_PTIMER : 0,
        .pmu_irq = private ? MODEL_PMU : 0,
    };
    model.vm.config = &model.config;
    model.vm.vcpus[0].vm = &model.vm;
    bus_init(&model.vm.bus);
    assert_null(irq_controller_create(&model.vm));
    irq_controller_reset(&model.vm);
    assert_int_equal(model_find(MODEL_SPURIOUS), -1);
    model.calls = model.injections = 0;
}

void model_start(unsigned version) {
    start(version, false);
}

static void make_ready(unsigned version) {
    uint64_t private = version == 3 ? MODEL_SGI : MODEL_GICD;
    for (unsigned n = 0; n < (MODEL_INTERRUPTS + 31) / 32; n++) {
        uint64_t base = n == 0 ? private : MODEL_GICD;
        model_write32(base + VGIC_IGROUPR + 4 * n, version == 3 ? ~0u : 0);
        for (unsigned i = 0; i < 32; i += 4)
            model_write32(base + VGIC_IPRIORITYR + 32 * n + i, 0xa0a0a0a0);
        model_write32(base + VGIC_ISENABLER + 4 * n, ~0u);
    }
    model_write32(MODEL_GICD + VGIC_CTLR, version == 3 ? 2 : 1);
    model.calls = model.injections = 0;
}

void model_start_ready(unsigned version) {
    start(version, false);
    make_ready(version);
}

void model_start_private(unsigned version) {
    start(version, true);
    make_ready(version);
}

uint64_t model_read(uint64_t ipa, unsigned bytes) {
    const struct bus_region *region = bus_lookup(&model.vm.bus, ipa);
    assert_non_null(region);
    assert_true(region->sizes & bytes);
    uint64_t value = region->read(&model.vm.vcpus[0], region->device, ipa - region->ipa, bytes);
    return value & ~0ull >> (64 - 8 * bytes); // as the bus's caller does
}

void model_write(uint64_t ipa, unsigned bytes, uint64_t value) {
    const struct bus_region *region = bus_lookup(&model.vm.bus, ipa);
    assert_non_null(region);
    assert_true(region->sizes & bytes);
    region->write(&model.vm.vcpus[0], region->device, ipa - region->ipa, bytes, value);
}

// ---- The guest's CPU interface ----

int model_find(unsigned intid) {
    for (unsigned i = 0; i < model.lr_count; i++)
        if (model.lr[i].state && !model.lr[i].kernel_owned && model.lr[i].intid == intid)
            return (int)i;
    return -1;
}

static int most_urgent(void) {
    int best = -1;
    for (unsigned i = 0; i < model.lr_count; i++)
        if (model.lr[i].state == VGIC_PENDING && !model.lr[i].kernel_owned &&
            model.groups >> model.lr[i].group & 1 &&
            (best < 0 || model.lr[i].priority < model.lr[best].priority))
            best = (int)i;
    return best;
}

static void tell_to_look(void) {
    if (model.told_when_taken) {
        model.told_when_taken = false;
        irq_handle_end(&model.vm.vcpus[0], GLACIS_END_LOOK);
    }
}

void model_set_groups(unsigned groups) {
    bool has_told = groups & ~model.groups || model.groups == 3; // the last one that goes off does not tell
    model.groups = groups;
    if (has_told)
        tell_to_look();
    model_check();
}

unsigned model_acknowledge(void) {
    int best = most_urgent();
    bool is_pending = false; // of whatever group
    for (unsigned i = 0; i < model.lr_count; i++)
        is_pending |= model.lr[i].state == VGIC_PENDING;
    if (!is_pending) {
        tell_to_look();
        best = most_urgent();
    }
    if (best < 0)
        return MODEL_SPURIOUS;
    model.lr[best].state = VGIC_ACTIVE;
    return model.lr[best].intid;
}

int model_end_silently(unsigned intid) {
    int i = model_find(intid);
    assert_true(i >= 0);
    assert_true(model.lr[i].state & VGIC_ACTIVE);
    model.lr[i].state &= ~(unsigned)VGIC_ACTIVE;
    return i;
}

void model_end(unsigned intid) {
    if (model.evicted[intid]) {
        model.evicted[intid] = false;
        irq_handle_end(&model.vm.vcpus[0], GLACIS_END_EVICTED | (int)intid);
        model_check();
        return;
    }
    irq_handle_end(&model.vm.vcpus[0], model_end_silently(intid));
    model_check();
}

void model_check(void) {
    struct vgic_cpu *cpu = vgic_cpu_of(&model.vm.vcpus[0]);
    for (unsigned i = 0; i < model.lr_count; i++) {
        for (unsigned k = 0; k < i; k++)
            if (model.lr[i].state && model.lr[k].state)
                assert_int_not_equal(model.lr[i].intid, model.lr[k].intid);
        unsigned intid = cpu->lr[i].intid;
        if (intid != VGIC_LR_FREE)
            assert_true(vgic_block_of(cpu, intid)->resident & vgic_bit(intid));
        else if (!model.lr[i].kernel_owned)
            assert_int_equal(model.lr[i].state, 0);
    }
    for (unsigned n = 0; n < cpu->gic->block_count; n++) {
        const struct vgic_block *b = vgic_block_of(cpu, n * 32);
        for (unsigned i = 0; i < 32; i++) {
            bool is_evicted = model.evicted[n * 32 + i];
            assert_true(!is_evicted || b->acknowledged >> i & 1);
            assert_true(!is_evicted || model_find(n * 32 + i) < 0);
        }
        assert_int_equal(b->acknowledged & ~b->resident, 0);
        assert_int_equal(b->resident_latch & ~b->resident, 0);
        uint32_t words = b->enabled | b->group | b->edge | b->line | b->latch | b->active | b->resident;
        assert_int_equal(words & ~b->implemented, 0);
        if (n == 0)
            assert_int_equal(b->resident & cpu->kernel_held, 0);
    }
}
