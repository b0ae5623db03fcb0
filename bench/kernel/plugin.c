// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Counts the instructions of the measured program's operations: a plugin of QEMU's TCG. Threads of our kernel
// cannot read the counter (CNTKCTL_EL1 is 0), and the plugin sees what the counter would: under icount one
// instruction is one tick.
//
// Writes lines to the standard output, where the machine's console goes too:
//     @sample OPERATION ALL KERNEL   instructions of one measurement, and how many of them were the kernel's
//     @path ADDRESS                  with trace=OPERATION: its last measurement, instruction by instruction
// Invariants: 1. one CPU; 2. user addresses are below 2^40, the kernel's are not.
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bench/kernel/marks.h>
#include <bench/kernel/qemu_plugin.h>

int qemu_plugin_version = 1;

#define OPERATION(identifier, name, budget, reference) name,
static const char *const names[] = {
#include <bench/kernel/cases.def>
};
#undef OPERATION

#define USER_ADDRESS_BITS 40
#define PATH_MAX_LENGTH   65536

static int current = -1, traced = -1; // operations
static bool measuring;
static uint64_t count, count_kernel;
static uint64_t path[PATH_MAX_LENGTH];
static size_t path_length;

static bool is_kernel(uint64_t address) {
    return address >> USER_ADDRESS_BITS != 0;
}

static void instruction_count(unsigned vcpu, void *data) {
    (void)vcpu;
    uint64_t address = (uint64_t)data;
    if (!measuring)
        return;
    if (current == traced && count < PATH_MAX_LENGTH)
        path[count] = address;
    count++;
    count_kernel += is_kernel(address);
}

static void measurement_begin(void) {
    measuring = true;
    count = count_kernel = 0;
}

static void measurement_end(void) {
    if (!measuring)
        return;
    measuring = false;
    if (current == traced)
        path_length = count < PATH_MAX_LENGTH ? count : PATH_MAX_LENGTH;
    if (current >= 0)
        dprintf(STDOUT_FILENO, "@sample %s %lu %lu\n", names[current], count, count_kernel);
}

static void finish(void) {
    for (size_t i = 0; i < path_length; i++)
        dprintf(STDOUT_FILENO, "@path 0x%lx\n", path[i]);
    path_length = 0;
    kill(getpid(), SIGTERM); // QEMU's orderly end, with status 0
}

static void mark_take(unsigned vcpu, void *data) {
    (void)vcpu;
    uintptr_t mark = (uintptr_t)data;
    if (mark == MARK_BEGIN)
        measurement_begin();
    else if (mark == MARK_END)
        measurement_end();
    else if (mark == MARK_FINISH)
        finish();
    else
        current = (int)(mark - MARK_OPERATION);
}

// Which of this plugin's marks the opcode is; 0: none.
static unsigned mark_decode(uint32_t opcode) {
    unsigned mark = mark_number(opcode);
    bool known = mark == MARK_BEGIN || mark == MARK_END || mark == MARK_FINISH ||
                 (mark >= MARK_OPERATION && mark < MARK_OPERATION + OPERATION_COUNT);
    return known ? mark : 0;
}

static void block_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    size_t instructions = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < instructions; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        uint32_t opcode;
        memcpy(&opcode, qemu_plugin_insn_data(instruction), sizeof(opcode));
        unsigned mark = is_kernel(address) ? 0 : mark_decode(opcode);
        void *data = (void *)(mark != 0 ? (uintptr_t)mark : (uintptr_t)address);
        execute_fn *execute = mark != 0 ? mark_take : instruction_count;
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, execute, QEMU_PLUGIN_CB_NO_REGS, data);
    }
}

static bool argument_take(const char *argument) {
    for (int i = 0; i < OPERATION_COUNT; i++) {
        if (strncmp(argument, "trace=", 6) == 0 && strcmp(argument + 6, names[i]) == 0) {
            traced = i;
            return true;
        }
    }
    fprintf(stderr, "%s: no such operation; trace= one of", argument);
    for (int i = 0; i < OPERATION_COUNT; i++)
        fprintf(stderr, " %s", names[i]);
    fprintf(stderr, "\n");
    return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *machine, int argc, char **argv) {
    (void)machine;
    for (int i = 0; i < argc; i++) {
        if (!argument_take(argv[i]))
            return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translate);
    return 0;
}
