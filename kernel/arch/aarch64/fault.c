// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A thread's registers as others see them: the messages of faults, the replies that change registers, and
// TCB_ReadRegisters and WriteRegisters.
//
// Invariant: whatever is written, SPSR_EL2 selects EL0, or EL1 for a thread with a vCPU (spsr_sanitise), so
// that no reply makes an exception return to EL2 or an illegal one.
#include <arch/access.h>
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/thread.h>
#include <arch/vcpu.h>

// Registers by their word in struct arch_context.
enum { CONTEXT_SP = 31, CONTEXT_PC, CONTEXT_SPSR, CONTEXT_TPIDR, CONTEXT_TPIDRRO, CONTEXT_FAULT_PC };
_Static_assert(offsetof(struct arch_context, sp) == CONTEXT_SP * sizeof(word_t), "context word");
_Static_assert(offsetof(struct arch_context, spsr) == CONTEXT_SPSR * sizeof(word_t), "context word");
_Static_assert(offsetof(struct arch_context, tpidrro_el0) == CONTEXT_TPIDRRO * sizeof(word_t),
               "context word");
_Static_assert(offsetof(struct arch_context, fault_pc) == CONTEXT_FAULT_PC * sizeof(word_t), "context word");

static word_t context_read(const struct tcb *tcb, unsigned word) {
    return ((const word_t *)&tcb->arch.context)[word];
}

static void context_write(struct tcb *tcb, unsigned word, word_t value) {
    if (word == CONTEXT_SPSR)
        value = spsr_sanitise(tcb, value);
    ((word_t *)&tcb->arch.context)[word] = value;
}

word_t spsr_sanitise(const struct tcb *tcb, word_t spsr) {
    word_t mode = spsr & SPSR_MODE;
    if (tcb->arch.vcpu && (mode == SPSR_EL0T || mode == SPSR_EL1T || mode == SPSR_EL1H))
        return spsr;
    return (spsr & SPSR_NZCV) | SPSR_USER;
}

// --- TCB_ReadRegisters, TCB_WriteRegisters

// The PC of a thread is the one where a restart goes on.
static const uint8_t user_registers[SEL4_REG_COUNT] = {
    [SEL4_REG_PC] = CONTEXT_FAULT_PC,
    [SEL4_REG_SP] = CONTEXT_SP,
    [SEL4_REG_SPSR] = CONTEXT_SPSR,
    [SEL4_REG_X0] = 0,
    [SEL4_REG_X1] = 1,
    [SEL4_REG_X2] = 2,
    [SEL4_REG_X3] = 3,
    [SEL4_REG_X4] = 4,
    [SEL4_REG_X5] = 5,
    [SEL4_REG_X6] = 6,
    [SEL4_REG_X7] = 7,
    [SEL4_REG_X8] = 8,
    [SEL4_REG_X16] = 16,
    [SEL4_REG_X17] = 17,
    [SEL4_REG_X18] = 18,
    [SEL4_REG_X29] = 29,
    [SEL4_REG_X30] = 30,
    [SEL4_REG_X9] = 9,
    [SEL4_REG_X10] = 10,
    [SEL4_REG_X11] = 11,
    [SEL4_REG_X12] = 12,
    [SEL4_REG_X13] = 13,
    [SEL4_REG_X14] = 14,
    [SEL4_REG_X15] = 15,
    [SEL4_REG_X19] = 19,
    [SEL4_REG_X20] = 20,
    [SEL4_REG_X21] = 21,
    [SEL4_REG_X22] = 22,
    [SEL4_REG_X23] = 23,
    [SEL4_REG_X24] = 24,
    [SEL4_REG_X25] = 25,
    [SEL4_REG_X26] = 26,
    [SEL4_REG_X27] = 27,
    [SEL4_REG_X28] = 28,
    [SEL4_REG_TPIDR_EL0] = CONTEXT_TPIDR,
    [SEL4_REG_TPIDRRO_EL0] = CONTEXT_TPIDRRO,
};

word_t arch_user_register_get(const struct tcb *tcb, unsigned index) {
    if (tcb == arch_core()->arch.tcb) {
        if (index == SEL4_REG_TPIDR_EL0)
            return SYSREG_READ("tpidr_el0");
        if (index == SEL4_REG_TPIDRRO_EL0)
            return SYSREG_READ("tpidrro_el0");
    }
    return context_read(tcb, user_registers[index]);
}

void arch_user_register_set(struct tcb *tcb, unsigned index, word_t value) {
    bool loaded = tcb == arch_core()->arch.tcb;
    if (loaded)
        thread_pointers_save(tcb);
    context_write(tcb, user_registers[index], value);
    if (index == SEL4_REG_PC)
        tcb->arch.context.pc = value;
    if (loaded)
        thread_pointers_load(tcb);
}

