// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Prunes the board's tree. One pass lists all nodes, with their parents and the properties that decide; then
// what stays is marked (with all its ancestors and the clocks that it names); then the rest is deleted from
// the end, so that the offsets of what is still to be looked at do not move. libfdt searches from the tree's
// start for a parent or a phandle: the list spares that, which matters for the time from reset to the guest's
// first instruction.
#include <libfdt.h>
#include <lib/base/string.h>
#include <vmm/guest/fdt_prune.h>

#define MAX_NODES 1024
#define MAX_DEPTH 16
#define NO_NODE   (-1)

// Properties that decide whether a node stays.
enum key { KEY_COMPATIBLE, KEY_REG, KEY_DEVICE_TYPE, KEY_CLOCKS, KEY_PHANDLE, KEY_COUNT };
static const char *const key_names[KEY_COUNT] = {
    [KEY_COMPATIBLE] = "compatible", [KEY_REG] = "reg",         [KEY_DEVICE_TYPE] = "device_type",
    [KEY_CLOCKS] = "clocks",         [KEY_PHANDLE] = "phandle",
};

struct node {
    int32_t offset;
    int16_t parent; // index; NO_NODE: the root
    bool keep;
    int32_t properties[KEY_COUNT]; // offsets; 0: none
};

struct prune {
    const struct vm_config *config;
    void *fdt;
    bool changed; // keep() marked a node since this was cleared
    int count;
    struct node nodes[MAX_NODES]; // ascending in offset
};

const char *const fdt_gic_names[] = {"arm,gic-v3", "arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a7-gic",
                                     NULL};
const char *const fdt_timer_names[] = {"arm,armv8-timer", NULL};
static const char *const pmu_names[] = {"arm,armv8-pmuv3", NULL};
static const char *const clock_names[] = {"fixed-clock", "fixed-factor-clock", NULL};

static const char *const device_names[] = {
    [VM_DEVICE_PL011] = "arm,pl011",
    [VM_DEVICE_PL061] = "arm,pl061",
};

const char *fdt_device_name(uint32_t type) {
    return type < sizeof(device_names) / sizeof(device_names[0]) ? device_names[type] : NULL;
}

uint64_t fdt_read_cells(const void *property, int cells) {
    const fdt32_t *cell = property;
    uint64_t value = fdt32_to_cpu(cell[0]);
    return cells == 2 ? value << 32 | fdt32_to_cpu(cell[1]) : value;
}

// Whether the strings of `compatible` hold one of `names`.
static bool list_holds(const char *list, int length, const char *const *names) {
    for (; *names; names++)
        if (fdt_stringlist_contains(list, length, *names))
            return true;
    return false;
}

bool fdt_is_compatible(const void *fdt, int node, const char *const *names) {
    int length;
    const char *list = fdt_getprop(fdt, node, "compatible", &length);
    return list && list_holds(list, length, names);
}

// Cells of addresses and sizes below `node`; false when this is no memory-mapped bus.
static bool bus_cells(const void *fdt, int node, int *address_cells, int *size_cells) {
    *address_cells = fdt_address_cells(fdt, node);
    *size_cells = fdt_size_cells(fdt, node);
    return *address_cells >= 1 && *address_cells <= 2 && *size_cells >= 0 && *size_cells <= 2;
}

// Maps `address` below bus `bus` to its parent `above`.
static bool bus_translate(const void *fdt, int bus, int above, uint64_t *address) {
    int cells, sizes, above_cells, above_sizes, length;
    const uint8_t *ranges = fdt_getprop(fdt, bus, "ranges", &length);
    if (!ranges || length == 0)
        return ranges != NULL; // empty: the same addresses
    if (!bus_cells(fdt, bus, &cells, &sizes) || !bus_cells(fdt, above, &above_cells, &above_sizes) ||
        sizes == 0)
        return false;
    int entry = 4 * (cells + above_cells + sizes);
    for (int at = 0; at + entry <= length; at += entry) {
        uint64_t child = fdt_read_cells(ranges + at, cells);
        uint64_t size = fdt_read_cells(ranges + at + 4 * (cells + above_cells), sizes);
        if (*address - child < size) {
            *address = *address - child + fdt_read_cells(ranges + at + 4 * cells, above_cells);
            return true;
        }
    }
    return false;
}

