// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Checks a specification before root acts on it (services/root/spec_view.h). Nothing here trusts a number
// that was not compared yet: sizes are added in 64 bits, where 32-bit fields cannot overflow. What only the
// kernel can know (interrupt numbers, budgets) is left to it; root reports its answer.
#include <stdarg.h>
#include <lib/base/format.h>
#include <lib/base/string.h>
#include <services/root/spec_view.h>

#define REBUILD     "build the image again with the tools of this version"
#define VSPACE_SIZE (1ull << 40)

struct checker {
    struct spec_view *view;
    uint64_t size; // of the specification
    const struct boot_modules *modules;
    uint64_t slots;
    char *message;
    size_t message_size;
};

// Notes a violation; false, for the caller to return.
__attribute__((format(printf, 2, 3))) static bool wrong(const struct checker *checker, const char *format,
                                                        ...) {
    va_list list;
    va_start(list, format);
    format_buffer_list(checker->message, checker->message_size, format, list);
    va_end(list);
    return false;
}

static const struct {
    const char *name;
    uint8_t min_bits, max_bits; // of the field size_bits
    uint8_t ram_bits;           // log2 of the object's bytes, beside size_bits
    bool sized;                 // size_bits counts
} object_types[] = {
    [SPEC_OBJECT_TCB] = {.name = "TCB", .ram_bits = SEL4_TCB_BITS},
    [SPEC_OBJECT_ENDPOINT] = {.name = "endpoint", .ram_bits = SEL4_ENDPOINT_BITS},
    [SPEC_OBJECT_NOTIFICATION] = {.name = "notification", .ram_bits = SEL4_NOTIFICATION_BITS},
    [SPEC_OBJECT_CNODE] = {"CNode", 1, 24, SEL4_SLOT_BITS, true},
    [SPEC_OBJECT_SCHED_CONTEXT] = {"scheduling context", SEL4_MIN_SCHED_CONTEXT_BITS, 20, 0, true},
    [SPEC_OBJECT_REPLY] = {.name = "reply", .ram_bits = SEL4_REPLY_BITS},
    [SPEC_OBJECT_VSPACE] = {.name = "VSpace", .ram_bits = SEL4_VSPACE_BITS},
    [SPEC_OBJECT_PAGE_TABLE] = {.name = "page table", .ram_bits = SEL4_PAGE_TABLE_BITS},
    [SPEC_OBJECT_VCPU] = {.name = "vCPU", .ram_bits = SEL4_VCPU_BITS},
    [SPEC_OBJECT_FRAME] = {"frame", SEL4_SMALL_PAGE_BITS, SEL4_HUGE_PAGE_BITS, 0, true},
    [SPEC_OBJECT_FRAME_PHYSICAL] = {"physical frame", SEL4_SMALL_PAGE_BITS, SEL4_HUGE_PAGE_BITS, 0, true},
    [SPEC_OBJECT_FRAME_MODULE] = {"module frame", SEL4_SMALL_PAGE_BITS, SEL4_HUGE_PAGE_BITS, 0, true},
    [SPEC_OBJECT_IRQ_HANDLER] = {.name = "interrupt handler"},
};
#define OBJECT_TYPE_COUNT (sizeof(object_types) / sizeof(object_types[0]))

unsigned spec_object_bits(const struct spec_object *object) {
    if (object->type == SPEC_OBJECT_FRAME_PHYSICAL || object->type == SPEC_OBJECT_FRAME_MODULE)
        return 0;
    return object_types[object->type].ram_bits + (object_types[object->type].sized ? object->size_bits : 0);
}

const struct glacis_boot_module *boot_module_find(const struct boot_modules *modules, const char *name) {
    for (unsigned i = 0; i < modules->count; i++)
        if (strncmp(modules->entries[i].name, name, sizeof(modules->entries[i].name)) == 0)
            return &modules->entries[i];
    return NULL;
}

