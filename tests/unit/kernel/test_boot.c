// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// From a platform to a running root task: slots, boot information, untypeds, and what is wrong with a root
// task or a board (seL4 API: boot; extension: modules).
#include "world.h"
#include <elf.h>
#include <stdio.h>

#define USER_IMAGE 0x400000ull

static int setup(void **state) {
    (void)state;
    world_reset();
    world_boot();
    return 0;
}
#define boot_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static struct cap boot_cap(cptr_t slot) {
    return slot_of(slot)->cap;
}
static const struct sel4_untyped_description *untyped(cptr_t slot) {
    return &world.bootinfo->untyped_list[slot - world.bootinfo->untyped.start];
}

static void root_begins_at_its_entry_with_the_boot_information(void **state) {
    (void)state;
    const struct tcb *root = world.root;
    assert_ptr_equal(current(), root);
    assert_int_equal(root->arch.context.pc, USER_IMAGE + 0x10);
    word_t bootinfo = world.bootinfo->ipc_buffer + 0x1000;
    assert_int_equal(root->arch.context.x[0], bootinfo);
    for (unsigned i = 1; i < 31; i++)
        assert_int_equal(root->arch.context.x[i], 0);
    assert_int_equal(root->arch.context.sp, 0);
    assert_int_equal(root->arch.context.spsr, 0x40);
    assert_int_equal(root->priority, 255);
    assert_int_equal(root->mcp, 255);
    assert_int_equal(type_of(0), SEL4_CAP_NULL);
    assert_true(sc_is_round_robin(root->sc));
    assert_int_equal(root->sc->budget, us(5000));
    assert_int_equal(root->sc->badge, 0);
    assert_true(slot_is_empty(&root->slots[TCB_SLOT_FAULT]) && slot_is_empty(&root->slots[TCB_SLOT_TIMEOUT]));
    assert_ptr_equal(object_of(SEL4_SLOT_TCB), root);
}

static void the_first_slots_are_those_of_the_api(void **state) {
    (void)state;
    static const uint8_t types[SEL4_SLOT_FIRST_FREE] = {
        [1] = SEL4_CAP_TCB,           [2] = SEL4_CAP_CNODE,        [3] = SEL4_CAP_VSPACE,
        [4] = SEL4_CAP_IRQ_CONTROL,   [5] = SEL4_CAP_ASID_CONTROL, [6] = SEL4_CAP_ASID_POOL,
        [9] = SEL4_CAP_FRAME,         [10] = SEL4_CAP_FRAME,       [11] = SEL4_CAP_DOMAIN,
        [14] = SEL4_CAP_SCHED_CONTEXT};
    for (cptr_t slot = 0; slot < SEL4_SLOT_FIRST_FREE; slot++)
        assert_int_equal(type_of(slot), types[slot]);
    assert_int_equal(cap_cnode_radix(boot_cap(2)), 13);
    assert_int_equal(cap_cnode_guard_bits(boot_cap(2)), 51);
    assert_int_equal(cap_cnode_guard(boot_cap(2)), 0);
    assert_int_equal(boot_cap(3).w1, 1); // ASID 1
    assert_int_equal(cap_sched_context_bits(boot_cap(14)), 7);
}

static void the_ranges_follow_each_other(void **state) {
    (void)state;
    const struct sel4_bootinfo *b = world.bootinfo;
    assert_int_equal(b->node_id | b->io_pt_levels | b->root_domain, 0);
    assert_int_equal(b->node_count, 1);
    assert_int_equal(b->root_cnode_bits, 13);
    assert_int_equal(
        b->shared_frames.start | b->shared_frames.end | b->io_space_caps.start | b->io_space_caps.end, 0);
    assert_int_equal(b->user_image_paging.start, 16);
    assert_int_equal(b->user_image_paging.end, 18); // one GiB, one 2 MiB
    assert_int_equal(b->extra_bootinfo_pages.start, 18);
    assert_int_equal(b->extra_bootinfo_pages.end, 19);
    assert_int_equal(b->sched_control.start, 19);
    assert_int_equal(b->sched_control.end, 20);
    assert_int_equal(b->user_image_frames.start, 20);
    assert_int_equal(b->user_image_frames.end, 24); // 0x400000 to 0x403800, the gap included
    assert_int_equal(b->untyped.start, 24);
    assert_int_equal(b->empty.start, b->untyped.end);
    assert_int_equal(b->empty.end, 8192);
    for (cptr_t slot = 16; slot < 8192; slot++) {
        unsigned type = slot < 18                 ? SEL4_CAP_PAGE_TABLE
                        : slot == 19              ? SEL4_CAP_SCHED_CONTROL
                        : slot < b->untyped.start ? SEL4_CAP_FRAME
                        : slot < b->untyped.end   ? SEL4_CAP_UNTYPED
                                                  : SEL4_CAP_NULL;
        assert_int_equal(type_of(slot), type);
    }
}

