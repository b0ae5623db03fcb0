// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What stands behind kernel/arch/aarch64/vgic.c in its unit tests: the virtual CPU interface (list registers,
// active priorities, EOIcount) and the guest that acknowledges and ends; physical interrupts; and the rest of
// the kernel as far as it is called.
#ifndef TESTS_UNIT_ARCH_VGIC_MODEL_H
#define TESTS_UNIT_ARCH_VGIC_MODEL_H

#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/objects.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define PPI   27
#define LRS   4
#define EMPTY (~0u)

#define VMCR_GROUPS   3u // ICH_VMCR_EL2: VENG1, VENG0
#define VMCR_EOI_MODE BIT(9)

enum { PRIVATE = 32, LEVEL = 39, EDGE = 40, THIRD = 41, IRQS = 64 }; // below PRIVATE: the core's own
struct model_physical {
    bool active, pending, masked, asserted; // pending: latched
};

extern uint64_t registers[VGIC_MAX_LRS];
extern uint32_t control;
extern bool line; // the timer asserts its interrupt
extern struct model_physical physical[IRQS];
#define physical_active physical[PPI].active
extern unsigned wakes, running_count; // running: the guest's active priorities, and of which interrupt
extern uint32_t eoi_count;            // ICH_HCR_EL2.EOIcount
extern struct core core;
extern struct vcpu vcpu;
extern struct tcb thread;
extern int reported;           // what the VMM heard of last (vgic_maintenance), or -1
extern void (*report_to)(int); // the VMM, in the exit with which it hears of that; or NULL

// An exception to the kernel synchronises.
#define vgic_deactivate(...)    (gic_lr_synchronise(), vgic_deactivate(__VA_ARGS__))
#define vgic_raise(...)         (gic_lr_synchronise(), vgic_raise(__VA_ARGS__))
#define vgic_raise_own_sgi(...) (gic_lr_synchronise(), vgic_raise_own_sgi(__VA_ARGS__))
#define vgic_take(...)          (gic_lr_synchronise(), vgic_take(__VA_ARGS__))
#define vgic_maintenance(...)   (gic_lr_synchronise(), vgic_maintenance(__VA_ARGS__))

// Everything as new: the timer bound at 0x40, SGI n enabled at 0x10 + 8 n.
int setup(void **state);
bool maintenance_asserted(void);
// The guest acknowledges the most urgent pending interrupt: its number, or EMPTY.
unsigned acknowledge(void);
// ICC_EOIR1_EL1 of the last one acknowledged; in EOI mode 1 it stays active, until it is deactivated.
void end(unsigned virq);
void deactivate(unsigned virq); // ICC_DIR_EL1
void set_eoi_mode(unsigned mode);
void set_groups(unsigned groups); // those that its CPU interface has on (bit n: group n)
// Takes maintenance interrupts until none is asserted. Each must bring something on.
void maintain(void);
// The guest takes all that it gets, with the maintenance interrupts in between. Numbers in order.
unsigned drain(unsigned *order, unsigned room);
void timer_fires(void);
// Another vCPU runs, and this one again, as vcpu.c does it.
void switch_away(void);
void switch_back(void);
// What the lines and latches make of the physical interrupts, as the kernel would take them.
void physical_fires(void);
// Binds LEVEL, EDGE and THIRD as 100, 101, 102, each more urgent than the one before, and enables them.
void bind_all(void);

#endif
