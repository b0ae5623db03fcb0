// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Virtual interrupts, active priorities, timers, breakpoints and watchpoints stay with their vCPU, and do not
// survive it: neither another guest, nor one in the same memory, nor a thread without a vCPU meets them.
#include "cpu_interface.h"

enum { TIMER = 27, PHYSICAL_TIMER = 30, TIMER_VIRQ = 30, MASK_NATIVE = 4 };
enum { EC_BREAKPOINT = 0x31, EC_WATCHPOINT = 0x35 };

static volatile word got[8];

// --- the guest's CPU interface

static void guest_enable(word argument) {
    (void)argument;
    enable();
}
static void guest_look(word argument) {
    (void)argument;
    enable();
    got[0] = highest_pending();
    got[1] = running_priority();
}
static void guest_take(word argument) {
    (void)argument;
    enable();
    got[0] = acknowledge();
    got[1] = running_priority();
}

static word inject(struct vm vm, word irq, word priority, word index) {
    return vcpu_inject(vm.vcpu, injection(irq, priority, index));
}

static void idle_run(word argument) {
    (void)argument;
    raw_yield();
    thread_end();
}

#define EXPECT_NOTHING(vm)                                                                                   \
    do {                                                                                                     \
        EXPECT(vm_call(vm, (void *)guest_look, 0));                                                          \
        EXPECT_EQUAL(got[0], NO_INTERRUPT);                                                                  \
        EXPECT_EQUAL(got[1], IDLE_PRIORITY);                                                                 \
        EXPECT(vm_call(vm, (void *)guest_take, 0));                                                          \
        EXPECT_EQUAL(got[0], NO_INTERRUPT);                                                                  \
    } while (0)

static word untyped, slot;
static struct vm vm_in_used_memory(void) {
    if (!untyped) {
        untyped = new_object(T_UNTYPED, 12);
        slot = new_slot();
    }
    if (untyped_retype(untyped, S_CNODE, T_VCPU, 0, 0, 0, slot, 1))
        fail_at(__FILE_NAME__, __LINE__, "retype", reply.label, 0);
    return vm_make(slot);
}

static void a_pending_interrupt_stays_with_its_vcpu(void) {
    struct vm owner = vm_new(), other = vm_new();
    EXPECT(vm_call(owner, (void *)guest_enable, 0));
    EXPECT_OK(inject(owner, 40, 4, 0));
    EXPECT(vm_call(owner, (void *)guest_look, 0));
    EXPECT_EQUAL(got[0], 40);
    EXPECT_NOTHING(other);
    EXPECT_NOTHING(vm_new());
    EXPECT(vm_call(owner, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], 40);
}

// While it is active, less urgent ones wait; those of another guest do not.
static void an_active_interrupts_priority_stays_with_its_vcpu(void) {
    struct vm owner = vm_new(), other = vm_new();
    EXPECT_OK(inject(owner, 40, 4, 0));
    EXPECT(vm_call(owner, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], 40);
    EXPECT_EQUAL(got[1], 4 << 3);
    EXPECT_OK(inject(owner, 41, 20, 1));
    EXPECT(vm_call(owner, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], NO_INTERRUPT);
    EXPECT_NOTHING(other);
    EXPECT_OK(inject(other, 42, 20, 1));
    EXPECT(vm_call(other, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], 42);
    EXPECT_EQUAL(got[1], 20 << 3);
    EXPECT(vm_call(owner, (void *)guest_look, 0));
    EXPECT_EQUAL(got[1], 4 << 3);
}

static void interrupts_do_not_survive_their_vcpu(void) {
    struct vm vm = vm_in_used_memory();
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(inject(vm, 40, 4, 0));
        EXPECT_OK(inject(vm, 41, 2, 1));
        EXPECT(vm_call(vm, (void *)guest_take, 0));
        EXPECT_EQUAL(got[0], 41); // active; 40 is pending
        EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
        if (i) // another one is loaded before
            EXPECT_NOTHING(vm_new());
        vm = vm_in_used_memory();
        EXPECT_NOTHING(vm);
    }
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
}

// --- the virtual timer

static word counter(void) {
    word now;
    __asm__ volatile("yield\n\tmrs %0, cntvct_el0" : "=r"(now));
    return now;
}

// Which timer: the virtual or the EL1 physical one.
static bool physical;

