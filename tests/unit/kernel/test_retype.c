// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Untyped_Retype: its errors in their order, the watermark, zeroed memory, preemption; and addresses of slots
// (seL4 API: Untyped, capability spaces).
#include "world.h"

#define ROOT  SEL4_SLOT_CNODE
#define DEPTH SEL4_WORD_BITS

static enum sel4_error retype_at(cptr_t untyped, word_t type, word_t bits, cptr_t root, word_t index,
                                 word_t depth, word_t offset, word_t count) {
    return seL4_Untyped_Retype(untyped, root, type, bits, index, depth, offset, count);
}

static void assert_range(word_t minimum, word_t maximum) {
    assert_int_equal(detail(0), minimum);
    assert_int_equal(detail(1), maximum);
}

// --- objects

static void objects_begin_in_their_first_state(void **state) {
    (void)state;
    cptr_t tcb = new_object(SEL4_OBJECT_TCB, 0);
    struct tcb *object = object_of(tcb);
    assert_state(object, THREAD_INACTIVE);
    assert_null(object->sc);
    assert_int_equal(object->priority | object->mcp, 0);
    const word_t types[] = {SEL4_OBJECT_ENDPOINT, SEL4_OBJECT_NOTIFICATION, SEL4_OBJECT_REPLY};
    for (unsigned i = 0; i < ARRAY_LENGTH(types); i++) {
        cptr_t slot = new_object(types[i], 0);
        assert_int_equal(cap_rights(slot_of(slot)->cap), SEL4_RIGHTS_ALL);
        assert_int_equal(cap_badge(slot_of(slot)->cap), 0);
    }
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 3);
    assert_int_equal(cap_cnode_radix(slot_of(node)->cap), 3);
    assert_int_equal(cap_cnode_guard_bits(slot_of(node)->cap), 0);
    cptr_t frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0);
    assert_int_equal(cap_frame_rights(slot_of(frame)->cap), SEL4_RIGHT_READ | SEL4_RIGHT_WRITE);
    assert_int_equal(cap_mapped_asid(slot_of(frame)->cap), 0);
}

static void every_type_has_the_size_of_the_api(void **state) {
    (void)state;
    static const struct {
        word_t type, bits, bytes;
    } sizes[] = {{SEL4_OBJECT_UNTYPED, 4, 16},         {SEL4_OBJECT_TCB, 0, 2048},
                 {SEL4_OBJECT_ENDPOINT, 0, 16},        {SEL4_OBJECT_NOTIFICATION, 0, 64},
                 {SEL4_OBJECT_CNODE, 1, 64},           {SEL4_OBJECT_SCHED_CONTEXT, 7, 128},
                 {SEL4_OBJECT_REPLY, 0, 32},           {SEL4_OBJECT_VSPACE, 0, 8192},
                 {SEL4_OBJECT_SMALL_PAGE, 0, 4096},    {SEL4_OBJECT_PAGE_TABLE, 0, 4096},
                 {SEL4_OBJECT_LARGE_PAGE, 0, 1 << 21}, {SEL4_OBJECT_VCPU, 0, 4096}};
    for (unsigned i = 0; i < ARRAY_LENGTH(sizes); i++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 21);
        new_object_from(untyped, sizes[i].type, sizes[i].bits);
        assert_int_equal(cap_untyped_free(slot_of(untyped)->cap), sizes[i].bytes);
        assert_ok(cap_revoke(untyped));
        assert_ok(cap_delete(untyped));
    }
}

static void memory_is_zero_when_it_is_used_again(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12),
           frame = new_object_from(untyped, SEL4_OBJECT_SMALL_PAGE, 0);
    void *memory = arch_phys_to_virt((paddr_t){cap_address(slot_of(frame)->cap)});
    memset(memory, 0xa5, 4096);
    assert_ok(cap_delete(frame));
    cptr_t node = new_object_from(untyped, SEL4_OBJECT_CNODE, 7);
    assert_ptr_equal(object_of(node), memory);
    for (unsigned i = 0; i < 4096; i++)
        assert_int_equal(((uint8_t *)memory)[i], 0);
}

