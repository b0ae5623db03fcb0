// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The system registers behind unit tests of the kernel's vCPU code. The code under test names them as the
// machine's; tests read and write them as the guest would.
#ifndef TESTS_UNIT_SYSREG_MODEL_H
#define TESTS_UNIT_SYSREG_MODEL_H

#include <kernel/types.h>

// All 0, with a PMU of version 1.
void model_sysreg_reset(void);
word_t model_sysreg_read(const char *name);
void model_sysreg_write(const char *name, word_t value);
// CNTPCT_EL0.
extern word_t model_count;

#endif
