// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Revocation and deletion: whose children are deleted, what the last capability takes along, circles, objects
// that hold the caller itself, and calls that are preempted on the way.
#include "harness.h"

#define PAGE_AT 0x20000000ull
#define FAR_AT  0x30000000ull

static word copy(word to, word from) {
    return cnode_copy(S_CNODE, to, ROOT_DEPTH, S_CNODE, from, ROOT_DEPTH, R_ALL);
}
static word delete (word slot) {
    return cnode_delete(S_CNODE, slot, ROOT_DEPTH);
}
static word revoke(word slot) {
    return cnode_revoke(S_CNODE, slot, ROOT_DEPTH);
}

// --- originals and copies

// One copyable capability of each type of object.
#define SAMPLES 12
static word samples[SAMPLES];

static void make_samples(void) {
    static const uint8_t types[] = {T_ENDPOINT, T_NOTIFICATION, T_TCB,        T_CNODE,   T_SC,    T_REPLY,
                                    T_VCPU,     T_SMALL_PAGE,   T_LARGE_PAGE, T_UNTYPED, T_VSPACE};
    for (unsigned i = 0; i < sizeof(types); i++)
        samples[i] = new_object(types[i], types[i] == T_UNTYPED ? 12 : types[i] == T_SC ? 8 : 2);
    asid_assign(S_ASID_POOL, samples[10]);
    samples[11] = new_object(T_PAGE_TABLE, 0);
    table_map(samples[11], samples[10], 0, 3);
}

static void revoke_of_an_original_deletes_its_copies(void) {
    make_samples();
    for (unsigned i = 0; i < SAMPLES; i++) {
        word first = new_copy(samples[i]), second = new_copy(first);
        EXPECT_OK(revoke(samples[i]));
        EXPECT(is_empty(first) && is_empty(second) && !is_empty(samples[i]));
    }
}

static void revoke_of_a_copy_deletes_nothing(void) {
    make_samples();
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (raw_identify(samples[i]) == C_UNTYPED)
            continue; // what is inside of it, or a copy's copy, is its child
        word first = new_copy(samples[i]), second = new_copy(first), third = new_copy(samples[i]);
        EXPECT_OK(revoke(first));
        EXPECT(!is_empty(samples[i]) && !is_empty(first) && !is_empty(second) && !is_empty(third));
        EXPECT_OK(revoke(samples[i]));
    }
}

static void revoke_reaches_moved_and_mutated_copies(void) {
    word tcb = new_object(T_TCB, 0), cnode = new_object(T_CNODE, 2), slot = new_slots(2);
    EXPECT_OK(cnode_move(S_CNODE, slot, ROOT_DEPTH, S_CNODE, new_copy(tcb), ROOT_DEPTH));
    EXPECT_OK(cnode_mutate(S_CNODE, slot + 1, ROOT_DEPTH, S_CNODE, new_copy(cnode), ROOT_DEPTH, 3 << 6 | 2));
    EXPECT_OK(revoke(tcb));
    EXPECT_OK(revoke(cnode));
    EXPECT(is_empty(slot) && is_empty(slot + 1));
}

static void a_moved_original_stays_one(void) {
    word tcb = new_object(T_TCB, 0), first = new_copy(tcb), slot = new_slot();
    EXPECT_OK(cnode_move(S_CNODE, slot, ROOT_DEPTH, S_CNODE, tcb, ROOT_DEPTH));
    EXPECT_OK(revoke(slot));
    EXPECT(is_empty(first) && !is_empty(slot));
}

static void copies_outlive_a_deleted_original(void) {
    word ep = new_object(T_ENDPOINT, 0), first = new_copy(ep), second = new_copy(ep);
    EXPECT_OK(delete (ep));
    EXPECT_OK(revoke(first));
    EXPECT(!is_empty(first) && !is_empty(second));
}

static void revoke_of_an_unbadged_endpoint_deletes_mints_too(void) {
    static const uint8_t types[] = {T_ENDPOINT, T_NOTIFICATION};
    for (unsigned i = 0; i < 2; i++) {
        word object = new_object(types[i], 0), five = new_mint(object, R_ALL, 5),
             six = new_mint(object, R_R, 6), five_copy = new_copy(five), plain = new_copy(object);
        EXPECT_OK(revoke(object));
        EXPECT(is_empty(five) && is_empty(six) && is_empty(five_copy) && is_empty(plain));
        EXPECT(!is_empty(object));
    }
}

