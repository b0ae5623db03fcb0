// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Builds a binary system specification; see spec_builder.h. The records are written as this computer holds
// them: little endian, which spec_build asserts.
#include "spec_builder.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a specification is little endian");

uint32_t spec_add_string(struct spec_builder *spec, const char *string) {
    size_t size = strlen(string) + 1, offset = 0;

    while (offset < spec->strings.size) {
        const char *old = (const char *)spec->strings.data + offset;
        if (strcmp(old, string) == 0) {
            return (uint32_t)offset;
        }
        offset += strlen(old) + 1;
    }
    return (uint32_t)bytes_append(&spec->strings, string, size);
}

uint32_t spec_add_object(struct spec_builder *spec, struct spec_object object, const char *name) {
    uint32_t id = spec->object_count;

    if (object.count == 0) {
        object.count = 1;
    }
    object.name = spec_add_string(spec, name);
    spec->object_count += object.count;
    bytes_append(&spec->objects, &object, sizeof object);
    return id;
}

void spec_set_size(struct spec_builder *spec, uint32_t id, uint32_t size_bits) {
    struct spec_object object;
    uint32_t next = 0;

    for (size_t offset = 0; offset < spec->objects.size; offset += sizeof object) {
        memcpy(&object, spec->objects.data + offset, sizeof object);
        if (next == id) {
            object.size_bits = size_bits;
            memcpy(spec->objects.data + offset, &object, sizeof object);
        }
        next += object.count;
    }
}

uint32_t spec_add_module(struct spec_builder *spec, const char *name, uint64_t size) {
    struct spec_module module = {.min_size = size};

    memcpy(module.name, name, strnlen(name, sizeof module.name - 1));
    return (uint32_t)(bytes_append(&spec->modules, &module, sizeof module) / sizeof module);
}

void spec_add_slot(struct spec_builder *spec, struct spec_cnode_slot slot) {
    bytes_append(&spec->cnode_slots, &slot, sizeof slot);
}

void spec_add_mapping(struct spec_builder *spec, struct spec_mapping mapping) {
    bytes_append(&spec->mappings, &mapping, sizeof mapping);
}

void spec_add_fill(struct spec_builder *spec, struct spec_fill fill) {
    bytes_append(&spec->fills, &fill, sizeof fill);
}

void spec_add_data(struct spec_builder *spec, uint32_t object, const void *data, size_t size) {
    bytes_align(&spec->data, 8);
    uint64_t source = bytes_append(&spec->data, data, size);
    spec_add_fill(spec,
                  (struct spec_fill){.object = object, .module = SPEC_NONE, .source = source, .size = size});
}

void spec_add_schedule(struct spec_builder *spec, struct spec_schedule schedule) {
    bytes_append(&spec->schedules, &schedule, sizeof schedule);
}

void spec_add_interrupt(struct spec_builder *spec, struct spec_interrupt interrupt) {
    bytes_append(&spec->interrupts, &interrupt, sizeof interrupt);
}

void spec_add_thread(struct spec_builder *spec, struct spec_thread thread) {
    bytes_append(&spec->threads, &thread, sizeof thread);
}

static struct spec_table spec_place(struct bytes *out, const struct bytes *table, size_t record) {
    bytes_align(out, 8);
    return (struct spec_table){
        .offset = (uint32_t)bytes_append(out, table->size ? table->data : NULL, table->size),
        .count = (uint32_t)(table->size / record),
    };
}

void spec_build(struct spec_builder *spec, struct bytes *out) {
    struct spec_header *header = &spec->header;

    bytes_append(out, NULL, sizeof *header);
    header->magic = SPEC_MAGIC;
    header->version = SPEC_VERSION;
    header->header_size = sizeof *header;
    header->object_count = spec->object_count;
    header->modules = spec_place(out, &spec->modules, sizeof(struct spec_module));
    header->objects = spec_place(out, &spec->objects, sizeof(struct spec_object));
    header->cnode_slots = spec_place(out, &spec->cnode_slots, sizeof(struct spec_cnode_slot));
    header->mappings = spec_place(out, &spec->mappings, sizeof(struct spec_mapping));
    header->fills = spec_place(out, &spec->fills, sizeof(struct spec_fill));
    header->schedules = spec_place(out, &spec->schedules, sizeof(struct spec_schedule));
    header->interrupts = spec_place(out, &spec->interrupts, sizeof(struct spec_interrupt));
    header->threads = spec_place(out, &spec->threads, sizeof(struct spec_thread));
    header->strings = spec_place(out, &spec->strings, 1);
    header->data = spec_place(out, &spec->data, 1);
    bytes_align(out, 8);
    header->total_size = out->size;
    memcpy(out->data, header, sizeof *header);
}

void spec_free(struct spec_builder *spec) {
    struct bytes *tables[] = {&spec->modules, &spec->objects,   &spec->cnode_slots, &spec->mappings,
                              &spec->fills,   &spec->schedules, &spec->interrupts,  &spec->threads,
                              &spec->strings, &spec->data};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        bytes_free(tables[i]);
    }
}
