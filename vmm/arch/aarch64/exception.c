// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Exception entry to the guest's EL1 as the processor does it (DDI 0487, D1.4.1 and the pseudocode function
// AArch64.TakeException).
#include <vmm/arch/aarch64/esr.h>
#include <vmm/arch/aarch64/exception.h>
#include <vmm/arch/aarch64/vcpu.h>

#define SPSR_NZCV (0xfull << 28)
#define SPSR_DAIF 0x3c0ull
#define SPSR_PAN  (1ull << 22)

// Vectors, from VBAR_EL1 (DDI 0487, D1.4.1, table D1-6).
enum vector { VECTOR_EL1T = 0x000, VECTOR_EL1H = 0x200, VECTOR_LOWER_64 = 0x400, VECTOR_LOWER_32 = 0x600 };

const uint8_t register_index[31] = {
    SEL4_REG_X0,  SEL4_REG_X1,  SEL4_REG_X2,  SEL4_REG_X3,  SEL4_REG_X4,  SEL4_REG_X5,  SEL4_REG_X6,
    SEL4_REG_X7,  SEL4_REG_X8,  SEL4_REG_X9,  SEL4_REG_X10, SEL4_REG_X11, SEL4_REG_X12, SEL4_REG_X13,
    SEL4_REG_X14, SEL4_REG_X15, SEL4_REG_X16, SEL4_REG_X17, SEL4_REG_X18, SEL4_REG_X19, SEL4_REG_X20,
    SEL4_REG_X21, SEL4_REG_X22, SEL4_REG_X23, SEL4_REG_X24, SEL4_REG_X25, SEL4_REG_X26, SEL4_REG_X27,
    SEL4_REG_X28, SEL4_REG_X29, SEL4_REG_X30,
};

static enum vector vector_of(uint64_t spsr) {
    if (spsr & SPSR_AARCH32)
        return VECTOR_LOWER_32;
    if (SPSR_MODE(spsr) == SPSR_MODE_EL0)
        return VECTOR_LOWER_64;
    return SPSR_MODE(spsr) == SPSR_MODE_EL1H ? VECTOR_EL1H : VECTOR_EL1T;
}

void exception_take_undefined(struct vcpu *vcpu) {
    uint64_t registers[SEL4_REG_SPSR + 1]; // PC, SP, SPSR
    vcpu_read_registers(vcpu, registers, SEL4_REG_SPSR + 1);
    uint64_t spsr = registers[SEL4_REG_SPSR];
    vcpu_write_system(vcpu, SEL4_VCPU_ESR, ESR_MAKE(ESR_EC_UNKNOWN) | ESR_IL);
    vcpu_write_system(vcpu, SEL4_VCPU_ELR_EL1, registers[SEL4_REG_PC]);
    vcpu_write_system(vcpu, SEL4_VCPU_SPSR_EL1, spsr);
    // SCTLR_EL1.SPAN clear: the exception sets PAN (RES1 where the processor has no PAN).
    bool set_pan = !(vcpu_read_system(vcpu, SEL4_VCPU_SCTLR) & SCTLR_SPAN);
    registers[SEL4_REG_SPSR] =
        (spsr & (SPSR_NZCV | SPSR_PAN)) | SPSR_DAIF | SPSR_MODE_EL1H | (set_pan ? SPSR_PAN : 0);
    registers[SEL4_REG_PC] = vcpu_read_system(vcpu, SEL4_VCPU_VBAR) + vector_of(spsr);
    vcpu_write_registers(vcpu, registers, SEL4_REG_SPSR + 1);
}

bool guest_is_big_endian(struct vcpu *vcpu, uint64_t spsr) {
    uint64_t sctlr = vcpu_read_system(vcpu, SEL4_VCPU_SCTLR);
    return sctlr & (SPSR_MODE(spsr) == SPSR_MODE_EL0 ? SCTLR_E0E : SCTLR_EE);
}
