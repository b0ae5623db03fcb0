// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// guest-dtb: writes the device tree that a VM of a system file gets, by the code that the VMM itself runs
// (vmm/guest/fdt.c): a native run can then be given the very same tree.
//
//     guest-dtb --system F --board BOARD.dtb --max-irq 159 --out build/... [--vm NAME] --output TREE.dtb
//     [overrides]
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include <vmm/guest/fdt.h>
#include <vmm/guest/place.h>

#include "arguments.h"
#include "compile.h"
#include "guest_file.h"

#define TREE_BYTES (2 * MIB)

static const struct system_vm *find_vm(const struct system *system, const char *name, struct report *report) {
    for (unsigned i = 0; i < system->vm_count; i++) {
        if (!name || strcmp(system->vms[i].name, name) == 0) {
            return &system->vms[i];
        }
    }
    report_error(report, (struct position){.file = system->path}, "there is no VM %s; the first is %s", name,
                 system->vms[0].name);
    return NULL;
}

// The configuration that the VMM would see, as far as the tree depends on it, and where everything is placed.
static bool tree_inputs(const struct system_vm *vm, const struct board *board, uint32_t max_irq,
                        struct vm_config *config, struct placement *placement, struct report *report) {
    const struct system_value *kernel = &vm->values[KEY_KERNEL], *initrd = &vm->values[KEY_INITRD];
    struct bytes kernel_file = {0}, initrd_file = {0};
    struct image image;

    bool good = compile_vm_config(config, vm, board, max_irq, report) &&
                bytes_read_file(&kernel_file, kernel->text, kernel->at, "the kernel",
                                "build it, or name an existing file", report) &&
                guest_kernel_check(&image, &kernel_file, kernel->text, kernel->at, vm->name, report);
    if (good && initrd->text) {
        good = bytes_read_file(&initrd_file, initrd->text, initrd->at, "the initrd",
                               "build it, or name an existing file", report);
    }
    config->initrd.size = initrd_file.size;
    good = good && guest_memory_check(config, &image, vm->values[KEY_MEMORY].at, report);
    if (good) {
        place_guest(config, &image, placement);
    }
    bytes_free(&kernel_file);
    bytes_free(&initrd_file);
    return good;
}

static void write_tree(const struct system_vm *vm, const struct board *board, uint32_t max_irq,
                       const char *output, struct report *report) {
    struct vm_config config;
    struct placement placement;
    struct bytes tree = {0};

    if (!tree_inputs(vm, board, max_irq, &config, &placement, report)) {
        return;
    }
    bytes_append(&tree, NULL, TREE_BYTES);
    const char *error =
        fdt_derive(&config, board->dtb.data, board->dtb.size, &placement, tree.data, tree.size);
    if (error) {
        report_error(report, (struct position){.file = board->path}, "VM %s: %s", vm->name, error);
    } else {
        tree.size = fdt_derived_size(tree.data);
        bytes_write_file(&tree, output, report);
    }
    bytes_free(&tree);
}

int main(int argc, char **argv) {
    struct system_arguments arguments = {0};
    struct report report = {0};
    struct system system = {0};
    struct board board = {0};
    uint32_t max_irq = 0;
    const char *output = NULL, *name = NULL;
    const struct option_spec options[] = {
        SYSTEM_ARGUMENT_OPTIONS(arguments),
        {"--vm", false, "NAME: the VM, when it is not the first", NULL, &name},
        {"--output", true, "FILE: the device tree blob, written", NULL, &output},
    };

    options_read(options, sizeof options / sizeof options[0], "writes a guest's device tree", &arguments,
                 argc, argv, &report);
    if (report.errors == 0 && arguments_load(&arguments, &system, &board, &max_irq, &report)) {
        const struct system_vm *vm = find_vm(&system, name, &report);
        if (vm) {
            write_tree(vm, &board, max_irq, output, &report);
        }
    }
    system_free(&system);
    board_free(&board);
    return report_print(&report) ? 1 : 0;
}
