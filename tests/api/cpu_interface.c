// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a guest sets at its GIC CPU interface (priority mask, binary points, group enables, EOI mode), and its
// active priorities, over switches of the core between vCPUs: each keeps its own, and meets no other's. And
// VCPU_InjectIRQ in the place of an active interrupt (GLACIS_INJECT_EVICT).
#include "cpu_interface.h"

enum { EXIT_MASK = 0x1000, UPDATE = 0x1006, WFX_NATIVE = 4, MAINTENANCE = 7 };
enum { PENDING = 1, ACTIVE = 2, END_EVICTED = 0x1000, END_LOOK = 0x13ff };
#define EVICT (1ull << 40)

static volatile word got[8];

// --- the guest's side

enum { MASK, POINT_0, POINT_1, CONTROL, ENABLES, REGISTERS };
enum { SPLIT = 1, COMMON = 2 }; // of CONTROL: EOI mode 1, one binary point for both groups
// GICC_CTLR.AckCtl (IHI 0048B 4.4.1): one pair of registers for both groups. QEMU 7.2 has no GICV_AIAR.
#define ACK_CTL 4

static void set_control(word control, word enables) {
    word split = control & SPLIT, common = control & COMMON ? 1 : 0;
    if (in_memory) {
        *gicv(0) = (uint32_t)(enables | ACK_CTL | common << 4 | split << 9);
    } else {
        ICC_WRITE("s3_0_c12_c12_4", common | split << 1);
        ICC_WRITE("s3_0_c12_c12_6", enables & 1);
        ICC_WRITE("s3_0_c12_c12_7", enables >> 1);
    }
}

static void guest_set(word values) {
    const word *v = (const word *)values;
    set_control(0, 0);
    if (in_memory) {
        *gicv(4) = (uint32_t)v[MASK];
        *gicv(8) = (uint32_t)v[POINT_0];
        *gicv(0x1c) = (uint32_t)v[POINT_1];
    } else {
        ICC_WRITE("s3_0_c4_c6_0", v[MASK]);
        ICC_WRITE("s3_0_c12_c8_3", v[POINT_0]);
        ICC_WRITE("s3_0_c12_c12_3", v[POINT_1]);
    }
    set_control(v[CONTROL], v[ENABLES]);
}

static void get(volatile word *v) {
    if (in_memory) {
        uint32_t control = *gicv(0);
        v[MASK] = *gicv(4);
        v[POINT_0] = *gicv(8);
        v[POINT_1] = *gicv(0x1c);
        v[CONTROL] = (control >> 9 & SPLIT) | (control >> 3 & COMMON);
        v[ENABLES] = control & 3;
    } else {
        word control = ICC_READ("s3_0_c12_c12_4");
        v[MASK] = ICC_READ("s3_0_c4_c6_0");
        v[POINT_0] = ICC_READ("s3_0_c12_c8_3");
        v[POINT_1] = ICC_READ("s3_0_c12_c12_3");
        v[CONTROL] = (control >> 1 & SPLIT) | (control << 1 & COMMON);
        v[ENABLES] = ICC_READ("s3_0_c12_c12_6") | ICC_READ("s3_0_c12_c12_7") << 1;
    }
}

static void guest_get(word argument) {
    (void)argument;
    get(got);
    got[REGISTERS] = running_priority();
}

static word group; // of what is taken and ended

static void guest_take(word argument) {
    (void)argument;
    if (in_memory)
        got[0] = *gicv(0xc) & 0x3ff;
    else
        got[0] = group ? ICC_READ("s3_0_c12_c12_0") : ICC_READ("s3_0_c12_c8_0");
    got[1] = running_priority();
}

// Whether an interrupt is signalled, as IRQ or FIQ (Arm ARM D17.2.63, ISR_EL1).
static void guest_look(word argument) {
    (void)argument;
    __asm__ volatile("isb");
    got[0] = ICC_READ("isr_el1") & 0xc0;
}

static void guest_end(word virq) {
    if (in_memory)
        *gicv(0x10) = (uint32_t)virq;
    else if (group)
        ICC_WRITE("s3_0_c12_c12_1", virq);
    else
        ICC_WRITE("s3_0_c12_c8_1", virq);
    got[1] = running_priority();
}

