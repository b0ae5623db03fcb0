// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's interface as components call it, with the names of the seL4 API: the system calls here, one
// typed function for each line of abi/invocations.def in lib/sys/invoke.h. All inline, so that message words
// stay in registers. Debug calls are in lib/sys/debug.h.
#ifndef LIB_SYS_SYS_H
#define LIB_SYS_SYS_H

#include <lib/sys/message.h>
#include <lib/sys/arch/aarch64/syscall.h>

#define SYSCALL(name, number)       SYS_##name = number,
#define DEBUG_SYSCALL(name, number) SYS_##name = number,
enum sys_number {
#include <abi/syscalls.def>
};
#undef SYSCALL
#undef DEBUG_SYSCALL

// The calling thread's IPC buffer.
SYS_INLINE struct sel4_ipc_buffer *seL4_GetIPCBuffer(void) {
    return sys_arch_ipc_buffer();
}
// For a root task, to which the kernel tells the address in the boot information.
SYS_INLINE void seL4_SetIPCBuffer(struct sel4_ipc_buffer *buffer) {
    sys_arch_set_ipc_buffer(buffer);
}

// Word `index` of the message in the IPC buffer. Words 0 to 3 travel in registers and stand there only after
// a failed invocation (the details of its error).
SYS_INLINE word_t seL4_GetMR(unsigned index) {
    return seL4_GetIPCBuffer()->msg[index];
}
SYS_INLINE void seL4_SetMR(unsigned index, word_t value) {
    seL4_GetIPCBuffer()->msg[index] = value;
}

// Waits until a receiver has taken the message.
SYS_INLINE void seL4_Send(cptr_t destination, const struct sel4_message *message) {
    sys_arch_send(SYS_Send, destination, message);
}

// Drops the message when nobody waits.
SYS_INLINE void seL4_NBSend(cptr_t destination, const struct sel4_message *message) {
    sys_arch_send(SYS_NBSend, destination, message);
}

SYS_INLINE void seL4_Signal(cptr_t notification) {
    struct sel4_message empty = {0};
    sys_arch_send(SYS_Send, notification, &empty);
}

// Sends `message` and waits for the reply, which replaces it.
SYS_INLINE void seL4_Call(cptr_t destination, struct sel4_message *message) {
    sys_arch_receive(SYS_Call, destination, 0, 0, message);
}

// Each receiving call returns the badge (of a signal: the notification's word, and `message` keeps what it
// held). `reply` is the reply capability that a caller is attached to.
SYS_INLINE word_t seL4_Recv(cptr_t source, cptr_t reply, struct sel4_message *message) {
    return sys_arch_receive(SYS_Recv, source, reply, 0, message);
}

// Returns 0 when nobody sends.
SYS_INLINE word_t seL4_NBRecv(cptr_t source, cptr_t reply, struct sel4_message *message) {
    return sys_arch_receive(SYS_NBRecv, source, reply, 0, message);
}

SYS_INLINE word_t seL4_Wait(cptr_t source, struct sel4_message *message) {
    return sys_arch_receive(SYS_Wait, source, 0, 0, message);
}

SYS_INLINE word_t seL4_NBWait(cptr_t source, struct sel4_message *message) {
    return sys_arch_receive(SYS_NBWait, source, 0, 0, message);
}

// Takes a notification's word without waiting; 0: none.
SYS_INLINE word_t seL4_Poll(cptr_t notification) {
    struct sel4_message message = {0};
    return seL4_NBWait(notification, &message);
}

// Replies with `message` to the caller that `reply` holds, then receives into it.
SYS_INLINE word_t seL4_ReplyRecv(cptr_t source, cptr_t reply, struct sel4_message *message) {
    return sys_arch_receive(SYS_ReplyRecv, source, reply, 0, message);
}

// Sends without waiting to `destination`, then receives.
SYS_INLINE word_t seL4_NBSendRecv(cptr_t destination, cptr_t source, cptr_t reply,
                                  struct sel4_message *message) {
    return sys_arch_receive(SYS_NBSendRecv, source, reply, destination, message);
}

SYS_INLINE word_t seL4_NBSendWait(cptr_t destination, cptr_t source, struct sel4_message *message) {
    return sys_arch_receive(SYS_NBSendWait, source, destination, 0, message);
}

// Gives the rest of the current budget away.
SYS_INLINE void seL4_Yield(void) {
    sys_arch_simple(SYS_Yield, 0);
}

#include <lib/sys/invoke.h>

#endif
