// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The files that a guest boots from. Parsing and placing is the VMM's own code (vmm/guest/image.c, place.c),
// so that what passes here boots there; this adds what only a build tool can say: which other kind of file it
// is, figures, the mend.
#ifndef TOOLS_IMAGE_GUEST_FILE_H
#define TOOLS_IMAGE_GUEST_FILE_H

#include <vmm/guest/image.h>
#include <vmm/include/vmm/config.h>

#include "bytes.h"
#include "report.h"

#define ARM64_IMAGE_MAGIC  0x644d5241u // "ARM\x64", at byte ARM64_MAGIC_OFFSET of an arm64 Image
#define ARM64_MAGIC_OFFSET 56
#define ARM64_HEADER_BYTES 64
#define ARM64_IMAGE_SIZE   16 // offset of image_size

// Checks that `file` is a kernel that the VMM can start. Returns false after a report.
bool guest_kernel_check(struct image *image, const struct bytes *file, const char *path, struct position at,
                        const char *vm, struct report *report);

// Checks that kernel, initrd and device tree fit the VM's memory (memory_ipa, memory_size and initrd.size of
// `config`). Reports the figures and the memory that would do.
bool guest_memory_check(const struct vm_config *config, const struct image *image, struct position at,
                        struct report *report);

#endif
