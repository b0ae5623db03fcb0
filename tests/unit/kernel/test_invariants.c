// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// That kernel_check_invariants() finds what is broken: a sound world, in which one thing after the other is
// damaged.
#include "world.h"

static cptr_t ep, quiet, ntfn, reply, used_reply, untyped, child;
static struct thread ready, sender, waiter, late, caller, server;

static int setup(void **state) {
    world_setup(state);
    ep = new_object(SEL4_OBJECT_ENDPOINT, 0);
    quiet = new_object(SEL4_OBJECT_ENDPOINT, 0);
    ntfn = new_object(SEL4_OBJECT_NOTIFICATION, 0);
    reply = new_object(SEL4_OBJECT_REPLY, 0);
    used_reply = new_object(SEL4_OBJECT_REPLY, 0);
    untyped = new_object(SEL4_OBJECT_UNTYPED, 14);
    child = new_object_from(untyped, SEL4_OBJECT_TCB, 0);
    ready = thread_start(90);
    sender = thread_start(110);
    seL4_Send(ep, MESSAGE(0));
    waiter = thread_start(110);
    seL4_Wait(ntfn, MESSAGE(0));
    late = thread_make(110, false); // it has used its budget
    assert_ok(configure(late.sched_context, 100, 1000, 2, true));
    assert_ok(seL4_TCB_Resume(late.tcb));
    pass(100);
    cptr_t service = new_object(SEL4_OBJECT_ENDPOINT, 0);
    server = thread_start_passive(110, service, used_reply);
    caller = thread_start(105);
    seL4_Call(service, MESSAGE(0));
    seL4_Wait(new_object(SEL4_OBJECT_NOTIFICATION, 0), MESSAGE(0));
    assert_root();
    world_check(true);
    return 0;
}
#define invariants_test(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static struct reply *used(void) {
    return object_of(used_reply);
}
static struct endpoint *endpoint(void) {
    return object_of(ep);
}
static struct notification *notification(void) {
    return object_of(ntfn);
}

