// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The reader of fdt.h. It trusts the tree: a malformed one is the loader's fault and ends in a visible
// failure.
#include "guests/bare/fdt.h"

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4, FDT_END = 9 };

static u32 load_be32(const u8 *bytes) {
    return (u32)bytes[0] << 24 | (u32)bytes[1] << 16 | (u32)bytes[2] << 8 | bytes[3];
}

bool string_equal(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static u32 string_length(const char *s) {
    u32 length = 0;
    while (s[length]) {
        length++;
    }
    return length;
}

bool fdt_open(struct fdt *fdt, u64 address) {
    const u8 *base = (const u8 *)address;
    if (!address || (address & 7) || load_be32(base) != 0xd00dfeed || load_be32(base + 20) < 16) {
        return false;
    }
    *fdt = (struct fdt){.base = base,
                        .size = load_be32(base + 4),
                        .structure = load_be32(base + 8),
                        .strings = load_be32(base + 12)};
    return true;
}

void fdt_walk(const struct fdt *fdt, struct fdt_node *node) {
    *node = (struct fdt_node){.fdt = fdt, .next = fdt->structure};
}

// The offset behind the token at `at`.
static u32 skip_token(const struct fdt *fdt, u32 at) {
    const u8 *token = fdt->base + at;
    switch (load_be32(token)) {
    case FDT_BEGIN_NODE:
        return at + 4 + ((string_length((const char *)token + 4) + 4) & ~3U);
    case FDT_PROP:
        return at + 12 + ((load_be32(token + 4) + 3) & ~3U);
    default:
        return at + 4;
    }
}

bool fdt_next(struct fdt_node *node) {
    for (u32 at = node->next;; at = skip_token(node->fdt, at)) {
        u32 token = load_be32(node->fdt->base + at);
        if (token == FDT_END) {
            return false;
        }
        if (token == FDT_END_NODE) {
            node->depth--;
        }
        if (token != FDT_BEGIN_NODE || node->depth + 1 >= FDT_DEPTH) {
            continue;
        }
        node->depth++;
        node->name = (const char *)node->fdt->base + at + 4;
        node->properties = node->next = skip_token(node->fdt, at);
        u32 length;
        bool has_address = fdt_property(node, "#address-cells", &length);
        bool has_size = fdt_property(node, "#size-cells", &length);
        node->cells[node->depth].address_cells = has_address ? fdt_cell(node, "#address-cells", 0) : 2;
        node->cells[node->depth].size_cells = has_size ? fdt_cell(node, "#size-cells", 0) : 1;
        return true;
    }
}

const u8 *fdt_property(const struct fdt_node *node, const char *name, u32 *length) {
    const struct fdt *fdt = node->fdt;
    for (u32 at = node->properties;; at = skip_token(fdt, at)) {
        const u8 *token = fdt->base + at;
        u32 kind = load_be32(token);
        if (kind == FDT_NOP) {
            continue;
        }
        if (kind != FDT_PROP) {
            return NULL;
        }
        if (string_equal((const char *)fdt->base + fdt->strings + load_be32(token + 8), name)) {
            *length = load_be32(token + 4);
            return token + 12;
        }
    }
}

bool fdt_compatible(const struct fdt_node *node, const char *name) {
    u32 length = 0;
    const char *list = (const char *)fdt_property(node, "compatible", &length);
    for (u32 at = 0; at < length; at += string_length(list + at) + 1) {
        if (string_equal(list + at, name)) {
            return true;
        }
    }
    return false;
}

u32 fdt_cell(const struct fdt_node *node, const char *name, u32 index) {
    u32 length = 0;
    const u8 *value = fdt_property(node, name, &length);
    return value && (index + 1) * 4 <= length ? load_be32(value + index * 4) : 0;
}

bool fdt_region(const struct fdt_node *node, u32 index, struct region *region) {
    u32 address_cells = node->cells[node->depth - 1].address_cells;
    u32 size_cells = node->cells[node->depth - 1].size_cells;
    u32 at = index * (address_cells + size_cells);
    u32 length = 0;
    if (!fdt_property(node, "reg", &length) || length < (at + address_cells + size_cells) * 4) {
        return false;
    }
    *region = (struct region){0};
    for (u32 i = 0; i < address_cells; i++) {
        region->base = region->base << 32 | fdt_cell(node, "reg", at + i);
    }
    for (u32 i = 0; i < size_cells; i++) {
        region->size = region->size << 32 | fdt_cell(node, "reg", at + address_cells + i);
    }
    return true;
}
