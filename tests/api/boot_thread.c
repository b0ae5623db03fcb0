// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The first thread: its registers, priority, scheduling context, handlers, and the capabilities that it
// begins with.
#include "boot_root.h"

#define SPSR_NZCV 0xf0000000ull

static void every_register_is_zero_but_x0(void) {
    EXPECT_EQUAL(entry_registers[0], bootinfo);
    for (unsigned i = 1; i < 32; i++) // x1 to x30, SP
        EXPECT_EQUAL(entry_registers[i], 0);
    for (unsigned i = 0; i < 5; i++) // TPIDR_EL0, TPIDRRO_EL0, flags, FPCR, FPSR
        EXPECT_EQUAL(entry_special[i], 0);
    for (unsigned i = 0; i < 64; i++) // q0 to q31
        EXPECT_EQUAL(entry_vectors[i], 0);
}

// --- what only another thread can see

static word seen[36], flags_seen;

static void read_root(word argument) {
    (void)argument;
    if (tcb_read_registers(S_TCB, 0, 36) == OK)
        for (unsigned i = 0; i < 36; i++)
            seen[i] = reply.mr[i];
    if (tcb_set_flags(S_TCB, 0, 0) == OK)
        flags_seen = reply.mr[0];
    thread_end();
}

static void it_runs_at_el0_with_fiq_masked(void) {
    flags_seen = ~0ull;
    thread_start(new_thread(read_root, 0, 0));
    wait_thread_end();
    EXPECT(seen[0] >= (word)image_start && seen[0] < (word)file_end);
    EXPECT_EQUAL(seen[2] & ~SPSR_NZCV, 0x40);
    EXPECT_EQUAL(flags_seen, 0); // the FPU is on
}

static volatile word turns;

static void count_turns(word argument) {
    (void)argument;
    for (;;)
        turns++;
}

static void its_priority_is_255(void) {
    struct thread *below = new_thread(count_turns, 0, 0), *equal = new_thread(count_turns, 0, 0);
    turns = 0;
    thread_start(below); // 254
    raw_yield();
    EXPECT_EQUAL(turns, 0);
    thread_set_priority(equal, 255);
    thread_start(equal);
    EXPECT_EQUAL(turns, 0);
    raw_yield();
    EXPECT(turns > 0);
}

static void its_mcp_is_255(void) {
    EXPECT_OK(tcb_set_mcp(S_TCB, S_TCB, 255));
    EXPECT_ERROR2(tcb_set_mcp(S_TCB, S_TCB, 256), RNG, 0, 255);
    EXPECT_ERROR2(tcb_set_priority(S_TCB, S_TCB, 256), RNG, 0, 255);
}

// --- its scheduling context

static void its_slice_is_5_ms_and_comes_again(void) {
    struct thread *equal = new_thread(count_turns, 0, 0);
    thread_set_priority(equal, 255);
    thread_start(equal);
    turns = 0;
    for (unsigned round = 0; round < 3; round++) {
        raw_yield(); // a new slice begins when it is root's turn again
        EXPECT_OK(sc_consumed(S_SC));
        word before = turns;
        while (turns == before) { // until the slice is over and the other thread has had its own
        }
        EXPECT_OK(sc_consumed(S_SC));
        EXPECT(reply.mr[0] >= 4900 && reply.mr[0] <= 5100);
    }
}

static void its_context_holds_two_refills_and_is_its_own(void) {
    word ntfn = new_object(T_NOTIFICATION, 0), tcb = new_object(T_TCB, 0);
    EXPECT_EQUAL(sc_bind(S_SC, ntfn), ILL); // bound
    EXPECT_EQUAL(sc_bind(S_SC, tcb), ILL);
    EXPECT_EQUAL(sc_unbind(S_SC), ILL); // the caller's
    EXPECT_EQUAL(sc_unbind_object(S_SC, S_TCB), ILL);
    EXPECT_ERROR2(sched_configure(S_SC, 5000, 5000, 1, 0, 0), RNG, 0, 0); // 2^7 bytes
    EXPECT_OK(sched_configure(S_SC, 5000, 5000, 0, 0, 0));
}

// --- handlers, domain

static volatile word revived_at;

