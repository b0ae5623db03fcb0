// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The board's device tree (Devicetree Specification 0.4) as far as the kernel needs it: memory, what firmware
// reserves, interrupt controller, timer, console, PSCI. Invariants: 1. the tree is checked as a whole before
// anything is read from it; 2. one pass over the nodes; 3. every error says what is wrong and what mends
// it; 4. nothing here touches hardware.
#include <kernel/fdt.h>
#include <libfdt.h>

#define MAX_DEPTH     8
#define PHYSICAL_END  BIT(40)
#define PAGE_BITS     12
#define MAX_REG_CELLS 2

// A node with its ancestors: path[depth] is the node, path[0] the root.
struct place {
    const void *fdt;
    int depth;
    int path[MAX_DEPTH];
};

static const char *const TOO_DEEP =
    "the device tree has a memory, interrupt-controller or console node deeper than 8 "
    "levels: move it up";

// A property that is a string, with its end; NULL: there is none.
static const char *read_string(const void *fdt, int node, const char *name) {
    int length;
    const char *value = fdt_getprop(fdt, node, name, &length);
    return value && length > 0 && value[length - 1] == '\0' ? value : NULL;
}

static word_t read_cells(const fdt32_t *cells, int count) {
    word_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 32 | fdt32_to_cpu(cells[i]);
    return value;
}

// A bus's `ranges`: the parent's address of the child address [*start, *start + size). False: not reachable
// by the CPU.
static bool translate_once(const struct place *place, int level, word_t *start, word_t size) {
    int length;
    const fdt32_t *ranges = fdt_getprop(place->fdt, place->path[level], "ranges", &length);
    if (!ranges)
        return false;
    if (length == 0)
        return true;
    int child_cells = fdt_address_cells(place->fdt, place->path[level]);
    int parent_cells = fdt_address_cells(place->fdt, place->path[level - 1]);
    int size_cells = fdt_size_cells(place->fdt, place->path[level]);
    if (child_cells < 1 || child_cells > MAX_REG_CELLS || parent_cells < 1 || parent_cells > MAX_REG_CELLS ||
        size_cells < 1 || size_cells > MAX_REG_CELLS)
        return false;
    int record = child_cells + parent_cells + size_cells;
    for (int count = length / (int)sizeof(fdt32_t) / record; count > 0; count--, ranges += record) {
        word_t child = read_cells(ranges, child_cells);
        word_t parent = read_cells(ranges + child_cells, parent_cells);
        word_t span = read_cells(ranges + child_cells + parent_cells, size_cells);
        if (*start >= child && *start - child < span && size <= span - (*start - child)) {
            *start = parent + (*start - child);
            return true;
        }
    }
    return false;
}

// Entry `index` of a node's `reg`, as the CPU sees it. False: there is none, or it cannot be reached.
static bool read_reg(const struct place *place, int index, struct boot_region *region) {
    if (place->depth < 1)
        return false;
    int parent = place->path[place->depth - 1], length;
    int address_cells = fdt_address_cells(place->fdt, parent),
        size_cells = fdt_size_cells(place->fdt, parent);
    const fdt32_t *reg = fdt_getprop(place->fdt, place->path[place->depth], "reg", &length);
    if (!reg || address_cells < 1 || address_cells > MAX_REG_CELLS || size_cells < 1 ||
        size_cells > MAX_REG_CELLS)
        return false;
    int record = address_cells + size_cells;
    if (length / (int)sizeof(fdt32_t) / record <= index)
        return false;
    reg += index * record;
    word_t start = read_cells(reg, address_cells), size = read_cells(reg + address_cells, size_cells);
    for (int level = place->depth - 1; level > 0; level--)
        if (!translate_once(place, level, &start, size))
            return false;
    if (start + size < start)
        return false;
    *region = (struct boot_region){start, start + size};
    return true;
}

