// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How capability addresses are resolved: guards, radices, several levels, circles; what each failure says, in
// the error of every CNode method and in the fault of a system call.
#include "harness.h"

// `outer` has a guard of 8 bits, 0xa5, and 16 slots. Slot 5 holds a CNode with a guard of 1 bit, 1, and 8
// slots; slot 6 one with a guard of 50 bits, 1, and 8 slots; slot 7 an endpoint; the others are empty.
static word outer, plain_outer, inner, endpoint, notification;

#define GUARD 0xa5ull

static word target; // an empty slot of the root CNode
static word tcb_a, tcb_b;

// --- every address of every method

static word revoke_target(word root, word index, word depth) {
    return cnode_revoke(root, index, depth);
}
static word delete_target(word root, word index, word depth) {
    return cnode_delete(root, index, depth);
}
static word cancel_target(word root, word index, word depth) {
    return cnode_cancel(root, index, depth);
}
static word copy_target(word root, word index, word depth) {
    return cnode_copy(root, index, depth, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL);
}
static word mint_target(word root, word index, word depth) {
    return cnode_mint(root, index, depth, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL, 0);
}
static word move_target(word root, word index, word depth) {
    return cnode_move(root, index, depth, S_CNODE, tcb_a, ROOT_DEPTH);
}
static word mutate_target(word root, word index, word depth) {
    return cnode_mutate(root, index, depth, S_CNODE, tcb_a, ROOT_DEPTH, 0);
}
static word rotate_target(word root, word index, word depth) {
    return cnode_rotate(root, index, depth, 0, S_CNODE, tcb_a, ROOT_DEPTH, 0, S_CNODE, tcb_b, ROOT_DEPTH);
}
static word copy_source(word root, word index, word depth) {
    return cnode_copy(S_CNODE, target, ROOT_DEPTH, root, index, depth, R_ALL);
}
static word mint_source(word root, word index, word depth) {
    return cnode_mint(S_CNODE, target, ROOT_DEPTH, root, index, depth, R_ALL, 0);
}
static word move_source(word root, word index, word depth) {
    return cnode_move(S_CNODE, target, ROOT_DEPTH, root, index, depth);
}
static word mutate_source(word root, word index, word depth) {
    return cnode_mutate(S_CNODE, target, ROOT_DEPTH, root, index, depth, 0);
}
static word rotate_source(word root, word index, word depth) {
    return cnode_rotate(S_CNODE, target, ROOT_DEPTH, 0, S_CNODE, tcb_a, ROOT_DEPTH, 0, root, index, depth);
}
static word rotate_pivot(word root, word index, word depth) {
    return cnode_rotate(S_CNODE, target, ROOT_DEPTH, 0, root, index, depth, 0, S_CNODE, tcb_b, ROOT_DEPTH);
}
static word irq_target(word root, word index, word depth) {
    return irq_get(100, root, index, depth);
}
static word irq_trigger_target(word root, word index, word depth) {
    return irq_get_trigger(100, 1, root, index, depth);
}
static word sgi_target(word root, word index, word depth) {
    return irq_issue_sgi(5, 0, root, index, depth);
}

typedef word call_function(word root, word index, word depth);

static void check_depth(call_function *call) {
    static const word depths[] = {0, 65, 256 + 12, 1ull << 32 | 12, ~0ull};
    for (unsigned i = 0; i < sizeof(depths) / sizeof(word); i++)
        EXPECT_REPLY(call(outer, GUARD << 4 | 3, depths[i]), RNG, 1, 64);
}

static void check_guard(call_function *call, word source) {
    EXPECT_REPLY(call(outer, 0xa6ull << 4 | 3, 12), FL, source, 4, 12, GUARD, 8);
    EXPECT_REPLY(call(outer, GUARD >> 1, 7), FL, source, 4, 7, GUARD, 8); // fewer bits than the guard
    EXPECT_REPLY(call(outer, 0, 64), FL, source, 4, 64, GUARD, 8);
    EXPECT_REPLY(call(outer, GUARD << 8 | 5 << 4 | 2, 16), FL, source, 4, 4, 1, 1); // the second CNode's
}

