// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// From the board's memory to a running root task: root's objects, its image, its boot information and the
// untypeds.
//
// Invariants: 1. root's objects and image are cut from the top of the largest free region and are in no
// untyped. 2. Every byte of RAM is in at most one of: reserved and not recycled, root's memory, one
// untyped. 3. Initial capabilities are originals without parent, in the order of the seL4 API's boot
// information.
#include <arch/core.h>
#include <arch/machine.h>
#include <elf.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

#define PAGE_BITS        12
#define PAGE_BYTES       BIT(PAGE_BITS)
#define ROOT_PRIORITY    255
#define ROOT_BUDGET_US   5000
#define MAX_FREE_REGIONS (BOOT_MAX_RAM + BOOT_MAX_RESERVED + BOOT_MAX_MODULES + 1)
#define MAX_SEGMENTS     16

// --- free memory

struct regions {
    unsigned count;
    struct boot_region list[MAX_FREE_REGIONS];
};

// Takes [start, end) out of the regions, which stay in ascending order.
static void regions_remove(struct regions *regions, word_t start, word_t end) {
    struct regions old = *regions;
    regions->count = 0;
    for (unsigned i = 0; i < old.count; i++) { // bound: MAX_FREE_REGIONS
        struct boot_region r = old.list[i];
        struct boot_region below = {r.start, start < r.end ? start : r.end},
                           above = {end > r.start ? end : r.start, r.end};
        CHECK(regions->count + 2 <= MAX_FREE_REGIONS);
        if (below.start < below.end)
            regions->list[regions->count++] = below;
        if (above.start < above.end)
            regions->list[regions->count++] = above;
    }
}

static void regions_remove_list(struct regions *regions, const struct boot_region *list, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        regions_remove(regions, list[i].start, list[i].end);
}

// RAM that nobody has reserved.
static void regions_unreserved(struct regions *regions, const struct boot_platform *platform) {
    regions->count = platform->ram_count;
    for (unsigned i = 0; i < platform->ram_count; i++)
        regions->list[i] = platform->ram[i];
    regions_remove_list(regions, platform->reserved, platform->reserved_count);
}

// A module's memory: whole large pages.
static struct boot_region module_region(const struct boot_platform *platform, unsigned index) {
    const struct glacis_boot_module *module = &platform->modules[index];
    return (struct boot_region){module->paddr, align_up(module->paddr + module->size, SEL4_LARGE_PAGE_BITS)};
}

static void regions_free_memory(struct regions *regions, const struct boot_platform *platform) {
    regions_unreserved(regions, platform);
    for (unsigned i = 0; i < platform->module_count; i++) {
        struct boot_region module = module_region(platform, i);
        regions_remove(regions, module.start, module.end);
    }
}

// --- root's image

struct segment {
    word_t vaddr, memory_bytes, file_bytes;
    const uint8_t *file;
};

struct root_image {
    word_t entry, start, end; // virtual, whole pages
    unsigned segment_count;
    struct segment segments[MAX_SEGMENTS];
};

