// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's fuzzer: an input is a sequence of records of 32 bytes, each one action of the thread that runs
// or of the machine. The world in which they are played is small, always the same at the beginning, and put
// back by copying a snapshot (world.c).
//
//   record.c    a record's bytes as numbers, capability pointers and words
//   play.c      performs records through the kernel's entries, as a machine would
//   check.c     what must hold after every entry, beside the kernel's own invariants
//   describe.c  an input in words
//   mutate.c    makes and changes inputs, record by record, most of them sensible calls
//   fuzz.c      libFuzzer's functions
//   planted.c   bugs to be found, for the test of the fuzzer itself
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "tests/unit/kernel/world.h"

// --- the world

// Slots of the CNode that all threads share ("house"); 64-bit addresses are slot numbers. The supervisor and
// thread 4 have a level above it; thread 4 also has the CNodes NODE1 and NODE2 behind addresses 128 and 256.
enum fuzz_slot {
    SLOT_NULL,
    SLOT_CNODE, // the house itself
    SLOT_TOP,   // thread 4's CSpace: radix 2
    SLOT_NODE1, // radix 3, guard of 4 bits
    SLOT_NODE2, // radix 5
    SLOT_TCB,
    SLOT_CONTEXT = SLOT_TCB + 5,
    SLOT_ENDPOINT = SLOT_CONTEXT + 6,
    SLOT_MINTED = SLOT_ENDPOINT + 2, // endpoints with badges and fewer rights
    SLOT_NOTIFICATION = SLOT_MINTED + 5,
    SLOT_SIGNAL = SLOT_NOTIFICATION + 3, // notifications with badges
    SLOT_REPLY = SLOT_SIGNAL + 2,
    SLOT_UNTYPED = SLOT_REPLY + 5,
    SLOT_DEVICE = SLOT_UNTYPED + 5,
    SLOT_VSPACE,
    SLOT_TABLE = SLOT_VSPACE + 2,
    SLOT_FRAME = SLOT_TABLE + 2,
    SLOT_IRQ_CONTROL = SLOT_FRAME + 6,
    SLOT_HANDLER,
    SLOT_SGI,
    SLOT_ASID_CONTROL,
    SLOT_ASID_POOL,
    SLOT_DOMAIN,
    SLOT_SMC,
    SLOT_SCHED_CONTROL,
    SLOT_VCPU,
    SLOT_FREE,
    SLOT_COUNT = 128,
};
#define HOUSE_BITS     7
#define FUZZ_THREADS   5
#define FUZZ_TCBS      (FUZZ_THREADS + 1) // with the supervisor, which is last
#define FUZZ_BUFFERS   4
#define FUZZ_UNTYPEDS  5
#define FUZZ_FREE_IRQ  33 // nobody's at first
#define FUZZ_HELD_IRQ  40 // signals SLOT_NOTIFICATION + 1
#define FUZZ_WAKE_CPTR (4u << HOUSE_BITS)

// What memory holds that no object has been made of, and what the compiler puts into variables that nobody
// set
// (-ftrivial-auto-var-init): when a user sees it, something leaked.
#define FUZZ_SECRET 0xaaaaaaaaaaaaaaaaull

struct fuzz_world {
    struct tcb *tcbs[FUZZ_TCBS];                   // their memory is never anything else
    struct sel4_ipc_buffer *buffers[FUZZ_BUFFERS]; // likewise
    struct notification *wake;                     // on which the supervisor sleeps
};
extern struct fuzz_world fuzz_world;

void fuzz_world_make(void);  // once
void fuzz_world_reset(void); // to the snapshot that fuzz_world_make took
// An object may have been made of the untyped's memory: it is filled with FUZZ_SECRET at the next reset.
void fuzz_world_touch(struct cap untyped);
int fuzz_thread_number(const struct tcb *tcb); // -1: one that an input has made

// --- records

struct record {
    uint8_t action;    // enum action, by its low 4 bits
    uint8_t number;    // of the system call, by table
    uint8_t dest;      // addresses: see record_cptr
    uint8_t label;     // by table
    uint8_t shape;     // extra capabilities [1:0], length [7:2] (63: too many)
    uint8_t caps[3];   // addresses
    uint8_t reply;     // x6
    uint8_t send_dest; // x8
    uint8_t receive_root, receive_index, receive_depth;
    uint8_t time;    // that passes before
    uint8_t preempt; // when a preemption point finds an interrupt
    uint8_t irq;
    struct {
        uint8_t form, value;
    } words[8];
};
_Static_assert(sizeof(struct record) == 32, "record size");
#define RECORDS_MAX 128

enum action {
    ACTION_CALL, // a system call with all its registers and the IPC buffer: this and the following up to
                 // FAULT
    ACTION_FAULT = 9,
    ACTION_IRQ,
    ACTION_PASS,    // time passes, deadlines come
    ACTION_WRITE,   // the thread writes its buffer
    ACTION_RETURN,  // a Call on the reply object, or a system call with the registers as they are
    ACTION_SLEEP,   // the supervisor waits until all others do; others yield
    ACTION_VIRTUAL, // a vCPU's wait for its next virtual interrupt, or the end of all such waits
};

enum action record_action(const struct record *record);
word_t record_number(const struct record *record);
cptr_t record_cptr(uint8_t byte);
word_t record_label(const struct record *record);
word_t record_length(const struct record *record);
unsigned record_caps(const struct record *record);
word_t record_word(const struct record *record, unsigned index);
struct fault record_fault(const struct record *record, word_t ip);
ticks_t record_time(const struct record *record);
unsigned record_irq(const struct record *record);

#define RECORD_NUMBERS 32
#define RECORD_LABELS  record_label_count()
unsigned record_label_count(void);
unsigned record_label_index(word_t label); // what to put into record.label

// --- playing

struct fuzz_counters {
    uint64_t inputs, entries, calls, short_ways;
};
extern struct fuzz_counters fuzz_counters;
void fuzz_play(const uint8_t *data, size_t size);
bool fuzz_is_supervisor(void);

// --- checks

// Around an entry of the kernel; `number`: of the system call, or 0. A failure does not return.
void check_before(word_t number, bool is_syscall);
void check_begin(void); // of an input
void check_after(void);
// What users see, and who waits for what, at the end of an input: to be the same when it is played in another
// way.
struct check_outcome {
    const struct tcb *current;
    ticks_t now;
    struct tcb tcbs[FUZZ_TCBS];
    struct sel4_ipc_buffer buffers[FUZZ_BUFFERS];
};
void check_outcome_take(struct check_outcome *outcome);
void check_outcome_compare(const struct check_outcome *outcome);
// What a user may never see: kernel addresses, capabilities, memory that was not cleared.
bool check_is_secret(word_t word);
void check_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

// --- words

extern bool describe_on;
void describe_record(const struct record *record, unsigned index);
void describe_again(void);
void describe_result(void);

#endif
