// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The vCPU on the kernel's interface: the guest's thread faults, the VMM replies (vmm/include/vmm/vcpu.h),
// and the invocations that the other AArch64 parts need (vcpu.h). No other file of the AArch64 part calls the
// kernel.
//
// Invariant: a reply that no fault waits for has no effect (the kernel's rule for stale replies), so that the
// same call goes on after a fault, after a notification, and after a reset.
#include <lib/rt/rt.h>
#include <lib/sys/sys.h>
#include <vmm/arch/aarch64/psci.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/include/vmm/bus.h>
#include <vmm/include/vmm/vm.h>

// SPSR_EL2 of the guest's first instruction: EL1h, D, A, I and F masked (booting.rst, section 4).
#define SPSR_START 0x3c5
// SCTLR_EL1 (DDI 0487, D19.2.118): the RES1 bits of Armv8.0 (29, 28, 23, 22, 20, 11); CP15BEN, SA0, SA, nTWI,
// nTWE as Cortex-A cores reset them; MMU and caches off, little endian.
#define SCTLR_START 0x30d50838
#define MPIDR_START 0x80000000 // bit 31 is RES1; affinity 0
#define CPACR_START 0

// Writing it makes CNTVCT start at 0 at the vCPU's next first entry (abi: VCPU_WriteReg of CNTVOFF).
#define CNTVOFF_START_AT_ZERO (~0ull)

#define CTR_DMINLINE(ctr) ((ctr) >> 16 & 0xf) // log2 of words, CTR_EL0 (DDI 0487, D19.2.34)
#define CTR_IMINLINE(ctr) ((ctr)&0xf)

_Static_assert((int)VCPU_DONE == (int)GLACIS_ACCESS_DONE, "outcomes are reply labels");
_Static_assert((int)VCPU_RESTART == (int)GLACIS_ACCESS_RESTART, "outcomes are reply labels");
_Static_assert((int)VCPU_ABORT == (int)GLACIS_ACCESS_ABORT, "outcomes are reply labels");
_Static_assert((int)VCPU_DONE == (int)GLACIS_CALL_DONE && (int)VCPU_RESTART == (int)GLACIS_CALL_RESTART,
               "outcomes are reply labels");

// An invocation of ours that fails is our own bug: the arguments are checked before.
static inline void check(enum sel4_error error) {
    CHECK(error == SEL4_NO_ERROR);
}

const char *arch_vcpu_create(struct vcpu *vcpu) {
    static const word_t wfi_masks[] = {
        [VM_WFI_AUTO] = GLACIS_EXIT_WFI_AUTO | GLACIS_EXIT_WFI_WAIT,
        [VM_WFI_NATIVE] = GLACIS_EXIT_WFX_NATIVE,
        [VM_WFI_TRAP] = GLACIS_EXIT_WFI_WAIT,
    };
    uint32_t wfi = vcpu->vm->config->wfi;
    if (wfi >= sizeof(wfi_masks) / sizeof(wfi_masks[0]))
        return "the VM's `wfi` is none of auto, native, trap";
    check(seL4_VCPU_SetExitMask(VMM_SLOT_GUEST_VCPU, GLACIS_EXIT_HVC | GLACIS_EXIT_CALL |
                                                         GLACIS_EXIT_DECODED | GLACIS_EXIT_SGI |
                                                         wfi_masks[wfi]));
    return NULL;
}

void arch_vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t dtb) {
    static const word_t system[SEL4_VCPU_REG_COUNT] = {
        [SEL4_VCPU_SCTLR] = SCTLR_START,
        [SEL4_VCPU_CPACR] = CPACR_START,
        [SEL4_VCPU_VMPIDR_EL2] = MPIDR_START,
        [SEL4_VCPU_CNTVOFF] = CNTVOFF_START_AT_ZERO,
    };
    for (unsigned i = 0; i < SEL4_VCPU_REG_COUNT; i++)
        check(seL4_VCPU_WriteReg(VMM_SLOT_GUEST_VCPU, i, system[i]));
    // Physical timer and performance monitors are off; CNTVCT was set above.
    for (unsigned i = GLACIS_VCPU_CNTVCT + 1; i < GLACIS_VCPU_REG_END; i++)
        check(seL4_VCPU_WriteReg(VMM_SLOT_GUEST_VCPU, i, 0));
    // booting.rst, section 4: x0 the device tree, x1 to x3 zero.
    const word_t registers[SEL4_REG_COUNT] = {
        [SEL4_REG_PC] = entry,
        [SEL4_REG_SPSR] = SPSR_START,
        [SEL4_REG_X0] = dtb,
    };
    vcpu->exit = (struct vcpu_exit){.outcome = VCPU_RESTART};
    // In an exit the guest waits for the reply, which starts it; a resumption would end the exit, and with it
    // the loan of the guest's context.
    check(seL4_TCB_WriteRegisters(VMM_SLOT_GUEST_TCB, !vcpu->started, SEL4_REG_COUNT, registers));
    vcpu->started = true;
}

