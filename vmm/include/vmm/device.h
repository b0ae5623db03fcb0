// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A virtual device: one file in vmm/dev that ends with its descriptor (struct device_type), and one line in
// device_types[] (vmm/dev/devices.c). A device knows the bus, its interrupt line (vmm/irq.h), the console
// (vmm/console.h) and guest memory (vmm/memory.h); it does not know the architecture or the kernel.
//
// Life: create once, at VM start (state zeroed before) -> reset before each start of the guest -> accesses,
// console events.
#ifndef VMM_DEVICE_H
#define VMM_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <vmm/include/vmm/config.h>

struct vm;

struct device_type {
    uint32_t type;     // enum vm_device_type
    const char *name;  // in reports
    size_t state_size; // bytes of zeroed memory, 16-byte aligned, that the device gets as `state`
    // Adds its regions to vm->bus and keeps what it needs. Returns NULL, or why it cannot (the VM does not
    // start; the text names cause and mend).
    const char *(*create)(void *state, struct vm *vm, const struct vm_device *config);
    // Power-on state; lowers the interrupt line.
    void (*reset)(void *state);
    // The console has input, or room again after console_write was refused. NULL: not interested.
    void (*console_event)(void *state);
};

// One device of this VM.
struct device {
    const struct device_type *type;
    const struct vm_device *config;
    void *state;
};

// All types known, ended by NULL (vmm/dev/devices.c).
extern const struct device_type *const device_types[];

#endif
