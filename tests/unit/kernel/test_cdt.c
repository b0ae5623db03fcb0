// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Derivation of capabilities: copies, mints, badge families, revocation, moves (seL4 API: CNode).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static enum sel4_error copy(cptr_t to, cptr_t from, word_t rights) {
    return seL4_CNode_Copy(ROOT, ROOT, to, DEPTH, from, DEPTH, rights);
}
static enum sel4_error mint(cptr_t to, cptr_t from, word_t data) {
    return seL4_CNode_Mint(ROOT, ROOT, to, DEPTH, from, DEPTH, SEL4_RIGHTS_ALL, data);
}
static enum sel4_error move(cptr_t to, cptr_t from) {
    return seL4_CNode_Move(ROOT, ROOT, to, DEPTH, from, DEPTH);
}
static enum sel4_error mutate(cptr_t to, cptr_t from, word_t data) {
    return seL4_CNode_Mutate(ROOT, ROOT, to, DEPTH, from, DEPTH, data);
}
static enum sel4_error rotate(cptr_t to, word_t data, cptr_t pivot, word_t pivot_data, cptr_t from) {
    return seL4_CNode_Rotate(ROOT, ROOT, ROOT, to, DEPTH, data, pivot, DEPTH, pivot_data, from, DEPTH);
}
static cptr_t endpoint(void) {
    return new_object(SEL4_OBJECT_ENDPOINT, 0);
}
static void assert_lookup_failed(bool was_source) {
    assert_int_equal(detail(0), was_source);
    assert_int_equal(detail(1), SEL4_LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(detail(2), DEPTH);
}

// --- copies

static void copy_has_no_rights_that_were_not_asked_for(void **state) {
    (void)state;
    cptr_t source = endpoint(), to = new_slot();
    assert_ok(copy(to, source, SEL4_RIGHT_READ | SEL4_RIGHT_GRANT));
    assert_int_equal(cap_rights(slot_of(to)->cap), SEL4_RIGHT_READ | SEL4_RIGHT_GRANT);
    cptr_t less = new_slot();
    assert_ok(copy(less, to, SEL4_RIGHTS_ALL));
    assert_int_equal(cap_rights(slot_of(less)->cap), SEL4_RIGHT_READ | SEL4_RIGHT_GRANT);
}

static void a_reply_capability_loses_only_grant(void **state) {
    (void)state;
    cptr_t reply = new_object(SEL4_OBJECT_REPLY, 0), to = new_slot();
    assert_ok(copy(to, reply, 0));
    assert_int_equal(cap_rights(slot_of(to)->cap) & SEL4_RIGHT_GRANT, 0);
}

static void a_copied_frame_is_not_mapped(void **state) {
    (void)state;
    cptr_t frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0), to = new_slot();
    assert_ok(seL4_Page_Map(frame, SEL4_SLOT_VSPACE, 0x500000, SEL4_RIGHT_READ, SEL4_PAGE_DEFAULT));
    assert_ok(copy(to, frame, SEL4_RIGHT_READ));
    assert_int_equal(cap_mapped_asid(slot_of(to)->cap), 0);
    assert_int_equal(cap_frame_rights(slot_of(to)->cap), SEL4_RIGHT_READ);
    assert_ok(cap_delete(to));
    assert_int_equal(host_translate(slot_of(SEL4_SLOT_VSPACE)->cap, 0x500000),
                     cap_address(slot_of(frame)->cap));
}

static void what_cannot_be_derived_is_an_illegal_operation(void **state) {
    (void)state;
    const cptr_t sources[] = {SEL4_SLOT_IRQ_CONTROL, new_object(SEL4_OBJECT_VSPACE, 0),
                              new_object(SEL4_OBJECT_PAGE_TABLE, 0)};
    for (unsigned i = 0; i < ARRAY_LENGTH(sources); i++)
        assert_error(SEL4_ILLEGAL_OPERATION, copy(new_slot(), sources[i], SEL4_RIGHTS_ALL));
}

static void a_vspace_and_a_table_can_be_copied_in_use(void **state) {
    (void)state;
    cptr_t vspace = new_object(SEL4_OBJECT_VSPACE, 0), table = new_object(SEL4_OBJECT_PAGE_TABLE, 0);
    assert_ok(seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, vspace));
    assert_ok(seL4_PageTable_Map(table, vspace, 0, SEL4_PAGE_DEFAULT));
    assert_ok(copy(new_slot(), vspace, SEL4_RIGHTS_ALL));
    assert_ok(copy(new_slot(), table, SEL4_RIGHTS_ALL));
    assert_error(SEL4_REVOKE_FIRST, seL4_PageTable_Unmap(table));
}

