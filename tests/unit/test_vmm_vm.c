// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The life of a VM and its exit loop, on an architecture that plays a script of exits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vmm/guest/load.h>
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/vm.h>

#define DEVICE_IPA 0x09000000ull
#define RAM_IPA    0x40000000ull
#define MAX_SCRIPT 64

// What the guest does; after it, the VM is asked to stop.
static struct {
    struct vcpu_exit exits[MAX_SCRIPT];
    enum { NOTHING, STOP, RESET } requests[MAX_SCRIPT];
    struct vcpu_exit answers[MAX_SCRIPT];
    unsigned count, at;
} script;
static struct vm vm;
static struct vm_config config;
static char printed[16384];
static unsigned starts, stops, loads, pristine_loads, device_resets, console_events, irq_resets;
static const char *load_error;
static uint64_t device_ipa;
static struct {
    uint64_t offset, value;
    unsigned bytes;
    bool write;
} device_access;

const char *arch_vcpu_create(struct vcpu *vcpu) {
    assert_ptr_equal(vcpu->vm, &vm);
    return NULL;
}
void arch_vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t dtb) {
    (void)vcpu;
    assert_int_equal(entry, 0x40200000);
    assert_int_equal(dtb, 0x48000000);
    starts++;
}
void arch_vcpu_stop(struct vcpu *vcpu) {
    (void)vcpu;
    stops++;
}
void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit) {
    (void)vcpu;
    if (script.at > 0)
        script.answers[script.at - 1] = *exit;
    *exit = (struct vcpu_exit){.kind = VCPU_EXIT_ARCH};
    if (script.at < script.count)
        *exit = script.exits[script.at];
    script.at++;
}
void arch_vcpu_handle_exit(struct vcpu *vcpu, struct vcpu_exit *exit) {
    exit->outcome = VCPU_RESTART;
    if (script.at > script.count || script.requests[script.at - 1] == STOP)
        vm_request_stop(vcpu->vm);
    else if (script.requests[script.at - 1] == RESET)
        vm_request_reset(vcpu->vm);
}
void arch_vcpu_statistics(struct vcpu *vcpu, unsigned index, uint64_t words[10]) {
    (void)vcpu;
    memset(words, 0, 80);
    if (index == GLACIS_STAT_BOOT) {
        words[0] = 125000000;
        words[1] = 62500000;
    }
}
const char *guest_load(const struct vm_config *which, const struct memory *memory, bool pristine,
                       struct load_result *result) {
    assert_ptr_equal(which, &config);
    assert_int_equal(memory->ipa, RAM_IPA);
    loads++;
    pristine_loads += pristine;
    *result = (struct load_result){0x40200000, 0x48000000};
    return load_error;
}
const char *irq_controller_create(struct vm *which) {
    (void)which;
    return NULL;
}
void irq_controller_reset(struct vm *which) {
    (void)which;
    irq_resets++;
}
void irq_handle_end(struct vcpu *vcpu, int list_register) {
    (void)vcpu;
    assert_int_equal(list_register, -1);
}
void irq_handle_private(struct vcpu *vcpu, unsigned intid) {
    (void)vcpu;
    assert_int_equal(intid, 27);
}
void console_settle(struct console *console) {
    (void)console;
}

void console_print(struct console *console, const char *text, size_t length) {
    size_t used = strlen(printed);
    assert_true(used + length + 2 < sizeof(printed));
    snprintf(printed + used, sizeof(printed) - used, "%.*s\n", (int)length, text);
    if (strstr(text, "0x1230")) // a report that waited, and met an event
        console->pending_events = VMM_BADGE_CONSOLE;
}

static uint64_t device_read(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes) {
    (void)vcpu;
    (void)device;
    device_access.offset = offset;
    device_access.bytes = bytes;
    device_access.write = false;
    return 0x1234567890abcdef;
}
static void device_write(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes, uint64_t value) {
    (void)vcpu;
    (void)device;
    device_access.offset = offset;
    device_access.bytes = bytes;
    device_access.write = true;
    device_access.value = value;
}
static const char *device_create(void *state, struct vm *which, const struct vm_device *device) {
    (void)device;
    const struct bus_region region = {.ipa = device_ipa,
                                      .size = 0x1000,
                                      .read = device_read,
                                      .write = device_write,
                                      .device = state,
                                      .sizes = BUS_SIZES_UP_TO_4,
                                      .name = "uart"};
    return bus_add_region(&which->bus, &region);
}
static void device_reset(void *state) {
    (void)state;
    device_resets++;
}
static void device_event(void *state) {
    (void)state;
    console_events++;
}
static const struct device_type uart = {.type = VM_DEVICE_PL011,
                                        .name = "uart",
                                        .state_size = 40,
                                        .create = device_create,
                                        .reset = device_reset,
                                        .console_event = device_event};