// DAMAGE(name, what the report has, statements that break an invariant)
#define DAMAGES                                                                                              \
    DAMAGE(empty_slot_linked, "!slot->prev", slot_of(world.next)->next = (word_t)slot_of(ep))                \
    DAMAGE(neighbours_disagree, "prev_of(cdt_next(slot)) == slot",                                           \
           slot_of(untyped)->next = (word_t)cdt_next(cdt_next(slot_of(untyped))))                            \
    DAMAGE(child_above_watermark, "cap_untyped_free(parent->cap)",                                           \
           slot_of(untyped)->cap = cap_untyped_with(slot_of(untyped)->cap, 64, 0))                           \
    DAMAGE(objects_overlap, "cap_same_object(a->cap, b->cap)",                                               \
           cdt_insert(slot_of(world.next), cap_make(SEL4_CAP_REPLY, object_of(child), 0), slot_of(untyped))) \
    DAMAGE(queue_lost, "(state == ENDPOINT_IDLE) == !queue.head",                                            \
           ((struct endpoint *)object_of(quiet))->head = ENDPOINT_SENDING)                                   \
    DAMAGE(queue_in_other_state, "tcb->state == state",                                                      \
           endpoint()->head = (word_t)sender.object | ENDPOINT_RECEIVING)                                    \
    DAMAGE(queue_without_tail, "queue->tail == prev", endpoint()->tail = NULL)                               \
    DAMAGE(waiters_of_an_idle_notification, "NOTIFICATION_WAITING",                                          \
           notification()->state = NOTIFICATION_IDLE)                                                        \
    DAMAGE(binding_of_one_side, "bound_tcb->bound_notification", notification()->bound_tcb = ready.object)   \
    DAMAGE(binding_of_the_other_side, "bound_notification->bound_tcb == tcb",                                \
           ready.object->bound_notification = notification())                                                \
    DAMAGE(context_of_one_side, "notification->sc->notification", notification()->sc = ready.context)        \
    DAMAGE(context_of_the_other_side, "sc->notification->sc == sc",                                          \
           ready.context->notification = notification())                                                     \
    DAMAGE(candidate_left, "core->candidate", host_core.candidate = ready.object)                            \
    DAMAGE(choice_left, "!core->choose", host_core.choose = true)                                            \
    DAMAGE(short_ways_beyond_the_budget, "core->fast_until + refill_minimum",                                \
           host_core.fast_until = ~0ull / 2)                                                                 \
    DAMAGE(short_ways_beyond_a_release, "core->fast_until < refill_head",                                    \
           refill_head(late.context)->time = host_core.fast_until)                                           \
    DAMAGE(mapping_without_capability, "arch_unmark_mappings",                                               \
           cdt_remove(slot_of(world.bootinfo->user_image_frames.start)))                                     \
    DAMAGE(bitmap_without_queue, "ready_bitmap[priority / 64]", host_core.ready_bitmap[0] |= 1)              \
    DAMAGE(summary_without_bitmap, "ready_summary >> word", host_core.ready_summary |= 8)                    \
    DAMAGE(ready_queue_of_another_priority, "tcb->priority == priority", ready.object->priority = 91)        \
    DAMAGE(ready_thread_that_cannot_run, "sched_is_schedulable(tcb)", ready.object->state = THREAD_INACTIVE) \
    DAMAGE(ready_thread_in_no_queue, "core->ready[tcb->priority].head == tcb",                               \
           ready_thread_is_lost(&host_core.ready[90]))                                                       \
    DAMAGE(more_urgent_than_the_current, "tcb->priority <= current->priority", world.root->priority = 80)    \
    DAMAGE(released_thread_in_no_queue, "core->release_head == tcb", host_core.release_head = NULL)          \
    DAMAGE(released_too_late, "!refill_is_ready(tcb->sc, core->now)", host_core.now += us(1000000))          \
    DAMAGE(thread_and_context, "tcb->sc->tcb == tcb", caller.object->sc = ready.context)                     \
    DAMAGE(context_and_thread, "sc->tcb->sc == sc", waiter.object->sc = NULL)                                \
    DAMAGE(yield_of_one_side, "yield_to->yield_from", waiter.object->yield_to = ready.context)               \
    DAMAGE(yield_of_the_other_side, "yield_from->yield_to", ready.context->yield_from = waiter.object)       \
    DAMAGE(reply_and_thread, "reply->tcb->reply == reply",                                                   \
           ((struct reply *)object_of(reply))->tcb = waiter.object)                                          \
    DAMAGE(thread_and_reply, "tcb->reply->tcb == tcb", ready.object->reply = used())                         \
    DAMAGE(fault_of_a_running_thread, "tcb->fault.label == SEL4_FAULT_NULL",                                 \
           ready.object->fault.label = SEL4_FAULT_VM)                                                        \
    DAMAGE(waiting_in_no_queue, "found", endpoint()->head = 0; endpoint()->tail = NULL)                      \
    DAMAGE(buffer_of_no_frame, "TCB_SLOT_BUFFER",                                                            \
           ready.object->slots[TCB_SLOT_BUFFER].cap = cap_make(SEL4_CAP_DOMAIN, NULL, 0))                    \
    DAMAGE(refills_do_not_sum_up, "sum == sc->budget", refill_head(late.context)->amount -= 1)               \
    DAMAGE(refill_below_the_minimum, ">= refill_minimum", refill_head(late.context)->amount = 1)             \
    DAMAGE(refills_overlap, "refill->time >= end", two_refills(late.context))                                \
    DAMAGE(refills_too_many, "sc->refill_count <= sc->refill_max", late.context->refill_count = 9)           \
    DAMAGE(round_robin_slice_lost, "sc->refills[1].amount == sc->budget",                                    \
           ready.context->refills[0].amount += 1)                                                            \
    DAMAGE(stack_of_another_context, "reply->sc->reply == reply", caller.context->reply = NULL)              \
    DAMAGE(context_of_another_stack, "sc->reply->sc == sc", used()->sc = NULL)                               \
    DAMAGE(newer_reply_does_not_know, "reply->next->prev == reply", used()->sc->reply = NULL;                \
           used()->sc = NULL; used()->next = object_of(reply))                                               \
    DAMAGE(older_reply_does_not_know, "reply->prev->next == reply", used()->prev = object_of(reply))         \
    DAMAGE(stack_without_caller, "THREAD_BLOCKED_ON_REPLY", caller.object->state = THREAD_INACTIVE)

static void ready_thread_is_lost(struct thread_queue *queue) {
    *queue = (struct thread_queue){0};
    host_core.ready_bitmap[1] = 0;
    host_core.ready_summary = 0;
}

static void two_refills(struct sched_context *sc) {
    sc->refill_count = 2;
    sc->refill_max = 2;
    sc->refill_head = 0;
    sc->refills[0] = (struct refill){us(5000), us(50)};
    sc->refills[1] = (struct refill){us(5010), us(50)};
}

#define DAMAGE(name, report, ...)                                                                            \
    static void damage_##name(void) {                                                                        \
        __VA_ARGS__;                                                                                         \
        world_check(true);                                                                                   \
    }
DAMAGES
#undef DAMAGE

static void every_broken_invariant_is_reported(void **state) {
    (void)state;
#define DAMAGE(name, report, ...) {damage_##name, report},
    static const struct {
        void (*damage)(void);
        const char *report;
    } damages[] = {DAMAGES};
    for (unsigned i = 0; i < ARRAY_LENGTH(damages); i++)
        assert_panics(damages[i].damage, damages[i].report);
}

// A check between two system calls looks at root's slots only; DebugSnapshot at those of its caller.
static void snapshot(void) {
    refill_head(late.context)->amount -= 1;
    sys_arch_simple(SYS_DebugSnapshot, 0);
}

static void the_snapshot_call_checks(void **state) {
    (void)state;
    world.check = false;
    assert_panics(snapshot, "sum == sc->budget");
}

static void a_quick_check_leaves_pairs_out(void **state) {
    (void)state;
    cdt_insert(slot_of(world.next), cap_make(SEL4_CAP_REPLY, object_of(child), 0), slot_of(untyped));
    world_check(false);
    cdt_remove(slot_of(world.next));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        invariants_test(every_broken_invariant_is_reported),
        invariants_test(the_snapshot_call_checks),
        invariants_test(a_quick_check_leaves_pairs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