static void check_mismatch(call_function *call, word source) {
    EXPECT_REPLY(call(outer, GUARD << 3, 11), FL, source, 3, 11, 12); // ends within the radix
    EXPECT_REPLY(call(outer, GUARD, 8), FL, source, 3, 8, 12);
    EXPECT_REPLY(call(outer, GUARD << 7 | 5 << 3 | 1 << 2, 15), FL, source, 3, 3, 4); // in the second CNode
    EXPECT_REPLY(call(outer, GUARD << 6 | 3 << 2, 14), FL, source, 3, 2, 0); // goes on after an empty slot
    EXPECT_REPLY(call(outer, GUARD << 6 | 7 << 2, 14), FL, source, 3, 2, 0); // after an endpoint
    EXPECT_REPLY(call(outer, GUARD << 10 | 5 << 6 | 1 << 5, 18), FL, source, 3, 2, 0); // in the second CNode
}

static void check_root(call_function *call, word source) {
    EXPECT_REPLY(call(S_TCB, 3, 64), FL, source, 1);
    EXPECT_REPLY(call(target, 3, 0), FL, source, 1); // an empty slot, and before the depth
}

#define INVOKED_ROOTS(X)                                                                                     \
    X(revoke_target, 0)                                                                                      \
    X(delete_target, 0)                                                                                      \
    X(cancel_target, 0)                                                                                      \
    X(copy_target, 0)                                                                                        \
    X(mint_target, 0)                                                                                        \
    X(move_target, 0)                                                                                        \
    X(mutate_target, 0)                                                                                      \
    X(rotate_target, 0)
#define GIVEN_ROOTS(X)                                                                                       \
    X(copy_source, 1)                                                                                        \
    X(mint_source, 1)                                                                                        \
    X(move_source, 1)                                                                                        \
    X(mutate_source, 1)                                                                                      \
    X(rotate_source, 1)                                                                                      \
    X(rotate_pivot, 0)                                                                                       \
    X(irq_target, 0)                                                                                         \
    X(irq_trigger_target, 0)                                                                                 \
    X(sgi_target, 0)

#define ADDRESS(name, source)                                                                                \
    static void name##_depth_out_of_range(void) {                                                            \
        check_depth(name);                                                                                   \
    }                                                                                                        \
    static void name##_guard_mismatch(void) {                                                                \
        check_guard(name, source);                                                                           \
    }                                                                                                        \
    static void name##_depth_mismatch(void) {                                                                \
        check_mismatch(name, source);                                                                        \
    }
#define ROOT(name, source)                                                                                   \
    static void name##_root_not_a_cnode(void) {                                                              \
        check_root(name, source);                                                                            \
    }
INVOKED_ROOTS(ADDRESS)
GIVEN_ROOTS(ADDRESS)
GIVEN_ROOTS(ROOT)

// --- what resolves