bool spec_check_header(const struct spec_header *header, uint64_t size, char *message, size_t message_size) {
    const struct checker checker = {.message = message, .message_size = message_size};
    if (size < sizeof(*header))
        return wrong(&checker, "the module has %lu bytes, less than a header: " REBUILD, (unsigned long)size);
    if (header->magic != SPEC_MAGIC)
        return wrong(&checker, "the module is no specification (magic 0x%lx): " REBUILD,
                     (unsigned long)header->magic);
    if (header->version != SPEC_VERSION || header->header_size != sizeof(*header))
        return wrong(&checker, "version %u, but this root task reads version %u: " REBUILD, header->version,
                     SPEC_VERSION);
    if (header->total_size > size)
        return wrong(&checker, "it says that it has %lu bytes, the module holds %lu (truncated): " REBUILD,
                     (unsigned long)header->total_size, (unsigned long)size);
    return true;
}

// One table: inside the block and aligned. Returns its first record, or NULL.
static const void *check_table(const struct checker *checker, const char *name,
                               const struct spec_table *table, size_t record_size) {
    uint64_t end = table->offset + (uint64_t)table->count * record_size;
    if (table->offset % 8 == 0 && end <= checker->view->header->total_size)
        return (const uint8_t *)checker->view->header + table->offset;
    wrong(checker, "table of %s (offset %u, %u records) lies outside or askew: " REBUILD, name, table->offset,
          table->count);
    return NULL;
}

static bool check_tables(const struct checker *checker) {
    struct spec_view *view = checker->view;
    const struct spec_header *header = view->header;
#define TABLE(field, name) (view->field = check_table(checker, name, &header->field, sizeof(*view->field)))
    if (!TABLE(modules, "modules") || !TABLE(objects, "objects") || !TABLE(cnode_slots, "slots") ||
        !TABLE(mappings, "mappings") || !TABLE(fills, "fills") || !TABLE(schedules, "schedules") ||
        !TABLE(interrupts, "interrupts") || !TABLE(threads, "threads") || !TABLE(strings, "strings") ||
        !TABLE(data, "data"))
        return false;
#undef TABLE
    // With the last byte zero, every string inside the table ends inside it.
    if (header->strings.count > 0 && view->strings[header->strings.count - 1] != 0)
        return wrong(checker, "the string table does not end with a zero byte: " REBUILD);
    return true;
}

static bool is_string(const struct checker *checker, uint32_t string) {
    return string == SPEC_NONE || string < checker->view->header->strings.count;
}

static bool check_modules(const struct checker *checker) {
    struct spec_view *view = checker->view;
    uint32_t count = view->header->modules.count;
    if (count > IMAGE_MAX_MODULES)
        return wrong(checker, "it names %u modules, an image has %u at most: " REBUILD, count,
                     IMAGE_MAX_MODULES);
    for (uint32_t i = 0; i < count; i++) {
        const struct spec_module *module = &view->modules[i];
        if (strnlen(module->name, sizeof(module->name)) == sizeof(module->name))
            return wrong(checker, "module %u: its name does not end: " REBUILD, i);
        if (strcmp(module->name, SPEC_MODULE_NAME) == 0)
            return wrong(checker, "module %u: the specification cannot be a module of its own: " REBUILD, i);
        const struct glacis_boot_module *boot = boot_module_find(checker->modules, module->name);
        if (!boot)
            return wrong(checker, "module %u: the image has no module \"%s\": pack it with the image", i,
                         module->name);
        if (boot->size < module->min_size)
            return wrong(checker,
                         "module %u: \"%s\" has %lu bytes in the image, %lu are needed: pack the same file"
                         " that the specification was made for",
                         i, module->name, (unsigned long)boot->size, (unsigned long)module->min_size);
        view->boot_modules[i] = boot;
    }
    return true;
}

