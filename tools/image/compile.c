// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The compiler of system files; see compile.h. One console, one VMM and one guest thread a VM; which object
// stands in which slot is what vmm/include/vmm/config.h and services/console/config.h say.
//
// Invariants: 1. frames of devices are made first, in the order of their addresses, each once; 2. a file that
// several VMs name is one module and one run of frames, mapped in each VMM; 3. the same input gives the same
// bytes.
#include "compile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <services/console/config.h>

#include "component.h"
#include "guest_file.h"

#define DEVICE_KINDS_MAX 16
#define BOARD_FRAMES_MAX (2 + DEVICE_KINDS_MAX)

// The objects and frames that the parts of a system share.
struct compiler {
    struct compiled_system *compiled;
    const struct system *system;
    const struct board *board;
    const struct compile_options *options;
    struct report *report;
    struct spec_builder spec;
    struct program vmm_program, console_program;
    uint32_t module_frames[COMPILE_MAX_MODULES]; // first frame of each module; SPEC_NONE: not mapped yet
    uint32_t gicv_frame, uart_frame;             // of the board
    uint32_t passed_frames[DEVICE_KINDS_MAX];    // by index in device_kinds, of those that a VM has
    const struct system_vm *passed_to[DEVICE_KINDS_MAX];
    uint32_t console_notification;
    struct component console;
    struct console_config console_config;
};

static uint32_t add_object(struct compiler *compiler, enum spec_object_type type, uint32_t size_bits,
                           uint32_t count, const char *owner, const char *what) {
    char name[128];
    snprintf(name, sizeof name, "%s%s%s", owner, *owner ? "." : "", what);
    return spec_add_object(&compiler->spec,
                           (struct spec_object){.type = type, .size_bits = size_bits, .count = count}, name);
}

// The module for `path`, added when it is new.
static unsigned add_module(struct compiler *compiler, const char *name, const char *path, uint64_t size) {
    struct compiled_system *compiled = compiler->compiled;

    for (unsigned i = 0; i < compiled->module_count; i++) {
        if (strcmp(compiled->modules[i].path, path) == 0) {
            return i;
        }
    }
    struct boot_module *module = &compiled->modules[compiled->module_count];
    module->path = path;
    module->size = size;
    snprintf(module->name, sizeof module->name, "%s", name);
    spec_add_module(&compiler->spec, name, size);
    compiler->module_frames[compiled->module_count] = SPEC_NONE;
    return compiled->module_count++;
}

static bool add_program(struct compiler *compiler, struct program *program, const char *name,
                        const char *path) {
    if (!program_read(program, path, compiler->report)) {
        return false;
    }
    program->module = add_module(compiler, name, path, program->file.size);
    return true;
}

static uint32_t add_physical(struct compiler *compiler, uint64_t address, uint32_t count, const char *name) {
    return spec_add_object(&compiler->spec,
                           (struct spec_object){.type = SPEC_OBJECT_FRAME_PHYSICAL,
                                                .size_bits = SEL4_SMALL_PAGE_BITS,
                                                .count = count,
                                                .source = address},
                           name);
}

// Invariant 1.
struct board_frames {
    uint64_t address;
    uint32_t count;
    const char *name;
    uint32_t *object;
};

static int board_frames_compare(const void *a, const void *b) {
    const struct board_frames *left = a, *right = b;
    return left->address < right->address ? -1 : left->address > right->address;
}

// A device of the board that a VM has; one can have it.
static bool add_passed_device(struct compiler *compiler, const struct system_vm *vm,
                              const struct system_device *device, struct board_frames *frames,
                              unsigned *frame_count) {
    unsigned kind = (unsigned)(device->kind - device_kinds);
    struct board_device found;

    if (!device->kind->is_passed || !board_find_device(compiler->board, device->kind->compatible, &found)) {
        return true; // the latter is reported with the VM's configuration
    }
    if (compiler->passed_to[kind] == vm) {
        return true; // likewise
    }
    if (compiler->passed_to[kind]) {
        report_error(compiler->report, device->at,
                     "%s is the board's own and given to VM %s already; remove one", device->kind->name,
                     compiler->passed_to[kind]->name);
        return false;
    }
    compiler->passed_to[kind] = vm;
    frames[(*frame_count)++] =
        (struct board_frames){found.address, (uint32_t)(device->kind->size / PAGE_BYTES), device->kind->name,
                              &compiler->passed_frames[kind]};
    return true;
}

