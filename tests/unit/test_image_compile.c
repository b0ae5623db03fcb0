// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The compiler of system files: what it makes passes the checks that the root task itself runs, is the same
// to the byte each time, and every bad input is refused with cause and mend.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>

#include <services/console/config.h>
#include <services/root/spec_view.h>
#include <tools/image/compile.h>
#include <tools/image/layout.h>

#include "image_sample.h"

#define TREE_GIC2 "build/host-test/gic2.dtb"
#define TREE_GIC3 "build/host-test/gic3.dtb"
#define MAX_IRQ   159

struct fixture {
    struct bytes text;
    struct report report;
    struct system system;
    struct board board;
    struct compiled_system compiled;
    bool good;
};

static int make_files(void **state) {
    (void)state;
    struct bytes image = {0};

    sample_component("vmm.elf");
    sample_component("console.elf");
    sample_image(&image, 0, 3 * MIB, 100000);
    sample_write("kernel", image.data, image.size);
    bytes_free(&image);
    sample_write_filled("initrd", 5 * MIB + 1, 0x5a);
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    sample_clean();
    return 0;
}

// Compiles `format` (each %s is the samples' folder) for a board.
static void compile(struct fixture *f, const char *tree, uint64_t board_memory, const char *text) {
    const struct compile_options options = {
        .name = "sample",
        .vmm_path = sample_path("vmm.elf"),
        .console_path = sample_path("console.elf"),
        .board_memory = board_memory,
        .max_irq = MAX_IRQ,
    };
    char folder[128];

    snprintf(folder, sizeof folder, "%s", sample_path("kernel"));
    *strrchr(folder, '/') = 0;
    *f = (struct fixture){0};
    bytes_append(&f->text, text, strlen(text));
    system_parse(&f->system, "s.conf", &f->text, folder, &f->report);
    system_apply_defaults(&f->system, &f->report);
    assert_null(f->report.text);
    assert_true(board_read(&f->board, tree, &f->report));
    f->good = compile_system(&f->compiled, &f->system, &f->board, &options, &f->report);
}

static void release(struct fixture *f) {
    bytes_free(&f->text);
    report_free(&f->report);
    system_free(&f->system);
    board_free(&f->board);
    compiled_free(&f->compiled);
}

#define ONE_VM                                                                                               \
    "vm a {\n memory = 64\n kernel = \"$(OUT)/kernel\"\n initrd = \"$(OUT)/initrd\"\n cmdline = "            \
    "\"quiet\"\n devices = pl011\n}\n"
#define VM(kernel, rest) "vm a {\n memory = 64\n kernel = \"$(OUT)/" kernel "\"\n" rest "}\n"
#define TWO_VMS                                                                                              \
    ONE_VM "vm b {\n memory = 32\n kernel = \"$(OUT)/kernel\"\n devices = pl011\n budget = 2000\n priority " \
           "= 9\n}\n"

// What the root task would see.
struct root_view {
    struct spec_view view;
    struct glacis_boot_module modules[1 + COMPILE_MAX_MODULES];
    char message[512];
};

static void assert_root_accepts(const struct compiled_system *compiled, struct root_view *root) {
    unsigned count = 0;

    memset(root, 0, sizeof *root);
    root->modules[count++] =
        (struct glacis_boot_module){.name = "spec", .paddr = 0x50000000, .size = compiled->spec.size};
    for (unsigned i = 0; i < compiled->module_count; i++) {
        struct glacis_boot_module *module = &root->modules[count++];
        memcpy(module->name, compiled->modules[i].name, sizeof module->name);
        module->paddr = 0x50000000 + count * 0x1000000;
        module->size = compiled->modules[i].size;
    }
    const struct boot_modules modules = {root->modules, count};
    const struct spec_header *header = (const struct spec_header *)compiled->spec.data;
    if (!spec_check(&root->view, header, compiled->spec.size, &modules, 8000, root->message,
                    sizeof root->message)) {
        fail_msg("%s", root->message);
    }
}

static const struct spec_thread *find_thread(const struct spec_view *view, const char *name) {
    for (uint32_t i = 0; i < view->header->threads.count; i++) {
        if (strcmp(spec_string(view, view->threads[i].name), name) == 0) {
            return &view->threads[i];
        }
    }
    fail_msg("no thread %s", name);
    return NULL;
}

