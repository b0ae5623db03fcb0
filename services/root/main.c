// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The root task: executes the system's specification (abi/spec.h), gives every capability away, and stays as
// the fault handler of all threads. It runs above everything else, so that components start when it waits for
// faults.
#include <lib/base/string.h>
#include <lib/rt/arch/aarch64/stop.h>
#include <lib/rt/rt.h>
#include <lib/sys/sys.h>
#include <services/root/execute.h>
#include <services/root/log.h>
#include <services/root/report.h>
#include <services/root/stdout.h>

#define NAME_BYTES 48

// What root remembers of a thread once the specification is gone.
struct watched {
    char name[NAME_BYTES];
    word_t badge;
    cptr_t tcb;
    struct root_passive passive;
    bool reports_here; // its faults come to root
    bool works;        // can say that its work has ended
    bool stopped;
};

static struct root root;
static struct watched watched[SPEC_MAX_THREADS];
static unsigned watched_count;

static struct watched *find_watched(word_t badge) {
    for (unsigned i = 0; i < watched_count; i++)
        if (watched[i].reports_here && watched[i].badge == badge)
            return &watched[i];
    return NULL;
}

static void watch_threads(void) {
    const struct spec_view *spec = &root.spec;
    watched_count = spec->header->threads.count;
    for (unsigned i = 0; i < watched_count; i++) {
        const struct spec_thread *thread = &spec->threads[i];
        const char *name = spec_string(spec, thread->name);
        size_t length = strnlen(name, NAME_BYTES - 1);
        memcpy(watched[i].name, name, length);
        watched[i].badge = thread->fault_badge;
        watched[i].tcb = root.first_object + thread->tcb;
        if (thread->passive)
            watched[i].passive =
                (struct root_passive){watched[i].tcb, root.first_object + thread->sched_context,
                                      root.first_object + thread->bound_notification};
        watched[i].reports_here = thread->fault_endpoint == spec->header->fault_endpoint;
    }
    for (unsigned i = 0; i < spec->header->cnode_slots.count; i++) {
        const struct spec_cnode_slot *slot = &spec->cnode_slots[i];
        struct watched *thread =
            slot->object == spec->header->fault_endpoint ? find_watched(slot->data) : NULL;
        if (thread)
            thread->works = true;
    }
}

// Stops because no specification can be read that would name a UART: the board's own is used.
_Noreturn static void stop_without_spec(const char *message) {
    uint64_t uart = root.fdt ? stdout_find_pl011(root.fdt) : ~0ull;
    if (uart != ~0ull)
        root_open_early_uart(&root, uart);
    root_stop("specification: %s", message);
}

// Reads the specification and checks it; stops with a message when it is wrong.
static void read_spec(void) {
    char message[200];
    const struct glacis_boot_module *module = boot_module_find(&root.modules, SPEC_MODULE_NAME);
    if (!module)
        stop_without_spec("the image has no module \"" SPEC_MODULE_NAME "\": pack it with a system");
    const struct spec_header *header = root_map_spec(&root, module);
    if (!spec_check_header(header, module->size, message, sizeof(message)))
        stop_without_spec(message);
    if (header->early_uart_type == SPEC_UART_PL011)
        root_open_early_uart(&root, header->early_uart);
    uint64_t slots = root.memory.scratch_next - root.first_object;
    if (!spec_check(&root.spec, header, module->size, &root.modules, slots, message, sizeof(message)))
        root_stop("specification: %s", message);
}

static void start_system(void) {
    const struct spec_header *header = root.spec.header;
    root_make_objects(&root);
    root_map(&root);
    root_fill(&root);
    root_schedule(&root);
    root_bind_interrupts(&root);
    root_fill_cnodes(&root);
    root_configure_threads(&root);
    watch_threads();
    log_line("system %s: %u objects, %lu KiB free", spec_string(&root.spec, header->name),
             header->object_count, (unsigned long)(memory_free(&root.memory) >> 10));
    root_start_threads(&root);
}

static void print_fault(const struct watched *thread, struct sel4_message *message) {
    char text[160];
    struct sel4_ipc_buffer *buffer = seL4_GetIPCBuffer();
    for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS; i++)
        buffer->msg[i] = message->mr[i];
    report_fault(text, sizeof(text), sel4_info_label(message->info), buffer->msg,
                 sel4_info_length(message->info));
    log_line("thread %s stopped; the rest goes on", thread ? thread->name : "(unknown)");
    log_line("%s", text);
    word_t registers[SEL4_REG_COUNT];
    if (!thread || seL4_TCB_ReadRegisters(thread->tcb, 0, SEL4_REG_COUNT, registers))
        return;
    for (unsigned line = 0; line < REPORT_REGISTER_LINES; line++) {
        report_registers(text, sizeof(text), line, registers);
        log_line("%s", text);
    }
}

static bool somebody_works(void) {
    for (unsigned i = 0; i < watched_count; i++)
        if (watched[i].works && !watched[i].stopped)
            return true;
    return false;
}

// Nothing is left to do. Root steps behind all others, so that the console can print what it still has.
static void power_off(void) {
    log_line("everything has stopped: power off");
    seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, 0);
    while (!log_is_out())
        rt_arch_pause();
    root_power_off(&root);
}

// A message on the fault endpoint. A thread's report counts once: what comes later with its badge is no fault
// of its.
static void handle(struct watched *thread, bool serves_log, struct sel4_message *message) {
    if (thread && thread->stopped)
        return;
    if (thread && thread->passive.notification && sel4_info_label(message->info) == SPEC_MESSAGE_PASSIVE &&
        sel4_info_length(message->info) == 0) {
        if (root_make_passive(&thread->passive)) {
            thread->passive.notification = SEL4_SLOT_NULL;
            return;
        }
    }
    if (sel4_info_label(message->info) != SPEC_MESSAGE_STOPPED || sel4_info_length(message->info) > 0) {
        if (serves_log)
            log_use_early();
        print_fault(thread, message);
    }
    if (!thread)
        return;
    thread->stopped = true;
    if (thread->works && !somebody_works())
        power_off();
}

int main(word_t bootinfo, word_t argument1, word_t argument2, word_t argument3) {
    (void)argument1, (void)argument2, (void)argument3;
    root_prepare(&root, (const struct sel4_bootinfo *)bootinfo);
    read_spec();
    start_system();

    // The specification's memory goes with the capabilities: what is needed of it is taken before.
    const struct spec_header *header = root.spec.header;
    cptr_t endpoint = root.first_object + header->fault_endpoint,
           reply = root.first_object + header->fault_reply;
    cptr_t log_notification = root_open_log(&root);
    const struct watched *log_thread =
        log_notification && header->log_thread != SPEC_NONE ? &watched[header->log_thread] : NULL;
    if (log_notification)
        log_use_ring((struct ring_page *)header->log_ring, log_notification);
    root_keep_power_off(&root);
    // Without a thread that prints root's log, or to tell that it stopped, root needs the UART itself.
    bool keep_early_uart = !log_notification || log_thread;
    if (!keep_early_uart)
        log_close_early();
    root_drop_capabilities(&root, keep_early_uart);

    for (struct sel4_message message = {0};;) {
        struct watched *thread = find_watched(seL4_Recv(endpoint, reply, &message));
        handle(thread, thread && thread == log_thread, &message);
    }
}
