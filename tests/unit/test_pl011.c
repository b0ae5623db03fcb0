// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The virtual PL011 against its manual (Arm DDI 0183G), between a guest that loads and stores and a console
// of real rings.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <vmm/include/vmm/device.h>
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/page.h>
#include <vmm/include/vmm/vm.h>

enum {
    DR = 0x00,
    RSR = 0x04,
    FR = 0x18,
    ILPR = 0x20,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,

    FR_BUSY = 0x08,
    FR_RXFE = 0x10,
    FR_TXFF = 0x20,
    FR_RXFF = 0x40,
    FR_TXFE = 0x80,
    INT_RX = 0x10,
    INT_TX = 0x20,
    INT_RT = 0x40,
    INT_BE = 0x200,
    INT_OE = 0x400,
    FIFO_ON = 0x70, // 8 bits, FEN
    FIFO_OFF = 0x60,
    ON = 0x301,
    LOOPBACK = 0x381,

    UART = 0x09000000,
    UART_INTID = 33,
    DEPTH = 32,
};

extern const struct device_type pl011_device;

static struct vm vm;
static struct ring_page page;
static bool line;
static _Alignas(16) uint8_t uart[1024];
static uint32_t page_words[REGISTER_PAGE_BYTES / 4]; // the register page
static bool shown;

void irq_set_level(struct vm *which, unsigned intid, bool high) {
    assert_ptr_equal(which, &vm);
    assert_int_equal(intid, UART_INTID);
    line = high;
}

uint32_t console_write(struct console *console, const uint8_t *bytes, uint32_t length) {
    return ring_write(&console->output, bytes, length);
}

bool console_write_byte(struct console *console, uint8_t byte) {
    return console_write(console, &byte, 1);
}

uint32_t console_read(struct console *console, uint8_t *bytes, uint32_t length) {
    return ring_read(&console->input, bytes, length);
}

struct register_page register_page_of(const struct vm_device *config) {
    return (struct register_page){.words = (volatile uint32_t *)config->page, .shown = config->page != 0};
}

void register_page_show(struct register_page *which) {
    which->shown = shown = true;
}

void register_page_hide(struct register_page *which) {
    which->shown = shown = false;
}

static int start(void **state) {
    (void)state;
    const struct vm_device config = {VM_DEVICE_PL011,       UART_INTID,          UART, 0x1000, 0,
                                     (uintptr_t)page_words, VMM_SLOT_DEVICE_PAGE};
    memset(page_words, 0, sizeof(page_words));
    shown = true;
    memset(&vm, 0, sizeof(vm));
    memset(&page, 0, sizeof(page));
    memset(uart, 0, sizeof(uart));
    vm.console.output = ring_output(&page);
    vm.console.input = ring_input(&page);
    bus_init(&vm.bus);
    assert_true(pl011_device.state_size <= sizeof(uart));
    assert_null(pl011_device.create(uart, &vm, &config));
    line = true;
    pl011_device.reset(uart);
    assert_false(line);
    return 0;
}

static uint64_t read_wide(unsigned offset, unsigned bytes) {
    const struct bus_region *region = bus_lookup(&vm.bus, UART + offset);
    assert_non_null(region);
    assert_true(region->sizes & bytes);
    // Where the guest may read the page it finds what an exit would tell, for which nothing changes.
    uint64_t in_page = 0;
    bool from_page = shown && offset + bytes <= sizeof(page_words);
    if (from_page)
        memcpy(&in_page, (const uint8_t *)page_words + offset, bytes);
    uint64_t value = region->read(NULL, region->device, offset, bytes);
    if (from_page) {
        assert_int_equal(in_page, value);
        assert_true(shown);
    }
    return value;
}

static void write_wide(unsigned offset, unsigned bytes, uint64_t value) {
    const struct bus_region *region = bus_lookup(&vm.bus, UART + offset);
    region->write(NULL, region->device, offset, bytes, value);
}

static uint32_t rd(unsigned offset) {
    uint32_t value = (uint32_t)read_wide(offset, 4);
    return value;
}

static void wr(unsigned offset, uint32_t value) {
    write_wide(offset, 4, value);
    assert_int_equal(line, (rd(RIS) & rd(IMSC)) != 0);
    assert_int_equal(shown, (rd(FR) & FR_RXFE) != 0);
}

static void set_up(uint32_t line_control, uint32_t control) {
    wr(LCR_H, line_control);
    wr(CR, control);
}

static void type(const char *text) {
    struct ring input = ring_input(&page);
    assert_int_equal(ring_write(&input, text, (uint32_t)strlen(text)), strlen(text));
    pl011_device.console_event(uart);
}

