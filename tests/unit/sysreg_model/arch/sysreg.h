// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// In the place of kernel/arch/aarch64/include/arch/sysreg.h: its fields, and registers that are the model's
// (tests/unit/sysreg_model/model.c).
#ifndef MODEL_SYSREG_H
#define MODEL_SYSREG_H

#define isb instruction_isb
#include_next <arch/sysreg.h>
#undef isb
#undef SYSREG_READ
#undef SYSREG_WRITE

word_t model_sysreg_read(const char *name);
void model_sysreg_write(const char *name, word_t value);

#define SYSREG_READ(name)         model_sysreg_read(name)
#define SYSREG_WRITE(name, value) model_sysreg_write(name, (word_t)(value))

static inline void isb(void) {
}

#endif
