// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System registers that trap from a guest: identification (HCR_EL2.TID3), ACTLR_EL1, the GIC's
// software-generated interrupts, the physical timer, the performance monitors. Everything else is not there.
//
// Invariant: an identification register shows a feature only if using it needs no state, or state that the
// kernel switches (FP and SIMD, pointer authentication). Fields that a later architecture defines read as 0.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <kernel/drivers/gic.h>

#define FIELD(shift)       (0xfull << (shift))
#define FIELD_OF(value, s) ((value) >> (s)&0xf)

enum { // op0, op1, CRn, CRm, op2
    SYS_ACTLR_EL1 = SYSREG_ENCODING(3, 0, 1, 0, 1),
    SYS_CPACR_EL1 = SYSREG_ENCODING(3, 0, 1, 0, 2),
    SYS_ICC_DIR_EL1 = SYSREG_ENCODING(3, 0, 12, 11, 1),
    SYS_ICC_SGI1R_EL1 = SYSREG_ENCODING(3, 0, 12, 11, 5),
    SYS_ICC_ASGI1R_EL1 = SYSREG_ENCODING(3, 0, 12, 11, 6),
    SYS_ICC_SGI0R_EL1 = SYSREG_ENCODING(3, 0, 12, 11, 7),
    SYS_ICC_SRE_EL1 = SYSREG_ENCODING(3, 0, 12, 12, 5),
    SYS_CNTP_TVAL_EL0 = SYSREG_ENCODING(3, 3, 14, 2, 0),
    SYS_CNTP_CTL_EL0 = SYSREG_ENCODING(3, 3, 14, 2, 1),
    SYS_CNTP_CVAL_EL0 = SYSREG_ENCODING(3, 3, 14, 2, 2),
    SYS_ID_FIRST = SYSREG_ENCODING(3, 0, 0, 1, 0),
    SYS_ID_LAST = SYSREG_ENCODING(3, 0, 0, 7, 7),
};
#define ICC_SRE_ON 7u // SRE, DFB, DIB: no memory-mapped interface for the guest

struct sysreg_access sysreg_decode(word_t esr) {
    unsigned iss = (unsigned)esr & 0x3fffff;
    return (struct sysreg_access){
        .encoding =
            SYSREG_ENCODING(iss >> 20 & 3, iss >> 14 & 7, iss >> 10 & 15, iss >> 1 & 15, iss >> 17 & 7),
        .rt = iss >> 5 & 31,
        .is_read = iss & 1,
    };
}

// Fields [s+3:s] of a value at most `limit`.
static word_t limit_field(word_t value, unsigned shift, word_t limit) {
    return FIELD_OF(value, shift) <= limit ? value : (value & ~FIELD(shift)) | limit << shift;
}

// ID_AA64PFR0_EL1: EL0, FP, AdvSIMD, GIC, DIT, CSV2 (without SCXTNUM), CSV3; EL1 in AArch64 only, no higher
// level.
static word_t id_aa64pfr0(word_t value) {
    value &= FIELD(0) | FIELD(16) | FIELD(20) | FIELD(24) | FIELD(48) | FIELD(56) | FIELD(60);
    return limit_field(value, 56, 1) | 1 << 4;
}

// ID_AA64MMFR0_EL1: 40 bits of address, as the VSpace has; no ECV, FGT, stage-2 granules.
static word_t id_aa64mmfr0(word_t value) {
    return limit_field(value, 0, 2) & (MASK(32) | FIELD(44));
}

// ID_AA64DFR0_EL1: breakpoints, watchpoints, context comparisons, DoubleLock; the PMU as vcpu_pmu.c has it.
static word_t id_aa64dfr0(word_t value) {
    return (value & (FIELD(0) | FIELD(12) | FIELD(20) | FIELD(28) | FIELD(36))) | pmu_version() << 8;
}

