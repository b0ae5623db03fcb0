// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The words of AArch64 that kernel, user side and host tools share: object sizes, page attributes, registers,
// guest accesses, exit masks. Included by abi/types.h alone.
#ifndef ABI_ARCH_AARCH64_TYPES_H
#define ABI_ARCH_AARCH64_TYPES_H

// log2 of object sizes in bytes.
enum {
    SEL4_VSPACE_BITS = 13,
    SEL4_PAGE_TABLE_BITS = 12,
    SEL4_VCPU_BITS = 12,
    SEL4_SMALL_PAGE_BITS = 12,
    SEL4_LARGE_PAGE_BITS = 21,
    SEL4_HUGE_PAGE_BITS = 30,
    SEL4_ASID_POOL_BITS = 12,
};

// Page attributes (Page_Map, PageTable_Map).
#define PAGE_ATTRIBUTE(constant, value, text) constant = value,
enum sel4_page_attribute {
#include <abi/values.def>
};

// The user context of TCB_ReadRegisters and TCB_WriteRegisters, in that order; the first SEL4_FRAME_REGS are
// the frame registers.
#define USER_REGISTER(constant, value, text) constant = value,
enum sel4_user_register {
#include <abi/values.def>
    SEL4_REG_COUNT
};
_Static_assert(SEL4_REG_COUNT == 36, "user context length");
#define SEL4_FRAME_REGS 17

// Registers of VCPU_ReadReg and VCPU_WriteReg.
#define VCPU_REGISTER(constant, value, text) constant = value,
enum sel4_vcpu_register {
#include <abi/values.def>
    SEL4_VCPU_REG_COUNT
};
_Static_assert(SEL4_VCPU_REG_COUNT == 24, "vCPU register count");
// Ours.
#define GLACIS_REGISTER(constant, value, text) constant = value,
enum glacis_vcpu_register {
#include <abi/values.def>
    GLACIS_VCPU_REG_END
};

// MR1 of GLACIS_FAULT_ACCESS: bytes | write << 8 | sign << 9 | reg << 16 | sf << 24 | big endian << 25.
#define GLACIS_ACCESS_BYTES(m) ((unsigned)((m)&0xff))
#define GLACIS_ACCESS_WRITE    (1u << 8)
#define GLACIS_ACCESS_SIGN     (1u << 9)
#define GLACIS_ACCESS_REG(m)   ((unsigned)(((m) >> 16) & 0xff))
#define GLACIS_ACCESS_SF       (1u << 24)
// The guest's data accesses are big endian (SCTLR_EL1.EE at EL1, E0E at EL0): the bytes of the value to
// store, and of the value replied, are in the guest's order.
#define GLACIS_ACCESS_BIG_ENDIAN (1u << 25)
// Label of the reply to it.
enum glacis_access_reply {
    GLACIS_ACCESS_DONE =
        0, // MR0 goes to the register of a load (sized and sign-extended by the kernel); step over
    GLACIS_ACCESS_RESTART = 1, // run the instruction again
    GLACIS_ACCESS_ABORT = 2,   // the guest takes a synchronous external abort
};
// Of the reply to GLACIS_FAULT_HVC and GLACIS_FAULT_SMC.
enum glacis_call_reply {
    GLACIS_CALL_DONE = 0,      // words to x0 and on; step over
    GLACIS_CALL_RESTART = 1,   // go on at the PC
    GLACIS_CALL_UNDEFINED = 2, // the guest takes an undefined-instruction exception
};
#define GLACIS_CALL_WORDS 4

// VCPU_SetExitMask.
#define EXIT_BIT(constant, value, text) constant = value,
enum glacis_exit_mask {
#include <abi/values.def>
};
#define EXIT_BIT(constant, value, text) | (value)
enum {
    GLACIS_EXIT_MASK_ALL = 0
#include <abi/values.def>
};

// VCPU_UpdateIRQ: the state of a virtual interrupt.
enum glacis_irq_state {
    GLACIS_IRQ_PENDING = 1,
    GLACIS_IRQ_ACTIVE = 2,
    GLACIS_IRQ_ENABLED = 4, // of interrupts that VCPU_BindIRQ bound
    GLACIS_IRQ_STATE_ALL = 7,
};

// VCPU_BindIRQ, VCPU_BindVPPI: bit 8 of the priority. The virtual interrupt is of the group that guests of
// this GIC do not use by themselves: 1 on GICv2, 0 on GICv3. Without it, of the other one.
#define GLACIS_BIND_OTHER_GROUP 0x100

// VCPU_InjectIRQ: bit 40 of its word, and the word of a VGICMaintenance fault that is no list register.
#define GLACIS_INJECT_EVICT (1ull << 40)
enum glacis_irq_end {
    GLACIS_END_EVICTED = 0x1000, // and the INTID
    GLACIS_END_LOOK = 0x13ff,    // look at all: several have ended, or a list register may be had
};

// VCPU_Statistics: index, and the words of GLACIS_STAT_EXITS.
#define STATISTIC(constant, value, text) constant = value,
enum glacis_statistics {
#include <abi/values.def>
};
#define EXIT_CAUSE(constant, value, text) constant = value,
enum glacis_exit_cause {
#include <abi/values.def>
    GLACIS_CAUSE_COUNT
};

#endif
