// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Counts the instructions of the measured program's operations: a plugin of QEMU's TCG
// (docs/devel/tcg-plugins in QEMU's documentation). Threads of our kernel cannot read the counter
// (CNTKCTL_EL1 is 0), and the plugin sees what the counter would: under icount one instruction is one tick.
//
// Writes lines to the standard output, where the machine's console goes too:
//     @sample OPERATION ALL KERNEL   instructions of one measurement, and how many of them were the kernel's
//     @path ADDRESS                  with trace=OPERATION: its last measurement, instruction by instruction
//     @masked N ADDRESS              longest stretch in the kernel, since the first user instruction, without
//     a
//                                    return to a user, a WFI or a look at pending interrupts (GICv3:
//                                    ICC_HPPIR1_EL1)
// Invariants: 1. one CPU; 2. user addresses are below 2^40, the kernel's are not.
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bench/kernel/marks.h>

// QEMU's plugin interface, version 1. Debian does not ship its header.
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void translate_fn(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void execute_fn(unsigned vcpu, void *data);
enum { QEMU_PLUGIN_CB_NO_REGS };
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translate_fn *translate);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, execute_fn *execute,
                                                   int flags, void *data);
#define EXPORT __attribute__((visibility("default")))
EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *machine, int argc, char **argv);
int qemu_plugin_version = 1;

#define OPERATION(identifier, name, budget, reference) name,
static const char *const names[] = {
#include <bench/kernel/cases.def>
};
#undef OPERATION

#define USER_ADDRESS_BITS 40
#define OPCODE_WFI        0xd503207fu
#define OPCODE_MRS_HPPIR1 0xd538cc40u // mrs xN, icc_hppir1_el1; N in bits 4:0 (GIC architecture, 12.2.10)
#define PATH_MAX_LENGTH   65536

static int current = -1, traced = -1; // operations
static bool measuring;
static uint64_t count, count_kernel;
static bool user_has_run;
static uint64_t masked, masked_longest;
static uint64_t user_last, masked_from; // user addresses: the last, and that which led to masked_longest
static uint64_t path[PATH_MAX_LENGTH];
static size_t path_length;

static bool is_kernel(uint64_t address) {
    return address >> USER_ADDRESS_BITS != 0;
}

static void instruction_count(unsigned vcpu, void *data) {
    (void)vcpu;
    uint64_t address = (uint64_t)data;
    if (!is_kernel(address)) {
        // Boot begins at low addresses too, before the kernel's own.
        user_has_run = masked != 0 || user_has_run;
        user_last = address;
        masked = 0;
    } else if (++masked > masked_longest && user_has_run) {
        masked_longest = masked;
        masked_from = user_last;
    }
    if (measuring) {
        if (current == traced && count < PATH_MAX_LENGTH)
            path[count] = address;
        count++;
        count_kernel += is_kernel(address);
    }
}

// An instruction by which the kernel takes interrupts or sees that there is none.
static void interrupts_look(unsigned vcpu, void *data) {
    instruction_count(vcpu, data);
    masked = 0;
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
    dprintf(STDOUT_FILENO, "@masked %lu 0x%lx\n", masked_longest, masked_from);
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

// Which mark the opcode is; 0: none.
static unsigned mark_decode(uint32_t opcode) {
    unsigned mark = opcode >> 5 & 0x7f;
    bool known = mark == MARK_BEGIN || mark == MARK_END || mark == MARK_FINISH ||
                 (mark >= MARK_OPERATION && mark < MARK_OPERATION + OPERATION_COUNT);
    return (opcode & MARK_OPCODE_MASK) == MARK_OPCODE_BASE && known ? mark : 0;
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
        bool looks = opcode == OPCODE_WFI || (opcode & ~0x1fu) == OPCODE_MRS_HPPIR1;
        execute_fn *execute = mark != 0 ? mark_take : looks ? interrupts_look : instruction_count;
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
