// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The VCPU object: a guest's EL1 state, its virtual interrupts and what it counts.
//
// State of a vCPU on a core (functions of vcpu.c):
//
//   unloaded --vcpu_enter--> active <--vcpu_enter-- loaded
//      ^                       |                      |
//      |                       +------vcpu_leave----->+
//      +---------vcpu_unload--------------------------+   (another vCPU is entered, or the object goes)
//
//   unloaded: everything stands in the object. loaded: EL1 registers, list registers and the virtual timer
//   are in the hardware, but a native thread runs: the registers of world_registers (vcpu.c) are the native
//   ones, the virtual interface is off. active: the guest runs.
//
// Virtual interrupts have two owners. The VMM's are in the list register that it names (VCPU_InjectIRQ). The
// kernel's, the bound virtual timer, bound interrupts and the SGIs, take list registers from the top down;
// what finds none is kept in `kept_pending` and `kept_active` (vgic.c).
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include <arch/core.h>
#include <arch/sysreg.h>
#include <kernel/kernel.h>

#define VGIC_MAX_LRS  16
#define VGIC_SGIS     16
#define VGIC_TIMER    16 // sources that are the vCPU's own hardware: virtual timer, physical timer, PMU
#define VGIC_PTIMER   17
#define VGIC_PMU      18
#define VGIC_BOUND    19 // the first of those bound by VCPU_BindIRQ
#define VGIC_SOURCES  64
#define VGIC_VIRQS    1024
#define DEBUG_MAX     16 // breakpoints, and watchpoints, at most
#define PAUTH_WORDS   10 // five keys of 128 bits
#define VGIC_MAX_APRS 4
#define PMU_MAX       5 // event counters that a guest can have
#define PMU_WORDS     (GLACIS_VCPU_REG_END - GLACIS_VCPU_PMCR)

struct vgic {
    uint64_t lr[VGIC_MAX_LRS];    // in the format of ICH_LR<n>_EL2 on every GIC; loaded: vgic.c, invariant 6
    uint64_t image[VGIC_SOURCES]; // what lists it as pending, in the GIC's own format (gic_lr_encode)
    uint32_t apr[2][VGIC_MAX_APRS]; // group 0, 1
    uint32_t vmcr;
    uint32_t hcr;   // maintenance enables and traps: GIC_HCR_
    uint32_t owned; // list registers that the kernel filled (meaningful while they are valid)
    // Those that hold a hardware-backed source's number without being hardware-backed; from bit VGIC_TIMER
    // on, the private sources that are pending because software has set them so, whatever their line is.
    uint32_t software;
    uint32_t pinned;  // those that hold what software made active
    uint32_t parked;  // those whose content is here while the vCPU is loaded: the VMM's (vgic_kept.c)
    uint32_t orphans; // bit n: an end of a priority 8 n to 8 n + 7 is to be counted, of orphan_virq[n]
    // The VMM's that are active in no list register, and how many (vgic_kept.c). What the VMM is to hear of
    // (enum glacis_irq_end; 0: nothing), and whether it is when no list register is pending.
    uint32_t unlisted[VGIC_VIRQS / 32];
    uint16_t orphan_virq[32];
    uint16_t unlisted_count, report;
    bool report_when_taken;
    // Bit n: source n.
    uint64_t kept_pending, kept_active;
    uint64_t evicted;     // kept active, acknowledged by the guest
    uint64_t bound;       // not of SGIs
    uint64_t other_group; // those of the group that this GIC's guests do not use by themselves
    uint64_t enabled; // SGIs that the guest enabled, the bound timer, bound interrupts that are not masked
    uint16_t sgis_of_group0;     // bit n: SGI n, which vgic_raise_sgi does not send
    uint16_t virq[VGIC_SOURCES]; // 0: not bound
    uint16_t irq[VGIC_SOURCES];  // physical, from VGIC_TIMER on
    uint8_t priority[VGIC_SOURCES];
    uint8_t active_priority[VGIC_SOURCES]; // of evicted ones: as it was when acknowledged
};

