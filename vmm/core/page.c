// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Register pages in the guest's address space (vmm/include/vmm/page.h). Their tables are there for good, so
// that showing and hiding cannot fail.
#include <lib/rt/rt.h>
#include <lib/sys/sys.h>
#include <vmm/include/vmm/page.h>

struct register_page register_page_of(const struct vm_device *config) {
    return (struct register_page){
        .words = (volatile uint32_t *)(uintptr_t)config->page,
        .slot = config->page_slot,
        .ipa = config->ipa,
        .shown = config->page != 0,
    };
}

void register_page_show(struct register_page *page) {
    if (page->shown || !page->words)
        return;
    page->shown = true;
    enum sel4_error error =
        seL4_Page_Map(page->slot, VMM_SLOT_GUEST_VSPACE, page->ipa, SEL4_RIGHT_READ, SEL4_PAGE_EXECUTE_NEVER);
    CHECK(error == SEL4_NO_ERROR);
}

void register_page_hide(struct register_page *page) {
    if (!page->shown)
        return;
    page->shown = false;
    enum sel4_error error = seL4_Page_Unmap(page->slot);
    CHECK(error == SEL4_NO_ERROR);
}
