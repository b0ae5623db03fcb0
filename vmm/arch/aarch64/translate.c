// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest's stage 1 translation in software (DDI 0487, D8.2 and D8.3: VMSAv8-64, EL1&0, 48-bit addresses),
// for the rare access whose instruction the VMM must read itself. Everything read here is the guest's and may
// be nonsense: each table address goes through guest_memory_read, and the walk has at most 4 levels.
#include <vmm/arch/aarch64/exception.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/include/vmm/vm.h>

#define DESCRIPTOR_VALID   1ull
#define DESCRIPTOR_TABLE   2ull // at level 3: a page
#define DESCRIPTOR_ADDRESS 0x0000fffffffff000ull
#define TTBR_ADDRESS       0x0000fffffffffffeull
#define VA_BITS_MIN        25
#define VA_BITS_MAX        48
#define LAST_LEVEL         3

struct regime {
    unsigned granule_bits; // 12, 14, 16
    unsigned va_bits;
    uint64_t table;
    bool enabled;
};

// TCR_EL1 (DDI 0487, D19.2.139): T0SZ[5:0] EPD0[7] TG0[15:14], T1SZ[21:16] EPD1[23] TG1[31:30].
static struct regime regime_of(uint64_t va, uint64_t tcr, uint64_t ttbr0, uint64_t ttbr1) {
    static const uint8_t granules0[] = {12, 16, 14, 0}, granules1[] = {0, 14, 12, 16};
    bool upper = va >> 55 & 1;
    if (upper)
        return (struct regime){granules1[tcr >> 30 & 3], 64 - (unsigned)(tcr >> 16 & 63), ttbr1,
                               !(tcr >> 23 & 1)};
    return (struct regime){granules0[tcr >> 14 & 3], 64 - (unsigned)(tcr & 63), ttbr0, !(tcr >> 7 & 1)};
}

static bool walk(const struct memory *memory, const struct regime *regime, bool big_endian, uint64_t va,
                 uint64_t *ipa) {
    unsigned stride = regime->granule_bits - 3;
    // D8.2.4: the first level is the one whose index takes the highest bits of the address.
    unsigned levels = (regime->va_bits - regime->granule_bits + stride - 1) / stride;
    uint64_t table = regime->table & TTBR_ADDRESS & ~63ull;
    for (unsigned level = LAST_LEVEL + 1 - levels; level <= LAST_LEVEL; level++) {
        unsigned shift = regime->granule_bits + stride * (LAST_LEVEL - level);
        unsigned top = shift + stride < regime->va_bits ? shift + stride : regime->va_bits;
        uint64_t index = va >> shift & ((1ull << (top - shift)) - 1);
        uint64_t descriptor;
        if (!guest_memory_read(memory, table + 8 * index, &descriptor, sizeof(descriptor)))
            return false;
        if (big_endian)
            descriptor = __builtin_bswap64(descriptor);
        if (!(descriptor & DESCRIPTOR_VALID))
            return false;
        uint64_t address = descriptor & DESCRIPTOR_ADDRESS & ~((1ull << regime->granule_bits) - 1);
        bool is_table = descriptor & DESCRIPTOR_TABLE;
        if (is_table == (level == LAST_LEVEL)) { // a page, or a block
            uint64_t mask = (1ull << shift) - 1;
            *ipa = (address & ~mask) | (va & mask);
            return level > 0;
        }
        if (level == LAST_LEVEL)
            return false;
        table = address;
    }
    return false;
}

bool guest_translate(struct vcpu *vcpu, uint64_t va, uint64_t *ipa) {
    uint64_t sctlr = vcpu_read_system(vcpu, SEL4_VCPU_SCTLR);
    if (!(sctlr & SCTLR_M)) {
        *ipa = va;
        return true;
    }
    struct regime regime =
        regime_of(va, vcpu_read_system(vcpu, SEL4_VCPU_TCR), vcpu_read_system(vcpu, SEL4_VCPU_TTBR0),
                  vcpu_read_system(vcpu, SEL4_VCPU_TTBR1));
    if (!regime.enabled || regime.granule_bits == 0 || regime.va_bits < VA_BITS_MIN ||
        regime.va_bits > VA_BITS_MAX)
        return false;
    return walk(&vcpu->vm->memory, &regime, sctlr & SCTLR_EE, va, ipa);
}
