// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The model behind the unit tests of a vCPU's private interrupts; see arch_ppi_model.h.
#include "tests/unit/arch_ppi_model.h"

#define PMCR_E 1u

bool trap_guest_irq(struct core *core); // irq.c

const struct model_ppi ppis[PPIS] = {
    {VGIC_TIMER, BOARD_IRQ_VIRTUAL_TIMER, 27},
    {VGIC_PTIMER, BOARD_IRQ_PHYSICAL_TIMER, 30},
    {VGIC_PMU, BOARD_IRQ_PMU, 23},
};

struct vcpu other __attribute__((aligned(1 << SEL4_VCPU_BITS)));
struct tcb other_thread;
unsigned woken, faults, issued;
struct fault last_fault;

// --- the rest of the kernel

struct core *model_core(void) {
    return &core;
}
ticks_t arch_timer_now(void) {
    return model_count;
}
void thread_wait_virq(struct core *of, struct tcb *tcb) {
    (void)of;
    tcb->state = THREAD_BLOCKED_ON_VIRQ;
}
void thread_wake_virq(struct tcb *tcb) {
    tcb->state = THREAD_RUNNING;
    woken++;
}
void thread_fault(struct core *of, struct tcb *tcb, const struct fault *fault) {
    assert_ptr_equal(of, &core);
    assert_ptr_equal(tcb, core.arch.vcpu->tcb);
    last_fault = *fault;
    faults++;
}
bool irq_is_issued(unsigned irq) {
    return irq == issued;
}
void arch_irq_end(unsigned irq) {
    gic_deactivate(irq);
}
word_t spsr_sanitise(const struct tcb *tcb, word_t spsr) {
    (void)tcb;
    return spsr;
}
void arch_switch_long(struct core *of, struct tcb *tcb) {
    (void)of, (void)tcb;
    fail();
}
void debug_load(struct core *of, struct vcpu *loaded) {
    (void)of, (void)loaded;
}
void debug_forget(struct core *of, struct vcpu *gone) {
    (void)of, (void)gone;
}
void counters_init_core(struct core *of) {
    of->arch.counters_deadline = ~0ull;
    pmu_init(3);
}
void counters_sample(struct core *of) {
    (void)of;
}

// --- the machine

static bool timer_line(const char *name) {
    return (model_sysreg_read(name) & 7) == 5;
}

static bool asserts(unsigned irq) {
    if (irq == BOARD_IRQ_PMU)
        return model_sysreg_read("pmcr_el0") & PMCR_E &&
               model_sysreg_read("pmovsset_el0") & model_sysreg_read("pmintenset_el1");
    return timer_line(irq == BOARD_IRQ_VIRTUAL_TIMER ? "cntv_ctl_el0" : "cntp_ctl_el0");
}

unsigned gic_acknowledge(void) {
    for (unsigned i = 0; i < ARRAY_LENGTH(ppis); i++) {
        struct model_physical *line_of = &physical[ppis[i].irq];
        if (!line_of->masked && !line_of->active && asserts(ppis[i].irq)) {
            line_of->active = true;
            return ppis[i].irq;
        }
    }
    return IRQ_NONE;
}

static bool interrupt_waits(void) {
    for (unsigned i = 0; i < ARRAY_LENGTH(ppis); i++)
        if (!physical[ppis[i].irq].masked && !physical[ppis[i].irq].active && asserts(ppis[i].irq))
            return true;
    return false;
}

// As the trap code does it. Each interrupt is taken once: then it is active, or masked.
void interrupts(void) {
    for (unsigned turn = 0; interrupt_waits(); turn++) {
        assert_true(turn < ARRAY_LENGTH(ppis));
        gic_lr_synchronise();
        unsigned irq = core.arch.vcpu_active && trap_guest_irq(&core) ? IRQ_NONE : arch_irq_take();
        if (irq == IRQ_NONE)
            continue;
        // What is bound to the running guest went the short way.
        assert_false(core.arch.vcpu_active && core.arch.vcpu->vgic.bound >> vcpu_ppi_source(irq) & 1);
        assert_true(arch_irq_handle(&core, irq));
    }
    // Invariant 3 of vcpu_timer.c.
    uint64_t in_flight = core.arch.vcpu ? vgic_ppis_in_flight(&core, core.arch.vcpu) : 0;
    for (unsigned i = 0; i < ARRAY_LENGTH(ppis); i++)
        assert_int_equal(physical[ppis[i].irq].active, in_flight >> ppis[i].source & 1);
}

void enter(struct vcpu *guest) {
    gic_lr_synchronise();
    vcpu_enter(&core, guest);
    gic_lr_synchronise();
    interrupts();
}

void leave(void) {
    gic_lr_synchronise();
    vcpu_leave(&core);
    interrupts();
}

// --- the guest

