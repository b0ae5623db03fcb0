// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The words that kernel, user side and host tools share: object types, errors, message layout, rights, fault
// labels. Everything here is the seL4 API, MCS variant, AArch64; what is ours has a number of its own (from
// 0x1000, faults from 0x100). Invariant: this folder includes nothing but <stdint.h>, <stddef.h> and itself;
// it compiles for every target and for the host.
#ifndef ABI_TYPES_H
#define ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t word_t;
typedef uint64_t cptr_t; // a capability's address in a CSpace

// Object types, as Untyped_Retype takes them.
enum sel4_object_type {
    SEL4_OBJECT_UNTYPED = 0,
    SEL4_OBJECT_TCB = 1,
    SEL4_OBJECT_ENDPOINT = 2,
    SEL4_OBJECT_NOTIFICATION = 3,
    SEL4_OBJECT_CNODE = 4,
    SEL4_OBJECT_SCHED_CONTEXT = 5,
    SEL4_OBJECT_REPLY = 6,
    SEL4_OBJECT_HUGE_PAGE = 7,
    SEL4_OBJECT_VSPACE = 8,
    SEL4_OBJECT_SMALL_PAGE = 9,
    SEL4_OBJECT_LARGE_PAGE = 10,
    SEL4_OBJECT_PAGE_TABLE = 11,
    SEL4_OBJECT_VCPU = 12,
    SEL4_OBJECT_COUNT = 13,
};

// log2 of object sizes in bytes.
enum {
    SEL4_TCB_BITS = 11,
    SEL4_ENDPOINT_BITS = 4,
    SEL4_NOTIFICATION_BITS = 6,
    SEL4_SLOT_BITS = 5,
    SEL4_MIN_SCHED_CONTEXT_BITS = 7,
    SEL4_REPLY_BITS = 5,
    SEL4_VSPACE_BITS = 13,
    SEL4_PAGE_TABLE_BITS = 12,
    SEL4_VCPU_BITS = 12,
    SEL4_SMALL_PAGE_BITS = 12,
    SEL4_LARGE_PAGE_BITS = 21,
    SEL4_HUGE_PAGE_BITS = 30,
    SEL4_ASID_POOL_BITS = 12,
    SEL4_MIN_UNTYPED_BITS = 4,
    SEL4_MAX_UNTYPED_BITS = 47,
    SEL4_WORD_BITS = 64,
};

// Error labels of a kernel reply.
enum sel4_error {
    SEL4_NO_ERROR = 0,
    SEL4_INVALID_ARGUMENT = 1,
    SEL4_INVALID_CAPABILITY = 2,
    SEL4_ILLEGAL_OPERATION = 3,
    SEL4_RANGE_ERROR = 4,
    SEL4_ALIGNMENT_ERROR = 5,
    SEL4_FAILED_LOOKUP = 6,
    SEL4_TRUNCATED_MESSAGE = 7,
    SEL4_DELETE_FIRST = 8,
    SEL4_REVOKE_FIRST = 9,
    SEL4_NOT_ENOUGH_MEMORY = 10,
};

enum sel4_lookup_failure {
    SEL4_LOOKUP_INVALID_ROOT = 1,
    SEL4_LOOKUP_MISSING_CAPABILITY = 2, // bitsLeft
    SEL4_LOOKUP_DEPTH_MISMATCH = 3,     // bitsLeft, bitsFound
    SEL4_LOOKUP_GUARD_MISMATCH = 4,     // bitsLeft, guardFound, guardBits
};

