// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What a panic says: which check or which invariant of which object, where, and which thread ran. (The
// registers are the architecture's part: tests/system/gdb.sh.)
#include "world.h"
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf halted;

static void note_halt(void) {
    longjmp(halted, 1);
}

// The console after the panic that the invariants' check ends in; NULL: there is none.
static const char *report_of_check(void) {
    memset(host.console, 0, sizeof(host.console));
    host.console_length = 0;
    host.halt = note_halt;
    if (setjmp(halted) == 0) {
        world_check(true);
        return NULL;
    }
    return host.console;
}

// In a child: cmocka would go on with its next test there.
static void wrong(const char *expected) {
    fprintf(stderr, "the console has not \"%s\": %s\n", expected, host.console);
    _exit(1);
}

static void assert_report(const char *format, const void *object) {
    char expected[320];
    const char *console = report_of_check();
    snprintf(expected, sizeof(expected), format, object);
    if (!console || !strstr(console, expected))
        wrong(expected);
}

// A kernel that has panicked is of no use: each test has a process to itself.
static void in_child(void (*test)(void)) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        test();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void break_notification(void) {
    struct notification *notification = object_of(new_object(SEL4_OBJECT_NOTIFICATION, 0));
    if (report_of_check())
        wrong("nothing");
    notification->bound_tcb = world.root;
    assert_report("Glacis: kernel panic: invariant of notification 0x%lx is broken: "
                  "!notification->bound_tcb || notification->bound_tcb->bound_notification == notification "
                  "(kernel/core/invariants.c:",
                  notification);
}

static void break_endpoint(void) {
    struct endpoint *endpoint = object_of(new_object(SEL4_OBJECT_ENDPOINT, 0));
    endpoint->head = ENDPOINT_SENDING;
    assert_report("invariant of endpoint 0x%lx is broken: (state == ENDPOINT_IDLE) == !queue.head", endpoint);
}

static void break_thread(void) {
    struct thread thread = thread_make(50, false);
    thread.object->in_ready_queue = true;
    assert_report("invariant of thread 0x%lx is broken: ", thread.object);
}

static void break_context(void) {
    struct thread thread = thread_make(50, false);
    thread.context->tcb = world.root;
    assert_report("0x%lx is broken: ", thread.context);
}

static void break_mapping(void) {
    cptr_t frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0);
    word_t vaddr = world.bootinfo->ipc_buffer + 0x10000;
    assert_ok(seL4_Page_Map(frame, SEL4_SLOT_VSPACE, vaddr, SEL4_RIGHTS_ALL, SEL4_PAGE_DEFAULT));
    if (report_of_check())
        wrong("nothing");
    struct slot *slot = slot_of(frame);
    slot->cap = cap_with_mapping(slot->cap, 0, (vaddr_t){0}); // forgets where it is mapped
    assert_report("invariant of VSpace 0x%lx is broken: arch_unmark_mappings(slot->cap)",
                  object_of(SEL4_SLOT_VSPACE));
}

static void break_deadline(void) {
    host_core.fast_until += us(1000000000);
    assert_report("invariant of scheduler of core 0x%lx is broken: core->fast_until", &host_core);
}

static void break_reply(void) {
    struct reply *reply = object_of(new_object(SEL4_OBJECT_REPLY, 0));
    reply->tcb = world.root;
    assert_report("invariant of reply object 0x%lx is broken: !reply->tcb || reply->tcb->reply == reply",
                  reply);
}

static void break_slot(void) {
    struct slot *slot = slot_of(new_object(SEL4_OBJECT_ENDPOINT, 0));
    slot_of(new_slot())->next = (word_t)slot;
    assert_report("invariant of slot 0x%lx is broken: !slot->prev && !slot->next && !slot->cap.w0",
                  slot_of(world.next - 1));
}

static void break_scheduler(void) {
    host_core.ready_summary ^= 1;
    assert_report("invariant of scheduler of core 0x%lx is broken: ", &host_core);
}

static void break_for_thread_line(void) {
    host_core.ready_summary ^= 1;
    current()->arch.context.pc = 0x412340;
    assert_report("core 0, current thread root (0x%lx), state 1\r\n", current());
    if (!strstr(host.console, "pc 412340\r\n") || !strstr(host.console, "\r\nat 0x") ||
        !strstr(host.console, "Glacis: halted\r\n"))
        wrong("all of it");
}

static void break_without_name(void) {
    host_core.ready_summary ^= 1;
    current()->name[0] = 0;
    assert_report("current thread without name (0x%lx), state 1\r\n", current());
}

static void break_a_check(void) {
    memset(host.console, 0, sizeof(host.console));
    host.console_length = 0;
    host.halt = note_halt;
    if (setjmp(halted) == 0)
        arch_irq_end(5); // which nobody took
    if (!strstr(host.console, "kernel panic: kernel/arch/host/machine.c:") ||
        !strstr(host.console, ": CHECK(host.irq_active[irq]) failed\r\n"))
        wrong("all of it");
}

static void a_panic_names_the_broken_invariant_and_its_object(void **state) {
    (void)state;
    in_child(break_notification);
    in_child(break_endpoint);
    in_child(break_thread);
    in_child(break_context);
    in_child(break_reply);
    in_child(break_slot);
    in_child(break_scheduler);
    in_child(break_mapping);
    in_child(break_deadline);
}

static void a_panic_names_the_current_thread_and_its_pc(void **state) {
    (void)state;
    in_child(break_for_thread_line);
    in_child(break_without_name);
}

static void a_panic_names_the_check_and_its_line(void **state) {
    (void)state;
    in_child(break_a_check);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        world_test(a_panic_names_the_broken_invariant_and_its_object),
        world_test(a_panic_names_the_current_thread_and_its_pc),
        world_test(a_panic_names_the_check_and_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
