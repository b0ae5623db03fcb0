// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A device's line for tests of interrupts, and the CPU interface of the guests that take it. The line is the
// PL061's, looped back on itself: a pin that is an output and high interrupts. What guests run is inlined and
// told all addresses, so that it runs in any address space.
#ifndef TESTS_API_LINE_H
#define TESTS_API_LINE_H

#include "vm.h"

enum { GPIO_IRQ = 39, NONE = 1023 };
#define GPIO_PAGE 0x09030000ull
#define GPIO_AT   0x30200000ull
#define GICV_PAGE 0x08040000ull
#define GICV_AT   0x30000000ull // where the guests of a GICv2 find it

#define LINE_INLINE static inline __attribute__((always_inline))

// --- the device, mapped at `at`

LINE_INLINE volatile uint32_t *line_register(word at, word offset) {
    return (volatile uint32_t *)(at + offset);
}
LINE_INLINE void line_lower(word at) {
    *line_register(at, 0x4) = 0;
    *line_register(at, 0x41c) = 1;
}
LINE_INLINE void line_raise(word at) {
    *line_register(at, 0x4) = 1;
}
LINE_INLINE void line_setup(word at) {
    *line_register(at, 0x410) = 0;
    *line_register(at, 0x400) = 1;
    *line_register(at, 0x404) = 1; // a level
    *line_register(at, 0x40c) = 1; // high
    line_lower(at);
    *line_register(at, 0x410) = 1;
}

// --- the guest's CPU interface, in memory at `gicv`; 0: system registers

LINE_INLINE void cpu_enable(word gicv) {
    if (gicv) {
        *line_register(gicv, 4) = 0xf8;
        *line_register(gicv, 0) = 1;
    } else {
        __asm__ volatile("msr s3_0_c4_c6_0, %0\n\tmsr s3_0_c12_c12_7, %1\n\tisb" : : "r"(0xf8ull), "r"(1ull));
    }
}
LINE_INLINE word cpu_acknowledge(word gicv) {
    if (gicv)
        return *line_register(gicv, 0xc) & 0x3ff;
    word virq;
    __asm__ volatile("mrs %0, s3_0_c12_c12_0\n\tdsb sy" : "=r"(virq));
    return virq;
}
LINE_INLINE void cpu_end(word gicv, word virq) {
    if (gicv)
        *line_register(gicv, 0x10) = (uint32_t)virq;
    else
        __asm__ volatile("msr s3_0_c12_c12_1, %0\n\tisb" : : "r"(virq));
}

// --- root's side

static word gicv_at; // of the machine's guests, as above

// The frame of a device's page, in a new slot.
static inline word line_frame(word address) {
    word start, bits, device = device_untyped(address, &start, &bits), page = new_slot();
    // What lies before the page in its untyped is skipped.
    while (!untyped_retype(device, S_CNODE, T_SMALL_PAGE, 0, 0, 0, page, 1) && !page_get_address(page) &&
           reply.mr[0] != address)
        page = new_slot();
    return page;
}

static inline void line_map(word page, word at) {
    vm_check(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, at, 3));
    vm_check(page_map(page, S_VSPACE, at, R_R | R_W, 0));
}

__asm__(".pushsection .text\n.balign 4\n"
        "line_features: mrs x1, id_aa64pfr0_el1\n  str x1, [x0]\n  ret\n"
        ".popsection\n");
extern const char line_features[];

// Finds out which GIC the guests have.
static inline void line_find_gic(volatile word *scratch) {
    (void)vm_call(vm_new(), line_features, (word)scratch);
    gicv_at = scratch[0] >> 24 & 15 ? 0 : GICV_AT;
}

#endif