// What `cnode` has in `slot`; exactly one record.
static const struct spec_cnode_slot *find_slot(const struct spec_view *view, uint32_t cnode, uint32_t slot) {
    const struct spec_cnode_slot *found = NULL;

    for (uint32_t i = 0; i < view->header->cnode_slots.count; i++) {
        if (view->cnode_slots[i].cnode == cnode && view->cnode_slots[i].slot == slot) {
            assert_null(found);
            found = &view->cnode_slots[i];
        }
    }
    assert_non_null(found);
    return found;
}

// The mapping at `vaddr`.
static const struct spec_mapping *find_mapping(const struct spec_view *view, uint32_t vspace,
                                               uint64_t vaddr) {
    for (uint32_t i = 0; i < view->header->mappings.count; i++) {
        const struct spec_mapping *mapping = &view->mappings[i];
        if (mapping->vspace == vspace && mapping->vaddr == vaddr &&
            spec_object_of(view, mapping->object)->type != SPEC_OBJECT_PAGE_TABLE) {
            return mapping;
        }
    }
    fail_msg("nothing is mapped at 0x%lx", (unsigned long)vaddr);
    return NULL;
}

// The bytes that a frame is filled with from the specification's data.
static const void *find_data(const struct spec_view *view, uint32_t frame) {
    for (uint32_t i = 0; i < view->header->fills.count; i++) {
        if (view->fills[i].object == frame && view->fills[i].module == SPEC_NONE) {
            return view->data + view->fills[i].source;
        }
    }
    fail_msg("frame %u has no data", frame);
    return NULL;
}

static const struct vm_config *find_config(const struct spec_view *view, const struct spec_thread *vmm) {
    return find_data(view, find_mapping(view, vmm->vspace, vmm->argument[0])->object);
}

static void root_accepts_every_system(void **state) {
    (void)state;
    static const char *const texts[] = {ONE_VM, TWO_VMS,
                                        "vm big {\n memory = 4096\n kernel = \"$(OUT)/kernel\"\n}\n"};
    static struct root_view root;

    for (size_t i = 0; i < 3; i++) {
        for (int gic = 2; gic <= 3; gic++) {
            struct fixture f;
            compile(&f, gic == 2 ? TREE_GIC2 : TREE_GIC3, 8192 * MIB, texts[i]);
            assert_true(f.good);
            assert_root_accepts(&f.compiled, &root);
            release(&f);
        }
    }
}

static void the_same_input_gives_the_same_bytes(void **state) {
    (void)state;
    struct fixture a, b;

    compile(&a, TREE_GIC3, 0, TWO_VMS);
    compile(&b, TREE_GIC3, 0, TWO_VMS);
    assert_int_equal(a.compiled.spec.size, b.compiled.spec.size);
    assert_memory_equal(a.compiled.spec.data, b.compiled.spec.data, a.compiled.spec.size);
    release(&a);
    release(&b);
}

