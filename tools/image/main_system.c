// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// glacis-system: compiles a system file and a board's device tree to the binary specification that the root
// task executes, and the list of boot modules for glacis-image.
//
//     glacis-system --system systems/two/system.conf --name two --board BOARD.dtb --max-irq 159 --vmm VMM.elf
//         --console CONSOLE.elf --out build/... --spec SPEC --manifest LIST [--board-memory MIB]
//         [--kernel|--initrd|--cmdline|--cmdline-append|--memory|--wfi [VM=]VALUE]...
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "compile.h"
#include "options.h"

static void write_manifest(const struct compiled_system *compiled, const char *spec_path, const char *path,
                           struct report *report) {
    struct bytes text = {0};

    bytes_append(&text, "spec=", 5);
    bytes_append(&text, spec_path, strlen(spec_path));
    bytes_append(&text, "\n", 1);
    for (unsigned i = 0; i < compiled->module_count; i++) {
        bytes_append(&text, compiled->modules[i].name, strlen(compiled->modules[i].name));
        bytes_append(&text, "=", 1);
        bytes_append(&text, compiled->modules[i].path, strlen(compiled->modules[i].path));
        bytes_append(&text, "\n", 1);
    }
    bytes_write_file(&text, path, report);
    bytes_free(&text);
}

int main(int argc, char **argv) {
    struct system_arguments arguments = {0};
    struct compile_options compile = {0};
    struct report report = {0};
    struct system system = {0};
    struct board board = {0};
    const char *spec_path = NULL, *manifest = NULL, *board_memory = NULL;
    const struct option_spec options[] = {
        SYSTEM_ARGUMENT_OPTIONS(arguments),
        {"--name", true, "NAME: the system's", NULL, &compile.name},
        {"--vmm", true, "FILE: the VMM, ELF", NULL, &compile.vmm_path},
        {"--console", true, "FILE: the console, ELF", NULL, &compile.console_path},
        {"--board-memory", false, "MIB: the board's memory, when not as its tree says", NULL, &board_memory},
        {"--spec", true, "FILE: the specification, written", NULL, &spec_path},
        {"--manifest", true, "FILE: the list of boot modules, written", NULL, &manifest},
    };

    options_read(options, sizeof options / sizeof options[0], "compiles a system file", &arguments, argc,
                 argv, &report);
    if (board_memory) {
        compile.board_memory = arguments_number("--board-memory", board_memory, 1 << 20, &report) * MIB;
    }
    if (report.errors == 0 && arguments_load(&arguments, &system, &board, &compile.max_irq, &report)) {
        struct compiled_system compiled;
        if (compile_system(&compiled, &system, &board, &compile, &report)) {
            bytes_write_file(&compiled.spec, spec_path, &report);
            write_manifest(&compiled, spec_path, manifest, &report);
        }
        compiled_free(&compiled);
    }
    system_free(&system);
    board_free(&board);
    return report_print(&report) ? 1 : 0;
}