static uint32_t printed(uint8_t *bytes, uint32_t length) {
    struct ring output = ring_output(&page);
    return ring_read(&output, bytes, length);
}

static void registers_reset_and_read_as_written(void **state) {
    (void)state;
    static const struct {
        unsigned offset;
        uint32_t reset, writable;
    } registers[] = {
        {RSR, 0, 0},       {0x08, 0, 0},     {FR, 0x90, 0},    {0x1c, 0, 0},       {ILPR, 0, 0xff},
        {IBRD, 0, 0xffff}, {FBRD, 0, 0x3f},  {LCR_H, 0, 0xfe}, {IFLS, 0x12, 0x3f}, {IMSC, 0, 0x7ff},
        {MIS, 0, 0},       {ICR, 0, 0},      {DMACR, 0, 7},    {0x4c, 0, 0},       {0x80, 0, 0},
        {0xfdc, 0, 0},     {0xfe0, 0x11, 0}, {0xfe4, 0x10, 0}, {0xfe8, 0x34, 0},   {0xfec, 0, 0},
        {0xff0, 0x0d, 0},  {0xff4, 0xf0, 0}, {0xff8, 0x05, 0}, {0xffc, 0xb1, 0},   {CR, 0x300, 0xff07},
    };
    for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        unsigned offset = registers[i].offset;
        assert_int_equal(rd(offset), registers[i].reset);
        wr(offset, registers[i].writable | ~0x7ffu << 16); // reserved bits too
        assert_int_equal(rd(offset), registers[i].writable ? registers[i].writable : registers[i].reset);
        wr(offset, registers[i].writable ? registers[i].reset : 0);
        assert_int_equal(rd(offset), registers[i].reset);
    }
}

static void output_leaves_at_once(void **state) {
    (void)state;
    uint8_t bytes[64];
    set_up(FIFO_ON, ON);
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        wr(DR, i);
        assert_int_equal(rd(FR), FR_TXFE | FR_RXFE);
    }
    assert_int_equal(printed(bytes, sizeof(bytes)), sizeof(bytes));
    for (unsigned i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], i);
}

static void early_output_needs_no_set_up(void **state) {
    (void)state;
    uint8_t byte;
    wr(DR, 'x');
    assert_int_equal(printed(&byte, 1), 1);
    wr(CR, 0x300); // now it is off by the guest's will
    wr(DR, 'y');
    assert_int_equal(printed(&byte, 1), 0);
    assert_int_equal(rd(FR), FR_TXFF | FR_BUSY | FR_RXFE);
    wr(CR, ON);
    assert_int_equal(printed(&byte, 1), 1);
    assert_int_equal(byte, 'y');
}

static void full_console_fills_the_fifo_and_room_interrupts(void **state) {
    (void)state;
    uint8_t bytes[RING_OUTPUT_BYTES];
    set_up(FIFO_ON, ON);
    for (unsigned i = 0; i < RING_OUTPUT_BYTES; i++)
        wr(DR, i);
    wr(ICR, INT_TX);
    wr(IMSC, INT_TX);
    for (unsigned i = 0; i < DEPTH; i++) {
        assert_int_equal(rd(FR) & FR_TXFF, 0);
        wr(DR, 0x80 + i);
        assert_int_equal(rd(FR) & (FR_TXFE | FR_BUSY), FR_BUSY);
    }
    assert_int_equal(rd(FR) & FR_TXFF, FR_TXFF);
    wr(DR, 'L'); // one too many is lost
    assert_false(line);
    assert_int_equal(printed(bytes, 8), 8);
    pl011_device.console_event(uart);
    assert_false(line); // 24 of 32 are above the trigger of one half
    assert_int_equal(rd(FR) & (FR_TXFF | FR_BUSY), FR_BUSY);
    assert_int_equal(printed(bytes, 8), 8);
    pl011_device.console_event(uart);
    assert_true(line);
    wr(DR, 'M'); // above it again
    assert_false(line);
    assert_int_equal(printed(bytes, sizeof(bytes)), sizeof(bytes));
    pl011_device.console_event(uart);
    assert_true(line);
    assert_int_equal(printed(bytes, sizeof(bytes)), 17);
    assert_int_equal(bytes[15], 0x80 + DEPTH - 1);
    assert_int_equal(bytes[16], 'M');
}

