// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the parts of the program of the kernel's longest operations share: memory and slots that are used
// again and again. Every failure ends the program with a line FAIL.
#ifndef GLACIS_BENCH_KERNEL_LONGEST_H
#define GLACIS_BENCH_KERNEL_LONGEST_H

#include <bench/kernel/marks.h>
#include <bench/kernel/setup.h>

#define LONGEST_DEPTH 64 // bits of an address in the root CNode

// The following stretches are of this operation.
#define LONGEST_BEGIN(operation)                                                                             \
    __asm__ volatile("hint %0" : : "i"(MARK_LONGEST + LONGEST_##operation) : "memory")

// Empty slots of the root CNode that every operation may fill, and leaves empty.
#define SCRATCH_COUNT 4096
extern cptr_t scratch;

// 2^POOL_BITS bytes of memory for one operation after the other; each revokes it when it is done.
#define POOL_BITS 28
extern cptr_t pool;

// `count` objects from the pool, in scratch slots from `first` on.
void longest_retype(enum sel4_object_type type, word_t bits, word_t first, word_t count);
// The pool is whole again, and the slots of all that was made of it are empty.
void longest_revoke(cptr_t cap);
void longest_delete(cptr_t cap);

// bench/kernel/longest_threads.c: operations on queues of many threads.
void longest_threads(void);

#endif