static void a_guard_and_a_radix_name_a_slot(void) {
    EXPECT_OK(cnode_copy(outer, GUARD << 4 | 3, 12, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_EQUAL(cnode_copy(plain_outer, 3, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL); // the same slot
    EXPECT_OK(cnode_delete(plain_outer, 3, 4));
}

static void bits_above_the_depth_are_ignored(void) {
    EXPECT_OK(cnode_copy(plain_outer, 0xffffffffffffff0ull | 3, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_delete(outer, 0xf000ull | GUARD << 4 | 3, 12));
    EXPECT_OK(cnode_copy(plain_outer, 3, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_delete(plain_outer, 3, 4));
}

static void two_levels_name_a_slot(void) {
    word index = GUARD << 8 | 5 << 4 | 1 << 3 | 6;
    EXPECT_OK(cnode_copy(outer, index, 16, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_move(S_CNODE, target, ROOT_DEPTH, inner, 6, 3));
    EXPECT_EQUAL(raw_identify(target), C_TCB);
    EXPECT_OK(cnode_delete(S_CNODE, target, ROOT_DEPTH));
}

static void an_address_can_end_at_a_cnode(void) {
    EXPECT_OK(
        cnode_copy(S_CNODE, target, ROOT_DEPTH, outer, GUARD << 4 | 5, 12, R_ALL)); // the CNode in slot 5
    EXPECT_EQUAL(raw_identify(target), C_CNODE);
    EXPECT_OK(cnode_delete(S_CNODE, target, ROOT_DEPTH));
}

static void a_cnode_in_itself_is_walked_again_and_again(void) {
    word cnode = new_object(T_CNODE, 4);
    EXPECT_OK(cnode_copy(cnode, 1, 4, S_CNODE, cnode, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(cnode, 0x112, 12, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(cnode, 0x1111111111111113, 64, S_CNODE, tcb_b, ROOT_DEPTH, R_ALL));
    EXPECT_REPLY(cnode_copy(cnode, 2, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL);
    EXPECT_REPLY(cnode_copy(cnode, 3, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL);
    EXPECT_REPLY(cnode_delete(cnode, 0x111111111111111ull << 2, 62), FL, 0, 3, 2, 4);
}

static void two_cnodes_in_each_other_are_walked_in_turn(void) {
    word one = new_object(T_CNODE, 4), two = new_object(T_CNODE, 4);
    EXPECT_OK(cnode_copy(one, 2, 4, S_CNODE, two, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(two, 1, 4, S_CNODE, one, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(one, 0x2129, 16, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(one, 0x218, 12, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_REPLY(cnode_copy(two, 9, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL);
    EXPECT_REPLY(cnode_copy(one, 8, 4, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL);
}

static void an_address_can_have_64_levels(void) {
    word first = new_object(T_CNODE, 1), last = first, last_index = 1;
    for (unsigned level = 1; level < 64; level++) {
        word next = new_object(T_CNODE, 1);
        EXPECT_OK(cnode_copy(last, last_index, 1, S_CNODE, next, ROOT_DEPTH, R_ALL));
        last = next;
    }
    EXPECT_OK(cnode_copy(first, ~0ull, 64, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL));
    EXPECT_OK(cnode_copy(first, ~0ull - 1, 64, S_CNODE, tcb_b, ROOT_DEPTH, R_ALL));
    EXPECT_REPLY(cnode_copy(last, 1, 1, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL);
    EXPECT_REPLY(cnode_copy(last, 0, 1, S_CNODE, tcb_a, ROOT_DEPTH, R_ALL), DEL);
}

// --- addresses in system calls: 64 bits from the CSpace of the thread

static word fault_endpoint, fault_reply;
static struct thread *caller;

static volatile word call_number, called;
static void call_run(word cptr) {
    struct message m = {.info = info_make(0, 0, 0)};
    raw_message(call_number, cptr, &m, 0, 0);
    called = 1 + info_label(m.info);
    struct raw_registers end = {.x[7] = 1};
    raw_svc(&end); // a fault that says that the call returned
}

#define RETURNED 2 // unknown system call

// A thread in the CSpace `outer` invokes cptr; what its fault says.
static struct message call_from_outer(word number, word cptr) {
    if (!caller) {
        fault_endpoint = new_object(T_ENDPOINT, 0);
        fault_reply = new_object(T_REPLY, 0);
        caller = new_thread(call_run, 0, fault_endpoint);
        tcb_set_space(caller->tcb, fault_endpoint, outer, S_VSPACE, 0, 0);
        thread_set_priority(caller, 2);
    }
    call_number = number;
    called = 0;
    tcb_suspend(caller->tcb);
    static _Alignas(16) uint8_t stack[2048];
    raw_invoke(caller->tcb, 3, CAPS(), WORDS(1, 4, (word)call_run, (word)(stack + sizeof(stack)), 0, cptr));
    let_others_run();
    struct message m = {0};
    raw_message(NR_NB_RECV, fault_endpoint, &m, fault_reply, 0);
    return m;
}

#define EXPECT_CAP_FAULT(number, cptr, receiving, ...)                                                       \
    do {                                                                                                     \
        struct message m_ = call_from_outer(number, cptr);                                                   \
        static const word words_[] = {__VA_ARGS__};                                                          \
        EXPECT_EQUAL(info_label(m_.info), 1);                                                                \
        EXPECT_EQUAL(info_length(m_.info), 3 + sizeof(words_) / sizeof(word));                               \
        EXPECT_EQUAL(m_.mr[1], cptr);                                                                        \
        EXPECT_EQUAL(m_.mr[2], receiving);                                                                   \
        EXPECT_EQUAL(m_.mr[3], words_[0]);                                                                   \
        for (unsigned i_ = 1; i_ < sizeof(words_) / sizeof(word); i_++)                                      \
            EXPECT_EQUAL(raw_buffer()->msg[3 + i_], words_[i_]);                                             \
    } while (0)

static void a_system_call_needs_no_bits_after_a_capability(void) {
    EXPECT_EQUAL(info_label(call_from_outer(NR_SEND, GUARD << 56 | 8ull << 52 | 0x123).info), RETURNED);
    EXPECT_EQUAL(called, 1);
    EXPECT_EQUAL(raw_poll(notification), 1); // slot 8, with 52 bits left
}

static void a_system_call_walks_two_levels(void) {
    EXPECT_EQUAL(
        info_label(call_from_outer(NR_CALL, GUARD << 56 | 5ull << 52 | 1ull << 51 | 2ull << 48).info),
        RETURNED);
    EXPECT_EQUAL(called, 1 + IC); // the empty slot 2 of the second CNode: an error, no fault
    EXPECT_EQUAL(raw_poll(notification), 0);
}

static void a_system_call_with_a_wrong_guard(void) {
    EXPECT_CAP_FAULT(NR_SEND, 7, 0, 4, 64, GUARD, 8);
    EXPECT_CAP_FAULT(NR_CALL, 0xa7ull << 56, 0, 4, 64, GUARD, 8);
    EXPECT_CAP_FAULT(NR_SEND, GUARD << 56 | 5ull << 52, 0, 4, 52, 1, 1);
    EXPECT_CAP_FAULT(NR_RECV, 7, 1, 4, 64, GUARD, 8);
}

static void a_system_call_with_too_few_bits(void) {
    EXPECT_CAP_FAULT(NR_SEND, GUARD << 56 | 6ull << 52 | 1ull << 2, 0, 3, 52, 53);
    EXPECT_CAP_FAULT(NR_WAIT, GUARD << 56 | 6ull << 52 | 1ull << 2, 1, 3, 52, 53);
}

static void a_receive_from_a_capability_of_another_type(void) {
    EXPECT_CAP_FAULT(NR_RECV, GUARD << 56 | 2ull << 52, 1, 2, 0);              // an empty slot
    EXPECT_CAP_FAULT(NR_WAIT, GUARD << 56 | 5ull << 52 | 3ull << 50, 1, 2, 0); // in the second CNode
}

static void a_system_call_without_a_cspace(void) {
    EXPECT_EQUAL(info_label(call_from_outer(NR_SEND, GUARD << 56 | 8ull << 52).info), RETURNED);
    EXPECT_OK(cnode_revoke(S_CNODE, plain_outer, ROOT_DEPTH)); // the thread's copy too
    EXPECT_CAP_FAULT(NR_SEND, GUARD << 56 | 8ull << 52, 0, 1);
    EXPECT_CAP_FAULT(NR_RECV, GUARD << 56 | 8ull << 52, 1, 1);
}

#define ADDRESS_TESTS(name, source)                                                                          \
    TEST(name##_depth_out_of_range), TEST(name##_guard_mismatch), TEST(name##_depth_mismatch),
#define ROOT_TEST(name, source) TEST(name##_root_not_a_cnode),

static const struct test tests[] = {
    INVOKED_ROOTS(ADDRESS_TESTS)                          //
    GIVEN_ROOTS(ADDRESS_TESTS)                            //
    GIVEN_ROOTS(ROOT_TEST)                                //
    TEST(a_guard_and_a_radix_name_a_slot),                //
    TEST(bits_above_the_depth_are_ignored),               //
    TEST(two_levels_name_a_slot),                         //
    TEST(an_address_can_end_at_a_cnode),                  //
    TEST(a_cnode_in_itself_is_walked_again_and_again),    //
    TEST(two_cnodes_in_each_other_are_walked_in_turn),    //
    TEST(an_address_can_have_64_levels),                  //
    TEST(a_system_call_needs_no_bits_after_a_capability), //
    TEST(a_system_call_walks_two_levels),                 //
    TEST(a_system_call_with_a_wrong_guard),               //
    TEST(a_system_call_with_too_few_bits),                //
    TEST(a_receive_from_a_capability_of_another_type),    //
    TEST(a_system_call_without_a_cspace),                 //
};

int main(void) {
    word far = new_object(T_CNODE, 3);
    plain_outer = new_object(T_CNODE, 4);
    inner = new_object(T_CNODE, 3);
    endpoint = new_object(T_ENDPOINT, 0);
    notification = new_object(T_NOTIFICATION, 0);
    outer = new_slot();
    cnode_mint(plain_outer, 5, 4, S_CNODE, inner, ROOT_DEPTH, R_ALL, 1 << 6 | 1);
    cnode_mint(plain_outer, 6, 4, S_CNODE, far, ROOT_DEPTH, R_ALL, 1 << 6 | 50);
    cnode_copy(plain_outer, 7, 4, S_CNODE, endpoint, ROOT_DEPTH, R_ALL);
    cnode_mint(plain_outer, 8, 4, S_CNODE, notification, ROOT_DEPTH, R_ALL, 1);
    cnode_mint(S_CNODE, outer, ROOT_DEPTH, S_CNODE, plain_outer, ROOT_DEPTH, R_ALL, GUARD << 6 | 8);
    target = new_slot();
    tcb_a = new_object(T_TCB, 0);
    tcb_b = new_object(T_TCB, 0);
    RUN(tests);
}
