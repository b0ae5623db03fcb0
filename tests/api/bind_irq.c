// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Interrupts bound to a vCPU (VCPU_BindIRQ): errors and their order, and what the guest gets in every state
// of line, mask, binding and objects. The line is that of tests/api/line.h; others are set pending in the
// machine's GIC.
#include "line.h"

enum { BIND = 0x1001, UNBIND = 0x1002, BIND_VPPI = 0x1003, UPDATE = 0x1006, RESET = 0x1007 };
enum { STATISTICS = 0x1004, EXIT_IRQ = 0, EXIT_PREEMPT = 8, EXITS = 10, STORM = 20000 };
enum { PENDING = 1, ACTIVE = 2, ENABLED = 4, TIMER = 27 };
enum { VIRQ = 50, SPARE = 100, MOST = 45, LOAD_ROUNDS = 2000, MILLION = 1000000 };

static volatile word got[64];
static word vcpu, handler;

// --- the device

static void gpio_lower(void) {
    line_lower(GPIO_AT);
}
static void gpio_raise(void) {
    line_raise(GPIO_AT);
}

// --- the guest's side

static void enable(void) {
    cpu_enable(gicv_at);
}
static word acknowledge(void) {
    return cpu_acknowledge(gicv_at);
}
static void end(word virq) {
    cpu_end(gicv_at, virq);
}

static void guest_take(word argument) {
    (void)argument;
    enable();
    got[0] = acknowledge();
}
static void guest_end(word virq) {
    end(virq);
}
// Takes and ends all there are: how many, and which, in order. `lower`: the first one's handler lowers the
// line.
static void guest_drain(word lower) {
    enable();
    word count = 0, virq;
    while (count < 60 && (virq = acknowledge()) < 1020) {
        got[1 + count++] = virq;
        if (lower)
            gpio_lower();
        end(virq);
    }
    got[0] = count;
}

// --- invocations

static word bind(word of, word of_handler, word virq, word priority) {
    return raw_invoke(of, BIND, CAPS(of_handler), WORDS(virq, priority));
}
static word unbind(word virq) {
    return raw_invoke(vcpu, UNBIND, CAPS(), WORDS(virq));
}
// The state before.
static word update(word virq, word set, word clear) {
    vm_check(raw_invoke(vcpu, UPDATE, CAPS(), WORDS(virq, set, clear)));
    vm_check(reply.length != 1);
    return reply.mr[0];
}
static word delete (word slot) {
    return cnode_delete(S_CNODE, slot, ROOT_DEPTH);
}

// QEMU 7.2 looks at the lines of a GICv2 again when a register of its distributor is written, not when a
// guest ends an interrupt whose line is still high (IHI 0048 3.2.4 has it pending at once).
static word spare_handler;
static void expect_end(struct vm vm) {
    EXPECT(vm_call(vm, (void *)guest_end, VIRQ));
    EXPECT_OK(irq_ack(spare_handler));
}

// A guest with the PL061's handler bound and enabled, its line low.
static struct vm bound_vm(word edge) {
    struct vm vm = vm_new();
    vcpu = vm.vcpu;
    line_setup(GPIO_AT);
    handler = new_slot();
    vm_check(irq_get_trigger(GPIO_IRQ, edge, S_CNODE, handler, ROOT_DEPTH));
    vm_check(bind(vcpu, handler, VIRQ, 0x40));
    vm_check(reply.length);
    vm_check(update(VIRQ, ENABLED, 0));
    return vm;
}
static void forget(struct vm vm) {
    gpio_lower();
    EXPECT_OK(delete (handler));
    EXPECT_OK(delete (vm.vcpu));
}
#define EXPECT_DRAINED(vm, lower, count)                                                                     \
    do {                                                                                                     \
        EXPECT(vm_call(vm, (void *)guest_drain, lower));                                                     \
        EXPECT_EQUAL(got[0], count);                                                                         \
    } while (0)

// --- errors

