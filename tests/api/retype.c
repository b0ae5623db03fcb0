// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Untyped_Retype: every object type, every error and their order, the watermark, and what new objects are
// like.
#include "harness.h"

#define DEVICE_PAGE 0x0a000000ull // virtio-mmio: memory that no test needs
#define PAGE_AT     0x20000000ull
#define LARGE_AT    0x20200000ull

static word untyped; // 64 KiB

static word retype(word type, word bits, word slot, word count) {
    return untyped_retype(untyped, S_CNODE, type, bits, 0, 0, slot, count);
}

static word revoke(word slot) {
    return cnode_revoke(S_CNODE, slot, ROOT_DEPTH);
}

// --- success

static void retype_makes_every_type(void) {
    static const struct {
        uint8_t type, bits, cap;
    } cases[] = {
        {T_UNTYPED, 4, C_UNTYPED},       {T_TCB, 0, C_TCB},
        {T_ENDPOINT, 0, C_ENDPOINT},     {T_NOTIFICATION, 0, C_NOTIFICATION},
        {T_CNODE, 1, C_CNODE},           {T_SC, 7, C_SC},
        {T_REPLY, 0, C_REPLY},           {T_VSPACE, 0, C_VSPACE},
        {T_SMALL_PAGE, 0, C_FRAME},      {T_LARGE_PAGE, 0, C_FRAME},
        {T_PAGE_TABLE, 0, C_PAGE_TABLE}, {T_VCPU, 0, C_VCPU},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        EXPECT_EQUAL(raw_identify(new_object(cases[i].type, cases[i].bits)), cases[i].cap);
}

// A device untyped of 2^bits at least; 0: none.
static word device_of(word bits) {
    for (unsigned i = 0; i < bootinfo->untyped.end - bootinfo->untyped.start; i++)
        if (bootinfo->untyped_list[i].device && bootinfo->untyped_list[i].bits >= bits)
            return bootinfo->untyped.start + i;
    return 0;
}

static void retype_makes_a_huge_page(void) {
    word device = device_of(30), slot = new_slot();
    EXPECT(device != 0);
    EXPECT_REPLY(untyped_retype(device, S_CNODE, T_HUGE_PAGE, 0, 0, 0, slot, 1), OK);
    EXPECT_EQUAL(raw_identify(slot), C_FRAME);
    EXPECT_OK(revoke(device));
    EXPECT(is_empty(slot));
}

static void retype_makes_many_at_once(void) {
    word slot = new_slots(257);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot, 256), OK);
    for (unsigned i = 0; i < 256; i++)
        EXPECT_EQUAL(raw_identify(slot + i), C_ENDPOINT);
    EXPECT(is_empty(slot + 256));
    EXPECT_OK(revoke(untyped));
    EXPECT(is_empty(slot) && is_empty(slot + 255));
}

static void retype_ignores_the_size_of_fixed_types(void) {
    static const uint8_t types[] = {T_TCB,    T_ENDPOINT,   T_NOTIFICATION, T_REPLY,
                                    T_VSPACE, T_SMALL_PAGE, T_PAGE_TABLE,   T_VCPU};
    word slot = new_slots(sizeof(types));
    for (unsigned i = 0; i < sizeof(types); i++)
        EXPECT_OK(retype(types[i], 63, slot + i, 1));
    EXPECT_OK(revoke(untyped));
}

static void retype_takes_as_much_as_the_sizes_say(void) {
    static const struct {
        uint8_t type, argument, bits;
    } sizes[] = {{T_UNTYPED, 9, 9}, {T_TCB, 0, 11},   {T_ENDPOINT, 0, 4},   {T_NOTIFICATION, 0, 6},
                 {T_CNODE, 3, 8},   {T_SC, 10, 10},   {T_REPLY, 0, 5},      {T_VSPACE, 0, 13},
                 {T_VCPU, 0, 12},   {T_SC, 7, 7},     {T_CNODE, 1, 6},      {T_SMALL_PAGE, 0, 12},
                 {T_UNTYPED, 4, 4}, {T_CNODE, 9, 14}, {T_PAGE_TABLE, 0, 12}};
    word slot = new_slots(257);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        word fits = 0x10000 >> sizes[i].bits, count = fits < 256 ? fits : 256;
        if (fits < 256)
            EXPECT_REPLY(retype(sizes[i].type, sizes[i].argument, slot, fits + 1), NEM, 0x10000);
        EXPECT_OK(retype(sizes[i].type, sizes[i].argument, slot, count));
        EXPECT_REPLY(retype(T_UNTYPED, 16, slot + 256, 1), NEM, 0x10000 - (count << sizes[i].bits));
        EXPECT_OK(revoke(untyped));
    }
}

