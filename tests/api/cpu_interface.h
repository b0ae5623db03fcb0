// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A guest's GIC CPU interface: system registers, or on a GICv2 the page GICV (Arm IHI 0048B 5.5, IHI 0069
// 12.2), which the guests find at GICV_AT. Called in a guest, but for cpu_interface_find.
#ifndef TESTS_API_CPU_INTERFACE_H
#define TESTS_API_CPU_INTERFACE_H

#include "vm.h"

#define GICV_PAGE 0x08040000ull
#define GICV_AT   0x30000000ull

enum { NO_INTERRUPT = 1023, IDLE_PRIORITY = 0xff };

static bool in_memory; // it is a GICv2's

#define ICC_READ(name)                                                                                       \
    ({                                                                                                       \
        word value_;                                                                                         \
        __asm__ volatile("mrs %0, " name "\n\tisb" : "=r"(value_));                                          \
        value_;                                                                                              \
    })
#define ICC_WRITE(name, value) __asm__ volatile("msr " name ", %0\n\tisb" : : "r"((word)(value)))

static inline volatile uint32_t *gicv(word offset) {
    return (volatile uint32_t *)(GICV_AT + offset);
}

// The group that interrupts of these guests have, at all priorities but the last.
static inline void enable(void) {
    if (in_memory) {
        *gicv(4) = 0xf8;
        *gicv(0) = 1;
    } else {
        ICC_WRITE("s3_0_c4_c6_0", 0xf8);
        ICC_WRITE("s3_0_c12_c12_7", 1);
    }
}
static inline word acknowledge(void) {
    return in_memory ? *gicv(0xc) & 0x3ff : ICC_READ("s3_0_c12_c12_0");
}
static inline word highest_pending(void) {
    return in_memory ? *gicv(0x18) & 0x3ff : ICC_READ("s3_0_c12_c12_2");
}
static inline word running_priority(void) {
    return (in_memory ? *gicv(0x14) : ICC_READ("s3_0_c12_c11_3")) & 0xff;
}

// The word of VCPU_InjectIRQ for an interrupt of that group.
static inline word injection(word irq, word priority, word index) {
    return irq | priority << 16 | (in_memory ? 0 : 1ull << 24) | index << 32;
}

__asm__(".pushsection .text\n.balign 4\n"
        "get_features: mrs x1, id_aa64pfr0_el1\n  str x1, [x0]\n  ret\n"
        ".popsection\n");
extern const char get_features[];

// Which one it is; first of all.
static inline void cpu_interface_find(void) {
    static volatile word features;
    (void)vm_call(vm_new(), get_features, (word)&features);
    in_memory = !(features >> 24 & 15);
    if (!in_memory)
        return;
    word start, bits, device = device_untyped(GICV_PAGE, &start, &bits), page = new_slot();
    // What lies before the page in its untyped is skipped.
    while (!untyped_retype(device, S_CNODE, T_SMALL_PAGE, 0, 0, 0, page, 1) && !page_get_address(page) &&
           reply.mr[0] != GICV_PAGE)
        page = new_slot();
    vm_check(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, GICV_AT, 3));
    vm_check(page_map(page, S_VSPACE, GICV_AT, R_R | R_W, 0));
}

#endif
