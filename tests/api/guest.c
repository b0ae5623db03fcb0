// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A vCPU that runs at EL1: what leaves it, with the standard behaviour and with our exit mask. The guest is
// code of this image in root's VSpace, with its MMU off; root is its handler.
#include "harness.h"

enum { TIMER = 27, SPSR_EL1H = 0x3c5, FIELD_VBAR = 14 };
enum { MASK_HVC = 1, MASK_DECODED = 32 };
enum { EC_WFX = 1, EC_HVC = 0x16, EC_SMC = 0x17, EC_ABORT_SAME = 0x25 };
#define NOWHERE  0x123450ull   // unmapped
#define READABLE 0x30000000ull // mapped by its test, for the guest to read
#define NOT_RUN  0xbadull

volatile word guest_word[4]; // x20 of the guest points here

// Each piece ends with the hvc that says so (x7 = 0x77), or in a trap of its own.
__asm__(".pushsection .text\n"
        ".balign 4\n"
        "guest_end: mov x7, #0x77\n  hvc #0\n  b guest_end\n"
        "guest_hvc: mov x0, #5\n  mov x7, #0x66\n"
        "guest_hvc_at: hvc #3\n  mov x1, #1\n  str x1, [x20]\n"
        "guest_smc_at: smc #0\n  mov x1, #2\n  str x1, [x20]\n"
        "guest_wfi_at: wfi\n  b guest_end\n"
        "guest_load: mov x2, #0x3450\n  movk x2, #0x12, lsl #16\n  ldrsb x3, [x2, #1]\n  str x3, [x20]\n"
        "  mov x4, #0x8765\n  strh w4, [x2, #2]\n  ldp x5, x6, [x2]\n  b guest_end\n"
        "guest_store: mov x2, #0x30000000\n  ldr w3, [x2, #8]\n  str x3, [x20]\n  mov w4, #0x4321\n"
        "  strh w4, [x2, #0x12]\n  ldr w3, [x2, #0x10]\n  str x3, [x20, #8]\n  b guest_end\n"
        "guest_timer: msr cntv_cval_el0, xzr\n  mov x1, #1\n  msr cntv_ctl_el0, x1\n  isb\n"
        "1: yield\n  b 1b\n"
        "guest_undefined: mrs x1, pmevcntr5_el0\n  b guest_end\n"
        // ICC_PMR_EL1, ICC_IGRPEN1_EL1; then ICC_IAR1_EL1, ICC_EOIR1_EL1.
        "guest_irq: mov x1, #0xf8\n  msr s3_0_c4_c6_0, x1\n  mov x1, #1\n  msr s3_0_c12_c12_7, x1\n  isb\n"
        "  mrs x1, s3_0_c12_c12_0\n  str x1, [x20]\n  msr s3_0_c12_c12_1, x1\n  isb\n"
        "  mov x1, #1\n  str x1, [x20, #8]\n  b guest_end\n"
        // DISR_EL1; TPIDR2_EL0.
        "guest_set_disr: ldr x1, [x20]\n  msr s3_0_c12_c1_1, x1\n  b guest_end\n"
        "guest_get_disr: mrs x1, s3_0_c12_c1_1\n  str x1, [x20]\n  b guest_end\n"
        "guest_set_tpidr2: ldr x1, [x20]\n  msr s3_3_c13_c0_5, x1\n  b guest_end\n"
        "guest_get_tpidr2: mrs x1, s3_3_c13_c0_5\n  str x1, [x20]\n  b guest_end\n"
        "guest_gic: mrs x1, id_aa64pfr0_el1\n  str x1, [x20]\n  b guest_end\n"
        "guest_tick: mov x1, #0xf8\n  msr s3_0_c4_c6_0, x1\n  mov x1, #1\n  msr s3_0_c12_c12_7, x1\n"
        "  mrs x8, cntfrq_el0\n  mrs x22, cntvct_el0\n  add x22, x22, #2048\n  msr cntv_cval_el0, x22\n"
        "  mov x1, #1\n  msr cntv_ctl_el0, x1\n  isb\n  msr daifclr, #2\n"
        "1: nop\n  b 1b\n"
        ".balign 2048\n"
        "guest_vectors: .skip 0x200\n" // current EL, SP_EL1, synchronous
        "  mrs x9, esr_el1\n  str x9, [x20]\n  mrs x9, far_el1\n  str x9, [x20, #8]\n"
        "  mrs x9, elr_el1\n  str x9, [x20, #16]\n  mrs x9, spsr_el1\n  str x9, [x20, #24]\n  b guest_end\n"
        ".org guest_vectors + 0x280\n" // interrupt
        "  mrs x9, cntvct_el0\n  sub x9, x9, x22\n  str x9, [x20]\n  str x8, [x20, #8]\n"
        "  mrs x9, s3_0_c12_c12_0\n  str x9, [x20, #16]\n  msr cntv_ctl_el0, xzr\n  isb\n"
        "  msr s3_0_c12_c12_1, x9\n  b guest_end\n"
        ".popsection\n");
