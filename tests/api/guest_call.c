// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Calls of a guest, HVC and SMC with the immediate 0, as faults with four words (GLACIS_EXIT_CALL), and what
// the replies do; answered by root, which has a context of its own, and by a passive handler on the guest's.
#include "vm.h"

enum { MASK_HVC = 1, MASK_DECODED = 32, MASK_CALL = 128 };
enum { FAULT_ACCESS = 0x100, FAULT_HVC, FAULT_SMC };
enum { DONE, RESTART, UNDEFINED };
#define NOWHERE 0x123450ull // unmapped
#define HIGH    0x1111222200000000ull

extern volatile struct call_results { word hvc[31], smc[31], loaded; } call_results;
volatile struct call_results call_results;

// Fills x0 to x18 with HIGH + their number, makes the call, stores x0 to x30 where x19 says.
#define CALL_PIECE(name, instruction, offset)                                                                 \
#name                                                                                                     \
        ": adrp x19, call_results\n  add x19, x19, :lo12:call_results\n  add x19, x19, #" #offset "\n"        \
        "  movz x20, #0x1111, lsl #48\n  movk x20, #0x2222, lsl #32\n"                                        \
        "  mov x0, x20\n  add x1, x20, #1\n  add x2, x20, #2\n  add x3, x20, #3\n  add x4, x20, #4\n"         \
        "  add x5, x20, #5\n  add x6, x20, #6\n  add x7, x20, #7\n  add x8, x20, #8\n  add x9, x20, #9\n"     \
        "  add x10, x20, #10\n  add x11, x20, #11\n  add x12, x20, #12\n  add x13, x20, #13\n"                \
        "  add x14, x20, #14\n  add x15, x20, #15\n  add x16, x20, #16\n  add x17, x20, #17\n"                \
        "  add x18, x20, #18\n" #name "_at: " #instruction "\n"                                               \
        "  stp x0, x1, [x19]\n  stp x2, x3, [x19, #16]\n  stp x4, x5, [x19, #32]\n  stp x6, x7, [x19, #48]\n" \
        "  stp x8, x9, [x19, #64]\n  stp x10, x11, [x19, #80]\n  stp x12, x13, [x19, #96]\n"                  \
        "  stp x14, x15, [x19, #112]\n  stp x16, x17, [x19, #128]\n  str x18, [x19, #144]\n"
__asm__(".pushsection .text\n"
        ".balign 4\n" CALL_PIECE(call_hvc, hvc #0, 0) CALL_PIECE(
            call_smc, smc #0,
            248) "  mov x0, #5\n"
                 "call_end: hvc #2\n  b call_end\n"
                 // 16 calls with their number in x1, whose results are added up; and a load after each.
                 "call_many: mov x21, #0\n  mov x22, #0\n  mov x23, #0x3450\n  movk x23, #0x12, lsl #16\n"
                 "1: mov x0, #7\n  mov x1, x21\n  smc #0\n  add x22, x22, x0\n  ldr w2, [x23]\n  add x22, "
                 "x22, x2\n"
                 "  add x21, x21, #1\n  cmp x21, #16\n  b.ne 1b\n"
                 "  adrp x19, call_results\n  add x19, x19, :lo12:call_results\n  str x22, [x19, #496]\n  b "
                 "call_end\n"
                 ".popsection\n");
extern const char call_hvc[], call_hvc_at[], call_smc[], call_smc_at[], call_end[], call_many[];

static struct vm vm;

static struct message run(const char *code, word mask) {
    vm = vm_new();
    vm_check(raw_invoke(vm.vcpu, 0x1000, CAPS(), WORDS(mask)));
    call_results.loaded = vm_trap.count = 0;
    vm_start(vm, code, 0);
    return vm_fault();
}

static void expect_call(const struct message *m, word label, const char *at) {
    EXPECT_EQUAL(info_label(m->info), label);
    EXPECT_EQUAL(info_length(m->info), 4);
    EXPECT_EQUAL(m->badge, 0x900d);
    for (unsigned i = 0; i < 4; i++)
        EXPECT_EQUAL(m->mr[i], HIGH + i);
    EXPECT_EQUAL(thread_pc(vm.thread), (word)at);
}

static void answer_words(word label, word length, word first) {
    struct message m = {.info = info_make(label, 0, length), .mr = {first, first + 1, first + 2, first + 3}};
    raw_send(NR_SEND, vm_reply, &m);
}

static void expect_results(volatile const word *results, word length, word first) {
    for (word i = 0; i < 19; i++)
        EXPECT_EQUAL(results[i], i < length ? first + i : HIGH + i);
}

static void a_call_has_one_fault_and_one_reply(void) {
    for (word length = 0; length <= 4; length++) {
        struct message m = run(call_hvc, MASK_CALL);
        expect_call(&m, FAULT_HVC, call_hvc_at);
        answer_words(DONE, length, 0x9876543210000000);
        m = vm_fault();
        expect_call(&m, FAULT_SMC, call_smc_at);
        expect_results(call_results.hvc, length, 0x9876543210000000);
        answer_words(DONE, length, 0x8876543210000000);
        vm_fault();
        expect_results(call_results.smc, length, 0x8876543210000000);
    }
}

