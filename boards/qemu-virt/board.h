// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The memory map of QEMU's `virt` machine, as far as the kernel needs it before, or beside, the device tree:
// what the machine's manual fixes. Everything that differs from start to start (size of the memory, number of
// CPUs) is read from the device tree. Data only; `kernel` includes it by `#include <board.h>` (BOARD_CFLAGS
// in board.mk).
#ifndef BOARD_H
#define BOARD_H

#define BOARD_NAME "qemu-virt"

// Memory begins here. QEMU starts an Image with text_offset 0 at BOARD_RAM_BASE + 2 MiB.
#define BOARD_RAM_BASE 0x40000000ull

// Interrupts: 0 .. BOARD_MAX_IRQ are INTIDs that components and guests can have.
#define BOARD_MAX_IRQ 159
// Private interrupts (PPIs) that the kernel owns.
#define BOARD_IRQ_MAINTENANCE   25 // GIC maintenance
#define BOARD_IRQ_HYP_TIMER     26 // CNTHP: the kernel's deadline
#define BOARD_IRQ_VIRTUAL_TIMER 27 // CNTV: the guests'
// Those that become a guest's when its VMM asks for them (VCPU_BindVPPI); 0 where the board has none.
#define BOARD_IRQ_PHYSICAL_TIMER 30 // CNTP
#define BOARD_IRQ_PMU            23 // overflow of a counter

// GICv2.
#define BOARD_GICD_BASE 0x08000000ull
#define BOARD_GICC_BASE 0x08010000ull // 2 pages; the second holds GICC_DIR
#define BOARD_GICH_BASE 0x08030000ull
#define BOARD_GICV_BASE 0x08040000ull // 2 pages; not the kernel's: mapped into guests
// GICv3: the distributor is at BOARD_GICD_BASE too (64 KiB).
#define BOARD_GICD_SIZE 0x10000ull
#define BOARD_GICR_BASE 0x080a0000ull
#define BOARD_GICR_SIZE 0x00f60000ull // room for 123 CPUs; 128 KiB each
#define BOARD_ITS_BASE  0x08080000ull
#define BOARD_ITS_SIZE  0x00020000ull

// The console: PL011. The kernel writes to it before the root task starts and in a panic.
#define BOARD_UART_BASE 0x09000000ull
#define BOARD_UART_IRQ  33

// Device pages that the kernel keeps, ascending: RANGE(first byte, first byte after). Components never get
// them.
#define BOARD_KERNEL_PAGES_GICV2(RANGE)                                                                      \
    RANGE(0x08000000, 0x08001000) RANGE(0x08010000, 0x08012000) RANGE(0x08030000, 0x08031000)
#define BOARD_KERNEL_PAGES_GICV3(RANGE) RANGE(0x08000000, 0x08010000) RANGE(0x080a0000, 0x09000000)

#endif
