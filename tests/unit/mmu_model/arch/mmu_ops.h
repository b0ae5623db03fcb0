// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// In the place of kernel/arch/aarch64/include/arch/mmu_ops.h: the same operations, performed by the model.
#ifndef ARCH_MMU_OPS_H
#define ARCH_MMU_OPS_H

#include <kernel/types.h>

void op_isb(void);
void op_dsb_ish(void);
void op_dsb_ishst(void);
void op_dsb_sy(void);
word_t op_entry_read(const word_t *entry);
void op_entry_write(word_t *entry, word_t value);
word_t op_vttbr_read(void);
void op_vttbr_write(word_t value);
void op_tlbi_ipas2e1is(word_t page);
void op_tlbi_vmalle1is(void);
void op_tlbi_vmalls12e1is(void);
void op_tlbi_alle1is(void);
word_t op_ctr_read(void);
word_t op_dczid_read(void);
void op_dc_zva(word_t address);
void op_dc_ivac(word_t address);
void op_dc_civac(word_t address);
void op_ic_ialluis(void);

#endif
