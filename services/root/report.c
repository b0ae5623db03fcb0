// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Kernel errors and faults in words (services/root/report.h). ESR fields: Arm Architecture Reference Manual
// (DDI 0487), ESR_EL2.
#include <lib/base/format.h>
#include <lib/base/string.h>
#include <lib/rt/panic.h>
#include <services/root/report.h>

#define MAX_WORDS 13 // the longest fault message

const char *report_error_name(enum sel4_error error) {
    static const char *const names[] = {
        [SEL4_NO_ERROR] = "no error",
        [SEL4_INVALID_ARGUMENT] = "invalid argument",
        [SEL4_INVALID_CAPABILITY] = "invalid capability",
        [SEL4_ILLEGAL_OPERATION] = "illegal operation",
        [SEL4_RANGE_ERROR] = "range error",
        [SEL4_ALIGNMENT_ERROR] = "alignment error",
        [SEL4_FAILED_LOOKUP] = "failed lookup",
        [SEL4_TRUNCATED_MESSAGE] = "truncated message",
        [SEL4_DELETE_FIRST] = "delete first",
        [SEL4_REVOKE_FIRST] = "revoke first",
        [SEL4_NOT_ENOUGH_MEMORY] = "not enough memory",
    };
    return (unsigned)error < sizeof(names) / sizeof(names[0]) ? names[error] : "unknown error";
}

static unsigned long ul(word_t word) {
    return word;
}

static void report_cap_fault(char *text, size_t size, const word_t *words) {
    static const char *const failures[] = {
        [SEL4_LOOKUP_INVALID_ROOT] = "it has no CSpace",
        [SEL4_LOOKUP_MISSING_CAPABILITY] = "no such capability is there",
        [SEL4_LOOKUP_DEPTH_MISMATCH] = "the address is too short or too long",
        [SEL4_LOOKUP_GUARD_MISMATCH] = "the address does not match its CNode's guard",
    };
    word_t failure = words[3];
    format_buffer(text, size, "it used capability 0x%lx to %s, but %s (pc 0x%lx)", ul(words[1]),
                  words[2] ? "receive" : "send",
                  failure >= 1 && failure <= 4 ? failures[failure] : "the lookup failed", ul(words[0]));
}

static void report_unknown_syscall(char *text, size_t size, const word_t *words) {
    if ((long)words[12] == (long)RT_PANIC_SYSCALL) {
        char message[RT_PANIC_BYTES + 1] = {0};
        memcpy(message, words, RT_PANIC_BYTES);
        for (char *at = message; *at; at++)
            if (*at < ' ' || *at > '~')
                *at = '?';
        format_buffer(text, size, "it gave up: %s (pc 0x%lx)", message, ul(words[8]));
        return;
    }
    format_buffer(text, size, "it made the unknown system call %ld (pc 0x%lx)", (long)words[12],
                  ul(words[8]));
}

static const char *abort_cause(word_t esr) {
    switch (esr >> 2 & 0xf) { // DFSC or IFSC without the level
    case 0x0:
        return "which is out of range";
    case 0x1:
        return "where nothing is mapped";
    case 0x2:
        return "whose access flag is clear";
    case 0x3:
        return "which its rights do not allow";
    case 0x4:
        return "which answered with an error";
    case 0x8:
        return "which is not aligned";
    default:
        return "which failed";
    }
}

static void report_vm_fault(char *text, size_t size, const word_t *words) {
    word_t esr = words[3];
    const char *access = words[2] ? "executed at" : esr & 1 << 6 ? "wrote to" : "read from"; // ISS.WnR
    format_buffer(text, size, "it %s address 0x%lx, %s (pc 0x%lx, ESR 0x%lx)", access, ul(words[1]),
                  abort_cause(esr), ul(words[0]), ul(esr));
}

