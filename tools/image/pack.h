// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The image packer: kernel, root task and boot modules to one arm64 Image, laid out as abi/image.h says.
#ifndef TOOLS_IMAGE_PACK_H
#define TOOLS_IMAGE_PACK_H

#include <abi/image.h>

#include "bytes.h"
#include "report.h"

struct pack_module {
    const char *name;
    const char *path;
};

struct pack_input {
    const char *kernel_path; // flat binary or ELF
    const char *root_path;   // ELF
    struct pack_module modules[IMAGE_MAX_MODULES];
    unsigned module_count;
};

// Notes a module. Returns false after a report (name empty, too long, taken; too many).
bool pack_add_module(struct pack_input *input, const char *name, const char *path, struct report *report);
// Reads all files, checks them and lays out the image. Returns false after a report.
bool pack_image(struct bytes *image, const struct pack_input *input, struct report *report);

#endif
