// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The board's device tree (Devicetree Specification 0.4) as far as the kernel needs it: memory, what firmware
// reserves, interrupt controller, timer, console, PSCI. Invariants: 1. libfdt checks the tree as a whole
// before anything is read from it; 2. two passes over its structure block, each node looked at once when its
// properties are known (searching by name and path costs a million instructions on a board's tree); 3. every
// error says what is wrong and what mends it;
// 4. nothing here touches hardware.
#include <kernel/fdt.h>
#include <libfdt.h>

#define MAX_DEPTH     8
#define PHYSICAL_END  BIT(40)
#define PAGE_BITS     12
#define MAX_REG_CELLS 2
#define TREE_VERSION  17 // of the format; libfdt is built for it alone (FDT_ASSUME_MASK in kernel.mk)

// --- walking the tree

enum property_id {
    ADDRESS_CELLS,
    SIZE_CELLS,
    COMPATIBLE,
    DEVICE_TYPE,
    INTERRUPTS,
    METHOD,
    NO_MAP,
    RANGES,
    REG,
    STATUS,
    STDOUT_PATH,
    PROPERTY_COUNT
};
static const char *const property_names[PROPERTY_COUNT] = {
    [ADDRESS_CELLS] = "#address-cells",
    [SIZE_CELLS] = "#size-cells",
    [COMPATIBLE] = "compatible",
    [DEVICE_TYPE] = "device_type",
    [INTERRUPTS] = "interrupts",
    [METHOD] = "method",
    [NO_MAP] = "no-map",
    [RANGES] = "ranges",
    [REG] = "reg",
    [STATUS] = "status",
    [STDOUT_PATH] = "stdout-path",
};

struct property {
    const fdt32_t *value; // NULL: the node has none
    unsigned length;      // bytes
};

struct node {
    const char *name;
    struct property property[PROPERTY_COUNT];
};

// A node with its ancestors: path[depth] is the node, path[0] the root.
struct place {
    int depth;
    struct node path[MAX_DEPTH];
    // What the passes look for and find.
    unsigned gic;
    struct boot_board *board;
    const char *console; // /chosen stdout-path
    unsigned console_length;
    bool console_found;
};
typedef const char *visit_function(struct place *place);

static const struct property *property(const struct place *place, enum property_id id) {
    return &place->path[place->depth].property[id];
}

static void store_property(struct node *node, const char *name, const fdt32_t *value, unsigned length) {
    for (unsigned id = 0; id < PROPERTY_COUNT; id++)
        if (strcmp(name, property_names[id]) == 0) {
            node->property[id] = (struct property){value, length};
            return;
        }
}

// Shows every node to `visit`, parents first, until one returns an error. Nodes deeper than MAX_DEPTH are
// left out.
static const char *walk(const void *fdt, visit_function *visit, struct place *place) {
    const char *strings = (const char *)fdt + fdt_off_dt_strings(fdt), *error = NULL;
    const fdt32_t *at = (const fdt32_t *)((const char *)fdt + fdt_off_dt_struct(fdt));
    int depth = -1;
    bool waits = false; // path[depth] has not been shown yet
    while (!error) {    // bound: the tags; the tree was checked, so FDT_END comes
        uint32_t tag = fdt32_to_cpu(*at++);
        if (waits && (tag == FDT_BEGIN_NODE || tag == FDT_END_NODE)) {
            place->depth = depth;
            error = visit(place);
            waits = false;
        }
        if (tag == FDT_BEGIN_NODE) {
            const char *name = (const char *)at;
            at += strlen(name) / sizeof(fdt32_t) + 1;
            if (++depth < MAX_DEPTH) {
                place->path[depth] = (struct node){.name = name};
                waits = true;
            }
        } else if (tag == FDT_END_NODE) {
            depth--;
        } else if (tag == FDT_PROP) {
            unsigned length = fdt32_to_cpu(at[0]);
            if (waits)
                store_property(&place->path[depth], strings + fdt32_to_cpu(at[1]), at + 2, length);
            at += 2 + (length + sizeof(fdt32_t) - 1) / sizeof(fdt32_t);
        } else if (tag == FDT_END) {
            break;
        }
    }
    return error;
}

// --- values

// A property that is a string, with its end; NULL: there is none.
static const char *string_of(const struct property *property) {
    const char *value = (const char *)property->value;
    return value && property->length > 0 && value[property->length - 1] == '\0' ? value : NULL;
}

static bool string_is(const struct property *property, const char *wanted) {
    const char *value = string_of(property);
    return value && strcmp(value, wanted) == 0;
}

static word_t read_cells(const fdt32_t *cells, unsigned count) {
    word_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 32 | fdt32_to_cpu(cells[i]);
    return value;
}

