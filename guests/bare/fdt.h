// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A small reader of flattened device trees (Devicetree Specification 0.4, chapter 5). It shares no code with
// the library that wrote the tree, so that the guest checks the tree independently.
#pragma once

#include "guests/bare/bare.h"

#define FDT_DEPTH 16

struct fdt {
    const u8 *base;
    u32 structure; // offset of the structure block
    u32 strings;   // offset of the strings block
    u32 size;      // totalsize
};

// A position in the walk over all nodes, in the order of the tree.
struct fdt_node {
    const struct fdt *fdt;
    const char *name;
    u32 properties; // offset of the first token after the name
    u32 next;       // offset from which to look for the next node
    u32 depth;      // 1 is the root
    struct {
        u32 address_cells, size_cells;
    } cells[FDT_DEPTH]; // [depth]: as the node at that depth states for its children
};

// Returns false if there is no tree of a version that we read.
bool fdt_open(struct fdt *fdt, u64 address);
// Starts a walk, or goes on to the next node. False at the end.
void fdt_walk(const struct fdt *fdt, struct fdt_node *node);
bool fdt_next(struct fdt_node *node);
// Finds a property of the node; its length in bytes goes to *length. NULL if it is absent.
const u8 *fdt_property(const struct fdt_node *node, const char *name, u32 *length);
bool fdt_compatible(const struct fdt_node *node, const char *name);
// The 32-bit cell at this index of a property, 0 beyond its end.
u32 fdt_cell(const struct fdt_node *node, const char *name, u32 index);
// The region at this index of `reg`. False if there is none.
bool fdt_region(const struct fdt_node *node, u32 index, struct region *region);

bool string_equal(const char *a, const char *b);
