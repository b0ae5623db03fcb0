// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// TCB invocations (seL4 API: TCB).
#include <arch/machine.h>
#include <arch/switch.h>
#include <kernel/cdt.h>
#include <kernel/decode.h>
#include <kernel/objects.h>

#define TCB_FLAGS_KNOWN 1u // bit 0: FPU disabled

void tcb_finalise(struct core *core, struct tcb *tcb) {
    if (tcb->bound_notification)
        notification_unbind(tcb->bound_notification);
    thread_suspend(core, tcb);
    if (tcb->sc) {
        struct sched_context *sc = tcb->sc;
        if (sc->yield_from)
            sched_context_finish_yield(core, sc->yield_from);
        sched_context_unbind_tcb(core, sc);
    }
    arch_tcb_finalise(tcb);
}

static struct tcb *invoked(const struct invocation *inv) {
    return cap_pointer(inv->cap);
}

enum status decode_TCB_ReadRegisters(struct invocation *inv) {
    struct tcb *tcb = invoked(inv);
    word_t flags = inv_word(inv, 0), count = inv_word(inv, 1);
    if (tcb == inv->caller)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    if (count < 1 || count > SEL4_REG_COUNT)
        return inv_fail_range(inv, 1, SEL4_REG_COUNT);
    if (flags & 1)
        thread_suspend(inv->core, tcb);
    word_t written = 0;
    if (inv->is_call)
        while (written < count &&
               message_set(inv->caller, written, arch_user_register_get(tcb, (unsigned)written)))
            written++; // bound: 36
    inv->reply_length = written;
    inv->reply_written = true;
    return STATUS_OK;
}

enum status decode_TCB_WriteRegisters(struct invocation *inv) {
    struct tcb *tcb = invoked(inv);
    word_t flags = inv_word(inv, 0), count = inv_word(inv, 1);
    if (count > inv->length - 2)
        return inv_fail(inv, SEL4_TRUNCATED_MESSAGE);
    if (tcb == inv->caller)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    for (unsigned i = 0; i < count && i < SEL4_REG_COUNT; i++) // bound: 36
        arch_user_register_set(tcb, i, inv_word(inv, 2 + i));
    if (flags & 1)
        thread_restart(inv->core, tcb);
    return STATUS_OK;
}

enum status decode_TCB_CopyRegisters(struct invocation *inv) {
    struct tcb *dest = invoked(inv);
    word_t flags = inv_word(inv, 0);
    if (cap_type(inv_cap(inv, 0)) != SEL4_CAP_TCB)
        return inv_fail_capability(inv, 1);
    struct tcb *source = cap_pointer(inv_cap(inv, 0));
    if (flags & 1)
        thread_suspend(inv->core, source);
    unsigned first = flags & 4 ? 0 : SEL4_FRAME_REGS, end = flags & 8 ? SEL4_REG_COUNT : SEL4_FRAME_REGS;
    for (unsigned i = first; i < end; i++) // bound: 36
        arch_user_register_set(dest, i, arch_user_register_get(source, i));
    if (flags & 2)
        thread_restart(inv->core, dest);
    return STATUS_OK;
}

// --- spaces, buffer, handlers

// What a TCB slot is to hold: a capability derived from `source`.
struct tcb_part {
    struct slot *source;
    struct cap cap;
};

static enum status decode_spaces(struct invocation *inv, unsigned first_cap, unsigned first_word,
                                 struct tcb_part *cspace, struct tcb_part *vspace) {
    struct tcb_part *parts[] = {cspace, vspace};
    for (unsigned i = 0; i < 2; i++) {
        struct slot *source = inv->extra[first_cap + i];
        struct cap cap = source->cap;
        word_t data = inv_word(inv, first_word + i);
        if (data && !cap_update_data(false, data, &cap))
            return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
        parts[i]->source = source;
        if (cap_derive(inv, source, cap, &parts[i]->cap) != STATUS_OK)
            return STATUS_ERROR;
    }
    if (cap_type(cspace->cap) != SEL4_CAP_CNODE || !arch_cap_is_vspace(vspace->cap))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    return STATUS_OK;
}

static enum status decode_buffer(struct invocation *inv, unsigned cap, word_t address,
                                 struct tcb_part *buffer) {
    buffer->source = inv->extra[cap];
    buffer->cap = cap_null();
    if (address == 0)
        return STATUS_OK;
    if (cap_derive(inv, buffer->source, buffer->source->cap, &buffer->cap) != STATUS_OK)
        return STATUS_ERROR;
    return arch_check_ipc_buffer(inv, buffer->cap, address);
}

