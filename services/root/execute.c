// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Root's acts (services/root/execute.h). Root's own address space, beside its image:
//
//     0x10000000  the specification, read only
//     0x20000000  one page each: source window, target window, early UART
//     0x20200000  2 MiB frames: source window, then target window
//     0x30000000  SPEC_ROOT_WINDOW: the log ring
//     0x40000000  1 GiB frames: source window, then target window
//
// Invariant: every capability that root takes for itself stands in a scratch slot (memory_take_slot), so that
// services/root/drop.c finds it.
#include <stdarg.h>
#include <lib/base/format.h>
#include <lib/base/string.h>
#include <lib/sys/sys.h>
#include <services/root/execute.h>
#include <services/root/log.h>
#include <services/root/report.h>

#define SPEC_ADDRESS     0x10000000ull
#define SPEC_MAX_BYTES   0x10000000ull
#define SMALL_WINDOWS    0x20000000ull
#define LARGE_WINDOWS    0x20200000ull
#define HUGE_WINDOWS     0x40000000ull
#define EARLY_UART       (SMALL_WINDOWS + 0x2000)
#define ROOT_DEPTH       SEL4_WORD_BITS // root's slots, seen from its CNode
#define SMALL_PAGE_BYTES (1ull << SEL4_SMALL_PAGE_BITS)
#define LARGE_PAGE_BYTES (1ull << SEL4_LARGE_PAGE_BITS)

void root_stop(const char *format, ...) {
    char text[256];
    va_list list;
    va_start(list, format);
    format_buffer_list(text, sizeof(text), format, list);
    va_end(list);
    log_line("%s", text);
    for (;;)
        seL4_TCB_Suspend(SEL4_SLOT_TCB);
}

// Stops the start because the kernel refused what a record asks for.
__attribute__((format(printf, 2, 3), cold)) static void must(enum sel4_error error, const char *format, ...) {
    char what[160];
    if (error == SEL4_NO_ERROR)
        return;
    va_list list;
    va_start(list, format);
    format_buffer_list(what, sizeof(what), format, list);
    va_end(list);
    root_stop("specification: %s: the kernel refuses: %s (0x%lx, 0x%lx); build the image again with the "
              "tools of this "
              "version",
              what, report_error_name(error), (unsigned long)seL4_GetMR(0), (unsigned long)seL4_GetMR(1));
}

static cptr_t take_slot(struct root *root) {
    cptr_t slot = memory_take_slot(&root->memory);
    if (!slot)
        root_stop("root has no capability slot left: use fewer, larger frames");
    return slot;
}

// Notes that root keeps what stands in a scratch slot.
static void keep_slot(struct root *root, cptr_t slot) {
    if (root->own_count == ROOT_OWN_SLOTS)
        root_stop("specification: more than %u frames for root itself: build the image again",
                  ROOT_OWN_SLOTS - 2);
    root->own[root->own_count++] = slot;
}

static cptr_t object_cap(const struct root *root, uint32_t id) {
    return root->first_object + id;
}

static cptr_t optional_cap(const struct root *root, uint32_t id) {
    return id == SPEC_NONE ? SEL4_SLOT_NULL : object_cap(root, id);
}

static const char *object_name(const struct root *root, uint32_t id) {
    return spec_string(&root->spec, spec_object_of(&root->spec, id)->name);
}

static enum sel4_error copy_cap(cptr_t to, cptr_t from) {
    return seL4_CNode_Copy(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, to, ROOT_DEPTH, from, ROOT_DEPTH,
                           SEL4_RIGHTS_ALL);
}

static enum sel4_error delete_cap(cptr_t slot) {
    return seL4_CNode_Delete(SEL4_SLOT_CNODE, slot, ROOT_DEPTH);
}

static bool retype(cptr_t untyped, word_t type, word_t size_bits, cptr_t slot, word_t count) {
    enum sel4_error error = seL4_Untyped_Retype(untyped, SEL4_SLOT_CNODE, type, size_bits, 0, 0, slot, count);
    must(error, "%lu objects of type %lu (%lu bits)", (unsigned long)count, (unsigned long)type,
         (unsigned long)size_bits);
    return true;
}

