// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The guest's kernel file and where everything goes: good files, and every kind of bad one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vmm/guest/image.h>
#include <vmm/guest/place.h>

#define MIB 0x100000ull

// A file in memory of exactly its size, so that a read behind its end is seen.
struct file {
    uint8_t *bytes;
    size_t size;
};

static void put(struct file *file, size_t at, uint64_t value, unsigned bytes) {
    memcpy(file->bytes + at, &value, bytes);
}

static struct file file_of(size_t size) {
    return (struct file){calloc(1, size), size};
}

static struct file linux_image(size_t size, uint64_t text_offset, uint64_t image_size) {
    struct file file = file_of(size);
    put(&file, 8, text_offset, 8);
    put(&file, 16, image_size, 8);
    put(&file, 24, 0xa, 8);
    put(&file, 56, 0x644d5241, 4);
    return file;
}

static struct file elf_image(void) {
    struct file file = file_of(64 + 2 * 56 + 0x100);
    memcpy(file.bytes,
           "\x7f"
           "ELF\x02\x01\x01",
           7);
    put(&file, 16, 2, 2);   // ET_EXEC
    put(&file, 18, 183, 2); // AArch64
    put(&file, 24, 0xffff000000000040, 8);
    put(&file, 32, 64, 8);
    put(&file, 54, 56, 2);
    put(&file, 56, 2, 2);
    for (unsigned i = 0; i < 2; i++) {
        size_t header = 64 + 56 * i;
        put(&file, header, 1, 4); // PT_LOAD
        put(&file, header + 8, 64 + 2 * 56 + 0x80 * i, 8);
        put(&file, header + 16, 0xffff000000000000 + 0x1000 * i, 8);
        put(&file, header + 24, 0x40200000 + 0x1000 * i, 8);
        put(&file, header + 32, 0x80, 8);
        put(&file, header + 40, i ? 0x500 : 0x80, 8);
    }
    return file;
}

static const char *parse(struct file *file, struct image *image) {
    return image_parse(file->bytes, file->size, image);
}

static void refuse(struct file file, const char *cause) {
    struct image image;
    const char *error = parse(&file, &image);
    assert_non_null(error);
    if (!strstr(error, cause))
        fail_msg("\"%s\" does not name \"%s\"", error, cause);
    free(file.bytes);
}

static void a_linux_image_is_one_segment(void **state) {
    (void)state;
    struct file file = linux_image(0x1000, 0, 2 * MIB);
    struct image image;
    assert_null(parse(&file, &image));
    assert_true(image.relocatable);
    assert_int_equal(image.segment_count, 1);
    assert_int_equal(image.segments[0].file_size, 0x1000);
    assert_int_equal(image.high, 2 * MIB);
    free(file.bytes);
}

static void an_image_without_a_size_is_an_old_one(void **state) {
    (void)state;
    struct file file = linux_image(0x1000, 0x123, 0);
    struct image image;
    assert_null(parse(&file, &image));
    assert_int_equal(image.text_offset, 0x80000);
    assert_int_equal(image.high, 0x1000);
    free(file.bytes);
}

static void bad_kernel_files_are_refused_with_their_cause(void **state) {
    (void)state;
    struct file gzip = file_of(100), text = file_of(100), shorter = linux_image(64, 0, MIB);
    struct image image;
    memcpy(gzip.bytes, "\x1f\x8b\x08", 3);
    shorter.size = 63;
    refuse(gzip, "gzip");
    refuse(text, "neither");
    refuse(shorter, "truncated");
    refuse(linux_image(64, ~0ull, MIB), "damaged");
    refuse(linux_image(64, 0, 1ull << 50), "damaged");
    assert_non_null(strstr(image_parse(NULL, 0, &image), "no kernel"));
}

