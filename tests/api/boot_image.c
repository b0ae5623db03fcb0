// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A root task's image, boot information and their capabilities, page by page.
#include "boot_root.h"

#define PAGE       4096ull
#define IMAGE      0x400000ull
#define TABLE_SPAN 0x200000ull
#define HOLE_TABLE 0x600000ull // the 2 MiB of which the image has nothing (boot_root.ld)
#define RET        0xd65f03c0u

_Static_assert(
    offsetof(struct bootinfo, extra_length) == 0 && offsetof(struct bootinfo, node_id) == 8 &&
        offsetof(struct bootinfo, node_count) == 16 && offsetof(struct bootinfo, io_levels) == 24 &&
        offsetof(struct bootinfo, ipc_buffer) == 32 && offsetof(struct bootinfo, empty) == 40 &&
        offsetof(struct bootinfo, shared_frames) == 56 && offsetof(struct bootinfo, image_frames) == 72 &&
        offsetof(struct bootinfo, image_paging) == 88 && offsetof(struct bootinfo, io_space) == 104 &&
        offsetof(struct bootinfo, extra_pages) == 120 && offsetof(struct bootinfo, cnode_bits) == 136 &&
        offsetof(struct bootinfo, domain) == 144 && offsetof(struct bootinfo, sched_control) == 152 &&
        offsetof(struct bootinfo, untyped) == 168 && offsetof(struct bootinfo, untyped_list) == 184,
    "boot information");

static uint8_t data_page[2 * PAGE]; // .bss

static word image_pages(void) {
    return (((word)image_end + PAGE - 1) & ~(PAGE - 1)) / PAGE - IMAGE / PAGE;
}

static word tables_of_level(word span) {
    return (extra_end() - 1) / span - IMAGE / span + 1;
}

// An address that has a table and no page.
static word unused_page(void) {
    return extra_end() + 16 * PAGE;
}

static void the_fields_are_those_of_one_core(void) {
    EXPECT_EQUAL(bootinfo->node_id, 0);
    EXPECT_EQUAL(bootinfo->node_count, 1);
    EXPECT_EQUAL(bootinfo->io_levels, 0);
    EXPECT_EQUAL(bootinfo->cnode_bits, 13);
    EXPECT_EQUAL(bootinfo->domain, 0);
    EXPECT_EQUAL(bootinfo->shared_frames.start | bootinfo->shared_frames.end, 0);
    EXPECT_EQUAL(bootinfo->io_space.start | bootinfo->io_space.end, 0);
}

static void the_pages_follow_the_image(void) {
    EXPECT_EQUAL(image_start, IMAGE);
    EXPECT_EQUAL(bootinfo->ipc_buffer, IMAGE + image_pages() * PAGE);
    EXPECT_EQUAL(bootinfo, bootinfo->ipc_buffer + PAGE);
    EXPECT_EQUAL(bootinfo->extra_pages.end - bootinfo->extra_pages.start,
                 (bootinfo->extra_length + PAGE - 1) / PAGE);
}

static void the_slots_come_in_order_without_gaps(void) {
    static const uint8_t fixed[16] = {
        [1] = C_TCB,       [2] = C_CNODE, [3] = C_VSPACE, [4] = C_IRQ_CONTROL, [5] = C_ASID_CONTROL,
        [6] = C_ASID_POOL, [9] = C_FRAME, [10] = C_FRAME, [11] = C_DOMAIN,     [14] = C_SC,
    };
    const struct {
        struct region slots;
        word count;
        uint8_t type;
    } ranges[] = {
        {bootinfo->image_paging, tables_of_level(1ull << 30) + tables_of_level(TABLE_SPAN), C_PAGE_TABLE},
        {bootinfo->extra_pages, (bootinfo->extra_length + PAGE - 1) / PAGE, C_FRAME},
        {bootinfo->sched_control, 1, C_SCHED_CONTROL},
        {bootinfo->image_frames, image_pages(), C_FRAME},
        {bootinfo->untyped, bootinfo->untyped.end - bootinfo->untyped.start, C_UNTYPED},
    };
    for (unsigned slot = 0; slot < 16; slot++) // 15, SMC, is null: there are no boot modules
        EXPECT_EQUAL(raw_identify(slot), fixed[slot]);
    word slot = 16;
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        EXPECT_EQUAL(ranges[i].slots.start, slot);
        EXPECT_EQUAL(ranges[i].slots.end, slot + ranges[i].count);
        for (; slot < ranges[i].slots.end; slot++)
            EXPECT_EQUAL(raw_identify(slot), ranges[i].type);
    }
    EXPECT_EQUAL(bootinfo->empty.start, slot);
    EXPECT_EQUAL(bootinfo->empty.end, 8192);
    for (slot = new_slot(); slot < 8192; slot++) // the harness has used those before
        EXPECT(is_empty(slot));
}

