// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Device trees on libfdt. Everything read here comes from our own tools or from the guest: sizes are checked.
#include <stdbool.h>
#include <string.h>

#include <libfdt.h>

#include <bench/runner/tree.h>

#define MIB2          (2ull * 1024 * 1024)
#define TREE_PATH_MAX 512

static bool tree_is_valid(const void *tree, size_t size) {
    return size >= sizeof(struct fdt_header) && fdt_check_header(tree) == 0 && fdt_totalsize(tree) <= size;
}

// A property of one or two cells; false when it is not there.
static bool number_get(const void *tree, int node, const char *name, uint64_t *value) {
    int length;
    const fdt32_t *cells = fdt_getprop(tree, node, name, &length);
    if (cells == NULL || (length != 4 && length != 8)) {
        return false;
    }
    *value = length == 4 ? fdt32_to_cpu(cells[0])
                         : (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
    return true;
}

static bool memory_get(const void *tree, uint64_t *base, uint64_t *size) {
    int node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory", sizeof("memory"));
    int length;
    const fdt32_t *cells = node < 0 ? NULL : fdt_getprop(tree, node, "reg", &length);
    if (cells == NULL || length < 16) {
        return false;
    }
    *base = (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
    *size = (uint64_t)fdt32_to_cpu(cells[2]) << 32 | fdt32_to_cpu(cells[3]);
    return true;
}

static uint64_t little_endian_get(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

// Where an initrd begins that is not there: at half of the memory, at most 128 MiB from its start, but behind
// the kernel (vmm/guest/place.c). Image header: image_size at 16.
static uint64_t initrd_place(const struct tree_layout *layout, const uint8_t *image) {
    uint64_t half = layout->memory_size / 2, limit = 128ull * 1024 * 1024;
    uint64_t place = layout->memory_base + (half < limit ? half : limit);
    uint64_t kernel_end = layout->kernel + little_endian_get(image + 16);
    return place < kernel_end ? kernel_end : place;
}

const char *tree_layout_derive(const void *tree, size_t size, const void *image_header,
                               struct tree_layout *layout) {
    // Image header: text_offset at 8, magic "ARM\x64" at 56 (Linux, Documentation/arm64/booting.rst).
    const uint8_t *image = image_header;
    uint64_t initrd_end;
    if (!tree_is_valid(tree, size)) {
        return "not a device tree";
    }
    if (memcmp(image + 56, "ARM\x64", 4) != 0) {
        return "the kernel is not an arm64 Image";
    }
    if (!memory_get(tree, &layout->memory_base, &layout->memory_size)) {
        return "the device tree has no memory node with two cells of address and of size";
    }
    layout->kernel = layout->memory_base + MIB2 + little_endian_get(image + 8);
    int chosen = fdt_path_offset(tree, "/chosen");
    layout->initrd = 0;
    if (chosen < 0 || !number_get(tree, chosen, "linux,initrd-start", &layout->initrd)) {
        initrd_end = initrd_place(layout, image);
    } else if (!number_get(tree, chosen, "linux,initrd-end", &initrd_end)) {
        return "the device tree does not say in /chosen where the initrd ends";
    }
    layout->tree = (initrd_end + MIB2 - 1) / MIB2 * MIB2;
    // The emulator leaves a tree of its own in the first MiB.
    layout->start = layout->memory_base + MIB2 - 4096;
    if (layout->tree + size > layout->memory_base + layout->memory_size) {
        return "the device tree would lie above the memory's end: give the guest more memory";
    }
    return NULL;
}

void tree_guest_get(const void *tree, const struct tree_layout *layout, const char *omitted,
                    struct tree_guest *guest) {
    int length = 0;
    const char *words = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", &length);
    size_t used = 0;
    memset(guest, 0, sizeof(*guest));
    guest->memory_mib = layout->memory_size >> 20;
    if (words == NULL || length < 1 || words[length - 1] != '\0') {
        return;
    }
    while (*(words += strspn(words, " ")) != '\0') {
        size_t word = strcspn(words, " ");
        bool kept = strlen(omitted) != word || strncmp(words, omitted, word) != 0;
        if (kept && used + word + 2 <= sizeof(guest->cmdline)) {
            used += (size_t)snprintf(guest->cmdline + used, sizeof(guest->cmdline) - used, "%s%.*s",
                                     used > 0 ? " " : "", (int)word, words);
        }
        words += word;
    }
}

bool tree_has_device(const void *tree, size_t size, const char *device) {
    return tree_is_valid(tree, size) && fdt_node_offset_by_compatible(tree, -1, device) >= 0;
}

const char *tree_loopback_add(void *tree, size_t capacity, const void *board, size_t board_size,
                              size_t *size) {
    static const char *const names[] = {"compatible", "reg", "interrupts"};
    if (!tree_is_valid(board, board_size) || !tree_is_valid(tree, capacity)) {
        return "not a device tree";
    }
    int from = fdt_node_offset_by_compatible(board, -1, TREE_LOOPBACK);
    if (from < 0 || fdt_parent_offset(board, from) != 0) {
        return "the board has no device \"" TREE_LOOPBACK "\" below the root of its device tree";
    }
    bool added = fdt_open_into(tree, tree, (int)capacity) == 0;
    int to = added ? fdt_add_subnode(tree, 0, fdt_get_name(board, from, NULL)) : -1;
    added = to >= 0;
    for (size_t i = 0; added && i < sizeof(names) / sizeof(names[0]); i++) {
        int length;
        const void *value = fdt_getprop(board, from, names[i], &length);
        added = value != NULL && fdt_setprop(tree, to, names[i], value, length) == 0;
    }
    added = added && fdt_pack(tree) == 0;
    *size = added ? fdt_totalsize(tree) : 0;
    return added ? NULL : "the loopback device cannot be added to the guest's device tree";
}

static void little_endian_put(uint8_t *bytes, uint64_t value, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

void tree_start_write(const struct tree_layout *layout, uint8_t code[TREE_START_BYTES]) {
    static const uint32_t words[] = {
        0x580000c0, // ldr x0, 24
        0xaa1f03e1, // mov x1, xzr
        0xaa1f03e2, // mov x2, xzr
        0xaa1f03e3, // mov x3, xzr
        0x58000084, // ldr x4, 32
        0xd61f0080, // br  x4
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        little_endian_put(code + 4 * i, words[i], 4);
    }
    little_endian_put(code + 24, layout->tree, 8);
    little_endian_put(code + 32, layout->kernel, 8);
}

static bool value_is_text(const char *value, int length) {
    if (length < 2 || value[length - 1] != '\0' || value[0] == '\0') {
        return false;
    }
    for (int i = 0; i < length - 1; i++) {
        if ((value[i] < ' ' || value[i] > '~') && value[i] != '\0') {
            return false;
        }
    }
    return true;
}

static void value_print(FILE *out, const char *value, int length) {
    if (value == NULL) {
        fprintf(out, "(absent)");
    } else if (value_is_text(value, length)) {
        for (int i = 0; i < length; i += (int)strlen(value + i) + 1) {
            fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", value + i);
        }
    } else {
        fprintf(out, "<");
        for (int i = 0; i < length && i < 48; i++) {
            fprintf(out, "%s%02x", i > 0 && i % 4 == 0 ? " " : "", (unsigned char)value[i]);
        }
        fprintf(out, "%s>", length > 48 ? " ..." : "");
    }
}

// Properties of a node of `one`, as far as `other` lacks or (with changed) has other values. `one` is
// native's if one_is_native.
static int properties_compare(const void *one, int one_node, const void *other, int other_node,
                              const char *path, bool one_is_native, FILE *out) {
    int differences = 0;
    int offset;
    fdt_for_each_property_offset(offset, one, one_node) {
        const char *name;
        int one_length, other_length = 0;
        const char *one_value = fdt_getprop_by_offset(one, offset, &name, &one_length);
        const char *other_value = fdt_getprop(other, other_node, name, &other_length);
        if (one_value == NULL || (other_value != NULL && !one_is_native)) {
            continue; // a property that both have was printed when `one` was native's
        }
        if (other_value != NULL && one_length == other_length &&
            memcmp(one_value, other_value, (size_t)one_length) == 0) {
            continue;
        }
        differences++;
        fprintf(out, "  %s: %s: native ", path, name);
        value_print(out, one_is_native ? one_value : other_value, one_is_native ? one_length : other_length);
        fprintf(out, ", guest ");
        value_print(out, one_is_native ? other_value : one_value, one_is_native ? other_length : one_length);
        fprintf(out, "\n");
    }
    return differences;
}

static int nodes_compare(const void *one, const void *other, bool one_is_native, FILE *out) {
    int differences = 0;
    for (int node = 0; node >= 0; node = fdt_next_node(one, node, NULL)) {
        char path[TREE_PATH_MAX];
        if (fdt_get_path(one, node, path, sizeof(path)) != 0) {
            continue;
        }
        int other_node = fdt_path_offset(other, path);
        if (other_node < 0) {
            fprintf(out, "  %s: only %s\n", path, one_is_native ? "native" : "guest");
            differences++;
        } else {
            differences += properties_compare(one, node, other, other_node, path, one_is_native, out);
        }
    }
    return differences;
}

int tree_compare(const void *native, size_t native_size, const void *virt, size_t virt_size, FILE *out) {
    if (!tree_is_valid(native, native_size) || !tree_is_valid(virt, virt_size)) {
        return -1;
    }
    return nodes_compare(native, virt, true, out) + nodes_compare(virt, native, false, out);
}
