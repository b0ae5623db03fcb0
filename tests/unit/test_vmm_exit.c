// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Instructions that the VMM performs for the guest: decoding, the guest's own translation, exceptions,
// trapped registers and firmware calls, on a vCPU that is a table here. Encodings are the assembler's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vmm/arch/aarch64/decode.h>
#include <vmm/arch/aarch64/esr.h>
#include <vmm/arch/aarch64/exception.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/arch/aarch64/vgic.h>
#include <vmm/include/vmm/run.h>

#define RAM_IPA    0x40000000ull
#define RAM_BYTES  0x10000ull
#define CODE       (RAM_IPA + 0x100)
#define DEVICE_IPA 0x09000000ull
#define EL0T       0x000ull
#define EL1H       0x3c5ull
#define SMC_EXIT   (ESR_MAKE(ESR_EC_SMC64) | ESR_IL)
#define HVC_EXIT   (ESR_MAKE(ESR_EC_HVC64) | ESR_IL)

// The machine under the code under test.
static uint64_t registers[SEL4_REG_COUNT];
static uint64_t system_registers[SEL4_VCPU_REG_COUNT];
static _Alignas(8) uint8_t ram[RAM_BYTES];
static struct vm vm;
static struct vcpu *const vcpu = &vm.vcpus[0];
static unsigned reports;
static char last_report[512];
static struct vcpu_exit accesses[4];
static unsigned access_count;
static bool refuse_access;
static unsigned sgi_count;
static uint64_t last_sgi;

void vcpu_read_registers(struct vcpu *which, uint64_t *to, unsigned count) {
    assert_ptr_equal(which, vcpu);
    memcpy(to, registers, count * sizeof(*to));
}
void vcpu_write_registers(struct vcpu *which, const uint64_t *from, unsigned count) {
    assert_ptr_equal(which, vcpu);
    memcpy(registers, from, count * sizeof(*from));
}
uint64_t vcpu_read_system(struct vcpu *which, unsigned reg) {
    assert_ptr_equal(which, vcpu);
    return system_registers[reg];
}
void vcpu_write_system(struct vcpu *which, unsigned reg, uint64_t value) {
    assert_ptr_equal(which, vcpu);
    system_registers[reg] = value;
}
void run_access(struct vcpu *which, struct vcpu_exit *access) {
    assert_ptr_equal(which, vcpu);
    assert_true(access_count < 4);
    access->outcome = refuse_access ? VCPU_ABORT : VCPU_DONE;
    accesses[access_count++] = *access;
    if (!access->write) // each byte names its address
        for (unsigned i = 0; i < access->bytes; i++) {
            access->value &= ~(0xffull << (8 * i));
            access->value |= (0x80 + (access->ipa & 0x7f) + i) << (8 * i);
        }
}
void vm_report_guest(struct vm *which, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(last_report, sizeof(last_report), format, list);
    va_end(list);
    assert_ptr_equal(which, &vm);
    reports++;
}
void vm_report(struct vm *which, const char *format, ...) {
    (void)format;
    assert_ptr_equal(which, &vm);
    reports++;
}
void vgic_v3_write_sgi0r(struct vcpu *which, uint64_t value) {
    assert_ptr_equal(which, vcpu);
    sgi_count++;
    last_sgi = value;
}
void vm_request_stop(struct vm *which) {
    which->state = VM_STOP_REQUESTED;
}
void vm_request_reset(struct vm *which) {
    which->state = VM_RESET_REQUESTED;
}

static int setup(void **state) {
    (void)state;
    memset(registers, 0, sizeof(registers));
    memset(system_registers, 0, sizeof(system_registers));
    memset(ram, 0, sizeof(ram));
    memset(accesses, 0, sizeof(accesses));
    vm = (struct vm){.state = VM_RUNNING, .memory = {RAM_IPA, RAM_BYTES, ram}};
    vcpu->vm = &vm;
    reports = access_count = 0;
    refuse_access = false;
    system_registers[SEL4_VCPU_SCTLR] = SCTLR_SPAN;
    system_registers[SEL4_VCPU_VBAR] = 0xffff000000080000;
    registers[SEL4_REG_PC] = CODE;
    registers[SEL4_REG_SPSR] = EL1H;
    return 0;
}