// A read of DR has an effect while there is input: then no register may be read without an exit.
static void the_page_is_hidden_while_there_is_input(void **state) {
    (void)state;
    set_up(FIFO_ON, ON);
    assert_true(shown);
    assert_int_equal(rd(DR), 0);
    type("ab");
    assert_false(shown);
    assert_int_equal(rd(DR), 'a');
    assert_false(shown);
    assert_int_equal(rd(DR), 'b');
    assert_true(shown);
    for (unsigned offset = 0; offset < REGISTER_PAGE_BYTES; offset += 4)
        rd(offset); // equal to the page's
    type("c");
    pl011_device.reset(uart);
    assert_true(shown);
    for (unsigned offset = 0; offset < REGISTER_PAGE_BYTES; offset += 4)
        rd(offset);
}

// Flags and interrupts change without an access of the guest's, too.
static void the_page_follows_the_console(void **state) {
    (void)state;
    uint8_t bytes[RING_OUTPUT_BYTES];
    set_up(FIFO_ON, ON);
    for (unsigned i = 0; i < RING_OUTPUT_BYTES + DEPTH; i++)
        wr(DR, i);
    assert_int_equal(page_words[FR / 4] & (FR_TXFF | FR_BUSY), FR_TXFF | FR_BUSY);
    assert_int_equal(page_words[RIS / 4] & INT_TX, 0);
    printed(bytes, sizeof(bytes));
    pl011_device.console_event(uart);
    assert_int_equal(page_words[FR / 4], FR_TXFE | FR_RXFE);
    assert_int_equal(page_words[RIS / 4] & INT_TX, INT_TX);
}

static void transmit_interrupt_without_fifo(void **state) {
    (void)state;
    set_up(FIFO_OFF, ON);
    assert_int_equal(rd(RIS), 0);
    wr(DR, 'a');
    assert_int_equal(rd(RIS), INT_TX);
    assert_int_equal(rd(MIS), 0);
    wr(IMSC, INT_TX);
    assert_true(line);
    assert_int_equal(rd(MIS), INT_TX);
    wr(ICR, INT_TX);
    assert_false(line);
}

static void input_interrupts_at_the_level_and_by_timeout(void **state) {
    (void)state;
    set_up(FIFO_ON, ON);
    wr(IMSC, INT_RX | INT_RT);
    type("abc");
    assert_true(line);
    assert_int_equal(rd(RIS), INT_RT);
    wr(ICR, INT_RT);
    assert_false(line);
    type("0123456789012"); // 16 in all: one half
    assert_int_equal(rd(RIS), INT_RT | INT_RX);
    assert_int_equal(rd(DR), 'a');
    assert_int_equal(rd(RIS), INT_RT);
    for (unsigned i = 0; i < 15; i++) {
        assert_int_equal(rd(FR) & FR_RXFE, 0);
        rd(DR);
    }
    assert_int_equal(rd(FR), FR_RXFE | FR_TXFE);
    assert_false(line);
    assert_int_equal(rd(DR), 0); // nothing there
}

static void input_waits_in_the_console_while_the_fifo_is_full(void **state) {
    (void)state;
    char text[101];
    for (unsigned i = 0; i < 100; i++)
        text[i] = (char)('!' + i % 90);
    text[100] = 0;
    set_up(FIFO_ON, 0x101); // receiver off
    type(text);
    assert_int_equal(rd(FR) & FR_RXFE, FR_RXFE);
    wr(CR, ON);
    assert_int_equal(rd(FR) & FR_RXFF, FR_RXFF);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(rd(DR), text[i]);
    assert_int_equal(rd(RSR), 0);
    assert_int_equal(rd(FR) & FR_RXFE, FR_RXFE);
}

static void loopback_overruns(void **state) {
    (void)state;
    set_up(FIFO_ON, LOOPBACK);
    type("held back");
    for (unsigned i = 0; i < DEPTH; i++)
        wr(DR, i);
    assert_int_equal(rd(FR), FR_RXFF | FR_TXFE);
    assert_int_equal(rd(RIS) & INT_OE, 0);
    wr(DR, 0xee); // lost
    assert_int_equal(rd(RIS) & INT_OE, INT_OE);
    assert_int_equal(rd(RSR), 8);
    for (unsigned i = 0; i < DEPTH; i++)
        assert_int_equal(rd(DR), i);
    wr(DR, 0x55);
    assert_int_equal(rd(DR), 0x855); // the next one carries the mark
    wr(RSR, 0);
    assert_int_equal(rd(RSR), 0);
    wr(DR, 0x56);
    assert_int_equal(rd(DR), 0x56);
    uint8_t byte;
    assert_int_equal(printed(&byte, 1), 0);
    wr(CR, ON);
    assert_int_equal(rd(DR), 'h');
}

