// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A guest's debug registers (op0 = 2): self-hosted debug with breakpoints, watchpoints and single step, each
// guest its own. No external debugger, no debug communications channel.
//
// Invariants: 1. every access traps (MDCR_EL2.TDA, TDOSA, TDRA): the object holds the values, MDSCR_EL1 is
// loaded while the guest runs, and the breakpoint and watchpoint registers while debug_owner is its vCPU; 2.
// breakpoint registers that are loaded belong to debug_owner, or are all 0; 3. what is loaded matches EL1 and
// EL0 only.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>

enum {
    SYS_OSDTRRX_EL1 = SYSREG_ENCODING(2, 0, 0, 0, 2),
    SYS_MDCCINT_EL1 = SYSREG_ENCODING(2, 0, 0, 2, 0),
    SYS_MDSCR_EL1 = SYSREG_ENCODING(2, 0, 0, 2, 2),
    SYS_OSDTRTX_EL1 = SYSREG_ENCODING(2, 0, 0, 3, 2),
    SYS_OSECCR_EL1 = SYSREG_ENCODING(2, 0, 0, 6, 2),
    SYS_MDCCSR_EL0 = SYSREG_ENCODING(2, 3, 0, 1, 0),
    SYS_DBGDTR_EL0 = SYSREG_ENCODING(2, 3, 0, 4, 0),
    SYS_DBGDTRX_EL0 = SYSREG_ENCODING(2, 3, 0, 5, 0),
    SYS_MDRAR_EL1 = SYSREG_ENCODING(2, 0, 1, 0, 0),
    SYS_OSLAR_EL1 = SYSREG_ENCODING(2, 0, 1, 0, 4),
    SYS_OSLSR_EL1 = SYSREG_ENCODING(2, 0, 1, 1, 4),
    SYS_OSDLR_EL1 = SYSREG_ENCODING(2, 0, 1, 3, 4),
    SYS_DBGPRCR_EL1 = SYSREG_ENCODING(2, 0, 1, 4, 4),
    SYS_DBGCLAIMSET_EL1 = SYSREG_ENCODING(2, 0, 7, 8, 6),
    SYS_DBGCLAIMCLR_EL1 = SYSREG_ENCODING(2, 0, 7, 9, 6),
    SYS_DBGAUTHSTATUS_EL1 = SYSREG_ENCODING(2, 0, 7, 14, 6),
};
// MDSCR_EL1: SS, TDCC, KDE, MDE.
#define MDSCR_WRITABLE (BIT(0) | BIT(12) | BIT(13) | BIT(15))
// DBGBCR: E, PMC, BAS, LBN, and of BT the address and context ID types; not HMC and SSC. DBGWCR: E, PAC, LSC,
// BAS, LBN, WT, MASK (Arm ARM D17.3.2, D17.3.12).
#define BCR_WRITABLE 0x003f01e7u
#define WCR_WRITABLE 0x1f1f1fffu
#define CR_ENABLE    1u
#define OSLSR_OSLM   BIT(3) // the OS lock is there
#define OSLSR_OSLK   BIT(1)

enum debug_kind { DEBUG_BVR, DEBUG_BCR, DEBUG_WVR, DEBUG_WCR }; // op2 - 4

static unsigned breakpoints(void) {
    return (unsigned)(SYSREG_READ("id_aa64dfr0_el1") >> 12 & 0xf) + 1;
}

static unsigned watchpoints(void) {
    return (unsigned)(SYSREG_READ("id_aa64dfr0_el1") >> 20 & 0xf) + 1;
}

#define FOR_EACH_NUMBER(op, kind, name)                                                                      \
    op(kind, name, 0) op(kind, name, 1) op(kind, name, 2) op(kind, name, 3) op(kind, name, 4)                \
        op(kind, name, 5) op(kind, name, 6) op(kind, name, 7) op(kind, name, 8) op(kind, name, 9)            \
            op(kind, name, 10) op(kind, name, 11) op(kind, name, 12) op(kind, name, 13) op(kind, name, 14)   \
                op(kind, name, 15)

