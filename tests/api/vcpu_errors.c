// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Every method of a vCPU, standard and ours: its errors and their order, and what its success changes in the
// guest. Which exits the mask makes and unmakes.
#include "vm.h"

enum { SET_TCB = 55, INJECT, READ, WRITE, ACK };
enum { SET_MASK = 0x1000, UNBIND = 0x1002, BIND_VPPI, STATISTICS, SET_SGIS, UPDATE };
enum { MASK_HVC = 1, MASK_NATIVE = 4, MASK_SGI = 8, MASK_PTIMER = 16 };
enum { EC_WFX = 1, EC_HVC = 0x16, EC_SMC = 0x17, EC_SYSREG = 0x18, TIMER = 27, PENDING = 1, ACTIVE = 2 };

static word vcpu;
static volatile word got[4];

static word invoke1(word label, word first) {
    return raw_invoke(vcpu, label, CAPS(), WORDS(first));
}
static word invoke3(word label, word first, word second, word third) {
    return raw_invoke(vcpu, label, CAPS(), WORDS(first, second, third));
}
static word injection(word vid, word priority, word group, word index) {
    return vid | priority << 16 | group << 24 | index << 32;
}

static void every_method_wants_all_its_words(void) {
    static const struct {
        word label, words;
    } methods[] = {{INJECT, 1}, {READ, 1},      {WRITE, 2},      {ACK, 1},      {SET_MASK, 1},
                   {UNBIND, 1}, {BIND_VPPI, 3}, {STATISTICS, 1}, {SET_SGIS, 3}, {UPDATE, 3}};
    static const word words[4];
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        EXPECT_EQUAL(raw_invoke(vcpu, methods[i].label, CAPS(), words, (unsigned)methods[i].words - 1), TR);
        EXPECT(raw_invoke(vcpu, methods[i].label, CAPS(), words, (unsigned)methods[i].words) != TR);
    }
    EXPECT_EQUAL(raw_invoke(vcpu, SET_TCB, CAPS(), WORDS()), TR);
    // Labels that are none, ours and the standard's around them.
    EXPECT_EQUAL(invoke1(0xfff, 0), ILL);
    EXPECT_EQUAL(invoke1(0x1008, 0), ILL);
    EXPECT_EQUAL(invoke1(60, 0), ILL);
}

static void settcb_takes_a_tcb_and_undoes_earlier_pairs(void) {
    word first = new_object(T_TCB, 0), second = new_object(T_TCB, 0), other = new_object(T_VCPU, 0);
    static const word bad[] = {S_CNODE, S_VSPACE, S_SC};
    for (unsigned i = 0; i < 3; i++)
        EXPECT_EQUAL(vcpu_set_tcb(vcpu, bad[i]), ILL);
    EXPECT_EQUAL(vcpu_set_tcb(vcpu, new_slot()), ILL);
    EXPECT_OK(vcpu_set_tcb(vcpu, first));
    EXPECT_OK(vcpu_set_tcb(vcpu, first)); // again
    // A paired thread's SPSR may name EL1; an unpaired one's is EL0.
    EXPECT_OK(raw_invoke(first, 3, CAPS(), WORDS(0, 3, 0, 0, VM_EL1H)));
    EXPECT_OK(tcb_read_registers(first, 0, 3));
    EXPECT_EQUAL(reply.mr[2], VM_EL1H);
    EXPECT_OK(vcpu_set_tcb(other, first));  // the thread leaves vcpu
    EXPECT_OK(vcpu_set_tcb(other, second)); // and other leaves it
    EXPECT_OK(tcb_read_registers(first, 0, 3));
    EXPECT_EQUAL(reply.mr[2], 0x40);
    EXPECT_OK(vcpu_set_tcb(vcpu, first));
    EXPECT_OK(cnode_delete(S_CNODE, first, ROOT_DEPTH)); // a pair's thread may go
    EXPECT_OK(vcpu_read(vcpu, VM_SCTLR));
    EXPECT_OK(cnode_delete(S_CNODE, other, ROOT_DEPTH)); // and its vCPU
}