struct vcpu {
    struct tcb *tcb;                    // paired thread, or NULL
    word_t identity;                    // never 0, never another's (arch/mmu.h)
    word_t regs[SEL4_VCPU_REG_COUNT];   // enum sel4_vcpu_register
    word_t csselr, cntp_ctl, cntp_cval; // EL1 state that the standard API does not name
    word_t count_at_entry;              // where the virtual counter goes on, with VCPU_CNTVOFF_AT_ENTRY
    word_t pauth[PAUTH_WORDS];          // APIA, APIB, APDA, APDB, APGA keys, low and high
    word_t hcr_bits;                    // of HCR_EL2, from the exit mask
    uint32_t exit_mask;                 // enum glacis_exit_mask
    uint32_t ppi_claimed;               // private interrupts that it may have (bit: source; vcpu_timer.c)
    uint32_t ppi_open;                  // those of which no VPPIEvent waits for its VCPU_AckVPPI
    bool waiting;                       // in WFI, in core->arch.waiting
    bool wfi_auto;                      // WFI traps while another thread has work
    bool has_rare;                      // MDSCR_EL1 was written, or the PMU used: vcpu_load_rare
    struct vcpu *wait_prev, *wait_next; // that list
    struct vcpu *sgi_next;              // vCPUs with GLACIS_EXIT_SGI (vgic_sgi.c)
    ticks_t first_entry;                // physical counter; 0: never entered
    word_t exits[GLACIS_CAUSE_COUNT];   // enum glacis_exit_cause
    word_t abort_esr, abort_far;        // of the last data or instruction abort
    struct vgic vgic;
    // Debug registers (vcpu_debug.c). They trap, so the object is always the truth.
    word_t mdscr;
    bool os_lock, os_dlock;
    bool debug_used; // a breakpoint or watchpoint was ever enabled
    word_t bvr[DEBUG_MAX], bcr[DEBUG_MAX], wvr[DEBUG_MAX], wcr[DEBUG_MAX];
    // The PMU (vcpu_pmu.c), from GLACIS_VCPU_PMCR on.
    bool pmu_used; // an access was ever made, so that it is switched
    word_t pmu[PMU_WORDS];
};
_Static_assert(sizeof(struct vcpu) <= 1 << SEL4_VCPU_BITS, "VCPU object size");

#define VCPU_CNTVOFF_AT_ENTRY (~0ull) // CNTVOFF: at the next entry the counter goes on at count_at_entry

// --- vcpu.c

// The guest of `tcb` (paired) runs next; and a native thread does.
void vcpu_enter(struct core *core, struct vcpu *vcpu);
void vcpu_leave(struct core *core);
void vcpu_unload(struct core *core);
// What few guests use, of a vCPU with has_rare: its controls as it is entered, and as it is left (NULL:
// whatever is there).
void vcpu_load_rare(const struct vcpu *vcpu);
void vcpu_leave_rare(const struct vcpu *vcpu);
// Brings vcpu->regs up to date, and puts changed ones to work, whatever state the vCPU is in.
void vcpu_read_back(struct core *core, struct vcpu *vcpu);
void vcpu_write_back(struct core *core, struct vcpu *vcpu);
// Bits of CPACR_EL1 that are 1 and that the guest sees as 0.
extern word_t vcpu_cpacr_hidden;
// CPACR_EL1 of the active guest, as the guest sees it.
word_t vcpu_cpacr_read(void);
void vcpu_cpacr_write(word_t value);
// Pairs a vCPU with a thread, undoing earlier pairings of both; NULL: undoes only.
void vcpu_pair(struct core *core, struct vcpu *vcpu, struct tcb *tcb);
void vcpu_set_exit_mask(struct core *core, struct vcpu *vcpu, uint32_t mask);
// It waits in WFI for an interrupt; and it no longer does (its thread is woken).
void vcpu_wait(struct core *core, struct vcpu *vcpu);
void vcpu_wake(struct core *core, struct vcpu *vcpu);
// A fault of its thread, which is runnable and need not be the current one.
void vcpu_fault(struct core *core, struct vcpu *vcpu, const struct fault *fault);