static bool add_board_frames(struct compiler *compiler, const struct system *system) {
    const struct board *board = compiler->board;
    struct board_frames frames[BOARD_FRAMES_MAX];
    unsigned count = 0;
    bool good = true;

    frames[count++] = (struct board_frames){board->uart.address, 1, "board.uart", &compiler->uart_frame};
    if (board->gic_version == 2) {
        frames[count++] = (struct board_frames){board->gicv.address, 1, "board.gicv", &compiler->gicv_frame};
    }
    for (unsigned i = 0; i < system->vm_count; i++) {
        for (unsigned j = 0; j < system->vms[i].device_count; j++) {
            good = add_passed_device(compiler, &system->vms[i], &system->vms[i].devices[j], frames, &count) &&
                   good;
        }
    }
    qsort(frames, count, sizeof frames[0], board_frames_compare);
    for (unsigned i = 0; i < count; i++) {
        *frames[i].object = add_physical(compiler, frames[i].address, frames[i].count, frames[i].name);
    }
    return good;
}

static void map_small(struct address_space *space, uint64_t vaddr, uint32_t frames, uint32_t count,
                      uint32_t attributes) {
    component_map(space, (struct mapped_range){.vaddr = vaddr,
                                               .object = frames,
                                               .count = count,
                                               .size_bits = SEL4_SMALL_PAGE_BITS,
                                               .rights = SEL4_RIGHT_READ | SEL4_RIGHT_WRITE,
                                               .attributes = attributes});
}

// Adds a client of the console that shares `ring`; returns its number.
static unsigned console_add_client(struct compiler *compiler, const char *name, uint32_t ring,
                                   uint32_t flags) {
    unsigned number = compiler->console_config.client_count++;
    struct console_client *client = &compiler->console_config.clients[number];

    snprintf(client->name, sizeof client->name, "%s", name);
    client->ring = COMPONENT_RINGS + number * PAGE_BYTES;
    client->flags = flags;
    map_small(&compiler->console.space, client->ring, ring, 1, SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER);
    return number;
}

// Everything of the console but its clients that are VMs: its program, the UART, root's log.
static void begin_console(struct compiler *compiler) {
    struct spec_builder *spec = &compiler->spec;
    struct component *console = &compiler->console;

    compiler->console_notification =
        add_object(compiler, SPEC_OBJECT_NOTIFICATION, SEL4_NOTIFICATION_BITS, 1, "console", "notification");
    component_begin(console, spec, "console", &compiler->console_program, CONSOLE_SLOT_FIRST_HELD);
    console->budget_us = CONSOLE_BUDGET_US;
    console->period_us = CONSOLE_ROUND_US;
    component_grant(console, CONSOLE_SLOT_NOTIFICATION, compiler->console_notification, SEL4_RIGHT_READ, 0);

    uint32_t handler = spec_add_object(
        spec, (struct spec_object){.type = SPEC_OBJECT_IRQ_HANDLER, .source = compiler->board->uart.irq},
        "console.irq");
    component_grant(console, CONSOLE_SLOT_IRQ_HANDLER, handler, SEL4_RIGHTS_ALL, 0);
    spec_add_interrupt(spec, (struct spec_interrupt){.handler = handler,
                                                     .notification = compiler->console_notification,
                                                     .badge = CONSOLE_BADGE_IRQ});
    map_small(&console->space, COMPONENT_UART, compiler->uart_frame, 1, SEL4_PAGE_EXECUTE_NEVER);

    uint32_t log = add_object(compiler, SPEC_OBJECT_FRAME, SEL4_SMALL_PAGE_BITS, 1, "root", "log");
    unsigned client =
        console_add_client(compiler, "root", log, CONSOLE_CLIENT_LOG | CONSOLE_CLIENT_NO_SIGNAL);
    spec_add_mapping(spec, (struct spec_mapping){.vspace = SPEC_ROOT,
                                                 .object = log,
                                                 .count = 1,
                                                 .rights = SEL4_RIGHT_READ | SEL4_RIGHT_WRITE,
                                                 .attributes = SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER,
                                                 .cnode = SPEC_NONE,
                                                 .vaddr = SPEC_ROOT_WINDOW});
    spec->header.log_notification = compiler->console_notification;
    spec->header.log_badge = CONSOLE_BADGE_CLIENT(client);
    spec->header.log_ring = SPEC_ROOT_WINDOW;
}

