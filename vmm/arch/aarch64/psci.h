// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Firmware calls: PSCI 1.1 (DEN 0022) and the general part of SMCCC 1.1 (DEN 0028), by SMC and HVC alike, for
// a VM with one CPU of affinity 0.
#ifndef VMM_ARCH_AARCH64_PSCI_H
#define VMM_ARCH_AARCH64_PSCI_H

#include <stdint.h>

enum psci_action {
    PSCI_RETURN,  // x[0] holds the result
    PSCI_STOP,    // the VM ends
    PSCI_CPU_OFF, // its last CPU turned itself off
    PSCI_RESET,   // the VM starts anew
};

// Serves the call whose function and arguments are x0 to x3. x1 to x3 keep their values, as all other
// registers.
enum psci_action psci_call(uint64_t x[4]);

#endif
