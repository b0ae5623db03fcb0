// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// A guest's time and its performance monitors, as its VMM sees them: the registers of ours, the virtual count
// over a stop, deadlines of guests that wait, who has the private interrupts, what is counted.
#include "vm.h"

enum { SET_MASK = 0x1000, BIND_VPPI = 0x1003, UPDATE = 0x1006 };
enum { MASK_NATIVE = 4, MASK_WFI_WAIT = 64, TIMER = 27, PTIMER = 30, PMU = 23 };
enum { VM_CNTVOFF = 22, GROUPS = 0xfff };
enum { CNTVCT = 0x1000, CNTP_CTL, CNTP_CVAL, PMCR, PMSELR, PMUSERENR, PMCNTEN, PMINTEN };
enum { PMOVS = 0x1008, PMCCNTR, PMCCFILTR, PMEVCNTR0, PMEVTYPER0 = 0x1010, FIELDS_END = 0x1015 };
enum { PMCR_E = 1, PMCR_LC = 0x40, EVENT_RETIRED = 8, EVENT_CYCLES = 0x11 };
#define ALL_COUNTERS (1ull << 31 | 7)
#define FREQUENCY    62500000ull
#define MILLISECOND  (FREQUENCY / 1000)

static volatile word got[8];

static word read(struct vm vm, word field) {
    vm_check(vcpu_read(vm.vcpu, field));
    return reply.mr[0];
}

static word write(struct vm vm, word field, word value) {
    return vcpu_write(vm.vcpu, field, value);
}

static void run_on(void) {
    for (volatile unsigned i = 0; i < 600000; i++)
        ;
}

// The guest's counters: got[0] the virtual, got[1] the physical.
static void guest_counts(word argument) {
    (void)argument;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(got[0]));
    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(got[1]));
}

static void fields_of_ours_have_their_range(void) {
    struct vm vm = vm_new();
    static const word bad[] = {24, 0xffe, FIELDS_END, ~0ull};
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_ERROR1(vcpu_read(vm.vcpu, bad[i]), IA, 1);
        EXPECT_ERROR1(write(vm, bad[i], 0), IA, 1);
    }
    EXPECT_EQUAL(read(vm, GROUPS), 0);
    EXPECT_ERROR1(write(vm, GROUPS, 0), IA, 1); // read only
    EXPECT_OK(write(vm, CNTP_CTL, 2));          // not loaded
    EXPECT_OK(write(vm, CNTP_CVAL, 0x1234));
    EXPECT_EQUAL(read(vm, CNTP_CTL), 2);
    EXPECT_EQUAL(read(vm, CNTP_CVAL), 0x1234);
    EXPECT(vm_call(vm, (void *)guest_counts, 0)); // loaded
    EXPECT_EQUAL(read(vm, CNTP_CTL) & 3, 2);
    EXPECT_EQUAL(read(vm, CNTP_CVAL), 0x1234);
    EXPECT_OK(write(vm, CNTP_CTL, 3));
    EXPECT_EQUAL(read(vm, CNTP_CTL), 7); // long due, and masked
    EXPECT(vm_call(vm_new(), (void *)guest_counts, 0));
    EXPECT_EQUAL(read(vm, CNTP_CTL), 7);
    EXPECT_OK(write(vm, CNTP_CVAL, ~0ull));
    EXPECT_EQUAL(read(vm, CNTP_CTL), 3);
}

