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

// From here on the VMM runs on the context of its guest, whose exits it handles, and on its own for signals
// (abi/spec.h). The guest has not started, so that what comes is root's signal.
static void become_passive(void) {
    struct sel4_message passive = {.info = sel4_info(VMM_SYSTEM_PASSIVE, 0, 0, 0)};
    seL4_NBSendRecv(VMM_SLOT_SYSTEM, VMM_SLOT_FAULT_ENDPOINT, VMM_SLOT_REPLY, &passive);
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
    if (!error) {
        become_passive();
        error = vm_start(&vm);
    }
    if (error) {
        vm_report(&vm, "cannot start: %s", error);
    } else {
        vm_handle_events(&vm, VMM_BADGE_CONSOLE); // of before
        vm_run(&vm);
    }
    // What the guest printed last must be out before the system learns that the VM has stopped.
    console_flush(&vm.console);
    struct sel4_message stopped = {.info = sel4_info(VMM_SYSTEM_STOPPED, 0, 0, 0)};
    seL4_Send(VMM_SLOT_SYSTEM, &stopped);
    for (;;) // nothing is left to do; the guest's thread is suspended
        seL4_Wait(VMM_SLOT_NOTIFICATION, &stopped);
}
