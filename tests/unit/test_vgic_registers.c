// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The registers of the virtual distributors and redistributors: what reads as written, what reads as zero,
// which sizes, and that no access at all does harm. Register by register from IHI 0048B 4.1 and IHI
// 0069 12.8.
#include "tests/unit/vgic_model.h"

#define SGI 0x10000 // offset of SGI_base from RD_base

struct expectation {
    const char *name;
    uint64_t base;
    unsigned offset, bytes;
    uint64_t write, read; // what is read after the write of `write`
};

static void check_expectations(const struct expectation *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        model_write(list[i].base + list[i].offset, list[i].bytes, list[i].write);
        uint64_t got = model_read(list[i].base + list[i].offset, list[i].bytes);
        if (got != list[i].read)
            fail_msg("%s: read 0x%llx, not 0x%llx", list[i].name, (unsigned long long)got,
                     (unsigned long long)list[i].read);
        model_check();
    }
}
#define CHECK_EXPECTATIONS(list) check_expectations(list, sizeof(list) / sizeof((list)[0]))

static void gicv2_reads_as_the_manual_says(void **state) {
    (void)state;
    static const struct expectation list[] = {
        {"CTLR", MODEL_GICD, 0x000, 4, ~0u, 3},
        {"CTLR off", MODEL_GICD, 0x000, 4, 0, 0},
        {"TYPER", MODEL_GICD, 0x004, 4, ~0u, 3},
        {"IIDR", MODEL_GICD, 0x008, 4, ~0u, 0x43b},
        {"reserved", MODEL_GICD, 0x00c, 4, ~0u, 0},
        {"IGROUPR0", MODEL_GICD, 0x080, 4, 0x5a5a5a5a, 0x5a5a5a5a},
        {"IGROUPR3", MODEL_GICD, 0x08c, 4, ~0u, ~0u},
        {"IGROUPR4 is beyond", MODEL_GICD, 0x090, 4, ~0u, 0},
        {"ISENABLER0, SGIs always", MODEL_GICD, 0x100, 4, 0x10000, 0x1ffff},
        {"ISENABLER1", MODEL_GICD, 0x104, 4, 0x80000001, 0x80000001},
        {"ISENABLER1 keeps ones", MODEL_GICD, 0x104, 4, 0x10, 0x80000011},
        {"ICENABLER0, SGIs always", MODEL_GICD, 0x180, 4, ~0u, 0xffff},
        {"ICENABLER1", MODEL_GICD, 0x184, 4, 0x80000000, 0x11},
        {"ISPENDR0, not SGIs", MODEL_GICD, 0x200, 4, 0x0100ffff, 0x01000000},
        {"ICPENDR0", MODEL_GICD, 0x280, 4, ~0u, 0},
        {"ISPENDR2", MODEL_GICD, 0x208, 4, 0x12, 0x12},
        {"ICPENDR2", MODEL_GICD, 0x288, 4, 0x10, 0x02},
        {"ISACTIVER2", MODEL_GICD, 0x308, 4, 0x300, 0x300},
        {"ICACTIVER2", MODEL_GICD, 0x388, 4, 0x100, 0x200},
        {"IPRIORITYR0", MODEL_GICD, 0x400, 4, 0xffffffff, 0xf8f8f8f8},
        {"IPRIORITYR byte", MODEL_GICD, 0x441, 1, 0x4f, 0x48},
        {"IPRIORITYR halfword", MODEL_GICD, 0x442, 2, 0xffff, 0},
        {"IPRIORITYR beyond", MODEL_GICD, 0x480, 4, ~0u, 0},
        {"ITARGETSR0, one CPU", MODEL_GICD, 0x800, 4, ~0u, 0},
        {"ITARGETSR of SPIs, one CPU", MODEL_GICD, 0x820, 4, 0xff00ff01, 0},
        {"ITARGETSR byte", MODEL_GICD, 0x821, 1, 0xfe, 0},
        {"ITARGETSR beyond", MODEL_GICD, 0x880, 4, ~0u, 0},
        {"ICFGR0 is read-only", MODEL_GICD, 0xc00, 4, 0, 0xaaaaaaaa},
        {"ICFGR1: timers and PMU are levels", MODEL_GICD, 0xc04, 4, ~0u, 0xaa2aaaaa},
        {"ICFGR2", MODEL_GICD, 0xc08, 4, 0x80000008, 0x80000008},
        {"ICFGR8 is beyond", MODEL_GICD, 0xc20, 4, ~0u, 0},
        {"NSACR", MODEL_GICD, 0xe00, 4, ~0u, 0},
        {"SGIR is write-only", MODEL_GICD, 0xf00, 4, 0x01000000, 0},
        {"SPENDSGIR", MODEL_GICD, 0xf24, 4, 0xff00ff01, 0x01000101},
        {"CPENDSGIR", MODEL_GICD, 0xf14, 4, 0x00000001, 0x01000100},
        {"CPENDSGIR byte", MODEL_GICD, 0xf15, 1, 0xff, 0},
        {"PIDR4", MODEL_GICD, 0xfd0, 4, 0, 0x04},
        {"PIDR0", MODEL_GICD, 0xfe0, 4, 0, 0x90},
        {"PIDR2", MODEL_GICD, 0xfe8, 4, 0, 0x2b},
        {"CIDR3", MODEL_GICD, 0xffc, 4, 0, 0xb1},
        {"CTLR, byte", MODEL_GICD, 0x000, 1, 3, 0},
        {"TYPER, doubleword", MODEL_GICD, 0x000, 8, 3, 0},
    };
    model_start(2);
    CHECK_EXPECTATIONS(list);
}