static void revoke_of_a_badge_deletes_that_badge_only(void) {
    static const uint8_t types[] = {T_ENDPOINT, T_NOTIFICATION};
    for (unsigned i = 0; i < 2; i++) {
        word object = new_object(types[i], 0), five = new_mint(object, R_ALL, 5), five_copy = new_copy(five),
             six = new_mint(object, R_ALL, 6), other_five = new_mint(object, R_ALL, 5),
             plain = new_copy(object);
        EXPECT_OK(revoke(five));
        EXPECT(is_empty(five_copy));
        EXPECT(!is_empty(five) && !is_empty(six) && !is_empty(plain) && !is_empty(object));
        EXPECT(!is_empty(other_five)); // minted by itself: an original
        EXPECT_OK(revoke(object));
    }
}

static void boot_capabilities_are_originals(void) {
    word slots[] = {S_TCB, S_ASID_CONTROL, S_ASID_POOL, S_BOOTINFO, S_DOMAIN, S_SC, sched_control};
    for (unsigned i = 0; i < sizeof(slots) / sizeof(word); i++) {
        word slot = new_copy(slots[i]);
        EXPECT_OK(revoke(slots[i]));
        EXPECT(is_empty(slot) && !is_empty(slots[i]));
    }
}

static void revoke_of_irq_control_deletes_handlers_and_sgis(void) {
    word slot = new_slots(4);
    EXPECT_OK(irq_get(103, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(irq_get_trigger(104, 1, S_CNODE, slot + 1, ROOT_DEPTH));
    EXPECT_OK(irq_issue_sgi(7, 0, S_CNODE, slot + 2, ROOT_DEPTH));
    EXPECT_OK(copy(slot + 3, slot));
    EXPECT_OK(revoke(S_IRQ_CONTROL));
    for (unsigned i = 0; i < 4; i++)
        EXPECT(is_empty(slot + i));
    EXPECT(!is_empty(S_IRQ_CONTROL));
    EXPECT_OK(irq_get(103, S_CNODE, slot, ROOT_DEPTH)); // free again
    EXPECT_OK(delete (slot));
}

static void revoke_of_a_handler_or_sgi_deletes_its_copies(void) {
    word slot = new_slots(2);
    EXPECT_OK(irq_get(103, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(irq_issue_sgi(7, 0, S_CNODE, slot + 1, ROOT_DEPTH));
    word handler_copy = new_copy(slot), sgi_copy = new_copy(slot + 1);
    EXPECT_OK(revoke(slot));
    EXPECT_OK(revoke(slot + 1));
    EXPECT(is_empty(handler_copy) && is_empty(sgi_copy) && !is_empty(slot) && !is_empty(slot + 1));
    EXPECT_OK(delete (slot));
    EXPECT_OK(delete (slot + 1));
}

// --- untypeds

static void revoke_of_an_untyped_deletes_every_type_inside(void) {
    static const uint8_t types[] = {T_TCB,    T_ENDPOINT,   T_NOTIFICATION, T_CNODE,      T_SC,   T_REPLY,
                                    T_VSPACE, T_SMALL_PAGE, T_LARGE_PAGE,   T_PAGE_TABLE, T_VCPU, T_UNTYPED};
    word untyped = new_object(T_UNTYPED, 23), slot = new_slots(sizeof(types)), pool = new_slot(),
         page = new_slot(), copies = new_slots(sizeof(types));
    for (unsigned turn = 0; turn < 2; turn++) { // the second finds all memory free again
        for (unsigned i = 0; i < sizeof(types); i++)
            EXPECT_OK(untyped_retype(untyped, S_CNODE, types[i], types[i] == T_UNTYPED ? 13 : 8, 0, 0,
                                     slot + i, 1));
        EXPECT_OK(untyped_retype(slot + 11, S_CNODE, T_UNTYPED, 12, 0, 0, page, 1));
        EXPECT_OK(asid_make_pool(page, S_CNODE, pool, ROOT_DEPTH));
        EXPECT_OK(asid_assign(pool, slot + 6));
        EXPECT_OK(table_map(slot + 9, slot + 6, 0, 3));
        EXPECT_OK(page_map(slot + 7, S_VSPACE, PAGE_AT, R_R | R_W, 3));
        EXPECT_OK(cnode_copy(slot + 3, 9, 8, S_CNODE, slot + 1, ROOT_DEPTH, R_ALL)); // in itself
        for (unsigned i = 0; i < sizeof(types) - 1; i++)
            EXPECT_OK(copy(copies + i, slot + i));
        EXPECT_OK(revoke(untyped));
        for (unsigned i = 0; i < sizeof(types); i++)
            EXPECT(is_empty(slot + i) && is_empty(copies + i));
        EXPECT(is_empty(pool) && is_empty(page) && !is_empty(untyped));
    }
}

static void revoke_of_an_untyped_reaches_into_cnodes(void) {
    word untyped = new_object(T_UNTYPED, 12), cnode = new_object(T_CNODE, 4), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 0, 15));
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, cnode, 4, 4, R_ALL));
    EXPECT_OK(revoke(untyped));
    EXPECT(is_empty(slot));
    for (word i = 0; i < 15; i++)
        EXPECT_OK(cnode_copy(cnode, i, 4, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
}

static void a_child_untyped_is_revoked_alone(void) {
    word untyped = new_object(T_UNTYPED, 14), slot = new_slots(4);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_UNTYPED, 12, 0, 0, slot, 2));
    EXPECT_OK(untyped_retype(slot, S_CNODE, T_ENDPOINT, 0, 0, 0, slot + 2, 1));
    EXPECT_OK(untyped_retype(slot + 1, S_CNODE, T_ENDPOINT, 0, 0, 0, slot + 3, 1));
    EXPECT_OK(revoke(slot));
    EXPECT(is_empty(slot + 2) && !is_empty(slot + 3) && !is_empty(slot) && !is_empty(slot + 1));
    EXPECT_OK(revoke(untyped));
    EXPECT(is_empty(slot) && is_empty(slot + 1) && is_empty(slot + 3));
}

