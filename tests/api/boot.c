// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a root task finds when it starts: registers, boot information, capabilities, memory.
#include "harness.h"

#define UART 0x09000000ull
#define GICD 0x08000000ull

static void registers_are_zero_but_x0(void) {
    EXPECT_EQUAL(entry_registers[0], (word)bootinfo);
    for (unsigned i = 1; i < 32; i++)
        EXPECT_EQUAL(entry_registers[i], 0);
}

static void fixed_fields(void) {
    EXPECT_EQUAL(bootinfo->node_id, 0);
    EXPECT_EQUAL(bootinfo->node_count, 1);
    EXPECT_EQUAL(bootinfo->io_levels, 0);
    EXPECT_EQUAL(bootinfo->cnode_bits, 13);
    EXPECT_EQUAL(bootinfo->domain, 0);
    EXPECT_EQUAL(bootinfo->shared_frames.start, 0);
    EXPECT_EQUAL(bootinfo->shared_frames.end, 0);
    EXPECT_EQUAL(bootinfo->io_space.start, bootinfo->io_space.end);
}

static void addresses_follow_the_image(void) {
    word end = ((word)image_end + 4095) & ~4095ull;
    EXPECT_EQUAL(bootinfo->ipc_buffer, end);
    EXPECT_EQUAL((word)bootinfo, end + 4096);
}

static void slots_come_in_order(void) {
    EXPECT_EQUAL(bootinfo->image_paging.start, 16);
    EXPECT_EQUAL(bootinfo->image_paging.end, 16 + 2 + (((word)image_end - 1) >> 21) - (0x400000 >> 21));
    EXPECT_EQUAL(bootinfo->extra_pages.start, bootinfo->image_paging.end);
    EXPECT_EQUAL(bootinfo->extra_pages.end - bootinfo->extra_pages.start,
                 (bootinfo->extra_length + 4095) / 4096);
    EXPECT_EQUAL(bootinfo->sched_control.start, bootinfo->extra_pages.end);
    EXPECT_EQUAL(bootinfo->sched_control.end, bootinfo->sched_control.start + 1);
    EXPECT_EQUAL(bootinfo->image_frames.start, bootinfo->sched_control.end);
    EXPECT_EQUAL(bootinfo->image_frames.end - bootinfo->image_frames.start,
                 (bootinfo->ipc_buffer - 0x400000) / 4096);
    EXPECT_EQUAL(bootinfo->untyped.start, bootinfo->image_frames.end);
    EXPECT_EQUAL(bootinfo->empty.start, bootinfo->untyped.end);
    EXPECT_EQUAL(bootinfo->empty.end, 8192);
}

static void capabilities_have_their_types(void) {
    static const uint8_t types[16] = {
        [1] = C_TCB,       [2] = C_CNODE, [3] = C_VSPACE, [4] = C_IRQ_CONTROL, [5] = C_ASID_CONTROL,
        [6] = C_ASID_POOL, [9] = C_FRAME, [10] = C_FRAME, [11] = C_DOMAIN,     [14] = C_SC,
    };
    for (unsigned slot = 0; slot < 15; slot++) // 15 is the firmware call, ours or null
        EXPECT_EQUAL(raw_identify(slot), types[slot]);
    for (word slot = bootinfo->image_paging.start; slot < bootinfo->image_paging.end; slot++)
        EXPECT_EQUAL(raw_identify(slot), C_PAGE_TABLE);
    for (word slot = bootinfo->extra_pages.start; slot < bootinfo->extra_pages.end; slot++)
        EXPECT_EQUAL(raw_identify(slot), C_FRAME);
    EXPECT_EQUAL(raw_identify(sched_control), C_SCHED_CONTROL);
    for (word slot = bootinfo->image_frames.start; slot < bootinfo->image_frames.end; slot++)
        EXPECT_EQUAL(raw_identify(slot), C_FRAME);
    for (word slot = bootinfo->untyped.start; slot < bootinfo->untyped.end; slot++)
        EXPECT_EQUAL(raw_identify(slot), C_UNTYPED);
    EXPECT(is_empty(bootinfo->empty.end - 1));
}

static void untypeds_are_aligned_and_do_not_overlap(void) {
    unsigned count = (unsigned)(bootinfo->untyped.end - bootinfo->untyped.start);
    EXPECT(count > 1 && count <= 230);
    for (unsigned i = 0; i < count; i++) {
        word start = bootinfo->untyped_list[i].paddr, size = 1ull << bootinfo->untyped_list[i].bits;
        EXPECT(bootinfo->untyped_list[i].bits >= 4 && bootinfo->untyped_list[i].bits <= 47);
        EXPECT_EQUAL(start & (size - 1), 0);
        for (unsigned j = 0; j < i; j++) {
            word other = bootinfo->untyped_list[j].paddr;
            EXPECT(start >= other + (1ull << bootinfo->untyped_list[j].bits) || other >= start + size);
        }
    }
}