static void set_timer(word ticks) {
    word now;
    if (physical)
        __asm__ volatile("mrs %0, cntpct_el0\n\tadd %0, %0, %1\n\tmsr cntp_cval_el0, %0\n\t"
                         "msr cntp_ctl_el0, %2\n\tisb"
                         : "=&r"(now)
                         : "r"(ticks), "r"(1ull));
    else
        __asm__ volatile("mrs %0, cntvct_el0\n\tadd %0, %0, %1\n\tmsr cntv_cval_el0, %0\n\t"
                         "msr cntv_ctl_el0, %2\n\tisb"
                         : "=&r"(now)
                         : "r"(ticks), "r"(1ull));
}

// Sets the timer `ticks` ahead; 0: none. Spins for 4,000 ticks with interrupts unmasked.
static void guest_timer(word ticks) {
    enable();
    word now = counter();
    if (ticks)
        set_timer(ticks);
    __asm__ volatile("msr daifclr, #2");
    while (counter() - now < 4000)
        ;
    __asm__ volatile("msr daifset, #2");
    if (vm_trap.irqs)
        got[0] = acknowledge();
}

// Without waiting for it.
static void guest_arm_timer(word ticks) {
    set_timer(ticks);
}

static word bind_timer(struct vm vm) {
    if (physical)
        vm_check(raw_invoke(vm.vcpu, 0x1000, CAPS(), WORDS(MASK_NATIVE)));
    return raw_invoke(vm.vcpu, 0x1003, CAPS(), WORDS(physical ? PHYSICAL_TIMER : TIMER, TIMER_VIRQ, 0x80));
}

static void a_timer_that_runs_stays_with_its_vcpu(void) {
    struct vm owner = vm_new(), other = vm_new();
    EXPECT_OK(bind_timer(owner));
    EXPECT_OK(bind_timer(other));
    EXPECT(vm_call(owner, (void *)guest_arm_timer, 1000)); // due while the other runs
    vm_trap.irqs = 0;
    EXPECT(vm_call(other, (void *)guest_timer, 0));
    EXPECT_EQUAL(vm_trap.irqs, 0);
    EXPECT(vm_call(vm_new(), (void *)guest_timer, 0)); // not bound: no VPPIEvent either
    EXPECT_EQUAL(vm_trap.irqs, 0);
    EXPECT(vm_call(owner, (void *)guest_timer, 0));
    EXPECT_EQUAL(vm_trap.irqs, 1);
    EXPECT_EQUAL(got[0], TIMER_VIRQ);
}

// The interrupt is in the owner's list register, and active at the real interrupt controller: the other's own
// timer comes all the same.
static void a_timer_that_is_due_does_not_hold_back_anothers(void) {
    struct vm owner = vm_in_used_memory(), other = vm_new();
    EXPECT_OK(bind_timer(owner));
    EXPECT(vm_call(owner, (void *)guest_timer, 100));
    EXPECT_EQUAL(got[0], TIMER_VIRQ); // not ended
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(bind_timer(other));
        vm_trap.irqs = 0;
        EXPECT(vm_call(other, (void *)guest_timer, 1000));
        EXPECT_EQUAL(vm_trap.irqs, 1);
        EXPECT_EQUAL(got[0], TIMER_VIRQ);
        other = vm_new();
    }
    EXPECT_OK(bind_timer(other));
    // With the interrupt in flight the owner goes.
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    vm_trap.irqs = 0;
    EXPECT(vm_call(other, (void *)guest_timer, 1000));
    EXPECT_EQUAL(vm_trap.irqs, 1);
    struct vm next = vm_in_used_memory();
    vm_trap.irqs = 0;
    EXPECT(vm_call(next, (void *)guest_timer, 0)); // it set none
    EXPECT_EQUAL(vm_trap.irqs, 0);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
}

static void an_unbound_timer_does_not_survive_its_vcpu(void) {
    struct vm vm = vm_in_used_memory();
    EXPECT(vm_call(vm, (void *)guest_arm_timer, 1000));
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    thread_start(new_thread(idle_run, 0, 0));
    wait_thread_end();
    EXPECT(vm_call(vm_new(), (void *)guest_timer, 0));
    EXPECT(vm_call(vm_in_used_memory(), (void *)guest_timer, 0));
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
}

static void with_physical_timer(void (*test)(void)) {
    physical = true;
    test();
    physical = false;
}

static void a_physical_timer_that_runs_stays_with_its_vcpu(void) {
    with_physical_timer(a_timer_that_runs_stays_with_its_vcpu);
}