// #address-cells or #size-cells of a node; 0: more than the kernel can hold, or none.
static unsigned cells_of(const struct node *node, enum property_id id) {
    const struct property *cells = &node->property[id];
    if (!cells->value)
        return id == ADDRESS_CELLS ? 2 : 1;
    word_t count = cells->length == sizeof(fdt32_t) ? fdt32_to_cpu(*cells->value) : 0;
    return count <= MAX_REG_CELLS ? (unsigned)count : 0;
}

// A bus's `ranges`: the parent's address of the child address [*start, *start + size). False: not reachable
// by the CPU.
static bool translate_once(const struct node *bus, const struct node *parent, word_t *start, word_t size) {
    const struct property *ranges = &bus->property[RANGES];
    if (!ranges->value)
        return false;
    if (ranges->length == 0)
        return true;
    unsigned child_cells = cells_of(bus, ADDRESS_CELLS), parent_cells = cells_of(parent, ADDRESS_CELLS);
    unsigned size_cells = cells_of(bus, SIZE_CELLS), record = child_cells + parent_cells + size_cells;
    if (!child_cells || !parent_cells || !size_cells)
        return false;
    const fdt32_t *at = ranges->value;
    for (unsigned count = ranges->length / sizeof(fdt32_t) / record; count > 0; count--, at += record) {
        word_t child = read_cells(at, child_cells), to = read_cells(at + child_cells, parent_cells);
        word_t span = read_cells(at + child_cells + parent_cells, size_cells);
        if (*start >= child && *start - child < span && size <= span - (*start - child)) {
            *start = to + (*start - child);
            return true;
        }
    }
    return false;
}

// Entry `index` of the node's `reg`, as the CPU sees it. False: there is none, or it cannot be reached.
static bool read_reg(const struct place *place, unsigned index, struct boot_region *region) {
    const struct property *reg = property(place, REG);
    if (place->depth < 1 || !reg->value)
        return false;
    const struct node *parent = &place->path[place->depth - 1];
    unsigned address_cells = cells_of(parent, ADDRESS_CELLS), size_cells = cells_of(parent, SIZE_CELLS);
    unsigned record = address_cells + size_cells;
    if (!address_cells || !size_cells || reg->length / sizeof(fdt32_t) / record <= index)
        return false;
    const fdt32_t *at = reg->value + index * record;
    word_t start = read_cells(at, address_cells), size = read_cells(at + address_cells, size_cells);
    for (int level = place->depth - 1; level > 0; level--)
        if (!translate_once(&place->path[level], &place->path[level - 1], &start, size))
            return false;
    if (start + size < start)
        return false;
    *region = (struct boot_region){start, start + size};
    return true;
}

static bool is_enabled(const struct place *place) {
    const struct property *status = property(place, STATUS);
    return !status->value || string_is(status, "okay") || string_is(status, "ok");
}

// --- memory

// Keeps board->memory ascending, merging what touches. False: too many banks.
static bool add_memory(struct boot_board *board, struct boot_region region) {
    word_t start = align_up(region.start, PAGE_BITS), end = align_down(region.end, PAGE_BITS);
    if (end > PHYSICAL_END)
        end = PHYSICAL_END;
    if (start >= end)
        return true;
    // Banks that the new one touches are taken into it. Bound: the number of banks.
    for (unsigned i = 0; i < board->memory_count;) {
        struct boot_region *bank = &board->memory[i];
        if (bank->start <= end && start <= bank->end) {
            start = bank->start < start ? bank->start : start;
            end = bank->end > end ? bank->end : end;
            *bank = board->memory[--board->memory_count];
            i = 0;
        } else {
            i++;
        }
    }
    if (board->memory_count == BOOT_MAX_RAM)
        return false;
    board->memory[board->memory_count++] = (struct boot_region){start, end};
    return true;
}

static void sort_memory(struct boot_board *board) {
    for (unsigned i = 1; i < board->memory_count; i++)
        for (unsigned j = i; j > 0 && board->memory[j].start < board->memory[j - 1].start; j--) {
            struct boot_region swap = board->memory[j];
            board->memory[j] = board->memory[j - 1];
            board->memory[j - 1] = swap;
        }
}

static const char *parse_memory(const struct place *place) {
    struct boot_region region;
    for (unsigned i = 0; read_reg(place, i, &region); i++) // bound: the length of reg
        if (!add_memory(place->board, region))
            return "the device tree has more banks of memory than the kernel can hold: raise BOOT_MAX_RAM";
    return NULL;
}

