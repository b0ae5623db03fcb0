// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Firmware calls by capability (seL4 API: SMC). The badge, if any, is the one function identifier that the
// holder may call.
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/decode.h>

enum status decode_SMC_Call(struct invocation *inv) {
    word_t registers[8];
    for (unsigned i = 0; i < ARRAY_LENGTH(registers); i++)
        registers[i] = inv_word(inv, i);
    if (cap_badge(inv->cap) && cap_badge(inv->cap) != registers[0])
        return inv_fail(inv, SEL4_ILLEGAL_OPERATION);
    arch_firmware_call(registers);
    for (unsigned i = 0; i < ARRAY_LENGTH(registers); i++)
        (void)inv_result(inv, registers[i]);
    return STATUS_OK;
}