static void bindirq_checks_in_order(void) {
    static const word words[2] = {VIRQ, 0};
    word other = new_object(T_VCPU, 0), ntfn = new_object(T_NOTIFICATION, 0), slots = new_slots(3);
    vcpu = new_object(T_VCPU, 0);
    EXPECT_OK(irq_get(SPARE, S_CNODE, slots, ROOT_DEPTH));
    EXPECT_OK(irq_get(SPARE + 1, S_CNODE, slots + 1, ROOT_DEPTH));
    EXPECT_OK(irq_get(5, S_CNODE, slots + 2, ROOT_DEPTH));
    EXPECT_EQUAL(raw_invoke(vcpu, BIND, CAPS(), WORDS(VIRQ, 0)), TR);
    EXPECT_EQUAL(raw_invoke(vcpu, BIND, CAPS(slots), words, 1), TR);
    EXPECT_ERROR1(bind(vcpu, S_CNODE, 15, 256), IC, 0);
    EXPECT_ERROR1(bind(vcpu, slots + 2, 15, 256), IC, 0); // an SGI's
    EXPECT_OK(irq_set_notification(slots, ntfn));
    EXPECT_EQUAL(bind(vcpu, slots, 15, 256), DEL);
    EXPECT_EQUAL(reply.length, 0);
    EXPECT_OK(irq_clear(slots));
    EXPECT_ERROR2(bind(vcpu, slots, 15, 256), RNG, 16, 1019);
    EXPECT_ERROR2(bind(vcpu, slots, 1020, 256), RNG, 16, 1019);
    EXPECT_ERROR2(bind(vcpu, slots, ~0ull, 0), RNG, 16, 1019);
    EXPECT_ERROR2(bind(vcpu, slots, 16, 512), RNG, 0, 511);
    EXPECT_OK(bind(vcpu, slots, 16, 511));
    EXPECT_OK(bind(vcpu, slots, 1019, 0)); // instead
    EXPECT_ERROR1(unbind(16), IA, 0);
    EXPECT_EQUAL(bind(other, slots, 40, 0), DEL);      // bound elsewhere
    EXPECT_EQUAL(bind(vcpu, slots + 1, 1019, 0), DEL); // the number is taken
    EXPECT_EQUAL(raw_invoke(vcpu, BIND_VPPI, CAPS(), WORDS(TIMER, 1019, 0)), DEL);
    EXPECT_OK(raw_invoke(vcpu, BIND_VPPI, CAPS(), WORDS(TIMER, TIMER, 0)));
    EXPECT_EQUAL(bind(vcpu, slots + 1, TIMER, 0), DEL);
    EXPECT_OK(bind(other, slots + 1, 1019, 0)); // another vCPU's
    EXPECT_EQUAL(vcpu_inject(vcpu, 1019), DEL);
    EXPECT_EQUAL(irq_set_notification(slots, ntfn), DEL);
    EXPECT_EQUAL(irq_ack(slots), ILL);
    EXPECT_OK(irq_clear(slots)); // ends the binding
    EXPECT_ERROR1(unbind(1019), IA, 0);
    EXPECT_OK(irq_set_notification(slots, ntfn));
    EXPECT_OK(irq_ack(slots));
    EXPECT_OK(delete (other)); // and the vCPU's end does
    EXPECT_OK(irq_set_notification(slots + 1, ntfn));
    for (unsigned i = 0; i < 3; i++)
        EXPECT_OK(delete (slots + i));
    EXPECT_ERROR1(unbind(~0ull), IA, 0);
    EXPECT_ERROR1(unbind(5), IA, 0);
    EXPECT_OK(delete (vcpu));
}

static void a_vcpu_has_47_of_them(void) {
    word slots = new_slots(MOST + 1);
    vcpu = new_object(T_VCPU, 0);
    for (unsigned i = 0; i <= MOST; i++)
        EXPECT_OK(irq_get(SPARE + i, S_CNODE, slots + i, ROOT_DEPTH));
    for (unsigned i = 0; i < MOST; i++)
        EXPECT_OK(bind(vcpu, slots + i, SPARE + i, 0));
    EXPECT_EQUAL(bind(vcpu, slots + MOST, SPARE + MOST, 0), DEL);
    EXPECT_OK(bind(vcpu, slots, SPARE, 8)); // one of those is bound again
    EXPECT_OK(unbind(SPARE + 20));
    EXPECT_OK(bind(vcpu, slots + MOST, SPARE + MOST, 0));
    EXPECT_OK(delete (vcpu));
    for (unsigned i = 0; i <= MOST; i++)
        EXPECT_OK(delete (slots + i));
}