static void gicv3_distributor_reads_as_the_manual_says(void **state) {
    (void)state;
    static const struct expectation list[] = {
        {"CTLR: ARE and DS are one", MODEL_GICD, 0x0000, 4, ~0u, 0x53},
        {"CTLR off", MODEL_GICD, 0x0000, 4, 0, 0x50},
        {"TYPER", MODEL_GICD, 0x0004, 4, ~0u, 0x03490003},
        {"IIDR", MODEL_GICD, 0x0008, 4, ~0u, 0x43b},
        {"TYPER2", MODEL_GICD, 0x000c, 4, ~0u, 0},
        {"STATUSR", MODEL_GICD, 0x0010, 4, ~0u, 0},
        {"SETSPI is write-only", MODEL_GICD, 0x0040, 4, 0, 0},
        {"IGROUPR0 is in the redistributor", MODEL_GICD, 0x0080, 4, ~0u, 0},
        {"IGROUPR1", MODEL_GICD, 0x0084, 4, 0xdeadbeef, 0xdeadbeef},
        {"ISENABLER0 is in the redistributor", MODEL_GICD, 0x0100, 4, ~0u, 0},
        {"ISENABLER3", MODEL_GICD, 0x010c, 4, 0xf0, 0xf0},
        {"IPRIORITYR0 is in the redistributor", MODEL_GICD, 0x0400, 4, ~0u, 0},
        {"IPRIORITYR", MODEL_GICD, 0x0420, 4, 0x01234567, 0x00204060},
        {"ITARGETSR", MODEL_GICD, 0x0820, 4, ~0u, 0},
        {"ICFGR0 is in the redistributor", MODEL_GICD, 0x0c00, 4, 0, 0},
        {"ICFGR3", MODEL_GICD, 0x0c0c, 4, 0xffff0000, 0xaaaa0000},
        {"IGRPMODR1", MODEL_GICD, 0x0d04, 4, ~0u, 0},
        {"NSACR", MODEL_GICD, 0x0e08, 4, ~0u, 0},
        {"SGIR", MODEL_GICD, 0x0f00, 4, ~0u, 0},
        {"IGROUPR1E", MODEL_GICD, 0x1000, 4, ~0u, 0},
        {"IROUTER31 is reserved", MODEL_GICD, 0x60f8, 8, ~0ull, 0},
        {"IROUTER32", MODEL_GICD, 0x6100, 8, ~0ull, 0xff00ffffff},
        {"IROUTER32, low half", MODEL_GICD, 0x6100, 4, 0x80010203, 0x00010203},
        {"IROUTER32, high half", MODEL_GICD, 0x6104, 4, 0xffffff7f, 0x7f},
        {"IROUTER32, halfword", MODEL_GICD, 0x6100, 2, 0, 0},
        {"IROUTER128 is beyond", MODEL_GICD, 0x6400, 8, ~0ull, 0},
        {"PIDR0", MODEL_GICD, 0xffe0, 4, 0, 0x92},
        {"PIDR2", MODEL_GICD, 0xffe8, 4, 0, 0x3b},
        {"CIDR0", MODEL_GICD, 0xfff0, 4, 0, 0x0d},
        {"no ID block at the GICv2's place", MODEL_GICD, 0x0fe8, 4, 0, 0},
    };
    model_start(3);
    CHECK_EXPECTATIONS(list);
    assert_int_equal(model_read(MODEL_GICD + 0x6100, 8), 0x7f00010203);
}