static void objects_are_aligned_to_their_size(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 14);
    new_object_from(untyped, SEL4_OBJECT_ENDPOINT, 0);
    cptr_t frame = new_object_from(untyped, SEL4_OBJECT_SMALL_PAGE, 0);
    assert_int_equal(cap_address(slot_of(frame)->cap) - cap_address(slot_of(untyped)->cap), 4096);
}

static void exactly_what_is_left_fits(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12), slots = world.next;
    world.next += 256;
    new_object_from(untyped, SEL4_OBJECT_ENDPOINT, 0);
    assert_error(SEL4_NOT_ENOUGH_MEMORY, retype(untyped, SEL4_OBJECT_ENDPOINT, 0, slots, 256));
    assert_int_equal(detail(0), 4096 - 16);
    assert_ok(retype(untyped, SEL4_OBJECT_ENDPOINT, 0, slots, 255));
    assert_error(SEL4_NOT_ENOUGH_MEMORY, retype(untyped, SEL4_OBJECT_ENDPOINT, 0, slots + 255, 1));
    assert_int_equal(detail(0), 0);
}

static void without_children_the_watermark_begins_again(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12), a = new_object_from(untyped, SEL4_OBJECT_TCB, 0),
           b = new_object_from(untyped, SEL4_OBJECT_TCB, 0);
    void *first = object_of(a);
    assert_ok(cap_delete(a));
    assert_error(SEL4_NOT_ENOUGH_MEMORY, retype(untyped, SEL4_OBJECT_TCB, 0, a, 1)); // b is still there
    assert_ok(cap_delete(b));
    assert_ok(retype(untyped, SEL4_OBJECT_TCB, 0, a, 2));
    assert_ptr_equal(object_of(a), first);
}

static void a_device_untyped_gives_frames_and_untypeds_only(void **state) {
    (void)state;
    cptr_t device = world.bootinfo->untyped.start; // as large as 64 MiB
    assert_true(cap_untyped_device(slot_of(device)->cap));
    assert_error(SEL4_INVALID_ARGUMENT, retype(device, SEL4_OBJECT_TCB, 0, new_slot(), 1));
    assert_int_equal(detail(0), 1);
    assert_error(SEL4_INVALID_ARGUMENT, retype(device, SEL4_OBJECT_PAGE_TABLE, 0, new_slot(), 1));
    cptr_t frame = new_object_from(device, SEL4_OBJECT_LARGE_PAGE, 0);
    assert_true(cap_frame_device(slot_of(frame)->cap));
    cptr_t untyped = new_object_from(device, SEL4_OBJECT_UNTYPED, 12);
    assert_true(cap_untyped_device(slot_of(untyped)->cap));
    assert_error(SEL4_NOT_ENOUGH_MEMORY,
                 retype(untyped, SEL4_OBJECT_CNODE, 20, new_slot(), 1)); // before the type
}

// --- errors, in their order

static void errors_come_in_the_order_of_the_api(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 12), node = new_object(SEL4_OBJECT_CNODE, 2),
           empty = new_slot();
    // Each line mends what the one before was refused for, and keeps what comes later wrong.
    assert_error(SEL4_INVALID_ARGUMENT, retype_at(untyped, 13, 64, ROOT, empty, DEPTH, 9, 0));
    assert_int_equal(detail(0), 0);
    assert_error(SEL4_RANGE_ERROR, retype_at(untyped, SEL4_OBJECT_CNODE, 64, ROOT, empty, DEPTH, 9, 0));
    assert_range(0, 47);
    assert_error(SEL4_RANGE_ERROR, retype_at(untyped, SEL4_OBJECT_CNODE, 43, ROOT, empty, DEPTH, 9, 0));
    assert_range(0, 47);
    assert_error(SEL4_INVALID_ARGUMENT, retype_at(untyped, SEL4_OBJECT_CNODE, 0, ROOT, empty, DEPTH, 9, 0));
    assert_int_equal(detail(0), 1);
    assert_error(SEL4_FAILED_LOOKUP, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, empty, DEPTH, 9, 0));
    assert_int_equal(detail(0), 0);
    assert_int_equal(detail(1), SEL4_LOOKUP_MISSING_CAPABILITY);
    assert_error(SEL4_RANGE_ERROR, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, node, DEPTH, 4, 0));
    assert_range(0, 3);
    assert_error(SEL4_RANGE_ERROR, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, node, DEPTH, 2, 0));
    assert_range(1, 256);
    assert_error(SEL4_RANGE_ERROR, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, node, DEPTH, 2, 257));
    assert_range(1, 256);
    assert_ok(retype_at(world.ram, SEL4_OBJECT_ENDPOINT, 0, ROOT, node, DEPTH, 3, 1));
    assert_error(SEL4_RANGE_ERROR, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, node, DEPTH, 2, 3));
    assert_range(1, 2);
    assert_error(SEL4_DELETE_FIRST, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, node, DEPTH, 2, 2));
    assert_error(SEL4_NOT_ENOUGH_MEMORY, retype_at(untyped, SEL4_OBJECT_CNODE, 20, ROOT, node, DEPTH, 0, 2));
    assert_ok(retype_at(untyped, SEL4_OBJECT_CNODE, 1, ROOT, node, DEPTH, 0, 2));
}

