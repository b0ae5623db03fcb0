// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's longest operations (bench/kernel/longest.def): a root task that drives each to a size that no
// component needs. Nothing is measured here; the plugin of bench/kernel/stretch.c watches how long the kernel
// keeps interrupts masked.
#include <bench/kernel/longest.h>
#include <bench/kernel/trap.h>
#include <lib/rt/rt.h>

// Where pages are mapped: behind the program and the UART.
#define MAP_ADDRESS 0x40000000ul

#define TABLE_PAGES   512 // mappings of one page table
#define POOL_SPACES   512 // places of an ASID pool
#define NESTED_CNODES 64

cptr_t scratch, pool;

void longest_retype(enum sel4_object_type type, word_t bits, word_t first, word_t count) {
    const word_t most = 256; // at once
    for (word_t done = 0; done < count; done += most) {
        word_t now = count - done < most ? count - done : most;
        setup_check("Untyped_Retype", seL4_Untyped_Retype(pool, SEL4_SLOT_CNODE, type, bits, 0, 0,
                                                          scratch + first + done, now));
    }
}

void longest_revoke(cptr_t cap) {
    setup_check("CNode_Revoke", seL4_CNode_Revoke(SEL4_SLOT_CNODE, cap, LONGEST_DEPTH));
}

void longest_delete(cptr_t cap) {
    setup_check("CNode_Delete", seL4_CNode_Delete(SEL4_SLOT_CNODE, cap, LONGEST_DEPTH));
}

static void copy(cptr_t to, cptr_t from) {
    setup_check("CNode_Copy", seL4_CNode_Copy(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, to, LONGEST_DEPTH, from,
                                              LONGEST_DEPTH, SEL4_RIGHTS_ALL));
}

// --- memory

static void large_object(void) {
    LONGEST_BEGIN(ZERO);
    longest_retype(SEL4_OBJECT_CNODE, POOL_BITS - SEL4_SLOT_BITS, 0, 1);
    LONGEST_BEGIN(DELETE_LARGE);
    longest_delete(scratch);
}

static void many_objects(void) {
    static const struct {
        enum sel4_object_type type;
        word_t bits;
    } kinds[] = {
        {SEL4_OBJECT_UNTYPED, 4},      {SEL4_OBJECT_TCB, 0},        {SEL4_OBJECT_ENDPOINT, 0},
        {SEL4_OBJECT_NOTIFICATION, 0}, {SEL4_OBJECT_CNODE, 1},      {SEL4_OBJECT_SCHED_CONTEXT, 7},
        {SEL4_OBJECT_REPLY, 0},        {SEL4_OBJECT_SMALL_PAGE, 0}, {SEL4_OBJECT_PAGE_TABLE, 0},
        {SEL4_OBJECT_VSPACE, 0},       {SEL4_OBJECT_VCPU, 0},
    };
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        LONGEST_BEGIN(RETYPE_MANY);
        longest_retype(kinds[i].type, kinds[i].bits, 0, 256);
        LONGEST_BEGIN(REVOKE_WIDE);
        longest_revoke(pool);
    }
    longest_retype(SEL4_OBJECT_ENDPOINT, 0, 0, SCRATCH_COUNT);
    longest_revoke(pool);
}

// --- capabilities

static void copies(void) {
    LONGEST_BEGIN(SETUP);
    longest_retype(SEL4_OBJECT_ENDPOINT, 0, 0, 1);
    for (word_t i = 1; i < SCRATCH_COUNT; i++)
        copy(scratch + i, scratch);
    LONGEST_BEGIN(REVOKE_COPIES);
    longest_revoke(scratch);
    longest_revoke(pool);
}

// Untyped in untyped, down to the smallest.
static void deep_untyped(void) {
    LONGEST_BEGIN(SETUP);
    longest_retype(SEL4_OBJECT_UNTYPED, POOL_BITS - 1, 0, 1);
    for (word_t i = 1; POOL_BITS - 1 - i >= SEL4_MIN_UNTYPED_BITS; i++)
        setup_check("Untyped_Retype",
                    seL4_Untyped_Retype(scratch + i - 1, SEL4_SLOT_CNODE, SEL4_OBJECT_UNTYPED,
                                        POOL_BITS - 1 - i, 0, 0, scratch + i, 1));
    LONGEST_BEGIN(REVOKE_DEEP);
    longest_revoke(pool);
}

// CNode in CNode: each holds the only capability of the next.
static void nested_cnodes(void) {
    LONGEST_BEGIN(SETUP);
    longest_retype(SEL4_OBJECT_CNODE, 4, 0, NESTED_CNODES);
    for (word_t i = NESTED_CNODES - 1; i > 0; i--)
        setup_check("CNode_Move",
                    seL4_CNode_Move(scratch + i - 1, SEL4_SLOT_CNODE, 1, 4, scratch + i, LONGEST_DEPTH));
    LONGEST_BEGIN(DELETE_NESTED);
    longest_delete(scratch);
    longest_revoke(pool);
}

// --- translation

static void cache(void) {
    LONGEST_BEGIN(SETUP);
    const word_t bytes = 1ul << SEL4_LARGE_PAGE_BITS;
    longest_retype(SEL4_OBJECT_LARGE_PAGE, 0, 0, 1);
    setup_map(scratch, SEL4_SLOT_VSPACE, MAP_ADDRESS, SEL4_PAGE_DEFAULT);
    LONGEST_BEGIN(CACHE);
    setup_check("Page_Clean", seL4_Page_Clean(scratch, 0, bytes));
    setup_check("Page_Invalidate", seL4_Page_Invalidate(scratch, 0, bytes));
    setup_check("Page_CleanInvalidate", seL4_Page_CleanInvalidate(scratch, 0, bytes));
    setup_check("Page_Unify", seL4_Page_Unify(scratch, 0, bytes));
    setup_check("VSpace_Unify", seL4_VSpace_Unify(SEL4_SLOT_VSPACE, MAP_ADDRESS, MAP_ADDRESS + bytes));
    longest_revoke(pool);
}