static void guest_deactivate(word virq) {
    ICC_WRITE("s3_0_c12_c11_1", virq);
}

// --- the VMM's

static word faults[32], fault_count; // VGICMaintenance

// GLACIS_VCPU_GROUPS.
static word groups(struct vm vm) {
    vm_check(vcpu_read(vm.vcpu, 0xfff));
    return reply.mr[0];
}

// Runs a function of the guest to its end.
static bool run(struct vm vm, void (*code)(word), word argument) {
    for (vm_start(vm, (void *)code, argument);;) {
        struct message m = vm_fault();
        if (info_label(m.info) != MAINTENANCE)
            return info_label(m.info) == 2 && raw_buffer()->msg[12] == VM_END;
        faults[fault_count++ % 32] = m.mr[0];
        vm_answer(0, 0, 0);
    }
}

static word inject(struct vm vm, word irq, word priority, word index) {
    return vcpu_inject(vm.vcpu, irq | priority << 16 | group << 24 | index << 32);
}

static word update(struct vm vm, word virq, word set, word clear) {
    vm_check(raw_invoke(vm.vcpu, UPDATE, CAPS(), WORDS(virq, set, clear)));
    return reply.mr[0];
}

#define EXPECT_TAKES(vm, virq, running)                                                                      \
    do {                                                                                                     \
        EXPECT(run(vm, guest_take, 0));                                                                      \
        EXPECT_EQUAL(got[0], virq);                                                                          \
        EXPECT_EQUAL(got[1], running);                                                                       \
    } while (0)
#define EXPECT_END(vm, virq, running)                                                                        \
    do {                                                                                                     \
        EXPECT(run(vm, guest_end, virq));                                                                    \
        EXPECT_EQUAL(got[1], running);                                                                       \
    } while (0)

static const word usual[] = {0xf8, 2, 3, 0, 3}, usual_split[] = {0xf8, 2, 3, SPLIT, 3};

static struct vm vm_with(const word *values) {
    struct vm vm = vm_new();
    vm_check(!run(vm, guest_set, (word)values));
    return vm;
}

// --- switches

static const word patterns[][REGISTERS] = {{0xf8, 2, 3, 0, 3},
                                           {0x10, 5, 4, SPLIT, 1},
                                           {0xa8, 3, 6, 0, 2},
                                           {0x48, 6, 5, SPLIT, 3},
                                           {0xf0, 4, 3, COMMON, 1}};
#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

// What reads back: with a common binary point the other's register shows it, one more (IHI 0069 12.3.3).
static word expected(const word *values, unsigned i) {
    return i == POINT_1 && values[CONTROL] & COMMON && !in_memory ? values[POINT_0] + 1 : values[i];
}

static void every_register_stays_with_its_vcpu(void) {
    struct vm vms[PATTERNS];
    for (unsigned i = 0; i < PATTERNS; i++)
        vms[i] = vm_with(patterns[i]);
    for (unsigned turn = 0; turn < 3 * PATTERNS; turn++) {
        unsigned i = turn * 2 % PATTERNS;
        EXPECT(run(vms[i], guest_get, 0));
        for (unsigned k = 0; k < REGISTERS; k++)
            EXPECT_EQUAL(got[k], expected(patterns[i], k));
        for (unsigned k = 0; k < PATTERNS; k++) // all but i are not loaded
            EXPECT_EQUAL(groups(vms[k]), patterns[k][ENABLES]);
        if (turn % PATTERNS)
            continue;
        EXPECT(run(vm_new(), guest_get, 0)); // as after a reset
        EXPECT_EQUAL(got[MASK], 0);
        EXPECT_EQUAL(got[CONTROL], 0);
        EXPECT_EQUAL(got[ENABLES], 0);
        EXPECT_EQUAL(got[REGISTERS], IDLE_PRIORITY);
    }
}

static void a_mask_holds_back_its_own_vcpu_alone(void) {
    static const word low[] = {0x40, 2, 3, 0, 3};
    struct vm masked = vm_with(low), open = vm_with(usual);
    EXPECT_OK(inject(masked, 40, 16, 0));
    EXPECT_OK(inject(open, 41, 16, 0));
    EXPECT_TAKES(masked, NO_INTERRUPT, IDLE_PRIORITY);
    EXPECT_TAKES(open, 41, 16 << 3);
    EXPECT_TAKES(masked, NO_INTERRUPT, IDLE_PRIORITY);
    EXPECT(run(masked, guest_set, (word)usual));
    EXPECT_END(open, 41, IDLE_PRIORITY);
    EXPECT_TAKES(masked, 40, 16 << 3);
}