static ALWAYS_INLINE bool vcpu_is_loaded(const struct core *core, const struct vcpu *vcpu) {
    return core->arch.vcpu == vcpu;
}
static ALWAYS_INLINE void vcpu_count(struct vcpu *vcpu, enum glacis_exit_cause cause) {
    vcpu->exits[cause]++;
}

// --- vcpu_timer.c: timers, and the private interrupts of a vCPU

// The source of a private interrupt that can be a guest's; 0: it is none.
unsigned vcpu_ppi_source(unsigned irq);
// The vCPU may have that interrupt from now on. False: its handler was given out.
bool vcpu_ppi_claim(struct vcpu *vcpu, unsigned source) MUST_CHECK;
void vcpu_ppi_release(struct vcpu *vcpu);
// Whether a vCPU may have it, so that its handler cannot be given out.
bool vcpu_ppi_is_claimed(unsigned irq);
// Their interrupt came.
void vcpu_ppi_interrupt(struct core *core, unsigned irq);
// Whether the loaded vCPU's timer, or PMU, asserts its interrupt.
bool vcpu_ppi_asserts(const struct vcpu *vcpu, unsigned source);
// The virtual counter goes on at count_at_entry from now: CNTVOFF in the object.
void vcpu_place_count(struct vcpu *vcpu);
// VCPU_ReadReg and VCPU_WriteReg of enum glacis_vcpu_register.
word_t vcpu_read_own(struct core *core, struct vcpu *vcpu, word_t field);
void vcpu_write_own(struct core *core, struct vcpu *vcpu, word_t field, word_t value);
// Unmasks or masks their lines, as the loaded vCPU needs it.
void vcpu_timer_update(struct core *core);
// Makes those that are in flight active, or inactive, for a vCPU that is loaded or unloaded.
void vcpu_ppis_activate(uint64_t sources);
void vcpu_ppis_deactivate(uint64_t sources);

// --- exit.c, vcpu_trap.c: a synchronous exception; of the active guest, what is left to vcpu_trap

struct tcb *trap_sync(struct core *core);
struct tcb *vcpu_trap(struct core *core, struct tcb *tcb, word_t esr);
// Does what VCPU_InjectIRQ does with this word, if it can: for the reply to an access (exit.c), and
// otherwise.
#define MAX_INJECTED_PRIORITY 31 // 5 bits
void vcpu_inject_in_reply(struct core *core, struct vcpu *vcpu, word_t word);
void vcpu_inject_word(struct core *core, struct vcpu *vcpu, word_t word);
// Exceptions that the guest takes at EL1; fault_pc and pc become its vector.
void vcpu_inject_undefined(struct core *core, struct tcb *tcb);
void vcpu_inject_abort(struct core *core, struct tcb *tcb);

// --- vcpu_sysreg.c: trapped system registers

struct sysreg_access {
    unsigned encoding; // op0, op1, CRn, CRm, op2 as SYSREG_ENCODING packs them
    unsigned rt;       // 31: XZR
    bool is_read;
    bool is_sgi;  // it sent SGIs
    word_t value; // written, or read
};
enum sysreg_outcome {
    SYSREG_DONE,
    SYSREG_UNDEFINED, // the guest does not have it
    SYSREG_EXIT,      // the VMM decides
};
#define SYSREG_ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
// Fields of ESR_EL2 with EC 0x18 (Arm ARM D17.2.37, ISS of a trapped MSR, MRS or System instruction).
struct sysreg_access sysreg_decode(word_t esr);
enum sysreg_outcome sysreg_emulate(struct core *core, struct vcpu *vcpu, struct sysreg_access *access);
// The debug registers (op0 = 2; vcpu_debug.c).
enum sysreg_outcome debug_emulate(struct core *core, struct vcpu *vcpu, struct sysreg_access *access);
// Loads the guest's breakpoints and watchpoints if it uses any.
void debug_load(struct core *core, struct vcpu *vcpu);
// The object goes.
void debug_forget(struct core *core, struct vcpu *vcpu);