static void finish_console(struct compiler *compiler) {
    struct console_config *config = &compiler->console_config;

    config->magic = CONSOLE_CONFIG_MAGIC;
    config->size = sizeof *config;
    config->uart = COMPONENT_UART;
    compiler->spec.header.log_thread =
        component_finish(&compiler->console, &compiler->console_program, config, sizeof *config, SPEC_NONE,
                         false, PRIORITY_CONSOLE);
}

// Maps a module into the VMM at *next, read only, and steps *next over it and a gap.
static struct vm_module map_module(struct compiler *compiler, struct component *vmm, unsigned module,
                                   uint64_t *next) {
    uint64_t size = compiler->compiled->modules[module].size, vaddr = *next;
    uint32_t count = (uint32_t)(align_up(size, LARGE_PAGE_BYTES) / LARGE_PAGE_BYTES);

    if (compiler->module_frames[module] == SPEC_NONE) {
        compiler->module_frames[module] =
            spec_add_object(&compiler->spec,
                            (struct spec_object){.type = SPEC_OBJECT_FRAME_MODULE,
                                                 .size_bits = SEL4_LARGE_PAGE_BITS,
                                                 .count = count,
                                                 .module = module},
                            compiler->compiled->modules[module].name);
    }
    component_map(&vmm->space,
                  (struct mapped_range){.vaddr = vaddr,
                                        .object = compiler->module_frames[module],
                                        .count = count,
                                        .size_bits = SEL4_LARGE_PAGE_BITS,
                                        .rights = SEL4_RIGHT_READ,
                                        .attributes = SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER});
    *next = vaddr + (count + 1) * LARGE_PAGE_BYTES;
    return (struct vm_module){.vaddr = vaddr, .size = size};
}

// Reads and checks the kernel and the initrd; notes their sizes in `config` and their modules.
static bool read_guest_files(struct compiler *compiler, const struct system_vm *vm, struct vm_config *config,
                             unsigned *kernel_module, unsigned *initrd_module) {
    const struct system_value *kernel = &vm->values[KEY_KERNEL], *initrd = &vm->values[KEY_INITRD];
    struct bytes kernel_file = {0}, initrd_file = {0};
    struct report *report = compiler->report;
    struct image image;
    char what[64], name[64];

    snprintf(what, sizeof what, "VM %s: its kernel", vm->name);
    bool good = bytes_read_file(&kernel_file, kernel->text, kernel->at, what,
                                "build it, or name an existing file", report) &&
                guest_kernel_check(&image, &kernel_file, kernel->text, kernel->at, vm->name, report);
    if (initrd->text) {
        snprintf(what, sizeof what, "VM %s: its initrd", vm->name);
        bool read = bytes_read_file(&initrd_file, initrd->text, initrd->at, what,
                                    "build it, name an existing file, or remove the line", report);
        if (read && initrd_file.size == 0) {
            report_error(report, initrd->at,
                         "VM %s: its initrd %s is an empty file; build it again or remove the line", vm->name,
                         initrd->text);
            read = false;
        }
        good = read && good;
    }
    config->initrd.size = initrd_file.size;
    good = good && guest_memory_check(config, &image, vm->values[KEY_MEMORY].at, report);
    if (good) {
        snprintf(name, sizeof name, "%s.kernel", vm->name);
        *kernel_module = add_module(compiler, name, kernel->text, kernel_file.size);
        snprintf(name, sizeof name, "%s.initrd", vm->name);
        *initrd_module = initrd->text ? add_module(compiler, name, initrd->text, initrd_file.size) : 0;
    }
    bytes_free(&kernel_file);
    bytes_free(&initrd_file);
    return good;
}

static bool has_priority_to_itself(const struct system *system, const struct system_vm *vm) {
    for (unsigned i = 0; i < system->vm_count; i++) {
        const struct system_vm *other = &system->vms[i];
        if (other != vm && other->values[KEY_PRIORITY].number == vm->values[KEY_PRIORITY].number) {
            return false;
        }
    }
    return true;
}

// A slice ends for the sake of others of the same priority. Where there are none it need not end, with an
// exit, a hundred times a second.
static void add_guest_schedule(struct compiler *compiler, const struct system_vm *vm, uint32_t sched) {
    const struct system_value *budget = &vm->values[KEY_BUDGET], *period = &vm->values[KEY_PERIOD];
    bool is_long = !budget->at.file && !period->at.file && has_priority_to_itself(compiler->system, vm);
    component_add_schedule(&compiler->spec, sched, is_long ? GUEST_LONE_SLICE_US : budget->number,
                           is_long ? GUEST_LONE_SLICE_US : period->number, GUEST_EXTRA_REFILLS);
}