static void device_untypeds_come_first_ascending(void) {
    unsigned count = (unsigned)(bootinfo->untyped.end - bootinfo->untyped.start), i = 0;
    word previous = 0;
    for (; i < count && bootinfo->untyped_list[i].device; i++) {
        EXPECT(i == 0 || bootinfo->untyped_list[i].paddr > previous);
        previous = bootinfo->untyped_list[i].paddr;
    }
    for (; i < count; i++)
        EXPECT_EQUAL(bootinfo->untyped_list[i].device, 0);
}

static void the_uart_is_offered_and_the_gic_is_not(void) {
    word start, bits;
    EXPECT(device_untyped(UART, &start, &bits) != 0);
    EXPECT_EQUAL(device_untyped(GICD, &start, &bits), 0);
}

static void extra_chunks_fill_their_length(void) {
    const uint8_t *extra = (const uint8_t *)bootinfo + 4096;
    word at = 0;
    bool fdt = false;
    while (at < bootinfo->extra_length) {
        const word *chunk = (const word *)(extra + at);
        EXPECT(chunk[1] >= 16);
        if (chunk[0] == 6) {
            const uint8_t *blob = (const uint8_t *)(chunk + 2);
            word size = (word)blob[4] << 24 | (word)blob[5] << 16 | (word)blob[6] << 8 | blob[7];
            fdt = true;
            EXPECT_EQUAL(blob[0] << 24 | blob[1] << 16 | blob[2] << 8 | blob[3], (word)(int)0xd00dfeed);
            EXPECT(size <= chunk[1] - 16 && size > 0x400);
        }
        at += chunk[1];
    }
    EXPECT_EQUAL(at, bootinfo->extra_length);
    EXPECT(fdt);
}

static word preserved[31];

static void a_system_call_keeps_registers(void) {
    // Yield: nothing is an output. x9 to x28 hold their own number; x18 and x29 are the compiler's to keep.
    __asm__ volatile(
        "mov x19, #19\n mov x20, #20\n mov x21, #21\n mov x22, #22\n mov x23, #23\n mov x24, #24\n"
        "mov x25, #25\n mov x26, #26\n mov x27, #27\n mov x28, #28\n mov x9, #9\n mov x10, #10\n"
        "mov x11, #11\n mov x12, #12\n mov x13, #13\n mov x14, #14\n mov x15, #15\n mov x16, #16\n"
        "mov x17, #17\n mov x0, #100\n mov x1, #1\n mov x2, #2\n mov x3, #3\n mov x4, #4\n mov x5, #5\n"
        "mov x6, #6\n mov x8, #8\n mov x7, #-11\n svc #0\n"
        "stp x9, x10, [%0, #72]\n stp x11, x12, [%0, #88]\n stp x13, x14, [%0, #104]\n"
        "stp x15, x16, [%0, #120]\n stp x17, x19, [%0, #136]\n stp x20, x21, [%0, #160]\n"
        "stp x22, x23, [%0, #176]\n stp x24, x25, [%0, #192]\n stp x26, x27, [%0, #208]\n"
        "stp x28, x0, [%0, #224]\n stp x1, x2, [%0, #8]\n stp x3, x4, [%0, #24]\n stp x5, x6, [%0, #40]\n"
        "str x8, [%0, #64]\n"
        :
        : "r"(({
            register word *p __asm__("x30") = preserved;
            p;
        }))
        : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
          "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
          "memory");
    for (unsigned i = 1; i < 28; i++)
        if (i != 7 && i != 18 && i != 19)
            EXPECT_EQUAL(preserved[i], i);
}

static const struct test tests[] = {
    TEST(registers_are_zero_but_x0),
    TEST(fixed_fields),
    TEST(addresses_follow_the_image),
    TEST(slots_come_in_order),
    TEST(capabilities_have_their_types),
    TEST(untypeds_are_aligned_and_do_not_overlap),
    TEST(device_untypeds_come_first_ascending),
    TEST(the_uart_is_offered_and_the_gic_is_not),
    TEST(extra_chunks_fill_their_length),
    TEST(a_system_call_keeps_registers),
};

int main(void) {
    RUN(tests);
}