static void the_image_is_mapped_as_its_capabilities_say(void **state) {
    (void)state;
    struct cap vspace = boot_cap(SEL4_SLOT_VSPACE);
    const struct sel4_bootinfo *b = world.bootinfo;
    for (cptr_t slot = b->user_image_frames.start; slot < b->user_image_frames.end; slot++) {
        word_t vaddr = USER_IMAGE + (slot - b->user_image_frames.start) * 4096;
        assert_int_equal(cap_mapped_asid(boot_cap(slot)), 1);
        assert_int_equal(cap_mapped_vaddr(boot_cap(slot)).raw, vaddr);
        assert_int_equal(host_translate(vspace, vaddr), cap_address(boot_cap(slot)));
    }
    const uint8_t *first = arch_phys_to_virt((paddr_t){cap_address(boot_cap(b->user_image_frames.start))});
    assert_int_equal(first[0], 0x5a);
    assert_int_equal(first[64], 0);
    assert_int_equal(b->ipc_buffer, USER_IMAGE + 0x4000); // the image's end
    assert_int_equal(host_translate(vspace, b->ipc_buffer), cap_address(boot_cap(SEL4_SLOT_IPC_BUFFER)));
    assert_int_equal(host_translate(vspace, b->ipc_buffer + 4096),
                     cap_address(boot_cap(SEL4_SLOT_BOOTINFO_FRAME)));
    assert_int_equal(host_translate(vspace, b->ipc_buffer + 8192),
                     cap_address(boot_cap(b->extra_bootinfo_pages.start)));
    assert_ptr_equal(world.root->ipc_buffer,
                     arch_phys_to_virt((paddr_t){cap_address(boot_cap(SEL4_SLOT_IPC_BUFFER))}));
}

static void a_new_ipc_buffer_leaves_the_first_mapped(void **state) {
    (void)state;
    cptr_t frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0);
    assert_ok(seL4_TCB_SetIPCBuffer(SEL4_SLOT_TCB, frame, 0x10000000));
    assert_int_equal(host_translate(boot_cap(SEL4_SLOT_VSPACE), world.bootinfo->ipc_buffer),
                     cap_address(boot_cap(SEL4_SLOT_IPC_BUFFER)));
}

static void the_device_tree_is_the_extra_boot_information(void **state) {
    (void)state;
    const struct sel4_bootinfo_chunk *chunk =
        arch_phys_to_virt((paddr_t){cap_address(boot_cap(world.bootinfo->extra_bootinfo_pages.start))});
    assert_int_equal(chunk->id, SEL4_BOOTINFO_CHUNK_FDT);
    assert_int_equal(chunk->length, 16 + 104); // of whole words
    assert_int_equal(world.bootinfo->extra_length, chunk->length);
    assert_memory_equal(chunk + 1, world.platform.fdt, 100);
}

static void device_untypeds_come_first_and_fill_the_holes(void **state) {
    (void)state;
    const struct sel4_bootinfo *b = world.bootinfo;
    word_t at = 0;
    bool ram = false;
    for (cptr_t slot = b->untyped.start; slot < b->untyped.end; slot++) {
        const struct sel4_untyped_description *u = untyped(slot);
        struct cap cap = boot_cap(slot);
        assert_int_equal(cap_address(cap), u->paddr);
        assert_int_equal(cap_untyped_bits(cap), u->size_bits);
        assert_int_equal(cap_untyped_device(cap), u->is_device);
        assert_int_equal(u->paddr & MASK(u->size_bits), 0);
        if (!u->is_device && !ram) {
            ram = true;
            assert_int_equal(at, HOST_PHYSICAL); // all holes up to the end
            at = HOST_RAM_START + 0x80000;       // behind what is reserved
        }
        assert_true(ram == !u->is_device);
        if (!ram && at != u->paddr) { // a hole: what the kernel owns, or RAM
            assert_true(at == 0x08000000 || at == 0x08010000 || at == HOST_RAM_START);
            at = at == HOST_RAM_START ? HOST_RAM_START + HOST_RAM_BYTES : at + 0x1000;
        }
        assert_int_equal(u->paddr, at);
        at += BIT(u->size_bits);
    }
    assert_true(at < HOST_RAM_START + HOST_RAM_BYTES); // root's own memory is withheld
    for (cptr_t slot = 0; slot < b->untyped.start; slot++)
        if (type_of(slot) == SEL4_CAP_FRAME)
            assert_true(cap_address(boot_cap(slot)) >= at);
    assert_true(arch_virt_to_phys(world.root).raw >= at && arch_virt_to_phys(world.slots).raw >= at);
}