// A device of the board: its registers for the guest, its interrupt's handler for the VMM.
static void pass_device(struct compiler *compiler, struct component *vmm, struct address_space *space,
                        const struct vm_device *device) {
    for (unsigned kind = 0; kind < device_kind_count; kind++) {
        if (!device->handler || device_kinds[kind].type != device->type) {
            continue;
        }
        uint32_t handler = spec_add_object(
            &compiler->spec,
            (struct spec_object){.type = SPEC_OBJECT_IRQ_HANDLER, .count = 1, .source = device->irq},
            device_kinds[kind].name);
        component_grant(vmm, (uint32_t)device->handler, handler, SEL4_RIGHTS_ALL, 0);
        map_small(space, device->ipa, compiler->passed_frames[kind], (uint32_t)(device->size / PAGE_BYTES),
                  SEL4_PAGE_EXECUTE_NEVER);
    }
}

// A register page for each emulated device of the VM: the guest reads it where the device is, and the VMM,
// which writes it, holds the guest's mapping too.
static void add_register_pages(struct compiler *compiler, struct component *vmm, struct address_space *space,
                               struct vm_config *config) {
    for (unsigned i = 0; i < config->device_count; i++) {
        struct vm_device *device = &config->devices[i];
        if (device->type != VM_DEVICE_PL011) {
            continue;
        }
        uint32_t frame =
            add_object(compiler, SPEC_OBJECT_FRAME, SEL4_SMALL_PAGE_BITS, 1, vmm->name, "registers");
        device->page = VMM_DEVICE_PAGES + i * PAGE_BYTES;
        device->page_slot = VMM_SLOT_DEVICE_PAGE + i;
        map_small(&vmm->space, device->page, frame, 1, SEL4_PAGE_EXECUTE_NEVER);
        component_map(space, (struct mapped_range){.vaddr = device->ipa,
                                                   .object = frame,
                                                   .count = 1,
                                                   .size_bits = SEL4_SMALL_PAGE_BITS,
                                                   .rights = SEL4_RIGHT_READ,
                                                   .attributes = SEL4_PAGE_EXECUTE_NEVER,
                                                   .slot = (uint32_t)device->page_slot});
    }
}

// The guest's side: its thread, vCPU and address space. Their capabilities are the VMM's.
static void add_guest(struct compiler *compiler, struct component *vmm, const struct system_vm *vm,
                      struct vm_config *config, uint32_t memory, uint32_t fault_endpoint) {
    struct spec_builder *spec = &compiler->spec;
    char name[64];

    snprintf(name, sizeof name, "%s.guest", vm->name);
    struct address_space space = {
        .vspace = add_object(compiler, SPEC_OBJECT_VSPACE, SEL4_VSPACE_BITS, 1, name, "vspace"),
    };
    uint32_t tcb = add_object(compiler, SPEC_OBJECT_TCB, SEL4_TCB_BITS, 1, name, "tcb");
    uint32_t vcpu = add_object(compiler, SPEC_OBJECT_VCPU, SEL4_VCPU_BITS, 1, name, "vcpu");
    uint32_t sched =
        add_object(compiler, SPEC_OBJECT_SCHED_CONTEXT, GUEST_SCHED_CONTEXT_BITS, 1, name, "sched");
    // An empty CSpace: no system call of a guest reaches anything.
    uint32_t cnode = add_object(compiler, SPEC_OBJECT_CNODE, 1, 1, name, "cnode");

    component_map(&space, (struct mapped_range){.vaddr = config->memory_ipa,
                                                .object = memory,
                                                .count = (uint32_t)(config->memory_size / LARGE_PAGE_BYTES),
                                                .size_bits = SEL4_LARGE_PAGE_BITS,
                                                .rights = SEL4_RIGHT_READ | SEL4_RIGHT_WRITE,
                                                .attributes = SEL4_PAGE_DEFAULT});
    if (config->gic_version == 2) {
        // The second page is GICV_DIR alone: the VMM's (vmm/arch/aarch64/vgic_v2.c).
        map_small(&space, config->gicc_ipa, compiler->gicv_frame, 1, SEL4_PAGE_EXECUTE_NEVER);
    }
    for (unsigned i = 0; i < config->device_count; i++) {
        pass_device(compiler, vmm, &space, &config->devices[i]);
    }
    add_register_pages(compiler, vmm, &space, config);
    component_place_space(vmm, &space, name);
    component_grant(vmm, VMM_SLOT_GUEST_TCB, tcb, SEL4_RIGHTS_ALL, 0);
    component_grant(vmm, VMM_SLOT_GUEST_VCPU, vcpu, SEL4_RIGHTS_ALL, 0);
    component_grant(vmm, VMM_SLOT_GUEST_SCHED_CONTEXT, sched, SEL4_RIGHTS_ALL, 0);
    component_grant(vmm, VMM_SLOT_GUEST_VSPACE, space.vspace, SEL4_RIGHTS_ALL, 0);
    add_guest_schedule(compiler, vm, sched);
    spec_add_thread(spec, (struct spec_thread){
                              .tcb = tcb,
                              .name = spec_add_string(spec, name),
                              .cspace = cnode,
                              .vspace = space.vspace,
                              .ipc_buffer_frame = SPEC_NONE,
                              .sched_context = sched,
                              .fault_endpoint = fault_endpoint,
                              .bound_notification = SPEC_NONE,
                              .vcpu = vcpu,
                              .priority = (uint8_t)PRIORITY_GUEST(vm->values[KEY_PRIORITY].number),
                              .cspace_data = sel4_cnode_data(0, SEL4_WORD_BITS - 1),
                              .fault_badge = VMM_FAULT_BADGE,
                          });
}