static void a_guests_spsr_is_kept_as_written_for_el0_and_el1(void) {
    static const word kept[] = {0x3c0, 0x3c4, 0x3c5, 0x600000c5, 0xf0000000},
                      refused[] = {0x3c8, 0x3c9, 0x3cd, 0x1d3, 0x10, 0x3c1};
    word tcb = new_object(T_TCB, 0);
    EXPECT_OK(vcpu_set_tcb(vcpu, tcb));
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_OK(raw_invoke(tcb, 3, CAPS(), WORDS(0, 3, 0, 0, kept[i])));
        EXPECT_OK(tcb_read_registers(tcb, 0, 3));
        EXPECT_EQUAL(reply.mr[2], kept[i]);
    }
    for (unsigned i = 0; i < 6; i++) {
        EXPECT_OK(raw_invoke(tcb, 3, CAPS(), WORDS(0, 3, 0, 0, refused[i] | 0x80000000)));
        EXPECT_OK(tcb_read_registers(tcb, 0, 3));
        EXPECT_EQUAL(reply.mr[2], 0x80000040);
    }
}

static void injectirq_checks_in_order(void) {
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(1024, 32, 2, 255)), RNG, 0, 1023);
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(0xffff, 0, 0, 0)), RNG, 0, 1023);
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(1023, 32, 2, 255)), RNG, 0, 31);
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(1023, 31, 2, 255)), RNG, 0, 1);
    EXPECT_ERROR1(vcpu_inject(vcpu, injection(1023, 31, 1, 255)), RNG, 0);
    word last = reply.mr[1];
    EXPECT_ERROR2(vcpu_inject(vcpu, injection(40, 0, 0, last + 1)), RNG, 0, last);
    for (word i = 0; i <= last; i++)
        EXPECT_OK(vcpu_inject(vcpu, injection(40 + i, 31, 1, i)));
    EXPECT_OK(vcpu_inject(vcpu, injection(50, 0, 0, 0))); // pending: overwritten
    EXPECT_OK(invoke3(UPDATE, 40, 0, 0));
    EXPECT_EQUAL(reply.mr[0], 0);
    // Active it is not.
    EXPECT_OK(invoke3(UPDATE, 50, ACTIVE, PENDING));
    EXPECT_EQUAL(reply.mr[0], PENDING);
    EXPECT_EQUAL(vcpu_inject(vcpu, injection(51, 0, 0, 0)), DEL);
    EXPECT_EQUAL(reply.length, 0);
    EXPECT_OK(invoke3(UPDATE, 50, 0, ACTIVE));
    EXPECT_EQUAL(reply.mr[0], ACTIVE);
    EXPECT_OK(vcpu_inject(vcpu, injection(51, 0, 0, 0)));
}

static void registers_are_24_fields(void) {
    for (word field = 0; field < VM_FIELDS; field++) {
        EXPECT_OK(vcpu_write(vcpu, field, 0x1000 + field));
        EXPECT_EQUAL(reply.length, 0);
    }
    for (word field = 0; field < VM_FIELDS; field++) {
        EXPECT_OK(vcpu_read(vcpu, field));
        EXPECT_EQUAL(reply.length, 1);
        EXPECT_EQUAL(reply.mr[0], 0x1000 + field);
    }
    static const word none[] = {24, 25, 1ull << 32, ~0ull};
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_ERROR1(vcpu_read(vcpu, none[i]), IA, 1);
        EXPECT_ERROR1(vcpu_write(vcpu, none[i], 0), IA, 1);
    }
}

// The fields are the registers that the guest has, loaded or not.
__asm__(".pushsection .text\n.balign 4\n"
        "guest_registers: mrs x1, ttbr0_el1\n  mrs x2, tpidr_el1\n  mrs x3, mpidr_el1\n  stp x1, x2, [x0]\n"
        "  str x3, [x0, #16]\n  mov x1, #0x5000\n  msr ttbr0_el1, x1\n  ret\n"
        "guest_ptimer: mrs x1, cntp_ctl_el0\n  ret\n"
        "guest_wfi: wfi\n  wfe\n  ret\n"
        "guest_hvc: mov x7, #1\n  hvc #0x1234\n  ret\n"
        "guest_sgi: mov x1, #1\n  msr s3_0_c12_c12_7, x1\n  mov x1, #0xf8\n  msr s3_0_c4_c6_0, x1\n  isb\n"
        "  ldr x1, [x0]\n  msr s3_0_c12_c11_5, x1\n  isb\n  mrs x1, s3_0_c12_c12_0\n  str x1, [x0]\n  ret\n"
        "guest_pfr0: mrs x1, id_aa64pfr0_el1\n  str x1, [x0]\n  ret\n"
        ".popsection\n");