static void retype_puts_objects_into_a_deeper_cnode(void) {
    word cnode = new_object(T_CNODE, 4), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 3, 1));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, cnode, ROOT_DEPTH, 4, 12));
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, cnode, 3, 4, R_ALL));
    EXPECT_EQUAL(raw_identify(slot), C_ENDPOINT);
    EXPECT_REPLY(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 16, 1), RNG, 0, 15);
    EXPECT_REPLY(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 2, 2), DEL);
    EXPECT_OK(revoke(untyped));
}

static void retype_of_device_memory_makes_frames_and_untypeds(void) {
    word start, bits, device = device_untyped(DEVICE_PAGE, &start, &bits), slot = new_slots(2);
    EXPECT(device != 0 && bits >= 12);
    EXPECT_OK(untyped_retype(device, S_CNODE, T_UNTYPED, 12, 0, 0, slot, 1));
    EXPECT_OK(untyped_retype(slot, S_CNODE, T_SMALL_PAGE, 0, 0, 0, slot + 1, 1));
    EXPECT_REPLY(page_get_address(slot + 1), OK, start);
    EXPECT_OK(revoke(device));
    EXPECT(is_empty(slot) && is_empty(slot + 1));
}

// --- errors, in the order in which they are checked

static void retype_type_out_of_range(void) {
    word slot = new_slot();
    EXPECT_REPLY(retype(13, 0, slot, 1), IA, 0);
    EXPECT_REPLY(retype((word)-1, 0, slot, 1), IA, 0);
    EXPECT(is_empty(slot));
}

static void retype_size_argument_out_of_range(void) {
    word slot = new_slot();
    EXPECT_REPLY(retype(T_UNTYPED, 64, slot, 1), RNG, 0, 47);
    EXPECT_REPLY(retype(T_CNODE, (word)-1, slot, 1), RNG, 0, 47);
    EXPECT_REPLY(retype(T_ENDPOINT, 64, slot, 1), RNG, 0, 47);
    EXPECT(is_empty(slot));
}

static void retype_object_too_large(void) {
    word slot = new_slot();
    EXPECT_REPLY(retype(T_UNTYPED, 48, slot, 1), RNG, 0, 47);
    EXPECT_REPLY(retype(T_SC, 48, slot, 1), RNG, 0, 47);
    EXPECT_REPLY(retype(T_CNODE, 43, slot, 1), RNG, 0, 47);
    EXPECT_REPLY(retype(T_UNTYPED, 47, slot, 1), NEM, 0x10000);
    EXPECT_REPLY(retype(T_CNODE, 42, slot, 1), NEM, 0x10000);
}

static void retype_cnode_without_slots(void) {
    EXPECT_REPLY(retype(T_CNODE, 0, new_slot(), 1), IA, 1);
}

static void retype_untyped_too_small(void) {
    EXPECT_REPLY(retype(T_UNTYPED, 3, new_slot(), 1), IA, 1);
    EXPECT_REPLY(retype(T_UNTYPED, 0, new_slot(), 1), IA, 1);
}

static void retype_scheduling_context_too_small(void) {
    EXPECT_REPLY(retype(T_SC, 6, new_slot(), 1), IA, 1);
}

static void retype_root_not_a_cnode(void) {
    word slot = new_slot();
    EXPECT_REPLY(untyped_retype(untyped, S_TCB, T_ENDPOINT, 0, 1, 64, slot, 1), FL, 0, 1);
    EXPECT_ERROR1(untyped_retype(untyped, S_TCB, T_ENDPOINT, 0, 0, 0, slot, 1), FL, 0);
    EXPECT_ERROR1(untyped_retype(untyped, slot, T_ENDPOINT, 0, 0, 0, slot, 1), FL, 0);
}

