// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// VCPU_* (seL4 API; from label 0x1000 ours): decoding the arguments, with their error replies.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/decode.h>
#include <kernel/objects.h>

#define MAX_VIRQ          1019 // INTIDs 1020 to 1023 are special
#define MAX_INJECTED      1023
#define MAX_PRIORITY_BITS (GLACIS_BIND_OTHER_GROUP | 255)

static struct vcpu *invoked(const struct invocation *inv) {
    return cap_pointer(inv->cap);
}

static enum status set_tcb(struct invocation *inv) {
    struct cap cap = inv_cap(inv, 0);
    if (cap_type(cap) != SEL4_CAP_TCB)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    vcpu_pair(inv->core, invoked(inv), cap_pointer(cap));
    return STATUS_OK;
}

static enum status inject(struct invocation *inv, word_t word) {
    unsigned virq = word & 0xffff, priority = word >> 16 & 0xff, group = word >> 24 & 0xff,
             index = word >> 32 & 0xff;
    // Ours, with an exit mask: on GICv2 an SGI's sender stands above its number, as in GICH_LR.
    bool has_source = gic_lr_has_source && invoked(inv)->exit_mask && LR_VIRQ(virq) < VGIC_SGIS &&
                      !(virq & ~(LR_SOURCE_MASK | MAX_INJECTED));
    if (virq > MAX_INJECTED && !has_source)
        return inv_fail_range(inv, 0, MAX_INJECTED);
    if (priority > MAX_INJECTED_PRIORITY)
        return inv_fail_range(inv, 0, MAX_INJECTED_PRIORITY);
    if (group > 1)
        return inv_fail_range(inv, 0, 1);
    if (index >= gic_lr_count)
        return inv_fail_range(inv, 0, gic_lr_count - 1);
    bool evicts = word & GLACIS_INJECT_EVICT && invoked(inv)->exit_mask; // ours, too
    if (vgic_inject(inv->core, invoked(inv), index, virq, priority, group, evicts) == VGIC_BUSY)
        return inv_fail(inv, SEL4_DELETE_FIRST);
    return STATUS_OK;
}

static enum status inject_irq(struct invocation *inv) {
    return inject(inv, inv_word(inv, 0));
}

NOINLINE void vcpu_inject_word(struct core *core, struct vcpu *vcpu, word_t word) {
    struct invocation inv = {.core = core, .cap = cap_make(SEL4_CAP_VCPU, vcpu, 0)};
    (void)inject(&inv, word);
}

static enum status read_reg(struct invocation *inv) {
    word_t field = inv_word(inv, 0);
    if (field - GLACIS_VCPU_GROUPS < GLACIS_VCPU_REG_END - GLACIS_VCPU_GROUPS)
        return inv_result(inv, vcpu_read_own(inv->core, invoked(inv), field));
    if (field >= SEL4_VCPU_REG_COUNT)
        return inv_fail_argument(inv, 1);
    vcpu_read_back(inv->core, invoked(inv));
    return inv_result(inv, invoked(inv)->regs[field] & ~(field == SEL4_VCPU_CPACR ? vcpu_cpacr_hidden : 0));
}

static enum status write_reg(struct invocation *inv) {
    word_t field = inv_word(inv, 0);
    struct vcpu *vcpu = invoked(inv);
    if (field - GLACIS_VCPU_CNTVCT < GLACIS_VCPU_REG_END - GLACIS_VCPU_CNTVCT) {
        vcpu_write_own(inv->core, vcpu, field, inv_word(inv, 1));
    } else {
        if (field >= SEL4_VCPU_REG_COUNT)
            return inv_fail_argument(inv, 1);
        vcpu_read_back(inv->core, vcpu);
        vcpu->regs[field] = inv_word(inv, 1) | (field == SEL4_VCPU_CPACR ? vcpu_cpacr_hidden : 0);
        if (field == SEL4_VCPU_CNTVOFF)
            vcpu->count_at_entry = 0;
        vcpu_write_back(inv->core, vcpu);
    }
    inv->core->arch.reenter = NULL; // the counter offset may be for vcpu_enter
    if (vcpu->regs[SEL4_VCPU_CNTVOFF] == VCPU_CNTVOFF_AT_ENTRY)
        vcpu_wake(inv->core, vcpu); // till it is entered no time passes that its timer could wait for
    inv->core->reprogram = true;    // its timer may be a deadline
    return STATUS_OK;
}