// --- vcpu_pmu.c: the performance monitors

// `counters`: the event counters that are not the kernel's.
void pmu_init(unsigned counters);
// ID_AA64DFR0_EL1.PMUVer as the guest sees it.
word_t pmu_version(void);
// Of a guest that uses it: its registers into the hardware, and out of it. The counters stand still till
// pmu_start.
void pmu_load(const struct vcpu *vcpu);
void pmu_unload(struct vcpu *vcpu);
static ALWAYS_INLINE void pmu_start(const struct vcpu *vcpu) {
    SYSREG_WRITE("pmcr_el0", vcpu->pmu[0]); // GLACIS_VCPU_PMCR
    SYSREG_WRITE("pmintenset_el1", 0);      // QEMU 7.2 looks at PMCR_EL0.E only now
}
static ALWAYS_INLINE void pmu_stop(void) {
    SYSREG_WRITE("pmcr_el0", 0);
}
bool pmu_asserts(const struct vcpu *vcpu); // loaded
// VCPU_ReadReg and VCPU_WriteReg, from GLACIS_VCPU_PMCR on.
word_t pmu_read(struct core *core, struct vcpu *vcpu, word_t field);
void pmu_write(struct core *core, struct vcpu *vcpu, word_t field, word_t value);
// Whether the register is one of the PMU, which the CPU has; and an access of the active guest.
bool pmu_has_register(unsigned encoding);
enum sysreg_outcome pmu_emulate(struct core *core, struct vcpu *vcpu, struct sysreg_access *access);

// --- vgic.c: list registers

void vgic_init(struct vgic *vgic);
// The guest's CPU interface is as new; its interrupts stay.
void vgic_reset(struct core *core, struct vcpu *vcpu);
void vgic_load(struct core *core, struct vcpu *vcpu);
void vgic_unload(struct core *core, struct vcpu *vcpu);
// A hardware-backed source's physical interrupt is active and belongs to this vCPU now.
void vgic_raise(struct core *core, struct vcpu *vcpu, unsigned source);
// The same for the vCPU to which it is bound, which is woken. False: to none.
bool vgic_take(struct core *core, unsigned irq);
// The source that delivers `virq`, or -1.
int vgic_source_find(const struct vgic *vgic, unsigned virq);
// Lists what the kernel keeps, as far as list registers are free.
void vgic_flush(struct core *core, struct vcpu *vcpu);
// The guest ended what is in no list register; before the virtual interface is turned off, too.
void vgic_take_ends(const struct core *core, struct vcpu *vcpu);
// The groups that its CPU interface has on (bit n: group n).
unsigned vgic_groups(const struct core *core, const struct vcpu *vcpu);
// ICC_DIR_EL1 trapped.
void vgic_deactivate(struct core *core, struct vcpu *vcpu, unsigned virq);
// An SGI from the running vCPU to itself, if that takes no more than filling a list register. False: nothing
// was done.
bool vgic_raise_own_sgi(struct vcpu *vcpu, unsigned sgi);
// An SGI for this vCPU.
void vgic_raise_sgi(struct core *core, struct vcpu *vcpu, unsigned sgi);
// A virtual interrupt is pending that may end a WFI; or the VMM has yet to hear of an end, and may then list
// one (a level that is still high).
bool vgic_has_pending(struct core *core, struct vcpu *vcpu);
// Whether anything is in a list register or waits for one.
bool vgic_in_flight(const struct core *core, const struct vcpu *vcpu);
// The private interrupts (bit: source) that are on their way: in a list register, or kept.
uint64_t vgic_ppis_in_flight(const struct core *core, const struct vcpu *vcpu);
// Takes a private interrupt back that is pending, if its line no longer asserts it.
void vgic_withdraw_ppi(struct core *core, struct vcpu *vcpu, unsigned source);
// Maintenance interrupt of the loaded vCPU. Returns the list register whose end of interrupt the VMM must
// hear of (it is free now), an enum glacis_irq_end, or -1.
int vgic_maintenance(struct core *core, struct vcpu *vcpu);
enum vgic_inject { VGIC_INJECTED, VGIC_BUSY };
// `evicts`: GLACIS_INJECT_EVICT.
enum vgic_inject vgic_inject(struct core *core, struct vcpu *vcpu, unsigned index, unsigned virq,
                             unsigned priority, unsigned group, bool evicts) MUST_CHECK;
