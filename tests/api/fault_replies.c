// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Fault messages word by word against the registers that the thread had, and what each reply makes of them:
// how many words it writes, in which order, and whether the thread goes on.
#include "harness.h"

enum { CAP_FAULT = 1, UNKNOWN_SYSCALL, USER_EXCEPTION, TIMEOUT = 5, VM_FAULT, VCPU_FAULT = 8 };
enum { REGISTERS = 36, PC = 0, SP = 1, SPSR = 2, X0 = 3 }; // of a TCB, in the API's order
#define FLAGS     0x90000000ull                            // N and V
#define USER_SPSR (FLAGS | 0x40)
#define HANDLER   0x7ab1e
#define NEW(i)    (0x2000000ull + 16 * (i))

// Where threads begin; behind each is a place to stand.
__asm__(".pushsection .text\n"
        ".balign 4\n"
        "at_svc: svc #0\n"
        "at_svc_end: b .\n"
        "at_udf: udf #0\n"
        "at_udf_end: b .\n"
        "at_brk: brk #7\n  b .\n"
        "at_wfi: wfi\n  b .\n"
        "at_load: ldr x0, [x1]\n  b .\n"
        "at_spin: b .\n"
        "at_other: b .\n"
        ".popsection\n");
extern const char at_svc[], at_svc_end[], at_udf[], at_udf_end[], at_brk[], at_wfi[], at_load[], at_spin[],
    at_other[];

static word endpoint, reply_object;
static struct thread *thread;
static word before[REGISTERS], now[REGISTERS];

static void setup(word error) {
    if (error)
        fail_at(__FILE_NAME__, __LINE__, "setup", error, OK);
}

// A thread stands at `pc`, with a value of its own in each register.
static void make_thread(const char *pc) {
    word words[2 + REGISTERS] = {0, REGISTERS};
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, HANDLER));
    thread_set_priority(thread, 100);
    for (unsigned i = 0; i < REGISTERS; i++)
        before[i] = 0x1000000 + 16 * i;
    before[PC] = (word)pc;
    before[SPSR] = FLAGS;
    for (unsigned i = 0; i < REGISTERS; i++)
        words[2 + i] = before[i];
    before[SPSR] = USER_SPSR;
    setup(raw_invoke(thread->tcb, 3, CAPS(), words, 2 + REGISTERS));
}

static void set_register(unsigned index, word value) {
    word words[2 + REGISTERS] = {0, index + 1};
    before[index] = value;
    for (unsigned i = 0; i <= index; i++)
        words[2 + i] = before[i];
    setup(raw_invoke(thread->tcb, 3, CAPS(), words, 3 + index));
}

static void read_registers(void) {
    setup(tcb_read_registers(thread->tcb, 0, REGISTERS));
    for (unsigned i = 0; i < REGISTERS; i++)
        now[i] = reply.mr[i];
}

static word words[120]; // of the last message
static struct message next_fault(void) {
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    for (unsigned i = 0; i < 120; i++)
        words[i] = i < 4 ? m.mr[i] : raw_buffer()->msg[i];
    return m;
}

static struct message fault_at(const char *pc) {
    make_thread(pc);
    thread_start(thread);
    return next_fault();
}

static void answer(word label, word length) {
    struct message m = {.info = info_make(label, 0, length)};
    for (unsigned i = 0; i < 120; i++) {
        if (i < 4)
            m.mr[i] = NEW(i);
        else
            raw_buffer()->msg[i] = NEW(i);
    }
    raw_send(NR_SEND, reply_object, &m);
}

// A thread that spins gets a slice, and root its turn after it.
static void let_others_run_for_a_while(void) {
    setup(tcb_set_priority(S_TCB, S_TCB, 100));
    raw_yield();
    setup(tcb_set_priority(S_TCB, S_TCB, 255));
}

