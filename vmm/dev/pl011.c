// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The PrimeCell UART PL011, revision r1p5 (Arm DDI 0183G), connected to the VM's console.
//
// Invariants:
// 1. The line has no speed: a character leaves the transmit FIFO at once while the console has room, so that
//    the guest sees an empty FIFO; it fills only while the console is full or the transmitter is off.
// 2. Input stays in the console's ring until the receive FIFO has room: nothing from outside overruns. Only
//    loopback can.
// 3. After each access and event the interrupt line equals RIS & IMSC.
// 4. The register page (vmm/page.h) is shown while the receive FIFO is empty, so that DR reads as 0 without
//    effect; then each word of it is what a read would return.
//
// Word length, parity, stop bits and baud rate are kept and change no byte. The modem inputs of a line
// without modem are inactive, and flow control by CTS always finds the other end ready. Until the guest first
// writes CR the UART works as firmware would have left it (on), while CR reads its reset value: early
// consoles write DR without a set-up. The integration test registers (0x80 to 0x8c) read as zero.
#include <lib/base/ring.h>
#include <vmm/include/vmm/bus.h>
#include <vmm/include/vmm/console.h>
#include <vmm/include/vmm/device.h>
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/page.h>
#include <vmm/include/vmm/vm.h>

#define PL011_FIFO_DEPTH 32 // r1p5; the revision in PeriphID2 tells drivers so (DDI 0183G 3.3.15)

enum pl011_register { // DDI 0183G table 3-1
    PL011_DR = 0x000,
    PL011_RSR = 0x004, // write: ECR
    PL011_FR = 0x018,
    PL011_ILPR = 0x020,
    PL011_IBRD = 0x024,
    PL011_FBRD = 0x028,
    PL011_LCR_H = 0x02c,
    PL011_CR = 0x030,
    PL011_IFLS = 0x034,
    PL011_IMSC = 0x038,
    PL011_RIS = 0x03c,
    PL011_MIS = 0x040,
    PL011_ICR = 0x044,
    PL011_DMACR = 0x048,
    PL011_KEPT_END = 0x04c,
    PL011_ID = 0xfe0,
    PL011_SIZE = 0x1000,
};

enum {
    DR_OE = 1 << 11,
    DR_BE = 1 << 10,

    RSR_OE = 1 << 3,

    FR_CTS = 1 << 0,
    FR_DSR = 1 << 1,
    FR_DCD = 1 << 2,
    FR_BUSY = 1 << 3,
    FR_RXFE = 1 << 4,
    FR_TXFF = 1 << 5,
    FR_RXFF = 1 << 6,
    FR_TXFE = 1 << 7,
    FR_RI = 1 << 8,

    LCR_BRK = 1 << 0,
    LCR_FEN = 1 << 4,

    CR_UARTEN = 1 << 0,
    CR_LBE = 1 << 7,
    CR_TXE = 1 << 8,
    CR_RXE = 1 << 9,
    CR_DTR = 1 << 10,
    CR_RTS = 1 << 11,
    CR_OUT1 = 1 << 12,
    CR_OUT2 = 1 << 13,
    CR_RESET = CR_TXE | CR_RXE,
    CR_MASK = 0xff87,

    INT_RI = 1 << 0,
    INT_CTS = 1 << 1,
    INT_DCD = 1 << 2,
    INT_DSR = 1 << 3,
    INT_RX = 1 << 4,
    INT_TX = 1 << 5,
    INT_RT = 1 << 6,
    INT_BE = 1 << 9,
    INT_OE = 1 << 10,
    INT_MASK = 0x7ff,

    IFLS_RESET = 0x12,
};

struct pl011 {
    struct vm *vm;
    unsigned intid;
    bool control_written; // since reset
    bool line;            // the interrupt line's level
    bool overrun;         // a character was lost; marks the next one received (DDI 0183G 2.4.2)
    uint8_t depth;        // of both FIFOs: 1 or PL011_FIFO_DEPTH
    uint8_t rx_head, rx_count;
    uint8_t tx_head, tx_count;
    uint32_t rsr, ilpr, ibrd, fbrd, lcr, cr, ifls, imsc, ris, dmacr, modem;
    struct register_page page;
    uint32_t published[PL011_KEPT_END / 4]; // what stands in the page
    uint16_t rx[PL011_FIFO_DEPTH];          // data[7:0], errors[11:8]
    uint8_t tx[PL011_FIFO_DEPTH];
};
_Static_assert((PL011_FIFO_DEPTH & (PL011_FIFO_DEPTH - 1)) == 0, "FIFO indices wrap by a mask");