static void a_group_is_off_for_its_own_vcpu_alone(void) {
    for (group = 0; group < 2; group++) {
        const word others[] = {0xf8, 2, 3, 0, group ? 1 : 2};
        struct vm off = vm_with(others), on = vm_with(usual);
        EXPECT_OK(inject(off, 40, 16, 0));
        EXPECT_OK(inject(on, 41, 16, 0));
        for (unsigned turn = 0; turn < 3; turn++) {
            EXPECT(run(off, guest_look, 0));
            EXPECT_EQUAL(got[0], 0);
            EXPECT(run(on, guest_look, 0));
            EXPECT(got[0]);
        }
        EXPECT(run(off, guest_set, (word)usual));
        EXPECT(run(off, guest_look, 0));
        EXPECT(got[0]);
    }
    group = !in_memory;
}

// 0x40 and 0x50 are one group of priorities by the one's binary points, and two by the other's.
static void a_binary_point_is_its_own_vcpus_alone(void) {
    static const word coarse[] = {0xf8, 6, 6, 0, 3};
    struct vm together = vm_with(coarse), apart = vm_with(usual);
    EXPECT_OK(inject(together, 40, 0x50 >> 3, 0));
    EXPECT_OK(inject(apart, 41, 0x50 >> 3, 0));
    EXPECT(run(together, guest_take, 0));
    EXPECT_EQUAL(got[0], 40);
    EXPECT_TAKES(apart, 41, 0x50);
    EXPECT_OK(inject(together, 42, 0x40 >> 3, 1));
    EXPECT_OK(inject(apart, 43, 0x40 >> 3, 1));
    EXPECT(run(together, guest_take, 0));
    EXPECT_EQUAL(got[0], NO_INTERRUPT);
    EXPECT_TAKES(apart, 43, 0x40);
    EXPECT(run(together, guest_take, 0));
    EXPECT_EQUAL(got[0], NO_INTERRUPT);
}

// Nested in turns, and ended in turns.
static void active_priorities_nest_in_each_vcpu(void) {
    for (group = 0; group < 2; group++) {
        struct vm one = vm_with(usual), two = vm_with(usual);
        EXPECT_OK(inject(one, 40, 0x80 >> 3, 0));
        EXPECT_TAKES(one, 40, 0x80);
        EXPECT_OK(inject(two, 50, 0xa0 >> 3, 0));
        EXPECT_TAKES(two, 50, 0xa0);
        EXPECT_OK(inject(one, 41, 0x20 >> 3, 1));
        EXPECT_TAKES(one, 41, 0x20);
        EXPECT_OK(inject(one, 42, 0x60 >> 3, 2));
        EXPECT_TAKES(one, NO_INTERRUPT, 0x20);
        EXPECT_OK(inject(two, 51, 0x60 >> 3, 1));
        EXPECT_TAKES(two, 51, 0x60);
        EXPECT_END(one, 41, 0x80);
        EXPECT_END(two, 51, 0xa0);
        EXPECT_TAKES(one, 42, 0x60);
        EXPECT_END(two, 50, IDLE_PRIORITY);
        EXPECT_END(one, 42, 0x80);
        EXPECT(run(two, guest_get, 0));
        EXPECT_EQUAL(got[REGISTERS], IDLE_PRIORITY);
        EXPECT_END(one, 40, IDLE_PRIORITY);
    }
    group = !in_memory;
}

static void an_eoi_mode_is_its_own_vcpus_alone(void) {
    struct vm split = vm_with(usual_split), one = vm_with(usual);
    EXPECT_OK(inject(split, 40, 4, 0));
    EXPECT_OK(inject(one, 41, 4, 0));
    EXPECT_TAKES(split, 40, 4 << 3);
    EXPECT_TAKES(one, 41, 4 << 3);
    fault_count = 0;
    EXPECT_END(split, 40, IDLE_PRIORITY);
    EXPECT_EQUAL(fault_count, 0);
    EXPECT_END(one, 41, IDLE_PRIORITY);
    EXPECT_EQUAL(fault_count, 1);
    EXPECT_EQUAL(update(split, 40, 0, 0), ACTIVE);
    EXPECT_EQUAL(update(one, 41, 0, 0), 0);
}