// The thread's registers are those before, but for those of `changed`, whose new ones were in word n of a
// reply.
static bool registers_are(const uint8_t *changed, unsigned count) {
    word expected[REGISTERS];
    for (unsigned i = 0; i < REGISTERS; i++)
        expected[i] = before[i];
    for (unsigned i = 0; i < count; i++)
        expected[changed[i]] = changed[i] == SPSR ? 0x40 : NEW(i); // no flag in NEW
    read_registers();
    for (unsigned i = 0; i < REGISTERS; i++)
        if (now[i] != expected[i]) {
            fail_at(__FILE_NAME__, (int)i, "register of that line", now[i], expected[i]);
            return false;
        }
    return true;
}

// --- UnknownSyscall

// x0 to x7, the PC of the svc, SP; then ELR, which no register of the API is; SPSR.
static const uint8_t syscall_registers[] = {3, 4, 5, 6, 7, 8, 9, 10, PC, SP};

static void an_unknown_syscall_tells_13_words(void) {
    struct message m = fault_at(at_svc);
    EXPECT_EQUAL(m.badge, HANDLER);
    EXPECT_EQUAL(m.info, info_make(UNKNOWN_SYSCALL, 0, 13));
    for (unsigned i = 0; i < 8; i++)
        EXPECT_EQUAL(words[i], before[X0 + i]);
    EXPECT_EQUAL(words[8], (word)at_svc);
    EXPECT_EQUAL(words[9], before[SP]);
    EXPECT_EQUAL(words[10], (word)at_svc_end);
    EXPECT_EQUAL(words[11], USER_SPSR);
    EXPECT_EQUAL(words[12], before[X0 + 7]);
}

static void every_number_that_is_none_is_an_unknown_syscall(void) {
    static const word numbers[] = {0,         1,          (word)-18,  (word)-19, (word)-20,
                                   (word)-21, (word)-25,  (word)-26,  (word)-29, (word)-30,
                                   (word)-33, 1ull << 63, 0xffffffff, 0xfffffffb};
    make_thread(at_svc);
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        set_register(X0 + 7, numbers[i]);
        EXPECT_OK(tcb_resume(thread->tcb));
        EXPECT_EQUAL(info_label(next_fault().info), UNKNOWN_SYSCALL);
        EXPECT_EQUAL(words[12], numbers[i]);
        answer(1, 0); // it is inactive
    }
}

static void an_unknown_syscalls_reply_writes_its_length(void) {
    for (unsigned length = 0; length <= 10; length++) {
        fault_at(at_svc);
        answer(1, length);
        EXPECT(registers_are(syscall_registers, length));
    }
    // ELR is no register of the restart; SPSR keeps its flags only.
    fault_at(at_svc);
    answer(1, 11);
    EXPECT(registers_are(syscall_registers, 10));
    for (unsigned length = 12; length <= 120; length += 108) { // no more than 12
        fault_at(at_svc);
        answer(1, length);
        before[SPSR] = 0x40;
        EXPECT(registers_are(syscall_registers, 10));
    }
}

static void an_unknown_syscalls_reply_restarts_at_the_pc_it_writes(void) {
    fault_at(at_svc);
    struct message m = {.info = info_make(0, 0, 12)};
    raw_buffer()->msg[8] = (word)at_other;
    raw_buffer()->msg[10] = (word)at_svc;                       // ELR: without effect
    raw_buffer()->msg[11] = 0x6000000000000005ull | 0x600003c5; // only the flags are taken
    raw_send(NR_SEND, reply_object, &m);
    let_others_run_for_a_while();
    EXPECT_OK(tcb_suspend(thread->tcb));
    read_registers();
    EXPECT_EQUAL(now[PC], (word)at_other);
    EXPECT_EQUAL(now[SPSR], 0x60000040);
    EXPECT_EQUAL(now[X0], 0);
}

static void an_empty_reply_to_an_unknown_syscall_makes_it_again(void) {
    fault_at(at_svc);
    answer(0, 0);
    EXPECT_EQUAL(info_label(next_fault().info), UNKNOWN_SYSCALL);
    EXPECT(registers_are(NULL, 0));
}

// --- UserException

static const uint8_t exception_registers[] = {PC, SP, SPSR};

