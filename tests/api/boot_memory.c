// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The untypeds that a root task is given, against the board's device tree: every hole of the physical
// addresses as device memory, then what the kernel needed for the boot only, then free RAM; each cut greedily
// from its start.
#include "boot_root.h"

#define PHYSICAL_END  (1ull << 40)
#define UART          0x09000000ull
#define GICV          0x08040000ull
#define PAGE          4096ull
#define KERNEL_BYTES  0x200000ull // the kernel's image is smaller, and aligned so
#define WITHHELD_MOST (8ull << 20)

// Device pages that the kernel keeps.
static const struct region gic2_pages[] = {
    {0x08000000, 0x08001000}, {0x08010000, 0x08012000}, {0x08030000, 0x08031000}};
static const struct region gic3_pages[] = {{0x08000000, 0x08010000}, {0x080a0000, 0x09000000}};

static word untyped_count, device_count; // all; those of devices
static struct region ram;

// --- the board's device tree

static uint32_t tree_word(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static const uint8_t *tree(void) {
    return (const uint8_t *)extra_start() + 16;
}

static bool text_begins(const char *text, const char *with) {
    while (*with && *text == *with) {
        text++;
        with++;
    }
    return !*with;
}

// A property of the first node whose name begins with `node`; NULL: none. Tokens: 1 node, 2 its end, 3
// property.
static const uint8_t *tree_property(const char *node, const char *name) {
    const uint8_t *at = tree() + tree_word(tree() + 8), *strings = tree() + tree_word(tree() + 12);
    bool inside = false;
    for (uint32_t token; (token = tree_word(at)) != 9;) {
        at += 4;
        if (token == 1) {
            inside = text_begins((const char *)at, node);
            while (*at)
                at++;
            at = (const uint8_t *)(((word)at + 4) & ~3ull);
        } else if (token == 2) {
            inside = false;
        } else if (token == 3) {
            const char *property = (const char *)strings + tree_word(at + 4);
            if (inside && text_begins(property, name))
                return at + 8;
            at += 8 + ((tree_word(at) + 3) & ~3u);
        }
    }
    return 0;
}

static void the_tree_names_memory_and_interrupt_controller(void) {
    const uint8_t *reg = tree_property("memory@", "reg");
    EXPECT(reg != 0);
    ram.start = (word)tree_word(reg) << 32 | tree_word(reg + 4);
    ram.end = ram.start + ((word)tree_word(reg + 8) << 32 | tree_word(reg + 12));
    EXPECT_EQUAL(ram.start, 0x40000000);
    EXPECT(ram.end > ram.start);
    EXPECT(tree_property("intc@", "compatible") != 0);
    untyped_count = bootinfo->untyped.end - bootinfo->untyped.start;
    while (device_count < untyped_count && bootinfo->untyped_list[device_count].device)
        device_count++;
}

// --- the list

static unsigned cut(word start, word end) {
    unsigned bits = 0;
    while (bits < 47 && (start & ((2ull << bits) - 1)) == 0 && start + (2ull << bits) <= end)
        bits++;
    return bits;
}

// Whether the list goes on at *index with [start, end), cut greedily.
static bool list_has(word *index, word start, word end) {
    while (start < end) {
        unsigned bits = cut(start, end);
        if (*index == untyped_count || bootinfo->untyped_list[*index].paddr != start ||
            bootinfo->untyped_list[*index].bits != bits)
            return false;
        start += 1ull << bits;
        (*index)++;
    }
    return true;
}

static void every_hole_is_a_device_ascending(void) {
    bool gic3 = text_begins((const char *)tree_property("intc@", "compatible"), "arm,gic-v3");
    const struct region *pages = gic3 ? gic3_pages : gic2_pages;
    word count = gic3 ? 2 : 3, index = 0, at = 0;
    for (word i = 0; i < count; at = pages[i++].end)
        EXPECT(list_has(&index, at, pages[i].start));
    EXPECT(list_has(&index, at, ram.start));
    EXPECT(list_has(&index, ram.end, PHYSICAL_END));
    EXPECT_EQUAL(index, device_count);
    for (; index < untyped_count; index++)
        EXPECT_EQUAL(bootinfo->untyped_list[index].device, 0);
}

static void uart_and_virtual_gic_interface_are_offered(void) {
    word start, bits;
    EXPECT(device_untyped(UART, &start, &bits) != 0);
    EXPECT(device_untyped(GICV, &start, &bits) != 0);
    EXPECT_EQUAL(device_untyped(0x08000000, &start, &bits), 0); // GICD
}

// Where the run of untypeds ends that begins at `index` and has no gap.
static word run_end(word index, word *behind) {
    word end = bootinfo->untyped_list[index].paddr;
    for (; index < untyped_count && bootinfo->untyped_list[index].paddr == end; index++)
        end += 1ull << bootinfo->untyped_list[index].bits;
    *behind = index;
    return end;
}

// Free RAM begins where RAM does; the two parts of the kernel that the boot alone needed come before.
static word first_free;

static void recycled_kernel_memory_comes_next(void) {
    word index = device_count, behind, kernel = bootinfo->untyped_list[index].paddr;
    EXPECT_EQUAL(kernel & (KERNEL_BYTES - 1), 0);
    for (unsigned part = 0; part < 2; part++) {
        word start = bootinfo->untyped_list[index].paddr, end = run_end(index, &behind);
        EXPECT(start >= kernel && end <= kernel + KERNEL_BYTES);
        EXPECT(list_has(&index, start, end));
        EXPECT_EQUAL(index, behind);
    }
    first_free = index;
}

static void free_memory_comes_last_ascending(void) {
    word index = first_free, at = 0;
    EXPECT_EQUAL(bootinfo->untyped_list[index].paddr, ram.start);
    while (index < untyped_count) {
        word behind, start = bootinfo->untyped_list[index].paddr, end = run_end(index, &behind);
        EXPECT(start >= ram.start && start >= at && end <= ram.end);
        EXPECT(list_has(&index, start, end));
        EXPECT_EQUAL(index, behind);
        at = end;
    }
}

static void no_two_overlap(void) {
    EXPECT(untyped_count <= 230);
    for (word i = 0; i < untyped_count; i++) {
        word start = bootinfo->untyped_list[i].paddr, size = 1ull << bootinfo->untyped_list[i].bits;
        EXPECT(bootinfo->untyped_list[i].bits >= 4 && bootinfo->untyped_list[i].bits <= 47);
        EXPECT_EQUAL(start & (size - 1), 0);
        for (word j = 0; j < i; j++) {
            word other = bootinfo->untyped_list[j].paddr;
            EXPECT(start >= other + (1ull << bootinfo->untyped_list[j].bits) || other >= start + size);
        }
    }
}

static bool is_offered(word address) {
    for (word i = 0; i < untyped_count; i++)
        if (address >= bootinfo->untyped_list[i].paddr &&
            (address - bootinfo->untyped_list[i].paddr) >> bootinfo->untyped_list[i].bits == 0)
            return true;
    return false;
}

static void what_root_is_made_of_is_withheld(void) {
    for (word slot = bootinfo->image_frames.start; slot < bootinfo->image_frames.end; slot++) {
        EXPECT_OK(page_get_address(slot));
        EXPECT(!is_offered(reply.mr[0]));
    }
    for (word slot = bootinfo->extra_pages.start; slot < bootinfo->extra_pages.end; slot++) {
        EXPECT_OK(page_get_address(slot));
        EXPECT(!is_offered(reply.mr[0]));
    }
    EXPECT_OK(page_get_address(S_BOOTINFO));
    EXPECT(!is_offered(reply.mr[0]));
    EXPECT_OK(page_get_address(S_IPC_BUFFER));
    EXPECT(!is_offered(reply.mr[0]));
}

static void little_of_the_memory_is_withheld(void) {
    word offered = 0;
    for (word i = device_count; i < untyped_count; i++)
        offered += 1ull << bootinfo->untyped_list[i].bits;
    EXPECT(ram.end - ram.start - offered < WITHHELD_MOST);
}

// --- what can be made of it

// Takes all that is left of an untyped as frames: each is zero, and what is written to it is there. Returns
// how many.
static word use_up(word untyped) {
    word frame = new_slot(), address = extra_end() + 16 * PAGE, count = 0;
    while (untyped_retype(untyped, S_CNODE, T_SMALL_PAGE, 0, 0, 0, frame, 1) == OK) {
        volatile word *words = (volatile word *)address;
        word different = 0;
        if (page_map(frame, S_VSPACE, address, 3, 7))
            return 0;
        for (unsigned i = 0; i < PAGE / 8; i++) {
            different |= words[i];
            words[i] = address + i;
        }
        for (unsigned i = 0; i < PAGE / 8; i++)
            different |= words[i] ^ (address + i);
        if (different)
            return 0;
        frame = new_slot();
        address += PAGE;
        count++;
    }
    return reply.label == NEM ? count : 0;
}

// The last test: it leaves the harness without small untypeds. Root goes on on a kernel whose boot part it
// has overwritten.
static void recycled_memory_is_zero_and_root_s_own(void) {
    word pages = 0, bytes = 0;
    for (word i = device_count; i < first_free; i++) {
        bytes += 1ull << bootinfo->untyped_list[i].bits;
        pages += use_up(bootinfo->untyped.start + i);
    }
    EXPECT(bytes >= 32 * 1024);                 // the boot is no smaller
    EXPECT(pages + 1 >= bytes / PAGE && pages); // the harness's objects have taken a page at most
    for (unsigned i = 0; i < 100; i++)
        raw_yield();
}

static const struct test tests[] = {
    TEST(the_tree_names_memory_and_interrupt_controller),
    TEST(every_hole_is_a_device_ascending),
    TEST(uart_and_virtual_gic_interface_are_offered),
    TEST(recycled_kernel_memory_comes_next),
    TEST(free_memory_comes_last_ascending),
    TEST(no_two_overlap),
    TEST(what_root_is_made_of_is_withheld),
    TEST(little_of_the_memory_is_withheld),
    TEST(recycled_memory_is_zero_and_root_s_own),
};

int main(void) {
    RUN(tests);
}
