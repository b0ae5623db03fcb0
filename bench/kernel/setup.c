// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Setting up (bench/kernel/setup.h). Invariant: nothing that is measured needs memory, a slice's end or a
// page table.
#include <bench/kernel/setup.h>
#include <bench/kernel/marks.h>
#include <lib/base/pl011.h>

#define UART_ADDRESS 0x09000000ul
#define SLOT_DEPTH   64

// Slices that no run of this program ends, in microseconds. Budget = period: round robin.
#define SLICE_US 10000000ul

// Objects are taken from an untyped of at least this size.
#define MEMORY_BITS 21

extern char image_start[], image_end[];

static const struct sel4_bootinfo *bootinfo;
static cptr_t slot_next, memory;
static bool has_uart;

// PSTATE of a guest at EL1 with SP_EL0, exceptions masked.
#define SPSR_EL1T 0x3c4

static struct {
    cptr_t tcb, sched_context, vspace;
    word_t spsr;
} partner;
static _Alignas(4096) uint8_t partner_buffer[4096];
static _Alignas(16) uint8_t partner_stack[8192];

void setup_print(const char *text) {
    for (; *text != '\0'; text++) {
        while (pl011_read(UART_BASE, PL011_FR) & PL011_FR_TXFF)
            __asm__ volatile("yield");
        pl011_write(UART_BASE, PL011_DR, (uint8_t)*text);
    }
}

void setup_fail(const char *what) {
    if (has_uart) {
        setup_print("FAIL ");
        setup_print(what);
        setup_print("\n");
    }
    for (;;)
        __asm__ volatile(MARK_HINT(MARK_FINISH) "yield");
}

void setup_check(const char *what, enum sel4_error error) {
    if (error != SEL4_NO_ERROR)
        setup_fail(what);
}

cptr_t setup_slots(word_t count) {
    cptr_t slot = slot_next;
    if (count > bootinfo->empty.end - slot_next)
        setup_fail("the root CNode is full");
    slot_next += count;
    return slot;
}

cptr_t setup_slot(void) {
    return setup_slots(1);
}

static cptr_t retype(cptr_t untyped, enum sel4_object_type type, word_t bits, word_t count) {
    cptr_t slot = setup_slots(count);
    setup_check("Untyped_Retype",
                seL4_Untyped_Retype(untyped, SEL4_SLOT_CNODE, type, bits, 0, 0, slot, count));
    return slot;
}

cptr_t setup_object(enum sel4_object_type type, word_t bits) {
    return retype(memory, type, bits, 1);
}

void setup_map(cptr_t frame, cptr_t vspace, word_t address, word_t attributes) {
    enum sel4_error error = SEL4_FAILED_LOOKUP;
    for (int levels = 0; levels < 3 && error == SEL4_FAILED_LOOKUP; levels++) {
        error = seL4_Page_Map(frame, vspace, address, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE, attributes);
        if (error == SEL4_FAILED_LOOKUP) {
            cptr_t table = setup_object(SEL4_OBJECT_PAGE_TABLE, 0);
            setup_check("PageTable_Map", seL4_PageTable_Map(table, vspace, address, SEL4_PAGE_DEFAULT));
        }
    }
    setup_check("Page_Map", error);
}

static cptr_t copy(cptr_t cap) {
    cptr_t slot = setup_slot();
    setup_check("CNode_Copy", seL4_CNode_Copy(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, SLOT_DEPTH, cap,
                                              SLOT_DEPTH, SEL4_RIGHTS_ALL));
    return slot;
}

// The first untyped of RAM of MEMORY_BITS or more.
static cptr_t memory_find(void) {
    for (word_t i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        const struct sel4_untyped_description *u = &bootinfo->untyped_list[i];
        if (!u->is_device && u->size_bits >= MEMORY_BITS)
            return bootinfo->untyped.start + i;
    }
    setup_fail("no memory");
}

cptr_t setup_untyped(word_t bits) {
    for (word_t i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        const struct sel4_untyped_description *u = &bootinfo->untyped_list[i];
        if (!u->is_device && u->size_bits == bits)
            return bootinfo->untyped.start + i;
    }
    setup_fail("no memory");
}

// The UART's page, cut out of the device untyped that has it by halves.
static cptr_t uart_frame(void) {
    for (word_t i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++) {
        const struct sel4_untyped_description *u = &bootinfo->untyped_list[i];
        if (!u->is_device || UART_ADDRESS < u->paddr || (UART_ADDRESS - u->paddr) >> u->size_bits != 0)
            continue;
        cptr_t piece = bootinfo->untyped.start + i;
        for (word_t bits = u->size_bits; bits > SEL4_SMALL_PAGE_BITS; bits--)
            piece = retype(piece, SEL4_OBJECT_UNTYPED, bits - 1, 2) + (UART_ADDRESS >> (bits - 1) & 1);
        return retype(piece, SEL4_OBJECT_SMALL_PAGE, 0, 1);
    }
    setup_fail("no UART");
}

