// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See world.h.
#include "world.h"
#include <elf.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_US 10000000u

struct world world;

// --- boot

static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    uint8_t text[64];
} root_elf;
static uint8_t tree[100];

static void make_root_elf(void) {
    memset(&root_elf, 0, sizeof(root_elf));
    memcpy(root_elf.header.e_ident, ELFMAG "\2\1\1", 7);
    root_elf.header.e_type = ET_EXEC;
    root_elf.header.e_machine = EM_AARCH64;
    root_elf.header.e_entry = 0x400010;
    root_elf.header.e_phoff = offsetof(__typeof__(root_elf), segments);
    root_elf.header.e_phentsize = sizeof(Elf64_Phdr);
    root_elf.header.e_phnum = 2;
    root_elf.segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                        .p_flags = PF_R | PF_X,
                                        .p_offset = offsetof(__typeof__(root_elf), text),
                                        .p_vaddr = 0x400000,
                                        .p_filesz = sizeof(root_elf.text),
                                        .p_memsz = sizeof(root_elf.text)};
    root_elf.segments[1] =
        (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 0x402000, .p_memsz = 0x1800};
    memset(root_elf.text, 0x5a, sizeof(root_elf.text));
}

static void halt(void) {
    fprintf(stderr, "%s\n", host.console);
    abort();
}

void world_reset(void) {
    host_reset();
    host.halt = halt;
    make_root_elf();
    memset(tree, 0x77, sizeof(tree));
    world = (struct world){
        .check = true,
        .platform = {.ram_count = 1,
                     .ram = {{HOST_RAM_START, HOST_RAM_START + HOST_RAM_BYTES}},
                     .reserved_count = 1,
                     .reserved = {{HOST_RAM_START, HOST_RAM_START + 0x80000}},
                     .device_count = 2,
                     .devices = {{0x08000000, 0x08001000}, {0x08010000, 0x08011000}},
                     .physical_end = HOST_PHYSICAL,
                     .root_elf = &root_elf,
                     .root_elf_size = sizeof(root_elf),
                     .fdt = tree,
                     .fdt_size = sizeof(tree)},
    };
}

void world_boot(void) {
    world.root = boot_start(&host_core, &world.platform);
    world.slots = cap_pointer(world.root->slots[TCB_SLOT_CSPACE].cap);
    struct cap bootinfo = world.slots[SEL4_SLOT_BOOTINFO_FRAME].cap;
    world.bootinfo = arch_phys_to_virt((paddr_t){cap_address(bootinfo)});
    world.next = world.bootinfo->empty.start;
    world.sched_control = world.bootinfo->sched_control.start;
    unsigned best = 0;
    for (cptr_t slot = world.bootinfo->untyped.start; slot < world.bootinfo->untyped.end; slot++) {
        struct cap cap = world.slots[slot].cap;
        if (!cap_untyped_device(cap) && cap_untyped_bits(cap) > best) {
            best = cap_untyped_bits(cap);
            world.ram = slot;
        }
    }
    world_check(true);
}

int world_setup(void **state) {
    (void)state;
    world_reset();
    world_boot();
    assert_ok(configure(SEL4_SLOT_SCHED_CONTEXT, LONG_US, LONG_US, 0, false));
    assert_ok(seL4_TCB_SetPriority(SEL4_SLOT_TCB, SEL4_SLOT_TCB, ROOT_TEST_PRIORITY));
    return 0;
}

// What the kernel keeps outside of the machine's memory goes with its capabilities.
int world_teardown(void **state) {
    (void)state;
    for (unsigned irq = 0; irq <= HOST_IRQ_MAX; irq++)
        while (!irq_release(irq))
            continue;
    return 0;
}

void world_check(bool thorough) {
    kernel_check_invariants(&host_core, world.slots, BIT(SEL4_ROOT_CNODE_BITS), thorough);
}

// --- system calls

struct sel4_ipc_buffer *sys_arch_ipc_buffer(void) {
    static struct sel4_ipc_buffer none;
    return tcb_buffer(current()) ? tcb_buffer(current()) : &none;
}

void sys_arch_set_ipc_buffer(struct sel4_ipc_buffer *buffer) {
    (void)buffer;
}