void arch_vcpu_stop(struct vcpu *vcpu) {
    (void)vcpu;
    check(seL4_TCB_Suspend(VMM_SLOT_GUEST_TCB));
}

static uint64_t swap_bytes(uint64_t value, unsigned bytes) {
    return __builtin_bswap64(value) >> (64 - 8 * bytes);
}

static void describe_access(struct vcpu_exit *exit, const struct sel4_message *message) {
    word_t access = message->mr[1];
    unsigned bytes = GLACIS_ACCESS_BYTES(access);
    exit->kind = VCPU_EXIT_ACCESS;
    exit->bytes = (uint8_t)bytes;
    exit->write = access & GLACIS_ACCESS_WRITE;
    exit->ipa = message->mr[0];
    exit->pc = message->mr[3];
    exit->arch.access = access;
    exit->value = message->mr[2]; // the kernel has cut it to `bytes`
    if (access & GLACIS_ACCESS_BIG_ENDIAN)
        exit->value = swap_bytes(message->mr[2], bytes);
}

// What was not answered at once.
static __attribute__((noinline)) void describe_exit(struct vcpu_exit *exit, word_t badge,
                                                    struct sel4_message message) {
    exit->arch.access = 0;
    if (badge != VMM_FAULT_BADGE) {
        exit->kind = VCPU_EXIT_EVENT;
        exit->events = badge;
        return;
    }
    exit->arch.label = sel4_info_label(message.info);
    for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS; i++)
        exit->arch.words[i] = message.mr[i];
    switch (exit->arch.label) {
    case GLACIS_FAULT_ACCESS:
        describe_access(exit, &message);
        break;
    case SEL4_FAULT_VGIC_MAINTENANCE:
        exit->kind = VCPU_EXIT_INTERRUPT_END;
        exit->list_register = (int32_t)message.mr[0];
        break;
    case SEL4_FAULT_VPPI_EVENT:
        exit->kind = VCPU_EXIT_PRIVATE_IRQ;
        exit->intid = (uint32_t)message.mr[0];
        break;
    default:
        exit->kind = VCPU_EXIT_ARCH;
        break;
    }
}

// The word of VCPU_InjectIRQ; bits [39:0].
static word_t injection(unsigned vintid, unsigned priority, unsigned group, unsigned list_register) {
    return vintid | (word_t)priority << 16 | (word_t)group << 24 | (word_t)list_register << 32;
}
#define INJECTION_DEFERRED (1ull << 63)

// What would have gone with the reply is done now.
static void inject_deferred(struct vcpu *vcpu) {
    word_t irq = vcpu->deferred;
    if (!irq)
        return;
    vcpu->deferred = 0;
    check(seL4_VCPU_InjectIRQ(VMM_SLOT_GUEST_VCPU, irq & ~INJECTION_DEFERRED));
}

// Accesses and calls are answered here, from registers to registers, as far as that is all they need.
void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit) {
    struct vm *vm = vcpu->vm;
    inject_deferred(vcpu);
    word_t info = sel4_info(exit->outcome, 0, 0, 1), value = exit->value, irq = 0;
    if (exit->arch.access & GLACIS_ACCESS_BIG_ENDIAN)
        value = swap_bytes(exit->value, exit->bytes);
    for (;;) {
        struct sel4_message message;
        word_t badge = sys_arch_reply_receive(SYS_ReplyRecv, VMM_SLOT_FAULT_ENDPOINT, VMM_SLOT_REPLY, info,
                                              value, irq, &message);
        word_t label = sel4_info_label(message.info);
        value = message.mr[2];
        // No signal has the fault endpoint's badge, so that what is not a fault has another.
        if (__builtin_expect(badge != VMM_FAULT_BADGE, 0))
            return describe_exit(exit, badge, message);
        if (__builtin_expect(label == GLACIS_FAULT_ACCESS, 1)) {
            word_t access = message.mr[1];
            if (__builtin_expect(access & GLACIS_ACCESS_BIG_ENDIAN, 0) ||
                !bus_access(&vm->bus, vcpu, message.mr[0], GLACIS_ACCESS_BYTES(access),
                            access & GLACIS_ACCESS_WRITE, &value))
                return describe_exit(exit, badge, message);
        } else if (label == GLACIS_FAULT_HVC || label == GLACIS_FAULT_SMC) {
            struct psci_result result = psci_call(message.mr[0], message.mr[1], message.mr[2]);
            if (__builtin_expect(result.action != PSCI_RETURN, 0))
                return describe_exit(exit, badge, message);
            value = (word_t)result.value;
        } else {
            return describe_exit(exit, badge, message);
        }
        info = sel4_info(VCPU_DONE, 0, 0, 1);
        irq = 0;
        if (__builtin_expect(vm->attention, 0)) {
            if (vm->attention == VM_ATTENTION_ARCH) { // goes with the reply
                info = sel4_info(VCPU_DONE, 0, 0, 2);
                irq = vcpu->deferred & ~INJECTION_DEFERRED;
                vcpu->deferred = vm->attention = 0;
                continue;
            }
            exit->kind = VCPU_EXIT_HANDLED;
            exit->outcome = VCPU_DONE;
            exit->value = value;
            exit->arch.access = 0;
            return;
        }
    }
}

