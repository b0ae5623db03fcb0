// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the AArch64 parts of the VMM ask of the kernel about a virtual CPU, one function an invocation, so
// that the virtual interrupt controller and the decoder can be tested on a host. Implemented in vcpu.c alone.
#ifndef VMM_ARCH_AARCH64_VCPU_H
#define VMM_ARCH_AARCH64_VCPU_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/types.h>

struct vcpu;

// The first `count` of the guest's PC, SP, SPSR and general registers, as enum sel4_user_register numbers
// them. SP is SP_EL0; the stack pointer of EL1 is SEL4_VCPU_SP_EL1. The guest must be stopped in an exit.
void vcpu_read_registers(struct vcpu *vcpu, uint64_t *registers, unsigned count);
void vcpu_write_registers(struct vcpu *vcpu, const uint64_t *registers, unsigned count);

// A system register, enum sel4_vcpu_register or glacis_vcpu_register.
uint64_t vcpu_read_system(struct vcpu *vcpu, unsigned reg);
void vcpu_write_system(struct vcpu *vcpu, unsigned reg, uint64_t value);

// VCPU_InjectIRQ: virtual interrupt `vintid` with `priority` (0..31, the upper 5 bits of the GIC's 8) and
// `group` (0, 1) into list register `list_register`. False when that register holds an active interrupt, or
// one of the kernel's, or does not exist. `evicts`: in the place of an active one, which goes on without a
// list register; false when there is none, and then the VMM hears of it (GLACIS_END_LOOK) when no list
// register is pending.
bool vcpu_inject_irq(struct vcpu *vcpu, unsigned vintid, unsigned priority, unsigned group,
                     unsigned list_register, bool evicts);

// The same for one of the lower half of the list registers that is known to be empty: in effect when the
// guest goes on behind its exit, at the latest.
void vcpu_inject_irq_soon(struct vcpu *vcpu, unsigned vintid, unsigned priority, unsigned group,
                          unsigned list_register);

// VCPU_UpdateIRQ: sets and clears bits (1 pending, 2 active) of `vintid` as the kernel holds it. Returns the
// bits before.
unsigned vcpu_update_irq(struct vcpu *vcpu, unsigned vintid, unsigned set, unsigned clear);

// VCPU_BindVPPI / VCPU_UnbindIRQ: the private interrupt `intid` of the vCPU's own hardware (timers, PMU)
// reaches the guest as `vintid` with `priority` (8 bits) without the VMM. Binding again changes the priority.
void vcpu_bind_ppi(struct vcpu *vcpu, unsigned intid, unsigned vintid, unsigned priority);
// VCPU_BindIRQ: the interrupt of the handler in slot `handler` reaches the guest as `vintid`; at first
// disabled (vcpu_update_irq). Binding again changes the priority.
void vcpu_bind_irq(struct vcpu *vcpu, unsigned handler, unsigned vintid, unsigned priority);
void vcpu_unbind_irq(struct vcpu *vcpu, unsigned vintid);

// VCPU_AckVPPI: the private interrupt `intid` may fire, again.
void vcpu_ack_ppi(struct vcpu *vcpu, unsigned intid);

// VCPU_ResetIRQs: the CPU interface is as new.
void vcpu_reset_irqs(struct vcpu *vcpu);
// VCPU_SetSGIs: which SGIs the guest has enabled (16 bits), which are of group 0 (16 more), and their
// priorities, a byte each.
void vcpu_set_sgis(struct vcpu *vcpu, unsigned enabled, uint64_t priorities_0_7, uint64_t priorities_8_15);

#endif
