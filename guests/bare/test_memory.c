// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Guest memory as it is given: zero beyond what the loader put there, all of it writable, and no more of it.
#include "guests/bare/bare.h"

static u64 region_end(struct region region) {
    return region.base + region.size;
}

// Address just behind the loaded object that covers `address`, or 0.
static u64 loaded_end(u64 address) {
    const struct region image = {(u64)__image_start, (u64)__image_end - (u64)__image_start};
    const struct region objects[] = {image, machine.fdt, machine.initrd};
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        if (address >= objects[i].base && address < region_end(objects[i])) {
            return (region_end(objects[i]) + 7) & ~7UL;
        }
    }
    return 0;
}

static void test_zero(void) {
    u64 end = region_end(machine.ram);
    for (u64 address = (u64)__image_end; address < end;) {
        u64 skip = loaded_end(address);
        if (skip) {
            address = skip;
            continue;
        }
        if (!check_equal(read64(address), 0, "memory beyond the image at RAM+0x%lx",
                         address - machine.ram.base)) {
            return;
        }
        address += 8;
    }
}

static void test_bounds(void) {
    u64 last = region_end(machine.ram) - 8, value = 0;
    u64 old = read64(last);
    write64(last, 0x0123456789abcdef);
    check_equal(read64(last), 0x0123456789abcdef, "last word of RAM");
    write64(last, old);
    check(!probe_read(last + 8, 8, &value), "read behind RAM: no abort");
    check(!probe_write(last + 8, 8, 0), "write behind RAM: no abort");
    if (loaded_end(machine.ram.base) == 0) {
        check(probe_read(machine.ram.base, 8, &value), "first word of RAM: read aborts");
    }
}

static const struct test tests[] = {
    {.name = "memory-zero", .run = test_zero},
    {.name = "memory-bounds", .run = test_bounds},
};
const struct test_group group_memory = TEST_GROUP(tests);
