// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The bus: which device owns a guest-physical address. Every emulated access of the guest passes here.
//
// Invariants: 1. regions do not overlap each other (bus_add_region refuses), nor guest RAM (vm_create
// refuses); 2. a device sees only accesses that lie inside its region, are naturally aligned and have a size
// that the region allows; 3. nothing here or in a device depends on how an access was decoded.
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct vm;

#define BUS_MAX_REGIONS 48

// Access sizes that a region allows, a mask.
enum bus_sizes {
    BUS_SIZE_1 = 1,
    BUS_SIZE_2 = 2,
    BUS_SIZE_4 = 4,
    BUS_SIZE_8 = 8,
    BUS_SIZES_UP_TO_4 = 7,
    BUS_SIZES_ALL = 15,
};

// A load of `bytes` (1, 2, 4, 8) at `offset` from the region's start, by `vcpu`. Returns the value, little
// endian as the device defines it; bits above `bytes` are ignored by the caller.
typedef uint64_t (*bus_read_fn)(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes);
// A store. `value` has its bits above `bytes` clear.
typedef void (*bus_write_fn)(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes,
                             uint64_t value);

struct bus_region {
    uint64_t ipa;
    uint64_t size; // bytes, a multiple of 8
    bus_read_fn read;
    bus_write_fn write;
    void *device;     // handed to read and write
    unsigned sizes;   // enum bus_sizes
    const char *name; // in reports: "pl011", "gicd"
};

struct bus {
    const struct bus_region *last; // the region hit last
    unsigned count;
    struct bus_region regions[BUS_MAX_REGIONS]; // ascending in address
};

// Empties the bus.
void bus_init(struct bus *bus);

// Adds a copy of `region`. Returns NULL, or why it cannot be added: an empty region, one that ends beyond
// 2^64, overlaps another, or a full bus.
const char *bus_add_region(struct bus *bus, const struct bus_region *region);

// The region that holds `ipa`, or NULL.
const struct bus_region *bus_find_region(struct bus *bus, uint64_t ipa);

// The region nearest to `ipa` (which nothing owns), for a report; NULL on an empty bus.
const struct bus_region *bus_nearest_region(const struct bus *bus, uint64_t ipa);

// The last-hit region when it holds `ipa`, else a search.
static inline const struct bus_region *bus_lookup(struct bus *bus, uint64_t ipa) {
    const struct bus_region *last = bus->last;
    if (__builtin_expect(last && ipa - last->ipa < last->size, 1))
        return last;
    return bus_find_region(bus, ipa);
}

// An access of `vcpu`: the device's read puts its result into *value, a store's is there. False: no device is
// at `ipa`, or its region does not allow this size or alignment.
static inline __attribute__((always_inline)) bool bus_access(struct bus *bus, struct vcpu *vcpu, uint64_t ipa,
                                                             unsigned bytes, bool write, uint64_t *value) {
    const struct bus_region *region = bus_lookup(bus, ipa);
    // BUS_SIZE_n is n, so that the size is its own bit.
    if (__builtin_expect(!region || !(region->sizes & bytes) || (ipa & (bytes - 1)), 0))
        return false;
    if (write)
        region->write(vcpu, region->device, ipa - region->ipa, bytes, *value);
    else
        *value = region->read(vcpu, region->device, ipa - region->ipa, bytes);
    return true;
}

#endif