// Characters at which IFLS field `select` triggers (3.3.9; reserved values as the highest).
static unsigned pl011_trigger(const struct pl011 *uart, unsigned select) {
    static const uint8_t eighths[8] = {1, 2, 4, 6, 7, 7, 7, 7};
    return uart->depth == 1 ? 0 : PL011_FIFO_DEPTH / 8u * eighths[select];
}

static unsigned pl011_tx_trigger(const struct pl011 *uart) {
    return pl011_trigger(uart, uart->ifls & 7);
}

static unsigned pl011_rx_trigger(const struct pl011 *uart) {
    return uart->depth == 1 ? 1 : pl011_trigger(uart, uart->ifls >> 3 & 7);
}

static bool pl011_enabled(const struct pl011 *uart, uint32_t direction) {
    return !uart->control_written || (uart->cr & (CR_UARTEN | direction)) == (CR_UARTEN | direction);
}

// A character, with its error bits, arrives. The receive timeout has no clock to wait for: it follows at
// once.
static void pl011_receive(struct pl011 *uart, uint16_t character) {
    if (uart->rx_count == uart->depth) {
        uart->overrun = true;
        uart->rsr |= RSR_OE;
        uart->ris |= INT_OE;
        return;
    }
    if (uart->overrun)
        character |= DR_OE;
    if (character & DR_BE)
        uart->ris |= INT_BE;
    uart->overrun = false;
    uart->rx[(uart->rx_head + uart->rx_count) & (PL011_FIFO_DEPTH - 1)] = character;
    uart->rx_count++;
    if (uart->rx_count >= pl011_rx_trigger(uart))
        uart->ris |= INT_RX;
    if (uart->depth > 1)
        uart->ris |= INT_RT;
}

// Takes what the console has for the guest, as far as there is room.
static void pl011_fill(struct pl011 *uart) {
    uint8_t bytes[PL011_FIFO_DEPTH];
    struct console *console = &uart->vm->console;
    if (!console_input_used(console) || !pl011_enabled(uart, CR_RXE) || uart->cr & CR_LBE)
        return;
    uint32_t count = console_read(console, bytes, uart->depth - uart->rx_count);
    for (uint32_t i = 0; i < count; i++)
        pl011_receive(uart, bytes[i]);
}

// Sends what waits in the transmit FIFO, as far as the other end takes it. The transmit interrupt comes as
// the level falls to the trigger (2.8.2); with a line without speed every character that leaves makes it
// fall.
static void pl011_drain(struct pl011 *uart) {
    uint8_t before = uart->tx_count;
    if (!before || !pl011_enabled(uart, CR_TXE))
        return;
    while (uart->tx_count) {
        unsigned run = PL011_FIFO_DEPTH - uart->tx_head; // contiguous
        run = run < uart->tx_count ? run : uart->tx_count;
        if (uart->cr & CR_LBE) {
            run = 1;
            if (pl011_enabled(uart, CR_RXE))
                pl011_receive(uart, uart->tx[uart->tx_head]);
        } else {
            run = console_write(&uart->vm->console, &uart->tx[uart->tx_head], run);
        }
        if (!run)
            break;
        uart->tx_head = (uart->tx_head + run) & (PL011_FIFO_DEPTH - 1);
        uart->tx_count -= (uint8_t)run;
    }
    if (uart->tx_count != before && uart->tx_count <= pl011_tx_trigger(uart))
        uart->ris |= INT_TX;
}

// Returns whether anything but the console's ring has changed.
static bool pl011_write_data(struct pl011 *uart, uint32_t value) {
    uint8_t byte = (uint8_t)value;
    bool straight = !uart->tx_count && !(uart->cr & CR_LBE) && pl011_enabled(uart, CR_TXE);
    if (straight && console_write_byte(&uart->vm->console, byte)) { // what pl011_drain would come to
        bool was_clear = !(uart->ris & INT_TX);
        uart->ris |= INT_TX;
        return was_clear;
    }
    if (uart->tx_count == uart->depth)
        return false; // lost, as on the wire
    uart->tx[(uart->tx_head + uart->tx_count) & (PL011_FIFO_DEPTH - 1)] = byte;
    uart->tx_count++;
    if (uart->tx_count > pl011_tx_trigger(uart))
        uart->ris &= ~(uint32_t)INT_TX;
    pl011_drain(uart);
    return true;
}