// Both run at once, and are preempted anywhere.
enum { CHANGES = 20 };
static volatile struct { word runner, changes, wrong; } shared;
static _Alignas(16) uint8_t stacks[2][1024];

static void guest_watch(word index) {
    word seen[REGISTERS];
    const word *values = patterns[index + 2];
    while (shared.changes < CHANGES && !shared.wrong) {
        guest_set((word)values);
        for (unsigned turn = 0; turn < 1000 && shared.changes < CHANGES; turn++) {
            if (shared.runner != index)
                shared.changes++;
            shared.runner = index;
            get(seen);
            for (unsigned i = 0; i < REGISTERS; i++)
                shared.wrong += seen[i] != values[i];
            shared.wrong += running_priority() != 0x10 + 0x10 * index;
        }
    }
}

static void switches_at_any_time_keep_everything(void) {
    struct vm vms[] = {vm_with(usual), vm_with(usual)};
    shared.changes = shared.wrong = 0;
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(inject(vms[i], 40, 2 + 2 * i, 0));
        EXPECT_TAKES(vms[i], 40, 0x10 + 0x10 * i);
    }
    for (unsigned i = 0; i < 2; i++) {
        vm_start(vms[i], (void *)guest_watch, i);
        EXPECT_OK(vcpu_write(vms[i].vcpu, VM_SP_EL1, (word)(stacks[i] + sizeof(stacks[i]))));
    }
    for (unsigned i = 0; i < 2; i++) {
        struct message m = vm_fault();
        EXPECT_EQUAL(info_label(m.info), 2);
        EXPECT_EQUAL(raw_buffer()->msg[12], VM_END);
    }
    EXPECT(shared.changes >= CHANGES); // one more when the last change came after the other's last look
    EXPECT_EQUAL(shared.wrong, 0);
}

// --- in the place of an active one

static struct vm evicting_vm(const word *values) {
    struct vm vm = vm_with(values);
    vm_check(raw_invoke(vm.vcpu, EXIT_MASK, CAPS(), WORDS(WFX_NATIVE)));
    fault_count = 0;
    return vm;
}

static void without_an_exit_mask_an_active_one_stays(void) {
    struct vm vm = vm_with(usual);
    EXPECT_OK(inject(vm, 40, 8, 0));
    EXPECT_TAKES(vm, 40, 8 << 3);
    EXPECT_EQUAL(inject(vm, 41, 4, EVICT >> 32), DEL);
    EXPECT_EQUAL(update(vm, 40, 0, 0), ACTIVE);
    EXPECT_END(vm, 40, IDLE_PRIORITY);
}

// One list register, eight active interrupts; another vCPU runs in between.
static void nested_ones_end_by_their_number(void) {
    struct vm vm = evicting_vm(usual), other = evicting_vm(usual);
    EXPECT_OK(inject(other, 60, 30, 0));
    EXPECT_TAKES(other, 60, 30 << 3);
    for (word i = 0; i < 8; i++) {
        EXPECT_OK(inject(vm, 40 + i, 20 - i, i ? EVICT >> 32 : 0));
        EXPECT_TAKES(vm, 40 + i, (20 - i) << 3);
        EXPECT(run(other, guest_get, 0));
        EXPECT_EQUAL(got[REGISTERS], 30 << 3);
    }
    for (word i = 8; i-- > 0;) {
        EXPECT_EQUAL(update(vm, 40 + i, 0, 0), ACTIVE);
        EXPECT_END(vm, 40 + i, i ? (21 - i) << 3 : IDLE_PRIORITY);
        EXPECT_EQUAL(update(vm, 40 + i, 0, 0), 0);
        EXPECT_EQUAL(fault_count, 8 - i);
        EXPECT_EQUAL(faults[7 - i], i == 7 ? 0 : END_EVICTED + 40 + i);
        EXPECT(run(other, guest_get, 0));
        EXPECT_EQUAL(got[REGISTERS], 30 << 3);
    }
    EXPECT_END(other, 60, IDLE_PRIORITY);
    EXPECT_EQUAL(faults[8], 0);
}

