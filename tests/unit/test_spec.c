// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Root refuses every specification that abi/spec.h does not allow, and says which record is wrong and what to
// do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <services/root/spec_view.h>

// A small system that is right: one thread with a frame, a device, a module, a log and an interrupt.
enum {
    ID_TCB,
    ID_ENDPOINT,
    ID_REPLY,
    ID_CNODE,
    ID_VSPACE,
    ID_TABLE,
    ID_FRAMES, // three, 4 KiB
    ID_UART = ID_FRAMES + 3,
    ID_MODULE, // two, 2 MiB
    ID_IRQ = ID_MODULE + 2,
    ID_NOTIFICATION,
    ID_SCHED_CONTEXT,
    ID_COUNT,
};
enum { RECORD_FRAMES = 6, RECORD_UART = 7, RECORD_MODULE = 8 };

static struct sample {
    struct spec_header header;
    struct spec_module modules[1];
    struct spec_object objects[12];
    struct spec_cnode_slot slots[1];
    struct spec_mapping mappings[3];
    struct spec_fill fills[2];
    struct spec_schedule schedules[1];
    struct spec_interrupt interrupts[1];
    struct spec_thread threads[2];
    char strings[8];
    uint8_t data[16];
} sample;

static const struct glacis_boot_module boot_modules[] = {
    {.name = "spec", .paddr = 0x50000000, .size = sizeof(sample)},
    {.name = "vmm", .paddr = 0x50200000, .size = 0x300000},
};
static const struct boot_modules modules = {boot_modules, 2};
static struct spec_view view;
static char message[200];

static void make_sample(void) {
    sample = (struct sample){
        .header = {.magic = SPEC_MAGIC,
                   .version = SPEC_VERSION,
                   .header_size = sizeof(struct spec_header),
                   .total_size = sizeof(sample),
#define TABLE(field) {offsetof(struct sample, field), sizeof(sample.field) / sizeof(sample.field[0])}
                   .modules = TABLE(modules),
                   .objects = TABLE(objects),
                   .cnode_slots = TABLE(slots),
                   .mappings = TABLE(mappings),
                   .fills = TABLE(fills),
                   .schedules = TABLE(schedules),
                   .interrupts = TABLE(interrupts),
                   .threads = TABLE(threads),
                   .strings = TABLE(strings),
                   .data = TABLE(data),
                   .object_count = ID_COUNT,
                   .fault_endpoint = ID_ENDPOINT,
                   .fault_reply = ID_REPLY,
                   .log_notification = ID_NOTIFICATION,
                   .log_ring = SPEC_ROOT_WINDOW,
                   .log_thread = 0},
        .modules = {{.name = "vmm", .min_size = 0x200001}},
        .objects = {{.type = SPEC_OBJECT_TCB, .count = 1},
                    {.type = SPEC_OBJECT_ENDPOINT, .count = 1},
                    {.type = SPEC_OBJECT_REPLY, .count = 1},
                    {.type = SPEC_OBJECT_CNODE, .size_bits = 4, .count = 1},
                    {.type = SPEC_OBJECT_VSPACE, .count = 1},
                    {.type = SPEC_OBJECT_PAGE_TABLE, .count = 1},
                    {.type = SPEC_OBJECT_FRAME, .size_bits = 12, .count = 3},
                    {.type = SPEC_OBJECT_FRAME_PHYSICAL, .size_bits = 12, .count = 1, .source = 0x9000000},
                    {.type = SPEC_OBJECT_FRAME_MODULE, .size_bits = 21, .count = 2},
                    {.type = SPEC_OBJECT_IRQ_HANDLER, .count = 1, .source = 33},
                    {.type = SPEC_OBJECT_NOTIFICATION, .count = 1},
                    {.type = SPEC_OBJECT_SCHED_CONTEXT, .size_bits = 8, .count = 1, .name = 4}},
        .slots = {{.cnode = ID_CNODE, .slot = 15, .object = ID_NOTIFICATION}},
        .mappings = {{.vspace = ID_VSPACE,
                      .object = ID_TABLE,
                      .count = 1,
                      .cnode = ID_CNODE,
                      .slot = 1,
                      .vaddr = 0x400000},
                     {.vspace = ID_VSPACE,
                      .object = ID_FRAMES,
                      .count = 3,
                      .cnode = ID_CNODE,
                      .slot = 2,
                      .vaddr = 0x400000},
                     {.vspace = SPEC_ROOT,
                      .object = ID_FRAMES + 2,
                      .count = 1,
                      .cnode = SPEC_NONE,
                      .vaddr = SPEC_ROOT_WINDOW}},
        .fills = {{.object = ID_FRAMES, .module = SPEC_NONE, .offset = 8184, .source = 4, .size = 12},
                  {.object = ID_FRAMES + 1, .module = 0, .source = 0x2fe000, .size = 0x2000}},
        .schedules = {{.sched_context = ID_SCHED_CONTEXT}},
        .interrupts = {{.handler = ID_IRQ, .notification = ID_NOTIFICATION}},
        .threads = {{.tcb = ID_TCB,
                     .name = 0,
                     .cspace = ID_CNODE,
                     .vspace = ID_VSPACE,
                     .ipc_buffer_frame = ID_FRAMES,
                     .sched_context = ID_SCHED_CONTEXT,
                     .fault_endpoint = ID_ENDPOINT,
                     .bound_notification = ID_NOTIFICATION,
                     .vcpu = SPEC_NONE}},
        .strings = "vm\0 sc\0",
    };
    sample.header.threads.count = 1;
    for (unsigned i = 0; i < 11; i++)
        sample.objects[i].name = SPEC_NONE;
}