static bool is_enabled(const void *fdt, int node) {
    const char *status = read_string(fdt, node, "status");
    return !status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

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

static const char *parse_memory(const struct place *place, struct boot_board *board) {
    struct boot_region region;
    for (int i = 0; read_reg(place, i, &region); i++) // bound: the length of reg
        if (!add_memory(board, region))
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
static const char *parse_reserved(const struct place *place, struct boot_board *board) {
    bool no_map = fdt_getprop(place->fdt, place->path[place->depth], "no-map", NULL) != NULL;
    struct boot_region region;
    const char *error = NULL;
    for (int i = 0; !error && read_reg(place, i, &region); i++)
        error = add_reserved(board, region, no_map);
    return error;
}

static const char *parse_gic(const struct place *place, unsigned version, unsigned wanted,
                             struct boot_board *board) {
    if (board->gic_version)
        return NULL; // the first one is the CPUs' own
    if (version != wanted)
        return wanted == 3 ? "the board has a GICv2, the kernel is built for GICv3: build with GIC=2"
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
static unsigned timer_irq(const fdt32_t *cells, int length, int index) {
    if (length < (index + 1) * 3 * (int)sizeof(fdt32_t) || fdt32_to_cpu(cells[index * 3]) != 1)
        return 0;
    return 16 + (unsigned)fdt32_to_cpu(cells[index * 3 + 1]);
}

// Order of the interrupts (binding arm,arch_timer): secure, non-secure, virtual, hypervisor.
static const char *parse_timer(const struct place *place, struct boot_board *board) {
    int length;
    const fdt32_t *cells = fdt_getprop(place->fdt, place->path[place->depth], "interrupts", &length);
    board->irq_virtual_timer = cells ? timer_irq(cells, length, 2) : 0;
    board->irq_hyp_timer = cells ? timer_irq(cells, length, 3) : 0;
    if (!board->irq_virtual_timer || !board->irq_hyp_timer)
        return "the timer node's `interrupts` must name the virtual and the hypervisor timer (third and "
               "fourth entry)";
    return NULL;
}

static void parse_psci(const struct place *place, struct boot_board *board) {
    const char *method = read_string(place->fdt, place->path[place->depth], "method");
    if (method && strcmp(method, "smc") == 0)
        board->psci = BOOT_PSCI_SMC;
    else if (method && strcmp(method, "hvc") == 0)
        board->psci = BOOT_PSCI_HVC;
}

enum node_kind { NODE_OTHER, NODE_GIC_V2, NODE_GIC_V3, NODE_TIMER, NODE_PSCI };

static enum node_kind classify(const char *compatible, int length) {
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
        if (fdt_stringlist_contains(compatible, length, known[i].compatible))
            return known[i].kind;
    return NODE_OTHER;
}

// The node that /chosen stdout-path names, without its options behind ':'; or an error of libfdt.
static int find_console(const void *fdt) {
    int length, chosen = fdt_path_offset(fdt, "/chosen");
    const char *path = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "stdout-path", &length);
    if (!path)
        return -FDT_ERR_NOTFOUND;
    int end = 0;
    while (end < length && path[end] && path[end] != ':')
        end++;
    return fdt_path_offset_namelen(fdt, path, end);
}

static const char *parse_console(const struct place *place, struct boot_board *board) {
    int length;
    const char *compatible = fdt_getprop(place->fdt, place->path[place->depth], "compatible", &length);
    if (!compatible || !fdt_stringlist_contains(compatible, length, "arm,pl011"))
        return "/chosen stdout-path names a UART that the kernel has no driver for: name a PL011";
    if (!read_reg(place, 0, &board->uart))
        return "the console's node has no `reg` that the CPU can reach: correct it, or its bus's `ranges`";
    return NULL;
}

static const char *parse_node(const struct place *place, unsigned gic, struct boot_board *board) {
    const void *fdt = place->fdt;
    int node = place->path[place->depth], length;
    const char *type = read_string(fdt, node, "device_type");
    if (type && strcmp(type, "memory") == 0)
        return is_enabled(fdt, node) ? parse_memory(place, board) : NULL;
    const char *compatible = fdt_getprop(fdt, node, "compatible", &length);
    enum node_kind kind = compatible ? classify(compatible, length) : NODE_OTHER;
    if (kind == NODE_OTHER || !is_enabled(fdt, node))
        return NULL;
    switch (kind) {
    case NODE_GIC_V2:
        return parse_gic(place, 2, gic, board);
    case NODE_GIC_V3:
        return parse_gic(place, 3, gic, board);
    case NODE_TIMER:
        return parse_timer(place, board);
    default:
        parse_psci(place, board);
        return NULL;
    }
}

static const char *parse_nodes(const void *fdt, unsigned gic, struct boot_board *board) {
    struct place place = {.fdt = fdt};
    int console = find_console(fdt);
    if (console < 0 && console != -FDT_ERR_NOTFOUND)
        return "/chosen stdout-path is not a path or alias of this tree: correct it";
    int reserved = fdt_path_offset(fdt, "/reserved-memory");
    int depth = 0;
    // Bound: the nodes of the tree.
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
        if (depth >= MAX_DEPTH) {
            if (node == console)
                return TOO_DEEP;
            continue;
        }
        place.depth = depth;
        place.path[depth] = node;
        const char *error = NULL;
        if (depth == 2 && reserved >= 0 && place.path[1] == reserved)
            error = is_enabled(fdt, node) ? parse_reserved(&place, board) : NULL;
        else
            error = parse_node(&place, gic, board);
        if (!error && node == console)
            error = parse_console(&place, board);
        if (error)
            return error;
    }
    return NULL;
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
    return NULL;
}

const char *boot_fdt_parse(const void *fdt, word_t size, unsigned gic, struct boot_board *board) {
    *board = (struct boot_board){0};
    if (fdt_check_full(fdt, size))
        return "the device tree is damaged (fdt_check_full): make it again with dtc";
    board->compatible = read_string(fdt, 0, "compatible");
    if (!board->compatible)
        board->compatible = "a board without name";
    const char *error = parse_reservations(fdt, board);
    if (!error)
        error = parse_nodes(fdt, gic, board);
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
