// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The virtual machine: everything that this process holds. One process, one thread, one VM.
//
//     EMPTY --vm_create--> CREATED --vm_start--> RUNNING --vm_request_stop--> STOPPED
//                                       ^           |
//                                       +-----------+ vm_request_reset: pristine images, all devices reset
#ifndef VMM_VM_H
#define VMM_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <vmm/include/vmm/bus.h>
#include <vmm/include/vmm/config.h>
#include <vmm/include/vmm/console.h>
#include <vmm/include/vmm/device.h>
#include <vmm/include/vmm/memory.h>
#include <vmm/include/vmm/vcpu.h>

// One guest thread: the capability slots of config.h hold one.
#define VM_MAX_VCPUS      1
#define VM_ATTENTION      1u // vm_attend has to be called
#define VM_ATTENTION_ARCH 2u // the next reply of arch_vcpu_run carries more than an outcome
// Reports about the guest's mistakes are limited, so that a guest cannot flood the console.
#define VM_MAX_GUEST_REPORTS 32

enum vm_state { VM_EMPTY, VM_CREATED, VM_RUNNING, VM_STOP_REQUESTED, VM_RESET_REQUESTED, VM_STOPPED };

struct irq_controller; // the architecture's virtual interrupt controller

struct vm {
    const struct vm_config *config;
    uint32_t state; // enum vm_state
    // The one word that the exit loop looks at after each exit: something is to do (vm_attend).
    uint32_t attention;     // VM_ATTENTION_*
    uint32_t guest_reports; // lines printed about the guest's mistakes
    struct vcpu vcpus[VM_MAX_VCPUS];
    struct memory memory;
    struct bus bus;
    struct irq_controller *irq; // set by irq_controller_create
    struct console console;
    unsigned device_count;
    struct device devices[VM_MAX_DEVICES];
};

// Checks the configuration and builds the VM from it: memory, bus, interrupt controller, devices. Returns
// NULL, or why it cannot.
const char *vm_create(struct vm *vm, const struct vm_config *config);

// Loads pristine images into guest memory and resets devices and vCPU. Returns NULL, or why it cannot.
const char *vm_start(struct vm *vm);

// Runs the VM until it stops (vmm/core/run.c).
void vm_run(struct vm *vm);

// For the exit loop: notifications arrived (VMM_BADGE_* bits).
void vm_handle_events(struct vm *vm, uint64_t events);

// For the exit loop, when vm->attention is set: performs the stop or the reset that was requested, hands out
// events that a report met while it waited.
void vm_attend(struct vm *vm);

// The guest asks for its end or its reset (firmware call); taken up by the exit loop after the exit.
void vm_request_stop(struct vm *vm);
void vm_request_reset(struct vm *vm);

// Prints one line `vm NAME: ...` on the VM's console. Waits for room: never for an exit that a guest can
// cause at will (use vm_report_guest there).
void vm_report(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The same about a mistake of the guest: after VM_MAX_GUEST_REPORTS lines it says so once and then is silent
// until the VM's reset.
void vm_report_guest(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
