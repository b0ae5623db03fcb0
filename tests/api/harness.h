// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the API tests share: a root task whose main() runs tests, each a function that returns after its first
// failed EXPECT; objects on demand; threads in the root task's own CSpace and VSpace. Objects are never given
// back: a program is short. Prints through the debug system call (debug builds).
#ifndef TESTS_API_HARNESS_H
#define TESTS_API_HARNESS_H

#include "raw.h"

struct region {
    word start, end;
};

struct bootinfo {
    word extra_length, node_id, node_count, io_levels, ipc_buffer;
    struct region empty, shared_frames, image_frames, image_paging, io_space, extra_pages;
    word cnode_bits, domain;
    struct region sched_control, untyped;
    struct {
        word paddr;
        uint8_t bits, device, padding[6];
    } untyped_list[230];
};
_Static_assert(sizeof(struct bootinfo) == 3864, "bootinfo");

extern const struct bootinfo *bootinfo;
extern word sched_control;
extern word entry_registers[32]; // x0 to x30 and sp, as the kernel entered
extern char image_start[], image_end[];

// --- tests

struct test {
    const char *name; // printed with hyphens
    void (*run)(void);
};
#define TEST(function)                                                                                       \
    { #function, function }

// Runs all, prints PASS or FAIL of each, then DONE, and stops the machine.
_Noreturn void run_tests(const struct test *tests, unsigned count);
#define RUN(tests) run_tests(tests, sizeof(tests) / sizeof((tests)[0]))

// Notes a failure of the running test.
void fail_at(const char *file, int line, const char *what, word got, word expected);
// Whether the last reply is `label` with exactly these words; notes a failure when it is not.
bool check_reply(const char *file, int line, const char *what, word got, word label, const word *words,
                 unsigned count);
// The debug call that walks all objects and panics when one is wrong.
void check_kernel(void);
// Deletes a slot of the root CNode, and checks the kernel. Returns the error.
word delete_checked(word slot);
// Notes a failure when a step that only prepares the test has failed.
#define SET_UP(call)                                                                                         \
    do {                                                                                                     \
        word set_up_error = (call);                                                                          \
        if (set_up_error)                                                                                    \
            fail_at(__FILE_NAME__, __LINE__, #call, set_up_error, OK);                                       \
    } while (0)
// Says why the running test cannot run here.
void skip(const char *why);

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fail_at(__FILE_NAME__, __LINE__, #condition, 0, 1);                                              \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)
#define EXPECT_EQUAL(expression, value)                                                                      \
    do {                                                                                                     \
        word got_ = (word)(expression), expected_ = (word)(value);                                           \
        if (got_ != expected_) {                                                                             \
            fail_at(__FILE_NAME__, __LINE__, #expression, got_, expected_);                                  \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)
#define EXPECT_OK(invocation) EXPECT_EQUAL(invocation, OK)
// An error with its first detail word, or first two.
#define EXPECT_ERROR1(invocation, label, mr0)                                                                \
    do {                                                                                                     \
        EXPECT_EQUAL(invocation, label);                                                                     \
        EXPECT_EQUAL(reply.mr[0], mr0);                                                                      \
    } while (0)
#define EXPECT_ERROR2(invocation, label, mr0, mr1)                                                           \
    do {                                                                                                     \
        EXPECT_ERROR1(invocation, label, mr0);                                                               \
        EXPECT_EQUAL(reply.mr[1], mr1);                                                                      \
    } while (0)
// A reply with exactly these words.
#define EXPECT_REPLY(invocation, label, ...)                                                                 \
    do {                                                                                                     \
        word got_ = (invocation);                                                                            \
        if (!check_reply(__FILE_NAME__, __LINE__, #invocation, got_, label, WORDS(__VA_ARGS__)))             \
            return;                                                                                          \
    } while (0)

void print(const char *text);
void print_hex(word value);

// --- objects

// The next empty slots of the root CNode.
word new_slot(void);
word new_slots(unsigned count);
// A new object in a new slot; stops the program when there is no memory.
word new_object(word type, word bits);
// A new capability in a new slot: a copy with these rights and, when not 0, this badge.
word new_mint(word cap, word rights, word badge);
word new_copy(word cap);
// A scheduling context of 2^8 bytes: budget and period in microseconds.
word new_sc(word budget, word period);
// Whether a slot is empty.
bool is_empty(word slot);
// The boot capability of the frame at an address of the image.
word image_frame(const void *address);
// The device untyped that holds a physical address; 0: none. Sets its start.
word device_untyped(word address, word *start, word *bits);

// --- threads

#define THREAD_STACK_BYTES 4096

struct thread {
    word tcb, sc;
    struct ipc_buffer *buffer;
    void (*entry)(word);
    unsigned index;
};

// A thread with its own scheduling context (round robin), priority 254, MCP 255, fault endpoint `fault_ep`
// (0: none); not started. `entry` must not return: thread_end.
struct thread *new_thread(void (*entry)(word), word argument, word fault_ep);
// Without a scheduling context: sc is 0.
struct thread *new_passive_thread(void (*entry)(word), word argument, word fault_ep);
void thread_set_priority(const struct thread *thread, word priority);
void thread_start(const struct thread *thread);
// Says that the calling thread is done, and blocks it for ever.
_Noreturn void thread_end(void);
// Blocks the root task until a thread has called thread_end.
void wait_thread_end(void);
// Lets every thread of a lower priority run until it blocks: root steps behind them and comes back.
void let_others_run(void);
// Runs for that many microseconds of root's own time; in between whoever is more urgent.
void spend(word us);
// The same at priority 1.
void spend_below(word us);
// What a scheduling context has used since it was last asked, in microseconds.
word consumed(word sc);
// Whether a thread is blocked, inactive or waits for budget cannot be asked; its pc can.
word thread_pc(const struct thread *thread);

#endif
