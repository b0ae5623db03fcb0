// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// glacis-image: packs kernel, root task and boot modules to one arm64 Image.
//
//     glacis-image --kernel K --root R [--manifest FILE] [--module NAME=FILE]... --output IMAGE
//
// A manifest holds a line NAME=FILE a module, as glacis-system writes it.
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "pack.h"

static void take_module(void *context, const char *name, const char *value, struct report *report) {
    char *copy = bytes_copy_string(value), *equals = strchr(copy, '=');

    if (!equals || !equals[1]) {
        report_error(report, (struct position){0}, "%s %s names no file; write NAME=FILE", name, value);
        free(copy);
        return;
    }
    *equals = 0;
    pack_add_module(context, copy, equals + 1, report); // keeps both strings
}

static void take_manifest(void *context, const char *name, const char *value, struct report *report) {
    struct bytes text = {0};

    if (bytes_read_file(&text, value, (struct position){.file = value}, "the list of modules",
                        "write it with glacis-system", report)) {
        bytes_append(&text, "", 1);
        for (char *line = strtok((char *)text.data, "\n"); line; line = strtok(NULL, "\n")) {
            take_module(context, name, line, report);
        }
    }
    bytes_free(&text);
}

int main(int argc, char **argv) {
    struct pack_input input = {0};
    struct report report = {0};
    struct bytes image = {0};
    const char *output = NULL;
    const struct option_spec options[] = {
        {"--kernel", true, "FILE: the kernel, flat or ELF", NULL, &input.kernel_path},
        {"--root", true, "FILE: the root task, ELF", NULL, &input.root_path},
        {"--manifest", false, "FILE: a line NAME=FILE a module", take_manifest, NULL},
        {"--module", false, "NAME=FILE: a boot module", take_module, NULL},
        {"--output", true, "FILE: the image", NULL, &output},
    };

    options_read(options, sizeof options / sizeof options[0], "packs one bootable image", &input, argc, argv,
                 &report);
    if (report.errors == 0 && pack_image(&image, &input, &report)) {
        bytes_write_file(&image, output, &report);
    }
    bytes_free(&image);
    return report_print(&report) ? 1 : 0;
}