static void root_image_parse(const struct boot_platform *platform, struct root_image *image) {
    const uint8_t *file = platform->root_elf;
    word_t size = platform->root_elf_size;
    const Elf64_Ehdr *header = platform->root_elf;
    static const uint8_t ident[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB};
    if (size < sizeof(*header) || __builtin_memcmp(header->e_ident, ident, sizeof(ident)) != 0)
        kernel_panic("the root task is not a 64-bit ELF file: pack one with --root");
    if (header->e_type != ET_EXEC || header->e_machine != EM_AARCH64)
        kernel_panic("the root task's ELF is not a static AArch64 executable: link it with -static -no-pie");
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > size ||
        header->e_phnum > (size - header->e_phoff) / sizeof(Elf64_Phdr))
        kernel_panic("the root task's ELF is truncated: its program headers lie outside the file");
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(file + header->e_phoff);
    *image = (struct root_image){.entry = header->e_entry, .start = ~(word_t)0};
    for (unsigned i = 0; i < header->e_phnum; i++) { // bound: checked against the file's size
        const Elf64_Phdr *p = &segments[i];
        if (p->p_type != PT_LOAD || p->p_memsz == 0)
            continue;
        // What has nothing in the file (.bss) may stand anywhere in it.
        if (p->p_filesz > p->p_memsz || p->p_filesz > size ||
            (p->p_filesz && p->p_offset > size - p->p_filesz))
            kernel_panic("the root task's ELF is truncated: segment %u lies outside the file", i);
        if (p->p_vaddr >= BIT(39) || p->p_memsz >= BIT(39) || image->segment_count == MAX_SEGMENTS)
            kernel_panic("the root task's segment %u is beyond 512 GiB, or there are more than %u", i,
                         MAX_SEGMENTS);
        image->segments[image->segment_count++] =
            (struct segment){p->p_vaddr, p->p_memsz, p->p_filesz, file + p->p_offset};
        word_t start = align_down(p->p_vaddr, PAGE_BITS), end = align_up(p->p_vaddr + p->p_memsz, PAGE_BITS);
        image->start = start < image->start ? start : image->start;
        image->end = end > image->end ? end : image->end;
    }
    if (!image->segment_count)
        kernel_panic("the root task's ELF has nothing to load");
}

static void copy(uint8_t *to, const uint8_t *from, word_t bytes) {
    __builtin_memcpy(to, from, bytes);
}

static void root_image_load(const struct root_image *image, uint8_t *memory) {
    for (unsigned i = 0; i < image->segment_count; i++) { // bound: MAX_SEGMENTS
        const struct segment *s = &image->segments[i];
        copy(memory + (s->vaddr - image->start), s->file, s->file_bytes);
    }
    arch_memory_clean(memory, image->end - image->start);
}

// --- building root

struct builder {
    const struct boot_platform *platform;
    struct regions free;
    word_t bottom, top; // root's memory that is still to be given out
    struct slot *cnode;
    word_t next_slot;
    word_t unlisted_bytes; // of untypeds that the boot information has no room for
    struct sel4_bootinfo *bootinfo;
    struct cap vspace;
};

// Zeroed memory, aligned to its size, downwards from the top.
static void *take(struct builder *b, word_t bytes, unsigned align_bits) {
    word_t start = align_down(b->top - bytes, align_bits);
    CHECK(start >= b->bottom);
    b->top = start;
    void *memory = arch_phys_to_virt((paddr_t){start});
    arch_memory_zero(memory, align_up(bytes, 4));
    return memory;
}

static void *take_object(struct builder *b, unsigned bits) {
    return take(b, BIT(bits), bits);
}

static void provide(struct builder *b, word_t slot, struct cap cap) {
    CHECK(slot < BIT(SEL4_ROOT_CNODE_BITS));
    cdt_insert_root(&b->cnode[slot], cap);
}

static void provide_next(struct builder *b, struct cap cap) {
    if (b->next_slot >= BIT(SEL4_ROOT_CNODE_BITS))
        kernel_panic("root's CNode has %lu slots, too few for its image: make the root task smaller",
                     (unsigned long)BIT(SEL4_ROOT_CNODE_BITS));
    provide(b, b->next_slot++, cap);
}

// Pages of the extra boot information: the device tree and, when there are any, the modules.
static word_t extra_bytes(const struct boot_platform *platform) {
    word_t bytes = sizeof(struct sel4_bootinfo_chunk) + align_up(platform->fdt_size, 3);
    if (platform->module_count)
        bytes +=
            sizeof(struct sel4_bootinfo_chunk) + platform->module_count * sizeof(struct glacis_boot_module);
    return bytes;
}

