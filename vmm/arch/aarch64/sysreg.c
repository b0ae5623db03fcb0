// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System registers whose accesses the kernel leaves to the VMM. What the table does not name is undefined to
// the guest, with a report.
#include <vmm/arch/aarch64/esr.h>
#include <vmm/arch/aarch64/exception.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/include/vmm/vm.h>

// Registers that read as zero and ignore writes: (register & mask) == match.
struct sysreg_range {
    uint32_t mask, match;
};

#define SYSREG_CRM_ANY (0xfu << 1)
#define SYSREG_CRN_ANY (0xfu << 10)
#define SYSREG_OP1_ANY (0x7u << 14)
#define SYSREG_OP2_ANY (0x7u << 17)
#define SYSREG_ALL     0x3ffc1eu

static const struct sysreg_range zero_ranges[] = {
    // op0 2: debug registers (DDI 0487, D19.3): there are no breakpoints to program.
    {3u << 20, 2u << 20},
    // Performance monitors (D19.5): PMINTENSET/CLR, then op1 3 CRn 9 CRm 12..14, then the event counters.
    {SYSREG_ALL & ~SYSREG_OP2_ANY, SYSREG(3, 0, 9, 14, 0)},
    {SYSREG_ALL & ~SYSREG_OP2_ANY, SYSREG(3, 3, 9, 12, 0)},
    {SYSREG_ALL & ~SYSREG_OP2_ANY, SYSREG(3, 3, 9, 13, 0)},
    {SYSREG_ALL & ~SYSREG_OP2_ANY, SYSREG(3, 3, 9, 14, 0)},
    {SYSREG_ALL & ~SYSREG_OP2_ANY & ~(7u << 1), SYSREG(3, 3, 14, 8, 0)},
    // ACTLR_EL1: nothing to configure.
    {SYSREG_ALL, SYSREG(3, 0, 1, 0, 1)},
    // ICC_ASGI1R_EL1, ICC_SGI0R_EL1 (IHI 0069, 12.2): SGIs to secure groups reach nobody.
    {SYSREG_ALL, SYSREG(3, 0, 12, 11, 6)},
    {SYSREG_ALL, SYSREG(3, 0, 12, 11, 7)},
};

static bool sysreg_is_zero(uint32_t reg) {
    for (unsigned i = 0; i < sizeof(zero_ranges) / sizeof(zero_ranges[0]); i++)
        if ((reg & zero_ranges[i].mask) == zero_ranges[i].match)
            return true;
    return false;
}

void sysreg_access(struct vcpu *vcpu, uint64_t esr) {
    uint32_t reg = ESR_SYSREG_REGISTER(esr);
    uint64_t registers[SEL4_REG_COUNT];
    vcpu_read_registers(vcpu, registers, SEL4_REG_COUNT);
    if (!sysreg_is_zero(reg)) {
        vm_report_guest(vcpu->vm,
                        "%s of system register S%u_%u_C%u_C%u_%u, PC 0x%lx: the guest has no such register",
                        ESR_SYSREG_READ(esr) ? "read" : "write", (unsigned)(reg >> 20 & 3),
                        (unsigned)(reg >> 14 & 7), (unsigned)(reg >> 10 & 15), (unsigned)(reg >> 1 & 15),
                        (unsigned)(reg >> 17 & 7), (unsigned long)registers[SEL4_REG_PC]);
        exception_take_undefined(vcpu);
        return;
    }
    if (ESR_SYSREG_READ(esr) && ESR_SYSREG_RT(esr) != 31)
        registers[register_index[ESR_SYSREG_RT(esr)]] = 0;
    registers[SEL4_REG_PC] += 4;
    vcpu_write_registers(vcpu, registers, SEL4_REG_COUNT);
}