static void after_entry(void) {
    if (world.check)
        world_check(true);
}

bool system_call(word_t number) {
    struct tcb *tcb = current();
    word_t pc = tcb->arch.context.pc;
    tcb->arch.context.x[ARCH_REG_SYSCALL] = number;
    unsigned turns = 0;
    do {
        assert_true(turns++ < 100000);
        tcb->arch.context.fault_pc = pc;
        tcb->arch.context.pc = pc + 4;
        host_system_call(&host_core, number);
        after_entry();
    } while (current() == tcb && tcb->arch.context.pc == pc);
    return current() == tcb && tcb->arch.context.pc == pc + 4;
}

static word_t *load(cptr_t cptr, word_t sixth, word_t eighth, const struct sel4_message *message) {
    word_t *x = current()->arch.context.x;
    x[ARCH_REG_CAP] = cptr;
    x[ARCH_REG_INFO] = message->info;
    for (unsigned i = 0; i < SEL4_FAST_MESSAGE_REGS; i++)
        x[ARCH_REG_MR0 + i] = message->mr[i];
    x[ARCH_REG_REPLY] = sixth;
    x[ARCH_REG_SEND_DEST] = eighth;
    return x;
}

void sys_arch_send(long number, cptr_t destination, const struct sel4_message *message) {
    word_t *x = load(destination, 0, 0, message);
    word_t before[31];
    memcpy(before, x, sizeof(before));
    before[ARCH_REG_SYSCALL] = (word_t)number;
    if (system_call((word_t)number))
        assert_memory_equal(before, x, sizeof(before)); // a send has no output
}

word_t sys_arch_receive(long number, cptr_t source, word_t sixth, word_t eighth,
                        struct sel4_message *message) {
    word_t *x = load(source, sixth, eighth, message);
    if (!system_call((word_t)number)) {
        message->info = 0;
        return 0;
    }
    message->info = x[ARCH_REG_INFO];
    memcpy(message->mr, &x[ARCH_REG_MR0], sizeof(message->mr));
    return x[ARCH_REG_BADGE];
}

word_t sys_arch_simple(long number, word_t argument) {
    word_t *x = current()->arch.context.x;
    x[ARCH_REG_CAP] = argument;
    return system_call((word_t)number) ? x[ARCH_REG_CAP] : 0;
}

word_t invoke(cptr_t cptr, word_t label, unsigned caps, unsigned words, ...) {
    cptr_t cap_list[SEL4_MSG_MAX_EXTRA_CAPS];
    word_t word_list[SEL4_MSG_MAX_LENGTH] = {0};
    va_list arguments;
    va_start(arguments, words);
    for (unsigned i = 0; i < caps; i++)
        cap_list[i] = va_arg(arguments, cptr_t);
    for (unsigned i = 0; i < words; i++)
        word_list[i] = va_arg(arguments, word_t);
    va_end(arguments);
    return sys_invoke(cptr, label, cap_list, caps, word_list, words, NULL, 0);
}

void raise_fault(struct fault fault) {
    current()->arch.context.fault_pc = current()->arch.context.pc;
    entry_fault(&host_core, &fault);
    after_entry();
}

word_t badge_of(const struct tcb *tcb) {
    return tcb->arch.context.x[ARCH_REG_BADGE];
}

word_t info_of(const struct tcb *tcb) {
    return tcb->arch.context.x[ARCH_REG_INFO];
}

word_t mr_of(const struct tcb *tcb, unsigned index) {
    return message_get(tcb, index);
}

// --- objects

enum sel4_error retype(cptr_t untyped, word_t type, word_t size_bits, cptr_t first, word_t count) {
    return seL4_Untyped_Retype(untyped, SEL4_SLOT_CNODE, type, size_bits, 0, 0, first, count);
}

cptr_t new_object_from(cptr_t untyped, word_t type, word_t size_bits) {
    cptr_t slot = new_slot();
    assert_ok(retype(untyped, type, size_bits, slot, 1));
    return slot;
}

cptr_t new_object(word_t type, word_t size_bits) {
    return new_object_from(world.ram, type, size_bits);
}

#define ROOT_DEPTH SEL4_WORD_BITS

