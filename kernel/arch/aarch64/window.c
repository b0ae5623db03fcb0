// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's own translation tables (EL2 stage 1), once head.S has mapped the image. Invariants:
// 1. mappings are only added: no TLB invalidation is needed later. Exceptions: the identity mapping, which
// goes first, and the image's boot parts, which go last.
// 2. nothing is writable and executable; the window never maps the image, whose pages have their own rights,
// but for the boot parts when they are no longer mapped there.
// 3. only RAM is in the window: a speculative access to it cannot touch a device.
// 4. all tables are static; every loop is bounded by 2^40 / the size it steps by.
#include <arch/layout.h>
#include <arch/machine.h>
#include <arch/mmu_ops.h>
#include <arch/window.h>

#define ENTRIES     512
#define TABLE_COUNT 24

_Static_assert(WINDOW_BASE == 1l << 41 && DEVICE_BASE + (1l << PHYSICAL_BITS) == 1l << VIRTUAL_BITS,
               "layout");

extern word_t level0[ENTRIES], image_level3[ENTRIES];                       // head.S
extern const char image_start[], boot_end[], boot_bss_start[], image_end[]; // kernel.ld

static word_t tables[TABLE_COUNT][ENTRIES] __attribute__((aligned(4096)));
static unsigned tables_used;
static word_t image_offset; // physical minus virtual address of the image

static struct { word_t start, end; } pieces[WINDOW_MAX_PIECES];
static unsigned piece_count;

paddr_t arch_virt_to_phys(const void *pointer) {
    word_t address = (word_t)pointer;
    return (paddr_t){address < WINDOW_BASE ? address + image_offset : address - WINDOW_BASE};
}

void *arch_phys_to_virt(paddr_t paddr) {
    return (void *)(paddr.raw + WINDOW_BASE);
}

paddr_t window_image_start(void) {
    return arch_virt_to_phys(image_start);
}

paddr_t window_image_end(void) {
    return arch_virt_to_phys(image_end);
}

// The table that an entry points to; a new one if the entry is empty. Its address comes back through the
// image's mapping.
static word_t *next_table(word_t *entry) {
    if (!(*entry & 1)) {
        if (tables_used == TABLE_COUNT)
            kernel_panic("the memory map needs more than %u translation tables: raise TABLE_COUNT in "
                         "kernel/arch/aarch64/window.c",
                         TABLE_COUNT);
        word_t *table = tables[tables_used++];
        op_entry_write(entry, arch_virt_to_phys(table).raw | PTE_TABLE);
        return table;
    }
    return (word_t *)((*entry & MASK(48) & ~MASK(12)) - image_offset);
}

// Maps [start, end) of physical memory at base + start, with blocks where they fit. What is mapped already
// stays.
static void map(word_t base, word_t start, word_t end, word_t attributes) {
    for (word_t paddr = start, step; paddr < end; paddr += step) {
        word_t vaddr = base + paddr;
        word_t *table = next_table(&level0[vaddr >> 39]);
        for (unsigned shift = 30;; shift -= 9) { // bound: levels 1, 2, 3
            word_t *entry = &table[vaddr >> shift & MASK(9)];
            step = BIT(shift);
            bool is_table = shift > 12 && (*entry & 3) == PTE_TABLE;
            if (!is_table && *entry & 1) {
                step -= paddr & (step - 1);
                break;
            }
            if (!is_table && (paddr & (step - 1)) == 0 && end - paddr >= step) {
                op_entry_write(entry, paddr | attributes | (shift == 12 ? PTE_PAGE : PTE_BLOCK));
                break;
            }
            table = next_table(entry);
        }
    }
    // A new valid entry is used after DSB and ISB (Arm ARM D8, "Ordering of memory accesses from translation
    // table walks").
    op_dsb_ishst();
    op_isb();
}

void window_init(paddr_t image) {
    image_offset = image.raw - (word_t)image_start;
    op_entry_write(&level0[image.raw >> 39], 0);
    op_dsb_ishst();
    op_tlbi_alle2is();
    op_dsb_ish();
    op_isb();
}

struct window_part window_boot_part(unsigned index) {
    return index ? (struct window_part){arch_virt_to_phys(boot_bss_start), arch_virt_to_phys(image_end)}
                 : (struct window_part){arch_virt_to_phys(image_start), arch_virt_to_phys(boot_end)};
}

void window_take_boot_section(void) {
    for (unsigned i = 0; i < ENTRIES; i++) { // the image's pages, 4 KiB each from image_start
        const char *page = image_start + BIT(12) * i;
        if (page < boot_end || (page >= boot_bss_start && page < image_end))
            op_entry_write(&image_level3[i], 0);
    }
    op_dsb_ishst();
    op_tlbi_alle2is();
    op_dsb_ish();
    op_isb();
    for (unsigned i = 0; i < WINDOW_BOOT_PARTS; i++) {
        struct window_part part = window_boot_part(i);
        map(WINDOW_BASE, part.start.raw, part.end.raw, PTE_DATA);
    }
}

void window_map_pages(paddr_t start, word_t size) {
    word_t at = align_down(start.raw, 12), end = align_up(start.raw + size, 12);
    word_t image = window_image_start().raw, image_stop = window_image_end().raw;
    if (at < image)
        map(WINDOW_BASE, at, end < image ? end : image, PTE_DATA);
    if (end > image_stop)
        map(WINDOW_BASE, at > image_stop ? at : image_stop, end, PTE_DATA);
}

void window_add_ram(paddr_t start, paddr_t end) {
    if (piece_count == WINDOW_MAX_PIECES)
        kernel_panic("the memory has more than %u pieces: raise WINDOW_MAX_PIECES in arch/window.h",
                     WINDOW_MAX_PIECES);
    pieces[piece_count].start = start.raw;
    pieces[piece_count].end = end.raw;
    piece_count++;
    window_map_pages(start, end.raw - start.raw);
}

bool window_contains(paddr_t start, word_t size) {
    for (unsigned i = 0; i < piece_count; i++)
        if (start.raw >= pieces[i].start && start.raw < pieces[i].end)
            return size <= pieces[i].end - start.raw;
    return false;
}

volatile void *window_map_device(paddr_t start, word_t size) {
    map(DEVICE_BASE, align_down(start.raw, 12), align_up(start.raw + size, 12), PTE_DEVICE_DATA);
    return (volatile void *)(DEVICE_BASE + start.raw);
}
