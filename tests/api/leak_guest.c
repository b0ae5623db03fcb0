// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The registers of EL1 stay with their vCPU. One guest sets all that it can set; another one, older or new,
// also one in the first one's memory, finds its own values, and the first one finds what it has set.
#include "fp.h"
#include "vm.h"

// Name, and a value that changes nothing for code at EL1 with its MMU off.
#define SYSTEM_REGISTERS(op)                                                                                 \
    op("ttbr0_el1", 0x11000) op("ttbr1_el1", 0x22000) op("tcr_el1", 0x200003519)                             \
        op("mair_el1", 0x1122334455667788) op("amair_el1", 0x99) op("contextidr_el1", 0x1234)                \
            op("afsr0_el1", 0x1) op("afsr1_el1", 0x2) op("esr_el1", 0x56001234) op("far_el1", 0x1234567890)  \
                op("par_el1", 0x5678000) op("vbar_el1", 0x123000) op("tpidr_el1", 0xa1a1a1)                  \
                    op("tpidr_el0", 0xa0a0a0) op("tpidrro_el0", 0xb0b0b0) op("sp_el0", 0xc0c0c0)             \
                        op("elr_el1", 0xd0d0d0) op("spsr_el1", 0x600003c5)                                   \
                            op("cntv_cval_el0", 0x1111222233334444) op("cntv_ctl_el0", 2)                    \
                                op("cntp_cval_el0", 0x5555666677778888) op("cntp_ctl_el0", 2)                \
                                    op("cntkctl_el1", 3) op("csselr_el1", 1) op("cpacr_el1", 3 << 20)        \
                                        op("sctlr_el1", 0x30d08800) op("actlr_el1", 0x77)                    \
                                            op("mdscr_el1", 1 << 12) op("osdlr_el1", 1)                      \
                                                op("dbgbvr0_el1", 0x4000) op("dbgbcr0_el1", 0x1e0)           \
                                                    op("dbgbvr5_el1", 0x5000) op("dbgbcr5_el1", 0x1e0)       \
                                                        op("dbgwvr0_el1", 0x6000) op("dbgwcr0_el1", 0x1fe0)  \
                                                            op("dbgwvr3_el1", 0x7000)                        \
                                                                op("dbgwcr3_el1", 0x1fe0) PMU_REGISTERS(op)
// Of the performance monitors; nothing counts.
#define PMU_REGISTERS(op)                                                                                    \
    op("pmcr_el0", 0x41) op("pmselr_el0", 2) op("pmuserenr_el0", 5) op("pmcntenset_el0", 0x80000005)         \
        op("pmintenset_el1", 0x80000003) op("pmovsset_el0", 0x80000006) op("pmccntr_el0", 0x123456789abc)    \
            op("pmccfiltr_el0", 0xc0000000) op("pmevtyper0_el0", 0xc0000011) op("pmevcntr0_el0", 0x11111111) \
                op("pmevtyper2_el0", 0xc0000008) op("pmevcntr2_el0", 0x33333333)
// ICC_PMR, BPR0, BPR1, IGRPEN0, IGRPEN1, CTLR, AP0R0, AP1R0_EL1.
#define GIC_REGISTERS(op)                                                                                    \
    op("s3_0_c4_c6_0", 0xf0) op("s3_0_c12_c8_3", 5) op("s3_0_c12_c12_3", 5) op("s3_0_c12_c12_6", 1)          \
        op("s3_0_c12_c12_7", 1) op("s3_0_c12_c12_4", 2) op("s3_0_c12_c8_4", 4) op("s3_0_c12_c9_0", 8)
// The keys APIA, APIB, APDA, APDB, APGA, low and high.
#define KEY_REGISTERS(op)                                                                                    \
    op("s3_0_c2_c1_0", 0x101) op("s3_0_c2_c1_1", 0x102) op("s3_0_c2_c1_2", 0x103) op("s3_0_c2_c1_3", 0x104)  \
        op("s3_0_c2_c2_0", 0x105) op("s3_0_c2_c2_1", 0x106) op("s3_0_c2_c2_2", 0x107)                        \
            op("s3_0_c2_c2_3", 0x108) op("s3_0_c2_c3_0", 0x109) op("s3_0_c2_c3_1", 0x10a)

#define SET(name, value) "  ldr x1, [x0], #8\n  msr " name ", x1\n"
#define GET(name, value) "  mrs x1, " name "\n  str x1, [x0], #8\n"
#define NAME(name, v)    name,
#define VALUE(name, v)   v,
__asm__(".pushsection .text\n"
        ".balign 4\n"
        "set_system: " SYSTEM_REGISTERS(
            SET) "  ret\n"
                 "get_system: " SYSTEM_REGISTERS(
                     GET) "  ret\n"
                          "set_gic: " GIC_REGISTERS(
                              SET) "  ret\n"
                                   "get_gic: " GIC_REGISTERS(
                                       GET) "  ret\n"
                                            "set_keys: " KEY_REGISTERS(
                                                SET) "  ret\n"
                                                     "get_keys: " KEY_REGISTERS(
                                                         GET) "  ret\n"
                                                              "get_features: mrs x1, id_aa64pfr0_el1\n  str "
                                                              "x1, [x0]\n  mrs x1, id_aa64isar1_el1\n"
                                                              "  str x1, [x0, #8]\n  ret\n"
                                                              // SP_EL1: set, and told.
                                                              "set_sp: mov sp, x0\n  ret\n"
                                                              "get_sp: mov x1, sp\n  str x1, [x0]\n  ret\n"
                                                              ".popsection\n");