// What the untypeds of one kind have of [start, end), in bytes.
static word_t covered(word_t start, word_t end, bool device) {
    word_t bytes = 0;
    for (cptr_t slot = world.bootinfo->untyped.start; slot < world.bootinfo->untyped.end; slot++) {
        const struct sel4_untyped_description *u = untyped(slot);
        if (u->paddr >= start && u->paddr + BIT(u->size_bits) <= end && u->is_device == device)
            bytes += BIT(u->size_bits);
        else
            assert_true(u->paddr >= end || u->paddr + BIT(u->size_bits) <= start || u->is_device != device);
    }
    return bytes;
}

static void recycled_memory_stands_between_devices_and_free_memory(void **state) {
    (void)state;
    static const struct sel4_untyped_description expected[] = {
        {HOST_RAM_START, 13, 0, {0}},           {HOST_RAM_START + 0x2000, 12, 0, {0}},
        {HOST_RAM_START + 0x7b000, 12, 0, {0}}, {HOST_RAM_START + 0x7c000, 14, 0, {0}},
        {HOST_RAM_START + 0x80000, 19, 0, {0}}, // the first free memory
    };
    world_reset();
    world.platform.recycled_count = 2;
    world.platform.recycled[0] = (struct boot_region){HOST_RAM_START, HOST_RAM_START + 0x3000};
    world.platform.recycled[1] = (struct boot_region){HOST_RAM_START + 0x7b000, HOST_RAM_START + 0x80000};
    memset(arch_phys_to_virt((paddr_t){HOST_RAM_START + 0x2000}), 0x3c, 4096);
    world_boot();
    cptr_t slot = world.bootinfo->untyped.start;
    while (untyped(slot)->is_device)
        slot++;
    for (unsigned i = 0; i < ARRAY_LENGTH(expected); i++) {
        assert_memory_equal(untyped(slot + i), &expected[i], sizeof(expected[i]));
        assert_int_equal(cap_address(boot_cap(slot + i)), expected[i].paddr);
        assert_int_equal(cap_untyped_bits(boot_cap(slot + i)), expected[i].size_bits);
        assert_false(cap_untyped_device(boot_cap(slot + i)));
    }
    assert_int_equal(covered(HOST_RAM_START, HOST_RAM_START + 0x80000, false), 0x8000);
    // What the kernel left there is nobody's to read.
    new_object_from(slot + 1, SEL4_OBJECT_SMALL_PAGE, 0);
    static const uint8_t zero[4096];
    assert_memory_equal(arch_phys_to_virt((paddr_t){HOST_RAM_START + 0x2000}), zero, 4096);
}

static void memory_beyond_the_list_is_reported(void **state) {
    (void)state;
    world_reset();
    world.platform.reserved_count = BOOT_MAX_RESERVED;
    world.platform.device_count = 8;
    for (unsigned i = 0; i < 8; i++)
        world.platform.devices[i] =
            (struct boot_region){0x08000000 + 0x1001000 * i, 0x08001000 + 0x1001000 * i};
    for (unsigned i = 0; i < BOOT_MAX_RESERVED; i++) { // so that as many pieces as possible come about
        word_t page = HOST_RAM_START + 0x200000 * i + 0x100000 - 0x1000 * (i & 1);
        world.platform.reserved[i] = (struct boot_region){page, page + 0x1000};
    }
    world_boot();
    assert_int_equal(world.bootinfo->untyped.end - world.bootinfo->untyped.start, 230);
    assert_int_equal(world.bootinfo->empty.start, world.bootinfo->untyped.end);
    assert_int_equal(type_of(world.bootinfo->empty.start), SEL4_CAP_NULL);
    word_t free = HOST_RAM_BYTES - 0x1000 * BOOT_MAX_RESERVED;
    word_t listed = covered(HOST_RAM_START, HOST_RAM_START + HOST_RAM_BYTES, false), unlisted = 0;
    const char *text = strstr(host.console, "memory is in more than 230 pieces: ");
    assert_non_null(text);
    assert_int_equal(sscanf(text, "memory is in more than 230 pieces: %lu KiB of it", &unlisted), 1);
    assert_true(unlisted > 0 && listed + (unlisted << 10) < free); // root is made of the rest:
    assert_true(free - listed - (unlisted << 10) <
                64 * 4096 + 2 * 8192 * 32); // its CNode, aligned, and pages
}