// The VMM's rings, modules and window on the guest's memory; completes its configuration.
static void map_vmm(struct compiler *compiler, struct component *vmm, struct vm_config *config,
                    uint32_t memory, uint32_t ring, unsigned kernel_module, unsigned initrd_module) {
    uint64_t next = VMM_MODULES;

    config->memory_vaddr = VMM_GUEST_MEMORY;
    component_map(&vmm->space,
                  (struct mapped_range){.vaddr = VMM_GUEST_MEMORY,
                                        .object = memory,
                                        .count = (uint32_t)(config->memory_size / LARGE_PAGE_BYTES),
                                        .size_bits = SEL4_LARGE_PAGE_BITS,
                                        .rights = SEL4_RIGHT_READ | SEL4_RIGHT_WRITE,
                                        .attributes = SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER});
    config->console_ring = COMPONENT_RINGS;
    map_small(&vmm->space, COMPONENT_RINGS, ring, 1, SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER);
    config->kernel = map_module(compiler, vmm, kernel_module, &next);
    if (config->initrd.size) {
        config->initrd = map_module(compiler, vmm, initrd_module, &next);
    }
    unsigned dtb = add_module(compiler, "board.dtb", compiler->board->path, compiler->board->dtb.size);
    config->board_dtb = map_module(compiler, vmm, dtb, &next);
}

static bool compile_vm(struct compiler *compiler, const struct system_vm *vm) {
    struct vm_config config;
    unsigned kernel_module = 0, initrd_module = 0;
    char name[64];

    bool good = compile_vm_config(&config, vm, compiler->board, compiler->options->max_irq, compiler->report);
    good = read_guest_files(compiler, vm, &config, &kernel_module, &initrd_module) && good;
    if (!good) {
        return false;
    }
    snprintf(name, sizeof name, "%s.vmm", vm->name);
    uint32_t endpoint = add_object(compiler, SPEC_OBJECT_ENDPOINT, SEL4_ENDPOINT_BITS, 1, name, "faults");
    uint32_t reply = add_object(compiler, SPEC_OBJECT_REPLY, SEL4_REPLY_BITS, 1, name, "reply");
    uint32_t notification =
        add_object(compiler, SPEC_OBJECT_NOTIFICATION, SEL4_NOTIFICATION_BITS, 1, name, "notification");
    uint32_t ring = add_object(compiler, SPEC_OBJECT_FRAME, SEL4_SMALL_PAGE_BITS, 1, name, "ring");
    uint32_t memory = add_object(compiler, SPEC_OBJECT_FRAME, SEL4_LARGE_PAGE_BITS,
                                 (uint32_t)(config.memory_size / LARGE_PAGE_BYTES), vm->name, "memory");
    unsigned client = console_add_client(compiler, vm->name, ring, 0);
    struct component vmm;

    component_begin(&vmm, &compiler->spec, name, &compiler->vmm_program, VMM_SLOT_FIRST_HELD);
    component_grant(&vmm, VMM_SLOT_FAULT_ENDPOINT, endpoint, SEL4_RIGHT_READ, 0);
    component_grant(&vmm, VMM_SLOT_REPLY, reply, SEL4_RIGHTS_ALL, 0);
    component_grant(&vmm, VMM_SLOT_NOTIFICATION, notification, SEL4_RIGHT_READ, 0);
    component_grant(&vmm, VMM_SLOT_CONSOLE, compiler->console_notification, SEL4_RIGHT_WRITE,
                    CONSOLE_BADGE_CLIENT(client));
    component_grant(&compiler->console, CONSOLE_SLOT_FIRST_CLIENT + client, notification, SEL4_RIGHT_WRITE,
                    VMM_BADGE_CONSOLE);
    map_vmm(compiler, &vmm, &config, memory, ring, kernel_module, initrd_module);
    add_guest(compiler, &vmm, vm, &config, memory, endpoint);
    uint32_t thread = component_finish(&vmm, &compiler->vmm_program, &config, sizeof config, notification,
                                       true, (uint8_t)PRIORITY_VMM(vm->values[KEY_PRIORITY].number));
    component_grant(&vmm, VMM_SLOT_SYSTEM, compiler->spec.header.fault_endpoint, SEL4_RIGHT_WRITE,
                    component_fault_badge(thread));
    return true;
}