static void sizes_out_of_range_are_refused(void **state) {
    (void)state;
    assert_error(SEL4_INVALID_ARGUMENT, retype(world.ram, SEL4_OBJECT_UNTYPED, 3, new_slot(), 1));
    assert_error(SEL4_INVALID_ARGUMENT, retype(world.ram, SEL4_OBJECT_SCHED_CONTEXT, 6, new_slot(), 1));
    assert_error(SEL4_RANGE_ERROR, retype(world.ram, SEL4_OBJECT_UNTYPED, 48, new_slot(), 1));
    assert_error(SEL4_RANGE_ERROR, retype(world.ram, SEL4_OBJECT_UNTYPED, ~(word_t)0, new_slot(), 1));
    assert_error(SEL4_RANGE_ERROR, retype(world.ram, SEL4_OBJECT_CNODE, ~(word_t)0, new_slot(), 1));
    assert_error(SEL4_RANGE_ERROR,
                 retype(world.ram, SEL4_OBJECT_TCB, 64, new_slot(), 1)); // even where it is ignored
    assert_ok(retype(world.ram, SEL4_OBJECT_TCB, 63, new_slot(), 1));
    assert_error(SEL4_INVALID_ARGUMENT, retype(world.ram, ~(word_t)0, 0, new_slot(), 1));
    assert_error(SEL4_NOT_ENOUGH_MEMORY, retype(world.ram, SEL4_OBJECT_UNTYPED, 47, new_slot(), 256));
}

static void depth_zero_is_the_root_itself(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 2);
    assert_ok(retype_at(world.ram, SEL4_OBJECT_ENDPOINT, 0, node, 77, 0, 1, 1));
    assert_int_equal(cap_type(((struct slot *)object_of(node))[1].cap), SEL4_CAP_ENDPOINT);
    assert_error(SEL4_FAILED_LOOKUP,
                 retype_at(world.ram, SEL4_OBJECT_ENDPOINT, 0, SEL4_SLOT_TCB, 0, 0, 0, 1));
    assert_error(SEL4_FAILED_LOOKUP,
                 retype_at(world.ram, SEL4_OBJECT_ENDPOINT, 0, SEL4_SLOT_TCB, 0, 5, 0, 1));
    assert_int_equal(detail(1), SEL4_LOOKUP_INVALID_ROOT);
    assert_error(SEL4_RANGE_ERROR, retype_at(world.ram, SEL4_OBJECT_ENDPOINT, 0, ROOT, 0, 65, 0, 1));
    assert_range(1, 64);
}

// --- preemption

static void zeroing_is_preempted_and_goes_on_from_its_mark(void **state) {
    (void)state;
    cptr_t slot = new_slot();
    host.preempt_after = 0;
    assert_ok(retype(world.ram, SEL4_OBJECT_LARGE_PAGE, 0, slot, 1));
    unsigned looks = host.preempt_looks;
    assert_int_equal(looks, 1 << 21 >> 16); // a preempted call does nothing twice
    assert_true(host.cleaned >= 1 << 21);
    assert_int_equal(type_of(slot), SEL4_CAP_FRAME);
}