static void a_vmm_finds_what_its_configuration_says(void **state) {
    (void)state;
    static struct root_view root;
    struct fixture f;

    compile(&f, TREE_GIC3, 0, ONE_VM);
    assert_root_accepts(&f.compiled, &root);
    const struct spec_view *view = &root.view;
    const struct spec_thread *vmm = find_thread(view, "a.vmm");
    const struct vm_config *config = find_config(view, vmm);

    assert_true(config->magic == VM_CONFIG_MAGIC && config->size == sizeof *config);
    assert_string_equal(config->name, "a");
    assert_string_equal(config->cmdline, "quiet");
    assert_true(config->memory_ipa == 0x40000000 && config->memory_size == 64 * MIB);
    assert_true(config->gic_version == 3 && config->gicd_ipa == 0x8000000 && config->gicr_ipa == 0x80a0000);
    assert_int_equal(config->vtimer_irq, 27);
    assert_int_equal(config->ptimer_irq, 30);
    assert_int_equal(config->pmu_irq, 23);
    assert_int_equal(config->interrupt_count, MAX_IRQ + 1);
    assert_int_equal(config->device_count, 1);
    assert_true(config->devices[0].ipa == 0x9000000 && config->devices[0].irq == 33);
    assert_true(config->kaslr_seed != 0);

    // Windows: all of the guest's memory, writable; modules read only.
    const struct spec_mapping *window = find_mapping(view, vmm->vspace, config->memory_vaddr);
    assert_int_equal(window->count, 32);
    assert_int_equal(window->rights, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE);
    assert_int_equal(find_mapping(view, vmm->vspace, config->kernel.vaddr)->rights, SEL4_RIGHT_READ);
    assert_int_equal(config->kernel.size, 100000);
    assert_int_equal(find_mapping(view, vmm->vspace, config->initrd.vaddr)->count, 3);
    assert_int_equal(config->initrd.size, 5 * MIB + 1);
    assert_int_equal(find_mapping(view, vmm->vspace, config->board_dtb.vaddr)->rights, SEL4_RIGHT_READ);
    assert_int_equal(find_mapping(view, vmm->vspace, config->console_ring)->count, 1);

    // The guest sees the same frames where the board has memory.
    const struct spec_thread *guest = find_thread(view, "a.guest");
    assert_int_equal(find_mapping(view, guest->vspace, config->memory_ipa)->object, window->object);
    assert_true(guest->fault_badge == VMM_FAULT_BADGE && guest->start == 0 && guest->vcpu != SPEC_NONE);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_FAULT_ENDPOINT)->object, guest->fault_endpoint);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_GUEST_TCB)->object, guest->tcb);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_GUEST_VCPU)->object, guest->vcpu);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_GUEST_SCHED_CONTEXT)->object,
                     guest->sched_context);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_GUEST_VSPACE)->object, guest->vspace);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_NOTIFICATION)->object, vmm->bound_notification);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_SYSTEM)->object, view->header->fault_endpoint);
    assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_SYSTEM)->data, vmm->fault_badge);
    assert_true(vmm->priority > guest->priority);
    // The guest's own CSpace is empty.
    for (uint32_t i = 0; i < view->header->cnode_slots.count; i++) {
        assert_int_not_equal(view->cnode_slots[i].cnode, guest->cspace);
    }
    release(&f);
}

// The VMM writes the page of its UART's registers and holds what the guest reads; both uncached, never
// executable.
static void a_guest_reads_the_uart_in_a_page_of_its_vmm(void **state) {
    (void)state;
    static struct root_view root;
    struct fixture f;

    compile(&f, TREE_GIC3, 0, TWO_VMS);
    assert_root_accepts(&f.compiled, &root);
    const struct spec_view *view = &root.view;
    const struct spec_thread *vmm = find_thread(view, "a.vmm");
    const struct vm_device *uart = &find_config(view, vmm)->devices[0];
    const struct spec_mapping *written = find_mapping(view, vmm->vspace, uart->page);
    const struct spec_mapping *read = find_mapping(view, find_thread(view, "a.guest")->vspace, uart->ipa);
    assert_int_equal(uart->type, VM_DEVICE_PL011);
    assert_int_equal(written->object, read->object);
    assert_int_equal(written->rights, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE);
    assert_int_equal(read->rights, SEL4_RIGHT_READ);
    assert_int_equal(written->attributes, SEL4_PAGE_EXECUTE_NEVER);
    assert_int_equal(read->attributes, SEL4_PAGE_EXECUTE_NEVER);
    assert_int_equal(read->cnode, vmm->cspace);
    assert_int_equal(read->slot, uart->page_slot);
    release(&f);
}

static void the_console_serves_root_and_every_vm(void **state) {
    (void)state;
    static struct root_view root;
    struct fixture f;

    compile(&f, TREE_GIC3, 0, TWO_VMS);
    assert_root_accepts(&f.compiled, &root);
    const struct spec_view *view = &root.view;
    const struct spec_thread *console = find_thread(view, "console");
    const struct console_config *config =
        find_data(view, find_mapping(view, console->vspace, console->argument[0])->object);

    assert_true(config->magic == CONSOLE_CONFIG_MAGIC && config->client_count == 3);
    assert_int_equal(config->clients[0].flags, CONSOLE_CLIENT_LOG | CONSOLE_CLIENT_NO_SIGNAL);
    assert_int_equal(find_mapping(view, console->vspace, config->clients[0].ring)->object,
                     find_mapping(view, SPEC_ROOT, view->header->log_ring)->object);
    assert_ptr_equal(&view->threads[view->header->log_thread], console);
    const struct spec_object *uart =
        spec_object_of(view, find_mapping(view, console->vspace, config->uart)->object);
    assert_true(uart->type == SPEC_OBJECT_FRAME_PHYSICAL && uart->source == view->header->early_uart);
    const char *const names[] = {"a", "b"};
    for (uint32_t i = 0; i < 2; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s.vmm", names[i]);
        const struct spec_thread *vmm = find_thread(view, name);
        assert_string_equal(config->clients[1 + i].name, names[i]);
        assert_int_equal(find_mapping(view, console->vspace, config->clients[1 + i].ring)->object,
                         find_mapping(view, vmm->vspace, find_config(view, vmm)->console_ring)->object);
        assert_int_equal(find_slot(view, console->cspace, CONSOLE_SLOT_FIRST_CLIENT + 1 + i)->object,
                         vmm->bound_notification);
        assert_int_equal(find_slot(view, vmm->cspace, VMM_SLOT_CONSOLE)->data, CONSOLE_BADGE_CLIENT(1 + i));
        assert_true(console->priority > vmm->priority);
    }
    release(&f);
}

