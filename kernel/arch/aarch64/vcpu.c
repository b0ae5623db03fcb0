// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// vCPUs on a core: loading, entering and leaving; their threads; WFI; the virtual timer.
//
// Invariants:
// 1. The diagram of arch/vcpu.h. core->arch.vcpu is the loaded vCPU; vcpu_active says that the world
//    registers, the virtual interface and HCR_EL2 (which arch_before_exit writes) are the guest's.
// 2. Native threads run with TGE = 1, stage 1 off, no access to counters, timers, PMU and debug registers.
// 3. The physical virtual-timer interrupt is active exactly while the loaded vCPU has it in flight
//    (vgic_ppis_in_flight).
// 4. core->arch.waiting lists the vCPUs whose threads are in THREAD_BLOCKED_ON_VIRQ.
#include <arch/internal.h>
#include <arch/switch.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/vcpu.h>
#include <arch/world.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/objects.h>

// HCR_SWIO makes the guest's invalidation by set and way clean too, so those need no trap: no line of
// another's is lost.
#define HCR_GUEST                                                                                            \
    (HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU | HCR_TID3 | HCR_TSC | HCR_TIDCP |   \
     HCR_TACR | HCR_RW)
#define MPIDR_RES1 BIT(31)

// CPACR_EL1.ZEN and SMEN of a CPU with SVE or SME: 3 in the register, so that what the guest must not know
// traps to EL2 and not to its own EL1; it sees 0. CPTR_EL2.TCPAC traps its accesses then (vcpu_cpacr).
#define CPACR_HIDDEN (3ull << 16 | 3ull << 24)

static bool has_pauth, has_ras, has_sme;
word_t vcpu_cpacr_hidden; // CPACR_HIDDEN, or 0

// --- registers

#define FOR_EACH_EL1_REGISTER(op)                                                                            \
    op(TTBR0, "ttbr0_el1") op(TTBR1, "ttbr1_el1") op(TCR, "tcr_el1") op(MAIR, "mair_el1")                    \
        op(AMAIR, "amair_el1") op(CIDR, "contextidr_el1") op(AFSR0, "afsr0_el1") op(AFSR1, "afsr1_el1")      \
            op(ESR, "esr_el1") op(FAR, "far_el1") op(PAR, "par_el1") op(VBAR, "vbar_el1")                    \
                op(TPIDR_EL1, "tpidr_el1") op(VMPIDR_EL2, "vmpidr_el2") op(SP_EL1, "sp_el1")                 \
                    op(ELR_EL1, "elr_el1") op(SPSR_EL1, "spsr_el1") op(CNTV_CVAL, "cntv_cval_el0")           \
                        op(CNTVOFF, "cntvoff_el2")
// APIA, APIB, APDA, APDB, APGA keys (Arm ARM D17.2.7 and after).
#define FOR_EACH_KEY(op)                                                                                     \
    op(0, "s3_0_c2_c1_0") op(1, "s3_0_c2_c1_1") op(2, "s3_0_c2_c1_2") op(3, "s3_0_c2_c1_3")                  \
        op(4, "s3_0_c2_c2_0") op(5, "s3_0_c2_c2_1") op(6, "s3_0_c2_c2_2") op(7, "s3_0_c2_c2_3")              \
            op(8, "s3_0_c2_c3_0") op(9, "s3_0_c2_c3_1")

#define SAVE_REGISTER(field, name) vcpu->regs[SEL4_VCPU_##field] = SYSREG_READ(name);
#define LOAD_REGISTER(field, name) SYSREG_WRITE(name, vcpu->regs[SEL4_VCPU_##field]);
#define SAVE_KEY(index, name)      vcpu->pauth[index] = SYSREG_READ(name);
#define LOAD_KEY(index, name)      SYSREG_WRITE(name, vcpu->pauth[index]);

static void registers_save(struct vcpu *vcpu) {
    FOR_EACH_EL1_REGISTER(SAVE_REGISTER)
    vcpu->regs[SEL4_VCPU_CNTV_CTL] = SYSREG_READ("cntv_ctl_el0");
}

