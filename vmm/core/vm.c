// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The life of a VM: checked, built, started, stopped, reset (the diagram stands in vmm/include/vmm/vm.h).
#include <stdarg.h>
#include <lib/base/format.h>
#include <lib/base/string.h>
#include <vmm/core/bench.h>
#include <vmm/guest/load.h>
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/vm.h>

#define ADDRESS_LIMIT     (1ull << 40) // guest-physical addresses have 40 bits
#define DEVICE_BYTES      (16 * 1024)
#define STATS_BYTES       (16 * 1024)
#define REPORT_BYTES      320
#define NANOSECONDS       1000000000ull
#define STAT_BOOT_COUNTER 0 // words of GLACIS_STAT_BOOT
#define STAT_BOOT_HZ      1

static uint8_t device_memory[DEVICE_BYTES] __attribute__((aligned(16)));
static uint64_t device_memory_used;
static struct bench bench;

static const char *check_config(const struct vm_config *config) {
    if (config->magic != VM_CONFIG_MAGIC || config->size != sizeof(*config))
        return "the VM's configuration is of another version: build VMM and system with the same tree";
    if (!memchr(config->name, 0, sizeof(config->name)) ||
        !memchr(config->cmdline, 0, sizeof(config->cmdline)))
        return "name or command line in the VM's configuration do not end: build the system again";
    if (config->vcpu_count == 0 || config->vcpu_count > VM_MAX_VCPUS)
        return "the VM must have 1 vCPU: set `vcpus` to 1";
    if (config->gic_version != 2 && config->gic_version != 3)
        return "the VM's GIC version must be 2 or 3";
    if (config->device_count > VM_MAX_DEVICES)
        return "the VM has too many devices: 32 at most";
    if (config->memory_size == 0 || config->memory_ipa >= ADDRESS_LIMIT ||
        config->memory_size > ADDRESS_LIMIT - config->memory_ipa)
        return "the VM's memory is empty or lies beyond 2^40: correct `memory`";
    return NULL;
}

// Reads the counters for the benchmark. Before a case begins the console prints what the guest has written,
// which belongs to what was before.
static void vm_sample(void *context, bool begins, struct bench_sample *sample) {
    struct vm *vm = context;
    uint64_t words[10];
    if (begins)
        console_settle(&vm->console);
    arch_vcpu_statistics(&vm->vcpus[0], GLACIS_STAT_EXITS, words);
    memcpy(sample->exits, words, sizeof(sample->exits));
    arch_vcpu_statistics(&vm->vcpus[0], GLACIS_STAT_INSTRUCTIONS, words);
    memcpy(sample->instructions, words, sizeof(sample->instructions));
}

static const struct device_type *find_device_type(uint32_t type) {
    for (const struct device_type *const *each = device_types; *each; each++)
        if ((*each)->type == type)
            return *each;
    return NULL;
}

static const char *create_device(struct vm *vm, const struct vm_device *config) {
    const struct device_type *type = find_device_type(config->type);
    if (!type)
        return "the VM has a device of a type that this VMM does not know: build VMM and system with the "
               "same tree";
    uint64_t size = (type->state_size + 15) & ~15ull;
    if (size > sizeof(device_memory) - device_memory_used)
        return "the VM's devices need too much state: raise DEVICE_BYTES";
    struct device *device = &vm->devices[vm->device_count++];
    *device = (struct device){.type = type, .config = config, .state = device_memory + device_memory_used};
    device_memory_used += size;
    return type->create(device->state, vm, config);
}

static bool devices_overlap_memory(const struct vm *vm) {
    for (unsigned i = 0; i < vm->bus.count; i++) {
        const struct bus_region *region = &vm->bus.regions[i];
        if (region->ipa < vm->memory.ipa + vm->memory.size && vm->memory.ipa < region->ipa + region->size)
            return true;
    }
    return false;
}

const char *vm_create(struct vm *vm, const struct vm_config *config) {
    const char *error = check_config(config);
    if (error)
        return error;
    vm->config = config;
    vm->memory =
        (struct memory){config->memory_ipa, config->memory_size, (uint8_t *)(uintptr_t)config->memory_vaddr};
    bus_init(&vm->bus);
    if (config->flags & VM_FLAG_BENCH) {
        bench_init(&bench, vm_sample, vm);
        vm->console.bench = &bench;
    }
    vm->vcpus[0] = (struct vcpu){.vm = vm, .index = 0};
    error = arch_vcpu_create(&vm->vcpus[0]);
    if (!error)
        error = irq_controller_create(vm);
    for (uint32_t i = 0; i < config->device_count && !error; i++)
        error = create_device(vm, &config->devices[i]);
    if (!error && devices_overlap_memory(vm))
        error = "a device lies in the VM's memory: move it, or make `memory` smaller";
    if (!error)
        vm->state = VM_CREATED;
    return error;
}

