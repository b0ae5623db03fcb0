// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The bus (vmm/include/vmm/bus.h keeps the invariants): regions sorted by address, so that a lookup that
// misses the region hit last halves its way.
#include <stddef.h>
#include <vmm/include/vmm/bus.h>

void bus_init(struct bus *bus) {
    bus->last = NULL;
    bus->count = 0;
}

// Index of the first region that ends behind `ipa`; bus->count when there is none.
static unsigned bus_search(const struct bus *bus, uint64_t ipa) {
    unsigned low = 0, high = bus->count;
    while (low < high) { // at most 6 turns: BUS_MAX_REGIONS < 64
        unsigned middle = (low + high) / 2;
        if (bus->regions[middle].ipa + bus->regions[middle].size - 1 < ipa)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *bus_add_region(struct bus *bus, const struct bus_region *region) {
    if (bus->count == BUS_MAX_REGIONS)
        return "the bus is full: raise BUS_MAX_REGIONS";
    if (region->size == 0 || region->size % 8 != 0)
        return "a device region is empty, or its size is not a multiple of 8";
    uint64_t last = region->ipa + region->size - 1;
    if (last < region->ipa)
        return "a device region ends beyond the address space: give it a lower address";
    unsigned at = bus_search(bus, region->ipa);
    if (at < bus->count && bus->regions[at].ipa <= last)
        return "two device regions overlap: give the devices addresses of their own";
    for (unsigned i = bus->count; i > at; i--)
        bus->regions[i] = bus->regions[i - 1];
    bus->regions[at] = *region;
    bus->count++;
    bus->last = NULL; // the regions moved
    return NULL;
}

const struct bus_region *bus_find_region(struct bus *bus, uint64_t ipa) {
    unsigned at = bus_search(bus, ipa);
    if (at == bus->count || ipa < bus->regions[at].ipa)
        return NULL;
    bus->last = &bus->regions[at];
    return bus->last;
}

const struct bus_region *bus_nearest_region(const struct bus *bus, uint64_t ipa) {
    unsigned at = bus_search(bus, ipa);
    if (bus->count == 0)
        return NULL;
    if (at == bus->count)
        return &bus->regions[at - 1];
    if (at == 0)
        return &bus->regions[0];
    const struct bus_region *below = &bus->regions[at - 1], *above = &bus->regions[at];
    uint64_t to_below = ipa - (below->ipa + below->size - 1);
    return above->ipa - ipa < to_below ? above : below;
}