static uint32_t pl011_read_data(struct pl011 *uart) {
    if (!uart->rx_count)
        return 0;
    uint32_t character = uart->rx[uart->rx_head];
    uart->rx_head = (uart->rx_head + 1) & (PL011_FIFO_DEPTH - 1);
    uart->rx_count--;
    uart->rsr = (uart->rsr & RSR_OE) | (character >> 8 & 0xf);
    if (uart->rx_count < pl011_rx_trigger(uart))
        uart->ris &= ~(uint32_t)INT_RX;
    if (!uart->rx_count)
        uart->ris &= ~(uint32_t)INT_RT;
    pl011_fill(uart);
    return character;
}

static uint32_t pl011_flags(const struct pl011 *uart) {
    uint32_t flags = uart->modem;
    flags |= uart->rx_count ? 0 : FR_RXFE;
    flags |= uart->rx_count == uart->depth ? FR_RXFF : 0;
    flags |= uart->tx_count ? FR_BUSY : FR_TXFE;
    flags |= uart->tx_count == uart->depth ? FR_TXFF : 0;
    return flags;
}

// Puts a register into the page. Stores to it are to uncached memory: none without need.
static void pl011_publish(struct pl011 *uart, unsigned offset, uint32_t value) {
    if (uart->published[offset / 4] == value || !uart->page.words)
        return;
    uart->published[offset / 4] = value;
    uart->page.words[offset / 4] = value;
}

// After a change: the registers that change by themselves, and the interrupt line.
static void pl011_settle(struct pl011 *uart) {
    bool high = uart->ris & uart->imsc;
    if (uart->rx_count) {
        register_page_hide(&uart->page);
    } else {
        pl011_publish(uart, PL011_RSR, uart->rsr);
        pl011_publish(uart, PL011_FR, pl011_flags(uart));
        pl011_publish(uart, PL011_RIS, uart->ris);
        pl011_publish(uart, PL011_MIS, uart->ris & uart->imsc);
        register_page_show(&uart->page);
    }
    if (high == uart->line)
        return;
    uart->line = high;
    irq_set_level(uart->vm, uart->intid, high);
}

// In loopback the modem outputs are the inputs (3.3.8, LBE).
static void pl011_update_modem(struct pl011 *uart) {
    static const struct {
        uint32_t output, input, interrupt;
    } lines[] = {
        {CR_RTS, FR_CTS, INT_CTS},
        {CR_DTR, FR_DSR, INT_DSR},
        {CR_OUT1, FR_DCD, INT_DCD},
        {CR_OUT2, FR_RI, INT_RI},
    };
    uint32_t before = uart->modem;
    uart->modem = 0;
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (uart->cr & CR_LBE && uart->cr & lines[i].output)
            uart->modem |= lines[i].input;
        if ((uart->modem ^ before) & lines[i].input)
            uart->ris |= lines[i].interrupt;
    }
}

static void pl011_write_control(struct pl011 *uart, uint32_t value) {
    uart->cr = value & CR_MASK;
    uart->control_written = true;
    pl011_update_modem(uart);
    pl011_drain(uart);
    pl011_fill(uart);
}

// Turning the FIFOs on or off empties them (3.3.8).
static void pl011_write_line_control(struct pl011 *uart, uint32_t value) {
    uint32_t changed = uart->lcr ^ value;
    uart->lcr = value & 0xff;
    if (changed & LCR_FEN) {
        uart->depth = value & LCR_FEN ? PL011_FIFO_DEPTH : 1;
        uart->rx_head = uart->rx_count = uart->tx_head = uart->tx_count = 0;
        uart->ris &= ~(uint32_t)(INT_RX | INT_RT);
    }
    if (changed & value & LCR_BRK && uart->cr & CR_LBE && pl011_enabled(uart, CR_TXE | CR_RXE))
        pl011_receive(uart, DR_BE);
    pl011_fill(uart);
}

