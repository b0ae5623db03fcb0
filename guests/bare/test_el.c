// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the processor says it is: exception level, ID registers, features that a guest must not see, and the
// guest's own exceptions. Register fields: Arm ARM (DDI 0487) D17.2.
#include "guests/bare/bare.h"

static u32 field(u64 value, unsigned low) {
    return value >> low & 15;
}

static void test_level(void) {
    check_equal(sysreg_read(CurrentEL) >> 2, 1, "exception level");
    if (machine.guest) {
        check_equal(machine.boot_level, 1, "exception level at entry");
    }
}

static void test_mpidr(void) {
    u64 mpidr = sysreg_read(mpidr_el1);
    check_equal(mpidr >> 31 & 1, 1, "MPIDR_EL1 bit 31 (RES1)");
    check((mpidr & 0xff00ffffff) < machine.absent_cpu, "MPIDR_EL1 affinity 0x%lx: no such CPU in the tree",
          mpidr);
    check(sysreg_read(midr_el1) != 0, "MIDR_EL1 is 0");
}

static void test_id_fp(void) {
    u64 pfr0 = sysreg_read(id_aa64pfr0_el1);
    check(field(pfr0, 16) != 15, "FP is not advertised");
    check(field(pfr0, 20) != 15, "AdvSIMD is not advertised");
    check(field(pfr0, 4) != 0, "EL1 is not advertised");
    check_equal(field(pfr0, 24) != 0, machine.gic_version == 3, "ID_AA64PFR0_EL1.GIC against the tree");
}

static void test_id_hidden(void) {
    u64 pfr0 = sysreg_read(id_aa64pfr0_el1), pfr1 = sysreg_read(id_aa64pfr1_el1);
    u64 dfr0 = sysreg_read(id_aa64dfr0_el1);
    check_equal(field(pfr0, 28), 0, "ID_AA64PFR0_EL1.RAS");
    check_equal(field(pfr0, 32), 0, "ID_AA64PFR0_EL1.SVE");
    check_equal(field(pfr0, 40), 0, "ID_AA64PFR0_EL1.MPAM");
    check_equal(field(pfr0, 44), 0, "ID_AA64PFR0_EL1.AMU");
    check_equal(field(pfr1, 8), 0, "ID_AA64PFR1_EL1.MTE");
    check_equal(field(pfr1, 12), 0, "ID_AA64PFR1_EL1.RAS_frac");
    check_equal(field(pfr1, 24), 0, "ID_AA64PFR1_EL1.SME");
    check(field(dfr0, 8) <= 1 || field(dfr0, 8) == 4, "ID_AA64DFR0_EL1.PMUVer is %u", field(dfr0, 8));
    check_equal(field(dfr0, 32), 0, "ID_AA64DFR0_EL1.PMSVer");
    check_equal(sysreg_read(S3_0_C0_C4_4), 0, "ID_AA64ZFR0_EL1");
    check_equal(sysreg_read(S3_0_C0_C4_5), 0, "ID_AA64SMFR0_EL1");
}