// All guests, the boot modules and the hypervisor's own need must fit the board.
static void check_board_memory(struct compiler *compiler, const struct system *system) {
    uint64_t board_memory =
        compiler->options->board_memory ? compiler->options->board_memory : compiler->board->memory_size;
    uint64_t guests = 0, modules = 0;

    for (unsigned i = 0; i < system->vm_count; i++) {
        guests += system->vms[i].values[KEY_MEMORY].number * MIB;
    }
    for (unsigned i = 0; i < compiler->compiled->module_count; i++) {
        modules += align_up(compiler->compiled->modules[i].size, LARGE_PAGE_BYTES);
    }
    uint64_t needed = guests + modules + BOARD_RESERVE_BYTES;
    if (needed > board_memory) {
        report_error(
            compiler->report, (struct position){.file = system->path},
            "the VMs' memory (%" PRIu64 " MiB), the files in the image (%" PRIu64
            " MiB) and the hypervisor (%" PRIu64 " MiB) need %" PRIu64 " MiB, but the board has %" PRIu64
            "; lower memory = in the VMs, or give the board more (BOARD_MEMORY=)",
            guests / MIB, modules / MIB, BOARD_RESERVE_BYTES / MIB, needed / MIB, board_memory / MIB);
    }
}

bool compile_system(struct compiled_system *compiled, const struct system *system, const struct board *board,
                    const struct compile_options *options, struct report *report) {
    struct compiler *compiler = bytes_reallocate(NULL, sizeof *compiler);

    *compiled = (struct compiled_system){0};
    *compiler = (struct compiler){
        .compiled = compiled, .system = system, .board = board, .options = options, .report = report};
    struct spec_builder *spec = &compiler->spec;
    spec->header.name = spec_add_string(spec, options->name);
    bool good = add_program(compiler, &compiler->vmm_program, "vmm.elf", options->vmm_path);
    good = add_program(compiler, &compiler->console_program, "console.elf", options->console_path) && good;
    if (good) {
        good = add_board_frames(compiler, system);
        spec->header.fault_endpoint =
            add_object(compiler, SPEC_OBJECT_ENDPOINT, SEL4_ENDPOINT_BITS, 1, "root", "faults");
        spec->header.fault_reply =
            add_object(compiler, SPEC_OBJECT_REPLY, SEL4_REPLY_BITS, 1, "root", "reply");
        spec->header.early_uart = board->uart.address;
        spec->header.early_uart_type = SPEC_UART_PL011;
        begin_console(compiler);
        for (unsigned i = 0; i < system->vm_count; i++) {
            good = compile_vm(compiler, &system->vms[i]) && good;
        }
        finish_console(compiler);
        check_board_memory(compiler, system);
        spec_build(spec, &compiled->spec);
    }
    spec_free(spec);
    program_free(&compiler->vmm_program);
    program_free(&compiler->console_program);
    free(compiler);
    return good && report->errors == 0;
}

void compiled_free(struct compiled_system *compiled) {
    bytes_free(&compiled->spec);
}