static void an_untyped_with_children_cannot_be_copied(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12), to = new_slot();
    cptr_t child = new_object_from(untyped, SEL4_OBJECT_ENDPOINT, 0);
    assert_error(SEL4_REVOKE_FIRST, copy(to, untyped, SEL4_RIGHTS_ALL));
    assert_ok(cap_delete(child));
    assert_ok(copy(to, untyped, SEL4_RIGHTS_ALL));
}

static void a_copied_untyped_makes_its_source_look_full(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12), to = new_slot();
    assert_ok(copy(to, untyped, SEL4_RIGHTS_ALL));
    assert_error(SEL4_NOT_ENOUGH_MEMORY, retype(untyped, SEL4_OBJECT_ENDPOINT, 0, new_slot(), 1));
    assert_int_equal(detail(0), 0);
    cptr_t child = new_object_from(to, SEL4_OBJECT_ENDPOINT, 0);
    assert_ok(cap_revoke(untyped)); // the copy is its child
    assert_int_equal(type_of(to), SEL4_CAP_NULL);
    assert_int_equal(type_of(child), SEL4_CAP_NULL);
    new_object_from(untyped, SEL4_OBJECT_ENDPOINT, 0);
}

// --- mints

static void a_badge_is_set_once(void **state) {
    (void)state;
    cptr_t source = endpoint(), badged = mint_of(source, SEL4_RIGHTS_ALL, 5);
    assert_int_equal(cap_badge(slot_of(badged)->cap), 5);
    assert_error(SEL4_ILLEGAL_OPERATION, mint(new_slot(), badged, 6));
    assert_error(SEL4_ILLEGAL_OPERATION, mint(new_slot(), badged, 0));
    assert_ok(copy(new_slot(), badged, SEL4_RIGHTS_ALL));
}

static void a_cnode_gets_a_guard(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4), to = new_slot();
    assert_ok(mint(to, node, sel4_cnode_data(0x2a, 8)));
    assert_int_equal(cap_cnode_guard(slot_of(to)->cap), 0x2a);
    assert_int_equal(cap_cnode_guard_bits(slot_of(to)->cap), 8);
    assert_error(SEL4_ILLEGAL_OPERATION, mint(new_slot(), node, sel4_cnode_data(0, 61)));
    cptr_t widest = new_slot();
    assert_ok(mint(widest, node, sel4_cnode_data(~(word_t)0, 60)));
    assert_int_equal(cap_cnode_guard(slot_of(widest)->cap), MASK(58)); // the data word has no more
}

static void data_means_nothing_on_other_types(void **state) {
    (void)state;
    cptr_t tcb = new_object(SEL4_OBJECT_TCB, 0), to = new_slot();
    assert_ok(mint(to, tcb, 77));
    assert_ptr_equal(object_of(to), object_of(tcb));
}

// --- revocation

static void revoking_an_original_takes_every_copy_and_keeps_itself(void **state) {
    (void)state;
    cptr_t tcb = new_object(SEL4_OBJECT_TCB, 0), a = copy_of(tcb), b = copy_of(a),
           other = new_object(SEL4_OBJECT_TCB, 0);
    assert_ok(cap_revoke(tcb));
    assert_int_equal(type_of(tcb), SEL4_CAP_TCB);
    assert_int_equal(type_of(a), SEL4_CAP_NULL);
    assert_int_equal(type_of(b), SEL4_CAP_NULL);
    assert_int_equal(type_of(other), SEL4_CAP_TCB);
}

static void revoking_a_copy_takes_nothing(void **state) {
    (void)state;
    cptr_t tcb = new_object(SEL4_OBJECT_TCB, 0), a = copy_of(tcb), b = copy_of(a);
    assert_ok(cap_revoke(a));
    assert_int_equal(type_of(b), SEL4_CAP_TCB);
    assert_int_equal(type_of(tcb), SEL4_CAP_TCB);
}

static void revoking_an_unbadged_endpoint_takes_its_mints(void **state) {
    (void)state;
    cptr_t source = endpoint(), m = mint_of(source, SEL4_RIGHTS_ALL, 1), n = copy_of(m), o = copy_of(source);
    assert_ok(cap_revoke(source));
    assert_int_equal(type_of(m) | type_of(n) | type_of(o), SEL4_CAP_NULL);
}