static void files_of_two_vms_are_one_module(void **state) {
    (void)state;
    static struct root_view root;
    struct fixture f;

    compile(&f, TREE_GIC2, 0, TWO_VMS);
    assert_root_accepts(&f.compiled, &root);
    const char *const names[] = {"vmm.elf", "console.elf", "a.kernel", "a.initrd", "board.dtb"};
    assert_int_equal(f.compiled.module_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_string_equal(f.compiled.modules[i].name, names[i]);
    }
    const struct spec_view *view = &root.view;
    const struct spec_thread *a = find_thread(view, "a.vmm"), *b = find_thread(view, "b.vmm");
    const struct vm_config *config_a = find_config(view, a), *config_b = find_config(view, b);
    assert_int_equal(find_mapping(view, a->vspace, config_a->kernel.vaddr)->object,
                     find_mapping(view, b->vspace, config_b->kernel.vaddr)->object);
    // The seeds are not shared.
    assert_true(config_a->kaslr_seed != config_b->kaslr_seed);
    assert_memory_not_equal(config_a->rng_seed, config_b->rng_seed, sizeof config_a->rng_seed);
    // GICv2: both guests see the hardware's virtual CPU interface where the board has GICC.
    for (unsigned i = 0; i < 2; i++) {
        const struct spec_thread *guest = find_thread(view, i ? "b.guest" : "a.guest");
        const struct spec_mapping *gicv = find_mapping(view, guest->vspace, config_a->gicc_ipa);
        assert_int_equal(spec_object_of(view, gicv->object)->source, 0x8040000);
        assert_int_equal(gicv->count, 1); // without GICV_DIR
        assert_int_equal(gicv->attributes & SEL4_PAGE_CACHEABLE, 0);
    }
    release(&f);
}

static void schedules_are_as_described(void **state) {
    (void)state;
    static struct root_view root;
    struct fixture f;

    compile(&f, TREE_GIC3, 0, TWO_VMS);
    assert_root_accepts(&f.compiled, &root);
    const struct spec_view *view = &root.view;
    uint32_t a = find_thread(view, "a.guest")->sched_context, b = find_thread(view, "b.guest")->sched_context;
    uint32_t console = find_thread(view, "console")->sched_context;
    for (uint32_t i = 0; i < view->header->schedules.count; i++) {
        const struct spec_schedule *schedule = &view->schedules[i];
        if (schedule->sched_context == a) {
            assert_true(schedule->budget_us == 1000000 && schedule->period_us == 1000000 &&
                        schedule->extra_refills == 0);
        } else if (schedule->sched_context == b) {
            assert_true(schedule->budget_us == 2000 && schedule->period_us == 10000 &&
                        schedule->flags == SCHED_FLAG_SPORADIC);
            // Refills that an object of this size holds: 2 + (2^n - 128) / 16.
            unsigned bytes = 1u << spec_object_of(view, b)->size_bits;
            assert_true(schedule->extra_refills <= (bytes - 128) / 16);
        } else if (schedule->sched_context == console) { // a yield must not return at once
            assert_true(schedule->budget_us < schedule->period_us &&
                        schedule->period_us == CONSOLE_ROUND_US && schedule->extra_refills == 0);
        }
    }
    assert_int_equal(find_thread(view, "b.guest")->priority, 18);
    release(&f);
}

