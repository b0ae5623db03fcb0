// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A VM's configuration page from its description and the board: devices, interrupts, seeds.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compile.h"
#include "layout.h"

#define FIRST_SPI           32
#define GICV2_CPU_BYTES     (2 * PAGE_BYTES)
#define GICV3_REDISTRIBUTOR 0x20000

// A range of guest addresses that has an owner.
struct owned_range {
    const char *owner;
    uint64_t start, size;
};

// A device without an address of its own stands where the board has one of its kind.
static bool device_resolve(struct vm_device *device, const struct system_device *from,
                           const struct system_vm *vm, const struct board *board, struct report *report) {
    struct board_device found = {0};

    bool needs_board = from->kind->is_passed || !(from->has_address && from->has_irq);
    if (needs_board && !board_find_device(board, from->kind->compatible, &found)) {
        report_error(report, from->at, "VM %s: the board (%s) has no %s; say where: %s at ADDRESS irq NUMBER",
                     vm->name, board->path, from->kind->name, from->kind->name);
        return false;
    }
    if (from->kind->is_passed && (from->has_address || from->has_irq)) {
        report_error(report, from->has_address ? from->address_at : from->irq_at,
                     "VM %s: %s is the board's own, at 0x%" PRIx64 " with irq %u; leave `at` and `irq` out",
                     vm->name, from->kind->name, found.address, found.irq);
        return false;
    }
    for (const struct system_device *other = vm->devices; from->kind->is_passed && other < from; other++) {
        if (other->kind == from->kind) {
            report_error(report, from->at, "VM %s: %s is given twice, and the board has one; remove one",
                         vm->name, from->kind->name);
            return false;
        }
    }
    *device = (struct vm_device){
        .type = from->kind->type,
        .irq = from->has_irq ? (uint32_t)(from->irq < UINT32_MAX ? from->irq : UINT32_MAX) : found.irq,
        .ipa = from->has_address ? from->address : found.address,
        .size = from->kind->size,
    };
    return true;
}

static bool device_check_address(const struct vm_device *device, const struct system_device *from,
                                 const char *vm, const struct owned_range *owned, unsigned owned_count,
                                 struct report *report) {
    struct position at = from->has_address ? from->address_at : from->at;

    if (device->ipa % PAGE_BYTES || device->ipa >= 1ull << 40) {
        report_error(report, at,
                     "VM %s: %s at 0x%" PRIx64
                     " is not at a 4 KiB boundary below 2^40; write a multiple of 0x1000",
                     vm, from->kind->name, device->ipa);
        return false;
    }
    for (unsigned i = 0; i < owned_count; i++) {
        if (device->ipa < owned[i].start + owned[i].size && owned[i].start < device->ipa + device->size) {
            report_error(report, at,
                         "VM %s: %s at 0x%" PRIx64 " overlaps %s (0x%" PRIx64 " to 0x%" PRIx64
                         "); give it another address",
                         vm, from->kind->name, device->ipa, owned[i].owner, owned[i].start,
                         owned[i].start + owned[i].size - 1);
            return false;
        }
    }
    return true;
}

static bool device_check_irq(const struct vm_config *config, const struct system_device *from, uint32_t irq,
                             uint32_t max_irq, const struct system_vm *vm, struct report *report) {
    struct position at = from->has_irq ? from->irq_at : from->at;

    if (irq < FIRST_SPI || irq > max_irq) {
        report_error(report, at,
                     "VM %s: irq %" PRIu64 " of %s is out of range; write %d to %u (shared interrupts)",
                     vm->name, from->has_irq ? from->irq : irq, from->kind->name, FIRST_SPI, max_irq);
        return false;
    }
    for (unsigned i = 0; i < config->device_count; i++) {
        if (config->devices[i].irq == irq) {
            report_error(
                report, at,
                "VM %s: irq %u is assigned twice, to %s (line %u) and to %s; give one of them another",
                vm->name, irq, vm->devices[i].kind->name, vm->devices[i].at.line, from->kind->name);
            return false;
        }
    }
    return true;
}