static void the_count_begins_where_it_is_told(void) {
    struct vm vm = vm_new();
    EXPECT_OK(write(vm, VM_CNTVOFF, ~0ull));
    EXPECT_EQUAL(read(vm, CNTVCT), 0);
    EXPECT(vm_call(vm, (void *)guest_counts, 0));
    EXPECT(got[0] < MILLISECOND);
    EXPECT(read(vm, CNTVCT) >= got[0]);
    EXPECT_EQUAL((got[1] - got[0] - read(vm, VM_CNTVOFF)) >> 10, 0);
    for (unsigned loaded = 0; loaded < 2; loaded++) {
        EXPECT_OK(write(vm, CNTVCT, 1ull << 40));
        EXPECT_EQUAL(read(vm, CNTVCT), 1ull << 40); // stands till the guest is entered
        run_on();
        EXPECT_EQUAL(read(vm, CNTVCT), 1ull << 40);
        if (loaded)
            EXPECT(vm_call(vm_new(), vm_end, 0)); // no longer
        EXPECT(vm_call(vm, (void *)guest_counts, 0));
        EXPECT(got[0] - (1ull << 40) < MILLISECOND);
    }
    EXPECT_OK(write(vm, CNTVCT, 5));
    EXPECT_OK(write(vm, VM_CNTVOFF, ~0ull)); // from 0 after all
    EXPECT_EQUAL(read(vm, CNTVCT), 0);
}

// A stop is time of the guest's, or none, as its VMM wants it; the physical count runs on.
static void a_stop_is_time_or_none(void) {
    struct vm vm = vm_new();
    EXPECT(vm_call(vm, (void *)guest_counts, 0));
    word virtual = got[0], real = got[1];
    EXPECT_OK(tcb_suspend(vm.thread->tcb));
    run_on();
    EXPECT(vm_call(vm, (void *)guest_counts, 0));
    EXPECT(got[0] - virtual >= MILLISECOND);
    EXPECT((got[0] - virtual - (got[1] - real) + 1024) >> 11 == 0);
    virtual = got[0], real = got[1];
    EXPECT_OK(tcb_suspend(vm.thread->tcb));
    word stopped = read(vm, CNTVCT);
    EXPECT(stopped >= virtual && stopped - virtual < MILLISECOND);
    run_on();
    EXPECT_OK(write(vm, CNTVCT, stopped));
    EXPECT(vm_call(vm, (void *)guest_counts, 0));
    EXPECT(got[0] >= stopped && got[0] - stopped < MILLISECOND);
    EXPECT(got[1] - real >= MILLISECOND);
}

// Sets the virtual timer so far ahead, and waits for it in WFI: got[2] is how late it comes.
static void guest_set(word ticks) {
    word now;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now));
    got[3] = now + ticks;
    __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb" : : "r"(now + ticks), "r"(1ull));
}
static void guest_wait(word argument) {
    volatile word now, control;
    (void)argument;
    do {
        __asm__ volatile("wfi\n\tisb\n\tmrs %0, cntvct_el0\n\tmrs %1, cntv_ctl_el0"
                         : "=r"(now), "=r"(control));
    } while (!(control & 4));
    __asm__ volatile("msr cntv_ctl_el0, xzr\n\tisb");
    got[2] = now - got[3];
}

static void a_deadline_set_before_a_stop_comes_when_it_is_due(void) {
    for (unsigned mask = MASK_NATIVE; mask <= MASK_WFI_WAIT; mask += MASK_WFI_WAIT - MASK_NATIVE) {
        struct vm vm = vm_new();
        EXPECT_OK(raw_invoke(vm.vcpu, SET_MASK, CAPS(), WORDS(mask)));
        EXPECT_OK(raw_invoke(vm.vcpu, BIND_VPPI, CAPS(), WORDS(TIMER, TIMER, 0x80)));
        EXPECT(vm_call(vm, (void *)guest_set, 2 * MILLISECOND));
        word stopped = read(vm, CNTVCT);
        run_on(); // longer than the deadline
        EXPECT_OK(write(vm, CNTVCT, stopped));
        word before = got[3];
        EXPECT(vm_call(vm, (void *)guest_wait, 0));
        EXPECT_EQUAL(before, got[3]);
        EXPECT(got[2] < MILLISECOND);
    }
}