// Physical address of `reg` of a node below the buses `buses[0]` (its parent) .. `buses[count - 1]` (the
// root).
static bool translate(const void *fdt, const int *buses, int count, const void *reg, int length,
                      uint64_t *address) {
    int cells, sizes;
    if (count == 0 || !reg || !bus_cells(fdt, buses[0], &cells, &sizes) || sizes == 0 || length < 4 * cells)
        return false;
    *address = fdt_read_cells(reg, cells);
    for (int i = 0; i + 1 < count; i++)
        if (!bus_translate(fdt, buses[i], buses[i + 1], address))
            return false;
    return true;
}

bool fdt_node_address(const void *fdt, int node, uint64_t *address) {
    int buses[MAX_DEPTH], count = 0, length = 0;
    const void *reg = fdt_getprop(fdt, node, "reg", &length);
    while (reg && node > 0 && count < MAX_DEPTH) {
        node = fdt_parent_offset(fdt, node);
        buses[count++] = node;
    }
    return node == 0 && translate(fdt, buses, count, reg, length, address);
}

// The value of property `key` of node `index`, or NULL.
static const void *value_of(const struct prune *prune, int index, enum key key, int *length) {
    int offset = prune->nodes[index].properties[key];
    return offset ? fdt_getprop_by_offset(prune->fdt, offset, NULL, length) : NULL;
}

static bool address_of(const struct prune *prune, int index, uint64_t *address) {
    int buses[MAX_DEPTH], count = 0, length = 0;
    const void *reg = value_of(prune, index, KEY_REG, &length);
    for (int bus = prune->nodes[index].parent; bus != NO_NODE; bus = prune->nodes[bus].parent)
        buses[count++] = prune->nodes[bus].offset; // list_nodes bounds the depth
    return translate(prune->fdt, buses, count, reg, length, address);
}

static void note_property(struct prune *prune, struct node *node, int offset) {
    const char *name;
    if (!fdt_getprop_by_offset(prune->fdt, offset, &name, NULL))
        return;
    for (int key = 0; key < KEY_COUNT; key++)
        if (name[0] == key_names[key][0] && strcmp(name, key_names[key]) == 0)
            node->properties[key] = offset;
}

static const char *list_nodes(struct prune *prune) {
    int path[MAX_DEPTH], depth = 0, next = 0;
    uint32_t tag;
    prune->count = 0;
    do { // each turn passes a tag
        int offset = next;
        tag = fdt_next_tag(prune->fdt, offset, &next);
        if (tag == FDT_PROP && depth > 0)
            note_property(prune, &prune->nodes[path[depth - 1]], offset);
        if (tag == FDT_END_NODE)
            depth--;
        if (tag != FDT_BEGIN_NODE)
            continue;
        if (depth < 0 || depth == MAX_DEPTH || prune->count == MAX_NODES)
            return "the board's device tree is too large (more than 1024 nodes, or deeper than 16): reduce "
                   "it";
        path[depth] = prune->count;
        prune->nodes[prune->count++] =
            (struct node){.offset = offset, .parent = (int16_t)(depth ? path[depth - 1] : NO_NODE)};
        depth++;
    } while (tag != FDT_END && next > 0 && depth >= 0);
    return next < 0 || prune->count == 0 ? "the board's device tree is damaged: compile it again with dtc"
                                         : NULL;
}

static void keep(struct prune *prune, int index) {
    for (; index != NO_NODE && !prune->nodes[index].keep; index = prune->nodes[index].parent)
        prune->changed = prune->nodes[index].keep = true;
}

static bool is_cpu(const struct prune *prune, int index) {
    int length;
    const char *type = value_of(prune, index, KEY_DEVICE_TYPE, &length);
    return type && length == 4 && memcmp(type, "cpu", 4) == 0;
}

static bool is_compatible(const struct prune *prune, int index, const char *const *names) {
    int length;
    const char *list = value_of(prune, index, KEY_COMPATIBLE, &length);
    return list && list_holds(list, length, names);
}

static int find_phandle(const struct prune *prune, uint32_t phandle) {
    for (int i = 0; i < prune->count; i++) {
        int length;
        const void *value = value_of(prune, i, KEY_PHANDLE, &length);
        if (value && length == 4 && fdt_read_cells(value, 1) == phandle)
            return i;
    }
    return NO_NODE;
}

