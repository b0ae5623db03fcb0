// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Guests for tests: functions of the test's image that run at EL1 in root's VSpace with their MMU off (so all
// accesses must be aligned), each with a vCPU and a thread, and root as handler. A function that returns
// ends with an hvc, an UnknownSyscall fault with the number VM_END. Exceptions at the guest's EL1 are noted
// in vm_trap: a synchronous one steps over its instruction, an interrupt stays masked after it.
#ifndef TESTS_API_VM_H
#define TESTS_API_VM_H

#include "harness.h"

enum { VM_SCTLR, VM_CPACR, VM_VBAR = 14, VM_SP_EL1 = 17, VM_CNTV_CTL = 20, VM_CNTV_CVAL, VM_FIELDS = 24 };
enum { VM_END = 0x77, VM_EL1H = 0x3c5 };

struct vm {
    const struct thread *thread;
    word vcpu;
};

extern volatile struct vm_trap { word count, esr, elr, far, irqs; } vm_trap;
volatile struct vm_trap vm_trap;

__asm__(".pushsection .text\n"
        ".balign 2048\n"
        "vm_vectors: .skip 0x200\n" // current EL, SP_EL1: synchronous
        "  stp x9, x10, [sp, #-16]!\n  adrp x10, vm_trap\n  add x10, x10, :lo12:vm_trap\n"
        "  ldr x9, [x10]\n  add x9, x9, #1\n  str x9, [x10]\n"
        "  mrs x9, esr_el1\n  str x9, [x10, #8]\n  mrs x9, far_el1\n  str x9, [x10, #24]\n"
        "  mrs x9, elr_el1\n  str x9, [x10, #16]\n  add x9, x9, #4\n  msr elr_el1, x9\n"
        "  ldp x9, x10, [sp], #16\n  eret\n"
        ".org vm_vectors + 0x280\n" // interrupt
        "  stp x9, x10, [sp, #-16]!\n  adrp x10, vm_trap\n  add x10, x10, :lo12:vm_trap\n"
        "  ldr x9, [x10, #32]\n  add x9, x9, #1\n  str x9, [x10, #32]\n"
        "  mrs x9, spsr_el1\n  orr x9, x9, #0x80\n  msr spsr_el1, x9\n"
        "  ldp x9, x10, [sp], #16\n  eret\n"
        ".org vm_vectors + 0x800\n"
        "vm_end: mov x7, #0x77\n  hvc #0\n  b vm_end\n"
        ".popsection\n");
extern const char vm_vectors[], vm_end[];

static word vm_endpoint, vm_reply;
static _Alignas(16) uint8_t vm_stack[4096];

static inline void vm_check(word error) {
    if (error)
        fail_at(__FILE_NAME__, __LINE__, "the guest cannot be made", error, OK);
}

// The vCPU object `vcpu` with a thread of its own.
static inline struct vm vm_make(word vcpu) {
    if (!vm_endpoint) {
        vm_endpoint = new_object(T_ENDPOINT, 0);
        vm_reply = new_object(T_REPLY, 0);
    }
    struct vm vm = {new_thread(0, 0, new_mint(vm_endpoint, R_ALL, 0x900d)), vcpu};
    vm_check(tcb_set_tls_base(vm.thread->tcb, 0));
    vm_check(vcpu_set_tcb(vcpu, vm.thread->tcb));
    vm_check(vcpu_write(vcpu, VM_VBAR, (word)vm_vectors));
    return vm;
}

static inline struct vm vm_new(void) {
    return vm_make(new_object(T_VCPU, 0));
}

// Starts the guest at `code` with x0 = argument.
static inline void vm_start(struct vm vm, const void *code, word argument) {
    vm_check(vcpu_write(vm.vcpu, VM_SP_EL1, (word)(vm_stack + sizeof(vm_stack))));
    vm_check(raw_invoke(
        vm.thread->tcb, 3, CAPS(),
        WORDS(1, 17, (word)code, 0, VM_EL1H, argument, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (word)vm_end)));
}

static inline struct message vm_fault(void) {
    struct message m = {0};
    raw_message(NR_RECV, vm_endpoint, &m, vm_reply, 0);
    return m;
}

// Runs a function of the guest. Whether it came to its end, and not to another fault.
static inline bool vm_call(struct vm vm, const void *code, word argument) {
    vm_start(vm, code, argument);
    struct message m = vm_fault();
    return info_label(m.info) == 2 && raw_buffer()->msg[12] == VM_END;
}

static inline void vm_answer(word label, word length, word value) {
    raw_send(NR_SEND, vm_reply, &(struct message){.info = info_make(label, 0, length), .mr = {value}});
}

#endif