// Waits in WFI for the physical timer: got[argument] is how late it comes.
static void guest_sleep(word argument) {
    volatile word now, control;
    word start, ticks = (argument + 1) * MILLISECOND;
    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(start));
    __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
                     :
                     : "r"(start + ticks), "r"(1ull));
    do {
        __asm__ volatile("wfi\n\tisb\n\tmrs %0, cntpct_el0\n\tmrs %1, cntp_ctl_el0"
                         : "=r"(now), "=r"(control));
    } while (!(control & 4));
    __asm__ volatile("msr cntp_ctl_el0, xzr\n\tisb");
    got[argument] = now - start - ticks;
}

// Two guests, of which at most one has its timer in the hardware; the kernel watches the other's.
static void a_physical_timer_ends_the_wfi_of_its_own_guest(void) {
    struct vm vms[2] = {vm_new(), vm_new()};
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(raw_invoke(vms[i].vcpu, SET_MASK, CAPS(), WORDS(MASK_WFI_WAIT)));
        EXPECT_OK(raw_invoke(vms[i].vcpu, BIND_VPPI, CAPS(), WORDS(PTIMER, PTIMER, 0x80)));
        got[i] = ~0ull;
    }
    vm_start(vms[0], (void *)guest_sleep, 0);
    vm_start(vms[1], (void *)guest_sleep, 1);
    for (unsigned i = 0; i < 2; i++)
        EXPECT_EQUAL(info_label(vm_fault().info), 2);
    EXPECT(got[0] < MILLISECOND / 2);
    EXPECT(got[1] < MILLISECOND / 2);
}

static word issue(word irq, word slot) {
    return irq_get(irq, S_CNODE, slot, ROOT_DEPTH);
}

// 30 and 23 have a handler, as the standard has it, or are the vCPUs' that asked for them.
static void a_private_interrupt_has_a_handler_or_vcpus(void) {
    static const word irqs[] = {PTIMER, PMU};
    for (unsigned i = 0; i < 2; i++) {
        word first = new_object(T_VCPU, 0), second = new_object(T_VCPU, 0), slot = new_slot();
        EXPECT_ERROR1(vcpu_ack_vppi(first, irqs[i]), IA, 0); // without an exit mask: not known
        EXPECT_ERROR1(raw_invoke(first, BIND_VPPI, CAPS(), WORDS(irqs[i], 16, 0)), IA, 0);
        EXPECT_OK(raw_invoke(first, SET_MASK, CAPS(), WORDS(MASK_NATIVE)));
        EXPECT_OK(raw_invoke(second, SET_MASK, CAPS(), WORDS(MASK_NATIVE)));
        EXPECT_OK(issue(irqs[i], slot));
        EXPECT_EQUAL(vcpu_ack_vppi(first, irqs[i]), REV);
        EXPECT_EQUAL(raw_invoke(first, BIND_VPPI, CAPS(), WORDS(irqs[i], 16, 0)), REV);
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
        EXPECT_ERROR2(raw_invoke(first, BIND_VPPI, CAPS(), WORDS(irqs[i], 15, 0)), RNG, 16, 1019);
        EXPECT_OK(issue(irqs[i], slot)); // the error has claimed nothing
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
        EXPECT_OK(vcpu_ack_vppi(first, irqs[i]));
        EXPECT_EQUAL(issue(irqs[i], slot), REV);
        EXPECT_OK(raw_invoke(second, BIND_VPPI, CAPS(), WORDS(irqs[i], 40, 0)));
        EXPECT_OK(raw_invoke(second, BIND_VPPI, CAPS(), WORDS(irqs[i], 41, 0)));
        EXPECT_ERROR1(raw_invoke(second, 0x1002, CAPS(), WORDS(40)), IA, 0);
        EXPECT_OK(cnode_delete(S_CNODE, first, ROOT_DEPTH));
        EXPECT_EQUAL(issue(irqs[i], slot), REV);
        EXPECT_OK(raw_invoke(second, 0x1002, CAPS(), WORDS(41)));
        EXPECT_EQUAL(issue(irqs[i], slot), REV); // it may have it again
        EXPECT_OK(cnode_delete(S_CNODE, second, ROOT_DEPTH));
        EXPECT_OK(issue(irqs[i], slot));
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    }
}

