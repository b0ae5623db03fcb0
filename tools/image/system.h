// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A system as its file describes it: systems/<name>/system.conf.
//
//     system  = { vm }
//     vm      = "vm" NAME "{" { setting } "}"
//     setting = KEY "=" value                      one a line
//     devices = DEVICE [ "at" NUMBER ] [ "irq" NUMBER ] { "," ... }
//
//     vm linux {
//         memory   = 512                  # MiB, a multiple of 2
//         kernel   = "guests/vmlinuz"     # arm64 Image or ELF; $(OUT) stands for the build's output folder
//         initrd   = "guests/initrd.cpio" # may be left out
//         cmdline  = "console=ttyAMA0"
//         devices  = pl011                # where the board's device tree has it
//         vcpus    = 1
//         budget   = 10000                # microseconds of each period; budget = period is round robin
//         period   = 10000
//         priority = 50                   # 1 (least) to 100
//         wfi      = auto                 # auto, native or trap
//         bench    = off                  # recognise @bench markers, print @stats
//     }
//
// Words are letters, digits, - and _; numbers are decimal or 0x hexadecimal, without units; # begins a
// comment.
#ifndef TOOLS_IMAGE_SYSTEM_H
#define TOOLS_IMAGE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include <vmm/include/vmm/config.h>

#include "bytes.h"
#include "report.h"

#define SYSTEM_MAX_VMS 8

enum system_key {
    KEY_MEMORY,
    KEY_KERNEL,
    KEY_INITRD,
    KEY_CMDLINE,
    KEY_DEVICES,
    KEY_VCPUS,
    KEY_BUDGET,
    KEY_PERIOD,
    KEY_PRIORITY,
    KEY_WFI,
    KEY_BENCH,
    KEY_COUNT,
};

struct system_device {
    struct position at;
    const struct device_kind *kind;
    bool has_address, has_irq;
    struct position address_at, irq_at;
    uint64_t address;
    uint64_t irq;
};

struct system_value {
    struct position at; // of the value; file NULL: not given
    uint64_t number;    // numbers and choices
    char *text;         // strings
};

struct system_vm {
    char name[VM_NAME_BYTES];
    struct position at;
    unsigned number;                       // index in the system
    struct system_value values[KEY_COUNT]; // after system_apply_defaults every number is set
    struct system_device devices[VM_MAX_DEVICES];
    unsigned device_count;
};

struct system {
    const char *path;
    struct system_vm vms[SYSTEM_MAX_VMS];
    unsigned vm_count;
};

// A device that a VM can have.
struct device_kind {
    const char *name;       // in system files
    uint32_t type;          // enum vm_device_type
    uint64_t size;          // bytes of its registers
    const char *compatible; // in the board's device tree
    bool is_passed;         // the board's own device is the VM's: it stands where the board has it
};
extern const struct device_kind device_kinds[];
extern const unsigned device_kind_count;

// Reads the text of a system file. `out` is what $(OUT) stands for in strings, or NULL. Errors go to the
// report; what could be understood stands in `system` (free it in any case).
void system_parse(struct system *system, const char *path, const struct bytes *text, const char *out,
                  struct report *report);
// Replaces a value from the command line: `option` is --memory, --bench, --wfi, --kernel, --initrd, --cmdline
// or --cmdline-append, `argument` VM=VALUE, or VALUE when the system has one VM.
void system_override(struct system *system, const char *option, const char *argument, struct report *report);
// Sets what was left out and checks each value by itself (range, presence) and the names.
void system_apply_defaults(struct system *system, struct report *report);
void system_free(struct system *system);

#endif