static void retype_node_depth_out_of_range(void) {
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, S_CNODE, 65, new_slot(), 1), RNG, 1, 64);
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, S_CNODE, (word)-1, new_slot(), 1), RNG, 1,
                 64);
}

static void retype_node_lookup_fails(void) {
    word slot = new_slot(), cnode = new_object(T_CNODE, 4);
    // The root's guard: 51 bits of 0.
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 1ull << 13, 64, slot, 1), FL, 0, 4, 64, 0,
                 51);
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 1, 50, slot, 1), FL, 0, 4, 50, 0, 51);
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 1, 63, slot, 1), FL, 0, 3, 63, 64);
    EXPECT_REPLY(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 1, 9, slot, 1), FL, 0, 3, 5, 0);
}

static void retype_node_not_a_cnode(void) {
    word slot = new_slot();
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, S_TCB, 64, slot, 1), FL, 0, 2, 64);
    EXPECT_REPLY(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, slot, 64, slot, 1), FL, 0, 2, 64);
}

static void retype_offset_out_of_range(void) {
    EXPECT_REPLY(retype(T_ENDPOINT, 0, 8192, 1), RNG, 0, 8191);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, (word)-1, 1), RNG, 0, 8191);
}

static void retype_count_out_of_range(void) {
    word slot = new_slots(257);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot, 0), RNG, 1, 256);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot, 257), RNG, 1, 256);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot, (word)-1), RNG, 1, 256);
    EXPECT(is_empty(slot));
}

static void retype_window_beyond_the_node(void) {
    EXPECT_REPLY(retype(T_ENDPOINT, 0, 8190, 3), RNG, 1, 2);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, 8191, 256), RNG, 1, 1);
}

static void retype_slot_occupied(void) {
    word slot = new_slots(4);
    EXPECT_OK(cnode_copy(S_CNODE, slot + 3, ROOT_DEPTH, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_REPLY(retype(T_ENDPOINT, 0, S_TCB, 1), DEL);
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot, 4), DEL); // the last of the window
    EXPECT(is_empty(slot) && is_empty(slot + 1) && is_empty(slot + 2));
    EXPECT_OK(retype(T_UNTYPED, 16, slot, 1)); // nothing was taken
    EXPECT_OK(revoke(untyped));
}

static void retype_not_enough_memory(void) {
    word slot = new_slots(20);
    EXPECT_REPLY(retype(T_SMALL_PAGE, 0, slot, 17), NEM, 0x10000);
    EXPECT_OK(retype(T_ENDPOINT, 0, slot, 1));
    EXPECT_REPLY(retype(T_SMALL_PAGE, 0, slot + 1, 16), NEM, 0x10000 - 16);
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot + 1, 15)); // aligned behind the endpoint
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot + 16, 1), NEM, 0);
    EXPECT(is_empty(slot + 16));
    EXPECT_OK(revoke(untyped));
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot, 16)); // starts at the beginning again
    EXPECT_OK(revoke(untyped));
}

static void retype_of_device_memory_refuses_kernel_objects(void) {
    static const uint8_t types[] = {T_TCB,   T_ENDPOINT, T_NOTIFICATION, T_CNODE, T_SC,
                                    T_REPLY, T_VSPACE,   T_PAGE_TABLE,   T_VCPU};
    word device = device_of(16), slot = new_slot();
    EXPECT(device != 0);
    for (unsigned i = 0; i < sizeof(types); i++) {
        EXPECT_REPLY(untyped_retype(device, S_CNODE, types[i], 8, 0, 0, slot, 1), IA, 1);
        EXPECT(is_empty(slot));
    }
}