static uint64_t *x(unsigned number) {
    return &registers[register_index[number]];
}

// The outcome of an abort that the processor did not describe.
static unsigned abort_at(uint64_t ipa, bool fetch, uint64_t esr) {
    struct vcpu_exit exit = {
        .arch = {.label = SEL4_FAULT_VM, .words = {registers[SEL4_REG_PC], ipa, fetch, esr}}};
    arch_vcpu_handle_exit(vcpu, &exit);
    return exit.outcome;
}

static unsigned run_instruction(uint32_t instruction, uint64_t ipa) {
    memcpy(ram + (CODE - RAM_IPA), &instruction, 4);
    return abort_at(ipa, false, 0);
}

static void execute(uint32_t instruction, uint64_t ipa) {
    assert_int_equal(run_instruction(instruction, ipa), VCPU_RESTART);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
}

// The guest takes an external abort, and nothing else has changed.
static void expect_abort(uint32_t instruction, uint64_t ipa) {
    uint64_t before[SEL4_REG_COUNT];
    memcpy(before, registers, sizeof(before));
    assert_int_equal(run_instruction(instruction, ipa), VCPU_ABORT);
    assert_memory_equal(before, registers, sizeof(before));
}

static void trap(uint64_t esr) {
    struct vcpu_exit exit = {.arch = {.label = SEL4_FAULT_VCPU, .words = {esr}}};
    arch_vcpu_handle_exit(vcpu, &exit);
    assert_int_equal(exit.outcome, VCPU_RESTART);
}

static void expect_exception(uint64_t esr, uint64_t vector) {
    assert_int_equal(system_registers[SEL4_VCPU_ESR], esr);
    assert_int_equal(system_registers[SEL4_VCPU_ELR_EL1], CODE);
    assert_int_equal(registers[SEL4_REG_PC], 0xffff000000080000 + vector);
    assert_int_equal(registers[SEL4_REG_SPSR] & 0x3df, 0x3c5);
}

