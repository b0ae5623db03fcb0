// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How the measured programs talk to the emulator's plugins: HINT instructions that no architecture extension
// uses (Arm ARM C6.2.94: an unallocated HINT is a NOP). plugin.c counts the instructions between BEGIN and
// the next END, neither included, as two reads of the counter would less an empty measurement. An END without
// a BEGIN is a NOP.
#ifndef GLACIS_BENCH_KERNEL_MARKS_H
#define GLACIS_BENCH_KERNEL_MARKS_H

#include <stdint.h>

#define MARK_LONGEST   0x40 // + enum longest_operation: what the following stretches are of
#define MARK_BEGIN     0x5e
#define MARK_END       0x5f
#define MARK_OPERATION 0x60 // + enum operation: what the following measurements are of
#define MARK_FINISH    0x7f // all is done: the plugin ends the machine

// HINT #imm7 is 0xd503201f | imm7 << 5.
#define MARK_OPCODE_BASE 0xd503201fu
#define MARK_OPCODE_MASK 0xfffff01fu

// The number of a HINT; 0 (NOP) for any other instruction.
static inline unsigned mark_number(uint32_t opcode) {
    return (opcode & MARK_OPCODE_MASK) == MARK_OPCODE_BASE ? opcode >> 5 & 0x7f : 0;
}

// The instruction, in assembly.
#define MARK_STRING_(mark) #mark
#define MARK_STRING(mark)  MARK_STRING_(mark)
#define MARK_HINT(mark)    "hint #" MARK_STRING(mark) "\n\t"

#define OPERATION(identifier, name, budget, reference) OPERATION_##identifier,
enum operation {
#include <bench/kernel/cases.def>
    OPERATION_COUNT
};
#undef OPERATION
_Static_assert(MARK_OPERATION + OPERATION_COUNT <= MARK_FINISH, "a hint for every operation");

#define LONGEST(identifier, name) LONGEST_##identifier,
enum longest_operation {
#include <bench/kernel/longest.def>
    LONGEST_COUNT
};
#undef LONGEST
_Static_assert(MARK_LONGEST + LONGEST_COUNT <= MARK_BEGIN, "a hint for every operation");

// The first measurements of an operation make the kernel's lazy decisions (VMIDs, ready tables) and do not
// count.
#define MEASURE_WARM_UP 8
#define MEASURE_COUNT   64

#endif