static void the_cnode_has_a_guard_of_51_zeros(void) {
    word slot = new_slot();
    EXPECT_OK(cnode_copy(S_CNODE, slot, 64, S_CNODE, S_TCB, 64, R_ALL));
    EXPECT_EQUAL(cnode_copy(S_CNODE, slot + 1, 64, S_CNODE, 1ull << 13 | S_TCB, 64, R_ALL), FL);
    EXPECT_EQUAL(reply.mr[0], 1); // the source
    EXPECT_EQUAL(reply.mr[1], 4); // guard mismatch: bits left, guard, its bits
    EXPECT_EQUAL(reply.mr[2], 64);
    EXPECT_EQUAL(reply.mr[3], 0);
    EXPECT_EQUAL(reply.mr[4], 51);
    new_slots(2);
}

// Whether the frame of a capability is what is at an address: a copy, mapped elsewhere, shows the same words
// and each change of one. The word at `offset` is free to be changed for a moment.
static void frame_is_at(word cap, word address, word offset) {
    word copy = new_copy(cap), other = unused_page();
    EXPECT_OK(page_map(copy, S_VSPACE, other, 3, 3));
    for (word at = 0; at < PAGE; at += 8)
        EXPECT_EQUAL(*(volatile word *)(other + at), *(volatile word *)(address + at));
    volatile word *here = (volatile word *)(address + offset), *there = (volatile word *)(other + offset);
    word before = *here;
    *here = before ^ 0x5555;
    word seen = *there;
    *there = before;
    EXPECT_EQUAL(seen, before ^ 0x5555);
    EXPECT_EQUAL(*here, before);
    EXPECT_OK(cnode_delete(S_CNODE, copy, 64));
}

static void each_image_frame_is_the_page_at_its_address(void) {
    EXPECT_OK(page_get_address(bootinfo->image_frames.start));
    word first = reply.mr[0];
    for (word i = 0; i < image_pages(); i++) { // the hole's pages too
        EXPECT_OK(page_get_address(bootinfo->image_frames.start + i));
        EXPECT_EQUAL(reply.mr[0], first + i * PAGE); // one span of memory
    }
    // Every page of the two segments, and some of the hole.
    for (word i = 0; i < image_pages(); i += i * PAGE + IMAGE == HOLE_TABLE ? 128 : 1)
        frame_is_at(bootinfo->image_frames.start + i, IMAGE + i * PAGE, 4088);
}

static void the_other_frames_are_where_the_boot_information_is(void) {
    frame_is_at(S_BOOTINFO, (word)bootinfo, 4088);
    frame_is_at(S_IPC_BUFFER, bootinfo->ipc_buffer, 4088);
    for (word i = 0; i < bootinfo->extra_pages.end - bootinfo->extra_pages.start; i++)
        frame_is_at(bootinfo->extra_pages.start + i, extra_start() + i * PAGE, 4088);
}

static void what_the_file_does_not_fill_is_zero(void) {
    for (const uint8_t *at = (const uint8_t *)file_end; at < (const uint8_t *)bss_start; at++)
        EXPECT_EQUAL(*(volatile const uint8_t *)at, 0);
    for (unsigned i = 0; i < sizeof(data_page); i++)
        EXPECT_EQUAL(((volatile uint8_t *)data_page)[i], 0);
    for (word at = ((word)image_end + 7) & ~7ull; at < bootinfo->ipc_buffer; at += 8)
        EXPECT_EQUAL(*(volatile word *)at, 0);
    for (word at = 3864; at < PAGE; at += 8)
        EXPECT_EQUAL(*(volatile word *)((word)bootinfo + at), 0);
}

static void run_code_at(word address) {
    *(volatile uint32_t *)address = RET;
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(address) : "memory");
    ((void (*)(void))address)();
}

static void every_page_of_the_image_is_writable_and_executable(void) {
    run_code_at((word)data_page);              // .bss, which its segment calls RW
    run_code_at(HOLE_TABLE + 0x1000);          // the hole
    run_code_at((word)image_end & ~3ull);      // behind .bss, in its last page
    run_code_at(((word)file_end + 3) & ~3ull); // behind the file's part
}

// A thread does something that faults; the fault's message.
static struct message fault_of(void (*entry)(word), word argument) {
    word ep = new_object(T_ENDPOINT, 0), reply_object = new_object(T_REPLY, 0);
    struct message m = {0};
    struct thread *thread = new_thread(entry, argument, ep);
    thread_start(thread);
    raw_message(NR_RECV, ep, &m, reply_object, 0);
    tcb_suspend(thread->tcb);
    return m;
}

