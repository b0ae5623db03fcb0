// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Builds a binary system specification (abi/spec.h) record by record. Speaks of kernel objects alone.
#ifndef TOOLS_IMAGE_SPEC_BUILDER_H
#define TOOLS_IMAGE_SPEC_BUILDER_H

#include <abi/spec.h>

#include "bytes.h"

struct spec_builder {
    struct spec_header header; // magic, version and tables are set by spec_build
    struct bytes modules, objects, cnode_slots, mappings, fills, schedules, interrupts, threads, strings,
        data;
    uint32_t object_count;
};

// Adds records; all fields as abi/spec.h says. Return the new object's id, module's index, string's offset.
uint32_t spec_add_object(struct spec_builder *spec, struct spec_object object, const char *name);
uint32_t spec_add_module(struct spec_builder *spec, const char *name, uint64_t size);
uint32_t spec_add_string(struct spec_builder *spec, const char *string);
void spec_add_slot(struct spec_builder *spec, struct spec_cnode_slot slot);
void spec_add_mapping(struct spec_builder *spec, struct spec_mapping mapping);
void spec_add_fill(struct spec_builder *spec, struct spec_fill fill);
// Fills object (a frame, or the first of several) from its start with `size` bytes of `data`.
void spec_add_data(struct spec_builder *spec, uint32_t object, const void *data, size_t size);
void spec_add_schedule(struct spec_builder *spec, struct spec_schedule schedule);
void spec_add_interrupt(struct spec_builder *spec, struct spec_interrupt interrupt);
void spec_add_thread(struct spec_builder *spec, struct spec_thread thread);
// Sets the size of the object `id`, the first of its record: a CNode's radix is known last.
void spec_set_size(struct spec_builder *spec, uint32_t id, uint32_t size_bits);

// Lays header and tables out in `out`.
void spec_build(struct spec_builder *spec, struct bytes *out);
void spec_free(struct spec_builder *spec);

#endif