static void revoking_a_badged_endpoint_takes_its_own_family_only(void **state) {
    (void)state;
    cptr_t source = endpoint(), m = mint_of(source, SEL4_RIGHTS_ALL, 1),
           same = mint_of(source, SEL4_RIGHTS_ALL, 1), other = mint_of(source, SEL4_RIGHTS_ALL, 2),
           a = copy_of(m), b = copy_of(a), c = copy_of(same);
    assert_ok(cap_revoke(m));
    assert_int_equal(type_of(a) | type_of(b), SEL4_CAP_NULL);
    assert_int_equal(type_of(m), SEL4_CAP_ENDPOINT);
    assert_int_equal(type_of(same), SEL4_CAP_ENDPOINT);
    assert_int_equal(type_of(c), SEL4_CAP_ENDPOINT);
    assert_int_equal(type_of(other), SEL4_CAP_ENDPOINT);
}

static void a_badge_family_outlives_its_first(void **state) {
    (void)state;
    cptr_t source = endpoint(), older = mint_of(source, SEL4_RIGHTS_ALL, 1),
           m = mint_of(source, SEL4_RIGHTS_ALL, 1), a = copy_of(m);
    assert_ok(cap_delete(m)); // its copies stay apart from the older family
    assert_ok(cap_revoke(older));
    assert_int_equal(type_of(a), SEL4_CAP_ENDPOINT);
    assert_ok(cap_revoke(source));
    assert_int_equal(type_of(a), SEL4_CAP_NULL);
}

static void a_badge_of_zero_is_a_plain_copy(void **state) {
    (void)state;
    cptr_t source = endpoint(), m = mint_of(source, SEL4_RIGHTS_ALL, 0), n = mint_of(m, SEL4_RIGHTS_ALL, 3);
    assert_ok(cap_revoke(m));
    assert_int_equal(type_of(n), SEL4_CAP_ENDPOINT);
    assert_ok(cap_revoke(source));
    assert_int_equal(type_of(m) | type_of(n), SEL4_CAP_NULL);
}

static void revoking_an_untyped_takes_everything_inside(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 14),
           inner = new_object_from(untyped, SEL4_OBJECT_UNTYPED, 12),
           tcb = new_object_from(inner, SEL4_OBJECT_TCB, 0), tcb_copy = copy_of(tcb),
           ep = new_object_from(untyped, SEL4_OBJECT_ENDPOINT, 0), m = mint_of(ep, SEL4_RIGHTS_ALL, 9),
           outside = endpoint();
    assert_ok(cap_revoke(untyped));
    assert_int_equal(type_of(inner) | type_of(tcb) | type_of(tcb_copy) | type_of(ep) | type_of(m),
                     SEL4_CAP_NULL);
    assert_int_equal(type_of(outside), SEL4_CAP_ENDPOINT);
    assert_ok(retype(untyped, SEL4_OBJECT_UNTYPED, 14, new_slot(), 1));
}

static void a_deleted_original_leaves_its_copies_to_the_untyped(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12), tcb = new_object_from(untyped, SEL4_OBJECT_TCB, 0),
           a = copy_of(tcb);
    assert_ok(cap_delete(tcb));
    assert_int_equal(type_of(a), SEL4_CAP_TCB);
    assert_ok(cap_revoke(untyped));
    assert_int_equal(type_of(a), SEL4_CAP_NULL);
}

static void revoking_interrupt_control_takes_handlers(void **state) {
    (void)state;
    cptr_t handler = new_slot(), sgi = new_slot();
    assert_ok(seL4_IRQControl_Get(SEL4_SLOT_IRQ_CONTROL, ROOT, 40, handler, DEPTH));
    assert_ok(seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 3, 0, sgi, DEPTH));
    cptr_t a = copy_of(handler), b = copy_of(sgi);
    assert_ok(cap_revoke(handler));
    assert_int_equal(type_of(a), SEL4_CAP_NULL);
    assert_int_equal(type_of(b), SEL4_CAP_SGI);
    assert_ok(cap_revoke(SEL4_SLOT_IRQ_CONTROL));
    assert_int_equal(type_of(handler) | type_of(sgi) | type_of(b), SEL4_CAP_NULL);
}

static void an_sgi_issued_twice_is_two_originals(void **state) {
    (void)state;
    cptr_t first = new_slot(), between = new_slot(), second = new_slot();
    assert_ok(seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 3, 0, first, DEPTH));
    cptr_t of_first = copy_of(first);
    assert_ok(seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 4, 0, between, DEPTH));
    assert_ok(seL4_IRQControl_IssueSGI(SEL4_SLOT_IRQ_CONTROL, ROOT, 3, 0, second, DEPTH));
    assert_ok(cap_delete(between));
    cptr_t of_second = copy_of(second);
    assert_ok(cap_revoke(second));
    assert_int_equal(type_of(of_second), SEL4_CAP_NULL);
    assert_int_equal(type_of(first), SEL4_CAP_SGI);
    assert_int_equal(type_of(of_first), SEL4_CAP_SGI);
    assert_ok(cap_delete(first)); // its copy is still nobody else's child
    assert_ok(cap_revoke(second));
    assert_int_equal(type_of(of_first), SEL4_CAP_SGI);
}

