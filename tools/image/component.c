// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One component in a specification; see component.h.
#include "component.h"

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM_MEND "link it with lib/rt/component.ld"

static bool program_check_segments(Elf *elf, size_t segment_count, struct position at, struct report *report,
                                   size_t file_size) {
    uint64_t end = 0;
    bool any = false;

    for (size_t i = 0; i < segment_count; i++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(elf, (int)i, &segment)) {
            report_error(report, at, "program header %zu cannot be read (%s); build it again", i,
                         elf_errmsg(-1));
            return false;
        }
        if (segment.p_type == PT_INTERP || segment.p_type == PT_DYNAMIC) {
            report_error(report, at, "a component cannot be linked dynamically; " PROGRAM_MEND);
            return false;
        }
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) {
            continue;
        }
        if (segment.p_offset > file_size || segment.p_filesz > file_size - segment.p_offset ||
            segment.p_filesz > segment.p_memsz) {
            report_error(report, at, "segment %zu ends past the end of the file; build it again", i);
            return false;
        }
        if (segment.p_vaddr < PAGE_BYTES || segment.p_vaddr > COMPONENT_STACK_GUARD ||
            segment.p_memsz > COMPONENT_STACK_GUARD - segment.p_vaddr) {
            report_error(report, at,
                         "segment %zu (0x%llx, %llu bytes) must lie between 0x%llx and 0x%llx; " PROGRAM_MEND,
                         i, (unsigned long long)segment.p_vaddr, (unsigned long long)segment.p_memsz,
                         (unsigned long long)PAGE_BYTES, (unsigned long long)COMPONENT_STACK_GUARD);
            return false;
        }
        if (any && segment.p_vaddr / PAGE_BYTES * PAGE_BYTES < end) {
            report_error(
                report, at,
                "segment %zu shares a page with the one before it, or does not ascend; " PROGRAM_MEND, i);
            return false;
        }
        if ((segment.p_flags & (PF_W | PF_X)) == (PF_W | PF_X)) {
            report_error(report, at, "segment %zu is writable and executable; " PROGRAM_MEND, i);
            return false;
        }
        end = align_up(segment.p_vaddr + segment.p_memsz, PAGE_BYTES);
        any = true;
    }
    if (!any) {
        report_error(report, at, "it has nothing to load; " PROGRAM_MEND);
    }
    return any;
}

bool program_read(struct program *program, const char *path, struct report *report) {
    struct position at = {.file = path};
    size_t segment_count = 0;
    GElf_Ehdr header;

    *program = (struct program){.path = path};
    if (!bytes_read_file(&program->file, path, at, "a component's program",
                         "build it with make, or name the right file", report)) {
        return false;
    }
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)program->file.data, program->file.size);
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
        elf_getphdrnum(elf, &segment_count) != 0 || header.e_machine != EM_AARCH64 ||
        header.e_type != ET_EXEC) {
        report_error(report, at, "this is not a static AArch64 ELF program; " PROGRAM_MEND);
        elf_end(elf);
        return false;
    }
    bool good = program_check_segments(elf, segment_count, at, report, program->file.size);
    elf_end(elf);
    program->entry = header.e_entry;
    return good;
}

void program_free(struct program *program) {
    bytes_free(&program->file);
}

static uint32_t component_add(struct component *component, enum spec_object_type type, uint32_t size_bits,
                              uint32_t count, const char *what) {
    char name[128];
    snprintf(name, sizeof name, "%s.%s", component->name, what);
    return spec_add_object(component->spec,
                           (struct spec_object){.type = type, .size_bits = size_bits, .count = count}, name);
}

void component_map(struct address_space *space, struct mapped_range range) {
    uint64_t end = range.vaddr + ((uint64_t)range.count << range.size_bits);

    for (size_t i = 0; i < space->range_count; i++) {
        const struct mapped_range *other = &space->ranges[i];
        uint64_t other_end = other->vaddr + ((uint64_t)other->count << other->size_bits);
        if (range.vaddr < other_end && other->vaddr < end) {
            fprintf(stderr,
                    "error: the layout in tools/image/layout.h maps 0x%llx twice; move one of the two\n",
                    (unsigned long long)range.vaddr);
            exit(1);
        }
    }
    space->ranges = bytes_reallocate(space->ranges, (space->range_count + 1) * sizeof range);
    space->ranges[space->range_count++] = range;
}

