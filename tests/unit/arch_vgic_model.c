// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The model behind the unit tests of the kernel's list registers; see arch_vgic_model.h.
#include "tests/unit/arch_vgic_model.h"

const uint64_t gic_lr_group = LR_GROUP1;
const bool gic_lr_has_source = false;
const bool gic_looks_late = false;
unsigned gic_lr_count = LRS;

// In tests of vcpu.c and vcpu_timer.c these are theirs.
#define MODEL_WEAK __attribute__((weak))

uint64_t registers[VGIC_MAX_LRS];
static uint32_t unseen,
    unseen_free; // written in this kernel entry: gic_lr_free still says what it said before
uint32_t control;
bool line;

struct model_physical physical[IRQS];
unsigned wakes;
struct core core;
struct vcpu vcpu __attribute__((aligned(1 << SEL4_VCPU_BITS)));
struct tcb thread;

uint32_t gic_hcr_dir = 1u << 14, eoi_count;
static uint32_t vmcr;
unsigned running_count;
static struct { unsigned virq, priority; } running[VGIC_SOURCES];

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

uint64_t gic_lr_encode(uint64_t lr) {
    return lr;
}

void gic_lr_write_encoded(unsigned index, uint64_t encoded) {
    gic_lr_write(index, encoded);
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

uint32_t gic_lr_ended(void) {
    uint32_t ended = 0;
    for (unsigned i = 0; i < gic_lr_count; i++)
        if (!(registers[i] & LR_STATE) && !(registers[i] & LR_HW) && registers[i] & LR_EOI)
            ended |= 1u << i;
    return ended;
}

void gic_virtual_control(uint32_t hcr) {
    control = hcr;
    eoi_count = hcr / GIC_HCR_ONE_END;
}

unsigned gic_unlisted_ends(void) {
    return eoi_count;
}

bool gic_has_active_priority(void) {
    return running_count != 0;
}

uint32_t gic_vmcr_read(void) {
    return vmcr;
}

void set_eoi_mode(unsigned mode) {
    vmcr = vcpu.vgic.vmcr = (vmcr & ~VMCR_EOI_MODE) | (mode ? (uint32_t)VMCR_EOI_MODE : 0);
}

void set_groups(unsigned groups) {
    vmcr = vcpu.vgic.vmcr = (vmcr & ~VMCR_GROUPS) | groups;
}

void gic_virtual_save(struct vgic *vgic) {
    vgic->vmcr = vmcr;
    memset(registers, 0, sizeof registers); // another vCPU's come, one after the other
}

void gic_virtual_load(const struct vgic *vgic) {
    vmcr = vgic->vmcr;
}

void gic_deactivate(unsigned irq) {
    if (irq < PRIVATE)
        assert_true(physical[irq].active);
    physical[irq].active = false;
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

MODEL_WEAK void vcpu_wake(struct core *of, struct vcpu *woken) {
    (void)of;
    assert_ptr_equal(woken, &vcpu);
    wakes++;
}

MODEL_WEAK unsigned vcpu_ppi_source(unsigned irq) {
    return irq == PPI ? VGIC_TIMER : 0;
}

MODEL_WEAK bool vcpu_ppi_asserts(const struct vcpu *of, unsigned source) {
    return of == &vcpu && source == VGIC_TIMER && line;
}

MODEL_WEAK void vcpu_timer_update(struct core *of) {
    (void)of;
}

MODEL_WEAK ticks_t arch_timer_now(void) {
    return 0;
}

void kernel_panic(const char *format, ...) {
    fail_msg("%s", format);
    for (;;)
        ;
}

bool maintenance_asserted(void) {
    unsigned valid = 0, pending = 0;
    for (unsigned i = 0; i < gic_lr_count; i++) {
        valid += (registers[i] & LR_STATE) != 0;
        pending += (registers[i] & LR_STATE) == LR_PENDING;
    }
    // VGrp0E, VGrp0D, VGrp1E, VGrp1D of ICH_MISR_EL2, where ICH_HCR_EL2 enables them.
    uint32_t groups = (vmcr & 1 ? 0x10 : 0x20) | (vmcr & 2 ? 0x40 : 0x80);
    return gic_lr_ended() || (control & GIC_HCR_LRENPIE && eoi_count) || control & groups ||
           (control & GIC_HCR_UIE && valid <= 1) || (control & GIC_HCR_NPIE && !pending);
}

unsigned acknowledge(void) {
    unsigned best = EMPTY;
    for (unsigned i = 0; i < gic_lr_count; i++)
        if ((registers[i] & LR_STATE) == LR_PENDING && vmcr >> !!(registers[i] & LR_GROUP1) & 1 &&
            (best == EMPTY || LR_PRIORITY(registers[i]) < LR_PRIORITY(registers[best])))
            best = i;
    if (best == EMPTY ||
        (running_count && LR_PRIORITY(registers[best]) >= running[running_count - 1].priority))
        return EMPTY;
    registers[best] = (registers[best] & ~LR_STATE) | LR_ACTIVE;
    running[running_count].priority = LR_PRIORITY(registers[best]);
    return running[running_count++].virq = LR_VIRQ(registers[best]);
}

// What is in no list register is counted.
static void deactivate_listed(unsigned virq) {
    for (unsigned i = 0; i < gic_lr_count; i++)
        if (registers[i] & LR_ACTIVE && LR_VIRQ(registers[i]) == virq) {
            registers[i] &= ~LR_ACTIVE;
            if (registers[i] & LR_HW)
                physical[LR_PHYSICAL(registers[i])].active = false;
            return;
        }
    eoi_count++;
}

void end(unsigned virq) {
    assert_true(running_count > 0);
    assert_int_equal(running[--running_count].virq, virq);
    if (!(vmcr & VMCR_EOI_MODE))
        deactivate_listed(virq);
}

void deactivate(unsigned virq) {
    assert_true(vmcr & VMCR_EOI_MODE);
    if (control & gic_hcr_dir)
        vgic_deactivate(&core, core.arch.vcpu, virq);
    else
        deactivate_listed(virq);
}

int reported;
void (*report_to)(int);

// A fault of the guest, as world.h has it: the interface is off while the VMM runs.
static void report(int index) {
    reported = index;
    if (!report_to)
        return;
    vgic_take_ends(&core, &vcpu);
    gic_virtual_control(0);
    core.arch.vcpu_active = false;
    report_to(index);
    core.arch.vcpu_active = true;
    gic_lr_synchronise();
    vgic_flush(&core, &vcpu);
    gic_virtual_control(vcpu.vgic.hcr | GIC_HCR_EN);
}

// Takes maintenance interrupts until none is asserted. Each must bring something on.
void maintain(void) {
    for (unsigned turn = 0; maintenance_asserted(); turn++) {
        assert_true(turn < 2 * VGIC_MAX_LRS);
        int index = vgic_maintenance(&core, core.arch.vcpu);
        if (index >= 0)
            report(index);
    }
}

// The guest takes all that it gets, with the maintenance interrupts in between. Numbers in order.
unsigned drain(unsigned *order, unsigned room) {
    unsigned count = 0, virq;
    maintain();
    while ((virq = acknowledge()) != EMPTY) {
        assert_true(count < room);
        order[count++] = virq;
        maintain();
        end(virq);
        if (vmcr & VMCR_EOI_MODE)
            deactivate(virq);
        maintain();
    }
    return count;
}

void timer_fires(void) {
    assert_false(physical_active);
    physical_active = true;
    vgic_raise(&core, &vcpu, VGIC_TIMER);
}

void switch_away(void) {
    vgic_take_ends(&core, &vcpu);
    gic_virtual_control(0);
    core.arch.vcpu_active = false;
    if (vgic_ppis_in_flight(&core, &vcpu))
        gic_deactivate(BOARD_IRQ_VIRTUAL_TIMER);
    gic_lr_synchronise();
    vgic_unload(&core, &vcpu);
    core.arch.vcpu = NULL;
    memset(registers, 0, sizeof registers);
}

void switch_back(void) {
    core.arch.vcpu = &vcpu;
    vgic_load(&core, &vcpu);
    gic_lr_synchronise();
    if (vgic_ppis_in_flight(&core, &vcpu))
        physical_active = true;
    core.arch.vcpu_active = true;
    vgic_flush(&core, &vcpu);
    gic_virtual_control(vcpu.vgic.hcr | GIC_HCR_EN);
}

int setup(void **state) {
    (void)state;
    memset(registers, 0, sizeof registers);
    vgic_forget(&vcpu.vgic);
    memset(&vcpu, 0, sizeof vcpu);
    memset(physical, 0, sizeof physical);
    vgic_init(&vcpu.vgic);
    memset(&core, 0, sizeof core);
    control = wakes = eoi_count = running_count = 0;
    vmcr = vcpu.vgic.vmcr = VMCR_GROUPS;
    line = true;
    reported = -1;
    report_to = NULL;
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

// What the lines and latches make of the physical interrupts, as the kernel would take them.
void physical_fires(void) {
    for (unsigned irq = LEVEL; irq < IRQS; irq++) {
        if (!vgic_binding[irq] || physical[irq].active || physical[irq].masked || !gic_is_pending(irq))
            continue;
        physical[irq].active = true;
        physical[irq].pending = false;
        assert_true(vgic_take(&core, irq));
    }
}

void bind_all(void) {
    for (unsigned i = 0; i < 3; i++) {
        vgic_bind(&core, &vcpu, VGIC_BOUND + i, LEVEL + i, 100 + i, 0x80 - 0x20 * i);
        assert_true(physical[LEVEL + i].masked);
        assert_int_equal(vgic_update(&core, &vcpu, 100 + i, GLACIS_IRQ_ENABLED, 0), 0);
        assert_false(physical[LEVEL + i].masked);
    }
}