// A VSpace with two tables and TABLE_PAGES pages: scratch is the space, then tables and pages.
static void mapped_space(void) {
    LONGEST_BEGIN(SETUP);
    longest_retype(SEL4_OBJECT_VSPACE, 0, 0, 1);
    longest_retype(SEL4_OBJECT_PAGE_TABLE, 0, 1, 2);
    longest_retype(SEL4_OBJECT_SMALL_PAGE, 0, 3, TABLE_PAGES);
    setup_check("ASIDPool_Assign", seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, scratch));
    for (word_t i = 1; i < 3; i++)
        setup_check("PageTable_Map",
                    seL4_PageTable_Map(scratch + i, scratch, MAP_ADDRESS, SEL4_PAGE_DEFAULT));
    for (word_t i = 0; i < TABLE_PAGES; i++)
        setup_check("Page_Map",
                    seL4_Page_Map(scratch + 3 + i, scratch, MAP_ADDRESS + (i << SEL4_SMALL_PAGE_BITS),
                                  SEL4_RIGHT_READ | SEL4_RIGHT_WRITE, SEL4_PAGE_DEFAULT));
    LONGEST_BEGIN(MAPPINGS);
}

static void mappings(void) {
    mapped_space();
    longest_delete(scratch);
    longest_revoke(pool);
    mapped_space();
    setup_check("PageTable_Unmap", seL4_PageTable_Unmap(scratch + 2));
    longest_delete(scratch + 1);
    longest_revoke(pool);
    mapped_space();
    longest_revoke(pool);
}

// A pool of spaces, each of which a thread was run in: it has a VMID, as far as they go round.
static void asid_pool(void) {
    LONGEST_BEGIN(SETUP);
    const cptr_t untyped = scratch, asids = scratch + 1, tcb = scratch + 2, sched_context = scratch + 3,
                 spaces = scratch + 4;
    longest_retype(SEL4_OBJECT_UNTYPED, SEL4_ASID_POOL_BITS, 0, 1);
    setup_check("ASIDControl_MakePool", seL4_ASIDControl_MakePool(SEL4_SLOT_ASID_CONTROL, untyped,
                                                                  SEL4_SLOT_CNODE, asids, LONGEST_DEPTH));
    longest_retype(SEL4_OBJECT_TCB, 0, 2, 1);
    longest_retype(SEL4_OBJECT_SCHED_CONTEXT, 8, 3, 1);
    longest_retype(SEL4_OBJECT_VSPACE, 0, 4, POOL_SPACES);
    setup_slice(sched_context);
    setup_check("TCB_SetPriority", seL4_TCB_SetPriority(tcb, SEL4_SLOT_TCB, MEASURE_PRIORITY + 1));
    setup_check("SchedContext_Bind", seL4_SchedContext_Bind(sched_context, tcb));
    for (word_t i = 0; i < POOL_SPACES; i++) {
        setup_check("ASIDPool_Assign", seL4_ASIDPool_Assign(asids, spaces + i));
        setup_check("TCB_SetSpace", seL4_TCB_SetSpace(tcb, 0, SEL4_SLOT_CNODE, spaces + i, 0, 0));
        setup_check("TCB_Resume", seL4_TCB_Resume(tcb)); // it faults at once: nothing is mapped
    }
    LONGEST_BEGIN(ASID_POOL);
    longest_delete(asids);
    longest_revoke(pool);
}

// --- messages

#define MESSAGE_WORDS 120

static cptr_t endpoint, reply;

_Noreturn static void receive_always(void) {
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    struct sel4_message message = {0};
    buffer->receive_cnode = SEL4_SLOT_CNODE;
    buffer->receive_index = scratch + 2;
    buffer->receive_depth = LONGEST_DEPTH;
    seL4_Recv(endpoint, reply, &message);
    for (;;) {
        message.info = sel4_info(0, 0, 0, MESSAGE_WORDS);
        seL4_ReplyRecv(endpoint, reply, &message);
    }
}

static void message(void) {
    LONGEST_BEGIN(SETUP);
    endpoint = scratch;
    reply = scratch + 1;
    longest_retype(SEL4_OBJECT_ENDPOINT, 0, 0, 1);
    longest_retype(SEL4_OBJECT_REPLY, 0, 1, 1);
    setup_partner_start(receive_always, MEASURE_PRIORITY, true);
    LONGEST_BEGIN(MESSAGE);
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    struct sel4_message sent = {.info = sel4_info(0, 0, 3, MESSAGE_WORDS)};
    buffer->caps_or_badges[0] = reply; // this one moves, the others are told by their badges
    buffer->caps_or_badges[1] = buffer->caps_or_badges[2] = endpoint;
    seL4_Call(endpoint, &sent);
    setup_partner_stop();
    longest_revoke(pool);
}

int main(word_t bootinfo, word_t argument1, word_t argument2, word_t argument3) {
    (void)argument1, (void)argument2, (void)argument3;
    LONGEST_BEGIN(SETUP);
    setup_start((const struct sel4_bootinfo *)bootinfo);
    pool = setup_untyped(POOL_BITS);
    scratch = setup_slots(SCRATCH_COUNT);
    large_object();
    many_objects();
    copies();
    deep_untyped();
    nested_cnodes();
    cache();
    mappings();
    asid_pool();
    message();
    longest_threads();
    setup_print("PASS every operation came to its end\nDONE\n");
    for (;;)
        __asm__ volatile("yield");
}
