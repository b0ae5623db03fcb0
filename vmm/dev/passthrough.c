// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Devices of the board that are the guest's: their registers are mapped into its address space by the
// system's description, so no access of theirs comes here, and their interrupt is the kernel's to deliver.
// They keep their state over a restart of the guest, as over a warm reset of the machine.
#include <vmm/include/vmm/device.h>
#include <vmm/include/vmm/irq.h>

static const char *passthrough_create(void *state, struct vm *vm, const struct vm_device *config) {
    (void)state;
    return irq_pass_through(vm, config->irq, config->handler)
               ? NULL
               : "a device's interrupt is not one of the VM's: correct its `irq`";
}

static void passthrough_reset(void *state) {
    (void)state;
}

const struct device_type pl061_device = {
    .type = VM_DEVICE_PL061,
    .name = "pl061",
    .create = passthrough_create,
    .reset = passthrough_reset,
};