static bool is_right(void) {
    message[0] = 0;
    return spec_check(&view, &sample.header, sizeof(sample), &modules, 100, message, sizeof(message));
}

// One change makes the sample wrong, and the message holds `words` and a mend.
#define WRONG(change, words)                                                                                 \
    do {                                                                                                     \
        make_sample();                                                                                       \
        change;                                                                                              \
        assert_false(is_right());                                                                            \
        if (!strstr(message, words) || !(strstr(message, ": build the image again") ||                       \
                                         strstr(message, ": pack") || strstr(message, ": use")))             \
            fail_msg("%s: message was \"%s\"", #change, message);                                            \
    } while (0)

static void a_right_specification_is_accepted(void **state) {
    (void)state;
    make_sample();
    if (!is_right())
        fail_msg("%s", message);
    assert_ptr_equal(spec_object_of(&view, ID_MODULE + 1), &sample.objects[RECORD_MODULE]);
    assert_int_equal(view.first[RECORD_UART], ID_UART);
    assert_string_equal(spec_string(&view, 4), "sc");
    assert_string_equal(spec_string(&view, SPEC_NONE), "");
    assert_int_equal(spec_object_bits(&sample.objects[ID_CNODE]), 9);
    assert_int_equal(spec_object_bits(&sample.objects[RECORD_FRAMES]), 12);
    assert_int_equal(spec_object_bits(&sample.objects[RECORD_UART]), 0);
}

static void the_header_is_checked(void **state) {
    (void)state;
    WRONG(sample.header.magic++, "no specification");
    WRONG(sample.header.version++, "version 2");
    WRONG(sample.header.header_size -= 8, "version");
    WRONG(sample.header.total_size = sizeof(sample) + 1, "truncated");
    WRONG(sample.header.object_count--, "counts 14 objects");
    WRONG(sample.header.name = 8, "name");
    WRONG(sample.header.fault_endpoint = ID_REPLY, "object 2 is of type reply, not endpoint");
    WRONG(sample.header.fault_reply = SPEC_NONE, "does not exist");
    WRONG(sample.header.log_thread = 1, "log thread 1");
    WRONG(sample.header.log_ring += 4096, "log ring");
    WRONG(sample.header.log_ring = 0, "log ring");
}

static void a_short_module_is_refused(void **state) {
    (void)state;
    make_sample();
    assert_false(spec_check_header(&sample.header, sizeof(struct spec_header) - 1, message, sizeof(message)));
    assert_non_null(strstr(message, "151 bytes"));
}

static void tables_lie_inside(void **state) {
    (void)state;
    WRONG(sample.header.objects.count = UINT32_MAX, "table of objects");
    WRONG(sample.header.fills.offset = UINT32_MAX - 7, "table of fills");
    WRONG(sample.header.threads.offset += 4, "table of threads");
    WRONG(sample.strings[7] = 1, "string table");
}

static void modules_are_in_the_image(void **state) {
    (void)state;
    WRONG(strcpy(sample.modules[0].name, "nvm"), "no module \"nvm\"");
    WRONG(strcpy(sample.modules[0].name, "spec"), "module 0");
    WRONG(memset(sample.modules[0].name, 'x', 64), "does not end");
    WRONG(sample.modules[0].min_size = 0x300001, "3145729 are needed");
}

static void objects_are_possible(void **state) {
    (void)state;
    WRONG(sample.objects[0].type = 0, "object record 0");
    WRONG(sample.objects[0].type = 99, "no type 99");
    WRONG(sample.objects[0].count = 0, "makes no object");
    WRONG(sample.objects[0].count = UINT32_MAX, "more objects");
    WRONG(sample.objects[0].name = 8, "name");
    WRONG(sample.objects[ID_CNODE].size_bits = 0, "CNode cannot have size_bits 0");
    WRONG(sample.objects[ID_CNODE].size_bits = 64, "CNode cannot have size_bits 64");
    WRONG(sample.objects[RECORD_FRAMES].size_bits = 13, "size_bits 12, 21 or 30");
    WRONG(sample.objects[RECORD_UART].source++, "not aligned");
    WRONG(sample.objects[RECORD_UART].source = UINT64_MAX << 12, "address space");
    WRONG(sample.objects[RECORD_MODULE].module = 1, "module 1 does not exist");
    WRONG(sample.objects[RECORD_MODULE].source = 0x200000, "behind their module");
    WRONG(sample.objects[RECORD_MODULE].count = 3, "behind their module");
    WRONG((sample.objects[RECORD_MODULE] = sample.objects[RECORD_UART],
           sample.objects[RECORD_MODULE].count = 2),
          "does not ascend");
}

static void slots_lie_inside_their_cnode(void **state) {
    (void)state;
    WRONG(sample.slots[0].slot = 16, "slot record 0: slot 16");
    WRONG(sample.slots[0].cnode = ID_TCB, "not CNode");
    WRONG(sample.slots[0].object = ID_COUNT, "object 15 does not exist");
    WRONG(sample.slots[0].object = ID_TABLE, "page table");
}

static void mappings_are_possible(void **state) {
    (void)state;
    WRONG(sample.mappings[0].vspace = ID_CNODE, "mapping 0: object 3 is of type CNode, not VSpace");
    WRONG(sample.mappings[0].count = 2, "another kind");
    WRONG(sample.mappings[1].count = 5, "mapping 1: object 10 is of another kind");
    WRONG(sample.mappings[1].count = UINT32_MAX, "mapping 1");
    WRONG(sample.mappings[1].count = 0, "maps nothing");
    WRONG(sample.mappings[1].object = ID_TCB, "not frame");
    WRONG(sample.mappings[1].vaddr++, "aligned");
    WRONG(sample.mappings[1].vaddr = (1ull << 40) - 0x2000, "out of range");
    WRONG(sample.mappings[1].slot = 14, "slot 16");
    WRONG(sample.mappings[2].vaddr = SPEC_ROOT_WINDOW + SPEC_ROOT_WINDOW_BYTES, "root takes");
    WRONG(sample.mappings[2].vaddr = 0, "root takes");
    WRONG(sample.mappings[2].cnode = ID_CNODE, "root takes");
}

static void fills_stay_inside_source_and_target(void **state) {
    (void)state;
    WRONG(sample.fills[0].object = ID_UART, "not frame");
    WRONG(sample.fills[0].offset = 3 * 4096 - 11, "fill 0");
    WRONG(sample.fills[0].offset = UINT64_MAX, "behind its frames");
    WRONG(sample.fills[0].source = 5, "the data");
    WRONG(sample.fills[0].source = UINT64_MAX, "the data");
    WRONG(sample.fills[1].module = 1, "module 1");
    WRONG(sample.fills[1].source++, "end of vmm");
}

static void threads_and_the_rest_name_the_right_objects(void **state) {
    (void)state;
    WRONG(sample.schedules[0].sched_context = ID_TCB, "schedule 0");
    WRONG(sample.interrupts[0].handler = ID_TCB, "interrupt 0");
    WRONG(sample.interrupts[0].notification = ID_TCB, "interrupt 0");
    WRONG(sample.threads[0].tcb = SPEC_NONE, "thread 0");
    WRONG(sample.threads[0].vspace = ID_CNODE, "thread 0");
    WRONG(sample.threads[0].ipc_buffer_frame = ID_UART, "thread 0");
    WRONG(sample.threads[0].vcpu = ID_TCB, "thread 0");
    WRONG(sample.threads[0].name = 8, "thread 0");
    WRONG((sample.threads[1] = sample.threads[0], sample.header.threads.count = 2), "same TCB");
    WRONG((sample.threads[1] = sample.threads[0], sample.threads[1].tcb = ID_COUNT,
           sample.header.threads.count = 2),
          "thread 1: object 15");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_specification_is_accepted),
        cmocka_unit_test(the_header_is_checked),
        cmocka_unit_test(a_short_module_is_refused),
        cmocka_unit_test(tables_lie_inside),
        cmocka_unit_test(modules_are_in_the_image),
        cmocka_unit_test(objects_are_possible),
        cmocka_unit_test(slots_lie_inside_their_cnode),
        cmocka_unit_test(mappings_are_possible),
        cmocka_unit_test(fills_stay_inside_source_and_target),
        cmocka_unit_test(threads_and_the_rest_name_the_right_objects),
    };
    return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
