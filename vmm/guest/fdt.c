// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Derives the guest's tree (vmm/guest/fdt.h): copies the board's, prunes it (fdt_prune.c), cuts the
// properties of what is left to those that hold for the guest, and makes memory, psci and chosen anew, in the
// order in which QEMU makes them (a property or node that libfdt adds goes in front of the others), so that a
// native run with this tree ends with the same bytes.
#include <libfdt.h>
#include <lib/base/string.h>
#include <vmm/guest/fdt.h>
#include <vmm/guest/fdt_prune.h>

#define GICR_BYTES 0x20000ull // GICv3 (IHI 0069), 12.10: two 64 KiB frames a redistributor
#define PATH_BYTES 256

static const char no_room[] = "the guest's device tree does not fit behind kernel and initrd: raise `memory`";
static const char damaged[] = "the board's device tree is damaged: compile it again with dtc";

// Properties that stay, by kind of node; all others name what the guest does not have.
static const char *const root_properties[] = {"#address-cells", "#size-cells",      "compatible",
                                              "model",          "interrupt-parent", NULL};
static const char *const cpu_properties[] = {"device_type", "compatible",      "reg", "enable-method",
                                             "phandle",     "clock-frequency", NULL};
static const char *const device_properties[] = {"compatible",       "reg",           "interrupts",
                                                "interrupt-parent", "clocks",        "clock-names",
                                                "phandle",          "reg-io-width",  "reg-shift",
                                                "reg-offset",       "dma-coherent",  "arm,primecell-periphid",
                                                "fifo-size",        "current-speed", "clock-frequency",
                                                "gpio-controller",  "#gpio-cells",   NULL};
static const char *const gic_properties[] = {"compatible",
                                             "reg",
                                             "#interrupt-cells",
                                             "#address-cells",
                                             "#size-cells",
                                             "interrupt-controller",
                                             "phandle",
                                             "ranges",
                                             "#redistributor-regions",
                                             "redistributor-stride",
                                             NULL};

static bool name_is_in(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

// Deletes every property of `node` that is not in `names`.
static void keep_properties(void *fdt, int node, const char *const *names) {
    int property = fdt_first_property_offset(fdt, node);
    while (property >= 0) { // each turn passes a property or deletes one
        const char *name;
        fdt_getprop_by_offset(fdt, property, &name, NULL);
        if (!name_is_in(name, names)) {
            fdt_delprop(fdt, node, name);
            property = fdt_first_property_offset(fdt, node);
        } else {
            property = fdt_next_property_offset(fdt, property);
        }
    }
}

// Appends `value` in `cells` cells at `*at`; false when it does not fit.
static bool put_cells(fdt32_t **at, uint64_t value, int cells) {
    if (cells < 1 || cells > 2 || (cells == 1 && value >> 32))
        return false;
    if (cells == 2)
        *(*at)++ = cpu_to_fdt32((uint32_t)(value >> 32));
    *(*at)++ = cpu_to_fdt32((uint32_t)value);
    return true;
}

// Writes `reg` of `node`, which stands below `bus`: `count` pairs of address and size.
static const char *set_reg(void *fdt, int bus, int node, const uint64_t (*pairs)[2], unsigned count) {
    fdt32_t cells[16], *at = cells;
    for (unsigned i = 0; i < count; i++)
        if (!put_cells(&at, pairs[i][0], fdt_address_cells(fdt, bus)) ||
            !put_cells(&at, pairs[i][1], fdt_size_cells(fdt, bus)))
            return "an address of the VM does not fit the board's device tree: use 2 cells for addresses and "
                   "sizes";
    return fdt_setprop(fdt, node, "reg", cells, (int)((char *)at - (char *)cells)) ? no_room : NULL;
}

static int find_compatible(const void *fdt, const char *const *names, uint64_t address) {
    int depth = 0;
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
        uint64_t at;
        if (fdt_is_compatible(fdt, node, names) && fdt_node_address(fdt, node, &at) && at == address)
            return node;
    }
    return -FDT_ERR_NOTFOUND;
}