// --- delivery

static void a_level_comes_until_it_is_low(void) {
    struct vm vm = bound_vm(0);
    EXPECT_DRAINED(vm, 0, 0);
    gpio_raise();
    EXPECT_EQUAL(update(VIRQ, 0, 0), PENDING | ENABLED);
    EXPECT(vm_call(vm, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], VIRQ);
    EXPECT_EQUAL(update(VIRQ, 0, 0), PENDING | ACTIVE | ENABLED); // the line is still high
    EXPECT(vm_call(vm, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], NONE);
    expect_end(vm);
    EXPECT(vm_call(vm, (void *)guest_take, 0)); // so it comes again
    EXPECT_EQUAL(got[0], VIRQ);
    gpio_lower();
    EXPECT_EQUAL(update(VIRQ, 0, 0), ACTIVE | ENABLED);
    expect_end(vm);
    EXPECT_EQUAL(update(VIRQ, 0, 0), ENABLED);
    EXPECT_DRAINED(vm, 0, 0);
    for (unsigned i = 0; i < 10; i++) {
        gpio_raise();
        EXPECT_DRAINED(vm, 1, 1);
        EXPECT_EQUAL(got[1], VIRQ);
    }
    forget(vm);
}

static void a_vcpu_that_does_not_run_gets_it_later(void) {
    struct vm vm = bound_vm(0), other = vm_new();
    gpio_raise(); // it never ran
    EXPECT_DRAINED(other, 0, 0);
    EXPECT_DRAINED(vm, 1, 1);
    EXPECT_DRAINED(other, 0, 0); // now it is not loaded
    gpio_raise();
    EXPECT_DRAINED(other, 0, 0);
    EXPECT(vm_call(vm, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], VIRQ);
    EXPECT_DRAINED(other, 0, 0); // active, not loaded
    gpio_lower();
    expect_end(vm);
    EXPECT_DRAINED(vm, 0, 0);
    forget(vm);
}

// Each edge is one interrupt, and each is ended before the next; one that comes twice or never ends the
// count.
static void guest_edges(word count) {
    enable();
    for (got[0] = 0; got[0] < count; got[0]++) {
        gpio_raise();
        gpio_lower();
        word virq = NONE;
        for (unsigned spins = 0; spins < 1000 && virq >= 1020; spins++)
            virq = acknowledge();
        if (virq != VIRQ)
            return;
        end(virq);
        if (acknowledge() < 1020)
            return;
    }
}

static void a_million_edges_are_a_million(void) {
    struct vm vm = bound_vm(1);
    EXPECT(vm_call(vm, (void *)guest_edges, MILLION));
    EXPECT_EQUAL(got[0], MILLION);
    EXPECT_DRAINED(vm, 0, 0);
    forget(vm);
}

// What a line's storm costs: one exit for each interrupt, none for its end, and none to the VMM, which would
// hear of it here. A deadline of the kernel's may come too.
static void a_storm_is_one_exit_each(void) {
    struct vm vm = bound_vm(1);
    word before[EXITS], others = 0;
    EXPECT(vm_call(vm, vm_end, 0));
    EXPECT_OK(raw_invoke(vcpu, STATISTICS, CAPS(), WORDS(0)));
    EXPECT_EQUAL(reply.length, EXITS);
    for (unsigned i = 0; i < EXITS; i++)
        before[i] = reply.mr[i];
    EXPECT(vm_call(vm, (void *)guest_edges, STORM));
    EXPECT_EQUAL(got[0], STORM);
    EXPECT_OK(raw_invoke(vcpu, STATISTICS, CAPS(), WORDS(0)));
    for (unsigned i = 0; i < EXITS; i++)
        others += i == EXIT_IRQ || i == EXIT_PREEMPT ? 0 : reply.mr[i] - before[i];
    EXPECT_EQUAL(reply.mr[EXIT_IRQ] - before[EXIT_IRQ], STORM);
    EXPECT_EQUAL(others, 1); // the hvc at its end
    EXPECT(reply.mr[EXIT_PREEMPT] - before[EXIT_PREEMPT] < STORM / 100);
    forget(vm);
}

// --- masking, and the state that the VMM's distributor asks for

