// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The fuzzer's world: five threads that share one small CSpace, objects of every type, five untypeds to make
// more of, and a supervisor. It is made by root's system calls, once; a snapshot is copied back for each
// input.
//
// Invariants: 1. the objects that are there at first, and the supervisor's, are made of untypeds that no
// input can reach, so that their memory is never that of another object. 2. The supervisor is the least
// urgent thread, never blocks but to sleep, and no capability of its TCB, context or CSpace can be reached:
// the machine is idle only while it sleeps, and a signal ends that. 3. What an input can change lies in the
// snapshot's pages, in the kernel's variables (sections.h), or in the memory of the five untypeds.
#include "fuzz.h"
#include <stdio.h>

#define RAM_BYTES      0x200000
#define PAGE           4096
#define MAX_PAGES      (RAM_BYTES / PAGE)
#define OWN            SEL4_SLOT_CNODE // while root has its own CSpace
#define TOP_GUARD_BITS 54              // of the supervisor's CSpace: radix 3 above the house

struct fuzz_world fuzz_world;

// Ends of the sections (sections.h), by the linker; weak: there may be no such variable.
extern char __start_kernel_data[] __attribute__((weak)), __stop_kernel_data[] __attribute__((weak)),
    __start_kernel_bss[], __stop_kernel_bss[];

static struct {
    unsigned page_count;
    uint32_t pages[MAX_PAGES];
    uint8_t content[MAX_PAGES][PAGE];
    uint64_t *data, *bss;
    struct {
        word_t start, bytes;
        bool touched;
    } untypeds[FUZZ_UNTYPEDS];
} snapshot;

static uint8_t *const ram = (uint8_t *)(HOST_WINDOW + HOST_RAM_START);

// --- making it

static void must_line(enum sel4_error error, int line) {
    if (error != SEL4_NO_ERROR)
        check_fail("the fuzzer's world cannot be made: error %d at line %d", error, line);
}
#define must(call) must_line(call, __LINE__)

// Capabilities of root's first CSpace.
static struct { cptr_t house_memory, house, top, node1, node2; } first;

static void move_to_house(cptr_t slot, cptr_t from) {
    must(seL4_CNode_Move(first.house, OWN, slot, HOUSE_BITS, from, SEL4_WORD_BITS));
}

static cptr_t new_cnode(unsigned radix) {
    return new_object_from(first.house_memory, SEL4_OBJECT_CNODE, radix);
}

static void mint_node(cptr_t root, cptr_t slot, unsigned depth, cptr_t node, word_t guard,
                      unsigned guard_bits) {
    must(seL4_CNode_Mint(root, OWN, slot, depth, node, SEL4_WORD_BITS, SEL4_RIGHTS_ALL,
                         sel4_cnode_data(guard, guard_bits)));
}

// The house, the CSpaces above it, and what root was given at boot.
static void make_spaces(void) {
    static const uint8_t untyped_bits[FUZZ_UNTYPEDS] = {16, 14, 12, 12, 18};
    cptr_t untypeds[FUZZ_UNTYPEDS];
    first.house_memory = new_object(SEL4_OBJECT_UNTYPED, 17);
    for (unsigned i = 0; i < FUZZ_UNTYPEDS; i++)
        untypeds[i] = new_object(SEL4_OBJECT_UNTYPED, untyped_bits[i]);
    first.house = new_cnode(HOUSE_BITS);
    first.node1 = new_cnode(3);
    first.node2 = new_cnode(5);
    cptr_t top = new_cnode(2);
    first.top = new_cnode(3);
    mint_node(first.top, 0, 3, first.house, 0, 0);
    mint_node(top, 0, 2, first.house, 0, 0);
    mint_node(top, 1, 2, first.node1, 0xa, 4);
    mint_node(top, 2, 2, first.node2, 0, 0);
    for (unsigned i = 0; i < FUZZ_UNTYPEDS; i++) {
        struct cap cap = slot_of(untypeds[i])->cap;
        snapshot.untypeds[i].start = cap_address(cap);
        snapshot.untypeds[i].bytes = BIT(cap_untyped_bits(cap));
        move_to_house(SLOT_UNTYPED + i, untypeds[i]);
    }
    move_to_house(SLOT_DEVICE, new_object_from(world.bootinfo->untyped.start, SEL4_OBJECT_UNTYPED, 16));
    mint_node(first.house, SLOT_CNODE, HOUSE_BITS, first.house, 0, SEL4_WORD_BITS - HOUSE_BITS);
    must(seL4_CNode_Mutate(first.house, OWN, SLOT_TOP, HOUSE_BITS, top, SEL4_WORD_BITS,
                           sel4_cnode_data(0, SEL4_WORD_BITS - HOUSE_BITS - 2)));
    move_to_house(SLOT_NODE1, first.node1);
    move_to_house(SLOT_NODE2, first.node2);
}

