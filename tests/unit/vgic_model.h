// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What stands behind the virtual interrupt controller in its unit tests: list registers and what the kernel
// delivers by itself, as the hardware and the kernel keep them, and the guest's end of it: acknowledge and
// end.
#ifndef TESTS_UNIT_VGIC_MODEL_H
#define TESTS_UNIT_VGIC_MODEL_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/arch/aarch64/vgic.h>
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/vm.h>

#define MODEL_GICD           0x08000000u
#define MODEL_GICC           0x08010000u
#define MODEL_GICR           0x080a0000u
#define MODEL_SGI            (MODEL_GICR + 0x10000)
#define MODEL_SPURIOUS       1023
#define MODEL_LIST_REGISTERS 4 // that are for the VMM; the kernel has one more
#define MODEL_PASSED         70
#define MODEL_HANDLER        16
#define MODEL_PTIMER         30
#define MODEL_PMU            23
#define MODEL_INTERRUPTS     100 // of the configuration: 128 in the distributor

struct model_lr {
    unsigned intid, priority, group, source, state; // state: VGIC_PENDING | VGIC_ACTIVE
    bool kernel_owned;
};

struct model {
    struct vm vm;
    struct vm_config config;
    unsigned lr_count;
    struct model_lr lr[VGIC_MAX_LIST_REGISTERS];
    bool evicted[1024];      // active, taken out of its list register
    bool told_when_taken;    // the VMM waits for a list register
    unsigned groups;         // that the guest's CPU interface has on (bit n: group n)
    unsigned held_state[32]; // of what the kernel delivers
    bool timer_bound;
    unsigned timer_priority;
    unsigned timer_acks;
    uint64_t timer_control;                               // CNTV_CTL_EL0
    uint64_t ptimer_control;                              // CNTP_CTL_EL0
    uint64_t pmu[GLACIS_VCPU_REG_END - GLACIS_VCPU_PMCR]; // from GLACIS_VCPU_PMCR on
    uint32_t ppi_bound;                                   // of MODEL_PTIMER and MODEL_PMU
    unsigned ppi_priority[32], ppi_acks[32];
    unsigned sgis_enabled, sgis_of_group0;
    bool passed_bound;
    unsigned passed_priority, passed_state; // of MODEL_PASSED, if a test passes it through
    uint64_t sgi_priorities[2];
    unsigned calls; // of the kernel
    unsigned injections;
};
extern struct model model;

// A VM with a GICv2 or GICv3 after reset.
void model_start(unsigned version);
// The same with groups, priorities and enables as a guest sets them up: all SPIs enabled at priority 0xa0.
void model_start_ready(unsigned version);
// The same with the interrupts MODEL_PTIMER and MODEL_PMU of the vCPU's hardware.
void model_start_private(unsigned version);

// The guest's load or store, through the bus.
uint64_t model_read(uint64_t ipa, unsigned bytes);
void model_write(uint64_t ipa, unsigned bytes, uint64_t value);
static inline uint32_t model_read32(uint64_t ipa) {
    return (uint32_t)model_read(ipa, 4);
}
static inline void model_write32(uint64_t ipa, uint32_t value) {
    model_write(ipa, 4, value);
}

// ICC_IGRPEN<n>, and the exit that follows.
void model_set_groups(unsigned groups);
// ICC_IAR: the most urgent pending interrupt becomes active; MODEL_SPURIOUS: none.
unsigned model_acknowledge(void);
// ICC_EOIR and the maintenance exit that follows.
void model_end(unsigned intid);
// The end without its exit: the list register it was in.
int model_end_silently(unsigned intid);
// The list register that holds `intid`, or -1.
int model_find(unsigned intid);
// Checks that no interrupt is in two list registers, and the invariants of vgic.h that can be seen from
// outside.
void model_check(void);

// What tests of delivery do: bits and priorities in the distributor, and the wire of an SPI.
#define SPI 40
static inline void set_bit(unsigned array, unsigned intid) {
    model_write32(MODEL_GICD + array + intid / 32 * 4, 1u << (intid & 31));
}
static inline bool get_bit(unsigned array, unsigned intid) {
    return model_read32(MODEL_GICD + array + intid / 32 * 4) >> (intid & 31) & 1;
}
static inline void set_priority(unsigned intid, unsigned priority) {
    model_write(MODEL_GICD + VGIC_IPRIORITYR + intid, 1, priority);
}
static inline void set_edge(unsigned intid) {
    uint64_t config = MODEL_GICD + VGIC_ICFGR + intid / 16 * 4;
    model_write32(config, model_read32(config) | 2u << intid % 16 * 2);
}
static inline void set_line(unsigned intid, bool high) {
    irq_set_level(&model.vm, intid, high);
    model_check();
}

#endif
