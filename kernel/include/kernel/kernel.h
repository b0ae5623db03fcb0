// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The neutral kernel, as the architecture's code calls it.
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <abi/bootinfo.h>
#include <kernel/core.h>
#include <kernel/invocation.h>

// --- entry (core/entry.c)
// ----------------------------------------------------------------------------------------- Each handles the
// event of core->current and returns the thread that runs next (never NULL: it idles until there is one).

// A system call; `number` as the caller gave it. The architecture has set context.fault_pc to the svc
// instruction and pc behind it.
struct tcb *entry_syscall(struct core *core, word_t number);
// A fault of the current thread: it is stored and sent. fault_pc is where a restart goes on.
struct tcb *entry_fault(struct core *core, const struct fault *fault);
// An interrupt.
struct tcb *entry_irq(struct core *core);
// The short ways (core/fastpath.c), to be tried before the first two. NULL: nothing was done, the long way
// must be gone. The registers of a system call are x0 to x7 of the caller, as its arguments; but for those of
// the message the current thread's context need not be saved yet, pc and fault_pc of a fault excepted.
struct tcb *fastpath_syscall(cptr_t cptr, word_t info, word_t mr0, word_t mr1, word_t mr2, word_t mr3,
                             cptr_t reply, word_t number);
struct tcb *fastpath_fault(struct core *core, const struct fault *fault);
// The same for a fault with four words, which a reply that the architecture knows (arch_fault_reply_short)
// may answer.
struct tcb *fastpath_fault4(struct core *core, word_t label, word_t mr0, word_t mr1, word_t mr2, word_t mr3);

// --- threads (core/thread.c)
// ----------------------------------------------------------------------------------- Current thread, a vCPU
// in WFI: waits for its next virtual interrupt (arch marks it before); and the end of that wait.
void thread_wait_virq(struct core *core, struct tcb *tcb);
void thread_wake_virq(struct tcb *tcb);
// Sends a fault of a thread that may not be the current one (VGICMaintenance, VPPIEvent of the loaded vCPU).
// As entry_fault, without the switch: the caller schedules.
void thread_fault(struct core *core, struct tcb *tcb, const struct fault *fault);
// Something happens that may make the next exchange of core->pair another.
static ALWAYS_INLINE void fault_pair_forget(struct core *core) {
    core->pair.faulter = core->pair.handler = NULL;
}
// Whether another thread than the current one is ready, or waits for release (WFI policy `auto`).
static ALWAYS_INLINE bool sched_other_work(const struct core *core) {
    return core->ready_summary || core->release_head;
}

// --- capability tree (core/cdt.c)
void cdt_insert(struct slot *dest, struct cap cap, struct slot *parent); // derived from parent's
bool cdt_has_children(const struct slot *slot);
bool cdt_is_final(const struct slot *slot); // no other slot holds its object

// --- boot (core/boot.c)

struct boot_region {
    word_t start, end; // physical, page aligned
};
#define BOOT_MAX_RAM      8
#define BOOT_MAX_RESERVED 16
#define BOOT_MAX_RECYCLED 2
#define BOOT_MAX_DEVICES  16
#define BOOT_MAX_MODULES  64

// What the architecture found: the input of boot_start.
struct boot_platform {
    unsigned ram_count;
    struct boot_region ram[BOOT_MAX_RAM]; // ascending; in the kernel's window
    unsigned reserved_count;
    struct boot_region reserved[BOOT_MAX_RESERVED]; // RAM that is not free: kernel, boot table, root's
                                                    // ELF, firmware's reserved memory
    unsigned recycled_count;
    struct boot_region recycled[BOOT_MAX_RECYCLED]; // of these, what the kernel does not need once root runs
    unsigned device_count;
    struct boot_region devices[BOOT_MAX_DEVICES]; // pages that the kernel owns, ascending
    word_t physical_end;                          // 2^40
    unsigned module_count;
    const struct glacis_boot_module *modules; // packed beside root, each 2 MiB aligned
    const void *root_elf;
    word_t root_elf_size;
    const void *fdt; // copied into the extra boot information
    word_t fdt_size; // packed: what is used of it
};

// Creates root and its boot information and returns the first thread. Panics, naming cause and mend, when the
// board's memory or the root ELF cannot be used.
struct tcb *boot_start(struct core *core, const struct boot_platform *platform);

// Console output: before root starts, and in a panic. %s %c %d %u %x %lx %p.
void kernel_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// --- invariants (core/invariants.c)

// Halts when an invariant of the kernel is broken: scheduler, derivation lists, and every object that can be
// reached from the given slots. Between two entries of the kernel only. `thorough`: also each pair of
// capabilities of a list.
void kernel_check_invariants(struct core *core, struct slot *slots, word_t count, bool thorough);

#endif