static void root_is_made_of_the_largest_memory(void **state) {
    (void)state;
    world_reset();
    world.platform.ram_count = 2;
    world.platform.ram[0].end = HOST_RAM_START + 0x400000;
    world.platform.ram[1] = (struct boot_region){HOST_RAM_START + 0x800000, HOST_RAM_START + HOST_RAM_BYTES};
    world_boot();
    word_t root = arch_virt_to_phys(world.root).raw;
    assert_true(root >= HOST_RAM_START + 0x800000);
    assert_int_equal(covered(HOST_RAM_START + 0x400000, HOST_RAM_START + 0x800000, false), 0);
    assert_int_equal(covered(HOST_RAM_START + 0x400000, HOST_RAM_START + 0x800000, true), 0x400000);
}

// --- modules

static void modules_are_listed_and_offered_as_devices(void **state) {
    (void)state;
    static struct glacis_boot_module modules[2] = {{"spec", HOST_RAM_START + 0x400000, 100},
                                                   {"kernel", HOST_RAM_START + 0x600000, 0x200001}};
    world_reset();
    world.platform.modules = modules;
    world.platform.module_count = 2;
    world_boot();
    const struct sel4_bootinfo *b = world.bootinfo;
    assert_int_equal(type_of(SEL4_SLOT_SMC), SEL4_CAP_SMC);
    word_t covered = 0;
    for (cptr_t slot = b->untyped.start; slot < b->untyped.end; slot++) {
        const struct sel4_untyped_description *u = untyped(slot);
        word_t end = u->paddr + BIT(u->size_bits);
        bool inside = u->paddr >= HOST_RAM_START + 0x400000 && end <= HOST_RAM_START + 0xa00000;
        assert_true(inside || end <= HOST_RAM_START + 0x400000 || u->paddr >= HOST_RAM_START + 0xa00000);
        assert_true(!inside || u->is_device);
        covered += inside ? BIT(u->size_bits) : 0;
    }
    assert_int_equal(covered, 0x600000);
    const uint8_t *extra = arch_phys_to_virt((paddr_t){cap_address(boot_cap(b->extra_bootinfo_pages.start))});
    const struct sel4_bootinfo_chunk *chunk = (const void *)(extra + 120);
    assert_int_equal(chunk->id, GLACIS_BOOTINFO_CHUNK_MODULES);
    assert_int_equal(chunk->length, 16 + sizeof(modules));
    assert_memory_equal(chunk + 1, modules, sizeof(modules));
    assert_int_equal(b->extra_length, 120 + chunk->length);
    // A frame of one is mapped cached, for its memory is RAM; and never zeroed.
    cptr_t slot = b->untyped.start;
    while (untyped(slot)->paddr != modules[0].paddr)
        slot++;
    memset(arch_phys_to_virt((paddr_t){modules[0].paddr}), 0x3c, 4096);
    new_object_from(slot, SEL4_OBJECT_SMALL_PAGE, 0);
    assert_int_equal(*(uint8_t *)arch_phys_to_virt((paddr_t){modules[0].paddr}), 0x3c);
}

static void what_is_reserved_behind_a_module_is_not_offered(void **state) {
    (void)state;
    // Behind the first module lie the firmware's pages; the second ends with the memory, not with a large
    // page.
    static struct glacis_boot_module modules[2] = {{"spec", HOST_RAM_START + 0x400000, 100},
                                                   {"kernel", HOST_RAM_START + 0x1e00000, 0x1000}};
    world_reset();
    world.platform.modules = modules;
    world.platform.module_count = 2;
    world.platform.reserved[1] = (struct boot_region){HOST_RAM_START + 0x480000, HOST_RAM_START + 0x483000};
    world.platform.reserved_count = 2;
    world.platform.ram[0].end = HOST_RAM_START + 0x1f00000;
    world_boot();
    word_t firmware = HOST_RAM_START + 0x480000, end = HOST_RAM_START + 0x600000;
    assert_int_equal(covered(HOST_RAM_START + 0x400000, firmware, true), 0x80000);
    assert_int_equal(covered(firmware, firmware + 0x3000, true), 0);
    assert_int_equal(covered(firmware, firmware + 0x3000, false), 0);
    assert_int_equal(covered(firmware + 0x3000, end, true), 0x180000 - 0x3000);
    assert_int_equal(covered(HOST_RAM_START + 0x400000, end, false), 0);
    // The hole behind the memory is offered once.
    assert_int_equal(covered(HOST_RAM_START + 0x1e00000, HOST_RAM_START + 0x1f00000, true), 0x100000);
    assert_int_equal(covered(HOST_RAM_START + 0x1f00000, HOST_RAM_START + 0x2000000, true), 0x100000);
}

