// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// From head.S to the first thread: what the machine and the image are, the kernel's mappings, its devices,
// and then core/boot.c. Everything here is in the boot section (KERNEL_BOOT in kernel.mk): when it has
// entered the first thread its memory is root's. Invariants: 1. whatever is missing or wrong ends in a panic
// that names cause and mend; the console speaks from the first moment, at the board's address, then where the
// device tree says; 2. nothing of the image or of the device tree is trusted before it was checked against
// the memory that the tree names; 3. memory that the kernel or the image uses is in platform.reserved.
#include <abi/image.h>
#include <arch/internal.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <board.h>
#include <kernel/fdt.h>
#include <libfdt.h>

extern const char image_start[], boot_text_used_end[], text_start[], text_used_end[]; // kernel.ld
extern char emergency_top[];
extern char image_memory_size[]; // a number: its value is its address

// head.S calls these.
NORETURN __attribute__((used)) void boot_main(word_t fdt_address, word_t image);
NORETURN __attribute__((used)) void boot_refuse(word_t level);

// Behind the Image header: how the packer's table is found.
__attribute__((section(".head.reference"), used)) const struct image_reference image_reference_linked = {
    .magic = IMAGE_REFERENCE_MAGIC,
    .kernel_memory = (uint64_t)image_memory_size,
};
// Volatile: the packer sets table_offset after the link.
#define image_reference (*(const volatile struct image_reference *)&image_reference_linked)

static struct boot_board board;
static struct boot_platform platform;
static struct glacis_boot_module modules[BOOT_MAX_MODULES];
_Static_assert(BOOT_MAX_MODULES == IMAGE_MAX_MODULES, "module tables");

#define RANGE_AS_REGION(first, behind) {first, behind},
#define BOARD_PAGES_OF(version)        BOARD_KERNEL_PAGES_GICV##version
#define BOARD_PAGES(version)           BOARD_PAGES_OF(version)
static const struct boot_region kernel_pages[] = {BOARD_PAGES(CONFIG_GIC)(RANGE_AS_REGION)};
_Static_assert(ARRAY_LENGTH(kernel_pages) <= BOOT_MAX_DEVICES, "kernel-owned pages");

// Runs where the loader put it, with the MMU off: only calls and PC-relative addresses.
void boot_refuse(word_t level) {
    console_init((volatile void *)BOARD_UART_BASE);
    if (level)
        kernel_print("Glacis: entered at EL%lu, but the kernel needs EL2: enable virtualisation in the "
                     "firmware (QEMU: "
                     "-M virt,virtualization=on)\n",
                     level);
    else
        kernel_print("Glacis: this CPU cannot clear HCR_EL2.E2H, which the kernel needs: use one that can\n");
    arch_halt();
}

static void check_cpu(void) {
    word_t mmfr0 = SYSREG_READ("id_aa64mmfr0_el1");
    if (cap_field(mmfr0, 0, 4) < 2) // ID_AA64MMFR0_EL1.PARange: 2 is 40 bits
        kernel_panic("this CPU has less than 40 bits of physical address: the kernel needs 40");
    if (cap_field(mmfr0, 28, 4) == 0xf) // TGran4
        kernel_panic("this CPU has no 4 KiB pages: the kernel needs them");
}

// --- device tree

static void check_beside_image(word_t address, word_t size) {
    word_t start = window_image_start().raw, end = window_image_end().raw;
    if (address < end && address + size > start)
        kernel_panic(
            "the device tree at 0x%lx lies in the kernel's memory 0x%lx - 0x%lx: have the boot loader put it "
            "elsewhere",
            address, start, end);
}

// The tree, packed in place to its used size.
static void *find_fdt(word_t address, word_t *size) {
    void *fdt = NULL;
    if (address && !(address & 7) && address < BIT(PHYSICAL_BITS)) {
        check_beside_image(address, sizeof(struct fdt_header));
        window_map_pages((paddr_t){address}, sizeof(struct fdt_header));
        fdt = arch_phys_to_virt((paddr_t){address});
    }
    const char *error = boot_fdt_check(fdt, size);
    if (error)
        kernel_panic("%s (x0 = 0x%lx)", error, address);
    check_beside_image(address, *size);
    window_map_pages((paddr_t){address}, *size);
    if (fdt_check_header(fdt) == 0 && fdt_pack(fdt) == 0)
        *size = fdt_totalsize(fdt);
    return fdt;
}

static void add_reserved(word_t start, word_t end) {
    if (platform.reserved_count == BOOT_MAX_RESERVED)
        kernel_panic("more than %u reserved pieces of memory: raise BOOT_MAX_RESERVED in kernel/kernel.h",
                     BOOT_MAX_RESERVED);
    platform.reserved[platform.reserved_count++] =
        (struct boot_region){align_down(start, 12), align_up(end, 12)};
}

