// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// System registers of one CPU, by name, and what of them is more than memory: the timers' conditions, and the
// set and clear pairs of the performance monitors. See model.h.
#include "tests/unit/sysreg_model/model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <arch/sysreg.h>
#include <cmocka.h>

#define REGISTERS     128
#define TIMER_ISTATUS 4u
#define PMU_ID        0x106u // ID_AA64DFR0_EL1: PMUVer 1

static struct {
    const char *name;
    word_t value;
} registers[REGISTERS];
word_t model_count;

static word_t *find(const char *name) {
    unsigned i = 0;
    while (i < REGISTERS && registers[i].name && strcmp(registers[i].name, name) != 0)
        i++;
    assert_true(i < REGISTERS);
    registers[i].name = name;
    return &registers[i].value;
}

void model_sysreg_reset(void) {
    memset(registers, 0, sizeof registers);
    *find("id_aa64dfr0_el1") = PMU_ID;
    model_count = 0;
}

static word_t with_status(word_t control, bool met) {
    return (control & ~(word_t)TIMER_ISTATUS) | (control & 1 && met ? TIMER_ISTATUS : 0);
}

// PMOVSCLR_EL0 and its like name the register of their PMOVSSET_EL0.
static const char *const clears[][2] = {
    {"pmovsclr_el0", "pmovsset_el0"},
    {"pmintenclr_el1", "pmintenset_el1"},
    {"pmcntenclr_el0", "pmcntenset_el0"},
};

word_t model_sysreg_read(const char *name) {
    if (strcmp(name, "cntv_ctl_el0") == 0)
        return with_status(*find(name), model_count - *find("cntvoff_el2") >= *find("cntv_cval_el0"));
    if (strcmp(name, "cntp_ctl_el0") == 0)
        return with_status(*find(name), model_count >= *find("cntp_cval_el0"));
    return *find(name);
}

void model_sysreg_write(const char *name, word_t value) {
    for (unsigned i = 0; i < sizeof clears / sizeof clears[0]; i++) {
        if (strcmp(name, clears[i][0]) == 0) {
            *find(clears[i][1]) &= ~value;
            return;
        }
        if (strcmp(name, clears[i][1]) == 0) {
            *find(name) |= value;
            return;
        }
    }
    *find(name) = value;
}
