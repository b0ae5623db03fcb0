// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Exceptions that the VMM makes the guest take, and what the parts that emulate instructions share.
#ifndef VMM_ARCH_AARCH64_EXCEPTION_H
#define VMM_ARCH_AARCH64_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/types.h>
#include <vmm/include/vmm/vcpu.h>

#define SPSR_MODE(spsr) ((unsigned)((spsr)&0xf))
#define SPSR_AARCH32    (1ull << 4)
#define SPSR_MODE_EL0   0
#define SPSR_MODE_EL1T  4
#define SPSR_MODE_EL1H  5
#define SCTLR_M         (1ull << 0)
#define SCTLR_SPAN      (1ull << 23)
#define SCTLR_E0E       (1ull << 24)
#define SCTLR_EE        (1ull << 25)

// The guest takes an undefined instruction exception at its EL1.
void exception_take_undefined(struct vcpu *vcpu);

// Whether the guest's data accesses at the level of `spsr` are big endian.
bool guest_is_big_endian(struct vcpu *vcpu, uint64_t spsr);

// Translates the guest-virtual `va` through the guest's own stage 1 tables, as EL1 would read it. False when
// it is not mapped, or the tables do not lie in guest RAM.
bool guest_translate(struct vcpu *vcpu, uint64_t va, uint64_t *ipa);

// Serves a data or instruction abort that the processor did not describe (fault message `exit->arch.words`:
// PC, address, whether a fetch, ESR_EL2): performs the instruction, or the guest takes an external abort.
void emulate_abort(struct vcpu *vcpu, struct vcpu_exit *exit);

// Where general register `number` (0..30) stands among the guest's registers.
extern const uint8_t register_index[31];

#endif