// What a kind of object needs beyond its size. `previous`: ends of the frames before, by module; physical
// last.
static bool check_object_source(const struct checker *checker, uint32_t i, uint64_t *previous) {
    const struct spec_object *object = &checker->view->objects[i];
    if (object->type != SPEC_OBJECT_FRAME_PHYSICAL && object->type != SPEC_OBJECT_FRAME_MODULE)
        return true;
    uint64_t limit = 1ull << 48, bytes = (uint64_t)object->count << object->size_bits;
    unsigned place = IMAGE_MAX_MODULES;
    if (object->type == SPEC_OBJECT_FRAME_MODULE) {
        if (object->module >= checker->view->header->modules.count)
            return wrong(checker, "object record %u: module %u does not exist: " REBUILD, i, object->module);
        limit = (checker->view->boot_modules[object->module]->size + IMAGE_ALIGNMENT - 1) &
                ~(IMAGE_ALIGNMENT - 1);
        place = object->module;
    }
    if (object->source & ((1ull << object->size_bits) - 1))
        return wrong(checker, "object record %u: address 0x%lx is not aligned to its frames: " REBUILD, i,
                     (unsigned long)object->source);
    if (object->source > limit || bytes > limit - object->source)
        return wrong(checker, "object record %u: its frames end behind %s: " REBUILD, i,
                     place == IMAGE_MAX_MODULES ? "the address space" : "their module");
    if (object->source < previous[place])
        return wrong(checker, "object record %u: frame 0x%lx does not ascend: " REBUILD, i,
                     (unsigned long)object->source);
    previous[place] = object->source + bytes;
    return true;
}

static bool check_objects(const struct checker *checker) {
    struct spec_view *view = checker->view;
    uint64_t ids = 0, previous[IMAGE_MAX_MODULES + 1] = {0};
    for (uint32_t i = 0; i < view->header->objects.count; i++) {
        const struct spec_object *object = &view->objects[i];
        if (object->type == 0 || object->type >= OBJECT_TYPE_COUNT)
            return wrong(checker, "object record %u: no type %u: " REBUILD, i, object->type);
        if (!is_string(checker, object->name))
            return wrong(checker, "object record %u: its name lies outside the strings: " REBUILD, i);
        if (object_types[object->type].sized && (object->size_bits < object_types[object->type].min_bits ||
                                                 object->size_bits > object_types[object->type].max_bits))
            return wrong(checker, "object record %u: a %s cannot have size_bits %u: " REBUILD, i,
                         object_types[object->type].name, object->size_bits);
        if (spec_is_frame(object->type) && object->size_bits != SEL4_SMALL_PAGE_BITS &&
            object->size_bits != SEL4_LARGE_PAGE_BITS && object->size_bits != SEL4_HUGE_PAGE_BITS)
            return wrong(checker, "object record %u: a frame has size_bits 12, 21 or 30, not %u: " REBUILD, i,
                         object->size_bits);
        if (object->count == 0)
            return wrong(checker, "object record %u: it makes no object: " REBUILD, i);
        if (ids + object->count > checker->slots || ids + object->count > SPEC_MAX_OBJECTS)
            return wrong(checker, "the system has more objects than root has slots (%lu): use 2 MiB frames",
                         (unsigned long)checker->slots);
        if (!check_object_source(checker, i, previous))
            return false;
        view->first[i] = (uint16_t)ids;
        for (uint32_t n = 0; n < object->count; n++)
            view->record[ids++] = (uint16_t)i;
    }
    if (ids != view->header->object_count)
        return wrong(checker, "the header counts %u objects, the records make %lu: " REBUILD,
                     view->header->object_count, (unsigned long)ids);
    return true;
}

// An object of this type; `what` and `index` name the record that refers to it.
static bool check_id(const struct checker *checker, const char *what, uint32_t index, uint32_t id,
                     uint32_t type) {
    const struct spec_view *view = checker->view;
    if (id >= view->header->object_count)
        return wrong(checker, "%s %u: object %u does not exist (there are %u): " REBUILD, what, index, id,
                     view->header->object_count);
    if (type && spec_object_of(view, id)->type != type)
        return wrong(checker, "%s %u: object %u is of type %s, not %s: " REBUILD, what, index, id,
                     object_types[spec_object_of(view, id)->type].name, object_types[type].name);
    return true;
}