// The guest's interrupt controller: the distributor and, on GICv3, its redistributors; on GICv2 the CPU
// interface. Nothing of virtualisation, no ITS or v2m (pruned), no maintenance interrupt.
static const char *derive_gic(const struct vm_config *config, void *fdt) {
    int node = find_compatible(fdt, fdt_gic_names, config->gicd_ipa);
    if (node < 0)
        return damaged;
    int bus = fdt_parent_offset(fdt, node);
    int address_cells = fdt_address_cells(fdt, bus), size_cells = fdt_size_cells(fdt, bus), length;
    const uint8_t *reg = fdt_getprop(fdt, node, "reg", &length);
    int pair = 4 * (address_cells + size_cells);
    if (address_cells < 1 || size_cells < 1 || address_cells > 2 || size_cells > 2 || !reg ||
        length < 2 * pair)
        return damaged;
    uint64_t pairs[2][2] = {{config->gicd_ipa, fdt_read_cells(reg + 4 * address_cells, size_cells)}};
    if (config->gic_version == 3) {
        pairs[1][0] = config->gicr_ipa;
        pairs[1][1] = GICR_BYTES * config->vcpu_count;
    } else {
        pairs[1][0] = config->gicc_ipa;
        pairs[1][1] = fdt_read_cells(reg + pair + 4 * address_cells, size_cells);
    }
    keep_properties(fdt, node, gic_properties);
    return set_reg(fdt, bus, node, pairs, 2);
}

static const char *derive_devices(const struct vm_config *config, void *fdt) {
    for (uint32_t i = 0; i < config->device_count; i++) {
        const char *names[] = {fdt_device_name(config->devices[i].type), NULL};
        int node = names[0] ? find_compatible(fdt, names, config->devices[i].ipa) : -1;
        int length;
        if (node < 0)
            continue;
        keep_properties(fdt, node, device_properties);
        const fdt32_t *interrupts = fdt_getprop(fdt, node, "interrupts", &length);
        // GIC binding: kind (0: SPI), number, flags.
        if (!interrupts || length < 12 || config->devices[i].irq < 32)
            return "a guest device has no shared interrupt in the board's device tree: give it `interrupts`";
        fdt32_t cells[3] = {0, cpu_to_fdt32(config->devices[i].irq - 32), interrupts[2]};
        if (fdt_setprop(fdt, node, "interrupts", cells, sizeof(cells)))
            return no_room;
    }
    return NULL;
}

static const char *derive_cpus(const struct vm_config *config, void *fdt) {
    int cpus = fdt_path_offset(fdt, "/cpus"), node;
    fdt_for_each_subnode(node, fdt, cpus) {
        keep_properties(fdt, node, cpu_properties);
        bool method = config->vcpu_count > 1 || fdt_getprop(fdt, node, "enable-method", NULL);
        if (method && fdt_setprop_string(fdt, node, "enable-method", "psci"))
            return no_room;
    }
    return NULL;
}

static void derive_aliases(void *fdt) {
    int aliases = fdt_path_offset(fdt, "/aliases");
    if (aliases < 0)
        return;
    int property = fdt_first_property_offset(fdt, aliases);
    while (property >= 0) { // each turn passes a property or deletes one
        const char *name;
        const char *path = fdt_getprop_by_offset(fdt, property, &name, NULL);
        if (fdt_path_offset(fdt, path) < 0) {
            fdt_delprop(fdt, aliases, name);
            property = fdt_first_property_offset(fdt, aliases);
        } else {
            property = fdt_next_property_offset(fdt, property);
        }
    }
}

static const char *make_memory(const struct vm_config *config, void *fdt) {
    char name[32] = "memory@";
    unsigned used = sizeof("memory@") - 1;
    for (int shift = 60; shift >= 0; shift -= 4)
        if (config->memory_ipa >> shift || shift == 0)
            name[used++] = "0123456789abcdef"[config->memory_ipa >> shift & 15];
    int node = fdt_add_subnode(fdt, 0, name);
    if (node < 0 || fdt_setprop_string(fdt, node, "device_type", "memory"))
        return no_room;
    const uint64_t pairs[1][2] = {{config->memory_ipa, config->memory_size}};
    return set_reg(fdt, 0, node, pairs, 1);
}

// Linux, Documentation/devicetree/bindings/arm/psci.yaml; numbers: PSCI (DEN 0022), 5.1.
static const char *make_psci(void *fdt) {
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2\0arm,psci";
    int node = fdt_add_subnode(fdt, 0, "psci");
    if (node < 0 || fdt_setprop(fdt, node, "compatible", compatible, sizeof(compatible)) ||
        fdt_setprop_string(fdt, node, "method", "smc") ||
        fdt_setprop_u32(fdt, node, "cpu_suspend", 0xc4000001) ||
        fdt_setprop_u32(fdt, node, "cpu_off", 0x84000002) ||
        fdt_setprop_u32(fdt, node, "cpu_on", 0xc4000003) || fdt_setprop_u32(fdt, node, "migrate", 0xc4000005))
        return no_room;
    return NULL;
}