static void guest_fire(word argument) {
    (void)argument;
    __asm__ volatile("msr cntp_cval_el0, xzr\n\tmsr cntp_ctl_el0, %0\n\tisb\n\tnop\n\tnop" : : "r"(1ull));
}

// Unbound, a private interrupt that was acknowledged is an event, once till it is acknowledged again.
static void an_unbound_private_interrupt_is_an_event(void) {
    struct vm vm = vm_new();
    EXPECT(vm_call(vm, (void *)guest_fire, 0)); // not claimed: nobody hears of it
    EXPECT_OK(raw_invoke(vm.vcpu, SET_MASK, CAPS(), WORDS(MASK_NATIVE)));
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(vcpu_ack_vppi(vm.vcpu, PTIMER));
        vm_start(vm, (void *)guest_fire, 0);
        struct message m = vm_fault();
        EXPECT_EQUAL(info_label(m.info), 9);
        EXPECT_EQUAL(m.mr[0], PTIMER);
        vm_answer(0, 0, 0);
        EXPECT_EQUAL(info_label(vm_fault().info), 2); // its end: no second event
    }
}

// --- performance monitors

static bool has_monitors(struct vm vm) {
    vm_check(write(vm, PMCCNTR, 1));
    bool has = read(vm, PMCCNTR) == 1;
    if (!has)
        skip("the CPU has no PMU");
    vm_check(write(vm, PMCCNTR, 0));
    return has;
}

static void monitors_keep_what_a_guest_may_set(void) {
    struct vm vm = vm_new();
    if (!has_monitors(vm))
        return;
    static const struct {
        word field, kept;
    } fields[] = {{PMCR, 0x79},
                  {PMSELR, 31},
                  {PMUSERENR, 15},
                  {PMCNTEN, ALL_COUNTERS},
                  {PMINTEN, ALL_COUNTERS},
                  {PMOVS, ALL_COUNTERS},
                  {PMCCNTR, ~0ull},
                  {PMCCFILTR, 3ull << 30},
                  {PMEVCNTR0, 0xffffffff},
                  {PMEVCNTR0 + 2, 0xffffffff},
                  {PMEVCNTR0 + 3, 0},
                  {PMEVTYPER0 + 3, 0}};
    for (unsigned loaded = 0; loaded < 2; loaded++) {
        for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            EXPECT_OK(write(vm, fields[i].field, ~0ull));
            EXPECT_EQUAL(read(vm, fields[i].field), fields[i].kept);
            EXPECT_OK(write(vm, fields[i].field, 0));
            EXPECT_EQUAL(read(vm, fields[i].field), 0);
        }
        EXPECT_OK(write(vm, PMEVTYPER0, 0xfe000000 | EVENT_CYCLES)); // no filter lets EL2 in
        EXPECT_EQUAL(read(vm, PMEVTYPER0), 0xc0000000 | EVENT_CYCLES);
        EXPECT_OK(write(vm, PMEVTYPER0, 0));
        EXPECT(vm_call(vm, vm_end, 0));
    }
}

static void guest_count(word argument) {
    (void)argument;
    __asm__ volatile("msr pmevtyper0_el0, %0\n\tmsr pmevtyper1_el0, %1\n\tmsr pmcntenset_el0, %2\n\t"
                     "msr pmcr_el0, %3\n\tisb"
                     :
                     : "r"(1ull << 31 | EVENT_RETIRED), "r"((word)EVENT_CYCLES), "r"(ALL_COUNTERS),
                       "r"((word)(PMCR_E | PMCR_LC)));
}

static void guest_look(word argument) {
    (void)argument;
    __asm__ volatile("mrs %0, pmevcntr0_el0" : "=r"(got[0]));
    __asm__ volatile("mrs %0, pmevcntr1_el0" : "=r"(got[1]));
    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(got[2]));
    __asm__ volatile("mrs %0, pmcr_el0" : "=r"(got[3]));
}

