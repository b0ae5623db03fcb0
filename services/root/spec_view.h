// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A specification (abi/spec.h) as root reads it: its tables, and for each object id the record that made it.
// Built by spec_check alone, so that every id, string, offset and size in it lies inside its table.
#ifndef SERVICES_ROOT_SPEC_VIEW_H
#define SERVICES_ROOT_SPEC_VIEW_H

#include <stdbool.h>
#include <abi/bootinfo.h>
#include <abi/image.h>
#include <abi/spec.h>

// More than the root CNode has slots for.
#define SPEC_MAX_OBJECTS 8192

struct spec_view {
    const struct spec_header *header;
    const struct spec_module *modules;
    const struct spec_object *objects;
    const struct spec_cnode_slot *cnode_slots;
    const struct spec_mapping *mappings;
    const struct spec_fill *fills;
    const struct spec_schedule *schedules;
    const struct spec_interrupt *interrupts;
    const struct spec_thread *threads;
    const char *strings;
    const uint8_t *data;

    const struct glacis_boot_module *boot_modules[IMAGE_MAX_MODULES]; // of each record in `modules`
    uint16_t record[SPEC_MAX_OBJECTS];                                // object id -> index in `objects`
    uint16_t first[SPEC_MAX_OBJECTS];                                 // index in `objects` -> its first id
};

// The boot image's modules, as the boot information lists them.
struct boot_modules {
    const struct glacis_boot_module *entries;
    unsigned count;
};

static inline const struct spec_object *spec_object_of(const struct spec_view *view, uint32_t id) {
    return &view->objects[view->record[id]];
}

static inline const char *spec_string(const struct spec_view *view, uint32_t string) {
    return string == SPEC_NONE ? "" : view->strings + string;
}

static inline bool spec_is_frame(uint32_t type) {
    return type == SPEC_OBJECT_FRAME || type == SPEC_OBJECT_FRAME_PHYSICAL ||
           type == SPEC_OBJECT_FRAME_MODULE;
}

// log2 of the bytes of RAM that one object of this record takes; 0: none.
unsigned spec_object_bits(const struct spec_object *object);

// The module with this name, or NULL.
const struct glacis_boot_module *boot_module_find(const struct boot_modules *modules, const char *name);

// Checks the header alone: magic, version and that `size` bytes hold it all. Writes what is wrong and its
// mend to `message` and returns false, or returns true.
bool spec_check_header(const struct spec_header *header, uint64_t size, char *message, size_t message_size);

// Checks every invariant of abi/spec.h and fills `view`. `slots`: capabilities that root has room for. Writes
// the first violation (record, what, mend) to `message`.
bool spec_check(struct spec_view *view, const struct spec_header *header, uint64_t size,
                const struct boot_modules *modules, uint64_t slots, char *message, size_t message_size);

#endif