// Those beside the virtual timer's are ours, with an exit mask.
static enum status check_vppi(struct invocation *inv, unsigned *source) {
    word_t irq = inv_word(inv, 0);
    if (irq > arch_irq_max())
        return inv_fail_range(inv, 0, arch_irq_max());
    *source = vcpu_ppi_source((unsigned)irq);
    if (!*source || (*source != VGIC_TIMER && !invoked(inv)->exit_mask))
        return inv_fail_argument(inv, 0);
    return STATUS_OK;
}

static enum status claim(struct invocation *inv, unsigned source) {
    return vcpu_ppi_claim(invoked(inv), source) ? STATUS_OK : inv_fail(inv, SEL4_REVOKE_FIRST);
}

static enum status ack_vppi(struct invocation *inv) {
    unsigned source;
    enum status status = check_vppi(inv, &source);
    if (status == STATUS_OK)
        status = claim(inv, source);
    if (status == STATUS_OK) {
        invoked(inv)->ppi_open |= 1u << source; // vcpu_enter unmasks the line
        inv->core->arch.reenter = NULL;
    }
    return status;
}

static enum status set_exit_mask(struct invocation *inv) {
    word_t mask = inv_word(inv, 0);
    struct vcpu *vcpu = invoked(inv);
    if (mask & ~(word_t)GLACIS_EXIT_MASK_ALL)
        return inv_fail_argument(inv, 0);
    if (!(mask & GLACIS_EXIT_SGI))
        vgic_sgi_leave(vcpu);
    else if (!vgic_sgi_join(vcpu))
        return inv_fail_range(inv, 0, VGIC_SGI_MEMBERS);
    vcpu_set_exit_mask(inv->core, vcpu, (uint32_t)mask);
    return STATUS_OK;
}

static enum status bind(struct invocation *inv, unsigned source, unsigned irq, word_t virq, word_t priority) {
    if (virq < VGIC_SGIS || virq > MAX_VIRQ)
        return inv_fail_range(inv, VGIC_SGIS, MAX_VIRQ);
    if (priority > MAX_PRIORITY_BITS)
        return inv_fail_range(inv, 0, MAX_PRIORITY_BITS);
    int other = vgic_source_find(&invoked(inv)->vgic, (unsigned)virq);
    if (other >= 0 && (unsigned)other != source)
        return inv_fail(inv, SEL4_DELETE_FIRST);
    if (source < VGIC_BOUND && claim(inv, source) != STATUS_OK)
        return STATUS_ERROR;
    vgic_bind(inv->core, invoked(inv), source, irq, (unsigned)virq, (unsigned)priority);
    return STATUS_OK;
}

static enum status bind_vppi(struct invocation *inv) {
    unsigned source;
    enum status status = check_vppi(inv, &source);
    return status == STATUS_OK
               ? bind(inv, source, (unsigned)inv_word(inv, 0), inv_word(inv, 1), inv_word(inv, 2))
               : status;
}

static enum status bind_irq(struct invocation *inv) {
    struct cap cap = inv_cap(inv, 0);
    if (cap_type(cap) != SEL4_CAP_IRQ_HANDLER || cap.w1 < VGIC_SGIS)
        return inv_fail_capability(inv, 0);
    const struct vcpu *vcpu = invoked(inv);
    unsigned irq = (unsigned)cap.w1, source;
    word_t binding = vgic_binding[irq], free = ~(vcpu->vgic.bound | MASK(VGIC_BOUND));
    if (binding && vgic_binding_vcpu(binding) == vcpu)
        source = vgic_binding_source(binding);
    else if (binding || !free || irq_has_notification(irq))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    else
        source = (unsigned)__builtin_ctzll(free);
    return bind(inv, source, irq, inv_word(inv, 0), inv_word(inv, 1));
}

