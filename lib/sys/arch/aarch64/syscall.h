// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System calls on AArch64: `svc #0`, the number in x7. The destination or source goes in x0 and the badge
// comes back there, the message tag in x1, message words 0 to 3 in x2 to x5, the reply capability in x6, the
// second destination of a combined call in x8 (with x6 taken) or x6. Every register that is not an output
// keeps its value. A received signal changes x0 alone, so that the message structure then still holds what
// was sent.
#ifndef LIB_SYS_ARCH_AARCH64_SYSCALL_H
#define LIB_SYS_ARCH_AARCH64_SYSCALL_H

#include <lib/sys/message.h>

// The compiler must not make real functions of these: message words would travel through memory.
#define SYS_INLINE static inline __attribute__((always_inline))

// The thread's IPC buffer: TPIDR_EL0, which root sets before the thread starts (abi/spec.h).
SYS_INLINE struct sel4_ipc_buffer *sys_arch_ipc_buffer(void) {
    struct sel4_ipc_buffer *buffer;
    __asm__("mrs %0, tpidr_el0" : "=r"(buffer));
    return buffer;
}

SYS_INLINE void sys_arch_set_ipc_buffer(struct sel4_ipc_buffer *buffer) {
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(buffer) : "memory");
}

SYS_INLINE void sys_arch_send(long number, cptr_t destination, const struct sel4_message *message) {
    register word_t x0 __asm__("x0") = destination;
    register word_t x1 __asm__("x1") = message->info;
    register word_t x2 __asm__("x2") = message->mr[0];
    register word_t x3 __asm__("x3") = message->mr[1];
    register word_t x4 __asm__("x4") = message->mr[2];
    register word_t x5 __asm__("x5") = message->mr[3];
    register long x7 __asm__("x7") = number;
    __asm__ volatile("svc #0" : : "r"(x0), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x7) : "memory");
}

// Every call that receives. `sixth` and `eighth` are what the call takes in x6 and x8 (any value where it
// takes nothing there). Returns the badge.
SYS_INLINE word_t sys_arch_receive(long number, cptr_t source, word_t sixth, word_t eighth,
                                   struct sel4_message *message) {
    register word_t x0 __asm__("x0") = source;
    register word_t x1 __asm__("x1") = message->info;
    register word_t x2 __asm__("x2") = message->mr[0];
    register word_t x3 __asm__("x3") = message->mr[1];
    register word_t x4 __asm__("x4") = message->mr[2];
    register word_t x5 __asm__("x5") = message->mr[3];
    register word_t x6 __asm__("x6") = sixth;
    register long x7 __asm__("x7") = number;
    register word_t x8 __asm__("x8") = eighth;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x6), "r"(x7), "r"(x8)
                     : "memory");
    message->info = x1;
    message->mr[0] = x2;
    message->mr[1] = x3;
    message->mr[2] = x4;
    message->mr[3] = x5;
    return x0;
}

// ReplyRecv with a reply of two words at most; what is received replaces *message.
SYS_INLINE word_t sys_arch_reply_receive(long number, cptr_t source, cptr_t reply, word_t info, word_t mr0,
                                         word_t mr1, struct sel4_message *message) {
    register word_t x0 __asm__("x0") = source;
    register word_t x1 __asm__("x1") = info;
    register word_t x2 __asm__("x2") = mr0;
    register word_t x3 __asm__("x3") = mr1;
    register word_t x4 __asm__("x4");
    register word_t x5 __asm__("x5");
    register word_t x6 __asm__("x6") = reply;
    register long x7 __asm__("x7") = number;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "=r"(x4), "=r"(x5)
                     : "r"(x6), "r"(x7)
                     : "memory");
    *message = (struct sel4_message){x1, {x2, x3, x4, x5}};
    return x0;
}

// A call with one word in and one out (Yield and the debug calls).
SYS_INLINE word_t sys_arch_simple(long number, word_t argument) {
    register word_t x0 __asm__("x0") = argument;
    register long x7 __asm__("x7") = number;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x7) : "memory");
    return x0;
}

#endif