// --- messages and replies

// Registers of an UnknownSyscall message; the last word, the number, cannot be replied.
static const uint8_t syscall_words[] = {0,          1,          2,           3, 4, 5, 6, 7, CONTEXT_FAULT_PC,
                                        CONTEXT_SP, CONTEXT_PC, CONTEXT_SPSR};
#define SYSCALL_MESSAGE ARCH_FAULT_WORDS
// Of a UserException message; ESR_EL2 and a 0 follow.
static const uint8_t exception_words[] = {CONTEXT_FAULT_PC, CONTEXT_SP, CONTEXT_SPSR};
#define EXCEPTION_MESSAGE 5
// A reply to a Timeout fault.
static const uint8_t timeout_words[] = {CONTEXT_FAULT_PC,
                                        CONTEXT_SP,
                                        CONTEXT_SPSR,
                                        0,
                                        1,
                                        2,
                                        3,
                                        4,
                                        5,
                                        6,
                                        7,
                                        8,
                                        16,
                                        17,
                                        18,
                                        29,
                                        30,
                                        9,
                                        10,
                                        11,
                                        12,
                                        13,
                                        14,
                                        15,
                                        19,
                                        20,
                                        21,
                                        22,
                                        23,
                                        24,
                                        25,
                                        26,
                                        27,
                                        28};
_Static_assert(sizeof(timeout_words) == 34, "API: timeout reply");

word_t arch_fault_words(const struct tcb *tcb, word_t words[ARCH_FAULT_WORDS]) {
    const struct arch_context *context = &tcb->arch.context;
    if (LIKELY(tcb->fault.label == SEL4_FAULT_USER_EXCEPTION)) {
        words[0] = context->fault_pc;
        words[1] = context->sp;
        words[2] = context->spsr;
        words[3] = tcb->fault.mr[0];
        words[4] = 0;
        return EXCEPTION_MESSAGE;
    }
    for (unsigned i = 0; i < sizeof(syscall_words); i++)
        words[i] = context_read(tcb, syscall_words[i]);
    words[sizeof(syscall_words)] = context->x[ARCH_REG_SYSCALL];
    return SYSCALL_MESSAGE;
}

static bool reply_registers(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length,
                            const uint8_t *words, word_t count) {
    for (word_t i = 0; i < length && i < count; i++) // bound: 34
        context_write(tcb, words[i], message_get(replier, i));
    return label == 0;
}

static bool reply_access(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length) {
    struct arch_context *context = &tcb->arch.context;
    switch (label) {
    case GLACIS_ACCESS_DONE:
        access_complete(context->x, tcb->fault.mr[1], message_get(replier, 0));
        if (length > 1 && tcb->arch.vcpu)
            vcpu_inject_in_reply(arch_core(), tcb->arch.vcpu, message_get(replier, 1));
        context_step_over(context, tcb->arch.vcpu ? tcb->arch.vcpu->abort_esr : ESR_IL);
        return true;
    case GLACIS_ACCESS_ABORT:
        if (tcb->arch.vcpu)
            vcpu_inject_abort(arch_core(), tcb);
        return true;
    default:
        return true;
    }
}

static bool reply_call(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length) {
    switch (label) {
    case GLACIS_CALL_DONE:
        access_complete_call(tcb->arch.context.x, length, &replier->arch.context.x[ARCH_REG_MR0]);
        context_step_over(&tcb->arch.context, ESR_IL);
        return true;
    case GLACIS_CALL_UNDEFINED:
        if (tcb->arch.vcpu)
            vcpu_inject_undefined(arch_core(), tcb);
        return true;
    default:
        return true;
    }
}

bool arch_fault_reply(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length) {
    switch (tcb->fault.label) {
    case SEL4_FAULT_UNKNOWN_SYSCALL:
        return reply_registers(tcb, replier, label, length, syscall_words, sizeof(syscall_words));
    case SEL4_FAULT_USER_EXCEPTION:
        return reply_registers(tcb, replier, label, length, exception_words, sizeof(exception_words));
    case SEL4_FAULT_TIMEOUT:
        return reply_registers(tcb, replier, label, length, timeout_words, sizeof(timeout_words));
    case GLACIS_FAULT_ACCESS:
        return reply_access(tcb, replier, label, length);
    case GLACIS_FAULT_HVC:
    case GLACIS_FAULT_SMC:
        return reply_call(tcb, replier, label, length);
    case SEL4_FAULT_VM:
        // A guest whose accesses are decoded can be given an abort for one that has no syndrome, too.
        if (label == GLACIS_ACCESS_ABORT && tcb->arch.vcpu && tcb->arch.vcpu->exit_mask & GLACIS_EXIT_DECODED)
            vcpu_inject_abort(arch_core(), tcb);
        return true;
    default:
        return true;
    }
}