static void a_preempted_retype_may_be_followed_by_another(void **state) {
    (void)state;
    cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 20),
           old = new_object_from(untyped, SEL4_OBJECT_CNODE, 15);
    uint8_t *memory = object_of(old);
    assert_ok(cap_delete(old));
    memset(memory, 0xee, 1 << 20);
    // One turn of a large CNode's zeroing, as a thread that does not come back.
    struct invocation inv = {.core = &host_core,
                             .caller = world.root,
                             .slot = slot_of(untyped),
                             .cap = slot_of(untyped)->cap,
                             .length = 6,
                             .extra = {slot_of(ROOT)},
                             .extra_count = 1};
    word_t *x = world.root->arch.context.x;
    x[ARCH_REG_MR0] = SEL4_OBJECT_CNODE, x[ARCH_REG_MR0 + 1] = 15, x[ARCH_REG_MR0 + 2] = 0,
    x[ARCH_REG_MR0 + 3] = 0;
    world.root->ipc_buffer->msg[4] = old, world.root->ipc_buffer->msg[5] = 1;
    host.preempt_after = 3;
    host.cleaned = 0;
    assert_int_equal(decode_Untyped_Retype(&inv), STATUS_PREEMPTED);
    assert_int_equal(memory[4 * 65536 - 1], 0);
    assert_int_equal(memory[4 * 65536], 0xee);
    assert_int_equal(host.cleaned, 4 * 65536); // what a frame of the other call would rely on
    assert_ok(retype(untyped, SEL4_OBJECT_SMALL_PAGE, 0, old, 200));
    for (unsigned i = 0; i < 200 * 4096; i++)
        assert_int_equal(memory[i], 0);
    assert_int_equal(memory[200 * 4096], 0xee);
}

static void a_preempted_retype_is_repeated_unharmed_at_every_step(void **state) {
    (void)state;
    for (int step = 0; step < 20; step++) {
        cptr_t untyped = new_object(SEL4_OBJECT_UNTYPED, 20), slot = new_slot();
        void *memory = arch_phys_to_virt((paddr_t){cap_address(slot_of(untyped)->cap)});
        memset(memory, 0x11, 1 << 20);
        host.preempt_after = step;
        assert_ok(retype(untyped, SEL4_OBJECT_CNODE, 15, slot, 1));
        host.preempt_after = -1;
        assert_ok(cap_delete(slot));
        assert_ok(retype(untyped, SEL4_OBJECT_UNTYPED, 20, slot, 1));
        assert_ok(cap_revoke(untyped));
        assert_ok(cap_delete(untyped));
    }
}

// --- addresses

static void slots_are_named_by_depth_exactly(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4), other = new_slot();
    assert_ok(seL4_CNode_Copy(node, ROOT, 3, 4, node, DEPTH, SEL4_RIGHTS_ALL));
    assert_error(SEL4_DELETE_FIRST, seL4_CNode_Copy(node, ROOT, 3, 4, node, DEPTH, SEL4_RIGHTS_ALL));
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Copy(node, ROOT, 3, 3, node, DEPTH, SEL4_RIGHTS_ALL));
    assert_int_equal(detail(0), 0);
    assert_int_equal(detail(1), SEL4_LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(detail(2), 3);
    assert_int_equal(detail(3), 4);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Delete(node, 5 << 2, 6)); // an empty slot, and bits left
    assert_int_equal(detail(1), SEL4_LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(detail(2), 2);
    assert_ok(seL4_CNode_Delete(node, 3 << 4 | 3, 8)); // through the copy in slot 3
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Copy(ROOT, node, other, DEPTH, 3, 4, SEL4_RIGHTS_ALL));
    assert_int_equal(detail(0), 1);
    assert_int_equal(detail(1), SEL4_LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(detail(2), 4);
    assert_error(SEL4_RANGE_ERROR, seL4_CNode_Delete(node, 0, 0));
    assert_range(1, 64);
    assert_error(SEL4_RANGE_ERROR, seL4_CNode_Delete(node, 0, BIT(32) | 4)); // the full word counts
}

static void guards_are_compared(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4), guarded = new_slot();
    assert_ok(seL4_CNode_Mint(ROOT, ROOT, guarded, DEPTH, node, DEPTH, 15, sel4_cnode_data(0x2a, 6)));
    assert_ok(seL4_CNode_Delete(guarded, 0x2a << 4 | 1, 10));
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Delete(guarded, 0x2b << 4 | 1, 10));
    assert_int_equal(detail(1), SEL4_LOOKUP_GUARD_MISMATCH);
    assert_int_equal(detail(2), 10);
    assert_int_equal(detail(3), 0x2a);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Delete(guarded, 0x2a, 5)); // shorter than the guard
    assert_int_equal(detail(1), SEL4_LOOKUP_GUARD_MISMATCH);
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Delete(guarded, 0x2a << 3, 9));
    assert_int_equal(detail(1), SEL4_LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(detail(2), 9);
    assert_int_equal(detail(3), 10);
}