// Maps the program's segments, each in frames of its own, filled from the program's module.
static void component_map_program(struct component *component, const struct program *program) {
    Elf *elf = elf_memory((char *)program->file.data, program->file.size);
    size_t count = 0;

    elf_getphdrnum(elf, &count);
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr segment;
        gelf_getphdr(elf, (int)i, &segment);
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) {
            continue;
        }
        uint64_t start = segment.p_vaddr / PAGE_BYTES * PAGE_BYTES;
        uint32_t pages =
            (uint32_t)((align_up(segment.p_vaddr + segment.p_memsz, PAGE_BYTES) - start) / PAGE_BYTES);
        uint32_t frames = component_add(component, SPEC_OBJECT_FRAME, SEL4_SMALL_PAGE_BITS, pages, "image");
        bool writable = segment.p_flags & PF_W, executable = segment.p_flags & PF_X;
        component_map(&component->space,
                      (struct mapped_range){
                          .vaddr = start,
                          .object = frames,
                          .count = pages,
                          .size_bits = SEL4_SMALL_PAGE_BITS,
                          .rights = SEL4_RIGHT_READ | (writable ? SEL4_RIGHT_WRITE : 0),
                          .attributes = SEL4_PAGE_DEFAULT | (executable ? 0 : SEL4_PAGE_EXECUTE_NEVER),
                      });
        if (segment.p_filesz) {
            spec_add_fill(component->spec, (struct spec_fill){.object = frames,
                                                              .module = program->module,
                                                              .offset = segment.p_vaddr - start,
                                                              .source = segment.p_offset,
                                                              .size = segment.p_filesz});
        }
    }
    elf_end(elf);
}

static uint32_t component_map_pages(struct component *component, uint64_t vaddr, uint64_t size,
                                    uint32_t rights, const char *what) {
    uint32_t count = (uint32_t)(size / PAGE_BYTES);
    uint32_t frames = component_add(component, SPEC_OBJECT_FRAME, SEL4_SMALL_PAGE_BITS, count, what);

    component_map(&component->space,
                  (struct mapped_range){.vaddr = vaddr,
                                        .object = frames,
                                        .count = count,
                                        .size_bits = SEL4_SMALL_PAGE_BITS,
                                        .rights = rights,
                                        .attributes = SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER});
    return frames;
}

void component_begin(struct component *component, struct spec_builder *spec, const char *name,
                     const struct program *program, uint32_t first_held_slot) {
    const uint32_t read_write = SEL4_RIGHT_READ | SEL4_RIGHT_WRITE;

    *component = (struct component){.spec = spec,
                                    .name = name,
                                    .next_held_slot = first_held_slot,
                                    .budget_us = COMPONENT_SLICE_US,
                                    .period_us = COMPONENT_SLICE_US};
    component->cnode = component_add(component, SPEC_OBJECT_CNODE, 0, 1, "cnode");
    component->space.vspace = component_add(component, SPEC_OBJECT_VSPACE, SEL4_VSPACE_BITS, 1, "vspace");
    component->tcb = component_add(component, SPEC_OBJECT_TCB, SEL4_TCB_BITS, 1, "tcb");
    component->sched_context =
        component_add(component, SPEC_OBJECT_SCHED_CONTEXT, COMPONENT_SCHED_CONTEXT_BITS, 1, "sched");
    component_map_program(component, program);
    component_map_pages(component, COMPONENT_STACK, COMPONENT_STACK_BYTES, read_write, "stack");
    component->ipc_buffer =
        component_map_pages(component, COMPONENT_IPC_BUFFER, PAGE_BYTES, read_write, "ipc_buffer");
    component->config =
        component_map_pages(component, COMPONENT_CONFIG, PAGE_BYTES, SEL4_RIGHT_READ, "config");
}

void component_grant(struct component *component, uint32_t slot, uint32_t object, uint32_t rights,
                     uint64_t badge) {
    spec_add_slot(
        component->spec,
        (struct spec_cnode_slot){
            .cnode = component->cnode, .slot = slot, .object = object, .rights = rights, .data = badge});
}

static int range_compare(const void *a, const void *b) {
    const struct mapped_range *left = a, *right = b;
    return left->vaddr < right->vaddr ? -1 : left->vaddr > right->vaddr;
}

