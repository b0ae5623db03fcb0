// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's voice: before the root task runs, and when the kernel cannot go on.
#include <arch/core.h>
#include <arch/machine.h>
#include <kernel/kernel.h>
#include <stdarg.h>

static void print_number(word_t value, unsigned base, unsigned width, char fill) {
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (unsigned i = count; i < width; i++)
        arch_console_put(fill);
    while (count)
        arch_console_put(digits[--count]);
}

static void print_string(const char *string) {
    for (; *string; string++) {
        if (*string == '\n')
            arch_console_put('\r');
        arch_console_put(*string);
    }
}

// One conversion, behind its '%'. Returns what follows it. Every argument is a word or less, which fills a
// word's place whatever its type (AAPCS64 6.8.2, stage C; the host's convention too): so it is taken once.
static const char *print_conversion(const char *format, va_list *arguments) {
    char fill = ' ';
    unsigned width = 0, longs = 0;
    if (*format == '0')
        fill = *format++;
    while (*format >= '0' && *format <= '9')
        width = width * 10 + (unsigned)(*format++ - '0');
    while (*format == 'l' || *format == 'z')
        longs++, format++;
    if (!*format)
        return format;
    word_t value = *format == '%' ? 0 : va_arg(*arguments, word_t);
    unsigned base = 16;
    switch (*format) {
    case 's':
        print_string((const char *)value);
        break;
    case '%':
        value = '%';
        __attribute__((fallthrough));
    case 'c':
        arch_console_put((char)value);
        break;
    case 'd':
        if (!longs)
            value = (word_t)(int)value;
        longs = 1;
        if ((long)value < 0) {
            arch_console_put('-');
            value = -value;
        }
        __attribute__((fallthrough));
    case 'u':
        base = 10;
        __attribute__((fallthrough));
    case 'x':
        print_number(longs ? value : (unsigned)value, base, width, fill);
        break;
    default: // p
        print_string("0x");
        print_number(value, 16, width, '0');
        break;
    }
    return format + 1;
}

static void print_list(const char *format, va_list *arguments) {
    while (*format) {
        if (*format == '%') {
            format = print_conversion(format + 1, arguments);
        } else {
            if (*format == '\n')
                arch_console_put('\r');
            arch_console_put(*format++);
        }
    }
}

void kernel_print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_list(format, &arguments);
    va_end(arguments);
}

void kernel_panic(const char *format, ...) {
    static bool panicking;
    if (panicking) // a panic while it reports another: say no more
        arch_halt();
    panicking = true;
    va_list arguments;
    kernel_print("\nGlacis: kernel panic: ");
    va_start(arguments, format);
    print_list(format, &arguments);
    va_end(arguments);
    kernel_print("\nat %p, in kernel.elf\n", __builtin_return_address(0));
    const struct core *core = arch_core();
    const struct tcb *tcb = core ? core->current : NULL;
    if (tcb)
        kernel_print("core %u, current thread %s (%p), state %u\n", core->id,
                     tcb->name[0] ? tcb->name : "without name", (const void *)tcb, tcb->state);
    else
        kernel_print("no current thread\n");
    arch_print_registers(tcb);
    kernel_print("Glacis: halted\n");
    arch_halt();
}