static void a_guard_of_the_whole_depth_but_the_index_works(void **state) {
    (void)state;
    cptr_t node = new_object(SEL4_OBJECT_CNODE, 4), guarded = new_slot();
    assert_ok(seL4_CNode_Mint(ROOT, ROOT, guarded, DEPTH, node, DEPTH, 15, sel4_cnode_data(0, 60)));
    assert_ok(seL4_CNode_Delete(guarded, 7, 64));
    assert_error(SEL4_FAILED_LOOKUP, seL4_CNode_Delete(guarded, BIT(63), 64));
    assert_int_equal(detail(1), SEL4_LOOKUP_GUARD_MISMATCH);
}

static void a_system_call_may_leave_bits_over(void **state) {
    (void)state;
    // Root's CNode behind a guard of 50 bits, one less than fits.
    cptr_t top = new_slot(), tcb = new_object(SEL4_OBJECT_TCB, 0);
    assert_ok(seL4_CNode_Mint(ROOT, ROOT, top, DEPTH, ROOT, DEPTH, 15, sel4_cnode_data(0, 50)));
    struct thread t = thread_make(101, false);
    assert_ok(seL4_TCB_SetSpace(t.tcb, SEL4_SLOT_NULL, top, SEL4_SLOT_VSPACE, 0, 0));
    assert_ok(seL4_TCB_Resume(t.tcb));
    assert_current(t);
    assert_ok(seL4_TCB_Suspend(tcb << 1 | 1)); // one bit left over
    assert_current(t);
}

static void asid_pools_have_their_own_errors(void **state) {
    (void)state;
    cptr_t small = new_object(SEL4_OBJECT_UNTYPED, 12), big = new_object(SEL4_OBJECT_UNTYPED, 13),
           pool = new_slot();
    assert_error(SEL4_INVALID_CAPABILITY,
                 seL4_ASIDControl_MakePool(SEL4_SLOT_ASID_CONTROL, big, ROOT, pool, DEPTH));
    assert_error(SEL4_DELETE_FIRST,
                 seL4_ASIDControl_MakePool(SEL4_SLOT_ASID_CONTROL, small, ROOT, small, DEPTH));
    assert_ok(seL4_ASIDControl_MakePool(SEL4_SLOT_ASID_CONTROL, small, ROOT, pool, DEPTH));
    cptr_t vspace = new_object(SEL4_OBJECT_VSPACE, 0), frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0);
    assert_ok(seL4_ASIDPool_Assign(pool, vspace));
    assert_error(SEL4_INVALID_CAPABILITY, seL4_ASIDPool_Assign(pool, vspace));
    assert_ok(cap_revoke(small)); // the pool goes, and with it what its ASIDs named
    assert_error(SEL4_FAILED_LOOKUP, seL4_Page_Map(frame, vspace, 0, 3, SEL4_PAGE_DEFAULT));
    assert_ok(cap_delete(vspace));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        world_test(objects_begin_in_their_first_state),
        world_test(every_type_has_the_size_of_the_api),
        world_test(memory_is_zero_when_it_is_used_again),
        world_test(objects_are_aligned_to_their_size),
        world_test(exactly_what_is_left_fits),
        world_test(without_children_the_watermark_begins_again),
        world_test(a_device_untyped_gives_frames_and_untypeds_only),
        world_test(errors_come_in_the_order_of_the_api),
        world_test(sizes_out_of_range_are_refused),
        world_test(depth_zero_is_the_root_itself),
        world_test(zeroing_is_preempted_and_goes_on_from_its_mark),
        world_test(a_preempted_retype_may_be_followed_by_another),
        world_test(a_preempted_retype_is_repeated_unharmed_at_every_step),
        world_test(slots_are_named_by_depth_exactly),
        world_test(guards_are_compared),
        world_test(a_guard_of_the_whole_depth_but_the_index_works),
        world_test(a_system_call_may_leave_bits_over),
        world_test(asid_pools_have_their_own_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