static void extra_write(const struct boot_platform *platform, uint8_t *to) {
    struct sel4_bootinfo_chunk chunk = {SEL4_BOOTINFO_CHUNK_FDT,
                                        sizeof(chunk) + align_up(platform->fdt_size, 3)};
    copy(to, (const uint8_t *)&chunk, sizeof(chunk));
    copy(to + sizeof(chunk), platform->fdt, platform->fdt_size);
    if (!platform->module_count)
        return;
    to += chunk.length;
    word_t bytes = platform->module_count * sizeof(struct glacis_boot_module);
    chunk = (struct sel4_bootinfo_chunk){GLACIS_BOOTINFO_CHUNK_MODULES, sizeof(chunk) + bytes};
    copy(to, (const uint8_t *)&chunk, sizeof(chunk));
    copy(to + sizeof(chunk), (const uint8_t *)platform->modules, bytes);
}

// Sets aside the top of the largest free region for everything that root is made of.
static void reserve_root_memory(struct builder *b, word_t bytes) {
    unsigned best = 0;
    for (unsigned i = 1; i < b->free.count; i++)
        if (b->free.list[i].end - b->free.list[i].start > b->free.list[best].end - b->free.list[best].start)
            best = i;
    word_t largest = b->free.count ? b->free.list[best].end - b->free.list[best].start : 0;
    if (largest < bytes)
        kernel_panic(
            "the root task needs %lu KiB of contiguous memory and the largest free region has %lu KiB: "
            "give the board more memory or pack less",
            (unsigned long)(bytes >> 10), (unsigned long)(largest >> 10));
    b->top = b->free.list[best].end;
    b->bottom = b->top - bytes;
    regions_remove(&b->free, b->bottom, b->top);
}

static void build_tables(struct builder *b, word_t start, word_t end) {
    void *vspace = cap_pointer(b->vspace);
    b->bootinfo->user_image_paging.start = b->next_slot;
    for (unsigned level = 2; level <= 3; level++) {
        unsigned bits = level == 2 ? SEL4_HUGE_PAGE_BITS : SEL4_LARGE_PAGE_BITS;
        for (word_t at = align_down(start, bits); at < end;
             at += BIT(bits)) // bound: root's address range / 2 MiB
            provide_next(b, arch_boot_map_table(vspace, take_object(b, SEL4_PAGE_TABLE_BITS), level, at));
    }
    b->bootinfo->user_image_paging.end = b->next_slot;
}

static struct sel4_slot_region map_pages(struct builder *b, const void *memory, word_t bytes, word_t vaddr,
                                         bool executable) {
    struct sel4_slot_region slots = {b->next_slot, 0};
    paddr_t start = arch_virt_to_phys(memory);
    for (word_t at = 0; at < bytes; at += PAGE_BYTES) // bound: root's image / 4 KiB
        provide_next(
            b, arch_boot_map_page(cap_pointer(b->vspace), (paddr_t){start.raw + at}, vaddr + at, executable));
    slots.end = b->next_slot;
    return slots;
}

// --- untypeds

// Cuts [start, end) into untypeds, greedily from the start: as large as its alignment and what is left allow.
static void provide_untypeds(struct builder *b, word_t start, word_t end, bool device) {
    while (start < end) { // bound: two for each address bit
        unsigned align = start ? (unsigned)__builtin_ctzll(start) : SEL4_MAX_UNTYPED_BITS;
        unsigned bits = 63 - (unsigned)__builtin_clzll(end - start);
        bits = align < bits ? align : bits;
        bits = bits < SEL4_MAX_UNTYPED_BITS ? bits : SEL4_MAX_UNTYPED_BITS;
        word_t index = b->next_slot - b->bootinfo->untyped.start;
        if (index >= SEL4_MAX_BOOTINFO_UNTYPEDS) {
            b->unlisted_bytes += BIT(bits);
        } else if (bits >= SEL4_MIN_UNTYPED_BITS) {
            b->bootinfo->untyped_list[index] =
                (struct sel4_untyped_description){start, (uint8_t)bits, device, {0}};
            provide_next(b, cap_untyped((paddr_t){start}, bits, device));
        }
        start += BIT(bits);
    }
}

static void provide_list(struct builder *b, const struct boot_region *list, unsigned count, bool device) {
    for (unsigned i = 0; i < count; i++)
        provide_untypeds(b, list[i].start, list[i].end, device);
}

