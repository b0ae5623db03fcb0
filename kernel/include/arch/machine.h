// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The seam: time, interrupts, memory, context switch and console, as every architecture supplies them.
#ifndef ARCH_MACHINE_H
#define ARCH_MACHINE_H

#include <kernel/core.h>

// --- time

// The physical counter. It never goes back.
ticks_t arch_timer_now(void);
// The deadline interrupt comes when the counter reaches `deadline` (at once if it has passed).
void arch_timer_set_deadline(ticks_t deadline);
// Conversion; both round down. us_to_ticks is exact for every value in MIN_BUDGET_US .. MAX_PERIOD_US.
ticks_t arch_us_to_ticks(word_t us);
word_t arch_ticks_to_us(ticks_t ticks);
// The nearest time at which the core's waiting vCPUs (THREAD_BLOCKED_ON_VIRQ) need the kernel, or ~0; and
// what is done then.
ticks_t arch_guest_deadline(const struct core *core);
void arch_guest_deadline_passed(struct core *core);

// --- interrupts

#define IRQ_NONE (~0u)
// Takes the most urgent pending interrupt: its number, or IRQ_NONE. Its priority is dropped; the line stays
// active until arch_irq_end.
unsigned arch_irq_take(void);
// Ends (deactivates) an interrupt that the kernel took.
void arch_irq_end(unsigned irq);
void arch_irq_mask(unsigned irq);
void arch_irq_unmask(unsigned irq);
void arch_irq_set_trigger(unsigned irq, bool edge);
void arch_irq_send_sgi(unsigned irq, unsigned target);
// Highest interrupt number of the board; and whether the kernel keeps `irq` for itself.
unsigned arch_irq_max(void);
bool arch_irq_is_reserved(unsigned irq);
// An interrupt that is the architecture's own (deadline timer, virtual timer, maintenance, or bound to a
// guest): handled, and ended now or by the guest, true.
bool arch_irq_handle(struct core *core, unsigned irq);
// Whether the architecture delivers the interrupt itself, to a guest (VCPU_BindIRQ); and the end of that: it
// is masked.
bool arch_irq_is_bound(unsigned irq);
void arch_irq_unbind(unsigned irq);
// Whether an interrupt waits (asked at preemption points).
bool arch_irq_pending(void);

// --- memory

// RAM in the kernel's window.
void *arch_phys_to_virt(paddr_t paddr);
paddr_t arch_virt_to_phys(const void *pointer);
// Zeroes RAM; both multiples of 16 bytes.
void arch_memory_zero(void *start, word_t bytes);
// Makes RAM that was just zeroed for a frame visible to uncached observers and the instruction side.
void arch_memory_clean(void *start, word_t bytes);

// --- switching

// arch_switch_to, arch_before_exit and the short switch are inline: <arch/switch.h>.
// Waits, with interrupts masked, until an interrupt is pending.
void arch_idle(struct core *core);
// A thread's registers by enum sel4_user_register, also while they are loaded. The PC is where a restart goes
// on; SPSR is cut to what the thread may have.
word_t arch_user_register_get(const struct tcb *tcb, unsigned index);
void arch_user_register_set(struct tcb *tcb, unsigned index, word_t value);
// A TCB begins and ends its life.
void arch_tcb_init(struct tcb *tcb);
void arch_tcb_finalise(struct tcb *tcb);
// A vCPU that waited (THREAD_BLOCKED_ON_VIRQ) is stopped by something else than its interrupt.
void arch_tcb_cancel_wait(struct tcb *tcb);

// --- firmware

// Calls the firmware with x0..x7 (or their like) and returns its results there.
void arch_firmware_call(word_t registers[8]);

// --- debug

void arch_console_put(char c);
// For a panic's report: the core's registers, and those of its current thread (NULL: none).
void arch_print_registers(const struct tcb *tcb);
NORETURN void arch_halt(void);

#endif
