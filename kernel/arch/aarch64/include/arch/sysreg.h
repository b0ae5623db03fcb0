// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System registers by name, and the fields of those that several files use (Arm ARM DDI 0487, chapter D17).
// Writes do not synchronise: an ISB, or the exception return, follows where the next instructions depend on
// them.
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include <kernel/types.h>

#define SYSREG_READ(name)                                                                                    \
    ({                                                                                                       \
        word_t sysreg_value_;                                                                                \
        __asm__ volatile("mrs %0, " name : "=r"(sysreg_value_));                                             \
        sysreg_value_;                                                                                       \
    })
#define SYSREG_WRITE(name, value) __asm__ volatile("msr " name ", %x0" : : "rZ"((word_t)(value)))

static ALWAYS_INLINE void isb(void) {
    __asm__ volatile("isb" ::: "memory");
}

// HCR_EL2.
#define HCR_VM    BIT(0) // stage 2 on
#define HCR_SWIO  BIT(1) // invalidation by set and way also cleans
#define HCR_FMO   BIT(3) // FIQ, IRQ, SError to EL2; virtual ones to EL1
#define HCR_IMO   BIT(4)
#define HCR_AMO   BIT(5)
#define HCR_FB    BIT(9)  // a guest's local TLB and cache maintenance is broadcast
#define HCR_BSU   BIT(10) // its barriers are at least inner shareable
#define HCR_DC    BIT(12) // stage 1 off, default cacheable
#define HCR_TWI   BIT(13)
#define HCR_TWE   BIT(14)
#define HCR_TID3  BIT(18) // ID registers
#define HCR_TSC   BIT(19) // SMC
#define HCR_TIDCP BIT(20) // implementation defined registers
#define HCR_TACR  BIT(21) // ACTLR_EL1
#define HCR_TGE   BIT(27)
#define HCR_RW    BIT(31)
#define HCR_TLOR  BIT(35) // LORegion registers
#define HCR_TERR  BIT(36) // RAS error records
#define HCR_APK   BIT(40) // pointer authentication keys and instructions do not trap
#define HCR_API   BIT(41)

// CPTR_EL2, E2H = 0.
#define CPTR_RES1  0x33ffull // SVE (TZ) and SME (TSM) trap where they exist
#define CPTR_TFP   BIT(10)
#define CPTR_TTA   BIT(20) // trace registers
#define CPTR_TAM   BIT(30) // activity monitors
#define CPTR_TCPAC BIT(31) // CPACR_EL1

// MDCR_EL2.
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM   BIT(6)
#define MDCR_HPME  BIT(7)
#define MDCR_TDA   BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA  BIT(11)
#define MDCR_TPMS  BIT(14) // statistical profiling
#define MDCR_TTRF  BIT(19) // trace filters

// CNTHCTL_EL2, E2H = 0: what EL1 and EL0 reach without a trap.
#define CNTHCTL_EL1PCTEN BIT(0) // physical counter
#define CNTHCTL_EL1PCEN  BIT(1) // physical timer

// ESR_ELx.
#define ESR_EC(esr)  ((unsigned)((esr) >> 26) & 0x3f)
#define ESR_IL       BIT(25)
#define ESR_ISV      BIT(24)
#define ESR_SAS(esr) ((unsigned)((esr) >> 22) & 3)
#define ESR_SSE      BIT(21)
#define ESR_SRT(esr) ((unsigned)((esr) >> 16) & 31)
#define ESR_SF       BIT(15)
#define ESR_S1PTW    BIT(7)
#define ESR_WNR      BIT(6)
#define ESR_FSC(esr) ((unsigned)(esr)&0x3f)
#define FSC_EXTERNAL 0x10u // synchronous external abort
enum exception_class {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_CP15_32 = 0x03,
    EC_CP15_64 = 0x04,
    EC_CP14_32 = 0x05,
    EC_CP14_LDC = 0x06,
    EC_FP = 0x07,
    EC_CP10_ID = 0x08,
    EC_PAUTH = 0x09,
    EC_LS64 = 0x0a,
    EC_CP14_64 = 0x0c,
    EC_SVC64 = 0x15,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG = 0x18,
    EC_SVE = 0x19,
    EC_SME = 0x1d,
    EC_INSTRUCTION_ABORT = 0x20,
    EC_DATA_ABORT = 0x24,
    EC_DATA_ABORT_SAME = 0x25,
    EC_MOPS = 0x27,
};

// SPSR_EL2 and PSTATE.
#define SPSR_MODE    0x1full
#define SPSR_EL0T    0x0ull
#define SPSR_EL1T    0x4ull
#define SPSR_EL1H    0x5ull
#define SPSR_A32     BIT(4)
#define SPSR_F       BIT(6)
#define SPSR_A32_E   BIT(9) // big endian
#define SPSR_DAIF    (0xfull << 6)
#define SPSR_SSBS    BIT(12)
#define SPSR_SS      BIT(21)
#define SPSR_PAN     BIT(22)
#define SPSR_DIT     BIT(24)
#define SPSR_DIT_A32 BIT(21) // where an AArch32 SPSR has it
#define SPSR_NZCV    (0xfull << 28)
#define SPSR_USER    SPSR_F // what a native thread runs with
#define SCTLR_EE     BIT(25)
#define SCTLR_E0E    BIT(24)
#define SCTLR_SPAN   BIT(23)
#define SCTLR_DSSBS  BIT(44)

#endif