static void other_immediates_are_what_they_were(void) {
    struct message m = run(call_end, MASK_CALL | MASK_HVC);
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] & 0xffff, 2);
    EXPECT_EQUAL(thread_pc(vm.thread), (word)call_end + 4);
    m = run(call_end, MASK_CALL);
    EXPECT_EQUAL(info_label(m.info), 2); // a system call
    EXPECT_EQUAL(info_length(m.info), 13);
}

static void without_the_bit_calls_are_what_they_were(void) {
    struct message m = run(call_hvc, MASK_HVC);
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] >> 26, 0x16);
    answer_words(DONE, 4, 0);
    m = vm_fault();
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(m.mr[0] >> 26, 0x17);
    expect_results(call_results.hvc, 0, 0);
}

static void a_restarted_call_is_made_again(void) {
    struct message m = run(call_hvc, MASK_CALL);
    answer_words(RESTART, 4, 1);
    m = vm_fault();
    expect_call(&m, FAULT_HVC, call_hvc_at);
    EXPECT_OK(raw_invoke(vm.thread->tcb, 3, CAPS(), WORDS(0, 1, (word)call_hvc_at + 4)));
    answer_words(RESTART, 0, 0);
    m = vm_fault();
    expect_call(&m, FAULT_SMC, call_smc_at);
    expect_results(call_results.hvc, 0, 0);
    // Registers that were written stay, where the reply has no words.
    EXPECT_OK(raw_invoke(vm.thread->tcb, 3, CAPS(), WORDS(0, 4, (word)call_smc_at, 0, VM_EL1H, 0x77)));
    answer_words(DONE, 0, 0);
    vm_fault();
    EXPECT_EQUAL(call_results.smc[0], 0x77);
    EXPECT_EQUAL(call_results.smc[1], HIGH + 1);
}

static void a_call_can_be_undefined(void) {
    struct message m = run(call_hvc, MASK_CALL);
    answer_words(UNDEFINED, 4, 1);
    m = vm_fault(); // the guest's handler has stepped over it
    EXPECT_EQUAL(vm_trap.count, 1);
    EXPECT_EQUAL(vm_trap.esr >> 26, 0);
    EXPECT_EQUAL(vm_trap.elr, (word)call_hvc_at);
    expect_call(&m, FAULT_SMC, call_smc_at);
    answer_words(UNDEFINED, 0, 0);
    vm_fault();
    EXPECT_EQUAL(vm_trap.count, 2);
    EXPECT_EQUAL(vm_trap.elr, (word)call_smc_at);
    expect_results(call_results.smc, 0, 0);
}

// A handler without a context: it runs on the guest's.
static volatile word handled[3]; // calls, accesses, others

static void handler_run(word argument) {
    (void)argument;
    struct message m = {0};
    raw_message(NR_RECV, vm_endpoint, &m, vm_reply, 0);
    for (;;) {
        word label = info_label(m.info), value = 0;
        if (label == FAULT_SMC) {
            value = m.mr[0] == 7 && m.mr[1] == handled[0] ? 1000 + m.mr[1] : 0;
            handled[0]++;
        } else if (label == FAULT_ACCESS) {
            value = m.mr[0] == NOWHERE ? 0xabcdef0000000000 + handled[1] : 0;
            handled[1]++;
        } else {
            handled[2]++;
            thread_end();
        }
        m.info = info_make(DONE, 0, 1);
        m.mr[0] = value;
        raw_message(NR_REPLY_RECV, vm_endpoint, &m, vm_reply, 0);
    }
}

static void a_passive_handler_runs_on_the_guests_context(void) {
    vm = vm_new();
    vm_check(raw_invoke(vm.vcpu, 0x1000, CAPS(), WORDS(MASK_CALL | MASK_DECODED)));
    word sc = new_sc(5000, 5000);
    const struct thread *handler = new_passive_thread(handler_run, 0, 0);
    EXPECT_OK(sc_bind(sc, handler->tcb));
    thread_start(handler);
    let_others_run();
    EXPECT_OK(sc_unbind(sc));
    (void)consumed(sc);
    vm_start(vm, call_many, 0);
    wait_thread_end();
    EXPECT_EQUAL(handled[0], 16);
    EXPECT_EQUAL(handled[1], 16);
    EXPECT_EQUAL(handled[2], 1);
    EXPECT_EQUAL(call_results.loaded, 16 * 1000 + 120 + 120);
    EXPECT_EQUAL(consumed(sc), 0);
    EXPECT(consumed(vm.thread->sc) != 0);
}

static const struct test tests[] = {
    TEST(a_call_has_one_fault_and_one_reply),
    TEST(other_immediates_are_what_they_were),
    TEST(without_the_bit_calls_are_what_they_were),
    TEST(a_restarted_call_is_made_again),
    TEST(a_call_can_be_undefined),
    TEST(a_passive_handler_runs_on_the_guests_context),
};

int main(void) {
    RUN(tests);
}
