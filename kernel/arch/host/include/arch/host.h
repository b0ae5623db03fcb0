// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The machine that the host puts in the hardware's place, and how tests work it.
#ifndef ARCH_HOST_H
#define ARCH_HOST_H

#include <arch/core.h>
#include <kernel/kernel.h>

// RAM: physical addresses, and where the kernel's window shows them. The two differ, so that one is never
// taken for the other; the window lies below 2^46, as capabilities want it.
#define HOST_RAM_START    0x40000000ull
#define HOST_RAM_BYTES    0x2000000ull
#define HOST_WINDOW       0x200000000000ull // + physical = virtual
#define HOST_PHYSICAL     BIT(40)
#define HOST_IRQ_MAX      159u
#define HOST_IRQ_TIMER    26u // the deadline timer's, reserved with 25 and 27
#define HOST_TICKS_PER_US 60u
#define HOST_CONSOLE      4096u

struct host_machine {
    ticks_t now;      // what arch_timer_now reads
    ticks_t deadline; // of the timer
    bool irq_pending[HOST_IRQ_MAX + 1];
    bool irq_masked[HOST_IRQ_MAX + 1];
    bool irq_active[HOST_IRQ_MAX + 1]; // taken and not ended
    bool irq_edge[HOST_IRQ_MAX + 1];
    bool irq_bound[HOST_IRQ_MAX + 1]; // to a guest that the host does not have
    unsigned sgi_sent, sgi_target;    // the last one
    unsigned short_ways;              // system calls that a short way finished
    // Preemption points: how many are passed before one finds an interrupt waiting (once); -1: never. Every
    // look counts.
    int preempt_after;
    bool preempt_always;
    unsigned preempt_looks;
    // The kernel is idle, no interrupt is pending and no deadline set: the world's turn. It must change
    // something.
    void (*idle)(struct core *core);
    // A halt, after a panic or by DebugHalt; must not return.
    void (*halt)(void);
    char console[HOST_CONSOLE];
    unsigned console_length;
    unsigned switches; // calls of arch_switch_to
    word_t cleaned;    // bytes, by arch_memory_clean
};
extern struct host_machine host;

// A machine as after reset: RAM zero, everything masked, time 0.
void host_reset(void);
// The trap: the current thread's system call, with its registers, pc and fault_pc set; who runs next.
struct tcb *host_system_call(struct core *core, word_t number);
// What `leaf` or table entry a VSpace has for an address: the physical address that is mapped there, or ~0.
word_t host_translate(struct cap vspace, word_t vaddr);

// --- for the files of kernel/arch/host

void host_vspace_reset(void);
void host_frame_unmap(struct cap cap);
void host_table_unmap(struct cap cap);
void host_vspace_finalise(struct cap cap);
void host_pool_finalise(struct cap cap);

#endif
