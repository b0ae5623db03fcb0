// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How a panic looks to the fault handler.
#ifndef LIB_RT_PANIC_H
#define LIB_RT_PANIC_H

// The number of the (unknown) system call by which a panic faults; x0 to x6 then hold RT_PANIC_BYTES bytes of
// text, zero padded. Root decodes it.
#define RT_PANIC_SYSCALL 0x474c4143504e4943ll // "GLACPNIC"
#define RT_PANIC_BYTES   56

#endif