const struct device_type *const device_types[] = {&uart, NULL};

static int setup(void **state) {
    (void)state;
    memset(&script, 0, sizeof(script));
    memset(&vm, 0, sizeof(vm));
    memset(printed, 0, sizeof(printed));
    starts = stops = loads = pristine_loads = device_resets = console_events = irq_resets = 0;
    load_error = NULL;
    device_ipa = DEVICE_IPA;
    config = (struct vm_config){.magic = VM_CONFIG_MAGIC,
                                .size = sizeof(config),
                                .name = "linux",
                                .memory_ipa = RAM_IPA,
                                .memory_size = 0x1000000,
                                .vcpu_count = 1,
                                .gic_version = 3,
                                .device_count = 1,
                                .devices = {{.type = VM_DEVICE_PL011, .irq = 33, .ipa = DEVICE_IPA}}};
    return 0;
}

static void access_of(uint64_t ipa, unsigned bytes, bool write, uint64_t value) {
    script.exits[script.count++] = (struct vcpu_exit){.kind = VCPU_EXIT_ACCESS,
                                                      .ipa = ipa,
                                                      .bytes = (uint8_t)bytes,
                                                      .write = write,
                                                      .value = value,
                                                      .pc = 0xffff0000};
}

static void request(int what) {
    script.requests[script.count] = what;
    script.exits[script.count++].kind = VCPU_EXIT_ARCH;
}

static void run(void) {
    assert_null(vm_create(&vm, &config));
    assert_null(vm_start(&vm));
    vm_run(&vm);
    assert_int_equal(vm.state, VM_STOPPED);
}

static void a_configuration_is_checked(void **state) {
    (void)state;
    const struct vm_config good = config;
    assert_null(vm_create(&vm, &config));
#define REFUSE(change, cause)                                                                                \
    do {                                                                                                     \
        setup(NULL);                                                                                         \
        config = good;                                                                                       \
        change;                                                                                              \
        const char *error = vm_create(&vm, &config);                                                         \
        assert_non_null(error);                                                                              \
        assert_non_null(strstr(error, cause));                                                               \
    } while (0)
    REFUSE(config.magic++, "version");
    REFUSE(config.size--, "version");
    REFUSE(memset(config.name, 'x', sizeof(config.name)), "name");
    REFUSE(memset(config.cmdline, 'x', sizeof(config.cmdline)), "command line");
    REFUSE(config.vcpu_count = 0, "vCPU");
    REFUSE(config.vcpu_count = 2, "vCPU");
    REFUSE(config.gic_version = 4, "GIC");
    REFUSE(config.device_count = 33, "devices");
    REFUSE(config.memory_size = 0, "memory");
    REFUSE(config.memory_ipa = 1ull << 40, "memory");
    REFUSE(config.memory_size = 1ull << 40, "memory");
    REFUSE(config.devices[0].type = 99, "type");
    REFUSE(device_ipa = RAM_IPA + 0x1000, "memory");
    REFUSE(device_ipa = RAM_IPA - 0xff8, "memory");
}

static void accesses_reach_their_device_and_are_answered(void **state) {
    (void)state;
    access_of(DEVICE_IPA + 0x18, 4, false, 0);
    run();
    assert_int_equal(script.answers[0].outcome, VCPU_DONE);
    assert_int_equal(script.answers[0].value, 0x90abcdef);
    assert_int_equal(device_access.offset, 0x18);
    setup(NULL);
    access_of(DEVICE_IPA + 0xffe, 2, true, 0xbeef);
    run();
    assert_true(device_access.write && device_access.bytes == 2 && device_access.value == 0xbeef);
    assert_int_equal(script.answers[0].outcome, VCPU_DONE);
    assert_string_equal(printed, "");
}

