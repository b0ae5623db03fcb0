// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the kernel tells the root task: the standard boot information block and its extra chunks.
#ifndef ABI_BOOTINFO_H
#define ABI_BOOTINFO_H

#include <abi/types.h>

// What is in root's slots, and the identifiers of the extra chunks: abi/boot.def.
#define BOOT_SLOT(constant, value, text) constant = value,
enum sel4_boot_slot {
#include <abi/boot.def>
};
#define BOOT_CHUNK(constant, value, text) constant = value,
enum sel4_boot_chunk {
#include <abi/boot.def>
};
#define SEL4_ROOT_CNODE_BITS       13
#define SEL4_MAX_BOOTINFO_UNTYPEDS 230

struct sel4_slot_region {
    word_t start; // first slot
    word_t end;   // first slot after it
};

struct sel4_untyped_description {
    word_t paddr;
    uint8_t size_bits;
    uint8_t is_device;
    uint8_t padding[6];
};

struct sel4_bootinfo {
    word_t extra_length; // bytes of the extra chunks, from the page after this one
    word_t node_id;
    word_t node_count;
    word_t io_pt_levels;
    word_t ipc_buffer; // virtual address
    struct sel4_slot_region empty;
    struct sel4_slot_region shared_frames;
    struct sel4_slot_region user_image_frames;
    struct sel4_slot_region user_image_paging;
    struct sel4_slot_region io_space_caps;
    struct sel4_slot_region extra_bootinfo_pages;
    word_t root_cnode_bits;
    word_t root_domain;
    struct sel4_slot_region sched_control;
    struct sel4_slot_region untyped;
    struct sel4_untyped_description untyped_list[SEL4_MAX_BOOTINFO_UNTYPEDS];
};
_Static_assert(offsetof(struct sel4_bootinfo, empty) == 40, "bootinfo layout");
_Static_assert(offsetof(struct sel4_bootinfo, root_cnode_bits) == 136, "bootinfo layout");
_Static_assert(offsetof(struct sel4_bootinfo, untyped_list) == 184, "bootinfo layout");
_Static_assert(sizeof(struct sel4_bootinfo) == 3864, "bootinfo size");

// Header of an extra chunk; `length` counts it too.
struct sel4_bootinfo_chunk {
    word_t id;
    word_t length;
};

// One entry of the modules chunk (GLACIS_BOOTINFO_CHUNK_MODULES). A module starts 2 MiB aligned; its memory,
// rounded up to 2 MiB, is offered as device untypeds (never zeroed, mappable cacheable) after all other
// device untypeds.
struct glacis_boot_module {
    char name[64]; // NUL-terminated
    uint64_t paddr;
    uint64_t size; // bytes, as packed
};
_Static_assert(sizeof(struct glacis_boot_module) == 80, "module entry size");

#endif