static bool lies_in_memory(word_t start, word_t end) {
    for (unsigned i = 0; i < board.memory_count; i++)
        if (start >= board.memory[i].start && end <= board.memory[i].end)
            return true;
    return false;
}

// --- memory

// If `at` is in memory that the window never has (the image that stays, what firmware keeps unmapped), where
// that ends; else `at`. *next: where the next such piece begins, if before.
static word_t skip_unmapped(word_t at, word_t *next) {
    for (unsigned i = 0; i <= board.reserved_count; i++) {
        bool is_image = i == board.reserved_count;
        if (!is_image && !board.reserved_no_map[i])
            continue;
        word_t start = is_image ? window_boot_part(0).end.raw : board.reserved[i].start;
        word_t end = is_image ? window_boot_part(1).start.raw : board.reserved[i].end;
        if (at >= start && at < end)
            return end;
        if (start > at && start < *next)
            *next = start;
    }
    return at;
}

static void map_memory(void) {
    for (unsigned i = 0; i < board.memory_count; i++) {
        word_t at = board.memory[i].start, end = board.memory[i].end;
        while (at < end) { // bound: twice the reserved pieces
            word_t next = end, behind = skip_unmapped(at, &next);
            if (behind == at) {
                window_add_ram((paddr_t){at}, (paddr_t){next});
                at = next;
            } else {
                at = behind;
            }
        }
        platform.ram[i] = board.memory[i];
    }
    platform.ram_count = board.memory_count;
    platform.physical_end = BIT(PHYSICAL_BITS);
    word_t start = window_image_start().raw, end = window_image_end().raw;
    if (!lies_in_memory(start, end))
        kernel_panic("the kernel was loaded at 0x%lx - 0x%lx, which is no memory by the device tree: correct "
                     "the memory node "
                     "or the load address",
                     start, end);
    for (unsigned i = 0; i < WINDOW_BOOT_PARTS; i++)
        platform.recycled[i] =
            (struct boot_region){window_boot_part(i).start.raw, window_boot_part(i).end.raw};
    platform.recycled_count = WINDOW_BOOT_PARTS;
    add_reserved(start, end);
    for (unsigned i = 0; i < board.reserved_count; i++)
        add_reserved(board.reserved[i].start, board.reserved[i].end);
}

// --- devices

static bool is_kernel_owned(struct boot_region region) {
    for (unsigned i = 0; i < ARRAY_LENGTH(kernel_pages); i++)
        if (region.start >= kernel_pages[i].start && region.start < kernel_pages[i].end)
            return true;
    return false;
}

static void check_devices(void) {
    if (board.irq_hyp_timer != BOARD_IRQ_HYP_TIMER || board.irq_virtual_timer != BOARD_IRQ_VIRTUAL_TIMER)
        kernel_panic("the device tree's timer interrupts (hypervisor %u, virtual %u) are not those of the "
                     "board's board.h "
                     "(%u, %u): correct it",
                     board.irq_hyp_timer, board.irq_virtual_timer, BOARD_IRQ_HYP_TIMER,
                     BOARD_IRQ_VIRTUAL_TIMER);
    if (!is_kernel_owned(board.gic_distributor) || !is_kernel_owned(board.gic_second) ||
        (board.gic_third.end && !is_kernel_owned(board.gic_third)))
        kernel_panic("the interrupt controller of the device tree (0x%lx, 0x%lx, 0x%lx) is not in the "
                     "kernel's pages of the "
                     "board's board.h: correct BOARD_KERNEL_PAGES_GICV%u",
                     board.gic_distributor.start, board.gic_second.start, board.gic_third.start, CONFIG_GIC);
    platform.device_count = ARRAY_LENGTH(kernel_pages);
    for (unsigned i = 0; i < ARRAY_LENGTH(kernel_pages); i++)
        platform.devices[i] = kernel_pages[i];
}

static volatile void *map_region(struct boot_region region) {
    return region.end ? window_map_device((paddr_t){region.start}, region.end - region.start) : NULL;
}

static void start_devices(void) {
    volatile void *second = map_region(board.gic_second);
    bool v3 = board.gic_version == 3;
    const struct gic_registers registers = {
        .distributor = map_region(board.gic_distributor),
        .cpu_interface = v3 ? NULL : second,
        .hypervisor = map_region(board.gic_third),
        .redistributors = v3 ? second : NULL,
        .redistributors_size = v3 ? board.gic_second.end - board.gic_second.start : 0,
    };
    gic_init(&registers);
    gic_init_core(&boot_core);
    timer_init_core(&boot_core);
    vcpu_init_core(&boot_core);
}

// --- image

