// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The start and the end of a component. crt0 enters main with the four words of its thread record; a
// component never returns from it. A failed CHECK is the component's own bug: the thread stops with a fault
// whose registers carry the message, so that root prints it whether the component has a log or not.
#ifndef LIB_RT_RT_H
#define LIB_RT_RT_H

#include <abi/types.h>
#include <lib/rt/panic.h>

// A component's entry: x0 to x3 of its thread record (of a root task: the boot information's address).
int main(word_t argument0, word_t argument1, word_t argument2, word_t argument3);

// Called with a panic's message before the fault, when set: a component that has a log writes it there.
extern void (*rt_panic_log)(const char *message);

// Stops the thread with a message of printf's form (the first RT_PANIC_BYTES bytes count).
_Noreturn void rt_panic(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

// Our own invariant: stops the thread with the place and the condition when it does not hold.
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (__builtin_expect(!(condition), 0))                                                               \
            rt_panic("%s:%d: %s", __FILE_NAME__, __LINE__, #condition);                                      \
    } while (0)

#endif