static void every_form_is_decoded(void **state) {
    (void)state;
    static const struct {
        uint32_t instruction;
        struct load_store expected;
    } cases[] = {
        // ldp x0, x2, [x1]
        {0xa9400820, {.wide = 1, .bytes = 8, .count = 2, .rt = {0, 2}, .rn = 1}},
        // ldp w3, w2, [sp, #8]!
        {0x29c10be3, {.write_back = 1, .bytes = 4, .count = 2, .rt = {3, 2}, .rn = 31, .offset = 8}},
        // stp x5, x6, [sp], #-16
        {0xa8bf1be5,
         {.write = 1,
          .wide = 1,
          .write_back = 1,
          .post_index = 1,
          .bytes = 8,
          .count = 2,
          .rt = {5, 6},
          .rn = 31,
          .offset = -16}},
        // stnp x0, x1, [x2]
        {0xa8000440, {.write = 1, .wide = 1, .bytes = 8, .count = 2, .rt = {0, 1}, .rn = 2}},
        // ldpsw x0, x1, [x2]
        {0x69400440, {.sign = 1, .wide = 1, .bytes = 4, .count = 2, .rt = {0, 1}, .rn = 2}},
        // ldr w0, [x1], #4
        {0xb8404420,
         {.write_back = 1, .post_index = 1, .bytes = 4, .count = 1, .rt = {0}, .rn = 1, .offset = 4}},
        // str x0, [x1, #-8]!
        {0xf81f8c20,
         {.write = 1, .wide = 1, .write_back = 1, .bytes = 8, .count = 1, .rt = {0}, .rn = 1, .offset = -8}},
        // ldrsb w0, [x1], #1
        {0x38c01420,
         {.sign = 1,
          .write_back = 1,
          .post_index = 1,
          .bytes = 1,
          .count = 1,
          .rt = {0},
          .rn = 1,
          .offset = 1}},
        // ldrsw x0, [x1], #4
        {0xb8804420,
         {.sign = 1,
          .wide = 1,
          .write_back = 1,
          .post_index = 1,
          .bytes = 4,
          .count = 1,
          .rt = {0},
          .rn = 1,
          .offset = 4}},
        // ldrh w0, [x1, #1]!
        {0x78401c20, {.write_back = 1, .bytes = 2, .count = 1, .rt = {0}, .rn = 1, .offset = 1}},
        // ldr w0, [x1, #12]
        {0xb9400c20, {.bytes = 4, .count = 1, .rt = {0}, .rn = 1, .offset = 12}},
        // ldur w0, [x1, #-4]
        {0xb85fc020, {.bytes = 4, .count = 1, .rt = {0}, .rn = 1, .offset = -4}},
        // ldtr w0, [x1, #4]
        {0xb8404820, {.bytes = 4, .count = 1, .rt = {0}, .rn = 1, .offset = 4}},
        // ldr w0, [x1, w2, uxtw #2]
        {0xb8625820,
         {.by_register = 1, .bytes = 4, .count = 1, .rt = {0}, .rn = 1, .index = 2, .extend = 2, .shift = 2}},
        // str x0, [x1, x2, sxtx]
        {0xf822e820,
         {.write = 1,
          .wide = 1,
          .by_register = 1,
          .bytes = 8,
          .count = 1,
          .rt = {0},
          .rn = 1,
          .index = 2,
          .extend = 7}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct load_store access;
        if (!decode_load_store(cases[i].instruction, &access))
            fail_msg("0x%08x is not decoded", cases[i].instruction);
        if (memcmp(&access, &cases[i].expected, sizeof(access)) != 0)
            fail_msg("0x%08x is decoded wrongly", cases[i].instruction);
    }
}

static void what_cannot_go_to_a_device_is_not_decoded(void **state) {
    (void)state;
    static const uint32_t others[] = {
        0x3dc00020, // ldr q0, [x1]
        0xad400420, // ldp q0, q1, [x1]
        0x885f7c20, // ldxr w0, [x1]
        0x88007c20, // stxr w0, w0, [x1]
        0xc8dffc20, // ldar x0, [x1]
        0xb8200020, // ldadd w0, w0, [x1]
        0xf9800020, // prfm pldl1keep, [x1]
        0xf8204420, // ldraa x0, [x1]
        0xd50b7421, // dc zva, x1
        0x58000000, // ldr x0, (literal)
        0xa9400020, // ldp x0, x0, [x1]
        0xb8404421, // ldr w1, [x1], #4
        0xa8c10420, // ldp x0, x1, [x1], #16
        0x69000440, // stgp
        0x00000000, 0xffffffff, 0xd503201f,
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct load_store access;
        if (decode_load_store(others[i], &access))
            fail_msg("0x%08x is decoded", others[i]);
    }
}

static void a_pair_is_loaded_in_two_accesses(void **state) {
    (void)state;
    *x(1) = DEVICE_IPA + 0x10;
    execute(0xa9400820, DEVICE_IPA + 0x10); // ldp x0, x2, [x1]
    assert_int_equal(access_count, 2);
    assert_int_equal(accesses[0].ipa, DEVICE_IPA + 0x10);
    assert_int_equal(accesses[1].ipa, DEVICE_IPA + 0x18);
    assert_int_equal(accesses[1].bytes, 8);
    assert_int_equal(*x(0), 0x9796959493929190);
    assert_int_equal(*x(2), 0x9f9e9d9c9b9a9998);
    assert_int_equal(*x(1), DEVICE_IPA + 0x10);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
    assert_int_equal(reports, 0);
}

static void write_back_changes_the_base(void **state) {
    (void)state;
    *x(1) = DEVICE_IPA;
    *x(0) = 0x1122334455667788;
    execute(0xb8004420, DEVICE_IPA); // str w0, [x1], #4
    assert_true(accesses[0].write);
    assert_int_equal(accesses[0].value, 0x55667788);
    assert_int_equal(*x(1), DEVICE_IPA + 4);
    registers[SEL4_REG_PC] = CODE;
    execute(0xb85fcc20, DEVICE_IPA); // ldr w0, [x1, #-4]!
    assert_int_equal(*x(1), DEVICE_IPA);
    assert_int_equal(*x(0), 0x83828180);
}

static void the_stack_pointer_is_that_of_the_level(void **state) {
    (void)state;
    system_registers[SEL4_VCPU_SP_EL1] = DEVICE_IPA;
    registers[SEL4_REG_SP] = DEVICE_IPA + 0x100;
    execute(0xb84047e0, DEVICE_IPA); // ldr w0, [sp], #4
    assert_int_equal(system_registers[SEL4_VCPU_SP_EL1], DEVICE_IPA + 4);
    assert_int_equal(registers[SEL4_REG_SP], DEVICE_IPA + 0x100);
    registers[SEL4_REG_PC] = CODE;
    registers[SEL4_REG_SPSR] = EL0T;
    execute(0xb84047e0, DEVICE_IPA + 0x100);
    assert_int_equal(registers[SEL4_REG_SP], DEVICE_IPA + 0x104);
    assert_int_equal(system_registers[SEL4_VCPU_SP_EL1], DEVICE_IPA + 4);
}

static void loads_extend_as_they_say(void **state) {
    (void)state;
    *x(1) = DEVICE_IPA;
    *x(0) = ~0ull;
    execute(0x38401420, DEVICE_IPA); // ldrb w0, [x1], #1
    assert_int_equal(*x(0), 0x80);
    registers[SEL4_REG_PC] = CODE;
    execute(0x38801420, DEVICE_IPA + 1); // ldrsb x0, [x1], #1
    assert_int_equal(*x(0), 0xffffffffffffff81);
    registers[SEL4_REG_PC] = CODE;
    execute(0x38c01420, DEVICE_IPA + 2); // ldrsb w0, [x1], #1
    assert_int_equal(*x(0), 0xffffff82);
    registers[SEL4_REG_PC] = CODE;
    execute(0xb840443f, DEVICE_IPA + 3); // ldr wzr, [x1], #4: read, and forgotten
    assert_int_equal(access_count, 4);
}

static void a_register_offset_is_extended_and_shifted(void **state) {
    (void)state;
    *x(1) = DEVICE_IPA + 0x40;
    *x(2) = 0xabcd00000000 | (uint32_t)-4;
    execute(0xb862d820, DEVICE_IPA + 0x30); // ldr w0, [x1, w2, sxtw #2]
    assert_int_equal(*x(0), 0xb3b2b1b0);
}

static void a_big_endian_guest_sees_its_own_order(void **state) {
    (void)state;
    system_registers[SEL4_VCPU_SCTLR] |= SCTLR_EE;
    *x(1) = DEVICE_IPA;
    execute(0xb8404420, DEVICE_IPA); // ldr w0, [x1], #4
    assert_int_equal(*x(0), 0x80818283);
    registers[SEL4_REG_PC] = CODE;
    *x(0) = 0x11223344;
    execute(0xb8004420, DEVICE_IPA + 4); // str w0, [x1], #4
    assert_int_equal(accesses[1].value, 0x44332211);
    registers[SEL4_REG_PC] = CODE;
    registers[SEL4_REG_SPSR] = EL0T; // E0E is clear
    execute(0xb8404420, DEVICE_IPA + 8);
    assert_int_equal(*x(0), 0x8b8a8988);
}

static void a_refused_part_changes_nothing_and_aborts(void **state) {
    (void)state;
    refuse_access = true;
    *x(1) = DEVICE_IPA;
    *x(0) = 5;
    expect_abort(0xb8404420, DEVICE_IPA);
}

static void an_unknown_instruction_is_reported_and_aborts(void **state) {
    (void)state;
    *x(1) = DEVICE_IPA;
    expect_abort(0x3dc00020, DEVICE_IPA); // ldr q0, [x1]
    assert_int_equal(reports, 1);
    assert_non_null(strstr(last_report, "0x3dc00020"));
    assert_int_equal(access_count, 0);
}

static void a_pair_across_a_page_aborts(void **state) {
    (void)state;
    *x(1) = DEVICE_IPA + 0xff8;
    expect_abort(0xa9400820, DEVICE_IPA + 0xff8);
    assert_int_equal(access_count, 0);
    assert_int_equal(reports, 1);
}

static void an_instruction_that_cannot_be_read_aborts(void **state) {
    (void)state;
    registers[SEL4_REG_PC] = 0x1000;
    assert_int_equal(abort_at(DEVICE_IPA, false, 0), VCPU_ABORT);
    assert_int_equal(reports, 1);
}

static void fetches_and_table_walks_outside_of_memory_abort(void **state) {
    (void)state;
    assert_int_equal(abort_at(0x1000, true, 0), VCPU_ABORT);
    assert_non_null(strstr(last_report, "fetch"));
    assert_int_equal(abort_at(0x1000, false, ESR_ABORT_WALK | 5), VCPU_ABORT);
    assert_non_null(strstr(last_report, "translation table"));
}

static void cache_maintenance_of_a_device_does_nothing(void **state) {
    (void)state;
    assert_int_equal(abort_at(DEVICE_IPA, false, ESR_ABORT_MAINTENANCE), VCPU_RESTART);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
    assert_int_equal(reports + access_count, 0);
}

static void exceptions_go_to_the_vector_of_their_level(void **state) {
    (void)state;
    static const uint64_t cases[][2] = {{EL1H, 0x200}, {0x3c4, 0x000}, {EL0T, 0x400}, {0x10, 0x600}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setup(NULL);
        registers[SEL4_REG_SPSR] = cases[i][0];
        trap(ESR_MAKE(0x3f));
        expect_exception(ESR_IL, cases[i][1]);
        assert_int_equal(system_registers[SEL4_VCPU_SPSR_EL1], cases[i][0]);
    }
}

static void an_exception_sets_pan_when_the_guest_asks_for_it(void **state) {
    (void)state;
    system_registers[SEL4_VCPU_SCTLR] = 0;
    exception_take_undefined(vcpu);
    assert_int_equal(registers[SEL4_REG_SPSR], 0x3c5 | 1 << 22);
}

static void put_descriptor(uint64_t ipa, uint64_t descriptor) {
    memcpy(ram + (ipa - RAM_IPA), &descriptor, 8);
}

static void the_guests_tables_are_walked(void **state) {
    (void)state;
    uint64_t ipa = 0;
    system_registers[SEL4_VCPU_SCTLR] |= SCTLR_M;
    system_registers[SEL4_VCPU_TTBR1] = RAM_IPA + 0x1000 + 1; // bit 0: CnP
    system_registers[SEL4_VCPU_TTBR0] = RAM_IPA + 0x5000;
    system_registers[SEL4_VCPU_TCR] = 2ull << 30 | 25 << 16 | 25; // 4 KiB, 39 bits: 3 levels
    put_descriptor(RAM_IPA + 0x1000 + 8 * 511, (RAM_IPA + 0x2000) | 3);
    put_descriptor(RAM_IPA + 0x2000, 0x40200000 | 1 | 1ull << 54); // a 2 MiB block
    put_descriptor(RAM_IPA + 0x2000 + 8, (RAM_IPA + 0x3000) | 3);
    put_descriptor(RAM_IPA + 0x3000 + 16, 0x12345000 | 3); // a page
    put_descriptor(RAM_IPA + 0x3000 + 24, 0x12345000 | 1); // reserved at level 3
    put_descriptor(RAM_IPA + 0x2000 + 16, 0x50000000 | 3); // a table outside of RAM
    assert_true(guest_translate(vcpu, 0xffffffffc0012344, &ipa));
    assert_int_equal(ipa, 0x40212344);
    assert_true(guest_translate(vcpu, 0xffffffffc0202abc, &ipa));
    assert_int_equal(ipa, 0x12345abc);
    assert_false(guest_translate(vcpu, 0xffffffffc0203000, &ipa));
    assert_false(guest_translate(vcpu, 0xffffffffc0400000, &ipa));
    assert_false(guest_translate(vcpu, 0x1000, &ipa));
}

static void any_control_register_is_survived(void **state) {
    (void)state;
    uint64_t ipa, seed = 1;
    system_registers[SEL4_VCPU_SCTLR] |= SCTLR_M;
    for (size_t i = 0; i + 8 <= sizeof(ram); i += 8)
        put_descriptor(RAM_IPA + i, (RAM_IPA + (i * 37 & 0xf000)) | 3);
    for (unsigned i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        system_registers[SEL4_VCPU_TCR] = seed >> 16;
        system_registers[SEL4_VCPU_TTBR0] = RAM_IPA + (seed >> 40 & 0xfff8);
        system_registers[SEL4_VCPU_TTBR1] = i & 1 ? seed : RAM_IPA;
        guest_translate(vcpu, seed << 13 ^ seed, &ipa);
    }
}

static void any_instruction_is_survived(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (unsigned i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        setup(NULL);
        for (unsigned r = 0; r < 31; r++)
            *x(r) = DEVICE_IPA + (seed >> r & 0xff8);
        // Loads and stores: op0 of the main table is x1x0.
        run_instruction(((uint32_t)(seed >> 32) & ~(1u << 25)) | 1u << 27, DEVICE_IPA + (seed & 0xff8));
    }
}

// The outcome of a call, and its result.
static unsigned firmware_call(uint64_t label, uint64_t function, uint64_t *result) {
    struct vcpu_exit exit = {.arch = {.label = label, .words = {function}}};
    arch_vcpu_handle_exit(vcpu, &exit);
    *result = exit.value;
    return exit.outcome;
}

static void a_firmware_call_is_answered_with_one_word(void **state) {
    (void)state;
    uint64_t result;
    assert_int_equal(firmware_call(GLACIS_FAULT_SMC, 0x84000000, &result), VCPU_DONE);
    assert_int_equal(result, 0x10001);
    assert_int_equal(firmware_call(GLACIS_FAULT_HVC, 0x84000005, &result), VCPU_DONE);
    assert_int_equal(result, ~0ull);
    assert_int_equal(registers[SEL4_REG_PC], CODE); // the kernel steps over it
}

static void a_call_with_a_reserved_immediate_is_not_supported(void **state) {
    (void)state;
    *x(0) = 0x84000000;
    *x(1) = 1;
    trap(SMC_EXIT | 1);
    assert_int_equal(*x(0), ~0ull);
    assert_int_equal(*x(1), 1);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
    *x(0) = 0x84000000;
    trap(HVC_EXIT | 1); // the processor stands behind it already
    assert_int_equal(*x(0), ~0ull);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
}

// ICC_SGI0R_EL1 is S3_0_C12_C11_7, ICC_ASGI1R_EL1 S3_0_C12_C11_6.
static void an_sgi_of_group_0_reaches_the_distributor(void **state) {
    (void)state;
    const uint64_t sgi0r = ESR_MAKE(ESR_EC_SYSREG) | ESR_IL | ESR_SYSREG_WRITE(3, 0, 12, 11, 7);
    sgi_count = 0;
    *x(19) = 0x5000001;
    trap(sgi0r | 19 << 5);
    assert_int_equal(sgi_count, 1);
    assert_int_equal(last_sgi, 0x5000001);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
    trap((sgi0r ^ 1 << 17) | 31 << 5);
    assert_int_equal(sgi_count, 2);
    assert_int_equal(last_sgi, 0);
    assert_int_equal(reports, 0);
    trap(sgi0r | 1); // a read
    assert_int_equal(sgi_count, 2);
    assert_int_equal(reports, 1);
}

static void off_and_reset_reach_the_vm(void **state) {
    (void)state;
    uint64_t result;
    assert_int_equal(firmware_call(GLACIS_FAULT_SMC, 0x84000008, &result), VCPU_RESTART);
    assert_int_equal(vm.state, VM_STOP_REQUESTED);
    assert_int_equal(firmware_call(GLACIS_FAULT_HVC, 0x84000009, &result), VCPU_RESTART);
    assert_int_equal(vm.state, VM_RESET_REQUESTED);
    assert_int_equal(firmware_call(GLACIS_FAULT_SMC, 0x84000002, &result), VCPU_RESTART);
    assert_int_equal(vm.state, VM_STOP_REQUESTED);
}

static void wfi_is_stepped_over(void **state) {
    (void)state;
    trap(ESR_MAKE(ESR_EC_WFX) | ESR_IL);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 4);
}