// PeriphID0-3 and PCellID0-3, a byte a word (3.3.15 to 3.3.22).
static const uint8_t pl011_id[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static uint32_t pl011_read_register(struct pl011 *uart, uint32_t offset) {
    switch (offset) {
    case PL011_DR: {
        uint32_t character = pl011_read_data(uart);
        pl011_settle(uart);
        return character;
    }
    case PL011_RSR:
        return uart->rsr;
    case PL011_FR:
        return pl011_flags(uart);
    case PL011_ILPR:
        return uart->ilpr;
    case PL011_IBRD:
        return uart->ibrd;
    case PL011_FBRD:
        return uart->fbrd;
    case PL011_LCR_H:
        return uart->lcr;
    case PL011_CR:
        return uart->cr;
    case PL011_IFLS:
        return uart->ifls;
    case PL011_IMSC:
        return uart->imsc;
    case PL011_RIS:
        return uart->ris;
    case PL011_MIS:
        return uart->ris & uart->imsc;
    case PL011_DMACR:
        return uart->dmacr;
    default:
        return offset >= PL011_ID && offset < PL011_SIZE ? pl011_id[(offset - PL011_ID) / 4] : 0;
    }
}

static void pl011_write_register(struct pl011 *uart, uint32_t offset, uint32_t value) {
    switch (offset) {
    case PL011_DR:
        if (pl011_write_data(uart, value))
            pl011_settle(uart);
        return;
    case PL011_RSR:
        uart->rsr = 0;
        break;
    case PL011_ILPR:
        uart->ilpr = value & 0xff;
        break;
    case PL011_IBRD:
        uart->ibrd = value & 0xffff;
        break;
    case PL011_FBRD:
        uart->fbrd = value & 0x3f;
        break;
    case PL011_LCR_H:
        pl011_write_line_control(uart, value);
        break;
    case PL011_CR:
        pl011_write_control(uart, value);
        break;
    case PL011_IFLS:
        uart->ifls = value & 0x3f;
        break;
    case PL011_IMSC:
        uart->imsc = value & INT_MASK;
        break;
    case PL011_ICR:
        uart->ris &= ~value;
        break;
    case PL011_DMACR: // no DMA controller is connected
        uart->dmacr = value & 7;
        break;
    default:
        return;
    }
    pl011_publish(uart, offset, pl011_read_register(uart, offset));
    pl011_settle(uart);
}

// The peripheral bus has neither byte lanes nor more than the word's address: a narrow access is one of the
// whole register, a doubleword two words.
static uint64_t pl011_read(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes) {
    (void)vcpu;
    if (bytes == 4)
        return pl011_read_register(device, (uint32_t)offset);
    uint64_t value = pl011_read_register(device, (uint32_t)offset & ~3u) >> (offset & 3) * 8;
    if (bytes == 8)
        value |= (uint64_t)pl011_read_register(device, (uint32_t)offset + 4) << 32;
    return value;
}

static void pl011_write(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes, uint64_t value) {
    (void)vcpu;
    // A narrow one has clear bits above it (vmm/bus.h).
    pl011_write_register(device, (uint32_t)offset & ~3u, (uint32_t)(value << (offset & 3) * 8));
    if (bytes == 8)
        pl011_write_register(device, (uint32_t)offset + 4, (uint32_t)(value >> 32));
}

static const char *pl011_create(void *state, struct vm *vm, const struct vm_device *config) {
    struct pl011 *uart = state;
    if (config->size < PL011_SIZE)
        return "a pl011 needs 4 KiB of addresses: give the device a size of 0x1000";
    uart->vm = vm;
    uart->intid = config->irq;
    uart->page = register_page_of(config);
    return bus_add_region(&vm->bus, &(struct bus_region){
                                        .ipa = config->ipa,
                                        .size = config->size,
                                        .read = pl011_read,
                                        .write = pl011_write,
                                        .device = uart,
                                        .sizes = BUS_SIZES_ALL,
                                        .name = "pl011",
                                    });
}

// The page as it is to be; what is neither register nor identification was 0 at its creation.
static void pl011_publish_all(struct pl011 *uart) {
    if (!uart->page.words)
        return;
    for (unsigned offset = PL011_RSR; offset < PL011_KEPT_END; offset += 4)
        uart->page.words[offset / 4] = uart->published[offset / 4] = pl011_read_register(uart, offset);
    for (unsigned offset = PL011_ID; offset < PL011_SIZE; offset += 4)
        uart->page.words[offset / 4] = pl011_read_register(uart, offset);
    register_page_show(&uart->page);
}

static void pl011_reset(void *state) {
    struct pl011 *uart = state;
    *uart = (struct pl011){
        .vm = uart->vm,
        .intid = uart->intid,
        .depth = 1,
        .cr = CR_RESET,
        .ifls = IFLS_RESET,
        .page = uart->page,
    };
    irq_set_level(uart->vm, uart->intid, false);
    pl011_publish_all(uart);
}

static void pl011_console_event(void *state) {
    struct pl011 *uart = state;
    pl011_drain(uart);
    pl011_fill(uart);
    pl011_settle(uart);
}

const struct device_type pl011_device = {
    .type = VM_DEVICE_PL011,
    .name = "pl011",
    .state_size = sizeof(struct pl011),
    .create = pl011_create,
    .reset = pl011_reset,
    .console_event = pl011_console_event,
};