static void an_address_that_nothing_owns_is_reported_and_aborts(void **state) {
    (void)state;
    access_of(0x0a000000, 4, true, 1);
    access_of(DEVICE_IPA, 1, false, 0); // the rest goes on
    run();
    assert_int_equal(script.answers[0].outcome, VCPU_ABORT);
    assert_int_equal(script.answers[1].outcome, VCPU_DONE);
    assert_string_equal(printed,
                        "vm linux: store of 4 bytes at 0xa000000, PC 0xffff0000: nothing is there; nearest "
                        "device: uart at 0x9000000-0x9000fff\n");
}

static void sizes_and_alignments_that_a_device_does_not_know_abort(void **state) {
    (void)state;
    access_of(DEVICE_IPA, 8, false, 0);
    access_of(DEVICE_IPA + 2, 4, false, 0);
    access_of(DEVICE_IPA + 0xfff, 2, false, 0);
    run();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(script.answers[i].outcome, VCPU_ABORT);
    assert_non_null(strstr(printed, "uart knows no access"));
}

static unsigned count_lines(void) {
    unsigned lines = 0;
    for (const char *each = printed; *each; each++)
        lines += *each == '\n';
    return lines;
}

static void reports_about_a_guest_are_limited_until_its_reset(void **state) {
    (void)state;
    for (unsigned i = 0; i < VM_MAX_GUEST_REPORTS + 10; i++)
        access_of(0, 4, false, 0);
    request(RESET);
    access_of(0, 4, false, 0);
    run();
    assert_int_equal(count_lines(), VM_MAX_GUEST_REPORTS + 1 + 1);
    assert_non_null(strstr(printed, "further reports"));
}

static void reset_starts_from_pristine_images(void **state) {
    (void)state;
    request(RESET);
    request(RESET);
    run();
    assert_int_equal(loads, 3);
    assert_int_equal(pristine_loads, 1); // only the first finds untouched memory
    assert_int_equal(starts, 3);
    assert_int_equal(stops, 1);
    assert_int_equal(device_resets, 3);
    assert_int_equal(irq_resets, 3);
}

static void a_reset_that_cannot_load_stops_the_vm(void **state) {
    (void)state;
    request(RESET);
    assert_null(vm_create(&vm, &config));
    assert_null(vm_start(&vm));
    load_error = "the kernel is gone";
    vm_run(&vm);
    assert_int_equal(vm.state, VM_STOPPED);
    assert_string_equal(printed, "vm linux: cannot start again: the kernel is gone\n");
}

static void events_reach_the_devices_also_those_that_a_report_met(void **state) {
    (void)state;
    script.exits[script.count++] = (struct vcpu_exit){.kind = VCPU_EXIT_EVENT, .events = VMM_BADGE_CONSOLE};
    script.exits[script.count++] = (struct vcpu_exit){.kind = VCPU_EXIT_EVENT, .events = 1ull << 20};
    run();
    assert_int_equal(console_events, 1);
    assert_int_equal(script.answers[0].outcome, VCPU_RESTART);
    setup(NULL);
    access_of(0x1230, 4, false, 0);
    access_of(DEVICE_IPA, 4, false, 0);
    run();
    assert_int_equal(console_events, 1);
}

static void interrupt_exits_go_to_the_controller(void **state) {
    (void)state;
    script.exits[script.count++] = (struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT_END, .list_register = -1};
    script.exits[script.count++] = (struct vcpu_exit){.kind = VCPU_EXIT_PRIVATE_IRQ, .intid = 27};
    run();
    assert_int_equal(script.answers[1].outcome, VCPU_RESTART);
}

static void a_benchmark_vm_prints_its_statistics_when_it_stops(void **state) {
    (void)state;
    config.flags = VM_FLAG_BENCH;
    request(STOP);
    run();
    assert_string_equal(printed,
                        "@stats {\"vm\":\"linux\",\"cases\":[],\"first_entry_instructions\":2000000000}\n\n");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_configuration_is_checked),
        TEST(accesses_reach_their_device_and_are_answered),
        TEST(an_address_that_nothing_owns_is_reported_and_aborts),
        TEST(sizes_and_alignments_that_a_device_does_not_know_abort),
        TEST(reports_about_a_guest_are_limited_until_its_reset),
        TEST(reset_starts_from_pristine_images),
        TEST(a_reset_that_cannot_load_stops_the_vm),
        TEST(events_reach_the_devices_also_those_that_a_report_met),
        TEST(interrupt_exits_go_to_the_controller),
        TEST(a_benchmark_vm_prints_its_statistics_when_it_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