static void a_narrow_wfe_is_stepped_over(void **state) {
    (void)state;
    registers[SEL4_REG_SPSR] = SPSR_AARCH32 | 1 << 5; // EL0, T32
    trap(ESR_MAKE(ESR_EC_WFX) | 1);
    assert_int_equal(registers[SEL4_REG_PC], CODE + 2);
}

static void an_unknown_trap_is_undefined_and_reported(void **state) {
    (void)state;
    trap(ESR_MAKE(0x18) | ESR_IL | 7 << 5 | 1); // a system register: the kernel never leaves one to the VMM
    expect_exception(ESR_IL, 0x200);
    assert_non_null(strstr(last_report, "undefined to the guest"));
}

static void an_exception_keeps_the_flags(void **state) {
    (void)state;
    registers[SEL4_REG_SPSR] = EL1H | 0xaull << 28;
    exception_take_undefined(vcpu);
    assert_int_equal(registers[SEL4_REG_SPSR], 0xaull << 28 | 0x3c5);
}

static void any_other_fault_stops_the_vm(void **state) {
    (void)state;
    struct vcpu_exit exit = {.arch = {.label = SEL4_FAULT_USER_EXCEPTION}};
    arch_vcpu_handle_exit(vcpu, &exit);
    assert_int_equal(vm.state, VM_STOP_REQUESTED);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_form_is_decoded),
        TEST(what_cannot_go_to_a_device_is_not_decoded),
        TEST(a_pair_is_loaded_in_two_accesses),
        TEST(write_back_changes_the_base),
        TEST(the_stack_pointer_is_that_of_the_level),
        TEST(loads_extend_as_they_say),
        TEST(a_register_offset_is_extended_and_shifted),
        TEST(a_big_endian_guest_sees_its_own_order),
        TEST(a_refused_part_changes_nothing_and_aborts),
        TEST(an_unknown_instruction_is_reported_and_aborts),
        TEST(a_pair_across_a_page_aborts),
        TEST(an_instruction_that_cannot_be_read_aborts),
        TEST(fetches_and_table_walks_outside_of_memory_abort),
        TEST(cache_maintenance_of_a_device_does_nothing),
        TEST(exceptions_go_to_the_vector_of_their_level),
        TEST(an_exception_sets_pan_when_the_guest_asks_for_it),
        TEST(the_guests_tables_are_walked),
        TEST(any_control_register_is_survived),
        TEST(any_instruction_is_survived),
        TEST(a_firmware_call_is_answered_with_one_word),
        TEST(a_call_with_a_reserved_immediate_is_not_supported),
        TEST(an_sgi_of_group_0_reaches_the_distributor),
        TEST(off_and_reset_reach_the_vm),
        TEST(wfi_is_stepped_over),
        TEST(a_narrow_wfe_is_stepped_over),
        TEST(an_unknown_trap_is_undefined_and_reported),
        TEST(an_exception_keeps_the_flags),
        TEST(any_other_fault_stops_the_vm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
