/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * Exceptions to EL2 and the way back (Arm ARM D1.3, D1.4). Assembly saves and restores; C decides who runs.
 *
 * Invariants: 1. while EL1 or EL0 runs, SP_EL2 is the address of the current thread's struct arch_context, which is 16-byte
 * aligned and the first member of its TCB, and core->arch.tcb is that TCB; 2. the kernel runs with all of PSTATE.DAIF set and
 * never takes an interrupt; the core's stack ends where its struct core begins, at TPIDR_EL2; 3. the kernel uses general registers only, so FP registers stay as they are; 4. an exception of
 * the kernel itself never returns. The exception return clears the exclusive monitor (Arm ARM B2.9.2), which a switch of
 * threads needs. Offsets are asserted in trap.c.
 */
#define CONTEXT_X7       56
#define CONTEXT_SP       248
#define CONTEXT_PC       256
#define CONTEXT_FAULT_PC 288
#define CORE_EMERGENCY   0
#define CORE_TCB         8
#define CORE_SCRATCH     16
#define CORE_ACTIVE      32
#define FRAME_SIZE       256
#define EC_SVC64         0x15

/* The registers that a C function may change. */
.macro save_caller
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    str     x30, [sp, #240]
.endm

/* The others; fault_pc is `back` bytes before the PC. Uses x28 to x30. */
.macro save_rest back=0
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x29, sp_el0
    mrs     x30, elr_el2
    mrs     x28, spsr_el2
    str     x29, [sp, #CONTEXT_SP]
    stp     x30, x28, [sp, #CONTEXT_PC]
    .if \back
    sub     x30, x30, #\back
    .endif
    str     x30, [sp, #CONTEXT_FAULT_PC]
.endm

.macro restore_caller
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldr     x30, [sp, #240]
    ldp     x0, x1, [sp, #0]
.endm

/* Calls \handler(core), with what is in x1, on the kernel's stack; it returns the thread to run. */
.macro call_and_exit handler
    mrs     x0, tpidr_el2
    mov     x29, xzr
    mov     sp, x0
    bl      \handler
    b       exit_to_thread
.endm

.macro vector label
    .balign 128
    b       \label
.endm

/* An exception of the kernel itself: its number goes into the report. x0 is kept in the user's TPIDR_EL0. */
.macro vector_kernel number
    .balign 128
    msr     tpidr_el0, x0
    mrs     x0, tpidr_el2
    stp     x1, x2, [x0, #CORE_SCRATCH]
    mov     x1, #\number
    .if \number < 7
    b       kernel_exception
    .endif
.endm

    .section .text.trap, "ax"
    .balign 2048
    .global trap_vectors
trap_vectors:
    /* Current EL with SP_EL0: never selected. */
    vector_kernel 0
    vector_kernel 1
    vector_kernel 2
    vector_kernel 3
    /* Current EL. */
    vector_kernel 4
    vector_kernel 5
    vector_kernel 6
    vector_kernel 7
/* The last one goes on here. x0 core, x1 vector; x0 is in TPIDR_EL0, x1 and x2 in the scratch words. */
kernel_exception:
    mov     x2, sp
    msr     tpidrro_el0, x2
    ldr     x2, [x0, #CORE_EMERGENCY]
    mov     sp, x2
    sub     sp, sp, #FRAME_SIZE
    stp     x3, x4, [sp, #24]
    stp     x5, x6, [sp, #40]
    stp     x7, x8, [sp, #56]
    stp     x9, x10, [sp, #72]
    stp     x11, x12, [sp, #88]
    stp     x13, x14, [sp, #104]
    stp     x15, x16, [sp, #120]
    stp     x17, x18, [sp, #136]
    stp     x19, x20, [sp, #152]
    stp     x21, x22, [sp, #168]
    stp     x23, x24, [sp, #184]
    stp     x25, x26, [sp, #200]
    stp     x27, x28, [sp, #216]
    stp     x29, x30, [sp, #232]
    mrs     x3, tpidr_el0
    mrs     x4, tpidrro_el0
    ldp     x5, x6, [x0, #CORE_SCRATCH]
    stp     x3, x5, [sp, #0]
    str     x6, [sp, #16]
    str     x4, [sp, #248]
    mov     x0, sp
    mov     x29, xzr
    b       trap_kernel
    /* Lower EL, AArch64; then AArch32 (EL0 of a guest: its registers are the low halves of ours, Arm ARM D1.9.2). */
    /*
     * The vectors are two KiB, most of it unused: the rest of the code stands in their gaps.
     *
     * A system call goes the short way first: x0 to x7 are the function's arguments, and x19 is the context. It returns
     * who runs; NULL, when nothing was done.
     */
    .balign 128
    save_caller
    mrs     x9, esr_el2
    mrs     x10, tpidr_el2
    lsr     w9, w9, #26
    cmp     w9, #EC_SVC64
    b.ne    lower_sync_saved
    mov     x19, sp
    mov     sp, x10
    bl      fastpath_syscall
    mov     sp, x19
    cmp     x0, x19
    b.eq    return_to_caller
    b       syscall_long
    /*
     * A guest's interrupt is looked at with the caller's registers alone; most go straight back. What the function did
     * not finish is in core->arch.irq_taken.
     */
    .balign 128
lower_irq:
    save_caller
    mrs     x0, tpidr_el2
    ldrb    w2, [x0, #CORE_ACTIVE]
    cbz     w2, irq_long
    mov     x19, sp
    mov     sp, x0
    bl      trap_guest_irq
    mov     sp, x19
    cbnz    w0, return_to_caller
    b       irq_long
    vector  lower_irq
return_to_caller:
    restore_caller
    eret
    dsb     nsh
    isb
    .balign 128
lower_serror:
    save_caller
    save_rest
    call_and_exit trap_serror
    .balign 128
    save_caller
lower_sync_saved:
    save_rest
    call_and_exit trap_sync
    vector  lower_irq
syscall_long:
    save_rest back=4
    cbnz    x0, exit_to_thread
    ldr     x1, [sp, #CONTEXT_X7]
    call_and_exit entry_syscall
    vector  lower_irq
/* trap_exit(core, tcb): the way out for boot. */
    .global trap_exit
trap_exit:
    mov     x0, x1
/* x0: the thread, which core->arch.tcb names too. */
exit_to_thread:
    mov     sp, x0
    ldr     x20, [sp, #CONTEXT_SP]
    ldp     x21, x22, [sp, #CONTEXT_PC]
    msr     sp_el0, x20
    msr     elr_el2, x21
    msr     spsr_el2, x22
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    restore_caller
    eret
    /* Nothing is speculated past the return. */
    dsb     nsh
    isb
    vector  lower_serror
irq_long:
    save_rest
    call_and_exit trap_irq
    .org    trap_vectors + 2048 /* an error, if a vector is longer than its 128 bytes */
