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
#include <tools/image/root_elf.h>

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
    assert_refused(&input, "/spec: error: the root task is not an ELF file; give a static AArch64 program\n");
    input = input_of("kernel", "empty");
    assert_refused(&input, "/empty: error: the root task is an empty file; build it again\n");
    input = input_of("kernel", "root.elf");
    input.modules[1].path = sample_path("none");
    assert_refused(&input, "/none: error: a boot module, ");
}

// --- what is no root task

static Elf64_Ehdr *header_of(struct bytes *file) {
    return (Elf64_Ehdr *)file->data;
}
static Elf64_Phdr *segment_of(struct bytes *file, unsigned index) {
    return (Elf64_Phdr *)(file->data + sizeof(Elf64_Ehdr)) + index;
}

// As a libsel4 program is linked: one segment with all rights at 4 MiB, and .bss.
static void make_root(struct bytes *file) {
    static const struct sample_segment segments[] = {
        {0x400000, 5000, 5000, PF_R | PF_W | PF_X},
        {0x600010, 0, 9000, PF_R | PF_W},
    };

    bytes_free(file);
    sample_elf(file, segments, 2, 0x400100);
}

static void assert_root(const struct bytes *file, const char *message) {
    struct report report = {0};

    assert_int_equal(root_elf_check(file->data, file->size, "root.elf", &report), message == NULL);
    if (message) {
        assert_non_null(report.text);
        if (!strstr(report.text, message) ||
            strncmp(report.text, "root.elf: error: the root task", 30) != 0) {
            fail_msg("not \"%s\": %s", message, report.text);
        }
    }
    assert_int_equal(report.errors, message != NULL);
    report_free(&report);
}

static void a_root_task_may_be_laid_out_as_it_likes(void **state) {
    (void)state;
    struct bytes file = {0};

    make_root(&file);
    assert_root(&file, NULL);
    segment_of(&file, 1)->p_vaddr = 0x400000 + 5000; // on one page, side by side
    assert_root(&file, NULL);
    segment_of(&file, 1)->p_vaddr = 0x400000 - 9000; // the lower one behind
    assert_root(&file, NULL);
    segment_of(&file, 1)->p_offset = file.size + 1000; // .bss has nothing in the file
    assert_root(&file, NULL);
    segment_of(&file, 1)->p_memsz = 0; // nothing of it is loaded
    segment_of(&file, 1)->p_vaddr = UINT64_MAX;
    assert_root(&file, NULL);
    bytes_free(&file);
}

static void a_file_that_is_no_program_for_this_machine_is_refused(void **state) {
    (void)state;
    struct bytes file = {0};

    make_root(&file);
    file.size = 15;
    assert_root(&file, "is not an ELF file; give a static AArch64 program");
    file.size = 40;
    assert_root(&file, "ELF header is damaged");
    make_root(&file);
    header_of(&file)->e_machine = EM_X86_64;
    assert_root(&file, "for another machine (ELF machine 62, 64 bits, little endian); build it for");
    make_root(&file);
    header_of(&file)->e_type = ET_DYN;
    assert_root(&file, "not linked to fixed addresses (ELF type 3); link it with -static -no-pie");
    header_of(&file)->e_type = ET_REL;
    assert_root(&file, "is an object file; link it");
    bytes_free(&file);
}

static void a_program_that_needs_a_loader_is_refused(void **state) {
    (void)state;
    struct bytes file = {0};
    Elf64_Shdr sections[2] = {{.sh_type = SHT_NULL},
                              {.sh_type = SHT_RELA, .sh_flags = SHF_ALLOC, .sh_offset = 4096, .sh_size = 24}};

    make_root(&file);
    segment_of(&file, 1)->p_type = PT_INTERP;
    assert_root(&file, "linked dynamically, and nobody could load its libraries; link it with -static");
    segment_of(&file, 1)->p_type = PT_DYNAMIC;
    assert_root(&file, "linked dynamically");
    make_root(&file);
    bytes_align(&file, 8);
    size_t at = bytes_append(&file, sections, sizeof sections);
    header_of(&file)->e_shoff = at;
    header_of(&file)->e_shnum = 2;
    assert_root(&file, "has relocations, and nobody would apply them; link it with -static -no-pie");
    ((Elf64_Shdr *)(file.data + at))[1].sh_flags = 0; // as --emit-relocs leaves them
    assert_root(&file, NULL);
    bytes_free(&file);
}

static void segments_that_cannot_be_loaded_are_refused(void **state) {
    (void)state;
    struct bytes file = {0};

    make_root(&file);
    header_of(&file)->e_phoff = file.size - 8;
    assert_root(&file, "");
    make_root(&file);
    header_of(&file)->e_phnum = 0;
    assert_root(&file, "has nothing to load; link it to a program");
    make_root(&file);
    segment_of(&file, 0)->p_filesz = 5001;
    assert_root(&file, "segment 0 lies outside of the file: it is truncated; build it again");
    make_root(&file);
    segment_of(&file, 0)->p_offset = UINT64_MAX;
    assert_root(&file, "segment 0 lies outside of the file");
    make_root(&file);
    segment_of(&file, 1)->p_vaddr = (1ull << 39) - 8999;
    assert_root(&file, "segment 1 ends beyond 512 GiB; link it to lower addresses");
    segment_of(&file, 1)->p_vaddr = 0x400000 + 4999;
    assert_root(&file, "segment 1 (0x401387 - 0x4036af) overlaps another (0x400000 - 0x401388); correct");
    segment_of(&file, 1)->p_vaddr = 0x400000 + (31 << 20) - 8999;
    assert_root(&file, "spans 0x400000 - 0x2300001, gaps included, and may have 31 MiB; make it smaller");
    make_root(&file);
    header_of(&file)->e_entry = 0x400000 + 5000;
    assert_root(&file, "entry point 0x401388 is in no segment; name its first instruction");
    bytes_free(&file);
    struct sample_segment many[17];
    for (unsigned i = 0; i < 17; i++) {
        many[i] = (struct sample_segment){0x400000 + 4096 * i, 8, 8, PF_R};
    }
    sample_elf(&file, many, 17, 0x400000);
    assert_root(&file, "has more than 16 segments to load; merge some in its linker script");
    bytes_free(&file);
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
        cmocka_unit_test(a_root_task_may_be_laid_out_as_it_likes),
        cmocka_unit_test(a_file_that_is_no_program_for_this_machine_is_refused),
        cmocka_unit_test(a_program_that_needs_a_loader_is_refused),
        cmocka_unit_test(segments_that_cannot_be_loaded_are_refused),
        cmocka_unit_test(bad_module_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
