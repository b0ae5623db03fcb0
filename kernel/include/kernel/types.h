// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's small words: addresses of different kinds, the one status, and CHECK.
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <abi/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Addresses are structs, so that one kind is never taken for another.
typedef struct {
    word_t raw; // physical
} paddr_t;
typedef struct {
    word_t raw; // virtual, of a user address space (for a guest's: guest-physical)
} vaddr_t;

typedef uint64_t ticks_t; // of the physical counter

// What an operation ends with.
// STATUS_ERROR: the caller's error; its reply stands in struct invocation. STATUS_PREEMPTED: an interrupt
// waits; the thread runs its system call again. STATUS_DONE_NO_REPLY: performed, and the invoker gets no
// reply now (it switched away or replied itself).
enum status { STATUS_OK, STATUS_ERROR, STATUS_PREEMPTED, STATUS_DONE_NO_REPLY };

#define MUST_CHECK      __attribute__((warn_unused_result))
#define ALWAYS_INLINE   inline __attribute__((always_inline))
#define NOINLINE        __attribute__((noinline))
#define NORETURN        __attribute__((noreturn))
#define COLD            __attribute__((cold, noinline))
#define LIKELY(x)       __builtin_expect(!!(x), 1)
#define UNLIKELY(x)     __builtin_expect(!!(x), 0)
#define BIT(n)          ((word_t)1 << (n))
#define MASK(n)         (BIT(n) - 1) // n < 64
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline word_t align_up(word_t value, unsigned bits) {
    return (value + MASK(bits)) & ~MASK(bits);
}
static inline word_t align_down(word_t value, unsigned bits) {
    return value & ~MASK(bits);
}

// Halts the machine with a report. For a bug of the kernel's own, or a board that it cannot start on; never
// for a caller's error.
NORETURN COLD void kernel_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A condition that only a bug of the kernel's own can break. Compiled into every build.
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (UNLIKELY(!(condition)))                                                                          \
            kernel_panic("%s:%d: CHECK(%s) failed", __FILE__, __LINE__, #condition);                         \
    } while (0)

// The same where it is too dear for a release build.
#ifdef CONFIG_DEBUG
#define DEBUG_CHECK(condition) CHECK(condition)
#else
#define DEBUG_CHECK(condition) ((void)sizeof(condition))
#endif

#endif
