// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Firmware calls: PSCI 1.1 (DEN 0022) and the general part of SMCCC 1.1 (DEN 0028), by SMC and HVC alike, for
// a VM with one CPU of affinity 0.
#ifndef VMM_ARCH_AARCH64_PSCI_H
#define VMM_ARCH_AARCH64_PSCI_H

#include <stdint.h>

enum psci_action {
    PSCI_RETURN,  // x0 gets the value
    PSCI_STOP,    // the VM ends
    PSCI_CPU_OFF, // its last CPU turned itself off
    PSCI_RESET,   // the VM starts anew
};

struct psci_result {
    enum psci_action action;
    int64_t value;
};

// Serves the call whose function and first arguments are x0 to x2. x1 and all behind it keep their values.
struct psci_result psci_call(uint64_t x0, uint64_t x1, uint64_t x2);

#endif