static void component_place_table(struct component *component, struct address_space *space, uint64_t vaddr,
                                  const char *name) {
    uint32_t table = spec_add_object(
        component->spec,
        (struct spec_object){.type = SPEC_OBJECT_PAGE_TABLE, .size_bits = SEL4_PAGE_TABLE_BITS}, name);
    spec_add_mapping(component->spec, (struct spec_mapping){.vspace = space->vspace,
                                                            .object = table,
                                                            .count = 1,
                                                            .attributes = SEL4_PAGE_DEFAULT,
                                                            .cnode = component->cnode,
                                                            .slot = component->next_held_slot++,
                                                            .vaddr = vaddr});
}

// Tables for every part of size `part` that a range touches and that has none yet; ranges ascend, so *next
// (the first address without a table) only grows.
static void component_place_tables(struct component *component, struct address_space *space,
                                   const struct mapped_range *range, uint64_t part, uint64_t *next,
                                   const char *name) {
    uint64_t end = range->vaddr + ((uint64_t)range->count << range->size_bits);

    for (uint64_t at = range->vaddr / part * part; at < end; at += part) {
        if (at >= *next) {
            component_place_table(component, space, at, name);
            *next = at + part;
        }
    }
}

void component_place_space(struct component *component, struct address_space *space, const char *name) {
    uint64_t next_huge = 0, next_large = 0;
    char table_name[128];

    snprintf(table_name, sizeof table_name, "%s.table", name);
    qsort(space->ranges, space->range_count, sizeof space->ranges[0], range_compare);
    for (size_t i = 0; i < space->range_count; i++) {
        const struct mapped_range *range = &space->ranges[i];
        component_place_tables(component, space, range, HUGE_PAGE_BYTES, &next_huge, table_name);
        if (range->size_bits == SEL4_SMALL_PAGE_BITS) {
            component_place_tables(component, space, range, LARGE_PAGE_BYTES, &next_large, table_name);
        }
        spec_add_mapping(component->spec,
                         (struct spec_mapping){.vspace = space->vspace,
                                               .object = range->object,
                                               .count = range->count,
                                               .rights = range->rights,
                                               .attributes = range->attributes,
                                               .cnode = component->cnode,
                                               .slot = range->slot ? range->slot : component->next_held_slot,
                                               .vaddr = range->vaddr});
        if (!range->slot) {
            component->next_held_slot += range->count;
        }
    }
    free(space->ranges);
    space->ranges = NULL;
    space->range_count = 0;
}

void component_add_schedule(struct spec_builder *spec, uint32_t sched_context, uint64_t budget_us,
                            uint64_t period_us, uint32_t extra_refills) {
    bool sporadic = budget_us < period_us;

    spec_add_schedule(spec, (struct spec_schedule){.sched_context = sched_context,
                                                   .extra_refills = sporadic ? extra_refills : 0,
                                                   .budget_us = budget_us,
                                                   .period_us = period_us,
                                                   .flags = sporadic ? SCHED_FLAG_SPORADIC : 0});
}

uint64_t component_fault_badge(uint32_t thread) {
    return thread + 1;
}

uint32_t component_finish(struct component *component, const struct program *program, const void *config,
                          size_t config_size, uint32_t notification, bool passive, uint8_t priority) {
    struct spec_builder *spec = component->spec;
    uint32_t index = (uint32_t)(spec->threads.size / sizeof(struct spec_thread)), radix = 1;

    component_place_space(component, &component->space, component->name);
    while ((1u << radix) < component->next_held_slot) {
        radix++;
    }
    spec_set_size(spec, component->cnode, radix);
    spec_add_data(spec, component->config, config, config_size);
    component_add_schedule(spec, component->sched_context, component->budget_us, component->period_us, 0);
    spec_add_thread(spec, (struct spec_thread){
                              .tcb = component->tcb,
                              .name = spec_add_string(spec, component->name),
                              .cspace = component->cnode,
                              .vspace = component->space.vspace,
                              .ipc_buffer_frame = component->ipc_buffer,
                              .sched_context = component->sched_context,
                              .fault_endpoint = spec->header.fault_endpoint,
                              .bound_notification = notification,
                              .vcpu = SPEC_NONE,
                              .priority = priority,
                              .mcp = 0,
                              .start = 1,
                              .passive = passive,
                              .cspace_data = sel4_cnode_data(0, SEL4_WORD_BITS - radix),
                              .ipc_buffer = COMPONENT_IPC_BUFFER,
                              .fault_badge = component_fault_badge(index),
                              .pc = program->entry,
                              .sp = COMPONENT_STACK + COMPONENT_STACK_BYTES,
                              .argument = {COMPONENT_CONFIG},
                          });
    return index;
}
