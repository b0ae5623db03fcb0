// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The exit loop: one exit, one answer.
//
// Invariants: 1. every exit leaves its outcome in the exit before the next arch_vcpu_run; 2. a mistake of the
// guest ends in a report and an abort in the guest, never here; 3. stop and reset are taken up between two
// exits alone.
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/run.h>

static void run_refuse_access(struct vcpu *vcpu, struct vcpu_exit *access) {
    struct vm *vm = vcpu->vm;
    const struct bus_region *region = bus_find_region(&vm->bus, access->ipa);
    const char *kind = access->write ? "store" : "load";
    access->outcome = VCPU_ABORT;
    if (region) {
        vm_report_guest(vm, "%s of %u bytes at 0x%lx, PC 0x%lx: %s knows no access of this size or alignment",
                        kind, access->bytes, (unsigned long)access->ipa, (unsigned long)access->pc,
                        region->name);
        return;
    }
    const struct bus_region *nearest = bus_nearest_region(&vm->bus, access->ipa);
    if (!nearest) {
        vm_report_guest(vm, "%s of %u bytes at 0x%lx, PC 0x%lx: nothing is there, and the VM has no device",
                        kind, access->bytes, (unsigned long)access->ipa, (unsigned long)access->pc);
        return;
    }
    vm_report_guest(vm,
                    "%s of %u bytes at 0x%lx, PC 0x%lx: nothing is there; nearest device: %s at 0x%lx-0x%lx",
                    kind, access->bytes, (unsigned long)access->ipa, (unsigned long)access->pc, nearest->name,
                    (unsigned long)nearest->ipa, (unsigned long)(nearest->ipa + nearest->size - 1));
}

void run_access(struct vcpu *vcpu, struct vcpu_exit *access) {
    access->outcome = VCPU_DONE;
    if (!bus_access(&vcpu->vm->bus, vcpu, access->ipa, access->bytes, access->write, &access->value))
        run_refuse_access(vcpu, access);
    else if (!access->write)
        access->value &= ~0ull >> (64 - 8 * access->bytes);
}

static void run_exit_handled(struct vcpu *vcpu, struct vcpu_exit *exit) {
    (void)vcpu, (void)exit;
}

static void run_exit_event(struct vcpu *vcpu, struct vcpu_exit *exit) {
    vm_handle_events(vcpu->vm, exit->events);
    exit->outcome = VCPU_RESTART;
}

static void run_exit_interrupt_end(struct vcpu *vcpu, struct vcpu_exit *exit) {
    irq_handle_end(vcpu, exit->list_register);
    exit->outcome = VCPU_RESTART;
}

static void run_exit_private_irq(struct vcpu *vcpu, struct vcpu_exit *exit) {
    irq_handle_private(vcpu, exit->intid);
    exit->outcome = VCPU_RESTART;
}

static void (*const exit_table[VCPU_EXIT_COUNT])(struct vcpu *, struct vcpu_exit *) = {
    [VCPU_EXIT_ACCESS] = run_access,
    [VCPU_EXIT_HANDLED] = run_exit_handled,
    [VCPU_EXIT_EVENT] = run_exit_event,
    [VCPU_EXIT_INTERRUPT_END] = run_exit_interrupt_end,
    [VCPU_EXIT_PRIVATE_IRQ] = run_exit_private_irq,
    [VCPU_EXIT_ARCH] = arch_vcpu_handle_exit,
};

void vm_run(struct vm *vm) {
    struct vcpu *vcpu = &vm->vcpus[0];
    struct vcpu_exit *exit = &vcpu->exit;
    do {
        do {
            arch_vcpu_run(vcpu, exit);
            exit_table[exit->kind](vcpu, exit);
        } while (__builtin_expect(!vm->attention, 1));
        vm_attend(vm);
    } while (vm->state == VM_RUNNING);
}