// What threads and other guests do is not counted, be it at EL0 as this.
static void monitors_count_their_guest_alone(void) {
    struct vm vm = vm_new(), other = vm_new();
    if (!has_monitors(vm))
        return;
    EXPECT(vm_call(vm, (void *)guest_count, 0));
    word retired = read(vm, PMEVCNTR0), events = read(vm, PMEVCNTR0 + 1), cycles = read(vm, PMCCNTR);
    run_on();
    EXPECT_EQUAL(read(vm, PMEVCNTR0), retired);
    EXPECT_EQUAL(read(vm, PMEVCNTR0 + 1), events);
    EXPECT_EQUAL(read(vm, PMCCNTR), cycles);
    EXPECT(vm_call(other, (void *)guest_look, 0));
    EXPECT_EQUAL(got[0] | got[1] | got[2], 0);
    EXPECT_EQUAL(got[3] & 0xffff, 3 << 11);
    EXPECT_EQUAL(read(vm, PMEVCNTR0), retired);
    EXPECT_EQUAL(read(vm, PMCCNTR), cycles);
    EXPECT(vm_call(vm, (void *)guest_look, 0));
    EXPECT_EQUAL(got[0], 0); // it has run nothing at EL0
    EXPECT(got[2] > cycles);
    EXPECT(got[2] - cycles < MILLISECOND);
}

static void monitors_overflow_into_their_own_guest(void) {
    struct vm vm = vm_new(), other = vm_new();
    if (!has_monitors(vm))
        return;
    for (unsigned i = 0; i < 2; i++) {
        word vcpu = i ? other.vcpu : vm.vcpu;
        EXPECT_OK(raw_invoke(vcpu, SET_MASK, CAPS(), WORDS(MASK_NATIVE)));
        EXPECT_OK(raw_invoke(vcpu, BIND_VPPI, CAPS(), WORDS(PMU, PMU, 0x80)));
    }
    EXPECT_OK(write(vm, PMINTEN, 1ull << 31));
    EXPECT_OK(write(vm, PMOVS, 1ull << 31));
    EXPECT_OK(write(vm, PMCR, PMCR_E | PMCR_LC));
    EXPECT(vm_call(other, (void *)guest_counts, 0));
    EXPECT_OK(raw_invoke(other.vcpu, UPDATE, CAPS(), WORDS(PMU, 0, 0)));
    EXPECT_EQUAL(reply.mr[0], 0);
    EXPECT(vm_call(vm, (void *)guest_counts, 0));
    EXPECT_OK(raw_invoke(vm.vcpu, UPDATE, CAPS(), WORDS(PMU, 0, 0)));
    EXPECT_EQUAL(reply.mr[0], 1); // pending
    EXPECT(vm_call(other, (void *)guest_counts, 0));
    EXPECT_OK(raw_invoke(other.vcpu, UPDATE, CAPS(), WORDS(PMU, 0, 0)));
    EXPECT_EQUAL(reply.mr[0], 0);
    EXPECT_OK(write(vm, PMOVS, 0));
    EXPECT(vm_call(vm, (void *)guest_counts, 0));
    EXPECT_OK(raw_invoke(vm.vcpu, UPDATE, CAPS(), WORDS(PMU, 0, 0)));
    EXPECT_EQUAL(reply.mr[0], 0); // withdrawn with its line
}

static const struct test tests[] = {
    TEST(a_private_interrupt_has_a_handler_or_vcpus), // first: no vCPU has one
    TEST(fields_of_ours_have_their_range),
    TEST(the_count_begins_where_it_is_told),
    TEST(a_stop_is_time_or_none),
    TEST(a_deadline_set_before_a_stop_comes_when_it_is_due),
    TEST(a_physical_timer_ends_the_wfi_of_its_own_guest),
    TEST(an_unbound_private_interrupt_is_an_event),
    TEST(monitors_keep_what_a_guest_may_set),
    TEST(monitors_count_their_guest_alone),
    TEST(monitors_overflow_into_their_own_guest),
};

int main(void) {
    RUN(tests);
}