// A call with every error: mended one by one, each shows the next.
static void retype_checks_in_the_documented_order(void) {
    word start, bits, device = device_untyped(DEVICE_PAGE, &start, &bits), piece = new_slot(),
                      slot = new_slots(2);
    EXPECT(device != 0);
    EXPECT_OK(untyped_retype(device, S_CNODE, T_UNTYPED, 12, 0, 0, piece, 1));
    EXPECT_REPLY(untyped_retype(piece, S_TCB, 13, 64, 0, 0, 8192, 0), IA, 0);
    EXPECT_REPLY(untyped_retype(piece, S_TCB, T_CNODE, 64, 0, 0, 8192, 0), RNG, 0, 47);
    EXPECT_REPLY(untyped_retype(piece, S_TCB, T_CNODE, 0, 0, 0, 8192, 0), IA, 1);
    EXPECT_EQUAL(untyped_retype(piece, S_TCB, T_CNODE, 40, 0, 0, 8192, 0), FL);
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_CNODE, 40, 0, 0, 8192, 0), RNG, 0, 8191);
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_CNODE, 40, 0, 0, 8191, 0), RNG, 1, 256);
    EXPECT_OK(cnode_copy(S_CNODE, 8191, ROOT_DEPTH, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_CNODE, 40, 0, 0, 8191, 2), RNG, 1, 1);
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_CNODE, 40, 0, 0, 8191, 1), DEL);
    EXPECT_OK(cnode_delete(S_CNODE, 8191, ROOT_DEPTH));
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_CNODE, 40, 0, 0, slot, 1), NEM, 0x1000);
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_CNODE, 4, 0, 0, slot, 1), IA, 1);
    EXPECT_REPLY(untyped_retype(piece, S_CNODE, T_SMALL_PAGE, 4, 0, 0, slot, 1), OK);
    EXPECT_OK(revoke(device));
}

// --- the watermark

static void retype_starts_again_when_all_children_are_deleted(void) {
    word slot = new_slots(2);
    EXPECT_OK(retype(T_UNTYPED, 16, slot, 1));
    EXPECT_EQUAL(retype(T_UNTYPED, 16, slot + 1, 1), NEM);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(retype(T_UNTYPED, 16, slot + 1, 1));
    EXPECT_OK(cnode_delete(S_CNODE, slot + 1, ROOT_DEPTH));
}

static void retype_never_reuses_memory_beside_a_child(void) {
    word slot = new_slots(3);
    EXPECT_OK(retype(T_UNTYPED, 15, slot, 2));
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_REPLY(retype(T_ENDPOINT, 0, slot + 2, 1), NEM, 0); // the second half still stands
    EXPECT_OK(revoke(untyped));
}

static void retype_aligns_objects_to_their_size(void) {
    word slot = new_slots(4);
    EXPECT_OK(retype(T_ENDPOINT, 0, slot, 1));
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot + 1, 1));
    EXPECT_OK(page_get_address(slot + 1));
    word first = reply.mr[0];
    EXPECT_EQUAL(first & 0xfff, 0);
    EXPECT_OK(retype(T_NOTIFICATION, 0, slot + 2, 1));
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot + 3, 1));
    EXPECT_REPLY(page_get_address(slot + 3), OK, first + 0x2000);
    EXPECT_OK(revoke(untyped));
}

static void an_untyped_with_children_cannot_be_copied(void) {
    word source = new_object(T_UNTYPED, 12), slot = new_slots(2);
    EXPECT_OK(untyped_retype(source, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1));
    EXPECT_REPLY(cnode_copy(S_CNODE, slot + 1, ROOT_DEPTH, S_CNODE, source, ROOT_DEPTH, R_ALL), REV);
}

static void copying_makes_an_untyped_look_full(void) {
    word source = new_object(T_UNTYPED, 12), slot = new_slot();
    new_copy(source);
    EXPECT_REPLY(untyped_retype(source, S_CNODE, T_ENDPOINT, 0, 0, 0, slot, 1), NEM, 0);
}

// --- new objects

static bool is_zero(const volatile word *words, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (words[i])
            return false;
    return true;
}

static void new_frames_are_zero_each_time(void) {
    word slot = new_slot();
    volatile word *page = (volatile word *)PAGE_AT;
    for (unsigned turn = 0; turn < 2; turn++) {
        EXPECT_OK(retype(T_SMALL_PAGE, 0, slot, 1));
        EXPECT_OK(page_map(slot, S_VSPACE, PAGE_AT, R_R | R_W, 3));
        EXPECT(is_zero(page, 512));
        for (unsigned i = 0; i < 512; i++)
            page[i] = 0x5a5a5a5a5a5a5a5a;
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    }
}

