// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Users and guests cannot reach the kernel's state: every system register and every system instruction that
// the encoding has room for is tried, at EL0 by a thread, at EL1 by a guest. What is not in a short list must
// end in a fault, or in the guest in an undefined exception, with nothing read or done.
#include "vm.h"

#define CANARY                     0xc0ffee00ull
#define ENCODINGS                  0x10000u // op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0]
#define UDF                        0u
#define RET                        0xd65f03c0u
#define E(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

enum { USER_EXCEPTION = 3, VCPU_FAULT = 8 };
enum { EC_ILLEGAL_STATE = 0xe };

static word endpoint, reply_object;
#define BATCH 4096
static _Alignas(4096) uint32_t code[2 * BATCH]; // pairs: one to try, and one that ends it
static _Alignas(64) volatile word data[64];     // what cache instructions may have

// MRS or MSR of x0, or SYS with x0, for op0 2, 3 and 1; MSR (immediate) for 0. Arm ARM C4.1.
static uint32_t instruction(unsigned encoding, bool is_read) {
    return 0xd5000000u | encoding << 5 | (encoding >> 14 ? 0 : 31) | (is_read ? 1u << 21 : 0);
}

// Pairs for the encodings [first, first + BATCH): all at once, because changed code is expensive.
static void put_code(unsigned first, bool is_read, uint32_t ending) {
    for (unsigned i = 0; i < BATCH; i++) {
        code[2 * i] = instruction(first + i, is_read);
        code[2 * i + 1] = ending;
    }
    for (unsigned i = 0; i < 2 * BATCH; i += 4)
        __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" : : "r"(&code[i]) : "memory");
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

// --- EL0

static const struct thread *thread;

// A thread executes the instruction at `at` at EL0. Its fault; its PC shows whether the instruction was done.
static struct message try_at_el0(const uint32_t *at, word x0, word *pc) {
    struct message m = {0};
    vm_check(raw_invoke(thread->tcb, 3, CAPS(), WORDS(1, 4, (word)at, (word)(data + 64), 0, x0)));
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    vm_check(tcb_read_registers(thread->tcb, 0, 4));
    *pc = reply.mr[0];
    return m;
}

static struct message try_instruction(uint32_t insn, word x0, word *pc) {
    code[0] = insn;
    code[1] = UDF;
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r"(code) : "memory");
    return try_at_el0(code, x0, pc);
}

// What EL0 is given. Beyond the contract's list only what holds nothing: constants, flags, random numbers.
static bool el0_may(unsigned encoding, bool is_read) {
    switch (encoding) {
    case E(3, 3, 4, 2, 0):  // NZCV
    case E(3, 3, 4, 2, 5):  // DIT
    case E(3, 3, 4, 2, 6):  // SSBS
    case E(3, 3, 4, 4, 0):  // FPCR
    case E(3, 3, 4, 4, 1):  // FPSR
    case E(3, 3, 13, 0, 2): // TPIDR_EL0
        return true;
    case E(3, 3, 13, 0, 3): // TPIDRRO_EL0
    case E(3, 3, 0, 0, 1):  // CTR_EL0
    case E(3, 3, 0, 0, 7):  // DCZID_EL0
    case E(3, 3, 2, 4, 0):  // RNDR
    case E(3, 3, 2, 4, 1):  // RNDRRS
        return is_read;
    case E(1, 3, 7, 5, 1):  // IC IVAU
    case E(1, 3, 7, 10, 1): // DC CVAC
    case E(1, 3, 7, 11, 1): // DC CVAU
    case E(1, 3, 7, 12, 1): // DC CVAP
    case E(1, 3, 7, 13, 1): // DC CVADP
    case E(1, 3, 7, 14, 1): // DC CIVAC
        return !is_read;
    case E(0, 0, 4, 0, 0)... E(0, 0, 4, 0, 2): // CFINV, XAFLAG, AXFLAG
        return true;
    case E(0, 3, 4, 0, 0)... E(0, 3, 4, 15, 7): // MSR (immediate): SSBS, DIT
        return (encoding & 7) == 1 || (encoding & 7) == 2;
    default:
        return false;
    }
}

static void tell(unsigned encoding, bool is_read) {
    print(is_read ? "MRS " : "MSR or SYS ");
    print_hex(encoding >> 14);
    print(" ");
    print_hex(encoding >> 11 & 7);
    print(" ");
    print_hex(encoding >> 7 & 15);
    print(" ");
    print_hex(encoding >> 3 & 15);
    print(" ");
    print_hex(encoding & 7);
    print("\n");
}

static void sweep_el0(unsigned first, unsigned end, bool is_read) {
    for (unsigned encoding = first; encoding < end; encoding++) {
        if ((encoding - first) % BATCH == 0)
            put_code(encoding, is_read, UDF);
        const uint32_t *at = &code[2 * ((encoding - first) % BATCH)];
        word pc, x0 = encoding >> 14 == 1 ? (word)data : CANARY;
        struct message m = try_at_el0(at, x0, &pc);
        if (el0_may(encoding, is_read))
            continue;
        if (pc == (word)at && reply.mr[3] == x0 &&
            (info_label(m.info) == USER_EXCEPTION || info_label(m.info) == VCPU_FAULT))
            continue;
        tell(encoding, is_read);
        EXPECT_EQUAL(pc, (word)at);
        EXPECT_EQUAL(reply.mr[3], x0);
        EXPECT_EQUAL(info_label(m.info), VCPU_FAULT);
    }
}

static void a_user_reads_no_system_register(void) {
    sweep_el0(E(2, 0, 0, 0, 0), ENCODINGS, true);
}

static void a_user_writes_no_system_register(void) {
    sweep_el0(E(2, 0, 0, 0, 0), ENCODINGS, false);
}

static void a_user_executes_no_system_instruction(void) {
    sweep_el0(E(1, 0, 0, 0, 0), E(2, 0, 0, 0, 0), false);
    sweep_el0(E(1, 0, 0, 0, 0), E(2, 0, 0, 0, 0), true);
    for (unsigned op1 = 0; op1 < 8; op1++) // MSR (immediate)
        sweep_el0(E(0, op1, 4, 0, 0), E(0, op1, 5, 0, 0), false);
}

static void a_users_exception_instructions_are_faults(void) {
    static const struct {
        uint32_t insn;
        word label, class;
    } cases[] = {
        {0xd4000002, USER_EXCEPTION, 0}, // hvc #0
        {0xd4000003, USER_EXCEPTION, 0}, // smc #0
        {0xd69f03e0, USER_EXCEPTION, 0}, // eret
        {0xd6bf03e0, USER_EXCEPTION, 0}, // drps
        {0xd4a00001, USER_EXCEPTION, 0}, // dcps1
        {0xd4a00002, USER_EXCEPTION, 0}, // dcps2
        {0xd4400000, USER_EXCEPTION, 0}, // hlt #0
        {0xd4200000, VCPU_FAULT, 0x3c},  // brk #0
        {0xd503207f, VCPU_FAULT, 1},     // wfi
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        word pc;
        struct message m = try_instruction(cases[i].insn, CANARY, &pc);
        EXPECT_EQUAL(pc, (word)code);
        EXPECT_EQUAL(reply.mr[3], CANARY);
        EXPECT_EQUAL(info_label(m.info), cases[i].label);
        EXPECT_EQUAL(m.mr[cases[i].label == USER_EXCEPTION ? 3 : 0] >> 26, cases[i].class);
    }
}

// With any immediate, and the unknown numbers among them, an svc is a system call and nothing else.
static void every_svc_is_a_system_call(void) {
    for (unsigned i = 0; i < 16; i++) {
        word pc;
        struct message m = try_instruction(0xd4000001 | 1u << (5 + i), CANARY, &pc);
        EXPECT_EQUAL(info_label(m.info), 2); // x7 is 0
        EXPECT_EQUAL(pc, (word)code);
    }
}

// The kernel's addresses and those of other worlds.
static void a_user_reads_no_memory_of_the_kernels(void) {
    static const word addresses[] = {0xffff000000000000, 0x8000000000, 0x40200000,
                                     0xffffffffffff0000, 1ull << 40,   0x8000200000};
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        word pc;
        struct message m = try_instruction(0xf9400000, addresses[i], &pc); // ldr x0, [x0]
        EXPECT_EQUAL(info_label(m.info), 6);
        EXPECT_EQUAL(pc, (word)code);
        EXPECT_EQUAL(reply.mr[3], addresses[i]);
    }
}