// --- the last capability

static void the_last_capability_of_a_cnode_takes_its_contents(void) {
    word cnode = new_object(T_CNODE, 4), untyped = new_object(T_UNTYPED, 12), slot = new_slots(2);
    EXPECT_OK(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, 0, 16));
    word second = new_copy(cnode);
    EXPECT_OK(cnode_copy(S_CNODE, slot, ROOT_DEPTH, cnode, 9, 4, R_ALL));
    EXPECT_OK(delete (cnode)); // not the last
    EXPECT_REPLY(copy(slot + 1, untyped), REV);
    EXPECT_OK(delete (slot));
    EXPECT_OK(delete (second));
    EXPECT_OK(copy(slot + 1, untyped)); // all are gone
}

static void the_last_capability_of_a_tcb_takes_its_capabilities(void) {
    word untyped = new_object(T_UNTYPED, 14), slot = new_slots(3), tcb = new_object(T_TCB, 0);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, slot, 1));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_ENDPOINT, 0, 0, 0, slot + 1, 1));
    EXPECT_OK(tcb_set_space(tcb, slot + 1, slot, S_VSPACE, 0, 0));
    EXPECT_OK(tcb_set_timeout_endpoint(tcb, slot + 1));
    EXPECT_OK(delete (slot));
    EXPECT_OK(delete (slot + 1));
    EXPECT_REPLY(copy(slot + 2, untyped), REV); // the TCB's copies
    EXPECT_OK(delete (tcb));
    EXPECT_OK(copy(slot + 2, untyped));
}

static volatile word touched;
static void touch_run(word address) {
    touched = 1 + *(volatile word *)address;
    thread_end();
}
static bool is_mapped(word address) {
    struct thread *thread = new_thread(touch_run, address, 0);
    touched = 0;
    thread_start(thread);
    let_others_run();
    tcb_suspend(thread->tcb);
    return touched != 0;
}

static void deleting_a_mapped_frame_unmaps_it(void) {
    word frame = new_object(T_SMALL_PAGE, 0);
    EXPECT_OK(page_map(frame, S_VSPACE, PAGE_AT, R_R | R_W, 3));
    EXPECT(is_mapped(PAGE_AT));
    word other = new_copy(frame); // not the last, but the mapped one
    EXPECT_OK(delete (frame));
    EXPECT(!is_mapped(PAGE_AT));
    EXPECT(!is_empty(other));
}

