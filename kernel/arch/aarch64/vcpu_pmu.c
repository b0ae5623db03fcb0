// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A guest's performance monitors (PMUv3; Arm ARM D8, D17.5): the event counters that MDCR_EL2.HPMN leaves EL1
// and EL0, and the cycle counter. They count in hardware, while the guest runs at EL1 and EL0 alone: at EL2
// because no filter of the guest's lets EL2 in, in its VMM and in others because PMCR_EL0.E is 0 then.
//
// Every access of EL1 and EL0 traps (MDCR_EL2.TPM, TPMCR), though HPMN would keep the kernel's counters
// apart: before PMUv3p1 there is no HPMD, so that PMEVTYPER<n>_EL0.NSH would let a guest count the kernel;
// and not every implementation (QEMU 7.2 does not) hides the counters from HPMN on. PMUSERENR_EL0 is the
// guest's in hardware, which decides what of EL0 traps to the guest instead.
//
// Invariants: 1. the guest's bits of PMCNTENSET, PMINTENSET and PMOVSSET, PMUSERENR_EL0 and PMCR_EL0 are 0
// unless the loaded vCPU has pmu_used; PMCR_EL0 also unless it is active; 2. vcpu->pmu holds PMCR, PMSELR and
// PMUSERENR always, the rest while it is not loaded; 3. what it holds is what the guest may set
// (pmu_writable); 4. PMSELR_EL0 in hardware is the kernel's, and means nothing between two functions.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <kernel/objects.h>

enum { // op0, op1, CRn, CRm, op2
    SYS_PMINTENSET_EL1 = SYSREG_ENCODING(3, 0, 9, 14, 1),
    SYS_PMINTENCLR_EL1 = SYSREG_ENCODING(3, 0, 9, 14, 2),
    SYS_PMCR_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 0),
    SYS_PMCNTENSET_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 1),
    SYS_PMCNTENCLR_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 2),
    SYS_PMOVSCLR_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 3),
    SYS_PMSWINC_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 4),
    SYS_PMSELR_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 5),
    SYS_PMCEID0_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 6),
    SYS_PMCEID1_EL0 = SYSREG_ENCODING(3, 3, 9, 12, 7),
    SYS_PMCCNTR_EL0 = SYSREG_ENCODING(3, 3, 9, 13, 0),
    SYS_PMXEVTYPER_EL0 = SYSREG_ENCODING(3, 3, 9, 13, 1),
    SYS_PMXEVCNTR_EL0 = SYSREG_ENCODING(3, 3, 9, 13, 2),
    SYS_PMUSERENR_EL0 = SYSREG_ENCODING(3, 3, 9, 14, 0),
    SYS_PMOVSSET_EL0 = SYSREG_ENCODING(3, 3, 9, 14, 3),
    SYS_PMEVCNTR0_EL0 = SYSREG_ENCODING(3, 3, 14, 8, 0),   // 31 of them, then one that is none
    SYS_PMEVTYPER0_EL0 = SYSREG_ENCODING(3, 3, 14, 12, 0), // 31, then PMCCFILTR_EL0
    SYS_PMCCFILTR_EL0 = SYSREG_ENCODING(3, 3, 14, 15, 7),
};
#define CYCLES 31u // its bit, and its number among the types
// Words of vcpu->pmu.
#define WORD(name) (GLACIS_VCPU_##name - GLACIS_VCPU_PMCR)

#define PMCR_E          BIT(0)
#define PMCR_P          BIT(1)
#define PMCR_C          BIT(2)
#define PMCR_WRITABLE   (BIT(0) | BIT(3) | BIT(4) | BIT(5) | BIT(6)) // E, D, X, DP, LC
#define PMCR_ID         0xffff0000u                                  // IMP, IDCODE
#define PMUSERENR_ALL   0xfu                                         // ER, CR, SW, EN
#define TYPE_P          BIT(31)                                      // not at EL1
#define TYPE_U          BIT(30)                                      // not at EL0
#define EVENT_INCREMENT 0x00u                                        // SW_INCR
#define EVENT_CHAIN     0x1eu
#define VERSION_V3      1u
#define VERSION_V3P1    4u
#define VERSION_OTHER   0xfu

static unsigned counters;
static word_t counter_bits; // in PMCNTENSET and its like, the cycle counter's among them
static word_t event_bits;

word_t pmu_version(void) {
    word_t version = SYSREG_READ("id_aa64dfr0_el1") >> 8 & 0xf;
    if (version == 0 || version == VERSION_OTHER)
        return 0;
    return version < VERSION_V3P1 ? VERSION_V3 : VERSION_V3P1;
}