static void disabled_it_is_pending_as_its_line_is(void) {
    struct vm vm = bound_vm(0);
    EXPECT_EQUAL(update(VIRQ, 0, ENABLED), ENABLED);
    gpio_raise();
    EXPECT_EQUAL(update(VIRQ, 0, 0), PENDING);
    EXPECT_DRAINED(vm, 0, 0);
    gpio_lower();
    EXPECT_EQUAL(update(VIRQ, 0, 0), 0);
    gpio_raise();
    EXPECT_EQUAL(update(VIRQ, ENABLED, 0), PENDING);
    EXPECT_EQUAL(update(VIRQ, 0, ENABLED), PENDING | ENABLED); // was listed: taken back
    EXPECT_DRAINED(vm, 0, 0);
    gpio_lower();
    EXPECT_EQUAL(update(VIRQ, ENABLED, 0), 0);
    EXPECT_DRAINED(vm, 0, 0);
    forget(vm);
}

static void a_disabled_edge_waits_and_comes_once(void) {
    struct vm vm = bound_vm(1);
    gpio_raise();
    EXPECT_EQUAL(update(VIRQ, 0, ENABLED), PENDING | ENABLED);
    gpio_lower();
    EXPECT_EQUAL(update(VIRQ, 0, 0), PENDING);
    EXPECT_DRAINED(vm, 0, 0);
    EXPECT_EQUAL(update(VIRQ, ENABLED, 0), PENDING);
    EXPECT_DRAINED(vm, 0, 1);
    EXPECT_DRAINED(vm, 0, 0);
    gpio_raise();
    EXPECT_EQUAL(update(VIRQ, 0, PENDING), PENDING | ENABLED); // cleared while listed
    EXPECT_DRAINED(vm, 0, 0);
    gpio_lower();
    gpio_raise();
    EXPECT(vm_call(vm, (void *)guest_take, 0));
    EXPECT_EQUAL(got[0], VIRQ);
    gpio_lower();
    gpio_raise(); // while active: comes after its end
    EXPECT_EQUAL(update(VIRQ, 0, 0), PENDING | ACTIVE | ENABLED);
    expect_end(vm);
    EXPECT_DRAINED(vm, 0, 1);
    forget(vm);
}

static void pending_and_active_are_set_and_cleared(void) {
    struct vm vm = bound_vm(0);
    EXPECT_EQUAL(update(VIRQ, PENDING, 0), ENABLED);
    EXPECT_EQUAL(update(VIRQ, 0, 0), PENDING | ENABLED);
    EXPECT_DRAINED(vm, 0, 1);
    EXPECT_EQUAL(update(VIRQ, ACTIVE, 0), ENABLED);
    EXPECT_EQUAL(update(VIRQ, PENDING, 0), ACTIVE | ENABLED);
    EXPECT_DRAINED(vm, 0, 0); // an active one does not come
    EXPECT_EQUAL(update(VIRQ, 0, ACTIVE), PENDING | ACTIVE | ENABLED);
    EXPECT_DRAINED(vm, 0, 1);
    EXPECT_EQUAL(update(VIRQ, PENDING | ACTIVE, 0), ENABLED);
    EXPECT_EQUAL(update(VIRQ, 0, PENDING | ACTIVE), PENDING | ACTIVE | ENABLED);
    EXPECT_EQUAL(update(VIRQ, 0, 0), ENABLED);
    EXPECT_DRAINED(vm, 0, 0);
    gpio_raise();
    EXPECT(vm_call(vm, (void *)guest_take, 0));
    gpio_lower();
    EXPECT_EQUAL(update(VIRQ, 0, ACTIVE), ACTIVE | ENABLED); // the guest's end changes nothing then
    expect_end(vm);
    gpio_raise();
    EXPECT_DRAINED(vm, 1, 1);
    EXPECT_ERROR2(raw_invoke(vcpu, UPDATE, CAPS(), WORDS(VIRQ, 8, 0)), RNG, 0, 7);
    EXPECT_ERROR2(raw_invoke(vcpu, UPDATE, CAPS(), WORDS(VIRQ, 0, 8)), RNG, 0, 7);
    forget(vm);
}