static void a_physical_timer_that_is_due_does_not_hold_back_anothers(void) {
    with_physical_timer(a_timer_that_is_due_does_not_hold_back_anothers);
}

static void an_unbound_physical_timer_does_not_survive_its_vcpu(void) {
    with_physical_timer(an_unbound_timer_does_not_survive_its_vcpu);
}

// --- breakpoints, watchpoints

static volatile word watched[2] __attribute__((aligned(16)));
static volatile word landmarks;

__asm__(".pushsection .text\n.balign 4\n"
        "landmark: nop\n  ret\n"
        ".popsection\n");
void landmark(void);

// Unmasks debug exceptions at EL1, comes past the landmark and writes the watched word.
static void guest_pass(word argument) {
    (void)argument;
    __asm__ volatile("msr oslar_el1, xzr\n\tmsr mdscr_el1, %0\n\tmsr daifclr, #8\n\tisb"
                     :
                     : "r"(1ull << 15 | 1 << 13));
    got[0] = got[1] = 0;
    vm_trap.count = vm_trap.esr = 0;
    landmark();
    got[0] = vm_trap.count ? vm_trap.esr >> 26 : 0;
    vm_trap.count = vm_trap.esr = 0;
    watched[0] = 1;
    got[1] = vm_trap.count ? vm_trap.esr >> 26 : 0;
    __asm__ volatile("msr daifset, #8");
}

static void guest_arm(word argument) {
    __asm__ volatile("msr dbgbvr1_el1, %0\n\tmsr dbgbcr1_el1, %1\n\t"
                     "msr dbgwvr1_el1, %2\n\tmsr dbgwcr1_el1, %3\n\tisb"
                     :
                     : "r"(landmark), "r"(0x1e7ull), "r"(watched), "r"(0x1fffull));
    guest_pass(argument);
}

static void native_pass(word argument) {
    (void)argument;
    landmark();
    watched[0] = 2;
    landmarks++;
    thread_end();
}

#define EXPECT_UNDISTURBED(vm)                                                                               \
    do {                                                                                                     \
        EXPECT(vm_call(vm, (void *)guest_pass, 0));                                                          \
        EXPECT_EQUAL(got[0], 0);                                                                             \
        EXPECT_EQUAL(got[1], 0);                                                                             \
    } while (0)

static void breakpoints_and_watchpoints_stay_with_their_vcpu(void) {
    struct vm owner = vm_in_used_memory(), other = vm_new();
    landmarks = 0;
    EXPECT_UNDISTURBED(other);
    EXPECT(vm_call(owner, (void *)guest_arm, 0));
    EXPECT_EQUAL(got[0], EC_BREAKPOINT);
    EXPECT_EQUAL(got[1], EC_WATCHPOINT);
    thread_start(new_thread(native_pass, 0, 0));
    let_others_run();
    EXPECT_EQUAL(landmarks, 1); // no fault
    EXPECT_UNDISTURBED(other);
    EXPECT_UNDISTURBED(vm_new());
    EXPECT(vm_call(owner, (void *)guest_pass, 0)); // its own are there
    EXPECT_EQUAL(got[0], EC_BREAKPOINT);
    EXPECT_EQUAL(got[1], EC_WATCHPOINT);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
    thread_start(new_thread(native_pass, 0, 0));
    let_others_run();
    EXPECT_EQUAL(landmarks, 2);
    EXPECT_UNDISTURBED(vm_in_used_memory()); // first of all
    EXPECT_UNDISTURBED(other);
    EXPECT_OK(cnode_delete(S_CNODE, slot, ROOT_DEPTH));
}

static const struct test tests[] = {
    TEST(a_pending_interrupt_stays_with_its_vcpu),
    TEST(an_active_interrupts_priority_stays_with_its_vcpu),
    TEST(interrupts_do_not_survive_their_vcpu),
    TEST(a_timer_that_runs_stays_with_its_vcpu),
    TEST(a_timer_that_is_due_does_not_hold_back_anothers),
    TEST(an_unbound_timer_does_not_survive_its_vcpu),
    TEST(a_physical_timer_that_runs_stays_with_its_vcpu),
    TEST(a_physical_timer_that_is_due_does_not_hold_back_anothers),
    TEST(an_unbound_physical_timer_does_not_survive_its_vcpu),
    TEST(breakpoints_and_watchpoints_stay_with_their_vcpu),
};

int main(void) {
    cpu_interface_find();
    RUN(tests);
}