static void loopback_carries_modem_lines_and_break(void **state) {
    (void)state;
    static const struct {
        uint32_t control, flag, interrupt;
    } lines[] = {{0x800, 1, 2}, {0x400, 2, 8}, {0x1000, 4, 4}, {0x2000, 0x100, 1}};
    set_up(FIFO_ON, LOOPBACK);
    for (unsigned i = 0; i < 4; i++) {
        wr(CR, LOOPBACK | lines[i].control);
        assert_int_equal(rd(FR), FR_TXFE | FR_RXFE | lines[i].flag);
        assert_int_equal(rd(RIS), lines[i].interrupt);
        wr(ICR, lines[i].interrupt);
        wr(CR, LOOPBACK);
        assert_int_equal(rd(RIS), lines[i].interrupt);
        wr(ICR, lines[i].interrupt);
    }
    wr(CR, ON | 0x3c00);
    assert_int_equal(rd(FR), FR_TXFE | FR_RXFE); // without loopback nothing is connected
    wr(CR, LOOPBACK);
    wr(LCR_H, FIFO_ON | 1);
    assert_int_equal(rd(RIS) & INT_BE, INT_BE);
    assert_int_equal(rd(DR), 0x400);
    assert_int_equal(rd(RSR), 4);
}

static void fifo_switch_empties_it(void **state) {
    (void)state;
    set_up(FIFO_ON, LOOPBACK);
    wr(DR, 'a');
    wr(DR, 'b');
    wr(LCR_H, FIFO_OFF);
    assert_int_equal(rd(FR), FR_TXFE | FR_RXFE);
    assert_int_equal(rd(RIS) & (INT_RX | INT_RT), 0);
    wr(DR, 'c');
    assert_int_equal(rd(FR), FR_TXFE | FR_RXFF);
    assert_int_equal(rd(RIS) & (INT_RX | INT_RT), INT_RX);
    assert_int_equal(rd(DR), 'c');
    assert_int_equal(rd(RIS) & INT_RX, 0);
}

static void trigger_levels(void **state) {
    (void)state;
    static const unsigned levels[8] = {4, 8, 16, 24, 28, 28, 28, 28};
    for (unsigned select = 0; select < 8; select++) {
        start(NULL);
        set_up(FIFO_ON, LOOPBACK);
        wr(IFLS, select << 3);
        for (unsigned i = 1; i <= DEPTH; i++) {
            wr(DR, i);
            assert_int_equal(rd(RIS) & INT_RX, i >= levels[select] ? INT_RX : 0);
        }
    }
}

static void every_offset_and_size_is_harmless(void **state) {
    (void)state;
    static const uint64_t values[] = {0, ~0ull, 0x0301007003013020};
    type("some input");
    for (unsigned v = 0; v < 3; v++)
        for (unsigned offset = 0; offset < 0x1000; offset++)
            for (unsigned bytes = 1; bytes <= 8; bytes *= 2) {
                if (offset % bytes)
                    continue;
                write_wide(offset, bytes, bytes == 8 ? values[v] : values[v] & ((1ull << 8 * bytes) - 1));
                (void)read_wide(offset, bytes);
                assert_int_equal(line, (rd(RIS) & rd(IMSC)) != 0);
            }
    pl011_device.reset(uart);
    assert_int_equal(read_wide(0xfe0, 8), 0x1000000011);
    assert_int_equal(read_wide(0xfe9, 1), 0);
    assert_int_equal(read_wide(0x30, 2), 0x300);
    assert_int_equal(read_wide(0x31, 1), 0x3);
}

static void small_region_is_refused(void **state) {
    (void)state;
    const struct vm_device config = {VM_DEVICE_PL011, UART_INTID, UART, 0x800};
    assert_non_null(pl011_device.create(uart, &vm, &config));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(registers_reset_and_read_as_written, start),
        cmocka_unit_test_setup(output_leaves_at_once, start),
        cmocka_unit_test_setup(early_output_needs_no_set_up, start),
        cmocka_unit_test_setup(full_console_fills_the_fifo_and_room_interrupts, start),
        cmocka_unit_test_setup(the_page_is_hidden_while_there_is_input, start),
        cmocka_unit_test_setup(the_page_follows_the_console, start),
        cmocka_unit_test_setup(transmit_interrupt_without_fifo, start),
        cmocka_unit_test_setup(input_interrupts_at_the_level_and_by_timeout, start),
        cmocka_unit_test_setup(input_waits_in_the_console_while_the_fifo_is_full, start),
        cmocka_unit_test_setup(loopback_overruns, start),
        cmocka_unit_test_setup(loopback_carries_modem_lines_and_break, start),
        cmocka_unit_test_setup(fifo_switch_empties_it, start),
        cmocka_unit_test_setup(trigger_levels, start),
        cmocka_unit_test_setup(every_offset_and_size_is_harmless, start),
        cmocka_unit_test_setup(small_region_is_refused, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
