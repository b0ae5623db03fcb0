// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The PL011 (Arm DDI 0183 chapter 3): registers, flags, FIFOs in loopback, interrupts. The console is silent
// while a test holds the UART; results are kept and checked after console_init().
#include "guests/bare/pl011.h"

#define RESET_REGISTERS 9
static const u16 reset_offsets[RESET_REGISTERS] = {PL011_FR, PL011_ILPR, PL011_IBRD, PL011_FBRD, PL011_LCR_H,
                                                   PL011_CR, PL011_IFLS, PL011_IMSC, PL011_DMACR};
static const u16 reset_expected[RESET_REGISTERS] = {
    PL011_FR_RXFE | PL011_FR_TXFE, 0, 0, 0, 0, 0x300, 0x12, 0, 0};
static u32 reset_found[RESET_REGISTERS];

static u64 uart(u32 offset) {
    return machine.uart.base + offset;
}

void pl011_note_reset_state(void) {
    for (size_t i = 0; i < RESET_REGISTERS; i++) {
        reset_found[i] = read32(uart(reset_offsets[i]));
    }
}

static void test_reset(void) {
    for (size_t i = 0; i < RESET_REGISTERS; i++) {
        // The modem inputs (FR bits 0 to 2) are the board's.
        u32 found = reset_offsets[i] == PL011_FR ? reset_found[i] & 0xf8 : reset_found[i];
        check_equal(found, reset_expected[i], "register 0x%x as found at boot", reset_offsets[i]);
    }
}

static void test_ids(void) {
    static const u8 cell[] = {0x0d, 0xf0, 0x05, 0xb1};
    check_equal(read32(uart(PL011_PERIPHID0)), 0x11, "UARTPeriphID0");
    check_equal(read32(uart(PL011_PERIPHID0 + 4)), 0x10, "UARTPeriphID1");
    check_equal(read32(uart(PL011_PERIPHID0 + 8)) & 0xf, 0x4, "UARTPeriphID2 designer");
    check_equal(read32(uart(PL011_PERIPHID0 + 12)), 0, "UARTPeriphID3");
    for (u32 i = 0; i < 4; i++) {
        check_equal(read32(uart(PL011_PCELLID0 + 4 * i)), cell[i], "UARTPCellID%u", i);
        write32(uart(PL011_PCELLID0 + 4 * i), 0);
        check_equal(read32(uart(PL011_PCELLID0 + 4 * i)), cell[i], "UARTPCellID%u after a write", i);
    }
}

static void test_readback(void) {
    static const struct {
        u16 offset, value;
    } registers[] = {
        {PL011_ILPR, 0xa5}, {PL011_IBRD, 0x1234}, {PL011_FBRD, 0x2a},  {PL011_LCR_H, 0x6c},
        {PL011_CR, 0x300},  {PL011_IFLS, 0x1b},   {PL011_IMSC, 0x550}, {PL011_DMACR, 0x5},
        {PL011_IBRD, 13},   {PL011_FBRD, 1},      {PL011_IMSC, 0},     {PL011_DMACR, 0},
    };
    u32 got[ARRAY_SIZE(registers)];
    console_flush();
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        write32(uart(registers[i].offset), registers[i].value);
        got[i] = read32(uart(registers[i].offset));
    }
    console_init();
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        check_equal(got[i], registers[i].value, "register 0x%x", registers[i].offset);
    }
}

static void test_flags(void) {
    console_flush();
    check_equal(read32(uart(PL011_FR)) & 0xf8, PL011_FR_RXFE | PL011_FR_TXFE, "idle flags");
    write32(uart(PL011_FR), 0);
    check_equal(read32(uart(PL011_FR)) & 0xf8, PL011_FR_RXFE | PL011_FR_TXFE, "idle flags after a write");
    check_equal(read32(uart(PL011_RSR)), 0, "UARTRSR");
}

