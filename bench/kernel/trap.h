// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System calls and a fault between marks. The instruction before `svc` is BEGIN, the one after it END, so
// that nothing of the program is counted but the `svc` itself.
#ifndef GLACIS_BENCH_KERNEL_TRAP_H
#define GLACIS_BENCH_KERNEL_TRAP_H

#include <bench/kernel/marks.h>
#include <lib/sys/sys.h>

#define BEGIN MARK_HINT(MARK_BEGIN)
#define END   "\n\t" MARK_HINT(MARK_END)

// Which marks stand around an instruction. END alone closes what another thread began.
enum marks { MARKS_NONE, MARKS_END, MARKS_BOTH };

// x0 to x5, in and out.
struct registers {
    word_t x[6];
};

#define SVC_OPERANDS                                                                                         \
    : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5) : "r"(x6), "r"(x7) : "memory"

// `marks` and `number` are constants where this is inlined. `sixth`: the reply capability, or whatever the
// call takes in x6.
SYS_INLINE void trap_svc(enum marks marks, long number, word_t sixth, struct registers *r) {
    register word_t x0 __asm__("x0") = r->x[0];
    register word_t x1 __asm__("x1") = r->x[1];
    register word_t x2 __asm__("x2") = r->x[2];
    register word_t x3 __asm__("x3") = r->x[3];
    register word_t x4 __asm__("x4") = r->x[4];
    register word_t x5 __asm__("x5") = r->x[5];
    register word_t x6 __asm__("x6") = sixth;
    register long x7 __asm__("x7") = number;
    if (marks == MARKS_BOTH)
        __asm__ volatile(BEGIN "svc #0" END SVC_OPERANDS);
    else if (marks == MARKS_END)
        __asm__ volatile("svc #0" END SVC_OPERANDS);
    else
        __asm__ volatile("svc #0" SVC_OPERANDS);
    *r = (struct registers){{x0, x1, x2, x3, x4, x5}};
}

// An undefined instruction; the handler steps over it.
SYS_INLINE void trap_fault(enum marks marks) {
    if (marks == MARKS_BOTH)
        __asm__ volatile(BEGIN "udf #0" END ::: "memory");
    else
        __asm__ volatile("udf #0" END ::: "memory");
}

// A store that raises an interrupt.
SYS_INLINE void trap_store(uintptr_t address, uint32_t value) {
    __asm__ volatile(BEGIN "str %w1, [%0]" END : : "r"(address), "r"(value) : "memory");
}

SYS_INLINE void trap_nothing(void) {
    __asm__ volatile(BEGIN END ::: "memory");
}

#endif