// A level-3 table for root's own VSpace at `address`.
static void make_own_table(struct root *root, uint64_t address) {
    cptr_t table = memory_make_own(&root->memory, SEL4_OBJECT_PAGE_TABLE, SEL4_PAGE_TABLE_BITS);
    if (!table)
        root_stop("no memory for root's own page tables: give the machine more (-m)");
    must(seL4_PageTable_Map(table, SEL4_SLOT_VSPACE, address, SEL4_PAGE_DEFAULT), "root's own page table");
    keep_slot(root, table);
}

void root_prepare(struct root *root, const struct sel4_bootinfo *bootinfo) {
    root->bootinfo = bootinfo;
    root->first_object = bootinfo->empty.start;
    root->early_uart = ~0ull;
    memory_init(&root->memory, bootinfo, bootinfo->empty.start, bootinfo->empty.end);
    root->memory.retype = retype;
    root->temporary = take_slot(root);
    root->source = (struct window){SMALL_WINDOWS, LARGE_WINDOWS, HUGE_WINDOWS, take_slot(root), 0, NULL};
    root->target = (struct window){SMALL_WINDOWS + SMALL_PAGE_BYTES,
                                   LARGE_WINDOWS + LARGE_PAGE_BYTES,
                                   HUGE_WINDOWS + (1ull << SEL4_HUGE_PAGE_BITS),
                                   take_slot(root),
                                   0,
                                   NULL};

    const uint8_t *extra = (const uint8_t *)bootinfo + SMALL_PAGE_BYTES;
    for (word_t at = 0; at + sizeof(struct sel4_bootinfo_chunk) <= bootinfo->extra_length;) {
        const struct sel4_bootinfo_chunk *chunk = (const struct sel4_bootinfo_chunk *)(extra + at);
        if (chunk->id == GLACIS_BOOTINFO_CHUNK_MODULES) {
            root->modules.entries = (const struct glacis_boot_module *)(chunk + 1);
            root->modules.count =
                (unsigned)((chunk->length - sizeof(*chunk)) / sizeof(struct glacis_boot_module));
        }
        if (chunk->id == SEL4_BOOTINFO_CHUNK_FDT)
            root->fdt = chunk + 1;
        at += chunk->length;
    }
    make_own_table(root, SMALL_WINDOWS);
    make_own_table(root, SPEC_ROOT_WINDOW);
}

const void *root_map_spec(struct root *root, const struct glacis_boot_module *module) {
    for (uint64_t at = 0; at < module->size && at < SPEC_MAX_BYTES; at += LARGE_PAGE_BYTES) {
        cptr_t frame = take_slot(root);
        if (!memory_make_frames(&root->memory, module->paddr + at, SEL4_LARGE_PAGE_BITS, 1, frame))
            root_stop("the kernel does not offer the memory of module \"%s\": pack the image again",
                      module->name);
        must(seL4_Page_Map(frame, SEL4_SLOT_VSPACE, SPEC_ADDRESS + at, SEL4_RIGHT_READ,
                           SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER),
             "root's view of it");
    }
    return (const void *)SPEC_ADDRESS;
}

bool root_open_early_uart(struct root *root, uint64_t address) {
    uint64_t page = address & ~(SMALL_PAGE_BYTES - 1);
    cptr_t frame = take_slot(root);
    if (!memory_make_frames(&root->memory, page, SEL4_SMALL_PAGE_BITS, 1, frame) ||
        seL4_Page_Map(frame, SEL4_SLOT_VSPACE, EARLY_UART, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE,
                      SEL4_PAGE_EXECUTE_NEVER))
        return false;
    root->early_uart = page;
    root->early_uart_frame = frame;
    log_use_pl011(EARLY_UART + (address - page));
    return true;
}

// Frames of device or module memory from `address` on, in the slots of ids `id`...
static void make_physical(struct root *root, uint32_t id, uint64_t address) {
    const struct spec_object *object = spec_object_of(&root->spec, id);
    for (uint32_t done = 0; done < object->count;) {
        uint64_t next = address + ((uint64_t)done << object->size_bits);
        unsigned made = 1;
        if (next == root->early_uart && object->size_bits == SEL4_SMALL_PAGE_BITS)
            must(copy_cap(object_cap(root, id + done), root->early_uart_frame), "object %u", id + done);
        else
            made = memory_make_frames(&root->memory, next, object->size_bits, object->count - done,
                                      object_cap(root, id + done));
        if (made == 0)
            root_stop("\"%s\": no device or module memory is free at 0x%lx (%u bits): it is RAM, the "
                      "kernel's own, or "
                      "used twice; correct the device's address",
                      spec_string(&root->spec, object->name), (unsigned long)next, object->size_bits);
        done += made;
    }
}