extern const char set_system[], get_system[], set_gic[], get_gic[], set_keys[], get_keys[], get_features[],
    set_sp[], get_sp[];

#define MAX_REGISTERS 64
static volatile word at_first[MAX_REGISTERS], set[MAX_REGISTERS], kept[MAX_REGISTERS], got[MAX_REGISTERS];

struct registers {
    const char *set, *get;
    const char *const *names;
    const word *values;
    unsigned count;
};

static void idle_run(word argument) {
    (void)argument;
    raw_yield();
    thread_end();
}

static void native_thread(void) {
    thread_start(new_thread(idle_run, 0, 0));
    wait_thread_end();
}

// All guests' values of `r` by turns.
static void check(const struct registers *r) {
    word untyped = new_object(T_UNTYPED, 12), slot = new_slot();
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_VCPU, 0, 0, 0, slot, 1));
    struct vm old = vm_new(), owner = vm_make(slot);
    EXPECT(vm_call(old, r->get, (word)at_first));
    for (unsigned i = 0; i < r->count; i++)
        set[i] = r->values[i];
    EXPECT(vm_call(owner, r->set, (word)set));
    EXPECT(vm_call(owner, r->get, (word)kept));
    unsigned changed = 0;
    for (unsigned i = 0; i < r->count; i++)
        changed += kept[i] != at_first[i];
    EXPECT(changed + 5 >= r->count); // a few do not exist, or are read-only
    // An older guest, a new one, and the owner again; with and without a thread in between.
    for (unsigned turn = 0; turn < 2; turn++) {
        const struct vm others[] = {old, vm_new()};
        for (unsigned o = 0; o < 2; o++) {
            EXPECT(vm_call(others[o], r->get, (word)got));
            for (unsigned i = 0; i < r->count; i++)
                if (got[i] != at_first[i]) {
                    print(r->names[i]);
                    print(" of another guest\n");
                    EXPECT_EQUAL(got[i], at_first[i]);
                }
        }
        if (turn)
            native_thread();
        EXPECT(vm_call(owner, r->get, (word)got));
        for (unsigned i = 0; i < r->count; i++)
            if (got[i] != kept[i]) {
                print(r->names[i]);
                print(" is lost\n");
                EXPECT_EQUAL(got[i], kept[i]);
            }
    }
    // It is loaded, and goes; a new one in its memory.
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    EXPECT_OK(untyped_retype(untyped, S_CNODE, T_VCPU, 0, 0, 0, slot, 1));
    EXPECT(vm_call(vm_make(slot), r->get, (word)got));
    for (unsigned i = 0; i < r->count; i++)
        if (got[i] != at_first[i]) {
            print(r->names[i]);
            print(" of a guest that is no more\n");
            EXPECT_EQUAL(got[i], at_first[i]);
        }
}

static word feature(unsigned index) {
    static volatile word features[2];
    (void)vm_call(vm_new(), get_features, (word)features);
    return features[index];
}

static void system_registers_stay_with_their_vcpu(void) {
    static const char *const names[] = {SYSTEM_REGISTERS(NAME)};
    static const word values[] = {SYSTEM_REGISTERS(VALUE)};
    check(&(struct registers){set_system, get_system, names, values, sizeof(values) / sizeof(word)});
}

static void the_interrupt_interfaces_registers_stay_with_their_vcpu(void) {
    static const char *const names[] = {GIC_REGISTERS(NAME)};
    static const word values[] = {GIC_REGISTERS(VALUE)};
    if (!(feature(0) >> 24 & 15)) {
        skip("the guest's CPU interface is in memory");
        return;
    }
    check(&(struct registers){set_gic, get_gic, names, values, sizeof(values) / sizeof(word)});
}

static bool has_keys(void) {
    return feature(1) & 0xff000ff0;
}

static void authentication_keys_stay_with_their_vcpu(void) {
    static const char *const names[] = {KEY_REGISTERS(NAME)};
    static const word values[] = {KEY_REGISTERS(VALUE)};
    if (!has_keys()) {
        skip("no pointer authentication");
        return;
    }
    check(&(struct registers){set_keys, get_keys, names, values, sizeof(values) / sizeof(word)});
}

static void stack_pointers_stay_with_their_vcpu(void) {
    struct vm owner = vm_new(), other = vm_new();
    EXPECT(vm_call(owner, set_sp, 0x123450));
    EXPECT(vm_call(other, get_sp, (word)got));
    EXPECT_EQUAL(got[0], (word)(vm_stack + sizeof(vm_stack)));
    EXPECT_OK(vcpu_read(owner.vcpu, VM_SP_EL1));
    EXPECT_EQUAL(reply.mr[0], 0x123450);
}

