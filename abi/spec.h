// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The binary system specification: what host tools write and the root task executes. It speaks of kernel
// objects alone; it knows no VM and no component.
//
// A specification is one block of memory: a struct spec_header, tables of fixed-size records, a string table
// and data. Little endian, natural aligned; every table offset is a multiple of 8 and counts from the
// header's first byte.
//
// Execution order: objects, mappings (in table order: page tables before what they hold), fills, schedules,
// interrupts, slots, threads (configured in table order, then started in table order). Root runs above every
// thread (priority 255), so nothing starts before all is done. Afterwards root deletes every capability it
// holds but those of the threads' TCBs and scheduling contexts, its fault endpoint, its reply object, its log
// and what it consists of itself. Every other object lives on only where a slot, a mapping's slot, a thread
// or an interrupt handler holds a capability for it: a bound notification or a vCPU needs a slot of its own.
//
// The early UART: its page belongs to a component in the end, and one page cannot become two frame objects.
// Root therefore makes that one 4 KiB frame before anything else and prints through it, also about a bad
// specification; a SPEC_OBJECT_FRAME_PHYSICAL at that address (size_bits 12) is then a copy of that frame's
// capability. Once the first thread starts, root touches the UART no more, unless the thread `log_thread`,
// which serves root's log, has stopped.
//
// A thread finds the address of its IPC buffer in TPIDR_EL0; its other registers are zero except pc, sp and
// x0..x3.
//
// A thread that holds a capability for `fault_endpoint` with its own fault badge (a slot record says so) may
// send a message with label SPEC_MESSAGE_STOPPED and no words there: its work has ended. When every such
// thread has sent it or was stopped by a fault, root switches the machine off.
//
// A thread with `passive` set starts on its scheduling context, and without its notification bound. When it
// has made itself ready it sends SPEC_MESSAGE_PASSIVE (no words) by NBSendRecv, and so waits on an endpoint
// when root acts: root takes the context from the thread and binds it to the notification, binds the
// notification to the thread, and signals it without a badge. From then on the thread runs on the context of
// whoever called it or faulted to it; on its own one only while it handles signals. A signal from before that
// was taken: the thread looks at everything once. Root keeps the notification.
//
// Invariants (checked by root before it acts; a violation is reported and nothing starts):
// 1. An object id is the index of its record's first object: ids count objects, not records (a record makes
// `count` objects).
// 2. Every id, string, module and offset lies inside its table.
// 3. Records of one module's frames ascend in offset; physical (device) frames ascend in address.
// 4. A frame or page table is mapped by each mapping once; the capability that holds the mapping ends in the
// CNode slot that
//    the mapping names, so that it outlives root's own copy. A page table has exactly one mapping.
// 5. Mappings into SPEC_ROOT are 4 KiB frames in SPEC_ROOT_WINDOW, for which root has the page tables.
// 6. The module "spec" holds this specification alone: no object and no fill names it.
// 7. At most SPEC_MAX_THREADS threads; fault badges of threads that fault to root are distinct.
#ifndef ABI_SPEC_H
#define ABI_SPEC_H

#include <abi/types.h>

#define SPEC_MAGIC       0x4345505343414c47ull // "GLACSPEC"
#define SPEC_VERSION     1
#define SPEC_MODULE_NAME "spec"
#define SPEC_NONE        0xffffffffu // no object, no string
#define SPEC_ROOT        0xfffffffeu // in a mapping's vspace: root's own (its log ring)
#define SPEC_MAX_THREADS 128

// Fault messages have labels of their own, and words.
#define SPEC_MESSAGE_STOPPED 1
#define SPEC_MESSAGE_PASSIVE 2

// Where root's VSpace takes mappings of the specification.
#define SPEC_ROOT_WINDOW       0x30000000ull
#define SPEC_ROOT_WINDOW_BYTES 0x200000ull

enum spec_object_type {
    SPEC_OBJECT_TCB = 1,
    SPEC_OBJECT_ENDPOINT,
    SPEC_OBJECT_NOTIFICATION,
    SPEC_OBJECT_CNODE,         // size_bits: radix
    SPEC_OBJECT_SCHED_CONTEXT, // size_bits: log2 of bytes
    SPEC_OBJECT_REPLY,
    SPEC_OBJECT_VSPACE, // root assigns an ASID
    SPEC_OBJECT_PAGE_TABLE,
    SPEC_OBJECT_VCPU,
    SPEC_OBJECT_FRAME,          // size_bits 12, 21 or 30; RAM, zeroed
    SPEC_OBJECT_FRAME_PHYSICAL, // at `source`, a physical address (device memory), ascending
    SPEC_OBJECT_FRAME_MODULE,   // of module `module`, at byte `source`
    SPEC_OBJECT_IRQ_HANDLER,    // source: interrupt number; module: trigger (0 level, 1 edge)
};