// The whole ID space op1=0, CRn=0, CRm=1..7 reads without exception: what is unallocated reads as zero
// (D17.1.1).
static void test_id_space(void) {
#define ID(m, n)                                                                                             \
    do {                                                                                                     \
        u64 value = 0;                                                                                       \
        check(sysreg_try(S3_0_C0_C##m##_##n, value), "S3_0_C0_C" #m "_" #n " is undefined");                 \
    } while (0)
#define ID_ROW(m)                                                                                            \
    do {                                                                                                     \
        ID(m, 0);                                                                                            \
        ID(m, 1);                                                                                            \
        ID(m, 2);                                                                                            \
        ID(m, 3);                                                                                            \
        ID(m, 4);                                                                                            \
        ID(m, 5);                                                                                            \
        ID(m, 6);                                                                                            \
        ID(m, 7);                                                                                            \
    } while (0)
    ID_ROW(1);
    ID_ROW(2);
    ID_ROW(3);
    ID_ROW(4);
    ID_ROW(5);
    ID_ROW(6);
    ID_ROW(7);
    u64 value = 0;
    check(sysreg_try(clidr_el1, value), "CLIDR_EL1 is undefined");
    check(sysreg_try(csselr_el1, value), "CSSELR_EL1 is undefined");
    check(sysreg_try(ccsidr_el1, value), "CCSIDR_EL1 is undefined");
    check(sysreg_try(ctr_el0, value), "CTR_EL0 is undefined");
    check(sysreg_try(dczid_el0, value), "DCZID_EL0 is undefined");
    check(sysreg_try(revidr_el1, value), "REVIDR_EL1 is undefined");
}

// An instruction of a feature that is not there ends in the guest's own vector as an undefined instruction.
#define expect_undefined(advertised, what, instruction)                                                      \
    do {                                                                                                     \
        u64 value = 0;                                                                                       \
        if (advertised) {                                                                                    \
            test_skip("the feature is advertised");                                                          \
        } else if (check(!trap_try(instruction : "+r"(value)::"memory"), what " is not undefined")) {        \
            check_equal(ESR_EC(trap.esr), EC_UNKNOWN, "exception class of " what);                           \
            check_equal(trap.vector, 4, "vector of " what);                                                  \
        }                                                                                                    \
    } while (0)

static void test_hidden_sve(void) {
    expect_undefined(field(sysreg_read(id_aa64pfr0_el1), 32), "RDVL", ".inst 0x04bf5020"); // rdvl x0, #1
    expect_undefined(field(sysreg_read(id_aa64pfr0_el1), 32), "ZCR_EL1", "mrs %0, S3_0_C1_C2_0");
}

static void test_hidden_sme(void) {
    expect_undefined(field(sysreg_read(id_aa64pfr1_el1), 24), "RDSVL", ".inst 0x04bf5820"); // rdsvl x0, #1
    expect_undefined(field(sysreg_read(id_aa64pfr1_el1), 24), "SVCR", "mrs %0, S3_3_C4_C2_2");
}

// Only the registers: no control makes IRG or STG undefined (HCR_EL2.ATA, D17.2.48).
static void test_hidden_mte(void) {
    bool advertised = field(sysreg_read(id_aa64pfr1_el1), 8) != 0;
    expect_undefined(advertised, "GCR_EL1", "mrs %0, S3_0_C1_C0_6");
    expect_undefined(advertised, "TFSR_EL1", "mrs %0, S3_0_C5_C6_0");
    expect_undefined(advertised, "RGSR_EL1", "mrs %0, S3_0_C1_C0_5");
}

// Without monitors their registers are undefined; test_pmu.c has the others.
static void test_hidden_pmu(void) {
    u32 version = field(sysreg_read(id_aa64dfr0_el1), 8);
    bool advertised = version != 0 && version != 15;
    expect_undefined(advertised, "PMCR_EL0", "mrs %0, pmcr_el0");
    expect_undefined(advertised, "PMCCNTR_EL0", "mrs %0, pmccntr_el0");
    expect_undefined(advertised, "a write of PMCR_EL0", "msr pmcr_el0, %0");
    expect_undefined(advertised, "PMEVCNTR0_EL0", "mrs %0, pmevcntr0_el0");
}

static void test_hidden_amu(void) {
    expect_undefined(field(sysreg_read(id_aa64pfr0_el1), 44), "AMCR_EL0", "mrs %0, S3_3_C13_C2_0");
    expect_undefined(field(sysreg_read(id_aa64pfr0_el1), 44), "AMEVCNTR00_EL0", "mrs %0, S3_3_C13_C4_0");
}

static void test_hidden_ras(void) {
    expect_undefined(field(sysreg_read(id_aa64pfr0_el1), 28), "ERRIDR_EL1", "mrs %0, S3_0_C5_C3_0");
    expect_undefined(field(sysreg_read(id_aa64pfr0_el1), 28), "ERXFR_EL1", "mrs %0, S3_0_C5_C4_0");
}

static bool pauth_advertised(void) {
    u64 isar1 = sysreg_read(id_aa64isar1_el1), isar2 = sysreg_read(S3_0_C0_C6_2);
    return field(isar1, 4) || field(isar1, 8) || field(isar2, 12);
}

// SCTLR_EL1.EnIA is bit 31. The instructions are written as hints and numbers, so that any assembler takes
// them.
static u64 pointer_sign(u64 pointer, u64 modifier) {
    register u64 x16 asm("x16") = modifier;
    register u64 x17 asm("x17") = pointer;
    asm volatile("hint #8" : "+r"(x17) : "r"(x16)); // pacia1716
    return x17;
}

static u64 pointer_authenticate(u64 pointer, u64 modifier) {
    register u64 x16 asm("x16") = modifier;
    register u64 x17 asm("x17") = pointer;
    trap_arm();                                      // FEAT_FPAC faults instead of making the pointer bad
    asm volatile("hint #12" : "+r"(x17) : "r"(x16)); // autia1716
    trap_disarm();
    return x17;
}

static void test_pauth(void) {
    if (!pauth_advertised()) {
        expect_undefined(false, "APIAKeyLo_EL1", "mrs %0, S3_0_C2_C1_0");
        return;
    }
    const u64 key_low = 0x0123456789abcdef, key_high = 0xfedcba9876543210, pointer = (u64)__image_start;
    sysreg_write(S3_0_C2_C1_0, key_low); // APIAKeyLo_EL1
    sysreg_write(S3_0_C2_C1_1, key_high);
    sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | BIT(31));
    isb();
    u64 signed_first = pointer_sign(pointer, 1);
    ticker_start(500, 10);
    irq_enable();
    wait_until(ticker.left == 0, 1000);
    u64 signed_later = pointer_sign(pointer, 1);
    u64 good = pointer_authenticate(signed_later, 1), bad = pointer_authenticate(signed_later, 2);
    irq_disable();
    sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~BIT(31));
    isb();
    check(signed_first != pointer, "signing changes nothing");
    check_equal(signed_later, signed_first, "signature after interrupts");
    check_equal(good, pointer, "authenticated pointer");
    check(bad != pointer, "a wrong modifier authenticates");
    check_equal(sysreg_read(S3_0_C2_C1_0), key_low, "APIAKeyLo_EL1");
    check_equal(sysreg_read(S3_0_C2_C1_1), key_high, "APIAKeyHi_EL1");
}

