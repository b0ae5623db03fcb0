// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The short switches (core/fastpath.c), for which everything is at hand: between two native threads, from a
// guest to its VMM, and back to a guest whose vCPU is still loaded. Part of the seam; switch.c has the long
// one.
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

#include <arch/access.h>
#include <arch/core.h>
#include <arch/fp.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/world.h>

// Whether the VTTBR_EL2 of the thread is remembered. Of one with a vCPU: if that is loaded.
static ALWAYS_INLINE bool switch_knows_vttbr(const struct tcb *tcb) {
    return LIKELY(tcb->arch.vttbr_epoch == mmu_epoch) &&
           LIKELY(tcb->arch.vttbr_vspace == tcb->slots[TCB_SLOT_VSPACE].cap.w0);
}

// Whether the short switch can be made to `to`.
static ALWAYS_INLINE bool arch_switch_is_short(const struct tcb *to) {
    return LIKELY(!to->arch.vcpu) && switch_knows_vttbr(to);
}

static ALWAYS_INLINE void switch_threads(struct core *core, struct tcb *from, struct tcb *to) {
    struct tcb *owner = core->arch.fp_owner;
    from->arch.context.tpidr_el0 = SYSREG_READ("tpidr_el0");
    thread_pointers_load(to);
    SYSREG_WRITE("vttbr_el2", to->arch.vttbr);
    core->current = to;
    core->arch.tcb = to;
    if (owner == from || owner == to) // else access is off, and stays so
        fp_switch(core, to);
}

// arch_switch_to and arch_before_exit, from the current thread: between two without vCPU (EL0 cannot write
// TPIDRRO_EL0).
static ALWAYS_INLINE void arch_switch_short(struct core *core, struct tcb *from, struct tcb *to) {
    switch_threads(core, from, to);
}

// The same when `from` may be the active guest.
static ALWAYS_INLINE void arch_switch_fault(struct core *core, struct tcb *from, struct tcb *to) {
    if (LIKELY(core->arch.vcpu_active)) {
        world_leave(core, core->arch.vcpu);
        from->arch.context.tpidrro_el0 = SYSREG_READ("tpidrro_el0");
    }
    switch_threads(core, from, to);
}

void arch_switch_long(struct core *core, struct tcb *tcb);
// Loads the thread's address space, vCPU and FP access; NULL: nobody runs. Called when core->current changed,
// and for the same thread again after its VSpace or vCPU changed.
static ALWAYS_INLINE void arch_switch_to(struct core *core, struct tcb *tcb) {
    struct tcb *loaded = core->arch.tcb;
    if (LIKELY(tcb && loaded) && LIKELY(!core->arch.vcpu_active) && loaded != tcb &&
        arch_switch_is_short(tcb))
        arch_switch_short(core, loaded, tcb);
    else
        arch_switch_long(core, tcb);
}

void switch_before_exit(struct core *core, struct tcb *tcb);
// Last thing before the core returns to `tcb`: what depends on who else is ready (WFI policy), and on the
// thread's flags.
static ALWAYS_INLINE void arch_before_exit(struct core *core, struct tcb *tcb) {
    if (UNLIKELY(tcb->arch.vcpu || tcb->flags))
        switch_before_exit(core, tcb);
}

// Whether `faulter`, which is the current thread, and `handler` can change with each other by
// arch_switch_fault and arch_switch_resume, as long as nothing else happens.
static ALWAYS_INLINE bool arch_pair_is_short(const struct core *core, const struct tcb *faulter,
                                             const struct tcb *handler) {
    return faulter->arch.vcpu && core->arch.vcpu == faulter->arch.vcpu && core->arch.vcpu_active &&
           !faulter->flags && switch_knows_vttbr(faulter) && arch_switch_is_short(handler) && !handler->flags;
}

static ALWAYS_INLINE void arch_switch_resume(struct core *core, struct tcb *from, struct tcb *to) {
    struct vcpu *vcpu = to->arch.vcpu;
    switch_threads(core, from, to);
    world_enter(core, vcpu);
    SYSREG_WRITE("hcr_el2", world_hcr(core, vcpu));
}

// arch_switch_to and arch_before_exit, from the current thread, which has no vCPU, to one that may have.
static ALWAYS_INLINE void arch_switch_reply(struct core *core, struct tcb *from, struct tcb *to) {
    struct vcpu *vcpu = to->arch.vcpu;
    if (LIKELY(vcpu != NULL) && LIKELY(core->arch.reenter == vcpu) && switch_knows_vttbr(to) &&
        LIKELY(!to->flags)) {
        arch_switch_resume(core, from, to);
        return;
    }
    core->current = to;
    arch_switch_to(core, to);
    arch_before_exit(core, to);
}

// Answers a fault of ours that had four words, where that needs no more than the thread's registers:
// arch_fault_reply, after which the thread goes on. False: nothing was done.
static ALWAYS_INLINE bool arch_fault_reply_short(struct tcb *tcb, word_t label, word_t length,
                                                 const word_t *mr) {
    struct arch_context *context = &tcb->arch.context;
    if (UNLIKELY(label != GLACIS_ACCESS_DONE) || UNLIKELY(!tcb->arch.vcpu))
        return false;
    if (tcb->fault.label == GLACIS_FAULT_ACCESS) {
        access_complete(context->x, tcb->fault.mr[1], mr[0]);
        if (UNLIKELY(length > 1))
            vcpu_inject_in_reply(arch_core(), tcb->arch.vcpu, mr[1]);
    } else if (tcb->fault.label == GLACIS_FAULT_HVC || tcb->fault.label == GLACIS_FAULT_SMC)
        access_complete_call(context->x, length, mr);
    else
        return false;
    context_step_over(context, tcb->arch.vcpu->abort_esr);
    return true;
}

#endif