static void make_interrupts(struct root *root, uint32_t id) {
    const struct spec_object *object = spec_object_of(&root->spec, id);
    for (uint32_t i = 0; i < object->count; i++) {
        unsigned long irq = (unsigned long)object->source + i;
        enum sel4_error error =
            seL4_IRQControl_GetTrigger(SEL4_SLOT_IRQ_CONTROL, SEL4_SLOT_CNODE, irq, object->module,
                                       object_cap(root, id + i), ROOT_DEPTH);
        if (error == SEL4_RANGE_ERROR)
            root_stop(
                "\"%s\": this board has no interrupt %lu (they are 0 to %lu): correct it in the system file",
                spec_string(&root->spec, object->name), irq, (unsigned long)seL4_GetMR(1));
        if (error == SEL4_REVOKE_FIRST)
            root_stop(
                "\"%s\": interrupt %lu is the kernel's or given out twice: correct it in the system file",
                spec_string(&root->spec, object->name), irq);
        must(error, "interrupt %lu of \"%s\"", irq, spec_string(&root->spec, object->name));
    }
}

static void plan_memory(struct root *root) {
    struct memory_shortage shortage;
    if (memory_plan(&root->memory, &root->spec, &shortage))
        return;
    const char *name = spec_string(&root->spec, shortage.object->name);
    unsigned long unit = shortage.needed < 1 << 20 ? 1 << 10 : 1 << 20;
    const char *unit_name = unit == 1 << 10 ? "KiB" : "MiB";
    unsigned long needed = (shortage.needed + unit - 1) / unit, left = shortage.free / unit;
    if (shortage.needed <= shortage.free)
        root_stop("the system needs %lu %s for \"%s\" in aligned pieces of 2^%u bytes, and this board's free "
                  "%lu %s "
                  "are smaller pieces: give the VM less memory or the machine more (-m)",
                  needed, unit_name, name, spec_object_bits(shortage.object), left, unit_name);
    root_stop(
        "the system needs %lu %s for \"%s\" but this board has %lu %s free: give the VM less memory or the "
        "machine more (-m)",
        needed, unit_name, name, left, unit_name);
}

void root_make_objects(struct root *root) {
    const struct spec_view *spec = &root->spec;
    plan_memory(root);
    root->memory.scratch_start = root->first_object + spec->header->object_count;
    memory_make_objects(&root->memory, spec, root->first_object);
    for (uint32_t i = 0; i < spec->header->objects.count; i++) {
        const struct spec_object *object = &spec->objects[i];
        uint32_t id = spec->first[i];
        if (object->type == SPEC_OBJECT_FRAME_PHYSICAL)
            make_physical(root, id, object->source);
        else if (object->type == SPEC_OBJECT_FRAME_MODULE)
            make_physical(root, id, spec->boot_modules[object->module]->paddr + object->source);
        else if (object->type == SPEC_OBJECT_IRQ_HANDLER)
            make_interrupts(root, id);
        else if (object->type == SPEC_OBJECT_VSPACE)
            for (uint32_t n = 0; n < object->count; n++)
                must(seL4_ASIDPool_Assign(SEL4_SLOT_ASID_POOL, object_cap(root, id + n)), "object %u",
                     id + n);
    }
}

// Moves a root capability into a slot of a component's CNode.
static enum sel4_error move_to(struct root *root, uint32_t cnode, uint32_t slot, cptr_t from) {
    return seL4_CNode_Move(object_cap(root, cnode), SEL4_SLOT_CNODE, slot,
                           spec_object_of(&root->spec, cnode)->size_bits, from, ROOT_DEPTH);
}

// Maps a page table; it cannot be copied, so that root's own capability moves on.
static void map_table(struct root *root, uint32_t index) {
    const struct spec_mapping *mapping = &root->spec.mappings[index];
    cptr_t table = object_cap(root, mapping->object);
    must(seL4_PageTable_Map(table, object_cap(root, mapping->vspace), mapping->vaddr, mapping->attributes),
         "mapping %u (page table for 0x%lx)", index, (unsigned long)mapping->vaddr);
    if (mapping->cnode != SPEC_NONE)
        must(move_to(root, mapping->cnode, mapping->slot, table), "mapping %u: slot %u", index,
             mapping->slot);
}