// Root becomes the supervisor: from here on addresses are those of the house.
static void make_supervisor(void) {
    static const struct {
        uint8_t to, from;
    } moved[] = {{SLOT_IRQ_CONTROL, SEL4_SLOT_IRQ_CONTROL},
                 {SLOT_ASID_CONTROL, SEL4_SLOT_ASID_CONTROL},
                 {SLOT_ASID_POOL, SEL4_SLOT_ASID_POOL},
                 {SLOT_DOMAIN, SEL4_SLOT_DOMAIN},
                 {SLOT_SMC, SEL4_SLOT_SMC}};
    cptr_t wake = new_object_from(first.house_memory, SEL4_OBJECT_NOTIFICATION, 0);
    const cptr_t own[] = {wake, SEL4_SLOT_SCHED_CONTEXT};
    fuzz_world.wake = object_of(wake);
    for (unsigned i = 0; i < ARRAY_LENGTH(own); i++)
        must(seL4_CNode_Move(first.top, OWN, 4 + i, 3, own[i], SEL4_WORD_BITS));
    for (unsigned i = 0; i < ARRAY_LENGTH(moved); i++)
        move_to_house(moved[i].to, moved[i].from);
    move_to_house(SLOT_SCHED_CONTROL, world.sched_control);
    must(seL4_CNode_Move(first.top, OWN, 7, 3, first.house_memory, SEL4_WORD_BITS));
    must(seL4_CNode_Copy(first.top, OWN, 6, 3, SEL4_SLOT_TCB, SEL4_WORD_BITS, SEL4_RIGHTS_ALL));
    must(seL4_TCB_SetSpace(SEL4_SLOT_TCB, SEL4_SLOT_NULL, first.top, SEL4_SLOT_VSPACE,
                           sel4_cnode_data(0, TOP_GUARD_BITS), 0));
}

#define OWN_TCB    (6u << HOUSE_BITS) // in the supervisor's CSpace
#define OWN_MEMORY (7u << HOUSE_BITS)
#define DEPTH      SEL4_WORD_BITS

static void make_objects(void) {
    static const struct {
        uint8_t type, size_bits, slot, count;
    } objects[] = {
        {SEL4_OBJECT_TCB, 0, SLOT_TCB, FUZZ_THREADS}, {SEL4_OBJECT_SCHED_CONTEXT, 8, SLOT_CONTEXT, 6},
        {SEL4_OBJECT_ENDPOINT, 0, SLOT_ENDPOINT, 2},  {SEL4_OBJECT_NOTIFICATION, 0, SLOT_NOTIFICATION, 3},
        {SEL4_OBJECT_REPLY, 0, SLOT_REPLY, 4},        {SEL4_OBJECT_VSPACE, 0, SLOT_VSPACE, 2},
        {SEL4_OBJECT_PAGE_TABLE, 0, SLOT_TABLE, 2},   {SEL4_OBJECT_SMALL_PAGE, 0, SLOT_FRAME, 5},
        {SEL4_OBJECT_VCPU, 0, SLOT_VCPU, 1}};
    static const struct {
        uint8_t slot, source, rights;
        word_t badge;
    } minted[] = {{SLOT_MINTED, SLOT_ENDPOINT, SEL4_RIGHTS_ALL, 1},
                  {SLOT_MINTED + 1, SLOT_ENDPOINT, SEL4_RIGHT_WRITE, 2},
                  {SLOT_MINTED + 2, SLOT_ENDPOINT, SEL4_RIGHT_WRITE | SEL4_RIGHT_GRANT_REPLY, 3},
                  {SLOT_MINTED + 3, SLOT_ENDPOINT, SEL4_RIGHT_READ, 0},
                  {SLOT_MINTED + 4, SLOT_ENDPOINT + 1, SEL4_RIGHTS_ALL, 0xf},
                  {SLOT_SIGNAL, SLOT_NOTIFICATION, SEL4_RIGHTS_ALL, 1},
                  {SLOT_SIGNAL + 1, SLOT_NOTIFICATION + 1, SEL4_RIGHT_WRITE, 4},
                  {SLOT_REPLY + 4, SLOT_REPLY, 0, 0},
                  {SLOT_FRAME + 5, SLOT_FRAME + 1, SEL4_RIGHT_READ, 0}};
    for (unsigned i = 0; i < ARRAY_LENGTH(objects); i++)
        must(seL4_Untyped_Retype(OWN_MEMORY, SLOT_CNODE, objects[i].type, objects[i].size_bits, 0, 0,
                                 objects[i].slot, objects[i].count));
    for (unsigned i = 0; i < ARRAY_LENGTH(minted); i++)
        must(seL4_CNode_Mint(SLOT_CNODE, SLOT_CNODE, minted[i].slot, DEPTH, minted[i].source, DEPTH,
                             minted[i].rights, minted[i].badge));
    must(seL4_IRQControl_Get(SLOT_IRQ_CONTROL, SLOT_CNODE, FUZZ_HELD_IRQ, SLOT_HANDLER, DEPTH));
    must(seL4_IRQHandler_SetNotification(SLOT_HANDLER, SLOT_SIGNAL + 1));
    must(seL4_IRQControl_IssueSGI(SLOT_IRQ_CONTROL, SLOT_CNODE, 3, 1, SLOT_SGI, DEPTH));
    must(seL4_ASIDPool_Assign(SLOT_ASID_POOL, SLOT_VSPACE));
    must(seL4_PageTable_Map(SLOT_TABLE, SLOT_VSPACE, 0x400000, 0));
}