// Raw, masked and cleared state of the transmit interrupt.
static void test_tx_interrupt(void) {
    console_flush();
    write32(uart(PL011_LCR_H), PL011_LCR_8BIT);
    console_put('\n');
    console_flush();
    bool raised = wait_until(read32(uart(PL011_RIS)) & PL011_INT_TX, 100);
    u32 masked = read32(uart(PL011_MIS));
    write32(uart(PL011_IMSC), PL011_INT_TX);
    u32 unmasked = read32(uart(PL011_MIS));
    write32(uart(PL011_ICR), PL011_INT_TX);
    u32 cleared = read32(uart(PL011_RIS)) | read32(uart(PL011_MIS));
    console_init();
    check(raised, "UARTRIS.TXRIS is 0 after transmission");
    check_equal(masked, 0, "UARTMIS while masked");
    check_equal(unmasked, PL011_INT_TX, "UARTMIS while unmasked");
    check_equal(cleared & PL011_INT_TX, 0, "TX interrupt after UARTICR");
}

static void loopback_begin(u32 line_control) {
    console_flush();
    write32(uart(PL011_CR), 0);
    write32(uart(PL011_LCR_H), line_control);
    write32(uart(PL011_CR), PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE | PL011_CR_LBE);
}

static bool loopback_send(u8 byte) {
    bool room = wait_until(!(read32(uart(PL011_FR)) & PL011_FR_TXFF), 100);
    write32(uart(PL011_DR), byte);
    return room && wait_until(!(read32(uart(PL011_FR)) & PL011_FR_BUSY), 100);
}

static bool loopback_works(void) {
    loopback_begin(PL011_LCR_8BIT | PL011_LCR_FEN);
    write32(uart(PL011_DR), '\n');
    bool works = wait_until(!(read32(uart(PL011_FR)) & PL011_FR_RXFE), 20);
    console_init();
    if (!works && machine.guest) {
        check(false, "UARTCR.LBE: what is sent is not received");
    } else if (!works) {
        test_skip("this PL011 model has no loopback");
    }
    return works;
}

static void test_loopback(void) {
    if (!loopback_works()) {
        return;
    }
    u32 got[256];
    loopback_begin(PL011_LCR_8BIT | PL011_LCR_FEN);
    for (u32 i = 0; i < 256; i++) {
        loopback_send((u8)i);
        wait_until(!(read32(uart(PL011_FR)) & PL011_FR_RXFE), 100);
        got[i] = read32(uart(PL011_DR));
    }
    u32 flags = read32(uart(PL011_FR));
    console_init();
    for (u32 i = 0; i < 256; i++) {
        check_equal(got[i], i, "byte %u", i);
    }
    check(flags & PL011_FR_RXFE, "RXFE is 0 after all was read");
}

// 16 entries up to revision r1p4, 32 from r1p5 (UARTPeriphID2 revision 3). One entry with the FIFOs off. The
// byte too many is an overrun: a status of the next byte read, UARTRSR.OE, and an interrupt.
static void test_fifo(void) {
    if (!loopback_works()) {
        return;
    }
    u32 depth = read32(uart(PL011_PERIPHID0 + 8)) >> 4 >= 3 ? 32 : 16, at_full = 0, data[40] = {0};
    loopback_begin(PL011_LCR_8BIT | PL011_LCR_FEN);
    for (u32 i = 0; i < depth; i++) {
        loopback_send((u8)i);
        at_full += !!(read32(uart(PL011_FR)) & PL011_FR_RXFF);
    }
    u32 flags = read32(uart(PL011_FR)), before = read32(uart(PL011_RIS));
    loopback_send(0xee);
    u32 after = read32(uart(PL011_RIS)), status = read32(uart(PL011_RSR));
    write32(uart(PL011_RSR), 0);
    u32 cleared = read32(uart(PL011_RSR));
    for (u32 i = 0; i < depth; i++) {
        data[i] = read32(uart(PL011_DR)) & 0xff;
    }
    u32 empty = read32(uart(PL011_FR));
    write32(uart(PL011_ICR), PL011_INT_OE);
    loopback_begin(PL011_LCR_8BIT);
    loopback_send(0x55);
    u32 single = read32(uart(PL011_FR));
    u32 single_data = read32(uart(PL011_DR)) & 0xff;
    console_init();
    check_equal(at_full, 1, "times RXFF was set while %u bytes arrived", depth);
    check(flags & PL011_FR_RXFF, "RXFF is 0 with the FIFO full");
    check_equal(before & PL011_INT_OE, 0, "UARTRIS.OERIS before the overrun");
    check_equal(after & PL011_INT_OE, PL011_INT_OE, "UARTRIS.OERIS after the overrun");
    check_equal(status & 8, 8, "UARTRSR.OE after the overrun");
    check_equal(cleared, 0, "UARTRSR after UARTECR");
    for (u32 i = 0; i < depth; i++) {
        check_equal(data[i], i, "byte %u of a full FIFO", i);
    }
    check(empty & PL011_FR_RXFE, "RXFE is 0 after the FIFO was read");
    check(single & PL011_FR_RXFF, "RXFF is 0 after one byte with the FIFOs off");
    check_equal(single_data, 0x55, "byte with the FIFOs off");
}

