// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Checks of the files that a guest boots from; see guest_file.h.
#include "guest_file.h"

#include <inttypes.h>
#include <string.h>

#include <vmm/guest/place.h>

#include "board.h"

struct file_magic {
    unsigned offset;
    const char *bytes;
    unsigned size;
    const char *message;
};

// Files that people take for a kernel.
static const struct file_magic known_others[] = {
    {0, "\x1f\x8b", 2, "it is compressed by gzip; unpack it with gunzip"},
    {0,
     "\xfd"
     "7zXZ",
     5, "it is compressed by xz; unpack it with unxz"},
    {0, "\x28\xb5\x2f\xfd", 4, "it is compressed by zstd; unpack it with unzstd"},
    {0, "BZh", 3, "it is compressed by bzip2; unpack it with bunzip2"},
    {4, "zimg", 4, "it is an EFI zboot image, compressed inside; give the Image that it was made from"},
    {0, "\x27\x05\x19\x56", 4, "it is a U-Boot uImage; give the Image that it was made from"},
    {0, "\xd0\x0d\xfe\xed", 4, "it is a device tree or a FIT; give the kernel alone"},
    {36, "\x18\x28\x6f\x01", 4, "it is a zImage for 32-bit Arm; give an arm64 Image"},
    {514, "HdrS", 4, "it is a kernel for x86; give an arm64 Image"},
};

bool guest_kernel_check(struct image *image, const struct bytes *file, const char *path, struct position at,
                        const char *vm, struct report *report) {
    for (size_t i = 0; i < sizeof known_others / sizeof known_others[0]; i++) {
        const struct file_magic *other = &known_others[i];
        if (file->size >= other->offset + other->size &&
            memcmp(file->data + other->offset, other->bytes, other->size) == 0) {
            report_error(report, at, "VM %s: its kernel %s is not an arm64 Image: %s", vm, path,
                         other->message);
            return false;
        }
    }
    if (file->size == 0) {
        report_error(report, at, "VM %s: its kernel %s is an empty file; build or copy it again", vm, path);
        return false;
    }
    const char *error = image_parse(file->data, file->size, image);
    if (error) {
        report_error(report, at, "VM %s: %s (%s has %zu bytes)", vm, error, path, file->size);
    }
    return !error;
}

static bool guest_fits(const struct vm_config *config, const struct image *image, uint64_t memory_size) {
    struct vm_config trial = {
        .memory_ipa = config->memory_ipa, .memory_size = memory_size, .initrd.size = config->initrd.size};
    struct placement placement;
    return place_guest(&trial, image, &placement) == NULL;
}

bool guest_memory_check(const struct vm_config *config, const struct image *image, struct position at,
                        struct report *report) {
    const uint64_t most = 4096 * MIB;
    struct placement placement;
    const char *error = place_guest(config, image, &placement);

    if (!error) {
        return true;
    }
    uint64_t enough = config->memory_size;
    while (enough <= most && !guest_fits(config, image, enough)) {
        enough += 2 * MIB;
    }
    if (enough > most) {
        report_error(report, at,
                     "VM %s: %s (memory: %" PRIu64 " MiB from 0x%" PRIx64 "; kernel: 0x%" PRIx64
                     " to 0x%" PRIx64 "; initrd: %" PRIu64 " bytes)",
                     config->name, error, config->memory_size / MIB, config->memory_ipa, image->low,
                     image->high, config->initrd.size);
    } else {
        report_error(report, at,
                     "VM %s: memory = %" PRIu64
                     " MiB is too small: the kernel takes %.1f MiB, the initrd %.1f MiB, and the device tree "
                     "stands behind them; write memory = %" PRIu64 " or more, or give smaller files",
                     config->name, config->memory_size / MIB,
                     (double)(image->high - image->low) / (double)MIB,
                     (double)config->initrd.size / (double)MIB, enough / MIB);
    }
    return false;
}
