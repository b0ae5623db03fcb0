// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Exceptions: expected ones are recorded and skipped, unexpected ones fail the running test and escape from
// it.
#include "guests/bare/bare.h"

volatile struct trap_record trap;
struct trap_context trap_escape;

void trap_arm(void) {
    trap.count = 0;
    trap.esr = trap.far = trap.elr = trap.vector = 0;
    trap.armed = true;
}

bool trap_disarm(void) {
    // A posted write may abort late only as an SError; a synchronous abort is taken by now.
    trap.armed = false;
    return trap.count != 0;
}

static void escape(const char *what, u64 vector, const struct trap_frame *frame) {
    u64 esr = sysreg_read(esr_el1), far = sysreg_read(far_el1);
    trap.armed = false;
    check(false, "%s: vector %lu ESR 0x%lx FAR 0x%lx at image+0x%lx", what, vector, esr, far,
          frame->elr - (u64)__image_start);
    trap_context_restore(&trap_escape);
}

static void handle_synchronous(u64 vector, struct trap_frame *frame) {
    if (!trap.armed) {
        escape("unexpected exception", vector, frame);
    }
    u64 esr = sysreg_read(esr_el1);
    u32 class = ESR_EC(esr);
    if (trap.count++ == 0) {
        trap.vector = vector;
        trap.esr = esr;
        trap.far = sysreg_read(far_el1);
        trap.elr = frame->elr;
    }
    if (class == EC_INSTRUCTION_ABORT || class == EC_PC_ALIGNMENT) {
        frame->elr = frame->x[30];
    } else if (class != EC_SVC64) {
        frame->elr += 4;
    }
    if (vector == 8) {
        // A test at EL0 ends with its first exception: go on in EL1 where the link register points.
        frame->elr = frame->x[30];
        frame->spsr = 0x3c5;
    }
}

void trap_handle(u64 vector, struct trap_frame *frame) {
    switch (vector & 3) {
    case 0:
        handle_synchronous(vector, frame);
        break;
    case 1:
        irq_dispatch();
        break;
    case 2:
        if (fiq_hook) {
            fiq_hook();
            break;
        }
        escape("FIQ", vector, frame);
        break;
    default:
        escape("SError", vector, frame);
    }
}

bool probe_read(u64 address, unsigned width, u64 *value) {
    u64 v = 0;
    trap_arm();
    switch (width) {
    case 1:
        asm volatile("ldrb %w0, [%1]" : "+r"(v) : "r"(address) : "memory");
        break;
    case 2:
        asm volatile("ldrh %w0, [%1]" : "+r"(v) : "r"(address) : "memory");
        break;
    case 4:
        asm volatile("ldr %w0, [%1]" : "+r"(v) : "r"(address) : "memory");
        break;
    default:
        asm volatile("ldr %0, [%1]" : "+r"(v) : "r"(address) : "memory");
    }
    *value = v;
    return !trap_disarm();
}

bool probe_write(u64 address, unsigned width, u64 value) {
    trap_arm();
    switch (width) {
    case 1:
        asm volatile("strb %w0, [%1]" ::"r"(value), "r"(address) : "memory");
        break;
    case 2:
        asm volatile("strh %w0, [%1]" ::"r"(value), "r"(address) : "memory");
        break;
    case 4:
        asm volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
        break;
    default:
        asm volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
    }
    return !trap_disarm();
}

bool probe_call(u64 address) {
    trap_arm();
    asm volatile("blr %0" ::"r"(address) : "x30", "memory", "cc");
    return !trap_disarm();
}