static void registers_load(const struct vcpu *vcpu) {
    FOR_EACH_EL1_REGISTER(LOAD_REGISTER)
    SYSREG_WRITE("cntv_ctl_el0", vcpu->regs[SEL4_VCPU_CNTV_CTL]);
}

word_t vcpu_cpacr_read(void) {
    return SYSREG_READ("cpacr_el1") & ~vcpu_cpacr_hidden;
}

void vcpu_cpacr_write(word_t value) {
    SYSREG_WRITE("cpacr_el1", value | vcpu_cpacr_hidden);
}

void vcpu_read_back(struct core *core, struct vcpu *vcpu) {
    if (!vcpu_is_loaded(core, vcpu))
        return;
    registers_save(vcpu);
    if (core->arch.vcpu_active)
        world_save(vcpu);
}

void vcpu_write_back(struct core *core, struct vcpu *vcpu) {
    if (!vcpu_is_loaded(core, vcpu))
        return;
    registers_load(vcpu);
    if (core->arch.vcpu_active)
        world_load(vcpu);
}

// --- loading and entering

static void control_physical_timer(const struct vcpu *vcpu) {
    SYSREG_WRITE("cnthctl_el2",
                 CNTHCTL_EL1PCTEN | (vcpu->exit_mask & GLACIS_EXIT_PTIMER ? 0 : CNTHCTL_EL1PCEN));
}

// Registers that a guest is not to know, but may reach, hold nothing of the one before: VDISR_EL2, which its
// DISR_EL1 is while HCR_EL2.AMO = 1, and TPIDR2_EL0, where the CPU has no HFGRTR_EL2 to trap it (Arm ARM, the
// pages of DISR_EL1 and TPIDR2_EL0).
static void forget_hidden(void) {
    if (has_ras)
        SYSREG_WRITE("s3_4_c12_c1_1", 0);
    if (has_sme)
        SYSREG_WRITE("s3_3_c13_c0_5", 0);
}

static void vcpu_load(struct core *core, struct vcpu *vcpu) {
    core->arch.vcpu = vcpu;
    SYSREG_WRITE("csselr_el1", vcpu->csselr);
    if (has_pauth) {
        FOR_EACH_KEY(LOAD_KEY)
    }
    forget_hidden();
    control_physical_timer(vcpu);
    vgic_load(core, vcpu);
    uint64_t in_flight = vgic_ppis_in_flight(core, vcpu);
    if (in_flight)
        vcpu_ppis_activate(in_flight); // before a timer or the PMU may assert it
    SYSREG_WRITE("cntp_cval_el0", vcpu->cntp_cval);
    SYSREG_WRITE("cntp_ctl_el0", vcpu->cntp_ctl);
    if (UNLIKELY(vcpu->pmu_used))
        pmu_load(vcpu);
    registers_load(vcpu);
    debug_load(core, vcpu);
}

void vcpu_unload(struct core *core) {
    struct vcpu *vcpu = core->arch.vcpu;
    if (core->arch.vcpu_active)
        vcpu_leave(core);
    registers_save(vcpu);
    SYSREG_WRITE("cntv_ctl_el0", 0);
    vcpu->csselr = SYSREG_READ("csselr_el1");
    if (has_pauth) {
        FOR_EACH_KEY(SAVE_KEY)
    }
    vcpu->cntp_ctl = SYSREG_READ("cntp_ctl_el0");
    vcpu->cntp_cval = SYSREG_READ("cntp_cval_el0");
    SYSREG_WRITE("cntp_ctl_el0", 0);
    if (UNLIKELY(vcpu->pmu_used))
        pmu_unload(vcpu);
    isb(); // all are silent before their interrupts can be taken again
    uint64_t in_flight = vgic_ppis_in_flight(core, vcpu);
    if (in_flight)
        vcpu_ppis_deactivate(in_flight);
    vgic_unload(core, vcpu);
    core->arch.reenter = NULL;
    core->arch.vcpu = NULL; // if it waits: its timer was a deadline of the kernel while it was loaded, too
}