static bool check_optional_id(const struct checker *checker, const char *what, uint32_t index, uint32_t id,
                              uint32_t type) {
    return id == SPEC_NONE || check_id(checker, what, index, id, type);
}

// `count` slots from `slot` of a CNode.
static bool check_slots(const struct checker *checker, const char *what, uint32_t index, uint32_t cnode,
                        uint32_t slot, uint32_t count) {
    if (!check_id(checker, what, index, cnode, SPEC_OBJECT_CNODE))
        return false;
    uint64_t size = 1ull << spec_object_of(checker->view, cnode)->size_bits;
    if ((uint64_t)slot + count > size)
        return wrong(checker, "%s %u: slot %lu lies outside its CNode of %lu: " REBUILD, what, index,
                     (unsigned long)slot + count - 1, (unsigned long)size);
    return true;
}

static bool check_cnode_slots(const struct checker *checker) {
    const struct spec_view *view = checker->view;
    for (uint32_t i = 0; i < view->header->cnode_slots.count; i++) {
        const struct spec_cnode_slot *slot = &view->cnode_slots[i];
        if (!check_slots(checker, "slot record", i, slot->cnode, slot->slot, 1) ||
            !check_id(checker, "slot record", i, slot->object, 0))
            return false;
        if (spec_object_of(view, slot->object)->type == SPEC_OBJECT_PAGE_TABLE)
            return wrong(checker, "slot record %u: a page table reaches its CNode by its mapping: " REBUILD,
                         i);
    }
    return true;
}

// `count` objects from `id`: all frames (or all page tables, where allowed) of one size; sets their
// size_bits.
static bool check_span(const struct checker *checker, const char *what, uint32_t index, uint32_t id,
                       uint64_t count, bool ram_only, unsigned *bits) {
    const struct spec_view *view = checker->view;
    if (!check_id(checker, what, index, id, 0))
        return false;
    const struct spec_object *first = spec_object_of(view, id);
    if (ram_only ? first->type != SPEC_OBJECT_FRAME
                 : !spec_is_frame(first->type) && first->type != SPEC_OBJECT_PAGE_TABLE)
        return wrong(checker, "%s %u: object %u is of type %s, not frame: " REBUILD, what, index, id,
                     object_types[first->type].name);
    for (uint64_t next = id; next < (uint64_t)id + count;) {
        if (next >= view->header->object_count)
            return wrong(checker, "%s %u: it reaches behind the last object: " REBUILD, what, index);
        const struct spec_object *object = spec_object_of(view, (uint32_t)next);
        if (object->size_bits != first->size_bits ||
            (ram_only ? object->type != first->type
                      : spec_is_frame(object->type) != spec_is_frame(first->type)))
            return wrong(checker, "%s %u: object %lu is of another kind than object %u: " REBUILD, what,
                         index, (unsigned long)next, id);
        next = (uint64_t)view->first[view->record[next]] + object->count;
    }
    *bits = first->type == SPEC_OBJECT_PAGE_TABLE ? SEL4_LARGE_PAGE_BITS : first->size_bits;
    return true;
}

