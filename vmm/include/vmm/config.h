// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a VMM is told about its VM: one read-only block, written by the host tools, mapped where x0 points at
// start. The VMM's capabilities stand in fixed slots of its CNode; the tools choose its radix.
#ifndef VMM_CONFIG_H
#define VMM_CONFIG_H

#include <abi/types.h>

#define VM_CONFIG_MAGIC  0x31464e4f434d5647ull // "GVMCONF1"
#define VM_NAME_BYTES    32
#define VM_CMDLINE_BYTES 2048
#define VM_MAX_DEVICES   32

enum vmm_slot {
    VMM_SLOT_NULL = 0,
    VMM_SLOT_FAULT_ENDPOINT = 1, // guest faults arrive here (read)
    VMM_SLOT_REPLY = 2,
    VMM_SLOT_NOTIFICATION = 3, // bound to the VMM's thread; the console signals VMM_BADGE_CONSOLE on it
    VMM_SLOT_CONSOLE = 4,      // write, badged: signals the console
    VMM_SLOT_GUEST_TCB = 5,
    VMM_SLOT_GUEST_VCPU = 6,
    VMM_SLOT_GUEST_SCHED_CONTEXT = 7,
    VMM_SLOT_GUEST_VSPACE = 8,
    VMM_SLOT_SYSTEM = 9, // write, badged by the thread: VMM_SYSTEM_* messages to the root task
    VMM_SLOT_DEVICE_IRQ =
        16, // and on, one for each device: the interrupt handler of one that is passed through
    VMM_SLOT_DEVICE_PAGE =
        48, // and on, one for each device: the frame of its register page (vmm/page.h), mapped
    VMM_SLOT_FIRST_HELD = 80, // from here: capabilities of mapped frames and tables, held and never used
};

// The badge of the guest's fault endpoint capability: no bit of the bound notification's word, so that one
// receive tells them apart.
#define VMM_FAULT_BADGE   (1ull << 62)
#define VMM_BADGE_CONSOLE (1ull << 0) // in the bound notification's word

// Labels of the messages (no words) that the VMM sends to VMM_SLOT_SYSTEM.
enum vmm_system_message {
    VMM_SYSTEM_STOPPED = 1, // the VM has stopped, for good
    VMM_SYSTEM_PASSIVE =
        2, // the VMM waits on VMM_SLOT_FAULT_ENDPOINT and needs its own context for signals alone
};

enum vm_device_type {
    VM_DEVICE_NONE = 0,
    VM_DEVICE_PL011 = 1, // the guest's UART, emulated, connected to the console
    VM_DEVICE_PL061 = 2, // the board's GPIO, passed through
};

struct vm_device {
    uint32_t type;
    uint32_t irq; // INTID
    uint64_t ipa;
    uint64_t size;
    uint64_t handler;   // passed through: slot of its interrupt handler; else 0
    uint64_t page;      // emulated: where the VMM sees its register page, or 0
    uint64_t page_slot; // ... and the slot of its frame
};

// A boot module, mapped read-only into the VMM; size 0: absent.
struct vm_module {
    uint64_t vaddr;
    uint64_t size;
};

enum vm_wfi { VM_WFI_AUTO = 0, VM_WFI_NATIVE = 1, VM_WFI_TRAP = 2 };

enum vm_flags {
    VM_FLAG_BENCH = 1 << 0, // recognise @bench markers, sample counters, print @stats at the VM's stop
};

struct vm_config {
    uint64_t magic;
    uint32_t size; // sizeof(struct vm_config)
    uint32_t flags;
    char name[VM_NAME_BYTES];

    uint64_t memory_ipa; // guest RAM: start, bytes, and where the VMM sees all of it (writable)
    uint64_t memory_size;
    uint64_t memory_vaddr;

    struct vm_module kernel;
    struct vm_module initrd;
    struct vm_module board_dtb; // the board's device tree, from which the guest's derives

    uint32_t vcpu_count;
    uint32_t wfi;             // enum vm_wfi
    uint32_t gic_version;     // 2 or 3
    uint32_t interrupt_count; // INTIDs 0 .. interrupt_count - 1 of the virtual distributor
    uint64_t gicd_ipa;        // distributor, 64 KiB (4 KiB on GICv2)
    uint64_t gicr_ipa;        // GICv3 redistributors, 128 KiB a vCPU
    uint64_t gicc_ipa;        // GICv2 CPU interface: the hardware's virtual interface (GICV) is mapped here
    uint32_t vtimer_irq;      // 27
    uint32_t ptimer_irq;      // the EL1 physical timer's: 30; 0: none
    uint32_t pmu_irq;         // the performance monitors', a PPI; 0: the guest has none
    uint32_t device_count;
    struct vm_device devices[VM_MAX_DEVICES];

    uint64_t console_ring; // address of the struct ring_page shared with the console
    uint64_t kaslr_seed;   // 0: none
    uint8_t rng_seed[32];  // all zero: none
    char cmdline[VM_CMDLINE_BYTES];
};
_Static_assert(sizeof(struct vm_config) <= 4096, "the configuration fits one page");

#endif