// Receive at the trigger level (UARTIFLS 0: one eighth), receive timeout below it; each through the GIC.
static void test_rx_interrupt(void) {
    if (!loopback_works()) {
        return;
    }
    u32 depth = read32(uart(PL011_PERIPHID0 + 8)) >> 4 >= 3 ? 32 : 16;
    loopback_begin(PL011_LCR_8BIT | PL011_LCR_FEN);
    write32(uart(PL011_IFLS), 0);
    write32(uart(PL011_IMSC), PL011_INT_RX);
    gic_enable(machine.uart_intid);
    loopback_send('a');
    u32 below = read32(uart(PL011_MIS));
    bool timeout = wait_until(read32(uart(PL011_RIS)) & PL011_INT_RT, 100);
    for (u32 i = 1; i < depth / 8; i++) {
        loopback_send('b');
    }
    u32 at = read32(uart(PL011_MIS));
    bool pending = gic_bit(GICD_ISPENDR, machine.uart_intid);
    for (u32 i = 0; i < depth / 8; i++) {
        (void)read32(uart(PL011_DR));
    }
    u32 drained = read32(uart(PL011_RIS));
    bool still = gic_bit(GICD_ISPENDR, machine.uart_intid);
    console_init();
    check_equal(below, 0, "UARTMIS below the trigger level");
    check(timeout, "UARTRIS.RTRIS stays 0");
    check_equal(at, PL011_INT_RX, "UARTMIS at the trigger level");
    check(pending, "the SPI is not pending at the trigger level");
    check_equal(drained & (PL011_INT_RX | PL011_INT_RT), 0, "RX and RT interrupts after the FIFO was read");
    check(!still, "the SPI is pending after the FIFO was read");
}

static void drain_hook(u32 iar) {
    while (!(read32(uart(PL011_FR)) & PL011_FR_RXFE)) {
        (void)read32(uart(PL011_DR));
    }
    irq_count_and_end(iar);
}

static void test_rx_handler(void) {
    if (!loopback_works()) {
        return;
    }
    irq_hook = drain_hook;
    loopback_begin(PL011_LCR_8BIT | PL011_LCR_FEN);
    write32(uart(PL011_IMSC), PL011_INT_RX | PL011_INT_RT);
    gic_enable(machine.uart_intid);
    irq_enable();
    u32 arrived = 0;
    for (u32 i = 1; i <= 10; i++) {
        loopback_send('x');
        arrived += wait_until(irq_count[machine.uart_intid] >= i, 100);
    }
    irq_disable();
    console_init();
    check_equal(arrived, 10, "interrupts of 10 bytes");
}

static const struct test tests[] = {
    {.name = "pl011-reset", .run = test_reset},
    {.name = "pl011-ids", .run = test_ids},
    {.name = "pl011-readback", .run = test_readback},
    {.name = "pl011-flags", .run = test_flags},
    {.name = "pl011-tx-interrupt", .run = test_tx_interrupt},
    {.name = "pl011-loopback", .run = test_loopback},
    {.name = "pl011-fifo", .run = test_fifo},
    {.name = "pl011-rx-interrupt", .run = test_rx_interrupt},
    {.name = "pl011-rx-handler", .run = test_rx_handler},
};
const struct test_group group_pl011 = TEST_GROUP(tests);