static void a_user_exception_tells_5_words(void) {
    struct message m = fault_at(at_udf);
    EXPECT_EQUAL(m.badge, HANDLER);
    EXPECT_EQUAL(m.info, info_make(USER_EXCEPTION, 0, 5));
    EXPECT_EQUAL(words[0], (word)at_udf);
    EXPECT_EQUAL(words[1], before[SP]);
    EXPECT_EQUAL(words[2], USER_SPSR);
    EXPECT_EQUAL(words[3], 0x2000000);
    EXPECT_EQUAL(words[4], 0);
}

static void a_user_exceptions_reply_writes_its_length(void) {
    for (unsigned length = 0; length <= 4; length++) {
        fault_at(at_udf);
        answer(1, length);
        EXPECT(registers_are(exception_registers, length < 3 ? length : 3));
    }
}

static void a_user_exceptions_reply_restarts_or_stops(void) {
    fault_at(at_udf);
    answer(0, 0);
    EXPECT_EQUAL(info_label(next_fault().info), USER_EXCEPTION); // again
    answer(3, 0);
    let_others_run_for_a_while();
    struct message m = {0};
    raw_message(NR_NB_RECV, endpoint, &m, reply_object, 0);
    EXPECT_EQUAL(m.info, 0); // inactive
    EXPECT_OK(tcb_resume(thread->tcb));
    EXPECT_EQUAL(info_label(next_fault().info), USER_EXCEPTION);
    raw_send(NR_SEND, reply_object, &(struct message){.info = info_make(0, 0, 1), .mr = {(word)at_udf_end}});
    let_others_run_for_a_while();
    EXPECT_OK(tcb_suspend(thread->tcb));
    before[PC] = (word)at_udf_end;
    EXPECT(registers_are(NULL, 0));
}

// --- those whose replies restart, whatever they say

static void check_restarts(const char *at, word label) {
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQUAL(info_label(next_fault().info), label);
        EXPECT(registers_are(NULL, 0));
        EXPECT_EQUAL(now[PC], (word)at);
        answer(i, i * 34);
    }
    EXPECT_EQUAL(info_label(next_fault().info), label);
}

static void a_vm_faults_reply_always_restarts(void) {
    make_thread(at_load);
    thread_start(thread);
    check_restarts(at_load, VM_FAULT);
    EXPECT_EQUAL(words[0], (word)at_load);
    EXPECT_EQUAL(words[1], before[X0 + 1]);
    EXPECT_EQUAL(words[2], 0);
    EXPECT_EQUAL(words[3] >> 26, 0x24);
}

static void a_capability_faults_reply_always_restarts(void) {
    make_thread(at_svc);
    set_register(X0, 1ull << 63);
    set_register(X0 + 7, NR_SEND);
    thread_start(thread);
    check_restarts(at_svc, CAP_FAULT);
}

static void a_vcpu_faults_reply_always_restarts(void) {
    const struct {
        const char *at;
        word class;
    } traps[] = {{at_brk, 0x3c}, {at_wfi, 1}};
    for (unsigned i = 0; i < 2; i++) {
        make_thread(traps[i].at);
        thread_start(thread);
        check_restarts(traps[i].at, VCPU_FAULT);
        EXPECT_EQUAL(words[0] >> 26, traps[i].class);
        EXPECT_EQUAL(words[0] & 3, i == 0 ? 3 : 0); // of brk #7; WFI, not WFE
    }
}

// PC alignment is no abort.
static void a_misaligned_pc_is_a_vcpu_fault(void) {
    struct message m = fault_at(at_spin + 2);
    EXPECT_EQUAL(m.info, info_make(VCPU_FAULT, 0, 1));
    EXPECT_EQUAL(words[0] >> 26, 0x22);
}

// --- Timeout

static word sc;

static struct message time_out(word badge) {
    make_thread(at_spin);
    setup(sc_unbind(thread->sc));
    sc = new_object(T_SC, 8);
    setup(sched_configure(sc, 1000, 5000, 0, badge, 0));
    setup(sc_bind(sc, thread->tcb));
    setup(tcb_set_timeout_endpoint(thread->tcb, new_mint(endpoint, R_ALL, 0x71e)));
    thread_start(thread);
    return next_fault();
}