// Root is inactive when this runs: it goes on behind the instruction that faulted.
static void revive(word argument) {
    (void)argument;
    if (tcb_read_registers(S_TCB, 0, 1) == OK) {
        revived_at = reply.mr[0];
        raw_invoke(S_TCB, 3, CAPS(), WORDS(1, 1, revived_at + 4));
    }
    thread_end();
}

static void nobody_handles_its_faults(void) {
    extern const char fault_here[];
    thread_start(new_thread(revive, 0, 0));
    EXPECT_EQUAL(revived_at, 0);
    __asm__ volatile(".globl fault_here\nfault_here: .inst 0" ::: "memory"); // undefined
    EXPECT_EQUAL(revived_at, fault_here);
    wait_thread_end();
}

static void it_is_in_domain_0(void) {
    EXPECT_OK(domain_set(S_TCB, 0));
    EXPECT_ERROR1(domain_set(S_TCB, 1), IA, 0); // the only one
}

// --- capabilities

static void its_vspace_has_an_asid_of_pool_0(void) {
    EXPECT_ERROR1(asid_assign(S_ASID_POOL, S_VSPACE), IC, 1); // assigned already
    EXPECT_OK(cnode_copy(S_CNODE, new_slot(), 64, S_CNODE, S_VSPACE, 64, R_ALL));
}

static void revoking_one_deletes_its_copies_and_keeps_it(void) {
    // Not those of which the thread itself holds copies: CNode, VSpace, IPC buffer.
    const word originals[] = {S_TCB,
                              S_ASID_CONTROL,
                              S_ASID_POOL,
                              S_BOOTINFO,
                              S_DOMAIN,
                              S_SC,
                              bootinfo->image_paging.start,
                              bootinfo->image_paging.end - 1,
                              bootinfo->extra_pages.start,
                              bootinfo->sched_control.start,
                              bootinfo->image_frames.start,
                              bootinfo->image_frames.end - 1};
    for (unsigned i = 0; i < sizeof(originals) / sizeof(originals[0]); i++) {
        word first = new_copy(originals[i]), second = new_copy(originals[i]),
             type = raw_identify(originals[i]);
        EXPECT_EQUAL(raw_identify(first), type);
        EXPECT_OK(cnode_revoke(S_CNODE, first, 64)); // a plain copy has no children
        EXPECT_EQUAL(raw_identify(originals[i]), type);
        EXPECT_EQUAL(raw_identify(second), type);
        EXPECT_OK(cnode_revoke(S_CNODE, originals[i], 64));
        EXPECT(is_empty(first) && is_empty(second));
        EXPECT_EQUAL(raw_identify(originals[i]), type);
    }
    EXPECT_EQUAL(cnode_copy(S_CNODE, new_slot(), 64, S_CNODE, S_IRQ_CONTROL, 64, R_ALL), ILL); // has none
}

static void no_untyped_is_their_parent(void) {
    // The harness takes its objects from the smallest RAM untypeds; those of devices and the largest are
    // free.
    word count = bootinfo->untyped.end - bootinfo->untyped.start, largest = 0;
    for (word i = 0; i < count; i++) {
        if (bootinfo->untyped_list[i].device)
            EXPECT_OK(cnode_revoke(S_CNODE, bootinfo->untyped.start + i, 64));
        else if (bootinfo->untyped_list[i].bits > bootinfo->untyped_list[largest].bits ||
                 bootinfo->untyped_list[largest].device)
            largest = i;
    }
    EXPECT_OK(cnode_revoke(S_CNODE, bootinfo->untyped.start + largest, 64));
    for (word slot = 16; slot < bootinfo->empty.start; slot++)
        EXPECT(!is_empty(slot));
    for (unsigned slot = 1; slot < 7; slot++)
        EXPECT(!is_empty(slot));
}

static const struct test tests[] = {
    TEST(every_register_is_zero_but_x0),
    TEST(it_runs_at_el0_with_fiq_masked),
    TEST(its_priority_is_255),
    TEST(its_mcp_is_255),
    TEST(its_slice_is_5_ms_and_comes_again),
    TEST(its_context_holds_two_refills_and_is_its_own),
    TEST(nobody_handles_its_faults),
    TEST(it_is_in_domain_0),
    TEST(its_vspace_has_an_asid_of_pool_0),
    TEST(revoking_one_deletes_its_copies_and_keeps_it),
    TEST(no_untyped_is_their_parent),
};

int main(void) {
    RUN(tests);
}