// Round robin is for VMs of one priority; who states a budget or a period means it.
static void a_slice_is_long_where_nobody_waits_for_its_end(void **state) {
    (void)state;
    static const struct {
        const char *tree, *text;
        uint64_t budget_us, period_us;
    } systems[] = {
        {TREE_GIC3, ONE_VM, 1000000, 1000000},
        {TREE_GIC2, ONE_VM, 1000000, 1000000},
        {TREE_GIC3, VM("kernel", " devices = pl011\n budget = 500\n"), 500, 10000},
        {TREE_GIC3, VM("kernel", " devices = pl011\n period = 600\n"), 600, 600},
        {TREE_GIC3, ONE_VM "vm b {\n memory = 32\n kernel = \"$(OUT)/kernel\"\n}\n", 10000, 10000},
    };
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        static struct root_view root;
        struct fixture f;
        compile(&f, systems[i].tree, 0, systems[i].text);
        assert_root_accepts(&f.compiled, &root);
        uint32_t sched = find_thread(&root.view, "a.guest")->sched_context;
        for (uint32_t s = 0; s < root.view.header->schedules.count; s++) {
            const struct spec_schedule *schedule = &root.view.schedules[s];
            assert_true(schedule->sched_context != sched || (schedule->budget_us == systems[i].budget_us &&
                                                             schedule->period_us == systems[i].period_us));
        }
        release(&f);
    }
}

// Every page table comes before what it holds, each address once; every held capability has its own slot in
// its CNode.
static void tables_come_before_pages(void **state) {
    (void)state;
    static struct root_view root;
    static uint64_t seen[20000];
    struct fixture f;

    compile(&f, TREE_GIC2, 0, TWO_VMS);
    assert_root_accepts(&f.compiled, &root);
    const struct spec_view *view = &root.view;
    unsigned seen_count = 0;
    for (uint32_t i = 0; i < view->header->mappings.count; i++) {
        const struct spec_mapping *mapping = &view->mappings[i];
        for (uint32_t slot = mapping->slot;
             mapping->cnode != SPEC_NONE && slot < mapping->slot + mapping->count; slot++) {
            uint64_t key = (uint64_t)mapping->cnode << 32 | slot;
            for (unsigned j = 0; j < seen_count; j++) {
                assert_true(seen[j] != key);
            }
            assert_true(slot < 1u << spec_object_of(view, mapping->cnode)->size_bits);
            seen[seen_count++] = key;
        }
        unsigned bits = spec_object_of(view, mapping->object)->size_bits, tables = 0;
        if (mapping->vspace == SPEC_ROOT ||
            spec_object_of(view, mapping->object)->type == SPEC_OBJECT_PAGE_TABLE) {
            continue;
        }
        for (uint32_t j = 0; j < i; j++) {
            const struct spec_mapping *table = &view->mappings[j];
            bool is_table = spec_object_of(view, table->object)->type == SPEC_OBJECT_PAGE_TABLE;
            tables += is_table && table->vspace == mapping->vspace &&
                      table->vaddr >> 30 == mapping->vaddr >> 30 &&
                      (table->vaddr % HUGE_PAGE_BYTES == 0 || table->vaddr >> 21 == mapping->vaddr >> 21);
        }
        assert_true(tables >= (bits == SEL4_SMALL_PAGE_BITS ? 2 : 1));
    }
    release(&f);
}

struct refusal {
    const char *text;  // system file
    const char *error; // how the message begins, with %s for the samples' folder; the VMM's own messages end
                       // as it likes
};