// Threads 0 and 1 are clients, 2 the handler of their faults, 3 a server without context, 4 what else there
// is.
static const struct {
    uint8_t priority, mcp, cspace, frame, fault, timeout;
    uint16_t buffer;
    word_t budget, period, extra, sporadic;
} threads[FUZZ_THREADS] = {
    {20, 255, SLOT_CNODE, SLOT_FRAME, SLOT_MINTED + 4, SLOT_NULL, 0x1000, 1000, 1000, 0, 0},
    {20, 30, SLOT_CNODE, SLOT_FRAME, SLOT_MINTED + 4, SLOT_MINTED + 4, 0x1400, 200, 1000, 4, 1},
    {30, 255, SLOT_CNODE, SLOT_FRAME + 5, SLOT_MINTED, SLOT_NULL, 0x1000, 100, 500, 3, 0},
    {40, 100, SLOT_CNODE, SLOT_FRAME + 2, SLOT_MINTED + 2, SLOT_NULL, 0x1800, 5000, 5000, 0, 0},
    {10, 255, SLOT_TOP, SLOT_FRAME, SLOT_NULL, SLOT_NULL, 0, 500, 2000, 0, 1},
};

static void make_threads(const struct slot *house) {
    for (unsigned i = 0; i < FUZZ_THREADS; i++) {
        cptr_t tcb = SLOT_TCB + i, context = SLOT_CONTEXT + i;
        must(seL4_TCB_Configure(tcb, threads[i].cspace, SLOT_VSPACE, threads[i].frame, 0, 0,
                                threads[i].buffer));
        must(seL4_SchedControl_ConfigureFlags(SLOT_SCHED_CONTROL, context, threads[i].budget,
                                              threads[i].period, threads[i].extra, 0x7000 + i,
                                              threads[i].sporadic));
        must(seL4_TCB_SetSchedParams(tcb, OWN_TCB, context, threads[i].fault, threads[i].mcp,
                                     threads[i].priority));
        must(seL4_TCB_SetTimeoutEndpoint(tcb, threads[i].timeout));
        struct tcb *object = cap_pointer(house[tcb].cap);
        for (unsigned reg = 0; reg < SEL4_REG_COUNT; reg++)
            arch_user_register_set(object, reg, 0x1000000ull * (i + 1) + reg * 0x10);
        snprintf(object->name, sizeof(object->name), "thread %u", i);
        fuzz_world.tcbs[i] = object;
    }
    fuzz_world.tcbs[FUZZ_THREADS] = world.root;
    snprintf(world.root->name, sizeof(world.root->name), "supervisor");
    for (unsigned i = 0; i < FUZZ_BUFFERS; i++)
        fuzz_world.buffers[i] = fuzz_world.tcbs[i]->ipc_buffer;
}

// Each goes to its place: the server and the handler wait, the clients are ready.
static void start_threads(void) {
    must(seL4_TCB_BindNotification(SLOT_TCB + 2, SLOT_NOTIFICATION));
    must(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 0));
    must(seL4_TCB_Resume(SLOT_TCB + 3));
    seL4_Recv(SLOT_ENDPOINT, SLOT_REPLY, MESSAGE(0));
    must(seL4_SchedContext_Unbind(SLOT_CONTEXT + 3));
    must(seL4_SchedContext_Bind(SLOT_CONTEXT + 3, SLOT_NOTIFICATION + 2));
    must(seL4_TCB_Resume(SLOT_TCB + 2));
    seL4_Recv(SLOT_ENDPOINT + 1, SLOT_REPLY + 1, MESSAGE(0));
    must(seL4_TCB_Resume(SLOT_TCB));
    must(seL4_TCB_Resume(SLOT_TCB + 1));
    must(seL4_TCB_Resume(SLOT_TCB + 4));
    if (current() != fuzz_world.tcbs[0])
        check_fail("the fuzzer's world: thread 0 does not run");
}

