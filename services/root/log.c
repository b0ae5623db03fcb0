// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What root prints (services/root/log.h). Root never waits for the reader of its ring: the reader may be the
// thread that stopped.
#include <stdarg.h>
#include <lib/base/format.h>
#include <lib/base/pl011.h>
#include <lib/base/string.h>
#include <lib/rt/arch/aarch64/stop.h>
#include <lib/sys/sys.h>
#include <services/root/log.h>

#define LINE_BYTES 320
// At 9600 bits a second a character takes 1 ms; that many reads of a device take longer on any processor.
#define UART_MAX_LOOKS 1000000u

static struct {
    uintptr_t pl011;  // 0: none
    struct ring ring; // index NULL: not in use
    cptr_t notification;
    unsigned lost; // lines
} output;

void log_use_pl011(uintptr_t base) {
    output.pl011 = base;
}

void log_use_ring(struct ring_page *page, cptr_t notification) {
    output.ring = ring_output(page);
    output.notification = notification;
}

void log_close_early(void) {
    output.pl011 = 0;
}

void log_use_early(void) {
    output.ring.index = NULL;
}

// Gives the UART up when it takes nothing any more: the thread that owned it may have switched it off, and
// root runs above everybody.
static void put_pl011(const char *text, size_t length) {
    for (; length > 0; length--) {
        unsigned looks = 0;
        while (pl011_read(output.pl011, PL011_FR) & PL011_FR_TXFF) {
            if (++looks == UART_MAX_LOOKS) {
                output.pl011 = 0;
                return;
            }
            rt_arch_pause();
        }
        pl011_write(output.pl011, PL011_DR, (uint8_t)*text++);
    }
}

// A whole line or nothing; false: no room.
static bool put_ring(const char *text, size_t length) {
    if (output.ring.size - ring_used(&output.ring) < length)
        return false;
    ring_write(&output.ring, text, (uint32_t)length);
    return true;
}

void log_line(const char *format, ...) {
    static const char prefix[] = "root: ";
    char line[LINE_BYTES];
    va_list list;
    memcpy(line, prefix, sizeof(prefix));
    va_start(list, format);
    size_t room = LINE_BYTES - 2, length = sizeof(prefix) - 1;
    length += format_buffer_list(line + length, room - length, format, list);
    va_end(list);
    if (length >= room)
        length = room - 1;
    line[length++] = '\r';
    line[length++] = '\n';
    if (!output.ring.index) {
        if (output.pl011)
            put_pl011(line, length);
        return;
    }
    if (output.lost > 0) {
        char note[64];
        size_t note_length = format_buffer(note, sizeof(note), "root: (%u lines lost)\r\n", output.lost);
        if (put_ring(note, note_length))
            output.lost = 0;
    }
    if (output.lost > 0 || !put_ring(line, length))
        output.lost++;
    seL4_Signal(output.notification);
}

bool log_is_out(void) {
    if (output.ring.index && ring_used(&output.ring) > 0)
        return false;
    return !output.pl011 || !(pl011_read(output.pl011, PL011_FR) & PL011_FR_BUSY);
}