void pmu_init(unsigned count) {
    if (!pmu_version())
        return;
    counters = count < PMU_MAX ? count : PMU_MAX;
    counter_bits = MASK(counters) | BIT(CYCLES);
    event_bits = pmu_version() < VERSION_V3P1 ? MASK(10) : MASK(16);
    SYSREG_WRITE("pmcr_el0", 0);
    SYSREG_WRITE("pmuserenr_el0", 0);
    SYSREG_WRITE("pmintenclr_el1", ~0u);
    SYSREG_WRITE("pmcntenclr_el0", ~0u);
    SYSREG_WRITE("pmovsclr_el0", ~0u);
}

// --- the counters in hardware, by PMSELR_EL0

static void select(unsigned number) {
    SYSREG_WRITE("pmselr_el0", number);
    isb();
}

static word_t counter_read(unsigned number) {
    select(number);
    return (uint32_t)SYSREG_READ("pmxevcntr_el0");
}

static void counter_write(unsigned number, word_t value) {
    select(number);
    SYSREG_WRITE("pmxevcntr_el0", (uint32_t)value);
}

static word_t type_read(unsigned number) {
    select(number);
    return SYSREG_READ("pmxevtyper_el0") & (TYPE_P | TYPE_U | (number == CYCLES ? 0 : event_bits));
}

static void type_write(unsigned number, word_t value) {
    select(number);
    SYSREG_WRITE("pmxevtyper_el0", value & (TYPE_P | TYPE_U | (number == CYCLES ? 0 : event_bits)));
}

void pmu_load(const struct vcpu *vcpu) {
    const word_t *pmu = vcpu->pmu;
    for (unsigned i = 0; i < counters; i++) { // bound: PMU_MAX
        type_write(i, pmu[WORD(PMEVTYPER0) + i]);
        counter_write(i, pmu[WORD(PMEVCNTR0) + i]);
    }
    type_write(CYCLES, pmu[WORD(PMCCFILTR)]);
    SYSREG_WRITE("pmccntr_el0", pmu[WORD(PMCCNTR)]);
    SYSREG_WRITE("pmovsset_el0", pmu[WORD(PMOVS)]);
    SYSREG_WRITE("pmintenset_el1", pmu[WORD(PMINTEN)]);
    SYSREG_WRITE("pmcntenset_el0", pmu[WORD(PMCNTEN)]);
    SYSREG_WRITE("pmuserenr_el0", pmu[WORD(PMUSERENR)]);
}

void pmu_unload(struct vcpu *vcpu) {
    word_t *pmu = vcpu->pmu;
    pmu_stop();
    for (unsigned i = 0; i < counters; i++) { // bound: PMU_MAX
        pmu[WORD(PMEVTYPER0) + i] = type_read(i);
        pmu[WORD(PMEVCNTR0) + i] = counter_read(i);
    }
    pmu[WORD(PMCCFILTR)] = type_read(CYCLES);
    pmu[WORD(PMCCNTR)] = SYSREG_READ("pmccntr_el0");
    pmu[WORD(PMOVS)] = SYSREG_READ("pmovsset_el0") & counter_bits;
    pmu[WORD(PMINTEN)] = SYSREG_READ("pmintenset_el1") & counter_bits;
    pmu[WORD(PMCNTEN)] = SYSREG_READ("pmcntenset_el0") & counter_bits;
    SYSREG_WRITE("pmovsclr_el0", counter_bits);
    SYSREG_WRITE("pmintenclr_el1", counter_bits);
    SYSREG_WRITE("pmcntenclr_el0", counter_bits);
    SYSREG_WRITE("pmuserenr_el0", 0);
}

bool pmu_asserts(const struct vcpu *vcpu) {
    if (!vcpu->pmu_used || !(vcpu->pmu[WORD(PMCR)] & PMCR_E))
        return false;
    return SYSREG_READ("pmovsset_el0") & SYSREG_READ("pmintenset_el1") & counter_bits;
}

// --- VCPU_ReadReg and VCPU_WriteReg