static void deleting_a_frame_keeps_what_replaced_its_mapping(void) {
    word frame = new_object(T_SMALL_PAGE, 0), other = new_object(T_SMALL_PAGE, 0);
    EXPECT_OK(page_map(frame, S_VSPACE, PAGE_AT, R_R | R_W, 3));
    EXPECT_OK(page_map(other, S_VSPACE, PAGE_AT, R_R | R_W, 3));
    EXPECT_OK(delete (frame));
    EXPECT(is_mapped(PAGE_AT));
    EXPECT_OK(delete (other));
    EXPECT(!is_mapped(PAGE_AT));
}

static void deleting_the_last_page_table_capability_unmaps_it(void) {
    word table = new_object(T_PAGE_TABLE, 0), frame = new_object(T_SMALL_PAGE, 0);
    EXPECT_OK(table_map(table, S_VSPACE, FAR_AT, 3));
    EXPECT_OK(page_map(frame, S_VSPACE, FAR_AT, R_R | R_W, 3));
    word second = new_copy(table);
    EXPECT_OK(delete (table));
    EXPECT(is_mapped(FAR_AT));
    EXPECT_OK(delete (second));
    EXPECT(!is_mapped(FAR_AT));
    EXPECT_OK(delete (frame)); // its mapping is gone already
}

static void deleting_the_last_handler_frees_the_number(void) {
    word slot = new_slots(2);
    EXPECT_OK(irq_get(103, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(copy(slot + 1, slot));
    EXPECT_OK(delete (slot));
    EXPECT_REPLY(irq_get(103, S_CNODE, slot, ROOT_DEPTH), REV);
    EXPECT_OK(delete (slot + 1));
    EXPECT_OK(irq_get(103, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(delete (slot));
}

// --- circles

// All is gone when the memory can be used anew from its beginning.
static bool is_all_free(word untyped) {
    word slot = new_slot();
    return untyped_retype(untyped, S_CNODE, T_UNTYPED, 16, 0, 0, slot, 1) == OK && delete (slot) == OK;
}

static void a_cnode_that_holds_itself_alone_is_deleted(void) {
    word untyped = new_object(T_UNTYPED, 16), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, slot, 1));
    for (word i = 0; i < 16; i++)
        EXPECT_OK(cnode_copy(slot, i, 4, S_CNODE, slot, ROOT_DEPTH, R_ALL));
    EXPECT_OK(delete (slot)); // the original; the copies hold one another
    EXPECT(is_empty(slot));
    EXPECT(!is_all_free(untyped));
    EXPECT_OK(revoke(untyped));
    EXPECT(is_all_free(untyped));
}

static void a_circle_of_three_cnodes_is_deleted(void) {
    word untyped = new_object(T_UNTYPED, 16), slot = new_slots(3);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, slot, 3));
    EXPECT_OK(cnode_move(slot + 1, 3, 4, S_CNODE, slot + 2, ROOT_DEPTH));             // 1 holds 2
    EXPECT_OK(cnode_copy(slot + 1, 3 << 4 | 7, 8, S_CNODE, slot, ROOT_DEPTH, R_ALL)); // 2 holds 0
    EXPECT_OK(cnode_move(slot, 5, 4, S_CNODE, slot + 1, ROOT_DEPTH));                 // 0 holds 1
    EXPECT_OK(cnode_copy(slot, 5 << 8 | 3 << 4 | 8, 12, S_CNODE, S_TCB, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_revoke(S_CNODE, untyped, ROOT_DEPTH));
    EXPECT(is_empty(slot) && is_all_free(untyped));
}

static void the_last_outer_capability_of_a_circle_is_deleted(void) {
    word one = new_object(T_CNODE, 2), two = new_object(T_CNODE, 2);
    EXPECT_OK(cnode_copy(two, 1, 2, S_CNODE, one, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_move(one, 2, 2, S_CNODE, two, ROOT_DEPTH));
    EXPECT(is_empty(two));
    EXPECT_OK(delete (one));
    EXPECT(is_empty(one));
}

static void a_tcb_in_its_own_cspace_is_deleted(void) {
    word untyped = new_object(T_UNTYPED, 16), slot = new_slots(2);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_TCB, 0, 0, 0, slot, 1));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, slot + 1, 1));
    EXPECT_OK(tcb_configure(slot, slot + 1, S_VSPACE, 0, 0, 0, 0));
    EXPECT_OK(cnode_move(slot + 1, 3, 4, S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(delete (slot + 1)); // the TCB's CSpace and the CNode's TCB hold each other
    EXPECT(is_empty(slot + 1));
    EXPECT_OK(revoke(untyped));
    EXPECT(is_all_free(untyped));
}

static void an_untyped_can_lie_in_a_cnode_that_is_made_of_it(void) {
    word untyped = new_object(T_UNTYPED, 16), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 4, 0, 0, slot, 1));
    EXPECT_OK(cnode_move(slot, 2, 4, S_CNODE, untyped, ROOT_DEPTH));
    EXPECT_OK(cnode_revoke(slot, 2, 4)); // deletes the CNode that holds the untyped, and that with it
    EXPECT(is_empty(slot));
}