static enum status decode_handler(struct invocation *inv, unsigned cap, struct tcb_part *handler) {
    handler->source = inv->extra[cap];
    handler->cap = handler->source->cap;
    unsigned rights = cap_rights(handler->cap), type = cap_type(handler->cap);
    bool can_fault = type == SEL4_CAP_ENDPOINT && rights & SEL4_RIGHT_WRITE &&
                     rights & (SEL4_RIGHT_GRANT | SEL4_RIGHT_GRANT_REPLY);
    if (type != SEL4_CAP_NULL && !can_fault)
        return inv_fail_capability(inv, cap + 1);
    return STATUS_OK;
}

static bool still_holds(const struct slot *slot, struct cap cap) {
    return cap_type(slot->cap) == cap_type(cap) && cap_address(slot->cap) == cap_address(cap);
}

// Replaces what a slot of the invoked TCB holds. Deleting the old CSpace may take long, and may delete the
// source and even the TCB itself: then nothing is put there.
static enum status MUST_CHECK replace(struct invocation *inv, enum tcb_slot index,
                                      const struct tcb_part *part) {
    struct slot *slot = &invoked(inv)->slots[index];
    enum status status = slot_delete(inv->core, slot);
    if (status != STATUS_OK)
        return status;
    if (cap_type(part->cap) != SEL4_CAP_NULL && still_holds(part->source, part->cap) &&
        still_holds(inv->slot, inv->cap))
        slot_copy(slot, part->cap, part->source);
    return STATUS_OK;
}

static enum status MUST_CHECK set_spaces(struct invocation *inv, const struct tcb_part *cspace,
                                         const struct tcb_part *vspace) {
    struct tcb *tcb = invoked(inv);
    enum status status = replace(inv, TCB_SLOT_CSPACE, cspace);
    if (status == STATUS_OK)
        status = replace(inv, TCB_SLOT_VSPACE, vspace);
    if (status == STATUS_OK && tcb == inv->core->current)
        arch_switch_long(inv->core, tcb);
    return status;
}

static enum status MUST_CHECK set_buffer(struct invocation *inv, const struct tcb_part *buffer,
                                         word_t address) {
    struct tcb *tcb = invoked(inv);
    tcb->ipc_buffer = NULL;
    enum status status = replace(inv, TCB_SLOT_BUFFER, buffer);
    if (status != STATUS_OK)
        return status;
    tcb->ipc_buffer_vaddr = (vaddr_t){address};
    tcb->ipc_buffer = arch_ipc_buffer(tcb->slots[TCB_SLOT_BUFFER].cap, address, &tcb->ipc_buffer_writable);
    return STATUS_OK;
}

enum status decode_TCB_Configure(struct invocation *inv) {
    struct tcb_part cspace, vspace, buffer;
    word_t address = inv_word(inv, 2);
    if (decode_buffer(inv, 2, address, &buffer) != STATUS_OK ||
        decode_spaces(inv, 0, 0, &cspace, &vspace) != STATUS_OK)
        return STATUS_ERROR;
    enum status status = set_spaces(inv, &cspace, &vspace);
    return status == STATUS_OK ? set_buffer(inv, &buffer, address) : status;
}

enum status decode_TCB_SetSpace(struct invocation *inv) {
    struct tcb_part handler, cspace, vspace;
    if (decode_spaces(inv, 1, 0, &cspace, &vspace) != STATUS_OK ||
        decode_handler(inv, 0, &handler) != STATUS_OK)
        return STATUS_ERROR;
    enum status status = replace(inv, TCB_SLOT_FAULT, &handler);
    return status == STATUS_OK ? set_spaces(inv, &cspace, &vspace) : status;
}

enum status decode_TCB_SetIPCBuffer(struct invocation *inv) {
    struct tcb_part buffer;
    word_t address = inv_word(inv, 0);
    if (decode_buffer(inv, 0, address, &buffer) != STATUS_OK)
        return STATUS_ERROR;
    return set_buffer(inv, &buffer, address);
}

enum status decode_TCB_SetTimeoutEndpoint(struct invocation *inv) {
    struct tcb_part handler;
    if (decode_handler(inv, 0, &handler) != STATUS_OK)
        return STATUS_ERROR;
    return replace(inv, TCB_SLOT_TIMEOUT, &handler);
}

// --- scheduling

