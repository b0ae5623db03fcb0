// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Where root takes memory from: a plan that succeeds can be performed by a kernel that follows the watermark
// rule, and device frames come from exactly their address.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <services/root/memory.h>

static struct memory memory;
static struct sel4_bootinfo bootinfo;

// The kernel's side: what each untyped capability stands for.
static struct {
    uint64_t address, size, used;
    bool device;
} untypeds[2000];
static unsigned frames_at_slot[2000]; // page number of the frame in a slot

static unsigned object_bits(word_t type, word_t size_bits) {
    switch (type) {
    case SEL4_OBJECT_UNTYPED:
    case SEL4_OBJECT_SCHED_CONTEXT:
        return (unsigned)size_bits;
    case SEL4_OBJECT_CNODE:
        return (unsigned)size_bits + 5;
    case SEL4_OBJECT_SMALL_PAGE:
        return 12;
    case SEL4_OBJECT_LARGE_PAGE:
        return 21;
    case SEL4_OBJECT_PAGE_TABLE:
        return 12;
    default:
        fail();
        return 0;
    }
}

static bool model_retype(cptr_t untyped, word_t type, word_t size_bits, cptr_t slot, word_t count) {
    unsigned bits = object_bits(type, size_bits);
    uint64_t mask = (1ull << bits) - 1, start = (untypeds[untyped].used + mask) & ~mask;
    assert_in_range(count, 1, 256);
    assert_true(start < untypeds[untyped].size && (untypeds[untyped].size - start) >> bits >= count);
    untypeds[untyped].used = start + (count << bits);
    for (word_t i = 0; i < count; i++) {
        assert_int_equal(untypeds[slot + i].size + frames_at_slot[slot + i], 0); // the slot is empty
        uint64_t address = untypeds[untyped].address + start + (i << bits);
        if (type == SEL4_OBJECT_UNTYPED) {
            untypeds[slot + i].address = address;
            untypeds[slot + i].size = 1ull << bits;
            untypeds[slot + i].device = untypeds[untyped].device;
        } else {
            frames_at_slot[slot + i] = (unsigned)(address >> 12);
        }
    }
    return true;
}

static void add_untyped(uint64_t address, unsigned bits, bool device) {
    word_t slot = bootinfo.untyped.end++;
    bootinfo.untyped_list[slot - bootinfo.untyped.start] =
        (struct sel4_untyped_description){.paddr = address, .size_bits = (uint8_t)bits, .is_device = device};
    untypeds[slot].address = address;
    untypeds[slot].size = 1ull << bits;
    untypeds[slot].device = device;
}

static void start(void) {
    memset(&memory, 0, sizeof(memory));
    memset(&bootinfo, 0, sizeof(bootinfo));
    memset(untypeds, 0, sizeof(untypeds));
    memset(frames_at_slot, 0, sizeof(frames_at_slot));
    bootinfo.untyped.start = bootinfo.untyped.end = 100;
    add_untyped(0x8000000, 27, true);
    add_untyped(0x48000000, 21, true);
    add_untyped(0x40200000, 21, false);
    add_untyped(0x40400000, 22, false);
    add_untyped(0x40800000, 23, false);
    add_untyped(0x41000000, 24, false);
    memory_init(&memory, &bootinfo, 1000, 2000);
    memory.retype = model_retype;
}

// A view of `count` records.
static struct spec_view view;
static struct spec_header header;

static void use_objects(const struct spec_object *objects, uint32_t count) {
    uint32_t id = 0;
    header.objects.count = count;
    view.header = &header;
    view.objects = objects;
    for (uint32_t i = 0; i < count; i++) {
        view.first[i] = (uint16_t)id;
        id += objects[i].count;
    }
}