// Fault labels.
enum sel4_fault {
    SEL4_FAULT_NULL = 0,
    SEL4_FAULT_CAP = 1,
    SEL4_FAULT_UNKNOWN_SYSCALL = 2,
    SEL4_FAULT_USER_EXCEPTION = 3,
    SEL4_FAULT_TIMEOUT = 5,
    SEL4_FAULT_VM = 6,
    SEL4_FAULT_VGIC_MAINTENANCE = 7,
    SEL4_FAULT_VCPU = 8,
    SEL4_FAULT_VPPI_EVENT = 9,
    GLACIS_FAULT_ACCESS = 0x100, // a decoded guest access: IPA, GLACIS_ACCESS_*, value to store, PC
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

// MessageInfo: length[6:0] | extraCaps[8:7] | capsUnwrapped[11:9] | label[63:12].
#define SEL4_MSG_MAX_LENGTH     120
#define SEL4_MSG_MAX_EXTRA_CAPS 3
#define SEL4_FAST_MESSAGE_REGS  4

static inline word_t sel4_info(word_t label, word_t unwrapped, word_t extra_caps, word_t length) {
    return label << 12 | unwrapped << 9 | extra_caps << 7 | length;
}
static inline word_t sel4_info_label(word_t info) {
    return info >> 12;
}
static inline word_t sel4_info_extra_caps(word_t info) {
    return info >> 7 & 3;
}
static inline word_t sel4_info_length(word_t info) {
    return info & 0x7f;
}

// Capability rights.
enum {
    SEL4_RIGHT_WRITE = 1,
    SEL4_RIGHT_READ = 2,
    SEL4_RIGHT_GRANT = 4,
    SEL4_RIGHT_GRANT_REPLY = 8,
    SEL4_RIGHTS_ALL = 15,
};

// CNode data word: guardSize[5:0], guard[63:6].
static inline word_t sel4_cnode_data(word_t guard, word_t guard_bits) {
    return guard << 6 | guard_bits;
}

// Page attributes (Page_Map, PageTable_Map).
enum {
    SEL4_PAGE_CACHEABLE = 1,
    SEL4_PAGE_PARITY = 2,
    SEL4_PAGE_EXECUTE_NEVER = 4,
    SEL4_PAGE_DEFAULT = 3,
};

// The IPC buffer: 1 KiB, 1 KiB aligned.
struct sel4_ipc_buffer {
    word_t tag;
    word_t msg[SEL4_MSG_MAX_LENGTH];
    word_t user_data;
    word_t caps_or_badges[SEL4_MSG_MAX_EXTRA_CAPS];
    cptr_t receive_cnode;
    cptr_t receive_index;
    word_t receive_depth;
};
_Static_assert(offsetof(struct sel4_ipc_buffer, user_data) == 968, "IPC buffer layout");
_Static_assert(offsetof(struct sel4_ipc_buffer, caps_or_badges) == 976, "IPC buffer layout");
_Static_assert(offsetof(struct sel4_ipc_buffer, receive_depth) == 1016, "IPC buffer layout");
_Static_assert(sizeof(struct sel4_ipc_buffer) == 1024, "IPC buffer size");
#define SEL4_IPC_BUFFER_BITS 10

// The capability types that DebugCapIdentify reports.
enum sel4_cap_type {
    SEL4_CAP_NULL = 0,
    SEL4_CAP_FRAME = 1,
    SEL4_CAP_UNTYPED = 2,
    SEL4_CAP_PAGE_TABLE = 3,
    SEL4_CAP_ENDPOINT = 4,
    SEL4_CAP_NOTIFICATION = 6,
    SEL4_CAP_REPLY = 8,
    SEL4_CAP_VSPACE = 9,
    SEL4_CAP_CNODE = 10,
    SEL4_CAP_ASID_CONTROL = 11,
    SEL4_CAP_TCB = 12,
    SEL4_CAP_ASID_POOL = 13,
    SEL4_CAP_IRQ_CONTROL = 14,
    SEL4_CAP_VCPU = 15,
    SEL4_CAP_IRQ_HANDLER = 16,
    SEL4_CAP_ZOMBIE = 18,
    SEL4_CAP_DOMAIN = 20,
    SEL4_CAP_SCHED_CONTEXT = 22,
    SEL4_CAP_SCHED_CONTROL = 24,
    SEL4_CAP_SMC = 26,
    SEL4_CAP_SGI = 27,
};

// The user context of TCB_ReadRegisters and TCB_WriteRegisters, in that order.
enum sel4_user_register {
    SEL4_REG_PC,
    SEL4_REG_SP,
    SEL4_REG_SPSR,
    SEL4_REG_X0,
    SEL4_REG_X1,
    SEL4_REG_X2,
    SEL4_REG_X3,
    SEL4_REG_X4,
    SEL4_REG_X5,
    SEL4_REG_X6,
    SEL4_REG_X7,
    SEL4_REG_X8,
    SEL4_REG_X16,
    SEL4_REG_X17,
    SEL4_REG_X18,
    SEL4_REG_X29,
    SEL4_REG_X30, // the 17 frame registers end here
    SEL4_REG_X9,
    SEL4_REG_X10,
    SEL4_REG_X11,
    SEL4_REG_X12,
    SEL4_REG_X13,
    SEL4_REG_X14,
    SEL4_REG_X15,
    SEL4_REG_X19,
    SEL4_REG_X20,
    SEL4_REG_X21,
    SEL4_REG_X22,
    SEL4_REG_X23,
    SEL4_REG_X24,
    SEL4_REG_X25,
    SEL4_REG_X26,
    SEL4_REG_X27,
    SEL4_REG_X28,
    SEL4_REG_TPIDR_EL0,
    SEL4_REG_TPIDRRO_EL0,
    SEL4_REG_COUNT,
};
_Static_assert(SEL4_REG_COUNT == 36, "user context length");
#define SEL4_FRAME_REGS 17

// Registers of VCPU_ReadReg and VCPU_WriteReg.
enum sel4_vcpu_register {
    SEL4_VCPU_SCTLR,
    SEL4_VCPU_CPACR,
    SEL4_VCPU_TTBR0,
    SEL4_VCPU_TTBR1,
    SEL4_VCPU_TCR,
    SEL4_VCPU_MAIR,
    SEL4_VCPU_AMAIR,
    SEL4_VCPU_CIDR,
    SEL4_VCPU_ACTLR,
    SEL4_VCPU_AFSR0,
    SEL4_VCPU_AFSR1,
    SEL4_VCPU_ESR,
    SEL4_VCPU_FAR,
    SEL4_VCPU_PAR,
    SEL4_VCPU_VBAR,
    SEL4_VCPU_TPIDR_EL1,
    SEL4_VCPU_VMPIDR_EL2,
    SEL4_VCPU_SP_EL1,
    SEL4_VCPU_ELR_EL1,
    SEL4_VCPU_SPSR_EL1,
    SEL4_VCPU_CNTV_CTL,
    SEL4_VCPU_CNTV_CVAL,
    SEL4_VCPU_CNTVOFF,
    SEL4_VCPU_CNTKCTL,
    SEL4_VCPU_REG_COUNT,
};
_Static_assert(SEL4_VCPU_REG_COUNT == 24, "vCPU register count");

// VCPU_SetExitMask.
enum glacis_exit_mask {
    GLACIS_EXIT_HVC = 1 << 0,        // every hvc is a VCPUFault, never a system call
    GLACIS_EXIT_WFI_AUTO = 1 << 1,   // WFI traps only while another thread is ready, or queued for release
    GLACIS_EXIT_WFX_NATIVE = 1 << 2, // WFI and WFE never trap
    GLACIS_EXIT_SGI = 1 << 3,        // GICv3: the kernel delivers ICC_SGI1R_EL1 among the vCPUs of the VM
    GLACIS_EXIT_PTIMER = 1 << 4,     // accesses to the EL1 physical timer are VCPUFaults
    GLACIS_EXIT_DECODED = 1 << 5,    // data aborts with a valid syndrome are GLACIS_FAULT_ACCESS
    GLACIS_EXIT_WFI_WAIT = 1 << 6,   // a WFI that traps waits in the kernel for the vCPU's next interrupt
    GLACIS_EXIT_MASK_ALL = 0x7f,
};

// VCPU_Statistics: words of each index.
enum glacis_statistics {
    GLACIS_STAT_EXITS = 0, // GLACIS_CAUSE_COUNT words: exits of this vCPU by cause
    GLACIS_STAT_INSTRUCTIONS =
        1, // guest EL0, guest EL1, EL0 outside guests, EL2: retired instructions of the core since boot
    GLACIS_STAT_BOOT = 2, // physical counter at the first entry of this vCPU, counter frequency in Hz
};
enum glacis_exit_cause {
    GLACIS_CAUSE_IRQ,
    GLACIS_CAUSE_MMIO,
    GLACIS_CAUSE_HVC,
    GLACIS_CAUSE_SMC,
    GLACIS_CAUSE_SYSREG,
    GLACIS_CAUSE_WFX,
    GLACIS_CAUSE_SGI,
    GLACIS_CAUSE_MAINTENANCE,
    GLACIS_CAUSE_PREEMPT,
    GLACIS_CAUSE_OTHER,
    GLACIS_CAUSE_COUNT,
};

#endif