cptr_t copy_of(cptr_t cptr) {
    cptr_t slot = new_slot();
    assert_ok(seL4_CNode_Copy(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, ROOT_DEPTH, cptr, ROOT_DEPTH,
                              SEL4_RIGHTS_ALL));
    return slot;
}

cptr_t mint_of(cptr_t cptr, word_t rights, word_t badge) {
    cptr_t slot = new_slot();
    assert_ok(
        seL4_CNode_Mint(SEL4_SLOT_CNODE, SEL4_SLOT_CNODE, slot, ROOT_DEPTH, cptr, ROOT_DEPTH, rights, badge));
    return slot;
}

enum sel4_error cap_delete(cptr_t cptr) {
    return seL4_CNode_Delete(SEL4_SLOT_CNODE, cptr, ROOT_DEPTH);
}

enum sel4_error cap_revoke(cptr_t cptr) {
    return seL4_CNode_Revoke(SEL4_SLOT_CNODE, cptr, ROOT_DEPTH);
}

enum sel4_error configure(cptr_t sched_context, word_t budget_us, word_t period_us, word_t extra,
                          bool sporadic) {
    return seL4_SchedControl_ConfigureFlags(world.sched_control, sched_context, budget_us, period_us, extra,
                                            0x5c, sporadic);
}

struct thread thread_make(unsigned priority, bool passive) {
    struct thread t = {.tcb = new_object(SEL4_OBJECT_TCB, 0), .frame = new_object(SEL4_OBJECT_SMALL_PAGE, 0)};
    t.object = object_of(t.tcb);
    assert_ok(seL4_TCB_Configure(t.tcb, SEL4_SLOT_CNODE, SEL4_SLOT_VSPACE, t.frame, 0, 0, 0x10000400));
    t.buffer = t.object->ipc_buffer;
    if (!passive) {
        t.sched_context = new_object(SEL4_OBJECT_SCHED_CONTEXT, 8);
        t.context = object_of(t.sched_context);
        assert_ok(configure(t.sched_context, LONG_US, LONG_US, 0, false));
    }
    assert_ok(seL4_TCB_SetSchedParams(t.tcb, SEL4_SLOT_TCB, t.sched_context, 0, 255, priority));
    assert_ok(seL4_TCB_WriteRegisters(t.tcb, 0, 1, (word_t[]){0x500000}));
    return t;
}

struct thread thread_start(unsigned priority) {
    struct thread t = thread_make(priority, false);
    assert_ok(seL4_TCB_Resume(t.tcb));
    return t;
}

struct thread thread_start_passive(unsigned priority, cptr_t endpoint, cptr_t reply) {
    struct thread t = thread_start(priority);
    assert_true(priority > ROOT_TEST_PRIORITY);
    seL4_Recv(endpoint, reply, MESSAGE(0));
    assert_state(t.object, THREAD_BLOCKED_ON_RECEIVE);
    assert_ok(seL4_SchedContext_Unbind(t.sched_context));
    return t;
}

// --- the machine

void pass(word_t microseconds) {
    ticks_t end = host.now + us(microseconds);
    while (host.deadline <= end && host.deadline != ~(ticks_t)0) {
        if (host.deadline > host.now)
            host.now = host.deadline;
        entry_irq(&host_core);
        after_entry();
    }
    if (end > host.now)
        host.now = end;
}

void interrupt(unsigned irq) {
    host.irq_pending[irq] = true;
    entry_irq(&host_core);
    after_entry();
}

// --- panics

static int console_pipe;

void __gcov_dump(void)
    __attribute__((weak)); // there when coverage is measured: what the child ran counts too

static void tell_and_exit(void) {
    ssize_t written = write(console_pipe, host.console, host.console_length);
    if (__gcov_dump)
        __gcov_dump();
    _exit(written < 0 ? 2 : 1);
}

void assert_panics(void (*action)(void), const char *text) {
    int ends[2];
    char console[HOST_CONSOLE] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        console_pipe = ends[1];
        host.halt = tell_and_exit;
        action();
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = 0, got;
    while ((got = read(ends[0], console + length, sizeof(console) - 1 - (size_t)length)) > 0)
        length += got;
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
        fail_msg("no panic where \"%s\" was expected", text);
    if (!strstr(console, text))
        fail_msg("the console has not \"%s\": %s", text, console);
}