static void expect_class(u32 class, const char *what) {
    check_equal(trap.count, 1, "exceptions of one %s", what);
    check_equal(ESR_EC(trap.esr), class, "class of %s", what);
    check_equal(trap.vector, 4, "vector of %s", what);
}

// The guest's own exceptions go to its own vectors and nowhere else.
static void test_exceptions(void) {
    trap_try("svc #7" ::: "memory");
    expect_class(EC_SVC64, "svc");
    check_equal(trap.esr & 0xffff, 7, "immediate of svc");
    trap_try("brk #9" ::: "memory");
    expect_class(EC_BRK64, "brk");
    check_equal(trap.esr & 0xffff, 9, "immediate of brk");
    trap_try(".inst 0" ::: "memory");
    expect_class(EC_UNKNOWN, "udf");
    probe_call((u64)__image_start + 2);
    expect_class(EC_PC_ALIGNMENT, "a misaligned branch");
}

// Runs `svc #0x55` and an undefined instruction at EL0; both come back to EL1 of the guest.
static void run_el0(u64 entry) {
    trap_arm();
    asm volatile("msr elr_el1, %0\n"
                 "msr spsr_el1, %1\n"
                 "adr x30, 1f\n"
                 "eret\n"
                 "1:" ::"r"(entry),
                 "r"(0x3c0UL)
                 : "x30", "memory", "cc");
    trap_disarm();
}

static void test_el0(void) {
    static const u32 code_svc[] = {0xd4000aa1}, code_undefined[] = {0};
    u64 old = sysreg_read(sp_el0);
    sysreg_write(sp_el0, 0x1230);
    run_el0((u64)code_svc);
    check_equal(trap.vector, 8, "vector of svc from EL0");
    check_equal(trap.esr & 0xfc00ffff, (u64)EC_SVC64 << 26 | 0x55, "syndrome of svc from EL0");
    run_el0((u64)code_undefined);
    check_equal(trap.vector, 8, "vector of an undefined instruction at EL0");
    check_equal(ESR_EC(trap.esr), EC_UNKNOWN, "class of an undefined instruction at EL0");
    check_equal(sysreg_read(sp_el0), 0x1230, "SP_EL0");
    sysreg_write(sp_el0, old);
}

static const struct test tests[] = {
    {.name = "el-level", .run = test_level},
    {.name = "el-mpidr", .run = test_mpidr},
    {.name = "el-id-fp", .run = test_id_fp},
    {.name = "el-id-hidden", .run = test_id_hidden, .guest_only = true},
    {.name = "el-id-space", .run = test_id_space},
    {.name = "el-hidden-sve", .run = test_hidden_sve},
    {.name = "el-hidden-sme", .run = test_hidden_sme},
    {.name = "el-hidden-mte", .run = test_hidden_mte},
    {.name = "el-hidden-pmu", .run = test_hidden_pmu},
    {.name = "el-hidden-amu", .run = test_hidden_amu},
    {.name = "el-hidden-ras", .run = test_hidden_ras},
    {.name = "el-pauth", .run = test_pauth},
    {.name = "el-exceptions", .run = test_exceptions},
    {.name = "el-el0", .run = test_el0},
};
const struct test_group group_el = TEST_GROUP(tests);