static void map_frames(struct root *root, uint32_t index) {
    const struct spec_mapping *mapping = &root->spec.mappings[index];
    unsigned bits = spec_object_of(&root->spec, mapping->object)->size_bits;
    bool own = mapping->vspace == SPEC_ROOT;
    cptr_t vspace = own ? SEL4_SLOT_VSPACE : object_cap(root, mapping->vspace);
    for (uint32_t i = 0; i < mapping->count; i++) {
        cptr_t slot = mapping->cnode == SPEC_NONE ? take_slot(root) : root->temporary;
        uint64_t vaddr = mapping->vaddr + ((uint64_t)i << bits);
        must(seL4_CNode_Copy(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, ROOT_DEPTH,
                             object_cap(root, mapping->object + i), ROOT_DEPTH, mapping->rights),
             "mapping %u: object %u", index, mapping->object + i);
        must(seL4_Page_Map(slot, vspace, vaddr, mapping->rights, mapping->attributes),
             "mapping %u (\"%s\" at 0x%lx)", index, object_name(root, mapping->object + i),
             (unsigned long)vaddr);
        if (mapping->cnode != SPEC_NONE)
            must(move_to(root, mapping->cnode, mapping->slot + i, slot), "mapping %u: slot %u", index,
                 mapping->slot + i);
        else if (own)
            keep_slot(root, slot);
    }
}

void root_map(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->mappings.count; i++) {
        if (spec_is_frame(spec_object_of(&root->spec, root->spec.mappings[i].object)->type))
            map_frames(root, i);
        else
            map_table(root, i);
    }
}

static void window_close(struct window *window) {
    if (window->cap)
        must(delete_cap(window->slot), "root's window");
    window->cap = 0;
}

// Shows the frame `cap` of 2^bits bytes.
static uint8_t *window_show(struct window *window, cptr_t cap, unsigned bits, word_t rights) {
    if (window->cap == cap)
        return window->bytes;
    window_close(window);
    uint64_t vaddr = bits == SEL4_HUGE_PAGE_BITS    ? window->huge
                     : bits == SEL4_LARGE_PAGE_BITS ? window->large
                                                    : window->small;
    must(copy_cap(window->slot, cap), "root's window");
    must(seL4_Page_Map(window->slot, SEL4_SLOT_VSPACE, vaddr, rights,
                       SEL4_PAGE_DEFAULT | SEL4_PAGE_EXECUTE_NEVER),
         "root's window");
    window->cap = cap;
    window->bytes = (uint8_t *)vaddr;
    return window->bytes;
}

// The frame that holds byte `offset` of a module: the specification's, or one that root makes for itself.
static struct module_frame module_frame(struct root *root, uint32_t module, uint64_t offset) {
    const struct spec_view *spec = &root->spec;
    uint64_t start = spec->boot_modules[module]->paddr, address = start + offset;
    for (uint32_t i = 0; i < spec->header->objects.count; i++) {
        const struct spec_object *object = &spec->objects[i];
        if (object->type != SPEC_OBJECT_FRAME_MODULE || object->module != module || offset < object->source ||
            (offset - object->source) >> object->size_bits >= object->count)
            continue;
        uint32_t n = (uint32_t)((offset - object->source) >> object->size_bits);
        return (struct module_frame){start + object->source + ((uint64_t)n << object->size_bits),
                                     object_cap(root, spec->first[i] + n), object->size_bits};
    }
    for (unsigned i = 0; i < root->module_frame_count; i++)
        if ((root->module_frames[i].address ^ address) >> root->module_frames[i].bits == 0)
            return root->module_frames[i];
    cptr_t slot = take_slot(root);
    unsigned bits = SEL4_LARGE_PAGE_BITS;
    if (!memory_make_frames(&root->memory, address & ~(LARGE_PAGE_BYTES - 1), bits, 1, slot)) {
        bits = SEL4_SMALL_PAGE_BITS; // the specification has other pages of these 2 MiB
        if (!memory_make_frames(&root->memory, address & ~(SMALL_PAGE_BYTES - 1), bits, 1, slot))
            root_stop("the kernel does not offer the memory of module \"%s\": pack the image again",
                      spec->boot_modules[module]->name);
    }
    struct module_frame frame = {address >> bits << bits, slot, bits};
    if (root->module_frame_count < ROOT_MODULE_FRAMES)
        root->module_frames[root->module_frame_count++] = frame;
    else
        root_stop("more than %u pieces of modules are copied: use 2 MiB module frames", ROOT_MODULE_FRAMES);
    return frame;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

// The bytes from `source` on of a fill, and how many of them stand there in one piece.
static const uint8_t *fill_source(struct root *root, const struct spec_fill *fill, uint64_t source,
                                  uint64_t *size) {
    if (fill->module == SPEC_NONE)
        return root->spec.data + source;
    struct module_frame frame = module_frame(root, fill->module, source);
    uint64_t inside = root->spec.boot_modules[fill->module]->paddr + source - frame.address;
    *size = least(*size, (1ull << frame.bits) - inside);
    return window_show(&root->source, frame.cap, frame.bits, SEL4_RIGHT_READ) + inside;
}

void root_fill(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->fills.count; i++) {
        const struct spec_fill *fill = &root->spec.fills[i];
        unsigned bits = spec_object_of(&root->spec, fill->object)->size_bits;
        for (uint64_t done = 0, size; done < fill->size; done += size) {
            uint64_t at = fill->offset + done, inside = at & ((1ull << bits) - 1);
            size = least(fill->size - done, (1ull << bits) - inside);
            const uint8_t *from = fill_source(root, fill, fill->source + done, &size);
            uint8_t *to = window_show(&root->target, object_cap(root, fill->object + (uint32_t)(at >> bits)),
                                      bits, SEL4_RIGHT_READ | SEL4_RIGHT_WRITE);
            memcpy(to + inside, from, size);
            // It may be code: the instruction side must see it (DDI 0487, B2.4.4).
            must(seL4_Page_Unify(root->target.slot, inside, inside + size), "fill %u", i);
        }
    }
    window_close(&root->source);
    window_close(&root->target);
}