// EOI mode 1: on a GICv3 the guest's deactivation is told; on a GICv2 it is the VMM that sees it.
static void dropped_ones_end_in_any_order(void) {
    struct vm vm = evicting_vm(usual_split);
    for (word i = 0; i < 8; i++) {
        EXPECT_OK(inject(vm, 40 + i, 10, i ? EVICT >> 32 : 0));
        EXPECT_TAKES(vm, 40 + i, 10 << 3);
        EXPECT_END(vm, 40 + i, IDLE_PRIORITY);
    }
    EXPECT_EQUAL(fault_count, 0);
    for (word n = 0; n < 8; n++) {
        word i = n * 3 % 8;
        EXPECT_EQUAL(update(vm, 40 + i, 0, 0), ACTIVE);
        if (in_memory) {
            EXPECT_EQUAL(update(vm, 40 + i, 0, ACTIVE), ACTIVE);
            EXPECT(run(vm, guest_get, 0));
        } else {
            EXPECT(run(vm, guest_deactivate, 40 + i));
        }
        EXPECT_EQUAL(update(vm, 40 + i, 0, 0), 0);
        if (!in_memory) {
            EXPECT_EQUAL(fault_count, n + 1);
            EXPECT_EQUAL(faults[n], i == 7 ? 0 : END_EVICTED + 40 + i);
        }
    }
}

// What is pending is not evicted; the VMM hears of it when it is taken.
static void a_pending_one_is_taken_first(void) {
    struct vm vm = evicting_vm(usual);
    EXPECT_OK(inject(vm, 40, 8, 0));
    EXPECT_EQUAL(inject(vm, 41, 4, EVICT >> 32), DEL);
    EXPECT_EQUAL(update(vm, 40, 0, 0), PENDING);
    EXPECT_TAKES(vm, 40, 8 << 3);
    EXPECT_EQUAL(fault_count, 1);
    EXPECT_EQUAL(faults[0], END_LOOK);
    EXPECT_OK(inject(vm, 41, 4, EVICT >> 32));
    EXPECT_TAKES(vm, 41, 4 << 3);
    EXPECT_EQUAL(fault_count, 1);
    EXPECT_END(vm, 41, 8 << 3);
    EXPECT_END(vm, 40, IDLE_PRIORITY);
    EXPECT_EQUAL(fault_count, 3);
    EXPECT_EQUAL(faults[1], 0);
    EXPECT_EQUAL(faults[2], END_EVICTED + 40);
}

static void deactivated_by_the_vmm_its_end_is_not_told(void) {
    struct vm vm = evicting_vm(usual);
    EXPECT_OK(inject(vm, 40, 8, 0));
    EXPECT_TAKES(vm, 40, 8 << 3);
    EXPECT_OK(inject(vm, 41, 4, EVICT >> 32));
    EXPECT_TAKES(vm, 41, 4 << 3);
    EXPECT_EQUAL(update(vm, 40, 0, ACTIVE), ACTIVE);
    EXPECT_END(vm, 41, 8 << 3);
    EXPECT_END(vm, 40, IDLE_PRIORITY);
    EXPECT_EQUAL(fault_count, 1);
    EXPECT_EQUAL(faults[0], 0);
}

static const struct test tests[] = {
    TEST(every_register_stays_with_its_vcpu),    TEST(a_mask_holds_back_its_own_vcpu_alone),
    TEST(a_group_is_off_for_its_own_vcpu_alone), TEST(a_binary_point_is_its_own_vcpus_alone),
    TEST(active_priorities_nest_in_each_vcpu),   TEST(an_eoi_mode_is_its_own_vcpus_alone),
    TEST(switches_at_any_time_keep_everything),  TEST(without_an_exit_mask_an_active_one_stays),
    TEST(nested_ones_end_by_their_number),       TEST(dropped_ones_end_in_any_order),
    TEST(a_pending_one_is_taken_first),          TEST(deactivated_by_the_vmm_its_end_is_not_told),
};

int main(void) {
    cpu_interface_find();
    group = !in_memory;
    RUN(tests);
}
