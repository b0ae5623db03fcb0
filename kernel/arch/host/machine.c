// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Time, interrupts, memory, switching and console of the host's machine. Nothing happens by itself: time
// stands still until a test moves it, or until the kernel is idle, when it goes on to the deadline.
#include <arch/core.h>
#include <arch/host.h>
#include <arch/machine.h>
#include <arch/switch.h>
#include <stdlib.h>
#include <sys/mman.h>

struct core host_core;
struct host_machine host;

void host_reset(void) {
    static void *ram;
    if (!ram) {
        ram = mmap((void *)(HOST_WINDOW + HOST_RAM_START), HOST_RAM_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (ram != (void *)(HOST_WINDOW + HOST_RAM_START))
            abort();
    } else if (madvise(ram, HOST_RAM_BYTES, MADV_DONTNEED) != 0) {
        abort();
    }
    host = (struct host_machine){.deadline = ~(ticks_t)0, .preempt_after = -1, .halt = abort};
    for (unsigned irq = 0; irq <= HOST_IRQ_MAX; irq++)
        host.irq_masked[irq] = irq != HOST_IRQ_TIMER;
    host_core = (struct core){0};
    host_vspace_reset();
}

// What trap.S saves only after the short ways, by word of struct arch_context: x20 to x29, SP, PC, SPSR,
// fault_pc.
static const uint8_t saved_late[] = {20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31, 32, 33, 36};
_Static_assert(offsetof(struct arch_context, fault_pc) == 36 * sizeof(word_t), "context words");
#define NOT_SAVED 0xdeadbeefull

struct tcb *host_system_call(struct core *core, word_t number) {
    struct arch_context *context = &core->current->arch.context, user = *context;
    const word_t *x = user.x;
    for (unsigned i = 0; i < ARRAY_LENGTH(saved_late); i++)
        ((word_t *)context)[saved_late[i]] = NOT_SAVED;
    struct tcb *next = fastpath_syscall(x[0], x[1], x[2], x[3], x[4], x[5], x[6], number);
    for (unsigned i = 0; i < ARRAY_LENGTH(saved_late); i++) {
        CHECK(((word_t *)context)[saved_late[i]] == NOT_SAVED);
        ((word_t *)context)[saved_late[i]] = ((word_t *)&user)[saved_late[i]];
    }
    host.short_ways += next != NULL;
    return next ? next : entry_syscall(core, number);
}

// --- time

ticks_t arch_timer_now(void) {
    return host.now;
}

void arch_timer_set_deadline(ticks_t deadline) {
    host.deadline = deadline;
    host.irq_pending[HOST_IRQ_TIMER] = deadline <= host.now;
}

ticks_t arch_us_to_ticks(word_t us) {
    return us * HOST_TICKS_PER_US;
}

word_t arch_ticks_to_us(ticks_t ticks) {
    return ticks / HOST_TICKS_PER_US;
}

ticks_t arch_guest_deadline(const struct core *core) {
    (void)core;
    return ~(ticks_t)0;
}

void arch_guest_deadline_passed(struct core *core) {
    (void)core;
}

// --- interrupts

static unsigned irq_next(void) {
    host.irq_pending[HOST_IRQ_TIMER] = host.deadline <= host.now;
    for (unsigned irq = 0; irq <= HOST_IRQ_MAX; irq++)
        if (host.irq_pending[irq] && !host.irq_masked[irq] && !host.irq_active[irq])
            return irq;
    return IRQ_NONE;
}

unsigned arch_irq_take(void) {
    unsigned irq = irq_next();
    if (irq != IRQ_NONE) {
        host.irq_active[irq] = true;
        host.irq_pending[irq] = false;
    }
    return irq;
}

void arch_irq_end(unsigned irq) {
    CHECK(host.irq_active[irq]);
    host.irq_active[irq] = false;
}

void arch_irq_mask(unsigned irq) {
    host.irq_masked[irq] = true;
}

void arch_irq_unmask(unsigned irq) {
    host.irq_masked[irq] = false;
}

void arch_irq_set_trigger(unsigned irq, bool edge) {
    host.irq_edge[irq] = edge;
}

void arch_irq_send_sgi(unsigned irq, unsigned target) {
    host.sgi_sent = irq;
    host.sgi_target = target;
}

unsigned arch_irq_max(void) {
    return HOST_IRQ_MAX;
}

bool arch_irq_is_reserved(unsigned irq) {
    return irq >= 25 && irq <= 27;
}

bool arch_irq_handle(struct core *core, unsigned irq) {
    if (!arch_irq_is_reserved(irq))
        return false;
    if (irq == HOST_IRQ_TIMER) {
        host.deadline = ~(ticks_t)0;
        core->reprogram = true;
    }
    arch_irq_end(irq);
    return true;
}

bool arch_irq_is_bound(unsigned irq) {
    return host.irq_bound[irq];
}

void arch_irq_unbind(unsigned irq) {
    host.irq_bound[irq] = false;
}

bool arch_irq_pending(void) {
    host.preempt_looks++;
    if (host.preempt_after < 0)
        return host.preempt_always;
    return host.preempt_after-- == 0 || host.preempt_always;
}

// --- memory

void *arch_phys_to_virt(paddr_t paddr) {
    CHECK(paddr.raw >= HOST_RAM_START && paddr.raw < HOST_RAM_START + HOST_RAM_BYTES);
    return (void *)(HOST_WINDOW + paddr.raw);
}

paddr_t arch_virt_to_phys(const void *pointer) {
    paddr_t paddr = {(word_t)pointer - HOST_WINDOW};
    CHECK(paddr.raw >= HOST_RAM_START && paddr.raw < HOST_RAM_START + HOST_RAM_BYTES);
    return paddr;
}

void arch_memory_zero(void *start, word_t bytes) {
    CHECK(((word_t)start & 15) == 0 && (bytes & 15) == 0);
    __builtin_memset(start, 0, bytes);
}

void arch_memory_clean(void *start, word_t bytes) {
    (void)start;
    host.cleaned += bytes;
}

// --- switching

void arch_switch_long(struct core *core, struct tcb *tcb) {
    core->arch.loaded = tcb;
    host.switches++;
}

void arch_idle(struct core *core) {
    if (irq_next() != IRQ_NONE)
        return;
    if (host.deadline != ~(ticks_t)0) {
        host.now = host.deadline;
        return;
    }
    CHECK(host.idle);
    host.idle(core);
}

void arch_tcb_init(struct tcb *tcb) {
    tcb->arch.context.spsr = 0x40;
}

void arch_tcb_finalise(struct tcb *tcb) {
    tcb->arch.waiting = false;
    if (host_core.arch.loaded == tcb)
        host_core.arch.loaded = NULL;
}

void arch_tcb_cancel_wait(struct tcb *tcb) {
    tcb->arch.waiting = false;
}

// --- firmware and console

void arch_firmware_call(word_t registers[8]) {
    registers[0] = ~(word_t)0; // NOT_SUPPORTED (SMCCC)
}

void arch_console_put(char c) {
    if (host.console_length < HOST_CONSOLE - 1)
        host.console[host.console_length++] = c;
}

void arch_print_registers(const struct tcb *tcb) {
    if (tcb)
        kernel_print("pc %lx\n", tcb->arch.context.pc);
}

void arch_halt(void) {
    host.halt();
    abort();
}
