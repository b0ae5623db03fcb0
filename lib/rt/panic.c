// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// rt_panic (lib/rt/rt.h).
#include <lib/base/format.h>
#include <lib/rt/arch/aarch64/stop.h>
#include <lib/rt/rt.h>

void (*rt_panic_log)(const char *message);

void rt_panic(const char *format, ...) {
    union {
        char text[RT_PANIC_BYTES + 8]; // room for the terminator
        word_t words[RT_PANIC_BYTES / 8 + 1];
    } message = {{0}};
    va_list list;
    va_start(list, format);
    format_buffer_list(message.text, RT_PANIC_BYTES + 1, format, list);
    va_end(list);
    if (rt_panic_log) {
        void (*log)(const char *) = rt_panic_log;
        rt_panic_log = NULL; // a panic in the log itself
        log(message.text);
    }
    for (;;)
        rt_arch_fault(RT_PANIC_SYSCALL, message.words);
}