static enum status unbind_irq(struct invocation *inv) {
    word_t virq = inv_word(inv, 0);
    int source = virq > MAX_VIRQ ? -1 : vgic_source_find(&invoked(inv)->vgic, (unsigned)virq);
    if (source < VGIC_TIMER)
        return inv_fail_argument(inv, 0);
    vgic_unbind(inv->core, invoked(inv), (unsigned)source);
    return STATUS_OK;
}

static enum status statistics(struct invocation *inv) {
    const struct vcpu *vcpu = invoked(inv);
    switch (inv_word(inv, 0)) {
    case GLACIS_STAT_EXITS:
        for (unsigned i = 0; i < GLACIS_CAUSE_COUNT; i++)
            inv_result(inv, vcpu->exits[i]);
        return STATUS_OK;
    case GLACIS_STAT_INSTRUCTIONS:
        counters_sample(inv->core);
        for (unsigned i = 0; i < ARRAY_LENGTH(inv->core->arch.counters); i++)
            inv_result(inv, inv->core->arch.counters[i]);
        return STATUS_OK;
    case GLACIS_STAT_BOOT:
        inv_result(inv, vcpu->first_entry);
        return inv_result(inv, SYSREG_READ("cntfrq_el0"));
    default:
        return inv_fail_range(inv, 0, GLACIS_STAT_BOOT);
    }
}

static enum status set_sgis(struct invocation *inv) {
    word_t enabled = inv_word(inv, 0);
    uint8_t priorities[VGIC_SGIS];
    if (enabled > MASK(32))
        return inv_fail_range(inv, 0, MASK(32));
    for (unsigned i = 0; i < VGIC_SGIS; i++)
        priorities[i] = (uint8_t)(inv_word(inv, 1 + i / 8) >> i % 8 * 8);
    vgic_set_sgis(inv->core, invoked(inv), (uint32_t)enabled, priorities);
    return STATUS_OK;
}

static enum status update_irq(struct invocation *inv) {
    word_t virq = inv_word(inv, 0), set = inv_word(inv, 1), clear = inv_word(inv, 2);
    if (virq > MAX_VIRQ)
        return inv_fail_range(inv, 0, MAX_VIRQ);
    if (set > GLACIS_IRQ_STATE_ALL || clear > GLACIS_IRQ_STATE_ALL)
        return inv_fail_range(inv, 0, GLACIS_IRQ_STATE_ALL);
    return inv_result(inv,
                      vgic_update(inv->core, invoked(inv), (unsigned)virq, (unsigned)set, (unsigned)clear));
}

static enum status reset_irqs(struct invocation *inv) {
    vgic_reset(inv->core, invoked(inv));
    return STATUS_OK;
}

decode_function *vcpu_invocation(word_t label) {
    switch (label) {
    case LABEL_VCPU_SetTCB:
        return set_tcb;
    case LABEL_VCPU_InjectIRQ:
        return inject_irq;
    case LABEL_VCPU_ReadReg:
        return read_reg;
    case LABEL_VCPU_WriteReg:
        return write_reg;
    case LABEL_VCPU_AckVPPI:
        return ack_vppi;
    case LABEL_VCPU_SetExitMask:
        return set_exit_mask;
    case LABEL_VCPU_BindIRQ:
        return bind_irq;
    case LABEL_VCPU_BindVPPI:
        return bind_vppi;
    case LABEL_VCPU_UnbindIRQ:
        return unbind_irq;
    case LABEL_VCPU_Statistics:
        return statistics;
    case LABEL_VCPU_SetSGIs:
        return set_sgis;
    case LABEL_VCPU_UpdateIRQ:
        return update_irq;
    case LABEL_VCPU_ResetIRQs:
        return reset_irqs;
    default:
        return NULL;
    }
}
