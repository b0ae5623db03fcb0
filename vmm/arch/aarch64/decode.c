// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The decoder (vmm/arch/aarch64/decode.h).
#include <vmm/arch/aarch64/decode.h>

static uint32_t bits(uint32_t word, unsigned high, unsigned low) {
    return word >> low & ((1u << (high - low + 1)) - 1);
}

static int64_t sign_extend(uint32_t value, unsigned width) {
    return (int64_t)((uint64_t)value << (64 - width)) >> (64 - width);
}

// A base register that is loaded too, or stored and written back, has no defined result.
static bool is_unpredictable(const struct load_store *access) {
    bool pair_clash = access->count == 2 && !access->write && access->rt[0] == access->rt[1];
    bool base_clash = access->write_back && access->rn != 31 &&
                      (access->rn == access->rt[0] || (access->count == 2 && access->rn == access->rt[1]));
    return pair_clash || base_clash;
}

// opc[31:30] 101 V[26] kind[24:23] L[22] imm7[21:15] Rt2 Rn Rt
static bool decode_pair(uint32_t instruction, struct load_store *access) {
    unsigned opc = bits(instruction, 31, 30), kind = bits(instruction, 24, 23);
    bool load = bits(instruction, 22, 22);
    if (bits(instruction, 25, 25) || opc == 3 || (opc == 1 && (!load || kind == 0)))
        return false;
    access->write = !load;
    access->sign = opc == 1; // LDPSW
    access->wide = opc != 0;
    access->bytes = opc == 2 ? 8 : 4;
    access->count = 2;
    access->rt[0] = (uint8_t)bits(instruction, 4, 0);
    access->rt[1] = (uint8_t)bits(instruction, 14, 10);
    access->rn = (uint8_t)bits(instruction, 9, 5);
    access->write_back = kind & 1; // 0 no-allocate, 1 post-index, 2 offset, 3 pre-index
    access->post_index = kind == 1;
    access->offset = sign_extend(bits(instruction, 21, 15), 7) * access->bytes;
    return true;
}

// bits 11:10 of the forms with a 9-bit offset or a register offset
static bool decode_offset(uint32_t instruction, struct load_store *access) {
    unsigned form = bits(instruction, 11, 10);
    if (bits(instruction, 24, 24)) { // unsigned 12-bit offset
        access->offset = (int64_t)bits(instruction, 21, 10) * access->bytes;
        return true;
    }
    if (!bits(instruction, 21, 21)) { // 0 unscaled, 1 post-index, 2 unprivileged, 3 pre-index
        access->offset = sign_extend(bits(instruction, 20, 12), 9);
        access->write_back = form & 1;
        access->post_index = form == 1;
        return true;
    }
    access->by_register = true;
    access->index = (uint8_t)bits(instruction, 20, 16);
    access->extend = (uint8_t)bits(instruction, 15, 13);
    access->shift = bits(instruction, 12, 12) ? (uint8_t)bits(instruction, 31, 30) : 0;
    return form == 2 && (access->extend & 2); // other forms: atomic, pointer authentication
}

// size[31:30] 111 V[26] class[25:24] opc[23:22] ... Rn Rt
static bool decode_single(uint32_t instruction, struct load_store *access) {
    unsigned size = bits(instruction, 31, 30), opc = bits(instruction, 23, 22);
    if (bits(instruction, 25, 25) || (size == 3 && opc >= 2) || (size == 2 && opc == 3)) // (prefetch)
        return false;
    access->write = opc == 0;
    access->sign = opc >= 2;
    access->wide = opc == 2 || (opc < 2 && size == 3);
    access->bytes = (uint8_t)(1u << size);
    access->count = 1;
    access->rt[0] = (uint8_t)bits(instruction, 4, 0);
    access->rn = (uint8_t)bits(instruction, 9, 5);
    return decode_offset(instruction, access);
}

bool decode_load_store(uint32_t instruction, struct load_store *result) {
    *result = (struct load_store){0};
    bool simd = bits(instruction, 26, 26), known = false;
    if (!simd && bits(instruction, 29, 27) == 5)
        known = decode_pair(instruction, result);
    else if (!simd && bits(instruction, 29, 27) == 7)
        known = decode_single(instruction, result);
    return known && !is_unpredictable(result);
}
