// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The part of a message that travels in registers. The words after these stand in the IPC buffer.
#ifndef LIB_SYS_MESSAGE_H
#define LIB_SYS_MESSAGE_H

#include <abi/types.h>

struct sel4_message {
    word_t info; // sel4_info()
    word_t mr[SEL4_FAST_MESSAGE_REGS];
};

#endif