extern const char guest_end[], guest_hvc[], guest_hvc_at[], guest_smc_at[], guest_wfi_at[], guest_load[],
    guest_store[], guest_timer[], guest_set_disr[], guest_get_disr[], guest_set_tpidr2[], guest_get_tpidr2[],
    guest_undefined[], guest_irq[], guest_gic[], guest_tick[], guest_vectors[];

static word endpoint, reply_object, vcpu;
static const struct thread *thread;

static struct message wait_fault(void) {
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, reply_object, 0);
    return m;
}

static void answer(word label, word length, word value) {
    raw_send(NR_SEND, reply_object, &(struct message){.info = info_make(label, 0, length), .mr = {value}});
}

static word set_mask(word mask) {
    return raw_invoke(vcpu, 0x1000, CAPS(), WORDS(mask));
}

// Starts the guest at `code`. Registers in the API's order: pc sp spsr, x0 to x8, x16 x17 x18 x29 x30, x9 to
// x15, x19, x20.
static word start_at(const char *code) {
    for (unsigned i = 0; i < 4; i++)
        guest_word[i] = NOT_RUN;
    return raw_invoke(thread->tcb, 3, CAPS(),
                      WORDS(1, 26, (word)code, 0, SPSR_EL1H, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                            0, 0, 0, 0, 0, 0, (word)guest_word));
}

// A new guest, from `code` on, and its first fault.
static struct message run(const char *code, word mask) {
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, 0x900d));
    vcpu = new_object(T_VCPU, 0);
    if (vcpu_set_tcb(vcpu, thread->tcb) || set_mask(mask) ||
        vcpu_write(vcpu, FIELD_VBAR, (word)guest_vectors) || start_at(code))
        fail_at(__FILE_NAME__, __LINE__, "the guest cannot start", 0, 0);
    return wait_fault();
}

static void an_hvc_is_a_system_call(void) {
    struct message m = run(guest_hvc, 0);
    EXPECT_EQUAL(m.badge, 0x900d);
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(info_length(m.info), 13);
    EXPECT_EQUAL(m.mr[0], 5);
    EXPECT_EQUAL(raw_buffer()->msg[8], (word)guest_hvc_at);
    EXPECT_EQUAL(raw_buffer()->msg[10], (word)guest_hvc_at + 4);
    EXPECT_EQUAL(raw_buffer()->msg[11], SPSR_EL1H);
    EXPECT_EQUAL(raw_buffer()->msg[12], 0x66);
}

static void with_the_mask_an_hvc_is_a_fault_behind_it(void) {
    struct message m = run(guest_hvc, MASK_HVC);
    EXPECT_EQUAL(info_label(m.info), 8);
    EXPECT_EQUAL(info_length(m.info), 1);
    EXPECT_EQUAL(m.mr[0] >> 26, EC_HVC);
    EXPECT_EQUAL(m.mr[0] & 0xffff, 3);
    EXPECT_EQUAL(thread_pc(thread), (word)guest_hvc_at + 4);
    answer(0, 0, 0);
    m = wait_fault();
    EXPECT_EQUAL(guest_word[0], 1);
    // An smc is one at it.
    EXPECT_EQUAL(m.mr[0] >> 26, EC_SMC);
    EXPECT_EQUAL(thread_pc(thread), (word)guest_smc_at);
    EXPECT_OK(raw_invoke(thread->tcb, 3, CAPS(), WORDS(0, 1, (word)guest_smc_at + 4)));
    answer(0, 0, 0);
    m = wait_fault();
    EXPECT_EQUAL(guest_word[0], 2);
    EXPECT_EQUAL(m.mr[0] >> 26, EC_WFX);
    EXPECT_EQUAL(m.mr[0] & 1, 0); // WFI
    EXPECT_EQUAL(thread_pc(thread), (word)guest_wfi_at);
    answer(0, 0, 0);
    m = wait_fault(); // a reply restarts
    EXPECT_EQUAL(m.mr[0] >> 26, EC_WFX);
}

