// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Interrupts for user threads (seL4 API: IRQControl, IRQHandler, SGI).
//
//   free --Get--> issued, unmasked --interrupt--> masked, signalled --Ack--> unmasked
//     ^------------ last handler capability deleted (masked) ------------------'
//
//   issued <--IRQHandler_Clear, VCPU_UnbindIRQ-- bound to a vCPU (arch/): it acknowledges and unmasks itself
//      '-----------------VCPU_BindIRQ--------------^
//
// Invariants: 1. one handler object for each number, while it is issued. 2. A line that nobody has been told
// of stays masked. 3. An interrupt has a notification, or is bound to a vCPU, never both.
#include <arch/core.h>
#include <arch/machine.h>
#include <kernel/decode.h>
#include <kernel/objects.h>

#define IRQ_LIMIT 1020 // INTIDs of a GIC (IHI 0048B 2.2.1); boards have fewer: arch_irq_max

static struct slot irq_notification[IRQ_LIMIT]; // where its interrupts are signalled
static bool irq_issued[IRQ_LIMIT];

bool irq_is_issued(unsigned irq) {
    return irq_issued[irq];
}

bool irq_has_notification(unsigned irq) {
    return !slot_is_empty(&irq_notification[irq]);
}

void irq_handle(struct core *core, unsigned irq) {
    if (arch_irq_handle(core, irq))
        return;
    arch_irq_mask(irq);
    if (irq < IRQ_LIMIT && irq_issued[irq]) {
        struct cap cap = irq_notification[irq].cap;
        if (cap_type(cap) == SEL4_CAP_NOTIFICATION)
            notification_signal(core, cap_pointer(cap), cap_badge(cap));
    }
    arch_irq_end(irq);
}

static enum status MUST_CHECK set_notification(unsigned irq, struct slot *source) {
    arch_irq_unbind(irq);
    struct slot *slot = &irq_notification[irq];
    enum status status = slot_delete(arch_core(), slot);
    if (status == STATUS_OK && source)
        slot_copy(slot, source->cap, source);
    return status;
}

bool irq_release(unsigned irq) {
    arch_irq_mask(irq);
    if (set_notification(irq, NULL) != STATUS_OK)
        return false;
    irq_issued[irq] = false;
    return true;
}

static enum status issue(struct invocation *inv, unsigned first_word, int trigger) {
    word_t irq = inv_word(inv, 0);
    if (irq > arch_irq_max())
        return inv_fail_range(inv, 0, arch_irq_max());
    if (irq_issued[irq] || arch_irq_is_reserved((unsigned)irq))
        return inv_fail(inv, SEL4_REVOKE_FIRST);
    struct slot *dest =
        lookup_target(inv, false, inv_cap(inv, 0), inv_word(inv, first_word), inv_word(inv, first_word + 1));
    if (!dest)
        return STATUS_ERROR;
    if (!slot_is_empty(dest))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    if (trigger >= 0)
        arch_irq_set_trigger((unsigned)irq, trigger);
    irq_issued[irq] = true;
    cdt_insert(dest, cap_make(SEL4_CAP_IRQ_HANDLER, NULL, irq), inv->slot);
    arch_irq_unmask((unsigned)irq);
    return STATUS_OK;
}

enum status decode_IRQControl_Get(struct invocation *inv) {
    return issue(inv, 1, -1);
}

enum status decode_IRQControl_GetTrigger(struct invocation *inv) {
    return issue(inv, 2, inv_word(inv, 1) != 0);
}

enum status decode_IRQControl_IssueSGI(struct invocation *inv) {
    word_t irq = inv_word(inv, 0), target = inv_word(inv, 1);
    if (irq > 15)
        return inv_fail_range(inv, 0, 15);
    if (target > 7)
        return inv_fail_argument(inv, 1);
    struct slot *dest = lookup_target(inv, false, inv_cap(inv, 0), inv_word(inv, 2), inv_word(inv, 3));
    if (!dest)
        return STATUS_ERROR;
    if (!slot_is_empty(dest))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    cdt_insert(dest, cap_make(SEL4_CAP_SGI, NULL, irq | target << 32), inv->slot);
    return STATUS_OK;
}

enum status decode_IRQHandler_Ack(struct invocation *inv) {
    if (arch_irq_is_bound((unsigned)inv->cap.w1))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    arch_irq_unmask((unsigned)inv->cap.w1);
    return STATUS_OK;
}

enum status decode_IRQHandler_SetNotification(struct invocation *inv) {
    struct cap cap = inv_cap(inv, 0);
    if (cap_type(cap) != SEL4_CAP_NOTIFICATION || !(cap_rights(cap) & SEL4_RIGHT_WRITE))
        return inv_fail_capability(inv, 0);
    if (arch_irq_is_bound((unsigned)inv->cap.w1))
        return inv_fail(inv, SEL4_DELETE_FIRST);
    return set_notification((unsigned)inv->cap.w1, inv->extra[0]);
}

enum status decode_IRQHandler_Clear(struct invocation *inv) {
    return set_notification((unsigned)inv->cap.w1, NULL);
}