// --- what cannot be booted

static void assert_panic(const char *text) {
    assert_panics(world_boot, text);
}

static Elf64_Ehdr *elf(void) {
    world_reset();
    return (Elf64_Ehdr *)world.platform.root_elf;
}
static Elf64_Phdr *segment(unsigned index) {
    Elf64_Ehdr *header = elf();
    return (Elf64_Phdr *)((uint8_t *)header + header->e_phoff) + index;
}

static void bss_needs_no_place_in_the_file(void **state) {
    (void)state;
    segment(1)->p_offset = world.platform.root_elf_size + 1000;
    world_boot();
    assert_int_equal(world.bootinfo->user_image_frames.end - world.bootinfo->user_image_frames.start, 4);
}

static void a_root_task_that_cannot_be_loaded_is_reported(void **state) {
    (void)state;
    elf()->e_ident[0] = 'x';
    assert_panic("not a 64-bit ELF");
    elf();
    world.platform.root_elf_size = 10;
    assert_panic("not a 64-bit ELF");
    elf()->e_type = ET_DYN;
    assert_panic("not a static AArch64 executable");
    elf()->e_machine = EM_X86_64;
    assert_panic("not a static AArch64 executable");
    elf()->e_phoff = ~(word_t)0;
    assert_panic("truncated");
    elf()->e_phnum = 65535;
    assert_panic("truncated");
    segment(0)->p_offset = ~(word_t)0;
    assert_panic("segment 0 lies outside");
    segment(1)->p_filesz = ~(word_t)0;
    assert_panic("segment 1 lies outside");
    segment(1)->p_vaddr = BIT(40);
    assert_panic("beyond 512 GiB");
    segment(1)->p_memsz = ~(word_t)0;
    assert_panic("beyond 512 GiB");
    elf()->e_phnum = 0;
    assert_panic("nothing to load");
}

static void what_need_not_be_loaded_is_skipped(void **state) {
    (void)state;
    Elf64_Phdr *note = segment(1);
    *note = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = ~(word_t)0, .p_vaddr = ~(word_t)0, .p_memsz = 7};
    world_boot();
    assert_int_equal(world.bootinfo->ipc_buffer, USER_IMAGE + 0x1000); // behind the only segment
    note = segment(1);
    *note = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = ~(word_t)0};
    world_boot();
    assert_int_equal(world.bootinfo->ipc_buffer, USER_IMAGE + 0x1000);
}

static void too_little_memory_is_reported(void **state) {
    (void)state;
    segment(1)->p_memsz = HOST_RAM_BYTES;
    assert_panic("give the board more memory");
    world_reset();
    world.platform.ram[0].end = HOST_RAM_START + 0x90000;
    assert_panic("the largest free region has 64 KiB");
    world_reset();
    world.platform.ram_count = 0;
    assert_panic("the largest free region has 0 KiB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        boot_test(root_begins_at_its_entry_with_the_boot_information),
        boot_test(the_first_slots_are_those_of_the_api),
        boot_test(the_ranges_follow_each_other),
        boot_test(the_image_is_mapped_as_its_capabilities_say),
        boot_test(a_new_ipc_buffer_leaves_the_first_mapped),
        boot_test(the_device_tree_is_the_extra_boot_information),
        boot_test(device_untypeds_come_first_and_fill_the_holes),
        boot_test(recycled_memory_stands_between_devices_and_free_memory),
        boot_test(memory_beyond_the_list_is_reported),
        boot_test(root_is_made_of_the_largest_memory),
        boot_test(modules_are_listed_and_offered_as_devices),
        boot_test(what_is_reserved_behind_a_module_is_not_offered),
        boot_test(bss_needs_no_place_in_the_file),
        cmocka_unit_test(a_root_task_that_cannot_be_loaded_is_reported),
        cmocka_unit_test(what_need_not_be_loaded_is_skipped),
        cmocka_unit_test(too_little_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