static void a_chain_of_50_cnodes_is_deleted(void) {
    word untyped = new_object(T_UNTYPED, 16), slot = new_slots(50);
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_CNODE, 2, 0, 0, slot, 50));
    for (unsigned i = 49; i > 0; i--)
        EXPECT_OK(cnode_move(slot + i - 1, 1, 2, S_CNODE, slot + i, ROOT_DEPTH));
    EXPECT_OK(delete (slot));
    EXPECT(is_all_free(untyped));
}

// --- what holds the caller itself

static volatile word doomed;

static void revoke_run(word untyped) {
    revoke(untyped);
    doomed = 1; // not reached
}

static void a_thread_can_revoke_the_memory_that_it_is_made_of(void) {
    struct thread *thread = new_thread(revoke_run, 0, 0);
    word untyped = new_object(T_UNTYPED, 16), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_TCB, 0, 0, 0, slot, 1));
    EXPECT_OK(sc_unbind(thread->sc));
    EXPECT_OK(
        tcb_configure(slot, S_CNODE, S_VSPACE, image_frame(thread->buffer), 0, 0, (word)thread->buffer));
    EXPECT_OK(tcb_set_sched_params(slot, S_TCB, thread->sc, 0, 255, 254));
    EXPECT_OK(tcb_read_registers(thread->tcb, 0, 36));
    word registers[38] = {1, 36};
    for (unsigned i = 0; i < 36; i++)
        registers[2 + i] = reply.mr[i];
    registers[2 + 3] = untyped; // x0
    doomed = 0;
    EXPECT_OK(raw_invoke(slot, 3, CAPS(), registers, 38));
    let_others_run();
    EXPECT(is_empty(slot));
    EXPECT_EQUAL(doomed, 0);
    EXPECT(is_all_free(untyped));
}

static void delete_run(word slot) {
    cnode_delete(1, slot, 4); // of its own CSpace
    doomed = 1;
}

static void a_thread_can_delete_its_own_cspace(void) {
    word cnode = new_object(T_CNODE, 4), fault_ep = new_object(T_ENDPOINT, 0);
    EXPECT_OK(cnode_mint(cnode, 1, 4, S_CNODE, cnode, ROOT_DEPTH, R_ALL, 0));
    struct thread *thread = new_thread(delete_run, 1, fault_ep);
    EXPECT_OK(tcb_set_space(thread->tcb, fault_ep, cnode, S_VSPACE, 60, 0)); // its guard: 60 bits of 0
    EXPECT_OK(delete (cnode));
    doomed = 0;
    thread_start(thread);
    let_others_run();
    EXPECT_EQUAL(doomed, 1); // its capability of itself is gone, the TCB's stands
    EXPECT_OK(tcb_set_space(thread->tcb, 0, S_CNODE, S_VSPACE, 0, 0)); // the CNode goes
}

// --- preempted

static volatile word interruptions, busy_slot, busy_source;
static void interrupt_run(word argument) {
    (void)argument;
    for (;;) {
        interruptions++;
        if (busy_source)
            copy(busy_slot++, busy_source);
        raw_yield(); // until the next period
    }
}

static struct thread *interrupter(word budget, word period) {
    struct thread *urgent = new_passive_thread(interrupt_run, 0, 0);
    tcb_set_priority(S_TCB, S_TCB, 200);
    sc_bind(new_sc(budget, period), urgent->tcb);
    interruptions = 0;
    thread_start(urgent);
    return urgent;
}

