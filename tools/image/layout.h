// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Every number that the compiler of system files chooses: addresses, sizes, priorities. The components learn
// theirs from registers at start (x0) and from their configuration page, never from this file.
//
// A component's address space (40 bits, three levels):
//
//     0x0000400000  its ELF image, where it is linked; must end below COMPONENT_STACK_GUARD
//     0x0010000000  guard page (never mapped)
//     0x0010001000  stack, COMPONENT_STACK_BYTES
//     0x0010010000  (guard up to here) IPC buffer, one page
//     0x0010011000  configuration, one page, read only
//     0x0010020000  rings shared with the console, a page each: the VMM's one, or all clients' (console)
//     0x0010080000  the UART's registers (console)
//     0x0010090000  register pages of emulated devices, a page each (VMM)
//     0x0100000000  VMM: the guest's memory, up to 4 GiB
//     0x0200000000  VMM: boot modules, read only, each at a 2 MiB boundary with 2 MiB or more free behind
//
// A guest's address space: memory where the board has it; on GICv2 the virtual CPU interface at GICC's
// address. Invariants: 1. no mapping reaches into another's range (component_map checks it); 2. a page is
// never writable and executable.
#ifndef TOOLS_IMAGE_LAYOUT_H
#define TOOLS_IMAGE_LAYOUT_H

#include <stdint.h>

#define PAGE_BYTES       ((uint64_t)0x1000)
#define LARGE_PAGE_BYTES ((uint64_t)0x200000)
#define HUGE_PAGE_BYTES  ((uint64_t)0x40000000)

#define COMPONENT_STACK_GUARD ((uint64_t)0x10000000)
#define COMPONENT_STACK       (COMPONENT_STACK_GUARD + PAGE_BYTES)
#define COMPONENT_STACK_BYTES ((uint64_t)0x8000)
#define COMPONENT_IPC_BUFFER  ((uint64_t)0x10010000)
#define COMPONENT_CONFIG      ((uint64_t)0x10011000)
#define COMPONENT_RINGS       ((uint64_t)0x10020000)
#define COMPONENT_UART        ((uint64_t)0x10080000)
#define VMM_DEVICE_PAGES      ((uint64_t)0x10090000)
#define VMM_GUEST_MEMORY      ((uint64_t)0x100000000)
#define VMM_MODULES           ((uint64_t)0x200000000)

// Priorities: a VM of priority p (1 to 100) has its guest at 2p and its VMM one above, so that a VMM runs
// before its guest and after everything of a more urgent VM; the console is above all VMs; root has 255.
#define PRIORITY_GUEST(p) (2 * (p))
#define PRIORITY_VMM(p)   (2 * (p) + 1)
#define PRIORITY_CONSOLE  210

// Scheduling contexts. Components run round robin, but for the console (services/console/config.h), whose
// sporadic server has the two refills of the smallest context; a guest whose budget is less than its period
// gets a sporadic server of GUEST_EXTRA_REFILLS + 2 refills: 2 + (2^8 - 128) / 16 = 10.
#define COMPONENT_SLICE_US           10000
#define GUEST_LONE_SLICE_US          ((uint64_t)1000000) // of a guest with whom no other shares the priority
#define COMPONENT_SCHED_CONTEXT_BITS 7
#define GUEST_SCHED_CONTEXT_BITS     8
#define GUEST_EXTRA_REFILLS          8
#define SCHED_FLAG_SPORADIC          1

// The board's memory that must be left for kernel, root, components and tables beside the guests' and the
// image.
#define BOARD_RESERVE_BYTES ((uint64_t)0x800000)

#endif