struct spec_table {
    uint32_t offset;
    uint32_t count; // records (bytes for strings and data)
};

struct spec_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size; // sizeof(struct spec_header)
    uint64_t total_size;  // bytes
    struct spec_table modules, objects, cnode_slots, mappings, fills, schedules, interrupts, threads, strings,
        data;
    uint32_t object_count;     // sum of the object records' counts
    uint32_t name;             // string: the system
    uint32_t fault_endpoint;   // object: every thread with fault_badge faults to it; root waits on it
    uint32_t fault_reply;      // object: root's reply object
    uint32_t log_notification; // object: signalled after root wrote to its log ring; SPEC_NONE: no ring
    uint32_t log_badge;        // badge of that signal
    uint64_t log_ring;         // virtual address in root's VSpace of a struct ring_page (lib/base/ring.h)
    uint64_t early_uart;      // physical address of the UART that root prints to before the log exists, or ~0
    uint32_t early_uart_type; // enum spec_uart
    uint32_t log_thread;      // index in threads: serves root's log ring; SPEC_NONE: no ring
};

enum spec_uart {
    SPEC_UART_NONE = 0,
    SPEC_UART_PL011 = 1,
};

struct spec_module {
    char name[64];     // as in the boot image
    uint64_t min_size; // what records use of it
};

struct spec_object {
    uint32_t type; // enum spec_object_type
    uint32_t size_bits;
    uint32_t count; // at least 1: so many objects of this kind, frames consecutive in address
    uint32_t name;  // string, for reports
    uint32_t module;
    uint32_t reserved;
    uint64_t source;
};

// A copy of object's capability, put into slot `slot` of CNode object `cnode`.
struct spec_cnode_slot {
    uint32_t cnode;
    uint32_t slot;
    uint32_t object;
    uint32_t rights; // SEL4_RIGHT_*
    uint64_t data;   // badge (endpoint, notification) or guard word (CNode); 0: none
};

// Maps objects object .. object + count - 1 (all frames of one size, or all page tables) at ascending
// addresses; the capabilities that hold the mappings go to slots slot .. of `cnode` (SPEC_NONE: stay with
// root).
struct spec_mapping {
    uint32_t vspace; // object, or SPEC_ROOT
    uint32_t object;
    uint32_t count;
    uint32_t rights;
    uint32_t attributes; // SEL4_PAGE_*
    uint32_t cnode;
    uint32_t slot;
    uint32_t reserved;
    uint64_t vaddr;
};

// Copies `size` bytes into the memory of frames `object`.. (consecutive ids count as consecutive memory).
struct spec_fill {
    uint32_t object;
    uint32_t module; // index in modules; SPEC_NONE: from this specification, offset counts in `data`
    uint64_t offset; // destination, bytes from the start of frame `object`
    uint64_t source; // offset in the module or in data
    uint64_t size;
};

struct spec_schedule {
    uint32_t sched_context;
    uint32_t extra_refills;
    uint64_t budget_us;
    uint64_t period_us; // equal to the budget: round robin
    uint64_t badge;
    uint64_t flags;
};

// The handler's interrupts are signalled to `notification` with `badge`.
struct spec_interrupt {
    uint32_t handler;
    uint32_t notification;
    uint64_t badge;
};

struct spec_thread {
    uint32_t tcb;
    uint32_t name; // string, `component` or `component.thread`
    uint32_t cspace;
    uint32_t vspace;
    uint32_t ipc_buffer_frame; // SPEC_NONE: none
    uint32_t sched_context;    // SPEC_NONE: passive
    uint32_t fault_endpoint;   // SPEC_NONE: none
    uint32_t bound_notification;
    uint32_t vcpu; // SPEC_NONE: none
    uint8_t priority;
    uint8_t mcp;
    uint8_t start;   // resume it
    uint8_t passive; // it has a scheduling context and a notification, and sends SPEC_MESSAGE_PASSIVE
    uint64_t cspace_data;
    uint64_t ipc_buffer; // virtual address
    uint64_t fault_badge;
    uint64_t pc;
    uint64_t sp;
    uint64_t argument[4]; // x0..x3
};

_Static_assert(sizeof(struct spec_header) == 152, "specification header size");
_Static_assert(sizeof(struct spec_object) == 32, "object record size");
_Static_assert(sizeof(struct spec_cnode_slot) == 24, "slot record size");
_Static_assert(sizeof(struct spec_mapping) == 40, "mapping record size");
_Static_assert(sizeof(struct spec_fill) == 32, "fill record size");
_Static_assert(sizeof(struct spec_schedule) == 40, "schedule record size");
_Static_assert(sizeof(struct spec_interrupt) == 16, "interrupt record size");
_Static_assert(sizeof(struct spec_thread) == 112, "thread record size");

#endif