// The bits that a register keeps; 0: the CPU does not have it.
static word_t pmu_writable(word_t word) {
    if (!counter_bits)
        return 0;
    switch (word) {
    case WORD(PMCR):
        return PMCR_WRITABLE;
    case WORD(PMSELR):
        return MASK(5);
    case WORD(PMUSERENR):
        return PMUSERENR_ALL;
    case WORD(PMCNTEN):
    case WORD(PMINTEN):
    case WORD(PMOVS):
        return counter_bits;
    case WORD(PMCCNTR):
        return ~0ull;
    case WORD(PMCCFILTR):
        return TYPE_P | TYPE_U;
    default:
        break;
    }
    bool is_type = word >= WORD(PMEVTYPER0);
    if (word - (is_type ? WORD(PMEVTYPER0) : WORD(PMEVCNTR0)) >= counters)
        return 0;
    return is_type ? TYPE_P | TYPE_U | event_bits : MASK(32);
}

static void pmu_reload(struct core *core, const struct vcpu *vcpu) {
    pmu_load(vcpu);
    if (core->arch.vcpu_active)
        pmu_start(vcpu);
}

word_t pmu_read(struct core *core, struct vcpu *vcpu, word_t field) {
    if (vcpu->pmu_used && vcpu_is_loaded(core, vcpu)) {
        pmu_unload(vcpu);
        pmu_reload(core, vcpu);
    }
    return vcpu->pmu[field - GLACIS_VCPU_PMCR];
}

void pmu_write(struct core *core, struct vcpu *vcpu, word_t field, word_t value) {
    word_t word = field - GLACIS_VCPU_PMCR;
    bool loaded = vcpu_is_loaded(core, vcpu);
    value &= pmu_writable(word);
    if (!vcpu->pmu_used && !value)
        return;
    if (vcpu->pmu_used && loaded)
        pmu_unload(vcpu);
    vcpu->pmu_used = vcpu->has_rare = true;
    vcpu->pmu[word] = value;
    if (loaded)
        pmu_reload(core, vcpu);
}

// --- accesses of the active guest

bool pmu_has_register(unsigned encoding) {
    return counter_bits &&
           (encoding == SYS_PMINTENSET_EL1 || encoding == SYS_PMINTENCLR_EL1 ||
            (encoding >= SYS_PMCR_EL0 && encoding <= SYS_PMXEVCNTR_EL0) || encoding == SYS_PMUSERENR_EL0 ||
            encoding == SYS_PMOVSSET_EL0 || (encoding >= SYS_PMEVCNTR0_EL0 && encoding <= SYS_PMCCFILTR_EL0));
}

// Whether the counter counts `event` where the guest is now.
static bool counts(const struct vcpu *vcpu, unsigned number, unsigned event) {
    bool at_el0 = !(vcpu->tcb->arch.context.spsr & 0xf);
    word_t type = type_read(number);
    return number < counters && vcpu->pmu[WORD(PMCR)] & PMCR_E &&
           SYSREG_READ("pmcntenset_el0") >> number & 1 && (type & event_bits) == event &&
           !(type & (at_el0 ? TYPE_U : TYPE_P));
}

// PMSWINC_EL0: the increment happens where it is written (Arm ARM D8.11.3, SW_INCR), which in hardware would
// be EL2 now. An overflow of an even counter is the CHAIN event of the next.
static void increment(const struct vcpu *vcpu, word_t which) {
    for (unsigned i = 0; i < counters; i++) { // bound: PMU_MAX
        unsigned number = i, event = EVENT_INCREMENT;
        while (which >> i & 1 && counts(vcpu, number, event)) { // bound: 2
            word_t value = counter_read(number) + 1;
            counter_write(number, value);
            if (!(value >> 32))
                break;
            SYSREG_WRITE("pmovsset_el0", BIT(number));
            if (number & 1)
                break;
            number++;
            event = EVENT_CHAIN;
        }
    }
}

static void write_control(struct vcpu *vcpu, word_t value) {
    for (unsigned i = 0; i < counters && value & PMCR_P; i++) // bound: PMU_MAX
        counter_write(i, 0);
    if (value & PMCR_C)
        SYSREG_WRITE("pmccntr_el0", 0);
    vcpu->pmu[WORD(PMCR)] = value & PMCR_WRITABLE;
    pmu_start(vcpu);
}

// A counter, or its type: CYCLES is PMCCFILTR_EL0, and no counter. False: the guest has no such.
static bool emulate_counter(struct sysreg_access *access, unsigned number, bool is_type) {
    if (number >= counters && !(is_type && number == CYCLES))
        return false;
    if (access->is_read)
        access->value = is_type ? type_read(number) : counter_read(number);
    else if (is_type)
        type_write(number, access->value);
    else
        counter_write(number, access->value);
    return true;
}

