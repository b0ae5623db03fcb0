// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Virtual interrupts as the VMM's neutral part sees them. Implemented by the architecture's virtual interrupt
// controller (AArch64: vmm/arch/aarch64/vgic.c); devices use irq_set_level and irq_pulse alone.
//
// A level line is the device's wire: it stays pending as long as it is high, and the controller samples it
// again when the guest ends the interrupt; lowering it withdraws an interrupt that the guest has not
// acknowledged. Calling with the level that the line already has costs a comparison.
#ifndef VMM_IRQ_H
#define VMM_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct vm;

// Drives the shared interrupt line `intid` (>= 32, < interrupt_count; others are ignored).
void irq_set_level(struct vm *vm, unsigned intid, bool high);

// An edge on `intid`: pending once, whatever follows.
void irq_pulse(struct vm *vm, unsigned intid);

// The interrupt `intid` is the board's own of that number: the kernel delivers it to the guest, and the
// controller tells it what the guest sets. `handler`: slot of its handler. False: there is no such interrupt.
bool irq_pass_through(struct vm *vm, unsigned intid, uint64_t handler);
// Creates the controller: adds its regions to vm->bus, sets vm->irq. Called once, before the devices are
// created. Returns NULL, or why it cannot.
const char *irq_controller_create(struct vm *vm);

// Reset state of the whole controller, and of what the kernel holds for it (list registers, timer binding,
// SGI enables). Called before each start of the guest, before the devices' reset.
void irq_controller_reset(struct vm *vm);

// The guest ended an interrupt that was in list register `list_register`; or another word of the
// architecture's says what happened (AArch64: enum glacis_irq_end). Called by the exit loop; the vCPU is
// stopped meanwhile.
void irq_handle_end(struct vcpu *vcpu, int list_register);

// A private hardware interrupt of the vCPU (the virtual timer) fired while it was not bound; the kernel keeps
// it masked until arch_vcpu_ack_timer.
void irq_handle_private(struct vcpu *vcpu, unsigned intid);

#endif