static void revoke_of_many_is_preempted_and_goes_on(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slots(1500);
    for (word i = 0; i < 1500; i++)
        EXPECT_OK(copy(slot + i, ep));
    busy_source = 0;
    struct thread *urgent = interrupter(40, 50);
    word before = interruptions;
    EXPECT_OK(revoke(ep));
    EXPECT(interruptions > before + 2);
    EXPECT_OK(tcb_suspend(urgent->tcb));
    for (word i = 0; i < 1500; i++)
        EXPECT(is_empty(slot + i));
    EXPECT(!is_empty(ep));
}

static void revoke_ends_while_copies_are_made(void) {
    word ep = new_object(T_ENDPOINT, 0), slot = new_slots(2000);
    for (word i = 0; i < 1200; i++)
        EXPECT_OK(copy(slot + i, ep));
    busy_slot = slot + 1200;
    busy_source = ep;
    struct thread *urgent = interrupter(40, 50);
    word before = interruptions;
    EXPECT_OK(revoke(ep));
    EXPECT(interruptions > before + 1);
    EXPECT_OK(tcb_suspend(urgent->tcb));
    EXPECT_OK(revoke(ep)); // what came after the end
    for (word i = slot; i < busy_slot; i++)
        EXPECT(is_empty(i));
}

static void delete_of_a_large_cnode_is_preempted_and_goes_on(void) {
    word untyped = new_object(T_UNTYPED, 16), cnode = new_object(T_CNODE, 11);
    for (word i = 0; i < 8; i++)
        EXPECT_OK(untyped_retype(untyped, cnode, T_ENDPOINT, 0, 0, 0, i << 8, 256));
    busy_source = 0;
    struct thread *urgent = interrupter(40, 50);
    word before = interruptions;
    EXPECT_OK(delete (cnode));
    EXPECT(interruptions > before + 2);
    EXPECT_OK(tcb_suspend(urgent->tcb));
    EXPECT(is_empty(cnode) && is_all_free(untyped));
}

static const struct test tests[] = {
    TEST(revoke_of_an_original_deletes_its_copies),
    TEST(revoke_of_a_copy_deletes_nothing),
    TEST(revoke_reaches_moved_and_mutated_copies),
    TEST(a_moved_original_stays_one),
    TEST(copies_outlive_a_deleted_original),
    TEST(revoke_of_an_unbadged_endpoint_deletes_mints_too),
    TEST(revoke_of_a_badge_deletes_that_badge_only),
    TEST(boot_capabilities_are_originals),
    TEST(revoke_of_irq_control_deletes_handlers_and_sgis),
    TEST(revoke_of_a_handler_or_sgi_deletes_its_copies),
    TEST(revoke_of_an_untyped_deletes_every_type_inside),
    TEST(revoke_of_an_untyped_reaches_into_cnodes),
    TEST(a_child_untyped_is_revoked_alone),
    TEST(the_last_capability_of_a_cnode_takes_its_contents),
    TEST(the_last_capability_of_a_tcb_takes_its_capabilities),
    TEST(deleting_a_mapped_frame_unmaps_it),
    TEST(deleting_a_frame_keeps_what_replaced_its_mapping),
    TEST(deleting_the_last_page_table_capability_unmaps_it),
    TEST(deleting_the_last_handler_frees_the_number),
    TEST(a_cnode_that_holds_itself_alone_is_deleted),
    TEST(a_circle_of_three_cnodes_is_deleted),
    TEST(the_last_outer_capability_of_a_circle_is_deleted),
    TEST(a_tcb_in_its_own_cspace_is_deleted),
    TEST(an_untyped_can_lie_in_a_cnode_that_is_made_of_it),
    TEST(a_chain_of_50_cnodes_is_deleted),
    TEST(a_thread_can_revoke_the_memory_that_it_is_made_of),
    TEST(a_thread_can_delete_its_own_cspace),
    TEST(revoke_of_many_is_preempted_and_goes_on),
    TEST(revoke_ends_while_copies_are_made),
    TEST(delete_of_a_large_cnode_is_preempted_and_goes_on),
};

int main(void) {
    if (table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, PAGE_AT, 3))
        print("FAIL main: no table\n");
    RUN(tests);
}