void pmu(unsigned encoding, word_t value) {
    struct sysreg_access access = {.encoding = encoding, .value = value};
    gic_lr_synchronise();
    assert_int_equal(pmu_emulate(&core, core.arch.vcpu, &access), SYSREG_DONE);
}

const char *timer_control(unsigned i) {
    return ppis[i].source == VGIC_TIMER ? "cntv_ctl_el0" : "cntp_ctl_el0";
}

// The running guest's interrupt is due now, or is no longer.
void assert_line(unsigned i) {
    switch (ppis[i].source) {
    case VGIC_TIMER:
        model_sysreg_write("cntv_cval_el0", model_count - model_sysreg_read("cntvoff_el2"));
        model_sysreg_write("cntv_ctl_el0", TIMER_ON);
        break;
    case VGIC_PTIMER:
        model_sysreg_write("cntp_cval_el0", model_count);
        model_sysreg_write("cntp_ctl_el0", TIMER_ON);
        break;
    default:
        pmu(SYS_PMINTEN, CYCLES);
        pmu(SYS_PMOVSSET, CYCLES);
        pmu(SYS_PMCR, PMCR_E);
    }
    interrupts();
}

void lower_line(unsigned i) {
    if (ppis[i].source == VGIC_PMU)
        pmu(SYS_PMOVSCLR, CYCLES);
    else
        model_sysreg_write(timer_control(i), 0);
    interrupts();
}

unsigned take(void) {
    maintain();
    return acknowledge();
}

void end_it(unsigned virq) {
    end(virq);
    if (control & GIC_HCR_EN && vcpu.vgic.vmcr & VMCR_EOI_MODE)
        deactivate(virq);
    maintain();
    interrupts();
}

// Takes all that comes; each handler lowers its line. How often each came: a digit of the sum.
unsigned handle_all(void) {
    static const unsigned weight[] = {1, 10, 100};
    unsigned sum = 0, virq;
    for (unsigned turn = 0; (virq = take()) != EMPTY; turn++) {
        assert_true(turn < 8);
        for (unsigned i = 0; i < ARRAY_LENGTH(ppis); i++)
            if (ppis[i].virq == virq) {
                sum += weight[i];
                lower_line(i);
            }
        end_it(virq);
    }
    return sum;
}

bool is_pending(struct vcpu *of, unsigned i) {
    gic_lr_synchronise();
    return vgic_update(&core, of, ppis[i].virq, 0, 0) & GLACIS_IRQ_PENDING;
}

// --- each test's beginning

void bind_as(struct vcpu *to, unsigned i, unsigned virq, unsigned priority) {
    gic_lr_synchronise();
    assert_true(vcpu_ppi_claim(to, ppis[i].source));
    vgic_bind(&core, to, ppis[i].source, ppis[i].irq, virq, priority);
}

void bind_one(struct vcpu *to, unsigned i) {
    bind_as(to, i, ppis[i].virq, 0x40 + 0x10 * i);
}

void unbind(struct vcpu *of, unsigned i) {
    gic_lr_synchronise();
    vgic_unbind(&core, of, ppis[i].source);
    interrupts();
}

void delete_vcpu(struct vcpu *gone) {
    gic_lr_synchronise();
    vcpu_cap_finalise(cap_make(SEL4_CAP_VCPU, gone, 0), true);
    memset(gone, 0, sizeof *gone);
}

void create(struct vcpu *created, struct tcb *tcb) {
    memset(created, 0, sizeof *created);
    memset(tcb, 0, sizeof *tcb);
    tcb->state = THREAD_RUNNING;
    vcpu_create(created);
    created->vgic.vmcr = VMCR_GROUPS;
    vcpu_pair(&core, created, tcb);
}

void restart(void) {
    delete_vcpu(&vcpu);
    delete_vcpu(&other);
    for (unsigned i = 0; i < ARRAY_LENGTH(ppis); i++) {
        assert_false(physical[ppis[i].irq].active);
        assert_true(physical[ppis[i].irq].masked);
        assert_false(vcpu_ppi_is_claimed(ppis[i].irq));
    }
    create(&vcpu, &thread);
    create(&other, &other_thread);
    woken = faults = issued = running_count = 0;
}

int begin(void **state) {
    (void)state;
    memset(registers, 0, sizeof registers);
    memset(physical, 0, sizeof physical);
    memset(&core, 0, sizeof core);
    core.arch.irq_taken = IRQ_NONE;
    for (unsigned irq = 0; irq < IRQS; irq++)
        physical[irq].masked = true;
    model_sysreg_reset();
    model_count = 1 << 20;
    gic_lr_count = LRS;
    set_eoi_mode(0);
    vcpu_init_core(&core);
    create(&vcpu, &thread);
    create(&other, &other_thread);
    restart();
    return 0;
}

int finish(void **state) {
    (void)state;
    restart();
    delete_vcpu(&vcpu);
    delete_vcpu(&other);
    return 0;
}