static bool check_mapping(const struct checker *checker, uint32_t i) {
    const struct spec_view *view = checker->view;
    const struct spec_mapping *mapping = &view->mappings[i];
    unsigned bits;
    if (mapping->count == 0)
        return wrong(checker, "mapping %u: it maps nothing: " REBUILD, i);
    if (!check_span(checker, "mapping", i, mapping->object, mapping->count, false, &bits))
        return false;
    bool table = spec_object_of(view, mapping->object)->type == SPEC_OBJECT_PAGE_TABLE;
    uint64_t size = (uint64_t)mapping->count << bits;
    if ((!table && mapping->vaddr & ((1ull << bits) - 1)) || mapping->vaddr >= VSPACE_SIZE ||
        (!table && size > VSPACE_SIZE - mapping->vaddr))
        return wrong(checker, "mapping %u: address 0x%lx is not aligned or out of range: " REBUILD, i,
                     (unsigned long)mapping->vaddr);
    if (table && mapping->count != 1)
        return wrong(checker, "mapping %u: page tables are mapped one by one: " REBUILD, i);
    if (mapping->cnode != SPEC_NONE &&
        !check_slots(checker, "mapping", i, mapping->cnode, mapping->slot, mapping->count))
        return false;
    if (mapping->vspace != SPEC_ROOT)
        return check_id(checker, "mapping", i, mapping->vspace, SPEC_OBJECT_VSPACE);
    if (table || bits != SEL4_SMALL_PAGE_BITS || mapping->vaddr < SPEC_ROOT_WINDOW ||
        mapping->vaddr + size > SPEC_ROOT_WINDOW + SPEC_ROOT_WINDOW_BYTES || mapping->cnode != SPEC_NONE)
        return wrong(checker, "mapping %u: root takes 4 KiB frames from 0x%lx only, and keeps them: " REBUILD,
                     i, (unsigned long)SPEC_ROOT_WINDOW);
    return true;
}

static bool check_fill(const struct checker *checker, uint32_t i) {
    const struct spec_view *view = checker->view;
    const struct spec_fill *fill = &view->fills[i];
    unsigned bits;
    uint64_t end;
    if (!check_span(checker, "fill", i, fill->object, 1, true, &bits))
        return false;
    if (__builtin_add_overflow(fill->offset, fill->size, &end) || end > (uint64_t)SPEC_MAX_OBJECTS << bits)
        return wrong(checker, "fill %u: it ends behind its frames: " REBUILD, i);
    if (!check_span(checker, "fill", i, fill->object, (end + (1ull << bits) - 1) >> bits, true, &bits))
        return false;
    if (fill->module != SPEC_NONE && fill->module >= view->header->modules.count)
        return wrong(checker, "fill %u: module %u does not exist: " REBUILD, i, fill->module);
    uint64_t limit =
        fill->module == SPEC_NONE ? view->header->data.count : view->boot_modules[fill->module]->size;
    if (fill->source > limit || fill->size > limit - fill->source)
        return wrong(checker, "fill %u: it reads behind the end of %s: " REBUILD, i,
                     fill->module == SPEC_NONE ? "the data" : view->modules[fill->module].name);
    return true;
}

static bool check_thread(const struct checker *checker, uint32_t i) {
    const struct spec_view *view = checker->view;
    const struct spec_thread *thread = &view->threads[i];
    if (!is_string(checker, thread->name))
        return wrong(checker, "thread %u: its name lies outside the strings: " REBUILD, i);
    if (!check_id(checker, "thread", i, thread->tcb, SPEC_OBJECT_TCB) ||
        !check_id(checker, "thread", i, thread->cspace, SPEC_OBJECT_CNODE) ||
        !check_id(checker, "thread", i, thread->vspace, SPEC_OBJECT_VSPACE) ||
        !check_optional_id(checker, "thread", i, thread->ipc_buffer_frame, SPEC_OBJECT_FRAME) ||
        !check_optional_id(checker, "thread", i, thread->sched_context, SPEC_OBJECT_SCHED_CONTEXT) ||
        !check_optional_id(checker, "thread", i, thread->fault_endpoint, SPEC_OBJECT_ENDPOINT) ||
        !check_optional_id(checker, "thread", i, thread->bound_notification, SPEC_OBJECT_NOTIFICATION) ||
        !check_optional_id(checker, "thread", i, thread->vcpu, SPEC_OBJECT_VCPU))
        return false;
    if (thread->passive && (thread->sched_context == SPEC_NONE || thread->bound_notification == SPEC_NONE))
        return wrong(checker,
                     "thread %u: it is passive without a scheduling context and a notification: " REBUILD, i);
    for (uint32_t other = 0; other < i; other++) {
        if (view->threads[other].tcb == thread->tcb)
            return wrong(checker, "thread %u: thread %u has the same TCB: " REBUILD, i, other);
        if (thread->fault_endpoint == view->header->fault_endpoint &&
            view->threads[other].fault_endpoint == thread->fault_endpoint &&
            view->threads[other].fault_badge == thread->fault_badge)
            return wrong(checker, "thread %u: thread %u has the same fault badge: " REBUILD, i, other);
    }
    return true;
}

