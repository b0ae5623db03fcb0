// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How root gives its authority away (abi/spec.h): it deletes every capability it holds, and its CNode's last.
// What stays: the threads' TCBs (to read their registers) and scheduling contexts (which nobody else need
// hold), passive threads' notifications, the fault endpoint and reply, the log, and what root consists of:
// its TCB, scheduling context, image, IPC buffer, page tables and the ASID pool, without which no address
// space would live.
#include <lib/sys/sys.h>
#include <services/root/execute.h>

static bool is_kept_object(const struct root *root, uint32_t id) {
    const struct spec_header *header = root->spec.header;
    uint32_t type = spec_object_of(&root->spec, id)->type;
    return type == SPEC_OBJECT_TCB || type == SPEC_OBJECT_SCHED_CONTEXT || id == header->fault_endpoint ||
           id == header->fault_reply;
}

static bool is_kept_slot(const struct root *root, cptr_t slot, bool keep_early_uart) {
    for (unsigned i = 0; i < root->own_count; i++)
        if (root->own[i] == slot)
            return true;
    return keep_early_uart && slot == root->early_uart_frame;
}

static void drop(cptr_t slot) {
    seL4_CNode_Delete(SEL4_SLOT_CNODE, slot, SEL4_WORD_BITS); // an empty slot is no error
}

static void drop_range(struct sel4_slot_region slots) {
    for (cptr_t slot = slots.start; slot < slots.end; slot++)
        drop(slot);
}

void root_drop_capabilities(struct root *root, bool keep_early_uart) {
    const struct sel4_bootinfo *bootinfo = root->bootinfo;
    static const uint8_t fixed[] = {SEL4_SLOT_VSPACE, SEL4_SLOT_IRQ_CONTROL, SEL4_SLOT_ASID_CONTROL,
                                    SEL4_SLOT_DOMAIN, SEL4_SLOT_SMC};
    struct sel4_slot_region untyped = bootinfo->untyped, sched_control = bootinfo->sched_control,
                            extra = bootinfo->extra_bootinfo_pages;
    uint32_t objects = root->spec.header->object_count;
    uint64_t kept[(SPEC_MAX_OBJECTS + 63) / 64] = {0}; // the specification's memory goes, too
    for (uint32_t id = 0; id < objects; id++)
        if (is_kept_object(root, id))
            kept[id / 64] |= 1ull << id % 64;
    for (uint32_t i = 0; i < root->spec.header->threads.count; i++) {
        const struct spec_thread *thread = &root->spec.threads[i];
        if (thread->passive)
            kept[thread->bound_notification / 64] |= 1ull << thread->bound_notification % 64;
    }

    for (unsigned i = 0; i < sizeof(fixed); i++)
        drop(fixed[i]);
    drop_range(untyped);
    drop_range(sched_control);
    for (uint32_t id = 0; id < objects; id++)
        if (!(kept[id / 64] >> id % 64 & 1))
            drop(root->first_object + id);
    for (cptr_t slot = root->memory.scratch_next; slot < bootinfo->empty.end; slot++)
        if (!is_kept_slot(root, slot, keep_early_uart))
            drop(slot);
    drop_range(extra);
    drop(SEL4_SLOT_BOOTINFO_FRAME);
    drop(SEL4_SLOT_CNODE);
}