// A part of the image: where it is, after a check that it is memory behind the kernel.
static word_t image_part(const char *what, word_t offset, word_t size) {
    word_t image = window_image_start().raw;
    if (offset < image_reference.kernel_memory || offset > BIT(PHYSICAL_BITS) || size > BIT(PHYSICAL_BITS) ||
        !window_contains((paddr_t){image + offset}, size))
        kernel_panic(
            "the image's %s (%lu bytes at offset 0x%lx) does not lie in memory behind the kernel: the image "
            "is "
            "truncated, or the machine has too little memory for it; load it whole, or give more memory",
            what, size, offset);
    return image + offset;
}

static void find_image_parts(void) {
    if (image_reference.table_offset == 0)
        kernel_panic("no image table: this is the kernel alone; start an image that tools/image packed, with "
                     "a root task in it");
    word_t address = image_part("table", image_reference.table_offset, sizeof(struct image_table));
    const struct image_table *table = arch_phys_to_virt((paddr_t){address});
    if (address & 7 || table->magic != IMAGE_TABLE_MAGIC || table->module_count > IMAGE_MAX_MODULES)
        kernel_panic("the image's table is damaged: pack the image again, and load it whole");
    word_t bytes = sizeof *table + table->module_count * sizeof table->modules[0];
    (void)image_part("table", image_reference.table_offset, bytes);
    add_reserved(address, address + bytes);

    word_t root = image_part("root task", table->root_offset, table->root_size);
    add_reserved(root, root + table->root_size);
    platform.root_elf = arch_phys_to_virt((paddr_t){root});
    platform.root_elf_size = table->root_size;

    for (unsigned i = 0; i < table->module_count; i++) { // bound: IMAGE_MAX_MODULES
        const struct image_module *module = &table->modules[i];
        if (module->offset & (IMAGE_ALIGNMENT - 1) || module->name[sizeof module->name - 1])
            kernel_panic("module %u of the image's table is damaged: pack the image again", i);
        modules[i].paddr = image_part(module->name, module->offset, module->size);
        modules[i].size = module->size;
        for (unsigned c = 0; c < sizeof module->name; c++)
            modules[i].name[c] = module->name[c];
    }
    platform.module_count = (unsigned)table->module_count;
    platform.modules = modules;
}

// --- banner

static const char *cpu_name(word_t midr) {
    static const struct {
        unsigned implementer_part; // MIDR_EL1: Implementer << 12 | PartNum
        const char *name;
    } known[] = {
        {0x41d03, "Cortex-A53"},
        {0x41d07, "Cortex-A57"},
        {0x41d08, "Cortex-A72"},
        {0x00051, "QEMU max"},
    };
    for (unsigned i = 0; i < ARRAY_LENGTH(known); i++)
        if (known[i].implementer_part == (cap_field(midr, 24, 8) << 12 | cap_field(midr, 4, 12)))
            return known[i].name;
    return "AArch64 CPU";
}

static void print_banner(void) {
    word_t midr = SYSREG_READ("midr_el1"), bytes = 0;
    for (unsigned i = 0; i < board.memory_count; i++)
        bytes += board.memory[i].end - board.memory[i].start;
    kernel_print("\nGlacis %s (%s build) on %s, %s (MIDR %lx)\n", GLACIS_VERSION, GLACIS_BUILD,
                 board.compatible, cpu_name(midr), midr);
    kernel_print("memory: %lu MiB from 0x%lx; kernel: 0x%lx - 0x%lx, %lu bytes of text\n", bytes >> 20,
                 board.memory[0].start, window_image_start().raw, window_image_end().raw,
                 (word_t)(boot_text_used_end - image_start + (text_used_end - text_start)));
}

void boot_main(word_t fdt_address, word_t image) {
    boot_core.arch.emergency_stack_top = (word_t)emergency_top;
    window_init((paddr_t){image});
    console_init(window_map_device((paddr_t){BOARD_UART_BASE}, BIT(12)));
    check_cpu();

    word_t fdt_size;
    void *fdt = find_fdt(fdt_address, &fdt_size);
    const char *error = boot_fdt_parse(fdt, fdt_size, CONFIG_GIC, &board);
    if (error)
        kernel_panic("%s", error);
    boot_firmware_by_smc = board.psci == BOOT_PSCI_SMC;
    if (board.uart.end)
        console_init(map_region(board.uart));
    check_devices();
    if (!lies_in_memory(fdt_address, fdt_address + fdt_size))
        kernel_panic("the device tree at 0x%lx lies outside of the memory that it names: have the boot "
                     "loader put it there, or "
                     "correct the memory node",
                     fdt_address);
    map_memory();
    add_reserved(fdt_address, fdt_address + fdt_size);
    platform.fdt = fdt;
    platform.fdt_size = fdt_size;

    print_banner();
    mmu_init();
    start_devices();
    gic_print();
    kernel_print("\n");
    find_image_parts();

    struct tcb *first = boot_start(&boot_core, &platform);
    boot_leave(first);
}