static void more_than_list_registers_come_by_priority(void) {
    struct vm vm = vm_new();
    word slots = new_slots(MOST);
    vcpu = vm.vcpu;
    for (unsigned i = 0; i < MOST; i++) {
        EXPECT_OK(irq_get_trigger(SPARE + i, 1, S_CNODE, slots + i, ROOT_DEPTH));
        EXPECT_OK(bind(vcpu, slots + i, 200 + i, 0xf0 - 8 * (i % 24)));
        EXPECT_EQUAL(update(200 + i, PENDING | ENABLED, 0), 0);
    }
    EXPECT_DRAINED(vm, 0, MOST);
    for (unsigned i = 1; i < MOST; i++)
        EXPECT((got[i] - 200) % 24 >= (got[i + 1] - 200) % 24);
    EXPECT_DRAINED(vm, 0, 0);
    for (unsigned i = 0; i < MOST; i++)
        EXPECT_EQUAL(update(200 + i, PENDING, 0), ENABLED);
    EXPECT_OK(bind(vcpu, slots, 200, 0)); // more urgent, while it waits
    EXPECT_EQUAL(update(201, 0, ENABLED), PENDING | ENABLED);
    EXPECT_DRAINED(vm, 0, MOST - 1);
    EXPECT_EQUAL(got[1], 200);
    EXPECT_EQUAL(update(201, ENABLED, 0), PENDING);
    EXPECT_DRAINED(vm, 0, 1);
    for (unsigned i = 0; i < MOST; i++)
        EXPECT_EQUAL(update(200 + i, PENDING, 0), ENABLED);
    for (unsigned i = 0; i < MOST; i++)
        EXPECT_OK(delete (slots + i)); // with all of them waiting
    EXPECT_DRAINED(vm, 0, 0);
    EXPECT_OK(delete (vcpu));
}

// --- the end of a binding

// The line is high, in state 0: enabled, 1: listed, 2: active, 3: disabled.
static struct vm vm_in_state(unsigned state) {
    struct vm vm = bound_vm(0);
    if (state == 3)
        (void)update(VIRQ, 0, ENABLED);
    if (state)
        gpio_raise();
    if (state == 2)
        vm_check(!vm_call(vm, (void *)guest_take, 0));
    return vm;
}

// The handler is as good as new: its line, high, is signalled once it is asked for.
static void expect_handler_works(word ntfn) {
    gpio_raise();
    EXPECT_OK(irq_set_notification(handler, new_mint(ntfn, R_W, 0x61)));
    EXPECT_EQUAL(raw_poll(ntfn), 0);
    EXPECT_OK(irq_ack(handler));
    EXPECT_EQUAL(raw_wait(ntfn), 0x61);
    gpio_lower();
}

static void unbound_in_any_state(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    for (unsigned state = 0; state < 4; state++) {
        struct vm vm = vm_in_state(state);
        EXPECT_OK(unbind(VIRQ));
        EXPECT_EQUAL(update(VIRQ, 0, 0), state == 2 ? ACTIVE : 0);
        EXPECT(vm_call(vm, (void *)guest_take, 0));
        EXPECT_EQUAL(got[0], NONE);
        expect_handler_works(ntfn);
        if (state == 2) { // the guest's late end ends nothing of the handler's
            expect_end(vm);
            EXPECT_EQUAL(update(VIRQ, 0, 0), 0);
        }
        forget(vm);
    }
}

static void bound_again_while_it_is_active(void) {
    struct vm vm = vm_in_state(2);
    EXPECT_OK(unbind(VIRQ));
    EXPECT_OK(bind(vcpu, handler, VIRQ, 0x20));
    EXPECT_EQUAL(update(VIRQ, ENABLED, 0), PENDING | ACTIVE);
    EXPECT(vm_call(vm, (void *)guest_take, 0)); // waits for the end of the first
    EXPECT_EQUAL(got[0], NONE);
    expect_end(vm);
    EXPECT_DRAINED(vm, 1, 1);
    EXPECT_DRAINED(vm, 0, 0);
    forget(vm);
}

