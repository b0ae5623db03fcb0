// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Included before every file of the kernel in the fuzzer: the kernel's variables go to sections of their own,
// so that all of them can be put back (world.c), without a list that a new one would be missing from.
#pragma clang section bss = "kernel_bss" data = "kernel_data"