static void an_access_is_a_fault_with_its_guest_physical_address(void) {
    struct message m = run(guest_load, 0);
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.mr[1], NOWHERE + 1);
    EXPECT_EQUAL(m.mr[2], 0);
    EXPECT_EQUAL(m.mr[3] >> 24 & 1, 1); // ISV
}

static void a_decoded_access_has_one_fault_and_one_reply(void) {
    struct message m = run(guest_load, MASK_DECODED);
    EXPECT_EQUAL(info_label(m.info), 0x100);
    EXPECT_EQUAL(info_length(m.info), 4);
    EXPECT_EQUAL(m.mr[0], NOWHERE + 1);
    EXPECT_EQUAL(m.mr[1], 1 | 1 << 9 | 3 << 16 | 1 << 24); // one byte, sign, x3, 64 bits
    EXPECT_EQUAL(m.mr[2], 0);
    word pc = m.mr[3];
    answer(0, 1, 0x80);
    m = wait_fault();
    EXPECT_EQUAL(guest_word[0], ~0ull << 7);
    EXPECT_EQUAL(m.mr[0], NOWHERE + 2);
    EXPECT_EQUAL(m.mr[1], 2 | 1 << 8 | 4 << 16);
    EXPECT_EQUAL(m.mr[2], 0x8765);
    EXPECT_EQUAL(m.mr[3], pc + 12);
    answer(1, 0, 0);
    m = wait_fault(); // again
    EXPECT_EQUAL(m.mr[3], pc + 12);
    answer(2, 0, 0);
    m = wait_fault(); // the guest's handler ran
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(raw_buffer()->msg[12], 0x77);
    EXPECT_EQUAL(guest_word[0] >> 26, EC_ABORT_SAME);
    EXPECT_EQUAL(guest_word[0] & 0x7f, 0x50); // a write, synchronous external abort
    EXPECT_EQUAL(guest_word[1], NOWHERE + 2);
    EXPECT_EQUAL(guest_word[2], pc + 12);
    EXPECT_EQUAL(guest_word[3], SPSR_EL1H);
}

// What a VMM shows a device's registers with: loads are the guest's own affair, a store is an exit like any
// other, and leaves the page as it is.
static void a_store_to_a_page_that_is_readable_is_decoded(void) {
    word page = new_object(T_SMALL_PAGE, 0), copy = new_copy(page), at = READABLE + 0x1000;
    EXPECT_OK(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, READABLE, 3));
    EXPECT_OK(page_map(page, S_VSPACE, READABLE, R_R, 4));
    EXPECT_OK(page_map(copy, S_VSPACE, at, R_R | R_W, 4));
    ((volatile uint32_t *)at)[2] = 0x600d;
    ((volatile uint32_t *)at)[4] = 0xcafe;
    struct message m = run(guest_store, MASK_DECODED);
    EXPECT_EQUAL(guest_word[0], 0x600d);
    EXPECT_EQUAL(info_label(m.info), 0x100);
    EXPECT_EQUAL(info_length(m.info), 4);
    EXPECT_EQUAL(m.mr[0], READABLE + 0x12);
    EXPECT_EQUAL(m.mr[1], 2 | 1 << 8 | 4 << 16);
    EXPECT_EQUAL(m.mr[2], 0x4321);
    answer(0, 0, 0);
    m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(guest_word[1], 0xcafe);
    // No longer shown, a load is an exit, too.
    EXPECT_OK(page_unmap(page));
    EXPECT_OK(start_at(guest_store));
    answer(0, 0, 0);
    m = wait_fault();
    EXPECT_EQUAL(m.mr[0], READABLE + 8);
    EXPECT_EQUAL(m.mr[1], 4 | 3 << 16);
    EXPECT_EQUAL(guest_word[0], NOT_RUN);
}

// An event counter that the kernel keeps.
static void an_unknown_register_is_undefined_in_the_guest(void) {
    struct message m = run(guest_undefined, 0);
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(raw_buffer()->msg[12], 0x77);
    EXPECT_EQUAL(guest_word[0], 1ull << 25); // EC 0, IL
    EXPECT_EQUAL(guest_word[2], (word)guest_undefined);
}