// --- the snapshot

// Root's memory that has anything in it, and all objects made of the house's memory, zero or not.
static bool page_is_house(word_t paddr) {
    struct lookup_failure ignored;
    struct cap cap = lookup_slot(world.root, OWN_MEMORY, &ignored)->cap;
    return paddr - cap_address(cap) < cap_untyped_free(cap);
}

static bool page_is_untypeds(word_t paddr) {
    for (unsigned i = 0; i < FUZZ_UNTYPEDS; i++)
        if (paddr - snapshot.untypeds[i].start < snapshot.untypeds[i].bytes)
            return true;
    return false;
}

static bool page_is_zero(const uint64_t *page) {
    for (unsigned i = 0; i < PAGE / sizeof(*page); i++)
        if (page[i])
            return false;
    return true;
}

// Redzones of the sanitizer lie between the variables; they are copied too.
__attribute__((no_sanitize("address", "undefined"))) static void
copy_words(uint64_t *to, const uint64_t *from, size_t bytes) {
    for (size_t i = 0; i < bytes / sizeof(*to); i++) {
        to[i] = from[i];
        __asm__ volatile("" ::: "memory"); // no call of the sanitizer's memcpy
    }
}

static uint64_t *take_section(char *start, const char *stop) {
    uint64_t *copy = malloc((size_t)(stop - start) + 1);
    copy_words(copy, (uint64_t *)(void *)start, (size_t)(stop - start));
    return copy;
}

static void take_snapshot(void) {
    for (uint32_t at = 0; at < RAM_BYTES; at += PAGE)
        if (!page_is_untypeds(HOST_RAM_START + at) &&
            (page_is_house(HOST_RAM_START + at) || !page_is_zero((uint64_t *)(void *)(ram + at)))) {
            snapshot.pages[snapshot.page_count] = at;
            memcpy(snapshot.content[snapshot.page_count++], ram + at, PAGE);
        }
    snapshot.data = take_section(__start_kernel_data, __stop_kernel_data);
    snapshot.bss = take_section(__start_kernel_bss, __stop_kernel_bss);
    for (unsigned i = 0; i < FUZZ_UNTYPEDS; i++)
        snapshot.untypeds[i].touched = true;
}

void fuzz_world_touch(struct cap untyped) {
    for (unsigned i = 0; i < FUZZ_UNTYPEDS; i++)
        if (cap_address(untyped) - snapshot.untypeds[i].start < snapshot.untypeds[i].bytes)
            snapshot.untypeds[i].touched = true;
}

void fuzz_world_reset(void) {
    for (unsigned i = 0; i < snapshot.page_count; i++)
        memcpy(ram + snapshot.pages[i], snapshot.content[i], PAGE);
    for (unsigned i = 0; i < FUZZ_UNTYPEDS; i++)
        if (snapshot.untypeds[i].touched) {
            memset(ram + snapshot.untypeds[i].start - HOST_RAM_START, FUZZ_SECRET & 0xff,
                   snapshot.untypeds[i].bytes);
            snapshot.untypeds[i].touched = false;
        }
    copy_words((uint64_t *)(void *)__start_kernel_data, snapshot.data,
               (size_t)(__stop_kernel_data - __start_kernel_data));
    copy_words((uint64_t *)(void *)__start_kernel_bss, snapshot.bss,
               (size_t)(__stop_kernel_bss - __start_kernel_bss));
}

void fuzz_world_make(void) {
    world_reset();
    world.check = false;
    // A module, because a system with one has the SMC capability; it lies behind what the snapshot looks at.
    static const struct glacis_boot_module module = {"module", HOST_RAM_START + RAM_BYTES, PAGE};
    world.platform.ram[0].end = HOST_RAM_START + 2 * RAM_BYTES;
    world.platform.modules = &module;
    world.platform.module_count = 1;
    world.platform.reserved_count = 0;
    world_boot();
    make_spaces();
    make_supervisor();
    const struct slot *house = cap_pointer(slot_of(first.house)->cap);
    make_objects();
    make_threads(house);
    start_threads();
    // The supervisor's address space is root's, whose frames have their capabilities where the invariants do
    // not look.
    if (slot_delete(&host_core, &world.root->slots[TCB_SLOT_VSPACE]) != STATUS_OK)
        check_fail("the fuzzer's world: the supervisor keeps its address space");
    take_snapshot();
    fuzz_world_reset();
}

int fuzz_thread_number(const struct tcb *tcb) {
    for (int i = 0; i < FUZZ_TCBS; i++)
        if (fuzz_world.tcbs[i] == tcb)
            return i;
    return -1;
}