static const char *exception_class(word_t esr) {
    switch (esr >> 26 & 0x3f) {
    case 0x00:
        return "executed an undefined instruction";
    case 0x01:
        return "executed WFI or WFE";
    case 0x07:
        return "used FP or SIMD registers";
    case 0x16:
        return "executed HVC";
    case 0x17:
        return "executed SMC";
    case 0x18:
        return "accessed a system register that it may not";
    case 0x22:
        return "jumped to an unaligned address";
    case 0x26:
        return "used an unaligned stack pointer";
    case 0x3c:
        return "executed a breakpoint instruction";
    default:
        return "took an exception";
    }
}

void report_fault(char *text, size_t size, word_t label, const word_t *words, word_t length) {
    word_t all[MAX_WORDS] = {0};
    for (word_t i = 0; i < length && i < MAX_WORDS; i++)
        all[i] = words[i];
    switch (label) {
    case SEL4_FAULT_CAP:
        report_cap_fault(text, size, all);
        break;
    case SEL4_FAULT_UNKNOWN_SYSCALL:
        report_unknown_syscall(text, size, all);
        break;
    case SEL4_FAULT_USER_EXCEPTION:
        format_buffer(text, size, "it %s (pc 0x%lx, ESR 0x%lx)", exception_class(all[3]), ul(all[0]),
                      ul(all[3]));
        break;
    case SEL4_FAULT_TIMEOUT:
        format_buffer(text, size, "its budget ran out after %lu us (schedule %lu)", ul(all[1]), ul(all[0]));
        break;
    case SEL4_FAULT_VM:
        report_vm_fault(text, size, all);
        break;
    case SEL4_FAULT_VCPU:
        format_buffer(text, size, "it %s (ESR 0x%lx)", exception_class(all[0]), ul(all[0]));
        break;
    case SEL4_FAULT_VGIC_MAINTENANCE:
        format_buffer(text, size, "its guest ended an interrupt, and nobody handles that (list register %ld)",
                      (long)all[0]);
        break;
    case SEL4_FAULT_VPPI_EVENT:
        format_buffer(text, size, "its guest's private interrupt %lu came, and nobody handles it",
                      ul(all[0]));
        break;
    case GLACIS_FAULT_ACCESS:
        format_buffer(text, size, "its guest %s 0x%lx, and nobody emulates that (pc 0x%lx)",
                      all[1] & GLACIS_ACCESS_WRITE ? "wrote to" : "read from", ul(all[0]), ul(all[3]));
        break;
    default:
        format_buffer(text, size, "it sent a message with label 0x%lx instead of a fault", ul(label));
        break;
    }
}

void report_registers(char *text, size_t size, unsigned line, const word_t *registers) {
    // Where x0 to x30 stand in a thread's context.
    static const uint8_t general[31] = {
        SEL4_REG_X0,  SEL4_REG_X1,  SEL4_REG_X2,  SEL4_REG_X3,  SEL4_REG_X4,  SEL4_REG_X5,  SEL4_REG_X6,
        SEL4_REG_X7,  SEL4_REG_X8,  SEL4_REG_X9,  SEL4_REG_X10, SEL4_REG_X11, SEL4_REG_X12, SEL4_REG_X13,
        SEL4_REG_X14, SEL4_REG_X15, SEL4_REG_X16, SEL4_REG_X17, SEL4_REG_X18, SEL4_REG_X19, SEL4_REG_X20,
        SEL4_REG_X21, SEL4_REG_X22, SEL4_REG_X23, SEL4_REG_X24, SEL4_REG_X25, SEL4_REG_X26, SEL4_REG_X27,
        SEL4_REG_X28, SEL4_REG_X29, SEL4_REG_X30,
    };
    if (line == 0) {
        format_buffer(text, size, "  pc  %016lx  sp  %016lx  spsr %lx", ul(registers[SEL4_REG_PC]),
                      ul(registers[SEL4_REG_SP]), ul(registers[SEL4_REG_SPSR]));
        return;
    }
    size_t length = format_buffer(text, size, " ");
    for (unsigned i = (line - 1) * 4; i < line * 4 && i < 31 && length < size; i++)
        length += format_buffer(text + length, size - length, " x%-2u %016lx%s", i, ul(registers[general[i]]),
                                i % 4 == 3 || i == 30 ? "" : " ");
}