static void new_frames_are_zero_where_kernel_objects_were(void) {
    word slot = new_slot();
    EXPECT_OK(retype(T_CNODE, 7, slot, 1)); // a page of capabilities
    for (word i = 0; i < 128; i++)
        EXPECT_OK(cnode_copy(slot, i, 7, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot, 1));
    EXPECT_OK(page_map(slot, S_VSPACE, PAGE_AT, R_R, 3));
    EXPECT(is_zero((volatile word *)PAGE_AT, 512));
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
}

static void new_frames_in_a_used_large_page_are_zero(void) {
    word memory = new_object(T_UNTYPED, 21), slot = new_slots(256);
    volatile word *words = (volatile word *)LARGE_AT;
    EXPECT_OK(untyped_retype(memory, S_CNODE, T_LARGE_PAGE, 0, 0, 0, slot, 1));
    EXPECT_OK(page_map(slot, S_VSPACE, LARGE_AT, R_R | R_W, 3));
    EXPECT(is_zero(words, 0x200000 / 8));
    for (unsigned i = 0; i < 0x200000 / 8; i++)
        words[i] = ~0ull;
    EXPECT_OK(revoke(memory));
    EXPECT_OK(untyped_retype(memory, S_CNODE, T_SMALL_PAGE, 0, 0, 0, slot, 256));
    for (unsigned i = 0; i < 256; i++) {
        EXPECT_OK(page_map(slot + i, S_VSPACE, PAGE_AT, R_R, 3));
        EXPECT(is_zero((volatile word *)PAGE_AT, 512));
    }
    EXPECT_OK(revoke(memory));
}

static void new_frames_are_writable_and_unmapped(void) {
    word slot = new_slot();
    EXPECT_OK(retype(T_SMALL_PAGE, 0, slot, 1));
    EXPECT_REPLY(page_clean(slot, 0, 64), ILL); // as an unmapped one
    EXPECT_OK(page_map(slot, S_VSPACE, PAGE_AT, R_R | R_W, 3));
    *(volatile word *)PAGE_AT = 7;
    EXPECT_EQUAL(*(volatile word *)PAGE_AT, 7);
    EXPECT_OK(revoke(untyped));
}

static void new_cnodes_are_empty_without_guard(void) {
    word cnode = new_object(T_CNODE, 3), ep = new_object(T_ENDPOINT, 0);
    for (word i = 0; i < 8; i++)
        EXPECT_REPLY(cnode_copy(cnode, i, 3, S_CNODE, ep, ROOT_DEPTH, R_ALL), OK);
}

static void new_endpoints_have_all_rights_and_no_badge(void) {
    word ep = new_object(T_ENDPOINT, 0), ntfn = new_object(T_NOTIFICATION, 0);
    EXPECT_REPLY(cnode_cancel(S_CNODE, ep, ROOT_DEPTH), OK); // all four rights
    word badged = new_mint(ep, R_ALL, 5);
    EXPECT_OK(cnode_cancel(S_CNODE, badged, ROOT_DEPTH));
    raw_signal(ntfn); // write
    EXPECT_EQUAL(raw_poll(ntfn), 0);
    raw_signal(new_mint(ntfn, R_W, 9));
    EXPECT_EQUAL(raw_poll(ntfn), 9); // read
}

static volatile word ran;
static void ran_run(word argument) {
    ran = argument;
    thread_end();
}

static void new_tcbs_are_inactive_without_context_and_priority(void) {
    word tcb = new_object(T_TCB, 0), other = new_object(T_TCB, 0), sc = new_sc(1000, 1000);
    EXPECT_REPLY(tcb_set_priority(other, tcb, 1), RNG, 0, 0); // its MCP
    EXPECT_REPLY(tcb_unbind_notification(tcb), ILL);
    EXPECT_REPLY(sc_unbind_object(sc, tcb), ILL);
    EXPECT_OK(tcb_set_ipc_buffer(tcb, 0, 0));
    EXPECT_OK(tcb_configure(tcb, S_CNODE, S_VSPACE, 0, 0, 0, 0));
    static _Alignas(16) uint8_t stack[1024];
    ran = 0;
    EXPECT_OK(raw_invoke(tcb, 3, CAPS(), WORDS(0, 4, (word)ran_run, (word)(stack + sizeof(stack)), 0, 5)));
    EXPECT_OK(sc_bind(sc, tcb)); // it has none yet
    let_others_run();
    EXPECT_EQUAL(ran, 0); // inactive
    EXPECT_OK(tcb_resume(tcb));
    let_others_run(); // steps down to priority 1: not to 0
    EXPECT_EQUAL(ran, 0);
    EXPECT_OK(tcb_set_priority(tcb, S_TCB, 2));
    let_others_run();
    EXPECT_EQUAL(ran, 5);
}

