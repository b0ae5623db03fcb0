// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The board's own UART (services/root/stdout.h; Devicetree Specification 0.4, 3.6 and 2.3.6).
#include <libfdt.h>
#include <services/root/stdout.h>

#define NONE (~0ull)

// The node that /chosen stdout-path names, without the options behind ':'.
static int find_stdout(const void *fdt) {
    int length, chosen = fdt_path_offset(fdt, "/chosen");
    const char *path = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "stdout-path", &length);
    if (!path || length < 1)
        return -1;
    int end = 0;
    while (end < length && path[end] && path[end] != ':')
        end++;
    return fdt_path_offset_namelen(fdt, path, end);
}

uint64_t stdout_find_pl011(const void *fdt) {
    if (fdt_check_header(fdt))
        return NONE;
    int length, node = find_stdout(fdt);
    if (node < 0 || fdt_node_check_compatible(fdt, node, "arm,pl011"))
        return NONE;
    int cells = fdt_address_cells(fdt, fdt_parent_offset(fdt, node));
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);
    if (!reg || cells < 1 || cells > 2 || length < cells * 4)
        return NONE;
    uint64_t address = 0;
    for (int i = 0; i < cells; i++)
        address = address << 32 | fdt32_to_cpu(reg[i]);
    return address;
}
