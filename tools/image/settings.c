// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The settings of a VM: names, ranges, presets; presets and single-value checks.
#include "settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const wfi_choices[] = {
    [VM_WFI_AUTO] = "auto", [VM_WFI_NATIVE] = "native", [VM_WFI_TRAP] = "trap", NULL};
static const char *const switch_choices[] = {"off", "on", NULL};

// Times: the kernel takes budgets from 20 us (ABI: minimum budget); a period beyond 10 s helps nobody.
const struct setting settings[KEY_COUNT] = {
    [KEY_MEMORY] =
        {.name = "memory", .kind = SETTING_NUMBER, .required = true, .least = 2, .most = 4096, .unit = "MiB"},
    [KEY_KERNEL] = {.name = "kernel", .kind = SETTING_STRING, .required = true, .longest = 1023},
    [KEY_INITRD] = {.name = "initrd", .kind = SETTING_STRING, .longest = 1023},
    [KEY_CMDLINE] = {.name = "cmdline", .kind = SETTING_STRING, .longest = VM_CMDLINE_BYTES - 1},
    [KEY_DEVICES] = {.name = "devices", .kind = SETTING_DEVICES},
    [KEY_VCPUS] =
        {.name = "vcpus", .kind = SETTING_NUMBER, .least = 1, .most = 1, .preset = 1, .unit = "vCPUs"},
    [KEY_BUDGET] =
        {.name = "budget", .kind = SETTING_NUMBER, .least = 20, .most = 10000000, .unit = "microseconds"},
    [KEY_PERIOD] = {.name = "period",
                    .kind = SETTING_NUMBER,
                    .least = 20,
                    .most = 10000000,
                    .preset = 10000,
                    .unit = "microseconds"},
    [KEY_PRIORITY] =
        {.name = "priority", .kind = SETTING_NUMBER, .least = 1, .most = 100, .preset = 50, .unit = "steps"},
    [KEY_WFI] = {.name = "wfi", .kind = SETTING_CHOICE, .choices = wfi_choices},
    [KEY_BENCH] = {.name = "bench", .kind = SETTING_CHOICE, .choices = switch_choices},
};

int setting_choice(const struct setting *setting, const char *word) {
    for (int i = 0; setting->choices[i]; i++) {
        if (strcmp(setting->choices[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

void setting_list_choices(const struct setting *setting, char *text, size_t size) {
    size_t length = 0;
    text[0] = 0;
    for (int i = 0; setting->choices[i] && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s", i ? ", " : "", setting->choices[i]);
    }
}

static void setting_check_number(const struct system_vm *vm, enum system_key key, struct report *report) {
    const struct setting *setting = &settings[key];
    const struct system_value *value = &vm->values[key];

    if (key == KEY_VCPUS && value->number > setting->most) {
        report_error(report, value->at,
                     "VM %s: vcpus = %" PRIu64 ", but a VM has one vCPU in this version; write vcpus = 1",
                     vm->name, value->number);
    } else if (value->number < setting->least || value->number > setting->most) {
        report_error(report, value->at,
                     "VM %s: %s = %" PRIu64 " is out of range; write %" PRIu64 " to %" PRIu64 " (%s)",
                     vm->name, setting->name, value->number, setting->least, setting->most, setting->unit);
    } else if (key == KEY_MEMORY && value->number % 2) {
        report_error(report, value->at,
                     "VM %s: memory = %" PRIu64
                     " MiB is not a multiple of 2 MiB (the size of a guest's page); write "
                     "%" PRIu64 " or %" PRIu64,
                     vm->name, value->number, value->number - 1, value->number + 1);
    }
}

static void setting_check_string(const struct system_vm *vm, enum system_key key, struct report *report) {
    const struct setting *setting = &settings[key];
    const struct system_value *value = &vm->values[key];
    size_t length = strlen(value->text);

    if (length > setting->longest) {
        report_error(report, value->at, "VM %s: %s has %zu bytes; shorten it to %" PRIu64 " at most",
                     vm->name, setting->name, length, setting->longest);
    } else if (length == 0 && key != KEY_CMDLINE) {
        report_error(report, value->at, "VM %s: %s is an empty name; name a file%s", vm->name, setting->name,
                     setting->required ? "" : ", or remove the line");
    }
}

static void vm_apply_defaults(struct system_vm *vm, struct report *report) {
    for (int key = 0; key < KEY_COUNT; key++) {
        const struct setting *setting = &settings[key];
        struct system_value *value = &vm->values[key];
        if (!value->at.file) {
            if (setting->required) {
                report_error(report, vm->at, "VM %s has no %s; add a line '%s = %s'", vm->name, setting->name,
                             setting->name, setting->kind == SETTING_STRING ? "\"FILE\"" : "NUMBER");
            }
            value->number = setting->preset;
        } else if (setting->kind == SETTING_NUMBER) {
            setting_check_number(vm, (enum system_key)key, report);
        } else if (setting->kind == SETTING_STRING) {
            setting_check_string(vm, (enum system_key)key, report);
        }
    }
    struct system_value *budget = &vm->values[KEY_BUDGET], *period = &vm->values[KEY_PERIOD];
    if (!budget->at.file) {
        budget->number = period->number;
    } else if (budget->number > period->number) {
        report_error(report, budget->at,
                     "VM %s: budget = %" PRIu64 " is longer than its period of %" PRIu64
                     " microseconds; lower the budget or raise the period",
                     vm->name, budget->number, period->number);
    }
}

void system_apply_defaults(struct system *system, struct report *report) {
    if (system->vm_count == 0 && report->errors == 0) {
        report_error(report, (struct position){.file = system->path},
                     "it describes no VM; add at least one: vm NAME { memory = 512 kernel = \"FILE\" }, each "
                     "setting on its line");
    }
    for (unsigned i = 0; i < system->vm_count; i++) {
        vm_apply_defaults(&system->vms[i], report);
    }
}

void system_free(struct system *system) {
    for (unsigned i = 0; i < system->vm_count; i++) {
        for (int key = 0; key < KEY_COUNT; key++) {
            free(system->vms[i].values[key].text);
        }
    }
    system->vm_count = 0;
}