static void boot_capabilities_are_originals_without_parent(void **state) {
    (void)state;
    cptr_t frame = world.bootinfo->user_image_frames.start, a = copy_of(frame);
    assert_ok(cap_revoke(frame));
    assert_int_equal(type_of(a), SEL4_CAP_NULL);
    assert_int_equal(type_of(frame), SEL4_CAP_FRAME);
}

static void an_empty_slot_can_be_revoked_and_deleted(void **state) {
    (void)state;
    cptr_t slot = new_slot();
    assert_ok(cap_revoke(slot));
    assert_ok(cap_delete(slot));
}

// --- moves

static void a_move_keeps_children_and_parents(void **state) {
    (void)state;
    cptr_t source = endpoint(), m = mint_of(source, SEL4_RIGHTS_ALL, 1), a = copy_of(m), to = new_slot(),
           to_m = new_slot();
    assert_ok(move(to, source));
    assert_ok(move(to_m, m)); // a badged one too
    assert_int_equal(type_of(source) | type_of(m), SEL4_CAP_NULL);
    assert_ok(cap_revoke(to_m));
    assert_int_equal(type_of(a), SEL4_CAP_NULL);
    assert_ok(cap_revoke(to));
    assert_int_equal(type_of(to_m), SEL4_CAP_NULL);
}

static void a_mutated_cnode_has_the_new_guard(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4), to = new_slot();
    assert_ok(mutate(to, node, sel4_cnode_data(3, 2)));
    assert_int_equal(cap_cnode_guard(slot_of(to)->cap), 3);
    assert_int_equal(type_of(node), SEL4_CAP_NULL);
}

static void endpoints_cannot_be_mutated_or_rotated(void **state) {
    (void)state;
    cptr_t ep = endpoint(), ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0),
           node = new_object(SEL4_OBJECT_CNODE, 1);
    assert_error(SEL4_ILLEGAL_OPERATION, mutate(new_slot(), ep, 0));
    assert_error(SEL4_ILLEGAL_OPERATION, mutate(new_slot(), ntfn, 4));
    assert_error(SEL4_ILLEGAL_OPERATION, rotate(new_slot(), 0, ep, 0, node));
    assert_error(SEL4_ILLEGAL_OPERATION, rotate(new_slot(), 0, node, 0, ep));
    assert_int_equal(type_of(ep), SEL4_CAP_ENDPOINT);
}

static void rotate_moves_two_capabilities(void **state) {
    (void)state;
    cptr_t a = new_object(SEL4_OBJECT_CNODE, 1), b = new_object(SEL4_OBJECT_CNODE, 2), to = new_slot(),
           child = copy_of(a);
    assert_ok(rotate(to, sel4_cnode_data(1, 1), a, sel4_cnode_data(2, 2), b));
    assert_int_equal(cap_cnode_radix(slot_of(to)->cap), 1);
    assert_int_equal(cap_cnode_guard(slot_of(to)->cap), 1);
    assert_int_equal(cap_cnode_radix(slot_of(a)->cap), 2);
    assert_int_equal(cap_cnode_guard(slot_of(a)->cap), 2);
    assert_int_equal(type_of(b), SEL4_CAP_NULL);
    assert_ok(cap_revoke(to));
    assert_int_equal(type_of(child), SEL4_CAP_NULL);
}

static void rotate_onto_the_source_exchanges(void **state) {
    (void)state;
    // Neighbours in the derivation list, and not.
    cptr_t a = new_object(SEL4_OBJECT_CNODE, 1), b = new_object(SEL4_OBJECT_CNODE, 2), child = copy_of(a);
    assert_ok(rotate(a, 0, b, 0, a));
    assert_int_equal(cap_cnode_radix(slot_of(a)->cap), 2);
    assert_int_equal(cap_cnode_radix(slot_of(b)->cap), 1);
    world_check(true);
    assert_ok(cap_revoke(b));
    assert_int_equal(type_of(child), SEL4_CAP_NULL);
}