// The nodes below the root that stay by their names.
static void keep_named(struct prune *prune) {
    static const char *const names[] = {"chosen", "aliases", "cpus"};
    keep(prune, 0);
    for (int i = 1; i < prune->count; i++) {
        const char *name =
            prune->nodes[i].parent == 0 ? fdt_get_name(prune->fdt, prune->nodes[i].offset, NULL) : NULL;
        for (unsigned k = 0; name && k < sizeof(names) / sizeof(names[0]); k++)
            if (strcmp(name, names[k]) == 0)
                keep(prune, i);
    }
}

static const char *keep_cpus(struct prune *prune) {
    uint32_t found = 0;
    for (int i = 0; i < prune->count && found < prune->config->vcpu_count; i++) {
        if (is_cpu(prune, i)) {
            keep(prune, i);
            found++;
        }
    }
    return found == prune->config->vcpu_count
               ? NULL
               : "the board's device tree has fewer CPUs than the VM: lower `vcpus`";
}

// Keeps the first node compatible with `names` whose registers start at `address` (any address: ~0).
static bool keep_device(struct prune *prune, const char *const *names, uint64_t address) {
    for (int i = 1; i < prune->count; i++) {
        uint64_t at;
        if (!is_compatible(prune, i, names))
            continue;
        if (address == ~0ull || (address_of(prune, i, &at) && at == address)) {
            keep(prune, i);
            return true;
        }
    }
    return false;
}

static const char *keep_devices(struct prune *prune) {
    const struct vm_config *config = prune->config;
    if (!keep_device(prune, fdt_gic_names, config->gicd_ipa))
        return "the board's device tree has no GIC at the VM's distributor address: give it one";
    if (!keep_device(prune, fdt_timer_names, ~0ull))
        return "the board's device tree has no arm,armv8-timer: give it one";
    if (config->pmu_irq && !keep_device(prune, pmu_names, ~0ull))
        return "the board's device tree has no arm,armv8-pmuv3: give it one";
    for (uint32_t i = 0; i < config->device_count; i++) {
        const char *names[] = {fdt_device_name(config->devices[i].type), NULL};
        if (names[0] && !keep_device(prune, names, config->devices[i].ipa))
            return "the board's device tree has no such device at a device address of the VM: correct the "
                   "address";
    }
    return NULL;
}

// Keeps what `clocks` of node `index` names.
static const char *keep_clocks_of(struct prune *prune, int index) {
    int length;
    const fdt32_t *clocks = value_of(prune, index, KEY_CLOCKS, &length);
    for (int at = 0; clocks && at < length / 4;) {
        int provider = find_phandle(prune, fdt32_to_cpu(clocks[at]));
        if (provider == NO_NODE)
            return "a device's clock in the board's device tree does not exist: correct its `clocks`";
        if (!is_compatible(prune, provider, clock_names))
            return "a guest device's clock comes from a clock controller that the guest does not have: give "
                   "it a "
                   "fixed-clock in the board's device tree";
        int cells_length;
        const fdt32_t *cells =
            fdt_getprop(prune->fdt, prune->nodes[provider].offset, "#clock-cells", &cells_length);
        at += 1 + (cells && cells_length == 4 ? (int)(fdt32_to_cpu(*cells) & 0xff) : 0);
        keep(prune, provider);
    }
    return NULL;
}

// A clock may itself have a clock: until a turn marks nothing. CPUs lose their `clocks` (vmm/guest/fdt.c).
static const char *keep_clocks(struct prune *prune) {
    do {
        prune->changed = false;
        for (int i = 0; i < prune->count; i++) {
            const char *error = prune->nodes[i].keep && !is_cpu(prune, i) ? keep_clocks_of(prune, i) : NULL;
            if (error)
                return error;
        }
    } while (prune->changed);
    return NULL;
}

static const char *delete_rest(struct prune *prune) {
    for (int i = prune->count - 1; i > 0; i--)
        if (!prune->nodes[i].keep && prune->nodes[prune->nodes[i].parent].keep &&
            fdt_del_node(prune->fdt, prune->nodes[i].offset))
            return "the board's device tree is damaged: compile it again with dtc";
    return NULL;
}

const char *fdt_prune(const struct vm_config *config, void *fdt) {
    static struct prune prune; // 32 KiB: too much for a stack
    prune.config = config;
    prune.fdt = fdt;
    const char *error = list_nodes(&prune);
    if (error)
        return error;
    keep_named(&prune);
    error = keep_cpus(&prune);
    if (!error)
        error = keep_devices(&prune);
    if (!error)
        error = keep_clocks(&prune);
    return error ? error : delete_rest(&prune);
}