// --- EL1

static volatile struct {
    word first, end, is_read; // what to try
    word failures, encoding;  // the first that was no undefined exception
} sweep;

static void guest_sweep(word argument) {
    (void)argument;
    register word x0 __asm__("x0");
    for (word encoding = sweep.first; encoding < sweep.end; encoding++) {
        word pair = (encoding - sweep.first) % BATCH;
        if (!pair)
            put_code((unsigned)encoding, sweep.is_read, RET);
        word before = vm_trap.count;
        vm_trap.esr = ~0ull;
        x0 = CANARY;
        __asm__ volatile("blr %1" : "+r"(x0) : "r"(&code[2 * pair]) : "x30", "memory");
        if (vm_trap.count == before + 1 && vm_trap.esr >> 26 == 0 && x0 == CANARY)
            continue;
        if (!sweep.failures++)
            sweep.encoding = encoding;
    }
}

// Registers and instructions of EL2, EL3 and their aliases: op1 4 to 7.
static void sweep_el1(unsigned op0, bool is_read) {
    struct vm vm = vm_new();
    sweep.first = E(op0, 4u, 0, 0, 0);
    sweep.end = sweep.first + 4 * E(0, 1u, 0, 0, 0);
    sweep.is_read = is_read;
    sweep.failures = 0;
    EXPECT(vm_call(vm, (void *)guest_sweep, 0));
    if (sweep.failures)
        tell((unsigned)sweep.encoding, is_read);
    EXPECT_EQUAL(sweep.failures, 0);
}

