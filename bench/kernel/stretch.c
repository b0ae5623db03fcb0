// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The longest stretch with interrupts masked, of any machine run: a plugin of QEMU's TCG.
//
//     -plugin stretch.so,kernel=KERNEL_ELF,out=FILE
//
// A stretch is what the kernel executes from the entry of an exception to the exception return (ERET). It
// ends sooner, and the next one begins, where the kernel waits for interrupts (WFI) or looks whether one is
// pending (arch_irq_pending), since it gives up the work in hand when there is: GICv3 by reading
// ICC_HPPIR1_EL1, GICv2 by a load from `look`, the kernel's address of GICC_HPPIR. The boot, up to the first
// return, does not count.
//
// FILE is written whenever there is a longer one, so that it is right however the machine ends; a line each:
//     OPERATION COUNT FIRST LAST MOST MOST_COUNT     functions of the binary where the stretch begins and
//     ends,
//                                                    and the one that has most of its instructions
// for each operation that the program told by a HINT (bench/kernel/longest.def), or one named "-". FILE.path
// has the addresses of the longest of all, for trace.sh.
//
// Invariants: 1. one CPU; 2. nothing but the kernel runs at the addresses of its text; 3. a stretch that went
// through a function of `uncounted` is none: debug builds have the one, at the other the machine stops.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bench/kernel/marks.h>
#include <bench/kernel/qemu_plugin.h>
#include <bench/kernel/symbols.h>

#define OPCODE_ERET       0xd69f03e0u
#define OPCODE_WFI        0xd503207fu
#define OPCODE_MRS_HPPIR1 0xd538cc40u // mrs xN, icc_hppir1_el1; N in bits 4:0 (GIC architecture, 12.2.10)

// GICC_HPPIR (offset 0x18) and its field, the interrupt's number: ldr wN, [xM, #0x18]; and wN, wN, #0x3ff.
// Nothing else in the kernel does that.
#define OPCODE_LDR_HPPIR      0xb9401800u
#define OPCODE_AND_ID         0x12002400u
#define OPCODE_REGISTERS_MASK 0x3ffu

// Longer stretches are counted on, their paths cut off.
#define MAX_RUNS (1u << 20)

int qemu_plugin_version = 1;

static const char *const uncounted[] = {"debug_syscall", "kernel_panic"};

#define LONGEST(identifier, name) name,
static const char *const operation_names[] = {
#include <bench/kernel/longest.def>
    "-", // no operation was told
};
#undef LONGEST

struct longest {
    uint64_t count;
    uint64_t first, last;
    size_t most; // place in symbols.list
    uint64_t most_count;
};

static struct symbols symbols;
static uint64_t *function_counts; // for place_of_most
static const char *out;

static bool booted, excluded;
static unsigned operation = LONGEST_COUNT;
static struct longest longest[LONGEST_COUNT + 1];
static uint64_t longest_of_all;
static uint64_t count;         // instructions of this stretch
static uint64_t hppir_address; // the last load that may have been of GICC_HPPIR

// How it came here: instructions one behind the other, up to where the next such run begins.
static struct { uint64_t address, count; } runs[MAX_RUNS];
static size_t run_count;

static const char *function_name(uint64_t address) {
    size_t place = symbols_find(&symbols, address);
    return place < symbols.count ? symbols.list[place].name : "?";
}

// The instructions of a run, but for the last: those up to the next.
static uint64_t run_length(size_t run) {
    return (run + 1 < run_count ? runs[run + 1].count : count) - runs[run].count;
}

// Which function has most of the stretch; and where it began.
static void place_of_most(struct longest *l) {
    memset(function_counts, 0, symbols.count * sizeof(*function_counts));
    for (size_t i = run_count; i-- > 0;) {
        for (uint64_t at = 0; at < run_length(i); at++) {
            size_t place = symbols_find(&symbols, runs[i].address + 4 * at);
            if (place < symbols.count && ++function_counts[place] > l->most_count) {
                l->most_count = function_counts[place];
                l->most = place;
            }
        }
        l->first = run_length(i) != 0 ? runs[i].address : l->first;
    }
}

// A file is put in place whole: what reads it never sees a part.
static FILE *file_begin(const char *end, char *name, size_t size) {
    snprintf(name, size, "%s%s.new", out, end);
    FILE *file = fopen(name, "w");
    if (file == NULL) {
        perror(name);
        exit(1);
    }
    return file;
}

static void file_end(FILE *file, const char *name) {
    char final[4096];
    snprintf(final, sizeof(final), "%.*s", (int)(strlen(name) - strlen(".new")), name);
    if (fclose(file) != 0 || rename(name, final) != 0) {
        perror(final);
        exit(1);
    }
}

static void write_longest(void) {
    char name[4096];
    FILE *file = file_begin("", name, sizeof(name));
    for (unsigned i = 0; i <= LONGEST_COUNT; i++) {
        const struct longest *l = &longest[i];
        if (l->count != 0)
            fprintf(file, "%s %lu %s %s %s %lu\n", operation_names[i], l->count, function_name(l->first),
                    function_name(l->last), symbols.list[l->most].name, l->most_count);
    }
    file_end(file, name);
}