static void a_timeout_tells_badge_and_microseconds(void) {
    struct message m = time_out(0xfeedface12345678);
    EXPECT_EQUAL(m.badge, 0x71e);
    EXPECT_EQUAL(m.info, info_make(TIMEOUT, 0, 2));
    EXPECT_EQUAL(words[0], 0xfeedface12345678);
    EXPECT(words[1] >= 980 && words[1] <= 1020);
    EXPECT_OK(sc_consumed(sc)); // the message has cleared it
    EXPECT_EQUAL(reply.mr[0], 0);
    EXPECT(registers_are(NULL, 0));
}

static void without_a_context_a_timeout_tells_the_badge_alone(void) {
    make_thread(at_spin);
    setup(sc_unbind(thread->sc));
    sc = new_object(T_SC, 8);
    EXPECT_OK(sched_configure(sc, 1000, 5000, 0, 0x55, 0));
    EXPECT_OK(sc_bind(sc, thread->tcb));
    EXPECT_OK(tcb_set_timeout_endpoint(thread->tcb, new_mint(endpoint, R_ALL, 0x71e)));
    thread_start(thread);
    let_others_run(); // until it has faulted
    EXPECT_OK(sc_unbind(sc));
    struct message m = next_fault();
    EXPECT_EQUAL(m.info, info_make(TIMEOUT, 0, 1));
    EXPECT_EQUAL(words[0], 0x55);
}

static const uint8_t timeout_registers[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                            12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                                            24, 25, 26, 27, 28, 29, 30, 31, 32, 33};

static void a_timeouts_reply_writes_its_length_of_34_words(void) {
    static const uint8_t lengths[] = {0, 1, 2, 3, 5, 17, 18, 33, 34, 35, 120};
    for (unsigned i = 0; i < sizeof(lengths); i++) {
        time_out(1);
        answer(1, lengths[i]);
        EXPECT(registers_are(timeout_registers, lengths[i] < 34 ? lengths[i] : 34));
        let_others_run_for_a_while();
        EXPECT(registers_are(timeout_registers, lengths[i] < 34 ? lengths[i] : 34)); // it is inactive
    }
}

static void a_timeouts_reply_restarts_with_the_next_budget(void) {
    time_out(1);
    raw_send(NR_SEND, reply_object, &(struct message){.info = info_make(0, 0, 1), .mr = {(word)at_other}});
    struct message m = next_fault(); // it ran out again
    EXPECT_EQUAL(m.info, info_make(TIMEOUT, 0, 2));
    EXPECT(words[1] >= 980 && words[1] <= 1020);
    before[PC] = (word)at_other;
    EXPECT(registers_are(NULL, 0));
    answer(0, 0);
    EXPECT_EQUAL(next_fault().info, info_make(TIMEOUT, 0, 2));
    EXPECT(registers_are(NULL, 0));
}

// --- handlers

static volatile struct message seen;
static void handler_run(word handler_reply) {
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, handler_reply, 0);
    seen = m;
    raw_send(NR_SEND, handler_reply,
             &(struct message){.info = info_make(1, 0, 12), .mr = {NEW(0), NEW(1), NEW(2), NEW(3)}});
    thread_end();
}

// Its reply has no more words than that, either: the others are 0.
static void without_a_buffer_the_handler_gets_4_words(void) {
    struct thread *other = new_thread(handler_run, new_object(T_REPLY, 0), 0);
    setup(tcb_set_ipc_buffer(other->tcb, 0, 0));
    make_thread(at_svc);
    thread_start(other);
    thread_start(thread);
    wait_thread_end();
    EXPECT_EQUAL(seen.info, info_make(UNKNOWN_SYSCALL, 0, 4));
    for (unsigned i = 0; i < 4; i++)
        EXPECT_EQUAL(seen.mr[i], before[X0 + i]);
    read_registers();
    for (unsigned i = 0; i < 4; i++)
        EXPECT_EQUAL(now[X0 + i], NEW(i));
}