static const char *add_reserved(struct boot_board *board, struct boot_region region, bool no_map) {
    if (region.start == region.end)
        return NULL;
    if (board->reserved_count == BOOT_MAX_RESERVED)
        return "the device tree reserves more pieces of memory than the kernel can hold: raise "
               "BOOT_MAX_RESERVED";
    region.start = align_down(region.start, PAGE_BITS);
    region.end = align_up(region.end, PAGE_BITS);
    board->reserved[board->reserved_count] = region;
    board->reserved_no_map[board->reserved_count++] = no_map;
    return NULL;
}

// A child of /reserved-memory. One without `reg` is a wish for memory anywhere, which the kernel does not
// grant.
static const char *parse_reserved(const struct place *place) {
    struct boot_region region;
    const char *error = NULL;
    for (unsigned i = 0; !error && read_reg(place, i, &region); i++)
        error = add_reserved(place->board, region, property(place, NO_MAP)->value != NULL);
    return error;
}

// --- devices

static const char *parse_gic(const struct place *place, unsigned version) {
    struct boot_board *board = place->board;
    if (board->gic_version)
        return NULL; // the first one is the CPUs' own
    if (version != place->gic)
        return version == 2 ? "the board has a GICv2, the kernel is built for GICv3: build with GIC=2"
                            : "the board has a GICv3, the kernel is built for GICv2: build with GIC=3";
    if (!read_reg(place, 0, &board->gic_distributor) || !read_reg(place, 1, &board->gic_second))
        return version == 3 ? "the GICv3 node's `reg` must name distributor and redistributors"
                            : "the GICv2 node's `reg` must name distributor and CPU interface";
    if (version == 2 && !read_reg(place, 2, &board->gic_third))
        return "the GICv2 node names no virtual interface control (GICH, third entry of `reg`): the kernel "
               "needs a GIC "
               "with virtualisation; on QEMU virt add virtualization=on";
    board->gic_version = version;
    return NULL;
}

// Interrupt `index` of the timer, a GIC specifier of three cells whose first is 1 (PPI); 0: none.
static unsigned timer_irq(const struct property *interrupts, unsigned index) {
    if (!interrupts->value || interrupts->length < (index + 1) * 3 * sizeof(fdt32_t))
        return 0;
    const fdt32_t *cells = interrupts->value + index * 3;
    return fdt32_to_cpu(cells[0]) == 1 ? 16 + (unsigned)fdt32_to_cpu(cells[1]) : 0;
}

// Order of the interrupts (binding arm,arch_timer): secure, non-secure, virtual, hypervisor.
static const char *parse_timer(const struct place *place) {
    const struct property *interrupts = property(place, INTERRUPTS);
    place->board->irq_virtual_timer = timer_irq(interrupts, 2);
    place->board->irq_hyp_timer = timer_irq(interrupts, 3);
    if (!place->board->irq_virtual_timer || !place->board->irq_hyp_timer)
        return "the timer node's `interrupts` must name the virtual and the hypervisor timer (third and "
               "fourth entry)";
    return NULL;
}

static const char *parse_psci(const struct place *place) {
    if (string_is(property(place, METHOD), "smc"))
        place->board->psci = BOOT_PSCI_SMC;
    else if (string_is(property(place, METHOD), "hvc"))
        place->board->psci = BOOT_PSCI_HVC;
    return NULL;
}

enum node_kind { NODE_OTHER, NODE_GIC_V2, NODE_GIC_V3, NODE_TIMER, NODE_PSCI };

static bool is_compatible(const struct place *place, const char *wanted) {
    const struct property *list = property(place, COMPATIBLE);
    return list->value && fdt_stringlist_contains((const char *)list->value, (int)list->length, wanted);
}

static enum node_kind classify(const struct place *place) {
    static const struct {
        const char *compatible;
        enum node_kind kind;
    } known[] = {
        {"arm,gic-v3", NODE_GIC_V3},         {"arm,gic-400", NODE_GIC_V2},
        {"arm,cortex-a15-gic", NODE_GIC_V2}, {"arm,cortex-a7-gic", NODE_GIC_V2},
        {"arm,armv8-timer", NODE_TIMER},     {"arm,psci-1.0", NODE_PSCI},
        {"arm,psci-0.2", NODE_PSCI},
    };
    for (unsigned i = 0; i < ARRAY_LENGTH(known); i++)
        if (is_compatible(place, known[i].compatible))
            return known[i].kind;
    return NODE_OTHER;
}

