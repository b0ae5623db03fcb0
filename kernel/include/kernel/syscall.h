// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The numbers of the system calls (abi/syscalls.def): SYS_Call and so on.
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#define SYSCALL(name, number)       SYS_##name = number,
#define DEBUG_SYSCALL(name, number) SYS_##name = number,
enum {
#include <abi/syscalls.def>
};
#undef SYSCALL
#undef DEBUG_SYSCALL

#endif