static void write_path(void) {
    char name[4096];
    FILE *file = file_begin(".path", name, sizeof(name));
    for (size_t i = 0; i < run_count; i++) {
        for (uint64_t at = 0; at < run_length(i); at++)
            fprintf(file, "0x%016lx\n", runs[i].address + 4 * at);
    }
    file_end(file, name);
}

static void run_begin(uint64_t address) {
    if (run_count < MAX_RUNS) {
        runs[run_count].address = address;
        runs[run_count++].count = count;
    }
}

// The instruction at `address` was the last.
static void stretch_end(uint64_t address) {
    struct longest *l = &longest[operation];
    if (count > l->count && booted && !excluded) {
        *l = (struct longest){.count = count, .last = address};
        place_of_most(l);
        if (count > longest_of_all) {
            longest_of_all = count;
            write_path();
        }
        write_longest();
    }
    count = run_count = 0;
    run_begin(address + 4);
}

static void block_execute(unsigned vcpu, void *data) {
    (void)vcpu;
    run_begin((uint64_t)data);
}

static void block_execute_uncounted(unsigned vcpu, void *data) {
    block_execute(vcpu, data);
    excluded = true;
}

// By this instruction the kernel takes interrupts, or sees that there is none.
static void instruction_look(unsigned vcpu, void *data) {
    (void)vcpu;
    count++;
    stretch_end((uint64_t)data);
}

static void instruction_return(unsigned vcpu, void *data) {
    instruction_look(vcpu, data);
    booted = true;
    excluded = false;
}

static void instruction_load(unsigned vcpu, void *data) {
    (void)vcpu;
    count++;
    hppir_address = (uint64_t)data;
}

static void instruction_mask(unsigned vcpu, void *data) {
    if (hppir_address + 4 == (uint64_t)data)
        instruction_look(vcpu, data);
    else
        count++;
}

static void operation_begin(unsigned vcpu, void *data) {
    (void)vcpu;
    operation = (unsigned)(uintptr_t)data;
}

static bool is_uncounted(uint64_t address) {
    const char *name = function_name(address);
    for (size_t i = 0; i < sizeof(uncounted) / sizeof(uncounted[0]); i++) {
        if (strncmp(name, uncounted[i], strlen(uncounted[i])) == 0)
            return true;
    }
    return false;
}

static void user_translate(struct qemu_plugin_insn *instruction) {
    uint32_t opcode;
    memcpy(&opcode, qemu_plugin_insn_data(instruction), sizeof(opcode));
    unsigned mark = mark_number(opcode);
    if (mark >= MARK_LONGEST && mark < MARK_LONGEST + LONGEST_COUNT)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, operation_begin, QEMU_PLUGIN_CB_NO_REGS,
                                               (void *)(uintptr_t)(mark - MARK_LONGEST));
}

static void kernel_translate(struct qemu_plugin_insn *instruction) {
    void *data = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
    uint32_t opcode;
    memcpy(&opcode, qemu_plugin_insn_data(instruction), sizeof(opcode));
    execute_fn *execute = NULL;
    if (opcode == OPCODE_WFI || (opcode & ~0x1fu) == OPCODE_MRS_HPPIR1)
        execute = instruction_look;
    else if (opcode == OPCODE_ERET)
        execute = instruction_return;
    else if ((opcode & ~OPCODE_REGISTERS_MASK) == OPCODE_LDR_HPPIR)
        execute = instruction_load;
    else if ((opcode & ~OPCODE_REGISTERS_MASK) == OPCODE_AND_ID)
        execute = instruction_mask;
    if (execute != NULL)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, execute, QEMU_PLUGIN_CB_NO_REGS, data);
    else
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, &count, 1);
}

static void block_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    size_t instructions = qemu_plugin_tb_n_insns(block);
    uint64_t address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(block, 0));
    bool is_kernel = address >= symbols.text_start && address < symbols.text_end;
    if (is_kernel)
        qemu_plugin_register_vcpu_tb_exec_cb(block,
                                             is_uncounted(address) ? block_execute_uncounted : block_execute,
                                             QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)address);
    for (size_t i = 0; i < instructions; i++)
        (is_kernel ? kernel_translate : user_translate)(qemu_plugin_tb_get_insn(block, i));
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *machine, int argc, char **argv) {
    (void)machine;
    const char *kernel = NULL;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "kernel=", 7) == 0)
            kernel = argv[i] + 7;
        else if (strncmp(argv[i], "out=", 4) == 0)
            out = strdup(argv[i] + 4);
    }
    if (kernel == NULL || out == NULL || strlen(out) > 4000) {
        fprintf(stderr, "stretch.so: needs kernel=KERNEL_ELF and out=FILE\n");
        return -1;
    }
    if (!symbols_read(kernel, &symbols) ||
        (function_counts = calloc(symbols.count, sizeof(*function_counts))) == NULL) {
        perror(kernel);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translate);
    return 0;
}