static unsigned config_owned_ranges(const struct vm_config *config, struct owned_range *owned) {
    unsigned count = 0;

    owned[count++] = (struct owned_range){"the VM's memory", config->memory_ipa, config->memory_size};
    if (config->gic_version == 3) {
        owned[count++] = (struct owned_range){"the interrupt distributor", config->gicd_ipa, 0x10000};
        owned[count++] = (struct owned_range){"the interrupt redistributors", config->gicr_ipa,
                                              (uint64_t)config->vcpu_count * GICV3_REDISTRIBUTOR};
    } else {
        owned[count++] = (struct owned_range){"the interrupt distributor", config->gicd_ipa, PAGE_BYTES};
        owned[count++] = (struct owned_range){"the interrupt controller's CPU interface", config->gicc_ipa,
                                              GICV2_CPU_BYTES};
    }
    return count;
}

static bool config_add_devices(struct vm_config *config, const struct system_vm *vm,
                               const struct board *board, uint32_t max_irq, struct report *report) {
    struct owned_range owned[3 + VM_MAX_DEVICES];
    unsigned owned_count = config_owned_ranges(config, owned), errors = report->errors;

    for (unsigned i = 0; i < vm->device_count; i++) {
        const struct system_device *from = &vm->devices[i];
        struct vm_device device;
        if (!device_resolve(&device, from, vm, board, report)) {
            continue;
        }
        bool good = device_check_address(&device, from, vm->name, owned, owned_count, report);
        good = device_check_irq(config, from, device.irq, max_irq, vm, report) && good;
        if (good) {
            owned[owned_count++] = (struct owned_range){from->kind->name, device.ipa, device.size};
            device.handler = from->kind->is_passed ? VMM_SLOT_DEVICE_IRQ + config->device_count : 0;
            config->devices[config->device_count++] = device;
        }
    }
    return report->errors == errors;
}

// Seeds: the board's; those of a VM that is not the first are stirred with its number, so that no two guests
// of a system share one. splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// 2014).
static uint64_t seed_stir(uint64_t seed, uint64_t number) {
    uint64_t z = seed + number * 0x9e3779b97f4a7c15ull;
    if (seed == 0 || number == 0) {
        return seed;
    }
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

bool compile_vm_config(struct vm_config *config, const struct system_vm *vm, const struct board *board,
                       uint32_t max_irq, struct report *report) {
    *config = (struct vm_config){
        .magic = VM_CONFIG_MAGIC,
        .size = sizeof *config,
        .flags = vm->values[KEY_BENCH].number ? VM_FLAG_BENCH : 0,
        .memory_ipa = board->memory_base,
        .memory_size = vm->values[KEY_MEMORY].number * MIB,
        .vcpu_count = (uint32_t)vm->values[KEY_VCPUS].number,
        .wfi = (uint32_t)vm->values[KEY_WFI].number,
        .gic_version = board->gic_version,
        .interrupt_count = max_irq + 1,
        .gicd_ipa = board->gicd.address,
        .gicr_ipa = board->gic_version == 3 ? board->gicr.address : 0,
        .gicc_ipa = board->gic_version == 2 ? board->gicc.address : 0,
        .vtimer_irq = board->vtimer_irq,
        .ptimer_irq = board->ptimer_irq,
        .pmu_irq = board->pmu_irq,
        .kaslr_seed = seed_stir(board->kaslr_seed, vm->number),
    };
    snprintf(config->name, sizeof config->name, "%s", vm->name);
    if (vm->values[KEY_CMDLINE].text) {
        snprintf(config->cmdline, sizeof config->cmdline, "%s", vm->values[KEY_CMDLINE].text);
    }
    for (size_t i = 0; i < sizeof config->rng_seed; i += 8) {
        uint64_t word = seed_stir(read_le64(board->rng_seed + i), vm->number);
        write_le64(config->rng_seed + i, word);
    }
    return config_add_devices(config, vm, board, max_irq, report);
}
