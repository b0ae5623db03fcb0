// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The packer: the image's layout is that of abi/image.h, from a flat kernel and from an ELF one; bad parts
// are refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>

#include <tools/image/pack.h>

#include "image_sample.h"

#define KERNEL_BYTES  5000
#define KERNEL_MEMORY 0x203000

// A kernel as the linker leaves it: header, reference, code.
static void make_kernel(struct bytes *kernel) {
    sample_image(kernel, 0, 0, KERNEL_BYTES);
    for (size_t i = 128; i < KERNEL_BYTES; i++) {
        kernel->data[i] = (uint8_t)i;
    }
    write_le64(kernel->data + IMAGE_REFERENCE_OFFSET, IMAGE_REFERENCE_MAGIC);
    write_le64(kernel->data + IMAGE_REFERENCE_OFFSET + 8, KERNEL_MEMORY);
}

static int make_files(void **state) {
    (void)state;
    struct bytes kernel = {0};

    make_kernel(&kernel);
    sample_write("kernel", kernel.data, kernel.size);
    bytes_free(&kernel);
    sample_component("root.elf");
    sample_write_filled("spec", 100, 1);
    sample_write_filled("large", 0x200001, 2);
    sample_write("empty", "", 0);
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    sample_clean();
    return 0;
}

static struct pack_input input_of(const char *kernel, const char *root) {
    return (struct pack_input){
        .kernel_path = sample_path(kernel),
        .root_path = sample_path(root),
        .modules = {{"spec", sample_path("spec")},
                    {"large", sample_path("large")},
                    {"again", sample_path("spec")}},
        .module_count = 3,
    };
}

static void the_layout_is_that_of_the_header(void **state) {
    (void)state;
    struct pack_input input = input_of("kernel", "root.elf");
    struct report report = {0};
    struct bytes image = {0};
    struct image_reference reference;

    assert_true(pack_image(&image, &input, &report));
    assert_null(report.text);
    assert_int_equal(image.size % IMAGE_ALIGNMENT, 0);
    assert_int_equal(read_le64(image.data + 16), image.size); // image_size of the arm64 header
    assert_int_equal(image.data[300], 300 & 0xff);
    memcpy(&reference, image.data + IMAGE_REFERENCE_OFFSET, sizeof reference);
    assert_true(reference.magic == IMAGE_REFERENCE_MAGIC && reference.kernel_memory == KERNEL_MEMORY);
    // Memory that the kernel takes beyond its file is zero.
    for (size_t i = KERNEL_BYTES; i < KERNEL_MEMORY; i++) {
        assert_int_equal(image.data[i], 0);
    }
    const struct image_table *table = (const struct image_table *)(image.data + reference.table_offset);
    assert_true(reference.table_offset >= KERNEL_MEMORY && table->magic == IMAGE_TABLE_MAGIC);
    assert_int_equal(table->module_count, 3);
    uint64_t end = reference.table_offset + sizeof *table + 3 * sizeof table->modules[0];
    assert_true(table->root_offset >= end && table->root_offset % IMAGE_ALIGNMENT == 0);
    assert_memory_equal(image.data + table->root_offset, ELFMAG, SELFMAG);
    end = table->root_offset + table->root_size;
    static const char *const names[] = {"spec", "large", "again"};
    static const uint64_t sizes[] = {100, 0x200001, 100};
    for (unsigned i = 0; i < 3; i++) {
        const struct image_module *module = &table->modules[i];
        assert_string_equal(module->name, names[i]);
        assert_int_equal(module->size, sizes[i]);
        assert_true(module->offset >= end && module->offset % IMAGE_ALIGNMENT == 0);
        assert_int_equal(image.data[module->offset + module->size - 1], i == 1 ? 2 : 1);
        end = module->offset + module->size;
    }
    assert_true(end <= image.size);
    bytes_free(&image);
}