static void the_unbound_timer_is_an_event_until_acknowledged(void) {
    struct message m = run(guest_timer, 0);
    EXPECT_EQUAL(info_label(m.info), 9);
    EXPECT_EQUAL(info_length(m.info), 1);
    EXPECT_EQUAL(m.mr[0], TIMER);
    EXPECT_OK(vcpu_ack_vppi(vcpu, TIMER));
    answer(0, 0, 0);
    m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 9);
    // Not acknowledged: it stays masked, and the guest runs.
    answer(0, 0, 0);
    thread_set_priority(thread, 2);
    EXPECT_OK(tcb_suspend(thread->tcb));
    EXPECT_OK(cnode_delete(S_CNODE, vcpu, ROOT_DEPTH));
}

static void an_injected_interrupt_comes_back_with_its_end(void) {
    run(guest_gic, 0);
    if (!(guest_word[0] >> 24 & 15)) {
        skip("the guest's CPU interface is in memory");
        return;
    }
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, 0x900d));
    vcpu = new_object(T_VCPU, 0);
    EXPECT_OK(vcpu_set_tcb(vcpu, thread->tcb));
    EXPECT_OK(vcpu_inject(vcpu, 40 | 4ull << 16 | 1ull << 24 | 1ull << 32)); // list register 1
    EXPECT_OK(start_at(guest_irq));
    struct message m = wait_fault();
    EXPECT_EQUAL(guest_word[0], 40);
    EXPECT_EQUAL(info_label(m.info), 7);
    EXPECT_EQUAL(info_length(m.info), 1);
    EXPECT_EQUAL(m.mr[0], 1);
    answer(0, 0, 0);
    m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(guest_word[1], 1);
}

// The bound timer's whole way, in the emulator's instructions (one a nanosecond): deadline to the first of
// the handler. A coarse counter shows less than the truth by one of its ticks at most.
static void the_bound_timer_takes_at_most_120_instructions(void) {
    run(guest_gic, 0);
    if (!(guest_word[0] >> 24 & 15)) {
        skip("the guest's CPU interface is in memory");
        return;
    }
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, 0x900d));
    vcpu = new_object(T_VCPU, 0);
    EXPECT_OK(vcpu_set_tcb(vcpu, thread->tcb));
    EXPECT_OK(vcpu_write(vcpu, FIELD_VBAR, (word)guest_vectors));
    EXPECT_ERROR2(raw_invoke(vcpu, 0x1003, CAPS(), WORDS(TIMER, 15, 0x80)), RNG, 16, 1019);
    EXPECT_ERROR1(raw_invoke(vcpu, 0x1003, CAPS(), WORDS(26, 30, 0x80)), IA, 0);
    EXPECT_OK(raw_invoke(vcpu, 0x1003, CAPS(), WORDS(TIMER, 30, 0x80)));
    EXPECT_OK(start_at(guest_tick));
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 2);
    EXPECT_EQUAL(guest_word[2], 30);
    EXPECT(guest_word[0] * 1000000000 / guest_word[1] <= 120);
    EXPECT_OK(raw_invoke(vcpu, 0x1002, CAPS(), WORDS(30)));
    EXPECT_ERROR1(raw_invoke(vcpu, 0x1002, CAPS(), WORDS(30)), IA, 0);
}

static void an_unpaired_guest_is_a_native_thread(void) {
    run(guest_hvc, MASK_HVC);
    EXPECT_OK(cnode_delete(S_CNODE, vcpu, ROOT_DEPTH));
    EXPECT_OK(tcb_read_registers(thread->tcb, 0, 3));
    EXPECT_EQUAL(reply.mr[2], 0x40); // EL0
    answer(0, 0, 0);
    struct message m = wait_fault(); // smc is undefined at EL0
    EXPECT_EQUAL(guest_word[0], 1);
    EXPECT_EQUAL(info_label(m.info), 3);
}

static const struct thread *other; // a guest without a handler

static void serve_while_another_runs(word own_reply) {
    struct message m = {0};
    raw_message(NR_RECV, endpoint, &m, own_reply, 0);
    tcb_resume(other->tcb); // runs at once, until its fault ends it, and stays in the registers
    m = (struct message){0};
    raw_message(NR_REPLY_RECV, endpoint, &m, own_reply, 0);
    check_kernel();
    thread_end();
}