static void provide_all_untypeds(struct builder *b) {
    static struct regions regions;
    const struct boot_platform *platform = b->platform;
    regions.count = 1;
    regions.list[0] = (struct boot_region){0, platform->physical_end};
    regions_remove_list(&regions, platform->ram, platform->ram_count);
    regions_remove_list(&regions, platform->devices, platform->device_count);
    b->bootinfo->untyped.start = b->next_slot;
    provide_list(b, regions.list, regions.count, true);
    for (unsigned i = 0; i < platform->module_count; i++) {
        // Up to the next large page, but for what is reserved there or is no RAM.
        struct boot_region module = module_region(platform, i);
        regions_unreserved(&regions, platform);
        regions_remove(&regions, 0, module.start);
        regions_remove(&regions, module.end, ~(word_t)0);
        provide_list(b, regions.list, regions.count, true);
    }
    provide_list(b, platform->recycled, platform->recycled_count, false);
    provide_list(b, b->free.list, b->free.count, false);
    b->bootinfo->untyped.end = b->next_slot;
    if (b->unlisted_bytes)
        kernel_print("memory is in more than %u pieces: %lu KiB of it, the last ones, are left unused\n",
                     SEL4_MAX_BOOTINFO_UNTYPEDS, (unsigned long)(b->unlisted_bytes >> 10));
}

// --- the first thread

static struct tcb *create_thread(struct builder *b, const struct root_image *image, word_t buffer_vaddr,
                                 word_t bootinfo_vaddr) {
    struct tcb *tcb = take_object(b, SEL4_TCB_BITS);
    struct sched_context *sc = take_object(b, SEL4_MIN_SCHED_CONTEXT_BITS);
    struct core *core = arch_core();
    provide(b, SEL4_SLOT_TCB, cap_make(SEL4_CAP_TCB, tcb, 0));
    provide(b, SEL4_SLOT_SCHED_CONTEXT, cap_sched_context(sc, SEL4_MIN_SCHED_CONTEXT_BITS));
    arch_tcb_init(tcb);
    arch_boot_context(tcb, image->entry, bootinfo_vaddr);
    static const struct {
        uint8_t from, to;
    } parts[] = {{SEL4_SLOT_CNODE, TCB_SLOT_CSPACE},
                 {SEL4_SLOT_VSPACE, TCB_SLOT_VSPACE},
                 {SEL4_SLOT_IPC_BUFFER, TCB_SLOT_BUFFER}};
    for (unsigned i = 0; i < ARRAY_LENGTH(parts); i++) {
        struct slot *source = &b->cnode[parts[i].from];
        struct cap cap; // of the buffer's frame: without the mapping, which is the source's
        CHECK(cap_derive(NULL, source, source->cap, &cap) == STATUS_OK);
        cdt_insert(&tcb->slots[parts[i].to], cap, source);
    }
    tcb->ipc_buffer_vaddr = (vaddr_t){buffer_vaddr};
    tcb->ipc_buffer =
        arch_ipc_buffer(b->cnode[SEL4_SLOT_IPC_BUFFER].cap, buffer_vaddr, &tcb->ipc_buffer_writable);
    tcb->priority = tcb->mcp = ROOT_PRIORITY;
    __builtin_memcpy(tcb->name, "root", sizeof("root"));
    ticks_t budget = arch_us_to_ticks(ROOT_BUDGET_US);
    core->now = arch_timer_now();
    refill_new(sc, SC_MIN_REFILLS, budget, budget, core->now);
    sc->configured = true;
    tcb->state = THREAD_RUNNING;
    sched_context_bind(core, sc, tcb);
    return tcb;
}