static const struct refusal refusals[] = {
    {VM("none", ""),
     "s.conf:3:11: error: VM a: its kernel, %s/none, cannot be opened (No such file or directory); build it, "
     "or name an existing file\n"},
    {"vm a {\n memory = 64\n kernel = \"/\"\n}\n",
     "s.conf:3:11: error: VM a: its kernel, /, is not a file; build it, or name an existing file\n"},
    {VM("empty", ""),
     "s.conf:3:11: error: VM a: its kernel %s/empty is an empty file; build or copy it again\n"},
    {VM("text", ""), "s.conf:3:11: error: VM a: the kernel is neither an arm64 Image nor an ELF file"},
    {VM("short", ""), "s.conf:3:11: error: VM a: the kernel file is truncated"},
    {VM("gzip", ""), "s.conf:3:11: error: VM a: its kernel %s/gzip is not an arm64 Image: it is compressed "
                     "by gzip; unpack it "
                     "with gunzip\n"},
    {VM("cut", ""), "s.conf:3:11: error: VM a: the kernel file is truncated"},
    {VM("x86.elf", ""), "s.conf:3:11: error: VM a: the kernel is an ELF file for another machine"},
    {VM("cut.elf", ""), "s.conf:3:11: error: VM a: the kernel's ELF file is truncated or damaged"},
    {VM("low.elf", ""), "s.conf:2:11: error: VM a: the ELF kernel's addresses lie outside the VM's memory"},
    {VM("kernel", " initrd = \"$(OUT)/none\"\n"),
     "s.conf:4:11: error: VM a: its initrd, %s/none, cannot be opened (No such file or directory); build it, "
     "name an existing "
     "file, or remove the line\n"},
    {VM("kernel", " initrd = \"$(OUT)/empty\"\n"),
     "s.conf:4:11: error: VM a: its initrd %s/empty is an empty file; build it again or remove the line\n"},
    {VM("kernel", " initrd = \"$(OUT)/large\"\n"),
     "s.conf:2:11: error: VM a: memory = 64 MiB is too small: the kernel takes 3.0 MiB, the initrd 70.0 MiB, "
     "and the device tree "
     "stands behind them; write memory = 144 or more, or give smaller files\n"},
    {"vm a {\n memory = 4\n kernel = \"$(OUT)/kernel\"\n}\n",
     "s.conf:2:11: error: VM a: memory = 4 MiB is too small: the kernel takes 3.0 MiB, the initrd 0.0 MiB, "
     "and the device tree "
     "stands behind them; write memory = 8 or more, or give smaller files\n"},
    {VM("kernel", " devices = pl011 at 0x9000800\n"),
     "s.conf:4:21: error: VM a: pl011 at 0x9000800 is not at a 4 KiB boundary below 2^40; write a multiple "
     "of 0x1000\n"},
    {VM("kernel", " devices = pl011 at 0x41000000\n"),
     "s.conf:4:21: error: VM a: pl011 at 0x41000000 overlaps the VM's memory (0x40000000 to 0x43ffffff); "
     "give it another "
     "address\n"},
    {VM("kernel", " devices = pl011 at 0x8000000\n"),
     "s.conf:4:21: error: VM a: pl011 at 0x8000000 overlaps the interrupt distributor (0x8000000 to "
     "0x800ffff); give it another "
     "address\n"},
    {VM("kernel", " devices = pl011, pl011 irq 34\n"),
     "s.conf:4:19: error: VM a: pl011 at 0x9000000 overlaps pl011 (0x9000000 to 0x9000fff); give it another "
     "address\n"},
    {VM("kernel", " devices = pl061 at 0x9040000\n"), "s.conf:4:21: error: VM a: pl061 is the board's own, "
                                                      "at 0x9030000 with irq 39; leave `at` and `irq` out\n"},
    {VM("kernel", " devices = pl061 irq 40\n"), "s.conf:4:22: error: VM a: pl061 is the board's own, at "
                                                "0x9030000 with irq 39; leave `at` and `irq` out\n"},
    {VM("kernel", " devices = pl061, pl061\n"),
     "s.conf:4:19: error: VM a: pl061 is given twice, and the board has one; remove one\n"},
    {VM("kernel",
        " devices = pl061\n") "vm b {\n memory = 64\n kernel = \"$(OUT)/kernel\"\n devices = pl061\n}\n",
     "s.conf:9:12: error: pl061 is the board's own and given to VM a already; remove one\n"},
    {VM("kernel", " devices = pl011, pl011 at 0x9040000\n"),
     "s.conf:4:19: error: VM a: irq 33 is assigned twice, to pl011 (line 4) and to pl011; give one of them "
     "another\n"},
    {VM("kernel", " devices = pl011 irq 160\n"),
     "s.conf:4:22: error: VM a: irq 160 of pl011 is out of range; write 32 to 159 (shared interrupts)\n"},
    {VM("kernel", " devices = pl011 irq 27\n"),
     "s.conf:4:22: error: VM a: irq 27 of pl011 is out of range; write 32 to 159 (shared interrupts)\n"},
    {"vm a {\n memory = 1000\n kernel = \"$(OUT)/kernel\"\n}\nvm b {\n memory = 100\n kernel = "
     "\"$(OUT)/kernel\"\n}\n",
     "s.conf: error: the VMs' memory (1100 MiB), the files in the image (8 MiB) and the hypervisor (8 MiB) "
     "need 1116 MiB, but the "
     "board has 1024; lower memory = in the VMs, or give the board more (BOARD_MEMORY=)\n"},
};