static void rotate_errors(void **state) {
    (void)state;
    cptr_t a = new_object(SEL4_OBJECT_CNODE, 1), b = new_object(SEL4_OBJECT_CNODE, 2), free = new_slot(),
           empty = new_slot();
    assert_error(SEL4_ILLEGAL_OPERATION, rotate(free, 0, a, 0, a));
    assert_error(SEL4_ILLEGAL_OPERATION, rotate(a, 0, a, 0, b));
    assert_error(SEL4_DELETE_FIRST, rotate(SEL4_SLOT_TCB, 0, a, 0, b));
    assert_error(SEL4_FAILED_LOOKUP, rotate(free, 0, a, 0, empty));
    assert_lookup_failed(true);
    assert_error(SEL4_FAILED_LOOKUP, rotate(free, 0, empty, 0, b));
    assert_lookup_failed(false);
}

static void the_destination_is_tested_before_the_source(void **state) {
    (void)state;
    cptr_t full = endpoint(), empty = new_slot(), free = new_slot();
    assert_error(SEL4_DELETE_FIRST, copy(full, empty, SEL4_RIGHTS_ALL));
    assert_error(SEL4_DELETE_FIRST, move(full, full));
    assert_error(SEL4_FAILED_LOOKUP, copy(free, empty, SEL4_RIGHTS_ALL));
    assert_lookup_failed(true);
    assert_error(SEL4_FAILED_LOOKUP, move(free, empty));
    assert_error(SEL4_FAILED_LOOKUP, mutate(free, empty, 0));
    assert_error(SEL4_FAILED_LOOKUP, mint(free, empty, 0));
}

static void missing_words_or_capabilities_are_a_truncated_message(void **state) {
    (void)state;
    assert_error(SEL4_TRUNCATED_MESSAGE,
                 invoke(ROOT, LABEL_CNode_Copy, 1, 4, new_slot(), DEPTH, world.ram, DEPTH));
    assert_error(SEL4_TRUNCATED_MESSAGE,
                 invoke(ROOT, LABEL_CNode_Copy, 0, 5, new_slot(), DEPTH, world.ram, DEPTH, SEL4_RIGHTS_ALL));
    assert_error(SEL4_ILLEGAL_OPERATION, invoke(ROOT, 62, 0, 0));
    assert_error(SEL4_ILLEGAL_OPERATION, invoke(ROOT, LABEL_TCB_Resume, 0, 0));
    assert_error(SEL4_ILLEGAL_OPERATION, invoke(ROOT, 0xfffffffffffff, 0, 0));
    assert_error(SEL4_ILLEGAL_OPERATION, invoke(ROOT, 0xfc0, 0, 0));
    assert_error(SEL4_INVALID_CAPABILITY, invoke(new_slot(), LABEL_TCB_Resume, 0, 0));
    assert_int_equal(detail(0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        world_test(copy_has_no_rights_that_were_not_asked_for),
        world_test(a_reply_capability_loses_only_grant),
        world_test(a_copied_frame_is_not_mapped),
        world_test(what_cannot_be_derived_is_an_illegal_operation),
        world_test(a_vspace_and_a_table_can_be_copied_in_use),
        world_test(an_untyped_with_children_cannot_be_copied),
        world_test(a_copied_untyped_makes_its_source_look_full),
        world_test(a_badge_is_set_once),
        world_test(a_cnode_gets_a_guard),
        world_test(data_means_nothing_on_other_types),
        world_test(revoking_an_original_takes_every_copy_and_keeps_itself),
        world_test(revoking_a_copy_takes_nothing),
        world_test(revoking_an_unbadged_endpoint_takes_its_mints),
        world_test(revoking_a_badged_endpoint_takes_its_own_family_only),
        world_test(a_badge_family_outlives_its_first),
        world_test(a_badge_of_zero_is_a_plain_copy),
        world_test(revoking_an_untyped_takes_everything_inside),
        world_test(a_deleted_original_leaves_its_copies_to_the_untyped),
        world_test(revoking_interrupt_control_takes_handlers),
        world_test(an_sgi_issued_twice_is_two_originals),
        world_test(boot_capabilities_are_originals_without_parent),
        world_test(an_empty_slot_can_be_revoked_and_deleted),
        world_test(a_move_keeps_children_and_parents),
        world_test(a_mutated_cnode_has_the_new_guard),
        world_test(endpoints_cannot_be_mutated_or_rotated),
        world_test(rotate_moves_two_capabilities),
        world_test(rotate_onto_the_source_exchanges),
        world_test(rotate_errors),
        world_test(the_destination_is_tested_before_the_source),
        world_test(missing_words_or_capabilities_are_a_truncated_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