static void provide_fixed(struct builder *b, struct cap asid_pool_cap) {
    provide(b, SEL4_SLOT_CNODE,
            cap_cnode(b->cnode, SEL4_ROOT_CNODE_BITS, 0, SEL4_WORD_BITS - SEL4_ROOT_CNODE_BITS));
    provide(b, SEL4_SLOT_VSPACE, b->vspace);
    provide(b, SEL4_SLOT_IRQ_CONTROL, cap_make(SEL4_CAP_IRQ_CONTROL, NULL, 0));
    provide(b, SEL4_SLOT_ASID_CONTROL, cap_make(SEL4_CAP_ASID_CONTROL, NULL, 0));
    provide(b, SEL4_SLOT_ASID_POOL, asid_pool_cap);
    provide(b, SEL4_SLOT_DOMAIN, cap_make(SEL4_CAP_DOMAIN, NULL, 0));
    // A system that came with modules may call the firmware (to power off); a plain root task sees the
    // standard slots only.
    if (b->platform->module_count)
        provide(b, SEL4_SLOT_SMC, cap_make(SEL4_CAP_SMC, NULL, 0));
}

struct tcb *boot_start(struct core *core, const struct boot_platform *platform) {
    static struct builder b;
    static struct root_image image;
    refill_init();
    b.platform = platform;
    b.unlisted_bytes = 0;
    regions_free_memory(&b.free, platform);
    root_image_parse(platform, &image);

    word_t buffer_vaddr = image.end, bootinfo_vaddr = buffer_vaddr + PAGE_BYTES,
           extra_vaddr = bootinfo_vaddr + PAGE_BYTES;
    word_t extra = extra_bytes(platform), end = extra_vaddr + align_up(extra, PAGE_BITS);
    word_t tables = arch_boot_table_count(2, image.start, end) + arch_boot_table_count(3, image.start, end);
    // The CNode twice: once for its alignment.
    reserve_root_memory(&b, align_up((image.end - image.start) + align_up(extra, PAGE_BITS) +
                                         (tables + 8) * PAGE_BYTES +
                                         2 * BIT(SEL4_ROOT_CNODE_BITS + SEL4_SLOT_BITS),
                                     PAGE_BITS));

    b.cnode = take_object(&b, SEL4_ROOT_CNODE_BITS + SEL4_SLOT_BITS);
    b.next_slot = SEL4_SLOT_FIRST_FREE;
    b.bootinfo = take_object(&b, PAGE_BITS);
    void *buffer = take_object(&b, PAGE_BITS), *vspace = take_object(&b, SEL4_VSPACE_BITS);
    void *asid_pool = take_object(&b, SEL4_ASID_POOL_BITS);
    struct cap asid_pool_cap;
    b.vspace = arch_boot_vspace(vspace, asid_pool, &asid_pool_cap);
    provide_fixed(&b, asid_pool_cap);
    build_tables(&b, image.start, end);

    uint8_t *extra_pages = take(&b, align_up(extra, PAGE_BITS), PAGE_BITS);
    extra_write(platform, extra_pages);
    b.bootinfo->extra_bootinfo_pages = map_pages(&b, extra_pages, extra, extra_vaddr, false);
    provide(&b, SEL4_SLOT_IPC_BUFFER,
            arch_boot_map_page(vspace, arch_virt_to_phys(buffer), buffer_vaddr, false));
    provide(&b, SEL4_SLOT_BOOTINFO_FRAME,
            arch_boot_map_page(vspace, arch_virt_to_phys(b.bootinfo), bootinfo_vaddr, false));
    b.bootinfo->sched_control.start = b.next_slot;
    provide_next(&b, cap_make(SEL4_CAP_SCHED_CONTROL, NULL, core->id));
    b.bootinfo->sched_control.end = b.next_slot;
    uint8_t *memory = take(&b, image.end - image.start, PAGE_BITS);
    root_image_load(&image, memory);
    b.bootinfo->user_image_frames = map_pages(&b, memory, image.end - image.start, image.start, true);

    create_thread(&b, &image, buffer_vaddr, bootinfo_vaddr);
    provide_all_untypeds(&b);
    b.bootinfo->extra_length = extra;
    b.bootinfo->node_count = 1;
    b.bootinfo->ipc_buffer = buffer_vaddr;
    b.bootinfo->empty = (struct sel4_slot_region){b.next_slot, BIT(SEL4_ROOT_CNODE_BITS)};
    b.bootinfo->root_cnode_bits = SEL4_ROOT_CNODE_BITS;
    return sched_schedule(core);
}
