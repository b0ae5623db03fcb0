// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What stands behind the unit tests of a vCPU's private interrupts: their lines, as the system registers of
// tests/unit/sysreg_model make them, the guest that sets and handles them, and two vCPUs on a core.
#ifndef TESTS_UNIT_ARCH_PPI_MODEL_H
#define TESTS_UNIT_ARCH_PPI_MODEL_H

#include <arch/internal.h>
#include <arch/switch.h>
#include <arch/thread.h>
#include <arch/world.h>
#include "tests/unit/arch_vgic_model.h"
#include "tests/unit/sysreg_model/model.h"

#define PPIS 3
// Virtual timer, physical timer, PMU: source, physical interrupt, and the guest's number of it.
extern const struct model_ppi { unsigned source, irq, virq; } ppis[PPIS];
// A test for each of them, with all as new.
#define FOR_EACH_PPI(i) for (unsigned i = 0; i < PPIS; restart(), i++)

extern struct vcpu other;
extern struct tcb other_thread;
extern unsigned woken, faults; // threads, of threads
extern unsigned issued;        // the interrupt that has a handler; 0: none
extern struct fault last_fault;

// Takes all interrupts that are due, as the trap code does: each once. What is bound to the running guest
// must go the short way; a private one is active while its vCPU is loaded and has it in flight, and only
// then.
void interrupts(void);
// The guest runs; and a native thread does.
void enter(struct vcpu *guest);
void leave(void);
// The running guest writes a PMU register (SYSREG_ENCODING).
#define SYS_PMCR     SYSREG_ENCODING(3, 3, 9, 12, 0)
#define SYS_PMOVSCLR SYSREG_ENCODING(3, 3, 9, 12, 3)
#define SYS_PMINTEN  SYSREG_ENCODING(3, 0, 9, 14, 1)
#define SYS_PMINCLR  SYSREG_ENCODING(3, 0, 9, 14, 2)
#define SYS_PMOVSSET SYSREG_ENCODING(3, 3, 9, 14, 3)
#define CYCLES       BIT(31) // the cycle counter's bit
void pmu(unsigned encoding, word_t value);
// CNTV_CTL_EL0 or CNTP_CTL_EL0 of the running guest; and the register's name.
#define TIMER_ON    1u
#define TIMER_QUIET 3u // on, and masked by the guest
const char *timer_control(unsigned i);
// The running guest's interrupt is due now, or is no longer.
void assert_line(unsigned i);
void lower_line(unsigned i);
// The guest acknowledges, and ends, with what maintenance that needs.
unsigned take(void);
void end_it(unsigned virq);
// Takes all that comes; each handler lowers its line. How often each came: a digit of the sum.
unsigned handle_all(void);
// As the VMM reads it.
bool is_pending(struct vcpu *of, unsigned i);
// VCPU_BindVPPI; with a number and a priority of its own; VCPU_UnbindIRQ.
void bind_as(struct vcpu *to, unsigned i, unsigned virq, unsigned priority);
void bind_one(struct vcpu *to, unsigned i);
void unbind(struct vcpu *of, unsigned i);
// The end of a vCPU, and a new one with a thread.
void delete_vcpu(struct vcpu *gone);
void create(struct vcpu *created, struct tcb *tcb);
// Deletes both vCPUs, after which no interrupt is active, unmasked or claimed, and creates them.
void restart(void);
int begin(void **state);
int finish(void **state);

#endif
