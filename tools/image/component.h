// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// One component in a specification: its ELF image, address space, CSpace, thread and configuration page.
#ifndef TOOLS_IMAGE_COMPONENT_H
#define TOOLS_IMAGE_COMPONENT_H

#include "bytes.h"
#include "layout.h"
#include "report.h"
#include "spec_builder.h"

// A component's program: a static ELF file that the image carries as a boot module.
struct program {
    const char *path;
    struct bytes file;
    uint32_t module; // index in the specification
    uint64_t entry;
};

// Reads the ELF file and checks it (static AArch64 program, no page of two segments, within the layout). The
// caller sets `module`. Returns false after a report.
bool program_read(struct program *program, const char *path, struct report *report);
void program_free(struct program *program);

// Frames mapped in a row.
struct mapped_range {
    uint64_t vaddr;
    uint32_t object; // first frame
    uint32_t count;
    uint32_t size_bits; // of a frame
    uint32_t rights;
    uint32_t attributes;
    uint32_t slot; // of the component's CNode, for the first frame's capability; 0: the next free one
};

struct address_space {
    uint32_t vspace; // object
    struct mapped_range *ranges;
    size_t range_count;
};

struct component {
    struct spec_builder *spec;
    const char *name;
    uint32_t cnode, tcb, sched_context; // objects
    uint32_t next_held_slot;            // of the CNode: for capabilities that hold mappings
    struct address_space space;
    uint32_t ipc_buffer, config;   // frames
    uint64_t budget_us, period_us; // COMPONENT_SLICE_US both, unless the caller changes them
};

// Begins a component: CNode (its radix is set by component_finish), VSpace, TCB, scheduling context, stack,
// IPC buffer, configuration page, and the segments of its program.
void component_begin(struct component *component, struct spec_builder *spec, const char *name,
                     const struct program *program, uint32_t first_held_slot);
// Notes that frames are mapped from `vaddr` on. Ends the program when the layout is wrong (two ranges
// overlap).
void component_map(struct address_space *space, struct mapped_range range);
// Writes the page tables and mappings of `space`; the capabilities that hold them go to `component`'s CNode.
void component_place_space(struct component *component, struct address_space *space, const char *name);
// A capability for `object` in slot `slot`; data is the badge.
void component_grant(struct component *component, uint32_t slot, uint32_t object, uint32_t rights,
                     uint64_t badge);
// Writes mappings, configuration, schedule and thread. `notification` is bound to the thread (SPEC_NONE:
// none), `passive` as abi/spec.h says. Returns the thread's index.
uint32_t component_finish(struct component *component, const struct program *program, const void *config,
                          size_t config_size, uint32_t notification, bool passive, uint8_t priority);

// The badge by which a thread faults to root.
uint64_t component_fault_badge(uint32_t thread);

// A thread's own schedule: budget = period is round robin; `extra_refills` are for a sporadic server.
void component_add_schedule(struct spec_builder *spec, uint32_t sched_context, uint64_t budget_us,
                            uint64_t period_us, uint32_t extra_refills);

#endif