// The guest goes on, and faults again, with nothing left to do for the scheduler.
static void a_reply_to_a_guest_replaces_the_one_that_is_loaded(void) {
    word own_reply = new_object(T_REPLY, 0), vcpus[] = {new_object(T_VCPU, 0), new_object(T_VCPU, 0)};
    const struct thread *server = new_thread(serve_while_another_runs, own_reply, 0);
    thread_start(server);
    let_others_run();
    EXPECT_OK(sc_unbind(server->sc));
    other = new_thread(0, 0, 0);
    thread_set_priority(other, 255);
    EXPECT_OK(vcpu_set_tcb(vcpus[0], other->tcb));
    EXPECT_OK(raw_invoke(other->tcb, 3, CAPS(), WORDS(0, 3, (word)guest_end, 0, SPSR_EL1H)));
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, 0x900d));
    EXPECT_OK(vcpu_set_tcb(vcpus[1], thread->tcb));
    EXPECT_OK(start_at(guest_wfi_at));
    wait_thread_end();
    EXPECT_EQUAL(thread_pc(other), (word)guest_end + 4); // its hvc
    EXPECT_EQUAL(thread_pc(thread), (word)guest_wfi_at);
}

// Of whatever the processor has beside the API's registers, another guest finds nothing: the registers are 0,
// or not there.
static void a_guest_finds_nothing_of_the_one_before(void) {
    static const struct {
        const char *set, *get;
    } registers[] = {{guest_set_disr, guest_get_disr}, {guest_set_tpidr2, guest_get_tpidr2}};
    for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        run(registers[i].set, 0); // writes NOT_RUN
        run(registers[i].get, 0);
        EXPECT(guest_word[0] != NOT_RUN);
    }
}

// A page that stage 1 lets EL0 execute only, and stage 2 not even that: the fault has its address although
// EL0 cannot read there.
static void a_fetch_from_an_execute_only_page_is_a_fault_with_its_address(void) {
    enum { SCTLR = 0, TTBR0 = 2, TCR = 4, MAIR = 5, SPSR_EL0T = 0x3c0 };
    static word level1[512] __attribute__((aligned(4096)));
    // One block of 1 GiB, as it is: AF, inner shareable, AP[2:1] = 0 (EL0 reads and writes nothing), PXN.
    level1[0] = 1 | 3 << 8 | 1 << 10 | 1ull << 53;
    thread = new_thread(0, 0, new_mint(endpoint, R_ALL, 0x900d));
    vcpu = new_object(T_VCPU, 0);
    EXPECT_OK(vcpu_set_tcb(vcpu, thread->tcb));
    EXPECT_OK(vcpu_write(vcpu, TTBR0, (word)level1));
    EXPECT_OK(vcpu_write(vcpu, MAIR, 0xff));
    EXPECT_OK(vcpu_write(vcpu, TCR, 2ull << 32 | 1 << 23 | 3 << 12 | 5 << 8 | 25)); // 39 bits, walks cached
    EXPECT_OK(vcpu_write(vcpu, SCTLR, 0x30d01805));                                 // M, C, I
    word page = (word)bootinfo; // execute-never in stage 2
    EXPECT_OK(raw_invoke(thread->tcb, 3, CAPS(), WORDS(1, 3, page, 0, SPSR_EL0T)));
    struct message m = wait_fault();
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.mr[1], page);
    EXPECT_EQUAL(m.mr[2], 1);
    EXPECT_EQUAL(m.mr[3] & 0x3c, 0xc); // permission
    EXPECT_OK(tcb_suspend(thread->tcb));
}

static const struct test tests[] = {
    TEST(an_hvc_is_a_system_call),
    TEST(with_the_mask_an_hvc_is_a_fault_behind_it),
    TEST(an_access_is_a_fault_with_its_guest_physical_address),
    TEST(a_decoded_access_has_one_fault_and_one_reply),
    TEST(a_store_to_a_page_that_is_readable_is_decoded),
    TEST(an_unknown_register_is_undefined_in_the_guest),
    TEST(the_unbound_timer_is_an_event_until_acknowledged),
    TEST(an_injected_interrupt_comes_back_with_its_end),
    TEST(the_bound_timer_takes_at_most_120_instructions),
    TEST(an_unpaired_guest_is_a_native_thread),
    TEST(a_reply_to_a_guest_replaces_the_one_that_is_loaded),
    TEST(a_guest_finds_nothing_of_the_one_before),
    TEST(a_fetch_from_an_execute_only_page_is_a_fault_with_its_address),
};

int main(void) {
    endpoint = new_object(T_ENDPOINT, 0);
    reply_object = new_object(T_REPLY, 0);
    RUN(tests);
}
