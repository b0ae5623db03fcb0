// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// QEMU's TCG plugin interface, version 1, as far as our plugins use it (docs/devel/tcg-plugins in QEMU's
// documentation). Debian does not ship the header.
#ifndef GLACIS_BENCH_KERNEL_QEMU_PLUGIN_H
#define GLACIS_BENCH_KERNEL_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void translate_fn(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void execute_fn(unsigned vcpu, void *data);
enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_INLINE_ADD_U64 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translate_fn *translate);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, execute_fn *execute,
                                                   int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *instruction, int operation,
                                                       void *variable, uint64_t operand);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, execute_fn *execute, int flags,
                                                 void *data);

// What a plugin defines.
#define EXPORT __attribute__((visibility("default")))
EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *machine, int argc, char **argv);

#endif
