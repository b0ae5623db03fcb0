// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Entry of the VMM. The first argument is the address of the VM's configuration (vmm/include/vmm/config.h). A
// VM that cannot start says why on its console and counts as stopped.
#include <lib/rt/rt.h>
#include <lib/sys/sys.h>
#include <vmm/include/vmm/vm.h>

static struct vm vm;

static void log_panic(const char *message) {
    vm_report(&vm, "VMM panic: %s", message);
    console_flush(&vm.console);
}

int main(word_t argument0, word_t argument1, word_t argument2, word_t argument3) {
    (void)argument1;
    (void)argument2;
    (void)argument3;
    const struct vm_config *config = (const struct vm_config *)argument0;
    CHECK(config && config->magic == VM_CONFIG_MAGIC);
    vm.config = config; // for reports
    console_init(&vm.console, (struct ring_page *)config->console_ring, NULL);
    rt_panic_log = log_panic;
    const char *error = vm_create(&vm, config);
    if (!error)
        error = vm_start(&vm);
    if (error)
        vm_report(&vm, "cannot start: %s", error);
    else
        vm_run(&vm);
    // What the guest printed last must be out before the system learns that the VM has stopped.
    console_flush(&vm.console);
    struct sel4_message stopped = {.info = sel4_info(VMM_SYSTEM_STOPPED, 0, 0, 0)};
    seL4_Send(VMM_SLOT_SYSTEM, &stopped);
    for (;;) // nothing is left to do; the guest's thread is suspended
        seL4_Wait(VMM_SLOT_NOTIFICATION, &stopped);
}
