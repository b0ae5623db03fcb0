// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Polled output on the PL011, and formatted printing. Also the two memory functions that the compiler may
// call.
#include "guests/bare/bare.h"
#include "guests/bare/pl011.h"

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

// The empty asm keeps the compiler from turning the loops into calls of these very functions.
void *memset(void *to, int value, size_t size) {
    for (size_t i = 0; i < size; i++) {
        ((u8 *)to)[i] = (u8)value;
        asm volatile("" ::: "memory");
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    for (size_t i = 0; i < size; i++) {
        ((u8 *)to)[i] = ((const u8 *)from)[i];
        asm volatile("" ::: "memory");
    }
    return to;
}

void console_init(void) {
    u64 base = machine.uart.base;
    write32(base + PL011_CR, 0);
    write32(base + PL011_IMSC, 0);
    write32(base + PL011_DMACR, 0);
    write32(base + PL011_ICR, 0x7ff);
    write32(base + PL011_IBRD, 13); // 115200 baud at 24 MHz (PL011 TRM 3.3.6)
    write32(base + PL011_FBRD, 1);
    write32(base + PL011_LCR_H, PL011_LCR_8BIT | PL011_LCR_FEN);
    write32(base + PL011_IFLS, 0x12);
    write32(base + PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    while (!(read32(base + PL011_FR) & PL011_FR_RXFE)) {
        (void)read32(base + PL011_DR);
    }
    write32(base + PL011_RSR, 0);
    write32(base + PL011_ICR, 0x7ff);
}

void console_put(char c) {
    while (read32(machine.uart.base + PL011_FR) & PL011_FR_TXFF) {
        asm volatile("yield");
    }
    write32(machine.uart.base + PL011_DR, (u8)c);
}

void console_flush(void) {
    while (read32(machine.uart.base + PL011_FR) & PL011_FR_BUSY) {
        asm volatile("yield");
    }
}

static void put_string(const char *s) {
    for (; *s; s++) {
        if (*s == '\n') {
            console_put('\r');
        }
        console_put(*s);
    }
}

static void put_number(u64 value, unsigned base) {
    char digits[24];
    unsigned i = sizeof(digits);
    digits[--i] = 0;
    do {
        digits[--i] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_string(&digits[i]);
}

void print_list(const char *format, va_list *list) {
    for (; *format; format++) {
        char text[2] = {*format, 0};
        if (*format != '%') {
            put_string(text);
            continue;
        }
        bool wide = *++format == 'l';
        format += wide;
        switch (*format) {
        case 's':
            put_string(va_arg(*list, const char *));
            break;
        case 'c':
            text[0] = (char)va_arg(*list, int);
            put_string(text);
            break;
        case 'd': {
            int value = va_arg(*list, int);
            put_string(value < 0 ? "-" : "");
            put_number(value < 0 ? -(u64)value : (u64)value, 10);
            break;
        }
        case 'u':
        case 'x':
            put_number(wide ? va_arg(*list, u64) : va_arg(*list, u32), *format == 'x' ? 16 : 10);
            break;
        default:
            put_string("%");
            break;
        }
    }
}

void print(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_list(format, &list);
    va_end(list);
}