static void make_bad_files(void) {
    struct bytes file = {0};
    const struct sample_segment low = {0x80000, 100, 100, PF_R | PF_X};

    sample_write("empty", "", 0);
    sample_write_filled("text", 5000, 'x');
    sample_write_filled("short", 63, 0);
    sample_write_filled("gzip", 100, 0);
    sample_write("gzip", "\x1f\x8b\x08 and so on", 14);
    sample_write_filled("large", 70 * MIB, 1);
    // An Image with an EFI stub: one section of 8 KiB in a file of 4 KiB.
    sample_image(&file, 0, MIB, 4096);
    memcpy(file.data, "MZ", 2);
    file.data[60] = 64;
    memcpy(file.data + 64, "PE\0\0", 4);
    file.data[64 + 6] = 1;
    file.data[64 + 24 + 17] = 0x20; // SizeOfRawData
    sample_write("cut", file.data, file.size);
    bytes_free(&file);
    sample_elf(&file, &low, 1, 0x80000);
    sample_write("low.elf", file.data, file.size);
    sample_write("cut.elf", file.data, 4100);
    file.data[18] = EM_X86_64;
    sample_write("x86.elf", file.data, file.size);
    bytes_free(&file);
}

static void every_bad_input_is_refused(void **state) {
    (void)state;
    make_bad_files();
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct fixture f;
        char folder[128], expected[1024];
        snprintf(folder, sizeof folder, "%s", sample_path("kernel"));
        *strrchr(folder, '/') = 0;
        const char *place = strstr(refusals[i].error, "%s");
        int before = place ? (int)(place - refusals[i].error) : (int)strlen(refusals[i].error);
        snprintf(expected, sizeof expected, "%.*s%s%s", before, refusals[i].error, place ? folder : "",
                 place ? place + 2 : "");
        compile(&f, TREE_GIC3, 0, refusals[i].text);
        assert_false(f.good);
        if (strncmp(f.report.text, expected, strlen(expected)) != 0 || f.report.errors != 1) {
            fail_msg("%s, but expected: %s", f.report.text, expected);
        }
        release(&f);
    }
}

static void assert_program_refused(const struct sample_segment *segments, unsigned count,
                                   const char *message) {
    struct bytes file = {0};
    struct fixture f;

    sample_elf(&file, segments, count, 0x400000);
    sample_write("vmm.elf", file.data, file.size);
    compile(&f, TREE_GIC3, 0, ONE_VM);
    assert_false(f.good);
    if (!strstr(f.report.text, message)) {
        fail_msg("%s", f.report.text);
    }
    release(&f);
    bytes_free(&file);
    sample_component("vmm.elf");
}

static void bad_programs_are_refused(void **state) {
    (void)state;
    const struct sample_segment sharing[] = {{0x400000, 100, 100, PF_R | PF_X},
                                             {0x400800, 100, 100, PF_R | PF_W}};
    const struct sample_segment writable[] = {{0x400000, 100, 100, PF_R | PF_W | PF_X}};
    const struct sample_segment nothing[] = {{0x400000, 0, 0, PF_R}};
    const struct sample_segment high[] = {{COMPONENT_STACK_GUARD - 0x1000, 100, 0x2000, PF_R}};

    assert_program_refused(sharing, 2, "segment 1 shares a page with the one before it");
    assert_program_refused(writable, 1, "segment 0 is writable and executable");
    assert_program_refused(high, 1,
                           "segment 0 (0xffff000, 8192 bytes) must lie between 0x1000 and 0x10000000");
    assert_program_refused(nothing, 1, "it has nothing to load");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_accepts_every_system),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(a_vmm_finds_what_its_configuration_says),
        cmocka_unit_test(a_guest_reads_the_uart_in_a_page_of_its_vmm),
        cmocka_unit_test(the_console_serves_root_and_every_vm),
        cmocka_unit_test(files_of_two_vms_are_one_module),
        cmocka_unit_test(schedules_are_as_described),
        cmocka_unit_test(a_slice_is_long_where_nobody_waits_for_its_end),
        cmocka_unit_test(tables_come_before_pages),
        cmocka_unit_test(every_bad_input_is_refused),
        cmocka_unit_test(bad_programs_are_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