static void a_handler_is_deleted_in_any_state(void) {
    for (unsigned state = 0; state < 4; state++) {
        struct vm vm = vm_in_state(state);
        EXPECT_OK(delete (handler));
        EXPECT_ERROR1(unbind(VIRQ), IA, 0);
        EXPECT(vm_call(vm, (void *)guest_take, 0));
        EXPECT_EQUAL(got[0], NONE);
        EXPECT_OK(irq_get(GPIO_IRQ, S_CNODE, handler, ROOT_DEPTH));
        EXPECT_OK(bind(vcpu, handler, VIRQ + 1, 0x20));
        EXPECT_EQUAL(update(VIRQ + 1, ENABLED, 0), state ? PENDING : 0);
        gpio_raise();
        EXPECT_DRAINED(vm, 1, 1);
        EXPECT_EQUAL(got[1], VIRQ + 1);
        forget(vm);
    }
}

static void a_vcpu_is_deleted_in_any_state(void) {
    word ntfn = new_object(T_NOTIFICATION, 0);
    struct vm other = vm_new();
    for (unsigned unloaded = 0; unloaded < 2; unloaded++)
        for (unsigned state = 0; state < 4; state++) {
            struct vm vm = vm_in_state(state);
            if (unloaded)
                EXPECT_DRAINED(other, 0, 0);
            EXPECT_OK(delete (vm.vcpu));
            EXPECT_DRAINED(other, 0, 0);
            expect_handler_works(ntfn);
            EXPECT_OK(delete (handler));
        }
}

// The guest stops in a handler and starts anew: nothing is active, nor does a priority keep the next one out.
static void resetirqs_ends_the_active_priority(void) {
    struct vm vm = bound_vm(1);
    for (word turn = 0; turn < 2; turn++) {
        EXPECT_EQUAL(update(VIRQ, PENDING, 0) & PENDING, 0);
        EXPECT(vm_call(vm, (void *)guest_take, 0));
        EXPECT_EQUAL(got[0], VIRQ);
        EXPECT_OK(raw_invoke(vcpu, RESET, CAPS(), WORDS(0)));
        EXPECT_EQUAL(reply.length, 0);
        EXPECT_EQUAL(update(VIRQ, 0, ACTIVE), ENABLED | ACTIVE);
    }
    update(VIRQ, PENDING, 0);
    EXPECT_DRAINED(vm, 0, 1);
    forget(vm);
}

// --- deletion under load

// Takes what comes as fast as it can, and leaves one active after `count` others.
static void guest_storm(word count) {
    enable();
    for (;;) {
        word virq = acknowledge();
        if (virq >= 1020)
            continue;
        if (got[0]++ != count)
            end(virq);
        gpio_lower();
        gpio_raise();
    }
}

// What a round makes of its untyped, so that its revocation deletes all of it.
enum { LOAD_VCPU, LOAD_TCB, LOAD_SC, LOAD_NTFN, LOAD_OBJECTS };

// A vCPU with a budget of `us`, run until that ends, with the line and the timer at their busiest; it leaves
// its interrupt number `ends` active.
static void load_run(word memory, word first, word us, word ends, word timer_priority) {
    static const word types[LOAD_OBJECTS][2] = {{T_VCPU, 0}, {T_TCB, 0}, {T_SC, 8}, {T_NOTIFICATION, 0}};
    for (unsigned i = 0; i < LOAD_OBJECTS; i++)
        vm_check(untyped_retype(memory, S_CNODE, types[i][0], types[i][1], 0, 0, first + i, 1));
    struct thread thread = {.tcb = first + LOAD_TCB, .sc = first + LOAD_SC};
    vcpu = first + LOAD_VCPU;
    vm_check(sched_configure(thread.sc, us, 100000, 0, 0, 0));
    vm_check(tcb_configure(thread.tcb, S_CNODE, S_VSPACE, 0, 0, 0, 0));
    vm_check(tcb_set_sched_params(thread.tcb, S_TCB, thread.sc, 0, 254, 254));
    vm_check(vcpu_set_tcb(vcpu, thread.tcb));
    vm_check(vcpu_write(vcpu, VM_VBAR, (word)vm_vectors));
    vm_check(bind(vcpu, handler, VIRQ, 0x40));
    vm_check(raw_invoke(vcpu, BIND_VPPI, CAPS(), WORDS(TIMER, TIMER, timer_priority)));
    vm_check(vcpu_write(vcpu, VM_CNTV_CTL, 1));
    (void)update(VIRQ, ENABLED, 0);
    gpio_raise();
    got[0] = 0;
    vm_start((struct vm){&thread, vcpu}, (void *)guest_storm, ends);
    let_others_run(); // until its budget has run out
}