static void an_image_shorter_than_its_pe_sections_is_truncated(void **state) {
    (void)state;
    struct file file = linux_image(0x400, 0, MIB);
    put(&file, 60, 64, 4);
    memcpy(file.bytes + 64, "PE\0\0", 4);
    put(&file, 64 + 6, 1, 2);           // sections
    put(&file, 64 + 20, 8, 2);          // optional header
    put(&file, 64 + 32 + 16, 0x200, 4); // size, place
    put(&file, 64 + 32 + 20, 0x200, 4);
    struct image image;
    assert_null(parse(&file, &image));
    put(&file, 64 + 32 + 16, 0x201, 4);
    refuse(file, "truncated");
}

static void an_image_without_the_whole_of_its_signature_is_truncated(void **state) {
    (void)state;
    struct file file = linux_image(0x400, 0, MIB);
    put(&file, 60, 64, 4);
    memcpy(file.bytes + 64, "PE\0\0", 4);
    put(&file, 64 + 20, 160, 2);         // optional header
    put(&file, 64 + 24 + 108, 6, 4);     // directories
    put(&file, 64 + 24 + 144, 0x300, 4); // signature: place, size
    put(&file, 64 + 24 + 148, 0x100, 4);
    struct image image;
    assert_null(parse(&file, &image));
    put(&file, 64 + 24 + 148, 0x108, 4);
    refuse(file, "truncated");
}

static void an_elf_kernel_gives_its_segments_and_its_physical_entry(void **state) {
    (void)state;
    struct file file = elf_image();
    struct image image;
    assert_null(parse(&file, &image));
    assert_false(image.relocatable);
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.entry, 0x40200040);
    assert_int_equal(image.low, 0x40200000);
    assert_int_equal(image.high, 0x40201500);
    free(file.bytes);
}

static void bad_elf_files_are_refused_with_their_cause(void **state) {
    (void)state;
    static const struct {
        size_t at;
        uint64_t value;
        unsigned bytes;
        const char *cause;
    } cases[] = {
        {4, 1, 1, "machine"},
        {5, 2, 1, "machine"},
        {18, 62, 2, "machine"},
        {16, 3, 2, "static"},
        {24, 0x1234, 8, "entry"},
        {32, 1ull << 40, 8, "truncated"},
        {54, 32, 2, "truncated"},
        {56, 0xffff, 2, "truncated"},
        {64 + 8, ~0ull, 8, "truncated"},
        {64 + 32, 0x10000, 8, "truncated"},
        {64 + 40, 0x10, 8, "truncated"},
        {64 + 24, ~0ull, 8, "truncated"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct file file = elf_image();
        put(&file, cases[i].at, cases[i].value, cases[i].bytes);
        refuse(file, cases[i].cause);
    }
    struct file file = elf_image();
    file.size = 63;
    refuse(file, "truncated");
}

static void no_truncation_of_a_file_is_read_beyond_its_end(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        struct file whole = kind ? elf_image() : linux_image(0x400, 0, MIB);
        if (!kind)
            put(&whole, 60, 64, 4);
        for (size_t size = 0; size < whole.size; size++) {
            struct file part = file_of(size ? size : 1);
            memcpy(part.bytes, whole.bytes, size);
            struct image image;
            image_parse(part.bytes, size, &image);
            free(part.bytes);
        }
        free(whole.bytes);
    }
}

static struct vm_config config_of(uint64_t memory, uint64_t initrd) {
    return (struct vm_config){.memory_ipa = 0x40000000, .memory_size = memory, .initrd = {.size = initrd}};
}

static struct placement place(uint64_t memory, uint64_t initrd, uint64_t text_offset, uint64_t image_size) {
    struct vm_config config = config_of(memory, initrd);
    struct file file = linux_image(0x1000, text_offset, image_size);
    struct image image;
    struct placement placement;
    assert_null(parse(&file, &image));
    assert_null(place_guest(&config, &image, &placement));
    free(file.bytes);
    return placement;
}

