// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The one seam between the VMM's neutral part and the architecture: run a virtual CPU until it needs the VMM,
// then answer. On Arm the guest's thread faults and the VMM replies; where the processor has an enter call,
// the same two steps are that call and its return.
//
// An exit and its answer live in one struct vcpu_exit: the handler of the exit leaves the outcome there, and
// the next arch_vcpu_run applies it before the guest goes on. State of a vCPU:
//
//     OFF --arch_vcpu_reset--> READY --arch_vcpu_run--> (guest runs) --exit--> READY
//      ^                         |
//      +----- arch_vcpu_stop ----+
//
// A READY vCPU that runs no longer is reset again only in an exit, which is then over.
#ifndef VMM_VCPU_H
#define VMM_VCPU_H

#include <stdbool.h>
#include <stdint.h>

struct vm;

enum vcpu_exit_kind {
    VCPU_EXIT_ACCESS,        // an access to an address that is not guest RAM: ipa, bytes, write, value, pc
    VCPU_EXIT_HANDLED,       // answered already, and the VM wants attention: outcome, value
    VCPU_EXIT_EVENT,         // no exit of the guest: notifications arrived; it runs on meanwhile: events
    VCPU_EXIT_INTERRUPT_END, // list_register
    VCPU_EXIT_PRIVATE_IRQ,   // intid
    VCPU_EXIT_ARCH,          // for arch_vcpu_handle_exit
    VCPU_EXIT_COUNT,
};

enum vcpu_outcome {
    VCPU_DONE,    // the access is done; a load's result is in `value`; the guest goes on behind it
    VCPU_RESTART, // the guest goes on where its program counter stands
    VCPU_ABORT,   // the guest takes a synchronous external abort at the access
};

struct vcpu_exit {
    uint32_t kind;    // enum vcpu_exit_kind
    uint32_t outcome; // enum vcpu_outcome, set by the handler
    uint64_t ipa;
    uint64_t value; // store: the bytes stored, upper bits clear; load: set by the handler
    uint64_t pc;    // virtual address of the instruction
    uint8_t bytes;  // 1, 2, 4 or 8
    bool write;
    union {
        uint64_t events;       // VMM_BADGE_* bits
        int32_t list_register; // or what the architecture says instead (irq_handle_end)
        uint32_t intid;
    };
    struct {               // the architecture's own
        uint64_t label;    // kind of the fault
        uint64_t access;   // of an access: as the kernel described it
        uint64_t words[4]; // of other faults: the message
    } arch;
};

struct vcpu {
    struct vm *vm;
    unsigned index;
    bool started;      // by arch_vcpu_reset
    uint64_t deferred; // the architecture's: what the next reply carries beside; 0: nothing
    struct vcpu_exit exit;
};

// Prepares the kernel's vCPU object for this VM: what traps, how it waits. Once. Returns NULL, or why it
// cannot.
const char *arch_vcpu_create(struct vcpu *vcpu);

// Power-on state of the guest's CPU with the boot protocol's registers: starts at guest-physical `entry`,
// `dtb` in the first argument register. The vCPU runs at the next arch_vcpu_run.
void arch_vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t dtb);

// Answers the exit in `exit` (the first call after a reset: starts the guest), waits for the next one and
// describes it there. The architecture may answer accesses (bus_access) and its own exits by itself, one
// after the other, until the VM wants attention.
void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit);

// Handles a VCPU_EXIT_ARCH exit: instructions that trap, firmware calls, accesses that the processor did not
// describe. May call run_access and the vm_request_* functions.
void arch_vcpu_handle_exit(struct vcpu *vcpu, struct vcpu_exit *exit);

// Stops the guest's CPU for good.
void arch_vcpu_stop(struct vcpu *vcpu);

// The counters of enum glacis_statistics (abi/types.h), index `index`, into words[10].
void arch_vcpu_statistics(struct vcpu *vcpu, unsigned index, uint64_t words[10]);

// Makes what the VMM wrote at [start, start + length) of its own address space visible to a guest that runs
// with its caches off, and to its instruction fetches.
void arch_guest_clean(const void *start, uint64_t length);

#endif