static enum sysreg_outcome emulate_write(struct vcpu *vcpu, const struct sysreg_access *access) {
    word_t value = access->value, bits = value & counter_bits;
    switch (access->encoding) {
    case SYS_PMCR_EL0:
        write_control(vcpu, value);
        break;
    case SYS_PMCNTENSET_EL0:
        SYSREG_WRITE("pmcntenset_el0", bits);
        break;
    case SYS_PMCNTENCLR_EL0:
        SYSREG_WRITE("pmcntenclr_el0", bits);
        break;
    case SYS_PMINTENSET_EL1:
        SYSREG_WRITE("pmintenset_el1", bits);
        break;
    case SYS_PMINTENCLR_EL1:
        SYSREG_WRITE("pmintenclr_el1", bits);
        break;
    case SYS_PMOVSSET_EL0:
        SYSREG_WRITE("pmovsset_el0", bits);
        break;
    case SYS_PMOVSCLR_EL0:
        SYSREG_WRITE("pmovsclr_el0", bits);
        break;
    case SYS_PMSWINC_EL0:
        increment(vcpu, bits);
        break;
    case SYS_PMSELR_EL0:
        vcpu->pmu[WORD(PMSELR)] = value & MASK(5);
        break;
    case SYS_PMCCNTR_EL0:
        SYSREG_WRITE("pmccntr_el0", value);
        break;
    case SYS_PMUSERENR_EL0:
        vcpu->pmu[WORD(PMUSERENR)] = value & PMUSERENR_ALL;
        SYSREG_WRITE("pmuserenr_el0", value & PMUSERENR_ALL);
        break;
    default: // PMCEID0_EL0, PMCEID1_EL0
        return SYSREG_UNDEFINED;
    }
    return SYSREG_DONE;
}

static enum sysreg_outcome emulate_read(const struct vcpu *vcpu, struct sysreg_access *access) {
    switch (access->encoding) {
    case SYS_PMCR_EL0:
        access->value = (SYSREG_READ("pmcr_el0") & PMCR_ID) | counters << 11 | vcpu->pmu[WORD(PMCR)];
        break;
    case SYS_PMCNTENSET_EL0:
    case SYS_PMCNTENCLR_EL0:
        access->value = SYSREG_READ("pmcntenset_el0") & counter_bits;
        break;
    case SYS_PMINTENSET_EL1:
    case SYS_PMINTENCLR_EL1:
        access->value = SYSREG_READ("pmintenset_el1") & counter_bits;
        break;
    case SYS_PMOVSSET_EL0:
    case SYS_PMOVSCLR_EL0:
        access->value = SYSREG_READ("pmovsset_el0") & counter_bits;
        break;
    case SYS_PMSELR_EL0:
        access->value = vcpu->pmu[WORD(PMSELR)];
        break;
    case SYS_PMCEID0_EL0:
        access->value = SYSREG_READ("pmceid0_el0");
        break;
    case SYS_PMCEID1_EL0:
        access->value = SYSREG_READ("pmceid1_el0");
        break;
    case SYS_PMCCNTR_EL0:
        access->value = SYSREG_READ("pmccntr_el0");
        break;
    case SYS_PMUSERENR_EL0:
        access->value = vcpu->pmu[WORD(PMUSERENR)];
        break;
    default: // PMSWINC_EL0
        return SYSREG_UNDEFINED;
    }
    return SYSREG_DONE;
}

enum sysreg_outcome pmu_emulate(struct core *core, struct vcpu *vcpu, struct sysreg_access *access) {
    unsigned encoding = access->encoding;
    enum sysreg_outcome outcome = SYSREG_DONE;
    if (!vcpu->pmu_used) {
        vcpu->pmu_used = vcpu->has_rare = true;
        pmu_load(vcpu);
    }
    if (encoding >= SYS_PMEVCNTR0_EL0) {
        if (!emulate_counter(access, encoding & 31, encoding >= SYS_PMEVTYPER0_EL0))
            outcome = SYSREG_UNDEFINED;
    } else if (encoding == SYS_PMXEVTYPER_EL0 || encoding == SYS_PMXEVCNTR_EL0) {
        // One that is none reads as 0 and ignores writes, as it may (D17.5.21).
        (void)emulate_counter(access, (unsigned)vcpu->pmu[WORD(PMSELR)], encoding == SYS_PMXEVTYPER_EL0);
    } else {
        outcome = access->is_read ? emulate_read(vcpu, access) : emulate_write(vcpu, access);
    }
    if (!access->is_read && vcpu->vgic.bound & BIT(VGIC_PMU)) {
        isb();
        vgic_withdraw_ppi(core, vcpu, VGIC_PMU);
    }
    return outcome;
}