static void a_handler_with_grant_or_grantreply_can_answer(void) {
    static const word rights[] = {R_W | R_G, R_W | R_GR};
    for (unsigned i = 0; i < 2; i++) {
        make_thread(at_udf);
        setup(tcb_set_sched_params(thread->tcb, S_TCB, thread->sc, new_mint(endpoint, rights[i], 0x66), 255,
                                   100));
        thread_start(thread);
        EXPECT_EQUAL(next_fault().badge, 0x66);
        answer(0, 0);
        EXPECT_EQUAL(info_label(next_fault().info), USER_EXCEPTION);
    }
}

// The TCB has a copy of the capability; what was copied may go.
static void the_handler_is_a_copy_of_the_capability(void) {
    make_thread(at_udf);
    word cap = new_mint(endpoint, R_ALL, 0x67);
    setup(tcb_set_sched_params(thread->tcb, S_TCB, thread->sc, cap, 255, 100));
    EXPECT_OK(cnode_delete(S_CNODE, cap, ROOT_DEPTH));
    thread_start(thread);
    EXPECT_EQUAL(next_fault().badge, 0x67);
}

// But a revoked one is gone, and the thread stops.
static void a_revoked_handler_is_none(void) {
    word ep = new_object(T_ENDPOINT, 0);
    make_thread(at_udf);
    setup(tcb_set_sched_params(thread->tcb, S_TCB, thread->sc, ep, 255, 100));
    EXPECT_OK(cnode_revoke(S_CNODE, ep, ROOT_DEPTH));
    thread_start(thread);
    let_others_run();
    struct message m = {0};
    raw_message(NR_NB_RECV, ep, &m, reply_object, 0);
    EXPECT_EQUAL(m.info, 0);
    EXPECT(registers_are(NULL, 0));
    // Inactive: with a handler again, Resume makes it fault again.
    setup(tcb_set_sched_params(thread->tcb, S_TCB, thread->sc, ep, 255, 100));
    EXPECT_OK(tcb_resume(thread->tcb));
    raw_message(NR_RECV, ep, &m, reply_object, 0);
    EXPECT_EQUAL(info_label(m.info), USER_EXCEPTION);
}

// A receiver without a Reply object gets the message, and nobody can ever answer.
static void received_by_wait_a_fault_stops_the_thread(void) {
    make_thread(at_udf);
    thread_start(thread);
    struct message m = {0};
    raw_message(NR_WAIT, endpoint, &m, 0, 0);
    EXPECT_EQUAL(m.info, info_make(USER_EXCEPTION, 0, 5));
    let_others_run_for_a_while();
    EXPECT_OK(tcb_resume(thread->tcb)); // it was inactive
    EXPECT_EQUAL(info_label(next_fault().info), USER_EXCEPTION);
}

static const struct test tests[] = {
    TEST(an_unknown_syscall_tells_13_words),
    TEST(every_number_that_is_none_is_an_unknown_syscall),
    TEST(an_unknown_syscalls_reply_writes_its_length),
    TEST(an_unknown_syscalls_reply_restarts_at_the_pc_it_writes),
    TEST(an_empty_reply_to_an_unknown_syscall_makes_it_again),
    TEST(a_user_exception_tells_5_words),
    TEST(a_user_exceptions_reply_writes_its_length),
    TEST(a_user_exceptions_reply_restarts_or_stops),
    TEST(a_vm_faults_reply_always_restarts),
    TEST(a_capability_faults_reply_always_restarts),
    TEST(a_vcpu_faults_reply_always_restarts),
    TEST(a_misaligned_pc_is_a_vcpu_fault),
    TEST(a_timeout_tells_badge_and_microseconds),
    TEST(without_a_context_a_timeout_tells_the_badge_alone),
    TEST(a_timeouts_reply_writes_its_length_of_34_words),
    TEST(a_timeouts_reply_restarts_with_the_next_budget),
    TEST(without_a_buffer_the_handler_gets_4_words),
    TEST(a_handler_with_grant_or_grantreply_can_answer),
    TEST(the_handler_is_a_copy_of_the_capability),
    TEST(a_revoked_handler_is_none),
    TEST(received_by_wait_a_fault_stops_the_thread),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