// One thing ends before all does.
static void load_delete(word first, unsigned which) {
    switch (which) {
    case 0:
        (void)update(VIRQ, 0, ENABLED);
        break;
    case 1:
        EXPECT_OK(delete (handler));
        EXPECT_OK(irq_get_trigger(GPIO_IRQ, 0, S_CNODE, handler, ROOT_DEPTH));
        break;
    case 2:
        EXPECT_OK(tcb_suspend(first + LOAD_TCB));
        break;
    case 3:
        EXPECT_OK(delete (first + LOAD_TCB));
        break;
    case 4:
        EXPECT_OK(delete (first + LOAD_SC));
        break;
    default:
        EXPECT_OK(delete (first + LOAD_VCPU));
    }
}

static void deleted_under_load_two_thousand_times(void) {
    word memory = new_object(T_UNTYPED, 14), first = new_slots(LOAD_OBJECTS);
    word ntfn = new_object(T_NOTIFICATION, 0), signal = new_mint(ntfn, R_W, 0x61);
    word taken = 0, left_active = 0;
    line_setup(GPIO_AT);
    handler = new_slot();
    EXPECT_OK(irq_get_trigger(GPIO_IRQ, 0, S_CNODE, handler, ROOT_DEPTH));
    for (unsigned i = 0; i < LOAD_ROUNDS; i++) {
        word ends = i % 7 * 50;
        load_run(memory, first, 25 + i % 41, ends, i / 6 % 2 ? 0x20 : 0x60);
        taken += got[0];
        left_active += got[0] > ends;
        load_delete(first, i % 6);
        // All its memory is free then, or the next round cannot be made.
        EXPECT_OK(cnode_revoke(S_CNODE, memory, ROOT_DEPTH));
        EXPECT(is_empty(first) && is_empty(first + LOAD_TCB));
        // The interrupt is inactive, and its handler as good as new; a notification that it signals ends,
        // too.
        gpio_raise();
        EXPECT_OK(irq_set_notification(handler, signal));
        EXPECT_OK(irq_ack(handler));
        EXPECT_EQUAL(raw_poll(ntfn), 0x61);
        vm_check(untyped_retype(memory, S_CNODE, T_NOTIFICATION, 0, 0, 0, first, 1));
        EXPECT_OK(irq_set_notification(handler, first));
        EXPECT_OK(irq_ack(handler)); // the line is high: it is signalled once more
        EXPECT_OK(cnode_revoke(S_CNODE, memory, ROOT_DEPTH));
        gpio_lower();
        EXPECT_OK(irq_clear(handler));
        if (i % 100 == 0)
            check_kernel();
    }
    EXPECT(taken > 10 * LOAD_ROUNDS);
    EXPECT(left_active > LOAD_ROUNDS / 10 && left_active < LOAD_ROUNDS);
    EXPECT_OK(delete (handler));
}

static const struct test tests[] = {
    TEST(bindirq_checks_in_order),
    TEST(a_vcpu_has_47_of_them),
    TEST(a_level_comes_until_it_is_low),
    TEST(a_million_edges_are_a_million),
    TEST(a_storm_is_one_exit_each),
    TEST(a_vcpu_that_does_not_run_gets_it_later),
    TEST(disabled_it_is_pending_as_its_line_is),
    TEST(a_disabled_edge_waits_and_comes_once),
    TEST(pending_and_active_are_set_and_cleared),
    TEST(more_than_list_registers_come_by_priority),
    TEST(unbound_in_any_state),
    TEST(bound_again_while_it_is_active),
    TEST(a_handler_is_deleted_in_any_state),
    TEST(a_vcpu_is_deleted_in_any_state),
    TEST(resetirqs_ends_the_active_priority),
    TEST(deleted_under_load_two_thousand_times),
};

int main(void) {
    line_find_gic(got);
    if (gicv_at)
        line_map(line_frame(GICV_PAGE), GICV_AT);
    line_map(line_frame(GPIO_PAGE), GPIO_AT);
    spare_handler = new_slot();
    vm_check(irq_get(SPARE - 1, S_CNODE, spare_handler, ROOT_DEPTH));
    RUN(tests);
}