void vcpu_enter(struct core *core, struct vcpu *vcpu) {
    if (core->arch.vcpu != vcpu) {
        if (core->arch.vcpu)
            vcpu_unload(core);
        vcpu_load(core, vcpu);
    } else if (core->arch.vcpu_active) {
        return;
    }
    if (UNLIKELY(!vcpu->first_entry || vcpu->regs[SEL4_VCPU_CNTVOFF] == VCPU_CNTVOFF_AT_ENTRY)) {
        ticks_t now = arch_timer_now();
        if (!vcpu->first_entry)
            vcpu->first_entry = now;
        if (vcpu->regs[SEL4_VCPU_CNTVOFF] == VCPU_CNTVOFF_AT_ENTRY) {
            vcpu_place_count(vcpu);
            SYSREG_WRITE("cntvoff_el2", vcpu->regs[SEL4_VCPU_CNTVOFF]);
            isb();
            vgic_withdraw_ppi(core, vcpu, VGIC_TIMER); // what was due in between may not be now
        }
    }
    world_enter(core, vcpu);
    vcpu_timer_update(core);
}

void vcpu_load_rare(const struct vcpu *vcpu) {
    SYSREG_WRITE("mdscr_el1", vcpu->os_lock ? 0 : vcpu->mdscr);
    if (vcpu->pmu_used)
        pmu_start(vcpu);
}

void vcpu_leave_rare(const struct vcpu *vcpu) {
    SYSREG_WRITE("mdscr_el1", 0);
    if (vcpu && vcpu->pmu_used)
        pmu_stop();
}

void vcpu_leave(struct core *core) {
    struct vcpu *vcpu = core->arch.vcpu;
    world_leave(core, vcpu);
}

void vcpu_init_core(struct core *core) {
    word_t isar1 = SYSREG_READ("id_aa64isar1_el1"), isar2 = SYSREG_READ("s3_0_c0_c6_2");
    has_pauth = (isar1 & 0xff000ff0) || (isar2 & 0xff00); // APA, API, GPA, GPI; GPA3, APA3
    core->arch.hcr_guest = HCR_GUEST | (has_pauth ? HCR_API | HCR_APK : 0);
    has_ras = SYSREG_READ("id_aa64pfr0_el1") >> 28 & 0xf;
    if (has_ras)
        core->arch.hcr_guest |= HCR_TERR;
    if (SYSREG_READ("id_aa64mmfr1_el1") >> 16 & 0xf) // LO
        core->arch.hcr_guest |= HCR_TLOR;
    SYSREG_WRITE("hcr_el2", HCR_NATIVE);
    bool has_sve = SYSREG_READ("id_aa64pfr0_el1") >> 32 & 0xf;
    has_sme = SYSREG_READ("id_aa64pfr1_el1") >> 24 & 0xf;
    vcpu_cpacr_hidden = has_sve || has_sme ? CPACR_HIDDEN : 0;
    core->arch.cptr = CPTR_RES1 | CPTR_TTA | CPTR_TAM | (vcpu_cpacr_hidden ? CPTR_TCPAC : 0);
    SYSREG_WRITE("cptr_el2", core->arch.cptr | CPTR_TFP);
    SYSREG_WRITE("cnthctl_el2", CNTHCTL_EL1PCTEN);
    SYSREG_WRITE("oslar_el1", 0); // the lock would silence a guest's debug exceptions; its own is emulated
    SYSREG_WRITE("osdlr_el1", 0);
    world_load_native(NULL);
    counters_init_core(core);
    isb();
}

void vcpu_create(struct vcpu *vcpu) {
    static word_t created;
    vcpu->identity = ++created;
    vcpu->regs[SEL4_VCPU_SCTLR] = SCTLR_RES1;
    vcpu->regs[SEL4_VCPU_CPACR] = vcpu_cpacr_hidden;
    vcpu->regs[SEL4_VCPU_VMPIDR_EL2] = MPIDR_RES1;
    vcpu->os_lock = true; // as after a reset (Arm ARM D17.3.20)
    vgic_init(&vcpu->vgic);
    vcpu->hcr_bits = HCR_TWI | HCR_TWE;
    vcpu->ppi_claimed = vcpu->ppi_open = BIT(VGIC_TIMER);
}

