// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A thread's registers as others see them, in the order of the seL4 API for AArch64.
#include <arch/core.h>
#include <arch/machine.h>
#include <arch/object.h>

#define SPSR_NZCV 0xf0000000ull
#define SPSR_USER 0x40ull

// Registers by their word in struct arch_context.
enum { SP = 31, PC, SPSR, TPIDR, TPIDRRO, FAULT_PC };
_Static_assert(offsetof(struct arch_context, fault_pc) == FAULT_PC * sizeof(word_t), "context word");

static word_t context_read(const struct tcb *tcb, unsigned word) {
    return ((const word_t *)&tcb->arch.context)[word];
}

static void context_write(struct tcb *tcb, unsigned word, word_t value) {
    if (word == SPSR)
        value = (value & SPSR_NZCV) | SPSR_USER;
    ((word_t *)&tcb->arch.context)[word] = value;
}

static const uint8_t user_registers[SEL4_REG_COUNT] = {
    FAULT_PC, SP, SPSR, 0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30,    9,
    10,       11, 12,   13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, TPIDR, TPIDRRO};

word_t arch_user_register_get(const struct tcb *tcb, unsigned index) {
    return context_read(tcb, user_registers[index]);
}

void arch_user_register_set(struct tcb *tcb, unsigned index, word_t value) {
    context_write(tcb, user_registers[index], value);
    if (index == SEL4_REG_PC)
        tcb->arch.context.pc = value;
}

static const uint8_t syscall_words[] = {0, 1, 2, 3, 4, 5, 6, 7, FAULT_PC, SP, PC, SPSR, ARCH_REG_SYSCALL};
static const uint8_t exception_words[] = {FAULT_PC, SP, SPSR};
static const uint8_t timeout_words[] = {FAULT_PC, SP, SPSR, 0,  1,  2,  3,  4,  5,  6,  7,  8,
                                        16,       17, 18,   29, 30, 9,  10, 11, 12, 13, 14, 15,
                                        19,       20, 21,   22, 23, 24, 25, 26, 27, 28};

word_t arch_fault_words(const struct tcb *tcb, word_t words[ARCH_FAULT_WORDS]) {
    bool exception = tcb->fault.label == SEL4_FAULT_USER_EXCEPTION;
    const uint8_t *registers = exception ? exception_words : syscall_words;
    word_t count = exception ? sizeof(exception_words) : sizeof(syscall_words);
    for (word_t i = 0; i < count; i++)
        words[i] = context_read(tcb, registers[i]);
    if (!exception)
        return count;
    words[count] = tcb->fault.mr[0];
    words[count + 1] = 0;
    return count + 2;
}

static bool reply_registers(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length,
                            const uint8_t *words, word_t count) {
    for (word_t i = 0; i < length && i < count; i++) // bound: 34
        context_write(tcb, words[i], message_get(replier, i));
    return label == 0;
}

bool arch_fault_reply(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length) {
    switch (tcb->fault.label) {
    case SEL4_FAULT_UNKNOWN_SYSCALL: // the number, the last word, cannot be replied
        return reply_registers(tcb, replier, label, length, syscall_words, sizeof(syscall_words) - 1);
    case SEL4_FAULT_USER_EXCEPTION:
        return reply_registers(tcb, replier, label, length, exception_words, sizeof(exception_words));
    case SEL4_FAULT_TIMEOUT:
        return reply_registers(tcb, replier, label, length, timeout_words, sizeof(timeout_words));
    case GLACIS_FAULT_HVC:
        if (label != GLACIS_CALL_DONE)
            return true;
        for (word_t i = 0; i < length && i < GLACIS_CALL_WORDS; i++)
            tcb->arch.context.x[i] = message_get(replier, i);
        tcb->arch.context.fault_pc += 4;
        return true;
    default:
        return true;
    }
}