static bool check_root_objects(const struct checker *checker) {
    const struct spec_view *view = checker->view;
    const struct spec_header *header = view->header;
    if (!is_string(checker, header->name))
        return wrong(checker, "header: the system's name lies outside the strings: " REBUILD);
    if (!check_id(checker, "header", 0, header->fault_endpoint, SPEC_OBJECT_ENDPOINT) ||
        !check_id(checker, "header", 0, header->fault_reply, SPEC_OBJECT_REPLY) ||
        !check_optional_id(checker, "header", 0, header->log_notification, SPEC_OBJECT_NOTIFICATION))
        return false;
    if (header->log_notification == SPEC_NONE)
        return true;
    if (header->log_thread != SPEC_NONE && header->log_thread >= header->threads.count)
        return wrong(checker, "header: log thread %u does not exist: " REBUILD, header->log_thread);
    for (uint32_t i = 0; i < header->mappings.count; i++) {
        const struct spec_mapping *mapping = &view->mappings[i];
        if (mapping->vspace == SPEC_ROOT && header->log_ring % 4096 == 0 &&
            header->log_ring >= mapping->vaddr &&
            (header->log_ring - mapping->vaddr) >> SEL4_SMALL_PAGE_BITS < mapping->count)
            return true;
    }
    return wrong(checker, "header: no mapping puts the log ring at 0x%lx: " REBUILD,
                 (unsigned long)header->log_ring);
}

static bool check_schedules_and_interrupts(const struct checker *checker) {
    const struct spec_view *view = checker->view;
    for (uint32_t i = 0; i < view->header->schedules.count; i++)
        if (!check_id(checker, "schedule", i, view->schedules[i].sched_context, SPEC_OBJECT_SCHED_CONTEXT))
            return false;
    for (uint32_t i = 0; i < view->header->interrupts.count; i++)
        if (!check_id(checker, "interrupt", i, view->interrupts[i].handler, SPEC_OBJECT_IRQ_HANDLER) ||
            !check_id(checker, "interrupt", i, view->interrupts[i].notification, SPEC_OBJECT_NOTIFICATION))
            return false;
    return true;
}

bool spec_check(struct spec_view *view, const struct spec_header *header, uint64_t size,
                const struct boot_modules *modules, uint64_t slots, char *message, size_t message_size) {
    const struct checker checker = {view, size, modules, slots, message, message_size};
    if (!spec_check_header(header, size, message, message_size))
        return false;
    view->header = header;
    if (!check_tables(&checker) || !check_modules(&checker) || !check_objects(&checker) ||
        !check_cnode_slots(&checker))
        return false;
    for (uint32_t i = 0; i < header->mappings.count; i++)
        if (!check_mapping(&checker, i))
            return false;
    for (uint32_t i = 0; i < header->fills.count; i++)
        if (!check_fill(&checker, i))
            return false;
    if (!check_schedules_and_interrupts(&checker))
        return false;
    if (header->threads.count > SPEC_MAX_THREADS)
        return wrong(&checker, "it has %u threads, root watches %u at most: " REBUILD, header->threads.count,
                     SPEC_MAX_THREADS);
    for (uint32_t i = 0; i < header->threads.count; i++)
        if (!check_thread(&checker, i))
            return false;
    return check_root_objects(&checker);
}