static void context_configure(cptr_t sched_context, word_t budget, word_t period, word_t extra_refills,
                              word_t flags) {
    setup_check("SchedControl_ConfigureFlags",
                seL4_SchedControl_ConfigureFlags(bootinfo->sched_control.start, sched_context, budget, period,
                                                 extra_refills, 0, flags));
}

void setup_slice(cptr_t sched_context) {
    context_configure(sched_context, SLICE_US, SLICE_US, 0, 0);
}

void setup_sporadic(cptr_t sched_context, word_t budget, word_t period, word_t extra_refills) {
    const word_t sporadic = 1;
    context_configure(sched_context, budget, period, extra_refills, sporadic);
}

// Shows every page of the program in the partner's space too. Returns the partner's frame of its IPC buffer.
static cptr_t program_share(cptr_t vspace) {
    cptr_t buffer = 0;
    for (word_t page = 0; page < (word_t)(image_end - image_start + 4095) / 4096; page++) {
        word_t address = (word_t)image_start + page * 4096;
        cptr_t frame = copy(bootinfo->user_image_frames.start + page);
        setup_map(frame, vspace, address, SEL4_PAGE_DEFAULT);
        if (address == (word_t)partner_buffer)
            buffer = frame;
    }
    return buffer;
}

static void partner_make(cptr_t uart) {
    partner.vspace = setup_object(SEL4_OBJECT_VSPACE, 0);
    setup_check("ASIDPool_Assign", seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, partner.vspace));
    cptr_t buffer = program_share(partner.vspace);
    setup_map(copy(uart), partner.vspace, UART_BASE, 0);
    partner.sched_context = setup_object(SEL4_OBJECT_SCHED_CONTEXT, 8);
    setup_slice(partner.sched_context);
    partner.tcb = setup_object(SEL4_OBJECT_TCB, 0);
    setup_check("TCB_Configure", seL4_TCB_Configure(partner.tcb, SEL4_SLOT_CNODE, partner.vspace, buffer, 0,
                                                    0, (word_t)partner_buffer));
    setup_check("TCB_SetTLSBase", seL4_TCB_SetTLSBase(partner.tcb, (word_t)partner_buffer));
}

void setup_start(const struct sel4_bootinfo *info) {
    bootinfo = info;
    slot_next = info->empty.start;
    memory = memory_find();
    cptr_t uart = uart_frame();
    setup_map(uart, SEL4_SLOT_VSPACE, UART_BASE, 0);
    has_uart = true;
    setup_slice(SEL4_SLOT_SCHED_CONTEXT);
    partner_make(uart);
    setup_check("TCB_SetPriority", seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, MEASURE_PRIORITY));
}

void setup_partner_guest(void) {
    setup_check("VCPU_SetTCB", seL4_VCPU_SetTCB(setup_object(SEL4_OBJECT_VCPU, 0), partner.tcb));
    partner.spsr = SPSR_EL1T;
}

void setup_partner_start(void (*entry)(void), word_t priority, bool passive) {
    word_t registers[SEL4_REG_COUNT] = {
        [SEL4_REG_PC] = (word_t)entry,
        [SEL4_REG_SP] = (word_t)(partner_stack + sizeof(partner_stack)),
        [SEL4_REG_SPSR] = partner.spsr,
        [SEL4_REG_TPIDR_EL0] = (word_t)partner_buffer,
    };
    setup_check("TCB_WriteRegisters", seL4_TCB_WriteRegisters(partner.tcb, 0, SEL4_REG_COUNT, registers));
    setup_check("SchedContext_Bind", seL4_SchedContext_Bind(partner.sched_context, partner.tcb));
    // Above root, so that it runs now.
    setup_check("TCB_SetPriority", seL4_TCB_SetPriority(partner.tcb, SEL4_SLOT_TCB, MEASURE_PRIORITY + 1));
    setup_check("TCB_Resume", seL4_TCB_Resume(partner.tcb));
    if (passive)
        setup_check("SchedContext_Unbind", seL4_SchedContext_Unbind(partner.sched_context));
    setup_check("TCB_SetPriority", seL4_TCB_SetPriority(partner.tcb, SEL4_SLOT_TCB, priority));
}

void setup_partner_stop(void) {
    setup_check("TCB_Suspend", seL4_TCB_Suspend(partner.tcb));
    (void)seL4_SchedContext_Unbind(partner.sched_context); // a passive partner's is unbound already
}