static void debug_write(enum debug_kind kind, unsigned number, word_t value) {
    switch (kind << 4 | number) {
#define WRITE(kind, name, n)                                                                                 \
    case kind << 4 | n:                                                                                      \
        SYSREG_WRITE(name #n "_el1", value);                                                                 \
        break;
        FOR_EACH_NUMBER(WRITE, DEBUG_BVR, "dbgbvr")
        FOR_EACH_NUMBER(WRITE, DEBUG_BCR, "dbgbcr")
        FOR_EACH_NUMBER(WRITE, DEBUG_WVR, "dbgwvr")
        FOR_EACH_NUMBER(WRITE, DEBUG_WCR, "dbgwcr")
    default:
        break;
    }
}

static word_t *debug_value(struct vcpu *vcpu, enum debug_kind kind, unsigned number) {
    word_t *const values[] = {vcpu->bvr, vcpu->bcr, vcpu->wvr, vcpu->wcr};
    return &values[kind][number];
}

static void debug_write_all(const struct vcpu *vcpu) {
    for (unsigned i = 0; i < breakpoints(); i++) { // bound: 16
        debug_write(DEBUG_BVR, i, vcpu->bvr[i]);
        debug_write(DEBUG_BCR, i, vcpu->bcr[i]);
    }
    for (unsigned i = 0; i < watchpoints(); i++) { // bound: 16
        debug_write(DEBUG_WVR, i, vcpu->wvr[i]);
        debug_write(DEBUG_WCR, i, vcpu->wcr[i]);
    }
}

void debug_load(struct core *core, struct vcpu *vcpu) {
    struct vcpu *owner = core->arch.debug_owner;
    if (owner == vcpu || (!owner && !vcpu->debug_used))
        return;
    debug_write_all(vcpu); // of a guest that uses none: all 0
    core->arch.debug_owner = vcpu->debug_used ? vcpu : NULL;
}

void debug_forget(struct core *core, struct vcpu *vcpu) {
    if (core->arch.debug_owner != vcpu)
        return;
    for (unsigned i = 0; i < DEBUG_MAX; i++)
        vcpu->bcr[i] = vcpu->wcr[i] = 0;
    debug_write_all(vcpu);
    core->arch.debug_owner = NULL;
}

// DBGBVR<n>, DBGBCR<n>, DBGWVR<n>, DBGWCR<n>_EL1: CRn = 0, CRm = n, op2 = 4 to 7.
static enum sysreg_outcome emulate_point(struct core *core, struct vcpu *vcpu, struct sysreg_access *access) {
    unsigned number = access->encoding >> 3 & 15;
    enum debug_kind kind = access->encoding & 3;
    if (number >= (kind == DEBUG_BVR || kind == DEBUG_BCR ? breakpoints() : watchpoints()))
        return SYSREG_UNDEFINED;
    word_t *value = debug_value(vcpu, kind, number);
    if (access->is_read) {
        access->value = *value;
        return SYSREG_DONE;
    }
    *value = access->value;
    if (kind == DEBUG_BCR || kind == DEBUG_WCR) {
        *value &= kind == DEBUG_BCR ? BCR_WRITABLE : WCR_WRITABLE;
        if (*value & CR_ENABLE)
            vcpu->debug_used = true;
    }
    if (core->arch.debug_owner == vcpu)
        debug_write(kind, number, *value);
    else
        debug_load(core, vcpu);
    return SYSREG_DONE;
}

static void update_mdscr(const struct vcpu *vcpu) {
    SYSREG_WRITE("mdscr_el1", vcpu->os_lock ? 0 : vcpu->mdscr);
}

static enum sysreg_outcome emulate_write(struct vcpu *vcpu, const struct sysreg_access *access) {
    switch (access->encoding) {
    case SYS_MDSCR_EL1:
        vcpu->mdscr = access->value & MDSCR_WRITABLE;
        vcpu->has_rare = true;
        update_mdscr(vcpu);
        return SYSREG_DONE;
    case SYS_OSLAR_EL1:
        vcpu->os_lock = access->value & 1;
        update_mdscr(vcpu);
        return SYSREG_DONE;
    case SYS_OSDLR_EL1:
        vcpu->os_dlock = access->value & 1;
        return SYSREG_DONE;
    // No debugger, no channel: nothing happens.
    case SYS_OSDTRRX_EL1:
    case SYS_OSDTRTX_EL1:
    case SYS_OSECCR_EL1:
    case SYS_MDCCINT_EL1:
    case SYS_DBGDTR_EL0:
    case SYS_DBGDTRX_EL0:
    case SYS_DBGPRCR_EL1:
    case SYS_DBGCLAIMSET_EL1:
    case SYS_DBGCLAIMCLR_EL1:
        return SYSREG_DONE;
    default:
        return SYSREG_UNDEFINED;
    }
}

static enum sysreg_outcome emulate_read(const struct vcpu *vcpu, struct sysreg_access *access) {
    access->value = 0;
    switch (access->encoding) {
    case SYS_MDSCR_EL1:
        access->value = vcpu->mdscr;
        return SYSREG_DONE;
    case SYS_OSLSR_EL1:
        access->value = OSLSR_OSLM | (vcpu->os_lock ? OSLSR_OSLK : 0);
        return SYSREG_DONE;
    case SYS_OSDLR_EL1:
        access->value = vcpu->os_dlock;
        return SYSREG_DONE;
    case SYS_OSDTRRX_EL1:
    case SYS_OSDTRTX_EL1:
    case SYS_OSECCR_EL1:
    case SYS_MDCCINT_EL1:
    case SYS_MDCCSR_EL0:
    case SYS_DBGDTR_EL0:
    case SYS_DBGDTRX_EL0:
    case SYS_MDRAR_EL1:
    case SYS_DBGPRCR_EL1:
    case SYS_DBGCLAIMSET_EL1:
    case SYS_DBGCLAIMCLR_EL1:
    case SYS_DBGAUTHSTATUS_EL1:
        return SYSREG_DONE;
    default:
        return SYSREG_UNDEFINED;
    }
}

enum sysreg_outcome debug_emulate(struct core *core, struct vcpu *vcpu, struct sysreg_access *access) {
    if ((access->encoding & SYSREG_ENCODING(3, 7, 15, 0, 4)) == SYSREG_ENCODING(2, 0, 0, 0, 4))
        return emulate_point(core, vcpu, access);
    return access->is_read ? emulate_read(vcpu, access) : emulate_write(vcpu, access);
}