static void an_elf_kernel_is_flattened(void **state) {
    (void)state;
    struct bytes kernel = {0}, elf = {0}, flat_image = {0}, elf_image = {0};
    struct report report = {0};
    // Two segments with a gap; .bss has no bytes in the file.
    const struct sample_segment segments[] = {
        {0x40200000, 2048, 2048, PF_R | PF_X},
        {0x40201000, KERNEL_BYTES - 4096, KERNEL_MEMORY - 4096, PF_R | PF_W},
    };

    make_kernel(&kernel);
    memset(kernel.data + 2048, 0, 2048);
    sample_write("flat", kernel.data, kernel.size);
    sample_elf(&elf, segments, 2, 0x40200000);
    memcpy(elf.data + 4096, kernel.data, 2048);
    memcpy(elf.data + 8192, kernel.data + 4096, KERNEL_BYTES - 4096);
    sample_write("kernel.elf", elf.data, elf.size);
    struct pack_input from_flat = input_of("flat", "root.elf"), from_elf = input_of("kernel.elf", "root.elf");
    assert_true(pack_image(&flat_image, &from_flat, &report));
    assert_true(pack_image(&elf_image, &from_elf, &report));
    assert_int_equal(flat_image.size, elf_image.size);
    assert_memory_equal(flat_image.data, elf_image.data, flat_image.size);
    bytes_free(&kernel);
    bytes_free(&elf);
    bytes_free(&flat_image);
    bytes_free(&elf_image);
}

static void assert_refused(const struct pack_input *input, const char *message) {
    struct report report = {0};
    struct bytes image = {0};

    assert_false(pack_image(&image, input, &report));
    assert_non_null(strstr(report.text, message));
    report_free(&report);
    bytes_free(&image);
}

static void bad_parts_are_refused(void **state) {
    (void)state;
    struct bytes kernel = {0};
    struct pack_input input = input_of("none", "root.elf");

    assert_refused(&input, "/none: error: the kernel, ");
    input = input_of("spec", "root.elf");
    assert_refused(
        &input, "/spec: error: this is not a Glacis kernel (no arm64 Image header with an image reference)");
    input = input_of("empty", "root.elf");
    assert_refused(&input,
                   "/empty: error: the kernel has 0 bytes, less than its header's 88; build it again\n");
    make_kernel(&kernel);
    write_le64(kernel.data + IMAGE_REFERENCE_OFFSET + 8, 100);
    sample_write("damaged", kernel.data, kernel.size);
    bytes_free(&kernel);
    input = input_of("damaged", "root.elf");
    assert_refused(
        &input,
        "/damaged: error: the kernel is cut short or damaged: it states 100 bytes of memory, but has 5000");
    input = input_of("kernel", "spec");
    assert_refused(&input,
                   "/spec: error: the root task is not a static AArch64 ELF program; give services/root's\n");
    input = input_of("kernel", "empty");
    assert_refused(&input, "/empty: error: the root task is an empty file; build it again\n");
    input = input_of("kernel", "root.elf");
    input.modules[1].path = sample_path("none");
    assert_refused(&input, "/none: error: a boot module, ");
}

static void bad_module_names_are_refused(void **state) {
    (void)state;
    struct pack_input input = {0};
    struct report report = {0};
    char name[80];

    memset(name, 'n', sizeof name);
    name[64] = 0;
    assert_true(pack_add_module(&input, "a", "f", &report));
    assert_false(pack_add_module(&input, "a", "f", &report));
    assert_false(pack_add_module(&input, "", "f", &report));
    assert_false(pack_add_module(&input, name, "f", &report));
    name[63] = 0;
    assert_true(pack_add_module(&input, name, "f", &report));
    input.module_count = IMAGE_MAX_MODULES;
    assert_false(pack_add_module(&input, "b", "f", &report));
    assert_int_equal(report.errors, 4);
    report_free(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_that_of_the_header),
        cmocka_unit_test(an_elf_kernel_is_flattened),
        cmocka_unit_test(bad_parts_are_refused),
        cmocka_unit_test(bad_module_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