static void jump(word address) {
    ((void (*)(void))address)();
    thread_end();
}

static void load(word address) {
    (void)*(volatile word *)address;
    thread_end();
}

#define EXPECT_VM_FAULT(entry, address, prefetch)                                                            \
    do {                                                                                                     \
        struct message fault_ = fault_of(entry, address);                                                    \
        EXPECT_EQUAL(info_label(fault_.info), 6);                                                            \
        EXPECT_EQUAL(info_length(fault_.info), 4);                                                           \
        EXPECT_EQUAL(fault_.mr[1], address);                                                                 \
        EXPECT_EQUAL(fault_.mr[2], prefetch);                                                                \
    } while (0)

static void buffer_and_boot_information_are_not_executable(void) {
    EXPECT_VM_FAULT(jump, bootinfo->ipc_buffer, 1);
    EXPECT_VM_FAULT(jump, (word)bootinfo, 1);
    EXPECT_VM_FAULT(jump, extra_start(), 1);
    EXPECT_VM_FAULT(jump, extra_end() - PAGE, 1);
}

static void nothing_else_is_mapped(void) {
    EXPECT_VM_FAULT(load, extra_end(), 0);
    EXPECT_VM_FAULT(load, IMAGE - 8, 0);
    EXPECT_VM_FAULT(load, 0, 0);
}

static void the_extra_chunk_is_the_device_tree_to_the_byte(void) {
    const word *chunk = (const word *)extra_start();
    const uint8_t *blob = (const uint8_t *)(chunk + 2);
    word size = (word)blob[4] << 24 | (word)blob[5] << 16 | (word)blob[6] << 8 | blob[7];
    EXPECT_EQUAL(chunk[0], 6);
    EXPECT_EQUAL((uint32_t)(blob[0] << 24 | blob[1] << 16 | blob[2] << 8 | blob[3]), 0xd00dfeedu);
    EXPECT_EQUAL(chunk[1], 16 + ((size + 7) & ~7ull));
    EXPECT_EQUAL(bootinfo->extra_length, chunk[1]); // no other chunk: there are no boot modules
    // Packed: the strings, the last block, end with the tree.
    word strings = (word)blob[12] << 24 | (word)blob[13] << 16 | (word)blob[14] << 8 | blob[15];
    word strings_size = (word)blob[32] << 24 | (word)blob[33] << 16 | (word)blob[34] << 8 | blob[35];
    EXPECT_EQUAL(strings + strings_size, size);
    for (word at = extra_start() + ((chunk[1] + 7) & ~7ull); at < extra_end(); at += 8)
        EXPECT_EQUAL(*(volatile word *)at, 0);
}

static void the_tables_are_one_a_gib_then_one_for_2_mib(void) {
    for (word slot = bootinfo->image_paging.start; slot < bootinfo->image_paging.end; slot++)
        EXPECT_ERROR1(table_map(slot, S_VSPACE, 0x10000000, 3), IC, 0); // each is mapped
    // The second of the last level is the hole's: without it a page needs a table of 2 MiB.
    word table = bootinfo->image_paging.start + tables_of_level(1ull << 30) + 1, copy = new_copy(S_BOOTINFO);
    EXPECT_OK(table_unmap(table));
    EXPECT_EQUAL(page_map(copy, S_VSPACE, HOLE_TABLE + 0x100000, 3, 3), FL);
    EXPECT_EQUAL(reply.mr[2], 21);
    EXPECT_VM_FAULT(load, HOLE_TABLE, 0);
    EXPECT_VM_FAULT(load, HOLE_TABLE + TABLE_SPAN - 8, 0);
    EXPECT_OK(table_map(table, S_VSPACE, HOLE_TABLE, 3));
    EXPECT_OK(page_map(copy, S_VSPACE, HOLE_TABLE + 0x100000, 3, 3));
    EXPECT_EQUAL(*(volatile word *)(HOLE_TABLE + 0x100000 + 32), bootinfo->ipc_buffer);
}

static const struct test tests[] = {
    TEST(the_fields_are_those_of_one_core),
    TEST(the_pages_follow_the_image),
    TEST(the_slots_come_in_order_without_gaps),
    TEST(the_cnode_has_a_guard_of_51_zeros),
    TEST(what_the_file_does_not_fill_is_zero),
    TEST(each_image_frame_is_the_page_at_its_address),
    TEST(the_other_frames_are_where_the_boot_information_is),
    TEST(every_page_of_the_image_is_writable_and_executable),
    TEST(buffer_and_boot_information_are_not_executable),
    TEST(nothing_else_is_mapped),
    TEST(the_extra_chunk_is_the_device_tree_to_the_byte),
    TEST(the_tables_are_one_a_gib_then_one_for_2_mib),
};

int main(void) {
    RUN(tests);
}
