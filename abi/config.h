// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The configuration that the contract is for, and the files of the architecture that belong to it. Labels,
// object types, messages and registers depend on all of these values: another configuration has tables of its
// own. The compiler's -D may choose; what nobody chose is the reference configuration.
//
// The tables are one set: abi/objects.def, invocations.def, syscalls.def, faults.def, values.def and types.h
// state what every architecture has, and include at their end the file that is named here for the rest.
#ifndef ABI_CONFIG_H
#define ABI_CONFIG_H

#define ABI_AARCH64 1

#ifndef ABI_ARCH
#define ABI_ARCH ABI_AARCH64
#endif
#ifndef ABI_MCS // scheduling contexts, reply objects
#define ABI_MCS 1
#endif
#ifndef ABI_HYPERVISOR // the kernel at the hypervisor's level; vCPUs
#define ABI_HYPERVISOR 1
#endif
#ifndef ABI_CORES
#define ABI_CORES 1
#endif
#ifndef ABI_DEBUG_CALLS // the debug system calls have numbers; a release kernel does not know them
#define ABI_DEBUG_CALLS 1
#endif

#if ABI_ARCH == ABI_AARCH64 && ABI_MCS == 1 && ABI_HYPERVISOR == 1 && ABI_CORES == 1 && ABI_DEBUG_CALLS == 1
#define ABI_CONFIG_NAME      "AArch64, MCS, hypervisor, one core"
#define ABI_ARCH_TYPES       <abi/arch/aarch64/types.h>
#define ABI_ARCH_OBJECTS     <abi/arch/aarch64/objects.def>
#define ABI_ARCH_INVOCATIONS <abi/arch/aarch64/invocations.def>
#define ABI_ARCH_SYSCALLS    <abi/arch/aarch64/syscalls.def>
#define ABI_ARCH_FAULTS      <abi/arch/aarch64/faults.def>
#define ABI_ARCH_VALUES      <abi/arch/aarch64/values.def>
#define ABI_KNOWN_LABELS     <abi/arch/aarch64/labels.def>
#else
#error "abi/ has no tables for this configuration: see ABI_ARCH and the others above"
#endif

#endif