void root_schedule(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->schedules.count; i++) {
        const struct spec_schedule *schedule = &root->spec.schedules[i];
        must(seL4_SchedControl_ConfigureFlags(root->bootinfo->sched_control.start,
                                              object_cap(root, schedule->sched_context), schedule->budget_us,
                                              schedule->period_us, schedule->extra_refills, schedule->badge,
                                              schedule->flags),
             "schedule %u (\"%s\": %lu us of %lu us)", i, object_name(root, schedule->sched_context),
             (unsigned long)schedule->budget_us, (unsigned long)schedule->period_us);
    }
}

// Puts a badged copy of an endpoint or notification into the temporary slot.
static void badge_temporary(struct root *root, cptr_t cap, word_t rights, word_t badge, const char *what,
                            uint32_t index) {
    must(seL4_CNode_Mint(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, root->temporary, ROOT_DEPTH, cap, ROOT_DEPTH,
                         rights, badge),
         "%s %u: badge 0x%lx", what, index, (unsigned long)badge);
}

void root_bind_interrupts(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->interrupts.count; i++) {
        const struct spec_interrupt *interrupt = &root->spec.interrupts[i];
        badge_temporary(root, object_cap(root, interrupt->notification), SEL4_RIGHT_WRITE, interrupt->badge,
                        "interrupt", i);
        must(seL4_IRQHandler_SetNotification(object_cap(root, interrupt->handler), root->temporary),
             "interrupt %u", i);
        must(delete_cap(root->temporary), "interrupt %u", i);
    }
}

void root_fill_cnodes(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->cnode_slots.count; i++) {
        const struct spec_cnode_slot *slot = &root->spec.cnode_slots[i];
        cptr_t cnode = object_cap(root, slot->cnode), object = object_cap(root, slot->object);
        unsigned depth = spec_object_of(&root->spec, slot->cnode)->size_bits;
        must(slot->data ? seL4_CNode_Mint(cnode, SEL4_SLOT_CNODE, slot->slot, depth, object, ROOT_DEPTH,
                                          slot->rights, slot->data)
                        : seL4_CNode_Copy(cnode, SEL4_SLOT_CNODE, slot->slot, depth, object, ROOT_DEPTH,
                                          slot->rights),
             "slot record %u (\"%s\" in slot %u of \"%s\")", i, object_name(root, slot->object), slot->slot,
             object_name(root, slot->cnode));
    }
}

