// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The exit loop and what its handlers share.
#ifndef VMM_RUN_H
#define VMM_RUN_H

#include <vmm/include/vmm/vcpu.h>
#include <vmm/include/vmm/vm.h>

// Performs one access (ipa, bytes, write, value) on the bus: outcome VCPU_DONE, a load's result in `value`
// with its upper bits clear; or VCPU_ABORT, reported, when nothing owns the address or the device knows no
// such access.
void run_access(struct vcpu *vcpu, struct vcpu_exit *access);

#endif