static enum status decode_priority(struct invocation *inv, unsigned word, word_t *priority) {
    if (cap_type(inv_cap(inv, 0)) != SEL4_CAP_TCB)
        return inv_fail_capability(inv, 1);
    const struct tcb *authority = cap_pointer(inv_cap(inv, 0));
    *priority = inv_word(inv, word);
    return *priority > authority->mcp ? inv_fail_range(inv, 0, authority->mcp) : STATUS_OK;
}

enum status decode_TCB_SetPriority(struct invocation *inv) {
    word_t priority = 0;
    if (decode_priority(inv, 0, &priority) != STATUS_OK)
        return STATUS_ERROR;
    thread_set_priority(inv->core, invoked(inv), (unsigned)priority);
    return STATUS_OK;
}

enum status decode_TCB_SetMCPriority(struct invocation *inv) {
    word_t mcp = 0;
    if (decode_priority(inv, 0, &mcp) != STATUS_OK)
        return STATUS_ERROR;
    invoked(inv)->mcp = (uint8_t)mcp;
    return STATUS_OK;
}

static enum status decode_context(struct invocation *inv, struct sched_context **sc) {
    const struct tcb *tcb = invoked(inv);
    struct cap cap = inv_cap(inv, 1);
    *sc = NULL;
    if (cap_type(cap) == SEL4_CAP_NULL)
        return tcb == inv->caller ? inv_fail(inv, SEL4_ILLEGAL_OPERATION) : STATUS_OK;
    if (cap_type(cap) != SEL4_CAP_SCHED_CONTEXT)
        return inv_fail_capability(inv, 2);
    *sc = cap_pointer(cap);
    if ((tcb->sc && tcb->sc != *sc) || ((*sc)->tcb && (*sc)->tcb != tcb) ||
        !sched_context_may_bind(inv->core, *sc, tcb))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    return STATUS_OK;
}

enum status decode_TCB_SetSchedParams(struct invocation *inv) {
    struct tcb *tcb = invoked(inv);
    struct sched_context *sc;
    struct tcb_part handler;
    word_t mcp = 0, priority = 0;
    if (decode_priority(inv, 0, &mcp) != STATUS_OK || decode_priority(inv, 1, &priority) != STATUS_OK ||
        decode_context(inv, &sc) != STATUS_OK || decode_handler(inv, 2, &handler) != STATUS_OK)
        return STATUS_ERROR;
    enum status status = replace(inv, TCB_SLOT_FAULT, &handler);
    if (status != STATUS_OK)
        return status;
    tcb->mcp = (uint8_t)mcp;
    thread_set_priority(inv->core, tcb, (unsigned)priority);
    if (sc && tcb->sc != sc)
        sched_context_bind(inv->core, sc, tcb);
    else if (!sc && tcb->sc)
        sched_context_unbind_tcb(inv->core, tcb->sc);
    return STATUS_OK;
}

enum status decode_TCB_Suspend(struct invocation *inv) {
    thread_suspend(inv->core, invoked(inv));
    return STATUS_OK;
}

enum status decode_TCB_Resume(struct invocation *inv) {
    thread_restart(inv->core, invoked(inv));
    return STATUS_OK;
}

// --- the rest

enum status decode_TCB_BindNotification(struct invocation *inv) {
    struct tcb *tcb = invoked(inv);
    struct cap cap = inv_cap(inv, 0);
    if (tcb->bound_notification || cap_type(cap) != SEL4_CAP_NOTIFICATION ||
        !(cap_rights(cap) & SEL4_RIGHT_READ))
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    struct notification *notification = cap_pointer(cap);
    if (notification->bound_tcb || notification->queue.head)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    notification->bound_tcb = tcb;
    tcb->bound_notification = notification;
    return STATUS_OK;
}

enum status decode_TCB_UnbindNotification(struct invocation *inv) {
    struct tcb *tcb = invoked(inv);
    if (!tcb->bound_notification)
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    notification_unbind(tcb->bound_notification);
    return STATUS_OK;
}

enum status decode_TCB_SetTLSBase(struct invocation *inv) {
    arch_user_register_set(invoked(inv), SEL4_REG_TPIDR_EL0, inv_word(inv, 0));
    return STATUS_OK;
}

enum status decode_TCB_SetFlags(struct invocation *inv) {
    struct tcb *tcb = invoked(inv);
    tcb->flags = (uint8_t)((tcb->flags & ~inv_word(inv, 0)) | (inv_word(inv, 1) & TCB_FLAGS_KNOWN));
    if (tcb == inv->core->current)
        arch_switch_long(inv->core, tcb);
    return inv_result(inv, tcb->flags);
}