void arch_vcpu_statistics(struct vcpu *vcpu, unsigned index, uint64_t words[10]) {
    (void)vcpu;
    for (unsigned i = 0; i < 10; i++)
        words[i] = 0;
    check(seL4_VCPU_Statistics(VMM_SLOT_GUEST_VCPU, index, words));
}

void arch_guest_clean(const void *start, uint64_t length) {
    uint64_t ctr;
    __asm__("mrs %0, ctr_el0" : "=r"(ctr));
    uintptr_t first = (uintptr_t)start, end = first + length;
    uintptr_t data_line = 4ul << CTR_DMINLINE(ctr), instruction_line = 4ul << CTR_IMINLINE(ctr);
    // DDI 0487, D8.5 and B2.4.4: to the point of coherency, since a guest with its caches off reads there;
    // then drop instructions fetched earlier from the same memory.
    for (uintptr_t at = first & ~(data_line - 1); at < end; at += data_line)
        __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb sy" : : : "memory");
    for (uintptr_t at = first & ~(instruction_line - 1); at < end; at += instruction_line)
        __asm__ volatile("ic ivau, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb sy; isb" : : : "memory");
}

void vcpu_read_registers(struct vcpu *vcpu, uint64_t *registers, unsigned count) {
    (void)vcpu;
    // The kernel returns as many as it is asked for.
    check(seL4_TCB_ReadRegisters(VMM_SLOT_GUEST_TCB, 0, count, registers));
}

void vcpu_write_registers(struct vcpu *vcpu, const uint64_t *registers, unsigned count) {
    (void)vcpu;
    check(seL4_TCB_WriteRegisters(VMM_SLOT_GUEST_TCB, 0, count, registers));
}

uint64_t vcpu_read_system(struct vcpu *vcpu, unsigned reg) {
    (void)vcpu;
    word_t value = 0;
    check(seL4_VCPU_ReadReg(VMM_SLOT_GUEST_VCPU, reg, &value));
    return value;
}

void vcpu_write_system(struct vcpu *vcpu, unsigned reg, uint64_t value) {
    (void)vcpu;
    check(seL4_VCPU_WriteReg(VMM_SLOT_GUEST_VCPU, reg, value));
}

void vcpu_inject_irq_soon(struct vcpu *vcpu, unsigned vintid, unsigned priority, unsigned group,
                          unsigned list_register) {
    inject_deferred(vcpu);
    vcpu->deferred = injection(vintid, priority, group, list_register) | INJECTION_DEFERRED;
    vcpu->vm->attention |= VM_ATTENTION_ARCH;
}

bool vcpu_inject_irq(struct vcpu *vcpu, unsigned vintid, unsigned priority, unsigned group,
                     unsigned list_register, bool evicts) {
    inject_deferred(vcpu);
    word_t irq = injection(vintid, priority, group, list_register) | (evicts ? GLACIS_INJECT_EVICT : 0);
    // DeleteFirst: the list register holds an active interrupt; RangeError: there is no such register.
    return seL4_VCPU_InjectIRQ(VMM_SLOT_GUEST_VCPU, irq) == SEL4_NO_ERROR;
}

unsigned vcpu_update_irq(struct vcpu *vcpu, unsigned vintid, unsigned set, unsigned clear) {
    inject_deferred(vcpu);
    word_t before = 0;
    check(seL4_VCPU_UpdateIRQ(VMM_SLOT_GUEST_VCPU, vintid, set, clear, &before));
    return (unsigned)before;
}

void vcpu_bind_ppi(struct vcpu *vcpu, unsigned intid, unsigned vintid, unsigned priority) {
    (void)vcpu;
    check(seL4_VCPU_BindVPPI(VMM_SLOT_GUEST_VCPU, intid, vintid, priority));
}

void vcpu_bind_irq(struct vcpu *vcpu, unsigned handler, unsigned vintid, unsigned priority) {
    (void)vcpu;
    check(seL4_VCPU_BindIRQ(VMM_SLOT_GUEST_VCPU, handler, vintid, priority));
}

void vcpu_unbind_irq(struct vcpu *vcpu, unsigned vintid) {
    (void)vcpu;
    check(seL4_VCPU_UnbindIRQ(VMM_SLOT_GUEST_VCPU, vintid));
}

void vcpu_ack_ppi(struct vcpu *vcpu, unsigned intid) {
    (void)vcpu;
    check(seL4_VCPU_AckVPPI(VMM_SLOT_GUEST_VCPU, intid));
}

void vcpu_reset_irqs(struct vcpu *vcpu) {
    (void)vcpu;
    check(seL4_VCPU_ResetIRQs(VMM_SLOT_GUEST_VCPU));
}

void vcpu_set_sgis(struct vcpu *vcpu, unsigned enabled, uint64_t priorities_0_7, uint64_t priorities_8_15) {
    (void)vcpu;
    check(seL4_VCPU_SetSGIs(VMM_SLOT_GUEST_VCPU, enabled, priorities_0_7, priorities_8_15));
}