// `sgis`: bit n, the kernel may deliver SGI n; bit 16 + n, it is of Group 0, and vgic_raise_sgi does nothing.
void vgic_set_sgis(struct core *core, struct vcpu *vcpu, uint32_t sgis, const uint8_t *priorities);
// enum glacis_irq_state. Returns it before the change.
unsigned vgic_update(struct core *core, struct vcpu *vcpu, unsigned virq, unsigned set, unsigned clear);
// Binds a source, or changes what it is bound to; a bound interrupt is disabled (masked) at first.
void vgic_bind(struct core *core, struct vcpu *vcpu, unsigned source, unsigned irq, unsigned virq,
               unsigned priority);
// What is pending and not yet taken is forgotten, what is active goes on without the physical interrupt.
void vgic_unbind(struct core *core, struct vcpu *vcpu, unsigned source);
void vgic_unbind_irq(struct core *core, unsigned irq); // if it is bound
// The vCPU, which is not loaded, goes, and with it its bindings.
void vgic_forget(struct vgic *vgic);
// For each physical interrupt: the vCPU and its source to which it is bound, or 0.
extern word_t vgic_binding[];
static ALWAYS_INLINE struct vcpu *vgic_binding_vcpu(word_t binding) {
    return (struct vcpu *)(binding & ~MASK(SEL4_VCPU_BITS));
}
static ALWAYS_INLINE unsigned vgic_binding_source(word_t binding) {
    return (unsigned)binding & (VGIC_SOURCES - 1);
}
// Whether the bindings of the vCPU lead back to it (kernel_check_invariants).
bool vgic_check(const struct vcpu *vcpu);
// Invariants 1 and 2 of vgic.c, of a vCPU that is not loaded, as far as no VMM can break them. Debug builds
// only.
bool vgic_lists_agree(const struct vgic *vgic);

// --- vgic_sgi.c: SGIs among the vCPUs of a VM (GICv3)

// Enters, or takes out, a vCPU. False: there are VGIC_SGI_MEMBERS already.
#define VGIC_SGI_MEMBERS 128
bool vgic_sgi_join(struct vcpu *vcpu) MUST_CHECK;
void vgic_sgi_leave(struct vcpu *vcpu);
// ICC_SGI1R_EL1 and its like, written by `sender`.
void vgic_sgi_send(struct core *core, struct vcpu *sender, word_t sgir);
// The short way of the write that ESR_EL2 describes, when it sends an SGI to the sender, the running vCPU,
// alone. False: nothing was done.
bool vgic_sgi_short(struct vcpu *vcpu, struct arch_context *context, word_t esr);
// Whether a vCPU of that affinity (MPIDR) is a target.
bool vgic_sgi_targets(word_t sgir, word_t mpidr, bool is_sender);

// --- counters.c: retired instructions

enum { COUNTERS_GUEST_EL0, COUNTERS_GUEST_EL1, COUNTERS_OTHER_EL0, COUNTERS_EL2 }; // in core->arch.counters

void counters_init_core(struct core *core);
// Adds what was retired since the last time.
void counters_sample(struct core *core);
// A native thread begins to run, and ends: what EL0 retires in between is not the guest's.
static ALWAYS_INLINE void counters_begin_other(struct core *core) {
    if (core->arch.has_counters)
        core->arch.counter_other -= (uint32_t)SYSREG_READ("pmevcntr3_el0");
}
static ALWAYS_INLINE void counters_end_other(struct core *core) {
    if (core->arch.has_counters)
        core->arch.counter_other += (uint32_t)SYSREG_READ("pmevcntr3_el0");
}
// When the next sample is due, by the physical counter, so that no counter wraps twice; ~0: never.

#endif