// --- a restarted retype

static volatile word interruptions;
static void interrupt_run(word argument) {
    (void)argument;
    for (;;) {
        interruptions++;
        raw_yield(); // until the next period
    }
}

// Zeroing 2 MiB takes many times longer than the period of a thread that is more urgent.
static void retype_is_preempted_and_goes_on(void) {
    struct thread *urgent = new_passive_thread(interrupt_run, 0, 0);
    word memory = new_object(T_UNTYPED, 21), slot = new_slots(2), sc = new_sc(40, 60);
    EXPECT_OK(tcb_set_priority(S_TCB, S_TCB, 200));
    EXPECT_OK(sc_bind(sc, urgent->tcb));
    interruptions = 0;
    thread_start(urgent);
    for (unsigned i = 0; i < 4; i++) {
        word before = interruptions;
        EXPECT_OK(untyped_retype(memory, S_CNODE, T_LARGE_PAGE, 0, 0, 0, slot, 1));
        EXPECT(interruptions > before + 1); // one of them within the call
        EXPECT_OK(page_map(slot, S_VSPACE, LARGE_AT, R_R | R_W, 3));
        EXPECT(is_zero((volatile word *)LARGE_AT, 0x200000 / 8));
        for (unsigned word_index = 0; word_index < 0x200000 / 8; word_index += 64)
            ((volatile word *)LARGE_AT)[word_index] = i + 1;
        EXPECT_OK(revoke(memory));
    }
    EXPECT_OK(tcb_suspend(urgent->tcb));
}

static const struct test tests[] = {
    TEST(retype_makes_every_type),
    TEST(retype_makes_a_huge_page),
    TEST(retype_makes_many_at_once),
    TEST(retype_ignores_the_size_of_fixed_types),
    TEST(retype_takes_as_much_as_the_sizes_say),
    TEST(retype_puts_objects_into_a_deeper_cnode),
    TEST(retype_of_device_memory_makes_frames_and_untypeds),
    TEST(retype_type_out_of_range),
    TEST(retype_size_argument_out_of_range),
    TEST(retype_object_too_large),
    TEST(retype_cnode_without_slots),
    TEST(retype_untyped_too_small),
    TEST(retype_scheduling_context_too_small),
    TEST(retype_root_not_a_cnode),
    TEST(retype_node_depth_out_of_range),
    TEST(retype_node_lookup_fails),
    TEST(retype_node_not_a_cnode),
    TEST(retype_offset_out_of_range),
    TEST(retype_count_out_of_range),
    TEST(retype_window_beyond_the_node),
    TEST(retype_slot_occupied),
    TEST(retype_not_enough_memory),
    TEST(retype_of_device_memory_refuses_kernel_objects),
    TEST(retype_checks_in_the_documented_order),
    TEST(retype_starts_again_when_all_children_are_deleted),
    TEST(retype_never_reuses_memory_beside_a_child),
    TEST(retype_aligns_objects_to_their_size),
    TEST(an_untyped_with_children_cannot_be_copied),
    TEST(copying_makes_an_untyped_look_full),
    TEST(new_frames_are_zero_each_time),
    TEST(new_frames_are_zero_where_kernel_objects_were),
    TEST(new_frames_in_a_used_large_page_are_zero),
    TEST(new_frames_are_writable_and_unmapped),
    TEST(new_cnodes_are_empty_without_guard),
    TEST(new_endpoints_have_all_rights_and_no_badge),
    TEST(new_tcbs_are_inactive_without_context_and_priority),
    TEST(retype_is_preempted_and_goes_on),
};

int main(void) {
    untyped = new_object(T_UNTYPED, 16);
    word table = new_object(T_PAGE_TABLE, 0);
    if (table_map(table, S_VSPACE, PAGE_AT, 3))
        print("FAIL main: no table\n");
    RUN(tests);
}