extern const char guest_registers[], guest_ptimer[], guest_wfi[], guest_hvc[], guest_sgi[], guest_pfr0[];

static void fields_are_what_the_guest_has(void) {
    struct vm vm = vm_new();
    EXPECT_OK(vcpu_write(vm.vcpu, 2, 0x4000));
    EXPECT_OK(vcpu_write(vm.vcpu, 15, 0x1357));
    EXPECT_OK(vcpu_write(vm.vcpu, 16, 1ull << 31 | 5));
    EXPECT(vm_call(vm, guest_registers, (word)got));
    EXPECT_EQUAL(got[0], 0x4000);
    EXPECT_EQUAL(got[1], 0x1357);
    EXPECT_EQUAL(got[2], 1ull << 31 | 5);
    EXPECT_OK(vcpu_read(vm.vcpu, 2)); // its EL1 state is in the hardware
    EXPECT_EQUAL(reply.mr[0], 0x5000);
    EXPECT_OK(vcpu_write(vm.vcpu, 15, 0x2468));
    EXPECT(vm_call(vm, guest_registers, (word)got));
    EXPECT_EQUAL(got[1], 0x2468);
}

static void ackvppi_and_bindvppi_know_one_interrupt(void) {
    static const word others[] = {0, 26, 28, 159};
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_ERROR1(vcpu_ack_vppi(vcpu, others[i]), IA, 0);
        EXPECT_ERROR1(invoke3(BIND_VPPI, others[i], 15, 256), IA, 0); // before the rest
    }
    EXPECT_ERROR2(vcpu_ack_vppi(vcpu, 160), RNG, 0, 159);
    EXPECT_ERROR2(invoke3(BIND_VPPI, 160, 15, 256), RNG, 0, 159);
    EXPECT_OK(vcpu_ack_vppi(vcpu, TIMER));
    EXPECT_ERROR2(invoke3(BIND_VPPI, TIMER, 15, 256), RNG, 16, 1019);
    EXPECT_ERROR2(invoke3(BIND_VPPI, TIMER, 1020, 256), RNG, 16, 1019);
    EXPECT_ERROR2(invoke3(BIND_VPPI, TIMER, 16, 512), RNG, 0, 511);
    EXPECT_OK(invoke3(BIND_VPPI, TIMER, 16, 511));
    EXPECT_OK(invoke3(BIND_VPPI, TIMER, 1019, 0)); // instead
    EXPECT_ERROR1(invoke1(UNBIND, 16), IA, 0);
    EXPECT_ERROR1(invoke1(UNBIND, 0), IA, 0);
    EXPECT_OK(invoke1(UNBIND, 1019));
    EXPECT_ERROR1(invoke1(UNBIND, 1019), IA, 0);
}

static void setsgis_and_updateirq_check_their_ranges(void) {
    EXPECT_ERROR2(invoke3(SET_SGIS, 1ull << 32, 0, 0), RNG, 0, 0xffffffff);
    EXPECT_OK(invoke3(SET_SGIS, 0xffffffff, ~0ull, 0));
    EXPECT_OK(invoke3(SET_SGIS, 0, 0, 0));
    EXPECT_ERROR2(invoke3(UPDATE, 1020, 8, 8), RNG, 0, 1019);
    EXPECT_ERROR2(invoke3(UPDATE, 1019, 8, 0), RNG, 0, 7);
    EXPECT_ERROR2(invoke3(UPDATE, 1019, 0, 8), RNG, 0, 7);
    EXPECT_OK(invoke3(UPDATE, 1019, 7, 7)); // in no list register: nothing
    EXPECT_EQUAL(reply.mr[0], 0);
    // An SGI is kept, pending and active, until it can be listed.
    EXPECT_OK(invoke3(UPDATE, 5, PENDING, 0));
    EXPECT_EQUAL(reply.mr[0], 0);
    EXPECT_OK(invoke3(UPDATE, 5, 0, 0));
    EXPECT_EQUAL(reply.mr[0], PENDING);
    EXPECT_OK(invoke3(UPDATE, 5, 0, PENDING));
    EXPECT_OK(invoke3(UPDATE, 5, 0, 0));
    EXPECT_EQUAL(reply.mr[0], 0);
}