static void everything_is_used_to_the_last_byte(void **state) {
    (void)state;
    // 30 MiB: small records first, and sizes that leave no byte.
    static const struct spec_object objects[] = {
        {.type = SPEC_OBJECT_SCHED_CONTEXT, .size_bits = 8, .count = 16},
        {.type = SPEC_OBJECT_FRAME, .size_bits = 12, .count = 511},
        {.type = SPEC_OBJECT_FRAME, .size_bits = 21, .count = 14},
    };
    struct memory_shortage shortage;
    start();
    use_objects(objects, 3);
    assert_int_equal(memory_free(&memory), 30 << 20);
    assert_true(memory_plan(&memory, &view, &shortage));
    assert_int_equal(memory_free(&memory), 30 << 20);
    assert_true(memory_make_objects(&memory, &view, 200));
    assert_int_equal(memory_free(&memory), 0);
    assert_int_equal(frames_at_slot[200 + 16 + 511 + 13] & 0x1ff, 0);
    assert_int_equal(memory_make_own(&memory, SEL4_OBJECT_PAGE_TABLE, 12), 0);
}

static void a_shortage_names_the_record(void **state) {
    (void)state;
    static const struct spec_object objects[] = {
        {.type = SPEC_OBJECT_CNODE, .size_bits = 7, .count = 1},
        {.type = SPEC_OBJECT_FRAME, .size_bits = 21, .count = 16},
    };
    struct memory_shortage shortage;
    start();
    use_objects(objects, 2);
    assert_false(memory_plan(&memory, &view, &shortage));
    assert_ptr_equal(shortage.object, &objects[1]);
    assert_int_equal(shortage.needed, 32 << 20);
    assert_int_equal(shortage.free, 30 << 20);
}

static void device_frames_come_from_their_address_in_any_order(void **state) {
    (void)state;
    start();
    assert_int_equal(memory_make_frames(&memory, 0x9000000, 12, 1, 300), 1);
    assert_int_equal(frames_at_slot[300], 0x9000);
    assert_int_equal(memory_make_frames(&memory, 0x8040000, 12, 2, 301), 2);
    assert_int_equal(frames_at_slot[301], 0x8040);
    assert_int_equal(frames_at_slot[302], 0x8041);
    assert_int_equal(memory_make_frames(&memory, 0x9001000, 12, 1, 303), 1);
    assert_int_equal(frames_at_slot[303], 0x9001);
    assert_int_equal(memory_make_frames(&memory, 0xa000000, 21, 1, 304), 1);
    assert_int_equal(frames_at_slot[304], 0xa000);
}

static void consecutive_frames_are_made_in_few_calls(void **state) {
    (void)state;
    start();
    unsigned done = 0, calls = 0;
    for (; done < 512; calls++) {
        unsigned made = memory_make_frames(&memory, 0x48000000 + done * 4096, 12, 512 - done, 300 + done);
        assert_true(made > 0);
        done += made;
    }
    assert_int_equal(calls, 2); // 256 each
    for (unsigned i = 0; i < 512; i++)
        assert_int_equal(frames_at_slot[300 + i], 0x48000 + i);
}

static void memory_that_is_not_there_is_refused(void **state) {
    (void)state;
    start();
    assert_int_equal(memory_make_frames(&memory, 0x9000000, 12, 1, 300), 1);
    assert_int_equal(memory_make_frames(&memory, 0x9000000, 12, 1, 301), 0);  // twice
    assert_int_equal(memory_make_frames(&memory, 0x9000000, 21, 1, 301), 0);  // around it
    assert_int_equal(memory_make_frames(&memory, 0x41000000, 12, 1, 301), 0); // RAM
    assert_int_equal(memory_make_frames(&memory, 0x48000000, 30, 1, 301), 0); // larger than what is there
    assert_int_equal(memory_make_frames(&memory, UINT64_MAX - 4095, 12, 1, 301), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_used_to_the_last_byte),
        cmocka_unit_test(a_shortage_names_the_record),
        cmocka_unit_test(device_frames_come_from_their_address_in_any_order),
        cmocka_unit_test(consecutive_frames_are_made_in_few_calls),
        cmocka_unit_test(memory_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests_name("root_memory", tests, NULL, NULL);
}