// PACGA, of APGA: the kernel loads a guest's keys, and a native thread must not use them.
static void pacga_run(word argument) {
    word result;
    __asm__ volatile(".inst 0x9ac33040\n\tmov %0, x0" // pacga x0, x2, x3
                     : "=r"(result)
                     :
                     : "x0", "x2", "x3");
    got[0] = result + argument;
    thread_end();
}

static void a_native_thread_cannot_use_a_guests_keys(void) {
    word endpoint = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    static const word values[] = {KEY_REGISTERS(VALUE)};
    bool keys = has_keys();
    if (keys) {
        for (unsigned i = 0; i < 10; i++)
            set[i] = values[i];
        EXPECT(vm_call(vm_new(), set_keys, (word)set));
    }
    got[0] = 0xdead;
    thread_start(new_thread(pacga_run, 0, endpoint));
    let_others_run();
    EXPECT_EQUAL(got[0], 0xdead);
    struct message m = {0};
    raw_message(NR_NB_RECV, endpoint, &m, reply_object, 0);
    EXPECT_EQUAL(info_label(m.info), keys ? 8 : 3);
    EXPECT_EQUAL(m.mr[keys ? 0 : 3] >> 26, keys ? 9 : 0);
}

// The kernel translates an address as the guest does when a fault's address is not told by the hardware; that
// result is its own.
__asm__(".pushsection .text\n.balign 4\n"
        "par_over_a_fault: ldr x1, =0x5678000\n  msr par_el1, x1\n  isb\n  mov x2, #1\n  str x2, [x0]\n"
        "  ret\n"
        "get_par: mrs x1, par_el1\n  str x1, [x0]\n  ret\n  .ltorg\n"
        ".popsection\n");
extern const char par_over_a_fault[], get_par[];

static void the_kernels_translation_leaves_par_alone(void) {
    struct vm vm = vm_new();
    word page = new_object(T_SMALL_PAGE, 0), at = 0x30000000;
    EXPECT_OK(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, at, 3));
    EXPECT_OK(page_map(page, S_VSPACE, at, R_R, 3)); // a write is a permission fault
    vm_start(vm, par_over_a_fault, at);
    struct message m = vm_fault();
    EXPECT_EQUAL(info_label(m.info), 6);
    EXPECT_EQUAL(m.mr[1], at);
    EXPECT_OK(vcpu_read(vm.vcpu, 13)); // PAR
    EXPECT_EQUAL(reply.mr[0] & 0xfffffff, 0x5678000);
    EXPECT(vm_call(vm, get_par, (word)got));
    EXPECT_EQUAL(got[0] & 0xfffffff, 0x5678000);
}

// --- FP and SIMD registers

static void guest_fp(word seed) {
    __asm__ volatile("msr cpacr_el1, %0\n\tisb" : : "r"(3ull << 20));
    got[0] = fp_holds(0);
    fp_set(seed);
}

static void guest_fp_again(word seed) {
    got[0] = fp_holds(seed);
}

static volatile bool thread_had_nothing;
static void fp_thread(word argument) {
    thread_had_nothing = fp_holds(argument);
    fp_set(0x3c3);
    thread_end();
}

static void fp_registers_stay_with_their_guest(void) {
    struct vm first = vm_new(), second = vm_new();
    fp_set(0x3f5);
    EXPECT(vm_call(first, (void *)guest_fp, 0x111));
    EXPECT_EQUAL(got[0], 1);
    EXPECT(fp_holds(0x3f5));
    EXPECT(vm_call(first, (void *)guest_fp_again, 0x111));
    EXPECT_EQUAL(got[0], 1);
    EXPECT(vm_call(second, (void *)guest_fp, 0x222));
    EXPECT_EQUAL(got[0], 1); // nothing of the first one's
    thread_start(new_thread(fp_thread, 0, 0));
    wait_thread_end();
    EXPECT(thread_had_nothing);
    EXPECT(vm_call(first, (void *)guest_fp_again, 0x111));
    EXPECT_EQUAL(got[0], 1);
    EXPECT(vm_call(second, (void *)guest_fp_again, 0x222));
    EXPECT_EQUAL(got[0], 1);
    EXPECT(fp_holds(0x3f5));
    fp_set(0);
}

static const struct test tests[] = {
    TEST(system_registers_stay_with_their_vcpu),
    TEST(the_interrupt_interfaces_registers_stay_with_their_vcpu),
    TEST(authentication_keys_stay_with_their_vcpu),
    TEST(stack_pointers_stay_with_their_vcpu),
    TEST(a_native_thread_cannot_use_a_guests_keys),
    TEST(the_kernels_translation_leaves_par_alone),
    TEST(fp_registers_stay_with_their_guest),
};

int main(void) {
    RUN(tests);
}