const char *vm_start(struct vm *vm) {
    struct load_result loaded;
    const char *error = guest_load(vm->config, &vm->memory, vm->state == VM_CREATED, &loaded);
    if (error)
        return error;
    irq_controller_reset(vm);
    for (unsigned i = 0; i < vm->device_count; i++)
        vm->devices[i].type->reset(vm->devices[i].state);
    arch_vcpu_reset(&vm->vcpus[0], loaded.entry, loaded.dtb);
    vm->guest_reports = 0;
    vm->state = VM_RUNNING;
    if (vm->console.bench)
        bench_begin_boot(vm->console.bench);
    return NULL;
}

void vm_request_stop(struct vm *vm) {
    vm->state = VM_STOP_REQUESTED;
    vm->attention |= VM_ATTENTION;
}

void vm_request_reset(struct vm *vm) {
    if (vm->state == VM_RUNNING)
        vm->state = VM_RESET_REQUESTED;
    vm->attention |= VM_ATTENTION;
}

void vm_handle_events(struct vm *vm, uint64_t events) {
    events |= vm->console.pending_events;
    vm->console.pending_events = 0;
    if (!(events & VMM_BADGE_CONSOLE))
        return;
    for (unsigned i = 0; i < vm->device_count; i++)
        if (vm->devices[i].type->console_event)
            vm->devices[i].type->console_event(vm->devices[i].state);
}

// The counter at the guest's first entry in nanoseconds: on an emulator that counts instructions,
// instructions.
static uint64_t first_entry_instructions(struct vm *vm) {
    uint64_t words[10];
    arch_vcpu_statistics(&vm->vcpus[0], GLACIS_STAT_BOOT, words);
    uint64_t hz = words[STAT_BOOT_HZ], counter = words[STAT_BOOT_COUNTER];
    if (hz == 0)
        return 0;
    return counter / hz * NANOSECONDS + counter % hz * NANOSECONDS / hz;
}

static void print_statistics(struct vm *vm) {
    static char line[STATS_BYTES];
    size_t length =
        bench_format(vm->console.bench, vm->config->name, first_entry_instructions(vm), line, sizeof(line));
    if (length)
        console_print(&vm->console, line, length);
    else
        vm_report(vm, "the statistics do not fit a line of %u bytes: mark fewer cases", STATS_BYTES);
}

static void vm_stop(struct vm *vm) {
    arch_vcpu_stop(&vm->vcpus[0]);
    if (vm->console.bench)
        print_statistics(vm);
    vm->state = VM_STOPPED;
}

static void vm_reset(struct vm *vm) {
    const char *error = vm_start(vm);
    if (error) {
        vm_report(vm, "cannot start again: %s", error);
        vm_stop(vm);
    }
}

void vm_attend(struct vm *vm) {
    vm->attention = 0;
    if (vm->state == VM_RESET_REQUESTED)
        vm_reset(vm);
    else if (vm->state == VM_STOP_REQUESTED)
        vm_stop(vm);
    if (vm->state == VM_RUNNING && vm->console.pending_events)
        vm_handle_events(vm, 0);
}

static void print_report(struct vm *vm, const char *format, va_list list) {
    char line[REPORT_BYTES];
    size_t used = format_buffer(line, sizeof(line), "vm %s: ", vm->config->name);
    used += format_buffer_list(line + used, sizeof(line) - used, format, list);
    console_print(&vm->console, line, used < sizeof(line) ? used : sizeof(line) - 1);
    // Not handed out here: the report may come from the very device that the event is for.
    if (vm->console.pending_events)
        vm->attention |= VM_ATTENTION;
}

void vm_report(struct vm *vm, const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_report(vm, format, list);
    va_end(list);
}

void vm_report_guest(struct vm *vm, const char *format, ...) {
    if (vm->guest_reports >= VM_MAX_GUEST_REPORTS)
        return;
    va_list list;
    va_start(list, format);
    print_report(vm, format, list);
    va_end(list);
    if (++vm->guest_reports == VM_MAX_GUEST_REPORTS)
        vm_report(vm, "further reports about this guest are left out until its reset");
}