static void statistics_have_three_indices(void) {
    static const uint8_t lengths[] = {10, 4, 2};
    struct vm vm = vm_new();
    vcpu = vm.vcpu;
    EXPECT(vm_call(vm, vm_end, 0));
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_OK(invoke1(STATISTICS, i));
        EXPECT_EQUAL(reply.length, lengths[i]);
        if (i == 0)
            EXPECT_EQUAL(reply.mr[2], 1); // one hvc
        if (i == 2)
            EXPECT(reply.mr[0] != 0 && reply.mr[1] != 0);
    }
    EXPECT_ERROR2(invoke1(STATISTICS, 3), RNG, 0, 2);
}

static void the_exit_mask_has_known_bits(void) {
    EXPECT_ERROR1(invoke1(SET_MASK, 1 << 8), IA, 0);
    EXPECT_ERROR1(invoke1(SET_MASK, 1ull << 63), IA, 0);
    EXPECT_OK(invoke1(SET_MASK, 0xff));
    EXPECT_OK(invoke1(SET_MASK, 0));
}

// The first fault of a guest with `mask`: its exception class; 0: it came to its end.
static word first_exit(const char *code, word mask) {
    struct vm vm = vm_new();
    vcpu = vm.vcpu;
    vm_check(invoke1(SET_MASK, mask));
    vm_check(vcpu_inject(vcpu, 40)); // what ends a WFI
    vm_start(vm, code, (word)got);
    struct message m = vm_fault();
    return info_label(m.info) == 8 ? m.mr[0] >> 26 : info_label(m.info) == 2 ? 0 : ~0ull;
}

static void exits_are_what_the_mask_says(void) {
    EXPECT_EQUAL(first_exit(guest_hvc, 0), 0); // a system call, of number 1
    EXPECT_EQUAL(first_exit(guest_hvc, MASK_HVC), EC_HVC);
    EXPECT_EQUAL(first_exit(guest_wfi, 0), EC_WFX);
    EXPECT_EQUAL(first_exit(guest_wfi, MASK_NATIVE), 0);
    EXPECT_EQUAL(first_exit(guest_ptimer, 0), 0);
    EXPECT_EQUAL(first_exit(guest_ptimer, MASK_PTIMER), EC_SYSREG);
}

static void sgis_are_exits_or_the_kernels(void) {
    struct vm vm = vm_new();
    vcpu = vm.vcpu;
    EXPECT(vm_call(vm, guest_pfr0, (word)got));
    if (!(got[0] >> 24 & 15)) {
        skip("a GICv2 sends them through its distributor");
        return;
    }
    got[0] = 5ull << 24 | 1; // SGI 5 to itself
    EXPECT_EQUAL(first_exit(guest_sgi, 0), EC_SYSREG);
    vm = vm_new();
    vcpu = vm.vcpu;
    EXPECT_OK(invoke1(SET_MASK, MASK_SGI));
    EXPECT_OK(invoke3(SET_SGIS, 1 << 5, 0x20ull << 40, 0));
    EXPECT(vm_call(vm, guest_sgi, (word)got));
    EXPECT_EQUAL(got[0], 5);
    got[0] = 6ull << 24 | 1; // not enabled
    EXPECT_OK(invoke3(UPDATE, 5, 0, 3));
    EXPECT(vm_call(vm, guest_sgi, (word)got));
    EXPECT_EQUAL(got[0], 1023);
    EXPECT_OK(invoke3(UPDATE, 6, 0, 0));
    EXPECT_EQUAL(reply.mr[0], PENDING);
}

static const struct test tests[] = {
    TEST(every_method_wants_all_its_words),
    TEST(settcb_takes_a_tcb_and_undoes_earlier_pairs),
    TEST(a_guests_spsr_is_kept_as_written_for_el0_and_el1),
    TEST(injectirq_checks_in_order),
    TEST(registers_are_24_fields),
    TEST(fields_are_what_the_guest_has),
    TEST(ackvppi_and_bindvppi_know_one_interrupt),
    TEST(setsgis_and_updateirq_check_their_ranges),
    TEST(statistics_have_three_indices),
    TEST(the_exit_mask_has_known_bits),
    TEST(exits_are_what_the_mask_says),
    TEST(sgis_are_exits_or_the_kernels),
};

int main(void) {
    vcpu = new_object(T_VCPU, 0);
    RUN(tests);
}