// The addresses that QEMU 7.2's monitor shows for the same files (info roms).
static void everything_stands_where_qemu_puts_it(void **state) {
    (void)state;
    static const struct {
        uint64_t memory, initrd, text_offset, image_size;
        uint64_t kernel, initrd_at, dtb;
    } cases[] = {
        {16 * MIB, 5000001, 0, 2 * MIB, 0x40200000, 0x40800000, 0x40e00000},
        {64 * MIB, 5000001, 0, 2 * MIB, 0x40200000, 0x42000000, 0x42600000},
        {256 * MIB, 5000001, 0, 2 * MIB, 0x40200000, 0x48000000, 0x48600000},
        {1024 * MIB, 5000001, 0, 2 * MIB, 0x40200000, 0x48000000, 0x48600000},
        {512 * MIB, 0, 0, 2 * MIB, 0x40200000, 0, 0x48000000},
        {512 * MIB, 5000001, 0x80000, 2 * MIB, 0x40080000, 0x48000000, 0x48600000},
        {512 * MIB, 5000001, 0x800, 2 * MIB, 0x40200800, 0x48000000, 0x48600000},
        {512 * MIB, 5000001, 0x1000, 2 * MIB, 0x40001000, 0x48000000, 0x48600000},
        {512 * MIB, 5000001, 0, 0, 0x40080000, 0x48000000, 0x48600000},
        {512 * MIB, 5000001, 0, 192 * MIB, 0x40200000, 0x4c200000, 0x4c800000},
        {512 * MIB, 5000001, 0, 160 * MIB, 0x40200000, 0x4a200000, 0x4a800000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct placement placement =
            place(cases[i].memory, cases[i].initrd, cases[i].text_offset, cases[i].image_size);
        assert_int_equal(placement.entry, cases[i].kernel);
        assert_int_equal(placement.initrd, cases[i].initrd_at);
        assert_int_equal(placement.dtb, cases[i].dtb);
    }
}

static void what_does_not_fit_is_refused_with_its_cause(void **state) {
    (void)state;
    static const struct {
        uint64_t memory, initrd, image_size;
        const char *cause;
    } cases[] = {
        {2 * MIB, 0, 2 * MIB, "kernel"},
        {16 * MIB, 0, 64 * MIB, "kernel"},
        {16 * MIB, 9 * MIB, 2 * MIB, "initrd"},
        {16 * MIB, ~0ull, 2 * MIB, "initrd"},
        {16 * MIB, 7 * MIB, 2 * MIB, "device tree"},
        {4 * MIB, 0, 2 * MIB, "device tree"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vm_config config = config_of(cases[i].memory, cases[i].initrd);
        struct file file = linux_image(0x1000, 0, cases[i].image_size);
        struct image image;
        struct placement placement;
        assert_null(parse(&file, &image));
        const char *error = place_guest(&config, &image, &placement);
        assert_non_null(error);
        if (!strstr(error, cases[i].cause))
            fail_msg("case %zu: \"%s\" does not name \"%s\"", i, error, cases[i].cause);
        free(file.bytes);
    }
}

static void an_elf_kernel_outside_of_memory_is_refused(void **state) {
    (void)state;
    struct file file = elf_image();
    struct image image;
    struct placement placement;
    struct vm_config config = config_of(16 * MIB, 0);
    assert_null(parse(&file, &image));
    assert_null(place_guest(&config, &image, &placement));
    assert_int_equal(placement.entry, 0x40200040);
    config.memory_ipa = 0x80000000;
    assert_non_null(strstr(place_guest(&config, &image, &placement), "outside"));
    free(file.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linux_image_is_one_segment),
        cmocka_unit_test(an_image_without_a_size_is_an_old_one),
        cmocka_unit_test(bad_kernel_files_are_refused_with_their_cause),
        cmocka_unit_test(an_image_shorter_than_its_pe_sections_is_truncated),
        cmocka_unit_test(an_image_without_the_whole_of_its_signature_is_truncated),
        cmocka_unit_test(an_elf_kernel_gives_its_segments_and_its_physical_entry),
        cmocka_unit_test(bad_elf_files_are_refused_with_their_cause),
        cmocka_unit_test(no_truncation_of_a_file_is_read_beyond_its_end),
        cmocka_unit_test(everything_stands_where_qemu_puts_it),
        cmocka_unit_test(what_does_not_fit_is_refused_with_its_cause),
        cmocka_unit_test(an_elf_kernel_outside_of_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
