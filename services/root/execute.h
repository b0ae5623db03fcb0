// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Root's acts: one function for each step of the execution order in abi/spec.h. Each performs what spec_check
// and memory_plan have found right; a kernel that refuses all the same is reported with the record and stops
// the start.
#ifndef SERVICES_ROOT_EXECUTE_H
#define SERVICES_ROOT_EXECUTE_H

#include <services/root/memory.h>

// One 4 KiB, 2 MiB or 1 GiB frame at a time, seen through a fixed address.
struct window {
    uint64_t small, large, huge; // where frames of each size appear
    cptr_t slot;                 // scratch: the mapped copy
    cptr_t cap;                  // what it is a copy of; 0: nothing is mapped
    uint8_t *bytes;
};

// A frame of a module that root made for itself, to read from.
struct module_frame {
    uint64_t address; // physical
    cptr_t cap;
    unsigned bits;
};
#define ROOT_MODULE_FRAMES 64
#define ROOT_OWN_SLOTS     16

// What becomes of a thread that sends SPEC_MESSAGE_PASSIVE.
struct root_passive {
    cptr_t tcb, sched_context, notification; // the last is 0: the thread stays as it is
};

struct root {
    const struct sel4_bootinfo *bootinfo;
    struct boot_modules modules;
    const void *fdt; // the board's device tree; NULL: the kernel gave none
    struct memory memory;
    struct spec_view spec;
    cptr_t first_object; // object id i is in slot first_object + i
    cptr_t temporary;    // a slot that is empty between steps
    struct window source, target;
    struct module_frame module_frames[ROOT_MODULE_FRAMES];
    unsigned module_frame_count;
    cptr_t own[ROOT_OWN_SLOTS]; // scratch slots that root keeps: its page tables and its log's frames
    unsigned own_count;
    cptr_t power_off;    // 0: none
    uint64_t early_uart; // physical address of the page that root made; ~0: none
    cptr_t early_uart_frame;
};

// Stops the start with a message: prints it and waits for ever.
_Noreturn void root_stop(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Takes boot information and prepares root's own address space and memory.
void root_prepare(struct root *root, const struct sel4_bootinfo *bootinfo);
// Maps the whole module and returns its address.
const void *root_map_spec(struct root *root, const struct glacis_boot_module *module);
// Makes and maps the early UART's page; false: its memory is not there.
bool root_open_early_uart(struct root *root, uint64_t address);

void root_make_objects(struct root *root);
void root_map(struct root *root);
void root_fill(struct root *root);
void root_schedule(struct root *root);
void root_bind_interrupts(struct root *root);
void root_fill_cnodes(struct root *root);
void root_configure_threads(struct root *root);
// The thread waits on an endpoint: its context is lent by its notification from now on. False: it had made it
// so before.
bool root_make_passive(const struct root_passive *thread);
// Makes root's end of the log: returns the slot of the notification with its badge; 0: the system has none.
cptr_t root_open_log(struct root *root);
// Keeps the means to switch the machine off, where the kernel gives any.
void root_keep_power_off(struct root *root);
// Switches the machine off; returns when it cannot.
void root_power_off(const struct root *root);
void root_start_threads(struct root *root);
// Deletes every capability but those that abi/spec.h names. `keep_early_uart`: that one's page, too.
void root_drop_capabilities(struct root *root, bool keep_early_uart);

#endif