// The first pass: everything but the console, whose path may come after its node.
static const char *visit_board(struct place *place) {
    if (place->depth == 0) {
        const char *compatible = string_of(property(place, COMPATIBLE));
        place->board->compatible = compatible ? compatible : "a board without name";
        return NULL;
    }
    const struct property *console = property(place, STDOUT_PATH);
    if (place->depth == 1 && string_of(console) && strcmp(place->path[1].name, "chosen") == 0)
        place->console = string_of(console);
    if (!is_enabled(place))
        return NULL;
    if (place->depth == 2 && strcmp(place->path[1].name, "reserved-memory") == 0)
        return parse_reserved(place);
    if (string_is(property(place, DEVICE_TYPE), "memory"))
        return parse_memory(place);
    switch (classify(place)) {
    case NODE_GIC_V2:
        return parse_gic(place, 2);
    case NODE_GIC_V3:
        return parse_gic(place, 3);
    case NODE_TIMER:
        return parse_timer(place);
    case NODE_PSCI:
        return parse_psci(place);
    default:
        return NULL;
    }
}

// Whether the node's path is the console's: each name whole, or without its unit address.
static bool is_console(const struct place *place) {
    const char *path = place->console, *end = path + place->console_length;
    for (int level = 1; level <= place->depth; level++) {
        const char *name = place->path[level].name;
        if (path == end || *path++ != '/')
            return false;
        while (path < end && *path != '/' && *path == *name)
            path++, name++;
        if ((path < end && *path != '/') || (*name != '\0' && *name != '@'))
            return false;
    }
    return path == end;
}

// The second pass.
static const char *visit_console(struct place *place) {
    if (place->depth == 0 || place->console_found || !is_console(place))
        return NULL;
    place->console_found = true;
    if (!is_compatible(place, "arm,pl011"))
        return "/chosen stdout-path names a UART that the kernel has no driver for: name a PL011";
    if (!read_reg(place, 0, &place->board->uart))
        return "the console's node has no `reg` that the CPU can reach: correct it, or its bus's `ranges`";
    return NULL;
}

// Behind ':' stand the console's options; a name without '/' before it is an alias.
static const char *parse_console(const void *fdt, struct place *place) {
    const char *path = place->console, *options = strchr(path, ':');
    unsigned length = (unsigned)(options ? (size_t)(options - path) : strlen(path));
    if (length && *path != '/') {
        path = fdt_get_alias_namelen(fdt, path, (int)length);
        length = path ? (unsigned)strlen(path) : 0;
    }
    place->console = path;
    place->console_length = length;
    const char *error = length ? walk(fdt, visit_console, place) : NULL;
    if (!error && !place->console_found)
        error =
            "/chosen stdout-path is no path or alias of the device tree (at most 8 levels deep): correct it";
    return error;
}

static const char *parse_reservations(const void *fdt, struct boot_board *board) {
    int count = fdt_num_mem_rsv(fdt);
    for (int i = 0; i < count; i++) {
        uint64_t address, size;
        if (fdt_get_mem_rsv(fdt, i, &address, &size) || address + size < address)
            return "the device tree's memory reservation block is damaged: make the tree again with dtc";
        const char *error = add_reserved(board, (struct boot_region){address, address + size}, false);
        if (error)
            return error;
    }
    return NULL;
}

const char *boot_fdt_check(const void *fdt, word_t *size) {
    if (!fdt)
        return "no device tree (x0 is 0 or no address of memory): start the image by the arm64 boot "
               "protocol, which "
               "passes one; with a boot loader, give it the board's tree";
    if (fdt_magic(fdt) != FDT_MAGIC)
        return "what x0 points to is no device tree (its first word is not d00dfeed): give the boot loader "
               "the board's "
               "compiled tree (.dtb)";
    *size = fdt_totalsize(fdt);
    if (*size < sizeof(struct fdt_header) || *size > BOOT_FDT_MAX)
        return "the device tree's size is not between 40 bytes and 2 MiB: make the tree again with dtc";
    if (fdt_version(fdt) < TREE_VERSION || fdt_last_comp_version(fdt) > TREE_VERSION)
        return "the device tree is not of version 17 of the format: make it again with dtc";
    return NULL;
}

const char *boot_fdt_parse(const void *fdt, word_t size, unsigned gic, struct boot_board *board) {
    *board = (struct boot_board){0};
    if (fdt_check_full(fdt, size))
        return "the device tree is damaged: make it again with dtc";
    struct place place = {.gic = gic, .board = board};
    const char *error = parse_reservations(fdt, board);
    if (!error)
        error = walk(fdt, visit_board, &place);
    if (!error && place.console)
        error = parse_console(fdt, &place);
    if (error)
        return error;
    sort_memory(board);
    if (board->memory_count == 0)
        return "the device tree has no memory node (device_type = \"memory\" with `reg`) below 2^40: add one";
    if (board->gic_version == 0)
        return "the device tree has no interrupt controller that the kernel knows (arm,gic-v3, arm,gic-400, "
               "arm,cortex-a15-gic): add its node";
    if (board->irq_hyp_timer == 0)
        return "the device tree has no arm,armv8-timer node: add one";
    return NULL;
}