static void a_guest_reads_no_register_of_el2(void) {
    sweep_el1(3, true);
    sweep_el1(2, true);
}

static void a_guest_writes_no_register_of_el2(void) {
    sweep_el1(3, false);
    sweep_el1(2, false);
}

static void a_guest_executes_no_instruction_of_el2(void) {
    sweep_el1(1, false);
    sweep_el1(1, true);
}

// HVC and SMC are the documented faults, with any immediate; ERET of a guest cannot return to EL2.
__asm__(".pushsection .text\n.balign 4\n"
        "guest_eret: msr spsr_el1, x0\n  adr x1, 1f\n  msr elr_el1, x1\n  isb\n  eret\n1: ret\n"
        ".popsection\n");
extern const char guest_eret[];

static void a_guests_return_to_el2_is_illegal(void) {
    static const word modes[] = {8, 9, 12, 13}; // EL2t, EL2h, EL3t, EL3h
    for (unsigned i = 0; i < 4; i++) {
        struct vm vm = vm_new();
        thread_set_priority(vm.thread, 100);
        vm_check(sched_configure(vm.thread->sc, 100, 100, 0, 0, 0));
        vm_start(vm, guest_eret, 0x3c0 | modes[i]);
        vm_check(tcb_set_priority(S_TCB, S_TCB, 100));
        raw_yield(); // a slice for the guest, whose every instruction is an illegal execution state at EL1
        vm_check(tcb_set_priority(S_TCB, S_TCB, 255));
        EXPECT_OK(tcb_read_registers(vm.thread->tcb, 1, 3));
        EXPECT_EQUAL(reply.mr[2] & 0xf, 5); // EL1h
        EXPECT_EQUAL(vm_trap.esr >> 26, EC_ILLEGAL_STATE);
    }
}

static const struct test tests[] = {
    TEST(a_user_reads_no_system_register),
    TEST(a_user_writes_no_system_register),
    TEST(a_user_executes_no_system_instruction),
    TEST(a_users_exception_instructions_are_faults),
    TEST(every_svc_is_a_system_call),
    TEST(a_user_reads_no_memory_of_the_kernels),
    TEST(a_guest_reads_no_register_of_el2),
    TEST(a_guest_writes_no_register_of_el2),
    TEST(a_guest_executes_no_instruction_of_el2),
    TEST(a_guests_return_to_el2_is_illegal),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, 0));
    RUN(tests);
}