// One row a register: CRm, op2, what of it the guest sees. CRn = 0, op0 = 3, op1 = 0. Not named: 0.
#define ALL_32 MASK(32)
#define ID_REGISTERS(row)                                                                                    \
    /* AArch32, for EL0: no RAS, AMU, GIC, virtualization, security, debug, PMU, trace. */                   \
    row(1, 0, value &(MASK(16) | FIELD(16) | FIELD(24)))                             /* PFR0 */              \
        row(1, 1, value &(FIELD(0) | FIELD(16)))                                     /* PFR1 */              \
        row(1, 4, value &ALL_32) row(1, 5, value &ALL_32)                            /* MMFR0, 1 */          \
        row(1, 6, value &ALL_32) row(1, 7, value &ALL_32)                            /* MMFR2, 3 */          \
        row(2, 0, value &ALL_32) row(2, 1, value &ALL_32) row(2, 2, value &ALL_32)   /* ISAR0-2 */           \
        row(2, 3, value &ALL_32) row(2, 4, value &ALL_32) row(2, 5, value &ALL_32)   /* ISAR3-5 */           \
        row(2, 6, value & ~(FIELD(0) | FIELD(28)) & ALL_32) row(2, 7, value &ALL_32) /* MMFR4, ISAR6 */      \
        row(3, 0, value &ALL_32) row(3, 1, value &ALL_32) row(3, 2, value &ALL_32)   /* MVFR0-2 */           \
        row(3, 4, value &(FIELD(0) | FIELD(4)))                                      /* PFR2 */              \
        row(4, 0, id_aa64pfr0(value))                                                                        \
            row(4, 1, value &(FIELD(0) | FIELD(4))) /* PFR1: BT, SSBS; no MTE, SME, NMI */                   \
        row(5, 0, id_aa64dfr0(value)) row(6, 0, value & ~(FIELD(0) | FIELD(24))) /* ISAR0: no TME */         \
        row(6, 1, value & ~(FIELD(56) | FIELD(60)))                              /* ISAR1: no XS, LS64 */    \
        row(6, 2, value &(FIELD(4) | FIELD(8) | FIELD(12) | FIELD(20) | FIELD(24) | FIELD(28))) /* ISAR2 */  \
        row(7, 0, id_aa64mmfr0(value)) /* MMFR1: HAFDBS, HPDS, PAN, ETS, AFP, nTLBPA. */                     \
        row(7, 1,                                                                                            \
            value &(FIELD(0) | FIELD(12) | FIELD(20) | FIELD(36) | FIELD(44) |                               \
                    FIELD(48))) /* MMFR2: no IESB, NV, FWB, EVT. */                                          \
        row(7, 2, value & ~(FIELD(12) | FIELD(24) | FIELD(40) | FIELD(56) | FIELD(44)))

static word_t id_register(unsigned encoding) {
    word_t value;
    switch (encoding) {
#define READ_ROW(crm, op2, shown)                                                                            \
    case SYSREG_ENCODING(3, 0, 0, crm, op2):                                                                 \
        value = SYSREG_READ("s3_0_c0_c" #crm "_" #op2);                                                      \
        return shown;
        ID_REGISTERS(READ_ROW)
    default:
        return 0;
    }
}

static bool is_physical_timer(unsigned encoding) {
    return encoding >= SYS_CNTP_TVAL_EL0 && encoding <= SYS_CNTP_CVAL_EL0;
}

static enum sysreg_outcome read_value(struct sysreg_access *access, word_t value) {
    if (access->is_read)
        access->value = value;
    return SYSREG_DONE;
}

enum sysreg_outcome sysreg_emulate(struct core *core, struct vcpu *vcpu, struct sysreg_access *access) {
    unsigned encoding = access->encoding;
    if (encoding >> 14 == 2)
        return debug_emulate(core, vcpu, access);
    if (encoding >= SYS_ID_FIRST && encoding <= SYS_ID_LAST && access->is_read)
        return read_value(access, id_register(encoding));
    if (pmu_has_register(encoding))
        return pmu_emulate(core, vcpu, access);
    if (is_physical_timer(encoding) && vcpu->exit_mask & GLACIS_EXIT_PTIMER)
        return SYSREG_EXIT;
    switch (encoding) {
    case SYS_ACTLR_EL1: // nothing in it: reads what VCPU_WriteReg set
        return read_value(access, vcpu->regs[SEL4_VCPU_ACTLR]);
    case SYS_CPACR_EL1: // traps only where SVE or SME is hidden
        if (!access->is_read)
            vcpu_cpacr_write(access->value);
        return read_value(access, vcpu_cpacr_read());
    case SYS_ICC_DIR_EL1: // traps only while an active interrupt is in no list register
        if (access->is_read)
            return SYSREG_UNDEFINED;
        vgic_deactivate(core, vcpu, (unsigned)access->value & 0xffffff);
        return SYSREG_DONE;
    case SYS_ICC_SRE_EL1:
        return read_value(access, ICC_SRE_ON);
    case SYS_ICC_SGI1R_EL1:
    case SYS_ICC_ASGI1R_EL1:
    case SYS_ICC_SGI0R_EL1:
        if (access->is_read)
            return SYSREG_UNDEFINED;
        // The kernel's SGIs are those of Group 1, which the other two registers do not send.
        if (encoding != SYS_ICC_SGI1R_EL1 || !(vcpu->exit_mask & GLACIS_EXIT_SGI))
            return SYSREG_EXIT;
        access->is_sgi = true;
        vgic_sgi_send(core, vcpu, access->value);
        return SYSREG_DONE;
    default:
        return gic_emulate(encoding, access->is_read, &access->value) ? SYSREG_DONE : SYSREG_UNDEFINED;
    }
}
