// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel on the host's machine, with a root task that the test plays. The stubs of lib/sys are system
// calls of the thread that is current, whichever that is: a test goes on where the kernel went on. All
// threads share root's capability space, in which an address is a slot's number.
//
// A stub returns when its thread runs behind the call, or when the kernel switched to another thread: then
// what it returns means nothing (an invocation: no error), and the test goes on as that thread. A preempted
// call is repeated, as a machine would. After every entry the kernel's invariants are checked.
#ifndef TESTS_UNIT_KERNEL_WORLD_H
#define TESTS_UNIT_KERNEL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arch/core.h>
#include <arch/host.h>
#include <arch/machine.h>
#include <kernel/cdt.h>
#include <kernel/objects.h>

#include <lib/sys/message.h>
#define LIB_SYS_ARCH_AARCH64_SYSCALL_H // ours instead
#define SYS_INLINE                     static inline
struct sel4_ipc_buffer *sys_arch_ipc_buffer(void);
void sys_arch_set_ipc_buffer(struct sel4_ipc_buffer *buffer);
void sys_arch_send(long number, cptr_t destination, const struct sel4_message *message);
word_t sys_arch_receive(long number, cptr_t source, word_t sixth, word_t eighth,
                        struct sel4_message *message);
word_t sys_arch_simple(long number, word_t argument);
#include <lib/sys/sys.h>
#include <kernel/decode.h>

struct world {
    struct tcb *root;
    struct slot *slots; // of root's CNode
    const struct sel4_bootinfo *bootinfo;
    cptr_t ram; // the largest untyped
    cptr_t sched_control;
    cptr_t next; // first slot not used yet
    bool check;  // invariants after every entry
    struct boot_platform platform;
};
extern struct world world;

struct thread {
    cptr_t tcb, sched_context, frame;
    struct tcb *object;
    struct sched_context *context;
    struct sel4_ipc_buffer *buffer;
};

// cmocka fixtures. World: root runs, at priority 100, with 10 s of budget to waste.
int world_setup(void **state);
int world_teardown(void **state);
// The same without boot: world.platform can be changed before world_boot. The idle kernel fails the test, and
// a panic prints what the console shows.
void world_reset(void);
void world_boot(void);
void world_check(bool thorough);

#define ROOT_TEST_PRIORITY 100

static inline struct tcb *current(void) {
    return host_core.current;
}
static inline struct slot *slot_of(cptr_t cptr) {
    return &world.slots[cptr];
}
static inline unsigned type_of(cptr_t cptr) {
    return cap_type(world.slots[cptr].cap);
}
static inline void *object_of(cptr_t cptr) {
    return cap_pointer(world.slots[cptr].cap);
}

// --- what root makes

// A slot that nobody uses.
static inline cptr_t new_slot(void) {
    return world.next++;
}
// A new object from an untyped, or from world.ram.
cptr_t new_object_from(cptr_t untyped, word_t type, word_t size_bits);
cptr_t new_object(word_t type, word_t size_bits);
enum sel4_error retype(cptr_t untyped, word_t type, word_t size_bits, cptr_t first, word_t count);
cptr_t copy_of(cptr_t cptr);
cptr_t mint_of(cptr_t cptr, word_t rights, word_t badge);
enum sel4_error cap_delete(cptr_t cptr);
enum sel4_error cap_revoke(cptr_t cptr);

// A thread with IPC buffer, in root's spaces, inactive; MCP as root's. Passive: without scheduling context.
// Its context is round robin with 10 s.
struct thread thread_make(unsigned priority, bool passive);
// Thread and its first run, at once when its priority is above root's.
struct thread thread_start(unsigned priority);
struct thread thread_start_passive(unsigned priority, cptr_t endpoint, cptr_t reply); // it waits in Recv
enum sel4_error configure(cptr_t sched_context, word_t budget_us, word_t period_us, word_t extra,
                          bool sporadic);

// --- what threads do

#define MESSAGE(...) (&(struct sel4_message){__VA_ARGS__})
// What the thread received last.
word_t badge_of(const struct tcb *tcb);
word_t info_of(const struct tcb *tcb);
word_t mr_of(const struct tcb *tcb, unsigned index);
// Any system call number, with the registers as they are. True: the thread runs, behind the call.
bool system_call(word_t number);
// Capability invocation with any number of words and capabilities; returns the label of the reply.
word_t invoke(cptr_t cptr, word_t label, unsigned caps, unsigned words, ...);
// Details of the last failed invocation (MR).
static inline word_t detail(unsigned index) {
    return seL4_GetMR(index);
}
void raise_fault(struct fault fault);

// --- what the machine does

static inline ticks_t us(word_t microseconds) {
    return arch_us_to_ticks(microseconds);
}
// Time passes; deadline interrupts come when they are due.
void pass(word_t microseconds);
// An interrupt comes.
void interrupt(unsigned irq);
// The action, in a child process, ends in a panic whose report has the text.
void assert_panics(void (*action)(void), const char *text);

#define assert_error(error, call)           assert_int_equal((call), (error))
#define assert_ok(call)                     assert_int_equal((call), SEL4_NO_ERROR)
#define assert_current(thread)              assert_ptr_equal(current(), (thread).object)
#define assert_root()                       assert_ptr_equal(current(), world.root)
#define assert_state(tcb_pointer, expected) assert_int_equal((tcb_pointer)->state, (expected))
#define world_test(name)                    cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
