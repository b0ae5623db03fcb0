// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Aborts that the processor did not describe: the VMM reads the instruction and performs it on the bus, or
// gives the guest an external abort. All or nothing: registers change only when every part of the access went
// through.
#include <vmm/arch/aarch64/decode.h>
#include <vmm/arch/aarch64/esr.h>
#include <vmm/arch/aarch64/exception.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/include/vmm/run.h>

#define PAGE_MASK 0xfffull // stage 2 faults are told to a page

struct emulation {
    struct vcpu *vcpu;
    uint64_t pc, ipa;
    uint64_t registers[SEL4_REG_COUNT];
    uint64_t sp;
    bool sp_is_el1;
};

static uint64_t get_register(const struct emulation *emulation, unsigned number) {
    return number == 31 ? 0 : emulation->registers[register_index[number]];
}

static uint64_t base_of(const struct emulation *emulation, unsigned number) {
    return number == 31 ? emulation->sp : get_register(emulation, number);
}

static int64_t offset_of(const struct emulation *emulation, const struct load_store *access) {
    if (!access->by_register)
        return access->offset;
    uint64_t index = get_register(emulation, access->index);
    if (access->extend == 2)
        index = (uint32_t)index;
    else if (access->extend == 6)
        index = (uint64_t)(int64_t)(int32_t)index;
    return (int64_t)(index << access->shift);
}

static uint64_t extend_loaded(const struct load_store *access, uint64_t value) {
    unsigned shift = 64 - 8u * access->bytes;
    if (access->sign)
        value = (uint64_t)((int64_t)(value << shift) >> shift);
    return access->wide ? value : (uint32_t)value;
}

static uint64_t order_bytes(uint64_t value, unsigned bytes, bool big_endian) {
    return big_endian ? __builtin_bswap64(value) >> (64 - 8 * bytes) : value & (~0ull >> (64 - 8 * bytes));
}

// The accesses themselves; false when the bus refused one (it has reported it).
static bool perform(struct emulation *emulation, const struct load_store *access, uint64_t loaded[2]) {
    bool big_endian = guest_is_big_endian(emulation->vcpu, emulation->registers[SEL4_REG_SPSR]);
    for (unsigned i = 0; i < access->count; i++) {
        struct vcpu_exit part = {
            .ipa = emulation->ipa + i * access->bytes,
            .pc = emulation->pc,
            .bytes = access->bytes,
            .write = access->write,
            .value = order_bytes(get_register(emulation, access->rt[i]), access->bytes, big_endian),
        };
        run_access(emulation->vcpu, &part);
        if (part.outcome != VCPU_DONE)
            return false;
        loaded[i] = extend_loaded(access, order_bytes(part.value, access->bytes, big_endian));
    }
    return true;
}

static void complete(struct emulation *emulation, const struct load_store *access, const uint64_t loaded[2],
                     uint64_t base, int64_t offset) {
    for (unsigned i = 0; i < access->count && !access->write; i++)
        if (access->rt[i] != 31)
            emulation->registers[register_index[access->rt[i]]] = loaded[i];
    if (access->write_back && access->rn != 31)
        emulation->registers[register_index[access->rn]] = base + (uint64_t)offset;
    if (access->write_back && access->rn == 31) {
        if (emulation->sp_is_el1)
            vcpu_write_system(emulation->vcpu, SEL4_VCPU_SP_EL1, base + (uint64_t)offset);
        else
            emulation->registers[SEL4_REG_SP] = base + (uint64_t)offset;
    }
    emulation->registers[SEL4_REG_PC] += 4;
    vcpu_write_registers(emulation->vcpu, emulation->registers, SEL4_REG_COUNT);
}

static bool fetch(const struct emulation *emulation, uint32_t *instruction) {
    uint64_t ipa;
    return !(emulation->registers[SEL4_REG_SPSR] & SPSR_AARCH32) &&
           guest_translate(emulation->vcpu, emulation->pc, &ipa) &&
           guest_memory_read(&emulation->vcpu->vm->memory, ipa, instruction, sizeof(*instruction));
}

// False: the guest takes an external abort.
static bool emulate_data_access(struct emulation *emulation) {
    struct vcpu *vcpu = emulation->vcpu;
    uint32_t instruction = 0;
    struct load_store access;
    vcpu_read_registers(vcpu, emulation->registers, SEL4_REG_COUNT);
    emulation->sp_is_el1 = SPSR_MODE(emulation->registers[SEL4_REG_SPSR]) == SPSR_MODE_EL1H;
    emulation->sp = emulation->registers[SEL4_REG_SP];
    if (emulation->sp_is_el1)
        emulation->sp = vcpu_read_system(vcpu, SEL4_VCPU_SP_EL1);
    if (!fetch(emulation, &instruction)) {
        vm_report_guest(vcpu->vm, "access to 0x%lx, PC 0x%lx: the instruction there cannot be read",
                        (unsigned long)emulation->ipa, (unsigned long)emulation->pc);
        return false;
    }
    bool known = decode_load_store(instruction, &access);
    uint64_t base = known ? base_of(emulation, access.rn) : 0;
    int64_t offset = known ? offset_of(emulation, &access) : 0;
    uint64_t va = access.post_index ? base : base + (uint64_t)offset;
    // The fault is told for the first byte that faulted: all parts must lie behind it in its page.
    if (!known || ((va ^ emulation->ipa) & PAGE_MASK) ||
        (emulation->ipa & PAGE_MASK) + access.count * access.bytes > PAGE_MASK + 1) {
        vm_report_guest(
            vcpu->vm,
            "access to 0x%lx, PC 0x%lx: instruction 0x%08x cannot be emulated; use a plain load or store",
            (unsigned long)emulation->ipa, (unsigned long)emulation->pc, instruction);
        return false;
    }
    uint64_t loaded[2];
    if (!perform(emulation, &access, loaded))
        return false;
    complete(emulation, &access, loaded, base, offset);
    return true;
}

void emulate_abort(struct vcpu *vcpu, struct vcpu_exit *exit) {
    struct emulation emulation = {.vcpu = vcpu, .pc = exit->arch.words[0], .ipa = exit->arch.words[1]};
    bool fetching = exit->arch.words[2];
    uint64_t esr = exit->arch.words[3];
    exit->outcome = VCPU_ABORT;
    if (fetching) {
        vm_report_guest(vcpu->vm, "instruction fetch at 0x%lx, PC 0x%lx: no memory is there",
                        (unsigned long)emulation.ipa, (unsigned long)emulation.pc);
    } else if (esr & ESR_ABORT_WALK) {
        vm_report_guest(vcpu->vm, "translation table at 0x%lx, PC 0x%lx: no memory is there",
                        (unsigned long)emulation.ipa, (unsigned long)emulation.pc);
    } else if (esr & ESR_ABORT_MAINTENANCE) {
        // Cache maintenance of a device's address does nothing.
        uint64_t pc = emulation.pc + 4;
        vcpu_write_registers(vcpu, &pc, 1);
        exit->outcome = VCPU_RESTART;
    } else if (emulate_data_access(&emulation)) {
        exit->outcome = VCPU_RESTART; // behind the instruction
    }
}