static void configure_thread(struct root *root, uint32_t index) {
    const struct spec_thread *thread = &root->spec.threads[index];
    const char *name = spec_string(&root->spec, thread->name);
    cptr_t tcb = object_cap(root, thread->tcb), fault = SEL4_SLOT_NULL;
    must(seL4_TCB_Configure(tcb, object_cap(root, thread->cspace), object_cap(root, thread->vspace),
                            optional_cap(root, thread->ipc_buffer_frame), thread->cspace_data, 0,
                            thread->ipc_buffer_frame == SPEC_NONE ? 0 : thread->ipc_buffer),
         "thread %u (%s)", index, name);
    if (thread->fault_endpoint != SPEC_NONE) {
        fault = root->temporary;
        badge_temporary(root, object_cap(root, thread->fault_endpoint), SEL4_RIGHTS_ALL, thread->fault_badge,
                        "thread", index);
    }
    must(seL4_TCB_SetSchedParams(tcb, SEL4_SLOT_TCB, optional_cap(root, thread->sched_context), fault,
                                 thread->mcp, thread->priority),
         "thread %u (%s): priority %u, scheduling context", index, name, thread->priority);
    if (fault)
        must(delete_cap(fault), "thread %u (%s)", index, name);
    if (thread->bound_notification != SPEC_NONE && !thread->passive)
        must(seL4_TCB_BindNotification(tcb, object_cap(root, thread->bound_notification)),
             "thread %u (%s): notification", index, name);
    if (thread->vcpu != SPEC_NONE)
        must(seL4_VCPU_SetTCB(object_cap(root, thread->vcpu), tcb), "thread %u (%s): vCPU", index, name);
    const word_t registers[] = {
        [SEL4_REG_PC] = thread->pc,
        [SEL4_REG_SP] = thread->sp,
        [SEL4_REG_SPSR] = 0,
        [SEL4_REG_X0] = thread->argument[0],
        [SEL4_REG_X1] = thread->argument[1],
        [SEL4_REG_X2] = thread->argument[2],
        [SEL4_REG_X3] = thread->argument[3],
    };
    must(seL4_TCB_WriteRegisters(tcb, 0, sizeof(registers) / sizeof(registers[0]), registers),
         "thread %u (%s): registers", index, name);
    if (thread->ipc_buffer_frame != SPEC_NONE)
        must(seL4_TCB_SetTLSBase(tcb, thread->ipc_buffer), "thread %u (%s): TPIDR", index, name);
}

void root_configure_threads(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->threads.count; i++)
        configure_thread(root, i);
}

bool root_make_passive(const struct root_passive *thread) {
    if (seL4_SchedContext_UnbindObject(thread->sched_context, thread->tcb) ||
        seL4_SchedContext_Bind(thread->sched_context, thread->notification))
        return false;
    seL4_Poll(thread->notification); // an active one would not wake the thread
    if (seL4_TCB_BindNotification(thread->tcb, thread->notification))
        return false;
    seL4_Signal(thread->notification);
    return true;
}

cptr_t root_open_log(struct root *root) {
    const struct spec_header *header = root->spec.header;
    if (header->log_notification == SPEC_NONE)
        return SEL4_SLOT_NULL;
    cptr_t slot = take_slot(root);
    keep_slot(root, slot);
    must(seL4_CNode_Mint(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, ROOT_DEPTH,
                         object_cap(root, header->log_notification), ROOT_DEPTH, SEL4_RIGHT_WRITE,
                         header->log_badge),
         "header: log notification");
    return slot;
}

// PSCI SYSTEM_OFF (Arm DEN 0022, 5.11): the only firmware call that this capability can make.
#define PSCI_SYSTEM_OFF 0x84000008ull

void root_keep_power_off(struct root *root) {
    cptr_t slot = take_slot(root);
    if (seL4_CNode_Mint(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, ROOT_DEPTH, SEL4_SLOT_SMC, ROOT_DEPTH,
                        SEL4_RIGHTS_ALL, PSCI_SYSTEM_OFF))
        return;
    keep_slot(root, slot);
    root->power_off = slot;
}

void root_power_off(const struct root *root) {
    word_t results[8];
    if (root->power_off)
        seL4_SMC_Call(root->power_off, PSCI_SYSTEM_OFF, 0, 0, 0, 0, 0, 0, 0, results);
}

void root_start_threads(struct root *root) {
    for (uint32_t i = 0; i < root->spec.header->threads.count; i++)
        if (root->spec.threads[i].start)
            must(seL4_TCB_Resume(object_cap(root, root->spec.threads[i].tcb)), "thread %u", i);
}