// Where the guest's first messages go: the board's choice when that device is the guest's, else the guest's
// first UART. False: it has none.
static bool find_stdout(const struct vm_config *config, const void *fdt, char path[PATH_BYTES]) {
    int chosen = fdt_path_offset(fdt, "/chosen"), length;
    const char *given = chosen >= 0 ? fdt_getprop(fdt, chosen, "stdout-path", &length) : NULL;
    if (given && length > 0 && length <= PATH_BYTES) {
        const char *options = memchr(given, ':', (size_t)length);
        if (fdt_path_offset_namelen(fdt, given, options ? (int)(options - given) : length - 1) >= 0) {
            memcpy(path, given, (size_t)length);
            return true;
        }
    }
    for (uint32_t i = 0; i < config->device_count; i++) {
        const char *names[] = {fdt_device_name(config->devices[i].type), NULL};
        int node = config->devices[i].type == VM_DEVICE_PL011
                       ? find_compatible(fdt, names, config->devices[i].ipa)
                       : -1;
        if (node >= 0 && fdt_get_path(fdt, node, path, PATH_BYTES) == 0)
            return true;
    }
    return false;
}

static int set_address(void *fdt, int node, const char *name, uint64_t value) {
    return value >> 32 ? fdt_setprop_u64(fdt, node, name, value)
                       : fdt_setprop_u32(fdt, node, name, (uint32_t)value);
}

static const char *make_chosen(const struct vm_config *config, const struct placement *placement, void *fdt) {
    static const char *const nothing[] = {NULL};
    static const uint8_t no_seed[sizeof(config->rng_seed)];
    char stdout_path[PATH_BYTES];
    bool has_stdout = find_stdout(config, fdt, stdout_path);
    int node = fdt_path_offset(fdt, "/chosen");
    if (node < 0)
        node = fdt_add_subnode(fdt, 0, "chosen");
    if (node < 0)
        return no_room;
    keep_properties(fdt, node, nothing);
    bool failed = config->kaslr_seed && fdt_setprop_u64(fdt, node, "kaslr-seed", config->kaslr_seed);
    if (memcmp(config->rng_seed, no_seed, sizeof(no_seed)) != 0)
        failed |= fdt_setprop(fdt, node, "rng-seed", config->rng_seed, sizeof(config->rng_seed)) != 0;
    if (has_stdout)
        failed |= fdt_setprop_string(fdt, node, "stdout-path", stdout_path) != 0;
    failed |= fdt_setprop_string(fdt, node, "bootargs", config->cmdline) != 0;
    if (placement->initrd_size) {
        failed |= set_address(fdt, node, "linux,initrd-start", placement->initrd) != 0;
        failed |= set_address(fdt, node, "linux,initrd-end", placement->initrd + placement->initrd_size) != 0;
    }
    return failed ? no_room : NULL;
}

// libfdt leaves what stood there before behind a value that does not fill its last word: bytes of the board's
// tree, and of the seeds, which Linux wipes from their properties and not from there.
static void clear_padding(void *fdt) {
    int property;
    for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        fdt_for_each_property_offset(property, fdt, node) {
            int length = 0;
            const char *value = fdt_getprop_by_offset(fdt, property, NULL, &length);
            if (value)
                memset((char *)fdt + (value - (const char *)fdt) + length, 0, (unsigned)-length % 4);
        }
    }
}

const char *fdt_derive(const struct vm_config *config, const void *board, uint64_t board_size,
                       const struct placement *placement, void *buffer, uint64_t size) {
    if (!board || board_size < FDT_V17_SIZE || fdt_check_header(board) || fdt_totalsize(board) > board_size)
        return "the board's device tree is missing or damaged: compile it with dtc and name it in the system";
    if (size > INT32_MAX || fdt_open_into(board, buffer, (int)size))
        return no_room;
    const char *error = fdt_prune(config, buffer);
    if (error)
        return error;
    while (fdt_num_mem_rsv(buffer) > 0) // the board's reservations: not of this memory
        if (fdt_del_mem_rsv(buffer, 0))
            return damaged;
    keep_properties(buffer, 0, root_properties);
    error = derive_gic(config, buffer);
    if (!error)
        error = derive_devices(config, buffer);
    if (!error)
        error = derive_cpus(config, buffer);
    derive_aliases(buffer);
    if (!error)
        error = make_chosen(config, placement, buffer);
    if (!error)
        error = make_memory(config, buffer);
    if (!error)
        error = make_psci(buffer);
    if (!error && fdt_pack(buffer))
        error = damaged;
    if (!error)
        clear_padding(buffer);
    return error;
}

uint64_t fdt_derived_size(const void *tree) {
    return fdt_totalsize(tree);
}