static void redistributor_reads_as_the_manual_says(void **state) {
    (void)state;
    static const struct expectation list[] = {
        {"CTLR", MODEL_GICR, 0x0000, 4, ~0u, 0},
        {"IIDR", MODEL_GICR, 0x0004, 4, ~0u, 0x43b},
        {"TYPER", MODEL_GICR, 0x0008, 8, ~0ull, 0x10},
        {"TYPER, low half", MODEL_GICR, 0x0008, 4, ~0u, 0x10},
        {"TYPER, high half", MODEL_GICR, 0x000c, 4, ~0u, 0},
        {"STATUSR", MODEL_GICR, 0x0010, 4, ~0u, 0},
        {"WAKER asleep", MODEL_GICR, 0x0014, 4, 2, 6},
        {"WAKER awake", MODEL_GICR, 0x0014, 4, 0, 0},
        {"WAKER: ChildrenAsleep is read-only", MODEL_GICR, 0x0014, 4, 4, 0},
        {"PROPBASER", MODEL_GICR, 0x0070, 8, ~0ull, 0},
        {"PENDBASER", MODEL_GICR, 0x0078, 8, ~0ull, 0},
        {"SYNCR", MODEL_GICR, 0x00c0, 4, ~0u, 0},
        {"PIDR0", MODEL_GICR, 0xffe0, 4, 0, 0x93},
        {"PIDR2", MODEL_GICR, 0xffe8, 4, 0, 0x3b},
        {"IGROUPR0", MODEL_GICR, SGI + 0x080, 4, 0xffff0000, 0xffff0000},
        {"IGROUPR1", MODEL_GICR, SGI + 0x084, 4, ~0u, 0},
        {"ISENABLER0", MODEL_GICR, SGI + 0x100, 4, 0x08000001, 0x08000001},
        {"ICENABLER0", MODEL_GICR, SGI + 0x180, 4, 0x00000001, 0x08000000},
        {"ISPENDR0", MODEL_GICR, SGI + 0x200, 4, 0x00100001, 0x00100001},
        {"ICPENDR0", MODEL_GICR, SGI + 0x280, 4, 0x00000001, 0x00100000},
        {"ISACTIVER0", MODEL_GICR, SGI + 0x300, 4, 0x00200002, 0x00200002},
        {"ICACTIVER0", MODEL_GICR, SGI + 0x380, 4, 0x00200000, 0x00000002},
        {"IPRIORITYR0", MODEL_GICR, SGI + 0x400, 4, ~0u, 0xf8f8f8f8},
        {"IPRIORITYR7, byte", MODEL_GICR, SGI + 0x41f, 1, 0xa5, 0xa0},
        {"IPRIORITYR8", MODEL_GICR, SGI + 0x420, 4, ~0u, 0},
        {"ICFGR0", MODEL_GICR, SGI + 0xc00, 4, 0, 0xaaaaaaaa},
        {"ICFGR1", MODEL_GICR, SGI + 0xc04, 4, 0x000000ff, 0x000000aa},
        {"ICFGR2", MODEL_GICR, SGI + 0xc08, 4, ~0u, 0},
        {"IGRPMODR0", MODEL_GICR, SGI + 0xd00, 4, ~0u, 0},
        {"NSACR", MODEL_GICR, SGI + 0xe00, 4, ~0u, 0},
        {"SGI_base has no ID block", MODEL_GICR, SGI + 0xffe8, 4, 0, 0},
    };
    model_start(3);
    assert_int_equal(model_read32(MODEL_GICR + 0x14), 6);
    CHECK_EXPECTATIONS(list);
}