// --- threads

static void vcpu_unpair(struct core *core, struct vcpu *vcpu) {
    struct tcb *tcb = vcpu->tcb;
    if (!tcb)
        return;
    vcpu_wake(core, vcpu);
    vcpu->tcb = NULL;
    tcb->arch.vcpu = NULL;
    tcb->arch.vttbr_epoch = 0; // the VMID has another user
    tcb->arch.context.spsr = spsr_sanitise(tcb, tcb->arch.context.spsr);
    if (tcb == core->arch.tcb)
        arch_switch_long(core, tcb); // it goes on as a native thread
}

void vcpu_pair(struct core *core, struct vcpu *vcpu, struct tcb *tcb) {
    vcpu_unpair(core, vcpu);
    if (!tcb)
        return;
    if (tcb->arch.vcpu)
        vcpu_unpair(core, tcb->arch.vcpu);
    vcpu->tcb = tcb;
    tcb->arch.vcpu = vcpu;
    tcb->arch.vttbr_epoch = 0;
    if (tcb == core->arch.tcb)
        arch_switch_long(core, tcb);
}

void vcpu_cap_finalise(struct cap cap, bool final) {
    if (!final)
        return;
    struct core *core = arch_core();
    struct vcpu *vcpu = cap_pointer(cap);
    vcpu_unpair(core, vcpu);
    vgic_sgi_leave(vcpu);
    if (vcpu_is_loaded(core, vcpu))
        vcpu_unload(core);
    vgic_forget(&vcpu->vgic);
    vcpu_ppi_release(vcpu);
    vcpu_timer_update(core);
    debug_forget(core, vcpu);
}

void vcpu_set_exit_mask(struct core *core, struct vcpu *vcpu, uint32_t mask) {
    vcpu->exit_mask = mask;
    vcpu->wfi_auto = (mask & (GLACIS_EXIT_WFI_AUTO | GLACIS_EXIT_WFX_NATIVE)) == GLACIS_EXIT_WFI_AUTO;
    vcpu->hcr_bits = mask & (GLACIS_EXIT_WFI_AUTO | GLACIS_EXIT_WFX_NATIVE) ? 0 : HCR_TWI | HCR_TWE;
    if (vcpu_is_loaded(core, vcpu))
        control_physical_timer(vcpu);
}

void vcpu_fault(struct core *core, struct vcpu *vcpu, const struct fault *fault) {
    struct tcb *tcb = vcpu->tcb;
    if (tcb->state == THREAD_RUNNING)
        tcb->arch.context.fault_pc = tcb->arch.context.pc;
    thread_fault(core, tcb, fault);
}

// --- waiting in WFI

void vcpu_wait(struct core *core, struct vcpu *vcpu) {
    vcpu->wait_prev = NULL;
    vcpu->wait_next = core->arch.waiting;
    if (core->arch.waiting)
        core->arch.waiting->wait_prev = vcpu;
    core->arch.waiting = vcpu;
    vcpu->waiting = true;
    core->reprogram = true; // its timer
    thread_wait_virq(core, vcpu->tcb);
}

static void waiting_remove(struct core *core, struct vcpu *vcpu) {
    if (vcpu->wait_prev)
        vcpu->wait_prev->wait_next = vcpu->wait_next;
    else
        core->arch.waiting = vcpu->wait_next;
    if (vcpu->wait_next)
        vcpu->wait_next->wait_prev = vcpu->wait_prev;
    vcpu->waiting = false;
}

void vcpu_wake(struct core *core, struct vcpu *vcpu) {
    if (!vcpu->waiting)
        return;
    waiting_remove(core, vcpu);
    thread_wake_virq(vcpu->tcb);
}

void arch_tcb_cancel_wait(struct tcb *tcb) {
    if (tcb->arch.vcpu && tcb->arch.vcpu->waiting)
        waiting_remove(arch_core(), tcb->arch.vcpu);
}