static void last_block_ends_at_the_special_intids(void **state) {
    (void)state;
    model_start(2);
    model.config.interrupt_count = 1024;
    bus_init(&model.vm.bus);
    assert_null(irq_controller_create(&model.vm));
    irq_controller_reset(&model.vm);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_TYPER), 31);
    model_write32(MODEL_GICD + VGIC_ISENABLER + 4 * 31, ~0u);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISENABLER + 4 * 31), 0x0fffffff);
    model_write32(MODEL_GICD + VGIC_IPRIORITYR + 1020, ~0u);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_IPRIORITYR + 1020), 0);
    irq_set_level(&model.vm, 1019, true);
    irq_set_level(&model.vm, 1020, true);
    irq_set_level(&model.vm, 4000, true);
    irq_set_level(&model.vm, 27, true);
    model_write32(MODEL_GICD, 1);
    assert_int_equal(model_acknowledge(), 1019);
    assert_int_equal(model_acknowledge(), MODEL_SPURIOUS);
    model_check();
}

static void configurations_that_cannot_be_are_refused(void **state) {
    (void)state;
    model_start(3);
    model.config.gic_version = 4;
    assert_non_null(irq_controller_create(&model.vm));
    model.config.gic_version = 3;
    model.config.vcpu_count = VM_MAX_VCPUS + 1;
    assert_non_null(irq_controller_create(&model.vm));
    model.config.vcpu_count = 1;
    model.config.interrupt_count = 63;
    assert_non_null(irq_controller_create(&model.vm));
    model.config.interrupt_count = 1025;
    assert_non_null(irq_controller_create(&model.vm));
    model.config.interrupt_count = 64;
    model.config.vtimer_irq = 32;
    assert_non_null(irq_controller_create(&model.vm));
    model.config.vtimer_irq = 27;
    assert_non_null(irq_controller_create(&model.vm)); // its addresses are taken already
}

// Every offset and size of each region, three values each, with interrupts coming and going.
static void no_access_does_harm(void **state) {
    (void)state;
    static const uint64_t values[] = {0, ~0ull, 0x5a5aa5a500ff0180};
    for (unsigned version = 2; version <= 3; version++) {
        model_start_ready(version);
        for (unsigned r = 0; r < model.vm.bus.count; r++) {
            const struct bus_region *region = &model.vm.bus.regions[r];
            for (uint64_t offset = 0; offset < region->size; offset++) {
                for (unsigned bytes = 1; bytes <= 8; bytes *= 2) {
                    if (offset % bytes || !(region->sizes & bytes))
                        continue;
                    for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
                        uint64_t value = bytes == 8 ? values[v] : values[v] & ((1ull << 8 * bytes) - 1);
                        model_write(region->ipa + offset, bytes, value);
                        (void)model_read(region->ipa + offset, bytes);
                    }
                }
                if (offset % 16 == 0) {
                    irq_set_level(&model.vm, 32 + offset / 16 % 96, offset & 0x1000);
                    unsigned intid = model_acknowledge();
                    if (intid != MODEL_SPURIOUS)
                        model_end(intid);
                    model_check();
                }
            }
        }
    }
}

// EOI mode 1 on GICv2: what GICC_DIR names is no longer active, wherever it is.
static void dir_of_gicv2_deactivates(void **state) {
    (void)state;
    model_start_ready(2);
    irq_pulse(&model.vm, 40);
    assert_int_equal(model_acknowledge(), 40);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISACTIVER + 4), 1u << 8);
    model_write32(MODEL_GICC + 0x1004, 40);
    model_write32(MODEL_GICC + 0x1000, 41);
    model_write32(MODEL_GICC + 0x1000, 1023);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISACTIVER + 4), 1u << 8);
    model_write32(MODEL_GICC + 0x1000, 40);
    assert_int_equal(model_read32(MODEL_GICD + VGIC_ISACTIVER + 4), 0);
    assert_int_equal(model_find(40), -1);
    assert_int_equal(model_read32(MODEL_GICC + 0x1000), 0);
    irq_pulse(&model.vm, 40);
    assert_int_equal(model_acknowledge(), 40);
    model_check();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dir_of_gicv2_deactivates),
        cmocka_unit_test(gicv2_reads_as_the_manual_says),
        cmocka_unit_test(gicv3_distributor_reads_as_the_manual_says),
        cmocka_unit_test(redistributor_reads_as_the_manual_says),
        cmocka_unit_test(last_block_ends_at_the_special_intids),
        cmocka_unit_test(configurations_that_cannot_be_are_refused),
        cmocka_unit_test(no_access_does_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
